//! Words on standard input, for programs and for `--plain`.

use std::io::BufRead;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

use crate::capture::live::Action;

/// So many words may wait.
const WAITING_MAX: usize = 64;
/// No word is longer, bytes.
const WORD_MAX: usize = 64;

/// What is typed, a word a line; and signals.
#[derive(Debug)]
pub struct Typed {
    words: Option<Receiver<Action>>,
}

impl Typed {
    /// Nothing ever.
    pub const fn nothing() -> Self {
        Self { words: None }
    }

    /// Reads words in a thread of its own, which lasts as long as the input does. Lines that are no
    /// word are passed over.
    pub fn lines(input: impl BufRead + Send + 'static) -> Self {
        let (send, words) = sync_channel(WAITING_MAX);
        thread::spawn(move || read(input, &send));
        Self { words: Some(words) }
    }

    /// What was typed; waits no longer than `wait`.
    pub(super) fn actions(&mut self, wait: Duration) -> Vec<Action> {
        let mut actions = Vec::new();
        match self.words.as_ref().map(|words| words.recv_timeout(wait)) {
            Some(Ok(action)) => actions.push(action),
            Some(Err(RecvTimeoutError::Timeout)) => {}
            Some(Err(RecvTimeoutError::Disconnected)) => {
                self.words = None;
                thread::sleep(wait);
            }
            None => thread::sleep(wait),
        }
        while let Some(words) = &self.words {
            match words.try_recv() {
                Ok(action) => actions.push(action),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        actions
    }
}

/// Hands on what is typed until the input or whoever takes it ends.
fn read(mut input: impl BufRead, to: &SyncSender<Action>) {
    while let Some(line) = next_line(&mut input) {
        if word(&line).is_some_and(|action| to.send(action).is_err()) {
            return;
        }
    }
}

/// The next line, cut short; `None` at the end or when it cannot be read.
fn next_line(input: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    loop {
        let part = input.fill_buf().ok()?;
        if part.is_empty() {
            return (!line.is_empty()).then(|| String::from_utf8_lossy(&line).into_owned());
        }
        let end = part.iter().position(|&b| b == b'\n');
        let used = end.map_or(part.len(), |end| end + 1);
        let room = WORD_MAX.saturating_sub(line.len());
        line.extend_from_slice(&part[..end.unwrap_or(part.len()).min(room)]);
        input.consume(used);
        if end.is_some() {
            return Some(String::from_utf8_lossy(&line).into_owned());
        }
    }
}

/// `next`, `redo`, `skip`, `pain 3`, `mark`, `quit`.
fn word(line: &str) -> Option<Action> {
    let mut words = line.split_whitespace();
    let action = match (words.next()?, words.next()) {
        ("next", None) => Action::Next,
        ("redo", None) => Action::Redo,
        ("skip", None) => Action::Skip,
        ("mark", None) => Action::Mark,
        ("quit", None) => Action::Quit,
        ("pain", Some(pain)) => Action::Pain(pain.parse().ok().filter(|pain| *pain <= 10)?),
        _ => return None,
    };
    words.next().is_none().then_some(action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn words_are_actions_and_anything_else_is_passed_over() {
        let text = format!(
            "next\npain 10\npain 11\n{}\nredo it\n mark \nquit",
            "x".repeat(999)
        );
        let mut typed = Typed::lines(Cursor::new(text));
        let mut actions = Vec::new();
        for _ in 0..100 {
            actions.extend(typed.actions(Duration::from_millis(10)));
            if actions.last() == Some(&Action::Quit) {
                break;
            }
        }
        let expected = [Action::Next, Action::Pain(10), Action::Mark, Action::Quit];
        assert_eq!(actions, expected);
    }
}
