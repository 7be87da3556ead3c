//! The command line: one file a command.
//!
//! Exit codes: 0 all well; 1 some recordings failed, the others were done, or a check found something
//! wrong; 2 nothing could be done. Of an archive, whose tables tell of each recording, 1 is also the code
//! when all failed, and 2 says that no tables were written.
//! A reader that closes the pipe early is no failure.

pub mod analyze;
pub mod analyzing;
pub mod batch;
pub mod capture;
pub mod check;
pub mod compare;
pub mod convert;
pub mod formats;
pub mod fusing;
pub mod given;
pub mod guiding;
pub mod inspect;
pub mod marking;
pub mod measuring;
pub mod merge;
pub mod playing;
pub mod plotting;
pub mod ports;
pub mod reading;
pub mod reliability;
pub mod replay;
pub mod save;
pub mod screen;
pub mod simulate;
pub mod spark_job;
mod stopping;
mod results;
mod tables;
pub mod virtual_headband;
pub mod worker;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::batch::note_panic;

/// Range of motion of the neck from IMU sensors, and what changed between visits.
///
/// Gives measurements only, no diagnosis, no treatment advice.
#[derive(Debug, Parser)]
#[command(name = "neckrom", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Inspect(inspect::InspectArgs),
    Check(check::CheckArgs),
    Analyze(analyze::AnalyzeArgs),
    Batch(Box<batch::BatchArgs>),
    Merge(merge::MergeArgs),
    Worker(Box<worker::WorkerArgs>),
    SparkJob(spark_job::SparkJobArgs),
    Compare(compare::CompareArgs),
    Reliability(reliability::ReliabilityArgs),
    Simulate(Box<simulate::SimulateArgs>),
    Convert(convert::ConvertArgs),
    Formats(formats::FormatsArgs),
    Ports(ports::PortsArgs),
    Capture(Box<capture::CaptureArgs>),
    Replay(Box<replay::ReplayArgs>),
    VirtualHeadband(virtual_headband::VirtualHeadbandArgs),
}

impl Command {
    fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        match self {
            Self::Inspect(args) => args.run(out, err),
            Self::Check(args) => args.run(out, err),
            Self::Analyze(args) => args.run(out, err),
            Self::Batch(args) => args.run(out, err),
            Self::Merge(args) => args.run(out, err),
            Self::Worker(args) => args.run(out),
            Self::SparkJob(args) => args.run(out),
            Self::Compare(args) => args.run(out, err),
            Self::Reliability(args) => args.run(out, err),
            Self::Simulate(args) => args.run(out, err),
            Self::Convert(args) => args.run(out, err),
            Self::Formats(args) => args.run(out, err),
            Self::Ports(args) => args.run(out, err),
            Self::Capture(args) => args.run(out, err),
            Self::Replay(args) => args.run(out, err),
            Self::VirtualHeadband(args) => args.run(out, err),
        }
    }
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    hush_caught_panics();
    let command = Cli::parse().command;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut err = io::stderr().lock();
    let result = command.run(&mut out, &mut err).and_then(|code| {
        out.flush()?;
        Ok(code)
    });
    let code = result.unwrap_or_else(|error| {
        if is_broken_pipe(&error) {
            return 0;
        }
        // Nothing is left to do when even the error cannot be said.
        drop(writeln!(err, "error: {error:#}"));
        2
    });
    ExitCode::from(code)
}

/// The Parquet library panics on some broken files; the reader catches that and says that the file is
/// damaged. What the library itself prints then tells a user nothing. A panic in a recording of a batch is
/// told in the tables.
fn hush_caught_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let file = info.location().map_or("", |place| place.file());
        let in_parquet = file.contains("polars") && file.contains("read");
        if !(note_panic(info) || in_parquet) {
            usual(info);
        }
    }));
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// 0 when all went well, 1 when some failed, 2 when nothing was done.
const fn exit_code(good: usize, failed: usize) -> u8 {
    match (good, failed) {
        (0, _) => 2,
        (_, 0) => 0,
        _ => 1,
    }
}
