//! Repetitions as they are made: which count, what is said of them, and when there are enough.

use super::Live;
use super::find::Excursion;
use super::neck::Rest;
use super::view::{Hint, Phase};
use crate::angles::NeckAngles;
use crate::capture::plan::{Step, StepKind};
use crate::movement::{Movement, rom};

/// More repetitions than these are not asked for when they differ.
const REPETITIONS_MAX: usize = 6;
/// No more are kept of one step.
const KEPT_MAX: usize = 200;
/// A movement begins before its angle shows, seconds.
const BEFORE_S: f64 = 0.5;
/// Faster than this is no slow movement, rad/s: 120 degrees a second, three times the usual.
const FAST_RAD_S: f64 = 120.0 * std::f64::consts::PI / 180.0;
/// More accelerations on the way out than this are jerks.
const SPEED_PEAKS_MAX: usize = 3;
/// The trunk is to move less than this, radians: 10 degrees.
const TRUNK_RAD_MAX: f64 = 10.0 * std::f64::consts::PI / 180.0;
/// The head is to stay bent within this while it turns, radians: 10 degrees.
const BENT_RAD_MAX: f64 = 10.0 * std::f64::consts::PI / 180.0;

/// What was made in a step.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    pub(super) repetitions: Vec<Made>,
    pub(super) pain: Option<u8>,
    /// More repetitions than planned, since they differ.
    pub(super) extra: usize,
    /// Something was made in it, whether it was asked for or not.
    pub(super) tried: bool,
    /// When it began, seconds.
    pub(super) began_s: f64,
}

/// One repetition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made {
    pub(super) peak_rad: f64,
    pub(super) hold_s: f64,
    pub(super) miss_rad: Option<f64>,
}

impl Record {
    /// Whether a repetition counts: at least half of the largest.
    pub(super) fn counts(&self, made: &Made) -> bool {
        let peaks = self.repetitions.iter().map(|one| one.peak_rad);
        made.peak_rad >= rom::STRAY_SHARE * peaks.fold(0.0, f64::max)
    }

    /// How many do not count.
    fn left_out(&self) -> usize {
        let small = |made: &&Made| !self.counts(made);
        self.repetitions.iter().filter(small).count()
    }

    /// Peaks of those that count, radians.
    pub(super) fn peaks_rad(&self) -> Vec<f64> {
        let counting = self.repetitions.iter().filter(|one| self.counts(one));
        counting.map(|one| one.peak_rad).collect()
    }
}

impl Live {
    /// A movement begins from this zero.
    pub(super) fn opened(&mut self, zero: Rest) {
        self.begin();
        if matches!(self.step().kind, StepKind::Reposition(_)) {
            self.miss_from = Some(zero);
        }
    }

    /// A movement is over.
    pub(super) fn closed(&mut self, excursion: &Excursion) {
        self.release_marks();
        if self.over {
            return;
        }
        let movement = excursion.movement();
        if self.step().kind == StepKind::Rest {
            self.begun_early(excursion, movement);
        }
        let Some(asked) = self.step().kind.shown() else {
            return;
        };
        self.hints.clear();
        self.records[self.at].tried = true;
        if movement != Some(asked) {
            self.miss_from = None;
            self.hint(movement.map_or(Hint::Mixed, Hint::Other));
            return;
        }
        let record = &mut self.records[self.at];
        let before = record.left_out();
        if record.repetitions.len() < KEPT_MAX {
            record.repetitions.push(Made {
                peak_rad: excursion.peak_rad,
                hold_s: excursion.hold_s,
                miss_rad: None,
            });
        }
        if record.left_out() > before {
            self.hint(Hint::Small);
        }
        self.closed_s = Some(self.now_s);
        self.judge(excursion);
        self.count();
    }

    /// Who begins during a rest begins the practice that follows it.
    fn begun_early(&mut self, excursion: &Excursion, movement: Option<Movement>) {
        let next = self.plan.steps.get(self.at + 1).map(|step| step.kind);
        if let (Some(StepKind::Practice(asked)), true) = (next, movement.is_some())
            && movement == Some(asked)
        {
            let from_s = (excursion.start_s - BEFORE_S).max(self.entered_s);
            self.leave(from_s, true);
            self.begin();
        }
    }

    /// What is to be said about a repetition.
    fn judge(&mut self, excursion: &Excursion) {
        let tilt_rad = excursion
            .end_range
            .flexion_rad
            .hypot(excursion.end_range.side_bend_right_rad);
        let test = matches!(self.step().kind, StepKind::FlexionRotation(_));
        let nods = self.step().kind == StepKind::Nods;
        let found = [
            (test && tilt_rad > BENT_RAD_MAX, Hint::KeepBent),
            (excursion.trunk_rad > TRUNK_RAD_MAX, Hint::TrunkMoves),
            (excursion.peak_speed_rad_s() > FAST_RAD_S, Hint::TooFast),
            (
                !nods && excursion.speed_peaks() > SPEED_PEAKS_MAX,
                Hint::Jerky,
            ),
        ];
        for (is_so, hint) in found {
            if is_so {
                self.hint(hint);
            }
        }
    }

    /// Ends the step when there are enough, and asks for one more when they differ.
    fn count(&mut self) {
        let Step {
            kind, repetitions, ..
        } = *self.step();
        let peaks_rad = self.records[self.at].peaks_rad();
        if peaks_rad.len() < repetitions + self.records[self.at].extra {
            return;
        }
        let compares = matches!(kind, StepKind::Movement(_) | StepKind::FlexionRotation(_));
        if compares && rom::consistent(&peaks_rad) == Some(false) {
            if peaks_rad.len() < REPETITIONS_MAX.max(repetitions) {
                self.records[self.at].extra += 1;
                self.hint(Hint::OneMore);
                return;
            }
            self.hint(Hint::Inconsistent);
            let label = format!("inconsistent {}", self.step().labels()[0]);
            self.mark(self.now_s, label);
        }
        self.phase = Phase::Returning;
    }

    /// In the repositioning test: how far the starting position was missed.
    pub(super) fn missed(&mut self, missed: Option<NeckAngles>) {
        let made = self.records[self.at].repetitions.last_mut();
        if let (Some(made), Some(angles)) = (made, missed) {
            let tilt_rad = angles.flexion_rad.hypot(angles.side_bend_right_rad);
            made.miss_rad = Some(tilt_rad.hypot(angles.rotation_left_rad));
        }
    }
}
