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
mod terminal;
mod typed;
mod words;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::capture::live::{Action, Tone, View};

pub use json_lines::JsonLines;
pub use plain::Plain;
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

/// Ctrl-C, a request to end, and a terminal that hangs up: as a flag, so that a capture ends cleanly.
#[derive(Debug, Clone)]
pub struct Signals {
    came: Arc<AtomicBool>,
}

impl Signals {
    /// Listens from now on, for the rest of the process.
    ///
    /// # Errors
    /// The system does not allow it.
    pub fn listen() -> io::Result<Self> {
        let came = Arc::new(AtomicBool::new(false));
        let signals = [
            signal_hook::consts::SIGINT,
            signal_hook::consts::SIGTERM,
            #[cfg(unix)]
            signal_hook::consts::SIGHUP,
        ];
        for signal in signals {
            signal_hook::flag::register(signal, Arc::clone(&came))?;
        }
        Ok(Self { came })
    }

    /// One of them came.
    pub fn came(&self) -> bool {
        self.came.load(Ordering::Relaxed)
    }

    /// The action that it asks for.
    fn action(&self) -> Option<Action> {
        self.came().then_some(Action::Quit)
    }
}

#[cfg(test)]
mod tests;
