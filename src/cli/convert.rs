//! `neckrom convert`: a recording of any format as native CSV or Parquet.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::fusing::FusingArgs;
use super::reading::{ReadingArgs, shown};
use super::save::save;
use crate::orientation::fuse;
use crate::read::check::GAP_S;
use crate::read::faults::faults;
use crate::read::{self, Opened};
use crate::write;

/// Turn a recording into native CSV or Parquet
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  \
    neckrom convert visit1/MT_0120-000_00B42D4B.txt --rate 100 --out visit1/head.parquet")]
pub struct ConvertArgs {
    /// The recording: a file, or a folder that is one recording
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// Where to write; the ending decides: .csv or .parquet
    #[arg(long, value_name = "OUT")]
    pub out: PathBuf,
    /// Which orientation is written
    #[command(flatten)]
    pub fusing: FusingArgs,
    /// How to read
    #[command(flatten)]
    pub reading: ReadingArgs,
}

impl ConvertArgs {
    /// Runs the command; returns the exit code.
    ///
    /// # Errors
    /// When the recording cannot be read, or the result cannot be written.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        let ending = self
            .out
            .extension()
            .map(|ending| ending.to_string_lossy().to_lowercase());
        let parquet = match ending.as_deref() {
            Some("csv") => false,
            Some("parquet") => true,
            _ => bail!("{}: the ending must be .csv or .parquet", shown(&self.out)),
        };
        if same_file(&self.input, &self.out) {
            bail!(
                "{}: the recording would be written over itself; choose another name",
                shown(&self.out)
            );
        }
        let mut opened =
            read::open(&self.input, &self.reading.options()).with_context(|| shown(&self.input))?;
        warn_of_faults(&mut opened);
        self.fuse(&mut opened)?;
        let recording = &opened.recording;
        let bytes = if parquet {
            write::parquet(recording)?
        } else {
            write::native_csv(recording)
        };
        save(&self.out, &bytes)?;
        writeln!(out, "{}", summary(&opened, &self.out))?;
        if let Some(sidecar) = write::sidecar(&recording.about) {
            let path = self.out.with_extension("json");
            if !path.exists() {
                save(&path, &sidecar)?;
                writeln!(out, "{}: what is known besides the samples", shown(&path))?;
            }
        }
        for warning in opened.warnings.iter() {
            let message = read::error::excerpt(warning.message.as_bytes(), 300);
            writeln!(
                err,
                "warning: {} ({}): {message}",
                warning.warning.code(),
                warning.count
            )?;
        }
        Ok(0)
    }

    /// Fuses every sensor, if that was asked for; the samples are then on an even time base.
    fn fuse(&self, opened: &mut Opened) -> anyhow::Result<()> {
        let settings = self.fusing.settings();
        if settings.fusion.is_none() {
            return Ok(());
        }
        for sensor in &mut opened.recording.sensors {
            *sensor = fuse::fused(sensor, settings, GAP_S, &mut opened.warnings)?;
        }
        Ok(())
    }
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
            fusing: FusingArgs::default(),
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
