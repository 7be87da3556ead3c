//! `neckrom capture`: from live sensors to a recording, and its ROM.

mod configuring;
pub(super) mod place;
mod sensors;
mod start;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use self::place::Place;
use self::sensors::SensorArgs;
use super::analyze::AnalyzeArgs;
use super::analyzing::{AnalyzingArgs, HowArgs};
use super::compare::CompareArgs;
use super::guiding::{self, ShowingArgs, Until};
use super::measuring::MeasuringArgs;
use super::playing::factor;
use super::reading::{ReadingArgs, shown};
use super::screen::Sound;
use super::stopping::stop_on_signals;
use crate::capture::live::{Live, Mounts};
use crate::capture::log::LogWriter;
use crate::capture::session::{Ended, Session};
use crate::protocol::log::Head;

/// Record live sensors on serial ports, and measure the range of motion
///
/// Every byte goes into a log before anything is made of it, so that a pulled plug, a full disk or a
/// power failure costs a second at most. The log is a recording like any other. Ctrl-C ends the
/// capture; then it is measured, and compared with earlier visits of the subject in the same folder.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  neckrom capture --subject s01 --visit 2 --out data\n  \
    neckrom capture --port /dev/ttyUSB0 --trunk-port /dev/ttyUSB1 --subject s01 --visit 1 --out data"
)]
pub struct CaptureArgs {
    /// Which sensors
    #[command(flatten)]
    pub sensors: SensorArgs,
    /// What is done, step by step: seated, flexion-rotation, repositioning, end-range-hold, one movement
    /// such as flexion, a TOML file, or none
    #[arg(long, value_name = "PLAN", default_value = "seated")]
    pub plan: String,
    /// Folder for the recordings of all subjects
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// End by itself after so many seconds
    #[arg(long, value_name = "N", value_parser = seconds)]
    pub seconds: Option<f64>,
    /// How it is shown
    #[command(flatten)]
    pub showing: ShowingArgs,
    /// No bell when a step begins and ends
    #[arg(long)]
    pub quiet: bool,
    /// Tones on the loudspeaker in place of the bell, in a program that was built with them
    #[arg(long, conflicts_with_all = ["quiet", "json_lines"])]
    pub sound: bool,
    /// How to measure
    #[command(flatten)]
    pub measuring: MeasuringArgs,
}

fn seconds(text: &str) -> Result<f64, String> {
    factor(text).map_err(|_not_above_zero| "write a number of seconds, above zero".to_owned())
}

impl CaptureArgs {
    /// Runs the command; returns the exit code: 1 when the recording is safe and could not be measured,
    /// or ended early.
    ///
    /// # Errors
    /// When the capture cannot begin, or the results cannot be written.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        let (subject, visit) = (&self.measuring.subject, &self.measuring.visit);
        let plan = guiding::plan(&self.plan)?;
        let sound = self.what_sounds(err)?;
        let place = Place::new(&self.out, subject.as_deref(), visit.as_deref(), &plan.name)?;
        let stop = stop_on_signals().context("signals cannot be waited for")?;
        let ports = self.sensors.open(err)?;
        let head = Head {
            subject: Some(place.subject.clone()),
            visit: Some(place.visit.clone()),
            task: Some(plan.name.clone()),
            start: Some(start::now()),
            program: Some(env!("CARGO_PKG_VERSION").to_owned()),
            simulated: false,
            ports: ports.iter().map(|port| port.head.clone()).collect(),
        };
        let log = LogWriter::create(&place.log, &head).with_context(|| shown(&place.log))?;
        writeln!(err, "recording to {}; Ctrl-C ends it", shown(&place.log))?;
        let inputs = ports.into_iter().map(|port| port.input).collect();
        let session = Session::start(log, inputs)?;
        let until = Until {
            stop: &stop,
            seconds: self.seconds,
            playing: None,
        };
        let mut live = Live::with_mounts(plan, self.mounts());
        let why = {
            let mut show = self.showing.screen(sound, out)?;
            guiding::follow(&session, &mut live, &mut *show, &until)
        };
        let ended = session.end(why);
        writeln!(err, "ended: {}", ended.why)?;
        self.afterwards(&place, &ended, out, err)
    }

    fn what_sounds(&self, err: &mut dyn Write) -> anyhow::Result<Sound> {
        if self.sound {
            return Sound::speaker(err);
        }
        Ok(if self.quiet { Sound::Off } else { Sound::Bell })
    }

    fn mounts(&self) -> Mounts {
        let settings = self.measuring.settings();
        Mounts {
            head: settings.mount,
            trunk: settings.trunk_mount,
        }
    }

    /// Measures, compares and draws, and says where the recording is.
    fn afterwards(
        &self,
        place: &Place,
        ended: &Ended,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> anyhow::Result<u8> {
        let code = match self.measure(place, out, err) {
            Ok(code) => code,
            Err(error) => {
                writeln!(err, "error: {error:#}")?;
                1
            }
        };
        if code > 0 {
            let path = shown(&place.log);
            writeln!(
                err,
                "the recording is safe in {path}; measure it again with neckrom analyze"
            )?;
        }
        Ok(code.max(u8::from(ended.log_failed.is_some())).min(1))
    }

    fn measure(
        &self,
        place: &Place,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> anyhow::Result<u8> {
        let results = place.results()?;
        let analyze = AnalyzeArgs {
            analyzing: self.analyzing(&place.log),
            json: self.showing.json_lines,
            out: Some(results.clone()),
            angles: false,
        };
        let mut code = self.as_asked("analysis", out, |out| analyze.run(out, err))?;
        if place.has_other_visits() {
            let compare = CompareArgs {
                analyzing: self.analyzing(&place.of_subject),
                json: self.showing.json_lines,
                out: Some(results),
                limits: None,
                reference: None,
            };
            code = code.max(self.as_asked("comparison", out, |out| compare.run(out, err))?);
        }
        Ok(code)
    }

    /// What `run` writes, as it is, or as one object of JSON in one line.
    fn as_asked(
        &self,
        kind: &str,
        out: &mut dyn Write,
        run: impl FnOnce(&mut dyn Write) -> anyhow::Result<u8>,
    ) -> anyhow::Result<u8> {
        if !self.showing.json_lines {
            return run(out);
        }
        let mut written = Vec::new();
        let code = run(&mut written)?;
        if !written.is_empty() {
            let results: serde_json::Value = serde_json::from_slice(&written)?;
            writeln!(
                out,
                "{}",
                serde_json::json!({"kind": kind, "results": results})
            )?;
        }
        Ok(code)
    }

    fn analyzing(&self, path: &Path) -> AnalyzingArgs {
        AnalyzingArgs {
            paths: vec![path.to_owned()],
            given: HowArgs {
                as_is: false,
                measuring: MeasuringArgs {
                    subject: None,
                    visit: None,
                    ..self.measuring.clone()
                },
                reading: ReadingArgs::default(),
            }
            .into(),
        }
    }
}
