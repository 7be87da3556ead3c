//! The same number of several streams, side by side: arithmetic that the compiler turns into vector
//! instructions.

use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

/// One number of each of `N` streams.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(16))]
pub(super) struct Lanes<const N: usize>(pub(super) [f64; N]);

/// A vector of each stream.
pub(super) type Vector<const N: usize> = [Lanes<N>; 3];
/// A quaternion w, x, y, z of each stream.
pub(super) type Quaternions<const N: usize> = [Lanes<N>; 4];

// Loops that change an array in place become vector instructions; `map` and `from_fn` over arrays are
// not always inlined.
impl<const N: usize> Lanes<N> {
    pub(super) const ZERO: Self = Self([0.0; N]);
    pub(super) const ONE: Self = Self([1.0; N]);

    /// The same in every lane.
    #[inline]
    pub(super) const fn all(value: f64) -> Self {
        Self([value; N])
    }

    #[inline]
    pub(super) fn map(mut self, f: impl Fn(f64) -> f64) -> Self {
        for value in &mut self.0 {
            *value = f(*value);
        }
        self
    }

    #[inline]
    fn zip(mut self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        for (value, other) in self.0.iter_mut().zip(other.0) {
            *value = f(*value, other);
        }
        self
    }

    #[inline]
    pub(super) fn sqrt(self) -> Self {
        self.map(f64::sqrt)
    }

    /// One over it.
    #[inline]
    pub(super) fn inverse(self) -> Self {
        self.map(|value| 1.0 / value)
    }

    /// Kept within ± `limit`.
    #[inline]
    pub(super) fn clip(self, limit: f64) -> Self {
        let low = self.map(|value| if value < limit { value } else { limit });
        low.map(|value| if value > -limit { value } else { -limit })
    }

    #[inline]
    pub(super) fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline]
    pub(super) fn abs(self) -> Self {
        self.map(f64::abs)
    }

    /// 1 where this is under `limit`, else 0.
    #[inline]
    pub(super) fn under(self, limit: f64) -> Self {
        self.map(|value| if value < limit { 1.0 } else { 0.0 })
    }

    /// Where `choice` is 1 this, where it is 0 the other.
    #[inline]
    pub(super) fn or(mut self, choice: Self, other: Self) -> Self {
        for (value, (choice, other)) in self.0.iter_mut().zip(choice.0.into_iter().zip(other.0)) {
            *value = if choice > 0.5 { *value } else { other };
        }
        self
    }

    /// Every lane is under `limit`.
    #[inline]
    pub(super) fn all_under(self, limit: f64) -> bool {
        self.0.iter().all(|&value| value < limit)
    }

    /// Every lane is over `limit`.
    #[inline]
    pub(super) fn all_over(self, limit: f64) -> bool {
        self.0.iter().all(|&value| value > limit)
    }
}

impl<const N: usize> Add for Lanes<N> {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
}

impl<const N: usize> Sub for Lanes<N> {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
}

impl<const N: usize> Mul for Lanes<N> {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
}

impl<const N: usize> Mul<f64> for Lanes<N> {
    type Output = Self;
    #[inline]
    fn mul(self, factor: f64) -> Self {
        self.map(|value| value * factor)
    }
}

impl<const N: usize> Add<f64> for Lanes<N> {
    type Output = Self;
    #[inline]
    fn add(self, term: f64) -> Self {
        self.map(|value| value + term)
    }
}

impl<const N: usize> Neg for Lanes<N> {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        self.map(|value| -value)
    }
}

impl<const N: usize> AddAssign for Lanes<N> {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<const N: usize> SubAssign for Lanes<N> {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

#[inline]
pub(super) fn difference<const N: usize>(a: &Vector<N>, b: &Vector<N>) -> Vector<N> {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// A vector of each stream, by lanes.
#[inline]
pub(super) fn columns<const N: usize>(vectors: &[[f64; 3]; N]) -> Vector<N> {
    let mut columns = [Lanes::ZERO; 3];
    for (lane, vector) in vectors.iter().enumerate() {
        for (column, value) in columns.iter_mut().zip(vector) {
            column.0[lane] = *value;
        }
    }
    columns
}

/// A quaternion of each stream, by lanes.
#[inline]
pub(super) fn quaternions<const N: usize>(all: &[[f64; 4]; N]) -> Quaternions<N> {
    let mut columns = [Lanes::ZERO; 4];
    for (lane, quaternion) in all.iter().enumerate() {
        for (column, value) in columns.iter_mut().zip(quaternion) {
            column.0[lane] = *value;
        }
    }
    columns
}

/// The quaternion of one lane.
#[inline]
pub(super) fn quaternion<const N: usize>(q: &Quaternions<N>, lane: usize) -> [f64; 4] {
    [q[0].0[lane], q[1].0[lane], q[2].0[lane], q[3].0[lane]]
}

/// Scalar product.
#[inline]
pub(super) fn dot<const N: usize>(a: &Vector<N>, b: &Vector<N>) -> Lanes<N> {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The Hamilton product.
#[inline]
pub(super) fn product<const N: usize>(a: &Quaternions<N>, b: &Quaternions<N>) -> Quaternions<N> {
    let [aw, ax, ay, az] = *a;
    let [bw, bx, by, bz] = *b;
    [
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    ]
}

/// A unit quaternion's rotation matrix, by rows.
#[inline]
pub(super) fn matrix<const N: usize>(q: &Quaternions<N>) -> [Vector<N>; 3] {
    let [w, x, y, z] = *q;
    let (x2, y2, z2) = (x + x, y + y, z + z);
    let (xx, yy, zz) = (x * x2, y * y2, z * z2);
    let (xy, xz, yz) = (x * y2, x * z2, y * z2);
    let (wx, wy, wz) = (w * x2, w * y2, w * z2);
    [
        [Lanes::ONE - yy - zz, xy - wz, xz + wy],
        [xy + wz, Lanes::ONE - xx - zz, yz - wx],
        [xz - wy, yz + wx, Lanes::ONE - xx - yy],
    ]
}

/// A vector turned by a unit quaternion (w, u): v + w t + u × t with t = 2 u × v.
#[inline]
pub(super) fn turned<const N: usize>(q: &Quaternions<N>, v: &Vector<N>) -> Vector<N> {
    let [w, x, y, z] = *q;
    let t = cross(&[x, y, z], v);
    let t = [t[0] + t[0], t[1] + t[1], t[2] + t[2]];
    let u = cross(&[x, y, z], &t);
    [
        v[0] + w * t[0] + u[0],
        v[1] + w * t[1] + u[1],
        v[2] + w * t[2] + u[2],
    ]
}

#[inline]
fn cross<const N: usize>(a: &Vector<N>, b: &Vector<N>) -> Vector<N> {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

/// What makes a quaternion that is a unit but for rounding a unit again: one Newton step towards
/// 1/√|q|², which squares the error.
#[inline]
pub(super) fn unit_factor<const N: usize>(q: &Quaternions<N>) -> Lanes<N> {
    let square = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3];
    square * -0.5 + 1.5
}

/// The product of two unit quaternions, the first of which is made a unit again on the way: so the
/// rounding of many products does not add up, and no product waits for its own norm.
#[inline]
pub(super) fn onward<const N: usize>(a: &Quaternions<N>, b: &Quaternions<N>) -> Quaternions<N> {
    let factor = unit_factor(a);
    let [w, x, y, z] = product(a, b);
    [w * factor, x * factor, y * factor, z * factor]
}
