//! Recordings of phones, headphones and small sensors: real ones where they are at hand, and the
//! examples that several files make.

use std::path::{Path, PathBuf};

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
