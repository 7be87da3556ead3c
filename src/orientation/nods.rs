//! Nods at the start of a recording: they show which way the head's left lies in the sensor.

use std::ops::Range;

use nalgebra::Vector3;

use super::align::{Motion, farthest};
use super::still::StillWindow;

/// Shortest way a nod may go, radians.
pub(super) const NOD_RAD_MIN: f64 = 0.087; // 5 degrees
/// Longest, radians: beyond this it is a measured movement or a look around.
const NOD_RAD_MAX: f64 = 1.22; // 70 degrees
/// Largest tilt of a nod's axis out of the horizontal, radians.
const AXIS_TILT_MAX: f64 = 0.61; // 35 degrees

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
pub(super) struct Nods {
    pub(super) span: Range<usize>,
    /// Unit vector to the subject's left, in sensor axes.
    pub(super) left_axis: Vector3<f64>,
}

impl Motion<'_> {
    /// The nods: the first motions after neutral, together or one by one with pauses between: about
    /// one horizontal axis, to one side, at least two, none held at its end. The axis is the
    /// principal one over all of them.
    pub(super) fn nods(&self, rests: &Rests<'_>) -> Option<Nods> {
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
