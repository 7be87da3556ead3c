//! Channels that a file or device gives at times of their own, brought to one time axis.

use nalgebra::{Quaternion, Vector3};

use crate::sample::SensorSamples;

use super::Keep;

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

/// A vector at times of its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Stream {
    pub(super) time_s: Vec<f64>,
    pub(super) values: Vec<Vector3<f64>>,
}

impl Stream {
    /// The values at other times; see [`interpolated`].
    pub(super) fn at(&self, to_s: &[f64]) -> Vec<Vector3<f64>> {
        interpolated(&self.time_s, &self.values, to_s)
    }
}

/// Orientations at times of their own.
type Turns = (Vec<f64>, Vec<Quaternion<f64>>);

/// The streams of one sensor, from as many files.
#[derive(Debug, Default)]
pub(super) struct Streams {
    pub(super) quaternion: Option<Turns>,
    pub(super) gyro: Option<Stream>,
    pub(super) accel: Option<Stream>,
    /// From three angles.
    pub(super) euler: Option<Turns>,
}

impl Streams {
    /// All at the times of the quaternion, else of the gyroscope; angles when there is nothing better.
    pub(super) fn into_sensor(self) -> Option<SensorSamples> {
        let fuses = self.gyro.is_some() && self.accel.is_some();
        let turns = self.quaternion.or_else(|| self.euler.filter(|_| !fuses));
        if let Some((time_s, turns)) = turns {
            return Some(SensorSamples {
                earth_from_sensor: Some(turns),
                gyro_rad_s: self.gyro.map(|gyro| gyro.at(&time_s)),
                accel_m_s2: self.accel.map(|accel| accel.at(&time_s)),
                time_s,
                ..SensorSamples::default()
            });
        }
        let gyro = self.gyro?;
        Some(SensorSamples {
            accel_m_s2: Some(self.accel?.at(&gyro.time_s)),
            time_s: gyro.time_s,
            gyro_rad_s: Some(gyro.values),
            ..SensorSamples::default()
        })
    }
}

/// Samples that came in one packet bear one time: they are spread up to the next, at most as far as
/// the mean step. Returns how many were moved.
pub(super) fn spread_repeats(times_s: &mut [f64]) -> usize {
    let (Some(first), Some(last)) = (times_s.first(), times_s.last()) else {
        return 0;
    };
    let mean_step = ((last - first) / times_s.len().max(2) as f64).max(0.0);
    let mut moved = 0;
    let mut start = 0;
    while let Some(&time) = times_s.get(start) {
        let rest = times_s.get(start..).unwrap_or_default();
        let same = rest
            .iter()
            .take_while(|other| other.total_cmp(&time).is_eq())
            .count();
        let until_next = rest.get(same).map_or(f64::MAX, |next| next - time);
        let step = if until_next > 0.0 {
            mean_step.min(until_next / same.max(1) as f64)
        } else {
            0.0
        };
        for (index, value) in times_s.iter_mut().skip(start).take(same).enumerate() {
            *value = (index as f64).mul_add(step, time);
        }
        moved += same.saturating_sub(1);
        start += same.max(1);
    }
    moved
}

/// A count since 1970 in seconds, milli-, micro- or nanoseconds, told by its size, to seconds.
pub(super) fn epoch_s(count: f64) -> f64 {
    let size = count.abs();
    let units = [(1e17, 1e9), (1e14, 1e6), (1e11, 1e3)];
    let per_second = units.iter().find(|unit| size > unit.0);
    count / per_second.map_or(1.0, |unit| unit.1)
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

    #[test]
    fn samples_of_one_packet_are_spread_up_to_the_next() {
        let mut times_s = [1.0, 1.0, 1.2, 1.2, 1.4, 1.4, 9.0];
        assert_eq!(spread_repeats(&mut times_s), 3);
        let expected = [1.0, 1.1, 1.2, 1.3, 1.4, 2.542_857_142_857, 9.0];
        for (found, expected) in times_s.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{times_s:?}");
        }
        let mut backwards = [2.0, 2.0, 1.0, f64::NAN];
        spread_repeats(&mut backwards);
        assert_eq!(backwards[..3], [2.0, 2.0, 1.0]);
    }

    #[test]
    fn counts_since_1970_are_told_by_their_size() {
        for count in [1.7e9, 1.7e12, 1.7e15, 1.7e18] {
            assert!((epoch_s(count) - 1.7e9).abs() < 1e-3, "{count}");
        }
    }
}
