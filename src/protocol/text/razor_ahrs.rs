//! `SparkFun` 9DOF Razor with the Razor AHRS firmware: `#YPR=-142.28,-5.38,33.52`.
//!
//! Yaw, pitch and roll in degrees, `Rz(yaw) Ry(pitch) Rx(roll)`, earth north-east-down: Z points down,
//! which is turned up here. Lines `#A-C=`, `#M-C=`, `#G-C=` and the like hold sensor values in units of
//! the chips and are not used. Usually 50 lines a second; no times.

use nalgebra::Quaternion;

use super::words::{after, numbers};
use super::{LineDecoder, Said, What, decimals, one, put_line};
use crate::protocol::turn::{from_roll_pitch_yaw_deg, roll_pitch_yaw_deg, up_from_down};
use crate::protocol::{Evidence, Protocol, Sample};

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "razor-ahrs",
    title: "SparkFun 9DOF Razor with Razor AHRS (#YPR=)",
    gives: "quaternion made of its angles",
    checked: "lines of a real board and of its documents",
    baud_rates: &[57_600, 115_200],
    evidence: Evidence::Marks,
    ask: None,
    configure: None,
    decoder: || Box::new(LineDecoder::new(parse as super::Parse)),
    encode: Some(encode),
};

/// One line of the firmware.
pub(crate) fn parse(line: &str, said: &mut Vec<Said>) -> bool {
    let angles = after(line, "#YPR=").and_then(numbers);
    said.extend(angles.map(|angles| one(What::FromAngles(turned_up(angles)))));
    let other = line.starts_with('#') && line.get(2..3) == Some("-") && line.contains('=');
    angles.is_some() || other
}

/// Yaw, pitch and roll against an earth whose Z points down.
pub(crate) fn turned_up([yaw, pitch, roll]: [f64; 3]) -> [f64; 4] {
    let turn = up_from_down(from_roll_pitch_yaw_deg([roll, pitch, yaw]));
    [turn.w, turn.i, turn.j, turn.k]
}

/// Yaw, pitch and roll of an orientation; the inverse of [`turned_up`].
pub(crate) fn turned_down(turn: &Quaternion<f64>) -> [f64; 3] {
    let [roll, pitch, yaw] = roll_pitch_yaw_deg(&up_from_down(*turn));
    [yaw, pitch, roll]
}

/// Two decimals.
fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    if let Some(turn) = &sample.earth_from_sensor {
        let angles = decimals::<2>(&turned_down(turn), ",");
        put_line(bytes, &format!("#YPR={angles}\r\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{apart_deg, components, near, vectors};
    use crate::protocol::text::testing::decode;
    use crate::protocol::turn::wxyz;

    #[test]
    fn the_earth_is_turned_so_that_z_points_up() {
        let out = decode(
            PROTOCOL,
            "#YPR=0.00,0.00,0.00\r\n#A-C=1,2,250\r\n#YPR=90.00,0.00,0.00\r\n",
        );
        let turns: Vec<_> = out
            .samples
            .iter()
            .filter_map(|sample| sample.earth_from_sensor)
            .collect();
        near(&components(&turns[0]), &[0.0, 1.0, 0.0, 0.0]);
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let relative = turns[0].conjugate() * turns[1];
        assert!(apart_deg(&relative, &wxyz([half, 0.0, 0.0, half])) < 1e-6);
    }

    #[test]
    fn vectors_of_lines() {
        for vector in vectors("text/razor-ahrs") {
            let mut said = Vec::new();
            assert!(parse(
                std::str::from_utf8(&vector.bytes).unwrap().trim(),
                &mut said
            ));
            let What::FromAngles(found) = said[0].what else {
                panic!("{}", vector.name)
            };
            near(&turned_down(&wxyz(found)), &vector.numbers("ypr_deg"));
        }
    }
}
