//! The footer of a Parquet file, walked over before the library reads it: the library makes room for as
//! many elements as a list claims to have, and a broken count would end the program. It also takes a field
//! for what its number stands for, whatever kind the file says it is, so the kinds are compared too.
//!
//! The last eight bytes are the footer's length, little-endian, and `PAR1`; before them is one structure of
//! [`super::thrift`]. Source: Apache Parquet, file format.

use super::thrift::Shape::{Byte, List, Number, Structure, Text, Truth};
use super::thrift::{Fields, Walk};

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
        // Truths, of which a reader may take no byte each, and go on among them.
        assert!(!footed(b"\xd9\x21\x01\x01\x00") && footed(b"\xd9\x01\x00"));
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
