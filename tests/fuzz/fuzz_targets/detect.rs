//! Any first bytes: every detector answers.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    drop(neckrom::read::detect(bytes));
});
