//! `neckrom ports`: the serial ports of this computer, and what they speak.

use std::io::Write;
use std::path::Path;

use clap::Args;

use crate::capture::port::{self, OpenPort, Port};
use crate::capture::probe::{self, Heard};
use crate::protocol::text::layout::Layout;
use crate::protocol::{self, PROTOCOLS, Protocol, Speech};
use crate::read::error::excerpt;

/// Show the serial ports of this computer, and which protocol they speak
///
/// Listening writes nothing to a port; only a sensor that has to be asked for every sample is asked, and
/// only on ports that you name together with it.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  neckrom ports\n  neckrom ports --probe /dev/ttyUSB0\n  \
    neckrom ports --probe /dev/ttyUSB0 --sensor bno055-uart\n  neckrom ports --all"
)]
pub struct PortsArgs {
    /// Ports to listen to
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub probe: Vec<String>,
    /// Listen to every port there is
    #[arg(long, conflicts_with = "probe")]
    pub all: bool,
    /// Look for this protocol only; some sensors answer only when it is named
    #[arg(long, value_name = "PROTOCOL", requires = "probe", value_parser = protocol_named)]
    pub sensor: Option<&'static Protocol>,
    /// Look for lines of text laid out like this only, such as `t_ms,qw,qx,qy,qz`
    #[arg(
        long,
        value_name = "COLUMNS",
        requires = "probe",
        conflicts_with = "sensor"
    )]
    pub line: Option<Layout>,
}

/// A protocol by its name.
pub(super) fn protocol_named(name: &str) -> Result<&'static Protocol, String> {
    protocol::by_name(name).ok_or_else(|| {
        let names: Vec<&str> = PROTOCOLS.iter().map(|protocol| protocol.name).collect();
        format!("there is: {}", names.join(", "))
    })
}

impl PortsArgs {
    /// Runs the command; returns the exit code.
    ///
    /// # Errors
    /// When the system does not tell its ports, or `out` cannot be written to.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        let ports = port::list()?;
        if !self.probe.is_empty() {
            let lines = self.line.clone().map(Speech::Lines);
            let only = self.sensor.map(Speech::Known).or(lines);
            return listen_to(&self.probe, &ports, only.as_ref(), out);
        }
        for port in &ports {
            writeln!(out, "{}", described(port))?;
        }
        if ports.is_empty() {
            writeln!(err, "no serial port found: is the sensor plugged in?")?;
        } else if self.all {
            let names: Vec<String> = ports.iter().map(|port| port.name.clone()).collect();
            return listen_to(&names, &ports, None, out);
        }
        Ok(0)
    }
}

/// Name, what it is, what that often is, and a name that stays.
fn described(port: &Port) -> String {
    let likely = port.usb.as_ref().and_then(port::Usb::likely);
    let likely = likely.map(|likely| format!(" ({likely})"));
    let link = port.by_id.as_deref().map(Path::to_string_lossy);
    let link = link.map(|link| format!("\n    {}", safe(&link)));
    format!(
        "{}  {}{}{}",
        safe(&port.name),
        safe(&port.kind),
        likely.unwrap_or_default(),
        link.unwrap_or_default()
    )
}

/// As it may stand on a terminal.
pub(super) fn safe(text: &str) -> String {
    excerpt(text.as_bytes(), 200)
}

/// Listens to all of them at once; the exit code says whether all were understood.
fn listen_to(
    paths: &[String],
    ports: &[Port],
    only: Option<&Speech>,
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    writeln!(out, "listening, which takes up to {} s", 15)?;
    out.flush()?;
    let bauds = match only {
        Some(Speech::Known(protocol)) => protocol.baud_rates.to_vec(),
        Some(Speech::Lines(_)) | None => probe::usual_bauds(),
    };
    let heard = all_heard(paths, ports, &bauds, only);
    let mut good = 0;
    for (path, heard) in paths.iter().zip(&heard) {
        match heard {
            Ok((heard, _)) => {
                good += 1;
                writeln!(out, "{}: {}", safe(path), spoken(heard))?;
            }
            Err(why) => writeln!(out, "{}: {why}", safe(path))?,
        }
    }
    Ok(super::exit_code(good, heard.len() - good))
}

/// What a port speaks, for people.
pub(super) fn spoken(heard: &Heard) -> String {
    let Heard {
        speaks,
        baud,
        rate_hz,
    } = heard;
    let (name, title) = (speaks.name(), speaks.title());
    format!("{name} at {baud} bits a second, about {rate_hz:.0} samples a second: {title}")
}

/// What each port speaks, with the port still open, or why that is not known; listens to all at once. Where
/// the protocol to look for has to be asked for, the ports are asked: the user has to have named them.
pub(super) fn all_heard(
    paths: &[String],
    ports: &[Port],
    bauds: &[u32],
    only: Option<&Speech>,
) -> Vec<Result<(Heard, OpenPort), String>> {
    std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for path in paths {
            threads.push(scope.spawn(move || heard(path, ports, bauds, only)));
        }
        let ended = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        ended
            .map(|heard| heard.unwrap_or_else(|_| Err("listening failed".to_owned())))
            .collect()
    })
}

fn heard(
    path: &str,
    ports: &[Port],
    bauds: &[u32],
    only: Option<&Speech>,
) -> Result<(Heard, OpenPort), String> {
    let first = bauds.first().copied().unwrap_or(115_200);
    let open = port::open(path, first).map_err(|error| error.to_string())?;
    let mut open = open.asking(only.and_then(Speech::ask));
    let heard = probe::probe(&mut open, bauds, only);
    let usb = ports
        .iter()
        .find(|port| port.name == path)
        .and_then(|port| port.usb.as_ref());
    heard.map(|heard| (heard, open)).map_err(|why| match usb {
        Some(usb) if usb.is_boot_loader() => format!(
            "{why}; the board is in its boot loader: press its reset button once, or load its program"
        ),
        Some(_) | None => why.to_string(),
    })
}
