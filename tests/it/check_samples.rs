//! Conventions and faults of samples that are simulated, damaged and real.

use std::path::{Path, PathBuf};

use nalgebra::{Quaternion, Vector3};
use neckrom::read::convention::{Outcome, find};
use neckrom::read::faults::{FaultKind, faults};
use neckrom::read::{self, ReadOptions};
use neckrom::sample::SensorSamples;
use neckrom::simulate;
use neckrom::units::STANDARD_GRAVITY_M_S2;
use proptest::prelude::*;

use crate::support;

#[test]
fn simulated_recordings_pass() {
    let settings = simulate::Settings::default();
    let crooked = simulate::Settings {
        seed: 5,
        rate_hz: 60.0,
        channels: simulate::Channels::Both,
        crooked_deg: [25.0, -20.0, 30.0],
        heading_drift_deg_min: 3.0,
        quaternion_digits: 4,
        lost: 0.05,
        trunk: true,
        ..simulate::Settings::default()
    };
    let slow = simulate::Settings {
        seed: 6,
        rate_hz: 20.0,
        quaternion_digits: 3,
        ..simulate::Settings::default()
    };
    let lossy = simulate::Settings {
        rate_hz: 60.0,
        quaternion_digits: 3,
        lost: 0.3,
        ..simulate::Settings::random(3)
    };
    for settings in [settings, crooked, slow, lossy] {
        let recording = simulate::simulate(&settings).unwrap().recording;
        for sensor in &recording.sensors {
            assert_eq!(faults(sensor), [], "{settings:?}");
            let finding = find(sensor, &ReadOptions::default(), None);
            let expected = if settings.channels == simulate::Channels::Both {
                Outcome::Fits
            } else {
                Outcome::CannotTell
            };
            assert_eq!(finding.outcome, expected, "{finding:#?}");
        }
    }
}

/// Numbers that sensors and damaged files give.
fn odd_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -1.5..1.5,
        1 => Just(0.0),
        1 => Just(1.0),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(-1e308),
        1 => -1e4..1e4,
    ]
}

fn odd_sensor() -> impl Strategy<Value = SensorSamples> {
    let row = (-1e3..1e3_f64, proptest::array::uniform10(odd_number()));
    let rows = proptest::collection::vec(row, 0..60);
    (rows, any::<[bool; 4]>()).prop_map(|(rows, [q, gyro, accel, sorted])| {
        let vectors = |from: usize| {
            let vector =
                |row: &(f64, [f64; 10])| Vector3::from_column_slice(&row.1[from..from + 3]);
            rows.iter().map(vector).collect()
        };
        let quaternion =
            |row: &(f64, [f64; 10])| Quaternion::new(row.1[0], row.1[1], row.1[2], row.1[3]);
        let mut sensor = SensorSamples {
            time_s: rows.iter().map(|row| row.0).collect(),
            earth_from_sensor: q.then(|| rows.iter().map(quaternion).collect()),
            gyro_rad_s: gyro.then(|| vectors(4)),
            accel_m_s2: accel.then(|| vectors(7)),
            ..SensorSamples::default()
        };
        if sorted {
            sensor.time_s.sort_by(f64::total_cmp);
        }
        sensor
    })
}

proptest! {
    /// Whatever the numbers are: no panic, and ranges that lie within the samples, in order.
    #[test]
    fn any_samples_can_be_checked(sensor in odd_sensor()) {
        for fault in faults(&sensor) {
            prop_assert_eq!(fault.count, fault.samples.len());
            prop_assert!(fault.count > 0 && fault.seconds >= 0.0 && !fault.message.is_empty());
            let mut last = 0;
            for range in &fault.samples {
                prop_assert!(last <= range.start && range.start < range.end);
                last = range.end;
            }
            prop_assert!(last <= sensor.len());
        }
        let finding = find(&sensor, &ReadOptions::default(), Some(&Vector3::x()));
        prop_assert!(finding.fitting.len() <= 210);
    }
}

/// Real recordings, which are not part of the repository.
fn samples() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let found = folder.is_dir().then_some(folder);
    if found.is_none() {
        eprintln!("no folder of real recordings; this test looked at nothing");
    }
    found
}

/// A real recording, what its convention comes to, and the faults of its sensors.
type Verdict = (&'static str, Outcome, &'static [FaultKind]);

const VERDICTS: [Verdict; 10] = [
    (
        "xsens_dot/app2021.0_fw2.0.0_ExtendedQuat_Pelvis.csv",
        Outcome::CannotTell,
        &[],
    ),
    (
        "xsens_dot/app2021.0_fw2.0.0_ExtendedQuat_LFemur_short.csv",
        Outcome::CannotTell,
        &[],
    ),
    (
        "xsens_mtw/HEADWORN_walking_figure8_old_header_Quat_w.txt",
        Outcome::Fits,
        &[],
    ),
    (
        "xsens_mtw/MT_012005D6_009-001_00B42268_CRLF.txt",
        Outcome::Fits,
        &[],
    ),
    ("xio/x-IMU3/pelvis 64F0EDBF (UDP)", Outcome::Fits, &[]),
    (
        "xio/x-IMU3/Left Upper Leg 64F61CC4 (UDP)",
        Outcome::Fits,
        &[],
    ),
    (
        "xio/x-IMU3/older_software_headers_W_Element",
        Outcome::Fits,
        &[],
    ),
    // Two decimals.
    (
        "arduino_generic/twoIMU_90deg_x.csv",
        Outcome::CannotTell,
        &[FaultKind::QuantisedQuaternion],
    ),
    // A trampoline, and an accelerometer that ends at 2 g.
    (
        "head_neck/eyetracker_glasses/pupil_invisible_imu_trampoline_02.csv",
        Outcome::CannotTell,
        &[FaultKind::Clipped],
    ),
    (
        "opensense_sto/imuOrientations.sto",
        Outcome::CannotTell,
        &[],
    ),
];

#[test]
fn real_recordings_get_the_verdict_that_is_known() {
    let Some(folder) = samples() else { return };
    let options = ReadOptions::default();
    for (name, outcome, kinds) in VERDICTS {
        let recording = read::open(&folder.join(name), &options).unwrap().recording;
        let mut found: Vec<FaultKind> = Vec::new();
        for sensor in &recording.sensors {
            let finding = find(sensor, &options, None);
            assert_eq!(finding.outcome, outcome, "{name}: {finding:#?}");
            assert!(!finding.is_wrong(), "{name}: {finding:#?}");
            found.extend(faults(sensor).iter().map(|fault| fault.kind));
        }
        assert_eq!(found, kinds, "{name}");
    }
}

/// Whatever can be read is checked to the end, and no sensor is flooded: few kinds of fault, and
/// few samples with a fault that spoils them.
#[test]
fn real_recordings_are_not_flooded() {
    let Some(folder) = samples() else { return };
    let options = ReadOptions {
        rate_hz: Some(100.0),
        ..ReadOptions::default()
    };
    let mut checked = 0;
    for path in read::find_recordings(&[folder]).recordings {
        let Ok(opened) = read::open(&path, &options) else {
            continue;
        };
        for sensor in &opened.recording.sensors {
            let faults = faults(sensor);
            assert!(faults.len() <= 1, "{}: {faults:#?}", path.display());
            find(sensor, &options, None);
            checked += 1;
        }
    }
    assert!(checked > 30, "{checked}");
}

/// Numbers of a real CSV file without its header.
fn numbers(path: &Path) -> Vec<Vec<f64>> {
    let numbers = |line: &str| line.split(',').map(|cell| cell.parse().unwrap()).collect();
    support::text(path).lines().skip(1).map(numbers).collect()
}

/// Quaternions and inertial values of two files, by the nearest time; gyroscope deg/s,
/// accelerometer g.
fn joined(quaternions: &Path, inertial: &Path, units_per_s: f64) -> SensorSamples {
    let (quaternions, inertial) = (numbers(quaternions), numbers(inertial));
    let mut sensor = SensorSamples {
        earth_from_sensor: Some(Vec::new()),
        gyro_rad_s: Some(Vec::new()),
        accel_m_s2: Some(Vec::new()),
        ..SensorSamples::default()
    };
    for row in quaternions {
        let next = inertial.partition_point(|other| other[0] < row[0]);
        let other = &inertial[next.min(inertial.len() - 1)];
        let vector = |from: usize| Vector3::new(other[from], other[from + 1], other[from + 2]);
        let q = Quaternion::new(row[1], row[2], row[3], row[4]);
        sensor.time_s.push(row[0] / units_per_s);
        sensor.earth_from_sensor.as_mut().unwrap().push(q);
        sensor
            .gyro_rad_s
            .as_mut()
            .unwrap()
            .push(vector(1) * std::f64::consts::PI / 180.0);
        sensor
            .accel_m_s2
            .as_mut()
            .unwrap()
            .push(vector(4) * STANDARD_GRAVITY_M_S2);
    }
    sensor
}

/// Two generations of a maker's sensors wrote earth to sensor.
#[test]
fn real_recordings_that_are_conjugated_are_seen() {
    let Some(folder) = samples() else { return };
    let of = |quaternions: &str, inertial: &str, units_per_s: f64| {
        let (one, other) = (folder.join(quaternions), folder.join(inertial));
        joined(&one, &other, units_per_s)
    };
    let sensors = [
        of(
            "xio/NGIMU/scikit-kinematics_data_ngimu/quaternion.csv",
            "xio/NGIMU/scikit-kinematics_data_ngimu/sensors.csv",
            1.0,
        ),
        // 390 packets a second.
        of(
            "xio/x-IMU_classic/00033_Quaternion.csv",
            "xio/x-IMU_classic/00033_CalInertialAndMag.csv",
            390.0,
        ),
    ];
    for sensor in sensors {
        let finding = find(&sensor, &ReadOptions::default(), None);
        assert_eq!(finding.outcome, Outcome::OtherFits, "{finding:#?}");
        assert_eq!(
            finding.instead()[0].options(),
            ["--conjugate"],
            "{finding:#?}"
        );
        assert_eq!(finding.instead().len(), 1, "{finding:#?}");
    }
}
