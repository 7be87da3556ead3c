//! Logs that programs built with Unity write of the headset: one header line, columns found by name.
//!
//! There is no common format. What is read has columns of the head's rotation: a word for the head (`Head`, `Hmd`,
//! `Headset`, `Camera`, `CenterEye`, …), one for rotation (`Rot`, `Rotation`, `Orientation`, `Quat`,
//! `Euler`, …) and the letter of a component, in whatever spelling: `HeadRotX`, `head_rot_x`,
//! `hmd.rotation.x`, `CenterEyeRotW`. With W it is a quaternion, with X, Y and Z alone angles in degrees;
//! the quaternion is taken when there are both. Commas, semicolons with decimal commas, or tabs.
//!
//! Such a header hardly says that Unity wrote it: programs that use `OpenXR` directly name their columns in the same way and
//! are right-handed. Unity is by far the commoner, so its left-handed axes are taken, with a warning;
//! angles in degrees are Unity's for sure. Where the time starts again with every sequence of an
//! exercise, the sequences are set one second apart.

use super::header::{Header, first_header, read_header};
use super::headset::{self, Pose, UNITY};
use super::lines::Lines;
use super::plain::{name::named_time_unit, times::unit_s};
use super::table::{Cell, Table};
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use super::{channels, pico_log, quest_log, vive_log};
use crate::sample::{Recording, SensorPlace, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "unity-log",
    title: "Headset log of a Unity program, columns by name",
    extensions: &["csv", "tsv", "txt"],
    gives: "quaternion or angles of the headset; taken as left-handed",
    checked: "first lines of a real file; other names from programs that write them",
    detect,
    together: alone,
    read,
};

const HEADS: [&str; 11] = [
    "head",
    "hmd",
    "headset",
    "helmet",
    "camera",
    "maincamera",
    "headcamera",
    "vrcamera",
    "cam",
    "centereye",
    "centereyeanchor",
];
const TRUNKS: [&str; 5] = ["trunk", "torso", "chest", "thorax", "upperback"];
const ROTATIONS: [&str; 10] = [
    "rot",
    "rotation",
    "localrot",
    "localrotation",
    "worldrotation",
    "rotationquaternion",
    "rotationquat",
    "rotquat",
    "rotationq",
    "rotq",
];
/// Words that any two-sensor table may have; a headset's log has positions as well.
const WITH_POSITION: [&str; 4] = ["orientation", "ori", "quat", "quaternion"];
const ANGLES: [&str; 6] = [
    "euler",
    "eulerangles",
    "eulerangle",
    "rotationeuler",
    "roteuler",
    "eulerrotation",
];
/// Words that may stand at the beginning of a time column's name, the best first.
const TIMES: [&str; 8] = [
    "time",
    "timestamp",
    "t",
    "sequencetime",
    "elapsed",
    "seconds",
    "realtime",
    "unitytime",
];
/// Between two sequences whose times start at zero each.
const SEQUENCE_GAP_S: f64 = 1.0;

fn detect(bytes: &[u8]) -> Detected {
    let others = [quest_log::FORMAT, vive_log::FORMAT, pico_log::FORMAT];
    let is_other = |other: &Format| (other.detect)(bytes) != Detected::No;
    let has_pose = first_header(bytes).is_some_and(|header| pose(&header, &HEADS).is_some());
    Detected::recording_if(has_pose && !others.iter().any(is_other))
}

/// Letters and digits of a name, in lower case.
fn letters(name: &str) -> String {
    let kept = name.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Where the rotation of one of these stands.
fn pose(header: &Header, places: &[&str]) -> Option<Pose> {
    let names: Vec<String> = header.names.iter().map(|name| letters(name)).collect();
    places.iter().find_map(|place| pose_of(&names, place))
}

/// Where the rotation of this one stands.
fn pose_of(names: &[String], place: &str) -> Option<Pose> {
    let names = names.iter().enumerate();
    let rests: Vec<(usize, &str)> = names
        .filter_map(|(column, name)| Some((column, name.strip_prefix(place)?)))
        .collect();
    if rests.is_empty() {
        return None;
    }
    let column = |word: &str, component: char| {
        let is = |rest: &str| rest.strip_suffix(component) == Some(word);
        rests.iter().find(|rest| is(rest.1)).map(|rest| rest.0)
    };
    let quaternion = |word: &&str| {
        let [w, x, y, z] = ['w', 'x', 'y', 'z'].map(|letter| column(word, letter));
        Some(Pose::Quaternion([w?, x?, y?, z?]))
    };
    let angles = |word: &&str| {
        let [x, y, z] = ['x', 'y', 'z'].map(|letter| column(word, letter));
        Some(Pose::Angles([x?, y?, z?]))
    };
    let has_position = rests.iter().any(|rest| rest.1.starts_with("pos"));
    let more = WITH_POSITION.iter().filter(|_word| has_position);
    let found = ROTATIONS.iter().chain(more).find_map(quaternion);
    found.or_else(|| ANGLES.iter().chain(&ROTATIONS).find_map(angles))
}

/// The column of time: a name that begins with one of the words, else one that ends with it.
fn time_column(header: &Header) -> Option<usize> {
    let names: Vec<String> = header.names.iter().map(|name| letters(name)).collect();
    let whole = |word: &str| names.iter().position(|name| name.as_str() == word);
    let begins = |word: &str| {
        names
            .iter()
            .position(|name| word.len() > 1 && name.starts_with(word))
    };
    let holds = || {
        names
            .iter()
            .position(|name| name.contains("time") && !name.contains("delta"))
    };
    let first = TIMES.iter().find_map(|word| whole(word));
    first
        .or_else(|| TIMES.iter().find_map(|word| begins(word)))
        .or_else(holds)
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let mut header = read_header(&mut lines)?;
    let head = pose(&header, &HEADS).ok_or_else(|| channels::no_orientation(&header))?;
    let trunk = pose(&header, &TRUNKS);
    let time = time_column(&header);
    let mut wanted = head.columns();
    wanted.extend(trunk.into_iter().flat_map(Pose::columns));
    wanted.extend(time);
    if let Some(time) = time {
        header.set_cell(time, Cell::Moment);
    }
    let table = header.read(&mut lines, &wanted, warnings)?;
    let time_s = times(&header, &table, time, options, warnings)?;
    if matches!(head, Pose::Quaternion(_)) {
        warnings.add(Warning::ConventionAssumed, || {
            "the header does not say whose axes these are; Unity's were taken, left-handed, Y up"
                .to_owned()
        });
    }
    let sensor = headset::sensor(&table, time_s.clone(), head, UNITY, warnings);
    let mut recording = headset::recording(sensor);
    if let Some(trunk) = trunk {
        recording.sensors.push(SensorSamples {
            name: "trunk".to_owned(),
            place: Some(SensorPlace::Trunk),
            ..headset::sensor(&table, time_s, trunk, UNITY, warnings)
        });
    }
    Ok(recording)
}

/// Seconds, from the column of time or from the rate that the user says.
fn times(
    header: &Header,
    table: &Table,
    time: Option<usize>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Vec<f64>, ReadError> {
    if let Some(time) = time {
        let stated_s = header
            .names
            .get(time)
            .and_then(|name| named_time_unit(name));
        let values = table.column(time);
        if let Some(unit_s) = unit_s(values, stated_s, options, warnings)? {
            return Ok(in_a_row(values, unit_s, warnings));
        }
    }
    let rate_hz = options.rate_hz.ok_or(ReadError::NoRate)?;
    Ok(channels::even_times(table.rows(), rate_hz))
}

/// Seconds; what starts again follows what came before.
fn in_a_row(values: &[f64], unit_s: f64, warnings: &mut Warnings) -> Vec<f64> {
    let (mut last, mut offset, mut starts) = (f64::NEG_INFINITY, 0.0, 0);
    let mut next = |value: &f64| {
        let time_s = value * unit_s;
        if time_s + offset < last - SEQUENCE_GAP_S {
            offset = last + SEQUENCE_GAP_S - time_s;
            starts += 1;
        }
        last = last.max(time_s + offset);
        time_s + offset
    };
    let time_s = values.iter().map(&mut next).collect();
    warnings.add_many(Warning::TimeBackwards, starts, || {
        format!("the time starts again {starts} times; the parts were set {SEQUENCE_GAP_S} s apart")
    });
    time_s
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::{UnitQuaternion, Vector3};

    use super::*;
    use crate::read::read_bytes;

    fn read_text(text: &str) -> (Recording, Warnings) {
        assert_eq!(detect(text.as_bytes()), Detected::Recording, "{text}");
        read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap()
    }

    fn nose(recording: &Recording) -> Vector3<f64> {
        let q = recording.sensors[0].earth_from_sensor.as_ref().unwrap()[0];
        UnitQuaternion::new_unchecked(q) * -Vector3::z()
    }

    #[test]
    fn names_are_understood_in_many_spellings() {
        for header in [
            "Timestamp,HeadPosX,HeadRotX,HeadRotY,HeadRotZ,HeadRotW",
            "time_ms,head_pos_x,head_rot_x,head_rot_y,head_rot_z,head_rot_w",
            "unity_time,hmd_pos_x,hmd.rotation.x,hmd.rotation.y,hmd.rotation.z,hmd.rotation.w",
            "SequenceTime,CenterEyePosX,CenterEyeRotX,CenterEyeRotY,CenterEyeRotZ,CenterEyeRotW",
            "timestamp,x,Camera Rotation X,Camera Rotation Y,Camera Rotation Z,Camera Rotation W",
        ] {
            let ms = if header.starts_with("time_ms") {
                "20"
            } else {
                "0.02"
            };
            let (read, warnings) = read_text(&format!(
                "{header}\n0,9,0,-0.258819045,0,0.965925826\n{ms},9,0,0,0,1\n"
            ));
            assert_relative_eq!(
                nose(&read),
                Vector3::new(-0.5, 0.866_025, 0.0),
                epsilon = 1e-5
            );
            assert_relative_eq!(read.sensors[0].time_s[1], 0.02);
            assert_eq!(warnings.count(Warning::ConventionAssumed), 1);
        }
    }

    #[test]
    fn three_angles_are_degrees_and_decimal_commas_are_read() {
        let (read, warnings) = read_text(
            "Time (s);HeadRotationX;HeadRotationY;HeadRotationZ\n0,5;30,0;0;0\n0,52;30,1;0;0\n",
        );
        assert_relative_eq!(
            nose(&read),
            Vector3::new(0.0, 0.866_025, -0.5),
            epsilon = 1e-5
        );
        assert_eq!(warnings.count(Warning::ConventionAssumed), 0);
    }

    #[test]
    fn sequences_follow_each_other() {
        let (read, _) = read_text(
            "Sequence;SequenceTime;HeadRotX;HeadRotY;HeadRotZ\n\
             1;5,00;1;0;0\n1;5,02;1;0;0\n2;0,00;1;0;0\n2;0,02;1;0;0\n",
        );
        let time_s = &read.sensors[0].time_s;
        assert_relative_eq!(time_s[2], 6.02, epsilon = 1e-9);
        assert_relative_eq!(time_s[3], 6.04, epsilon = 1e-9);
    }

    #[test]
    fn a_tracker_on_the_trunk_is_read_too() {
        let (read, _) = read_text(
            "time,HeadRotX,HeadRotY,HeadRotZ,ChestRotX,ChestRotY,ChestRotZ\n\
             0,1,2,3,1,2,3\n0.02,1,2,3,1,2,3\n",
        );
        assert_eq!(read.sensors[1].place, Some(SensorPlace::Trunk));
    }

    #[test]
    fn hands_and_positions_are_no_head() {
        for header in [
            "Timestamp,HeadPosX,HeadPosY,HeadPosZ",
            "Timestamp,LeftHandRotX,LeftHandRotY,LeftHandRotZ,LeftHandRotW",
            "time,head_qw,head_qx,head_qy,head_qz",
            "time,head_quat_w,head_quat_x,head_quat_y,head_quat_z,chest_quat_w,chest_quat_x",
        ] {
            assert_eq!(detect(header.as_bytes()), Detected::No, "{header}");
        }
    }
}
