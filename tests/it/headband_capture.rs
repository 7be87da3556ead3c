//! From a simulated headband through a pseudo-terminal into a log, and from the log to the ranges: all
//! protocols, in the time that the movements take, at once.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use neckrom::capture::headband::{Act, Answers, Headband, HeadbandSettings, Trouble};
use neckrom::capture::log::LogWriter;
use neckrom::capture::port;
use neckrom::capture::pty::Terminal;
use neckrom::capture::session::{Input, Session};
use neckrom::capture::told::Told;
use neckrom::movement::Movement;
use neckrom::pipeline::{self, analyze};
use neckrom::protocol::log::{Damage, Head, HeadPort};
use neckrom::protocol::{Decoded, Evidence, Protocol};
use neckrom::read::{self, Opened, ReadOptions};
use neckrom::sample::SensorPlace;
use neckrom::simulate::{Channels, Settings, Simulated, simulate};
use neckrom::warning::Warning;

use crate::capture::{logged, wait_for};
use crate::headband::{decoded, encodable, sent};

const MOVEMENTS: [Movement; 3] = [
    Movement::Flexion,
    Movement::SideBendRight,
    Movement::RotationLeft,
];
/// A range is as true as that.
const MOST_DEG: f64 = 0.5;

/// Three movements, 50 samples a second.
static SESSION: LazyLock<Simulated> = LazyLock::new(|| {
    let settings = Settings {
        rate_hz: 50.0,
        channels: Channels::Both,
        movements: MOVEMENTS.to_vec(),
        practice: 0,
        recorded: 1,
        nods: 1,
        hold_s: 0.6,
        speed_deg_s: 60.0,
        ..Settings::default()
    };
    simulate(&settings).unwrap()
});

/// What a sensor did, and the log of it.
struct Captured {
    _folder: tempfile::TempDir,
    acts: Vec<Act>,
    log: PathBuf,
    /// Samples that were told while it ran.
    told: usize,
}

fn acts(protocol: &'static Protocol, trouble: Trouble) -> Vec<Act> {
    let settings = HeadbandSettings {
        protocol,
        seed: 7,
        place: SensorPlace::Head,
        clock_error_ppm: 100.0,
        trouble: Trouble {
            // Lines of text, so that protocols that are lines begin with a whole one.
            banner: true,
            ..trouble
        },
    };
    let sensor = SESSION.recording.sensors[0].clone();
    Headband::new(sensor, settings).unwrap().collect()
}

/// Plays what a sensor does to whoever opens the port; gives what arrived there.
fn play(terminal: &mut Terminal, mut answers: Option<Answers>, acts: Vec<Act>) -> Vec<Act> {
    let (start, mut arrived) = (Instant::now(), Vec::new());
    for Act { at_s, what } in acts {
        let due = Duration::from_secs_f64(at_s);
        let Some(answers) = &mut answers else {
            thread::sleep(due.saturating_sub(start.elapsed()));
            terminal.look().unwrap();
            terminal.write(what.bytes());
            arrived.push(Act { at_s, what });
            continue;
        };
        while start.elapsed() < due {
            answer(terminal, answers, &mut arrived);
            thread::sleep(Duration::from_millis(1));
        }
        if let Some(what) = answers.hold(what) {
            terminal.write(what.bytes());
            arrived.push(Act { at_s, what });
        }
    }
    while terminal.waiting() > 0 {
        terminal.look().unwrap();
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(terminal.passed().overflowed + terminal.passed().unheard, 0);
    arrived
}

/// Answers what a sensor that has to be asked was asked since the last time.
fn answer(terminal: &mut Terminal, answers: &mut Answers, arrived: &mut Vec<Act>) {
    terminal.look().unwrap();
    for _ in 0..answers.hear(&terminal.take_heard()) {
        if let Some(what) = answers.answer() {
            terminal.write(what.bytes());
            let (at_s, what) = (0.0, what.clone());
            arrived.push(Act { at_s, what });
        }
    }
}

fn session(protocol: &'static Protocol, port: &Path, log: &Path) -> Session {
    let head = Head {
        ports: vec![HeadPort {
            place: Some(SensorPlace::Head),
            path: port.display().to_string(),
            protocol: protocol.name.to_owned(),
            baud: protocol.baud_rates[0],
            ..HeadPort::default()
        }],
        ..Head::default()
    };
    let source = port::open(&port.to_string_lossy(), protocol.baud_rates[0]).unwrap();
    let input = Input {
        place: SensorPlace::Head,
        speaks: protocol.into(),
        source: Box::new(source.asking(protocol.ask)),
        again: Box::new(|| Err("it stays away".to_owned())),
    };
    Session::start(LogWriter::create(log, &head).unwrap(), vec![input]).unwrap()
}

fn captured(protocol: &'static Protocol, trouble: Trouble) -> Captured {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("a.neckrom");
    let acts = acts(protocol, trouble);
    let mut terminal = Terminal::open(&folder.path().join("band")).unwrap();
    let session = session(protocol, terminal.path(), &log);
    wait_for("the port to be open", || {
        terminal.look().unwrap();
        terminal.has_reader()
    });
    let acts = play(&mut terminal, Answers::of(&protocol.into()), acts);
    let count = bytes(&acts).len();
    wait_for("all bytes", || logged(&log).0.len() >= count);
    let told: Vec<_> = session.told().try_iter().collect();
    let ended = session.end("quit");
    assert_eq!((ended.log_failed, ended.untold), (None, 0));
    let samples = |told: &Told| match told {
        Told::Samples { samples, .. } => samples.len(),
        Told::Lost { .. } | Told::Back { .. } | Told::Health { .. } | Told::LogFailed { .. } => 0,
    };
    Captured {
        told: told.iter().map(samples).sum(),
        _folder: folder,
        acts,
        log,
    }
}

fn bytes(acts: &[Act]) -> Vec<u8> {
    let all = acts.iter().map(|act| act.what.bytes());
    all.collect::<Vec<_>>().concat()
}

/// How far each range is from the truth, degrees.
fn errors_deg(opened: &Opened) -> [f64; MOVEMENTS.len()] {
    let settings = pipeline::Settings {
        mount: "+x,+z".parse().ok(),
        ..pipeline::Settings::default()
    };
    let analysis = analyze(opened.recording.clone(), &settings).unwrap();
    MOVEMENTS.map(|movement| {
        let found = &analysis.movements[movement as usize];
        let mean_deg = found.mean_rad.map_or(f64::NAN, f64::to_degrees);
        mean_deg - SESSION.truth.mean_peak_deg(movement).unwrap()
    })
}

/// Does it for all of them at once.
fn for_each(all: impl Iterator<Item = &'static Protocol>, each: fn(&'static Protocol)) {
    let runs: Vec<_> = all
        .map(|protocol| (protocol.name, thread::spawn(move || each(protocol))))
        .collect();
    let failed: Vec<&str> = runs
        .into_iter()
        .filter_map(|(name, run)| run.join().err().map(|_| name))
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn in_every_protocol_every_frame_is_in_the_log_and_the_ranges_are_true() {
    for_each(encodable(), |protocol| {
        let captured = captured(protocol, Trouble::default());
        let name = protocol.name;
        let (logged, end, damage) = logged(&captured.log);
        assert!(logged == bytes(&captured.acts), "{name}: the bytes");
        assert_eq!((end.as_deref(), damage), (Some("quit"), Damage::default()));
        let opened = read::open(&captured.log, &ReadOptions::default()).unwrap();
        let count = sent(&captured.acts).count();
        assert_eq!(opened.recording.sensors[0].len(), count, "{name}");
        let errors_deg = errors_deg(&opened);
        assert!(captured.told >= count, "{name}: {}", captured.told);
        println!("{name}: off by {errors_deg:.2?} degrees");
        let is_true = |error_deg: &f64| error_deg.abs() <= MOST_DEG;
        assert!(errors_deg.iter().all(is_true), "{name}: {errors_deg:?}");
    });
}

#[test]
fn where_there_is_a_sum_what_is_whole_is_in_the_recording_and_damage_is_counted() {
    let summed = encodable().filter(|protocol| protocol.evidence == Evidence::Sum);
    for_each(summed, |protocol| {
        let trouble = Trouble {
            corrupt: 0.01,
            ..Trouble::default()
        };
        let captured = captured(protocol, trouble);
        let name = protocol.name;
        assert!(logged(&captured.log).0 == bytes(&captured.acts), "{name}");
        // The decoder is known to find all that is whole, and nothing else, in the same bytes.
        let Decoded {
            samples, faults, ..
        } = decoded(protocol, &captured.acts);
        let turned = samples.iter().filter(|one| one.earth_from_sensor.is_some());
        let opened = read::open(&captured.log, &ReadOptions::default()).unwrap();
        let count = opened.recording.sensors[0].len();
        assert_eq!(count, turned.count(), "{name}");
        let corrupt = opened.warnings.count(Warning::CorruptFrame);
        assert!(corrupt > 100, "{name}: {corrupt}");
        assert_eq!(corrupt, faults.corrupt_frames, "{name}");
    });
}
