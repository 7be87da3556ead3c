//! Settings of the sensors, shown and agreed to before anything is written.

use std::io::{BufRead as _, Write};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::cli::ports::safe;
use crate::protocol::{Setting, Speech};

/// Whether settings are written.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Sensors")]
pub struct ConfiguringArgs {
    /// Have the sensors send what is needed, at a rate that fits: shows the bytes, asks, and writes them.
    /// No command to save is sent. Without this no setting is ever written
    #[arg(long)]
    pub configure: bool,
    /// Write them without asking
    #[arg(long, requires = "configure")]
    pub yes: bool,
}

impl ConfiguringArgs {
    /// What is to be written to the sensor on a port; empty where the user did not want settings.
    ///
    /// # Errors
    /// When no settings are known for it, or the user says no.
    pub(super) fn agreed(
        &self,
        (path, speaks, baud): (&str, &Speech, u32),
        err: &mut dyn Write,
    ) -> anyhow::Result<Vec<Setting>> {
        if !self.configure {
            return Ok(Vec::new());
        }
        let name = speaks.name();
        let settings = speaks.settings(baud).with_context(|| {
            format!(
                "no settings are known for {name}: set the sensor with its own software, and capture \
                 without --configure"
            )
        })?;
        writeln!(
            err,
            "{}: to be written, and again when it comes back:",
            safe(path)
        )?;
        for setting in &settings {
            writeln!(err, "  {}  {}", hex(&setting.bytes), setting.words)?;
        }
        if !self.yes && !is_agreed(err)? {
            bail!(
                "nothing was written; capture without --configure to take the sensor as it is, or with \
                 --yes to write this"
            );
        }
        Ok(settings)
    }
}

fn is_agreed(err: &mut dyn Write) -> std::io::Result<bool> {
    write!(err, "write this? y/N ")?;
    err.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    writeln!(err)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Two digits a byte.
fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02X}"));
    digits.collect::<Vec<_>>().join(" ")
}
