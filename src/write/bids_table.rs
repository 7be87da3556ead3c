//! The columns of a BIDS `motion.tsv`, and the check of what was written.

use std::collections::BTreeMap;
use std::io::Write as _;

use nalgebra::{Quaternion, Vector3};
use serde_json::{Value, json};

use super::bids_motion::{System, seconds};
use super::{File, WriteError};
use crate::sample::SensorSamples;

/// Where the values of a column come from.
#[derive(Clone, Copy)]
enum Values<'a> {
    Time(&'a [f64], f64),
    Quaternion(&'a [Quaternion<f64>], usize),
    Vector(&'a [Vector3<f64>], usize),
}

impl Values<'_> {
    fn at(self, row: usize) -> f64 {
        match self {
            Self::Time(time_s, zero_s) => seconds(time_s[row] - zero_s),
            Self::Quaternion(all, component) => all[row].coords[component],
            Self::Vector(all, axis) => all[row][axis],
        }
    }
}

/// A column, and its row in `channels.tsv`.
struct Channel<'a> {
    name: String,
    component: &'static str,
    kind: &'static str,
    point: String,
    unit: &'static str,
    frame: &'static str,
    values: Values<'a>,
}

/// All columns of a tracking system.
pub(super) struct Table<'a> {
    channels: Vec<Channel<'a>>,
    rows: usize,
}

impl<'a> Table<'a> {
    pub(super) fn of(system: &'a System<'a>) -> Self {
        let time_s = system.time_s();
        let mut channels = vec![Channel {
            name: "latency".to_owned(),
            component: "n/a",
            kind: "LATENCY",
            point: "n/a".to_owned(),
            unit: "s",
            frame: "n/a",
            values: Values::Time(time_s, system.zero_s),
        }];
        for (name, sensor) in &system.sensors {
            push_sensor(&mut channels, name, sensor);
        }
        Self {
            channels,
            rows: time_s.len(),
        }
    }

    /// `motion.tsv`.
    pub(super) fn rows(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.rows * self.channels.len() * 12);
        for row in 0..self.rows {
            for (index, channel) in self.channels.iter().enumerate() {
                let value = channel.values.at(row);
                let before = if index > 0 { "\t" } else { "" };
                let written = if value.is_finite() {
                    write!(out, "{before}{value}")
                } else {
                    write!(out, "{before}{MISSING}")
                };
                written.expect("writing into memory cannot fail");
            }
            out.push(b'\n');
        }
        out
    }

    /// `channels.tsv`.
    pub(super) fn channels(&self) -> Vec<u8> {
        let mut text = String::from(
            "name\tcomponent\ttype\ttracked_point\tunits\tplacement\treference_frame\n",
        );
        for channel in &self.channels {
            let Channel {
                name,
                component,
                kind,
                point,
                unit,
                frame,
                ..
            } = channel;
            let row = [name, *component, *kind, point, *unit, point, *frame];
            text.push_str(&row.join("\t"));
            text.push('\n');
        }
        text.into_bytes()
    }

    /// `channels.json`: the reference frames that are used.
    pub(super) fn frames(&self) -> Value {
        let known = [
            (
                "global",
                json!({
                    "SpatialAxes": "__S",
                    "RotationRule": "right-hand",
                    "Description": "Earth: Z up, right-handed, heading arbitrary. Quaternions turn \
                                    sensor axes to these (Hamilton).",
                }),
            ),
            (
                "sensor",
                json!({
                    "SpatialAxes": "___",
                    "RotationRule": "right-hand",
                    "Description": "The axes of each sensor, right-handed. Acceleration is specific \
                                    force: at rest 9.81 m/s^2 on the axis that points up.",
                }),
            ),
        ];
        let used = |frame: &str| self.channels.iter().any(|channel| channel.frame == frame);
        let levels: serde_json::Map<String, Value> = known
            .into_iter()
            .filter(|(name, _)| used(name))
            .map(|(name, level)| (name.to_owned(), level))
            .collect();
        json!({ "reference_frame": { "Levels": levels } })
    }

    /// How many channels there are, in all and of each type.
    pub(super) fn counts(&self) -> impl Iterator<Item = (String, Value)> + use<> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for channel in &self.channels {
            *counts
                .entry(format!("{}ChannelCount", channel.kind))
                .or_default() += 1;
        }
        counts.insert("MotionChannelCount".to_owned(), self.channels.len());
        counts.into_iter().map(|(key, count)| (key, json!(count)))
    }
}

/// What stands for a value that is missing.
const MISSING: &str = "n/a";

fn push_sensor<'a>(channels: &mut Vec<Channel<'a>>, name: &str, sensor: &'a SensorSamples) {
    let mut push = |channel: String, component, kind, unit, values| {
        let frame = if kind == "ORNT" { "global" } else { "sensor" };
        channels.push(Channel {
            name: format!("{name}_{channel}"),
            component,
            kind,
            point: name.to_owned(),
            unit,
            frame,
            values,
        });
    };
    // nalgebra keeps x, y, z, w.
    let components = [
        ("A", "quat_w", 3),
        ("B", "quat_x", 0),
        ("C", "quat_y", 1),
        ("D", "quat_z", 2),
    ];
    if let Some(all) = &sensor.earth_from_sensor {
        for (letter, component, index) in components {
            let values = Values::Quaternion(all, index);
            push(
                format!("Orientation{letter}"),
                component,
                "ORNT",
                MISSING,
                values,
            );
        }
    }
    let vectors = [
        ("AngularVelocity", "GYRO", "rad/s", &sensor.gyro_rad_s),
        ("Acceleration", "ACCEL", "m/s^2", &sensor.accel_m_s2),
        ("MagneticField", "MAGN", "uT", &sensor.mag_ut),
    ];
    for (channel, kind, unit, all) in vectors {
        let Some(all) = all else { continue };
        for (index, (letter, axis)) in [("X", "x"), ("Y", "y"), ("Z", "z")].into_iter().enumerate()
        {
            let values = Values::Vector(all, index);
            push(format!("{channel}{letter}"), axis, kind, unit, values);
        }
    }
}

/// Every `motion.tsv` has a cell for each row of its `channels.tsv`, and each is a number or `n/a`:
/// so there is no header line either.
///
/// # Errors
/// Names the file, and the line where that is not so.
pub fn check(files: &[File]) -> Result<(), WriteError> {
    let samples = files
        .iter()
        .filter_map(|file| Some((file, file.path.strip_suffix("_motion.tsv")?)));
    for (file, stem) in samples {
        let path = format!("{stem}_channels.tsv");
        let channels = files.iter().find(|other| other.path == path);
        let found = match channels {
            Some(channels) => problem(
                &file.bytes,
                lines(&channels.bytes).count().saturating_sub(1),
            ),
            None => Some("there is no channels.tsv".to_owned()),
        };
        if let Some(problem) = found {
            return Err(WriteError::Invalid {
                name: file.path.clone(),
                problem,
            });
        }
    }
    Ok(())
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.split(|&byte| byte == b'\n')
}

/// What is wrong with a `motion.tsv` of so many channels.
fn problem(bytes: &[u8], channels: usize) -> Option<String> {
    let number = |cell: &[u8]| {
        let text = std::str::from_utf8(cell).unwrap_or_default();
        text == MISSING || text.parse::<f64>().is_ok_and(f64::is_finite)
    };
    for (index, line) in lines(bytes).enumerate() {
        let mut cells = 0;
        for cell in line.split(|&byte| byte == b'\t') {
            cells += 1;
            if !number(cell) {
                let cell = String::from_utf8_lossy(cell);
                return Some(format!("line {}: '{cell}' is no number", index + 1));
            }
        }
        if cells != channels {
            let line = index + 1;
            return Some(format!(
                "line {line} has {cells} cells for {channels} channels"
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::WhenThere;

    fn found(motion: &str) -> Result<(), String> {
        let file = |path: &str, text: &str| File {
            path: path.to_owned(),
            bytes: text.as_bytes().to_vec(),
            when_there: WhenThere::Replace,
        };
        let files = [
            file("a_motion.tsv", motion),
            file("a_channels.tsv", "name\tcomponent\nx\tx\ny\ty\n"),
        ];
        check(&files).map_err(|error| error.to_string())
    }

    #[test]
    fn what_validators_pass_over_is_found() {
        assert_eq!(found("1\t2\n3\tn/a\n-1.5e-3\t4\n"), Ok(()));
        for (motion, problem) in [
            ("x\ty\n1\t2\n", "line 1: 'x' is no number"),
            ("1\t2\n3\tNaN\n", "line 2: 'NaN' is no number"),
            ("1\t2\n3\n", "line 2 has 1 cells for 2 channels"),
            ("1\t2\n3\t4\t5\n", "line 2 has 3 cells for 2 channels"),
            ("1\t2\n3\t\n", "line 2: '' is no number"),
        ] {
            let error = found(motion).unwrap_err();
            assert!(
                error.starts_with(&format!("a_motion.tsv: {problem}")),
                "{error}"
            );
        }
    }
}
