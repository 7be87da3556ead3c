//! Which protocol a port speaks, and at which speed, by listening alone: nothing is written, since a
//! stray byte may start a boot loader or change a setting. Only a port that the user named together with
//! a sensor that has to be asked is asked, by the port itself ([`OpenPort::asking`]).
//!
//! Speeds are tried in turn, those that sensors are set to most often first. At each the port is listened
//! to for 400 ms, longer when something is recognised of which there is too little. A board that starts
//! anew when its port is opened is waited for.

use std::io::{self, ErrorKind, Read};
use std::time::{Duration, Instant};

use super::port::OpenPort;
use crate::protocol::{PROTOCOLS, Speech, recognise, score};

/// A board may start for so long before it sends.
const START: Duration = Duration::from_millis(2200);
/// Each speed is listened to for so long.
const LISTEN: Duration = Duration::from_millis(400);
/// And so long where sound frames come slowly.
const LISTEN_ON: Duration = Duration::from_secs(2);
/// No more is looked at.
const MOST_BYTES: usize = 64 * 1024;

/// A port whose speed can be set.
pub trait Line: Read {
    /// Sets the speed, and forgets what came before.
    ///
    /// # Errors
    /// When it does not take it.
    fn set_baud(&mut self, baud: u32) -> io::Result<()>;
}

impl Line for OpenPort {
    fn set_baud(&mut self, baud: u32) -> io::Result<()> {
        Self::set_baud(self, baud)
    }
}

/// What a port speaks.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The protocol, or the lines that were looked for.
    pub speaks: Speech,
    /// Bits a second at which it was understood.
    pub baud: u32,
    /// Samples a second, about.
    pub rate_hz: f64,
}

/// Why nothing was understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// No byte.
    #[error(
        "no byte comes: the sensor is off, asleep, has to be asked (then name it with \
         --sensor), or the cable only charges"
    )]
    Silent,
    /// Bytes of no known protocol.
    #[error(
        "bytes come, and are of no known protocol at {tried} speeds; give --baud if the sensor is set \
         to another, and see `neckrom formats` for what is understood; they begin: {shown}"
    )]
    Unknown {
        /// How many speeds were tried.
        tried: usize,
        /// The first bytes at the first speed, for people.
        shown: String,
    },
    /// The port failed.
    #[error("the port was lost while it was listened to: {0}")]
    Lost(String),
}

/// Speeds that sensors are set to, each once: the usual one of each protocol first.
pub fn usual_bauds() -> Vec<u32> {
    let longest = PROTOCOLS.iter().map(|one| one.baud_rates.len()).max();
    let nth = |n: usize| {
        PROTOCOLS
            .iter()
            .filter_map(move |one| one.baud_rates.get(n))
    };
    let mut bauds = Vec::new();
    for baud in (0..longest.unwrap_or(0)).flat_map(nth) {
        if !bauds.contains(baud) {
            bauds.push(*baud);
        }
    }
    // By far the most usual.
    bauds.sort_by_key(|baud| *baud != 115_200);
    bauds
}

/// Listens to a port at these speeds; `only` is what to look for, or any protocol.
///
/// # Errors
/// When nothing is understood.
pub fn probe(line: &mut dyn Line, bauds: &[u32], only: Option<&Speech>) -> Result<Heard, Unheard> {
    let lost = |error: io::Error| Unheard::Lost(error.to_string());
    let mut first = None;
    for &baud in bauds {
        line.set_baud(baud).map_err(lost)?;
        let wait = if first.is_none() { START } else { LISTEN };
        let heard = listen(line, wait, only).map_err(lost)?;
        if let Some(speaks) = heard.speaks {
            let rate_hz = heard.samples as f64 / heard.for_s.max(0.1);
            return Ok(Heard {
                speaks,
                baud,
                rate_hz,
            });
        }
        if first.is_none() && heard.bytes.is_empty() {
            return Err(Unheard::Silent);
        }
        first.get_or_insert(heard.bytes);
    }
    let bytes = first.unwrap_or_default();
    Err(Unheard::Unknown {
        tried: bauds.len(),
        shown: shown(&bytes),
    })
}

/// What came at one speed.
struct Listened {
    bytes: Vec<u8>,
    speaks: Option<Speech>,
    samples: usize,
    for_s: f64,
}

/// Listens until something is recognised, or for long enough after the first byte; for `wait` to it.
fn listen(line: &mut dyn Line, wait: Duration, only: Option<&Speech>) -> io::Result<Listened> {
    let start = Instant::now();
    let mut began = None;
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = match line.read(&mut buffer) {
            Ok(0) => return Err(io::Error::from(ErrorKind::BrokenPipe)),
            Ok(count) => count,
            Err(error) if is_nothing_yet(&error) => 0,
            Err(error) => return Err(error),
        };
        bytes.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if count > 0 {
            began.get_or_insert_with(Instant::now);
        }
        let heard = began.map_or(Duration::ZERO, |began| began.elapsed());
        let most = if promises(&bytes, only) {
            LISTEN_ON
        } else {
            LISTEN
        };
        let over = began.map_or_else(|| start.elapsed() >= wait, |_| heard >= most);
        let speaks = if heard >= LISTEN || bytes.len() >= MOST_BYTES {
            recognised(&bytes, only)
        } else {
            None
        };
        if over || speaks.is_some() || bytes.len() >= MOST_BYTES {
            return Ok(Listened {
                samples: speaks
                    .as_ref()
                    .map_or(0, |speaks| score(speaks.decoder(), &bytes).samples),
                for_s: heard.as_secs_f64(),
                speaks,
                bytes,
            });
        }
    }
}

/// Nothing came within the port's timeout, which is no failure.
pub(super) fn is_nothing_yet(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TimedOut | ErrorKind::Interrupted | ErrorKind::WouldBlock
    )
}

fn recognised(bytes: &[u8], only: Option<&Speech>) -> Option<Speech> {
    match only {
        Some(speaks) => promises(bytes, only).then(|| speaks.clone()),
        None => recognise(bytes).map(Speech::Known),
    }
}

/// There are sound frames, and most bytes are of them.
fn promises(bytes: &[u8], only: Option<&Speech>) -> bool {
    let good = |decoder| {
        let found = score(decoder, bytes);
        found.samples > 0 && found.junk * 2 < found.bytes
    };
    match only {
        Some(speaks) => good(speaks.decoder()),
        None => PROTOCOLS.iter().any(|one| good((one.decoder)())),
    }
}

/// The first bytes as text, or in hexadecimal where most are none.
fn shown(bytes: &[u8]) -> String {
    let first = bytes.get(..bytes.len().min(48)).unwrap_or_default();
    let is_text = |byte: &&u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    if first.iter().filter(is_text).count() * 10 > first.len() * 9 {
        return crate::read::error::excerpt(first, 48);
    }
    let digits = first.iter().take(24).map(|byte| format!("{byte:02x}"));
    digits.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::by_name;

    /// A port that sends the same for ever, at one speed; noise at others, or nothing.
    struct Fake {
        frame: Vec<u8>,
        right: u32,
        noise: u8,
        baud: u32,
    }

    impl Read for Fake {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            std::thread::sleep(Duration::from_millis(10));
            if self.frame.is_empty() {
                return Err(ErrorKind::TimedOut.into());
            }
            let count = self.frame.len();
            let sent = &mut bytes[..count];
            sent.copy_from_slice(&self.frame);
            let noise = if self.baud == self.right {
                0
            } else {
                self.noise
            };
            for byte in sent.iter_mut() {
                *byte ^= noise;
            }
            Ok(count)
        }
    }

    impl Line for Fake {
        fn set_baud(&mut self, baud: u32) -> io::Result<()> {
            self.baud = baud;
            Ok(())
        }
    }

    fn fake(protocol: &str, right: u32) -> Fake {
        let sample = crate::protocol::Sample {
            earth_from_sensor: Some(nalgebra::Quaternion::identity()),
            ..Default::default()
        };
        let mut frame = Vec::new();
        by_name(protocol).unwrap().encode.unwrap()(&sample, &mut frame);
        Fake {
            frame,
            right,
            noise: 0xa7,
            baud: 0,
        }
    }

    #[test]
    fn the_speed_and_the_protocol_are_found() {
        let bauds = [115_200, 9600];
        for (protocol, right) in [("witmotion", 9600), ("razor-ahrs", 115_200)] {
            let heard = probe(&mut fake(protocol, right), &bauds, None).unwrap();
            assert_eq!((heard.speaks.name(), heard.baud), (protocol, right));
            assert!(heard.rate_hz > 1.0, "{heard:?}");
        }
    }

    #[test]
    fn what_is_not_understood_is_told() {
        let mut silent = fake("witmotion", 9600);
        silent.frame.clear();
        assert_eq!(
            probe(&mut silent, &[9600], None).unwrap_err(),
            Unheard::Silent
        );
        let wrong = probe(&mut fake("witmotion", 1), &[9600, 57_600], None).unwrap_err();
        assert!(
            matches!(wrong, Unheard::Unknown { tried: 2, .. }),
            "{wrong}"
        );
        let mut text = fake("witmotion", 9600);
        text.frame = b"hello there\r\n".to_vec();
        let said = probe(&mut text, &[9600], None).unwrap_err().to_string();
        assert!(said.contains("hello there"), "{said}");
    }

    #[test]
    fn no_speed_is_tried_twice_or_is_the_boot_loaders() {
        let mut bauds = usual_bauds();
        assert_eq!(bauds.first(), Some(&115_200));
        let count = bauds.len();
        bauds.sort_unstable();
        bauds.dedup();
        assert!(count == bauds.len() && !bauds.contains(&1200));
    }
}
