//! `InvenSense`'s teapot packet, as the MPU6050 sketches send it for a demonstration on the screen.
//!
//! 14 bytes: `24 02`, the quaternion w, x, y, z as words of 16 bits (high byte first, 16384 is one), a zero,
//! a counter, `0D 0A`. Sensor to earth, Z up. There is no sum, and the words may hold any of the marks: a
//! packet counts when it has both marks, the zero and a quaternion of norm 1. The sketch waits
//! for a byte before it begins.

use super::framing::fields::{Fields, word};
use super::framing::scanner::{Look, marked};
use super::stream::{FrameDecoder, Framed};
use super::track::Track;
use super::turn::wxyz;
use super::{Decoded, Evidence, Protocol, Sample};

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "teapot",
    title: "MPU6050 sketch with InvenSense's teapot packet",
    gives: "quaternion, counter",
    checked: "3 packets made by its source",
    baud_rates: &[115_200, 38_400],
    evidence: Evidence::Marks,
    ask: None,
    configure: None,
    decoder: || Box::new(FrameDecoder::<Teapot>::default()),
    encode: Some(encode),
};

const LENGTH: usize = 14;
const ONE: f64 = 16384.0;
/// The chip's own quaternions are this near to 1.
const NORM: f64 = 0.02;

#[derive(Debug)]
struct Teapot(Track);

impl Default for Teapot {
    fn default() -> Self {
        Self(Track::new().counting(256))
    }
}

impl Framed for Teapot {
    /// Quaternion and counter.
    type Frame = ([f64; 4], u8);

    fn look(bytes: &[u8]) -> Look<Self::Frame> {
        marked(bytes, [0x24, 0x02], LENGTH, packet)
    }

    fn take(&mut self, (turn, counter): Self::Frame, arrival_s: f64, out: &mut Decoded) {
        if self.0.count(u64::from(counter), out) {
            let sample = Sample {
                arrival_s,
                earth_from_sensor: Some(wxyz(turn)),
                ..Sample::default()
            };
            self.0.give(sample, out);
        }
    }
}

/// The bytes after the first mark.
fn packet(inside: &[u8]) -> Option<([f64; 4], u8)> {
    let mut fields = Fields(inside);
    let turn = fields.i16s_be()?.map(|word| word / ONE);
    let [0, counter, 0x0D, 0x0A] = fields.take()? else {
        return None;
    };
    let off = (wxyz(turn).norm() - 1.0).abs();
    (off < NORM).then_some((turn, counter))
}

fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    let Some(turn) = sample.earth_from_sensor else {
        return;
    };
    let words = [turn.w, turn.i, turn.j, turn.k].map(|part| word(part, 2.0).to_be_bytes());
    bytes.extend([0x24, 0x02]);
    bytes.extend(words.as_flattened());
    let counter = (sample.counter.unwrap_or_default() % 256) as u8;
    bytes.extend([0, counter, 0x0D, 0x0A]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{all, components, hex, near, vectors};

    #[test]
    fn marks_inside_and_negative_numbers() {
        let stream = hex("2402e0002000e000200000ff0d0a240240000d0a240d0a24000d0d0a");
        let out = all(FrameDecoder::<Teapot>::default(), &stream);
        // The second has a norm of 1.18.
        assert_eq!((out.frames, out.samples.len()), (1, 1));
        let turn = out.samples[0].earth_from_sensor.unwrap();
        near(&components(&turn), &[-0.5, 0.5, -0.5, 0.5]);
        assert_eq!(out.faults.corrupt_frames, 1);
    }

    #[test]
    fn vectors_of_packets() {
        for vector in vectors("binary/invensense-teapot") {
            let mut fields = Fields(&vector.bytes[2..]);
            let turn: [f64; 4] = fields.i16s_be().unwrap();
            near(&turn.map(|word| word / ONE), &vector.numbers("q_wxyz"));
            assert_eq!(vector.number("counter"), Some(u64::from(vector.bytes[11])));
        }
    }
}
