//! Capture over real pseudo-terminals: every frame arrives, and nothing is lost when something fails.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use neckrom::protocol::log::{Damage, Kind, Reader};
use neckrom::protocol::{Protocol, Sample, by_name};
use neckrom::read::{self, ReadOptions};
use neckrom::sample::SensorSamples;
use neckrom::simulate;
use neckrom::warning::Warning;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tempfile::TempDir;

use crate::support::{Ran, neckrom, ran, run, word};

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// The end of a pseudo-terminal that a sensor has; the other is a link in a folder.
pub(crate) struct Port {
    sensor: File,
    link: PathBuf,
}

impl Port {
    pub(crate) fn open(link: &Path) -> Self {
        let own = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&own).unwrap();
        unlockpt(&own).unwrap();
        let other = ptsname(&own, Vec::new()).unwrap();
        // As a serial port is: every byte passes as it is, and nothing is sent back.
        let mut settings = tcgetattr(&own).unwrap();
        settings.make_raw();
        tcsetattr(&own, OptionalActions::Now, &settings).unwrap();
        drop(std::fs::remove_file(link));
        symlink(other.to_str().unwrap(), link).unwrap();
        Self {
            sensor: File::from(own),
            link: link.to_owned(),
        }
    }

    /// What was written to the sensor and not taken yet; returns at once.
    pub(crate) fn heard(&mut self) -> Vec<u8> {
        rustix::io::ioctl_fionbio(&self.sensor, true).unwrap();
        let mut heard = [0; 4096];
        let count = self.sensor.read(&mut heard);
        rustix::io::ioctl_fionbio(&self.sensor, false).unwrap();
        // Nothing was written, or nobody has the port open.
        heard[..count.unwrap_or(0)].to_vec()
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.sensor.write_all(bytes).unwrap();
    }
}

pub(crate) fn wait_for(what: &str, mut there: impl FnMut() -> bool) {
    let start = Instant::now();
    while !there() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A sample of a slow turn.
fn sample(n: usize) -> Sample {
    let half = n as f64 * 1e-3;
    Sample {
        device_time_s: Some(n as f64 * 0.01),
        earth_from_sensor: Some(nalgebra::Quaternion::new(half.cos(), 0.0, 0.0, half.sin())),
        ..Sample::default()
    }
}

fn witmotion() -> &'static Protocol {
    by_name("witmotion").unwrap()
}

pub(crate) fn frame(n: usize) -> Vec<u8> {
    encoded(witmotion(), &sample(n))
}

fn encoded(protocol: &Protocol, sample: &Sample) -> Vec<u8> {
    let mut bytes = Vec::new();
    protocol.encode.unwrap()(sample, &mut bytes);
    bytes
}

/// A capture that runs, and what it says on standard error.
pub(crate) struct Capture {
    pub(crate) child: Child,
    err: BufReader<std::process::ChildStderr>,
    said: String,
}

impl Capture {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let err = BufReader::new(child.stderr.take().unwrap());
        let mut capture = Self {
            child,
            err,
            said: String::new(),
        };
        while !capture.said.contains("recording to") {
            let count = capture.err.read_line(&mut capture.said).unwrap();
            assert!(count > 0, "{}", capture.said);
        }
        capture
    }

    pub(crate) fn interrupt(&self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
    }

    pub(crate) fn ended(mut self) -> Ran {
        // Standard output is small, and is taken at the end.
        let mut out = String::new();
        let mut stdout = self.child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            stdout.read_to_string(&mut out).unwrap();
            out
        });
        self.err.read_to_string(&mut self.said).unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        let out = reader.join().unwrap();
        assert!(!self.said.contains("panicked"), "{}", self.said);
        Ran {
            code,
            out,
            err: self.said,
        }
    }
}

pub(crate) fn words<'a>(port: &'a Path, out: &'a Path) -> Vec<&'a str> {
    let [port, out] = [port, out].map(word);
    let sensor = [
        "--sensor",
        "witmotion",
        "--baud",
        "115200",
        "--plan",
        "none",
    ];
    let labels = ["--subject", "s01", "--visit", "2", "--out", out];
    [&["capture", "--port", port][..], &sensor, &labels].concat()
}

fn started(port: &Port, out: &Path) -> Capture {
    Capture::start(neckrom().args(words(&port.link, out)))
}

pub(crate) fn log_of(out: &Path) -> PathBuf {
    out.join("sub-s01/ses-2/sub-s01_ses-2_task-free_motion.neckrom")
}

/// All bytes of the sensor that are in a log, how it ended, and what was unsound.
pub(crate) fn logged(path: &Path) -> (Vec<u8>, Option<String>, Damage) {
    let bytes = std::fs::read(path).unwrap();
    let mut reader = Reader::new(&bytes[..]).unwrap().unwrap();
    let (mut all, mut end) = (Vec::new(), None);
    while let Some(chunk) = reader.next_chunk().unwrap() {
        match chunk.kind {
            Kind::Bytes(bytes) => all.extend(bytes),
            Kind::End(why) => end = Some(why),
            Kind::Head(_) | Kind::Mark(_) | Kind::Segment(_) => {}
        }
    }
    (all, end, reader.damage())
}

pub(crate) fn folder() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (link, out) = (folder.path().join("port"), folder.path().join("out"));
    (folder, link, out)
}

#[test]
fn every_frame_is_in_the_recording_and_only_its_owner_may_read_it() {
    let (_folder, link, out) = folder();
    let mut port = Port::open(&link);
    let capture = started(&port, &out);
    let sent: Vec<u8> = (0..2000).flat_map(frame).collect();
    // In pieces that are no frames.
    sent.chunks(777).for_each(|piece| port.send(piece));
    wait_for("all bytes", || logged(&log_of(&out)).0.len() == sent.len());
    capture.interrupt();
    let ran = capture.ended();
    assert_eq!(ran.code, 1, "too fast to be measured: {ran:?}");
    assert!(ran.err.contains("the recording is safe in"), "{ran:?}");
    let (bytes, end, damage) = logged(&log_of(&out));
    assert!(bytes == sent, "the bytes of the sensor");
    assert_eq!((end.as_deref(), damage), (Some("quit"), Damage::default()));
    let opened = read::open(&log_of(&out), &ReadOptions::default()).unwrap();
    assert_eq!(opened.recording.sensors[0].len(), 2000);
    assert_eq!(opened.recording.about.subject.as_deref(), Some("s01"));
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&log_of(&out)), 0o600);
    assert_eq!(mode(&out), 0o700);
}

#[test]
fn a_pulled_plug_is_told_and_what_comes_after_is_another_segment() {
    let (_folder, link, out) = folder();
    let mut port = Port::open(&link);
    let capture = started(&port, &out);
    let first: Vec<u8> = (0..300).flat_map(frame).collect();
    port.send(&first);
    wait_for("the first part", || {
        logged(&log_of(&out)).0.len() == first.len()
    });
    drop(port);
    let text =
        |part: &str| String::from_utf8_lossy(&std::fs::read(log_of(&out)).unwrap()).contains(part);
    wait_for("the loss", || text("lost: "));
    let mut port = Port::open(&link);
    wait_for("the return", || text("back"));
    let second: Vec<u8> = (0..300).flat_map(frame).collect();
    port.send(&second);
    wait_for("the second part", || {
        logged(&log_of(&out)).0.len() == 2 * first.len()
    });
    capture.interrupt();
    let ran = capture.ended();
    assert!(
        ran.out.contains("Head: LOST") && ran.out.contains("Head: ok"),
        "{ran:?}"
    );
    let opened = read::open(&log_of(&out), &ReadOptions::default()).unwrap();
    assert!(
        opened.warnings.count(Warning::Gap) >= 1,
        "{:?}",
        opened.warnings
    );
    let time_s = &opened.recording.sensors[0].time_s;
    let longest = time_s
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .fold(0.0, f64::max);
    assert!(longest > 0.14, "{longest}");
}

#[test]
fn a_file_that_may_not_grow_ends_the_capture_with_the_reason_in_it() {
    let (_folder, link, out) = folder();
    let mut port = Port::open(&link);
    let line = "ulimit -f 40; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command
        .args(["-c", line, crate::support::PROGRAM])
        .args(words(&link, &out));
    let mut capture = Capture::start(&mut command);
    let sent: Vec<u8> = (0..3000).flat_map(frame).collect();
    let all = sent.clone();
    // On a thread of its own: nobody reads what is sent after the end.
    std::thread::spawn(move || {
        let mut pieces = all.chunks(512);
        while pieces
            .next()
            .is_some_and(|piece| port.sensor.write_all(piece).is_ok())
        {}
    });
    wait_for("the end", || capture.child.try_wait().unwrap().is_some());
    let ran = capture.ended();
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("Cannot write the recording"), "{ran:?}");
    let (bytes, end, damage) = logged(&log_of(&out));
    assert_eq!(end.as_deref(), Some("the file may not grow any more"));
    assert_eq!(damage, Damage::default());
    assert!(
        bytes.len() > 10_000 && sent.starts_with(&bytes),
        "{}",
        bytes.len()
    );
}

#[test]
fn a_port_is_listened_to() {
    let (_folder, link, out) = folder();
    let port = Port::open(&link);
    let mut sensor = port.sensor.try_clone().unwrap();
    // Goes on until the test has ended: nobody reads what is sent after the capture.
    std::thread::spawn(move || {
        for n in 0..10_000 {
            drop(sensor.write_all(&frame(n)));
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let heard = run(&["ports", "--probe", word(&link)]);
    assert_eq!(heard.code, 0, "{heard:?}");
    assert!(heard.out.contains("witmotion at 115200"), "{heard:?}");
    let labels = [
        "--subject",
        "s01",
        "--visit",
        "2",
        "--seconds",
        "3",
        "--plan",
        "none",
        "--json-lines",
    ];
    let auto = ["capture", "--port", word(&link), "--out", word(&out)];
    let ran = run(&[&auto[..], &labels].concat());
    assert!(ran.err.contains("witmotion at 115200"), "{ran:?}");
    assert_eq!(logged(&log_of(&out)).1.as_deref(), Some("the time is up"));
    let first = ran.out.lines().next().unwrap();
    let state: serde_json::Value = serde_json::from_str(first).unwrap();
    assert_eq!(
        (&state["kind"], &state["what"]),
        (&"view".into(), &"free".into())
    );
}

#[test]
fn what_is_wrong_with_a_port_is_told_before_anything_is_made() {
    let (folder, link, out) = folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "text").unwrap();
    let refused = |port: &Path, part: &str| {
        let ran = run(&words(port, &out));
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains(part), "{ran:?}");
        assert!(crate::support::files(&out).is_empty());
    };
    refused(&folder.path().join("none"), "there is no such port");
    refused(&file, "this is no serial port");
    let _port = Port::open(&link);
    let taken = neckrom::capture::port::open(word(&link), 115_200).unwrap();
    refused(&link, "another program has this port open");
    drop(taken);
    let ran = run(&["ports", "--probe", word(&link)]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.contains("no byte comes"), "{ran:?}");
}

#[test]
fn labels_that_are_paths_and_folders_that_cannot_be_made_are_refused() {
    let (folder, link, out) = folder();
    for (flag, label) in [
        ("--subject", "../x"),
        ("--subject", "a/b"),
        ("--visit", ".."),
    ] {
        let ran = ran(neckrom()
            .args(["capture", "--port", word(&link), flag, label, "--out"])
            .arg(&out));
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(
            ran.err
                .contains("a label is of letters, digits and hyphens"),
            "{ran:?}"
        );
    }
    assert!(!out.exists() && !folder.path().join("x").exists());
    let file = folder.path().join("file");
    std::fs::write(&file, "text").unwrap();
    let ran = run(&words(&link, &file.join("in")));
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("could not make the folder"), "{ran:?}");
}

/// One flexion.
pub(crate) fn session(seed: u64) -> simulate::Simulated {
    let settings = simulate::Settings {
        seed,
        rate_hz: 50.0,
        channels: simulate::Channels::Both,
        movements: vec![neckrom::movement::Movement::Flexion],
        practice: 0,
        recorded: 1,
        nods: 1,
        hold_s: 0.5,
        ..simulate::Settings::default()
    };
    simulate::simulate(&settings).unwrap()
}

/// The only flexion of a recording whose sensor sits like this.
pub(crate) fn flexion_deg(log: &Path, mount: &str) -> f64 {
    let opened = read::open(log, &ReadOptions::default()).unwrap();
    let settings = neckrom::pipeline::Settings {
        mount: mount.parse().ok(),
        ..Default::default()
    };
    let analysis = neckrom::pipeline::analyze(opened.recording.clone(), &settings).unwrap();
    let flexion = &analysis.movements[neckrom::movement::Movement::Flexion as usize];
    assert_eq!(flexion.n, 1);
    flexion.mean_rad.unwrap().to_degrees()
}

/// What the device of a simulated sensor sends.
pub(crate) fn samples(sensor: &SensorSamples) -> Vec<Sample> {
    let at = |n: usize| Sample {
        device_time_s: Some(sensor.time_s[n]),
        earth_from_sensor: sensor.earth_from_sensor.as_ref().map(|all| all[n]),
        gyro_rad_s: sensor.gyro_rad_s.as_ref().map(|all| all[n]),
        accel_m_s2: sensor.accel_m_s2.as_ref().map(|all| all[n]),
        ..Sample::default()
    };
    (0..sensor.len()).map(at).collect()
}

#[test]
fn from_plug_to_table_and_change() {
    let (_folder, link, out) = folder();
    crate::support::simulate(
        &out,
        &[
            "--subject",
            "s01",
            "--visit",
            "1",
            "--task",
            "flexion",
            "--practice",
            "0",
            "--rate",
            "50",
        ],
    );
    let mut port = Port::open(&link);
    let mut words = words(&link, &out);
    words.extend(["--mount", "+x,+z"]);
    let capture = Capture::start(neckrom().args(&words));
    let simulated = session(3);
    let start = Instant::now();
    for sample in samples(&simulated.recording.sensors[0]) {
        let due = Duration::from_secs_f64(sample.device_time_s.unwrap_or_default());
        std::thread::sleep(due.saturating_sub(start.elapsed()));
        port.send(&encoded(witmotion(), &sample));
    }
    let log = out.join("sub-s01/ses-2/sub-s01_ses-2_task-free_motion.neckrom");
    let sent = samples(&simulated.recording.sensors[0]).len() * frame(0).len();
    wait_for("all bytes", || logged(&log).0.len() >= sent);
    capture.interrupt();
    let ran = capture.ended();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("Flexion") && ran.out.contains("ses-2"),
        "{}",
        ran.out
    );
    let moved = neckrom::movement::Movement::Flexion;
    let true_deg = simulated.truth.mean_peak_deg(moved).unwrap();
    let found_deg = flexion_deg(&log, "+x,+z");
    assert!((found_deg - true_deg).abs() < 0.5, "{found_deg} {true_deg}");
    let results = crate::support::files(&out.join("results/sub-s01"));
    let has = |ending: &str| results.iter().any(|path| word(path).ends_with(ending));
    assert!(has("_angles.png") && has("report.html"), "{results:?}");
}

#[test]
#[cfg(not(feature = "sound"))]
fn tones_that_are_not_built_in_are_refused_before_anything_is_made() {
    let (folder, link, out) = folder();
    let ran = run(&[&words(&link, &out)[..], &["--sound"]].concat());
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("--features sound"), "{ran:?}");
    assert!(crate::support::files(folder.path()).is_empty());
}
