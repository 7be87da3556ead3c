//! How right the numbers are: 200 simulated subjects, as a table. `cargo bench --bench accuracy`.
//!
//! With `NECKROM_SESSIONS=DIR` (the session generator's folder, with its `truth.json`) that
//! comparison is printed too.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints its table"
)]

#[path = "../tests/it/score.rs"]
mod score;

use neckrom::simulate::Settings;
use score::Score;

fn main() {
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let (mut one, mut two) = (Score::default(), Score::default());
    for seed in 0..200 {
        let settings = Settings::random(seed);
        let score = if settings.trunk { &mut two } else { &mut one };
        score.add_simulated(&settings);
    }
    println!(
        "| sensors | recordings | repetitions | missed | invented | wrong movement | wrongly used or left out | mean absolute error | 95 % under | 95 % of coupled angles under |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (sensors, score) in [("head", &one), ("head and trunk", &two)] {
        println!(
            "| {sensors} | {} | {} | {} | {} | {} | {} | {:.2}° | {:.2}° | {:.2}° |",
            score.recordings,
            score.repetitions,
            score.missed,
            score.invented,
            score.wrong_movement,
            score.wrong_use,
            score.mean_absolute_deg(),
            score.percentile_deg(0.95),
            score.coupled_percentile_deg(0.95),
        );
    }
    let mistakes = one.mistakes() + two.mistakes();
    println!("\nmistakes in all: {mistakes}");
}
