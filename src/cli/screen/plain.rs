//! A line a second, for a terminal that can do no more, and for a log.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use super::{Show, Sound, Typed, words};
use crate::capture::live::{Action, Hint, Phase, PortState, Tone, View};

/// Writes a line a second, and one whenever the step or what is urgent changes.
#[derive(Debug)]
pub struct Plain<W> {
    out: W,
    typed: Typed,
    sound: Sound,
    last: Option<Shown>,
}

/// What the last line was for: its second, the step, urgent hints.
type Shown = (u64, String, Vec<&'static str>);

impl<W: Write> Plain<W> {
    /// Onto `out`.
    pub const fn new(out: W, typed: Typed, sound: Sound) -> Self {
        Self {
            out,
            typed,
            sound,
            last: None,
        }
    }
}

impl<W: Write> Show for Plain<W> {
    fn show(&mut self, view: &View) -> io::Result<()> {
        let urgent = view.hints.iter().filter(|hint| hint.is_urgent());
        let urgent = urgent.map(Hint::name).collect();
        let key = (view.now_s.max(0.0) as u64, standing(view), urgent);
        if self.last.as_ref() == Some(&key) {
            return Ok(());
        }
        if self.last.as_ref().is_none_or(|last| last.1 != key.1) && view.phase != Phase::Over {
            writeln!(self.out, "{} {}", words::clock(view.now_s), view.say)?;
        }
        writeln!(self.out, "{}", line(view))?;
        self.out.flush()?;
        self.last = Some(key);
        Ok(())
    }

    fn keys(&mut self, wait: Duration) -> io::Result<Vec<Action>> {
        Ok(self.typed.actions(wait))
    }

    fn tone(&mut self, tone: Tone) -> io::Result<()> {
        self.sound.play(tone, &mut self.out)
    }
}

/// The step.
fn standing(view: &View) -> String {
    format!("{} {}", view.step, view.phase == Phase::Over)
}

/// `02:13 step 3 of 16, Flexion, practice: 34°; 2 of 3: 48° 51° | Keep the shoulders still.`
fn line(view: &View) -> String {
    let mut line = words::clock(view.now_s);
    // Writing to a String cannot fail.
    let mut add = |text: std::fmt::Arguments<'_>| line.write_fmt(text).unwrap_or_default();
    if view.phase == Phase::Over {
        add(format_args!(" over"));
        for one in &view.outcomes {
            let mean = one
                .mean_deg
                .map_or("-".to_owned(), |mean_deg| match one.kind {
                    "reposition" => format!("missed by {mean_deg:.1}°"),
                    _ => words::degrees(mean_deg),
                });
            add(format_args!("; {} {mean} (n = {})", one.title, one.n));
        }
        return line;
    }
    add(format_args!(
        " step {} of {}, {}",
        view.step, view.steps, view.title
    ));
    if let Some(left_s) = view.countdown_s {
        add(format_args!(
            ": {} {} s",
            words::counted(view),
            left_s.ceil()
        ));
    }
    if let Some(angle_deg) = view.angle_deg {
        add(format_args!(": {}", words::degrees(angle_deg)));
    }
    if view.wanted > 0 {
        let made: Vec<String> = view
            .repetitions
            .iter()
            .map(|one| words::repetition(one, view.kind))
            .collect();
        let count = view.repetitions.iter().filter(|one| one.counts).count();
        add(format_args!("; {count} of {}", view.wanted));
        if !made.is_empty() {
            add(format_args!(": {}", made.join(" ")));
        }
    }
    if let Some(pain) = &view.pain {
        add(format_args!("; {}: pain {}", pain.title, pain.pain));
    }
    for hint in &view.hints {
        add(format_args!(" | {}", hint.text()));
    }
    let unwell = view
        .ports
        .iter()
        .filter(|port| words::is_free(view) || port.state != PortState::Well);
    for port in unwell {
        add(format_args!(" | {}", words::port(port)));
    }
    line
}
