//! APDM Opal: HDF5 of Moveo Explorer, Mobility Lab and Motion Studio.
//!
//! Groups hold groups and datasets, and both have attributes; `hdf5.rs` says what these are. The
//! whole file is held in memory while it is read.
//!
//! Version 5 has `/Sensors/<id>` with the datasets `Accelerometer`, `Gyroscope` and `Magnetometer`, a
//! row of three numbers a sample, and `Time`, microseconds since 1970; `Label 0` and `Sample Rate` are
//! attributes of `/Sensors/<id>/Configuration`. `/Processed/<id>/Orientation` has rows of four. It may
//! be missing; gyroscope and accelerometer are read without.
//!
//! Versions 3 and 4 have `/<id>/Calibrated` with `Accelerometers`, `Gyroscopes`, `Magnetometers` and
//! `Orientation`, and `/<id>/Time`; the attributes `CaseIdList` and `MonitorLabelList` of the file name
//! the sensors.
//!
//! The quaternion is scalar first, sensor to earth, north-west-up; m/s², rad/s, µT. The sensors share
//! one clock. Barometer, temperature and annotations are passed over.

use std::fs::File;
use std::io::BufReader;

use super::channels::{SensorColumns, Triple, even_times};
use super::error::excerpt;
use super::hdf5::{Group, MAGIC, has, open};
use super::table::Table;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::{Recording, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "apdm-hdf5",
    title: "APDM Opal (HDF5, versions 3 to 5)",
    extensions: &["h5"],
    gives: "quaternion, gyroscope, accelerometer, magnetometer; several sensors",
    checked: "from documentation, and programs that read such files",
    detect,
    together: alone,
    read,
};

const TIME_UNIT_S: f64 = 1e-6;

fn detect(bytes: &[u8]) -> Detected {
    Detected::recording_if(bytes.starts_with(MAGIC))
}

/// A sound HDF5 file of another program.
pub(super) fn is_other(file: File) -> bool {
    let layout = open(&mut BufReader::new(file)).and_then(|root| Layout::of(&root));
    matches!(layout, Err(ReadError::OtherHdf5 { .. }))
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let root = open(source.reader)?;
    let devices = match Layout::of(&root)? {
        Layout::Sensors => version_5(&root)?,
        Layout::Calibrated => older(&root)?,
    };
    name_unused(&root, warnings);
    let mut sensors = Vec::new();
    let mut without = Vec::new();
    for device in devices {
        let channels = device.read(warnings)?;
        if channels.sensor.has_orientation() {
            sensors.push(channels.samples(device.rate_hz, options)?);
        } else {
            without.push(device.label);
        }
    }
    let left_out = excerpt(without.join(", ").as_bytes(), 200);
    if sensors.is_empty() {
        let has = format!("other channels of its sensors ({left_out})");
        return Err(ReadError::NoOrientation { has });
    }
    warnings.add_many(Warning::SensorLeftOut, without.len(), || {
        format!("{left_out}: neither a quaternion nor gyroscope and accelerometer")
    });
    if sensors.iter().all(SensorSamples::is_empty) {
        return Err(ReadError::NoRows);
    }
    Ok(Recording {
        sensors,
        ..Recording::default()
    })
}

/// Counts the datasets that are passed over.
fn name_unused(group: &Group, warnings: &mut Warnings) {
    let used = |name: &str| {
        let named = |names: &Names| names.contains(&name);
        ["Time", "Orientation"].contains(&name) || [&NAMES, &OLDER_NAMES].into_iter().any(named)
    };
    for name in group.datasets.iter().filter(|name| !used(name)) {
        warnings.add(Warning::UnusedColumn, || excerpt(name.as_bytes(), 80));
    }
}

/// Where the sensors are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Version 5.
    Sensors,
    /// Versions 3 and 4.
    Calibrated,
}

impl Layout {
    fn of(root: &Group) -> Result<Self, ReadError> {
        if has(&root.groups, "Sensors") {
            return Ok(Self::Sensors);
        }
        for id in &root.groups {
            let group = root.child(id)?;
            if group.is_some_and(|group| has(&group.groups, "Calibrated")) {
                return Ok(Self::Calibrated);
            }
        }
        let names = [root.groups.as_slice(), &root.datasets].concat().join(", ");
        let names = excerpt(names.as_bytes(), 200);
        let has = format!("{names}, and neither Sensors nor a group with Calibrated");
        Err(ReadError::OtherHdf5 { has })
    }
}

/// Gyroscope, accelerometer, magnetometer.
type Names = [&'static str; 3];

const NAMES: Names = ["Gyroscope", "Accelerometer", "Magnetometer"];
const OLDER_NAMES: Names = ["Gyroscopes", "Accelerometers", "Magnetometers"];

/// A sensor of the file.
struct Device {
    label: String,
    rate_hz: Option<f64>,
    /// The group with its times.
    times: Group,
    inertial: Group,
    orientation: Option<Group>,
    names: Names,
}

fn version_5(root: &Group) -> Result<Vec<Device>, ReadError> {
    let processed = root.child("Processed")?;
    let mut devices = Vec::new();
    let Some(sensors) = root.child("Sensors")? else {
        return Ok(devices);
    };
    for id in &sensors.groups {
        let Some(times) = sensors.child(id)? else {
            continue;
        };
        let configuration = times.attributes_of("Configuration")?;
        let orientation = processed.as_ref().map(|group| group.child(id));
        devices.push(Device {
            label: label(configuration.texts("Label 0").first(), id),
            rate_hz: configuration.number("Sample Rate"),
            inertial: times.clone(),
            times,
            orientation: orientation.transpose()?.flatten(),
            names: NAMES,
        });
    }
    Ok(devices)
}

fn older(root: &Group) -> Result<Vec<Device>, ReadError> {
    let attributes = root.attributes()?;
    let ids = attributes.texts("CaseIdList");
    let labels = attributes.texts("MonitorLabelList");
    let mut devices = Vec::new();
    for id in &root.groups {
        let Some(times) = root.child(id)? else {
            continue;
        };
        let Some(calibrated) = times.child("Calibrated")? else {
            continue;
        };
        let at = ids.iter().position(|other| other == id);
        devices.push(Device {
            label: label(at.and_then(|at| labels.get(at)), id),
            rate_hz: times.attributes()?.number("SampleRate"),
            times,
            inertial: calibrated.clone(),
            orientation: Some(calibrated),
            names: OLDER_NAMES,
        });
    }
    Ok(devices)
}

fn label(found: Option<&String>, id: &str) -> String {
    let found = found.filter(|label| !label.is_empty());
    found.map_or_else(|| id.to_owned(), Clone::clone)
}

impl Device {
    fn read(&self, warnings: &mut Warnings) -> Result<Channels, ReadError> {
        name_unused(&self.times, warnings);
        let mut channels = Channels::default();
        channels.sensor.name.clone_from(&self.label);
        let time = self.times.columns("Time", 1)?;
        channels.time = time.and_then(|columns| columns.into_iter().next());
        if let Some(group) = &self.orientation
            && let Some(found) = group.columns("Orientation", 4)?
        {
            let at = channels.keep("Orientation", found, warnings);
            channels.sensor.quaternion = at.map(|at| [at, at + 1, at + 2, at + 3]);
        }
        let mut triple = |name| -> Result<Option<Triple>, ReadError> {
            let found = self.inertial.columns(name, 3)?;
            let at = found.and_then(|found| channels.keep(name, found, warnings));
            Ok(at.map(|at| Triple {
                columns: [at, at + 1, at + 2],
                scale: 1.0,
            }))
        };
        let [gyro, accel, mag] = self.names;
        let (gyro, accel, mag) = (triple(gyro)?, triple(accel)?, triple(mag)?);
        channels.sensor.gyro = gyro;
        channels.sensor.accel = accel;
        channels.sensor.mag = mag;
        Ok(channels)
    }
}

/// What was read of a sensor.
#[derive(Default)]
struct Channels {
    sensor: SensorColumns,
    time: Option<Vec<f64>>,
    columns: Vec<Vec<f64>>,
}

impl Channels {
    /// Adds the columns of a channel, and says where they are; one that has not as many rows as the
    /// others is left out.
    fn keep(
        &mut self,
        channel: &str,
        found: Vec<Vec<f64>>,
        warnings: &mut Warnings,
    ) -> Option<usize> {
        let rows = found.first().map_or(0, Vec::len);
        let expected = self.rows().unwrap_or(rows);
        let of = || excerpt(format!("{channel} of {}", self.sensor.name).as_bytes(), 80);
        if rows != expected {
            warnings.add(Warning::UnusedColumn, || {
                format!("{} has {rows} rows, not {expected}", of())
            });
            return None;
        }
        let missing = found.iter().flatten().filter(|value| value.is_nan());
        warnings.add_many(Warning::MissingValue, missing.count(), of);
        let at = self.columns.len();
        self.columns.extend(found);
        Some(at)
    }

    fn rows(&self) -> Option<usize> {
        self.time.as_ref().or(self.columns.first()).map(Vec::len)
    }

    fn samples(
        self,
        rate_hz: Option<f64>,
        options: &ReadOptions,
    ) -> Result<SensorSamples, ReadError> {
        let unit_s = options.time_unit_s.unwrap_or(TIME_UNIT_S);
        let rows = self.rows().unwrap_or_default();
        let time_s = if let Some(time) = self.time {
            time.iter().map(|time| time * unit_s).collect()
        } else {
            let stated = rate_hz.filter(|rate| *rate > 0.0 && rate.is_finite());
            even_times(rows, options.rate_hz.or(stated).ok_or(ReadError::NoRate)?)
        };
        let table = Table::new((0..self.columns.len()).collect(), self.columns);
        Ok(self.sensor.samples(&table, time_s, options))
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::protocol::testing::Noise;
    use crate::read::read_bytes;

    const VERSION_5: &[u8] =
        include_bytes!("../../sample_data/formats/apdm-hdf5/version_5_forehead_and_sternum.h5");
    const OLDER: &[u8] =
        include_bytes!("../../sample_data/formats/apdm-hdf5/version_4_older_groups.h5");

    fn recording(bytes: &[u8]) -> Result<(Recording, Warnings), ReadError> {
        assert_eq!(detect(bytes), Detected::Recording);
        read_bytes(&FORMAT, bytes, &ReadOptions::default())
    }

    /// The same file, with other bytes of the same length in every place.
    fn with(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
        assert_eq!(from.len(), to.len());
        let mut bytes = bytes.to_vec();
        let places: Vec<usize> = memchr::memmem::find_iter(&bytes, from).collect();
        assert!(!places.is_empty());
        for at in places {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
        bytes
    }

    fn names(recording: &Recording) -> Vec<&str> {
        let sensors = recording.sensors.iter();
        sensors.map(|sensor| sensor.name.as_str()).collect()
    }

    #[test]
    fn both_layouts_give_the_same_samples() {
        let (new, warnings) = recording(VERSION_5).unwrap();
        let (old, _) = recording(OLDER).unwrap();
        assert_eq!(names(&new), ["Forehead", "Sternum"]);
        assert_eq!(new, old);
        // Two barometers, and the annotations.
        assert_eq!(warnings.count(Warning::UnusedColumn), 3, "{warnings:?}");
        let sensor = &new.sensors[0];
        assert_eq!(sensor.len(), 64);
        assert_relative_eq!(sensor.time_s[0], 1_550_000_000.0);
        assert_relative_eq!(
            sensor.time_s[63] - sensor.time_s[0],
            63.0 / 32.0,
            epsilon = 1e-6
        );
        let turn = sensor.earth_from_sensor.as_ref().unwrap()[50];
        let accel = sensor.accel_m_s2.as_ref().unwrap()[50];
        let up = nalgebra::UnitQuaternion::new_normalize(turn) * accel;
        assert_relative_eq!(up, nalgebra::Vector3::z() * 9.806_65, epsilon = 1e-5);
        assert_relative_eq!(
            sensor.mag_ut.as_ref().unwrap()[50].norm(),
            44.721,
            epsilon = 1e-3
        );
    }

    #[test]
    fn without_orientation_gyroscope_and_accelerometer_are_kept() {
        let (read, _) = recording(&with(VERSION_5, b"Processed", b"Xrocessed")).unwrap();
        for sensor in &read.sensors {
            assert!(sensor.earth_from_sensor.is_none());
            assert_eq!(sensor.gyro_rad_s.as_ref().map(Vec::len), Some(64));
        }
        let bytes = with(VERSION_5, b"Processed", b"Xrocessed");
        let error = recording(&with(&bytes, b"Gyroscope", b"Xyroscope")).unwrap_err();
        assert!(matches!(error, ReadError::NoOrientation { .. }), "{error}");
        assert!(error.to_string().contains("Forehead, Sternum"), "{error}");
    }

    #[test]
    fn without_times_the_rate_counts_and_without_labels_the_number() {
        let bytes = with(VERSION_5, b"Time\0", b"Xime\0");
        let (read, _) = recording(&with(&bytes, b"Label 0", b"Xabel 0")).unwrap();
        assert_eq!(names(&read), ["101", "102"]);
        assert_relative_eq!(read.sensors[0].time_s[32], 1.0);
        let error = recording(&with(&bytes, b"Sample Rate", b"Xample Rate")).unwrap_err();
        assert!(matches!(error, ReadError::NoRate), "{error}");
    }

    #[test]
    fn hdf5_of_other_programs_is_refused_by_name() {
        let bytes = with(VERSION_5, b"Sensors", b"Xensors");
        let error = recording(&bytes).unwrap_err();
        assert!(matches!(error, ReadError::OtherHdf5 { .. }), "{error}");
        assert!(error.to_string().contains("Xensors"), "{error}");
        let other = |bytes: &[u8]| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), bytes).unwrap();
            is_other(file.reopen().unwrap())
        };
        assert!(other(&bytes));
        assert!(!other(VERSION_5) && !other(OLDER) && !other(b"\x89HDF\r\n\x1a\nnonsense"));
    }

    #[test]
    fn shapes_that_the_file_cannot_hold_are_damage() {
        let shape = |rows: u64| [rows.to_le_bytes(), 3_u64.to_le_bytes()].concat();
        for rows in [65, 1 << 40, u64::MAX] {
            let read = recording(&with(VERSION_5, &shape(64), &shape(rows)));
            assert!(matches!(read, Err(ReadError::Damaged { .. })), "{read:?}");
        }
    }

    #[test]
    fn channels_of_another_length_are_left_out_and_counted() {
        // The first dataset in the file is the accelerometer of the first sensor.
        let (two, one) = ([64_u64, 3], [60_u64, 3]);
        let bytes = |shape: [u64; 2]| shape.map(u64::to_le_bytes).concat();
        let mut file = VERSION_5.to_vec();
        let at = memchr::memmem::find(&file, &bytes(two)).unwrap();
        file[at..at + 16].copy_from_slice(&bytes(one));
        let (read, warnings) = recording(&file).unwrap();
        assert!(read.sensors[0].accel_m_s2.is_none(), "{warnings:?}");
        assert!(read.sensors[0].earth_from_sensor.is_some());
        assert_eq!(warnings.count(Warning::UnusedColumn), 4, "{warnings:?}");
    }

    #[test]
    fn files_that_are_cut_off_are_damaged() {
        for length in [8, 100, VERSION_5.len() / 2] {
            let read = recording(&VERSION_5[..length]);
            assert!(matches!(read, Err(ReadError::Damaged { .. })), "{read:?}");
        }
    }

    /// Reads it; whatever is read keeps the promises of a recording.
    fn survives(bytes: &[u8]) {
        let Ok((read, _)) = read_bytes(&FORMAT, bytes, &ReadOptions::default()) else {
            return;
        };
        for sensor in &read.sensors {
            let turns = sensor.earth_from_sensor.as_ref().map(Vec::len);
            let channels = [&sensor.gyro_rad_s, &sensor.accel_m_s2, &sensor.mag_ut];
            let mut counts = channels
                .map(|channel| channel.as_ref().map(Vec::len))
                .to_vec();
            counts.push(turns);
            assert!(counts.iter().flatten().all(|count| *count == sensor.len()));
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_survived() {
        for whole in [VERSION_5, OLDER] {
            for cut in (0..whole.len()).step_by(97) {
                survives(&whole[..cut]);
            }
        }
    }

    #[test]
    fn noise_is_survived() {
        let cases = [VERSION_5, OLDER].into_iter();
        for (whole, seed) in cases.flat_map(|whole| (1..=200_u64).map(move |seed| (whole, seed))) {
            let mut noise = Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let mut damaged = whole.to_vec();
            for byte in &mut damaged {
                let drawn = noise.next();
                *byte ^= 0x55 * u8::from(drawn.is_multiple_of(100));
            }
            survives(&damaged);
        }
    }

    /// One byte at a time lets the rest of the tables through.
    #[test]
    fn a_byte_changed_anywhere_is_survived() {
        let cases = [VERSION_5, OLDER].into_iter();
        let places =
            cases.flat_map(|whole| (0..whole.len()).step_by(23).map(move |at| (whole, at)));
        for (whole, at) in places {
            let mut damaged = whole.to_vec();
            for value in [0, 0x7f, 0xff] {
                damaged[at] = value;
                survives(&damaged);
            }
        }
    }
}
