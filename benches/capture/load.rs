//! What a capture does with the load.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use neckrom::capture::log::LogWriter;
use neckrom::capture::port;
use neckrom::capture::session::{Input, Session};
use neckrom::capture::told::Told;
use neckrom::protocol::log::{Head, Kind, Reader};
use neckrom::protocol::{Decode, Decoded};
use neckrom::sample::SensorPlace;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use tempfile::TempDir;
use vt100::Parser;

use crate::sensors::{Sensors, Sent, protocol};

const PROGRAM: &str = env!("CARGO_BIN_EXE_neckrom");
/// Of a process, a second.
const TICKS_HZ: f64 = 100.0;
/// A turn that is not on the screen by then was not shown: the step was at its end.
const UNSEEN: Duration = Duration::from_millis(700);
/// Memory is looked at so often in a run.
const LOOKS: u32 = 10;

pub(crate) fn main() {
    let seconds = std::env::var("NECKROM_LOAD_S").ok();
    let seconds: u64 = seconds.map_or(20, |seconds| seconds.parse().unwrap());
    let whole = Duration::from_secs(seconds);
    let part = Duration::from_secs((seconds / 10).max(20));
    to_samples(part);
    plain(part);
    guided(whole);
}

/// A folder, the ports in it, and the sensors that send there.
fn sending() -> (TempDir, [PathBuf; 2], Sensors) {
    let folder = tempfile::tempdir().unwrap();
    let links = ["head", "trunk"].map(|name| folder.path().join(name));
    let sensors = Sensors::start(&links);
    (folder, links, sensors)
}

/// In this process: from the write of a line to its sample.
fn to_samples(time: Duration) {
    let (folder, links, sensors) = sending();
    let zero = sensors.zero();
    let log = LogWriter::create(&folder.path().join("a.neckrom"), &Head::default()).unwrap();
    let places = [SensorPlace::Head, SensorPlace::Trunk];
    let input = |(link, place): (&PathBuf, SensorPlace)| Input {
        place,
        speaks: protocol().into(),
        source: Box::new(port::open(link.to_str().unwrap(), 921_600).unwrap()),
        again: Box::new(|| Err("gone".to_owned())),
    };
    let inputs = links.iter().zip(places).map(input).collect();
    let session = Session::start(log, inputs).unwrap();
    let (start, mut late_ms, mut lost) = (Instant::now(), Vec::new(), 0);
    while start.elapsed() < time {
        match session.told().recv_timeout(Duration::from_millis(100)) {
            Ok(Told::Samples { samples, .. }) => {
                let now_s = zero.elapsed().as_secs_f64();
                let since = samples.iter().filter_map(|sample| sample.device_time_s);
                late_ms.extend(since.map(|sent_s| (now_s - sent_s) * 1e3));
            }
            Ok(Told::Health { faults, .. }) => lost += faults.lost_samples,
            Ok(Told::Lost { .. } | Told::Back { .. }) | Err(_) => {}
            Ok(Told::LogFailed { why, .. }) => println!("the log failed: {why}"),
        }
    }
    sensors.stop();
    session.end("quit");
    println!(
        "\nfrom a line that is written to its sample, {} s",
        time.as_secs()
    );
    println!("  samples {}, counted as lost {lost}", late_ms.len());
    println!("  {}", percentiles(&mut late_ms, "ms"));
}

fn percentiles(all: &mut [f64], unit: &str) -> String {
    all.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (share * all.len() as f64) as usize;
        all.get(place.min(all.len().saturating_sub(1)))
            .copied()
            .unwrap_or(f64::NAN)
    };
    let (half, most, last) = (at(0.5), at(0.99), at(1.0));
    format!(
        "50 % within {half:.2} {unit}, 99 % within {most:.2} {unit}, all within {last:.2} {unit}"
    )
}

fn words(links: &[PathBuf; 2], out: &Path) -> Vec<String> {
    let line = "capture --sensor neckrom-line --baud 921600 --mount +x,+z --trunk-mount +x,+z \
                --subject load --visit 1";
    let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    for (flag, path) in [("--port", &links[0]), ("--trunk-port", &links[1])] {
        words.extend([flag.to_owned(), path.display().to_string()]);
    }
    words.extend(["--out".to_owned(), out.display().to_string()]);
    words
}

/// A capture without a plan, a line a second.
fn plain(time: Duration) {
    let (folder, links, sensors) = sending();
    let out = folder.path().join("out");
    let mut command = Command::new(PROGRAM);
    command
        .args(words(&links, &out))
        .args(["--plan", "none", "--plain"]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    println!(
        "\na capture without a plan, a line a second, {} s",
        time.as_secs()
    );
    watch(child.id(), time);
    let sent = sensors.stop();
    compare(&log_of(&out, "free"), &sent);
    interrupt(child.id());
    child.wait().unwrap();
}

/// A plan that goes on as long as it has to.
fn plan(folder: &Path) -> PathBuf {
    let step = "[[step]]\nkind = \"movement\"\nmovement = \"rotation_left\"\nrepetitions = 20\n";
    let neutral = "name = \"load\"\n[[step]]\nkind = \"neutral\"\n";
    let path = folder.join("plan.toml");
    std::fs::write(&path, format!("{neutral}{}", step.repeat(150))).unwrap();
    path
}

/// A guided capture on a terminal.
fn guided(time: Duration) {
    let (folder, links, sensors) = sending();
    let out = folder.path().join("out");
    let size = PtySize {
        rows: 24,
        cols: 80,
        ..PtySize::default()
    };
    let terminal = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(words(&links, &out));
    command.args(["--plan", plan(folder.path()).to_str().unwrap()]);
    command.env("TERM", "xterm-256color");
    let mut child = terminal.slave.spawn_command(command).unwrap();
    drop(terminal.slave);
    let changes = screen(terminal.master.try_clone_reader().unwrap());
    println!("\na guided capture on a terminal, {} s", time.as_secs());
    let id = child.process_id().unwrap();
    watch(id, time);
    let sent = sensors.stop();
    compare(&log_of(&out, "load"), &sent);
    interrupt(id);
    child.wait().unwrap();
    let changes: Vec<Instant> = changes.try_iter().collect();
    let shown = |turn: &Instant| {
        let after = changes.iter().find(|change| *change >= turn)?;
        let late = *after - *turn;
        (late < UNSEEN).then_some(late.as_secs_f64() * 1e3)
    };
    let turns = &sent[0].turns;
    let mut late_ms: Vec<f64> = turns.iter().filter_map(shown).collect();
    println!(
        "  from a turn of the head to the screen: {} of {} turns seen",
        late_ms.len(),
        turns.len()
    );
    println!("  {}", percentiles(&mut late_ms, "ms"));
}

/// When the large number changes.
fn screen(terminal: Box<dyn Read + Send>) -> Receiver<Instant> {
    let (say, said) = channel();
    thread::spawn(move || look(terminal, &say));
    said
}

fn look(mut terminal: Box<dyn Read + Send>, say: &Sender<Instant>) {
    let (mut screen, mut number) = (Parser::new(24, 80, 0), String::new());
    let mut some = [0; 16384];
    while let Ok(count @ 1..) = terminal.read(&mut some) {
        let now = Instant::now();
        screen.process(&some[..count]);
        let all = screen.screen().contents();
        let large: String = all.lines().filter(|line| line.contains('█')).collect();
        if large != number && say.send(now).is_err() {
            return;
        }
        number = large;
    }
}

fn interrupt(id: u32) {
    let id = id.to_string();
    Command::new("kill").args(["-INT", &id]).status().unwrap();
}

/// Share of a core, and memory, while it runs.
fn watch(id: u32, time: Duration) {
    // After its start.
    thread::sleep(Duration::from_secs(2));
    let (start, before) = (Instant::now(), ticks(id));
    let mut memory = Vec::new();
    for _ in 0..LOOKS {
        thread::sleep(time.saturating_sub(Duration::from_secs(2)) / LOOKS);
        memory.push(memory_mib(id, "VmRSS:"));
    }
    let share = (ticks(id) - before) / TICKS_HZ / start.elapsed().as_secs_f64();
    println!("  {:.1} % of a core", share * 100.0);
    println!(
        "  resident MiB {memory:.1?}, at most {:.1}",
        memory_mib(id, "VmHWM:")
    );
}

/// Time on a processor.
fn ticks(id: u32) -> f64 {
    let text = std::fs::read(format!("/proc/{id}/stat")).unwrap();
    let text = String::from_utf8_lossy(&text).into_owned();
    let (_, rest) = text.rsplit_once(')').unwrap();
    let cells: Vec<f64> = rest
        .split_whitespace()
        .filter_map(|cell| cell.parse().ok())
        .collect();
    // The state is no number: user and system time are the 11th and 12th that are.
    cells[10] + cells[11]
}

fn memory_mib(id: u32, name: &str) -> f64 {
    let text = std::fs::read(format!("/proc/{id}/status")).unwrap();
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap();
    let kib: f64 = line.split_whitespace().next().unwrap().parse().unwrap();
    kib / 1024.0
}

fn log_of(out: &Path, task: &str) -> PathBuf {
    out.join(format!(
        "sub-load/ses-1/sub-load_ses-1_task-{task}_motion.neckrom"
    ))
}

/// Samples in the log against those that were sent.
fn compare(log: &Path, sent: &[Sent]) {
    let mut reader = Reader::new(BufReader::new(File::open(log).unwrap()))
        .unwrap()
        .unwrap();
    let mut ports: Vec<(Box<dyn Decode>, Decoded)> = Vec::new();
    ports.resize_with(sent.len(), || ((protocol().decoder)(), Decoded::default()));
    let mut found = vec![0; sent.len()];
    while let Some(chunk) = reader.next_chunk().unwrap() {
        let (port, at_s) = (usize::from(chunk.port), chunk.time_s());
        if let Kind::Bytes(bytes) = chunk.kind {
            let (decoder, out) = &mut ports[port];
            decoder.push(&bytes, at_s, out);
            found[port] += out.samples.len() as u64;
            out.samples.clear();
        }
    }
    for ((sent, found), (_, out)) in sent.iter().zip(found).zip(&ports) {
        println!(
            "  sent {}, recorded {found}, lost {}; damaged {}, too many for the reader {} bytes",
            sent.frames,
            sent.frames.saturating_sub(found),
            out.faults.corrupt_frames,
            sent.overflowed
        );
    }
}
