//! A recording on the screen of a capture.

use std::io::Write;

use anyhow::{Context as _, bail};
use clap::Args;

use super::{Playable, ReplayArgs};
use crate::capture::live::{Live, Mounts};
use crate::capture::plan::Plan;
use crate::capture::played::{StillPlaying, played};
use crate::capture::session::{Input, Session, SessionClock};
use crate::cli::guiding::{self, ShowingArgs, Until};
use crate::cli::screen::Sound;
use crate::cli::stopping::stop_on_signals;

/// Faster, times on this computer would be too coarse for what is told by the moment.
const FASTEST: f64 = 10.0;
/// The plan of a recording that names none.
const USUAL: &str = "seated";

/// Whether and how a recording is shown on the screen of a capture.
#[derive(Debug, Clone, Args)]
pub struct ScreenArgs {
    /// Watch it on the screen of `neckrom capture`, with the live angle
    #[arg(long, conflicts_with_all = ["link", "wait"])]
    pub screen: bool,
    /// The plan that the screen follows, as in `neckrom capture`; by default the recording's own, else seated
    #[arg(long, value_name = "PLAN", requires = "screen")]
    pub plan: Option<String>,
}

impl ReplayArgs {
    /// Shows it as a capture would have shown it; nothing is written.
    pub(super) fn watch(
        &self,
        sensors: Vec<Playable>,
        task: Option<&str>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> anyhow::Result<u8> {
        if self.playing.speed > FASTEST {
            bail!("--screen plays up to {FASTEST} times as fast");
        }
        let plan = self.shown_plan(task)?;
        let stop = stop_on_signals()?;
        let clock = SessionClock::start(self.playing.speed);
        let playing = StillPlaying::default();
        let input = |sensor: Playable| {
            let speaks = sensor
                .speaks
                .context("the bytes of this log are of no protocol that is known here")?;
            let (source, again) = played(sensor.acts, clock, &playing);
            Ok(Input {
                place: sensor.place,
                speaks,
                source,
                again,
            })
        };
        let inputs = sensors.into_iter().map(input);
        let inputs = inputs.collect::<anyhow::Result<Vec<_>>>()?;
        let showing = ShowingArgs {
            plain: self.plain,
            json_lines: self.json_lines,
        };
        let mut live = Live::with_mounts(plan, Mounts::default());
        let session = Session::replay(clock, inputs)?;
        let until = Until {
            stop: &stop,
            seconds: None,
            playing: Some(&playing),
        };
        let why = {
            let mut show = showing.screen(Sound::Bell, out)?;
            guiding::follow(&session, &mut live, &mut *show, &until)
        };
        session.end(why);
        writeln!(err, "ended: {why}")?;
        Ok(0)
    }

    /// The plan that was asked for, else that of the recording.
    fn shown_plan(&self, task: Option<&str>) -> anyhow::Result<Plan> {
        let own = task.filter(|task| Plan::built_in(task).is_some());
        let name = self.screen.plan.as_deref().or(own).unwrap_or(USUAL);
        guiding::plan(name)
    }
}
