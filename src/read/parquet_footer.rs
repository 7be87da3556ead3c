//! The footer of a Parquet file, walked over before the library reads it: the library makes room for as
//! many elements as a list claims to have, and a broken count would end the program.
//!
//! The last eight bytes are the footer's length, little-endian, and `PAR1`; before them is one structure
//! in Thrift's compact protocol. A field is a byte, `step << 4 | kind`; where the step is 0 the field's
//! number follows as a varint; a byte 0 ends the structure. Kinds: 1 and 2 are true and false, 3 a
//! byte, 4 to 6 varints, 7 eight bytes, 8 a varint of length and so many bytes, 9 and 10 lists, 11 a map,
//! 12 a structure. A list is a byte `count << 4 | kind`, with the count as a varint after it where it
//! says 15; a map a varint of count and, unless that is 0, a byte `kind << 4 | kind`.
//! Source: Apache Thrift, compact protocol; Apache Parquet, file format.

/// Structures within structures; real ones have six.
const MOST_DEPTH: usize = 16;

/// Every list in the footer has as many elements as it claims.
pub(super) fn is_sound(end_of_file: &[u8]) -> bool {
    let Some((before, tail)) = end_of_file.split_last_chunk::<8>() else {
        return false;
    };
    let [a, b, c, d, ..] = *tail;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    let start = before.len().checked_sub(length);
    let footer = start.and_then(|start| before.get(start..));
    footer.is_some_and(|bytes| Walk(bytes).structure(0).is_some())
}

/// What is left of the footer.
struct Walk<'a>(&'a [u8]);

impl Walk<'_> {
    fn skip(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let first = *self.0.first()?;
        self.skip(1)?;
        Some(first)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn structure(&mut self, depth: usize) -> Option<()> {
        if depth > MOST_DEPTH {
            return None;
        }
        loop {
            let field = self.byte()?;
            if field == 0 {
                return Some(());
            }
            if field >> 4 == 0 {
                self.varint()?;
            }
            // Of a field, the kind itself is true or false.
            if !matches!(field & 15, 1 | 2) {
                self.value(field & 15, depth)?;
            }
        }
    }

    fn value(&mut self, kind: u8, depth: usize) -> Option<()> {
        match kind {
            1..=3 => self.skip(1),
            4..=6 => self.varint().map(drop),
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                self.skip(usize::try_from(length).ok()?)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => self.varint()?,
                    count => u64::from(count),
                };
                self.values(count, &[head & 15], depth)
            }
            11 => match self.varint()? {
                0 => Some(()),
                count => {
                    let kinds = self.byte()?;
                    self.values(count, &[kinds >> 4, kinds & 15], depth)
                }
            },
            12 => self.structure(depth + 1),
            _ => None,
        }
    }

    /// So many elements of a list or a map; each takes a byte at least.
    fn values(&mut self, count: u64, kinds: &[u8], depth: usize) -> Option<()> {
        if depth > MOST_DEPTH || count > self.0.len() as u64 {
            return None;
        }
        for _ in 0..count {
            for kind in kinds {
                self.value(*kind, depth + 1)?;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &[u8] = include_bytes!("../../sample_data/formats/parquet/head_10_hz.parquet");

    fn footed(footer: &[u8]) -> bool {
        let length = (footer.len() as u32).to_le_bytes();
        is_sound(&[b"PAR1", footer, &length, b"PAR1"].concat())
    }

    #[test]
    fn a_sound_footer_is_walked_to_its_end() {
        assert!(is_sound(SAMPLE));
        // Field 1, a list of two varints; field 2, true; field 3, a text; field 4, an empty map.
        assert!(footed(b"\x19\x25\x02\x04\x11\x18\x01a\x1b\x00\x00"));
    }

    #[test]
    fn a_list_that_claims_more_than_there_is_is_not_sound() {
        assert!(!footed(b"\x19\xfc\xff\xff\xff\xff\x07\x00\x00"));
        assert!(!footed(b"\x19\x35\x02\x04\x00"));
        assert!(!footed(b"\x1c".repeat(99).as_slice()));
        assert!(!footed(b"\x18\x7fab\x00") && !footed(b"\x1d\x00") && !footed(b""));
        assert!(!is_sound(b"PAR1") && !is_sound(b"PAR1\xff\xff\xff\x7fPAR1"));
    }

    #[test]
    fn noise_comes_to_an_end() {
        for seed in 0..2000_u32 {
            let mut state = seed.wrapping_mul(2_654_435_761) | 1;
            let mut next = || {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state as u8
            };
            let noise: Vec<u8> = (0..200).map(|_| next()).collect();
            footed(&noise);
        }
    }
}
