//! Where the orientation changes, and by how much.

use nalgebra::{Quaternion, Vector3};

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

impl Changes {
    pub(super) fn of(quaternions: &[Quaternion<f64>]) -> Self {
        let mut changes = Self {
            all: Vec::with_capacity(quaternions.len()),
            ..Self::default()
        };
        let mut last: Option<(&Quaternion<f64>, f64)> = None;
        for (at, q) in quaternions.iter().enumerate() {
            let squared = q.norm_squared();
            if (squared - 1.0).abs() > OFF_NORM_SQUARED {
                changes.off_norm.push(at);
            }
            if !is_unit_squared(squared) {
                continue;
            }
            let Some((before, before_squared)) = last else {
                (changes.first, last) = (at, Some((q, squared)));
                continue;
            };
            if before != q {
                let dot = before.dot(q);
                let angle_rad = angle_of(dot * dot / (before_squared * squared));
                changes.all.push(Change { at, angle_rad });
                last = Some((q, squared));
            }
        }
        changes
    }
}

/// The angle between two orientations from the square of their cosine, radians, 0 to π.
fn angle_of(cos_squared: f64) -> f64 {
    let sin_squared = (1.0 - cos_squared).max(0.0);
    let sin = sin_squared.sqrt();
    // The arcsine in powers of the sine; the next one is under 1e-7 here.
    if sin_squared < 0.02 {
        2.0 * sin * (1.0 + sin_squared * (1.0 / 6.0 + sin_squared * (3.0 / 40.0)))
    } else {
        2.0 * sin.min(1.0).asin()
    }
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
