//! `neckrom merge`: the tables of shards as one.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::batch::{say_failures, tally, told_code};
use super::reading::shown;
use crate::batch::merge::merge;
use crate::batch::place::Place;

/// Put the tables of all shards of a batch together, as one run would have written them
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Example:\n  neckrom merge results/0 results/1 --out results/all\n\n\
    Exit code: 0 all well; 1 recordings failed, some or all; 2 no tables were written"
)]
pub struct MergeArgs {
    /// Folder of each shard, as `neckrom batch --shard` wrote it; or of Parquet files with all rows that
    /// `neckrom worker` gave
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// Folder for the tables
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write the tables as CSV too
    #[arg(long)]
    pub csv: bool,
}

impl MergeArgs {
    /// Runs the command; returns the exit code.
    ///
    /// # Errors
    /// When the shards do not make up one batch, and when tables cannot be read or written.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        let place = Place::take(&self.out)?;
        let summary = merge(&self.folders, &place, self.csv)?;
        let (failed, text) = tally(&summary);
        writeln!(out, "{text}")?;
        say_failures(&summary, err)?;
        writeln!(err, "results are in {}", shown(&self.out))?;
        Ok(told_code(failed))
    }
}
