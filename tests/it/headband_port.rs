//! The simulated sensor on a pseudo-terminal: `virtual-headband` and `replay`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use neckrom::capture::headband::Trouble;
use neckrom::capture::pty::{Reader, Terminal};
use neckrom::protocol::{Decoded, by_name};

use crate::headband::{acts, encodable};
use crate::support::{SAMPLE, neckrom, run};

/// Longer than any of this takes, also where many tests run at once.
const PATIENCE: Duration = Duration::from_mins(1);

fn port(path: &std::path::Path) -> Box<dyn serialport::SerialPort> {
    let builder = serialport::new(path.to_string_lossy(), 115_200);
    let quiet = builder.flow_control(serialport::FlowControl::None);
    quiet.timeout(Duration::from_millis(200)).open().unwrap()
}

/// Reads until so many bytes are there.
fn read(port: &mut dyn serialport::SerialPort, count: usize) -> Vec<u8> {
    let (start, mut found) = (Instant::now(), Vec::new());
    let mut some = [0; 4096];
    while found.len() < count && start.elapsed() < PATIENCE {
        match port.read(&mut some) {
            Ok(read) => found.extend_from_slice(&some[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {}
            Err(error) => panic!("{error}"),
        }
    }
    found
}

fn opened(terminal: &mut Terminal) {
    let start = Instant::now();
    while terminal.look().unwrap() != Some(Reader::Opened) {
        assert!(start.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// As a sensor whose bytes are never too many.
fn send(terminal: &mut Terminal, bytes: &[u8]) {
    while terminal.waiting() > 0 {
        terminal.look().unwrap();
    }
    terminal.write(bytes);
}

#[test]
fn bytes_of_every_protocol_arrive_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(&folder.path().join("band")).unwrap();
    for protocol in encodable() {
        let mut port = port(terminal.path());
        opened(&mut terminal);
        let acts = acts(protocol, Trouble::default());
        let bytes: Vec<u8> = acts
            .iter()
            .flat_map(|act| act.what.bytes().to_vec())
            .collect();
        let count = bytes.len();
        let reader = std::thread::spawn(move || read(&mut *port, count));
        for act in &acts {
            send(&mut terminal, act.what.bytes());
        }
        while !reader.is_finished() {
            terminal.look().unwrap();
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(reader.join().unwrap() == bytes, "{}", protocol.name);
        while terminal.has_reader() {
            terminal.look().unwrap();
        }
    }
    assert_eq!(terminal.passed().overflowed, 0);
}

#[test]
fn the_command_plays_a_session_for_whoever_opens_the_port() {
    let folder = tempfile::tempdir().unwrap();
    let (link, truth) = (folder.path().join("band"), folder.path().join("truth.json"));
    let mut command = neckrom();
    let line = "virtual-headband --protocol xsens-xbus --session flexion --practice 0 \
                --repetitions 1 --rate 50 --speed 10 --wait --trunk --hang-up-after 8 \
                --return-after 40";
    command.args(line.split_whitespace());
    command.arg("--link").arg(&link).arg("--truth").arg(&truth);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = || lines.next().unwrap().unwrap();
    assert_eq!(line(), link.to_string_lossy());
    assert_eq!(line(), folder.path().join("band-trunk").to_string_lossy());
    let mut port = port(&link);
    let mut stream = Vec::new();
    let mut some = [0; 4096];
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match port.read(&mut some) {
            Ok(read) if read > 0 => stream.extend_from_slice(&some[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {}
            Ok(_) | Err(_) => break,
        }
    }
    drop(port);
    let said = child.wait_with_output().unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("head: the port was opened"), "{said}");
    assert!(said.contains("head: unplugged"), "{said}");
    let xbus = by_name("xsens-xbus").unwrap();
    let (mut decoder, mut out) = ((xbus.decoder)(), Decoded::default());
    decoder.push(&stream, 0.0, &mut out);
    assert!(out.samples.len() > 20, "{} {said}", out.samples.len());
    let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(&truth).unwrap()).unwrap();
    assert_eq!(truth["repetitions"].as_array().map(Vec::len), Some(4));
    assert!(truth["clocks"]["offset_s"].is_number());
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "the links are gone"
    );
}

#[test]
fn a_recording_is_played_out_of_a_port() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("band");
    let mut command = neckrom();
    command.args(["replay", SAMPLE, "--protocol", "mpu6050-dmp", "--wait"]);
    command.args(["--speed", "1000", "--link"]).arg(&link);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), link.to_string_lossy());
    let mut port = port(&link);
    let stream = read(&mut *port, 2000);
    drop(port);
    assert!(child.wait().unwrap().success());
    let text = String::from_utf8(stream).unwrap();
    assert!(text.starts_with("quat\t"), "{text}");
}

#[test]
fn a_path_that_is_taken_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("band");
    std::fs::write(&link, "mine").unwrap();
    let link = link.to_string_lossy();
    let ran = run(&[
        "virtual-headband",
        "--protocol",
        "witmotion",
        "--link",
        &link,
    ]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("choose another path"), "{}", ran.err);
    assert_eq!(std::fs::read(&*link).unwrap(), b"mine");
}

#[test]
fn a_recording_is_played_as_lines() {
    let json = run(&["replay", SAMPLE, "--json-lines", "--speed", "100000"]);
    assert_eq!(json.code, 0, "{}", json.err);
    let first: serde_json::Value = serde_json::from_str(json.out.lines().next().unwrap()).unwrap();
    assert_eq!(first["q_wxyz"].as_array().map(Vec::len), Some(4));
    let plain = run(&["replay", SAMPLE, "--plain", "--speed", "100000"]);
    assert!(plain.out.lines().count() < json.out.lines().count() / 20);
    assert!(plain.out.contains("turned"), "{}", plain.out);
}

#[test]
fn protocols_are_listed() {
    let ran = run(&["virtual-headband", "--list"]);
    for protocol in encodable() {
        assert!(ran.out.contains(protocol.name), "{}", protocol.name);
    }
}
