//! What the tests of all protocols share.

use std::path::Path;

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use serde_json::Value;

use super::{Decode, Decoded, Sample};

/// Bytes from hexadecimal digits.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(pair).collect()
}

/// Numbers that look random: xorshift, from a seed that is not zero.
#[derive(Debug)]
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// A frame that others decoded, and what they found in it.
#[derive(Debug)]
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) accept: bool,
    pub(crate) decoded: Value,
}

impl Vector {
    /// Numbers of what is in it.
    pub(crate) fn numbers(&self, key: &str) -> Vec<f64> {
        let values = self.decoded[key].as_array();
        let values = values.unwrap_or_else(|| panic!("{} has no {key}", self.name));
        values.iter().map(|value| value.as_f64().unwrap()).collect()
    }

    /// A number with decimals.
    pub(crate) fn real(&self, key: &str) -> f64 {
        let value = self.decoded[key].as_f64();
        value.unwrap_or_else(|| panic!("{} has no {key}", self.name))
    }

    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.decoded[key].as_u64()
    }
}

/// The file of vectors that stands beside the project; nothing where it is not.
fn file() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/serial.json");
    let Ok(text) = std::fs::read(&path) else {
        println!("no test vectors at hand: literals alone are tested");
        return Vec::new();
    };
    serde_json::from_slice(&text).unwrap()
}

/// The vectors of a protocol; none where the file is not there.
pub(crate) fn vectors(protocol: &str) -> Vec<Vector> {
    let all = file();
    let own = all.iter().filter(|one| one["protocol"] == protocol);
    let found: Vec<Vector> = own.map(vector).collect();
    assert!(
        all.is_empty() || !found.is_empty(),
        "no vectors of {protocol}"
    );
    found
}

/// The protocol of every vector, and whether it is to be accepted.
pub(crate) fn every_vector() -> Vec<(String, bool)> {
    let kind = |one: &Value| one["protocol"].as_str().unwrap().to_owned();
    let all = file();
    all.iter()
        .map(|one| (kind(one), one["expect"] == "accept"))
        .collect()
}

/// All vectors, by their names.
pub(crate) fn every_named() -> Vec<(String, Vec<u8>)> {
    let all = file();
    let named = all.iter().map(vector);
    named.map(|one| (one.name, one.bytes)).collect()
}

fn vector(one: &Value) -> Vector {
    let text = |key: &str| one[key].as_str();
    Vector {
        name: text("name").unwrap().to_owned(),
        bytes: text("hex").map_or_else(|| text("text").unwrap().as_bytes().to_vec(), hex),
        accept: text("expect") == Some("accept"),
        decoded: one["decoded"].clone(),
    }
}

/// All that a decoder makes of a stream, given in chunks of one size.
pub(crate) fn decoded(mut decoder: impl Decode, stream: &[u8], size: usize) -> Decoded {
    let mut out = Decoded::default();
    for chunk in stream.chunks(size) {
        decoder.push(chunk, f64::NAN, &mut out);
    }
    decoder.finish(&mut out);
    out
}

/// The same in one chunk.
pub(crate) fn all<D: Decode>(decoder: D, stream: &[u8]) -> Decoded {
    decoded(decoder, stream, stream.len().max(1))
}

/// Numbers agree to a part in a million.
pub(crate) fn near(found: &[f64], expected: &[f64]) {
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-6 * b.abs().max(1.0);
    let all = found.len() == expected.len() && found.iter().zip(expected).all(close);
    assert!(all, "{found:?} is not {expected:?}");
}

/// A vector's components, divided by a unit.
pub(crate) fn in_units(vector: Option<Vector3<f64>>, unit: f64) -> Vec<f64> {
    (vector.expect("a vector") / unit).iter().copied().collect()
}

/// w, x, y, z.
pub(crate) fn components(turn: &Quaternion<f64>) -> [f64; 4] {
    [turn.w, turn.i, turn.j, turn.k]
}

/// The only sample.
pub(crate) fn only(out: &Decoded) -> &Sample {
    assert_eq!(out.samples.len(), 1, "{:?}", out.faults);
    &out.samples[0]
}

/// Angle between two orientations, degrees.
pub(crate) fn apart_deg(one: &Quaternion<f64>, other: &Quaternion<f64>) -> f64 {
    let turn = |q: &Quaternion<f64>| UnitQuaternion::new_normalize(*q);
    turn(one).angle_to(&turn(other)).to_degrees()
}

/// Where up lies in earth, by the sample's own orientation and accelerometer: +Z when both agree.
pub(crate) fn up(sample: &Sample) -> Vector3<f64> {
    let turn = UnitQuaternion::new_normalize(sample.earth_from_sensor.expect("orientation"));
    let up = turn * sample.accel_m_s2.expect("acceleration");
    up.try_normalize(0.1).expect("an acceleration")
}
