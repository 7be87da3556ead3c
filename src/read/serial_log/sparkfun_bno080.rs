//! `SparkFun` BNO080 and BNO08x examples: `i,j,k,real,accuracy,` with a comma at the end and no header.
//!
//! The scalar comes last, two decimals, sensor to earth, Z up. Example 13 puts a number first that is no
//! clock: what the chip adds to the time of its interrupt. It is passed over. Example 14 has two sensors
//! on a line, ten numbers; when only one of them had news its five numbers stand alone, and nothing tells
//! whose they are, so such lines are passed over. With a gyroscope the line is
//! `i,j,k,real,gx,gy,gz,`, rad/s.

use super::words::{all_numbers, is_unit};
use super::{Parse, Said, What, one};
use crate::read::together::alone;
use crate::read::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::Recording;
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "sparkfun-bno080",
    title: "Log of SparkFun's BNO080 / BNO08x examples (i,j,k,real,accuracy,)",
    extensions: &["txt", "log", "csv"],
    gives: "quaternion, one or two sensors; gyroscope where printed; times of the serial monitor",
    checked: "from documentation",
    detect,
    together: alone,
    read,
};

/// Lines that are looked at to tell one sensor from two.
const FIRST_LINES: usize = 50;

fn detect(bytes: &[u8]) -> Detected {
    super::detect(bytes, parser(bytes))
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let parse = parser(source.reader.fill_buf()?);
    super::read(source, options, warnings, parse)
}

/// For one sensor or for two, from the first lines.
fn parser(bytes: &[u8]) -> Parse {
    let mut lines = bytes.split(|&byte| byte == b'\n').take(FIRST_LINES);
    let two = lines.any(|line| {
        let text = String::from_utf8_lossy(line);
        parse_two(super::stamped(&text).1, &mut Vec::new())
    });
    if two { parse_two } else { parse_one }
}

/// The numbers of a line that ends with a comma.
fn cells(line: &str) -> Option<Vec<f64>> {
    let inner = line.strip_suffix(',')?;
    let count = inner.split(',').count();
    all_numbers(inner).filter(|numbers| numbers.len() == count)
}

/// One line of one sensor.
pub(super) fn parse_one(line: &str, said: &mut Vec<Said>) -> bool {
    let Some(cells) = cells(line) else {
        return false;
    };
    let (quaternion, gyro) = match *cells.as_slice() {
        [x, y, z, w, _] | [_, x, y, z, w, _] => ([w, x, y, z], None),
        [x, y, z, w, a, b, c] => ([w, x, y, z], Some([a, b, c])),
        _ => return false,
    };
    if !is_unit(quaternion) {
        return false;
    }
    said.push(one(What::Quaternion(quaternion)));
    said.extend(gyro.map(|gyro| one(What::GyroRadS(gyro))));
    true
}

/// One line of two sensors.
pub(super) fn parse_two(line: &str, said: &mut Vec<Said>) -> bool {
    let cells = cells(line).unwrap_or_default();
    let [x, y, z, w, _, a, b, c, d, _] = *cells.as_slice() else {
        return false;
    };
    let both: [[f64; 4]; 2] = [[w, x, y, z], [d, a, b, c]];
    if !both.into_iter().all(is_unit) {
        return false;
    }
    for (sensor, quaternion) in both.into_iter().enumerate() {
        let what = What::Quaternion(quaternion);
        said.push(Said { sensor, what });
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_bytes;
    use crate::warning::Warning;

    fn read(text: &str) -> (Recording, Warnings) {
        assert_eq!(detect(text.as_bytes()), Detected::Recording, "{text}");
        let options = ReadOptions {
            rate_hz: Some(20.0),
            ..ReadOptions::default()
        };
        read_bytes(&FORMAT, text.as_bytes(), &options).unwrap()
    }

    #[test]
    fn the_scalar_comes_last() {
        let text = "\nBNO080 Read Example\nOutput in form i, j, k, real, accuracy\n\
                    0.80,0.00,0.00,0.60,3.14,\n0.00,0.80,0.00,0.60,3.14,\n";
        let (recording, warnings) = read(text);
        let q = recording.sensors[0].earth_from_sensor.clone().unwrap();
        assert_eq!((q[0].w, q[0].i, q[1].j), (0.6, 0.8, 0.8));
        assert_eq!(warnings.count(Warning::RaggedRow), 2);
    }

    #[test]
    fn a_number_before_is_no_clock_and_a_gyroscope_may_follow() {
        let (recording, _) = read("95,0.80,0.00,0.00,0.60,3.14,\n60,0.00,0.80,0.00,0.60,3.14,\n");
        assert_eq!(recording.sensors[0].time_s, [0.0, 0.05]);
        let (recording, _) = read("0.80,0.00,0.00,0.60,0.10,0.20,0.30,\n".repeat(3).as_str());
        assert_eq!(recording.sensors[0].gyro_rad_s.as_ref().unwrap()[0].z, 0.3);
    }

    #[test]
    fn two_sensors_on_a_line() {
        let both = "0.80,0.00,0.00,0.60,3.14,0.00,0.60,0.00,0.80,3.14,\n";
        let alone = "0.00,0.60,0.00,0.80,3.14,\n";
        let (recording, warnings) = read(&format!("{alone}{both}{both}{both}"));
        assert_eq!(recording.sensors.len(), 2);
        let q = recording.sensors[1].earth_from_sensor.clone().unwrap();
        assert_eq!((q.len(), q[0].w, q[0].j), (3, 0.8, 0.6));
        assert_eq!(warnings.count(Warning::RaggedRow), 1);
    }

    #[test]
    fn other_numbers_are_not_taken() {
        for text in [
            "1,2,3,4,5,\n",
            "0.80,0.00,0.00,0.60,3.14\n",
            "0.6,0.8,0,0\n",
        ] {
            assert_eq!(detect(text.repeat(5).as_bytes()), Detected::No, "{text}");
        }
    }
}
