//! Tests of the whole program and of its parts together, in one binary.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests may fail loudly")]

mod bad_input;
mod formats;
