//! Mind Monitor, an app for Muse headbands: one CSV file.
//!
//! Among columns of brain waves stand `Accelerometer_X` … in g and `Gyro_X` … in degrees a second. Rows
//! come at the rate of the waves, 256 a second or fewer, and the inertial values, 52 a second, are
//! repeated in between: repeated rows are left out. Rows of events have no values but a text in
//! `Elements`, a column that other rows may lack. `TimeStamp` is a local date and time. There is no
//! orientation; it is computed.

use super::channels::{SensorColumns, no_orientation, triple};
use super::header::{Delimiter, Header, first_line};
use super::lines::Lines;
use super::streams::spread_repeats;
use super::table::{Cell, Table};
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::{Recording, SensorPlace};
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "mind-monitor",
    title: "Mind Monitor app with a Muse headband (CSV)",
    extensions: &["csv"],
    gives: "gyroscope, accelerometer",
    checked: "a real file",
    detect,
    together: alone,
    read,
};

fn detect(bytes: &[u8]) -> Detected {
    let line = first_line(bytes);
    let header = header(line);
    let names = ["TimeStamp", "Accelerometer_X", "HeadBandOn"];
    Detected::recording_if(names.iter().all(|name| header.find(name).is_some()))
}

fn header(line: &[u8]) -> Header {
    let line = line.trim_ascii_end();
    Header::new(line, Delimiter::guess(line))
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
    let mut header = header(lines.line());
    let accel = ["Accelerometer_X", "Accelerometer_Y", "Accelerometer_Z"];
    let columns = SensorColumns {
        name: "headband".to_owned(),
        time: header.find("TimeStamp"),
        gyro: triple(&header, ["Gyro_X", "Gyro_Y", "Gyro_Z"], 1_f64.to_radians()),
        accel: triple(&header, accel, STANDARD_GRAVITY_M_S2),
        ..SensorColumns::default()
    };
    let (Some(time), true) = (columns.time, columns.has_orientation()) else {
        return Err(no_orientation(&header));
    };
    header.set_cell(time, Cell::Moment);
    header.open_end = true;
    let mut seen = Warnings::default();
    let table = header.read(&mut lines, &columns.wanted(), &mut seen)?;
    // Rows of events have no values: that is their way, not a fault.
    let faults = seen
        .iter()
        .filter(|kind| kind.warning != Warning::MissingValue);
    for kind in faults {
        warnings.add_many(kind.warning, kind.count, || kind.message.clone());
    }
    let table = new_rows(&table, &columns, warnings);
    if table.rows() == 0 {
        return Err(ReadError::NothingUsable {
            what: "acceleration",
        });
    }
    let mut time_s = table.column(time).to_vec();
    spread_repeats(&mut time_s);
    let mut sensor = columns.samples(&table, time_s, options);
    sensor.place = Some(SensorPlace::Head);
    Ok(Recording::of_one(sensor))
}

/// The rows with inertial values that differ from those before.
fn new_rows(table: &Table, columns: &SensorColumns, warnings: &mut Warnings) -> Table {
    let wanted = columns.wanted();
    let values = || wanted.iter().map(|&column| table.column(column));
    let inertial: Vec<&[f64]> = values().skip(1).collect();
    let mut last: Option<usize> = None;
    let mut repeated = 0;
    let mut kept = Vec::new();
    for row in 0..table.rows() {
        if inertial.iter().any(|column| column[row].is_nan()) {
            continue;
        }
        let is_new = last.is_none_or(|last| {
            inertial
                .iter()
                .any(|column| column[row].total_cmp(&column[last]).is_ne())
        });
        if is_new {
            kept.push(row);
            last = Some(row);
        } else {
            repeated += 1;
        }
    }
    warnings.add_many(Warning::Duplicate, repeated, || {
        "inertial values are repeated at the rate of the brain waves; repeats are left out"
            .to_owned()
    });
    let take = |column: &[f64]| kept.iter().map(|&row| column[row]).collect();
    Table::new(wanted.clone(), values().map(take).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_bytes;

    const HEAD: &str = "TimeStamp,Delta_TP9,Accelerometer_X,Accelerometer_Y,Accelerometer_Z,\
        Gyro_X,Gyro_Y,Gyro_Z,HeadBandOn,Battery,Elements\n";

    #[test]
    fn repeats_and_events_are_left_out() {
        let text = format!(
            "{HEAD}2021-04-05 15:48:04.834,0.7,0,0,1,180,0,0,1,100\n\
             2021-04-05 15:48:04.840,,,,,,,,,,/muse/elements/blink\n\
             2021-04-05 15:48:04.836,0.7,0,0,1,180,0,0,1,100\n\
             2021-04-05 15:48:04.854,0.7,0,0,1,90,0,0,1,100\n"
        );
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let (recording, warnings) =
            read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap();
        let sensor = &recording.sensors[0];
        assert_eq!(sensor.len(), 2);
        assert!((sensor.duration_s() - 0.02).abs() < 1e-6);
        assert!((sensor.gyro_rad_s.as_ref().unwrap()[0].x - std::f64::consts::PI).abs() < 1e-12);
        assert_eq!(warnings.count(Warning::Duplicate), 1);
        assert_eq!(warnings.count(Warning::RaggedRow), 0);
    }

    #[test]
    fn a_file_of_waves_only_says_so() {
        let text = b"TimeStamp,Accelerometer_X,HeadBandOn\n2021-04-05 15:48:04.834,0,1\n";
        let error = read_bytes(&FORMAT, text, &ReadOptions::default()).unwrap_err();
        assert!(matches!(error, ReadError::NoOrientation { .. }));
    }
}
