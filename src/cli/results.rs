//! Results of a command: printed, and written into a folder.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::save::{folder, save};
use crate::report::files::{self, OutputFile};

/// Prints a report for programs or for people.
pub(super) fn print<R: Serialize>(
    report: &R,
    json: bool,
    text: impl FnOnce(&R) -> String,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if json {
        out.write_all(&files::json(report)?)?;
    } else {
        write!(out, "{}", text(report))?;
    }
    Ok(())
}

/// Writes files into a folder, which is made if it is not there.
pub(super) fn write(dir: &Path, files: &[OutputFile]) -> anyhow::Result<()> {
    folder(dir)?;
    files
        .iter()
        .try_for_each(|file| save(&dir.join(&file.name), &file.bytes))
}
