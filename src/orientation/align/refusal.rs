//! Why a way to find forward was not taken, in words that let a therapist mend it.

use super::poses::Pose;

/// Why one way to find forward was not taken.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Nothing moved from neutral to neutral.
    #[error("nothing at the start moves from neutral to neutral, so there are no nods")]
    NoMotion,
    /// The first motion is of another kind.
    #[error(
        "the first motion from neutral to neutral is no nod: not about one level axis, or held, or \
         over 70°"
    )]
    NotNods,
    /// Too small to show an axis.
    #[error("the motions at the start are too small for nods: {:.1}° at most", .largest_rad.to_degrees())]
    NodsSmall {
        /// The largest.
        largest_rad: f64,
    },
    /// One nod shows no side, and no agreement.
    #[error("only one nod was seen at the start")]
    OneNod,
    /// As far up as down: forward could be backward.
    #[error("the nods at the start go up as often as down, so they do not tell front from back")]
    NodsBothWays,
    /// They do not agree.
    #[error(
        "{motions} motions at the start look like nods but their axes differ by {:.0}°", .by_rad.to_degrees()
    )]
    NodsDiffer {
        /// How many.
        motions: usize,
        /// Between the two farthest apart.
        by_rad: f64,
    },
    /// A labelled trial without a motion to learn from.
    #[error("no motion of 5° to 100° was found in the labelled trials")]
    TrialsSmall,
    /// A labelled trial that turns about several axes.
    #[error(
        "the labelled trials are not about one axis: the largest holds {:.0} % of the motion", 100.0 * .share
    )]
    TrialsMixed {
        /// Share of the largest axis.
        share: f64,
    },
    /// Neutral and pose too close together, or opposite.
    #[error(
        "{} is {:.0}° from neutral, but 20° to 160° are needed to show the axis between them", .pose.label(), .by_rad.to_degrees()
    )]
    PoseAngle {
        /// Which.
        pose: Pose,
        /// Angle between the two verticals.
        by_rad: f64,
    },
    /// A pose that was not held still.
    #[error("{} was not held still: the vertical moves by {:.1}°", .pose.label(), .by_rad.to_degrees())]
    PoseMoves {
        /// Which.
        pose: Pose,
        /// Root mean square of the vertical's distance from its mean.
        by_rad: f64,
    },
}

impl Refusal {
    /// What was labelled could not be used, which the label's author should hear.
    pub const fn is_of_label(&self) -> bool {
        matches!(
            self,
            Self::TrialsSmall
                | Self::TrialsMixed { .. }
                | Self::PoseAngle { .. }
                | Self::PoseMoves { .. }
        )
    }
}
