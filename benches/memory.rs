//! Memory that each reader takes beyond the columns it returns: of its examples, grown to 32 MiB, and
//! of a file that goes on with 1 GiB of one line. `cargo bench --bench memory`

#![expect(clippy::print_stdout, reason = "a bench that is read by people")]

mod support;

use std::io::{BufRead, BufReader, Cursor, Read};

use neckrom::sample::{Recording, SensorSamples};
use peak_alloc::PeakAlloc;

use self::support::{Example, examples, read};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const SIZE: usize = 32 * 1024 * 1024;
const LINE: u64 = 1024 * 1024 * 1024;
const MIB: f64 = 1024.0 * 1024.0;

/// Bytes of all channels.
fn columns(recording: &Recording) -> usize {
    let of = |sensor: &SensorSamples| {
        let vectors = [&sensor.gyro_rad_s, &sensor.accel_m_s2, &sensor.mag_ut];
        let numbers = 1
            + 4 * usize::from(sensor.earth_from_sensor.is_some())
            + 3 * vectors.into_iter().flatten().count();
        8 * numbers * sensor.len()
    };
    recording.sensors.iter().map(of).sum()
}

/// MiB beyond what is returned, at the worst moment.
fn beyond(example: &Example, reader: &mut dyn BufRead) -> (f64, bool) {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let recording = read(example.format, reader);
    let returned = recording.as_ref().map_or(0, columns);
    let taken = HEAP.peak_usage().saturating_sub(before + returned);
    (taken as f64 / MIB, recording.is_ok())
}

fn main() {
    println!(
        "{:<64} {:>9} {:>12} {:>12}",
        "", "file MiB", "beyond MiB", "1 GiB line"
    );
    for example in examples(SIZE) {
        let (grown, _) = beyond(&example, &mut &*example.bytes);
        let half = Cursor::new(example.bytes[..example.bytes.len().min(4096) / 2].to_vec());
        let endless = half.chain(std::io::repeat(b'7').take(LINE));
        let (line, ok) = beyond(&example, &mut BufReader::with_capacity(64 * 1024, endless));
        let outcome = if ok { "read" } else { "refused" };
        let size = example.bytes.len() as f64 / MIB;
        println!(
            "{:<64} {size:>9.1} {grown:>12.1} {line:>12.1} {outcome}",
            example.name
        );
    }
}
