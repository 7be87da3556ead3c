//! Steps of the orientation that no turning explains.

use super::changes::{Step, up_in_sensor};
use super::motion::Motion;
use super::{Fault, FaultKind};

/// How large a step must be, and how much it must stand out, to be a jump.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Beyond what the gyroscope turned, radians.
    pub(super) beyond_gyro_rad: f64,
    /// Without gyroscope, radians.
    pub(super) alone_rad: f64,
    /// Without gyroscope: times the steps around it.
    pub(super) times: f64,
}

/// At any time: 3 and 5 degrees.
const ANY_TIME: Limits = Limits {
    beyond_gyro_rad: 0.052,
    alone_rad: 0.087,
    times: 6.0,
};
/// The gyroscope may be slower than the truth by this factor: it lags, and is low-passed.
const GYRO_FACTOR: f64 = 1.5;
/// Orientation that comes slower makes large steps that stand alone, seconds; a head needs 0.15 s
/// for the shortest movement.
const SLOW_S: f64 = 0.045;
/// The gyroscope is asked from before the step until after it, seconds: filters lag.
const AROUND_S: f64 = 0.03;
/// Orientation that rested for long is compared with the last of it, seconds.
const RESTED_S: f64 = 1.0;
/// A jump and the jump back.
const MOST_TOGETHER: usize = 2;
/// A jump about the vertical leaves the inclination within this, radians (2 degrees) ...
const LEVEL_RAD: f64 = 0.035;
/// ... or within this share of the jump.
const LEVEL_SHARE: f64 = 0.1;

/// A jump.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Jump {
    pub(super) step: Step,
    /// It is about the vertical.
    is_heading: bool,
}

/// All jumps, also those at the start.
pub(super) fn find(motion: &Motion<'_>) -> Vec<Jump> {
    let jump = |index: usize| {
        let step = jumped(motion, index, &ANY_TIME)?;
        let is_heading = is_heading(motion, &step);
        Some(Jump { step, is_heading })
    };
    let large = motion.steps_over(ANY_TIME.beyond_gyro_rad);
    large.filter_map(jump).collect()
}

/// The step, if it is larger than what the gyroscope turned; without gyroscope, than those around it.
pub(super) fn jumped(motion: &Motion<'_>, index: usize, limits: &Limits) -> Option<Step> {
    let step = motion.step(index).filter(|step| step.whole)?;
    if !motion.has_gyro() {
        return stands_out(motion, index, limits).then_some(step);
    }
    let around = motion.samples_in(AROUND_S);
    let rested = step.at.saturating_sub(motion.samples_in(RESTED_S));
    let before = step.since.max(rested).saturating_sub(around);
    let after = (step.at + around).min(motion.time_s.len() - 1);
    let gyro_rad = motion.gyro_rad(before, after)?;
    let beyond_rad = limits.beyond_gyro_rad + motion.coarse_rad;
    (step.angle_rad > GYRO_FACTOR * gyro_rad + beyond_rad).then_some(step)
}

fn stands_out(motion: &Motion<'_>, index: usize, limits: &Limits) -> bool {
    let Some(step) = motion.step(index) else {
        return false;
    };
    // By speed: after lost samples every step is large.
    let speed_rad_s = |step: &Step| step.angle_rad / step.stepped_s;
    let least_rad_s = speed_rad_s(&step) / limits.times;
    let fast = |step: &Step| step.whole && speed_rad_s(step) > least_rad_s;
    let backward = (index.saturating_sub(MOST_TOGETHER)..index).rev();
    let forward = index + 1..index + 1 + MOST_TOGETHER;
    let run = |indices: &mut dyn Iterator<Item = usize>| {
        indices.map_while(|at| motion.step(at).filter(fast)).count()
    };
    let (run_before, run_after) = (
        run(&mut backward.into_iter()),
        run(&mut forward.into_iter()),
    );
    // Beside a gap nobody knows how the sensor moved.
    let known = |at: usize| motion.step(at).is_none_or(|step| step.whole);
    step.angle_rad > limits.alone_rad + motion.coarse_rad
        && motion.orientation_s <= SLOW_S
        && run_before + run_after < MOST_TOGETHER
        && (index - run_before).checked_sub(1).is_none_or(known)
        && known(index + run_after + 1)
}

fn is_heading(motion: &Motion<'_>, step: &Step) -> bool {
    let [before, after] = [step.from, step.at].map(|at| up_in_sensor(&motion.quaternions[at]));
    let tilted_rad = before.angle(&after);
    tilted_rad < LEVEL_RAD.max(LEVEL_SHARE * step.angle_rad)
}

/// The jumps after the start.
pub(super) fn faults(motion: &Motion<'_>, jumps: &[Jump], begun: usize) -> Vec<Fault> {
    let later = || jumps.iter().filter(move |jump| jump.step.at > begun);
    let of = |kind: FaultKind, heading: bool, words: &str| {
        let found: Vec<&Step> = later()
            .filter(|jump| jump.is_heading == heading)
            .map(|jump| &jump.step)
            .collect();
        let samples = found.iter().map(|step| step.at..step.at + 1).collect();
        Fault::new(kind, samples, motion, || {
            let largest = found.iter().map(|step| step.angle_rad).fold(0.0, f64::max);
            format!("{words}, by {:.1} degrees at most", largest.to_degrees())
        })
    };
    let means = if motion.has_gyro() {
        "than the gyroscope turned"
    } else {
        "than a head can, out of rest"
    };
    let resets = of(FaultKind::HeadingReset, true, "the heading jumps");
    let steps = of(
        FaultKind::ImpossibleStep,
        false,
        &format!("the orientation jumps farther {means}"),
    );
    resets.into_iter().chain(steps).collect()
}
