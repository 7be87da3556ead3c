//! Files of single recordings, on request: the angles over time, and a picture of them.

use std::path::{Path, PathBuf};

use super::measure::Measured;
use super::place::{folder, save};
use super::run::Task;
use crate::report::files::in_file_name;
use crate::report::table::TableError;
use crate::report::{DrawError, Trace, angle_plot, angle_table, assemble, png};

/// Which files are made of each recording, and where.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// The folder of results.
    pub root: PathBuf,
    /// The angles in all three views, as Parquet.
    pub angles: bool,
    /// The picture, as SVG and PNG.
    pub pictures: bool,
}

/// Why a file of a recording could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SeriesError {
    /// The angles.
    #[error("angle time series")]
    Table(#[from] TableError),
    /// The picture.
    #[error("cannot draw a picture")]
    Draw(#[from] DrawError),
    /// On disk.
    #[error("could not write {path}")]
    Write {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Series {
    /// Makes the folders.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn folders(&self) -> Result<(), SeriesError> {
        let wanted = self.wanted();
        let folders = wanted.iter().map(|(name, _)| self.root.join(name));
        folders
            .into_iter()
            .try_for_each(|path| folder(&path).map_err(failed(&path)))
    }

    /// Folders and endings of the files of one recording.
    fn wanted(&self) -> Vec<(&'static str, &'static str)> {
        let angles = self.angles.then_some(("angles", "parquet"));
        let pictures = [("pictures", "svg"), ("pictures", "png")].into_iter();
        angles
            .into_iter()
            .chain(pictures.filter(|_| self.pictures))
            .collect()
    }

    fn path(&self, task: &Task, (folder, ending): (&str, &str)) -> PathBuf {
        self.root
            .join(folder)
            .join(format!("{}.{ending}", name(task)))
    }

    /// Whether the files of a task are there.
    pub(super) fn are_there(&self, task: &Task) -> bool {
        self.wanted()
            .iter()
            .all(|one| self.path(task, *one).exists())
    }

    /// Makes the files of a task.
    pub(super) fn save(&self, task: &Task, measured: &mut Measured) -> Result<(), SeriesError> {
        let mut svg = String::new();
        if self.pictures {
            let report = &mut measured.report;
            report.trace = assemble::trace(&measured.analysis);
            svg = angle_plot::draw(report)?;
            report.trace = Trace::default();
        }
        for one in self.wanted() {
            let bytes = match one.1 {
                "svg" => svg.as_bytes().to_vec(),
                "png" => png::png(&svg, png::PRINT_SCALE)?,
                _ => angle_table::parquet(&measured.analysis)?,
            };
            let path = self.path(task, one);
            save(&path, &bytes).map_err(failed(&path))?;
        }
        Ok(())
    }
}

/// The name of the files of a task, without ending: the recording's own, and what tells it from others.
pub(super) fn name(task: &Task) -> String {
    let stem = task
        .path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    format!(
        "{}_{}",
        in_file_name(&stem.unwrap_or_default(), 80, '-'),
        task.key()
    )
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> SeriesError {
    let path = path.display().to_string();
    move |source| SeriesError::Write { path, source }
}
