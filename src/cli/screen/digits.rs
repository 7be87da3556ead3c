//! Large digits, to be read from two metres.

/// Rows of a digit.
pub(super) const ROWS: usize = 7;
/// Columns of a dot: a terminal's cell is half as wide as it is high.
const DOT: usize = 2;

/// Five dots a row, from the top; the lowest bit is the right one.
const fn dots(character: char) -> [u8; ROWS] {
    match character {
        '0' => [
            0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110,
        ],
        '1' => [
            0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110,
        ],
        '2' => [
            0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111,
        ],
        '3' => [
            0b11110, 0b00001, 0b00001, 0b01110, 0b00001, 0b00001, 0b11110,
        ],
        '4' => [
            0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010,
        ],
        '5' => [
            0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110,
        ],
        '6' => [
            0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110,
        ],
        '7' => [
            0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000,
        ],
        '8' => [
            0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110,
        ],
        '9' => [
            0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100,
        ],
        '-' => [0, 0, 0, 0b01110, 0, 0, 0],
        '°' => [0b01100, 0b10010, 0b10010, 0b01100, 0, 0, 0],
        _ => [0; ROWS],
    }
}

/// The text as rows of blocks; digits, `-` and `°`, anything else is blank.
pub(super) fn large(text: &str) -> [String; ROWS] {
    let mut rows: [String; ROWS] = std::array::from_fn(|_| String::new());
    for character in text.chars() {
        for (row, dots) in rows.iter_mut().zip(dots(character)) {
            row.extend((0..5).rev().flat_map(|place| dot(dots >> place & 1 == 1)));
            row.push(' ');
        }
    }
    rows
}

/// One dot.
const fn dot(is_set: bool) -> [char; DOT] {
    [if is_set { '█' } else { ' ' }; DOT]
}

/// Columns that a text of so many characters takes.
pub(super) const fn width(characters: usize) -> usize {
    characters * (5 * DOT + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rows_are_as_wide_as_told_and_digits_differ() {
        for row in large("108°") {
            assert_eq!(row.chars().count(), width(4));
        }
        let all: std::collections::BTreeSet<[String; ROWS]> = "0123456789-"
            .chars()
            .map(|c| large(&c.to_string()))
            .collect();
        assert_eq!(all.len(), 11);
    }
}
