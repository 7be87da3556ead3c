//! Channels that a file or device gives at times of their own, brought to one time axis.

use nalgebra::Vector3;

use super::Keep;
use crate::sample::SensorSamples;

/// Nothing is interpolated across a longer gap.
const LONGEST_GAP_S: f64 = 0.1;

/// One sensor of its orientation and of its inertial channels, which have times of their own.
pub(super) fn one_sensor(
    orientation: SensorSamples,
    inertial: SensorSamples,
    keep: Keep,
) -> SensorSamples {
    let complete = inertial.gyro_rad_s.is_some() && inertial.accel_m_s2.is_some();
    if keep == Keep::Inertial && complete {
        return SensorSamples {
            name: orientation.name,
            ..inertial
        };
    }
    let onto = |values: &Option<Vec<Vector3<f64>>>| {
        let values = values.as_ref()?;
        Some(interpolated(&inertial.time_s, values, &orientation.time_s))
    };
    SensorSamples {
        gyro_rad_s: onto(&inertial.gyro_rad_s),
        accel_m_s2: onto(&inertial.accel_m_s2),
        mag_ut: onto(&inertial.mag_ut),
        ..orientation
    }
}

/// Values at other times, on straight lines between neighbours; NaN outside and across gaps.
pub(super) fn interpolated(
    from_s: &[f64],
    values: &[Vector3<f64>],
    to_s: &[f64],
) -> Vec<Vector3<f64>> {
    let mut at = 0;
    let mut value = |time_s: f64| {
        while at + 2 < from_s.len() && from_s[at + 1] < time_s {
            at += 1;
        }
        between(from_s.get(at..at + 2)?, values.get(at..at + 2)?, time_s)
    };
    to_s.iter()
        .map(|&time_s| value(time_s).unwrap_or_else(|| Vector3::repeat(f64::NAN)))
        .collect()
}

fn between(times_s: &[f64], values: &[Vector3<f64>], time_s: f64) -> Option<Vector3<f64>> {
    let step = times_s[1] - times_s[0];
    let share = if step > 0.0 {
        (time_s - times_s[0]) / step
    } else {
        0.0
    };
    let close = step <= LONGEST_GAP_S || share == 0.0 || (share - 1.0).abs() < f64::EPSILON;
    ((0.0..=1.0).contains(&share) && close).then(|| values[0].lerp(&values[1], share))
}

#[cfg(test)]
mod tests {
    use nalgebra::Quaternion;

    use super::*;

    #[test]
    fn a_fusion_keeps_the_times_of_the_inertial_channels() {
        let sensor = |time_s: &[f64]| SensorSamples {
            time_s: time_s.to_vec(),
            ..SensorSamples::default()
        };
        let orientation = || SensorSamples {
            name: "Head".to_owned(),
            earth_from_sensor: Some(vec![Quaternion::identity(); 2]),
            ..sensor(&[0.0, 0.02])
        };
        let inertial = || SensorSamples {
            gyro_rad_s: Some(vec![Vector3::zeros(); 3]),
            accel_m_s2: Some(vec![Vector3::zeros(); 3]),
            ..sensor(&[0.0, 0.01, 0.02])
        };
        let read = |keep| one_sensor(orientation(), inertial(), keep);
        let kept = read(Keep::Inertial);
        assert_eq!((kept.len(), kept.name.as_str()), (3, "Head"));
        assert!(kept.earth_from_sensor.is_none());
        let kept = read(Keep::Orientation);
        assert_eq!(kept.gyro_rad_s.map(|gyro| gyro.len()), Some(2));
        assert!(kept.earth_from_sensor.is_some());
    }

    #[test]
    fn values_lie_on_straight_lines_but_not_across_gaps() {
        let from_s = [0.0, 0.02, 1.0];
        let values = [0.0, 2.0, 5.0].map(Vector3::repeat);
        let to_s = [-0.01, 0.0, 0.01, 0.02, 0.5, 1.0, 1.1];
        let found = interpolated(&from_s, &values, &to_s);
        let x: Vec<f64> = found.iter().map(|value| value.x).collect();
        assert!([0, 4, 6].iter().all(|&at| x[at].is_nan()), "{x:?}");
        for (at, expected) in [(1, 0.0), (2, 1.0), (3, 2.0), (5, 5.0)] {
            assert!((x[at] - expected).abs() < 1e-12, "{x:?}");
        }
    }
}
