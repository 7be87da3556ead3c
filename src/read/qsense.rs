//! `QSense` Motion: a folder of text files a recording.
//!
//! ```text
//! QSM_20230201144642/info.txt             Start: …, Stop: …
//!                    Q/Back/Sensor 1.csv  quaternions
//!                    R/Back/Sensor 1.csv  gyroscope, accelerometer, magnetometer
//! ```
//!
//! The `.csv` files are separated by tabs: five lines `key: value`, the first of them `Sensor string:`;
//! the header `q1 q2 q3 q4 Interference` or `ax ay az gx gy gz mx my mz`; a blank line; numbers, with
//! decimal point or comma. The first row has one cell more, `Reference`, and the last one too, a count.
//! There is no time: rows come at 50 Hz, which Start and Stop of `info.txt` confirm. The quaternion is w
//! first, sensor to earth, Z up; acceleration in g, angular velocity in deg/s; the magnetometer's unit
//! is not known. The sensors of a string are numbered from its top and share one time.

use std::io::{BufRead, Read as _};

use super::channels::{SensorColumns, even_times, four, no_orientation, triple};
use super::header::{Delimiter, Header, split_lines};
use super::lines::Lines;
use super::moment;
use super::neighbours::{joined, last, parent};
use super::together::{Part, file_a_sensor};
use super::{Detected, Format, Neighbours, ReadError, ReadOptions, Source};
use crate::sample::{Clock, Recording, SensorSamples};
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "qsense",
    title: "QSense Motion (folder of text files)",
    extensions: &["csv"],
    gives: "quaternion, gyroscope, accelerometer, several sensors",
    checked: "from documentation, after real folders that may not be kept",
    detect,
    together,
    read,
};

const RATE_HZ: f64 = 50.0;
/// The clock of Start and Stop may be off by this share.
const RATE_TOLERANCE: f64 = 0.05;
/// Start and Stop may be whole seconds, of which each is cut off.
const CUT_OFF_S: f64 = 1.0;
const TAB: Delimiter = Delimiter::Byte(b'\t');
/// Lines before the header.
const PREAMBLE: usize = 12;
const MAX_INFO: u64 = 64 * 1024;

fn detect(bytes: &[u8]) -> Detected {
    if is_info(bytes) {
        return Detected::Companion;
    }
    if !bytes.trim_ascii_start().starts_with(b"Sensor string:") {
        return Detected::No;
    }
    let lines = split_lines(bytes).take(PREAMBLE);
    let found = lines.filter(|line| is_header(line)).map(columns).next();
    match found {
        Some((_, columns)) if columns.quaternion.is_some() => Detected::Recording,
        Some((_, columns)) if columns.has_orientation() => Detected::Lesser,
        _ => Detected::Companion,
    }
}

/// `info.txt`, whose keys name the device.
fn is_info(bytes: &[u8]) -> bool {
    let of_device = split_lines(bytes)
        .take(PREAMBLE)
        .any(|line| line.starts_with(b"Device ID: QSense"));
    of_device && value(bytes, "start").is_some()
}

fn is_header(line: &[u8]) -> bool {
    let name = line.split(|&byte| byte == b'\t').next();
    name.is_some_and(|name| [&b"q1"[..], b"ax"].contains(&name.trim_ascii()))
}

fn columns(line: &[u8]) -> (Header, SensorColumns) {
    let mut header = Header::new(line.trim_ascii(), TAB);
    header.open_end = true;
    let radians = std::f64::consts::PI / 180.0;
    let columns = SensorColumns {
        quaternion: four(&header, ["q1", "q2", "q3", "q4"]),
        gyro: triple(&header, ["gx", "gy", "gz"], radians),
        accel: triple(&header, ["ax", "ay", "az"], STANDARD_GRAVITY_M_S2),
        ..SensorColumns::default()
    };
    (header, columns)
}

/// Quaternions and raw values of a sensor have the same path but for one letter.
fn together(path: &str) -> Part {
    let string = parent(path);
    let kind = parent(string);
    if !["Q", "R"].contains(&last(kind)) {
        return file_a_sensor(path);
    }
    let recording = parent(kind).to_owned();
    Part {
        sensor: joined(&joined(&recording, last(string)), last(path)),
        recording,
    }
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut sensor = rows(source.reader, options, warnings)?;
    add_raw(&mut sensor, source.neighbours, options, warnings)?;
    let rate_hz = match options.rate_hz {
        Some(rate_hz) => rate_hz,
        None => rate(sensor.len(), source.neighbours, warnings),
    };
    sensor.time_s = even_times(sensor.len(), rate_hz);
    sensor.clock = Clock::Synchronised;
    let path = source.neighbours.path();
    let string = last(parent(path));
    let number = last(path).trim_end_matches(".csv");
    sensor.name = if string.is_empty() {
        number.to_owned()
    } else {
        format!("{string} {number}")
    };
    Ok(Recording::of_one(sensor))
}

/// The samples of one file; their times are still zero.
fn rows(
    reader: &mut dyn BufRead,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<SensorSamples, ReadError> {
    let mut lines = Lines::new(reader);
    lines.advance_past(|line| !is_header(line), |_key| {})?;
    let (header, columns) = columns(lines.line());
    if !columns.has_orientation() {
        return Err(no_orientation(&header));
    }
    let table = header.read(&mut lines, &columns.wanted(), warnings)?;
    Ok(columns.samples(&table, vec![0.0; table.rows()], options))
}

/// Gyroscope and accelerometer of the same samples, where there are as many.
fn add_raw(
    sensor: &mut SensorSamples,
    neighbours: Neighbours<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<(), ReadError> {
    let path = neighbours.path();
    let string = parent(path);
    if sensor.gyro_rad_s.is_some() || last(parent(string)) != "Q" {
        return Ok(());
    }
    let beside = format!("../../R/{}/{}", last(string), last(path));
    let Some(mut reader) = neighbours.open(&beside)? else {
        return Ok(());
    };
    let raw = rows(&mut *reader, options, warnings)?;
    if raw.len() == sensor.len() {
        sensor.gyro_rad_s = raw.gyro_rad_s;
        sensor.accel_m_s2 = raw.accel_m_s2;
    } else {
        let (raw, own) = (raw.len(), sensor.len());
        warnings.add(Warning::SensorLeftOut, || {
            format!("{raw} rows of raw values for {own} quaternions; they were left out")
        });
    }
    Ok(())
}

/// 50 Hz where the times of the folder do not say otherwise.
fn rate(rows: usize, neighbours: Neighbours<'_>, warnings: &mut Warnings) -> f64 {
    let duration_s = duration_s(neighbours);
    let usual_s = rows as f64 / RATE_HZ;
    let fits = duration_s.is_some_and(|duration_s| {
        let whole = duration_s.fract() == 0.0;
        let cut_off_s = if whole { CUT_OFF_S } else { 0.0 };
        (usual_s - duration_s).abs() <= cut_off_s.max(RATE_TOLERANCE * duration_s)
    });
    match duration_s.map(|duration_s| rows as f64 / duration_s) {
        Some(_) if fits => RATE_HZ,
        Some(rate_hz) if (1.0..=2000.0).contains(&rate_hz) => {
            warnings.add(Warning::RateAssumed, || {
                format!("{rate_hz:.2} Hz from Start and Stop of info.txt")
            });
            rate_hz
        }
        _ => {
            warnings.add(Warning::RateAssumed, || {
                "no rate is stated; 50 Hz was assumed".to_owned()
            });
            RATE_HZ
        }
    }
}

/// From Start to Stop.
fn duration_s(neighbours: Neighbours<'_>) -> Option<f64> {
    let mut text = Vec::new();
    let reader = neighbours.open("../../info.txt").ok()??;
    reader.take(MAX_INFO).read_to_end(&mut text).ok()?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let mut moments = ["start", "stop"].map(|key| value(text, key).and_then(moment::seconds));
    let (start, stop) = (moments[0].take()?, moments[1].take()?);
    Some(stop - start).filter(|duration_s| *duration_s > 0.0)
}

/// What stands after the first line's colon whose key is this, or begins with it and a space.
fn value<'t>(text: &'t [u8], key: &str) -> Option<&'t [u8]> {
    let mut lines = split_lines(text);
    lines.find_map(|line| {
        let colon = memchr::memchr(b':', line)?;
        let found = line.get(..colon)?.trim_ascii().to_ascii_lowercase();
        let word = found.split(|&byte| byte == b' ').next()?;
        (word == key.as_bytes()).then(|| line.get(colon + 1..))?
    })
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::neighbours::InMemory;

    const PREAMBLE: &str = "Sensor string: Back\nSensor: 1\nFirmware: 1\nA: 2,015\nB: 3\n";
    const Q: &str = "q1\tq2\tq3\tq4\tInterference\n\n1,0\t0\t0\t0\t0\tReference\r\n0.0\t1,0\t0\t0\t1\n0\t0\t0\t1\t0\t3\n";

    fn read_folder(
        text: &str,
        others: &'static [(&'static str, &'static str)],
    ) -> (Recording, Warnings) {
        let files = InMemory(others);
        let mut reader = text.as_bytes();
        let mut source = Source {
            reader: &mut reader,
            length: None,
            name: "Sensor 1.csv",
            neighbours: Neighbours::new(&files, "QSM_1/Q/Back/Sensor 1.csv"),
        };
        let mut warnings = Warnings::default();
        let recording = read(&mut source, &ReadOptions::default(), &mut warnings).unwrap();
        (recording, warnings)
    }

    #[test]
    fn rows_with_a_cell_more_are_read_and_the_rate_is_confirmed() {
        let (recording, warnings) = read_folder(
            &[PREAMBLE, Q].concat(),
            &[(
                "QSM_1/info.txt",
                "Name: x\nStart: 2023-02-01 14:46:42,000\nStop time: 2023-02-01 14:46:42,061",
            )],
        );
        let sensor = &recording.sensors[0];
        assert_eq!(sensor.name, "Back Sensor 1");
        assert_eq!(sensor.time_s, [0.0, 0.02, 0.04]);
        let q = sensor.earth_from_sensor.as_ref().unwrap();
        assert_relative_eq!([q[0].w, q[1].i, q[2].k][..], [1.0, 1.0, 1.0]);
        assert_eq!(warnings.count(Warning::RaggedRow), 0);
        assert_eq!(warnings.count(Warning::RateAssumed), 0, "{warnings:?}");
    }

    #[test]
    fn raw_values_of_the_same_sensor_are_added() {
        let (recording, warnings) = read_folder(
            &[PREAMBLE, Q].concat(),
            &[(
                "QSM_1/R/Back/Sensor 1.csv",
                "Sensor string: Back\nax\tay\taz\tgx\tgy\tgz\tmx\tmy\tmz\n\n\
                 0\t0\t1\t180\t0\t0\t0\t0\t0\tReference\n0\t0\t1\t0\t0\t0\t0\t0\t0\n\
                 0\t0\t1\t0\t0\t0\t0\t0\t0\t3\n",
            )],
        );
        let sensor = &recording.sensors[0];
        assert_relative_eq!(sensor.accel_m_s2.as_ref().unwrap()[2].z, 9.806_65);
        let gyro = sensor.gyro_rad_s.as_ref().unwrap();
        assert_relative_eq!(gyro[0].x, std::f64::consts::PI);
        assert_eq!(warnings.count(Warning::RateAssumed), 1);
    }

    #[test]
    fn whole_seconds_confirm_the_rate_of_a_short_recording() {
        let mut text = [PREAMBLE, "q1\tq2\tq3\tq4\tInterference\n\n"].concat();
        text.push_str(&"1\t0\t0\t0\t0\n".repeat(170));
        let (recording, warnings) = read_folder(
            &text,
            &[(
                "QSM_1/info.txt",
                "Start: 2023-02-01 14:46:42\nStop: 2023-02-01 14:46:45",
            )],
        );
        assert_relative_eq!(recording.sensors[0].duration_s(), 3.38, epsilon = 1e-9);
        assert_eq!(warnings.count(Warning::RateAssumed), 0);
    }

    #[test]
    fn the_text_about_the_recording_belongs_to_it() {
        let info = b"App version: v1.1\nDevice ID: QSense BLE Dongle\nStart: 2023-02-01 14:46:42\n";
        assert_eq!(detect(info), Detected::Companion);
        assert_eq!(detect(b"Device ID: QSense BLE Dongle\n"), Detected::No);
    }

    #[test]
    fn quaternions_go_before_raw_values_of_the_same_sensor() {
        let part = together("s/QSM_1/Q/Back/Sensor 1.csv");
        assert_eq!(part, together("s/QSM_1/R/Back/Sensor 1.csv"));
        assert_eq!(part.recording, "s/QSM_1");
        assert_eq!(together("Q/Back/Sensor 1.csv").recording, "");
        assert_eq!(
            detect([PREAMBLE, Q].concat().as_bytes()),
            Detected::Recording
        );
        let raw = [PREAMBLE, "ax\tay\taz\tgx\tgy\tgz\tmx\tmy\tmz\n"].concat();
        assert_eq!(detect(raw.as_bytes()), Detected::Lesser);
        assert_eq!(detect(PREAMBLE.as_bytes()), Detected::Companion);
        assert_eq!(detect(b"q1\tq2\tq3\tq4\n"), Detected::No);
    }
}
