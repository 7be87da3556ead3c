//! The native CSV: comment lines, a header with units, one row a sample.

use std::io::Write as _;

use super::columns::{Column, Kind, columns, declared_clocks, declared_sensors};
use super::{Format, Shape, Written};
use crate::sample::Recording;

/// This format.
pub const FORMAT: Format = Format {
    name: "native-csv",
    title: "Native CSV of this program",
    shape: Shape::File("csv"),
    leaves_out: "nothing",
    sidecar: true,
    write: |job| Ok(Written::file(native_csv(job.recording))),
};

/// Decimals to print; without it each number is the shortest that reads back the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits {
    /// Decimals of times, seconds.
    pub time: usize,
    /// Decimals of quaternion components.
    pub quaternion: usize,
    /// Decimals of gyroscope, accelerometer and magnetometer values.
    pub raw: usize,
}

impl Digits {
    const fn of(&self, kind: Kind) -> usize {
        match kind {
            Kind::Time => self.time,
            Kind::Quaternion => self.quaternion,
            Kind::Raw => self.raw,
        }
    }
}

/// A recording as native CSV; reading it back gives the same numbers.
pub fn native_csv(recording: &Recording) -> Vec<u8> {
    let mut comments = vec!["neckrom recording 1".to_owned()];
    if recording.about.simulated {
        comments.push("simulated: yes".to_owned());
    }
    native_csv_with(recording, &comments, None)
}

/// As [`native_csv`], with the caller's comment lines (without `#`) and number of decimals.
pub fn native_csv_with(
    recording: &Recording,
    comments: &[String],
    digits: Option<&Digits>,
) -> Vec<u8> {
    let columns = columns(recording);
    let rows = columns.first().map_or(0, |column| column.values.len());
    let mut out = Vec::with_capacity(256 + rows * columns.len() * 12);
    for comment in comments {
        push_comment(&mut out, comment);
    }
    if let Some(names) = declared_sensors(recording) {
        push_comment(&mut out, &format!("sensors: {names}"));
    }
    if let Some(clocks) = declared_clocks(recording) {
        push_comment(&mut out, &format!("clocks: {clocks}"));
    }
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    out.extend_from_slice(names.join(",").as_bytes());
    out.push(b'\n');
    for row in 0..rows {
        push_row(&mut out, &columns, row, digits);
    }
    out
}

fn push_comment(out: &mut Vec<u8>, comment: &str) {
    out.extend_from_slice(b"# ");
    out.extend(comment.bytes().map(|byte| {
        if byte == b'\n' || byte == b'\r' {
            b' '
        } else {
            byte
        }
    }));
    out.push(b'\n');
}

fn push_row(out: &mut Vec<u8>, columns: &[Column], row: usize, digits: Option<&Digits>) {
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_number(
            out,
            column.values[row],
            digits.map(|digits| digits.of(column.kind)),
        );
    }
    out.push(b'\n');
}

/// Not a number is an empty cell, never a zero.
fn push_number(out: &mut Vec<u8>, value: f64, decimals: Option<usize>) {
    if !value.is_finite() {
        return;
    }
    let written = match decimals {
        Some(decimals) => write!(out, "{value:.decimals$}"),
        None => write!(out, "{value}"),
    };
    written.expect("writing into memory cannot fail");
}

#[cfg(test)]
mod tests {
    use nalgebra::{Quaternion, Vector3};

    use super::*;
    use crate::sample::{SensorPlace, SensorSamples};

    fn one_sensor() -> Recording {
        let sensor = SensorSamples {
            time_s: vec![0.0, 0.01],
            earth_from_sensor: Some(vec![Quaternion::new(1.0, 0.0, -0.25, 0.0); 2]),
            gyro_rad_s: Some(vec![Vector3::new(0.1, f64::NAN, -3.0); 2]),
            ..SensorSamples::default()
        };
        Recording::of_one(sensor)
    }

    #[test]
    fn a_single_sensor_has_no_prefix_and_missing_is_empty() {
        let text = String::from_utf8(native_csv(&one_sensor())).unwrap();
        assert_eq!(
            text,
            "# neckrom recording 1\n\
             time_s,q_w,q_x,q_y,q_z,gyro_x_rad_s,gyro_y_rad_s,gyro_z_rad_s\n\
             0,1,0,-0.25,0,0.1,,-3\n\
             0.01,1,0,-0.25,0,0.1,,-3\n"
        );
    }

    #[test]
    fn digits_are_fixed_when_asked() {
        let digits = Digits {
            time: 3,
            quaternion: 2,
            raw: 1,
        };
        let comments = ["simulated: yes".to_owned()];
        let text = native_csv_with(&one_sensor(), &comments, Some(&digits));
        let text = String::from_utf8(text).unwrap();
        assert!(text.starts_with("# simulated: yes\ntime_s,"));
        assert!(
            text.ends_with("0.010,1.00,0.00,-0.25,0.00,0.1,,-3.0\n"),
            "{text}"
        );
    }

    #[test]
    fn two_sensors_share_a_time_column_only_if_their_times_are_the_same() {
        let mut recording = one_sensor();
        recording.sensors[0].place = Some(SensorPlace::Head);
        let mut trunk = recording.sensors[0].clone();
        trunk.place = None;
        trunk.name = "Left arm (2)".to_owned();
        recording.sensors.push(trunk);
        let text = String::from_utf8(native_csv(&recording)).unwrap();
        assert!(
            text.contains("# sensors: left_arm__2\ntime_s,head_q_w,"),
            "{text}"
        );
        recording.sensors[1].time_s[1] = 0.5;
        let text = String::from_utf8(native_csv(&recording)).unwrap();
        assert!(text.contains("\nhead_time_s,head_q_w,"), "{text}");
        assert!(
            text.contains(",left_arm__2_time_s,left_arm__2_q_w,"),
            "{text}"
        );
    }
}
