//! The frames that WitMotion sensors send and write.
//!
//! Common ones are 11 bytes: `0x55`, a type, four little-endian words of 16 bits, and the sum of the ten
//! bytes before. Over Bluetooth LE a sensor sends `0x55 0x61` with acceleration, angular velocity and
//! angles in nine words, 20 bytes without a sum; on a card a time of 8 bytes follows, 28 in all. Answers
//! to questions are `0x55 0x71` with 20 bytes. Without a sum, a frame counts where another begins at
//! its end, or where it begins at the end of another.

use super::moment::{DAY_S, days};
use crate::units::STANDARD_GRAVITY_M_S2;

const START: u8 = 0x55;
/// Bytes of a frame with a sum.
const SUMMED: usize = 11;
/// Bytes of a frame without one.
pub(crate) const SHORT: usize = 20;
/// The same with a time.
pub(crate) const WITH_TIME: usize = 28;
/// Words count to 16 g, 2000 degrees a second, 180 degrees, 1.
const FULL_SCALE: f64 = 32768.0;

/// What a frame holds, in SI units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Frame {
    /// Seconds since 1970, or since midnight when the date was never set.
    Time(f64),
    /// m/s².
    Accel([f64; 3]),
    /// rad/s.
    Gyro([f64; 3]),
    /// Roll, pitch, yaw in radians.
    Angles([f64; 3]),
    /// w, x, y, z.
    Quaternion([f64; 4]),
    /// The three of Bluetooth LE, and the time if there is one.
    Motion {
        accel_m_s2: [f64; 3],
        gyro_rad_s: [f64; 3],
        angles_rad: [f64; 3],
        time_s: Option<f64>,
    },
    /// Of another type.
    Other,
}

/// What stands at the start of some bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    /// A frame: its type, what it holds, and how many bytes it has.
    Found(u8, Frame, usize),
    /// No frame begins here.
    Skip,
    /// A frame may begin here, but its end is not there yet.
    More,
}

/// Looks at the start of `bytes`. `follows` says that a frame ended right before; `long` is how many
/// bytes a frame of Bluetooth LE has.
pub(crate) fn step(bytes: &[u8], follows: bool, long: usize) -> Step {
    match bytes {
        [] | [START] => Step::More,
        [START, kind @ 0x50..=0x5f, ..] => {
            summed(bytes, *kind).unwrap_or(if bytes.len() < SUMMED {
                Step::More
            } else {
                Step::Skip
            })
        }
        [START, kind @ (0x61 | 0x71), ..] => {
            let length = if *kind == 0x61 { long } else { SHORT };
            let Some(frame) = bytes.get(..length) else {
                return Step::More;
            };
            let after = bytes.get(length..).unwrap_or_default();
            match after {
                [START, 0x61 | 0x71, ..] => {}
                _ if follows => {}
                [] | [START] => return Step::More,
                _ => return Step::Skip,
            }
            let frame = if *kind == 0x61 {
                motion(frame)
            } else {
                Some(Frame::Other)
            };
            frame.map_or(Step::Skip, |frame| Step::Found(*kind, frame, length))
        }
        _ => Step::Skip,
    }
}

/// How many bytes a frame of Bluetooth LE has among these: what fits more often.
pub(crate) fn long_length(bytes: &[u8]) -> usize {
    let repeats = |length: usize| {
        let pairs = bytes.windows(2).zip(bytes.windows(2).skip(length));
        pairs
            .filter(|(one, other)| *one == [START, 0x61] && other == one)
            .count()
    };
    if repeats(WITH_TIME) > repeats(SHORT) {
        WITH_TIME
    } else {
        SHORT
    }
}

/// A frame with a sum; `None` when the sum is wrong or the end missing.
fn summed(bytes: &[u8], kind: u8) -> Option<Step> {
    let (frame, sum) = (bytes.get(..SUMMED - 1)?, bytes.get(SUMMED - 1)?);
    let found = frame.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    if found != *sum {
        return None;
    }
    let data = frame.get(2..)?;
    let content = match kind {
        0x50 => Frame::Time(time_s(data)?),
        0x51 => Frame::Accel(scaled(data, 16.0 * STANDARD_GRAVITY_M_S2)?),
        0x52 => Frame::Gyro(scaled(data, 2000_f64.to_radians())?),
        0x53 => Frame::Angles(scaled(data, std::f64::consts::PI)?),
        0x59 => Frame::Quaternion(scaled(data, 1.0)?),
        _ => Frame::Other,
    };
    Some(Step::Found(kind, content, SUMMED))
}

fn motion(frame: &[u8]) -> Option<Frame> {
    Some(Frame::Motion {
        accel_m_s2: scaled(frame.get(2..)?, 16.0 * STANDARD_GRAVITY_M_S2)?,
        gyro_rad_s: scaled(frame.get(8..)?, 2000_f64.to_radians())?,
        angles_rad: scaled(frame.get(14..)?, std::f64::consts::PI)?,
        time_s: frame.get(20..).and_then(time_s),
    })
}

/// The first words, where `full` is the value of the largest.
fn scaled<const N: usize>(data: &[u8], full: f64) -> Option<[f64; N]> {
    let mut values = [0.0; N];
    for (value, word) in values.iter_mut().zip(data.chunks_exact(2)) {
        let word = i16::from_le_bytes(word.try_into().ok()?);
        *value = f64::from(word) * full / FULL_SCALE;
    }
    (data.len() >= 2 * N).then_some(values)
}

/// Year after 2000, month, day, hour, minute, second, and milliseconds in two bytes.
fn time_s(data: &[u8]) -> Option<f64> {
    let &[year, month, day, hour, minute, second, low, high] = data.get(..8)? else {
        return None;
    };
    let has_date = (1..=12).contains(&month) && (1..=31).contains(&day);
    let day_number = if has_date {
        days(2000 + i64::from(year), i64::from(month), i64::from(day))
    } else {
        0
    };
    let millisecond = f64::from(u16::from_le_bytes([low, high]));
    let clock_s = (f64::from(hour) * 60.0 + f64::from(minute)) * 60.0 + f64::from(second);
    Some(day_number as f64 * DAY_S + clock_s + millisecond / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digit).collect()
    }

    fn near(found: &[f64], expected: &[f64], scale: f64) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found / scale - expected).abs() < 1e-6,
                "{found} {expected}"
            );
        }
    }

    const DEG: f64 = std::f64::consts::PI / 180.0;
    const G: f64 = STANDARD_GRAVITY_M_S2;

    #[test]
    fn frames_with_a_sum() {
        let found = |hex: &str| step(&bytes(hex), false, SHORT);
        let Step::Found(0x51, Frame::Accel(accel), 11) = found("555103000b004d08de09f0") else {
            panic!("acceleration");
        };
        near(
            &accel,
            &[0.001_464_843_75, 0.005_371_093_75, 1.037_597_66],
            G,
        );
        let Step::Found(0x52, Frame::Gyro(gyro), 11) = found("5552f5ffeaff1500de0980") else {
            panic!("gyroscope");
        };
        near(&gyro, &[-0.671_386_719, -1.342_773_44, 1.281_738_28], DEG);
        let Step::Found(0x53, Frame::Angles(angles), 11) = found("555300800040ff7f0000e6") else {
            panic!("angles");
        };
        near(&angles, &[-180.0, 90.0, 179.994_507], DEG);
        let Step::Found(0x59, Frame::Quaternion(q), 11) = found("55594a6e5c26a6f8e933a2") else {
            panic!("quaternion");
        };
        near(
            &q,
            &[0.861_633_301, 0.299_682_617, -0.057_434_082, 0.405_548_096],
            1.0,
        );
        let Step::Found(0x50, Frame::Time(time_s), 11) = found("55501a070e090807590146") else {
            panic!("time");
        };
        assert!((time_s - 1_784_020_087.345).abs() < 1e-6, "{time_s}");
        assert_eq!(found("555103000b004d08de09f1"), Step::Skip);
        assert_eq!(step(&bytes("5551"), false, SHORT), Step::More);
    }

    #[test]
    fn frames_of_bluetooth_need_another_frame() {
        let one = bytes("5561eeff0000040800000000000000006500d430");
        assert_eq!(step(&one, false, SHORT), Step::More);
        let two = [one.clone(), one.clone()].concat();
        let Step::Found(
            0x61,
            Frame::Motion {
                accel_m_s2,
                angles_rad,
                time_s,
                ..
            },
            20,
        ) = step(&two, false, SHORT)
        else {
            panic!("motion");
        };
        near(&accel_m_s2, &[-0.008_789_062_5, 0.0, 1.001_953_12], G);
        near(&angles_rad, &[0.0, 0.554_809_57, 68.664_550_8], DEG);
        assert_eq!(time_s, None);
        assert!(matches!(step(&one, true, SHORT), Step::Found(..)));
        let torn = [one, bytes("0011")].concat();
        assert_eq!(step(&torn, false, SHORT), Step::Skip);
    }

    #[test]
    fn frames_of_a_card_have_a_time() {
        let two = bytes(
            "5561d8fd3905de05bb01ff00fbffab0fb1ed808a1a06160e29011903\
             55615afd2605250686001fffcd003910e1ed8c8a1a06160e29014b03",
        );
        assert_eq!(long_length(&two), WITH_TIME);
        let Step::Found(
            0x61,
            Frame::Motion {
                gyro_rad_s, time_s, ..
            },
            28,
        ) = step(&two, false, WITH_TIME)
        else {
            panic!("motion");
        };
        near(
            &gyro_rad_s,
            &[27.038_574_2, 15.563_964_8, -0.305_175_781],
            DEG,
        );
        assert!((time_s.unwrap() % 60.0 - 1.793).abs() < 1e-6);
    }
}
