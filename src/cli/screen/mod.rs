//! What a capture shows, and the keys that it takes: on a terminal, as a line a second, or as JSON
//! for programs.
//!
//! | key | word on standard input | does |
//! |---|---|---|
//! | space, enter, n | `next` | on to the next step |
//! | r | `redo` | this step again |
//! | s | `skip` | on to the next step, this one is left out |
//! | 0 to 9, t | `pain 0` to `pain 10` | pain in the movement; t is ten |
//! | m | `mark` | a mark at this moment |
//! | q, Ctrl-C | `quit` | end |
//!
//! Keys are for [`Terminal`]; [`Plain`] and [`JsonLines`] take the words, a line each, if they are
//! given an input.

mod digits;
mod draw;
mod json_lines;
mod plain;
mod sound;
#[cfg(feature = "sound")]
mod speaker;
mod terminal;
#[cfg(any(feature = "sound", test))]
mod tones;
mod typed;
mod words;

use std::io;
use std::time::Duration;

use crate::capture::live::{Action, Tone, View};

pub use json_lines::JsonLines;
pub use plain::Plain;
pub use sound::Sound;
#[cfg(feature = "sound")]
pub use speaker::Speaker;
pub use terminal::Terminal;
pub use typed::Typed;

/// Shows a capture and takes what the examiner does.
pub trait Show {
    /// Shows how things stand; may be called many times a second.
    ///
    /// # Errors
    /// What is written to is gone.
    fn show(&mut self, view: &View) -> io::Result<()>;

    /// What was typed; waits for it no longer than `wait`.
    ///
    /// # Errors
    /// What is read from is broken.
    fn keys(&mut self, wait: Duration) -> io::Result<Vec<Action>>;

    /// Sounds.
    ///
    /// # Errors
    /// What is written to is gone.
    fn tone(&mut self, tone: Tone) -> io::Result<()>;
}

#[cfg(test)]
mod tests;
