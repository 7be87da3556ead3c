//! Throughput of each decoder on a stream of its own frames, in bytes a second, given in pieces of 64
//! bytes as a port gives them. Beside them: counting the lines of a text.
//! `cargo bench --bench decode`

#![expect(clippy::unwrap_used, reason = "a bench")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nalgebra::{UnitQuaternion, Vector3};
use neckrom::protocol::{Decoded, PROTOCOLS, Protocol, Sample};

const SAMPLES: u64 = 10_000;
/// Bytes that a port gives at once.
const PIECE: usize = 64;

fn sample(index: u64) -> Sample {
    let time_s = index as f64 / 100.0;
    let turn = UnitQuaternion::from_euler_angles(0.2, 0.8 * time_s.sin(), 0.3 * time_s.cos());
    Sample {
        counter: Some(index),
        device_time_s: Some(time_s),
        earth_from_sensor: Some(*turn),
        gyro_rad_s: Some(Vector3::new(0.1, 0.8 * time_s.cos(), -0.3)),
        accel_m_s2: Some(turn.inverse() * Vector3::new(0.0, 0.0, 9.8)),
        mag_ut: Some(Vector3::new(20.0, 1.0, -40.0)),
        ..Sample::default()
    }
}

fn stream(protocol: &Protocol) -> Option<Vec<u8>> {
    let encode = protocol.encode?;
    let mut bytes = Vec::new();
    for index in 0..SAMPLES {
        encode(&sample(index), &mut bytes);
    }
    Some(bytes)
}

fn decoded(protocol: &Protocol, bytes: &[u8]) -> usize {
    let (mut decoder, mut out, mut count) = ((protocol.decoder)(), Decoded::default(), 0);
    for piece in bytes.chunks(PIECE) {
        decoder.push(piece, 0.0, &mut out);
        count += out.samples.len();
        out.samples.clear();
    }
    decoder.finish(&mut out);
    count + out.samples.len()
}

fn decoders(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(2));
    let own = PROTOCOLS.iter().find(|one| one.name == "neckrom-line");
    let text = own.and_then(stream).unwrap();
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("beside: lines counted", |b| {
        b.iter(|| memchr::memchr_iter(b'\n', black_box(&text)).count());
    });
    for protocol in PROTOCOLS {
        let Some(bytes) = stream(protocol) else {
            continue;
        };
        assert!(decoded(protocol, &bytes) as u64 >= SAMPLES - 2);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(protocol.name, |b| {
            b.iter(|| decoded(protocol, black_box(&bytes)));
        });
    }
    group.finish();
}

criterion_group!(benches, decoders);
criterion_main!(benches);
