//! A running capture: bytes from ports into the log, and what they say to whoever shows it.
//!
//! Each port has a thread that only reads, takes the time and hands both on, so that nothing else delays
//! the times of arrival. One more thread writes them to the log first, then decodes them, then tells
//! what it found. When a port is lost, its thread lets go of it (a port that is held comes back under
//! another name) and looks for it again, soon at first and then every 5 seconds; what comes after is
//! another segment.
//!
//! A replay takes the same way, without a log and from what is played: [`Session::replay`].

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::engine::{Engine, Message};
use super::log::LogWriter;
use super::probe::is_nothing_yet;
use super::told::Told;
use crate::protocol::Speech;
use crate::sample::SensorPlace;

/// Reads that wait for the log; at 1000 a second, those of a second.
const MOST_WAITING: usize = 1024;
/// What was told and nobody took.
const MOST_TOLD: usize = 16 * 1024;
/// A lost port is looked for after so long,
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// and each time later, up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How soon a thread sees that the capture ends.
const STEP: Duration = Duration::from_millis(25);
/// What is played back is looked at this often while it is unplugged.
const REPLAY_WAIT: Duration = Duration::from_millis(20);

/// Where bytes come from.
pub type Source = Box<dyn Read + Send>;

/// One sensor of a capture.
pub struct Input {
    /// Where it sits.
    pub place: SensorPlace,
    /// What it speaks.
    pub speaks: Speech,
    /// Its port, open.
    pub source: Source,
    /// Opens it again after it was lost; what is wrong, when it is not there.
    pub again: Again,
}

/// Opens a port again; what is wrong, when it is not there.
pub type Again = Box<dyn FnMut() -> Result<Source, String> + Send>;

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("place", &self.place)
            .field("speaks", &self.speaks.name())
            .finish_non_exhaustive()
    }
}

/// How a capture ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Why, as the log has it.
    pub why: String,
    /// Why the log could not be written any more, if so.
    pub log_failed: Option<String>,
    /// What was told and could not be taken in time, for whoever shows it; the log has all of it.
    pub untold: usize,
}

/// The clock of a capture: seconds since its start. That of a replay may go faster.
#[derive(Debug, Clone, Copy)]
pub struct SessionClock {
    start: Instant,
    speed: f64,
}

impl SessionClock {
    /// It is zero now, and goes so many times as fast as the world's.
    pub fn start(speed: f64) -> Self {
        Self {
            start: Instant::now(),
            speed,
        }
    }

    /// Seconds since the start.
    pub fn now_s(self) -> f64 {
        self.start.elapsed().as_secs_f64() * self.speed
    }

    /// Microseconds since the start.
    pub(super) fn now_us(self) -> u64 {
        (self.now_s() * 1e6) as u64
    }

    /// How long to sleep until it shows this time; zero when it is past.
    pub(super) fn until(self, at_s: f64) -> Duration {
        let rest_s = (at_s - self.now_s()) / self.speed;
        Duration::try_from_secs_f64(rest_s).unwrap_or_default()
    }
}

/// How often a lost port is looked for: first after so long, and each time later up to so long.
#[derive(Debug, Clone, Copy)]
struct Waits {
    first: Duration,
    longest: Duration,
}

/// A running capture.
#[derive(Debug)]
pub struct Session {
    clock: SessionClock,
    stop: Arc<AtomicBool>,
    say: SyncSender<Message>,
    told: Receiver<Told>,
    readers: Vec<JoinHandle<()>>,
    engine: JoinHandle<Ended>,
}

impl Session {
    /// Begins to read; the ports have the numbers of their order, as in the head of the log.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(log: LogWriter, inputs: Vec<Input>) -> std::io::Result<Self> {
        let waits = Waits {
            first: FIRST_WAIT,
            longest: LONGEST_WAIT,
        };
        Self::begin(Some(log), inputs, SessionClock::start(1.0), waits)
    }

    /// The same with what is played on this clock, and without a log.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn replay(clock: SessionClock, inputs: Vec<Input>) -> std::io::Result<Self> {
        let waits = Waits {
            first: REPLAY_WAIT,
            longest: REPLAY_WAIT,
        };
        Self::begin(None, inputs, clock, waits)
    }

    fn begin(
        log: Option<LogWriter>,
        inputs: Vec<Input>,
        clock: SessionClock,
        waits: Waits,
    ) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (say, said) = sync_channel(MOST_WAITING);
        let (tell, told) = sync_channel(MOST_TOLD);
        let sensors: Vec<_> = inputs
            .iter()
            .map(|input| (input.place, input.speaks.clone()))
            .collect();
        let engine = Engine::new(log, sensors, tell);
        let engine = spawn("capture", move || engine.run(&said, clock))?;
        let mut readers = Vec::new();
        for (port, input) in (0..).zip(inputs) {
            let reader = PortReader {
                port,
                clock,
                waits,
                stop: Arc::clone(&stop),
                say: say.clone(),
            };
            readers.push(spawn("port", move || reader.run(input))?);
        }
        Ok(Self {
            clock,
            stop,
            say,
            told,
            readers,
            engine,
        })
    }

    /// What happens, as it happens.
    pub const fn told(&self) -> &Receiver<Told> {
        &self.told
    }

    /// Seconds since the start.
    pub fn now_s(&self) -> f64 {
        self.clock.now_s()
    }

    /// Writes a labelled moment, in seconds since the start, into the log.
    pub fn mark(&self, at_s: f64, label: &str) {
        let at_us = (at_s.max(0.0) * 1e6) as u64;
        let label = label.to_owned();
        // When nobody takes it the log has failed, which was told.
        drop(self.say.send(Message::Mark { at_us, label }));
    }

    /// Ends the capture, for this reason; all that came is in the log when this returns.
    pub fn end(self, why: &str) -> Ended {
        self.stop.store(true, Ordering::Release);
        for reader in self.readers {
            // A thread that panicked has nothing more to say.
            drop(reader.join());
        }
        drop(self.say.send(Message::End {
            at_us: self.clock.now_us(),
            why: why.to_owned(),
        }));
        drop(self.say);
        self.engine.join().unwrap_or_else(|_| Ended {
            why: why.to_owned(),
            log_failed: Some("the thread that writes it ended".to_owned()),
            untold: 0,
        })
    }
}

fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<JoinHandle<T>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run)
}

/// The thread of one port.
struct PortReader {
    port: u8,
    clock: SessionClock,
    waits: Waits,
    stop: Arc<AtomicBool>,
    say: SyncSender<Message>,
}

impl PortReader {
    fn run(&self, input: Input) {
        let Input {
            source, mut again, ..
        } = input;
        let mut source = Some(source);
        while let Some(open) = source.take() {
            let Some(why) = self.read_on(open) else {
                return;
            };
            let (port, at_us) = (self.port, self.clock.now_us());
            if self.say.send(Message::Gone { port, at_us, why }).is_err() {
                return;
            }
            source = self.look_again(&mut again);
            let at_us = self.clock.now_us();
            let back = source.is_some() && self.say.send(Message::Back { port, at_us }).is_ok();
            if !back {
                return;
            }
        }
    }

    /// Reads until the port is lost, and says why; `None` at the end of the capture.
    fn read_on(&self, mut source: Source) -> Option<String> {
        let mut buffer = [0; 4096];
        while !self.stop.load(Ordering::Acquire) {
            let read = source.read(&mut buffer);
            let at_us = self.clock.now_us();
            match read {
                Ok(0) => return Some("the port was closed".to_owned()),
                Ok(count) => {
                    let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                    let port = self.port;
                    self.say.send(Message::Came { port, at_us, bytes }).ok()?;
                }
                Err(error) if is_nothing_yet(&error) => {}
                Err(error) => return Some(error.to_string()),
            }
        }
        None
    }

    /// The port when it is there again; `None` at the end of the capture.
    fn look_again(
        &self,
        again: &mut (dyn FnMut() -> Result<Source, String> + Send),
    ) -> Option<Source> {
        let mut wait = self.waits.first;
        while self.slept(wait) {
            // Why it is not there yet changes nothing.
            if let Ok(source) = again() {
                return Some(source);
            }
            wait = (wait * 2).min(self.waits.longest);
        }
        None
    }

    /// Waits; `false` when the capture ended meanwhile.
    fn slept(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        while Instant::now() < until {
            if self.stop.load(Ordering::Acquire) {
                return false;
            }
            std::thread::sleep(STEP);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::log::{Head, HeadPort};
    use crate::protocol::{Sample, by_name};
    use crate::read::{ReadOptions, open};

    /// So many samples as a device sends them.
    fn bytes(count: usize) -> Vec<u8> {
        let encode = by_name("witmotion").unwrap().encode.unwrap();
        let mut bytes = Vec::new();
        for n in 0..count {
            let sample = Sample {
                device_time_s: Some(n as f64 * 0.01),
                earth_from_sensor: Some(nalgebra::Quaternion::identity()),
                ..Sample::default()
            };
            encode(&sample, &mut bytes);
        }
        bytes
    }

    fn input(first: Vec<u8>, mut later: Vec<Vec<u8>>) -> Input {
        Input {
            place: SensorPlace::Head,
            speaks: by_name("witmotion").unwrap().into(),
            source: Box::new(std::io::Cursor::new(first)),
            again: Box::new(move || {
                let next = later.pop().ok_or("no more")?;
                Ok(Box::new(std::io::Cursor::new(next)))
            }),
        }
    }

    fn log(folder: &tempfile::TempDir) -> (std::path::PathBuf, LogWriter) {
        let path = folder.path().join("a.neckrom");
        let head = Head {
            ports: vec![HeadPort {
                place: Some(SensorPlace::Head),
                protocol: "witmotion".to_owned(),
                ..HeadPort::default()
            }],
            ..Head::default()
        };
        let log = LogWriter::create(&path, &head).unwrap();
        (path, log)
    }

    #[test]
    fn a_port_that_is_lost_and_comes_back_is_two_segments() {
        let folder = tempfile::tempdir().unwrap();
        let (path, log) = log(&folder);
        let input = input(bytes(300), vec![bytes(200)]);
        let session = Session::start(log, vec![input]).unwrap();
        session.mark(0.1, "here");
        let (mut lost, mut back, mut count, mut segments) = (0, 0, 0, Vec::new());
        while lost < 2 || count < 499 {
            match session
                .told()
                .recv_timeout(Duration::from_secs(30))
                .unwrap()
            {
                Told::Samples { samples, .. } => {
                    count += samples.len();
                    segments.extend(samples.iter().map(|sample| sample.segment));
                }
                Told::Lost { .. } => lost += 1,
                Told::Back { .. } => back += 1,
                Told::Health { .. } | Told::LogFailed { .. } => {}
            }
        }
        assert_eq!((count, back), (500, 1));
        assert_eq!(
            segments.iter().filter(|segment| **segment == 1).count(),
            200
        );
        let ended = session.end("quit");
        assert_eq!((ended.why.as_str(), ended.log_failed), ("quit", None));
        let opened = open(&path, &ReadOptions::default()).unwrap();
        let recording = opened.recording;
        assert_eq!(recording.about.events[0].name, "here");
        assert!(opened.warnings.count(crate::warning::Warning::Gap) >= 1);
        assert_eq!(opened.warnings.count(crate::warning::Warning::CutOff), 0);
        assert!(recording.sensors[0].len() >= 300);
    }
}
