//! Recorded files: which format, and its samples.
//!
//! A format is chosen by looking at the first bytes, never at the name. One format is one file here
//! and one line in [`FORMATS`].

pub mod error;
pub mod table;

use std::io::BufRead;

pub use error::ReadError;

use crate::sample::Recording;
use crate::warning::Warnings;

/// How many first bytes a detector is shown.
pub const DETECT_BYTES: usize = 16 * 1024;

/// What a detector says of the first bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detected {
    /// Not this format.
    No,
    /// A recording of this format.
    Recording,
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
    /// Looks at up to [`DETECT_BYTES`] first bytes (after decompression).
    pub detect: fn(&[u8]) -> Detected,
    /// Reads a whole file.
    pub read: fn(Source<'_>, &ReadOptions, &mut Warnings) -> Result<Recording, ReadError>,
}

/// The formats, most specific first.
pub const FORMATS: &[Format] = &[];

/// Opens a file of the same folder by name, decompressed; `None` when there is none.
pub type Sibling = dyn Fn(&str) -> std::io::Result<Option<Box<dyn BufRead>>>;

/// A file being read: its bytes, and its neighbours.
pub struct Source<'a> {
    /// The file, decompressed.
    pub reader: &'a mut dyn BufRead,
    /// Name of the file without folders and without `.gz` or `.zst`; for labels, never for deciding.
    pub name: &'a str,
    /// Opens a file of the same folder by name; `None` when there is none.
    pub sibling: &'a Sibling,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the user said about how to read a file that does not say it itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadOptions {
    /// Columns by name: canonical column, column in the file. Empty: by the usual names.
    pub columns: Vec<(String, String)>,
    /// Seconds in one unit of the time column.
    pub time_unit_s: Option<f64>,
    /// Order of the quaternion columns when they are numbered or unnamed.
    pub quaternion_order: Option<QuaternionOrder>,
    /// The quaternions are earth to sensor: turn them round.
    pub conjugate: bool,
    /// Samples a second, for files without a time column; wins over a stated rate.
    pub rate_hz: Option<f64>,
    /// Name of the sensor that sits on the head.
    pub head: Option<String>,
    /// Name of the sensor that sits on the trunk.
    pub trunk: Option<String>,
}

/// Order of quaternion components in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuaternionOrder {
    /// w, x, y, z.
    Wxyz,
    /// x, y, z, w.
    Xyzw,
}
