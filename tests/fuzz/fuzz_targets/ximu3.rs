//! Messages of x-IMU3, binary and text.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| neckrom_fuzz::read_as("ximu3", bytes));
