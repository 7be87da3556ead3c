//! What sensors send over a serial port: bytes in, samples and counted faults out.
//!
//! A decoder knows no port, no clock and no file. It takes bytes in whatever pieces they come, together
//! with the time of their arrival, and gives the same samples however they were cut. It never fails and
//! never panics: what is not sound is counted in [`Faults`]. Each decoder converts to the convention of
//! [`crate::sample`] itself; past here nothing knows a vendor. The readers of recorded streams use the
//! same decoding.
//!
//! One file (or folder) holds one protocol, and explains it from nothing. [`PROTOCOLS`] lists them.

pub mod framing;
mod clock;
mod decoded;
mod track;
mod turn;
#[cfg(test)]
mod testing;

use std::fmt;

pub use decoded::{Decoded, Faults, Note, Sample};

/// Turns a stream of bytes into samples.
pub trait Decode: fmt::Debug + Send {
    /// Takes the next bytes, which came at `arrival_s` (seconds on any clock that does not go back;
    /// NaN where it is unknown), and adds what they complete.
    fn push(&mut self, bytes: &[u8], arrival_s: f64, out: &mut Decoded);

    /// At the end of the stream: adds what was held back, and counts what has no end.
    fn finish(&mut self, out: &mut Decoded);
}
