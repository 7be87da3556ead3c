//! `neckrom check`: whether recordings were read rightly, and what is wrong in their samples.

mod words;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use nalgebra::Vector3;
use serde_json::{Value, json};

use self::words::{besides, candidate_json, off, options, units, verdict, word};
use super::exit_code;
use super::inspect::{checks_json, line};
use super::reading::{ReadingArgs, say_passed_over, shown};
use crate::frames::axis;
use crate::read::check::check;
use crate::read::convention::{Finding, Outcome, find};
use crate::read::error::excerpt;
use crate::read::faults::{Fault, faults};
use crate::read::trust::{SelfCheck, self_checks};
use crate::read::{self, ReadError, ReadOptions, Trust};
use crate::sample::SensorSamples;

/// Find the convention of recordings, and faults in their samples
///
/// A convention shows best in a recording of its own: the sensor held still for 2 s each upright, on
/// its side, on its back and upside down, then turned by a quarter about the vertical.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  neckrom check visit1/ --conjugate")]
pub struct CheckArgs {
    /// Recordings, or folders to search for them
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Sensor axis that pointed up in the first pose held still, such as +z: tells gravity from an
    /// earth that points down
    #[arg(long, value_name = "AXIS", allow_hyphen_values = true, value_parser = first_up)]
    pub first_up: Option<Vector3<f64>>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// How to read
    #[command(flatten)]
    pub reading: ReadingArgs,
}

fn first_up(text: &str) -> Result<Vector3<f64>, String> {
    axis(text).ok_or_else(|| "an axis is one of +x, -x, +y, -y, +z, -z".to_owned())
}

/// What was found in one recording.
struct Checked {
    path: PathBuf,
    sensors: Vec<CheckedSensor>,
}

struct CheckedSensor {
    name: String,
    finding: Finding,
    few_times: bool,
    /// All of them, in words.
    checks: Vec<SelfCheck>,
    faults: Vec<Fault>,
    /// Time of the first sample of each fault, seconds from the first sample.
    first_s: Vec<f64>,
}

impl CheckArgs {
    /// Runs the command; returns the exit code: 0 when nothing is wrong, 1 when something is or some
    /// recordings could not be read, 2 when none could.
    ///
    /// # Errors
    /// When `out` or `err` cannot be written to.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        let found = read::find_recordings(&self.paths);
        let options = self.reading.options();
        let (mut failed, mut checked) = (0, Vec::new());
        for path in &found.recordings {
            match self.check(path.clone(), &options) {
                Ok(one) if self.json => checked.push(one),
                Ok(one) => {
                    write!(out, "{}", one.as_text())?;
                    checked.push(one);
                }
                Err(error) => {
                    failed += 1;
                    let error = anyhow::Error::new(error);
                    writeln!(err, "error: {}: {error:#}", shown(path))?;
                }
            }
        }
        self.say_unused(&checked, err)?;
        say_passed_over(&found, err)?;
        if self.json {
            let list = checked.iter().map(Checked::as_json).collect();
            writeln!(out, "{:#}", Value::Array(list))?;
        }
        let code = exit_code(checked.len(), failed + found.barren.len());
        Ok(code.max(u8::from(checked.iter().any(Checked::is_wrong))))
    }

    /// Says where `--first-up` told nothing.
    fn say_unused(&self, checked: &[Checked], err: &mut dyn Write) -> io::Result<()> {
        let unused = |one: &&Checked| one.sensors.iter().all(|s| s.finding.poses == 0);
        for one in checked
            .iter()
            .filter(|_| self.first_up.is_some())
            .filter(unused)
        {
            let path = shown(&one.path);
            writeln!(
                err,
                "--first-up says nothing of {path}: no pose was held still with an accelerometer"
            )?;
        }
        Ok(())
    }

    fn check(&self, path: PathBuf, options: &ReadOptions) -> Result<Checked, ReadError> {
        let mut recording = read::open_as_stored(&path, options)?.recording;
        let trust = |(index, sensor): (usize, &SensorSamples)| Trust {
            finding: find(sensor, options, self.first_up.as_ref()),
            ..Trust::of(index, sensor, options)
        };
        let trusts: Vec<Trust> = recording.sensors.iter().enumerate().map(trust).collect();
        options.convention.apply(&mut recording);
        let sensors = recording.sensors.iter().zip(trusts).enumerate();
        let sensors = sensors
            .map(|(index, (sensor, trust))| CheckedSensor::new(index, sensor, trust))
            .collect();
        Ok(Checked { path, sensors })
    }
}

impl CheckedSensor {
    fn new(index: usize, sensor: &SensorSamples, trust: Trust) -> Self {
        let faults = faults(sensor);
        let checks = self_checks(&trust, sensor, &check(sensor), &faults);
        let start_s = sensor.time_s.first().copied().unwrap_or_default();
        let first_s = |fault: &Fault| sensor.time_s[fault.samples[0].start] - start_s;
        let name = if sensor.name.is_empty() {
            format!("{}", index + 1)
        } else {
            excerpt(sensor.name.as_bytes(), 60)
        };
        Self {
            name,
            finding: trust.finding,
            few_times: trust.few_times.is_some(),
            checks,
            first_s: faults.iter().map(first_s).collect(),
            faults,
        }
    }

    fn is_faulty(&self) -> bool {
        self.few_times || !self.faults.is_empty()
    }

    /// Options that put it right, if one set of them does.
    fn options(&self) -> Option<Vec<String>> {
        let convention = match (self.finding.outcome, self.finding.instead()) {
            (Outcome::Fits | Outcome::CannotTell, _) => self.finding.given.options(),
            (Outcome::OtherFits, [only]) => only.options(),
            (Outcome::OtherFits | Outcome::NothingFits, _) => return None,
        };
        let units = self.finding.unit_options();
        Some(convention.into_iter().chain(units).collect())
    }

    fn as_text(&self, text: &mut String) {
        line(text, "sensor", &self.name);
        let finding = &self.finding;
        line(text, "convention", &verdict(finding));
        for candidate in finding.instead() {
            let (pass, off) = (options(candidate), off(candidate));
            line(text, "", &format!("fits with {pass}: {off}"));
        }
        if let Some(words) = besides(finding) {
            line(text, "", &words);
        }
        if let Some(next) = &finding.next {
            let (pass, off) = (options(next), off(next));
            line(
                text,
                "",
                &format!("excluded, the nearest being {pass}: {off}"),
            );
        }
        for words in units(finding) {
            line(text, "unit", &words);
        }
        for (fault, first_s) in self.faults.iter().zip(&self.first_s) {
            let (code, count) = (fault.kind.code(), fault.count);
            let (seconds, message) = (fault.seconds, &fault.message);
            let words =
                format!("{code} ({count}, {seconds:.2} s, first at {first_s:.2} s): {message}");
            line(text, "fault", &words);
        }
        let times = self.checks.iter().filter(|one| one.code == "times");
        for one in times.filter(|_| self.few_times) {
            line(text, "fault", &one.seen);
        }
    }

    fn as_json(&self) -> Value {
        let finding = &self.finding;
        let faults = self.faults.iter().zip(&self.first_s);
        let faults: Vec<Value> = faults
            .map(|(fault, first_s)| {
                json!({
                    "code": fault.kind.code(),
                    "count": fault.count,
                    "seconds": fault.seconds,
                    "first_s": first_s,
                    "message": fault.message,
                })
            })
            .collect();
        json!({
            "name": self.name,
            "convention": word(finding.outcome),
            "given": candidate_json(&finding.given),
            "instead": finding.instead().iter().map(candidate_json).collect::<Vec<_>>(),
            "not_excluded": finding.besides().map(candidate_json).collect::<Vec<_>>(),
            "next": finding.next.as_ref().map(candidate_json),
            "unit_options": finding.unit_options(),
            "poses": finding.poses,
            "tilted_deg": finding.tilted_deg,
            "turns": finding.turns,
            "unlevel_deg": finding.unlevel_deg,
            "gyroscope_ratio": finding.gyro.map(|gyro| gyro.size),
            "accelerometer_at_rest_m_s2": finding.accel.map(|accel| accel.size),
            "to_tell": finding.advice(),
            "checks": checks_json(&self.checks),
            "faults": faults,
        })
    }
}

impl Checked {
    fn is_wrong(&self) -> bool {
        let wrong = |one: &CheckedSensor| one.finding.is_wrong() || one.is_faulty();
        self.sensors.iter().any(wrong)
    }

    fn as_text(&self) -> String {
        let mut text = format!("{}\n", shown(&self.path));
        for sensor in &self.sensors {
            sensor.as_text(&mut text);
        }
        let mut advice: Vec<String> = self
            .sensors
            .iter()
            .filter_map(|s| s.finding.advice())
            .collect();
        advice.dedup();
        for words in advice {
            line(&mut text, "to tell", &words);
        }
        line(&mut text, "result", &self.result());
        text.push('\n');
        text
    }

    /// What to do, in a line.
    fn result(&self) -> String {
        if !self.is_wrong() {
            return "nothing wrong found".to_owned();
        }
        let faulty = self.sensors.iter().any(CheckedSensor::is_faulty);
        let misread = self.sensors.iter().any(|sensor| sensor.finding.is_wrong());
        let advice = misread.then(|| match self.options() {
            Some(options) if !options.is_empty() => format!("read it with {}", options.join(" ")),
            Some(_) | None => "find out how it is to be read first, see above".to_owned(),
        });
        let faults = faulty.then(|| "mind the faults".to_owned());
        let todo: Vec<String> = advice.into_iter().chain(faults).collect();
        todo.join("; ")
    }

    /// Options that put every sensor right, if one set of them does.
    fn options(&self) -> Option<Vec<String>> {
        let mut all = self.sensors.iter().map(CheckedSensor::options);
        let first = all.next()??;
        all.all(|other| other.as_ref() == Some(&first))
            .then_some(first)
    }

    fn as_json(&self) -> Value {
        let sensors: Vec<Value> = self.sensors.iter().map(CheckedSensor::as_json).collect();
        json!({
            "path": self.path.to_string_lossy(),
            "wrong": self.is_wrong(),
            "options": self.options(),
            "result": self.result(),
            "sensors": sensors,
        })
    }
}
