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

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use super::channels::{SensorColumns, Triple, even_times, vectors};
use super::device_motion::Split;
use super::euler::off_deg;
use super::header::{Delimiter, Header};
use super::lines::Lines;
use super::streams::{epoch_s, spread_repeats};
use super::table::{Cell, Table};
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Sequence, Source};
use crate::sample::{Recording, SensorSamples, median_step};
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
/// Rates that headphones, phones and watches are asked for.
const USUAL_HZ: [f64; 4] = [25.0, 50.0, 60.0, 100.0];
/// No step between two samples is so long: times are in a smaller unit.
const LONGEST_STEP_S: f64 = 2.0;

/// Names of columns, as [`plain`] leaves them; those of an axis without the axis.
const TIMES: [&str; 15] = [
    "motiontimestampsincereboot",
    "trelsec",
    "elapsedtime",
    "relativetime",
    "timestamp",
    "timestamps",
    "timestampms",
    "times",
    "time",
    "tms",
    "t",
    "epochs",
    "datetime",
    "date",
    "loggingtime",
];
const QUATERNIONS: [&str; 6] = [
    "quaternion",
    "motionquaternion",
    "attitudequaternion",
    "attitudeq",
    "attitude",
    "quat",
];
const ANGLES: [&str; 5] = ["attitude", "motion", "orientation", "euler", ""];
const GYRO: [&str; 6] = [
    "rotationrate",
    "motionrotationrate",
    "rotation",
    "rotrate",
    "rot",
    "gyro",
];
/// Acceleration without gravity.
const REST: [&str; 7] = [
    "useracceleration",
    "useraccel",
    "useracc",
    "motionuseracceleration",
    "acceleration",
    "accel",
    "acc",
];
const GRAVITY: [&str; 5] = [
    "gravity",
    "motiongravity",
    "gravitationalacceleration",
    "gravityaccel",
    "grav",
];
const XYZ: [&str; 3] = ["x", "y", "z"];

fn detect(bytes: &[u8]) -> Detected {
    let mut lines = bytes.split(|&byte| byte == b'\n').take(HEADER_LINES);
    Detected::recording_if(lines.any(|line| columns_of(line.trim_ascii_end()).is_some()))
}

/// Where things stand.
#[derive(Debug)]
struct Columns {
    header: Header,
    time: Option<usize>,
    quaternion: Option<[usize; 4]>,
    /// Yaw, pitch, roll.
    angles: Option<[usize; 3]>,
    gyro: Option<[usize; 3]>,
    rest: Option<[usize; 3]>,
    gravity: Option<[usize; 3]>,
}

/// The columns of a header line of this kind.
fn columns_of(line: &[u8]) -> Option<Columns> {
    if line.len() < 20 || line.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let header = Header::new(line, Delimiter::guess(line));
    let names: Vec<String> = header.names.iter().map(|name| plain(name)).collect();
    let find = |wanted: &str| names.iter().position(|name| name == wanted);
    if find("secondselapsed").is_some() {
        return None;
    }
    let three = |starts: &[&str], ends: [&str; 3]| {
        let one = |start: &&str| {
            let [a, b, c] = ends.map(|end| find(&format!("{start}{end}")));
            Some([a?, b?, c?])
        };
        starts.iter().find_map(one)
    };
    let four = |start: &&str| {
        let [w, x, y, z] = ["w", "x", "y", "z"].map(|end| find(&format!("{start}{end}")));
        Some([w?, x?, y?, z?])
    };
    let columns = Columns {
        time: TIMES.iter().find_map(|name| find(name)),
        quaternion: QUATERNIONS.iter().find_map(four),
        angles: three(&ANGLES, ["yaw", "pitch", "roll"]),
        gyro: three(&GYRO, XYZ),
        rest: three(&REST, XYZ),
        gravity: three(&GRAVITY, XYZ),
        header,
    };
    let attitude = find("attitudepitch").is_some() && columns.angles.is_some();
    let oriented = columns.quaternion.is_some() || columns.angles.is_some();
    let split = columns.rest.is_some() && columns.gravity.is_some();
    let any = columns.rest.is_some() || columns.gravity.is_some() || columns.gyro.is_some();
    ((oriented && split) || (attitude && any)).then_some(columns)
}

/// A name without its unit, of small letters and digits only.
fn plain(name: &str) -> String {
    let name = name.split('(').next().unwrap_or_default();
    let kept = name.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|c| c.to_ascii_lowercase()).collect()
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
    Ok(Recording {
        sensors: vec![sensor],
        ..Recording::default()
    })
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

/// Seconds; see the traps above.
fn times(
    written: Option<&[f64]>,
    sensor: &SensorSamples,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Vec<f64>, ReadError> {
    let rows = sensor.len();
    if let Some(written) = written
        && let Some(mut times_s) = seconds(written, options)
    {
        if are_whole_seconds(&times_s) {
            return Ok(within_seconds(&times_s, sensor, options, warnings));
        }
        let moved = spread_repeats(&mut times_s);
        warnings.add_many(Warning::RateAssumed, moved, || {
            "samples with the time of the one before; spread evenly up to the next".to_owned()
        });
        return Ok(times_s);
    }
    if let Some(rate_hz) = options.rate_hz {
        return Ok(even_times(rows, rate_hz));
    }
    let rate_hz = usual(rate_of_turning(sensor).ok_or(ReadError::NoRate)?);
    warnings.add(Warning::RateAssumed, || {
        format!("no times; from the gyroscope, {rate_hz} samples a second")
    });
    Ok(even_times(rows, rate_hz))
}

/// Times in seconds, whatever they count; `None` when they do not rise.
fn seconds(written: &[f64], options: &ReadOptions) -> Option<Vec<f64>> {
    let unit_s = options.time_unit_s;
    let one = |&value: &f64| unit_s.map_or_else(|| epoch_s(value), |unit_s| value * unit_s);
    let mut times_s: Vec<f64> = written.iter().map(one).collect();
    let mut step = median_step(&times_s)?;
    while unit_s.is_none() && step > LONGEST_STEP_S {
        for time_s in &mut times_s {
            *time_s /= 1000.0;
        }
        step /= 1000.0;
    }
    Some(times_s)
}

fn are_whole_seconds(times_s: &[f64]) -> bool {
    let whole = times_s
        .iter()
        .all(|time| time.fract().abs() < f64::EPSILON || time.is_nan());
    let repeated = |pair: &&[f64]| pair[0].total_cmp(&pair[1]).is_eq();
    let repeats = times_s.windows(2).filter(repeated).count();
    whole && repeats * 2 > times_s.len()
}

/// Even times within whole seconds, anew where rows are missing.
fn within_seconds(
    whole_s: &[f64],
    sensor: &SensorSamples,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Vec<f64> {
    let counts: Vec<usize> = whole_s
        .chunk_by(|one, other| one.total_cmp(other).is_eq())
        .map(<[f64]>::len)
        .collect();
    let rate_hz = options
        .rate_hz
        .unwrap_or_else(|| rate_of_counts(&counts, sensor));
    warnings.add(Warning::RateAssumed, || {
        format!("times of one second only; taken as {rate_hz} samples a second")
    });
    let step_s = 1.0 / rate_hz;
    let first = counts.first().copied().unwrap_or_default() as f64;
    let start = whole_s.first().copied().unwrap_or_default();
    let mut time_s = start + (1.0 - (first + 0.5) * step_s).max(-step_s);
    let mut next = |&second: &f64| {
        let least_s = 0.1f64.mul_add(step_s, time_s);
        time_s += step_s;
        if second.is_finite() && (time_s < second - 0.5 || time_s > second + 1.5) {
            time_s = second.max(least_s);
        }
        time_s
    };
    whole_s.iter().map(&mut next).collect()
}

/// Samples a second, from the rows of each second. The first and the last second are not whole; where
/// there are no others the gyroscope tells, or the rate is the least usual one that has so many.
fn rate_of_counts(counts: &[usize], sensor: &SensorSamples) -> f64 {
    let whole = counts.get(1..counts.len().saturating_sub(1));
    let mut whole = whole.unwrap_or_default().to_vec();
    if whole.is_empty() {
        let most = counts.iter().copied().max().unwrap_or(1) as f64;
        let enough = |rate_hz: &f64| *rate_hz >= 0.9 * most;
        let of_turning = rate_of_turning(sensor).map(usual).filter(enough);
        let least = || USUAL_HZ.iter().copied().find(enough).unwrap_or(most);
        return of_turning.unwrap_or_else(least);
    }
    let middle = whole.len() / 2;
    usual(*whole.select_nth_unstable(middle).1 as f64)
}

/// The usual rate near this one, or this one.
fn usual(rate_hz: f64) -> f64 {
    let near = |usual: &&f64| (rate_hz / **usual - 1.0).abs() < 0.15;
    USUAL_HZ.iter().find(near).copied().unwrap_or(rate_hz)
}

/// Samples a second at which the orientation turns as fast as the gyroscope says.
fn rate_of_turning(sensor: &SensorSamples) -> Option<f64> {
    let quaternions = sensor.earth_from_sensor.as_ref()?;
    let gyro = sensor.gyro_rad_s.as_ref()?;
    let (mut turned, mut told) = (0.0, 0.0);
    for (pair, gyro) in quaternions.windows(2).zip(gyro) {
        let [one, other] = [pair[0], pair[1]].map(|q| UnitQuaternion::try_new(q, 1e-6));
        let angle = one
            .zip(other)
            .map_or(f64::NAN, |(one, other)| one.angle_to(&other));
        if angle.is_finite() && gyro.norm().is_finite() && angle < 0.5 {
            turned += angle;
            told += gyro.norm();
        }
    }
    let rate_hz = told / turned;
    (1.0..1000.0).contains(&rate_hz).then_some(rate_hz)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

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
