//! YEI / Yost Labs 3-Space sensors: comma-separated rows under a comment that names their columns.
//!
//! The first line is ` # Data format: "%int(ChipTimeUS),%float(RawGyroX),%float(RawGyroY),…"`, with a
//! space before it; no header follows. Columns are chosen by name: `ChipTimeUS` counts microseconds in 32
//! bits; gyroscope in rad/s, accelerometer in g, specific force, `Corrected…` before `Raw…`; compass in
//! gauss is not used. Quaternions (`…QuatX` … `…QuatW`, or `…Orient0` …) have the scalar last.
//!
//! The quaternions turn about left-handed axes unless the sensor was set otherwise: X right, Y up, Z
//! forward, and are brought to right-handed ones with Z up; the vectors' Z is mirrored with them. A sensor
//! set to right-handed axes with Z up needs `--left-handed z --up y` to undo that. Without a quaternion
//! the vectors stay as they are.

use nalgebra::Vector3;

use super::channels::{SensorColumns, Triple, even_times, no_orientation, triple, unwrapped};
use super::convention::{Convention, Mirror, Up};
use super::header::{Delimiter, Header, split_lines};
use super::lines::{self, Lines};
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::{Recording, SensorSamples};
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "yei-3space",
    title: "YEI / Yost Labs 3-Space (CSV under a '# Data format' comment)",
    extensions: &["txt", "csv"],
    gives: "gyroscope, accelerometer; quaternion",
    checked: "1 real file of raw values; quaternion from documentation",
    detect,
    together: alone,
    read,
};

const COMMENT: &str = "# Data format:";
/// `ChipTimeUS` has 32 bits.
const TICKS: f64 = 4_294_967_296.0;

fn detect(bytes: &[u8]) -> Detected {
    let mut lines = split_lines(bytes);
    match lines.next().and_then(header) {
        Some(_) => Detected::Recording,
        None => Detected::No,
    }
}

/// The names in the comment: `"%type(Name),%type(Name)"`.
fn header(line: &[u8]) -> Option<Header> {
    let text = lines::text(line);
    let list = text.trim().strip_prefix(COMMENT)?.trim().trim_matches('"');
    let name = |item: &str| {
        let (_, name) = item.split_once('(')?;
        Some(name.trim().strip_suffix(')')?.to_owned())
    };
    let names: Vec<String> = list.split(',').map(name).collect::<Option<_>>()?;
    let mut header = Header::from_names(names, Delimiter::Byte(b','));
    header.comment = Some(b'#');
    Some(header)
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    if !lines.advance()? {
        return Err(ReadError::Empty);
    }
    let header = header(lines.line()).ok_or(ReadError::NoRows)?;
    let columns = columns(&header);
    if !columns.has_orientation() {
        return Err(no_orientation(&header));
    }
    let table = header.read(&mut lines, &columns.wanted(), warnings)?;
    let time_s = if let Some(time) = columns.time {
        microseconds(table.column(time))
    } else {
        let rate_hz = options.rate_hz.ok_or(ReadError::NoRate)?;
        even_times(table.rows(), rate_hz)
    };
    let mut sensor = columns.samples(&table, time_s, options);
    if sensor.earth_from_sensor.is_some() {
        to_right_handed(&mut sensor);
    }
    Ok(Recording::of_one(sensor))
}

fn microseconds(counts: &[f64]) -> Vec<f64> {
    let counts = unwrapped(counts, TICKS);
    counts.into_iter().map(|count| count / 1e6).collect()
}

fn columns(header: &Header) -> SensorColumns {
    SensorColumns {
        time: header.find("ChipTimeUS"),
        quaternion: quaternion(header),
        gyro: vector(header, "Gyro", 1.0),
        accel: vector(header, "Accel", STANDARD_GRAVITY_M_S2),
        ..SensorColumns::default()
    }
}

/// The columns of a vector, corrected if there is such a one.
fn vector(header: &Header, channel: &str, scale: f64) -> Option<Triple> {
    ["Corrected", "Corr", "Raw", ""].iter().find_map(|kind| {
        let names = ["X", "Y", "Z"].map(|axis| format!("{kind}{channel}{axis}"));
        triple(header, names.each_ref().map(String::as_str), scale)
    })
}

/// The columns whose names end with the components of a quaternion, w first; what was not tared first.
fn quaternion(header: &Header) -> Option<[usize; 4]> {
    let ends = |name: &str, end: &str| name.to_ascii_lowercase().ends_with(end);
    let of = |ends_with: [&str; 4], untared: bool| {
        let column = |end: &str| {
            header.names.iter().position(|name| {
                let quaternion = ends(name, end);
                quaternion && name.to_ascii_lowercase().starts_with("untared") == untared
            })
        };
        let [w, x, y, z] = ends_with.map(column);
        Some([w?, x?, y?, z?])
    };
    let lettered = ["quatw", "quatx", "quaty", "quatz"];
    let numbered = ["orient3", "orient0", "orient1", "orient2"];
    let counted = ["quat3", "quat0", "quat1", "quat2"];
    [lettered, numbered, counted]
        .into_iter()
        .find_map(|names| of(names, true).or_else(|| of(names, false)))
}

/// From axes X right, Y up, Z forward. A mirrored Z turns over the Z of vectors, and the X and Y of turns.
fn to_right_handed(sensor: &mut SensorSamples) {
    let convention = Convention {
        left_handed: Some(Mirror::Z),
        up: Up::Y,
        ..Convention::default()
    };
    convention.apply_to(sensor);
    let turn = |values: &mut Option<Vec<Vector3<f64>>>, signs: Vector3<f64>| {
        for value in values.iter_mut().flatten() {
            value.component_mul_assign(&signs);
        }
    };
    turn(&mut sensor.accel_m_s2, Vector3::new(1.0, 1.0, -1.0));
    turn(&mut sensor.gyro_rad_s, Vector3::new(-1.0, -1.0, 1.0));
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::UnitQuaternion;

    use super::*;
    use crate::read::read_bytes;

    const RAW: &str = " # Data format: \"%int(ChipTimeUS),%float(RawGyroX),%float(RawGyroY),\
                       %float(RawGyroZ),%float(RawCompassX),%float(RawAccelX),%float(RawAccelY),\
                       %float(RawAccelZ)\"\r\n";

    fn recording(text: &str) -> Result<Recording, ReadError> {
        read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).map(|read| read.0)
    }

    #[test]
    fn raw_values_are_chosen_by_name() {
        assert_eq!(detect(RAW.as_bytes()), Detected::Recording);
        let rows = "4294967000,0.1,0,0,5,0,0,1\r\n704,0.1,0,0,5,0,0,1\r\n";
        let read = recording(&format!("{RAW}{rows}")).unwrap();
        let sensor = &read.sensors[0];
        assert_relative_eq!(sensor.duration_s(), 0.001, epsilon = 1e-9);
        assert_relative_eq!(sensor.gyro_rad_s.as_ref().unwrap()[0].x, 0.1);
        assert_relative_eq!(sensor.accel_m_s2.as_ref().unwrap()[0].z, 9.806_65);
        assert!(sensor.earth_from_sensor.is_none());
    }

    #[test]
    fn left_handed_quaternions_agree_with_their_vectors() {
        // Y up and at rest; then a quarter turn about X, by the left hand: up lies along -Z.
        let text = "# Data format: \"%int(ChipTimeUS),%float(TaredQuatX),%float(TaredQuatY),\
                    %float(TaredQuatZ),%float(TaredQuatW),%float(CorrectedGyroX),\
                    %float(CorrectedGyroY),%float(CorrectedGyroZ),%float(CorrectedAccelX),\
                    %float(CorrectedAccelY),%float(CorrectedAccelZ)\"\n\
                    0,0,0,0,1,0,0,0,0,1,0\n10000,0.70710678,0,0,0.70710678,0,0,0,0,0,-1\n";
        let read = recording(text).unwrap();
        let sensor = &read.sensors[0];
        let turns = sensor.earth_from_sensor.as_ref().unwrap();
        for (turn, accel) in turns.iter().zip(sensor.accel_m_s2.as_ref().unwrap()) {
            let up = UnitQuaternion::new_normalize(*turn) * accel;
            assert_relative_eq!(up, Vector3::z() * 9.806_65, epsilon = 1e-6);
        }
    }

    #[test]
    fn without_orientation_it_says_so() {
        let text = "# Data format: \"%int(ChipTimeUS),%float(RawGyroX)\"\n0,1\n";
        assert!(matches!(
            recording(text),
            Err(ReadError::NoOrientation { .. })
        ));
        assert_eq!(detect(b"# Data format: x\n"), Detected::No);
    }
}
