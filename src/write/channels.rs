//! What a sensor is called in files, and which of its channels are left out.

use crate::sample::{Recording, SensorPlace, SensorSamples};

/// A name for each sensor: `head`, `trunk`, or the recording's own in small letters, digits and
/// underscores; each only once.
pub(super) fn sensor_names(recording: &Recording) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for (index, sensor) in recording.sensors.iter().enumerate() {
        let own = sensor
            .place
            .map_or_else(|| plain(&sensor.name), |place| place.name().to_owned());
        let is_place = [SensorPlace::Head, SensorPlace::Trunk]
            .iter()
            .any(|place| place.name() == own);
        let free = !own.is_empty() && !taken.contains(&own);
        let usable = free && (sensor.place.is_some() || !is_place);
        taken.push(if usable {
            own
        } else {
            format!("sensor{}", index + 1)
        });
    }
    taken
}

/// Lower case letters, digits and underscores.
pub(super) fn plain(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    name.trim()
        .chars()
        .map(plain)
        .collect::<String>()
        .trim_matches('_')
        .to_owned()
}

/// A line for each inertial channel that a recording has and a format does not hold.
pub(super) fn inertial_left_out(recording: &Recording, what: &str) -> Vec<String> {
    let any = |has: fn(&SensorSamples) -> bool| recording.sensors.iter().any(has);
    let channels = [
        ("gyroscope", any(|sensor| sensor.gyro_rad_s.is_some())),
        ("accelerometer", any(|sensor| sensor.accel_m_s2.is_some())),
        ("magnetometer", any(|sensor| sensor.mag_ut.is_some())),
    ];
    channels
        .iter()
        .filter(|channel| channel.1)
        .map(|channel| format!("{what} holds no {}", channel.0))
        .collect()
}
