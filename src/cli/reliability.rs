//! `neckrom reliability`: how well a measurement repeats.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::reading::shown;
use super::{results, tables};
use crate::report::repeated::{self, RepeatedReport};
use crate::visit::natural_order;
use crate::visit::reliability::Retest;
use crate::visit::results::VisitMeans;

/// How well the measurement repeats: SEM, minimal detectable change, ICC from repeated visits
///
/// Repeated are visits without a treatment between them. Name them with --retest, or mark their rows
/// in a column `retest` of the table. The limits.csv that is written replaces the provisional limits
/// of `neckrom compare --limits limits.csv`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  neckrom reliability tables --retest 1,2 --out out")]
pub struct ReliabilityArgs {
    /// Parquet tables of movements, or folders with a movements.parquet
    #[arg(value_name = "TABLE", required = true)]
    pub tables: Vec<PathBuf>,
    /// Labels of the repeated visits; a subject needs all of them
    #[arg(long, value_name = "VISIT", value_delimiter = ',')]
    pub retest: Vec<String>,
    /// Print JSON
    #[arg(long, help_heading = "Results")]
    pub json: bool,
    /// Folder for limits.csv, reliability.json and the picture
    #[arg(long, value_name = "DIR", help_heading = "Results")]
    pub out: Option<PathBuf>,
}

impl ReliabilityArgs {
    /// Runs the command; returns the exit code.
    ///
    /// # Errors
    /// When the tables cannot be read, have no repeated visits, or the results cannot be written.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        self.check_retest()?;
        let pooled = tables::pooled(&self.tables, err)?;
        let report = repeated::report(&Retest::of(&pooled.visits, &self.retest));
        if report.is_empty() {
            bail!(
                "no measure has two subjects with repeated visits that vary; name the visits, as in \
                 --retest 1,2, or mark them in a column `retest`; the visits are {}",
                labels(&pooled.visits)
            );
        }
        results::print(&report, self.json, RepeatedReport::text, out)?;
        if let Some(dir) = &self.out {
            results::write(dir, &repeated::files(&report)?)?;
            writeln!(err, "limits are in {}", shown(&dir.join("limits.csv")))?;
        }
        Ok(0)
    }

    fn check_retest(&self) -> anyhow::Result<()> {
        let twice = |i: usize| self.retest[..i].contains(&self.retest[i]);
        if self.retest.len() == 1 || (0..self.retest.len()).any(twice) {
            bail!("--retest needs two visits or more, each once, as in --retest 1,2");
        }
        Ok(())
    }
}

/// More labels of visits are not named.
const NAMED: usize = 20;

/// The labels of all visits, each once.
fn labels(visits: &[VisitMeans]) -> String {
    let mut labels: Vec<&str> = visits.iter().map(|visit| visit.label.as_str()).collect();
    labels.sort_by(|a, b| natural_order(a, b).then(a.cmp(b)));
    labels.dedup();
    let named: Vec<String> = labels
        .iter()
        .take(NAMED)
        .map(|one| shown(one.as_ref()))
        .collect();
    let more = if labels.len() > NAMED {
        " and more"
    } else {
        ""
    };
    named.join(", ") + more
}
