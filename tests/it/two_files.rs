//! A head and a trunk sensor that write a file each, read as one recording.

use std::path::{Path, PathBuf};

use neckrom::read::{self, ReadOptions};
use neckrom::sample::{Clocks, Recording};
use neckrom::simulate::{Settings, TrunkClock, simulate};
use neckrom::write;

use crate::support::{run, word};

/// Two clocks in a short recording.
fn simulated() -> Recording {
    let settings = Settings {
        rate_hz: 50.0,
        practice: 0,
        recorded: 2,
        trunk: true,
        trunk_follows: 0.08,
        trunk_clock: Some(TrunkClock {
            error_ppm: 150.0,
            offset_s: -1.25,
        }),
        ..Settings::default()
    };
    simulate(&settings).unwrap().recording
}

/// One file a sensor, the first as native CSV, the second as Parquet; without any label.
fn in_two_files(recording: &Recording, folder: &Path) -> [PathBuf; 2] {
    let [head, trunk] = ["a.csv", "b.parquet"].map(|name| folder.join(name));
    let alone = |sensor: usize| {
        let mut sensor = recording.sensors[sensor].clone();
        sensor.place = None;
        Recording {
            sensors: vec![sensor],
            ..Recording::default()
        }
    };
    std::fs::write(&head, write::native_csv(&alone(0))).unwrap();
    std::fs::write(&trunk, write::parquet(&alone(1)).unwrap()).unwrap();
    [head, trunk]
}

fn joined(head: &Path, trunk: &Path, clocks: Option<Clocks>) -> Result<Recording, String> {
    let options = ReadOptions {
        trunk_file: Some(trunk.to_owned()),
        clocks,
        ..ReadOptions::default()
    };
    read::open(head, &options)
        .map(|opened| opened.recording)
        .map_err(|error| format!("{:#}", anyhow::Error::new(error)))
}

#[test]
fn two_files_are_one_recording_with_two_clocks() {
    let folder = tempfile::tempdir().unwrap();
    let recording = simulated();
    let [head, trunk] = in_two_files(&recording, folder.path());
    let read = joined(&head, &trunk, None).unwrap();
    assert_eq!(read.clocks, Clocks::Separate);
    for (before, after) in recording.sensors.iter().zip(&read.sensors) {
        assert_eq!(before.place, after.place);
        assert_eq!(before.time_s, after.time_s);
        assert_eq!(before.earth_from_sensor, after.earth_from_sensor);
    }
    let shared = joined(&head, &trunk, Some(Clocks::Shared)).unwrap();
    assert_eq!(shared.clocks, Clocks::Shared);
}

#[test]
fn one_file_holds_two_clocks_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let recording = simulated();
    let files = [
        ("both.csv", write::native_csv(&recording)),
        ("both.parquet", write::parquet(&recording).unwrap()),
    ];
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let read = read::open(&path, &ReadOptions::default())
            .unwrap()
            .recording;
        assert_eq!(read.clocks, Clocks::Separate, "{name}");
        for (before, after) in recording.sensors.iter().zip(&read.sensors) {
            assert_eq!(before.time_s, after.time_s, "{name}");
        }
    }
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [head, trunk] = in_two_files(&simulated(), folder.path());
    let refused = |trunk: &Path| joined(&head, trunk, None).unwrap_err();
    assert!(refused(&head).contains("the recording itself"));
    let missing = refused(&folder.path().join("none.csv"));
    assert!(
        missing.starts_with("the trunk's file (--trunk-file): "),
        "{missing}"
    );
    for (file, subject) in [("a.json", "01"), ("b.json", "02")] {
        let sidecar = format!(r#"{{"subject":"{subject}"}}"#);
        std::fs::write(folder.path().join(file), sidecar).unwrap();
    }
    assert!(refused(&trunk).contains("of subject '01' and --trunk-file of '02'"));
}

#[test]
fn the_program_measures_two_files_and_tells_how_the_clocks_relate() {
    let folder = tempfile::tempdir().unwrap();
    let [head, trunk] = in_two_files(&simulated(), folder.path());
    let files = [word(&head), "--trunk-file", word(&trunk)];
    let told = run(&[&["analyze", "--json"], &files[..]].concat());
    assert_eq!(told.code, 0, "{told:?}");
    let value = told.json();
    let clocks = &value[0]["clocks"];
    assert_eq!(clocks["method"], "correlated");
    let figure = |key: &str| clocks[key].as_f64().unwrap();
    assert!((figure("offset_s") + 1.25).abs() < 0.002, "{clocks}");
    assert!((figure("skew_ppm") + 150.0).abs() < 20.0, "{clocks}");
    assert!(
        figure("correlation") > 0.9 && figure("scatter_ms") < 5.0,
        "{clocks}"
    );
    let trunk_file = &value[0]["recording"]["trunk_file"];
    assert_eq!(trunk_file["path"], word(&trunk));
    assert_eq!(trunk_file["sha256"].as_str().unwrap().len(), 64);
    let codes = value[0]["warnings"].as_array().unwrap().iter();
    let codes: Vec<&str> = codes.map(|one| one["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"clocks_correlated"), "{codes:?}");

    let text = run(&[&["analyze"], &files[..]].concat()).out;
    assert!(text.contains("\nclocks: correlated, -1.2"), "{text}");
    let text = run(&[&["inspect"], &files[..]].concat()).out;
    assert!(text.contains("clocks        separate"), "{text}");
    let many = run(&["inspect", word(folder.path()), "--trunk-file", word(&trunk)]);
    assert_eq!(many.code, 2);
    assert!(
        many.err.contains("--trunk-file belongs to one recording"),
        "{many:?}"
    );
}

#[test]
fn converting_two_files_gives_one_that_measures_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let [head, trunk] = in_two_files(&simulated(), folder.path());
    let both = folder.path().join("both.csv");
    let out = ["--out", word(&both)];
    let files = [word(&head), "--trunk-file", word(&trunk)];
    let converted = run(&[&["convert"], &files[..], &out[..]].concat());
    assert_eq!(converted.code, 0, "{converted:?}");
    let means = |words: &[&str]| {
        let value = run(&[&["analyze", "--json"], words].concat()).json();
        value[0]["movements"].clone()
    };
    assert_eq!(means(&files), means(&[word(&both)]));
}

/// Files of one recording by two devices each, and what they say about their clocks.
#[test]
fn real_pairs_say_how_their_clocks_relate() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    if !folder.is_dir() {
        eprintln!("no ../shared/samples: real pairs were not read");
        return;
    }
    let pairs = [
        (
            "xsens_mtw/MT46_01-000_00B42D4D.txt",
            "xsens_mtw/MT46_01-000_00B42D4E.txt",
            Clocks::Counted,
        ),
        (
            "xsens_dot/app2021.0_fw2.0.0_ExtendedQuat_Pelvis.csv",
            "xsens_dot/app2021.0_fw2.0.0_ExtendedQuat_LFemur_short.csv",
            Clocks::Shared,
        ),
        (
            "xio/x-IMU3/pelvis 64F0EDBF (UDP)",
            "xio/x-IMU3/Left Upper Leg 64F61CC4 (UDP)",
            Clocks::Separate,
        ),
    ];
    for (one, other, clocks) in pairs {
        let read = joined(&folder.join(one), &folder.join(other), None).unwrap();
        assert_eq!((read.sensors.len(), read.clocks), (2, clocks), "{one}");
    }
}
