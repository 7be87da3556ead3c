//! Recorded files: which format, and its samples.
//!
//! A format is chosen by looking at the first bytes, never at the name. One format is one file here
//! and one line in [`FORMATS`].

pub mod error;
mod number;
pub mod header;
pub mod lines;
pub mod table;
mod channels;
pub mod mvnx;
mod bids_channels;
mod bids_frame;
pub mod bids_motion;
pub mod delsys;
pub mod noraxon;
pub mod qsense;
mod plain;
pub mod native_csv;
pub mod parquet;
pub mod plain_csv;
pub mod xsens_dot;
pub mod xsens_mtw;
mod xio;
pub mod ximu3_file;
pub mod ximu3_csv;
pub mod ngimu;
pub mod ximu;
pub mod apdm_csv;
pub mod opensense_sto;
mod headset;
pub mod quest_log;
pub mod vive_log;
pub mod pico_log;
pub mod crom_vr;
pub mod head_motions_log;
pub mod cervicalkine;
pub mod pupil_imu;
pub mod tobii_imu;
pub mod valedo_log;
pub mod lara_json;
pub mod yei_3space;
pub mod serial_log;
pub mod unity_log;
pub mod corpus_csv;
pub mod osvr_log;
pub mod euler;
pub mod neighbours;
pub mod together;
mod moment;
mod xml;
pub mod xdf;
mod xdf_header;
mod xdf_stream;
mod xdf_times;
mod streams;
mod device_motion;
pub mod sensor_logger;
pub mod witmotion_text;
pub mod witmotion_binary;
pub mod apple_headphone;
pub mod metabase;
pub mod phyphox;
pub mod shimmer;
pub mod mind_monitor;
mod join;
mod labels;
mod sidecar;
mod decompress;
mod set;
pub mod open;
pub mod find;
pub mod check;
pub mod convention;
pub mod faults;
pub mod trust;

use std::io::BufRead;
use std::path::PathBuf;

pub use convention::Convention;
pub use error::ReadError;
pub use euler::Sequence;
pub use find::{Found, PassedOver, find_recordings};
pub use labels::{assign_places, sensor_names};
pub use neighbours::Neighbours;
pub use open::{Opened, OpenedTrunk, open, open_as_stored};
pub use trust::Trust;

use self::together::Part;
use crate::sample::{Clocks, Recording};
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
    parquet::FORMAT,
    xsens_dot::FORMAT,
    xsens_mtw::FORMAT,
    ximu3_csv::FORMAT,
    ximu3_file::FORMAT,
    ngimu::FORMAT,
    ximu::FORMAT,
    apdm_csv::FORMAT,
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
    shimmer::FORMAT,
    mind_monitor::FORMAT,
    unity_log::FORMAT,
    corpus_csv::FORMAT,
    osvr_log::FORMAT,
    qsense::FORMAT,
    noraxon::FORMAT,
    delsys::FORMAT,
    xdf::FORMAT,
    yei_3space::FORMAT,
    plain_csv::FORMAT,
];

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
    let yes = |format: &'static Format| {
        let detected = (format.detect)(first_bytes);
        (detected != Detected::No).then_some((format, detected))
    };
    let found: Vec<(&'static Format, Detected)> = FORMATS.iter().filter_map(yes).collect();
    match found.as_slice() {
        [only] => Ok(*only),
        [] => Err(unrecognised(first_bytes)),
        several => {
            let names: Vec<&str> = several.iter().map(|found| found.0.name).collect();
            Err(ReadError::Ambiguous {
                formats: names.join(", "),
            })
        }
    }
}

/// As [`detect`]; a table of numbers without any header is known by its name.
fn detect_at(path: &str, first_bytes: &[u8]) -> Result<(&'static Format, Detected), ReadError> {
    let by_name = |error| {
        let found = (&bids_motion::FORMAT, Detected::Companion);
        bids_motion::is_data(path).then_some(found).ok_or(error)
    };
    detect(first_bytes).or_else(by_name)
}

fn unrecognised(bytes: &[u8]) -> ReadError {
    let lines = bytes.split(|&byte| byte == b'\n').take(3);
    let lines: Vec<String> = lines
        .map(|line| format!("  {}", error::excerpt(line.trim_ascii_end(), 100)))
        .collect();
    let magics: [(&[u8], &str); 6] = [
        (b"\x89PNG", "a picture"),
        (b"PK\x03\x04", "a ZIP archive or spreadsheet: export CSV"),
        (b"\x89HDF", "an HDF5 file: export CSV instead"),
        (b"\xff\xfe", "text as UTF-16: save it as UTF-8"),
        (b"\x00\x00\x00\x00", "not text"),
        (b"<?xml", "XML"),
    ];
    let magic = magics
        .iter()
        .find(|magic| bytes.starts_with(magic.0))
        .map(|magic| magic.1);
    let nearest = magic.or_else(|| plain_csv::foreign(bytes));
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

/// What the user said about how to read a file that does not say it itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadOptions {
    /// Columns by name: canonical column, column in the file. Empty: by the usual names.
    pub columns: Vec<(String, String)>,
    /// Seconds in one unit of the time column.
    pub time_unit_s: Option<f64>,
    /// Order of the four quaternion columns from left to right, whatever they are called.
    pub quaternion_order: Option<QuaternionOrder>,
    /// Unit of the gyroscope, whatever the file says.
    pub gyro_unit: Option<GyroUnit>,
    /// Unit of the accelerometer, whatever the file says.
    pub accel_unit: Option<AccelUnit>,
    /// The sequence of Euler angles, intrinsic, for files that have nothing else.
    pub euler_sequence: Option<Sequence>,
    /// Unit of Euler angles, whatever the file says.
    pub angle_unit: Option<AngleUnit>,
    /// What the file does otherwise than this program takes it.
    pub convention: Convention,
    /// Samples a second, for files without a time column; wins over a stated rate.
    pub rate_hz: Option<f64>,
    /// Name of the sensor that sits on the head.
    pub head: Option<String>,
    /// Name of the sensor that sits on the trunk.
    pub trunk: Option<String>,
    /// The trunk sensor's own file, or folder that is one recording.
    pub trunk_file: Option<PathBuf>,
    /// How the sensors' clocks relate; wins over what the files say.
    pub clocks: Option<Clocks>,
    /// Whose times are kept where orientation and inertial channels have times of their own.
    pub keep: Keep,
}

/// What is kept of a sensor that gives its orientation and its inertial channels at times of their
/// own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keep {
    /// The orientation, with the inertial channels brought to its times.
    #[default]
    Orientation,
    /// Gyroscope, accelerometer and magnetometer at their own, often higher rate, and no orientation:
    /// what a fusion starts from.
    Inertial,
}

/// Order of quaternion components in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuaternionOrder {
    /// w, x, y, z.
    Wxyz,
    /// x, y, z, w.
    Xyzw,
}

/// A unit of angle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AngleUnit {
    /// Degrees.
    Deg,
    /// Radians.
    Rad,
}

impl AngleUnit {
    /// Radians in one of it.
    const fn rad(self) -> f64 {
        match self {
            Self::Deg => std::f64::consts::PI / 180.0,
            Self::Rad => 1.0,
        }
    }
}

/// A unit of angular velocity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GyroUnit {
    /// Degrees a second.
    Deg,
    /// Radians a second.
    Rad,
}

impl GyroUnit {
    /// rad/s in one of it.
    const fn rad_s(self) -> f64 {
        match self {
            Self::Deg => std::f64::consts::PI / 180.0,
            Self::Rad => 1.0,
        }
    }

    /// The option of the command line that asks for it.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Deg => "--gyro-unit deg",
            Self::Rad => "--gyro-unit rad",
        }
    }
}

/// A unit of acceleration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccelUnit {
    /// Standard gravity.
    G,
    /// Metres a second squared.
    MS2,
}

impl AccelUnit {
    /// m/s² in one of it.
    const fn m_s2(self) -> f64 {
        match self {
            Self::G => crate::units::STANDARD_GRAVITY_M_S2,
            Self::MS2 => 1.0,
        }
    }

    /// The option of the command line that asks for it.
    pub const fn option(self) -> &'static str {
        match self {
            Self::G => "--accel-unit g",
            Self::MS2 => "--accel-unit m-s2",
        }
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
        reader: &mut bytes,
        name: "test",
        neighbours: Neighbours::new(&neighbours::Nowhere, "test"),
    };
    let recording = (format.read)(&mut source, options, &mut warnings)?;
    Ok((recording, warnings))
}
