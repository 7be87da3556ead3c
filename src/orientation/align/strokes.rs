//! Single motions out and back within a span, and the axis of each.

use std::ops::Range;

use nalgebra::Vector2;

use super::certainty::{Certainty, Directions, wrapped};
use super::motion::Motion;

/// Shortest way that shows an axis, radians: 5 degrees, a hundred times the tremor of a head at rest.
pub(in crate::orientation) const MOTION_RAD_MIN: f64 = 0.087;
/// No neck tilts farther, radians: beyond 100 degrees the sensor was taken off.
const TILT_RAD_MAX: f64 = 1.75;
/// An excursion goes beyond this share of the largest,
const OUT_SHARE: f64 = 0.5;
/// and is over when it is back under this one.
const BACK_SHARE: f64 = 0.25;

/// One motion out and back.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::orientation) struct Stroke {
    /// Half-open sample range.
    pub(in crate::orientation) samples: Range<usize>,
    /// Direction of the axis it turns about (right-hand rule), an angle in earth's horizontal axes as
    /// they lay in neutral, radians.
    pub(in crate::orientation) axis_rad: f64,
    /// How far it goes, radians.
    pub(in crate::orientation) reach_rad: f64,
    /// To the side of the first.
    pub(in crate::orientation) with_first: bool,
    /// To the side of the farthest.
    pub(in crate::orientation) with_farthest: bool,
}

impl Motion<'_> {
    /// The motions out and back in a span, to either side of its principal axis.
    pub(in crate::orientation) fn strokes(&self, span: &Range<usize>) -> Vec<Stroke> {
        let Some((axis, _)) = self.principal_axis(span) else {
            return Vec::new();
        };
        let axis_rad = self.level_angle(&axis);
        let tilts = self.tilts(span);
        let along = Vector2::new(axis_rad.cos(), axis_rad.sin());
        let turned: Vec<f64> = tilts.iter().map(|tilt| tilt.dot(&along)).collect();
        let farthest = farthest(&turned);
        if farthest.abs() < MOTION_RAD_MIN {
            return Vec::new();
        }
        let excursions = excursions(&turned, farthest.abs());
        let first_side = excursions.first().map_or(1.0, |(_, side)| *side);
        let stroke = |(range, side): (Range<usize>, f64)| {
            let axis = line_rad(&tilts[range.clone()])?;
            let out = turned[range.clone()].iter().map(|t| t * side);
            let reach_rad = out.fold(0.0, f64::max);
            let backwards = if (axis - axis_rad).cos() * side < 0.0 {
                std::f64::consts::PI
            } else {
                0.0
            };
            (reach_rad <= TILT_RAD_MAX).then(|| Stroke {
                samples: span.start + range.start..span.start + range.end,
                axis_rad: wrapped(axis + backwards),
                reach_rad,
                with_first: side * first_side > 0.0,
                with_farthest: side * farthest > 0.0,
            })
        };
        excursions.into_iter().filter_map(stroke).collect()
    }

    /// What strokes show of an axis, and how well they agree. Their share of one axis is the middle
    /// one of the single strokes' shares.
    pub(in crate::orientation) fn shown_by(
        &self,
        strokes: &[&Stroke],
        axes: &Directions,
    ) -> Certainty {
        let share = |stroke: &&Stroke| Some(self.principal_axis(&stroke.samples)?.1);
        let mut shares: Vec<f64> = strokes.iter().filter_map(share).collect();
        shares.sort_by(f64::total_cmp);
        let reach_rad: f64 = strokes.iter().map(|s| s.reach_rad).sum();
        Certainty {
            forward_error_rad: Some(axes.error_rad),
            motions: strokes.len(),
            motion_rad: Some(reach_rad / strokes.len().max(1) as f64),
            axis_spread_rad: axes.spread_rad,
            axis_share: shares.get(shares.len() / 2).copied(),
            ..Certainty::default()
        }
    }
}

/// The angle farthest from zero that a neck can make, with its sign.
fn farthest(turned: &[f64]) -> f64 {
    turned
        .iter()
        .copied()
        .filter(|a| a.abs() <= TILT_RAD_MAX)
        .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a })
}

/// Excursions beyond half of `largest` and back under a quarter, with the side (±1) they go to.
fn excursions(turned: &[f64], largest: f64) -> Vec<(Range<usize>, f64)> {
    let mut found = Vec::new();
    let (mut start, mut side) = (0, 0.0);
    for (k, angle) in turned.iter().map(|t| t / largest).enumerate() {
        if side == 0.0 && angle.abs() > OUT_SHARE {
            side = angle.signum();
        } else if side != 0.0 && angle * side < BACK_SHARE {
            found.push((start..k, side));
            (start, side) = (k, 0.0);
        }
        if side == 0.0 && angle.abs() < BACK_SHARE {
            start = k;
        }
    }
    if side != 0.0 {
        found.push((start..turned.len(), side));
    }
    found
}

/// Direction of the straight line that a path follows best, radians, up to a half turn: the first
/// principal axis of its points about their mean.
fn line_rad(path: &[Vector2<f64>]) -> Option<f64> {
    let mean = path.iter().sum::<Vector2<f64>>() / path.len() as f64;
    let (mut along, mut across) = (0.0, 0.0);
    for point in path {
        let d = point - mean;
        along += d.x * d.x - d.y * d.y;
        across += 2.0 * d.x * d.y;
    }
    let sure = along.hypot(across);
    (sure.is_finite() && sure > 0.0).then(|| across.atan2(along) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn sides(turned: &[f64]) -> Vec<f64> {
        excursions(turned, 1.0).into_iter().map(|e| e.1).collect()
    }

    #[test]
    fn excursions_are_told_apart_by_side() {
        let wave: Vec<f64> = (0..300).map(|k| (f64::from(k) * 0.0628).sin()).collect();
        assert_eq!(sides(&wave), [1.0, -1.0, 1.0, -1.0, 1.0, -1.0]);
        let down: Vec<f64> = wave.iter().map(|t| t.max(0.0)).collect();
        assert_eq!(sides(&down), [1.0, 1.0, 1.0]);
        assert_eq!(sides(&[0.0, 0.4, 0.1]), Vec::<f64>::new());
    }

    #[test]
    fn an_excursion_begins_and_ends_near_zero_and_may_be_cut_off() {
        let found = excursions(&[0.0, 0.1, 0.3, 0.9, 1.0, 0.2, 0.0, 0.6], 1.0);
        assert_eq!(found, [(1..5, 1.0), (6..8, 1.0)]);
    }

    #[test]
    fn a_line_is_found_wherever_it_lies_and_nothing_in_one_point() {
        let path: Vec<Vector2<f64>> = (0..20)
            .map(|k| Vector2::new(0.3, -0.2) + Vector2::new(0.6, 0.8) * f64::from(k) * 0.01)
            .collect();
        assert_relative_eq!(line_rad(&path).unwrap(), 0.8_f64.atan2(0.6), epsilon = 1e-9);
        assert_eq!(line_rad(&path[..1]), None);
        assert_eq!(line_rad(&[]), None);
    }

    #[test]
    fn a_sensor_that_was_taken_off_does_not_hide_the_motions() {
        assert_relative_eq!(farthest(&[0.2, -0.6, 3.0]), -0.6);
    }
}
