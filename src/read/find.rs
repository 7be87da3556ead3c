//! The recordings among files and folders.

use std::fs::File;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::apdm_hdf5::{FORMAT as APDM_HDF5, is_other as is_other_hdf5};
use super::neighbours::slashed;
use super::open::{ZIP, first_bytes};
use super::parquet::{FORMAT as PARQUET, is_other_table};
use super::set::{in_archive, is_visible};
use super::together::{Group, Known, groups};
use super::{Detected, detect_at};

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Recordings, in the order given and sorted within folders. One that is spread over several
    /// files is their folder, or what their names begin with.
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

/// Files as given; folders searched, hidden files, links to folders and folders with a file
/// `.neckrom-skip` left out. Companions,
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
    let walk = WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(is_visible);
    let mut known = Vec::new();
    for entry in walk {
        match entry {
            Ok(entry) if entry.path().is_file() => known.extend(look(folder, entry.path(), found)),
            Ok(_folder) => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                found.pass_over(&path, "could not be read".to_owned());
            }
        }
    }
    let groups = groups(&known);
    for group in &groups {
        found.push(folder.join(path_of(group)));
    }
    !groups.is_empty()
}

/// What stands for a recording: its only file, or what its files have in common.
fn path_of(group: &Group) -> &str {
    match group.sensors.as_slice() {
        [only] if only.paths.len() == 1 => &only.main.path,
        _ => &group.recording,
    }
}

/// Looks at a file of a folder that is searched: what it is, if it is of a recording.
fn look(root: &Path, path: &Path, found: &mut Found) -> Option<Known> {
    if is_known_other(path) {
        return None;
    }
    let bytes = match File::open(path).and_then(first_bytes) {
        Ok(bytes) => bytes,
        Err(error) => {
            found.pass_over(path, format!("could not be read: {error}"));
            return None;
        }
    };
    if bytes.starts_with(ZIP) {
        look_inside(path, found);
        return None;
    }
    match detect_at(&path.to_string_lossy(), &bytes) {
        Ok((format, Detected::Recording))
            if format.name == PARQUET.name && File::open(path).is_ok_and(is_other_table) =>
        {
            let reason = "this is a table without channels of a sensor".to_owned();
            found.pass_over(path, reason);
            None
        }
        Ok((format, Detected::Recording))
            if format.name == APDM_HDF5.name && File::open(path).is_ok_and(is_other_hdf5) =>
        {
            found.pass_over(path, "this HDF5 file is not of APDM".to_owned());
            None
        }
        Ok((format, detected)) => Some(Known {
            path: slashed(path.strip_prefix(root).unwrap_or(path)),
            format,
            detected,
        }),
        Err(error) => {
            found.pass_over(path, first_line(&error.to_string()));
            None
        }
    }
}

/// An archive is a recording if there is one in it.
fn look_inside(path: &Path, found: &mut Found) {
    match File::open(path).and_then(in_archive) {
        Ok(groups) if !groups.is_empty() => found.push(path.to_owned()),
        Ok(_none) => found.pass_over(path, "there is no recording in this archive".to_owned()),
        Err(error) => found.pass_over(path, format!("could not be read: {error}")),
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
