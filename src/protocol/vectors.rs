//! All frames that others decoded, from a file beside the project: every kind of them is walked by a
//! test here or of the protocol that it belongs to.

use std::collections::BTreeSet;

use super::framing::fields::Fields;
use super::framing::sums::{Crc16, exclusive_or};
use super::testing::{every_vector, hex, near, vectors};

/// Kinds whose vectors are walked by the tests of their protocols.
const WALKED: &[&str] = &[
    "binary/hatire",
    "binary/hipnuc",
    "binary/invensense-teapot",
    "bno055/uart",
    "bno08x/uart-rvc",
    "bno08x/uart-rvc-stream",
    "framing/cobs",
    "framing/slip",
    "lpms/lpbus",
    "lpms/lpbus-stream",
    "ngimu/osc-slip",
    "text/adafruit-bno055",
    "text/adafruit-webserial",
    "text/circuitpython-bno055",
    "text/homemade-crc16",
    "text/json-lines",
    "text/mpu6050-dmp6",
    "text/razor-ahrs",
    "text/sparkfun-9dof-razor-m0",
    "text/sparkfun-bno08x",
    "vectornav/ascii",
    "vectornav/binary",
    "witmotion/ble-0x61(20)",
    "witmotion/ble-0x61(20)-stream",
    "witmotion/ble-0x71",
    "witmotion/command",
    "witmotion/logged-values",
    "witmotion/modbus",
    "witmotion/sd-0x61+time(28)",
    "witmotion/uart-0x55",
    "witmotion/uart-0x55-stream",
    "xsens/xbus",
    "xsens/xbus-real",
    "ximu3/ascii",
    "ximu3/binary",
    "ximu3/byte-stuffing",
    "ximu3/json",
    "yost/ascii",
    "yost/v2-binary",
    "yost/v2-binary-response",
    "yost/v3-binary-response",
];

/// Kinds that no decoder here takes; their sums and numbers are right all the same.
const HERE: &[&str] = &[
    "binary/razor-ahrs",
    "framing/nmea-xor",
    "text/dlktdr-headtracker",
];

#[test]
fn every_kind_is_walked() {
    let all = every_vector();
    let kinds: BTreeSet<&str> = all.iter().map(|one| one.0.as_str()).collect();
    let known = |kind: &&str| WALKED.contains(kind) || HERE.contains(kind);
    let unknown: Vec<&str> = kinds.into_iter().filter(|kind| !known(kind)).collect();
    assert!(unknown.is_empty(), "no test walks {unknown:?}");
    let accepted = all.iter().filter(|one| one.1).count();
    println!(
        "{accepted} vectors to accept, {} to reject",
        all.len() - accepted
    );
}

#[test]
fn sentences_with_a_sum() {
    for vector in vectors("framing/nmea-xor") {
        let text = String::from_utf8(vector.bytes).unwrap();
        let (content, sum) = text.trim()[1..].split_once('*').unwrap();
        let stated = u8::from_str_radix(sum, 16).unwrap();
        assert_eq!(exclusive_or(content.as_bytes()), stated);
    }
}

/// Three floats without any mark: nothing tells where one begins, so no decoder takes them.
#[test]
fn floats_without_marks() {
    for vector in vectors("binary/razor-ahrs") {
        let angles: [f64; 3] = Fields(&vector.bytes).f32s_le().unwrap();
        near(&angles, &vector.numbers("ypr_deg"));
    }
}

/// What a host sends to this tracker: `02`, JSON, a CRC whose bytes are inverted where they are one of
/// five, `03`. The tracker's own sums are wrong, so no decoder takes it.
#[test]
fn objects_between_marks() {
    let inverted = hex("0002030615");
    for vector in vectors("text/dlktdr-headtracker") {
        let [2, ref inside @ .., low, high, 3] = *vector.bytes else {
            panic!("{}", vector.name);
        };
        let sum = Crc16::X25.of(inside).to_le_bytes();
        let sent = sum.map(|byte| {
            if inverted.contains(&byte) {
                !byte
            } else {
                byte
            }
        });
        assert_eq!(sent, [low, high]);
        let object: serde_json::Value = serde_json::from_slice(inside).unwrap();
        assert_eq!(object, vector.decoded["json"]);
    }
}
