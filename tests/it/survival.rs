//! Every example of a format, and every real file at hand, cut off, damaged and written otherwise:
//! an error or a recording, never a panic.
//!
//! `NECKROM_THOROUGH=1 cargo test survival` does it at every 997th byte and with 200 seeds; without,
//! a few of each are tried.

use std::path::{Path, PathBuf};

use neckrom::read::{self, ReadOptions};
use neckrom::sample::Recording;
use tempfile::TempDir;

use crate::support::Noise;

/// Files that are read whole in a moment; larger ones only when thorough.
const QUICK_BYTES: u64 = 64 * 1024;

fn is_thorough() -> bool {
    std::env::var_os("NECKROM_THOROUGH").is_some()
}

fn files_in(root: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(root).sort_by_file_name().into_iter();
    let files = entries
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path);
    files.filter(|path| path.is_file()).collect()
}

/// Files to damage: the examples, and real ones.
fn subjects() -> Vec<PathBuf> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = files_in(&home.join("sample_data/formats"));
    let real = home.join("../shared/samples");
    if real.is_dir() {
        all.extend(files_in(&real));
    } else {
        eprintln!("survival: no real files beside the project; only the examples were damaged");
    }
    let small = |path: &PathBuf| {
        let bytes = path.metadata().map_or(0, |about| about.len());
        bytes <= if is_thorough() { u64::MAX } else { QUICK_BYTES }
    };
    all.retain(small);
    all
}

/// A copy of a file and of those around it, up to two folders above, which may be written to.
struct Copy {
    _folder: TempDir,
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Copy {
    fn of(path: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let around = path.parent().unwrap();
        for neighbour in files_in(around) {
            let target = folder.path().join(neighbour.strip_prefix(around).unwrap());
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::write(&target, std::fs::read(&neighbour).unwrap()).unwrap();
        }
        Self {
            path: folder.path().join(path.file_name().unwrap()),
            bytes: std::fs::read(path).unwrap(),
            _folder: folder,
        }
    }

    /// Reads the file with these bytes in it.
    fn read(&self, bytes: &[u8]) -> Option<Recording> {
        std::fs::write(&self.path, bytes).unwrap();
        let options = ReadOptions {
            rate_hz: Some(50.0),
            ..ReadOptions::default()
        };
        match read::open(&self.path, &options) {
            Ok(opened) => Some(opened.recording),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                None
            }
        }
    }
}

/// One byte in a hundred is another.
fn damaged(bytes: &[u8], mut noise: Noise) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    for byte in &mut damaged {
        let drawn = noise.next();
        if drawn.is_multiple_of(100) {
            *byte ^= (drawn >> 32) as u8 | 1;
        }
    }
    damaged
}

#[test]
fn files_that_were_cut_off_are_survived() {
    for path in subjects() {
        let copy = Copy::of(&path);
        let step = if is_thorough() {
            997
        } else {
            copy.bytes.len() / 8 + 1
        };
        for cut in (0..copy.bytes.len()).step_by(step) {
            copy.read(&copy.bytes[..cut]);
        }
    }
}

#[test]
fn files_with_damaged_bytes_are_survived() {
    let seeds = if is_thorough() { 200 } else { 3 };
    for path in subjects() {
        let copy = Copy::of(&path);
        for seed in 1..=seeds {
            copy.read(&damaged(&copy.bytes, Noise::nth(seed)));
        }
    }
}

/// The same text with other line ends, or marked as UTF-8, is the same recording.
#[test]
fn line_ends_and_marks_change_nothing() {
    let mut count = 0;
    for path in subjects() {
        let copy = Copy::of(&path);
        let Ok(text) = std::str::from_utf8(&copy.bytes) else {
            continue;
        };
        let Some(recording) = copy.read(&copy.bytes) else {
            continue;
        };
        let lines = text.replace("\r\n", "\n");
        let body = lines.trim_start_matches('\u{feff}');
        for (kind, other) in [
            ("LF", lines.clone()),
            ("CRLF", lines.replace('\n', "\r\n")),
            ("BOM", format!("\u{feff}{body}")),
            ("blank lines at the end", format!("{lines}\n\n")),
        ] {
            let found = copy.read(other.as_bytes());
            let same = found.is_some_and(|found| alike(&found, &recording));
            assert!(same, "{} with {kind}", path.display());
        }
        count += 1;
    }
    assert!(count > 0);
}

/// The same samples to the bit, NaN where NaN is.
fn alike(one: &Recording, other: &Recording) -> bool {
    format!("{:?}", one.sensors) == format!("{:?}", other.sensors)
}

/// A long line in the middle of every text is an error or a dropped row, and takes a moment.
#[test]
fn a_long_line_is_survived() {
    for path in subjects() {
        let copy = Copy::of(&path);
        let (head, tail) = copy.bytes.split_at(copy.bytes.len() / 2);
        for byte in *b"1,\t x" {
            let line = vec![byte; 3 * 1024 * 1024];
            copy.read(&[head, &line, tail].concat());
        }
    }
}
