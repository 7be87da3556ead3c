//! Recorded files: which format, and its samples.
//!
//! A format is chosen by looking at the first bytes, never at the name. One format is one file here
//! and one line in [`FORMATS`].

// From a path to a recording.
mod options;
pub mod error;
pub mod open;
pub mod find;
pub mod neighbours;
pub mod together;
mod set;
mod join;
mod sidecar;
mod labels;
mod decompress;
mod foreign;

// What is wrong with a recording.
pub mod check;
pub mod convention;
pub mod faults;
pub mod trust;

// What readers share.
pub mod lines;
pub mod header;
mod cell;
mod number;
mod decimals;
mod moment;
pub mod table;
mod channels;
mod sparse;
mod streams;
pub mod euler;
mod headset;
mod device_motion;
mod android_angles;
mod xio;
mod xsens_name;
mod hdf5;
mod hdf5_limits;
mod xml;

// Of this program, and open formats.
pub mod native_csv;
pub mod capture_log;
mod thrift;
mod parquet_footer;
mod parquet_pages;
pub mod parquet;
pub mod bids_motion;
pub mod opensense_sto;
pub mod xdf;
mod plain;
pub mod plain_csv;

// Of sensors and motion capture.
pub mod xsens_dot;
pub mod xsens_mtw;
pub mod mvnx;
pub mod ximu3_file;
pub mod ximu3_csv;
pub mod ngimu;
pub mod ximu;
pub mod apdm_csv;
pub mod apdm_hdf5;
pub mod noraxon;
pub mod delsys;
pub mod shimmer;
pub mod metabase;
pub mod qsense;
pub mod witmotion_text;
pub mod witmotion_binary;
pub mod yei_3space;
pub mod valedo_log;
pub mod serial_log;
pub mod lara_json;

// Of phones, headphones and headbands.
pub mod sensor_logger;
pub mod phyphox;
pub mod androsensor;
pub mod physics_toolbox;
pub mod apple_headphone;
pub mod mind_monitor;

// Of headsets and glasses.
pub mod unity_log;
pub mod quest_log;
pub mod vive_log;
pub mod pico_log;
pub mod osvr_log;
pub mod crom_vr;
pub mod cervicalkine;
pub mod corpus_csv;
pub mod head_motions_log;
pub mod pupil_imu;
pub mod tobii_imu;
pub mod google_glass;

use std::io::BufRead;

pub use convention::Convention;
pub use error::ReadError;
pub use euler::Sequence;
pub use find::{Found, PassedOver, find_recordings};
pub use labels::{about_from_path, assign_places, sensor_names};
pub use neighbours::Neighbours;
pub use open::{Opened, OpenedTrunk, digest, open, open_as_stored, open_bytes, sidecar_path};
pub use options::{AccelUnit, AngleUnit, GyroUnit, Keep, QuaternionOrder, ReadOptions};
pub use trust::Trust;

use self::together::Part;
use crate::sample::Recording;
use crate::warning::Warnings;

/// How many first bytes a detector is shown.
pub const DETECT_BYTES: usize = 16 * 1024;

/// The mark of UTF-8 at the start of a text; it says nothing about the format.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// What a detector says of the first bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detected {
    /// Not this format.
    No,
    /// A recording of this format.
    Recording,
    /// A recording by itself; where the same sensor has a [`Detected::Recording`], read with that.
    Lesser,
    /// A file that belongs to a recording of this format and is read with it, not on its own.
    Companion,
}

impl Detected {
    /// A recording, or not this format.
    const fn recording_if(is_recording: bool) -> Self {
        if is_recording {
            Self::Recording
        } else {
            Self::No
        }
    }
}

/// A way of writing recordings to disk.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Kebab-case name, as in results.
    pub name: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// Usual endings, for help texts; never for deciding.
    pub extensions: &'static [&'static str],
    /// What a file of it gives: `quaternion`, `gyroscope`, …
    pub gives: &'static str,
    /// What the reader was checked against: real files, or documentation.
    pub checked: &'static str,
    /// Looks at up to [`DETECT_BYTES`] first bytes (after decompression, without a mark of UTF-8).
    pub detect: fn(&[u8]) -> Detected,
    /// Where a file of it belongs, from its path under the folder that is opened or searched.
    pub together: fn(&str) -> Part,
    /// Reads a whole file, and those beside it that belong to the same sensor.
    pub read: fn(&mut Source<'_>, &ReadOptions, &mut Warnings) -> Result<Recording, ReadError>,
}

/// The formats, most specific first.
pub const FORMATS: &[Format] = &[
    native_csv::FORMAT,
    capture_log::FORMAT,
    parquet::FORMAT,
    xsens_dot::FORMAT,
    xsens_mtw::FORMAT,
    ximu3_csv::FORMAT,
    ximu3_file::FORMAT,
    ngimu::FORMAT,
    ximu::FORMAT,
    apdm_csv::FORMAT,
    apdm_hdf5::FORMAT,
    opensense_sto::FORMAT,
    sensor_logger::FORMAT,
    witmotion_text::FORMAT,
    witmotion_binary::FORMAT,
    quest_log::FORMAT,
    vive_log::FORMAT,
    pico_log::FORMAT,
    crom_vr::FORMAT,
    head_motions_log::FORMAT,
    cervicalkine::FORMAT,
    pupil_imu::FORMAT,
    tobii_imu::FORMAT,
    valedo_log::FORMAT,
    mvnx::FORMAT,
    bids_motion::FORMAT,
    serial_log::mpu6050_dmp::FORMAT,
    serial_log::adafruit_bno055::FORMAT,
    serial_log::adafruit_bno08x::FORMAT,
    serial_log::sparkfun_bno080::FORMAT,
    serial_log::razor_ahrs::FORMAT,
    serial_log::arduino_ahrs::FORMAT,
    lara_json::FORMAT,
    apple_headphone::FORMAT,
    metabase::FORMAT,
    phyphox::FORMAT,
    androsensor::FORMAT,
    physics_toolbox::FORMAT,
    shimmer::FORMAT,
    mind_monitor::FORMAT,
    unity_log::FORMAT,
    corpus_csv::FORMAT,
    osvr_log::FORMAT,
    google_glass::FORMAT,
    qsense::FORMAT,
    noraxon::FORMAT,
    delsys::FORMAT,
    xdf::FORMAT,
    yei_3space::FORMAT,
    plain_csv::FORMAT,
];

/// What no file of another format begins with: then none is asked.
const MARKS: [(&[u8], &Format); 3] = [
    (native_csv::MARK, &native_csv::FORMAT),
    (crate::protocol::log::MAGIC, &capture_log::FORMAT),
    (parquet::MARK, &parquet::FORMAT),
];

/// What is tried when no other format fits.
const PLAIN: Format = plain_csv::FORMAT;

/// The format that the first bytes of a file (decompressed) show, and whether the file is a
/// recording or a companion of one.
///
/// # Errors
/// When no format says yes, when several do, and when there are no bytes.
pub fn detect(first_bytes: &[u8]) -> Result<(&'static Format, Detected), ReadError> {
    let first_bytes = first_bytes.strip_prefix(BOM).unwrap_or(first_bytes);
    if first_bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    if let Some((_, format)) = MARKS.iter().find(|(mark, _)| first_bytes.starts_with(mark)) {
        return Ok((format, Detected::Recording));
    }
    let first_bytes = without_blank_lines(first_bytes);
    let yes = |format: &'static Format| {
        let detected = (format.detect)(first_bytes);
        (detected != Detected::No).then_some((format, detected))
    };
    // A plain table is what no other format says is its own; it asks all of them.
    let named = FORMATS.iter().filter(|one| one.name != PLAIN.name);
    let found: Vec<(&'static Format, Detected)> = named.filter_map(yes).collect();
    match found.as_slice() {
        [only] => Ok(*only),
        [] => match foreign::refusal(first_bytes) {
            Some(refusal) => Err(refusal),
            None if plain_csv::is_table(first_bytes) => Ok((&PLAIN, Detected::Recording)),
            None => Err(unrecognised(first_bytes)),
        },
        several => {
            let names: Vec<&str> = several.iter().map(|found| found.0.name).collect();
            Err(ReadError::Ambiguous {
                formats: names.join(", "),
            })
        }
    }
}

/// The bytes without the blank lines that they begin with.
fn without_blank_lines(bytes: &[u8]) -> &[u8] {
    let starts = bytes.split_inclusive(|&byte| byte == b'\n');
    let blank = starts.take_while(|line| line.ends_with(b"\n") && header::is_blank(line));
    let length: usize = blank.map(<[u8]>::len).sum();
    bytes.get(length..).unwrap_or_default()
}

/// As [`detect`]; a table of numbers without any header is known by its name.
fn detect_at(path: &str, first_bytes: &[u8]) -> Result<(&'static Format, Detected), ReadError> {
    if bids_motion::is_data(path) && !first_bytes.is_empty() {
        return Ok((&bids_motion::FORMAT, Detected::Companion));
    }
    detect(first_bytes)
}

fn unrecognised(bytes: &[u8]) -> ReadError {
    let lines = header::split_lines(bytes).take(3);
    let shown = if bytes.contains(&0) { 20 } else { 100 };
    let lines: Vec<String> = lines
        .map(|line| format!("  {}", error::excerpt(line.trim_ascii_end(), shown)))
        .collect();
    let magics: [(&[u8], &str); 7] = [
        (b"\x89PNG", "a picture"),
        (b"PK\x03\x04", "a ZIP archive or spreadsheet: export CSV"),
        (b"\xff\xfe", "text as UTF-16: save it as UTF-8"),
        (b"\x00\x00\x00\x00", "bytes that are no text"),
        (b"<?xml", "XML"),
        (
            b"{",
            "JSON, which may describe a recording: give the recording",
        ),
        (
            b"[",
            "JSON, which may describe a recording: give the recording",
        ),
    ];
    let magic = magics
        .iter()
        .find(|magic| bytes.starts_with(magic.0))
        .map(|magic| magic.1);
    let nearest = magic.or_else(|| opensense_sto::other_table(bytes));
    ReadError::Unrecognised {
        first_lines: lines.join("\n"),
        nearest: nearest
            .map(|nearest| format!(" (it looks like {nearest})"))
            .unwrap_or_default(),
    }
}

/// A file being read: its bytes, and its neighbours.
pub struct Source<'a> {
    /// The file, decompressed.
    pub reader: &'a mut dyn BufRead,
    /// Bytes of the file, as far as they are known; of a compressed one there are more to read.
    pub length: Option<u64>,
    /// Name of the file without folders and without `.gz` or `.zst`; for labels, never for deciding.
    pub name: &'a str,
    /// The files around it.
    pub neighbours: Neighbours<'a>,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// An error of a stream of bytes: what a decompressor finds broken is damage, the rest is the system's.
fn stream_error(error: std::io::Error) -> ReadError {
    use std::io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    let kind = error.kind();
    if kind == UnexpectedEof {
        ReadError::Damaged {
            what: "the compressed data end too early".to_owned(),
        }
    } else if [InvalidData, InvalidInput, Other].contains(&kind) {
        ReadError::Damaged {
            what: error::excerpt(error.to_string().as_bytes(), 120),
        }
    } else {
        ReadError::Io(error)
    }
}

/// Reads a text with one format, without neighbours.
#[cfg(test)]
fn read_bytes(
    format: &Format,
    mut bytes: &[u8],
    options: &ReadOptions,
) -> Result<(Recording, Warnings), ReadError> {
    let mut warnings = Warnings::default();
    let mut source = Source {
        length: Some(bytes.len() as u64),
        reader: &mut bytes,
        name: "test",
        neighbours: Neighbours::new(&neighbours::Nowhere, "test"),
    };
    let recording = (format.read)(&mut source, options, &mut warnings)?;
    Ok((recording, warnings))
}
