//! The README: its table of formats, its picture and its commands are what the program gives.

use std::path::Path;

use crate::support::{run, text};

fn readme() -> String {
    text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"))
}

#[test]
fn the_table_of_formats_is_the_registry() {
    let table = run(&["formats", "--markdown"]).out;
    assert!(
        readme().contains(table.trim()),
        "put the output of `neckrom formats --markdown` there"
    );
    let written = run(&["formats", "--written", "--markdown"]).out;
    assert!(
        readme().contains(written.trim()),
        "put the output of `neckrom formats --written --markdown` there"
    );
}

#[test]
fn the_picture_is_made_by_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    assert_eq!(run(&["compare", "sample_data", "--out", out]).code, 0);
    let made = text(&folder.path().join("sub-01_before_after.svg"));
    let shown = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/before_after.svg");
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        std::fs::write(&shown, &made).unwrap();
    }
    assert!(
        text(&shown) == made,
        "the picture differs; INSTA_UPDATE=always takes over the new one"
    );
}

/// Every `$ neckrom` line of a console block runs.
#[test]
fn the_commands_run() {
    let readme = readme();
    let folder = tempfile::tempdir().unwrap();
    let place = |word: &str| {
        let made = ["out", "tables"].contains(&word.split('/').next().unwrap_or_default());
        let at = || folder.path().join(word).display().to_string();
        if made { at() } else { word.to_owned() }
    };
    let lines = readme
        .lines()
        .filter_map(|line| line.strip_prefix("$ neckrom "));
    let mut count = 0;
    for line in lines {
        let words: Vec<String> = line.split(' ').map(place).collect();
        let ran = run(&words);
        assert_eq!(ran.code, 0, "{line}: {}", ran.err);
        assert!(!ran.out.is_empty(), "{line}");
        count += 1;
    }
    assert!(count >= 4, "{count}");
}

#[test]
fn the_two_commands_stand_at_the_top() {
    let readme = readme();
    let mut commands = readme.lines().filter(|line| line.starts_with("cargo "));
    assert_eq!(
        commands.next(),
        Some("cargo run --release -- compare sample_data --out out")
    );
    assert_eq!(commands.next(), Some("cargo test"));
}

/// Signs in the README are those of the crate's table.
#[test]
fn the_sign_table_is_that_of_the_angles() {
    let angles = text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/angles/mod.rs"));
    let readme = readme();
    let is_axis = |cell: &str| ["+X", "-X", "+Y", "-Y", "+Z", "-Z"].contains(&cell);
    let rows: Vec<&str> = readme
        .lines()
        .filter(|line| line.split('|').any(|cell| is_axis(cell.trim())))
        .collect();
    assert_eq!(rows.len(), 6);
    for row in rows {
        let mut cells = row.split('|').map(str::trim).skip(1);
        let (movement, axis) = (cells.next().unwrap(), cells.next().unwrap());
        assert!(
            angles.contains(&format!("| {movement} | {axis} |")),
            "{row}"
        );
    }
}
