//! The limits of change of every measure: those shipped, or those of a file that
//! `neckrom reliability` or a clinic wrote.
//!
//! The file is CSV with the columns `measure`, `level` (`90 %` and `95 %`), `value_deg`, `n` and
//! `source`, in any order; others are passed over. Under the value of 90 % a change is within
//! measurement error, over that of 95 % it is probable. A measure that the file does not have keeps
//! the shipped limits, which say that they are provisional.

use serde::{Deserialize, Serialize};

use super::change::Measure;
use crate::movement::{Movement, Plane};
use crate::reference::{self, ChangeLimits, Threshold};

/// Why a file of limits was refused.
#[derive(Debug, thiserror::Error)]
pub enum LimitsError {
    /// It is not the CSV that it should be.
    #[error("cannot read the limits: columns measure, level, value_deg, n and source are needed")]
    Csv(#[from] csv::Error),
    /// A row does not hold what it should.
    #[error("line {line}: {what}")]
    Row {
        /// Line of the file.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// One of the two levels is missing.
    #[error("{0} needs one limit of 90 % and one of 95 %")]
    OneLevel(&'static str),
    /// The levels are the wrong way round.
    #[error("{0}: the limit of 95 % must not be under that of 90 %")]
    Order(&'static str),
    /// There are no rows.
    #[error("there are no limits in it")]
    Empty,
}

/// Limits of change of all nine measures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Limits {
    /// The file they come from; none for those shipped.
    pub file: Option<String>,
    /// In the order of [`Measure::all`].
    measures: Vec<MeasureLimits>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct MeasureLimits {
    measure: &'static str,
    #[serde(flatten)]
    limits: ChangeLimits,
}

/// A row of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitRow {
    /// A movement's or plane's name.
    pub measure: String,
    /// `90 %` or `95 %`.
    pub level: String,
    /// The minimal detectable change, degrees.
    pub value_deg: f64,
    /// Lower end of its 95 % confidence interval, degrees.
    pub low_deg: Option<f64>,
    /// Upper end, degrees.
    pub high_deg: Option<f64>,
    /// Subjects behind it.
    pub n: Option<usize>,
    /// Where it comes from.
    pub source: String,
}

impl Default for Limits {
    /// Those shipped.
    fn default() -> Self {
        Self {
            file: None,
            measures: Measure::all().map(shipped).collect(),
        }
    }
}

fn shipped(measure: Measure) -> MeasureLimits {
    let thresholds = reference::thresholds();
    let limits = match measure {
        Measure::Movement(_) => &thresholds.change_movement,
        Measure::Plane(_) => &thresholds.change_plane,
    };
    MeasureLimits {
        measure: measure.name(),
        limits: limits.clone(),
    }
}

impl Limits {
    /// Those of a file of this name.
    ///
    /// # Errors
    /// If it is not one.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, LimitsError> {
        let mut found: Vec<(Measure, [Option<Threshold>; 2])> =
            Measure::all().map(|one| (one, [None, None])).collect();
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let header = reader.headers()?.clone();
        for record in reader.records() {
            let record = record?;
            let row: LimitRow = record.deserialize(Some(&header))?;
            let line = record.position().map_or(0, csv::Position::line);
            take(&mut found, &row).map_err(|what| LimitsError::Row { line, what })?;
        }
        if found.iter().all(|one| one.1 == [None, None]) {
            return Err(LimitsError::Empty);
        }
        let measures = found
            .into_iter()
            .map(|(measure, pair)| joined(measure, pair));
        Ok(Self {
            file: Some(name.to_owned()),
            measures: measures.collect::<Result<_, _>>()?,
        })
    }

    /// Of one measure.
    pub fn of(&self, measure: Measure) -> &ChangeLimits {
        &self.measures[measure.index()].limits
    }

    /// The shipped ones.
    pub fn are_shipped(&self) -> bool {
        self.file.is_none()
    }

    /// Movements and planes share their limits each.
    pub fn are_of_two_kinds(&self) -> bool {
        let alike = |first, measure| self.of(first) == self.of(measure);
        Movement::ALL
            .iter()
            .all(|&one| alike(Measure::Movement(Movement::Flexion), Measure::Movement(one)))
            && Plane::ALL
                .iter()
                .all(|&one| alike(Measure::Plane(Plane::Sagittal), Measure::Plane(one)))
    }
}

/// Puts a row in its place.
fn take(found: &mut [(Measure, [Option<Threshold>; 2])], row: &LimitRow) -> Result<(), String> {
    let measure = Measure::all()
        .find(|one| one.name() == row.measure)
        .ok_or_else(|| format!("there is no measure {}", row.measure))?;
    let level = match row.level.trim_end_matches('%').trim_end() {
        "90" => 0,
        "95" => 1,
        other => return Err(format!("a level is 90 % or 95 %, not {other}")),
    };
    if !(row.value_deg.is_finite() && row.value_deg > 0.0) {
        return Err(format!("a limit is over zero, not {}", row.value_deg));
    }
    let place = &mut found[measure.index()].1[level];
    if place.is_some() {
        return Err(format!("{} {} stands twice", row.measure, row.level));
    }
    *place = Some(threshold(row, ["90 %", "95 %"][level]));
    Ok(())
}

fn threshold(row: &LimitRow, level: &str) -> Threshold {
    let subjects = row.n.map(|n| format!(", n = {n}")).unwrap_or_default();
    Threshold {
        name: format!("{}_{}", row.measure, &level[..2]),
        value: row.value_deg,
        unit: "deg".to_owned(),
        level: level.to_owned(),
        provisional: false,
        source: format!("{}{subjects}", row.source),
    }
}

fn joined(measure: Measure, pair: [Option<Threshold>; 2]) -> Result<MeasureLimits, LimitsError> {
    let limits = match pair {
        [None, None] => return Ok(shipped(measure)),
        [Some(possible), Some(probable)] => ChangeLimits { possible, probable },
        _ => return Err(LimitsError::OneLevel(measure.name())),
    };
    if limits.probable.value < limits.possible.value {
        return Err(LimitsError::Order(measure.name()));
    }
    Ok(MeasureLimits {
        measure: measure.name(),
        limits,
    })
}

/// The file of these rows.
///
/// # Errors
/// Only if a row cannot be CSV.
pub fn csv(rows: &[LimitRow]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLEXION: Measure = Measure::Movement(Movement::Flexion);
    const FRONTAL: Measure = Measure::Plane(Plane::Frontal);

    fn parse(rows: &str) -> Result<Limits, String> {
        let text = format!("measure,level,value_deg,n,source\n{rows}");
        Limits::parse("own.csv", text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_replaces_what_it_has_and_the_rest_stays_provisional() {
        let limits = parse("flexion,90 %,4.5,24,own\nflexion,95%,5.5,24,own\n").unwrap();
        let flexion = limits.of(FLEXION);
        assert_eq!((flexion.possible.value, flexion.probable.value), (4.5, 5.5));
        assert_eq!(flexion.possible.source, "own, n = 24");
        assert!(!flexion.possible.provisional);
        assert!(limits.of(FRONTAL).possible.provisional);
        assert!(!limits.are_of_two_kinds() && !limits.are_shipped());
        assert!(Limits::default().are_of_two_kinds() && Limits::default().are_shipped());
    }

    #[test]
    fn what_is_written_is_read() {
        let row = |level: &str, value_deg| LimitRow {
            measure: FRONTAL.name().to_owned(),
            level: level.to_owned(),
            value_deg,
            low_deg: Some(1.0),
            high_deg: None,
            n: Some(12),
            source: "a, \"b\"".to_owned(),
        };
        let bytes = csv(&[row("90 %", 6.25), row("95 %", 7.5)]).unwrap();
        let limits = Limits::parse("x.csv", &bytes).unwrap();
        assert!((limits.of(FRONTAL).probable.value - 7.5).abs() < 1e-12);
        assert_eq!(limits.of(FRONTAL).probable.source, "a, \"b\", n = 12");
    }

    #[test]
    fn files_that_are_none_are_refused() {
        for (rows, expected) in [
            ("", "there are no limits in it"),
            (
                "flexion,90 %,4,,x\n",
                "flexion needs one limit of 90 % and one of 95 %",
            ),
            ("pitch,90 %,4,,x\n", "line 2: there is no measure pitch"),
            (
                "flexion,80 %,4,,x\n",
                "line 2: a level is 90 % or 95 %, not 80",
            ),
            ("flexion,90 %,0,,x\n", "line 2: a limit is over zero, not 0"),
            (
                "flexion,90 %,NaN,,x\n",
                "line 2: a limit is over zero, not NaN",
            ),
            (
                "flexion,90 %,4,,x\nflexion,90 %,4,,x\n",
                "line 3: flexion 90 % stands twice",
            ),
            (
                "flexion,90 %,4,,x\nflexion,95 %,3,,x\n",
                "flexion: the limit of 95 % must not be under that of 90 %",
            ),
        ] {
            assert_eq!(parse(rows).unwrap_err(), expected);
        }
        assert!(matches!(
            Limits::parse("x", b"a,b\n1,2\n"),
            Err(LimitsError::Csv(_))
        ));
    }
}
