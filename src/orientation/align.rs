//! Sensor to segment: which way the head's axes lie in the sensor.
//!
//! *Up* is the vertical in neutral. *Forward* comes from what the user declares, else from trials
//! labelled flexion or extension (or side-bend), else from the nods at the start, else from the
//! sensor's own X axis with a warning. The functional way (first principal axis of angular velocity,
//! levelled) follows Kong et al., *Sensors* 16 (2016), PMC5190992.

use std::ops::Range;

use nalgebra::{Complex, Matrix3, SymmetricEigen, Vector3};

use super::clock::EvenSamples;
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

/// Shortest way a nod may go, radians.
const NOD_RAD_MIN: f64 = 0.087; // 5 degrees
/// Longest, radians: beyond this it is a measured movement or a look around.
const NOD_RAD_MAX: f64 = 1.22; // 70 degrees
/// Share of angular velocity (sum of squares) that one axis must explain.
const AXIS_SHARE_MIN: f64 = 0.8;
/// Largest tilt of a nod's axis out of the horizontal, radians.
const AXIS_TILT_MAX: f64 = 0.61; // 35 degrees

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

/// Where the head came to rest.
#[derive(Debug, Clone, Copy)]
pub struct Rests<'a> {
    /// All still windows.
    pub windows: &'a [StillWindow],
    /// Those in neutral.
    pub returns: &'a [StillWindow],
}

/// What one motion from neutral to neutral looks like.
enum Seen {
    /// Too small to tell.
    Small,
    /// About one horizontal axis and not held.
    Nod(Nod),
    /// Something else.
    Other,
}

struct Nod {
    span: Range<usize>,
    axis: Vector3<f64>,
    reach_rad: f64,
}

impl Nod {
    /// About the same axis (within 30 degrees) and of the same size (within 2.5 times).
    fn is_like(&self, other: &Self) -> bool {
        let ratio = self.reach_rad / other.reach_rad;
        self.axis.dot(&other.axis).abs() > 0.866 && (0.4..2.5).contains(&ratio)
    }
}

/// The nods of a recording.
struct Nods {
    span: Range<usize>,
    /// Unit vector to the subject's left, in sensor axes.
    left_axis: Vector3<f64>,
}

impl Motion<'_> {
    fn up_in_sensor(&self) -> Vector3<f64> {
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

    /// The nods: the first motions after neutral, together or one by one with pauses between: about
    /// one horizontal axis, to one side, at least two, none held at its end. The axis is the
    /// principal one over all of them.
    fn nods(&self, rests: &Rests<'_>) -> Option<Nods> {
        let mut nods: Vec<Nod> = Vec::new();
        for span in self.motions(rests.returns) {
            match self.nod(&span, rests.windows) {
                Seen::Small => {}
                Seen::Nod(nod) if nods.first().is_none_or(|first| first.is_like(&nod)) => {
                    nods.push(nod);
                }
                Seen::Nod(_) | Seen::Other => break,
            }
        }
        let span = nods.first()?.span.start..nods.last()?.span.end;
        let axis = self.principal_axis(&span)?;
        let turned = self.turned_about(&axis, &span);
        let largest = farthest(&turned).abs();
        let side = first_side(&turned, largest);
        let (down, other) = excursions(&turned, largest, side);
        let left_axis = axis * side;
        (down >= 2 && other < down).then_some(Nods { span, left_axis })
    }

    /// What lies between the returns to neutral from the neutral window on, up to the first gap.
    fn motions<'r>(
        &'r self,
        returns: &'r [StillWindow],
    ) -> impl Iterator<Item = Range<usize>> + 'r {
        let neutral_start = self.neutral.samples.start;
        let later = returns
            .iter()
            .filter(move |w| w.samples.start >= neutral_start);
        let next = later.clone().skip(1);
        let spans = later.zip(next).map(|(a, b)| a.samples.end..b.samples.start);
        let whole = |span: &Range<usize>| {
            let inside = |s: &Range<usize>| s.start <= span.start && span.end <= s.end;
            self.samples.segments.iter().any(inside)
        };
        spans.take_while(whole)
    }

    fn nod(&self, span: &Range<usize>, windows: &[StillWindow]) -> Seen {
        let Some(axis) = self.principal_axis(span) else {
            let small = span.len() < 3 || self.reach_rad(span) < NOD_RAD_MIN;
            return if small { Seen::Small } else { Seen::Other };
        };
        let reach_rad = farthest(&self.turned_about(&axis, span)).abs();
        if reach_rad < NOD_RAD_MIN {
            return Seen::Small;
        }
        let inside = |w: &StillWindow| span.start <= w.samples.start && w.samples.end <= span.end;
        let held = windows.iter().any(inside);
        let horizontal = axis.dot(&self.up_in_sensor()).abs() < AXIS_TILT_MAX.sin();
        if held || !horizontal || reach_rad > NOD_RAD_MAX {
            return Seen::Other;
        }
        Seen::Nod(Nod {
            span: span.clone(),
            axis,
            reach_rad,
        })
    }

    /// How far the sensor turned from neutral about any axis, radians.
    fn reach_rad(&self, span: &Range<usize>) -> f64 {
        let from_neutral = |q| super::angle_between(&self.neutral.earth_from_sensor, q);
        self.samples.earth_from_sensor[span.clone()]
            .iter()
            .map(from_neutral)
            .fold(0.0, f64::max)
    }

    /// First principal axis of angular velocity over the span, unit vector in sensor axes; `None`
    /// when no one axis holds most of the motion.
    fn principal_axis(&self, span: &Range<usize>) -> Option<Vector3<f64>> {
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
    fn turned_about(&self, axis: &Vector3<f64>, span: &Range<usize>) -> Vec<f64> {
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
fn farthest(turned: &[f64]) -> f64 {
    turned
        .iter()
        .copied()
        .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a })
}

/// Sign of the first excursion beyond 40 % of the largest.
fn first_side(turned: &[f64], largest: f64) -> f64 {
    turned
        .iter()
        .find(|t| t.abs() > 0.4 * largest)
        .map_or(1.0, |t| t.signum())
}

/// Excursions beyond half of `largest`, back under a quarter between them: to `side`, and to the other.
fn excursions(turned: &[f64], largest: f64, side: f64) -> (usize, usize) {
    let (mut to_side, mut to_other, mut out) = (0, 0, 0.0);
    for angle in turned.iter().map(|t| t * side / largest) {
        if out == 0.0 && angle.abs() > 0.5 {
            out = angle.signum();
            if out > 0.0 {
                to_side += 1;
            } else {
                to_other += 1;
            }
        } else if out != 0.0 && angle * out < 0.25 {
            out = 0.0;
        }
    }
    (to_side, to_other)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excursions_are_counted_by_side() {
        let wave: Vec<f64> = (0..300)
            .map(|k| (f64::from(k) * 0.0628).sin().max(0.0))
            .collect();
        assert_eq!(excursions(&wave, 1.0, 1.0), (3, 0));
        assert_eq!(excursions(&wave, 1.0, -1.0), (0, 3));
        assert!((first_side(&wave, 1.0) - 1.0).abs() < 1e-12);
    }
}
