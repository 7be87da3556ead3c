//! A saved log of Adafruit's `BNO055` sketches; [`crate::protocol::text::adafruit_bno055`] has the lines.

use crate::protocol::text::adafruit_bno055::parse;
use crate::read::together::alone;
use crate::read::{Detected, Format};

/// This format.
pub const FORMAT: Format = Format {
    name: "adafruit-bno055",
    title: "Log of Adafruit's BNO055 sketches (rawdata, webserial_3d, bunny, CircuitPython)",
    extensions: &["txt", "log", "csv"],
    gives: "quaternion, or one made of its angles; gyroscope and accelerometer of CircuitPython; \
            times of the serial monitor",
    checked: "from documentation",
    detect,
    together: alone,
    read: |source, options, warnings| super::read(source, options, warnings, parse),
};

/// What other sketches that print `Orientation:` do not print.
pub(super) fn is_bno055(bytes: &[u8]) -> bool {
    [
        "CALIBRATION:",
        "Calibration:",
        "qW:",
        "Quaternion:",
        "BNO055",
    ]
    .iter()
    .any(|sign| memchr::memmem::find(bytes, sign.as_bytes()).is_some())
}

fn detect(bytes: &[u8]) -> Detected {
    let signs = ["qW:", "Quaternion:", "Orientation:", "Orient:"];
    let is_log = super::detect(bytes, &signs, parse) == Detected::Recording;
    Detected::recording_if(is_log && is_bno055(bytes))
}

#[cfg(test)]
mod tests {
    use nalgebra::UnitQuaternion;

    use super::*;
    use crate::read::{ReadOptions, read_bytes};
    use crate::sample::SensorSamples;

    fn sensor(text: &str) -> SensorSamples {
        assert_eq!(detect(text.as_bytes()), Detected::Recording, "{text}");
        let options = ReadOptions {
            rate_hz: Some(100.0),
            ..ReadOptions::default()
        };
        let read = read_bytes(&FORMAT, text.as_bytes(), &options).unwrap();
        read.0.sensors[0].clone()
    }

    #[test]
    fn rawdata() {
        let line = "X: 0.10 Y: 0.20 Z: -0.30\t\tqW: 0.5000 qX: 0.5000 qY: -0.5000 qZ: 0.5000\t\t\
                    CALIBRATION: Sys=3 Gyro=3 Accel=0 Mag=1\n";
        let sensor = sensor(&format!("Orientation Sensor Raw Data Test\n{line}{line}"));
        let q = sensor.earth_from_sensor.unwrap();
        assert_eq!((q.len(), q[0].w, q[0].j), (2, 0.5, -0.5));
        assert!(sensor.gyro_rad_s.is_none());
    }

    #[test]
    fn quaternions_are_preferred_to_angles() {
        let lines = "Orientation: 350.00, 1.00, 2.00\nQuaternion: 0.0000, 1.0000, 0.0000, 0.0000\n\
                     Calibration: 3, 3, 3, 3\n";
        let q = sensor(&lines.repeat(2)).earth_from_sensor.unwrap();
        assert_eq!((q.len(), q[0].i), (2, 1.0));
    }

    #[test]
    fn the_heading_goes_clockwise() {
        for line in [
            "Orientation: 90.00 0.00 0.00",
            "Orientation: 270.00, 0.00, 0.00",
        ] {
            let text = format!("{line}\nCalibration: 3 3 3 3\n").repeat(3);
            let q = sensor(&text).earth_from_sensor.unwrap();
            let turn = UnitQuaternion::new_normalize(q[1]);
            let expected =
                UnitQuaternion::from_euler_angles(0.0, 0.0, -std::f64::consts::FRAC_PI_2);
            assert!(turn.angle_to(&expected) < 1e-6, "{line}");
        }
    }

    #[test]
    fn circuit_python_with_an_answer_that_did_not_come() {
        let lines = "Accelerometer (m/s^2): (0.0, 0.0, 9.8)\nGyroscope (rad/sec): (0.1, 0.2, 0.3)\n\
                     Quaternion: (1.0, 0.0, 0.0, 0.0)\n";
        let none = "Accelerometer (m/s^2): (0.0, 0.0, 9.8)\nGyroscope (rad/sec): (None, None, None)\n\
                    Quaternion: (None, None, None, None)\n";
        let sensor = sensor(&format!("{lines}{none}{lines}"));
        let (q, gyro) = (
            sensor.earth_from_sensor.unwrap(),
            sensor.gyro_rad_s.unwrap(),
        );
        assert_eq!((q.len(), gyro[0].z), (3, 0.3));
        assert!(q[1].w.is_nan() && gyro[1].x.is_nan());
    }
}
