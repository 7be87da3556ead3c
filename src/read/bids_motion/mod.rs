//! BIDS motion: a table of numbers without header, and the tables and JSON beside it that say what
//! its columns are.
//!
//! ```text
//! sub-01/ses-02/motion/sub-01_ses-02_task-flexion_tracksys-imu_motion.tsv     0.51<TAB>-0.03<TAB>n/a …
//!                                                             _channels.tsv   a row a column
//!                                                             _channels.json  axes: see `bids_frame`
//!                                                             _motion.json    rate, how missing is written
//! ```
//!
//! `channels.tsv` has the columns name, component, type, `tracked_point` and units, and may have
//! placement, `reference_frame` and `sampling_frequency`. A tracked point is a sensor. Types that are
//! read: ORNT (components `quat_w` …, or x, y and z for Euler angles), ACCEL, GYRO, MAGN, and LATENCY,
//! which is the time where it is given; else times are even. The numbers show nothing of themselves,
//! so it is the table of channels that is recognised, and the numbers by their name beside it.
//! Vectors are taken to be in right-handed axes of the sensor also where the orientations' earth is
//! left-handed. JSON files of folders above are not looked for.

mod channels;
mod frame;

use std::path::{Path, PathBuf};

use serde_json::Value;

use self::channels::{Channels, Point, Rows};
use self::frame::Frame;
use crate::read::channels::even_times;
use crate::read::error::excerpt;
use crate::read::header::{Delimiter, Header, split_lines};
use crate::read::lines::Lines;
use crate::read::neighbours::last;
use crate::read::table::Table;
use crate::read::together::Part;
use crate::read::{Detected, Format, Neighbours, ReadError, ReadOptions, Source};
use crate::sample::{Event, Recording};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "bids-motion",
    title: "BIDS motion (with channels.tsv)",
    extensions: &["tsv"],
    gives: "quaternion or Euler angles, gyroscope, accelerometer, magnetometer, several sensors",
    checked: "from documentation, and tables of channels of 3 real data sets",
    detect,
    together,
    read,
};

const CHANNELS: &str = "_channels.tsv";
const DATA: [&str; 3] = ["_motion.tsv", "_motion.tsv.gz", "_motion.tsv.zst"];
const EVENTS: &str = "_events.tsv";
/// No description is longer.
const MAX_JSON: u64 = 1024 * 1024;

fn detect(bytes: &[u8]) -> Detected {
    let line = split_lines(bytes).next();
    let header = Header::new(
        line.unwrap_or_default().trim_ascii(),
        Delimiter::Byte(b'\t'),
    );
    let has = |names: &[&str]| names.iter().all(|name| header.find(name).is_some());
    if has(&["name", "component", "type", "tracked_point", "units"]) {
        Detected::Recording
    } else if has(&["onset", "duration"]) || has(&["participant_id"]) || has(&["acq_time"]) {
        Detected::Companion
    } else {
        Detected::No
    }
}

/// The files of one recording are named alike up to the last part.
fn together(path: &str) -> Part {
    let mut ends = DATA.iter().chain([&CHANNELS, &EVENTS]);
    let stem = ends.find_map(|end| path.strip_suffix(end));
    let stem = stem.unwrap_or(path).to_owned();
    Part {
        sensor: stem.clone(),
        recording: stem,
    }
}

/// Numbers that are read with the table of channels beside them.
pub(in crate::read) fn is_data(path: &str) -> bool {
    DATA.iter().any(|end| path.ends_with(end))
}

/// What the files of a recording on disk begin with, if this is its numbers or its channels.
pub(in crate::read) fn stem_on_disk(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let mut ends = DATA.iter().chain([&CHANNELS]);
    let stem = path.with_file_name(ends.find_map(|end| name.strip_suffix(end))?);
    let beside = |end: &str| {
        let mut whole = stem.clone().into_os_string();
        whole.push(end);
        Path::new(&whole).is_file()
    };
    (beside(CHANNELS) && DATA.iter().any(|end| beside(end))).then_some(stem)
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let channels = Channels::read(&mut Lines::new(source.reader))?;
    let beside = Beside::new(source.neighbours);
    let description = beside.json("_motion.json");
    let frames = beside.json("_channels.json");
    let points = channels.points(options, warnings);
    if !points.iter().any(Point::has_orientation) {
        return Err(ReadError::NoOrientation {
            has: channels.listed(),
        });
    }
    let mut wanted: Vec<usize> = points.iter().flat_map(Point::wanted).collect();
    wanted.extend(channels.latency());
    let mut reader = beside.data()?;
    let header = channels.header();
    let table = header.read(&mut Lines::new(&mut *reader), &wanted, warnings)?;
    let table = without_missing(table, &wanted, description.as_ref());
    let time_s = times(&channels, &table, description.as_ref(), options)?;
    let sensor = |point: &Point| {
        let frame = Frame::of(frames.as_ref(), &point.frame);
        point.samples(&table, &time_s, frame, options)
    };
    let oriented = points.iter().filter(|point| point.has_orientation());
    let mut recording = Recording {
        sensors: oriented.map(sensor).collect(),
        ..Recording::default()
    };
    recording.about.events = beside.events(warnings);
    Ok(recording)
}

/// Seconds; by the channel of times, else even.
fn times(
    channels: &Channels,
    table: &Table,
    description: Option<&Value>,
    options: &ReadOptions,
) -> Result<Vec<f64>, ReadError> {
    if let Some(column) = channels.latency() {
        let in_ms = channels.rows[column].units == "ms";
        let unit_s = if in_ms { 1e-3 } else { 1.0 };
        let times = table.column(column).iter();
        return Ok(times.map(|time| time * unit_s).collect());
    }
    let stated = rate(description).or_else(|| channels.rate_hz());
    let rate_hz = options.rate_hz.or(stated).ok_or(ReadError::NoRate)?;
    Ok(even_times(table.rows(), rate_hz))
}

/// The rate that was measured, else the nominal one.
fn rate(description: Option<&Value>) -> Option<f64> {
    let number = |key: &str| description?.get(key)?.as_f64();
    let positive = |key: &str| number(key).filter(|rate| *rate > 0.0);
    positive("SamplingFrequencyEffective").or_else(|| positive("SamplingFrequency"))
}

/// What the description says is written for a missing value becomes NaN; zero is a value.
fn without_missing(table: Table, wanted: &[usize], description: Option<&Value>) -> Table {
    let said = description.and_then(|description| description.get("MissingValues"));
    let number = match said {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
    };
    let Some(code) = number.filter(|code| code.is_finite() && *code != 0.0) else {
        return table;
    };
    let present = |value: &f64| {
        let missing = (value - code).abs() <= f64::EPSILON * code.abs();
        if missing { f64::NAN } else { *value }
    };
    let column = |&index: &usize| table.column(index).iter().map(present).collect();
    let columns = wanted.iter().map(column).collect();
    Table::new(wanted.to_vec(), columns)
}

/// The files of the same recording.
struct Beside<'a> {
    neighbours: Neighbours<'a>,
    stem: &'a str,
}

impl<'a> Beside<'a> {
    fn new(neighbours: Neighbours<'a>) -> Self {
        let name = last(neighbours.path());
        Self {
            neighbours,
            stem: name.strip_suffix(CHANNELS).unwrap_or(name),
        }
    }

    /// A missing or broken description is none.
    fn json(&self, end: &str) -> Option<Value> {
        let name = format!("{}{end}", self.stem);
        let reader = self.neighbours.open(&name).ok()??;
        serde_json::from_reader(std::io::Read::take(reader, MAX_JSON)).ok()
    }

    fn data(&self) -> Result<Box<dyn std::io::BufRead>, ReadError> {
        for end in DATA {
            if let Some(reader) = self.neighbours.open(&format!("{}{end}", self.stem))? {
                return Ok(reader);
            }
        }
        let name = excerpt(self.stem.as_bytes(), 80);
        Err(ReadError::Damaged {
            what: format!("the numbers, {name}_motion.tsv, are not beside the table of channels"),
        })
    }

    /// The events of the recording, or of its task whatever the tracking system.
    fn events(&self, warnings: &mut Warnings) -> Vec<Event> {
        let of_task = self.stem.split("_tracksys-").next().unwrap_or_default();
        for stem in [self.stem, of_task] {
            if let Ok(Some(mut reader)) = self.neighbours.open(&format!("{stem}{EVENTS}")) {
                return events(&mut Lines::new(&mut *reader), warnings).unwrap_or_default();
            }
        }
        Vec::new()
    }
}

/// A table with the columns onset, duration (seconds) and `trial_type`.
fn events(lines: &mut Lines<'_>, warnings: &mut Warnings) -> Result<Vec<Event>, ReadError> {
    let table = Rows::read(lines)?;
    let number = |row: &[String], name: &str| table.cell(row, name).parse::<f64>().ok();
    let mut events = Vec::new();
    for row in &table.rows {
        let name = table.cell(row, "trial_type");
        match number(row, "onset").filter(|onset| onset.is_finite()) {
            Some(onset_s) if !name.is_empty() => events.push(Event {
                onset_s,
                duration_s: number(row, "duration").filter(|s| *s >= 0.0).unwrap_or(0.0),
                name: name.to_owned(),
            }),
            _ => warnings.add(Warning::Sidecar, || {
                "an event without onset or trial_type was passed over".to_owned()
            }),
        }
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::Vector3;

    use super::*;
    use crate::read::neighbours::InMemory;
    use crate::sample::SensorPlace;

    const CHANNELS_TSV: &str = "\
name\tcomponent\ttype\ttracked_point\tunits\tplacement\treference_frame\tsampling_frequency
h_x\tquat_x\tORNT\tA1\tn/a\tforehead\tglobal\t50
h_y\tquat_y\tORNT\tA1\tn/a\tforehead\tglobal\t50
h_z\tquat_z\tORNT\tA1\tn/a\tforehead\tglobal\t50
h_w\tquat_w\tORNT\tA1\tn/a\tforehead\tglobal\t50
ax\tx\tACCEL\tA1\tg\tforehead\tlocal\t50
ay\ty\tACCEL\tA1\tg\tforehead\tlocal\t50
az\tz\tACCEL\tA1\tg\tforehead\tlocal\t50
t_x\tx\tORNT\tA2\tdeg\tsternum\tglobal\t50
t_y\ty\tORNT\tA2\tdeg\tsternum\tglobal\t50
t_z\tz\tORNT\tA2\tdeg\tsternum\tglobal\t50
px\tx\tPOS\tA3\tm\tn/a\tglobal\t50
";
    const MOTION: (&str, &str) = (
        "m/s_tracksys-i_motion.tsv",
        "0\t0\t0\t1\t0\t0\t1\t0\t0\t90\t7\n0\t0\t1\t0\tn/a\t0\t-1\t0\t0\t-99\t7\n",
    );
    const NO_FILES: &[(&str, &str)] = &[];

    fn read_beside(
        channels: &str,
        others: &'static [(&'static str, &'static str)],
    ) -> Result<Recording, ReadError> {
        let files = InMemory(others);
        let mut reader = channels.as_bytes();
        let mut source = Source {
            reader: &mut reader,
            length: None,
            name: "s_tracksys-i_channels.tsv",
            neighbours: Neighbours::new(&files, "m/s_tracksys-i_channels.tsv"),
        };
        read(
            &mut source,
            &ReadOptions::default(),
            &mut Warnings::default(),
        )
    }

    #[test]
    fn a_tracked_point_is_a_sensor_and_components_tell_the_order() {
        let recording = read_beside(
            CHANNELS_TSV,
            &[
                MOTION,
                (
                    "m/s_tracksys-i_motion.json",
                    r#"{"SamplingFrequency": 100, "MissingValues": "-99"}"#,
                ),
                (
                    "m/s_events.tsv",
                    "onset\tduration\ttrial_type\n0.01\t2\tneutral\nn/a\t1\tx\n",
                ),
            ],
        )
        .unwrap();
        let [head, trunk] = recording.sensors.as_slice() else {
            panic!("{recording:?}")
        };
        assert_eq!(
            (head.name.as_str(), head.place),
            ("A1", Some(SensorPlace::Head))
        );
        assert_eq!(
            (trunk.name.as_str(), trunk.place),
            ("A2", Some(SensorPlace::Trunk))
        );
        assert_eq!(head.time_s, [0.0, 0.01]);
        let q = head.earth_from_sensor.as_ref().unwrap();
        assert_eq!((q[0].w, q[1].k), (1.0, 1.0));
        let accel = head.accel_m_s2.as_ref().unwrap();
        assert_eq!(accel[0], Vector3::new(0.0, 0.0, 9.806_65));
        assert!(accel[1].x.is_nan());
        let q = trunk.earth_from_sensor.as_ref().unwrap();
        assert_relative_eq!(q[0].k, 0.5_f64.sqrt(), epsilon = 1e-12);
        assert!(q[1].w.is_nan(), "the code for missing");
        assert_eq!(recording.about.events.len(), 1);
        assert_eq!(recording.about.events[0].name, "neutral");
    }

    #[test]
    fn latency_is_the_time() {
        let channels = format!("{CHANNELS_TSV}lat\tn/a\tLATENCY\tn/a\ts\tn/a\tn/a\tn/a\n");
        let recording = read_beside(
            &channels,
            &[(
                "m/s_tracksys-i_motion.tsv",
                "0\t0\t0\t1\t0\t0\t1\t0\t0\t90\t7\t0.5\n0\t0\t1\t0\t0\t0\t1\t0\t0\t9\t7\t0.75\n",
            )],
        )
        .unwrap();
        assert_eq!(recording.sensors[0].time_s, [0.5, 0.75]);
    }

    #[test]
    fn the_rate_of_a_channel_serves_and_a_left_handed_earth_is_mirrored() {
        let recording = read_beside(
            CHANNELS_TSV,
            &[
                MOTION,
                (
                    "m/s_tracksys-i_channels.json",
                    r#"{"reference_frame": {"Levels": {"global": {"SpatialAxes": "ARS", "RotationRule": "left-hand"}}}}"#,
                ),
            ],
        )
        .unwrap();
        assert_eq!(recording.sensors[0].time_s, [0.0, 0.02]);
        let q = recording.sensors[1].earth_from_sensor.as_ref().unwrap();
        assert_relative_eq!(q[0].k, -(0.5_f64.sqrt()), epsilon = 1e-12);
    }

    #[test]
    fn what_is_missing_is_said() {
        let error = read_beside(CHANNELS_TSV, NO_FILES).unwrap_err();
        assert!(
            error.to_string().contains("s_tracksys-i_motion.tsv"),
            "{error}"
        );
        let positions: Vec<&str> = CHANNELS_TSV
            .lines()
            .filter(|line| !line.contains("A1\t") && !line.contains("A2\t"))
            .collect();
        let error = read_beside(&positions.join("\n"), &[MOTION]).unwrap_err();
        assert!(error.to_string().contains("1 channels of POS"), "{error}");
        let no_rate = CHANNELS_TSV.replace("\t50\n", "\tn/a\n");
        let error = read_beside(&no_rate, &[MOTION]).unwrap_err();
        assert!(matches!(error, ReadError::NoRate), "{error}");
        let error = read_beside("name\n", &[MOTION]).unwrap_err();
        assert!(matches!(error, ReadError::NoOrientation { .. }), "{error}");
    }

    #[test]
    fn files_of_one_recording_are_named_alike() {
        for end in [
            "_motion.tsv",
            "_motion.tsv.gz",
            "_channels.tsv",
            "_events.tsv",
        ] {
            let part = together(&format!("sub-1/m/sub-1_tracksys-a{end}"));
            assert_eq!(part.recording, "sub-1/m/sub-1_tracksys-a");
        }
        assert!(is_data("a_motion.tsv") && !is_data("a_motion.csv"));
        assert_eq!(detect(CHANNELS_TSV.as_bytes()), Detected::Recording);
        assert_eq!(
            detect(b"onset\tduration\ttrial_type\n"),
            Detected::Companion
        );
        assert_eq!(detect(b"name\ttype\tunits\n"), Detected::No);
    }
}
