//! Filters that run on the board and print angles: `Orientation: heading pitch roll`
//! (Arduino `MadgwickAHRS`, `Adafruit_AHRS`) and `Yaw, Pitch, Roll: y, p, r` (kriswiner's sketches).
//!
//! Degrees, `Rz(yaw) Ry(pitch) Rx(roll)`, sensor to earth, Z up. The heading of the first two is the yaw
//! plus 180 degrees, which does not matter. kriswiner's earth is north-east-down or not, depending on
//! the board: where up and down are swapped, the user says so. Lines that begin with `Raw:` are passed over.

use super::words::{after, numbers};
use super::{LineDecoder, Said, What, decimals, one, put_line};
use crate::protocol::turn::{from_roll_pitch_yaw_deg, roll_pitch_yaw_deg};
use crate::protocol::{Evidence, Protocol, Sample};

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "arduino-ahrs",
    title: "Arduino filters that print angles (MadgwickAHRS, Adafruit_AHRS, kriswiner)",
    gives: "quaternion made of its angles",
    checked: "from documentation",
    baud_rates: &[9600, 115_200, 38_400],
    evidence: Evidence::Marks,
    ask: None,
    configure: None,
    decoder: || Box::new(LineDecoder::new(parse as super::Parse)),
    encode: Some(encode),
};

/// One line.
pub(crate) fn parse(line: &str, said: &mut Vec<Said>) -> bool {
    let labels = ["Orientation:", "Yaw, Pitch, Roll:", "YPR:"];
    let angles = labels
        .iter()
        .find_map(|label| after(line, label).and_then(numbers));
    if let Some([yaw, pitch, roll]) = angles {
        let turn = from_roll_pitch_yaw_deg([roll, pitch, yaw]);
        said.push(one(What::FromAngles([turn.w, turn.i, turn.j, turn.k])));
        return true;
    }
    ["Raw:", "Uni:", "rate ="]
        .iter()
        .any(|start| line.starts_with(start))
}

/// Heading (the yaw plus 180 degrees), pitch and roll, two decimals.
fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    if let Some(turn) = &sample.earth_from_sensor {
        let [roll, pitch, yaw] = roll_pitch_yaw_deg(turn);
        let angles = decimals::<2>(&[yaw.rem_euclid(360.0), pitch, roll], " ");
        put_line(bytes, &format!("Orientation: {angles}\r\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{components, near};
    use crate::protocol::text::testing::decode;

    #[test]
    fn angles_with_spaces_or_commas() {
        for line in [
            "Orientation: 90.00 0.00 0.00",
            "Yaw, Pitch, Roll: 90.0, 0.0, 0.0",
        ] {
            let out = decode(PROTOCOL, &format!("{line}\r\nRaw: 1 2 3\r\n{line}\r\n"));
            assert_eq!(
                (out.samples.len(), out.faults.corrupt_frames),
                (2, 0),
                "{line}"
            );
            let half = std::f64::consts::FRAC_1_SQRT_2;
            let found = components(&out.samples[1].earth_from_sensor.unwrap());
            near(&found, &[half, 0.0, 0.0, half]);
        }
    }
}
