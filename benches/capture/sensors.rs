//! Two sensors that send without a pause, and turn now and then.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nalgebra::{UnitQuaternion, Vector3};
use neckrom::capture::pty::Terminal;
use neckrom::protocol::{Protocol, Sample, by_name};

/// Samples a second of each sensor.
const RATE_HZ: u64 = 1000;
/// Before the first turn the head is still, for neutral.
const STILL: Duration = Duration::from_secs(8);
/// From one turn to the next, and how long each lasts; the odd part is that turns fall anywhere between
/// two pictures.
const EVERY: Duration = Duration::from_micros(2_003_700);
const FOR: Duration = Duration::from_millis(800);
const TURN_RAD: f64 = 0.7;

pub(crate) fn protocol() -> &'static Protocol {
    by_name("neckrom-line").unwrap()
}

/// The head turns at these times since the start.
fn turn_at(since: Duration) -> Option<u32> {
    let since = since.checked_sub(STILL)?;
    let nth = since.as_nanos() / EVERY.as_nanos();
    let inside = since.as_nanos() % EVERY.as_nanos() < FOR.as_nanos();
    inside.then(|| u32::try_from(nth).unwrap())
}

/// Two sensors, until they are stopped.
pub(crate) struct Sensors {
    start: Instant,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Sent>>,
}

/// What one of them did.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) frames: u64,
    /// When the first bytes of each turn were written.
    pub(crate) turns: Vec<Instant>,
    /// Bytes that did not get through: the reader was too slow.
    pub(crate) overflowed: usize,
}

impl Sensors {
    /// They send once somebody has their ports open.
    pub(crate) fn start(links: &[PathBuf]) -> Self {
        let (start, stop) = (Instant::now(), Arc::new(AtomicBool::new(false)));
        let each = |(nth, link): (usize, &PathBuf)| {
            let terminal = Terminal::open(link).unwrap();
            let stop = Arc::clone(&stop);
            thread::spawn(move || send(terminal, nth == 0, start, &stop))
        };
        Self {
            threads: links.iter().enumerate().map(each).collect(),
            start,
            stop,
        }
    }

    /// Zero of the device's clocks.
    pub(crate) const fn zero(&self) -> Instant {
        self.start
    }

    pub(crate) fn stop(self) -> Vec<Sent> {
        self.stop.store(true, Ordering::Release);
        let join = |thread: JoinHandle<Sent>| thread.join().unwrap();
        self.threads.into_iter().map(join).collect()
    }
}

fn send(mut terminal: Terminal, turns: bool, zero: Instant, stop: &AtomicBool) -> Sent {
    while !terminal.has_reader() {
        terminal.look().unwrap();
        thread::sleep(Duration::from_millis(1));
        if stop.load(Ordering::Acquire) {
            return Sent::default();
        }
    }
    let (encode, begin) = (protocol().encode.unwrap(), Instant::now());
    let (mut sent, mut last, mut bytes) = (Sent::default(), None, Vec::new());
    while !stop.load(Ordering::Acquire) {
        let due = Duration::from_nanos(sent.frames * 1_000_000_000 / RATE_HZ);
        thread::sleep(due.saturating_sub(begin.elapsed()));
        terminal.look().unwrap();
        let turn = turn_at(begin.elapsed()).filter(|_| turns);
        let now = Instant::now();
        if turn.is_some() && turn != last {
            sent.turns.push(now);
        }
        last = turn.or(last);
        bytes.clear();
        let angle_rad = if turn.is_some() { TURN_RAD } else { 0.0 };
        encode(&sample(sent.frames, now - zero, angle_rad), &mut bytes);
        terminal.write(&bytes);
        sent.frames += 1;
    }
    // What waits is read to its end.
    while terminal.waiting() > 0 && terminal.has_reader() {
        terminal.look().unwrap();
        thread::sleep(Duration::from_millis(1));
    }
    sent.overflowed = terminal.passed().overflowed + terminal.passed().unheard;
    thread::sleep(Duration::from_secs(1));
    sent
}

fn sample(counter: u64, time: Duration, angle_rad: f64) -> Sample {
    let turn = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), angle_rad);
    Sample {
        counter: Some(counter),
        device_time_s: Some(time.as_secs_f64()),
        earth_from_sensor: Some(*turn),
        gyro_rad_s: Some(Vector3::new(0.001, -0.002, 0.003)),
        accel_m_s2: Some(Vector3::new(0.0, 0.0, 9.81)),
        ..Sample::default()
    }
}
