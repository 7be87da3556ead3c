//! Chunks of XDF.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| neckrom_fuzz::read_as("xdf", bytes));
