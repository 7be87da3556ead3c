//! APDM Opal: CSV of Motion Studio and Mobility Lab, all sensors side by side.
//!
//! One kind begins with `Test Name:` and `Sample Rate:`, then names
//! (`Time,<sensor>/Acceleration/X,…,<sensor>/Angular Velocity/X,…,<sensor>/Orientation/Scalar,…`),
//! then units; times are seconds. The other begins with `Format=7`: a line of IDs and labels, one of
//! channels and one of axes, a block of 14 columns a sensor; times are microseconds since 1970.
//!
//! The quaternion is scalar first, sensor to earth, north-west-up; m/s², rad/s, µT. The sensors share
//! one clock. The barometer of `Format=7` holds no numbers of use.

use super::channels::{SensorColumns, four, no_orientation, triple};
use super::header::{Delimiter, Header, first_line};
use super::lines::Lines;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::{Recording, SensorSamples};
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "apdm-csv",
    title: "APDM Opal (CSV, both kinds)",
    extensions: &["csv"],
    gives: "quaternion, gyroscope, accelerometer, magnetometer; several sensors",
    checked: "2 real files",
    detect,
    together: alone,
    read,
};

const BLOCKS: &str = "Format=7";
const NAMED: &str = "Test Name:";
/// Lines before the names of the columns that are looked at.
const PREAMBLE: usize = 20;
/// No system has more.
const MAX_SENSORS: usize = 64;

fn detect(bytes: &[u8]) -> Detected {
    let line = first_line(bytes);
    Detected::recording_if(is_blocks(line) || first_cell(line) == NAMED)
}

fn is_blocks(line: &[u8]) -> bool {
    first_cell(line) == BLOCKS
}

/// The first cell of a line.
fn first_cell(line: &[u8]) -> String {
    let mut cells = line.split(|byte| b",;\t".contains(byte));
    let cell = cells.next().unwrap_or_default();
    super::header::name(cell)
}

/// The columns of all sensors, and a unit of time.
struct Layout {
    header: Header,
    sensors: Vec<SensorColumns>,
    unit_s: f64,
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
    let layout = if is_blocks(lines.line()) {
        blocks(&mut lines)?
    } else {
        named(&mut lines)?
    };
    if !layout.sensors.iter().any(SensorColumns::has_orientation) {
        return Err(no_orientation(&layout.header));
    }
    let wanted: Vec<usize> = std::iter::once(0)
        .chain(layout.sensors.iter().flat_map(SensorColumns::wanted))
        .collect();
    let table = layout.header.read(&mut lines, &wanted, warnings)?;
    let unit_s = options.time_unit_s.unwrap_or(layout.unit_s);
    let time_s: Vec<f64> = table.column(0).iter().map(|time| time * unit_s).collect();
    let samples = |columns: &SensorColumns| -> SensorSamples {
        columns.samples(&table, time_s.clone(), options)
    };
    let oriented = layout.sensors.iter().filter(|one| one.has_orientation());
    Ok(Recording {
        sensors: oriented.map(samples).collect(),
        ..Recording::default()
    })
}

/// The next line, which must be there.
fn next<'a>(lines: &'a mut Lines<'_>) -> Result<&'a [u8], ReadError> {
    if lines.advance()? {
        Ok(lines.line())
    } else {
        Err(ReadError::NoRows)
    }
}

/// Names of the columns, then their units.
fn named(lines: &mut Lines<'_>) -> Result<Layout, ReadError> {
    let is_before = |line: &[u8]| !first_cell(line).eq_ignore_ascii_case("Time");
    for _line in 0..PREAMBLE {
        if !is_before(lines.line()) {
            break;
        }
        next(lines)?;
    }
    if is_before(lines.line()) {
        return Err(ReadError::NoRows);
    }
    let delimiter = Delimiter::guess(lines.line());
    let header = Header::new(lines.line(), delimiter);
    let units = Header::new(next(lines)?, delimiter).names;
    let mut labels: Vec<&str> = Vec::new();
    for (label, _channel) in header.names.iter().filter_map(|name| name.split_once('/')) {
        if labels.len() < MAX_SENSORS && !labels.contains(&label) {
            labels.push(label);
        }
    }
    let sensors = labels.iter().map(|label| sensor(&header, label, &units));
    Ok(Layout {
        sensors: sensors.collect(),
        header,
        unit_s: 1.0,
    })
}

/// The columns of one sensor, by names that begin with its label.
fn sensor(header: &Header, label: &str, units: &[String]) -> SensorColumns {
    let axes = |channel: &str| {
        let names = ["X", "Y", "Z"].map(|axis| format!("{label}/{channel}/{axis}"));
        let mut found = triple(header, names.each_ref().map(String::as_str), 1.0)?;
        let unit = units.get(found.columns[0]).map(String::as_str);
        found.scale = scale(unit.unwrap_or_default());
        Some(found)
    };
    let parts = ["Scalar", "X", "Y", "Z"].map(|part| format!("{label}/Orientation/{part}"));
    SensorColumns {
        name: label.to_owned(),
        quaternion: four(header, parts.each_ref().map(String::as_str)),
        gyro: axes("Angular Velocity"),
        accel: axes("Acceleration"),
        mag: axes("Magnetic Field"),
        ..SensorColumns::default()
    }
}

/// SI units and µT, whatever stands in the line of units.
fn scale(unit: &str) -> f64 {
    match unit {
        "g" => STANDARD_GRAVITY_M_S2,
        "deg/s" => std::f64::consts::PI / 180.0,
        _ => 1.0,
    }
}

/// IDs and labels, channels, axes: a block of columns a sensor.
fn blocks(lines: &mut Lines<'_>) -> Result<Layout, ReadError> {
    let delimiter = Delimiter::guess(lines.line());
    let labels = Header::new(lines.line(), delimiter).names;
    let channels = Header::new(next(lines)?, delimiter).names;
    let axes = Header::new(next(lines)?, delimiter).names;
    let mut names = vec!["Time".to_owned()];
    let (mut sensor, mut channel) = (0, "");
    for (column, axis) in axes.iter().enumerate().skip(1) {
        let named = channels.get(column).filter(|name| !name.is_empty());
        channel = named.map_or(channel, String::as_str);
        sensor += usize::from(named.is_some_and(|name| name == "Accelerometer"));
        names.push(format!("{sensor}/{channel}/{axis}"));
    }
    let header = Header::from_names(names, delimiter);
    let starts = (0..channels.len()).filter(|&at| channels[at] == "Accelerometer");
    let label = |start: usize| {
        let label = labels.get(start + 3).filter(|label| !label.is_empty());
        label
            .or_else(|| labels.get(start))
            .cloned()
            .unwrap_or_default()
    };
    let sensors = starts
        .take(MAX_SENSORS)
        .enumerate()
        .map(|(index, start)| block(&header, index + 1, label(start)))
        .collect();
    Ok(Layout {
        header,
        sensors,
        unit_s: 1e-6,
    })
}

/// The columns of one block.
fn block(header: &Header, index: usize, name: String) -> SensorColumns {
    let axes = |channel: &str| {
        let names = ["X", "Y", "Z"].map(|axis| format!("{index}/{channel}/{axis}"));
        triple(header, names.each_ref().map(String::as_str), 1.0)
    };
    let parts = ["S", "X", "Y", "Z"].map(|part| format!("{index}/Orientation/{part}"));
    SensorColumns {
        name,
        quaternion: four(header, parts.each_ref().map(String::as_str)),
        gyro: axes("Gyroscope"),
        accel: axes("Accelerometer"),
        mag: axes("Magnetometer"),
        ..SensorColumns::default()
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    fn recording(text: &str) -> Result<Recording, ReadError> {
        assert_eq!(detect(text.as_bytes()), Detected::Recording, "{text}");
        Ok(read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default())?.0)
    }

    #[test]
    fn names_carry_the_sensor_and_units_follow() {
        let read = recording(
            "Test Name:,Walk,,\nSample Rate:,128,Hz,\n\
             Time,Head/Acceleration/X,Head/Acceleration/Y,Head/Acceleration/Z,\
             Head/Angular Velocity/X,Head/Angular Velocity/Y,Head/Angular Velocity/Z,\
             Trunk/Orientation/Scalar,Trunk/Orientation/X,Trunk/Orientation/Y,Trunk/Orientation/Z\n\
             s,g,g,g,rad/s,rad/s,rad/s,,,,\n0.5,0,0,1,0.1,0,0,1,0,0,0\n",
        )
        .unwrap();
        let [head, trunk] = read.sensors.as_slice() else {
            panic!("{read:?}")
        };
        assert_eq!((head.name.as_str(), trunk.name.as_str()), ("Head", "Trunk"));
        assert_relative_eq!(head.accel_m_s2.as_ref().unwrap()[0].z, 9.806_65);
        assert_relative_eq!(head.gyro_rad_s.as_ref().unwrap()[0].x, 0.1);
        assert_relative_eq!(trunk.earth_from_sensor.as_ref().unwrap()[0].w, 1.0);
        assert_relative_eq!(trunk.time_s[0], 0.5);
    }

    #[test]
    fn blocks_carry_labels_or_ids() {
        let block = "Accelerometer,,,Gyroscope,,,Magnetometer,,,Barometer,Orientation,,,";
        let axes = "X,Y,Z,X,Y,Z,X,Y,Z,,S,X,Y,Z";
        let row = "0,0,9.8,0.1,0,0,20,0,-40,4636858284341460992.000000,0.8,0.6,0,0";
        let read = recording(&format!(
            "Format=7,5718,,,Forehead,,,,,,,,,,,5778,,,,,,,,,,,,,\nTime,{block},{block}\n,{axes},{axes}\n\
             1550879504438281,{row},{row}\n1550879504446093,{row},{row}\n"
        ))
        .unwrap();
        let names: Vec<&str> = read.sensors.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Forehead", "5778"]);
        let sensor = &read.sensors[1];
        assert_relative_eq!(
            sensor.time_s[1] - sensor.time_s[0],
            0.007_812,
            epsilon = 5e-7
        );
        assert_relative_eq!(sensor.earth_from_sensor.as_ref().unwrap()[0].i, 0.6);
        assert_relative_eq!(sensor.mag_ut.as_ref().unwrap()[0].z, -40.0);
    }

    #[test]
    fn a_spreadsheet_may_have_put_semicolons() {
        let read = recording(
            "Test Name:;Walk;;;\nSample Rate:;128;Hz;;\nTime;A/Orientation/Scalar;A/Orientation/X;\
             A/Orientation/Y;A/Orientation/Z\ns;;;;\n0,5;0,8;0,6;0;0\n",
        )
        .unwrap();
        let sensor = &read.sensors[0];
        assert_relative_eq!(sensor.earth_from_sensor.as_ref().unwrap()[0].i, 0.6);
        assert_relative_eq!(sensor.time_s[0], 0.5);
    }

    #[test]
    fn headers_that_end_early_are_errors() {
        for text in ["Format=7,1\n", "Format=7,1\nTime\n,\n1\n", "Test Name:,a\n"] {
            assert!(recording(text).is_err(), "{text}");
        }
    }
}
