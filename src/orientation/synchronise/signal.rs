//! The movement of one sensor as both sensors can show it: slow angular velocity in earth axes, on
//! an even grid.

use std::ops::Range;

use nalgebra::Vector3;

use super::super::clock::EvenSamples;
use super::super::filter::LowPass;
use super::super::{still, unit};

/// Points of the grid a second: well over twice [`CUTOFF_HZ`].
pub(super) const RATE_HZ: f64 = 25.0;
/// What trunk and head have in common is slower than this; noise of quaternions is faster.
const CUTOFF_HZ: f64 = 3.0;
/// A grid with more points than this for each that has a sample is not made.
const POINTS_PER_SAMPLE: f64 = 20.0;
/// A sensor rests in at least this share of its samples.
const RESTING: f64 = 0.25;
/// It moves where it is this many times faster than in the fastest of those.
const MOVING: f64 = 4.0;
/// Speeds over this many times the median of moving are limited, so that one knock or the sensor
/// being put on does not outweigh minutes of movement.
const LIMIT: f64 = 3.0;

/// Angular velocity in earth axes, rad/s, point `k` at `start_s + k / RATE_HZ` of the sensor's clock.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Signal {
    pub(super) start_s: f64,
    /// Zero where there is no sample.
    pub(super) velocity: Vec<Vector3<f64>>,
    /// Whether there is a sample.
    pub(super) there: Vec<bool>,
}

impl Signal {
    /// From evenly timed orientation. `None` when gaps make up nearly all of it.
    ///
    /// Quaternions rather than the gyroscope: they have no bias, and every sensor has them here.
    /// The axes are the sensor's own earth, whose heading is arbitrary.
    pub(super) fn new(samples: &EvenSamples) -> Option<Self> {
        let (first_s, last_s) = (*samples.time_s.first()?, *samples.time_s.last()?);
        let covered = samples.time_s.len() as f64 / samples.rate_hz * RATE_HZ;
        let points = ((last_s - first_s) * RATE_HZ).floor() + 1.0;
        if !(1.0..=covered.max(1.0) * POINTS_PER_SAMPLE).contains(&points) {
            return None;
        }
        let mut signal = Self {
            start_s: first_s,
            velocity: vec![Vector3::zeros(); points as usize],
            there: vec![false; points as usize],
        };
        for segment in &samples.segments {
            signal.fill(samples, segment);
        }
        signal.centre();
        signal.limit();
        Some(signal)
    }

    /// Time of a point that may lie between two, seconds of the sensor's clock.
    pub(super) fn time_s(&self, point: f64) -> f64 {
        self.start_s + point / RATE_HZ
    }

    pub(super) const fn len(&self) -> usize {
        self.velocity.len()
    }

    fn fill(&mut self, samples: &EvenSamples, segment: &Range<usize>) {
        let slow = slow_velocity(samples, segment);
        let time_s = &samples.time_s[segment.clone()];
        let mut at = 0;
        let first = ((time_s[0] - self.start_s) * RATE_HZ - 1e-9).ceil() as usize;
        for point in first..self.len() {
            let t = self.time_s(point as f64);
            while at + 1 < time_s.len() && time_s[at + 1] < t {
                at += 1;
            }
            if at + 1 >= time_s.len() {
                return;
            }
            let share = (t - time_s[at]) / (time_s[at + 1] - time_s[at]);
            let (from, to) = (Vector3::from(slow[at]), Vector3::from(slow[at + 1]));
            self.velocity[point] = from.lerp(&to, share.clamp(0.0, 1.0));
            self.there[point] = true;
        }
    }

    /// Takes each axis' median away: heading that drifts turns all the time.
    fn centre(&mut self) {
        let moved: Vec<usize> = (0..self.len()).filter(|&k| self.there[k]).collect();
        let axis = |axis: usize| quantile(moved.iter().map(|&k| self.velocity[k][axis]), 0.5);
        let centre = Vector3::new(axis(0), axis(1), axis(2));
        for k in moved {
            self.velocity[k] -= centre;
        }
    }

    fn limit(&mut self) {
        let there = self.velocity.iter().zip(&self.there).filter(|one| *one.1);
        let speed: Vec<f64> = there.map(|one| one.0.norm()).collect();
        let resting = MOVING * quantile(speed.iter().copied(), RESTING);
        let limit = LIMIT * quantile(speed.into_iter().filter(|v| *v > resting), 0.5);
        if limit <= 0.0 {
            return;
        }
        for velocity in &mut self.velocity {
            *velocity = velocity.cap_magnitude(limit);
        }
    }
}

/// Angular velocity in earth axes of one segment, low-passed where its rate allows.
fn slow_velocity(samples: &EvenSamples, segment: &Range<usize>) -> Vec<[f64; 3]> {
    let quaternions = &samples.earth_from_sensor[segment.clone()];
    let whole = [0..quaternions.len()];
    let mut velocity = still::angular_velocity(quaternions, &whole, samples.rate_hz);
    for (velocity, q) in velocity.iter_mut().zip(quaternions) {
        *velocity = (unit(*q) * Vector3::from(*velocity)).into();
    }
    if let Some(filter) = LowPass::new(CUTOFF_HZ, samples.rate_hz) {
        filter.run(&mut velocity);
    }
    velocity
}

/// The value that this share of the others is under; zero without any.
pub(super) fn quantile(values: impl Iterator<Item = f64>, share: f64) -> f64 {
    let mut values: Vec<f64> = values.collect();
    if values.is_empty() {
        return 0.0;
    }
    let place = ((values.len() - 1) as f64 * share).round() as usize;
    *values.select_nth_unstable_by(place, f64::total_cmp).1
}
