//! CEVA BNO08x in its `UART-RVC` mode: 100 frames a second, no commands.
//!
//! | byte | is |
//! |---|---|
//! | 0, 1 | `AA AA` |
//! | 2 | number of the frame, 0 to 255 |
//! | 3 to 8 | yaw, pitch, roll, 0.01 degree, words of 16 bits, low byte first |
//! | 9 to 14 | acceleration x, y, z, thousandths of g, in the same way |
//! | 15 to 17 | motion intent and request, zero |
//! | 18 | sum of bytes 2 to 17 |
//!
//! A number of AA, or a stray AA, makes the mark ambiguous: only the sum decides. The pitch field turns
//! about the chip's X and the roll field about its Y, as the datasheet's own example shows with its
//! acceleration; yaw goes clockwise: `Rz(-yaw) Rx(pitch) Ry(roll)`, sensor to earth, Z up. Yaw is zero at
//! the start and drifts, since no magnetometer is used. Near a pitch of 90 degrees yaw and roll are
//! not defined, so the chip's X has to lie across the head. There is no clock.

use nalgebra::Vector3;

use super::framing::fields::Fields;
use super::framing::scanner::{Look, marked};
use super::framing::sums::additive;
use super::stream::{FrameDecoder, Framed};
use super::track::Track;
use super::turn::{from_zxy_deg, zxy_deg};
use super::{Decoded, Evidence, Protocol, Sample};
use crate::units::STANDARD_GRAVITY_M_S2;

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "bno08x-rvc",
    title: "BNO08x in UART-RVC mode",
    gives: "quaternion made of its angles, accelerometer, counter",
    checked: "the frame of the vendor's datasheet; the sign of yaw is from sketches alone",
    baud_rates: &[115_200],
    evidence: Evidence::Sum,
    ask: None,
    configure: None,
    decoder: || Box::new(FrameDecoder::<Rvc>::default()),
    encode: Some(encode),
};

const LENGTH: usize = 19;
const MG: f64 = STANDARD_GRAVITY_M_S2 / 1000.0;

#[derive(Debug)]
struct Rvc(Track);

impl Default for Rvc {
    fn default() -> Self {
        Self(Track::new().counting(256))
    }
}

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Frame {
    index: u8,
    /// Yaw, pitch, roll.
    angles_deg: [f64; 3],
    accel_mg: [f64; 3],
}

impl Framed for Rvc {
    type Frame = Frame;

    fn look(bytes: &[u8]) -> Look<Frame> {
        marked(bytes, [0xAA, 0xAA], LENGTH, frame)
    }

    fn take(&mut self, frame: Frame, arrival_s: f64, out: &mut Decoded) {
        if !self.0.count(u64::from(frame.index), out) {
            return;
        }
        let [yaw, pitch, roll] = frame.angles_deg;
        let sample = Sample {
            arrival_s,
            earth_from_sensor: Some(from_zxy_deg([-yaw, pitch, roll])),
            accel_m_s2: Some(Vector3::from(frame.accel_mg) * MG),
            ..Sample::default()
        };
        self.0.give(sample, out);
    }
}

/// The bytes after the mark.
fn frame(inside: &[u8]) -> Option<Frame> {
    let (&sum, summed) = inside.split_last()?;
    let mut fields = Fields(summed);
    let index = fields.u8()?;
    let angles = fields.i16s_le::<3>()?;
    let accel_mg = fields.i16s_le()?;
    let [yaw, pitch, roll] = angles;
    let plausible = yaw.abs() <= 18_001.0 && pitch.abs() <= 9001.0 && roll.abs() <= 18_001.0;
    (plausible && additive(summed) == sum).then(|| Frame {
        index,
        angles_deg: angles.map(|value| value / 100.0),
        accel_mg,
    })
}

fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    let Some(turn) = &sample.earth_from_sensor else {
        return;
    };
    let [z, pitch, roll] = zxy_deg(turn);
    let accel = sample.accel_m_s2.unwrap_or_default() / MG;
    let words = [
        -z * 100.0,
        pitch * 100.0,
        roll * 100.0,
        accel.x,
        accel.y,
        accel.z,
    ];
    let mut inside = vec![(sample.counter.unwrap_or_default() % 256) as u8];
    inside.extend(
        words
            .iter()
            .flat_map(|word| (word.round() as i16).to_le_bytes()),
    );
    inside.extend([0; 3]);
    inside.push(additive(&inside));
    bytes.extend([0xAA, 0xAA]);
    bytes.extend(inside);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{all, decoded, hex, near, only, up, vectors};

    const DATASHEET: &str = "aaaade010092ff25088dfeecffd103000000e7";

    fn decode(bytes: &[u8]) -> Decoded {
        all(FrameDecoder::<Rvc>::default(), bytes)
    }

    #[test]
    fn the_datasheets_frame_points_up() {
        let out = decode(&hex(DATASHEET));
        let sample = only(&out);
        assert_eq!(sample.counter, Some(222));
        assert!(up(sample).z > 0.9999, "{}", up(sample));
        let accel = sample.accel_m_s2.unwrap() / MG;
        near(accel.as_slice(), &[-371.0, -20.0, 977.0]);
        assert_eq!(decode(&hex(&DATASHEET.replace("e7", "e8"))).samples, []);
    }

    #[test]
    fn a_number_of_aa_is_no_mark() {
        let stream = hex(
            "aaaaaaa964000000000000000000e803000000f8aaaaaac8000000000000000000e803000000\
                          5daaaaab2c010000000000000000e803000000c3",
        );
        let out = decoded(FrameDecoder::<Rvc>::default(), &stream, 4);
        let counters: Vec<_> = out.samples.iter().filter_map(|one| one.counter).collect();
        assert_eq!(
            (counters, out.faults.leading_bytes),
            (vec![169, 170, 171], 1)
        );
        assert_eq!(out.faults.skipped_bytes, 0);
    }

    #[test]
    fn vectors_of_frames() {
        for vector in vectors("bno08x/uart-rvc") {
            let Look::Found(frame, LENGTH) = Rvc::look(&vector.bytes) else {
                assert!(!vector.accept, "{}", vector.name);
                continue;
            };
            assert!(vector.accept, "{}", vector.name);
            let stated = ["yaw_deg", "pitch_deg", "roll_deg"].map(|key| vector.real(key));
            near(&frame.angles_deg, &stated);
            near(&frame.accel_mg, &vector.numbers("acc_mg"));
            assert_eq!(vector.number("index"), Some(u64::from(frame.index)));
        }
    }

    #[test]
    fn vectors_of_streams() {
        for vector in vectors("bno08x/uart-rvc-stream") {
            let out = decode(&vector.bytes);
            let starts = vector.numbers("frames_at");
            assert_eq!(out.frames, starts.len(), "{}", vector.name);
            near(&[out.faults.leading_bytes as f64], &starts[..1]);
            assert_eq!(out.faults.skipped_bytes, 0);
        }
    }
}
