//! What the names of files of Xsens sensors tell: the device, and the recording it is of.

use super::neighbours::{joined, parent};
use super::together::{Part, alone, file_a_sensor};

/// A file of a sensor of its own, and the name of its recording in the same folder: empty for the
/// folder itself, `None` for the file alone.
pub(super) fn together_as(path: &str, recording: Option<String>) -> Part {
    match recording {
        Some(recording) if recording.is_empty() => file_a_sensor(path),
        Some(recording) => Part {
            sensor: path.to_owned(),
            recording: joined(parent(path), &recording),
        },
        None => alone(path),
    }
}

/// Day and minute in a file's name.
pub(super) fn started(name: &str) -> Option<String> {
    let digits =
        |part: &str, least: usize| part.len() >= least && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = name.split(['_', '.']).collect();
    parts.windows(2).skip(1).find_map(|pair| match pair {
        [day, time] if day.len() == 8 && digits(day, 8) && digits(time, 4) => {
            Some(format!("{day}_{}", time.get(..4)?))
        }
        _ => None,
    })
}

/// A file's name without the device's address in it, twelve hexadecimal digits or six pairs of them,
/// and without its ending.
pub(super) fn without_address(name: &str) -> Option<String> {
    let stem = name.split('.').next()?;
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-' || byte == b':';
    let is_address = |part: &str| {
        let digits = part.bytes().filter(u8::is_ascii_hexdigit).count();
        let pairs = part.split(['-', ':']).all(|pair| pair.len() == 2);
        digits == 12 && (part.len() == 12 || (part.len() == 17 && pairs))
    };
    let parts: Vec<&str> = stem.split(['_', ' ']).collect();
    let at = parts
        .iter()
        .position(|part| part.bytes().all(is_part) && is_address(part))?;
    let others = parts.iter().enumerate().filter(|(index, _)| *index != at);
    let others: Vec<&str> = others.map(|(_, part)| *part).collect();
    Some(others.join("_"))
}

/// The device's ID in a file name: eight hexadecimal digits, a zero first, so that a date is none.
pub(super) fn device_in(name: &str) -> Option<String> {
    let hex = |part: &&str| {
        part.len() == 8
            && part.starts_with('0')
            && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .rfind(hex)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_and_minute_or_all_but_the_address_tell_the_recording() {
        let of = |name: &str| started(name).or_else(|| without_address(name));
        for (name, recording) in [
            ("Head_20210820_202113_831.csv", Some("20210820_2021")),
            (
                "bei_D4CA6EF17860_20210830_170505.csv",
                Some("20210830_1705"),
            ),
            ("logfile_D4-22-CD-00-A8-13.csv", Some("logfile")),
            ("D4-22-CD-00-A8-13_data.csv", Some("data")),
            ("D422CD00A813.csv", Some("")),
            ("trial 2.csv", None),
            ("0123456789.csv", None),
        ] {
            assert_eq!(of(name).as_deref(), recording, "{name}");
        }
        let part = |recording: &str| together_as("a/x.csv", Some(recording.to_owned()));
        assert_eq!(part("").recording, "a");
        assert_eq!(part("y").recording, "a/y");
        assert_eq!(together_as("a/x.csv", None), alone("a/x.csv"));
    }

    #[test]
    fn the_id_stands_in_the_name_and_a_date_is_none() {
        let id = device_in("MT_012005D6-000-000_00B421ED.txt");
        assert_eq!(id.as_deref(), Some("00B421ED"));
        for name in ["walk.txt", "XSDot_20210820_202113_Head.txt"] {
            assert_eq!(device_in(name), None, "{name}");
        }
    }
}
