//! All integration tests, in one binary.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests may fail loudly"
)]

mod bad_input;
mod formats;
mod golden;
mod layering;
mod properties;
mod sample_data;
mod score;
mod truth;
