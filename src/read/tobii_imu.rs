//! `imudata.gz` of Tobii Pro Glasses 3: JSON, one object a line, compressed with gzip.
//!
//! `{"type":"imu","timestamp":<s>,"data":{"accelerometer":[x,y,z],"gyroscope":[x,y,z]}}`, m/s² and
//! deg/s, 117 lines a second; at rest the accelerometer gives +9.8 on Y, which points up, and turns
//! with the gyroscope as right-handed axes do. The magnetometer has lines of its own, ten a second,
//! with offsets larger than the field of the earth: it is not used. Lines of other types are passed over;
//! `gazedata.gz` and `eventdata.gz` beside it hold nothing else.

use serde::Deserialize;

use nalgebra::Vector3;

use super::error::excerpt;
use super::header::{first_line, is_blank};
use super::lines::Lines;
use super::together::alone;
use super::{AccelUnit, Detected, Format, GyroUnit, ReadError, ReadOptions, Source};
use crate::sample::{Recording, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "tobii-imu",
    title: "Tobii Pro Glasses 3 imudata.gz",
    extensions: &["gz"],
    gives: "gyroscope and accelerometer",
    checked: "1 real file",
    detect,
    together: alone,
    read,
};

/// A line.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    timestamp: f64,
    #[serde(default)]
    data: Data,
}

#[derive(Debug, Default, Deserialize)]
struct Data {
    accelerometer: Option<[f64; 3]>,
    gyroscope: Option<[f64; 3]>,
    magnetometer: Option<[f64; 3]>,
}

impl Data {
    const fn is_motion(&self) -> bool {
        self.accelerometer.is_some() || self.gyroscope.is_some()
    }
}

fn detect(bytes: &[u8]) -> Detected {
    match serde_json::from_slice::<Line>(first_line(bytes)) {
        Ok(line)
            if line.kind == "imu"
                && (line.data.is_motion() || line.data.magnetometer.is_some()) =>
        {
            Detected::Recording
        }
        Ok(line) if ["gaze", "event"].contains(&line.kind.as_str()) => Detected::Companion,
        Ok(_) | Err(_) => Detected::No,
    }
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let gyro_unit = options.gyro_unit.unwrap_or(GyroUnit::Deg).rad_s();
    let accel_unit = options.accel_unit.unwrap_or(AccelUnit::MS2).m_s2();
    let (mut time_s, mut gyro, mut accel) = (Vec::new(), Vec::new(), Vec::new());
    while lines.advance()? {
        if is_blank(lines.line()) {
            continue;
        }
        let Some(line) = line(&lines, warnings)? else {
            continue;
        };
        if line.kind == "imu" && line.data.is_motion() {
            time_s.push(line.timestamp);
            gyro.push(vector(line.data.gyroscope) * gyro_unit);
            accel.push(vector(line.data.accelerometer) * accel_unit);
        }
    }
    if time_s.is_empty() {
        return Err(ReadError::NoOrientation {
            has: "a magnetometer".to_owned(),
        });
    }
    let missing = accel.iter().chain(&gyro).filter(|v| v.x.is_nan()).count();
    warnings.add_many(Warning::MissingValue, missing, || {
        "lines without accelerometer or gyroscope".to_owned()
    });
    Ok(Recording::of_one(SensorSamples {
        name: "head".to_owned(),
        time_s,
        gyro_rad_s: Some(gyro),
        accel_m_s2: Some(accel),
        ..SensorSamples::default()
    }))
}

fn vector(values: Option<[f64; 3]>) -> Vector3<f64> {
    values.map_or_else(|| Vector3::repeat(f64::NAN), Vector3::from)
}

/// The line as an object; `None` when it is cut off at the end of the file.
fn line(lines: &Lines<'_>, warnings: &mut Warnings) -> Result<Option<Line>, ReadError> {
    match serde_json::from_slice(lines.line()) {
        Ok(line) => Ok(Some(line)),
        Err(_cut_off) if !lines.is_complete() => {
            let number = lines.number();
            warnings.add(Warning::CutOff, || format!("line {number} ends too early"));
            Ok(None)
        }
        Err(_other) => Err(ReadError::BadLine {
            line: lines.number(),
            expected: "an object with type, timestamp and data",
            found: excerpt(lines.line(), 40),
        }),
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    const MAGNETOMETER: &str =
        "{\"type\":\"imu\",\"timestamp\":0.005,\"data\":{\"magnetometer\":[1,2,3]}}\n";
    const MOTION: &str = "{\"type\":\"imu\",\"timestamp\":0.0125,\"data\":\
                          {\"accelerometer\":[0,9.8,0],\"gyroscope\":[180,0,0]}}\n";

    #[test]
    fn units_and_lines_of_other_kinds() {
        let text = format!("{MAGNETOMETER}{MOTION}{{\"type\":\"sync\",\"timestamp\":1}}\n{{\"ty");
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let (read, warnings) =
            read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap();
        let sensor = &read.sensors[0];
        assert_eq!(sensor.time_s, [0.0125]);
        assert_relative_eq!(
            sensor.gyro_rad_s.as_ref().unwrap()[0].x,
            std::f64::consts::PI
        );
        assert_relative_eq!(sensor.accel_m_s2.as_ref().unwrap()[0].y, 9.8);
        assert_eq!(warnings.count(Warning::CutOff), 1);
    }

    #[test]
    fn damage_is_named() {
        let text = format!("{MOTION}{{\"type\":\n{MOTION}");
        let error = read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap_err();
        assert!(
            error.to_string().starts_with("line 2: expected an object"),
            "{error}"
        );
        let read = read_bytes(&FORMAT, MAGNETOMETER.as_bytes(), &ReadOptions::default());
        assert!(matches!(read, Err(ReadError::NoOrientation { .. })));
    }
}
