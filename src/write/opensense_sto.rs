//! OpenSim OpenSense orientations, `.sto`: a header, then the time and one quaternion a sensor.
//!
//! ```text
//! DataRate=100.000000
//! DataType=Quaternion
//! version=3
//! OpenSimVersion=4.5
//! endheader
//! time<TAB>head_imu<TAB>torso_imu
//! 0<TAB>0.98,0.01,0.02,0.17<TAB>0.51,0.45,-0.66,0.28
//! ```
//!
//! Columns are named `head_imu` and `torso_imu`, which OpenSim's placer ties to the bodies `head` and
//! `torso`; other sensors keep their names, with `_imu` behind. Quaternions are w, x, y, z, sensor to
//! earth with Z up, as a device gives them: in OpenSim, `sensor_to_opensim_rotations` is -90° about X.
//! All sensors have one even time base; no row stands in a gap, the time steps over it.

use std::io::Write as _;

use super::channels::inertial_left_out;
use super::even::{EvenRecording, EvenSensor};
use super::{Format, Job, Shape, WriteError, Written};
use crate::sample::SensorPlace;
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "opensense-sto",
    title: "OpenSim OpenSense orientations",
    shape: Shape::File("sto"),
    leaves_out: "gyroscope, accelerometer, magnetometer; uneven times",
    sidecar: true,
    write,
};

fn write(job: &Job<'_>) -> Result<Written, WriteError> {
    let mut warnings = Warnings::default();
    let even = EvenRecording::of(job.recording, job.settings.gap_s, &mut warnings)?;
    let mut notes = inertial_left_out(job.recording, ".sto");
    notes.extend(even.notes("no row is written there, the time column steps over them"));
    Ok(Written {
        notes,
        warnings,
        ..Written::file(text(&even))
    })
}

fn text(even: &EvenRecording) -> Vec<u8> {
    let names: Vec<String> = even.sensors.iter().map(column).collect();
    let mut out = format!(
        "DataRate={:.6}\nDataType=Quaternion\nversion=3\nOpenSimVersion=4.5\nendheader\ntime\t{}\n",
        even.rate_hz,
        names.join("\t")
    )
    .into_bytes();
    for (row, time_s) in even.time_s.iter().enumerate() {
        push(&mut out, format_args!("{time_s}"));
        for sensor in &even.sensors {
            let [w, x, y, z] = sensor.earth_from_sensor[row];
            push(&mut out, format_args!("\t{w:.9},{x:.9},{y:.9},{z:.9}"));
        }
        out.push(b'\n');
    }
    out
}

fn push(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text)
        .expect("writing into memory cannot fail");
}

/// The name of a sensor's column.
fn column(sensor: &EvenSensor) -> String {
    match sensor.place {
        Some(SensorPlace::Head) => "head_imu".to_owned(),
        Some(SensorPlace::Trunk) => "torso_imu".to_owned(),
        None if sensor.name.ends_with("_imu") => sensor.name.clone(),
        None => format!("{}_imu", sensor.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Settings;
    use crate::sample::{Recording, SensorSamples};

    #[test]
    fn a_gap_has_no_rows_and_what_is_left_out_is_said() {
        let time_s: Vec<f64> = (0..200)
            .filter(|i| !(80..100).contains(i))
            .map(|i| 0.02 * f64::from(i))
            .collect();
        let sensor = SensorSamples {
            place: Some(SensorPlace::Head),
            earth_from_sensor: Some(vec![nalgebra::Quaternion::new(0.5, 0.5, -0.5, 0.5); 180]),
            gyro_rad_s: Some(vec![nalgebra::Vector3::zeros(); 180]),
            time_s,
            ..SensorSamples::default()
        };
        let recording = Recording::of_one(sensor);
        let settings = Settings::default();
        let written = write(&Job {
            recording: &recording,
            settings: &settings,
        })
        .unwrap();
        let text = String::from_utf8(written.files[0].bytes.clone()).unwrap();
        let start = "DataRate=50.000000\nDataType=Quaternion\nversion=3\nOpenSimVersion=4.5\n\
                     endheader\ntime\thead_imu\n\
                     0\t0.500000000,0.500000000,-0.500000000,0.500000000\n0.02\t";
        assert!(text.starts_with(start), "{text}");
        assert_eq!(text.lines().count(), 6 + 180);
        assert_eq!(written.notes[0], ".sto holds no gyroscope");
        assert!(written.notes[1].contains("gaps without samples (1)"));
    }
}
