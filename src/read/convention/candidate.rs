//! One convention against the evidence: how far off is it?

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use super::Convention;
use super::evidence::{Evidence, Felt, Turn};
use crate::read::QuaternionOrder;

/// Gravity may be off the vertical by this, root mean square over the poses, degrees; real
/// recordings of walking get up to 6.
const ACCEL_FITS_DEG: f64 = 15.0;
/// Axes of turns may be off by this, degrees; real recordings of walking get up to 6, filters
/// that lag get more.
const GYRO_FITS_DEG: f64 = 40.0;
/// Quaternions without a symmetry, by which two conventions are told apart.
const PROBES: [[f64; 4]; 4] = [
    [0.8, 0.3, -0.5, 0.1],
    [0.2, -0.7, 0.4, 0.6],
    [-0.5, 0.1, 0.9, -0.3],
    [0.4, 0.6, 0.2, -0.8],
];
/// Rotations this near are the same, radians.
const SAME_RAD: f64 = 1e-6;

/// How the four numbers of a quaternion were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// As they are.
    Rightly,
    /// The first is x, the last w, but w, x, y, z were taken.
    XyzwAsWxyz,
    /// The first is w, the last z, but x, y, z, w were taken.
    WxyzAsXyzw,
}

impl Taken {
    pub(super) const ALL: [Self; 3] = [Self::Rightly, Self::XyzwAsWxyz, Self::WxyzAsXyzw];

    fn rightly(self, q: &Quaternion<f64>) -> Quaternion<f64> {
        match self {
            Self::Rightly => *q,
            Self::XyzwAsWxyz => Quaternion::new(q.k, q.w, q.i, q.j),
            Self::WxyzAsXyzw => Quaternion::new(q.i, q.j, q.k, q.w),
        }
    }

    /// The order that the columns have.
    pub(super) const fn order(self) -> Option<QuaternionOrder> {
        match self {
            Self::Rightly => None,
            Self::XyzwAsWxyz => Some(QuaternionOrder::Xyzw),
            Self::WxyzAsXyzw => Some(QuaternionOrder::Wxyz),
        }
    }
}

/// A convention that a file may have, and how far the evidence is from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    pub(super) taken: Taken,
    /// Order of the quaternion's columns; `None`: as the file says.
    pub order: Option<QuaternionOrder>,
    /// The rest.
    pub convention: Convention,
    /// Gravity against the vertical, root mean square over the poses, degrees.
    pub accel_deg: Option<f64>,
    /// Axes of turns against the gyroscope's, degrees: the angle of the mean cosine.
    pub gyro_deg: Option<f64>,
}

impl Candidate {
    /// The options of the command line that ask for it; empty when there is nothing to change.
    pub fn options(&self) -> Vec<String> {
        let order = self.order.map(|order| match order {
            QuaternionOrder::Wxyz => "--quaternion-order wxyz".to_owned(),
            QuaternionOrder::Xyzw => "--quaternion-order xyzw".to_owned(),
        });
        order.into_iter().chain(self.convention.options()).collect()
    }

    /// How far off, degrees: both kinds of evidence together.
    pub fn off_deg(&self) -> f64 {
        let squared = |off: Option<f64>| off.map_or(0.0, |off| off * off);
        (squared(self.accel_deg) + squared(self.gyro_deg)).sqrt()
    }

    /// Both make the same of every quaternion, heading aside.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let apart = |q: &[f64; 4]| {
            let q = UnitQuaternion::new_normalize(Quaternion::new(q[0], q[1], q[2], q[3]));
            self.earth_from_sensor(&q) * other.earth_from_sensor(&q).inverse()
        };
        let [first, others @ ..] = PROBES.each_ref().map(apart);
        let about_z = (first * Vector3::z()).angle(&Vector3::z()) < SAME_RAD;
        about_z && others.iter().all(|one| one.angle_to(&first) < SAME_RAD)
    }

    pub(super) fn earth_from_sensor(&self, q: &UnitQuaternion<f64>) -> UnitQuaternion<f64> {
        self.convention.up.earth_from_file() * brought(self.taken, self.convention, q)
    }

    /// It is within what good recordings show.
    pub(super) fn fits(&self) -> bool {
        self.accel_deg.is_none_or(|off| off <= ACCEL_FITS_DEG)
            && self.gyro_deg.is_none_or(|off| off <= GYRO_FITS_DEG)
    }
}

pub(super) fn measured(
    evidence: &Evidence,
    verticals: &[Vector3<f64>],
    taken: Taken,
    convention: Convention,
) -> Candidate {
    Candidate {
        taken,
        order: taken.order(),
        convention,
        accel_deg: off_vertical_deg(verticals, convention),
        gyro_deg: off_turning_deg(&evidence.turns, |q| brought(taken, convention, q)),
    }
}

/// A quaternion as it is if it was taken and made so; its earth is still the file's.
fn brought(taken: Taken, convention: Convention, q: &UnitQuaternion<f64>) -> UnitQuaternion<f64> {
    UnitQuaternion::new_unchecked(convention.sensor_side(taken.rightly(q)))
}

/// What was felt in each pose, in the file's earth.
pub(super) fn verticals(
    evidence: &Evidence,
    taken: Taken,
    convention: Convention,
) -> Vec<Vector3<f64>> {
    let in_earth = |felt: &Felt| brought(taken, convention, &felt.q) * felt.accel;
    let sum = |pose: &Vec<Felt>| pose.iter().map(in_earth).sum();
    evidence.poses.iter().map(sum).collect()
}

/// Root mean square angle from where gravity belongs, degrees; every pose counts the same.
pub(super) fn off_vertical_deg(verticals: &[Vector3<f64>], convention: Convention) -> Option<f64> {
    rms_deg(verticals, &convention.rest_direction())
}

pub(super) fn rms_deg(verticals: &[Vector3<f64>], direction: &Vector3<f64>) -> Option<f64> {
    let squares = verticals.iter().map(|vertical| {
        let angle = vertical.angle(direction);
        angle * angle
    });
    let count = verticals.len();
    (count > 0).then(|| (squares.sum::<f64>() / count as f64).sqrt().to_degrees())
}

/// The angle whose cosine is the mean one between turns of the quaternion and of the gyroscope,
/// weighted by both sizes; degrees.
fn off_turning_deg(
    turns: &[Turn],
    brought: impl Fn(&UnitQuaternion<f64>) -> UnitQuaternion<f64>,
) -> Option<f64> {
    let (mut along, mut both) = (0.0, 0.0);
    for turn in turns {
        let angle = (brought(&turn.before).inverse() * brought(&turn.after)).scaled_axis();
        along += angle.dot(&turn.gyro);
        both += angle.norm() * turn.gyro.norm();
    }
    (both > 0.0).then(|| (along / both).clamp(-1.0, 1.0).acos().to_degrees())
}
