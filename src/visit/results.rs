//! Tables of results back into visits: the `movements` table that `analyze`, `batch` and `compare`
//! write, a row per recording and movement.
//!
//! The mean of a visit is over all its counted repetitions, as in [`Visit`](super::Visit). The means
//! of its recordings, weighted by their counts, are just that, so the table of repetitions is not
//! needed. A recording without a subject's label is left out, since strangers would be pooled, and so
//! is one without a visit's label and date.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use polars::prelude::*;

use super::Labelled;
use crate::movement::Movement;

/// Why tables could not be pooled.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// It is no table of movements.
    #[error("there is no column {0}; a table of movements has it")]
    Column(&'static str),
    /// A column holds something else.
    #[error("column {name} holds {found}, which it should not")]
    Kind {
        /// The column.
        name: &'static str,
        /// What is in it.
        found: String,
    },
    /// Counted twice, a recording would weigh twice.
    #[error("{recording} is there twice; give each recording once")]
    Twice {
        /// Its path, as in the table.
        recording: String,
    },
    /// polars.
    #[error("cannot read the table")]
    Table(#[from] PolarsError),
}

/// What tables of results say of one visit.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitMeans {
    /// Subject label.
    pub subject: String,
    /// Visit label.
    pub label: String,
    /// ISO 8601 date of its first recording, if stated.
    pub date: Option<String>,
    /// Repetitions that count, in the order of [`Movement::ALL`].
    pub n: [usize; 6],
    /// Their mean ROM, radians; `None` without repetitions.
    pub mean_rad: [Option<f64>; 6],
    /// A column `retest` marks it as repeated without a treatment before it.
    pub retest: bool,
}

impl Labelled for VisitMeans {
    fn labels(&self) -> (&str, &str) {
        (&self.subject, &self.label)
    }

    fn date(&self) -> Option<&str> {
        self.date.as_deref()
    }
}

/// Visits of tables, in order; and what was left out.
#[derive(Debug, Default, PartialEq)]
pub struct Pooled {
    /// By subject, then by time.
    pub visits: Vec<VisitMeans>,
    /// Rows that name no subject, or neither visit nor date.
    pub unlabelled_rows: usize,
}

/// Pools tables of movements into visits.
///
/// # Errors
/// If one is no such table, or a recording is there twice.
pub fn pool(tables: &[DataFrame]) -> Result<Pooled, ResultsError> {
    let mut pooling = Pooling::default();
    for table in tables {
        let rows = Rows::of(table)?;
        for row in 0..table.height() {
            pooling.add(&rows, row)?;
        }
    }
    super::sort(&mut pooling.pooled.visits);
    Ok(pooling.pooled)
}

/// It has the columns of a table of movements.
pub fn is_of_movements(names: &[String]) -> bool {
    let columns = ["subject", "visit", "movement", "n", "mean_deg"];
    columns
        .iter()
        .all(|column| names.iter().any(|name| name == column))
}

#[derive(Debug, Default)]
struct Pooling {
    pooled: Pooled,
    places: HashMap<(String, String), usize>,
    /// Which movements were seen of each recording of a visit, as bits.
    seen: HashMap<u64, u8>,
}

impl Pooling {
    fn add(&mut self, rows: &Rows, row: usize) -> Result<(), ResultsError> {
        let (subject, date) = (rows.subject.get(row), rows.date.get(row));
        let label = rows.visit.get(row).or(date);
        let (Some(subject), Some(label)) = (subject, label) else {
            self.pooled.unlabelled_rows += 1;
            return Ok(());
        };
        let movement = rows.movement(row)?;
        if let Some(recording) = rows.recording.get(row) {
            self.note(movement, (recording, subject, label))?;
        }
        let place = self.place(subject, label);
        let visit = &mut self.pooled.visits[place];
        if let Some(date) = date.filter(|date| visit.date.as_deref().is_none_or(|old| *date < old))
        {
            visit.date = Some(date.to_owned());
        }
        visit.retest |= rows.retest.get(row).is_some();
        let n = rows.n.get(row).unwrap_or_default() as usize;
        let mean = rows.mean_deg.get(row).filter(|mean| mean.is_finite());
        if let (1.., Some(mean)) = (n, mean) {
            weigh(visit, movement as usize, n, mean.to_radians());
        }
        Ok(())
    }

    /// A recording has each movement once.
    fn note(&mut self, movement: Movement, which: (&str, &str, &str)) -> Result<(), ResultsError> {
        let mut hasher = DefaultHasher::new();
        which.hash(&mut hasher);
        let seen = self.seen.entry(hasher.finish()).or_default();
        let bit = 1 << movement as u8;
        if *seen & bit != 0 {
            return Err(ResultsError::Twice {
                recording: which.0.to_owned(),
            });
        }
        *seen |= bit;
        Ok(())
    }

    /// Where a visit is; rows of one stand mostly together.
    fn place(&mut self, subject: &str, label: &str) -> usize {
        let visits = &mut self.pooled.visits;
        if visits
            .last()
            .is_some_and(|last| last.labels() == (subject, label))
        {
            return visits.len() - 1;
        }
        let key = (subject.to_owned(), label.to_owned());
        *self
            .places
            .entry(key)
            .or_insert_with_key(|(subject, label)| {
                visits.push(VisitMeans {
                    subject: subject.clone(),
                    label: label.clone(),
                    date: None,
                    n: [0; 6],
                    mean_rad: [None; 6],
                    retest: false,
                });
                visits.len() - 1
            })
    }
}

/// The mean with so many repetitions more.
fn weigh(visit: &mut VisitMeans, place: usize, n: usize, mean_rad: f64) {
    let (old, old_mean) = (visit.n[place], visit.mean_rad[place].unwrap_or_default());
    let all = old + n;
    visit.n[place] = all;
    visit.mean_rad[place] = Some((old_mean * old as f64 + mean_rad * n as f64) / all as f64);
}

/// The columns of a table that are used.
#[derive(Debug)]
struct Rows {
    recording: Texts,
    subject: Texts,
    visit: Texts,
    date: Texts,
    movement: Texts,
    retest: Texts,
    n: UInt32Chunked,
    mean_deg: Float64Chunked,
}

impl Rows {
    fn of(table: &DataFrame) -> Result<Self, ResultsError> {
        Ok(Self {
            recording: Texts::optional(table, "recording")?,
            subject: Texts::needed(table, "subject")?,
            visit: Texts::needed(table, "visit")?,
            date: Texts::optional(table, "date")?,
            movement: Texts::needed(table, "movement")?,
            retest: Texts::retest(table)?,
            n: numbers(table, "n", &DataType::UInt32)?
                .u32()?
                .rechunk()
                .into_owned(),
            mean_deg: numbers(table, "mean_deg", &DataType::Float64)?
                .f64()?
                .rechunk()
                .into_owned(),
        })
    }

    fn movement(&self, row: usize) -> Result<Movement, ResultsError> {
        let name = self.movement.get(row).unwrap_or_default();
        let found = Movement::ALL.into_iter().find(|one| one.name() == name);
        found.ok_or_else(|| ResultsError::Kind {
            name: "movement",
            found: format!("`{name}`"),
        })
    }
}

/// A column of texts; all missing if there is no such column.
#[derive(Debug)]
struct Texts(Option<StringChunked>);

impl Texts {
    fn needed(table: &DataFrame, name: &'static str) -> Result<Self, ResultsError> {
        let column = needed(table, name)?;
        let kind = column.dtype();
        if *kind == DataType::Null {
            // A column without one value has no kind of its own.
            Ok(Self(None))
        } else if *kind == DataType::String {
            Ok(Self(Some(column.str()?.rechunk().into_owned())))
        } else {
            Err(ResultsError::Kind {
                name,
                found: kind.to_string(),
            })
        }
    }

    fn optional(table: &DataFrame, name: &'static str) -> Result<Self, ResultsError> {
        if table.get_column_index(name).is_some() {
            Self::needed(table, name)
        } else {
            Ok(Self(None))
        }
    }

    /// Where a column `retest` is anything but missing, empty, false, 0 or `no`.
    fn retest(table: &DataFrame) -> Result<Self, ResultsError> {
        let Ok(column) = table.column("retest") else {
            return Ok(Self(None));
        };
        let texts = column.cast(&DataType::String)?;
        let marks = texts.str()?.iter().map(|text| {
            text.filter(|text| !["", "0", "no", "n/a", "false"].contains(&text.trim()))
        });
        Ok(Self(Some(marks.collect::<StringChunked>())))
    }

    fn get(&self, row: usize) -> Option<&str> {
        self.0.as_ref()?.get(row).filter(|text| !text.is_empty())
    }
}

fn needed<'a>(table: &'a DataFrame, name: &'static str) -> Result<&'a Column, ResultsError> {
    table.column(name).or(Err(ResultsError::Column(name)))
}

fn numbers(table: &DataFrame, name: &'static str, kind: &DataType) -> Result<Column, ResultsError> {
    let column = needed(table, name)?;
    if column.dtype().is_primitive_numeric() {
        Ok(column.cast(kind)?)
    } else {
        Err(ResultsError::Kind {
            name,
            found: column.dtype().to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (
        &'static str,
        Option<&'static str>,
        &'static str,
        u32,
        Option<f64>,
    );

    fn table(rows: &[Row]) -> DataFrame {
        df!(
            "recording" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
            "subject" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
            "visit" => rows.iter().map(|row| row.2).collect::<Vec<_>>(),
            "date" => vec![None::<&str>; rows.len()],
            "movement" => vec!["flexion"; rows.len()],
            "n" => rows.iter().map(|row| row.3).collect::<Vec<_>>(),
            "mean_deg" => rows.iter().map(|row| row.4).collect::<Vec<_>>(),
        )
        .unwrap()
    }

    #[test]
    fn recordings_of_a_visit_weigh_by_their_repetitions() {
        let one = table(&[
            ("a", Some("1"), "2", 3, Some(40.0)),
            ("b", Some("1"), "1", 0, None),
            ("c", Some("1"), "2", 1, Some(44.0)),
            ("d", None, "1", 3, Some(70.0)),
        ]);
        let pooled = pool(&[one]).unwrap();
        assert_eq!(pooled.unlabelled_rows, 1);
        let labels: Vec<_> = pooled.visits.iter().map(Labelled::labels).collect();
        assert_eq!(labels, [("1", "1"), ("1", "2")]);
        assert_eq!(pooled.visits[0].mean_rad[0], None);
        assert_eq!(pooled.visits[1].n[0], 4);
        let mean = pooled.visits[1].mean_rad[0].unwrap().to_degrees();
        assert!((mean - 41.0).abs() < 1e-12, "(3 * 40 + 44) / 4, not {mean}");
    }

    #[test]
    fn a_recording_that_is_there_twice_is_refused() {
        let row = ("a", Some("1"), "1", 3, Some(40.0));
        let twice = pool(&[table(&[row]), table(&[row])]);
        assert!(matches!(twice, Err(ResultsError::Twice { recording }) if recording == "a"));
    }

    #[test]
    fn other_tables_are_refused_by_name_of_the_column() {
        let mut table = table(&[("a", Some("1"), "1", 3, Some(40.0))]);
        table.drop_in_place("mean_deg").unwrap();
        let refused = pool(&[table]).unwrap_err().to_string();
        assert_eq!(
            refused,
            "there is no column mean_deg; a table of movements has it"
        );
    }

    #[test]
    fn marks_of_retest_are_taken_from_a_column_of_any_kind() {
        let rows = [
            ("a", Some("1"), "1", 3, Some(40.0)),
            ("b", Some("1"), "2", 3, Some(40.0)),
        ];
        for mark in [
            Column::new("retest".into(), [false, true]),
            Column::new("retest".into(), [0, 1]),
            Column::new("retest".into(), [None, Some("A")]),
        ] {
            let mut table = table(&rows);
            table.with_column(mark).unwrap();
            let visits = pool(&[table]).unwrap().visits;
            assert_eq!((visits[0].retest, visits[1].retest), (false, true));
        }
    }
}
