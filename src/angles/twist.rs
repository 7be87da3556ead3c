//! Swing and twist: the angles that results are made of.
//!
//! `trunk_from_head = swing * twist`, the twist about the head's own Y. Rotation is the twist's
//! angle; the swing's rotation vector, in trunk axes, splits into flexion (-Z), extension (+Z) and
//! side-bend (±X). The same as tilt and twist of Crawford, Yamaguchi and Dickman, *Clinical
//! Biomechanics* 14 (1999) 153-165. Singular only where the head is upside down.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use super::NeckAngles;
use crate::frames::{Head, Rotation, Trunk};
use crate::orientation::rotation_vector;

/// The three angles of the head against the trunk.
pub fn angles(trunk_from_head: &Rotation<Trunk, Head>) -> NeckAngles {
    let q = trunk_from_head.quaternion();
    split(q.w, q.i, q.j, q.k)
}

/// Cosine of half the tilt, under which the head is upside down.
pub(super) const UPSIDE_DOWN: f64 = 1e-12;

/// [`angles`] of a unit quaternion given as components.
#[inline]
pub(crate) fn split(w: f64, x: f64, y: f64, z: f64) -> NeckAngles {
    let (w, x, y, z) = if w < 0.0 {
        (-w, -x, -y, -z)
    } else {
        (w, x, y, z)
    };
    // The twist is (w, y) normalised; swing = q * twist⁻¹ has no y and its w is |(w, y)|.
    let swing_w = (w * w + y * y).sqrt();
    if swing_w <= UPSIDE_DOWN {
        // Upside down: twist and swing cannot be told apart; all of it is swing.
        let tilt = std::f64::consts::PI;
        return NeckAngles {
            flexion_rad: -tilt * z,
            side_bend_right_rad: tilt * x,
            rotation_left_rad: 0.0,
        };
    }
    let (c, s) = (w / swing_w, y / swing_w);
    let swing_x = c * x + s * z;
    let swing_z = c * z - s * x;
    let factor = rotation_vector::factor((swing_x * swing_x + swing_z * swing_z).sqrt(), swing_w);
    NeckAngles {
        flexion_rad: -factor * swing_z,
        side_bend_right_rad: factor * swing_x,
        rotation_left_rad: s * rotation_vector::factor(s, c),
    }
}

/// The orientation that has these angles: the inverse of [`angles`].
pub fn compose(angles: &NeckAngles) -> Rotation<Trunk, Head> {
    let swing = Vector3::new(angles.side_bend_right_rad, 0.0, -angles.flexion_rad);
    let half = angles.rotation_left_rad / 2.0;
    let twist = UnitQuaternion::new_unchecked(Quaternion::new(half.cos(), 0.0, half.sin(), 0.0));
    Rotation::claim(UnitQuaternion::from_scaled_axis(swing) * twist)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movement::Movement;
    use approx::assert_relative_eq;

    /// The sign table of [`crate::angles`], row by row.
    #[test]
    fn sign_table() {
        let rows = [
            (Movement::Flexion, -Vector3::z()),
            (Movement::Extension, Vector3::z()),
            (Movement::SideBendRight, Vector3::x()),
            (Movement::SideBendLeft, -Vector3::x()),
            (Movement::RotationLeft, Vector3::y()),
            (Movement::RotationRight, -Vector3::y()),
        ];
        for (movement, axis) in rows {
            let found = angles(&Rotation::claim(UnitQuaternion::from_scaled_axis(
                axis * 0.7,
            )));
            for other in Movement::ALL {
                let forward = f64::from(u8::from(other == movement));
                let backward = f64::from(u8::from(other == movement.opposite()));
                let expected = 0.7 * (forward - backward);
                assert_relative_eq!(other.angle_rad(&found), expected, epsilon = 1e-12);
            }
        }
    }

    #[test]
    fn upside_down_is_all_tilt() {
        let found = split(0.0, 1.0, 0.0, 0.0);
        assert_relative_eq!(found.side_bend_right_rad, std::f64::consts::PI);
        assert_relative_eq!(found.rotation_left_rad, 0.0);
    }

    proptest::proptest! {
        #[test]
        fn compose_undoes_angles(flexion in -1.5..1.5, bend in -1.5..1.5, turn in -3.0..3.0) {
            let there = NeckAngles {
                flexion_rad: flexion, side_bend_right_rad: bend, rotation_left_rad: turn,
            };
            let back = angles(&compose(&there));
            assert_relative_eq!(back.flexion_rad, flexion, epsilon = 1e-9);
            assert_relative_eq!(back.side_bend_right_rad, bend, epsilon = 1e-9);
            assert_relative_eq!(back.rotation_left_rad, turn, epsilon = 1e-9);
        }
    }
}
