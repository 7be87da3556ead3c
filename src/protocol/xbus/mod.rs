//! Xsens / Movella `MTi`: the Xbus protocol with `MTData2`.
//!
//! A message is `FA FF MID LEN data[LEN] CS`, or with `FF` as LEN a length of two bytes after it (up to
//! 2048). The sum of all bytes after `FA`, CS included, is zero. Numbers have their high byte first. MID 36
//! carries data as packets, which `data` reads; MID 3E says that the device was switched on.
//!
//! Orientation is the quaternion, the rotation matrix or roll, pitch and yaw, against the earth that the
//! device was set to. A counter of 16 bits counts every message, also those without orientation, such as
//! positions of satellites: it tells what is missing. Their time lies up to seconds back, so time is taken
//! from messages with orientation alone. The first message after the start of measuring may lack
//! orientation and hold the acceleration of too short a time; messages without are samples only when ten
//! came in a row and none with. The magnetic field has arbitrary units and is not used.

mod data;

use nalgebra::Vector3;

use self::data::Data;
use super::clock::Clock;
use super::framing::scanner::Look;
use super::framing::sums::additive;
use super::settings::rate_hz;
use super::stream::{FrameDecoder, Framed};
use super::track::Track;
use super::{Decoded, Evidence, Protocol, Sample, Setting};

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "xsens-xbus",
    title: "Xsens / Movella MTi (Xbus, MTData2)",
    gives: "quaternion, matrix or angles, gyroscope, accelerometer, time, counter",
    checked: "8 messages of real sensors and 12 of the vendor's document",
    baud_rates: &[115_200, 921_600, 460_800, 230_400, 2_000_000],
    evidence: Evidence::Sum,
    ask: None,
    configure: Some(configure),
    decoder: || Box::new(FrameDecoder::<Xbus>::default()),
    encode: Some(encode),
};

const START: [u8; 2] = [0xFA, 0xFF];
const LONG: u8 = 0xFF;
const LONGEST: usize = 2048;
const WAKE_UP: u8 = 0x3E;
const DATA: u8 = 0x36;
/// 0.1 ms; the 10 and 100 series begin again each day, others when 32 bits are full.
const CLOCK: Clock = Clock::new(1e4, &[864_000_000, 1 << 32]);
/// So many messages in a row without orientation, and none with, mean that none will come.
const ENOUGH_WITHOUT: u32 = 10;

/// A message from the device, or to it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Message {
    id: u8,
    data: Vec<u8>,
}

/// Looks for a message at the start of these bytes.
fn look(bytes: &[u8]) -> Look<Message> {
    let (length, header) = match *bytes {
        [0xFA]
        | [0xFA, 0xFF]
        | [0xFA, 0xFF, _]
        | [0xFA, 0xFF, _, LONG]
        | [0xFA, 0xFF, _, LONG, _] => return Look::More,
        [0xFA, 0xFF, _, LONG, high, low, ..] => (u16::from_be_bytes([high, low]), 6),
        [0xFA, 0xFF, _, length, ..] => (u16::from(length), 4),
        _ => return Look::No,
    };
    let length = usize::from(length);
    if length > LONGEST {
        return Look::Bad;
    }
    let whole = header + length + 1;
    let Some(message) = bytes.get(..whole) else {
        return Look::More;
    };
    let (Some(&id), Some(summed), Some(data)) = (
        message.get(2),
        message.get(1..),
        message.get(header..whole - 1),
    ) else {
        return Look::No;
    };
    if additive(summed) != 0 {
        return Look::Bad;
    }
    let data = data.to_vec();
    Look::Found(Message { id, data }, whole)
}

/// A message with its start and its sum; `data` has at most 2048 bytes.
fn framed(id: u8, data: &[u8], bytes: &mut Vec<u8>) {
    let start = bytes.len() + 1;
    bytes.extend(START);
    bytes.push(id);
    match u8::try_from(data.len()) {
        Ok(length) if length < LONG => bytes.push(length),
        _ => {
            bytes.push(LONG);
            bytes.extend((data.len() as u16).to_be_bytes());
        }
    }
    bytes.extend(data);
    let sum = additive(bytes.get(start..).unwrap_or_default());
    bytes.push(sum.wrapping_neg());
}

#[derive(Debug)]
struct Xbus {
    track: Track,
    /// Messages without orientation in a row; `None` once one came with it.
    without: Option<u32>,
}

impl Default for Xbus {
    fn default() -> Self {
        Self {
            track: Track::new().counting(1 << 16).timed(CLOCK),
            without: Some(0),
        }
    }
}

impl Framed for Xbus {
    type Frame = Message;

    fn look(bytes: &[u8]) -> Look<Message> {
        look(bytes)
    }

    fn take(&mut self, message: Message, arrival_s: f64, out: &mut Decoded) {
        match (message.id, Data::parse(&message.data)) {
            (DATA, Some(data)) => self.take_data(&data, arrival_s, out),
            (DATA, None) => out.faults.corrupt_frames += 1,
            (WAKE_UP, _) => self.track.restart(out),
            _ => {}
        }
    }
}

impl Xbus {
    fn take_data(&mut self, data: &Data, arrival_s: f64, out: &mut Decoded) {
        let counter = data.packet_counter.map(u64::from);
        if !counter.is_none_or(|counter| self.track.count(counter, out)) {
            return;
        }
        let turn = data.earth_from_sensor();
        let inertial = data.accel_m_s2.is_some() || data.gyro_rad_s.is_some();
        if turn.is_some() {
            self.without = None;
        } else if !inertial {
            return;
        } else if !self.is_enough_without() {
            out.faults.incomplete += 1;
            return;
        }
        if let Some(ticks) = data.time_ticks {
            self.track.time(u64::from(ticks), arrival_s, out);
        }
        let sample = Sample {
            arrival_s,
            earth_from_sensor: turn,
            gyro_rad_s: data.gyro_rad_s,
            accel_m_s2: data.accel_m_s2,
            ..Sample::default()
        };
        self.track.give(sample, out);
    }

    /// One more message came without orientation.
    fn is_enough_without(&mut self) -> bool {
        let Some(count) = &mut self.without else {
            return false;
        };
        *count = count.saturating_add(1);
        *count > ENOUGH_WITHOUT
    }
}

/// Counter, time, quaternion, acceleration and angular velocity as f32.
/// How an error from the device begins.
const ERROR: &[u8] = &[0xFA, 0xFF, 0x42];
/// Bytes of a message with counter, time, quaternion, acceleration, angular velocity and status.
const MESSAGE: u32 = 73;

fn configure(baud: u32) -> Vec<Setting> {
    let rate_hz = rate_hz(baud, MESSAGE);
    let mut outputs = Vec::new();
    for (output, each_hz) in [
        (0x1020_u16, u16::MAX),
        (0x1060, u16::MAX),
        (0x2010, rate_hz),
        (0x4020, rate_hz),
        (0x8020, rate_hz),
        (0xE020, u16::MAX),
    ] {
        outputs.extend([output, each_hz].map(u16::to_be_bytes).as_flattened());
    }
    let message = |id, data: &[u8]| {
        let mut bytes = Vec::new();
        framed(id, data, &mut bytes);
        bytes
    };
    // An answer has the next number, and repeats the list as it was taken.
    let setting = |words: String, id: u8, data: &[u8], answer: &[u8]| {
        Setting::new(words, message(id, data)).answered(message(id + 1, answer), ERROR)
    };
    let content = format!(
        "send quaternion, acceleration and angular velocity {rate_hz} times a second, with counter, time \
         and status (some of these sensors keep this list when they are off)"
    );
    vec![
        setting("stop measuring, take settings".to_owned(), 0x30, &[], &[]),
        setting(content, 0xC0, &outputs, &outputs),
        setting("measure".to_owned(), 0x10, &[], &[]),
    ]
}

fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    let mut data = Vec::with_capacity(64);
    if let Some(counter) = sample.counter {
        data.extend([0x10, 0x20, 2]);
        data.extend((counter as u16).to_be_bytes());
    }
    if let Some(time_s) = sample.device_time_s {
        data.extend([0x10, 0x60, 4]);
        data.extend(((time_s * 1e4).round() as u32).to_be_bytes());
    }
    let floats = |values: &[f64]| -> Vec<u8> {
        let each = values.iter().map(|&value| (value as f32).to_be_bytes());
        each.flatten().collect()
    };
    if let Some(turn) = sample.earth_from_sensor {
        data.extend([0x20, 0x10, 16]);
        data.extend(floats(&[turn.w, turn.i, turn.j, turn.k]));
    }
    let mut vector = |high: u8, value: Option<Vector3<f64>>| {
        if let Some(value) = value {
            data.extend([high, 0x20, 12]);
            data.extend(floats(value.as_slice()));
        }
    };
    vector(0x40, sample.accel_m_s2);
    vector(0x80, sample.gyro_rad_s);
    framed(DATA, &data, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Decode as _;
    use crate::protocol::testing::{
        Vector, all, apart_deg, components, decoded, hex, near, only, up, vectors,
    };
    use crate::protocol::turn::{from_roll_pitch_yaw_deg, up_from_down, wxyz};

    const FIRST: &str = "faff3644102002e686106004005751262010103f7f1ddebda63508bc8e1bcd3ab3c0\
                         8840200c3eb6fc53bfc6f4b94117269180200cbbb384003c1fc8bdba8de78ce0200400\
                         0000017a";
    const SECOND: &str = "faff3644102002e6881060040057518a2010103f7f1ddfbda63ad8bc8da9a83ab31305\
                          40200c3eb23096bfc54cee4117410380200cbb10f7213c3329a8b8e41736e020040000\
                          0001fa";
    /// A position of satellites, between the two.
    const SATELLITES: &str = "faff366d70105e0008bb5a07bc010600091100ffffffff0ee6b280000000000000000000\
                              00000000000000ffffbd98ffffffffdf84ba0000000000000000000000000000000000\
                              0000000000004e200112a88000000000270f270f270f270f270f270f270f1060040056\
                              efdc102002e6879a";

    fn decode(bytes: &[u8]) -> Decoded {
        all(FrameDecoder::<Xbus>::default(), bytes)
    }

    #[test]
    fn messages_of_a_real_sensor() {
        let stream = [hex(FIRST), hex(SATELLITES), hex(SECOND)].concat();
        let out = decoded(FrameDecoder::<Xbus>::default(), &stream, 5);
        assert_eq!((out.frames, out.samples.len()), (3, 2));
        let (first, second) = (&out.samples[0], &out.samples[1]);
        let expected = [
            0.996_549_487,
            -0.081_155_836_6,
            -0.017_347_240_8,
            0.001_371_399_5,
        ];
        near(&components(&first.earth_from_sensor.unwrap()), &expected);
        let tilt_deg = up(first).angle(&Vector3::z()).to_degrees();
        assert!(tilt_deg < 3.5, "{tilt_deg}");
        assert!((first.gyro_rad_s.unwrap().y - 0.009_752_449_58).abs() < 1e-9);
        let step_s = second.device_time_s.unwrap() - first.device_time_s.unwrap();
        assert!((step_s - 0.01).abs() < 1e-9, "{step_s}");
        assert_eq!((first.counter, second.counter), (Some(59014), Some(59016)));
        assert_eq!(out.faults, crate::protocol::Faults::default());
        let lost = decode(&[hex(FIRST), hex(SECOND)].concat());
        assert_eq!(lost.faults.lost_samples, 1);
    }

    #[test]
    fn without_orientation_there_are_samples_only_when_it_never_comes() {
        let inertial = |counter: u64| Sample {
            counter: Some(counter),
            accel_m_s2: Some(Vector3::z()),
            ..Sample::default()
        };
        let mut bytes = Vec::new();
        encode(&inertial(59013), &mut bytes);
        let out = decode(&[bytes, hex(FIRST)].concat());
        assert_eq!((out.samples.len(), out.faults.incomplete), (1, 1));
        let mut bytes = Vec::new();
        (0..15).for_each(|counter| encode(&inertial(counter), &mut bytes));
        let out = decode(&bytes);
        assert_eq!((out.samples.len(), out.faults.incomplete), (5, 10));
    }

    #[test]
    fn a_device_that_wakes_up_begins_a_segment() {
        let out = decode(&[hex(FIRST), hex("faff3e00c3"), hex(FIRST)].concat());
        assert_eq!(out.faults.resets, 1);
        // The counter did not go on.
        assert_eq!(out.faults.duplicates, 1);
    }

    #[test]
    fn false_lengths_hold_nothing_up() {
        let stream = [hex("faff36ffffff"), hex("faff36ff07d0"), hex(FIRST)].concat();
        let mut decoder = FrameDecoder::<Xbus>::default();
        let mut out = Decoded::default();
        decoder.push(&stream, 0.0, &mut out);
        assert_eq!(
            out.samples.len(),
            0,
            "the second length covers what follows"
        );
        decoder.push(&hex(SECOND), 0.3, &mut out);
        assert_eq!(out.samples.len(), 2);
        assert_eq!(decode(&stream).samples.len(), 1);
    }

    /// The orientation that the vector states, against an earth whose Z is up.
    fn stated_turn(vector: &Vector) -> Option<nalgebra::Quaternion<f64>> {
        let turn = if vector.decoded["q_wxyz"].is_array() {
            let [w, x, y, z] = vector.numbers("q_wxyz").try_into().unwrap();
            wxyz([w, x, y, z])
        } else if vector.decoded["rpy_deg"].is_array() {
            from_roll_pitch_yaw_deg(vector.numbers("rpy_deg").try_into().unwrap())
        } else {
            return None;
        };
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let north = wxyz([half, 0.0, 0.0, half]);
        Some(match vector.decoded["coord"].as_str().unwrap() {
            "NED" => north * up_from_down(turn),
            "NWU" => north * turn,
            _ => turn,
        })
    }

    fn check(vector: &Vector, message: &Message) {
        let stated = vector.decoded["mid"].as_str().unwrap();
        assert_eq!(stated, format!("{:#04x}", message.id));
        assert_eq!(vector.number("len"), Some(message.data.len() as u64));
        if let Some(data) = vector.decoded["data"].as_str() {
            assert_eq!(message.data, hex(data));
        }
        if let Some(outputs) = vector.decoded["outputs"].as_array() {
            let pairs: Vec<String> = message
                .data
                .chunks(2)
                .map(|word| u16::from_be_bytes([word[0], word[1]]).to_string())
                .collect();
            let stated = outputs.iter().flat_map(|pair| {
                let id = pair[0].as_str().unwrap().trim_start_matches("0x");
                [
                    u64::from_str_radix(id, 16).unwrap(),
                    pair[1].as_u64().unwrap(),
                ]
            });
            assert_eq!(
                pairs,
                stated.map(|number| number.to_string()).collect::<Vec<_>>()
            );
        }
        if message.id != DATA {
            return;
        }
        let data = Data::parse(&message.data).expect("packets");
        assert_eq!(
            data.packet_counter.map(u64::from),
            vector.number("packet_counter")
        );
        assert_eq!(
            data.time_ticks.map(u64::from),
            vector.number("sample_time_fine")
        );
        for (found, key) in [
            (data.accel_m_s2, "acc_mps2"),
            (data.gyro_rad_s, "gyro_radps"),
        ] {
            assert_eq!(
                found.is_some(),
                vector.decoded[key].is_array(),
                "{}",
                vector.name
            );
            if let Some(found) = found {
                near(found.as_slice(), &vector.numbers(key));
            }
        }
        let stated = stated_turn(vector);
        assert_eq!(data.earth_from_sensor().is_some(), stated.is_some());
        if let (Some(found), Some(stated)) = (data.earth_from_sensor(), stated) {
            assert!(apart_deg(&found, &stated) < 1e-4, "{}", vector.name);
        }
    }

    #[test]
    fn vectors_of_messages() {
        for vector in vectors("xsens/xbus") {
            match look(&vector.bytes) {
                Look::Found(message, length) => {
                    assert!(
                        vector.accept && length == vector.bytes.len(),
                        "{}",
                        vector.name
                    );
                    check(&vector, &message);
                    let mut again = Vec::new();
                    framed(message.id, &message.data, &mut again);
                    assert_eq!(again, vector.bytes, "{}", vector.name);
                }
                Look::Bad | Look::No | Look::More => assert!(!vector.accept, "{}", vector.name),
            }
        }
    }

    #[test]
    fn matrix_and_quaternion_of_one_message_agree() {
        let columns = [
            -0.999_949_336,
            0.009_911_076_17,
            0.001_702_049_75,
            -1.608_673_48e-05,
            0.167_677_641,
            -0.985_841_751,
            -0.010_056_149_2,
            -0.985_791_922,
            -0.167_669_058_f64,
        ];
        let mut packet = vec![0x20, 0x20, 36];
        packet.extend(
            columns
                .iter()
                .flat_map(|&value| (value as f32).to_be_bytes()),
        );
        let turn = Data::parse(&packet).unwrap().earth_from_sensor().unwrap();
        let stated = wxyz([
            0.003_847_156_65,
            -0.003_237_534_31,
            -0.764_083_743,
            0.645_097_375,
        ]);
        assert!(apart_deg(&turn, &stated) < 0.01);
    }

    #[test]
    fn the_only_sample_of_a_message() {
        assert_eq!(only(&decode(&hex(FIRST))).counter, Some(59014));
        let mut bad = hex(FIRST);
        *bad.last_mut().unwrap() += 1;
        let out = decode(&bad);
        assert_eq!((out.samples.len(), out.faults.corrupt_frames), (0, 1));
    }
}
