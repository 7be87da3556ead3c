//! Sensor to segment: which way the head's axes lie in the sensor, and how sure that is.
//!
//! *Up* is the vertical in neutral. *Forward* comes from what the user declares, else from trials
//! labelled flexion, extension or side-bend, else from the nods at the start, else from a second still
//! pose, else from the sensor's own X axis with a warning. The functional way (the axis that nods
//! share, levelled) follows Kong et al., *Sensors* 16 (2016), PMC5190992; the axis of a nod is that
//! of its tilt, so that nods read as flexion alone in the angles that results are made of.

mod certainty;
mod follow;
mod found;
mod motion;
mod poses;
mod refusal;
mod strokes;
mod trials;
mod wide;

use std::ops::Range;

use nalgebra::Vector3;

pub use self::certainty::Certainty;
pub(super) use self::certainty::Directions;
pub use self::found::Found;
pub use self::motion::Motion;
pub use self::poses::{LabelledPose, Pose};
pub use self::refusal::Refusal;
pub(super) use self::strokes::{MOTION_RAD_MIN, Stroke};
pub(super) use self::trials::AXIS_SHARE_MIN;
pub use self::trials::LabelledSpan;
use super::still::StillWindow;
use crate::frames::{Head, Mount, Rotation, Sensor, Trunk};

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

/// Largest expected error of forward that is still an answer, radians: 6 degrees, with which a pure
/// movement shows a false coupled angle of a tenth of itself (sin 6°).
pub(super) const FORWARD_ERROR_MAX_RAD: f64 = 0.105;
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
