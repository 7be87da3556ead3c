//! Sensor to segment: which way the head's axes lie in the sensor, and how sure that is.
//!
//! *Up* is the vertical in neutral. *Forward* comes from what the user declares, else from trials
//! labelled flexion, extension or side-bend, else from the nods at the start, else from a second still
//! pose, else from the sensor's own X axis with a warning. The functional way (the axis that nods
//! share, levelled) follows Kong et al., *Sensors* 16 (2016), PMC5190992; the axis of a nod is that
//! of its tilt, so that nods read as flexion alone in the angles that results are made of.

mod certainty;
mod follow;
mod motion;
mod poses;
mod refusal;
mod strokes;
mod trials;

use std::ops::Range;

use nalgebra::Vector3;

pub use self::certainty::Certainty;
pub(super) use self::certainty::Directions;
pub use self::motion::Motion;
use self::poses::SWAY_RAD_MAX;
pub use self::poses::{LabelledPose, Pose};
pub use self::refusal::Refusal;
pub(super) use self::strokes::{MOTION_RAD_MIN, Stroke};
pub(super) use self::trials::AXIS_SHARE_MIN;
pub use self::trials::LabelledSpan;
use super::still::StillWindow;
use crate::frames::{Head, Mount, Rotation, Sensor, Trunk};
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
    /// Gravity in neutral and in a second still pose.
    TwoPoses,
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
            Self::TwoPoses => "two_poses",
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
    /// What it rests on.
    pub certainty: Certainty,
}

/// What is known of a sensor beforehand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// How it is declared to sit.
    pub mount: Option<&'a Mount>,
    /// Trials whose movement is labelled.
    pub trials: &'a [LabelledSpan],
    /// Poses that this sensor's segment takes part in.
    pub poses: &'a [LabelledPose],
}

/// An alignment, and what was tried before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<Segment> {
    /// The alignment.
    pub alignment: Alignment<Segment>,
    /// Why better ways were not taken, in the order they were tried.
    pub refused: Vec<Refusal>,
}

/// Largest expected error of forward that is still an answer, radians: 6 degrees, with which a pure
/// movement shows a false coupled angle of a tenth of itself (sin 6°).
pub(super) const FORWARD_ERROR_MAX_RAD: f64 = 0.105;
/// A declared forward farther than this from the one shown is a mistake, radians: 20 degrees.
const DISAGREES_RAD: f64 = 0.349;
/// A declared up farther than this from the vertical is a mistake, radians: at 45 degrees another of
/// the sensor's axes is nearer.
const WRONG_UP_RAD: f64 = std::f64::consts::FRAC_PI_4;

/// The head sensor's alignment, and the span of the nods if there are any. `windows` are all still
/// windows, in neutral or not.
pub fn align_head(
    motion: &Motion<'_>,
    windows: &[StillWindow],
    known: &Known<'_>,
) -> (Found<Head>, Option<Range<usize>>) {
    let nods = motion.nods(windows);
    let nod_span = nods.as_ref().ok().map(|nods| nods.span.clone());
    let mut refused = Vec::new();
    let mut tried =
        |way: Result<Alignment<Head>, Refusal>| way.map_err(|refusal| refused.push(refusal)).ok();
    let mut shown = None;
    if !known.trials.is_empty() {
        shown = tried(motion.labelled(known.trials));
    }
    shown = shown.or_else(|| tried(nods.map(|nods| nods.alignment)));
    if !known.poses.is_empty() {
        shown = shown.or_else(|| tried(motion.posed(known.poses)));
    }
    let alignment = match known.mount {
        Some(mount) => checked(motion.declared(mount), shown.as_ref()),
        None => shown.unwrap_or_else(|| motion.sensor_axes()),
    };
    (Found { alignment, refused }, nod_span)
}

/// The trunk sensor's alignment: declared; or from a second pose; or the forward that makes its
/// tilting agree best with the head's, which it follows; or its own X axis.
pub fn align_trunk(
    trunk: &Motion<'_>,
    head: (&Motion<'_>, &Alignment<Head>),
    known: &Known<'_>,
) -> Found<Trunk> {
    let mut refused = Vec::new();
    let mut posed = None;
    if !known.poses.is_empty() {
        posed = trunk
            .posed(known.poses)
            .map_err(|refusal| refused.push(refusal))
            .ok();
    }
    let alignment = match known.mount {
        Some(mount) => checked(trunk.declared(mount), posed.as_ref()),
        None => posed
            .or_else(|| trunk.follow(head.0, head.1))
            .unwrap_or_else(|| trunk.sensor_axes()),
    };
    Found { alignment, refused }
}

/// A declared alignment with the figures of one that motions show.
fn checked<Segment>(
    declared: Alignment<Segment>,
    shown: Option<&Alignment<Segment>>,
) -> Alignment<Segment> {
    let Some(shown) = shown else {
        return declared;
    };
    let declared_from_shown = declared.segment_from_sensor * shown.segment_from_sensor.inverse();
    let forward = declared_from_shown.quaternion() * Vector3::x();
    let own = declared.certainty;
    Alignment {
        certainty: Certainty {
            tilt_rad: own.tilt_rad,
            // To the left, against the segment's Z, which points right.
            shown_from_declared_rad: Some((-forward.z).atan2(forward.x)),
            shown_by: Some(shown.method),
            ..shown.certainty
        },
        ..declared
    }
}

impl<Segment> Found<Segment> {
    /// Says what could not be used of what was labelled, and where a declared mount is doubtful.
    pub fn warn(&self, warnings: &mut Warnings) {
        let certainty = &self.alignment.certainty;
        if !self.is_declared() && self.alignment.method != Method::SensorAxes {
            for refusal in self.refused.iter().filter(|r| r.is_of_label()) {
                warnings.add(Warning::LabelUnusable, || refusal.to_string());
            }
        }
        if certainty.sway_rad > SWAY_RAD_MAX {
            let sway = certainty.sway_rad.to_degrees();
            warnings.add(Warning::NeutralMoves, || {
                format!("neutral was not held still: the vertical moves by {sway:.1}°")
            });
        }
        self.warn_of_mount(warnings);
    }

    const fn is_declared(&self) -> bool {
        matches!(
            self.alignment.method,
            Method::DeclaredMount | Method::DeclaredMountExact
        )
    }

    fn warn_of_mount(&self, warnings: &mut Warnings) {
        if !self.is_declared() {
            return;
        }
        let certainty = &self.alignment.certainty;
        if certainty.tilt_rad > WRONG_UP_RAD {
            let tilt = certainty.tilt_rad.to_degrees();
            warnings.add(Warning::MountDisagrees, || {
                format!(
                    "the axis declared to point up is {tilt:.0}° from the vertical in neutral: \
                     look at how the sensor sits, and pass the axes that point forward and up"
                )
            });
        }
        let off_rad = certainty.shown_from_declared_rad.unwrap_or(0.0);
        let unsure_rad = certainty.forward_error_rad.unwrap_or(0.0);
        if off_rad.abs() > DISAGREES_RAD + 2.0 * unsure_rad {
            warnings.add(Warning::MountDisagrees, || {
                disagreement(off_rad.to_degrees(), certainty)
            });
        }
    }
}

fn disagreement(off_deg: f64, certainty: &Certainty) -> String {
    let side = if off_deg < 0.0 { "right" } else { "left" };
    let count = certainty.motions;
    let size = certainty.motion_rad.unwrap_or(0.0).to_degrees();
    let hint = match (off_deg.abs() > 150.0, certainty.shown_by) {
        (true, Some(Method::LabelledTrials)) => {
            "the sensor may sit backwards, or the label of the trial be wrong"
        }
        (true, _) => "the sensor may sit backwards",
        (false, _) => "the declared axes may not be this sensor's",
    };
    format!(
        "the declared mount disagrees with what {count} motions of {size:.0}° show: their forward \
         lies {:.0}° to the {side} of the declared one; {hint}; the declared mount was used",
        off_deg.abs()
    )
}

impl Found<Head> {
    /// Why forward is a guess; `None` when it is not.
    pub fn why_assumed(&self) -> Option<String> {
        if self.alignment.method != Method::SensorAxes {
            return None;
        }
        let reasons: Vec<String> = self.refused.iter().map(Refusal::to_string).collect();
        Some(format!(
            "forward is neither declared nor shown: {}",
            reasons.join("; ")
        ))
    }

    /// Says that forward is a guess, when it is, and why.
    pub fn warn_if_assumed(&self, warnings: &mut Warnings) {
        if let Some(why) = self.why_assumed() {
            warnings.add(Warning::ForwardAssumed, || {
                format!(
                    "{why}; the sensor's own X axis was taken, so flexion and side-bend may be \
                     mixed; pass --mount, or nod three times before anything else, straight down \
                     and up, 15° or more"
                )
            });
        }
    }
}

impl Found<Trunk> {
    /// Says that forward is not known for sure, when it is not.
    pub fn warn_if_assumed(&self, warnings: &mut Warnings) {
        let how = match (self.alignment.method, self.alignment.certainty.coherence) {
            (Method::FollowsHead, Some(coherence)) => {
                format!("taken from how the trunk follows the head (coherence {coherence:.2})")
            }
            (Method::SensorAxes, _) => {
                "the sensor's own X axis was taken (the trunk hardly moves)".to_owned()
            }
            _ => return,
        };
        let refused: String = self.refused.iter().map(|r| format!("{r}; ")).collect();
        warnings.add(Warning::TrunkForwardAssumed, || {
            format!(
                "forward of the trunk sensor is not declared; {refused}{how}; pass --trunk-mount to \
                 declare it"
            )
        });
    }
}
