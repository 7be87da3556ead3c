//! What an alignment rests on, and how sure its forward is.

use std::f64::consts::{PI, TAU};

use super::Method;

/// The figures of one alignment. `None` where its way has no such figure.
///
/// They tell how well the motions agree, not how straight a person nods: who always nods towards
/// one shoulder is measured along it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Certainty {
    /// Expected error of forward about the vertical, one standard deviation, radians.
    pub forward_error_rad: Option<f64>,
    /// Nods, labelled repetitions, poses, or motions in which the trunk followed; with a declared
    /// mount, those that check it.
    pub motions: usize,
    /// Their mean size, radians; for poses, the angle from neutral.
    pub motion_rad: Option<f64>,
    /// Standard deviation of the axes of single motions about their mean, radians.
    pub axis_spread_rad: Option<f64>,
    /// Share of the angular velocity's sum of squares about one axis, 0 to 1.
    pub axis_share: Option<f64>,
    /// How well the trunk's tilting follows the head's, 0 to 1.
    pub coherence: Option<f64>,
    /// From the declared forward to the one that motions show, about the vertical, to the left
    /// positive, radians.
    pub shown_from_declared_rad: Option<f64>,
    /// What showed it.
    pub shown_by: Option<Method>,
    /// Between the axis that should be up (declared, else the sensor's nearest) and the vertical in
    /// neutral, radians.
    pub tilt_rad: f64,
    /// How still neutral was: root mean square of the vertical's distance from its mean, radians.
    pub sway_rad: f64,
}

/// Directions in a plane, each with a weight, as one.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::struct_field_names, reason = "the unit stands last")]
pub(in crate::orientation) struct Directions {
    /// Weighted mean, radians.
    pub(in crate::orientation) mean_rad: f64,
    /// Standard deviation about the mean, radians; with one direction there is none.
    pub(in crate::orientation) spread_rad: Option<f64>,
    /// Expected error of the mean, radians.
    pub(in crate::orientation) error_rad: f64,
    /// Between the two that lie farthest apart, radians.
    pub(in crate::orientation) range_rad: f64,
}

/// How much the expected spread counts, as degrees of freedom: as much as three motions.
const EXPECTED_WEIGHT: f64 = 2.0;

impl Directions {
    /// The mean of (angle, weight), radians. Two motions that happen to agree prove little, so the
    /// variance of the few is pooled with that of the spread that such motions are known to have.
    pub(in crate::orientation) fn of(
        found: &[(f64, f64)],
        expected_spread_rad: f64,
    ) -> Option<Self> {
        let sum = |of: fn(f64) -> f64| found.iter().map(|(a, w)| w * of(*a)).sum::<f64>();
        let weight: f64 = found.iter().map(|(_, w)| w).sum();
        if !(weight.is_finite() && weight > 0.0) {
            return None;
        }
        let mean_rad = sum(f64::sin).atan2(sum(f64::cos));
        let off: Vec<f64> = found.iter().map(|(a, _)| wrapped(a - mean_rad)).collect();
        let squares: f64 = off.iter().map(|d| d * d).sum();
        let others = found.len() as f64 - 1.0;
        let pooled =
            (EXPECTED_WEIGHT * expected_spread_rad.powi(2) + squares) / (EXPECTED_WEIGHT + others);
        let largest = found.iter().map(|(_, w)| w * w).sum::<f64>() / (weight * weight);
        let extreme = |pick: fn(f64, f64) -> f64| off.iter().copied().fold(0.0, pick);
        Some(Self {
            mean_rad,
            spread_rad: (others > 0.0).then(|| (squares / others).sqrt()),
            error_rad: (pooled * largest).sqrt(),
            range_rad: extreme(f64::max) - extreme(f64::min),
        })
    }
}

/// The same direction, -π to π.
pub(super) fn wrapped(angle_rad: f64) -> f64 {
    (angle_rad + PI).rem_euclid(TAU) - PI
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn directions_are_averaged_across_the_half_turn() {
        let found = [(3.1, 1.0), (-3.1, 1.0)];
        let mean = Directions::of(&found, 0.02).unwrap();
        assert_relative_eq!(mean.mean_rad.abs(), PI, epsilon = 1e-9);
        assert_relative_eq!(mean.range_rad, TAU - 6.2, epsilon = 1e-9);
    }

    #[test]
    fn the_expected_error_shrinks_with_the_motions_and_never_vanishes() {
        let agreeing = |n: usize| Directions::of(&vec![(0.3, 1.0); n], 0.02).unwrap();
        assert_eq!(agreeing(1).spread_rad, None);
        assert_relative_eq!(agreeing(1).error_rad, 0.02, epsilon = 1e-12);
        assert!(agreeing(3).error_rad < agreeing(2).error_rad);
        assert!(agreeing(3).error_rad > 0.005);
        let apart = Directions::of(&[(0.0, 1.0), (0.5, 1.0)], 0.02).unwrap();
        assert!(apart.error_rad > 0.14, "{apart:?}");
    }

    #[test]
    fn the_expected_error_is_that_of_simulated_draws() {
        // The mean of three from a uniform spread of 1, whose standard deviation is 1/√3.
        let mut numbers = (1_u32..).map(|k| (f64::from(k) * 0.618_033_988_749_895).fract());
        let mut ratios: Vec<f64> = Vec::new();
        for _ in 0..2000 {
            let mut draw = || (0.02 * (2.0 * numbers.next().unwrap_or(0.5) - 1.0), 1.0);
            let found = [draw(), draw(), draw()];
            let mean = Directions::of(&found, 0.02 / 3_f64.sqrt()).unwrap();
            ratios.push((mean.mean_rad / mean.error_rad).abs());
        }
        let within = ratios.iter().filter(|r| **r < 2.5).count();
        assert!(within >= 1900, "{within}");
    }

    #[test]
    fn nothing_and_nonsense_have_no_mean() {
        assert_eq!(Directions::of(&[], 0.02), None);
        assert_eq!(Directions::of(&[(0.1, f64::NAN)], 0.02), None);
    }
}
