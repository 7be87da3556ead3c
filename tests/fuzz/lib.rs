//! Readers as fuzz targets see them.

use neckrom::read::neighbours::Nowhere;
use neckrom::read::{Detected, FORMATS, Format, Neighbours, ReadOptions, Source};
use neckrom::warning::Warnings;

/// Reads bytes with the format of this name, whatever they look like.
///
/// # Panics
/// When there is no such format.
pub fn read_as(name: &str, bytes: &[u8]) {
    let format = FORMATS.iter().find(|format| format.name == name);
    read(format.expect("a format of this name"), bytes);
}

/// Reads bytes with every format that says they are its own.
pub fn read_as_detected(bytes: &[u8]) {
    let first = &bytes[..bytes.len().min(neckrom::read::DETECT_BYTES)];
    for format in FORMATS {
        if (format.detect)(first) != Detected::No {
            read(format, bytes);
        }
    }
}

fn read(format: &Format, mut bytes: &[u8]) {
    let mut source = Source {
        reader: &mut bytes,
        length: None,
        name: "fuzz",
        neighbours: Neighbours::new(&Nowhere, "fuzz"),
    };
    let options = ReadOptions {
        rate_hz: Some(100.0),
        ..ReadOptions::default()
    };
    if let Ok(recording) = (format.read)(&mut source, &options, &mut Warnings::default()) {
        for sensor in recording.sensors {
            let length = sensor.time_s.len();
            assert!(sensor.earth_from_sensor.is_none_or(|channel| channel.len() == length));
            assert!(sensor.gyro_rad_s.is_none_or(|channel| channel.len() == length));
            assert!(sensor.accel_m_s2.is_none_or(|channel| channel.len() == length));
        }
    }
}
