//! `BNO055` with the sketches and examples that Adafruit ships.
//!
//! * rawdata: `X: .. Y: .. Z: ..\t\tqW: .. qX: .. qY: .. qZ: ..\t\tCALIBRATION: Sys=..`; what `X: Y: Z:` are
//!   depends on the sketch, so they are not used;
//! * `webserial_3d`: `Orientation: 360-h, y, z`, `Quaternion: w, x, y, z`, `Calibration: ..`;
//! * `read_all_data`: `Orient:\tx= h |\ty= y |\tz= z`, `Accl:` in m/s² and others;
//! * bunny: `Orientation: h y z` and `Calibration: ..`;
//! * `CircuitPython`: `Quaternion: (w, x, y, z)`, `Gyroscope (rad/sec): (..)`,
//!   `Accelerometer (m/s^2): (..)`, and `(None, None, None, None)` where the chip did not answer.
//!
//! The quaternion is w first, sensor to earth, Z up. The angles are left-handed in all three, heading
//! clockwise: `Rz(-h) Ry(-y) Rx(-z)`; the chip's firmware bends them beyond 20 degrees of tilt, and they are
//! used only where there is no quaternion. A quaternion of zeros is an answer that did not come.

use super::words::{after, labelled, numbers};
use super::{LineDecoder, Said, What, decimals, one, put_line};
use crate::protocol::turn::from_roll_pitch_yaw_deg;
use crate::protocol::{Evidence, Protocol, Sample};

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "adafruit-bno055",
    title: "BNO055 with Adafruit's sketches (rawdata, webserial_3d, bunny, read_all_data, CircuitPython)",
    gives: "quaternion, or one made of its angles; gyroscope and accelerometer where printed",
    checked: "lines of 3 real boards and of their sources",
    baud_rates: &[115_200, 9600],
    evidence: Evidence::Marks,
    ask: None,
    configure: None,
    decoder: || Box::new(LineDecoder::new(parse as super::Parse)),
    encode: Some(encode),
};

/// One line of any of them.
pub(crate) fn parse(line: &str, said: &mut Vec<Said>) -> bool {
    let before = said.len();
    let what = labelled(line, ["qW:", "qX:", "qY:", "qZ:"])
        .or_else(|| after(line, "Quaternion:").and_then(numbers))
        .map(What::Quaternion);
    said.extend(what.or_else(|| vector(line)).map(one));
    said.len() > before || passed_over(line)
}

fn vector(line: &str) -> Option<What> {
    if let Some(rest) = after(line, "Orientation:") {
        return Some(from_angles(numbers(rest)?, rest.contains(',')));
    }
    if let Some(rest) = after(line, "Gyroscope (rad/sec):") {
        return numbers(rest).map(What::GyroRadS);
    }
    let axes = ["x=", "y=", "z="];
    if let Some(rest) = after(line, "Orient:") {
        return labelled(rest, axes).map(|deg| from_angles(deg, false));
    }
    if let Some(rest) = after(line, "Accl:") {
        return labelled(rest, axes).map(What::AccelMS2);
    }
    let rest = after(line, "Accelerometer (m/s^2):")?;
    numbers(rest).map(What::AccelMS2)
}

/// `turned`: the heading was already subtracted from 360.
fn from_angles(deg: [f64; 3], turned: bool) -> What {
    let [heading, y, z] = deg;
    let yaw = if turned { heading } else { -heading };
    let turn = from_roll_pitch_yaw_deg([-z, -y, yaw]);
    What::FromAngles([turn.w, turn.i, turn.j, turn.k])
}

/// Lines of the sketches without orientation.
fn passed_over(line: &str) -> bool {
    let starts = [
        "Calibration",
        "CALIBRATION",
        "Orientation:",
        "Quaternion:",
        "Temperature:",
        "Magnetometer (",
        "Euler angle:",
        "Linear acceleration (",
        "Gravity (",
        "Gyroscope (",
        "Accelerometer (",
        "Current Temperature",
        "Orient:",
        "Accl:",
        "Gyro:",
        "Mag:",
        "Rot:",
        "Linear:",
        "Gravity:",
        "temperature:",
        "--",
    ];
    starts.iter().any(|start| line.starts_with(start))
}

/// As `webserial_3d`: the quaternion in four decimals, and a line of calibration.
fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    if let Some(turn) = sample.earth_from_sensor {
        let turn = decimals::<4>(&[turn.w, turn.i, turn.j, turn.k], ", ");
        put_line(
            bytes,
            &format!("Quaternion: {turn}\r\nCalibration: 3, 3, 3, 3\r\n"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{Vector, apart_deg, components, near, up, vectors};
    use crate::protocol::text::testing::decode;
    use crate::protocol::turn::wxyz;

    #[test]
    fn circuit_python_with_answers_that_did_not_come() {
        let lines = "Accelerometer (m/s^2): (-0.2, -0.07, -9.77)\nEuler angle: (None, None, None)\n\
                     Quaternion: (0.011474609375, -0.3623046875, 0.9320068359375, 0.0)\n\
                     Gravity (m/s^2): (-0.21, -0.08, -9.8)\n";
        let none = "Quaternion: (None, None, None, None)\n";
        let out = decode(PROTOCOL, &format!("{lines}{none}{lines}"));
        assert_eq!((out.samples.len(), out.faults.corrupt_frames), (2, 0));
        let sample = &out.samples[1];
        let expected = [0.011_474_609, -0.362_304_688, 0.932_006_836, 0.0];
        near(&components(&sample.earth_from_sensor.unwrap()), &expected);
        assert!(up(sample).z > 0.999, "{}", up(sample));
    }

    #[test]
    fn angles_are_left_handed_in_all_three() {
        let text = "Orient:\tx= 333.06 |\ty= -9.06 |\tz= 177.81\nAccl:\tx= -1.56 |\ty= -0.36 |\tz= -9.68\n";
        let out = decode(PROTOCOL, &text.repeat(2));
        assert!(up(&out.samples[1]).z > 0.999, "{}", up(&out.samples[1]));
    }

    /// The one of two keys that a vector has.
    fn key<'a>(vector: &Vector, one: &'a str, other: &'a str) -> &'a str {
        let has = vector.decoded[one].is_array();
        if has { one } else { other }
    }

    fn check(vector: &Vector, what: What) {
        match what {
            What::Quaternion(found) => {
                near(&found, &vector.numbers(key(vector, "quaternion", "q_wxyz")));
            }
            What::AccelMS2(found) => {
                let key = key(vector, "accelerometer", "acc_mps2");
                near(&found, &vector.numbers(key));
            }
            What::FromAngles(found) => {
                let key = key(vector, "hpr_deg", "orient_hyz");
                let sign = if key == "hpr_deg" { 1.0 } else { -1.0 };
                let stated = vector.numbers(key);
                let expected = from_roll_pitch_yaw_deg([-stated[2], -stated[1], sign * stated[0]]);
                assert!(apart_deg(&wxyz(found), &expected) < 1e-6);
            }
            What::GyroRadS(_)
            | What::MagUt(_)
            | What::StepS(_)
            | What::Ticks(_)
            | What::Count(_) => {
                panic!("{what:?}")
            }
        }
    }

    #[test]
    fn vectors_of_lines() {
        let sketches = [
            "text/adafruit-webserial",
            "text/adafruit-bno055",
            "text/circuitpython-bno055",
        ];
        for vector in sketches.into_iter().flat_map(vectors) {
            let text = std::str::from_utf8(&vector.bytes).unwrap();
            let mut said = Vec::new();
            assert!(text.lines().all(|line| parse(line, &mut said)), "{text}");
            for said in said {
                check(&vector, said.what);
            }
        }
    }
}
