//! A sensor that says nothing until it is asked.

use super::What;
use crate::protocol::Speech;

/// What such a sensor has ready, and the requests that it hears.
#[derive(Debug)]
pub struct Answers {
    request: &'static [u8],
    /// What may be the beginning of a request.
    heard: Vec<u8>,
    newest: Option<What>,
}

impl Answers {
    /// `None` for sensors that send by themselves.
    pub fn of(speaks: &Speech) -> Option<Self> {
        Some(Self {
            request: speaks.ask()?.request,
            heard: Vec::new(),
            newest: None,
        })
    }

    /// Takes the next thing that the sensor does: a sample is kept until there is a newer one, what else
    /// it does is given back.
    pub fn hold(&mut self, what: What) -> Option<What> {
        match what {
            What::Sent { .. } => {
                self.newest = Some(what);
                return None;
            }
            What::Lost(_) => self.newest = None,
            What::HangUp => {
                self.newest = None;
                self.heard.clear();
            }
            What::Banner(_) | What::Noise(_) | What::Recorded(_) | What::Return => {}
        }
        Some(what)
    }

    /// Hears bytes; gives how many requests are whole now.
    pub fn hear(&mut self, bytes: &[u8]) -> usize {
        self.heard.extend_from_slice(bytes);
        let length = self.request.len();
        let mut count = 0;
        let mut windows = self.heard.windows(length);
        while let Some(at) = windows.position(|window| window == self.request) {
            count += 1;
            self.heard.drain(..at + length);
            windows = self.heard.windows(length);
        }
        let over = self.heard.len().saturating_sub(length);
        self.heard.drain(..over);
        count
    }

    /// The answer: the newest sample, the same again when there is none since; `None` before the first
    /// and while it is lost on the way.
    pub const fn answer(&self) -> Option<&What> {
        self.newest.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Sample, by_name};

    fn sent(byte: u8) -> What {
        What::Sent {
            sample: Box::new(Sample::default()),
            bytes: vec![byte],
            changed: 0,
        }
    }

    #[test]
    fn the_newest_sample_is_the_answer_to_a_whole_request() {
        assert!(Answers::of(&by_name("witmotion").unwrap().into()).is_none());
        let mut answers = Answers::of(&by_name("bno055-uart").unwrap().into()).unwrap();
        assert_eq!(answers.answer(), None);
        assert_eq!(answers.hold(sent(1)), None);
        assert_eq!(answers.hold(sent(2)), None);
        assert_eq!(answers.answer(), Some(&sent(2)));
        let counts = [&b"\xAA\x01"[..], b"\x20", b"\x08\xAA\x01\x20\x08x", b"\x08"];
        assert_eq!(counts.map(|bytes| answers.hear(bytes)), [0, 0, 2, 0]);
        let noise = What::Noise(vec![7]);
        assert_eq!(answers.hold(noise.clone()), Some(noise));
        assert_eq!(answers.hold(What::HangUp), Some(What::HangUp));
        assert_eq!(answers.answer(), None);
    }
}
