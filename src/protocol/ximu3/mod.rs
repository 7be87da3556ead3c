//! x-io x-IMU3: messages of text or binary, over USB, serial, network and Bluetooth alike.
//!
//! What a message is stands in `messages`. Orientation comes as one kind of message, as the device was
//! set (quaternion, matrix, Euler angles, or a quaternion with an acceleration); were there several
//! kinds, the first that comes is taken. Gyroscope and accelerometer come in messages of their own (I),
//! and each message gives a sample with its own time, microseconds since the device was switched on.
//! Sensor to earth, north-west-up unless the device was set to another earth. There is no sum: a message
//! counts when it has as many values as its letter needs. The magnetometer has arbitrary units and is
//! not used. Notes that a person typed (N) and errors (F) are notes.

pub(crate) mod messages;

use nalgebra::{Matrix3, Quaternion, Vector3};

use self::messages::{Data, END, Message, Messages};
use super::clock::Clock;
use super::framing::slip;
use super::settings::rate_hz;
use super::track::{Track, Tracks};
use super::turn::{from_matrix, from_roll_pitch_yaw_deg};
use super::{Decode, Decoded, Evidence, Protocol, Sample, Setting};
use crate::units::STANDARD_GRAVITY_M_S2;

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "ximu3",
    title: "x-io x-IMU3 (text or binary)",
    gives: "quaternion (or matrix, or Euler angles), gyroscope, accelerometer, time, notes",
    checked: "44 messages of the maker's documents",
    baud_rates: &[115_200, 1_000_000, 57_600, 9600],
    evidence: Evidence::Marks,
    ask: None,
    configure: Some(configure),
    decoder: || Box::new(Decoder::default()),
    encode: Some(encode),
};

/// Microseconds; messages of several kinds may overtake each other.
const CLOCK: Clock = Clock::new(1e6, &[]).late(0.5).unsure();

#[derive(Debug)]
struct Decoder {
    messages: Messages,
    tracks: Tracks,
    /// The kind of message that orientation is taken from.
    letter: Option<u8>,
    /// When bytes came last.
    arrival_s: f64,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            messages: Messages::default(),
            tracks: Tracks::new(Track::new().timed(CLOCK)),
            letter: None,
            arrival_s: f64::NAN,
        }
    }
}

impl Decode for Decoder {
    fn push(&mut self, mut bytes: &[u8], arrival_s: f64, out: &mut Decoded) {
        self.arrival_s = arrival_s;
        while let Some((message, length)) = self.messages.next(&mut bytes) {
            let Some(message) = message else {
                self.messages.pieces.unsound(length, out);
                continue;
            };
            self.messages.pieces.sound(out);
            match message {
                Message::Behind(channel, inner) => {
                    self.take(u16::from(channel), *inner, arrival_s, out);
                }
                direct @ (Message::Data(_) | Message::Text(..) | Message::Command(_)) => {
                    self.take(0, direct, arrival_s, out);
                }
            }
        }
    }

    fn finish(&mut self, out: &mut Decoded) {
        // A message without its end may be cut off.
        self.push(&[END], self.arrival_s, out);
    }
}

impl Decoder {
    fn take(&mut self, sensor: u16, message: Message, arrival_s: f64, out: &mut Decoded) {
        let Some(track) = self.tracks.of(sensor) else {
            out.faults.corrupt_frames += 1;
            return;
        };
        match message {
            Message::Data(data) => {
                let mut sample = Sample {
                    sensor,
                    arrival_s,
                    ..Sample::default()
                };
                if fill(&mut sample, &data, &mut self.letter) {
                    track.time(data.time_us, arrival_s, out);
                    track.give(sample, out);
                }
            }
            Message::Text(letter @ (b'N' | b'F'), time_us, words) => {
                track.time(time_us, arrival_s, out);
                let kind = if letter == b'F' { "error: " } else { "" };
                track.note(&format!("{kind}{words}"), arrival_s, out);
            }
            Message::Text(..) | Message::Command(_) | Message::Behind(..) => {}
        }
    }
}

/// Puts what a message holds into a sample; `false` when it is of no use.
fn fill(sample: &mut Sample, data: &Data, letter: &mut Option<u8>) -> bool {
    if let (b'I', &[gx, gy, gz, ax, ay, az]) = (data.letter, data.values()) {
        sample.gyro_rad_s = Some(Vector3::new(gx, gy, gz).map(f64::to_radians));
        sample.accel_m_s2 = Some(Vector3::new(ax, ay, az) * STANDARD_GRAVITY_M_S2);
        return true;
    }
    let Some(turn) = orientation(data) else {
        return false;
    };
    sample.earth_from_sensor = Some(turn);
    *letter.get_or_insert(data.letter) == data.letter
}

/// The orientation that a message holds, sensor to earth; not a number for a matrix that is no
/// rotation.
pub(crate) fn orientation(data: &Data) -> Option<Quaternion<f64>> {
    match (data.letter, data.values()) {
        (b'Q', &[w, x, y, z]) | (b'L' | b'E', &[w, x, y, z, _, _, _]) => {
            Some(Quaternion::new(w, x, y, z))
        }
        (b'A', &[roll, pitch, yaw]) => Some(from_roll_pitch_yaw_deg([roll, pitch, yaw])),
        (b'R', rows @ &[_, _, _, _, _, _, _, _, _]) => {
            Some(from_matrix(&Matrix3::from_row_slice(rows)))
        }
        _ => None,
    }
}

/// Binary: an inertial message, then a quaternion of the same time.
/// Bytes of a quaternion and of an inertial message, as text.
const LINES: u32 = 125;
/// Samples a second that are divided.
const FULL_HZ: u16 = 400;

/// Each is answered with the same line; an error has the key, too.
fn configure(baud: u32) -> Vec<Setting> {
    let rate_hz = rate_hz(baud, LINES);
    let divisor = (FULL_HZ / rate_hz).to_string();
    let rate = |what: &str| format!("send {what} {rate_hz} times a second");
    let setting = |words: String, key: &str, value: &str| {
        let line = format!("{{\"{key}\":{value}");
        let written = format!("{line}}}\n");
        Setting::new(words, written).answered(line, b"{\"error\"")
    };
    let orientation = "send orientation as a quaternion".to_owned();
    vec![
        setting(orientation, "ahrs_message_type", "0"),
        setting(rate("orientation"), "ahrs_message_rate_divisor", &divisor),
        setting(
            rate("gyroscope and accelerometer"),
            "inertial_message_rate_divisor",
            &divisor,
        ),
        setting("use these now".to_owned(), "apply", "null"),
    ]
}

fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    let time_us = (sample.device_time_s.unwrap_or_default() * 1e6).round() as u64;
    let mut message = |letter: u8, values: &[f64]| {
        let mut data = time_us.to_le_bytes().to_vec();
        let floats = values.iter().map(|&value| (value as f32).to_le_bytes());
        data.extend(floats.flatten());
        bytes.push(0x80 | letter);
        bytes.extend(slip::encoded_with(END, &data));
    };
    if let (Some(gyro), Some(accel)) = (sample.gyro_rad_s, sample.accel_m_s2) {
        let (gyro, accel) = (gyro.map(f64::to_degrees), accel / STANDARD_GRAVITY_M_S2);
        message(b'I', &[gyro.x, gyro.y, gyro.z, accel.x, accel.y, accel.z]);
    }
    if let Some(turn) = sample.earth_from_sensor {
        message(b'Q', &[turn.w, turn.i, turn.j, turn.k]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{all, apart_deg, components, decoded, hex, near};

    fn decode(bytes: &[u8]) -> Decoded {
        all(Decoder::default(), bytes)
    }

    #[test]
    fn text_and_binary_give_the_same() {
        let stuffed = hex("d1dbdcdbdddbdc000000000099945c3fb96e993ecc336bbd4ea4cf3e0a");
        let text = b"Q,711434,0.8616424,0.2996729,-0.0574224,0.4055504\n";
        let found = [decode(&stuffed), decode(text)].map(|out| {
            let sample = out.samples[0].clone();
            near(&[sample.device_time_s.unwrap()], &[0.711_434]);
            components(&sample.earth_from_sensor.unwrap())
        });
        near(&found[0], &found[1]);
    }

    #[test]
    fn inertial_values_and_notes_have_their_own_time() {
        let stream = b"I,1000000,90.0,0,0,0,0,1.0\nN,1002000,looking down\nQ,1005000,1,0,0,0\n\
                       F,1006000,Battery empty\nT,1007000,25.0\n";
        let out = decoded(Decoder::default(), stream, 3);
        assert_eq!((out.frames, out.samples.len(), out.notes.len()), (5, 2, 2));
        let inertial = &out.samples[0];
        near(
            inertial.gyro_rad_s.unwrap().as_slice(),
            &[std::f64::consts::FRAC_PI_2, 0.0, 0.0],
        );
        near(
            inertial.accel_m_s2.unwrap().as_slice(),
            &[0.0, 0.0, 9.806_65],
        );
        assert_eq!(inertial.earth_from_sensor, None);
        assert_eq!(out.notes[0].text, "looking down");
        assert_eq!(out.notes[0].device_time_s, Some(1.002));
        assert_eq!(out.notes[1].text, "error: Battery empty");
    }

    #[test]
    fn one_kind_of_orientation_is_taken() {
        let out = decode(b"A,1,0,0,90\nQ,2,1,0,0,0\nA,3,0,0,91\n");
        assert_eq!(out.samples.len(), 2);
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let turned = Quaternion::new(half, 0.0, 0.0, half);
        for message in [
            "A,1,0,0,90\n",
            "R,1,0,-1,0,1,0,0,0,0,1\n",
            "L,1,.7071068,0,0,.7071068,0,0,0\n",
        ] {
            let out = decode(message.as_bytes());
            let turn = out.samples[0].earth_from_sensor.unwrap();
            assert!(apart_deg(&turn, &turned) < 1e-4, "{message}");
        }
        // Of early devices: an acceleration without a quaternion.
        assert_eq!(
            decode(b"L,1000000,0.1000,0.0000,-0.2000\n").samples.len(),
            0
        );
    }

    #[test]
    fn channels_are_sensors_with_clocks_of_their_own() {
        let out = decode(
            b"Q,5000000,1,0,0,0\n^AQ,1000000,1,0,0,0\nQ,5010000,1,0,0,0\n^AQ,1010000,1,0,0,0\n",
        );
        let sensors: Vec<u16> = out.samples.iter().map(|sample| sample.sensor).collect();
        assert_eq!(sensors, [0, 65, 0, 65]);
        assert_eq!(out.faults.resets, 0);
    }

    #[test]
    fn unsound_messages_are_counted() {
        let out = decode(b"0,0,0\nQ,1,1,0,0,0\nQ,2,1,0,0\nQ,3,0,0,0,0\nQ,4,1,0,0,0\nQ,0,1,0,0,0\n");
        let faults = out.faults;
        assert_eq!(out.samples.len(), 3);
        assert_eq!((faults.leading_bytes, faults.skipped_bytes), (6, 10));
        assert_eq!((faults.corrupt_frames, faults.bad_quaternions), (1, 1));
        let out = decode(b"Q,9000000,1,0,0,0\nQ,1000,1,0,0,0\nQ,2000,1,0,0,0\n");
        assert_eq!((out.faults.resets, out.samples[2].segment), (1, 1));
        assert_eq!(out.samples[1].device_time_s, None, "it may be damaged");
    }
}
