//! `neckrom convert`: a recording of any format in one that can be written.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::measuring::MeasuringArgs;
use super::reading::{ReadingArgs, shown};
use super::save::{save, save_in};
use crate::orientation::fuse::{self, FuseSettings};
use crate::pipeline::Settings;
use crate::read::check::GAP_S;
use crate::read::faults::faults;
use crate::read::{self, Opened};
use crate::warning::Warnings;
use crate::write::{self, FORMATS, Format, Job, Shape, Written, format_named, format_of_ending};

const AFTER_HELP: &str = "\
Formats: native-csv (.csv), parquet, opensense-sto (.sto), bids-motion (a folder), c3d.
What a format cannot hold is said.

Examples:
  neckrom convert visit1/MT_0120-000_00B42D4B.txt --rate 100 --out visit1/head.parquet
  neckrom convert head.csv --subject 01 --visit 02 --format bids-motion --out dataset
  neckrom convert head.csv --mount +x,+z --out head.c3d";

/// Write a recording in another format
#[derive(Debug, Clone, Args)]
#[command(after_help = AFTER_HELP)]
pub struct ConvertArgs {
    /// The recording: a file, or a folder that is one recording
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// Where to write; the ending decides: .csv, .parquet, .sto or .c3d
    #[arg(long, value_name = "OUT")]
    pub out: PathBuf,
    /// Format to write, whatever the ending; bids-motion adds to the folder OUT
    #[arg(long, value_name = "NAME", value_parser = format)]
    pub format: Option<&'static Format>,
    /// How neck angles are measured, for formats that hold them (.c3d)
    #[command(flatten)]
    pub measuring: MeasuringArgs,
    /// How to read
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// A format that can be written, by its name.
pub(super) fn format(name: &str) -> Result<&'static Format, String> {
    format_named(name).ok_or_else(|| {
        let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        format!("what can be written: {}", names.join(", "))
    })
}

impl ConvertArgs {
    /// Runs the command; returns the exit code.
    ///
    /// # Errors
    /// When the recording cannot be read, or the result cannot be written.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        let format = self.chosen()?;
        if same_file(&self.input, &self.out) {
            bail!(
                "{}: the recording would be written over itself; choose another name",
                shown(&self.out)
            );
        }
        let options = self.measuring.fusing.reading(self.reading.options());
        let mut opened = read::open(&self.input, &options).with_context(|| shown(&self.input))?;
        warn_of_faults(&mut opened);
        self.fuse(&mut opened)?;
        let settings = Settings {
            // Done already, if it was asked for.
            fuse: FuseSettings::default(),
            ..self.measuring.settings()
        };
        let about = &mut opened.recording.about;
        self.measuring.apply(about);
        about.head_mount = settings.head_mount(about);
        about.trunk_mount = settings.trunk_mount(about);
        about.practice = settings.practice.or(about.practice);
        let job = Job {
            recording: &opened.recording,
            settings: &settings,
        };
        let written = (format.write)(&job)?;
        self.save(format, &written)?;
        writeln!(out, "{}", summary(&opened, &self.out))?;
        self.save_sidecar(format, &opened, out)?;
        say_warnings(&opened.warnings, err)?;
        say_written(&written, err)?;
        Ok(0)
    }

    /// By name, else by the ending.
    fn chosen(&self) -> anyhow::Result<&'static Format> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let ending = self
            .out
            .extension()
            .map(|ending| ending.to_string_lossy().into_owned());
        match ending.as_deref().and_then(format_of_ending) {
            Some(format) => Ok(format),
            None => bail!(
                "{}: the ending must be .csv, .parquet, .sto or .c3d; or pass --format",
                shown(&self.out)
            ),
        }
    }

    fn save(&self, format: &Format, written: &Written) -> anyhow::Result<()> {
        match (format.shape, written.files.as_slice()) {
            (Shape::File(_), [only]) => save(&self.out, &only.bytes),
            (Shape::File(_) | Shape::Folder, files) => save_in(&self.out, files).map(drop),
        }
    }

    /// What is known besides the samples, beside them; never over a file that is there.
    fn save_sidecar(
        &self,
        format: &Format,
        opened: &Opened,
        out: &mut dyn Write,
    ) -> anyhow::Result<()> {
        let sidecar = write::sidecar(&opened.recording.about).filter(|_| format.sidecar);
        let path = self.out.with_extension("json");
        if let (Some(sidecar), false) = (sidecar, path.exists()) {
            save(&path, &sidecar)?;
            writeln!(out, "{}: what is known besides the samples", shown(&path))?;
        }
        Ok(())
    }

    /// Fuses every sensor, if that was asked for; the samples are then on an even time base.
    fn fuse(&self, opened: &mut Opened) -> anyhow::Result<()> {
        let settings = self.measuring.fusing.settings();
        if settings.fusion.is_none() {
            return Ok(());
        }
        for sensor in &mut opened.recording.sensors {
            *sensor = fuse::fused(
                std::mem::take(sensor),
                settings,
                GAP_S,
                &mut opened.warnings,
            )?;
        }
        Ok(())
    }
}

/// What the files do not hold, and what was seen while writing.
pub(super) fn say_written(written: &Written, err: &mut dyn Write) -> std::io::Result<()> {
    for note in &written.notes {
        let note = read::error::excerpt(note.as_bytes(), 300);
        writeln!(err, "note: {note}")?;
    }
    say_warnings(&written.warnings, err)
}

pub(super) fn say_warnings(warnings: &Warnings, err: &mut dyn Write) -> std::io::Result<()> {
    for warning in warnings.iter() {
        let message = read::error::excerpt(warning.message.as_bytes(), 300);
        let code = warning.warning.code();
        writeln!(err, "warning: {code} ({}): {message}", warning.count)?;
    }
    Ok(())
}

fn warn_of_faults(opened: &mut Opened) {
    let Opened {
        recording,
        warnings,
        ..
    } = opened;
    for fault in recording.sensors.iter().flat_map(faults) {
        let kind = fault.kind.warning();
        warnings.add_lasting(kind, fault.count, fault.seconds, || fault.message);
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn summary(opened: &Opened, path: &Path) -> String {
    let sensors = &opened.recording.sensors;
    let samples: usize = sensors.iter().map(crate::sample::SensorSamples::len).sum();
    let (format, count) = (opened.format.name, sensors.len());
    let plural = if count == 1 { "" } else { "s" };
    format!(
        "{}: {samples} samples of {count} sensor{plural}, from {format}",
        shown(path)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(input: &Path, out: &Path) -> anyhow::Result<u8> {
        let (input, out) = (input.to_owned(), out.to_owned());
        let args = ConvertArgs {
            input,
            out,
            format: None,
            measuring: MeasuringArgs::default(),
            reading: ReadingArgs::default(),
        };
        args.run(&mut Vec::new(), &mut Vec::new())
    }

    #[test]
    fn what_is_known_goes_along_and_nothing_is_overwritten_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a.csv"), "time_s,q_w,q_x,q_y,q_z\n0,1,0,0,0\n").unwrap();
        std::fs::write(path("a.json"), r#"{"subject":"01","mount":"+x,+z"}"#).unwrap();
        assert_eq!(converted(&path("a.csv"), &path("b.parquet")).unwrap(), 0);
        let options = read::ReadOptions::default();
        let one = read::open(&path("a.csv"), &options).unwrap().recording;
        let other = read::open(&path("b.parquet"), &options).unwrap().recording;
        assert_eq!(one, other);
        assert!(converted(&path("a.csv"), &path("a.csv")).is_err());
        assert!(converted(&path("a.csv"), &path("c.xlsx")).is_err());
        assert!(converted(&path("none.csv"), &path("c.csv")).is_err());
    }
}
