//! Rows of nothing but decimals, as most sensors write them: read without looking for the end of a line, or
//! of a number, first.
//!
//! One look at 64 bytes tells which of them are no digits. Those are the signs, points and delimiters, so
//! that where each number lies is known before any is read, and numbers need not wait for one another.

#![expect(clippy::inline_always, reason = "a call costs as much as a number")]

use super::number::{self, decimal};

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// The rows at the start of a text.
pub(super) struct DecimalRows<'b> {
    bytes: &'b [u8],
    delimiter: u8,
    marks: Marks<'b>,
    at: usize,
}

impl<'b> DecimalRows<'b> {
    pub(super) fn new(bytes: &'b [u8], delimiter: u8) -> Self {
        let marks = Marks {
            blocks: bytes.as_chunks().0.iter(),
            next: 0,
            block: 0,
            left: 0,
        };
        Self {
            bytes,
            delimiter,
            marks,
            at: 0,
        }
    }

    /// The numbers of the next row, which has as many; where its line ends. `None` when there is anything else
    /// in it, or the text ends soon: then there are no more rows.
    #[inline(always)]
    pub(super) fn next(&mut self, row: &mut [f64]) -> Option<usize> {
        let (last, others) = row.split_last_mut()?;
        for value in others {
            let end = self.number(value)?;
            if self.bytes[end] != self.delimiter {
                return None;
            }
            self.at = end + 1;
        }
        let mut end = self.number(last)?;
        if self.bytes[end] == b'\r' {
            end = self.marks.next().filter(|next| *next == end + 1)?;
        }
        if self.bytes[end] != b'\n' {
            return None;
        }
        self.at = end + 1;
        Some(self.at)
    }

    /// Takes one number; where it ends.
    #[inline(always)]
    fn number(&mut self, value: &mut f64) -> Option<usize> {
        let mut start = self.at;
        let mut mark = self.marks.next()?;
        let negative = mark == start && self.bytes[mark] == b'-';
        if negative {
            start += 1;
            mark = self.marks.next()?;
        }
        let (point, end) = if self.bytes[mark] == b'.' {
            (Some(mark), self.marks.next()?)
        } else {
            (None, mark)
        };
        let size = decimal(self.bytes, start..end, point)?;
        *value = if negative { -size } else { size };
        Some(end)
    }
}

/// Where a text has bytes that are no digits; up to its last whole block.
struct Marks<'b> {
    blocks: std::slice::Iter<'b, [u8; BLOCK]>,
    /// Where the next block begins.
    next: usize,
    /// Where the block at hand begins.
    block: usize,
    /// A bit for each of its bytes that was not told yet.
    left: u64,
}

impl Marks<'_> {
    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        while self.left == 0 {
            self.left = others(self.blocks.next()?);
            self.block = self.next;
            self.next += BLOCK;
        }
        let at = self.left.trailing_zeros() as usize;
        self.left &= self.left - 1;
        Some(self.block + at)
    }
}

/// A bit for each byte that is no digit, the first in the lowest.
#[inline]
fn others(block: &[u8; BLOCK]) -> u64 {
    let mut bits = 0;
    for (k, eight) in block.as_chunks().0.iter().enumerate() {
        bits |= others_of_eight(u64::from_le_bytes(*eight)) << (8 * k);
    }
    bits
}

/// The same of eight bytes.
#[inline]
const fn others_of_eight(word: u64) -> u64 {
    // Each bit 8k goes to bit 56 + k.
    (number::others(word) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::read::number::number;

    /// The rows of so many numbers at the start of a text, and where they end.
    fn rows(text: &str, columns: usize) -> (Vec<Vec<f64>>, usize) {
        let followed = format!("{text}{}", "\n".repeat(BLOCK));
        let mut reading = DecimalRows::new(followed.as_bytes(), b',');
        let (mut rows, mut passed) = (Vec::new(), 0);
        let mut row = vec![0.0; columns];
        while let Some(end) = reading.next(&mut row) {
            rows.push(row.clone());
            passed = end;
        }
        (rows, passed)
    }

    #[test]
    fn rows_go_on_until_something_else_comes() {
        let text = "0.01,-0.5,12\n0.02,0.25,-12345678.25\r\n1,2,3\n1e3,2,3\n1,2,3\n";
        let (found, passed) = rows(text, 3);
        let expected = [
            [0.01, -0.5, 12.0],
            [0.02, 0.25, -12_345_678.25],
            [1.0, 2.0, 3.0],
        ];
        assert_eq!(found, expected);
        assert_eq!(&text[passed..passed + 3], "1e3");
    }

    #[test]
    fn what_is_not_such_a_row_is_left() {
        for text in [
            "",
            ",",
            "1",
            "1,2,3",
            ",2",
            "1,",
            "1;2",
            "+1,2",
            "1,2\r3",
            "1.,2",
            ".5,2",
            "--1,2",
            "1-,2",
            "1.2.3,4",
            " 1,2",
            "\"1\",2",
            "1,2e",
            "123456789.5,1",
            "0.12345678901234567,1",
            "-,1",
            "1,é",
            "0.12345678901234567890,1",
        ] {
            assert_eq!(rows(text, 2).0, Vec::<Vec<f64>>::new(), "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_digits() {
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                let mut eight = *b"01234567";
                eight[at] = byte;
                let expected = u64::from(!byte.is_ascii_digit()) << at;
                assert_eq!(others_of_eight(u64::from_le_bytes(eight)), expected);
            }
        }
    }

    proptest! {
        #[test]
        fn the_same_as_one_number_by_itself(
            texts in prop::collection::vec("-?[0-9]{1,9}(\\.[0-9]{1,18})?", 1..8)
        ) {
            let (found, _) = rows(&format!("{}\n", texts.join(",")), texts.len());
            for row in found {
                for (value, text) in row.iter().zip(&texts) {
                    let (expected, used) = number(text.as_bytes()).unwrap();
                    prop_assert_eq!((value.to_bits(), text.len()), (expected.to_bits(), used));
                }
            }
        }

        #[test]
        fn any_bytes_are_survived(bytes in any::<Vec<u8>>(), columns in 0..4_usize) {
            let mut row = vec![0.0; columns];
            let mut reading = DecimalRows::new(&bytes, b',');
            while reading.next(&mut row).is_some() {}
        }
    }
}
