//! What sensors did while a log was written, to be played once more.

use std::io::{self, BufRead};

use super::headband::{Act, What};
use crate::protocol::log::{Damage, Head, HeadPort, IS_BACK, Kind, Reader};

/// A log, as what its sensors did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recorded {
    /// What was known before.
    pub head: Head,
    /// In the order of their numbers, each with at least one byte.
    pub ports: Vec<RecordedPort>,
    /// What of the log is of no sound chunk.
    pub damage: Damage,
}

/// One port of a log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordedPort {
    /// What the head of the log says of it.
    pub about: HeadPort,
    /// Bytes as they came and when, lost and there again; times are seconds since the start of the
    /// capture.
    pub acts: Vec<Act>,
}

/// Reads a log; `None` when its first line is not that of a log of this version.
///
/// # Errors
/// When the source cannot be read.
pub fn recorded(source: impl BufRead) -> io::Result<Option<Recorded>> {
    let Some(mut reader) = Reader::new(source)? else {
        return Ok(None);
    };
    let mut found = Recorded::default();
    let mut ports: Vec<RecordedPort> = Vec::new();
    let mut latest_s = 0.0_f64;
    while let Some(chunk) = reader.next_chunk()? {
        // Damage may hide in no chunk, yet a clock may not go back.
        latest_s = latest_s.max(chunk.time_s());
        let what = match chunk.kind {
            Kind::Head(head) => {
                found.head = *head;
                continue;
            }
            Kind::Bytes(bytes) => What::Recorded(bytes),
            Kind::Segment(why) if why == IS_BACK => What::Return,
            Kind::Segment(_) => What::HangUp,
            Kind::Mark(_) | Kind::End(_) => continue,
        };
        let number = usize::from(chunk.port);
        if ports.len() <= number {
            ports.resize_with(number + 1, RecordedPort::default);
        }
        if let Some(port) = ports.get_mut(number) {
            port.add(latest_s, what);
        }
    }
    for (number, port) in ports.iter_mut().enumerate() {
        let about = found.head.ports.get(number);
        port.about = about.cloned().unwrap_or_default();
    }
    ports.retain(RecordedPort::has_bytes);
    found.ports = ports;
    found.damage = reader.damage();
    Ok(Some(found))
}

impl RecordedPort {
    fn add(&mut self, at_s: f64, what: What) {
        // Damage may have cost the chunk that said it.
        let is_away = self.last_plug() == Some(&What::HangUp);
        if is_away && matches!(what, What::Recorded(_)) {
            let what = What::Return;
            self.acts.push(Act { at_s, what });
        }
        self.acts.push(Act { at_s, what });
    }

    fn last_plug(&self) -> Option<&What> {
        let last = self.acts.last().map(|act| &act.what);
        last.filter(|what| matches!(what, What::HangUp | What::Return))
    }

    fn has_bytes(&self) -> bool {
        self.acts.iter().any(|act| !act.what.bytes().is_empty())
    }

    /// The first bytes, as many as tell a protocol.
    pub fn first_bytes(&self, most: usize) -> Vec<u8> {
        let bytes = self.acts.iter().flat_map(|act| act.what.bytes());
        bytes.take(most).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::log::{add_bytes, add_end, add_head, add_mark, add_segment};
    use crate::sample::SensorPlace;

    fn port(place: SensorPlace) -> HeadPort {
        HeadPort {
            place: Some(place),
            ..HeadPort::default()
        }
    }

    #[test]
    fn bytes_of_each_port_at_their_times() {
        let head = Head {
            ports: vec![port(SensorPlace::Head), port(SensorPlace::Trunk)],
            ..Head::default()
        };
        let mut log = Vec::new();
        add_head(&head, &mut log).unwrap();
        add_bytes(0, 10_000, b"abc", &mut log);
        add_bytes(1, 20_000, b"xyz", &mut log);
        add_mark(25_000, "begin neutral", &mut log);
        add_segment(0, 30_000, "lost: gone", &mut log);
        add_segment(0, 40_000, IS_BACK, &mut log);
        add_bytes(0, 50_000, b"def", &mut log);
        add_end(60_000, "quit", &mut log);
        let found = recorded(&log[..]).unwrap().unwrap();
        assert_eq!((&found.head, found.damage), (&head, Damage::default()));
        let [head, trunk] = found.ports.as_slice() else {
            panic!("{found:?}");
        };
        let at = |at_s, what| Act { at_s, what };
        let bytes = |bytes: &[u8]| What::Recorded(bytes.to_vec());
        assert_eq!(
            head.acts,
            [
                at(0.01, bytes(b"abc")),
                at(0.03, What::HangUp),
                at(0.04, What::Return),
                at(0.05, bytes(b"def")),
            ]
        );
        assert_eq!(trunk.acts, [at(0.02, bytes(b"xyz"))]);
        assert_eq!(trunk.about.place, Some(SensorPlace::Trunk));
        assert_eq!(head.first_bytes(4), b"abcd");
    }

    #[test]
    fn what_comes_after_a_loss_comes_after_a_return() {
        let mut log = Vec::new();
        add_head(&Head::default(), &mut log).unwrap();
        add_segment(0, 30_000, "lost: gone", &mut log);
        add_bytes(0, 50_000, b"def", &mut log);
        let found = recorded(&log[..]).unwrap().unwrap();
        let kinds: Vec<&What> = found.ports[0].acts.iter().map(|act| &act.what).collect();
        let bytes = What::Recorded(b"def".to_vec());
        assert_eq!(kinds, [&What::HangUp, &What::Return, &bytes]);
        assert_eq!(recorded(&b"neckrom log 2\r\n\x1a"[..]).unwrap(), None);
    }
}
