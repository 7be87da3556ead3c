//! The loop that keeps the time of played sensors.

use std::io::{self, Write};
use std::iter::Peekable;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Part, PlayingArgs};
use crate::capture::headband::{Answers, Tally, What};
use crate::capture::played::Acts;
use crate::capture::pty::{Reader, Terminal};
use crate::cli::reading::shown;
use crate::cli::stopping::stop_on_signals;
use crate::sample::SensorPlace;

/// The longest time without a look at the ports: how soon a reader is seen, or a Ctrl-C.
const LOOK: Duration = Duration::from_millis(4);
/// A reader has so much time for the last bytes, unless it closes the port before.
const LINGER: Duration = Duration::from_secs(3);

/// A sensor with its port.
struct Player {
    place: SensorPlace,
    acts: Peekable<Acts>,
    terminal: Terminal,
    /// Of a sensor that waits to be asked.
    answers: Option<Answers>,
    tally: Tally,
}

pub(super) fn play(
    parts: Vec<Part>,
    how: &PlayingArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<()> {
    let ended = stop_on_signals()?;
    let players = parts.into_iter().map(Player::new);
    let mut players = players.collect::<anyhow::Result<Vec<Player>>>()?;
    for player in &players {
        writeln!(out, "{}", shown(player.terminal.path()))?;
    }
    out.flush()?;
    run(&mut players, how, &ended, err)?;
    for player in &players {
        player.say_tally(err)?;
    }
    Ok(())
}

/// Until the last act and its bytes are through, or the end is asked for.
fn run(
    players: &mut [Player],
    how: &PlayingArgs,
    ended: &AtomicBool,
    err: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut start = (!how.wait).then(Instant::now);
    let mut last: Option<Instant> = None;
    while !ended.load(Ordering::Relaxed) {
        for player in players.iter_mut() {
            if player.look(err)? {
                start.get_or_insert_with(Instant::now);
            }
        }
        let mut wait = LOOK;
        if let Some(start) = start {
            let rest_s = play_to(players, start.elapsed().as_secs_f64() * how.speed, err)?;
            wait = wait.min(Duration::try_from_secs_f64(rest_s / how.speed).unwrap_or(LOOK));
            if rest_s.is_infinite() && is_through(players, &mut last) {
                break;
            }
        }
        thread::sleep(wait);
    }
    Ok(())
}

/// Does what is due; gives how long the next is away, seconds; without end when nothing is left.
fn play_to(players: &mut [Player], now_s: f64, err: &mut dyn Write) -> anyhow::Result<f64> {
    let mut rest_s = f64::INFINITY;
    for player in players {
        rest_s = rest_s.min(player.play_to(now_s, err)?);
    }
    Ok(rest_s)
}

/// Nobody waits for the last bytes, or has waited long enough since they were sent.
fn is_through(players: &[Player], last: &mut Option<Instant>) -> bool {
    let since = last.get_or_insert_with(Instant::now).elapsed();
    since > LINGER || !players.iter().any(|player| player.terminal.has_reader())
}

impl Player {
    fn new(part: Part) -> anyhow::Result<Self> {
        Ok(Self {
            place: part.place,
            acts: part.acts.peekable(),
            terminal: Terminal::open(&part.link)?,
            answers: part.speaks.as_ref().and_then(Answers::of),
            tally: Tally::default(),
        })
    }

    /// True when a reader has just opened the port.
    fn look(&mut self, err: &mut dyn Write) -> anyhow::Result<bool> {
        let change = self.terminal.look()?;
        match change {
            Some(Reader::Opened) => self.say("the port was opened", err)?,
            Some(Reader::Closed) => self.say("the port was closed", err)?,
            None => {}
        }
        Ok(change == Some(Reader::Opened))
    }

    /// Does what is due; gives how long the next is away, seconds.
    fn play_to(&mut self, now_s: f64, err: &mut dyn Write) -> anyhow::Result<f64> {
        while let Some(act) = self.acts.next_if(|act| act.at_s <= now_s) {
            let what = match &mut self.answers {
                Some(answers) => answers.hold(act.what),
                None => Some(act.what),
            };
            let Some(what) = what else {
                continue;
            };
            self.tally.add(&what);
            match what {
                What::HangUp => {
                    self.terminal.hang_up();
                    self.say("unplugged", err)?;
                }
                What::Return => {
                    self.terminal.come_back()?;
                    self.say("plugged in again", err)?;
                }
                What::Banner(_)
                | What::Noise(_)
                | What::Recorded(_)
                | What::Sent { .. }
                | What::Lost(_) => self.terminal.write(what.bytes()),
            }
        }
        self.answer();
        let next_s = self.acts.peek().map(|act| act.at_s - now_s);
        Ok(next_s.unwrap_or(f64::INFINITY))
    }

    /// Answers what it was asked since the last time.
    fn answer(&mut self) {
        let heard = self.terminal.take_heard();
        let Some(answers) = &mut self.answers else {
            return;
        };
        for _ in 0..answers.hear(&heard) {
            if let Some(what) = answers.answer() {
                self.tally.add(what);
                self.terminal.write(what.bytes());
            }
        }
    }

    fn say(&self, what: &str, err: &mut dyn Write) -> io::Result<()> {
        writeln!(err, "{}: {what}", self.place.name())
    }

    fn say_tally(&self, err: &mut dyn Write) -> io::Result<()> {
        let Tally {
            whole,
            changed,
            lost,
            empty,
            bytes,
            noise_bytes,
            ..
        } = self.tally;
        let passed = self.terminal.passed();
        let sent = if whole + changed + lost + empty == 0 {
            format!("sent {bytes} bytes")
        } else {
            format!(
                "sent {whole} whole samples, {changed} damaged, {lost} lost, {noise_bytes} bytes of \
                 noise"
            )
        };
        self.say(&sent, err)?;
        if empty > 0 {
            let said = format!("{empty} samples had no value that the protocol carries");
            self.say(&said, err)?;
        }
        let unread = passed.unheard + self.terminal.waiting();
        if unread + passed.overflowed > 0 {
            let said = format!(
                "{unread} bytes were sent while nobody had the port open, {} were too many for \
                 the reader",
                passed.overflowed
            );
            self.say(&said, err)?;
        }
        Ok(())
    }
}
