//! Logs of Pico headsets, written by Unity: text between tabs, named `.csv`.
//!
//! One header line. `Timeline` is seconds of the video or game, 90 rows a second; `Head Rotation. x`
//! (a point and a space before the axis), `y`, `z` are degrees from 0 to 360, Unity's left-handed
//! angles: pitch, yaw, roll. `User Name` and other text is passed over. Without tracking the angles
//! are zeros.

use super::channels::{no_orientation, triple};
use super::header::{first_header, read_header};
use super::headset::{self, Pose, UNITY};
use super::lines::Lines;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::Recording;
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "pico-log",
    title: "Pico Neo headset log",
    extensions: &["csv"],
    gives: "angles of the headset, as quaternion",
    checked: "1 real file",
    detect,
    together: alone,
    read,
};

const TIME: &str = "Timeline";
const ANGLES: [&str; 3] = ["Head Rotation. x", "Head Rotation. y", "Head Rotation. z"];

fn detect(bytes: &[u8]) -> Detected {
    let header = first_header(bytes);
    let has = |name: &str| {
        header
            .as_ref()
            .is_some_and(|header| header.find(name).is_some())
    };
    Detected::recording_if(has(TIME) && ANGLES.iter().all(|angle| has(angle)))
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let header = read_header(&mut lines)?;
    let angles = triple(&header, ANGLES, 1.0).ok_or_else(|| no_orientation(&header))?;
    let time = header.find(TIME).ok_or(ReadError::NoRate)?;
    let wanted = [angles.columns.as_slice(), &[time]].concat();
    let table = header.read(&mut lines, &wanted, warnings)?;
    let unit_s = options.time_unit_s.unwrap_or(1.0);
    let time_s = table
        .column(time)
        .iter()
        .map(|time| time * unit_s)
        .collect();
    let pose = Pose::Angles(angles.columns);
    Ok(headset::recording(headset::sensor(
        &table, time_s, pose, UNITY, warnings,
    )))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    #[test]
    fn names_with_points_are_found() {
        let text = "User Name\tTimeline\tHead Rotation. x\tHead Rotation. y\tHead Rotation. z\tObject\n\
                    S1\t0.0111\t19.8792\t0.6523\t8.2767\tpoitrine\nS1\t0.0222\t19.8\t0.6\t8.2\t\n";
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let (read, _) = read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap();
        let head = &read.sensors[0];
        assert_relative_eq!(head.time_s[1], 0.0222);
        let first = head.earth_from_sensor.as_ref().unwrap()[0];
        assert_relative_eq!(first.norm(), 1.0, epsilon = 1e-9);
    }
}
