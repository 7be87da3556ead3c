//! The examples of formats, grown to the size of real recordings.

use std::path::{Path, PathBuf};

use neckrom::read::{self, Format, ReadError, ReadOptions, Source};
use neckrom::sample::Recording;
use neckrom::warning::Warnings;

/// An example of a format.
pub(crate) struct Example {
    /// Format and file.
    pub(crate) name: String,
    /// Its reader.
    pub(crate) format: &'static Format,
    /// What is read.
    pub(crate) bytes: Vec<u8>,
}

/// The file of each format that is read first, grown to about `size` where that leaves it readable.
pub(crate) fn examples(size: usize) -> Vec<Example> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/formats");
    let files = walkdir::WalkDir::new(&root).sort_by_file_name().into_iter();
    let files = files
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path);
    files
        .filter(|path| path.is_file())
        .filter_map(|path| example(&root, path, size))
        .collect()
}

fn example(root: &Path, path: PathBuf, size: usize) -> Option<Example> {
    let name = path.strip_prefix(root).ok()?.display().to_string();
    let bytes = std::fs::read(path).ok()?;
    let (format, _) = read::detect(&bytes[..bytes.len().min(read::DETECT_BYTES)]).ok()?;
    let large = grown(&bytes, size);
    let bytes = if read(format, &mut &*large).is_ok() {
        large
    } else {
        bytes
    };
    read(format, &mut &*bytes).ok()?;
    Some(Example {
        name,
        format,
        bytes,
    })
}

/// The lines of the second half again and again.
fn grown(bytes: &[u8], size: usize) -> Vec<u8> {
    let lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
    let half = &lines[lines.len() / 2..];
    let mut large = bytes.to_vec();
    while large.len() < size {
        large.extend(half.iter().copied().flatten());
    }
    large
}

/// Reads bytes that lie in no folder; 100 Hz where the file states no rate.
///
/// # Errors
/// As the format's reader.
pub(crate) fn read(
    format: &Format,
    mut reader: &mut dyn std::io::BufRead,
) -> Result<Recording, ReadError> {
    let mut source = Source {
        reader: &mut reader,
        length: None,
        name: "bench",
        neighbours: read::Neighbours::new(&read::neighbours::Nowhere, "bench"),
    };
    let options = ReadOptions {
        rate_hz: Some(100.0),
        ..ReadOptions::default()
    };
    (format.read)(&mut source, &options, &mut Warnings::default())
}
