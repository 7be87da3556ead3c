//! `neckrom inspect`: what is in a recording, before anything is computed from it.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::exit_code;
use super::fusing::FusingArgs;
use super::plotting::PlotArgs;
use super::reading::{ReadingArgs, say_passed_over, shown};
use crate::orientation::fuse::{self, FuseSettings};
use crate::read::check::{Agreement, Check, GAP_S, check};
use crate::read::error::excerpt;
use crate::read::faults::{Fault, faults};
use crate::read::trust::{SelfCheck, self_checks};
use crate::read::{self, Opened, OpenedTrunk, Trust};
use crate::sample::{About, SensorPlace, SensorSamples};
use crate::units::SECONDS_PER_MINUTE;

/// Show what is in recordings: sensors, rate, gaps, repairs, and whether the channels agree
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  neckrom inspect visit1/\n  neckrom inspect head.csv --plot head.png"
)]
pub struct InspectArgs {
    /// Recordings, or folders to search for them
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Pictures
    #[command(flatten)]
    pub plotting: PlotArgs,
    /// What the device's orientation is compared with
    #[command(flatten)]
    pub fusing: FusingArgs,
    /// How to read
    #[command(flatten)]
    pub reading: ReadingArgs,
}

impl InspectArgs {
    /// Runs the command; returns the exit code: 0, 1 when some recordings failed, 2 when all did or
    /// none was found.
    ///
    /// # Errors
    /// When `out` or `err` cannot be written to.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        let found = read::find_recordings(&self.paths);
        self.reading.check(&found)?;
        self.plotting.check(&found)?;
        let options = self.reading.options();
        let fusing = self.fusing.settings();
        let (mut failed, mut list) = (0, Vec::new());
        for path in &found.recordings {
            match read::open(path, &options) {
                Ok(opened) => {
                    self.plotting.draw(&opened)?;
                    let text = (!self.json).then(|| as_text(&opened, fusing));
                    write!(out, "{}", text.unwrap_or_default())?;
                    list.extend(self.json.then(|| as_json(&opened, fusing)));
                }
                Err(error) => {
                    failed += 1;
                    let error = anyhow::Error::new(error);
                    writeln!(err, "error: {}: {error:#}", shown(path))?;
                }
            }
        }
        say_passed_over(&found, err)?;
        if self.json {
            writeln!(out, "{:#}", Value::Array(list))?;
        }
        let good = found.recordings.len() - failed;
        Ok(exit_code(good, failed + found.barren.len()))
    }
}

fn as_text(opened: &Opened, fusing: FuseSettings) -> String {
    let mut text = format!("{}\n", shown(&opened.path));
    if let Some(trunk) = &opened.trunk {
        line(&mut text, "trunk's file", &shown(&trunk.path));
    }
    line(&mut text, "format", opened.format.title);
    for (name, value) in labels(&opened.recording.about) {
        line(&mut text, name, &excerpt(value.as_bytes(), 100));
    }
    if opened.recording.about.simulated {
        line(&mut text, "simulated", "yes");
    }
    for (index, seen) in sensors(opened).enumerate() {
        sensor_text(&mut text, index, &seen);
        difference_text(&mut text, seen.sensor, fusing);
        for one in &seen.checks() {
            check_text(&mut text, one);
        }
    }
    if opened.recording.sensors.len() > 1 {
        line(&mut text, "clocks", opened.recording.clocks.name());
    }
    for warning in opened.warnings.iter() {
        let (count, message) = (warning.count, excerpt(warning.message.as_bytes(), 300));
        line(
            &mut text,
            "noted",
            &format!("{} ({count}): {message}", warning.warning.code()),
        );
    }
    line(&mut text, "sha256", &opened.sha256);
    text.push('\n');
    text
}

/// A sensor and what was found in it.
struct Seen<'a> {
    sensor: &'a SensorSamples,
    trust: &'a Trust,
    check: Check,
    faults: Vec<Fault>,
}

impl Seen<'_> {
    fn checks(&self) -> Vec<SelfCheck> {
        self_checks(self.trust, self.sensor, &self.check, &self.faults)
    }
}

fn sensors(opened: &Opened) -> impl Iterator<Item = Seen<'_>> {
    let both = opened.recording.sensors.iter().zip(&opened.trust);
    both.map(|(sensor, trust)| Seen {
        sensor,
        trust,
        check: check(sensor),
        faults: faults(sensor),
    })
}

/// One line of a list: what, and its value.
pub(super) fn line(text: &mut String, name: &str, value: &str) {
    writeln!(text, "  {name:<13} {value}").expect("writing into memory cannot fail");
}

fn labels(about: &About) -> Vec<(&'static str, &String)> {
    let labels = [
        ("subject", &about.subject),
        ("visit", &about.visit),
        ("date", &about.date),
        ("task", &about.task),
    ];
    labels
        .into_iter()
        .filter_map(|(name, label)| Some((name, label.as_ref()?)))
        .collect()
}

fn check_text(text: &mut String, one: &SelfCheck) {
    let words = format!("{}, {}: {}", one.title, one.verdict.words(), one.seen);
    line(text, "check", &words);
}

fn sensor_text(text: &mut String, index: usize, seen: &Seen<'_>) {
    let (sensor, found) = (seen.sensor, &seen.check);
    let name = if sensor.name.is_empty() {
        format!("{}", index + 1)
    } else {
        sensor.name.clone()
    };
    let place = sensor.place.map_or("place not known", SensorPlace::name);
    let name = excerpt(name.as_bytes(), 60);
    line(
        text,
        "sensor",
        &format!("{name} ({place}): {}", channels(sensor).join(", ")),
    );
    let rate = found.rate_hz.map_or_else(
        || "rate not known".to_owned(),
        |rate| format!("{rate:.2} Hz"),
    );
    let (samples, duration_s) = (found.samples, found.duration_s);
    line(
        text,
        "",
        &format!("{samples} samples in {duration_s:.2} s, {rate}"),
    );
    let (gaps, longest_s) = (found.gaps, found.longest_step_s);
    let faults = [
        (
            gaps,
            format!("gaps over 100 ms, the longest {longest_s:.3} s"),
        ),
        (
            found.duplicates,
            "samples with the time of the one before".to_owned(),
        ),
        (
            found.backwards,
            "samples earlier than the one before".to_owned(),
        ),
        (found.corrupt_quaternions, "corrupt quaternions".to_owned()),
    ];
    let faults: Vec<String> = faults
        .into_iter()
        .filter(|fault| fault.0 > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if faults.is_empty() {
        line(text, "", "no gaps, no faults of time or quaternion");
    }
    for fault in &faults {
        line(text, "", fault);
    }
    agreement_text(text, found);
}

/// How far the device's orientation is from the fused one, where there are both.
fn difference_text(text: &mut String, sensor: &SensorSamples, fusing: FuseSettings) {
    let Some(found) = fuse::difference(sensor, fusing, GAP_S) else {
        return;
    };
    let (rms_deg, max_deg) = (
        found.inclination_rad.to_degrees(),
        found.inclination_rad_max.to_degrees(),
    );
    let heading = found.heading_rad_s.map_or_else(String::new, |slope| {
        let deg_per_min = slope.to_degrees() * SECONDS_PER_MINUTE;
        format!("; heading parts by {deg_per_min:.1}° per minute")
    });
    line(
        text,
        "",
        &format!(
            "quaternion and fused channels: the vertical differs by {rms_deg:.1}° \
             (root mean square), at most {max_deg:.1}°{heading}"
        ),
    );
}

fn agreement_text(text: &mut String, found: &Check) {
    if let Some(off) = found.up.residual_m_s2() {
        let words = found.up.words();
        line(
            text,
            "",
            &format!("accelerometer and quaternion: {words}, {off:.2} m/s² from up"),
        );
    }
    if let Some(ratio) = found.gyro_ratio {
        let verdict = if is_wrong_unit(ratio) {
            ": its unit may be wrong"
        } else {
            ""
        };
        line(
            text,
            "",
            &format!("gyroscope speed is {ratio:.2} times the quaternion's{verdict}"),
        );
    }
}

/// A ratio near 57.3, or near its inverse.
fn is_wrong_unit(ratio: f64) -> bool {
    let degrees = 180.0 / std::f64::consts::PI;
    [degrees, 1.0 / degrees]
        .iter()
        .any(|wrong| (0.7..1.4).contains(&(ratio / wrong)))
}

fn channels(sensor: &SensorSamples) -> Vec<&'static str> {
    let channels = [
        (sensor.earth_from_sensor.is_some(), "quaternion"),
        (sensor.gyro_rad_s.is_some(), "gyroscope"),
        (sensor.accel_m_s2.is_some(), "accelerometer"),
        (sensor.mag_ut.is_some(), "magnetometer"),
    ];
    channels
        .into_iter()
        .filter_map(|(there, name)| there.then_some(name))
        .collect()
}

fn as_json(opened: &Opened, fusing: FuseSettings) -> Value {
    let warnings: Vec<Value> = opened
        .warnings
        .iter()
        .map(|w| json!({ "code": w.warning.code(), "count": w.count, "seconds": w.seconds, "message": w.message }))
        .collect();
    let about = &opened.recording.about;
    let sensors: Vec<Value> = sensors(opened)
        .map(|seen| sensor_json(&seen, fusing))
        .collect();
    json!({
        "path": opened.path.to_string_lossy(),
        "format": opened.format.name,
        "sha256": opened.sha256,
        "subject": about.subject,
        "visit": about.visit,
        "date": about.date,
        "task": about.task,
        "simulated": about.simulated,
        "trunk_file": opened.trunk.as_ref().map(trunk_file),
        "clocks": opened.recording.clocks.name(),
        "sensors": sensors,
        "warnings": warnings,
    })
}

fn trunk_file(trunk: &OpenedTrunk) -> Value {
    json!({ "path": trunk.path.to_string_lossy(), "sha256": trunk.sha256 })
}

/// The checks of a sensor, for other programs.
pub(super) fn checks_json(checks: &[SelfCheck]) -> Vec<Value> {
    let one = |one: &SelfCheck| json!({ "check": one.code, "verdict": one.verdict.code(), "seen": one.seen });
    checks.iter().map(one).collect()
}

fn sensor_json(seen: &Seen<'_>, fusing: FuseSettings) -> Value {
    let (sensor, found) = (seen.sensor, &seen.check);
    let fused = fuse::difference(sensor, fusing, GAP_S);
    let drift = fused.and_then(|fused| fused.heading_rad_s);
    json!({
        "name": sensor.name,
        "place": sensor.place.map(SensorPlace::name),
        "channels": channels(sensor),
        "samples": found.samples,
        "duration_s": found.duration_s,
        "rate_hz": found.rate_hz,
        "gaps": found.gaps,
        "longest_step_s": found.longest_step_s,
        "duplicates": found.duplicates,
        "backwards": found.backwards,
        "corrupt_quaternions": found.corrupt_quaternions,
        "accelerometer": Agreement::words(&found.up),
        "accelerometer_residual_m_s2": found.up.residual_m_s2(),
        "gyroscope_ratio": found.gyro_ratio,
        "checks": checks_json(&seen.checks()),
        "fused_inclination_deg": fused.map(|fused| fused.inclination_rad.to_degrees()),
        "fused_inclination_max_deg": fused.map(|fused| fused.inclination_rad_max.to_degrees()),
        "fused_heading_deg_per_min": drift.map(|drift| drift.to_degrees() * SECONDS_PER_MINUTE),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspected(paths: &[&std::path::Path], json: bool) -> (u8, String, String) {
        let paths = paths.iter().map(|path| path.to_path_buf()).collect();
        let args = InspectArgs {
            paths,
            json,
            plotting: PlotArgs::default(),
            fusing: FusingArgs::default(),
            reading: ReadingArgs::default(),
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = args.run(&mut out, &mut err).unwrap();
        (
            code,
            String::from_utf8(out).unwrap(),
            String::from_utf8(err).unwrap(),
        )
    }

    #[test]
    fn one_bad_file_does_not_stop_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let (good, bad) = (
            folder.path().join("good.csv"),
            folder.path().join("b\x1b.csv"),
        );
        let mut text = "time_s,q_w,q_x,q_y,q_z\n".to_owned();
        for index in 0..60 {
            writeln!(
                text,
                "{},1,0,0,0",
                f64::from(index + 10 * (index / 30)) / 50.0
            )
            .unwrap();
        }
        std::fs::write(&good, text).unwrap();
        let (code, out, err) = inspected(&[&bad, &good], false);
        assert_eq!(code, 1);
        assert!(out.contains("60 samples in 1.38 s, 50.00 Hz"), "{out}");
        assert!(
            out.contains("1 gaps over 100 ms, the longest 0.220 s"),
            "{out}"
        );
        assert!(
            err.contains("b\\u{1b}.csv: the file could not be read"),
            "{err}"
        );
        assert_eq!(inspected(&[&good], false).0, 0);
        assert_eq!(inspected(&[&bad], false).0, 2);
    }

    #[test]
    fn a_folder_without_recordings_says_so() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("notes.txt"), "hello").unwrap();
        std::fs::write(folder.path().join("README.md"), "hello").unwrap();
        let (code, out, err) = inspected(&[folder.path()], true);
        assert_eq!((code, out.as_str()), (2, "[]\n"));
        assert!(
            err.contains("notes.txt: this is no recording") && !err.contains("README"),
            "{err}"
        );
    }

    #[test]
    fn wrong_units_are_seen() {
        assert!(is_wrong_unit(57.0) && is_wrong_unit(0.0175));
        assert!(!is_wrong_unit(1.0) && !is_wrong_unit(0.5));
    }
}
