//! Recordings of phones, headphones and small sensors: real ones where they are at hand, and the
//! examples that several files make.

use std::path::{Path, PathBuf};

use neckrom::read::check::{Agreement, check};
use neckrom::read::{self, ReadOptions};
use neckrom::sample::{Clocks, Recording};

fn example(path: &str) -> Recording {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/formats");
    let path = root.join(path);
    let opened = read::open(&path, &ReadOptions::default());
    opened
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .recording
}

/// The real recordings, if they are there.
fn samples() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    if !root.is_dir() {
        eprintln!("no real recordings at hand: skipped");
        return None;
    }
    Some(root)
}

#[test]
fn headphones_and_phone_are_two_sensors_of_one_clock() {
    let recording = example("sensor-logger/headphone_and_phone");
    let names: Vec<&str> = recording.sensors.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["phone", "headphone"]);
    assert_eq!(recording.clocks, Clocks::Shared);
    let phone = &recording.sensors[0];
    assert!(phone.gyro_rad_s.is_some() && phone.accel_m_s2.is_some());
    assert_eq!(phone.len(), 101);
    assert!(phone.earth_from_sensor.as_ref().unwrap()[0].norm().is_nan());
}

/// Rows, seconds, and samples a second of a real file.
fn assert_real(path: &str, format: &str, rows: usize, duration_s: f64, rate_hz: f64) {
    let Some(folder) = samples() else { return };
    let opened = read::open(&folder.join(path), &ReadOptions::default());
    let opened = opened.unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(opened.format.name, format, "{path}");
    let sensor = &opened.recording.sensors[0];
    assert_eq!(sensor.len(), rows, "{path}");
    let duration = sensor.duration_s();
    assert!((duration - duration_s).abs() < 1e-3, "{path}: {duration}");
    let rate = sensor.rate_hz().unwrap();
    assert!((rate / rate_hz - 1.0).abs() < 0.02, "{path}: {rate}");
    let accel = sensor.accel_m_s2.as_ref().unwrap();
    let found = check(sensor);
    assert!(
        matches!(found.up, Agreement::Agrees(_) | Agreement::CannotTell),
        "{path}: {:?}",
        found.up
    );
    let mut lengths: Vec<f64> = accel.iter().map(nalgebra::Matrix::norm).collect();
    lengths.retain(|length| length.is_finite());
    lengths.sort_by(f64::total_cmp);
    let median = lengths[lengths.len() / 2];
    assert!((7.0..13.0).contains(&median), "{path}: {median}");
}

#[test]
fn real_files_have_their_rows() {
    assert_real("metabase/ClassyGlass_User1", "metabase", 2966, 29.65, 100.0);
    assert_real(
        "shimmer_muse_lab/muse_mindmonitor_headband.csv",
        "mind-monitor",
        29,
        1.538,
        19.2,
    );
    assert_real(
        "shimmer_muse_lab/shimmer_consensys_semicolon_crlf_scinotation.csv",
        "shimmer",
        90,
        1.74,
        52.6,
    );
}
