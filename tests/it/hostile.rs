//! Labels and file names that would be code, formulas or paths somewhere else.

use std::path::Path;

use tempfile::TempDir;

use crate::support::{Ran, SHORT, files, is, run, simulate, text, word};

const SCRIPT: &str = "<script>alert(1)</script>";
const FORMULA: &str = "=cmd|' /C calc'!A0";
const CLIMBING: &str = "../../climbed/out";
const TERMINAL: &str = "\u{0}\r\n\u{1b}[31mred\u{7}\u{202e}";

/// A folder `in` with a recording of this subject and visit, and an empty folder beside it.
fn recording(subject: &str, visit: &str, name: &str) -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let made = simulate(
        &folder.path().join("made"),
        &[&SHORT[..], &["--task", "flexion"]].concat(),
    );
    let path = folder.path().join("in").join(name);
    std::fs::create_dir(folder.path().join("in")).unwrap();
    std::fs::rename(made, &path).unwrap();
    std::fs::remove_dir_all(folder.path().join("made")).unwrap();
    let about = serde_json::json!({ "subject": subject, "visit": visit, "task": "flexion" });
    std::fs::write(path.with_extension("json"), about.to_string()).unwrap();
    (folder, path)
}

fn outputs(folder: &TempDir, path: &Path) -> Vec<(String, String)> {
    let mut outputs = Vec::new();
    for command in ["analyze", "compare"] {
        let out = folder.path().join("a/b").join(command);
        let Ran {
            code,
            out: said,
            err,
        } = run(&[command, word(path), "--out", word(&out)]);
        assert_eq!(code, 0, "{err}");
        for text in [&said, &err] {
            let harmless = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
            assert!(text.chars().all(harmless), "{text:?}");
        }
        for path in files(&out) {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let safe = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
            assert!(name.chars().all(safe) && !name.starts_with('.'), "{name}");
            assert_eq!(
                path.parent(),
                Some(out.as_path()),
                "no folders are made inside"
            );
            if !is(&name, &["png", "parquet"]) {
                outputs.push((name, text(&path)));
            }
        }
    }
    let made: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(made.len(), 2, "only 'a' and 'in': {made:?}");
    assert_eq!(
        files(&folder.path().join("in")).len(),
        2,
        "nothing beside the recording"
    );
    assert_eq!(
        std::fs::read_dir(folder.path().join("a")).unwrap().count(),
        1
    );
    assert_eq!(
        std::fs::read_dir(folder.path().join("a/b"))
            .unwrap()
            .count(),
        2
    );
    outputs
}

#[test]
fn markup_stays_text_and_formulas_are_made_harmless() {
    let (folder, path) = recording(FORMULA, SCRIPT, "=1+2<img src=x onerror=alert(1)>.csv");
    let (mut escaped, mut cells) = (0, 0);
    for (name, text) in outputs(&folder, &path) {
        if is(&name, &["html", "svg"]) {
            assert!(
                !text.contains("<script") && !text.contains("<img"),
                "{name}"
            );
            escaped += usize::from(text.contains("&lt;script&gt;"));
        } else if is(&name, &["csv"]) {
            cells += harmless_cells(&name, &text);
        }
    }
    assert!(escaped >= 3, "the label is shown, escaped: {escaped}");
    assert!(cells > 0, "the label is there, with an apostrophe");
}

/// Looks at every cell; counts those that hold [`FORMULA`] as text.
fn harmless_cells(name: &str, text: &str) -> usize {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut cells = 0;
    for row in reader.records().map(Result::unwrap) {
        for cell in &row {
            let number = cell.parse::<f64>().is_ok();
            let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
            assert!(number || !formula, "{name}: {cell}");
            cells += usize::from(cell == format!("'{FORMULA}"));
        }
    }
    cells
}

#[test]
fn a_relative_file_name_that_is_a_formula_is_made_harmless() {
    let (folder, path) = recording("01", "01", "=1+2.csv");
    let ran = crate::support::ran(
        crate::support::neckrom()
            .args(["analyze", "=1+2.csv", "--out", "../out"])
            .current_dir(path.parent().unwrap()),
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    let table = text(&folder.path().join("out/movements.csv"));
    assert!(
        table.lines().nth(1).unwrap().starts_with("'=1+2.csv,"),
        "{table}"
    );
}

#[test]
fn labels_neither_climb_out_of_the_folder_nor_steer_a_terminal() {
    let (folder, path) = recording(CLIMBING, TERMINAL, "..climb.csv");
    let outputs = outputs(&folder, &path);
    let kept = outputs.iter().any(|(_, text)| text.contains(CLIMBING));
    assert!(kept, "the label itself is kept");
    for (name, text) in outputs {
        assert!(!text.contains(['\u{0}', '\u{7}', '\u{1b}']), "{name}");
        if is(&name, &["svg", "html"]) {
            assert!(!text.contains("&#0;") && !text.contains("&#27;"), "{name}");
        }
    }
}

#[test]
fn labels_on_the_command_line_are_no_different() {
    let (folder, path) = recording("01", "01", "a.csv");
    let out = folder.path().join("out");
    let ran = run(&[
        "compare",
        word(&path),
        "--subject",
        CLIMBING,
        "--visit",
        SCRIPT,
        "--out",
        word(&out),
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!text(&out.join("report.html")).contains("<script"));
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        2,
        "'in' and 'out'"
    );
}

#[cfg(unix)]
#[test]
fn odd_names_and_long_labels_are_shown_harmlessly() {
    use std::os::unix::ffi::OsStrExt as _;
    let long = "ä".repeat(300);
    let (folder, path) = recording(&long, &long, "a b'\"&<é>.csv");
    assert!(!outputs(&folder, &path).is_empty());
    let odd = path.with_file_name(std::ffi::OsStr::from_bytes(b"\xff\x1b\n.csv"));
    if std::fs::rename(&path, &odd).is_err() {
        return; // a file system that takes only UTF-8
    }
    let ran = run(&[std::ffi::OsStr::new("analyze"), odd.as_os_str()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.starts_with('/') && ran.out.contains("\u{fffd}  .csv  (native-csv)"),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains('\u{1b}'));
}
