//! Settings that are written to a sensor: only when asked for, only what was shown, and with an answer.

#![cfg(target_os = "linux")]

use std::time::Duration;

use crate::capture::{Port, folder};
use crate::support::{Ran, run, word};

/// Captures for a second with a sensor that answers each piece that it hears in this way; what it heard.
fn captured(sensor: &str, more: &[&str], answer: fn(&[u8]) -> Vec<u8>) -> (Ran, Vec<u8>) {
    let (_folder, link, out) = folder();
    let mut port = Port::open(&link);
    let labels = "--subject s01 --visit 1 --plan none --seconds 1 --sensor";
    let mut words = vec!["capture", "--port", word(&link), "--out", word(&out)];
    words.extend(labels.split(' ').chain([sensor]));
    words.extend(more);
    let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    let capturing = std::thread::spawn(move || run(&words));
    let mut heard = Vec::new();
    while !capturing.is_finished() {
        let piece = port.heard();
        if !piece.is_empty() {
            port.send(&answer(&piece));
        }
        heard.extend(piece);
        std::thread::sleep(Duration::from_millis(2));
    }
    (capturing.join().unwrap(), heard)
}

fn mute(_: &[u8]) -> Vec<u8> {
    Vec::new()
}

/// The bytes that were shown: two digits each, before two blanks and words.
fn shown(ran: &Ran) -> Vec<u8> {
    let lines = ran.err.lines().filter_map(|line| line.strip_prefix("  "));
    let bytes = lines.map(|line| line.split("  ").next().unwrap());
    bytes
        .flat_map(|bytes| bytes.split(' '))
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect()
}

#[test]
fn a_sensor_receives_exactly_the_bytes_that_were_shown() {
    let yes = ["--configure", "--yes"];
    // The first answers nothing, the second repeats what it takes.
    for (sensor, answer) in [
        ("witmotion", mute as fn(&[u8]) -> Vec<u8>),
        ("vectornav", <[u8]>::to_vec),
    ] {
        let (ran, heard) = captured(sensor, &yes, answer);
        assert!(ran.err.contains("recording to"), "{ran:?}");
        assert!(
            !heard.is_empty() && heard == shown(&ran),
            "{heard:x?} {ran:?}"
        );
        assert!(ran.err.contains("send"), "in words: {ran:?}");
    }
}

#[test]
fn an_answer_that_is_missing_ends_it_before_anything_is_recorded() {
    let yes = ["--configure", "--yes"];
    let (ran, heard) = captured("xsens-xbus", &yes, mute);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.err.contains("did not answer to 'stop measuring"),
        "{ran:?}"
    );
    assert!(!ran.err.contains("recording to"), "{ran:?}");
    // The first setting, three times, and none after it.
    assert_eq!(heard, b"\xFA\xFF\x30\x00\xD1".repeat(3));
    let (ran, _) = captured("ximu3", &yes, |_| b"{\"x\":{\"error\":\"no\"}}\n".to_vec());
    assert!(
        ran.code == 2 && ran.err.contains("the sensor refuses"),
        "{ran:?}"
    );
}

#[test]
fn nothing_is_written_without_the_flag_or_without_a_yes() {
    for sensor in ["witmotion", "vectornav", "xsens-xbus", "ximu3", "lpms"] {
        let (ran, heard) = captured(sensor, &[], mute);
        assert!(ran.err.contains("recording to"), "{ran:?}");
        assert!(heard.is_empty() && shown(&ran).is_empty(), "{heard:x?}");
    }
    let (ran, heard) = captured("witmotion", &["--configure"], mute);
    assert!(ran.code == 2 && heard.is_empty(), "{ran:?}");
    assert!(
        ran.err.contains("write this? y/N") && !shown(&ran).is_empty(),
        "{ran:?}"
    );
    assert!(ran.err.contains("nothing was written"), "{ran:?}");
    let (ran, heard) = captured("hatire", &["--configure", "--yes"], mute);
    assert!(ran.code == 2 && heard.is_empty(), "{ran:?}");
    assert!(
        ran.err.contains("no settings are known for hatire"),
        "{ran:?}"
    );
}
