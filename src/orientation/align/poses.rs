//! Forward from gravity alone: neutral, and a still pose tilted about the left-right axis.
//!
//! A head that tips forward by an angle θ turns about its left. Seen from the head, the vertical turns
//! back by θ about the same axis, so `up_in_pose × up_in_neutral = left sin θ`; lying on the back, the
//! head has tipped the other way and left is the opposite. Neither heading nor gyroscope enters.
//!
//! A pose that is bent to one side by ε moves the vertical out of the sagittal plane by ε, and the
//! axis by ε / sin θ; a head that is turned by ε in the pose moves it by ε.

use std::ops::Range;

use super::certainty::{Certainty, Directions};
use super::motion::Motion;
use super::refusal::Refusal;
use super::{Alignment, Method};
use crate::sample::SensorPlace;

/// A still position with a known sense of tilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pose {
    /// Chin to chest, held: the head tips forward.
    LookingDown,
    /// Lying on the back: head and trunk tip backward.
    Supine,
    /// Sitting, leaning forward from the hips with a straight back: the trunk tips forward.
    LeaningForward,
}

impl Pose {
    /// All.
    pub const ALL: [Self; 3] = [Self::LookingDown, Self::Supine, Self::LeaningForward];

    /// The name in events, such as `looking_down`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LookingDown => "looking_down",
            Self::Supine => "supine",
            Self::LeaningForward => "leaning_forward",
        }
    }

    /// The name in messages.
    pub const fn label(self) -> &'static str {
        match self {
            Self::LookingDown => "looking down",
            Self::Supine => "lying on the back",
            Self::LeaningForward => "leaning forward",
        }
    }

    /// The pose of this name, in capitals or not, with `-`, `_` or a space between words.
    pub fn from_name(name: &str) -> Option<Self> {
        let plain = name.to_ascii_lowercase().replace(['-', ' '], "_");
        Self::ALL.into_iter().find(|pose| pose.name() == plain)
    }

    /// Whether the segment that carries a sensor takes part in it.
    pub const fn tilts(self, place: SensorPlace) -> bool {
        match self {
            Self::LookingDown => matches!(place, SensorPlace::Head),
            Self::LeaningForward => matches!(place, SensorPlace::Trunk),
            Self::Supine => true,
        }
    }

    /// Which way it tips: 1 forward, -1 backward.
    const fn forward(self) -> f64 {
        match self {
            Self::LookingDown | Self::LeaningForward => 1.0,
            Self::Supine => -1.0,
        }
    }
}

/// A span of samples in which a pose was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledPose {
    /// Which.
    pub pose: Pose,
    /// Half-open sample range.
    pub samples: Range<usize>,
}

/// How far a person is bent to one side, or turned, in a pose that is meant to be straight, one
/// standard deviation, radians: 2 degrees, under half of the 4.5 by which healthy people miss a head
/// position they were just in (Revel 1991).
const AIM_RAD: f64 = 0.035;
/// Least angle between neutral and pose, radians: 20 degrees, where 2 degrees of side-bend become
/// [`super::FORWARD_ERROR_MAX_RAD`] of axis error. At the same distance from opposite.
const POSE_RAD_MIN: f64 = 0.349;
/// Most a pose may sway, root mean square, radians: 2 degrees.
pub(super) const SWAY_RAD_MAX: f64 = 0.035;

impl Motion<'_> {
    /// From gravity in neutral and in each pose.
    pub(super) fn posed<Segment>(
        &self,
        poses: &[LabelledPose],
    ) -> Result<Alignment<Segment>, Refusal> {
        let mut seen = Vec::with_capacity(poses.len());
        for pose in poses {
            seen.push(self.seen(pose)?);
        }
        let weighted: Vec<(f64, f64)> = seen
            .iter()
            .map(|s| (s.left_rad, s.error_rad.powi(-2)))
            .collect();
        let smallest = seen.iter().map(|s| s.error_rad).fold(f64::MAX, f64::min);
        let left = Directions::of(&weighted, smallest).ok_or(Refusal::NoMotion)?;
        let certainty = Certainty {
            forward_error_rad: Some(left.error_rad),
            motions: seen.len(),
            motion_rad: Some(seen.iter().map(|s| s.angle_rad).sum::<f64>() / seen.len() as f64),
            axis_spread_rad: left.spread_rad,
            ..Certainty::default()
        };
        self.with_left(left.mean_rad, Method::TwoPoses, certainty)
            .ok_or(Refusal::NoMotion)
    }

    fn seen(&self, labelled: &LabelledPose) -> Result<SeenPose, Refusal> {
        let pose = labelled.pose;
        let (up, sway_rad) = self.vertical(&labelled.samples);
        if sway_rad > SWAY_RAD_MAX {
            let by_rad = sway_rad;
            return Err(Refusal::PoseMoves { pose, by_rad });
        }
        let neutral = self.up_in_sensor();
        let left = up.cross(&neutral) * pose.forward();
        let angle_rad = left.norm().atan2(up.dot(&neutral));
        if left.norm() < POSE_RAD_MIN.sin() {
            let by_rad = angle_rad;
            return Err(Refusal::PoseAngle { pose, by_rad });
        }
        let sway_rad = sway_rad.hypot(self.vertical(&self.neutral.window.samples).1);
        Ok(SeenPose {
            left_rad: self.level_angle(&left),
            angle_rad,
            error_rad: (AIM_RAD.hypot(sway_rad) / left.norm()).hypot(AIM_RAD),
        })
    }
}

/// What one pose shows.
#[expect(clippy::struct_field_names, reason = "the unit stands last")]
struct SeenPose {
    /// The subject's left, as an angle in earth's horizontal axes as they lay in neutral.
    left_rad: f64,
    angle_rad: f64,
    error_rad: f64,
}
