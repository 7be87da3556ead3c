//! Channels at the end of their range.

use std::ops::Range;

use nalgebra::Vector3;

use super::motion::Motion;
use super::{Fault, FaultKind, runs};
use crate::units::STANDARD_GRAVITY_M_S2;

/// Full ranges of gyroscopes, degrees a second.
const GYRO_RANGES_DEG_S: [f64; 5] = [125.0, 250.0, 500.0, 1000.0, 2000.0];
/// Full ranges of accelerometers, g.
const ACCEL_RANGES_G: [f64; 4] = [2.0, 4.0, 8.0, 16.0];
/// A value is at the end of a range within this share of it: one of 16 bits on one side only.
const AT_RANGE: f64 = 5e-4;
/// Values are the same extreme within this share.
const SAME: f64 = 1e-4;
/// So many neighbours at the extreme are no chance.
const LEAST_TOGETHER: usize = 3;
/// The signal runs into the extreme with steps of this share of it; a peak in coarse digits creeps.
const RUNS_INTO: f64 = 0.01;
/// No sensor's range ends lower: 100 degrees a second, and 1.5 g.
const LEAST_GYRO_RAD_S: f64 = 1.745;
const LEAST_ACCEL_M_S2: f64 = 14.7;
/// The norm of a quaternion with a clipped component is off one by this.
const NORM_OFF: f64 = 0.01;
/// Neighbours at the extreme, for a quaternion.
const LEAST_QUATERNIONS: usize = 5;

/// Clipped gyroscope, accelerometer and quaternion, one fault each.
pub(super) fn find(motion: &Motion<'_>) -> Vec<Fault> {
    let radians = GYRO_RANGES_DEG_S.map(f64::to_radians);
    let m_s2 = ACCEL_RANGES_G.map(|g| g * STANDARD_GRAVITY_M_S2);
    let gyro = axes(motion.gyros, LEAST_GYRO_RAD_S, &radians).and_then(|(samples, limit)| {
        let words = || {
            format!(
                "gyroscope stuck at {:.0} degrees a second",
                limit.to_degrees()
            )
        };
        Fault::new(FaultKind::Clipped, samples, motion, words)
    });
    let accel = axes(motion.accels, LEAST_ACCEL_M_S2, &m_s2).and_then(|(samples, limit)| {
        let words = || {
            format!(
                "accelerometer stuck at {:.1} g",
                limit / STANDARD_GRAVITY_M_S2
            )
        };
        Fault::new(FaultKind::Clipped, samples, motion, words)
    });
    let quaternion = Fault::new(FaultKind::Clipped, quaternions(motion), motion, || {
        "a quaternion component is stuck, and the norm is off one".to_owned()
    });
    gyro.into_iter().chain(accel).chain(quaternion).collect()
}

/// Samples at the extreme of the channel, and the extreme; `None` when it is not clipped.
fn axes(vectors: &[Vector3<f64>], least: f64, ranges: &[f64]) -> Option<(Vec<Range<usize>>, f64)> {
    let extreme = extreme(vectors);
    if extreme < least {
        return None;
    }
    let at_range = ranges
        .iter()
        .any(|range| (extreme / range - 1.0).abs() < AT_RANGE);
    let reaches = |c: f64| c.abs() >= extreme * (1.0 - SAME);
    let near: Vec<usize> = (0..vectors.len())
        .filter(|&at| vectors[at].iter().any(|c| reaches(*c)))
        .collect();
    let mut clipped: Vec<usize> = Vec::new();
    for axis in 0..3 {
        let at_extreme = near
            .iter()
            .copied()
            .filter(|at| reaches(vectors[*at][axis]));
        let stuck = runs(at_extreme);
        let often = at_range && stuck.iter().map(Range::len).sum::<usize>() >= LEAST_TOGETHER;
        let clips = |run: &Range<usize>| {
            often || (run.len() >= LEAST_TOGETHER && runs_into(vectors, axis, run, extreme))
        };
        clipped.extend(stuck.into_iter().filter(clips).flatten());
    }
    clipped.sort_unstable();
    clipped.dedup();
    (!clipped.is_empty()).then(|| (runs(clipped), extreme))
}

/// The largest finite size on any axis.
fn extreme(vectors: &[Vector3<f64>]) -> f64 {
    let mut extreme = 0.0;
    for vector in vectors {
        let size = vector.x.abs().max(vector.y.abs()).max(vector.z.abs());
        if size > extreme && size < f64::INFINITY {
            extreme = size;
        }
    }
    extreme
}

/// The signal comes and goes steeply.
fn runs_into(vectors: &[Vector3<f64>], axis: usize, run: &Range<usize>, extreme: f64) -> bool {
    let outside = [run.start.checked_sub(1), Some(run.end)];
    let steps: Vec<f64> = outside
        .into_iter()
        .flatten()
        .filter_map(|at| vectors.get(at))
        .map(|v| extreme - v[axis].abs())
        .filter(|step| step.is_finite())
        .collect();
    !steps.is_empty() && steps.iter().sum::<f64>() / steps.len() as f64 > RUNS_INTO * extreme
}

/// Samples whose norm is off while a component does not move and another does.
fn quaternions(motion: &Motion<'_>) -> Vec<Range<usize>> {
    // Few digits are off by half a step in each component.
    let least = NORM_OFF + motion.coarse_rad / 2.0;
    let off = |at: &usize| {
        let norm = motion.quaternions[*at].norm();
        norm > 0.0 && (norm - 1.0).abs() > least
    };
    let mut found = runs(motion.off_norm().filter(off));
    found.retain(|run| run.len() >= LEAST_QUATERNIONS && is_stuck(motion, run));
    found
}

fn is_stuck(motion: &Motion<'_>, run: &Range<usize>) -> bool {
    let all = &motion.quaternions[run.clone()];
    let (mut stuck, mut moves) = (false, false);
    for component in 0..4 {
        let first = all[0].coords[component];
        let same = all
            .iter()
            .all(|q| (q.coords[component] - first).abs() < SAME);
        stuck |= same && first.abs() > 0.5;
        moves |= !same;
    }
    stuck && moves
}
