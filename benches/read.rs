//! Throughput of each reader on its examples, grown to 16 MiB of memory, in bytes of file a second.
//! Beside them, on the first text: counting its lines, and the csv crate with the standard parser.
//! `cargo bench --bench read`

#![expect(clippy::unwrap_used, reason = "a bench")]

mod support;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use self::support::{examples, read};

const SIZE: usize = 16 * 1024 * 1024;

fn lines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

/// All cells of a text as numbers, as one would write it in an hour.
fn csv_crate(bytes: &[u8]) -> Vec<f64> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    let mut values = Vec::new();
    while reader.read_byte_record(&mut record).unwrap() {
        let cells = record
            .iter()
            .filter_map(|cell| std::str::from_utf8(cell).ok());
        values.extend(cells.filter_map(|cell| cell.trim().parse::<f64>().ok()));
    }
    values
}

fn readers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(2));
    let all = examples(SIZE);
    let plain = all.iter().find(|one| one.format.name == "native-csv");
    if let Some(plain) = plain {
        group.throughput(Throughput::Bytes(plain.bytes.len() as u64));
        group.bench_function("beside: lines counted", |b| {
            b.iter(|| lines(black_box(&plain.bytes)));
        });
        group.bench_function("beside: csv crate", |b| {
            b.iter(|| csv_crate(black_box(&plain.bytes)));
        });
    }
    for example in &all {
        group.throughput(Throughput::Bytes(example.bytes.len() as u64));
        group.bench_function(&example.name, |b| {
            b.iter(|| read(example.format, &mut black_box(&*example.bytes)).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, readers);
criterion_main!(benches);
