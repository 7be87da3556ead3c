//! What `analyze` and `compare` share: which recordings, how to measure them, and doing it, a
//! recording a core.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use rayon::prelude::*;

use super::given::Given;
use super::measuring::MeasuringArgs;
use super::reading::{ReadingArgs, say_passed_over, shown};
use crate::batch::{Labels, Measured, Options, Source, measure};
use crate::pipeline::Analysis;
use crate::read;
use crate::report::Report;

/// Which recordings, and how to measure them.
#[derive(Debug, Clone, Args)]
pub struct AnalyzingArgs {
    /// Recordings, or folders to search for them
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// How to read and to measure them
    #[command(flatten)]
    pub given: Given,
}

/// How to read and to measure recordings.
#[derive(Debug, Clone, Default, Args)]
pub struct HowArgs {
    /// Measure recordings as they were read, even where their own samples say that it is wrong
    #[arg(long, help_heading = "Measuring")]
    pub as_is: bool,
    /// How to measure
    #[command(flatten)]
    pub measuring: MeasuringArgs,
    /// How to read
    #[command(flatten)]
    pub reading: ReadingArgs,
}

impl HowArgs {
    /// As the stages take them.
    pub(super) fn options(&self) -> Options {
        let measuring = &self.measuring;
        let reading = measuring.fusing.reading(self.reading.options());
        let options = Options::new(reading, measuring.settings(), measuring.marking.events());
        options.as_is(self.as_is)
    }
}

/// A recording that went through.
pub(super) struct Analyzed {
    pub(super) path: PathBuf,
    pub(super) analysis: Analysis,
    pub(super) report: Report,
}

impl AnalyzingArgs {
    /// Analyses every recording found and hands it to `each`; says on `err` which failed and what
    /// was passed over. Returns what `each` gave, in the order found, and how many failed.
    pub(super) fn run<T: Send>(
        &self,
        err: &mut dyn Write,
        each: impl Fn(Analyzed) -> anyhow::Result<T> + Sync,
    ) -> anyhow::Result<(Vec<T>, usize)> {
        let found = read::find_recordings(&self.paths);
        let how = &self.given.how;
        how.reading.check(&found)?;
        let (options, labels) = (how.options(), how.measuring.labels());
        let results: Vec<anyhow::Result<T>> = found
            .recordings
            .par_iter()
            .map(|path| {
                analyze(path, &labels, &options)
                    .and_then(&each)
                    .with_context(|| shown(path))
            })
            .collect();
        let mut done = Vec::with_capacity(results.len());
        let mut failed = 0;
        for result in results {
            match result {
                Ok(value) => done.push(value),
                Err(error) => {
                    failed += 1;
                    writeln!(err, "error: {error:#}")?;
                }
            }
        }
        say_passed_over(&found, err)?;
        Ok((done, failed + found.barren.len()))
    }
}

fn analyze(path: &Path, labels: &Labels, options: &Options) -> anyhow::Result<Analyzed> {
    let name = path.to_string_lossy().into_owned();
    let Measured { analysis, report } = measure(Source::Path(path), name, labels, options)?;
    Ok(Analyzed {
        path: path.to_owned(),
        analysis,
        report,
    })
}
