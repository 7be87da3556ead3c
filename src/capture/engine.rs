//! What is done with the bytes of all ports: into the log, decoded, told.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use super::log::LogWriter;
use super::session::{Ended, SessionClock};
use super::told::Told;
use crate::protocol::log::IS_BACK;
use crate::protocol::{Decode, Decoded, Speech};
use crate::sample::SensorPlace;

/// The log and the clock are looked at this often when nothing comes.
const TICK: Duration = Duration::from_millis(100);
/// How healthy a stream is, is told once in so long.
const HEALTH_US: u64 = 1_000_000;

/// What a thread says to the engine; times are microseconds since the start.
#[derive(Debug)]
pub(super) enum Message {
    /// Bytes came.
    Came {
        port: u8,
        at_us: u64,
        bytes: Vec<u8>,
    },
    /// The port is lost.
    Gone { port: u8, at_us: u64, why: String },
    /// It is there again.
    Back { port: u8, at_us: u64 },
    /// A label.
    Mark { at_us: u64, label: String },
    /// The capture ends; the last message.
    End { at_us: u64, why: String },
}

/// Everything behind the ports.
#[derive(Debug)]
pub(super) struct Engine {
    /// `None` once it has failed, and in a replay.
    log: Option<LogWriter>,
    ports: Vec<PortState>,
    tell: SyncSender<Told>,
    untold: usize,
    log_failed: Option<String>,
    health_us: u64,
}

#[derive(Debug)]
struct PortState {
    place: SensorPlace,
    speaks: Speech,
    decoder: Box<dyn Decode>,
    out: Decoded,
    /// Of the decoder that is at work: the number of its first segment.
    first_segment: u32,
    last_segment: u32,
    /// Samples since health was told.
    samples: usize,
}

impl Engine {
    pub(super) fn new(
        log: Option<LogWriter>,
        sensors: Vec<(SensorPlace, Speech)>,
        tell: SyncSender<Told>,
    ) -> Self {
        let port = |(place, speaks): (SensorPlace, Speech)| PortState {
            place,
            decoder: speaks.decoder(),
            speaks,
            out: Decoded::default(),
            first_segment: 0,
            last_segment: 0,
            samples: 0,
        };
        Self {
            log,
            ports: sensors.into_iter().map(port).collect(),
            tell,
            untold: 0,
            log_failed: None,
            health_us: 0,
        }
    }

    /// Takes messages until the end.
    pub(super) fn run(mut self, said: &Receiver<Message>, clock: SessionClock) -> Ended {
        let why = loop {
            match said.recv_timeout(TICK) {
                Ok(Message::End { at_us, why }) => {
                    self.finish();
                    self.end(at_us, &why);
                    break why;
                }
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break "without notice".to_owned(),
            }
            self.tick(clock.now_us());
        };
        Ended {
            why: self.log_failed.clone().unwrap_or(why),
            log_failed: self.log_failed,
            untold: self.untold,
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Came { port, at_us, bytes } => {
                self.write(at_us, |log| log.bytes(port, at_us, &bytes));
                self.decode(port, at_us, &bytes);
            }
            Message::Gone { port, at_us, why } => {
                let text = format!("lost: {why}");
                self.write(at_us, |log| log.segment(port, at_us, &text));
                self.lose(port, at_us, why);
            }
            Message::Back { port, at_us } => {
                self.write(at_us, |log| log.segment(port, at_us, IS_BACK));
                self.back(port, at_us);
            }
            Message::Mark { at_us, label } => self.write(at_us, |log| log.mark(at_us, &label)),
            Message::End { .. } => {}
        }
    }

    /// Writes to the log; when it fails, the log is ended and this is told once.
    fn write(&mut self, at_us: u64, write: impl FnOnce(&mut LogWriter) -> io::Result<()>) {
        let Some(log) = &mut self.log else {
            return;
        };
        if let Err(error) = write(log) {
            let why = why_not(&error);
            self.end(at_us, &why);
            self.log_failed = Some(why.clone());
            let at_s = at_us as f64 / 1e6;
            self.tell(Told::LogFailed { why, at_s });
        }
    }

    /// Ends the log; when not even that finds room, it has no end.
    fn end(&mut self, at_us: u64, why: &str) {
        let ended = self.log.take().map_or(Ok(()), |log| log.end(at_us, why));
        if let (Err(error), None) = (ended, &self.log_failed) {
            self.log_failed = Some(error.to_string());
        }
    }

    fn decode(&mut self, port: u8, at_us: u64, bytes: &[u8]) {
        let Some(state) = self.ports.get_mut(usize::from(port)) else {
            return;
        };
        state
            .decoder
            .push(bytes, at_us as f64 / 1e6, &mut state.out);
        self.tell_samples(port);
    }

    fn tell_samples(&mut self, port: u8) {
        let Some(state) = self.ports.get_mut(usize::from(port)) else {
            return;
        };
        // Notes are in the log, and nothing shows them.
        state.out.notes.clear();
        let mut samples = std::mem::take(&mut state.out.samples);
        for sample in &mut samples {
            sample.segment = sample.segment.saturating_add(state.first_segment);
            state.last_segment = state.last_segment.max(sample.segment);
        }
        state.samples += samples.len();
        let place = state.place;
        if !samples.is_empty() {
            self.tell(Told::Samples { place, samples });
        }
    }

    fn lose(&mut self, port: u8, at_us: u64, why: String) {
        let Some(state) = self.ports.get_mut(usize::from(port)) else {
            return;
        };
        let fresh = state.speaks.decoder();
        let mut old = std::mem::replace(&mut state.decoder, fresh);
        old.finish(&mut state.out);
        let place = state.place;
        self.tell_samples(port);
        if let Some(state) = self.ports.get_mut(usize::from(port)) {
            state.first_segment = state.last_segment.saturating_add(1);
        }
        let at_s = at_us as f64 / 1e6;
        self.tell(Told::Lost { place, why, at_s });
    }

    fn back(&mut self, port: u8, at_us: u64) {
        if let Some(state) = self.ports.get(usize::from(port)) {
            let (place, at_s) = (state.place, at_us as f64 / 1e6);
            self.tell(Told::Back { place, at_s });
        }
    }

    /// At the end: what the decoders held back.
    fn finish(&mut self) {
        for port in 0..self.ports.len() {
            let Ok(number) = u8::try_from(port) else {
                return;
            };
            if let Some(state) = self.ports.get_mut(port) {
                state.decoder.finish(&mut state.out);
            }
            self.tell_samples(number);
        }
    }

    fn tick(&mut self, now_us: u64) {
        self.write(now_us, |log| log.tick(now_us));
        let passed_us = now_us.saturating_sub(self.health_us);
        if passed_us < HEALTH_US {
            return;
        }
        self.health_us = now_us;
        let mut all = Vec::new();
        for state in &mut self.ports {
            all.push(Told::Health {
                place: state.place,
                frames: state.out.frames,
                faults: state.out.faults,
                rate_hz: std::mem::take(&mut state.samples) as f64 * 1e6 / passed_us as f64,
            });
        }
        for told in all {
            self.tell(told);
        }
    }

    /// Tells it if there is room; nothing waits for whoever shows it.
    fn tell(&mut self, told: Told) {
        self.untold += usize::from(self.tell.try_send(told).is_err());
    }
}

/// Why a log cannot be written any more.
fn why_not(error: &io::Error) -> String {
    let known = [
        (io::ErrorKind::StorageFull, "the disk is full"),
        (io::ErrorKind::QuotaExceeded, "the disk quota is used up"),
        (
            io::ErrorKind::FileTooLarge,
            "the file may not grow any more",
        ),
    ];
    let found = known.iter().find(|known| known.0 == error.kind());
    found.map_or_else(
        || format!("the log could not be written: {error}"),
        |known| known.1.to_owned(),
    )
}
