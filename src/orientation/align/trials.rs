//! Forward from trials whose movement is labelled.

use std::f64::consts::{FRAC_PI_2, PI};
use std::ops::Range;

use nalgebra::Vector3;

use super::certainty::Directions;
use super::motion::Motion;
use super::refusal::Refusal;
use super::strokes::Stroke;
use super::{Alignment, Method};
use crate::frames::Head;

/// A span of samples in which a known movement was made.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledSpan {
    /// Half-open sample range.
    pub samples: Range<usize>,
    /// The axis the head turns about in that movement, in head axes (right-hand rule).
    pub axis_in_head: Vector3<f64>,
}

/// Share of angular velocity (sum of squares) that one axis must explain.
pub(in crate::orientation) const AXIS_SHARE_MIN: f64 = 0.8;
/// Expected spread of the axes of whole movements, radians: 5 degrees, that of coupled angles evenly
/// up to 15 % of the movement's own.
const SPREAD_RAD: f64 = 0.087;

impl Motion<'_> {
    /// From the motions to the labelled side in all labelled spans about a horizontal axis; each says
    /// where left is.
    pub(super) fn labelled(&self, spans: &[LabelledSpan]) -> Result<Alignment<Head>, Refusal> {
        let (mut strokes, mut lefts) = (Vec::new(), Vec::new());
        for span in spans {
            let found = self.strokes(&span.samples);
            for stroke in found.into_iter().filter(|s| s.with_farthest) {
                let left_rad = stroke.axis_rad + left_from_axis(&span.axis_in_head);
                lefts.push((left_rad, stroke.reach_rad));
                strokes.push(stroke);
            }
        }
        let all: Vec<&Stroke> = strokes.iter().collect();
        let left = Directions::of(&lefts, SPREAD_RAD).ok_or(Refusal::TrialsSmall)?;
        let certainty = self.shown_by(&all, &left);
        let share = certainty.axis_share.unwrap_or(0.0);
        if share < AXIS_SHARE_MIN {
            return Err(Refusal::TrialsMixed { share });
        }
        self.with_left(left.mean_rad, Method::LabelledTrials, certainty)
            .ok_or(Refusal::TrialsSmall)
    }
}

/// From the direction of a movement's axis to the subject's left: flexion turns about left (-Z),
/// extension about right (+Z), side-bend right about forward (+X), side-bend left about backward.
fn left_from_axis(axis_in_head: &Vector3<f64>) -> f64 {
    let about_left = axis_in_head.z.abs() > 0.5;
    match (about_left, axis_in_head.z < 0.0, axis_in_head.x > 0.0) {
        (true, true, _) => 0.0,
        (true, false, _) => PI,
        (false, _, true) => FRAC_PI_2,
        (false, _, false) => -FRAC_PI_2,
    }
}
