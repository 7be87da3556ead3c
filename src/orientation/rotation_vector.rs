//! From the parts of a unit quaternion to its rotation vector, without a branch.

#![expect(clippy::inline_always, reason = "made anew for each processor")]

/// Vector part of the unit quaternion that turns `a` into `b`, in their right-hand axes.
#[inline(always)]
pub(super) fn vector_between(a: &[f64; 4], b: &[f64; 4]) -> [f64; 3] {
    let [aw, ax, ay, az] = *a;
    let [bw, bx, by, bz] = *b;
    [
        aw * bx - ax * bw - ay * bz + az * by,
        aw * by + ax * bz - ay * bw - az * bx,
        aw * bz - ax * by + ay * bx - az * bw,
    ]
}

/// Rotation vector from `a` to `b`, up to its sign, times `per_s`; to third order in the angle.
#[inline(always)]
pub(super) fn small_between(a: &[f64; 4], b: &[f64; 4], per_s: f64) -> [f64; 3] {
    let [x, y, z] = vector_between(a, b);
    let factor = per_s * small_factor(x * x + y * y + z * z);
    [x * factor, y * factor, z * factor]
}

/// As [`factor`], from the square of the sine, to third order in the angle: under 1e-4 of it at 40 degrees.
#[inline(always)]
pub(super) fn small_factor(sin_squared: f64) -> f64 {
    2.0 * (1.0 + sin_squared / 6.0 + 3.0 * sin_squared * sin_squared / 40.0)
}

/// Angle over sine of the half angle, of half angles up to a quarter turn each way: what turns the vector
/// part of a quaternion into a rotation vector.
///
/// The tangent of the half angle is halved twice, `tan(a/2) = tan(a) / (1 + √(1 + tan²(a)))`; of an eighth
/// of the angle the arctangent is a polynomial. So there is nothing to divide by at rest, and the compiler
/// may do several samples at once.
#[inline(always)]
pub(crate) fn factor(sin_half: f64, cos_half: f64) -> f64 {
    let first = 1.0 / (1.0 + cos_half);
    let quarter = sin_half * first;
    let second = 1.0 / (1.0 + (1.0 + quarter * quarter).sqrt());
    let eighth = quarter * second;
    let square = eighth * eighth;
    let mut tail = 0.0;
    for c in ARCTANGENT.iter().rev() {
        tail = tail * square + c;
    }
    8.0 * (1.0 - square * tail) * first * second
}

/// `atan(x) = x - x³ (c₀ + c₁ x² + …)` to the last bit under 7/16. Source: fdlibm, `s_atan.c`.
const ARCTANGENT: [f64; 11] = [
    3.333_333_333_333_293e-1,
    -1.999_999_999_987_648_3e-1,
    1.428_571_427_250_346_6e-1,
    -1.111_111_040_546_235_6e-1,
    9.090_887_133_436_507e-2,
    -7.691_876_205_044_83e-2,
    6.661_073_137_387_531e-2,
    -5.833_570_133_790_573_5e-2,
    4.976_877_994_615_932_4e-2,
    -3.653_157_274_421_691_6e-2,
    1.628_582_011_536_578_2e-2,
];

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn the_polynomial_meets_the_arc_functions() {
        assert_relative_eq!(factor(0.0, 1.0), 2.0);
        for k in 1..=15_707 {
            let half = f64::from(k) * 1e-4;
            let (sin, cos) = half.sin_cos();
            let found = factor(sin, cos);
            assert_relative_eq!(found * sin, 2.0 * half, max_relative = 1e-15);
            assert_relative_eq!(factor(-sin, cos), found, max_relative = 1e-15);
        }
    }
}
