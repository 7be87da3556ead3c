//! Real recordings of x-io, APDM and Xsens sensors, where they are at hand.

use neckrom::read::check::{Agreement, check};
use neckrom::read::{self, DETECT_BYTES, Detected, FORMATS, Keep, ReadError, ReadOptions};
use neckrom::sample::{Clocks, SensorSamples};

use crate::formats::{Reference, assert_reference, opened, samples, units};

const REFERENCES: [Reference; 2] = [
    (
        "xio/NGIMU/scikit-kinematics_data_ngimu",
        499,
        9.978,
        0.020_249,
        29.44,
        8.65,
    ),
    ("xio/x-IMU_classic", 6313, 49.310, 0.007_692, 179.99, 158.25),
];

#[test]
fn x_io_recordings_give_the_reference_numbers() {
    let Some(folder) = samples() else { return };
    for reference in &REFERENCES {
        let recording = opened(&folder.join(reference.0), None).unwrap();
        let sensor = &recording.sensors[0];
        assert_reference(reference, &sensor.time_s, &units(sensor));
    }
}

#[test]
fn every_file_is_of_one_format() {
    let Some(folder) = samples() else { return };
    for area in ["xio", "apdm", "xsens_dot", "xsens_mtw"] {
        for entry in walkdir::WalkDir::new(folder.join(area)) {
            let path = entry.unwrap().into_path();
            if !path.is_file() || path.ends_with("Command.json") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let first = &bytes[..bytes.len().min(DETECT_BYTES)];
            let yes = FORMATS
                .iter()
                .filter(|format| (format.detect)(first) != Detected::No);
            let names: Vec<&str> = yes.map(|format| format.name).collect();
            assert_eq!(names.len(), 1, "{}: {names:?}", path.display());
        }
    }
}

/// The sensors of a recording agree with themselves.
fn assert_agrees(sensor: &SensorSamples, shown: &str) {
    let found = check(sensor);
    // A sensor that lies flat looks upright both ways.
    let flat = sensor.name == "Static" && found.up == Agreement::CannotTell;
    assert!(
        flat || matches!(found.up, Agreement::Agrees(_)),
        "{shown}: {:?}",
        found.up
    );
    let ratio = found.gyro_ratio.unwrap_or(1.0);
    assert!((0.8..1.25).contains(&ratio), "{shown}: {ratio}");
}

#[test]
fn accelerometers_and_gyroscopes_agree_with_quaternions() {
    let Some(folder) = samples() else { return };
    for name in [
        "xio/NGIMU/scikit-kinematics_data_ngimu",
        "xio/x-IMU_classic",
        "xio/x-IMU3",
        "xio/x-IMU3/older_software_headers_W_Element",
        "apdm/imuData01.csv",
        "xsens_mtw/HEADWORN_walking_figure8_old_header_Quat_w.txt",
    ] {
        let opened = read::open(&folder.join(name), &ReadOptions::default()).unwrap();
        for sensor in &opened.recording.sensors {
            assert_agrees(sensor, &format!("{name}, {}", sensor.name));
        }
    }
}

#[test]
fn a_fusion_gets_the_inertial_channels_at_their_own_rate() {
    let Some(folder) = samples() else { return };
    let options = ReadOptions {
        keep: Keep::Inertial,
        ..ReadOptions::default()
    };
    for (name, rows) in [
        ("xio/x-IMU3/pelvis 64F0EDBF (UDP)", 900),
        ("xio/NGIMU/scikit-kinematics_data_ngimu", 499),
        ("xio/x-IMU_classic", 12_626),
    ] {
        let opened = read::open(&folder.join(name), &options).unwrap();
        let sensor = &opened.recording.sensors[0];
        assert_eq!(
            (sensor.len(), sensor.earth_from_sensor.is_some()),
            (rows, false),
            "{name}"
        );
    }
}

#[test]
fn a_folder_of_devices_is_one_recording_of_named_sensors() {
    let Some(folder) = samples() else { return };
    let options = ReadOptions {
        head: Some("Pelvis".to_owned()),
        trunk: Some("Left Upper Leg".to_owned()),
        ..ReadOptions::default()
    };
    let opened = read::open(&folder.join("xio/x-IMU3"), &options).unwrap();
    let names: Vec<&str> = opened
        .recording
        .sensors
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["Left Upper Leg", "Pelvis"]);
}

#[test]
fn opal_recordings_have_their_sensors_and_steps() {
    let Some(folder) = samples() else { return };
    let of = |name: &str| opened(&folder.join("apdm").join(name), None);
    let recording = of("imuData01.csv").unwrap();
    assert_eq!(recording.sensors[0].len(), 1024);
    assert_eq!(recording.sensors[0].name, "Static");
    let recording = of("apdm_format7.csv").unwrap();
    let names: Vec<&str> = recording
        .sensors
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    let expected = [
        "Lumbar",
        "Right Ankle",
        "Left Ankle",
        "Left Foot",
        "Chest",
        "Right Foot",
    ];
    assert_eq!(names, expected);
    for pair in recording.sensors[0].time_s.windows(2) {
        let step_us = (pair[1] - pair[0]) * 1e6;
        assert!((7811.0..7814.0).contains(&step_us), "{step_us}");
    }
}

#[test]
fn files_without_a_rate_ask_for_one() {
    let Some(folder) = samples() else { return };
    for name in [
        "MT2022_ACC_GYRO_ROT_ALL_TAB_NAN_00B42D4B.txt",
        "MT2022_ACC_GYRO_ROT_MAT_SPACE_00B42D4B.txt",
        "MT_01200454_000-000_00B40DE4.txt",
    ] {
        let error = opened(&folder.join("xsens_mtw").join(name), None).unwrap_err();
        assert!(matches!(error, ReadError::NoRate), "{name}: {error}");
        assert!(error.to_string().contains("--rate"));
    }
}

#[test]
fn sensors_of_one_trial_are_one_recording() {
    let Some(folder) = samples() else { return };
    let recording = opened(&folder.join("xsens_mtw/MT46_01-000"), None).unwrap();
    let names: Vec<&str> = recording
        .sensors
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["00B42D4D", "00B42D4E"]);
    assert_eq!(recording.clocks, Clocks::Counted);
}

#[test]
fn delimiters_do_not_matter() {
    let Some(folder) = samples() else { return };
    let of = |delimiter: &str| {
        let name = format!("xsens_mtw/MT2022_ACC_GYRO_ROT_MAT_{delimiter}_00B42D4B.txt");
        opened(&folder.join(name), Some(100.0)).unwrap()
    };
    assert_eq!(of("COMMA"), of("SEMICOLON"));
    assert_eq!(of("COMMA"), of("SPACE"));
}
