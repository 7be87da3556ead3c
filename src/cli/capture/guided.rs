//! A capture along a plan: what the sensors tell is measured as it comes, shown, and marked in the log.

use std::io::{self, BufReader, IsTerminal as _, Read as _, Write, stdin, stdout};
use std::path::Path;
use std::sync::mpsc::TryRecvError;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};

use super::{CaptureArgs, LOG_FAILED, PORT_LOST, Until, place};
use crate::capture::live::{Action, Live, Mounts};
use crate::capture::plan::{NAMES, Plan};
use crate::capture::session::Session;
use crate::capture::told::Told;
use crate::cli::reading::shown;
use crate::cli::screen::{JsonLines, Plain, Show, Terminal, Typed};

/// Keys are waited for so long; with [`PICTURE_S`] the time from a byte to the screen, under 50 ms.
const WAIT: Duration = Duration::from_millis(10);
/// Seconds between two pictures.
const PICTURE_S: f64 = 0.03;
/// More than any plan has; a longer one is refused where it is taken apart.
const MOST_BYTES: u64 = 1024 * 1024;
/// A recording without guidance.
const NONE: &str = "none";

/// The plan of this name or in this file; `None` for a recording without guidance.
pub(super) fn plan(name: &str) -> anyhow::Result<Option<Plan>> {
    if name == NONE {
        return Ok(None);
    }
    if let Some(plan) = Plan::built_in(name) {
        return Ok(Some(plan));
    }
    let path = Path::new(name);
    if !path.is_file() {
        let names = NAMES.join(", ");
        bail!("--plan {name}: no file, and none of the plans {names}, {NONE}");
    }
    let text = text(path).with_context(|| shown(path))?;
    let plan = Plan::parse(&text).with_context(|| shown(path))?;
    place::label(&plan.name).map_err(|why| anyhow!("{}: name: {why}", shown(path)))?;
    Ok(Some(plan))
}

/// What is in a file; no more than a plan may have, and a little.
fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

impl CaptureArgs {
    /// Follows the plan until it is over, or something else ends the capture; returns what did.
    pub(super) fn guide(
        &self,
        plan: Plan,
        session: &Session,
        until: &Until<'_>,
        out: &mut dyn Write,
    ) -> anyhow::Result<&'static str> {
        let settings = self.measuring.settings();
        let mounts = Mounts {
            head: settings.mount,
            trunk: settings.trunk_mount,
        };
        let mut live = Live::with_mounts(plan, mounts);
        let mut show = self.screen(out)?;
        Ok(follow(session, &mut live, &mut *show, until))
    }

    fn screen<'o>(&self, out: &'o mut dyn Write) -> anyhow::Result<Box<dyn Show + 'o>> {
        let on_terminal = stdout().is_terminal();
        let bell = on_terminal && !self.quiet;
        let typed = || Typed::lines(BufReader::new(stdin()));
        Ok(if self.showing.json_lines {
            Box::new(JsonLines::new(out, typed()))
        } else if self.showing.plain || !on_terminal {
            Box::new(Plain::new(out, typed(), bell))
        } else {
            Box::new(Terminal::open(bell)?)
        })
    }
}

/// Goes on until the end, and says why it came. A screen that is gone ends the capture as a key does:
/// what was recorded is safe.
fn follow(
    session: &Session,
    live: &mut Live,
    show: &mut dyn Show,
    until: &Until<'_>,
) -> &'static str {
    let mut shown_s = f64::NEG_INFINITY;
    loop {
        let failed = take(session, live);
        live.tick(session.now_s());
        let gone = turn(session, live, show, &mut shown_s);
        if failed {
            return LOG_FAILED;
        }
        let outside = until.reached(session.now_s());
        match gone {
            Ok(false) => {}
            Ok(true) => return "quit",
            Err(_gone) => return "the screen is gone",
        }
        if let Some(why) = outside {
            return if live.is_lost() { PORT_LOST } else { why };
        }
        if live.is_over() {
            return "the plan is over";
        }
    }
}

/// Takes all that was told; `true` when nothing more will be, since the log failed.
fn take(session: &Session, live: &mut Live) -> bool {
    loop {
        let told = match session.told().try_recv() {
            Ok(told) => told,
            Err(TryRecvError::Empty) => return false,
            Err(TryRecvError::Disconnected) => return true,
        };
        live.take(&told);
        if matches!(told, Told::LogFailed { .. }) {
            return true;
        }
    }
}

/// Keys, marks, tones and, when one is due, a picture; `true` when the examiner ends the capture.
fn turn(
    session: &Session,
    live: &mut Live,
    show: &mut dyn Show,
    shown_s: &mut f64,
) -> io::Result<bool> {
    let keys = show.keys(WAIT);
    let typed = keys.as_deref().unwrap_or_default();
    for action in typed {
        live.act(*action, session.now_s());
    }
    let quit = typed.contains(&Action::Quit);
    for mark in live.marks() {
        session.mark(mark.at_s, &mark.label);
    }
    for tone in live.tones() {
        show.tone(tone)?;
    }
    let now_s = session.now_s();
    if now_s - *shown_s >= PICTURE_S || live.is_over() {
        *shown_s = now_s;
        show.show(&live.view())?;
    }
    keys.map(|_| quit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_a_name_or_a_file() {
        assert_eq!(plan("none").unwrap(), None);
        for name in NAMES {
            assert_eq!(plan(name).unwrap().unwrap().name, *name);
        }
        let said = plan("seatedd").unwrap_err().to_string();
        assert!(
            said.contains("seated,") && said.contains("no file"),
            "{said}"
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let text = Plan::built_in("seated").unwrap().to_toml();
        std::fs::write(path, &text).unwrap();
        assert_eq!(plan(path).unwrap(), Plan::built_in("seated"));
        std::fs::write(path, text.replacen("seated", "../x", 1)).unwrap();
        assert!(plan(path).is_err());
    }
}
