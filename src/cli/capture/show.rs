//! What a capture says while it runs: a line a second, or JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::json;

use crate::capture::told::Told;
use crate::cli::ports::safe;
use crate::protocol::Faults;
use crate::sample::SensorPlace;

/// How it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// For people.
    Plain,
    /// One JSON object a line.
    Json,
}

/// Says it, line by line.
#[derive(Debug)]
pub(super) struct Lines {
    style: Style,
    sensors: BTreeMap<SensorPlace, State>,
    /// The whole second that was said last.
    said_s: u64,
}

#[derive(Debug, Clone, Default)]
struct State {
    samples: usize,
    rate_hz: f64,
    faults: Faults,
    lost: bool,
    silent_s: Option<f64>,
}

impl Lines {
    pub(super) fn new(style: Style) -> Self {
        Self {
            style,
            sensors: BTreeMap::new(),
            said_s: 0,
        }
    }

    /// A port is lost right now.
    pub(super) fn is_lost(&self) -> bool {
        self.sensors.values().any(|state| state.lost)
    }

    /// Takes note; what matters at once is said at once.
    pub(super) fn take(&mut self, told: &Told, out: &mut dyn Write) -> io::Result<()> {
        match told {
            Told::Samples { place, samples } => {
                let state = self.state(*place);
                state.samples += samples.len();
                state.silent_s = None;
            }
            Told::Health {
                place,
                faults,
                rate_hz,
                ..
            } => {
                let state = self.state(*place);
                state.rate_hz = *rate_hz;
                state.faults = *faults;
            }
            Told::Silent { place, for_s } => self.state(*place).silent_s = Some(*for_s),
            Told::Lost { place, why, at_s } => {
                self.state(*place).lost = true;
                let text = format!(
                    "{}: the port is lost ({}), looking for it",
                    place.name(),
                    safe(why)
                );
                self.say("lost", *at_s, &text, out)?;
            }
            Told::Back { place, at_s } => {
                self.state(*place).lost = false;
                let text = format!(
                    "{}: the port is there again, a new segment begins",
                    place.name()
                );
                self.say("back", *at_s, &text, out)?;
            }
            Told::LogFailed { why, at_s } => {
                let text = format!(
                    "the recording ends: {}; what came before is kept",
                    safe(why)
                );
                self.say("log_failed", *at_s, &text, out)?;
            }
        }
        Ok(())
    }

    /// Says how it goes, once a second.
    pub(super) fn tick(&mut self, now_s: f64, out: &mut dyn Write) -> io::Result<()> {
        if now_s as u64 == self.said_s {
            return Ok(());
        }
        self.said_s = now_s as u64;
        match self.style {
            Style::Plain => {
                let all: Vec<String> = self.sensors.iter().map(described).collect();
                writeln!(out, "{now_s:6.0} s  {}", all.join(";  "))?;
            }
            Style::Json => {
                let state = |(place, state): (&SensorPlace, &State)| {
                    json!({
                        "place": place.name(), "samples": state.samples, "rate_hz": state.rate_hz,
                        "damaged": state.faults.corrupt_frames, "lost": state.faults.lost_samples,
                        "port_lost": state.lost, "silent_s": state.silent_s,
                    })
                };
                let sensors: Vec<_> = self.sensors.iter().map(state).collect();
                writeln!(
                    out,
                    "{}",
                    json!({"kind": "state", "at_s": now_s, "sensors": sensors})
                )?;
            }
        }
        out.flush()
    }

    fn state(&mut self, place: SensorPlace) -> &mut State {
        self.sensors.entry(place).or_default()
    }

    fn say(&self, kind: &str, at_s: f64, text: &str, out: &mut dyn Write) -> io::Result<()> {
        match self.style {
            Style::Plain => writeln!(out, "{at_s:6.1} s  {text}")?,
            Style::Json => writeln!(out, "{}", json!({"kind": kind, "at_s": at_s, "text": text}))?,
        }
        out.flush()
    }
}

fn described((place, state): (&SensorPlace, &State)) -> String {
    let place = place.name();
    if state.lost {
        return format!("{place}: port lost");
    }
    if let Some(for_s) = state.silent_s {
        return format!("{place}: nothing for {for_s:.0} s (asleep, or another speed?)");
    }
    let (samples, rate_hz) = (state.samples, state.rate_hz);
    let faults = &state.faults;
    let lost = faults.lost_samples;
    let bad = faults.corrupt_frames + faults.bad_quaternions + faults.bad_values;
    format!("{place}: {samples} samples, {rate_hz:.0} a second, {bad} damaged, {lost} lost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(style: Style) -> String {
        let place = SensorPlace::Head;
        let mut lines = Lines::new(style);
        let mut out = Vec::new();
        let health = Told::Health {
            place,
            frames: 5,
            faults: Faults::default(),
            rate_hz: 99.6,
        };
        let lost = Told::Lost {
            place,
            why: "gone\x1b[2J".to_owned(),
            at_s: 1.5,
        };
        lines.take(&health, &mut out).unwrap();
        lines.tick(1.0, &mut out).unwrap();
        lines.tick(1.1, &mut out).unwrap();
        lines.take(&lost, &mut out).unwrap();
        lines.tick(2.0, &mut out).unwrap();
        assert!(lines.is_lost());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_a_second_and_what_matters_at_once() {
        let said = said(Style::Plain);
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 3, "{said}");
        assert!(lines[0].contains("100 a second") && lines[2].contains("port lost"));
        assert!(!said.contains('\x1b'));
    }

    #[test]
    fn programs_get_json() {
        for line in said(Style::Json).lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(value["kind"].is_string() && value["at_s"].is_number());
        }
    }
}
