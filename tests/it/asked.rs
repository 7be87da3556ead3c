//! A sensor that sends nothing until it is asked: from plug to table, and to no other port a byte.

#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::capture::{Port, flexion_deg, folder, log_of, logged};
use crate::support::{Ran, neckrom, ran, run, word};

/// The session lasts so long, with the time that the sensor answers on afterwards, seconds.
const ANSWERED_S: f64 = 24.5;

/// The mean peak of the recorded repetitions.
fn true_deg(truth: &Path) -> f64 {
    let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(truth).unwrap()).unwrap();
    let all = truth["repetitions"].as_array().unwrap();
    let recorded: Vec<f64> = all
        .iter()
        .filter(|one| one["kind"] == "recorded")
        .map(|one| one["peak_deg"].as_f64().unwrap())
        .collect();
    assert_eq!(recorded.len(), 1);
    recorded[0]
}

const NAMED: [&str; 2] = ["--sensor", "bno055-uart"];

/// A simulated sensor that is there until it is killed.
struct Band(Child);

impl Band {
    fn start(link: &Path, words: &[&str]) -> Self {
        let mut command = neckrom();
        command.args(["virtual-headband", "--protocol", "bno055-uart", "--link"]);
        let mut child = command
            .arg(link)
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), word(link));
        Self(child)
    }

    fn ended(mut self) -> String {
        let mut said = String::new();
        let mut err = self.0.stderr.take().unwrap();
        err.read_to_string(&mut said).unwrap();
        assert!(self.0.wait().unwrap().success(), "{said}");
        said
    }
}

fn captured(link: &Path, out: &Path, more: &[&str]) -> Ran {
    let words = ["--subject", "s01", "--visit", "2", "--plan", "none"];
    let port = ["capture", "--port", word(link), "--out", word(out)];
    run(&[&port[..], &words, more].concat())
}

#[test]
fn a_sensor_that_has_to_be_asked_is_captured_and_its_range_is_true() {
    let (_folder, link, out) = folder();
    let truth = link.with_file_name("truth.json");
    let session = "--session flexion --practice 0 --repetitions 1 --rate 100 --wait --truth";
    let mut words: Vec<&str> = session.split(' ').collect();
    words.push(word(&truth));
    let band = Band::start(&link, &words);
    let seat = ["--mount", "+x,+z", "--seconds", "26"];
    let ran = captured(&link, &out, &[&NAMED[..], &seat].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let said = band.ended();
    let found_deg = flexion_deg(&log_of(&out), "+x,+z");
    assert!((found_deg - true_deg(&truth)).abs() < 0.5, "{found_deg}");
    // Every answer is in the log, ten bytes each; but for the last, when the port is gone right after it.
    let (bytes, ..) = logged(&log_of(&out));
    let logged = bytes.len() / 10;
    let sent = |count: usize| said.contains(&format!("sent {count} whole samples, 0 damaged"));
    assert!(sent(logged) || sent(logged + 1), "{said} {logged}");
    let rate_hz = logged as f64 / ANSWERED_S;
    assert!((70.0..101.0).contains(&rate_hz), "{rate_hz}");
}

#[test]
fn it_is_found_only_where_it_is_named() {
    let (_folder, link, out) = folder();
    let _band = Kill(Band::start(&link, &["--session", "flexion"]));
    let probe = ["ports", "--probe", word(&link)];
    let silent = run(&probe);
    assert!(
        silent.code == 2 && silent.out.contains("name it with"),
        "{silent:?}"
    );
    let heard = run(&[&probe[..], &NAMED].concat());
    assert_eq!(heard.code, 0, "{heard:?}");
    assert!(heard.out.contains("bno055-uart at 115200"), "{heard:?}");
    let auto = ran(neckrom().args(["capture", "--out", word(&out)]).args(NAMED));
    assert!(
        auto.code == 2 && auto.err.contains("--port PATH"),
        "{auto:?}"
    );
}

struct Kill(Band);

impl Drop for Kill {
    fn drop(&mut self) {
        drop(self.0.0.kill());
        drop(self.0.0.wait());
    }
}

#[test]
fn no_other_sensor_is_written_to() {
    for words in [&[][..], &["--sensor", "witmotion"]] {
        let (_folder, link, out) = folder();
        let mut port = Port::open(&link);
        let mut probe = neckrom();
        probe.args(["ports", "--probe", word(&link)]).args(words);
        let silent = ran(&mut probe);
        assert!(silent.out.contains("no byte comes"), "{silent:?}");
        assert_eq!(port.heard(), b"");
        let capturing = std::thread::spawn({
            let (link, out) = (link.clone(), out.clone());
            move || captured(&link, &out, &["--sensor", "witmotion", "--seconds", "1"])
        });
        while !capturing.is_finished() {
            assert_eq!(port.heard(), b"");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(logged(&log_of(&out)).0.is_empty());
        capturing.join().unwrap();
    }
}
