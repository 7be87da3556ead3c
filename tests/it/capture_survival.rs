//! A capture that is killed, and one whose port goes and comes back, at fifty random moments each: what
//! is older than a second is in the log.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use neckrom::capture::pty::Terminal;
use neckrom::protocol::log::{Damage, Kind, Reader};
use neckrom::read::{self, ReadOptions};
use neckrom::warning::Warning;

use crate::capture::{Capture, Port, folder, frame, log_of, logged, wait_for, words};
use crate::support::{Noise, neckrom};

/// What may be missing at most.
const LAST: Duration = Duration::from_secs(1);
const KILLS: u64 = 50;
/// Captures, and how often the port of each goes.
const CAPTURES: u64 = 10;
const HANG_UPS: u64 = 5;
/// Captures that run side by side.
const AT_ONCE: u64 = 10;

/// Spans of time that look random, of a seed.
struct Moments(Noise);

impl Moments {
    const fn new(seed: u64) -> Self {
        Self(Noise::nth(seed + 1))
    }

    const fn between(&mut self, least_ms: u64, most_ms: u64) -> Duration {
        let least_us = least_ms * 1000;
        Duration::from_micros(least_us + self.0.next() % (most_ms * 1000 - least_us))
    }
}

/// What was sent, and when each piece was.
#[derive(Default)]
struct Sent {
    bytes: Vec<u8>,
    pieces: Vec<(Instant, usize)>,
}

impl Sent {
    /// The next frame, which is about to be sent.
    fn next(&mut self) -> Vec<u8> {
        let frame = frame(self.pieces.len());
        self.bytes.extend(&frame);
        self.pieces.push((Instant::now(), self.bytes.len()));
        frame
    }

    /// Bytes that were sent up to a moment.
    fn until(&self, moment: Instant) -> usize {
        let before = self.pieces.partition_point(|piece| piece.0 <= moment);
        before.checked_sub(1).map_or(0, |last| self.pieces[last].1)
    }

    /// All that was sent a second before it ended is there, and nothing else.
    fn check(&self, found: &[u8], ended: Instant, what: &str) {
        assert!(self.bytes.starts_with(found), "{what}: other bytes");
        let least = self.until(ended.checked_sub(LAST).unwrap());
        let count = found.len();
        assert!(count >= least, "{what}: {count} of {least} bytes");
    }
}

/// Runs all, some at a time.
fn side_by_side(count: u64, run: fn(u64)) {
    let next = AtomicU64::new(0);
    let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|nth| *nth < count);
    let work = || std::iter::from_fn(take).for_each(run);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
}

/// Sends until it is told to stop.
fn send_on(mut port: Port, mut moments: Moments, stop: &AtomicBool) -> Sent {
    let mut sent = Sent::default();
    while !stop.load(Ordering::Acquire) {
        port.send(&sent.next());
        thread::sleep(moments.between(0, 8));
    }
    sent
}

#[test]
fn a_program_that_is_killed_at_any_moment_loses_a_second_at_most() {
    side_by_side(KILLS, |nth| {
        let (_folder, link, out) = folder();
        let port = Port::open(&link);
        let mut capture = Capture::start(neckrom().args(words(&link, &out)));
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let sender = thread::spawn(move || send_on(port, Moments::new(nth + 1000), &stopped));
        thread::sleep(Moments::new(nth).between(1100, 2600));
        capture.child.kill().unwrap();
        let killed = Instant::now();
        capture.child.wait().unwrap();
        stop.store(true, Ordering::Release);
        let sent = sender.join().unwrap();
        let (found, end, damage) = logged(&log_of(&out));
        sent.check(&found, killed, &format!("kill {nth}"));
        assert_eq!((end, damage.stretches), (None, 0), "kill {nth}");
        let opened = read::open(&log_of(&out), &ReadOptions::default()).unwrap();
        assert_eq!(opened.warnings.count(Warning::CutOff), 1);
        let rows = opened.recording.sensors[0].len();
        assert!(rows >= found.len() / frame(0).len(), "kill {nth}: {rows}");
    });
}

/// The bytes of a log between its breaks, and how long after the last byte each loss was noted.
fn segments(log: &Path) -> (Vec<Vec<u8>>, Vec<u64>) {
    let bytes = std::fs::read(log).unwrap();
    let mut reader = Reader::new(&bytes[..]).unwrap().unwrap();
    let (mut all, mut late_us, mut last_us) = (vec![Vec::new()], Vec::new(), 0);
    while let Some(chunk) = reader.next_chunk().unwrap() {
        match chunk.kind {
            Kind::Bytes(bytes) => {
                all.last_mut().unwrap().extend(bytes);
                last_us = chunk.time_us;
            }
            Kind::Segment(why) if why == "back" => all.push(Vec::new()),
            Kind::Segment(why) => {
                assert!(why.starts_with("lost: "), "{why}");
                late_us.push(chunk.time_us - last_us);
            }
            Kind::Head(_) | Kind::Mark(_) | Kind::End(_) => {}
        }
    }
    (all, late_us)
}

/// Sends for a while to whoever has the port open, once somebody has.
fn send_for(terminal: &mut Terminal, time: Duration, moments: &mut Moments) -> Sent {
    wait_for("a reader", || {
        terminal.look().unwrap();
        terminal.has_reader()
    });
    let (start, mut sent) = (Instant::now(), Sent::default());
    while start.elapsed() < time {
        terminal.write(&sent.next());
        thread::sleep(moments.between(0, 8));
        terminal.look().unwrap();
    }
    sent
}

#[test]
fn a_port_that_goes_at_any_moment_costs_a_second_at_most_and_is_used_again() {
    side_by_side(CAPTURES, |nth| {
        let (_folder, link, out) = folder();
        let mut moments = Moments::new(nth + 2000);
        let mut terminal = Terminal::open(&link).unwrap();
        let capture = Capture::start(neckrom().args(words(&link, &out)));
        let mut rounds = Vec::new();
        for _ in 0..HANG_UPS {
            let time = moments.between(100, 1500);
            let sent = send_for(&mut terminal, time, &mut moments);
            terminal.hang_up();
            rounds.push((sent, Instant::now()));
            thread::sleep(moments.between(50, 400));
            terminal.come_back().unwrap();
        }
        let last = send_for(&mut terminal, Duration::from_millis(50), &mut moments);
        let whole = || segments(&log_of(&out)).0.last().unwrap().len() == last.bytes.len();
        wait_for("the last part", whole);
        // Every second capture is ended while the port is away.
        let is_away = nth % 2 == 1;
        if is_away {
            terminal.hang_up();
            let lost = || segments(&log_of(&out)).1.len() as u64 == HANG_UPS + 1;
            wait_for("the last loss", lost);
        }
        capture.interrupt();
        capture.ended();
        let (found, late_us) = segments(&log_of(&out));
        assert_eq!(found.len() as u64, HANG_UPS + 1);
        for (round, (found, (sent, gone))) in found.iter().zip(&rounds).enumerate() {
            sent.check(found, *gone, &format!("capture {nth} part {round}"));
        }
        assert!(
            late_us.iter().all(|late_us| *late_us < 1_000_000),
            "{late_us:?}"
        );
        let (_, end, damage) = logged(&log_of(&out));
        let why = if is_away { "port lost" } else { "quit" };
        assert_eq!((end.as_deref(), damage), (Some(why), Damage::default()));
        let opened = read::open(&log_of(&out), &ReadOptions::default()).unwrap();
        let breaks = opened.warnings.count(Warning::Gap) as u64;
        assert!(breaks >= 2 * HANG_UPS, "{:?}", opened.warnings);
    });
}
