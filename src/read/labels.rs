//! Labels from names: subject, visit and task from a path, head and trunk from a sensor's name.

use std::path::Path;

use super::{ReadError, ReadOptions};
use crate::sample::{About, Recording, SensorPlace, SensorSamples};

const HEAD_WORDS: [&str; 5] = ["head", "forehead", "front", "hd", "headset"];
const TRUNK_WORDS: [&str; 10] = [
    "trunk",
    "chest",
    "sternum",
    "thorax",
    "t1",
    "c7",
    "back",
    "torso",
    "upperback",
    "upperspine",
];

/// Fills in what a BIDS-like path says: `sub-01/ses-02/sub-01_ses-02_task-flexion_motion.csv`.
/// The file's own name goes before its folders; labels are letters and digits.
pub fn about_from_path(path: &Path, about: &mut About) {
    let names = path.iter().rev().map(|part| part.to_string_lossy());
    for (depth, name) in names.enumerate() {
        let stem = if depth == 0 {
            name.split('.').next().unwrap_or_default()
        } else {
            &name
        };
        for entity in stem.split('_') {
            let Some((key, label)) = entity.split_once('-') else {
                continue;
            };
            let slot = match key {
                "sub" => &mut about.subject,
                "ses" => &mut about.visit,
                "task" if depth == 0 => &mut about.task,
                _ => continue,
            };
            if is_label(label) {
                slot.get_or_insert_with(|| label.to_owned());
            }
        }
    }
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Decides which sensor sits on the head and which on the trunk: as the user says, as the recording
/// says already, by their names; a single sensor sits on the head. Where nothing tells, the place
/// stays open.
///
/// # Errors
/// When the user names a sensor that is not there.
pub fn assign_places(recording: &mut Recording, options: &ReadOptions) -> Result<(), ReadError> {
    let said = [
        (&options.head, SensorPlace::Head, "--head"),
        (&options.trunk, SensorPlace::Trunk, "--trunk"),
    ];
    for (name, place, flag) in said {
        let Some(name) = name else { continue };
        let index = recording
            .sensors
            .iter()
            .position(|sensor| is_named(sensor, name));
        let index = index.ok_or_else(|| ReadError::NoSuchSensor {
            name: name.clone(),
            sensors: sensor_names(&recording.sensors),
            flag,
        })?;
        claim(recording, index, place);
    }
    for place in [SensorPlace::Head, SensorPlace::Trunk] {
        if recording.sensor_at(place).is_none()
            && let Some(index) = by_name(recording, place)
        {
            claim(recording, index, place);
        }
    }
    if let [only] = recording.sensors.as_mut_slice() {
        only.place.get_or_insert(SensorPlace::Head);
    }
    Ok(())
}

/// Puts one sensor there, and takes any other away.
pub(super) fn claim(recording: &mut Recording, index: usize, place: SensorPlace) {
    for (other, sensor) in recording.sensors.iter_mut().enumerate() {
        if other == index {
            sensor.place = Some(place);
        } else if sensor.place == Some(place) {
            sensor.place = None;
        }
    }
}

/// A word of the name stands for that place.
pub(super) fn names_place(name: &str, place: SensorPlace) -> bool {
    let words: &[&str] = match place {
        SensorPlace::Head => &HEAD_WORDS,
        SensorPlace::Trunk => &TRUNK_WORDS,
    };
    let name = name.to_lowercase();
    let parts: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    let pairs: Vec<String> = parts.windows(2).map(<[&str]>::concat).collect();
    let mut all = parts.into_iter().chain(pairs.iter().map(String::as_str));
    all.any(|part| {
        words.contains(&part) || words.contains(&part.trim_end_matches(|c: char| c.is_numeric()))
    })
}

/// The only sensor without a place whose name has a word of that place.
fn by_name(recording: &Recording, place: SensorPlace) -> Option<usize> {
    let fits = |name: &str| names_place(name, place);
    let mut found = recording
        .sensors
        .iter()
        .enumerate()
        .filter(|(_, sensor)| sensor.place.is_none() && fits(&sensor.name));
    let first = found.next()?.0;
    found.next().is_none().then_some(first)
}

pub(super) fn is_named(sensor: &SensorSamples, name: &str) -> bool {
    sensor.name.eq_ignore_ascii_case(name) || sensor.place.is_some_and(|place| place.name() == name)
}

/// What the sensors are called, for a question about them.
pub fn sensor_names(sensors: &[SensorSamples]) -> String {
    let names = sensors.iter().enumerate().map(|(index, sensor)| {
        if sensor.name.is_empty() {
            format!("sensor {} (no name)", index + 1)
        } else {
            super::error::excerpt(sensor.name.as_bytes(), 40)
        }
    });
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(names: &[&str]) -> Recording {
        let sensor = |name: &&str| SensorSamples {
            name: (*name).to_owned(),
            ..SensorSamples::default()
        };
        Recording {
            sensors: names.iter().map(sensor).collect(),
            ..Recording::default()
        }
    }

    fn places(names: &[&str], options: &ReadOptions) -> Vec<Option<&'static str>> {
        let mut recording = recording(names);
        assign_places(&mut recording, options).unwrap();
        recording
            .sensors
            .iter()
            .map(|sensor| sensor.place.map(SensorPlace::name))
            .collect()
    }

    #[test]
    fn paths_tell_labels() {
        let mut about = About::default();
        let path = Path::new("data/sub-01/ses-02/sub-01_ses-A3_task-flexion_motion.csv.gz");
        about_from_path(path, &mut about);
        let said = (
            about.subject.as_deref(),
            about.visit.as_deref(),
            about.task.as_deref(),
        );
        assert_eq!(said, (Some("01"), Some("A3"), Some("flexion")));
        let mut about = About::default();
        about_from_path(Path::new("Sub-01/sub-/ses-a.b/x.csv"), &mut about);
        assert_eq!(about, About::default());
    }

    #[test]
    fn places_come_from_the_user_then_names_then_number() {
        let none = ReadOptions::default();
        assert_eq!(
            places(&["head_imu", "torso_imu"], &none),
            [Some("head"), Some("trunk")]
        );
        assert_eq!(places(&["x"], &none), [Some("head")]);
        assert_eq!(places(&["sternum"], &none), [Some("trunk")]);
        assert_eq!(places(&["Upper Spine"], &none), [Some("trunk")]);
        assert_eq!(places(&["1", "2"], &none), [None, None]);
        assert_eq!(places(&["head1", "head2"], &none), [None, None]);
        let said = ReadOptions {
            head: Some("2".to_owned()),
            ..ReadOptions::default()
        };
        assert_eq!(places(&["1", "2"], &said), [None, Some("head")]);
    }

    #[test]
    fn open_questions_name_the_sensors() {
        assert_eq!(
            sensor_names(&recording(&["1", ""]).sensors),
            "1, sensor 2 (no name)"
        );
        let options = ReadOptions {
            trunk: Some("3".to_owned()),
            ..ReadOptions::default()
        };
        let error = assign_places(&mut recording(&["1", "2"]), &options).unwrap_err();
        assert!(error.to_string().contains("no sensor named '3'"), "{error}");
    }
}
