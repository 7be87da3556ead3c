//! Decoders of live protocols: the first byte says which, the second how the stream is cut, and the third
//! whether the rest is a stream, or edits of one that is sound, since a sum is hardly met by chance.
//! `NECKROM_PROTOCOL=witmotion` stays with one.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use nalgebra::{UnitQuaternion, Vector3};
use neckrom::protocol::{Decoded, PROTOCOLS, Protocol, Sample, by_name};

static ONE: LazyLock<Option<&Protocol>> = LazyLock::new(|| {
    let name = std::env::var("NECKROM_PROTOCOL").ok()?;
    Some(by_name(&name).expect("a protocol of this name"))
});

/// A sound stream of each protocol.
static SOUND: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| PROTOCOLS.iter().map(sound).collect());

fn sound(protocol: &Protocol) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encode = protocol.encode.expect("every protocol can be sent");
    for count in 0..8_u8 {
        let turn = Vector3::new(0.3, -0.2, 0.1) * f64::from(count);
        encode(
            &Sample {
                device_time_s: Some(0.01 * f64::from(count)),
                counter: Some(u64::from(count)),
                earth_from_sensor: Some(*UnitQuaternion::from_scaled_axis(turn)),
                gyro_rad_s: Some(turn),
                accel_m_s2: Some(Vector3::new(0.1, 0.2, 9.8)),
                ..Sample::default()
            },
            &mut bytes,
        );
    }
    bytes
}

/// The stream with bytes changed, put in and taken out: three bytes an edit, for the place, what is done,
/// and the byte.
fn edited(stream: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut bytes = stream.to_vec();
    for edit in edits.chunks_exact(3) {
        let at = (usize::from(edit[0]) | usize::from(edit[1] & 7) << 8) % bytes.len().max(1);
        match edit[1] >> 6 {
            0 if !bytes.is_empty() => bytes[at] ^= edit[2],
            1 => bytes.insert(at, edit[2]),
            2 if !bytes.is_empty() => {
                drop(bytes.drain(at..(at + usize::from(edit[2] % 9)).min(bytes.len())))
            }
            _ => bytes.extend_from_within(at..),
        }
        bytes.truncate(64 * 1024);
    }
    bytes
}

fn decoded(protocol: &Protocol, bytes: &[u8], size: usize) -> Decoded {
    let (mut decoder, mut out) = ((protocol.decoder)(), Decoded::default());
    for chunk in bytes.chunks(size.max(1)) {
        decoder.push(chunk, 0.0, &mut out);
    }
    decoder.finish(&mut out);
    out
}

fuzz_target!(|bytes: &[u8]| {
    let [which, size, how, rest @ ..] = bytes else {
        return;
    };
    let named = |one: &Protocol| PROTOCOLS.iter().position(|other| other.name == one.name);
    let place = ONE
        .and_then(named)
        .unwrap_or(usize::from(*which) % PROTOCOLS.len());
    let protocol = &PROTOCOLS[place];
    let stream = match how % 2 {
        0 => rest.to_vec(),
        _ => edited(&SOUND[place], rest),
    };
    let whole = decoded(protocol, &stream, stream.len());
    assert_eq!(decoded(protocol, &stream, usize::from(*size)), whole);
    for sample in &whole.samples {
        let norm = sample.earth_from_sensor.map_or(1.0, |turn| turn.norm());
        assert!((norm - 1.0).abs() <= 0.1);
    }
});
