//! BIDS-Motion: a data set as a folder, to which every recording adds its files.
//!
//! ```text
//! dataset_description.json  participants.tsv  README
//! sub-01/ses-01/sub-01_ses-01_scans.tsv                  where the date is known
//! sub-01/ses-01/motion/sub-01_ses-01_task-T_tracksys-imu_motion.tsv      samples, no header line
//!                                                       _motion.json     rate, counts, mount, protocol
//!                                                       _channels.tsv    a row for each column
//!                                                       _channels.json   the reference frames
//!                                                       _events.tsv      where there are events
//! ```
//!
//! Sensors with equal times are one tracking system, `imu`; else each is its own, `imuhead` and so on.
//! The first channel is `LATENCY`, seconds from the first sample; events count from there too. A
//! missing value is `n/a`. Orientation is `ORNT` by component, sensor to earth, Z up; the inertial
//! channels are in sensor axes: rad/s, m/s² (specific force), µT.
//!
//! What [`check_bids`](super::check_bids) finds is what validators of BIDS pass over.

use serde_json::{Map, Value, json};

use super::bids_table::{Table, check};
use super::channels::sensor_names;
use super::sidecar::{known, pretty};
use super::{File, Format, Job, Shape, WhenThere, WriteError, Written};
use crate::sample::{About, Clocks, Recording, SensorSamples, median_step};

/// This format.
pub const FORMAT: Format = Format {
    name: "bids-motion",
    title: "BIDS-Motion data set",
    shape: Shape::Folder,
    leaves_out: "the zero of the times; characters of labels that are neither letters nor digits",
    sidecar: false,
    write,
};

/// The version of BIDS that is written.
const BIDS_VERSION: &str = "1.10.0";

fn write(job: &Job<'_>) -> Result<Written, WriteError> {
    let recording = job.recording;
    let mut notes = Vec::new();
    let labels = Labels::of(&recording.about, &mut notes);
    let systems = systems(recording);
    if systems.len() > 1 && recording.clocks == Clocks::Separate {
        notes.push("BIDS-Motion does not say how the sensors' own clocks relate".to_owned());
    }
    let mut files = data_set(&labels, recording.about.simulated);
    let mut scans = String::from("filename\tacq_time\n");
    for (index, system) in systems.iter().enumerate() {
        let stem = labels.stem(&system.name);
        let folder = labels.folder();
        let path = |ending: &str| format!("{folder}/motion/{stem}_{ending}");
        let table = Table::of(system);
        files.push(motion(path("motion.tsv"), table.rows()));
        files.push(meta(path("channels.tsv"), table.channels()));
        files.push(meta(path("channels.json"), pretty(&table.frames())));
        let description = description(job, &labels, system, &table);
        files.push(meta(
            path("motion.json"),
            pretty(&Value::Object(description)),
        ));
        if index == 0 && !recording.about.events.is_empty() {
            files.push(meta(
                path("events.tsv"),
                events(&recording.about, system.zero_s),
            ));
        }
        if let Some(day) = day(&recording.about) {
            scans.push_str(&format!("motion/{stem}_motion.tsv\t{day}T00:00:00\n"));
        }
    }
    if day(&recording.about).is_some() {
        let path = format!("{}/{}_scans.tsv", labels.folder(), labels.session());
        files.push(file(path, scans.into_bytes(), WhenThere::AddRows));
    }
    check(&files)?;
    Ok(Written {
        files,
        notes,
        ..Written::default()
    })
}

const fn file(path: String, bytes: Vec<u8>, when_there: WhenThere) -> File {
    File {
        path,
        bytes,
        when_there,
    }
}

/// Samples: those of another recording are never written over.
const fn motion(path: String, bytes: Vec<u8>) -> File {
    file(path, bytes, WhenThere::Same)
}

const fn meta(path: String, bytes: Vec<u8>) -> File {
    file(path, bytes, WhenThere::Replace)
}

/// Labels in names: letters and digits only.
struct Labels {
    subject: String,
    visit: String,
    task: String,
}

impl Labels {
    fn of(about: &About, notes: &mut Vec<String>) -> Self {
        let mut label = |known: &Option<String>, default: &str, note: &str| {
            let plain = |text: &String| -> String {
                text.chars().filter(char::is_ascii_alphanumeric).collect()
            };
            let label = known.as_ref().map(plain).filter(|text| !text.is_empty());
            label.unwrap_or_else(|| {
                notes.push(note.to_owned());
                default.to_owned()
            })
        };
        Self {
            subject: label(
                &about.subject,
                "01",
                "the subject is not known: 01 is taken; pass --subject",
            ),
            visit: label(
                &about.visit,
                "01",
                "the visit is not known: 01 is taken; pass --visit",
            ),
            task: label(&about.task, "rom", "the task is not known: rom is taken"),
        }
    }

    fn folder(&self) -> String {
        format!("sub-{}/ses-{}", self.subject, self.visit)
    }

    fn session(&self) -> String {
        format!("sub-{}_ses-{}", self.subject, self.visit)
    }

    fn stem(&self, system: &str) -> String {
        format!("{}_task-{}_tracksys-{system}", self.session(), self.task)
    }
}

/// Sensors with one time for all.
pub(super) struct System<'a> {
    pub(super) name: String,
    /// With their names.
    pub(super) sensors: Vec<(String, &'a SensorSamples)>,
    /// What becomes zero.
    pub(super) zero_s: f64,
}

impl System<'_> {
    pub(super) fn time_s(&self) -> &[f64] {
        self.sensors
            .first()
            .map_or(&[], |(_, sensor)| &sensor.time_s)
    }
}

/// One system where all times are equal, else one for each sensor.
fn systems(recording: &Recording) -> Vec<System<'_>> {
    let named = || sensor_names(recording).into_iter().zip(&recording.sensors);
    let first = |sensor: &SensorSamples| sensor.time_s.first().copied().unwrap_or_default();
    let earliest = recording
        .sensors
        .iter()
        .map(first)
        .fold(f64::INFINITY, f64::min);
    let equal = recording
        .sensors
        .windows(2)
        .all(|pair| pair[0].time_s == pair[1].time_s);
    if equal {
        return vec![System {
            name: "imu".to_owned(),
            sensors: named().collect(),
            zero_s: earliest,
        }];
    }
    let separate = recording.clocks == Clocks::Separate;
    named()
        .map(|(name, sensor)| System {
            name: format!("imu{}", name.replace('_', "")),
            zero_s: if separate { first(sensor) } else { earliest },
            sensors: vec![(name, sensor)],
        })
        .collect()
}

/// The files of the whole data set.
fn data_set(labels: &Labels, simulated: bool) -> Vec<File> {
    let description = json!({
        "Name": "Neck movement",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{ "Name": "neckrom", "Version": env!("CARGO_PKG_VERSION") }],
    });
    let mut readme = String::from(
        "Recordings of neck movement by orientation sensors, converted by neckrom.\n\n\
         Where scans.tsv gives an acq_time, the day is known and the time of day is not (00:00:00).\n",
    );
    if simulated {
        readme.push_str("The first recordings are simulated: nobody was measured.\n");
    }
    let participants = format!("participant_id\nsub-{}\n", labels.subject);
    vec![
        file(
            "dataset_description.json".to_owned(),
            pretty(&description),
            WhenThere::Keep,
        ),
        file("README".to_owned(), readme.into_bytes(), WhenThere::Keep),
        file(
            "participants.tsv".to_owned(),
            participants.into_bytes(),
            WhenThere::AddRows,
        ),
    ]
}

/// `_motion.json`: what BIDS asks for, and what a sidecar of this program would say.
fn description(
    job: &Job<'_>,
    labels: &Labels,
    system: &System<'_>,
    table: &Table<'_>,
) -> Map<String, Value> {
    let about = &job.recording.about;
    let time_s = system.time_s();
    let duration_s = match (time_s.first(), time_s.last()) {
        (Some(first), Some(last)) => last - first,
        _ => 0.0,
    };
    let rate =
        median_step(time_s).map_or_else(|| json!("n/a"), |step_s| json!(milli(1.0 / step_s)));
    let mut map = known(about);
    for key in ["subject", "visit", "task", "events"] {
        map.remove(key);
    }
    let task = about.task.as_deref().unwrap_or(&labels.task);
    let gap = |pair: &[f64]| pair[1] - pair[0] > job.settings.gap_s;
    let kind = if time_s.windows(2).any(gap) {
        "discontinuous"
    } else {
        "continuous"
    };
    let facts = [
        ("TaskName", json!(task)),
        ("SamplingFrequency", rate),
        ("TrackingSystemName", json!(system.name)),
        ("MissingValues", json!("n/a")),
        ("RecordingType", json!(kind)),
        ("TrackedPointsCount", json!(system.sensors.len())),
    ];
    map.extend(facts.map(|(key, value)| (key.to_owned(), value)));
    map.extend(table.counts());
    if duration_s > 0.0 {
        let effective = (time_s.len() - 1) as f64 / duration_s;
        map.insert("RecordingDuration".to_owned(), json!(milli(duration_s)));
        map.insert(
            "SamplingFrequencyEffective".to_owned(),
            json!(milli(effective)),
        );
    }
    map
}

/// To three decimals.
fn milli(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

fn events(about: &About, zero_s: f64) -> Vec<u8> {
    let mut text = String::from("onset\tduration\ttrial_type\n");
    let mut events: Vec<_> = about.events.iter().collect();
    events.sort_by(|a, b| a.onset_s.total_cmp(&b.onset_s));
    for event in events {
        let name: String = event
            .name
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let onset_s = seconds(event.onset_s - zero_s);
        text.push_str(&format!(
            "{onset_s}\t{}\t{name}\n",
            seconds(event.duration_s)
        ));
    }
    text.into_bytes()
}

/// To a nanosecond, so that a difference prints without the noise of its last digits.
pub(super) fn seconds(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

/// The day of the recording, if what is stated begins with one.
fn day(about: &About) -> Option<&str> {
    let day = about.date.as_deref()?.get(..10)?;
    let is_day = day.bytes().enumerate().all(|(k, byte)| match k {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    is_day.then_some(day)
}

#[cfg(test)]
mod tests {
    use nalgebra::{Quaternion, Vector3};

    use super::*;
    use crate::pipeline::Settings;
    use crate::sample::{Event, SensorPlace};

    fn recording() -> Recording {
        let sensor = SensorSamples {
            place: Some(SensorPlace::Head),
            time_s: vec![10.0, 10.1, 10.3],
            earth_from_sensor: Some(vec![Quaternion::new(0.5, -0.5, 0.5, 0.5); 3]),
            gyro_rad_s: Some(vec![Vector3::new(0.25, f64::NAN, -1.0); 3]),
            ..SensorSamples::default()
        };
        let event = Event {
            onset_s: 10.1,
            duration_s: 0.2,
            name: "neutral".to_owned(),
        };
        Recording {
            sensors: vec![sensor],
            about: About {
                subject: Some("A-1".to_owned()),
                date: Some("2026-01-12".to_owned()),
                task: Some("side-bend-left".to_owned()),
                events: vec![event],
                ..About::default()
            },
            ..Recording::default()
        }
    }

    fn written(recording: &Recording) -> Written {
        let settings = Settings::default();
        write(&Job {
            recording,
            settings: &settings,
        })
        .unwrap()
    }

    fn text(written: &Written, ending: &str) -> String {
        let file = written
            .files
            .iter()
            .find(|file| file.path.ends_with(ending));
        let file = file.unwrap_or_else(|| panic!("{ending}"));
        String::from_utf8(file.bytes.clone()).unwrap()
    }

    #[test]
    fn samples_have_no_header_and_missing_ones_are_named() {
        let written = written(&recording());
        assert_eq!(
            text(&written, "_motion.tsv"),
            "0\t0.5\t-0.5\t0.5\t0.5\t0.25\tn/a\t-1\n\
             0.1\t0.5\t-0.5\t0.5\t0.5\t0.25\tn/a\t-1\n\
             0.3\t0.5\t-0.5\t0.5\t0.5\t0.25\tn/a\t-1\n"
        );
        let channels = text(&written, "_channels.tsv");
        let rows: Vec<&str> = channels.lines().collect();
        assert_eq!(
            rows[0],
            "name\tcomponent\ttype\ttracked_point\tunits\tplacement\treference_frame"
        );
        assert_eq!(rows[1], "latency\tn/a\tLATENCY\tn/a\ts\tn/a\tn/a");
        assert_eq!(
            rows[2],
            "head_OrientationA\tquat_w\tORNT\thead\tn/a\thead\tglobal"
        );
        assert_eq!(
            rows[8],
            "head_AngularVelocityZ\tz\tGYRO\thead\trad/s\thead\tsensor"
        );
    }

    #[test]
    fn names_are_labels_and_what_was_assumed_is_said() {
        let written = written(&recording());
        let stem = "sub-A1/ses-01/motion/sub-A1_ses-01_task-sidebendleft_tracksys-imu_";
        for ending in [
            "motion.tsv",
            "motion.json",
            "channels.tsv",
            "channels.json",
            "events.tsv",
        ] {
            assert!(
                written
                    .files
                    .iter()
                    .any(|file| file.path == format!("{stem}{ending}"))
            );
        }
        assert_eq!(written.notes.len(), 1, "{:?}", written.notes);
        assert!(written.notes[0].contains("--visit"));
        assert_eq!(
            text(&written, "_events.tsv"),
            "onset\tduration\ttrial_type\n0.1\t0.2\tneutral\n"
        );
        assert!(text(&written, "_scans.tsv").ends_with("_motion.tsv\t2026-01-12T00:00:00\n"));
        let json: Value = serde_json::from_str(&text(&written, "_motion.json")).unwrap();
        assert_eq!(json["TaskName"], "side-bend-left");
        assert_eq!(
            (&json["GYROChannelCount"], &json["ORNTChannelCount"]),
            (&json!(3), &json!(4))
        );
    }

    #[test]
    fn sensors_with_times_of_their_own_are_systems_of_their_own() {
        let mut recording = recording();
        let mut other = recording.sensors[0].clone();
        other.place = Some(SensorPlace::Trunk);
        other.time_s = vec![10.05, 10.15, 10.25];
        recording.sensors.push(other);
        let written = written(&recording);
        assert!(text(&written, "tracksys-imutrunk_motion.tsv").starts_with("0.05\t"));
        assert!(text(&written, "tracksys-imuhead_motion.tsv").starts_with("0\t"));
    }
}
