//! Tables of Parquet. The library panics on some broken files, which the reader catches and calls
//! damage: only a panic that leaves the reader counts.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: std::panic::set_hook(Box::new(|_caught| {})),
    |bytes: &[u8]| neckrom_fuzz::read_as("parquet", bytes)
);
