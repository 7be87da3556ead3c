//! Files that are broken, empty, or something else: an error that says what to do, never a panic.

use std::io::Write as _;
use std::path::Path;

use neckrom::read::{self, Opened, ReadError, ReadOptions};
use neckrom::sample::{Recording, SensorSamples};
use neckrom::warning::Warning;
use neckrom::write;

use crate::support::Noise;

const HEADER: &str = "time_s,q_w,q_x,q_y,q_z\n";

/// Reads bytes as a file of this name.
fn open_as(name: &str, bytes: &[u8]) -> Result<Opened, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    read::open(&path, &ReadOptions::default())
}

fn open(text: &str) -> Result<Opened, ReadError> {
    open_as("a.csv", text.as_bytes())
}

fn rows(rows: &str) -> Result<Opened, ReadError> {
    open(&format!("{HEADER}{rows}"))
}

#[test]
fn nothing_to_read() {
    assert!(matches!(open(""), Err(ReadError::Empty)));
    assert!(matches!(rows(""), Err(ReadError::NoRows)));
    assert!(matches!(rows("\n\n"), Err(ReadError::NoRows)));
    let nan = rows("0,nan,nan,nan,nan\n1,,,,\n");
    assert!(
        matches!(
            nan,
            Err(ReadError::NothingUsable {
                what: "orientation"
            })
        ),
        "{nan:?}"
    );
    let zero = rows("0,0,0,0,0\n1,0,0,0,0\n");
    assert!(
        matches!(
            zero,
            Err(ReadError::NothingUsable {
                what: "orientation"
            })
        ),
        "{zero:?}"
    );
    let untimed = rows("nan,1,0,0,0\n,1,0,0,0\n");
    assert!(
        matches!(untimed, Err(ReadError::NothingUsable { what: "time" })),
        "{untimed:?}"
    );
}

#[test]
fn little_or_odd_is_read() {
    assert_eq!(rows("0,1,0,0,0\n").unwrap().recording.sensors[0].len(), 1);
    let backwards = rows("1,1,0,0,0\n0,1,0,0,0\n").unwrap();
    assert_eq!(backwards.recording.sensors[0].time_s, [1.0, 0.0]);
    let mut text = "0,1,0,0,0\n".repeat(30);
    text.push_str("0,1,0\n0,1,0,0,0,7\n0,1,0,");
    let ragged = rows(&text).unwrap();
    assert_eq!(ragged.recording.sensors[0].len(), 30);
    assert_eq!(ragged.warnings.count(Warning::RaggedRow), 2);
    assert_eq!(ragged.warnings.count(Warning::CutOff), 1);
}

#[test]
fn text_among_numbers_is_named_with_its_place() {
    let error = rows("0,1,0,0,0\n1,1,0,zero,0\n").unwrap_err().to_string();
    assert!(
        error.starts_with("line 3, column 4 (q_y): expected a number, found 'zero'"),
        "{error}"
    );
}

#[test]
fn something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = read::open(folder.path(), &ReadOptions::default());
    assert!(matches!(refused, Err(ReadError::NoRecordingInside)));
    let missing = read::open(&folder.path().join("none.csv"), &ReadOptions::default());
    assert!(matches!(missing, Err(ReadError::Io(_))));
    let png = open_as("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        .unwrap_err()
        .to_string();
    assert!(png.contains("a picture"), "{png}");
    assert!(!png.contains('\0'), "{png}");
    let companion = open_as(
        "Temperature.csv",
        b"Timestamp (us),Temperature (degC)\n1,30\n",
    );
    assert!(matches!(companion, Err(ReadError::Companion { .. })));
}

#[test]
fn two_gigabytes_of_zeros_fail_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zeros.csv");
    std::fs::File::create(&path)
        .unwrap()
        .set_len(2 << 30)
        .unwrap();
    let start = std::time::Instant::now();
    let refused = read::open(&path, &ReadOptions::default());
    assert!(matches!(refused, Err(ReadError::Unrecognised { .. })));
    assert!(start.elapsed().as_secs() < 2);
}

#[test]
fn a_line_without_end_is_refused() {
    let long = rows(&"1".repeat(3 << 20)).unwrap_err();
    assert!(matches!(long, ReadError::LineTooLong { line: 2 }), "{long}");
    let mut zeros = HEADER.as_bytes().to_vec();
    zeros.resize(4 << 20, 0);
    assert!(matches!(
        open_as("a.csv", &zeros),
        Err(ReadError::LineTooLong { line: 2 })
    ));
}

/// A small file of each format that this program writes, and of others, with their names.
fn small_files() -> Vec<(&'static str, Vec<u8>)> {
    let count = 120;
    let sensor = SensorSamples {
        time_s: (0..count).map(|index| f64::from(index) * 0.01).collect(),
        earth_from_sensor: Some(vec![nalgebra::Quaternion::identity(); 120]),
        gyro_rad_s: Some(vec![nalgebra::Vector3::x(); 120]),
        ..SensorSamples::default()
    };
    let recording = Recording {
        sensors: vec![sensor],
        ..Recording::default()
    };
    let csv = write::native_csv(&recording);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(&csv).unwrap();
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let text = |head: &str, row: &str| format!("{head}{}", row.repeat(100)).into_bytes();
    vec![
        (
            "a.csv.zst",
            ruzstd::encoding::compress_to_vec(csv.as_slice(), level),
        ),
        ("a.csv", csv),
        ("a.csv.gz", gz.finish().unwrap()),
        ("a.parquet", write::parquet(&recording).unwrap()),
        (
            "a.sto",
            text(
                "DataType=Quaternion\nversion=3\nendheader\ntime\thead_imu\ttorso_imu\n",
                "0.1\t1,0,0,0\t0.5,0.5,0.5,0.5\n",
            ),
        ),
        (
            "a.txt",
            text(
                "// Update Rate: 100.0Hz\nCounter\tAcc_X\tQuat_w\tQuat_x\tQuat_y\tQuat_z\n",
                "17\t\t1\t0\t0\t0\t\n",
            ),
        ),
        (
            "dot.csv",
            text(
                "sep=,\nDeviceTag:,A\n\nPacketCounter,SampleTimeFine,Euler_X,Euler_Y,Euler_Z\n",
                "1, 16667, 1, 2, 3\n",
            ),
        ),
        (
            "plain.csv",
            text("t (ms),\"w1\",x1,y1,z1\n", "10,\"1\",0,0,0\n"),
        ),
    ]
}

/// Reads or fails; what is read keeps the promises of a recording.
fn survives(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
    let Ok(opened) = read::open(path, &ReadOptions::default()) else {
        return;
    };
    for sensor in &opened.recording.sensors {
        let length = sensor.len();
        assert!(length > 0 && sensor.time_s.iter().all(|time| time.is_finite()));
        assert!(
            sensor
                .earth_from_sensor
                .as_ref()
                .is_none_or(|all| all.len() == length)
        );
        assert!(
            sensor
                .gyro_rad_s
                .as_ref()
                .is_none_or(|all| all.len() == length)
        );
    }
}

#[test]
fn every_truncation_is_survived() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in small_files() {
        let path = folder.path().join(name);
        for length in (0..bytes.len())
            .step_by(97)
            .chain([bytes.len() - 1, bytes.len()])
        {
            survives(&path, &bytes[..length]);
        }
        read::open(&path, &ReadOptions::default()).unwrap();
    }
}

#[test]
fn flipped_bytes_are_survived() {
    let folder = tempfile::tempdir().unwrap();
    let mut noise = Noise(0x2545_f491_4f6c_dd1d);
    for (name, bytes) in small_files() {
        let path = folder.path().join(name);
        for _ in 0..60 {
            let mut flipped = bytes.clone();
            (0..3).for_each(|_| flip(&mut flipped, noise.next()));
            survives(&path, &flipped);
        }
    }
}

/// Replaces one byte, or turns one bit of it.
fn flip(bytes: &mut [u8], random: u64) {
    let [value, kind, ..] = random.to_le_bytes();
    let length = bytes.len() as u64;
    let at = usize::try_from((random >> 16) % length).unwrap();
    bytes[at] = if kind < 128 {
        value
    } else {
        bytes[at] ^ (1 << (value % 8))
    };
}

#[test]
fn the_sidecar_beside_is_applied_or_warned_about() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sub-01_ses-02_task-flexion_motion.csv");
    std::fs::write(&path, format!("{HEADER}0,1,0,0,0\n")).unwrap();
    let opened = read::open(&path, &ReadOptions::default()).unwrap();
    let about = &opened.recording.about;
    assert_eq!(
        (about.subject.as_deref(), about.task.as_deref()),
        (Some("01"), Some("flexion"))
    );
    assert_eq!(opened.sha256.len(), 64);
    let sidecar = path.with_extension("json");
    std::fs::write(
        &sidecar,
        r#"{"subject": "A7", "mount": "+x,+z", "visit": 3}"#,
    )
    .unwrap();
    let opened = read::open(&path, &ReadOptions::default()).unwrap();
    let about = &opened.recording.about;
    assert_eq!(
        (about.subject.as_deref(), about.visit.as_deref()),
        (Some("A7"), Some("02"))
    );
    assert!(about.head_mount.is_some());
    assert_eq!(opened.warnings.count(Warning::Sidecar), 1);
}

#[test]
fn a_rate_stands_in_for_times_that_are_few() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seconds.csv");
    let row = |index: i32| format!("2026-01-12 10:15:{:02},1,0,0,0\n", index / 25);
    let rows: String = (0..250).map(row).collect();
    std::fs::write(&path, format!("Timestamp,qw,qx,qy,qz\n{rows}")).unwrap();
    let opened = read::open(&path, &ReadOptions::default()).unwrap();
    let refused = opened.refuse_misread(false).unwrap_err().to_string();
    assert!(refused.contains("--rate"), "{refused}");
    let options = ReadOptions {
        rate_hz: Some(25.0),
        ..ReadOptions::default()
    };
    let opened = read::open(&path, &options).unwrap();
    assert!(opened.refuse_misread(false).is_ok());
    let sensor = &opened.recording.sensors[0];
    assert!((sensor.duration_s() - 249.0 / 25.0).abs() < 1e-6);
    assert_eq!(opened.warnings.count(Warning::RateAssumed), 1);
}
