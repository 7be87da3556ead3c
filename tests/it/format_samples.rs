//! The examples in `sample_data/formats`: each is read by the format that its folder is named after,
//! and what is read keeps the promises of a recording.

use std::path::{Path, PathBuf};

use neckrom::read::check::{Agreement, check};
use neckrom::read::{self, Detected, FORMATS, ReadOptions};
use neckrom::sample::SensorSamples;

/// No example is larger.
const MOST_BYTES: u64 = 48 * 1024;

/// Examples of software that writes neither times nor a rate, and the rate they were made with.
const RATES: &[(&str, f64)] = &[
    ("older_three_columns.orpl", 50.0),
    ("newer_with_blocks.orpl", 50.0),
    ("mt_manager_2022_no_rate.txt", 100.0),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/formats")
}

fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut entries: Vec<PathBuf> = entries
        .filter(|path| !path.ends_with(".neckrom-skip"))
        .collect();
    entries.sort();
    entries
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Every example: its format, and the file or folder.
fn examples() -> Vec<(String, PathBuf)> {
    let folders = inside(&root());
    let of = |folder: &PathBuf| -> Vec<(String, PathBuf)> {
        inside(folder)
            .into_iter()
            .map(|path| (name(folder), path))
            .collect()
    };
    folders.iter().flat_map(of).collect()
}

fn options(path: &Path) -> ReadOptions {
    let rate = RATES.iter().find(|rate| name(path) == rate.0);
    ReadOptions {
        rate_hz: rate.map(|rate| rate.1),
        ..ReadOptions::default()
    }
}

#[test]
fn examples_are_read_by_their_format_and_no_other() {
    for (format, path) in examples() {
        let shown = path.display();
        assert!(FORMATS.iter().any(|one| one.name == format), "{shown}");
        let opened = read::open(&path, &options(&path));
        let opened = opened.unwrap_or_else(|error| panic!("{shown}: {error}"));
        assert_eq!(opened.format.name, format, "{shown}");
        for sensor in &opened.recording.sensors {
            keeps_its_promises(sensor, &format!("{shown}, {}", sensor.name));
        }
    }
}

fn keeps_its_promises(sensor: &SensorSamples, shown: &str) {
    assert!(sensor.len() >= 2, "{shown}");
    assert!(
        sensor.time_s.windows(2).all(|pair| pair[1] > pair[0]),
        "{shown}: times rise"
    );
    let count = |length: Option<usize>| length.is_none_or(|length| length == sensor.len());
    assert!(
        count(sensor.earth_from_sensor.as_ref().map(Vec::len)),
        "{shown}"
    );
    for channel in [&sensor.gyro_rad_s, &sensor.accel_m_s2, &sensor.mag_ut] {
        assert!(count(channel.as_ref().map(Vec::len)), "{shown}");
    }
    let quaternions = sensor.earth_from_sensor.iter().flatten();
    for q in quaternions.filter(|q| q.norm().is_finite()) {
        assert!(
            (q.norm() - 1.0).abs() < 0.02,
            "{shown}: {q} is no unit quaternion"
        );
    }
    let found = check(sensor);
    assert!(
        matches!(found.up, Agreement::Agrees(_) | Agreement::CannotTell),
        "{shown}: the accelerometer points up, {:?}",
        found.up
    );
    let ratio = found.gyro_ratio.unwrap_or(1.0);
    assert!(
        (0.8..1.25).contains(&ratio),
        "{shown}: gyroscope over quaternion {ratio}"
    );
}

#[test]
fn every_file_of_an_example_is_of_its_format_or_of_none() {
    for (format, path) in examples() {
        for entry in walkdir::WalkDir::new(&path) {
            let entry = entry.unwrap();
            if !entry.path().is_file() {
                continue;
            }
            assert!(
                entry.metadata().unwrap().len() <= MOST_BYTES,
                "{}",
                path.display()
            );
            let bytes = std::fs::read(entry.path()).unwrap();
            let first = &bytes[..bytes.len().min(read::DETECT_BYTES)];
            for other in FORMATS.iter().filter(|other| other.name != format) {
                let said = (other.detect)(first);
                assert_eq!(
                    said,
                    Detected::No,
                    "{} on {}",
                    other.name,
                    entry.path().display()
                );
            }
        }
    }
}

#[test]
fn every_example_has_a_row() {
    let table = crate::support::text(&root().join("../README.md"));
    for (format, path) in examples() {
        let row = format!("| `formats/{format}/{}", name(&path));
        assert!(table.contains(&row), "{row}");
    }
}
