//! Whole sessions from the simulator, sample by sample.

use super::*;
use crate::sample::{Event, events_of_marks};
use crate::simulate::{self, RepetitionKind, Simulated};

/// What was told at each time: batches of 20 ms.
fn told(simulated: &Simulated, offset_s: f64) -> Vec<(f64, Told)> {
    let mut all: Vec<(f64, SensorPlace, Sample)> = Vec::new();
    for sensor in &simulated.recording.sensors {
        let place = sensor.place.unwrap();
        // Each sensor's own clock reads what the file says; its bytes arrive in true time.
        let clocks = simulated
            .truth
            .clocks
            .filter(|_| place == SensorPlace::Trunk);
        for (k, &device_s) in sensor.time_s.iter().enumerate() {
            let true_s = clocks.map_or(device_s, |c| {
                c.offset_s + device_s * (1.0 + c.skew_ppm * 1e-6)
            });
            let late_s = 0.002 + 0.003 * ((k % 5) as f64);
            let sample = Sample {
                device_time_s: Some(device_s),
                arrival_s: offset_s + true_s + late_s,
                earth_from_sensor: sensor.earth_from_sensor.as_ref().map(|q| q[k]),
                gyro_rad_s: sensor.gyro_rad_s.as_ref().map(|v| v[k]),
                accel_m_s2: sensor.accel_m_s2.as_ref().map(|v| v[k]),
                ..Sample::default()
            };
            all.push((sample.arrival_s, place, sample));
        }
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter()
        .map(|(at_s, place, sample)| {
            let samples = vec![sample];
            (at_s, Told::Samples { place, samples })
        })
        .collect()
}

/// A session to its end.
fn run(plan: &str, simulated: &Simulated) -> Live {
    let mut live = Live::new(Plan::built_in(plan).unwrap());
    let mut end_s = 0.0;
    for (at_s, told) in told(simulated, 0.5) {
        live.take(&told);
        live.tick(at_s);
        end_s = at_s;
    }
    live.tick(end_s + 0.1);
    live
}

fn worst_error_deg(live: &Live, simulated: &Simulated) -> f64 {
    let mut worst = 0.0_f64;
    for (step, record) in live.plan.steps.iter().zip(&live.records) {
        let kind = if step.kind.counts() {
            RepetitionKind::Recorded
        } else {
            RepetitionKind::Practice
        };
        let Some(movement) = step.kind.movement() else {
            continue;
        };
        let truth: Vec<f64> = simulated
            .truth
            .repetitions
            .iter()
            .filter(|one| one.movement == movement && one.kind == kind)
            .map(|one| one.peak_deg)
            .collect();
        assert_eq!(record.repetitions.len(), truth.len(), "{:?}", step.kind);
        for (made, peak_deg) in record.repetitions.iter().zip(truth) {
            worst = worst.max((made.peak_rad.to_degrees() - peak_deg).abs());
        }
    }
    worst
}

#[test]
fn a_straight_sensor_is_followed_through_the_whole_protocol() {
    let simulated = simulate::simulate(&simulate::Settings::default()).unwrap();
    let live = run("seated", &simulated);
    assert!(live.is_over(), "{:#?}", live.view());
    let worst = worst_error_deg(&live, &simulated);
    assert!(worst < 1.0, "{worst}");
}

#[test]
fn twenty_crooked_subjects_are_counted_right_and_within_three_degrees() {
    let mut worst = 0.0_f64;
    for seed in 0..20 {
        let simulated = simulate::simulate(&simulate::Settings::random(seed)).unwrap();
        let live = run("seated", &simulated);
        assert!(live.is_over(), "seed {seed}: {:#?}", live.view());
        let own = worst_error_deg(&live, &simulated);
        worst = worst.max(own);
    }
    assert!(worst < 3.0, "{worst}");
}

#[test]
fn gyroscope_and_accelerometer_alone_do_as_well() {
    let mut worst = 0.0_f64;
    for seed in 0..20 {
        let simulated = simulate::simulate(&simulate::Settings::random_raw(seed)).unwrap();
        let live = run("seated", &simulated);
        assert!(live.is_over(), "seed {seed}: {:#?}", live.view());
        let own = worst_error_deg(&live, &simulated);
        worst = worst.max(own);
    }
    assert!(worst < 3.0, "{worst}");
}

/// The seated session as it is recorded, with the marks of the plan as its only labels.
fn marked(simulated: &Simulated, plan: &str, offset_s: f64) -> crate::sample::Recording {
    let mut live = run(plan, simulated);
    let marks: Vec<(f64, String)> = live
        .marks()
        .into_iter()
        .map(|mark| (mark.at_s - offset_s, mark.label))
        .collect();
    let mut recording = simulated.recording.clone();
    recording.about.practice = None;
    recording.about.task = None;
    recording.about.events = events_of_marks(&marks, simulated.truth.duration_s);
    recording
}

#[test]
fn an_analysis_finds_the_trials_by_the_marks() {
    for seed in [1, 2, 3] {
        let simulated = simulate::simulate(&simulate::Settings::random(seed)).unwrap();
        let recording = marked(&simulated, "seated", 0.5);
        let names = |name: &str| {
            let own = |e: &&Event| e.name == name && e.duration_s > 0.0;
            recording.about.events.iter().filter(own).count()
        };
        assert_eq!(
            (names("neutral"), names("nods"), names("practice")),
            (1, 1, 6)
        );
        assert_eq!((names("flexion"), names("rotation_left")), (2, 2));
        let analysis = pipeline_of(&recording);
        assert_eq!(analysis.head.method.name(), "labelled_trials");
        for movement in Movement::ALL {
            let rom = analysis.movements[movement as usize];
            assert_eq!(rom.n, 3, "seed {seed} {movement:?}");
            let found = rom.mean_rad.unwrap().to_degrees();
            let truth = simulated.truth.mean_peak_deg(movement).unwrap();
            assert!(
                (found - truth).abs() < 0.5,
                "seed {seed} {movement:?}: {found} {truth}"
            );
        }
    }
}

fn pipeline_of(recording: &crate::sample::Recording) -> crate::pipeline::Analysis {
    crate::pipeline::analyze(recording.clone(), &crate::pipeline::Settings::default()).unwrap()
}

/// A subject who does what the test says; a straight sensor on the head, at 100 Hz.
struct Subject {
    live: Live,
    time_s: f64,
    /// Flexion, side-bend right, rotation left, degrees.
    angles_deg: [f64; 3],
    /// How far the whole body leans back, degrees.
    back_deg: f64,
    /// Heading of the device's own zero, degrees.
    heading_deg: f64,
    segment: u32,
}

impl Subject {
    fn new(plan: Plan) -> Self {
        Self {
            live: Live::new(plan),
            time_s: 0.0,
            angles_deg: [0.0; 3],
            back_deg: 0.0,
            heading_deg: 0.0,
            segment: 0,
        }
    }

    /// Sits down and nods, as every built-in plan begins.
    fn begun(plan: &str) -> Self {
        let mut subject = Self::new(Plan::built_in(plan).unwrap());
        subject.stay(3.0);
        for _ in 0..3 {
            subject.out([20.0, 0.0, 0.0], 0.2);
        }
        subject.stay(1.5);
        assert_eq!(subject.live.view().step, 3);
        subject
    }

    fn send(&mut self) {
        use nalgebra::{UnitQuaternion, Vector3};
        let about = |axis: Vector3<f64>, deg: f64| {
            UnitQuaternion::from_scaled_axis(axis * deg.to_radians())
        };
        let [flexion, bend, turn] = self.angles_deg.map(f64::to_radians);
        let neck = crate::angles::twist::compose(&NeckAngles {
            flexion_rad: flexion,
            side_bend_right_rad: bend,
            rotation_left_rad: turn,
        });
        let upright = about(Vector3::x(), 90.0);
        let trunk =
            about(Vector3::z(), self.heading_deg) * upright * about(Vector3::z(), self.back_deg);
        let q = trunk * neck.quaternion() * upright.inverse();
        let sample = Sample {
            segment: self.segment,
            device_time_s: Some(self.time_s),
            arrival_s: self.time_s + 0.004,
            earth_from_sensor: Some(q.into_inner()),
            ..Sample::default()
        };
        self.live.take(&Told::Samples {
            place: SensorPlace::Head,
            samples: vec![sample],
        });
        self.live.tick(self.time_s + 0.004);
        self.time_s += 0.01;
    }

    fn stay(&mut self, seconds: f64) {
        for _ in 0..(seconds * 100.0) as usize {
            self.send();
        }
    }

    /// To these angles in a second for each 40 degrees.
    fn go(&mut self, to_deg: [f64; 3]) {
        let from_deg = self.angles_deg;
        let way_deg = (0..3)
            .map(|k| (to_deg[k] - from_deg[k]).abs())
            .fold(0.0, f64::max);
        let steps = (way_deg * 2.5) as usize;
        for k in 1..=steps {
            let s = k as f64 / steps as f64;
            let share = s.powi(3) * (10.0 + s * (6.0 * s - 15.0));
            self.angles_deg =
                std::array::from_fn(|k| from_deg[k] + share * (to_deg[k] - from_deg[k]));
            self.send();
        }
    }

    /// Out, a hold, and back.
    fn out(&mut self, to_deg: [f64; 3], hold_s: f64) {
        self.go(to_deg);
        self.stay(hold_s);
        self.go([0.0; 3]);
        self.stay(0.2);
    }

    fn peaks_deg(&self) -> Vec<i64> {
        let view = self.live.view();
        view.repetitions
            .iter()
            .map(|one| one.peak_deg.round() as i64)
            .collect()
    }

    fn labels(&mut self) -> Vec<String> {
        self.live
            .marks()
            .into_iter()
            .map(|mark| mark.label)
            .collect()
    }
}

#[test]
fn repetitions_that_differ_ask_for_one_more_until_they_agree_or_are_six() {
    let mut subject = Subject::begun("flexion");
    for peak_deg in [50.0, 50.0] {
        subject.out([peak_deg, 0.0, 0.0], 0.5);
    }
    subject.stay(1.0);
    assert_eq!(subject.live.view().kind, "movement");
    for peak_deg in [38.0, 52.0, 45.0] {
        subject.out([peak_deg, 0.0, 0.0], 0.5);
        subject.stay(1.0);
    }
    let view = subject.live.view();
    assert_eq!((view.wanted, view.hints.clone()), (4, vec![Hint::OneMore]));
    assert_eq!(subject.peaks_deg(), [38, 52, 45]);
    for peak_deg in [38.0, 52.0, 45.0] {
        subject.out([peak_deg, 0.0, 0.0], 0.5);
        subject.stay(1.0);
    }
    assert!(subject.live.is_over());
    assert!(
        subject
            .labels()
            .contains(&"inconsistent flexion".to_owned())
    );
    let outcome = subject.live.view().outcomes[0].clone();
    assert_eq!((outcome.n, outcome.consistent), (6, Some(false)));
}

#[test]
fn other_small_and_fast_movements_are_said() {
    let mut subject = Subject::begun("rotation-left");
    subject.out([0.0, 0.0, -60.0], 0.5);
    assert_eq!(
        subject.live.view().hints,
        [Hint::Other(Movement::RotationRight)]
    );
    subject.out([40.0, 0.0, 40.0], 0.5);
    assert_eq!(subject.live.view().hints, [Hint::Mixed]);
    subject.out([0.0, 0.0, 60.0], 0.5);
    assert!(subject.live.view().hints.is_empty());
    subject.out([0.0, 0.0, 20.0], 0.5);
    let view = subject.live.view();
    assert_eq!(view.hints, [Hint::Small]);
    assert_eq!(view.repetitions.iter().filter(|one| one.counts).count(), 1);
    // The whole way within a third of a second.
    for k in 0..=30 {
        subject.angles_deg[2] = 60.0 * f64::from(k) / 30.0;
        subject.send();
    }
    subject.stay(0.5);
    subject.go([0.0; 3]);
    assert!(subject.live.view().hints.contains(&Hint::TooFast));
}

#[test]
fn a_hold_counts_down_and_ends_with_a_tone() {
    let mut subject = Subject::begun("end-range-hold");
    subject.live.tones();
    subject.go([45.0, 0.0, 0.0]);
    subject.stay(10.0);
    let left_s = subject.live.view().countdown_s.unwrap();
    assert!((19.0..21.5).contains(&left_s), "{left_s}");
    assert_eq!(subject.live.tones(), [Tone::Begin]);
    subject.stay(22.0);
    assert_eq!(subject.live.tones(), [Tone::End]);
    assert_eq!(subject.live.view().phase, Phase::Returning);
    subject.go([0.0; 3]);
    subject.stay(1.0);
    let view = subject.live.view();
    assert_eq!(view.kind, "rest");
    assert!((30.0..34.0).contains(&view.outcomes[0].hold_s));
    assert!((view.outcomes[0].mean_deg.unwrap() - 45.0).abs() < 0.5);
}

#[test]
fn in_the_repositioning_test_the_miss_is_measured_and_not_closed() {
    let mut subject = Subject::begun("repositioning");
    subject.stay(2.5);
    for _ in 0..6 {
        subject.go([0.0, 0.0, -60.0]);
        subject.go([1.0, 0.0, -4.0]);
        subject.stay(1.5);
        // Eyes open: back to straight ahead.
        subject.go([0.0; 3]);
        subject.stay(1.5);
    }
    let view = subject.live.view();
    assert_eq!(view.kind, "rest");
    let outcome = &view.outcomes[0];
    assert_eq!(outcome.n, 6);
    assert!((outcome.mean_deg.unwrap() - 4.1).abs() < 0.3, "{outcome:?}");
}

#[test]
fn the_flexion_rotation_test_turns_from_the_bent_head_lying() {
    let mut subject = Subject::begun("flexion-rotation");
    for _ in 0..180 {
        subject.back_deg += 0.5;
        subject.send();
    }
    subject.stay(2.5);
    assert_eq!(subject.live.view().kind, "flexion_rotation");
    subject.stay(1.0);
    assert_eq!(subject.live.view().hints, [Hint::BendFirst]);
    subject.go([60.0, 0.0, 0.0]);
    subject.stay(1.0);
    assert!(subject.live.view().hints.is_empty());
    for flexion_deg in [60.0, 45.0, 60.0] {
        subject.go([flexion_deg, 0.0, -44.0]);
        subject.stay(0.5);
        subject.go([60.0, 0.0, 0.0]);
        subject.stay(0.2);
        let came_up = subject.live.view().hints.contains(&Hint::KeepBent);
        assert_eq!(came_up, flexion_deg < 50.0);
        subject.stay(1.0);
    }
    let view = subject.live.view();
    assert_eq!(view.kind, "rest");
    let mean_deg = view.outcomes[0].mean_deg.unwrap();
    assert!((mean_deg - 44.0).abs() < 1.5, "{mean_deg}");
    let labels = subject.labels();
    for label in ["begin supine", "end supine", "begin flexion_rotation_right"] {
        assert!(labels.contains(&label.to_owned()), "{labels:?}");
    }
}

#[test]
fn a_port_that_comes_back_with_another_heading_goes_on() {
    let mut subject = Subject::begun("rotation-right");
    subject.out([0.0, 0.0, -70.0], 0.5);
    subject.stay(1.0);
    subject.go([0.0, 0.0, -50.0]);
    let at_s = subject.time_s;
    let (place, why) = (SensorPlace::Head, "unplugged".to_owned());
    subject.live.take(&Told::Lost { place, why, at_s });
    let view = subject.live.view();
    assert_eq!(view.hints[0], Hint::Lost(SensorPlace::Head));
    assert_eq!(
        (view.angle_deg, view.ports[0].state),
        (None, PortState::Lost)
    );
    assert!(subject.live.tones().contains(&Tone::Warning));
    subject.time_s += 5.0;
    let at_s = subject.time_s;
    subject.live.take(&Told::Back { place, at_s });
    (subject.segment, subject.heading_deg, subject.angles_deg) = (1, 130.0, [0.0; 3]);
    subject.stay(1.0);
    for _ in 0..2 {
        subject.out([0.0, 0.0, -66.0], 0.5);
        subject.stay(1.0);
    }
    let view = subject.live.view();
    assert_eq!(view.kind, "movement");
    assert!(view.hints.is_empty());
    subject.out([0.0, 0.0, -66.0], 0.5);
    assert_eq!(subject.peaks_deg(), [66, 66]);
}

#[test]
fn the_angle_on_the_screen_is_that_of_the_last_sample() {
    let mut subject = Subject::begun("rotation-left");
    subject.stay(2.5);
    for turned_deg in [10.0, 20.0, 30.0, 20.0, 10.0] {
        subject.angles_deg = [0.0, 0.0, turned_deg];
        subject.send();
        let angle_deg = subject.live.view().angle_deg.unwrap();
        assert!((angle_deg - turned_deg).abs() < 0.5, "{angle_deg}");
    }
}

#[test]
fn a_free_recording_goes_on_until_it_is_ended() {
    let mut subject = Subject::new(Plan::free());
    for action in [Action::Next, Action::Skip, Action::Redo, Action::Mark] {
        subject.stay(1.0);
        subject.live.act(action, subject.time_s);
        subject.out([30.0, 0.0, 0.0], 0.2);
    }
    assert!(!subject.live.is_over());
    assert!(subject.live.view().hints.is_empty());
    subject.live.act(Action::Quit, subject.time_s);
    assert!(subject.live.is_over());
    assert_eq!(subject.labels(), ["mark", "quit"]);
    assert_eq!(subject.live.tones(), []);
}

#[test]
fn a_silent_sensor_is_told_within_a_second() {
    let mut subject = Subject::begun("flexion");
    subject.live.tones();
    subject.live.tick(subject.time_s + 0.9);
    assert_eq!(
        subject.live.view().hints[0],
        Hint::Silent(SensorPlace::Head)
    );
    assert!(subject.live.tones().contains(&Tone::Warning));
    subject.time_s += 1.0;
    subject.stay(1.0);
    assert_eq!(subject.live.view().ports[0].state, PortState::Well);
    let why = "no space left".to_owned();
    subject.live.take(&Told::LogFailed {
        why: why.clone(),
        at_s: 9.0,
    });
    assert_eq!(subject.live.view().hints[0], Hint::LogFailed(why));
}

#[test]
fn what_the_examiner_types_is_marked() {
    let mut subject = Subject::begun("flexion");
    subject.labels();
    subject.out([50.0, 0.0, 0.0], 0.3);
    subject.live.act(Action::Redo, subject.time_s);
    assert!(subject.peaks_deg().is_empty());
    let expected = [
        "redo flexion",
        "end practice",
        "begin practice",
        "end practice",
        "begin flexion",
        "begin practice",
    ];
    let labels = subject.labels();
    assert_eq!(labels[labels.len() - 6..], expected);
    subject.out([50.0, 0.0, 0.0], 0.3);
    subject.out([50.0, 0.0, 0.0], 0.3);
    subject.stay(1.0);
    subject.live.act(Action::Pain(7), subject.time_s);
    let pain = PainView {
        title: "Flexion".to_owned(),
        pain: 7,
    };
    assert_eq!(subject.live.view().pain, Some(pain));
    subject.live.act(Action::Mark, subject.time_s);
    subject.live.act(Action::Quit, subject.time_s);
    assert!(subject.live.is_over());
    let labels = subject.labels();
    let last = ["pain 7 flexion", "mark", "end flexion", "quit"];
    assert_eq!(labels[labels.len() - 4..], last);
    subject.live.act(Action::Mark, subject.time_s);
    assert_eq!(subject.labels(), Vec::<String>::new());
}

#[test]
fn a_step_that_has_just_ended_can_be_made_again_and_one_can_be_left_out() {
    let mut subject = Subject::begun("flexion");
    subject.out([50.0, 0.0, 0.0], 0.3);
    subject.out([50.0, 0.0, 0.0], 0.3);
    subject.stay(1.0);
    assert_eq!(subject.live.view().kind, "movement");
    subject.live.act(Action::Redo, subject.time_s);
    assert_eq!(
        (subject.live.view().kind, subject.peaks_deg()),
        ("practice", vec![])
    );
    subject.live.act(Action::Skip, subject.time_s);
    assert_eq!(subject.live.view().kind, "movement");
    assert!(subject.labels().contains(&"skip flexion".to_owned()));
}

#[test]
fn what_is_made_again_does_not_tell_where_forward_is() {
    let mut subject = Subject::begun("flexion");
    // A side-bend where flexion was asked for, twice; then the right thing.
    subject.out([0.0, 40.0, 0.0], 0.3);
    subject.live.act(Action::Redo, subject.time_s);
    for _ in 0..5 {
        subject.stay(1.0);
        subject.out([50.0, 0.0, 0.0], 0.3);
    }
    subject.stay(1.0);
    assert!(subject.live.is_over());
    let mean_deg = subject.live.view().outcomes[0].mean_deg.unwrap();
    assert!((mean_deg - 50.0).abs() < 0.5, "{mean_deg}");
    let marks: Vec<(f64, String)> = subject
        .live
        .marks()
        .into_iter()
        .map(|mark| (mark.at_s, mark.label))
        .collect();
    let events = events_of_marks(&marks, subject.time_s);
    let count = |name: &str| events.iter().filter(|e| e.name == name).count();
    assert_eq!((count("flexion"), count("redone flexion")), (2, 1));
    assert_eq!((count("practice"), count("neutral")), (3, 1));
}

#[test]
fn a_sensor_that_cannot_tell_its_orientation_is_named() {
    let mut live = Live::new(Plan::built_in("seated").unwrap());
    live.tick(4.0);
    assert_eq!(live.view().hints, [Hint::Silent(SensorPlace::Head)]);
    for k in 0..400 {
        let sample = Sample {
            arrival_s: 4.0 + f64::from(k) * 0.01,
            accel_m_s2: Some(nalgebra::Vector3::z() * 9.81),
            ..Sample::default()
        };
        let place = SensorPlace::Head;
        let samples = vec![sample];
        live.take(&Told::Samples { place, samples });
    }
    live.tick(8.0);
    assert_eq!(live.view().hints, [Hint::NoOrientation]);
}

#[test]
fn without_neutral_nothing_is_skipped() {
    let mut live = Live::new(Plan::built_in("seated").unwrap());
    for action in [Action::Next, Action::Skip, Action::Redo] {
        live.act(action, 1.0);
        assert_eq!(live.view().step, 1);
    }
    live.tick(f64::NAN);
    live.act(Action::Pain(200), f64::INFINITY);
    assert_eq!(live.view().angle_deg, None);
    let empty = Plan {
        name: String::new(),
        title: String::new(),
        steps: Vec::new(),
    };
    assert!(Live::new(empty).is_over());
}

/// Two sensors at 1,000 samples a second.
fn flood(live: &mut Live, seconds: std::ops::Range<u32>) -> usize {
    let mut most = 0;
    for ms in seconds.start * 1000..seconds.end * 1000 {
        let time_s = f64::from(ms) / 1000.0;
        let q = nalgebra::UnitQuaternion::from_scaled_axis(
            nalgebra::Vector3::z() * (0.8 * (time_s * 1.5).sin()),
        );
        for place in [SensorPlace::Head, SensorPlace::Trunk] {
            let sample = Sample {
                arrival_s: time_s,
                earth_from_sensor: (place == SensorPlace::Head).then(|| q.into_inner()),
                gyro_rad_s: Some(nalgebra::Vector3::zeros()),
                accel_m_s2: Some(nalgebra::Vector3::z() * 9.81),
                ..Sample::default()
            };
            let samples = vec![sample];
            live.take(&Told::Samples { place, samples });
        }
        if ms % 20 == 0 {
            live.tick(time_s);
            live.view();
            live.marks();
            live.tones();
            most = most.max(live.held());
        }
    }
    most
}

#[test]
fn two_sensors_at_1000_hz_for_a_minute_keep_little() {
    let mut live = Live::new(Plan::built_in("seated").unwrap());
    let began = std::time::Instant::now();
    // Points at 50 Hz, and the inertial samples of one second.
    let most = flood(&mut live, 0..60);
    assert!(most < 60 * 50 + 1200, "{most}");
    assert!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
}

#[test]
fn an_hour_without_neutral_keeps_no_more_than_twenty_minutes() {
    let mut live = Live::new(Plan::built_in("seated").unwrap());
    for k in 0..3600 * 50 {
        let time_s = f64::from(k) / 50.0;
        let half = (time_s * 1.5).sin() * 0.4;
        let sample = Sample {
            arrival_s: time_s,
            earth_from_sensor: Some(nalgebra::Quaternion::new(half.cos(), 0.0, 0.0, half.sin())),
            ..Sample::default()
        };
        let place = SensorPlace::Head;
        live.take(&Told::Samples {
            place,
            samples: vec![sample],
        });
    }
    assert!(live.held() <= 20 * 60 * 50 + 10, "{}", live.held());
}
