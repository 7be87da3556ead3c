//! The program on a terminal of its own, 80 x 24, read back as a person sees it.

#![cfg(unix)]

use std::io::{Read as _, Write};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::{Parser, Screen};

use crate::support::PROGRAM;

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_mins(2);
const STEP: Duration = Duration::from_millis(20);

/// The program while it runs.
pub(crate) struct OnTerminal {
    program: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    shown: Arc<Mutex<Parser>>,
    reader: JoinHandle<()>,
}

impl OnTerminal {
    pub(crate) fn start(words: &[&str]) -> Self {
        let size = PtySize {
            rows: 24,
            cols: 80,
            ..PtySize::default()
        };
        let terminal = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(PROGRAM);
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        command.args(words);
        command.env("TERM", "xterm-256color");
        let program = terminal.slave.spawn_command(command).unwrap();
        let shown = Arc::new(Mutex::new(Parser::new(24, 80, 0)));
        let screen = Arc::clone(&shown);
        let mut bytes = terminal.master.try_clone_reader().unwrap();
        let reader = std::thread::spawn(move || {
            let mut some = [0; 4096];
            while let Ok(count @ 1..) = bytes.read(&mut some) {
                screen.lock().unwrap().process(&some[..count]);
            }
        });
        Self {
            program,
            keys: terminal.master.take_writer().unwrap(),
            master: terminal.master,
            shown,
            reader,
        }
    }

    pub(crate) fn wait_for(&self, what: &str, there: impl Fn(&str) -> bool) {
        let start = Instant::now();
        loop {
            let shown = self.shown.lock().unwrap().screen().contents();
            if there(&shown) {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{what}:\n{shown}");
            std::thread::sleep(STEP);
        }
    }

    pub(crate) fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).unwrap();
    }

    /// Waits for its end; whether all was well, and what it left on the terminal.
    pub(crate) fn ended(mut self) -> (bool, Screen) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.program.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < PATIENCE, "it goes on");
            std::thread::sleep(STEP);
        };
        drop((self.keys, self.master));
        self.reader.join().unwrap();
        let screen = self.shown.lock().unwrap().screen().clone();
        (status.success(), screen)
    }
}
