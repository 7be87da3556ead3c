//! Recordings of `CervicalKine` Recorder (`.orpl`): three angles of a headset, no times.
//!
//! Older files begin with `yaw pitch roll`; newer ones with blocks `== PARAMETERS ==` (the exercise, as `key:value` with decimal
//! commas), `== COMMENTS ==` and `== VALUES ==`, under which the same header stands. Then one row a frame, degrees
//! from -180 to 180 between spaces, with decimal commas on some computers. The angles are Unity's: yaw to
//! the right, pitch down, roll to the left. The rate is not in the file and has to be said. Before
//! the headset is ready it writes zeros.

use super::channels::{even_times, no_orientation, triple};
use super::header::{Delimiter, Header, first_line};
use super::headset::{self, Pose, UNITY};
use super::lines::Lines;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::Recording;
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "cervicalkine",
    title: "CervicalKine Recorder (.orpl)",
    extensions: &["orpl"],
    gives: "angles of the headset, as quaternion; no times, the rate is needed",
    checked: "from documentation and the program that writes it",
    detect,
    together: alone,
    read,
};

/// X, Y and Z of Unity.
const ANGLES: [&str; 3] = ["pitch", "yaw", "roll"];

fn detect(bytes: &[u8]) -> Detected {
    let first = first_line(bytes);
    Detected::recording_if(is_header(first) || first.starts_with(b"== PARAMETERS =="))
}

fn is_header(line: &[u8]) -> bool {
    line.trim_ascii() == b"yaw pitch roll"
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    lines.advance_past(|line| !is_header(line), |_exercise| {})?;
    let header = Header::new(lines.line(), Delimiter::Spaces);
    let angles = triple(&header, ANGLES, 1.0).ok_or_else(|| no_orientation(&header))?;
    let rate_hz = options.rate_hz.ok_or(ReadError::NoRate)?;
    let table = header.read(&mut lines, &angles.columns, warnings)?;
    let time_s = even_times(table.rows(), rate_hz);
    let pose = Pose::Angles(angles.columns);
    Ok(headset::recording(headset::sensor(
        &table, time_s, pose, UNITY, warnings,
    )))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::{UnitQuaternion, Vector3};

    use super::*;
    use crate::read::read_bytes;

    fn read_text(text: &str, rate_hz: Option<f64>) -> Result<Recording, ReadError> {
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let options = ReadOptions {
            rate_hz,
            ..ReadOptions::default()
        };
        read_bytes(&FORMAT, text.as_bytes(), &options).map(|read| read.0)
    }

    #[test]
    fn both_forms_and_decimal_commas() {
        for text in [
            "yaw pitch roll\n0 30 0\n0 0 0\n",
            "== PARAMETERS ==\r\nmovement:Lacet\r\nangle:66,00\r\n== COMMENTS ==\r\n\r\n\
             == VALUES ==\r\nyaw pitch roll\r\n0 30,0 0\r\n0 0 0\r\n",
        ] {
            let read = read_text(text, Some(50.0)).unwrap();
            let head = &read.sensors[0];
            assert_relative_eq!(head.time_s[1], 0.02);
            let q = head.earth_from_sensor.as_ref().unwrap();
            let nose = UnitQuaternion::new_unchecked(q[0]) * -Vector3::z();
            assert_relative_eq!(nose, Vector3::new(0.0, 0.866_025, -0.5), epsilon = 1e-5);
            assert!(q[1].w.is_nan());
        }
    }

    #[test]
    fn the_rate_must_be_said() {
        let read = read_text("yaw pitch roll\n1 2 3\n", None);
        assert!(matches!(read, Err(ReadError::NoRate)));
        let none = read_text("yaw pitch roll\n", Some(50.0));
        assert!(matches!(none, Err(ReadError::NoRows)));
    }
}
