//! What the CSV files of x-io's sensors have in common: a file a kind of message, with a column of
//! times or packet numbers, and names of columns with the axis and the unit in them.

use super::channels::{SensorColumns, Triple, four, no_orientation, triple};
use super::header::{Delimiter, Header};
use super::lines::Lines;
use super::{Detected, ReadError, ReadOptions};
use crate::sample::SensorSamples;
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::Warnings;

const RAD_S_PER_DEG_S: f64 = std::f64::consts::PI / 180.0;
const UT_PER_GAUSS: f64 = 100.0;

/// Names of the quaternion's columns, in all generations.
const QUATERNIONS: [[&str; 4]; 3] = [
    ["W", "X", "Y", "Z"],
    ["W Element", "X Element", "Y Element", "Z Element"],
    ["Element 1", "Element 2", "Element 3", "Element 4"],
];

/// The header of a file whose first column is `time`.
pub(super) fn header(bytes: &[u8], time: &str) -> Option<Header> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let line = bytes.split(|&byte| byte == b'\n').next()?;
    let header = Header::new(line, Delimiter::Byte(b','));
    header
        .names
        .first()
        .is_some_and(|name| name == time)
        .then_some(header)
}

/// What a file with this header is of a sensor's files.
pub(super) fn kind(header: &Header) -> Detected {
    let columns = columns(header);
    if columns.quaternion.is_some() {
        Detected::Recording
    } else if columns.has_orientation() {
        Detected::Lesser
    } else {
        Detected::Companion
    }
}

/// The channels in a header; the first column is the time.
fn columns(header: &Header) -> SensorColumns {
    SensorColumns {
        time: Some(0),
        quaternion: QUATERNIONS
            .into_iter()
            .find_map(|names| four(header, names)),
        gyro: axes(header, "Gyroscope", "deg/s", RAD_S_PER_DEG_S),
        accel: axes(header, "Accelerometer", "g", STANDARD_GRAVITY_M_S2),
        mag: axes(header, "Magnetometer", "uT", 1.0)
            .or_else(|| axes(header, "Magnetometer", "G", UT_PER_GAUSS)),
        ..SensorColumns::default()
    }
}

fn axes(header: &Header, kind: &str, unit: &str, scale: f64) -> Option<Triple> {
    let names = ["X", "Y", "Z"].map(|axis| format!("{kind} {axis} ({unit})"));
    triple(header, names.each_ref().map(String::as_str), scale)
}

/// One file of messages: quaternions, or gyroscope and accelerometer. `unit_s` is one of the first
/// column in seconds.
pub(super) fn messages(
    lines: &mut Lines<'_>,
    unit_s: f64,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<SensorSamples, ReadError> {
    if !lines.advance()? {
        return Err(ReadError::Empty);
    }
    let header = Header::new(lines.line(), Delimiter::Byte(b','));
    let columns = columns(&header);
    if !columns.has_orientation() {
        return Err(no_orientation(&header));
    }
    let table = header.read(lines, &columns.wanted(), warnings)?;
    let time_s = table.column(0).iter().map(|time| time * unit_s).collect();
    Ok(columns.samples(&table, time_s, options))
}

/// Turns quaternions that are earth to sensor round.
pub(super) fn turn_round(sensor: &mut SensorSamples) {
    for q in sensor.earth_from_sensor.iter_mut().flatten() {
        *q = q.conjugate();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_files_show_in_their_headers() {
        let kind_of = |text: &str| kind(&header(text.as_bytes(), "Time (s)").unwrap());
        assert_eq!(kind_of("\u{feff}Time (s),W,X,Y,Z\r\n"), Detected::Recording);
        let inertial = "Time (s),Gyroscope X (deg/s),Gyroscope Y (deg/s),Gyroscope Z (deg/s),\
                        Accelerometer X (g),Accelerometer Y (g),Accelerometer Z (g)";
        assert_eq!(kind_of(inertial), Detected::Lesser);
        assert_eq!(kind_of("Time (s),Humidity (%)\n"), Detected::Companion);
        assert!(header(b"Timestamp (us),W,X,Y,Z\n", "Time (s)").is_none());
    }

    #[test]
    fn units_stand_in_the_names() {
        let header = Header::new(
            b"Packet number,Magnetometer X (G),Magnetometer Y (G),Magnetometer Z (G)",
            Delimiter::Byte(b','),
        );
        let mag = columns(&header).mag.map(|mag| mag.scale.to_bits());
        assert_eq!(mag, Some(UT_PER_GAUSS.to_bits()));
    }
}
