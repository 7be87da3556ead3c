//! One JSON object a change, for programs.
//!
//! Every object has the key `kind`:
//!
//! * `view`, how things stand: `time_s`, `step` and `steps` (numbers, from 1), `what` (kind of the
//!   step: `neutral`, `nods`, `pose`, `practice`, `movement`, `flexion_rotation`, `reposition`,
//!   `hold`, `rest`, `free`), `title`, `say`, `phase` (`ready`, `go`, `returning`, `over`), `countdown_s`,
//!   `movement`, `angle_deg`, `peak_deg`, `repetitions` (each `peak_deg`, `counts`, `hold_s`,
//!   `miss_deg`), `wanted`, `pain` (`title`
//!   of the movement, `pain`), `forward` (how it was found), `hints` (each `name`, `text`),
//!   `ports` (each `place`, `state`, `rate_hz`, `faults`, `why`), `outcomes` (each `title`, `what`,
//!   `movement`, `n`, `mean_deg`, `max_deg`, `hold_s`, `consistent`, `pain`). What is not known is
//!   `null`. Angles are degrees, positive in the movement's direction. While only angles and counts
//!   of seconds change, at most ten a second come.
//! * `tone`: `name` is `begin`, `end` or `warning`.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Show, Typed};
use crate::capture::live::{Action, Tone, View};
use crate::movement::Movement;
use crate::orientation::align::Method;

/// Between two objects that differ by angles alone, seconds.
const STEP_S: f64 = 0.1;

/// Writes an object a line.
#[derive(Debug)]
pub struct JsonLines<W> {
    out: W,
    typed: Typed,
    last: Option<View>,
}

impl<W: Write> JsonLines<W> {
    /// Onto `out`.
    pub const fn new(out: W, typed: Typed) -> Self {
        Self {
            out,
            typed,
            last: None,
        }
    }

    fn line(&mut self, value: &Value) -> io::Result<()> {
        writeln!(self.out, "{value}")?;
        self.out.flush()
    }
}

impl<W: Write> Show for JsonLines<W> {
    fn show(&mut self, view: &View) -> io::Result<()> {
        let due = self.last.as_ref().is_none_or(|last| {
            let late = view.now_s - last.now_s >= STEP_S;
            let same = steady(last) == steady(view);
            !same || (late && moving(last) != moving(view))
        });
        if due {
            self.line(&object(view))?;
            self.last = Some(view.clone());
        }
        Ok(())
    }

    fn keys(&mut self, wait: Duration) -> io::Result<Vec<Action>> {
        Ok(self.typed.actions(wait))
    }

    fn tone(&mut self, tone: Tone) -> io::Result<()> {
        let name = match tone {
            Tone::Begin => "begin",
            Tone::End => "end",
            Tone::Warning => "warning",
        };
        self.line(&json!({ "kind": "tone", "name": name }))
    }
}

/// What does not change by itself.
fn steady(view: &View) -> View {
    let mut steady = view.clone();
    steady.now_s = 0.0;
    (steady.countdown_s, steady.angle_deg, steady.peak_deg) = (None, None, None);
    for port in &mut steady.ports {
        port.rate_hz = 0.0;
    }
    steady
}

/// What does, to a tenth.
fn moving(view: &View) -> [Option<i64>; 3] {
    let tenths = |value: Option<f64>| value.map(|v| (v * 10.0).round() as i64);
    [view.countdown_s, view.angle_deg, view.peak_deg].map(tenths)
}

fn tenth(value: Option<f64>) -> Option<f64> {
    value.map(rounded)
}

fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn object(view: &View) -> Value {
    json!({
        "kind": "view",
        "time_s": (view.now_s * 1000.0).round() / 1000.0,
        "plan": view.plan,
        "step": view.step,
        "steps": view.steps,
        "what": view.kind,
        "title": view.title,
        "say": view.say,
        "phase": view.phase.name(),
        "countdown_s": tenth(view.countdown_s),
        "movement": view.movement.map(Movement::name),
        "angle_deg": tenth(view.angle_deg),
        "peak_deg": tenth(view.peak_deg),
        "repetitions": repetitions(view),
        "wanted": view.wanted,
        "pain": view.pain.as_ref().map(pain),
        "forward": view.forward.map(Method::name),
        "hints": hints(view),
        "ports": ports(view),
        "outcomes": outcomes(view),
    })
}

fn pain(pain: &crate::capture::live::PainView) -> Value {
    json!({ "title": pain.title, "pain": pain.pain })
}

fn repetitions(view: &View) -> Vec<Value> {
    let one = |r: &crate::capture::live::RepetitionView| {
        json!({
            "peak_deg": rounded(r.peak_deg),
            "counts": r.counts,
            "hold_s": rounded(r.hold_s),
            "miss_deg": tenth(r.miss_deg),
        })
    };
    view.repetitions.iter().map(one).collect()
}

fn hints(view: &View) -> Vec<Value> {
    let one =
        |hint: &crate::capture::live::Hint| json!({ "name": hint.name(), "text": hint.text() });
    view.hints.iter().map(one).collect()
}

fn ports(view: &View) -> Vec<Value> {
    let one = |port: &crate::capture::live::PortView| {
        json!({
            "place": port.place.name(),
            "state": port.state.name(),
            "rate_hz": rounded(port.rate_hz),
            "faults": port.faults,
            "why": port.why,
        })
    };
    view.ports.iter().map(one).collect()
}

fn outcomes(view: &View) -> Vec<Value> {
    let one = |outcome: &crate::capture::live::Outcome| {
        json!({
            "title": outcome.title,
            "what": outcome.kind,
            "movement": outcome.movement.name(),
            "n": outcome.n,
            "mean_deg": tenth(outcome.mean_deg),
            "max_deg": tenth(outcome.max_deg),
            "hold_s": rounded(outcome.hold_s),
            "consistent": outcome.consistent,
            "pain": outcome.pain,
        })
    };
    view.outcomes.iter().map(one).collect()
}
