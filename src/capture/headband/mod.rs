//! A simulated sensor: samples become the bytes that a headband would send, with the faults asked for.
//!
//! Nothing here waits: [`Headband`] is an iterator of what the sensor does and when, and whoever plays it
//! keeps the time. The same samples and settings give the same bytes. Each kind of fault draws from
//! random numbers of its own, so that turning one on leaves the others as they were.
//!
//! A sensor that has to be asked sends nothing by itself: whoever plays it gives its samples to [`Answers`],
//! and what it hears.
//!
//! The sensor has a clock and a counter of its own. Its clock showed some seconds when the first sample
//! was made, and runs too fast or too slow by a few parts in a million. The counter counts samples that
//! are lost on the way, too. When it is unplugged and comes back, it has started anew: counter and clock
//! begin at zero, and its heading is another, as that of a sensor without a compass is.

mod act;
mod answers;
mod draw;
mod trouble;
mod wrong_baud;

use std::collections::VecDeque;

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

pub use self::act::{Act, Tally, What};
pub use self::answers::Answers;
pub use self::trouble::{HangUp, HeadbandSettings, Stall, Trouble};

use self::draw::Draw;
use self::wrong_baud::heard;
use crate::protocol::Sample;
use crate::sample::SensorSamples;

/// What a board says when it starts.
const BANNER: &[u8] = b"\r\nheadband: start, keep still\r\nheadband: ready\r\n";
/// The sensor's bits that a port at the wrong speed takes for one: it is set to half the rate.
const WRONG_BITS: f64 = 2.0;
/// Seconds that a sensor's clock may show when its first sample is made.
const FIRST_CLOCK_S: (f64, f64) = (5.0, 60.0);
/// Counts that its counter may show then.
const FIRST_COUNT: f64 = 200.0;

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

fn vector(column: Option<&Vec<Vector3<f64>>>, row: usize) -> Option<Vector3<f64>> {
    let value = column?.get(row).copied();
    value.filter(|value| value.iter().all(|number| number.is_finite()))
}
