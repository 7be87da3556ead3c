//! A saved log of filters on the board that print angles; [`crate::protocol::text::arduino_ahrs`] has
//! the lines. Pass `--up -z` where a board's earth has Z down.

use super::adafruit_bno055::is_bno055;
use crate::protocol::text::arduino_ahrs::parse;
use crate::read::together::alone;
use crate::read::{Detected, Format};

/// This format.
pub const FORMAT: Format = Format {
    name: "arduino-ahrs",
    title: "Log of Arduino filters that print angles (MadgwickAHRS, Adafruit_AHRS, kriswiner)",
    extensions: &["txt", "log"],
    gives: "quaternion made of its angles; times of the serial monitor",
    checked: "from documentation",
    detect,
    together: alone,
    read: |source, options, warnings| super::read(source, options, warnings, parse),
};

fn detect(bytes: &[u8]) -> Detected {
    let signs = ["Orientation:", "Yaw, Pitch, Roll:", "YPR:"];
    let is_log = super::detect(bytes, &signs, parse) == Detected::Recording;
    Detected::recording_if(is_log && !is_bno055(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{ReadOptions, read_bytes};

    #[test]
    fn angles_with_spaces_or_commas() {
        for line in [
            "Orientation: 90.00 0.00 0.00",
            "Yaw, Pitch, Roll: 90.00, 0.00, 0.00",
        ] {
            let text = format!("09:00:00.100 -> {line}\n09:00:00.120 -> {line}\n");
            assert_eq!(detect(text.as_bytes()), Detected::Recording, "{line}");
            let read = read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default());
            let sensor = &read.unwrap().0.sensors[0];
            assert!(sensor.earth_from_sensor.as_ref().unwrap()[0].k > 0.7);
            assert!((sensor.duration_s() - 0.02).abs() < 1e-6);
        }
    }

    #[test]
    fn the_bno055_prints_other_angles_after_the_same_word() {
        let text = b"Orientation: 90.00 0.00 0.00\nCalibration: 3 3 3 3\n";
        assert_eq!(detect(text), Detected::No);
    }
}
