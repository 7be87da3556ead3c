//! What a port hears of a sensor that sends at another speed.
//!
//! A byte goes over the wire as a start bit (low), eight bits with the lowest first, and a stop bit (high);
//! an idle wire is high. The receiver waits for the fall of a start bit and then looks at the wire in
//! the middle of each bit as long as it believes a bit to be.

/// Bits of a byte on the wire.
const BITS: usize = 10;

/// The bytes that a receiver makes of `bytes`, sent without a pause after a silence, when it takes one
/// bit to last as long as `bits` of the sender's.
pub(super) fn heard(bytes: &[u8], bits: f64) -> Vec<u8> {
    let wire = wire(bytes);
    let high = |at: f64| wire.get(at as usize).copied().unwrap_or(true);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = fall(&wire, from) {
        let middle = |bit: u8| start as f64 + bits * (1.5 + f64::from(bit));
        let byte = (0..8).fold(0, |byte, bit| byte | u8::from(high(middle(bit))) << bit);
        found.push(byte);
        from = middle(8) as usize;
    }
    found
}

/// True where the wire is high, one a bit.
fn wire(bytes: &[u8]) -> Vec<bool> {
    let mut wire = Vec::with_capacity(bytes.len() * BITS);
    for byte in bytes {
        wire.push(false);
        wire.extend((0..8).map(|bit| byte >> bit & 1 == 1));
        wire.push(true);
    }
    wire
}

/// The first low bit after a high one, from a place on.
fn fall(wire: &[bool], from: usize) -> Option<usize> {
    let is_fall = |at: &usize| {
        let before = at.checked_sub(1).and_then(|before| wire.get(before));
        wire.get(*at) == Some(&false) && before.copied().unwrap_or(true)
    };
    (from..wire.len()).find(is_fall)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_right_speed_all_is_heard_and_a_little_off_does_no_harm() {
        let bytes: Vec<u8> = (0..=255).collect();
        for bits in [0.97, 1.0, 1.03] {
            assert_eq!(heard(&bytes, bits), bytes, "{bits}");
        }
    }

    #[test]
    fn at_another_speed_other_bytes_are_heard() {
        // U is 0101010101 on the wire with start and stop: at half the speed every bit is a middle
        // between two, and the one looked at is the second of each pair, which is high.
        assert_eq!(heard(b"U", 2.0), [0xFF]);
        let text = b"12,0.5,-0.25\r\n".repeat(20);
        for bits in [0.5, 2.0, 12.0] {
            let found = heard(&text, bits);
            assert!(!found.is_empty());
            let same = found
                .windows(4)
                .any(|four| text.windows(4).any(|own| own == four));
            assert!(!same, "{bits} {found:?}");
        }
    }
}
