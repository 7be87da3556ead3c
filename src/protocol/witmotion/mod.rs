//! WitMotion sensors: frames of 11 bytes over a cable, of 20 over Bluetooth LE.
//!
//! What the frames hold stands in `frames`. A sample is the enabled frames, sent back to back in rising
//! order of their type: time (0x50, the sensor's own calendar), acceleration (0x51), angular velocity
//! (0x52), angles (0x53), magnetometer (0x54), quaternion (0x59). It ends when a type comes that is not
//! higher, or with the type that ended samples before. There is no counter. Orientation is the
//! quaternion, or where none is sent the angles, `Rz(yaw) Ry(pitch) Rx(roll)`, sensor to earth, Z up; X
//! forward, Y left, Z up on the case. The magnetometer is in counts of a chip that differs between
//! models and is not used.
//!
//! A sensor with Bluetooth LE sends acceleration, angular velocity and angles in one frame (0x61), and a
//! quaternion only when asked (0x71); it lags behind the angles, so it is used only where there are none.

pub(crate) mod frames;

use nalgebra::{Quaternion, Vector3};

use self::frames::{ACCEL_RANGE_M_S2, Around, FULL_SCALE, Frame, GYRO_RANGE_RAD_S, look};
use super::clock::{Clock, DAY_S};
use super::framing::fields::word;
use super::framing::scanner::Scanner;
use super::framing::sums::additive;
use super::settings::rate_hz;
use super::track::Track;
use super::turn::{from_roll_pitch_yaw_deg, roll_pitch_yaw_deg, wxyz};
use super::{Decode, Decoded, Evidence, Protocol, Sample, Setting};

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "witmotion",
    title: "WitMotion (frames 0x55, cable or Bluetooth LE)",
    gives: "quaternion or angles, gyroscope, accelerometer, the sensor's calendar",
    checked: "frames of 5 real sensors and documentation",
    baud_rates: &[115_200, 9600, 230_400, 921_600, 57_600, 38_400, 19_200],
    evidence: Evidence::Sum,
    ask: None,
    configure: Some(configure),
    decoder: || Box::new(Decoder::default()),
    encode: Some(encode),
};

/// The calendar counts milliseconds; without a date it begins again each day.
const CLOCK: Clock = Clock::new(1e3, &[86_400_000]);
/// The register where a quaternion begins.
const QUATERNION: u16 = 0x51;

/// Bytes of a sample: time, acceleration, angular velocity, angles, quaternion.
const SAMPLE: u32 = 5 * 11;

/// The sensor answers none of these.
fn configure(baud: u32) -> Vec<Setting> {
    let rate_hz = rate_hz(baud, SAMPLE);
    let code = match rate_hz {
        100 => 9,
        50 => 8,
        20 => 7,
        _ => 6,
    };
    let content = "send time, acceleration, angular velocity, angles and quaternion";
    vec![
        Setting::new("take settings for 10 s", command(0x69, 0xB588)),
        Setting::new(
            format!("send {rate_hz} samples a second"),
            command(0x03, code),
        ),
        Setting::new(content, command(0x02, 0x020F)),
    ]
}

/// The five bytes that set a register. A sensor takes them within 10 s of `command(0x69, 0xB588)`.
pub const fn command(register: u8, value: u16) -> [u8; 5] {
    let [low, high] = value.to_le_bytes();
    [0xFF, 0xAA, register, low, high]
}

/// The frames since the last sample.
#[derive(Debug, Clone, Default)]
struct Group {
    sample: Sample,
    angles: Option<Quaternion<f64>>,
    time_ms: Option<u64>,
    /// The type that came last.
    kind: u8,
}

#[derive(Debug)]
struct Decoder {
    scanner: Scanner,
    track: Track,
    group: Option<Group>,
    /// The highest type that ended a sample.
    end: u8,
    has_angles: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            scanner: Scanner::default(),
            track: Track::new().timed(CLOCK),
            group: None,
            end: 0,
            has_angles: false,
        }
    }
}

impl Decode for Decoder {
    fn push(&mut self, bytes: &[u8], arrival_s: f64, out: &mut Decoded) {
        self.scanner.add(bytes, arrival_s);
        self.decode(false, out);
    }

    fn finish(&mut self, out: &mut Decoded) {
        self.scanner.close();
        self.decode(true, out);
        self.close(out);
    }
}

impl Decoder {
    fn decode(&mut self, complete: bool, out: &mut Decoded) {
        loop {
            let around = Around {
                follows: self.scanner.follows(),
                complete,
            };
            let look = |bytes: &[u8]| look(bytes, around);
            let Some((kind, frame)) = self.scanner.next(out, look) else {
                return;
            };
            match frame {
                Frame::Registers(QUATERNION, [w, x, y, z, ..]) if !self.has_angles => {
                    let parts = [w, x, y, z].map(|word| f64::from(word) / FULL_SCALE);
                    let polled = Sample {
                        earth_from_sensor: Some(wxyz(parts)),
                        arrival_s: self.scanner.arrival_s(),
                        ..Sample::default()
                    };
                    self.track.give(polled, out);
                }
                Frame::Registers(..) => {}
                Frame::Other if kind == 0x5f => {}
                Frame::Time(_)
                | Frame::Accel(_)
                | Frame::Gyro(_)
                | Frame::Angles(_)
                | Frame::Quaternion(_)
                | Frame::Motion { .. }
                | Frame::Other => self.take(kind, frame, out),
            }
        }
    }

    fn take(&mut self, kind: u8, frame: Frame, out: &mut Decoded) {
        if self.group.as_ref().is_some_and(|group| kind <= group.kind) {
            self.close(out);
        }
        let arrival_s = self.scanner.arrival_s();
        let group = self.group.get_or_insert_with(|| Group {
            sample: Sample {
                arrival_s,
                ..Sample::default()
            },
            ..Group::default()
        });
        group.kind = kind;
        group.add(frame);
        self.has_angles |= group.angles.is_some();
        if kind == self.end || kind == 0x61 {
            self.close(out);
        }
    }

    fn close(&mut self, out: &mut Decoded) {
        let Some(mut group) = self.group.take() else {
            return;
        };
        self.end = self.end.max(group.kind);
        let arrival_s = group.sample.arrival_s;
        if let Some(time_ms) = group.time_ms {
            self.track.time(time_ms, arrival_s, out);
        }
        let turn = &mut group.sample.earth_from_sensor;
        *turn = turn.or(group.angles);
        self.track.give(group.sample, out);
    }
}

impl Group {
    fn add(&mut self, frame: Frame) {
        let sample = &mut self.sample;
        match frame {
            Frame::Time(time_ms) => self.time_ms = Some(time_ms),
            Frame::Accel(value) => sample.accel_m_s2 = Some(value.into()),
            Frame::Gyro(value) => sample.gyro_rad_s = Some(value.into()),
            Frame::Angles(value) => self.angles = Some(from_angles(value)),
            Frame::Quaternion(value) => sample.earth_from_sensor = Some(wxyz(value)),
            Frame::Motion {
                accel_m_s2,
                gyro_rad_s,
                angles_rad,
                time_ms,
            } => {
                sample.accel_m_s2 = Some(accel_m_s2.into());
                sample.gyro_rad_s = Some(gyro_rad_s.into());
                self.angles = Some(from_angles(angles_rad));
                self.time_ms = time_ms;
            }
            Frame::Registers(..) | Frame::Other => {}
        }
    }
}

fn from_angles(rad: [f64; 3]) -> Quaternion<f64> {
    from_roll_pitch_yaw_deg(rad.map(f64::to_degrees))
}

/// Time of day (the date was never set), acceleration, angular velocity, angles, quaternion.
fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    if let Some(time_s) = sample.device_time_s {
        bytes.extend(time_frame(time_s));
    }
    let vector = |value: Vector3<f64>, full: f64| {
        let [x, y, z] = [value.x, value.y, value.z].map(|value| word(value, full));
        [x, y, z, 0]
    };
    if let Some(accel) = sample.accel_m_s2 {
        bytes.extend(words_frame(0x51, vector(accel, ACCEL_RANGE_M_S2)));
    }
    if let Some(gyro) = sample.gyro_rad_s {
        bytes.extend(words_frame(0x52, vector(gyro, GYRO_RANGE_RAD_S)));
    }
    if let Some(turn) = &sample.earth_from_sensor {
        let angles = Vector3::from(roll_pitch_yaw_deg(turn));
        bytes.extend(words_frame(0x53, vector(angles, 180.0)));
        let parts = [turn.w, turn.i, turn.j, turn.k];
        bytes.extend(words_frame(0x59, parts.map(|part| word(part, 1.0))));
    }
}

fn time_frame(time_s: f64) -> [u8; 11] {
    let milliseconds = (time_s.rem_euclid(DAY_S) * 1e3).round() as u32;
    let [low, high] = ((milliseconds % 1000) as u16).to_le_bytes();
    let seconds = milliseconds / 1000;
    let [hour, minute, second] = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(|n| n as u8);
    frame(0x50, [0, 0, 0, hour, minute, second, low, high])
}

fn words_frame(kind: u8, words: [i16; 4]) -> [u8; 11] {
    let [a, b, c, d] = words.map(i16::to_le_bytes);
    frame(kind, [a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]])
}

fn frame(kind: u8, data: [u8; 8]) -> [u8; 11] {
    let [a, b, c, d, e, f, g, h] = data;
    let sum = additive(&data).wrapping_add(0x55).wrapping_add(kind);
    [0x55, kind, a, b, c, d, e, f, g, h, sum]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{
        all, apart_deg, components, decoded, hex, near, only, up, vectors,
    };
    use crate::units::STANDARD_GRAVITY_M_S2;

    /// Time, acceleration, angular velocity, angles and quaternion of one sample.
    const SAMPLE: &str = "55501a070e090807590146\
                          5551bc02c2038306d0098b\
                          5552cd003dfa0000d00984\
                          55535515c7f10020582d6f\
                          55594a6e5c26a6f8e933a2";
    const BLUETOOTH: &str = "55612706bc0179065500e7fec4fa3e00eaff0000\
                             55613806c7016b0698ff79fe74fb3e00eaff0000\
                             55618006cc017f06b2feb8fe0dfc3e00eaff0000\
                             55618206ad018c0696fe58ff65fc3e00eaff0000";

    fn bluetooth() -> Vec<u8> {
        hex(BLUETOOTH)
    }

    fn decode(bytes: &[u8]) -> Decoded {
        all(Decoder::default(), bytes)
    }

    #[test]
    fn the_frames_of_a_sample_belong_together() {
        let out = decode(&hex(SAMPLE));
        let sample = only(&out);
        assert_eq!(sample.device_time_s, Some(1_784_020_087.345));
        let expected = [0.861_633, 0.299_683, -0.057_434, 0.405_548];
        near(&components(&sample.earth_from_sensor.unwrap()), &expected);
        assert!((up(sample) - Vector3::z()).norm() < 1e-3);
        assert!((sample.gyro_rad_s.unwrap().y - (-90.026_855_5_f64).to_radians()).abs() < 1e-6);
        assert_eq!(
            (out.frames, out.faults),
            (5, crate::protocol::Faults::default())
        );
    }

    #[test]
    fn a_sample_is_given_with_the_type_that_ended_the_one_before() {
        let mut decoder = Decoder::default();
        let mut out = Decoded::default();
        decoder.push(&hex(SAMPLE).repeat(3), 1.0, &mut out);
        assert_eq!(out.samples.len(), 3);
        assert!((out.samples[0].arrival_s - 1.0).abs() < 1e-12);
    }

    #[test]
    fn angles_serve_where_there_is_no_quaternion() {
        let without = &hex(SAMPLE)[..44];
        let out = decode(without);
        let with = decode(&hex(SAMPLE));
        let turn = |out: &Decoded| only(out).earth_from_sensor.unwrap();
        assert!(apart_deg(&turn(&out), &turn(&with)) < 0.01);
    }

    #[test]
    fn frames_of_bluetooth_are_whole_samples() {
        let stream = bluetooth();
        let out = decode(&stream);
        let accel: Vec<f64> = out
            .samples
            .iter()
            .map(|sample| sample.accel_m_s2.unwrap().x / STANDARD_GRAVITY_M_S2)
            .collect();
        assert_eq!(out.samples.len(), 4, "{out:?}");
        near(&accel[..1], &[0.769_042_969]);
        // A byte less, and the frame that lacks it is gone, no other.
        let torn = [&stream[..25], &stream[26..]].concat();
        let out = decode(&torn);
        assert_eq!((out.samples.len(), out.faults.corrupt_frames), (3, 1));
    }

    #[test]
    fn a_polled_quaternion_counts_where_there_are_no_angles() {
        let answer = hex("557151004a6e5c26a6f8e9330000000000000000");
        let out = decode(&answer.repeat(2));
        assert_eq!(out.samples.len(), 2);
        let both = [bluetooth(), answer.repeat(2)].concat();
        assert_eq!(decode(&both).samples.len(), 4);
    }

    #[test]
    fn a_wrong_sum_costs_a_frame_and_a_zero_quaternion_its_sample() {
        let mut bytes = hex(SAMPLE).repeat(3);
        bytes[80] ^= 1;
        let out = decode(&bytes);
        assert_eq!((out.samples.len(), out.faults.corrupt_frames), (3, 1));
        let gyro = out
            .samples
            .iter()
            .filter(|sample| sample.gyro_rad_s.is_none());
        assert_eq!(gyro.count(), 1);
        let out = decode(&frame(0x59, [0; 8]));
        assert_eq!((out.samples.len(), out.faults.bad_quaternions), (0, 1));
    }

    #[test]
    fn vectors_of_streams_commands_and_sums() {
        for vector in vectors("witmotion/uart-0x55-stream") {
            let out = decoded(Decoder::default(), &vector.bytes, 7);
            let types = vector.decoded["types"].as_array().unwrap().len();
            assert_eq!(out.frames, types, "{}", vector.name);
            assert_eq!(
                Some(out.faults.leading_bytes as u64),
                vector.number("skipped")
            );
        }
        for vector in vectors("witmotion/ble-0x61(20)-stream") {
            let out = decode(&vector.bytes);
            assert_eq!(Some(out.samples.len() as u64), vector.number("frames"));
        }
        for vector in vectors("witmotion/command") {
            let number = |key: &str| {
                let text = vector.decoded[key].as_str().unwrap();
                u16::from_str_radix(text.trim_start_matches("0x"), 16).unwrap()
            };
            let bytes = command(number("reg") as u8, number("value"));
            assert_eq!(bytes.to_vec(), vector.bytes, "{}", vector.name);
        }
        for vector in vectors("witmotion/modbus") {
            let (message, sum) = vector.bytes.split_last_chunk().unwrap();
            let crc = crate::protocol::framing::sums::Crc16::MODBUS.of(message);
            assert_eq!(crc.to_le_bytes(), *sum, "{}", vector.name);
        }
        for vector in vectors("witmotion/logged-values") {
            let stated = vector.numbers("q_wxyz");
            let rpy = vector.numbers("rpy_deg");
            let turn = from_roll_pitch_yaw_deg([rpy[0], rpy[1], rpy[2]]);
            let stated = Quaternion::new(stated[0], stated[1], stated[2], stated[3]);
            assert!(apart_deg(&turn, &stated) < 6.0);
        }
    }
}
