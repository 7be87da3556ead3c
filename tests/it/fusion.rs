//! The fusion against the reference, against optical truth, and against what is known by construction.

use nalgebra::{UnitQuaternion, Vector3};
use neckrom::orientation::vqf::{Fused, Online, Parameters, StartBias, Stream, offline, online};
use neckrom::simulate::{self, Channels};

use crate::optical::{Trial, angle_deg, closed_at_rest, rmse, rom_errors, shared, trials};

/// Largest angle from the reference at every 50th sample, degrees.
const ONLINE_DEG: f64 = 1e-9;
const OFFLINE_DEG: f64 = 1e-6;

/// The trials with optical truth, or a word that they are absent.
fn real() -> Vec<Trial> {
    shared("broad").map_or_else(
        || {
            eprintln!(
                "the recordings with optical truth are not here; simulated ones are used alone"
            );
            Vec::new()
        },
        |folder| trials(&folder),
    )
}

fn parameters() -> Parameters {
    Parameters::default()
}

/// The reference's output has online without and with magnetometer, then offline the same.
fn assert_as_reference(way: usize, fuse: impl Fn(&Stream<'_>) -> Fused, limit_deg: f64) {
    let vectors = shared("vectors/vqf");
    for trial in real() {
        let Some(vectors) = &vectors else {
            eprintln!("the reference's output is not here");
            return;
        };
        let reference = trial.reference(vectors);
        let found = fuse(&trial.stream(way % 2 == 1)).earth_from_sensor;
        let expected = reference.index.iter().zip(&reference.quaternions[way]);
        let off_deg = expected
            .map(|(&i, q)| angle_deg(q, &found[i]))
            .fold(0.0, f64::max);
        assert!(off_deg <= limit_deg, "{}: {off_deg:e}", trial.name);
    }
}

#[test]
fn online_as_the_reference_has_it() {
    let fuse = |stream: &Stream<'_>| online(&[*stream], &parameters()).remove(0);
    assert_as_reference(1, fuse, ONLINE_DEG);
}

#[test]
fn offline_as_the_reference_has_it() {
    let fuse = |stream: &Stream<'_>| offline(&[*stream], &parameters()).remove(0);
    assert_as_reference(3, fuse, OFFLINE_DEG);
}

/// The vertical as right as the reference's; the turn of a window within the limits of its kind; and
/// with heading closed at rest, whole trials of slow movement within a degree.
#[test]
fn as_right_as_the_markers_show() {
    // Error of the vertical (the reference's, rounded up), mean error of ROM in windows.
    let limits = [
        ("02", 0.32, 0.25),
        ("07", 0.97, 0.80),
        ("11", 0.27, 0.13),
        ("25", 0.28, 0.19),
    ];
    for trial in real() {
        let Some((_, vertical, rom)) = limits.iter().find(|l| trial.name.starts_with(l.0)) else {
            continue;
        };
        let found = offline(&[trial.stream(false)], &parameters()).remove(0);
        let found = found.earth_from_sensor;
        assert!(
            rmse(&trial, &found).inclination <= *vertical,
            "{}",
            trial.name
        );
        let errors = rom_errors(&trial, &found);
        assert!(
            errors.mean_deg() <= *rom,
            "{}: {}",
            trial.name,
            errors.mean_deg()
        );
        if !trial.name.contains("fast") {
            let closed = rom_errors(&trial, &closed_at_rest(&trial, &found));
            let largest = closed.whole.iter().map(|e| e.abs()).fold(0.0, f64::max);
            assert!(largest < 1.0, "{}: {largest}", trial.name);
        }
        let total = rmse(&trial, &closed_at_rest(&trial, &found)).total;
        eprintln!(
            "{}: {total:.2} degrees in all with heading closed at rest",
            trial.name
        );
    }
}

/// Gyroscope and accelerometer of a simulated head, and its true orientation.
struct Simulated {
    interval_s: f64,
    gyro: Vec<[f64; 3]>,
    accel: Vec<[f64; 3]>,
    truth: Vec<[f64; 4]>,
}

impl Simulated {
    fn new(seed: u64, rate_hz: f64) -> Self {
        let settings = simulate::Settings {
            seed,
            rate_hz,
            channels: Channels::Both,
            quaternion_noise_deg: 0.0,
            practice: 0,
            gyro_bias_deg_s: [0.5, -0.4, 0.3],
            crooked_deg: [10.0, 20.0, -5.0],
            ..simulate::Settings::default()
        };
        let recording = simulate::simulate(&settings).unwrap().recording;
        let sensor = &recording.sensors[0];
        let vectors = |column: &Option<Vec<Vector3<f64>>>| -> Vec<[f64; 3]> {
            column.iter().flatten().map(|v| (*v).into()).collect()
        };
        let truth = sensor.earth_from_sensor.iter().flatten();
        Self {
            interval_s: 1.0 / rate_hz,
            gyro: vectors(&sensor.gyro_rad_s),
            accel: vectors(&sensor.accel_m_s2),
            truth: truth.map(|q| [q.w, q.i, q.j, q.k]).collect(),
        }
    }

    fn stream(&self) -> Stream<'_> {
        Stream {
            interval_s: self.interval_s,
            gyro_rad_s: &self.gyro,
            accel_m_s2: &self.accel,
            mag: None,
            start_bias: None,
        }
    }

    /// Root mean square error of the vertical after the first 5 s, degrees.
    fn inclination_deg(&self, found: &[[f64; 4]]) -> f64 {
        let skip = (5.0 / self.interval_s) as usize;
        let up = |q: &[f64; 4]| crate::optical::unit(q).inverse() * Vector3::z();
        let pairs = self.truth.iter().zip(found).skip(skip);
        let squares = pairs.map(|(a, b)| up(a).angle(&up(b)).powi(2));
        (squares.sum::<f64>() / (found.len() - skip) as f64)
            .sqrt()
            .to_degrees()
    }
}

#[test]
fn online_as_vqf_rs_on_simulated_heads() {
    for (seed, rate_hz) in [(1, 50.0), (2, 100.0)] {
        let head = Simulated::new(seed, rate_hz);
        let found = online(&[head.stream()], &parameters()).remove(0);
        let mut other = vqf_rs::VQF::new(head.interval_s, None, None, None);
        for (k, (gyro, accel)) in head.gyro.iter().zip(&head.accel).enumerate() {
            other.update(*gyro, *accel, None);
            let q = other.quat_6d();
            let off_deg = angle_deg(&[q.0, q.1, q.2, q.3], &found.earth_from_sensor[k]);
            assert!(off_deg <= ONLINE_DEG, "sample {k}: {off_deg:e}");
        }
        let (bias, _) = other.bias_estimate();
        for (a, b) in bias.iter().zip(found.bias.bias_rad_s) {
            assert!((a - b).abs() < 1e-12);
        }
    }
}

#[test]
fn offline_is_nearer_the_truth_than_online() {
    let head = Simulated::new(3, 100.0);
    let stream = [head.stream()];
    let on = head.inclination_deg(&online(&stream, &parameters())[0].earth_from_sensor);
    let off = head.inclination_deg(&offline(&stream, &parameters())[0].earth_from_sensor);
    assert!(off < on && off < 0.3, "offline {off}, online {on}");
}

#[test]
fn neighbours_do_not_matter() {
    let heads = [(1, 50.0), (2, 100.0), (3, 25.0)].map(|(seed, rate)| Simulated::new(seed, rate));
    let streams: Vec<Stream<'_>> = heads.iter().map(Simulated::stream).collect();
    for fuse in [
        online as fn(&[Stream<'_>], &Parameters) -> Vec<Fused>,
        offline,
    ] {
        let together = fuse(&streams, &parameters());
        for (stream, found) in streams.iter().zip(&together) {
            let alone = &fuse(&[*stream], &parameters())[0];
            assert_eq!(alone.earth_from_sensor.len(), stream.gyro_rad_s.len());
            let pairs = alone.earth_from_sensor.iter().zip(&found.earth_from_sensor);
            let off_deg = pairs.map(|(a, b)| angle_deg(a, b)).fold(0.0, f64::max);
            assert!(off_deg < 1e-10, "{off_deg:e}");
        }
    }
}

#[test]
fn a_steady_turn_with_a_known_bias_is_exact() {
    let axis = Vector3::new(0.0, 0.0, 1.0);
    let n = 500;
    let gyro = vec![[0.01, -0.02, 0.5 + 0.03]; n];
    let accel = vec![[0.0, 0.0, 9.81]; n];
    let stream = Stream {
        interval_s: 0.01,
        gyro_rad_s: &gyro,
        accel_m_s2: &accel,
        mag: None,
        start_bias: Some(StartBias {
            bias_rad_s: [0.01, -0.02, 0.03],
            sigma_rad_s: 1e-9,
        }),
    };
    let found = online(&[stream], &parameters()).remove(0).earth_from_sensor;
    for (k, q) in found.iter().enumerate() {
        let turned = UnitQuaternion::from_scaled_axis(axis * (0.5 * 0.01 * (k + 1) as f64));
        let off_deg = angle_deg(&[turned.w, turned.i, turned.j, turned.k], q);
        assert!(off_deg < 1e-3, "sample {k}: {off_deg}");
    }
}

#[test]
fn exactly_upside_down_is_a_half_turn_about_x() {
    let mut filter = Online::<1>::new(&parameters(), [0.01], &[None]);
    let [q] = filter.update(&[[0.0; 3]], &[[0.0, 0.0, -9.81]]);
    assert!(angle_deg(&q, &[0.0, 1.0, 0.0, 0.0]) < 1e-9, "{q:?}");
}

#[test]
fn what_is_no_number_is_survived() {
    let mut head = Simulated::new(5, 50.0);
    for k in (0..head.gyro.len()).step_by(97) {
        head.gyro[k] = [f64::NAN; 3];
        head.accel[k + 1] = [0.0, f64::INFINITY, 0.0];
        head.accel[k + 2] = [0.0; 3];
    }
    let stream = [head.stream()];
    for found in [
        online(&stream, &parameters()),
        offline(&stream, &parameters()),
    ] {
        let off_deg = head.inclination_deg(&found[0].earth_from_sensor);
        assert!(off_deg < 2.0, "{off_deg}");
    }
    let nothing = vec![[f64::NAN; 3]; 50];
    for length in [0, 1, 2, 50] {
        let stream = Stream {
            gyro_rad_s: &nothing[..length],
            accel_m_s2: &nothing[..length],
            ..head.stream()
        };
        for found in [
            online(&[stream], &parameters()),
            offline(&[stream], &parameters()),
        ] {
            let all = &found[0].earth_from_sensor;
            assert_eq!(all.len(), length);
            assert!(all.iter().flatten().all(|c| c.is_finite()));
        }
    }
}
