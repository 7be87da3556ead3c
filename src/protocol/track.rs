//! What every decoder does with a sample before it gives it: counter, clock and plausibility.

use std::collections::BTreeMap;

use nalgebra::{Quaternion, Vector3};

use super::clock::{Clock, Counted, Counter};
use super::{Decoded, Note, Sample};
use crate::sample::NORM_TOLERANCE;

/// Sensors behind one port.
const MOST_SENSORS: usize = 16;
/// No sensor turns faster, or feels more: a number beyond these is damage.
const MOST_GYRO_RAD_S: f64 = 100.0;
const MOST_ACCEL_M_S2: f64 = 2000.0;
const MOST_MAG_UT: f64 = 100_000.0;
/// Characters of a note.
const MOST_CHARACTERS: usize = 200;

/// Watches the samples of one sensor.
#[derive(Debug, Clone, Default)]
pub(crate) struct Track {
    counter: Option<Counter>,
    clock: Option<Clock>,
    segment: u32,
    /// Of the sample that is being put together.
    counted: Option<u64>,
    time_s: Option<f64>,
}

impl Track {
    /// For a device without counter and clock.
    pub(crate) const fn new() -> Self {
        Self {
            counter: None,
            clock: None,
            segment: 0,
            counted: None,
            time_s: None,
        }
    }

    /// The same with a counter that begins again after `modulus`.
    pub(crate) const fn counting(mut self, modulus: u64) -> Self {
        self.counter = Some(Counter::new(modulus));
        self
    }

    /// The same with a clock.
    pub(crate) const fn timed(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Takes the counter of the next sample; `false` when it is that of the one before, which is
    /// then to be dropped.
    pub(crate) fn count(&mut self, value: u64, out: &mut Decoded) -> bool {
        let Some(counter) = &mut self.counter else {
            return true;
        };
        let counted = counter.next(value);
        self.counted = Some(counter.total());
        match counted {
            Counted::Repeated => out.faults.duplicates += 1,
            Counted::Restarted => self.restart(out),
            Counted::Forward(steps) => out.faults.lost_samples += steps.saturating_sub(1),
        }
        counted != Counted::Repeated
    }

    /// Takes the clock of the next sample.
    pub(crate) fn time(&mut self, ticks: u64, arrival_s: f64, out: &mut Decoded) {
        let Some(clock) = &mut self.clock else {
            return;
        };
        let (time_s, restarted) = clock.next(ticks, arrival_s);
        self.time_s = time_s;
        if restarted {
            self.restart(out);
        }
    }

    /// The device started anew.
    pub(crate) const fn restart(&mut self, out: &mut Decoded) {
        self.segment += 1;
        out.faults.resets += 1;
    }

    /// Gives a sample with the counter and the time that were taken before it, if it is sound.
    pub(crate) fn give(&mut self, mut sample: Sample, out: &mut Decoded) {
        sample.counter = self.counted.take();
        sample.device_time_s = self.time_s.take();
        sample.segment = self.segment;
        let faults = &mut out.faults;
        if sample.earth_from_sensor.as_ref().is_some_and(is_bad) {
            faults.bad_quaternions += 1;
        } else if !is_plausible(&sample) {
            faults.bad_values += 1;
        } else if !sample.has_any() {
            faults.incomplete += 1;
        } else {
            out.samples.push(sample);
        }
    }

    /// Gives a note at the time that was taken before it.
    pub(crate) fn note(&mut self, text: &str, arrival_s: f64, out: &mut Decoded) {
        out.notes.push(Note {
            segment: self.segment,
            device_time_s: self.time_s.take(),
            arrival_s,
            text: text.trim().chars().take(MOST_CHARACTERS).collect(),
        });
    }
}

/// All numbers are finite and of a size that a sensor can measure.
fn is_plausible(sample: &Sample) -> bool {
    let within = |vector: Option<Vector3<f64>>, most: f64| {
        vector.is_none_or(|vector| vector.iter().all(|value| value.abs() <= most))
    };
    within(sample.gyro_rad_s, MOST_GYRO_RAD_S)
        && within(sample.accel_m_s2, MOST_ACCEL_M_S2)
        && within(sample.mag_ut, MOST_MAG_UT)
}

/// A field, unless it is zero in all three: no magnetometer shows that, and devices without one send it.
pub(crate) fn measured(field: [f64; 3]) -> Option<Vector3<f64>> {
    let field = Vector3::from(field);
    (field.amax() != 0.0).then_some(field)
}

/// All zero, of a norm off by more than 10 %, or not a number.
pub(crate) fn is_bad(turn: &Quaternion<f64>) -> bool {
    let off = (turn.norm() - 1.0).abs();
    off.is_nan() || off > NORM_TOLERANCE
}

/// One track for each sensor behind a port.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tracks {
    new: Track,
    all: BTreeMap<u16, Track>,
}

impl Tracks {
    /// All begin like this one.
    pub(crate) const fn new(new: Track) -> Self {
        Self {
            new,
            all: BTreeMap::new(),
        }
    }

    /// The one of this sensor; `None` when there are too many sensors to be true.
    pub(crate) fn of(&mut self, sensor: u16) -> Option<&mut Track> {
        if self.all.len() >= MOST_SENSORS && !self.all.contains_key(&sensor) {
            return None;
        }
        Some(self.all.entry(sensor).or_insert_with(|| self.new.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(w: f64) -> Sample {
        Sample {
            earth_from_sensor: Some(Quaternion::new(w, 0.0, 0.0, 0.0)),
            ..Sample::default()
        }
    }

    #[test]
    fn only_sound_samples_are_given() {
        let (mut track, mut out) = (Track::new(), Decoded::default());
        for w in [1.0, 0.0, 0.89, 1.11, f64::NAN, -0.95] {
            track.give(turn(w), &mut out);
        }
        let none = Sample::default();
        track.give(none.clone(), &mut out);
        for value in [f64::INFINITY, f64::NAN, -101.0] {
            let gyro_rad_s = Some(Vector3::new(0.0, value, 0.0));
            let none = none.clone();
            track.give(Sample { gyro_rad_s, ..none }, &mut out);
        }
        assert_eq!(out.samples.len(), 2);
        let faults = out.faults;
        let counts = (faults.bad_quaternions, faults.incomplete, faults.bad_values);
        assert_eq!(counts, (4, 1, 3));
    }

    #[test]
    fn counters_and_clocks_go_with_the_sample() {
        let clock = Clock::new(1e3, &[1 << 32]);
        let mut track = Track::new().counting(256).timed(clock);
        let mut out = Decoded::default();
        for (count, ticks) in [(255, 10), (0, 20), (0, 20), (3, 50), (4, 0)] {
            if track.count(count, &mut out) {
                track.time(ticks, 0.0, &mut out);
                track.give(turn(1.0), &mut out);
            }
        }
        let seen = |sample: &Sample| (sample.counter, sample.segment);
        let seen: Vec<_> = out.samples.iter().map(seen).collect();
        let expected = [(255, 0), (256, 0), (259, 0), (260, 1)];
        assert_eq!(
            seen,
            expected.map(|(count, segment)| (Some(count), segment))
        );
        assert_eq!(out.samples[2].device_time_s, Some(0.05));
        let faults = out.faults;
        assert_eq!(
            (faults.lost_samples, faults.duplicates, faults.resets),
            (2, 1, 1)
        );
    }

    #[test]
    fn there_are_not_many_sensors_behind_a_port() {
        let mut tracks = Tracks::new(Track::new());
        let found = (0..100).filter(|&sensor| tracks.of(sensor).is_some());
        assert_eq!(found.count(), MOST_SENSORS);
        assert!(tracks.of(3).is_some());
    }
}
