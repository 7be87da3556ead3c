//! The layout that the user spells out with `--columns`: canonical names, with a sensor's name before
//! or not.

use super::angles::Angles;
use super::layout::{Layout, PlainSensor, Time};
use super::name;
use crate::read::channels::{SensorColumns, Triple};
use crate::read::header::Header;
use crate::read::{ReadError, ReadOptions};

/// A column that the user named: sensor, canonical part, where it stands.
type Part<'a> = (String, &'a str, usize);

/// The layout of a table with these columns.
///
/// # Errors
/// For columns that are not there, names that are not known, and when nothing gives orientation.
pub(in crate::read) fn layout(header: Header, options: &ReadOptions) -> Result<Layout, ReadError> {
    let mut layout = Layout {
        header,
        time: None,
        sensors: Vec::new(),
    };
    let mut parts: Vec<Part<'_>> = Vec::new();
    for (canonical, wanted) in &options.columns {
        let column = position(&layout.header, wanted)?;
        let (sensor, part) = canonical.rsplit_once('_').unwrap_or(("", canonical));
        match part {
            "time" | "t" => layout.time = Some(time(&layout.header, column)),
            "qw" | "qx" | "qy" | "qz" | "gx" | "gy" | "gz" | "ax" | "ay" | "az" | "roll"
            | "pitch" | "yaw" => parts.push((sensor.to_owned(), part, column)),
            _ => return Err(unknown_part(canonical)),
        }
    }
    for (name, ..) in &parts {
        let known = |sensor: &PlainSensor| sensor.columns.name == *name;
        if !layout.sensors.iter().any(known) {
            layout.sensors.push(sensor(&layout.header, name, &parts)?);
        }
    }
    if layout.sensors.iter().any(PlainSensor::is_usable) {
        return Ok(layout);
    }
    Err(ReadError::MissingColumns {
        wanted: "qw".to_owned(),
        found: layout.header.listed(),
    })
}

fn time(header: &Header, column: usize) -> Time {
    let stated = header.names.get(column).map(String::as_str);
    Time {
        column,
        unit_s: stated.and_then(name::named_time_unit),
        nanoseconds: None,
    }
}

fn sensor(header: &Header, name: &str, parts: &[Part<'_>]) -> Result<PlainSensor, ReadError> {
    let columns = |wanted: &[&'static str]| all(header, name, parts, wanted);
    let named = |column: usize| header.names.get(column).map_or("", String::as_str);
    let triple = |wanted: [&'static str; 3]| -> Result<Option<(Triple, bool)>, ReadError> {
        let found: Option<[usize; 3]> = columns(&wanted)?.and_then(|found| found.try_into().ok());
        Ok(found.map(|columns| {
            let stated = name::named_scale(named(columns[0]));
            let scale = stated.unwrap_or(1.0);
            (Triple { columns, scale }, stated.is_some())
        }))
    };
    let quaternion = columns(&["qw", "qx", "qy", "qz"])?.and_then(|found| found.try_into().ok());
    let angles: Option<[usize; 3]> =
        columns(&["roll", "pitch", "yaw"])?.and_then(|found| found.try_into().ok());
    let (gyro, accel) = (triple(["gx", "gy", "gz"])?, triple(["ax", "ay", "az"])?);
    Ok(PlainSensor {
        columns: SensorColumns {
            name: name.to_owned(),
            quaternion,
            gyro: gyro.map(|gyro| gyro.0),
            accel: accel.map(|accel| accel.0),
            ..SensorColumns::default()
        },
        angles: angles.map(|columns| Angles {
            columns,
            scale: name::named_angle_unit(named(columns[0])),
        }),
        gyro_stated: gyro.is_some_and(|gyro| gyro.1),
        accel_stated: accel.is_some_and(|accel| accel.1),
    })
}

/// The columns of these parts of a sensor; `None` when none of them is named.
fn all(
    header: &Header,
    name: &str,
    parts: &[Part<'_>],
    wanted: &[&'static str],
) -> Result<Option<Vec<usize>>, ReadError> {
    let find = |part: &str| {
        let mut found = parts.iter();
        found
            .find(|found| found.0 == name && found.1 == part)
            .map(|found| found.2)
    };
    if wanted.iter().all(|part| find(part).is_none()) {
        return Ok(None);
    }
    let column = |part: &&'static str| {
        find(part).ok_or_else(|| ReadError::MissingColumns {
            wanted: (*part).to_owned(),
            found: header.listed(),
        })
    };
    wanted
        .iter()
        .map(column)
        .collect::<Result<_, _>>()
        .map(Some)
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
             roll, pitch, yaw, each with a sensor's name before it or not, such as head_qw"
        ),
    }
}
