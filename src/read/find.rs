//! The recordings among files and folders.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::WalkDir;

use super::apdm_hdf5::{FORMAT as APDM_HDF5, is_other as is_other_hdf5};
use super::neighbours::slashed;
use super::open::{ZIP, first_bytes};
use super::parquet::{FORMAT as PARQUET, is_other_table};
use super::set::{in_archive, is_visible};
use super::together::{Group, Known, groups};
use super::{Detected, FORMATS, ReadError, detect_at};

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
    /// It is nothing else either: it has no bytes, or they cannot be read.
    pub is_broken: bool,
}

impl PassedOver {
    /// A broken file with the ending of recordings: one was there, or should be.
    pub fn may_be_recording(&self) -> bool {
        let name = self
            .path
            .file_name()
            .map(|name| name.to_string_lossy().to_lowercase());
        let name = name.unwrap_or_default();
        let name = name
            .strip_suffix(".gz")
            .or(name.strip_suffix(".zst"))
            .unwrap_or(&name);
        let mut endings = FORMATS.iter().flat_map(|format| format.extensions);
        self.is_broken && endings.any(|ending| name.ends_with(ending))
    }
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
            found.recordings.push(path.clone());
        }
    }
    let mut seen = BTreeSet::new();
    found.recordings.retain(|one| seen.insert(one.clone()));
    found
}

/// Searches a folder; says whether there was a recording, one that is known already too.
fn search(folder: &Path, found: &mut Found) -> bool {
    let walk = WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(is_visible);
    let entries: Vec<Result<PathBuf, PassedOver>> = walk
        .filter_map(|entry| file_of(folder, entry).transpose())
        .collect();
    let looked: Vec<Looked> = entries
        .into_par_iter()
        .map(|entry| entry.map_or_else(Looked::Other, |path| look(folder, path)))
        .collect();
    let (mut known, mut archives) = (Vec::new(), 0);
    // Names that are not UTF-8, by what is shown of them.
    let mut unusual = BTreeMap::new();
    for one in looked {
        match one {
            Looked::Nothing => {}
            Looked::Other(other) => found.passed_over.push(other),
            Looked::Archive(path) => {
                archives += 1;
                found.recordings.push(path);
            }
            Looked::Known(one, path) => {
                if path.to_str().is_none() {
                    unusual.insert(one.path.clone(), path);
                }
                known.push(one);
            }
        }
    }
    let groups = groups(&known);
    found.recordings.extend(groups.iter().map(|group| {
        let path = path_of(group);
        let unusual = unusual.get(path).cloned();
        unusual.unwrap_or_else(|| folder.join(path))
    }));
    archives + groups.len() > 0
}

/// The file that an entry of a folder is; none for a folder.
fn file_of(
    folder: &Path,
    entry: walkdir::Result<walkdir::DirEntry>,
) -> Result<Option<PathBuf>, PassedOver> {
    let unread = |path: &Path, why: String| PassedOver {
        path: path.to_owned(),
        reason: format!("could not be read{why}"),
        is_broken: true,
    };
    let entry = entry.map_err(|error| unread(error.path().unwrap_or(folder), String::new()))?;
    match std::fs::metadata(entry.path()) {
        Ok(about) => Ok(about.is_file().then(|| entry.into_path())),
        Err(error) => Err(unread(entry.path(), format!(": {error}"))),
    }
}

/// What stands for a recording: its only file, or what its files have in common.
fn path_of(group: &Group) -> &str {
    match group.sensors.as_slice() {
        [only] if only.paths.len() == 1 => &only.main.path,
        _ => &group.recording,
    }
}

/// What a file of a folder that is searched is.
enum Looked {
    /// Something that lies beside recordings.
    Nothing,
    /// Not of a recording.
    Other(PassedOver),
    /// An archive with a recording in it.
    Archive(PathBuf),
    /// Of a recording.
    Known(Known, PathBuf),
}

fn look(root: &Path, path: PathBuf) -> Looked {
    if is_known_other(&path) {
        return Looked::Nothing;
    }
    let looked = match File::open(&path).and_then(first_bytes) {
        Ok(bytes) if bytes.starts_with(ZIP) => {
            look_inside(&path).map(|()| Looked::Archive(path.clone()))
        }
        Ok(bytes) => what(root, &path, &bytes).map(|known| Looked::Known(known, path.clone())),
        Err(error) => Err(Why::unread(&error)),
    };
    looked.unwrap_or_else(|why| {
        Looked::Other(PassedOver {
            path,
            reason: why.reason,
            is_broken: why.is_broken,
        })
    })
}

/// Why a file is passed over; as in [`PassedOver`].
struct Why {
    reason: String,
    is_broken: bool,
}

impl Why {
    fn other(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            is_broken: false,
        }
    }

    fn unread(error: &std::io::Error) -> Self {
        Self {
            reason: format!("could not be read: {error}"),
            is_broken: true,
        }
    }
}

/// Format and place of a file, or why it is not of a recording.
fn what(root: &Path, path: &Path, bytes: &[u8]) -> Result<Known, Why> {
    match detect_at(&path.to_string_lossy(), bytes) {
        Ok((format, Detected::Recording))
            if format.name == PARQUET.name && File::open(path).is_ok_and(is_other_table) =>
        {
            Err(Why::other("this is a table without channels of a sensor"))
        }
        Ok((format, Detected::Recording))
            if format.name == APDM_HDF5.name && File::open(path).is_ok_and(is_other_hdf5) =>
        {
            Err(Why::other("this HDF5 file is not of APDM"))
        }
        Ok((format, detected)) => Ok(Known {
            path: slashed(path.strip_prefix(root).unwrap_or(path)),
            format,
            detected,
        }),
        Err(error) => Err(Why {
            reason: first_line(&error.to_string()),
            is_broken: matches!(error, ReadError::Empty),
        }),
    }
}

/// An archive is a recording if there is one in it.
fn look_inside(path: &Path) -> Result<(), Why> {
    match File::open(path).and_then(in_archive) {
        Ok(groups) if !groups.is_empty() => Ok(()),
        Ok(_none) => Err(Why::other("there is no recording in this archive")),
        Err(error) => Err(Why::unread(&error)),
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
