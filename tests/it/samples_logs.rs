//! Real recordings of jigs and loggers that write text, where they are at hand.

use std::path::{Path, PathBuf};

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use neckrom::read::{self, AngleUnit, FORMATS, ReadError, ReadOptions, Sequence};
use neckrom::sample::{Recording, SensorSamples};

/// Real recordings, which are not part of the repository.
fn samples() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples/arduino_generic");
    let found = folder.is_dir().then_some(folder);
    if found.is_none() {
        eprintln!("no folder of real recordings; this test looked at nothing");
    }
    found
}

fn opened(path: &Path, options: &ReadOptions) -> Result<Recording, ReadError> {
    read::open(path, options).map(|opened| opened.recording)
}

fn units(sensor: &SensorSamples) -> Vec<UnitQuaternion<f64>> {
    let turns = sensor.earth_from_sensor.iter().flatten();
    turns.map(|q| UnitQuaternion::new_normalize(*q)).collect()
}

/// The second sensor against the first.
fn relative(one: &[UnitQuaternion<f64>], two: &[UnitQuaternion<f64>]) -> Vec<UnitQuaternion<f64>> {
    let pairs = one.iter().zip(two);
    pairs.map(|(one, two)| one.inverse() * two).collect()
}

/// Largest and last angle from the first, degrees.
fn angles_deg(turns: &[UnitQuaternion<f64>]) -> (f64, f64) {
    let angle = |turn: &UnitQuaternion<f64>| turns[0].angle_to(turn).to_degrees();
    let all: Vec<f64> = turns.iter().map(angle).collect();
    (all.iter().copied().fold(0.0, f64::max), all[all.len() - 1])
}

/// Any turn, from three numbers.
fn turn(seed: f64) -> UnitQuaternion<f64> {
    let axis = Vector3::new(
        (1.3 * seed).sin(),
        (2.1 * seed).cos(),
        (0.7 * seed).sin() + 0.2,
    );
    UnitQuaternion::from_scaled_axis(axis * (1.0 + seed))
}

/// File; rows, duration and median step in seconds, largest and last relative angle in degrees.
const JIGS: [(&str, usize, f64, f64, f64, f64); 3] = [
    ("twoIMU_90deg_x.csv", 1000, 12.569, 0.001_800, 87.14, 1.15),
    ("twoIMU_90deg_y.csv", 1000, 12.676, 0.001_870, 91.09, 3.86),
    ("twoIMU_90deg_z.csv", 1000, 12.531, 0.001_798, 91.61, 1.03),
];

#[test]
fn jigs_give_the_reference_numbers() {
    let Some(folder) = samples() else { return };
    for (file, rows, duration_s, step_s, largest_deg, last_deg) in JIGS {
        let recording = opened(&folder.join(file), &ReadOptions::default()).unwrap();
        let [one, two] = recording.sensors.as_slice() else {
            panic!("{file}: {} sensors", recording.sensors.len())
        };
        assert_eq!(
            (one.name.as_str(), two.name.as_str(), one.len()),
            ("1", "2", rows)
        );
        assert!((one.duration_s() - duration_s).abs() < 0.001, "{file}");
        let mut steps: Vec<f64> = one
            .time_s
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .collect();
        steps.sort_by(f64::total_cmp);
        assert!((steps[steps.len() / 2] - step_s).abs() < 2e-6, "{file}");
        let (largest, last) = angles_deg(&relative(&units(one), &units(two)));
        assert!((largest - largest_deg).abs() < 0.006, "{file}: {largest}");
        assert!((last - last_deg).abs() < 0.006, "{file}: {last}");
    }
}

#[test]
fn the_relative_angle_stays_whichever_way_a_jig_lies_and_its_sensors_sit() {
    let Some(folder) = samples() else { return };
    for (file, .., largest_deg, last_deg) in JIGS {
        let recording = opened(&folder.join(file), &ReadOptions::default()).unwrap();
        let (one, two) = (units(&recording.sensors[0]), units(&recording.sensors[1]));
        for seed in [0.0, 0.9, 2.2, 3.7, 5.1] {
            let (earth, seat_one, seat_two) = (turn(seed), turn(seed + 11.0), turn(seed + 23.0));
            let turned = |turns: &[UnitQuaternion<f64>], seat: UnitQuaternion<f64>| {
                turns.iter().map(|q| earth * q * seat).collect::<Vec<_>>()
            };
            let (one, two) = (turned(&one, seat_one), turned(&two, seat_two));
            let (largest, last) = angles_deg(&relative(&one, &two));
            assert!(
                (largest - largest_deg).abs() < 0.006,
                "{file}, {seed}: {largest}"
            );
            assert!((last - last_deg).abs() < 0.006, "{file}, {seed}: {last}");
        }
    }
}

#[test]
fn a_reference_of_magnetic_trackers_is_read_with_both_of_its_sensors() {
    let Some(folder) = samples() else { return };
    let path = folder.join("polhemus_90degY_2data.csv");
    let recording = opened(&path, &ReadOptions::default()).unwrap();
    let (one, two) = (units(&recording.sensors[0]), units(&recording.sensors[1]));
    assert_eq!((recording.sensors.len(), one.len()), (2, 2576));
    let (largest, _) = angles_deg(&relative(&one, &two));
    assert!((80.0..100.0).contains(&largest), "{largest}");
}

#[test]
fn interpolated_rows_are_counted_and_need_a_rate() {
    let Some(folder) = samples() else { return };
    let path = folder.join("twoIMU_90deg_x-interpolated.csv");
    let none = opened(&path, &ReadOptions::default());
    assert!(matches!(none, Err(ReadError::NoRate)), "{none:?}");
    let options = ReadOptions {
        rate_hz: Some(100.0),
        ..ReadOptions::default()
    };
    let recording = opened(&path, &options).unwrap();
    let (one, two) = (units(&recording.sensors[0]), units(&recording.sensors[1]));
    assert_eq!((recording.sensors.len(), one.len()), (2, 2000));
    let (largest, _) = angles_deg(&relative(&one, &two));
    assert!((largest - 87.14).abs() < 2.0, "{largest}");
}

/// The angles of this file are of the same rows as the quaternions of the other: turns about x, y and z,
/// whose columns are named the other way round. Those of the second sensor are of something else.
#[test]
fn angles_in_a_declared_sequence_are_the_same_turns_as_quaternions() {
    let Some(folder) = samples() else { return };
    let path = folder.join("twoIMU_90deg_x_euler-xyz-sequence.csv");
    let undeclared = opened(&path, &ReadOptions::default());
    assert!(undeclared.is_err());
    let columns = [("roll", 'Z'), ("pitch", 'Y'), ("yaw", 'X')];
    let columns = ["1", "2"].iter().flat_map(|sensor| {
        columns.map(|(part, column)| (format!("{sensor}_{part}"), format!("{column}_{sensor}")))
    });
    let options = ReadOptions {
        columns: columns.collect(),
        rate_hz: Some(80.0),
        euler_sequence: Sequence::parse("xyz"),
        angle_unit: Some(AngleUnit::Deg),
        ..ReadOptions::default()
    };
    let recording = opened(&path, &options).unwrap();
    assert_eq!(recording.sensors.len(), 2);
    let quaternions = opened(&folder.join("twoIMU_90deg_x.csv"), &ReadOptions::default()).unwrap();
    let (angles, quaternions) = (&recording.sensors[0], &quaternions.sensors[0]);
    let both = units(angles).into_iter().zip(units(quaternions));
    let off = both.map(|(one, other)| one.angle_to(&other).to_degrees());
    let largest = off.fold(0.0, f64::max);
    assert!(largest < 1e-4, "{largest}");
}

#[test]
fn each_file_is_of_one_format() {
    let Some(folder) = samples() else { return };
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let first = &bytes[..bytes.len().min(read::DETECT_BYTES)];
        let yes = |format: &&read::Format| (format.detect)(first) != read::Detected::No;
        let count = FORMATS.iter().filter(yes).count();
        let undeclared = path.to_string_lossy().contains("euler-xyz-sequence");
        assert_eq!(count, usize::from(!undeclared), "{}", path.display());
    }
}

/// A quaternion that is not of length 1 would spoil an angle in silence.
#[test]
fn quaternions_of_two_decimals_are_near_unit_length() {
    let Some(folder) = samples() else { return };
    let recording = opened(&folder.join("twoIMU_90deg_x.csv"), &ReadOptions::default()).unwrap();
    let off = |q: &Quaternion<f64>| (q.norm() - 1.0).abs();
    for sensor in &recording.sensors {
        let turns = sensor.earth_from_sensor.as_ref().unwrap();
        assert!(turns.iter().map(off).fold(0.0, f64::max) < 0.02);
    }
}

/// The sensor lies on a table, is turned over and back: gravity shows it.
#[test]
fn raw_values_of_a_3_space_sensor_are_read() {
    let Some(folder) = samples() else { return };
    let path = folder.join("YEI_3Space_comment_header.txt");
    let recording = opened(&path, &ReadOptions::default()).unwrap();
    let sensor = &recording.sensors[0];
    assert_eq!(sensor.len(), 2715);
    assert!(
        (sensor.duration_s() - 24.683).abs() < 0.001,
        "{}",
        sensor.duration_s()
    );
    assert!((sensor.rate_hz().unwrap() - 109.9).abs() < 0.1);
    let accels = sensor.accel_m_s2.as_ref().unwrap();
    let lowest = accels.iter().map(|accel| accel.z).fold(0.0, f64::min);
    assert!(accels[0].z > 9.5 && lowest < -9.5);
}
