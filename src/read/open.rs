//! The only door to the file system in reading.

use std::fs::File;
use std::io::{self, BufRead, Cursor, Read};
use std::path::{Path, PathBuf};

use nalgebra::Quaternion;

use super::channels::even_times;
use super::decompress::{Hashing, decompressed};
use super::join::join;
use super::labels::{about_from_path, assign_places};
use super::neighbours::{Folder, Nowhere, last};
use super::trust::few_times;
use super::{
    BOM, DETECT_BYTES, Detected, Format, Neighbours, ReadError, ReadOptions, Source, detect,
};
use super::{Trust, bids_motion, plain_csv, set, sidecar, stream_error};
use crate::sample::{About, Recording, SensorSamples, keep};
use crate::warning::{Warning, Warnings};

/// What a ZIP archive begins with.
pub(super) const ZIP: &[u8] = b"PK\x03\x04";
/// No sidecar is longer.
const MAX_SIDECAR: u64 = 16 * 1024 * 1024;

/// A recording, and where it came from.
#[derive(Debug)]
pub struct Opened {
    /// The samples.
    pub recording: Recording,
    /// The format they were in.
    pub format: &'static Format,
    /// SHA-256 of the file's bytes as they are on disk, hexadecimal; of several files, of the lines
    /// `digest  path` of each.
    pub sha256: String,
    /// What was seen and repaired.
    pub warnings: Warnings,
    /// What was opened, as given.
    pub path: PathBuf,
    /// The trunk sensor's own file, if it has one.
    pub trunk: Option<OpenedTrunk>,
    /// What each sensor's samples say about how they were read, in the order of the sensors; empty
    /// after [`open_as_stored`].
    pub trust: Vec<Trust>,
}

impl Opened {
    /// Refuses a recording whose head or trunk sensor was read in a way that its own samples exclude,
    /// when that changes the angles; `fused`: the device's quaternions are not used.
    ///
    /// # Errors
    /// [`ReadError::Misread`] or [`ReadError::RoundedTimes`].
    pub fn refuse_misread(&self, fused: bool) -> Result<(), ReadError> {
        let both = self.recording.sensors.iter().zip(&self.trust);
        let refusal = both
            .filter(|(sensor, _)| sensor.place.is_some())
            .find_map(|(_, trust)| trust.refusal(fused));
        refusal.map_or(Ok(()), Err)
    }
}

/// The file of a trunk sensor that was joined to a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedTrunk {
    /// What was opened, as given.
    pub path: PathBuf,
    /// As [`Opened::sha256`].
    pub sha256: String,
}

/// Opens a recording: a file, compressed or not; a folder or ZIP archive that is one recording; or
/// what the names of the files of one recording begin with. A JSON file of the same stem beside it is
/// applied, and labels in its path. The trunk's sensor may come from a second file.
///
/// # Errors
/// When it, or the trunk's file, cannot be read as a recording; see [`ReadError`].
pub fn open(path: &Path, options: &ReadOptions) -> Result<Opened, ReadError> {
    Ok(converted(open_as_stored(path, options)?, options))
}

/// As [`open`], of bytes at hand: there are no files beside them. A ZIP archive is not read. The trunk's
/// sensor may not come from a second file; `name` is for labels only.
///
/// # Errors
/// As [`open`].
pub fn open_bytes(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Opened, ReadError> {
    let mut warnings = Warnings::default();
    let mut raw = Hashing::new(bytes);
    let neighbours = Neighbours::new(&Nowhere, name);
    let length = Some(bytes.len() as u64);
    let (format, recording) = read_file(&mut raw, length, neighbours, options, &mut warnings)?;
    let read = (format, recording, raw.finish()?);
    let opened = settled(Path::new(name), read, options, warnings, |_, _| {})?;
    Ok(converted(opened, options))
}

/// SHA-256 of all bytes, hexadecimal; of a file, as [`Opened::sha256`].
///
/// # Errors
/// When they cannot be read.
pub fn digest(bytes: impl Read) -> io::Result<String> {
    Hashing::new(bytes).finish()
}

/// Judged, and brought to this program's convention.
fn converted(mut opened: Opened, options: &ReadOptions) -> Opened {
    let sensors = opened.recording.sensors.iter().enumerate();
    opened.trust = sensors
        .map(|(index, sensor)| Trust::of(index, sensor, options))
        .collect();
    for trust in &opened.trust {
        trust.warn(&mut opened.warnings);
    }
    options.convention.apply(&mut opened.recording);
    opened
}

/// The same, but the convention stays the file's own; for finding it out.
///
/// # Errors
/// As [`open`].
pub fn open_as_stored(path: &Path, options: &ReadOptions) -> Result<Opened, ReadError> {
    match &options.trunk_file {
        None => open_one(path, options),
        Some(trunk) => {
            let mut both = with_trunk(path, trunk, options)?;
            say_clocks(&mut both.recording, options);
            Ok(both)
        }
    }
}

/// What the user says of the clocks wins.
fn say_clocks(recording: &mut Recording, options: &ReadOptions) {
    if let Some(clocks) = options.clocks {
        recording.clocks = clocks;
    }
}

/// Two files as one recording; `--head` names a sensor of the first, `--trunk` one of the second.
fn with_trunk(path: &Path, trunk: &Path, options: &ReadOptions) -> Result<Opened, ReadError> {
    let of_head = ReadOptions {
        trunk: None,
        ..options.clone()
    };
    let of_trunk = ReadOptions {
        head: None,
        ..options.clone()
    };
    let mut opened = open_one(path, &of_head)?;
    let in_trunk = |error| ReadError::TrunkFile(Box::new(error));
    join(&mut opened, open_one(trunk, &of_trunk).map_err(in_trunk)?)?;
    Ok(opened)
}

fn open_one(path: &Path, options: &ReadOptions) -> Result<Opened, ReadError> {
    let mut warnings = Warnings::default();
    let read = if path.is_dir() {
        set::read_folder(path, options, &mut warnings)?
    } else if is_archive(path)? {
        set::read_archive(path, options, &mut warnings)?
    } else if let Some(stem) = bids_motion::stem_on_disk(path) {
        set::read_named(&stem, options, &mut warnings)?
    } else if path.exists() {
        read_on_disk(path, options, &mut warnings)?
    } else {
        set::read_named(path, options, &mut warnings)?
    };
    settled(path, read, options, warnings, |recording, warnings| {
        apply_sidecar(path, recording, warnings);
    })
}

/// What holds for every recording once its samples are there: labels of its path, its sidecar, where its
/// sensors sit.
fn settled(
    path: &Path,
    (format, mut recording, sha256): (&'static Format, Recording, String),
    options: &ReadOptions,
    mut warnings: Warnings,
    sidecar: impl FnOnce(&mut Recording, &mut Warnings),
) -> Result<Opened, ReadError> {
    finish(&mut recording, &mut warnings)?;
    replace_few_times(&mut recording, options, &mut warnings);
    let mut from_path = About::default();
    about_from_path(path, &mut from_path);
    let about = &mut recording.about;
    about.subject = about.subject.take().or(from_path.subject);
    about.visit = about.visit.take().or(from_path.visit);
    about.task = about.task.take().or(from_path.task);
    sidecar(&mut recording, &mut warnings);
    assign_places(&mut recording, options)?;
    say_clocks(&mut recording, options);
    Ok(Opened {
        recording,
        format,
        sha256,
        warnings,
        path: path.to_owned(),
        trunk: None,
        trust: Vec::new(),
    })
}

fn is_archive(path: &Path) -> io::Result<bool> {
    let mut first = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(ZIP.len() as u64).read_to_end(&mut first)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    Ok(first == ZIP)
}

/// One file on disk.
fn read_on_disk(
    path: &Path,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<(&'static Format, Recording, String), ReadError> {
    let file = File::open(path)?;
    let length = file.metadata().ok().map(|about| about.len());
    let mut raw = Hashing::new(file);
    let (around, inner) = Folder::around(path)?;
    let neighbours = Neighbours::new(&around, &inner);
    let (format, recording) = read_file(&mut raw, length, neighbours, options, warnings)?;
    Ok((format, recording, raw.finish()?))
}

/// Up to [`DETECT_BYTES`] first bytes of a file, decompressed.
pub(super) fn first_bytes(raw: impl Read) -> io::Result<Vec<u8>> {
    take_first(&mut *decompressed(raw)?)
}

fn take_first(reader: &mut dyn BufRead) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(DETECT_BYTES);
    reader.take(DETECT_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a file whose bytes are at hand, in the format that they show; `length`: as [`Source::length`].
pub(super) fn read_file(
    raw: &mut dyn Read,
    length: Option<u64>,
    neighbours: Neighbours<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<(&'static Format, Recording), ReadError> {
    let mut reader = decompressed(raw).map_err(stream_error)?;
    let first = take_first(&mut *reader).map_err(stream_error)?;
    let first = first.strip_prefix(BOM).unwrap_or(&first);
    let format = choose(first, options)?;
    let mut reader = Cursor::new(first).chain(reader);
    let mut source = Source {
        reader: &mut reader,
        length,
        name: uncompressed(last(neighbours.path())),
        neighbours,
    };
    let recording = (format.read)(&mut source, options, warnings)?;
    Ok((format, recording))
}

/// The format of a file; columns that the user named decide for plain text, unless it is Parquet.
fn choose(first: &[u8], options: &ReadOptions) -> Result<&'static Format, ReadError> {
    if first.is_empty() {
        return Err(ReadError::Empty);
    }
    if !options.columns.is_empty() && !first.contains(&0) {
        return Ok(&plain_csv::FORMAT);
    }
    let detected = match detect(first) {
        // Columns called x, y and z may be angles, when the user says that there are some.
        Err(ReadError::Unrecognised { .. })
            if options.euler_sequence.is_some() && !first.contains(&0) =>
        {
            return Ok(&plain_csv::FORMAT);
        }
        detected => detected?,
    };
    match detected {
        (format, Detected::Companion) => Err(ReadError::Companion {
            format: format.name,
            instead: "the folder it is in",
        }),
        (format, _) => Ok(format),
    }
}

/// A file name without the ending of its compression.
fn uncompressed(name: &str) -> &str {
    name.strip_suffix(".gz")
        .or_else(|| name.strip_suffix(".zst"))
        .unwrap_or(name)
}

/// Where the sidecar of a recording would be.
pub fn sidecar_path(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let name = uncompressed(name);
    let stem = match name.rsplit_once('.') {
        Some((stem, _)) if !path.is_dir() && !stem.is_empty() => stem,
        _ => name,
    };
    Some(path.with_file_name(format!("{stem}.json")))
}

fn apply_sidecar(path: &Path, recording: &mut Recording, warnings: &mut Warnings) {
    let Some(sidecar) = sidecar_path(path).filter(|sidecar| sidecar != path) else {
        return;
    };
    let mut text = Vec::new();
    let read = File::open(sidecar).and_then(|file| file.take(MAX_SIDECAR).read_to_end(&mut text));
    match read {
        Ok(_) => sidecar::apply(&text, recording, warnings),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            warnings.add(Warning::Sidecar, || {
                format!("the sidecar could not be read: {error}")
            });
        }
    }
}

/// What holds for every format: samples without a time go, and something usable must be left.
fn finish(recording: &mut Recording, warnings: &mut Warnings) -> Result<(), ReadError> {
    recording.sensors.iter_mut().for_each(drop_untimed);
    if recording.sensors.iter().all(SensorSamples::is_empty) {
        return Err(ReadError::NothingUsable { what: "time" });
    }
    recording.sensors.retain(|sensor| !sensor.is_empty());
    for sensor in &mut recording.sensors {
        drop_empty_quaternions(sensor, warnings);
    }
    if recording.sensors.iter().any(is_usable) {
        Ok(())
    } else {
        Err(ReadError::NothingUsable {
            what: "orientation",
        })
    }
}

/// Times that are few are of no use where the user says the rate.
fn replace_few_times(recording: &mut Recording, options: &ReadOptions, warnings: &mut Warnings) {
    let Some(rate_hz) = options.rate_hz else {
        return;
    };
    for sensor in &mut recording.sensors {
        if let Some(few) = few_times(&sensor.time_s) {
            let start_s = sensor.time_s.first().copied().unwrap_or_default();
            let even_s = even_times(sensor.len(), rate_hz).into_iter();
            sensor.time_s = even_s.map(|time_s| start_s + time_s).collect();
            warnings.add(Warning::RateAssumed, || {
                let (distinct, rows) = (few.distinct, few.rows);
                format!(
                    "{distinct} different times in {rows} rows; {rate_hz} samples a second, as said"
                )
            });
        }
    }
}

/// Quaternions of which not one is usable are no channel; gyroscope and accelerometer may serve.
fn drop_empty_quaternions(sensor: &mut SensorSamples, warnings: &mut Warnings) {
    let usable = |q: &Quaternion<f64>| q.norm().is_finite() && q.norm() > 0.1;
    let count = sensor.earth_from_sensor.as_ref().map_or(0, Vec::len);
    if let Some(quaternions) = &sensor.earth_from_sensor
        && !quaternions.iter().any(usable)
    {
        sensor.earth_from_sensor = None;
        warnings.add_many(Warning::CorruptQuaternion, count, || {
            "no quaternion is usable; the sensor is read without".to_owned()
        });
    }
}

fn is_usable(sensor: &SensorSamples) -> bool {
    let some = |vectors: &Option<Vec<nalgebra::Vector3<f64>>>| {
        vectors
            .as_ref()
            .is_some_and(|all| all.iter().any(|v| v.norm().is_finite()))
    };
    sensor.earth_from_sensor.is_some() || (some(&sensor.gyro_rad_s) && some(&sensor.accel_m_s2))
}

fn drop_untimed(sensor: &mut SensorSamples) {
    if sensor.time_s.iter().all(|time_s| time_s.is_finite()) {
        return;
    }
    let timed: Vec<bool> = sensor
        .time_s
        .iter()
        .map(|time_s| time_s.is_finite())
        .collect();
    keep(&mut sensor.time_s, &timed);
    if let Some(quaternions) = &mut sensor.earth_from_sensor {
        keep(quaternions, &timed);
    }
    let channels = [
        &mut sensor.gyro_rad_s,
        &mut sensor.accel_m_s2,
        &mut sensor.mag_ut,
    ];
    for vectors in channels.into_iter().flatten() {
        keep(vectors, &timed);
    }
}
