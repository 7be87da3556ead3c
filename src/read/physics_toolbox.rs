//! Physics Toolbox Sensor Suite, an app for phones: one file of delimited text, several sensors chosen.
//!
//! `time,gFx,gFy,gFz,ax,ay,az,wx,wy,wz,p,Bx,By,Bz,Azimuth,Pitch,Roll,Latitude,…`, those that were chosen,
//! perhaps with a unit in brackets; commas or semicolons, decimal point or comma, a delimiter at the end
//! of each row or not. `gFx` … is specific force in g, `ax` … the acceleration without gravity, m/s²,
//! which is not used; `wx` … the gyroscope in rad/s; the angles are those of Android, degrees. Time is in
//! seconds, or the time of day (`10:12:13:456`), as the user chose.
//!
//! Gyroscope and g are read where both are there; else the angles.

use super::android_angles;
use super::channels::{Triple, no_orientation, triple, vectors};
use super::header::{Delimiter, Header, is_blank, split_lines};
use super::lines::Lines;
use super::moment;
use super::moment::DAY_S;
use super::table::{Cell, Table};
use super::together::alone;
use super::{AccelUnit, Detected, Format, GyroUnit, ReadError, ReadOptions, Source, channels};
use crate::sample::{Recording, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "physics-toolbox",
    title: "Physics Toolbox Sensor Suite app (CSV)",
    extensions: &["csv"],
    gives: "gyroscope, accelerometer; angles where there is no gyroscope",
    checked: "from documentation",
    detect,
    together: alone,
    read,
};

const FORCE: [&str; 3] = ["gFx", "gFy", "gFz"];
const GYRO: [&str; 3] = ["wx", "wy", "wz"];
const ANGLES: [&str; 3] = ["Azimuth", "Pitch", "Roll"];

fn detect(bytes: &[u8]) -> Detected {
    let mut lines = split_lines(bytes);
    let line = lines.find(|line| !is_blank(line)).unwrap_or_default();
    let header = header(line);
    let has_motion = has(&header, GYRO) || has(&header, ANGLES);
    Detected::recording_if(header.find("time").is_some() && has(&header, FORCE) && has_motion)
}

fn has(header: &Header, names: [&str; 3]) -> bool {
    triple(header, names, 1.0).is_some()
}

/// Names without their units.
fn header(line: &[u8]) -> Header {
    let delimiter = Delimiter::guess(line);
    let mut header = Header::new(line.trim_ascii_end(), delimiter);
    for name in &mut header.names {
        let bare = name.split(['(', '[']).next().unwrap_or_default();
        *name = bare.trim().to_owned();
    }
    header
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    lines.advance_past(is_blank, |_blank| {})?;
    let mut header = header(lines.line());
    let force = triple(&header, FORCE, AccelUnit::G.m_s2());
    let gyro = triple(&header, GYRO, GyroUnit::Rad.rad_s());
    let angles = triple(&header, ANGLES, 1.0).filter(|_| gyro.is_none());
    let (Some(time), Some(force), true) = (
        header.find("time"),
        force,
        gyro.is_some() || angles.is_some(),
    ) else {
        return Err(no_orientation(&header));
    };
    header.set_cell(time, Cell::Moment);
    header.open_end = true;
    let triples = [Some(force), gyro, angles].into_iter().flatten();
    let mut wanted: Vec<usize> = triples.flat_map(|triple| triple.columns).collect();
    wanted.push(time);
    let of_day = next_is_of_day(&mut lines, time, header.delimiter)?;
    let table = header.read(&mut lines, &wanted, warnings)?;
    let scaled = |triple: Triple, scale: Option<f64>| {
        let scale = scale.unwrap_or(triple.scale);
        vectors(&table, Triple { scale, ..triple })
    };
    let accel = scaled(force, options.accel_unit.map(AccelUnit::m_s2));
    let gyro = gyro.map(|gyro| scaled(gyro, options.gyro_unit.map(GyroUnit::rad_s)));
    let turns = angles.map(|angles| android_angles::turns(&scaled(angles, None), Some(&accel)));
    if turns.is_some() {
        warnings.add(Warning::ConventionAssumed, || {
            "there is no gyroscope; orientation is taken from the phone's azimuth, pitch and roll"
                .to_owned()
        });
    }
    Ok(Recording::of_one(SensorSamples {
        time_s: times(&table, time, of_day, options),
        earth_from_sensor: turns,
        gyro_rad_s: gyro,
        accel_m_s2: Some(accel),
        ..SensorSamples::default()
    }))
}

/// The next row has a time of day, not seconds.
fn next_is_of_day(
    lines: &mut Lines<'_>,
    time: usize,
    delimiter: Delimiter,
) -> Result<bool, ReadError> {
    lines.advance_past(is_blank, |_blank| {})?;
    let cells = Header::new(lines.line(), delimiter);
    lines.again();
    let cell = cells.names.get(time).map_or("", String::as_str);
    Ok(moment::seconds(cell.as_bytes()).is_some())
}

/// Seconds; midnight is passed.
fn times(table: &Table, time: usize, of_day: bool, options: &ReadOptions) -> Vec<f64> {
    if of_day {
        return channels::unwrapped(table.column(time), DAY_S);
    }
    let unit_s = options.time_unit_s.unwrap_or(1.0);
    let written = table.column(time).iter();
    written.map(|count| count * unit_s).collect()
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    fn opened(text: &str) -> (SensorSamples, Warnings) {
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let read = read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default());
        let (mut recording, warnings) = read.unwrap();
        (recording.sensors.remove(0), warnings)
    }

    #[test]
    fn g_and_gyroscope_are_read_and_midnight_is_passed() {
        let (sensor, warnings) = opened(
            "time;gFx;gFy;gFz;ax;ay;az;wx;wy;wz;p;Bx;By;Bz;Azimuth;Pitch;Roll;\n\
             23:59:59:990;0,0;0,0;1,0;0,1;0;0;0,5;0;0;;1;2;3;10;20;30;\n\
             00:00:00:010;0,0;0,0;1,0;0,1;0;0;0,5;0;0;;1;2;3;10;20;30;\n",
        );
        assert_relative_eq!(sensor.duration_s(), 0.02, epsilon = 1e-6);
        assert_relative_eq!(sensor.gyro_rad_s.unwrap()[0].x, 0.5);
        assert_relative_eq!(sensor.accel_m_s2.unwrap()[1].z, 9.806_65);
        assert!(sensor.earth_from_sensor.is_none());
        assert_eq!(warnings.count(Warning::RaggedRow), 0);
    }

    #[test]
    fn angles_are_read_without_a_gyroscope() {
        let (sensor, warnings) = opened(
            "time,gFx (g),gFy (g),gFz (g),Azimuth (°),Pitch (°),Roll (°)\n\
             0.01,0,0.5,0.866,0,-30,0\n0.02,0,0.5,0.866,0,-30,0\n",
        );
        let turn = sensor.earth_from_sensor.unwrap()[1];
        let accel = sensor.accel_m_s2.unwrap()[1];
        let up = nalgebra::UnitQuaternion::new_normalize(turn) * accel;
        assert_relative_eq!(up.z / up.norm(), 1.0, epsilon = 1e-4);
        assert_eq!(warnings.count(Warning::ConventionAssumed), 1);
    }

    #[test]
    fn other_tables_are_not_taken() {
        for text in [
            "time,gFx,gFy,gFz,TgF\n",
            "time,ax,ay,az,wx,wy,wz\n",
            "t,gFx,gFy,gFz,wx,wy,wz\n",
        ] {
            assert_eq!(detect(text.as_bytes()), Detected::No, "{text}");
        }
    }
}
