//! OpenSim OpenSense orientations, `.sto`.
//!
//! ```text
//! DataRate=100.000000
//! DataType=Quaternion
//! version=3
//! OpenSimVersion=4.1
//! endheader
//! time<TAB>torso_imu<TAB>head_imu
//! 0<TAB>0.51,0.45,-0.66,0.28<TAB>0.98,0.01,0.02,0.17
//! ```
//!
//! A blank line may come first, and `DataRate` may be absent. Each cell is a quaternion `w,x,y,z`,
//! sensor to earth with Z up: OpenSim turns it to its own Y-up frame only later. Column names are
//! sensors; time is in seconds and seldom starts at zero.

use super::channels::SensorColumns;
use super::error::{ReadError, excerpt};
use super::header::{Delimiter, Header, split_lines};
use super::lines::Lines;
use super::together::alone;
use super::{Detected, Format, ReadOptions, Source};
use crate::sample::Recording;
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "opensense-sto",
    title: "OpenSim OpenSense orientations",
    extensions: &["sto"],
    gives: "quaternion, several sensors",
    checked: "3 real files of OpenSim 4.1 and 4.2",
    detect,
    together: alone,
    read,
};

/// Lines before `endheader` that are looked at.
const PREAMBLE: usize = 40;

/// What the first bytes of an OpenSim table of anything but quaternions are.
pub(super) fn other_table(bytes: &[u8]) -> Option<&'static str> {
    let mut lines = split_lines(bytes).take(PREAMBLE);
    let ends = lines.any(|line| line.trim_ascii().eq_ignore_ascii_case(b"endheader"));
    ends.then_some("an OpenSim table without quaternions: give the .sto of the orientations")
}

fn detect(bytes: &[u8]) -> Detected {
    let mut quaternions = false;
    for line in split_lines(bytes).take(PREAMBLE) {
        let line = line.trim_ascii();
        quaternions |= line.eq_ignore_ascii_case(b"DataType=Quaternion");
        if line.eq_ignore_ascii_case(b"endheader") && quaternions {
            return Detected::Recording;
        }
    }
    Detected::No
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let is_end = |line: &[u8]| line.trim_ascii().eq_ignore_ascii_case(b"endheader");
    lines.advance_past(|line| !is_end(line), |_key| {})?;
    lines.advance_past(|line| line.trim_ascii().is_empty(), |_blank| {})?;
    let (header, sensors) = columns(lines.line(), lines.number())?;
    let wanted: Vec<usize> = (0..header.names.len()).collect();
    let table = header.read(&mut lines, &wanted, warnings)?;
    let time_s = table.column(0);
    let sensors = sensors
        .iter()
        .map(|sensor| sensor.samples(&table, time_s.to_vec(), options))
        .collect();
    Ok(Recording {
        sensors,
        ..Recording::default()
    })
}

/// One column for the time, and four for each sensor.
fn columns(line: &[u8], number: usize) -> Result<(Header, Vec<SensorColumns>), ReadError> {
    let names = Header::new(line, Delimiter::Byte(b'\t')).names;
    let (Some(time), true) = (names.first(), names.len() > 1) else {
        let found = excerpt(line, 60);
        return Err(ReadError::BadLine {
            line: number,
            expected: "time and sensor names",
            found,
        });
    };
    let mut header = Header::new(b"", Delimiter::Either(b'\t', b','));
    header.names.push(time.clone());
    let mut sensors = Vec::new();
    for name in &names[1..] {
        let first = header.names.len();
        header
            .names
            .extend(["w", "x", "y", "z"].map(|axis| format!("{name} {axis}")));
        sensors.push(SensorColumns {
            name: name.clone(),
            time: Some(0),
            quaternion: Some([first, first + 1, first + 2, first + 3]),
            ..SensorColumns::default()
        });
    }
    Ok((header, sensors))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_bytes;

    #[test]
    fn sensors_come_by_column() {
        let text = b"\nDataRate=100.000000\nDataType=Quaternion\nversion=3\nendheader\n\
            time\ttorso_imu\thead_imu\n10.5\t1,0,0,0\t0.5,0.5,-0.5,0.5\n";
        assert_eq!(detect(text), Detected::Recording);
        let (recording, _) = read_bytes(&FORMAT, text, &ReadOptions::default()).unwrap();
        assert_eq!(recording.sensors[1].name, "head_imu");
        let q = recording.sensors[1].earth_from_sensor.as_ref().unwrap()[0];
        assert_eq!(q, nalgebra::Quaternion::new(0.5, 0.5, -0.5, 0.5));
        assert_eq!(recording.sensors[0].time_s, [10.5]);
    }

    #[test]
    fn joint_angles_are_not_ours() {
        let angles = b"DataType=double\nendheader\ntime\tneck\n0\t1\n";
        assert_eq!(detect(angles), Detected::No);
        let said = crate::read::detect(angles).unwrap_err().to_string();
        assert!(said.contains("without quaternions"), "{said}");
        assert_eq!(other_table(b"time,neck\n0,1\n"), None);
    }

    #[test]
    fn a_text_that_ends_in_the_preamble_is_an_error() {
        let text = b"DataType=Quaternion\nendheader";
        let read = read_bytes(&FORMAT, text, &ReadOptions::default());
        assert!(matches!(read, Err(ReadError::NoRows)));
    }
}
