//! The simulated sensor: what it sends is what it was given, whatever it speaks and whatever goes wrong;
//! and a pseudo-terminal carries it whole.

use std::time::Duration;

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use neckrom::capture::headband::{
    Act, HangUp, Headband, HeadbandSettings, Stall, Tally, Trouble, What,
};
use neckrom::movement::Movement;
use neckrom::protocol::{Decoded, Evidence, Faults, PROTOCOLS, Protocol, Sample, by_name};
use neckrom::sample::{SensorPlace, SensorSamples};
use neckrom::simulate::{Channels, Settings, simulate};

/// Protocols with two decimals of a quaternion round by so much.
const TURN_DEG: f64 = 1.2;
const GYRO_RAD_S: f64 = 0.01;
const ACCEL_M_S2: f64 = 0.06;
const TIME_S: f64 = 1e-3;

/// A flexion and its return, 50 samples a second.
fn sensor() -> SensorSamples {
    let settings = Settings {
        rate_hz: 50.0,
        channels: Channels::Both,
        movements: vec![Movement::Flexion],
        practice: 0,
        recorded: 1,
        nods: 0,
        hold_s: 0.5,
        ..Settings::default()
    };
    simulate(&settings).unwrap().recording.sensors.remove(0)
}

fn settings(protocol: &'static Protocol, trouble: Trouble) -> HeadbandSettings {
    HeadbandSettings {
        protocol,
        seed: 3,
        place: SensorPlace::Head,
        clock_error_ppm: 200.0,
        trouble,
    }
}

/// Everything that the sensor does.
fn acts(protocol: &'static Protocol, trouble: Trouble) -> Vec<Act> {
    let trouble = Trouble {
        // Lines of text, so that protocols that are lines begin with a whole one.
        banner: true,
        ..trouble
    };
    let band = Headband::new(sensor(), settings(protocol, trouble)).unwrap();
    assert!(band.can_speak(), "{}", protocol.name);
    band.collect()
}

fn encodable() -> impl Iterator<Item = &'static Protocol> {
    PROTOCOLS
        .iter()
        .filter(|protocol| protocol.encode.is_some())
}

fn tally(acts: &[Act]) -> Tally {
    let mut tally = Tally::default();
    acts.iter().for_each(|act| tally.add(&act.what));
    tally
}

/// What a port that is read as the bytes come gives.
fn decoded(protocol: &Protocol, acts: &[Act]) -> Decoded {
    let (mut decoder, mut out) = ((protocol.decoder)(), Decoded::default());
    for act in acts {
        decoder.push(act.what.bytes(), act.at_s, &mut out);
    }
    decoder.finish(&mut out);
    out.samples = merged(out.samples);
    out
}

/// Samples of one time that hold different channels, as one.
fn merged(samples: Vec<Sample>) -> Vec<Sample> {
    let mut whole: Vec<Sample> = Vec::new();
    for sample in samples {
        let belongs = |last: &&mut Sample| {
            let twice = last.earth_from_sensor.is_some() && sample.earth_from_sensor.is_some()
                || last.gyro_rad_s.is_some() && sample.gyro_rad_s.is_some();
            last.device_time_s == sample.device_time_s && !twice
        };
        match whole.last_mut().filter(belongs) {
            Some(last) => {
                last.earth_from_sensor = last.earth_from_sensor.or(sample.earth_from_sensor);
                last.gyro_rad_s = last.gyro_rad_s.or(sample.gyro_rad_s);
                last.accel_m_s2 = last.accel_m_s2.or(sample.accel_m_s2);
            }
            None => whole.push(sample),
        }
    }
    whole
}

fn sent(acts: &[Act]) -> impl Iterator<Item = (&Sample, bool)> {
    acts.iter().filter_map(|act| match &act.what {
        What::Sent {
            sample, changed, ..
        } => Some((&**sample, *changed == 0)),
        What::Banner(_) | What::Noise(_) | What::Lost(_) | What::HangUp | What::Return => None,
    })
}

fn apart_deg(one: Quaternion<f64>, other: Quaternion<f64>) -> f64 {
    let turn = UnitQuaternion::new_normalize;
    turn(one).angle_to(&turn(other)).to_degrees()
}

/// Every channel that was found is that which was sent.
fn agrees(found: &Sample, sent: &Sample) -> bool {
    let near = |found: Option<Vector3<f64>>, sent: Option<Vector3<f64>>, most: f64| {
        found.is_none_or(|found| sent.is_some_and(|sent| (found - sent).amax() <= most))
    };
    let turned = found.earth_from_sensor.is_none_or(|turn| {
        let sent = sent.earth_from_sensor;
        sent.is_some_and(|sent| apart_deg(turn, sent) <= TURN_DEG)
    });
    let timed = found.device_time_s.is_none_or(|time_s| {
        let sent = sent.device_time_s;
        sent.is_some_and(|sent| (time_s - sent).abs() <= TIME_S)
    });
    turned
        && timed
        && near(found.gyro_rad_s, sent.gyro_rad_s, GYRO_RAD_S)
        && near(found.accel_m_s2, sent.accel_m_s2, ACCEL_M_S2)
}

#[test]
fn what_is_sent_is_decoded_in_every_protocol() {
    for protocol in encodable() {
        let acts = acts(protocol, Trouble::default());
        let mut out = decoded(protocol, &acts);
        let name = protocol.name;
        assert_eq!(
            out.samples.len(),
            tally(&acts).whole,
            "{name} {:?}",
            out.faults
        );
        out.faults.leading_bytes = 0;
        // A protocol of lines may count the banner's as lines of its own that are unsound.
        out.faults.skipped_bytes = 0;
        out.faults.corrupt_frames = 0;
        assert_eq!(out.faults, Faults::default(), "{name}");
        for (found, (sent, _)) in out.samples.iter().zip(sent(&acts)) {
            assert!(agrees(found, sent), "{name}\n{found:?}\n{sent:?}");
            assert!(found.earth_from_sensor.is_some(), "{name}");
        }
    }
}

#[test]
fn the_same_seed_sends_the_same_and_every_fault_is_its_own() {
    let protocol = by_name("xsens-xbus").unwrap();
    let all = Trouble {
        noise: 0.02,
        lose: 0.05,
        corrupt: 0.005,
        stall: Some(Stall {
            every_s: 2.0,
            for_s: 0.4,
        }),
        ..Trouble::default()
    };
    assert!(acts(protocol, all) == acts(protocol, all));
    let lost = |trouble| -> Vec<Option<u64>> {
        let acts = acts(protocol, trouble);
        let lost = acts.iter().filter_map(|act| match &act.what {
            What::Lost(sample) => Some(sample.counter),
            What::Banner(_) | What::Noise(_) | What::Sent { .. } | What::HangUp | What::Return => {
                None
            }
        });
        lost.collect()
    };
    let alone = Trouble {
        lose: 0.05,
        ..Trouble::default()
    };
    assert!(!lost(alone).is_empty());
    assert_eq!(lost(all), lost(alone));
}

#[test]
fn of_damaged_bytes_every_whole_sample_comes_and_no_other() {
    for protocol in encodable() {
        let trouble = Trouble {
            corrupt: 0.01,
            ..Trouble::default()
        };
        let acts = acts(protocol, trouble);
        let out = decoded(protocol, &acts);
        let (name, counts) = (protocol.name, tally(&acts));
        assert!(counts.changed > 20, "{name} {counts:?}");
        assert!(out.faults.corrupt_frames > 0, "{name} {:?}", out.faults);
        let whole: Vec<(&Sample, bool)> = sent(&acts).collect();
        // Without a sum, a wrong time is taken for a jump of the clock, and those after it count from it.
        let is_summed = protocol.evidence == Evidence::Sum;
        let found: Vec<Sample> = out
            .samples
            .into_iter()
            .map(|sample| Sample {
                device_time_s: sample.device_time_s.filter(|_| is_summed),
                ..sample
            })
            .collect();
        let came = |sent: &Sample| found.iter().any(|found| agrees(found, sent));
        let mut missing = 0;
        for (place, (sent, is_whole)) in whole.iter().enumerate() {
            // Without a sum, what stands beside damage may go with it.
            let beside = place.checked_sub(1).is_some_and(|before| !whole[before].1);
            let counts = is_summed || !beside;
            missing += usize::from(*is_whole && counts && !came(sent));
        }
        assert_eq!(missing, 0, "{name} {:?}", out.faults);
        if is_summed {
            let is_sent = |found: &Sample| whole.iter().any(|(sent, _)| agrees(found, sent));
            let wrong = found.iter().find(|found| !is_sent(found));
            assert_eq!(wrong, None, "{name}");
        }
    }
}

#[test]
fn lost_samples_are_missed_by_the_counter() {
    let protocol = by_name("xsens-xbus").unwrap();
    let trouble = Trouble {
        lose: 0.1,
        ..Trouble::default()
    };
    let acts = acts(protocol, trouble);
    let counts = tally(&acts);
    let out = decoded(protocol, &acts);
    assert_eq!(out.samples.len(), counts.whole);
    let ends = [
        acts.iter().find(|act| is_sample(act)),
        acts.iter().rfind(|act| is_sample(act)),
    ];
    assert!(
        ends.iter()
            .flatten()
            .all(|act| !act.what.bytes().is_empty()),
        "no end is lost"
    );
    assert_eq!(out.faults.lost_samples, counts.lost as u64);
    assert!(counts.lost > 20, "{counts:?}");
}

const fn is_sample(act: &Act) -> bool {
    matches!(act.what, What::Sent { .. } | What::Lost(_))
}

#[test]
fn a_stall_holds_back_and_loses_nothing() {
    let protocol = by_name("witmotion").unwrap();
    let stall = Stall {
        every_s: 2.0,
        for_s: 0.5,
    };
    let trouble = Trouble {
        stall: Some(stall),
        ..Trouble::default()
    };
    let acts = acts(protocol, trouble);
    assert_eq!(decoded(protocol, &acts).samples.len(), sensor().len());
    let times_s: Vec<f64> = acts.iter().map(|act| act.at_s).collect();
    assert!(times_s.windows(2).all(|pair| pair[0] <= pair[1]));
    let gaps = times_s
        .windows(2)
        .filter(|pair| pair[1] - pair[0] > 0.4)
        .count();
    let expected = (sensor().duration_s() / stall.every_s) as usize;
    assert!(gaps.abs_diff(expected) <= 1, "{gaps} of {expected}");
}

#[test]
fn a_sensor_that_was_unplugged_starts_anew() {
    let protocol = by_name("xsens-xbus").unwrap();
    let trouble = Trouble {
        hang_up: Some(HangUp {
            after_s: 2.0,
            return_after_s: Some(1.5),
        }),
        ..Trouble::default()
    };
    let acts = acts(protocol, trouble);
    let gone = acts
        .iter()
        .position(|act| act.what == What::HangUp)
        .unwrap();
    let back = acts
        .iter()
        .position(|act| act.what == What::Return)
        .unwrap();
    assert_eq!(back, gone + 1);
    assert!((acts[gone].at_s - 2.0).abs() < 1e-9 && (acts[back].at_s - 3.5).abs() < 1e-9);
    let (first, _) = sent(&acts[back..]).next().unwrap();
    assert_eq!(first.counter, Some(0));
    assert!(first.device_time_s.unwrap() < 0.1);
    let out = decoded(protocol, &acts);
    assert_eq!((out.faults.resets > 0, out.faults.lost_samples), (true, 0));
    assert_eq!(tally(&acts).hang_ups, 1);
    let never = Trouble {
        hang_up: Some(HangUp {
            after_s: 2.0,
            return_after_s: None,
        }),
        ..Trouble::default()
    };
    let band = Headband::new(sensor(), settings(protocol, never)).unwrap();
    assert_eq!(band.last().unwrap().what, What::HangUp);
}

#[test]
fn a_stale_orientation_stays_while_the_gyroscope_goes_on() {
    let protocol = by_name("xsens-xbus").unwrap();
    let trouble = Trouble {
        stale_after_s: Some(4.0),
        ..Trouble::default()
    };
    let out = decoded(protocol, &acts(protocol, trouble));
    let late = &out.samples[205..];
    assert!(
        late.iter()
            .all(|sample| sample.earth_from_sensor == late[0].earth_from_sensor)
    );
    let rates = late.iter().filter_map(|sample| sample.gyro_rad_s);
    assert!(rates.map(|rate| rate.norm()).fold(0.0, f64::max) > 0.3);
}

#[test]
fn at_the_wrong_speed_nothing_is_understood() {
    for protocol in encodable() {
        let trouble = Trouble {
            wrong_baud: true,
            ..Trouble::default()
        };
        let acts = acts(protocol, trouble);
        let out = decoded(protocol, &acts);
        assert!(tally(&acts).bytes > 1000);
        assert!(
            out.samples.len() < 10,
            "{} {}",
            protocol.name,
            out.samples.len()
        );
    }
}

#[cfg(unix)]
mod on_a_terminal {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::Stdio;
    use std::time::Instant;

    use neckrom::capture::pty::{Reader, Terminal};

    use super::*;
    use crate::support::{neckrom, run};

    /// Longer than any of this takes, also where many tests run at once.
    const PATIENCE: Duration = Duration::from_secs(60);

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
                while terminal.waiting() > 0 {
                    terminal.look().unwrap();
                }
                terminal.write(act.what.bytes());
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
        command.args([
            "virtual-headband",
            "--protocol",
            "xsens-xbus",
            "--session",
            "flexion",
        ]);
        command.args([
            "--practice",
            "0",
            "--repetitions",
            "1",
            "--rate",
            "50",
            "--speed",
            "10",
        ]);
        command.args([
            "--wait",
            "--trunk",
            "--hang-up-after",
            "8",
            "--return-after",
            "40",
        ]);
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
        let truth: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&truth).unwrap()).unwrap();
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
        command.args([
            "replay",
            crate::support::SAMPLE,
            "--protocol",
            "mpu6050-dmp",
            "--wait",
        ]);
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
}

#[test]
fn a_recording_is_played_as_lines() {
    let json = crate::support::run(&[
        "replay",
        crate::support::SAMPLE,
        "--json-lines",
        "--speed",
        "100000",
    ]);
    assert_eq!(json.code, 0, "{}", json.err);
    let first: serde_json::Value = serde_json::from_str(json.out.lines().next().unwrap()).unwrap();
    assert_eq!(first["q_wxyz"].as_array().map(Vec::len), Some(4));
    let plain = crate::support::run(&[
        "replay",
        crate::support::SAMPLE,
        "--plain",
        "--speed",
        "100000",
    ]);
    assert!(plain.out.lines().count() < json.out.lines().count() / 20);
    assert!(plain.out.contains("turned"), "{}", plain.out);
}

#[test]
fn protocols_are_listed() {
    let ran = crate::support::run(&["virtual-headband", "--list"]);
    for protocol in encodable() {
        assert!(ran.out.contains(protocol.name), "{}", protocol.name);
    }
}
