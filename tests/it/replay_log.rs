//! A log of a capture, played once more: out of ports byte for byte, and on the screen.

#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use neckrom::capture::headband::{Headband, HeadbandSettings, Trouble};
use neckrom::movement::Movement;
use neckrom::protocol::by_name;
use neckrom::protocol::log::{self, Head, HeadPort};
use neckrom::sample::SensorPlace;
use neckrom::simulate::{Channels, Settings, simulate};
use tempfile::TempDir;

use crate::support::{SAMPLE, neckrom, run, word};
use crate::terminal::OnTerminal;

/// Longer than any of this takes, also where many tests run at once.
const PATIENCE: Duration = Duration::from_mins(2);

fn head(protocol: &str, task: &str) -> Head {
    let port = |place, path: &str| HeadPort {
        place: Some(place),
        path: path.to_owned(),
        protocol: protocol.to_owned(),
        baud: 115_200,
        ..HeadPort::default()
    };
    Head {
        task: Some(task.to_owned()),
        ports: vec![
            port(SensorPlace::Head, "/dev/ttyUSB0"),
            port(SensorPlace::Trunk, "/dev/ttyUSB1"),
        ],
        ..Head::default()
    }
}

/// Microseconds and bytes of one port.
type Pieces = Vec<(u64, Vec<u8>)>;

/// Bytes of no protocol, at uneven times: `[0, 0, 0]`, `[1, 1, 1]` and so on.
fn pieces(first: u8, at_us: &[u64]) -> Pieces {
    let piece = |(n, at_us): (u8, &u64)| (*at_us, vec![first + n; 3]);
    (0..).zip(at_us).map(piece).collect()
}

fn written(folder: &TempDir, head: &Head, ports: [&Pieces; 2]) -> PathBuf {
    let mut chunks: Vec<(u64, u8, &[u8])> = Vec::new();
    for (port, pieces) in (0..).zip(ports) {
        chunks.extend(
            pieces
                .iter()
                .map(|(at_us, bytes)| (*at_us, port, &bytes[..])),
        );
    }
    chunks.sort_unstable();
    let mut bytes = Vec::new();
    log::add_head(head, &mut bytes).unwrap();
    for (at_us, port, piece) in chunks {
        log::add_bytes(port, at_us, piece, &mut bytes);
    }
    log::add_end(1_000_000, "quit", &mut bytes);
    let path = folder.path().join("a.neckrom");
    std::fs::write(&path, bytes).unwrap();
    path
}

fn port(path: &Path) -> Box<dyn serialport::SerialPort> {
    let builder = serialport::new(path.to_string_lossy(), 115_200);
    let quiet = builder.flow_control(serialport::FlowControl::None);
    quiet.timeout(Duration::from_millis(50)).open().unwrap()
}

/// What comes until so many bytes are there, with the seconds since `start` at which it came.
fn arrivals(
    port: &mut dyn serialport::SerialPort,
    count: usize,
    start: Instant,
) -> Vec<(f64, Vec<u8>)> {
    let mut all = Vec::new();
    let mut some = [0; 4096];
    let mut length = 0;
    while length < count && start.elapsed() < PATIENCE {
        match port.read(&mut some) {
            Ok(read) => {
                all.push((start.elapsed().as_secs_f64(), some[..read].to_vec()));
                length += read;
            }
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {}
            Err(error) => panic!("{error}"),
        }
    }
    all
}

#[test]
fn both_ports_play_their_bytes_at_their_times() {
    let folder = tempfile::tempdir().unwrap();
    let times = [600_000, 700_000, 2_600_000, 4_600_000];
    let (first, second) = (pieces(0, &times), pieces(100, &times[1..]));
    let path = written(
        &folder,
        &head("from-the-future", "seated"),
        [&first, &second],
    );
    let link = folder.path().join("band");
    let mut child = neckrom()
        .args(["replay", word(&path), "--wait", "--speed", "2"])
        .args(["--link", word(&link)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = || PathBuf::from(lines.next().unwrap().unwrap());
    assert_eq!(line(), link);
    let trunk_link = line();
    assert_eq!(trunk_link, folder.path().join("band-trunk"));
    let (mut head, mut trunk) = (port(&link), port(&trunk_link));
    let start = Instant::now();
    let (came_head, came_trunk) = std::thread::scope(|scope| {
        let trunk = scope.spawn(|| arrivals(&mut *trunk, 9, start));
        (arrivals(&mut *head, 12, start), trunk.join().unwrap())
    });
    drop((head, trunk));
    assert!(child.wait().unwrap().success());
    let mut said = String::new();
    child.stderr.unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("head: sent 12 bytes"), "{said}");
    for (came, pieces) in [(&came_head, &first), (&came_trunk, &second)] {
        let sent: Vec<u8> = pieces.iter().flat_map(|piece| piece.1.clone()).collect();
        let all: Vec<u8> = came.iter().flat_map(|piece| piece.1.clone()).collect();
        assert_eq!(all, sent);
        // Twice as fast, and never early; late by what a busy machine takes.
        let last_s = came.last().unwrap().0;
        assert!((2.2..4.0).contains(&last_s), "{came:?}");
        let gap_s = last_s - came[came.len() - 2].0;
        assert!(gap_s > 0.5, "{came:?}");
    }
}

/// A log of three flexions, peaks of 50 degrees, with what is true of it.
fn flexions(folder: &TempDir) -> PathBuf {
    let settings = Settings {
        rate_hz: 50.0,
        channels: Channels::Both,
        movements: vec![Movement::Flexion],
        ..Settings::default()
    };
    let sensor = simulate(&settings).unwrap().recording.sensors.remove(0);
    let settings = HeadbandSettings {
        protocol: by_name("witmotion").unwrap(),
        seed: 1,
        place: SensorPlace::Head,
        clock_error_ppm: 0.0,
        trouble: Trouble::default(),
    };
    let acts = Headband::new(sensor, settings).unwrap();
    let bytes: Pieces = acts
        .map(|act| ((act.at_s * 1e6) as u64, act.what.bytes().to_vec()))
        .collect();
    written(folder, &head("witmotion", "flexion"), [&bytes, &Vec::new()])
}

#[test]
fn a_log_is_watched_as_its_capture_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = flexions(&folder);
    let ran = run(&[
        "replay",
        word(&path),
        "--screen",
        "--json-lines",
        "--speed",
        "10",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("over"), "{}", ran.err);
    let views: Vec<serde_json::Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &serde_json::Value| line["kind"] == "view")
        .collect();
    let last = views.last().unwrap();
    assert_eq!(last["plan"], "Flexion only");
    assert_eq!(last["ports"][0]["place"], "head");
    let outcome = &last["outcomes"][0];
    assert_eq!(
        (&outcome["movement"], &outcome["n"]),
        (&"flexion".into(), &3.into()),
        "{last}"
    );
    let peak_deg = Settings::default().peak_deg_of(Movement::Flexion);
    let mean_deg = outcome["mean_deg"].as_f64().unwrap();
    assert!(
        (mean_deg - peak_deg).abs() < 2.0,
        "{mean_deg} of {peak_deg}"
    );
    let angles = views.iter().filter(|view| view["angle_deg"].is_number());
    assert!(angles.count() > 20, "the live angle is shown");
    let logs = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(logs, 1, "nothing is written");
}

#[test]
fn any_recording_is_watched_and_keys_are_those_of_a_capture() {
    let mut replay = OnTerminal::start(&["replay", SAMPLE, "--screen", "--speed", "5"]);
    for text in ["Seated protocol", "a second", "step 2 of"] {
        replay.wait_for(text, |shown| shown.contains(text));
    }
    replay.press(b"q");
    let (well, screen) = replay.ended();
    assert!(well && !screen.alternate_screen());
}

#[test]
fn what_cannot_be_played_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("later.neckrom");
    std::fs::write(&other, b"neckrom log 9\r\n\x1a").unwrap();
    let empty = written(&folder, &Head::default(), [&Vec::new(), &Vec::new()]);
    let unknown = folder.path().join("unknown.neckrom");
    let mut bytes = Vec::new();
    log::add_head(&Head::default(), &mut bytes).unwrap();
    log::add_bytes(0, 1, b"morse", &mut bytes);
    std::fs::write(&unknown, bytes).unwrap();
    let cases: [(&[&str], &str); 6] = [
        (&["replay", SAMPLE], "--screen"),
        (&["replay", word(&other)], "another version"),
        (&["replay", word(&empty)], "no byte of a sensor"),
        (
            &["replay", word(&unknown), "--screen"],
            "no protocol that is known",
        ),
        (&["replay", SAMPLE, "--screen", "--speed", "11"], "10 times"),
        (
            &["replay", SAMPLE, "--screen", "--plan", "no-such"],
            "no file",
        ),
    ];
    for (words, expected) in cases {
        let ran = run(words);
        assert_eq!(ran.code, 2, "{words:?}: {}", ran.out);
        assert!(ran.err.contains(expected), "{words:?}: {}", ran.err);
    }
}
