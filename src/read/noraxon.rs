//! Noraxon MR3 and myoRESEARCH with myoMOTION sensors: CSV.
//!
//! Three lines of preamble, then `time,Activity,Marker,…`; with semicolons and decimal commas where
//! the computer writes numbers so. A segment's columns are
//! `Noraxon MyoMotion-Segments-Head-Gyroscope-x (deg/s)`, `…-Acceleration-x (mG)`, `…-Pitch (deg)`,
//! `…-Roll (deg)` and `…-Course (deg)`; the sensor's own accelerometer is `Head Accel Sensor X (mG)`, and
//! with sides `Foot Accel Sensor X RT (mG)`. Accelerations are in thousandths of g, time in seconds.
//!
//! Gyroscope and accelerometer are read where both are there, and the accelerometer's own columns go
//! before those of the segment. Else Course, Pitch and Roll are: turns about Z, Y and X one after the
//! other, which is taken from the description and not checked on a recording.
//! Joint angles, such as `Cervical Flexion Fwd (deg)`, are no orientation of a sensor.

use std::f64::consts::PI;

use super::channels::{SensorColumns, Triple, from_euler_deg};
use super::error::{ReadError, excerpt};
use super::euler::Sequence;
use super::header::{Delimiter, Header, mentions, split_lines};
use super::lines::Lines;
use super::table::Table;
use super::together::alone;
use super::{Detected, Format, ReadOptions, Source};
use crate::sample::{Recording, SensorSamples};
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "noraxon",
    title: "Noraxon myoMOTION CSV",
    extensions: &["csv"],
    gives: "gyroscope and accelerometer, or Euler angles, several sensors",
    checked: "from documentation, and headers in programs that read such files",
    detect,
    together: alone,
    read,
};

/// Lines before the header.
const PREAMBLE: usize = 8;
const SEGMENTS: &str = "Noraxon MyoMotion-Segments-";

fn detect(bytes: &[u8]) -> Detected {
    let mut lines = split_lines(bytes).take(PREAMBLE);
    Detected::recording_if(lines.any(is_header))
}

fn is_header(line: &[u8]) -> bool {
    if !mentions(line, "time") {
        return false;
    }
    let header = Header::new(line.trim_ascii(), Delimiter::guess(line));
    let known = |name: &String| name.starts_with("Noraxon ") || name.contains(" Accel Sensor ");
    let second = header.names.get(1..3).unwrap_or_default();
    header.find("time") == Some(0)
        && (header.names.iter().any(known) || second == ["Activity", "Marker"])
}

/// What a column holds of a sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The accelerometer's own.
    Accel,
    SegmentAccel,
    Gyro,
    Roll,
    Pitch,
    Course,
}

/// A column: its sensor, what it holds, which of the three axes, and its unit.
#[derive(Debug, PartialEq, Eq)]
struct Column {
    sensor: String,
    kind: Kind,
    axis: usize,
    unit: String,
}

impl Column {
    fn new(name: &str) -> Option<Self> {
        let (name, unit) = split_unit(name);
        let name = name.strip_prefix(SEGMENTS).unwrap_or(name);
        if let Some((before, after)) = name.split_once(" Accel Sensor ") {
            let axis = axis_of(after.get(..1)?)?;
            let side = after.get(1..)?;
            return Some(Self::of(
                &format!("{before}{side}"),
                Kind::Accel,
                axis,
                unit,
            ));
        }
        let (sensor, last) = name.rsplit_once('-')?;
        let angle = match last {
            "Roll" => Some((Kind::Roll, 0)),
            "Pitch" => Some((Kind::Pitch, 1)),
            "Course" => Some((Kind::Course, 2)),
            _ => None,
        };
        if let Some((kind, axis)) = angle {
            return Some(Self::of(sensor, kind, axis, unit));
        }
        let (sensor, kind) = sensor.rsplit_once('-')?;
        let kind = match kind {
            "Acceleration" => Kind::SegmentAccel,
            "Gyroscope" => Kind::Gyro,
            _ => return None,
        };
        Some(Self::of(sensor, kind, axis_of(last)?, unit))
    }

    fn of(sensor: &str, kind: Kind, axis: usize, unit: &str) -> Self {
        Self {
            sensor: sensor.to_owned(),
            kind,
            axis,
            unit: unit.to_owned(),
        }
    }

    /// What its values are multiplied by.
    fn scale(&self) -> f64 {
        match self.unit.to_lowercase().as_str() {
            "mg" => STANDARD_GRAVITY_M_S2 / 1000.0,
            "g" => STANDARD_GRAVITY_M_S2,
            "deg" | "deg/s" | "°/s" | "°" => PI / 180.0,
            _ => 1.0,
        }
    }
}

/// `Name (unit)`, or `Name,unit` in quotes.
fn split_unit(name: &str) -> (&str, &str) {
    let split = match name.strip_suffix(')') {
        Some(name) => name.rsplit_once('('),
        None => name.rsplit_once(','),
    };
    split.map_or((name, ""), |(name, unit)| (name.trim(), unit.trim()))
}

fn axis_of(letter: &str) -> Option<usize> {
    ["x", "y", "z"]
        .iter()
        .position(|axis| axis.eq_ignore_ascii_case(letter))
}

/// A sensor's columns, and its angles where it has nothing better: roll, pitch and course.
struct Segment {
    columns: SensorColumns,
    angles: Option<[usize; 3]>,
}

impl Segment {
    fn new(name: &str, columns: &[Option<Column>]) -> Self {
        let find = |kind: Kind, axis: usize| {
            columns.iter().position(|column| {
                let column = column.as_ref().filter(|column| column.sensor == name);
                column.is_some_and(|column| column.kind == kind && column.axis == axis)
            })
        };
        let triple = |kinds: [Kind; 3]| {
            let [Some(x), Some(y), Some(z)] = [0, 1, 2].map(|axis| find(kinds[axis], axis)) else {
                return None;
            };
            let scale = columns.get(x)?.as_ref()?.scale();
            Some(Triple {
                columns: [x, y, z],
                scale,
            })
        };
        let accel = triple([Kind::Accel; 3]).or_else(|| triple([Kind::SegmentAccel; 3]));
        let columns = SensorColumns {
            name: name.to_owned(),
            gyro: triple([Kind::Gyro; 3]),
            accel,
            ..SensorColumns::default()
        };
        let angles = triple([Kind::Roll, Kind::Pitch, Kind::Course]);
        Self {
            angles: angles
                .filter(|_| !columns.has_orientation())
                .map(|angles| angles.columns),
            columns,
        }
    }

    const fn has_orientation(&self) -> bool {
        self.angles.is_some() || self.columns.has_orientation()
    }

    fn samples(&self, table: &Table, time_s: &[f64], options: &ReadOptions) -> SensorSamples {
        let mut samples = self.columns.samples(table, time_s.to_vec(), options);
        samples.earth_from_sensor = self.angles.map(|columns| match options.euler_sequence {
            None => from_euler_deg(table, columns),
            Some(sequence) => in_sequence(table, columns, sequence),
        });
        samples
    }
}

fn in_sequence(
    table: &Table,
    columns: [usize; 3],
    sequence: Sequence,
) -> Vec<nalgebra::Quaternion<f64>> {
    let angles = columns.map(|column| table.column(column));
    let turn = |row: usize| {
        let angle = |axis: usize| {
            angles[axis]
                .get(row)
                .copied()
                .unwrap_or(f64::NAN)
                .to_radians()
        };
        sequence.quaternion(sequence.axes().map(angle))
    };
    (0..table.rows()).map(turn).collect()
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    lines.advance_past(|line| !is_header(line), |_line| {})?;
    let header = Header::new(lines.line(), Delimiter::guess(lines.line()));
    let columns: Vec<Option<Column>> = header.names.iter().map(|name| Column::new(name)).collect();
    let mut names: Vec<&str> = Vec::new();
    for column in columns.iter().flatten() {
        if !names.contains(&column.sensor.as_str()) {
            names.push(&column.sensor);
        }
    }
    let segments: Vec<Segment> = names
        .iter()
        .map(|name| Segment::new(name, &columns))
        .filter(Segment::has_orientation)
        .collect();
    if segments.is_empty() {
        return Err(only_angles(&header));
    }
    let time = header.find("time").unwrap_or_default();
    let mut wanted = vec![time];
    for segment in &segments {
        wanted.extend(segment.columns.wanted());
        wanted.extend(segment.angles.into_iter().flatten());
    }
    let table = header.read(&mut lines, &wanted, warnings)?;
    let unit_s = options.time_unit_s.unwrap_or(1.0);
    let time_s: Vec<f64> = table
        .column(time)
        .iter()
        .map(|time| time * unit_s)
        .collect();
    Ok(Recording {
        sensors: segments
            .iter()
            .map(|segment| segment.samples(&table, &time_s, options))
            .collect(),
        ..Recording::default()
    })
}

/// Names the angles that are there, those of the neck first.
fn only_angles(header: &Header) -> ReadError {
    let is_angle = |name: &&String| split_unit(name).1 == "deg";
    let mut angles: Vec<&String> = header.names.iter().filter(is_angle).collect();
    angles.sort_by_key(|name| !name.contains("Cervical"));
    if angles.is_empty() {
        return super::channels::no_orientation(header);
    }
    let shown: Vec<String> = angles
        .iter()
        .take(10)
        .map(|name| excerpt(name.as_bytes(), 60))
        .collect();
    ReadError::NoOrientation {
        has: format!("only joint angles ({})", shown.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    const PREAMBLE: &str = "Name,x\nDate,y\n\n";

    fn read_text(text: &str) -> Result<Recording, ReadError> {
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).map(|read| read.0)
    }

    #[test]
    fn both_styles_of_names_are_one_sensor() {
        let text = [
            PREAMBLE,
            "time,Activity,Marker,Foot Accel Sensor X RT (mG),Foot Accel Sensor Y RT (mG),Foot Accel Sensor Z RT (mG),\
             Noraxon MyoMotion-Segments-Foot RT-Acceleration-x (mG),Noraxon MyoMotion-Segments-Foot RT-Acceleration-y (mG),\
             Noraxon MyoMotion-Segments-Foot RT-Acceleration-z (mG),Noraxon MyoMotion-Segments-Foot RT-Gyroscope-x (deg/s),\
             Noraxon MyoMotion-Segments-Foot RT-Gyroscope-y (deg/s),Noraxon MyoMotion-Segments-Foot RT-Gyroscope-z (deg/s)\n\
             0.000,a,,0,0,1000,5,5,5,180,0,0\n0.005,,m,0,0,1000,5,5,5,0,0,0\n",
        ]
        .concat();
        let recording = read_text(&text).unwrap();
        let [sensor] = recording.sensors.as_slice() else {
            panic!("{recording:?}")
        };
        assert_eq!(sensor.name, "Foot RT");
        assert_eq!(sensor.time_s, [0.0, 0.005]);
        assert_relative_eq!(sensor.accel_m_s2.as_ref().unwrap()[0].z, 9.806_65);
        assert_relative_eq!(sensor.gyro_rad_s.as_ref().unwrap()[0].x, PI);
    }

    #[test]
    fn angles_of_a_segment_serve_and_decimal_commas_are_read() {
        let text = "a\nb\nc\ntime;Activity;Marker;Noraxon MyoMotion-Segments-Head-Pitch (deg);\
            Noraxon MyoMotion-Segments-Head-Roll (deg);Noraxon MyoMotion-Segments-Head-Course (deg)\r\n\
            0,00;;;0,0;0;90,0\r\n0,01;;;90;0;0\r\n";
        let recording = read_text(text).unwrap();
        let q = recording.sensors[0].earth_from_sensor.as_ref().unwrap();
        assert_relative_eq!(q[0].k, 0.5_f64.sqrt(), epsilon = 1e-12);
        assert_relative_eq!(q[1].j, 0.5_f64.sqrt(), epsilon = 1e-12);
        assert_eq!(recording.sensors[0].time_s, [0.0, 0.01]);
    }

    #[test]
    fn joint_angles_alone_are_named() {
        let text = "a\nb\nc\ntime,Activity,Marker,RT Hip Flexion (deg),\"Cervical Axial - RT,deg\"\n0,,,1,2\n";
        let error = read_text(text).unwrap_err().to_string();
        assert!(
            error.contains("only joint angles (Cervical Axial - RT,deg; RT Hip"),
            "{error}"
        );
    }

    #[test]
    fn other_tables_are_not_of_it() {
        for text in ["time,x\n", "time,ax,ay,az\n", "a\nb\nTime (s),W,X,Y,Z\n"] {
            assert_eq!(detect(text.as_bytes()), Detected::No, "{text}");
        }
    }
}
