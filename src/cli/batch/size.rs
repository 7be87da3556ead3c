//! Amounts of memory as people write them.

/// Bytes: a number with K, M, G or T, which are powers of 1024; `iB` or `B` may follow.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let lower = text.trim().to_ascii_lowercase();
    let bare = lower
        .strip_suffix("ib")
        .or(lower.strip_suffix('b'))
        .unwrap_or(&lower);
    let (number, power) = match bare.char_indices().last() {
        Some((at, letter)) if letter.is_ascii_alphabetic() => (
            &bare[..at],
            [('k', 1), ('m', 2), ('g', 3), ('t', 4)]
                .into_iter()
                .find_map(|(unit, power)| (unit == letter).then_some(power)),
        ),
        _ => (bare, Some(0)),
    };
    let number: Option<f64> = number.trim().parse().ok();
    let bytes = number
        .zip(power)
        .map(|(number, power)| number * 1024_f64.powi(power));
    let bytes = bytes.filter(|bytes| bytes.is_finite() && *bytes >= 1.0);
    bytes
        .map(|bytes| bytes as u64)
        .ok_or_else(|| "a size is a number with K, M, G or T, such as 512M".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, expected) in [
            ("1GiB", 1 << 30),
            ("512M", 512 << 20),
            ("1.5 gb", 3 << 29),
            ("4096", 4096),
            ("8k", 8192),
        ] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for text in ["", "G", "0", "-1M", "1X", "nan", "1e999"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
