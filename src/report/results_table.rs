//! Tables of movements, as `analyze`, `batch` and `compare` write them, read back.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::prelude::{DataFrame, ParquetReader, PolarsError, SerReader as _};

/// Reads a Parquet table of results.
///
/// # Errors
/// If it is none.
pub fn read(bytes: Vec<u8>) -> Result<DataFrame, PolarsError> {
    // The library panics on some broken files.
    let read = AssertUnwindSafe(|| ParquetReader::new(Cursor::new(bytes)).finish());
    catch_unwind(read).unwrap_or_else(|_| Err(PolarsError::ComputeError("it is damaged".into())))
}
