//! `neckrom batch`: an archive to tables.

mod listing;
mod progress;
mod size;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use self::listing::Listed;
use self::progress::Shown;
use super::given::Given;
use super::reading::shown;
use crate::batch::part::Parts;
use crate::batch::place::Place;
use crate::batch::row::Status;
use crate::batch::run::{Progress, Running, run, threads};
use crate::batch::series::Series;
use crate::batch::shard::Shard;
use crate::batch::tables::{Contents, SHOWN, Summary, write};
use crate::read::error::excerpt;

/// Measure an archive: many recordings to three tables; what is done is not done again
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
    neckrom batch archive --out results\n  \
    neckrom batch --manifest list.csv --out results --jobs 8\n  \
    neckrom batch archive --shard 0/8 --out results/0\n\n\
    Exit code: 0 all well; 1 recordings failed, some or all, and recordings.parquet says why; 2 no tables \
    were written, as nothing was found or the folder cannot be used")]
pub struct BatchArgs {
    /// Recordings, or folders to search for them
    #[arg(value_name = "PATH", required_unless_present = "manifest")]
    pub paths: Vec<PathBuf>,
    /// A table, CSV or Parquet, with the columns path, subject, visit, and any option under Measuring,
    /// Orientation or Reading, such as mount; a row a recording, paths from the table's folder
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    pub manifest: Option<PathBuf>,
    /// What is written
    #[command(flatten)]
    pub writing: WritingArgs,
    /// Files of single recordings
    #[command(flatten)]
    pub each: EachArgs,
    /// How it is run
    #[command(flatten)]
    pub running: RunningArgs,
    /// How to read and to measure
    #[command(flatten)]
    pub given: Given,
}

/// The tables.
#[derive(Debug, Clone, Args)]
pub struct WritingArgs {
    /// Folder for recordings.parquet, movements.parquet and repetitions.parquet
    #[arg(long, value_name = "DIR", help_heading = "Results")]
    pub out: PathBuf,
    /// Write the tables as CSV too
    #[arg(long, help_heading = "Results")]
    pub csv: bool,
}

/// Files of single recordings.
#[derive(Debug, Clone, Args)]
pub struct EachArgs {
    /// Write the angle time series of each recording as Parquet, in all three views
    #[arg(long, help_heading = "Results")]
    pub angles: bool,
    /// Draw the angles of each recording, as SVG and PNG
    #[arg(long, help_heading = "Results")]
    pub pictures: bool,
}

/// How a batch is run.
#[derive(Debug, Clone, Args)]
pub struct RunningArgs {
    /// Recordings measured at the same time; one for each processor without
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), help_heading = "Running")]
    pub jobs: Option<u16>,
    /// Memory for recordings, about; one that needs more is measured alone
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = size::bytes, help_heading = "Running")]
    pub memory: u64,
    /// Measure again what failed before
    #[arg(long, help_heading = "Running")]
    pub retry_failed: bool,
    /// Only this share of the recordings, numbered from 0, such as 0/8; `neckrom merge` joins them
    #[arg(long, value_name = "I/N", help_heading = "Running")]
    pub shard: Option<Shard>,
    /// Say nothing but errors
    #[arg(long, help_heading = "Running")]
    pub quiet: bool,
}

impl BatchArgs {
    /// Runs the command; returns the exit code.
    ///
    /// # Errors
    /// When nothing is found, and when the results cannot be written.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        let place = Place::take(&self.writing.out)?;
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.running.jobs.map_or_else(processors, usize::from);
        let pool = threads(jobs)?;
        let listed = pool.install(|| self.listed())?;
        if !self.running.quiet {
            listed.say_passed_over(err)?;
        }
        listed.say_barren(err)?;
        listed.save_passed_over(place.root())?;
        if listed.inputs == 0 {
            bail!("no recording was found; `neckrom formats` shows what can be read");
        }
        let running = self.running();
        running.series.folders()?;
        let mut parts = Parts::open(&place)?;
        if parts.damaged() > 0 {
            let count = parts.damaged();
            writeln!(
                err,
                "{count} damaged parts in {} are measured again",
                shown(place.root())
            )?;
        }
        let mut progress = Shown::new(listed.tasks.len(), self.running.quiet);
        let mut last = Progress::default();
        let spots = run(&pool, &listed.tasks, &mut parts, &running, &mut |now| {
            last = *now;
            progress.show(now, err);
        })?;
        progress.end(&last, err);
        let spots = listed.places.iter().copied().zip(spots).collect();
        let contents = Contents::of_parts(&parts, spots, listed.inputs);
        let summary = write(place.root(), &contents, self.writing.csv)?;
        if !self.running.quiet {
            let before = match last.kept {
                0 => String::new(),
                kept => format!("; {kept} were done before"),
            };
            writeln!(out, "{}{before}", tally(&summary).1)?;
            say_alone(&last, err)?;
        }
        say_failures(&summary, err)?;
        if !self.running.quiet {
            writeln!(err, "results are in {}", shown(place.root()))?;
        }
        Ok(told_code(tally(&summary).0 + listed.barren.len()))
    }

    fn listed(&self) -> anyhow::Result<Listed> {
        match &self.manifest {
            Some(path) => listing::of_manifest(path, &self.given, self.running.shard)
                .with_context(|| shown(path)),
            None => listing::of_paths(&self.paths, &self.given, self.running.shard),
        }
    }

    fn running(&self) -> Running {
        Running {
            memory: self.running.memory,
            retry_failed: self.running.retry_failed,
            series: Series {
                root: self.writing.out.clone(),
                angles: self.each.angles,
                pictures: self.each.pictures,
            },
        }
    }
}

/// The exit code once the tables are written, even where every recording failed: they say so, and
/// another run would end in the same. A scheduler that starts again what exits with 2 would never stop.
pub(super) fn told_code(failed: usize) -> u8 {
    u8::from(failed > 0)
}

/// How many recordings failed, and how many there are of each status as text: `200 recordings: 190 ok, 8
/// partial, 2 failed`.
pub(super) fn tally(summary: &Summary) -> (usize, String) {
    let counts = [Status::Ok, Status::Partial, Status::Failed].map(|one| summary.count(one.name()));
    let [ok, partial, failed] = counts;
    let total = ok + partial + failed;
    let text = format!("{total} recordings: {ok} ok, {partial} partial, {failed} failed");
    (failed, text)
}

fn say_alone(last: &Progress, err: &mut dyn Write) -> std::io::Result<()> {
    if last.alone > 0 {
        writeln!(
            err,
            "{} recordings need more than --memory; each was measured while no other was",
            last.alone
        )?;
    }
    Ok(())
}

/// The first failures; all are in the table.
pub(super) fn say_failures(summary: &Summary, err: &mut dyn Write) -> std::io::Result<()> {
    for (recording, error) in &summary.failures {
        let recording = shown(Path::new(recording));
        writeln!(
            err,
            "error: {recording}: {}",
            excerpt(error.as_bytes(), 400)
        )?;
    }
    let more = summary.count(Status::Failed.name()).saturating_sub(SHOWN);
    if more > 0 {
        writeln!(
            err,
            "error: {more} more failed; recordings.parquet names them all"
        )?;
    }
    Ok(())
}
