//! The pages of a column in a Parquet file, walked over before the library reads them: it makes room for as
//! many values, and bytes, as a page claims to have, and a broken count would end the program.
//!
//! A column chunk is page after page: a header, one structure of [`super::thrift`], and so many bytes as field 3
//! of it says, compressed; field 2 says how many they are without compression. Field 5 or 8 describes values
//! (8 with the lengths of its levels), field 7 a dictionary; their field 1 is the count.
//! Source: Apache Parquet, file format.

use super::thrift::{Fields, Shape, Walk};

/// Bytes may shrink to a so-manieth part by compression, no further.
const MOST_SHRINK: u64 = 4096;

const PAGE: Fields = &[
    (1, Shape::Number),
    (2, Shape::Number),
    (3, Shape::Number),
    (4, Shape::Number),
    (5, Shape::Structure(DATA)),
    (7, Shape::Structure(DICTIONARY)),
    (8, Shape::Structure(DATA_2)),
];
const DATA: Fields = &[
    (1, Shape::Number),
    (2, Shape::Number),
    (3, Shape::Number),
    (4, Shape::Number),
    (5, Shape::Structure(STATISTICS)),
];
const DICTIONARY: Fields = &[(1, Shape::Number), (2, Shape::Number), (3, Shape::Truth)];
const DATA_2: Fields = &[
    (1, Shape::Number),
    (2, Shape::Number),
    (3, Shape::Number),
    (4, Shape::Number),
    (5, Shape::Number),
    (6, Shape::Number),
    (7, Shape::Truth),
    (8, Shape::Structure(STATISTICS)),
];
const STATISTICS: Fields = &[
    (1, Shape::Text),
    (2, Shape::Text),
    (3, Shape::Number),
    (4, Shape::Number),
    (5, Shape::Text),
    (6, Shape::Text),
    (7, Shape::Truth),
    (8, Shape::Truth),
];

/// What a page claims.
#[derive(Default)]
struct Page {
    unpacked: u64,
    packed: u64,
    /// Values of the column.
    values: u64,
    /// Values of its dictionary.
    entries: u64,
}

/// The pages fill the chunk, and have as many values together as the column should.
pub(super) fn are_sound(mut chunk: &[u8], values: u64) -> bool {
    let mut found = 0_u64;
    while !chunk.is_empty() && found < values {
        let mut walk = Walk(chunk);
        let Some(page) = page(&mut walk) else {
            return false;
        };
        let Some(rest) = usize::try_from(page.packed)
            .ok()
            .and_then(|packed| walk.0.get(packed..))
        else {
            return false;
        };
        let most = (page.packed + 64).saturating_mul(MOST_SHRINK);
        if page.unpacked > most || page.entries > page.unpacked {
            return false;
        }
        found = found.saturating_add(page.values);
        chunk = rest;
    }
    found == values
}

fn page(walk: &mut Walk<'_>) -> Option<Page> {
    let mut page = Page::default();
    walk.fields(PAGE, |walk, field| {
        match field.number {
            2 => page.unpacked = count(walk)?,
            3 => page.packed = count(walk)?,
            5 => page.values = counts(walk, DATA)?,
            7 => page.entries = counts(walk, DICTIONARY)?,
            8 => page.values = counts(walk, DATA_2)?,
            _ => walk.content(field, 0)?,
        }
        Some(())
    })?;
    Some(page)
}

fn count(walk: &mut Walk<'_>) -> Option<u64> {
    let count = walk.number()?;
    i32::try_from(count)
        .ok()
        .and_then(|count| u64::try_from(count).ok())
}

/// Field 1 of a structure in which each number is a count.
fn counts(walk: &mut Walk<'_>, fields: Fields) -> Option<u64> {
    let mut first = 0;
    walk.fields(fields, |walk, field| {
        if !matches!(field.shape, Some(Shape::Number)) {
            return walk.content(field, 1);
        }
        let found = count(walk)?;
        first = if field.number == 1 { found } else { first };
        Some(())
    })?;
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of `packed` bytes: types 1 and sizes, then field 5 with this count of values.
    fn data_page(packed: u8, unpacked: &[u8], values: &[u8]) -> Vec<u8> {
        let header = [
            b"\x15\x00\x15",
            unpacked,
            &[0x15, packed * 2],
            b"\x2c\x15",
            values,
            b"\x15\x00\x15\x06\x15\x06\x00\x00",
        ]
        .concat();
        [header, vec![7; usize::from(packed)]].concat()
    }

    #[test]
    fn pages_that_fill_the_chunk_are_sound() {
        let page = data_page(5, b"\x0a", b"\x04");
        assert!(are_sound(&page, 2));
        assert!(are_sound(&page.repeat(3), 6));
        // Field 7, a dictionary of one entry, before the page.
        let dictionary = b"\x15\x04\x15\x04\x15\x04\x4c\x15\x02\x15\x00\x00\x00ab".to_vec();
        assert!(are_sound(&[dictionary, page].concat(), 2));
        assert!(are_sound(&[], 0));
    }

    #[test]
    fn counts_and_sizes_that_cannot_be_are_not_sound() {
        let page = data_page(5, b"\x0a", b"\x04");
        assert!(!are_sound(&page, 3) && !are_sound(&page, 1));
        for end in 0..page.len() {
            assert!(!are_sound(&page[..end], 2), "{end}");
        }
        // -2 values; 2^28 values; 2^28 bytes out of five.
        assert!(!are_sound(&data_page(5, b"\x0a", b"\x03"), 2));
        assert!(!are_sound(
            &data_page(5, b"\x0a", b"\x80\x80\x80\x80\x02"),
            2
        ));
        assert!(!are_sound(
            &data_page(5, b"\x80\x80\x80\x80\x02", b"\x04"),
            2
        ));
        // The description of values as a text.
        let other = page
            .iter()
            .map(|&byte| if byte == 0x2c { 0x28 } else { byte });
        assert!(!are_sound(&other.collect::<Vec<u8>>(), 2));
    }
}
