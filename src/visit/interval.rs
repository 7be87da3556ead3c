//! Means and their confidence intervals; the quantiles are those of `statrs`.

use statrs::distribution::{ChiSquared, ContinuousCDF as _, FisherSnedecor, Normal, StudentsT};

/// How sure an interval is to hold the true value, where nothing else is said.
pub const CONFIDENCE: f64 = 0.95;

/// From one value to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// This far to both sides of a value.
    pub fn around(middle: f64, reach: f64) -> Self {
        Self {
            low: middle - reach,
            high: middle + reach,
        }
    }

    /// Both ends times a number over zero.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self {
            low: self.low * factor,
            high: self.high * factor,
        }
    }
}

/// The mean of some values, and how they lie about it; the unit is that of the values.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spread {
    /// How many values.
    pub n: usize,
    /// Mean; `None` without values.
    pub mean: Option<f64>,
    /// Standard deviation (n - 1); `None` under two values.
    pub sd: Option<f64>,
    /// 95 % confidence interval of the mean, by Student's t; `None` under two values.
    pub interval: Option<Interval>,
}

impl Spread {
    /// Of these values.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len();
        if n == 0 {
            return Self::default();
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let sd = (n > 1).then(|| (squares / (n - 1) as f64).sqrt());
        let interval = sd.map(|sd| {
            let reach = t_quantile(upper(), (n - 1) as f64) * sd / (n as f64).sqrt();
            Interval::around(mean, reach)
        });
        Self {
            n,
            mean: Some(mean),
            sd,
            interval,
        }
    }
}

/// The share below the upper end of a two-sided interval.
pub(super) fn upper() -> f64 {
    f64::midpoint(CONFIDENCE, 1.0)
}

const ABOVE_ZERO: &str = "degrees of freedom are above zero";

/// Quantile of Student's t; degrees of freedom above zero.
pub(super) fn t_quantile(share: f64, freedom: f64) -> f64 {
    if freedom > MANY {
        return near_normal(share, freedom);
    }
    StudentsT::new(0.0, 1.0, freedom)
        .expect(ABOVE_ZERO)
        .inverse_cdf(share)
}

/// From so many degrees of freedom on `statrs` loses digits of t, while the expansion gains them.
const MANY: f64 = 1000.0;

/// Quantile of Student's t by its expansion about the normal distribution (Abramowitz and Stegun 26.7.5).
fn near_normal(share: f64, freedom: f64) -> f64 {
    let z = Normal::standard().inverse_cdf(share);
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    z + (first + (second + third / freedom) / freedom) / freedom
}

/// Quantile of F; degrees of freedom of numerator and denominator, above zero.
pub(super) fn f_quantile(share: f64, freedom: (f64, f64)) -> f64 {
    FisherSnedecor::new(freedom.0, freedom.1)
        .expect(ABOVE_ZERO)
        .inverse_cdf(share)
}

/// Quantile of chi squared; degrees of freedom above zero.
pub(super) fn chi_squared_quantile(share: f64, freedom: f64) -> f64 {
    ChiSquared::new(freedom)
        .expect(ABOVE_ZERO)
        .inverse_cdf(share)
}

/// How many standard deviations to both sides of the mean of a normal distribution hold this share.
pub(super) fn deviations(share: f64) -> f64 {
    Normal::standard().inverse_cdf(f64::midpoint(share, 1.0))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    /// Expected values: `scipy.stats` 1.17.1, `t.ppf`, `f.ppf`, `chi2.ppf`, `norm.ppf`.
    #[test]
    fn quantiles_are_those_of_scipy() {
        let near = |found: f64, expected: f64| {
            assert_relative_eq!(found, expected, max_relative = 1e-9);
        };
        near(t_quantile(0.975, 1.0), 12.706_204_736_174_694);
        near(t_quantile(0.975, 9.0), 2.262_157_162_798_205);
        near(t_quantile(0.975, 1e6), 1.959_966_356_814_107);
        near(f_quantile(0.975, (5.0, 15.0)), 3.576_415_349_279_060_7);
        near(f_quantile(0.975, (4.785, 5.0)), 7.190_768_047_291_414);
        near(chi_squared_quantile(0.025, 15.0), 6.262_137_795_043_251);
        near(chi_squared_quantile(0.975, 15.0), 27.488_392_863_442_975);
        near(deviations(0.95), 1.959_963_984_540_054);
        near(deviations(0.90), 1.644_853_626_951_472_2);
    }

    #[test]
    fn t_goes_on_where_its_expansion_begins() {
        let (below, above) = (t_quantile(0.975, MANY), near_normal(0.975, MANY));
        assert_relative_eq!(below, above, max_relative = 1e-8);
    }

    #[test]
    fn a_mean_has_an_interval_from_two_values_on() {
        assert_eq!(Spread::of(&[]), Spread::default());
        let one = Spread::of(&[4.0]);
        assert_eq!((one.mean, one.sd, one.interval), (Some(4.0), None, None));
        // Student 1908, the ten differences of two drugs: mean 1.58, SD 1.23, t = 4.06.
        let drugs = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        let spread = Spread::of(&drugs);
        let interval = spread.interval.unwrap();
        assert_relative_eq!(spread.mean.unwrap(), 1.58, epsilon = 1e-12);
        // R's `t.test(extra ~ group, sleep, paired = TRUE)`: 0.7001142 to 2.4598858.
        assert_relative_eq!(interval.low, 0.700_114_2, epsilon = 1e-6);
        assert_relative_eq!(interval.high, 2.459_885_8, epsilon = 1e-6);
    }
}
