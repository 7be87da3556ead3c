//! What is refused before an angle is computed, and what never is.

use std::path::{Path, PathBuf};

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use neckrom::read::trust::Trust;
use neckrom::read::{self, ReadError, ReadOptions};
use neckrom::sample::{Recording, SensorSamples};
use neckrom::simulate::{self, Channels, Settings};
use neckrom::warning::{Warning, Warnings};
use neckrom::write;

use crate::support::{self, SAMPLE, run, word};

const DEG: f64 = std::f64::consts::PI / 180.0;
const G: f64 = 9.806_65;

fn simulated(settings: &Settings) -> Recording {
    simulate::simulate(settings).unwrap().recording
}

fn trust(sensor: &SensorSamples) -> Trust {
    Trust::of(0, sensor, &ReadOptions::default())
}

fn warned(trust: &Trust) -> Vec<Warning> {
    let mut warnings = Warnings::default();
    trust.warn(&mut warnings);
    warnings.iter().map(|one| one.warning).collect()
}

/// Neither refused nor warned of.
#[track_caller]
fn is_trusted(recording: &Recording, what: &dyn std::fmt::Debug) {
    for (index, sensor) in recording.sensors.iter().enumerate() {
        let trust = Trust::of(index, sensor, &ReadOptions::default());
        assert_eq!(warned(&trust), [], "{what:?}: {trust:#?}");
        for fused in [false, true] {
            let refusal = trust.refusal(fused);
            assert!(refusal.is_none(), "{what:?}: {refusal:?}");
        }
    }
}

/// Settings of all kinds: any seat of the sensors, drift, bias, noise, lost samples, few digits.
fn scenarios() -> Vec<Settings> {
    let mut all = Vec::new();
    for seed in 0..8 {
        all.push(Settings::random(seed));
        all.push(Settings::random_raw(seed));
        let both = Settings {
            channels: Channels::Both,
            rate_hz: [20.0, 60.0, 100.0, 200.0][seed as usize % 4],
            gyro_bias_deg_s: [2.0, -1.0, 0.5],
            gyro_noise_deg_s_rthz: 0.05,
            accel_noise_ug_rthz: 2000.0,
            quaternion_noise_deg: 0.3,
            quaternion_digits: 3,
            lost: 0.1,
            ..Settings::random(seed)
        };
        all.push(both.clone());
        all.push(Settings {
            crooked_deg: [[170.0, 0.0, 0.0], [0.0, 90.0, 0.0], [60.0, 100.0, -80.0]]
                [seed as usize % 3],
            ..both
        });
    }
    all
}

#[test]
fn no_simulated_recording_is_refused_or_warned_of() {
    for settings in scenarios() {
        is_trusted(&simulated(&settings), &settings);
    }
}

#[test]
fn no_movement_alone_is_refused_or_warned_of() {
    for movement in neckrom::movement::Movement::ALL {
        for channels in [Channels::Both, Channels::Raw] {
            let settings = Settings {
                movements: vec![movement],
                channels,
                nods: 0,
                crooked_deg: [20.0, 10.0, -15.0],
                ..Settings::default()
            };
            is_trusted(&simulated(&settings), &settings);
        }
    }
}

#[test]
fn no_sample_data_is_refused_or_warned_of() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data");
    let found = read::find_recordings(&[folder]);
    assert!(found.recordings.len() > 5);
    for path in found.recordings {
        let options = ReadOptions {
            rate_hz: Some(100.0),
            ..ReadOptions::default()
        };
        let opened = read::open_as_stored(&path, &options).unwrap();
        is_trusted(&opened.recording, &path);
    }
}

/// Real recordings, which are not part of the repository.
#[test]
fn no_real_recording_is_refused() {
    let mut looked_at = 0;
    for folder in ["../shared/samples", "../shared/broad"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        if !folder.is_dir() {
            eprintln!(
                "{} is not there; nothing of it was looked at",
                folder.display()
            );
            continue;
        }
        for path in read::find_recordings(&[folder]).recordings {
            let options = ReadOptions {
                rate_hz: Some(100.0),
                ..ReadOptions::default()
            };
            let Ok(opened) = read::open(&path, &options) else {
                continue;
            };
            looked_at += opened.trust.len();
            for (sensor, trust) in opened.recording.sensors.iter().zip(&opened.trust) {
                let refusal = trust.refusal(sensor.earth_from_sensor.is_none());
                eprintln!("{}: {:?}", path.display(), warned(trust));
                assert!(refusal.is_none(), "{}: {refusal:?}", path.display());
            }
        }
    }
    eprintln!("{looked_at} sensors of real recordings");
}

type Fault = (&'static str, fn(&mut SensorSamples), &'static str);

fn each_q(sensor: &mut SensorSamples, change: impl Fn(Quaternion<f64>) -> Quaternion<f64>) {
    for q in sensor.earth_from_sensor.iter_mut().flatten() {
        *q = change(*q);
    }
}

fn scale(channel: &mut Option<Vec<Vector3<f64>>>, factor: f64) {
    for vector in channel.iter_mut().flatten() {
        *vector *= factor;
    }
}

/// What a file in another convention gives when it is read in the usual one, and what undoes it.
const CONVENTIONS: [Fault; 7] = [
    (
        "conjugate",
        |sensor| each_q(sensor, |q| q.conjugate()),
        "pass --conjugate,",
    ),
    (
        "x, y, z, w taken as w, x, y, z",
        |sensor| each_q(sensor, |q| Quaternion::new(q.i, q.j, q.k, q.w)),
        "pass --quaternion-order xyzw,",
    ),
    (
        "w, x, y, z taken as x, y, z, w",
        |sensor| each_q(sensor, |q| Quaternion::new(q.k, q.w, q.i, q.j)),
        "pass --quaternion-order wxyz,",
    ),
    (
        "left-handed",
        |sensor| each_q(sensor, |q| Quaternion::new(q.w, -q.i, -q.j, q.k)),
        "pass --left-handed",
    ),
    (
        "y up",
        |sensor| {
            let turn = UnitQuaternion::from_axis_angle(&Vector3::x_axis(), -90.0 * DEG);
            each_q(sensor, |q| *turn * q);
        },
        "pass --up y,",
    ),
    (
        "north-east-down",
        |sensor| each_q(sensor, |q| Quaternion::new(0.0, 1.0, 0.0, 0.0) * q),
        "--up -z",
    ),
    (
        "gravity down",
        |sensor| scale(&mut sensor.accel_m_s2, -1.0),
        "pass --gravity down, or",
    ),
];

#[test]
fn every_wrong_convention_is_refused_with_what_undoes_it() {
    for seed in 0..6 {
        let settings = Settings {
            channels: Channels::Both,
            ..Settings::random(seed)
        };
        for (what, inject, undoes) in CONVENTIONS {
            let mut recording = simulated(&settings);
            let sensor = &mut recording.sensors[0];
            inject(sensor);
            let trust = trust(sensor);
            let refusal = trust.refusal(false);
            let Some(error @ ReadError::Misread { .. }) = refusal else {
                panic!("{what}, seed {seed}: {refusal:?} {trust:#?}");
            };
            let said = error.to_string();
            assert!(said.contains(undoes), "{what}, seed {seed}: {said}");
            assert!(said.contains("--as-is"), "{said}");
            let changed = trust.finding.change_deg.unwrap();
            assert!(changed > 30.0, "{what}: {changed}");
            assert_eq!(warned(&trust), [Warning::AccelerometerDisagrees], "{what}");
            assert!(
                trust.refusal(true).is_none(),
                "{what}: fused, it is not used"
            );
        }
    }
}

#[test]
fn a_wrong_unit_of_the_gyroscope_is_refused_where_the_angles_come_from_it() {
    for (seed, channels) in (0..6).flat_map(|seed| [(seed, Channels::Both), (seed, Channels::Raw)])
    {
        let raw = channels == Channels::Raw;
        let settings = if raw {
            Settings::random_raw(seed)
        } else {
            Settings::random(seed)
        };
        let settings = Settings {
            channels,
            ..settings
        };
        for (factor, option) in [(1.0 / DEG, "--gyro-unit deg"), (DEG, "--gyro-unit rad")] {
            let mut recording = simulated(&settings);
            let sensor = &mut recording.sensors[0];
            scale(&mut sensor.gyro_rad_s, factor);
            let trust = trust(sensor);
            let fused = trust.refusal(true).unwrap().to_string();
            assert!(
                fused.contains(&format!("pass {option},")),
                "{seed}: {fused}"
            );
            assert_eq!(trust.refusal(false).is_some(), raw, "{seed}");
            assert_eq!(warned(&trust), [Warning::GyroscopeDisagrees], "{seed}");
        }
    }
}

#[test]
fn an_accelerometer_in_g_is_warned_of_and_changes_no_angle() {
    for channels in [Channels::Both, Channels::Raw] {
        let settings = Settings {
            channels,
            ..Settings::random_raw(2)
        };
        let mut recording = simulated(&settings);
        let sensor = &mut recording.sensors[0];
        let good = neckrom::pipeline::analyze(
            simulated(&settings),
            &neckrom::pipeline::Settings::default(),
        );
        scale(&mut sensor.accel_m_s2, 1.0 / G);
        let trust = trust(sensor);
        assert_eq!(warned(&trust), [Warning::AccelerometerSize]);
        assert!(trust.refusal(false).is_none() && trust.refusal(true).is_none());
        let in_g =
            neckrom::pipeline::analyze(recording.clone(), &neckrom::pipeline::Settings::default());
        for (one, other) in good.unwrap().movements.iter().zip(in_g.unwrap().movements) {
            let (one, other) = (one.mean_rad.unwrap(), other.mean_rad.unwrap());
            assert!((one - other).abs() < 5.0 * DEG, "{one} {other}");
        }
    }
}

#[test]
fn a_gyroscope_without_a_first_value_is_used_all_the_same() {
    let settings = Settings {
        channels: Channels::Both,
        ..Settings::default()
    };
    let mut recording = simulated(&settings);
    let gyro = recording.sensors[0].gyro_rad_s.as_mut().unwrap();
    gyro[0] = Vector3::repeat(f64::NAN);
    let analysis =
        neckrom::pipeline::analyze(recording.clone(), &neckrom::pipeline::Settings::default())
            .unwrap();
    assert_eq!(analysis.warnings.count(Warning::GyroscopeDisagrees), 0);
}

#[test]
fn a_jump_of_the_heading_is_no_rotation() {
    let mut recording = simulated(&Settings::default());
    let good =
        neckrom::pipeline::analyze(recording.clone(), &neckrom::pipeline::Settings::default());
    let sensor = &mut recording.sensors[0];
    // Both in one rest.
    let turn = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), 40.0 * DEG);
    let at = |time_s: f64| sensor.time_s.partition_point(|t| *t < time_s);
    let turned = at(7.3)..at(7.8);
    for q in &mut sensor.earth_from_sensor.as_mut().unwrap()[turned] {
        *q = *turn * *q;
    }
    let jumps =
        neckrom::pipeline::analyze(recording.clone(), &neckrom::pipeline::Settings::default());
    let (good, jumps) = (good.unwrap(), jumps.unwrap());
    assert_eq!(jumps.warnings.count(Warning::HeadingReset), 2);
    for (one, other) in good.movements.iter().zip(&jumps.movements) {
        let (one, other) = (one.mean_rad.unwrap(), other.mean_rad.unwrap());
        assert!((one - other).abs() < 3.0 * DEG, "{one} {other}");
    }
}

#[test]
fn what_the_samples_cannot_tell_is_not_refused() {
    let mut recording = simulated(&Settings::default());
    let sensor = &mut recording.sensors[0];
    each_q(sensor, |q| q.conjugate());
    assert!(trust(sensor).refusal(false).is_none(), "quaternions alone");
    let settings = Settings {
        channels: Channels::Both,
        ..Settings::default()
    };
    let mut still = simulated(&settings);
    let sensor = &mut still.sensors[0];
    let count = sensor.time_s.partition_point(|t| *t < 1.0);
    sensor.time_s.truncate(count);
    sensor.earth_from_sensor.as_mut().unwrap().truncate(count);
    sensor.gyro_rad_s.as_mut().unwrap().truncate(count);
    sensor.accel_m_s2.as_mut().unwrap().truncate(count);
    each_q(sensor, |q| q.conjugate());
    assert!(trust(sensor).refusal(false).is_none(), "a still second");
}

/// A recording in a folder of its own, with quaternions of this kind.
fn written(folder: &Path, inject: fn(&mut SensorSamples)) -> PathBuf {
    let settings = Settings {
        channels: Channels::Both,
        rate_hz: 50.0,
        practice: 0,
        ..Settings::default()
    };
    let mut recording = simulated(&settings);
    inject(&mut recording.sensors[0]);
    let path = folder.join("head.csv");
    std::fs::write(&path, write::native_csv(&recording)).unwrap();
    path
}

#[test]
fn analysis_stops_until_the_user_says_how_to_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), |sensor| each_q(sensor, |q| q.conjugate()));
    let stopped = run(&["analyze", word(&path)]);
    assert_eq!(stopped.code, 2, "{stopped:?}");
    for words in [
        "by its quaternions, gravity is",
        "the angles would differ by up to",
        "pass --conjugate, or pass --as-is",
    ] {
        assert!(stopped.err.contains(words), "{words}: {stopped:?}");
    }
    assert_eq!(run(&["analyze", word(&path), "--conjugate"]).code, 0);
    assert_eq!(run(&["analyze", word(&path), "--fuse", "offline"]).code, 0);
    let insisted = run(&["analyze", "--json", word(&path), "--as-is"]);
    assert_eq!(insisted.code, 0, "{insisted:?}");
    let codes = insisted.json()[0]["warnings"].to_string();
    assert!(codes.contains("accelerometer_disagrees"), "{codes}");
    let out = folder.path().join("out.csv");
    let converted = run(&["convert", word(&path), "--out", word(&out)]);
    assert_eq!(converted.code, 0);
    assert!(converted.err.contains("pass --conjugate"), "{converted:?}");
    let inspected = run(&["inspect", word(&path)]);
    assert_eq!(inspected.code, 0);
    let words = "orientation, failed: by its quaternions, gravity is";
    assert!(inspected.out.contains(words), "{}", inspected.out);
    assert!(
        inspected.out.contains(": pass --conjugate\n"),
        "{}",
        inspected.out
    );
}

#[test]
fn an_option_that_makes_it_wrong_is_refused_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), |_| {});
    let stopped = run(&["analyze", word(&path), "--conjugate"]);
    assert_eq!(stopped.code, 2);
    assert!(
        stopped
            .err
            .contains("leave out --conjugate, or pass --as-is"),
        "{stopped:?}"
    );
}

#[test]
fn one_refused_recording_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), |sensor| each_q(sensor, |q| q.conjugate()));
    let ran = run(&["analyze", word(&path), SAMPLE]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("Flexion"), "{}", ran.out);
}

#[test]
fn times_that_a_spreadsheet_rounded_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rounded.csv");
    let row = |_| "1.57684E+12,1,0,0,0\n";
    let rows: String = (0..500).map(row).collect();
    std::fs::write(&path, format!("epoch (ms),qw,qx,qy,qz\n{rows}")).unwrap();
    let ran = run(&["analyze", word(&path), "--time-unit", "ms"]);
    assert_eq!(ran.code, 2);
    let words = "500 rows have only 1 different times, as when a spreadsheet program";
    assert!(ran.err.contains(words), "{ran:?}");
    let inspected = run(&["inspect", word(&path), "--time-unit", "ms"]);
    assert!(inspected.out.contains("few_times"), "{inspected:?}");
    assert!(support::text(&path).starts_with("epoch"));
}
