//! How well a measurement repeats, from a table of movements to limits that `compare` takes.

use crate::batch_support::write_flexion;
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

#[test]
fn repeated_visits_give_limits_that_replace_the_provisional_ones() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write_flexion(&root.join("movements.parquet"), &JUDGES);
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
    let said = run(&["compare", at, "--limits", limits.to_str().unwrap()]).out;
    assert!(said.contains("Flexion: under 2.3° within"), "{said}");
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
    write_flexion(&table, &JUDGES);
    refused(&[], "--retest 1,2");
    refused(&["--retest", "1,1"], "each once");
    refused(&["--retest", "1,9"], "no measure has two subjects");
    refused(&["--retest", "01,02"], "the visits are 1, 2, 3, 4");
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
