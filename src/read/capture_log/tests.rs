use std::ops::Range;

use super::*;
use crate::protocol::log::{FIRST, HeadPort, add_bytes, add_end, add_head, add_mark, add_segment};
use crate::protocol::{Sample, by_name};
use crate::read::read_bytes;

/// A turn about the vertical, a tenth of a radian a second.
fn sample(at_s: f64, arrival_s: f64, clock_s: Option<f64>) -> Sample {
    let half = at_s * 0.05;
    Sample {
        device_time_s: clock_s,
        arrival_s,
        earth_from_sensor: Some(nalgebra::Quaternion::new(half.cos(), 0.0, 0.0, half.sin())),
        accel_m_s2: Some(nalgebra::Vector3::new(0.0, 0.0, 9.81)),
        gyro_rad_s: Some(nalgebra::Vector3::new(0.0, 0.0, 0.1)),
        ..Sample::default()
    }
}

fn head(protocols: &[&str]) -> Head {
    let places = [SensorPlace::Head, SensorPlace::Trunk];
    let port = |(protocol, place): (&&str, SensorPlace)| HeadPort {
        place: Some(place),
        path: "/dev/pts/1".to_owned(),
        protocol: (*protocol).to_owned(),
        baud: 115_200,
        ..HeadPort::default()
    };
    Head {
        subject: Some("s01".to_owned()),
        visit: Some("2".to_owned()),
        start: Some("2026-03-01T09:30:00Z".to_owned()),
        ports: protocols.iter().zip(places).map(port).collect(),
        ..Head::default()
    }
}

/// Adds samples of 100 Hz from one time to another; they come `late_s` after they were made.
fn add_samples(port: u8, protocol: &str, times: Range<i32>, clock: Option<f64>, log: &mut Vec<u8>) {
    let encode = by_name(protocol).unwrap().encode.unwrap();
    for n in times {
        let at_s = f64::from(n) * 0.01;
        let late_s = f64::from(n * 7 % 5) * 0.003;
        let mut bytes = Vec::new();
        let sample = sample(at_s, at_s + late_s, clock.map(|shift_s| at_s + shift_s));
        encode(&sample, &mut bytes);
        add_bytes(port, ((at_s + late_s) * 1e6) as u64, &bytes, log);
    }
}

fn opened(log: &[u8]) -> (Recording, Warnings) {
    read_bytes(&FORMAT, log, &ReadOptions::default()).unwrap()
}

#[test]
fn two_sensors_and_marks_on_one_clock() {
    let mut log = Vec::new();
    add_head(&head(&["witmotion", "razor-ahrs"]), &mut log).unwrap();
    add_mark(1_000_000, "begin flexion", &mut log);
    add_samples(0, "witmotion", 0..500, Some(1000.0), &mut log);
    add_samples(1, "razor-ahrs", 20..500, None, &mut log);
    add_mark(3_500_000, "end flexion", &mut log);
    add_end(5_000_000, "quit", &mut log);
    assert_eq!(detect(&log), Detected::Recording);
    let (recording, warnings) = opened(&log);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(recording.about.subject.as_deref(), Some("s01"));
    assert_eq!(recording.about.date.as_deref(), Some("2026-03-01"));
    let event = &recording.about.events[0];
    assert_eq!(
        (event.name.as_str(), event.onset_s, event.duration_s),
        ("flexion", 1.0, 2.5)
    );
    let lengths: Vec<usize> = recording.sensors.iter().map(SensorSamples::len).collect();
    assert_eq!(lengths, [500, 480]);
    for (sensor, first_s) in recording.sensors.iter().zip([0.0, 0.2]) {
        for (n, time_s) in sensor.time_s.iter().enumerate() {
            let true_s = first_s + n as f64 * 0.01;
            assert!(
                (time_s - true_s).abs() < 2e-3,
                "{}: {time_s} {true_s}",
                sensor.name
            );
        }
    }
    assert_eq!(recording.sensors[1].place, Some(SensorPlace::Trunk));
}

#[test]
fn a_port_that_comes_back_begins_another_stretch_after_a_gap() {
    let mut log = Vec::new();
    add_head(&head(&["witmotion"]), &mut log).unwrap();
    add_samples(0, "witmotion", 0..300, Some(50.0), &mut log);
    add_segment(0, 3_000_000, "unplugged", &mut log);
    add_segment(0, 3_010_000, "back", &mut log);
    // Its clock begins anew, and it is there again almost at once.
    add_samples(0, "witmotion", 301..600, Some(-3.0), &mut log);
    let (recording, warnings) = opened(&log);
    assert_eq!(warnings.count(Warning::CutOff), 1, "no end");
    assert!(warnings.count(Warning::Gap) >= 1, "{warnings:?}");
    let time_s: Vec<f64> = recording.sensors[0]
        .time_s
        .iter()
        .copied()
        .filter(|t| t.is_finite())
        .collect();
    let longest = time_s
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .fold(0.0, f64::max);
    assert!((0.15..0.2).contains(&longest), "{longest}");
    assert!((time_s[time_s.len() - 1] - 5.99).abs() < 5e-3);
}

#[test]
fn lost_samples_of_a_sensor_without_clock_do_not_stretch_its_time() {
    let mut log = Vec::new();
    add_head(&head(&["razor-ahrs"]), &mut log).unwrap();
    let mut whole = Vec::new();
    add_samples(0, "razor-ahrs", 0..3000, None, &mut whole);
    // Every tenth line is damaged on its way, which the log knows nothing of.
    let mut line = 0;
    let framed = [FIRST, &whole[..]].concat();
    let mut reader = Reader::new(&framed[..]).unwrap().unwrap();
    while let Some(chunk) = reader.next_chunk().unwrap() {
        let Kind::Bytes(mut bytes) = chunk.kind else {
            continue;
        };
        line += 1;
        if line % 10 == 0 {
            bytes[2] = 0xff;
        }
        add_bytes(0, chunk.time_us, &bytes, &mut log);
    }
    add_end(30_000_000, "quit", &mut log);
    let (recording, warnings) = opened(&log);
    assert!(warnings.count(Warning::CorruptFrame) >= 290, "{warnings:?}");
    let sensor = &recording.sensors[0];
    assert_eq!(sensor.len(), 2700);
    assert!(
        (sensor.duration_s() - 29.98).abs() < 0.03,
        "{}",
        sensor.duration_s()
    );
}

#[test]
fn torn_and_damaged_logs_are_read_as_far_as_they_are_sound() {
    let mut log = Vec::new();
    add_head(&head(&["witmotion"]), &mut log).unwrap();
    add_samples(0, "witmotion", 0..300, Some(0.0), &mut log);
    log[2000] ^= 1;
    log.truncate(log.len() - 5);
    let (recording, warnings) = opened(&log);
    assert!(recording.sensors[0].len() >= 297);
    assert_eq!(warnings.count(Warning::CutOff), 1);
    assert!(warnings.count(Warning::CorruptFrame) >= 1);
}

#[test]
fn a_protocol_that_the_log_does_not_name_is_recognised() {
    let mut log = Vec::new();
    add_head(&head(&["from-the-future"]), &mut log).unwrap();
    add_samples(0, "witmotion", 0..300, Some(0.0), &mut log);
    add_end(1, "quit", &mut log);
    assert_eq!(opened(&log).0.sensors[0].len(), 300);
}

#[test]
fn what_holds_no_sample_is_no_recording() {
    let mut log = Vec::new();
    add_head(&head(&["witmotion"]), &mut log).unwrap();
    add_bytes(0, 5, b"bootloader v2\r\n", &mut log);
    let refused = |bytes: &[u8]| read_bytes(&FORMAT, bytes, &ReadOptions::default()).unwrap_err();
    assert!(matches!(refused(&log), ReadError::NoRows));
    assert!(matches!(
        refused(b"neckrom log 2\r\n\x1a"),
        ReadError::Damaged { .. }
    ));
    assert!(matches!(refused(FIRST), ReadError::NoRows));
}
