//! The three tables of some recordings, without their place in the input.

use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use super::row::{Row, Status};
use crate::report::table::{self, TableError};
use crate::report::{Report, SensorReport};

/// Rows of the three tables.
#[derive(Debug, Clone)]
pub struct Frames {
    /// A row a recording.
    pub recordings: DataFrame,
    /// Six rows for each recording that was measured.
    pub movements: DataFrame,
    /// A row a repetition.
    pub repetitions: DataFrame,
}

impl Frames {
    /// In the order of [`TABLES`](super::stored::TABLES).
    pub(super) const fn each(&self) -> [&DataFrame; 3] {
        [&self.recordings, &self.movements, &self.repetitions]
    }

    /// The same, to be changed.
    pub(super) const fn each_mut(&mut self) -> [&mut DataFrame; 3] {
        [
            &mut self.recordings,
            &mut self.movements,
            &mut self.repetitions,
        ]
    }
}

/// The tables of these recordings, in this order.
///
/// # Errors
/// If a table cannot be built.
pub fn frames(rows: &[&Row]) -> Result<Frames, TableError> {
    let reports: Vec<&Report> = rows.iter().filter_map(|row| row.report.as_ref()).collect();
    Ok(Frames {
        recordings: recordings(rows)?,
        movements: table::movements(&reports)?,
        repetitions: table::repetitions(&reports)?,
    })
}

/// A row per recording.
fn recordings(rows: &[&Row]) -> Result<DataFrame, TableError> {
    let mut columns = about(rows).to_vec();
    columns.extend(outcome(rows));
    columns.extend(measured(rows));
    columns.extend([
        texts(rows, "version", |_| Some(env!("CARGO_PKG_VERSION"))),
        texts(rows, "settings", |row| Some(&row.settings)),
    ]);
    Ok(DataFrame::new(rows.len(), columns)?)
}

fn about(rows: &[&Row]) -> [Column; 5] {
    [
        texts(rows, "recording", |row| Some(&row.recording)),
        texts(rows, "subject", |row| row.about.subject.as_deref()),
        texts(rows, "visit", |row| row.about.visit.as_deref()),
        texts(rows, "date", |row| row.about.date.as_deref()),
        texts(rows, "task", |row| row.about.task.as_deref()),
    ]
}

fn outcome(rows: &[&Row]) -> [Column; 6] {
    let warnings: Vec<Option<String>> = rows.iter().map(|row| row.warnings()).collect();
    [
        texts(rows, "status", |row| Some(row.status.name())),
        texts(rows, "error", |row| row.error.as_deref()),
        column("warnings", warnings),
        texts(rows, "format", |row| {
            Some(row.report.as_ref()?.recording.format.as_str())
        }),
        texts(rows, "sha256", |row| row.sha256.as_deref()),
        counts(rows, "bytes", |row| row.bytes),
    ]
}

fn measured(rows: &[&Row]) -> [Column; 7] {
    let head = |row: &Row| Some(head_sensor(row.report.as_ref()?)?.clone());
    let heads: Vec<Option<SensorReport>> = rows.iter().map(|row| head(row)).collect();
    let of_head = |of: fn(&SensorReport) -> f64| -> Vec<Option<f64>> {
        heads.iter().map(|one| one.as_ref().map(of)).collect()
    };
    let of_report = |name, of: fn(&Report) -> usize| {
        counts(rows, name, |row| {
            row.report.as_ref().map(|one| of(one) as u64)
        })
    };
    [
        of_report("sensors", |one| one.recording.sensors.len()),
        of_report("samples", |one| {
            head_sensor(one).map_or(0, |head| head.samples)
        }),
        column("rate_hz", of_head(|head| head.rate_hz)),
        column("seconds", of_head(|head| head.duration_s)),
        of_report("movements", |one| {
            one.movements
                .iter()
                .filter(|movement| movement.n > 0)
                .count()
        }),
        of_report("repetitions", |one| one.repetitions.len()),
        of_report("repetitions_used", |one| {
            one.repetitions.iter().filter(|one| one.used).count()
        }),
    ]
}

fn head_sensor(report: &Report) -> Option<&SensorReport> {
    let sensors = &report.recording.sensors;
    sensors.iter().find(|sensor| sensor.place == "head")
}

/// How many rows a recording has in the tables of movements and of repetitions.
pub(super) fn row_counts(row: &Row) -> (usize, usize) {
    let repetitions = row.report.as_ref().map(|report| report.repetitions.len());
    (
        movement_rows(row.status.name()),
        repetitions.unwrap_or_default(),
    )
}

/// How many rows a recording has in the table of movements.
pub(super) fn movement_rows(status: &str) -> usize {
    if status == Status::Failed.name() {
        0
    } else {
        crate::movement::Movement::ALL.len()
    }
}

fn texts<'a>(rows: &[&'a Row], name: &str, of: impl Fn(&'a Row) -> Option<&'a str>) -> Column {
    column(name, rows.iter().map(|row| of(row)).collect::<Vec<_>>())
}

fn counts(rows: &[&Row], name: &str, of: impl Fn(&Row) -> Option<u64>) -> Column {
    let signed = |count| i64::try_from(count).unwrap_or(i64::MAX);
    column(
        name,
        rows.iter()
            .map(|row| of(row).map(signed))
            .collect::<Vec<_>>(),
    )
}

/// A column of values.
pub(super) fn column<T, Kind: ?Sized>(name: &str, values: T) -> Column
where
    Series: NamedFrom<T, Kind>,
{
    Column::from(Series::new(name.into(), values))
}
