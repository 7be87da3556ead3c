//! MbientLab MetaBase: a CSV file a stream of a MetaWear sensor.
//!
//! Files are named `<label>_<session start>_<MAC>_<stream>_<rate>_<firmware>.csv`. Columns are `epoch (ms)`
//! (`epoc (ms)` on Apple's), a time of day whose zone in the header is not to be trusted, `elapsed (s)`,
//! and the values with their unit: `x-axis (g)`, `x-axis (deg/s)`, `x-axis (T)`; where the sensor fuses,
//! `w (number)` … or `pitch (deg)`, `roll (deg)`, `yaw (deg)`. The quaternion is taken as sensor to earth,
//! Z up. Gravity and linear acceleration have the header of the accelerometer; they are told by the
//! file's name and not used. Samples of one packet may bear one epoch and are spread. Streams of a sensor start at different
//! times and are brought to those of the quaternion, else of the gyroscope.

use super::channels::{Triple, four, quaternions, triple, vectors};
use super::header::{Delimiter, Header, first_line};
use super::lines::Lines;
use super::neighbours::{joined, last, parent};
use super::streams::{Stream, Streams, spread_repeats};
use super::together::{Part, alone, folder};
use super::{Detected, Format, ReadError, ReadOptions, Sequence, Source};
use crate::sample::Recording;
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "metabase",
    title: "MbientLab MetaBase (a CSV file a stream)",
    extensions: &["csv"],
    gives: "quaternion, gyroscope, accelerometer",
    checked: "4 real files; fused streams from documentation",
    detect,
    together,
    read,
};

fn detect(bytes: &[u8]) -> Detected {
    let line = first_line(bytes);
    let header = Header::new(line, Delimiter::Byte(b','));
    if epoch(&header).is_none() {
        return Detected::No;
    }
    match Kind::of(&header) {
        Some(Kind::Quaternion(_)) => Detected::Recording,
        Some(_) => Detected::Lesser,
        None if header.find("elapsed (s)").is_some() => Detected::Companion,
        None => Detected::No,
    }
}

fn epoch(header: &Header) -> Option<usize> {
    header
        .find("epoch (ms)")
        .or_else(|| header.find("epoc (ms)"))
}

/// What a stream holds, and in which columns.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Quaternion([usize; 4]),
    /// Yaw, pitch, roll.
    Euler([usize; 3]),
    Gyro([usize; 3]),
    Accel([usize; 3]),
}

impl Kind {
    fn of(header: &Header) -> Option<Self> {
        let three = |names: [&str; 3]| triple(header, names, 1.0).map(|triple| triple.columns);
        let quaternion = ["w (number)", "x (number)", "y (number)", "z (number)"];
        let axes = |gyro: bool| {
            let unit = if gyro { "deg/s" } else { "g" };
            let names = ["x", "y", "z"].map(|axis| format!("{axis}-axis ({unit})"));
            three(names.each_ref().map(String::as_str))
        };
        four(header, quaternion)
            .map(Self::Quaternion)
            .or_else(|| three(["yaw (deg)", "pitch (deg)", "roll (deg)"]).map(Self::Euler))
            .or_else(|| axes(true).map(Self::Gyro))
            .or_else(|| axes(false).map(Self::Accel))
    }

    fn columns(self) -> Vec<usize> {
        match self {
            Self::Quaternion(columns) => columns.to_vec(),
            Self::Euler(columns) | Self::Gyro(columns) | Self::Accel(columns) => columns.to_vec(),
        }
    }
}

/// Label, session start and MAC of a file's name.
fn named(name: &str) -> Option<(String, &str, &str)> {
    let parts: Vec<&str> = name.split('_').collect();
    let is_start = |part: &&str| {
        part.len() >= 19
            && part.is_ascii()
            && part.get(4..5) == Some("-")
            && part.get(10..11) == Some("T")
    };
    let at = parts.iter().position(is_start)?;
    let mac = parts
        .get(at + 1)
        .filter(|part| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let label = parts.get(..at)?.join("_");
    Some((label, parts.get(at)?, mac.copied().unwrap_or_default()))
}

/// A file of gravity or of linear acceleration, which the sensor makes of what its accelerometer feels.
fn is_part(name: &str) -> bool {
    let after_start = named(name).and_then(|(_, start, _)| name.split_once(start));
    let stream = after_start.map_or(name, |parts| parts.1).to_lowercase();
    stream.contains("gravity") || stream.contains("linear")
}

/// Devices that were started in the same minute are of one recording.
fn together(path: &str) -> Part {
    const STREAMS: [&str; 5] = [
        "accelerometer",
        "gyroscope",
        "magnetometer",
        "quaternion",
        "euler angles",
    ];
    let name = last(path);
    if let Some((label, start, mac)) = named(name) {
        return Part {
            sensor: joined(parent(path), &format!("{label}_{start}_{mac}")),
            recording: joined(parent(path), start.get(..16).unwrap_or(start)),
        };
    }
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if STREAMS.contains(&stem.as_str()) {
        folder(path)
    } else {
        alone(path)
    }
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut streams = Streams::default();
    let path = source.neighbours.path();
    let own = together(path).sensor;
    let mut lines = Lines::new(source.reader);
    let has = if is_part(last(path)) {
        "a part of the acceleration only".to_owned()
    } else {
        add(&mut streams, &mut lines, options, warnings)?
    };
    for name in source.neighbours.names() {
        let beside = joined(parent(path), &name);
        if beside == path || together(&beside).sensor != own || is_part(&name) {
            continue;
        }
        if let Some(mut reader) = source.neighbours.open(&name)? {
            // What cannot be read beside a stream that can is no loss.
            let mut own = Warnings::default();
            if add(
                &mut streams,
                &mut Lines::new(&mut *reader),
                options,
                &mut own,
            )
            .is_ok()
            {
                warnings.extend(&own);
            }
        }
    }
    let mut sensor = streams
        .into_sensor()
        .ok_or(ReadError::NoOrientation { has })?;
    if let Some((label, _, mac)) = named(last(path)) {
        format!("{label} {mac}").trim().clone_into(&mut sensor.name);
    }
    Ok(Recording::of_one(sensor))
}

/// Reads one file into the stream that it is, unless that is there already; returns what it has.
fn add(
    streams: &mut Streams,
    lines: &mut Lines<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<String, ReadError> {
    if !lines.advance()? {
        return Err(ReadError::Empty);
    }
    let header = Header::new(lines.line(), Delimiter::Byte(b','));
    let has = header.listed();
    let (Some(epoch), Some(kind)) = (epoch(&header), Kind::of(&header)) else {
        return Ok(has);
    };
    let mut wanted = kind.columns();
    wanted.push(epoch);
    let table = header.read(lines, &wanted, warnings)?;
    let mut time_s: Vec<f64> = table.column(epoch).iter().map(|ms| ms / 1000.0).collect();
    let moved = spread_repeats(&mut time_s);
    warnings.add_many(Warning::RateAssumed, moved, || {
        "samples with the time of the one before; spread evenly up to the next".to_owned()
    });
    let vector = |columns, scale| vectors(&table, Triple { columns, scale });
    match kind {
        Kind::Quaternion(columns) => {
            let columns = if options.quaternion_order == Some(super::QuaternionOrder::Xyzw) {
                let [a, b, c, d] = columns;
                [d, a, b, c]
            } else {
                columns
            };
            streams
                .quaternion
                .get_or_insert((time_s, quaternions(&table, columns)));
        }
        Kind::Euler(columns) => {
            let angles = vector(columns, 1_f64.to_radians());
            let sequence = options.euler_sequence.unwrap_or(Sequence::ZYX);
            let turns = angles
                .iter()
                .map(|&angles| sequence.quaternion(angles.into()));
            streams.euler.get_or_insert((time_s, turns.collect()));
        }
        Kind::Gyro(columns) => {
            let scale = options.gyro_unit.unwrap_or(super::GyroUnit::Deg).rad_s();
            let values = vector(columns, scale);
            streams.gyro.get_or_insert(Stream { time_s, values });
        }
        Kind::Accel(columns) => {
            let scale = options
                .accel_unit
                .map_or(STANDARD_GRAVITY_M_S2, super::AccelUnit::m_s2);
            let values = vector(columns, scale);
            streams.accel.get_or_insert(Stream { time_s, values });
        }
    }
    Ok(has)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_bytes;

    #[test]
    fn names_tell_sensor_and_recording() {
        let name =
            "a/11_MetaWear_2019-09-14T16.18.22.686_F1E55E2FE95F_Gyroscope_100.000Hz_1.4.5.csv";
        let part = together(name);
        assert_eq!(
            part.sensor,
            "a/11_MetaWear_2019-09-14T16.18.22.686_F1E55E2FE95F"
        );
        assert_eq!(part.recording, "a/2019-09-14T16.18");
        assert_eq!(together("a/Gyroscope.csv"), folder("a/Gyroscope.csv"));
        assert_eq!(together("a/trial7.csv"), alone("a/trial7.csv"));
    }

    const LINEAR: &str = "x_MetaWear_2019-09-14T16.18.22.686_F1E55E2FE95F_Linear Acceleration.csv";
    const BESIDE: &[(&str, &str)] = &[(
        "x_MetaWear_2019-09-14T16.18.22.686_F1E55E2FE95F_Quaternion.csv",
        "epoch (ms),elapsed (s),w (number),x (number),y (number),z (number)\n1,0,1,0,0,0\n",
    )];

    #[test]
    fn gravity_and_linear_acceleration_are_not_the_accelerometer() {
        assert!(is_part(LINEAR) && is_part("Gravity.csv"));
        assert!(!is_part(BESIDE[0].0) && !is_part("Accelerometer.csv"));
        assert!(!is_part(
            &LINEAR.replace("x_", "linear_").replace("Linear ", "")
        ));
        let files = crate::read::neighbours::InMemory(BESIDE);
        let mut reader: &[u8] =
            b"epoch (ms),elapsed (s),x-axis (g),y-axis (g),z-axis (g)\n1,0,0,0,0\n";
        let mut source = Source {
            reader: &mut reader,
            length: None,
            name: LINEAR,
            neighbours: crate::read::Neighbours::new(&files, LINEAR),
        };
        let options = ReadOptions::default();
        let recording = read(&mut source, &options, &mut Warnings::default()).unwrap();
        assert!(recording.sensors[0].accel_m_s2.is_none());
    }

    #[test]
    fn streams_are_told_by_their_units() {
        let head = |columns: &str| {
            format!("epoc (ms),timestamp (-0800),elapsed (s),{columns}\n1,a,0,1,2,3,4")
        };
        let said = |columns: &str| detect(head(columns).as_bytes());
        assert_eq!(
            said("w (number),x (number),y (number), z (number)"),
            Detected::Recording
        );
        assert_eq!(
            said("x-axis (deg/s),y-axis (deg/s),z-axis (deg/s)"),
            Detected::Lesser
        );
        assert_eq!(said("pressure (Pa)"), Detected::Companion);
    }

    #[test]
    fn packets_are_spread_and_acceleration_alone_says_so() {
        let text =
            b"epoch (ms),time (-13:00),elapsed (s),w (number),x (number),y (number),z (number)\n\
            1000000000000,x,0,1,0,0,0\n1000000000000,x,0,1,0,0,0\n1000000000020,x,0,1,0,0,0";
        let (recording, warnings) = read_bytes(&FORMAT, text, &ReadOptions::default()).unwrap();
        let sensor = &recording.sensors[0];
        assert!(
            sensor.time_s.windows(2).all(|pair| pair[1] > pair[0]),
            "{:?}",
            sensor.time_s
        );
        assert_eq!(warnings.count(Warning::RateAssumed), 1);
        let text =
            b"epoch (ms),time (-13:00),elapsed (s),x-axis (g),y-axis (g),z-axis (g)\n1,x,0,0,0,1\n";
        let error = read_bytes(&FORMAT, text, &ReadOptions::default()).unwrap_err();
        assert!(matches!(error, ReadError::NoOrientation { .. }), "{error}");
    }
}
