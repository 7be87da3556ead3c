//! One sensor's samples as orientations at times on the clock of the capture.
//!
//! **Time.** Where the device tells its time, that is used, brought to the capture's clock by the
//! smallest delay seen: bytes come late by a varying time, never early. Where it does not, samples
//! are counted at their mean interval and drawn to the times of arrival, so that a burst of bytes
//! is no burst of movement.
//!
//! **Orientation.** The device's own, where it sends one. Else gyroscope and accelerometer are fused
//! as they come ([`Online`]); the filter runs at the mean interval of the first second, and each
//! turn is weighed by the time that it took.

use std::collections::VecDeque;

use nalgebra::{Quaternion, Vector3};

use crate::orientation::normalised;
use crate::orientation::vqf::{Online, Parameters};
use crate::protocol::Sample;

/// Orientation at a time of the capture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Timed {
    pub(super) time_s: f64,
    /// Unit quaternion w, x, y, z.
    pub(super) earth_from_sensor: [f64; 4],
}

/// The smallest delay is let grow so fast, seconds a second: faster than any two clocks part.
const DELAY_GROWS: f64 = 1e-3;
/// Share of the way that counted time is drawn to the time of arrival.
const DRAWN: f64 = 0.05;
/// Farther from it than this, it begins anew, seconds.
const AWAY_S: f64 = 0.2;
/// Over this time the mean interval is found, seconds.
const FIRST_S: f64 = 1.0;
/// No more inertial samples than this wait for it.
const WAITING_MAX: usize = 4096;
/// A longer step of time is a gap, no turn, seconds.
const GAP_S: f64 = 0.1;

/// Times of samples on the capture's clock.
#[derive(Debug, Clone, Default)]
struct HostClock {
    segment: Option<u32>,
    delay_s: Option<f64>,
    first_s: f64,
    counted: f64,
    last_s: Option<f64>,
    last_arrival_s: f64,
}

impl HostClock {
    /// When the sample was made, seconds; never before the last one of its segment.
    fn time_s(&mut self, sample: &Sample) -> f64 {
        if self.segment != Some(sample.segment) {
            *self = Self {
                segment: Some(sample.segment),
                first_s: sample.arrival_s,
                last_arrival_s: sample.arrival_s,
                ..Self::default()
            };
        }
        let time_s = match sample.device_time_s {
            Some(device_s) => self.of_device(device_s, sample.arrival_s),
            None => self.of_count(sample.arrival_s),
        };
        self.last_arrival_s = sample.arrival_s;
        let time_s = self.last_s.map_or(time_s, |last_s| time_s.max(last_s));
        self.last_s = Some(time_s);
        time_s
    }

    fn of_device(&mut self, device_s: f64, arrival_s: f64) -> f64 {
        let since_s = (arrival_s - self.last_arrival_s).max(0.0);
        let seen_s = arrival_s - device_s;
        let delay_s = self.delay_s.map_or(seen_s, |delay_s| {
            seen_s.min(delay_s + DELAY_GROWS * since_s)
        });
        self.delay_s = Some(delay_s);
        device_s + delay_s
    }

    fn of_count(&mut self, arrival_s: f64) -> f64 {
        self.counted += 1.0;
        let span_s = arrival_s - self.first_s;
        let (Some(last_s), true) = (self.last_s, span_s > FIRST_S) else {
            return arrival_s;
        };
        let expected_s = last_s + span_s / self.counted;
        let off_s = arrival_s - expected_s;
        if off_s.abs() > AWAY_S {
            // Samples were missing, or the rate changed: counting begins anew.
            (self.first_s, self.counted) = (arrival_s, 0.0);
            return arrival_s;
        }
        expected_s + DRAWN * off_s
    }
}

/// Gyroscope and accelerometer at a time.
#[derive(Debug, Clone, Copy)]
struct Inertial {
    time_s: f64,
    gyro_rad_s: [f64; 3],
    accel_m_s2: [f64; 3],
}

/// Where the orientation comes from.
#[derive(Debug, Clone)]
enum Source {
    /// Not known yet: inertial samples wait.
    Waiting(VecDeque<Inertial>),
    Device,
    Fused(Box<Fuser>),
}

#[derive(Debug, Clone)]
struct Fuser {
    filter: Online<1>,
    interval_s: f64,
    last_s: Option<f64>,
}

impl Fuser {
    fn new(interval_s: f64) -> Self {
        Self {
            filter: Online::new(&Parameters::default(), [interval_s], &[None]),
            interval_s,
            last_s: None,
        }
    }

    fn update(&mut self, inertial: &Inertial) -> Timed {
        let step_s = self
            .last_s
            .map_or(self.interval_s, |last_s| inertial.time_s - last_s);
        let step_s = if step_s > GAP_S {
            self.interval_s
        } else {
            step_s
        };
        self.last_s = Some(inertial.time_s);
        let weight = step_s / self.interval_s;
        let gyro_rad_s = inertial.gyro_rad_s.map(|rate| rate * weight);
        let [earth_from_sensor] = self.filter.update(&[gyro_rad_s], &[inertial.accel_m_s2]);
        Timed {
            time_s: inertial.time_s,
            earth_from_sensor,
        }
    }
}

/// One sensor.
#[derive(Debug, Clone)]
pub(super) struct Sensor {
    clock: HostClock,
    source: Source,
    accel_m_s2: Option<[f64; 3]>,
}

impl Default for Sensor {
    fn default() -> Self {
        Self {
            clock: HostClock::default(),
            source: Source::Waiting(VecDeque::new()),
            accel_m_s2: None,
        }
    }
}

impl Sensor {
    /// The device started anew: times and heading of before mean nothing.
    pub(super) fn is_new_segment(&self, sample: &Sample) -> bool {
        self.clock.segment.is_some_and(|own| own != sample.segment)
    }

    /// Takes a sample; what can be told of the orientation goes to `out`.
    pub(super) fn take(&mut self, sample: &Sample, out: &mut Vec<Timed>) {
        if !sample.arrival_s.is_finite() {
            return;
        }
        let time_s = self.clock.time_s(sample);
        if !time_s.is_finite() {
            return;
        }
        if let Some(earth_from_sensor) = sample.earth_from_sensor.and_then(unit_of) {
            self.source = Source::Device;
            out.push(Timed {
                time_s,
                earth_from_sensor,
            });
            return;
        }
        if let Some(accel) = sample.accel_m_s2.as_ref().and_then(finite) {
            self.accel_m_s2 = Some(accel);
        }
        let gyro = sample.gyro_rad_s.as_ref().and_then(finite);
        if let (Some(gyro_rad_s), Some(accel_m_s2)) = (gyro, self.accel_m_s2) {
            let inertial = Inertial {
                time_s,
                gyro_rad_s,
                accel_m_s2,
            };
            self.fuse(inertial, out);
        }
    }

    fn fuse(&mut self, inertial: Inertial, out: &mut Vec<Timed>) {
        match &mut self.source {
            Source::Device => {}
            Source::Fused(fuser) => out.push(fuser.update(&inertial)),
            Source::Waiting(waiting) => {
                waiting.push_back(inertial);
                if let Some(interval_s) = mean_interval_s(waiting) {
                    let mut fuser = Fuser::new(interval_s);
                    out.extend(waiting.iter().map(|inertial| fuser.update(inertial)));
                    self.source = Source::Fused(Box::new(fuser));
                } else if waiting.len() >= WAITING_MAX {
                    waiting.pop_front();
                }
            }
        }
    }

    /// Inertial samples that wait; for the bound of memory.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        match &self.source {
            Source::Waiting(waiting) => waiting.len(),
            Source::Device | Source::Fused(_) => 0,
        }
    }
}

/// Once enough of them came.
fn mean_interval_s(waiting: &VecDeque<Inertial>) -> Option<f64> {
    let span_s = waiting.back()?.time_s - waiting.front()?.time_s;
    let steps = waiting.len() - 1;
    (span_s > FIRST_S && steps >= 8).then(|| span_s / steps as f64)
}

fn unit_of(q: Quaternion<f64>) -> Option<[f64; 4]> {
    normalised([q.w, q.i, q.j, q.k])
}

fn finite(v: &Vector3<f64>) -> Option<[f64; 3]> {
    v.iter().all(|c| c.is_finite()).then(|| (*v).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(arrival_s: f64, device_time_s: Option<f64>) -> Sample {
        Sample {
            device_time_s,
            arrival_s,
            ..Sample::default()
        }
    }

    #[test]
    fn a_device_clock_takes_the_jitter_of_arrival_out() {
        let mut clock = HostClock::default();
        for k in 0..1000 {
            let made_s = f64::from(k) * 0.01;
            let late_s = f64::from(k % 7) * 0.004;
            let time_s = clock.time_s(&at(made_s + 0.002 + late_s, Some(1e4 + made_s)));
            assert!(
                k < 8 || (time_s - made_s - 0.002).abs() < 1e-4,
                "{k}: {time_s}"
            );
        }
    }

    #[test]
    fn bursts_without_a_device_clock_are_spread() {
        let mut clock = HostClock::default();
        let mut last_s = None;
        for k in 0..3000 {
            // Sixteen samples at a time, at 1,000 a second.
            let arrival_s = f64::from(k / 16 * 16 + 16) * 0.001;
            let time_s = clock.time_s(&at(arrival_s, None));
            let step_s = last_s.map_or(0.001, |last_s: f64| time_s - last_s);
            assert!(k < 1200 || (step_s - 0.001).abs() < 0.0009, "{k}: {step_s}");
            last_s = Some(time_s);
        }
        assert!((last_s.unwrap() - 3.0).abs() < 0.03, "{last_s:?}");
    }

    #[test]
    fn what_is_no_number_is_passed_over() {
        let (mut sensor, mut out) = (Sensor::default(), Vec::new());
        sensor.take(&at(f64::NAN, None), &mut out);
        sensor.take(&at(1.0, Some(f64::INFINITY)), &mut out);
        let zero = Sample {
            earth_from_sensor: Some(Quaternion::new(0.0, 0.0, 0.0, 0.0)),
            ..at(1.0, None)
        };
        sensor.take(&zero, &mut out);
        assert_eq!(out, []);
    }
}
