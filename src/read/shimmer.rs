//! Shimmer Consensys: delimited text of one or several sensors.
//!
//! A first line `"sep=;"` (with quotes, perhaps missing), a line of names `Shimmer_<id>_<signal>_CAL` (or
//! `_RAW`, which has no unit), a line of units, then rows with a delimiter at their end. Time is
//! `Timestamp_Unix_CAL` in milliseconds since 1970, `Timestamp_FormattedUnix_CAL` as date and time, or
//! `Timestamp_CAL`. Acceleration is `Accel_LN` (low noise) or `Accel_WR` (wide range) in m/s², the gyroscope
//! in degrees a second; quaternions (`Quat_…_W` …) only where they were asked for, taken as sensor to
//! earth, Z up. The magnetometer is in units of the local field and is not used. A spreadsheet may have
//! cut the times to a few digits (`1.57684E+12`): they are then spread, or counted at 51.2 Hz.

use super::channels::{SensorColumns, Triple, even_times, no_orientation};
use super::header::{Delimiter, Header, mentions, split_lines};
use super::lines::Lines;
use super::moment;
use super::number::number;
use super::streams::{epoch_s, spread_repeats};
use super::table::{Cell, Table};
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::Recording;
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "shimmer",
    title: "Shimmer Consensys (CSV)",
    extensions: &["csv"],
    gives: "gyroscope, accelerometer; quaternion where enabled; several sensors",
    checked: "a real file",
    detect,
    together: alone,
    read,
};

/// The names are among the first lines.
const HEADER_LINES: usize = 6;
/// Samples a second of most recordings, where times are lost.
const USUAL_HZ: f64 = 51.2;
/// Fewer different times than this share of the rows cannot be spread.
const LEAST_TIMES: f64 = 0.005;

fn detect(bytes: &[u8]) -> Detected {
    let mut lines = split_lines(bytes).take(HEADER_LINES);
    Detected::recording_if(lines.any(is_header))
}

fn is_header(line: &[u8]) -> bool {
    if !mentions(line, "_Timestamp") {
        return false;
    }
    let header = Header::new(line.trim_ascii_end(), Delimiter::guess(line));
    let named = |start: &str, part: &str| {
        header
            .names
            .iter()
            .any(|name| name.starts_with(start) && name.contains(part))
    };
    named("", "_Timestamp") && (named("Shimmer", "_CAL") || named("Shimmer", "_RAW"))
        || (named("", "_Timestamp_Unix_CAL") || named("", "_Timestamp_FormattedUnix_CAL"))
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    lines.advance_past(|line| !is_header(line), |_before| {})?;
    let mut header = Header::new(lines.line(), Delimiter::guess(lines.line()));
    let sensors: Vec<SensorColumns> = prefixes(&header)
        .iter()
        .map(|prefix| columns(&header, prefix))
        .filter(SensorColumns::has_orientation)
        .collect();
    if sensors.is_empty() {
        return Err(no_orientation(&header));
    }
    let units = units(&mut lines, &header)?;
    let wanted: Vec<usize> = sensors.iter().flat_map(SensorColumns::wanted).collect();
    for time in sensors.iter().filter_map(|sensor| sensor.time) {
        header.set_cell(time, Cell::Moment);
    }
    let table = header.read(&mut lines, &wanted, warnings)?;
    let mut read = Vec::new();
    for mut sensor in sensors {
        sensor.gyro = sensor.gyro.map(|gyro| scaled(gyro, &units, "rad", 1.0));
        sensor.accel = sensor
            .accel
            .map(|accel| scaled(accel, &units, "g", STANDARD_GRAVITY_M_S2));
        let time_s = times(sensor.time, &table, options, warnings)?;
        read.push(sensor.samples(&table, time_s, options));
    }
    Ok(Recording {
        sensors: read,
        ..Recording::default()
    })
}

/// The scale of a triple whose unit begins with `other`; else its own.
fn scaled(triple: Triple, units: &[String], other: &str, scale: f64) -> Triple {
    let unit = units.get(triple.columns[0]).map_or("", String::as_str);
    if unit.starts_with(other) {
        Triple { scale, ..triple }
    } else {
        triple
    }
}

/// What the sensors' names begin with, in order.
fn prefixes(header: &Header) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in &header.names {
        let signals = ["_Timestamp", "_Accel_", "_Gyro_", "_Quat_"];
        let at = signals.iter().filter_map(|signal| name.find(signal)).min();
        if let Some(prefix) = at.and_then(|at| name.get(..at))
            && !found.iter().any(|one| one == prefix)
        {
            found.push(prefix.to_owned());
        }
    }
    found
}

fn columns(header: &Header, prefix: &str) -> SensorColumns {
    let triple = |signal: &str, scale| {
        let names =
            ["X", "Y", "Z"].map(|axis| header.find(&format!("{prefix}_{signal}_{axis}_CAL")));
        let [x, y, z] = names;
        Some(Triple {
            columns: [x?, y?, z?],
            scale,
        })
    };
    let time = |name: &str| header.find(&format!("{prefix}_{name}"));
    let times = [
        "Timestamp_Unix_CAL",
        "TimestampSync_Unix_CAL",
        "Timestamp_FormattedUnix_CAL",
        "TimestampSync_FormattedUnix_CAL",
        "Timestamp_CAL",
        "TimestampSync_CAL",
    ];
    let anyone = || {
        header
            .names
            .iter()
            .position(|name| name.contains("_Timestamp"))
    };
    SensorColumns {
        name: prefix.to_owned(),
        time: times.iter().find_map(|name| time(name)).or_else(anyone),
        quaternion: quaternion(header, prefix),
        gyro: triple("Gyro", 1_f64.to_radians()),
        accel: triple("Accel_LN", 1.0)
            .or_else(|| triple("Accel_WR", 1.0))
            .or_else(|| triple("Accel", 1.0)),
        ..SensorColumns::default()
    }
}

/// `<prefix>_Quat_<chip and axes>_W` and so on, of nine axes before six.
fn quaternion(header: &Header, prefix: &str) -> Option<[usize; 4]> {
    let one = |axes: &str, letter: &str| {
        header.names.iter().position(|name| {
            let name = name.trim_end_matches("_CAL");
            let own = name.strip_prefix(prefix).unwrap_or_default();
            let is_quaternion = own.starts_with("_Quat") || own.starts_with("_Orientation");
            is_quaternion && own.contains(axes) && own.rsplit('_').next() == Some(letter)
        })
    };
    let all = |axes: &&str| {
        let [w, x, y, z] = ["W", "X", "Y", "Z"].map(|letter| one(axes, letter));
        Some([w?, x?, y?, z?])
    };
    ["9DOF", "6DOF", ""].iter().find_map(all)
}

/// The line of units, if there is one; a row of numbers stays for the table.
fn units(lines: &mut Lines<'_>, header: &Header) -> Result<Vec<String>, ReadError> {
    if !lines.advance()? {
        return Err(ReadError::NoRows);
    }
    let cells = Header::new(lines.line(), header.delimiter).names;
    let is_value = |cell: &String| {
        let text = cell.as_bytes();
        moment::seconds(text).is_some() || number(text).is_some_and(|found| found.1 == text.len())
    };
    if cells.iter().any(is_value) {
        lines.again();
        return Ok(Vec::new());
    }
    Ok(cells)
}

fn times(
    column: Option<usize>,
    table: &Table,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Vec<f64>, ReadError> {
    let rows = table.rows();
    let Some(column) = column else {
        let rate_hz = options.rate_hz.ok_or(ReadError::NoRate)?;
        return Ok(even_times(rows, rate_hz));
    };
    // A count of seconds is a date and time that was read; smaller numbers are milliseconds.
    let seconds = |&value: &f64| {
        if value > 1e8 {
            epoch_s(value)
        } else {
            value / 1000.0
        }
    };
    let mut time_s: Vec<f64> = table.column(column).iter().map(seconds).collect();
    let different = 1 + time_s.windows(2).filter(|pair| pair[0] < pair[1]).count();
    if rows > 2 && (different as f64) < (LEAST_TIMES * rows as f64).max(2.0) {
        let rate_hz = options.rate_hz.unwrap_or(USUAL_HZ);
        warnings.add(Warning::RateAssumed, || {
            format!("{different} different times in {rows} rows, as a spreadsheet saves them; taken as {rate_hz} samples a second")
        });
        return Ok(even_times(rows, rate_hz));
    }
    let moved = spread_repeats(&mut time_s);
    warnings.add_many(Warning::RateAssumed, moved, || {
        "samples with the time of the one before; spread evenly up to the next".to_owned()
    });
    Ok(time_s)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;
    use crate::sample::SensorSamples;

    fn opened(text: &str) -> Result<(Vec<SensorSamples>, Warnings), ReadError> {
        assert_eq!(detect(text.as_bytes()), Detected::Recording, "{text}");
        let (recording, warnings) = read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default())?;
        Ok((recording.sensors, warnings))
    }

    fn head(time: &str) -> String {
        let signals = [
            "Accel_LN_X",
            "Accel_LN_Y",
            "Accel_LN_Z",
            "Gyro_X",
            "Gyro_Y",
            "Gyro_Z",
        ];
        let names = signals.map(|signal| format!("Shimmer_40AC_{signal}_CAL;"));
        format!(
            "\"sep=;\"\r\nShimmer_40AC_{time};{}\r\nms;m/(s^2);m/(s^2);m/(s^2);deg/s;deg/s;deg/s;\r\n",
            names.concat()
        )
    }

    #[test]
    fn times_of_three_kinds_are_seconds() {
        let rows =
            |one: &str, two: &str| format!("{one};0;0;9.8;180;0;0;\r\n{two};0;0;9.8;0;0;0;\r\n");
        for (name, one, two) in [
            (
                "Timestamp_Unix_CAL",
                "1.595933810034E12",
                "1.595933810054E12",
            ),
            (
                "Timestamp_FormattedUnix_CAL",
                "2020/07/28 10:56:50.034",
                "2020/07/28 10:56:50.054",
            ),
            ("Timestamp_CAL", "34.0", "54.0"),
        ] {
            let (sensors, warnings) = opened(&format!("{}{}", head(name), rows(one, two))).unwrap();
            assert_eq!(sensors[0].name, "Shimmer_40AC");
            assert!((sensors[0].duration_s() - 0.02).abs() < 1e-6, "{name}");
            let gyro = sensors[0].gyro_rad_s.as_ref().unwrap()[0];
            assert!((gyro.x - std::f64::consts::PI).abs() < 1e-12);
            assert!(warnings.is_empty(), "{warnings:?}");
        }
    }

    #[test]
    fn times_cut_by_a_spreadsheet_are_counted() {
        let row = "1.57684E+12;0;0;9.8;0;0;0;\r\n";
        let (sensors, warnings) =
            opened(&format!("{}{}", head("Timestamp_Unix_CAL"), row.repeat(10))).unwrap();
        assert!((sensors[0].rate_hz().unwrap() - 51.2).abs() < 1e-6);
        assert_eq!(warnings.count(Warning::RateAssumed), 1);
    }

    #[test]
    fn a_quaternion_is_found_and_its_lack_is_said() {
        let text = "sep=,\nShimmer_A_Timestamp_Unix_CAL,Shimmer_A_Quat_MPU9X50_6DOF_W_CAL,\
            Shimmer_A_Quat_MPU9X50_6DOF_X_CAL,Shimmer_A_Quat_MPU9X50_6DOF_Y_CAL,\
            Shimmer_A_Quat_MPU9X50_6DOF_Z_CAL\nms,no_units,no_units,no_units,no_units\n1595933810034,0.9,0.1,0.2,0.3\n";
        let (sensors, _) = opened(text).unwrap();
        assert_relative_eq!(sensors[0].earth_from_sensor.as_ref().unwrap()[0].k, 0.3);
        let text = "Shimmer_A_Timestamp_Unix_CAL\tShimmer_A_Accel_LN_X_CAL\nms\tm/(s^2)\n1\t2\n";
        assert!(matches!(opened(text), Err(ReadError::NoOrientation { .. })));
    }
}
