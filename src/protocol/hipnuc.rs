//! `HiPNUC` `CH0xx` and `HI0xx`: packet 91.
//!
//! A frame is `5A A5`, the length of what follows the CRC (two bytes, low byte first), a CRC, the
//! content. The CRC is CRC-16/XMODEM over the four bytes before it and the content. The content begins
//! with 91: status (2 bytes), temperature (1), pressure (f32), milliseconds (u32), then as f32
//! acceleration in g, angular velocity in degrees a second, magnetic field in µT, roll, pitch, yaw,
//! and the quaternion w, x, y, z: sensor to earth, Z up. The roll field turns about Y and the pitch field
//! about X, so the quaternion alone is used.

use nalgebra::Vector3;

use super::clock::Clock;
use super::framing::fields::Fields;
use super::framing::scanner::Look;
use super::framing::sums::Crc16;
use super::stream::{FrameDecoder, Framed};
use super::track::{Track, measured};
use super::turn::wxyz;
use super::{Decoded, Evidence, Protocol, Sample};
use crate::units::STANDARD_GRAVITY_M_S2;

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "hipnuc",
    title: "HiPNUC CH0xx / HI0xx (packet 91)",
    gives: "quaternion, gyroscope, accelerometer, magnetometer, time",
    checked: "1 frame of the vendor's documents",
    baud_rates: &[115_200, 921_600, 460_800, 230_400, 9600],
    evidence: Evidence::Sum,
    ask: None,
    configure: None,
    decoder: || Box::new(FrameDecoder::<Hipnuc>::default()),
    encode: Some(encode),
};

const CLOCK: Clock = Clock::new(1e3, &[1 << 32]);
const LONGEST: usize = 512;
const HEADER: usize = 6;
const TAG: u8 = 0x91;

#[derive(Debug)]
struct Hipnuc(Track);

impl Default for Hipnuc {
    fn default() -> Self {
        Self(Track::new().timed(CLOCK))
    }
}

/// What packet 91 holds; another packet is `None` in a frame.
#[derive(Debug, Clone, PartialEq)]
struct Reading {
    time_ms: u32,
    accel_g: [f64; 3],
    gyro_deg_s: [f64; 3],
    mag_ut: [f64; 3],
    turn: [f64; 4],
}

impl Framed for Hipnuc {
    type Frame = Option<Reading>;

    fn look(bytes: &[u8]) -> Look<Option<Reading>> {
        let length = match *bytes {
            [0x5A] | [0x5A, 0xA5] | [0x5A, 0xA5, _] => return Look::More,
            [0x5A, 0xA5, low, high, ..] => usize::from(u16::from_le_bytes([low, high])),
            _ => return Look::No,
        };
        if length > LONGEST {
            return Look::Bad;
        }
        let Some((frame, _)) = bytes.split_at_checked(HEADER + length) else {
            return Look::More;
        };
        match frame {
            [a, b, c, d, low, high, content @ ..] => {
                let crc = Crc16::XMODEM.of_all([&[*a, *b, *c, *d][..], content]);
                if crc == u16::from_le_bytes([*low, *high]) {
                    Look::Found(reading(content), frame.len())
                } else {
                    Look::Bad
                }
            }
            _ => Look::No,
        }
    }

    fn take(&mut self, frame: Option<Reading>, arrival_s: f64, out: &mut Decoded) {
        let Some(reading) = frame else {
            out.faults.incomplete += 1;
            return;
        };
        self.0.time(u64::from(reading.time_ms), arrival_s, out);
        let sample = Sample {
            arrival_s,
            earth_from_sensor: Some(wxyz(reading.turn)),
            gyro_rad_s: Some(Vector3::from(reading.gyro_deg_s).map(f64::to_radians)),
            accel_m_s2: Some(Vector3::from(reading.accel_g) * STANDARD_GRAVITY_M_S2),
            mag_ut: measured(reading.mag_ut),
            ..Sample::default()
        };
        self.0.give(sample, out);
    }
}

fn reading(content: &[u8]) -> Option<Reading> {
    let mut fields = Fields(content);
    let [tag, _, _, _] = fields.take()?;
    fields.bytes(4)?;
    let time_ms = u32::from_le_bytes(fields.take()?);
    let (accel_g, gyro_deg_s, mag_ut) = (fields.f32s_le()?, fields.f32s_le()?, fields.f32s_le()?);
    let _angles: [f64; 3] = fields.f32s_le()?;
    let turn = fields.f32s_le()?;
    (tag == TAG).then_some(Reading {
        time_ms,
        accel_g,
        gyro_deg_s,
        mag_ut,
        turn,
    })
}

/// The fields of angles are left zero.
fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    let Some(turn) = sample.earth_from_sensor else {
        return;
    };
    let time_ms = (sample.device_time_s.unwrap_or_default() * 1e3).round() as u64 as u32;
    let accel = sample.accel_m_s2.unwrap_or_default() / STANDARD_GRAVITY_M_S2;
    let gyro = sample.gyro_rad_s.unwrap_or_default().map(f64::to_degrees);
    let mag = sample.mag_ut.unwrap_or_default();
    let mut content = vec![TAG, 0, 0, 25, 0, 0, 0, 0];
    content.extend(time_ms.to_le_bytes());
    let turn = [turn.w, turn.i, turn.j, turn.k];
    let values = [
        accel.as_slice(),
        gyro.as_slice(),
        mag.as_slice(),
        &[0.0; 3],
        &turn,
    ]
    .concat();
    content.extend(
        values
            .iter()
            .flat_map(|&value| (value as f32).to_le_bytes()),
    );
    let [low, high] = (content.len() as u16).to_le_bytes();
    let header = [0x5A, 0xA5, low, high];
    let crc = Crc16::XMODEM.of_all([&header[..], &content]);
    bytes.extend(header);
    bytes.extend(crc.to_le_bytes());
    bytes.extend(content);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{all, components, hex, near, only, up, vectors};

    const VENDOR: &str = "5aa54c0014bb9108152309a2c44708151c00cce861be9a35563e65ea723f31d07cbd75ddc5bb6bd7\
                          24bc8988fc4001006a41ab2a70c296d45041ed03434141f4f4c2cccaf8be736a19bef0001c3d8d37\
                          5c3f";

    #[test]
    fn the_vendors_frame_points_up() {
        let out = all(FrameDecoder::<Hipnuc>::default(), &hex(VENDOR));
        let sample = only(&out);
        near(&[sample.device_time_s.unwrap()], &[1840.392]);
        assert!(up(sample).z > 0.999, "{}", up(sample));
        let turn = components(&sample.earth_from_sensor.unwrap());
        near(
            &turn,
            &[-0.485_922_2, -0.149_820_1, 0.038_086_8, 0.860_222_6],
        );
    }

    #[test]
    fn other_packets_and_false_lengths_are_no_samples() {
        let mut stream = hex("5aa5ffff");
        let content = [0x80, 1, 2, 3];
        let crc = Crc16::XMODEM.of_all([&[0x5A, 0xA5, 4, 0][..], &content]);
        stream.extend([0x5A, 0xA5, 4, 0]);
        stream.extend(crc.to_le_bytes());
        stream.extend(content);
        stream.extend(hex(VENDOR));
        let out = all(FrameDecoder::<Hipnuc>::default(), &stream);
        assert_eq!((out.frames, out.samples.len()), (2, 1));
        assert_eq!((out.faults.leading_bytes, out.faults.incomplete), (4, 1));
    }

    #[test]
    fn vectors_of_frames() {
        for vector in vectors("binary/hipnuc") {
            let Look::Found(Some(reading), _) = Hipnuc::look(&vector.bytes) else {
                panic!("{}", vector.name);
            };
            assert_eq!(vector.number("time_ms"), Some(u64::from(reading.time_ms)));
            near(&reading.accel_g, &vector.numbers("acc_g"));
            near(&reading.gyro_deg_s, &vector.numbers("gyro_dps"));
            near(&reading.mag_ut, &vector.numbers("mag_ut"));
            near(&reading.turn, &vector.numbers("q_wxyz"));
        }
    }
}
