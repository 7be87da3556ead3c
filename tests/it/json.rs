//! The JSON that other programs read: its keys, and the truth of its values.

use std::collections::BTreeMap;
use std::path::Path;

use neckrom::movement::Movement;
use serde_json::Value;

use crate::support::{Ran, SAMPLE, keys, run, text};

/// Keys of one object of `analyze --json`, version 1: a key may be added, none may be lost.
const ANALYSIS: &str = "
    schema version settings warnings heading_drift_deg_per_min heading_drift_removed movements planes repetitions sides
    recording recording.path recording.format recording.sha256 recording.subject recording.visit
    recording.date recording.task recording.simulated recording.trunk_file recording.sensors clocks
    recording.sensors[].place recording.sensors[].rate_hz
    recording.sensors[].samples recording.sensors[].duration_s recording.sensors[].orientation
    alignment alignment.method alignment.head_from_sensor alignment.trunk_method
    alignment.trunk_from_sensor alignment.neutral_start_s alignment.neutral_end_s
    alignment.mount_tilt_deg alignment.trunk_certainty alignment.certainty
    alignment.certainty.forward_error_deg alignment.certainty.motions
    alignment.certainty.motion_deg alignment.certainty.axis_spread_deg
    alignment.certainty.axis_share alignment.certainty.coherence
    alignment.certainty.shown_from_declared_deg alignment.certainty.shown_by
    alignment.certainty.tilt_deg alignment.certainty.sway_deg
    movements[].movement movements[].n movements[].mean_deg movements[].sd_deg
    movements[].max_deg movements[].consistent
    planes[].plane planes[].total_deg
    sides[].plane sides[].right_minus_left_deg sides[].asymmetry_percent
    repetitions[].movement repetitions[].start_s repetitions[].peak_s repetitions[].end_s
    repetitions[].rom_deg repetitions[].hold_s repetitions[].peak_speed_deg_s
    repetitions[].mean_speed_deg_s repetitions[].sparc repetitions[].ldlj
    repetitions[].velocity_peaks repetitions[].trunk_motion_deg repetitions[].used
    repetitions[].reason repetitions[].end_range_deg repetitions[].end_range_deg.flexion
    repetitions[].end_range_deg.side_bend_right repetitions[].end_range_deg.rotation_left
    repetitions[].coupled_deg repetitions[].coupled_deg.flexion
    repetitions[].coupled_deg.side_bend_right repetitions[].coupled_deg.rotation_left
    repetitions[].zero_offset_deg repetitions[].zero_offset_deg.flexion
    repetitions[].zero_offset_deg.side_bend_right repetitions[].zero_offset_deg.rotation_left
    warnings[].code warnings[].count warnings[].seconds warnings[].message
    heading_drift_removed.rests heading_drift_removed.largest_deg heading_drift_removed.scatter_deg
    settings.mount settings.trunk_mount settings.mount_exact settings.practice settings.filter_hz
    settings.gap_s settings.still_speed_deg_s settings.excursion_deg settings.angles";

/// Keys of `compare --json`, version 1.
const COMPARISON: &str = "
    schema version statement subjects group thresholds
    group.subjects group.followed group.simulated group.measures
    group.measures[].measure group.measures[].n group.measures[].within_measurement_error
    group.measures[].possible_change group.measures[].probable_change
    group.measures[].first_deg group.measures[].first_deg.mean group.measures[].first_deg.sd
    group.measures[].first_deg.low group.measures[].first_deg.high
    group.measures[].last_deg group.measures[].last_deg.mean group.measures[].last_deg.sd
    group.measures[].last_deg.low group.measures[].last_deg.high
    group.measures[].change_deg group.measures[].change_deg.mean group.measures[].change_deg.sd
    group.measures[].change_deg.low group.measures[].change_deg.high
    subjects[].subject subjects[].simulated subjects[].notes subjects[].visits subjects[].changes
    subjects[].visits[].visit subjects[].visits[].date subjects[].visits[].recordings
    subjects[].visits[].sensor_count subjects[].visits[].alignment_methods
    subjects[].visits[].movements subjects[].visits[].movements[].movement
    subjects[].visits[].movements[].n subjects[].visits[].movements[].mean_deg
    subjects[].visits[].movements[].sd_deg subjects[].visits[].movements[].max_deg
    subjects[].visits[].movements[].consistent subjects[].visits[].movements[].repetitions_deg
    subjects[].visits[].planes subjects[].visits[].planes[].plane
    subjects[].visits[].planes[].total_deg
    subjects[].changes[].movement subjects[].changes[].plane subjects[].changes[].visit
    subjects[].changes[].first_deg subjects[].changes[].visit_deg subjects[].changes[].change_deg
    subjects[].changes[].word
    thresholds.change_movement thresholds.change_movement.possible
    thresholds.change_movement.probable thresholds.change_plane thresholds.change_plane.possible
    thresholds.change_plane.probable thresholds.consistency thresholds.consistency.angle
    thresholds.consistency.share";

/// Keys of one object of `inspect --json`.
const INSPECTION: &str = "
    path format sha256 subject visit date task simulated trunk_file clocks sensors warnings
    sensors[].name sensors[].place sensors[].channels sensors[].samples sensors[].duration_s
    sensors[].rate_hz sensors[].gaps sensors[].longest_step_s sensors[].duplicates
    sensors[].backwards sensors[].corrupt_quaternions sensors[].accelerometer
    sensors[].accelerometer_residual_m_s2 sensors[].gyroscope_ratio
    sensors[].fused_inclination_deg sensors[].fused_inclination_max_deg
    sensors[].fused_heading_deg_per_min sensors[].checks sensors[].checks[].check
    sensors[].checks[].verdict sensors[].checks[].seen";

/// Keys of a threshold, below each of the four pairs.
const THRESHOLD: &str = "level name provisional source unit value";

fn json(words: &[&str]) -> Value {
    let ran: Ran = run(words);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.ends_with("]\n") || ran.out.ends_with("}\n"));
    ran.json()
}

#[track_caller]
fn assert_keys(value: &Value, expected: &[&str]) {
    let found = keys(value);
    let mut expected: Vec<&str> = expected.to_vec();
    expected.sort_unstable();
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    let lost: Vec<_> = expected.iter().filter(|key| !found.contains(key)).collect();
    let new: Vec<_> = found.iter().filter(|key| !expected.contains(key)).collect();
    assert!(
        lost.is_empty() && new.is_empty(),
        "lost {lost:?}, new {new:?}"
    );
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[test]
fn keys_of_an_analysis() {
    let value = json(&["analyze", "--json", SAMPLE]);
    let [one] = value.as_array().unwrap().as_slice() else {
        panic!("one recording, one object");
    };
    assert_eq!(one["schema"], "neckrom.analysis/1");
    assert_eq!(one["version"], env!("CARGO_PKG_VERSION"));
    assert_keys(one, &words(ANALYSIS));
    assert_eq!(one["recording"]["path"], SAMPLE);
    assert_eq!(one["recording"]["format"], "native-csv");
    assert_eq!(
        one["alignment"]["head_from_sensor"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
    let names = |list: &str, key: &str| -> Vec<String> {
        let all = one[list].as_array().unwrap().iter();
        all.map(|item| item[key].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        names("movements", "movement"),
        Movement::ALL.map(Movement::name)
    );
    assert_eq!(
        names("planes", "plane"),
        ["sagittal", "frontal", "transverse"]
    );
    assert_eq!(names("warnings", "code"), ["single_sensor"]);
}

#[test]
fn keys_are_there_when_nothing_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("still.csv");
    std::fs::write(&path, crate::cli_bad_input::still(500)).unwrap();
    let value = json(&["analyze", "--json", crate::support::word(&path)]);
    let expected: Vec<&str> = words(ANALYSIS)
        .into_iter()
        .filter(|key| {
            !key.starts_with("repetitions[]") && !key.starts_with("heading_drift_removed.")
        })
        .collect();
    assert_keys(&value[0], &expected);
    assert_eq!(value[0]["movements"][5]["mean_deg"], Value::Null);
}

#[test]
fn the_checksum_is_the_file_s() {
    use sha2::{Digest as _, Sha256};
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(SAMPLE)).unwrap();
    let digits: Vec<String> = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let sum = digits.concat();
    let value = json(&["inspect", "--json", SAMPLE]);
    assert_eq!(value[0]["sha256"], sum.as_str());
    assert_eq!(
        json(&["analyze", "--json", SAMPLE])[0]["recording"]["sha256"],
        sum.as_str()
    );
}

/// Mean of the recorded repetitions by movement, from a truth file.
fn true_means(truth: &Value) -> BTreeMap<String, f64> {
    let mut peaks: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for one in truth["repetitions"].as_array().unwrap() {
        if one["kind"] == "recorded" {
            let movement = one["movement"].as_str().unwrap().to_owned();
            peaks
                .entry(movement)
                .or_default()
                .push(one["peak_deg"].as_f64().unwrap());
        }
    }
    let mean = |all: Vec<f64>| all.iter().sum::<f64>() / all.len() as f64;
    peaks
        .into_iter()
        .map(|(name, all)| (name, mean(all)))
        .collect()
}

#[test]
fn values_are_the_truth_of_the_sample_data() {
    let value = json(&["analyze", "--json", "sample_data"]);
    let reports = value.as_array().unwrap();
    assert_eq!(reports.len(), 6);
    let mut errors_deg = Vec::new();
    for report in reports {
        let path = report["recording"]["path"].as_str().unwrap();
        let stem = path.rsplit_once("_motion.").unwrap().0;
        let truth = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{stem}_truth.json"));
        let means = true_means(&serde_json::from_str(&text(&truth)).unwrap());
        assert_eq!(means.len(), 6);
        for movement in report["movements"].as_array().unwrap() {
            let name = movement["movement"].as_str().unwrap();
            assert_eq!(movement["n"], 3, "{path} {name}");
            let error = movement["mean_deg"].as_f64().unwrap() - means[name];
            assert!(error.abs() < 1.0, "{path} {name}: {error}");
            errors_deg.push(error.abs());
        }
    }
    let mean = errors_deg.iter().sum::<f64>() / errors_deg.len() as f64;
    assert!(mean <= 0.5, "{mean}");
}

#[test]
fn repetitions_used_make_the_means() {
    let value = json(&["analyze", "--json", SAMPLE]);
    for movement in value[0]["movements"].as_array().unwrap() {
        let used = |one: &&Value| one["used"] == true && one["movement"] == movement["movement"];
        let all = value[0]["repetitions"].as_array().unwrap();
        let roms: Vec<f64> = all
            .iter()
            .filter(used)
            .map(|one| one["rom_deg"].as_f64().unwrap())
            .collect();
        assert_eq!(movement["n"], roms.len());
        let mean = roms.iter().sum::<f64>() / roms.len() as f64;
        assert!((movement["mean_deg"].as_f64().unwrap() - mean).abs() < 1e-9);
    }
    for one in value[0]["repetitions"].as_array().unwrap() {
        assert_eq!(one["used"] == true, one["reason"].is_null(), "{one}");
        let coupled = one["coupled_deg"].as_object().unwrap();
        assert_eq!(coupled.len(), 2, "the two beside the movement's own: {one}");
        assert!(
            coupled
                .iter()
                .all(|(name, angle)| *angle == one["end_range_deg"][name])
        );
        let times = ["start_s", "peak_s", "end_s"].map(|key| one[key].as_f64().unwrap());
        assert!(times.is_sorted(), "{one}");
    }
}

#[test]
fn keys_of_a_comparison() {
    let value = json(&["compare", "--json", "sample_data"]);
    assert_eq!(value["schema"], "neckrom.compare/1");
    let below: Vec<String> = words(COMPARISON)
        .into_iter()
        .filter(|key| key.starts_with("thresholds.") && key.matches('.').count() == 2)
        .flat_map(|key| {
            words(THRESHOLD)
                .into_iter()
                .map(move |last| format!("{key}.{last}"))
        })
        .collect();
    let mut expected = words(COMPARISON);
    expected.extend(below.iter().map(String::as_str));
    assert_keys(&value, &expected);
    for subject in value["subjects"].as_array().unwrap() {
        let changes = subject["changes"].as_array().unwrap();
        assert_eq!(
            changes.len(),
            2 * 9,
            "two later visits; six movements, three planes"
        );
        for change in changes {
            assert!(
                change["movement"].is_string() != change["plane"].is_string(),
                "{change}"
            );
            let [first, visit, difference] =
                ["first_deg", "visit_deg", "change_deg"].map(|key| change[key].as_f64().unwrap());
            assert!((visit - first - difference).abs() < 1e-9, "{change}");
        }
    }
}

#[test]
fn keys_of_an_inspection() {
    let value = json(&["inspect", "--json", "sample_data"]);
    assert_eq!(value.as_array().unwrap().len(), 6);
    for one in value.as_array().unwrap() {
        assert_keys(one, &words(INSPECTION));
    }
    assert_eq!(value[0]["path"], SAMPLE);
    assert_eq!(value[0]["sensors"][0]["place"], "head");
}
