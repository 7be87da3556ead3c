//! Logs of a capture: as they come, and with chunks whose sums are right around the fuzzer's bytes, which
//! it would hardly find by itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use neckrom::protocol::PROTOCOLS;
use neckrom::protocol::log::{
    Head, HeadPort, IS_BACK, add_bytes, add_end, add_head, add_mark, add_segment,
};
use neckrom::sample::SensorPlace;

fuzz_target!(|bytes: &[u8]| {
    neckrom_fuzz::read_as("capture-log", bytes);
    if let Some(log) = framed(bytes) {
        neckrom_fuzz::read_as("capture-log", &log);
    }
});

/// Two bytes choose the protocols; then piece by piece a byte for the kind and the port, one for the time
/// that passed, one for the length, and so many bytes.
fn framed(bytes: &[u8]) -> Option<Vec<u8>> {
    let (protocols, mut rest) = bytes.split_first_chunk::<2>()?;
    let places = [SensorPlace::Head, SensorPlace::Trunk];
    let port = |(choice, place): (&u8, SensorPlace)| HeadPort {
        place: Some(place),
        path: "fuzz".to_owned(),
        protocol: PROTOCOLS[usize::from(*choice) % PROTOCOLS.len()]
            .name
            .to_owned(),
        baud: 115_200,
        ..HeadPort::default()
    };
    let head = Head {
        ports: protocols.iter().zip(places).map(port).collect(),
        ..Head::default()
    };
    let mut log = Vec::new();
    add_head(&head, &mut log).ok()?;
    let mut now_us = 0;
    while let Some((&[what, passed, length], after)) = rest.split_first_chunk::<3>() {
        let (content, after) = after.split_at(usize::from(length).min(after.len()));
        now_us += u64::from(passed) * 500;
        let (port, text) = (what >> 7, String::from_utf8_lossy(content));
        match what & 15 {
            0 => add_mark(now_us, &text, &mut log),
            1 => add_segment(port, now_us, &text, &mut log),
            2 => add_segment(port, now_us, IS_BACK, &mut log),
            3 => add_end(now_us, &text, &mut log),
            4 => log.extend_from_slice(content),
            _ => add_bytes(port, now_us, content, &mut log),
        }
        rest = after;
    }
    Some(log)
}
