//! Parts: what is finished, in folders that get their name when they are whole.
//!
//! A part is a folder `part-000001` with the three tables of some recordings, in the order in which they
//! were finished. Its table of recordings has three more columns: what was to be done, what
//! the file looked like, and which content was measured. A run that is killed leaves a folder without that
//! name, which the next one removes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;

use super::error::BatchError;
use super::frames::{Frames, column, frames, movement_rows, row_counts};
use super::place::{Place, save};
use super::row::{Row, Status};
use super::run::Task;
use super::stored::{Stored, TABLES, height, read, table_path};
use super::tables::Spot;
use crate::report::table::parquet;

const KEY: &str = "key";
const STAMP: &str = "stamp";
const CONTENT: &str = "content";
/// Columns of a part that are not of the tables.
pub(super) const OWN: [&str; 3] = [KEY, STAMP, CONTENT];
/// What a part is called until it is whole.
const UNFINISHED: &str = ".new-";
const NAME: &str = "part-";

/// A finished recording.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) row: Row,
    /// [`Task::key`].
    pub(super) key: String,
    /// What the files looked like before they were read.
    pub(super) stamp: String,
    /// What was measured; none when that is not known, then it is measured again.
    pub(super) content: Option<String>,
}

/// What is known of a recording that is in a part.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) spot: Spot,
    pub(super) stamp: String,
    pub(super) content: Option<String>,
    pub(super) failed: bool,
}

/// The parts of a folder of results.
#[derive(Debug)]
pub struct Parts {
    folder: PathBuf,
    next: usize,
    stored: Vec<Stored>,
    known: HashMap<String, Known>,
    /// Parts that could not be read and were removed.
    damaged: usize,
}

impl Parts {
    /// What is there already. What cannot be read, and what later parts replace, is removed.
    ///
    /// # Errors
    /// When the folder cannot be read or changed.
    pub fn open(place: &Place) -> Result<Self, BatchError> {
        let folder = place.parts();
        let mut names = names(&folder).map_err(BatchError::write(&folder))?;
        names.sort();
        let mut parts = Self {
            next: names.last().map_or(1, |last| last.0 + 1),
            folder,
            stored: Vec::new(),
            known: HashMap::new(),
            damaged: 0,
        };
        for (_, path) in &names {
            parts.load(path)?;
        }
        parts.forget_replaced()?;
        Ok(parts)
    }

    /// Parts that could not be read; their recordings are done again.
    pub const fn damaged(&self) -> usize {
        self.damaged
    }

    pub(super) fn known(&self, task: &Task) -> Option<&Known> {
        self.known.get(&task.key())
    }

    pub(super) fn stored(&self) -> &[Stored] {
        &self.stored
    }

    fn load(&mut self, path: &Path) -> Result<(), BatchError> {
        let columns = [KEY, STAMP, CONTENT, "status", "version", "repetitions"];
        let table = read(&table_path(path, TABLES[0]), None, Some(&columns));
        let known = table
            .ok()
            .and_then(|table| known(&table, self.stored.len()));
        match known {
            Some((known, heights)) if heights == heights_on_disk(path) => {
                self.stored.push(Stored::part(path.to_owned()));
                self.known.extend(known);
            }
            _ => {
                self.damaged += 1;
                std::fs::remove_dir_all(path).map_err(BatchError::write(path))?;
            }
        }
        Ok(())
    }

    /// Removes parts of which nothing is of use any more; their place in the list stays.
    fn forget_replaced(&self) -> Result<(), BatchError> {
        let mut used = vec![false; self.stored.len()];
        for spot in self.known.values().map(|known| &known.spot) {
            if let Some(used) = used.get_mut(spot.stored as usize) {
                *used = true;
            }
        }
        for (stored, _) in self.stored.iter().zip(used).filter(|(_, used)| !used) {
            let path = stored.path();
            std::fs::remove_dir_all(path).map_err(BatchError::write(path))?;
        }
        Ok(())
    }

    /// Writes a part; gives where each recording is.
    pub(super) fn add(&mut self, finished: &[Finished]) -> Result<Vec<Spot>, BatchError> {
        let path = self.folder.join(format!("{NAME}{:06}", self.next));
        let write = BatchError::write(&path);
        let mut tables = tables(finished)?;
        let mut unfinished = tempfile::Builder::new();
        unfinished.prefix(UNFINISHED);
        #[cfg(unix)]
        unfinished.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let unfinished = unfinished
            .tempdir_in(&self.folder)
            .map_err(BatchError::write(&self.folder))?;
        let each = [
            &mut tables.recordings,
            &mut tables.movements,
            &mut tables.repetitions,
        ];
        for (table, name) in each.into_iter().zip(TABLES) {
            let path = table_path(unfinished.path(), name);
            save(&path, &parquet(table)?).map_err(BatchError::write(&path))?;
        }
        std::fs::rename(unfinished.path(), &path).map_err(write)?;
        // What had this name has another.
        let _renamed = unfinished.keep();
        let stored = self.stored.len();
        self.next += 1;
        self.stored.push(Stored::part(path));
        let counts = finished.iter().map(|one| row_counts(&one.row));
        Ok(spots(stored, counts))
    }
}

/// The parts in a folder by number; those that were not finished are removed.
fn names(folder: &Path) -> std::io::Result<Vec<(usize, PathBuf)>> {
    let mut found = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if name.starts_with(UNFINISHED) {
            std::fs::remove_dir_all(&path)?;
        } else if let Some(number) = name.strip_prefix(NAME).and_then(|text| text.parse().ok()) {
            found.push((number, path));
        }
    }
    Ok(found)
}

/// Where rows are, from how many each recording has.
pub(super) fn spots(stored: usize, counts: impl Iterator<Item = (usize, usize)>) -> Vec<Spot> {
    let mut at = [0_u32; 3];
    let spot = |(movements, repetitions): (usize, usize)| {
        let spot = Spot {
            stored: stored as u32,
            recording: at[0],
            movements: at[1]..at[1] + movements as u32,
            repetitions: at[2]..at[2] + repetitions as u32,
        };
        at = [at[0] + 1, spot.movements.end, spot.repetitions.end];
        spot
    };
    counts.map(spot).collect()
}

fn tables(finished: &[Finished]) -> Result<Frames, BatchError> {
    let rows: Vec<&Row> = finished.iter().map(|one| &one.row).collect();
    let mut tables = frames(&rows)?;
    let text = |of: fn(&Finished) -> Option<&str>| finished.iter().map(of).collect::<Vec<_>>();
    let own = [
        column(KEY, text(|one| Some(&one.key))),
        column(STAMP, text(|one| Some(&one.stamp))),
        column(CONTENT, text(|one| one.content.as_deref())),
    ];
    for column in own {
        tables
            .recordings
            .with_column(column)
            .map_err(|error| BatchError::Table(error.into()))?;
    }
    Ok(tables)
}

/// Rows of the tables of movements and repetitions.
fn heights_on_disk(path: &Path) -> [Option<usize>; 2] {
    [TABLES[1], TABLES[2]].map(|name| height(&table_path(path, name)))
}

/// Recordings by key, and how many rows the other tables must have.
type Listed = (Vec<(String, Known)>, [Option<usize>; 2]);

/// What a part says of its recordings, nothing of those that another version measured; none when it is no
/// part.
fn known(table: &DataFrame, stored: usize) -> Option<Listed> {
    let text = |name| table.column(name).ok()?.str().ok();
    let (keys, stamps, contents) = (text(KEY)?, text(STAMP)?, text(CONTENT)?);
    let (statuses, versions) = (text("status")?, text("version")?);
    let repetitions = table.column("repetitions").ok()?.i64().ok()?;
    let counts = statuses
        .iter()
        .zip(repetitions.iter())
        .map(|(status, repetitions)| {
            let repetitions = usize::try_from(repetitions.unwrap_or_default());
            (
                movement_rows(status.unwrap_or_default()),
                repetitions.unwrap_or_default(),
            )
        });
    let spots = spots(stored, counts);
    let last = spots.last()?;
    let heights = [last.movements.end, last.repetitions.end].map(|end| Some(end as usize));
    let mut known = Vec::with_capacity(table.height());
    for (row, spot) in spots.into_iter().enumerate() {
        if versions.get(row)? != env!("CARGO_PKG_VERSION") {
            continue;
        }
        let one = Known {
            spot,
            stamp: stamps.get(row)?.to_owned(),
            content: contents.get(row).map(str::to_owned),
            failed: statuses.get(row)? == Status::Failed.name(),
        };
        known.push((keys.get(row)?.to_owned(), one));
    }
    Some((known, heights))
}
