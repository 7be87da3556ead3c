//! Logs of Hocoma Valedo sensors, written by a Bluetooth monitor (`BlueSee`): text lines.
//!
//! `HH:MM:SS.ffff: received update from characteristic CF54BF43-…: <hex>` among other lines; the hex
//! has 20 bytes: quaternion w, x, y, z as 32-bit floats, microseconds in 24 bits, status, all little-endian. 50 a
//! second, of which 9 to 47 % are lost. The microseconds start again every 16.78 s; the time of day
//! in front of the line, which comes late and in bursts, says how often. Times are the sensor's, from the time of
//! day of the first line.
//!
//! Nothing in the file shows which way the quaternion turns. The sensor was made by Xsens, whose
//! others give sensor to earth, Z up; that is taken, with a warning.

use super::error::excerpt;
use super::lines::Lines;
use super::moment::{DAY_S, seconds};
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source, channels};
use crate::sample::{Recording, SensorSamples};
use crate::warning::{Warning, Warnings};
use nalgebra::Quaternion;

/// This format.
pub const FORMAT: Format = Format {
    name: "valedo-log",
    title: "Hocoma Valedo sensor, log of a Bluetooth monitor",
    extensions: &["txt"],
    gives: "quaternion, of which it is not known whether it is sensor to earth",
    checked: "from documentation and first lines of a real file",
    detect,
    together: alone,
    read,
};

const UPDATE: &[u8] = b": received update from characteristic CF54BF43-";
/// Microseconds have 24 bits.
const TICKS: f64 = 16_777_216.0;

fn detect(bytes: &[u8]) -> Detected {
    Detected::recording_if(memchr::memmem::find(bytes, UPDATE).is_some())
}

/// What a line with a quaternion says.
struct Packet {
    host_s: f64,
    quaternion: Quaternion<f64>,
    microseconds: f64,
}

fn read(
    source: &mut Source<'_>,
    _options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let (mut host_s, mut ticks, mut quaternions) = (Vec::new(), Vec::new(), Vec::new());
    while lines.advance()? {
        let line = lines.line();
        let Some(at) = memchr::memmem::find(line, UPDATE) else {
            continue;
        };
        match packet(line, at) {
            Some(packet) => {
                host_s.push(packet.host_s);
                ticks.push(packet.microseconds);
                quaternions.push(packet.quaternion);
            }
            None => warnings.add(Warning::CorruptFrame, || {
                format!("line {}: {}", lines.number(), excerpt(line, 60))
            }),
        }
    }
    if quaternions.is_empty() {
        return Err(ReadError::NoRows);
    }
    warnings.add(Warning::ConventionAssumed, || {
        "whether Valedo's quaternions are sensor to earth is not known; it was taken so \
         (--conjugate for the other way)"
            .to_owned()
    });
    let time_s = times(&channels::unwrapped(&host_s, DAY_S), &ticks);
    Ok(Recording::of_one(SensorSamples {
        name: place_in(source.name),
        time_s,
        earth_from_sensor: Some(quaternions),
        ..SensorSamples::default()
    }))
}

/// The line's time of day, and its 20 bytes.
fn packet(line: &[u8], at: usize) -> Option<Packet> {
    let host_s = seconds(line.get(..at)?)?;
    let hex = line.get(memchr::memchr(b'<', line)? + 1..memchr::memrchr(b'>', line)?)?;
    let digits = hex.iter().filter(|byte| !byte.is_ascii_whitespace());
    let digits: Option<Vec<u8>> = digits.map(|byte| hex_digit(*byte)).collect();
    let bytes: Vec<u8> = digits?
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect();
    let bytes: [u8; 20] = bytes.try_into().ok()?;
    let mut floats = [0.0; 4];
    for (float, four) in floats.iter_mut().zip(bytes.chunks_exact(4)) {
        *float = f64::from(f32::from_le_bytes(four.try_into().ok()?));
    }
    let [w, x, y, z] = floats;
    let microseconds = u32::from_le_bytes([bytes[16], bytes[17], bytes[18], 0]);
    Some(Packet {
        host_s,
        quaternion: Quaternion::new(w, x, y, z),
        microseconds: f64::from(microseconds),
    })
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// The sensor's time, made to rise on: as many turns of its counter as fit the host's best.
fn times(host_s: &[f64], ticks: &[f64]) -> Vec<f64> {
    let (Some(&host_first), Some(&first)) = (host_s.first(), ticks.first()) else {
        return Vec::new();
    };
    let mut last = (host_first, first, 0.0);
    let mut next = |(&host, &ticks): (&f64, &f64)| {
        let (last_host, last_ticks, elapsed_us) = last;
        let step = ticks - last_ticks;
        let expected = (host - last_host) * 1e6;
        let turns = ((expected - step) / TICKS).round();
        last = (host, ticks, elapsed_us + step + turns * TICKS);
        host_first + last.2 / 1e6
    };
    host_s.iter().zip(ticks).map(&mut next).collect()
}

/// The word for a place that the file's name begins with.
fn place_in(name: &str) -> String {
    let word = name.split(['_', '-', '.', ' ']).next().unwrap_or_default();
    let known = ["head", "neck", "back", "trunk", "chest"];
    let word = word.to_ascii_lowercase();
    if known.contains(&word.as_str()) {
        word
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    fn line(time: &str, hex: &str) -> String {
        format!("{time}: received update from characteristic CF54BF43-3D66___E8A6: <{hex}>\n")
    }

    #[test]
    fn packets_are_decoded_and_their_clock_rises_on() {
        let text = [
            "03:57:46.4150: connected in underlying BLE layer.\n".to_owned(),
            line(
                "23:59:59.9900",
                "0000803f 00000000 00000000 00000000 f0ffff3d",
            ),
            "23:59:59.9900: received update from characteristic 2A19___180F: <2e>\n".to_owned(),
            // 20 ms later, and then one turn and 20 ms later, after a gap.
            line(
                "00:00:00.0300",
                "0000003f 0000003f 0000003f 0000003f 104e003d",
            ),
            line(
                "00:00:16.9000",
                "0000803f 00000000 00000000 00000000 309c003d",
            ),
            line("00:00:17.0000", "0000803f 00000000"),
        ]
        .concat();
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let (read, warnings) =
            read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap();
        let sensor = &read.sensors[0];
        let elapsed: Vec<f64> = sensor.time_s.iter().map(|t| t - sensor.time_s[0]).collect();
        assert_relative_eq!(elapsed[1], 0.02, epsilon = 1e-9);
        assert_relative_eq!(elapsed[2], 0.04 + 16.777_216, epsilon = 1e-9);
        assert_relative_eq!(sensor.time_s[0], 86_399.99, epsilon = 1e-9);
        assert_relative_eq!(sensor.earth_from_sensor.as_ref().unwrap()[1].k, 0.5);
        assert_eq!(warnings.count(Warning::CorruptFrame), 1);
        assert_eq!(warnings.count(Warning::ConventionAssumed), 1);
    }

    #[test]
    fn a_file_may_be_named_after_the_place() {
        assert_eq!(place_in("Back_good_4.txt"), "back");
        assert_eq!(place_in("trial.txt"), "");
    }
}
