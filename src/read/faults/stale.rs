//! Values that stay the same, to the bit, while the sensor turns.

use std::ops::Range;

use nalgebra::Vector3;

use super::changes::{angle_rad, is_unit, up_in_sensor};
use super::jumps::Jump;
use super::motion::Motion;
use super::{Fault, FaultKind, runs};

/// Shorter is a sensor that gives values less often than rows, seconds.
const LEAST_S: f64 = 0.08;
/// Runs are looked at in pieces of this, seconds: a sensor that turns there and back has turned.
const PIECE_S: f64 = 0.5;
/// The sensor has turned by this meanwhile, radians (2 degrees).
const TURNED_RAD: f64 = 0.035;
/// A gyroscope may be off by this at rest, beyond its usual offset, rad/s (2 degrees a second).
const BIAS_RAD_S: f64 = 0.035;
/// Without gyroscope: the orientation turned that fast before, rad/s (20 degrees a second).
const MOVING_RAD_S: f64 = 0.35;
/// Without gyroscope: frozen for this long, seconds.
const FROZEN_S: f64 = 0.3;
/// Channels may tell of another turn than the orientation by this, radians (3 degrees) ...
const DIFFERS_RAD: f64 = 0.052;
/// ... and by this share of it.
const DIFFERS_SHARE: f64 = 0.3;

/// Orientation that stays the same while the sensor turns.
pub(super) fn orientation(motion: &Motion<'_>) -> Option<Fault> {
    // Few digits stay the same for longer.
    let limit_rad = TURNED_RAD.max(2.0 * motion.coarse_rad);
    let mut samples = Vec::new();
    for (run, next) in motion.equal_runs(LEAST_S) {
        if is_frozen(motion, &run, next, limit_rad) {
            samples.push(run);
        }
    }
    Fault::new(FaultKind::StaleOrientation, samples, motion, || {
        "the orientation stays the same while the sensor turns".to_owned()
    })
}

/// The run of equal orientations before the step `next` is frozen.
fn is_frozen(motion: &Motion<'_>, run: &Range<usize>, next: usize, limit_rad: f64) -> bool {
    let last = run.end - 1;
    let lasted_s = motion.time_s[last] - motion.time_s[run.start];
    if !is_unit(&motion.quaternions[run.start]) {
        return false;
    }
    match motion.gyro_rad(run.start, last) {
        Some(at_most_rad) => at_most_rad > limit_rad && gyro_turned_rad(motion, run) > limit_rad,
        None => {
            felt_tilt_rad(motion, run) > 2.0 * limit_rad || leaps(motion, next, lasted_s, limit_rad)
        }
    }
}

/// How far the gyroscope had turned at most within the run, its vectors added up, so that noise
/// adds up to little; radians.
fn gyro_turned_rad(motion: &Motion<'_>, run: &Range<usize>) -> f64 {
    let (mut angle, mut most_rad) = (Vector3::zeros(), 0.0);
    for at in run.start + 1..run.end {
        let step_s = motion.time_s[at] - motion.time_s[at - 1];
        let mean = (motion.gyros[at - 1] + motion.gyros[at]) / 2.0;
        angle += (mean - motion.gyro_offset) * step_s;
        let lasted_s = motion.time_s[at] - motion.time_s[run.start];
        most_rad = f64::max(most_rad, angle.norm() - BIAS_RAD_S * lasted_s);
    }
    most_rad
}

/// How far gravity has turned in the sensor from the first to the last sample of the run, radians;
/// 0 unless both are at rest.
fn felt_tilt_rad(motion: &Motion<'_>, run: &Range<usize>) -> f64 {
    let Some(accels) = motion.accels.get(run.clone()) else {
        return 0.0;
    };
    let (first, last) = (accels[0], accels[accels.len() - 1]);
    let near = (first.norm() / last.norm() - 1.0).abs() < 0.05;
    if near { first.angle(&last) } else { 0.0 }
}

/// It stops out of movement, for long, and leaps on: the sensor went on turning meanwhile.
fn leaps(motion: &Motion<'_>, next: usize, lasted_s: f64, limit_rad: f64) -> bool {
    let before = next.checked_sub(1).and_then(|at| motion.step(at));
    let (Some(before), Some(after)) = (before, motion.step(next)) else {
        return false;
    };
    let moved = before.whole && before.speed_rad_s() > MOVING_RAD_S;
    lasted_s >= FROZEN_S && moved && after.angle_rad > 2.0 * limit_rad
}

/// Gyroscope or accelerometer that stays the same while the orientation turns, the start aside: an
/// orientation that jumps or settles has not turned.
pub(super) fn channels(motion: &Motion<'_>, jumps: &[Jump], begun: usize) -> Vec<Fault> {
    if motion.quaternions.is_empty() {
        return Vec::new();
    }
    let turns = |run: &Range<usize>| {
        let next = jumps.partition_point(|jump| jump.step.at <= run.start);
        let jumps = jumps.get(next).is_some_and(|jump| jump.step.at < run.end);
        run.start >= begun && !jumps
    };
    let of = |name: &str, vectors: &[Vector3<f64>], differs: &dyn Fn(&Range<usize>) -> bool| {
        let stale = equal_pieces(motion, vectors).filter(turns).filter(differs);
        Fault::new(
            FaultKind::StaleChannel,
            runs(stale.flatten()),
            motion,
            || format!("the {name} stays the same while the orientation turns"),
        )
    };
    let gyro = of("gyroscope", motion.gyros, &|run| gyro_differs(motion, run));
    let accel = of("accelerometer", motion.accels, &|run| {
        accel_differs(motion, run)
    });
    gyro.into_iter().chain(accel).collect()
}

/// Runs of equal vectors that last, in pieces.
fn equal_pieces<'a>(
    motion: &'a Motion<'_>,
    vectors: &'a [Vector3<f64>],
) -> impl Iterator<Item = Range<usize>> + 'a {
    let most = motion.samples_in(PIECE_S);
    let mut start = 0;
    let piece = move |at: usize| {
        let equal = at < vectors.len() && same(&vectors[at], &vectors[start]);
        if equal && at - start < most {
            return None;
        }
        let piece = start..at;
        start = at;
        (motion.time_s[at - 1] - motion.time_s[piece.start] >= LEAST_S).then_some(piece)
    };
    (1..=vectors.len()).filter_map(piece)
}

/// To the bit.
fn same(one: &Vector3<f64>, other: &Vector3<f64>) -> bool {
    one.x.to_bits() == other.x.to_bits()
        && one.y.to_bits() == other.y.to_bits()
        && one.z.to_bits() == other.z.to_bits()
}

/// The orientation turned otherwise than at that constant speed.
fn gyro_differs(motion: &Motion<'_>, run: &Range<usize>) -> bool {
    let Some((before, after)) = ends(motion, run) else {
        return false;
    };
    let lasted_s = motion.time_s[run.end - 1] - motion.time_s[run.start];
    let turned_rad = angle_rad(before, after);
    let gyro_rad = motion.gyros[run.start].norm() * lasted_s;
    turned_rad > gyro_rad + DIFFERS_RAD + DIFFERS_SHARE * turned_rad
}

/// The orientation turned the vertical in the sensor.
fn accel_differs(motion: &Motion<'_>, run: &Range<usize>) -> bool {
    ends(motion, run).is_some_and(|(before, after)| {
        up_in_sensor(before).angle(&up_in_sensor(after)) > DIFFERS_RAD
    })
}

/// First and last orientation of a run without a gap at its ends.
fn ends<'a>(
    motion: &Motion<'a>,
    run: &Range<usize>,
) -> Option<(&'a nalgebra::Quaternion<f64>, &'a nalgebra::Quaternion<f64>)> {
    let (before, after) = (
        &motion.quaternions[run.start],
        &motion.quaternions[run.end - 1],
    );
    let whole = motion.time_s[run.start..run.end]
        .windows(2)
        .all(|pair| pair[1] - pair[0] <= motion.gap_s());
    (whole && is_unit(before) && is_unit(after)).then_some((before, after))
}
