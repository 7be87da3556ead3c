//! Sensor Logger, an app for phones: a folder or ZIP archive with a CSV file a sensor.
//!
//! Columns stand in any order; `time` is a count of nanoseconds since 1970, or a date and time in a
//! file that was saved again, and `seconds_elapsed` counts from the start of the recording.
//! `Headphone.csv` holds what earphones give: quaternion, `rotationRateX` … rad/s, `accelerationX` … in
//! g without gravity, `gravityX` … in m/s². `WristMotion.csv` of a watch is alike, with gravity in g. The
//! phone's own are `Orientation.csv` (`qx`, `qy`, `qz`, `qw`; the first row may be zeros) and, as `x`,
//! `y`, `z`, `Gyroscope.csv`, `TotalAcceleration.csv` or `Accelerometer.csv` (without gravity) and
//! `Gravity.csv`; those only their names tell apart. They have times of their own and are brought to
//! those of the quaternions. All quaternions are sensor to earth, Z up; without them angles are
//! `Rz(yaw) Rx(pitch) Ry(roll)`, radians. Phones of Apple give acceleration with the opposite sign
//! unless the app was told to standardise. The quaternion of headphones jumps during the first 0.2 s.

use nalgebra::{Quaternion, Vector3};

use super::channels::{Angles, SensorColumns, four, no_orientation, triple, vectors};
use super::device_motion::{Split, points_down, to_m_s2};
use super::header::{Delimiter, Header, split_lines};
use super::lines::Lines;
use super::neighbours::{joined, last, parent};
use super::streams::{Stream, epoch_s};
use super::table::{Cell, Table};
use super::together::{Part, alone};
use super::{AngleUnit, Detected, Format, Neighbours, ReadError, ReadOptions, Sequence, Source};
use crate::sample::{Clock, Recording, SensorPlace, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "sensor-logger",
    title: "Sensor Logger app: headphones, phone, watch (CSV, folder, ZIP)",
    extensions: &["csv", "zip"],
    gives: "quaternion, gyroscope, accelerometer",
    checked: "from documentation and the description of 10 real files",
    detect,
    together,
    read,
};

const HEADPHONE: &str = "headphone";
const WATCH: &str = "watch";
const PHONE: &str = "phone";

fn detect(bytes: &[u8]) -> Detected {
    let line = split_lines(bytes).next();
    let header = header(line.unwrap_or_default());
    let names = ["version", "device name", "recording epoch time"];
    if names.iter().all(|name| header.find(name).is_some()) {
        return Detected::Companion;
    }
    if header.find("time").is_none() || header.find("seconds_elapsed").is_none() {
        return Detected::No;
    }
    if quaternion(&header).is_some() || angles(&header).is_some() {
        Detected::Recording
    } else if xyz(&header).is_some() || header.find("rotationRateX").is_some() {
        Detected::Lesser
    } else {
        Detected::Companion
    }
}

fn header(line: &[u8]) -> Header {
    Header::new(line, Delimiter::guess(line))
}

fn together(path: &str) -> Part {
    match sensor_of(last(path)) {
        Some(sensor) => Part {
            sensor: joined(parent(path), sensor),
            recording: parent(path).to_owned(),
        },
        None => alone(path),
    }
}

/// The sensor that a file of this name is of, as the app names its files.
fn sensor_of(name: &str) -> Option<&'static str> {
    const OF_PHONE: [&str; 13] = [
        "orientation",
        "accelerometer",
        "totalacceleration",
        "gravity",
        "gyroscope",
        "magnetometer",
        "accelerometeruncalibrated",
        "gyroscopeuncalibrated",
        "magnetometeruncalibrated",
        "compass",
        "barometer",
        "metadata",
        "annotation",
    ];
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.to_ascii_lowercase();
    if stem == "headphone" {
        Some(HEADPHONE)
    } else if stem == "wristmotion" || stem.starts_with("watch") {
        Some(WATCH)
    } else {
        OF_PHONE.contains(&stem.as_str()).then_some(PHONE)
    }
}

fn quaternion(header: &Header) -> Option<[usize; 4]> {
    let long = ["quaternionW", "quaternionX", "quaternionY", "quaternionZ"];
    four(header, long).or_else(|| four(header, ["qw", "qx", "qy", "qz"]))
}

/// Yaw, pitch and roll.
fn angles(header: &Header) -> Option<Angles> {
    let found = triple(header, ["yaw", "pitch", "roll"], 1.0)?;
    Some(Angles {
        columns: found.columns,
        sequence: Sequence::ZXY,
        unit: AngleUnit::Rad,
    })
}

fn xyz(header: &Header) -> Option<[usize; 3]> {
    triple(header, ["x", "y", "z"], 1.0).map(|xyz| xyz.columns)
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    if !lines.advance()? {
        return Err(ReadError::Empty);
    }
    let header = header(lines.line());
    let device = sensor_of(last(source.neighbours.path()));
    let mut sensor = if quaternion(&header).is_some() || angles(&header).is_some() {
        motion(header, &mut lines, options, warnings)?
    } else {
        gyroscope(source.neighbours, &header, warnings)?
    };
    if device == Some(PHONE) {
        add_phone(&mut sensor, source.neighbours, warnings);
    }
    device.unwrap_or_default().clone_into(&mut sensor.name);
    sensor.place = (device == Some(HEADPHONE)).then_some(SensorPlace::Head);
    Ok(Recording::of_one(sensor))
}

/// A file with orientation, and rotation rate, acceleration and gravity if it has them.
fn motion(
    mut header: Header,
    lines: &mut Lines<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<SensorSamples, ReadError> {
    let vector = |name: &str| {
        let names = ["X", "Y", "Z"].map(|axis| format!("{name}{axis}"));
        triple(&header, names.each_ref().map(String::as_str), 1.0)
    };
    let (rest, gravity) = (vector("acceleration"), vector("gravity"));
    // Phones that are not Apple's have angles of another convention beside the quaternion.
    let compared = quaternion(&header).is_none() || gravity.is_some();
    let columns = SensorColumns {
        quaternion: quaternion(&header),
        angles: angles(&header).filter(|_| compared),
        gyro: vector("rotationRate"),
        ..SensorColumns::default()
    };
    let mut wanted = columns.wanted();
    wanted.extend(times(&mut header));
    let split = [rest, gravity].into_iter().flatten();
    wanted.extend(split.flat_map(|triple| triple.columns));
    let table = header.read(lines, &wanted, warnings)?;
    let (time_s, clock) = time_s(&header, &table);
    let mut sensor = columns.samples(&table, time_s, options);
    sensor.clock = clock;
    let zeros = sensor.earth_from_sensor.iter_mut().flatten();
    for q in zeros.filter(|q| q.norm() == 0.0) {
        *q = Quaternion::from([f64::NAN; 4]);
        warnings.add(Warning::ZeroQuaternion, || {
            "a quaternion of zeros, as the first row may have; left out".to_owned()
        });
    }
    if let (Some(rest), Some(gravity)) = (rest, gravity) {
        let (rest, gravity) = (vectors(&table, rest), vectors(&table, gravity));
        let split = Split {
            rest: &rest,
            gravity: &gravity,
        };
        let force = split.specific_force(sensor.earth_from_sensor.as_deref());
        sensor.accel_m_s2 = Some(force);
    }
    Ok(sensor)
}

/// The columns of time, whose cells are numbers or moments.
fn times(header: &mut Header) -> Vec<usize> {
    let found = [header.find("seconds_elapsed"), header.find("time")];
    if let Some(time) = found[1] {
        header.set_cell(time, Cell::Moment);
    }
    found.into_iter().flatten().collect()
}

/// Seconds since 1970: the start of the recording, and the seconds since. Those files of a recording
/// that tell both keep one time.
fn time_s(header: &Header, table: &Table) -> (Vec<f64>, Clock) {
    let column = |name: &str| {
        header
            .find(name)
            .map_or(&[][..], |index| table.column(index))
    };
    let (elapsed, time) = (column("seconds_elapsed"), column("time"));
    if !elapsed.iter().any(|value| value.is_finite()) {
        let time_s = time.iter().map(|&count| epoch_s(count)).collect();
        return (time_s, Clock::Synchronised);
    }
    let offsets = elapsed
        .iter()
        .zip(time)
        .map(|(elapsed, &count)| epoch_s(count) - elapsed);
    let start = offsets.into_iter().find(|start| *start > 1e8);
    let times = elapsed.iter().map(|value| value + start.unwrap_or(0.0));
    let clock = start.map_or(Clock::Own, |_| Clock::Synchronised);
    (times.collect(), clock)
}

/// The phone's gyroscope, when there is no quaternion to read.
fn gyroscope(
    neighbours: Neighbours<'_>,
    header: &Header,
    warnings: &mut Warnings,
) -> Result<SensorSamples, ReadError> {
    let gyro = stream(neighbours, "Gyroscope.csv", warnings)
        .or_else(|| stream(neighbours, "GyroscopeUncalibrated.csv", warnings));
    let (Some(gyro), Some(_)) = (gyro, accelerometer(neighbours, None, warnings)) else {
        return Err(no_orientation(header));
    };
    Ok(SensorSamples {
        clock: Clock::Synchronised,
        time_s: gyro.time_s,
        gyro_rad_s: Some(gyro.values),
        ..SensorSamples::default()
    })
}

/// Gyroscope and accelerometer of the phone, at the times of the sensor.
fn add_phone(sensor: &mut SensorSamples, neighbours: Neighbours<'_>, warnings: &mut Warnings) {
    if sensor.gyro_rad_s.is_none() {
        let gyro = stream(neighbours, "Gyroscope.csv", warnings);
        sensor.gyro_rad_s = gyro.map(|gyro| gyro.at(&sensor.time_s));
    }
    if let Some(accel) = accelerometer(neighbours, Some(sensor), warnings) {
        sensor.accel_m_s2 = Some(accel.at(&sensor.time_s));
    }
}

/// Specific force: measured as a whole, or put together. What tells its sign is the quaternion, else
/// the platform that the metadata name.
fn accelerometer(
    neighbours: Neighbours<'_>,
    sensor: Option<&SensorSamples>,
    warnings: &mut Warnings,
) -> Option<Stream> {
    let mut open = |name: &str| stream(neighbours, name, warnings);
    let mut whole = open("TotalAcceleration.csv");
    if whole.is_none()
        && let Some(mut gravity) = open("Gravity.csv")
        && let Some(rest) = open("Accelerometer.csv")
    {
        let rest = rest.at(&gravity.time_s);
        for (gravity, rest) in gravity.values.iter_mut().zip(rest) {
            *gravity += rest;
        }
        whole = Some(gravity);
    }
    let mut whole = whole.or_else(|| open("AccelerometerUncalibrated.csv"))?;
    let quaternions = sensor.and_then(|sensor| sensor.earth_from_sensor.as_deref());
    let at = |sensor: &SensorSamples| whole.at(&sensor.time_s);
    let there = sensor.map_or_else(Vec::new, at);
    let down = points_down(&there, quaternions).unwrap_or_else(|| is_apple(neighbours));
    let scale = to_m_s2(&whole.values) * if down { -1.0 } else { 1.0 };
    whole.values.iter_mut().for_each(|value| *value *= scale);
    Some(whole)
}

/// The metadata say that signs are those of Apple.
fn is_apple(neighbours: Neighbours<'_>) -> bool {
    let Ok(Some(mut reader)) = neighbours.open("Metadata.csv") else {
        return false;
    };
    let mut lines = Lines::new(&mut *reader);
    let mut next = || lines.advance().ok()?.then(|| header(lines.line()));
    let (Some(names), Some(values)) = (next(), next()) else {
        return false;
    };
    let value = |name: &str| {
        let value = names.find(name).and_then(|at| values.names.get(at));
        value.map_or("", String::as_str)
    };
    value("platform").eq_ignore_ascii_case("ios")
        && !value("standardisation").eq_ignore_ascii_case("true")
}

/// A file of `x`, `y`, `z` beside; a missing or broken one is no loss.
fn stream(neighbours: Neighbours<'_>, name: &str, warnings: &mut Warnings) -> Option<Stream> {
    let mut reader = neighbours.open(name).ok()??;
    let mut lines = Lines::new(&mut *reader);
    lines.advance().ok()?.then_some(())?;
    let mut header = header(lines.line());
    let columns = xyz(&header)?;
    let mut wanted = times(&mut header);
    wanted.extend(columns);
    let table = header.read(&mut lines, &wanted, warnings).ok()?;
    let (time_s, _clock) = time_s(&header, &table);
    let values: Vec<Vector3<f64>> = vectors(&table, triple(&header, ["x", "y", "z"], 1.0)?);
    Some(Stream { time_s, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_bytes;

    fn read_text(text: &str) -> Result<SensorSamples, ReadError> {
        let (recording, _) = read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default())?;
        Ok(recording.sensors[0].clone())
    }

    #[test]
    fn columns_go_by_name_and_times_count_from_1970() {
        let sensor = read_text(
            "seconds_elapsed,quaternionZ,quaternionW,time,quaternionY,quaternionX,devicelocation\n\
             0.5,0.4,0.1,1700000000500000000,0.3,0.2,left\n\
             0.54,0.4,0.1,1700000000540000000,0.3,0.2,left\n",
        )
        .unwrap();
        let q = sensor.earth_from_sensor.unwrap()[0];
        assert_eq!((q.w, q.i, q.j, q.k), (0.1, 0.2, 0.3, 0.4));
        assert!((sensor.time_s[1] - 1_700_000_000.54).abs() < 1e-6);
        assert_eq!(sensor.clock, Clock::Synchronised);
    }

    #[test]
    fn headphones_give_g_and_gravity_that_points_down() {
        let sensor = read_text(
            "time,seconds_elapsed,accelerationX,accelerationY,accelerationZ,gravityX,gravityY,gravityZ,\
             quaternionW,quaternionX,quaternionY,quaternionZ\n\
             2025-04-30 00:43:09.836305000,0,0.1,0,0,0,0,-9.80665,1,0,0,0\n",
        )
        .unwrap();
        let accel = sensor.accel_m_s2.unwrap()[0];
        assert!((accel - Vector3::new(-0.980_665, 0.0, 9.80665)).norm() < 1e-9);
        assert!((sensor.time_s[0] - 1_745_973_789.836_305).abs() < 1e-6);
    }

    #[test]
    fn angles_alone_are_an_orientation() {
        let sensor =
            read_text("time,seconds_elapsed,pitch,roll,yaw\n1,1,0.1,0.2,0.3\n2,2,0,0,0\n").unwrap();
        let expected = Sequence::ZXY.quaternion([0.3, 0.1, 0.2]);
        assert_eq!(sensor.earth_from_sensor.unwrap()[0], expected);
        assert_eq!((sensor.time_s[0], sensor.clock), (1.0, Clock::Own));
    }

    #[test]
    fn vectors_and_other_files_are_not_read_by_themselves() {
        let xyz = "time,seconds_elapsed,z,y,x\n1,1,1,2,3\n";
        assert_eq!(detect(xyz.as_bytes()), Detected::Lesser);
        assert!(matches!(
            read_text(xyz),
            Err(ReadError::NoOrientation { .. })
        ));
        assert_eq!(detect(b"time,seconds_elapsed,text\n"), Detected::Companion);
        assert_eq!(detect(b"time,x,y,z\n"), Detected::No);
    }

    #[test]
    fn files_go_by_the_names_that_the_app_gives() {
        let part = together("a/Gravity.csv");
        assert_eq!(
            (part.sensor.as_str(), part.recording.as_str()),
            ("a/phone", "a")
        );
        assert_eq!(together("a/Headphone.csv").sensor, "a/headphone");
        assert_eq!(together("a/neck_1.csv"), alone("a/neck_1.csv"));
    }
}
