//! `neckrom compare`: what changed between visits.

use std::fs::File;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::analyzing::AnalyzingArgs;
use super::exit_code;
use super::reading::shown;
use super::{results, tables};
use crate::report::assemble;
use crate::report::compare::Analysed;
use crate::report::files::{self, CompareInput};
use crate::report::group::{self, GroupReport};
use crate::report::png;
use crate::visit::limits::Limits;

/// Compare visits: what changed, and whether it is more than measurement error
///
/// Of tables of movements (movements.parquet of `neckrom batch` or `compare`) it compares first and
/// last visit of all subjects together; they are taken as they were measured.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  neckrom compare sample_data --out out")]
pub struct CompareArgs {
    /// What to measure
    #[command(flatten)]
    pub analyzing: AnalyzingArgs,
    /// Print JSON
    #[arg(long, help_heading = "Results")]
    pub json: bool,
    /// Folder for the page, tables and pictures
    #[arg(long, value_name = "DIR", help_heading = "Results")]
    pub out: Option<PathBuf>,
    /// Limits of change from a file of `neckrom reliability`, in place of the provisional ones
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    pub limits: Option<PathBuf>,
    /// Draw a published reference set beside the plane totals (off unless asked for)
    #[arg(long, value_name = "NAME", value_parser = reference_set, help_heading = "Results")]
    pub reference: Option<String>,
}

impl CompareArgs {
    /// Runs the command; returns the exit code.
    ///
    /// # Errors
    /// When the results cannot be made or written.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        let limits = self.limits.as_deref().map(limits_of).transpose()?;
        if tables::are_tables(&self.analyzing.paths) {
            return self.group(&limits.unwrap_or_default(), out, err);
        }
        let (recordings, failed) = self.analyzing.run(err, |mut analyzed| {
            analyzed.report.trace = assemble::trace(&analyzed.analysis);
            Ok(Analysed {
                report: analyzed.report,
                repetitions: analyzed.analysis.repetitions,
            })
        })?;
        let code = exit_code(recordings.len(), failed);
        if recordings.is_empty() {
            return Ok(code);
        }
        let input = CompareInput {
            recordings,
            limits: limits.unwrap_or_default(),
            reference_set: self.reference.clone(),
            png_scale: Some(png::PRINT_SCALE),
        };
        let report = files::report(&input);
        results::print(&report, self.json, files::text, out)?;
        if let Some(dir) = &self.out {
            results::write(dir, &files::files(&input)?)?;
            writeln!(err, "results are in {}", shown(&dir.join("report.html")))?;
        }
        Ok(code)
    }

    /// All subjects of tables of results.
    fn group(
        &self,
        limits: &Limits,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> anyhow::Result<u8> {
        if self.reference.is_some() {
            bail!("--reference needs recordings, not tables of results");
        }
        let pooled = tables::pooled(&self.analyzing.paths, err)?;
        let report = group::report(&pooled.visits, limits);
        if report.followed == 0 {
            bail!("no subject of the tables has two visits");
        }
        results::print(&report, self.json, GroupReport::text, out)?;
        if let Some(dir) = &self.out {
            results::write(dir, &group::files(&report)?)?;
            writeln!(err, "results are in {}", shown(dir))?;
        }
        Ok(0)
    }
}

/// More is no file of limits.
const LARGEST_LIMITS_BYTES: u64 = 1 << 20;

fn limits_of(path: &Path) -> anyhow::Result<Limits> {
    let refused = || format!("limits {}", shown(path));
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(refused)?;
    file.take(LARGEST_LIMITS_BYTES + 1)
        .read_to_end(&mut bytes)
        .with_context(refused)?;
    if bytes.len() as u64 > LARGEST_LIMITS_BYTES {
        bail!(
            "limits {}: over 1 MiB; give the limits.csv of neckrom reliability",
            shown(path)
        );
    }
    let name = shown(Path::new(path.file_name().unwrap_or_default()));
    Limits::parse(&name, &bytes).with_context(refused)
}

fn reference_set(name: &str) -> Result<String, String> {
    let sets = crate::reference::reference_sets();
    if sets.contains(&name) {
        Ok(name.to_owned())
    } else {
        Err(format!("there is: {}", sets.join("; ")))
    }
}
