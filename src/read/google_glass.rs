//! Logs of Google Glass as data sets of movements of the head have them: rows of numbers, no header.
//!
//! `time,ax,ay,az,gx,gy,gz,mx,my,mz,rx,ry,rz,label,subject`: milliseconds; specific force in m/s²; the
//! gyroscope in rad/s; the magnetic field in µT; Android's rotation vector, which is x, y and z of the
//! quaternion, glasses to earth, X east, Y north, Z up; then words or numbers of what was done by whom.
//! The scalar is what is left to length 1; a vector a little longer than 1 has none. A spreadsheet may have
//! rounded the times.
//!
//! The glasses have X to the right, Y up and Z backward, towards the wearer.

use nalgebra::{Quaternion, Vector3};

use super::channels::{Triple, even_times, vectors};
use super::header::{Delimiter, Header, cut, is_blank, split_lines};
use super::headset;
use super::lines::Lines;
use super::number::number;
use super::table::Table;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::{Recording, SensorSamples};
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "google-glass",
    title: "Google Glass log without header (ms, accelerometer, gyroscope, magnetometer, rotation vector)",
    extensions: &["csv", "txt"],
    gives: "quaternion, gyroscope, accelerometer",
    checked: "from the description of real files",
    detect,
    together: alone,
    read,
};

/// Numbers of a row; after them come at most so many cells of any kind.
const NUMBERS: usize = 13;
const MORE: usize = 4;
/// Rows that have to look right, and rows that are looked at.
const LEAST_ROWS: usize = 3;
const MOST_ROWS: usize = 50;
/// A rotation vector is hardly longer.
const LONGEST: f64 = 1.05;

fn detect(bytes: &[u8]) -> Detected {
    // The last line may be cut off.
    let whole = memchr::memrchr(b'\n', bytes).and_then(|end| bytes.get(..end));
    let lines = split_lines(whole.unwrap_or_default());
    let rows = lines
        .filter(|line| !is_blank(line))
        .take(MOST_ROWS)
        .map(row);
    match rows.collect::<Option<Vec<[f64; NUMBERS]>>>() {
        Some(rows) if rows.len() >= LEAST_ROWS && are_of_glasses(&rows) => Detected::Recording,
        _ => Detected::No,
    }
}

/// The numbers of a row, if it has so many and few other cells.
fn row(line: &[u8]) -> Option<[f64; NUMBERS]> {
    let line = line.trim_ascii();
    let mut cells = Vec::new();
    cut(line, Delimiter::guess(line), &mut cells);
    if !(NUMBERS..=NUMBERS + MORE).contains(&cells.len()) {
        return None;
    }
    let mut row = [0.0; NUMBERS];
    for (value, cell) in row.iter_mut().zip(&cells) {
        let text = line.get(cell.clone())?.trim_ascii();
        *value = number(text).filter(|found| found.1 == text.len())?.0;
    }
    Some(row)
}

/// Times do not fall, gravity is in m/s², and the last three are no longer than 1 in any row.
fn are_of_glasses(rows: &[[f64; NUMBERS]]) -> bool {
    let length = |row: &[f64; NUMBERS], at: usize| {
        let [x, y, z] = [0, 1, 2].map(|axis| row.get(at + axis).copied().unwrap_or(f64::NAN));
        Vector3::new(x, y, z).norm()
    };
    let falls = rows.windows(2).any(|pair| pair[1][0] < pair[0][0]);
    let turned = |row: &[f64; NUMBERS]| length(row, 10) > 0.0;
    let fits = |row: &[f64; NUMBERS]| {
        let plausible = length(row, 4) < 40.0 && (1.0..2000.0).contains(&length(row, 7));
        plausible && (2.0..40.0).contains(&length(row, 1)) && length(row, 10) < LONGEST
    };
    !falls && rows.iter().all(fits) && rows.iter().any(turned)
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    lines.advance_past(is_blank, |_blank| {})?;
    let delimiter = Delimiter::guess(lines.line().trim_ascii());
    let names = (1..=NUMBERS).map(|column| column.to_string());
    let mut header = Header::from_names(names, delimiter);
    header.open_end = true;
    lines.again();
    let wanted = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    let table = header.read(&mut lines, &wanted, warnings)?;
    let sensor = sensor(&table, options);
    Ok(headset::recording(sensor))
}

fn sensor(table: &Table, options: &ReadOptions) -> SensorSamples {
    let unit_s = options.time_unit_s.unwrap_or(1e-3);
    let vector = |first: usize| {
        let columns = [first, first + 1, first + 2];
        vectors(
            table,
            Triple {
                columns,
                scale: 1.0,
            },
        )
    };
    let written = table.column(0).iter().map(|count| count * unit_s);
    let even = |rate_hz| even_times(table.rows(), rate_hz);
    SensorSamples {
        time_s: options.rate_hz.map_or_else(|| written.collect(), even),
        accel_m_s2: Some(vector(1)),
        gyro_rad_s: Some(vector(4)),
        mag_ut: Some(vector(7)),
        earth_from_sensor: Some(vector(10).iter().map(turn).collect()),
        ..SensorSamples::default()
    }
}

fn turn(vector: &Vector3<f64>) -> Quaternion<f64> {
    let rest = 1.0 - vector.norm_squared();
    Quaternion::from_parts(rest.max(0.0).sqrt(), *vector)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    const ROWS: &str = "1414512345678,0,9.8,0.1,0.5,0,0,20,-3,40,0.6,0,0,nod,s1\n\
        1414512345698,0,9.8,0.1,0.5,0,0,20,-3,40,0.6,0,0.8001,nod,s1\n\
        1414512345718,0,9.8,0.1,0.5,0,0,20,-3,40,0,0,0,nod,s1\n";

    #[test]
    fn rows_without_a_header_are_known_by_their_numbers() {
        assert_eq!(detect(ROWS.as_bytes()), Detected::Recording);
        let read = read_bytes(&FORMAT, ROWS.as_bytes(), &ReadOptions::default());
        let head = read.unwrap().0.sensors.remove(0);
        let turns = head.earth_from_sensor.unwrap();
        assert_relative_eq!(turns[0].w, 0.8, epsilon = 1e-12);
        assert_relative_eq!(turns[1].w, 0.0);
        assert_relative_eq!(head.time_s[2] - head.time_s[0], 0.04, epsilon = 1e-6);
        assert_relative_eq!(head.gyro_rad_s.unwrap()[0].x, 0.5);
        assert_relative_eq!(head.accel_m_s2.unwrap()[0].y, 9.8);
    }

    #[test]
    fn a_rate_stands_in_for_rounded_times() {
        let options = ReadOptions {
            rate_hz: Some(50.0),
            ..ReadOptions::default()
        };
        let mut text = ROWS.to_owned();
        for time in ["1414512345678", "1414512345698", "1414512345718"] {
            text = text.replace(time, "1.41451E+12");
        }
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let read = read_bytes(&FORMAT, text.as_bytes(), &options).unwrap();
        assert_relative_eq!(read.0.sensors[0].duration_s(), 0.04, epsilon = 1e-12);
    }

    #[test]
    fn other_rows_of_numbers_are_not_taken() {
        for (from, to) in [
            (",9.8,", ",0.98,"),
            ("0.6,0,0", "1.6,0,0"),
            (",nod", ",1,2,3,4,nod"),
            ("-3,40,", "40,"),
            ("1414512345718", "1"),
        ] {
            let text = ROWS.replace(from, to);
            assert_eq!(detect(text.as_bytes()), Detected::No, "{from}");
        }
    }
}
