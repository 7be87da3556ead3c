//! Bad recordings and bad wishes through the program: what it says, its exit code, and what it leaves.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::{HEADER, PROGRAM, Ran, SAMPLE, files, ran, run, word};

/// A head that never moves, 50 Hz.
pub(crate) fn still(samples: u32) -> String {
    table(samples, |_| [1.0, 0.0, 0.0, 0.0])
}

/// A native CSV, 50 Hz.
fn table(samples: u32, quaternion: impl Fn(f64) -> [f64; 4]) -> String {
    let mut text = HEADER.to_owned();
    for index in 0..samples {
        let time_s = f64::from(index) * 0.02;
        let [w, x, y, z] = quaternion(time_s);
        writeln!(text, "{time_s:.2},{w:.6},{x:.6},{y:.6},{z:.6}").unwrap();
    }
    text
}

/// `count` rows under the header.
fn rows(count: u32, row: impl Fn(u32) -> String) -> String {
    let rows: String = (0..count).map(row).collect();
    format!("{HEADER}{rows}")
}

/// What goes into a file, and what the message about it must hold.
struct Bad {
    name: &'static str,
    text: String,
    says: &'static [&'static str],
}

impl Bad {
    fn new(name: &'static str, text: impl Into<String>, says: &'static [&'static str]) -> Self {
        let text = text.into();
        Self { name, text, says }
    }
}

/// Files that cannot be analysed.
fn bad() -> Vec<Bad> {
    let cell =
        "line 3, column 4 (q_y): expected a number, found 'zero'; correct or remove that line";
    let words: &'static [&'static str] = Box::leak(Box::new([cell]));
    vec![
        Bad::new(
            "empty.csv",
            "",
            &["the file is empty", "copy the recording again"],
        ),
        Bad::new("header.csv", HEADER, &["no samples", "record again"]),
        Bad::new(
            "one.csv",
            rows(1, |_| "0,1,0,0,0\n".to_owned()),
            &["1 of 1", "record at least 2 s"],
        ),
        Bad::new(
            "nan.csv",
            rows(300, |i| format!("{i},nan,nan,nan,nan\n")),
            &["no row has a usable orientation", "record again"],
        ),
        Bad::new(
            "zero.csv",
            rows(300, |i| format!("{i},0,0,0,0\n")),
            &["no row has a usable orientation", "record again"],
        ),
        Bad::new(
            "ragged.csv",
            rows(300, |i| format!("{i},1,0\n")),
            &["300 of 300 rows", "the first in line 2", "export it again"],
        ),
        Bad::new(
            "text.csv",
            rows(2, |i| format!("{i},1,0,{},0\n", ["0", "zero"][i as usize])),
            words,
        ),
        Bad::new(
            "backwards.csv",
            rows(500, |i| {
                format!("{:.2},1,0,0,0\n", f64::from(500 - i) * 0.02)
            }),
            &["499 of 500 samples are earlier", "backwards", "--time-unit"],
        ),
        Bad::new(
            "picture.csv",
            "\u{89}PNG\r\n\u{1a}\n\0\0\0\rIHDR",
            &["no recording of a known format", "--columns"],
        ),
        Bad::new(
            "turning.csv",
            table(1000, |t| [(0.75 * t).cos(), 0.0, (0.75 * t).sin(), 0.0]),
            &["no still phase", "sit still"],
        ),
        Bad::new(
            "columns.csv",
            "time_s,q_w,q_x,q_y\n0,1,0,0\n1,1,0,0\n",
            &["q_z", "--columns"],
        ),
    ]
}

fn put(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// One line of error about one file.
#[track_caller]
fn assert_says(ran: &Ran, path: &Path, says: &[&str]) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let start = ran.err.find("error: ").unwrap_or_else(|| panic!("{ran:?}"));
    let message = &ran.err[start..];
    assert!(message.contains(name), "{name} is not named: {ran:?}");
    for part in says {
        assert!(message.contains(part), "'{part}' is not said: {ran:?}");
    }
    assert!(
        !message.contains("RUST_BACKTRACE") && !message.contains("src/"),
        "{ran:?}"
    );
}

#[test]
fn alone_nothing_is_done_and_nothing_left() {
    let folder = tempfile::tempdir().unwrap();
    for Bad { name, text, says } in bad() {
        let path = put(&folder, name, text);
        for command in ["analyze", "compare"] {
            let out = folder.path().join("out");
            let ran = run(&[command, word(&path), "--out", word(&out)]);
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
            assert_says(&ran, &path, says);
            assert!(!out.exists() || files(&out).is_empty(), "{name} left files");
        }
    }
}

#[test]
fn beside_a_good_one_the_good_one_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = bad()
        .into_iter()
        .map(|bad| put(&folder, bad.name, bad.text))
        .collect();
    let words = ["analyze", "--json"]
        .into_iter()
        .chain(paths.iter().map(|path| word(path)));
    let ran = run(&words.chain([SAMPLE]).collect::<Vec<_>>());
    assert_eq!(ran.code, 1, "{ran:?}");
    let value = ran.json();
    assert_eq!(value.as_array().unwrap().len(), 1);
    assert_eq!(value[0]["recording"]["path"], SAMPLE);
    assert_eq!(
        ran.err.matches("error: ").count(),
        paths.len(),
        "{}",
        ran.err
    );
    for path in &paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(
            ran.err.matches(&format!("{name}: ")).count(),
            1,
            "{name}: {}",
            ran.err
        );
    }
}

#[test]
fn inspect_names_the_same_files_and_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = put(
        &folder,
        "text.csv",
        rows(2, |i| {
            format!("{i},1,0,{},0\n", ["0", "x\u{1b}[2J"][i as usize])
        }),
    );
    let ran = run(&["inspect", word(&path), SAMPLE]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_says(
        &ran,
        &path,
        &["line 3, column 4 (q_y)", "found 'x\\u{1b}[2J'"],
    );
    assert!(ran.out.contains(SAMPLE) && !ran.err.contains('\u{1b}'));
}

#[test]
fn two_gigabytes_of_zeros_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zeros.csv");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(2 << 30).unwrap();
    let start = Instant::now();
    let ran = run(&["analyze", word(&path)]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_says(&ran, &path, &["no recording of a known format"]);
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}

/// A header makes it a recording; the zeros after it must not be read into memory as one line.
#[test]
#[cfg(target_os = "linux")]
fn two_gigabytes_of_zeros_under_a_header_need_little_memory() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zeros.csv");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(HEADER.as_bytes()).unwrap();
    file.set_len(2 << 30).unwrap();
    let start = Instant::now();
    // 1 GiB of address space, of which the program itself takes a part.
    let limited = "ulimit -v 1048576 && exec \"$0\" \"$@\"";
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", limited])
        .arg(PROGRAM)
        .arg("analyze")
        .arg(&path);
    let ran = ran(command.env("RAYON_NUM_THREADS", "2"));
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_says(&ran, &path, &["line 2 is longer than 1 MiB"]);
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn without_a_movement_the_table_is_empty_and_a_warning_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = put(&folder, "still.csv", still(500));
    let ran = run(&["analyze", word(&path), "--mount", "+x,+z"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out
            .contains("│ Flexion         ┆         – ┆   – ┆ 0 ┆ –          │"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("warning: nothing found") && ran.out.contains("10°"),
        "{}",
        ran.out
    );
    let moved = run(&["analyze", SAMPLE]);
    assert!(!moved.out.contains("nothing found"));
}

#[test]
fn a_path_that_does_not_exist_is_named() {
    for command in ["analyze", "compare", "inspect", "check"] {
        let ran = run(&[command, "no/such/recording.csv"]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert_says(
            &ran,
            Path::new("no/such/recording.csv"),
            &["could not be read"],
        );
        let both = run(&[command, "no/such/recording.csv", SAMPLE]);
        assert_eq!(both.code, 1, "{both:?}");
        assert!(!both.out.is_empty());
    }
}

#[test]
fn a_folder_without_recordings_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let barren = folder.path().join("barren");
    std::fs::create_dir(&barren).unwrap();
    std::fs::write(barren.join("notes.txt"), "hello").unwrap();
    for command in ["analyze", "compare", "inspect", "check"] {
        let alone = run(&[command, word(&barren)]);
        assert_eq!((alone.code, alone.out.as_str()), (2, ""), "{alone:?}");
        assert_says(&alone, &barren, &["no recording", "neckrom formats"]);
        assert!(alone.err.contains("notes.txt"), "{alone:?}");
        let both = run(&[command, word(&barren), SAMPLE]);
        assert_eq!(
            both.code, 1,
            "a folder that gave nothing is not passed over: {both:?}"
        );
        assert_says(&both, &barren, &["no recording"]);
    }
    let twice = run(&["inspect", "sample_data/sub-01", "sample_data/sub-01/ses-01"]);
    assert_eq!(
        (twice.code, twice.err.as_str()),
        (0, ""),
        "its recording is there already"
    );
}

#[test]
fn a_bad_mount_is_explained() {
    for (mount, says) in [
        ("up", "such as +x,+z"),
        ("+x,-x", "mount"),
        ("+x,+x,+z", "mount"),
        ("", "mount"),
    ] {
        let ran = run(&["analyze", SAMPLE, "--mount", mount]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{mount}: {ran:?}");
        assert!(
            ran.err.contains("--mount") && ran.err.contains(says),
            "{mount}: {ran:?}"
        );
    }
    let both = run(&[
        "analyze",
        SAMPLE,
        "--mount",
        "+x,+z",
        "--mount-exact",
        "+x,+z",
    ]);
    assert!(
        both.code == 2 && both.err.contains("cannot be used with"),
        "{both:?}"
    );
}

#[test]
fn a_file_where_the_results_should_go_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = put(&folder, "taken", "mine");
    for command in ["analyze", "compare"] {
        let ran = run(&[command, SAMPLE, "--out", word(&file)]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert_says(&ran, &file, &["could not make the folder"]);
        assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("locked");
    std::fs::create_dir(&out).unwrap();
    std::fs::set_permissions(&out, std::fs::Permissions::from_mode(0o500)).unwrap();
    // The superuser writes everywhere.
    if std::fs::write(out.join("probe"), "").is_ok() {
        return;
    }
    for command in ["analyze", "compare"] {
        let ran = run(&[command, SAMPLE, "--out", word(&out)]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert_says(&ran, &out, &["could not write"]);
        assert!(files(&out).is_empty());
    }
}

#[test]
fn convert_leaves_nothing_of_a_bad_recording() {
    let folder = tempfile::tempdir().unwrap();
    for Bad { name, text, .. } in bad().into_iter().take(2) {
        let path = put(&folder, name, text);
        let out = folder.path().join("out.parquet");
        let ran = run(&["convert", word(&path), "--out", word(&out)]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert_says(&ran, &path, &[]);
        assert!(!out.exists());
    }
    assert_eq!(files(folder.path()).len(), 2, "no temporary file stays");
}

/// A reader such as `head` that has seen enough.
#[test]
fn a_closed_pipe_is_no_failure() {
    for words in [
        &["analyze", SAMPLE][..],
        &["compare", "sample_data/sub-01"],
        &["inspect", SAMPLE],
        &["check", SAMPLE],
        &["formats"],
    ] {
        let mut child = std::process::Command::new(PROGRAM)
            .args(words)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), err.as_str()),
            (Some(0), ""),
            "{words:?}"
        );
    }
}
