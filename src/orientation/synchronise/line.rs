//! A straight line through points of which some are wrong.

use super::signal::quantile;

/// A point, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    /// Variance of `y`.
    pub(super) variance: f64,
}

/// `y` at `x` is `centre_y + slope * (x - centre_x)`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Line {
    pub(super) centre_x: f64,
    pub(super) centre_y: f64,
    pub(super) slope: f64,
    /// Standard error of `centre_y`.
    centre_error: f64,
    /// Standard error of `slope`.
    slope_error: f64,
    /// Typical distance of a point, as the standard deviation of a normal distribution.
    pub(super) scatter: f64,
}

/// Rounds of reweighting; the weights have settled long before.
const ROUNDS: usize = 20;
/// Tukey's biweight loses 5 % of efficiency at this many standard deviations (Huber, *Robust
/// Statistics*, 1981); points farther off weigh nothing.
const TUKEY: f64 = 4.685;
/// Points that tell the same, since their windows overlap.
const ALIKE: f64 = 4.0;
/// The median absolute deviation of a normal distribution times this is its standard deviation.
const MAD_SCALE: f64 = 1.482_6;
/// More points than this are thinned before slopes of pairs are taken.
const PAIRED: usize = 300;

impl Line {
    /// A line through nothing but one point.
    pub(super) fn level(centre_x: f64, centre_y: f64) -> Self {
        Self {
            centre_x,
            centre_y,
            ..Self::default()
        }
    }

    pub(super) fn at(&self, x: f64) -> f64 {
        self.centre_y + self.slope * (x - self.centre_x)
    }

    /// Standard error of [`Self::at`].
    pub(super) fn error_at(&self, x: f64) -> f64 {
        self.centre_error
            .hypot(self.slope_error * (x - self.centre_x))
    }

    /// Fits by weighted least squares, reweighted by Tukey's biweight from the median of slopes of
    /// pairs (Theil 1950, Sen 1968) on. `None` for fewer than three points or only one place.
    pub(super) fn fit(points: &[Point]) -> Option<Self> {
        if points.len() < 3 {
            return None;
        }
        let mut line = of_medians(points);
        for _ in 0..ROUNDS {
            let scatter = MAD_SCALE * quantile(points.iter().map(|p| line.off(p)), 0.5);
            line = line.refitted(points, scatter)?;
        }
        Some(line)
    }

    fn off(&self, point: &Point) -> f64 {
        (point.y - self.at(point.x)).abs()
    }

    fn refitted(&self, points: &[Point], scatter: f64) -> Option<Self> {
        let weight = |p: &Point| {
            let spread = TUKEY * scatter.hypot(p.variance.sqrt());
            let share = self.off(p) / spread;
            let tukey = if share < 1.0 {
                (1.0 - share * share).powi(2)
            } else {
                0.0
            };
            tukey / p.variance
        };
        let weights: Vec<f64> = points.iter().map(weight).collect();
        let weighted = |of: &dyn Fn(&Point) -> f64| -> f64 {
            points.iter().zip(&weights).map(|(p, w)| w * of(p)).sum()
        };
        let total = weighted(&|_| 1.0);
        let (centre_x, centre_y) = (weighted(&|p| p.x) / total, weighted(&|p| p.y) / total);
        let spread = weighted(&|p| (p.x - centre_x).powi(2));
        let slope = weighted(&|p| (p.x - centre_x) * (p.y - centre_y)) / spread;
        // Points scatter by more than their own variance says when the model is only nearly true.
        let excess = weighted(&|p| self.off(p).powi(2)) / weighted(&|p| p.variance);
        let inflated = ALIKE * excess.max(1.0);
        let line = Self {
            centre_x,
            centre_y,
            slope,
            centre_error: (inflated / total).sqrt(),
            slope_error: (inflated / spread).sqrt(),
            scatter,
        };
        (spread > 0.0 && slope.is_finite()).then_some(line)
    }
}

/// Median of the slopes of pairs, through the medians.
fn of_medians(points: &[Point]) -> Line {
    let step = points.len().div_ceil(PAIRED);
    let some: Vec<&Point> = points.iter().step_by(step).collect();
    let mut slopes = Vec::new();
    for (n, one) in some.iter().enumerate() {
        for other in &some[n + 1..] {
            slopes.push((other.y - one.y) / (other.x - one.x));
        }
    }
    let slope = quantile(slopes.into_iter().filter(|s| s.is_finite()), 0.5);
    let centre_x = quantile(points.iter().map(|p| p.x), 0.5);
    let level = |p: &Point| p.y - slope * (p.x - centre_x);
    Line {
        slope,
        ..Line::level(centre_x, quantile(points.iter().map(level), 0.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(n: usize, y: impl Fn(usize) -> f64) -> Vec<Point> {
        let point = |k| Point {
            x: k as f64,
            y: y(k),
            variance: 1e-6,
        };
        (0..n).map(point).collect()
    }

    #[test]
    fn wrong_points_do_not_move_the_line() {
        let wrong = |k: usize| if k.is_multiple_of(4) { 0.7 } else { 0.0 };
        let line = Line::fit(&points(40, |k| 2.0 - 3e-4 * k as f64 + wrong(k))).unwrap();
        assert!((line.slope + 3e-4).abs() < 1e-9, "{line:?}");
        assert!((line.at(100.0) - 1.97).abs() < 1e-7);
    }

    #[test]
    fn the_error_grows_with_the_distance() {
        let line = Line::fit(&points(30, |k| {
            if k.is_multiple_of(2) { 0.001 } else { -0.001 }
        }))
        .unwrap();
        assert!(
            line.error_at(14.5) < 0.000_5 && line.error_at(1000.0) > 0.005,
            "{line:?}"
        );
        assert!(line.scatter > 0.000_9 && line.scatter < 0.002, "{line:?}");
    }

    #[test]
    fn two_points_or_one_place_are_no_line() {
        assert_eq!(Line::fit(&points(2, |_| 0.0)), None);
        let same = Point {
            x: 5.0,
            ..points(1, |_| 0.0)[0]
        };
        assert_eq!(Line::fit(&[same; 9]), None);
    }
}
