//! Gyroscope and accelerometer to orientation: the place of this stage.
//!
//! Not there yet: a recording without quaternions is refused with
//! [`super::OrientationError::NoOrientation`], never guessed at.

use crate::sample::SensorSamples;

/// What a sensor without quaternions does have, for the refusal.
pub fn channels_present(sensor: &SensorSamples) -> String {
    let channels = [
        (sensor.gyro_rad_s.is_some(), "gyroscope"),
        (sensor.accel_m_s2.is_some(), "accelerometer"),
        (sensor.mag_ut.is_some(), "magnetometer"),
    ];
    let names: Vec<&str> = channels.iter().filter(|c| c.0).map(|c| c.1).collect();
    if names.is_empty() {
        "times".to_owned()
    } else {
        names.join(" and ")
    }
}
