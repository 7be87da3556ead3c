//! Parts of a session that are no plain ROM: the flexion-rotation test, and finding neutral again.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use neckrom::movement::Movement;
use neckrom::pipeline::{self, Analysis};
use neckrom::sample::{Event, Recording, SensorPlace, SensorSamples};

const RATE_HZ: f64 = 50.0;

/// A head sensor with X forward and Z up, moved from one position to the next.
#[derive(Default)]
struct Subject {
    /// How far the body leans back, the neck bends forward, and the head turns left; degrees.
    now_deg: [f64; 3],
    quaternions: Vec<Quaternion<f64>>,
    events: Vec<Event>,
}

impl Subject {
    fn time_s(&self) -> f64 {
        self.quaternions.len() as f64 / RATE_HZ
    }

    fn sample(&mut self, [lean_deg, bend_deg, turn_deg]: [f64; 3]) {
        let about = |axis, deg: f64| UnitQuaternion::from_axis_angle(&axis, deg.to_radians());
        let q = about(Vector3::y_axis(), -lean_deg)
            * about(Vector3::y_axis(), bend_deg)
            * about(Vector3::z_axis(), turn_deg);
        self.quaternions.push(*q.quaternion());
    }

    /// Moves there smoothly in 1.5 s, and rests for a second.
    fn to(&mut self, there_deg: [f64; 3]) {
        self.move_in(75, there_deg);
    }

    /// The same in so many samples.
    fn move_in(&mut self, samples: u32, there_deg: [f64; 3]) {
        let from_deg = self.now_deg;
        for k in 0..samples {
            let passed = f64::from(k) / f64::from(samples);
            let share = 0.5 - 0.5 * (std::f64::consts::PI * passed).cos();
            let at = |n: usize| from_deg[n] + share * (there_deg[n] - from_deg[n]);
            self.sample([at(0), at(1), at(2)]);
        }
        self.now_deg = there_deg;
        for _ in 0..50 {
            self.sample(there_deg);
        }
    }

    fn named(&mut self, name: &str, act: impl FnOnce(&mut Self)) {
        let onset_s = self.time_s();
        act(self);
        self.events.push(Event {
            onset_s,
            duration_s: self.time_s() - onset_s,
            name: name.to_owned(),
        });
    }

    fn analyzed(self) -> Analysis {
        let n = self.quaternions.len();
        let mut recording = Recording::of_one(SensorSamples {
            place: Some(SensorPlace::Head),
            time_s: (0..n).map(|k| k as f64 / RATE_HZ).collect(),
            earth_from_sensor: Some(self.quaternions),
            ..SensorSamples::default()
        });
        recording.about.events = self.events;
        let settings = pipeline::Settings {
            mount: Some("+x,+z".parse().unwrap()),
            ..pipeline::Settings::default()
        };
        pipeline::analyze(recording.clone(), &settings).unwrap()
    }
}

/// Sits, then lies, and is bent forward by 55 degrees and turned three times to each side.
#[test]
fn the_flexion_rotation_test_is_measured_about_the_head_from_where_it_was_bent() {
    let mut subject = Subject::default();
    subject.named("neutral", |subject| subject.to([0.0; 3]));
    subject.to([90.0, 0.0, 0.0]);
    for (name, turn_deg) in [("right", -38.0), ("left", 44.0)] {
        subject.named(&format!("flexion_rotation_{name}"), |subject| {
            subject.to([90.0, 55.0, 0.0]);
            for miss_deg in [0.0, 1.0, -1.0] {
                subject.to([90.0, 55.0, turn_deg + miss_deg]);
                subject.to([90.0, 55.0, 0.0]);
            }
        });
        subject.to([90.0, 0.0, 0.0]);
    }
    let analysis = subject.analyzed();
    let found: Vec<(Movement, usize, f64)> = analysis
        .flexion_rotation
        .iter()
        .map(|rom| (rom.movement, rom.n, rom.mean_rad.unwrap().to_degrees()))
        .collect();
    assert_eq!(found.len(), 2, "{found:?}");
    for (found, wanted_deg) in found.iter().zip([44.0, 38.0]) {
        assert!(
            found.1 == 3 && (found.2 - wanted_deg).abs() < 0.2,
            "{found:?}"
        );
    }
    let rotation = analysis.movements[Movement::RotationLeft as usize];
    assert_eq!(rotation.n, 0, "it is not the ROM of a sitting neck");
}

#[test]
fn a_session_without_such_parts_has_no_such_results() {
    let mut subject = Subject::default();
    subject.to([0.0; 3]);
    subject.to([0.0, 40.0, 0.0]);
    subject.to([0.0; 3]);
    let analysis = subject.analyzed();
    assert_eq!(analysis.movements[0].n, 1);
    assert!(analysis.flexion_rotation.is_empty() && analysis.repositioning.is_empty());
}

/// Comes back three degrees too far, a degree short, and so on; from where it is, not from the start.
#[test]
fn repositioning_is_told_from_the_position_that_was_left() {
    let misses_deg = [3.0, -1.0, 2.0, 0.0, 4.0, 1.0];
    let mut subject = Subject::default();
    for _ in 0..2 {
        subject.to([0.0; 3]);
    }
    subject.named("reposition_rotation_right", |subject| {
        for miss_deg in misses_deg {
            subject.to([0.0, 0.0, -60.0]);
            subject.to([0.0, 0.0, miss_deg]);
            // With open eyes it finds its place again, at once.
            subject.move_in(10, [0.0; 3]);
        }
    });
    let analysis = subject.analyzed();
    assert_eq!(analysis.repositioning.len(), 1);
    let found = &analysis.repositioning[0];
    assert_eq!((found.movement, found.n), (Movement::RotationRight, 6));
    let drift_deg = 0.5;
    for (name, rad, wanted_deg) in [
        ("constant", found.constant_rad, 1.5),
        ("absolute", found.absolute_rad, 11.0 / 6.0),
        ("variable", found.variable_rad.unwrap(), 1.871),
        ("total", found.total_rad, 11.0 / 6.0),
    ] {
        let deg = rad.to_degrees();
        assert!(
            (deg - wanted_deg).abs() < drift_deg,
            "{name}: {deg}, not {wanted_deg}"
        );
    }
}
