//! What phones and headphones call device motion: acceleration split into gravity and the rest.
//!
//! Apple's vectors point against specific force, gravity and the rest alike: at rest with the screen
//! up, gravity is -Z, and a push to the right gives a negative X. So specific force is minus their sum.
//! Android's have its sign, and so have Apple's where an app was told to give Android's. The files do
//! not say which; the quaternion does, as it knows where up is.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use crate::units::STANDARD_GRAVITY_M_S2;

/// Gravity is shorter in g, longer in m/s².
const G_OR_M_S2: f64 = 3.0;
/// Samples that are enough to tell a direction.
const ENOUGH: usize = 20_000;

/// Gravity and the rest of the acceleration, in one row each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Split<'a> {
    pub(super) rest: &'a [Vector3<f64>],
    pub(super) gravity: &'a [Vector3<f64>],
}

impl Split<'_> {
    /// Specific force in m/s². Units are told by the length of gravity; where that is in m/s² and
    /// points down, the rest is in g.
    pub(super) fn specific_force(
        self,
        quaternions: Option<&[Quaternion<f64>]>,
    ) -> Vec<Vector3<f64>> {
        let down = points_down(self.gravity, quaternions).unwrap_or(true);
        let gravity_scale = to_m_s2(self.gravity);
        let rest_scale = if down {
            STANDARD_GRAVITY_M_S2
        } else {
            gravity_scale
        };
        let sign = if down { -1.0 } else { 1.0 };
        let rows = self.rest.iter().zip(self.gravity);
        rows.map(|(rest, gravity)| (rest * rest_scale + gravity * gravity_scale) * sign)
            .collect()
    }
}

/// What brings vectors of about the length of gravity to m/s².
pub(super) fn to_m_s2(gravity: &[Vector3<f64>]) -> f64 {
    let mut lengths: Vec<f64> = gravity
        .iter()
        .take(ENOUGH)
        .map(Vector3::norm)
        .filter(|length| length.is_finite())
        .collect();
    let middle = lengths.len() / 2;
    if lengths.is_empty() {
        return 1.0;
    }
    let median = *lengths.select_nth_unstable_by(middle, f64::total_cmp).1;
    if median < G_OR_M_S2 {
        STANDARD_GRAVITY_M_S2
    } else {
        1.0
    }
}

/// Whether these vectors point down, on the whole; `None` without quaternions to tell.
pub(super) fn points_down(
    vectors: &[Vector3<f64>],
    quaternions: Option<&[Quaternion<f64>]>,
) -> Option<bool> {
    let rows = quaternions?.iter().zip(vectors).take(ENOUGH);
    let up = |(q, vector): (&Quaternion<f64>, &Vector3<f64>)| {
        let q = UnitQuaternion::try_new(*q, 1e-6)?;
        Some((q * vector).z).filter(|z| z.is_finite())
    };
    let sum: f64 = rows.filter_map(up).sum();
    (sum != 0.0).then_some(sum < 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn force(rest: [f64; 3], gravity: [f64; 3], q: Quaternion<f64>) -> Vector3<f64> {
        let split = Split {
            rest: &[rest.into()],
            gravity: &[gravity.into()],
        };
        split.specific_force(Some(&[q]))[0]
    }

    #[test]
    fn units_and_signs_come_from_gravity_and_the_quaternion() {
        let flat = Quaternion::identity();
        let g = STANDARD_GRAVITY_M_S2;
        let expected = Vector3::new(-0.1 * g, 0.0, g);
        let apple_g = force([0.1, 0.0, 0.0], [0.0, 0.0, -1.0], flat);
        let apple_mixed = force([0.1, 0.0, 0.0], [0.0, 0.0, -g], flat);
        let android = force([-0.1 * g, 0.0, 0.0], [0.0, 0.0, g], flat);
        for found in [apple_g, apple_mixed, android] {
            assert!((found - expected).norm() < 1e-12, "{found}");
        }
        let upside_down = Quaternion::new(0.0, 1.0, 0.0, 0.0);
        let found = force([0.0; 3], [0.0, 0.0, 1.0], upside_down);
        assert!((found.z + g).abs() < 1e-12);
    }
}
