//! Orientation from three angles, in whatever sequence a file has them.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use crate::sample::median;

/// More samples than these tell no more about how angles and quaternions agree.
const MOST_COMPARED: usize = 10_000;

/// An axis that is turned about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    X,
    Y,
    Z,
}

impl Axis {
    const fn from_letter(letter: u8) -> Option<Self> {
        Some(match letter {
            b'X' => Self::X,
            b'Y' => Self::Y,
            b'Z' => Self::Z,
            _ => return None,
        })
    }

    fn turn(self, angle_rad: f64) -> UnitQuaternion<f64> {
        let axis = match self {
            Self::X => Vector3::x_axis(),
            Self::Y => Vector3::y_axis(),
            Self::Z => Vector3::z_axis(),
        };
        UnitQuaternion::from_axis_angle(&axis, angle_rad)
    }
}

/// A sequence of three turns, each about an axis that the ones before have turned (intrinsic).
///
/// `ZYX` with angles a, b, c is `Rz(a) Ry(b) Rx(c)`, sensor to earth. The same turns about axes that
/// stay (extrinsic) are the reverse sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequence([Axis; 3]);

impl Sequence {
    /// Yaw, pitch and roll of most sensors: `Rz(yaw) Ry(pitch) Rx(roll)`.
    pub const ZYX: Self = Self([Axis::Z, Axis::Y, Axis::X]);
    /// Yaw, pitch and roll of Apple's motion framework: `Rz(yaw) Rx(pitch) Ry(roll)`.
    pub const ZXY: Self = Self([Axis::Z, Axis::X, Axis::Y]);
    /// Yaw, pitch and roll of game engines, Y up: `Ry(yaw) Rx(pitch) Rz(roll)`.
    pub const YXZ: Self = Self([Axis::Y, Axis::X, Axis::Z]);

    /// From its letters, capital or not; no axis may follow itself.
    pub fn parse(letters: &str) -> Option<Self> {
        let upper = letters.to_ascii_uppercase();
        let [a, b, c] = *upper.as_bytes() else {
            return None;
        };
        let axes = [
            Axis::from_letter(a)?,
            Axis::from_letter(b)?,
            Axis::from_letter(c)?,
        ];
        (axes[0] != axes[1] && axes[1] != axes[2]).then_some(Self(axes))
    }

    /// The sequence whose intrinsic turns are this one's extrinsic ones.
    #[must_use]
    pub const fn reversed(self) -> Self {
        let [a, b, c] = self.0;
        Self([c, b, a])
    }

    /// Which of X, Y and Z (0, 1, 2) each turn is about.
    pub fn axes(self) -> [usize; 3] {
        self.0.map(|axis| axis as usize)
    }

    /// Sensor to earth, from the angles in the order of the sequence, radians; NaN for NaN.
    pub fn quaternion(self, angles_rad: [f64; 3]) -> Quaternion<f64> {
        let [a, b, c] = self.0;
        let [first, second, third] = angles_rad;
        *(a.turn(first) * b.turn(second) * c.turn(third))
    }
}

/// The median angle between quaternions and those that `other` makes of the angles beside them,
/// degrees, over at most [`MOST_COMPARED`] samples; `None` when no two can be compared.
pub(super) fn off_deg(
    quaternions: &[Quaternion<f64>],
    other: impl Fn(usize) -> Quaternion<f64>,
) -> Option<f64> {
    let step = quaternions.len().div_ceil(MOST_COMPARED).max(1);
    let angle = |(at, q): (usize, &Quaternion<f64>)| {
        let (one, two) = (q.try_inverse()?, other(at));
        let turn = UnitQuaternion::try_new(one * two, 1e-3)?;
        Some(turn.angle().to_degrees()).filter(|deg| deg.is_finite())
    };
    let all = quaternions.iter().enumerate().step_by(step);
    median(&mut all.filter_map(angle).collect::<Vec<f64>>())
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn the_usual_sequence_is_the_librarys() {
        let angles = [0.3, -0.7, 1.9];
        let expected = UnitQuaternion::from_euler_angles(angles[2], angles[1], angles[0]);
        let found = Sequence::ZYX.quaternion(angles);
        assert_relative_eq!(found, *expected, epsilon = 1e-12);
    }

    #[test]
    fn extrinsic_turns_are_the_reverse() {
        let [a, b, c] = [0.3, -0.7, 1.9];
        let extrinsic = Axis::X.turn(c) * Axis::Z.turn(b) * Axis::Y.turn(a);
        let sequence = Sequence::parse("yzx").unwrap();
        assert_relative_eq!(
            sequence.reversed().quaternion([c, b, a]),
            *extrinsic,
            epsilon = 1e-12
        );
        assert_eq!(sequence.reversed(), Sequence::parse("XZY").unwrap());
    }

    #[test]
    fn angles_are_compared_with_quaternions() {
        let angles = |at: usize| [0.01 * at as f64, -0.7, 1.9];
        let quaternions: Vec<_> = (0..50)
            .map(|at| -Sequence::ZYX.quaternion(angles(at)))
            .collect();
        let same = off_deg(&quaternions, |at| Sequence::ZYX.quaternion(angles(at)));
        assert!(same.unwrap() < 1e-6);
        let late = off_deg(&quaternions, |_| Sequence::ZYX.quaternion(angles(0)));
        assert!((late.unwrap() - 0.25_f64.to_degrees()).abs() < 1.0);
        let none = Quaternion::new(f64::NAN, 0.0, 0.0, 0.0);
        assert_eq!(off_deg(&quaternions, |_| none), None);
    }

    #[test]
    fn nonsense_is_no_sequence() {
        for letters in ["", "zy", "zzx", "abc", "zyxz"] {
            assert_eq!(Sequence::parse(letters), None, "{letters}");
        }
        assert_eq!(
            Sequence::parse("zxz").map(Sequence::reversed),
            Sequence::parse("ZXZ")
        );
        assert!(Sequence::ZYX.quaternion([0.0, f64::NAN, 0.0]).w.is_nan());
    }
}
