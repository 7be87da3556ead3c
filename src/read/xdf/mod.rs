//! Lab Streaming Layer: XDF, as LabRecorder writes it.
//!
//! `XDF:`, then chunks: how many bytes the length has (1, 4 or 8), the length, a tag of two bytes, and the
//! content; all little-endian. Tag 1 is the file's header; 2 a stream's header, 3 samples, 4 an offset
//! between clocks and 6 a footer, each after the stream's number of four bytes; 5 is a mark to find the
//! way again in a damaged file. Headers are XML: name, type, rate, format of the numbers, and for each
//! channel a label, unit and type.
//!
//! A stream is a sensor, or several, by the labels of its channels; what they mean is found as for the
//! columns of a plain table, and a gyroscope or accelerometer needs its unit. Gyroscope and accelerometer
//! in streams of their own are put together. A time is the stream's own
//! clock; the offsets bring it to that of the recorder, so that all streams share one. Where a sample
//! has no time it follows from the rate, and times of arrival are evened out. Streams of text, such as
//! markers, are passed over. What the quaternions turn is up to the program that sends them.

mod header;
mod stream;
mod times;
mod pairs;

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use self::header::Info;
use self::pairs::paired;
use self::stream::Stream;
use crate::read::error::excerpt;
use crate::read::together::alone;
use crate::read::{Detected, Format, ReadError, ReadOptions, Source, stream_error};
use crate::sample::Recording;
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "xdf",
    title: "Lab Streaming Layer (XDF)",
    extensions: &["xdf", "xdfz"],
    gives: "quaternion, gyroscope, accelerometer by the labels of channels, several sensors",
    checked: "from documentation, and against pyxdf",
    detect,
    together: alone,
    read,
};

const MAGIC: &[u8] = b"XDF:";
/// No chunk of a sensor's stream is longer.
const MAX_CHUNK: u64 = 64 * 1024 * 1024;
/// No laboratory has more streams.
const MAX_STREAMS: usize = 1024;
/// The content of the mark that lets a reader find the way again.
const BOUNDARY: u128 = 0x43a5_46dc_cbf5_410f_b30e_d546_7383_cbe4;

fn detect(bytes: &[u8]) -> Detected {
    Detected::recording_if(bytes.starts_with(MAGIC))
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut magic = [0; 4];
    source.reader.read_exact(&mut magic).map_err(stream_error)?;
    let mut file = File::default();
    while let Some((tag, length)) = chunk(source.reader, warnings)? {
        if length > MAX_CHUNK {
            skip(source.reader, length)?;
            continue;
        }
        let mut content = Vec::new();
        let got = source.reader.take(length).read_to_end(&mut content);
        if got.map_err(stream_error)? as u64 != length {
            warnings.add(Warning::CutOff, || {
                "the last chunk ends too early".to_owned()
            });
        }
        file.take(tag, &content, options, warnings);
    }
    file.recording(options)
}

/// The tag and the length of the content of the next chunk; `None` at the end. Damage is passed over up
/// to the next mark.
fn chunk(
    reader: &mut dyn BufRead,
    warnings: &mut Warnings,
) -> Result<Option<(u16, u64)>, ReadError> {
    while let Some(size) = byte(reader)? {
        let mut number = [0; 8];
        let mut tag = [0; 2];
        let is_size = [1, 4, 8].contains(&size);
        let bytes = number.get_mut(..usize::from(size)).filter(|_| is_size);
        let whole = match bytes {
            Some(bytes) => fill(reader, bytes)? && fill(reader, &mut tag)?,
            None => true,
        };
        if !whole {
            let cut = || "the last chunk ends too early".to_owned();
            warnings.add(Warning::CutOff, cut);
            return Ok(None);
        }
        if let Some(length) = u64::from_le_bytes(number).checked_sub(2) {
            return Ok(Some((u16::from_le_bytes(tag), length)));
        }
        warnings.add(Warning::CorruptFrame, || "a chunk has no length".to_owned());
        if !to_boundary(reader)? {
            return Ok(None);
        }
    }
    Ok(None)
}

fn byte(reader: &mut dyn BufRead) -> Result<Option<u8>, ReadError> {
    let mut one = [0];
    Ok(fill(reader, &mut one)?.then_some(one[0]))
}

/// Fills all of `bytes`; `false` when the file ends first.
fn fill(reader: &mut dyn BufRead, bytes: &mut [u8]) -> Result<bool, ReadError> {
    match reader.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(stream_error(error)),
    }
}

fn skip(reader: &mut dyn BufRead, length: u64) -> Result<(), ReadError> {
    std::io::copy(&mut reader.take(length), &mut std::io::sink())
        .map(|_count| ())
        .map_err(stream_error)
}

/// Goes behind the next mark; `false` when there is none.
fn to_boundary(reader: &mut dyn BufRead) -> Result<bool, ReadError> {
    let mut last = 0;
    while let Some(next) = byte(reader)? {
        last = last << 8 | u128::from(next);
        if last == BOUNDARY {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What has been read of a file.
#[derive(Debug, Default)]
struct File {
    date: Option<String>,
    streams: BTreeMap<u32, Stream>,
    /// What the streams are in which there is no whole sensor.
    others: Vec<String>,
}

impl File {
    fn take(&mut self, tag: u16, content: &[u8], options: &ReadOptions, warnings: &mut Warnings) {
        if tag == 1 {
            if let Ok(info) = Info::parse(content, &mut Warnings::default()) {
                self.date = day(&info.date);
            }
            return;
        }
        let Some((number, content)) = content.split_first_chunk() else {
            return;
        };
        let number = u32::from_le_bytes(*number);
        match (tag, self.streams.get_mut(&number)) {
            (2, None) => self.add(number, content, options, warnings),
            (3, Some(stream)) => stream.add_samples(content, warnings),
            (4, Some(stream)) => stream.add_offset(content),
            _ => {}
        }
    }

    fn add(&mut self, number: u32, xml: &[u8], options: &ReadOptions, warnings: &mut Warnings) {
        let Ok(info) = Info::parse(xml, warnings) else {
            warnings.add(Warning::CorruptFrame, || {
                "the header of a stream is no XML".to_owned()
            });
            return;
        };
        let shown = format!("{} ({}, {} channels)", info.name, info.kind, info.count);
        match Stream::new(info, options, warnings) {
            Some(stream) if self.streams.len() < MAX_STREAMS => {
                self.others.extend((!stream.is_whole()).then_some(shown));
                self.streams.insert(number, stream);
            }
            Some(_) | None if self.others.len() < MAX_STREAMS => self.others.push(shown),
            Some(_) | None => {}
        }
    }

    fn recording(self, options: &ReadOptions) -> Result<Recording, ReadError> {
        let others: Vec<&str> = self.others.iter().take(20).map(String::as_str).collect();
        let others = format!("the streams: {}", others.join("; "));
        let has_whole = self.streams.values().any(Stream::is_whole);
        let mut recording = Recording::default();
        recording.about.date = self.date;
        let streams = self.streams.into_values();
        let sensors = streams.flat_map(|stream| stream.samples(options));
        recording.sensors = paired(sensors.collect());
        if !recording.sensors.is_empty() {
            Ok(recording)
        } else if has_whole {
            Err(ReadError::NoRows)
        } else {
            Err(ReadError::NoOrientation {
                has: excerpt(others.as_bytes(), 600),
            })
        }
    }
}

/// The day of a date and time.
fn day(text: &str) -> Option<String> {
    let day = text.get(..10)?;
    let is_day = |(at, byte): (usize, u8)| {
        if at == 4 || at == 7 {
            byte == b'-'
        } else {
            byte.is_ascii_digit()
        }
    };
    day.bytes().enumerate().all(is_day).then(|| day.to_owned())
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    fn chunk_of(tag: u16, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len() + 2).unwrap().to_le_bytes();
        [&[4], &length[..], &tag.to_le_bytes(), content].concat()
    }

    fn header(number: u32, format: &str, channels: &[(&str, &str)]) -> Vec<u8> {
        let channel = |(label, unit): &(&str, &str)| {
            format!("<channel><label>{label}</label><unit>{unit}</unit></channel>")
        };
        let described: Vec<String> = channels.iter().map(channel).collect();
        let described = described.concat();
        let xml = format!(
            "<?xml version=\"1.0\"?><info><name>Head</name><type>IMU</type>\
             <channel_count>{}</channel_count><nominal_srate>100</nominal_srate>\
             <channel_format>{format}</channel_format><desc><channels>{described}</channels></desc></info>",
            channels.len()
        );
        chunk_of(2, &[&number.to_le_bytes(), xml.as_bytes()].concat())
    }

    const QUATERNION: [(&str, &str); 4] = [("qw", ""), ("qx", ""), ("qy", ""), ("qz", "")];

    fn samples(number: u32, rows: &[(Option<f64>, [f32; 4])]) -> Vec<u8> {
        let mut content = [
            &number.to_le_bytes()[..],
            &[1, u8::try_from(rows.len()).unwrap()],
        ]
        .concat();
        for (time, values) in rows {
            match time {
                Some(time) => content.extend([&[8], &time.to_le_bytes()[..]].concat()),
                None => content.push(0),
            }
            content.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        }
        chunk_of(3, &content)
    }

    fn offset(number: u32, time: f64, value: f64) -> Vec<u8> {
        chunk_of(
            4,
            &[
                &number.to_le_bytes()[..],
                &time.to_le_bytes(),
                &value.to_le_bytes(),
            ]
            .concat(),
        )
    }

    fn read_chunks(chunks: &[Vec<u8>]) -> Result<(Recording, Warnings), ReadError> {
        let bytes = [MAGIC.to_vec(), chunks.concat()].concat();
        assert_eq!(detect(&bytes), Detected::Recording);
        read_bytes(&FORMAT, &bytes, &ReadOptions::default())
    }

    const STILL: [f32; 4] = [1.0, 0.0, 0.0, 0.0];

    #[test]
    fn times_follow_from_the_rate_and_come_to_the_recorders_clock() {
        let file_header =
            b"<info><version>1.0</version><datetime>2024-05-06T10:00:00+0200</datetime></info>";
        let (recording, warnings) = read_chunks(&[
            chunk_of(1, file_header),
            header(7, "float32", &QUATERNION),
            samples(7, &[(Some(5.0), STILL), (None, [0.0, 1.0, 0.0, 0.0])]),
            offset(7, 5.0, 100.0),
            samples(7, &[(None, STILL)]),
            chunk_of(6, b"\x07\0\0\0<info/>"),
        ])
        .unwrap();
        let sensor = &recording.sensors[0];
        assert_eq!(sensor.name, "Head");
        for (found, expected) in sensor.time_s.iter().zip([105.0, 105.01, 105.02]) {
            assert_relative_eq!(*found, expected, epsilon = 1e-9);
        }
        assert_relative_eq!(sensor.earth_from_sensor.as_ref().unwrap()[1].i, 1.0);
        assert_eq!(recording.about.date.as_deref(), Some("2024-05-06"));
        assert!(warnings.is_empty(), "{warnings:?}");
    }

    #[test]
    fn units_of_channels_are_used_and_other_streams_passed_over() {
        let inertial = [
            ("AccX", "g"),
            ("AccY", "g"),
            ("AccZ", "g"),
            ("GyroX", "deg/s"),
            ("GyroY", "deg/s"),
            ("GyroZ", "deg/s"),
        ];
        let mut content = [&2_u32.to_le_bytes()[..], &[1, 1, 0]].concat();
        content.extend(
            [0_i16, 0, 1, 180, 0, 0]
                .iter()
                .flat_map(|value| value.to_le_bytes()),
        );
        let (recording, _) = read_chunks(&[
            header(1, "string", &[("marker", "")]),
            header(2, "int16", &inertial),
            chunk_of(3, &content),
            chunk_of(3, b"\x01\0\0\0\x01\x01\0\x01\x05hello"),
        ])
        .unwrap();
        let [sensor] = recording.sensors.as_slice() else {
            panic!("{recording:?}")
        };
        assert_relative_eq!(sensor.accel_m_s2.as_ref().unwrap()[0].z, 9.806_65);
        assert_relative_eq!(
            sensor.gyro_rad_s.as_ref().unwrap()[0].x,
            std::f64::consts::PI
        );
    }

    #[test]
    fn letters_of_motion_capture_are_components_w_first() {
        let letters = ["A", "B", "C", "D"].map(|letter| format!("head_Orientation{letter}"));
        let channels: Vec<(&str, &str)> = letters.iter().map(|one| (one.as_str(), "")).collect();
        let (recording, warnings) = read_chunks(&[
            header(7, "float32", &channels),
            samples(7, &[(Some(5.0), [0.8, 0.6, 0.0, 0.0])]),
        ])
        .unwrap();
        let found = recording.sensors[0].earth_from_sensor.as_ref().unwrap()[0];
        assert_relative_eq!(found.i, 0.6, epsilon = 1e-6);
        assert_eq!(warnings.count(Warning::ConventionAssumed), 1);
    }

    #[test]
    fn damage_is_passed_over_up_to_the_next_mark() {
        let whole = samples(7, &[(Some(1.0), STILL)]);
        let (recording, warnings) = read_chunks(&[
            header(7, "float32", &QUATERNION),
            whole.clone(),
            b"\x03damage".to_vec(),
            BOUNDARY.to_be_bytes().to_vec(),
            samples(7, &[(Some(2.0), STILL)]),
            whole[..whole.len() - 3].to_vec(),
        ])
        .unwrap();
        assert_eq!(recording.sensors[0].len(), 2);
        assert_eq!(warnings.count(Warning::CorruptFrame), 2);
        assert_eq!(warnings.count(Warning::CutOff), 1);
    }

    #[test]
    fn counts_that_do_not_fit_are_survived() {
        let mut content = [&7_u32.to_le_bytes()[..], &[8], &u64::MAX.to_le_bytes()[..]].concat();
        content.extend([0; 17]);
        let huge = [&[8], &u64::MAX.to_le_bytes()[..], &3_u16.to_le_bytes()].concat();
        let (recording, warnings) = read_chunks(&[
            header(7, "float32", &QUATERNION),
            chunk_of(3, &content),
            huge,
        ])
        .unwrap();
        assert_eq!(recording.sensors[0].len(), 1);
        assert_eq!(warnings.count(Warning::CorruptFrame), 1);
    }

    #[test]
    fn a_file_without_orientation_names_its_streams() {
        let error = read_chunks(&[header(1, "float32", &[("Fp1", "uV")])]).unwrap_err();
        assert!(
            error.to_string().contains("Head (IMU, 1 channels)"),
            "{error}"
        );
        let error = read_chunks(&[header(1, "float32", &QUATERNION)]).unwrap_err();
        assert!(matches!(error, ReadError::NoRows), "{error}");
    }
}
