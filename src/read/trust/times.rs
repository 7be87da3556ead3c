//! Times that are few numbers: a spreadsheet program rounds long ones, or many rows share one.

/// Rows that it takes to say so.
const LEAST_ROWS: usize = 100;
/// Rows that share a time, in the mean.
const MANY_ROWS: usize = 10;
/// Times that are so far apart, and shared by many rows, are rounded, seconds.
const ROUNDED_S: f64 = 1.0;

/// Few times for many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FewTimes {
    /// Rows.
    pub rows: usize,
    /// Different times, of neighbours.
    pub distinct: usize,
    /// No two of them are nearer than a second: no movement can be measured by them.
    pub rounded: bool,
}

impl FewTimes {
    /// In words.
    pub fn words(&self) -> String {
        let Self { rows, distinct, .. } = self;
        format!(
            "only {distinct} different times in {rows} rows: rounded by a spreadsheet program, or \
             written once for many rows; only one row of each is used"
        )
    }
}

/// Looks at the times of a sensor.
pub(in super::super) fn few_times(time_s: &[f64]) -> Option<FewTimes> {
    let steps = time_s.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    let steps = steps.filter(|step| *step > 0.0);
    let (changes, least_s) = steps.fold((0, f64::INFINITY), |(changes, least_s), step| {
        (changes + 1, step.min(least_s))
    });
    let (rows, distinct) = (time_s.len(), 1 + changes);
    (rows >= LEAST_ROWS && distinct <= rows / MANY_ROWS).then_some(FewTimes {
        rows,
        distinct,
        rounded: least_s >= ROUNDED_S,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_times_are_few_and_far_apart() {
        // Milliseconds since 1970 with six digits.
        let rounded: Vec<f64> = (0..3000)
            .map(|k| (157_684_012.0 + f64::from(k) * 0.01 / 10.0).round() * 10.0)
            .collect();
        let found = few_times(&rounded).unwrap();
        assert!(found.rounded && found.distinct < 6, "{found:?}");
        assert_eq!(
            few_times(&[7.0; 500]),
            Some(FewTimes {
                rows: 500,
                distinct: 1,
                rounded: true
            })
        );
    }

    #[test]
    fn packets_are_few_but_not_rounded_and_times_are_many() {
        let packets: Vec<f64> = (0..1200).map(|k| f64::from(k / 12) * 0.05).collect();
        assert!(!few_times(&packets).unwrap().rounded);
        let good: Vec<f64> = (0..1200).map(|k| f64::from(k) * 0.01).collect();
        assert_eq!(few_times(&good), None);
        assert_eq!(few_times(&[1.0; 20]), None);
    }
}
