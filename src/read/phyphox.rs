//! phyphox, an app for experiments with a phone: a CSV file a sensor in a folder or ZIP archive, or one
//! file for all.
//!
//! Headers are quoted and begin with `"Time (s)"`; a file that was saved again may have lost the quotes. Columns are parted by commas, semicolons or tabs, with
//! a point or a comma in the numbers, as was chosen at export; numbers are scientific. Vectors are told
//! by unit and axis: `"X (rad/s)"`, `"Gyroscope x (rad/s)"`, `"X (m/s^2)"`, `"Acceleration x (m/s^2)"`.
//! Acceleration without gravity bears the same names in `Linear Accelerometer.csv`, or `Linear` in them.
//! Attitude is `"w"`, `"x"`, `"y"`, `"z"`, sensor to earth, Z up. Times are of one clock, pauses left out;
//! `meta/` holds device and pauses. Acceleration points up at rest, on Apple's phones too.

use super::channels::{Triple, four, quaternions, vectors};
use super::header::{Delimiter, Header, first_line};
use super::lines::Lines;
use super::neighbours::{last, parent};
use super::streams::{Stream, Streams};
use super::together::{Part, alone, folder};
use super::{AccelUnit, Detected, Format, GyroUnit, ReadError, ReadOptions, Source};
use crate::sample::Recording;
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "phyphox",
    title: "phyphox app (CSV, folder, ZIP)",
    extensions: &["csv", "zip"],
    gives: "quaternion, gyroscope, accelerometer",
    checked: "from documentation",
    detect,
    together,
    read,
};

fn detect(bytes: &[u8]) -> Detected {
    let line = first_line(bytes);
    let meta: [&[u8]; 2] = [b"\"property\"", b"\"event\""];
    if meta.iter().any(|start| line.starts_with(start)) {
        return Detected::Companion;
    }
    let header = header(line);
    let quoted = line.starts_with(b"\"Time (s)\"");
    let has_vector = || gyro(&header).is_some() || accel(&header).is_some();
    if !(quoted || header.find("Time (s)") == Some(0) && has_vector()) {
        return Detected::No;
    }
    if four(&header, ["w", "x", "y", "z"]).is_some() {
        Detected::Recording
    } else if gyro(&header).is_some() || accel(&header).is_some() {
        Detected::Lesser
    } else {
        Detected::Companion
    }
}

fn header(line: &[u8]) -> Header {
    let line = line.trim_ascii_end();
    Header::new(line, Delimiter::guess(line))
}

/// Files that are named after a sensor are of one phone; others stand alone.
fn together(path: &str) -> Part {
    const SENSORS: [&str; 6] = [
        "gyro",
        "accel",
        "attitude",
        "orientation",
        "magnet",
        "gravity",
    ];
    let name = last(path).to_lowercase();
    let has_number = name.bytes().any(|byte| byte.is_ascii_digit());
    if SENSORS.iter().any(|sensor| name.contains(sensor)) && !has_number {
        folder(path)
    } else {
        alone(path)
    }
}

fn gyro(header: &Header) -> Option<[usize; 3]> {
    xyz(header, &["rad/s"])
}

fn accel(header: &Header) -> Option<[usize; 3]> {
    xyz(header, &["m/s^2", "m/s²", "m/s2"])
}

/// The three columns of a vector in one of these units, acceleration without gravity left out.
fn xyz(header: &Header, units: &[&str]) -> Option<[usize; 3]> {
    let axis = |wanted: &str| {
        header.names.iter().position(|name| {
            let name = name.to_lowercase();
            let Some((what, unit)) = name.split_once('(') else {
                return false;
            };
            let plain = !what.contains("linear") && !what.contains("without");
            let is_unit = units.contains(&unit.trim().trim_end_matches(')'));
            plain && is_unit && what.trim().rsplit(' ').next() == Some(wanted)
        })
    };
    Some([axis("x")?, axis("y")?, axis("z")?])
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let path = source.neighbours.path();
    let mut streams = Streams::default();
    let has = add(
        &mut streams,
        &mut Lines::new(source.reader),
        last(path),
        options,
        warnings,
    )?;
    let own = together(path);
    for name in source.neighbours.names() {
        let beside = super::neighbours::joined(parent(path), &name);
        if beside == path || own == alone(path) || together(&beside) != own {
            continue;
        }
        if let Some(mut reader) = source.neighbours.open(&name)? {
            // What cannot be read beside a stream that can is no loss.
            let mut own = Warnings::default();
            let mut lines = Lines::new(&mut *reader);
            if add(&mut streams, &mut lines, &name, options, &mut own).is_ok() {
                warnings.extend(&own);
            }
        }
    }
    let sensor = streams
        .into_sensor()
        .ok_or(ReadError::NoOrientation { has })?;
    Ok(Recording::of_one(sensor))
}

/// Adds what a file holds; returns its columns.
fn add(
    streams: &mut Streams,
    lines: &mut Lines<'_>,
    name: &str,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<String, ReadError> {
    if !lines.advance()? {
        return Err(ReadError::Empty);
    }
    let header = header(lines.line());
    let time = header
        .find("Time (s)")
        .ok_or_else(|| super::channels::no_orientation(&header))?;
    let turns = four(&header, ["w", "x", "y", "z"]);
    let gyro = gyro(&header);
    let accel = accel(&header).filter(|_| !name.to_lowercase().contains("linear"));
    let mut wanted = vec![time];
    wanted.extend(turns.into_iter().flatten());
    wanted.extend([gyro, accel].into_iter().flatten().flatten());
    let table = header.read(lines, &wanted, warnings)?;
    let time_s = table.column(time).to_vec();
    let stream = |columns, scale| Stream {
        time_s: time_s.clone(),
        values: vectors(&table, Triple { columns, scale }),
    };
    if let Some(columns) = turns {
        streams
            .quaternion
            .get_or_insert((time_s.clone(), quaternions(&table, columns)));
    }
    if let Some(columns) = gyro {
        let scale = options.gyro_unit.unwrap_or(GyroUnit::Rad).rad_s();
        streams.gyro.get_or_insert(stream(columns, scale));
    }
    if let Some(columns) = accel {
        let scale = options.accel_unit.unwrap_or(AccelUnit::MS2).m_s2();
        streams.accel.get_or_insert(stream(columns, scale));
    }
    Ok(header.listed())
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    fn read_text(text: &str) -> Result<Recording, ReadError> {
        read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).map(|found| found.0)
    }

    #[test]
    fn one_file_holds_all_with_decimal_commas() {
        let recording = read_text(
            "\"Time (s)\";\"Gyroscope x (rad/s)\";\"Gyroscope y (rad/s)\";\"Gyroscope z (rad/s)\";\
             \"Absolute (rad/s)\";\"Linear Acceleration x (m/s^2)\";\"Acceleration x (m/s^2)\";\
             \"Acceleration y (m/s^2)\";\"Acceleration z (m/s^2)\"\n\
             0,000000000E0;1,0E-1;0,0;0,0;1,0E-1;7,0;0,0;0,0;9,81E0\n\
             1,000000000E-2;1,0E-1;0,0;0,0;1,0E-1;7,0;0,0;0,0;9,81E0\n",
        )
        .unwrap();
        let sensor = &recording.sensors[0];
        assert_eq!(sensor.time_s, [0.0, 0.01]);
        assert_relative_eq!(sensor.gyro_rad_s.as_ref().unwrap()[1].x, 0.1);
        assert_eq!(
            sensor.accel_m_s2.as_ref().unwrap()[1].as_slice(),
            [0.0, 0.0, 9.81]
        );
    }

    #[test]
    fn attitude_is_an_orientation_and_one_vector_is_none() {
        let text = "\"Time (s)\",\"w\",\"x\",\"y\",\"z\",\"Yaw (°)\"\n0.1,1,0,0,0,0\n0.2,NaN,NaN,NaN,NaN,0\n";
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        assert!(read_text(text).is_ok());
        let text = "\"Time (s)\"\t\"X (m/s^2)\"\t\"Y (m/s^2)\"\t\"Z (m/s^2)\"\n0.1\t0\t0\t9.8\n";
        assert_eq!(detect(text.as_bytes()), Detected::Lesser);
        assert!(matches!(
            read_text(text),
            Err(ReadError::NoOrientation { .. })
        ));
        assert_eq!(
            detect(b"\"Time (s)\",\"Pressure (hPa)\"\n"),
            Detected::Companion
        );
        assert_eq!(detect(b"Time (s),w,x,y,z\n"), Detected::No);
    }

    #[test]
    fn quotes_may_be_lost_where_units_tell() {
        let text = b"Time (s),X (rad/s),Y (rad/s),Z (rad/s),Absolute (rad/s)\n";
        assert_eq!(detect(text), Detected::Lesser);
        let ngimu = b"Time (s),Gyroscope X (deg/s),Gyroscope Y (deg/s),Gyroscope Z (deg/s)\n";
        assert_eq!(detect(ngimu), Detected::No);
    }

    #[test]
    fn files_of_sensors_are_of_one_phone() {
        assert_eq!(
            together("a/Linear Accelerometer.csv"),
            folder("a/Linear Accelerometer.csv")
        );
        assert_eq!(together("a/gyroscope_2.csv"), alone("a/gyroscope_2.csv"));
        assert_eq!(together("a/Raw Data.csv"), alone("a/Raw Data.csv"));
    }
}
