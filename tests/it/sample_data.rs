//! Every recording of `sample_data` is what its recipe makes, byte for byte.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Parser;
use neckrom::cli::simulate::SimulateArgs;
use neckrom::write::File;

const RECIPE: &str = include_str!("../../sample_data/regenerate.sh");

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    simulate: SimulateArgs,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data")
}

/// All files that the lines of the recipe make.
fn made() -> Vec<File> {
    let lines = RECIPE
        .lines()
        .filter_map(|line| line.strip_prefix("simulate --"));
    let make = |line: &str| {
        let folder = folder().display().to_string();
        let first = format!("--{line}");
        let words = ["simulate", "--out", &folder]
            .into_iter()
            .chain(first.split_whitespace());
        Line::try_parse_from(words)
            .unwrap()
            .simulate
            .files()
            .unwrap()
            .files
    };
    lines.flat_map(make).collect()
}

#[test]
fn the_recipe_makes_every_file_and_nothing_else_lies_there() {
    let made: BTreeMap<PathBuf, Vec<u8>> = made()
        .into_iter()
        .map(|file| (folder().join(file.path), file.bytes))
        .collect();
    assert_eq!(made.len(), 18);
    for (path, bytes) in &made {
        let kept = std::fs::read(path).unwrap();
        assert!(
            kept == *bytes,
            "{} differs from what the recipe makes",
            path.display()
        );
    }
    let subjects = walkdir::WalkDir::new(folder()).min_depth(2);
    let formats = folder().join("formats");
    for entry in subjects
        .into_iter()
        .filter_entry(|entry| entry.path().parent() != Some(&formats))
        .map(Result::unwrap)
        .filter(|one| one.path().is_file())
    {
        assert!(
            made.contains_key(entry.path()),
            "{} is not made",
            entry.path().display()
        );
    }
}

#[test]
fn the_table_names_every_recording() {
    let table = std::fs::read(folder().join("README.md")).unwrap();
    let table = String::from_utf8(table).unwrap();
    let recordings = made().into_iter().map(|file| PathBuf::from(file.path));
    for path in recordings.filter(|path| path.extension().is_some_and(|end| end != "json")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(table.contains(name), "{name}");
    }
}
