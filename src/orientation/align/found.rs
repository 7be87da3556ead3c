//! What was found, what was tried before, and what to say about it.

use super::certainty::Certainty;
use super::poses::SWAY_RAD_MAX;
use super::{Alignment, Method, Refusal};
use crate::frames::{Head, Trunk};
use crate::warning::{Warning, Warnings};

/// An alignment, and what was tried before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<Segment> {
    /// The alignment.
    pub alignment: Alignment<Segment>,
    /// Why better ways were not taken, in the order they were tried.
    pub refused: Vec<Refusal>,
}

/// A declared forward farther than this from the one shown is a mistake, radians: 20 degrees.
const DISAGREES_RAD: f64 = 0.349;
/// A declared up farther than this from the vertical is a mistake, radians: at 45 degrees another of
/// the sensor's axes is nearer.
const WRONG_UP_RAD: f64 = std::f64::consts::FRAC_PI_4;

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
        let mut reasons: Vec<String> = self.refused.iter().map(Refusal::to_string).collect();
        reasons.push(how);
        let reasons = reasons.join("; ");
        warnings.add(Warning::TrunkForwardAssumed, || {
            format!(
                "forward of the trunk sensor is not declared; {reasons}; pass --trunk-mount to declare it"
            )
        });
    }
}
