//! What the examiner does: goes on, makes again, leaves out, types pain, ends.

use super::made::Record;
use super::still::ZERO_S;
use super::view::{Hint, Phase};
use super::{Action, Live};
use crate::capture::plan::StepKind;

/// A step can be made again from within the next one for so long, seconds.
const REDO_S: f64 = 30.0;

impl Live {
    /// Takes what the examiner does.
    pub fn act(&mut self, action: Action, now_s: f64) {
        if self.over {
            return;
        }
        self.now_s = self.now_s.max(if now_s.is_finite() { now_s } else { 0.0 });
        let now_s = self.now_s;
        match action {
            Action::Next | Action::Skip | Action::Redo if self.step().kind == StepKind::Free => {}
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
        let untouched = !self.records[self.at].tried
            && self.finder.open().is_none()
            && now_s - self.entered_s < REDO_S;
        let before = (0..self.at)
            .rev()
            .find(|&k| self.plan.steps[k].kind != StepKind::Rest);
        let mut from_s = self.entered_s;
        self.label_again(now_s);
        if let (true, Some(before)) = (untouched, before) {
            from_s = self.records[before].began_s;
            self.at = before;
            self.label_again(now_s);
        }
        let kind = self.step().kind;
        if kind.is_still() {
            self.held_marks.clear();
        }
        if kind.repeats() {
            // Its repetitions do not count; nor do those of practice.
            self.mark(from_s, "begin practice".to_owned());
            self.mark(now_s, "end practice".to_owned());
        }
        self.neck.unmake(from_s);
        self.records[self.at] = Record {
            pain: self.records[self.at].pain,
            ..Record::default()
        };
        self.enter(self.at, now_s);
    }

    /// What the step wrote so far means nothing: it is made again.
    fn label_again(&mut self, now_s: f64) {
        for label in self.step().labels() {
            let edge = if label == "practice" { "end" } else { "redo" };
            self.mark(now_s, format!("{edge} {label}"));
        }
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
