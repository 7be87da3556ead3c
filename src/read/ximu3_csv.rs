//! x-io x-IMU3: a folder of CSV files a device.
//!
//! The folder `<Name> <serial> (<interface>)` holds one file a kind of message: `Quaternion.csv`
//! (`Timestamp (us),W,X,Y,Z`; older software `W Element` …), `Inertial.csv` (gyroscope deg/s,
//! accelerometer g), others, and `Command.json` with the device's name and the time of day.
//! Timestamps are microseconds of the device, and each device has its own clock. The kinds have different rates and different first
//! timestamps, so inertial values are interpolated onto the times of the quaternions, never across
//! more than 100 ms. The quaternion is w first, sensor to earth, Z up. The magnetometer has arbitrary
//! units and is not used.

use nalgebra::Vector3;

use super::channels::{SensorColumns, four, no_orientation, triple};
use super::header::{Delimiter, Header};
use super::lines::Lines;
use super::streams::interpolated;
use super::together::folder_a_sensor;
use super::{Detected, Format, Neighbours, ReadError, ReadOptions, Source};
use crate::sample::{About, Recording, SensorSamples};
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "ximu3-csv",
    title: "x-io x-IMU3 (folder of CSV files)",
    extensions: &["csv"],
    gives: "quaternion, gyroscope, accelerometer",
    checked: "3 real folders of 2 software generations",
    detect,
    together: |path| folder_a_sensor(path, is_device),
    read,
};

/// Gyroscope and accelerometer, beside the quaternions or alone.
const INERTIAL: &str = "Inertial.csv";
const TIME: &str = "Timestamp (us)";
/// No command file is longer.
const MAX_COMMANDS: u64 = 1024 * 1024;

fn detect(bytes: &[u8]) -> Detected {
    if !bytes.starts_with(b"Timestamp (us),") {
        return Detected::No;
    }
    let line = bytes
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let header = Header::new(line, Delimiter::Byte(b','));
    if quaternion(&header).is_some() {
        Detected::Recording
    } else if header.find("Gyroscope X (deg/s)").is_some() {
        Detected::Lesser
    } else {
        Detected::Companion
    }
}

/// A folder's name as the software makes it: `Head 0123ABCD (USB)`.
fn is_device(folder: &str) -> bool {
    let inner = folder
        .strip_suffix(')')
        .and_then(|name| name.rsplit_once(" ("));
    let serial = inner.and_then(|(name, _interface)| name.rsplit(' ').next());
    serial.is_some_and(|serial| serial.len() == 8 && serial.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn quaternion(header: &Header) -> Option<[usize; 4]> {
    four(header, ["W", "X", "Y", "Z"])
        .or_else(|| four(header, ["W Element", "X Element", "Y Element", "Z Element"]))
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let mut sensor = messages(&mut lines, options, warnings)?;
    if sensor.gyro_rad_s.is_none()
        && let Some(mut reader) = source.neighbours.open(INERTIAL)?
    {
        let inertial = messages(&mut Lines::new(&mut *reader), options, warnings)?;
        let onto = |values: &Option<Vec<Vector3<f64>>>| {
            values
                .as_ref()
                .map(|values| interpolated(&inertial.time_s, values, &sensor.time_s))
        };
        (sensor.gyro_rad_s, sensor.accel_m_s2) =
            (onto(&inertial.gyro_rad_s), onto(&inertial.accel_m_s2));
    }
    let mut about = About::default();
    if let Some(commands) = commands(source.neighbours) {
        sensor.name = device_name(&commands).unwrap_or_default();
        about.date = date(&commands);
    }
    Ok(Recording {
        sensors: vec![sensor],
        about,
        ..Recording::default()
    })
}

/// One file of messages: quaternions, or gyroscope and accelerometer.
fn messages(
    lines: &mut Lines<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<SensorSamples, ReadError> {
    if !lines.advance()? {
        return Err(ReadError::Empty);
    }
    let header = Header::new(lines.line(), Delimiter::Byte(b','));
    let named = |kind: &str, unit: &str| {
        let names = ["X", "Y", "Z"].map(|axis| format!("{kind} {axis} ({unit})"));
        let scale = if unit == "g" {
            STANDARD_GRAVITY_M_S2
        } else {
            std::f64::consts::PI / 180.0
        };
        triple(&header, names.each_ref().map(String::as_str), scale)
    };
    let columns = SensorColumns {
        time: header.find(TIME),
        quaternion: quaternion(&header),
        gyro: named("Gyroscope", "deg/s"),
        accel: named("Accelerometer", "g"),
        ..SensorColumns::default()
    };
    let (Some(time), true) = (columns.time, columns.has_orientation()) else {
        return Err(no_orientation(&header));
    };
    let table = header.read(lines, &columns.wanted(), warnings)?;
    let time_s = table
        .column(time)
        .iter()
        .map(|microseconds| microseconds / 1e6)
        .collect();
    Ok(columns.samples(&table, time_s, options))
}

/// The messages of `Command.json`; a missing or broken one is no loss.
fn commands(neighbours: Neighbours<'_>) -> Option<serde_json::Value> {
    let reader = neighbours.open("Command.json").ok()??;
    serde_json::from_reader(std::io::Read::take(reader, MAX_COMMANDS)).ok()
}

fn device_name(commands: &serde_json::Value) -> Option<String> {
    let mut pings = commands
        .as_array()?
        .iter()
        .filter_map(|message| message.get("ping"));
    let name = |ping: &serde_json::Value| {
        ping.get("name")
            .or_else(|| ping.get("deviceName"))?
            .as_str()
            .map(str::to_owned)
    };
    pings.find_map(name)
}

/// The day, unless the clock was never set.
fn date(commands: &serde_json::Value) -> Option<String> {
    let mut times = commands
        .as_array()?
        .iter()
        .filter_map(|message| message.get("time")?.as_str());
    let day = times.next()?.get(..10)?;
    (day > "2010").then(|| day.to_owned())
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::neighbours::InMemory;

    fn read_folder(main: &str, others: &'static [(&str, &str)]) -> Recording {
        let files = InMemory(others);
        let mut reader = main.as_bytes();
        let mut source = Source {
            reader: &mut reader,
            name: "Quaternion.csv",
            neighbours: Neighbours::new(&files, "Quaternion.csv"),
        };
        read(
            &mut source,
            &ReadOptions::default(),
            &mut Warnings::default(),
        )
        .unwrap()
    }

    #[test]
    fn inertial_values_are_brought_to_the_times_of_quaternions() {
        let recording = read_folder(
            "Timestamp (us),W Element,X Element,Y Element,Z Element\n\
             1000000,1,0,0,0\n1010000,1,0,0,0\n1500000,1,0,0,0\n",
            &[
                (
                    INERTIAL,
                    "Timestamp (us),Gyroscope X (deg/s),Gyroscope Y (deg/s),Gyroscope Z (deg/s),\
                     Accelerometer X (g),Accelerometer Y (g),Accelerometer Z (g)\n\
                     1000000,0,0,0,0,0,1\n1020000,180,0,0,0,0,1\n2000000,0,0,0,0,0,1\n",
                ),
                (
                    "Command.json",
                    r#"[{"ping":{"name":"Head"}},{"time":"2023-09-16 02:06:25"}]"#,
                ),
            ],
        );
        let sensor = &recording.sensors[0];
        let gyro = sensor.gyro_rad_s.as_ref().unwrap();
        assert_relative_eq!(gyro[1].x, std::f64::consts::FRAC_PI_2, epsilon = 1e-9);
        assert!(gyro[2].x.is_nan(), "across a gap");
        assert_relative_eq!(sensor.accel_m_s2.as_ref().unwrap()[0].z, 9.806_65);
        assert_eq!(
            (sensor.name.as_str(), recording.about.date.as_deref()),
            ("Head", Some("2023-09-16"))
        );
    }

    #[test]
    fn other_messages_are_companions() {
        assert_eq!(detect(b"Timestamp (us),W,X,Y,Z\n"), Detected::Recording);
        assert_eq!(
            detect(b"Timestamp (us),Temperature (degC)\n"),
            Detected::Companion
        );
        assert_eq!(detect(b"Time (s),W,X,Y,Z\n"), Detected::No);
    }
}
