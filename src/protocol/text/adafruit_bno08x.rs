//! `BNO085` and its kin with Adafruit's library.
//!
//! * `quaternion_yaw_pitch_roll`: `dt_us\tstatus\tyaw\tpitch\troll`: microseconds since the line before,
//!   accuracy 0 to 3, degrees; `Rz(yaw) Ry(pitch) Rx(roll)`, sensor to earth, Z up;
//! * `Game Rotation Vector - r: .. i: .. j: .. k: ..` and the other rotation vectors;
//! * `CircuitPython`: `I: .. J: .. K: .. Real: ..`, with `Gyro:` and `Acceleration:` lines around whose values
//!   stand in the line after (`X: .. Y: .. Z: .. rads/s`, `X: .. Y: .. Z: .. m/s^2`).

use super::words::{labelled, numbers};
use super::{LineDecoder, Said, What, decimals, one, put_line};
use crate::protocol::turn::from_roll_pitch_yaw_deg;
use crate::protocol::{Evidence, Protocol, Sample};

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "adafruit-bno08x",
    title: "BNO08x with Adafruit's sketches (rotation vector, yaw pitch roll, CircuitPython)",
    gives: "quaternion, or one made of its angles; gyroscope and accelerometer of CircuitPython; \
            times between lines",
    checked: "from documentation",
    baud_rates: &[115_200],
    evidence: Evidence::Marks,
    ask: None,
    configure: None,
    decoder: || Box::new(LineDecoder::new(parse as super::Parse)),
    encode: Some(encode),
};

/// A line is never longer after the one before.
const MAX_STEP_US: f64 = 60e6;

/// One line of any of them.
pub(crate) fn parse(line: &str, said: &mut Vec<Said>) -> bool {
    if let Some((step_s, turn)) = yaw_pitch_roll(line) {
        said.extend([What::StepS(step_s), What::FromAngles(turn)].map(one));
        return true;
    }
    let Some(what) = quaternion(line).or_else(|| vector(line)) else {
        return passed_over(line);
    };
    said.push(one(what));
    true
}

/// Five cells with tabs between, the second a whole number up to 3, the last three with decimals.
fn yaw_pitch_roll(line: &str) -> Option<(f64, [f64; 4])> {
    if line.split('\t').count() != 5 {
        return None;
    }
    let [step_us, status, yaw, pitch, roll] = numbers(line)?;
    let whole = line.split('\t').take(2).all(is_whole);
    let decimals = line.split('\t').skip(2).all(|cell| cell.contains('.'));
    let plausible = step_us <= MAX_STEP_US && status <= 3.0;
    let angles = yaw.abs() <= 180.1 && pitch.abs() <= 90.1 && roll.abs() <= 180.1;
    (whole && decimals && plausible && angles).then(|| {
        let turn = from_roll_pitch_yaw_deg([roll, pitch, yaw]);
        (step_us / 1e6, [turn.w, turn.i, turn.j, turn.k])
    })
}

fn is_whole(cell: &str) -> bool {
    let cell = cell.trim();
    !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit())
}

fn quaternion(line: &str) -> Option<What> {
    let vector = line.contains("Rotation Vector") || line.contains("Rotation RV");
    if vector && let Some(wxyz) = labelled(line, ["r: ", "i: ", "j: ", "k: "]) {
        return Some(What::Quaternion(wxyz));
    }
    labelled(line, ["Real:", "I:", "J:", "K:"]).map(What::Quaternion)
}

fn vector(line: &str) -> Option<What> {
    let xyz = labelled(line, ["X:", "Y:", "Z:"])?;
    if line.contains("rads/s") {
        Some(What::GyroRadS(xyz))
    } else {
        line.contains("m/s^2").then_some(What::AccelMS2(xyz))
    }
}

/// Titles between the values, and values that are not used.
fn passed_over(line: &str) -> bool {
    let starts = [
        "Rotation Vector Quaternion:",
        "Game Rotation Vector Quaternion:",
        "Acceleration:",
        "Linear Acceleration:",
        "Gyro:",
        "Magnetometer:",
        "Geomagnetic Rotation Vector Quaternion:",
    ];
    starts.iter().any(|start| line.starts_with(start)) || line.ends_with("uT")
}

/// `Game Rotation Vector`, two decimals.
fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    if let Some(turn) = sample.earth_from_sensor {
        let [r, i, j, k] =
            [turn.w, turn.i, turn.j, turn.k].map(|value| decimals::<2>(&[value], ""));
        let line = format!("Game Rotation Vector - r: {r} i: {i} j: {j} k: {k}\r\n");
        put_line(bytes, &line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{components, near};
    use crate::protocol::text::testing::decode;

    #[test]
    fn steps_of_time_are_summed() {
        let text = "5012\t2\t0.00\t0.00\t0.00\n5000\t3\t90.00\t0.00\t0.00\n";
        let out = decode(PROTOCOL, text);
        let times: Vec<f64> = out
            .samples
            .iter()
            .filter_map(|sample| sample.device_time_s)
            .collect();
        near(&times, &[0.005_012, 0.010_012]);
        assert!(out.samples[1].earth_from_sensor.unwrap().k > 0.7);
    }

    #[test]
    fn circuit_python_has_titles_before_values() {
        let cycle = "Gyro:\nX: 0.100000  Y: 0.000000 Z: 0.000000 rads/s\n\n\
                     Rotation Vector Quaternion:\n\
                     I: 0.800000  J: 0.000000 K: 0.000000  Real: 0.600000\n\n";
        let out = decode(PROTOCOL, &cycle.repeat(3));
        assert_eq!((out.samples.len(), out.faults.corrupt_frames), (3, 0));
        near(
            &components(&out.samples[2].earth_from_sensor.unwrap()),
            &[0.6, 0.8, 0.0, 0.0],
        );
        near(
            out.samples[2].gyro_rad_s.unwrap().as_slice(),
            &[0.1, 0.0, 0.0],
        );
    }
}
