//! Writing settings to a sensor, when the user wants it: each in its turn, with its answer waited for.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use super::probe::is_nothing_yet;
use crate::protocol::Setting;

/// Between two settings; a sensor that does not answer has to have time for each.
const PAUSE: Duration = Duration::from_millis(100);
/// An answer comes within this time, also among samples,
const ANSWER: Duration = Duration::from_millis(500);
/// or the setting is written once more, so many times in all.
const TRIES: usize = 3;

/// Why a sensor does not have its settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigureError {
    /// The port failed.
    #[error("the port was lost while settings were written")]
    Lost(#[from] io::Error),
    /// Nothing came that is the answer.
    #[error(
        "the sensor did not answer to '{0}': is it another sensor, or is the port at another speed? \
         Unplug it and plug it in again to have it as it was"
    )]
    NoAnswer(String),
    /// It said no.
    #[error("the sensor refuses '{0}'; unplug it and plug it in again to have it as it was")]
    Refused(String),
}

/// What came after a setting was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    Answer,
    Refusal,
    Neither,
}

/// Writes all of them, in order. Samples that come meanwhile are dropped.
///
/// # Errors
/// When the port fails, or the sensor refuses one or does not answer where it should.
pub fn configure<P: Read + Write>(
    port: &mut P,
    settings: &[Setting],
) -> Result<(), ConfigureError> {
    settings.iter().try_for_each(|setting| set(port, setting))
}

fn set<P: Read + Write>(port: &mut P, setting: &Setting) -> Result<(), ConfigureError> {
    for _ in 0..TRIES {
        let start = Instant::now();
        port.write_all(&setting.bytes)?;
        port.flush()?;
        match listen(port, setting)? {
            Came::Answer => {
                std::thread::sleep(PAUSE.saturating_sub(start.elapsed()));
                return Ok(());
            }
            Came::Refusal => return Err(ConfigureError::Refused(setting.words.clone())),
            Came::Neither => {}
        }
    }
    Err(ConfigureError::NoAnswer(setting.words.clone()))
}

/// Until the answer is there; where none is expected, for the pause, which then is answer enough.
fn listen(port: &mut impl Read, setting: &Setting) -> io::Result<Came> {
    let (answer, time) = match &setting.answer {
        Some(answer) => (answer.as_slice(), ANSWER),
        None => (&[][..], PAUSE),
    };
    let (start, mut came, mut some) = (Instant::now(), Vec::new(), [0; 4096]);
    while start.elapsed() < time {
        match port.read(&mut some) {
            Ok(0) => return Err(io::ErrorKind::BrokenPipe.into()),
            Ok(count) => came.extend_from_slice(some.get(..count).unwrap_or_default()),
            Err(error) if is_nothing_yet(&error) => {}
            Err(error) => return Err(error),
        }
        if has(&came, answer) {
            return Ok(Came::Answer);
        }
        if has(&came, setting.refusal) {
            return Ok(Came::Refusal);
        }
    }
    Ok(if answer.is_empty() {
        Came::Answer
    } else {
        Came::Neither
    })
}

/// These bytes stand in those that came; no bytes stand nowhere.
fn has(came: &[u8], wanted: &[u8]) -> bool {
    !wanted.is_empty() && memchr::memmem::find(came, wanted).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::by_name;

    /// Answers each write with the next of these, in pieces of two bytes.
    #[derive(Default)]
    struct Fake {
        answers: Vec<&'static [u8]>,
        waiting: Vec<u8>,
        written: Vec<Vec<u8>>,
    }

    impl Read for Fake {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            std::thread::sleep(Duration::from_millis(1));
            let count = self.waiting.len().min(2);
            if count == 0 {
                return Err(io::ErrorKind::TimedOut.into());
            }
            bytes[..count].copy_from_slice(&self.waiting[..count]);
            self.waiting.drain(..count);
            Ok(count)
        }
    }

    impl Write for Fake {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.written.push(bytes.to_vec());
            if !self.answers.is_empty() {
                self.waiting.extend(self.answers.remove(0));
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn settings(name: &str) -> Vec<Setting> {
        by_name(name).unwrap().configure.unwrap()(115_200)
    }

    fn written(name: &str, answers: &[&'static [u8]]) -> (Fake, Result<(), ConfigureError>) {
        let mut fake = Fake {
            answers: answers.to_vec(),
            ..Fake::default()
        };
        let done = configure(&mut fake, &settings(name));
        (fake, done)
    }

    #[test]
    fn each_is_written_once_when_it_is_answered_or_has_no_answer() {
        // A chip that was busy is told again.
        let (busy, done) = written("bno055-uart", &[b"\xEE\x07", b"\xEE\x01"]);
        done.unwrap();
        assert_eq!(busy.written, [[0xAA, 0, 0x3D, 1, 8]; 2]);
        let line = [
            &b"$VNQTN,0,0,0,1*7B\r\n$VNWRG,06,8*64\r\n"[..],
            b"$VNWRG,07,50*58\r\n",
        ];
        let (answered, done) = written("vectornav", &line);
        done.unwrap();
        assert_eq!(answered.written.len(), 2);
        let (mute, done) = written("witmotion", &[]);
        done.unwrap();
        let expected: Vec<Vec<u8>> = settings("witmotion").into_iter().map(|s| s.bytes).collect();
        assert_eq!(mute.written, expected);
    }

    #[test]
    fn no_answer_and_no_are_told() {
        let (mute, done) = written("xsens-xbus", &[]);
        let said = done.unwrap_err().to_string();
        assert!(said.contains("did not answer to 'stop measuring"), "{said}");
        assert_eq!(mute.written.len(), TRIES);
        let error = b"{\"ahrs_message_type\":{\"error\":\"no\"}}\n";
        let (refused, done) = written("ximu3", &[error]);
        let said = done.unwrap_err().to_string();
        assert!(said.contains("refuses 'send orientation"), "{said}");
        assert_eq!(refused.written.len(), 1);
    }
}
