//! x-io x-IMU3: a `.ximu3` file, which is the device's stream of bytes as it came.
//!
//! What the stream holds stands in [`crate::protocol::ximu3`]. Orientation comes as one kind of message
//! (quaternion, matrix, Euler angles, or a quaternion with an acceleration), as the device was set;
//! were there several kinds, the first that comes is read. Gyroscope and accelerometer come at times
//! of their own and are interpolated. Units and axes are those of the CSV files: deg/s, g, sensor to
//! earth, Z up. The magnetometer has arbitrary units and is not used. Written from the maker's
//! description and from single messages; no real file was to be had.

use serde_json::Value;

use super::channels::{SensorColumns, Triple};
use super::streams::one_sensor;
use super::table::Table;
use super::together::alone;
use super::ximu3_csv::{date, device_name};
use super::{Detected, Format, ReadError, ReadOptions, Source, stream_error};
use crate::protocol::ximu3::messages::{Data, END, Message, Messages};
use crate::protocol::ximu3::orientation;
use crate::sample::{About, Recording, SensorSamples};
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "ximu3",
    title: "x-io x-IMU3 (.ximu3, binary or text)",
    extensions: &["ximu3"],
    gives: "quaternion (or matrix, or Euler angles), gyroscope, accelerometer",
    checked: "from documentation; its messages against vectors",
    detect,
    together: alone,
    read,
};

/// Commands that are kept; the first names the device.
const MAX_COMMANDS: usize = 100;

/// Messages that fit, with few that do not: a file may begin inside one.
fn detect(bytes: &[u8]) -> Detected {
    let ends = memchr::memchr_iter(END, bytes).map(|at| at + 1);
    let mut starts = std::iter::once(0).chain(ends);
    if !starts.any(|at| may_be_message(bytes.get(at..).unwrap_or_default())) {
        return Detected::No;
    }
    let (mut data, mut known, mut corrupt) = (0, 0, 0);
    let mut named = false;
    let (mut messages, mut rest) = (Messages::default(), bytes);
    while let Some((message, _)) = messages.next(&mut rest) {
        match message {
            Some(Message::Data(_)) => data += 1,
            Some(Message::Command(command)) => {
                known += 1;
                named |= known == 1 && command.get("ping").is_some();
            }
            Some(Message::Text(..) | Message::Behind(..)) => known += 1,
            None => corrupt += 1,
        }
    }
    let stream = data > 0 && data + known > 4 * corrupt;
    Detected::recording_if(stream || (named && corrupt == 0))
}

/// A message of a device behind a multiplexer, a command, a binary message, or a letter with a comma:
/// what else is a message makes no recording.
const fn may_be_message(bytes: &[u8]) -> bool {
    matches!(bytes, [b'^' | b'{' | 0x80.., ..] | [b'A'..=b'Z', b',', ..])
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut found = Found::default();
    let mut messages = Messages::default();
    loop {
        let bytes = source.reader.fill_buf().map_err(stream_error)?;
        if bytes.is_empty() {
            break;
        }
        let (mut rest, length) = (bytes, bytes.len());
        while let Some((message, _)) = messages.next(&mut rest) {
            found.take(message, warnings);
        }
        source.reader.consume(length);
    }
    if messages.is_inside() {
        warnings.add(Warning::CutOff, || "the last message has no end".to_owned());
    }
    let commands = Value::Array(std::mem::take(&mut found.commands));
    let mut sensor = found.sensor(options)?;
    sensor.name = device_name(&commands).unwrap_or_default();
    let about = About {
        date: date(&commands),
        ..About::default()
    };
    Ok(Recording {
        sensors: vec![sensor],
        about,
        ..Recording::default()
    })
}

/// What the messages gave so far.
#[derive(Default)]
struct Found {
    /// The kind of message that orientation is read from.
    letter: Option<u8>,
    /// Seconds, w, x, y, z.
    orientation: [Vec<f64>; 5],
    /// Seconds, gyroscope deg/s, accelerometer g.
    inertial: [Vec<f64>; 7],
    commands: Vec<Value>,
    messages: usize,
}

impl Found {
    fn take(&mut self, message: Option<Message>, warnings: &mut Warnings) {
        self.messages += 1;
        match message {
            Some(Message::Data(data)) => self.data(&data),
            Some(Message::Command(command)) if self.commands.len() < MAX_COMMANDS => {
                self.commands.push(command);
            }
            Some(Message::Command(_) | Message::Text(..)) => {}
            Some(Message::Behind(..)) => warnings.add(Warning::SensorLeftOut, || {
                "messages of sensors behind a multiplexer were passed over".to_owned()
            }),
            None => {
                let number = self.messages;
                warnings.add(Warning::CorruptFrame, || {
                    format!("message {number} is broken and was passed over")
                });
            }
        }
    }

    fn data(&mut self, data: &Data) {
        let time_s = data.time_us as f64 * 1e-6;
        if data.letter == b'I' {
            push(&mut self.inertial, time_s, data.values());
        } else if let Some(q) = orientation(data)
            && *self.letter.get_or_insert(data.letter) == data.letter
        {
            push(&mut self.orientation, time_s, &[q.w, q.i, q.j, q.k]);
        }
    }

    fn sensor(self, options: &ReadOptions) -> Result<SensorSamples, ReadError> {
        let quaternions = SensorColumns {
            quaternion: Some([1, 2, 3, 4]),
            ..SensorColumns::default()
        };
        let inertial = SensorColumns {
            gyro: Some(Triple {
                columns: [1, 2, 3],
                scale: std::f64::consts::PI / 180.0,
            }),
            accel: Some(Triple {
                columns: [4, 5, 6],
                scale: STANDARD_GRAVITY_M_S2,
            }),
            ..SensorColumns::default()
        };
        let orientation = samples(self.orientation, &quaternions, options);
        let inertial = samples(self.inertial, &inertial, options);
        match (orientation, inertial) {
            (Some(orientation), Some(inertial)) => {
                Ok(one_sensor(orientation, inertial, options.keep))
            }
            (Some(one), None) | (None, Some(one)) => Ok(one),
            (None, None) => Err(ReadError::NoOrientation {
                has: format!("{} messages of other kinds", self.messages),
            }),
        }
    }
}

fn push<const N: usize>(columns: &mut [Vec<f64>; N], time_s: f64, values: &[f64]) {
    let row = std::iter::once(&time_s).chain(values);
    for (column, value) in columns.iter_mut().zip(row) {
        column.push(*value);
    }
}

/// `None` without rows; the first column is the time.
fn samples<const N: usize>(
    columns: [Vec<f64>; N],
    of: &SensorColumns,
    options: &ReadOptions,
) -> Option<SensorSamples> {
    let time_s = columns.first().filter(|time_s| !time_s.is_empty())?.clone();
    let table = Table::new((0..N).collect(), columns.into());
    Some(of.samples(&table, time_s, options))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::{Keep, read_bytes};

    const STREAM: &str = "{\"ping\":{\"interface\":\"USB\",\"name\":\"Head\",\"sn\":\"0123ABCD\"}}\n\
        {\"time\":\"2024-05-06 07:08:09\"}\n\
        I,1000000,0,0,0,0,0,1\nQ,1005000,1,0,0,0\nT,1005000,25.0\nI,1010000,180,0,0,0,0,1\n\
        A,1010000,90,0,0\nQ,1x\nI,1020000,180,0,0,0,0,1\nQ,1015000,0.8,0.6,0,0\nN,1020000,end\n";

    fn stream(text: &str, options: &ReadOptions) -> Result<(Recording, Warnings), ReadError> {
        read_bytes(&FORMAT, text.as_bytes(), options)
    }

    #[test]
    fn streams_are_brought_together() {
        assert_eq!(detect(STREAM.as_bytes()), Detected::Recording);
        let (recording, warnings) = stream(STREAM, &ReadOptions::default()).unwrap();
        let sensor = &recording.sensors[0];
        assert_eq!((sensor.name.as_str(), sensor.len()), ("Head", 2));
        assert_eq!(recording.about.date.as_deref(), Some("2024-05-06"));
        let gyro = sensor.gyro_rad_s.as_ref().unwrap();
        assert_relative_eq!(gyro[0].x, std::f64::consts::FRAC_PI_2, epsilon = 1e-9);
        assert_relative_eq!(sensor.accel_m_s2.as_ref().unwrap()[1].z, 9.806_65);
        let broken = warnings
            .iter()
            .find(|one| one.warning == Warning::CorruptFrame);
        assert_eq!(broken.map(|one| one.count), Some(1));
    }

    #[test]
    fn a_fusion_gets_all_inertial_messages() {
        let options = ReadOptions {
            keep: Keep::Inertial,
            ..ReadOptions::default()
        };
        let (recording, _) = stream(STREAM, &options).unwrap();
        assert_eq!(recording.sensors[0].len(), 3);
    }

    #[test]
    fn matrices_angles_and_accelerations_carry_orientation() {
        let half = std::f64::consts::FRAC_1_SQRT_2;
        for text in [
            "A,1,0,0,90\n",
            "R,1,0,-1,0,1,0,0,0,0,1\n",
            "E,1,0.70710678,0,0,0.70710678,0,0,0\n",
        ] {
            let (recording, _) = stream(text, &ReadOptions::default()).unwrap();
            let q = recording.sensors[0].earth_from_sensor.as_ref().unwrap()[0];
            assert_relative_eq!(q.k * q.w.signum(), half, epsilon = 1e-6);
        }
    }

    #[test]
    fn other_files_and_streams_without_orientation_are_refused() {
        for text in ["", "Q\n", "time,w\n0,1\n", "{\"q\":[1,0,0,0]}\n"] {
            assert_eq!(detect(text.as_bytes()), Detected::No, "{text}");
        }
        let found = stream("T,1,25.0\n", &ReadOptions::default());
        assert!(matches!(found, Err(ReadError::NoOrientation { .. })));
    }
}
