//! Hatire, the head tracker of opentrack: 30 bytes a sample.
//!
//! `AA AA`, a code (2 bytes, low byte first), three turns in degrees and three shifts as f32, `55 55`. A code
//! below 1000 counts samples; others are messages of the device (2000 and more information, 5000 a
//! start, 9000 an error). The turns are yaw, pitch and roll, `Rz(yaw) Ry(pitch) Rx(roll)`, sensor to
//! earth, Z up; a sketch may be set to other orders. There is no sum: a frame counts when it has both
//! marks and numbers that a head can have.

use super::framing::fields::Fields;
use super::framing::scanner::{Look, marked};
use super::stream::{FrameDecoder, Framed};
use super::track::Track;
use super::turn::{from_roll_pitch_yaw_deg, roll_pitch_yaw_deg};
use super::{Decoded, Evidence, Protocol, Sample};

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "hatire",
    title: "Hatire head tracker (opentrack)",
    gives: "quaternion made of its angles, counter",
    checked: "2 frames of a real tracker; the order of its angles from documentation",
    baud_rates: &[115_200, 57_600, 38_400],
    evidence: Evidence::Marks,
    ask: None,
    configure: None,
    decoder: || Box::new(FrameDecoder::<Hatire>::default()),
    encode: Some(encode),
};

const LENGTH: usize = 30;
/// Codes below count samples.
const CODES: u16 = 1000;
const ERROR: u16 = 9000;
/// Turns may have been summed past a full one.
const MOST_DEG: f64 = 720.0;
const MOST_SHIFT: f64 = 1e4;

#[derive(Debug)]
struct Hatire(Track);

impl Default for Hatire {
    fn default() -> Self {
        Self(Track::new().counting(u64::from(CODES)))
    }
}

/// Code, and yaw, pitch, roll in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Frame {
    code: u16,
    angles_deg: [f64; 3],
}

impl Framed for Hatire {
    type Frame = Frame;

    fn look(bytes: &[u8]) -> Look<Frame> {
        marked(bytes, [0xAA, 0xAA], LENGTH, frame)
    }

    fn take(&mut self, frame: Frame, arrival_s: f64, out: &mut Decoded) {
        if frame.code >= CODES {
            if frame.code >= ERROR {
                self.0
                    .note(&format!("error: {}", frame.code), arrival_s, out);
            }
            return;
        }
        if self.0.count(u64::from(frame.code), out) {
            let [yaw, pitch, roll] = frame.angles_deg;
            let sample = Sample {
                arrival_s,
                earth_from_sensor: Some(from_roll_pitch_yaw_deg([roll, pitch, yaw])),
                ..Sample::default()
            };
            self.0.give(sample, out);
        }
    }
}

/// The bytes after the first mark.
fn frame(inside: &[u8]) -> Option<Frame> {
    let mut fields = Fields(inside);
    let code = u16::from_le_bytes(fields.take()?);
    let (angles_deg, shifts): ([f64; 3], [f64; 3]) = (fields.f32s_le()?, fields.f32s_le()?);
    let plausible = angles_deg.iter().all(|angle| angle.abs() <= MOST_DEG)
        && shifts.iter().all(|shift| shift.abs() <= MOST_SHIFT);
    let message = code > CODES && code <= 9999;
    let known = code < CODES && plausible || message;
    (known && fields.0 == [0x55, 0x55]).then_some(Frame { code, angles_deg })
}

fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    let Some(turn) = &sample.earth_from_sensor else {
        return;
    };
    let [roll, pitch, yaw] = roll_pitch_yaw_deg(turn);
    let code = (sample.counter.unwrap_or_default() % u64::from(CODES)) as u16;
    bytes.extend([0xAA, 0xAA]);
    bytes.extend(code.to_le_bytes());
    let values = [yaw, pitch, roll, 0.0, 0.0, 0.0];
    bytes.extend(
        values
            .iter()
            .flat_map(|&value| (value as f32).to_le_bytes()),
    );
    bytes.extend([0x55, 0x55]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{all, hex, near, vectors};

    const REAL: [&str; 2] = [
        "aaaa8102e41c74c3e51d0ac2dc7ca0c10000000000000000000000005555",
        "aaaa8202323674c387230ac2e8bb9fc10000000000000000000000005555",
    ];

    #[test]
    fn frames_count_and_messages_are_no_samples() {
        let error = REAL[0].replace("8102", "2823");
        let odd = REAL[0].replace("e41c74c3", "e41c74d3");
        let stream = hex(&[REAL[0], &error, &odd, REAL[1]].concat());
        let out = all(FrameDecoder::<Hatire>::default(), &stream);
        let counters: Vec<_> = out.samples.iter().filter_map(|one| one.counter).collect();
        assert_eq!((counters, out.faults.corrupt_frames), (vec![641, 642], 1));
        assert_eq!(out.notes[0].text, "error: 9000");
    }

    #[test]
    fn vectors_of_frames() {
        for vector in vectors("binary/hatire") {
            let Look::Found(frame, LENGTH) = Hatire::look(&vector.bytes) else {
                panic!("{}", vector.name);
            };
            near(&frame.angles_deg, &vector.numbers("rot_deg"));
            assert_eq!(vector.number("code"), Some(u64::from(frame.code)));
        }
    }
}
