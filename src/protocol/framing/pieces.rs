//! Frames that end with one byte.

use crate::protocol::Decoded;

/// What stood before an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// All of it, without its end.
    Whole(Vec<u8>),
    /// More than any frame has; so many bytes were let go.
    TooLong(usize),
}

/// Cuts a stream at each byte of one value, and holds back what has no end yet.
#[derive(Debug)]
pub(crate) struct Pieces {
    end: u8,
    most: usize,
    open: Vec<u8>,
    /// Bytes of an open piece that were let go.
    let_go: usize,
    /// A sound piece was seen.
    started: bool,
}

impl Pieces {
    /// Pieces that end with `end` and have at most `most` bytes.
    pub(crate) const fn new(end: u8, most: usize) -> Self {
        Self {
            end,
            most,
            open: Vec::new(),
            let_go: 0,
            started: false,
        }
    }

    /// The next piece that ends in these bytes, which it takes from them; what has no end is kept.
    pub(crate) fn next(&mut self, bytes: &mut &[u8]) -> Option<Piece> {
        let Some(at) = memchr::memchr(self.end, bytes) else {
            self.keep(bytes);
            *bytes = &[];
            return None;
        };
        let (piece, rest) = bytes.split_at(at);
        self.keep(piece);
        *bytes = rest.get(1..).unwrap_or_default();
        self.finish().or_else(|| Some(Piece::Whole(Vec::new())))
    }

    /// What has no end, at the end of the stream.
    pub(crate) fn finish(&mut self) -> Option<Piece> {
        let (open, let_go) = (
            std::mem::take(&mut self.open),
            std::mem::take(&mut self.let_go),
        );
        match (open.is_empty(), let_go) {
            (true, 0) => None,
            (_, 0) => Some(Piece::Whole(open)),
            (_, count) => Some(Piece::TooLong(count)),
        }
    }

    /// Counts a piece that is a frame.
    pub(crate) const fn sound(&mut self, out: &mut Decoded) {
        self.started = true;
        out.frames += 1;
    }

    /// Counts a piece of so many bytes that is none.
    pub(crate) const fn unsound(&mut self, bytes: usize, out: &mut Decoded) {
        if self.started {
            out.faults.skipped_bytes += bytes;
            out.faults.corrupt_frames += 1;
        } else {
            out.faults.leading_bytes += bytes;
        }
    }

    /// There are bytes of a piece whose end did not come.
    pub(crate) const fn is_open(&self) -> bool {
        !self.open.is_empty() || self.let_go > 0
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.let_go > 0 || self.open.len() + bytes.len() > self.most {
            self.let_go += self.open.len() + bytes.len();
            self.open.clear();
        } else {
            self.open.extend_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(bytes: &[u8], size: usize) -> Vec<Piece> {
        let mut cut = Pieces::new(b'\n', 4);
        let mut found = Vec::new();
        for mut part in bytes.chunks(size) {
            while let Some(piece) = cut.next(&mut part) {
                found.push(piece);
            }
        }
        assert_eq!(cut.is_open(), bytes.last() != Some(&b'\n'));
        found.extend(cut.finish());
        found
    }

    #[test]
    fn any_chunks_give_the_same_pieces() {
        let whole = |text: &str| Piece::Whole(text.as_bytes().to_vec());
        let stream = b"ab\n\nabcdefgh\nabcd\nxy";
        let expected = [
            whole("ab"),
            whole(""),
            Piece::TooLong(8),
            whole("abcd"),
            whole("xy"),
        ];
        for size in 1..=stream.len() {
            assert_eq!(pieces(stream, size), expected, "{size}");
        }
    }
}
