//! Logs of a phone in a headset (browarsoftware headmotions): lines of two kinds, no header.
//!
//! `q;<ms since 1970>;x,y,z,w,` is a quaternion, **w last**, in most files with a comma behind;
//! `v;<ms>;pitch,yaw,roll` are the same as angles in radians, turned in the order Y, X, Z, and are
//! not read. 24 to 63 rows a second, unevenly. Headset to room, right-handed, Y up, Z backward: the
//! programs around the logs are written for such axes, and turns that are labelled left begin with a
//! yaw that rises.
//!
//! Some files are turned so that the first pose is the identity, with the room's axes for the
//! headset's: up is still up, but nothing says where the face looks. So how the headset sits is left open.

use super::error::excerpt;
use super::header::{first_line, is_blank};
use super::headset::{self, NATIVE, Pose};
use super::lines::Lines;
use super::number::number;
use super::table::Table;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::Recording;
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "head-motions-log",
    title: "Head motion log of a phone in a headset (q; and v; lines)",
    extensions: &["log"],
    gives: "quaternion of the headset",
    checked: "from documentation and first lines of real files",
    detect,
    together: alone,
    read,
};

fn detect(bytes: &[u8]) -> Detected {
    let first = first_line(bytes);
    let known = pose(first).is_some() || values::<3>(first, b"v;").is_some();
    Detected::recording_if(known)
}

/// Milliseconds, and the quaternion x, y, z, w of a line.
fn pose(line: &[u8]) -> Option<(f64, [f64; 4])> {
    values(line, b"q;")
}

/// Milliseconds and so many numbers of a line that begins like this.
fn values<const COUNT: usize>(line: &[u8], kind: &[u8]) -> Option<(f64, [f64; COUNT])> {
    let rest = line.trim_ascii().strip_prefix(kind)?;
    let (time_ms, length) = number(rest)?;
    let rest = rest.get(length..)?.strip_prefix(b";")?;
    let rest = rest.strip_suffix(b",").unwrap_or(rest);
    let mut values = [0.0; COUNT];
    let mut parts = rest.split(|&byte| byte == b',');
    for value in &mut values {
        let part = parts.next()?.trim_ascii();
        *value = number(part).filter(|found| found.1 == part.len())?.0;
    }
    parts.next().is_none().then_some((time_ms, values))
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let mut time_s = Vec::new();
    let mut columns = vec![Vec::new(); 4];
    let unit_s = options.time_unit_s.unwrap_or(1e-3);
    while lines.advance()? {
        let line = lines.line();
        if is_blank(line) || line.trim_ascii_start().starts_with(b"v;") {
            continue;
        }
        match pose(line) {
            Some((time_ms, [x, y, z, w])) => {
                time_s.push(time_ms * unit_s);
                for (column, value) in columns.iter_mut().zip([w, x, y, z]) {
                    column.push(value);
                }
            }
            None if !lines.is_complete() => {
                let number = lines.number();
                warnings.add(Warning::CutOff, || format!("line {number} ends too early"));
            }
            None => {
                return Err(ReadError::BadLine {
                    line: lines.number(),
                    expected: "q;time;x,y,z,w",
                    found: excerpt(line, 40),
                });
            }
        }
    }
    if time_s.is_empty() {
        return Err(ReadError::NoRows);
    }
    let table = Table::new(vec![0, 1, 2, 3], columns);
    let pose = Pose::Quaternion([0, 1, 2, 3]);
    let sensor = headset::sensor(&table, time_s, pose, NATIVE, warnings);
    let mut recording = headset::recording(sensor);
    recording.about.head_mount = None;
    Ok(recording)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::{UnitQuaternion, Vector3};

    use super::*;
    use crate::read::read_bytes;

    #[test]
    fn w_is_last_and_y_is_up() {
        let text = b"q;1565693117858;0,0.258819045,0,0.965925826,\nv;1565693117858;0,0.5236,0\n\
                     q;1565693117883;0,0,0,1\nq;15656931";
        assert_eq!(detect(text), Detected::Recording);
        let (read, warnings) = read_bytes(&FORMAT, text, &ReadOptions::default()).unwrap();
        let head = &read.sensors[0];
        assert_relative_eq!(head.time_s[1] - head.time_s[0], 0.025, epsilon = 1e-6);
        // A turn of 30° to the left.
        let q = head.earth_from_sensor.as_ref().unwrap()[0];
        let nose = UnitQuaternion::new_unchecked(q) * -Vector3::z();
        assert_relative_eq!(nose, Vector3::new(-0.5, 0.866_025, 0.0), epsilon = 1e-5);
        assert_eq!(warnings.count(Warning::CutOff), 1);
    }

    #[test]
    fn another_line_is_named() {
        let text = b"v;1;0,0,0\nq;1;0,0,0,1,\nq;2;0,0,x,1,\nq;3;0,0,0,1,\n";
        let error = read_bytes(&FORMAT, text, &ReadOptions::default()).unwrap_err();
        assert!(
            error.to_string().starts_with("line 3: expected q;time"),
            "{error}"
        );
        assert_eq!(detect(b"q;1;0,0,0\n"), Detected::No);
        assert_eq!(detect(b"q,v\n1,2\n"), Detected::No);
    }
}
