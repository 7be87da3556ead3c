//! Recordings to files: neckrom's own, and the open formats that other programs read.
//!
//! One format is one file here and one line in [`FORMATS`]. Nothing here touches the disk: a writer
//! gives bytes, and says what the format cannot hold. What comes out of [`native_csv()`] or
//! [`parquet()`] and is read back is the same recording, bit for bit.
//!
//! Where a format leaves the name of a channel open, it is `SENSOR_Type` with the types that Lab
//! Streaming Layer recommends for motion capture: `OrientationA` is w of the quaternion,
//! `OrientationB`, `C` and `D` are x, y and z. For inertial channels it recommends none; they are
//! `AngularVelocityX`, `AccelerationX` and `MagneticFieldX`.

pub mod bids_motion;
mod bids_table;
pub mod c3d;
mod c3d_bytes;
mod channels;
mod columns;
mod even;
pub mod native_csv;
pub mod opensense_sto;
pub mod parquet;
pub mod sidecar;

pub use bids_table::check as check_bids;
pub use native_csv::{Digits, native_csv, native_csv_with};
pub use parquet::parquet;
pub use sidecar::sidecar;

use crate::orientation::OrientationError;
use crate::pipeline;
use crate::sample::Recording;
use crate::warning::Warnings;

/// Why a recording could not be turned into bytes.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The Parquet library refused.
    #[error("the table could not be written as Parquet")]
    Parquet(#[from] polars::error::PolarsError),
    /// The format needs orientation on an even time base, and there is none.
    #[error(transparent)]
    Orientation(#[from] OrientationError),
    /// A format of fixed rate would be gaps for the most part.
    #[error(
        "from first to last sample are {frames} frames, for {samples} samples: the gaps are too long \
         for a format of fixed rate; cut the recording, or see --time-unit"
    )]
    MostlyGaps {
        /// Frames from first to last sample.
        frames: f64,
        /// Samples that there are.
        samples: usize,
    },
    /// What was written would not be valid.
    #[error("{name}: {problem}; this is a bug in the writer")]
    Invalid {
        /// Which file.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// What a format is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One file with this ending.
    File(&'static str),
    /// A folder with many files.
    Folder,
}

/// A way of writing recordings.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Kebab-case name; that of the reader, where there is one.
    pub name: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// What it is on disk.
    pub shape: Shape,
    /// What it cannot hold.
    pub leaves_out: &'static str,
    /// What is known besides the samples goes into a JSON file of the same name beside it.
    pub sidecar: bool,
    /// Writes a recording.
    pub write: fn(&Job<'_>) -> Result<Written, WriteError>,
}

/// The formats that can be written.
pub const FORMATS: &[Format] = &[
    native_csv::FORMAT,
    parquet::FORMAT,
    opensense_sto::FORMAT,
    bids_motion::FORMAT,
    c3d::FORMAT,
];

/// What is to be written, and how it is measured where a format holds neck angles.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// The samples, and what is known besides.
    pub recording: &'a Recording,
    /// How neck angles are measured.
    pub settings: &'a pipeline::Settings,
}

/// What a writer gave.
#[derive(Debug, Default)]
pub struct Written {
    /// One file with an empty path, or several with their paths in the folder.
    pub files: Vec<File>,
    /// What the files do not hold, and what was assumed; one line each.
    pub notes: Vec<String>,
    /// What was seen and repaired on the way.
    pub warnings: Warnings,
}

/// A file to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Below the folder that is written to, with `/`; empty for a format of one file.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// What happens to one that is there already.
    pub when_there: WhenThere,
}

/// What happens to a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenThere {
    /// It is replaced.
    Replace,
    /// It stays as it is.
    Keep,
    /// It must be the same: another recording is never written over.
    Same,
    /// A table: rows of the new one that it does not have come after its own; of two with the same
    /// first cell, the old one stays.
    AddRows,
}

/// The format of this name, if it is one; `csv` and `sto` for short.
pub fn format_named(name: &str) -> Option<&'static Format> {
    let full = match name {
        "csv" => "native-csv",
        "sto" => "opensense-sto",
        other => other,
    };
    FORMATS.iter().find(|format| format.name == full)
}

/// The format of files with this ending.
pub fn format_of_ending(ending: &str) -> Option<&'static Format> {
    let ending = ending.to_lowercase();
    FORMATS
        .iter()
        .find(|format| matches!(format.shape, Shape::File(own) if own == ending))
}

impl Written {
    /// One file, nothing to say of it.
    fn file(bytes: Vec<u8>) -> Self {
        Self {
            files: vec![File {
                path: String::new(),
                bytes,
                when_there: WhenThere::Replace,
            }],
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_found_by_name_and_ending() {
        for format in FORMATS {
            assert_eq!(format_named(format.name).unwrap().name, format.name);
            if let Shape::File(ending) = format.shape {
                assert_eq!(format_of_ending(ending).unwrap().name, format.name);
            }
        }
        assert_eq!(format_of_ending("STO").unwrap().name, "opensense-sto");
        assert!(format_named("xlsx").is_none() && format_of_ending("").is_none());
    }
}
