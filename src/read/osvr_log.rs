//! Logs of headsets through OSVR, of people who watch 360° videos: `t frame w x y z`, no header.
//!
//! Six numbers between spaces: seconds, the number of the video's frame, the quaternion with w first; headset to room,
//! Z up. The first row is a pose from before the headset was ready: it is left out when the second is far
//! from it. Rows may come twice.

use super::header::{Delimiter, Header, is_blank, split_lines};
use super::lines::Lines;
use super::number::number;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source, channels};
use crate::sample::{Recording, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "osvr-log",
    title: "OSVR headset log (t frame w x y z)",
    extensions: &["txt"],
    gives: "quaternion of the headset",
    checked: "from documentation",
    detect,
    together: alone,
    read,
};

/// Lines that have to look right.
const LOOKED_AT: usize = 4;
/// A step that no head makes from one row to the next, radians.
const JUMP_RAD: f64 = 0.35;

fn detect(bytes: &[u8]) -> Detected {
    let lines = split_lines(bytes);
    let lines = lines.filter(|line| !is_blank(line)).take(LOOKED_AT);
    let Some(rows) = lines.map(row).collect::<Option<Vec<[f64; 6]>>>() else {
        return Detected::No;
    };
    let mut pairs = rows.iter().zip(rows.iter().skip(1));
    let rising = pairs.all(|(one, next)| next[0] >= one[0] && next[1] >= one[1]);
    Detected::recording_if(rows.len() == LOOKED_AT && rising && rows.iter().all(is_pose))
}

/// Six numbers with single spaces between.
fn row(line: &[u8]) -> Option<[f64; 6]> {
    let mut cells = line.trim_ascii().split(|&byte| byte == b' ');
    let mut row = [0.0; 6];
    for value in &mut row {
        let cell = cells.next()?;
        *value = number(cell).filter(|found| found.1 == cell.len())?.0;
    }
    cells.next().is_none().then_some(row)
}

fn is_pose(row: &[f64; 6]) -> bool {
    let [_, frame, w, x, y, z] = *row;
    let norm = w.hypot(x).hypot(y.hypot(z));
    frame.fract() == 0.0 && frame >= 0.0 && (norm - 1.0).abs() < 0.01
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let header = Header::from_names(["t", "frame", "w", "x", "y", "z"], Delimiter::Spaces);
    let table = header.read(&mut lines, &[0, 2, 3, 4, 5], warnings)?;
    let unit_s = options.time_unit_s.unwrap_or(1.0);
    let mut time_s: Vec<f64> = table.column(0).iter().map(|time| time * unit_s).collect();
    let mut poses = channels::quaternions(&table, [2, 3, 4, 5]);
    if let [first, second, ..] = poses.as_slice()
        && 2.0 * first.dot(second).abs().min(1.0).acos() > JUMP_RAD
    {
        poses.remove(0);
        time_s.remove(0);
        warnings.add(Warning::StartTransient, || {
            "the first row is a pose from before the headset was ready; left out".to_owned()
        });
    }
    Ok(Recording::of_one(SensorSamples {
        name: "head".to_owned(),
        time_s,
        earth_from_sensor: Some(poses),
        ..SensorSamples::default()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_bytes;

    #[test]
    fn the_first_pose_may_be_none() {
        let text = b"0.0 0 1 0 0 0\n0.01 0 0.6 0.8 0 0\n0.02 1 0.6 0.8 0 0\n0.03 1 0.6 0.8 0 0\n";
        assert_eq!(detect(text), Detected::Recording);
        let (read, warnings) = read_bytes(&FORMAT, text, &ReadOptions::default()).unwrap();
        assert_eq!(read.sensors[0].time_s, [0.01, 0.02, 0.03]);
        assert_eq!(warnings.count(Warning::StartTransient), 1);
    }

    #[test]
    fn other_numbers_are_something_else() {
        for text in [
            "0.0 0 1 0 0 0\n0.01 0 0.6 0.8 0 0\n",
            "1 2 3 4 5 6\n1 2 3 4 5 6\n1 2 3 4 5 6\n1 2 3 4 5 6\n",
            "0 0.5 1 0 0 0\n1 0.5 1 0 0 0\n2 0.5 1 0 0 0\n3 0.5 1 0 0 0\n",
        ] {
            assert_eq!(detect(text.as_bytes()), Detected::No, "{text}");
        }
    }
}
