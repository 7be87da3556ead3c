//! Orientation loggers that write a JSON object a line (LARA's laboratory of wearables and the like):
//! `{"time":1.00,"imu_1":"[x y z w]","imu_2":"[x y z w]"}`.
//!
//! `time` is seconds. Each other key is a sensor, whose quaternion stands in a text or a list, the
//! scalar last; sensor to earth. Keys that hold anything else are passed over.

use nalgebra::Quaternion;
use serde_json::Value;

use super::header::split_lines;
use super::lines::Lines;
use super::together::alone;
use super::{Detected, Format, QuaternionOrder, ReadError, ReadOptions, Source};
use crate::read::error::excerpt;
use crate::sample::{Recording, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "lara-json",
    title: "JSON lines with a quaternion a sensor (LARA)",
    extensions: &["json", "jsonl", "txt"],
    gives: "quaternion, several sensors",
    checked: "from documentation",
    detect,
    together: alone,
    read,
};

/// No recording has more sensors.
const MAX_SENSORS: usize = 32;
/// Lines that are no sample are passed over, but not more than this share of all.
const MOST_BAD: f64 = 0.1;

fn detect(bytes: &[u8]) -> Detected {
    let mut lines = split_lines(bytes);
    let first = lines.find(|line| !line.trim_ascii().is_empty());
    match first.and_then(sample) {
        Some((time_s, turns)) if time_s.is_finite() && !turns.is_empty() => Detected::Recording,
        _ => Detected::No,
    }
}

/// A sensor's name, and four numbers as they stand.
type Named = (String, [f64; 4]);

/// The time of a line, and each sensor's name and numbers as they stand.
fn sample(line: &[u8]) -> Option<(f64, Vec<Named>)> {
    let value: Value = serde_json::from_slice(line.trim_ascii()).ok()?;
    let object = value.as_object()?;
    let time_s = object.get("time").and_then(number)?;
    let turn = |(name, value): (&String, &Value)| Some((name.clone(), four(value)?));
    Some((time_s, object.iter().filter_map(turn).collect()))
}

fn number(value: &Value) -> Option<f64> {
    value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

/// Four numbers in a list, or in a text with brackets.
fn four(value: &Value) -> Option<[f64; 4]> {
    let numbers: Vec<f64> = match value {
        Value::Array(items) => items.iter().map(Value::as_f64).collect::<Option<_>>()?,
        Value::String(text) => {
            let inner = text.trim().strip_prefix('[')?.strip_suffix(']')?;
            let words = inner
                .split([' ', ',', '\n', '\t'])
                .filter(|word| !word.is_empty());
            words.map(|word| word.parse().ok()).collect::<Option<_>>()?
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    numbers.try_into().ok()
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let mut sensors: Vec<SensorSamples> = Vec::new();
    let (mut times_s, mut bad) = (Vec::new(), 0_usize);
    while lines.advance()? {
        if lines.line().trim_ascii().is_empty() {
            continue;
        }
        if let Some((time_s, turns)) = sample(lines.line()) {
            take(&mut sensors, times_s.len(), turns, options.quaternion_order);
            times_s.push(time_s);
        } else {
            bad += 1;
            let shown = excerpt(lines.line(), 60);
            let number = lines.number();
            warnings.add(Warning::RaggedRow, || {
                format!("line {number} is no sample and was passed over: '{shown}'")
            });
        }
    }
    if bad as f64 > MOST_BAD * (times_s.len() + bad) as f64 + 1.0 {
        return Err(ReadError::Damaged {
            what: format!("{bad} lines are no sample"),
        });
    }
    if times_s.is_empty() {
        return Err(ReadError::NoRows);
    }
    for sensor in &mut sensors {
        pad(
            sensor.earth_from_sensor.get_or_insert_default(),
            times_s.len(),
        );
        sensor.time_s.clone_from(&times_s);
    }
    Ok(Recording {
        sensors,
        ..Recording::default()
    })
}

/// Puts the quaternions of a line with their sensors, which have `rows` samples so far.
fn take(
    sensors: &mut Vec<SensorSamples>,
    rows: usize,
    turns: Vec<Named>,
    order: Option<QuaternionOrder>,
) {
    for (name, [a, b, c, d]) in turns {
        let known = sensors.iter().position(|sensor| sensor.name == name);
        if known.is_none() && sensors.len() < MAX_SENSORS {
            sensors.push(SensorSamples {
                name: name.clone(),
                ..SensorSamples::default()
            });
        }
        let found = sensors.iter_mut().find(|sensor| sensor.name == name);
        let Some(sensor) = found else { continue };
        let quaternions = sensor.earth_from_sensor.get_or_insert_default();
        pad(quaternions, rows);
        quaternions.push(match order {
            Some(QuaternionOrder::Wxyz) => Quaternion::new(a, b, c, d),
            Some(QuaternionOrder::Xyzw) | None => Quaternion::new(d, a, b, c),
        });
    }
}

/// What a line does not have stays empty.
fn pad(quaternions: &mut Vec<Quaternion<f64>>, rows: usize) {
    while quaternions.len() < rows {
        quaternions.push(Quaternion::from_parts(
            f64::NAN,
            nalgebra::Vector3::repeat(f64::NAN),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_bytes;

    #[test]
    fn two_sensors_scalar_last() {
        let text = "{\"time\":1.00,\"imu_1\":\"[0 0 0 1]\",\"imu_2\":\"[0.8 0. 0. 0.6]\"}\r\n\
                    {\"time\":1.02,\"imu_2\":[0.0, 0.0, 0.8, 0.6],\"note\":\"x\"}\r\nstarted\r\n\
                    {\"time\":1.04,\"imu_1\":\"[0 0 0 1]\",\"imu_2\":\"[0 0 0 1]\"}";
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let (recording, warnings) =
            read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap();
        let [one, two] = recording.sensors.as_slice() else {
            panic!("{recording:?}")
        };
        assert_eq!((one.name.as_str(), one.time_s[1]), ("imu_1", 1.02));
        let (one, two) = (
            one.earth_from_sensor.as_ref().unwrap(),
            two.earth_from_sensor.as_ref().unwrap(),
        );
        assert!(one[1].w.is_nan());
        approx::assert_relative_eq!(one[2].w, 1.0);
        assert_eq!((two[0].w, two[0].i, two[1].k), (0.6, 0.8, 0.8));
        assert_eq!(warnings.count(Warning::RaggedRow), 1);
    }

    #[test]
    fn other_json_is_not_taken() {
        for text in [
            "{}",
            "[1]",
            "{\"time\":1}",
            "{\"imu\":\"[0 0 0 1]\"}",
            "{\"time\":1,",
        ] {
            assert_eq!(detect(text.as_bytes()), Detected::No, "{text}");
        }
    }
}
