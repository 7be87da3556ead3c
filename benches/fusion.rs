//! How long the fusion takes, beside `vqf-rs`, whose output is the reference's to the bit:
//! `cargo bench --bench fusion`. All are timed in turn in one run, so that their ratios hold on a noisy
//! machine; the figures are the median round's.
//!
//! The stream is a recording with optical truth where it lies beside the project, else a simulated one.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints its table"
)]

#[expect(dead_code, reason = "shared with the tests")]
#[path = "../tests/it/optical.rs"]
mod optical;

use std::hint::black_box;
use std::time::Instant;

use neckrom::orientation::vqf::{Online, Parameters, Stream, offline, online};
use neckrom::simulate::{self, Channels};

const ROUNDS: usize = 15;

/// A stream of its own columns.
struct Owned {
    interval_s: f64,
    gyro: Vec<[f64; 3]>,
    accel: Vec<[f64; 3]>,
    mag: Vec<[f64; 3]>,
}

impl Owned {
    fn stream(&self, with_mag: bool) -> Stream<'_> {
        Stream {
            interval_s: self.interval_s,
            gyro_rad_s: &self.gyro,
            accel_m_s2: &self.accel,
            mag: with_mag.then_some(self.mag.as_slice()),
            start_bias: None,
        }
    }
}

fn real() -> Option<Owned> {
    let trial = optical::trials(&optical::shared("broad")?)
        .into_iter()
        .next()?;
    println!("{}, {} samples", trial.name, trial.gyro.len());
    Some(Owned {
        interval_s: trial.interval_s,
        gyro: trial.gyro,
        accel: trial.accel,
        mag: trial.mag,
    })
}

fn simulated() -> Owned {
    let settings = simulate::Settings {
        channels: Channels::Raw,
        rate_hz: 200.0,
        ..simulate::Settings::default()
    };
    let recording = simulate::simulate(&settings).unwrap().recording;
    let sensor = &recording.sensors[0];
    let column = |all: &Option<Vec<nalgebra::Vector3<f64>>>| -> Vec<[f64; 3]> {
        all.iter().flatten().map(|v| (*v).into()).collect()
    };
    println!("a simulated recording, {} samples", sensor.len());
    Owned {
        interval_s: 1.0 / settings.rate_hz,
        gyro: column(&sensor.gyro_rad_s),
        accel: column(&sensor.accel_m_s2),
        mag: vec![[0.0, 20.0, -40.0]; sensor.len()],
    }
}

fn reference(owned: &Owned, with_mag: bool) {
    let mut filter = vqf_rs::VQF::new(owned.interval_s, None, None, None);
    let mut out = Vec::with_capacity(owned.gyro.len());
    for ((gyro, accel), mag) in owned.gyro.iter().zip(&owned.accel).zip(&owned.mag) {
        filter.update(*gyro, *accel, with_mag.then_some(*mag));
        let q = if with_mag {
            filter.quat_9d()
        } else {
            filter.quat_6d()
        };
        out.push([q.0, q.1, q.2, q.3]);
    }
    black_box(out);
}

/// Four streams sample by sample, as in a capture; only the last orientations are kept.
fn live(owned: &Owned) {
    let mut fusion = Online::<4>::new(&Parameters::default(), [owned.interval_s; 4], &[None; 4]);
    let mut last = [[0.0; 4]; 4];
    for (gyro, accel) in owned.gyro.iter().zip(&owned.accel) {
        last = fusion.update(&[*gyro; 4], &[*accel; 4]);
    }
    black_box(last);
}

/// Name, streams, and what is timed.
type Case<'a> = (&'static str, f64, Box<dyn Fn() + 'a>);

fn main() {
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let owned = real().unwrap_or_else(simulated);
    let parameters = Parameters::default();
    let ours = |fuse: fn(&[Stream<'_>], &Parameters) -> Vec<_>, streams: usize, with_mag| {
        let streams = vec![owned.stream(with_mag); streams];
        let parameters = &parameters;
        Box::new(move || {
            black_box(fuse(&streams, parameters));
        })
    };
    let cases: Vec<Case<'_>> = vec![
        ("vqf-rs online", 1.0, Box::new(|| reference(&owned, false))),
        ("online", 1.0, ours(online, 1, false)),
        ("online, 2 streams", 2.0, ours(online, 2, false)),
        ("online, 4 streams", 4.0, ours(online, 4, false)),
        ("online, 4 streams, live", 4.0, Box::new(|| live(&owned))),
        ("online, 8 streams", 8.0, ours(online, 8, false)),
        ("offline", 1.0, ours(offline, 1, false)),
        ("offline, 2 streams", 2.0, ours(offline, 2, false)),
        ("offline, 4 streams", 4.0, ours(offline, 4, false)),
        (
            "vqf-rs online, magnetometer",
            1.0,
            Box::new(|| reference(&owned, true)),
        ),
        ("online, magnetometer", 1.0, ours(online, 1, true)),
        ("offline, magnetometer", 1.0, ours(offline, 1, true)),
    ];
    let samples = owned.gyro.len() as f64;
    let mut times_ns = vec![Vec::new(); cases.len()];
    for _ in 0..ROUNDS {
        for ((_, streams, run), times) in cases.iter().zip(&mut times_ns) {
            let start = Instant::now();
            run();
            times.push(start.elapsed().as_secs_f64() * 1e9 / samples / streams);
        }
    }
    println!("| fusion | ns a sample and stream, median | least | times vqf-rs online |");
    println!("|---|---|---|---|");
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let base = median(&mut times_ns[0]);
    for ((name, _, _), times) in cases.iter().zip(&mut times_ns) {
        let middle = median(times);
        println!(
            "| {name} | {middle:.0} | {:.0} | {:.2} |",
            times[0],
            middle / base
        );
    }
}
