//! The footer of a Parquet file, walked over before the library reads it: the library makes room for as
//! many elements as a list claims to have, and a broken count would end the program. It also takes a field
//! for what its number stands for, whatever kind the file says it is, so the kinds are compared too.
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

/// What a field of a known number is.
enum Shape {
    Truth,
    Byte,
    /// A varint of any width.
    Number,
    Text,
    List(&'static Self),
    Structure(Fields),
}

/// The known fields of a structure by their numbers; any other may be anything.
type Fields = &'static [(i16, Shape)];

use Shape::{Byte, List, Number, Structure, Text, Truth};

const FOOTER: Fields = &[
    (1, Number),
    (2, List(&Structure(SCHEMA_ELEMENT))),
    (3, Number),
    (4, List(&Structure(ROW_GROUP))),
    (5, List(&Structure(KEY_VALUE))),
    (6, Text),
    (7, List(&Structure(EITHER))),
];
const SCHEMA_ELEMENT: Fields = &[
    (1, Number),
    (2, Number),
    (3, Number),
    (4, Text),
    (5, Number),
    (6, Number),
    (7, Number),
    (8, Number),
    (9, Number),
    (10, Structure(LOGICAL_TYPE)),
];
const LOGICAL_TYPE: Fields = &[
    (1, Structure(&[])),
    (2, Structure(&[])),
    (3, Structure(&[])),
    (4, Structure(&[])),
    (5, Structure(&[(1, Number), (2, Number)])),
    (6, Structure(&[])),
    (7, Structure(&[(1, Truth), (2, Structure(EITHER))])),
    (8, Structure(&[(1, Truth), (2, Structure(EITHER))])),
    (10, Structure(&[(1, Byte), (2, Truth)])),
    (11, Structure(&[])),
    (12, Structure(&[])),
    (13, Structure(&[])),
    (14, Structure(&[])),
    (15, Structure(&[])),
];
/// One of up to three kinds that have nothing in them: a unit of time, an order of a column.
const EITHER: Fields = &[
    (1, Structure(&[])),
    (2, Structure(&[])),
    (3, Structure(&[])),
];
const KEY_VALUE: Fields = &[(1, Text), (2, Text)];
const ROW_GROUP: Fields = &[
    (1, List(&Structure(COLUMN_CHUNK))),
    (2, Number),
    (3, Number),
    (4, List(&Structure(&[(1, Number), (2, Truth), (3, Truth)]))),
    (5, Number),
    (6, Number),
    (7, Number),
];
const COLUMN_CHUNK: Fields = &[
    (1, Text),
    (2, Number),
    (3, Structure(COLUMN_META_DATA)),
    (4, Number),
    (5, Number),
    (6, Number),
    (7, Number),
];
const COLUMN_META_DATA: Fields = &[
    (1, Number),
    (2, List(&Number)),
    (3, List(&Text)),
    (4, Number),
    (5, Number),
    (6, Number),
    (7, Number),
    (8, List(&Structure(KEY_VALUE))),
    (9, Number),
    (10, Number),
    (11, Number),
    (12, Structure(STATISTICS)),
    (14, Number),
    (15, Number),
];
const STATISTICS: Fields = &[
    (1, Text),
    (2, Text),
    (3, Number),
    (4, Number),
    (5, Text),
    (6, Text),
    (7, Truth),
    (8, Truth),
];

impl Shape {
    /// A value of this kind of the protocol can be it.
    const fn suits(&self, kind: u8) -> bool {
        match self {
            Truth => matches!(kind, 1 | 2),
            Byte => kind == 3,
            Number => matches!(kind, 4..=6),
            Text => kind == 8,
            List(_) => matches!(kind, 9 | 10),
            Structure(_) => kind == 12,
        }
    }

    /// What the elements of such a list are.
    const fn element(&self) -> Option<&'static Self> {
        match self {
            List(element) => Some(element),
            Truth | Byte | Number | Text | Structure(_) => None,
        }
    }

    const fn fields(&self) -> Fields {
        match self {
            Structure(fields) => fields,
            Truth | Byte | Number | Text | List(_) => &[],
        }
    }
}

/// Every list in the footer has as many elements as it claims, and every known field is of its kind.
pub(super) fn is_sound(end_of_file: &[u8]) -> bool {
    let Some((before, tail)) = end_of_file.split_last_chunk::<8>() else {
        return false;
    };
    let [a, b, c, d, ..] = *tail;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    let start = before.len().checked_sub(length);
    let footer = start.and_then(|start| before.get(start..));
    footer.is_some_and(|bytes| Walk(bytes).structure(FOOTER, 0).is_some())
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

    fn structure(&mut self, fields: Fields, depth: usize) -> Option<()> {
        if depth > MOST_DEPTH {
            return None;
        }
        let mut number = 0_i16;
        loop {
            let field = self.byte()?;
            if field == 0 {
                return Some(());
            }
            number = match field >> 4 {
                0 => zigzag(self.varint()?),
                step => number.checked_add(i16::from(step))?,
            };
            let kind = field & 15;
            let known = fields.iter().find(|(known, _)| *known == number);
            let shape = known.map(|(_, shape)| shape);
            if shape.is_some_and(|shape| !shape.suits(kind)) {
                return None;
            }
            // Of a field, the kind itself is true or false.
            if !matches!(kind, 1 | 2) {
                self.value(kind, shape, depth)?;
            }
        }
    }

    fn value(&mut self, kind: u8, shape: Option<&Shape>, depth: usize) -> Option<()> {
        match kind {
            1..=3 => self.skip(1),
            4..=6 => self.varint().map(drop),
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                self.skip(usize::try_from(length).ok()?)
            }
            9 | 10 => self.list(shape.and_then(Shape::element), depth),
            11 => match self.varint()? {
                0 => Some(()),
                count => {
                    let kinds = self.byte()?;
                    self.values(count, &[kinds >> 4, kinds & 15], None, depth)
                }
            },
            12 => self.structure(shape.map_or(&[], Shape::fields), depth + 1),
            _ => None,
        }
    }

    fn list(&mut self, element: Option<&Shape>, depth: usize) -> Option<()> {
        let head = self.byte()?;
        let kind = head & 15;
        let count = match head >> 4 {
            15 => self.varint()?,
            count => u64::from(count),
        };
        if count > 0 && element.is_some_and(|shape| !shape.suits(kind)) {
            return None;
        }
        self.values(count, &[kind], element, depth)
    }

    /// So many elements of a list or a map; each takes a byte at least.
    fn values(
        &mut self,
        count: u64,
        kinds: &[u8],
        shape: Option<&Shape>,
        depth: usize,
    ) -> Option<()> {
        if depth > MOST_DEPTH || count > self.0.len() as u64 {
            return None;
        }
        for _ in 0..count {
            for kind in kinds {
                self.value(*kind, shape, depth + 1)?;
            }
        }
        Some(())
    }
}

/// A number with its sign in the lowest bit, cut to the width of a field's number.
const fn zigzag(value: u64) -> i16 {
    ((value >> 1).cast_signed() ^ -(value & 1).cast_signed()) as i16
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
        // Unknown fields: 19, a list of two varints; 20, true; 21, a text; 22, an empty map.
        assert!(footed(b"\x09\x26\x25\x02\x04\x11\x18\x01a\x1b\x00\x00"));
    }

    #[test]
    fn a_list_that_claims_more_than_there_is_is_not_sound() {
        assert!(!footed(b"\x29\xfc\xff\xff\xff\xff\x07\x00\x00"));
        assert!(!footed(b"\x09\x26\x35\x02\x04\x00"));
        assert!(!footed(b"\x1c".repeat(99).as_slice()));
        assert!(!footed(b"\x18\x7fab\x00") && !footed(b"\x1d\x00") && !footed(b""));
        assert!(!is_sound(b"PAR1") && !is_sound(b"PAR1\xff\xff\xff\x7fPAR1"));
    }

    #[test]
    fn a_known_field_of_another_kind_is_not_sound() {
        // Field 4, the list of row groups, said to be true: its next bytes would be read as a list's count.
        assert!(!footed(b"\x41\xf3\xdb\xd3\xd3\x53\x00"));
        assert!(footed(b"\x15\x02\x26\x02\x00") && !footed(b"\x15\x02\x28\x01a\x00"));
        // The schema: elements that are structures, with a text as the fourth field of one.
        assert!(footed(b"\x29\x1c\x48\x01a\x00\x00") && !footed(b"\x29\x1c\x45\x02\x00\x00"));
        assert!(!footed(b"\x29\x15\x02\x00") && footed(b"\x29\x00\x00"));
        // The same number, written out.
        assert!(!footed(b"\x05\x08\x02\x00") && footed(b"\x09\x08\x00\x00"));
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
