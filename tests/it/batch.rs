//! `neckrom batch` and `neckrom merge`: the tables, whatever threads, shards and manifests.

use std::path::Path;

use polars::prelude::{DataFrame, IntoColumn as _, NamedFrom as _, ParquetWriter, Series};
use tempfile::TempDir;

use crate::batch_support::{TABLES, archive, assert_same, batch, cell, outcomes, recording, table};
use crate::support::{SAMPLE, VISITS, run, text, word};

fn near(cell: &str, expected: &serde_json::Value, what: &str) {
    match expected.as_f64() {
        None => assert_eq!(cell, "", "{what}"),
        Some(expected) => {
            let found: f64 = cell.parse().unwrap();
            assert!(
                (found - expected).abs() < 1e-9,
                "{what}: {found}, {expected}"
            );
        }
    }
}

const MOVEMENT: [&str; 4] = ["n", "mean_deg", "sd_deg", "max_deg"];
const REPETITION: [&str; 7] = [
    "start_s", "peak_s", "end_s", "rom_deg", "hold_s", "sparc", "ldlj",
];

/// The numbers of a row are those of an object.
fn same(table: &DataFrame, row: usize, object: &serde_json::Value, columns: &[&str]) {
    for column in columns {
        near(&cell(table, column, row), &object[column], column);
    }
}

/// Every number of the tables is that of `analyze`, file by file.
#[test]
fn results_are_those_of_analyze() {
    let out = TempDir::new().unwrap();
    let paths = [VISITS.path(), Path::new(SAMPLE)];
    let ran = batch(&paths, out.path(), &["--practice", "1"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let words = [
        "analyze",
        "--json",
        "--practice",
        "1",
        word(paths[0]),
        word(paths[1]),
    ];
    let reports = run(&words).json();
    let [recordings, movements, repetitions] = TABLES.map(|name| table(out.path(), name));
    let (mut movement, mut repetition) = (0, 0);
    for (row, report) in reports.as_array().unwrap().iter().enumerate() {
        let about = &report["recording"];
        for (column, key) in [
            ("recording", "path"),
            ("sha256", "sha256"),
            ("subject", "subject"),
        ] {
            assert_eq!(cell(&recordings, column, row), about[key].as_str().unwrap());
        }
        let head = &about["sensors"][0];
        near(
            &cell(&recordings, "seconds", row),
            &head["duration_s"],
            "seconds",
        );
        near(
            &cell(&recordings, "samples", row),
            &head["samples"],
            "samples",
        );
        for one in report["movements"].as_array().unwrap() {
            assert_eq!(cell(&movements, "input", movement), row.to_string());
            assert_eq!(
                cell(&movements, "movement", movement),
                one["movement"].as_str().unwrap()
            );
            same(&movements, movement, one, &MOVEMENT);
            movement += 1;
        }
        for one in report["repetitions"].as_array().unwrap() {
            same(&repetitions, repetition, one, &REPETITION);
            let flexion = &one["end_range_deg"]["flexion"];
            near(
                &cell(&repetitions, "flexion_deg", repetition),
                flexion,
                "flexion",
            );
            repetition += 1;
        }
    }
    assert_eq!(movement, movements.height());
    assert_eq!(repetition, repetitions.height());
    assert!(movement == 5 * 6 && repetition > 12);
}

#[test]
fn the_bytes_are_the_same_whatever_the_threads() {
    let folder = TempDir::new().unwrap();
    let paths = archive(folder.path(), 60);
    std::fs::write(&paths[7], "").unwrap();
    std::fs::write(&paths[8], "time_s,q_w,q_x,q_y,q_z\n").unwrap();
    let outs = ["1", "2", "5"].map(|jobs| (jobs, TempDir::new().unwrap()));
    for (jobs, out) in &outs {
        let ran = batch(&[folder.path()], out.path(), &["--jobs", jobs, "--csv"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(
            ran.out
                .starts_with("60 recordings: 58 ok, 0 partial, 2 failed\n"),
            "{ran:?}"
        );
        assert_same(out.path(), outs[0].1.path());
        for name in ["recordings.csv", "movements.csv", "repetitions.csv"] {
            let [one, other] = [out, &outs[0].1].map(|out| text(&out.path().join(name)));
            assert!(one == other, "{name}");
        }
    }
    let csv = text(&outs[0].1.path().join("recordings.csv"));
    assert_eq!(csv.lines().count(), 61);
    assert!(csv.starts_with("input,recording,subject,visit,date,task,status,error,warnings,"));
}

#[test]
fn shards_merged_are_one_run() {
    let folder = TempDir::new().unwrap();
    archive(folder.path(), 30);
    let out = TempDir::new().unwrap();
    let place = |name: &str| out.path().join(name);
    assert_eq!(batch(&[folder.path()], &place("whole"), &[]).code, 0);
    let shards = ["0", "1", "2"].map(place);
    for (number, shard) in shards.iter().enumerate() {
        let ran = batch(
            &[folder.path()],
            shard,
            &["--shard", &format!("{number}/3")],
        );
        assert_eq!(ran.code, 0, "{ran:?}");
        let height = table(shard, TABLES[0]).height();
        assert!((3..20).contains(&height), "{height}");
    }
    let merged = place("merged");
    let merge = |folders: &[&Path]| {
        let folders = folders.iter().map(|folder| word(folder));
        let words: Vec<&str> = folders.chain(["--out", word(&merged)]).collect();
        run(&[&["merge"], &words[..]].concat())
    };
    // In whatever order they are given.
    let ran = merge(&[&shards[2], &shards[0], &shards[1]]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "30 recordings: 30 ok, 0 partial, 0 failed\n")
    );
    assert_same(&merged, &place("whole"));

    let ran = merge(&[&shards[0], &shards[1]]);
    assert!(
        ran.code == 2 && ran.err.contains("of 30 recordings are missing"),
        "{ran:?}"
    );
    let ran = merge(&[&shards[0], &shards[1], &shards[2], &shards[1]]);
    assert!(
        ran.code == 2 && ran.err.contains("give each shard once"),
        "{ran:?}"
    );
    let ran = merge(&[&shards[0], folder.path()]);
    assert!(
        ran.code == 2 && ran.err.contains("no folder of `neckrom batch`"),
        "{ran:?}"
    );
    std::fs::copy(place("whole").join(TABLES[2]), shards[1].join(TABLES[2])).unwrap();
    let ran = merge(&[&shards[0], &shards[1], &shards[2]]);
    assert!(
        ran.code == 2 && ran.err.contains("not of one run"),
        "{ran:?}"
    );
    // What was there before is still there.
    assert_same(&merged, &place("whole"));
}

/// A scheduler repeats what ends with 2, and would repeat this for ever.
#[test]
fn a_shard_whose_recordings_all_fail_is_done() {
    let folder = TempDir::new().unwrap();
    for path in archive(folder.path(), 12) {
        std::fs::write(path, "").unwrap();
    }
    let out = TempDir::new().unwrap();
    let shards = ["0", "1"].map(|name| out.path().join(name));
    for (shard, number) in shards.iter().zip(["0/2", "1/2"]) {
        let ran = batch(&[folder.path()], shard, &["--shard", number]);
        assert!(table(shard, TABLES[0]).height() > 0, "no share is empty");
        assert_eq!(ran.code, 1, "{ran:?}");
    }
    let merged = out.path().join("merged");
    let words = [word(&shards[0]), word(&shards[1]), "--out", word(&merged)];
    let ran = run(&[&["merge"], &words[..]].concat());
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (1, "12 recordings: 0 ok, 0 partial, 12 failed\n")
    );
    // Of nothing there are no tables.
    let empty = TempDir::new().unwrap();
    for archive in [empty.path(), &empty.path().join("not-mounted")] {
        for number in ["0/2", "1/2"] {
            let ran = batch(&[archive], &out.path().join("none"), &["--shard", number]);
            assert_eq!(ran.code, 2, "{ran:?}");
        }
    }
}

#[test]
fn a_shard_is_counted_from_0() {
    let out = TempDir::new().unwrap();
    let ran = batch(&[VISITS.path()], &out.path().join("a"), &["--shard", "4/4"]);
    assert!(
        ran.code == 2 && ran.err.contains("numbered from 0: of 4 the last is 3/4"),
        "{ran:?}"
    );
}

/// Rows with options of their own, over those of the command line.
#[test]
fn a_manifest_says_options_row_by_row() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let [one, two] = ["data/one.csv", "data/two.csv"].map(|name| folder.path().join(name));
    std::fs::write(&one, recording(0)).unwrap();
    std::fs::write(&two, recording(1)).unwrap();
    let manifest = folder.path().join("list.csv");
    let rows = "path,subject,visit,practice,keep_drift,mount\n\
                data/one.csv,A,1,2,yes,\"+x,+z\"\ndata/two.csv,B,,,,\ndata/one.csv,C,2,,no,\n";
    std::fs::write(&manifest, rows).unwrap();
    let out = TempDir::new().unwrap();
    let words = [
        "--manifest",
        word(&manifest),
        "--practice",
        "1",
        "--visit",
        "9",
    ];
    let ran = batch(&[], out.path(), &words);
    assert_eq!(ran.code, 0, "{ran:?}");
    let recordings = table(out.path(), TABLES[0]);
    let labels = |row| ["subject", "visit"].map(|name| cell(&recordings, name, row));
    assert_eq!([0, 1, 2].map(labels), [["A", "1"], ["B", "9"], ["C", "2"]]);
    assert_eq!(
        cell(&recordings, "settings", 1),
        cell(&recordings, "settings", 2)
    );
    assert_ne!(
        cell(&recordings, "settings", 0),
        cell(&recordings, "settings", 1)
    );
    let movements = table(out.path(), TABLES[1]);
    let options = [
        vec![
            word(&one),
            "--practice",
            "2",
            "--keep-drift",
            "--mount",
            "+x,+z",
        ],
        vec![word(&two), "--practice", "1"],
        vec![word(&one), "--practice", "1"],
    ];
    for (row, options) in options.iter().enumerate() {
        let reports = run(&[&["analyze", "--json"], &options[..]].concat()).json();
        let flexion = &reports[0]["movements"][0];
        near(&cell(&movements, "n", row * 6), &flexion["n"], "n");
        near(
            &cell(&movements, "mean_deg", row * 6),
            &flexion["mean_deg"],
            "mean",
        );
    }
}

#[test]
fn a_manifest_may_be_parquet() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("task-flexion.csv"), recording(0)).unwrap();
    let path = folder.path().join("list.parquet");
    let columns = vec![
        Series::new("path".into(), ["task-flexion.csv", "none.csv"]).into_column(),
        Series::new("practice".into(), [Some(1_i32), None]).into_column(),
        Series::new("keep_drift".into(), [true, false]).into_column(),
    ];
    let mut list = DataFrame::new(2, columns).unwrap();
    ParquetWriter::new(std::fs::File::create(&path).unwrap())
        .finish(&mut list)
        .unwrap();
    let out = TempDir::new().unwrap();
    let ran = batch(&[], out.path(), &["--manifest", word(&path)]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let found = outcomes(out.path());
    assert_eq!(found["task-flexion.csv"].0, "ok");
    assert!(found["none.csv"].0 == "failed" && found["none.csv"].1.contains("No such file"));
}

#[test]
fn a_manifest_that_cannot_be_understood_is_refused_before_the_work() {
    let folder = TempDir::new().unwrap();
    let manifest = folder.path().join("list.csv");
    for (rows, part) in [
        (
            "path,mountt\na.csv,1\n",
            "no column 'mountt'; there are: path, subject, visit, as-is, ",
        ),
        ("file\na.csv\n", "there is no column 'path'"),
        (
            "path,mount\na.csv,\nb.csv,sideways\n",
            "row 3: invalid value 'sideways'",
        ),
        (
            "path,keep_drift\na.csv,maybe\n",
            "row 2: keep-drift is true or false, not 'maybe'",
        ),
        ("path,subject\n,A\n", "row 2: no path"),
        ("path,subject\na.csv\n", "no CSV table"),
        ("path\n", "no recording was found"),
    ] {
        std::fs::write(&manifest, rows).unwrap();
        let ran = batch(
            &[],
            &folder.path().join("out"),
            &["--manifest", word(&manifest)],
        );
        assert!(ran.code == 2 && ran.err.contains(part), "{rows}: {ran:?}");
    }
}

#[test]
fn angles_and_pictures_are_made_on_request() {
    let folder = TempDir::new().unwrap();
    archive(folder.path(), 2);
    let out = TempDir::new().unwrap();
    assert_eq!(batch(&[folder.path()], out.path(), &[]).code, 0);
    assert!(!out.path().join("angles").exists());
    let words = ["--angles", "--pictures"];
    let ran = batch(&[folder.path()], out.path(), &words);
    assert_eq!(
        ran.out, "2 recordings: 2 ok, 0 partial, 0 failed\n",
        "{ran:?}"
    );
    let made = |name: &str| crate::support::files(&out.path().join(name));
    let (angles, pictures) = (made("angles"), made("pictures"));
    assert_eq!((angles.len(), pictures.len()), (2, 4));
    let name = angles[0].file_name().unwrap().to_str().unwrap();
    assert!(
        name.starts_with("sub-000_ses-1_task-flexion_motion_"),
        "{name}"
    );
    let columns = table(&out.path().join("angles"), name);
    assert!(columns.column("flexion_deg").is_ok() && columns.height() > 100);
    // One that is gone is made again, the other is not.
    std::fs::remove_file(&angles[0]).unwrap();
    let ran = batch(&[folder.path()], out.path(), &words);
    assert!(ran.out.ends_with("; 1 were done before\n"), "{ran:?}");
    assert_eq!(made("angles"), angles);
}
