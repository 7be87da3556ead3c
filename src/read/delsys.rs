//! Delsys Trigno Avanti: CSV of `EMGworks`, or of a MATLAB table of it.
//!
//! Every channel has a column of times before it, in seconds: `X [s],"Avanti sensor 1: ORIENT.W 1",X [s],…`,
//! and by way of MATLAB `X_s_,AvantiSensor1_EMG1,X_s__1,AvantiSensor1_ORIENT_W1,…`. Channels have rates
//! of their own, about 74 Hz for orientation, so that columns are of different lengths: the shorter ones
//! are filled up with zeros, empty cells or NaN. The quaternion is w first. Gyroscope (`GYRO`, deg/s) and
//! accelerometer (`ACC`, g) are brought to the times of the quaternions. A table without any column of
//! times has even ones.

use nalgebra::Vector3;

use super::channels::{Triple, even_times, no_orientation, ordered, quaternions, vectors};
use super::error::ReadError;
use super::header::{Delimiter, Header, split_lines};
use super::lines::Lines;
use super::streams::interpolated;
use super::table::Table;
use super::together::alone;
use super::{AccelUnit, Detected, Format, GyroUnit, ReadOptions, Source};
use crate::sample::{Recording, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "delsys",
    title: "Delsys Trigno Avanti CSV",
    extensions: &["csv"],
    gives: "quaternion, several sensors",
    checked: "from documentation, and headers in programs that read such files",
    detect,
    together: alone,
    read,
};

/// Orientation of a sensor, where no times are in the table.
const RATE_HZ: f64 = 74.074;
/// Lines before the header.
const PREAMBLE: usize = 10;

fn detect(bytes: &[u8]) -> Detected {
    let mut lines = split_lines(bytes).take(PREAMBLE);
    Detected::recording_if(lines.any(is_header))
}

fn is_header(line: &[u8]) -> bool {
    memchr::memmem::find(line, b"ORIENT").is_some() && {
        let names = Header::new(line, Delimiter::guess(line)).names;
        let mut channels = names.iter().filter_map(|name| Channel::new(name));
        channels.any(|channel| channel.kind == Kind::Orientation && channel.component == 'W')
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Orientation,
    Gyro,
    Accel,
}

/// What a column's name says: `AvantiSensor1_ORIENT_W1`, `Avanti sensor 1: ORIENT.W 1`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Channel {
    sensor: String,
    kind: Kind,
    component: char,
}

impl Channel {
    fn new(name: &str) -> Option<Self> {
        let kinds = [
            ("ORIENT", Kind::Orientation),
            ("GYRO", Kind::Gyro),
            ("ACC", Kind::Accel),
        ];
        let upper = name.to_ascii_uppercase();
        let (at, (word, kind)) = kinds
            .into_iter()
            .find_map(|kind| Some((upper.rfind(kind.0)?, kind)))?;
        let sensor = name
            .get(..at)?
            .trim_end_matches(|c: char| !c.is_alphanumeric());
        // The number of the sensor may stand before or after the component.
        let after = upper.get(at + word.len()..)?;
        let mut letters = after.chars().filter(char::is_ascii_alphabetic);
        let component = letters.next().filter(|letter| "WXYZ".contains(*letter))?;
        (!sensor.is_empty()).then(|| Self {
            sensor: sensor.to_owned(),
            kind,
            component,
        })
    }
}

/// A column of times: `X [s]`, `X_s__12`, or one for all, `Time_sec`.
fn is_time(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let tail = name.strip_prefix('x').unwrap_or("0");
    let of_channel = tail.starts_with([' ', '_', '[', '(']) && tail.contains('s');
    of_channel || name.starts_with("time")
}

/// The columns of a sensor, each kind with its times; w, x, y and z of the quaternion.
struct Columns {
    name: String,
    quaternion: ([usize; 4], Option<usize>),
    gyro: Option<([usize; 3], Option<usize>)>,
    accel: Option<([usize; 3], Option<usize>)>,
}

impl Columns {
    fn wanted(&self) -> Vec<usize> {
        let mut wanted = self.quaternion.0.to_vec();
        wanted.extend(self.quaternion.1);
        for (columns, time) in [self.gyro, self.accel].into_iter().flatten() {
            wanted.extend(columns);
            wanted.extend(time);
        }
        wanted
    }
}

/// All sensors with a quaternion.
fn sensors(header: &Header, options: &ReadOptions) -> Vec<Columns> {
    let channels: Vec<Option<Channel>> =
        header.names.iter().map(|name| Channel::new(name)).collect();
    let time_before = |column: usize| {
        let before = header.names.get(..column).unwrap_or_default();
        let found = before.iter().rposition(|name| is_time(name));
        found.or_else(|| header.names.iter().position(|name| is_time(name)))
    };
    let mut names: Vec<&str> = Vec::new();
    for channel in channels.iter().flatten() {
        if !names.contains(&channel.sensor.as_str()) {
            names.push(&channel.sensor);
        }
    }
    let of = |name: &&str| {
        let find = |kind: Kind, component: char| {
            channels.iter().position(|channel| {
                let channel = channel.as_ref().filter(|channel| channel.sensor == *name);
                channel.is_some_and(|one| one.kind == kind && one.component == component)
            })
        };
        let three = |kind: Kind| {
            let [x, y, z] = ['X', 'Y', 'Z'].map(|axis| find(kind, axis));
            Some(([x?, y?, z?], time_before(x?)))
        };
        let [w, x, y, z] = ['W', 'X', 'Y', 'Z'].map(|part| find(Kind::Orientation, part));
        let quaternion = ordered([w?, x?, y?, z?], options.quaternion_order);
        Some(Columns {
            name: (*name).to_owned(),
            quaternion: (quaternion, time_before(w?)),
            gyro: three(Kind::Gyro),
            accel: three(Kind::Accel),
        })
    };
    names.iter().filter_map(of).collect()
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    lines.advance_past(|line| !is_header(line), |_line| {})?;
    let header = Header::new(lines.line(), Delimiter::guess(lines.line()));
    let sensors = sensors(&header, options);
    if sensors.is_empty() {
        return Err(no_orientation(&header));
    }
    let wanted: Vec<usize> = sensors.iter().flat_map(Columns::wanted).collect();
    let mut own = Warnings::default();
    let table = header.read(&mut lines, &wanted, &mut own)?;
    // Most missing values are what columns are filled up with.
    for kind in own
        .iter()
        .filter(|kind| kind.warning != Warning::MissingValue)
    {
        warnings.add_many(kind.warning, kind.count, || kind.message.clone());
    }
    Ok(Recording {
        sensors: sensors
            .iter()
            .map(|sensor| samples(sensor, &table, options, warnings))
            .collect(),
        ..Recording::default()
    })
}

fn samples(
    columns: &Columns,
    table: &Table,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> SensorSamples {
    let mut turns = quaternions(table, columns.quaternion.0);
    let used = turns.iter().rposition(|q| q.norm() > 0.0);
    turns.truncate(used.map_or(0, |last| last + 1));
    let gaps = turns.iter().filter(|q| q.norm().is_nan()).count();
    warnings.add_many(Warning::MissingValue, gaps, || {
        format!("quaternions of {}", columns.name)
    });
    let time_s = match columns.quaternion.1 {
        Some(column) => table
            .column(column)
            .iter()
            .take(turns.len())
            .copied()
            .collect(),
        None => even_times(turns.len(), rate(options, warnings)),
    };
    let onto = |vector: Option<([usize; 3], Option<usize>)>, scale: f64| {
        let (columns, time) = vector?;
        let (from_s, values) = filled(table, Triple { columns, scale }, time?);
        Some(interpolated(&from_s, &values, &time_s))
    };
    let gyro_unit = options.gyro_unit.unwrap_or(GyroUnit::Deg);
    let accel_unit = options.accel_unit.unwrap_or(AccelUnit::G);
    SensorSamples {
        name: columns.name.clone(),
        gyro_rad_s: onto(columns.gyro, gyro_unit.rad_s()),
        accel_m_s2: onto(columns.accel, accel_unit.m_s2()),
        earth_from_sensor: Some(turns),
        time_s,
        ..SensorSamples::default()
    }
}

fn rate(options: &ReadOptions, warnings: &mut Warnings) -> f64 {
    options.rate_hz.unwrap_or_else(|| {
        warnings.add(Warning::RateAssumed, || {
            format!("the table has no times; {RATE_HZ} Hz was assumed")
        });
        RATE_HZ
    })
}

/// Values with their times, as far as the times rise.
fn filled(table: &Table, triple: Triple, time: usize) -> (Vec<f64>, Vec<Vector3<f64>>) {
    let times = table.column(time);
    let rising = times
        .windows(2)
        .take_while(|pair| pair[1] > pair[0])
        .count();
    let count = (rising + 1).min(times.len());
    let mut values = vectors(table, triple);
    values.truncate(count);
    (times.iter().take(count).copied().collect(), values)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    fn read_text(text: &str) -> (Recording, Warnings) {
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap()
    }

    #[test]
    fn every_channel_has_its_times_and_filling_is_dropped() {
        let (recording, warnings) = read_text(
            "X_s_,AvantiSensor1_EMG1__filter_,X_s__1,AvantiSensor1_ORIENT_W1,X_s__2,AvantiSensor1_ORIENT_X1,\
             X_s__3,AvantiSensor1_ORIENT_Y1,X_s__4,AvantiSensor1_ORIENT_Z1\n\
             0,7,0,1,0,0,0,0,0,0\n0.001,7,0.0135,0,0.0135,1,0.0135,0,0.0135,0\n\
             0.002,7,0,0,0,0,0,0,0,0\n0.003,7,NaN,NaN,NaN,NaN,,,NaN,NaN\n",
        );
        let sensor = &recording.sensors[0];
        assert_eq!(sensor.name, "AvantiSensor1");
        assert_eq!(sensor.time_s, [0.0, 0.0135]);
        assert_relative_eq!(sensor.earth_from_sensor.as_ref().unwrap()[1].i, 1.0);
        assert_eq!(warnings.count(Warning::MissingValue), 0);
    }

    #[test]
    fn inertial_channels_come_to_the_times_of_the_quaternions() {
        let mut names = vec!["\"X [s]\"".to_owned()];
        let mut cells = vec![];
        for (kind, parts, value) in [
            ("ORIENT", "WXYZ", "0.5"),
            ("ACC", "XYZ", "1"),
            ("GYRO", "XYZ", "180"),
        ] {
            for part in parts.chars() {
                names.push(format!(
                    "\"Avanti sensor 2: {kind}.{part} 2 [u]\",\"X [s]\""
                ));
                cells.push(value);
            }
        }
        let row = |t: &str| format!("{t},{},", cells.join(&format!(",{t},")));
        let text = format!("{}\n{}0\n{}0\n", names.join(","), row("0.00"), row("0.01"));
        let (recording, _) = read_text(&text);
        let sensor = &recording.sensors[0];
        assert_eq!(sensor.name, "Avanti sensor 2");
        assert_relative_eq!(
            sensor.gyro_rad_s.as_ref().unwrap()[1].y,
            std::f64::consts::PI
        );
        assert_relative_eq!(sensor.accel_m_s2.as_ref().unwrap()[0].z, 9.806_65);
    }

    #[test]
    fn without_times_the_rate_is_assumed() {
        let names = "AvantiSensor1_ORIENT_W1,AvantiSensor1_ORIENT_X1,AvantiSensor1_ORIENT_Y1,AvantiSensor1_ORIENT_Z1";
        let (recording, warnings) = read_text(&format!("{names}\n1,0,0,0\n1,0,0,0\n"));
        assert_eq!(warnings.count(Warning::RateAssumed), 1);
        assert_relative_eq!(recording.sensors[0].time_s[1], 1.0 / RATE_HZ);
        assert_eq!(detect(b"time,qw,qx,qy,qz\n"), Detected::No);
    }
}
