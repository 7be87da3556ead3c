//! The screen of a capture as a person has it: the program on a terminal of its own, with a simulated
//! headband on the other side.

#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use neckrom::protocol::log::{Kind, Reader};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use vt100::Parser;

use crate::support::{neckrom, word};

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// Stops the headband whatever becomes of the test.
struct Headband(Child);

impl Headband {
    fn at(link: &Path) -> Self {
        let speaks = ["virtual-headband", "--protocol", "witmotion", "--wait"];
        let mut child = neckrom()
            .args(speaks)
            .args(["--link", word(link)])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut first).unwrap();
        assert!(first.contains(word(link)), "{first}");
        Self(child)
    }
}

impl Drop for Headband {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn wait_for(what: &str, screen: &Mutex<Parser>, there: impl Fn(&str) -> bool) {
    let start = Instant::now();
    loop {
        let shown = screen.lock().unwrap().screen().contents();
        if there(&shown) {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{what}:\n{shown}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The labels in a log, and why it ended.
fn marks(log: &Path) -> (Vec<String>, String) {
    let bytes = std::fs::read(log).unwrap();
    let mut reader = Reader::new(&bytes[..]).unwrap().unwrap();
    let (mut labels, mut ended) = (Vec::new(), String::new());
    while let Some(chunk) = reader.next_chunk().unwrap() {
        match chunk.kind {
            Kind::Mark(label) => labels.push(label),
            Kind::End(why) => ended = why,
            Kind::Head(_) | Kind::Bytes(_) | Kind::Segment(_) => {}
        }
    }
    (labels, ended)
}

#[test]
fn a_session_is_led_marked_and_ended_by_keys() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("headband");
    let out = folder.path().join("data");
    let _headband = Headband::at(&link);

    let size = PtySize {
        rows: 24,
        cols: 80,
        ..PtySize::default()
    };
    let terminal = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_neckrom"));
    command.args(["capture", "--port", word(&link), "--sensor", "witmotion"]);
    command.args(["--baud", "115200", "--subject", "s01", "--visit", "1"]);
    command.args(["--out", word(&out)]);
    command.env("TERM", "xterm-256color");
    let mut capture = terminal.slave.spawn_command(command).unwrap();
    drop(terminal.slave);

    let screen = Arc::new(Mutex::new(Parser::new(24, 80, 0)));
    let shown = Arc::clone(&screen);
    let mut bytes = terminal.master.try_clone_reader().unwrap();
    let reader = std::thread::spawn(move || {
        let mut some = [0; 4096];
        while let Ok(count @ 1..) = bytes.read(&mut some) {
            shown.lock().unwrap().process(&some[..count]);
        }
    });
    let mut keys = terminal.master.take_writer().unwrap();
    wait_for("the first step", &screen, |shown| {
        shown.contains("Seated protocol") && shown.contains("step 1 of") && shown.contains("q end")
    });
    wait_for("samples", &screen, |shown| shown.contains("a second"));
    keys.write_all(b"n").unwrap();
    wait_for("the second step", &screen, |shown| {
        shown.contains("step 2 of")
    });
    keys.write_all(b"mq").unwrap();

    let start = Instant::now();
    while capture.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(20));
    }
    drop((keys, terminal.master));
    reader.join().unwrap();
    let screen = screen.lock().unwrap();
    assert!(
        !screen.screen().alternate_screen(),
        "the terminal is set back"
    );
    let log = out.join("sub-s01/ses-1/sub-s01_ses-1_task-seated_motion.neckrom");
    let (labels, ended) = marks(&log);
    assert!(
        labels.iter().any(|label| label == "begin neutral"),
        "{labels:?}"
    );
    assert_eq!(ended, "quit", "{labels:?}");
}
