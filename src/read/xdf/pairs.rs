//! Gyroscope and accelerometer of one sensor in streams of their own, put together.

use crate::read::streams::interpolated;
use crate::sample::SensorSamples;

/// Words of a stream's name that say channel, not sensor.
const CHANNELS: [&str; 8] = [
    "acc",
    "accel",
    "accelerometer",
    "acceleration",
    "gyr",
    "gyro",
    "gyroscope",
    "imu",
];

/// All sensors that have an orientation, or gyroscope and accelerometer; a gyroscope and an accelerometer
/// by themselves are one sensor when their names say so, or when there is only one of each. What has no
/// counterpart is left out.
pub(super) fn paired(sensors: Vec<SensorSamples>) -> Vec<SensorSamples> {
    let is_whole = |sensor: &SensorSamples| {
        sensor.earth_from_sensor.is_some()
            || (sensor.gyro_rad_s.is_some() && sensor.accel_m_s2.is_some())
    };
    let (mut whole, parts): (Vec<_>, Vec<_>) = sensors.into_iter().partition(is_whole);
    let (gyros, mut accels): (Vec<_>, Vec<_>) = parts
        .into_iter()
        .partition(|sensor| sensor.gyro_rad_s.is_some());
    let only = gyros.len() == 1 && accels.len() == 1;
    for gyro in gyros {
        let name = bare(&gyro.name);
        let found = accels
            .iter()
            .position(|accel| only || bare(&accel.name) == name);
        if let Some(at) = found {
            whole.push(together(gyro, &accels.swap_remove(at)));
        }
    }
    whole
}

/// At the times of the gyroscope.
fn together(gyro: SensorSamples, accel: &SensorSamples) -> SensorSamples {
    let values = accel.accel_m_s2.as_deref().unwrap_or_default();
    let values = interpolated(&accel.time_s, values, &gyro.time_s);
    SensorSamples {
        name: bare(&gyro.name),
        accel_m_s2: Some(values),
        ..gyro
    }
}

/// A name without the words of channels.
fn bare(name: &str) -> String {
    let words = name.split([' ', '_', '-', '.', ':']);
    let kept: Vec<&str> = words
        .filter(|word| !CHANNELS.contains(&word.to_lowercase().as_str()))
        .filter(|word| !word.is_empty())
        .collect();
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::Vector3;

    use super::*;

    fn part(name: &str, gyro: bool) -> SensorSamples {
        let values = vec![Vector3::new(0.0, 0.0, 1.0); 2];
        SensorSamples {
            name: name.to_owned(),
            time_s: if gyro {
                vec![0.0, 0.02]
            } else {
                vec![-0.01, 0.03]
            },
            gyro_rad_s: gyro.then(|| values.clone()),
            accel_m_s2: (!gyro).then_some(values),
            ..SensorSamples::default()
        }
    }

    #[test]
    fn names_or_their_number_tell_what_belongs_together() {
        let names = |sensors: Vec<SensorSamples>| -> Vec<String> {
            paired(sensors).into_iter().map(|one| one.name).collect()
        };
        let two = vec![
            part("Head ACC", false),
            part("Chest GYRO", true),
            part("Head_GYRO", true),
            part("Chest ACC", false),
        ];
        assert_eq!(names(two), ["Chest", "Head"]);
        assert_eq!(names(vec![part("a", true), part("b", false)]), ["a"]);
        let none = vec![part("a", true), part("b", false), part("c", false)];
        assert!(names(none).is_empty());
        let one = paired(vec![part("Muse", false), part("Muse", true)]);
        assert_eq!(one[0].accel_m_s2.as_ref().map(Vec::len), Some(2));
        assert_relative_eq!(one[0].accel_m_s2.as_ref().unwrap()[1].z, 1.0);
    }
}
