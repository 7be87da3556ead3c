//! `MTData2`: packets of an identifier, a length and numbers.
//!
//! `DID (u16), n (u8), data[n]` in any order, high byte first. The low four bits of the identifier say how
//! numbers are written (0: f32, 1: fixed point 12.20, 2: fixed point 16.32, 3: f64) and for orientation
//! which earth it is against (0: east-north-up, 4: north-east-down, 8: north-west-up). Fixed point 16.32
//! has the four bytes of the fraction first, then the two of the whole part.

use nalgebra::{Matrix3, Quaternion, Vector3};

use crate::protocol::framing::fields::Fields;
use crate::protocol::turn::{from_matrix, from_roll_pitch_yaw_deg, up_from_down, wxyz};

/// What one message holds of what is used.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Data {
    /// Counts every message that the device sends.
    pub(super) packet_counter: Option<u16>,
    /// In 0.1 ms.
    pub(super) time_ticks: Option<u32>,
    pub(super) accel_m_s2: Option<Vector3<f64>>,
    pub(super) gyro_rad_s: Option<Vector3<f64>>,
    quaternion: Option<Quaternion<f64>>,
    matrix: Option<Quaternion<f64>>,
    angles: Option<Quaternion<f64>>,
}

impl Data {
    /// All packets; `None` when they do not fill the message.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (mut data, mut rest) = (Self::default(), Fields(bytes));
        while !rest.0.is_empty() {
            let id = u16::from_be_bytes(rest.take()?);
            let length = usize::from(rest.u8()?);
            data.packet(id, Fields(rest.bytes(length)?))?;
        }
        Some(data)
    }

    /// Sensor to earth, Z up: the quaternion before the matrix before the angles.
    pub(super) fn earth_from_sensor(&self) -> Option<Quaternion<f64>> {
        self.quaternion.or(self.matrix).or(self.angles)
    }

    fn packet(&mut self, id: u16, mut fields: Fields<'_>) -> Option<()> {
        let against = |turn| to_up(id, turn);
        match id & 0xFFF0 {
            0x1020 => self.packet_counter = Some(u16::from_be_bytes(fields.take()?)),
            0x1060 => self.time_ticks = Some(u32::from_be_bytes(fields.take()?)),
            0x2010 => self.quaternion = Some(against(wxyz(numbers(id, &mut fields)?))),
            0x2020 => {
                let columns: [f64; 9] = numbers(id, &mut fields)?;
                let matrix = Matrix3::from_column_slice(&columns);
                self.matrix = Some(against(from_matrix(&matrix)));
            }
            0x2030 => {
                let turn = from_roll_pitch_yaw_deg(numbers(id, &mut fields)?);
                self.angles = Some(against(turn));
            }
            0x4020 => self.accel_m_s2 = Some(Vector3::from(numbers(id, &mut fields)?)),
            0x8020 => self.gyro_rad_s = Some(Vector3::from(numbers(id, &mut fields)?)),
            _ => return Some(()),
        }
        fields.0.is_empty().then_some(())
    }
}

/// Against east-north-up, from the earth that the identifier names.
fn to_up(id: u16, turn: Quaternion<f64>) -> Quaternion<f64> {
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let east_from_north = Quaternion::new(half, 0.0, 0.0, half);
    match id & 0xC {
        // Down is turned up, which gives north-west-up.
        4 => east_from_north * up_from_down(turn),
        8 => east_from_north * turn,
        _ => turn,
    }
}

/// The next numbers, written as the identifier says.
pub(super) fn numbers<const N: usize>(id: u16, fields: &mut Fields<'_>) -> Option<[f64; N]> {
    let mut values = [0.0; N];
    for value in &mut values {
        *value = match id & 3 {
            0 => f64::from(f32::from_be_bytes(fields.take()?)),
            1 => f64::from(i32::from_be_bytes(fields.take()?)) / f64::from(1 << 20),
            2 => {
                let fraction = u32::from_be_bytes(fields.take()?);
                let whole = i16::from_be_bytes(fields.take()?);
                f64::from(whole) + f64::from(fraction) / 4_294_967_296.0
            }
            _ => f64::from_be_bytes(fields.take()?),
        };
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{hex, near, vectors};

    #[test]
    fn fixed_point_has_the_fraction_first() {
        let found = numbers(2, &mut Fields(&hex("adf052980039")));
        near(&found.unwrap_or([0.0]), &[57.679_448_3]);
        let found = numbers(2, &mut Fields(&hex("f63fcaf0ffff")));
        near(&found.unwrap_or([0.0]), &[-0.038_089_1]);
        let found = numbers(1, &mut Fields(&hex("039adf0300be1f8100000000")));
        near(
            &found.unwrap_or([0.0; 3]),
            &[57.679_446_2, 11.882_691_4, 0.0],
        );
    }

    #[test]
    fn vectors_of_numbers() {
        for vector in vectors("xsens/xbus-real") {
            let mut fields = Fields(&vector.bytes);
            let expected = vector.numbers("v");
            match expected.len() {
                3 => near(&numbers::<3>(1, &mut fields).unwrap(), &expected),
                _ => near(&numbers::<1>(2, &mut fields).unwrap(), &expected),
            }
            assert!(fields.0.is_empty());
        }
    }

    #[test]
    fn packets_have_to_fill_the_message() {
        assert_eq!(Data::parse(&[]), Some(Data::default()));
        let counter = hex("1020020102");
        assert_eq!(
            Data::parse(&counter).and_then(|data| data.packet_counter),
            Some(0x102)
        );
        for bad in ["10", "102002", "10200201", "102001aa", "102003010203"] {
            assert_eq!(Data::parse(&hex(bad)), None, "{bad}");
        }
    }

    #[test]
    fn another_earth_turns_the_sensor_with_it() {
        let level = Quaternion::new(1.0, 0.0, 0.0, 0.0);
        let turned = |id, axis: Vector3<f64>| {
            nalgebra::UnitQuaternion::new_normalize(to_up(id, level)) * axis
        };
        // North is Y, up is Z; X is east.
        for (id, axis, expected) in [
            (0x2010, Vector3::x(), Vector3::x()),
            (0x2014, Vector3::x(), Vector3::y()),
            (0x2014, Vector3::y(), Vector3::x()),
            (0x2014, Vector3::z(), -Vector3::z()),
            (0x2018, Vector3::x(), Vector3::y()),
            (0x2018, Vector3::z(), Vector3::z()),
        ] {
            assert!((turned(id, axis) - expected).norm() < 1e-12, "{id:x}");
        }
    }
}
