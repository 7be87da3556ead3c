//! When a sensor is asked that sends nothing by itself.

use std::time::{Duration, Instant};

use crate::protocol::Ask;

/// The times of the requests.
#[derive(Debug)]
pub(super) struct Asking {
    ask: Ask,
    every: Duration,
    due: Instant,
}

impl Asking {
    /// The first is due now.
    pub(super) fn new(ask: Ask, baud: u32, now: Instant) -> Self {
        Self {
            ask,
            every: Duration::from_secs_f64(ask.every_s(baud)),
            due: now,
        }
    }

    /// The same at another speed of the port.
    pub(super) fn at_baud(&self, baud: u32, now: Instant) -> Self {
        Self::new(self.ask, baud, now)
    }

    /// The request, if it is due. One that is late moves those after it: they never come in a heap.
    pub(super) fn due(&mut self, now: Instant) -> Option<&'static [u8]> {
        if now < self.due {
            return None;
        }
        let next = self.due + self.every;
        self.due = if next <= now { now + self.every } else { next };
        Some(self.ask.request)
    }

    /// How long until the next is due.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        self.due.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_even_and_a_late_one_is_not_made_up_for() {
        let ask = Ask {
            request: b"?",
            answer_bytes: 1,
            rate_hz: 100.0,
        };
        let start = Instant::now();
        let mut asking = Asking::new(ask, 115_200, start);
        let asked: Vec<u64> = (0..35)
            .filter(|ms| asking.due(start + Duration::from_millis(*ms)).is_some())
            .collect();
        assert_eq!(asked, [0, 10, 20, 30]);
        let late = start + Duration::from_millis(99);
        assert_eq!(asking.wait(late), Duration::ZERO);
        assert_eq!(asking.due(late), Some(&b"?"[..]));
        assert_eq!(asking.due(late), None);
        assert_eq!(asking.wait(late), Duration::from_millis(10));
    }
}
