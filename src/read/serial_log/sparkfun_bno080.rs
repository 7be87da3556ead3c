//! A saved log of `SparkFun`'s BNO080 / BNO08x examples; [`crate::protocol::text::sparkfun_bno080`] has the
//! lines.

use crate::protocol::text::Parse;
use crate::protocol::text::sparkfun_bno080::{parse_one, parse_two};
use crate::read::header::split_lines;
use crate::read::lines;
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
    let mut lines = split_lines(bytes).take(super::FIRST_LINES);
    // Its lines end with a comma, perhaps with blanks after it.
    let other = |line: &[u8]| line.last().is_none_or(u8::is_ascii_alphanumeric);
    if lines.any(|line| !other(line.trim_ascii_end())) {
        super::detect(bytes, &[","], parser(bytes))
    } else {
        Detected::No
    }
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
    let mut lines = split_lines(bytes).take(FIRST_LINES);
    let two = lines.any(|line| {
        let text = lines::text(line);
        parse_two(super::stamped(&text).1, &mut Vec::new())
    });
    if two { parse_two } else { parse_one }
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
        approx::assert_relative_eq!(recording.sensors[0].gyro_rad_s.as_ref().unwrap()[0].z, 0.3);
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
