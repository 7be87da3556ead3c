//! Where the capture stands, as what a screen shows.

use super::made::{Made, Record};
use super::ports::Port;
use super::still::StillTime;
use super::view::{Hint, Outcome, PainView, Phase, RepetitionView, View};
use super::{Live, PortState};
use crate::capture::plan::{Step, StepKind};
use crate::movement::{Movement, rom};

/// Orientation comes within this time, seconds.
const BLIND_S: f64 = 3.0;

impl Live {
    /// Everything that a screen shows now.
    pub fn view(&self) -> View {
        let step = self.step();
        let record = &self.records[self.at];
        let shown = step.kind.shown();
        // Of the last sample: the next point of the even time base may be 20 ms away.
        let angles = self.grid.latest().and_then(|latest| self.angles(&latest));
        let angle_rad = shown.and_then(|m| Some(m.angle_rad(angles.as_ref()?)));
        let peak = shown.and_then(|m| Some(m.angle_rad(&self.finder.open()?.end_range)));
        View {
            now_s: self.now_s,
            plan: self.plan.title.clone(),
            step: self.at + 1,
            steps: self.plan.steps.len(),
            kind: step.kind.name(),
            title: title(step),
            say: step.say.clone(),
            next: self.plan.steps.get(self.at + 1).map(title),
            phase: self.phase,
            countdown_s: self.countdown_s(),
            movement: shown,
            angle_deg: angle_rad.map(f64::to_degrees),
            peak_deg: peak.map(f64::to_degrees).filter(|peak| *peak > 0.0),
            scale_deg: shown.map_or(90.0, scale_deg),
            repetitions: repetitions(record),
            wanted: step.repetitions + record.extra,
            pain: self.pain_view(),
            forward: self.neck.method(),
            hints: self.all_hints(),
            ports: self.ports.iter().map(|port| port.view().clone()).collect(),
            outcomes: self.outcomes(),
        }
    }

    /// Samples come from the head for a while, and no orientation.
    fn is_blind(&self) -> bool {
        !self.has_seen && self.now_s > BLIND_S
    }

    fn pain_view(&self) -> Option<PainView> {
        let at = self.pain_step()?;
        Some(PainView {
            title: self.plan.steps[at].kind.title().to_owned(),
            pain: self.records[at].pain?,
        })
    }

    fn countdown_s(&self) -> Option<f64> {
        let Step { kind, seconds, .. } = *self.step();
        let still_s = || self.stillness.now().map_or(0.0, StillTime::lasts_s);
        let held_s = || self.finder.open().map_or(0.0, |open| open.hold_s);
        let left_s = match (self.phase, kind) {
            (Phase::Over | Phase::Returning, _) => return None,
            (Phase::Ready, _) => self.ready_until_s - self.now_s,
            (_, StepKind::Neutral | StepKind::Pose(_)) => seconds - still_s(),
            (_, StepKind::Hold(_)) => seconds - held_s(),
            (_, StepKind::Rest) => seconds - (self.now_s - self.entered_s),
            _ => return None,
        };
        Some(left_s.max(0.0))
    }

    /// Most urgent first.
    fn all_hints(&self) -> Vec<Hint> {
        let mut hints: Vec<Hint> = self
            .log_failed
            .iter()
            .cloned()
            .map(Hint::LogFailed)
            .collect();
        for port in &self.ports {
            let port = port.view();
            match port.state {
                PortState::Lost => hints.push(Hint::Lost(port.place)),
                PortState::Silent => hints.push(Hint::Silent(port.place)),
                PortState::Waiting | PortState::Well => {}
            }
        }
        let head = self.ports.first().map(Port::view);
        if self.is_blind() && head.is_some_and(|head| head.state == PortState::Well) {
            hints.push(Hint::NoOrientation);
        }
        hints.extend(self.hints.iter().cloned());
        let tilts = self.step().kind.movement().is_some_and(|movement| {
            !matches!(movement, Movement::RotationLeft | Movement::RotationRight)
        });
        if tilts && self.neck.neutral().is_some() && self.neck.is_forward_guessed() {
            hints.push(Hint::ForwardUnknown);
        }
        hints
    }

    /// Of each step with a result.
    fn outcomes(&self) -> Vec<Outcome> {
        let steps = self.plan.steps.iter().zip(&self.records);
        steps
            .filter(|(step, record)| step.kind.counts() && !record.repetitions.is_empty())
            .filter_map(|(step, record)| outcome(step.kind, record))
            .collect()
    }
}

fn outcome(kind: StepKind, record: &Record) -> Option<Outcome> {
    let movement = kind.movement()?;
    let peaks_rad = record.peaks_rad();
    let misses_rad: Vec<f64> = record
        .repetitions
        .iter()
        .filter_map(|r| r.miss_rad)
        .collect();
    let values = if matches!(kind, StepKind::Reposition(_)) {
        &misses_rad
    } else {
        &peaks_rad
    };
    let mean =
        |all: &Vec<f64>| (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64);
    Some(Outcome {
        title: kind.title().to_owned(),
        kind: kind.name(),
        movement,
        n: values.len(),
        mean_deg: mean(values).map(f64::to_degrees),
        max_deg: values.iter().copied().reduce(f64::max).map(f64::to_degrees),
        hold_s: record
            .repetitions
            .iter()
            .map(|r| r.hold_s)
            .fold(0.0, f64::max),
        consistent: rom::consistent(&peaks_rad),
        pain: record.pain,
    })
}

fn repetitions(record: &Record) -> Vec<RepetitionView> {
    let view = |made: &Made| RepetitionView {
        peak_deg: made.peak_rad.to_degrees(),
        counts: record.counts(made),
        hold_s: made.hold_s,
        miss_deg: made.miss_rad.map(f64::to_degrees),
    };
    record.repetitions.iter().map(view).collect()
}

fn title(step: &Step) -> String {
    format!("{}{}", step.kind.title(), step.kind.manner())
}

/// Full length of the bar: beyond what most necks do.
const fn scale_deg(movement: Movement) -> f64 {
    match movement {
        Movement::Flexion | Movement::Extension => 80.0,
        Movement::SideBendLeft | Movement::SideBendRight => 60.0,
        Movement::RotationLeft | Movement::RotationRight => 100.0,
    }
}
