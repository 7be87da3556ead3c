//! Along a plan: what the sensors tell is measured as it comes, shown, and marked in the log. Shared by
//! `capture` and `replay`.

use std::io::{self, BufReader, IsTerminal as _, Read as _, Write, stdin, stdout};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};

use clap::Args;

use super::capture::place;
use super::reading::shown;
use super::screen::{JsonLines, Plain, Show, Sound, Terminal, Typed};
use crate::capture::live::{Action, Live};
use crate::capture::plan::{NAMES, Plan};
use crate::capture::played::StillPlaying;
use crate::capture::session::Session;
use crate::capture::told::Told;

/// What is told, and keys, are waited for so long; then the clock is looked at.
const WAIT: Duration = Duration::from_millis(10);
/// From one picture to the next at least: with the time that one takes to be made, it bounds the time
/// from a byte to the screen.
const PICTURE: Duration = Duration::from_millis(30);
/// More than any plan has; a longer one is refused where it is taken apart.
const MOST_BYTES: u64 = 1024 * 1024;
/// Why a capture ends, as the log has it.
const LOG_FAILED: &str = "the log failed";
/// The same.
const PORT_LOST: &str = "port lost";
/// A recording without guidance.
const NONE: &str = "none";

/// The plan of this name or in this file.
pub(super) fn plan(name: &str) -> anyhow::Result<Plan> {
    if name == NONE {
        return Ok(Plan::free());
    }
    if let Some(plan) = Plan::built_in(name) {
        return Ok(plan);
    }
    let path = Path::new(name);
    if !path.is_file() {
        let names = NAMES.join(", ");
        bail!("--plan {name}: no file, and none of the plans {names}, {NONE}");
    }
    let text = text(path).with_context(|| shown(path))?;
    let plan = Plan::parse(&text).with_context(|| shown(path))?;
    place::label(&plan.name).map_err(|why| anyhow!("{}: name: {why}", shown(path)))?;
    Ok(plan)
}

/// What is in a file; no more than a plan may have, and a little.
fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

/// How a capture is shown, other than on the whole terminal.
#[derive(Debug, Clone, Copy, Args)]
pub struct ShowingArgs {
    /// A line a second, for terminals that cannot do more
    #[arg(long)]
    pub plain: bool,
    /// One JSON object a line, for programs
    #[arg(long, conflicts_with = "plain")]
    pub json_lines: bool,
}

impl ShowingArgs {
    /// What shows it, with what sounds.
    ///
    /// # Errors
    /// When the terminal cannot be taken over.
    pub(super) fn screen<'o>(
        self,
        sound: Sound,
        out: &'o mut dyn Write,
    ) -> anyhow::Result<Box<dyn Show + 'o>> {
        let on_terminal = stdout().is_terminal();
        let sound = sound.on(on_terminal);
        let typed = || Typed::lines(BufReader::new(stdin()));
        Ok(if self.json_lines {
            Box::new(JsonLines::new(out, typed()))
        } else if self.plain || !on_terminal {
            Box::new(Plain::new(out, typed(), sound))
        } else {
            Box::new(Terminal::open(sound)?)
        })
    }
}

/// What ends it from outside.
pub(super) struct Until<'s> {
    pub(super) stop: &'s AtomicBool,
    pub(super) seconds: Option<f64>,
    /// What is played, if it is a replay.
    pub(super) playing: Option<&'s StillPlaying>,
}

impl Until<'_> {
    /// Why it ends now.
    pub(super) fn reached(&self, now_s: f64) -> Option<&'static str> {
        if self.stop.load(Ordering::Acquire) {
            return Some("quit");
        }
        if self.playing.is_some_and(StillPlaying::is_over) {
            return Some("the recording is over");
        }
        let over = self.seconds.is_some_and(|seconds| now_s >= seconds);
        over.then_some("the time is up")
    }
}

/// Goes on until the end, and says why it came. A screen that is gone ends the capture as a key does:
/// what was recorded is safe.
///
/// Until another picture may be drawn, keys are waited for; from then on, what is told: it is drawn at
/// once.
pub(super) fn follow(
    session: &Session,
    live: &mut Live,
    show: &mut dyn Show,
    until: &Until<'_>,
) -> &'static str {
    let mut due = Instant::now();
    loop {
        let early = due.saturating_duration_since(Instant::now());
        let for_told = if early.is_zero() {
            WAIT
        } else {
            Duration::ZERO
        };
        let failed = take(session, live, for_told);
        live.tick(session.now_s());
        let mut gone = turn(session, live, show, early.min(WAIT));
        if early.is_zero() || live.is_over() || failed {
            due = Instant::now() + PICTURE;
            gone = gone.and_then(|quit| show.show(&live.view()).map(|()| quit));
        }
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

/// Takes all that was told, after a wait for the first of it; `true` when nothing more will be, since the
/// log failed.
fn take(session: &Session, live: &mut Live, wait: Duration) -> bool {
    let mut next = session.told().recv_timeout(wait);
    loop {
        let told = match next {
            Ok(told) => told,
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => return true,
        };
        live.take(&told);
        if matches!(told, Told::LogFailed { .. }) {
            return true;
        }
        next = session.told().recv_timeout(Duration::ZERO);
    }
}

/// Keys, marks and tones; `true` when the examiner ends the capture.
fn turn(
    session: &Session,
    live: &mut Live,
    show: &mut dyn Show,
    wait: Duration,
) -> io::Result<bool> {
    let keys = show.keys(wait);
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
    keys.map(|_| quit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_a_name_or_a_file() {
        assert_eq!(plan("none").unwrap(), Plan::free());
        for name in NAMES {
            assert_eq!(plan(name).unwrap().name, *name);
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
        assert_eq!(plan(path).unwrap(), Plan::built_in("seated").unwrap());
        std::fs::write(path, text.replacen("seated", "../x", 1)).unwrap();
        assert!(plan(path).is_err());
    }
}
