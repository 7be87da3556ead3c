//! LP-Research LPMS: the LPBUS protocol of newer firmware (LPMS-IG1, CU3, ME1 and others).
//!
//! A frame is `3A`, then of two bytes each, low byte first, the sensor's number, a command and the length
//! of the data; the data; the sum of all bytes from the number on; `0D 0A`. Command 9 carries a
//! measurement: a time in ticks of 2 ms, then f32 values as the sensor was set, in this order of bits:
//! 0 raw acceleration, 1 acceleration (g), 2 to 3 raw gyroscopes, 4 to 5 without bias, 6 to 7 aligned to
//! the case (degrees a second), 8 raw magnetometer, 9 magnetometer (µT), 10 angular velocity, 11
//! quaternion w, x, y, z, 12 angles, 13 linear acceleration, 14 pressure, 15 altitude, 16 temperature.
//!
//! The frame does not say which bits are set. A sensor that was asked (command 1F) answers with them,
//! and the answer is used; else the set is taken from a short list by the length, if the
//! quaternion then has a norm of 1. Orientation is sensor to earth, Z up. A port with software flow
//! control loses every byte 11 and 13 of this protocol.

use nalgebra::Vector3;

use super::clock::Clock;
use super::framing::fields::Fields;
use super::framing::scanner::Look;
use super::framing::sums::additive_16;
use super::stream::{FrameDecoder, Framed};
use super::text::words::is_unit;
use super::track::{Track, Tracks};
use super::turn::wxyz;
use super::{Decoded, Evidence, Protocol, Sample, Setting};
use crate::units::STANDARD_GRAVITY_M_S2;

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "lpms",
    title: "LP-Research LPMS (LPBUS)",
    gives: "quaternion, gyroscope, accelerometer, magnetometer, time",
    checked: "frames of 1 real sensor",
    baud_rates: &[921_600, 115_200, 460_800, 230_400],
    evidence: Evidence::Sum,
    ask: None,
    configure: Some(configure),
    decoder: || Box::new(FrameDecoder::<Lpms>::default()),
    encode: Some(encode),
};

const CLOCK: Clock = Clock::new(500.0, &[1 << 32]);
const LONGEST: usize = 1024;
/// Start, number, command, length.
const HEADER: usize = 7;
/// Sum and two bytes.
const TRAILER: usize = 4;
const MEASUREMENT: u16 = 9;
const GET_TRANSMIT_MASK: u16 = 0x1F;
/// f32 values of each bit.
const COUNTS: [usize; 17] = [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 3, 3, 1, 1, 1];
/// Acceleration, aligned gyroscope, quaternion.
const INERTIAL: u32 = 1 << 1 | 1 << 6 | 1 << 11;
const WITH_MAG: u32 = INERTIAL | 1 << 9;
const QUATERNION: u32 = 1 << 11;
/// As an LPMS-CU3 sends it: raw and calibrated values, quaternion, angles, temperature.
const FULL: u32 = 0x1_1B57;
const LIKELY: [u32; 5] = [FULL, WITH_MAG, INERTIAL, QUATERNION, QUATERNION | 1 << 12];

#[derive(Debug)]
struct Lpms {
    tracks: Tracks,
    /// Which bits are set, where the sensor said it.
    mask: Option<u32>,
}

impl Default for Lpms {
    fn default() -> Self {
        Self {
            tracks: Tracks::new(Track::new().timed(CLOCK)),
            mask: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Frame {
    number: u16,
    command: u16,
    data: Vec<u8>,
}

/// What a measurement holds, as the sensor says it.
#[derive(Debug, Default)]
struct Reading {
    ticks: u32,
    accel_g: Option<[f64; 3]>,
    gyro_deg_s: Option<[f64; 3]>,
    mag_ut: Option<[f64; 3]>,
    turn: Option<[f64; 4]>,
}

impl Framed for Lpms {
    type Frame = Frame;

    fn look(bytes: &[u8]) -> Look<Frame> {
        let (number, command, length) = match *bytes {
            [0x3A, a, b, c, d, e, f, ..] => ([a, b], [c, d], u16::from_le_bytes([e, f])),
            [0x3A, ..] => return Look::More,
            _ => return Look::No,
        };
        let length = usize::from(length);
        if length > LONGEST {
            return Look::Bad;
        }
        let Some((frame, _)) = bytes.split_at_checked(HEADER + length + TRAILER) else {
            return Look::More;
        };
        let (Some(summed), Some(data), Some(&[low, high, 0x0D, 0x0A])) = (
            frame.get(1..HEADER + length),
            frame.get(HEADER..HEADER + length),
            frame.last_chunk(),
        ) else {
            return Look::Bad;
        };
        if additive_16(summed) != u16::from_le_bytes([low, high]) {
            return Look::Bad;
        }
        let found = Frame {
            number: u16::from_le_bytes(number),
            command: u16::from_le_bytes(command),
            data: data.to_vec(),
        };
        Look::Found(found, frame.len())
    }

    fn take(&mut self, frame: Frame, arrival_s: f64, out: &mut Decoded) {
        match (frame.command, frame.data.as_slice()) {
            (GET_TRANSMIT_MASK, &[a, b, c, d]) => {
                self.mask = Some(u32::from_le_bytes([a, b, c, d]));
            }
            (MEASUREMENT, data) if !data.is_empty() => {
                let known = self.mask.and_then(|mask| reading(data, mask));
                let found = known.or_else(|| LIKELY.iter().find_map(|mask| reading(data, *mask)));
                self.give(frame.number, found, arrival_s, out);
            }
            _ => {}
        }
    }
}

impl Lpms {
    fn give(&mut self, sensor: u16, found: Option<Reading>, arrival_s: f64, out: &mut Decoded) {
        let (Some(reading), Some(track)) = (found, self.tracks.of(sensor)) else {
            out.faults.incomplete += 1;
            return;
        };
        let gyro_deg_s = reading.gyro_deg_s.map(Vector3::from);
        let accel_g = reading.accel_g.map(Vector3::from);
        track.time(u64::from(reading.ticks), arrival_s, out);
        let sample = Sample {
            sensor,
            arrival_s,
            earth_from_sensor: reading.turn.map(wxyz),
            gyro_rad_s: gyro_deg_s.map(|gyro| gyro.map(f64::to_radians)),
            accel_m_s2: accel_g.map(|accel| accel * STANDARD_GRAVITY_M_S2),
            mag_ut: reading.mag_ut.map(Vector3::from),
            ..Sample::default()
        };
        track.give(sample, out);
    }
}

/// The values of these bits; `None` where the length or the quaternion does not fit.
fn reading(data: &[u8], mask: u32) -> Option<Reading> {
    let bits = || (0..COUNTS.len()).filter(|bit| mask >> bit & 1 == 1);
    let count: usize = bits().filter_map(|bit| COUNTS.get(bit)).sum();
    if data.len() != 4 + 4 * count {
        return None;
    }
    let mut fields = Fields(data);
    let mut reading = Reading {
        ticks: u32::from_le_bytes(fields.take()?),
        ..Reading::default()
    };
    for bit in bits() {
        match bit {
            1 => reading.accel_g = Some(fields.f32s_le()?),
            // The best of several is the last.
            2..=7 => reading.gyro_deg_s = Some(fields.f32s_le()?),
            9 => reading.mag_ut = Some(fields.f32s_le()?),
            11 => reading.turn = Some(fields.f32s_le()?),
            _ => drop(fields.bytes(4 * *COUNTS.get(bit)?)?),
        }
    }
    let fits = reading.turn.is_none_or(is_unit);
    fits.then_some(reading)
}

fn framed(number: u16, command: u16, data: &[u8]) -> Vec<u8> {
    let header = [number, command, data.len() as u16].map(u16::to_le_bytes);
    let summed = [header.as_flattened(), data].concat();
    let sum = additive_16(&summed).to_le_bytes();
    [&[0x3A][..], &summed, &sum, b"\r\n"].concat()
}

/// How sensor 1 says no.
const NO: &[u8] = &[0x3A, 1, 0, 1, 0, 0, 0];

/// Of sensor 1. Its rate is left as it is.
fn configure(_baud: u32) -> Vec<Setting> {
    let setting = |words, command, data: &[u8]| {
        Setting::new(words, framed(1, command, data)).answered(framed(1, 0, &[]), NO)
    };
    let content = "send acceleration, angular velocity and quaternion";
    vec![
        setting("stop sending, take settings", 0x06, &[]),
        setting(content, 0x1E, &INERTIAL.to_le_bytes()),
        setting("send", 0x07, &[]),
    ]
}

/// Sensor 1: acceleration, aligned gyroscope, magnetometer and quaternion, as many as there are of the
/// likely sets.
fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    let Some(turn) = sample.earth_from_sensor else {
        return;
    };
    let ticks = (sample.device_time_s.unwrap_or_default() * 500.0).round() as u64 as u32;
    let mut values = Vec::new();
    if let (Some(gyro), Some(accel)) = (sample.gyro_rad_s, sample.accel_m_s2) {
        values.extend((accel / STANDARD_GRAVITY_M_S2).iter());
        values.extend(gyro.map(f64::to_degrees).iter());
        values.extend(sample.mag_ut.iter().flatten());
    }
    values.extend([turn.w, turn.i, turn.j, turn.k]);
    let floats = values
        .iter()
        .flat_map(|&value| (value as f32).to_le_bytes());
    let data: Vec<u8> = ticks.to_le_bytes().into_iter().chain(floats).collect();
    bytes.extend(framed(1, MEASUREMENT, &data));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{all, hex, near, only, up, vectors};

    const REAL: &str = "3a0100090078008b1e0b000000dcbc003881bf0000083b436a49bcf82280bfb436713c295c0fbf3333b3be\
                        3e0a57be107330bda839ccbd00ca0d3dac9ffebce74b2bbcb141f5bb8988404167660e41f0eece4183dd\
                        3b41e3a70d4198c6cd4171f4353f613033bf61045a3db94339bded57b2c2c910353f9358ffc000bc0842\
                        1a350d0a";

    fn decode(bytes: &[u8]) -> Decoded {
        all(FrameDecoder::<Lpms>::default(), bytes)
    }

    #[test]
    fn a_real_frame_points_up() {
        let out = decode(&hex(REAL));
        let sample = only(&out);
        assert!(up(sample).z > 0.999, "{}", up(sample));
        assert_eq!((sample.sensor, sample.device_time_s), (1, Some(1457.43)));
        let gyro = sample.gyro_rad_s.unwrap().map(f64::to_degrees);
        near(
            gyro.as_slice(),
            &[-0.031_081_997, -0.010_455_108, -0.007_484_638],
        );
        let wrong = REAL.replace("1a350d0a", "1b350d0a");
        assert_eq!(decode(&hex(&wrong)).frames, 0);
    }

    #[test]
    fn the_sensor_may_say_what_it_sends() {
        // The raw magnetometer and the quaternion: in no list.
        let mask: u32 = 1 << 8 | 1 << 11;
        let values = [1.0_f32, 2.0, 3.0, 0.6, 0.8, 0.0, 0.0].map(f32::to_le_bytes);
        let data = [&[0; 4][..], values.as_flattened()].concat();
        let frame = framed(3, MEASUREMENT, &data);
        let unknown = decode(&frame);
        assert_eq!((unknown.samples.len(), unknown.faults.incomplete), (0, 1));
        let answer = framed(3, GET_TRANSMIT_MASK, &mask.to_le_bytes());
        let out = decode(&[answer, frame].concat());
        assert_eq!((only(&out).sensor, only(&out).mag_ut), (3, None));
    }

    #[test]
    fn vectors_of_frames() {
        for vector in vectors("lpms/lpbus") {
            let Look::Found(frame, length) = Lpms::look(&vector.bytes) else {
                assert!(!vector.accept, "{}", vector.name);
                continue;
            };
            assert!(
                vector.accept && length == vector.bytes.len(),
                "{}",
                vector.name
            );
            assert_eq!(vector.number("id"), Some(u64::from(frame.number)));
            assert_eq!(vector.number("cmd"), Some(u64::from(frame.command)));
            assert_eq!(
                framed(frame.number, frame.command, &frame.data),
                vector.bytes
            );
            match vector.decoded["data"].as_str() {
                Some(data) => assert_eq!(frame.data, hex(data)),
                None => measurement(&vector, &reading(&frame.data, FULL).unwrap()),
            }
        }
    }

    fn measurement(vector: &crate::protocol::testing::Vector, reading: &Reading) {
        assert_eq!(
            vector.number("timestamp_ticks"),
            Some(u64::from(reading.ticks))
        );
        near(&reading.accel_g.unwrap(), &vector.numbers("acc_g"));
        near(
            &reading.gyro_deg_s.unwrap(),
            &vector.numbers("gyro_align_dps"),
        );
        near(&reading.mag_ut.unwrap(), &vector.numbers("mag_ut"));
        near(&reading.turn.unwrap(), &vector.numbers("q_wxyz"));
    }

    #[test]
    fn vectors_of_streams() {
        for vector in vectors("lpms/lpbus-stream") {
            let out = decode(&vector.bytes);
            assert_eq!(vector.number("valid_frames"), Some(out.frames as u64));
            assert_eq!(out.samples.len(), out.frames);
            assert!(out.faults.skipped_bytes > 0);
        }
    }
}
