//! Still times while they last, and the zero that angles are taken from.

use std::ops::Range;

use super::grid::Point;
use super::neck::Rest;
use crate::orientation::heading::{heading_between, turned_about_vertical};
use crate::orientation::{angle_between, dot, normalised, up_in_sensor};

/// Under this speed the head is still, rad/s: 5 degrees a second, as in the analysis.
pub(super) const STILL_RAD_S: f64 = 5.0 * std::f64::consts::PI / 180.0;
/// Shortest still time that can be a zero, seconds.
pub(super) const ZERO_S: f64 = 0.5;
/// A still time this near the base is a return to it, radians: 15 degrees.
const NEAR_RAD: f64 = 15.0 * std::f64::consts::PI / 180.0;
/// Share of a return's heading that is followed, since heading drifts.
const FOLLOW: f64 = 0.4;

/// A still time that goes on.
#[derive(Debug, Clone)]
pub(super) struct StillTime {
    start_s: f64,
    last_s: f64,
    head: Mean,
    trunk: Option<Mean>,
}

impl StillTime {
    fn new(point: &Point) -> Self {
        Self {
            start_s: point.time_s,
            last_s: point.time_s,
            head: Mean::new(point.head),
            trunk: point.trunk.map(Mean::new),
        }
    }

    fn add(&mut self, point: &Point) {
        self.last_s = point.time_s;
        self.head.add(&point.head);
        match (&mut self.trunk, point.trunk) {
            (Some(mean), Some(trunk)) => mean.add(&trunk),
            (none, trunk) => *none = trunk.map(Mean::new),
        }
    }

    pub(super) const fn lasts_s(&self) -> f64 {
        self.last_s - self.start_s
    }

    pub(super) const fn span_s(&self) -> Range<f64> {
        self.start_s..self.last_s
    }

    pub(super) fn rest(&self) -> Rest {
        Rest {
            head: self.head.mean(),
            trunk: self.trunk.as_ref().map(Mean::mean),
        }
    }
}

/// Running mean of orientations that lie close together.
#[derive(Debug, Clone)]
struct Mean {
    first: [f64; 4],
    sum: [f64; 4],
}

impl Mean {
    const fn new(first: [f64; 4]) -> Self {
        Self { first, sum: first }
    }

    fn add(&mut self, q: &[f64; 4]) {
        let sign = if dot(&self.first, q) < 0.0 { -1.0 } else { 1.0 };
        for (sum, c) in self.sum.iter_mut().zip(q) {
            *sum += sign * c;
        }
    }

    fn mean(&self) -> [f64; 4] {
        normalised(self.sum).unwrap_or(self.first)
    }
}

/// Follows whether the head is still.
#[derive(Debug, Clone, Default)]
pub(super) struct Stillness {
    now: Option<StillTime>,
}

impl Stillness {
    /// Takes a point; gives the still time that it ended, if it was long enough to be a zero.
    pub(super) fn take(&mut self, point: &Point) -> Option<StillTime> {
        let is_still = point.speed_rad_s.is_some_and(|speed| speed < STILL_RAD_S);
        if !is_still || point.after_gap {
            return self.now.take().filter(|now| now.lasts_s() >= ZERO_S);
        }
        match &mut self.now {
            Some(now) => now.add(point),
            none => *none = Some(StillTime::new(point)),
        }
        None
    }

    pub(super) const fn now(&self) -> Option<&StillTime> {
        self.now.as_ref()
    }

    /// A still time begins here at the earliest.
    pub(super) fn restart(&mut self) {
        self.now = None;
    }
}

/// Where the head comes back to, and the zero of the movement that goes on.
#[derive(Debug, Clone, Default)]
pub(super) struct Zeros {
    base: Option<Rest>,
    /// Heading of the returns from the base's, followed, radians.
    heading_rad: f64,
    /// The device's heading may have changed: the next return tells the new one.
    heading_unknown: bool,
    zero: Option<Rest>,
}

impl Zeros {
    pub(super) const fn zero(&self) -> Option<&Rest> {
        self.zero.as_ref()
    }

    pub(super) const fn has_base(&self) -> bool {
        self.base.is_some()
    }

    /// Another place to come back to, at which the head rests now.
    pub(super) const fn set_base(&mut self, rest: Rest) {
        *self = Self {
            base: Some(rest),
            heading_rad: 0.0,
            heading_unknown: false,
            zero: Some(rest),
        };
    }

    /// Nothing to come back to: the next place is to be found.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The device started anew, or was away.
    pub(super) const fn lose_heading(&mut self) {
        self.heading_unknown = true;
        self.zero = None;
    }

    /// Where the base would be seen now.
    fn expected(&self) -> Option<[f64; 4]> {
        Some(turned_about_vertical(&self.base?.head, self.heading_rad))
    }

    /// Whether a rest is a return to the base; `out_rad` is how far a movement that goes on went.
    pub(super) fn is_return(&self, rest: &Rest, out_rad: Option<f64>) -> bool {
        let Some(expected) = self.expected() else {
            return false;
        };
        let near_rad = out_rad.map_or(NEAR_RAD, |out_rad| NEAR_RAD.min(out_rad / 2.0));
        let off_rad = if self.heading_unknown {
            up_in_sensor(&expected).angle(&up_in_sensor(&rest.head))
        } else {
            angle_between(&expected, &rest.head)
        };
        off_rad <= near_rad
    }

    /// The zero is here, while the head rests.
    pub(super) fn set_zero(&mut self, rest: Rest) {
        if let (true, Some(expected)) = (self.heading_unknown, self.expected()) {
            self.heading_rad += heading_between(&expected, &rest.head);
            self.heading_unknown = false;
        }
        self.zero = Some(rest);
    }

    /// A return is over: the heading is followed.
    pub(super) fn follow(&mut self, rest: &Rest) {
        if let Some(expected) = self.expected() {
            self.heading_rad += FOLLOW * heading_between(&expected, &rest.head);
        }
    }
}
