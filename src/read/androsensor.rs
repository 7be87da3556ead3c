//! `AndroSensor`, an app for phones: one file of delimited text.
//!
//! Names say channel, axis and unit: `ACCELEROMETER X (m/s²)` …, `GRAVITY X (m/s²)` …, `LINEAR ACCELERATION
//! X (m/s²)` …, `GYROSCOPE X (rad/s)` …, `MAGNETIC FIELD X (μT)` …, `ORIENTATION Z (azimuth °)`,
//! `ORIENTATION X (pitch °)`, `ORIENTATION Y (roll °)`, with a place and much else between them; in
//! Latin-1 or UTF-8, perhaps after a line `sep=;`. Last come `Time since start in ms ` and
//! `YYYY-MO-DD HH-MI-SS_SSS`, a local date. Cells are parted by semicolons or commas, with a
//! decimal comma or point; what the phone does not have is NaN or empty, and the text of a satellite
//! receiver may stand between quotes.
//!
//! The accelerometer is specific force; where it is missing, gravity and linear acceleration make it up.
//! All rows are written at the rate that the user chose, with the last value of each channel. The
//! angles are used only where there is no gyroscope: they are heading, pitch and roll of Android, made
//! without it.

use nalgebra::Vector3;

use super::android_angles;
use super::channels::{Triple, no_orientation, vectors};
use super::header::{Delimiter, Header, split_lines};
use super::lines::Lines;
use super::table::{Cell, Table};
use super::together::alone;
use super::{AccelUnit, Detected, Format, GyroUnit, ReadError, ReadOptions, Source};
use crate::sample::{Recording, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "androsensor",
    title: "AndroSensor app (CSV)",
    extensions: &["csv"],
    gives: "gyroscope, accelerometer; angles where there is no gyroscope",
    checked: "from headers in programs that read such files",
    detect,
    together: alone,
    read,
};

/// The header is among the first lines.
const HEADER_LINES: usize = 4;

fn detect(bytes: &[u8]) -> Detected {
    let mut lines = split_lines(bytes).take(HEADER_LINES);
    Detected::recording_if(lines.any(is_header))
}

/// A time of this app's, and a vector or angle of it.
fn is_header(line: &[u8]) -> bool {
    if memchr::memmem::find(line, b" X (").is_none() {
        return false;
    }
    let columns = Columns::of(&Header::new(line.trim_ascii_end(), Delimiter::guess(line)));
    (columns.since_start.is_some() || columns.date.is_some()) && columns.has_motion()
}

/// Where things stand.
#[derive(Debug)]
struct Columns {
    since_start: Option<usize>,
    date: Option<usize>,
    accel: Option<Triple>,
    gravity: Option<Triple>,
    linear: Option<Triple>,
    gyro: Option<Triple>,
    /// Azimuth, pitch, roll.
    angles: Option<Triple>,
}

impl Columns {
    fn of(header: &Header) -> Self {
        let names: Vec<String> = header.names.iter().map(|n| n.to_uppercase()).collect();
        let find = |start: &str| names.iter().position(|name| name.starts_with(start));
        let three = |starts: [String; 3]| {
            let [x, y, z] = starts.map(|start| find(&start));
            Some([x?, y?, z?])
        };
        let xyz = |channel: &str| three(["X", "Y", "Z"].map(|axis| format!("{channel} {axis}")));
        let scaled = |columns: Option<[usize; 3]>, unit: fn(&str) -> f64| {
            let columns = columns?;
            let name = names.get(columns[0]).map_or("", String::as_str);
            let scale = unit(name.split_once('(').map_or("", |found| found.1));
            Some(Triple { columns, scale })
        };
        let angles = ["Z", "X", "Y"].map(|axis| format!("ORIENTATION {axis}"));
        Self {
            since_start: find("TIME SINCE START"),
            date: find("YYYY-MO-DD").or_else(|| find("DATE (YYYY-MO-DD")),
            accel: scaled(xyz("ACCELEROMETER"), accel_unit),
            gravity: scaled(xyz("GRAVITY"), accel_unit),
            linear: scaled(xyz("LINEAR ACCELERATION"), accel_unit),
            gyro: scaled(xyz("GYROSCOPE"), gyro_unit),
            angles: scaled(three(angles), |_degrees| 1.0),
        }
    }

    const fn has_accel(&self) -> bool {
        self.accel.is_some() || (self.gravity.is_some() && self.linear.is_some())
    }

    const fn has_motion(&self) -> bool {
        self.has_accel() || self.gyro.is_some() || self.angles.is_some()
    }

    fn wanted(&self) -> Vec<usize> {
        let whole = self.accel.is_some();
        let parts = [self.gravity, self.linear].map(|part| part.filter(|_| !whole));
        let triples = [self.accel, parts[0], parts[1], self.gyro, self.angles];
        let columns = triples.into_iter().flatten().flat_map(|t| t.columns);
        columns.chain(self.since_start.or(self.date)).collect()
    }
}

/// m/s² in the unit that the rest of a name begins with.
fn accel_unit(unit: &str) -> f64 {
    let in_g = unit.trim_start().starts_with("G)");
    if in_g { AccelUnit::G } else { AccelUnit::MS2 }.m_s2()
}

/// rad/s in the unit that the rest of a name begins with.
fn gyro_unit(unit: &str) -> f64 {
    let in_rad = unit.trim_start().starts_with("RAD");
    if in_rad { GyroUnit::Rad } else { GyroUnit::Deg }.rad_s()
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    lines.advance_past(|line| !is_header(line), |_before| {})?;
    let mut header = Header::new(lines.line(), Delimiter::guess(lines.line()));
    let columns = Columns::of(&header);
    if columns.angles.is_none() && !(columns.gyro.is_some() && columns.has_accel()) {
        return Err(no_orientation(&header));
    }
    header.open_end = true;
    if let Some(date) = columns.date.filter(|_| columns.since_start.is_none()) {
        header.set_cell(date, Cell::Moment);
    }
    let table = header.read(&mut lines, &columns.wanted(), warnings)?;
    Ok(Recording::of_one(sensor(
        &columns, &table, options, warnings,
    )))
}

fn sensor(
    columns: &Columns,
    table: &Table,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> SensorSamples {
    let vector = |triple: Option<Triple>, scale: Option<f64>| {
        let triple = triple?;
        let scale = scale.unwrap_or(triple.scale);
        Some(vectors(table, Triple { scale, ..triple })).filter(|values| has_values(values))
    };
    let accel_scale = options.accel_unit.map(AccelUnit::m_s2);
    let accel = vector(columns.accel, accel_scale).or_else(|| {
        let gravity = vector(columns.gravity, accel_scale)?;
        let linear = vector(columns.linear, accel_scale)?;
        Some(gravity.iter().zip(linear).map(|(g, l)| g + l).collect())
    });
    let gyro = vector(columns.gyro, options.gyro_unit.map(GyroUnit::rad_s));
    let angles = vector(columns.angles, None).filter(|_| gyro.is_none() || accel.is_none());
    let turns = angles.map(|angles| android_angles::turns(&angles, accel.as_deref()));
    if turns.is_some() {
        warnings.add(Warning::ConventionAssumed, || {
            "there is no gyroscope; orientation is taken from the phone's azimuth, pitch and roll"
                .to_owned()
        });
    }
    let (time, unit_s) = match columns.since_start {
        Some(column) => (Some(column), options.time_unit_s.unwrap_or(1e-3)),
        None => (columns.date, 1.0),
    };
    let written = time.map_or(&[][..], |column| table.column(column));
    SensorSamples {
        time_s: written.iter().map(|count| count * unit_s).collect(),
        earth_from_sensor: turns,
        gyro_rad_s: gyro,
        accel_m_s2: accel,
        ..SensorSamples::default()
    }
}

/// A phone without a sensor writes NaN, or zeros.
fn has_values(values: &[Vector3<f64>]) -> bool {
    values
        .iter()
        .any(|value| value.norm().is_finite() && value.norm() > 0.0)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    const WHOLE: &str = "ACCELEROMETER X (m/s²);ACCELEROMETER Y (m/s²);ACCELEROMETER Z (m/s²);\
        GYROSCOPE X (rad/s);GYROSCOPE Y (rad/s);GYROSCOPE Z (rad/s);ORIENTATION Z (azimuth °);\
        ORIENTATION X (pitch °);ORIENTATION Y (roll °);NMEA;Time since start in ms ;\
        YYYY-MO-DD HH-MI-SS_SSS\n";

    fn opened(bytes: &[u8]) -> Result<(SensorSamples, Warnings), ReadError> {
        assert_eq!(detect(bytes), Detected::Recording);
        let (mut recording, warnings) = read_bytes(&FORMAT, bytes, &ReadOptions::default())?;
        Ok((recording.sensors.remove(0), warnings))
    }

    #[test]
    fn gyroscope_and_accelerometer_with_quoted_text_and_decimal_commas() {
        let rows = "0,1;0,2;9,8;0,5;0;0;10;20;30;\"$GP;1\";5;2014-03-18 10:12:13:456\n\
                    0,1;0,2;9,8;NaN;;0;10;20;30;;15;2014-03-18 10:12:13:466\n";
        let (sensor, warnings) = opened(format!("sep=;\n{WHOLE}{rows}").as_bytes()).unwrap();
        assert_relative_eq!(sensor.time_s[1] - sensor.time_s[0], 0.01, epsilon = 1e-9);
        let gyro = sensor.gyro_rad_s.unwrap();
        assert_relative_eq!(gyro[0].x, 0.5);
        assert!(gyro[1].y.is_nan());
        assert_relative_eq!(sensor.accel_m_s2.unwrap()[0].z, 9.8);
        assert!(sensor.earth_from_sensor.is_none());
        assert_eq!(warnings.count(Warning::ConventionAssumed), 0);
    }

    #[test]
    fn names_in_latin_1_and_a_date_alone_are_known() {
        let text = b"GRAVITY X (m/s\xb2),GRAVITY Y (m/s\xb2),GRAVITY Z (m/s\xb2),\
            LINEAR ACCELERATION X (m/s\xb2),LINEAR ACCELERATION Y (m/s\xb2),\
            LINEAR ACCELERATION Z (m/s\xb2),GYROSCOPE X (rad/s),GYROSCOPE Y (rad/s),\
            GYROSCOPE Z (rad/s),YYYY-MO-DD HH-MI-SS_SSS\r\n\
            0,0,9.8,1,0,0,0.1,0,0,2014-03-18 10:12:13:456\r\n\
            0,0,9.8,1,0,0,0.1,0,0,2014-03-18 10:12:13:476\r\n";
        let (sensor, _) = opened(text).unwrap();
        assert_relative_eq!(sensor.duration_s(), 0.02, epsilon = 1e-6);
        assert_relative_eq!(
            sensor.accel_m_s2.unwrap()[0],
            Vector3::new(1.0, 0.0, 9.8),
            epsilon = 1e-12
        );
    }

    #[test]
    fn angles_stand_in_for_a_gyroscope_that_is_not_there() {
        let rows = "0;0;9,8;NaN;NaN;NaN;90;0;0;;5;x\n0;0;9,8;NaN;NaN;NaN;90;0;0;;15;x\n";
        let (sensor, warnings) = opened(format!("{WHOLE}{rows}").as_bytes()).unwrap();
        let turn = sensor.earth_from_sensor.unwrap()[0];
        assert_relative_eq!(turn.k.abs(), 0.5_f64.sqrt(), epsilon = 1e-9);
        assert!(sensor.gyro_rad_s.is_none());
        assert_eq!(warnings.count(Warning::ConventionAssumed), 1);
        let text = "ACCELEROMETER X (m/s²),ACCELEROMETER Y (m/s²),ACCELEROMETER Z (m/s²),\
            Time since start in ms \n0,0,9.8,1\n";
        assert!(matches!(
            opened(text.as_bytes()),
            Err(ReadError::NoOrientation { .. })
        ));
        assert_eq!(detect(b"GYROSCOPE X (rad/s),a\n"), Detected::No);
    }
}
