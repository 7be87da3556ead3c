//! x-io x-IMU, the first generation: files `NNNNN_<kind>.csv` of one recording in one folder.
//!
//! `NNNNN_Quaternion.csv` (`Packet number,Element 1, Element 2, …`, w first) and
//! `NNNNN_CalInertialAndMag.csv` (gyroscope deg/s, accelerometer g, magnetometer gauss); the others
//! repeat the same (`EulerAngles`, `RotationMatrix`) or tell of the device (`DateTime`, `Registers`).
//!
//! The quaternion is earth to sensor, so it is turned round here; angles and matrix are sensor to earth
//! already, and are read where they are all there is. There are no times, only a packet
//! number that all kinds of messages share, so the packets a second must be found. In this order:
//! `--rate`, the quaternions a second (or the inertial messages, in a recording without quaternions);
//! `DateTime.csv`, the packets between the seconds at which its clock ticks, over five seconds at
//! least; `Registers.csv`, which holds the data rates (70: quaternion, 69: inertial) as codes, 1 for
//! 1 Hz, each next one twice that. A real recording gives 390 packets a second both ways.

use super::channels::unwrapped;
use super::header::{Delimiter, Header};
use super::lines::Lines;
use super::moment::DAY_S;
use super::neighbours::{joined, last, parent};
use super::streams::one_sensor;
use super::table::Table;
use super::together::{Part, alone};
use super::xio::{Turn, header, kind, messages};
use super::{Detected, Format, Neighbours, ReadError, ReadOptions, Source};
use crate::sample::{About, Recording, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "ximu",
    title: "x-io x-IMU, first generation (CSV files of one number)",
    extensions: &["csv"],
    gives: "quaternion (or matrix, or Euler angles), gyroscope, accelerometer, magnetometer",
    checked: "1 real recording",
    detect,
    together,
    read,
};

const PACKET: &str = "Packet number";
const INERTIAL: &str = "CalInertialAndMag.csv";
/// Less than this of dates tells too little of the rate, seconds.
const LEAST_DATES_S: f64 = 5.0;
/// So many packets of other kinds do not come one after the other.
const MOST_BETWEEN: f64 = 4.0;
/// A clock that was never set begins in 2000.
const EARLIEST_YEAR: f64 = 2010.0;
/// Registers with the codes of data rates.
const QUATERNION_RATE: f64 = 70.0;
const INERTIAL_RATE: f64 = 69.0;

fn detect(bytes: &[u8]) -> Detected {
    header(bytes, PACKET).map_or(Detected::No, |header| kind(&header))
}

/// The number that the names of a recording's files begin with.
fn number(name: &str) -> Option<&str> {
    let (number, _kind) = name.split_once('_')?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(number)
}

fn together(path: &str) -> Part {
    match number(last(path)) {
        Some(number) => Part {
            sensor: joined(parent(path), number),
            recording: joined(parent(path), number),
        },
        None => alone(path),
    }
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let files = Files {
        neighbours: source.neighbours,
        number: number(source.name),
    };
    let mut sensor = read_messages(&mut Lines::new(source.reader), options, warnings)?;
    let dates = files.table("DateTime.csv", DATES)?;
    let per_s = packets_per_s(&sensor, &files, dates.as_ref(), options, warnings)?;
    to_seconds(&mut sensor, per_s);
    if sensor.gyro_rad_s.is_none()
        && let Some(mut reader) = files.open(INERTIAL)?
    {
        let mut inertial = read_messages(&mut Lines::new(&mut *reader), options, warnings)?;
        to_seconds(&mut inertial, per_s);
        sensor = one_sensor(sensor, inertial, options.keep);
    }
    let about = About {
        date: dates.as_ref().and_then(day),
        ..About::default()
    };
    Ok(Recording {
        sensors: vec![sensor],
        about,
        ..Recording::default()
    })
}

/// The messages of one file, their packet numbers as times.
fn read_messages(
    lines: &mut Lines<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<SensorSamples, ReadError> {
    let mut sensor = messages(lines, 1.0, Turn::EarthToSensor, options, warnings)?;
    if sensor.earth_from_sensor.is_none() {
        even_out(&mut sensor.time_s);
    }
    Ok(sensor)
}

/// Where the numbers of evenly spaced messages lie along a line, as they do when none is lost, they are
/// put on it: packets of other kinds between them make their steps one and two by turns.
fn even_out(packets: &mut [f64]) {
    let (Some(first), Some(last)) = (packets.first().copied(), packets.last().copied()) else {
        return;
    };
    let step = (last - first) / packets.len().saturating_sub(1).max(1) as f64;
    let line = |index: usize| (index as f64).mul_add(step, first);
    let mut numbers = packets.iter().enumerate();
    if numbers.all(|(index, number)| (number - line(index)).abs() < MOST_BETWEEN) {
        for (index, number) in packets.iter_mut().enumerate() {
            *number = line(index);
        }
    }
}

/// The files of one recording.
struct Files<'a> {
    neighbours: Neighbours<'a>,
    number: Option<&'a str>,
}

impl Files<'_> {
    fn open(&self, kind: &str) -> Result<Option<Box<dyn std::io::BufRead>>, ReadError> {
        match self.number {
            Some(number) => Ok(self.neighbours.open(&format!("{number}_{kind}"))?),
            None => Ok(None),
        }
    }

    /// Columns of one of the small files, by name; `None` when it is not there or says nothing.
    fn table(&self, kind: &str, names: [&str; 7]) -> Result<Option<Table>, ReadError> {
        let Some(mut reader) = self.open(kind)? else {
            return Ok(None);
        };
        let mut lines = Lines::new(&mut *reader);
        if !lines.advance()? {
            return Ok(None);
        }
        let header = Header::new(lines.line(), Delimiter::guess(lines.line()));
        let found: Vec<usize> = names.iter().filter_map(|name| header.find(name)).collect();
        let own = &mut Warnings::default();
        match header.read(&mut lines, &found, own) {
            Ok(table) if !found.is_empty() => Ok(Some(table)),
            Ok(_) | Err(ReadError::NoRows | ReadError::NotANumber { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Columns of the dates, in the order of the file.
const DATES: [&str; 7] = [
    PACKET, "Year", "Month", "Day", "Hours", "Minutes", "Seconds",
];

fn to_seconds(sensor: &mut SensorSamples, packets_per_s: f64) {
    for time in &mut sensor.time_s {
        *time /= packets_per_s;
    }
}

/// How many packets of all kinds are one second; the sensor's times are packet numbers.
fn packets_per_s(
    sensor: &SensorSamples,
    files: &Files<'_>,
    dates: Option<&Table>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<f64, ReadError> {
    let steps = sensor.len().saturating_sub(1).max(1) as f64;
    let packets = sensor.duration_s() / steps;
    if let Some(rate_hz) = options.rate_hz {
        return Ok(rate_hz * packets);
    }
    let (per_s, how) = if let Some(per_s) = dates.and_then(by_dates) {
        (per_s, "dates")
    } else {
        let rate_hz = by_registers(files, sensor.earth_from_sensor.is_some())?;
        (rate_hz.ok_or(ReadError::NoRate)? * packets, "registers")
    };
    if !(per_s.is_finite() && per_s > 0.0) {
        return Err(ReadError::NoRate);
    }
    warnings.add(Warning::RateAssumed, || {
        format!("the file has packet numbers; {per_s:.2} packets a second were found by its {how}")
    });
    Ok(per_s)
}

/// Packets between the first and the last row in which the clock had just ticked.
fn by_dates(dates: &Table) -> Option<f64> {
    let column = |index| dates.column(index);
    let clock = column(4).iter().zip(column(5)).zip(column(6));
    let seconds: Vec<f64> = clock
        .map(|((hours, minutes), seconds)| hours * 3600.0 + minutes * 60.0 + seconds)
        .collect();
    let seconds = unwrapped(&seconds, DAY_S);
    let rows: Vec<(f64, f64)> = seconds.into_iter().zip(column(0).iter().copied()).collect();
    let mut ticks = rows
        .windows(2)
        .filter(|pair| pair[1].0 > pair[0].0)
        .map(|pair| pair[1]);
    let first = ticks.next()?;
    let last = ticks.next_back()?;
    let duration_s = last.0 - first.0;
    (duration_s >= LEAST_DATES_S).then(|| (last.1 - first.1) / duration_s)
}

/// The rate of the sensor's own messages, by its registers.
fn by_registers(files: &Files<'_>, quaternions: bool) -> Result<Option<f64>, ReadError> {
    let names = [PACKET, "Address", "Value", "", "", "", ""];
    let Some(registers) = files.table("Registers.csv", names)? else {
        return Ok(None);
    };
    let wanted = if quaternions {
        QUATERNION_RATE
    } else {
        INERTIAL_RATE
    };
    let codes = registers.rows_where(1, wanted);
    let code = codes.column(2).last().copied();
    let known = code.filter(|code| (1.0..=10.0).contains(code));
    Ok(known.map(|code| 2.0_f64.powf(code - 1.0)))
}

/// The day, unless the clock was never set.
fn day(dates: &Table) -> Option<String> {
    let [year, month, day] = [1, 2, 3].map(|index| dates.column(index).first().copied());
    let (year, month, day) = (year?, month?, day?);
    let set = year >= EARLIEST_YEAR && month.is_finite() && day.is_finite();
    set.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::neighbours::InMemory;

    fn read_folder(
        others: &'static [(&str, &str)],
        rate_hz: Option<f64>,
    ) -> Result<Recording, ReadError> {
        let files = InMemory(others);
        let mut reader: &[u8] = b"Packet number,Element 1, Element 2, Element 3, Element 4\n\
            100,0.8,0.6,0,0\n104,0.8,0.6,0,0\n108,0.8,0.6,0,0\n";
        let mut source = Source {
            reader: &mut reader,
            length: None,
            name: "00033_Quaternion.csv",
            neighbours: Neighbours::new(&files, "00033_Quaternion.csv"),
        };
        let options = ReadOptions {
            rate_hz,
            ..ReadOptions::default()
        };
        read(&mut source, &options, &mut Warnings::default())
    }

    const DATED: &[(&str, &str)] = &[
        (
            "00033_DateTime.csv",
            "Packet number,Year,Month,Day,Hours,Minutes,Seconds\n0,2014,5,6,23,59,55\n\
             100,2014,5,6,23,59,55\n300,2014,5,6,23,59,56\n500,2014,5,6,23,59,56\n\
             700,2014,5,6,23,59,57\n2700,2014,5,7,0,0,2\n2800,2014,5,7,0,0,2\n",
        ),
        (
            "00033_CalInertialAndMag.csv",
            "Packet number,Gyroscope X (deg/s),Gyroscope Y (deg/s),Gyroscope Z (deg/s),\
             Accelerometer X (g),Accelerometer Y (g),Accelerometer Z (g),\
             Magnetometer X (G),Magnetometer Y (G),Magnetometer Z (G)\n\
             101,0,0,0,0,0,1,0.2,0,-0.4\n106,0,0,0,0,0,1,0.2,0,-0.4\n",
        ),
    ];

    #[test]
    fn the_clock_tells_the_packets_a_second() {
        let recording = read_folder(DATED, None).unwrap();
        let sensor = &recording.sensors[0];
        assert_relative_eq!(sensor.time_s[1] - sensor.time_s[0], 0.01, epsilon = 1e-12);
        assert_eq!(recording.about.date.as_deref(), Some("2014-05-06"));
        assert_relative_eq!(sensor.earth_from_sensor.as_ref().unwrap()[0].i, -0.6);
        let mag = sensor.mag_ut.as_ref().unwrap();
        assert_relative_eq!(mag[1].z, -40.0, epsilon = 1e-9);
        assert!(mag[0].x.is_nan(), "before the first");
    }

    #[test]
    fn registers_tell_it_where_no_clock_does_and_the_user_before_both() {
        let registers = &[(
            "00033_Registers.csv",
            "Packet number,Address,Value,Fixed-point value,Name\n1,70,8,NaN,QuaternionDataRate\n",
        )];
        let step = |recording: Recording| {
            let time_s = &recording.sensors[0].time_s;
            time_s[1] - time_s[0]
        };
        let found = step(read_folder(registers, None).unwrap());
        assert_relative_eq!(found, 1.0 / 128.0, epsilon = 1e-12);
        let said = step(read_folder(DATED, Some(50.0)).unwrap());
        assert_relative_eq!(said, 0.02, epsilon = 1e-12);
        assert!(matches!(read_folder(&[], None), Err(ReadError::NoRate)));
    }

    #[test]
    fn numbers_along_a_line_are_evened_and_others_stay() {
        let mut turns = [10.0, 11.0, 13.0, 14.0, 16.0];
        even_out(&mut turns);
        assert_relative_eq!(turns[..], [10.0, 11.5, 13.0, 14.5, 16.0]);
        let lost = [0.0, 1.0, 2.0, 60.0, 61.0];
        let mut packets = lost;
        even_out(&mut packets);
        assert_relative_eq!(packets[..], lost[..]);
        even_out(&mut []);
    }

    #[test]
    fn files_of_one_number_are_together() {
        let part = together("a/00033_Quaternion.csv");
        assert_eq!(part, together("a/00033_Registers.csv"));
        assert_eq!(part.recording, "a/00033");
        assert_eq!(
            detect(b"Packet number,Address,Value,Fixed-point value,Name\n"),
            Detected::Companion
        );
    }
}
