//! Logs of a capture.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| neckrom_fuzz::read_as("capture-log", bytes));
