//! The recordings among files and folders.

use std::fs::File;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::open::first_bytes;
use super::parquet::{FORMAT as PARQUET, is_other_table};
use super::ximu3_csv::{FORMAT as XIMU3, MAIN};
use super::{Detected, detect};

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Recordings, in the order given and sorted within folders; an x-IMU3 folder is one.
    pub recordings: Vec<PathBuf>,
    /// Files in folders that are no recordings.
    pub passed_over: Vec<PassedOver>,
    /// Folders given in which there is no recording.
    pub barren: Vec<PathBuf>,
}

/// A file that was not taken for a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// Which.
    pub path: PathBuf,
    /// Why, for people.
    pub reason: String,
}

/// Files as given; folders searched, hidden files and links to folders left out. Companions,
/// sidecars, pictures and texts are known and not mentioned.
pub fn find_recordings(paths: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for path in paths {
        if path.is_dir() {
            if !search(path, &mut found) {
                found.barren.push(path.clone());
            }
        } else {
            found.push(path.clone());
        }
    }
    found
}

impl Found {
    fn push(&mut self, path: PathBuf) {
        if !self.recordings.contains(&path) {
            self.recordings.push(path);
        }
    }

    fn pass_over(&mut self, path: &Path, reason: String) {
        self.passed_over.push(PassedOver {
            path: path.to_owned(),
            reason,
        });
    }
}

/// Searches a folder; says whether there was a recording, one that is known already too.
fn search(folder: &Path, found: &mut Found) -> bool {
    let mut any = false;
    let visible = |entry: &DirEntry| entry.depth() == 0 || !is_hidden(entry);
    let walk = WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(visible);
    for entry in walk {
        match entry {
            Ok(entry) if entry.path().is_file() => any |= look(entry.path(), found),
            Ok(_folder) => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                found.pass_over(&path, "could not be read".to_owned());
            }
        }
    }
    any
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// Looks at a file; says whether it is a recording, or of one.
fn look(path: &Path, found: &mut Found) -> bool {
    if is_known_other(path) {
        return false;
    }
    let bytes = match first_bytes(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            found.pass_over(path, format!("could not be read: {error}"));
            return false;
        }
    };
    let main = path.file_name().is_some_and(|name| name == MAIN);
    match detect(&bytes) {
        Ok((format, Detected::Recording)) if main && format.name == XIMU3.name => {
            found.push(path.parent().unwrap_or(path).to_owned());
            true
        }
        Ok((format, Detected::Recording))
            if format.name == PARQUET.name && File::open(path).is_ok_and(is_other_table) =>
        {
            found.pass_over(
                path,
                "this is a table without channels of a sensor".to_owned(),
            );
            false
        }
        Ok((_, Detected::Recording)) => {
            found.push(path.to_owned());
            true
        }
        Ok((_, Detected::Companion | Detected::No)) => false,
        Err(error) => {
            found.pass_over(path, first_line(&error.to_string()));
            false
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches("; it begins:")
        .to_owned()
}

/// Files that belong beside recordings, or that reports leave there.
fn is_known_other(path: &Path) -> bool {
    const ENDINGS: [&str; 6] = ["json", "svg", "png", "html", "md", "sh"];
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_lowercase());
    let name = name.unwrap_or_default();
    name.starts_with("readme")
        || name.starts_with("license")
        || ENDINGS
            .iter()
            .any(|ending| name.ends_with(&format!(".{ending}")))
}
