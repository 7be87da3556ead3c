//! Programs of others over the same sessions.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::timed::text;

/// Title and file of each program.
pub(crate) const PROGRAMS: [(&str, &str); 2] = [
    ("pandas + scipy", "pipe_pandas.py"),
    ("polars + numpy", "pipe_polars_fp.py"),
];

/// Where they are.
pub(crate) struct Peers {
    python: PathBuf,
    folder: PathBuf,
}

impl Peers {
    /// Where the environment says so.
    pub(crate) fn found() -> Option<Self> {
        let path = |name: &str| std::env::var_os(name).map(PathBuf::from);
        Some(Self {
            python: path("NECKROM_PYTHON")?,
            folder: path("NECKROM_PEERS")?,
        })
    }

    /// A program over a folder of sessions.
    pub(crate) fn command(&self, file: &str, archive: &Path, jobs: usize, out: &Path) -> Command {
        let mut command = Command::new(&self.python);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.arg(self.folder.join(file));
        command.arg(archive).arg(out.join("out.csv"));
        command.arg(jobs.to_string());
        command
    }
}

/// Repetitions in the results of a program: the third column of a row a file and direction.
pub(crate) fn repetitions(out: &Path) -> usize {
    let text = text(&out.join("out.csv")).expect("results");
    let count = |line: &str| line.split(',').nth(2).unwrap().parse::<usize>().unwrap();
    text.lines().skip(1).map(count).sum()
}
