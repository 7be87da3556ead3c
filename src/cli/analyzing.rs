//! What `analyze` and `compare` share: which recordings, how to measure them, and doing it, a
//! recording a core.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use rayon::prelude::*;

use super::fusing::FusingArgs;
use super::marking::MarkingArgs;
use super::reading::{ReadingArgs, say_passed_over, shown};
use crate::frames::Mount;
use crate::orientation::heading::Rests;
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
    /// Sensor axes that point forward and up, such as +x,+z; levelled in neutral, since headbands sit crooked
    #[arg(
        long,
        value_name = "FORWARD,UP",
        allow_hyphen_values = true,
        help_heading = "Measuring"
    )]
    pub mount: Option<Mount>,
    /// The same, taken as it is: for orientations that are the head's already
    #[arg(
        long,
        value_name = "FORWARD,UP",
        allow_hyphen_values = true,
        conflicts_with = "mount",
        help_heading = "Measuring"
    )]
    pub mount_exact: Option<Mount>,
    /// Sensor axes of the trunk sensor that point forward and up; exact with --mount-exact
    #[arg(
        long,
        value_name = "FORWARD,UP",
        allow_hyphen_values = true,
        help_heading = "Measuring"
    )]
    pub trunk_mount: Option<Mount>,
    /// Fail a recording whose forward would be a guess: neither declared nor shown
    #[arg(long, help_heading = "Measuring")]
    pub require_alignment: bool,
    /// Measure recordings as they were read, even where their own samples say that it is wrong
    #[arg(long, help_heading = "Measuring")]
    pub as_is: bool,
    /// What was when
    #[command(flatten)]
    pub marking: MarkingArgs,
    /// The first N repetitions of each movement are practice and do not count
    #[arg(long, value_name = "N", help_heading = "Measuring")]
    pub practice: Option<usize>,
    /// What becomes of heading drift
    #[command(flatten)]
    pub drift: DriftArgs,
    /// Which orientation is used
    #[command(flatten)]
    pub fusing: FusingArgs,
    /// Subject label of all recordings; wins over names and sidecars
    #[arg(long, value_name = "LABEL", help_heading = "Labels")]
    pub subject: Option<String>,
    /// Visit label of all recordings; wins over names and sidecars
    #[arg(long, value_name = "LABEL", help_heading = "Labels")]
    pub visit: Option<String>,
    /// How to read
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// What becomes of heading drift.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Measuring")]
pub struct DriftArgs {
    /// Leave heading drift in, instead of taking out the trend over all returns to neutral
    #[arg(long)]
    pub keep_drift: bool,
    /// Every rest is the same place, as in a jig: whatever heading differs by there is drift
    #[arg(long, conflicts_with = "keep_drift")]
    pub same_rest: bool,
}

/// A recording that went through.
pub(super) struct Analyzed {
    pub(super) path: PathBuf,
    pub(super) analysis: Analysis,
    pub(super) report: Report,
}

impl AnalyzingArgs {
    fn settings(&self) -> Settings {
        let exact = self.mount_exact.is_some();
        let taken = |mount: Mount| Mount { exact, ..mount };
        Settings {
            mount: self.mount.or(self.mount_exact).map(taken),
            trunk_mount: self.trunk_mount.map(taken),
            practice: self.practice,
            fuse: self.fusing.settings(),
            keep_drift: self.drift.keep_drift,
            rests: if self.drift.same_rest {
                Rests::SamePlace
            } else {
                Rests::AboutNeutral
            },
            require_alignment: self.require_alignment,
            ..Settings::default()
        }
    }

    /// Analyses every recording found and hands it to `each`; says on `err` which failed and what
    /// was passed over. Returns what `each` gave, in the order found, and how many failed.
    pub(super) fn run<T: Send>(
        &self,
        err: &mut dyn Write,
        each: impl Fn(Analyzed) -> anyhow::Result<T> + Sync,
    ) -> anyhow::Result<(Vec<T>, usize)> {
        let found = read::find_recordings(&self.paths);
        self.reading.check(&found)?;
        let settings = self.settings();
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
        let opened = read::open(path, &self.reading.options())?;
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
        let about = &mut recording.about;
        about.subject = self.subject.clone().or(about.subject.take());
        about.visit = self.visit.clone().or(about.visit.take());
        about.events.splice(0..0, self.marking.events());
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
