//! Decoders of live protocols: the first byte says which, the second how the stream is cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use neckrom::protocol::{Decoded, PROTOCOLS, Protocol};

fn decoded(protocol: &Protocol, bytes: &[u8], size: usize) -> Decoded {
    let (mut decoder, mut out) = ((protocol.decoder)(), Decoded::default());
    for chunk in bytes.chunks(size.max(1)) {
        decoder.push(chunk, 0.0, &mut out);
    }
    decoder.finish(&mut out);
    out
}

fuzz_target!(|bytes: &[u8]| {
    let [which, size, stream @ ..] = bytes else {
        return;
    };
    let protocol = &PROTOCOLS[usize::from(*which) % PROTOCOLS.len()];
    let whole = decoded(protocol, stream, stream.len());
    assert_eq!(decoded(protocol, stream, usize::from(*size)), whole);
    for sample in &whole.samples {
        let norm = sample.earth_from_sensor.map_or(1.0, |turn| turn.norm());
        assert!((norm - 1.0).abs() <= 0.1);
    }
});
