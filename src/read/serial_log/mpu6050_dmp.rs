//! A saved log of the Arduino sketch `MPU6050_DMP6`; [`crate::protocol::text::mpu6050_dmp`] has the lines.

use crate::protocol::text::mpu6050_dmp::parse;
use crate::read::together::alone;
use crate::read::{Detected, Format};

/// This format.
pub const FORMAT: Format = Format {
    name: "mpu6050-dmp",
    title: "Log of the Arduino sketch MPU6050_DMP6 (i2cdevlib)",
    extensions: &["txt", "log", "csv"],
    gives: "quaternion, or one made of its angles; times of the serial monitor",
    checked: "from documentation",
    detect,
    together: alone,
    read: |source, options, warnings| super::read(source, options, warnings, parse),
};

fn detect(bytes: &[u8]) -> Detected {
    super::detect(bytes, &["quat", "ypr", "euler"], parse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{ReadError, ReadOptions, read_bytes};
    use crate::warning::Warning;

    #[test]
    fn a_log_with_start_up_text_and_other_lines() {
        let text = "Initializing I2C devices...\r\nSend any character to begin DMP programming and demo: \r\n\
                    >...\r\nquat\t1.00\t0.00\t0.00\t0.00\r\nareal\t1\t2\t3\r\nquat\t0.00\t1.00\t0.00\t0.00\r\n\
                    FIFO overflow!\r\nquat\t0.00\t1.";
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let options = ReadOptions {
            rate_hz: Some(50.0),
            ..ReadOptions::default()
        };
        let (recording, warnings) = read_bytes(&FORMAT, text.as_bytes(), &options).unwrap();
        let sensor = &recording.sensors[0];
        assert_eq!(sensor.time_s, [0.0, 0.02]);
        approx::assert_relative_eq!(sensor.earth_from_sensor.as_ref().unwrap()[1].i, 1.0);
        assert_eq!(warnings.count(Warning::RaggedRow), 5);
        let none = read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default());
        assert!(matches!(none, Err(ReadError::NoRate)));
    }

    #[test]
    fn the_serial_monitor_gives_the_times() {
        let text =
            "10:00:00.010 -> ypr\t0.00\t0.00\t0.00\n10:00:00.020 -> ypr\t90.00\t0.00\t0.00\n";
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let recording = read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default())
            .unwrap()
            .0;
        let sensor = &recording.sensors[0];
        assert!((sensor.duration_s() - 0.01).abs() < 1e-9);
        // The first angle is the yaw of the inverse.
        assert!(sensor.earth_from_sensor.as_ref().unwrap()[1].k < -0.7);
    }

    #[test]
    fn labels_may_be_capitals() {
        for label in ["quat", "Ypr", "EULER"] {
            let text = format!("{label}\t0.10\t0.20\t0.30\t0.40\r\n").repeat(2);
            assert_eq!(detect(text.as_bytes()), Detected::Recording, "{text}");
        }
    }
}
