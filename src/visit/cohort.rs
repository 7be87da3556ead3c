//! All subjects together: the change of each from its first to its last visit, and what the group
//! shows.

use super::change::{Change, Measure, Word};
use super::interval::Spread;
use super::limits::Limits;
use super::results::VisitMeans;

/// Changes of all subjects, and of the group.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    /// Subjects with a visit.
    pub subjects: usize,
    /// Of these, with two visits or more.
    pub followed: usize,
    /// Each subject's last visit against its first, by subject, then in the order of
    /// [`Measure::all`]; a measure that is missing in either gives none.
    pub changes: Vec<Change>,
    /// All nine measures.
    pub groups: Vec<Group>,
}

/// One measure over the subjects that have it at both visits, radians.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Which.
    pub measure: Measure,
    /// At the first visit.
    pub first_rad: Spread,
    /// At the last visit.
    pub last_rad: Spread,
    /// The changes: the interval is that of a paired t test.
    pub change_rad: Spread,
    /// Subjects whose change has each word, in the order of [`Word::ALL`].
    pub words: [usize; 3],
}

/// Compares first and last visits; the visits are in order of subject and time.
pub fn cohort(visits: &[VisitMeans], limits: &Limits) -> Cohort {
    let subjects = || visits.chunk_by(|a, b| a.subject == b.subject);
    let changes: Vec<Change> = subjects()
        .flat_map(|visits| changes(visits, limits))
        .collect();
    Cohort {
        subjects: subjects().count(),
        followed: subjects().filter(|visits| visits.len() > 1).count(),
        groups: Measure::all().map(|one| group(one, &changes)).collect(),
        changes,
    }
}

/// The changes of one subject.
fn changes(visits: &[VisitMeans], limits: &Limits) -> Vec<Change> {
    let [first, .., last] = visits else {
        return Vec::new();
    };
    Change::all_between([first, last], limits).collect()
}

fn group(measure: Measure, changes: &[Change]) -> Group {
    let of = || {
        changes
            .iter()
            .filter(move |change| change.measure == measure)
    };
    let spread = |value: fn(&Change) -> f64| Spread::of(&of().map(value).collect::<Vec<_>>());
    Group {
        measure,
        first_rad: spread(|change| change.first_rad),
        last_rad: spread(|change| change.visit_rad),
        change_rad: spread(|change| change.change_rad),
        words: Word::ALL.map(|word| of().filter(|change| change.word == word).count()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::movement::{Movement, Plane};

    pub(crate) fn visit(subject: &str, label: &str, means_deg: [f64; 6]) -> VisitMeans {
        VisitMeans {
            subject: subject.to_owned(),
            label: label.to_owned(),
            date: None,
            n: [3; 6],
            mean_rad: means_deg.map(|mean| Some(mean.to_radians())),
            retest: true,
        }
    }

    /// Student's ten differences of sleep as changes of flexion, in degrees times ten.
    fn visits() -> Vec<VisitMeans> {
        let drugs = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        let subject = |(i, change): (usize, f64)| {
            let (name, base) = (i.to_string(), 40.0 + i as f64);
            let at = |flexion| [flexion, 50.0, 30.0, 30.0, 60.0, 60.0];
            [
                visit(&name, "1", at(base)),
                visit(&name, "2", [1.0; 6]),
                visit(&name, "3", at(base + 10.0 * change)),
            ]
        };
        drugs.into_iter().enumerate().flat_map(subject).collect()
    }

    #[test]
    fn the_group_has_the_mean_change_and_its_interval() {
        let mut visits = visits();
        visits.push(visit("single", "1", [90.0; 6]));
        let cohort = cohort(&visits, &Limits::default());
        assert_eq!((cohort.subjects, cohort.followed), (11, 10));
        assert_eq!(cohort.changes.len(), 90);
        let flexion = &cohort.groups[0];
        assert_eq!(flexion.measure, Measure::Movement(Movement::Flexion));
        let interval = flexion.change_rad.interval.unwrap();
        // R's `t.test(extra ~ group, sleep, paired = TRUE)`, times ten.
        assert_relative_eq!(interval.low.to_degrees(), 7.001_142, epsilon = 1e-5);
        assert_relative_eq!(interval.high.to_degrees(), 24.598_858, epsilon = 1e-5);
        assert_relative_eq!(
            flexion.first_rad.mean.unwrap().to_degrees(),
            44.5,
            epsilon = 1e-9
        );
        assert_relative_eq!(
            flexion.last_rad.mean.unwrap().to_degrees(),
            60.3,
            epsilon = 1e-9
        );
        // 0 and 8 within 10; 12, 13, 13, 10, 14 up to 15; 24, 18, 46 over.
        assert_eq!(flexion.words, [2, 5, 3]);
        let sagittal = &cohort.groups[6];
        assert_eq!(sagittal.measure, Measure::Plane(Plane::Sagittal));
        assert_eq!(sagittal.words, [3, 5, 2], "a plane has its own limits");
    }

    #[test]
    fn a_subject_without_a_measure_at_both_visits_is_not_in_its_group() {
        let mut visits = visits();
        visits[2].mean_rad[0] = None;
        let cohort = cohort(&visits, &Limits::default());
        assert_eq!(cohort.groups[0].change_rad.n, 9);
        assert_eq!(cohort.groups[1].change_rad.n, 10);
        assert_eq!(cohort.groups[6].change_rad.n, 9);
    }
}
