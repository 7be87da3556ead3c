//! A saved log of the Razor AHRS firmware; [`crate::protocol::text::razor_ahrs`] has the lines.

use crate::protocol::text::razor_ahrs::parse;
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
    super::detect(bytes, &["#YPR="], parse)
}

#[cfg(test)]
mod tests {
    use nalgebra::UnitQuaternion;

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
