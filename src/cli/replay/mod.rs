//! `neckrom replay`: a recording as if it came from the sensor now.

mod lines;
mod screen;

use std::fs::File;
use std::io::{BufReader, Read as _, Write};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use self::screen::ScreenArgs;
use super::convert::say_warnings;
use super::playing::{Part, PlayingArgs, speakable};
use super::reading::{ReadingArgs, shown};
use crate::capture::headband::{Headband, HeadbandSettings, Trouble};
use crate::capture::played::Acts;
use crate::capture::recorded::{Recorded, recorded};
use crate::protocol::log::{HeadPort, MAGIC};
use crate::protocol::{Protocol, Speech, neckrom_line, recognise};
use crate::read;
use crate::sample::{Clocks, Recording, SensorPlace, SensorSamples};

const EXAMPLES: &str = "\
A log of `neckrom capture` (.neckrom) is played byte for byte, with its times of arrival; any other
recording as its samples in a protocol. The first line of the output is the path of the port to open;
with two sensors the second is that of the trunk sensor. A port needs Linux or macOS; --screen, --plain
and --json-lines work everywhere. Keys do on the screen what they do in a capture, and nothing is
written.

Examples:
  neckrom replay visit.neckrom --screen
  neckrom replay visit.neckrom --link /tmp/neckrom-headband --wait
  neckrom replay head.csv --screen --plan flexion --speed 4
  neckrom replay head.csv --protocol xsens-xbus --wait
  neckrom replay head.csv --json-lines --speed 1000";

/// Play a recording as if it came from the sensor now: on the screen of a capture, out of a
/// pseudo-terminal, or as lines.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReplayArgs {
    /// The recording: a file, or a folder that is one recording
    #[arg(value_name = "FILE")]
    pub input: PathBuf,
    /// What the sensor speaks; `neckrom virtual-headband --list` shows all. A log speaks as it did
    #[arg(long, value_name = "NAME", value_parser = speakable)]
    pub protocol: Option<&'static Protocol>,
    /// On the screen of a capture
    #[command(flatten)]
    pub screen: ScreenArgs,
    /// Print a line a second instead, for people; with --screen, of what it shows
    #[arg(long, conflicts_with_all = ["protocol", "json_lines", "link", "wait"])]
    pub plain: bool,
    /// Print a line a sample instead, as JSON; with --screen, of what it shows
    #[arg(long, conflicts_with_all = ["protocol", "link", "wait"])]
    pub json_lines: bool,
    /// How it is played
    #[command(flatten)]
    pub playing: PlayingArgs,
    /// How to read
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// So many bytes tell a protocol that the log does not name.
const MOST_LOOKED_AT: usize = 64 * 1024;

/// One sensor that is played.
struct Playable {
    place: SensorPlace,
    /// `None` for bytes of a protocol that is not known.
    speaks: Option<Speech>,
    acts: Acts,
}

impl ReplayArgs {
    /// Plays until the recording is over or the end is asked for; gives the exit code.
    ///
    /// # Errors
    /// When the recording cannot be read, the protocol carries nothing of it, or there is no
    /// pseudo-terminal.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        let as_lines = (self.plain || self.json_lines) && !self.screen.screen;
        let log = if as_lines || self.protocol.is_some() {
            None
        } else {
            self.log()?
        };
        if let Some(log) = log {
            say_damage(&log, err)?;
            let task = log.head.task.clone();
            return self.play(of_log(log)?, task.as_deref(), out, err);
        }
        let opened = read::open(&self.input, &self.reading.options());
        let opened = opened.with_context(|| shown(&self.input))?;
        say_warnings(&opened.warnings, err)?;
        let recording = opened.recording;
        if as_lines {
            lines::print(&recording, self.json_lines, self.playing.speed, out)?;
            return Ok(0);
        }
        let own_line = self.screen.screen.then_some(&neckrom_line::PROTOCOL);
        let Some(protocol) = self.protocol.or(own_line) else {
            bail!(
                "say what the sensor is to speak with --protocol NAME, or watch it with --screen; only \
                 a log of `neckrom capture` is played as it came"
            );
        };
        let task = recording.about.task.clone();
        self.play(of_samples(recording, protocol)?, task.as_deref(), out, err)
    }

    /// The recording as a log of a capture, if it is one.
    fn log(&self) -> anyhow::Result<Option<Recorded>> {
        if !self.input.is_file() {
            return Ok(None);
        }
        let file = || File::open(&self.input).with_context(|| shown(&self.input));
        let mut first = Vec::new();
        file()?.take(MAGIC.len() as u64).read_to_end(&mut first)?;
        if first != MAGIC {
            return Ok(None);
        }
        let log = recorded(BufReader::new(file()?)).with_context(|| shown(&self.input))?;
        let log = log.with_context(|| {
            format!(
                "{}: a log of another version of this program",
                shown(&self.input)
            )
        })?;
        Ok(Some(log))
    }

    /// To the screen, or out of ports.
    fn play(
        &self,
        sensors: Vec<Playable>,
        task: Option<&str>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> anyhow::Result<u8> {
        if self.screen.screen {
            return self.watch(sensors, task, out, err);
        }
        let part = |sensor: Playable| Part {
            place: sensor.place,
            acts: sensor.acts,
            speaks: sensor.speaks,
            link: self.playing.link_of(sensor.place),
        };
        let parts = sensors.into_iter().map(part).collect();
        self.playing.play(parts, out, err)?;
        Ok(0)
    }
}

fn say_damage(log: &Recorded, err: &mut dyn Write) -> std::io::Result<()> {
    let bytes = log.damage.bytes + log.damage.torn_bytes;
    if bytes > 0 {
        writeln!(err, "{bytes} bytes of the log are damaged and not played")?;
    }
    Ok(())
}

/// The ports of a log, as they were.
fn of_log(log: Recorded) -> anyhow::Result<Vec<Playable>> {
    let mut sensors: Vec<Playable> = Vec::new();
    for port in log.ports {
        let free = |place: &SensorPlace| sensors.iter().all(|sensor| sensor.place != *place);
        let places = [SensorPlace::Head, SensorPlace::Trunk];
        let place = port.about.place.filter(free);
        let place = place.or_else(|| places.into_iter().find(free));
        let place = place.context("this log has more than two ports, and two are played")?;
        let speaks = spoken(&port.about, &port.first_bytes(MOST_LOOKED_AT));
        sensors.push(Playable {
            place,
            speaks,
            acts: Box::new(port.acts.into_iter()),
        });
    }
    if sensors.is_empty() {
        bail!("there is no byte of a sensor in this log");
    }
    Ok(sensors)
}

/// What a port of a log speaks: what the log names, else what is recognised.
fn spoken(about: &HeadPort, first: &[u8]) -> Option<Speech> {
    let known = about.speech();
    known.or_else(|| recognise(first).map(Speech::Known))
}

/// The sensors of a recording, speaking this protocol.
fn of_samples(recording: Recording, protocol: &'static Protocol) -> anyhow::Result<Vec<Playable>> {
    let zero_s = common_zero_s(&recording);
    let mut sensors = Vec::new();
    for (place, sensor) in placed(recording) {
        let settings = HeadbandSettings {
            protocol,
            seed: 1,
            place,
            clock_error_ppm: 0.0,
            trouble: Trouble::default(),
        };
        let band = Headband::new(sensor, settings).context("this protocol cannot be sent")?;
        let band = match zero_s {
            Some(zero_s) => band.beginning_at(zero_s),
            None => band,
        };
        if !band.can_speak() {
            bail!(
                "{} carries {}, which the {} sensor of this recording does not have; choose another \
                 --protocol, or fuse it with `neckrom convert`",
                protocol.name,
                protocol.gives,
                place.name()
            );
        }
        sensors.push(Playable {
            place,
            speaks: Some(Speech::Known(protocol)),
            acts: Box::new(band),
        });
    }
    Ok(sensors)
}

/// The sensors on head and trunk; the first is the head's where none is said to be.
fn placed(recording: Recording) -> Vec<(SensorPlace, SensorSamples)> {
    let at = |place| {
        let is_there = |sensor: &SensorSamples| sensor.place == Some(place);
        recording.sensors.iter().position(is_there)
    };
    let trunk = at(SensorPlace::Trunk);
    let head = at(SensorPlace::Head).or_else(|| (trunk != Some(0)).then_some(0));
    let mut sensors: Vec<Option<SensorSamples>> = recording.sensors.into_iter().map(Some).collect();
    let mut take = |index: Option<usize>, place| {
        let sensor = sensors.get_mut(index?)?.take()?;
        Some((place, sensor))
    };
    let both = [
        take(head, SensorPlace::Head),
        take(trunk, SensorPlace::Trunk),
    ];
    both.into_iter().flatten().collect()
}

/// The first time of all sensors, if they keep one time.
fn common_zero_s(recording: &Recording) -> Option<f64> {
    if recording.clocks == Clocks::Separate {
        return None;
    }
    let times = recording.sensors.iter().flat_map(|sensor| &sensor.time_s);
    let finite = times.copied().filter(|time_s| time_s.is_finite());
    finite.min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::{Channels, Settings, simulate};

    pub(super) fn short(trunk: bool) -> Recording {
        let settings = Settings {
            rate_hz: 10.0,
            channels: Channels::Both,
            movements: vec![crate::movement::Movement::Flexion],
            practice: 0,
            recorded: 1,
            nods: 0,
            trunk,
            ..Settings::default()
        };
        simulate(&settings).unwrap().recording
    }

    #[test]
    fn the_first_sensor_is_the_head_s_unless_it_is_the_trunk_s() {
        let places = |recording: Recording| -> Vec<SensorPlace> {
            placed(recording)
                .into_iter()
                .map(|(place, _)| place)
                .collect()
        };
        assert_eq!(places(short(true)), [SensorPlace::Head, SensorPlace::Trunk]);
        let mut unknown = short(false);
        unknown.sensors[0].place = None;
        assert_eq!(places(unknown.clone()), [SensorPlace::Head]);
        unknown.sensors[0].place = Some(SensorPlace::Trunk);
        assert_eq!(places(unknown), [SensorPlace::Trunk]);
    }
}
