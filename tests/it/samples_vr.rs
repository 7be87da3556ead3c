//! Real logs of headsets and glasses, where they are at hand.

use std::path::{Path, PathBuf};

use nalgebra::UnitQuaternion;
use neckrom::read::check::{Agreement, check};
use neckrom::read::{self, Detected, FORMATS, ReadOptions};
use neckrom::sample::{SensorPlace, SensorSamples, median_step};

/// A file, its format, and of what it holds: rows, duration and median step in seconds, largest angle
/// from the first sample and angle of the last from the first in degrees.
type Reference = (&'static str, &'static str, usize, f64, f64, f64, f64);

const FOLDER: &str = "../shared/samples/head_neck";

const POSES: [Reference; 3] = [
    (
        "vr_questset/sample_movement_data.csv",
        "quest-log",
        7942,
        132.332,
        0.0167,
        73.21,
        64.45,
    ),
    (
        "eyetracker_glasses/htc_vive_pro_semicolon_euler0-360.csv",
        "vive-log",
        1665,
        13.864,
        0.007_988,
        51.79,
        12.70,
    ),
    (
        "eyetracker_glasses/pico_neo_3_tab_euler.csv",
        "pico-log",
        492,
        5.456,
        0.011_111,
        29.93,
        17.67,
    ),
];

/// Gyroscope and accelerometer: rows, duration and median step.
const MOTIONS: [(&str, &str, usize, f64, f64); 2] = [
    (
        "eyetracker_glasses/pupil_invisible_imu_trampoline_02.csv",
        "pupil-imu",
        5180,
        25.574,
        0.004_938,
    ),
    (
        "eyetracker_glasses/tobii_pro_glasses_3_imudata.gz",
        "tobii-imu",
        7476,
        63.907,
        0.008_549,
    ),
];

fn file(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    let found = folder.is_dir().then(|| folder.join(name));
    if found.is_none() {
        eprintln!("no folder of real recordings; this test looked at nothing");
    }
    found
}

fn head(path: &Path, format: &str) -> SensorSamples {
    let opened = read::open(path, &ReadOptions::default()).unwrap();
    assert_eq!(opened.format.name, format);
    let head = opened.recording.sensor_at(SensorPlace::Head);
    head.unwrap().clone()
}

fn assert_times(sensor: &SensorSamples, rows: usize, duration_s: f64, step_s: f64) {
    assert_eq!(sensor.len(), rows);
    let found = sensor.duration_s();
    assert!((found - duration_s).abs() < 0.001, "{found}");
    let found = median_step(&sensor.time_s).unwrap();
    assert!((found - step_s).abs() < 2e-5, "{found}");
}

#[test]
fn poses_of_headsets_have_the_reference_numbers() {
    for (name, format, rows, duration_s, step_s, largest_deg, last_deg) in POSES {
        let Some(path) = file(name) else { return };
        let head = head(&path, format);
        assert_times(&head, rows, duration_s, step_s);
        let poses = head.earth_from_sensor.as_ref().unwrap();
        let turns: Vec<_> = poses
            .iter()
            .map(|q| UnitQuaternion::new_normalize(*q))
            .collect();
        let from_first = |turn: &UnitQuaternion<f64>| turns[0].angle_to(turn).to_degrees();
        let largest = turns.iter().map(from_first).fold(0.0, f64::max);
        let last = from_first(&turns[rows - 1]);
        assert!((largest - largest_deg).abs() < 0.006, "{name}: {largest}");
        assert!((last - last_deg).abs() < 0.006, "{name}: {last}");
    }
}

#[test]
fn glasses_give_gyroscope_and_accelerometer() {
    for (name, format, rows, duration_s, step_s) in MOTIONS {
        let Some(path) = file(name) else { return };
        let head = head(&path, format);
        assert_times(&head, rows, duration_s, step_s);
        assert!(head.earth_from_sensor.is_none() && head.gyro_rad_s.is_some());
        assert!(
            !matches!(check(&head).up, Agreement::Disagrees(_)),
            "{name}"
        );
    }
}

#[test]
fn each_file_is_known_by_one_format() {
    let names = POSES.iter().map(|one| (one.0, one.1));
    for (name, format) in names.chain(MOTIONS.iter().map(|one| (one.0, one.1))) {
        let Some(path) = file(name) else { return };
        let bytes = std::fs::read(path).unwrap();
        let first = &bytes[..bytes.len().min(read::DETECT_BYTES)];
        for other in FORMATS.iter().filter(|other| other.name != format) {
            assert_eq!(
                (other.detect)(first),
                Detected::No,
                "{} on {name}",
                other.name
            );
        }
    }
}
