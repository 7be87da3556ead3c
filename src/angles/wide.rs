//! Swing and twist of many samples: the same as [`twist`], several at once in the widest
//! vector instructions that the processor has.

#![expect(clippy::inline_always, reason = "made anew for each processor")]

use nalgebra::{Quaternion, UnitQuaternion, Vector4};
use pulp::{Arch, Simd, WithSimd};

use super::{NeckAngles, twist};
use crate::orientation::{rotation_vector, unit};

/// Samples that are worked on together.
const LANES: usize = 16;

type Lanes = [f64; LANES];

/// Appends the angles of `inverse * q` for each unit quaternion q (w, x, y, z).
pub(super) fn split(
    inverse: UnitQuaternion<f64>,
    quaternions: &[[f64; 4]],
    angles: &mut Vec<NeckAngles>,
) {
    Arch::new().dispatch(Split {
        inverse,
        quaternions,
        angles,
    });
}

/// `left * q * right` of each unit quaternion q (w, x, y, z).
pub(super) fn between(
    left: UnitQuaternion<f64>,
    quaternions: &[[f64; 4]],
    right: UnitQuaternion<f64>,
) -> Vec<[f64; 4]> {
    let unit = |k: usize| Quaternion::from_vector(Vector4::ith(k, 1.0));
    // Coordinates are x, y, z, w there.
    let columns = [3, 0, 1, 2].map(|k| {
        let q = left.into_inner() * unit(k) * right.into_inner();
        [q.w, q.i, q.j, q.k]
    });
    let mut products = Vec::with_capacity(quaternions.len());
    Arch::new().dispatch(Between {
        columns,
        quaternions,
        products: &mut products,
    });
    products
}

/// A product with one quaternion from each side is a matrix times the four components.
struct Between<'a> {
    columns: [[f64; 4]; 4],
    quaternions: &'a [[f64; 4]],
    products: &'a mut Vec<[f64; 4]>,
}

impl WithSimd for Between<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let [a, b, c, d] = self.columns;
        self.products.extend(self.quaternions.iter().map(|q| {
            let mut product = [0.0; 4];
            for i in 0..4 {
                product[i] = a[i] * q[0] + b[i] * q[1] + c[i] * q[2] + d[i] * q[3];
            }
            product
        }));
    }
}

struct Split<'a> {
    inverse: UnitQuaternion<f64>,
    quaternions: &'a [[f64; 4]],
    angles: &'a mut Vec<NeckAngles>,
}

impl WithSimd for Split<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let (blocks, rest) = self.quaternions.as_chunks::<LANES>();
        for block in blocks {
            let mut angles = [NeckAngles::default(); LANES];
            if split_block(&self.inverse, block, &mut angles) {
                self.angles.extend_from_slice(&angles);
            } else {
                self.angles
                    .extend(block.iter().map(|q| one(&self.inverse, q)));
            }
        }
        self.angles
            .extend(rest.iter().map(|q| one(&self.inverse, q)));
    }
}

fn one(inverse: &UnitQuaternion<f64>, q: &[f64; 4]) -> NeckAngles {
    let q = inverse * unit(*q);
    twist::split(q.w, q.i, q.j, q.k)
}

/// `false` where one of them is upside down, so that swing and twist cannot be told apart.
#[inline(always)]
fn split_block(
    inverse: &UnitQuaternion<f64>,
    block: &[[f64; 4]; LANES],
    angles: &mut [NeckAngles; LANES],
) -> bool {
    let [mut w, mut x, mut y, mut z]: [Lanes; 4] = [[0.0; LANES]; 4];
    let (a, b, c, d) = (inverse.w, inverse.i, inverse.j, inverse.k);
    for i in 0..LANES {
        let q = &block[i];
        w[i] = a * q[0] - b * q[1] - c * q[2] - d * q[3];
        x[i] = a * q[1] + b * q[0] + c * q[3] - d * q[2];
        y[i] = a * q[2] - b * q[3] + c * q[0] + d * q[1];
        z[i] = a * q[3] + b * q[2] - c * q[1] + d * q[0];
    }
    let [mut swing_w, mut swing_x, mut swing_z]: [Lanes; 3] = [[0.0; LANES]; 3];
    let [mut cos, mut sin, mut least]: [Lanes; 3] = [[0.0; LANES]; 3];
    for i in 0..LANES {
        let sign = 1_f64.copysign(w[i]);
        swing_w[i] = (w[i] * w[i] + y[i] * y[i]).sqrt();
        let inverse = sign / swing_w[i];
        (cos[i], sin[i]) = (w[i] * inverse, y[i] * inverse);
        swing_x[i] = sign * (cos[i] * x[i] + sin[i] * z[i]);
        swing_z[i] = sign * (cos[i] * z[i] - sin[i] * x[i]);
        least[i] = (swing_x[i] * swing_x[i] + swing_z[i] * swing_z[i]).sqrt();
    }
    let [mut swing, mut turn]: [Lanes; 2] = [[0.0; LANES]; 2];
    for i in 0..LANES {
        swing[i] = rotation_vector::factor(least[i], swing_w[i]);
        turn[i] = sin[i] * rotation_vector::factor(sin[i], cos[i]);
    }
    for i in 0..LANES {
        angles[i] = NeckAngles {
            flexion_rad: -swing[i] * swing_z[i],
            side_bend_right_rad: swing[i] * swing_x[i],
            rotation_left_rad: turn[i],
        };
    }
    swing_w.iter().all(|&w| w > twist::UPSIDE_DOWN)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::Vector3;

    use super::*;

    #[test]
    fn a_product_from_both_sides() {
        let turned =
            |x: f64, y: f64, z: f64| UnitQuaternion::from_scaled_axis(Vector3::new(x, y, z));
        let (left, q, right) = (
            turned(0.3, -0.2, 0.1),
            turned(-1.0, 0.5, 2.0),
            turned(0.7, 0.1, -0.4),
        );
        let found = between(left, &[[q.w, q.i, q.j, q.k]], right);
        let expected = left * q * right;
        for (found, expected) in found[0]
            .iter()
            .zip([expected.w, expected.i, expected.j, expected.k])
        {
            assert_relative_eq!(*found, expected, epsilon = 1e-15);
        }
    }

    #[test]
    fn many_are_as_one_by_one() {
        let inverse = UnitQuaternion::from_scaled_axis(Vector3::new(0.3, -0.2, 0.1));
        let turned = |k: usize| {
            let k = k as f64;
            let q = UnitQuaternion::from_scaled_axis(Vector3::new(
                k.sin(),
                2.0 * k.cos(),
                (0.3 * k).sin(),
            ));
            let sign = if k.sin() < 0.5 { 1.0 } else { -1.0 };
            [q.w, q.i, q.j, q.k].map(|c| c * sign)
        };
        let mut quaternions: Vec<[f64; 4]> = (0..3 * LANES + 5).map(turned).collect();
        let upside_down = inverse.inverse() * unit([0.0, 1.0, 0.0, 0.0]);
        quaternions[LANES + 3] = [upside_down.w, upside_down.i, upside_down.j, upside_down.k];
        let mut found = Vec::new();
        split(inverse, &quaternions, &mut found);
        assert_eq!(found.len(), quaternions.len());
        for (found, q) in found.iter().zip(&quaternions) {
            let expected = one(&inverse, q);
            assert_relative_eq!(found.flexion_rad, expected.flexion_rad, epsilon = 1e-14);
            assert_relative_eq!(
                found.side_bend_right_rad,
                expected.side_bend_right_rad,
                epsilon = 1e-14
            );
            assert_relative_eq!(
                found.rotation_left_rad,
                expected.rotation_left_rad,
                epsilon = 1e-14
            );
        }
    }
}
