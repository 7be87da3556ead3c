//! Delimited text with the usual headers, or with columns that the user names.
//!
//! Many programs write a time, and a quaternion as `w,x,y,z`, `qw,qx,qy,qz`, `quat_w …`,
//! `quaternionW …` or `q0 … q3` (w first), in any order of columns. Several sensors stand side by side
//! with a number or a name: `w1,x1,y1,z1,w2 …`, `q1_w …`, `head_qw …`. Gyroscope and accelerometer are
//! taken when the header states their unit, as `gx (deg/s)` or `accel_x_m_s2`. The unit of time comes
//! from the header, or from the typical step, with a warning. Quaternions are taken as sensor to earth,
//! Z up, unless the user says otherwise.

use super::channels::{SensorColumns, Triple, even_times};
use super::header::{Delimiter, Header};
use super::lines::Lines;
use super::plain_header::{self, Layout};
use super::together::alone;
use super::{Detected, FORMATS, Format, QuaternionOrder, ReadError, ReadOptions, Source};
use crate::sample::{Recording, median_step};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "plain-csv",
    title: "Delimited text with the usual column names, or with --columns",
    extensions: &["csv", "tsv", "txt"],
    gives: "quaternion, several sensors; gyroscope and accelerometer when units are stated",
    checked: "5 real files of a two-sensor jig",
    detect,
    together: alone,
    read,
};

/// Lines among which the header is looked for.
const HEADER_LINES: usize = 100;

/// Files that would look plain, but mean something else.
const OTHERS: &[(&[u8], &str)] = &[(b"TimeStamp,Delta_TP9", "a Mind Monitor file")];

fn detect(bytes: &[u8]) -> Detected {
    let other =
        |format: &&Format| format.name != FORMAT.name && (format.detect)(bytes) != Detected::No;
    if foreign(bytes).is_some() || FORMATS.iter().any(|format| other(&format)) {
        return Detected::No;
    }
    let mut lines = bytes.split(|&byte| byte == b'\n').take(HEADER_LINES);
    let order = Some(QuaternionOrder::Wxyz);
    if lines.any(|line| plain_header::layout(line, order).is_some()) {
        Detected::Recording
    } else {
        Detected::No
    }
}

/// What a file is that would look plain but means something else.
pub(super) fn foreign(bytes: &[u8]) -> Option<&'static str> {
    OTHERS
        .iter()
        .find(|other| bytes.starts_with(other.0))
        .map(|other| other.1)
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let layout = find_header(&mut lines, options)?;
    let sensors = &layout.sensors;
    let mut wanted: Vec<usize> = sensors.iter().flat_map(SensorColumns::wanted).collect();
    wanted.extend(layout.time.map(|time| time.column));
    let table = layout.header.read(&mut lines, &wanted, warnings)?;
    let time_s = match layout.time {
        Some(time) => {
            let values = table.column(time.column);
            match times(values, time.unit_s, options, warnings)? {
                Some(unit_s) => values.iter().map(|value| value * unit_s).collect(),
                None => even_times(table.rows(), options.rate_hz.ok_or(ReadError::NoRate)?),
            }
        }
        None => even_times(table.rows(), options.rate_hz.ok_or(ReadError::NoRate)?),
    };
    let sensors = sensors
        .iter()
        .map(|sensor| sensor.samples(&table, time_s.clone(), options))
        .collect();
    Ok(Recording {
        sensors,
        ..Recording::default()
    })
}

/// Goes to the header line.
fn find_header(lines: &mut Lines<'_>, options: &ReadOptions) -> Result<Layout, ReadError> {
    let mut best = None;
    while lines.number() < HEADER_LINES && lines.advance()? {
        if options.columns.is_empty() {
            if let Some(layout) = plain_header::layout(lines.line(), options.quaternion_order) {
                return Ok(layout);
            }
            continue;
        }
        let header = Header::new(lines.line(), Delimiter::guess(lines.line()));
        match mapped(header, &options.columns) {
            Ok(layout) => return Ok(layout),
            Err(error) if best.is_none() => best = Some(error),
            Err(_same) => {}
        }
    }
    let unnumbered = ReadError::BadOption {
        what: "the quaternion columns are numbered from 1 and their order is not known; \
               say it with --quaternion-order wxyz or xyzw"
            .to_owned(),
    };
    Err(best.unwrap_or(unnumbered))
}

/// The unit of time, seconds: as the user says, as the header says, or guessed from the step.
/// `None` when the column only counts rows.
pub(super) fn times(
    values: &[f64],
    stated_s: Option<f64>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Option<f64>, ReadError> {
    if let Some(unit_s) = options.time_unit_s.or(stated_s) {
        return Ok(Some(unit_s));
    }
    let Some(step) = median_step(values) else {
        return Ok(Some(1.0));
    };
    let counts = |pair: &[f64]| (pair[1] - pair[0] - 1.0).abs() < 1e-9;
    if values.len() > 2 && values.windows(2).all(counts) {
        return Ok(None);
    }
    let likely = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")]
        .into_iter()
        .find(|(unit_s, _)| (0.000_4..=0.25).contains(&(step * unit_s)));
    let Some((unit_s, name)) = likely else {
        return Err(ReadError::BadOption {
            what: format!(
                "the unit of the time column is not stated and its step of {step} fits none; \
                 say it with --time-unit s, ms, us or ns"
            ),
        });
    };
    warnings.add(Warning::RateAssumed, || {
        format!("the time column states no unit; {name} was taken, from its step of {step}")
    });
    Ok(Some(unit_s))
}

/// The layout that the user spelled out: canonical names, with a sensor's name before or not.
fn mapped(header: Header, columns: &[(String, String)]) -> Result<Layout, ReadError> {
    let mut layout = Layout {
        header,
        time: None,
        sensors: Vec::new(),
    };
    let mut parts: Vec<(String, &str, usize)> = Vec::new();
    for (canonical, name) in columns {
        let column = position(&layout.header, name)?;
        let (sensor, part) = canonical.rsplit_once('_').unwrap_or(("", canonical));
        match part {
            "time" | "t" => layout.time = Some(plain_header::time(&layout.header, column)),
            "qw" | "qx" | "qy" | "qz" | "gx" | "gy" | "gz" | "ax" | "ay" | "az" => {
                parts.push((sensor.to_owned(), part, column));
            }
            _ => return Err(unknown_part(canonical)),
        }
    }
    let mut names: Vec<String> = parts.iter().map(|part| part.0.clone()).collect();
    names.dedup();
    for name in names {
        if !layout.sensors.iter().any(|sensor| sensor.name == name) {
            layout
                .sensors
                .push(mapped_sensor(&layout.header, name, &parts)?);
        }
    }
    if layout.sensors.iter().any(SensorColumns::has_orientation) {
        return Ok(layout);
    }
    Err(ReadError::MissingColumns {
        wanted: "qw".to_owned(),
        found: layout.header.listed(),
    })
}

fn mapped_sensor(
    header: &Header,
    name: String,
    parts: &[(String, &str, usize)],
) -> Result<SensorColumns, ReadError> {
    let find = |part: &str| {
        parts
            .iter()
            .find(|found| found.0 == name && found.1 == part)
    };
    let all = |wanted: &[&str]| -> Result<Option<Vec<usize>>, ReadError> {
        if wanted.iter().all(|part| find(part).is_none()) {
            return Ok(None);
        }
        let column = |part: &&str| {
            find(part)
                .map(|found| found.2)
                .ok_or_else(|| ReadError::MissingColumns {
                    wanted: (*part).to_owned(),
                    found: header.listed(),
                })
        };
        wanted
            .iter()
            .map(column)
            .collect::<Result<_, _>>()
            .map(Some)
    };
    let triple = |wanted: [&str; 3]| -> Result<Option<Triple>, ReadError> {
        let columns: Option<[usize; 3]> = all(&wanted)?.and_then(|found| found.try_into().ok());
        Ok(columns.map(|columns| Triple {
            columns,
            scale: plain_header::scale(header, columns[0]),
        }))
    };
    let quaternion = all(&["qw", "qx", "qy", "qz"])?.and_then(|found| found.try_into().ok());
    let (gyro, accel) = (triple(["gx", "gy", "gz"])?, triple(["ax", "ay", "az"])?);
    Ok(SensorColumns {
        name,
        time: None,
        quaternion,
        gyro,
        accel,
        mag: None,
    })
}

/// A column by its name, or by its number counted from 1.
fn position(header: &Header, name: &str) -> Result<usize, ReadError> {
    let number = || name.parse::<usize>().ok()?.checked_sub(1);
    let missing = || ReadError::MissingColumns {
        wanted: name.to_owned(),
        found: header.listed(),
    };
    header
        .find(name)
        .or_else(number)
        .filter(|&column| column < header.names.len())
        .ok_or_else(missing)
}

fn unknown_part(canonical: &str) -> ReadError {
    ReadError::BadOption {
        what: format!(
            "--columns knows no '{canonical}': use time, qw, qx, qy, qz, gx, gy, gz, ax, ay, az, \
             each with a sensor's name before it or not, such as head_qw"
        ),
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::Quaternion;

    use super::*;
    use crate::read::read_bytes;

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
