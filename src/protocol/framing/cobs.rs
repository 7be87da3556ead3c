//! COBS, consistent overhead byte stuffing: frames without a zero inside, zeros between them.
//!
//! A code byte says how far the next one is; where a zero stood in the data, a code byte stands now. Code
//! `FF` is followed by 254 bytes with no zero after them (Cheshire and Baker, 1999).

/// The byte between frames.
pub const END: u8 = 0;

/// The data of a frame without its end; `None` where a code points past the end, or a zero is inside.
pub fn decoded(frame: &[u8]) -> Option<Vec<u8>> {
    let mut data = Vec::with_capacity(frame.len());
    let mut rest = frame;
    while let Some((&code, after)) = rest.split_first() {
        let count = usize::from(code).checked_sub(1)?;
        let block = after.get(..count)?;
        if block.contains(&END) {
            return None;
        }
        data.extend_from_slice(block);
        rest = after.get(count..)?;
        if code != 0xFF && !rest.is_empty() {
            data.push(0);
        }
    }
    (!frame.is_empty()).then_some(data)
}

/// Data as a frame, without its end.
pub fn encoded(data: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(data.len() + 2 + data.len() / 254);
    let mut blocks = data.split(|&byte| byte == END).peekable();
    while let Some(block) = blocks.next() {
        let mut rest = block;
        while let Some((full, after)) = rest.split_at_checked(254) {
            frame.push(0xFF);
            frame.extend_from_slice(full);
            rest = after;
            if rest.is_empty() && blocks.peek().is_none() {
                return frame;
            }
        }
        frame.push(rest.len() as u8 + 1);
        frame.extend_from_slice(rest);
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{hex, vectors};

    #[test]
    fn the_published_examples() {
        for (data, frame) in [
            ("", "01"),
            ("31", "0231"),
            ("00", "0101"),
            ("31323334350036373839", "0631323334350536373839"),
        ] {
            assert_eq!(encoded(&hex(data)), hex(frame));
            assert_eq!(decoded(&hex(frame)), Some(hex(data)));
        }
        for bad in ["", "00", "05313233", "053132333400", "0531320034"] {
            assert_eq!(decoded(&hex(bad)), None, "{bad}");
        }
    }

    #[test]
    fn vectors_of_others() {
        for vector in vectors("framing/cobs") {
            let found = decoded(&vector.bytes);
            if vector.accept {
                let data = vector.decoded["decoded_hex"].as_str().unwrap();
                assert_eq!(found, Some(hex(data)), "{}", vector.name);
                assert_eq!(encoded(&hex(data)), vector.bytes, "{}", vector.name);
            } else {
                assert_eq!(found, None, "{}", vector.name);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_encoded_is_decoded(data in proptest::collection::vec(0_u8..3, 0..600)) {
            let frame = encoded(&data);
            proptest::prop_assert!(!frame.contains(&END));
            proptest::prop_assert_eq!(decoded(&frame), Some(data));
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
            let _ = decoded(&bytes);
        }
    }
}
