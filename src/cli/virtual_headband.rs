//! `neckrom virtual-headband`: a simulated sensor on a serial port that is none.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::playing::{Part, PlayingArgs, factor, speakable, speakables};
use super::save::save;
use super::simulate::{Task, json, peak, task, triple};
use crate::capture::headband::{HangUp, Headband, HeadbandSettings, OwnClock, Stall, Trouble};
use crate::movement::Movement;
use crate::protocol::Protocol;
use crate::sample::{SensorPlace, SensorSamples};
use crate::simulate::{Channels, Settings, Simulated, TrueClocks, simulate};

const EXAMPLES: &str = "\
The first line of the output is the path of the port to open; with --trunk the second is that of the
trunk sensor. Linux and macOS only.

Examples:
  neckrom virtual-headband --protocol witmotion --link /tmp/neckrom-headband
  neckrom virtual-headband --protocol xsens-xbus --trunk --wait --truth truth.json
  neckrom virtual-headband --protocol witmotion --corrupt 0.01 --hang-up-after 30 --return-after 4
  neckrom virtual-headband --list";

/// Play a simulated sensor on a pseudo-terminal, with faults on request.
///
/// The sensor is on the simulated subject of `neckrom simulate`, in the seated protocol or one movement.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct VirtualHeadbandArgs {
    /// What the sensor speaks; --list shows all
    #[arg(long, value_name = "NAME", value_parser = speakable, required_unless_present = "list")]
    pub protocol: Option<&'static Protocol>,
    /// Show the protocols that can be spoken, and end
    #[arg(long)]
    pub list: bool,
    /// What the subject does: seated (the whole protocol), or one movement such as rotation-left
    #[arg(long, value_name = "NAME", default_value = "seated", value_parser = session)]
    pub session: Task,
    /// Seed of all random numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Samples a second
    #[arg(long, value_name = "HZ", default_value_t = Settings::default().rate_hz)]
    pub rate: f64,
    /// Recorded repetitions of each movement
    #[arg(long, value_name = "N", default_value_t = Settings::default().recorded)]
    pub repetitions: usize,
    /// Practice repetitions before the recorded ones
    #[arg(long, value_name = "N", default_value_t = Settings::default().practice)]
    pub practice: usize,
    /// Peaks by movement, such as flexion=50,rotation-left=70 (degrees)
    #[arg(long, value_delimiter = ',', value_parser = peak)]
    pub peaks: Vec<(Movement, f64)>,
    /// How the head sensor sits askew: rotation vector in head axes, X forward, Y up, Z right (degrees)
    #[arg(long, value_name = "RX,RY,RZ", default_value = "0,0,0", value_parser = triple)]
    #[arg(allow_hyphen_values = true)]
    pub crooked: [f64; 3],
    /// Heading drift of the head sensor (deg/min)
    #[arg(long, value_name = "DEG_MIN", default_value_t = 0.0)]
    #[arg(allow_hyphen_values = true)]
    pub heading_drift: f64,
    /// How much too fast the sensor's clock runs (parts per million)
    #[arg(long, value_name = "PPM", default_value_t = 30.0)]
    #[arg(allow_hyphen_values = true)]
    pub clock_error: f64,
    /// A second sensor on the trunk, on a port of its own, with a clock of its own
    #[arg(long)]
    pub trunk: bool,
    /// The trunk's part of the head's movement
    #[arg(
        long,
        value_name = "FRACTION",
        default_value_t = 0.05,
        requires = "trunk"
    )]
    pub trunk_follows: f64,
    /// How much too fast the trunk sensor's clock runs (parts per million)
    #[arg(long, value_name = "PPM", default_value_t = -45.0, requires = "trunk")]
    #[arg(allow_hyphen_values = true)]
    pub trunk_clock_error: f64,
    /// Write what is true of the session, as JSON; times are seconds after the first sample
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
    /// How it is played
    #[command(flatten)]
    pub playing: PlayingArgs,
    /// What goes wrong
    #[command(flatten)]
    pub trouble: TroubleArgs,
}

/// Faults, of every sensor that is played.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Faults")]
pub struct TroubleArgs {
    /// Noise between the samples, as a fraction of the sensor's own bytes
    #[arg(long, value_name = "FRACTION", default_value_t = 0.0, value_parser = fraction)]
    pub noise_bytes: f64,
    /// Fraction of the samples that are lost
    #[arg(long, value_name = "FRACTION", default_value_t = 0.0, value_parser = fraction)]
    pub lose: f64,
    /// Fraction of the bytes that are changed
    #[arg(long, value_name = "FRACTION", default_value_t = 0.0, value_parser = fraction)]
    pub corrupt: f64,
    /// The line stands still once in EVERY seconds, for FOR seconds, and what was held back comes at once
    #[arg(long, value_name = "EVERY,FOR", value_parser = stall)]
    pub stall: Option<Stall>,
    /// Unplug the sensor so many seconds after the first sample
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub hang_up_after: Option<f64>,
    /// Plug it in again so many seconds later; it has started anew then
    #[arg(long, value_name = "S", value_parser = factor, requires = "hang_up_after")]
    pub return_after: Option<f64>,
    /// Hold the orientation from so many seconds on, while the gyroscope goes on
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub stale_after: Option<f64>,
    /// Send at another speed than the port is set to
    #[arg(long)]
    pub wrong_baud: bool,
    /// Begin with lines of text, as boards do that start when the port is opened
    #[arg(long)]
    pub banner: bool,
}

impl TroubleArgs {
    /// As the simulated sensor takes them.
    pub fn trouble(&self) -> Trouble {
        Trouble {
            noise: self.noise_bytes,
            lose: self.lose,
            corrupt: self.corrupt,
            stall: self.stall,
            hang_up: self.hang_up_after.map(|after_s| HangUp {
                after_s,
                return_after_s: self.return_after,
            }),
            stale_after_s: self.stale_after,
            wrong_baud: self.wrong_baud,
            banner: self.banner,
        }
    }
}

impl VirtualHeadbandArgs {
    /// Plays the sensor until the session is over or the end is asked for; gives the exit code.
    ///
    /// # Errors
    /// If a setting is refused, a file cannot be written, or there is no pseudo-terminal.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        if self.list {
            for protocol in speakables() {
                writeln!(out, "{:16} {}", protocol.name, protocol.title)?;
            }
            return Ok(0);
        }
        let protocol = self.protocol.context("give --protocol NAME")?;
        let Simulated {
            recording,
            mut truth,
        } = simulate(&self.settings())?;
        let sensors = recording.sensors.into_iter();
        let bands = sensors
            .map(|sensor| self.headband(sensor, protocol))
            .collect::<anyhow::Result<Vec<_>>>()?;
        if let [(_, head), (_, trunk)] = bands.as_slice() {
            truth.clocks = Some(clocks(head.clock(), trunk.clock()));
        }
        if let Some(path) = &self.truth {
            save(path, &json(&truth)?)?;
        }
        let (name, seconds) = (protocol.name, truth.duration_s);
        writeln!(
            err,
            "{name}, {} samples a second for {seconds:.0} s; Ctrl-C ends it",
            self.rate
        )?;
        let parts = bands.into_iter().map(|(place, band)| Part {
            place,
            acts: Box::new(band),
            speaks: Some(protocol.into()),
            link: self.playing.link_of(place),
        });
        self.playing.play(parts.collect(), out, err)?;
        Ok(0)
    }

    fn headband(
        &self,
        sensor: SensorSamples,
        protocol: &'static Protocol,
    ) -> anyhow::Result<(SensorPlace, Headband)> {
        let place = sensor.place.unwrap_or(SensorPlace::Head);
        let clock_error_ppm = match place {
            SensorPlace::Head => self.clock_error,
            SensorPlace::Trunk => self.trunk_clock_error,
        };
        if clock_error_ppm.is_nan() || clock_error_ppm.abs() > 1e5 {
            bail!("a clock is off by 100000 parts per million at most");
        }
        let settings = HeadbandSettings {
            protocol,
            seed: self.seed,
            place,
            clock_error_ppm,
            trouble: self.trouble.trouble(),
        };
        let band = Headband::new(sensor, settings).context("this protocol cannot be sent")?;
        Ok((place, band))
    }

    /// The subject and the sensors, without the faults of the line.
    fn settings(&self) -> Settings {
        let defaults = Settings::default();
        let movements = self.session.0.map(|movement| vec![movement]);
        let mut settings = Settings {
            seed: self.seed,
            rate_hz: self.rate,
            channels: Channels::Both,
            movements: movements.unwrap_or(defaults.movements),
            practice: self.practice,
            recorded: self.repetitions,
            crooked_deg: self.crooked,
            trunk: self.trunk,
            trunk_follows: if self.trunk { self.trunk_follows } else { 0.0 },
            heading_drift_deg_min: self.heading_drift,
            ..Settings::default()
        };
        for &(movement, peak_deg) in &self.peaks {
            settings.set_peak_deg(movement, peak_deg);
        }
        settings
    }
}

/// How the two sensors' own clocks relate, until one of them starts anew.
fn clocks(head: OwnClock, trunk: OwnClock) -> TrueClocks {
    let trunk_zero_s = -trunk.start_s / trunk.factor;
    TrueClocks {
        offset_s: head.start_s + trunk_zero_s * head.factor,
        skew_ppm: (head.factor / trunk.factor - 1.0) * 1e6,
    }
}

fn session(text: &str) -> Result<Task, String> {
    if text == "seated" {
        return Ok(Task(None));
    }
    task(text).map_err(|error| error.replace("'protocol'", "'seated'"))
}

fn fraction(text: &str) -> Result<f64, String> {
    let number = text.trim().parse().ok();
    number
        .filter(|number| (0.0..=1.0).contains(number))
        .ok_or_else(|| "write a fraction, 0 to 1".to_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    let number = text.trim().parse().ok();
    number
        .filter(|number: &f64| number.is_finite() && *number >= 0.0)
        .ok_or_else(|| "write seconds, zero or more".to_owned())
}

fn stall(text: &str) -> Result<Stall, String> {
    let (every, long) = text
        .split_once(',')
        .ok_or("write EVERY,FOR in seconds, such as 5,0.25")?;
    let stall = Stall {
        every_s: factor(every)?,
        for_s: factor(long)?,
    };
    if stall.for_s > stall.every_s / 2.0 {
        return Err("a stall lasts at most half of the time from one to the next".to_owned());
    }
    Ok(stall)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: VirtualHeadbandArgs,
    }

    fn parse(line: &str) -> Result<VirtualHeadbandArgs, clap::Error> {
        let words = std::iter::once("virtual-headband").chain(line.split_whitespace());
        Line::try_parse_from(words).map(|parsed| parsed.args)
    }

    #[test]
    fn flags_become_settings_and_faults() {
        let args = parse(
            "--protocol witmotion --session rotation-left --trunk --peaks rotation-left=33 \
             --stall 5,0.25 --hang-up-after 3 --return-after 2 --corrupt 0.01 --stale-after 9",
        );
        let args = args.unwrap();
        let settings = args.settings();
        assert_eq!(settings.movements, [Movement::RotationLeft]);
        assert!((settings.peak_deg_of(Movement::RotationLeft) - 33.0).abs() < 1e-12);
        assert!(settings.trunk && settings.trunk_follows > 0.0);
        let expected = Trouble {
            corrupt: 0.01,
            stall: Some(Stall {
                every_s: 5.0,
                for_s: 0.25,
            }),
            hang_up: Some(HangUp {
                after_s: 3.0,
                return_after_s: Some(2.0),
            }),
            stale_after_s: Some(9.0),
            ..Trouble::default()
        };
        assert_eq!(args.trouble.trouble(), expected);
    }

    #[test]
    fn nonsense_is_refused_with_what_was_expected() {
        for (line, expected) in [
            ("", "--protocol"),
            ("--protocol morse", "what can be sent: "),
            ("--protocol witmotion --session nod", "'seated'"),
            ("--protocol witmotion --lose 2", "0 to 1"),
            ("--protocol witmotion --stall 1,0.6", "half"),
            ("--protocol witmotion --return-after 1", "--hang-up-after"),
            ("--protocol witmotion --speed 0", "above zero"),
        ] {
            let message = parse(line).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn two_clocks_relate_as_their_readings_do() {
        let head = OwnClock {
            start_s: 10.0,
            factor: 1.0 + 30e-6,
        };
        let trunk = OwnClock {
            start_s: 25.0,
            factor: 1.0 - 45e-6,
        };
        let truth = clocks(head, trunk);
        let at_s = 100.0;
        let head_s =
            truth.offset_s + (trunk.start_s + at_s * trunk.factor) * (1.0 + truth.skew_ppm * 1e-6);
        assert!((head_s - (head.start_s + at_s * head.factor)).abs() < 1e-9);
    }
}
