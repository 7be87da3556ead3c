//! What the tests of sketches share.

use crate::protocol::{Decoded, Protocol};

/// All that a protocol makes of a text, in small chunks.
pub(crate) fn decode(protocol: Protocol, text: &str) -> Decoded {
    let (mut decoder, mut out) = ((protocol.decoder)(), Decoded::default());
    for chunk in text.as_bytes().chunks(7) {
        decoder.push(chunk, f64::NAN, &mut out);
    }
    decoder.finish(&mut out);
    out
}
