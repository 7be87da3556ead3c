//! A simulated sensor: samples become the bytes that a headband would send, with the faults asked for.
//!
//! Nothing here waits: [`Headband`] is an iterator of what the sensor does and when, and whoever plays it
//! keeps the time. The same samples and settings give the same bytes. Each kind of fault draws from
//! random numbers of its own, so that turning one on leaves the others as they were.
//!
//! The sensor has a clock and a counter of its own. Its clock showed some seconds when the first sample
//! was made, and runs too fast or too slow by a few parts in a million. The counter counts samples that
//! are lost on the way, too. When it is unplugged and comes back, it has started anew: counter and clock
//! begin at zero, and its heading is another, as that of a sensor without a compass is.

use std::collections::VecDeque;

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use super::wrong_baud::heard;
use crate::protocol::{Protocol, Sample};
use crate::sample::{SensorPlace, SensorSamples};
use crate::simulate::numbers::{Numbers, Purpose};

/// What a board says when it starts.
const BANNER: &[u8] = b"\r\nheadband: start, keep still\r\nheadband: ready\r\n";
/// The sensor's bits that a port at the wrong speed takes for one: it is set to half the rate.
const WRONG_BITS: f64 = 2.0;
/// Seconds that a sensor's clock may show when its first sample is made.
const FIRST_CLOCK_S: (f64, f64) = (5.0, 60.0);
/// Counts that its counter may show then.
const FIRST_COUNT: f64 = 200.0;

/// What sends, and how it fails.
#[derive(Debug, Clone, Copy)]
pub struct HeadbandSettings {
    /// What it speaks.
    pub protocol: &'static Protocol,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Where it sits: two sensors of one seed fail at different times.
    pub place: SensorPlace,
    /// How much too fast its clock runs, parts per million.
    pub clock_error_ppm: f64,
    /// What goes wrong.
    pub trouble: Trouble,
}

/// What goes wrong; by default nothing. Times are seconds after the first sample.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Trouble {
    /// Bytes of noise between the samples, as a fraction of the sensor's own bytes.
    pub noise: f64,
    /// Fraction of the samples that are lost on the way.
    pub lose: f64,
    /// Fraction of the bytes that arrive changed.
    pub corrupt: f64,
    /// The line stands still now and then, and what was held back comes at once.
    pub stall: Option<Stall>,
    /// The sensor is unplugged.
    pub hang_up: Option<HangUp>,
    /// The orientation stays as it is from here on, while the gyroscope goes on.
    pub stale_after_s: Option<f64>,
    /// The port is set to another speed than the sensor.
    pub wrong_baud: bool,
    /// The sensor begins with lines of text, whatever it speaks.
    pub banner: bool,
}

/// How a line stands still.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stall {
    /// Once in so many seconds, at a random moment.
    pub every_s: f64,
    /// For so many seconds, fewer than half of those.
    pub for_s: f64,
}

/// When a sensor is unplugged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HangUp {
    /// So many seconds after the first sample.
    pub after_s: f64,
    /// And comes back so many seconds later, or never.
    pub return_after_s: Option<f64>,
}

/// One thing that the sensor does.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// Seconds after the first sample; never less than that of the act before.
    pub at_s: f64,
    /// What.
    pub what: What,
}

/// What a sensor does.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Says that it has started.
    Banner(Vec<u8>),
    /// The line makes bytes of its own.
    Noise(Vec<u8>),
    /// Sends a sample.
    Sent {
        /// With the sensor's own time and counter; it arrives when it is made.
        sample: Box<Sample>,
        /// As they arrive.
        bytes: Vec<u8>,
        /// So many of them are not those that were sent.
        changed: usize,
    },
    /// A sample is lost on the way.
    Lost(Box<Sample>),
    /// It is unplugged.
    HangUp,
    /// It is plugged in again.
    Return,
}

impl What {
    /// What arrives at the port.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Banner(bytes) | Self::Noise(bytes) | Self::Sent { bytes, .. } => bytes,
            Self::Lost(_) | Self::HangUp | Self::Return => &[],
        }
    }
}

/// What a sensor did so far, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Samples whose bytes arrived as they were sent.
    pub whole: usize,
    /// Samples some of whose bytes were changed.
    pub changed: usize,
    /// Samples that were lost on the way.
    pub lost: usize,
    /// Samples of which the protocol carries nothing, or that have no value.
    pub empty: usize,
    /// Bytes of samples.
    pub bytes: usize,
    /// Bytes of noise.
    pub noise_bytes: usize,
    /// Times that the sensor was unplugged.
    pub hang_ups: usize,
}

impl Tally {
    /// Counts an act.
    pub const fn add(&mut self, what: &What) {
        match what {
            What::Sent { bytes, changed, .. } => {
                self.bytes += bytes.len();
                match (bytes.len(), *changed) {
                    (0, _) => self.empty += 1,
                    (_, 0) => self.whole += 1,
                    _ => self.changed += 1,
                }
            }
            What::Lost(_) => self.lost += 1,
            What::Noise(bytes) => self.noise_bytes += bytes.len(),
            What::HangUp => self.hang_ups += 1,
            What::Banner(_) | What::Return => {}
        }
    }
}

/// The sensor's own clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnClock {
    /// What it shows at the first sample, seconds.
    pub start_s: f64,
    /// Its seconds in a true second.
    pub factor: f64,
}

impl OwnClock {
    fn reading_s(self, at_s: f64) -> f64 {
        self.start_s + at_s * self.factor
    }
}

/// A sensor that sends the samples it was given, in time and in bytes.
#[derive(Debug)]
pub struct Headband {
    sensor: SensorSamples,
    encode: fn(&Sample, &mut Vec<u8>),
    settings: HeadbandSettings,
    clock: OwnClock,
    counter: u64,
    heading: UnitQuaternion<f64>,
    row: usize,
    zero_s: f64,
    at_s: f64,
    /// Set when it was unplugged: when it comes back.
    back_s: Option<f64>,
    is_away: bool,
    frozen: Option<Quaternion<f64>>,
    draw: Draw,
    pending: VecDeque<Act>,
}

/// Random numbers, one stream a use.
#[derive(Debug)]
struct Draw {
    start: Numbers,
    noise: Numbers,
    lose: Numbers,
    corrupt: Numbers,
    stall: Numbers,
    /// The stall that comes next or goes on.
    stall_at_s: f64,
    /// The stalls before it, and itself.
    stalls: f64,
}

impl Headband {
    /// A sensor that is about to send its first sample; `None` where nothing can be sent in this
    /// protocol. The times of the samples are true seconds from any zero; where one is not a number
    /// or goes back, the sample is sent at once.
    pub fn new(sensor: SensorSamples, settings: HeadbandSettings) -> Option<Self> {
        let mut draw = Draw::new(&settings);
        let (low, high) = FIRST_CLOCK_S;
        let clock = OwnClock {
            start_s: draw.start.between(low, high),
            factor: 1.0 + settings.clock_error_ppm * 1e-6,
        };
        let finite = |time_s: &&f64| time_s.is_finite();
        Some(Self {
            zero_s: sensor
                .time_s
                .iter()
                .find(finite)
                .copied()
                .unwrap_or_default(),
            sensor,
            encode: settings.protocol.encode?,
            settings,
            clock,
            counter: draw.start.between(0.0, FIRST_COUNT) as u64,
            heading: UnitQuaternion::identity(),
            row: 0,
            at_s: 0.0,
            back_s: None,
            is_away: false,
            frozen: None,
            draw,
            pending: VecDeque::new(),
        })
    }

    /// The same, with this time of the samples as the beginning instead of the first sample's own: for
    /// two sensors that keep one time.
    #[must_use]
    pub const fn beginning_at(mut self, zero_s: f64) -> Self {
        self.zero_s = zero_s;
        self
    }

    /// The sensor's clock as it is now.
    pub const fn clock(&self) -> OwnClock {
        self.clock
    }

    /// The protocol can carry something of the first samples.
    pub fn can_speak(&self) -> bool {
        let says = |row| {
            let mut bytes = Vec::new();
            (self.encode)(&self.sample(row, 0.0), &mut bytes);
            !bytes.is_empty()
        };
        (0..self.sensor.len().min(100)).any(says)
    }

    /// The next sample, and what goes wrong with it.
    fn step(&mut self) {
        let since_s = self.since_beginning_s(self.row);
        self.at_s = self.at_s.max(since_s);
        if self.row == 0 {
            self.boot(self.at_s);
        }
        let row = self.row;
        self.row += 1;
        self.plug();
        if self.is_away {
            return;
        }
        let mut sample = self.sample(row, self.at_s);
        self.freeze(&mut sample);
        self.counter += 1;
        self.send(sample);
    }

    /// Seconds between the beginning and this sample; zero where it cannot be known.
    fn since_beginning_s(&self, row: usize) -> f64 {
        let since_s = self
            .sensor
            .time_s
            .get(row)
            .map(|time_s| time_s - self.zero_s);
        since_s
            .filter(|since_s| since_s.is_finite())
            .unwrap_or_default()
    }

    /// A row as a sample with the sensor's own time and counter.
    fn sample(&self, row: usize, at_s: f64) -> Sample {
        let sensor = &self.sensor;
        let turn = sensor
            .earth_from_sensor
            .as_ref()
            .and_then(|all| all.get(row));
        let turn = turn.and_then(|turn| UnitQuaternion::try_new(*turn, 1e-3));
        Sample {
            counter: Some(self.counter),
            device_time_s: Some(self.clock.reading_s(at_s)),
            arrival_s: at_s,
            earth_from_sensor: turn.map(|turn| (self.heading * turn).into_inner()),
            gyro_rad_s: vector(sensor.gyro_rad_s.as_ref(), row),
            accel_m_s2: vector(sensor.accel_m_s2.as_ref(), row),
            mag_ut: vector(sensor.mag_ut.as_ref(), row),
            ..Sample::default()
        }
    }

    /// Holds the orientation from a time on.
    fn freeze(&mut self, sample: &mut Sample) {
        let stale_after_s = self.settings.trouble.stale_after_s;
        if stale_after_s.is_some_and(|after_s| self.at_s >= after_s) {
            self.frozen = self.frozen.or(sample.earth_from_sensor);
            sample.earth_from_sensor = self.frozen;
        }
    }

    /// Unplugs the sensor and plugs it in again, when it is time.
    fn plug(&mut self) {
        let Some(HangUp {
            after_s,
            return_after_s,
        }) = self.settings.trouble.hang_up
        else {
            return;
        };
        if self.back_s.is_none() && self.at_s >= after_s {
            let back_s = return_after_s.map_or(f64::INFINITY, |return_s| after_s + return_s);
            self.back_s = Some(back_s);
            self.is_away = true;
            self.add(after_s, What::HangUp);
            if return_after_s.is_none() {
                self.row = self.sensor.len();
            }
        }
        if let Some(back_s) = self
            .back_s
            .filter(|back_s| self.is_away && self.at_s >= *back_s)
        {
            self.is_away = false;
            self.add(back_s, What::Return);
            self.restart(back_s);
        }
    }

    /// As a sensor is that was just given power.
    fn restart(&mut self, at_s: f64) {
        self.counter = 0;
        self.clock.start_s = -at_s * self.clock.factor;
        let half_turn = std::f64::consts::PI;
        let heading_rad = self.draw.start.between(-half_turn, half_turn);
        self.heading = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), heading_rad);
        self.frozen = None;
        self.boot(at_s);
    }

    fn boot(&mut self, at_s: f64) {
        if self.settings.trouble.banner {
            let banner = self.arriving(BANNER.to_vec());
            self.add(at_s, What::Banner(banner));
        }
    }

    fn send(&mut self, sample: Sample) {
        let trouble = self.settings.trouble;
        let at_s = self.draw.released_s(self.at_s, trouble.stall);
        let sample = Box::new(sample);
        let mut bytes = Vec::new();
        (self.encode)(&sample, &mut bytes);
        let noise = self.draw.noise(bytes.len(), trouble.noise);
        if !noise.is_empty() {
            let noise = self.arriving(noise);
            self.add(at_s, What::Noise(noise));
        }
        let mut changed = self.draw.corrupt(&mut bytes, trouble.corrupt);
        if trouble.wrong_baud {
            changed = bytes.len();
        }
        let bytes = self.arriving(bytes);
        // What is held back when the plug is pulled never comes.
        let is_cut = |hang_up: HangUp| self.at_s < hang_up.after_s && at_s >= hang_up.after_s;
        let is_lost = self.draw.lose.uniform() < trouble.lose;
        let what = if is_lost || trouble.hang_up.is_some_and(is_cut) {
            What::Lost(sample)
        } else {
            What::Sent {
                sample,
                bytes,
                changed,
            }
        };
        self.add(at_s, what);
    }

    /// What the port makes of bytes.
    fn arriving(&self, bytes: Vec<u8>) -> Vec<u8> {
        if self.settings.trouble.wrong_baud {
            heard(&bytes, WRONG_BITS)
        } else {
            bytes
        }
    }

    fn add(&mut self, at_s: f64, what: What) {
        self.pending.push_back(Act { at_s, what });
    }
}

impl Iterator for Headband {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        while self.pending.is_empty() && self.row < self.sensor.len() {
            self.step();
        }
        self.pending.pop_front()
    }
}

impl Draw {
    fn new(settings: &HeadbandSettings) -> Self {
        let part = usize::from(settings.place == SensorPlace::Trunk);
        let numbers = |purpose| Numbers::new(settings.seed, purpose, part);
        let mut draw = Self {
            start: numbers(Purpose::SensorStart),
            noise: numbers(Purpose::LineNoise),
            lose: numbers(Purpose::LineLoss),
            corrupt: numbers(Purpose::LineCorrupt),
            stall: numbers(Purpose::LineStall),
            stall_at_s: f64::INFINITY,
            stalls: 0.0,
        };
        if let Some(stall) = settings.trouble.stall {
            draw.next_stall(stall, 0.0);
        }
        draw
    }

    /// When bytes arrive that are sent at a time; times must not go back.
    fn released_s(&mut self, at_s: f64, stall: Option<Stall>) -> f64 {
        let Some(stall) = stall else {
            return at_s;
        };
        while at_s >= self.stall_at_s + stall.for_s {
            self.next_stall(stall, at_s);
        }
        if at_s >= self.stall_at_s {
            self.stall_at_s + stall.for_s
        } else {
            at_s
        }
    }

    /// In the first half of its stretch of time, so that it ends before the next begins.
    fn next_stall(&mut self, stall: Stall, at_s: f64) {
        // A stretch of no length would never be left.
        let every_s = stall.every_s.max(1e-3);
        self.stalls = self.stalls.max((at_s / every_s).floor());
        self.stall_at_s = every_s * (self.stalls + 0.5 * self.stall.uniform());
        self.stalls += 1.0;
    }

    fn noise(&mut self, count: usize, share: f64) -> Vec<u8> {
        let mut noise = Vec::new();
        for _ in 0..count {
            if self.noise.uniform() < share {
                noise.push((self.noise.uniform() * 256.0) as u8);
            }
        }
        noise
    }

    /// Changes a share of the bytes; gives how many.
    fn corrupt(&mut self, bytes: &mut [u8], share: f64) -> usize {
        let mut changed = 0;
        for byte in bytes {
            if self.corrupt.uniform() < share {
                *byte ^= 1 + (self.corrupt.uniform() * 255.0) as u8;
                changed += 1;
            }
        }
        changed
    }
}

fn vector(column: Option<&Vec<Vector3<f64>>>, row: usize) -> Option<Vector3<f64>> {
    let value = column?.get(row).copied();
    value.filter(|value| value.iter().all(|number| number.is_finite()))
}
