//! Data flows one way: a stage uses only the stages above it in `src/lib.rs`; and each outside
//! package has one home.

use std::fs;
use std::path::{Path, PathBuf};

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn text(path: &Path) -> String {
    String::from_utf8(fs::read(path).unwrap()).unwrap()
}

/// The stages, in the order of `lib.rs`.
fn stages() -> Vec<String> {
    let lib = text(&src().join("lib.rs"));
    let names = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Path below `src`, with `/`.
fn name(path: &Path) -> String {
    path.strip_prefix(src())
        .unwrap()
        .to_string_lossy()
        .replace('\\', "/")
}

/// The code of a file without comments and without what follows `#[cfg(test)]`.
fn code(path: &Path) -> String {
    let text = text(path);
    let code = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default();
    let lines = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Stages that a file names as `crate::stage`, also inside `use crate::{…}`.
fn used(code: &str, stages: &[String]) -> Vec<String> {
    let named = |stage: &&String| {
        code.match_indices(&format!("crate::{stage}"))
            .any(|(at, found)| {
                let next = code[at + found.len()..].chars().next();
                !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
            })
    };
    assert!(
        !code.contains("use crate::{"),
        "write one `use crate::stage` a line"
    );
    stages.iter().filter(named).cloned().collect()
}

#[test]
fn no_stage_looks_downstream() {
    let stages = stages();
    assert!(stages.len() > 10, "{stages:?}");
    let mut wrong = Vec::new();
    for path in rust_files(&src()) {
        let name = name(&path);
        let own = name
            .split('/')
            .next()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned();
        let Some(place) = stages.iter().position(|stage| *stage == own) else {
            assert!(
                ["lib", "main"].contains(&own.as_str()),
                "{name} is no stage of lib.rs"
            );
            continue;
        };
        for other in used(&code(&path), &stages) {
            if stages.iter().position(|stage| *stage == other).unwrap() > place {
                wrong.push(format!("{name} uses {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_crate_page_names_every_stage_in_order() {
    let lib = text(&src().join("lib.rs"));
    let page: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .collect();
    let rows: Vec<String> = page
        .iter()
        .filter_map(|line| line.trim().strip_prefix("| [`")?.split('`').next())
        .map(|name| name.trim_start_matches("mod@").to_owned())
        .collect();
    assert_eq!(rows, stages());
}

#[test]
fn outside_packages_stay_at_home() {
    let homes: [(&str, &[&str]); 17] = [
        ("anyhow", &["cli/"]),
        ("clap", &["cli/"]),
        ("plotters", &["report/"]),
        ("resvg", &["report/"]),
        ("minijinja", &["report/"]),
        ("serialport", &["capture/"]),
        ("rustix", &["capture/"]),
        ("toml", &["capture/"]),
        ("ratatui", &["cli/"]),
        ("rodio", &["cli/screen/"]),
        ("signal_hook", &["cli/"]),
        ("realfft", &["movement/smoothness.rs"]),
        ("rustfft", &["orientation/synchronise/"]),
        (
            "polars",
            &["read/parquet.rs", "write/", "visit/", "report/", "batch/"],
        ),
        ("arrow_ipc", &["batch/worker/"]),
        ("sha2", &["read/"]),
        ("hdf5_reader", &["read/hdf5.rs", "read/hdf5_limits.rs"]),
    ];
    let mut wrong = Vec::new();
    for path in rust_files(&src()) {
        let (name, code) = (name(&path), code(&path));
        for (package, at) in &homes {
            let uses = code.contains(&format!("{package}::"));
            if uses && !at.iter().any(|home| name.starts_with(home)) {
                wrong.push(format!("{name} uses {package}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// `Rotation::claim` is where a frame error can enter.
#[test]
fn frames_are_claimed_in_few_places() {
    let allowed = ["frames.rs", "read/", "orientation/", "angles/", "simulate/"];
    for path in rust_files(&src()) {
        let name = name(&path);
        let claims = code(&path).contains("Rotation::claim(");
        assert!(
            !claims || allowed.iter().any(|a| name.starts_with(a)),
            "{name} claims a frame"
        );
    }
}
