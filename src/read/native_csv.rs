//! The native CSV: what this program writes, and the easiest thing for others to write.
//!
//! ```text
//! # neckrom recording 1
//! # simulated: yes
//! time_s,q_w,q_x,q_y,q_z,gyro_x_rad_s,gyro_y_rad_s,gyro_z_rad_s,accel_x_m_s2,accel_y_m_s2,accel_z_m_s2
//! 0.00,1,0,0,0,0,0,0,0,0,9.81
//! ```
//!
//! Lines with `#` may stand before the header. Columns may come in any order and only `time_s` with
//! a quaternion, or with gyroscope and accelerometer, must be there; `mag_x_ut` is the magnetometer.
//! Two sensors stand side by side as `head_q_w` and `trunk_q_w`, with one `time_s` or each with its
//! own; if their clocks differ, a line `# clocks: separate` says so. Other sensors are named in a line `# sensors: left,right`. The quaternion is sensor to earth.

use super::channels::{SensorColumns, Triple, even_times};
use super::header::{Delimiter, Header, split_lines};
use super::lines::Lines;
use super::table::Table;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::{Clocks, Recording};
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "native-csv",
    title: "Native CSV of this program",
    extensions: &["csv"],
    gives: "quaternion, gyroscope, accelerometer, magnetometer",
    checked: "files written by this program",
    detect,
    together: alone,
    read,
};

const CHANNELS: [[&str; 3]; 3] = [
    ["gyro_x_rad_s", "gyro_y_rad_s", "gyro_z_rad_s"],
    ["accel_x_m_s2", "accel_y_m_s2", "accel_z_m_s2"],
    ["mag_x_ut", "mag_y_ut", "mag_z_ut"],
];
const QUATERNION: [&str; 4] = ["q_w", "q_x", "q_y", "q_z"];

/// The first line that this program writes.
pub(super) const MARK: &[u8] = b"# neckrom recording";

fn detect(bytes: &[u8]) -> Detected {
    if bytes.starts_with(MARK) {
        return Detected::Recording;
    }
    let header = split_lines(bytes).find(|line| !is_before_header(line));
    let header = Header::new(header.unwrap_or_default(), Delimiter::Byte(b','));
    let has = |name: &str| header.names.iter().any(|column| column.ends_with(name));
    Detected::recording_if(
        has("time_s") && (has("q_w") || has("gyro_x_rad_s") || has("accel_x_m_s2")),
    )
}

fn is_before_header(line: &[u8]) -> bool {
    line.starts_with(b"#") || line.trim_ascii().is_empty()
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader).of_length(source.length);
    let mut notes = Notes::default();
    lines.advance_past(is_before_header, |line| notes.line(line))?;
    let mut header = Header::new(lines.line(), Delimiter::Byte(b','));
    header.comment = Some(b'#');
    let sensors = sensors(&header, &notes.sensors)?;
    let wanted: Vec<usize> = sensors.iter().flat_map(SensorColumns::wanted).collect();
    let table = header.read(&mut lines, &wanted, warnings)?;
    let mut recording = assemble(&sensors, &table, options)?;
    notes.apply(&mut recording);
    Ok(recording)
}

/// What comment lines or file metadata say.
#[derive(Debug, Default)]
pub(super) struct Notes {
    simulated: bool,
    clocks: Clocks,
    pub(super) sensors: Vec<String>,
}

impl Notes {
    fn line(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        if let Some((key, value)) = text.trim_start_matches('#').split_once(':') {
            self.pair(key.trim(), value.trim());
        }
    }

    /// Says it of a recording.
    pub(super) const fn apply(&self, recording: &mut Recording) {
        recording.about.simulated = self.simulated;
        recording.clocks = self.clocks;
    }

    /// One key with its value.
    pub(super) fn pair(&mut self, key: &str, value: &str) {
        match key {
            "simulated" => self.simulated = value == "yes",
            "clocks" => self.clocks = Clocks::from_name(value).unwrap_or_default(),
            "sensors" => {
                self.sensors = value
                    .split(',')
                    .map(|name| name.trim().to_owned())
                    .collect();
            }
            _ => {}
        }
    }
}

/// The sensors in a table with native column names; `declared` are those besides head and trunk.
pub(super) fn sensors(
    header: &Header,
    declared: &[String],
) -> Result<Vec<SensorColumns>, ReadError> {
    let names = ["", "head", "trunk"]
        .into_iter()
        .chain(declared.iter().map(String::as_str));
    let mut sensors = Vec::new();
    for name in names {
        let prefix = if name.is_empty() {
            String::new()
        } else {
            format!("{name}_")
        };
        let sensor = sensor(header, name, &prefix)?;
        let channels = sensor.wanted().len() - usize::from(sensor.time.is_some());
        if channels > 0 {
            sensors.push(sensor);
        }
    }
    if sensors.iter().any(SensorColumns::has_orientation) {
        Ok(sensors)
    } else {
        Err(super::channels::no_orientation(header))
    }
}

fn sensor(header: &Header, name: &str, prefix: &str) -> Result<SensorColumns, ReadError> {
    let find = |column: &str| header.find(&format!("{prefix}{column}"));
    let all = |columns: &[&str]| -> Result<Option<Vec<usize>>, ReadError> {
        let found: Vec<Option<usize>> = columns.iter().map(|column| find(column)).collect();
        if found.iter().all(Option::is_none) {
            return Ok(None);
        }
        let position = |(column, found): (&&str, Option<usize>)| {
            found.ok_or_else(|| ReadError::MissingColumns {
                wanted: format!("{prefix}{column}"),
                found: header.listed(),
            })
        };
        columns
            .iter()
            .zip(found)
            .map(position)
            .collect::<Result<_, _>>()
            .map(Some)
    };
    let triple = |columns: &[&str; 3]| -> Result<Option<Triple>, ReadError> {
        let found = all(columns)?.and_then(|found| found.try_into().ok());
        Ok(found.map(|columns| Triple {
            columns,
            scale: 1.0,
        }))
    };
    let [gyro, accel, mag] = CHANNELS;
    Ok(SensorColumns {
        name: name.to_owned(),
        time: find("time_s").or_else(|| header.find("time_s")),
        quaternion: all(&QUATERNION)?.and_then(|found| found.try_into().ok()),
        gyro: triple(&gyro)?,
        accel: triple(&accel)?,
        mag: triple(&mag)?,
        ..SensorColumns::default()
    })
}

/// The recording in a table with native columns.
pub(super) fn assemble(
    sensors: &[SensorColumns],
    table: &Table,
    options: &ReadOptions,
) -> Result<Recording, ReadError> {
    let samples = |sensor: &SensorColumns| {
        let time_s = match (sensor.time, options.rate_hz) {
            (Some(column), _) => table.column(column).to_vec(),
            (None, Some(rate_hz)) => even_times(table.rows(), rate_hz),
            (None, None) => return Err(ReadError::NoRate),
        };
        Ok(sensor.samples(table, time_s, options))
    };
    let sensors = sensors.iter().map(samples).collect::<Result<_, _>>()?;
    Ok(Recording {
        sensors,
        ..Recording::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_bytes;

    #[test]
    fn one_sensor_with_comments() {
        let text = b"# neckrom recording 1\n# simulated: yes\n\
            time_s,q_w,q_x,q_y,q_z,accel_x_m_s2,accel_y_m_s2,accel_z_m_s2\n\
            0,1,0,0,0,0.5,,9.8\n0.01,0,1,0,0,0,0,9.8\n";
        let (recording, warnings) = read_bytes(&FORMAT, text, &ReadOptions::default()).unwrap();
        assert!(recording.about.simulated);
        let sensor = &recording.sensors[0];
        assert_eq!(sensor.time_s, [0.0, 0.01]);
        let q = sensor.earth_from_sensor.as_ref().unwrap()[1];
        assert_eq!(q, nalgebra::Quaternion::new(0.0, 1.0, 0.0, 0.0));
        let accel = sensor.accel_m_s2.as_ref().unwrap()[0];
        assert!(accel.y.is_nan() && sensor.gyro_rad_s.is_none());
        assert_eq!((accel.x, accel.z), (0.5, 9.8));
        assert_eq!(warnings.count(crate::warning::Warning::MissingValue), 1);
    }

    #[test]
    fn two_sensors_and_declared_ones() {
        let text = b"# sensors: arm\ntime_s,head_q_w,head_q_x,head_q_y,head_q_z,\
            arm_time_s,arm_q_w,arm_q_x,arm_q_y,arm_q_z,truth_q_w\n0,1,0,0,0,5,1,0,0,0,1\n";
        let (recording, _) = read_bytes(&FORMAT, text, &ReadOptions::default()).unwrap();
        let names: Vec<&str> = recording.sensors.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["head", "arm"]);
        assert_eq!(recording.sensors[1].time_s, [5.0]);
    }

    #[test]
    fn a_part_of_a_quaternion_is_an_error() {
        let error =
            read_bytes(&FORMAT, b"time_s,q_w,q_x\n0,1,0\n", &ReadOptions::default()).unwrap_err();
        assert!(
            error.to_string().starts_with("column q_y is missing"),
            "{error}"
        );
    }
}
