//! Clocks of simulated pairs, against their truth.

use std::ops::Range;

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use neckrom::movement::Movement;
use neckrom::orientation::OrientationError;
use neckrom::orientation::clean;
use neckrom::orientation::clock::{self, EvenSamples};
use neckrom::orientation::synchronise::{Correlation, find, on_head_clock};
use neckrom::pipeline;
use neckrom::sample::Clocks;
use neckrom::simulate::{Channels, Settings, TrueClocks, TrunkClock, simulate};
use neckrom::warning::{Warning, Warnings};

use crate::score::Score;

/// Two clocks, a trunk that follows by some per cent, and a short protocol.
fn settings(seed: u64) -> Settings {
    Settings {
        channels: Channels::Quaternion,
        practice: 0,
        rate_hz: 50.0,
        ..Settings::random_raw(2 * seed + 1)
    }
}

fn with_clock(seed: u64, error_ppm: f64, offset_s: f64) -> Settings {
    Settings {
        trunk_clock: Some(TrunkClock {
            error_ppm,
            offset_s,
        }),
        ..settings(seed)
    }
}

/// Head, trunk, and how their clocks relate.
fn pair(settings: &Settings) -> (EvenSamples, EvenSamples, TrueClocks) {
    let simulated = simulate(settings).unwrap();
    let mut warnings = Warnings::default();
    let mut sensors = simulated.recording.sensors.into_iter();
    let mut next = || {
        clock::even(
            sensors.next().unwrap(),
            clean::Channels::Quaternions,
            0.1,
            &mut warnings,
        )
        .unwrap()
    };
    (next(), next(), simulated.truth.clocks.unwrap())
}

/// Largest error of the head's time anywhere in the trunk's recording, ms; and that of the skew, ppm.
fn errors(found: &Correlation, trunk: &EvenSamples, truth: &TrueClocks) -> (f64, f64) {
    let off = |t: &f64| found.head_s(*t) - (truth.offset_s + (1.0 + truth.skew_ppm * 1e-6) * t);
    let ends = [trunk.time_s.first().unwrap(), trunk.time_s.last().unwrap()];
    let most_s = ends.map(|t| off(t).abs()).into_iter().fold(0.0, f64::max);
    (most_s * 1e3, (found.skew * 1e6 - truth.skew_ppm).abs())
}

#[track_caller]
fn assert_found(settings: &Settings, within_ms: f64, within_ppm: f64) {
    let (head, trunk, truth) = pair(settings);
    let found = find(&head, &trunk).unwrap();
    let (ms, ppm) = errors(&found, &trunk, &truth);
    assert!(
        ms < within_ms && ppm < within_ppm,
        "{ms:.2} ms, {ppm:.1} ppm: {found:?} {truth:?}"
    );
}

#[track_caller]
fn assert_refused(head: &EvenSamples, trunk: &EvenSamples, why: &str) {
    match find(head, trunk) {
        Err(OrientationError::ClocksUnknown { reason }) => {
            assert!(reason.contains(why), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn ten_pairs_within_two_milliseconds_and_twenty_ppm() {
    for seed in 0..10 {
        let whole = Settings {
            practice: 2,
            rate_hz: 100.0,
            ..settings(seed)
        };
        assert_found(&whole, 2.0, 20.0);
    }
}

#[test]
fn it_does_not_matter_which_sensor_starts_first_or_how_far_apart() {
    assert_found(&with_clock(1, 300.0, 1.7), 3.0, 20.0);
    assert_found(&with_clock(1, 300.0, -1.7), 3.0, 20.0);
    assert_found(&with_clock(2, -50.0, 45.0), 5.0, 50.0);
    assert_found(&with_clock(2, -50.0, -300.0), 5.0, 20.0);
}

#[test]
fn clocks_may_run_far_apart() {
    assert_found(&with_clock(3, 2000.0, 0.4), 3.0, 20.0);
    assert_found(&with_clock(4, -2000.0, -0.4), 3.0, 20.0);
}

#[test]
fn a_recording_longer_than_one_part_is_followed_to_its_ends() {
    let long = Settings {
        recorded: 13,
        ..with_clock(5, 2000.0, 1.0)
    };
    assert_found(&long, 3.0, 5.0);
}

#[test]
fn one_movement_alone_is_enough() {
    let alone = Settings {
        movements: vec![Movement::SideBendLeft],
        recorded: 5,
        ..settings(6)
    };
    assert_found(&alone, 10.0, 200.0);
}

#[test]
fn heading_that_drifts_apart_does_not_matter() {
    let drifting = Settings {
        heading_drift_deg_min: 15.0,
        trunk_heading_drift_deg_min: -15.0,
        ..settings(7)
    };
    assert_found(&drifting, 3.0, 20.0);
}

#[test]
fn rates_may_differ() {
    let (head, _, truth) = pair(&Settings {
        rate_hz: 100.0,
        ..settings(8)
    });
    let (_, trunk, _) = pair(&Settings {
        rate_hz: 60.0,
        ..settings(8)
    });
    let (ms, ppm) = errors(&find(&head, &trunk).unwrap(), &trunk, &truth);
    assert!(ms < 3.0 && ppm < 20.0, "{ms} {ppm}");
}

/// Without the samples of a stretch of time.
fn without(samples: &EvenSamples, gap_s: Range<f64>) -> EvenSamples {
    let keep: Vec<usize> = (0..samples.time_s.len())
        .filter(|&k| !gap_s.contains(&samples.time_s[k]))
        .collect();
    let first_after = keep
        .iter()
        .position(|&k| samples.time_s[k] >= gap_s.end)
        .unwrap();
    EvenSamples {
        rate_hz: samples.rate_hz,
        time_s: keep.iter().map(|&k| samples.time_s[k]).collect(),
        earth_from_sensor: keep.iter().map(|&k| samples.earth_from_sensor[k]).collect(),
        segments: vec![0..first_after, first_after..keep.len()],
        ..EvenSamples::default()
    }
}

#[test]
fn gaps_in_either_sensor_are_passed_over() {
    let (head, trunk, truth) = pair(&settings(9));
    let (head, trunk) = (without(&head, 30.0..47.0), without(&trunk, 60.0..71.5));
    let (ms, ppm) = errors(&find(&head, &trunk).unwrap(), &trunk, &truth);
    assert!(ms < 3.0 && ppm < 20.0, "{ms} {ppm}");
}

#[test]
fn without_common_movement_it_is_refused() {
    for seed in 0..4 {
        let (head, trunk, _) = pair(&Settings {
            trunk_follows: 0.0,
            ..settings(seed)
        });
        assert_refused(&head, &trunk, "too little movement in common");
    }
}

#[test]
fn the_trunk_of_another_recording_is_refused() {
    for seed in 0..6 {
        let (head, _, _) = pair(&settings(seed));
        let (_, trunk, _) = pair(&settings(seed + 100));
        assert_refused(&head, &trunk, "");
    }
}

/// Turns a sensor about earth's X by an angle (radians) that depends on time.
fn turned(samples: &EvenSamples, angle_rad: impl Fn(f64) -> f64) -> EvenSamples {
    let mut turned = samples.clone();
    for (q, t) in turned.earth_from_sensor.iter_mut().zip(&samples.time_s) {
        let turn = UnitQuaternion::from_axis_angle(&Vector3::x_axis(), angle_rad(*t));
        let [w, x, y, z] = *q;
        let both = turn * UnitQuaternion::from_quaternion(Quaternion::new(w, x, y, z));
        *q = [both.w, both.i, both.j, both.k];
    }
    turned
}

/// Three turns and back from `start_s` on, 0.7, 0.9 and 1.2 s long.
fn three_turns(start_s: f64, t: f64) -> f64 {
    let turns = [(0.0, 0.7), (0.9, 0.9), (2.0, 1.2)];
    let bump = |(from, length): (f64, f64)| {
        let share = (t - start_s - from) / length;
        let inside = (0.0..1.0).contains(&share);
        f64::from(u8::from(inside)) * (std::f64::consts::PI * share).sin().powi(2)
    };
    turns.map(bump).iter().sum()
}

#[test]
fn turning_both_sensors_at_start_and_end_is_enough_and_at_the_start_alone_is_not() {
    let apart = Settings {
        trunk_follows: 0.0,
        nods: 0,
        ..settings(10)
    };
    let (head, trunk, truth) = pair(&apart);
    let end_s = head.time_s.last().unwrap() - 6.0;
    let start = |t: f64| 0.8 * three_turns(0.2, t);
    let both = |t: f64| start(t) + 0.8 * three_turns(end_s, t);
    let on_head = |t: f64| truth.offset_s + (1.0 + truth.skew_ppm * 1e-6) * t;
    let once = find(
        &turned(&head, start),
        &turned(&trunk, |t| start(on_head(t))),
    );
    assert!(once.is_err(), "{once:?}");
    let twice = find(&turned(&head, both), &turned(&trunk, |t| both(on_head(t))));
    let (ms, _) = errors(&twice.unwrap(), &trunk, &truth);
    assert!(ms < 10.0, "{ms}");
}

/// A sensor that swings with a period, and is otherwise still.
fn swinging(n: usize, period_s: f64) -> EvenSamples {
    let time_s: Vec<f64> = (0..n).map(|k| k as f64 / 50.0).collect();
    let still = EvenSamples {
        rate_hz: 50.0,
        earth_from_sensor: vec![[1.0, 0.0, 0.0, 0.0]; n],
        time_s,
        segments: vec![0..n],
        ..EvenSamples::default()
    };
    turned(&still, |t| {
        0.3 * (std::f64::consts::TAU * t / period_s).sin()
    })
}

#[test]
fn movement_that_repeats_itself_is_refused() {
    let swinging = swinging(3000, 2.0);
    assert_refused(&swinging, &swinging, "more than one offset");
}

#[test]
fn what_is_still_short_or_nearly_all_gap_is_refused() {
    let still = swinging(1000, f64::INFINITY);
    assert_refused(&still, &still, "");
    let short = swinging(3, 2.0);
    assert_refused(&short, &short, "");
    let (head, mut trunk, _) = pair(&settings(11));
    assert_refused(&head, &EvenSamples::default(), "");
    let last = trunk.time_s.len() - 100;
    trunk.segments = vec![0..last, last..last + 100];
    trunk.time_s[last..].iter_mut().for_each(|t| *t += 1e12);
    assert_refused(&head, &trunk, "gaps");
}

#[test]
fn rom_is_as_right_as_with_one_clock() {
    let (mut one, mut two) = (Score::default(), Score::default());
    for seed in 0..5 {
        one.add_simulated(&Settings {
            trunk_clock: None,
            ..settings(seed)
        });
        two.add_simulated(&settings(seed));
    }
    assert_eq!((one.mistakes(), two.mistakes()), (0, 0));
    assert_eq!(one.repetitions, two.repetitions);
    let pairs = one.errors_deg.iter().zip(&two.errors_deg);
    let apart = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(apart < 0.1, "{apart}");
}

#[test]
fn two_clocks_taken_for_one_are_not_moved() {
    let mut recording = simulate(&settings(13)).unwrap().recording;
    recording.clocks = Clocks::Shared;
    let analysis = pipeline::analyze(recording.clone(), &pipeline::Settings::default()).unwrap();
    assert_eq!(analysis.timing.unwrap().name(), "shared_clock");
    assert_eq!(analysis.warnings.count(Warning::ClocksCorrelated), 0);
}

#[test]
fn only_separate_clocks_are_moved_and_that_is_said() {
    let (head, trunk, truth) = pair(&settings(12));
    for clocks in [Clocks::Shared, Clocks::Counted] {
        let mut warnings = Warnings::default();
        let (same, timing) = on_head_clock(clocks, &head, trunk.clone(), &mut warnings).unwrap();
        assert_eq!(same, trunk);
        assert!(warnings.is_empty() && timing.correlation().is_none());
    }
    let mut warnings = Warnings::default();
    let (moved, timing) =
        on_head_clock(Clocks::Separate, &head, trunk.clone(), &mut warnings).unwrap();
    assert_eq!(warnings.count(Warning::ClocksCorrelated), 1);
    let found = timing.correlation().unwrap();
    assert!((found.offset_s - truth.offset_s).abs() < 3e-3);
    let rate_hz = 1.0 / (moved.time_s[1] - moved.time_s[0]);
    assert!((moved.rate_hz - rate_hz).abs() < 1e-6 * rate_hz);
}
