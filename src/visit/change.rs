//! Later visits against the first, in words of measurement error.

use super::Visit;
use super::limits::Limits;
use super::results::VisitMeans;
use crate::movement::{Movement, Plane, rom};
use crate::reference::ChangeLimits;

/// Rounding of a difference of two angles must not move it over a limit, radians.
const ROUNDING_RAD: f64 = 1e-9;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// ROM of one movement.
    Movement(Movement),
    /// Total of one plane.
    Plane(Plane),
}

impl Measure {
    /// All nine: six movements, then three planes.
    pub fn all() -> impl Iterator<Item = Self> {
        let planes = Plane::ALL.into_iter().map(Self::Plane);
        Movement::ALL.into_iter().map(Self::Movement).chain(planes)
    }

    /// Its place among all nine.
    pub const fn index(self) -> usize {
        match self {
            Self::Movement(movement) => movement as usize,
            Self::Plane(plane) => Movement::ALL.len() + plane as usize,
        }
    }

    /// The name in files and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Movement(movement) => movement.name(),
            Self::Plane(plane) => plane.name(),
        }
    }

    /// The name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Movement(movement) => movement.title(),
            Self::Plane(plane) => plane.title(),
        }
    }

    /// `movement` or `plane`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Movement(_) => "movement",
            Self::Plane(_) => "plane",
        }
    }

    /// Its value where the six movements have these means, radians; none if one is missing.
    pub fn of_means(self, means_rad: &[Option<f64>; 6]) -> Option<f64> {
        match self {
            Self::Movement(movement) => means_rad[movement as usize],
            Self::Plane(plane) => rom::plane_total_rad(means_rad, plane),
        }
    }
}

/// How a change stands against measurement error; never a verdict on health.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// Under the first limit.
    WithinMeasurementError,
    /// Between the limits.
    PossibleChange,
    /// Over the second limit.
    ProbableChange,
}

impl Word {
    /// All three, from less to more.
    pub const ALL: [Self; 3] = [
        Self::WithinMeasurementError,
        Self::PossibleChange,
        Self::ProbableChange,
    ];

    /// The words themselves.
    pub const fn text(self) -> &'static str {
        match self {
            Self::WithinMeasurementError => "within measurement error",
            Self::PossibleChange => "possible change",
            Self::ProbableChange => "probable change",
        }
    }

    /// The word for a change, in either direction.
    pub fn of(change_rad: f64, limits: &ChangeLimits) -> Self {
        let size = change_rad.abs();
        if size < limits.possible.value_si() - ROUNDING_RAD {
            Self::WithinMeasurementError
        } else if size <= limits.probable.value_si() + ROUNDING_RAD {
            Self::PossibleChange
        } else {
            Self::ProbableChange
        }
    }
}

/// A visit less the first visit of the same subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Subject label.
    pub subject: String,
    /// What is compared.
    pub measure: Measure,
    /// Label of the first visit.
    pub first: String,
    /// Label of this visit.
    pub visit: String,
    /// At the first visit, radians.
    pub first_rad: f64,
    /// At this visit, radians.
    pub visit_rad: f64,
    /// This visit less the first, radians.
    pub change_rad: f64,
    /// The change in words.
    pub word: Word,
}

/// Changes of every later visit against the first, for the visits of one subject in order.
///
/// A measure that is missing in either visit gives no change.
pub fn changes(visits: &[VisitMeans], limits: &Limits) -> Vec<Change> {
    let Some((first, later)) = visits.split_first() else {
        return Vec::new();
    };
    let against_first = |visit| Change::all_between([first, visit], limits);
    later.iter().flat_map(against_first).collect()
}

impl Change {
    /// From the first of two visits of a subject to the other, of every measure that both have.
    pub(super) fn all_between(
        visits: [&VisitMeans; 2],
        limits: &Limits,
    ) -> impl Iterator<Item = Self> {
        Measure::all().filter_map(move |measure| Self::between(measure, visits, limits))
    }

    fn between(
        measure: Measure,
        [first, visit]: [&VisitMeans; 2],
        limits: &Limits,
    ) -> Option<Self> {
        let first_rad = measure.of_means(&first.mean_rad)?;
        let visit_rad = measure.of_means(&visit.mean_rad)?;
        let change_rad = visit_rad - first_rad;
        Some(Self {
            subject: visit.subject.clone(),
            measure,
            first: first.label.clone(),
            visit: visit.label.clone(),
            first_rad,
            visit_rad,
            change_rad,
            word: Word::of(change_rad, limits.of(measure)),
        })
    }
}

/// What makes visits of one subject hard to compare, one sentence each.
pub fn notes(visits: &[Visit]) -> Vec<String> {
    let sensors = |visit: &Visit| visit.sensor_count.to_string();
    let methods = |visit: &Visit| visit.alignment_methods.join(" and ").replace('_', " ");
    // Where none is declared, the alignment method differs and is noted.
    let mounts = |visit: &Visit| visit.mounts.join(" and ");
    [
        difference("sensor count", visits, sensors),
        difference("alignment method", visits, methods),
        difference("declared mount", visits, mounts),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn difference(what: &str, visits: &[Visit], of: impl Fn(&Visit) -> String) -> Option<String> {
    let values: Vec<(&str, String)> = visits
        .iter()
        .map(|visit| (visit.label.as_str(), of(visit)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    if values.windows(2).all(|pair| pair[0].1 == pair[1].1) {
        return None;
    }
    let named: Vec<String> = values
        .iter()
        .map(|(label, value)| format!("{label}: {value}"))
        .collect();
    Some(format!(
        "visits differ in {what} ({}): compare with care",
        named.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::visit;
    use super::*;

    fn word(measure: Measure, change_deg: f64) -> &'static str {
        Word::of(change_deg.to_radians(), Limits::default().of(measure)).text()
    }

    #[test]
    fn words_of_one_direction() {
        let flexion = Measure::Movement(Movement::Flexion);
        assert_eq!(word(flexion, 9.9), "within measurement error");
        assert_eq!(word(flexion, 10.0), "possible change");
        assert_eq!(word(flexion, -15.0), "possible change");
        assert_eq!(word(flexion, 15.1), "probable change");
        assert_eq!(word(flexion, -15.1), "probable change");
    }

    #[test]
    fn words_of_plane_totals() {
        let plane = Measure::Plane(Plane::Frontal);
        assert_eq!(word(plane, 11.9), "within measurement error");
        assert_eq!(word(plane, 12.0), "possible change");
        assert_eq!(word(plane, 20.0), "possible change");
        assert_eq!(word(plane, 20.1), "probable change");
    }

    #[test]
    fn a_difference_of_exactly_ten_degrees_is_not_lost_to_rounding() {
        let first = visit("1", &[(Movement::Flexion, 31.1)]);
        let later = visit("2", &[(Movement::Flexion, 41.1)]);
        assert_eq!(
            changes(&[first.means(), later.means()], &Limits::default())[0].word,
            Word::PossibleChange
        );
    }

    #[test]
    fn every_later_visit_is_compared_with_the_first() {
        let both = |flexion, extension| {
            [
                (Movement::Flexion, flexion),
                (Movement::Extension, extension),
            ]
        };
        let visits = [
            visit("1", &both(40.0, 50.0)),
            visit("2", &both(45.0, 50.0)),
            visit("3", &both(60.0, 50.0)),
        ];
        let all = changes(&visits.each_ref().map(Visit::means), &Limits::default());
        assert_eq!(all.len(), 6);
        assert!(all.iter().all(|change| change.first == "1"));
        assert_eq!(all[3].measure, Measure::Movement(Movement::Flexion));
        assert_eq!(all[3].word, Word::ProbableChange);
        assert_eq!(
            all[5].word,
            Word::PossibleChange,
            "a plane has its own limits"
        );
    }

    #[test]
    fn a_movement_missing_in_either_visit_has_no_change() {
        let visits = [visit("1", &[]), visit("2", &[(Movement::Flexion, 45.0)])];
        let limits = Limits::default();
        assert!(changes(&visits.each_ref().map(Visit::means), &limits).is_empty());
        assert!(changes(&[], &limits).is_empty());
    }

    #[test]
    fn differing_visits_are_noted() {
        let mut visits = [visit("1", &[]), visit("2", &[])];
        assert!(notes(&visits).is_empty());
        visits[1].sensor_count = 1;
        visits[1].alignment_methods = vec!["declared_mount", "nods"];
        assert_eq!(
            notes(&visits),
            [
                "visits differ in sensor count (1: 2, 2: 1): compare with care",
                "visits differ in alignment method (1: nods, 2: declared mount and nods): compare with care",
            ]
        );
    }
}
