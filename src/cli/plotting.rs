//! Pictures of recordings as they were read.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::reading::shown;
use super::save::{folder, save};
use crate::read::{Found, Opened};
use crate::report::inspection::{Inspection, SensorView};
use crate::report::{files, png, raw_plot};

/// Where pictures go.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Pictures")]
pub struct PlotArgs {
    /// Draw the recording into a file: channels, sampling rate, faults and checks; the ending decides: .svg or .png
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// Folder for such a picture of each recording, both as SVG and PNG
    #[arg(long, value_name = "DIR", conflicts_with = "plot")]
    pub out: Option<PathBuf>,
}

/// How a picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Svg,
    Png,
}

impl PlotArgs {
    /// Refuses what cannot be done before anything is read, and makes the folder.
    pub(super) fn check(&self, found: &Found) -> anyhow::Result<()> {
        let count = found.recordings.len();
        if let Some(path) = &self.plot {
            self.kind()?;
            if count > 1 {
                let path = shown(path);
                bail!("--plot {path} is for one recording, and {count} were found; use --out DIR");
            }
        }
        self.out.as_deref().map_or(Ok(()), folder)
    }

    /// Draws a recording, if that is wanted.
    pub(super) fn draw(&self, opened: &Opened) -> anyhow::Result<()> {
        let svg = || raw_plot::draw(&inspection(opened)).with_context(|| shown(&opened.path));
        if let Some(path) = &self.plot {
            let svg = svg()?;
            return match self.kind()? {
                Kind::Svg => save(path, svg.as_bytes()),
                Kind::Png => save(path, &png::png(&svg, png::PRINT_SCALE)?),
            };
        }
        let Some(dir) = &self.out else {
            return Ok(());
        };
        let (svg, stem) = (svg()?, stem(opened));
        save(&dir.join(format!("{stem}_inspect.svg")), svg.as_bytes())?;
        let png = png::png(&svg, png::PRINT_SCALE)?;
        save(&dir.join(format!("{stem}_inspect.png")), &png)
    }

    fn kind(&self) -> anyhow::Result<Kind> {
        let path = self.plot.as_deref().unwrap_or_else(|| Path::new(""));
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("svg") => Ok(Kind::Svg),
            Some("png") => Ok(Kind::Png),
            _ => bail!("{}: the ending must be .svg or .png", shown(path)),
        }
    }
}

fn inspection(opened: &Opened) -> Inspection {
    let name = opened.path.file_name().unwrap_or(opened.path.as_os_str());
    let both = opened.recording.sensors.iter().zip(&opened.trust);
    Inspection {
        title: shown(name.as_ref()),
        simulated: opened.recording.about.simulated,
        sensors: both
            .enumerate()
            .map(|(index, (sensor, trust))| SensorView::new(index, sensor, trust))
            .collect(),
    }
}

/// Its own name, with the start of its checksum, so that two recordings never share one.
fn stem(opened: &Opened) -> String {
    let own = opened.path.file_stem().unwrap_or(opened.path.as_os_str());
    let safe = files::in_file_name(&own.to_string_lossy(), 80, '-');
    format!("{safe}_{}", opened.sha256.get(..8).unwrap_or_default())
}
