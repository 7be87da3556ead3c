//! What a sensor does, as a port of this program: bytes come when they are due.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::iter::Peekable;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::headband::{Act, What};
use super::session::{Again, SessionClock, Source};

/// What a sensor does, in order of time.
pub type Acts = Box<dyn Iterator<Item = Act> + Send>;

/// A read returns after so long at the latest, as that of a port does.
const TIMEOUT: Duration = Duration::from_millis(50);

/// How many sensors still have something to do.
#[derive(Debug, Clone, Default)]
pub struct StillPlaying(Arc<AtomicUsize>);

impl StillPlaying {
    /// All is played.
    pub fn is_over(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }
}

/// A port on which a sensor is played, and what opens it again once it was unplugged.
pub fn played(acts: Acts, clock: SessionClock, playing: &StillPlaying) -> (Source, Again) {
    playing.0.fetch_add(1, Ordering::AcqRel);
    let script = Arc::new(Mutex::new(Script {
        acts: acts.peekable(),
        bytes: VecDeque::new(),
        clock,
        playing: Some(playing.clone()),
    }));
    let port = Played(Arc::clone(&script));
    let again = move || {
        let is_back = locked(&script).is_back();
        let port = is_back.then(|| Box::new(Played(Arc::clone(&script))) as Source);
        port.ok_or_else(|| "it is not there yet".to_owned())
    };
    (Box::new(port), Box::new(again))
}

/// What is still to be done.
struct Script {
    acts: Peekable<Acts>,
    /// Due, and not read yet.
    bytes: VecDeque<u8>,
    clock: SessionClock,
    /// `None` once all is done.
    playing: Option<StillPlaying>,
}

/// The port: reads what is due.
#[derive(Clone)]
struct Played(Arc<Mutex<Script>>);

impl fmt::Debug for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Played").finish_non_exhaustive()
    }
}

fn locked(script: &Mutex<Script>) -> std::sync::MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Read for Played {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        locked(&self.0).read(buffer)
    }
}

impl Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.bytes.is_empty() {
            let Some(next) = self.acts.peek() else {
                return Err(self.end());
            };
            let wait = self.clock.until(next.at_s);
            std::thread::sleep(wait.min(TIMEOUT));
            if wait > TIMEOUT {
                return Err(ErrorKind::TimedOut.into());
            }
            match self.acts.next().map(|act| act.what) {
                Some(What::HangUp) => {
                    return Err(io::Error::new(ErrorKind::BrokenPipe, "unplugged"));
                }
                Some(what) => self.bytes.extend(what.bytes()),
                None => {}
            }
        }
        self.bytes.read(buffer)
    }

    /// The end of what is played is no end of the port.
    fn end(&mut self) -> io::Error {
        if let Some(playing) = self.playing.take() {
            playing.0.fetch_sub(1, Ordering::AcqRel);
        }
        std::thread::sleep(TIMEOUT);
        ErrorKind::TimedOut.into()
    }

    /// It is plugged in again.
    fn is_back(&mut self) -> bool {
        let Some(next) = self.acts.peek() else {
            drop(self.end());
            return false;
        };
        self.clock.until(next.at_s).is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_when_they_are_due_and_a_plug_is_pulled() {
        let at = |at_s, what| Act { at_s, what };
        let bytes = |text: &[u8]| What::Recorded(text.to_vec());
        let acts = vec![
            at(0.0, bytes(b"abc")),
            at(0.2, bytes(b"def")),
            at(0.3, What::HangUp),
            at(0.4, What::Return),
            at(0.4, bytes(b"x")),
        ];
        let (clock, playing) = (SessionClock::start(2.0), StillPlaying::default());
        let (mut port, mut again) = played(Box::new(acts.into_iter()), clock, &playing);
        let mut some = [0; 8];
        let mut read = |port: &mut Source| loop {
            match port.read(&mut some) {
                Ok(count) => return Ok(some[..count].to_vec()),
                Err(error) if error.kind() == ErrorKind::TimedOut && !playing.is_over() => {}
                Err(error) => return Err(error.kind()),
            }
        };
        assert_eq!(read(&mut port).unwrap(), b"abc");
        assert!(clock.now_s() < 0.2);
        assert_eq!(read(&mut port).unwrap(), b"def");
        assert!(clock.now_s() >= 0.2);
        assert_eq!(read(&mut port).unwrap_err(), ErrorKind::BrokenPipe);
        assert!(again().is_err(), "{} s", clock.now_s());
        std::thread::sleep(clock.until(0.4));
        let mut port = again().unwrap();
        assert_eq!(read(&mut port).unwrap(), b"x");
        assert!(!playing.is_over());
        assert_eq!(read(&mut port).unwrap_err(), ErrorKind::TimedOut);
        assert!(playing.is_over());
    }
}
