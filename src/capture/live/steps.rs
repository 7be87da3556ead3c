//! Where the plan stands: begins steps, counts repetitions, goes on by itself or by a key.

use super::find::Excursion;
use super::neck::Rest;
use super::still::{StillTime, ZERO_S};
use super::view::{Hint, Phase};
use super::{Action, Live, Tone};
use crate::angles::NeckAngles;
use crate::capture::plan::{Step, StepKind};
use crate::movement::{Movement, rom};

/// From one step to the begin of the next, seconds.
const READY_S: f64 = 2.0;
/// After the last repetition, a step ends at the latest so much later, seconds.
const RETURN_S: f64 = 4.0;
/// More repetitions than these are not asked for when they differ.
const REPETITIONS_MAX: usize = 6;
/// No more are kept of one step.
const KEPT_MAX: usize = 200;
/// A step can be made again from within the next one for so long, seconds.
const REDO_S: f64 = 30.0;
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
/// Without stillness for so long, the subject is reminded, seconds.
const REMIND_S: f64 = 4.0;

/// What was made in a step.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    pub(super) repetitions: Vec<Made>,
    pub(super) pain: Option<u8>,
    /// More repetitions than planned, since they differ.
    pub(super) extra: usize,
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

    /// Peaks of those that count, radians.
    pub(super) fn peaks_rad(&self) -> Vec<f64> {
        let counting = self.repetitions.iter().filter(|one| self.counts(one));
        counting.map(|one| one.peak_rad).collect()
    }
}

impl Live {
    /// Begins a step.
    pub(super) fn enter(&mut self, at: usize, now_s: f64) {
        (self.at, self.entered_s) = (at, now_s);
        self.records[at].began_s = now_s;
        self.hints.clear();
        self.closed_s = None;
        self.miss_from = None;
        self.finder.drop_open();
        let kind = self.step().kind;
        self.ready_until_s = now_s + READY_S;
        self.phase = if kind.repeats() {
            Phase::Ready
        } else {
            if kind != StepKind::Rest {
                self.sound(Tone::Begin);
            }
            Phase::Go
        };
        if kind.is_still() {
            self.stillness.restart();
        } else if matches!(kind, StepKind::FlexionRotation(_)) {
            self.zeros.forget();
        } else if kind.repeats() && self.level.take().is_some() {
            self.back_to_neutral();
        }
        if !kind.is_still() {
            for label in self.step().labels() {
                self.mark(now_s, format!("begin {label}"));
            }
        }
    }

    /// After lying: what the head comes back to is neutral again.
    fn back_to_neutral(&mut self) {
        if let Some(neutral) = self.neck.neutral().copied() {
            self.zeros.set_base(neutral);
            self.zeros.lose_heading();
        }
    }

    /// Ends the step and begins the next.
    fn leave(&mut self, now_s: f64, done: bool) {
        self.close_labels(now_s);
        if done && self.step().kind != StepKind::Rest {
            self.sound(Tone::End);
        }
        self.learn(now_s);
        if self.at + 1 < self.plan.steps.len() {
            self.enter(self.at + 1, now_s);
        } else {
            self.end();
        }
    }

    fn end(&mut self) {
        self.release_marks();
        self.over = true;
        self.phase = Phase::Over;
        self.hints.clear();
    }

    /// Where forward lies, from what the step showed.
    fn learn(&mut self, now_s: f64) {
        let kind = self.step().kind;
        if self.records[self.at].repetitions.is_empty() {
            return;
        }
        if let StepKind::Practice(made) | StepKind::Movement(made) | StepKind::Hold(made) = kind {
            self.neck.made(made, self.entered_s..now_s);
        } else if kind != StepKind::Nods {
            return;
        }
        if self.neck.neutral().is_some() {
            let resting = self.stillness.now().map(StillTime::span_s);
            self.neck.align(resting);
        }
    }

    fn close_labels(&mut self, now_s: f64) {
        if !self.step().kind.is_still() {
            for label in self.step().labels() {
                self.mark(now_s, format!("end {label}"));
            }
        }
    }

    pub(super) fn release_marks(&mut self) {
        for mark in std::mem::take(&mut self.held_marks) {
            self.mark(mark.at_s, mark.label);
        }
    }

    /// Goes on where time or stillness ask for it.
    pub(super) fn go_on(&mut self) {
        if self.over {
            return;
        }
        let now_s = self.now_s;
        if self.phase == Phase::Ready && now_s >= self.ready_until_s {
            self.begin();
        }
        let Step { kind, seconds, .. } = *self.step();
        if kind.is_still() {
            self.keep_still(seconds);
        } else if kind == StepKind::Rest {
            if now_s - self.entered_s >= seconds {
                self.leave(now_s, true);
            }
        } else if self.phase == Phase::Returning {
            self.return_to_rest();
        } else if matches!(kind, StepKind::Hold(_)) {
            self.hold(seconds);
        } else {
            self.remind();
        }
    }

    fn begin(&mut self) {
        if self.phase == Phase::Ready {
            self.phase = Phase::Go;
            self.sound(Tone::Begin);
        }
    }

    /// Neutral and poses end once the head was still for long enough.
    fn keep_still(&mut self, seconds: f64) {
        let now = self.stillness.now();
        let Some(still) = now.filter(|now| now.lasts_s() >= seconds).cloned() else {
            let moving = now.is_none_or(|now| now.lasts_s() < ZERO_S);
            if moving && self.now_s - self.entered_s > REMIND_S {
                self.hint(Hint::NotStill);
            } else if !moving {
                self.hints.retain(|hint| *hint != Hint::NotStill);
            }
            return;
        };
        self.rest_found(&still);
        self.leave(self.now_s, true);
    }

    /// The still time is this step's neutral or pose.
    fn rest_found(&mut self, still: &StillTime) {
        let (rest, span_s) = (still.rest(), still.span_s());
        if self.step().kind == StepKind::Neutral {
            self.neck.set_neutral(rest);
            self.zeros.set_base(rest);
            self.level = None;
        } else {
            self.level = Some(rest);
            self.zeros.forget();
        }
        self.release_marks();
        for label in self.step().labels() {
            for (at_s, edge) in [(span_s.start, "begin"), (span_s.end, "end")] {
                let label = format!("{edge} {label}");
                self.held_marks.push(super::Mark { at_s, label });
            }
        }
    }

    /// A hold is over once it lasted; then the head comes back.
    fn hold(&mut self, seconds: f64) {
        let held = self
            .finder
            .open()
            .is_some_and(|open| open.hold_s >= seconds);
        if held {
            self.phase = Phase::Returning;
            self.closed_s = None;
            self.sound(Tone::End);
        } else {
            self.remind();
        }
    }

    /// What has to come first.
    fn remind(&mut self) {
        if self.zeros.zero().is_some() {
            let first = [Hint::NoZero, Hint::BendFirst, Hint::BackToNeutral];
            self.hints.retain(|hint| !first.contains(hint));
            return;
        }
        let test = matches!(self.step().kind, StepKind::FlexionRotation(_));
        self.hint(match (test, self.neck.neutral()) {
            (true, _) => Hint::BendFirst,
            (false, Some(_)) => Hint::BackToNeutral,
            (false, None) => Hint::NoZero,
        });
    }

    /// All repetitions are made: ends once the head rests, or after a while.
    fn return_to_rest(&mut self) {
        let Some(closed_s) = self.closed_s else {
            return;
        };
        let rests = self
            .stillness
            .now()
            .is_some_and(|now| now.lasts_s() >= ZERO_S)
            && self.miss_from.is_none();
        if (rests && self.finder.open().is_none()) || self.now_s - closed_s > RETURN_S {
            self.leave(self.now_s, true);
        }
    }

    pub(super) fn hint(&mut self, hint: Hint) {
        if !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
    }

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
        if movement != Some(asked) {
            self.miss_from = None;
            self.hint(movement.map_or(Hint::Mixed, Hint::Other));
            return;
        }
        let record = &mut self.records[self.at];
        if record.repetitions.len() < KEPT_MAX {
            record.repetitions.push(Made {
                peak_rad: excursion.peak_rad,
                hold_s: excursion.hold_s,
                miss_rad: None,
            });
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
        let record = &self.records[self.at];
        let small = record.repetitions.iter().any(|made| !record.counts(made));
        let tilt_rad = excursion
            .end_range
            .flexion_rad
            .hypot(excursion.end_range.side_bend_right_rad);
        let test = matches!(self.step().kind, StepKind::FlexionRotation(_));
        let nods = self.step().kind == StepKind::Nods;
        let found = [
            (small, Hint::Small),
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

    /// Takes what the examiner does.
    pub fn act(&mut self, action: Action, now_s: f64) {
        if self.over {
            return;
        }
        self.now_s = self.now_s.max(if now_s.is_finite() { now_s } else { 0.0 });
        let now_s = self.now_s;
        match action {
            Action::Next => self.next(),
            Action::Skip => {
                let label = format!("skip {}", self.step().labels()[0]);
                if self.can_go_on() {
                    self.mark(now_s, label);
                    self.leave(now_s, false);
                }
            }
            Action::Redo => self.redo(),
            Action::Pain(pain) => self.pain(pain),
            Action::Mark => self.mark(now_s, "mark".to_owned()),
            Action::Quit => {
                self.close_labels(now_s);
                self.mark(now_s, "quit".to_owned());
                self.end();
            }
        }
    }

    /// Without any neutral nothing can be measured.
    fn can_go_on(&mut self) -> bool {
        let needed = self.step().kind == StepKind::Neutral && self.neck.neutral().is_none();
        if needed {
            self.hint(Hint::NotStill);
        }
        !needed
    }

    fn next(&mut self) {
        if self.phase == Phase::Ready {
            self.begin();
            return;
        }
        let still = self.step().kind.is_still();
        let now = self.stillness.now();
        if let (true, Some(now)) = (still, now.filter(|now| now.lasts_s() >= ZERO_S).cloned()) {
            self.rest_found(&now);
        }
        if self.can_go_on() {
            self.leave(self.now_s, true);
        }
    }

    /// Makes this step again, or the one before when this one has hardly begun.
    fn redo(&mut self) {
        let now_s = self.now_s;
        let untouched = self.records[self.at].repetitions.is_empty()
            && self.finder.open().is_none()
            && now_s - self.entered_s < REDO_S;
        let before = (0..self.at)
            .rev()
            .find(|&k| self.plan.steps[k].kind != StepKind::Rest);
        self.close_labels(now_s);
        let mut from_s = self.entered_s;
        if let (true, Some(before)) = (untouched, before) {
            from_s = self.records[before].began_s;
            self.at = before;
        }
        let kind = self.step().kind;
        if kind.is_still() {
            self.held_marks.clear();
        }
        if kind.repeats() {
            // What is made again does not count; nor does practice.
            self.mark(from_s, "begin practice".to_owned());
            self.mark(now_s, "end practice".to_owned());
        }
        self.mark(now_s, format!("redo {}", self.step().labels()[0]));
        self.records[self.at] = Record {
            pain: self.records[self.at].pain,
            ..Record::default()
        };
        self.enter(self.at, now_s);
    }

    /// The step whose result pain belongs to: this one, or the last that was made.
    pub(super) fn pain_step(&self) -> Option<usize> {
        let measures = |k: &usize| self.plan.steps[*k].kind.movement().is_some();
        let begun = |k: &usize| *k < self.at || !self.records[*k].repetitions.is_empty();
        let last = (0..=self.at).rev().find(|k| measures(k) && begun(k));
        let at = last.or_else(|| Some(self.at).filter(measures))?;
        let counted = match (self.plan.steps[at].kind, self.plan.steps.get(at + 1)) {
            (StepKind::Practice(own), Some(next)) => next.kind == StepKind::Movement(own),
            _ => false,
        };
        Some(if counted { at + 1 } else { at })
    }

    fn pain(&mut self, pain: u8) {
        let pain = pain.min(10);
        let now_s = self.now_s;
        let Some(at) = self.pain_step() else {
            self.mark(now_s, format!("pain {pain}"));
            return;
        };
        self.records[at].pain = Some(pain);
        let label = format!("pain {pain} {}", self.plan.steps[at].labels()[0]);
        self.mark(now_s, label);
    }
}
