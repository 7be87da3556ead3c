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
use super::streams::spread_repeats;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Sequence, Source, stream_error};
use crate::protocol::framing::scanner::Look;
use crate::protocol::witmotion::frames::{Frame, look};
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
            match look(rest, self.follows, complete) {
                Look::Found((kind, frame), length) => {
                    each(kind, frame);
                    self.follows = true;
                    at += length;
                }
                Look::Bad | Look::No if rest.is_empty() => return at,
                Look::Bad | Look::No => {
                    self.breaks += usize::from(self.follows || self.skipped == 0);
                    self.follows = false;
                    self.skipped += 1;
                    at += 1;
                }
                Look::More => return at,
            }
        }
    }
}

/// The samples being put together.
#[derive(Debug, Default)]
struct Samples {
    time_s: Vec<f64>,
    accel: Vec<Vector3<f64>>,
    gyro: Vec<Vector3<f64>>,
    angles: Vec<[f64; 3]>,
    quaternions: Vec<Quaternion<f64>>,
    /// The type that came last.
    last: u8,
}

impl Samples {
    fn add(&mut self, kind: u8, frame: Frame) {
        if kind <= self.last || self.time_s.is_empty() {
            self.start();
        }
        self.last = kind;
        match frame {
            Frame::Time(time_ms) => set(&mut self.time_s, time_ms as f64 / 1e3),
            Frame::Accel(value) => set(&mut self.accel, value.into()),
            Frame::Gyro(value) => set(&mut self.gyro, value.into()),
            Frame::Angles(value) => set(&mut self.angles, value),
            Frame::Quaternion([w, x, y, z]) => {
                set(&mut self.quaternions, Quaternion::new(w, x, y, z));
            }
            Frame::Motion {
                accel_m_s2,
                gyro_rad_s,
                angles_rad,
                time_ms,
            } => {
                set(&mut self.accel, accel_m_s2.into());
                set(&mut self.gyro, gyro_rad_s.into());
                set(&mut self.angles, angles_rad);
                let time_s = time_ms.map_or(f64::NAN, |time_ms| time_ms as f64 / 1e3);
                set(&mut self.time_s, time_s);
            }
            Frame::Registers(..) | Frame::Other => {}
        }
    }

    fn start(&mut self) {
        self.time_s.push(f64::NAN);
        self.accel.push(Vector3::repeat(f64::NAN));
        self.gyro.push(Vector3::repeat(f64::NAN));
        self.angles.push([f64::NAN; 3]);
        self.quaternions.push(Quaternion::from([f64::NAN; 4]));
    }

    /// Samples in which nothing but unknown types came go.
    fn drop_empty(&mut self) {
        let kept: Vec<bool> = (0..self.time_s.len()).map(|row| self.has(row)).collect();
        keep(&mut self.time_s, &kept);
        keep(&mut self.accel, &kept);
        keep(&mut self.gyro, &kept);
        keep(&mut self.angles, &kept);
        keep(&mut self.quaternions, &kept);
    }

    fn has(&self, row: usize) -> bool {
        let accel = self.accel.get(row).is_some_and(|value| !value.x.is_nan());
        let gyro = self.gyro.get(row).is_some_and(|value| !value.x.is_nan());
        let angles = self.angles.get(row).is_some_and(|value| !value[0].is_nan());
        let quaternion = self.quaternions.get(row).is_some_and(|q| !q.w.is_nan());
        accel || gyro || angles || quaternion
    }

    fn into_sensor(mut self, time_s: Vec<f64>) -> SensorSamples {
        let with_quaternion = self.quaternions.iter().filter(|q| !q.w.is_nan()).count();
        let with_angles = self.angles.iter().filter(|a| !a[0].is_nan()).count();
        if with_quaternion * 2 < with_angles {
            let angles = self.angles.iter();
            self.quaternions = angles
                .map(|&[roll, pitch, yaw]| Sequence::ZYX.quaternion([yaw, pitch, roll]))
                .collect();
        }
        let has = |vectors: &[Vector3<f64>]| vectors.iter().any(|vector| !vector.x.is_nan());
        SensorSamples {
            time_s,
            earth_from_sensor: Some(self.quaternions)
                .filter(|all| all.iter().any(|q| !q.w.is_nan())),
            gyro_rad_s: Some(self.gyro).filter(|gyro| has(gyro)),
            accel_m_s2: Some(self.accel).filter(|accel| has(accel)),
            ..SensorSamples::default()
        }
    }
}

/// Puts a value into the sample that was started last.
fn set<T>(column: &mut [T], value: T) {
    if let Some(last) = column.last_mut() {
        *last = value;
    }
}

fn keep<T>(values: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    values.retain(|_| kept.next().copied().unwrap_or_default());
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut samples = Samples::default();
    let breaks = decode_all(source.reader, &mut samples)?;
    warnings.add_many(Warning::CorruptFrame, breaks, || {
        "bytes that are of no frame, or a frame with a wrong sum".to_owned()
    });
    samples.drop_empty();
    if samples.time_s.is_empty() {
        return Err(ReadError::NoRows);
    }
    let time_s = times(&samples.time_s, options, warnings)?;
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
    found: &[f64],
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Vec<f64>, ReadError> {
    let timed = found.iter().filter(|time| time.is_finite()).count();
    if timed < 2 {
        let rate_hz = options.rate_hz.ok_or(ReadError::NoRate)?;
        return Ok(even_times(found.len(), rate_hz));
    }
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
