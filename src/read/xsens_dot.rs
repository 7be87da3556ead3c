//! Xsens and Movella DOT: CSV of the phone app, and of the PC software kit.
//!
//! The app writes one file a sensor: `sep=,`, lines of `key:,value`, a copyright line, a header that
//! starts with `PacketCounter,SampleTimeFine`, rows (with a space after the comma in newer versions).
//! The PC kit writes `key: value` pairs in one line, or none, and a header without a counter.
//! Columns depend on the mode, so they are chosen by name.
//!
//! `SampleTimeFine` counts microseconds (app) or 100 µs (PC kit) in 32 bits; which one shows in the
//! step. Sensors that the app says are `Synced` count it together; else each counts from when it was
//! switched on. Lost packets are rows that are absent, so the times show the gaps. `Quat_W` … is sensor to
//! earth, east-north-up; `Euler_X` … are roll, pitch and yaw in degrees, `Rz Ry Rx`. `Gyr` is deg/s,
//! but rad/s in mode Custom 4. `FreeAcc` is in the earth frame and `Mag` in arbitrary units: not used.

use super::channels::{SensorColumns, four, from_euler_deg, no_orientation, triple, unwrapped};
use super::header::{Delimiter, Header};
use super::lines::Lines;
use super::neighbours::{joined, last, parent};
use super::together::{Part, alone};
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::{About, Clock, Recording, median_step};
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "xsens-dot",
    title: "Xsens / Movella DOT (app and PC kit CSV)",
    extensions: &["csv"],
    gives: "quaternion (or Euler angles), gyroscope and accelerometer in some modes",
    checked: "2 real files of the app; PC kit from its description",
    detect,
    together,
    read,
};

/// Lines before the header that are looked at.
const PREAMBLE: usize = 40;
/// `SampleTimeFine` has 32 bits.
const TICKS: f64 = 4_294_967_296.0;
/// A step below this many ticks means ticks of 100 µs: no DOT sends more than 120 samples a second.
const LEAST_MICROSECONDS: f64 = 5_000.0;

/// `<tag>_<yyyymmdd>_<hhmmss>_<ms>.csv`: sensors that were started in the same minute, since the app
/// starts one after the other.
fn together(path: &str) -> Part {
    let name = last(path);
    let digits =
        |part: &str, least: usize| part.len() >= least && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = name.split(['_', '.']).collect();
    let started = parts.windows(2).skip(1).find_map(|pair| match pair {
        [day, time] if day.len() == 8 && digits(day, 8) && digits(time, 4) => {
            Some(format!("{day}_{}", time.get(..4)?))
        }
        _ => None,
    });
    match started {
        Some(started) => Part {
            sensor: path.to_owned(),
            recording: joined(parent(path), &started),
        },
        None => alone(path),
    }
}

fn detect(bytes: &[u8]) -> Detected {
    let mut lines = bytes.split(|&byte| byte == b'\n').take(PREAMBLE);
    let header = lines.find(|line| is_header(line)).unwrap_or_default();
    let text = String::from_utf8_lossy(header);
    let other = ["Mat[", "Quat_q", "Year", "\t"]
        .iter()
        .any(|sign| text.contains(sign));
    if header.is_empty() || other || bytes.starts_with(b"//") {
        Detected::No
    } else {
        Detected::Recording
    }
}

fn is_header(line: &[u8]) -> bool {
    let header = Header::new(line, Delimiter::guess(line));
    header.find("SampleTimeFine").is_some() && header.names.len() > 1
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let mut preamble = String::new();
    loop {
        if !lines.advance()? || lines.number() > PREAMBLE {
            return Err(ReadError::NoRows);
        }
        if is_header(lines.line()) {
            break;
        }
        preamble.push_str(&String::from_utf8_lossy(lines.line()));
        preamble.push('\n');
    }
    let header = Header::new(lines.line(), Delimiter::guess(lines.line()));
    let columns = columns(&header, &preamble);
    let euler = triple(&header, ["Euler_X", "Euler_Y", "Euler_Z"], 1.0)
        .filter(|_| columns.quaternion.is_none())
        .map(|euler| euler.columns);
    if euler.is_none() && !columns.has_orientation() {
        return Err(no_orientation(&header));
    }
    let wanted: Vec<usize> = columns
        .wanted()
        .into_iter()
        .chain(euler.into_iter().flatten())
        .collect();
    let table = header.read(&mut lines, &wanted, warnings)?;
    let time_s = times(table.column(columns.time.unwrap_or_default()));
    let mut sensor = columns.samples(&table, time_s, options);
    if let Some(euler) = euler {
        sensor.earth_from_sensor = Some(from_euler_deg(&table, euler));
    }
    let about = About {
        date: date(&preamble),
        ..About::default()
    };
    if value(&preamble, "SyncStatus:").is_some_and(|status| status == "Synced") {
        sensor.clock = Clock::Synchronised;
    }
    Ok(Recording {
        sensors: vec![sensor],
        about,
        ..Recording::default()
    })
}

fn columns(header: &Header, preamble: &str) -> SensorColumns {
    let mode = value(preamble, "Measurement Mode:")
        .unwrap_or_default()
        .to_lowercase();
    let custom4 = mode.contains("custom mode 4") || mode.contains("custom 4");
    let gyro_scale = if custom4 {
        1.0
    } else {
        std::f64::consts::PI / 180.0
    };
    SensorColumns {
        name: value(preamble, "DeviceTag:").unwrap_or_default().to_owned(),
        time: header.find("SampleTimeFine"),
        quaternion: four(header, ["Quat_W", "Quat_X", "Quat_Y", "Quat_Z"]),
        gyro: triple(header, ["Gyr_X", "Gyr_Y", "Gyr_Z"], gyro_scale),
        accel: triple(header, ["Acc_X", "Acc_Y", "Acc_Z"], 1.0),
        mag: None,
    }
}

fn times(ticks: &[f64]) -> Vec<f64> {
    let ticks = unwrapped(ticks, TICKS);
    let microseconds = median_step(&ticks).is_none_or(|step| step >= LEAST_MICROSECONDS);
    let ticks_per_s = if microseconds { 1e6 } else { 1e4 };
    ticks.into_iter().map(|tick| tick / ticks_per_s).collect()
}

/// What follows a key, up to the next comma or line end; the app puts a comma before it.
fn value<'a>(preamble: &'a str, key: &str) -> Option<&'a str> {
    let rest = &preamble[preamble.find(key)? + key.len()..];
    let rest = rest.trim_start_matches([' ', ',', ';', '\t']);
    let value = rest.split([',', ';', '\n', '\r']).next()?.trim();
    (!value.is_empty()).then_some(value)
}

/// The day of `StartTime`, when it is written year first.
fn date(preamble: &str) -> Option<String> {
    let day = value(preamble, "StartTime:")?.get(..10)?;
    let shape = |(index, byte): (usize, u8)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    day.bytes().enumerate().all(shape).then(|| day.to_owned())
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    fn recording(text: &str) -> Recording {
        assert_eq!(detect(text.as_bytes()), Detected::Recording, "{text}");
        read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default())
            .unwrap()
            .0
    }

    #[test]
    fn the_app_of_2021() {
        let read = recording(
            "sep=,\nDeviceTag:,Pelvis\nOutputRate:,60Hz\n\
             Measurement Mode:,Sensor fusion Mode - Extended(Quaternion)\n\
             StartTime: ,2021-08-20_20:21:13_835 GMT+8\n\u{a9} Xsens\n\n\
             PacketCounter,SampleTimeFine,Quat_W,Quat_X,Quat_Y,Quat_Z,FreeAcc_X,Status\n\
             1,4294967290,-0.67,0.02,-0.72,0.08,0.03,0\n2,16661,-0.67,0.02,-0.72,0.08,0.03,0\n",
        );
        let sensor = &recording_sensor(&read);
        assert_eq!(
            (sensor.name.as_str(), read.about.date.as_deref()),
            ("Pelvis", Some("2021-08-20"))
        );
        assert_relative_eq!(
            sensor.time_s[1] - sensor.time_s[0],
            0.016_667,
            epsilon = 1e-9
        );
        assert_relative_eq!(sensor.earth_from_sensor.as_ref().unwrap()[0].w, -0.67);
    }

    fn recording_sensor(recording: &Recording) -> crate::sample::SensorSamples {
        recording.sensors[0].clone()
    }

    #[test]
    fn the_app_of_2023_with_euler_angles_and_spaces() {
        let read = recording(
            "sep=,,,\nDeviceTag:,Head,,\nMeasurement Mode:,Sensor fusion Mode - Extended (Euler),\n\
             \x20 2024,,,\nPacketCounter,SampleTimeFine,Euler_X,Euler_Y,Euler_Z,Status\n\
             1, 1773717154, 0, 90, 0, 0\n2, 1773733821, 90.0, 0, 0, 0\n",
        );
        let q = read.sensors[0].earth_from_sensor.as_ref().unwrap();
        let half = std::f64::consts::FRAC_1_SQRT_2;
        assert_relative_eq!(q[0].j, half, epsilon = 1e-12);
        assert_relative_eq!(q[1].i, half, epsilon = 1e-12);
    }

    #[test]
    fn the_pc_kit_counts_100_microseconds() {
        let header = "SampleTimeFine,Gyr_X,Gyr_Y,Gyr_Z,Quat_W,Quat_X,Quat_Y,Quat_Z\n";
        let rows = "1000,180,0,0,1,0,0,0\n1167,180,0,0,1,0,0,0\n1333,0,0,0,1,0,0,0\n";
        let read = recording(&format!("{header}{rows}"));
        assert_relative_eq!(read.sensors[0].time_s[1], 0.1167);
        let gyro = |read: &Recording| read.sensors[0].gyro_rad_s.as_ref().unwrap()[0].x;
        assert_relative_eq!(gyro(&read), std::f64::consts::PI);
        let preamble =
            "DeviceTag: Movella DOT,FirmwareVersion: 3.0.0,Measurement Mode: Custom Mode 4,x\n";
        assert_relative_eq!(
            gyro(&recording(&format!("{preamble}{header}{rows}"))),
            180.0
        );
    }

    #[test]
    fn free_acceleration_alone_is_no_orientation() {
        let text =
            b"sep=,\nPacketCounter,SampleTimeFine,FreeAcc_X,FreeAcc_Y,FreeAcc_Z\n1,2,3,4,5\n";
        let read = read_bytes(&FORMAT, text, &ReadOptions::default());
        assert!(matches!(read, Err(ReadError::NoOrientation { .. })));
    }
}
