//! Recordings pooled into visits, labels, two sensors, and trials of one movement each.

use neckrom::movement::Movement;
use serde_json::Value;

use crate::support::{SHORT, VISITS, neckrom, ran, run, simulate, word};

const TWO_SENSORS: &str = "sample_data/sub-02/ses-01/sub-02_ses-01_task-protocol_motion.csv";

fn json(words: &[&str]) -> Value {
    let ran = run(words);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.json()
}

fn codes(report: &Value) -> Vec<&str> {
    let all = report["warnings"].as_array().unwrap().iter();
    all.map(|warning| warning["code"].as_str().unwrap())
        .collect()
}

/// Repetitions that count, of each movement in the order of all.
fn counts(report: &Value) -> Vec<u64> {
    let all = report["movements"].as_array().unwrap().iter();
    all.map(|movement| movement["n"].as_u64().unwrap())
        .collect()
}

#[test]
fn trials_of_one_visit_are_pooled() {
    let ran = ran(neckrom()
        .args(["compare", "sub-01", "--json"])
        .current_dir(VISITS.path()));
    let value = ran.json();
    let visits = value["subjects"][0]["visits"].as_array().unwrap();
    assert_eq!(visits.len(), 2);
    for visit in visits {
        assert_eq!(visit["recordings"].as_array().unwrap().len(), 2);
        assert_eq!(counts(visit), [3, 0, 0, 0, 3, 0]);
        assert_eq!(
            visit["planes"][0]["total_deg"],
            Value::Null,
            "extension was not recorded"
        );
    }
    let changes = value["subjects"][0]["changes"].as_array().unwrap();
    let [flexion, rotation] = changes.as_slice() else {
        panic!("a change of each movement that both visits have: {changes:?}");
    };
    assert_eq!(
        (&flexion["movement"], &rotation["movement"]),
        (&"flexion".into(), &"rotation_left".into())
    );
    assert_eq!(flexion["word"], "within measurement error");
    assert_eq!(rotation["word"], "probable change");
    let change = rotation["change_deg"].as_f64().unwrap();
    assert!((change - 22.0).abs() < 5.0, "{change}");
}

#[test]
fn labels_of_the_command_line_win() {
    let flexion = VISITS
        .path()
        .join("sub-01/ses-02/sub-01_ses-02_task-flexion_motion.csv");
    let other = VISITS
        .path()
        .join("sub-01/ses-01/sub-01_ses-01_task-flexion_motion.csv");
    let words = [
        "compare",
        "--json",
        "--subject",
        "A7",
        "--visit",
        "follow-up",
        word(&flexion),
        word(&other),
    ];
    let value = json(&words);
    let subjects = value["subjects"].as_array().unwrap();
    assert_eq!((subjects.len(), &subjects[0]["subject"]), (1, &"A7".into()));
    let visits = subjects[0]["visits"].as_array().unwrap();
    assert_eq!(
        (visits.len(), &visits[0]["visit"]),
        (1, &"follow-up".into())
    );
    assert_eq!(counts(&visits[0]), [6, 0, 0, 0, 0, 0]);
    assert!(subjects[0]["changes"].as_array().unwrap().is_empty());
    let value = json(&["analyze", "--json", "--visit", "9", word(&flexion)]);
    let about = &value[0]["recording"];
    assert_eq!(
        (&about["subject"], &about["visit"]),
        (&"01".into(), &"9".into())
    );
}

#[test]
fn two_sensors_are_two() {
    let value = json(&["analyze", "--json", TWO_SENSORS]);
    let report = &value[0];
    let sensors = report["recording"]["sensors"].as_array().unwrap();
    let places: Vec<_> = sensors
        .iter()
        .map(|sensor| sensor["place"].as_str().unwrap())
        .collect();
    assert_eq!(places, ["head", "trunk"]);
    assert_eq!(
        report["alignment"]["trunk_from_sensor"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
    assert!(report["repetitions"][0]["trunk_motion_deg"].is_number());
    assert_eq!(codes(report), ["trunk_forward_assumed"]);
    let text = run(&["inspect", TWO_SENSORS]).out;
    assert!(
        text.contains("(head)") && text.contains("(trunk)"),
        "{text}"
    );
    let value = json(&["compare", "--json", TWO_SENSORS]);
    assert_eq!(value["subjects"][0]["visits"][0]["sensor_count"], 2);
}

#[test]
fn visits_measured_in_different_ways_are_noted() {
    let folder = tempfile::tempdir().unwrap();
    let visit = |label: &str, more: &[&str]| {
        let labels = ["--visit", label, "--task", "flexion"];
        simulate(folder.path(), &[&labels[..], &SHORT, more].concat())
    };
    visit("01", &["--declare-mount"]);
    visit("02", &["--trunk"]);
    let ran = run(&["compare", word(folder.path())]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for note in [
        "note: visits differ in sensor count (01: 1, 02: 2): compare with care",
        "note: visits differ in alignment method (01: declared mount, 02: labelled trials): compare with care",
    ] {
        assert!(ran.out.contains(note), "{note} in {}", ran.out);
    }
    let same = crate::support::ran(
        neckrom()
            .args(["compare", "sub-01"])
            .current_dir(VISITS.path()),
    );
    assert!(
        !same.out.contains("note: visits differ in sensor"),
        "{}",
        same.out
    );
}

/// The same labels, another mount: numbers of the two visits rest on different declarations.
#[test]
fn a_mount_declared_otherwise_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    for (label, mount) in [("01", "+x,+z"), ("02", "-y,+z")] {
        let words = ["--visit", label, "--task", "flexion"];
        let path = simulate(folder.path(), &[&words[..], &SHORT].concat());
        let about =
            format!("{{\"subject\": \"01\", \"visit\": \"{label}\", \"mount\": \"{mount}\"}}");
        std::fs::write(path.with_extension("json"), about).unwrap();
    }
    let ran = run(&["compare", word(folder.path())]);
    assert!(
        ran.out
            .contains("visits differ in declared mount (01: +x,+z, 02: -y,+z): compare with care"),
        "{}",
        ran.out
    );
}

/// One movement a file, sensor crooked, no mount declared.
fn trial(movement: Movement, more: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let task = movement.name().replace('_', "-");
    let words = ["--task", &task, "--crooked", "10,5,35", "--seed", "3"];
    let path = simulate(folder.path(), &[&words[..], &SHORT, more].concat());
    let mut value = json(&["analyze", "--json", word(&path)]);
    value[0].take()
}

#[test]
fn a_trial_of_one_movement_gives_that_movement() {
    for (index, movement) in Movement::ALL.into_iter().enumerate() {
        for nods in ["0", "3"] {
            let report = trial(movement, &["--nods", nods]);
            let mut expected = [0; 6];
            expected[index] = 3;
            let what = format!("{} with {nods} nods", movement.name());
            assert_eq!(counts(&report), expected, "{what}");
            let method = report["alignment"]["method"].as_str().unwrap();
            let turns = matches!(movement, Movement::RotationLeft | Movement::RotationRight);
            // A turn about the vertical shows no forward; nods do.
            let expected: &[&str] = match (nods, turns) {
                ("0", true) => &["sensor_axes"],
                ("0", false) => &["labelled_trials"],
                _ => &["labelled_trials", "nods"],
            };
            assert!(expected.contains(&method), "{what}: {method}");
            let assumed = codes(&report).contains(&"forward_assumed");
            assert_eq!(assumed, method == "sensor_axes", "{what}");
            assert!(
                !codes(&report).contains(&"label_disagrees"),
                "{what}: nods are nods"
            );
            let nodded = report["repetitions"].as_array().unwrap().iter();
            let nodded = nodded
                .filter(|one| one["reason"] == "nod for alignment")
                .count();
            assert_eq!(nodded.to_string(), nods, "{what}");
        }
    }
}

#[test]
fn six_trials_make_a_whole_visit() {
    let folder = tempfile::tempdir().unwrap();
    for movement in Movement::ALL {
        let task = movement.name().replace('_', "-");
        simulate(
            folder.path(),
            &[&["--task", &task, "--crooked", "10,5,5"][..], &SHORT].concat(),
        );
    }
    let value = json(&["compare", "--json", word(folder.path())]);
    let visit = &value["subjects"][0]["visits"][0];
    assert_eq!(counts(visit), [3; 6]);
    assert!(
        visit["planes"]
            .as_array()
            .unwrap()
            .iter()
            .all(|plane| plane["total_deg"].is_number())
    );
}

/// The file says flexion, and holds extension.
#[test]
fn a_wrong_label_is_seen_when_the_mount_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["--task", "extension", "--nods", "0", "--declare-mount"];
    let path = simulate(folder.path(), &[&words[..], &SHORT].concat());
    let about = r#"{"subject": "01", "visit": "01", "task": "flexion", "mount": "+x,+z"}"#;
    std::fs::write(path.with_extension("json"), about).unwrap();
    let value = json(&["analyze", "--json", word(&path)]);
    assert_eq!(counts(&value[0]), [0; 6]);
    assert!(codes(&value[0]).contains(&"label_disagrees"));
}
