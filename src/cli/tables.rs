//! Tables of results as input of a command.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::reading::shown;
use crate::read::{self, parquet};
use crate::visit::results::{self, Pooled};

/// The table of a folder.
const TABLE: &str = "movements.parquet";

/// The visits of these tables, or of those of folders; says on `err` what was left out.
pub(super) fn pooled(paths: &[PathBuf], err: &mut dyn Write) -> anyhow::Result<Pooled> {
    let read = |path: &PathBuf| {
        let path = place(path);
        let bytes = std::fs::read(&path).with_context(|| shown(&path))?;
        let refused = || format!("{}: not a Parquet table", shown(&path));
        parquet::table(bytes).with_context(refused)
    };
    let tables = paths.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    let pooled = results::pool(&tables)?;
    if pooled.unlabelled_rows > 0 {
        let rows = pooled.unlabelled_rows;
        writeln!(
            err,
            "left out: {rows} rows without labels of subject and visit"
        )?;
    }
    Ok(pooled)
}

fn place(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.join(TABLE)
    } else {
        path.to_owned()
    }
}

/// All of these are tables of movements or folders with one; a folder with recordings is none.
pub(super) fn are_tables(paths: &[PathBuf]) -> bool {
    let is_table = |path: &PathBuf| {
        let table = place(path);
        let is_named = table.extension().is_some_and(|end| end == "parquet");
        let names = || parquet::column_names(File::open(&table)?);
        is_named && names().is_ok_and(|names| results::is_of_movements(&names))
    };
    let without_recordings = |path: &PathBuf| {
        !path.is_dir()
            || read::find_recordings(std::slice::from_ref(path))
                .recordings
                .is_empty()
    };
    paths.iter().all(is_table) && paths.iter().all(without_recordings)
}
