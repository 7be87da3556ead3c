//! How far a batch is: a bar on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal as _, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::batch::run::Progress;

/// Between two lines where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// How far a batch is, for people.
pub(super) struct Shown {
    total: usize,
    begun: Instant,
    said: Instant,
    to: To,
}

enum To {
    Bar(ProgressBar),
    Lines,
    Nobody,
}

impl Shown {
    pub(super) fn new(total: usize, quiet: bool) -> Self {
        let to = if quiet {
            To::Nobody
        } else if std::io::stderr().is_terminal() {
            To::Bar(bar(total))
        } else {
            To::Lines
        };
        Self {
            total,
            begun: Instant::now(),
            said: Instant::now(),
            to,
        }
    }

    /// Shows how far it is; that nobody can see it stops nothing.
    pub(super) fn show(&mut self, now: &Progress, err: &mut dyn Write) {
        match &self.to {
            To::Bar(bar) => {
                bar.set_position((now.finished + now.kept) as u64);
                bar.set_message(self.text(now));
            }
            To::Lines if self.said.elapsed() >= BETWEEN_LINES => {
                self.said = Instant::now();
                let done = now.finished + now.kept;
                drop(writeln!(
                    err,
                    "{done} of {}: {}",
                    self.total,
                    self.text(now)
                ));
            }
            To::Lines | To::Nobody => {}
        }
    }

    /// The last word: what it took.
    pub(super) fn end(&self, last: &Progress, err: &mut dyn Write) {
        if let To::Bar(bar) = &self.to {
            bar.finish_and_clear();
        }
        if last.finished > 0 && !matches!(self.to, To::Nobody) {
            let seconds = self.begun.elapsed().as_secs_f64();
            let rates = rates(last, seconds);
            drop(writeln!(
                err,
                "{} measured in {}: {rates}",
                last.finished,
                time(seconds)
            ));
        }
    }

    fn text(&self, now: &Progress) -> String {
        let seconds = self.begun.elapsed().as_secs_f64();
        let left = self.total.saturating_sub(now.finished + now.kept);
        let left_s = seconds * left as f64 / now.finished.max(1) as f64;
        let left = match now.finished {
            0 => String::new(),
            _ => format!(", {} left", time(left_s)),
        };
        format!("{}{left}, {} failed", rates(now, seconds), now.failed)
    }
}

fn bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len}: {msg}");
    bar.with_style(style.expect("the template is a constant"))
}

fn rates(now: &Progress, seconds: f64) -> String {
    let seconds = seconds.max(1e-3);
    let (recordings, megabytes) = (
        now.finished as f64 / seconds,
        now.bytes as f64 / seconds / 1e6,
    );
    format!("{recordings:.1} recordings/s, {megabytes:.1} MB/s")
}

/// A duration as people say it.
fn time(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.1} s"),
        10..120 => format!("{whole} s"),
        120..7200 => format!("{} min", (whole + 30) / 60),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_times_and_failures_are_told() {
        let now = Progress {
            finished: 50,
            kept: 10,
            failed: 3,
            bytes: 5_000_000,
            alone: 0,
        };
        assert_eq!(rates(&now, 2.0), "25.0 recordings/s, 2.5 MB/s");
        let times = [0.51, 45.0, 600.0, 9000.0].map(time);
        assert_eq!(times, ["0.5 s", "45 s", "10 min", "2.5 h"]);
        let text = Shown::new(100, false).text(&now);
        assert!(text.ends_with(" left, 3 failed"), "{text}");
    }
}
