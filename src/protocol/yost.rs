//! Yost Labs 3-Space sensors, streaming in binary with a header before each sample.
//!
//! | byte | is |
//! |---|---|
//! | 0 | success, zero |
//! | 1 to 4 | microseconds |
//! | 5 | the command that is answered |
//! | 6 | sum of the data |
//! | 7 | length of the data; two bytes in version 3 |
//! | then | quaternion x, y, z, w; or quaternion and acceleration (g); or quaternion, angular velocity (rad/s) and acceleration; f32 |
//!
//! Numbers have their high byte first, in version 3 of the firmware their low byte. The header is set by
//! `F7 DD 00 00 00 4F 2C` and the content by `F7 50 00 26 27 FF FF FF FF FF 98` (version 2); they are sent
//! only when the user asks for it. The sum does not cover the time, and a frame counts when its quaternion
//! has a norm of 1 as well.
//!
//! The axes are those a sensor is set to when it leaves the factory: left-handed, X right, Y up, Z
//! forward. They are brought to right-handed ones with the earth's Z up: the Z of vectors and the X
//! and Y of turns change their sign, and the earth is turned about X.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use super::clock::Clock;
use super::framing::fields::Fields;
use super::framing::scanner::Look;
use super::framing::sums::additive;
use super::settings::rate_hz;
use super::stream::{FrameDecoder, Framed};
use super::text::words::is_unit;
use super::track::Track;
use super::turn::about;
use super::{Decoded, Evidence, Protocol, Sample, Setting};
use crate::units::STANDARD_GRAVITY_M_S2;

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "yost-3space",
    title: "Yost Labs 3-Space (binary stream with header)",
    gives: "quaternion; gyroscope and accelerometer where streamed; time",
    checked: "from documentation",
    baud_rates: &[115_200, 921_600, 460_800, 230_400],
    evidence: Evidence::Sum,
    ask: None,
    configure: Some(configure),
    decoder: || Box::new(FrameDecoder::<Yost>::default()),
    encode: Some(encode),
};

const CLOCK: Clock = Clock::new(1e6, &[1 << 32]).unsure();
/// Bytes of the header of version 2.
const HEADER: usize = 8;
/// Streamed data answer no command.
const STREAMED: u8 = 0xFF;

#[derive(Debug)]
struct Yost(Track);

impl Default for Yost {
    fn default() -> Self {
        Self(Track::new().timed(CLOCK))
    }
}

/// What a frame holds, in the sensor's axes.
#[derive(Debug, Clone, Default, PartialEq)]
struct Reading {
    time_us: u32,
    xyzw: [f64; 4],
    gyro_rad_s: Option<[f64; 3]>,
    accel_g: Option<[f64; 3]>,
}

impl Framed for Yost {
    type Frame = Reading;

    fn look(bytes: &[u8]) -> Look<Reading> {
        let (time, sum, length) = match *bytes {
            [0, a, b, c, d, _, sum, length @ (16 | 28 | 40), ..] => ([a, b, c, d], sum, length),
            [0, ref rest @ ..] if rest.len() < HEADER - 1 => return Look::More,
            _ => return Look::No,
        };
        let length = usize::from(length);
        let after = bytes.get(HEADER..).unwrap_or_default();
        let Some((data, _)) = after.split_at_checked(length) else {
            return Look::More;
        };
        if let Some(found) = reading(data, sum, f32::from_be_bytes) {
            let time_us = u32::from_be_bytes(time);
            return Look::Found(Reading { time_us, ..found }, HEADER + length);
        }
        // The high byte of the length.
        let Some(after) = after.strip_prefix(&[0]) else {
            return Look::Bad;
        };
        let Some((data, _)) = after.split_at_checked(length) else {
            return Look::More;
        };
        reading(data, sum, f32::from_le_bytes).map_or(Look::Bad, |found| {
            let time_us = u32::from_le_bytes(time);
            Look::Found(Reading { time_us, ..found }, HEADER + 1 + length)
        })
    }

    fn take(&mut self, reading: Reading, arrival_s: f64, out: &mut Decoded) {
        self.0.time(u64::from(reading.time_us), arrival_s, out);
        let [x, y, z, w] = reading.xyzw;
        let accel_g = reading.accel_g.map(|[x, y, z]| Vector3::new(x, y, -z));
        let sample = Sample {
            arrival_s,
            earth_from_sensor: Some(*y_up() * Quaternion::new(w, -x, -y, z)),
            gyro_rad_s: reading.gyro_rad_s.map(|[x, y, z]| Vector3::new(-x, -y, z)),
            accel_m_s2: accel_g.map(|accel| accel * STANDARD_GRAVITY_M_S2),
            ..Sample::default()
        };
        self.0.give(sample, out);
    }
}

/// From an earth whose Y points up to one whose Z does.
fn y_up() -> UnitQuaternion<f64> {
    about(&Vector3::x(), 90.0)
}

/// The data, whose numbers `each` reads; `None` where the sum or the norm is wrong.
fn reading(data: &[u8], sum: u8, each: fn([u8; 4]) -> f32) -> Option<Reading> {
    let mut fields = Fields(data);
    let mut values = std::iter::from_fn(|| fields.take().map(each)).map(f64::from);
    let mut next = || values.next();
    let xyzw = [next()?, next()?, next()?, next()?];
    let rest: Vec<f64> = values.collect();
    let (gyro_rad_s, accel_g) = match *rest {
        [] => (None, None),
        [x, y, z] => (None, Some([x, y, z])),
        [a, b, c, x, y, z] => (Some([a, b, c]), Some([x, y, z])),
        _ => return None,
    };
    (additive(data) == sum && is_unit(xyzw)).then_some(Reading {
        time_us: 0,
        xyzw,
        gyro_rad_s,
        accel_g,
    })
}

/// Version 2; gyroscope and accelerometer where there are both.
/// A command, with its sum at the end.
fn command(start: u8, command: &[u8]) -> Vec<u8> {
    [&[start], command, &[additive(command)]].concat()
}

/// Bytes of a sample with quaternion and acceleration, with its header.
const SAMPLE: u32 = 8 + 28;

/// Of version 2 of the firmware, which answers none of these.
fn configure(baud: u32) -> Vec<Setting> {
    let rate_hz = rate_hz(baud, SAMPLE);
    let interval_us = 1_000_000 / u32::from(rate_hz);
    let [a, b, c, d] = interval_us.to_be_bytes();
    let every = [0x52, a, b, c, d, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];
    let content = [0x50, 0, 0x27, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
    let header = "head each sample with time, length and sum";
    vec![
        Setting::new("stop sending", command(0xF7, &[0x56])),
        Setting::new(header, command(0xF7, &[0xDD, 0, 0, 0, 0x4F])),
        Setting::new("send quaternion and acceleration", command(0xF7, &content)),
        Setting::new(
            format!("send {rate_hz} samples a second"),
            command(0xF7, &every),
        ),
        Setting::new("send, with that head", command(0xF9, &[0x55])),
    ]
}

fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    let Some(turn) = sample.earth_from_sensor else {
        return;
    };
    let turn = *y_up().inverse() * turn;
    let mut values = vec![-turn.i, -turn.j, turn.k, turn.w];
    if let (Some(gyro), Some(accel)) = (sample.gyro_rad_s, sample.accel_m_s2) {
        let accel = accel / STANDARD_GRAVITY_M_S2;
        values.extend([-gyro.x, -gyro.y, gyro.z, accel.x, accel.y, -accel.z]);
    }
    let floats = values
        .iter()
        .flat_map(|&value| (value as f32).to_be_bytes());
    let data: Vec<u8> = floats.collect();
    let time_us = (sample.device_time_s.unwrap_or_default() * 1e6).round() as u64 as u32;
    bytes.push(0);
    bytes.extend(time_us.to_be_bytes());
    bytes.extend([STREAMED, additive(&data), data.len() as u8]);
    bytes.extend(data);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{all, hex, near, only, up, vectors};

    const VERSION_3: &str = "0087d6120054ec1000b96e993ecc336bbd4ea4cf3e99945c3f";

    #[test]
    fn both_versions_say_the_same() {
        let three = all(FrameDecoder::<Yost>::default(), &hex(VERSION_3));
        let two = hex("000012d687ffec103e996eb9bd6b33cc3ecfa44e3f5c9499");
        let two = all(FrameDecoder::<Yost>::default(), &two);
        assert_eq!(only(&three).earth_from_sensor, only(&two).earth_from_sensor);
        assert_eq!(only(&two).device_time_s, Some(1.234_567));
    }

    #[test]
    fn at_rest_in_any_pose_up_is_up() {
        // A quarter turn about X by the left hand, Y up at first: up then lies along -Z of the sensor.
        let half = std::f32::consts::FRAC_1_SQRT_2;
        for values in [
            [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0],
            [half, 0.0, 0.0, half, 0.0, 0.0, -1.0],
        ] {
            let data = values.map(f32::to_be_bytes);
            let data = data.as_flattened();
            let frame = [&[0, 0, 0, 0, 1, 0xFF, additive(data), 28], data].concat();
            let out = all(FrameDecoder::<Yost>::default(), &frame);
            let up = up(only(&out));
            assert!((up - Vector3::z()).norm() < 1e-6, "{up}");
        }
    }

    #[test]
    fn zeros_are_no_frames() {
        let out = all(FrameDecoder::<Yost>::default(), &[0; 500]);
        assert_eq!((out.frames, out.faults.leading_bytes), (0, 500));
    }

    #[test]
    fn vectors_of_answers() {
        for vector in vectors("yost/v3-binary-response") {
            let Look::Found(reading, _) = Yost::look(&vector.bytes) else {
                panic!("{}", vector.name);
            };
            let [x, y, z, w] = reading.xyzw;
            near(&[w, x, y, z], &vector.numbers("q_wxyz"));
            assert_eq!(
                vector.number("timestamp_us"),
                Some(u64::from(reading.time_us))
            );
        }
        for vector in vectors("yost/v2-binary-response") {
            let sum = additive(&vector.bytes);
            let [x, y, z, w] = reading(&vector.bytes, sum, f32::from_be_bytes)
                .unwrap()
                .xyzw;
            near(&[w, x, y, z], &vector.numbers("q_wxyz"));
        }
    }

    #[test]
    fn vectors_of_commands() {
        for vector in vectors("yost/v2-binary") {
            let (sum, summed) = vector.bytes[1..].split_last().unwrap();
            assert_eq!(additive(summed), *sum, "{}", vector.name);
            assert_eq!(vector.decoded["header"] == true, vector.bytes[0] == 0xF9);
            assert_eq!(vector.decoded["cmd"], format!("{:#04x}", summed[0]));
            let data = hex(vector.decoded["data"].as_str().unwrap());
            assert_eq!(data, summed[1..]);
        }
    }
}
