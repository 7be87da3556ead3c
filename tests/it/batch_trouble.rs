//! Whatever is wrong with files and disks: a row or a message, never a hang or a lost table.

use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use crate::batch_support::{
    TABLES, archive, assert_same, batch, bytes, cell, outcomes, recording, table,
};
use crate::support::{neckrom, text, word};

/// A recording broken in one of ten ways, and the end of its name.
fn broken(way: usize) -> (&'static str, Vec<u8>) {
    let whole = recording(way).into_bytes();
    let text = String::from_utf8(whole.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let header = lines
        .iter()
        .position(|line| line.starts_with("time_s"))
        .unwrap();
    let few = |count: usize| lines[..=header + count].join("\n").into_bytes();
    let gz = |bytes: &[u8]| {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(bytes).unwrap();
        gz.finish().unwrap()
    };
    match way {
        0 => ("empty.csv", Vec::new()),
        1 => ("header.csv", few(0)),
        2 => ("short.csv", few(5)),
        3 => ("word.csv", text.replacen(",0.", ",zero.", 40).into_bytes()),
        4 => ("columns.csv", text.replacen("q_w", "q_v", 1).into_bytes()),
        5 => ("cut.csv.gz", gz(&whole)[..300].to_vec()),
        6 => ("noise.csv.gz", [&[0x1f, 0x8b][..], &[7; 200]].concat()),
        7 => ("cut.parquet", b"PAR1 and then nothing of it".to_vec()),
        8 => ("cut.zip", b"PK\x03\x04 and then nothing of it".to_vec()),
        _ => ("ragged.csv", text.replace(",0.", "").into_bytes()),
    }
}

#[test]
fn ten_ways_of_being_broken_are_all_accounted_for() {
    let folder = TempDir::new().unwrap();
    archive(folder.path(), 40);
    for way in 0..10 {
        let (name, bytes) = broken(way);
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    std::fs::write(folder.path().join("notes.csv"), "name,age\nx,1\n").unwrap();
    let out = TempDir::new().unwrap();
    let ran = batch(&[folder.path()], out.path(), &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let outcomes = outcomes(out.path());
    let good = outcomes.values().filter(|one| one.0 == "ok").count();
    assert_eq!(good, 40, "{outcomes:#?}");
    let passed_over = text(&out.path().join("passed_over.csv"));
    assert!(passed_over.contains("notes.csv"), "{passed_over}");
    for way in 0..10 {
        let (name, _) = broken(way);
        let row = outcomes.get(name);
        let told = row.is_some_and(|row| row.0 == "failed" && !row.1.is_empty());
        assert!(
            told || passed_over.contains(name),
            "{name}: {row:?}\n{passed_over}"
        );
    }
    let failed = outcomes.values().filter(|one| one.0 == "failed").count();
    assert!(failed >= 8, "{outcomes:#?}");
    // Labels of a path stand with a failure too, and the digest where the file could be read.
    let recordings = table(out.path(), TABLES[0]);
    for row in 0..recordings.height() {
        assert_eq!(cell(&recordings, "sha256", row).len(), 64);
        assert_ne!(cell(&recordings, "bytes", row), "");
    }
    // What is lost is gone from the list when it is gone from the folder.
    std::fs::remove_file(folder.path().join("notes.csv")).unwrap();
    std::fs::remove_file(folder.path().join(broken(4).0)).unwrap();
    batch(&[folder.path()], out.path(), &["--quiet"]);
    let left = std::fs::read(out.path().join("passed_over.csv")).unwrap_or_default();
    assert!(!String::from_utf8(left).unwrap().contains("notes.csv"));
}

#[test]
fn a_quiet_run_says_only_what_is_wrong() {
    let folder = TempDir::new().unwrap();
    let paths = archive(folder.path(), 2);
    let out = TempDir::new().unwrap();
    let ran = batch(&[folder.path()], out.path(), &["--quiet"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    std::fs::write(&paths[0], "").unwrap();
    let ran = batch(&[folder.path()], out.path(), &["--quiet"]);
    assert!(
        ran.code == 1 && ran.out.is_empty() && ran.err.contains("the file is empty"),
        "{ran:?}"
    );
    assert_eq!(ran.err.lines().count(), 1);
}

#[test]
fn lost_samples_and_missing_movements_are_partial() {
    let folder = TempDir::new().unwrap();
    let gap: Vec<String> = recording(0).lines().map(str::to_owned).collect();
    let (start, end) = (gap.len() / 2, gap.len() / 2 + 30);
    let without = [&gap[..start], &gap[end..]].concat().join("\n");
    std::fs::write(folder.path().join("task-flexion_gap.csv"), without).unwrap();
    std::fs::write(folder.path().join("task-flexion_whole.csv"), recording(0)).unwrap();
    std::fs::write(folder.path().join("task-rotation_none.csv"), recording(0)).unwrap();
    let out = TempDir::new().unwrap();
    let ran = batch(&[folder.path()], out.path(), &[]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "3 recordings: 1 ok, 2 partial, 0 failed\n")
    );
    let recordings = table(out.path(), TABLES[0]);
    assert!(
        cell(&recordings, "warnings", 0)
            .split(' ')
            .any(|one| one == "gap:1")
    );
    assert_eq!(cell(&recordings, "status", 1), "ok");
}

#[test]
fn a_recording_that_needs_all_memory_is_measured_alone() {
    let folder = TempDir::new().unwrap();
    archive(folder.path(), 6);
    let [little, much] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let ran = batch(
        &[folder.path()],
        little.path(),
        &["--memory", "1k", "--jobs", "3"],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err.contains("6 recordings need more than --memory"),
        "{ran:?}"
    );
    let ran = batch(&[folder.path()], much.path(), &[]);
    assert!(!ran.err.contains("--memory"), "{ran:?}");
    assert_same(little.path(), much.path());
}

/// Whoever looks at a folder of results while it is searched does not find them.
#[test]
fn results_in_the_archive_are_not_taken_for_recordings() {
    let folder = TempDir::new().unwrap();
    archive(folder.path(), 2);
    let out = folder.path().join("results");
    for expected in [
        "2 recordings: 2 ok",
        "2 recordings: 2 ok, 0 partial, 0 failed; 2 were done",
    ] {
        let ran = batch(&[folder.path()], &out, &["--csv", "--angles"]);
        assert!(
            ran.out.starts_with(expected) && !ran.err.contains("passed over"),
            "{ran:?}"
        );
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    let folder = TempDir::new().unwrap();
    archive(folder.path(), 1);
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let ran = batch(&[folder.path()], &file.join("out"), &[]);
    assert!(
        ran.code == 2 && ran.err.contains("could not write"),
        "{ran:?}"
    );
    let ran = batch(
        &[&folder.path().join("none-such")],
        &folder.path().join("out"),
        &[],
    );
    assert!(ran.code == 2 && ran.err.contains("No such file"), "{ran:?}");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn only_the_owner_may_read_results() {
        let folder = TempDir::new().unwrap();
        archive(folder.path(), 1);
        let out = TempDir::new().unwrap();
        let place = out.path().join("new");
        let words = ["--csv", "--angles", "--pictures"];
        assert_eq!(batch(&[folder.path()], &place, &words).code, 0);
        for entry in walkdir::WalkDir::new(&place) {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            let is_lock = entry.file_name() == "lock";
            assert!(
                mode.trailing_zeros() >= 6 || is_lock,
                "{mode:o} {}",
                entry.path().display()
            );
        }
    }

    #[test]
    fn names_that_are_not_utf_8_and_links_that_lead_nowhere() {
        let folder = TempDir::new().unwrap();
        let name = std::ffi::OsStr::from_bytes(b"sub-7_task-flexion_\xff\xfe.csv");
        std::fs::write(folder.path().join(name), recording(0)).unwrap();
        let deep = folder.path().join(std::ffi::OsStr::from_bytes(b"\xf0dir"));
        std::fs::create_dir(&deep).unwrap();
        std::fs::write(deep.join("task-flexion_motion.csv"), recording(1)).unwrap();
        symlink("loop.csv", folder.path().join("loop.csv")).unwrap();
        symlink(folder.path(), folder.path().join("again")).unwrap();
        symlink("gone.csv", folder.path().join("dangling.csv")).unwrap();
        let out = TempDir::new().unwrap();
        let ran = batch(&[folder.path()], out.path(), &[]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(
            ran.out
                .starts_with("4 recordings: 2 ok, 0 partial, 2 failed"),
            "{ran:?}"
        );
        let outcomes = outcomes(out.path());
        assert_eq!(outcomes["sub-7_task-flexion_\u{fffd}\u{fffd}.csv"].0, "ok");
        assert_eq!(outcomes["task-flexion_motion.csv"].0, "ok");
        assert!(
            outcomes["loop.csv"].1.contains("symbolic links"),
            "{outcomes:?}"
        );
        assert!(
            outcomes["dangling.csv"].1.contains("No such file"),
            "{outcomes:?}"
        );
    }

    /// Opening a pipe waits for a writer that never comes.
    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let folder = TempDir::new().unwrap();
        let pipe = folder.path().join("pipe.csv");
        let made = std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap();
        assert!(made.success());
        let out = TempDir::new().unwrap();
        let ran = batch(&[&pipe, Path::new("/dev/zero")], out.path(), &[]);
        assert_eq!(ran.code, 1, "{ran:?}");
        for (_, (status, error)) in outcomes(out.path()) {
            assert!(
                status == "failed" && error.contains("neither a file nor a folder"),
                "{error}"
            );
        }
    }

    /// A limit of file sizes stands for a full disk: what was there stays, and the next run goes on.
    #[test]
    fn a_full_disk_loses_nothing() {
        let folder = TempDir::new().unwrap();
        archive(folder.path(), 12);
        let out = TempDir::new().unwrap();
        assert_eq!(batch(&[folder.path()], out.path(), &[]).code, 0);
        let before = bytes(out.path());
        let limited = |blocks: usize, words: &str| {
            let program = crate::support::PROGRAM;
            let (folder, out) = (word(folder.path()), word(out.path()));
            let line = format!(
                "trap '' XFSZ; ulimit -f {blocks}; \
                 exec '{program}' batch '{folder}' --out '{out}' {words}"
            );
            crate::support::ran(neckrom_in_shell(&line).env("NO_COLOR", "1"))
        };
        // No part can be written; then parts can, and the tables cannot.
        let ran = limited(1, "--practice 1");
        assert!(
            ran.code == 2 && ran.err.contains("could not write"),
            "{ran:?}"
        );
        assert!(ran.err.contains("what is finished is kept"), "{ran:?}");
        assert!(before == bytes(out.path()));
        std::fs::remove_file(out.path().join("movements.parquet")).unwrap();
        let ran = limited(1, "");
        assert!(
            ran.code == 2 && ran.err.contains("could not write"),
            "{ran:?}"
        );
        assert!(before[0] == std::fs::read(out.path().join(TABLES[0])).unwrap());
        let ran = batch(&[folder.path()], out.path(), &[]);
        assert!(ran.out.ends_with("; 12 were done before\n"), "{ran:?}");
        assert!(before == bytes(out.path()));
    }

    fn neckrom_in_shell(line: &str) -> std::process::Command {
        let mut command = std::process::Command::new("bash");
        command.args(["-c", line]);
        command
    }
}

/// A file that is still being written is not half measured in silence.
#[test]
fn a_file_that_grows_while_it_is_read_fails_until_it_is_complete() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("task-flexion_motion.csv");
    std::fs::write(&path, recording(0)).unwrap();
    let out = TempDir::new().unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = std::fs::File::options().append(true).open(&path).unwrap();
            while !stop.load(Ordering::Relaxed) {
                file.write_all(b"\n").unwrap();
                std::thread::sleep(Duration::from_micros(200));
            }
        });
        let ran = batch(&[folder.path()], out.path(), &[]);
        stop.store(true, Ordering::Relaxed);
        assert_eq!(ran.code, 1, "{ran:?}");
    });
    let found = outcomes(out.path());
    let (_, error) = &found["task-flexion_motion.csv"];
    assert!(error.contains("changed while it was read"), "{found:?}");
    let ran = batch(&[folder.path()], out.path(), &[]);
    assert_eq!(
        ran.out, "1 recordings: 1 ok, 0 partial, 0 failed\n",
        "{ran:?}"
    );
}

/// Progress on no terminal is lines, and only now and then.
#[test]
fn no_bar_is_drawn_where_there_is_no_terminal() {
    let folder = TempDir::new().unwrap();
    archive(folder.path(), 3);
    let out = TempDir::new().unwrap();
    let ran = crate::support::ran(
        neckrom()
            .args(["batch", word(folder.path()), "--out"])
            .arg(out.path()),
    );
    assert!(!ran.err.contains(['\r', '\u{1b}']), "{ran:?}");
    assert!(
        ran.err.contains("3 measured in ") && ran.err.contains(" MB/s"),
        "{ran:?}"
    );
}
