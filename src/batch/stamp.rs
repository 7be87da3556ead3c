//! Whether a recording's files are still the ones that were measured.
//!
//! First by what the system says of them: names, sizes and times of change. Only where that differs is a
//! file read again: hashing takes a third of the time of measuring.

use std::fmt::Write as _;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use walkdir::WalkDir;

use super::measure::{Options, short_digest};
use crate::read::{self, sidecar_path};

/// A folder that is one recording is not deeper.
const MAX_DEPTH: usize = 6;

/// What the system says of a recording's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// The same as long as no file is changed, added or taken away.
    pub(super) stamp: String,
    /// Bytes of all of them, sidecars left out.
    pub(super) bytes: u64,
}

/// Looks at the files that a recording is made from: itself, or the files in it or that its name begins;
/// its sidecar; the trunk sensor's file.
pub(super) fn look(path: &Path, options: &Options) -> io::Result<Seen> {
    let mut text = String::new();
    let mut bytes = add(path, &mut text)?;
    if let Some(trunk) = options.trunk_file() {
        bytes += add(trunk, &mut text)?;
    }
    let stamp = short_digest(text.as_bytes());
    Ok(Seen { stamp, bytes })
}

fn add(path: &Path, text: &mut String) -> io::Result<u64> {
    let bytes = match std::fs::metadata(path) {
        Ok(about) if about.is_file() => line(path, &about, text),
        Ok(about) if about.is_dir() => files_in(path, MAX_DEPTH, "", text),
        Ok(_device) => return Err(io::Error::other("this is neither a file nor a folder")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => named(path, error, text)?,
        Err(error) => return Err(error),
    };
    if let Some((sidecar, about)) = sidecar_path(path).and_then(|sidecar| {
        let about = std::fs::metadata(&sidecar).ok()?;
        Some((sidecar, about))
    }) {
        line(&sidecar, &about, text);
    }
    Ok(bytes)
}

/// The files with this in their names, of a recording that is spread over them: it may be what they begin
/// with, or the time that they share.
fn named(path: &Path, missing: io::Error, text: &mut String) -> io::Result<u64> {
    let name = path.file_name().map(|name| name.to_string_lossy());
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let before = text.len();
    let name = name.unwrap_or_default();
    let bytes = files_in(folder.unwrap_or(Path::new(".")), 1, &name, text);
    if text.len() == before {
        Err(missing)
    } else {
        Ok(bytes)
    }
}

fn files_in(folder: &Path, depth: usize, named: &str, text: &mut String) -> u64 {
    let walk = WalkDir::new(folder).max_depth(depth).sort_by_file_name();
    let mut bytes = 0;
    for entry in walk.into_iter().filter_map(Result::ok) {
        let is_named = || entry.file_name().to_string_lossy().contains(named);
        if let Ok(about) = std::fs::metadata(entry.path())
            && about.is_file()
            && is_named()
        {
            bytes += line(entry.path(), &about, text);
        }
    }
    bytes
}

/// A line for a file; gives its size.
fn line(path: &Path, about: &Metadata, text: &mut String) -> u64 {
    let changed = about.modified().ok();
    let changed = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let changed_ns = changed.map_or(0, |time| time.as_nanos());
    writeln!(text, "{} {changed_ns} {}", about.len(), path.display())
        .expect("memory takes any text");
    about.len()
}

/// The content of a recording whose own bytes have this digest: that, and its sidecar's. None for one of
/// several files, which is measured again when one of them looks changed.
pub(super) fn content(path: &Path, sha256: &str, options: &Options) -> Option<String> {
    if !path.is_file() || options.trunk_file().is_some() {
        return None;
    }
    let sidecar = sidecar_path(path).and_then(|sidecar| File::open(sidecar).ok());
    let sidecar = sidecar.map(read::digest).transpose().ok()?;
    Some(format!("{sha256} {}", sidecar.unwrap_or_default()))
}

/// The content as it is now.
pub(super) fn content_now(path: &Path, options: &Options) -> Option<String> {
    let sha256 = read::digest(File::open(path).ok()?).ok()?;
    content(path, &sha256, options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Settings;
    use crate::read::ReadOptions;

    #[test]
    fn a_recording_may_be_called_by_what_its_files_share() {
        let options = Options::new(ReadOptions::default(), Settings::default(), Vec::new());
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("1_09-14T16.18.22_Gyro.csv", "abc"),
            ("1_09-14T16.18.22_Accel.csv", "d"),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        for name in ["09-14T16.18.22", "1_09-14"] {
            assert_eq!(
                look(&folder.path().join(name), &options).unwrap().bytes,
                4,
                "{name}"
            );
        }
        let other = look(&folder.path().join("09-15"), &options).unwrap_err();
        assert_eq!(other.kind(), io::ErrorKind::NotFound);
    }
}
