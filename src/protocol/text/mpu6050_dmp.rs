//! `MPU6050` with the motion processor of its chip, as the sketch `MPU6050_DMP6` of i2cdevlib prints.
//!
//! One line a value, tabs between: `quat w x y z`; `euler psi theta phi` and `ypr yaw pitch roll` in
//! degrees; `areal`, `aworld` and `gyro`, of which only the first words are looked at. Two decimals, so a
//! quaternion is good to about a degree. Quaternions are sensor to earth, Z up; the angles are not the
//! usual ones:
//!
//! * `euler` are yaw, pitch and roll (`Rz Ry Rx`) of the inverse, earth to sensor;
//! * `ypr` has the yaw of the inverse, but pitch and roll of gravity's direction in the sensor, pitch
//!   with its sign turned. Its first angle is where the earth's X lies in the sensor's XY plane, and with
//!   where up lies in the sensor the orientation is known.
//!
//! No times: the sketch prints as fast as samples come, 100 a second or what the line allows.

use nalgebra::{Matrix3, Rotation3, UnitQuaternion, Vector3};

use super::words::{after, numbers};
use super::{LineDecoder, Said, What, decimals, one, put_line};
use crate::protocol::{Evidence, Protocol, Sample};

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "mpu6050-dmp",
    title: "MPU6050 with the Arduino sketch MPU6050_DMP6 (i2cdevlib)",
    gives: "quaternion of two decimals, or one made of its angles",
    checked: "2 lines made by its source",
    baud_rates: &[115_200],
    evidence: Evidence::Marks,
    ask: None,
    configure: None,
    decoder: || Box::new(LineDecoder::new(parse as super::Parse)),
    encode: Some(encode),
};

/// One line of the sketch.
pub(crate) fn parse(line: &str, said: &mut Vec<Said>) -> bool {
    if let Some(rest) = value(line, "quat") {
        return push(said, numbers(rest).map(What::Quaternion));
    }
    if let Some(rest) = value(line, "ypr") {
        return push(said, numbers(rest).and_then(from_ypr));
    }
    if let Some(rest) = value(line, "euler") {
        return push(said, numbers(rest).map(from_euler));
    }
    ["areal", "aworld", "gyro"]
        .iter()
        .any(|label| value(line, label).and_then(numbers::<3>).is_some())
}

fn value<'a>(line: &'a str, label: &str) -> Option<&'a str> {
    after(line, label)
        .filter(|rest| rest.starts_with(['\t', ' ', ',', ':']))
        .map(|rest| rest.trim_start_matches(':'))
}

fn push(said: &mut Vec<Said>, what: Option<What>) -> bool {
    said.extend(what.map(one));
    what.is_some()
}

/// Yaw, pitch and roll of the inverse.
fn from_euler(deg: [f64; 3]) -> What {
    let [yaw, pitch, roll] = deg.map(f64::to_radians);
    let inverse = UnitQuaternion::from_euler_angles(roll, pitch, yaw);
    from(inverse.inverse())
}

/// Where the earth's X and up lie in the sensor. `None` where up lies in the sensor's XY plane along
/// the first angle, which leaves it open.
fn from_ypr(deg: [f64; 3]) -> Option<What> {
    let [yaw, pitch, roll] = deg.map(f64::to_radians);
    let level = pitch.cos().abs();
    let up = Vector3::new(pitch.sin(), level * roll.sin(), level * roll.cos());
    let flat = Vector3::new(yaw.cos(), yaw.sin(), 0.0);
    let z = -flat.dot(&up) / up.z;
    let x = Vector3::new(flat.x, flat.y, z).try_normalize(1e-9)?;
    let y = up.cross(&x);
    let earth_from_sensor = Matrix3::from_rows(&[x.transpose(), y.transpose(), up.transpose()]);
    let finite = earth_from_sensor.iter().all(|value| value.is_finite());
    finite.then(|| {
        let rotation = Rotation3::from_matrix_unchecked(earth_from_sensor);
        from(UnitQuaternion::from_rotation_matrix(&rotation))
    })
}

fn from(turn: UnitQuaternion<f64>) -> What {
    What::FromAngles([turn.w, turn.i, turn.j, turn.k])
}

/// `quat`, two decimals.
fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    if let Some(turn) = sample.earth_from_sensor {
        let values = [turn.w, turn.i, turn.j, turn.k];
        put_line(
            bytes,
            &format!("quat\t{}\r\n", decimals::<2>(&values, "\t")),
        );
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::Quaternion;

    use super::*;
    use crate::protocol::testing::{components, near, vectors};
    use crate::protocol::text::testing::decode;

    /// The angles as the chip's library works them out from a quaternion, degrees.
    fn printed(q: &UnitQuaternion<f64>) -> ([f64; 3], [f64; 3]) {
        let r = q.to_rotation_matrix();
        let yaw = r[(0, 1)].atan2(r[(0, 0)]);
        let euler = [yaw, -r[(0, 2)].asin(), r[(1, 2)].atan2(r[(2, 2)])];
        let level = r[(2, 1)].hypot(r[(2, 2)]);
        let mut pitch = r[(2, 0)].atan2(level);
        if r[(2, 2)] < 0.0 {
            pitch = pitch.signum() * std::f64::consts::PI - pitch;
        }
        let ypr = [yaw, pitch, r[(2, 1)].atan2(r[(2, 2)])];
        (euler.map(f64::to_degrees), ypr.map(f64::to_degrees))
    }

    fn turn(what: What) -> UnitQuaternion<f64> {
        let (What::FromAngles([w, x, y, z]) | What::Quaternion([w, x, y, z])) = what else {
            panic!("{what:?}")
        };
        UnitQuaternion::new_normalize(Quaternion::new(w, x, y, z))
    }

    #[test]
    fn angles_give_the_quaternion_they_were_made_of() {
        for (roll, pitch, yaw) in [(0.3, -0.7, 1.9), (2.9, 0.4, -2.0), (-0.1, 1.2, 0.5)] {
            let q = UnitQuaternion::from_euler_angles(roll, pitch, yaw);
            let (euler, ypr) = printed(&q);
            assert!(turn(from_euler(euler)).angle_to(&q) < 1e-6);
            assert!(turn(from_ypr(ypr).unwrap()).angle_to(&q) < 1e-6);
        }
    }

    #[test]
    fn lines_of_a_stream() {
        let text = "Send any character to begin DMP programming and demo: \r\n\
                    quat\t0.87\t0.18\t-0.24\t0.38\r\nareal\t1\t2\t3\r\n\
                    quat\t0.00\t0.00\t0.00\t0.00\r\nFIFO overflow!\r\nquat\t1.00\t0.00\t0.00\t0.00\r\n";
        let out = decode(PROTOCOL, text);
        let faults = out.faults;
        assert_eq!((out.samples.len(), faults.bad_quaternions), (2, 1));
        assert_eq!((faults.corrupt_frames, faults.skipped_bytes), (1, 16));
        near(
            &components(&out.samples[0].earth_from_sensor.unwrap()),
            &[0.87, 0.18, -0.24, 0.38],
        );
    }

    #[test]
    fn vectors_of_lines() {
        for vector in vectors("text/mpu6050-dmp6") {
            let mut said = Vec::new();
            assert!(parse(
                std::str::from_utf8(&vector.bytes).unwrap().trim(),
                &mut said
            ));
            if let What::Quaternion(found) = said[0].what {
                near(&found, &vector.numbers("q_wxyz"));
                continue;
            }
            // The sketch turns the signs of yaw and pitch.
            let [roll, pitch, yaw] = [30_f64, -20.0, 45.0].map(f64::to_radians);
            let expected = UnitQuaternion::from_euler_angles(roll, pitch, yaw);
            let apart = turn(said[0].what).angle_to(&expected);
            assert!(apart < 0.1, "{}", vector.name);
        }
    }
}
