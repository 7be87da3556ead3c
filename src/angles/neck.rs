//! The neck's motion over a recording: angles from the zero of the still window before.

use std::ops::Range;

use nalgebra::{UnitQuaternion, Vector3};

use super::{NeckAngles, twist, wide};
use crate::frames::{Head, Rotation, Sensor, Trunk};
use crate::orientation::clock::EvenSamples;
use crate::orientation::still::StillWindow;
use crate::orientation::{mean, unit};

/// A still window in neutral: the zero of the repetitions after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Zero {
    /// Half-open sample range.
    pub samples: Range<usize>,
    /// Where it lies, from the recording's neutral.
    pub offset: NeckAngles,
}

/// Neck angles and speed over a recording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NeckMotion {
    /// Samples a second.
    pub rate_hz: f64,
    /// Seconds, on the recording's own axis.
    pub time_s: Vec<f64>,
    /// Half-open index ranges between gaps.
    pub segments: Vec<Range<usize>>,
    /// From the zero at or before each sample (before the first zero: from the first).
    pub angles: Vec<NeckAngles>,
    /// Angular speed of the head against the trunk (one sensor: against earth), rad/s.
    pub speed_rad_s: Vec<f64>,
    /// The zeros, in order.
    pub zeros: Vec<Zero>,
    /// Times at which a sample is missing or unsound, and was bridged; rising.
    pub bad_s: Vec<f64>,
    /// Angle of the trunk from its orientation at the zero, radians; two sensors only.
    pub trunk_motion_rad: Option<Vec<f64>>,
}

/// One sensor with its place in the segment.
#[derive(Debug)]
pub struct Placed<'a, Segment> {
    /// Orientation of the sensor.
    pub samples: &'a EvenSamples,
    /// Its alignment.
    pub segment_from_sensor: Rotation<Segment, Sensor>,
}

/// `trunk_from_head` over a recording: with one sensor, the trunk is the head's own neutral.
#[derive(Debug, Clone, PartialEq)]
pub struct Relative {
    /// `trunk_from_head`, unit quaternions w, x, y, z.
    pub trunk_from_head: Vec<[f64; 4]>,
    /// The mean of it over the neutral window.
    pub neutral: [f64; 4],
}

impl Relative {
    /// With one sensor: head against its own neutral.
    pub fn to_neutral(head: &Placed<'_, Head>, neutral: &StillWindow) -> Self {
        let sensor_from_head = head.segment_from_sensor.inverse().quaternion();
        let trunk_from_earth = (unit(neutral.earth_from_sensor) * sensor_from_head).inverse();
        let earth_from_sensor = &head.samples.earth_from_sensor;
        Self {
            trunk_from_head: wide::between(trunk_from_earth, earth_from_sensor, sensor_from_head),
            neutral: [1.0, 0.0, 0.0, 0.0],
        }
    }

    /// With two: head against trunk, their headings set equal in the neutral window.
    pub fn to_trunk(
        head: &Placed<'_, Head>,
        trunk: &Placed<'_, Trunk>,
        neutral: &Range<usize>,
    ) -> Self {
        let sensor_from_head = head.segment_from_sensor.inverse().quaternion();
        let sensor_from_trunk = trunk.segment_from_sensor.inverse().quaternion();
        let heading = |samples: &EvenSamples, to_segment: &UnitQuaternion<f64>| {
            let window = &samples.earth_from_sensor[neutral.clone()];
            let forward = mean(window).map(|q| unit(q) * to_segment * Vector3::x());
            forward.map_or(0.0, |f| f.y.atan2(f.x))
        };
        let turn =
            heading(head.samples, &sensor_from_head) - heading(trunk.samples, &sensor_from_trunk);
        let same_heading = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), turn);
        let relative = |(h, t): (&[f64; 4], &[f64; 4])| {
            let earth_from_trunk = same_heading * unit(*t) * sensor_from_trunk;
            components(earth_from_trunk.inverse() * unit(*h) * sensor_from_head)
        };
        let pairs = head
            .samples
            .earth_from_sensor
            .iter()
            .zip(&trunk.samples.earth_from_sensor);
        let mut trunk_from_head: Vec<[f64; 4]> = pairs.map(relative).collect();
        for segment in &head.samples.segments {
            crate::orientation::clock::make_continuous(&mut trunk_from_head[segment.clone()]);
        }
        let neutral = mean(&trunk_from_head[neutral.clone()]).unwrap_or([1.0, 0.0, 0.0, 0.0]);
        Self {
            trunk_from_head,
            neutral,
        }
    }

    /// The head from the recording's neutral at one sample.
    pub fn from_neutral(&self, sample: usize) -> Rotation<Trunk, Head> {
        Rotation::claim(unit(self.neutral).inverse() * unit(self.trunk_from_head[sample]))
    }

    /// Angles from the zero of the still window at or before each sample, and the zeros.
    pub fn from_zeros(&self, windows: &[StillWindow]) -> (Vec<NeckAngles>, Vec<Zero>) {
        let zero_at = |w: &StillWindow| {
            mean(&self.trunk_from_head[w.samples.clone()]).unwrap_or(self.neutral)
        };
        let neutral_inverse = unit(self.neutral).inverse();
        let mut angles = Vec::with_capacity(self.trunk_from_head.len());
        let mut zeros = Vec::with_capacity(windows.len());
        for (k, window) in windows.iter().enumerate() {
            let zero = unit(zero_at(window));
            let offset = twist::angles(&Rotation::claim(neutral_inverse * zero));
            zeros.push(Zero {
                samples: window.samples.clone(),
                offset,
            });
            let end = windows
                .get(k + 1)
                .map_or(self.trunk_from_head.len(), |w| w.samples.start);
            let until = &self.trunk_from_head[angles.len()..end];
            wide::split(zero.inverse(), until, &mut angles);
        }
        (angles, zeros)
    }
}

fn components(q: UnitQuaternion<f64>) -> [f64; 4] {
    [q.w, q.i, q.j, q.k]
}

/// Angle of the trunk from its orientation at the zero at or before each sample, radians.
pub fn trunk_motion(trunk: &EvenSamples, zeros: &[Zero]) -> Vec<f64> {
    let mut motion = Vec::with_capacity(trunk.time_s.len());
    for (k, zero) in zeros.iter().enumerate() {
        let end = zeros
            .get(k + 1)
            .map_or(trunk.time_s.len(), |z| z.samples.start);
        let rest =
            mean(&trunk.earth_from_sensor[zero.samples.clone()]).unwrap_or([1.0, 0.0, 0.0, 0.0]);
        let angle = |q: &[f64; 4]| crate::orientation::angle_between(&rest, q);
        motion.extend(trunk.earth_from_sensor[motion.len()..end].iter().map(angle));
    }
    motion
}
