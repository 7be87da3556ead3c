//! `SparkFun` 9DOF Razor with the Razor AHRS firmware: `#YPR=-142.28,-5.38,33.52`.
//!
//! Yaw, pitch and roll in degrees, `Rz(yaw) Ry(pitch) Rx(roll)`, earth north-east-down: Z points down,
//! which is turned up here. Lines `#A-C=`, `#M-C=`, `#G-C=` and the like hold sensor values in units of
//! the chips and are not used. Usually 50 lines a second; no times.

use nalgebra::UnitQuaternion;

use super::words::{after, numbers};
use super::{Said, What, one};
use crate::read::together::alone;
use crate::read::{Detected, Format};

/// This format.
pub const FORMAT: Format = Format {
    name: "razor-ahrs",
    title: "Log of the Razor AHRS firmware (#YPR=)",
    extensions: &["txt", "log"],
    gives: "quaternion made of its angles; times of the serial monitor",
    checked: "from documentation",
    detect,
    together: alone,
    read: |source, options, warnings| super::read(source, options, warnings, parse),
};

fn detect(bytes: &[u8]) -> Detected {
    super::detect(bytes, parse)
}

/// One line of the firmware.
pub(super) fn parse(line: &str, said: &mut Vec<Said>) -> bool {
    let angles = after(line, "#YPR=").and_then(numbers);
    said.extend(angles.map(|angles| one(What::FromAngles(turned_up(angles)))));
    let other = line.starts_with('#') && line.get(2..3) == Some("-") && line.contains('=');
    angles.is_some() || other
}

fn turned_up(deg: [f64; 3]) -> [f64; 4] {
    let [yaw, pitch, roll] = deg.map(f64::to_radians);
    let down = UnitQuaternion::from_euler_angles(roll, pitch, yaw);
    let half_turn = UnitQuaternion::from_euler_angles(std::f64::consts::PI, 0.0, 0.0);
    let turn = half_turn * down;
    [turn.w, turn.i, turn.j, turn.k]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{ReadOptions, read_bytes};

    #[test]
    fn the_earth_is_turned_so_that_z_points_up() {
        let text = b"#YPR=0.00,0.00,0.00\r\n#A-C=1.0,2.0,250.0\r\n#YPR=90.00,0.00,0.00\r\n";
        assert_eq!(detect(text), Detected::Recording);
        let options = ReadOptions {
            rate_hz: Some(50.0),
            ..ReadOptions::default()
        };
        let recording = read_bytes(&FORMAT, text, &options).unwrap().0;
        let turns = recording.sensors[0].earth_from_sensor.clone().unwrap();
        let turns: Vec<_> = turns
            .into_iter()
            .map(UnitQuaternion::new_normalize)
            .collect();
        let down = nalgebra::Vector3::z();
        assert!(((turns[0] * down) + down).norm() < 1e-12);
        let relative = turns[0].inverse() * turns[1];
        let expected = UnitQuaternion::from_euler_angles(0.0, 0.0, std::f64::consts::FRAC_PI_2);
        assert!(relative.angle_to(&expected) < 1e-9);
    }
}
