//! Which columns a file of Apple's device motion has.

use crate::read::header::{Delimiter, Header};

/// Names of columns, as [`plain`] leaves them; those of an axis without the axis.
const TIMES: [&str; 15] = [
    "motiontimestampsincereboot",
    "trelsec",
    "elapsedtime",
    "relativetime",
    "timestamp",
    "timestamps",
    "timestampms",
    "times",
    "time",
    "tms",
    "t",
    "epochs",
    "datetime",
    "date",
    "loggingtime",
];
const QUATERNIONS: [&str; 6] = [
    "quaternion",
    "motionquaternion",
    "attitudequaternion",
    "attitudeq",
    "attitude",
    "quat",
];
const ANGLES: [&str; 5] = ["attitude", "motion", "orientation", "euler", ""];
const GYRO: [&str; 6] = [
    "rotationrate",
    "motionrotationrate",
    "rotation",
    "rotrate",
    "rot",
    "gyro",
];
/// Acceleration without gravity.
const REST: [&str; 7] = [
    "useracceleration",
    "useraccel",
    "useracc",
    "motionuseracceleration",
    "acceleration",
    "accel",
    "acc",
];
const GRAVITY: [&str; 5] = [
    "gravity",
    "motiongravity",
    "gravitationalacceleration",
    "gravityaccel",
    "grav",
];
const XYZ: [&str; 3] = ["x", "y", "z"];
/// The shortest names that suffice have more letters together.
const LEAST_LETTERS: usize = 30;

/// Where things stand.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) header: Header,
    pub(super) time: Option<usize>,
    pub(super) quaternion: Option<[usize; 4]>,
    /// Yaw, pitch, roll.
    pub(super) angles: Option<[usize; 3]>,
    pub(super) gyro: Option<[usize; 3]>,
    pub(super) rest: Option<[usize; 3]>,
    pub(super) gravity: Option<[usize; 3]>,
}

/// The columns of a header line of this kind.
pub(super) fn columns_of(line: &[u8]) -> Option<Columns> {
    let letters = line.iter().filter(|byte| byte.is_ascii_alphabetic());
    if line.first().is_some_and(u8::is_ascii_digit) || letters.count() < LEAST_LETTERS {
        return None;
    }
    let header = Header::new(line, Delimiter::guess(line));
    let names: Vec<String> = header.names.iter().map(|name| plain(name)).collect();
    let find = |wanted: &str| names.iter().position(|name| name == wanted);
    let joined = |start: &str, end: &str| {
        let is = |name: &String| name.strip_prefix(start) == Some(end);
        names.iter().position(is)
    };
    if find("secondselapsed").is_some() {
        return None;
    }
    let three = |starts: &[&str], ends: [&str; 3]| {
        let one = |start: &&str| {
            let [a, b, c] = ends.map(|end| joined(start, end));
            Some([a?, b?, c?])
        };
        starts.iter().find_map(one)
    };
    let four = |start: &&str| {
        let [w, x, y, z] = ["w", "x", "y", "z"].map(|end| joined(start, end));
        Some([w?, x?, y?, z?])
    };
    let columns = Columns {
        time: TIMES.iter().find_map(|name| find(name)),
        quaternion: QUATERNIONS.iter().find_map(four),
        angles: three(&ANGLES, ["yaw", "pitch", "roll"]),
        gyro: three(&GYRO, XYZ),
        rest: three(&REST, XYZ),
        gravity: three(&GRAVITY, XYZ),
        header,
    };
    let attitude = find("attitudepitch").is_some() && columns.angles.is_some();
    let oriented = columns.quaternion.is_some() || columns.angles.is_some();
    let split = columns.rest.is_some() && columns.gravity.is_some();
    let any = columns.rest.is_some() || columns.gravity.is_some() || columns.gyro.is_some();
    ((oriented && split) || (attitude && any)).then_some(columns)
}

/// A name without its unit, of small letters and digits only.
fn plain(name: &str) -> String {
    let name = name.split('(').next().unwrap_or_default();
    let kept = name.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|c| c.to_ascii_lowercase()).collect()
}
