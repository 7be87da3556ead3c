//! `neckrom worker`: a filter for engines, see [`crate::batch::worker`].

use std::io::{self, IsTerminal as _, Read, Write};
use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use rayon::prelude::*;

use super::given::{Given, Rows};
use crate::batch::Options;
use crate::batch::run::threads;
use crate::batch::worker::{Answer, Answers, Request, Requests, answer};

/// Rows that are measured before their results are written, for each thread.
const ROWS: usize = 8;

/// What comes in and what goes out.
const STREAMS: &str = "\
Standard input is an Arrow IPC stream, a row a recording, with the columns:
  recording_id             text or whole number: what its row of results is known by
  and, to be measured, one that is not null of
    path                   text: the file
    bytes                  binary: the content of a file in any format; path is its name
    time_s, q_w, q_x, ...  lists of numbers: samples, with the names of a native CSV
  and, if wanted,
    input                  whole number: place in the input, from 0, as `neckrom merge` needs it
    subject, visit         text: labels
    practice, mount, ...   text, number or boolean: any option under Measuring, Orientation or
                           Reading; where it is null, what is given on the command line holds

Standard output is an Arrow IPC stream, a row a recording, in the same order, as they are measured:
  recording_id, input      as they came
  status, error, ...       the columns of recordings.parquet
  movement_n, ...          the columns of movements.parquet, as lists, six long
  repetition_rom_deg, ...  the columns of repetitions.parquet, as lists
Types are Utf8, Float64, Int64 and lists of these; booleans are 0 and 1. The version of the schema
is in its metadata, under neckrom.rows.

A recording that fails is a row with its error. Exit code: 0 whatever the recordings; 2 when the
stream is broken or a column cannot be used. Nothing but the stream goes to standard output.

Example:
  neckrom worker --practice 1 < recordings.arrows > results.arrows";

/// Measure recordings for an engine such as Spark: an Arrow stream in, an Arrow stream out
#[derive(Debug, Clone, Args)]
#[command(after_help = STREAMS)]
pub struct WorkerArgs {
    /// Recordings measured at the same time; an engine runs a worker for each processor
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..), help_heading = "Running")]
    pub jobs: u16,
    /// How to read and to measure
    #[command(flatten)]
    pub given: Given,
}

impl WorkerArgs {
    /// Runs the command; returns the exit code.
    ///
    /// # Errors
    /// When the stream on standard input is broken, and when the results cannot be written.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<u8> {
        let input = io::stdin().lock();
        if input.is_terminal() {
            bail!("an engine feeds this command; `neckrom worker --help` says with what");
        }
        self.serve(input, out)?;
        Ok(0)
    }

    fn serve(&self, input: impl Read, out: &mut dyn Write) -> anyhow::Result<()> {
        let mut requests = Requests::open(input)?;
        let names = requests.options();
        let mut options = Rows::new(&self.given, &names.iter().collect::<Vec<_>>())?;
        let labels = self.given.how.measuring.labels();
        let jobs = usize::from(self.jobs);
        let pool = threads(jobs)?;
        let mut answers = Answers::new(out)?;
        while let Some(batch) = requests.next_batch()? {
            for first in (0..batch.num_rows()).step_by(ROWS * jobs) {
                let last = batch.num_rows().min(first + ROWS * jobs);
                let rows = (first..last).map(|row| requests.request(&batch, row));
                let asked: Vec<_> = rows.map(|one| with_options(one, &mut options)).collect();
                let measured = |(request, options)| answer(request, &labels, options);
                let done: Vec<Answer> =
                    pool.install(|| asked.into_par_iter().map(measured).collect());
                answers.write(&done)?;
            }
        }
        Ok(answers.finish()?)
    }
}

type Asked = (Request, Result<Arc<Options>, String>);

fn with_options(mut request: Request, rows: &mut Rows<'_>) -> Asked {
    let cells = std::mem::take(&mut request.cells);
    let options = rows.options(cells).map_err(|error| format!("{error:#}"));
    (request, options)
}
