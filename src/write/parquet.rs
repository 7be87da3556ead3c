//! Parquet: the columns of the native CSV, compressed with Zstandard.

use polars::prelude::{
    Column, DataFrame, KeyValueMetadata, NamedFrom as _, ParquetCompression, ParquetWriter, Series,
};

use super::columns::{columns, declared_clocks, declared_sensors};
use super::{Format, Shape, WriteError, Written};
use crate::sample::Recording;

/// This format.
pub const FORMAT: Format = Format {
    name: "parquet",
    title: "Parquet with the native columns",
    shape: Shape::File("parquet"),
    leaves_out: "nothing",
    sidecar: true,
    write: |job| Ok(Written::file(parquet(job.recording)?)),
};

/// A recording as Parquet; reading it back gives the same numbers.
///
/// # Errors
/// When the Parquet library refuses.
pub fn parquet(recording: &Recording) -> Result<Vec<u8>, WriteError> {
    let columns = columns(recording);
    let rows = columns.first().map_or(0, |column| column.values.len());
    let series = columns
        .into_iter()
        .map(|column| Column::from(Series::new(column.name.into(), column.values)))
        .collect();
    let mut table = DataFrame::new(rows, series)?;
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata(recording))))
        .finish(&mut table)?;
    Ok(bytes)
}

fn metadata(recording: &Recording) -> Vec<(String, String)> {
    let mut pairs = vec![("neckrom recording".to_owned(), "1".to_owned())];
    if recording.about.simulated {
        pairs.push(("simulated".to_owned(), "yes".to_owned()));
    }
    if let Some(names) = declared_sensors(recording) {
        pairs.push(("sensors".to_owned(), names));
    }
    if let Some(clocks) = declared_clocks(recording) {
        pairs.push(("clocks".to_owned(), clocks.to_owned()));
    }
    pairs
}
