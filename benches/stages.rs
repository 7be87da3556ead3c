//! Time of each stage, on simulated recordings of 60 s at 100 Hz and 10 min at 400 Hz.
//! `cargo bench --bench stages`; throughput is in samples (elements) a second.

#![expect(clippy::unwrap_used, reason = "a bench")]

use std::hint::black_box;
use std::io::Cursor;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use neckrom::angles::neck::{Placed, Relative, Zero};
use neckrom::movement::repetition;
use neckrom::orientation::clean::Channels;
use neckrom::orientation::clock::{self, EvenSamples};
use neckrom::orientation::still::{self, StillWindow};
use neckrom::pipeline::{self, Analysis, Settings};
use neckrom::read::{self, ReadOptions, Source};
use neckrom::sample::Recording;
use neckrom::warning::Warnings;
use neckrom::write::{Digits, native_csv_with};
use neckrom::{report, simulate};

/// Name, seconds, rate, repetitions of each movement that fill the time.
const SIZES: [(&str, f64, f64, usize); 2] = [
    ("60 s at 100 Hz", 60.0, 100.0, 1),
    ("10 min at 400 Hz", 600.0, 400.0, 14),
];

fn recording(seconds: f64, rate_hz: f64, recorded: usize) -> Recording {
    let settings = simulate::Settings {
        rate_hz,
        recorded,
        practice: 0,
        nods: 3,
        ..simulate::Settings::default()
    };
    let mut recording = simulate::simulate(&settings).unwrap().recording;
    let samples = (seconds * rate_hz) as usize;
    let sensor = &mut recording.sensors[0];
    assert!(
        sensor.len() >= samples,
        "{} samples are too few",
        sensor.len()
    );
    sensor.time_s.truncate(samples);
    sensor.earth_from_sensor.as_mut().unwrap().truncate(samples);
    recording
}

fn csv(recording: &Recording) -> Vec<u8> {
    native_csv_with(
        recording,
        &[],
        Some(&Digits {
            time: 6,
            quaternion: 7,
            raw: 6,
        }),
    )
}

fn read(csv: &[u8]) -> Recording {
    let (format, _) = read::detect(&csv[..csv.len().min(read::DETECT_BYTES)]).unwrap();
    let mut reader = Cursor::new(csv);
    let mut source = Source {
        reader: &mut reader,
        length: None,
        name: "bench",
        neighbours: read::Neighbours::new(&read::neighbours::Nowhere, "bench"),
    };
    let mut recording = (format.read)(
        &mut source,
        &ReadOptions::default(),
        &mut Warnings::default(),
    )
    .unwrap();
    read::assign_places(&mut recording, &ReadOptions::default()).unwrap();
    recording
}

/// A recording of one size, as samples and as text, and what its stages start from.
struct Input {
    name: &'static str,
    recording: Recording,
    csv: Vec<u8>,
    analysis: Analysis,
}

fn inputs() -> Vec<Input> {
    SIZES
        .into_iter()
        .map(|(name, seconds, rate_hz, repetitions)| {
            let recording = recording(seconds, rate_hz, repetitions);
            let analysis = pipeline::analyze(recording.clone(), &Settings::default()).unwrap();
            Input {
                name,
                csv: csv(&recording),
                recording,
                analysis,
            }
        })
        .collect()
}

/// Times `work` on both sizes; by bytes of text, or by samples.
fn group<T>(
    criterion: &mut Criterion,
    stage: &str,
    throughput: fn(&Input) -> Throughput,
    mut work: impl FnMut(&Input) -> T,
) {
    let mut group = criterion.benchmark_group(stage);
    for input in inputs() {
        group.throughput(throughput(&input));
        group.bench_function(BenchmarkId::from_parameter(input.name), |b| {
            b.iter(|| black_box(work(black_box(&input))));
        });
    }
    group.finish();
}

fn samples(input: &Input) -> Throughput {
    Throughput::Elements(input.recording.sensors[0].len() as u64)
}

fn bytes(input: &Input) -> Throughput {
    Throughput::Bytes(input.csv.len() as u64)
}

/// An even time base, low-passed.
fn even(recording: &Recording) -> EvenSamples {
    let settings = Settings::default();
    let mut warnings = Warnings::default();
    let mut even = clock::even(
        recording.sensors[0].clone(),
        Channels::Quaternions,
        settings.gap_s,
        &mut warnings,
    )
    .unwrap();
    still::low_pass(&mut even, settings.filter_hz);
    even
}

fn stages(criterion: &mut Criterion) {
    let settings = Settings::default();
    group(criterion, "read", bytes, |input| read(&input.csv));
    group(criterion, "orientation", samples, |input| {
        even(&input.recording)
    });
    let mut ready: Option<(&str, EvenSamples, Vec<StillWindow>)> = None;
    group(criterion, "angles", samples, |input| {
        if ready.as_ref().is_none_or(|(name, ..)| *name != input.name) {
            let even = even(&input.recording);
            let zeros = &input.analysis.motion.zeros;
            let window = |zero: &Zero| still::window(&even, zero.samples.clone());
            let returns = zeros.iter().filter_map(window).collect();
            ready = Some((input.name, even, returns));
        }
        let (_, even, returns) = ready.as_ref().unwrap();
        let segment_from_sensor = input.analysis.head.segment_from_sensor;
        let head = Placed {
            samples: even,
            segment_from_sensor,
        };
        Relative::to_neutral(&head, &returns[0]).from_zeros(returns)
    });
    group(criterion, "repetitions", samples, |input| {
        repetition::find(&input.analysis.motion, &settings.repetition)
    });
    group(criterion, "analyze", samples, |input| {
        pipeline::analyze(input.recording.clone(), &settings).unwrap()
    });
    group(criterion, "csv to table", samples, |input| {
        let analysis = pipeline::analyze(read(&input.csv), &settings).unwrap();
        analysis.movements.each_ref().map(report::build::movement)
    });
}

criterion_group!(benches, stages);
criterion_main!(benches);
