//! All subjects of tables of results, in degrees: JSON, text, table and picture of the group.

use serde::Serialize;

use super::compare::STATEMENT;
use super::files::{FilesError, OutputFile, json};
use super::label::signed;
use super::{group_plot, png, table};
use crate::visit;
use crate::visit::change::Word;
use crate::visit::cohort::{self, Cohort};
use crate::visit::interval::Spread;
use crate::visit::limits::Limits;
use crate::visit::results::VisitMeans;

/// Name and version of the JSON layout.
pub const SCHEMA: &str = "neckrom.group/1";

/// A group from first to last visit.
#[derive(Debug, Clone, Serialize)]
pub struct GroupReport {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Version of neckrom.
    pub version: &'static str,
    /// Subjects with a visit.
    pub subjects: usize,
    /// Of these, with two visits or more.
    pub followed: usize,
    /// Movements, then planes.
    pub measures: Vec<MeasureReport>,
    /// The limits behind the words.
    pub limits: Limits,
    /// [`STATEMENT`].
    pub statement: &'static str,
    /// In radians.
    #[serde(skip)]
    cohort: Cohort,
}

/// One measure of the subjects that have it at first and last visit.
#[derive(Debug, Clone, Serialize)]
pub struct MeasureReport {
    /// Its name.
    pub measure: &'static str,
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
pub fn report(visits: &[VisitMeans], limits: &Limits) -> GroupReport {
    let cohort = cohort::cohort(visits, limits);
    let measure = |one: &cohort::Group| {
        let [within_measurement_error, possible_change, probable_change] = one.words;
        MeasureReport {
            measure: one.measure.name(),
            n: one.change_rad.n,
            first_deg: Mean::of(&one.first_rad),
            last_deg: Mean::of(&one.last_rad),
            change_deg: Mean::of(&one.change_rad),
            within_measurement_error,
            possible_change,
            probable_change,
        }
    };
    GroupReport {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        subjects: cohort.subjects,
        followed: cohort.followed,
        measures: cohort.groups.iter().map(measure).collect(),
        limits: limits.clone(),
        statement: STATEMENT,
        cohort,
    }
}

impl GroupReport {
    /// For the terminal.
    pub fn text(&self) -> String {
        let followed = self.followed;
        let mut lines = vec![format!(
            "{followed} of {} subjects have two visits",
            self.subjects
        )];
        lines.extend(self.measures.iter().filter(|one| one.n > 0).map(told));
        let file = self.limits.file.as_deref();
        lines.push(format!(
            "Last less first visit, mean [95 % confidence interval]. Limits: {}.",
            file.unwrap_or("provisional")
        ));
        lines.push(self.statement.to_owned());
        lines.join("\n") + "\n"
    }
}

fn told(one: &MeasureReport) -> String {
    let Mean {
        mean, low, high, ..
    } = one.change_deg;
    let angle = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), signed);
    let counts = [
        one.within_measurement_error,
        one.possible_change,
        one.probable_change,
    ];
    let shares = Word::ALL.iter().zip(counts).map(|(word, count)| {
        let percent = 100.0 * count as f64 / one.n as f64;
        format!("{count} ({percent:.0} %) {}", word.text())
    });
    format!(
        "{}: {} [{}, {}], n = {}: {}",
        one.measure,
        angle(mean),
        angle(low),
        angle(high),
        one.n,
        shares.collect::<Vec<_>>().join(", ")
    )
}

/// JSON, the change of each subject, and the picture.
///
/// # Errors
/// If one of them cannot be made.
pub fn files(report: &GroupReport) -> Result<Vec<OutputFile>, FilesError> {
    let svg = group_plot::draw(&report.cohort, &report.limits)?;
    let changes = table::in_degrees(visit::table::changes(&report.cohort.changes)?)?;
    let file = |name: &str, bytes| OutputFile {
        name: name.to_owned(),
        bytes,
    };
    Ok(vec![
        file("group.json", json(report)?),
        file("changes.csv", table::csv(&changes)?),
        file("group.png", png::png(&svg, png::PRINT_SCALE)?),
        file("group.svg", svg.into_bytes()),
    ])
}
