//! The files that `analyze --out` and `compare --out` leave.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::support::{SAMPLE, VISITS, files, is, neckrom, ran, run, text, word};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Words that no output may hold, in any case of letters.
const FORBIDDEN: [&str; 7] = [
    "abnormal", "patholog", "normal", "positive", "negative", "healthy", "diagnos",
];

/// What `analyze` and `compare` left, of the shared visits.
static ANALYZED: LazyLock<TempDir> = LazyLock::new(|| made("analyze", &["--angles"]));
pub(crate) static COMPARED: LazyLock<TempDir> = LazyLock::new(|| made("compare", &[]));

fn made(command: &str, more: &[&str]) -> TempDir {
    let folder = TempDir::new().unwrap();
    make(command, more, folder.path());
    folder
}

fn make(command: &str, more: &[&str], folder: &Path) {
    let ran = ran(neckrom()
        .arg(command)
        .arg("sub-01")
        .args(more)
        .arg("--out")
        .arg(folder)
        .current_dir(VISITS.path()));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.starts_with("results are in "), "{ran:?}");
}

/// File names and bytes.
fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    files(folder)
        .iter()
        .map(|path| (name(path), std::fs::read(path).unwrap()))
        .collect()
}

fn names(folder: &Path) -> Vec<String> {
    bytes(folder).into_keys().collect()
}

#[track_caller]
fn assert_clean(name: &str, text: &str) {
    let text = text.to_lowercase().replace("no diagnosis", "");
    for word in FORBIDDEN {
        let at = text
            .find(word)
            .map(|at| &text[at.saturating_sub(30)..at + word.len()]);
        assert_eq!(at, None, "{word} in {name}");
    }
}

/// Every file is what its ending says.
#[track_caller]
fn assert_sound(folder: &Path) {
    for (name, bytes) in bytes(folder) {
        let ending = name.rsplit_once('.').unwrap().1;
        let sound = match ending {
            "png" => bytes.starts_with(PNG) && bytes.ends_with(b"IEND\xaeB`\x82"),
            "parquet" => bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"),
            "json" => serde_json::from_slice::<serde_json::Value>(&bytes).is_ok(),
            "csv" => rows(&bytes) > 1,
            "html" => {
                bytes.starts_with(b"<!doctype html>") || bytes.starts_with(b"<!DOCTYPE html>")
            }
            "svg" => {
                let text = std::str::from_utf8(&bytes).unwrap();
                let has = |tag: &str| {
                    text.contains(&format!("<{tag}")) && text.contains(&format!("</{tag}>"))
                };
                assert_clean(&name, text);
                has("svg") && has("title") && has("desc")
            }
            _ => false,
        };
        assert!(sound, "{name}");
        assert_private(&folder.join(name));
    }
}

/// Lines of a CSV; all have the cells of the first.
fn rows(bytes: &[u8]) -> usize {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(bytes);
    reader.records().map(Result::unwrap).count()
}

#[cfg(unix)]
fn assert_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(
        mode,
        0o600,
        "{} may be read by its owner only",
        path.display()
    );
}

#[cfg(not(unix))]
fn assert_private(_path: &Path) {}

#[test]
fn analyze_leaves_tables_and_files_of_each_recording() {
    let folder = ANALYZED.path();
    assert_sound(folder);
    let names = names(folder);
    for table in [
        "movements.csv",
        "movements.parquet",
        "repetitions.csv",
        "repetitions.parquet",
    ] {
        assert!(
            names.iter().any(|name| name == table),
            "{table} in {names:?}"
        );
    }
    for ending in ["_angles.svg", "_angles.png", "_angles.parquet"] {
        let count = names.iter().filter(|name| name.ends_with(ending)).count();
        assert_eq!(count, 4, "{ending} in {names:?}");
    }
    assert_eq!(names.len(), 4 + 3 * 4, "{names:?}");
    assert!(
        names
            .iter()
            .any(|name| name.starts_with("sub-01_ses-02_task-rotation-left_"))
    );
    assert_eq!(rows(&bytes(folder)["movements.csv"]), 1 + 4 * 6);
}

#[test]
fn angles_are_only_written_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let one = VISITS
        .path()
        .join("sub-01/ses-01/sub-01_ses-01_task-flexion_motion.csv");
    let out = word(folder.path());
    assert_eq!(run(&["analyze", word(&one), "--out", out]).code, 0);
    let names = names(folder.path());
    assert!(
        !names.iter().any(|name| name.ends_with("_angles.parquet")),
        "{names:?}"
    );
    let refused = run(&["analyze", word(&one), "--angles"]);
    assert!(
        refused.code == 2 && refused.err.contains("--out"),
        "{refused:?}"
    );
}

#[test]
fn the_table_of_repetitions_is_the_json() {
    let csv = text(&ANALYZED.path().join("repetitions.csv"));
    let ran = ran(neckrom()
        .args(["analyze", "sub-01", "--json"])
        .current_dir(VISITS.path()));
    let value = ran.json();
    let all: Vec<_> = value
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|report| report["repetitions"].as_array().unwrap())
        .collect();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|one| one == name).unwrap();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), all.len());
    for (row, one) in rows.iter().zip(all) {
        assert_eq!(row[column("movement")], *one["movement"].as_str().unwrap());
        assert_eq!(row[column("used")], one["used"].to_string());
        let rom: f64 = row[column("rom_deg")].parse().unwrap();
        assert!(
            (rom - one["rom_deg"].as_f64().unwrap()).abs() < 1e-4,
            "{row:?}"
        );
    }
}

#[test]
fn compare_leaves_page_pictures_and_tables() {
    let folder = COMPARED.path();
    assert_sound(folder);
    let pictures = ["before_after", "path", "progress", "rose"];
    let expected: Vec<String> = [
        "changes.csv",
        "comparison.json",
        "movements.csv",
        "movements.parquet",
        "repetitions.csv",
        "repetitions.parquet",
        "report.html",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(
        pictures
            .iter()
            .flat_map(|name| ["png", "svg"].map(|ending| format!("sub-01_{name}.{ending}"))),
    )
    .collect();
    assert_eq!(names(folder), expected);
    let by_run = ran(neckrom()
        .args(["compare", "sub-01", "--json"])
        .current_dir(VISITS.path()));
    assert_eq!(by_run.out, text(&folder.join("comparison.json")));
}

#[test]
fn the_page_fetches_nothing_runs_nothing_and_judges_nobody() {
    let page = text(&COMPARED.path().join("report.html"));
    let lower = page.to_lowercase();
    let bare = lower
        .replace("xmlns=\"http://www.w3.org/2000/svg\"", "")
        .replace("xmlns:xlink=\"http://www.w3.org/1999/xlink\"", "");
    for part in [
        "<script",
        "<link",
        "<iframe",
        "javascript:",
        "http://",
        "https://",
        " src=",
        "@import",
        "url(http",
    ] {
        assert!(!bare.contains(part), "{part}");
    }
    assert_clean("report.html", &page);
    assert!(lower.contains("no diagnosis") && lower.contains("simulated"));
    assert!(
        page.contains("probable change"),
        "rotation went from 40 to 62 degrees"
    );
    for (name, bytes) in bytes(COMPARED.path()) {
        if is(&name, &["csv", "json"]) {
            assert_clean(&name, std::str::from_utf8(&bytes).unwrap());
        }
    }
}

#[test]
fn text_on_the_terminal_judges_nobody() {
    for words in [
        &["analyze", "sub-01"][..],
        &["compare", "sub-01"],
        &["inspect", "sub-01"],
    ] {
        let ran = ran(neckrom().args(words).current_dir(VISITS.path()));
        assert_clean(words[0], &(ran.out + &ran.err));
    }
}

#[test]
fn the_same_again_gives_the_same_bytes() {
    let (analyzed, compared) = (made("analyze", &["--angles"]), made("compare", &[]));
    for (one, other) in [(&*ANALYZED, &analyzed), (&*COMPARED, &compared)] {
        let (one, other) = (bytes(one.path()), bytes(other.path()));
        assert!(one.keys().eq(other.keys()));
        for (name, bytes) in one {
            assert!(bytes == other[&name], "{name} differs from run to run");
        }
    }
    let first = bytes(compared.path());
    make("compare", &[], compared.path());
    assert!(bytes(compared.path()) == first, "over the files of before");
}

/// Results lie among the recordings they came from: they are named, not taken for recordings.
#[test]
fn results_in_a_searched_folder_are_no_recordings() {
    let folder = TempDir::new().unwrap();
    let visit = folder.path().join("visit");
    std::fs::create_dir(&visit).unwrap();
    std::fs::copy(SAMPLE, visit.join("one.csv")).unwrap();
    for command in [["analyze", "--angles"], ["compare", "--json"]] {
        for _again in 0..2 {
            let out = folder.path().join("visit/results");
            let ran = ran(neckrom().args(command).arg(&visit).arg("--out").arg(out));
            assert_eq!(ran.code, 0, "{ran:?}");
            assert!(!ran.err.contains("error"), "{ran:?}");
        }
    }
}
