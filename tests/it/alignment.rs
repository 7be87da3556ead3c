//! Sensors that sit crooked: two poses from gravity alone, why nods are refused, mounts that cannot
//! be, and what a crooked seat may change.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use neckrom::movement::LeftOut;
use neckrom::orientation::OrientationError;
use neckrom::orientation::align::Method;
use neckrom::pipeline::{self, Analysis};
use neckrom::sample::{Event, Recording, SensorPlace, SensorSamples};
use neckrom::simulate::{self, Settings};

use crate::support::{neckrom, ran, run, simulate as simulated, word};

const RATE_HZ: f64 = 50.0;
/// How the head sensor is turned out of its straight seat: rotation vector in head axes, degrees.
const CROOKED_DEG: [f64; 3] = [12.0, 24.0, -9.0];

/// A still position: rotation vector in the axes of the segment upright (X side-bend right, Y rotation
/// left, Z extension), degrees, and how long it is held.
type Held = ([f64; 3], f64);

const NEUTRAL: Held = ([0.0; 3], 2.0);

fn rotation(degrees: [f64; 3]) -> UnitQuaternion<f64> {
    UnitQuaternion::from_scaled_axis(Vector3::from(degrees).map(f64::to_radians))
}

/// Segment axes (Y up) from those of a sensor that sits straight (X forward, Z up), and crooked.
fn segment_from_sensor() -> UnitQuaternion<f64> {
    rotation(CROOKED_DEG) * rotation([-90.0, 0.0, 0.0])
}

/// Positions one after the other, half a second between them; heading jumps in each by 40 degrees if
/// asked, as no gyroscope would let it.
fn sensor(place: SensorPlace, path: &[Held], jumps: bool) -> SensorSamples {
    let upright = rotation([90.0, 0.0, 0.0]);
    let mut earth_from_sensor = Vec::new();
    let mut last = [0.0; 3];
    for (k, &(to, held_s)) in path.iter().enumerate() {
        let heading = if jumps { 40.0 * k as f64 } else { 0.0 };
        let heading = rotation([0.0, 0.0, heading]);
        let count = (RATE_HZ * (held_s + 0.5)) as usize;
        for i in 0..count {
            let share = (2.0 * i as f64 / RATE_HZ).min(1.0);
            let share = share * share * (3.0 - 2.0 * share);
            let now = std::array::from_fn(|n| last[n] + (to[n] - last[n]) * share);
            let q = heading * upright * rotation(now) * segment_from_sensor();
            earth_from_sensor.push(q.into_inner());
        }
        last = to;
    }
    SensorSamples {
        name: place.name().to_owned(),
        place: Some(place),
        time_s: (0..earth_from_sensor.len())
            .map(|i| i as f64 / RATE_HZ)
            .collect(),
        earth_from_sensor: Some(earth_from_sensor),
        ..SensorSamples::default()
    }
}

/// One head sensor.
fn head(path: &[Held]) -> Recording {
    Recording {
        sensors: vec![sensor(SensorPlace::Head, path, false)],
        ..Recording::default()
    }
}

/// The event that spans the hold of the k-th position.
fn event(name: &str, path: &[Held], k: usize) -> Event {
    let before: f64 = path[..k].iter().map(|held| held.1 + 0.5).sum();
    Event {
        onset_s: before + 0.7,
        duration_s: path[k].1 - 0.4,
        name: name.to_owned(),
    }
}

fn analyzed(recording: &Recording) -> Analysis {
    pipeline::analyze(recording.clone(), &pipeline::Settings::default()).unwrap()
}

fn message(analysis: &Analysis, code: &str) -> String {
    let all = analysis.warnings.iter();
    let of_code: Vec<String> = all
        .filter(|counted| counted.warning.code() == code)
        .map(|counted| counted.message.clone())
        .collect();
    of_code.join("\n")
}

#[track_caller]
fn assert_seat(found: UnitQuaternion<f64>, within_deg: f64) {
    let error_deg = found.angle_to(&segment_from_sensor()).to_degrees();
    assert!(error_deg < within_deg, "{error_deg}");
}

#[test]
fn a_second_pose_shows_forward_by_gravity_alone() {
    for (name, extension_deg) in [("looking_down", -40.0), ("supine", 85.0), ("Supine", 60.0)] {
        let path = [NEUTRAL, ([0.0, 0.0, extension_deg], 2.0), NEUTRAL, NEUTRAL];
        let mut recording = head(&path);
        recording.sensors = vec![sensor(SensorPlace::Head, &path, true)];
        recording.about.events = vec![event("neutral", &path, 0), event(name, &path, 1)];
        let analysis = analyzed(&recording);
        assert_eq!(analysis.head.method, Method::TwoPoses, "{name}");
        assert_seat(analysis.head.segment_from_sensor.quaternion(), 0.01);
        let certainty = analysis.head.certainty;
        let angle_deg = certainty.motion_rad.unwrap().to_degrees();
        assert!((angle_deg - f64::abs(extension_deg)).abs() < 0.01);
        let expected_deg = certainty.forward_error_rad.unwrap().to_degrees();
        assert!((2.0..4.0).contains(&expected_deg), "{expected_deg}");
    }
}

#[test]
fn a_pose_that_is_not_straight_is_as_wrong_as_it_says() {
    // 2 degrees of side-bend and 2 of rotation in the pose.
    for flexion_deg in [25.0, 45.0] {
        let path = [NEUTRAL, ([2.0, 2.0, -flexion_deg], 2.0), NEUTRAL];
        let mut recording = head(&path);
        recording.about.events = vec![event("looking-down", &path, 1)];
        let found = analyzed(&recording).head;
        let error = found
            .segment_from_sensor
            .quaternion()
            .angle_to(&segment_from_sensor());
        let ratio = error / found.certainty.forward_error_rad.unwrap();
        assert!((0.3..2.0).contains(&ratio), "{ratio}");
    }
}

#[test]
fn the_trunk_has_poses_of_its_own() {
    let bow = [NEUTRAL, ([0.0, 0.0, -35.0], 2.0), NEUTRAL];
    let lie = [NEUTRAL, ([0.0, 0.0, 80.0], 2.0), NEUTRAL];
    for (name, path) in [("leaning_forward", bow), ("supine", lie)] {
        let mut recording = head(&path);
        recording
            .sensors
            .push(sensor(SensorPlace::Trunk, &path, false));
        recording.about.events = vec![event(name, &path, 1)];
        let analysis = analyzed(&recording);
        let trunk = analysis.trunk.unwrap();
        assert_eq!(trunk.method, Method::TwoPoses, "{name}");
        assert_seat(trunk.segment_from_sensor.quaternion(), 0.01);
        assert_eq!(message(&analysis, "trunk_forward_assumed"), "");
        // The head leans with the trunk, but only lying down is a pose of the head.
        let head_is_posed = analysis.head.method == Method::TwoPoses;
        assert_eq!(head_is_posed, name == "supine");
    }
}

#[test]
fn a_pose_is_no_repetition() {
    let path = [NEUTRAL, ([0.0, 0.0, -40.0], 2.0), NEUTRAL, NEUTRAL];
    let mut recording = head(&path);
    recording.about.events = vec![event("looking_down", &path, 1)];
    let analysis = analyzed(&recording);
    let reasons: Vec<_> = analysis.repetitions.iter().map(|r| r.left_out).collect();
    assert_eq!(reasons, [Some(LeftOut::Pose)]);
    recording.about.events.clear();
    let analysis = analyzed(&recording);
    assert_eq!(analysis.repetitions[0].left_out, None);
}

#[test]
fn poses_that_show_nothing_are_refused_with_the_reason() {
    let near = [NEUTRAL, ([0.0, 0.0, -12.0], 2.0), NEUTRAL];
    let moving = [
        NEUTRAL,
        ([0.0, 0.0, -40.0], 0.2),
        ([0.0, 0.0, -60.0], 0.2),
        NEUTRAL,
    ];
    let across = Event {
        onset_s: 2.6,
        duration_s: 1.2,
        name: "looking_down".to_owned(),
    };
    let late = Event {
        onset_s: 900.0,
        ..across.clone()
    };
    let cases = [
        (
            &near[..],
            event("looking_down", &near, 1),
            "looking down is 12° from neutral",
        ),
        (&moving[..], across, "looking down was not held still"),
    ];
    for (path, labelled, part) in cases {
        let mut recording = head(path);
        recording.about.events = vec![labelled];
        let analysis = analyzed(&recording);
        assert_eq!(analysis.head.method, Method::SensorAxes);
        let why = message(&analysis, "forward_assumed");
        assert!(why.contains(part), "{why}");
    }
    let mut recording = head(&near);
    recording.about.events = vec![late];
    let unusable = message(&analyzed(&recording), "label_unusable");
    assert!(unusable.contains("from 900.0 to 901.2 s"), "{unusable}");
}

/// Nods out of the given directions, each a rotation vector in head axes, with a rest between.
fn nodded(nods: &[[f64; 3]]) -> Analysis {
    let mut path = vec![NEUTRAL];
    for &nod in nods {
        path.extend([(nod, 0.0), ([0.0; 3], 1.0)]);
    }
    // A measured movement, held, so that it is no nod.
    path.extend([([0.0, 60.0, 0.0], 2.0), NEUTRAL]);
    analyzed(&head(&path))
}

#[test]
fn nods_tell_how_well_they_agree() {
    let straight = nodded(&[[0.0, 0.0, -20.0]; 3]);
    assert_eq!(straight.head.method, Method::Nods);
    assert_seat(straight.head.segment_from_sensor.quaternion(), 0.1);
    let loose = nodded(&[[4.0, 0.0, -20.0], [0.0, 0.0, -20.0], [-4.0, 0.0, -20.0]]);
    let [straight, loose] = [straight, loose].map(|one| one.head.certainty);
    assert_eq!((straight.motions, loose.motions), (3, 3));
    assert!((straight.motion_rad.unwrap().to_degrees() - 20.0).abs() < 0.5);
    assert!(straight.axis_spread_rad.unwrap().to_degrees() < 0.2);
    // atan(4 / 20) = 11.3 degrees to either side.
    let spread_deg = loose.axis_spread_rad.unwrap().to_degrees();
    assert!((spread_deg - 11.3).abs() < 0.5, "{spread_deg}");
    assert!(loose.forward_error_rad.unwrap() > 3.0 * straight.forward_error_rad.unwrap());
    assert!(straight.axis_share.unwrap() > 0.99);
}

#[test]
fn nods_that_show_nothing_are_refused_with_the_reason() {
    let down = [0.0, 0.0, -20.0];
    let askew = [14.0, 0.0, -14.0];
    let cases: [(&[[f64; 3]], &str); 7] = [
        (&[], "the first motion from neutral to neutral is no nod"),
        (&[down], "only one nod was seen"),
        (&[[0.0, 0.0, -3.0]; 3], "too small for nods: 3.0° at most"),
        (
            &[down, askew],
            "2 motions at the start look like nods but their axes differ by 45°",
        ),
        (
            &[down, [9.0, 0.0, -18.0], [-9.0, 0.0, -18.0], down],
            "4 motions at the start look like nods but their axes differ by 53°",
        ),
        (&[down, [0.0, 0.0, 20.0]], "go up as often as down"),
        (&[[0.0, 30.0, 0.0]; 3], "is no nod"),
    ];
    for (nods, part) in cases {
        let analysis = nodded(nods);
        assert_eq!(analysis.head.method, Method::SensorAxes, "{nods:?}");
        let why = message(&analysis, "forward_assumed");
        assert!(why.contains(part), "{nods:?}: {why}");
    }
}

#[test]
fn small_nods_and_none_are_told_apart() {
    let still = [NEUTRAL, NEUTRAL];
    let small = [
        NEUTRAL,
        ([0.0, 0.0, -3.0], 0.0),
        NEUTRAL,
        ([0.0, 0.0, -3.0], 0.0),
        NEUTRAL,
    ];
    for (path, part) in [
        (&still[..], "nothing at the start moves"),
        (&small[..], "too small for nods: 3.0° at most"),
    ] {
        let why = message(&analyzed(&head(path)), "forward_assumed");
        assert!(why.contains(part), "{why}");
    }
}

#[test]
fn a_guess_is_an_error_when_none_is_wanted() {
    let strict = pipeline::Settings {
        require_alignment: true,
        ..pipeline::Settings::default()
    };
    let path = [NEUTRAL, ([0.0, 0.0, -40.0], 2.0), NEUTRAL];
    let mut recording = head(&path);
    let refused = pipeline::analyze(recording.clone(), &strict).unwrap_err();
    assert!(
        matches!(refused, OrientationError::NotAligned { .. }),
        "{refused}"
    );
    assert!(refused.to_string().contains("is no nod"), "{refused}");
    recording.about.events = vec![event("looking_down", &path, 1)];
    assert!(pipeline::analyze(recording.clone(), &strict).is_ok());
}

/// A short protocol with nods whose sensor sits straight.
fn short(seed: u64) -> Settings {
    Settings {
        rate_hz: 50.0,
        practice: 0,
        recorded: 1,
        crooked_deg: [0.0; 3],
        trunk: false,
        ..Settings::random(seed)
    }
}

#[test]
fn a_declared_mount_is_held_against_the_nods() {
    for (mount, expected) in [
        ("+x,+z", ""),
        ("-x,+z", "the sensor may sit backwards"),
        ("+y,+z", "90° to the right of the declared one"),
        ("-y,+z", "90° to the left of the declared one"),
        ("+x,+y", "the axis declared to point up is"),
    ] {
        for seed in 0..3 {
            let recording = simulate::simulate(&short(seed)).unwrap().recording;
            let settings = pipeline::Settings {
                mount: Some(mount.parse().unwrap()),
                ..pipeline::Settings::default()
            };
            let analysis = pipeline::analyze(recording.clone(), &settings).unwrap();
            assert_eq!(analysis.head.method, Method::DeclaredMount);
            let warned = message(&analysis, "mount_disagrees");
            assert_eq!(warned.is_empty(), expected.is_empty(), "{mount}: {warned}");
            let rounded = warned.replace("89°", "90°").replace("91°", "90°");
            assert!(rounded.contains(expected), "{mount}: {warned}");
        }
    }
}

/// Angles at the end range of each repetition, degrees.
fn end_ranges_deg(settings: &Settings) -> Vec<[f64; 3]> {
    let analysis = analyzed(&simulate::simulate(settings).unwrap().recording);
    assert_eq!(analysis.head.method, Method::Nods);
    let repetitions = analysis.repetitions.iter();
    repetitions
        .filter(|r| r.left_out.is_none())
        .map(|r| {
            let a = r.end_range;
            [a.flexion_rad, a.side_bend_right_rad, a.rotation_left_rad].map(f64::to_degrees)
        })
        .collect()
}

#[test]
fn a_crooked_seat_changes_neither_rom_nor_coupled_angles() {
    for seed in 0..8 {
        let crooked = Settings {
            crooked_deg: Settings::random(seed).crooked_deg,
            ..short(seed)
        };
        let (straight, crooked) = (end_ranges_deg(&short(seed)), end_ranges_deg(&crooked));
        assert_eq!((straight.len(), crooked.len()), (6, 6));
        for (a, b) in straight.iter().zip(&crooked) {
            let off: [f64; 3] = std::array::from_fn(|k| (a[k] - b[k]).abs());
            let own = a.map(f64::abs);
            let own = (0..3).max_by(|&i, &j| own[i].total_cmp(&own[j])).unwrap();
            assert!(off[own] < 1.0, "ROM, {seed}: {a:?} {b:?}");
            assert!(off.iter().all(|o| *o < 2.0), "coupled, {seed}: {a:?} {b:?}");
        }
    }
}

#[test]
fn poses_and_strictness_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "--nods",
        "0",
        "--practice",
        "0",
        "--repetitions",
        "1",
        "--seed",
        "4",
    ];
    let path = simulated(
        folder.path(),
        &[&words[..], &["--crooked", "5,20,5"]].concat(),
    );
    let strict = ["analyze", "--require-alignment", word(&path)];
    let failed = run(&strict);
    assert_eq!(failed.code, 2);
    assert!(
        failed.err.contains("forward is neither declared nor shown"),
        "{failed:?}"
    );
    let truth = path.to_str().unwrap().replace("_motion.csv", "_truth.json");
    let truth: serde_json::Value =
        serde_json::from_str(&crate::support::text(truth.as_ref())).unwrap();
    let flexion = &truth["repetitions"][0];
    let [from_s, to_s] = ["hold_start_s", "hold_end_s"].map(|key| flexion[key].as_f64().unwrap());
    let pose = format!("looking-down={:.2}..{:.2}", from_s + 0.2, to_s - 0.2);
    let marked = ran(neckrom()
        .args(strict)
        .args(["--pose", &pose, "--neutral", "0.5..2.5"]));
    assert_eq!(marked.code, 0, "{marked:?}");
    assert!(
        marked.out.contains("alignment: two poses (1 of "),
        "{}",
        marked.out
    );
    assert!(marked.out.contains("left out: 1 × pose for alignment"));
    assert!(
        marked.out.contains("neutral, still from 0.5 to 2.5 s"),
        "{}",
        marked.out
    );
    let bad = run(&["analyze", "--pose", "sleeping=1..2", word(&path)]);
    assert_eq!(bad.code, 2);
    assert!(bad.err.contains("'sleeping' is not a pose"), "{bad:?}");
}

/// Orientation that means nothing gives no panic, whatever is labelled.
#[test]
fn nonsense_is_survived() {
    let path = [NEUTRAL, ([0.0, 0.0, -40.0], 2.0), NEUTRAL];
    let mut recording = head(&path);
    let names = [
        "neutral",
        "looking_down",
        "supine",
        "flexion",
        "side_bend_left",
    ];
    for (k, name) in names.iter().enumerate() {
        recording.about.events.push(Event {
            onset_s: [f64::NAN, -1.0, 1.0, 3.0, f64::INFINITY][k],
            duration_s: [1.0, f64::INFINITY, f64::NAN, 2.0, 0.0][k],
            name: (*name).to_owned(),
        });
    }
    assert!(analyzed(&recording).head.certainty.tilt_rad.is_finite());
    let flip = |q: &mut Quaternion<f64>| *q = Quaternion::new(q.j, q.w, q.k, q.i);
    let quaternions = recording.sensors[0].earth_from_sensor.as_mut().unwrap();
    quaternions.iter_mut().step_by(3).for_each(flip);
    if let Ok(analysis) = pipeline::analyze(recording.clone(), &pipeline::Settings::default()) {
        assert!(analysis.head.segment_from_sensor.angle_rad().is_finite());
    }
}
