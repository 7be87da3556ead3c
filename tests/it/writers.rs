//! What is written and read back is the same recording, and has the same ROM.

use std::path::{Path, PathBuf};

use neckrom::movement::Movement;
use neckrom::read::{self, Opened, ReadOptions};
use neckrom::sample::Recording;
use neckrom::write::{self, Job, Shape};
use neckrom::{pipeline, simulate};

use crate::support::{Ran, run};

/// Two sensors with all channels, one of them with its own times.
fn simulated(trunk: bool) -> Recording {
    let settings = simulate::Settings {
        rate_hz: 50.0,
        trunk,
        channels: simulate::Channels::Both,
        practice: 0,
        recorded: 1,
        date: Some("2026-01-12".to_owned()),
        crooked_deg: [4.0, -8.0, 6.0],
        ..simulate::Settings::default()
    };
    simulate::simulate(&settings).unwrap().recording
}

fn rom_deg(recording: &Recording) -> Vec<f64> {
    let analysis = pipeline::analyze(recording.clone(), &pipeline::Settings::default()).unwrap();
    let mean = |movement: Movement| analysis.movements[movement as usize].mean_rad;
    Movement::ALL
        .map(|movement| mean(movement).unwrap().to_degrees())
        .to_vec()
}

fn save(recording: &Recording, format: &write::Format, folder: &Path) -> PathBuf {
    let settings = pipeline::Settings::default();
    let job = Job {
        recording,
        settings: &settings,
    };
    let written = (format.write)(&job).unwrap();
    let path = folder.join(match format.shape {
        Shape::File(ending) => format!("a.{ending}"),
        Shape::Folder => format!("{}_{}", format.name, recording.sensors.len()),
    });
    for file in written.files {
        let path = if file.path.is_empty() {
            path.clone()
        } else {
            path.join(file.path)
        };
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &file.bytes).unwrap();
    }
    path
}

fn open(path: &Path) -> Opened {
    read::open(path, &ReadOptions::default())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[track_caller]
fn assert_same_orientation(read: &Recording, written: &Recording, angle_deg: f64) {
    assert_eq!(read.sensors.len(), written.sensors.len());
    for (read, written) in read.sensors.iter().zip(&written.sensors) {
        assert_eq!(read.place, written.place);
        assert_eq!(read.len(), written.len());
        let times = read.time_s.iter().zip(&written.time_s);
        assert!(times.into_iter().all(|(a, b)| (a - b).abs() < 1e-9));
        let both = read.earth_from_sensor.iter().flatten();
        for (a, b) in both.zip(written.earth_from_sensor.iter().flatten()) {
            let dot = a.normalize().coords.dot(&b.normalize().coords).abs();
            let angle = 2.0 * dot.min(1.0).acos().to_degrees();
            assert!(angle < angle_deg, "{angle}");
        }
    }
}

#[test]
fn files_are_read_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    for trunk in [false, true] {
        let mut recording = simulated(trunk);
        for format in write::FORMATS {
            // C3D is only written.
            if !read::FORMATS.iter().any(|read| read.name == format.name) {
                continue;
            }
            let opened = open(&save(&recording, format, folder.path()));
            assert_eq!(opened.format.name, format.name);
            assert_same_orientation(&opened.recording, &recording, 1e-5);
            let same = rom_deg(&recording)
                .iter()
                .zip(rom_deg(&opened.recording))
                .all(|(a, b)| (a - b).abs() < 1e-4);
            assert!(same, "{}", format.name);
        }
        // Raw channels alone are fused for a format that holds nothing else.
        for sensor in &mut recording.sensors {
            sensor.earth_from_sensor = None;
        }
        let sto = write::format_named("sto").unwrap();
        let opened = open(&save(&recording, sto, folder.path()));
        let pairs = rom_deg(&recording)
            .into_iter()
            .zip(rom_deg(&opened.recording));
        for (a, b) in pairs {
            assert!((a - b).abs() < 0.02, "{a} {b}");
        }
    }
}

#[test]
fn every_sensor_of_a_real_file_is_written_again() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples/opensense_sto");
    let Ok(entries) = path.read_dir() else {
        eprintln!("skipped: {} is not here", path.display());
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for entry in entries.map(|entry| entry.unwrap().path()) {
        let Ok(opened) = read::open(&entry, &ReadOptions::default()) else {
            continue;
        };
        if opened.recording.sensors[0].duration_s() < 2.0 {
            continue;
        }
        let sto = write::format_named("sto").unwrap();
        let again = open(&save(&opened.recording, sto, folder.path()));
        assert_eq!(
            again.recording.sensors.len(),
            opened.recording.sensors.len()
        );
        assert_eq!(
            again.recording.sensors[0].len(),
            opened.recording.sensors[0].len()
        );
        count += 1;
    }
    assert!(count > 0);
}

/// Runs `convert` on a sample of two visits.
fn convert(words: &[&str]) -> Ran {
    run(&[&["convert"], words].concat())
}

#[test]
fn what_a_format_cannot_hold_is_said_and_files_are_the_owner_s() {
    let raw = "sample_data/sub-01/ses-02/sub-01_ses-02_task-protocol_motion.csv";
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a.sto").display().to_string();
    let ran = convert(&[raw, "--out", &out]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let expected = "note: .sto holds no gyroscope\nnote: .sto holds no accelerometer\n";
    assert_eq!(ran.err, expected);
    let set = folder.path().join("set").display().to_string();
    let bids = ["--format", "bids-motion", "--out", &set];
    let ran = convert(&[&[raw][..], &bids].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    let again = convert(&[&[raw, "--visit", "03"][..], &bids].concat());
    assert_eq!(again.code, 0, "{again:?}");
    let stem = "motion/sub-01_ses-03_task-protocol_tracksys-imu_motion.tsv";
    let motion = folder.path().join("set/sub-01/ses-03").join(stem);
    assert_eq!(crate::support::text(&motion).lines().count(), 11_153);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(&motion), mode(folder.path().join("set").as_path())),
            (0o600, 0o700)
        );
    }
    let other = "sample_data/sub-01/ses-01/sub-01_ses-01_task-protocol_motion.csv";
    let refused = convert(&[&[other, "--visit", "03"][..], &bids].concat());
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("another recording"), "{refused:?}");
}

#[test]
fn c3d_has_the_angles_of_the_analysis_and_without_them_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a.c3d").display().to_string();
    let recording = simulated(false);
    let long = write::native_csv(&recording);
    let still = folder.path().join("moving.csv");
    // The protocol without its still start and end: no neutral can be found in one second of turning.
    let lines: Vec<&str> = std::str::from_utf8(&long).unwrap().lines().collect();
    let turning = format!(
        "{}\n{}\n",
        lines[..3].join("\n"),
        lines[170..275].join("\n")
    );
    std::fs::write(&still, turning).unwrap();
    let ran = convert(&[still.to_str().unwrap(), "--out", &out]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("note: no neck angles: "), "{ran:?}");
    let bytes = std::fs::read(&out).unwrap();
    assert!(!bytes.windows(12).any(|window| window == b"neck_flexion"));
}
