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
use crate::report::compare::{Analysed, UNLABELLED, labels};
use crate::report::files::{self, CompareInput};
use crate::report::png;
use crate::visit::limits::Limits;

/// Compare visits: what changed, and whether it is more than measurement error
///
/// Several subjects are also compared all together, first and last visit. Of tables of movements
/// (movements.parquet of `neckrom batch` or `compare`) that is all; they are taken as they were measured.
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
        let of_tables = tables::are_tables(&self.analyzing.paths);
        let (mut input, failed) = if of_tables {
            (self.tables(err)?, 0)
        } else {
            self.recordings(err)?
        };
        input.limits = limits.unwrap_or_default();
        input.png_scale = Some(png::PRINT_SCALE);
        let code = match input.recordings.len() {
            0 if of_tables => 0,
            0 => return Ok(exit_code(0, failed)),
            good => exit_code(good, failed),
        };
        let report = files::report(&input);
        if of_tables && report.group.is_none() {
            bail!("no subject of the tables has two visits");
        }
        if report.group.is_some() {
            say_unlabelled(&input, err)?;
        }
        results::print(&report, self.json, files::text, out)?;
        if let Some(dir) = &self.out {
            results::write(dir, &files::files(&input)?)?;
            writeln!(err, "results are in {}", shown(&dir.join("report.html")))?;
        }
        Ok(code)
    }

    /// Recordings, measured; and how many failed.
    fn recordings(&self, err: &mut dyn Write) -> anyhow::Result<(CompareInput, usize)> {
        let (recordings, failed) = self.analyzing.run(err, |mut analyzed| {
            analyzed.report.trace = assemble::trace(&analyzed.analysis);
            Ok(Analysed {
                report: analyzed.report,
                repetitions: analyzed.analysis.repetitions,
            })
        })?;
        let input = CompareInput {
            recordings,
            reference_set: self.reference.clone(),
            ..CompareInput::default()
        };
        Ok((input, failed))
    }

    /// All subjects of tables of results.
    fn tables(&self, err: &mut dyn Write) -> anyhow::Result<CompareInput> {
        if self.reference.is_some() {
            bail!("--reference needs recordings, not tables of results");
        }
        let given = self.analyzing.given.names();
        if !given.is_empty() {
            bail!(
                "--{} is for recordings, and tables hold what was measured before: give it to \
                 `neckrom batch`, which makes the tables, or compare the recordings",
                given.join(", --")
            );
        }
        Ok(CompareInput {
            tables: tables::pooled(&self.analyzing.paths, err)?.visits,
            ..CompareInput::default()
        })
    }
}

/// Says how many recordings are of nobody in particular, and so not of the group.
fn say_unlabelled(input: &CompareInput, err: &mut dyn Write) -> anyhow::Result<()> {
    let labels = input.recordings.iter().map(|one| labels(&one.report));
    let count = labels
        .filter(|one| one.0 == UNLABELLED || one.1 == UNLABELLED)
        .count();
    if count > 0 {
        writeln!(
            err,
            "left out of all subjects: {count} recordings without labels of subject and visit"
        )?;
    }
    Ok(())
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
