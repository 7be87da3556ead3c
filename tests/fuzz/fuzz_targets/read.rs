//! Any file: whatever a detector takes for its own is read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| neckrom_fuzz::read_as_detected(bytes));
