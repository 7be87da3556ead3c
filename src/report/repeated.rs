//! How well a measurement repeats, in degrees: JSON, text, limits and picture of
//! `neckrom reliability`.

use serde::Serialize;

use super::compare::STATEMENT;
use super::files::{FilesError, OutputFile, json};
use super::{agreement_plot, png};
use crate::visit::change::Measure;
use crate::visit::limits::{self, LimitRow};
use crate::visit::reliability::{Estimate, LEVELS, Reliability, Retest};

/// Name and version of the JSON layout.
pub const SCHEMA: &str = "neckrom.reliability/1";

const SEM: &str = "SEM is the root of the residual mean square of subjects by visits; MDC is 1.645 or \
    1.960 times the root of 2 times SEM (Weir 2005); ICC by Shrout and Fleiss 1979";

/// How well all measures repeat.
#[derive(Debug, Clone, Serialize)]
pub struct RepeatedReport {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Version of neckrom.
    pub version: &'static str,
    /// Subjects with all of the repeated visits.
    pub subjects: usize,
    /// Subjects left out, since they have fewer.
    pub left_out: usize,
    /// Visits of each subject.
    pub visits: usize,
    /// How the values were found.
    pub method: &'static str,
    /// In the order of [`Measure::all`].
    pub measures: Vec<MeasureReport>,
    /// [`STATEMENT`].
    pub statement: &'static str,
    /// In radians.
    #[serde(skip)]
    repeated: Vec<Reliability>,
}

/// One measure.
#[derive(Debug, Clone, Serialize)]
pub struct MeasureReport {
    /// Its name.
    pub measure: &'static str,
    /// Why nothing is told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// What is told.
    #[serde(flatten)]
    pub values: Option<Values>,
}

/// Values of one measure, each with its 95 % confidence interval.
#[derive(Debug, Clone, Serialize)]
pub struct Values {
    /// Subjects that have it at each visit.
    pub subjects: usize,
    /// Mean of all values.
    pub mean_deg: f64,
    /// Standard error of measurement.
    pub sem_deg: Value,
    /// Minimal detectable change at 90 %.
    pub mdc90_deg: Value,
    /// Minimal detectable change at 95 %.
    pub mdc95_deg: Value,
    /// ICC(2,1).
    pub icc_2_1: Value,
    /// ICC(3,1).
    pub icc_3_1: Value,
    /// Mean difference, later less earlier visit.
    pub bias_deg: Value,
    /// Lower limit of agreement.
    pub lower_limit_deg: Value,
    /// Upper limit of agreement.
    pub upper_limit_deg: Value,
}

/// A value and its 95 % confidence interval.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Value {
    /// The value.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Value {
    fn of(one: Estimate) -> Self {
        Self {
            value: one.value,
            low: one.interval.low,
            high: one.interval.high,
        }
    }

    fn deg(one: Estimate) -> Self {
        let Self { value, low, high } = Self::of(one);
        let [value, low, high] = [value, low, high].map(f64::to_degrees);
        Self { value, low, high }
    }
}

impl Values {
    fn of(one: &Reliability) -> Self {
        Self {
            subjects: one.subjects,
            mean_deg: one.mean_rad.to_degrees(),
            sem_deg: Value::deg(one.sem_rad),
            mdc90_deg: Value::deg(one.mdc_rad[0]),
            mdc95_deg: Value::deg(one.mdc_rad[1]),
            icc_2_1: Value::of(one.icc_agreement),
            icc_3_1: Value::of(one.icc_consistency),
            bias_deg: Value::deg(one.agreement.bias_rad),
            lower_limit_deg: Value::deg(one.agreement.lower_rad),
            upper_limit_deg: Value::deg(one.agreement.upper_rad),
        }
    }
}

/// Tells how well each measure of repeated visits repeats.
pub fn report(retest: &Retest) -> RepeatedReport {
    let (mut measures, mut repeated) = (Vec::new(), Vec::new());
    for measure in Measure::all() {
        let found = retest.reliability(measure);
        measures.push(MeasureReport {
            measure: measure.name(),
            missing: found.as_ref().err().map(ToString::to_string),
            values: found.as_ref().ok().map(Values::of),
        });
        repeated.extend(found);
    }
    RepeatedReport {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        subjects: retest.subjects.len(),
        left_out: retest.left_out,
        visits: retest.visits,
        method: SEM,
        measures,
        statement: STATEMENT,
        repeated,
    }
}

impl RepeatedReport {
    /// Nothing is told of any measure.
    pub fn is_empty(&self) -> bool {
        self.repeated.is_empty()
    }

    /// For the terminal.
    pub fn text(&self) -> String {
        let Self {
            subjects,
            visits,
            left_out,
            ..
        } = self;
        let mut lines = vec![format!(
            "{subjects} subjects with {visits} repeated visits; {left_out} with fewer left out"
        )];
        for one in &self.measures {
            let told = one.values.as_ref().map(told);
            let missing = || format!("left out: {}", one.missing.clone().unwrap_or_default());
            lines.push(format!("{}: {}", one.measure, told.unwrap_or_else(missing)));
        }
        lines.push("In brackets: 95 % confidence interval.".to_owned());
        lines.push(self.statement.to_owned());
        lines.join("\n") + "\n"
    }

    fn limits(&self) -> Vec<LimitRow> {
        let of_one = |one: &Reliability| {
            let name = one.measure.name().to_owned();
            let (subjects, visits) = (one.subjects, one.visits);
            let row = move |place: usize| {
                let Value { value, low, high } = Value::deg(one.mdc_rad[place]);
                LimitRow {
                    measure: name.clone(),
                    level: format!("{:.0} %", LEVELS[place] * 100.0),
                    value_deg: value,
                    low_deg: Some(low),
                    high_deg: Some(high),
                    n: Some(subjects),
                    source: format!("neckrom reliability, {visits} visits"),
                }
            };
            [row(0), row(1)]
        };
        self.repeated.iter().flat_map(of_one).collect()
    }
}

fn told(one: &Values) -> String {
    let deg = |Value { value, low, high }| format!("{value:.1}° [{low:.1}, {high:.1}]");
    let icc = |Value { value, low, high }| format!("{value:.2} [{low:.2}, {high:.2}]");
    format!(
        "SEM {}, MDC90 {}, MDC95 {}, ICC(2,1) {}, ICC(3,1) {}, n = {}",
        deg(one.sem_deg),
        deg(one.mdc90_deg),
        deg(one.mdc95_deg),
        icc(one.icc_2_1),
        icc(one.icc_3_1),
        one.subjects
    )
}

/// JSON, the file of limits, and the picture.
///
/// # Errors
/// If one of them cannot be made.
pub fn files(report: &RepeatedReport) -> Result<Vec<OutputFile>, FilesError> {
    let svg = agreement_plot::draw(&report.repeated)?;
    let file = |name: &str, bytes| OutputFile {
        name: name.to_owned(),
        bytes,
    };
    Ok(vec![
        file("reliability.json", json(report)?),
        file(
            "limits.csv",
            limits::csv(&report.limits()).map_err(super::table::TableError::Csv)?,
        ),
        file("agreement.png", png::png(&svg, png::PRINT_SCALE)?),
        file("agreement.svg", svg.into_bytes()),
    ])
}
