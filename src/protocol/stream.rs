//! Decoders made of a framing and of what one protocol says of its frames.

use std::fmt;

use super::framing::pieces::{Piece, Pieces};
use super::framing::scanner::{Look, Scanner};
use super::{Decode, Decoded};

/// A protocol whose frames begin with a mark.
pub(crate) trait Framed: fmt::Debug + Default + Send {
    /// What a frame holds.
    type Frame;

    /// What stands at the start of some bytes.
    fn look(bytes: &[u8]) -> Look<Self::Frame>;

    /// Takes a sound frame, which came at this time.
    fn take(&mut self, frame: Self::Frame, arrival_s: f64, out: &mut Decoded);
}

/// Its decoder.
#[derive(Debug, Default)]
pub(crate) struct FrameDecoder<F> {
    scanner: Scanner,
    framed: F,
}

impl<F: Framed> FrameDecoder<F> {
    fn decode(&mut self, out: &mut Decoded) {
        while let Some(frame) = self.scanner.next(out, F::look) {
            self.framed.take(frame, self.scanner.arrival_s(), out);
        }
    }
}

impl<F: Framed> Decode for FrameDecoder<F> {
    fn push(&mut self, bytes: &[u8], arrival_s: f64, out: &mut Decoded) {
        self.scanner.add(bytes, arrival_s);
        self.decode(out);
    }

    fn finish(&mut self, out: &mut Decoded) {
        self.scanner.close();
        self.decode(out);
    }
}

/// A protocol whose frames end with one byte.
pub(crate) trait Pieced: fmt::Debug + Default + Send {
    /// The byte that ends a frame.
    const END: u8;
    /// No frame has more bytes.
    const MOST: usize;

    /// Takes what stood before an end, and says how many bytes at its front are of no frame; `None`
    /// when all are.
    fn take(&mut self, piece: &[u8], arrival_s: f64, out: &mut Decoded) -> Option<usize>;
}

/// Its decoder.
#[derive(Debug)]
pub(crate) struct PieceDecoder<P> {
    pieces: Pieces,
    pieced: P,
}

impl<P: Pieced> Default for PieceDecoder<P> {
    fn default() -> Self {
        Self {
            pieces: Pieces::new(P::END, P::MOST),
            pieced: P::default(),
        }
    }
}

impl<P: Pieced> PieceDecoder<P> {
    fn take(&mut self, piece: &[u8], arrival_s: f64, out: &mut Decoded) {
        if piece.trim_ascii().is_empty() {
            return;
        }
        match self.pieced.take(piece, arrival_s, out) {
            None => return self.pieces.unsound(piece.len() + 1, out),
            Some(0) => {}
            Some(before) => self.pieces.unsound(before, out),
        }
        self.pieces.sound(out);
    }
}

impl<P: Pieced> Decode for PieceDecoder<P> {
    fn push(&mut self, mut bytes: &[u8], arrival_s: f64, out: &mut Decoded) {
        while let Some(piece) = self.pieces.next(&mut bytes) {
            match piece {
                Piece::Whole(piece) => self.take(&piece, arrival_s, out),
                Piece::TooLong(length) => self.pieces.unsound(length, out),
            }
        }
    }

    fn finish(&mut self, out: &mut Decoded) {
        // A frame without its end may be cut off.
        match self.pieces.finish() {
            Some(Piece::Whole(piece)) => self.pieces.unsound(piece.len(), out),
            Some(Piece::TooLong(length)) => self.pieces.unsound(length, out),
            None => {}
        }
    }
}
