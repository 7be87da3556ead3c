//! The whole simulator against physics and its own truth.

use super::*;
use crate::movement::Movement;
use crate::sample::SensorSamples;
use nalgebra::UnitQuaternion;

/// No fault, no tremor, all channels, both sensors, one repetition of each movement.
fn perfect() -> Settings {
    Settings {
        channels: Channels::Both,
        rate_hz: 50.0,
        practice: 0,
        recorded: 1,
        tremor_deg: 0.0,
        trunk: true,
        trunk_follows: 0.08,
        gyro_noise_deg_s_rthz: 0.0,
        accel_noise_ug_rthz: 0.0,
        quaternion_noise_deg: 0.0,
        quaternion_digits: 15,
        ..Settings::default()
    }
}

fn orientations(sensor: &SensorSamples) -> Vec<UnitQuaternion<f64>> {
    let all = sensor.earth_from_sensor.as_ref().unwrap();
    all.iter()
        .map(|&q| UnitQuaternion::from_quaternion(q))
        .collect()
}

fn quaternion(wxyz: [f64; 4]) -> UnitQuaternion<f64> {
    let [w, x, y, z] = wxyz;
    UnitQuaternion::from_quaternion(nalgebra::Quaternion::new(w, x, y, z))
}

/// Head against trunk, from both sensors and how they truly sit.
fn trunk_from_head(simulated: &Simulated) -> Vec<UnitQuaternion<f64>> {
    let [head, trunk] = simulated.recording.sensors.as_slice() else {
        panic!("two sensors")
    };
    let head_from_sensor = quaternion(simulated.truth.head_from_sensor);
    let trunk_from_sensor = quaternion(simulated.truth.trunk_from_sensor.unwrap());
    let pairs = orientations(head).into_iter().zip(orientations(trunk));
    let relative = |(head, trunk): (UnitQuaternion<f64>, UnitQuaternion<f64>)| {
        trunk_from_sensor * trunk.inverse() * head * head_from_sensor.inverse()
    };
    pairs.map(relative).collect()
}

/// Twist about Y, and the swing's rotation vector: flexion, side-bend right, rotation left, degrees.
fn angles_deg(q: UnitQuaternion<f64>) -> [f64; 3] {
    let twist_rad = 2.0 * (q.j / q.w).atan();
    let twist = UnitQuaternion::from_axis_angle(&Vector3::y_axis(), twist_rad);
    let swing = (q * twist.inverse()).scaled_axis();
    [-swing.z, swing.x, twist_rad].map(f64::to_degrees)
}

fn row_at(simulated: &Simulated, time_s: f64) -> usize {
    let times = &simulated.recording.sensors[0].time_s;
    times
        .partition_point(|&time| time < time_s)
        .min(times.len() - 1)
}

#[test]
fn the_same_seed_gives_the_same_recording_and_another_seed_another() {
    let settings = Settings {
        channels: Channels::Both,
        movements: vec![Movement::Extension],
        recorded: 1,
        rate_hz: 25.0,
        ..Settings::random(7)
    };
    let first = simulate(&settings).unwrap();
    assert_eq!(first, simulate(&settings).unwrap());
    let other = Settings {
        seed: 8,
        ..settings
    };
    assert_ne!(first, simulate(&other).unwrap());
}

#[test]
fn programmed_end_ranges_appear_in_the_orientation() {
    let crooked = Settings {
        crooked_deg: [12.0, -18.0, 20.0],
        trunk_crooked_deg: [-9.0, 5.0, 25.0],
        heading_drift_deg_min: 2.0,
        trunk_heading_drift_deg_min: 2.0,
        ..perfect()
    };
    let simulated = simulate(&crooked).unwrap();
    let relative = trunk_from_head(&simulated);
    assert_eq!(simulated.truth.repetitions.len(), 3 + 6);
    for one in &simulated.truth.repetitions {
        let middle_s = f64::midpoint(one.hold_start_s, one.hold_end_s);
        let found = angles_deg(relative[row_at(&simulated, middle_s)]);
        let end = one.end_range;
        let expected = [
            end.flexion_deg,
            end.side_bend_right_deg,
            end.rotation_left_deg,
        ];
        // A nod turns at once, so no sample need lie on its peak.
        let tolerance = if one.kind == RepetitionKind::Nod {
            0.02
        } else {
            1e-6
        };
        for (found, expected) in found.into_iter().zip(expected) {
            assert!(
                (found - expected).abs() < tolerance,
                "{one:?}: {found} {expected}"
            );
        }
    }
}

#[test]
fn the_gyroscope_adds_up_to_the_quaternion() {
    let settings = Settings {
        tremor_deg: 0.05,
        crooked_deg: [9.0, 20.0, -9.0],
        ..perfect()
    };
    for sensor in &simulate(&settings).unwrap().recording.sensors {
        let gyro = sensor.gyro_rad_s.as_ref().unwrap();
        let device = orientations(sensor);
        let mut added = device[0];
        for n in 1..device.len() {
            let mean_rad_s = (gyro[n - 1] + gyro[n]) / 2.0;
            added *= UnitQuaternion::from_scaled_axis(mean_rad_s / settings.rate_hz);
            let off_deg = added.angle_to(&device[n]).to_degrees();
            assert!(off_deg < 0.05, "{off_deg} at sample {n}");
        }
    }
}

#[test]
fn at_rest_the_accelerometer_points_up_with_gravity() {
    let settings = Settings {
        crooked_deg: [30.0, 0.0, 40.0],
        ..perfect()
    };
    let simulated = simulate(&settings).unwrap();
    let rest = simulated
        .truth
        .repetitions
        .iter()
        .map(|one| one.start_s - 0.2);
    for row in rest.map(|time_s| row_at(&simulated, time_s)) {
        for sensor in &simulated.recording.sensors {
            let force = sensor.accel_m_s2.as_ref().unwrap()[row];
            let up = orientations(sensor)[row] * force;
            assert!((up - Vector3::z() * 9.806_65).norm() < 1e-6, "{up}");
        }
    }
}

#[test]
fn moving_the_accelerometer_feels_the_lever_arm() {
    let simulated = simulate(&perfect()).unwrap();
    let force = simulated.recording.sensors[0].accel_m_s2.as_ref().unwrap();
    let most = force.iter().map(nalgebra::Matrix::norm).fold(0.0, f64::max);
    assert!(most > 9.9 && most < 13.0, "{most}");
}

#[test]
fn mirrored_peaks_give_the_mirrored_means() {
    let mut right = Settings {
        spread_deg: 0.0,
        ..perfect()
    };
    right.set_peak_deg(Movement::RotationRight, 61.0);
    right.set_peak_deg(Movement::RotationLeft, 44.0);
    let mut left = right.clone();
    left.set_peak_deg(Movement::RotationRight, 44.0);
    left.set_peak_deg(Movement::RotationLeft, 61.0);
    let [right, left] = [right, left].map(|settings| simulate(&settings).unwrap().truth);
    for movement in [Movement::RotationRight, Movement::RotationLeft] {
        assert_eq!(
            right.mean_peak_deg(movement),
            left.mean_peak_deg(movement.opposite())
        );
    }
    assert_eq!(
        right.mean_peak_deg(Movement::Flexion),
        left.mean_peak_deg(Movement::Flexion)
    );
}

#[test]
fn switching_one_thing_on_leaves_the_others_as_they_were() {
    let settings = Settings {
        channels: Channels::Both,
        movements: vec![Movement::SideBendLeft],
        recorded: 1,
        rate_hz: 50.0,
        ..Settings::default()
    };
    let base = simulate(&settings).unwrap();
    let other = Settings {
        trunk: true,
        quaternion_noise_deg: 0.5,
        accel_noise_ug_rthz: 500.0,
        ..settings
    };
    let other = simulate(&other).unwrap();
    assert_eq!(base.truth.repetitions, other.truth.repetitions);
    let [base, other] = [&base, &other].map(|one| &one.recording.sensors[0]);
    assert_eq!(base.gyro_rad_s, other.gyro_rad_s);
    assert_ne!(base.accel_m_s2, other.accel_m_s2);
    assert_ne!(base.earth_from_sensor, other.earth_from_sensor);
}

#[test]
fn lost_samples_are_absent_and_the_clock_may_run_fast() {
    let whole = simulate(&Settings::default()).unwrap();
    let settings = Settings {
        lost: 0.05,
        clock_error_ppm: 500.0,
        ..Settings::default()
    };
    let holed = simulate(&settings).unwrap();
    let [whole, holed] = [&whole, &holed].map(|one| &one.recording.sensors[0]);
    let share = holed.len() as f64 / whole.len() as f64;
    assert!((share - 0.95).abs() < 0.01, "{share}");
    assert_eq!(holed.time_s[0].to_bits(), 0.0_f64.to_bits());
    assert!((holed.duration_s() / whole.duration_s() - 1.0005).abs() < 1e-4);
    assert_eq!(holed.earth_from_sensor.as_ref().unwrap().len(), holed.len());
}

#[test]
fn a_trunk_clock_of_its_own_moves_the_times_and_nothing_else() {
    let shared = simulate(&perfect()).unwrap();
    let settings = Settings {
        trunk_clock: Some(TrunkClock {
            error_ppm: -400.0,
            offset_s: 0.5,
        }),
        clock_error_ppm: 100.0,
        ..perfect()
    };
    let separate = simulate(&settings).unwrap();
    assert_eq!(shared.recording.clocks, Clocks::Shared);
    assert_eq!(separate.recording.clocks, Clocks::Separate);
    let clocks = separate.truth.clocks.unwrap();
    let [before, after] =
        [&shared, &separate].map(|one| (orientations(&one.recording.sensors[1]), one));
    let trunk = &after.1.recording.sensors[1];
    // The first 25 samples were not recorded: 0.5 s at 50 Hz.
    assert!(after.0[100].angle_to(&before.0[125]) < 1e-6);
    let head_s = clocks.offset_s + (1.0 + clocks.skew_ppm * 1e-6) * trunk.time_s[100];
    let expected_s = after.1.recording.sensors[0].time_s[125];
    assert!((head_s - expected_s).abs() < 1e-9, "{head_s} {expected_s}");
    assert_eq!(trunk.time_s[0].to_bits(), 0.0_f64.to_bits());
}

#[test]
fn the_raw_scenario_takes_about_three_minutes() {
    for seed in [0, 1, 2, 3] {
        let truth = simulate(&Settings::random_raw(seed)).unwrap().truth;
        let duration_s = truth.duration_s;
        assert!((150.0..230.0).contains(&duration_s), "{duration_s}");
    }
}

#[test]
fn repositioning_error_moves_the_start_but_not_the_programmed_peak() {
    let settings = Settings {
        reposition_deg: 2.0,
        spread_deg: 0.0,
        ..perfect()
    };
    let simulated = simulate(&settings).unwrap();
    let relative = trunk_from_head(&simulated);
    let start = |one: &TrueRepetition| angles_deg(relative[row_at(&simulated, one.start_s - 0.2)]);
    let moved = simulated.truth.repetitions.iter().skip(1).map(start);
    assert!(moved.flatten().map(f64::abs).fold(0.0, f64::max) > 1.0);
    assert_eq!(
        simulated
            .truth
            .mean_peak_deg(Movement::Flexion)
            .map(f64::round),
        Some(50.0)
    );
}

#[test]
fn the_heading_drifts_as_told() {
    let settings = Settings {
        heading_drift_deg_min: 3.0,
        ..perfect()
    };
    let still = orientations(&simulate(&perfect()).unwrap().recording.sensors[0]);
    let drifting = simulate(&settings).unwrap();
    let sensor = &drifting.recording.sensors[0];
    let last = still.len() - 1;
    let off = (orientations(sensor)[last] * still[last].inverse()).scaled_axis();
    let expected_deg = sensor.duration_s() / 60.0 * 3.0;
    assert!(
        (off.z.to_degrees() - expected_deg).abs() < 1e-6,
        "{off} {expected_deg}"
    );
}

/// Where the head's forward and up point at the first hold of a movement alone, seen from its start:
/// in axes with X forward, Y left, Z up.
fn forward_and_up(movement: Movement) -> (Vector3<f64>, Vector3<f64>) {
    let settings = Settings {
        movements: vec![movement],
        coupling: 0.0,
        trunk: false,
        trunk_follows: 0.0,
        ..perfect()
    };
    let simulated = simulate(&settings).unwrap();
    let device = orientations(&simulated.recording.sensors[0]);
    let one = simulated.truth.repetitions.last().unwrap();
    let seen = device[0].inverse() * device[row_at(&simulated, one.hold_start_s + 0.5)];
    (seen * Vector3::x(), seen * Vector3::z())
}

#[test]
fn each_movement_goes_where_its_name_says() {
    let (forward, _) = forward_and_up(Movement::Flexion);
    assert!(forward.z < -0.5, "chin to chest: {forward}");
    let (forward, _) = forward_and_up(Movement::Extension);
    assert!(forward.z > 0.5, "looking up: {forward}");
    let (_, up) = forward_and_up(Movement::SideBendRight);
    assert!(up.y < -0.5, "right ear to right shoulder: {up}");
    let (_, up) = forward_and_up(Movement::SideBendLeft);
    assert!(up.y > 0.5, "left ear to left shoulder: {up}");
    let (forward, _) = forward_and_up(Movement::RotationRight);
    assert!(forward.y < -0.5, "over the right shoulder: {forward}");
    let (forward, _) = forward_and_up(Movement::RotationLeft);
    assert!(forward.y > 0.5, "over the left shoulder: {forward}");
}
