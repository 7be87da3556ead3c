//! Decimal text to `f64`: exact, and fast for the numbers that sensors print.
//!
//! A decimal with a mantissa below 2^53 and a power of ten up to 10^22 has both exact as `f64`, so one
//! multiplication or division rounds correctly (Clinger, PLDI 1990). Everything else goes through
//! `str::parse`.

use std::ops::Range;

const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
/// More digits may not fit into a `u64`.
const MAX_DIGITS: usize = 19;

/// The decimal in a range of bytes that are digits, but for the point; `None` where there are no digits on a
/// side of the point, more than fit (8 before it and 16 after, 2^53 together), or the bytes end right after it.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a call costs as much as a number")]
pub(super) fn decimal(bytes: &[u8], digits: Range<usize>, point: Option<usize>) -> Option<f64> {
    let end = digits.end;
    let whole = few_digits(bytes, digits.start..point.unwrap_or(end))?;
    let Some(point) = point else {
        return Some(whole as f64);
    };
    let places = end - point - 1;
    let mantissa = if places <= 8 {
        whole * WHOLE_POWERS[places] + few_digits(bytes, point + 1..end)?
    } else {
        let high = WHOLE_POWERS.get(places - 8)?;
        let upper = whole * high + few_digits(bytes, point + 1..end - 8)?;
        let lower = few_digits(bytes, end - 8..end)?;
        upper.checked_mul(WHOLE_POWERS[8])?.checked_add(lower)?
    };
    (mantissa < 1 << 53).then(|| mantissa as f64 / POWERS[places])
}

/// One to eight digits, with eight bytes from their first on.
#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
fn few_digits(bytes: &[u8], digits: Range<usize>) -> Option<u64> {
    match digits.len() {
        1 => Some(u64::from(bytes[digits.start] & 0xf)),
        count @ 2..=8 => {
            let word = bytes[digits.start..].first_chunk()?;
            Some(first_digits(u64::from_le_bytes(*word), count))
        }
        _ => None,
    }
}

/// The number at the start of `bytes`, and how many bytes it takes; `None` when there is none.
pub(super) fn number(bytes: &[u8]) -> Option<(f64, usize)> {
    let (negative, mut at) = match bytes.first()? {
        b'-' => (true, 1),
        b'+' => (false, 1),
        _ => (false, 0),
    };
    let mut mantissa = 0;
    let first = at;
    at = digits(bytes, at, &mut mantissa);
    let mut count = at - first;
    let mut exponent = 0;
    if bytes.get(at) == Some(&b'.') {
        let point = at + 1;
        at = digits(bytes, point, &mut mantissa);
        count += at - point;
        exponent = -(i32::try_from(at - point).ok()?);
    }
    if count == 0 {
        return None;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let (power, end) = power(bytes, at + 1)?;
        exponent += power;
        at = end;
    }
    let exact = if count <= MAX_DIGITS {
        scaled(mantissa, exponent)
    } else {
        None
    };
    match exact {
        Some(value) => Some((if negative { -value } else { value }, at)),
        None => Some((slow(bytes.get(..at)?)?, at)),
    }
}

/// Adds the digits from `at` on to `mantissa` and returns where they end; wraps past 19 digits.
fn digits(bytes: &[u8], mut at: usize, mantissa: &mut u64) -> usize {
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*eight);
        let count = leading_digits(word);
        if count > 0 {
            *mantissa = mantissa
                .wrapping_mul(WHOLE_POWERS[count])
                .wrapping_add(first_digits(word, count));
        }
        at += count;
        if count < 8 {
            return at;
        }
    }
    while let Some(digit) = bytes.get(at).map(|byte| byte.wrapping_sub(b'0')) {
        if digit > 9 {
            break;
        }
        *mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    at
}

/// Powers of ten up to eight digits.
const WHOLE_POWERS: [u64; 9] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
];

/// How many bytes are digits before the first that is none, from the lowest byte on.
const fn leading_digits(word: u64) -> usize {
    others(word).trailing_zeros() as usize / 8
}

/// The high bit of each byte that is no digit. With its own high bit away, no byte carries into the next.
#[inline]
pub(super) const fn others(word: u64) -> u64 {
    let digits = word ^ 0x3030_3030_3030_3030;
    let over_nine = (digits & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676;
    (over_nine | digits) & 0x8080_8080_8080_8080
}

/// The first so many digits of a word, one to eight: put to its end, with zeros before them.
#[inline]
const fn first_digits(word: u64, count: usize) -> u64 {
    eight_digits(word.wrapping_sub(0x3030_3030_3030_3030) << (64 - 8 * count))
}

/// Eight digits (0 to 9, not ASCII), the first in the lowest byte, as a number: pairs, then fours,
/// then eight.
const fn eight_digits(word: u64) -> u64 {
    let pairs = (word.wrapping_mul(10)).wrapping_add(word >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100)).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(10_000)).wrapping_add(fours >> 32) & 0xffff_ffff
}

/// The signed power of ten from `at` on, and where it ends.
fn power(bytes: &[u8], at: usize) -> Option<(i32, usize)> {
    let (negative, first) = match bytes.get(at)? {
        b'-' => (true, at + 1),
        b'+' => (false, at + 1),
        _ => (false, at),
    };
    let mut value = 0;
    let mut end = first;
    while let Some(digit @ b'0'..=b'9') = bytes.get(end) {
        value = (value * 10 + i32::from(digit - b'0')).min(100_000);
        end += 1;
    }
    (end > first).then_some((if negative { -value } else { value }, end))
}

#[expect(clippy::cast_precision_loss, reason = "below 2^53 nothing is lost")]
fn scaled(mantissa: u64, exponent: i32) -> Option<f64> {
    if mantissa >= 1 << 53 {
        return None;
    }
    let power = POWERS.get(exponent.unsigned_abs() as usize)?;
    let value = mantissa as f64;
    Some(if exponent < 0 {
        value / power
    } else {
        value * power
    })
}

#[cold]
fn slow(bytes: &[u8]) -> Option<f64> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(text: &str) -> Option<f64> {
        number(text.as_bytes())
            .filter(|(_, used)| *used == text.len())
            .map(|(value, _)| value)
    }

    #[test]
    fn numbers_as_sensors_print_them() {
        for text in [
            "0",
            "-0",
            "+1",
            "1.",
            ".5",
            "-0.679148",
            "3343427885",
            "1684351793.8169029",
            "1e-7",
            "1.57684E+12",
            "0.5109952020582079",
            "677.99999999999989",
            "9007199254740993",
            "123456789012345678901234567890",
            "0.000000000000000000000000001",
            "1e400",
            "1e-400",
            "3.875E-3",
            "12345678",
            "1234567.8",
            "00000000000000000000001",
        ] {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(
                whole(text).map(f64::to_bits),
                Some(expected.to_bits()),
                "{text}"
            );
        }
        for text in [
            "", "-", "+", ".", "e5", "1e", "1e+", "abc", "NaN", "--1", "0x10", "1 2", "1,5",
        ] {
            assert_eq!(whole(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn shortest_text_reads_back(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            for text in [format!("{value}"), format!("{value:e}")] {
                prop_assert_eq!(whole(&text).map(f64::to_bits), Some(bits), "{}", text);
            }
        }

        #[test]
        fn same_as_the_standard_library(text in "[+-]?[0-9]{0,21}(\\.[0-9]{0,21})?([eE][+-]?[0-9]{0,3})?") {
            let expected = text.parse::<f64>().ok();
            prop_assert_eq!(whole(&text).map(f64::to_bits), expected.map(f64::to_bits));
        }

        #[test]
        fn any_bytes_are_survived(bytes in any::<Vec<u8>>()) {
            number(&bytes);
        }
    }
}
