//! The whole program over archives of made sessions, median of 5 runs: samples a second with one thread and
//! with two, and resident memory against the number of recordings. `cargo bench --bench batch`, Linux;
//! `NECKROM_BATCH=N` for so many tiny recordings at most (10,000 without), a fiftieth of them broken.

#![expect(clippy::print_stdout, reason = "a bench that is read by people")]
#![expect(clippy::unwrap_used, reason = "a bench")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nalgebra::{UnitQuaternion, Vector3};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Sessions of one kind.
struct Kind {
    name: &'static str,
    count: u64,
    seconds: f64,
    rate_hz: f64,
}

const KINDS: [Kind; 2] = [
    Kind {
        name: "short",
        count: 200,
        seconds: 60.0,
        rate_hz: 100.0,
    },
    Kind {
        name: "long",
        count: 20,
        seconds: 600.0,
        rate_hz: 400.0,
    },
];
/// Axis in the head's frame (X forward, Y left, Z up) and largest peak, degrees, of the six movements.
const MOVEMENTS: [(usize, f64); 6] = [
    (1, 50.0),
    (1, -60.0),
    (0, 40.0),
    (0, -40.0),
    (2, 70.0),
    (2, -70.0),
];
const RUNS: usize = 5;

struct Numbers(ChaCha8Rng);

impl Numbers {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn vector(&mut self) -> Vector3<f64> {
        let mut one = || (0..12).map(|_| self.between(0.0, 1.0)).sum::<f64>() - 6.0;
        Vector3::new(one(), one(), one())
    }
}

/// Angles about the three axes at each sample, degrees: pairs of movements as cosine bumps of 2 to 5 s with
/// 5 to 15 % in the other axes, after 2.5 s of rest.
fn angles(numbers: &mut Numbers, seconds: f64, rate_hz: f64) -> Vec<Vector3<f64>> {
    let mut angles = vec![Vector3::zeros(); (seconds * rate_hz) as usize];
    let (mut now_s, mut pair) = (2.5, 0);
    while now_s < seconds - 6.0 {
        for repetition in 0..6 {
            let (axis, peak) = MOVEMENTS[2 * (pair % 3) + repetition % 2];
            let (period_s, share) = (numbers.between(2.0, 5.0), numbers.between(0.6, 1.05));
            if now_s + period_s > seconds - 1.0 {
                break;
            }
            let mut turn = Vector3::from_fn(|_, _| numbers.between(-0.15, 0.15));
            turn[axis] = 1.0;
            let samples =
                (now_s * rate_hz).ceil() as usize..((now_s + period_s) * rate_hz) as usize;
            for (sample, angle) in samples.clone().zip(&mut angles[samples]) {
                let phase = (sample as f64 / rate_hz - now_s) / period_s * std::f64::consts::TAU;
                *angle += turn * (0.5 * (1.0 - phase.cos()) * peak * share);
            }
            now_s += period_s;
        }
        now_s += numbers.between(0.5, 1.5);
        pair += 1;
    }
    angles
}

/// A session as CSV: time and quaternion, seven digits.
fn session(seed: u64, seconds: f64, rate_hz: f64) -> String {
    let mut numbers = Numbers(ChaCha8Rng::seed_from_u64(seed));
    let heading = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), numbers.between(-3.0, 3.0));
    let tilt = UnitQuaternion::new(numbers.vector() * numbers.between(0.0, 0.2));
    let mut text = "t,qw,qx,qy,qz\n".to_owned();
    for (sample, angle) in angles(&mut numbers, seconds, rate_hz).iter().enumerate() {
        let about = |axis: usize| {
            let axes = [Vector3::x_axis(), Vector3::y_axis(), Vector3::z_axis()];
            UnitQuaternion::from_axis_angle(&axes[axis], angle[axis].to_radians())
        };
        let noise = UnitQuaternion::new(numbers.vector() * 0.02_f64.to_radians());
        let q = heading * tilt * about(1) * about(0) * about(2) * noise;
        let q = q.into_inner() * q.w.signum();
        let time_s = sample as f64 / rate_hz;
        writeln!(
            text,
            "{time_s:.6},{:.7},{:.7},{:.7},{:.7}",
            q.w, q.i, q.j, q.k
        )
        .unwrap();
    }
    text
}

/// Time, and largest resident memory in MiB, of a batch with one set of options.
fn once(archive: &Path, jobs: usize) -> (Duration, f64) {
    let out = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_neckrom"))
        .args(["batch", "--quiet", "--jobs", &jobs.to_string(), "--out"])
        .arg(out.path())
        .arg(archive)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0.0;
    while child.try_wait().unwrap().is_none() {
        most = f64::max(most, peak_mib(Path::new(&status)).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(2));
    }
    (begun.elapsed(), most)
}

fn peak_mib(status: &Path) -> Option<f64> {
    let text = String::from_utf8(std::fs::read(status).ok()?).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

fn speed(root: &Path, kind: &Kind) {
    let folder = root.join(kind.name);
    std::fs::create_dir(&folder).unwrap();
    let mut bytes = 0;
    for number in 0..kind.count {
        let text = session(number, kind.seconds, kind.rate_hz);
        bytes += text.len();
        std::fs::write(folder.join(format!("{number:03}.csv")), text).unwrap();
    }
    let samples = kind.count as f64 * kind.seconds * kind.rate_hz;
    for jobs in [1, 2] {
        let mut runs: Vec<(Duration, f64)> = (0..RUNS).map(|_| once(&folder, jobs)).collect();
        runs.sort_by_key(|run| run.0);
        let (time, memory) = runs[RUNS / 2];
        let seconds = time.as_secs_f64();
        println!(
            "{:<6} {:>7} {jobs:>7} {seconds:>8.3} {:>11.2} {:>8.1} {memory:>8.0}",
            kind.name,
            kind.count,
            samples / seconds / 1e6,
            bytes as f64 / seconds / 1e6,
        );
    }
}

/// Tiny recordings, every fiftieth cut off after its header.
fn many(root: &Path, count: usize) {
    let folder = root.join(format!("tiny_{count}"));
    let models: Vec<String> = (0..50).map(|seed| session(seed, 10.0, 100.0)).collect();
    for number in 0..count {
        let place = folder.join(format!("{:03}", number / 1000));
        std::fs::create_dir_all(&place).unwrap();
        let text = &models[number % models.len()];
        let text = if number % 50 == 49 { &text[..14] } else { text };
        std::fs::write(place.join(format!("{number:06}.csv")), text).unwrap();
    }
    let (time, memory) = once(&folder, 2);
    let seconds = time.as_secs_f64();
    println!(
        "{:<6} {count:>7} {:>7} {seconds:>8.3} {:>11.2} {:>8} {memory:>8.0}",
        "tiny",
        2,
        count as f64 * 1000.0 / seconds / 1e6,
        ""
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

fn main() {
    let root = tempfile::tempdir().unwrap();
    let most = std::env::var("NECKROM_BATCH")
        .ok()
        .and_then(|text| text.parse().ok());
    println!(
        "{:<6} {:>7} {:>7} {:>8} {:>11} {:>8} {:>8}",
        "kind", "number", "threads", "seconds", "Msamples/s", "MB/s", "MiB"
    );
    for kind in &KINDS {
        speed(root.path(), kind);
    }
    let most = most.unwrap_or(10_000);
    let counts = std::iter::successors(Some(100), |count| Some(count * 10));
    for count in counts.take_while(|count| *count <= most) {
        many(root.path(), count);
    }
}
