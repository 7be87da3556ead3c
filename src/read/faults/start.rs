//! Orientation that jumps or settles at the start: filters begin with a guess.
//!
//! Earbuds jump by up to 83 degrees within their first 0.2 s, DOT sensors creep by 2 degrees and
//! snap back after 2 s, filters turn upright over seconds while nothing moves.

use super::changes::{Step, angle_rad, is_unit};
use super::jumps::{Jump, Limits, jumped};
use super::motion::Motion;
use super::{Fault, FaultKind};

/// Large jumps count as start until here, seconds after the first sample.
const JUMPS_S: f64 = 1.0;
/// Small jumps and settling count until here.
const SETTLES_S: f64 = 5.0;
/// A small jump: 1 degree beyond the gyroscope, 2 without.
const SMALL: Limits = Limits {
    beyond_gyro_rad: 0.018,
    alone_rad: 0.035,
    times: 10.0,
};
/// Larger jumps late in the start are faults of their own, radians (5 degrees).
const SMALL_AT_MOST_RAD: f64 = 0.087;
/// Settling is looked at over this long, seconds.
const WINDOW_S: f64 = 0.2;
/// Settling turns by more than the gyroscope says, radians a window (5 degrees a second) ...
const SETTLING_RAD: f64 = 0.017;
/// ... and in all by this, radians (2 degrees).
const SETTLED_RAD: f64 = 0.035;

/// What is wrong at the start; its one range begins with the first sample.
pub(super) fn find(motion: &Motion<'_>, jumps: &[Jump]) -> Option<Fault> {
    let large = jumps.iter().map(|jump| jump.step);
    let large = large.filter(|step| seconds(motion, step.at) <= JUMPS_S);
    let first = motion.steps().enumerate();
    let small = first
        .take_while(|(_, step)| seconds(motion, step.at) <= SETTLES_S)
        .filter(|(_, step)| (SMALL.beyond_gyro_rad..SMALL_AT_MOST_RAD).contains(&step.angle_rad))
        .filter_map(|(index, _)| jumped(motion, index, &SMALL));
    let last = large.chain(small).max_by_key(|step| step.at);
    let jumped = last.map_or(0, |step| step.at);
    let end = settles(motion, jumped);
    let range = (end > 0).then_some(0..end).into_iter().collect();
    Fault::new(FaultKind::StartTransient, range, motion, || {
        words(motion, last, end)
    })
}

fn words(motion: &Motion<'_>, last: Option<Step>, end: usize) -> String {
    let until_s = seconds(motion, end);
    match last {
        Some(step) if step.at == end => format!(
            "the orientation jumps by {:.1} degrees {until_s:.2} s after the start",
            step.angle_rad.to_degrees()
        ),
        Some(_) | None => {
            format!("the orientation settles over {until_s:.1} s while the gyroscope rests")
        }
    }
}

fn seconds(motion: &Motion<'_>, at: usize) -> f64 {
    motion.time_s[at] - motion.time_s[0]
}

/// The sample at which the orientation has stopped to turn by itself, or `start` when it never did.
fn settles(motion: &Motion<'_>, start: usize) -> usize {
    let (mut end, mut from, mut excess_rad) = (start, start, 0.0);
    for at in start + 1..motion.quaternions.len() {
        if seconds(motion, at) > SETTLES_S {
            break;
        }
        if motion.time_s[at] - motion.time_s[from] < WINDOW_S {
            continue;
        }
        match excess(motion, from, at) {
            Some(window_rad) if window_rad > SETTLING_RAD => excess_rad += window_rad,
            Some(_) | None => break,
        }
        (end, from) = (at, at);
    }
    if excess_rad > SETTLED_RAD { end } else { start }
}

/// How much farther the orientation turned than the gyroscope, radians.
fn excess(motion: &Motion<'_>, from: usize, to: usize) -> Option<f64> {
    let (one, other) = (&motion.quaternions[from], &motion.quaternions[to]);
    let usable = is_unit(one) && is_unit(other);
    let gyro_rad = motion.gyro_rad(from, to).filter(|_| usable)?;
    Some(angle_rad(one, other) - gyro_rad)
}
