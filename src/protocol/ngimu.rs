//! x-io NGIMU: Open Sound Control 1.0 in SLIP frames.
//!
//! A packet is a message, or a bundle: `#bundle` and a zero, a time of 64 bits in units of 2^-32 s, and
//! packets with their lengths before them. A message is an address (`/quaternion`), a comma with a letter
//! for each value, and the values; texts end with a zero and are filled to four bytes. All numbers have
//! their high byte first. Read are:
//!
//! | address | values |
//! |---|---|
//! | `/quaternion` | w, x, y, z: earth to sensor, so it is turned round here |
//! | `/sensors` | gyroscope deg/s, accelerometer g, magnetometer µT, pressure |
//! | `/button` | a note |
//! | `/error` | a note |
//!
//! What a bundle holds is one sample at the bundle's time. There is no sum: a frame counts when its
//! packets fill it exactly.

use nalgebra::Vector3;

use super::clock::Clock;
use super::framing::fields::Fields;
use super::framing::slip;
use super::stream::{PieceDecoder, Pieced};
use super::track::{Track, measured};
use super::turn::wxyz;
use super::{Decoded, Evidence, Protocol, Sample};
use crate::units::STANDARD_GRAVITY_M_S2;

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "ngimu",
    title: "x-io NGIMU (OSC over SLIP)",
    gives: "quaternion, gyroscope, accelerometer, magnetometer, time, notes",
    checked: "frames made by its documents; the direction on 1 real folder",
    baud_rates: &[115_200],
    evidence: Evidence::Marks,
    ask: None,
    configure: None,
    decoder: || Box::new(PieceDecoder::<Ngimu>::default()),
    encode: Some(encode),
};

/// 2^32 ticks a second; bundles of several kinds may overtake each other.
const CLOCK: Clock = Clock::new(4_294_967_296.0, &[]).late(0.5).unsure();
/// A time that says "now".
const NO_TIME: u64 = 1;
/// Bundles inside bundles.
const DEEPEST: usize = 4;
const BUNDLE: &[u8] = b"#bundle\0";

#[derive(Debug)]
struct Ngimu(Track);

impl Default for Ngimu {
    fn default() -> Self {
        Self(Track::new().timed(CLOCK))
    }
}

/// What a packet holds, as the device says it.
#[derive(Debug, Default, PartialEq)]
struct Reading {
    ticks: Option<u64>,
    /// w, x, y, z, earth to sensor.
    quaternion: Option<[f64; 4]>,
    gyro_deg_s: Option<[f64; 3]>,
    accel_g: Option<[f64; 3]>,
    mag_ut: Option<[f64; 3]>,
    notes: Vec<String>,
    /// A message lacks values.
    short: bool,
}

impl Pieced for Ngimu {
    const END: u8 = slip::END;
    const MOST: usize = 2048;

    fn take(&mut self, piece: &[u8], arrival_s: f64, out: &mut Decoded) -> Option<usize> {
        let mut reading = Reading::default();
        packet(&slip::decoded(piece)?, DEEPEST, &mut reading)?;
        let ticks = reading.ticks.filter(|ticks| *ticks > NO_TIME);
        for note in &reading.notes {
            if let Some(ticks) = ticks {
                self.0.time(ticks, arrival_s, out);
            }
            self.0.note(note, arrival_s, out);
        }
        out.faults.incomplete += usize::from(reading.short);
        let gyro_deg_s = reading.gyro_deg_s.map(Vector3::from);
        let accel_g = reading.accel_g.map(Vector3::from);
        let sample = Sample {
            arrival_s,
            earth_from_sensor: reading.quaternion.map(|turn| wxyz(turn).conjugate()),
            gyro_rad_s: gyro_deg_s.map(|gyro| gyro.map(f64::to_radians)),
            accel_m_s2: accel_g.map(|accel| accel * STANDARD_GRAVITY_M_S2),
            mag_ut: reading.mag_ut.and_then(measured),
            ..Sample::default()
        };
        if sample.has_any() {
            if let Some(ticks) = ticks {
                self.0.time(ticks, arrival_s, out);
            }
            self.0.give(sample, out);
        }
        Some(0)
    }
}

/// A message or a bundle; `None` where it does not end with its bytes.
fn packet(bytes: &[u8], deepest: usize, reading: &mut Reading) -> Option<()> {
    let Some(inside) = bytes.strip_prefix(BUNDLE) else {
        return message(bytes, reading);
    };
    let deeper = deepest.checked_sub(1)?;
    let mut fields = Fields(inside);
    reading.ticks = Some(u64::from_be_bytes(fields.take()?));
    while !fields.0.is_empty() {
        let size = u32::from_be_bytes(fields.take()?);
        packet(fields.bytes(usize::try_from(size).ok()?)?, deeper, reading)?;
    }
    Some(())
}

fn message(bytes: &[u8], reading: &mut Reading) -> Option<()> {
    let mut fields = Fields(bytes);
    let address = text(&mut fields).filter(|address| address.starts_with('/'))?;
    let kinds = text(&mut fields)?.strip_prefix(',')?;
    let (mut numbers, mut words) = (Vec::new(), "");
    for kind in kinds.bytes() {
        match kind {
            b'f' => numbers.extend(fields.f32s_be::<1>()?),
            b'i' => numbers.push(f64::from(i32::from_be_bytes(fields.take()?))),
            b's' => words = text(&mut fields)?,
            b'T' | b'F' | b'N' | b'I' => {}
            b'h' | b'd' | b't' => drop(fields.bytes(8)?),
            b'b' => {
                let size = u32::from_be_bytes(fields.take()?).checked_next_multiple_of(4)?;
                fields.bytes(usize::try_from(size).ok()?)?;
            }
            _ => return None,
        }
    }
    match (address, numbers.as_slice()) {
        ("/quaternion", &[w, x, y, z]) => reading.quaternion = Some([w, x, y, z]),
        ("/sensors", &[a, b, c, d, e, f, g, h, i, ..]) => {
            reading.gyro_deg_s = Some([a, b, c]);
            reading.accel_g = Some([d, e, f]);
            reading.mag_ut = Some([g, h, i]);
        }
        ("/quaternion" | "/sensors", _) => reading.short = true,
        ("/button", _) => reading.notes.push("button".to_owned()),
        ("/error", _) => reading.notes.push(format!("error: {words}")),
        _ => {}
    }
    fields.0.is_empty().then_some(())
}

/// A text, which ends with a zero and is filled to four bytes with zeros.
fn text<'a>(fields: &mut Fields<'a>) -> Option<&'a str> {
    let length = memchr::memchr(0, fields.0)?;
    let filled = fields.bytes((length / 4 + 1) * 4)?;
    let (text, zeros) = filled.split_at_checked(length)?;
    let zeros = zeros.iter().all(|&byte| byte == 0);
    std::str::from_utf8(text).ok().filter(|_| zeros)
}

/// A bundle of sensors (the field is zero where there is none) and quaternion, with an end on both sides.
fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    let ticks = (sample.device_time_s.unwrap_or_default() * 4_294_967_296.0).round() as u64;
    let mut bundle = [BUNDLE, &ticks.to_be_bytes()].concat();
    let mut message = |head: &[u8], values: &[f64]| {
        let floats = values
            .iter()
            .flat_map(|&value| (value as f32).to_be_bytes());
        let length = head.len() + 4 * values.len();
        bundle.extend((length as u32).to_be_bytes());
        bundle.extend(head);
        bundle.extend(floats);
    };
    if let (Some(gyro), Some(accel)) = (sample.gyro_rad_s, sample.accel_m_s2) {
        let (gyro, accel) = (gyro.map(f64::to_degrees), accel / STANDARD_GRAVITY_M_S2);
        let mag = sample.mag_ut.unwrap_or_default();
        let values = [
            gyro.as_slice(),
            accel.as_slice(),
            mag.as_slice(),
            &[1013.25],
        ]
        .concat();
        message(b"/sensors\0\0\0\0,ffffffffff\0", &values);
    }
    if let Some(turn) = sample.earth_from_sensor {
        let values = [turn.w, -turn.i, -turn.j, -turn.k];
        message(b"/quaternion\0,ffff\0\0\0", &values);
    }
    bytes.push(slip::END);
    bytes.extend(slip::encoded(&bundle));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{all, components, decoded, hex, near, only, vectors};

    const QUATERNION: &str = "2362756e646c6500e5dbdcdbdd0000000000000000242f7175617465726e696f6e002c66666666\
                              0000003f5c9499be996eb93d6b33ccbecfa44ec0";

    fn decode(bytes: &[u8]) -> Decoded {
        all(PieceDecoder::<Ngimu>::default(), bytes)
    }

    #[test]
    fn the_quaternion_is_turned_round() {
        let out = decode(&hex(QUATERNION));
        let turn = only(&out).earth_from_sensor.unwrap();
        let expected = [0.861_642_4, 0.299_672_9, -0.057_422_4, 0.405_550_4];
        near(&components(&turn), &expected);
        let time_s = only(&out).device_time_s.unwrap();
        assert!((time_s - 3_854_621_440.0).abs() < 1.0, "{time_s}");
    }

    #[test]
    fn a_bundle_is_one_sample_and_ends_may_be_doubled() {
        let sent = Sample {
            device_time_s: Some(1.5),
            earth_from_sensor: Some(wxyz([0.6, 0.8, 0.0, 0.0])),
            gyro_rad_s: Some(Vector3::new(0.1, 0.2, 0.3)),
            accel_m_s2: Some(Vector3::new(0.0, 0.0, 9.8)),
            ..Sample::default()
        };
        let mut stream = b"noise".to_vec();
        encode(&sent, &mut stream);
        encode(&sent, &mut stream);
        let out = decoded(PieceDecoder::<Ngimu>::default(), &stream, 6);
        assert_eq!(
            (out.frames, out.samples.len(), out.faults.leading_bytes),
            (2, 2, 6)
        );
        let sample = &out.samples[0];
        assert_eq!((sample.device_time_s, sample.mag_ut), (Some(1.5), None));
        near(sample.gyro_rad_s.unwrap().as_slice(), &[0.1, 0.2, 0.3]);
    }

    #[test]
    fn notes_and_damage() {
        let out = decode(
            b"/error\0\0,s\0\0hot\0\xC0/button\0,\0\0\0\xC0/x\xC0/quaternion\0,f\0\0\0\0\0\0\xC0",
        );
        let notes: Vec<&str> = out.notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(notes, ["error: hot", "button"]);
        assert_eq!(
            (out.frames, out.faults.corrupt_frames, out.faults.incomplete),
            (3, 1, 1)
        );
        // Bundles in bundles without end.
        let mut nested = Vec::new();
        for _ in 0..20 {
            let size = (nested.len() as u32).to_be_bytes();
            let inner = if nested.is_empty() {
                vec![]
            } else {
                [&size[..], &nested].concat()
            };
            nested = [BUNDLE, &[0; 8], &inner].concat();
        }
        assert_eq!(decode(&slip::encoded(&nested)).frames, 0);
    }

    #[test]
    fn vectors_of_packets() {
        for vector in vectors("ngimu/osc-slip") {
            let mut pieces = vector.bytes.split(|&byte| byte == slip::END);
            let piece = pieces.find(|piece| !piece.is_empty()).unwrap();
            let mut reading = Reading::default();
            packet(&slip::decoded(piece).unwrap(), DEEPEST, &mut reading).unwrap();
            assert_eq!(reading.ticks, vector.number("timetag"), "{}", vector.name);
            let message = &vector.decoded["messages"][0];
            let message = if message.is_null() {
                &vector.decoded
            } else {
                message
            };
            let args = message["args"].as_array().unwrap();
            let args: Vec<f64> = args.iter().filter_map(serde_json::Value::as_f64).collect();
            match message["address"].as_str() {
                Some("/quaternion") => near(&reading.quaternion.unwrap(), &args),
                Some("/sensors") => {
                    let found = [reading.gyro_deg_s, reading.accel_g, reading.mag_ut];
                    let found = found.map(Option::unwrap).concat();
                    near(&found, &args[..9]);
                }
                _ => assert_eq!(reading, Reading::default()),
            }
        }
    }
}
