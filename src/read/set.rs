//! Several files as one recording: a folder, an archive, or files whose names begin alike.

use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use super::decompress::Hashing;
use super::join::relate;
use super::neighbours::{Archive, Files, Folder, last, slashed};
use super::open::{first_bytes, read_file};
use super::together::{Group, Known, SensorFiles, groups};
use super::{Format, Neighbours, ReadError, ReadOptions, detect_at, foreign};
use crate::sample::{Clocks, Recording, SensorSamples};
use crate::warning::{Warning, Warnings};

/// A folder that is one recording is not deeper.
const MAX_DEPTH: usize = 6;

/// What a set of files gives: its format, its samples and the digest of its files.
type Read = (&'static Format, Recording, String);

pub(super) fn read_folder(
    path: &Path,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Read, ReadError> {
    let folder = Folder::new(path.to_owned());
    let paths = paths_in(path, MAX_DEPTH);
    read_one(&folder, &known(&folder, &paths), options, warnings)
}

pub(super) fn read_archive(
    path: &Path,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Read, ReadError> {
    let damaged = |error: io::Error| ReadError::Damaged {
        what: super::error::excerpt(error.to_string().as_bytes(), 120),
    };
    let archive = Archive::open(File::open(path)?).map_err(damaged)?;
    if let Some(refusal) = foreign::spreadsheet(archive.paths()) {
        return Err(refusal);
    }
    read_one(
        &archive,
        &known(&archive, archive.paths()),
        options,
        warnings,
    )
}

/// The recordings of an archive, as [`groups`] names them.
pub(super) fn in_archive(file: File) -> io::Result<Vec<Group>> {
    let archive = Archive::open(file)?;
    Ok(groups(&known(&archive, archive.paths())))
}

/// Files of one folder that [`Part::recording`](super::together::Part) says are one recording.
pub(super) fn read_named(
    path: &Path,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Read, ReadError> {
    let missing = || ReadError::Io(io::Error::from(io::ErrorKind::NotFound));
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(missing)?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or_else(|| Path::new("."));
    let folder = Folder::new(parent.to_owned());
    let found = groups(&known(&folder, &paths_in(parent, 1)));
    let group = found.iter().find(|group| group.recording == name);
    read_group(&folder, group.ok_or_else(missing)?, options, warnings)
}

/// A folder with a file of this name is passed over with all that is in it.
const SKIP: &str = ".neckrom-skip";

/// Neither hidden nor passed over; the folder that a search begins with always is.
pub(super) fn is_visible(entry: &DirEntry) -> bool {
    let hidden = || entry.file_name().as_encoded_bytes().starts_with(b".");
    let skipped = || entry.file_type().is_dir() && entry.path().join(SKIP).exists();
    entry.depth() == 0 || !(hidden() || skipped())
}

/// Files under a folder that are visible, sorted.
fn paths_in(root: &Path, depth: usize) -> Vec<String> {
    let walk = WalkDir::new(root)
        .max_depth(depth)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(is_visible);
    let files = walk
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_file());
    files
        .map(|entry| slashed(entry.path().strip_prefix(root).unwrap_or(entry.path())))
        .collect()
}

/// The files whose format shows.
fn known(files: &dyn Files, paths: &[String]) -> Vec<Known> {
    let look = |path: &String| {
        let raw = files.open(path).ok()??;
        let (format, detected) = detect_at(path, &first_bytes(raw).ok()?).ok()?;
        Some(Known {
            path: path.clone(),
            format,
            detected,
        })
    };
    paths.iter().filter_map(look).collect()
}

/// The recording that a folder or archive is: the one of its root, else the only one inside.
fn read_one(
    files: &dyn Files,
    known: &[Known],
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Read, ReadError> {
    let found = groups(known);
    let of_root: Vec<&Group> = found
        .iter()
        .filter(|group| group.recording.is_empty())
        .collect();
    let candidates = if of_root.is_empty() {
        found.iter().collect()
    } else {
        of_root
    };
    match candidates.as_slice() {
        [only] => read_group(files, only, options, warnings),
        [] => Err(ReadError::NoRecordingInside),
        several => Err(ReadError::SeveralInside {
            count: several.len(),
            names: names(several),
        }),
    }
}

/// At most ten names of recordings.
fn names(groups: &[&Group]) -> String {
    let name = |group: &&Group| {
        let format = group
            .sensors
            .first()
            .map_or("", |sensor| sensor.main.format.name);
        let name = super::error::excerpt(group.recording.as_bytes(), 80);
        if name.is_empty() {
            format.to_owned()
        } else {
            name
        }
    };
    let more = if groups.len() > 10 { ", …" } else { "" };
    let shown: Vec<String> = groups.iter().take(10).map(name).collect();
    format!("{}{more}", shown.join(", "))
}

/// Reads every sensor; one that cannot be read is left out with a warning while others can.
fn read_group(
    files: &dyn Files,
    group: &Group,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Read, ReadError> {
    let mut all = Recording::default();
    let mut after_files = Vec::new();
    let mut format = None;
    let mut first_error = None;
    for sensor in &group.sensors {
        let mut own = Warnings::default();
        match read_sensor(files, sensor, options, &mut own) {
            Ok((found, recording)) => {
                format.get_or_insert(found);
                warnings.extend(&own);
                after_files.extend(recording.sensors.iter().map(|_| called(sensor)));
                add(&mut all, recording, sensor);
            }
            Err(error) => {
                let why = error.to_string();
                warnings.add(Warning::SensorLeftOut, || {
                    format!(
                        "{}: {why}",
                        super::error::excerpt(sensor.main.path.as_bytes(), 80)
                    )
                });
                first_error.get_or_insert(error);
            }
        }
    }
    tell_apart(&mut all.sensors, &after_files);
    match (format, first_error) {
        (Some(format), _) => Ok((format, all, digest_of(files, group)?)),
        (None, Some(error)) => Err(error),
        (None, None) => Err(ReadError::NoRecordingInside),
    }
}

fn read_sensor(
    files: &dyn Files,
    sensor: &SensorFiles,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<(&'static Format, Recording), ReadError> {
    let path = &sensor.main.path;
    let missing = || io::Error::from(io::ErrorKind::NotFound);
    let mut raw = files.open(path)?.ok_or_else(missing)?;
    let neighbours = Neighbours::new(files, path);
    read_file(&mut *raw, None, neighbours, options, warnings)
}

/// Adds the sensors of one file to those of the others.
fn add(all: &mut Recording, mut recording: Recording, files: &SensorFiles) {
    if let [only] = recording.sensors.as_mut_slice()
        && only.name.is_empty()
    {
        called(files).clone_into(&mut only.name);
    }
    if all.sensors.is_empty() {
        *all = recording;
        return;
    }
    let first = all
        .sensors
        .first()
        .map(|sensor| sensor.clock)
        .unwrap_or_default();
    for mut sensor in recording.sensors {
        all.clocks = worse(all.clocks, relate(first, &mut sensor));
        all.sensors.push(sensor);
    }
    all.about.date = all.about.date.take().or(recording.about.date);
    all.about.events.extend(recording.about.events);
}

/// What a sensor is called after its file or folder.
fn called(files: &SensorFiles) -> &str {
    let name = last(&files.sensor);
    if files.sensor == files.main.path {
        stem(name)
    } else {
        name
    }
}

/// Sensors that their files call alike, as devices are before somebody names them, are called after
/// their files.
fn tell_apart(sensors: &mut [SensorSamples], after_files: &[&str]) {
    let names: Vec<String> = sensors.iter().map(|sensor| sensor.name.clone()).collect();
    let alike = |name: &String| names.iter().filter(|other| *other == name).count() > 1;
    let told = |after: &str| after_files.iter().filter(|other| **other == after).count() == 1;
    for (sensor, after) in sensors.iter_mut().zip(after_files) {
        if alike(&sensor.name) && told(after) {
            (*after).clone_into(&mut sensor.name);
        }
    }
}

/// What is known of the clocks of three sensors when it is known of each pair.
const fn worse(one: Clocks, other: Clocks) -> Clocks {
    match (one, other) {
        (Clocks::Separate, _) | (_, Clocks::Separate) => Clocks::Separate,
        (Clocks::Counted, _) | (_, Clocks::Counted) => Clocks::Counted,
        (Clocks::Shared, Clocks::Shared) => Clocks::Shared,
    }
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |parts| parts.0)
}

/// Of the lines `digest  path` of all files, sorted by path.
fn digest_of(files: &dyn Files, group: &Group) -> io::Result<String> {
    let mut paths: Vec<&String> = group
        .sensors
        .iter()
        .flat_map(|sensor| &sensor.paths)
        .collect();
    paths.sort();
    let mut lines = String::new();
    for path in paths {
        if let Some(raw) = files.open(path)? {
            writeln!(lines, "{}  {path}", Hashing::new(raw).finish()?).map_err(io::Error::other)?;
        }
    }
    Hashing::new(lines.as_bytes()).finish()
}
