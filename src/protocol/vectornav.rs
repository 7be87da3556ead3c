//! `VectorNav` VN-100, 200, 300: lines of text and binary frames, in one stream or either alone.
//!
//! A line is `$VNxxx,fields*HH` and a line end. Two digits after the star are the exclusive or of what
//! stands between `$` and `*`; four are its CRC-16/XMODEM. The three letters say what the fields are: YPR
//! yaw, pitch, roll in degrees; QTN a quaternion x, y, z, w; QMR a quaternion, then magnetic field in
//! gauss, acceleration in m/s², angular velocity in rad/s; YMR the same with angles; IMU without
//! either. Fields that were set to be appended follow and are not read. ERR is an error's number.
//!
//! A binary frame is `FA`, the groups, two bytes of fields a group, the values, and a CRC, high byte first,
//! such that the CRC-16/XMODEM of all after `FA` is zero. Read are frames of group 1 alone, in this
//! order of bits: 0 nanoseconds since the start (u64), 3 angles, 4 quaternion, 5 angular velocity, 8
//! acceleration, 10 magnetic field with temperature and pressure; floats of 32 bits, low byte first.
//!
//! Orientation is against an earth whose Z points down, which is turned up here; the sensor's own axes,
//! X forward, Y right, Z down, stay.

use nalgebra::Vector3;

use super::clock::Clock;
use super::framing::fields::Fields;
use super::framing::scanner::Look;
use super::framing::sums::{Crc16, exclusive_or};
use super::settings::rate_hz;
use super::stream::{FrameDecoder, Framed};
use super::text::decimals;
use super::track::{Track, measured};
use super::turn::{from_roll_pitch_yaw_deg, up_from_down, xyzw};
use super::{Decoded, Evidence, Protocol, Sample, Setting};

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "vectornav",
    title: "VectorNav VN-100 / 200 / 300 (text, or binary of group 1)",
    gives: "quaternion or angles, gyroscope, accelerometer, magnetometer; time of binary frames",
    checked: "31 lines and 2 frames, of real sensors and the vendor's documents",
    baud_rates: &[115_200, 921_600, 460_800, 230_400, 57_600, 9600],
    evidence: Evidence::Sum,
    ask: None,
    configure: Some(configure),
    decoder: || Box::new(FrameDecoder::<VectorNav>::default()),
    encode: Some(encode),
};

const CLOCK: Clock = Clock::new(1e9, &[]);
/// No line is longer.
const LONGEST_LINE: usize = 320;
/// Bytes of each field of group 1, by its bit.
const SIZES: [usize; 15] = [8, 8, 8, 12, 16, 12, 24, 12, 12, 24, 20, 28, 2, 4, 8];
const UT_PER_GAUSS: f64 = 100.0;

#[derive(Debug)]
struct VectorNav(Track);

impl Default for VectorNav {
    fn default() -> Self {
        Self(Track::new().timed(CLOCK))
    }
}

/// What a line or a frame says, as the device says it.
#[derive(Debug, Clone, Default, PartialEq)]
struct Reading {
    /// Three letters; empty for a binary frame.
    kind: String,
    time_ns: Option<u64>,
    quaternion_xyzw: Option<[f64; 4]>,
    angles_deg: Option<[f64; 3]>,
    gyro_rad_s: Option<[f64; 3]>,
    accel_m_s2: Option<[f64; 3]>,
    mag_gauss: Option<[f64; 3]>,
    /// Of an error.
    error: Option<String>,
    /// A line of values lacks some.
    short: bool,
}

impl Framed for VectorNav {
    type Frame = Reading;

    fn look(bytes: &[u8]) -> Look<Reading> {
        match bytes.first() {
            Some(b'$') => text(bytes),
            Some(0xFA) => binary(bytes),
            _ => Look::No,
        }
    }

    fn take(&mut self, reading: Reading, arrival_s: f64, out: &mut Decoded) {
        if let Some(error) = &reading.error {
            self.0.note(&format!("error: {error}"), arrival_s, out);
        }
        if reading.short {
            out.faults.incomplete += 1;
            return;
        }
        let from_angles =
            |[yaw, pitch, roll]: [f64; 3]| from_roll_pitch_yaw_deg([roll, pitch, yaw]);
        let turn = reading.quaternion_xyzw.map(xyzw);
        let turn = turn.or(reading.angles_deg.map(from_angles));
        let sample = Sample {
            arrival_s,
            earth_from_sensor: turn.map(up_from_down),
            gyro_rad_s: reading.gyro_rad_s.map(Vector3::from),
            accel_m_s2: reading.accel_m_s2.map(Vector3::from),
            mag_ut: reading
                .mag_gauss
                .and_then(measured)
                .map(|mag| mag * UT_PER_GAUSS),
            ..Sample::default()
        };
        if !sample.has_any() {
            return;
        }
        if let Some(time_ns) = reading.time_ns {
            self.0.time(time_ns, arrival_s, out);
        }
        self.0.give(sample, out);
    }
}

fn text(bytes: &[u8]) -> Look<Reading> {
    let start = bytes.iter().zip(b"$VN").take_while(|(a, b)| a == b).count();
    if start < bytes.len().min(3) {
        return Look::No;
    }
    let is_text = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'$' && byte != b'*';
    let inside = bytes.iter().skip(1).take(LONGEST_LINE);
    let count = inside.take_while(|byte| is_text(**byte)).count();
    let Some((content, rest)) = bytes.get(1..).and_then(|all| all.split_at_checked(count)) else {
        return Look::More;
    };
    let Some((star, rest)) = rest.split_first() else {
        return if count < LONGEST_LINE {
            Look::More
        } else {
            Look::Bad
        };
    };
    let digits = rest
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let Some((digits, end)) = rest.split_at_checked(digits) else {
        return Look::More;
    };
    let length = bytes.len() - end.len();
    let length = match *end {
        [] | [b'\r'] => {
            return if *star == b'*' && digits.len() <= 4 {
                Look::More
            } else {
                Look::Bad
            };
        }
        [b'\n', ..] => length + 1,
        [b'\r', b'\n', ..] => length + 2,
        _ => return Look::Bad,
    };
    if *star == b'*' && is_sum(content, digits) {
        Look::Found(line(content), length)
    } else {
        Look::Bad
    }
}

/// Whether these digits are the sum of the content.
fn is_sum(content: &[u8], digits: &[u8]) -> bool {
    let stated = std::str::from_utf8(digits).unwrap_or_default();
    let stated = u16::from_str_radix(stated, 16);
    match digits.len() {
        2 => stated == Ok(u16::from(exclusive_or(content))),
        4 => stated == Ok(Crc16::XMODEM.of(content)),
        _ => false,
    }
}

/// What stands between `$` and `*`.
fn line(content: &[u8]) -> Reading {
    let text = std::str::from_utf8(content).unwrap_or_default();
    let (kind, fields) = text.split_once(',').unwrap_or((text, ""));
    let mut reading = Reading {
        kind: kind.strip_prefix("VN").unwrap_or_default().to_owned(),
        ..Reading::default()
    };
    let mut fields = fields.split(',');
    let whole = match reading.kind.as_str() {
        "ERR" => {
            reading.error = fields.next().map(str::to_owned);
            Some(())
        }
        "YPR" => values(&mut fields, &mut reading.angles_deg),
        "QTN" => values(&mut fields, &mut reading.quaternion_xyzw),
        "QMR" => values(&mut fields, &mut reading.quaternion_xyzw)
            .and_then(|()| inertial(&mut fields, &mut reading)),
        "YMR" => values(&mut fields, &mut reading.angles_deg)
            .and_then(|()| inertial(&mut fields, &mut reading)),
        "IMU" => inertial(&mut fields, &mut reading),
        _ => Some(()),
    };
    reading.short = whole.is_none();
    reading
}

/// Magnetic field, acceleration, angular velocity.
fn inertial<'a>(fields: &mut impl Iterator<Item = &'a str>, reading: &mut Reading) -> Option<()> {
    values(fields, &mut reading.mag_gauss)?;
    values(fields, &mut reading.accel_m_s2)?;
    values(fields, &mut reading.gyro_rad_s)
}

fn values<'a, const N: usize>(
    fields: &mut impl Iterator<Item = &'a str>,
    into: &mut Option<[f64; N]>,
) -> Option<()> {
    let mut values = [0.0; N];
    for value in &mut values {
        *value = fields.next()?.parse().ok()?;
    }
    *into = Some(values);
    Some(())
}

fn binary(bytes: &[u8]) -> Look<Reading> {
    let which = match *bytes {
        [_] | [_, 1] | [_, 1, _] => return Look::More,
        [_, 1, low, high, ..] => u16::from_le_bytes([low, high]),
        _ => return Look::No,
    };
    let has = |bit: usize| which >> bit & 1 == 1;
    if which == 0 || has(SIZES.len()) {
        return Look::Bad;
    }
    let sizes = SIZES.iter().enumerate();
    let payload: usize = sizes
        .filter(|(bit, _)| has(*bit))
        .map(|(_, size)| size)
        .sum();
    let Some((frame, _)) = bytes.split_at_checked(4 + payload + 2) else {
        return Look::More;
    };
    match frame.split_first() {
        Some((_, summed)) if Crc16::XMODEM.of(summed) == 0 => {
            let mut fields = Fields(summed.get(3..).unwrap_or_default());
            let mut reading = Reading::default();
            let whole = (0..SIZES.len())
                .filter(|bit| has(*bit))
                .try_for_each(|bit| field(bit, &mut fields, &mut reading));
            reading.short = whole.is_none();
            Look::Found(reading, frame.len())
        }
        _ => Look::Bad,
    }
}

/// The field of one bit.
fn field(bit: usize, fields: &mut Fields<'_>, reading: &mut Reading) -> Option<()> {
    match bit {
        0 => reading.time_ns = Some(u64::from_le_bytes(fields.take()?)),
        3 => reading.angles_deg = Some(fields.f32s_le()?),
        4 => reading.quaternion_xyzw = Some(fields.f32s_le()?),
        5 => reading.gyro_rad_s = Some(fields.f32s_le()?),
        8 => reading.accel_m_s2 = Some(fields.f32s_le()?),
        10 => {
            reading.mag_gauss = Some(fields.f32s_le()?);
            fields.bytes(8)?;
        }
        _ => drop(fields.bytes(*SIZES.get(bit)?)?),
    }
    Some(())
}

/// QMR where there are gyroscope and accelerometer (the field is zero where there is none), else QTN.
/// Bytes of a line with quaternion, magnetic field, acceleration and angular velocity (QMR).
const LONG_LINE: u32 = 135;
/// And of one with the quaternion alone (QTN).
const SHORT_LINE: u32 = 52;

/// The long line where 50 of them a second fit; the sensor answers with the same line.
fn configure(baud: u32) -> Vec<Setting> {
    let long_hz = rate_hz(baud, LONG_LINE);
    let (number, content, rate_hz) = if long_hz >= 50 {
        let content = "send quaternion, magnetic field, acceleration, angular velocity";
        (8, content, long_hz)
    } else {
        (2, "send the quaternion", rate_hz(baud, SHORT_LINE))
    };
    let setting = |words: String, text: String| {
        let sum = exclusive_or(text.as_bytes());
        let line = format!("${text}*{sum:02X}");
        Setting::new(words, format!("{line}\r\n")).answered(line, b"$VNERR")
    };
    vec![
        setting(content.to_owned(), format!("VNWRG,06,{number}")),
        setting(
            format!("send {rate_hz} lines a second"),
            format!("VNWRG,07,{rate_hz}"),
        ),
    ]
}

fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    let Some(turn) = sample.earth_from_sensor.map(up_from_down) else {
        return;
    };
    let mut text = format!(
        "QTN,{}",
        decimals::<6>(&[turn.i, turn.j, turn.k, turn.w], ",")
    );
    if let (Some(gyro), Some(accel)) = (sample.gyro_rad_s, sample.accel_m_s2) {
        let mag = sample.mag_ut.unwrap_or_default() / UT_PER_GAUSS;
        let mag = decimals::<4>(mag.as_slice(), ",");
        let accel = decimals::<3>(accel.as_slice(), ",");
        let gyro = decimals::<6>(gyro.as_slice(), ",");
        text = format!("{},{mag},{accel},{gyro}", text.replace("QTN", "QMR"));
    }
    let text = format!("VN{text}");
    let sum = exclusive_or(text.as_bytes());
    bytes.extend(format!("${text}*{sum:02X}\r\n").into_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{
        Vector, all, apart_deg, components, hex, near, only, up, vectors,
    };

    const LINE: &str = "$VNQMR,-0.017057,-0.000767,+0.056534,+0.998255,+1.0670,-0.2568,+3.0696,-00.019,\
                        +00.320,-09.802,-0.002801,-0.001186,-0.001582*";
    const BINARY: &str = "fa013101081a99be1c000000b96e993ecc336bbd4ea4cf3e99945c3fcdcccc3dcdcc4c3e9a99993e\
                          0000000000000000c3f51cc1210d";

    fn decode(bytes: &[u8]) -> Decoded {
        all(FrameDecoder::<VectorNav>::default(), bytes)
    }

    #[test]
    fn a_line_with_its_sum_points_up() {
        let out = decode(format!("{LINE}44\r\n").as_bytes());
        let sample = only(&out);
        assert!(up(sample).z > 0.999, "{}", up(sample));
        near(sample.mag_ut.unwrap().as_slice(), &[106.7, -25.68, 306.96]);
        let wrong = decode(format!("{LINE}65\r\n{LINE}44\n").as_bytes());
        assert_eq!(wrong.samples.len(), 1);
        // The longer sum.
        let content = LINE.trim_matches(['$', '*']);
        let crc = Crc16::XMODEM.of(content.as_bytes());
        let out = decode(format!("{LINE}{crc:04X}\r\n").as_bytes());
        assert_eq!(out.samples.len(), 1);
    }

    #[test]
    fn angles_of_a_tilted_sensor_point_up() {
        let out = decode(
            b"$VNYMR,+029.694,+003.114,+115.116,+00.5800,+02.5299,-00.5768,+00.527,-09.024,+04.208,\
              -00.002434,-00.003153,-00.000194*60\r\n$VNERR,12*72\r\n$VNYPR,1,2*7E\r\n",
        );
        assert!(up(&out.samples[0]).z > 0.999, "{}", up(&out.samples[0]));
        assert_eq!(out.notes[0].text, "error: 12");
        assert_eq!(out.samples.len(), 1);
    }

    #[test]
    fn binary_frames_have_times() {
        let out = decode(&hex(BINARY));
        let sample = only(&out);
        near(&[sample.device_time_s.unwrap()], &[123.456_789]);
        let turn = up_from_down(sample.earth_from_sensor.unwrap());
        let sent = xyzw([0.299_673, -0.057_422, 0.405_550, 0.861_642]);
        assert!(apart_deg(&turn, &sent) < 1e-3);
        near(sample.gyro_rad_s.unwrap().as_slice(), &[0.1, 0.2, 0.3]);
        // Groups of other fields have a length that is not known.
        assert_eq!(decode(&hex("fa020100000000")).frames, 0);
    }

    #[test]
    fn lines_without_end_hold_nothing_up() {
        let long = format!("$VNYPR{}", ",1".repeat(1000));
        let out = decode(format!("{long}{LINE}44\r\n").as_bytes());
        assert_eq!(out.samples.len(), 1);
    }

    fn check(vector: &Vector, reading: &Reading) {
        let found = [
            (
                "q_wxyz",
                reading
                    .quaternion_xyzw
                    .map(|q| components(&xyzw(q)).to_vec()),
            ),
            ("ypr_deg", reading.angles_deg.map(Vec::from)),
            ("mag_gauss", reading.mag_gauss.map(Vec::from)),
            ("acc_mps2", reading.accel_m_s2.map(Vec::from)),
            ("gyro_radps", reading.gyro_rad_s.map(Vec::from)),
        ];
        for (key, found) in found {
            assert_eq!(
                vector.decoded[key].is_array(),
                found.is_some(),
                "{}",
                vector.name
            );
            if let Some(found) = found {
                near(&found, &vector.numbers(key));
            }
        }
        assert!(!reading.short, "{}", vector.name);
        assert_eq!(vector.number("time_startup_ns"), reading.time_ns);
        assert_eq!(
            vector.decoded["msg"].as_str().unwrap_or_default(),
            reading.kind
        );
    }

    #[test]
    fn vectors_of_lines_and_frames() {
        let both = ["vectornav/ascii", "vectornav/binary"];
        for vector in both.into_iter().flat_map(vectors) {
            let Look::Found(reading, length) = VectorNav::look(&vector.bytes) else {
                assert!(!vector.accept, "{}", vector.name);
                continue;
            };
            assert!(vector.accept, "{}", vector.name);
            assert_eq!(length, vector.bytes.len(), "{}", vector.name);
            check(&vector, &reading);
        }
    }
}
