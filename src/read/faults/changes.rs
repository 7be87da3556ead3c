//! Where the orientation changes, and by how much.

#![expect(clippy::inline_always, reason = "made anew for each processor")]

use nalgebra::{Quaternion, Vector3};
use pulp::{Arch, Simd, WithSimd};

use crate::sample::NORM_TOLERANCE;

/// Quaternions farther off are looked at more closely.
const OFF_NORM_SQUARED: f64 = 0.015;

/// A change of orientation, from a sample to the next one that differs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    /// First sample of the orientation before.
    pub(super) since: usize,
    /// Last sample of the orientation before.
    pub(super) from: usize,
    /// The sample that differs.
    pub(super) at: usize,
    pub(super) angle_rad: f64,
    /// From `since` to `at`.
    pub(super) lasted_s: f64,
    /// From `from` to `at`.
    pub(super) stepped_s: f64,
    /// No gap lies between `from` and `at`.
    pub(super) whole: bool,
}

impl Step {
    pub(super) const fn speed_rad_s(&self) -> f64 {
        self.angle_rad / self.lasted_s
    }
}

/// What is kept of a step: as many as samples are held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub(super) at: usize,
    pub(super) angle_rad: f64,
}

/// The orientation's changes, in one pass over the samples; corrupt quaternions are passed over.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// First usable sample.
    pub(super) first: usize,
    pub(super) all: Vec<Change>,
    /// Samples whose norm is far from one.
    pub(super) off_norm: Vec<usize>,
}

/// Samples that are worked on together.
const LANES: usize = 16;

impl Changes {
    pub(super) fn of(quaternions: &[Quaternion<f64>]) -> Self {
        let mut changes = Self {
            all: Vec::with_capacity(quaternions.len()),
            ..Self::default()
        };
        Arch::new().dispatch(Looking {
            quaternions,
            last: None,
            changes: &mut changes,
        });
        changes
    }
}

/// One pass over the samples.
struct Looking<'a> {
    quaternions: &'a [Quaternion<f64>],
    /// The last usable one, and the square of its norm.
    last: Option<(&'a Quaternion<f64>, f64)>,
    changes: &'a mut Changes,
}

impl WithSimd for Looking<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _simd: S) {
        let mut at = 0;
        while let Some(block) = self.quaternions[at..].first_chunk::<LANES>() {
            if !self.block(at, block) {
                (at..at + LANES).for_each(|at| self.one(at));
            }
            at += LANES;
        }
        (at..self.quaternions.len()).for_each(|at| self.one(at));
    }
}

impl<'a> Looking<'a> {
    /// Takes a block whose samples are all units and all differ from the one before, as most do; `false`,
    /// with nothing taken, when that is not so.
    #[inline(always)]
    fn block(&mut self, at: usize, block: &'a [Quaternion<f64>; LANES]) -> bool {
        let Some((last, last_squared)) = self.last else {
            return false;
        };
        let mut before = *block;
        before.rotate_right(1);
        before[0] = *last;
        let squares = block.map(|q| q.norm_squared());
        let mut before_squares = squares;
        before_squares.rotate_right(1);
        before_squares[0] = last_squared;
        let (mut angles, mut largest) = ([0.0; LANES], 0.0_f64);
        let mut sound = 0;
        for i in 0..LANES {
            let (a, b) = (&before[i], &block[i]);
            let dot = a.dot(b);
            let cos_squared = dot * dot / (before_squares[i] * squares[i]);
            let sin_squared = (1.0 - cos_squared).max(0.0);
            angles[i] = small_angle(sin_squared);
            largest = largest.max(sin_squared);
            let apart = (a.coords - b.coords).abs().sum();
            let off_norm = (squares[i] - 1.0).abs();
            sound += usize::from(apart > 0.0 && off_norm <= OFF_NORM_SQUARED);
        }
        if sound < LANES || largest >= SMALL_SIN_SQUARED {
            return false;
        }
        let all = angles.into_iter().enumerate();
        self.changes.all.extend(all.map(|(i, angle_rad)| Change {
            at: at + i,
            angle_rad,
        }));
        self.last = Some((&block[LANES - 1], squares[LANES - 1]));
        true
    }

    fn one(&mut self, at: usize) {
        let q = &self.quaternions[at];
        let squared = q.norm_squared();
        if (squared - 1.0).abs() > OFF_NORM_SQUARED {
            self.changes.off_norm.push(at);
        }
        if !is_unit_squared(squared) {
            return;
        }
        let Some((before, before_squared)) = self.last else {
            (self.changes.first, self.last) = (at, Some((q, squared)));
            return;
        };
        if before != q {
            let dot = before.dot(q);
            let angle_rad = angle_of(dot * dot / (before_squared * squared));
            self.changes.all.push(Change { at, angle_rad });
            self.last = Some((q, squared));
        }
    }
}

/// The angle between two orientations from the square of their cosine, radians, 0 to π.
fn angle_of(cos_squared: f64) -> f64 {
    let sin_squared = (1.0 - cos_squared).max(0.0);
    if sin_squared < SMALL_SIN_SQUARED {
        small_angle(sin_squared)
    } else {
        2.0 * sin_squared.sqrt().min(1.0).asin()
    }
}

/// Up to here [`small_angle`] holds.
const SMALL_SIN_SQUARED: f64 = 0.02;

/// The arcsine in powers of the sine; the next one is under 1e-7 here.
#[inline(always)]
fn small_angle(sin_squared: f64) -> f64 {
    2.0 * sin_squared.sqrt() * (1.0 + sin_squared * (1.0 / 6.0 + sin_squared * (3.0 / 40.0)))
}

/// The norm is near one.
pub(super) fn is_unit(q: &Quaternion<f64>) -> bool {
    is_unit_squared(q.norm_squared())
}

fn is_unit_squared(squared: f64) -> bool {
    let (least, most) = (1.0 - NORM_TOLERANCE, 1.0 + NORM_TOLERANCE);
    (least * least..=most * most).contains(&squared)
}

/// Angle between two orientations, radians; the norms may be off one.
pub(super) fn angle_rad(one: &Quaternion<f64>, other: &Quaternion<f64>) -> f64 {
    let dot = one.dot(other);
    angle_of(dot * dot / (one.norm_squared() * other.norm_squared()))
}

/// Earth's up in sensor axes; the norm may be off one.
pub(super) fn up_in_sensor(q: &Quaternion<f64>) -> Vector3<f64> {
    Vector3::new(
        2.0 * (q.i * q.k - q.w * q.j),
        2.0 * (q.j * q.k + q.w * q.i),
        q.w * q.w - q.i * q.i - q.j * q.j + q.k * q.k,
    )
}
