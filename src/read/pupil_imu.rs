//! `imu.csv` of Pupil Cloud: eye tracking glasses Pupil Invisible and Neon.
//!
//! One header line: `section id` and `recording id` (passed over), `timestamp [ns]` since 1970,
//! `gyro x [deg/s]` …, `acceleration x [g]` …, `roll [deg]`, `pitch [deg]`, and with a magnetometer
//! `yaw [deg]` and `quaternion w` … `z`. Of Pupil Invisible these cells are empty, of Neon they are
//! filled: sensor to earth, Z up. The accelerometer gives specific force. About 200 and 110 rows a
//! second, in groups whose times are evenly spread. `gaze.csv`, `blinks.csv` and others beside it tell of
//! the eyes.

use super::channels::{SensorColumns, four, no_orientation, triple};
use super::header::{first_header, is_blank, read_header};
use super::lines::Lines;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::Recording;
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "pupil-imu",
    title: "Pupil Cloud imu.csv (Pupil Invisible, Neon)",
    extensions: &["csv"],
    gives: "gyroscope and accelerometer; quaternion of Neon",
    checked: "1 real file of Pupil Invisible; Neon from documentation",
    detect,
    together: alone,
    read,
};

const TIME: &str = "timestamp [ns]";
const GYRO: [&str; 3] = ["gyro x [deg/s]", "gyro y [deg/s]", "gyro z [deg/s]"];
const ACCEL: [&str; 3] = [
    "acceleration x [g]",
    "acceleration y [g]",
    "acceleration z [g]",
];
const QUATERNION: [&str; 4] = [
    "quaternion w",
    "quaternion x",
    "quaternion y",
    "quaternion z",
];

fn detect(bytes: &[u8]) -> Detected {
    let header = first_header(bytes);
    let has = |name: &str| {
        header
            .as_ref()
            .is_some_and(|header| header.find(name).is_some())
    };
    if has(TIME) && has(GYRO[0]) && has(ACCEL[0]) {
        Detected::Recording
    } else if has(TIME) && has("recording id") {
        Detected::Companion
    } else {
        Detected::No
    }
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let header = read_header(&mut lines)?;
    let time = header.find(TIME).ok_or(ReadError::NoRate)?;
    let mut columns = SensorColumns {
        name: "head".to_owned(),
        time: Some(time),
        quaternion: four(&header, QUATERNION),
        gyro: triple(&header, GYRO, std::f64::consts::PI / 180.0),
        accel: triple(&header, ACCEL, STANDARD_GRAVITY_M_S2),
        ..SensorColumns::default()
    };
    if !columns.has_orientation() {
        return Err(no_orientation(&header));
    }
    if lines.advance()? {
        columns.quaternion = columns.quaternion.filter(|q| filled(lines.line(), q));
        lines.again();
    }
    let table = header.read(&mut lines, &columns.wanted(), warnings)?;
    let time_s = table.column(time).iter().map(|ns| ns / 1e9).collect();
    let sensor = columns.samples(&table, time_s, options);
    Ok(Recording::of_one(sensor))
}

/// A row has something in each of these columns.
fn filled(line: &[u8], columns: &[usize]) -> bool {
    let cells: Vec<&[u8]> = line.split(|&byte| byte == b',').collect();
    let full = |column: &usize| cells.get(*column).is_some_and(|cell| !is_blank(cell));
    columns.iter().all(full)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    const FIRST: &str = "section id,recording id,timestamp [ns],gyro x [deg/s],gyro y [deg/s],\
                         gyro z [deg/s],acceleration x [g],acceleration y [g],acceleration z [g],\
                         roll [deg],pitch [deg],yaw [deg],\
                         quaternion w,quaternion x,quaternion y,quaternion z\n";

    fn read_text(rows: &str) -> (Recording, Warnings) {
        let text = format!("{FIRST}{rows}");
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap()
    }

    #[test]
    fn without_a_magnetometer_there_is_no_quaternion() {
        let (read, warnings) = read_text(
            "a,b,1629390345499163431,180,0,0,0,-1,0,0,0,,,,,\n\
             a,b,1629390345504103431,180,0,0,0,-1,0,0,0,,,,,\n",
        );
        let sensor = &read.sensors[0];
        assert!(sensor.earth_from_sensor.is_none());
        assert_relative_eq!(sensor.time_s[1] - sensor.time_s[0], 0.00494, epsilon = 1e-6);
        assert_relative_eq!(
            sensor.gyro_rad_s.as_ref().unwrap()[0].x,
            std::f64::consts::PI
        );
        assert_relative_eq!(sensor.accel_m_s2.as_ref().unwrap()[0].y, -9.806_65);
        assert_eq!(warnings.count(crate::warning::Warning::MissingValue), 0);
    }

    #[test]
    fn neon_has_one() {
        let (read, _) = read_text("a,b,1700000000000000000,0,0,0,0,0,1,0,0,5,1,0,0,0\n");
        let q = read.sensors[0].earth_from_sensor.as_ref().unwrap()[0];
        assert_relative_eq!(q.w, 1.0);
    }
}
