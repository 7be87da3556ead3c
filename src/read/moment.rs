//! Dates and times of day as files write them, to seconds.
//!
//! Numbers stand one after the other, whatever is between them: `2025-04-30 00:43:09.836305000`,
//! `2015-1-1 0:9:46.585`, `2024/12/09 10:45:39.135`, `18:39:29,561`, `2018-01-14T18.39.29.561`.

use crate::protocol::clock::days;

pub(super) use crate::protocol::clock::DAY_S;

/// Seconds since 1970 of a date with a time of day, or since midnight of a time of day alone; a
/// zone (`Z`, `+0100`, `-05:00`) is taken into account. A time after so many days (`0 days 00:00:01.5`) is
/// a length. `None` for anything else.
pub(super) fn seconds(text: &[u8]) -> Option<f64> {
    let text = text.trim_ascii();
    if let Some(at) = memchr::memmem::find(text, b" day") {
        let rest = text.get(at + 4..)?.trim_ascii_start();
        let rest = rest.strip_prefix(b"s").unwrap_or(rest);
        let rest = rest.strip_prefix(b",").unwrap_or(rest);
        return Some(whole(text.get(..at)?)? as f64 * DAY_S + time_s(rest.trim_ascii())?);
    }
    let (date, time) = match text.iter().position(|byte| b"T_ ".contains(byte)) {
        Some(at) if !is_time(text, at) => (
            Some(date_s(text.get(..at)?)?),
            text.get(at + 1..)?.trim_ascii(),
        ),
        _ => (None, text),
    };
    let (time, zone_s) = zone(time)?;
    let (time, half_day) = half_day(time);
    let time_s = time_s(time)?;
    let time_s = match half_day {
        Some(hours) => time_s % (DAY_S / 2.0) + hours * 3600.0,
        None => time_s,
    };
    Some(date.unwrap_or(0.0) + time_s - zone_s)
}

/// A date without a time of day.
pub(super) fn is_date(text: &[u8]) -> bool {
    date_s(text.trim_ascii()).is_some()
}

/// What stands before a blank is a time of day, not a date.
fn is_time(text: &[u8], at: usize) -> bool {
    text.get(..at).is_some_and(|before| before.contains(&b':'))
}

/// The time without `AM` or `PM`, and the hours that it stands for.
fn half_day(text: &[u8]) -> (&[u8], Option<f64>) {
    for (mark, hours) in [(b"AM", 0.0), (b"PM", 12.0)] {
        if let Some((time, end)) = text.split_last_chunk::<2>()
            && end.eq_ignore_ascii_case(mark)
        {
            return (time.trim_ascii_end(), Some(hours));
        }
    }
    (text, None)
}

/// Year, month and day to seconds since 1970; the year may come last, after day and month, or with
/// slashes after month and day where that is a date.
fn date_s(text: &[u8]) -> Option<f64> {
    let mut numbers = text.split(|byte| b"-/.".contains(byte)).map(whole);
    let (first, second, third) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let (year, month, day) = if first > 31 {
        (first, second, third)
    } else if text.contains(&b'/') && first <= 12 {
        (third, first, second)
    } else {
        (third, second, first)
    };
    let valid =
        (1900..=2200).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    (valid && numbers.next().is_none()).then(|| days(year, month, day) as f64 * DAY_S)
}

/// Hours, minutes and seconds, with or without a fraction; minutes and seconds with one, as a
/// spreadsheet shows a time (`15:30.5`).
fn time_s(text: &[u8]) -> Option<f64> {
    let colons = memchr::memchr_iter(b':', text).count();
    if colons == 1 && text.iter().any(|byte| b".,".contains(byte)) {
        return time_s(&[b"00:", text].concat());
    }
    let mut parts = text.splitn(3, |byte| b":.-".contains(byte));
    let (hour, minute) = (whole(parts.next()?)?, whole(parts.next()?)?);
    let rest = parts.next()?;
    let (second, fraction) = match rest.iter().position(|byte| b".,:".contains(byte)) {
        Some(at) => (rest.get(..at)?, rest.get(at + 1..)?),
        None => (rest, &[] as &[u8]),
    };
    let second = whole(second)?;
    let valid = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..61).contains(&second);
    let whole_s = hour * 3600 + minute * 60 + second;
    valid.then_some(whole_s as f64 + fraction_of(fraction)?)
}

/// The time without its zone, and the zone's distance from UTC, seconds.
fn zone(text: &[u8]) -> Option<(&[u8], f64)> {
    if let Some(time) = text.strip_suffix(b"Z") {
        return Some((time, 0.0));
    }
    let Some(at) = text.iter().rposition(|byte| b"+-".contains(byte)) else {
        return Some((text, 0.0));
    };
    // A time may be written with dashes; a zone follows three numbers at least.
    let before = text.get(..at)?;
    if before.iter().filter(|byte| b":.-".contains(byte)).count() < 2 {
        return Some((text, 0.0));
    }
    let digits: Vec<u8> = text
        .get(at + 1..)?
        .iter()
        .copied()
        .filter(u8::is_ascii_digit)
        .collect();
    let (hours, minutes) = match digits.len() {
        2 => (whole(&digits)?, 0),
        4 => (whole(digits.get(..2)?)?, whole(digits.get(2..)?)?),
        _ => return None,
    };
    let sign = if text.get(at) == Some(&b'-') { -1 } else { 1 };
    Some((
        before.trim_ascii(),
        (sign * (hours * 3600 + minutes * 60)) as f64,
    ))
}

/// A whole number of at most nine digits.
fn whole(text: &[u8]) -> Option<i64> {
    let fits = !text.is_empty() && text.len() <= 9 && text.iter().all(u8::is_ascii_digit);
    fits.then(|| {
        text.iter()
            .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'))
    })
}

/// Digits after a point.
fn fraction_of(text: &[u8]) -> Option<f64> {
    if text.is_empty() {
        return Some(0.0);
    }
    let text = std::str::from_utf8(text).ok()?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("0.{text}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_as_files_write_them() {
        for (text, expected) in [
            ("1970-01-01 00:00:00", 0.0),
            ("2000-03-01T00:00:00Z", 951_868_800.0),
            ("2025-04-30 00:43:09.836305000", 1_745_973_789.836_305),
            ("2015-1-1 0:9:46.585", 1_420_070_986.585),
            ("2024/12/09 10:45:39.135", 1_733_741_139.135),
            ("2018-01-14T18.39.29.561", 1_515_955_169.561),
            ("2019-09-14T16.18.22.686 -0400", 1_568_492_302.686),
            ("2024-12-09 10:45:39.135 +0100", 1_733_737_539.135),
            ("2024-12-09T10:45:39+05:30", 1_733_721_339.0),
            ("18:39:29,561", 67_169.561),
            (" 00:00:01.0250", 1.025),
            ("30.04.2025 00:43:09,836", 1_745_973_789.836),
            ("30/04/2025 00:43:09.836", 1_745_973_789.836),
            ("4/30/2025 12:43:09.836 AM", 1_745_973_789.836),
            ("04/30/2025 1:43:09 pm", 1_746_020_589.0),
            ("1:00:00.5 PM", 46_800.5),
            ("15:30.5", 930.5),
            ("0 days 00:00:00.040022", 0.040_022),
            ("1 day, 00:00:01", 86_401.0),
        ] {
            let found = seconds(text.as_bytes()).unwrap_or(f64::NAN);
            assert!((found - expected).abs() < 1e-5, "{text}: {found}");
        }
    }

    #[test]
    fn other_text_is_none() {
        for text in [
            "",
            "12",
            "2025-04-30",
            "25:00:00",
            "2025-13-01 00:00:00",
            "a:b:c",
            "31.31.2025 00:00:00",
            "12.5",
            "1:2:3.x",
            "2025-04-30 ",
        ] {
            assert_eq!(seconds(text.as_bytes()), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..40)) {
            seconds(&bytes);
        }
    }
}
