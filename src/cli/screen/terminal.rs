//! A terminal of its own: the whole screen, keys one by one. The terminal is set back however the
//! program ends, other than by a kill that cannot be caught.

use std::io::{self, IsTerminal, Stdout, stdout};
use std::panic;
use std::sync::Once;
use std::time::Duration;

use ratatui::Terminal as Screen;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show as ShowCursor;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

use super::{Show, Sound, draw};
use crate::capture::live::{Action, Tone, View};

/// The whole terminal.
#[derive(Debug)]
pub struct Terminal {
    screen: Screen<CrosstermBackend<Stdout>>,
    sound: Sound,
}

impl Terminal {
    /// Takes the terminal over until it is dropped.
    ///
    /// # Errors
    /// Standard output is no terminal.
    pub fn open(sound: Sound) -> io::Result<Self> {
        if !stdout().is_terminal() {
            return Err(io::Error::other(
                "standard output is no terminal; pass --plain or --json-lines",
            ));
        }
        restore_on_panic();
        enable_raw_mode()?;
        let opened = execute!(stdout(), EnterAlternateScreen)
            .and_then(|()| Screen::new(CrosstermBackend::new(stdout())));
        let screen = opened.inspect_err(|_| restore())?;
        Ok(Self { screen, sound })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Nothing is left to do when the terminal cannot even be set back.
fn restore() {
    drop(disable_raw_mode());
    drop(execute!(stdout(), LeaveAlternateScreen, ShowCursor));
}

/// The message of a panic is of use only on the screen that was there before.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            restore();
            before(info);
        }));
    });
}

impl Show for Terminal {
    fn show(&mut self, view: &View) -> io::Result<()> {
        self.screen.draw(|frame| draw::draw(frame, view))?;
        Ok(())
    }

    fn keys(&mut self, wait: Duration) -> io::Result<Vec<Action>> {
        let mut actions = Vec::new();
        let mut wait = wait;
        while event::poll(wait)? {
            if let Event::Key(key) = event::read()? {
                actions.extend(action(&key));
            }
            wait = Duration::ZERO;
        }
        Ok(actions)
    }

    fn tone(&mut self, tone: Tone) -> io::Result<()> {
        self.sound.play(tone, &mut stdout())
    }
}

/// What a key means.
pub(super) fn action(key: &KeyEvent) -> Option<Action> {
    if key.kind != KeyEventKind::Press {
        return None;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return (key.code == KeyCode::Char('c')).then_some(Action::Quit);
    }
    let KeyCode::Char(letter) = key.code else {
        return (key.code == KeyCode::Enter).then_some(Action::Next);
    };
    Some(match letter.to_ascii_lowercase() {
        ' ' | 'n' => Action::Next,
        'r' => Action::Redo,
        's' => Action::Skip,
        'm' => Action::Mark,
        'q' => Action::Quit,
        't' => Action::Pain(10),
        digit => Action::Pain(u8::try_from(digit.to_digit(10)?).ok()?),
    })
}
