//! When a capture began.

use std::time::{SystemTime, UNIX_EPOCH};

/// UTC, as `2026-03-01T09:30:00Z`.
pub(super) fn now() -> String {
    let [year, month, day, hour, minute, second] = parts(seconds());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// A label for a visit that was given none: the day and the time.
pub(super) fn label() -> String {
    let [year, month, day, hour, minute, second] = parts(seconds());
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}")
}

fn seconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Year, month, day, hour, minute and second of seconds since 1970.
fn parts(seconds: u64) -> [u64; 6] {
    let (mut days, rest) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    while days >= days_in_year(year) {
        days -= days_in_year(year);
        year += 1;
    }
    let leap = days_in_year(year) == 366;
    let lengths = [
        31,
        if leap { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    [
        year,
        month,
        days + 1,
        rest / 3600,
        rest / 60 % 60,
        rest % 60,
    ]
}

const fn days_in_year(year: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    if leap { 366 } else { 365 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        assert_eq!(parts(0), [1970, 1, 1, 0, 0, 0]);
        assert_eq!(parts(951_782_400), [2000, 2, 29, 0, 0, 0]);
        assert_eq!(parts(1_772_357_400), [2026, 3, 1, 9, 30, 0]);
        assert_eq!(parts(1_798_761_599), [2026, 12, 31, 23, 59, 59]);
        assert!(super::super::place::label(&label()).is_ok());
    }
}
