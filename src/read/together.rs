//! Which files are read together: the kinds of messages of one sensor, the sensors of one recording.
//!
//! A format says of each file, from its path, which sensor's samples it holds and which recording
//! they are of ([`Part`]). The recording's name is a path too: the folder that holds it, or what the
//! names of its files begin with.

use std::collections::HashMap;

use super::neighbours::{last, parent};
use super::{Detected, Format};

/// Where a file belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Files of the same sensor have the same; a path.
    pub sensor: String,
    /// Files of the same recording have the same; a path from the root, empty for the root itself.
    pub recording: String,
}

/// A file that is a recording by itself.
pub fn alone(path: &str) -> Part {
    Part {
        sensor: path.to_owned(),
        recording: path.to_owned(),
    }
}

/// The files of a folder are of one sensor, which is the recording.
pub fn folder(path: &str) -> Part {
    Part {
        sensor: parent(path).to_owned(),
        recording: parent(path).to_owned(),
    }
}

/// Each file of a folder is of one sensor, all of one recording.
pub fn file_a_sensor(path: &str) -> Part {
    Part {
        sensor: path.to_owned(),
        recording: parent(path).to_owned(),
    }
}

/// A folder is of one sensor; when `is_device` knows its name, the folder above is the recording.
pub fn folder_a_sensor(path: &str, is_device: fn(&str) -> bool) -> Part {
    let sensor = parent(path);
    let recording = if is_device(last(sensor)) {
        parent(sensor)
    } else {
        sensor
    };
    Part {
        sensor: sensor.to_owned(),
        recording: recording.to_owned(),
    }
}

/// A file whose format is known.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) path: String,
    pub(super) format: &'static Format,
    pub(super) detected: Detected,
}

/// The files of one recording.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// As [`Part::recording`].
    pub(super) recording: String,
    pub(super) sensors: Vec<SensorFiles>,
}

/// The files of one sensor.
#[derive(Debug, Clone)]
pub(super) struct SensorFiles {
    /// As [`Part::sensor`].
    pub(super) sensor: String,
    /// The file that is read first; it finds the others.
    pub(super) main: Known,
    /// All of them, that one included.
    pub(super) paths: Vec<String>,
}

/// Puts files together; those of a sensor of which no file can be read first are left out.
pub(super) fn groups(files: &[Known]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<(String, &str), usize> = HashMap::new();
    for file in files {
        let part = (file.format.together)(&file.path);
        let key = (part.recording.clone(), file.format.name);
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(&part.sensor, file),
            None => groups.push(Group {
                recording: part.recording,
                sensors: vec![SensorFiles::new(&part.sensor, file)],
            }),
        }
    }
    for group in &mut groups {
        group
            .sensors
            .retain(|sensor| sensor.main.detected != Detected::Companion);
    }
    groups.retain(|group| !group.sensors.is_empty());
    groups
}

impl Group {
    fn push(&mut self, sensor: &str, file: &Known) {
        match self.sensors.iter_mut().find(|one| one.sensor == sensor) {
            Some(found) => {
                found.paths.push(file.path.clone());
                if rank(file.detected) > rank(found.main.detected) {
                    found.main = file.clone();
                }
            }
            None => self.sensors.push(SensorFiles::new(sensor, file)),
        }
    }
}

impl SensorFiles {
    fn new(sensor: &str, file: &Known) -> Self {
        Self {
            sensor: sensor.to_owned(),
            main: file.clone(),
            paths: vec![file.path.clone()],
        }
    }
}

/// The higher one is read first.
const fn rank(detected: Detected) -> u8 {
    match detected {
        Detected::Recording => 2,
        Detected::Lesser => 1,
        Detected::Companion | Detected::No => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::FORMATS;

    fn grouped(files: &[(&str, Detected)]) -> Vec<(String, Vec<String>)> {
        let format = FORMATS.iter().find(|one| one.name == "ximu3-csv").unwrap();
        let known = |(path, detected): &(&str, Detected)| Known {
            path: (*path).to_owned(),
            format,
            detected: *detected,
        };
        let files: Vec<Known> = files.iter().map(known).collect();
        let mains = |group: &Group| {
            group
                .sensors
                .iter()
                .map(|one| one.main.path.clone())
                .collect()
        };
        groups(&files)
            .iter()
            .map(|group| (group.recording.clone(), mains(group)))
            .collect()
    }

    #[test]
    fn folders_of_devices_are_one_recording_and_the_best_file_stands_for_each() {
        let found = grouped(&[
            ("s/Head 0123ABCD (USB)/Inertial.csv", Detected::Lesser),
            ("s/Head 0123ABCD (USB)/Quaternion.csv", Detected::Recording),
            ("s/Chest 0123ABCE (USB)/Battery.csv", Detected::Companion),
            ("s/Chest 0123ABCE (USB)/Inertial.csv", Detected::Lesser),
            ("s/other/Quaternion.csv", Detected::Recording),
            ("s/none/Battery.csv", Detected::Companion),
        ]);
        let expected = [
            (
                "s",
                vec![
                    "s/Head 0123ABCD (USB)/Quaternion.csv",
                    "s/Chest 0123ABCE (USB)/Inertial.csv",
                ],
            ),
            ("s/other", vec!["s/other/Quaternion.csv"]),
        ];
        assert_eq!(found.len(), expected.len());
        for ((recording, mains), (expected, paths)) in found.iter().zip(expected) {
            assert_eq!((recording.as_str(), mains.len()), (expected, paths.len()));
            assert_eq!(*mains, paths);
        }
    }
}
