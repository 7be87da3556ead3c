//! Rows of the three tables that lie on disk: a part, a stretch of a folder of results, a file of rows of
//! the worker.

use std::fs::File;
use std::io::Cursor;
use std::ops::Range;
use std::path::{Path, PathBuf};

use polars::io::mmap::MmapBytesReader;
use polars::prelude::{DataFrame, ParallelStrategy, ParquetReader, PolarsResult, SerReader as _};

use super::error::BatchError;
use super::frames::{Frames, frames};
use super::lists::unlisted;
use crate::read::parquet::{guarded, reader};

/// The tables, in this order wherever there are three of something.
pub(super) const TABLES: [&str; 3] = ["recordings", "movements", "repetitions"];

/// Where some rows of the three tables are.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    /// A folder with the three tables, or a file of rows.
    path: PathBuf,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    /// Everything in three tables.
    Tables,
    /// These rows of three tables.
    Stretch([Range<usize>; 3]),
    /// These rows of a file of what the worker gave.
    Lists(Range<usize>),
}

impl Stored {
    /// A part.
    pub(super) const fn part(folder: PathBuf) -> Self {
        Self {
            path: folder,
            what: What::Tables,
        }
    }

    /// A stretch of a folder of results.
    pub(super) const fn stretch(folder: PathBuf, rows: [Range<usize>; 3]) -> Self {
        Self {
            path: folder,
            what: What::Stretch(rows),
        }
    }

    /// A stretch of a Parquet file with rows of the worker.
    pub(super) const fn lists(file: PathBuf, rows: Range<usize>) -> Self {
        Self {
            path: file,
            what: What::Lists(rows),
        }
    }

    /// Where they are.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads them, without `dropped` columns.
    pub(super) fn load(&self, dropped: &[&str]) -> Result<Frames, BatchError> {
        let stretch = match &self.what {
            What::Tables => None,
            What::Stretch(rows) => Some(rows),
            What::Lists(rows) => return lists(&self.path, rows.clone()),
        };
        let mut tables = TABLES.iter().enumerate().map(|(place, name)| {
            let path = table_path(&self.path, name);
            let rows = stretch.and_then(|rows| rows.get(place).cloned());
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

fn lists(path: &Path, rows: Range<usize>) -> Result<Frames, BatchError> {
    let rows = read(path, Some(rows), None)?;
    unlisted(&rows, &frames(&[])?).map_err(|source| BatchError::ReadTable {
        path: path.to_owned(),
        source,
    })
}

/// The file of a table in a folder.
pub(super) fn table_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.parquet"))
}

/// How many rows a table has, as its end says; none when that is not sound.
pub(super) fn height(path: &Path) -> Option<usize> {
    let file = File::open(path).ok()?;
    guarded(file, |file| reader(file)?.num_rows()).ok()
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
    let loaded = match rows {
        // A part is small: in memory, nothing can be cut off under it.
        None => std::fs::read(path)
            .map(|bytes| guarded(Cursor::new(bytes), |bytes| load(bytes, None, columns))),
        Some(rows) => {
            File::open(path).map(|file| guarded(file, |file| load(file, Some(rows), columns)))
        }
    };
    loaded
        .unwrap_or_else(|error| Err(error.into()))
        .map_err(failed)
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
