//! Tilt and turning of many samples, several at once in the widest vector instructions that the
//! processor has.

#![expect(clippy::inline_always, reason = "made anew for each processor")]

use nalgebra::{Matrix3, Rotation2, UnitQuaternion, Vector2};
use pulp::{Arch, Simd, WithSimd};

use super::motion::swing;
use crate::orientation::{rotation_vector, unit};

/// Samples that are worked on together.
const LANES: usize = 16;

type Lanes = [f64; LANES];

/// Appends the tilt of each orientation from neutral: the swing of `q * earth_from_neutral`, its heading
/// turned back; radians, in earth's horizontal axes as they lay in neutral.
pub(super) fn tilts(
    earth_from_sensor: &[[f64; 4]],
    earth_from_neutral: UnitQuaternion<f64>,
    back: Rotation2<f64>,
    tilts: &mut Vec<Vector2<f64>>,
) {
    Arch::new().dispatch(Tilts {
        earth_from_sensor,
        earth_from_neutral,
        back,
        found: tilts,
    });
}

/// The sum of `v vᵀ` over the angular velocities v of a sequence of unit quaternions at an even rate: of
/// [`angular_velocity`](crate::orientation::still::angular_velocity), whose signs do not matter here;
/// rad²/s², in sensor axes.
pub(super) fn scatter(earth_from_sensor: &[[f64; 4]], rate_hz: f64) -> Matrix3<f64> {
    let all = earth_from_sensor;
    let mut sums = [0.0; 6];
    if let (Some([first, second]), Some([before, last])) = (all.first_chunk(), all.last_chunk()) {
        add(first, second, rate_hz, &mut sums);
        add(before, last, rate_hz, &mut sums);
        let (before, after) = (&all[..all.len() - 2], &all[2..]);
        Arch::new().dispatch(Scatter {
            before,
            after,
            per_s: rate_hz / 2.0,
            sums: &mut sums,
        });
    }
    let [xx, xy, xz, yy, yz, zz] = sums;
    Matrix3::new(xx, xy, xz, xy, yy, yz, xz, yz, zz)
}

struct Tilts<'a> {
    earth_from_sensor: &'a [[f64; 4]],
    earth_from_neutral: UnitQuaternion<f64>,
    back: Rotation2<f64>,
    found: &'a mut Vec<Vector2<f64>>,
}

impl WithSimd for Tilts<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let (neutral, back) = (&self.earth_from_neutral, &self.back);
        let one = |q: &[f64; 4]| back * swing(unit(*q) * neutral);
        let (blocks, rest) = self.earth_from_sensor.as_chunks::<LANES>();
        for block in blocks {
            let mut tilts = [Vector2::zeros(); LANES];
            if tilts_of_block(block, neutral, back, &mut tilts) {
                self.found.extend_from_slice(&tilts);
            } else {
                self.found.extend(block.iter().map(one));
            }
        }
        self.found.extend(rest.iter().map(one));
    }
}

/// `false` where one of them is upside down, so that swing and twist cannot be told apart.
#[inline(always)]
fn tilts_of_block(
    block: &[[f64; 4]; LANES],
    neutral: &UnitQuaternion<f64>,
    back: &Rotation2<f64>,
    tilts: &mut [Vector2<f64>; LANES],
) -> bool {
    let (a, b, c, d) = (neutral.w, neutral.i, neutral.j, neutral.k);
    let [mut swing_w, mut swing_x, mut swing_y, mut factor]: [Lanes; 4] = [[0.0; LANES]; 4];
    for i in 0..LANES {
        let q = &block[i];
        let w = q[0] * a - q[1] * b - q[2] * c - q[3] * d;
        let x = q[0] * b + q[1] * a + q[2] * d - q[3] * c;
        let y = q[0] * c - q[1] * d + q[2] * a + q[3] * b;
        let z = q[0] * d + q[1] * c - q[2] * b + q[3] * a;
        swing_w[i] = (w * w + z * z).sqrt();
        let inverse = 1.0 / swing_w[i];
        let (cos, sin) = (w * inverse, z * inverse);
        swing_x[i] = x * cos - y * sin;
        swing_y[i] = x * sin + y * cos;
    }
    for i in 0..LANES {
        let sin_half = (swing_x[i] * swing_x[i] + swing_y[i] * swing_y[i]).sqrt();
        factor[i] = rotation_vector::factor(sin_half, swing_w[i]);
    }
    let (cos, sin) = (back[(0, 0)], back[(1, 0)]);
    for i in 0..LANES {
        let (x, y) = (factor[i] * swing_x[i], factor[i] * swing_y[i]);
        tilts[i] = Vector2::new(cos * x - sin * y, sin * x + cos * y);
    }
    swing_w.iter().all(|&w| w > UPSIDE_DOWN)
}

/// Cosine of half the swing under which there is no twist.
pub(super) const UPSIDE_DOWN: f64 = 1e-9;

/// As many orientations before as after.
struct Scatter<'a> {
    before: &'a [[f64; 4]],
    after: &'a [[f64; 4]],
    per_s: f64,
    /// xx, xy, xz, yy, yz, zz.
    sums: &'a mut [f64; 6],
}

impl WithSimd for Scatter<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let before = self.before.as_chunks::<LANES>();
        let after = self.after.as_chunks::<LANES>();
        let mut sums: [Lanes; 6] = [[0.0; LANES]; 6];
        for (a, b) in before.0.iter().zip(after.0) {
            for i in 0..LANES {
                let [x, y, z] = rotation_vector::small_between(&a[i], &b[i], self.per_s);
                sums[0][i] += x * x;
                sums[1][i] += x * y;
                sums[2][i] += x * z;
                sums[3][i] += y * y;
                sums[4][i] += y * z;
                sums[5][i] += z * z;
            }
        }
        for (sum, lanes) in self.sums.iter_mut().zip(&sums) {
            *sum += lanes.iter().sum::<f64>();
        }
        for (a, b) in before.1.iter().zip(after.1) {
            add(a, b, self.per_s, self.sums);
        }
    }
}

fn add(a: &[f64; 4], b: &[f64; 4], per_s: f64, sums: &mut [f64; 6]) {
    let [x, y, z] = rotation_vector::small_between(a, b, per_s);
    let products = [x * x, x * y, x * z, y * y, y * z, z * z];
    for (sum, product) in sums.iter_mut().zip(products) {
        *sum += product;
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::Vector3;

    use super::*;
    use crate::orientation::still::angular_velocity;

    fn turned(count: usize) -> Vec<[f64; 4]> {
        let q = |k: usize| {
            let k = 0.05 * k as f64;
            let q = UnitQuaternion::from_scaled_axis(Vector3::new(k.sin(), 0.7 * k.cos(), 0.1 * k));
            [q.w, q.i, q.j, q.k]
        };
        (0..count).map(q).collect()
    }

    #[test]
    fn tilts_are_those_of_one_by_one() {
        let mut all = turned(3 * LANES + 5);
        let neutral = UnitQuaternion::from_scaled_axis(Vector3::new(0.2, -0.1, 0.4));
        let over = unit([0.0, 1.0, 0.0, 0.0]) * neutral.inverse();
        all[LANES + 3] = [over.w, over.i, over.j, over.k];
        let back = Rotation2::new(0.8);
        let mut found = Vec::new();
        tilts(&all, neutral, back, &mut found);
        assert_eq!(found.len(), all.len());
        for (k, (found, q)) in found.iter().zip(&all).enumerate() {
            let expected = back * swing(unit(*q) * neutral);
            if k != LANES + 3 {
                assert_relative_eq!(*found, expected, epsilon = 1e-14);
            }
            assert!(found.norm().is_finite());
        }
    }

    #[test]
    fn scatter_is_of_the_velocities() {
        for count in [0, 1, 2, 3, 2 * LANES + 7] {
            let all = turned(count);
            let segments = [0..all.len()];
            let segments = if all.is_empty() { &[][..] } else { &segments };
            let velocities = angular_velocity(&all, segments, 100.0).into_iter();
            let products = velocities.map(|v| Vector3::from(v) * Vector3::from(v).transpose());
            let expected: Matrix3<f64> = products.sum();
            let found = scatter(&all, 100.0);
            assert_relative_eq!(found, expected, epsilon = 1e-9, max_relative = 1e-12);
        }
    }
}
