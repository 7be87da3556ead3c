//! What a sensor's samples have to say about their convention: poses held still, in which gravity
//! shows, and turns, which the gyroscope shows too.
//!
//! Angles between orientations are the same in every convention, so poses and turns are picked
//! before one is known.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use crate::read::check::{GAP_S, LEAST_SPEED_RAD_S, unit};
use crate::sample::SensorSamples;
use crate::units::STANDARD_GRAVITY_M_S2;

/// A pose is still when it turns slower than this, rad/s (20 degrees a second).
const STILL_RAD_S: f64 = 0.35;
/// At rest the accelerometer's size is within this share of its median.
const REST_SHARE: f64 = 0.05;
/// The median is the size at rest if more than this share of the samples have about that size.
const RESTS_SHARE: f64 = 0.2;
/// Orientations within this are one pose, radians (15 degrees).
const POSE_RAD: f64 = 0.26;
/// Samples that a pose needs.
const LEAST_IN_POSE: usize = 5;
/// Samples of a pose that are kept.
const MOST_IN_POSE: usize = 32;
/// Poses that are kept.
const MOST_POSES: usize = 64;
/// Speed is taken over at least this long, so that rounding does not look like turning, seconds.
const BASE_S: f64 = 0.1;
/// The same for a turn, seconds.
const TURN_S: f64 = 0.1;
/// A turn is faster than this, rad/s.
const TURNING_RAD_S: f64 = 3.0 * LEAST_SPEED_RAD_S;
/// Turns that are kept: the fastest say most, but any few thousand say enough.
const MOST_TURNS: usize = 4096;
/// Turns that say something.
const LEAST_TURNS: usize = 10;
/// Samples that a glance looks at; what it says of a good recording is the same.
const GLANCED_AT: usize = 4096;
/// Turns that a glance keeps.
const GLANCED_TURNS: usize = 256;

/// One orientation and what the accelerometer felt in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Felt {
    pub(super) q: UnitQuaternion<f64>,
    /// Unit vector in sensor axes.
    pub(super) accel: Vector3<f64>,
}

/// A short turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Turn {
    pub(super) before: UnitQuaternion<f64>,
    pub(super) after: UnitQuaternion<f64>,
    pub(super) lasted_s: f64,
    /// Mean over the turn, as read; the unit may be wrong.
    pub(super) gyro: Vector3<f64>,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Evidence {
    /// Each with some samples; none without an accelerometer.
    pub(super) poses: Vec<Vec<Felt>>,
    /// None, or enough to tell.
    pub(super) turns: Vec<Turn>,
    /// Size of the accelerometer at rest, as read; its unit may be wrong. None if it seldom rests.
    pub(super) accel_size: Option<f64>,
}

impl Evidence {
    /// From all samples.
    pub(super) fn of(sensor: &SensorSamples) -> Self {
        Self::of_every(sensor, 1, MOST_TURNS)
    }

    /// From some samples, all over the recording: for every file that is opened.
    pub(super) fn glance(sensor: &SensorSamples) -> Self {
        let stride = sensor.len().div_ceil(GLANCED_AT).max(1);
        Self::of_every(sensor, stride, GLANCED_TURNS)
    }

    fn of_every(sensor: &SensorSamples, stride: usize, most_turns: usize) -> Self {
        let accels = sensor.accel_m_s2.as_deref();
        let accel_size = accels.and_then(|accels| rest_size(accels, stride));
        let Some(quaternions) = &sensor.earth_from_sensor else {
            return Self {
                accel_size,
                ..Self::default()
            };
        };
        let size = accel_size.unwrap_or(STANDARD_GRAVITY_M_S2);
        let poses = accels.map(|accels| {
            let orientations = Orientations {
                time_s: &sensor.time_s,
                quaternions,
            };
            poses(&orientations, accels, size, stride)
        });
        let gyros = sensor.gyro_rad_s.as_deref();
        let turns = gyros.map(|gyros| {
            let turns = turns(&sensor.time_s, quaternions, gyros, stride);
            thinned(turns, most_turns)
        });
        Self {
            poses: poses.unwrap_or_default(),
            turns: turns
                .filter(|turns| turns.len() >= LEAST_TURNS)
                .unwrap_or_default(),
            accel_size,
        }
    }

    /// Largest angle between what was felt up in two poses, radians: how far the sensor was tilted.
    pub(super) fn tilted_rad(&self) -> f64 {
        let felt: Vec<Vector3<f64>> = self.poses.iter().map(|pose| pose[0].accel).collect();
        let from = |(index, one): (usize, &Vector3<f64>)| {
            let others = felt[index..].iter();
            others.map(|other| one.angle(other)).fold(0.0, f64::max)
        };
        felt.iter().enumerate().map(from).fold(0.0, f64::max)
    }
}

/// The median size, if enough samples have about that.
pub(super) fn rest_size(vectors: &[Vector3<f64>], stride: usize) -> Option<f64> {
    let mut sizes: Vec<f64> = vectors
        .iter()
        .step_by(stride)
        .map(Vector3::norm)
        .filter(|size| size.is_finite() && *size > 0.0)
        .collect();
    if sizes.is_empty() {
        return None;
    }
    let middle = sizes.len() / 2;
    let size = *sizes.select_nth_unstable_by(middle, f64::total_cmp).1;
    let rests = sizes
        .iter()
        .filter(|other| (*other - size).abs() < REST_SHARE * size);
    (rests.count() as f64 > RESTS_SHARE * sizes.len() as f64).then_some(size)
}

/// Quaternions and their times.
struct Orientations<'a> {
    time_s: &'a [f64],
    quaternions: &'a [Quaternion<f64>],
}

/// Samples at rest, by pose.
fn poses(
    orientations: &Orientations<'_>,
    accels: &[Vector3<f64>],
    size: f64,
    stride: usize,
) -> Vec<Vec<Felt>> {
    let (time_s, quaternions) = (orientations.time_s, orientations.quaternions);
    let mut poses: Vec<Vec<Felt>> = Vec::new();
    let mut back = 0;
    let samples = quaternions.iter().zip(accels).enumerate();
    for (at, (q, accel)) in samples.step_by(stride) {
        while back + 1 < at && time_s[at] - time_s[back + 1] >= BASE_S {
            back += 1;
        }
        let rests = (accel.norm() - size).abs() < REST_SHARE * size;
        let still = || speed(time_s, quaternions, back, at).is_some_and(|v| v < STILL_RAD_S);
        if rests
            && still()
            && let (Some(q), Some(accel)) = (unit(q), accel.try_normalize(0.0))
        {
            keep(Felt { q, accel }, &mut poses);
        }
    }
    poses.retain(|pose| pose.len() >= LEAST_IN_POSE);
    poses
}

/// Into the first pose that it is near to, or a new one.
fn keep(felt: Felt, poses: &mut Vec<Vec<Felt>>) {
    let near = |pose: &&mut Vec<Felt>| pose[0].q.angle_to(&felt.q) < POSE_RAD;
    let full = poses.len() == MOST_POSES;
    match poses.iter_mut().find(near) {
        Some(pose) if pose.len() < MOST_IN_POSE => pose.push(felt),
        None if !full => poses.push(vec![felt]),
        Some(_) | None => {}
    }
}

/// Speed from one sample to another, rad/s; none across a long stretch without samples.
fn speed(time_s: &[f64], quaternions: &[Quaternion<f64>], back: usize, at: usize) -> Option<f64> {
    let lasted_s = time_s[at] - time_s[back];
    let whole = lasted_s > 0.0 && lasted_s < BASE_S + 2.0 * GAP_S;
    let (from, to) = (unit(&quaternions[back])?, unit(&quaternions[at])?);
    whole.then(|| from.angle_to(&to) / lasted_s)
}

/// Short stretches in which the sensor turns: one after the other, or of so many the first.
fn turns(
    time_s: &[f64],
    quaternions: &[Quaternion<f64>],
    gyros: &[Vector3<f64>],
    stride: usize,
) -> Vec<Turn> {
    let mut turns = Vec::new();
    let (mut start, mut angle) = (0, Vector3::zeros());
    for at in 1..time_s.len() {
        if at <= start {
            continue;
        }
        let step_s = time_s[at] - time_s[at - 1];
        if !(0.0..=GAP_S).contains(&step_s) {
            (start, angle) = (at, Vector3::zeros());
            continue;
        }
        angle += (gyros[at - 1] + gyros[at]) * (step_s / 2.0);
        let lasted_s = time_s[at] - time_s[start];
        if lasted_s >= TURN_S {
            turns.extend(turn(&quaternions[start], &quaternions[at], lasted_s, angle));
            let passed_over = (stride - 1) * (at - start);
            (start, angle) = (at + passed_over, Vector3::zeros());
        }
    }
    turns
}

fn turn(
    before: &Quaternion<f64>,
    after: &Quaternion<f64>,
    lasted_s: f64,
    gyro_angle: Vector3<f64>,
) -> Option<Turn> {
    let (before, after) = (unit(before)?, unit(after)?);
    let gyro = gyro_angle / lasted_s;
    let fast = before.angle_to(&after) > TURNING_RAD_S * lasted_s;
    (fast && gyro.norm().is_finite()).then_some(Turn {
        before,
        after,
        lasted_s,
        gyro,
    })
}

/// So many at most, from all over the recording.
fn thinned(turns: Vec<Turn>, most: usize) -> Vec<Turn> {
    let stride = turns.len().div_ceil(most).max(1);
    turns.into_iter().step_by(stride).collect()
}
