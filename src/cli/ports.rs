//! `neckrom ports`: the serial ports of this computer.

use std::io::Write;

use clap::Args;

use crate::capture::port;

/// Show the serial ports of this computer
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  neckrom ports")]
pub struct PortsArgs {}

impl PortsArgs {
    /// Runs the command; returns the exit code.
    ///
    /// # Errors
    /// When the system does not tell its ports, or `out` cannot be written to.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        let ports = port::list()?;
        for port in &ports {
            writeln!(out, "{}  {}", port.name, port.kind)?;
        }
        if ports.is_empty() {
            writeln!(err, "no serial port found: is the sensor plugged in?")?;
        }
        Ok(0)
    }
}
