//! Logs of the VR-CROM assessment of the neck (Universidad CEU San Pablo): headset and trunk tracker.
//!
//! One header line `Sample,Time,Device,X,Y,Z,qW,qX,qY,qZ,aX,aY,aZ`, then rows that take turns:
//! `H` is the headset, `T` the tracker on the trunk, `Trigger` a button (its number in `X`). The
//! header comes again when the program was started again. `Time` is a time of day without date. About
//! 91 rows a second for each; both are written at once, so they share a clock. Quaternions are Unity's
//! (left-handed, Y up), w first; `aX` … are the same as angles and are not read. Zeros are a device
//! without tracking.
//!
//! On a computer with decimal commas the commas of the numbers stand between the commas of the cells:
//! 23 cells instead of 13, each two make a number. A row with 22 has a whole number somewhere, and nothing
//! tells where: it is dropped.

use std::ops::Range;

use super::error::excerpt;
use super::header::{Delimiter, first_line, is_blank};
use super::headset::{self, Pose, UNITY};
use super::lines::Lines;
use super::moment::{DAY_S, seconds};
use super::number::number;
use super::table::Table;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source, channels, header};
use crate::sample::{About, Recording, SensorPlace, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "crom-vr",
    title: "VR-CROM assessment log, headset and trunk tracker",
    extensions: &["txt", "csv"],
    gives: "quaternions of head and trunk",
    checked: "from documentation and the program that writes it",
    detect,
    together: alone,
    read,
};

const HEADER: &[u8] = b"Sample,Time,Device,X,Y,Z,qW,qX,qY,qZ";
/// Cells of a row, and of one whose ten numbers have a comma each.
const CELLS: usize = 13;
const SPLIT_CELLS: usize = 23;
/// Cells before the numbers, and where among the numbers the quaternion begins.
const BEFORE: usize = 3;
const QUATERNION: usize = 3;

fn detect(bytes: &[u8]) -> Detected {
    Detected::recording_if(is_header(first_line(bytes)))
}

fn is_header(line: &[u8]) -> bool {
    let packed: Vec<u8> = line.iter().copied().filter(|byte| *byte != b' ').collect();
    packed.starts_with(HEADER)
}

/// Rows of one device.
#[derive(Debug, Default)]
struct Device {
    time_s: Vec<f64>,
    quaternion: [Vec<f64>; 4],
}

fn read(
    source: &mut Source<'_>,
    _options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let (mut head, mut trunk) = (Device::default(), Device::default());
    let mut cells = Vec::new();
    while lines.advance()? {
        let line = lines.line();
        if is_blank(line) || is_header(line) {
            continue;
        }
        header::cut(line, Delimiter::Byte(b','), &mut cells);
        if cells.last().is_some_and(Range::is_empty) {
            cells.pop();
        }
        let cell = |index: usize| cells.get(index).and_then(|cell| line.get(cell.clone()));
        let device = match cell(2).map(<[u8]>::trim_ascii) {
            Some(b"H") => &mut head,
            Some(b"T") => &mut trunk,
            Some(b"Trigger") => continue,
            _ => {
                no_row(&lines, cells.len(), warnings);
                continue;
            }
        };
        match cells.len() {
            CELLS | SPLIT_CELLS => match row(&cell, cells.len() == SPLIT_CELLS) {
                Ok(row) => device.push(row),
                Err(_cut_off) if !lines.is_complete() => no_row(&lines, cells.len(), warnings),
                Err(column) => return Err(not_a_number(&lines, column, cell(column))),
            },
            _ => no_row(&lines, cells.len(), warnings),
        }
    }
    recording(head, trunk, warnings)
}

/// Time and quaternion of a row, or the cell that is none.
fn row<'l>(
    cell: &impl Fn(usize) -> Option<&'l [u8]>,
    split: bool,
) -> Result<(f64, [f64; 4]), usize> {
    let time_s = cell(1).and_then(seconds).ok_or(1_usize)?;
    let mut quaternion = [0.0; 4];
    let mut joined = Vec::new();
    for (at, value) in quaternion.iter_mut().enumerate() {
        let width = if split { 2 } else { 1 };
        let first = BEFORE + (QUATERNION + at) * width;
        joined.clear();
        joined.extend_from_slice(cell(first).unwrap_or_default().trim_ascii());
        if split {
            joined.push(b'.');
            joined.extend_from_slice(cell(first + 1).unwrap_or_default().trim_ascii());
        }
        let found = number(&joined).filter(|found| found.1 == joined.len());
        *value = found.ok_or(first)?.0;
    }
    Ok((time_s, quaternion))
}

fn no_row(lines: &Lines<'_>, cells: usize, warnings: &mut Warnings) {
    let kind = if lines.is_complete() {
        Warning::RaggedRow
    } else {
        Warning::CutOff
    };
    warnings.add(kind, || {
        format!(
            "line {} has {cells} cells, not {CELLS} or {SPLIT_CELLS}",
            lines.number()
        )
    });
}

fn not_a_number(lines: &Lines<'_>, column: usize, cell: Option<&[u8]>) -> ReadError {
    ReadError::NotANumber {
        line: lines.number(),
        column: column + 1,
        name: if column == 1 { "Time" } else { "quaternion" }.to_owned(),
        found: excerpt(cell.unwrap_or_default().trim_ascii(), 40),
    }
}

impl Device {
    fn push(&mut self, (time_s, quaternion): (f64, [f64; 4])) {
        self.time_s.push(time_s);
        for (column, value) in self.quaternion.iter_mut().zip(quaternion) {
            column.push(value);
        }
    }

    /// The samples; midnight is passed.
    fn samples(self, warnings: &mut Warnings) -> SensorSamples {
        let table = Table::new(vec![0, 1, 2, 3], self.quaternion.into());
        let time_s = channels::unwrapped(&self.time_s, DAY_S);
        headset::sensor(
            &table,
            time_s,
            Pose::Quaternion([0, 1, 2, 3]),
            UNITY,
            warnings,
        )
    }
}

fn recording(head: Device, trunk: Device, warnings: &mut Warnings) -> Result<Recording, ReadError> {
    let devices = [
        ("head", SensorPlace::Head, head),
        ("trunk", SensorPlace::Trunk, trunk),
    ];
    let filled = devices
        .into_iter()
        .filter(|device| !device.2.time_s.is_empty());
    let sensors: Vec<SensorSamples> = filled
        .map(|(name, place, device)| SensorSamples {
            name: name.to_owned(),
            place: Some(place),
            ..device.samples(warnings)
        })
        .collect();
    if sensors.is_empty() {
        let bad = warnings.count(Warning::RaggedRow);
        return Err(if bad == 0 {
            ReadError::NoRows
        } else {
            ReadError::TooManyBadRows {
                bad,
                rows: bad,
                expected: CELLS,
                line: 2,
            }
        });
    }
    Ok(Recording {
        sensors,
        about: About {
            head_mount: Some(headset::mount()),
            ..About::default()
        },
        ..Recording::default()
    })
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::{UnitQuaternion, Vector3};

    use super::*;
    use crate::read::read_bytes;

    const FIRST: &str = "Sample,Time,Device,X,Y,Z,qW,qX,qY,qZ,aX,aY,aZ\n";

    fn read_text(rows: &str) -> (Recording, Warnings) {
        let text = format!("{FIRST}{rows}");
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap()
    }

    #[test]
    fn head_and_trunk_take_turns() {
        let (read, warnings) = read_text(
            "7,23:59:59.9900,Trigger,0,0,0,0,0,0,0,0,0,0\n\
             8,23:59:59.9950,H,1,2,3,0.965925826,0.258819045,0,0,30,0,0\n\
             8,23:59:59.9950,T,1,2,3,1,0,0,0,0,0,0\n\
             9,00:00:00.0060,H,1,2,3,1,0,0,0,0,0,0\n\
             Sample,Time,Device,X,Y,Z,qW,qX,qY,qZ,aX,aY,aZ\n\
             9,00:00:00.0060,T,1,2,3,0,0,0,0,0,0,0\n",
        );
        let places: Vec<_> = read.sensors.iter().map(|sensor| sensor.place).collect();
        assert_eq!(places, [Some(SensorPlace::Head), Some(SensorPlace::Trunk)]);
        let head = &read.sensors[0];
        assert_relative_eq!(head.time_s[1] - head.time_s[0], 0.011, epsilon = 1e-9);
        // 30° of flexion: the nose, ahead at Y of the earth, goes down.
        let q = head.earth_from_sensor.as_ref().unwrap()[0];
        let nose = UnitQuaternion::new_unchecked(q) * -Vector3::z();
        assert_relative_eq!(nose, Vector3::new(0.0, 0.866_025, -0.5), epsilon = 1e-5);
        assert!(
            read.sensors[1].earth_from_sensor.as_ref().unwrap()[1]
                .w
                .is_nan()
        );
        assert_eq!(warnings.count(Warning::RaggedRow), 0);
    }

    #[test]
    fn decimal_commas_are_joined_and_what_cannot_be_is_dropped() {
        let (read, warnings) = read_text(
            "8,15:33:52.1282,H,-1,38,1,01,-1,30,0,997,0,0688,0,0261,-1,07E-05,7,87,356,9,358,9\n\
             8,15:33:52.1282,T,-1,38,1,01,-1,30,-1,0,0688,0,0261,0,0075,7,87,356,9,358,9\n\
             9,15:33:52.1392,H,-1,38,1,01,-1,30,0,997,0,0688,0,0261,0,0075,7,87,356,9,358,9\n",
        );
        assert_eq!(read.sensors.len(), 1);
        let q = read.sensors[0].earth_from_sensor.as_ref().unwrap();
        assert_eq!(q.len(), 2);
        assert!((q[0].norm() - 1.0).abs() < 0.01, "{}", q[0]);
        assert_eq!(warnings.count(Warning::RaggedRow), 1);
    }

    #[test]
    fn a_comma_at_the_end_is_no_cell() {
        let (read, warnings) = read_text("8,15:33:52.1,H,1,1,1,1,0,0,0,0,0,0,\n");
        assert_eq!(read.sensors[0].len(), 1);
        assert_eq!(warnings.count(Warning::RaggedRow), 0);
        let text = format!("{FIRST}8,15:33:52.1,H,1,1,1,1,0,0,0,0,0,0,5\n");
        let read = read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default());
        assert!(matches!(
            read.unwrap_err(),
            ReadError::TooManyBadRows { bad: 1, .. }
        ));
    }

    #[test]
    fn text_among_the_numbers_is_named() {
        let text = format!("{FIRST}8,15:33:52.1,H,1,1,1,1,zero,0,0,0,0,0\n9,");
        let read = read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default());
        let error = read.unwrap_err().to_string();
        assert!(
            error.starts_with("line 2, column 8 (quaternion): "),
            "{error}"
        );
        let text = format!("{FIRST}8,15:33:52.1,H,1,1,1,1,0,0,0,0,0,0\n9,15:33:5");
        let (_, warnings) = read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!(warnings.count(Warning::CutOff), 1);
    }
}
