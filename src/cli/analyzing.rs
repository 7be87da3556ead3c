//! What `analyze` and `compare` share: which recordings, how to measure them, and doing it, a
//! recording a core.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use rayon::prelude::*;

use super::measuring::MeasuringArgs;
use super::reading::{ReadingArgs, say_passed_over, shown};
use crate::pipeline::{self, Analysis, Settings};
use crate::read::{self, Opened};
use crate::report::Report;
use crate::report::assemble::Origin;

/// Which recordings, and how to measure them.
#[derive(Debug, Clone, Args)]
pub struct AnalyzingArgs {
    /// Recordings, or folders to search for them
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
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
        self.reading.check(&found)?;
        let settings = self.measuring.settings();
        let results: Vec<anyhow::Result<T>> = found
            .recordings
            .par_iter()
            .map(|path| {
                self.analyze(path, &settings)
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

    fn analyze(&self, path: &Path, settings: &Settings) -> anyhow::Result<Analyzed> {
        let opened = read::open(path, &self.measuring.fusing.reading(self.reading.options()))?;
        if !self.as_is {
            opened.refuse_misread(settings.fuse.fusion.is_some())?;
        }
        let Opened {
            mut recording,
            format,
            sha256,
            warnings,
            path,
            trunk,
            trust: _,
        } = opened;
        self.measuring.apply(&mut recording.about);
        let analysis = pipeline::analyze(&recording, settings)?;
        let origin = Origin {
            path: path.to_string_lossy().into_owned(),
            format: format.name.to_owned(),
            sha256,
            trunk: trunk.map(|trunk| (trunk.path.to_string_lossy().into_owned(), trunk.sha256)),
            warnings,
        };
        let report = Report::new(&origin, &recording, &analysis, settings);
        Ok(Analyzed {
            path,
            analysis,
            report,
        })
    }
}
