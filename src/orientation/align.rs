//! Sensor to segment: which way the head's axes lie in the sensor.
//!
//! *Up* is the vertical in neutral. *Forward* comes from what the user declares, else from trials
//! labelled flexion or extension (or side-bend), else from the nods at the start, else from the
//! sensor's own X axis with a warning. The functional way (first principal axis of angular velocity,
//! levelled) follows Kong et al., *Sensors* 16 (2016), PMC5190992.

use std::ops::Range;

use nalgebra::{Complex, Matrix3, SymmetricEigen, Vector3};

use super::clock::EvenSamples;
use super::nods::{NOD_RAD_MIN, Rests};
use super::still::StillWindow;
use super::{earth_up, unit};
use crate::frames::{Head, Mount, Rotation, Sensor, Trunk, segment_from_axes};
use crate::warning::{Warning, Warnings};

/// How forward was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Declared axes, levelled in neutral.
    DeclaredMount,
    /// Declared axes, as they are.
    DeclaredMountExact,
    /// Trials whose movement is labelled.
    LabelledTrials,
    /// Nods at the start of the recording.
    Nods,
    /// The trunk sensor's axis of following the head.
    FollowsHead,
    /// The sensor's own X axis, for want of better.
    SensorAxes,
}

impl Method {
    /// The name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeclaredMount => "declared_mount",
            Self::DeclaredMountExact => "declared_mount_exact",
            Self::LabelledTrials => "labelled_trials",
            Self::Nods => "nods",
            Self::FollowsHead => "follows_head",
            Self::SensorAxes => "sensor_axes",
        }
    }
}

/// A sensor's place in its segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment<Segment> {
    /// How it was found.
    pub method: Method,
    /// The result.
    pub segment_from_sensor: Rotation<Segment, Sensor>,
}

/// A span of samples in which a known movement was made first.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledSpan {
    /// Half-open sample range.
    pub samples: Range<usize>,
    /// The axis the head turns about in that movement, in head axes (right-hand rule).
    pub axis_in_head: Vector3<f64>,
}

/// Share of angular velocity (sum of squares) that one axis must explain.
const AXIS_SHARE_MIN: f64 = 0.8;

/// The head sensor's alignment, and the span of the nods if there are any.
pub fn align_head(
    motion: &Motion<'_>,
    rests: &Rests<'_>,
    declared: Option<&Mount>,
    labelled: &[LabelledSpan],
) -> (Alignment<Head>, Option<Range<usize>>) {
    let nods = motion.nods(rests);
    let nod_span = nods.as_ref().map(|nods| nods.span.clone());
    let found = declared
        .map(|mount| motion.declared(mount))
        .or_else(|| motion.labelled(labelled))
        .or_else(|| nods.and_then(|nods| motion.with_left(&nods.left_axis, Method::Nods)));
    (found.unwrap_or_else(|| motion.sensor_axes()), nod_span)
}

/// The trunk sensor's alignment: declared; or the forward that makes its tilting agree best with the
/// head's, which it follows; or its own X axis.
pub fn align_trunk(
    trunk: &Motion<'_>,
    head: (&Motion<'_>, &Alignment<Head>),
    declared: Option<&Mount>,
    warnings: &mut Warnings,
) -> Alignment<Trunk> {
    if let Some(mount) = declared {
        return trunk.declared(mount);
    }
    let by_head = trunk.follow(&head.0.velocity_in_neutral(head.1));
    let (alignment, how) = match by_head {
        Some(alignment) => (alignment, "taken from how the trunk follows the head"),
        None => (
            trunk.sensor_axes(),
            "the sensor's own X axis was taken (the trunk hardly moves)",
        ),
    };
    warnings.add(Warning::TrunkForwardAssumed, || {
        format!(
            "forward of the trunk sensor is not declared; {how}; pass --trunk-mount to declare it"
        )
    });
    alignment
}

/// How one sensor moved, and where its neutral is.
#[derive(Debug, Clone, Copy)]
pub struct Motion<'a> {
    /// Orientation.
    pub samples: &'a EvenSamples,
    /// Angular velocity in sensor axes, rad/s.
    pub velocity: &'a [[f64; 3]],
    /// The sensor's orientation in the neutral window.
    pub neutral: &'a StillWindow,
}

impl Motion<'_> {
    pub(super) fn up_in_sensor(&self) -> Vector3<f64> {
        unit(self.neutral.earth_from_sensor).inverse() * earth_up()
    }

    fn declared<Segment>(&self, mount: &Mount) -> Alignment<Segment> {
        let exact = Alignment {
            method: Method::DeclaredMountExact,
            segment_from_sensor: mount.segment_from_sensor(),
        };
        if mount.exact {
            return exact;
        }
        segment_from_axes(&mount.forward, &self.up_in_sensor()).map_or(exact, |rotation| {
            Alignment {
                method: Method::DeclaredMount,
                segment_from_sensor: rotation,
            }
        })
    }

    fn with_left<Segment>(
        &self,
        left: &Vector3<f64>,
        method: Method,
    ) -> Option<Alignment<Segment>> {
        let up = self.up_in_sensor();
        let segment_from_sensor = segment_from_axes(&left.cross(&up), &up)?;
        Some(Alignment {
            method,
            segment_from_sensor,
        })
    }

    /// The sensor's own X axis, or its Y axis where X stands upright.
    fn sensor_axes<Segment>(&self) -> Alignment<Segment> {
        let up = self.up_in_sensor();
        let forward = if up.x.abs() < 0.9 {
            Vector3::x()
        } else {
            Vector3::y()
        };
        let segment_from_sensor =
            segment_from_axes(&forward, &up).unwrap_or_else(Rotation::identity);
        Alignment {
            method: Method::SensorAxes,
            segment_from_sensor,
        }
    }

    /// From the largest labelled span about a horizontal axis.
    fn labelled(&self, spans: &[LabelledSpan]) -> Option<Alignment<Head>> {
        let up = self.up_in_sensor();
        let mut lefts = Vector3::zeros();
        for span in spans {
            let Some(axis) = self.principal_axis(&span.samples) else {
                continue;
            };
            let turned = self.turned_about(&axis, &span.samples);
            let farthest = farthest(&turned);
            let axis = axis * farthest.signum();
            // The labelled axis in head axes is ±Z (flexion, extension) or ±X (side-bends).
            let left = if span.axis_in_head.z.abs() > 0.5 {
                axis * -span.axis_in_head.z.signum()
            } else {
                up.cross(&(axis * span.axis_in_head.x.signum()))
            };
            lefts += left * farthest.abs();
        }
        let left = lefts.try_normalize(NOD_RAD_MIN)?;
        self.with_left(&left, Method::LabelledTrials)
    }

    /// First principal axis of angular velocity over the span, unit vector in sensor axes; `None`
    /// when no one axis holds most of the motion.
    pub(super) fn principal_axis(&self, span: &Range<usize>) -> Option<Vector3<f64>> {
        let mut scatter = Matrix3::zeros();
        for v in self.velocity.get(span.clone())? {
            let v = Vector3::from(*v);
            scatter += v * v.transpose();
        }
        let total = scatter.trace();
        if !(total.is_finite() && total > 0.0) {
            return None;
        }
        let eigen = SymmetricEigen::new(scatter);
        let largest = eigen.eigenvalues.imax();
        let share = eigen.eigenvalues[largest] / total;
        (share >= AXIS_SHARE_MIN).then(|| eigen.eigenvectors.column(largest).into_owned())
    }

    /// Angle turned about `axis` since neutral, radians, per sample of the span.
    pub(super) fn turned_about(&self, axis: &Vector3<f64>, span: &Range<usize>) -> Vec<f64> {
        let sensor_from_earth = unit(self.neutral.earth_from_sensor).inverse();
        let turned = |q: &[f64; 4]| (sensor_from_earth * unit(*q)).scaled_axis().dot(axis);
        self.samples.earth_from_sensor[span.clone()]
            .iter()
            .map(turned)
            .collect()
    }

    /// Angular velocity in the axes that the segment has in neutral, rad/s.
    fn velocity_in_neutral<Segment>(&self, alignment: &Alignment<Segment>) -> Vec<Vector3<f64>> {
        let neutral_from_earth = alignment.segment_from_sensor.quaternion()
            * unit(self.neutral.earth_from_sensor).inverse();
        let turn =
            |(q, v): (&[f64; 4], &[f64; 3])| neutral_from_earth * (unit(*q) * Vector3::from(*v));
        self.samples
            .earth_from_sensor
            .iter()
            .zip(self.velocity)
            .map(turn)
            .collect()
    }

    /// Forward from following: the turn about the vertical that makes the horizontal angular
    /// velocities of trunk and head agree best.
    fn follow(&self, head_velocity: &[Vector3<f64>]) -> Option<Alignment<Trunk>> {
        let own: Alignment<Trunk> = self.sensor_axes();
        let (mut cross, mut head_power, mut trunk_power) = (Complex::new(0.0, 0.0), 0.0, 0.0);
        for (head, trunk) in head_velocity.iter().zip(self.velocity_in_neutral(&own)) {
            let (head, trunk) = (
                Complex::new(head.x, -head.z),
                Complex::new(trunk.x, -trunk.z),
            );
            cross += head.conj() * trunk;
            head_power += head.norm_sqr();
            trunk_power += trunk.norm_sqr();
        }
        let coherence = cross.norm() / (head_power * trunk_power).sqrt();
        let follows = coherence > 0.5 && trunk_power > 1e-4 * head_power;
        follows.then(|| {
            // In own axes the trunk moves where the head does, turned by this angle to the left.
            let angle = cross.arg();
            let forward_in_own = Vector3::new(angle.cos(), 0.0, -angle.sin());
            let forward = own.segment_from_sensor.inverse().apply(&forward_in_own);
            let segment_from_sensor = segment_from_axes(&forward, &self.up_in_sensor())
                .unwrap_or(own.segment_from_sensor);
            Alignment {
                method: Method::FollowsHead,
                segment_from_sensor,
            }
        })
    }
}

/// The angle farthest from zero, with its sign.
pub(super) fn farthest(turned: &[f64]) -> f64 {
    turned
        .iter()
        .copied()
        .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a })
}

/// Says that forward is a guess, when it is.
pub fn warn_if_assumed(alignment: &Alignment<Head>, warnings: &mut Warnings) {
    if alignment.method == Method::SensorAxes {
        warnings.add(Warning::ForwardAssumed, || {
            "forward is neither declared nor shown by nods: the sensor's own X axis was taken, so \
             flexion and side-bend may be mixed; pass --mount, or begin with three nods"
                .to_owned()
        });
    }
}
