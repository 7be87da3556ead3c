//! Lines of text: what sketches print over a serial port, with labels or of numbers alone.
//!
//! A sketch is a function from one line to what it says (`Parse`); it knows nothing of streams, so that
//! the readers of saved logs use the same. Here the lines are put together to samples: a sample ends
//! when something comes that it already has, or as soon as it has all that samples before had. Lines
//! that say nothing known are counted. A [`layout::Layout`] reads lines that no sketch here prints.

pub mod adafruit_bno055;
pub mod adafruit_bno08x;
pub mod arduino_ahrs;
pub mod json_lines;
pub mod layout;
pub mod mpu6050_dmp;
pub mod razor_ahrs;
pub mod razor_m0;
pub mod sparkfun_bno080;
pub(crate) mod words;
#[cfg(test)]
pub(crate) mod testing;

use std::collections::BTreeMap;
use std::fmt;

use super::clock::Clock;
use super::framing::pieces::{Piece, Pieces};
use super::track::{Track, Tracks};
use super::turn::wxyz;
use super::{Decode, Decoded, Sample};

/// No sketch prints a longer line.
const MAX_LINE: usize = 2048;
/// Microseconds between lines, summed.
const SUMMED: Clock = Clock::new(1e6, &[]);

/// One thing that a line says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Said {
    /// Which sensor, counted from zero.
    pub(crate) sensor: usize,
    pub(crate) what: What,
}

/// What can be said, in the one convention.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum What {
    /// w, x, y, z.
    Quaternion([f64; 4]),
    /// A quaternion made of angles; of no use where there is one that was not.
    FromAngles([f64; 4]),
    GyroRadS([f64; 3]),
    AccelMS2([f64; 3]),
    MagUt([f64; 3]),
    /// Time since the sample before.
    StepS(f64),
    /// What the device's clock shows.
    Ticks(u64),
    /// What the device's counter shows.
    Count(u64),
}

impl What {
    /// A bit for each kind.
    const fn bit(self) -> u8 {
        match self {
            Self::Quaternion(_) => 1,
            Self::FromAngles(_) => 2,
            Self::GyroRadS(_) => 4,
            Self::AccelMS2(_) => 8,
            Self::MagUt(_) => 16,
            Self::StepS(_) => 32,
            Self::Ticks(_) => 64,
            Self::Count(_) => 128,
        }
    }
}

/// Adds what a line says; `false` for a line that no such sketch prints while it measures.
pub(crate) type Parse = fn(&str, &mut Vec<Said>) -> bool;

/// Of sensor 0.
pub(crate) const fn one(what: What) -> Said {
    Said { sensor: 0, what }
}

/// It says how the sensor is turned.
pub(crate) const fn is_orientation(said: &Said) -> bool {
    matches!(said.what, What::Quaternion(_) | What::FromAngles(_))
}

/// What reads one line: a sketch, or a layout.
pub(crate) trait ReadLine: fmt::Debug + Send {
    /// Adds what a line says; `false` for a line of another kind.
    fn read_line(&self, line: &str, said: &mut Vec<Said>) -> bool;
}

impl ReadLine for Parse {
    fn read_line(&self, line: &str, said: &mut Vec<Said>) -> bool {
        self(line, said)
    }
}

/// The sample of one sensor that is being put together.
#[derive(Debug, Clone, Default)]
struct Open {
    sample: Sample,
    from_angles: Option<[f64; 4]>,
    ticks: Option<u64>,
    count: Option<u64>,
    /// What it has.
    has: u8,
    /// What any sample before had.
    full: u8,
}

/// Puts lines together to samples.
#[derive(Debug)]
pub(crate) struct LineDecoder<R> {
    pieces: Pieces,
    lines: R,
    tracks: Tracks,
    open: BTreeMap<usize, Open>,
    said: Vec<Said>,
    /// The line that comes next may have lost its beginning unseen.
    cut: bool,
    /// Sensors that one line spoke of.
    together: usize,
    elapsed_s: f64,
}

impl<R: ReadLine> LineDecoder<R> {
    /// For lines without a clock, or with times between them.
    pub(crate) const fn new(lines: R) -> Self {
        Self::timed(lines, SUMMED)
    }

    /// For lines with a clock.
    pub(crate) const fn timed(lines: R, clock: Clock) -> Self {
        Self {
            pieces: Pieces::new(b'\n', MAX_LINE),
            lines,
            tracks: Tracks::new(Track::new().counting(1 << 32).timed(clock)),
            open: BTreeMap::new(),
            said: Vec::new(),
            cut: false,
            together: 1,
            elapsed_s: 0.0,
        }
    }

    /// For lines that begin with a number: the first one may have lost digits, and is passed over.
    pub(crate) fn without_first(mut self) -> Self {
        self.cut = true;
        self
    }

    fn take(&mut self, line: &[u8], arrival_s: f64, out: &mut Decoded) {
        let length = line.len() + 1;
        if std::mem::take(&mut self.cut) {
            return self.pieces.unsound(length, out);
        }
        let Ok(text) = std::str::from_utf8(line) else {
            return self.pieces.unsound(length, out);
        };
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let mut said = std::mem::take(&mut self.said);
        said.clear();
        if self.lines.read_line(text, &mut said) {
            self.pieces.sound(out);
            self.put(&said, arrival_s, out);
        } else {
            self.pieces.unsound(length, out);
        }
        self.said = said;
    }

    fn put(&mut self, said: &[Said], arrival_s: f64, out: &mut Decoded) {
        let sensors = said.iter().map(|one| one.sensor + 1).max().unwrap_or(0);
        if sensors > 0 && sensors < self.together {
            // Nothing tells whose it is.
            out.faults.incomplete += 1;
            return;
        }
        self.together = self.together.max(sensors);
        for one in said {
            self.set(one, arrival_s, out);
        }
        for sensor in 0..sensors {
            if self
                .open
                .get(&sensor)
                .is_some_and(|open| open.has == open.full)
            {
                self.close(sensor, out);
            }
        }
    }

    fn set(&mut self, said: &Said, arrival_s: f64, out: &mut Decoded) {
        let bit = said.what.bit();
        let open = self.open.entry(said.sensor).or_default();
        if open.has & bit != 0 {
            self.close(said.sensor, out);
        }
        let open = self.open.entry(said.sensor).or_default();
        if open.has == 0 {
            open.sample.arrival_s = arrival_s;
        }
        open.has |= bit;
        let sample = &mut open.sample;
        match said.what {
            What::Quaternion(value) => sample.earth_from_sensor = Some(wxyz(value)),
            What::FromAngles(value) => open.from_angles = Some(value),
            What::GyroRadS(value) => sample.gyro_rad_s = Some(value.into()),
            What::AccelMS2(value) => sample.accel_m_s2 = Some(value.into()),
            What::MagUt(value) => sample.mag_ut = Some(value.into()),
            What::Ticks(value) => open.ticks = Some(value),
            What::Count(value) => open.count = Some(value),
            What::StepS(value) => {
                self.elapsed_s += value;
                open.ticks = Some((self.elapsed_s * 1e6).round() as u64);
            }
        }
    }

    fn close(&mut self, sensor: usize, out: &mut Decoded) {
        let number = sensor as u16;
        let (Some(open), Some(track)) = (self.open.get_mut(&sensor), self.tracks.of(number)) else {
            return;
        };
        let full = open.full | open.has;
        let done = std::mem::replace(
            open,
            Open {
                full,
                ..Open::default()
            },
        );
        if !done.count.is_none_or(|count| track.count(count, out)) {
            return;
        }
        let mut sample = done.sample;
        if let Some(ticks) = done.ticks {
            track.time(ticks, sample.arrival_s, out);
        }
        sample.sensor = number;
        sample.earth_from_sensor = sample.earth_from_sensor.or(done.from_angles.map(wxyz));
        track.give(sample, out);
    }
}

impl<R: ReadLine> Decode for LineDecoder<R> {
    fn push(&mut self, mut bytes: &[u8], arrival_s: f64, out: &mut Decoded) {
        while let Some(piece) = self.pieces.next(&mut bytes) {
            match piece {
                Piece::Whole(line) => self.take(&line, arrival_s, out),
                Piece::TooLong(length) => self.pieces.unsound(length, out),
            }
        }
    }

    fn finish(&mut self, out: &mut Decoded) {
        // A line without its end may be cut off.
        if let Some(Piece::Whole(line)) = self.pieces.finish() {
            self.pieces.unsound(line.len(), out);
        }
        let open: Vec<usize> = self.open.keys().copied().collect();
        for sensor in open {
            if self.open.get(&sensor).is_some_and(|open| open.has != 0) {
                self.close(sensor, out);
            }
        }
    }
}

/// Values with so many decimals, with `between` between them.
pub(crate) fn decimals<const N: usize>(values: &[f64], between: &str) -> String {
    let each: Vec<String> = values.iter().map(|value| format!("{value:.N$}")).collect();
    each.join(between)
}

/// Adds a line.
pub(crate) fn put_line(bytes: &mut Vec<u8>, line: &str) {
    bytes.extend(line.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::decoded;

    /// `q`, `g` and `c n` stand for a quaternion, a gyroscope and a counter.
    fn parse(line: &str, said: &mut Vec<Said>) -> bool {
        said.push(one(match line.split_once(' ') {
            Some(("c", count)) => What::Count(count.parse().unwrap()),
            None if line == "q" => What::Quaternion([1.0, 0.0, 0.0, 0.0]),
            None if line == "g" => What::GyroRadS([0.0; 3]),
            _ => return false,
        }));
        true
    }

    fn decode(text: impl AsRef<[u8]>) -> Decoded {
        decoded(LineDecoder::new(parse as Parse), text.as_ref(), 3)
    }

    #[test]
    fn a_sample_is_given_as_soon_as_it_has_all() {
        let mut decoder = LineDecoder::new(parse as Parse);
        let mut out = Decoded::default();
        for (text, samples) in [
            ("q\ng\n", 0),
            ("q\n", 1),
            ("g\n", 2),
            ("q\n", 2),
            ("g\n", 3),
        ] {
            decoder.push(text.as_bytes(), 0.0, &mut out);
            assert_eq!(out.samples.len(), samples, "{text}");
        }
        assert!(out.samples.iter().all(|sample| sample.gyro_rad_s.is_some()));
    }

    #[test]
    fn a_lost_line_costs_no_other_sample() {
        let out = decode("q\ng\nq\ng\nq\nq\ng\nq\ng\n");
        assert_eq!(out.samples.len(), 5);
        let without = out
            .samples
            .iter()
            .filter(|sample| sample.gyro_rad_s.is_none());
        assert_eq!(without.count(), 1);
    }

    #[test]
    fn counters_repeat_and_miss() {
        let out = decode("c 1\nq\nc 1\nq\nc 4\nq\n");
        assert_eq!(
            (
                out.samples.len(),
                out.faults.duplicates,
                out.faults.lost_samples
            ),
            (2, 1, 2)
        );
    }

    #[test]
    fn other_lines_are_counted() {
        let out = decode(b"boot\nq\nnoise\n\xff\nq\nq");
        assert_eq!((out.samples.len(), out.faults.leading_bytes), (2, 5));
        assert_eq!(
            (out.faults.corrupt_frames, out.faults.skipped_bytes),
            (3, 9)
        );
        let long = format!("q\n{}\nq\n", "x".repeat(5000));
        assert_eq!(decode(&long).faults.skipped_bytes, 5000);
    }
}
