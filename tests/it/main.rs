//! All integration tests, in one binary.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod bad_input;
mod formats;
mod golden;
mod layering;
mod properties;
mod sample_data;
mod score;
mod truth;
