//! Lines that no sketch here prints, described by their columns: listened to, captured, and read back
//! from the log without being told again.

#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use neckrom::protocol::Sample;
use neckrom::read::{ReadOptions, open};

use crate::capture::{Capture, Port, flexion_deg, folder, log_of, logged, samples, session};
use crate::support::{neckrom, run, word};

const COLUMNS: &str = "t_ms,qw,qx,qy,qz,gx_deg_s,gy_deg_s,gz_deg_s";

fn line(sample: &Sample) -> String {
    let turn = sample.earth_from_sensor.unwrap();
    let gyro = sample.gyro_rad_s.unwrap().map(f64::to_degrees);
    let time_ms = (sample.device_time_s.unwrap() * 1e3).round();
    format!(
        "{time_ms}, {:.4}, {:.4}, {:.4}, {:.4}, {:.2}, {:.2}, {:.2}\r\n",
        turn.w, turn.i, turn.j, turn.k, gyro.x, gyro.y, gyro.z
    )
}

#[test]
fn lines_are_captured_by_their_columns_and_the_log_keeps_them() {
    let (_folder, link, out) = folder();
    let mut port = Port::open(&link);
    let labels = "--subject s01 --visit 2 --plan none --mount +x,+z --baud 115200 --line";
    let mut words = vec!["capture", "--port", word(&link), "--out", word(&out)];
    words.extend(labels.split(' ').chain([COLUMNS]));
    let capture = Capture::start(neckrom().args(&words));
    let simulated = session(3);
    let samples = samples(&simulated.recording.sensors[0]);
    let start = Instant::now();
    let mut sent = "ready\r\n".len();
    port.send(b"ready\r\n");
    for sample in &samples {
        let due = Duration::from_secs_f64(sample.device_time_s.unwrap());
        std::thread::sleep(due.saturating_sub(start.elapsed()));
        let line = line(sample);
        sent += line.len();
        port.send(line.as_bytes());
    }
    let log = log_of(&out);
    crate::capture::wait_for("all bytes", || logged(&log).0.len() >= sent);
    capture.interrupt();
    let ran = capture.ended();
    assert_eq!(ran.code, 0, "{ran:?}");
    let opened = open(&log, &ReadOptions::default()).unwrap();
    let sensor = &opened.recording.sensors[0];
    assert_eq!(sensor.len(), samples.len());
    let flexion = neckrom::movement::Movement::Flexion;
    let true_deg = simulated.truth.mean_peak_deg(flexion).unwrap();
    let found_deg = flexion_deg(&log, "+x,+z");
    assert!((found_deg - true_deg).abs() < 0.5, "{found_deg} {true_deg}");
    // Nothing but the log says how a line is laid out.
    let again = run(&["analyze", word(&log), "--mount", "+x,+z"]);
    assert!(
        again.code == 0 && again.out.contains("Flexion"),
        "{again:?}"
    );
    let played = [
        "replay",
        word(&log),
        "--screen",
        "--json-lines",
        "--speed",
        "10",
    ];
    let played = run(&played);
    assert!(
        played.code == 0 && played.out.contains("\"state\":\"ok\""),
        "{played:?}"
    );
}

#[test]
fn lines_are_listened_to_and_a_wrong_name_lists_the_right_ones() {
    let (_folder, link, _) = folder();
    let mut port = Port::open(&link);
    // Goes on until the test has ended.
    std::thread::spawn(move || {
        for n in 0..3000 {
            port.send(format!("{},1,0,0,0,0,0,0\n", n * 10).as_bytes());
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let probe = |columns: &str| run(&["ports", "--probe", word(&link), "--line", columns]);
    let heard = probe(COLUMNS);
    assert_eq!(heard.code, 0, "{heard:?}");
    let said = "text-line at 115200 bits a second";
    assert!(
        heard.out.contains(said) && heard.out.contains(COLUMNS),
        "{heard:?}"
    );
    for (columns, part) in [
        (
            "t_ms,qw,qx,qy,oz",
            "no column 'oz'; columns are: t_s t_ms t_us count; qw qx",
        ),
        ("t_ms,qw,qx,qy", "a quaternion needs all of its parts once"),
        ("t_ms,ax_g,ay_g,az_g", "needs a quaternion, or three angles"),
    ] {
        let refused = probe(columns);
        assert!(
            refused.code == 2 && refused.err.contains(part),
            "{refused:?}"
        );
    }
}
