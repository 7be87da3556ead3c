//! Several files as one recording: folders, archives, and files whose names begin alike.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use neckrom::read::{self, ReadError, ReadOptions};
use neckrom::sample::{Clocks, Recording, SensorPlace};
use neckrom::warning::Warning;

use crate::support::{run, word};

/// One sensor of an MT Manager trial; the counter begins at `first`.
fn xsens(first: usize) -> String {
    let header = "// Update Rate: 100.0Hz\nPacketCounter\tQuat_q0\tQuat_q1\tQuat_q2\tQuat_q3\n";
    let row = |count: usize| format!("{count:05}\t1\t0\t0\t0\n");
    let rows: String = (first..first + 50).map(row).collect();
    format!("{header}{rows}")
}

fn ximu3() -> String {
    let row = |index: usize| format!("{},1,0,0,0\n", 10_000 * index);
    let rows: String = (0..50).map(row).collect();
    format!("Timestamp (us),W,X,Y,Z\n{rows}")
}

fn put(root: &Path, files: &[(&str, String)]) {
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn trial() -> [(&'static str, String); 2] {
    [
        ("MT_01200_walk-000_00B42D4D.txt", xsens(10)),
        ("MT_01200_walk-000_00B42D4E.txt", xsens(15)),
    ]
}

fn opened(path: &Path) -> Result<Recording, ReadError> {
    read::open(path, &ReadOptions::default()).map(|opened| opened.recording)
}

fn names(recording: &Recording) -> Vec<&str> {
    let names = recording.sensors.iter().map(|sensor| sensor.name.as_str());
    names.collect()
}

fn archive(path: &Path, files: &[(&str, String)]) -> PathBuf {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, text) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    path.to_owned()
}

#[test]
fn a_file_a_sensor_is_one_recording_by_folder_archive_or_name() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("trial");
    put(&inside, &trial());
    let zip = archive(&folder.path().join("trial.zip"), &trial());
    for path in [inside.clone(), zip, inside.join("MT_01200_walk-000")] {
        let recording = opened(&path).unwrap();
        assert_eq!(
            names(&recording),
            ["00B42D4D", "00B42D4E"],
            "{}",
            path.display()
        );
        assert_eq!(recording.clocks, Clocks::Counted);
        let starts: Vec<f64> = recording.sensors.iter().map(|one| one.time_s[0]).collect();
        assert!((starts[1] - starts[0] - 0.05).abs() < 1e-9, "{starts:?}");
    }
    let alone = opened(&inside.join("MT_01200_walk-000_00B42D4D.txt")).unwrap();
    assert_eq!(alone.sensors.len(), 1);
    assert!(matches!(
        opened(&inside.join("MT_0")),
        Err(ReadError::Io(_))
    ));
}

#[test]
fn folders_of_devices_are_sensors_named_after_them() {
    let folder = tempfile::tempdir().unwrap();
    put(
        folder.path(),
        &[
            ("s1/Head 0123ABCD (USB)/Quaternion.csv", ximu3()),
            ("s1/Chest 0123ABCE (USB)/Quaternion.csv", ximu3()),
            (
                "s1/Chest 0123ABCE (USB)/Battery.csv",
                "Timestamp (us),Voltage (V)\n1,4\n".to_owned(),
            ),
        ],
    );
    let recording = opened(&folder.path().join("s1")).unwrap();
    assert_eq!(recording.clocks, Clocks::Separate);
    let at = |place| recording.sensor_at(place).unwrap().name.clone();
    assert!(
        at(SensorPlace::Head).starts_with("Head"),
        "{:?}",
        names(&recording)
    );
    assert!(at(SensorPlace::Trunk).starts_with("Chest"));
    let found = read::find_recordings(&[folder.path().to_owned()]);
    assert_eq!(found.recordings, [folder.path().join("s1")]);
    assert!(found.passed_over.is_empty(), "{:?}", found.passed_over);
}

#[test]
fn trials_in_one_folder_are_found_apart_and_a_folder_of_several_says_so() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), &trial());
    put(
        folder.path(),
        &[
            ("MT_01200_walk-001_00B42D4D.txt", xsens(1)),
            (
                "skipped/a.csv",
                "time_s,q_w,q_x,q_y,q_z\n0,1,0,0,0\n".to_owned(),
            ),
            ("skipped/.neckrom-skip", String::new()),
        ],
    );
    let found = read::find_recordings(&[folder.path().to_owned()]);
    let expected = ["MT_01200_walk-000", "MT_01200_walk-001_00B42D4D.txt"];
    assert_eq!(
        found.recordings,
        expected.map(|name| folder.path().join(name))
    );
    for path in &found.recordings {
        opened(path).unwrap();
    }
    let error = opened(folder.path()).unwrap_err();
    assert!(
        matches!(error, ReadError::SeveralInside { count: 2, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("MT_01200_walk-000"), "{error}");
}

#[test]
fn a_sensor_that_cannot_be_read_is_left_out_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = trial();
    files[1].1.truncate(80);
    put(folder.path(), &files);
    let opened = read::open(folder.path(), &ReadOptions::default()).unwrap();
    assert_eq!(opened.recording.sensors.len(), 1);
    assert_eq!(opened.warnings.count(Warning::SensorLeftOut), 1);
}

#[test]
fn hostile_archives_are_refused_or_read_inside_their_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    let climbing = archive(
        &path,
        &[("../Quaternion.csv", ximu3()), ("/Quaternion.csv", ximu3())],
    );
    assert!(matches!(
        opened(&climbing),
        Err(ReadError::NoRecordingInside)
    ));
    let whole = std::fs::read(archive(&path, &[("Quaternion.csv", ximu3())])).unwrap();
    assert_eq!(opened(&path).unwrap().sensors[0].len(), 50);
    for cut in (5..whole.len()).step_by(7) {
        std::fs::write(&path, &whole[..cut]).unwrap();
        assert!(opened(&path).is_err(), "{cut}");
    }
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x41;
        std::fs::write(&path, &flipped).unwrap();
        drop(opened(&path));
    }
}

#[test]
fn open_places_are_asked_for_with_the_list() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), &trial());
    let ran = run(&["analyze", word(folder.path())]);
    assert_ne!(ran.code, 0);
    for said in ["00B42D4D", "00B42D4E", "--head"] {
        assert!(ran.err.contains(said), "{}", ran.err);
    }
}

/// A DOT that nobody has named.
fn dot(header: &str, row: &str) -> String {
    let row = |index: usize| format!("{}{row}\n", 33_000 + index * 1000 / 6);
    let rows: String = (0..50).map(row).collect();
    format!("DeviceTag: Movella DOT,SyncStatus: Synced\n{header}\n{rows}")
}

#[test]
fn sensors_that_are_called_alike_are_called_after_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let quaternions = || dot("SampleTimeFine,Quat_W,Quat_X,Quat_Y,Quat_Z", ",1,0,0,0");
    put(
        folder.path(),
        &[
            ("logfile_D4-22-CD-00-A8-13.csv", quaternions()),
            ("logfile_D4-22-CD-00-A8-17.csv", quaternions()),
        ],
    );
    let recording = opened(folder.path()).unwrap();
    let expected = ["logfile_D4-22-CD-00-A8-13", "logfile_D4-22-CD-00-A8-17"];
    assert_eq!(names(&recording), expected);
    assert_eq!(recording.clocks, Clocks::Shared);
    let options = ReadOptions {
        head: Some(expected[1].to_owned()),
        ..ReadOptions::default()
    };
    let said = read::open(folder.path(), &options).unwrap().recording;
    assert_eq!(said.sensor_at(SensorPlace::Head).unwrap().name, expected[1]);
}

#[test]
fn devices_that_did_not_answer_are_sensors_too() {
    let folder = tempfile::tempdir().unwrap();
    put(
        folder.path(),
        &[
            ("s/Connection 0/Quaternion.csv", ximu3()),
            ("s/Connection 1/Quaternion.csv", ximu3()),
        ],
    );
    let recording = opened(&folder.path().join("s")).unwrap();
    assert_eq!(names(&recording), ["Connection 0", "Connection 1"]);
}

#[test]
fn numbers_without_a_header_are_read_with_their_channels_and_found_once() {
    let folder = tempfile::tempdir().unwrap();
    let channel = |part: &str| format!("q{part}\tquat_{part}\tORNT\thead\tn/a\n");
    let channels: String = ["w", "x", "y", "z"].map(channel).concat();
    let row = |index: usize| {
        let (sin, cos) = (index as f64 * 0.01).sin_cos();
        format!("{cos:.6}\t{sin:.6}\t0\t0\n")
    };
    let stem = "sub-01/motion/sub-01_task-nod_tracksys-imu";
    let paths = ["channels.tsv", "motion.tsv", "motion.json"].map(|end| format!("{stem}_{end}"));
    put(
        folder.path(),
        &[
            (
                &paths[0],
                format!("name\tcomponent\ttype\ttracked_point\tunits\n{channels}"),
            ),
            (&paths[1], (0..200).map(row).collect()),
            (&paths[2], "{\"SamplingFrequency\": 100}".to_owned()),
        ],
    );
    let found = read::find_recordings(&[folder.path().to_owned()]);
    assert_eq!(found.recordings, [folder.path().join(stem)]);
    assert!(found.passed_over.is_empty(), "{:?}", found.passed_over);
    assert_eq!(opened(&found.recordings[0]).unwrap().sensors[0].len(), 200);
}
