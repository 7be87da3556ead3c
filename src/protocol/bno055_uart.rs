//! Bosch BNO055 on its own serial port, which has to be asked for every sample.
//!
//! `AA 01 20 08` asks for eight bytes from register 20. The answer is `BB 08` and the quaternion w, x, y, z
//! as words of 16 bits, low byte first, 16384 being one: sensor to earth, Z up. `EE` and a number is an
//! error: 07, that the chip was busy, is common. There is no sum: an answer counts when its quaternion
//! has a norm of 1 within half a percent. Angles are not asked for, since the chip's firmware bends
//! them. The chip makes 100 samples a second. It answers zeros, which are no orientation, until it is told
//! to measure: register 3D is 8 for gyroscope and accelerometer together.

use super::framing::fields::{Fields, word};
use super::framing::scanner::Look;
use super::stream::{FrameDecoder, Framed};
use super::track::Track;
use super::turn::wxyz;
use super::{Ask, Decoded, Evidence, Protocol, Sample, Setting};

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "bno055-uart",
    title: "BNO055 on its serial port (asked for its quaternion)",
    gives: "quaternion",
    checked: "answers made by its documents",
    baud_rates: &[115_200],
    evidence: Evidence::Marks,
    ask: Some(Ask {
        request: &[0xAA, 0x01, 0x20, 0x08],
        answer_bytes: 10,
        rate_hz: 100.0,
    }),
    configure: Some(configure),
    decoder: || Box::new(FrameDecoder::<Bno055>::default()),
    encode: Some(encode),
};

const ONE: f64 = 16384.0;
const NORM: f64 = 0.005;

#[derive(Debug, Default)]
struct Bno055(Track);

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Answer {
    Quaternion([f64; 4]),
    Status(u8),
}

impl Framed for Bno055 {
    type Frame = Answer;

    fn look(bytes: &[u8]) -> Look<Answer> {
        match *bytes {
            [0xBB | 0xEE] | [0xBB, 8] => Look::More,
            [0xEE, status @ 1..=0x0A, ..] => Look::Found(Answer::Status(status), 2),
            [0xBB, 8, ref rest @ ..] => {
                let Some(words) = Fields(rest).i16s_le() else {
                    return Look::More;
                };
                let turn = words.map(|word| word / ONE);
                let norm = wxyz(turn).norm();
                // Zeros are what a chip answers that is not ready.
                if (norm - 1.0).abs() < NORM || norm < NORM {
                    Look::Found(Answer::Quaternion(turn), 10)
                } else {
                    Look::Bad
                }
            }
            _ => Look::No,
        }
    }

    fn take(&mut self, answer: Answer, arrival_s: f64, out: &mut Decoded) {
        if let Answer::Quaternion(turn) = answer {
            let sample = Sample {
                arrival_s,
                earth_from_sensor: Some(wxyz(turn)),
                ..Sample::default()
            };
            self.0.give(sample, out);
        }
    }
}

/// Without the magnetometer, which indoors does more harm than good.
fn configure(_baud: u32) -> Vec<Setting> {
    let words = "measure with gyroscope and accelerometer";
    vec![Setting::new(words, [0xAA, 0, 0x3D, 1, 8]).answered([0xEE, 1], &[])]
}

fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    if let Some(turn) = sample.earth_from_sensor {
        let words = [turn.w, turn.i, turn.j, turn.k].map(|part| word(part, 2.0).to_le_bytes());
        bytes.extend([0xBB, 8]);
        bytes.extend(words.as_flattened());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{all, components, hex, near, vectors};

    #[test]
    fn it_is_asked_as_often_as_there_is_something_new_and_the_line_carries_it() {
        let ask = PROTOCOL.ask.unwrap();
        near(
            &[ask.every_s(115_200), ask.every_s(9600)],
            &[0.01, 14.0 * 10.0 / 9600.0 / 0.8],
        );
    }

    #[test]
    fn answers_and_errors() {
        let stream = hex("ee07bb0825372e1353fcf519ee07bb080000000000000000bb08ff7fff7fff7fff7f");
        let out = all(FrameDecoder::<Bno055>::default(), &stream);
        assert_eq!((out.frames, out.samples.len()), (4, 1));
        let turn = out.samples[0].earth_from_sensor.unwrap();
        near(
            &components(&turn),
            &[0.861_633, 0.299_683, -0.057_434, 0.405_579],
        );
        assert_eq!(
            (out.faults.bad_quaternions, out.faults.corrupt_frames),
            (1, 1)
        );
    }

    #[test]
    fn vectors_of_answers() {
        for vector in vectors("bno055/uart") {
            match Bno055::look(&vector.bytes) {
                Look::Found(Answer::Quaternion(turn), _) => near(&turn, &vector.numbers("q_wxyz")),
                Look::Found(Answer::Status(status), _) => {
                    assert_eq!(vector.decoded["status"], format!("{status:#04x}"));
                }
                Look::Bad | Look::No | Look::More => {
                    // Angles, which are not asked for.
                    let angles: [f64; 3] = Fields(&vector.bytes[2..]).i16s_le().unwrap();
                    near(&angles.map(|word| word / 16.0), &vector.numbers("hrp_deg"));
                }
            }
        }
    }
}
