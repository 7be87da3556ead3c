//! How right the numbers are: 200 simulated subjects, as a table. `cargo bench --bench accuracy`.
//!
//! With `NECKROM_SESSIONS=DIR`, a folder of recordings made elsewhere in `short/` and `long/` and their
//! `truth.json` (file name → direction → true peaks in degrees; Cardan Y-X-Z angles, sensor X forward,
//! Y left, Z up), these are compared too.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints its table"
)]

#[path = "../tests/it/score.rs"]
mod score;

use std::path::Path;

use neckrom::movement::Movement;
use neckrom::orientation::synchronise::Timing;
use neckrom::pipeline;
use neckrom::read::{self, ReadOptions};
use neckrom::simulate::{self, Channels, Settings};
use score::{Score, Seats};
use serde_json::Value;

fn main() {
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    table("orientation of the device", Settings::random);
    table(
        "gyroscope and accelerometer alone, clocks of their own",
        Settings::random_raw,
    );
    repositioning();
    clocks();
    if let Some(folder) = std::env::var_os("NECKROM_SESSIONS") {
        sessions(Path::new(&folder));
    }
}

/// 200 subjects of a kind.
fn table(title: &str, subject: fn(u64) -> Settings) {
    let (mut one, mut two) = (Score::default(), Score::default());
    for seed in 0..200 {
        let settings = subject(seed);
        let score = if settings.trunk { &mut two } else { &mut one };
        score.add_simulated(&settings);
    }
    println!("\n{title}\n");
    println!(
        "| sensors | recordings | repetitions | mistakes | mean absolute error | 95 % under | coupled angles: mean error | 95 % under |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (sensors, score) in [("head", &one), ("head and trunk", &two)] {
        println!(
            "| {sensors} | {} | {} | {} | {:.2}° | {:.2}° | {:.2}° | {:.2}° |",
            score.recordings,
            score.repetitions,
            score.mistakes(),
            score.mean_absolute_deg(),
            score.percentile_deg(0.95),
            score.mean_coupled_deg(),
            score.coupled_percentile_deg(0.95),
        );
    }
    seats(&[
        ("head, alone", &one.head),
        ("head, with trunk", &two.head),
        ("trunk", &two.trunk),
    ]);
    println!("\nhead: {}; head and trunk: {}", one.counts(), two.counts());
}

/// Subjects who miss neutral by up to 8 degrees: how well the miss is told from heading drift.
fn repositioning() {
    let mut score = Score::default();
    for seed in 0..200 {
        score.add_simulated(&Settings {
            reposition_deg: score::MISSES_DEG,
            ..Settings::random(seed)
        });
    }
    println!(
        "\nrepositioning error, misses of 0 to 8°, drift of 0 to 3°/min: {} repetitions, mean absolute error {:.2}°",
        score.reposition_deg.len(),
        score.mean_reposition_deg()
    );
}

/// How far the sensors' seats were found from the true ones.
fn seats(rows: &[(&str, &Seats)]) {
    println!(
        "\n| seat | shown by motion | mean error | 95 % under | largest | within 2.5 × the expected error |"
    );
    println!("|---|---|---|---|---|---|");
    for (name, seats) in rows {
        let shown = seats.errors_deg.len();
        println!(
            "| {name} | {shown} of {} | {:.2}° | {:.2}° | {:.2}° | {:.1} % |",
            shown + seats.assumed,
            seats.mean_deg(),
            seats.percentile_deg(0.95),
            seats.percentile_deg(1.0),
            100.0 * seats.as_expected(),
        );
    }
}

/// Names of the directions in the sessions' truth.
const DIRECTIONS: [(&str, Movement); 6] = [
    ("flexion", Movement::Flexion),
    ("extension", Movement::Extension),
    ("bend_left", Movement::SideBendLeft),
    ("bend_right", Movement::SideBendRight),
    ("rot_left", Movement::RotationLeft),
    ("rot_right", Movement::RotationRight),
];

fn sessions(folder: &Path) {
    let truth = std::fs::read(folder.join("truth.json")).expect("truth.json is there");
    let truth: Value = serde_json::from_slice(&truth).expect("truth.json is JSON");
    let (mut wrong_counts, mut errors_deg) = (0, Vec::new());
    let files = truth.as_object().expect("truth.json is an object");
    for (name, peaks) in files {
        let kind = if name.starts_with("short") {
            "short"
        } else {
            "long"
        };
        let found = found_deg(&folder.join(kind).join(name));
        for (direction, movement) in DIRECTIONS {
            let expected = peaks[direction]
                .as_array()
                .expect("each direction has its peaks");
            let found = &found[movement as usize];
            if found.len() != expected.len() {
                wrong_counts += 1;
                println!(
                    "{name}: {} of {} repetitions of {direction}",
                    found.len(),
                    expected.len()
                );
            }
            let pairs = found.iter().zip(expected.iter().filter_map(Value::as_f64));
            errors_deg.extend(pairs.map(|(found, expected)| (found - expected).abs()));
        }
    }
    let mean = errors_deg.iter().sum::<f64>() / errors_deg.len() as f64;
    let largest = errors_deg.iter().copied().fold(0.0, f64::max);
    println!(
        "sessions: {} files, {} repetitions, {wrong_counts} wrong counts, mean peak error {mean:.3}°, largest {largest:.2}°",
        files.len(),
        errors_deg.len(),
    );
}

/// ROM of each repetition that counts, by movement, degrees.
fn found_deg(path: &Path) -> [Vec<f64>; 6] {
    let opened = read::open(path, &ReadOptions::default()).expect("the session can be read");
    let mut mount: neckrom::frames::Mount = "+x,+z".parse().expect("a mount");
    mount.exact = true;
    let settings = pipeline::Settings {
        mount: Some(mount),
        ..pipeline::Settings::default()
    };
    let analysis =
        pipeline::analyze(opened.recording.clone(), &settings).expect("it can be analysed");
    let mut found: [Vec<f64>; 6] = Default::default();
    for repetition in analysis.repetitions.iter().filter(|r| r.left_out.is_none()) {
        if let Some(movement) = repetition.movement {
            found[movement as usize].push(repetition.rom_rad.to_degrees());
        }
    }
    found
}

/// How right the clocks of two sensors are found from their movement: over 200 pairs, the largest
/// error of the offset anywhere in the recording, and that of the skew.
fn clocks() {
    let mut errors: [Vec<f64>; 2] = Default::default();
    let mut refused = 0;
    for seed in 0..200 {
        let mut settings = Settings::random_raw(2 * seed + 1);
        settings.channels = Channels::Quaternion;
        let simulated = simulate::simulate(&settings).expect("the settings are in range");
        let analysis =
            pipeline::analyze(simulated.recording.clone(), &pipeline::Settings::default());
        let truth = simulated.truth.clocks.expect("two clocks");
        let timing = analysis.ok().and_then(|analysis| analysis.timing);
        let Some(found) = timing.as_ref().and_then(Timing::correlation) else {
            refused += 1;
            continue;
        };
        let off_s =
            |t: f64| (found.head_s(t) - truth.offset_s - (1.0 + truth.skew_ppm * 1e-6) * t).abs();
        errors[0].push(1e3 * off_s(0.0).max(off_s(simulated.truth.duration_s)));
        errors[1].push((found.skew * 1e6 - truth.skew_ppm).abs());
    }
    println!("\n| clocks of two sensors | median error | 95 % under | largest |");
    println!("|---|---|---|---|");
    let units = [("offset, anywhere in the recording", "ms"), ("skew", "ppm")];
    for ((what, unit), all) in units.into_iter().zip(&mut errors) {
        all.sort_by(f64::total_cmp);
        let at = |share: f64| all[((all.len() - 1) as f64 * share).round() as usize];
        println!(
            "| {what} | {:.2} {unit} | {:.2} {unit} | {:.2} {unit} |",
            at(0.5),
            at(0.95),
            at(1.0)
        );
    }
    println!("\npairs refused: {refused}");
}
