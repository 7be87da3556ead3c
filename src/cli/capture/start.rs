//! When a capture began.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::protocol::clock::days;

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

fn seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs().cast_signed())
}

/// Year, month, day, hour, minute and second of seconds since 1970.
fn parts(seconds: i64) -> [i64; 6] {
    let (today, rest) = (seconds / 86_400, seconds % 86_400);
    // No year is longer than 366 days, so that this one or one soon after it is the year.
    let mut year = 1970 + today / 366;
    while days(year + 1, 1, 1) <= today {
        year += 1;
    }
    let begun = |month: &i64| days(year, *month, 1) <= today;
    let month = (1..=12).rev().find(begun).unwrap_or(1);
    [
        year,
        month,
        today - days(year, month, 1) + 1,
        rest / 3600,
        rest / 60 % 60,
        rest % 60,
    ]
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
