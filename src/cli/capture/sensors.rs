//! Which sensors are captured: found, opened and told.

use std::io::Write;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;

use super::configuring::ConfiguringArgs;
use crate::capture::configure::configure;
use crate::capture::port::{self, OpenPort, Port, Whereabouts};
use crate::capture::probe::{self, Heard};
use crate::capture::session::{Input, Source};
use crate::cli::ports::{self, all_heard, safe, spoken};
use crate::protocol::log::HeadPort;
use crate::protocol::text::layout::Layout;
use crate::protocol::{Protocol, Setting, Speech};
use crate::sample::SensorPlace;

/// Which sensors.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Sensors")]
pub struct SensorArgs {
    /// Port of the sensor on the head; auto is the only port on which a sensor is heard
    #[arg(long, value_name = "PATH", default_value = "auto")]
    pub port: String,
    /// Port of a second sensor, on the trunk
    #[arg(long, value_name = "PATH")]
    pub trunk_port: Option<String>,
    /// Protocol of the sensors; auto is what is heard
    #[arg(long, value_name = "PROTOCOL", default_value = "auto", value_parser = protocol_named)]
    pub sensor: Auto<&'static Protocol>,
    /// Lines of text that the sensors send, by their columns, such as `t_ms,qw,qx,qy,qz`; a wrong name lists
    /// all names
    #[arg(long, value_name = "COLUMNS", conflicts_with = "sensor")]
    pub line: Option<Layout>,
    /// Bits a second; auto is what is heard, or for a named protocol the usual
    #[arg(long, value_name = "N", default_value = "auto", value_parser = baud)]
    pub baud: Auto<u32>,
    /// Whether settings are written
    #[command(flatten)]
    pub configuring: ConfiguringArgs,
}

/// Said, or to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auto<T> {
    /// To be found.
    Auto,
    /// Said.
    Said(T),
}

fn protocol_named(name: &str) -> Result<Auto<&'static Protocol>, String> {
    if name == "auto" {
        return Ok(Auto::Auto);
    }
    let named = ports::protocol_named(name);
    named
        .map(Auto::Said)
        .map_err(|names| format!("{names}, auto"))
}

fn baud(text: &str) -> Result<Auto<u32>, String> {
    if text == "auto" {
        return Ok(Auto::Auto);
    }
    let said = text
        .parse()
        .ok()
        .filter(|baud| *baud >= 300 && *baud != 1200);
    said.map(Auto::Said)
        .ok_or_else(|| "write bits a second, such as 115200; 1200 starts boot loaders".to_owned())
}

/// A sensor that is there.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) head: HeadPort,
    pub(super) input: Input,
}

/// A port whose protocol is known; open where it was listened to, since some boards start anew each
/// time.
struct Known {
    path: String,
    speaks: Speech,
    baud: u32,
    port: Option<OpenPort>,
}

impl SensorArgs {
    /// Finds and opens the ports, head first; says on `err` which.
    ///
    /// # Errors
    /// When a port cannot be opened, or nothing is understood.
    pub(super) fn open(&self, err: &mut dyn Write) -> anyhow::Result<Vec<Opened>> {
        let mut known = Vec::new();
        if self.port == "auto" {
            known.push((SensorPlace::Head, self.only_port(err)?));
        } else {
            known.push((SensorPlace::Head, self.known(&self.port, err)?));
        }
        if let Some(path) = &self.trunk_port {
            known.push((SensorPlace::Trunk, self.known(path, err)?));
        }
        // Nothing is written before all is agreed to.
        let mut agreed = Vec::new();
        for (place, known) in known {
            let what = (known.path.as_str(), &known.speaks, known.baud);
            let settings = self.configuring.agreed(what, err)?;
            agreed.push((place, known, settings));
        }
        let opened = agreed
            .into_iter()
            .map(|(place, known, settings)| open(place, known, settings));
        opened.collect()
    }

    /// What the user said that the sensors speak.
    fn said(&self) -> Option<Speech> {
        match (&self.line, self.sensor) {
            (Some(layout), _) => Some(Speech::Lines(layout.clone())),
            (None, Auto::Said(protocol)) => Some(Speech::Known(protocol)),
            (None, Auto::Auto) => None,
        }
    }

    /// The speed that is known without listening: as said, or for a named protocol the usual.
    fn known_baud(&self, said: &Speech) -> Option<u32> {
        match (self.baud, said) {
            (Auto::Said(baud), _) => Some(baud),
            (Auto::Auto, Speech::Known(protocol)) => protocol.baud_rates.first().copied(),
            (Auto::Auto, Speech::Lines(_)) => None,
        }
    }

    /// What a port speaks: as said, else as heard.
    fn known(&self, path: &str, err: &mut dyn Write) -> anyhow::Result<Known> {
        let said = self.said();
        let baud = said.as_ref().and_then(|said| self.known_baud(said));
        if let (Some(speaks), Some(baud)) = (said.clone(), baud) {
            let path = path.to_owned();
            return Ok(Known {
                path,
                speaks,
                baud,
                port: None,
            });
        }
        writeln!(err, "{}: listening", safe(path))?;
        let ports = port::list().unwrap_or_default();
        let paths = [path.to_owned()];
        let heard = all_heard(&paths, &ports, &self.bauds(), said.as_ref()).pop();
        let heard = heard.ok_or_else(|| anyhow!("listening failed"))?;
        let heard = heard.map_err(|why| anyhow!("{}: {why}", safe(path)))?;
        say(path, &heard.0, err)?;
        Ok(known_of(path, heard))
    }

    fn bauds(&self) -> Vec<u32> {
        match self.baud {
            Auto::Said(baud) => vec![baud],
            Auto::Auto => probe::usual_bauds(),
        }
    }

    /// The only port on USB on which a sensor is heard.
    fn only_port(&self, err: &mut dyn Write) -> anyhow::Result<Known> {
        let only = self.said();
        if let Some(asked) = only.as_ref().filter(|only| only.ask().is_some()) {
            bail!(
                "{} has to be asked for every sample, and nothing is written to a port that you did \
                 not name: say where it is with --port PATH",
                asked.name()
            );
        }
        let ports = port::list()?;
        let free =
            |port: &&Port| port.usb.is_some() && Some(&port.name) != self.trunk_port.as_ref();
        let paths: Vec<String> = ports
            .iter()
            .filter(free)
            .map(|port| port.name.clone())
            .collect();
        if paths.is_empty() {
            bail!(
                "no serial port on USB found; plug the sensor in, or say where it is with --port PATH"
            );
        }
        writeln!(err, "listening to {}", paths.join(", "))?;
        let all = all_heard(&paths, &ports, &self.bauds(), only.as_ref());
        let mut found = Vec::new();
        for (path, heard) in paths.iter().zip(all) {
            match heard {
                Ok(heard) => {
                    say(path, &heard.0, err)?;
                    found.push(known_of(path, heard));
                }
                Err(why) => writeln!(err, "{}: {why}", safe(path))?,
            }
        }
        match (found.pop(), found.len()) {
            (Some(only), 0) => Ok(only),
            (None, _) => bail!("no sensor is heard on any port; see above for each"),
            (Some(_), others) => bail!(
                "sensors are heard on {} ports; say which is on the head with --port PATH, and \
                 another with --trunk-port PATH",
                others + 1
            ),
        }
    }
}

fn known_of(path: &str, (heard, port): (Heard, OpenPort)) -> Known {
    Known {
        path: path.to_owned(),
        speaks: heard.speaks,
        baud: heard.baud,
        port: Some(port),
    }
}

fn say(path: &str, heard: &Heard, err: &mut dyn Write) -> std::io::Result<()> {
    writeln!(err, "{}: {}", safe(path), spoken(heard))
}

/// Opens the port, where it is not, and writes the settings to the sensor; also after it was lost.
fn open(place: SensorPlace, known: Known, settings: Vec<Setting>) -> anyhow::Result<Opened> {
    let Known {
        path,
        speaks,
        baud,
        port,
    } = known;
    let opened = port.map_or_else(|| port::open(&path, baud), Ok);
    let mut source = opened.map_err(|why| anyhow!("{}: {why}", safe(&path)))?;
    configure(&mut source, &settings).with_context(|| safe(&path))?;
    let ask = speaks.ask();
    let whereabouts = Whereabouts::of(&path);
    let again = move || {
        let open = port::open(&whereabouts.now(), baud);
        let mut port = open.map_err(|why| why.to_string())?;
        configure(&mut port, &settings).map_err(|why| why.to_string())?;
        Ok(Box::new(port.asking(ask)) as Source)
    };
    Ok(Opened {
        head: HeadPort {
            place: Some(place),
            path,
            protocol: speaks.name().to_owned(),
            line: speaks.line().map(str::to_owned),
            baud,
        },
        input: Input {
            place,
            speaks,
            source: Box::new(source.asking(ask)),
            again: Box::new(again),
        },
    })
}
