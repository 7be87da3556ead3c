//! SLIP (RFC 1055): a byte ends each frame; inside, an escape and a second byte stand for it and for
//! the escape itself.

/// The byte that ends a frame; senders may also begin with it.
pub const END: u8 = 0xC0;
const ESCAPE: u8 = 0xDB;
const ESCAPED_END: u8 = 0xDC;
const ESCAPED_ESCAPE: u8 = 0xDD;

/// The data of a frame without its end; `None` where something else follows an escape.
pub fn decoded(frame: &[u8]) -> Option<Vec<u8>> {
    decoded_with(END, frame)
}

/// The same where another byte ends a frame.
pub fn decoded_with(end: u8, frame: &[u8]) -> Option<Vec<u8>> {
    let mut data = Vec::with_capacity(frame.len());
    let mut bytes = frame.iter();
    while let Some(&byte) = bytes.next() {
        data.push(match byte {
            ESCAPE => match *bytes.next()? {
                ESCAPED_END => end,
                ESCAPED_ESCAPE => ESCAPE,
                _ => return None,
            },
            _ => byte,
        });
    }
    Some(data)
}

/// Data as a frame, with its end.
pub fn encoded(data: &[u8]) -> Vec<u8> {
    encoded_with(END, data)
}

/// The same where another byte ends a frame.
pub fn encoded_with(end: u8, data: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(data.len() + 8);
    for &byte in data {
        if byte == end {
            frame.extend([ESCAPE, ESCAPED_END]);
        } else if byte == ESCAPE {
            frame.extend([ESCAPE, ESCAPED_ESCAPE]);
        } else {
            frame.push(byte);
        }
    }
    frame.push(end);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{hex, vectors};

    #[test]
    fn both_bytes_are_stuffed() {
        let frame = encoded(&[1, END, 2, ESCAPE, 3]);
        assert_eq!(frame, hex("01dbdc02dbdd03c0"));
        assert_eq!(decoded(&frame[..7]), Some(hex("01c002db03")));
        assert_eq!(decoded(&hex("01db02")), None);
        assert_eq!(decoded(&hex("01db")), None);
    }

    #[test]
    fn vectors_of_others() {
        for vector in vectors("framing/slip") {
            let mut inner = vector.bytes.split(|&byte| byte == END);
            let frame = inner.find(|frame| !frame.is_empty()).unwrap();
            let expected = vector.decoded["decoded_hex"].as_str().map(hex);
            assert_eq!(decoded(frame), expected, "{}", vector.name);
            assert_eq!(expected.is_some(), vector.accept);
        }
        for vector in vectors("ximu3/byte-stuffing") {
            let stuffed = vector.bytes.strip_suffix(b"\n").unwrap();
            let data = hex(vector.decoded["unstuffed"].as_str().unwrap());
            assert_eq!(decoded_with(b'\n', stuffed), Some(data.clone()));
            assert_eq!(encoded_with(b'\n', &data), vector.bytes, "{}", vector.name);
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_encoded_is_decoded(data in proptest::collection::vec(0xBE_u8..0xE0, 0..200)) {
            let frame = encoded(&data);
            let (end, inside) = frame.split_last().unwrap();
            proptest::prop_assert_eq!(*end, END);
            proptest::prop_assert!(!inside.contains(&END));
            proptest::prop_assert_eq!(decoded(inside), Some(data));
        }
    }
}
