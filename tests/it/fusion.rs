//! The fusion against the reference, and against optical truth.

use neckrom::orientation::vqf::{Parameters, offline, online};

use crate::optical::{angle_deg, rmse, shared, trials};

/// Largest angle from the reference at every 50th sample, degrees: online, offline.
const ONLINE_DEG: f64 = 1e-9;
const OFFLINE_DEG: f64 = 1e-6;

#[test]
fn four_real_trials_as_the_reference_has_them() {
    let (Some(data), Some(vectors)) = (shared("broad"), shared("vectors/vqf")) else {
        println!(
            "the recordings with optical truth are not here: fusion is compared on simulated ones alone"
        );
        return;
    };
    for trial in trials(&data) {
        let reference = trial.reference(&vectors);
        let parameters = Parameters::default();
        for (k, expected) in reference.quaternions.iter().enumerate() {
            let stream = [trial.stream(k % 2 == 1)];
            let (found, limit_deg) = match k / 2 {
                0 => (online(&stream, &parameters), ONLINE_DEG),
                _ => (offline(&stream, &parameters), OFFLINE_DEG),
            };
            let off = reference.index.iter().zip(expected);
            let off = off.map(|(&i, q)| angle_deg(q, &found[0].earth_from_sensor[i]));
            let off_deg = off.fold(0.0, f64::max);
            println!("{} {k}: {off_deg:e}", trial.name);
            assert!(off_deg <= limit_deg, "{} {k}: {off_deg:e}", trial.name);
        }
        let found = offline(&[trial.stream(false)], &parameters);
        println!("{:?}", rmse(&trial, &found[0].earth_from_sensor));
    }
}
