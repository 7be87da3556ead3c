//! Nods at the start of a recording: they show which way the head's left lies in the sensor.

use std::ops::Range;

use super::align::{
    AXIS_SHARE_MIN, Alignment, Directions, FORWARD_ERROR_MAX_RAD, MOTION_RAD_MIN, Method, Motion,
    Refusal, Stroke,
};
use super::still::StillWindow;
use crate::frames::Head;

/// What is smaller than this is no attempt to nod, radians: 2 degrees.
const TRY_RAD_MIN: f64 = 0.035;
/// Longest way of a nod, radians: beyond this it is a measured movement or a look around.
const NOD_RAD_MAX: f64 = 1.22; // 70 degrees
/// Largest tilt of a nod's axis out of the horizontal, radians.
const AXIS_TILT_MAX: f64 = 0.61; // 35 degrees
/// Motions about axes this close together may be nods both, radians: 30 degrees.
const LIKE_RAD: f64 = 0.524;
/// Expected spread of the axes of single nods, radians: 1.5 degrees. Coupled angles evenly up to 3 % of
/// the nod make 1.0; people are less straight than that.
const SPREAD_RAD: f64 = 0.026;

/// What one motion from neutral to neutral looks like.
enum Seen {
    /// Too small to tell.
    Small(f64),
    /// About one horizontal axis and not held.
    Nod(Nod),
    /// Something else.
    Other,
}

struct Nod {
    span: Range<usize>,
    axis_rad: f64,
    reach_rad: f64,
}

impl Nod {
    /// About the same axis and of the same size (within 2.5 times).
    fn is_like(&self, other: &Self) -> bool {
        self.is_as_large_as(other) && self.off_rad(other) < LIKE_RAD
    }

    fn is_as_large_as(&self, other: &Self) -> bool {
        (0.4..2.5).contains(&(self.reach_rad / other.reach_rad))
    }

    /// Angle between the two axes, whichever way they point: 0 to a quarter turn, radians.
    fn off_rad(&self, other: &Self) -> f64 {
        (self.axis_rad - other.axis_rad).cos().abs().min(1.0).acos()
    }
}

/// The nods of a recording.
#[derive(Debug)]
pub(super) struct Nods {
    pub(super) span: Range<usize>,
    pub(super) alignment: Alignment<Head>,
}

impl Motion<'_> {
    /// The nods: the first motions after neutral, together or one by one with pauses between: about
    /// one horizontal axis, to one side, at least two, none held at its end.
    pub(super) fn nods(&self, windows: &[StillWindow]) -> Result<Nods, Refusal> {
        let span = self.nod_span(windows)?;
        let strokes = self.strokes(&span);
        let (down, up): (Vec<&Stroke>, Vec<&Stroke>) = strokes.iter().partition(|s| s.with_first);
        if !up.is_empty() && up.len() >= down.len() {
            return Err(Refusal::NodsBothWays);
        }
        if down.len() < 2 {
            return Err(Refusal::OneNod);
        }
        let alignment = self.shown_by_nods(&down)?;
        Ok(Nods { span, alignment })
    }

    /// The axis that nods share, each weighed by how far it goes.
    fn shown_by_nods(&self, down: &[&Stroke]) -> Result<Alignment<Head>, Refusal> {
        let axes: Vec<(f64, f64)> = down.iter().map(|s| (s.axis_rad, s.reach_rad)).collect();
        let left = Directions::of(&axes, SPREAD_RAD).ok_or(Refusal::NotNods)?;
        if left.error_rad > FORWARD_ERROR_MAX_RAD {
            return Err(Refusal::NodsDiffer {
                motions: down.len(),
                by_rad: left.range_rad,
            });
        }
        let certainty = self.shown_by(down, &left);
        if certainty
            .axis_share
            .is_none_or(|share| share < AXIS_SHARE_MIN)
        {
            return Err(Refusal::NotNods);
        }
        self.with_left(left.mean_rad, Method::Nods, certainty)
            .ok_or(Refusal::NotNods)
    }

    /// From the first to the last of the motions that are nods.
    fn nod_span(&self, windows: &[StillWindow]) -> Result<Range<usize>, Refusal> {
        let mut nods: Vec<Nod> = Vec::new();
        let (mut largest_rad, mut after) = (0.0_f64, None);
        for span in self.first_motions() {
            match self.nod(&span, windows) {
                Seen::Small(reach_rad) => largest_rad = largest_rad.max(reach_rad),
                Seen::Nod(nod) if nods.first().is_none_or(|first| first.is_like(&nod)) => {
                    nods.push(nod);
                }
                seen @ (Seen::Nod(_) | Seen::Other) => {
                    after = Some(seen);
                    break;
                }
            }
        }
        match (nods.as_slice(), after) {
            ([], _) if largest_rad > TRY_RAD_MIN => Err(Refusal::NodsSmall { largest_rad }),
            ([], Some(_)) => Err(Refusal::NotNods),
            ([], None) => Err(Refusal::NoMotion),
            ([one], Some(Seen::Nod(other)))
                if other.is_as_large_as(one) && self.strokes(&one.span).len() < 2 =>
            {
                let by_rad = one.off_rad(&other);
                Err(Refusal::NodsDiffer { motions: 2, by_rad })
            }
            ([first, ..], _) => Ok(first.span.start..nods[nods.len() - 1].span.end),
        }
    }

    /// What lies between the returns to neutral from the neutral window on, up to the first gap.
    fn first_motions(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let neutral_start = self.neutral.window.samples.start;
        self.between_returns()
            .skip_while(move |span| span.start < neutral_start)
            .take_while(|span| self.is_whole(span))
    }

    fn nod(&self, span: &Range<usize>, windows: &[StillWindow]) -> Seen {
        let reach_rad = self.reach_rad(span);
        if span.len() < 3 || reach_rad < MOTION_RAD_MIN {
            return Seen::Small(reach_rad);
        }
        let Some((axis, share)) = self.principal_axis(span) else {
            return Seen::Small(reach_rad);
        };
        let inside = |w: &StillWindow| span.start <= w.samples.start && w.samples.end <= span.end;
        let held = windows.iter().any(inside);
        let horizontal = axis.dot(&self.up_in_sensor()).abs() < AXIS_TILT_MAX.sin();
        if held || !horizontal || share < AXIS_SHARE_MIN || reach_rad > NOD_RAD_MAX {
            return Seen::Other;
        }
        Seen::Nod(Nod {
            span: span.clone(),
            axis_rad: self.level_angle(&axis),
            reach_rad,
        })
    }

    /// How far the sensor turned from neutral about any axis, radians.
    fn reach_rad(&self, span: &Range<usize>) -> f64 {
        let neutral = &self.neutral.window.earth_from_sensor;
        let nearness = |q: &&[f64; 4]| super::dot(neutral, q).abs();
        let orientations = self.samples.earth_from_sensor[span.clone()].iter();
        let farthest = orientations.min_by(|a, b| nearness(a).total_cmp(&nearness(b)));
        farthest.map_or(0.0, |q| super::angle_between(neutral, q))
    }
}
