//! Tables of shards put together, as one run would have written them.

use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, ParquetReader, PolarsResult, SerReader as _};

use super::error::BatchError;
use super::frames::movement_rows;
use super::part::spots;
use super::place::Place;
use super::stored::{Stored, TABLES, height, read, table_path};
use super::tables::{Contents, INPUT, INPUTS, STRETCH, Spot, Summary, write};

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

/// Puts the tables of all shards of an input together in `place`.
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
        let shard = Shard::read(path)?;
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
        all.extend(shard.stretches(path, folder, stretch, &mut stored));
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

/// What the table of recordings says.
struct Shard {
    /// Recordings of the input, those of other shards too.
    inputs: usize,
    /// Place in the input, rows in the table of movements, rows in the table of repetitions.
    rows: Vec<(usize, usize, usize)>,
}

impl Shard {
    fn read(path: &Path) -> Result<Self, MergeError> {
        let not_results = |what| MergeError::NotResults {
            path: path.to_owned(),
            what,
        };
        let file = table_path(path, TABLES[0]);
        if !file.is_file() {
            return Err(not_results("it has no recordings.parquet"));
        }
        let inputs = inputs(&file).ok_or_else(|| {
            not_results("its recordings.parquet does not say how many recordings there were")
        })?;
        let columns = [INPUT, "status", "repetitions"];
        let rows = rows(&read(&file, None, Some(&columns))?);
        let rows = rows.map_err(|source| BatchError::ReadTable { path: file, source })?;
        let sums = rows
            .iter()
            .fold((0, 0), |sums, row| (sums.0 + row.1, sums.1 + row.2));
        for (name, sum) in [(TABLES[1], sums.0), (TABLES[2], sums.1)] {
            if height(&table_path(path, name)) != Some(sum) {
                return Err(not_results("its tables are not of one run; run it again"));
            }
        }
        Ok(Self { inputs, rows })
    }

    /// Its recordings, in stretches that are added to `stored`.
    fn stretches(
        &self,
        path: &Path,
        folder: usize,
        stretch: usize,
        stored: &mut Vec<Stored>,
    ) -> Vec<One> {
        let mut all = Vec::with_capacity(self.rows.len());
        let mut at = [0; 3];
        for rows in self.rows.chunks(stretch) {
            let counts = rows.iter().map(|row| (row.1, row.2));
            let found = spots(stored.len(), counts);
            let count = |of: fn(&(usize, usize, usize)) -> usize| rows.iter().map(of).sum();
            let next: [usize; 3] = [rows.len(), count(|row| row.1), count(|row| row.2)];
            let ranges = std::array::from_fn(|table| at[table]..at[table] + next[table]);
            at = std::array::from_fn(|table| at[table] + next[table]);
            stored.push(Stored::stretch(path.to_owned(), ranges));
            all.extend(rows.iter().zip(found).map(|(row, spot)| One {
                input: row.0,
                spot,
                folder,
            }));
        }
        all
    }
}

/// How many recordings the input had, from the note in a table.
fn inputs(path: &Path) -> Option<usize> {
    let mut reader = ParquetReader::new(File::open(path).ok()?);
    let notes = reader.get_metadata().ok()?.key_value_metadata().as_ref()?;
    let note = notes.iter().find(|note| note.key == INPUTS)?;
    note.value.as_ref()?.parse().ok()
}

fn rows(table: &DataFrame) -> PolarsResult<Vec<(usize, usize, usize)>> {
    let count =
        |number: Option<i64>| usize::try_from(number.unwrap_or_default()).unwrap_or_default();
    let inputs = table.column(INPUT)?.i64()?.iter().map(count);
    let statuses = table.column("status")?.str()?.iter();
    let repetitions = table.column("repetitions")?.i64()?.iter().map(count);
    let movements = statuses.map(|status| movement_rows(status.unwrap_or_default()));
    let rows = inputs.zip(movements).zip(repetitions);
    Ok(rows
        .map(|((input, movements), repetitions)| (input, movements, repetitions))
        .collect())
}
