//! What is to be measured: recordings found in folders, or the rows of a manifest.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use crate::batch::Labels;
use crate::batch::manifest;
use crate::batch::run::Task;
use crate::batch::shard::Shard;
use crate::cli::given::{Given, Rows};
use crate::cli::reading::{say_barren, shown};
use crate::cli::save::save;
use crate::read::{self, PassedOver};
use crate::report::table;

/// Files passed over that are named; more are counted.
const MOST_NAMED: usize = 20;

/// What is to be measured.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Recordings, those of other shards too.
    pub(super) inputs: usize,
    /// Of this shard.
    pub(super) tasks: Vec<Task>,
    /// The place of each task in the input.
    pub(super) places: Vec<usize>,
    pub(super) passed_over: Vec<PassedOver>,
    pub(super) barren: Vec<PathBuf>,
}

impl Listed {
    /// Adds a recording, if it is of this shard; `given` is its path as given.
    fn push(&mut self, shard: Option<Shard>, given: &Path, task: impl FnOnce() -> Task) {
        if shard.is_none_or(|shard| shard.holds(given)) {
            self.tasks.push(task());
            self.places.push(self.inputs);
        }
        self.inputs += 1;
    }

    pub(super) fn say_passed_over(&self, err: &mut dyn Write) -> std::io::Result<()> {
        for other in self.passed_over.iter().take(MOST_NAMED) {
            writeln!(err, "passed over: {}: {}", shown(&other.path), other.reason)?;
        }
        let more = self.passed_over.len().saturating_sub(MOST_NAMED);
        if more > 0 {
            writeln!(
                err,
                "passed over: {more} more files; passed_over.csv names them all"
            )?;
        }
        Ok(())
    }

    /// All files passed over, as a table beside the others; none where there are none.
    pub(super) fn save_passed_over(&self, root: &Path) -> anyhow::Result<()> {
        let path = root.join("passed_over.csv");
        if !self.passed_over.is_empty() {
            let all = self.passed_over.iter();
            let rows = all.map(|one| (one.path.to_string_lossy(), one.reason.as_str()));
            return save(&path, &table::pairs(["path", "reason"], rows)?);
        }
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| shown(&path))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn say_barren(&self, err: &mut dyn Write) -> std::io::Result<()> {
        say_barren(&self.barren, err)
    }
}

/// The recordings among files and folders.
pub(super) fn of_paths(
    paths: &[PathBuf],
    given: &Given,
    shard: Option<Shard>,
) -> anyhow::Result<Listed> {
    check_there(paths)?;
    let found = read::find_recordings(paths);
    given.how.reading.check(&found)?;
    let options = Arc::new(given.how.options());
    let passed_over = found.passed_over.into_iter();
    let (broken, passed_over): (Vec<_>, _) = passed_over.partition(PassedOver::may_be_recording);
    let mut listed = Listed {
        passed_over,
        barren: found.barren,
        ..Listed::default()
    };
    // A broken one is a row that says why.
    let broken = broken.into_iter().map(|one| one.path);
    for path in found.recordings.into_iter().chain(broken) {
        let given_path = path.clone();
        listed.push(shard, &given_path, || Task {
            path,
            labels: given.how.measuring.labels(),
            options: Arc::clone(&options),
        });
    }
    Ok(listed)
}

/// An archive that is not there, such as on a disk that is not mounted, is no recording that failed.
/// Where a part of it is there, the rest is rows that say so.
fn check_there(paths: &[PathBuf]) -> anyhow::Result<()> {
    if paths.iter().any(|path| path.metadata().is_ok()) {
        return Ok(());
    }
    let look = |path: &PathBuf| path.metadata().with_context(|| shown(path));
    paths.iter().try_for_each(|path| look(path).map(drop))
}

/// The rows of a manifest.
pub(super) fn of_manifest(
    path: &Path,
    given: &Given,
    shard: Option<Shard>,
) -> anyhow::Result<Listed> {
    let manifest = manifest::read(path)?;
    let base = path.parent().unwrap_or(Path::new(""));
    let place = |name: &str| {
        let mut columns = manifest.columns.iter();
        columns.position(|column| column.eq_ignore_ascii_case(name))
    };
    let at = place("path").ok_or_else(|| anyhow!("there is no column 'path'"))?;
    let labels = [place("subject"), place("visit")];
    let is_option = |column: &usize| *column != at && !labels.contains(&Some(*column));
    let options: Vec<usize> = (0..manifest.columns.len()).filter(is_option).collect();
    let names: Vec<&String> = options
        .iter()
        .map(|&column| &manifest.columns[column])
        .collect();
    let trunk_file = names
        .iter()
        .position(|name| name.replace('-', "_") == "trunk_file");
    let mut rows = Rows::new(given, &names)?;
    let of_all = given.how.measuring.labels();
    let mut listed = Listed::default();
    for (number, cells) in manifest.rows.iter().enumerate() {
        // The header is the first row.
        let row = || format!("row {}", number + 2);
        let cell = |column: usize| cells.get(column).cloned().flatten();
        let label = |column: Option<usize>, of_all: &Option<String>| {
            column.and_then(cell).or_else(|| of_all.clone())
        };
        let file = cell(at)
            .ok_or_else(|| anyhow!("no path"))
            .with_context(row)?;
        let mut own: Vec<Option<String>> = options.iter().map(|&column| cell(column)).collect();
        if let Some(Some(trunk)) = trunk_file.and_then(|column| own.get_mut(column)) {
            *trunk = base.join(&*trunk).to_string_lossy().into_owned();
        }
        let options = rows.options(own).with_context(row)?;
        listed.push(shard, Path::new(&file), || Task {
            path: base.join(&file),
            labels: Labels {
                subject: label(labels[0], &of_all.subject),
                visit: label(labels[1], &of_all.visit),
            },
            options,
        });
    }
    Ok(listed)
}
