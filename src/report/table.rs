//! Result tables for spreadsheets and other programs: CSV and Parquet, degrees.

use polars::prelude::*;

use super::label::plain;
use super::{MovementReport, RepetitionReport, Report};

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// As a table.
    #[error("cannot build the table")]
    Table(#[from] PolarsError),
    /// As CSV.
    #[error("cannot write the table as CSV")]
    Csv(#[from] csv::Error),
}

/// A row per recording and movement.
///
/// # Errors
/// If the table cannot be built.
pub fn movements(reports: &[&Report]) -> Result<DataFrame, TableError> {
    let rows: Vec<(&Report, &MovementReport)> = reports
        .iter()
        .flat_map(|&report| {
            report
                .movements
                .iter()
                .map(move |movement| (report, movement))
        })
        .collect();
    let mut columns = about(rows.iter().map(|row| row.0));
    columns.extend([
        Column::new("movement".into(), texts(&rows, |row| row.1.movement)),
        Column::new("n".into(), counts(&rows, |row| Some(row.1.n))),
        Column::new("mean_deg".into(), numbers(&rows, |row| row.1.mean_deg)),
        Column::new("sd_deg".into(), numbers(&rows, |row| row.1.sd_deg)),
        Column::new("max_deg".into(), numbers(&rows, |row| row.1.max_deg)),
        Column::new(
            "consistent".into(),
            rows.iter().map(|row| row.1.consistent).collect::<Vec<_>>(),
        ),
    ]);
    Ok(DataFrame::new(rows.len(), columns)?)
}

/// A row per recording and repetition, those left out too.
///
/// # Errors
/// If the table cannot be built.
pub fn repetitions(reports: &[&Report]) -> Result<DataFrame, TableError> {
    let rows: Vec<(&Report, &RepetitionReport)> = reports
        .iter()
        .flat_map(|&report| report.repetitions.iter().map(move |one| (report, one)))
        .collect();
    let mut columns = about(rows.iter().map(|row| row.0));
    let ones: Vec<&RepetitionReport> = rows.iter().map(|row| row.1).collect();
    columns.push(Column::new(
        "movement".into(),
        texts(&ones, |one| one.movement),
    ));
    columns.extend(
        MEASURED
            .iter()
            .map(|&(name, of)| Column::new(name.into(), numbers(&ones, of))),
    );
    columns.extend([
        Column::new(
            "velocity_peaks".into(),
            counts(&ones, |one| one.velocity_peaks),
        ),
        Column::new(
            "used".into(),
            ones.iter().map(|one| one.used).collect::<Vec<_>>(),
        ),
        Column::new(
            "reason".into(),
            ones.iter().map(|one| one.reason).collect::<Vec<_>>(),
        ),
    ]);
    Ok(DataFrame::new(rows.len(), columns)?)
}

type Measured = (&'static str, fn(&&RepetitionReport) -> Option<f64>);

/// The numbers of a repetition, in the order of the table.
const MEASURED: &[Measured] = &[
    ("start_s", |one| Some(one.start_s)),
    ("peak_s", |one| Some(one.peak_s)),
    ("end_s", |one| Some(one.end_s)),
    ("rom_deg", |one| Some(one.rom_deg)),
    ("hold_s", |one| Some(one.hold_s)),
    ("peak_speed_deg_s", |one| Some(one.peak_speed_deg_s)),
    ("mean_speed_deg_s", |one| Some(one.mean_speed_deg_s)),
    ("sparc", |one| one.sparc),
    ("ldlj", |one| one.ldlj),
    ("flexion_deg", |one| Some(one.end_range_deg.flexion)),
    ("side_bend_right_deg", |one| {
        Some(one.end_range_deg.side_bend_right)
    }),
    ("rotation_left_deg", |one| {
        Some(one.end_range_deg.rotation_left)
    }),
    ("zero_flexion_deg", |one| Some(one.zero_offset_deg.flexion)),
    ("zero_side_bend_right_deg", |one| {
        Some(one.zero_offset_deg.side_bend_right)
    }),
    ("zero_rotation_left_deg", |one| {
        Some(one.zero_offset_deg.rotation_left)
    }),
    ("trunk_motion_deg", |one| one.trunk_motion_deg),
];

/// Where a row comes from.
fn about<'a>(reports: impl Iterator<Item = &'a Report>) -> Vec<Column> {
    let recordings: Vec<_> = reports.map(|report| &report.recording).collect();
    let optional = |name: &str, of: fn(&super::RecordingReport) -> Option<&str>| {
        Column::new(
            name.into(),
            recordings.iter().map(|one| of(one)).collect::<Vec<_>>(),
        )
    };
    vec![
        optional("recording", |one| Some(one.path.as_str())),
        optional("subject", |one| one.subject.as_deref()),
        optional("visit", |one| one.visit.as_deref()),
        optional("date", |one| one.date.as_deref()),
    ]
}

fn texts<Row>(rows: &[Row], of: impl Fn(&Row) -> &'static str) -> Vec<&'static str> {
    rows.iter().map(of).collect()
}

/// A number that is not finite is a missing one.
fn numbers<Row>(rows: &[Row], of: impl Fn(&Row) -> Option<f64>) -> Vec<Option<f64>> {
    rows.iter()
        .map(|row| of(row).filter(|number| number.is_finite()))
        .collect()
}

fn counts<Row>(rows: &[Row], of: impl Fn(&Row) -> Option<usize>) -> Vec<Option<u32>> {
    rows.iter()
        .map(|row| of(row).map(|n| u32::try_from(n).unwrap_or(u32::MAX)))
        .collect()
}

/// The table with every `…_rad` column as `…_deg`.
///
/// # Errors
/// If the table cannot be built.
pub fn in_degrees(table: DataFrame) -> Result<DataFrame, TableError> {
    let names: Vec<String> = table
        .get_column_names()
        .iter()
        .map(ToString::to_string)
        .collect();
    let columns: Vec<Expr> = names
        .iter()
        .map(|name| match name.split_once("_rad") {
            Some((before, after)) => (col(name.as_str()) * lit(1_f64.to_degrees()))
                .alias(format!("{before}_deg{after}").as_str()),
            None => col(name.as_str()),
        })
        .collect();
    Ok(table.lazy().select(columns).collect()?)
}

/// A table as CSV: numbers with four digits after the point, missing values empty, texts that a
/// spreadsheet would run as a formula made harmless.
///
/// # Errors
/// If a column has a type that result tables do not have.
pub fn csv(table: &DataFrame) -> Result<Vec<u8>, TableError> {
    csv_rows(table, true)
}

/// The same, with or without the names of the columns before it.
///
/// # Errors
/// As [`csv()`].
pub fn csv_rows(table: &DataFrame, names: bool) -> Result<Vec<u8>, TableError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if names {
        writer.write_record(table.get_column_names().iter().map(|name| name.as_str()))?;
    }
    let columns = table
        .columns()
        .iter()
        .map(cells)
        .collect::<PolarsResult<Vec<_>>>()?;
    for row in 0..table.height() {
        writer.write_record(columns.iter().filter_map(|column| column.get(row)))?;
    }
    writer
        .into_inner()
        .map_err(|error| TableError::Csv(error.into_error().into()))
}

/// Two columns of texts as CSV, made harmless.
///
/// # Errors
/// If the library refuses.
pub fn pairs<A: AsRef<str>, B: AsRef<str>>(
    names: [&str; 2],
    rows: impl Iterator<Item = (A, B)>,
) -> Result<Vec<u8>, TableError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(names)?;
    for (one, other) in rows {
        writer.write_record([harmless(one.as_ref()), harmless(other.as_ref())])?;
    }
    writer
        .into_inner()
        .map_err(|error| TableError::Csv(error.into_error().into()))
}

fn cells(column: &Column) -> PolarsResult<Vec<String>> {
    fn each<T>(values: impl Iterator<Item = Option<T>>, cell: impl Fn(T) -> String) -> Vec<String> {
        values
            .map(|value| value.map(&cell).unwrap_or_default())
            .collect()
    }
    if let Ok(texts) = column.str() {
        Ok(each(texts.iter(), harmless))
    } else if let Ok(numbers) = column.f64() {
        Ok(each(numbers.iter(), number))
    } else if let Ok(flags) = column.bool() {
        Ok(each(flags.iter(), |flag| flag.to_string()))
    } else if let Ok(counts) = column.i64() {
        Ok(each(counts.iter(), |count| count.to_string()))
    } else {
        Ok(each(column.u32()?.iter(), |count| count.to_string()))
    }
}

/// Four digits after the point, and never `-0`.
fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

/// A text that begins like a formula gets an apostrophe before it; control characters become spaces.
fn harmless(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let apostrophe = if formula { "'" } else { "" };
    format!("{apostrophe}{}", plain(text))
}

/// A table as Parquet.
///
/// # Errors
/// If the table cannot be written.
pub fn parquet(table: &mut DataFrame) -> Result<Vec<u8>, TableError> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(table)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::compare;
    use super::super::example::{Example, course};
    use super::*;
    use crate::visit;

    #[test]
    fn texts_that_look_like_formulas_are_made_harmless_and_numbers_stay() {
        let mut example = Example::new("+1", 0.0);
        example.subject = "=HYPERLINK(\"x\")".to_owned();
        let one = example.analysed();
        let mut report = one.report;
        report.repetitions[0].end_range_deg.rotation_left = -12.5;
        report.recording.path = "@here.csv".to_owned();
        let text = String::from_utf8(csv(&repetitions(&[&report]).unwrap()).unwrap()).unwrap();
        let row = text.lines().nth(1).unwrap();
        assert!(
            row.starts_with("'@here.csv,\"'=HYPERLINK(\"\"x\"\")\",'+1,,flexion,"),
            "{row}"
        );
        assert!(row.contains(",-12.5,"), "{row}");
        assert_eq!(["-1", "\tx", "\rx"].map(harmless), ["'-1", "' x", "' x"]);
        assert_eq!(harmless("sub-01"), "sub-01");
    }

    #[test]
    fn every_recording_has_six_movements_and_missing_values_are_empty() {
        let mut example = Example::new("1", 0.0);
        example.roms[5] = None;
        let report = example.analysed().report;
        let text = String::from_utf8(csv(&movements(&[&report]).unwrap()).unwrap()).unwrap();
        assert_eq!(text.lines().count(), 7);
        assert!(text.ends_with("rotation_right,0,,,,\n"), "{text}");
    }

    #[test]
    fn tables_of_visits_come_out_in_degrees() {
        let recordings = course(2, 9.0);
        let visits = compare::visits(&recordings);
        let table = in_degrees(visit::table::movements(&visits).unwrap()).unwrap();
        let means = table
            .column("mean_deg")
            .unwrap()
            .f64()
            .unwrap()
            .get(0)
            .unwrap();
        assert!((means - 48.13).abs() < 0.1, "{means}");
        assert!(table.column("mean_rad").is_err());
    }

    #[test]
    fn parquet_keeps_the_table() {
        let report = Example::new("1", 0.0).analysed().report;
        let mut table = repetitions(&[&report]).unwrap();
        let bytes = parquet(&mut table).unwrap();
        let back = ParquetReader::new(std::io::Cursor::new(bytes))
            .finish()
            .unwrap();
        assert!(back.equals_missing(&table));
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([1.0, 0.1 + 0.2, -0.000_01].map(number), ["1", "0.3", "0"]);
    }
}
