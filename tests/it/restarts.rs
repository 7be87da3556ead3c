//! A sensor that starts anew in mid-recording has another heading since. Nothing else may change: no
//! repetition, no ROM, and no drift that was not there.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use neckrom::movement::Movement;
use neckrom::pipeline::{self, Analysis};
use neckrom::sample::{Clocks, Event, Recording, SensorPlace};
use neckrom::simulate::{self, Simulated};

/// What is done to a sensor in the middle of a rest.
struct Restart {
    place: SensorPlace,
    turned_deg: f64,
    /// Samples that are missing, seconds.
    away_s: f64,
    /// It is written down.
    marked: bool,
}

fn simulated(seed: u64) -> Simulated {
    let settings = simulate::Settings {
        rate_hz: 50.0,
        trunk: true,
        heading_drift_deg_min: 2.0,
        ..simulate::Settings::random(seed)
    };
    simulate::simulate(&settings).unwrap()
}

fn analyzed(recording: &Recording) -> Analysis {
    pipeline::analyze(recording.clone(), &pipeline::Settings::default()).unwrap()
}

/// The middle of the rest before the repetition in the middle.
fn rest_s(analysis: &Analysis) -> f64 {
    let all = &analysis.repetitions;
    let middle = all.len() / 2;
    f64::midpoint(all[middle - 1].end_s, all[middle].start_s)
}

impl Restart {
    fn of(&self, recording: &Recording, at_s: f64) -> Recording {
        let mut recording = recording.clone();
        let turn =
            UnitQuaternion::from_axis_angle(&Vector3::z_axis(), self.turned_deg.to_radians());
        let sensors = recording.sensors.iter_mut();
        for sensor in sensors.filter(|sensor| sensor.place == Some(self.place)) {
            let all = sensor.earth_from_sensor.as_mut().unwrap();
            for (q, &time_s) in all.iter_mut().zip(&sensor.time_s) {
                *q = match time_s {
                    t if t >= at_s => turn.quaternion() * *q,
                    t if t >= at_s - self.away_s => Quaternion::new(f64::NAN, 0.0, 0.0, 0.0),
                    _ => *q,
                };
            }
        }
        if self.marked {
            recording.about.events.push(Event {
                onset_s: at_s,
                duration_s: 0.0,
                name: "restart".to_owned(),
            });
        }
        recording
    }
}

fn drift_deg_min(analysis: &Analysis) -> f64 {
    let drift = analysis.drift.as_ref().expect("there are many returns");
    drift.slope_rad_s.to_degrees() * 60.0
}

fn same(a: &Analysis, b: &Analysis, what: &str) {
    for movement in Movement::ALL {
        let [(n, there), (m, here)] = [a, b].map(|one| {
            let rom = one.movements[movement as usize];
            (rom.n, rom.mean_rad.expect("each is found").to_degrees())
        });
        assert_eq!(n, m, "{what}: {movement:?}");
        assert!(
            (there - here).abs() < 0.3,
            "{what}: {movement:?}: {there} {here}"
        );
    }
    let (there, here) = (drift_deg_min(a), drift_deg_min(b));
    assert!((there - here).abs() < 1.0, "{what}: {there} {here} deg/min");
}

#[test]
fn a_restart_changes_no_rom_and_makes_no_drift() {
    for seed in 0..4 {
        let simulated = simulated(seed);
        let whole = analyzed(&simulated.recording);
        for place in [SensorPlace::Head, SensorPlace::Trunk] {
            // With a pause, as a pulled plug leaves it; the heading alone, as a reset leaves it.
            for (turned_deg, away_s, marked) in [(100.0, 0.5, true), (-140.0, 0.0, false)] {
                let restart = Restart {
                    place,
                    turned_deg,
                    away_s,
                    marked,
                };
                let recording = restart.of(&simulated.recording, rest_s(&whole));
                let what = format!("seed {seed}, {}, {turned_deg}", place.name());
                same(&whole, &analyzed(&recording), &what);
            }
        }
    }
}

#[test]
fn without_a_mark_a_pause_is_a_pause() {
    let simulated = simulated(3);
    let whole = analyzed(&simulated.recording);
    let pause = Restart {
        place: SensorPlace::Head,
        turned_deg: 0.0,
        away_s: 0.5,
        marked: false,
    };
    let recording = pause.of(&simulated.recording, rest_s(&whole));
    same(&whole, &analyzed(&recording), "a pause");
}

/// A mark stands on the recording's clock, which is the head sensor's.
#[test]
fn a_trunk_sensor_with_a_clock_of_its_own_restarts_when_the_recording_says() {
    const LATER_S: f64 = 40.0;
    let own_clock = |mut recording: Recording| {
        recording.clocks = Clocks::Separate;
        let trunk = recording.sensors.iter_mut();
        for sensor in trunk.filter(|sensor| sensor.place == Some(SensorPlace::Trunk)) {
            sensor
                .time_s
                .iter_mut()
                .for_each(|time_s| *time_s += LATER_S);
        }
        recording
    };
    let simulated = simulated(1);
    let whole = analyzed(&own_clock(simulated.recording.clone()));
    let restart = Restart {
        place: SensorPlace::Trunk,
        turned_deg: 100.0,
        away_s: 0.5,
        marked: true,
    };
    let restarted = restart.of(&simulated.recording, rest_s(&whole));
    same(
        &whole,
        &analyzed(&own_clock(restarted)),
        "a clock of its own",
    );
}
