//! The screen of a capture as a person has it: the program on a terminal of its own, with a simulated
//! headband on the other side.

#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use neckrom::protocol::log::{Kind, Reader};

use crate::support::{neckrom, word};
use crate::terminal::OnTerminal;

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
    let port = ["capture", "--port", word(&link), "--sensor", "witmotion"];
    let rest = ["--baud", "115200", "--subject", "s01", "--visit", "1"];
    let words = [&port[..], &rest, &["--out", word(&out)]].concat();
    let mut capture = OnTerminal::start(&words);
    capture.wait_for("the first step", |shown| {
        shown.contains("Seated protocol") && shown.contains("step 1 of") && shown.contains("q end")
    });
    capture.wait_for("samples", |shown| shown.contains("a second"));
    capture.press(b"n");
    capture.wait_for("the second step", |shown| shown.contains("step 2 of"));
    capture.press(b"mq");
    let (_, screen) = capture.ended();
    assert!(!screen.alternate_screen(), "the terminal is set back");
    let log = out.join("sub-s01/ses-1/sub-s01_ses-1_task-seated_motion.neckrom");
    let (labels, ended) = marks(&log);
    assert!(
        labels.iter().any(|label| label == "begin neutral"),
        "{labels:?}"
    );
    assert_eq!(ended, "quit", "{labels:?}");
}
