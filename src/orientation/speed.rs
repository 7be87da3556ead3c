//! Angular speed from orientation: the size of [`angular_velocity`](super::still::angular_velocity), of
//! several samples at once.

#![expect(clippy::inline_always, reason = "made anew for each processor")]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::rotation_vector;

/// Samples that are worked on together.
const LANES: usize = 16;

/// Angular speed from a sequence of unit quaternions at an even rate, rad/s: central difference, one-sided
/// at the ends of a segment.
pub fn angular_speed(
    quaternions: &[[f64; 4]],
    segments: &[Range<usize>],
    rate_hz: f64,
) -> Vec<f64> {
    let mut speeds_rad_s = Vec::with_capacity(quaternions.len());
    for segment in segments {
        let own = &quaternions[segment.clone()];
        let (Some([first, second]), Some([before, last])) = (own.first_chunk(), own.last_chunk())
        else {
            speeds_rad_s.extend(own.iter().map(|_| 0.0));
            continue;
        };
        speeds_rad_s.push(speed(first, second, rate_hz));
        Arch::new().dispatch(Central {
            before: &own[..own.len() - 2],
            after: &own[2..],
            per_s: rate_hz / 2.0,
            speeds_rad_s: &mut speeds_rad_s,
        });
        speeds_rad_s.push(speed(before, last, rate_hz));
    }
    speeds_rad_s
}

/// As many orientations before as after.
struct Central<'a> {
    before: &'a [[f64; 4]],
    after: &'a [[f64; 4]],
    per_s: f64,
    speeds_rad_s: &'a mut Vec<f64>,
}

impl WithSimd for Central<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let before = self.before.as_chunks::<LANES>();
        let after = self.after.as_chunks::<LANES>();
        for (a, b) in before.0.iter().zip(after.0) {
            let mut speeds = [0.0; LANES];
            for i in 0..LANES {
                speeds[i] = speed(&a[i], &b[i], self.per_s);
            }
            self.speeds_rad_s.extend_from_slice(&speeds);
        }
        let rest = before.1.iter().zip(after.1);
        self.speeds_rad_s
            .extend(rest.map(|(a, b)| speed(a, b, self.per_s)));
    }
}

/// Size of the rotation vector from `a` to `b`, times `per_s`; to third order in the angle, as
/// [`angular_velocity`](super::still::angular_velocity).
#[inline(always)]
fn speed(a: &[f64; 4], b: &[f64; 4], per_s: f64) -> f64 {
    let [x, y, z] = rotation_vector::vector_between(a, b);
    let square = x * x + y * y + z * z;
    per_s * rotation_vector::small_factor(square) * square.sqrt()
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::{UnitQuaternion, Vector3};

    use super::*;
    use crate::orientation::still::angular_velocity;

    #[test]
    fn it_is_the_size_of_the_velocity() {
        let turned = |k: usize| {
            let k = 0.01 * k as f64;
            let q = UnitQuaternion::from_scaled_axis(Vector3::new(k.sin(), k * k, 0.3 * k));
            [q.w, q.i, q.j, q.k]
        };
        let quaternions: Vec<[f64; 4]> = (0..100).map(turned).collect();
        let segments = [0..1, 1..3, 3..60, 60..100];
        let speeds = angular_speed(&quaternions, &segments, 100.0);
        let velocities = angular_velocity(&quaternions, &segments, 100.0);
        assert_eq!(speeds.len(), velocities.len());
        for (speed, velocity) in speeds.iter().zip(velocities) {
            let expected = Vector3::from(velocity).norm();
            assert_relative_eq!(*speed, expected, epsilon = 1e-12);
        }
    }
}
