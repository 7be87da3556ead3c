//! How well a measurement repeats, from a table of movements to limits that `compare` takes.

use std::path::Path;

use neckrom::movement::Movement;
use polars::prelude::*;

use crate::support::run;

/// Shrout and Fleiss 1979: six subjects, four judges.
const JUDGES: [[f64; 4]; 6] = [
    [9.0, 2.0, 5.0, 8.0],
    [6.0, 1.0, 3.0, 2.0],
    [8.0, 4.0, 6.0, 8.0],
    [7.0, 1.0, 2.0, 6.0],
    [10.0, 5.0, 6.0, 9.0],
    [6.0, 2.0, 4.0, 7.0],
];

/// A table of flexion: a row a subject, a column a visit.
fn write_table(path: &Path, values: &[[f64; 4]]) {
    let mut table = flexion(values);
    let file = std::fs::File::create(path).unwrap();
    ParquetWriter::new(file).finish(&mut table).unwrap();
}

/// The same values for all six movements.
fn write_movements(path: &Path, values: &[[f64; 4]]) {
    let mut all = flexion(values);
    for movement in &Movement::ALL[1..] {
        let mut table = flexion(values);
        let names = vec![movement.name(); table.height()];
        table
            .with_column(Column::new("movement".into(), names))
            .unwrap();
        all.vstack_mut(&table).unwrap();
    }
    let file = std::fs::File::create(path).unwrap();
    ParquetWriter::new(file).finish(&mut all).unwrap();
}

fn flexion(values: &[[f64; 4]]) -> DataFrame {
    let count = values.len() * 4;
    let of = |one: fn(usize, usize) -> usize| {
        let numbers = (0..count).map(move |i| one(i / 4, i % 4).to_string());
        numbers.collect::<Vec<_>>()
    };
    df!(
        "subject" => of(|subject, _| subject),
        "visit" => of(|_, visit| visit + 1),
        "movement" => vec![Movement::Flexion.name(); count],
        "n" => vec![3_u32; count],
        "mean_deg" => values.concat(),
    )
    .unwrap()
}

#[test]
fn repeated_visits_give_limits_that_replace_the_provisional_ones() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write_table(&root.join("movements.parquet"), &JUDGES);
    let (at, out) = (root.to_str().unwrap(), root.join("out"));
    let words = ["reliability", at, "--retest", "1,2,3,4", "--json", "--out"];
    let ran = run(&[&words[..], &[out.to_str().unwrap()]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = ran.json();
    let flexion = &report["measures"][0];
    let near = |name: &str, expected: f64| {
        let found = flexion[name]["value"].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-8, "{name}: {found}");
    };
    near("icc_2_1", 0.289_763_779_6);
    near("icc_3_1", 0.714_840_714_8);
    near("sem_deg", 1.009_675_415_4);
    near("mdc90_deg", 2.348_681_01);
    near("mdc95_deg", 2.798_626_039_1);
    let missing = report["measures"][1]["missing"].as_str().unwrap();
    assert!(missing.contains("fewer than two subjects"), "{missing}");
    assert!(out.join("agreement.png").is_file() && out.join("agreement.svg").is_file());

    let limits = out.join("limits.csv");
    let words = ["compare", "sample_data", "--json", "--limits"];
    let report = run(&[&words[..], &[limits.to_str().unwrap()]].concat()).json();
    assert_eq!(report["limits"]["file"], "limits.csv");
    let possible = &report["limits"]["measures"][0]["possible"];
    assert_eq!(possible["provisional"], false);
    assert!((possible["value"].as_f64().unwrap() - 2.348_681_01).abs() < 1e-8);
}

#[test]
fn what_is_no_table_or_has_no_repeated_visits_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("movements.parquet");
    let at = table.to_str().unwrap();
    let refused = |words: &[&str], part: &str| {
        let ran = run(&[&["reliability", at], words].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains(part), "{}", ran.err);
    };
    std::fs::write(&table, b"PAR1 and nothing else PAR1").unwrap();
    refused(&[], "not a Parquet table");
    write_table(&table, &JUDGES);
    refused(&[], "--retest 1,2");
    refused(&["--retest", "1,1"], "each once");
    refused(&["--retest", "1,9"], "no measure has two subjects");
}

#[test]
fn a_hostile_file_of_limits_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("limits.csv");
    for (bytes, part) in [
        (&b"\xff\xfe\0\0"[..], "columns measure, level, value_deg"),
        (b"", "there are no limits in it"),
        (
            b"measure,level,value_deg,n,source\nflexion,90 %,-1,,x\n",
            "line 2: a limit is over zero",
        ),
        (&vec![b'x'; 2 << 20], "over 1 MiB"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let ran = run(&["compare", "sample_data", "--limits", file.to_str().unwrap()]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains(part), "{}", ran.err);
    }
}

#[test]
fn a_table_of_many_subjects_is_compared_as_a_group() {
    let folder = tempfile::tempdir().unwrap();
    let (table, out) = (
        folder.path().join("movements.parquet"),
        folder.path().join("out"),
    );
    let values = [
        [40.0, 41.0, 1.0, 42.0],
        [50.0, 1.0, 1.0, 62.0],
        [45.0, 1.0, 1.0, 61.0],
    ];
    write_table(&table, &values);
    for path in [table.as_path(), folder.path()] {
        let words = ["compare", path.to_str().unwrap(), "--json", "--out"];
        let ran = run(&[&words[..], &[out.to_str().unwrap()]].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        let report = ran.json();
        assert_eq!(
            (&report["subjects"], &report["followed"]),
            (&3.into(), &3.into())
        );
        let flexion = &report["measures"][0];
        // Changes 2, 12 and 16: mean 10, SD 7.211, t of two degrees of freedom 4.3027.
        let mean = flexion["change_deg"]["mean"].as_f64().unwrap();
        assert!((mean - 10.0).abs() < 1e-9, "{mean}");
        let low = flexion["change_deg"]["low"].as_f64().unwrap();
        assert!((low + 7.9137).abs() < 1e-3, "{low}");
        for word in [
            "within_measurement_error",
            "possible_change",
            "probable_change",
        ] {
            assert_eq!(flexion[word], 1, "{word}");
        }
    }
    assert!(out.join("group.png").is_file() && out.join("changes.csv").is_file());
    let ran = run(&[
        "compare",
        table.to_str().unwrap(),
        "--reference",
        "Niewiadomski 2019, adults",
    ]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

/// With `NECKROM_PICTURES` set to a folder, the pictures are written there, to be looked at.
#[test]
fn pictures_are_drawn_of_few_and_of_many() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("movements.parquet");
    let asked = std::env::var_os("NECKROM_PICTURES").map(std::path::PathBuf::from);
    let root = asked.unwrap_or_else(|| folder.path().to_owned());
    for count in [3, 30, 300] {
        let value = |subject: usize, visit: usize| {
            let noise = (subject * 7919 + visit * 104_729) % 997;
            40.0 + (subject * 31 % 23) as f64 + noise as f64 / 60.0
        };
        let row = |subject| [0, 1, 2, 3].map(|visit| value(subject, visit));
        write_movements(&table, &(0..count).map(row).collect::<Vec<_>>());
        let out = root.join(format!("group-{count}"));
        let to = ["--out", out.to_str().unwrap()];
        let at = table.to_str().unwrap();
        let retest = ["reliability", at, "--retest", "1,2,3,4"];
        for words in [&["compare", at][..], &retest] {
            assert_eq!(run(&[words, &to].concat()).code, 0);
        }
        assert!(out.join("group.svg").is_file() && out.join("agreement.svg").is_file());
    }
}
