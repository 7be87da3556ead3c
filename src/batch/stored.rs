//! Rows of the three tables that lie on disk: a part, or a stretch of a folder of results.

use std::fs::File;
use std::io::Cursor;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use polars::io::mmap::MmapBytesReader;
use polars::prelude::{DataFrame, ParallelStrategy, ParquetReader, PolarsResult, SerReader as _};

use super::error::BatchError;
use super::frames::Frames;

/// The tables, in this order wherever there are three of something.
pub(super) const TABLES: [&str; 3] = ["recordings", "movements", "repetitions"];

/// Where some rows of the three tables are.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    folder: PathBuf,
    /// Which rows of each table; all of them without.
    rows: Option<[Range<usize>; 3]>,
}

impl Stored {
    /// A part.
    pub(super) const fn part(folder: PathBuf) -> Self {
        Self { folder, rows: None }
    }

    /// A stretch of a folder of results.
    pub(super) const fn stretch(folder: PathBuf, rows: [Range<usize>; 3]) -> Self {
        Self {
            folder,
            rows: Some(rows),
        }
    }

    /// Where they are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads them, without `dropped` columns.
    pub(super) fn load(&self, dropped: &[&str]) -> Result<Frames, BatchError> {
        let mut tables = TABLES.iter().enumerate().map(|(place, name)| {
            let path = table_path(&self.folder, name);
            let rows = self.rows.as_ref().and_then(|rows| rows.get(place).cloned());
            let table = read(&path, rows, None)?;
            Ok::<_, BatchError>(table.drop_many(dropped.iter().copied()))
        });
        let mut next = || tables.next().expect("there are three tables");
        Ok(Frames {
            recordings: next()?,
            movements: next()?,
            repetitions: next()?,
        })
    }
}

/// The file of a table in a folder.
pub(super) fn table_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.parquet"))
}

/// How many rows a table has, as its end says; none when that is not sound.
pub(super) fn height(path: &Path) -> Option<usize> {
    let file = File::open(path).ok()?;
    let rows = || ParquetReader::new(file).num_rows().ok();
    catch_unwind(AssertUnwindSafe(rows)).ok().flatten()
}

/// Reads some rows and columns of a table; all without.
pub(super) fn read(
    path: &Path,
    rows: Option<Range<usize>>,
    columns: Option<&[&str]>,
) -> Result<DataFrame, BatchError> {
    let failed = |source| BatchError::ReadTable {
        path: path.to_owned(),
        source,
    };
    let columns = columns.map(|names| names.iter().map(ToString::to_string).collect());
    // The Parquet library takes some broken files for its own mistakes.
    let loaded = match rows {
        // A part is small: in memory, nothing can be cut off under it.
        None => std::fs::read(path).map(|bytes| {
            catch_unwind(AssertUnwindSafe(|| load(Cursor::new(bytes), None, columns)))
        }),
        Some(rows) => File::open(path)
            .map(|file| catch_unwind(AssertUnwindSafe(|| load(file, Some(rows), columns)))),
    };
    match loaded {
        Ok(Ok(loaded)) => loaded.map_err(failed),
        Ok(Err(_panic)) => Err(BatchError::Damaged {
            path: path.to_owned(),
        }),
        Err(error) => Err(failed(error.into())),
    }
}

fn load(
    bytes: impl MmapBytesReader,
    rows: Option<Range<usize>>,
    columns: Option<Vec<String>>,
) -> PolarsResult<DataFrame> {
    ParquetReader::new(bytes)
        .read_parallel(ParallelStrategy::None)
        .with_slice(rows.map(|rows| (rows.start, rows.len())))
        .with_columns(columns)
        .finish()
}
