//! How one sensor moved: the vertical in it, its tilt over time, and axes made from them.

use std::ops::Range;

use nalgebra::{Rotation2, SymmetricEigen, UnitQuaternion, Vector2, Vector3};

use super::certainty::Certainty;
use super::{Alignment, Method, wide};
use crate::frames::{Mount, Rotation, segment_from_axes};
use crate::orientation::clock::EvenSamples;
use crate::orientation::still::{Neutral, StillWindow};
use crate::orientation::{rotation_vector, unit, up_in_sensor};

/// How one sensor moved, and where its neutral is.
#[derive(Debug, Clone, Copy)]
pub struct Motion<'a> {
    /// Orientation.
    pub samples: &'a EvenSamples,
    /// The sensor's orientation in neutral and in each return to it.
    pub neutral: &'a Neutral,
}

impl Motion<'_> {
    fn neutral_orientation(&self) -> UnitQuaternion<f64> {
        unit(self.neutral.window.earth_from_sensor)
    }

    /// The vertical in neutral, unit vector in sensor axes.
    pub(in crate::orientation) fn up_in_sensor(&self) -> Vector3<f64> {
        up_in_sensor(&self.neutral.window.earth_from_sensor)
    }

    /// Declared axes: levelled in neutral, or as they are.
    pub(super) fn declared<Segment>(&self, mount: &Mount) -> Alignment<Segment> {
        let exact = (
            Method::DeclaredMountExact,
            Some(mount.segment_from_sensor()),
        );
        let levelled = segment_from_axes(&mount.forward, &self.up_in_sensor());
        let (method, rotation) = match (mount.exact, levelled) {
            (false, Some(rotation)) => (Method::DeclaredMount, Some(rotation)),
            _ => exact,
        };
        let certainty = Certainty {
            tilt_rad: mount.up.angle(&self.up_in_sensor()),
            ..self.neutral_figures()
        };
        Alignment {
            method,
            segment_from_sensor: rotation.unwrap_or_else(Rotation::identity),
            certainty,
        }
    }

    /// From the subject's left, an angle in the horizontal plane of earth's axes in neutral; `None`
    /// for an angle that is none.
    pub(in crate::orientation) fn with_left<Segment>(
        &self,
        left_rad: f64,
        method: Method,
        found: Certainty,
    ) -> Option<Alignment<Segment>> {
        let left = Vector3::new(left_rad.cos(), left_rad.sin(), 0.0);
        let left_in_sensor = self.neutral_orientation().inverse() * left;
        let up = self.up_in_sensor();
        let neutral = self.neutral_figures();
        Some(Alignment {
            method,
            segment_from_sensor: segment_from_axes(&left_in_sensor.cross(&up), &up)?,
            certainty: Certainty {
                tilt_rad: neutral.tilt_rad,
                sway_rad: neutral.sway_rad,
                ..found
            },
        })
    }

    /// The sensor's own X axis, or its Y axis where X stands upright.
    pub(super) fn sensor_axes<Segment>(&self) -> Alignment<Segment> {
        let up = self.up_in_sensor();
        let forward = if up.x.abs() < 0.9 {
            Vector3::x()
        } else {
            Vector3::y()
        };
        Alignment {
            method: Method::SensorAxes,
            segment_from_sensor: segment_from_axes(&forward, &up)
                .unwrap_or_else(Rotation::identity),
            certainty: self.neutral_figures(),
        }
    }

    /// How far neutral is tilted from the sensor's nearest axis, and how still it was.
    fn neutral_figures(&self) -> Certainty {
        let up = self.up_in_sensor();
        let (_, sway_rad) = self.vertical(&self.neutral.window.samples);
        Certainty {
            tilt_rad: up.amax().clamp(-1.0, 1.0).acos(),
            sway_rad,
            ..Certainty::default()
        }
    }

    /// Mean direction of up in sensor axes over a span, and the root mean square of its distance from
    /// that mean, radians. Heading does not enter.
    pub(super) fn vertical(&self, span: &Range<usize>) -> (Vector3<f64>, f64) {
        let orientations = &self.samples.earth_from_sensor[span.clone()];
        let sum: Vector3<f64> = orientations.iter().map(up_in_sensor).sum();
        let mean = sum
            .try_normalize(1e-9)
            .unwrap_or_else(|| self.up_in_sensor());
        let squares: f64 = orientations
            .iter()
            .map(|q| up_in_sensor(q).angle(&mean).powi(2))
            .sum();
        (mean, (squares / orientations.len().max(1) as f64).sqrt())
    }

    /// Tilt from neutral over a span: the swing's rotation vector, in earth's horizontal axes as they
    /// lay in neutral, radians. Heading is that of the last return to neutral, so that its drift
    /// enters only for the seconds since.
    pub(super) fn tilts(&self, span: &Range<usize>) -> Vec<Vector2<f64>> {
        let earth_from_neutral = self.neutral_orientation().inverse();
        let returns = &self.neutral.returns;
        let ended = |window: &StillWindow| window.samples.end <= span.start;
        let mut next = returns.partition_point(ended);
        let mut tilts = Vec::with_capacity(span.len());
        while tilts.len() < span.len() {
            let end = returns.get(next).map_or(span.end, |w| w.samples.end);
            let samples = span.start + tilts.len()..end.min(span.end);
            // Before the first return has ended, its heading is that of all.
            let last = returns.get(next.saturating_sub(1));
            let back = last.map_or_else(Rotation2::identity, |window| self.turn_back(window));
            let own = &self.samples.earth_from_sensor[samples];
            wide::tilts(own, earth_from_neutral, back, &mut tilts);
            next += 1;
        }
        tilts
    }

    /// Takes away the heading of a return to neutral.
    fn turn_back(&self, window: &StillWindow) -> Rotation2<f64> {
        let neutral_from_earth = self.neutral_orientation().inverse();
        let between = unit(window.earth_from_sensor) * neutral_from_earth;
        Rotation2::new(-heading(between))
    }

    /// What lies between one return to neutral and the next.
    pub(in crate::orientation) fn between_returns(&self) -> impl Iterator<Item = Range<usize>> {
        let pairs = self.neutral.returns.windows(2);
        pairs.map(|pair| pair[0].samples.end..pair[1].samples.start)
    }

    /// No gap lies in the span.
    pub(in crate::orientation) fn is_whole(&self, span: &Range<usize>) -> bool {
        let inside = |s: &Range<usize>| s.start <= span.start && span.end <= s.end;
        self.samples.segments.iter().any(inside)
    }

    /// An axis in sensor axes as an angle in earth's horizontal axes as they lay in neutral.
    pub(in crate::orientation) fn level_angle(&self, axis: &Vector3<f64>) -> f64 {
        let axis = self.neutral_orientation() * axis;
        axis.y.atan2(axis.x)
    }

    /// First principal axis of angular velocity over a span, unit vector in sensor axes, and its share
    /// of the sum of squares, 0 to 1; `None` without motion.
    pub(in crate::orientation) fn principal_axis(
        &self,
        span: &Range<usize>,
    ) -> Option<(Vector3<f64>, f64)> {
        let orientations = self.samples.earth_from_sensor.get(span.clone())?;
        let scatter = wide::scatter(orientations, self.samples.rate_hz);
        let total = scatter.trace();
        if !(total.is_finite() && total > 0.0) {
            return None;
        }
        let eigen = SymmetricEigen::new(scatter);
        let largest = eigen.eigenvalues.imax();
        let axis = eigen.eigenvectors.column(largest).into_owned();
        Some((axis, eigen.eigenvalues[largest] / total))
    }
}

/// The swing of a rotation in earth axes about a horizontal axis, after a twist about the vertical: its
/// rotation vector, radians.
pub(super) fn swing(between: UnitQuaternion<f64>) -> Vector2<f64> {
    let (swing_w, cos, sin) = twist(between);
    let (x, y) = (between.i, between.j);
    let swing = Vector2::new(x * cos - y * sin, x * sin + y * cos);
    swing * rotation_vector::factor(swing.norm(), swing_w)
}

/// The angle of the twist about the vertical that comes before the swing, to the left, radians.
fn heading(between: UnitQuaternion<f64>) -> f64 {
    let (_, cos, sin) = twist(between);
    let (cos, sin) = (cos.abs(), sin * 1_f64.copysign(cos));
    sin * rotation_vector::factor(sin, cos)
}

/// Cosine of half the swing; cosine and sine of half the twist, as the quaternion has them. Upside down there is
/// none.
fn twist(between: UnitQuaternion<f64>) -> (f64, f64, f64) {
    let swing_w = (between.w * between.w + between.k * between.k).sqrt();
    if swing_w > wide::UPSIDE_DOWN {
        (swing_w, between.w / swing_w, between.k / swing_w)
    } else {
        (swing_w, 1.0, 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn a_swing_after_a_twist_is_split_into_both() {
        let swing = Vector3::new(0.3, -0.2, 0.0);
        let both = UnitQuaternion::from_scaled_axis(swing)
            * UnitQuaternion::from_scaled_axis(Vector3::z() * -2.5);
        let (found, heading) = (super::swing(both), heading(both));
        assert_relative_eq!(found, swing.xy(), epsilon = 1e-12);
        assert_relative_eq!(heading, -2.5, epsilon = 1e-12);
    }

    #[test]
    fn upside_down_has_no_heading_and_stays_a_number() {
        let over = UnitQuaternion::from_scaled_axis(Vector3::x() * std::f64::consts::PI);
        let (swing, heading) = (swing(over), heading(over));
        assert!(swing.norm().is_finite() && heading.is_finite());
    }
}
