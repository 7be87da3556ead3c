//! All subjects together, from first to last visit, in degrees.

use serde::Serialize;

use super::label::signed;
use crate::visit::cohort::{self, Cohort};
use crate::visit::interval::Spread;
use crate::visit::limits::Limits;
use crate::visit::results::VisitMeans;

/// A group from first to last visit.
#[derive(Debug, Clone, Serialize)]
pub struct GroupReport {
    /// Subjects with a visit.
    pub subjects: usize,
    /// Of these, with two visits or more.
    pub followed: usize,
    /// A recording says that it is simulated; tables of results do not tell.
    pub simulated: bool,
    /// Movements, then planes.
    pub measures: Vec<MeasureReport>,
    /// In radians.
    #[serde(skip)]
    pub(super) cohort: Cohort,
}

/// One measure of the subjects that have it at first and last visit.
#[derive(Debug, Clone, Serialize)]
pub struct MeasureReport {
    /// Its name.
    pub measure: &'static str,
    /// Its name for people.
    #[serde(skip)]
    title: &'static str,
    /// How many subjects.
    pub n: usize,
    /// At the first visit.
    pub first_deg: Mean,
    /// At the last visit.
    pub last_deg: Mean,
    /// Last less first.
    pub change_deg: Mean,
    /// Subjects within measurement error.
    pub within_measurement_error: usize,
    /// Subjects with a possible change.
    pub possible_change: usize,
    /// Subjects with a probable change.
    pub probable_change: usize,
}

/// A mean with its 95 % confidence interval.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Mean {
    /// The mean.
    pub mean: Option<f64>,
    /// Standard deviation.
    pub sd: Option<f64>,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl Mean {
    fn of(spread: &Spread) -> Self {
        Self {
            mean: spread.mean.map(f64::to_degrees),
            sd: spread.sd.map(f64::to_degrees),
            low: spread.interval.map(|one| one.low.to_degrees()),
            high: spread.interval.map(|one| one.high.to_degrees()),
        }
    }
}

/// Compares first and last visits of all subjects.
pub(super) fn report(visits: &[VisitMeans], limits: &Limits, simulated: bool) -> GroupReport {
    let cohort = cohort::cohort(visits, limits);
    GroupReport {
        subjects: cohort.subjects,
        followed: cohort.followed,
        simulated,
        measures: cohort.groups.iter().map(measure).collect(),
        cohort,
    }
}

fn measure(one: &cohort::Group) -> MeasureReport {
    let [within_measurement_error, possible_change, probable_change] = one.words;
    MeasureReport {
        measure: one.measure.name(),
        title: one.measure.title(),
        n: one.change_rad.n,
        first_deg: Mean::of(&one.first_rad),
        last_deg: Mean::of(&one.last_rad),
        change_deg: Mean::of(&one.change_rad),
        within_measurement_error,
        possible_change,
        probable_change,
    }
}

impl MeasureReport {
    /// For people: name, number of subjects, means of first and last visit, change and its interval,
    /// and how many subjects have each word of change, from less to more.
    pub(super) fn cells(&self) -> [String; 9] {
        let dash = || "–".to_owned();
        let degrees = |mean: Option<f64>| mean.map_or_else(dash, |mean| format!("{mean:.1}°"));
        let Mean {
            mean, low, high, ..
        } = self.change_deg;
        let interval = low.zip(high);
        let interval = interval.map(|(low, high)| format!("{} to {}", signed(low), signed(high)));
        let share = |count: usize| match self.n {
            0 => dash(),
            n => format!("{count} ({:.0} %)", 100.0 * count as f64 / n as f64),
        };
        [
            self.title.to_owned(),
            self.n.to_string(),
            degrees(self.first_deg.mean),
            degrees(self.last_deg.mean),
            mean.map_or_else(dash, signed),
            interval.unwrap_or_else(dash),
            share(self.within_measurement_error),
            share(self.possible_change),
            share(self.probable_change),
        ]
    }
}
