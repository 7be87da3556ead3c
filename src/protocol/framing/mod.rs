//! How bytes become frames: where a frame begins and ends, and whether it is whole.
//!
//! | piece | for |
//! |---|---|
//! | [`sums`] | additive sums, exclusive or, CRC-16 in its variants |
//! | [`cobs`], [`slip`] | two ways to keep one byte value for the end of a frame |
//! | `scanner` | frames that begin with a mark and carry their length or have a fixed one |
//! | `pieces` | frames that end with one byte: lines, SLIP, COBS |
//! | `fields` | numbers from bytes |
//!
//! All of them work on bytes in whatever pieces a port gave them, hold at most one frame back, and
//! after noise find the next frame: a mark that turns out not to begin a frame costs one byte.

pub mod cobs;
pub mod fields;
pub mod pieces;
pub mod scanner;
pub mod slip;
pub mod sums;
