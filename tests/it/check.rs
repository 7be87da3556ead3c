//! `neckrom check`: conventions are found and undone, faults are said, good recordings pass.

use std::fmt::Write as _;
use std::path::Path;

use nalgebra::{Matrix3, Quaternion, Rotation3, UnitQuaternion, Vector3};
use neckrom::read::convention::{Convention, Mirror, Outcome, Up, find};
use neckrom::read::{QuaternionOrder, ReadOptions};
use neckrom::sample::{Recording, SensorSamples};
use neckrom::{simulate, write};

use crate::support::{self, run, word};

const GRAVITY_M_S2: f64 = 9.81;
const RATE_HZ: f64 = 25.0;

/// Upright, on its sides, on its front and back, upside down; then a quarter about the vertical.
fn poses() -> Vec<UnitQuaternion<f64>> {
    let turn =
        |axis: Vector3<f64>, deg: f64| UnitQuaternion::from_scaled_axis(axis * deg.to_radians());
    let upright = turn(Vector3::new(0.1, -0.05, 1.0), 20.0);
    let (x, y) = (Vector3::x(), Vector3::y());
    let upside_down = upright * turn(x, 178.0);
    vec![
        upright,
        upright * turn(x, 88.0),
        upright * turn(x, -85.0),
        upright * turn(y, 91.0),
        upright * turn(y, -87.0),
        upside_down,
        turn(Vector3::z(), 90.0) * upside_down,
    ]
}

/// Held for 2 s in each of these poses, 1 s of turning between; and small deviations, the same ones
/// each time.
fn held(poses: &[UnitQuaternion<f64>]) -> SensorSamples {
    let path = |time_s: f64| {
        let pose = ((time_s / 3.0).max(0.0) as usize).min(poses.len() - 1);
        let next = (pose + 1).min(poses.len() - 1);
        let part = (time_s - 3.0 * pose as f64 - 2.0).clamp(0.0, 1.0);
        let smooth = part * part * (3.0 - 2.0 * part);
        let turn = (poses[pose].inverse() * poses[next]).scaled_axis();
        poses[pose] * UnitQuaternion::from_scaled_axis(turn * smooth)
    };
    let count = (3.0 * RATE_HZ) as usize * poses.len() - RATE_HZ as usize;
    let time_s: Vec<f64> = (0..count).map(|at| at as f64 / RATE_HZ).collect();
    let speed = |t: &f64| (path(t - 0.005).inverse() * path(t + 0.005)).scaled_axis() / 0.01;
    let shake = |t: &f64| Vector3::new((91.0 * t).sin(), (77.0 * t).sin(), (63.0 * t).sin());
    let gravity = Vector3::z() * GRAVITY_M_S2;
    SensorSamples {
        earth_from_sensor: Some(time_s.iter().map(|t| *path(*t)).collect()),
        gyro_rad_s: Some(time_s.iter().map(|t| speed(t) + shake(t) * 0.01).collect()),
        accel_m_s2: Some(
            time_s
                .iter()
                .map(|t| path(*t).inverse() * gravity + shake(t) * 0.05)
                .collect(),
        ),
        time_s,
        ..SensorSamples::default()
    }
}

/// What software with this convention would have written; by matrices, not as it is undone.
fn written(good: &SensorSamples, convention: Convention) -> SensorSamples {
    let file_from_earth = match convention.up {
        Up::Z => Matrix3::identity(),
        Up::Y => Matrix3::new(1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0),
        Up::MinusZ => Matrix3::from_diagonal(&Vector3::new(1.0, -1.0, -1.0)),
    };
    let mirror = convention
        .left_handed
        .map_or(Matrix3::identity(), reflection);
    let mut sensor = good.clone();
    for q in sensor.earth_from_sensor.as_mut().unwrap() {
        let good = UnitQuaternion::new_normalize(*q).to_rotation_matrix();
        let matrix = mirror * file_from_earth * good * mirror;
        let matrix = if convention.conjugate {
            matrix.transpose()
        } else {
            matrix
        };
        let rotation = Rotation3::from_matrix_unchecked(matrix);
        *q = *UnitQuaternion::from_rotation_matrix(&rotation);
    }
    if convention.gravity_down {
        for accel in sensor.accel_m_s2.as_mut().unwrap() {
            *accel = -*accel;
        }
    }
    sensor
}

fn reflection(mirror: Mirror) -> Matrix3<f64> {
    let flipped = |x: f64, y: f64, z: f64| Matrix3::from_diagonal(&Vector3::new(x, y, z));
    match mirror {
        Mirror::X => flipped(-1.0, 1.0, 1.0),
        Mirror::Y => flipped(1.0, -1.0, 1.0),
        Mirror::Z => flipped(1.0, 1.0, -1.0),
        Mirror::Xy => Matrix3::new(0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0),
        Mirror::Xz => Matrix3::new(0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0),
        Mirror::Yz => Matrix3::new(1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0),
    }
}

/// Every convention that options can say, gravity and an upside-down earth not both.
fn conventions() -> Vec<Convention> {
    let mut all = Vec::new();
    let mirrors = std::iter::once(None).chain(Mirror::ALL.into_iter().map(Some));
    for left_handed in mirrors {
        for conjugate in [false, true] {
            for (up, gravity_down) in [
                (Up::Z, false),
                (Up::Y, false),
                (Up::MinusZ, false),
                (Up::Z, true),
                (Up::Y, true),
            ] {
                all.push(Convention {
                    conjugate,
                    left_handed,
                    up,
                    gravity_down,
                });
            }
        }
    }
    all
}

/// Columns of a native CSV whose quaternion columns hold these components, w first in 0 to 3.
fn csv(sensor: &SensorSamples, names: &str, order: [usize; 4], gyro_factor: f64) -> String {
    let mut text = format!(
        "time_s,{names},gyro_x_rad_s,gyro_y_rad_s,gyro_z_rad_s,accel_x_m_s2,accel_y_m_s2,accel_z_m_s2\n"
    );
    for at in 0..sensor.len() {
        let q = sensor.earth_from_sensor.as_ref().unwrap()[at];
        let q = [q.w, q.i, q.j, q.k];
        let [a, b, c, d] = order.map(|component| q[component]);
        let gyro = sensor.gyro_rad_s.as_ref().unwrap()[at] * gyro_factor;
        let accel = sensor.accel_m_s2.as_ref().unwrap()[at];
        writeln!(
            text,
            "{},{a:.7},{b:.7},{c:.7},{d:.7},{},{},{},{},{},{}",
            sensor.time_s[at], gyro.x, gyro.y, gyro.z, accel.x, accel.y, accel.z
        )
        .unwrap();
    }
    text
}

const WXYZ: [usize; 4] = [0, 1, 2, 3];
const NATIVE: &str = "q_w,q_x,q_y,q_z";

fn check(path: &Path, options: &[String]) -> support::Ran {
    let words = options.iter().flat_map(|option| option.split(' '));
    let words: Vec<&str> = ["check", word(path)].into_iter().chain(words).collect();
    run(&words)
}

/// The program finds what is wrong with `text`, says to pass `expected`, and passes with it.
fn found_and_undone(text: &str, expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poses.csv");
    std::fs::write(&path, text).unwrap();
    let found = check(&path, &["--json".to_owned()]);
    assert_eq!(found.code, 1, "{expected:?}: {found:?}");
    let options = &found.json()[0]["options"];
    assert_eq!(*options, serde_json::json!(expected), "{found:?}");
    let options: Vec<String> = expected.iter().map(|&option| option.to_owned()).collect();
    let passed = check(&path, &options);
    assert_eq!(passed.code, 0, "{passed:?}");
    assert!(
        passed
            .out
            .ends_with("  result        nothing wrong found\n\n"),
        "{passed:?}"
    );
    let said = check(&path, &[]);
    assert_eq!(said.code, 1);
    let pass = format!("  result        read it with {}\n", expected.join(" "));
    assert!(said.out.contains(&pass), "{said:?}");
}

#[test]
fn a_good_recording_passes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poses.csv");
    std::fs::write(&path, csv(&held(&poses()), NATIVE, WXYZ, 1.0)).unwrap();
    let passed = check(&path, &[]);
    assert_eq!((passed.code, passed.err.as_str()), (0, ""));
    assert!(
        passed.out.contains("fits as read: gravity 0."),
        "{}",
        passed.out
    );
    assert!(
        passed.out.contains("7 poses tilted by up to 17"),
        "{}",
        passed.out
    );
    assert!(!passed.out.contains("not excluded"), "{}", passed.out);
}

#[test]
fn each_convention_is_found_and_undone() {
    let good = held(&poses());
    let base = Convention::default();
    let mirrored = |mirror| Convention {
        left_handed: Some(mirror),
        ..base
    };
    let cases = [
        (
            Convention {
                conjugate: true,
                ..base
            },
            &["--conjugate"][..],
        ),
        (Convention { up: Up::Y, ..base }, &["--up y"]),
        (mirrored(Mirror::X), &["--left-handed x"]),
        (mirrored(Mirror::Yz), &["--left-handed yz"]),
        (
            Convention {
                up: Up::Y,
                ..mirrored(Mirror::Z)
            },
            &["--left-handed z", "--up y"],
        ),
    ];
    for (convention, expected) in cases {
        let text = csv(&written(&good, convention), NATIVE, WXYZ, 1.0);
        found_and_undone(&text, expected);
    }
}

#[test]
fn each_order_is_found_and_undone() {
    let good = held(&poses());
    let xyzw = [1, 2, 3, 0];
    found_and_undone(&csv(&good, NATIVE, xyzw, 1.0), &["--quaternion-order xyzw"]);
    let numbered = csv(&good, "q0,q1,q2,q3", xyzw, 1.0).replacen("time_s", "t", 1);
    found_and_undone(&numbered, &["--quaternion-order xyzw"]);
    found_and_undone(
        &csv(&good, "q_x,q_y,q_z,q_w", WXYZ, 1.0),
        &["--quaternion-order wxyz"],
    );
    let convention = Convention {
        conjugate: true,
        ..Convention::default()
    };
    let both = csv(&written(&good, convention), NATIVE, xyzw, 1.0);
    found_and_undone(&both, &["--quaternion-order xyzw", "--conjugate"]);
}

#[test]
fn each_unit_is_found_and_undone() {
    let good = held(&poses());
    let deg = 180.0 / std::f64::consts::PI;
    found_and_undone(&csv(&good, NATIVE, WXYZ, deg), &["--gyro-unit deg"]);
    let stated = csv(&good, NATIVE, WXYZ, 1.0).replacen("gyro_x_rad_s", "gx (deg/s)", 1);
    let stated = stated.replacen("gyro_y_rad_s", "gy (deg/s)", 1);
    let stated = stated.replacen("gyro_z_rad_s", "gz (deg/s)", 1);
    let stated = stated.replacen("time_s", "t", 1);
    found_and_undone(&stated, &["--gyro-unit rad"]);
    let mut in_g = good;
    for accel in in_g.accel_m_s2.as_mut().unwrap() {
        *accel /= GRAVITY_M_S2;
    }
    found_and_undone(&csv(&in_g, NATIVE, WXYZ, 1.0), &["--accel-unit g"]);
}

#[test]
fn gravity_and_an_earth_upside_down_are_told_apart_by_who_knows() {
    let down = Convention {
        gravity_down: true,
        ..Convention::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poses.csv");
    std::fs::write(
        &path,
        csv(&written(&held(&poses()), down), NATIVE, WXYZ, 1.0),
    )
    .unwrap();
    let open = check(&path, &[]);
    assert_eq!(open.code, 1);
    for words in [
        "fits with --gravity down:",
        "fits with --up -z:",
        "with --first-up,",
    ] {
        assert!(open.out.contains(words), "{words}: {}", open.out);
    }
    for (first_up, option) in [("+z", "--gravity down"), ("-z", "--up -z")] {
        let known = format!("--first-up {first_up}");
        let told = check(&path, std::slice::from_ref(&known));
        assert_eq!(told.code, 1);
        let pass = format!("read it with {option}\n");
        assert!(told.out.contains(&pass), "{}", told.out);
        assert!(!told.out.contains("to tell"), "{}", told.out);
        assert_eq!(check(&path, &[known, option.to_owned()]).code, 0);
        assert_eq!(check(&path, &[option.to_owned()]).code, 0);
    }
    let other = ["--first-up -z".to_owned(), "--gravity down".to_owned()];
    assert_eq!(check(&path, &other).code, 1);
}

/// The components w, x, y, z become these ones.
fn permute(sensor: &mut SensorSamples, components: [usize; 4]) {
    for q in sensor.earth_from_sensor.as_mut().unwrap() {
        let c = [q.w, q.i, q.j, q.k];
        let [w, x, y, z] = components.map(|component| c[component]);
        *q = Quaternion::new(w, x, y, z);
    }
}

/// As the file is read with that order of columns, of which the other was taken.
fn reordered(mut sensor: SensorSamples, order: Option<QuaternionOrder>) -> SensorSamples {
    match order {
        None => {}
        Some(QuaternionOrder::Xyzw) => permute(&mut sensor, [3, 0, 1, 2]),
        Some(QuaternionOrder::Wxyz) => permute(&mut sensor, [1, 2, 3, 0]),
    }
    sensor
}

/// All conventions with all orders: the true one is among those offered, what is offered makes the
/// same of the recording, and it passes.
#[test]
fn every_mixture_is_found_and_undone() {
    let good = held(&poses());
    let truth =
        |at: usize| UnitQuaternion::new_normalize(good.earth_from_sensor.as_ref().unwrap()[at]);
    let orders = [
        (None, WXYZ),
        (Some(QuaternionOrder::Xyzw), [1, 2, 3, 0]),
        (Some(QuaternionOrder::Wxyz), [3, 0, 1, 2]),
    ];
    for convention in conventions() {
        let stored = written(&good, convention);
        for (order, taken) in orders {
            let mut misread = stored.clone();
            permute(&mut misread, taken);
            let first_up = Vector3::z();
            let finding = find(&misread, &ReadOptions::default(), Some(&first_up));
            let which = format!("{order:?} {convention:?}: {finding:#?}");
            let best = match (finding.outcome, finding.instead()) {
                (Outcome::Fits, _) => finding.given,
                (Outcome::OtherFits, [only]) => *only,
                _ => panic!("{which}"),
            };
            assert!(finding.besides().next().is_none(), "{which}");
            // Another name of the same is as good, if it is not longer.
            let named = usize::from(order.is_some()) + convention.options().len();
            assert!(best.options().len() <= named, "{which}");
            let mut recording = Recording {
                sensors: vec![reordered(misread, best.order)],
                ..Recording::default()
            };
            best.convention.apply(&mut recording);
            let read = recording.sensors[0].earth_from_sensor.as_ref().unwrap();
            for at in [0, 65, 150, 210, 280, 350, 450] {
                let turned = UnitQuaternion::new_normalize(read[at]) * truth(at).inverse();
                let heading = UnitQuaternion::new_normalize(read[0]) * truth(0).inverse();
                assert!(turned.angle_to(&heading) < 1e-6, "{at}: {which}");
                assert!(
                    (turned * Vector3::z()).angle(&Vector3::z()) < 1e-6,
                    "{at}: {which}"
                );
            }
        }
    }
}

#[test]
fn poses_that_are_alike_leave_it_open() {
    let few = poses()[..1].to_vec();
    let tilted = UnitQuaternion::from_scaled_axis(Vector3::x() * 12_f64.to_radians());
    let twelve = vec![UnitQuaternion::identity(), tilted];
    let mut flat = held(&few);
    flat.gyro_rad_s = None;
    let mut near = held(&twelve);
    near.gyro_rad_s = None;
    let options = ReadOptions::default();
    let finding = find(&flat, &options, None);
    assert_eq!((finding.outcome, finding.poses), (Outcome::Fits, 1));
    assert!(finding.besides().count() > 5, "{finding:#?}");
    assert!(
        finding
            .advice()
            .unwrap()
            .starts_with("the sensor was held in one pose: hold")
    );
    let finding = find(&near, &options, None);
    assert_eq!((finding.outcome, finding.poses), (Outcome::Fits, 1));
    assert!(finding.advice().is_some());
    near.accel_m_s2 = None;
    let finding = find(&near, &options, None);
    assert_eq!(finding.outcome, Outcome::CannotTell);
    assert!(
        finding
            .advice()
            .unwrap()
            .contains("with accelerometer or gyroscope")
    );
}

#[test]
fn the_gyroscope_alone_tells_the_direction() {
    let conjugated = Convention {
        conjugate: true,
        ..Convention::default()
    };
    let mut sensor = written(&held(&poses()), conjugated);
    sensor.accel_m_s2 = None;
    let finding = find(&sensor, &ReadOptions::default(), None);
    assert_eq!(finding.outcome, Outcome::OtherFits);
    assert_eq!(finding.instead()[0].options(), ["--conjugate"]);
    assert!(finding.besides().next().is_none(), "{finding:#?}");
}

/// Software that sets the orientation to zero in a pose of the user's loses the vertical.
#[test]
fn an_orientation_that_was_reset_is_not_level() {
    let mut sensor = held(&poses());
    let tilted = *UnitQuaternion::from_scaled_axis(Vector3::new(0.5, 0.2, 0.0));
    for q in sensor.earth_from_sensor.as_mut().unwrap() {
        *q = tilted * *q;
    }
    let finding = find(&sensor, &ReadOptions::default(), None);
    assert_eq!(finding.outcome, Outcome::NothingFits);
    let unlevel_deg = finding.unlevel_deg.unwrap();
    assert!((unlevel_deg - 30.9).abs() < 1.0, "{unlevel_deg}");
}

#[test]
fn faults_are_said_with_their_place() {
    let settings = simulate::Settings::default();
    let mut recording = simulate::simulate(&settings).unwrap().recording;
    let sensor = &mut recording.sensors[0];
    let start = sensor.time_s.partition_point(|time_s| *time_s < 2.5);
    for q in &mut sensor.earth_from_sensor.as_mut().unwrap()[start..start + 25] {
        *q = Quaternion::new(0.0, 0.0, 0.0, 0.0);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zeros.csv");
    std::fs::write(&path, write::native_csv(&recording)).unwrap();
    let found = check(&path, &[]);
    assert_eq!(found.code, 1, "{found:?}");
    let seconds = 25.0 / settings.rate_hz;
    let words = format!("zero_quaternion (1, {seconds:.2} s, first at 2.50 s): all four");
    assert!(found.out.contains(&words), "{}", found.out);
    assert!(
        found.out.contains("  result        mind the faults\n"),
        "{}",
        found.out
    );
    let json = check(&path, &["--json".to_owned()]).json();
    assert_eq!(
        json[0]["sensors"][0]["faults"][0]["code"],
        "zero_quaternion"
    );
    assert_eq!(json[0]["wrong"], true);
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (bad, good) = (
        folder.path().join("bad.csv"),
        folder.path().join("good.csv"),
    );
    std::fs::write(&bad, "hello").unwrap();
    assert_eq!(check(&bad, &[]).code, 2);
    std::fs::write(&good, format!("{}0,1,0,0,0\n", support::HEADER)).unwrap();
    assert_eq!(check(&good, &[]).code, 0);
    assert_eq!(run(&["check", word(&bad), word(&good)]).code, 1);
    let unused = run(&["check", word(&good), "--first-up", "+z"]);
    assert!(unused.err.contains("no pose was held still"), "{unused:?}");
    let ran = run(&["check", word(&good), "--first-up", "sideways"]);
    assert!(
        ran.code == 2 && ran.err.contains("an axis is one of +x"),
        "{ran:?}"
    );
}
