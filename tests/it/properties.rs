//! What must not matter does not: heading, which way time runs, and left and right are mirror images.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use neckrom::movement::{Movement, MovementRom, Plane};
use neckrom::pipeline::{self, Analysis};
use neckrom::sample::Recording;
use neckrom::simulate;
use proptest::prelude::*;

/// A short protocol without nods, with the mount declared, so that a mirror image or reversed time
/// is a recording like any other.
fn recording(seed: u64) -> Recording {
    let mut settings = simulate::Settings::random(seed);
    settings.rate_hz = 50.0;
    settings.nods = 0;
    settings.practice = 0;
    settings.recorded = 1;
    settings.trunk = false;
    settings.heading_drift_deg_min = 0.0;
    settings.crooked_deg = [0.0; 3];
    settings.stated.mount = true;
    simulate::simulate(&settings).unwrap().recording
}

fn turned(recording: &Recording, turn: impl Fn(Quaternion<f64>) -> Quaternion<f64>) -> Recording {
    let mut turned = recording.clone();
    for q in turned.sensors[0].earth_from_sensor.as_mut().unwrap() {
        *q = turn(*q);
    }
    turned
}

fn analyzed(recording: &Recording) -> Analysis {
    pipeline::analyze(recording.clone(), &pipeline::Settings::default()).unwrap()
}

fn mean_deg(roms: &[MovementRom; 6], movement: Movement) -> f64 {
    roms[movement as usize]
        .mean_rad
        .expect("each movement is found")
        .to_degrees()
}

fn same(a: &Analysis, b: &Analysis, other: impl Fn(Movement) -> Movement, within_deg: f64) {
    for movement in Movement::ALL {
        let (there, here) = (
            mean_deg(&a.movements, movement),
            mean_deg(&b.movements, other(movement)),
        );
        assert!(
            (there - here).abs() < within_deg,
            "{movement:?}: {there} {here}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn turning_the_subject_about_the_vertical_changes_nothing(seed in 0_u64..1000, heading in -3.1_f64..3.1) {
        let recording = recording(seed);
        let turn = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), heading);
        let turned = turned(&recording, |q| turn.into_inner() * q);
        same(&analyzed(&recording), &analyzed(&turned), |m| m, 1e-9);
    }

    #[test]
    fn a_mirror_image_swaps_left_and_right_and_nothing_else(seed in 0_u64..1000) {
        let recording = recording(seed);
        // Mirrored in the plane of forward and up: with X forward and Z up in both the sensor and
        // the earth, y turns round, and with it the sense of turning about x and z.
        let mirrored = turned(&recording, |q| Quaternion::new(q.w, -q.i, q.j, -q.k));
        let swapped = |m: Movement| if m.plane() == Plane::Sagittal { m } else { m.opposite() };
        same(&analyzed(&recording), &analyzed(&mirrored), swapped, 1e-9);
    }

    #[test]
    fn time_reversed_keeps_the_rom(seed in 0_u64..1000) {
        let recording = recording(seed);
        let mut reversed = recording.clone();
        let sensor = &mut reversed.sensors[0];
        let last = *sensor.time_s.last().unwrap();
        sensor.time_s = sensor.time_s.iter().rev().map(|t| last - t).collect();
        sensor.earth_from_sensor.as_mut().unwrap().reverse();
        let (there, back) = (analyzed(&recording), analyzed(&reversed));
        same(&there, &back, |m| m, 0.3);
        prop_assert_eq!(there.repetitions.len(), back.repetitions.len());
    }

    #[test]
    fn the_way_the_sensor_sits_does_not_matter_when_it_is_declared(seed in 0_u64..1000) {
        let recording = recording(seed);
        // Sensor X down and Y forward: the same head, another mount.
        let sensor_turn = UnitQuaternion::from_axis_angle(&Vector3::y_axis(), std::f64::consts::FRAC_PI_2)
            * UnitQuaternion::from_axis_angle(&Vector3::z_axis(), std::f64::consts::FRAC_PI_2);
        let forward = sensor_turn.inverse() * Vector3::x();
        let up = sensor_turn.inverse() * Vector3::z();
        let mut other = turned(&recording, |q| q * sensor_turn.into_inner());
        let mount = neckrom::frames::Mount { forward, up, exact: false };
        other.about.head_mount = Some(mount);
        same(&analyzed(&recording), &analyzed(&other), |m| m, 1e-9);
    }
}
