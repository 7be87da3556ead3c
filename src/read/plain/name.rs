//! What one column means, from its name.

use super::words::{ACCELS, ANGLE_STEMS, ANGLES, BESIDE_TIME, GYROS, NOT_A_SENSOR, STEMS, TIMES};
use crate::units::STANDARD_GRAVITY_M_S2;

/// One column's name, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    /// With seconds in a unit, if the name says it.
    Time(Option<f64>),
    /// Nanoseconds beside a column of whole seconds.
    Nanoseconds,
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
    /// Angle about an axis, with radians in a unit if the name says it.
    Angle {
        sensor: String,
        axis: usize,
        scale: Option<f64>,
    },
    /// With rad/s or m/s² in a unit, if the name says it.
    Vector {
        sensor: String,
        kind: Kind,
        axis: usize,
        scale: Option<f64>,
    },
    Other,
}

impl Meaning {
    /// Which sensor's channel it is.
    pub(super) fn sensor(&self) -> Option<&str> {
        match self {
            Self::Quaternion { sensor, .. }
            | Self::Numbered { sensor, .. }
            | Self::Angle { sensor, .. }
            | Self::Vector { sensor, .. } => Some(sensor),
            Self::Time(_) | Self::Nanoseconds | Self::Other => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Gyro,
    Accel,
}

/// What a column's name says.
pub(super) fn meaning(name: &str) -> Meaning {
    let (words, unit) = tokens(name);
    time_meaning(&words, unit.as_deref())
        .or_else(|| angle_meaning(&words, unit.as_deref()))
        .or_else(|| vector_meaning(&words, unit.as_deref()))
        .or_else(|| quaternion_meaning(&words))
        .unwrap_or(Meaning::Other)
}

/// The unit of a column that the user says is the time, seconds.
pub(in crate::read) fn named_time_unit(name: &str) -> Option<f64> {
    let (words, unit) = tokens(name);
    let unit = unit.or_else(|| words.last().cloned());
    unit.as_deref().and_then(time_unit)
}

/// What values of a column that the user names are multiplied by, if its name states a unit.
pub(super) fn named_scale(name: &str) -> Option<f64> {
    let (words, unit) = tokens(name);
    let unit = unit.unwrap_or_else(|| unit_tail(&words));
    vector_unit(&unit).map(|unit| unit.1)
}

/// Radians in the unit of a column of angles, if its name states it.
pub(super) fn named_angle_unit(name: &str) -> Option<f64> {
    let (words, unit) = tokens(name);
    let words = words.iter().map(String::as_str);
    unit.as_deref()
        .into_iter()
        .chain(words)
        .find_map(angle_unit)
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

fn time_meaning(words: &[String], unit: Option<&str>) -> Option<Meaning> {
    let is = |list: &[&str], word: &String| list.contains(&word.as_str());
    let timely = words.iter().any(|word| is(&TIMES, word))
        && words
            .iter()
            .all(|word| is(&TIMES, word) || is(&BESIDE_TIME, word) || time_unit(word).is_some());
    let tail = words.last().map(String::as_str);
    let implied = match tail {
        Some("millis") => Some(1e-3),
        Some("micros") => Some(1e-6),
        _ => None,
    };
    let unit_s = unit.or(tail).and_then(time_unit).or(implied);
    let nanoseconds = matches!(tail, Some("nsecs" | "nsec" | "nanosec")) && words.len() > 1;
    if nanoseconds && words.iter().any(|word| word == "stamp") {
        return Some(Meaning::Nanoseconds);
    }
    timely.then_some(Meaning::Time(unit_s))
}

/// Seconds in a unit of time.
fn time_unit(unit: &str) -> Option<f64> {
    match unit {
        "s" | "sec" | "secs" | "seconds" => Some(1.0),
        "ms" | "msec" | "milliseconds" | "millis" => Some(1e-3),
        "us" | "µs" | "μs" | "usec" | "microseconds" | "micros" => Some(1e-6),
        "ns" | "nsec" | "nsecs" | "nanosec" | "nanoseconds" => Some(1e-9),
        _ => None,
    }
}

/// `roll`, `head yaw [deg]`, `euler_x`, `EulerX`, `angle y (rad)`.
fn angle_meaning(words: &[String], unit: Option<&str>) -> Option<Meaning> {
    let (mut axis, mut scale) = (None, unit.and_then(angle_unit));
    let mut sensor: Vec<&str> = Vec::new();
    let mut stem = false;
    for word in words {
        let (letters, digits) = split_digits(word);
        if let Some(found) = angle_axis(letters).or_else(|| lone_axis(letters, stem)) {
            if axis.replace(found).is_some() {
                return None;
            }
            sensor.extend((!digits.is_empty()).then_some(digits));
        } else if let Some(found) = angle_unit(word) {
            scale = Some(found);
        } else if ANGLE_STEMS.contains(&letters) {
            stem = true;
        } else if !["orientation", "attitude", "rotation", "rpy", "ypr"].contains(&letters) {
            sensor.push(word);
        }
    }
    let other = |part: &&str| {
        let known: [&[&str]; 3] = [&NOT_A_SENSOR, &GYROS, &ACCELS];
        known.iter().any(|known| known.contains(part))
    };
    if unit.is_some() && scale.is_none() || sensor.iter().any(other) {
        return None;
    }
    Some(Meaning::Angle {
        sensor: sensor.join("_"),
        axis: axis?,
        scale,
    })
}

/// `roll`, or `x` at the end of a stem.
fn angle_axis(letters: &str) -> Option<usize> {
    let named = ANGLES.iter().find(|angle| angle.0 == letters);
    let joined = || {
        let rest = ANGLE_STEMS
            .iter()
            .find_map(|stem| letters.strip_prefix(stem))?;
        rest_axis(rest)
    };
    named.map(|angle| angle.1).or_else(joined)
}

/// `x` after a word that says angle.
fn lone_axis(letters: &str, stem: bool) -> Option<usize> {
    rest_axis(letters).filter(|_| stem)
}

fn rest_axis(rest: &str) -> Option<usize> {
    ["x", "y", "z"].iter().position(|axis| *axis == rest)
}

/// A word's letters, and the digits at its end.
fn split_digits(word: &str) -> (&str, &str) {
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    (letters, word.get(letters.len()..).unwrap_or_default())
}

/// Radians in a unit of angle.
fn angle_unit(unit: &str) -> Option<f64> {
    match unit {
        "rad" | "radian" | "radians" => Some(1.0),
        "deg" | "degs" | "degree" | "degrees" | "°" => Some(std::f64::consts::PI / 180.0),
        _ => None,
    }
}

fn vector_meaning(words: &[String], unit: Option<&str>) -> Option<Meaning> {
    let (at, axis, channel) = words
        .iter()
        .enumerate()
        .find_map(|(at, word)| axis_of(words, at, split_digits(word).0))?;
    let digits = split_digits(words.get(at)?).1;
    let tail = words.get(at + 1..).unwrap_or_default();
    let tail = unit_tail(tail);
    let stated = unit.map_or_else(|| tail.clone(), str::to_owned);
    let of_word = if GYROS.contains(&channel) {
        Kind::Gyro
    } else {
        Kind::Accel
    };
    let (kind, scale) = if is_number(&stated) {
        (of_word, None)
    } else {
        let (kind, scale) = vector_unit(&stated)?;
        (kind, Some(scale))
    };
    let known = kind == of_word || (kind == Kind::Accel && channel == "g");
    let before = words
        .get(..at)
        .unwrap_or_default()
        .iter()
        .map(String::as_str);
    let sensor: Vec<&str> = before
        .filter(|part| *part != channel && !(channel == "angular" && *part == "velocity"))
        .chain([digits])
        .chain(is_number(&tail).then_some(tail.as_str()))
        .filter(|part| !part.is_empty())
        .collect();
    let foreign = sensor.iter().any(|part| NOT_A_SENSOR.contains(part));
    (known && !foreign).then_some(Meaning::Vector {
        sensor: sensor.join("_"),
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
    let channel = if channel == "velocity" && words.iter().any(|word| word == "angular") {
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
    if stem && is_number(rest) {
        return Word::StemNumber(rest);
    }
    match component(rest) {
        Some((component, number)) => Word::Component {
            component,
            number,
            stem,
        },
        None => Word::Plain(text),
    }
}

/// A component, w first, and the digits after it.
fn component(text: &str) -> Option<(usize, &str)> {
    let (letters, digits) = split_digits(text);
    let at = match letters {
        "w" | "real" | "r" => 0,
        "x" | "i" => 1,
        "y" | "j" => 2,
        "z" | "k" => 3,
        _ => return None,
    };
    Some((at, digits))
}

/// Nothing, digits, or a letter of a quaternion with or without digits, after a `q` or not.
fn is_component(rest: &str) -> bool {
    let inner = rest.strip_prefix('q').unwrap_or(rest);
    is_number(inner) || component(inner).is_some()
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
