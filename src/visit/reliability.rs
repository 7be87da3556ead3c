//! How well a measurement repeats: what subjects measured several times without a treatment between
//! tell of the measurement error.
//!
//! The values of one measure are a table of *n* subjects and *k* visits. Its two-way analysis of
//! variance gives the mean squares between subjects (MSR), between visits (MSC) and of the residual
//! (MSE), and from these:
//!
//! | | formula | source |
//! |---|---|---|
//! | ICC(2,1) | (MSR - MSE) / (MSR + (k - 1) MSE + k (MSC - MSE) / n) | Shrout and Fleiss 1979; ICC(A,1) of McGraw and Wong 1996 |
//! | ICC(3,1) | (MSR - MSE) / (MSR + (k - 1) MSE) | Shrout and Fleiss 1979; ICC(C,1) of McGraw and Wong 1996 |
//! | SEM | √MSE | Weir 2005, J Strength Cond Res 19(1):231-40 |
//! | MDC90, MDC95 | 1.645 √2 SEM, 1.960 √2 SEM | the same |
//!
//! Intervals of the ICC are those of McGraw and Wong 1996 (Psychol Methods 1(1):30-46, table 7), the
//! interval of SEM and MDC goes by chi squared of MSE. A shift of all subjects from one visit to the
//! next is in ICC(2,1) but not in the SEM: the bias shows it.
//!
//! Bias and limits of agreement (Bland and Altman 1999, Stat Methods Med Res 8(2):135-60) are of the
//! later less the earlier visit, over all pairs of visits of a subject. With more than one pair a
//! subject, their intervals count subjects, not pairs: wider, never too narrow.

use super::change::Measure;
use super::interval::{CONFIDENCE, Interval, chi_squared_quantile, deviations, f_quantile};
use super::interval::{t_quantile, upper};
use super::results::VisitMeans;

/// The levels of the minimal detectable change.
pub const LEVELS: [f64; 2] = [0.90, 0.95];

/// A value and its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Its interval.
    pub interval: Interval,
}

impl Estimate {
    /// All times a number over zero.
    #[must_use]
    fn times(self, factor: f64) -> Self {
        Self {
            value: self.value * factor,
            interval: self.interval.times(factor),
        }
    }
}

/// How well one measure repeats.
#[derive(Debug, Clone, PartialEq)]
pub struct Reliability {
    /// Which.
    pub measure: Measure,
    /// Subjects with a value at each of the visits.
    pub subjects: usize,
    /// Visits of each.
    pub visits: usize,
    /// Mean of all values, radians.
    pub mean_rad: f64,
    /// Standard error of measurement, radians.
    pub sem_rad: Estimate,
    /// Minimal detectable change at each of [`LEVELS`], radians.
    pub mdc_rad: [Estimate; 2],
    /// ICC(2,1): absolute agreement, one measurement.
    pub icc_agreement: Estimate,
    /// ICC(3,1): consistency, one measurement.
    pub icc_consistency: Estimate,
    /// Later less earlier visit.
    pub agreement: Agreement,
}

/// Bland and Altman's view of pairs of visits, radians.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Mean difference.
    pub bias_rad: Estimate,
    /// The limit below which 2.5 % of the differences lie.
    pub lower_rad: Estimate,
    /// The limit above which 2.5 % of the differences lie.
    pub upper_rad: Estimate,
    /// Mean and difference of each pair.
    pub pairs_rad: Vec<[f64; 2]>,
}

/// Why a measure has no reliability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReliabilityError {
    /// It takes two subjects to tell subjects from error.
    #[error("fewer than two subjects have it at two visits or more")]
    FewSubjects,
    /// Nothing varies, so that nothing can be said of variation.
    #[error("its values do not vary")]
    NoVariation,
}

/// The repeated visits of subjects, each in order of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Retest {
    /// A row a subject: its visits.
    pub subjects: Vec<Vec<VisitMeans>>,
    /// Visits of each subject that are compared.
    pub visits: usize,
    /// Subjects left out, since they have fewer.
    pub left_out: usize,
}

impl Retest {
    /// Of visits in order, those marked as retest. With `labels`, marked are the visits of these
    /// labels, and a subject needs all of them; else the visits whose table says so, and of each
    /// subject the first so many as keep most visits in all.
    pub fn of(visits: &[VisitMeans], labels: &[String]) -> Self {
        let marked = |visit: &&VisitMeans| {
            if labels.is_empty() {
                visit.retest
            } else {
                labels.contains(&visit.label)
            }
        };
        let all: Vec<Vec<VisitMeans>> = visits
            .chunk_by(|a, b| a.subject == b.subject)
            .map(|of_subject| of_subject.iter().filter(marked).cloned().collect())
            .filter(|marked: &Vec<_>| !marked.is_empty())
            .collect();
        let wanted = if labels.is_empty() {
            most_kept(&all)
        } else {
            labels.len()
        };
        let whole = all.iter().filter(|row| row.len() >= wanted);
        let subjects: Vec<Vec<VisitMeans>> = whole.map(|row| row[..wanted].to_vec()).collect();
        Self {
            left_out: all.len() - subjects.len(),
            visits: wanted,
            subjects,
        }
    }

    /// How well a measure repeats.
    ///
    /// # Errors
    /// If it cannot be told.
    pub fn reliability(&self, measure: Measure) -> Result<Reliability, ReliabilityError> {
        let rows = self.subjects.iter().filter_map(|visits| {
            let values = visits.iter().map(|visit| measure.of_means(&visit.mean_rad));
            values.collect::<Option<Vec<f64>>>()
        });
        reliability(measure, &rows.collect::<Vec<_>>())
    }
}

/// Two or more visits a subject: the number that keeps most of them.
fn most_kept(rows: &[Vec<VisitMeans>]) -> usize {
    let longest = rows.iter().map(Vec::len).max().unwrap_or_default();
    let kept = |count: usize| count * rows.iter().filter(|row| row.len() >= count).count();
    // Of equals the smaller number, which has more subjects.
    (2..=longest.max(2))
        .rev()
        .max_by_key(|&count| kept(count))
        .unwrap_or(2)
}

/// How well a measure repeats: a row a subject, all of the same length of two or more, radians.
///
/// # Errors
/// If there are too few rows, or they do not vary.
pub fn reliability(measure: Measure, rows: &[Vec<f64>]) -> Result<Reliability, ReliabilityError> {
    let visits = rows.first().map_or(0, Vec::len);
    if rows.len() < 2 || visits < 2 {
        return Err(ReliabilityError::FewSubjects);
    }
    let squares = MeanSquares::of(rows);
    // A rounding error is no variation.
    let least = 1e-24 * squares.mean.powi(2).max(1.0);
    if squares.residual <= least || squares.subjects <= least {
        return Err(ReliabilityError::NoVariation);
    }
    let sem_rad = squares.sem();
    Ok(Reliability {
        measure,
        subjects: rows.len(),
        visits,
        mean_rad: squares.mean,
        sem_rad,
        mdc_rad: LEVELS.map(|level| sem_rad.times(deviations(level) * 2_f64.sqrt())),
        icc_agreement: squares.icc_agreement(),
        icc_consistency: squares.icc_consistency(),
        agreement: agreement(rows),
    })
}

/// Two-way analysis of variance with one value a cell.
#[derive(Debug, Clone, Copy)]
struct MeanSquares {
    /// Subjects.
    n: f64,
    /// Visits.
    k: f64,
    mean: f64,
    /// Between subjects, MSR.
    subjects: f64,
    /// Between visits, MSC.
    visits: f64,
    /// MSE.
    residual: f64,
}

impl MeanSquares {
    fn of(rows: &[Vec<f64>]) -> Self {
        let (n, k) = (rows.len() as f64, rows[0].len() as f64);
        let of_row = |row: &Vec<f64>| row.iter().sum::<f64>() / k;
        let of_rows: Vec<f64> = rows.iter().map(of_row).collect();
        let mean = of_rows.iter().sum::<f64>() / n;
        let of_column = |j: usize| rows.iter().map(|row| row[j]).sum::<f64>() / n;
        let of_columns: Vec<f64> = (0..rows[0].len()).map(of_column).collect();
        let from_mean = |means: &[f64]| means.iter().map(|m| (m - mean).powi(2)).sum::<f64>();
        // Residuals one by one: the difference of sums of squares would lose digits.
        let mut residual = 0.0;
        for (row, row_mean) in rows.iter().zip(&of_rows) {
            for (value, column_mean) in row.iter().zip(&of_columns) {
                residual += (value - row_mean - column_mean + mean).powi(2);
            }
        }
        Self {
            n,
            k,
            mean,
            subjects: k * from_mean(&of_rows) / (n - 1.0),
            visits: n * from_mean(&of_columns) / (k - 1.0),
            residual: residual / ((n - 1.0) * (k - 1.0)),
        }
    }

    fn residual_freedom(self) -> f64 {
        (self.n - 1.0) * (self.k - 1.0)
    }

    fn sem(self) -> Estimate {
        let freedom = self.residual_freedom();
        let end = |share| (freedom * self.residual / chi_squared_quantile(share, freedom)).sqrt();
        Estimate {
            value: self.residual.sqrt(),
            interval: Interval {
                low: end(upper()),
                high: end(1.0 - upper()),
            },
        }
    }

    /// ICC(3,1), two-way mixed, consistency.
    fn icc_consistency(self) -> Estimate {
        let Self { k, .. } = self;
        let icc = |ratio: f64| (ratio - 1.0) / (ratio + k - 1.0);
        let ratio = self.subjects / self.residual;
        let (between, within) = (self.n - 1.0, self.residual_freedom());
        Estimate {
            value: icc(ratio),
            interval: Interval {
                low: icc(ratio / f_quantile(upper(), (between, within))),
                high: icc(ratio * f_quantile(upper(), (within, between))),
            },
        }
    }

    /// ICC(2,1), two-way random, absolute agreement.
    fn icc_agreement(self) -> Estimate {
        let Self { n, k, .. } = self;
        let (msr, msc, mse) = (self.subjects, self.visits, self.residual);
        let icc = (msr - mse) / (msr + (k - 1.0) * mse + k * (msc - mse) / n);
        // McGraw and Wong 1996, table 7: a, b and the degrees of freedom of their sum (Satterthwaite).
        let a = k * icc / (n * (1.0 - icc));
        let b = 1.0 + k * icc * (n - 1.0) / (n * (1.0 - icc));
        let freedom = (a * msc + b * mse).powi(2)
            / ((a * msc).powi(2) / (k - 1.0) + (b * mse).powi(2) / self.residual_freedom());
        let rest = k * msc + (k * n - k - n) * mse;
        let low_f = f_quantile(upper(), (n - 1.0, freedom));
        let high_f = f_quantile(upper(), (freedom, n - 1.0));
        Estimate {
            value: icc,
            interval: Interval {
                low: n * (msr - low_f * mse) / (low_f * rest + n * msr),
                high: n * (high_f * msr - mse) / (rest + n * high_f * msr),
            },
        }
    }
}

/// Bias and limits over all pairs of visits.
fn agreement(rows: &[Vec<f64>]) -> Agreement {
    let pairs_rad: Vec<[f64; 2]> = rows.iter().flat_map(|row| pairs(row)).collect();
    let count = pairs_rad.len() as f64;
    let bias = pairs_rad.iter().map(|pair| pair[1]).sum::<f64>() / count;
    let squares: f64 = pairs_rad.iter().map(|pair| (pair[1] - bias).powi(2)).sum();
    let sd = (squares / (count - 1.0)).sqrt();
    let n = rows.len() as f64;
    let z = deviations(CONFIDENCE);
    let t = t_quantile(upper(), n - 1.0);
    let about = |value: f64, variance: f64| Estimate {
        value,
        interval: Interval::around(value, t * sd * variance.sqrt()),
    };
    let of_limit = 1.0 / n + z * z / (2.0 * (n - 1.0));
    Agreement {
        bias_rad: about(bias, 1.0 / n),
        lower_rad: about(bias - z * sd, of_limit),
        upper_rad: about(bias + z * sd, of_limit),
        pairs_rad,
    }
}

/// Mean and difference, later less earlier, of every two values.
fn pairs(row: &[f64]) -> Vec<[f64; 2]> {
    let mut all = Vec::new();
    for (i, &earlier) in row.iter().enumerate() {
        let later = row.iter().skip(i + 1);
        all.extend(later.map(|&later| [f64::midpoint(earlier, later), later - earlier]));
    }
    all
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::super::cohort::tests::visit;
    use super::*;
    use crate::movement::Movement;

    const FLEXION: Measure = Measure::Movement(Movement::Flexion);
    /// Shrout and Fleiss 1979, table 2: six subjects, four judges.
    const JUDGES: [[f64; 4]; 6] = [
        [9.0, 2.0, 5.0, 8.0],
        [6.0, 1.0, 3.0, 2.0],
        [8.0, 4.0, 6.0, 8.0],
        [7.0, 1.0, 2.0, 6.0],
        [10.0, 5.0, 6.0, 9.0],
        [6.0, 2.0, 4.0, 7.0],
    ];

    fn rows(values: &[[f64; 4]]) -> Vec<Vec<f64>> {
        values.iter().map(|row| row.to_vec()).collect()
    }

    fn near(estimate: Estimate, value: f64, (low, high): (f64, f64)) {
        assert_relative_eq!(estimate.value, value, epsilon = 1e-9);
        assert_relative_eq!(estimate.interval.low, low, epsilon = 1e-8);
        assert_relative_eq!(estimate.interval.high, high, epsilon = 1e-8);
    }

    #[test]
    fn shrout_and_fleiss() {
        let found = reliability(FLEXION, &rows(&JUDGES)).unwrap();
        assert_eq!((found.subjects, found.visits), (6, 4));
        near(
            found.icc_agreement,
            0.289_763_779_6,
            (0.018_786_513_4, 0.761_084_369_6),
        );
        near(
            found.icc_consistency,
            0.714_840_714_8,
            (0.342_464_765_0, 0.945_858_260_0),
        );
        near(
            found.sem_rad,
            1.009_675_415_4,
            (0.745_852_134_1, 1.562_665_778_2),
        );
        assert_relative_eq!(found.mdc_rad[0].value, 2.348_681_01, epsilon = 1e-8);
        assert_relative_eq!(found.mdc_rad[1].value, 2.798_626_039_1, epsilon = 1e-8);
        assert_eq!(found.agreement.pairs_rad.len(), 36);
    }

    #[test]
    fn bias_and_limits_are_those_of_the_differences() {
        let pairs = [[10.0, 11.0], [20.0, 23.0], [30.0, 29.0], [40.0, 45.0]];
        let rows: Vec<Vec<f64>> = pairs.iter().map(|row| row.to_vec()).collect();
        let found = reliability(FLEXION, &rows).unwrap().agreement;
        assert_relative_eq!(found.pairs_rad[1][0], 21.5, epsilon = 1e-12);
        assert_relative_eq!(found.pairs_rad[1][1], 3.0, epsilon = 1e-12);
        // Differences 1, 3, -1, 5: mean 2, variance 20 / 3.
        let sd = (20.0_f64 / 3.0).sqrt();
        assert_relative_eq!(found.bias_rad.value, 2.0, epsilon = 1e-12);
        assert_relative_eq!(found.upper_rad.value, 2.0 + 1.959_964 * sd, epsilon = 1e-5);
        assert_relative_eq!(found.lower_rad.value, 2.0 - 1.959_964 * sd, epsilon = 1e-5);
    }

    #[test]
    fn what_cannot_be_told_is_refused() {
        let refused = |values: &[[f64; 4]]| reliability(FLEXION, &rows(values)).unwrap_err();
        assert_eq!(refused(&JUDGES[..1]), ReliabilityError::FewSubjects);
        assert_eq!(refused(&[[5.0; 4]; 3]), ReliabilityError::NoVariation);
        assert_eq!(
            refused(&[[5.0; 4], [6.0; 4]]),
            ReliabilityError::NoVariation
        );
    }

    #[test]
    fn visits_are_those_named_or_those_marked() {
        let at = |subject, label, retest| {
            let mut one = visit(subject, label, [40.0; 6]);
            one.retest = retest;
            one
        };
        let visits = [
            at("1", "a", true),
            at("1", "b", true),
            at("1", "c", false),
            at("2", "a", true),
            at("2", "c", false),
        ];
        let marked = Retest::of(&visits, &[]);
        assert_eq!(
            (marked.subjects.len(), marked.visits, marked.left_out),
            (1, 2, 1)
        );
        let named = Retest::of(&visits, &["a".to_owned(), "c".to_owned()]);
        assert_eq!((named.subjects.len(), named.left_out), (2, 0));
        assert_eq!(named.subjects[0][1].label, "c");
    }
}
