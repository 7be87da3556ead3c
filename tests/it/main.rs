//! All integration tests, in one binary.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests may fail loudly"
)]

mod alignment;
mod asked;
mod bad_input;
mod batch;
mod batch_resume;
mod batch_support;
mod batch_trouble;
mod blocks;
mod capture;
#[cfg(target_os = "linux")]
mod capture_survival;
mod check;
mod check_samples;
mod cli_bad_input;
mod cli_help;
mod cli_outputs;
mod cli_tables;
mod clocks;
mod configured;
mod described;
mod format_samples;
mod formats;
mod fusion;
mod golden;
mod group;
mod headband;
#[cfg(target_os = "linux")]
mod headband_capture;
#[cfg(unix)]
mod headband_port;
mod hostile;
mod json;
mod layering;
mod optical;
mod pictures;
mod properties;
mod raw;
mod restarts;
mod readme;
mod reliability;
mod replay_log;
mod sample_data;
mod samples_xio;
mod samples_phones;
mod samples_vr;
mod samples_logs;
mod score;
mod screen;
mod sets;
mod support;
mod survival;
mod terminal;
mod trust;
mod truth;
mod two_files;
mod visits;
mod worker;
mod writers;
