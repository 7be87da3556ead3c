//! Where the plan stands: begins steps and goes on by itself.

use super::still::{StillTime, ZERO_S};
use super::view::{Hint, Phase};
use super::{Live, Mark, Tone};
use crate::capture::plan::{Step, StepKind};
use crate::orientation::up_in_sensor;

/// From one step to the begin of the next, seconds.
const READY_S: f64 = 2.0;
/// After the last repetition, a step ends at the latest so much later, seconds.
const RETURN_S: f64 = 4.0;
/// A pose is tilted from neutral by this at least, radians: 20 degrees.
const POSE_RAD_MIN: f64 = 20.0 * std::f64::consts::PI / 180.0;
/// Without stillness for so long, the subject is reminded, seconds.
const REMIND_S: f64 = 4.0;

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
            if kind.is_still() {
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
    pub(super) fn leave(&mut self, now_s: f64, done: bool) {
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

    pub(super) fn end(&mut self) {
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

    pub(super) fn close_labels(&mut self, now_s: f64) {
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
        if self.over || self.step().kind == StepKind::Free {
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

    pub(super) fn begin(&mut self) {
        if self.phase == Phase::Ready {
            self.phase = Phase::Go;
            self.sound(Tone::Begin);
        }
    }

    /// Neutral and poses end once the head was still for long enough.
    fn keep_still(&mut self, seconds: f64) {
        let now = self.stillness.now();
        let there = |now: &&StillTime| now.lasts_s() >= seconds && self.is_in_pose(now);
        let Some(still) = now.filter(there).cloned() else {
            let moving = now.is_none_or(|now| now.lasts_s() < ZERO_S);
            if moving && self.has_seen && self.now_s - self.entered_s > REMIND_S {
                self.hint(Hint::NotStill);
            } else if !moving {
                self.hints.retain(|hint| *hint != Hint::NotStill);
            }
            return;
        };
        self.rest_found(&still);
        self.leave(self.now_s, true);
    }

    /// A pose is another one than neutral: whoever still sits is not in it yet.
    pub(super) fn is_in_pose(&self, still: &StillTime) -> bool {
        let rest = still.rest();
        let tilt_rad = |from: &[f64; 4], to: &[f64; 4]| up_in_sensor(from).angle(&up_in_sensor(to));
        let Some(neutral) = self
            .neck
            .neutral()
            .filter(|_| self.step().kind != StepKind::Neutral)
        else {
            return true;
        };
        let trunk = neutral.trunk.zip(rest.trunk);
        tilt_rad(&neutral.head, &rest.head) >= POSE_RAD_MIN
            || trunk.is_some_and(|(from, to)| tilt_rad(&from, &to) >= POSE_RAD_MIN)
    }

    /// The still time is this step's neutral or pose.
    pub(super) fn rest_found(&mut self, still: &StillTime) {
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
                self.held_marks.push(Mark { at_s, label });
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
}
