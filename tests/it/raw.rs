//! Recordings without orientation: gyroscope and accelerometer alone, fused here.

use nalgebra::{UnitQuaternion, Vector3};
use neckrom::movement::Movement;
use neckrom::orientation::OrientationError;
use neckrom::orientation::fuse::{FuseSettings, Fusion, Source};
use neckrom::pipeline::{self, Analysis, Settings};
use neckrom::sample::Recording;
use neckrom::simulate::{self, Channels, Simulated};
use neckrom::warning::Warning;
use serde_json::Value;

use crate::support::{run, word};

/// A short session of flexion and rotation to the left, with a gyroscope bias.
fn raw(rate_hz: f64) -> simulate::Settings {
    simulate::Settings {
        rate_hz,
        channels: Channels::Raw,
        movements: vec![Movement::Flexion, Movement::RotationLeft],
        practice: 0,
        hold_s: 1.0,
        gyro_bias_deg_s: [0.4, -0.5, 0.3],
        crooked_deg: [8.0, 15.0, -10.0],
        ..simulate::Settings::default()
    }
}

fn simulated(settings: &simulate::Settings) -> Simulated {
    simulate::simulate(settings).unwrap()
}

fn analyzed(recording: &Recording) -> Analysis {
    pipeline::analyze(recording.clone(), &Settings::default()).unwrap()
}

/// The largest error of a mean ROM of the two movements, degrees; all repetitions were found.
#[track_caller]
fn largest_error_deg(simulated: &Simulated) -> f64 {
    let analysis = analyzed(&simulated.recording);
    let errors = [Movement::Flexion, Movement::RotationLeft].map(|movement| {
        let rom = &analysis.movements[movement as usize];
        assert_eq!(rom.n, 3, "{movement:?}: {:?}", analysis.repetitions);
        let truth_deg = simulated.truth.mean_peak_deg(movement).unwrap();
        (rom.mean_rad.unwrap().to_degrees() - truth_deg).abs()
    });
    errors[0].max(errors[1])
}

#[test]
fn rates_from_10_to_2000_hz() {
    // At 10 Hz the end ranges fall between samples, and the low-pass is left out.
    for (rate_hz, limit_deg) in [(10.0, 2.0), (25.0, 1.0), (100.0, 0.5), (2000.0, 0.5)] {
        let error_deg = largest_error_deg(&simulated(&raw(rate_hz)));
        assert!(error_deg < limit_deg, "{error_deg}° at {rate_hz} Hz");
    }
}

#[test]
fn a_sensor_upside_down_or_on_its_side() {
    let turns = [
        Vector3::x() * std::f64::consts::PI,
        Vector3::y() * std::f64::consts::FRAC_PI_2,
    ];
    for turn in turns {
        let mut simulated = simulated(&raw(100.0));
        let turn = UnitQuaternion::from_scaled_axis(turn);
        let sensor = &mut simulated.recording.sensors[0];
        let channels = [&mut sensor.gyro_rad_s, &mut sensor.accel_m_s2];
        for v in channels.into_iter().flatten().flatten() {
            *v = turn * *v;
        }
        let error_deg = largest_error_deg(&simulated);
        assert!(error_deg < 0.5, "{error_deg}° turned by {turn}");
    }
}

#[test]
fn exactly_upside_down_without_noise() {
    let n = 3000;
    let recording = Recording {
        sensors: vec![neckrom::sample::SensorSamples {
            place: Some(neckrom::sample::SensorPlace::Head),
            time_s: (0..n).map(|k| f64::from(k) / 100.0).collect(),
            gyro_rad_s: Some(vec![Vector3::zeros(); n as usize]),
            accel_m_s2: Some(vec![Vector3::new(0.0, 0.0, -9.81); n as usize]),
            ..Default::default()
        }],
        ..Recording::default()
    };
    let analysis = analyzed(&recording);
    assert!(analysis.repetitions.is_empty());
    let up = analysis
        .head
        .segment_from_sensor
        .inverse()
        .apply(&Vector3::y());
    assert!((up + Vector3::z()).norm() < 1e-6, "{up}");
}

#[test]
fn gaps_and_what_is_no_number_are_survived_and_said() {
    let mut simulated = simulated(&raw(100.0));
    let sensor = &mut simulated.recording.sensors[0];
    // Not a number in still times; a gap of 0.6 s in the first still time, whose rest is long enough.
    sensor.gyro_rad_s.as_mut().unwrap()[120] = Vector3::repeat(f64::NAN);
    sensor.accel_m_s2.as_mut().unwrap()[130].x = f64::INFINITY;
    for t in &mut sensor.time_s[60..] {
        *t += 0.6;
    }
    let analysis = analyzed(&simulated.recording);
    assert_eq!(analysis.warnings.count(Warning::MissingValue), 2);
    assert_eq!(analysis.warnings.count(Warning::Gap), 1);
    let error_deg = largest_error_deg(&simulated);
    assert!(error_deg < 0.5, "{error_deg}");
}

#[test]
fn a_movement_with_too_many_holes_is_left_out() {
    let mut simulated = simulated(&raw(100.0));
    let second = simulated.truth.repetitions[4];
    let sensor = &mut simulated.recording.sensors[0];
    let gyro = sensor.gyro_rad_s.as_mut().unwrap();
    for (k, t) in sensor.time_s.iter().enumerate() {
        if (second.start_s..second.end_s).contains(t) && k % 10 == 0 {
            gyro[k].y = f64::NAN;
        }
    }
    let analysis = analyzed(&simulated.recording);
    let left_out: Vec<_> = analysis
        .repetitions
        .iter()
        .filter(|r| r.left_out == Some(neckrom::movement::LeftOut::BadSamples))
        .collect();
    assert_eq!(left_out.len(), 1);
    assert!((left_out[0].start_s - second.start_s).abs() < 0.5);
    let counted = analysis.warnings.iter();
    let counted = counted.filter(|c| c.warning == Warning::BadSamples);
    assert!(counted.map(|c| c.seconds).sum::<f64>() > 1.0);
}

#[test]
fn without_an_accelerometer_it_says_what_is_needed() {
    let mut simulated = simulated(&raw(100.0));
    simulated.recording.sensors[0].accel_m_s2 = None;
    let refused = pipeline::analyze(simulated.recording.clone(), &Settings::default()).unwrap_err();
    assert!(matches!(refused, OrientationError::NoOrientation { .. }));
    let message = refused.to_string();
    assert!(
        message.contains("only gyroscope") && message.contains("accelerometer, are needed"),
        "{message}"
    );
}

#[test]
fn fused_and_device_orientation_give_the_same_rom() {
    let settings = simulate::Settings {
        channels: Channels::Both,
        ..raw(100.0)
    };
    let simulated = simulated(&settings);
    let device = analyzed(&simulated.recording);
    assert_eq!(device.head_source, Source::Device);
    for fusion in [Fusion::Offline, Fusion::Online] {
        let settings = Settings {
            fuse: FuseSettings {
                fusion: Some(fusion),
                magnetometer: false,
            },
            ..Settings::default()
        };
        let fused = pipeline::analyze(simulated.recording.clone(), &settings).unwrap();
        assert_eq!(fused.head_source, Source::Fused(fusion));
        for (a, b) in device.movements.iter().zip(&fused.movements) {
            assert_eq!(a.n, b.n);
            let (Some(a), Some(b)) = (a.mean_rad, b.mean_rad) else {
                continue;
            };
            assert!((a - b).to_degrees().abs() < 0.7, "{fusion:?}: {a} {b}");
        }
    }
}

#[test]
fn fusing_is_asked_for_on_the_command_line() {
    const BOTH: &str = "sample_data/sub-01/ses-02";
    let json = |words: &[&str]| -> Value {
        let ran = run(words);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.json()
    };
    let fused = json(&["analyze", "--json", "--fuse", "offline", BOTH]);
    assert_eq!(
        fused[0]["recording"]["sensors"][0]["orientation"],
        "fused_offline"
    );
    let refused = run(&["analyze", "--magnetometer", BOTH]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.err.contains("magnetometer are needed"),
        "{}",
        refused.err
    );

    let inspected = json(&["inspect", "--json", BOTH]);
    let off_deg = inspected[0]["sensors"][0]["fused_inclination_deg"].as_f64();
    assert!((0.0..1.0).contains(&off_deg.unwrap()), "{off_deg:?}");

    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("fused.csv");
    let input = format!("{BOTH}/sub-01_ses-02_task-protocol_motion.csv");
    let words = ["convert", &input, "--fuse", "online", "--out", word(&out)];
    assert_eq!(run(&words).code, 0);
    let converted = json(&["analyze", "--json", word(&out)]);
    let online = json(&["analyze", "--json", "--fuse", "online", BOTH]);
    let mean_deg = |value: &Value, k: usize| value[0]["movements"][k]["mean_deg"].as_f64();
    for k in 0..6 {
        let off_deg = mean_deg(&converted, k).unwrap() - mean_deg(&online, k).unwrap();
        assert!(off_deg.abs() < 0.01, "{off_deg}");
    }
}
