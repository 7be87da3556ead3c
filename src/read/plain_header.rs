//! What the columns of an unknown table mean, from their names.

use super::QuaternionOrder;
use super::channels::{SensorColumns, Triple};
use super::header::{Delimiter, Header};
use crate::units::STANDARD_GRAVITY_M_S2;

/// Where time stands, and seconds in one of its units if the header says so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Time {
    pub(super) column: usize,
    pub(super) unit_s: Option<f64>,
}

/// A header that was understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) header: Header,
    pub(super) time: Option<Time>,
    pub(super) sensors: Vec<SensorColumns>,
}

/// One column's name, taken apart.
#[derive(Debug, Clone, PartialEq)]
enum Meaning {
    Time(Option<f64>),
    /// Component 0 to 3, w first; `bare` when nothing but the letter says quaternion.
    Quaternion {
        sensor: String,
        component: usize,
        bare: bool,
    },
    /// Component by number, in the order that the file has.
    Numbered {
        sensor: String,
        number: usize,
    },
    Vector {
        sensor: String,
        kind: Kind,
        axis: usize,
        scale: f64,
    },
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gyro,
    Accel,
}

const STEMS: [&str; 8] = [
    "quaternions",
    "quaternion",
    "orientation",
    "rotation",
    "quat",
    "ori",
    "rot",
    "q",
];
const TIMES: [&str; 12] = [
    "t",
    "time",
    "times",
    "timestamp",
    "seconds",
    "sec",
    "secs",
    "elapsed",
    "millis",
    "micros",
    "epoch",
    "unixtime",
];
const NOT_A_SENSOR: [&str; 12] = [
    "free", "lin", "linear", "pos", "position", "grav", "gravity", "vel", "velocity", "mag",
    "euler", "diff",
];
const GYROS: [&str; 8] = [
    "gyro",
    "gyr",
    "gyroscope",
    "angvel",
    "angular",
    "g",
    "w",
    "omega",
];
const ACCELS: [&str; 5] = ["accel", "acc", "accelerometer", "acceleration", "a"];

/// What a line says if it is a header with at least one sensor.
pub(super) fn layout(line: &[u8], order: Option<QuaternionOrder>) -> Option<Layout> {
    if line.len() > 64 * 1024 || line.contains(&0) {
        return None;
    }
    let header = Header::new(line, Delimiter::guess(line));
    let meanings: Vec<Meaning> = header.names.iter().map(|name| meaning(name)).collect();
    let mut sensors: Vec<SensorColumns> = Vec::new();
    for name in sensor_names(&meanings) {
        let sensor = SensorColumns {
            quaternion: quaternion(&meanings, name, order),
            gyro: vector(&meanings, name, Kind::Gyro),
            accel: vector(&meanings, name, Kind::Accel),
            name: name.to_owned(),
            ..SensorColumns::default()
        };
        if sensor.has_orientation() {
            sensors.push(sensor);
        }
    }
    let time = meanings
        .iter()
        .enumerate()
        .find_map(|(column, meaning)| match meaning {
            Meaning::Time(unit_s) => Some(Time {
                column,
                unit_s: *unit_s,
            }),
            Meaning::Quaternion { .. }
            | Meaning::Numbered { .. }
            | Meaning::Vector { .. }
            | Meaning::Other => None,
        });
    (!sensors.is_empty()).then_some(Layout {
        header,
        time,
        sensors,
    })
}

/// A column that the user says is the time.
pub(super) fn time(header: &Header, column: usize) -> Time {
    let (tokens, unit) = tokens(&header.names[column]);
    let unit = unit.or_else(|| tokens.last().cloned());
    Time {
        column,
        unit_s: unit.as_deref().and_then(time_unit),
    }
}

/// What values of a column that the user names are multiplied by; 1 when no unit is stated.
pub(super) fn scale(header: &Header, column: usize) -> f64 {
    let (tokens, unit) = tokens(&header.names[column]);
    let unit = unit.unwrap_or_else(|| unit_tail(&tokens));
    vector_unit(&unit).map_or(1.0, |unit| unit.1)
}

fn sensor_names(meanings: &[Meaning]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for meaning in meanings {
        let (Meaning::Quaternion { sensor, .. }
        | Meaning::Numbered { sensor, .. }
        | Meaning::Vector { sensor, .. }) = meaning
        else {
            continue;
        };
        if !names.contains(&sensor.as_str()) {
            names.push(sensor);
        }
    }
    names
}

/// The four columns of a sensor's quaternion, w first.
fn quaternion(
    meanings: &[Meaning],
    name: &str,
    order: Option<QuaternionOrder>,
) -> Option<[usize; 4]> {
    let lettered = |wanted: usize, with_bare: bool| {
        meanings.iter().position(|meaning| {
            matches!(meaning, Meaning::Quaternion { sensor, component, bare }
                if sensor == name && *component == wanted && *bare == with_bare)
        })
    };
    let four = |bare: bool| {
        let [w, x, y, z] = [0, 1, 2, 3].map(|component| lettered(component, bare));
        Some([w?, x?, y?, z?])
    };
    four(false)
        .or_else(|| four(true))
        .or_else(|| numbered(meanings, name, order))
}

/// Columns numbered 0 to 3 (w first), or 1 to 4 (only if the order is said).
fn numbered(
    meanings: &[Meaning],
    name: &str,
    order: Option<QuaternionOrder>,
) -> Option<[usize; 4]> {
    let at = |wanted: usize| {
        meanings.iter().position(|meaning| {
            matches!(meaning, Meaning::Numbered { sensor, number }
                if sensor == name && *number == wanted)
        })
    };
    let first = usize::from(at(0).is_none());
    if first == 1 {
        order?;
    }
    let [a, b, c, d] = [0, 1, 2, 3].map(|number| at(first + number));
    Some([a?, b?, c?, d?])
}

fn vector(meanings: &[Meaning], name: &str, wanted: Kind) -> Option<Triple> {
    let at = |index: usize| {
        meanings.iter().enumerate().find_map(|(column, meaning)| {
            let Meaning::Vector {
                sensor,
                kind,
                axis,
                scale,
            } = meaning
            else {
                return None;
            };
            let fits = sensor == name && *kind == wanted && *axis == index;
            fits.then_some((column, *scale))
        })
    };
    let (x, y, z) = (at(0)?, at(1)?, at(2)?);
    Some(Triple {
        columns: [x.0, y.0, z.0],
        scale: x.1,
    })
}

/// A name's words in lower case, and its unit if that stands in brackets.
fn tokens(name: &str) -> (Vec<String>, Option<String>) {
    let lower = name.to_lowercase();
    let (words, unit) = match lower.find(['(', '[']) {
        Some(at) => {
            let unit = lower[at + 1..].trim_end_matches([')', ']', ' ']).trim();
            (
                lower[..at].to_owned(),
                Some(unit.to_owned()).filter(|unit| !unit.is_empty()),
            )
        }
        None => (lower, None),
    };
    let words = words
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    (words.map(str::to_owned).collect(), unit)
}

fn meaning(name: &str) -> Meaning {
    let (words, unit) = tokens(name);
    time_meaning(&words, unit.as_deref())
        .or_else(|| vector_meaning(&words, unit.as_deref()))
        .or_else(|| quaternion_meaning(&words))
        .unwrap_or(Meaning::Other)
}

fn time_meaning(words: &[String], unit: Option<&str>) -> Option<Meaning> {
    let (first, rest) = words.split_first()?;
    let tail = rest.last().map(String::as_str);
    let timely = TIMES.contains(&first.as_str())
        && rest.iter().all(|word| {
            TIMES.contains(&word.as_str()) || word == "stamp" || time_unit(word).is_some()
        });
    let implied = match first.as_str() {
        "seconds" | "sec" | "secs" => Some(1.0),
        "millis" => Some(1e-3),
        "micros" => Some(1e-6),
        _ => None,
    };
    let unit_s = unit.or(tail).and_then(time_unit).or(implied);
    timely.then_some(Meaning::Time(unit_s))
}

/// Seconds in a unit of time.
fn time_unit(unit: &str) -> Option<f64> {
    match unit {
        "s" | "sec" | "secs" | "seconds" => Some(1.0),
        "ms" | "msec" | "milliseconds" | "millis" => Some(1e-3),
        "us" | "µs" | "μs" | "usec" | "microseconds" | "micros" => Some(1e-6),
        "ns" | "nsec" | "nanoseconds" => Some(1e-9),
        _ => None,
    }
}

fn vector_meaning(words: &[String], unit: Option<&str>) -> Option<Meaning> {
    let (at, axis, word) = words
        .iter()
        .enumerate()
        .find_map(|(at, word)| axis_of(words, at, word))?;
    let tail = words.get(at + 1..).unwrap_or_default();
    let unit = unit.map_or_else(|| unit_tail(tail), str::to_owned);
    let (kind, scale) = vector_unit(&unit)?;
    let known = match kind {
        Kind::Gyro => GYROS.contains(&word),
        Kind::Accel => ACCELS.contains(&word) || word == "g",
    };
    let before: Vec<&str> = words[..at]
        .iter()
        .map(String::as_str)
        .filter(|part| *part != word)
        .collect();
    let foreign = before.iter().any(|part| NOT_A_SENSOR.contains(part));
    let sensor = before
        .into_iter()
        .filter(|part| *part != "velocity")
        .collect::<Vec<_>>()
        .join("_");
    (known && !foreign).then_some(Meaning::Vector {
        sensor,
        kind,
        axis,
        scale,
    })
}

/// The word that names the channel, and the axis after it or at its end.
fn axis_of<'a>(words: &'a [String], at: usize, word: &'a str) -> Option<(usize, usize, &'a str)> {
    let letter = word.chars().last()?;
    let axis = ['x', 'y', 'z'].iter().position(|axis| *axis == letter)?;
    let stem = &word[..word.len() - 1];
    let channel = if stem.is_empty() {
        words.get(at.checked_sub(1)?)?
    } else {
        stem
    };
    let channel = if channel == "velocity" {
        "angular"
    } else {
        channel
    };
    let named = GYROS.contains(&channel) || ACCELS.contains(&channel);
    named.then_some((at, axis, channel))
}

fn unit_tail(words: &[String]) -> String {
    let plain = |word: &&String| !["x", "y", "z"].contains(&word.as_str());
    words
        .iter()
        .filter(plain)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("_")
}

/// What a unit belongs to, and what it is in rad/s or m/s².
fn vector_unit(unit: &str) -> Option<(Kind, f64)> {
    let unit: String = unit.chars().filter(|c| !" _^/.".contains(*c)).collect();
    Some(match unit.as_str() {
        "rads" | "radps" | "radsec" => (Kind::Gyro, 1.0),
        "degs" | "°s" | "dps" | "degsec" => (Kind::Gyro, std::f64::consts::PI / 180.0),
        "ms2" | "ms²" | "mps2" | "mss" => (Kind::Accel, 1.0),
        "g" => (Kind::Accel, STANDARD_GRAVITY_M_S2),
        "mg" => (Kind::Accel, STANDARD_GRAVITY_M_S2 / 1000.0),
        _ => return None,
    })
}

/// One word of a name, as a quaternion sees it.
enum Word<'a> {
    Stem,
    /// Number after a stem: a component, or the sensor when a letter follows.
    StemNumber(&'a str),
    Component {
        component: usize,
        number: &'a str,
        stem: bool,
    },
    Plain(&'a str),
}

fn word(text: &str) -> Word<'_> {
    let (rest, stem) = STEMS
        .iter()
        .find_map(|stem| text.strip_prefix(stem).filter(|rest| is_component(rest)))
        .map_or((text, false), |rest| (rest, true));
    if stem && rest.is_empty() {
        return Word::Stem;
    }
    if stem && rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return Word::StemNumber(rest);
    }
    let mut chars = rest.chars();
    let letter = chars
        .next()
        .and_then(|c| ['w', 'x', 'y', 'z'].iter().position(|axis| *axis == c));
    match letter {
        Some(component) if is_number(chars.as_str()) => Word::Component {
            component,
            number: chars.as_str(),
            stem,
        },
        _ => Word::Plain(text),
    }
}

/// Nothing, digits, or a letter of a quaternion with or without digits.
fn is_component(rest: &str) -> bool {
    is_number(
        rest.strip_prefix('q')
            .unwrap_or(rest)
            .trim_start_matches(['w', 'x', 'y', 'z']),
    ) && rest.chars().filter(char::is_ascii_alphabetic).count() <= 1
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn quaternion_meaning(words: &[String]) -> Option<Meaning> {
    let (mut stem, mut found, mut number) = (false, None, None);
    let mut sensor: Vec<&str> = Vec::new();
    for text in words {
        match word(text) {
            Word::Stem => stem = true,
            Word::StemNumber(digits) => {
                stem = true;
                number = Some(digits);
            }
            Word::Component {
                component,
                number: digits,
                stem: own,
            } => {
                if found.replace(component).is_some() {
                    return None;
                }
                stem |= own;
                sensor.extend((!digits.is_empty()).then_some(digits));
            }
            Word::Plain(text) => sensor.push(text),
        }
    }
    let known: [&[&str]; 3] = [&NOT_A_SENSOR, &GYROS, &ACCELS];
    if sensor
        .iter()
        .any(|part| known.iter().any(|known| known.contains(part)))
    {
        return None;
    }
    if let Some(component) = found {
        sensor.extend(number);
        return Some(Meaning::Quaternion {
            sensor: sensor.join("_"),
            component,
            bare: !stem,
        });
    }
    let last_number = || sensor.last().copied().filter(|last| is_number(last));
    let digits = number.or_else(last_number).filter(|_| stem)?;
    if number.is_none() {
        sensor.pop();
    }
    Some(Meaning::Numbered {
        sensor: sensor.join("_"),
        number: digits.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quaternions(header: &str) -> Vec<(String, [usize; 4])> {
        let layout = layout(header.as_bytes(), None);
        let sensors = layout.map(|layout| layout.sensors).unwrap_or_default();
        sensors
            .into_iter()
            .filter_map(|s| s.quaternion.map(|q| (s.name, q)))
            .collect()
    }

    #[test]
    fn the_usual_names_of_quaternions() {
        for header in [
            "t,w,x,y,z",
            "t,W,X,Y,Z",
            "t,qw,qx,qy,qz",
            "t,q_w,q_x,q_y,q_z",
            "t,quat_w,quat_x,quat_y,quat_z",
            "t,QuaternionW,QuaternionX,QuaternionY,QuaternionZ",
            "t,q0,q1,q2,q3",
            "t,Quat_q0,Quat_q1,Quat_q2,Quat_q3",
            "t,quat 0,quat 1,quat 2,quat 3",
            "t,orientation.w,orientation.x,orientation.y,orientation.z",
        ] {
            assert_eq!(
                quaternions(header),
                [(String::new(), [1, 2, 3, 4])],
                "{header}"
            );
        }
        assert_eq!(
            quaternions("qx,qy,qz,qw,x,y,z"),
            [(String::new(), [3, 0, 1, 2])]
        );
    }

    #[test]
    fn several_sensors_by_number_or_name() {
        let two =
            |a: &str, b: &str| vec![(a.to_owned(), [1, 2, 3, 4]), (b.to_owned(), [5, 6, 7, 8])];
        for (header, a, b) in [
            ("t,w1,x1,y1,z1,w2,x2,y2,z2", "1", "2"),
            ("t,q1_w,q1_x,q1_y,q1_z,q2_w,q2_x,q2_y,q2_z", "1", "2"),
            (
                "t,head_qw,head_qx,head_qy,head_qz,trunk_qw,trunk_qx,trunk_qy,trunk_qz",
                "head",
                "trunk",
            ),
            (
                "t,qw_head,qx_head,qy_head,qz_head,qw_t1,qx_t1,qy_t1,qz_t1",
                "head",
                "t1",
            ),
            (
                "t,imu1 q0,imu1 q1,imu1 q2,imu1 q3,imu2 q0,imu2 q1,imu2 q2,imu2 q3",
                "imu1",
                "imu2",
            ),
        ] {
            assert_eq!(quaternions(header), two(a, b), "{header}");
        }
    }

    #[test]
    fn what_is_not_a_quaternion() {
        for header in [
            "",
            "a,b,c",
            "t,acc_x,acc_y,acc_z",
            "t,x,y,z",
            "1,2,3,4",
            "t,q1,q2,q3,q4",
            "t,wx,wy,wz",
        ] {
            assert_eq!(quaternions(header), [], "{header}");
        }
        let layout = layout(b"t,q1,q2,q3,q4", Some(QuaternionOrder::Xyzw)).unwrap();
        assert_eq!(layout.sensors[0].quaternion, Some([1, 2, 3, 4]));
    }

    #[test]
    fn gyroscope_and_accelerometer_need_their_unit() {
        let header = "t,gx (deg/s),gy (deg/s),gz (deg/s),accX [g],accY [g],accZ [g]";
        let layout = layout(header.as_bytes(), None).unwrap();
        let sensor = &layout.sensors[0];
        assert_eq!(sensor.gyro.unwrap().columns, [1, 2, 3]);
        assert!((sensor.gyro.unwrap().scale - 0.017_453).abs() < 1e-6);
        assert!((sensor.accel.unwrap().scale - 9.806_65).abs() < 1e-9);
        assert!(super::layout(b"t,gx,gy,gz,ax,ay,az", None).is_none());
        let native = b"t,imu_gyro_x_rad_s,imu_gyro_y_rad_s,imu_gyro_z_rad_s,imu_accel_x_m_s2,imu_accel_y_m_s2,imu_accel_z_m_s2";
        assert_eq!(super::layout(native, None).unwrap().sensors[0].name, "imu");
    }
}
