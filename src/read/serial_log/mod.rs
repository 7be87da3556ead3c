//! What sketches print over a serial port, saved as text: lines with labels, or of numbers alone.
//!
//! The lines themselves are read by [`crate::protocol::text`], as on a live port. Here the lines are put together to samples: a sample ends
//! when something comes that it already has. Start-up text and other lines that say nothing are passed
//! over and counted. Time is what the sketch prints, or what the serial monitor put in front of each
//! line (`12:34:56.789 -> ` of the Arduino IDE), or comes from the rate that the user says.

pub mod adafruit_bno055;
pub mod adafruit_bno08x;
pub mod arduino_ahrs;
pub mod mpu6050_dmp;
pub mod razor_ahrs;
pub mod sparkfun_bno080;
mod rows;

use super::channels::even_times;
use super::error::excerpt;
use super::header::{mentions, split_lines};
use super::lines::{self, Lines};
use super::moment;
use super::{Detected, ReadError, ReadOptions, Source};
use crate::protocol::text::{Parse, is_orientation};
use crate::sample::Recording;
use crate::warning::{Warning, Warnings};

/// Sensors that one line may speak of.
const MAX_SENSORS: usize = 8;
/// Lines of orientation that a detector wants to see.
const LEAST_LINES: usize = 2;

/// A sketch says something of its own within so many lines.
const FIRST_LINES: usize = 100;

/// A sketch's output, when most lines after the first that says something are its own. One of the
/// `signs` stands in each line with an orientation; without them no line is looked at.
pub(super) fn detect(bytes: &[u8], signs: &[&str], parse: Parse) -> Detected {
    if !signs.iter().any(|sign| mentions(bytes, sign)) || bytes.contains(&0) {
        return Detected::No;
    }
    let mut said = Vec::new();
    let (mut oriented, mut own, mut other) = (0, 0, 0);
    for (number, line) in split_lines(bytes).enumerate() {
        if own == 0 && number == FIRST_LINES {
            return Detected::No;
        }
        let text = lines::text(line);
        said.clear();
        if parse(stamped(&text).1, &mut said) {
            own += 1;
            oriented += usize::from(said.iter().any(is_orientation));
        } else if own > 0 && !text.trim().is_empty() {
            other += 1;
        }
    }
    // The last line may be cut off.
    Detected::recording_if(oriented >= LEAST_LINES && own + 1 >= other)
}

/// Reads all lines.
pub(super) fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
    parse: Parse,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let mut rows = rows::Rows::new();
    let mut said = Vec::new();
    let mut noise = 0;
    let mut first_noise = String::new();
    while lines.advance()? {
        let text = lines::text(lines.line());
        let (time_s, rest) = stamped(&text);
        said.clear();
        if parse(rest, &mut said) {
            rows.take(time_s, &said);
        } else if !rest.is_empty() {
            if noise == 0 {
                let shown = excerpt(rest.as_bytes(), 60);
                first_noise = format!("line {}: '{shown}'", lines.number());
            }
            noise += 1;
        }
    }
    warnings.add_many(Warning::RaggedRow, noise, || {
        format!("lines that are no measurement were passed over, the first {first_noise}")
    });
    rows.finish();
    let times = |count| {
        let rate_hz = options.rate_hz.ok_or(ReadError::NoRate)?;
        Ok(even_times(count, rate_hz))
    };
    rows.recording(options.rate_hz.is_some(), times)
}

/// The time that a serial monitor put in front of a line, seconds, and the line without it.
pub(super) fn stamped(text: &str) -> (Option<f64>, &str) {
    let text = text.trim_start_matches('\u{feff}').trim();
    let found = between_marks(text).or_else(|| leading(text));
    found.map_or((None, text), |(time_s, rest)| (Some(time_s), rest.trim()))
}

/// `12:34:56.789 -> text`, `12:34:56.789 > text`, `[12:34:56.789] text`.
fn between_marks(text: &str) -> Option<(f64, &str)> {
    let (before, after) = match text.strip_prefix(['[', '(']) {
        Some(opened) => opened.split_once(']').or_else(|| opened.split_once(')'))?,
        None => text.split_once('>')?,
    };
    let before = before.strip_suffix('-').unwrap_or(before);
    Some((moment::seconds(before.as_bytes())?, after))
}

/// `12:34:56.789 text`, with a date before it or not.
fn leading(text: &str) -> Option<(f64, &str)> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let blank = |c: char| c.is_whitespace() || c == ',' || c == ';';
    let (first, rest) = text.split_once(blank)?;
    // Three numbers at least, and something between them.
    if first.bytes().filter(|byte| !byte.is_ascii_digit()).count() < 2 {
        return None;
    }
    if let Some(time_s) = moment::seconds(first.as_bytes()) {
        return Some((time_s, rest));
    }
    if !moment::is_date(first.as_bytes()) {
        return None;
    }
    let (second, rest) = rest.trim_start().split_once(blank)?;
    let both = format!("{first} {second}");
    Some((moment::seconds(both.as_bytes())?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_monitors_put_the_time_in_front() {
        for text in [
            "00:00:01.500 -> quat 1",
            "00:00:01.500 > quat 1",
            "[00:00:01.500] quat 1",
            "\u{feff} 00:00:01.5 quat 1\r",
            "1970-01-01 00:00:01.500 quat 1",
            "1970-01-01T00:00:01.500,quat 1",
        ] {
            assert_eq!(stamped(text), (Some(1.5), "quat 1"), "{text}");
        }
        assert_eq!(stamped("quat\t1 -> 2"), (None, "quat\t1 -> 2"));
        assert_eq!(stamped("0.5,0.5,0.5"), (None, "0.5,0.5,0.5"));
    }
}
