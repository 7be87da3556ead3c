//! Logs of eye and head tracking in an HTC Vive, written by Unity: text between semicolons.
//!
//! One header line, CRLF, blank lines at the end. `time(100ns)` counts 100 ns since the year 1 and
//! is the clock of the computer; `time_stamp(ms)` is the eye tracker's in 32 bits, so it turns negative.
//! The first is taken, the second when it is missing. `helmet_rot_x,y,z` are degrees from 0 to 360, Unity's left-handed angles: pitch, yaw,
//! roll. About 120 rows a second, many poses twice because the headset runs slower. Without tracking
//! the angles are zeros.

use super::channels::{no_orientation, triple, unwrapped};
use super::header::{Header, first_header, read_header};
use super::headset::{self, Pose, UNITY};
use super::lines::Lines;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::Recording;
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "vive-log",
    title: "HTC Vive eye and head log",
    extensions: &["csv"],
    gives: "angles of the headset, as quaternion",
    checked: "1 real file",
    detect,
    together: alone,
    read,
};

const TICKS: &str = "time(100ns)";
const MILLISECONDS: &str = "time_stamp(ms)";
const ANGLES: [&str; 3] = ["helmet_rot_x", "helmet_rot_y", "helmet_rot_z"];
/// Seconds from the year 1 to 2000; taken off so that what is left keeps its digits.
const YEAR_2000_S: f64 = 63_082_281_600.0;

fn detect(bytes: &[u8]) -> Detected {
    let header = first_header(bytes);
    let is = |header: &Header| {
        header.find(ANGLES[0]).is_some()
            && [TICKS, MILLISECONDS]
                .iter()
                .any(|time| header.find(time).is_some())
    };
    Detected::recording_if(header.as_ref().is_some_and(is))
}

fn read(
    source: &mut Source<'_>,
    _options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let header = read_header(&mut lines)?;
    let angles = triple(&header, ANGLES, 1.0).ok_or_else(|| no_orientation(&header))?;
    let ticks = header.find(TICKS);
    let time = ticks.or_else(|| header.find(MILLISECONDS));
    let time = time.ok_or(ReadError::NoRate)?;
    let wanted = [angles.columns.as_slice(), &[time]].concat();
    let table = header.read(&mut lines, &wanted, warnings)?;
    let time_s = times(table.column(time), ticks.is_some());
    let pose = Pose::Angles(angles.columns);
    Ok(headset::recording(headset::sensor(
        &table, time_s, pose, UNITY, warnings,
    )))
}

fn times(counts: &[f64], ticks: bool) -> Vec<f64> {
    if ticks {
        counts
            .iter()
            .map(|ticks| (ticks - YEAR_2000_S * 1e7) / 1e7)
            .collect()
    } else {
        let milliseconds = unwrapped(counts, f64::from(u32::MAX) + 1.0);
        milliseconds.into_iter().map(|time| time / 1e3).collect()
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    #[test]
    fn ticks_are_the_clock_and_zeros_are_missing() {
        let text = "time(100ns);time_stamp(ms);eye_valid_L;helmet_rot_x;helmet_rot_y;helmet_rot_z\r\n\
                    638342802882596202;-1511527596;31;0.2186;332.7692;359.7081\r\n\
                    638342802882676202;-1511527588;31;0;0;0\r\n\r\n";
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let (read, _) = read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap();
        let head = &read.sensors[0];
        assert_relative_eq!(head.time_s[1] - head.time_s[0], 0.008, epsilon = 2e-5);
        let q = head.earth_from_sensor.as_ref().unwrap();
        assert_relative_eq!(q[0].norm(), 1.0, epsilon = 1e-9);
        assert!(q[1].w.is_nan());
    }

    #[test]
    fn the_tracker_s_clock_wraps() {
        let text = b"time_stamp(ms);helmet_rot_x;helmet_rot_y;helmet_rot_z\n\
                     2147483647;1;2;3\n-2147483648;1;2;3\n";
        let (read, _) = read_bytes(&FORMAT, text, &ReadOptions::default()).unwrap();
        let time_s = &read.sensors[0].time_s;
        assert_relative_eq!(time_s[1] - time_s[0], 0.001, epsilon = 1e-6);
    }
}
