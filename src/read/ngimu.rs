//! x-io NGIMU: a folder of CSV files a device, one folder a session.
//!
//! A session folder holds `Session.xml` and a folder `<name> - <serial>` a device, with
//! `quaternion.csv` (`Time (s),W,X,Y,Z`), `sensors.csv` (gyroscope deg/s, accelerometer g,
//! magnetometer µT), others, `Device.xml` and `Settings.txt`. Files may have a header only. The XML
//! names the user and the network, and is not read.
//!
//! The quaternion is earth to sensor, so it is turned round here. Times are seconds; quaternions and
//! sensors have times of their own, so the latter are interpolated. The magnetometer is sampled more
//! slowly than it is written. `earth.csv` was seen to hold the raw accelerometer: nothing but the two
//! files is used. Whether the devices of a session keep one time depends on how it was recorded and
//! is not written, so each is taken to have its own clock; `--clocks shared` says otherwise.

use super::lines::Lines;
use super::neighbours::{last, parent};
use super::streams::one_sensor;
use super::together::folder_a_sensor;
use super::xio::{Turn, header, kind, messages};
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::{Recording, SensorSamples};
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "ngimu",
    title: "x-io NGIMU (folder of CSV files)",
    extensions: &["csv"],
    gives: "quaternion, gyroscope, accelerometer, magnetometer",
    checked: "1 real folder",
    detect,
    together: |path| folder_a_sensor(path, |folder| device(folder).is_some()),
    read,
};

const TIME: &str = "Time (s)";
const QUATERNIONS: &str = "quaternion.csv";
const SENSORS: &str = "sensors.csv";

/// Second columns of the files that are not read; the button's has a time only.
const OTHERS: [&str; 11] = [
    "Percentage (%)",
    "Power (dBm)",
    "Altitude (m)",
    "Humidity (%)",
    "X (g)",
    "Roll (deg)",
    "XX",
    "Gyroscope (deg/s)",
    "Processor (degC)",
    "Processor Temperature (degC)",
    "Channel 1 (V)",
];

/// What stands only in the descriptions of a session, a device and its settings.
const DESCRIPTIONS: [&str; 3] = ["<SessionInformation ", "<DeviceInformation ", "\n/ahrs/"];

fn detect(bytes: &[u8]) -> Detected {
    let has = |sign: &&str| memchr::memmem::find(bytes, sign.as_bytes()).is_some();
    let is_button = bytes.starts_with(b"Time(s)\r") || bytes.starts_with(b"Time(s)\n");
    if is_button || DESCRIPTIONS.iter().any(has) {
        return Detected::Companion;
    }
    let Some(header) = header(bytes, TIME) else {
        return Detected::No;
    };
    let second = header.names.get(1).map(String::as_str);
    match kind(&header) {
        Detected::Recording if second == Some("W") => Detected::Recording,
        Detected::Lesser if header.find("Magnetometer X (uT)").is_some() => Detected::Lesser,
        Detected::Companion | Detected::Lesser
            if second.is_none_or(|name| OTHERS.contains(&name)) =>
        {
            Detected::Companion
        }
        Detected::No | Detected::Recording | Detected::Lesser | Detected::Companion => Detected::No,
    }
}

/// The name of the device in a folder's name as the software makes it: `Head - 0012ABCD`.
fn device(folder: &str) -> Option<&str> {
    let (name, serial) = folder.rsplit_once(" - ")?;
    let is_serial = serial.len() == 8 && serial.bytes().all(|b| b.is_ascii_hexdigit());
    is_serial.then_some(name)
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let main = read_messages(&mut Lines::new(source.reader), options, warnings);
    let mut sensor = if last(source.neighbours.path()).starts_with(QUATERNIONS) {
        with_sensors(main, source, options, warnings)?
    } else {
        main?
    };
    let folder = last(parent(source.neighbours.path()));
    device(folder)
        .unwrap_or_default()
        .clone_into(&mut sensor.name);
    Ok(Recording::of_one(sensor))
}

fn read_messages(
    lines: &mut Lines<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<SensorSamples, ReadError> {
    messages(lines, 1.0, Turn::EarthToSensor, options, warnings)
}

/// Quaternions with the channels of the file beside them; either may have no rows.
fn with_sensors(
    quaternions: Result<SensorSamples, ReadError>,
    source: &Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<SensorSamples, ReadError> {
    let Some(mut reader) = source.neighbours.open(SENSORS)? else {
        return quaternions;
    };
    let sensors = read_messages(&mut Lines::new(&mut *reader), options, warnings);
    match (quaternions, sensors) {
        (Ok(quaternions), Ok(sensors)) => Ok(one_sensor(quaternions, sensors, options.keep)),
        (Ok(one), Err(ReadError::NoRows | ReadError::Empty))
        | (Err(ReadError::NoRows), Ok(one)) => Ok(one),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::neighbours::{InMemory, Neighbours};

    const SENSORS_HEADER: &str = "Time (s),Gyroscope X (deg/s),Gyroscope Y (deg/s),\
         Gyroscope Z (deg/s),Accelerometer X (g),Accelerometer Y (g),Accelerometer Z (g),\
         Magnetometer X (uT),Magnetometer Y (uT),Magnetometer Z (uT),Barometer (hPa)\n";

    fn read_folder(quaternions: &str, others: &'static [(&str, &str)]) -> SensorSamples {
        let files = InMemory(others);
        let mut reader = quaternions.as_bytes();
        let mut source = Source {
            reader: &mut reader,
            length: None,
            name: QUATERNIONS,
            neighbours: Neighbours::new(&files, "s/Head - 0012ABCD/quaternion.csv"),
        };
        let options = ReadOptions::default();
        let recording = read(&mut source, &options, &mut Warnings::default()).unwrap();
        recording.sensors.into_iter().next().unwrap()
    }

    const TWO_SENSORS: &[(&str, &str)] = &[(
        "s/Head - 0012ABCD/sensors.csv",
        "Time (s),Gyroscope X (deg/s),Gyroscope Y (deg/s),Gyroscope Z (deg/s),\
         Accelerometer X (g),Accelerometer Y (g),Accelerometer Z (g),\
         Magnetometer X (uT),Magnetometer Y (uT),Magnetometer Z (uT),Barometer (hPa)\n\
         0.00,0,0,0,0,0,1,20,0,-44,1000\n0.02,180,0,0,0,0,1,20,0,-44,1000\n",
    )];

    #[test]
    fn quaternions_are_turned_round_and_sensors_interpolated() {
        let sensor = read_folder(
            "Time (s),W,X,Y,Z\n0.00,0.8,0.6,0,0\n0.01,1,0,0,0\n",
            TWO_SENSORS,
        );
        assert_eq!(sensor.name, "Head");
        assert_relative_eq!(sensor.earth_from_sensor.unwrap()[0].i, -0.6);
        let half_turn = std::f64::consts::FRAC_PI_2;
        assert_relative_eq!(sensor.gyro_rad_s.unwrap()[1].x, half_turn, epsilon = 1e-9);
        assert_relative_eq!(sensor.accel_m_s2.unwrap()[0].z, 9.806_65);
        assert_relative_eq!(sensor.mag_ut.unwrap()[1].z, -44.0);
    }

    #[test]
    fn a_file_with_a_header_only_is_no_loss_where_the_other_has_rows() {
        let sensor = read_folder("Time (s),W,X,Y,Z\n", TWO_SENSORS);
        assert_eq!((sensor.len(), sensor.earth_from_sensor), (2, None));
        let empty = &[("s/Head - 0012ABCD/sensors.csv", "")];
        let sensor = read_folder("Time (s),W,X,Y,Z\n0,1,0,0,0\n", empty);
        assert_eq!((sensor.len(), sensor.gyro_rad_s), (1, None));
    }

    #[test]
    fn its_files_are_known_by_their_headers() {
        assert_eq!(detect(b"Time (s),W,X,Y,Z\r\n"), Detected::Recording);
        assert_eq!(detect(SENSORS_HEADER.as_bytes()), Detected::Lesser);
        for text in [
            "Time (s)\n",
            "Time(s)\r\n",
            "Time (s),Power (dBm),Percentage (%)\n",
            "Time (s),Humidity (%)\n",
            "Time (s),Roll (deg),Pitch (deg),Yaw (deg)\n",
            "Time (s),XX,XY,XZ,YX,YY,YZ,ZX,ZY,ZZ\n",
            "<Session>\n  <SessionInformation Name=\"a\" />\n</Session>",
            "/gyroscope/bias, 1f\n/ahrs/gain, 0.5f\n",
        ] {
            assert_eq!(detect(text.as_bytes()), Detected::Companion, "{text}");
        }
        for text in [
            "\"Time (s)\",\"Gyroscope x (rad/s)\"\n",
            "Time (s),roll,pitch\n",
        ] {
            assert_eq!(detect(text.as_bytes()), Detected::No, "{text}");
        }
        assert_eq!(device("walk - slow"), None);
    }
}
