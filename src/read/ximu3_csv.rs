//! x-io x-IMU3: a folder of CSV files a device.
//!
//! The folder `<Name> <serial> (<interface>)` holds one file a kind of message: `Quaternion.csv`
//! (`Timestamp (us),W,X,Y,Z`; older software `W Element` …), `Inertial.csv` (gyroscope deg/s,
//! accelerometer g), others, and `Command.json` with the device's name and the time of day. A device
//! may be set to send its orientation otherwise: `EulerAngles.csv`, `RotationMatrix.csv`, or beside an
//! acceleration in `LinearAcceleration.csv` and `EarthAcceleration.csv`; these are read where there is
//! no `Quaternion.csv`.
//! Timestamps are microseconds of the device, and each device has its own clock. The kinds have
//! different rates and different first timestamps, so inertial values are interpolated onto the times
//! of the quaternions, never across more than 100 ms; for a fusion they stay as they are. The quaternion is w first, sensor to earth, Z up. The magnetometer has arbitrary
//! units and is not used.

use super::lines::Lines;
use super::neighbours::{last, parent};
use super::streams::one_sensor;
use super::together::folder_a_sensor;
use super::xio::{Turn, header, kind, messages};
use super::{Detected, Format, Neighbours, ReadError, ReadOptions, Source};
use crate::sample::{About, Recording, SensorSamples};
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "ximu3-csv",
    title: "x-io x-IMU3 (folder of CSV files)",
    extensions: &["csv"],
    gives: "quaternion (or matrix, or Euler angles), gyroscope, accelerometer",
    checked: "3 real folders of 2 software generations",
    detect,
    together: |path| folder_a_sensor(path, |folder| device(folder).is_some()),
    read,
};

/// Gyroscope and accelerometer, beside the quaternions or alone.
const INERTIAL: &str = "Inertial.csv";
const TIME: &str = "Timestamp (us)";
const UNIT_S: f64 = 1e-6;
/// No command file is longer.
const MAX_COMMANDS: u64 = 1024 * 1024;

fn detect(bytes: &[u8]) -> Detected {
    header(bytes, TIME).map_or(Detected::No, |header| kind(&header))
}

/// The name of the device in a folder's name as the software makes it: `Head 0123ABCD (USB)`, or
/// `Connection 0` for a device that did not answer.
fn device(folder: &str) -> Option<&str> {
    if let Some(number) = folder.strip_prefix("Connection ") {
        return number.parse::<u16>().is_ok().then_some(folder);
    }
    let (inner, _interface) = folder.strip_suffix(')')?.rsplit_once(" (")?;
    let (name, serial) = inner.rsplit_once(' ')?;
    let is_serial = serial.len() == 8 && serial.bytes().all(|b| b.is_ascii_hexdigit());
    is_serial.then_some(name)
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut sensor = read_messages(&mut Lines::new(source.reader), options, warnings)?;
    if sensor.gyro_rad_s.is_none()
        && let Some(mut reader) = source.neighbours.open(INERTIAL)?
    {
        let inertial = read_messages(&mut Lines::new(&mut *reader), options, warnings)?;
        sensor = one_sensor(sensor, inertial, options.keep);
    }
    let commands = commands(source.neighbours);
    let pinged = commands.as_ref().and_then(device_name);
    let folder = last(parent(source.neighbours.path()));
    let in_folder = || device(folder).map(str::to_owned);
    sensor.name = pinged.or_else(in_folder).unwrap_or_default();
    let about = About {
        date: commands.as_ref().and_then(date),
        ..About::default()
    };
    Ok(Recording {
        sensors: vec![sensor],
        about,
        ..Recording::default()
    })
}

fn read_messages(
    lines: &mut Lines<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<SensorSamples, ReadError> {
    messages(lines, UNIT_S, Turn::SensorToEarth, options, warnings)
}

/// The messages of `Command.json`; a missing or broken one is no loss.
fn commands(neighbours: Neighbours<'_>) -> Option<serde_json::Value> {
    let reader = neighbours.open("Command.json").ok()??;
    serde_json::from_reader(std::io::Read::take(reader, MAX_COMMANDS)).ok()
}

pub(super) fn device_name(commands: &serde_json::Value) -> Option<String> {
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
pub(super) fn date(commands: &serde_json::Value) -> Option<String> {
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
            length: None,
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
    fn the_folder_names_the_device_where_no_command_does() {
        let files = InMemory(&[]);
        let mut reader: &[u8] = b"Timestamp (us),W,X,Y,Z\n1,1,0,0,0\n";
        let path = "s/Left Upper Leg 64F61CC4 (UDP)/Quaternion.csv";
        let mut source = Source {
            reader: &mut reader,
            length: None,
            name: "Quaternion.csv",
            neighbours: Neighbours::new(&files, path),
        };
        let options = ReadOptions::default();
        let recording = read(&mut source, &options, &mut Warnings::default()).unwrap();
        assert_eq!(recording.sensors[0].name, "Left Upper Leg");
        assert_eq!(device("Head (USB)"), None);
        assert_eq!(device("Connection 12"), Some("Connection 12"));
        assert_eq!(device("Connection lost"), None);
    }

    #[test]
    fn other_messages_are_companions() {
        assert_eq!(detect(b"Timestamp (us),W,X,Y,Z\n"), Detected::Recording);
        assert_eq!(
            detect(b"Timestamp (us),Temperature (degC)\n"),
            Detected::Companion
        );
        assert_eq!(detect(b"Time (s),W,X,Y,Z\n"), Detected::No);
        for other in [
            "Roll (deg),Pitch (deg),Yaw (deg)",
            "W,X,Y,Z,X (g),Y (g),Z (g)",
        ] {
            let text = format!("Timestamp (us),{other}\n");
            assert_eq!(detect(text.as_bytes()), Detected::Lesser, "{other}");
        }
    }
}
