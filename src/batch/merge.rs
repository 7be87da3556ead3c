//! Tables of shards put together, as one run would have written them; or tables of what engines got from
//! [`worker`](super::worker)s and keep as Parquet.

use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, ParquetReader, PolarsResult, SerReader as _};

use super::error::BatchError;
use super::frames::movement_rows;
use super::part::spots;
use super::place::Place;
use super::stored::{Stored, TABLES, height, read, table_path};
use super::tables::{Contents, INPUT, INPUTS, STRETCH, Spot, Summary, write};
use crate::read::parquet::guarded;

/// Why tables could not be merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// They could not be read or written.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// Not a folder of results.
    #[error("{}: this is no folder of `neckrom batch`: {what}", path.display())]
    NotResults {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// The shards did not see the same recordings.
    #[error(
        "{} is a share of {there} recordings, {} of {here}; run all shards on the same paths",
        first.display(), path.display()
    )]
    OtherInput {
        /// The first folder.
        first: PathBuf,
        /// How many recordings its input has.
        there: usize,
        /// The folder that differs.
        path: PathBuf,
        /// How many its has.
        here: usize,
    },
    /// One recording in two folders.
    #[error(
        "recording number {input} is in {} and in {}; give each shard once",
        one.display(), other.display()
    )]
    Twice {
        /// Its place in the input.
        input: usize,
        /// A folder that has it.
        one: PathBuf,
        /// Another.
        other: PathBuf,
    },
    /// A shard is not there.
    #[error(
        "{missing} of {inputs} recordings are missing; give the folder of every shard, and run again those \
         that did not end"
    )]
    Missing {
        /// How many.
        missing: usize,
        /// Of how many.
        inputs: usize,
    },
}

/// A recording of a shard.
struct One {
    input: usize,
    spot: Spot,
    folder: usize,
}

/// Puts the tables of all shards of an input together in `place`; a folder may as well have Parquet files of
/// the worker's rows, in any order.
///
/// # Errors
/// When they do not make up one input, or cannot be read or written.
pub fn merge(folders: &[PathBuf], place: &Place, csv: bool) -> Result<Summary, MergeError> {
    let mut all = Vec::new();
    let mut stored = Vec::new();
    let mut inputs = None;
    // Few rows of each are in memory at once.
    let stretch = (2 * STRETCH / folders.len().max(1)).clamp(16, STRETCH);
    for (folder, path) in folders.iter().enumerate() {
        let shard = Shard::read(path, stretch)?;
        match inputs {
            None => inputs = Some(shard.inputs),
            Some(there) if there != shard.inputs => {
                return Err(MergeError::OtherInput {
                    first: folders[0].clone(),
                    there,
                    path: path.clone(),
                    here: shard.inputs,
                });
            }
            Some(_) => {}
        }
        for (piece, rows) in shard.pieces {
            all.extend(ones(&rows, stored.len(), folder));
            stored.push(piece);
        }
    }
    all.sort_by_key(|one| one.input);
    let inputs = inputs.unwrap_or_default();
    check(&all, inputs, folders)?;
    let contents = Contents {
        stored: &stored,
        spots: all.into_iter().map(|one| (one.input, one.spot)).collect(),
        inputs,
        kept: folders.len() + 1,
    };
    Ok(write(place.root(), &contents, csv)?)
}

/// Every recording of the input is there once.
fn check(all: &[One], inputs: usize, folders: &[PathBuf]) -> Result<(), MergeError> {
    if let Some(twice) = all.windows(2).find(|two| two[0].input == two[1].input) {
        return Err(MergeError::Twice {
            input: twice[0].input,
            one: folders[twice[0].folder].clone(),
            other: folders[twice[1].folder].clone(),
        });
    }
    let missing = inputs.saturating_sub(all.len());
    if missing > 0 {
        return Err(MergeError::Missing { missing, inputs });
    }
    Ok(())
}

/// Where the rows of some recordings are.
fn ones(rows: &[Rows], stored: usize, folder: usize) -> impl Iterator<Item = One> {
    let spots = spots(stored, rows.iter().map(|row| (row.1, row.2)));
    let all = rows.iter().zip(spots);
    all.map(move |(row, spot)| One {
        input: row.0,
        spot,
        folder,
    })
}

/// Of a recording: place in the input, rows in the table of movements, rows in the table of repetitions.
type Rows = (usize, usize, usize);

/// A folder of results, or of rows of the worker.
struct Shard {
    /// Recordings of the input, those of other shards too.
    inputs: usize,
    /// Its recordings, in pieces that can be read by themselves.
    pieces: Vec<(Stored, Vec<Rows>)>,
}

impl Shard {
    fn read(path: &Path, stretch: usize) -> Result<Self, MergeError> {
        if table_path(path, TABLES[0]).is_file() {
            return Self::of_results(path, stretch);
        }
        let files = parquet_files(path).map_err(|source| BatchError::ReadFolder {
            path: path.to_owned(),
            source,
        })?;
        if files.is_empty() {
            return Err(not_results(path, "it has no recordings.parquet"));
        }
        Self::of_worker(path, files, stretch)
    }

    fn of_results(path: &Path, stretch: usize) -> Result<Self, MergeError> {
        let file = table_path(path, TABLES[0]);
        let what = "its recordings.parquet does not say how many recordings there were";
        let inputs = inputs(&file).ok_or_else(|| not_results(path, what))?;
        let rows = rows(&file)?;
        let sums = rows
            .iter()
            .fold((0, 0), |sums, row| (sums.0 + row.1, sums.1 + row.2));
        for (name, sum) in [(TABLES[1], sums.0), (TABLES[2], sums.1)] {
            if height(&table_path(path, name)) != Some(sum) {
                let what = "its tables are not of one run; run it again";
                return Err(not_results(path, what));
            }
        }
        let mut at = [0; 3];
        let piece = |rows: &[Rows]| {
            let count = |of: fn(&Rows) -> usize| rows.iter().map(of).sum();
            let next: [usize; 3] = [rows.len(), count(|row| row.1), count(|row| row.2)];
            let ranges = std::array::from_fn(|table| at[table]..at[table] + next[table]);
            at = std::array::from_fn(|table| at[table] + next[table]);
            (Stored::stretch(path.to_owned(), ranges), rows.to_vec())
        };
        let pieces = rows.chunks(stretch).map(piece).collect();
        Ok(Self { inputs, pieces })
    }

    /// The input ends with the last recording that is there.
    fn of_worker(path: &Path, files: Vec<PathBuf>, stretch: usize) -> Result<Self, MergeError> {
        let mut pieces = Vec::new();
        for file in files {
            let mut at = 0;
            for rows in rows(&file)?.chunks(stretch) {
                let piece = Stored::lists(file.clone(), at..at + rows.len());
                at += rows.len();
                pieces.push((piece, rows.to_vec()));
            }
        }
        let all = pieces.iter().flat_map(|(_, rows)| rows);
        let last = all.map(|row| row.0).max();
        let inputs = last.map_or(0, |last| last.saturating_add(1));
        if inputs == usize::MAX {
            return Err(not_results(path, "some of its rows have no input"));
        }
        Ok(Self { inputs, pieces })
    }
}

fn not_results(path: &Path, what: &'static str) -> MergeError {
    MergeError::NotResults {
        path: path.to_owned(),
        what,
    }
}

/// The Parquet files of a folder by name; hidden ones are not whole.
fn parquet_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy());
        let is_hidden = name.is_none_or(|name| name.starts_with(['.', '_']));
        if !is_hidden && path.extension().is_some_and(|ending| ending == "parquet") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// How many recordings the input had, from the note in a table.
fn inputs(path: &Path) -> Option<usize> {
    let file = File::open(path).ok()?;
    let about = guarded(file, |file| {
        ParquetReader::new(file).get_metadata().cloned()
    });
    let about = about.ok()?;
    let mut notes = about.key_value_metadata().iter().flatten();
    let note = notes.find(|note| note.key == INPUTS)?;
    note.value.as_ref()?.parse().ok()
}

fn rows(file: &Path) -> Result<Vec<Rows>, BatchError> {
    let table = read(file, None, Some(&[INPUT, "status", "repetitions"]))?;
    rows_of(&table).map_err(|source| BatchError::ReadTable {
        path: file.to_owned(),
        source,
    })
}

fn rows_of(table: &DataFrame) -> PolarsResult<Vec<Rows>> {
    let count = |number: Option<i64>, none: usize| {
        number.map_or(none, |number| usize::try_from(number).unwrap_or(usize::MAX))
    };
    let inputs = table.column(INPUT)?.i64()?.iter();
    let statuses = table.column("status")?.str()?.iter();
    let repetitions = table.column("repetitions")?.i64()?.iter();
    let movements = statuses.map(|status| movement_rows(status.unwrap_or_default()));
    let rows = inputs.zip(movements).zip(repetitions);
    Ok(rows
        .map(|((input, movements), repetitions)| {
            (count(input, usize::MAX), movements, count(repetitions, 0))
        })
        .collect())
}
