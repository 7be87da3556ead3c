//! `neckrom replay`: a recording as if it came from the sensor now.

use std::io::Write;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::Args;
use nalgebra::{UnitQuaternion, Vector3};
use serde_json::{Value, json};

use super::convert::say_warnings;
use super::playing::{Part, PlayingArgs, speakable};
use super::reading::{ReadingArgs, shown};
use crate::capture::headband::{Headband, HeadbandSettings, Trouble};
use crate::protocol::Protocol;
use crate::read;
use crate::sample::{Clocks, Recording, SensorPlace, SensorSamples};

const EXAMPLES: &str = "\
The first line of the output is the path of the port to open; with two sensors the second is that of
the trunk sensor. A port needs Linux or macOS; --plain and --json-lines work everywhere.

Examples:
  neckrom replay head.csv --protocol witmotion --link /tmp/neckrom-headband
  neckrom replay head.csv --protocol xsens-xbus --speed 4 --wait
  neckrom replay head.csv --plain
  neckrom replay head.csv --json-lines --speed 1000";

/// Play a recording as if it came from the sensor now: out of a pseudo-terminal, or as lines.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReplayArgs {
    /// The recording: a file, or a folder that is one recording
    #[arg(value_name = "FILE")]
    pub input: PathBuf,
    /// What the sensor speaks; `neckrom virtual-headband --list` shows all
    #[arg(long, value_name = "NAME", value_parser = speakable)]
    #[arg(required_unless_present_any = ["plain", "json_lines"])]
    pub protocol: Option<&'static Protocol>,
    /// Print a line a second instead, for people
    #[arg(long, conflicts_with_all = ["protocol", "json_lines", "link", "wait"])]
    pub plain: bool,
    /// Print a line a sample instead, as JSON
    #[arg(long, conflicts_with_all = ["protocol", "link", "wait"])]
    pub json_lines: bool,
    /// How it is played
    #[command(flatten)]
    pub playing: PlayingArgs,
    /// How to read
    #[command(flatten)]
    pub reading: ReadingArgs,
}

impl ReplayArgs {
    /// Plays until the recording is over or the end is asked for; gives the exit code.
    ///
    /// # Errors
    /// When the recording cannot be read, the protocol carries nothing of it, or there is no
    /// pseudo-terminal.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        let opened = read::open(&self.input, &self.reading.options());
        let opened = opened.with_context(|| shown(&self.input))?;
        say_warnings(&opened.warnings, err)?;
        let recording = opened.recording;
        match self.protocol {
            Some(protocol) => {
                let parts = self.parts(recording, protocol)?;
                self.playing.play(parts, out, err)?;
            }
            None => self.print(&recording, out)?,
        }
        Ok(0)
    }

    /// The sensors and what they send. The bytes of a capture log (`capture-log`) belong here, too: they
    /// are to be played as they came, not as samples in a protocol.
    fn parts(
        &self,
        recording: Recording,
        protocol: &'static Protocol,
    ) -> anyhow::Result<Vec<Part>> {
        let zero_s = common_zero_s(&recording);
        let mut parts = Vec::new();
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
                    "{} carries {}, which the {} sensor of this recording does not have; choose \
                     another --protocol, or fuse it with `neckrom convert`",
                    protocol.name,
                    protocol.gives,
                    place.name()
                );
            }
            parts.push(Part {
                place,
                acts: Box::new(band),
                link: self.playing.link_of(place),
            });
        }
        Ok(parts)
    }

    fn print(&self, recording: &Recording, out: &mut dyn Write) -> anyhow::Result<()> {
        let start = Instant::now();
        let mut next_s = 1.0;
        for row in rows(recording) {
            wait(start, row.at_s / self.playing.speed, out)?;
            if self.json_lines {
                writeln!(out, "{}", row.as_json())?;
            } else if row.at_s >= next_s {
                writeln!(out, "{}", row.as_line())?;
                next_s = row.at_s.floor() + 1.0;
            }
        }
        Ok(())
    }
}

/// Until so many seconds after the start; what was printed before is out then.
fn wait(start: Instant, until_s: f64, out: &mut dyn Write) -> anyhow::Result<()> {
    let rest_s = until_s - start.elapsed().as_secs_f64();
    if let Ok(rest) = Duration::try_from_secs_f64(rest_s) {
        out.flush()?;
        thread::sleep(rest);
    }
    Ok(())
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

/// One sample of one sensor.
struct Row<'a> {
    at_s: f64,
    sensor: &'a SensorSamples,
    index: usize,
}

/// All samples in order of time.
fn rows(recording: &Recording) -> Vec<Row<'_>> {
    let common_s = common_zero_s(recording);
    let mut rows = Vec::new();
    for sensor in &recording.sensors {
        let first_s = sensor
            .time_s
            .iter()
            .copied()
            .find(|time_s| time_s.is_finite());
        let zero_s = common_s.or(first_s).unwrap_or_default();
        let mut at_s = 0.0_f64;
        for (index, time_s) in sensor.time_s.iter().enumerate() {
            // The greater of both, also where one is not a number.
            at_s = at_s.max(time_s - zero_s);
            rows.push(Row {
                at_s,
                sensor,
                index,
            });
        }
    }
    rows.sort_by(|one, other| one.at_s.total_cmp(&other.at_s));
    rows
}

impl Row<'_> {
    fn name(&self) -> &str {
        let place = self.sensor.place.map(SensorPlace::name);
        place.unwrap_or(&self.sensor.name)
    }

    /// Every channel that there is, in the convention of [`crate::sample`]; no number is `null`.
    fn as_json(&self) -> Value {
        let vector = |column: &Option<Vec<Vector3<f64>>>| {
            let value = column.as_ref()?.get(self.index)?;
            Some(json!(value.as_slice()))
        };
        let turns = self.sensor.earth_from_sensor.as_ref();
        let turn = turns.and_then(|all| all.get(self.index));
        let channels = [
            ("q_wxyz", turn.map(|q| json!([q.w, q.i, q.j, q.k]))),
            ("gyro_rad_s", vector(&self.sensor.gyro_rad_s)),
            ("accel_m_s2", vector(&self.sensor.accel_m_s2)),
            ("mag_ut", vector(&self.sensor.mag_ut)),
        ];
        let mut line = json!({"sensor": self.name(), "time_s": self.sensor.time_s.get(self.index)});
        for (name, value) in channels {
            if let Some(value) = value {
                line[name] = value;
            }
        }
        line
    }

    /// Time, samples so far, and how far the sensor is turned from its first orientation.
    fn as_line(&self) -> String {
        let (at_s, count) = (self.at_s, self.index + 1);
        let name = read::error::excerpt(self.name().as_bytes(), 40);
        let line = format!("{at_s:7.1} s  {name}  {count} samples");
        let turns = self.sensor.earth_from_sensor.as_ref();
        let at = |index| {
            let turn = turns?.get(index)?;
            UnitQuaternion::try_new(*turn, 1e-3)
        };
        match at(0).zip(at(self.index)) {
            Some((first, now)) => {
                let degrees = first.angle_to(&now).to_degrees();
                format!("{line}  turned {degrees:.1} degrees")
            }
            None => line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::{Channels, Settings, simulate};

    fn short(trunk: bool) -> Recording {
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
    fn samples_of_two_sensors_come_in_order_of_time() {
        let recording = short(true);
        let rows = rows(&recording);
        assert_eq!(rows.len(), 2 * recording.sensors[0].len());
        assert!(rows.windows(2).all(|pair| pair[0].at_s <= pair[1].at_s));
        assert_eq!((rows[0].name(), rows[1].name()), ("head", "trunk"));
        let json = rows[1].as_json();
        assert_eq!(json["q_wxyz"].as_array().unwrap().len(), 4);
        assert_eq!(json["accel_m_s2"].as_array().unwrap().len(), 3);
        assert!(json.get("mag_ut").is_none());
        assert!(
            rows[30].as_line().contains("turned 0."),
            "{}",
            rows[30].as_line()
        );
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

    #[test]
    fn a_recording_whose_times_are_not_numbers_is_played_at_once() {
        let mut recording = short(false);
        recording.sensors[0].time_s.fill(f64::NAN);
        assert!(rows(&recording).iter().all(|row| row.at_s <= 0.0));
    }
}
