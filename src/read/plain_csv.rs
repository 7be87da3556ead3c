//! Delimited text with the usual headers, or with columns that the user names.
//!
//! Many programs write a time, and a quaternion as `w,x,y,z`, `qw,qx,qy,qz`, `quat_w …`,
//! `quaternionW …`, `i,j,k,real` or `q0 … q3` (w first), in any order of columns. Several sensors stand
//! side by side with a number or a name: `w1,x1,y1,z1,w2 …`, `q1_w …`, `head_qw …`. Messages of robots
//! (`orientation.x`, `angular_velocity.x`, `linear_acceleration.x`) have SI units. Angles (`roll`, `pitch`,
//! `yaw`, `euler_x` …) are read in the sequence that the user says. A unit of gyroscope, accelerometer,
//! angle or time that neither names nor a row under them state is told from the values, with a warning.
//! Time may be a date or a time of day. Quaternions are taken as sensor to earth, Z up, unless the user
//! says otherwise.
//!
//! Tables of numbers without a header are read when the user says the order of the quaternion, and lines
//! of names with values (`qw:0.99,qx:0.01`) as if the names were a header. A quaternion may stand in one
//! cell, `"(0.8, 0, 0.6, 0)"`.

use super::channels::no_orientation;
use super::foreign;
use super::header::{Delimiter, Header, split_lines};
use super::lines::Lines;
use super::plain::layout::{self, Layout, PlainSensor};
use super::plain::times::times;
use super::plain::{first_rows, headerless, mapped, pairs, tuples, units};
use super::table::Table;
use super::together::alone;
use super::{Detected, FORMATS, Format, QuaternionOrder, ReadError, ReadOptions, Source};
use crate::sample::{Recording, SensorSamples};
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "plain-csv",
    title: "Delimited text with the usual column names, or with --columns",
    extensions: &["csv", "tsv", "txt"],
    gives: "quaternion, or angles with --euler-sequence; several sensors; gyroscope and accelerometer",
    checked: "6 real files of two-sensor jigs",
    detect,
    together: alone,
    read,
};

/// Lines among which the header is looked for.
const HEADER_LINES: usize = 100;

fn detect(bytes: &[u8]) -> Detected {
    let other =
        |format: &&Format| format.name != FORMAT.name && (format.detect)(bytes) != Detected::No;
    if foreign::refusal(bytes).is_some() || FORMATS.iter().any(|format| other(&format)) {
        return Detected::No;
    }
    Detected::recording_if(is_table(bytes))
}

/// There is an orientation, or what one can be made of, in the columns of a table without a format's name.
pub(super) fn is_table(bytes: &[u8]) -> bool {
    let options = ReadOptions {
        quaternion_order: Some(QuaternionOrder::Wxyz),
        ..ReadOptions::default()
    };
    let mut lines = split_lines(bytes).take(HEADER_LINES);
    lines.any(|line| layout::of_line(line, &options).is_some())
        || pairs::layout(bytes, &options).is_some()
        || tuples::layout(bytes, &options).is_some()
        || headerless::layout(bytes, &options).is_some()
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    if options.columns.is_empty() {
        let first = source.reader.fill_buf()?;
        if let Some(layout) = pairs::layout(first, options) {
            let table = pairs::read(source.reader, &layout.header, warnings)?;
            return recording(&layout, &table, options, warnings);
        }
        if let Some(tuples) = tuples::layout(first, options) {
            if tuples.is_unordered {
                return Err(unordered("the quaternions stand in one cell each"));
            }
            let table = tuples::read(&tuples, source.reader, warnings)?;
            return recording(&tuples.layout, &table, options, warnings);
        }
        if let Some(layout) = headerless::layout(first, options) {
            if options.quaternion_order.is_none() {
                return Err(unordered("the file has no header"));
            }
            let mut lines = Lines::new(source.reader).of_length(source.length);
            let table = layout.header.read(&mut lines, &layout.wanted(), warnings)?;
            return recording(&layout, &table, options, warnings);
        }
    }
    let mut lines = Lines::new(source.reader).of_length(source.length);
    let layout = find_header(&mut lines, options)?;
    let layout = first_rows::look(layout, &mut lines, options)?;
    let table = layout.header.read(&mut lines, &layout.wanted(), warnings)?;
    recording(&layout, &table, options, warnings)
}

fn recording(
    layout: &Layout,
    table: &Table,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut sensors = Vec::new();
    let time_s = times(layout, table, options, warnings)?;
    for plain in &layout.sensors {
        let time_s = time_s.clone();
        sensors.push(samples(plain, table, time_s, options, warnings)?);
    }
    if sensors.is_empty() {
        return Err(no_orientation(&layout.header));
    }
    Ok(Recording {
        sensors,
        ..Recording::default()
    })
}

fn samples(
    plain: &PlainSensor,
    table: &Table,
    time_s: Vec<f64>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<SensorSamples, ReadError> {
    let mut sensor = plain.columns.samples(table, time_s, options);
    let declared = options.euler_sequence.is_some() || !plain.columns.has_orientation();
    if let Some(angles) = plain.angles
        && plain.columns.quaternion.is_none()
        && declared
    {
        sensor.earth_from_sensor = Some(angles.quaternions(table, options, warnings)?);
    }
    units::find(plain, &mut sensor, options, warnings)?;
    Ok(sensor)
}

/// Goes to the header line.
fn find_header(lines: &mut Lines<'_>, options: &ReadOptions) -> Result<Layout, ReadError> {
    let mut best = None;
    while lines.number() < HEADER_LINES && lines.advance()? {
        if options.columns.is_empty() {
            if let Some(layout) = layout::of_line(lines.line(), options) {
                return Ok(layout);
            }
            continue;
        }
        let numbers = headerless::header(lines.line());
        let is_row = numbers.is_some();
        let named = || Header::new(lines.line(), Delimiter::guess(lines.line()));
        match mapped::layout(numbers.unwrap_or_else(named), options) {
            Ok(layout) => {
                if is_row {
                    lines.again();
                }
                return Ok(layout);
            }
            Err(error) if best.is_none() => best = Some(error),
            Err(_same) => {}
        }
    }
    Err(best.unwrap_or_else(|| unordered("the quaternion columns are numbered from 1")))
}

fn unordered(why: &str) -> ReadError {
    ReadError::Untold {
        what: format!(
            "{why} and the order of the quaternion is not known; \
             say it with --quaternion-order wxyz or xyzw"
        ),
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::Quaternion;

    use super::*;
    use crate::read::read_bytes;
    use crate::warning::Warning;

    fn read(text: &str, options: &ReadOptions) -> Result<(Recording, Warnings), ReadError> {
        read_bytes(&FORMAT, text.as_bytes(), options)
    }

    fn times_of(text: &str) -> Vec<f64> {
        assert_eq!(detect(text.as_bytes()), Detected::Recording, "{text}");
        let read = read(text, &ReadOptions::default()).unwrap();
        read.0.sensors[0].time_s.clone()
    }

    #[test]
    fn time_units_come_from_the_header_or_the_step() {
        let rows = ",1,0,0,0\n";
        for (name, a, b) in [
            ("Time", "0", "0.01"),
            ("time (ms)", "0", "10"),
            ("t_us", "0", "10000"),
            ("timestamp [ns]", "0", "10000000"),
            ("timestamp", "0", "10"),
        ] {
            let text = format!("{name},qw,qx,qy,qz\n{a}{rows}{b}{rows}");
            assert!((times_of(&text)[1] - 0.01).abs() < 1e-12, "{text}");
        }
    }

    #[test]
    fn two_numbered_sensors() {
        let text = "Time,w1,x1,y1,z1,w2,x2,y2,z2,x_diff\r\n0,1,0,0,0,0,1,0,0,5\r\n0.02,1,0,0,0,0,1,0,0,5\r\n";
        let (recording, warnings) = read(text, &ReadOptions::default()).unwrap();
        assert_eq!(recording.sensors.len(), 2);
        assert_eq!(recording.sensors[1].name, "2");
        assert_eq!(
            recording.sensors[1].earth_from_sensor.as_ref().unwrap()[0],
            Quaternion::new(0.0, 1.0, 0.0, 0.0)
        );
        assert_eq!(warnings.count(Warning::UnusedColumn), 1);
    }

    #[test]
    fn quaternions_in_one_cell_each() {
        let text = "Notebook_Timestamp_Neck,\"Quaternion_Orientation_(W, X, Y, Z)_Neck\",\
            Sensor_Timestamp,Label_Neck,\"Quaternion_Orientation_(W, X, Y, Z)_Back\"\n\
            15:57:46.4,\"(0.6, 0.8, 0, 0)\",0 days 00:00:01.250000,a,\"(1, 0, 0, 0)\"\n\
            15:57:46.5,\"(1, 0, 0, 0)\",0 days 00:00:01.270000,a,\"(1, 0, 0, 0)\"\n15:57";
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let (recording, warnings) = read(text, &ReadOptions::default()).unwrap();
        let names: Vec<&str> = recording.sensors.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["neck", "back"]);
        assert_eq!(recording.sensors[1].time_s, [1.25, 1.27]);
        let q = recording.sensors[0].earth_from_sensor.as_ref().unwrap()[0];
        assert_eq!(q, Quaternion::new(0.6, 0.8, 0.0, 0.0));
        assert_eq!(warnings.count(Warning::CutOff), 1);
        let text = "time,quaternion\n0,\"(1, 0, 0, 0)\"\n0.02,\"(1, 0, 0, 0)\"\n";
        let error = read(text, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.contains("--quaternion-order"), "{error}");
    }

    #[test]
    fn the_user_maps_columns() {
        let pairs = |text: &str| -> Vec<(String, String)> {
            let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
            pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
        };
        let options = ReadOptions {
            columns: pairs("time=A,qw=E,qx=B,qy=C,qz=4"),
            time_unit_s: Some(1e-3),
            ..ReadOptions::default()
        };
        let (recording, _) = read("junk\nA;B;C;D;E\n5;0;0;0;1\n", &options).unwrap();
        assert_eq!(recording.sensors[0].time_s, [0.005]);
        assert_eq!(
            recording.sensors[0].earth_from_sensor.as_ref().unwrap()[0],
            Quaternion::new(1.0, 0.0, 0.0, 0.0)
        );
        let error = read("A;B;C\n5;0;0\n", &options).unwrap_err();
        assert!(
            error.to_string().starts_with("column E is missing"),
            "{error}"
        );
    }

    #[test]
    fn counted_rows_need_a_rate() {
        let text = "time,q0,q1,q2,q3\n1,1,0,0,0\n2,1,0,0,0\n3,1,0,0,0\n";
        assert!(matches!(
            read(text, &ReadOptions::default()),
            Err(ReadError::NoRate)
        ));
        let options = ReadOptions {
            rate_hz: Some(50.0),
            ..ReadOptions::default()
        };
        assert_eq!(
            read(text, &options).unwrap().0.sensors[0].time_s,
            [0.0, 0.02, 0.04]
        );
        let text = "qw,qx,qy,qz\n1,0,0,0\n";
        assert!(matches!(
            read(text, &ReadOptions::default()),
            Err(ReadError::NoRate)
        ));
    }
}
