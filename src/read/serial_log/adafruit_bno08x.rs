//! A saved log of Adafruit's `BNO08x` sketches; [`crate::protocol::text::adafruit_bno08x`] has the lines.

use crate::protocol::text::adafruit_bno08x::parse;
use crate::read::together::alone;
use crate::read::{Detected, Format};

/// This format.
pub const FORMAT: Format = Format {
    name: "adafruit-bno08x",
    title: "Log of Adafruit's BNO08x sketches (yaw pitch roll, rotation vector, CircuitPython)",
    extensions: &["txt", "log", "csv"],
    gives: "quaternion, or one made of its angles; gyroscope and accelerometer of CircuitPython; \
            times between lines, or of the serial monitor",
    checked: "from documentation",
    detect,
    together: alone,
    read: |source, options, warnings| super::read(source, options, warnings, parse),
};

fn detect(bytes: &[u8]) -> Detected {
    super::detect(bytes, &["r: ", "Real:", "\t"], parse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{ReadOptions, read_bytes};
    use crate::sample::SensorSamples;

    fn sensor(text: &str, rate_hz: Option<f64>) -> SensorSamples {
        assert_eq!(detect(text.as_bytes()), Detected::Recording, "{text}");
        let options = ReadOptions {
            rate_hz,
            ..ReadOptions::default()
        };
        let read = read_bytes(&FORMAT, text.as_bytes(), &options).unwrap();
        read.0.sensors[0].clone()
    }

    #[test]
    fn steps_of_time_are_summed() {
        let sensor = sensor(
            "Reading events\n5012\t2\t0.00\t0.00\t0.00\n5000\t3\t90.00\t0.00\t0.00\n",
            None,
        );
        assert_eq!(sensor.time_s, [0.0, 0.005]);
        assert!(sensor.earth_from_sensor.unwrap()[1].k > 0.7);
    }

    #[test]
    fn rotation_vectors_have_labels() {
        let line = "Game Rotation Vector - r: 0.60 i: 0.80 j: 0.00 k: 0.00\n";
        let q = sensor(&line.repeat(3), Some(100.0))
            .earth_from_sensor
            .unwrap();
        assert_eq!((q[2].w, q[2].i), (0.6, 0.8));
    }

    #[test]
    fn circuit_python_has_titles_before_values() {
        let cycle = "Acceleration:\nX: 0.000000  Y: 0.000000 Z: 9.800000  m/s^2\n\nGyro:\n\
                     X: 0.100000  Y: 0.000000 Z: 0.000000 rads/s\n\nMagnetometer:\n\
                     X: 1.000000  Y: 2.000000 Z: 3.000000 uT\n\nRotation Vector Quaternion:\n\
                     I: 0.800000  J: 0.000000 K: 0.000000  Real: 0.600000\n\n";
        let sensor = sensor(&cycle.repeat(3), Some(2.0));
        assert_eq!(sensor.len(), 3);
        approx::assert_relative_eq!(sensor.earth_from_sensor.unwrap()[0].w, 0.6);
        approx::assert_relative_eq!(sensor.gyro_rad_s.unwrap()[0].x, 0.1);
        approx::assert_relative_eq!(sensor.accel_m_s2.unwrap()[0].z, 9.8);
    }

    #[test]
    fn other_tables_are_not_taken() {
        assert_eq!(
            detect(b"0.1\t0\t1.0\t2.0\t3.0\n0.2\t0\t1.0\t2.0\t3.0\n"),
            Detected::No
        );
        assert_eq!(
            detect(b"00010\t1\t0\t0\t0\n00011\t1\t0\t0\t0\n"),
            Detected::No
        );
        assert_eq!(detect(b"1,0,1.0,2.0,3.0\n2,0,1.0,2.0,3.0\n"), Detected::No);
    }
}
