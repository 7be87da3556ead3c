//! How a sensor moves by its own account, worked out once for all kinds of fault.

use std::ops::Range;

use nalgebra::{Quaternion, Vector3};

use super::changes::{Change, Changes, Step, is_unit};
use crate::read::check::gap_s;
use crate::sample::{SensorSamples, median_step};

/// The gyroscope is believed when its turning is within this factor of the quaternion's.
const BELIEVED_FACTOR: f64 = 2.0;
/// Turning that it takes to say so, radians.
const BELIEVED_RAD: f64 = 0.5;
/// Steps slower than this are noise, rad/s.
const NOISE_RAD_S: f64 = 0.2;
/// Samples or steps that are looked at where some say enough.
const LOOKED_AT: usize = 4096;
/// First samples, which say how far apart all are.
const FIRST: usize = 4096;
/// More is no offset, rad/s (10 degrees a second).
const MOST_OFFSET_RAD_S: f64 = 0.175;
/// Steps larger than this may be jumps, radians (5 degrees).
const MAYBE_JUMP_RAD: f64 = 0.087;

/// The channels of a sensor, and what follows from them.
#[derive(Debug)]
pub(super) struct Motion<'a> {
    pub(super) time_s: &'a [f64],
    /// Empty without.
    pub(super) quaternions: &'a [Quaternion<f64>],
    pub(super) gyros: &'a [Vector3<f64>],
    pub(super) accels: &'a [Vector3<f64>],
    /// Median step, seconds.
    pub(super) typical_s: f64,
    /// The same of the orientation while it turns, which may come less often than rows.
    pub(super) orientation_s: f64,
    /// What the digits of the quaternions cost, radians.
    pub(super) coarse_rad: f64,
    changes: Changes,
    /// What the gyroscope shows at rest, rad/s; zero when it is not known.
    pub(super) gyro_offset: Vector3<f64>,
    /// The gyroscope's angle up to each sample; `None` without one that is to be believed.
    turned: Option<Turned>,
}

/// What the gyroscope turned since the first sample.
#[derive(Debug)]
struct Turned {
    rad: Vec<f64>,
    /// Samples up to which it is not known from the one before.
    unknown: Vec<usize>,
}

impl<'a> Motion<'a> {
    pub(super) fn of(sensor: &'a SensorSamples) -> Self {
        let typical_s = median_step(&sensor.time_s[..sensor.len().min(FIRST)])
            .or_else(|| median_step(&sensor.time_s));
        let quaternions = sensor.earth_from_sensor.as_deref().unwrap_or_default();
        let mut motion = Self {
            time_s: &sensor.time_s,
            quaternions,
            gyros: sensor.gyro_rad_s.as_deref().unwrap_or_default(),
            accels: sensor.accel_m_s2.as_deref().unwrap_or_default(),
            typical_s: typical_s.unwrap_or_default(),
            orientation_s: 0.0,
            coarse_rad: 0.0,
            changes: Changes::of(quaternions),
            gyro_offset: Vector3::zeros(),
            turned: None,
        };
        motion.orientation_s = motion.orientation_s();
        if !motion.gyros.is_empty() {
            motion.gyro_offset = gyro_offset(motion.gyros);
            motion.turned = Some(motion.turned());
            if !motion.is_gyro_believed() {
                motion.turned = None;
            }
        }
        motion
    }

    /// Samples whose quaternion is off the norm of one by more than 0.0075, zeros too.
    pub(super) fn off_norm(&self) -> impl Iterator<Item = usize> + '_ {
        self.changes.off_norm.iter().copied()
    }

    /// The changes of orientation.
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> + '_ {
        (0..self.changes.all.len()).filter_map(|index| self.step(index))
    }

    /// Numbers of the steps larger than this.
    pub(super) fn steps_over(&self, angle_rad: f64) -> impl Iterator<Item = usize> + '_ {
        let all = self.changes.all.iter().enumerate();
        all.filter(move |(_, change)| change.angle_rad > angle_rad)
            .map(|(index, _)| index)
    }

    /// The step of this number.
    pub(super) fn step(&self, index: usize) -> Option<Step> {
        let Change { at, angle_rad } = *self.changes.all.get(index)?;
        let before = index
            .checked_sub(1)
            .map(|before| self.changes.all[before].at);
        let since = before.unwrap_or(self.changes.first);
        let usable = |sample: &usize| is_unit(&self.quaternions[*sample]);
        let from = (since..at).rev().find(usable)?;
        let (lasted_s, stepped_s) = (
            self.time_s[at] - self.time_s[since],
            self.time_s[at] - self.time_s[from],
        );
        // Samples that came in a burst did not happen faster than usual.
        let least_s = self.typical_s.max(f64::MIN_POSITIVE);
        Some(Step {
            since,
            from,
            at,
            angle_rad,
            lasted_s: lasted_s.max(least_s),
            stepped_s: stepped_s.max(least_s),
            whole: stepped_s <= self.gap_s(),
        })
    }

    /// Runs of equal orientations that last so long, each with the number of the step after it.
    pub(super) fn equal_runs(
        &self,
        least_s: f64,
    ) -> impl Iterator<Item = (Range<usize>, usize)> + '_ {
        let all = &self.changes.all;
        let lasts = move |run: &Range<usize>| {
            run.end > run.start && self.time_s[run.end - 1] - self.time_s[run.start] >= least_s
        };
        let usable = |sample: &usize| is_unit(&self.quaternions[*sample]);
        let run = move |next: usize| {
            let start = next
                .checked_sub(1)
                .map_or(self.changes.first, |before| all[before].at);
            let end = all
                .get(next)
                .map_or(self.quaternions.len(), |change| change.at);
            let last = Some(start..end).filter(lasts)?.rev().find(usable)?;
            Some((start..last + 1, next)).filter(|(run, _)| lasts(run))
        };
        (0..=all.len()).filter_map(run)
    }

    /// Longest step in time that is no gap.
    pub(super) fn gap_s(&self) -> f64 {
        gap_s(self.typical_s)
    }

    /// So many samples come in that time; at least one.
    pub(super) fn samples_in(&self, seconds: f64) -> usize {
        let samples = (seconds / self.typical_s.max(1e-6)).ceil();
        (samples as usize).max(1)
    }

    /// How long samples last, seconds.
    pub(super) fn seconds(&self, samples: &Range<usize>) -> f64 {
        let last = samples.end.saturating_sub(1).max(samples.start);
        (self.time_s[last] - self.time_s[samples.start]).max(0.0) + self.typical_s
    }

    /// What the gyroscope turned from a sample to a later one, radians; `None` when it does not say.
    pub(super) fn gyro_rad(&self, from: usize, to: usize) -> Option<f64> {
        let turned = self.turned.as_ref()?;
        let next = turned.unknown.partition_point(|unknown| *unknown <= from);
        let known = turned.unknown.get(next).is_none_or(|unknown| *unknown > to);
        known.then(|| turned.rad[to] - turned.rad[from])
    }

    /// There is a gyroscope, and it agrees with the quaternion on how fast the sensor turns.
    pub(super) const fn has_gyro(&self) -> bool {
        self.turned.is_some()
    }

    /// Every so many of the steps that are looked at where some say enough.
    fn stride(&self) -> usize {
        self.changes.all.len().div_ceil(LOOKED_AT).max(1)
    }

    /// Some of the steps that are faster than noise, from all over the recording.
    fn turning(&self) -> impl Iterator<Item = Step> + '_ {
        let some = (0..self.changes.all.len()).step_by(self.stride());
        some.filter_map(|index| self.step(index))
            .filter(|step| step.whole && step.speed_rad_s() > NOISE_RAD_S)
    }

    fn orientation_s(&self) -> f64 {
        let mut lasted: Vec<f64> = self.turning().map(|step| step.lasted_s).collect();
        let middle = lasted.len() / 2;
        if lasted.is_empty() {
            self.typical_s
        } else {
            *lasted.select_nth_unstable_by(middle, f64::total_cmp).1
        }
    }

    fn turned(&self) -> Turned {
        let (mut rad, mut unknown) = (Vec::with_capacity(self.gyros.len()), Vec::new());
        let (mut sum_rad, gap_s) = (0.0, self.gap_s());
        let (mut before, mut before_s) = (f64::NAN, f64::NAN);
        for (at, (gyro, &time_s)) in self.gyros.iter().zip(self.time_s).enumerate() {
            let (after, step_s) = (gyro.norm(), time_s - before_s);
            // The larger of the two: a bound, not a mean.
            let step_rad = before.max(after) * step_s;
            if (before + after).is_finite() && (0.0..=gap_s).contains(&step_s) {
                sum_rad += step_rad;
            } else {
                unknown.push(at);
            }
            rad.push(sum_rad);
            (before, before_s) = (after, time_s);
        }
        Turned { rad, unknown }
    }

    fn is_gyro_believed(&self) -> bool {
        let (mut by_quaternion, mut by_gyro) = (0.0, 0.0);
        for step in self.turning() {
            let turned = self.gyro_rad(step.since, step.at);
            if let Some(gyro_rad) = turned.filter(|_| step.angle_rad < MAYBE_JUMP_RAD) {
                by_quaternion += step.angle_rad;
                by_gyro += gyro_rad;
            }
        }
        let ratio = by_gyro / by_quaternion;
        let factors = 1.0 / BELIEVED_FACTOR..BELIEVED_FACTOR;
        by_quaternion * self.stride() as f64 > BELIEVED_RAD && factors.contains(&ratio)
    }
}

/// The middle value of each axis, if that is as small as an offset: people mostly rest, and turn as
/// much there as back.
fn gyro_offset(gyros: &[Vector3<f64>]) -> Vector3<f64> {
    let stride = gyros.len().div_ceil(LOOKED_AT).max(1);
    let middle = |axis: usize| {
        let looked_at = gyros.iter().step_by(stride).map(|gyro| gyro[axis]);
        let mut values: Vec<f64> = looked_at.filter(|value| value.is_finite()).collect();
        let middle = values.len() / 2;
        (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
    };
    let [x, y, z] = [0, 1, 2].map(|axis| middle(axis).unwrap_or_default());
    let offset = Vector3::new(x, y, z);
    if offset.norm() < MOST_OFFSET_RAD_S {
        offset
    } else {
        Vector3::zeros()
    }
}
