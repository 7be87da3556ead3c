//! The three tables of a run, put together in the order of its input.
//!
//! A stretch of so many recordings is one row group of each table, whatever part its rows come from: the
//! bytes depend on the rows and their order alone, and memory on the stretch.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{
    Column, DataFrame, DataType, IdxCa, KeyValueMetadata, ParquetWriter, PolarsError, PolarsResult,
};
use tempfile::NamedTempFile;

use super::error::BatchError;
use super::frames::{Frames, column, frames};
use super::part::{OWN, Parts};
use super::stored::{Stored, TABLES, table_path};
use crate::report::table::{TableError, csv_rows};

/// Recordings in a row group.
pub(super) const STRETCH: usize = 1024;
/// The first column of each table: the place in the input, from 0.
pub(super) const INPUT: &str = "input";
/// The file's note of how many recordings the input has, those of other shards too.
pub(super) const INPUTS: &str = "neckrom inputs";

/// Where the rows of a recording are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Which part.
    pub(super) stored: u32,
    /// Row of the table of recordings.
    pub(super) recording: u32,
    /// Rows of the table of movements.
    pub(super) movements: Range<u32>,
    /// Rows of the table of repetitions.
    pub(super) repetitions: Range<u32>,
}

impl Spot {
    /// Rows of each table.
    fn rows(&self) -> [Range<u32>; 3] {
        let recording = self.recording..self.recording + 1;
        [recording, self.movements.clone(), self.repetitions.clone()]
    }
}

/// What the tables are made of.
#[derive(Debug)]
pub struct Contents<'a> {
    pub(super) stored: &'a [Stored],
    /// Recordings in the order of the input, each with its place there.
    pub(super) spots: Vec<(usize, Spot)>,
    /// Recordings of the input, those of other shards too.
    pub(super) inputs: usize,
    /// Parts that stay in memory for the next stretch.
    pub(super) kept: usize,
}

impl<'a> Contents<'a> {
    /// Rows of parts: recordings in the order of the input, each with its place there; and how many
    /// recordings the input has, those of other shards too.
    pub fn of_parts(parts: &'a Parts, spots: Vec<(usize, Spot)>, inputs: usize) -> Self {
        Self {
            stored: parts.stored(),
            spots,
            inputs,
            kept: 4,
        }
    }
}

/// How many recordings came out how, and the first that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Count by status.
    pub counts: BTreeMap<String, usize>,
    /// Recording and error of at most [`SHOWN`] that failed.
    pub failures: Vec<(String, String)>,
}

/// Failures that a summary names.
pub const SHOWN: usize = 10;

impl Summary {
    /// Recordings of this status.
    pub fn count(&self, status: &str) -> usize {
        self.counts.get(status).copied().unwrap_or_default()
    }

    fn add(&mut self, recordings: &DataFrame) -> PolarsResult<()> {
        let text = |name| recordings.column(name)?.str();
        let rows = text("status")?.iter().zip(text("recording")?.iter());
        for ((status, recording), error) in rows.zip(text("error")?.iter()) {
            *self
                .counts
                .entry(status.unwrap_or_default().to_owned())
                .or_default() += 1;
            if let (Some(error), true) = (error, self.failures.len() < SHOWN) {
                let recording = recording.unwrap_or_default().to_owned();
                self.failures.push((recording, error.to_owned()));
            }
        }
        Ok(())
    }
}

/// Writes the three tables, as Parquet and on request as CSV, in place of those that are there.
///
/// # Errors
/// When they cannot be written or their rows not be read; then those that were there stay.
pub fn write(root: &Path, contents: &Contents<'_>, csv: bool) -> Result<Summary, BatchError> {
    let empty = frames(&[])?;
    let mut files = empty
        .each()
        .into_iter()
        .zip(TABLES)
        .map(|(table, name)| TableFile::new(root, name, table, contents.inputs, csv))
        .collect::<Result<Vec<_>, _>>()?;
    let mut summary = Summary::default();
    let mut cache = Cache {
        most: contents.kept,
        parts: Vec::new(),
    };
    for stretch in contents.spots.chunks(STRETCH) {
        let tables = gathered(contents.stored, stretch, &mut cache)?;
        summary.add(&tables.recordings).map_err(table_error)?;
        for (file, table) in files.iter_mut().zip(tables.each()) {
            file.add(table)?;
        }
    }
    let finished = files
        .into_iter()
        .map(TableFile::finish)
        .collect::<Result<Vec<_>, _>>()?;
    for (file, path) in finished.into_iter().flatten() {
        file.persist(&path)
            .map_err(|error| BatchError::write(&path)(error.error))?;
    }
    Ok(summary)
}

fn table_error(error: PolarsError) -> BatchError {
    BatchError::Table(TableError::Table(error))
}

/// Parts that were read stay for the next stretch, those used last.
struct Cache {
    most: usize,
    parts: Vec<(u32, Frames)>,
}

impl Cache {
    fn load(&mut self, all: &[Stored], stored: u32) -> Result<&Frames, BatchError> {
        let place = self.parts.iter().position(|one| one.0 == stored);
        let one = if let Some(place) = place {
            self.parts.remove(place)
        } else {
            let dropped = [&OWN[..], &[INPUT]].concat();
            (stored, all[stored as usize].load(&dropped)?)
        };
        if self.parts.len() >= self.most {
            self.parts.remove(0);
        }
        self.parts.push(one);
        let last = self.parts.last();
        Ok(&last.expect("one was just put there").1)
    }
}

/// The rows of a stretch, in order, with their place in the input.
fn gathered(
    stored: &[Stored],
    stretch: &[(usize, Spot)],
    cache: &mut Cache,
) -> Result<Frames, BatchError> {
    // Part by part, so that few of them are in memory at once; then in order.
    let mut by_part: Vec<usize> = (0..stretch.len()).collect();
    by_part.sort_by_key(|&place| stretch[place].1.stored);
    let mut pieces: Option<Frames> = None;
    for places in by_part.chunk_by(|&a, &b| stretch[a].1.stored == stretch[b].1.stored) {
        let tables = cache.load(stored, stretch[places[0]].1.stored)?;
        let picked = picked(tables, places, stretch).map_err(table_error)?;
        match &mut pieces {
            None => pieces = Some(picked),
            Some(all) => stack(all, &picked).map_err(table_error)?,
        }
    }
    let Some(mut all) = pieces else {
        return Ok(frames(&[])?);
    };
    let mut first_rows = vec![[0; 3]; stretch.len()];
    let mut next = [0; 3];
    for &place in &by_part {
        first_rows[place] = next;
        let counts = stretch[place].1.rows().map(|rows| rows.len() as u32);
        next = std::array::from_fn(|table| next[table] + counts[table]);
    }
    for (table, frame) in all.each_mut().into_iter().enumerate() {
        let (mut rows, mut inputs) = (Vec::new(), Vec::new());
        for ((input, spot), first) in stretch.iter().zip(&first_rows) {
            let count = spot.rows()[table].len() as u32;
            rows.extend(first[table]..first[table] + count);
            inputs.extend(std::iter::repeat_n(signed(*input), count as usize));
        }
        *frame = in_order(frame, rows, inputs).map_err(table_error)?;
    }
    Ok(all)
}

/// The rows of these places out of one part.
fn picked(tables: &Frames, places: &[usize], stretch: &[(usize, Spot)]) -> PolarsResult<Frames> {
    let pick = |table: usize, frame: &DataFrame| {
        let spots = places.iter().map(|&place| &stretch[place].1);
        let rows = spots.flat_map(|spot| spot.rows()[table].clone());
        frame.take(&IdxCa::from_vec("rows".into(), rows.collect()))
    };
    Ok(Frames {
        recordings: pick(0, &tables.recordings)?,
        movements: pick(1, &tables.movements)?,
        repetitions: pick(2, &tables.repetitions)?,
    })
}

fn stack(all: &mut Frames, more: &Frames) -> PolarsResult<()> {
    for (table, more) in all.each_mut().into_iter().zip(more.each()) {
        table.vstack_mut(more)?;
    }
    Ok(())
}

/// The rows in this order, with their place in the input, in memory of their own: what a text's bytes lie
/// among decides how the Parquet library packs it.
fn in_order(table: &DataFrame, rows: Vec<u32>, inputs: Vec<i64>) -> PolarsResult<DataFrame> {
    let height = rows.len();
    let sorted = table.take(&IdxCa::from_vec("rows".into(), rows))?;
    let own = |one: &Column| {
        if *one.dtype() == DataType::String {
            let texts: Vec<Option<&str>> = one.str()?.iter().collect();
            Ok(column(one.name(), texts))
        } else {
            Ok(one.rechunk())
        }
    };
    let own = sorted.columns().iter().map(own);
    let columns: PolarsResult<Vec<Column>> = std::iter::once(Ok(column(INPUT, inputs)))
        .chain(own)
        .collect();
    DataFrame::new(height, columns?)
}

fn signed(input: usize) -> i64 {
    i64::try_from(input).unwrap_or(i64::MAX)
}

/// A table that is being written beside its place.
struct TableFile {
    parquet: BatchedWriter<BufWriter<File>>,
    file: NamedTempFile,
    path: PathBuf,
    csv: Option<(NamedTempFile, PathBuf)>,
}

impl TableFile {
    fn new(
        root: &Path,
        name: &str,
        empty: &DataFrame,
        inputs: usize,
        csv: bool,
    ) -> Result<Self, BatchError> {
        let path = table_path(root, name);
        let beside = || NamedTempFile::new_in(root).map_err(BatchError::write(root));
        let file = beside()?;
        let writer = file.reopen().map_err(BatchError::write(&path))?;
        let empty = in_order(empty, Vec::new(), Vec::new()).map_err(table_error)?;
        let notes = vec![(INPUTS.to_owned(), inputs.to_string())];
        let parquet = ParquetWriter::new(BufWriter::new(writer))
            .set_parallel(false)
            .with_key_value_metadata(Some(KeyValueMetadata::from_static(notes)))
            .batched(empty.schema())
            .map_err(table_error)?;
        let csv_path = root.join(format!("{name}.csv"));
        let mut csv = if csv {
            Some((beside()?, csv_path))
        } else {
            None
        };
        if let Some((file, path)) = &mut csv {
            file.write_all(&csv_rows(&empty, true)?)
                .map_err(BatchError::write(path))?;
        }
        Ok(Self {
            parquet,
            file,
            path,
            csv,
        })
    }

    fn add(&mut self, table: &DataFrame) -> Result<(), BatchError> {
        let wrote = self.parquet.write_batch(table);
        wrote.map_err(|source| self.failed(source))?;
        if let Some((file, path)) = &mut self.csv {
            file.write_all(&csv_rows(table, false)?)
                .map_err(BatchError::write(path))?;
        }
        Ok(())
    }

    fn failed(&self, source: PolarsError) -> BatchError {
        BatchError::WriteTable {
            path: self.path.clone(),
            source,
        }
    }

    /// The files, whole and on disk, and their places.
    fn finish(self) -> Result<Vec<(NamedTempFile, PathBuf)>, BatchError> {
        self.parquet
            .finish()
            .map_err(|source| self.failed(source))?;
        let mut files = vec![(self.file, self.path)];
        files.extend(self.csv);
        for (file, path) in &files {
            file.as_file().sync_all().map_err(BatchError::write(path))?;
        }
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::measure::{Labels, Options};
    use super::super::merge::merge;
    use super::super::part::Finished;
    use super::super::place::Place;
    use super::super::row::failed;
    use super::super::stored::read;
    use super::*;
    use crate::pipeline::Settings;
    use crate::read::ReadOptions;

    fn finished(number: usize) -> Finished {
        let options = Options::new(ReadOptions::default(), Settings::default(), Vec::new());
        let labels = Labels::default();
        Finished {
            row: failed(
                format!("{number}.csv"),
                &labels,
                &options,
                "broken".to_owned(),
            ),
            key: number.to_string(),
            stamp: String::new(),
            content: None,
        }
    }

    /// The tables of recordings that were finished in this order, so many to a part; those of an input of
    /// `inputs`.
    fn written(root: &Path, order: &[usize], to_part: usize, inputs: usize) -> Summary {
        let place = Place::take(root).unwrap();
        let mut parts = Parts::open(&place).unwrap();
        let mut spots = Vec::new();
        for numbers in order.chunks(to_part) {
            let all: Vec<Finished> = numbers.iter().copied().map(finished).collect();
            let found = parts.add(&all).unwrap();
            spots.extend(numbers.iter().copied().zip(found));
        }
        spots.sort_by_key(|spot| spot.0);
        write(root, &Contents::of_parts(&parts, spots, inputs), false).unwrap()
    }

    fn bytes(root: &Path) -> Vec<u8> {
        std::fs::read(table_path(root, TABLES[0])).unwrap()
    }

    /// Several stretches, from parts of another length in another order, and from shards.
    #[test]
    fn many_stretches_are_the_same_whatever_the_parts_were() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        let count = 2 * STRETCH + 100;
        let numbers: Vec<usize> = (0..count).collect();
        let mixed: Vec<usize> = (0..count).map(|number| number * 7 % count).collect();
        let summary = written(&place("one"), &numbers, 999, count);
        assert_eq!(
            (summary.count("failed"), summary.failures.len()),
            (count, SHOWN)
        );
        written(&place("other"), &mixed, 37, count);
        assert!(bytes(&place("one")) == bytes(&place("other")));

        let shards: Vec<PathBuf> = ["a", "b", "c"].map(place).to_vec();
        for (number, shard) in shards.iter().enumerate() {
            let own = mixed.iter().copied().filter(|one| one % 5 % 3 == number);
            written(shard, &own.collect::<Vec<_>>(), 100, count);
        }
        let merged = Place::take(&place("merged")).unwrap();
        assert_eq!(merge(&shards, &merged, false).unwrap(), summary);
        assert!(bytes(&place("one")) == bytes(&place("merged")));

        let table = read(&table_path(&place("one"), TABLES[0]), None, None).unwrap();
        let inputs: Vec<i64> = table
            .column(INPUT)
            .unwrap()
            .i64()
            .unwrap()
            .iter()
            .flatten()
            .collect();
        assert!(inputs.iter().copied().eq(0..i64::try_from(count).unwrap()));
    }
}
