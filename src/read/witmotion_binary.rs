//! WitMotion frames as they are written to a card, or saved from a port: binary under a `.TXT` name.
//!
//! See [`crate::protocol::witmotion`] for the frames. A sample is what comes until a type of frame comes
//! again; types follow each other in rising order. Time is the sensor's clock (type 0x50); without it
//! the rate must be said. Orientation is the quaternion (0x59) when most samples have one, else the
//! angles, `Rz(yaw) Ry(pitch) Rx(roll)`, sensor to earth, Z up. The magnetometer is in counts and is not
//! used.

use std::io::BufRead;

use nalgebra::{Quaternion, Vector3};

use super::channels::{even_times, unwrapped};
use super::moment::DAY_S;
use super::sparse::Sparse;
use super::streams::spread_repeats;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Sequence, Source, stream_error};
use crate::protocol::framing::scanner::Look;
use crate::protocol::witmotion::frames::{Around, Frame, START, look};
use crate::sample::{Recording, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "witmotion-binary",
    title: "WitMotion card or port (binary frames)",
    extensions: &["txt", "bin", "dat"],
    gives: "angles or quaternion, gyroscope, accelerometer",
    checked: "frames of 2 real files and documentation",
    detect,
    together: alone,
    read,
};

/// Bytes taken from the file at once.
const BLOCK: usize = 64 * 1024;

fn detect(bytes: &[u8]) -> Detected {
    // The log of a capture has frames in it, and is more than they are.
    if bytes.starts_with(crate::protocol::log::MAGIC) {
        return Detected::No;
    }
    let mut frames = Frames::default();
    let mut count = 0;
    frames.decode(bytes, true, |_, _| count += 1);
    Detected::recording_if(count >= 2 && frames.skipped < bytes.len() / 4)
}

/// Goes from frame to frame.
#[derive(Default)]
struct Frames {
    follows: bool,
    /// Bytes that are of no frame.
    skipped: usize,
    /// Stretches of them.
    breaks: usize,
}

impl Frames {
    /// Shows all frames to `each`; returns how many bytes are done with.
    fn decode(&mut self, bytes: &[u8], complete: bool, mut each: impl FnMut(u8, Frame)) -> usize {
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let around = Around {
                follows: self.follows,
                complete,
            };
            match look(rest, around) {
                Look::Found((kind, frame), length) => {
                    each(kind, frame);
                    self.follows = true;
                    at += length;
                }
                Look::Bad | Look::No if rest.is_empty() => return at,
                Look::Bad | Look::No => {
                    self.breaks += usize::from(self.follows || self.skipped == 0);
                    self.follows = false;
                    let next = memchr::memchr(START, &rest[1..]);
                    let passed = next.map_or(rest.len(), |next| next + 1);
                    self.skipped += passed;
                    at += passed;
                }
                Look::More => return at,
            }
        }
    }
}

/// The samples being put together.
#[derive(Debug)]
struct Samples {
    count: usize,
    time_s: Sparse<f64>,
    accel: Sparse<Vector3<f64>>,
    gyro: Sparse<Vector3<f64>>,
    /// Roll, pitch, yaw.
    angles: Sparse<[f64; 3]>,
    quaternions: Sparse<Quaternion<f64>>,
    /// The type that came last.
    last: u8,
}

impl Samples {
    fn new() -> Self {
        Self {
            count: 0,
            time_s: Sparse::new(f64::NAN),
            accel: Sparse::new(Vector3::repeat(f64::NAN)),
            gyro: Sparse::new(Vector3::repeat(f64::NAN)),
            angles: Sparse::new([f64::NAN; 3]),
            quaternions: Sparse::new(Quaternion::from([f64::NAN; 4])),
            last: 0,
        }
    }

    fn add(&mut self, kind: u8, frame: Frame) {
        if kind <= self.last || self.count == 0 {
            self.count += 1;
        }
        self.last = kind;
        let row = self.count - 1;
        match frame {
            Frame::Time(time_ms) => self.time_s.set(row, time_ms as f64 / 1e3),
            Frame::Accel(value) => self.accel.set(row, value.into()),
            Frame::Gyro(value) => self.gyro.set(row, value.into()),
            Frame::Angles(value) => self.angles.set(row, value),
            Frame::Quaternion([w, x, y, z]) => {
                self.quaternions.set(row, Quaternion::new(w, x, y, z));
            }
            Frame::Motion {
                accel_m_s2,
                gyro_rad_s,
                angles_rad,
                time_ms,
            } => {
                self.accel.set(row, accel_m_s2.into());
                self.gyro.set(row, gyro_rad_s.into());
                self.angles.set(row, angles_rad);
                if let Some(time_ms) = time_ms {
                    self.time_s.set(row, time_ms as f64 / 1e3);
                }
            }
            Frame::Registers(..) | Frame::Other => {}
        }
    }

    /// Samples in which nothing but unknown types came go.
    fn drop_empty(&mut self) {
        let kept: Vec<bool> = (0..self.count).map(|row| self.has(row)).collect();
        self.time_s.keep(&kept);
        self.accel.keep(&kept);
        self.gyro.keep(&kept);
        self.angles.keep(&kept);
        self.quaternions.keep(&kept);
        self.count = kept.iter().filter(|kept| **kept).count();
    }

    fn has(&self, row: usize) -> bool {
        let inertial = [self.accel.get(row).x, self.gyro.get(row).x];
        let turned = [self.angles.get(row)[0], self.quaternions.get(row).w];
        let mut found = inertial.iter().chain(&turned);
        found.any(|value| !value.is_nan())
    }

    /// The orientation, from the angles where most samples have no quaternion.
    fn turns(
        quaternions: Sparse<Quaternion<f64>>,
        angles: &Sparse<[f64; 3]>,
        rows: usize,
    ) -> Option<Vec<Quaternion<f64>>> {
        let found = |row: &usize| !quaternions.get(*row).w.is_nan();
        let angled = |row: &usize| !angles.get(*row)[0].is_nan();
        let with_quaternion = (0..rows).filter(found).count();
        if with_quaternion * 2 >= (0..rows).filter(angled).count() {
            return quaternions.into_rows(rows);
        }
        let turn = |row| {
            let [roll, pitch, yaw] = angles.get(row);
            Sequence::ZYX.quaternion([yaw, pitch, roll])
        };
        Some((0..rows).map(turn).collect())
    }

    fn into_sensor(self, time_s: Vec<f64>) -> SensorSamples {
        let rows = self.count;
        SensorSamples {
            time_s,
            earth_from_sensor: Self::turns(self.quaternions, &self.angles, rows),
            gyro_rad_s: self.gyro.into_rows(rows),
            accel_m_s2: self.accel.into_rows(rows),
            ..SensorSamples::default()
        }
    }
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut samples = Samples::new();
    let breaks = decode_all(source.reader, &mut samples)?;
    warnings.add_many(Warning::CorruptFrame, breaks, || {
        "bytes that are of no frame, or a frame with a wrong sum".to_owned()
    });
    samples.drop_empty();
    if samples.count == 0 {
        return Err(ReadError::NoRows);
    }
    let written = std::mem::replace(&mut samples.time_s, Sparse::new(f64::NAN));
    let written = written.into_rows(samples.count);
    let time_s = times(written.as_deref(), samples.count, options, warnings)?;
    let sensor = samples.into_sensor(time_s);
    if sensor.earth_from_sensor.is_none()
        && (sensor.gyro_rad_s.is_none() || sensor.accel_m_s2.is_none())
    {
        return Err(ReadError::NoOrientation {
            has: "frames without angles".to_owned(),
        });
    }
    Ok(Recording::of_one(sensor))
}

/// Decodes everything; returns how often bytes were of no frame.
fn decode_all(reader: &mut dyn BufRead, samples: &mut Samples) -> Result<usize, ReadError> {
    let mut bytes = Vec::new();
    let mut frames = Frames::default();
    loop {
        let mut block = std::io::Read::take(&mut *reader, BLOCK as u64);
        let count = std::io::Read::read_to_end(&mut block, &mut bytes).map_err(stream_error)?;
        let done = frames.decode(&bytes, count == 0, |kind, frame| samples.add(kind, frame));
        bytes.drain(..done);
        if count == 0 {
            return Ok(frames.breaks);
        }
    }
}

/// The sensor's clock, or even times at the rate that the user says.
fn times(
    found: Option<&[f64]>,
    rows: usize,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Vec<f64>, ReadError> {
    let timed = |found: &&[f64]| found.iter().filter(|time| time.is_finite()).count() >= 2;
    let Some(found) = found.filter(timed) else {
        let rate_hz = options.rate_hz.ok_or(ReadError::NoRate)?;
        return Ok(even_times(rows, rate_hz));
    };
    let mut times_s = unwrapped(found, DAY_S);
    let moved = spread_repeats(&mut times_s);
    warnings.add_many(Warning::RateAssumed, moved, || {
        "samples with the time of the one before; spread evenly up to the next".to_owned()
    });
    Ok(times_s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_bytes;

    fn frame(kind: u8, words: [i16; 4]) -> Vec<u8> {
        let mut bytes = vec![0x55, kind];
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        bytes.push(sum);
        bytes
    }

    /// 2026-07-14 09:08:07 and so many milliseconds.
    fn time(millisecond: i16) -> Vec<u8> {
        let word = |low: u8, high: u8| i16::from_le_bytes([low, high]);
        frame(0x50, [word(26, 7), word(14, 9), word(8, 7), millisecond])
    }

    fn sample(millisecond: i16) -> Vec<u8> {
        [
            time(millisecond),
            frame(0x51, [0, 0, 2048, 0]),
            frame(0x52, [0; 4]),
            frame(0x53, [0, 0, 16384, 0]),
        ]
        .concat()
    }

    fn opened(bytes: &[u8], rate_hz: Option<f64>) -> Result<(SensorSamples, Warnings), ReadError> {
        let options = ReadOptions {
            rate_hz,
            ..ReadOptions::default()
        };
        let (mut recording, warnings) = read_bytes(&FORMAT, bytes, &options)?;
        Ok((recording.sensors.remove(0), warnings))
    }

    #[test]
    fn frames_between_times_make_a_sample() {
        let bytes = [sample(0), sample(20), sample(40)].concat();
        assert_eq!(detect(&bytes), Detected::Recording);
        let (sensor, warnings) = opened(&bytes, None).unwrap();
        assert_eq!(sensor.len(), 3);
        assert!((sensor.duration_s() - 0.04).abs() < 1e-6);
        let q = sensor.earth_from_sensor.unwrap()[2];
        assert!((q.k - 0.5_f64.sqrt()).abs() < 1e-9 && (q.w - q.k).abs() < 1e-9);
        assert!((sensor.accel_m_s2.unwrap()[1].z - 9.80665).abs() < 1e-9);
        assert!(warnings.is_empty());
    }

    #[test]
    fn damage_costs_a_frame_and_is_counted() {
        let mut bytes = [sample(0), sample(20), sample(40)].concat();
        bytes[44 + 3] ^= 0xff;
        bytes.extend(&time(60)[..5]);
        let (sensor, warnings) = opened(&bytes, None).unwrap();
        assert_eq!(warnings.count(Warning::CorruptFrame), 2);
        assert_eq!(sensor.len(), 3);
        assert!(sensor.time_s[1].is_nan());
    }

    #[test]
    fn without_times_the_rate_must_be_said() {
        let sample = [frame(0x51, [0, 0, 2048, 0]), frame(0x53, [0; 4])].concat();
        let bytes = sample.repeat(3);
        assert!(matches!(opened(&bytes, None), Err(ReadError::NoRate)));
        let (sensor, _) = opened(&bytes, Some(50.0)).unwrap();
        assert_eq!(sensor.time_s, [0.0, 0.02, 0.04]);
    }

    #[test]
    fn text_and_noise_are_not_taken() {
        assert_eq!(
            detect(b"UP and Ua and UQ, one line of text\n"),
            Detected::No
        );
        assert_eq!(detect(&[0x55; 64]), Detected::No);
        let noise: Vec<u8> = (0..4096_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        assert_eq!(detect(&noise), Detected::No);
        assert!(matches!(opened(&[], None), Err(ReadError::NoRows)));
    }
}
