//! `neckrom analyze`: recordings to ROM.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::analyzing::{Analyzed, AnalyzingArgs};
use super::exit_code;
use super::save::{folder, save};
use crate::report::{Report, Trace, angle_plot, angle_table, assemble, files, png, summary};

/// Measure the range of motion in recordings
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
    neckrom analyze sub-01/ses-01 --mount +x,+z --out results\n  \
    neckrom analyze head.csv --trunk-file trunk.csv")]
pub struct AnalyzeArgs {
    /// What to measure
    #[command(flatten)]
    pub analyzing: AnalyzingArgs,
    /// Print JSON: an array, one object a recording
    #[arg(long, help_heading = "Results")]
    pub json: bool,
    /// Folder for tables and a picture of each recording
    #[arg(long, value_name = "DIR", help_heading = "Results")]
    pub out: Option<PathBuf>,
    /// Write the angle time series of each recording as Parquet, in all three views
    #[arg(long, requires = "out", help_heading = "Results")]
    pub angles: bool,
}

impl AnalyzeArgs {
    /// Runs the command; returns the exit code.
    ///
    /// # Errors
    /// When the results cannot be written.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        if let Some(dir) = &self.out {
            folder(dir)?;
        }
        let (reports, failed) = self.analyzing.run(err, |analyzed| self.one(analyzed))?;
        if self.json {
            out.write_all(&files::json(&reports)?)?;
        } else {
            for report in &reports {
                writeln!(out, "{}", summary::analysis(report))?;
            }
        }
        if let (Some(dir), false) = (&self.out, reports.is_empty()) {
            let reports: Vec<&Report> = reports.iter().collect();
            super::results::write(dir, &files::analysis_tables(&reports)?)?;
            writeln!(err, "results are in {}", super::reading::shown(dir))?;
        }
        Ok(exit_code(reports.len(), failed))
    }

    /// Writes what belongs to one recording; of the report, the angles are let go.
    fn one(&self, analyzed: Analyzed) -> anyhow::Result<Report> {
        let Analyzed {
            path,
            analysis,
            mut report,
        } = analyzed;
        if let Some(dir) = &self.out {
            report.trace = assemble::trace(&analysis);
            let stem = dir.join(stem(&report, &path));
            let with = |ending: &str| PathBuf::from(format!("{}_{ending}", stem.display()));
            let svg = angle_plot::draw(&report)?;
            save(&with("angles.png"), &png::png(&svg, 2.0)?)?;
            save(&with("angles.svg"), svg.as_bytes())?;
            if self.angles {
                let table = angle_table::parquet(&analysis).context("angle time series")?;
                save(&with("angles.parquet"), &table)?;
            }
        }
        report.trace = Trace::default();
        Ok(report)
    }
}

/// A file name for the results of one recording: its labels, or its own name; with the start of its
/// checksum, so that two recordings never share one.
fn stem(report: &Report, path: &Path) -> String {
    let about = &report.recording;
    let own = || {
        path.file_stem()
            .map(|s| s.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let name = match (&about.subject, &about.visit) {
        (Some(subject), Some(visit)) => {
            let task = about.task.as_deref().unwrap_or("rom");
            format!("sub-{subject}_ses-{visit}_task-{task}")
        }
        _ => own(),
    };
    let safe = files::in_file_name(&name, 80, '-');
    format!("{safe}_{}", about.sha256.get(..8).unwrap_or_default())
}
