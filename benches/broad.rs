//! How right the fusion is on real recordings with optical truth: `cargo bench --bench broad`.
//!
//! The recordings are trials of the BROAD benchmark (Laidig, Caruso, Cereatti and Seel, *Data* 6 (2021)
//! 72) as Parquet, beside the project or in the folder `NECKROM_BROAD`. Errors are in degrees.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints its table"
)]

#[path = "../tests/it/optical.rs"]
mod optical;

use neckrom::orientation::vqf::{Fused, Parameters, Stream, offline, online};
use optical::{Trial, closed_at_rest, rmse, rom_errors};

fn main() {
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let given = std::env::var_os("NECKROM_BROAD").map(std::path::PathBuf::from);
    let Some(folder) = given.or_else(|| optical::shared("broad")) else {
        println!("no recordings with optical truth here; NECKROM_BROAD=DIR names their folder");
        return;
    };
    let trials = optical::trials(&folder);
    agreement(&trials);
    orientation(&trials);
    rom(&trials);
}

type Fuse = fn(&[Stream<'_>], &Parameters) -> Vec<Fused>;

fn fused(trial: &Trial, fuse: Fuse, with_mag: bool) -> Vec<[f64; 4]> {
    let mut fused = fuse(&[trial.stream(with_mag)], &Parameters::default());
    fused.pop().unwrap().earth_from_sensor
}

/// The reference's output is there for some trials.
fn agreement(trials: &[Trial]) {
    let Some(vectors) = optical::shared("vectors/vqf") else {
        println!("no output of the reference here");
        return;
    };
    println!("largest angle from the reference\n");
    println!("| trial | online | online, magnetometer | offline | offline, magnetometer |");
    println!("|---|---|---|---|---|");
    for trial in trials {
        if !vectors.join(format!("{}.parquet", trial.name)).exists() {
            continue;
        }
        let reference = trial.reference(&vectors);
        let ways: [(Fuse, bool); 4] = [
            (online, false),
            (online, true),
            (offline, false),
            (offline, true),
        ];
        print!("| {} |", trial.name);
        for ((fuse, with_mag), expected) in ways.into_iter().zip(&reference.quaternions) {
            let found = fused(trial, fuse, with_mag);
            let off = reference.index.iter().zip(expected);
            let off = off.map(|(&i, q)| optical::angle_deg(q, &found[i]));
            print!(" {:.0e} |", off.fold(0.0, f64::max));
        }
        println!();
    }
}

fn orientation(trials: &[Trial]) {
    println!("\nroot mean square error over the movement\n");
    println!(
        "| trial | vertical, online | vertical, offline | total with magnetometer, online | offline |"
    );
    println!("|---|---|---|---|---|");
    let mut sums = [0.0; 4];
    for trial in trials {
        let errors = [
            rmse(trial, &fused(trial, online, false)).inclination,
            rmse(trial, &fused(trial, offline, false)).inclination,
            rmse(trial, &fused(trial, online, true)).total,
            rmse(trial, &fused(trial, offline, true)).total,
        ];
        sums.iter_mut().zip(errors).for_each(|(sum, e)| *sum += e);
        let [a, b, c, d] = errors;
        println!("| {} | {a:.2} | {b:.2} | {c:.2} | {d:.2} |", trial.name);
    }
    let [a, b, c, d] = sums.map(|sum| sum / trials.len() as f64);
    println!("| mean | {a:.2} | {b:.2} | {c:.2} | {d:.2} |");
}

fn rom(trials: &[Trial]) {
    println!(
        "\nROM without magnetometer, offline; whole trials also with heading closed at every rest\n"
    );
    println!(
        "| trial | windows | mean absolute error | whole: flexion, side-bend, axial | the same, closed |"
    );
    println!("|---|---|---|---|---|");
    for trial in trials {
        let found = fused(trial, offline, false);
        let errors = rom_errors(trial, &found);
        let closed = rom_errors(trial, &closed_at_rest(trial, &found));
        let counted: usize = errors.windows.iter().map(Vec::len).sum();
        let whole = |[a, b, c]: [f64; 3]| format!("{a:.2}, {b:.2}, {c:.2}");
        println!(
            "| {} | {counted} | {:.2} | {} | {} |",
            trial.name,
            errors.mean_deg(),
            whole(errors.whole),
            whole(closed.whole)
        );
    }
}
