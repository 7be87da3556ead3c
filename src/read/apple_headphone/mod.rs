//! What small programs write of Apple's device motion, from headphones most of all.
//!
//! Each has its own names for the same things: a quaternion (w last as often as first) or the angles of
//! the attitude, `Rz(yaw) Rx(pitch) Ry(roll)`, radians or degrees; rotation rate, rad/s; gravity and user
//! acceleration, g, both against specific force. Known are `timestamp,attitude_roll … quaternion_x …
//! user_acceleration_z`, `QuaternionX … GravitationalAccelerationX … RotationX`, `motionQuaternionX(R) …`
//! and their likes; a file must name an orientation, gravity and acceleration without it, or an
//! `attitude` and one of the others.
//!
//! Traps: times of one second each (the rate is then taken from the rows in a second), no times at all
//! (then from how fast the orientation turns at the rates told), and an attitude counted from the pose at
//! the start. The last shows when gravity stays in one direction that is not down: the whole
//! orientation is tilted back.

mod columns;
mod times;

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use self::columns::{Columns, columns_of};
use self::times::times;
use crate::read::channels::{SensorColumns, Triple, vectors};
use crate::read::device_motion::Split;
use crate::read::euler::off_deg;
use crate::read::header::split_lines;
use crate::read::lines::Lines;
use crate::read::table::{Cell, Table};
use crate::read::together::alone;
use crate::read::{Detected, Format, ReadError, ReadOptions, Sequence, Source};
use crate::sample::{Recording, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "apple-headphone",
    title: "Device motion of Apple headphones, phones and watches (CSV)",
    extensions: &["csv"],
    gives: "quaternion or angles, gyroscope, accelerometer",
    checked: "from documentation",
    detect,
    together: alone,
    read,
};

/// The header is among the first lines, after comments.
const HEADER_LINES: usize = 60;
fn detect(bytes: &[u8]) -> Detected {
    let mut lines = split_lines(bytes).take(HEADER_LINES);
    Detected::recording_if(lines.any(|line| columns_of(line.trim_ascii_end()).is_some()))
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let columns = loop {
        if !lines.advance()? || lines.number() > HEADER_LINES {
            return Err(ReadError::NoRows);
        }
        if let Some(columns) = columns_of(lines.line()) {
            break columns;
        }
    };
    let sensor = sensor(columns, &mut lines, options, warnings)?;
    Ok(Recording::of_one(sensor))
}

fn sensor(
    columns: Columns,
    lines: &mut Lines<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<SensorSamples, ReadError> {
    let Columns {
        mut header,
        time,
        quaternion,
        gyro,
        ..
    } = columns;
    let channels = SensorColumns {
        time,
        quaternion,
        gyro: gyro.map(|columns| Triple {
            columns,
            scale: 1.0,
        }),
        ..SensorColumns::default()
    };
    let mut wanted = channels.wanted();
    let vectors_of = [columns.angles, columns.rest, columns.gravity];
    wanted.extend(vectors_of.into_iter().flatten().flatten());
    header.comment = Some(b'#');
    if let Some(time) = time {
        header.set_cell(time, Cell::Moment);
    }
    let table = header.read(lines, &wanted, warnings)?;
    let mut sensor = channels.samples(&table, vec![0.0; table.rows()], options);
    if let Some(angles) = columns.angles {
        let turned = from_angles(&table, angles);
        let beside = sensor.earth_from_sensor.as_ref();
        let other = |row: usize| turned.get(row).copied().unwrap_or_default();
        sensor.angles_off_deg = beside.and_then(|found| off_deg(found, other));
        sensor.earth_from_sensor.get_or_insert(turned);
    }
    let vector = |columns| {
        vectors(
            &table,
            Triple {
                columns,
                scale: 1.0,
            },
        )
    };
    if let (Some(rest), Some(gravity)) = (columns.rest, columns.gravity) {
        let (rest, gravity) = (vector(rest), vector(gravity));
        let split = Split {
            rest: &rest,
            gravity: &gravity,
        };
        if let Some(back) = tilt_back(sensor.earth_from_sensor.as_deref(), &gravity) {
            tilt(&mut sensor, back, warnings);
        }
        sensor.accel_m_s2 = Some(split.specific_force(sensor.earth_from_sensor.as_deref()));
    }
    let written = time.map(|time| table.column(time));
    sensor.time_s = times(written, &sensor, options, warnings)?;
    Ok(sensor)
}

/// From yaw, pitch and roll, in degrees when any is too large for radians.
fn from_angles(table: &Table, columns: [usize; 3]) -> Vec<Quaternion<f64>> {
    let angles = vectors(
        table,
        Triple {
            columns,
            scale: 1.0,
        },
    );
    let is_degrees = angles.iter().any(|angles| angles.amax() > 7.0);
    let unit = if is_degrees { 1_f64.to_radians() } else { 1.0 };
    angles
        .iter()
        .map(|angles| Sequence::ZXY.quaternion((angles * unit).into()))
        .collect()
}

/// The turn that brings gravity down, when it stays in one direction of the file's earth that is
/// neither down nor up.
fn tilt_back(
    quaternions: Option<&[Quaternion<f64>]>,
    gravity: &[Vector3<f64>],
) -> Option<UnitQuaternion<f64>> {
    const SAME: f64 = 0.98;
    const VERTICAL: f64 = 0.995;
    let in_earth = |(q, gravity): (&Quaternion<f64>, &Vector3<f64>)| {
        let q = UnitQuaternion::try_new(*q, 1e-6)?;
        (q * gravity).try_normalize(1e-6)
    };
    let all: Vec<Vector3<f64>> = quaternions?
        .iter()
        .zip(gravity)
        .filter_map(in_earth)
        .collect();
    let mean = all.iter().sum::<Vector3<f64>>() / all.len().max(1) as f64;
    if mean.norm() < SAME || mean.z.abs() > VERTICAL * mean.norm() {
        return None;
    }
    UnitQuaternion::rotation_between(&mean, &-Vector3::z())
}

fn tilt(sensor: &mut SensorSamples, back: UnitQuaternion<f64>, warnings: &mut Warnings) {
    for q in sensor.earth_from_sensor.iter_mut().flatten() {
        *q = back.into_inner() * *q;
    }
    warnings.add(Warning::AccelerometerDisagrees, || {
        let angle = back.angle().to_degrees();
        format!("the attitude is counted from the first pose; tilted back by {angle:.0} degrees")
    });
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::times::{rate_of_counts, within_seconds};
    use super::*;
    use crate::read::read_bytes;

    fn opened(text: &str) -> (SensorSamples, Warnings) {
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let (mut recording, warnings) =
            read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap();
        (recording.sensors.remove(0), warnings)
    }

    #[test]
    fn whole_seconds_are_filled_at_the_rate_of_their_rows() {
        let mut text =
            "timestamp,gravity_x,gravity_y,gravity_z,quaternion_x,quaternion_y,quaternion_z,\
            quaternion_w,user_acceleration_x,user_acceleration_y,user_acceleration_z\n"
                .to_owned();
        for index in 10..110 {
            let second = index / 25;
            let row = format!("2025-08-19T10:00:0{second}Z,0,0,-1,0,0,0,1,0,0,0\n");
            text.push_str(&row);
        }
        let (sensor, warnings) = opened(&text);
        assert_eq!(warnings.count(Warning::RateAssumed), 1);
        assert!(
            sensor
                .time_s
                .windows(2)
                .all(|pair| (pair[1] - pair[0] - 0.04).abs() < 1e-6)
        );
        assert!(
            (sensor.time_s[0] % 1.0 - 0.42).abs() < 0.03,
            "{}",
            sensor.time_s[0]
        );
        let accel = sensor.accel_m_s2.unwrap()[0];
        assert!((accel.z - 9.80665).abs() < 1e-9);
    }

    #[test]
    fn seconds_at_the_ends_are_not_whole_and_times_rise() {
        let sensor = SensorSamples::default();
        for (counts, rate_hz) in [
            (&[36, 50, 9][..], 50.0),
            (&[30, 48], 50.0),
            (&[20, 12], 25.0),
            (&[3], 25.0),
        ] {
            assert_relative_eq!(rate_of_counts(counts, &sensor), rate_hz);
        }
        let seconds = [vec![7.0; 36], vec![8.0; 50], vec![9.0; 90]].concat();
        let options = ReadOptions::default();
        let times_s = within_seconds(&seconds, &sensor, &options, &mut Warnings::default());
        assert!(times_s.is_sorted_by(|one, next| one < next), "{times_s:?}");
    }

    #[test]
    fn without_times_the_rate_is_that_of_turning() {
        let mut text = "QuaternionX,QuaternionY,QuaternionZ,QuaternionW,AttitudePitch,AttitudeRoll,AttitudeYaw,\
            GravitationalAccelerationX,GravitationalAccelerationY,GravitationalAccelerationZ,\
            AccelerationX,AccelerationY,AccelerationZ,RotationX,RotationY,RotationZ\n"
            .to_owned();
        for index in 0..20 {
            let half = f64::from(index) * 0.02 / 2.0;
            let (sin, cos) = half.sin_cos();
            let row = format!("0,0,{sin},{cos},0,0,0,0,0,-1,0.1,0,0,0,0,1.0\n");
            text.push_str(&row);
        }
        let (sensor, _) = opened(&text);
        assert!((sensor.rate_hz().unwrap() - 50.0).abs() < 1e-6);
        assert!((sensor.accel_m_s2.unwrap()[0].x + 0.980_665).abs() < 1e-9);
    }

    #[test]
    fn an_attitude_from_the_first_pose_is_tilted_back() {
        let (sensor, warnings) = opened(
            "t_ms,attitude_roll,attitude_pitch,attitude_yaw,grav_x,grav_y,grav_z,acc_x,acc_y,acc_z\n\
             0,0,0,0,0,-1,0,0,0,0\n20,0,0,0,0,-1,0,0,0,0\n40,0,0,0,0,-1,0,0,0,0\n",
        );
        let q = UnitQuaternion::new_normalize(sensor.earth_from_sensor.unwrap()[1]);
        assert!((q * -Vector3::y() + Vector3::z()).norm() < 1e-9);
        assert!((sensor.time_s[1] - 0.02).abs() < 1e-12);
        assert_eq!(warnings.count(Warning::AccelerometerDisagrees), 1);
    }

    #[test]
    fn other_text_is_not_taken() {
        let others = [
            "timestamp,qx,qy,qz,qw,gyro_x,gyro_y,gyro_z\n",
            "time,seconds_elapsed,quaternionW,quaternionX,quaternionY,quaternionZ,gravityX,gravityY,gravityZ\n",
            "timestamp,pitch,roll,yaw,accel_x,accel_y,accel_z\n",
        ];
        for text in others {
            assert_eq!(detect(text.as_bytes()), Detected::No, "{text}");
        }
    }
}
