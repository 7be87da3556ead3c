//! CSV of Corpus, a game with sensors on the trunk and the head: rows below each other.
//!
//! Header `Time,Body Part,Quaternion (x),Quaternion (y),Quaternion (z),Quaternion (w),Angles (x),…`;
//! then a row with nothing but the time in seconds, and under it one row without time for each body
//! part: `RightShoulder`, `Trunk`, `UpperTrunk`, `Head`, … 30 times a second, one clock. **w last**.
//! The angles are no decomposition of the quaternion and are not read. How the quaternions are meant is not written
//! anywhere: they are taken as sensor to earth, Z up, with a warning.

use nalgebra::Quaternion;

use super::error::excerpt;
use super::header::{Delimiter, cut, first_line, is_blank};
use super::lines::Lines;
use super::number::number;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::{Recording, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "corpus-csv",
    title: "Corpus game CSV, a row for each body part",
    extensions: &["csv"],
    gives: "quaternions of head and trunk, whose axes are not documented",
    checked: "from first lines of a real file",
    detect,
    together: alone,
    read,
};

const HEADER: &[u8] = b"Time,Body Part,Quaternion (x),Quaternion (y),Quaternion (z),Quaternion (w)";
/// No body has more parts.
const MOST_PARTS: usize = 64;

fn detect(bytes: &[u8]) -> Detected {
    Detected::recording_if(first_line(bytes).starts_with(HEADER))
}

fn read(
    source: &mut Source<'_>,
    _options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    lines.advance_past(is_blank, |_blank| {})?;
    let mut sensors: Vec<SensorSamples> = Vec::new();
    let mut time_s = f64::NAN;
    let mut cells = Vec::new();
    while lines.advance()? {
        let line = lines.line();
        if is_blank(line) || line.starts_with(HEADER) {
            continue;
        }
        cut(line, Delimiter::Byte(b','), &mut cells);
        let cell = |at: usize| {
            let range = cells.get(at).cloned().unwrap_or_default();
            line.get(range).unwrap_or_default().trim_ascii()
        };
        let value = |at: usize| number(cell(at)).filter(|found| found.1 == cell(at).len());
        let name = String::from_utf8_lossy(cell(1)).into_owned();
        let parts = [5, 2, 3, 4].map(|at| value(at).map(|found| found.0));
        match (name.is_empty(), value(0), parts) {
            (true, Some((time, _length)), _) => time_s = time,
            (false, _, [Some(w), Some(x), Some(y), Some(z)]) => {
                push(&mut sensors, &name, time_s, Quaternion::new(w, x, y, z));
            }
            _ if !lines.is_complete() => {
                let number = lines.number();
                warnings.add(Warning::CutOff, || format!("line {number} ends too early"));
            }
            _ => {
                return Err(ReadError::BadLine {
                    line: lines.number(),
                    expected: "a time, or a body part and four numbers",
                    found: excerpt(line, 40),
                });
            }
        }
    }
    if sensors.is_empty() {
        return Err(ReadError::NoRows);
    }
    warnings.add(Warning::ConventionAssumed, || {
        "Corpus does not say what its quaternions mean; sensor to earth, Z up, was taken".to_owned()
    });
    Ok(Recording {
        sensors,
        ..Recording::default()
    })
}

fn push(sensors: &mut Vec<SensorSamples>, name: &str, time_s: f64, q: Quaternion<f64>) {
    let at = sensors.iter().position(|sensor| sensor.name == name);
    if at.is_none() && sensors.len() < MOST_PARTS {
        sensors.push(SensorSamples {
            name: name.to_owned(),
            earth_from_sensor: Some(Vec::new()),
            ..SensorSamples::default()
        });
    }
    let at = at.unwrap_or(sensors.len() - 1);
    if let Some(sensor) = sensors.get_mut(at).filter(|sensor| sensor.name == name) {
        sensor.time_s.push(time_s);
        sensor.earth_from_sensor.get_or_insert_default().push(q);
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    #[test]
    fn parts_become_sensors() {
        let text = "Time,Body Part,Quaternion (x),Quaternion (y),Quaternion (z),Quaternion (w),\
                    Angles (x),Angles (y),Angles (z)\n0,,,,,,,,\n,Trunk,0,0,0,1,5,6,7\n\
                    ,Head,0.1,0.2,0.3,0.9,5,6,7\n0.0332,,,,,,,,\n,Head,0,0,0,1,5,6,7\n,He";
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let (read, warnings) =
            read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!(read.sensors[1].name, "Head");
        assert_eq!(read.sensors[1].time_s, [0.0, 0.0332]);
        assert_relative_eq!(
            read.sensors[1].earth_from_sensor.as_ref().unwrap()[0].w,
            0.9
        );
        assert_eq!(read.sensors[0].len(), 1);
        assert_eq!(warnings.count(Warning::CutOff), 1);
    }

    #[test]
    fn other_rows_are_named() {
        let text = [HEADER, b"\n0,,,,,\n,Head,0,x,0,1\n0.1,,,,,\n"].concat();
        let error = read_bytes(&FORMAT, &text, &ReadOptions::default()).unwrap_err();
        assert!(
            error.to_string().starts_with("line 3: expected a time"),
            "{error}"
        );
    }
}
