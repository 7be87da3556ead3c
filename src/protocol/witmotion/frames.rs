//! The frames that WitMotion sensors send and write.
//!
//! Common ones are 11 bytes: `0x55`, a type, four little-endian words of 16 bits, and the sum of the ten
//! bytes before. Over Bluetooth LE a sensor sends `0x55 0x61` with acceleration, angular velocity and
//! angles in nine words, 20 bytes without a sum; on a card a time of 8 bytes follows, 28 in all. Answers
//! to questions are `0x55 0x71`, the number of the first register in two bytes and eight registers, 20
//! bytes. Without a sum, a frame counts only where another begins at its end; the last one of a stream
//! where it begins at the end of another.

use crate::protocol::clock::days;
use crate::protocol::framing::fields::Fields;
use crate::protocol::framing::scanner::Look;
use crate::protocol::framing::sums::additive;
use crate::units::STANDARD_GRAVITY_M_S2;

pub(crate) const START: u8 = 0x55;
/// Bytes of a frame with a sum.
const SUMMED: usize = 11;
/// Bytes of a frame without one.
const SHORT: usize = 20;
/// The same with a time.
const WITH_TIME: usize = 28;
/// Words count to 16 g, 2000 degrees a second, 180 degrees, 1.
pub(crate) const FULL_SCALE: f64 = 32768.0;
/// Acceleration of a full word.
pub(crate) const ACCEL_RANGE_M_S2: f64 = 16.0 * STANDARD_GRAVITY_M_S2;

/// Angular velocity of a full word.
pub(crate) const GYRO_RANGE_RAD_S: f64 = 2000_f64.to_radians();

/// What a frame holds, in SI units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Frame {
    /// Milliseconds since 1970, or since midnight when the date was never set.
    Time(u64),
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
        time_ms: Option<u64>,
    },
    /// Registers from this one on, as the sensor was asked.
    Registers(u16, [i16; 8]),
    /// Of another type.
    Other,
}

/// Looks at the start of `bytes`: the type of frame and what it holds.
pub(crate) fn look(bytes: &[u8], around: Around) -> Look<(u8, Frame)> {
    let more = if around.complete {
        Look::No
    } else {
        Look::More
    };
    match *bytes {
        [] | [START] => more,
        [START, kind @ 0x50..=0x5f, ..] => match bytes.split_at_checked(SUMMED) {
            Some((frame, _)) => summed(kind, frame),
            None => more,
        },
        [START, kind @ (0x61 | 0x71), ..] => {
            let short = unsummed(bytes, kind, SHORT, around);
            if short == Look::Bad && kind == 0x61 {
                unsummed(bytes, kind, WITH_TIME, around)
            } else {
                short
            }
        }
        _ => Look::No,
    }
}

/// What is known of what stands before and after some bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around {
    /// A frame ended right before.
    pub(crate) follows: bool,
    /// No bytes will come after these.
    pub(crate) complete: bool,
}

/// A frame with a sum.
fn summed(kind: u8, frame: &[u8]) -> Look<(u8, Frame)> {
    let Some((&sum, before)) = frame.split_last() else {
        return Look::No;
    };
    let mut fields = Fields(before.get(2..).unwrap_or_default());
    let content = match kind {
        0x50 => time_ms(&mut fields).map(Frame::Time),
        0x51 => accel(&mut fields).map(Frame::Accel),
        0x52 => gyro(&mut fields).map(Frame::Gyro),
        0x53 => angles(&mut fields).map(Frame::Angles),
        0x59 => scaled(&mut fields, 1.0).map(Frame::Quaternion),
        _ => Some(Frame::Other),
    };
    match content {
        Some(content) if additive(before) == sum => Look::Found((kind, content), SUMMED),
        _ => Look::Bad,
    }
}

/// A frame without one, of so many bytes: another has to begin at its end.
fn unsummed(bytes: &[u8], kind: u8, length: usize, around: Around) -> Look<(u8, Frame)> {
    let more = if around.complete {
        Look::No
    } else {
        Look::More
    };
    let Some((frame, after)) = bytes.split_at_checked(length) else {
        return more;
    };
    match *after {
        [START, 0x50..=0x5f | 0x61 | 0x71, ..] => {}
        [] | [START] if around.complete && around.follows => {}
        [] | [START] => return more,
        _ => return Look::Bad,
    }
    let fields = Fields(frame.get(2..).unwrap_or_default());
    let content = if kind == 0x61 {
        motion(fields)
    } else {
        registers(fields)
    };
    content.map_or(Look::Bad, |content| Look::Found((kind, content), length))
}

fn motion(mut fields: Fields<'_>) -> Option<Frame> {
    Some(Frame::Motion {
        accel_m_s2: accel(&mut fields)?,
        gyro_rad_s: gyro(&mut fields)?,
        angles_rad: angles(&mut fields)?,
        time_ms: time_ms(&mut fields),
    })
}

fn registers(mut fields: Fields<'_>) -> Option<Frame> {
    let first = u16::from_le_bytes(fields.take()?);
    let mut words = [0; 8];
    for word in &mut words {
        *word = i16::from_le_bytes(fields.take()?);
    }
    Some(Frame::Registers(first, words))
}

fn accel(fields: &mut Fields<'_>) -> Option<[f64; 3]> {
    scaled(fields, ACCEL_RANGE_M_S2)
}

fn gyro(fields: &mut Fields<'_>) -> Option<[f64; 3]> {
    scaled(fields, GYRO_RANGE_RAD_S)
}

fn angles(fields: &mut Fields<'_>) -> Option<[f64; 3]> {
    scaled(fields, std::f64::consts::PI)
}

/// The next words, where `full` is the value of the largest.
fn scaled<const N: usize>(fields: &mut Fields<'_>, full: f64) -> Option<[f64; N]> {
    Some(fields.i16s_le()?.map(|word| word * full / FULL_SCALE))
}

/// Year after 2000, month, day, hour, minute, second, and milliseconds in two bytes.
fn time_ms(fields: &mut Fields<'_>) -> Option<u64> {
    let [year, month, day, hour, minute, second, low, high] = fields.take()?;
    let has_date = (1..=12).contains(&month) && (1..=31).contains(&day);
    let day_number = if has_date {
        days(2000 + i64::from(year), i64::from(month), i64::from(day))
    } else {
        0
    };
    let minutes = (u64::try_from(day_number).ok()? * 24 + u64::from(hour)) * 60 + u64::from(minute);
    let millisecond = u64::from(u16::from_le_bytes([low, high]));
    Some((minutes * 60 + u64::from(second)) * 1000 + millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{Vector, hex, vectors};

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

    /// The one frame.
    fn frame(bytes: &[u8]) -> Option<(u8, Frame)> {
        match look_at(bytes, [true, true]) {
            Look::Found(frame, length) if length == bytes.len() => Some(frame),
            Look::Found(..) | Look::Bad | Look::No | Look::More => None,
        }
    }

    fn look_at(bytes: &[u8], [follows, complete]: [bool; 2]) -> Look<(u8, Frame)> {
        look(bytes, Around { follows, complete })
    }

    #[test]
    fn frames_with_a_sum() {
        let Some((0x51, Frame::Accel(accel))) = frame(&hex("555103000b004d08de09f0")) else {
            panic!("acceleration");
        };
        near(
            &accel,
            &[0.001_464_843_75, 0.005_371_093_75, 1.037_597_66],
            G,
        );
        let Some((0x52, Frame::Gyro(gyro))) = frame(&hex("5552f5ffeaff1500de0980")) else {
            panic!("gyroscope");
        };
        near(&gyro, &[-0.671_386_719, -1.342_773_44, 1.281_738_28], DEG);
        let Some((0x53, Frame::Angles(angles))) = frame(&hex("555300800040ff7f0000e6")) else {
            panic!("angles");
        };
        near(&angles, &[-180.0, 90.0, 179.994_507], DEG);
        let Some((0x59, Frame::Quaternion(q))) = frame(&hex("55594a6e5c26a6f8e933a2")) else {
            panic!("quaternion");
        };
        let expected = [0.861_633_301, 0.299_682_617, -0.057_434_082, 0.405_548_096];
        near(&q, &expected, 1.0);
        let time = frame(&hex("55501a070e090807590146"));
        assert_eq!(time, Some((0x50, Frame::Time(1_784_020_087_345))));
        assert_eq!(
            look_at(&hex("555103000b004d08de09f1"), [false, true]),
            Look::Bad
        );
        assert_eq!(look_at(&hex("5551"), [false, false]), Look::More);
    }

    #[test]
    fn frames_without_a_sum_need_another_behind_them() {
        let one = hex("5561eeff0000040800000000000000006500d430");
        assert_eq!(look_at(&one, [false, true]), Look::No);
        assert_eq!(look_at(&one, [true, false]), Look::More);
        let two = [one.clone(), one.clone()].concat();
        let Look::Found((0x61, found), 20) = look_at(&two, [false, true]) else {
            panic!("motion");
        };
        let Frame::Motion {
            accel_m_s2,
            angles_rad,
            time_ms,
            ..
        } = found
        else {
            panic!("motion");
        };
        near(&accel_m_s2, &[-0.008_789_062_5, 0.0, 1.001_953_12], G);
        near(&angles_rad, &[0.0, 0.554_809_57, 68.664_550_8], DEG);
        assert_eq!(time_ms, None);
        assert!(frame(&one).is_some());
        let torn = [&one[..], &[0; 12]].concat();
        assert_eq!(look_at(&torn, [true, true]), Look::Bad);
    }

    #[test]
    fn frames_of_a_card_have_a_time() {
        let two = hex("5561d8fd3905de05bb01ff00fbffab0fb1ed808a1a06160e29011903\
             55615afd2605250686001fffcd003910e1ed8c8a1a06160e29014b03");
        let Look::Found((0x61, found), 28) = look_at(&two, [false, true]) else {
            panic!("motion");
        };
        let Frame::Motion {
            gyro_rad_s,
            time_ms,
            ..
        } = found
        else {
            panic!("motion");
        };
        near(
            &gyro_rad_s,
            &[27.038_574_2, 15.563_964_8, -0.305_175_781],
            DEG,
        );
        assert_eq!(time_ms.unwrap() % 60_000, 1_793);
    }

    /// The time of a vector is as `2026-07-14T09:08:07.345`.
    fn moment_ms(text: &str) -> u64 {
        let all: Vec<i64> = text
            .split(['-', 'T', ':', '.'])
            .map(|part| part.parse().unwrap())
            .collect();
        let minutes = (days(all[0], all[1], all[2]) * 24 + all[3]) * 60 + all[4];
        ((minutes * 60 + all[5]) * 1000 + all[6]).cast_unsigned()
    }

    fn check(vector: &Vector, kind: u8, content: &Frame) {
        match content {
            Frame::Time(time_ms) => {
                let expected = vector.decoded["time"].as_str().map(moment_ms);
                assert_eq!(Some(*time_ms), expected);
            }
            Frame::Accel(value) => near(value, &vector.numbers("acc_g"), G),
            Frame::Gyro(value) => near(value, &vector.numbers("gyro_dps"), DEG),
            Frame::Angles(value) => near(value, &vector.numbers("rpy_deg"), DEG),
            Frame::Quaternion(value) => near(value, &vector.numbers("q_wxyz"), 1.0),
            Frame::Motion {
                accel_m_s2,
                gyro_rad_s,
                angles_rad,
                time_ms,
            } => {
                near(accel_m_s2, &vector.numbers("acc_g"), G);
                near(gyro_rad_s, &vector.numbers("gyro_dps"), DEG);
                near(angles_rad, &vector.numbers("rpy_deg"), DEG);
                assert_eq!(*time_ms, vector.decoded["time"].as_str().map(moment_ms));
            }
            Frame::Registers(first, words) => {
                let words: Vec<f64> = words.iter().copied().map(f64::from).collect();
                near(&words, &vector.numbers("words"), 1.0);
                assert_eq!(vector.decoded["reg"], format!("{first:#04x}"));
            }
            Frame::Other => assert_eq!(kind, 0x54, "{}", vector.name),
        }
        if let Some(stated) = vector.decoded["type"].as_str() {
            assert_eq!(stated, format!("{kind:#x}"));
        }
    }

    #[test]
    fn vectors_of_single_frames() {
        let kinds = [
            "witmotion/uart-0x55",
            "witmotion/sd-0x61+time(28)",
            "witmotion/ble-0x61(20)",
            "witmotion/ble-0x71",
        ];
        for vector in kinds.into_iter().flat_map(vectors) {
            let found = frame(&vector.bytes);
            assert_eq!(found.is_some(), vector.accept, "{}", vector.name);
            if let Some((kind, content)) = found {
                check(&vector, kind, &content);
            }
        }
    }
}
