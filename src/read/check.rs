//! What a sensor's samples say about themselves, before anything is computed from them.

use std::ops::Range;

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use crate::sample::{NORM_TOLERANCE, SensorSamples, median_step};
use crate::units::STANDARD_GRAVITY_M_S2;

/// A step longer than this is a gap.
pub const GAP_S: f64 = 0.1;
/// Slow means that the accelerometer shows gravity within this share of it.
const SLOW_SHARE: f64 = 0.05;
/// Slow samples may be off straight up by this share of gravity on average; in walking they are by 0.13.
const AGREES_SHARE: f64 = 0.25;
/// Samples that a comparison needs.
const LEAST_SAMPLES: usize = 20;
/// Slower than this the ratio of speeds is noise.
pub(super) const LEAST_SPEED_RAD_S: f64 = 0.1;

/// What was found in one sensor's samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Number of samples.
    pub samples: usize,
    /// Last time less first, seconds.
    pub duration_s: f64,
    /// From the median step; `None` for fewer than two distinct times.
    pub rate_hz: Option<f64>,
    /// As [`gaps`].
    pub gaps: usize,
    /// The longest step, seconds.
    pub longest_step_s: f64,
    /// Samples with the time of the one before.
    pub duplicates: usize,
    /// Samples with an earlier time than the one before.
    pub backwards: usize,
    /// Quaternions whose norm is off by more than 10 %, zero or not a number.
    pub corrupt_quaternions: usize,
    /// Accelerometer against quaternion.
    pub up: Agreement,
    /// Gyroscope speed over quaternion speed, median over moving samples; about 1 when units are right.
    pub gyro_ratio: Option<f64>,
}

/// Does the quaternion turn the accelerometer's reading upright?
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Agreement {
    /// Yes; with the mean distance from straight up, m/s².
    Agrees(f64),
    /// Only if the quaternions are turned round; with the distance then.
    AgreesConjugated(f64),
    /// Neither way; with the smaller distance.
    Disagrees(f64),
    /// No accelerometer, no quaternion, no slow samples, or both ways fit.
    CannotTell,
}

impl Agreement {
    /// In words.
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Agrees(_) => "agrees",
            Self::AgreesConjugated(_) => "agrees if conjugated",
            Self::Disagrees(_) => "disagrees",
            Self::CannotTell => "cannot tell",
        }
    }

    /// Distance from straight up, m/s².
    pub const fn residual_m_s2(&self) -> Option<f64> {
        match self {
            Self::Agrees(off) | Self::AgreesConjugated(off) | Self::Disagrees(off) => Some(*off),
            Self::CannotTell => None,
        }
    }
}

/// Looks at the samples of one sensor.
pub fn check(sensor: &SensorSamples) -> Check {
    let steps = || sensor.time_s.windows(2).map(|pair| pair[1] - pair[0]);
    let step = median_step(&sensor.time_s);
    let quaternions = sensor.earth_from_sensor.as_deref().unwrap_or_default();
    Check {
        samples: sensor.len(),
        duration_s: sensor.duration_s(),
        rate_hz: step.map(|step| 1.0 / step),
        gaps: gaps(&sensor.time_s).len(),
        longest_step_s: steps().fold(0.0, f64::max),
        duplicates: steps().filter(|step| *step == 0.0).count(),
        backwards: steps().filter(|step| *step < 0.0).count(),
        corrupt_quaternions: quaternions.iter().filter(|q| unit(q).is_none()).count(),
        up: up(sensor),
        gyro_ratio: gyro_ratio(sensor),
    }
}

/// Longer steps are gaps, seconds: [`GAP_S`], or one and a half of the usual steps (a slow recording
/// is not all gaps).
pub const fn gap_s(typical_s: f64) -> f64 {
    GAP_S.max(1.5 * typical_s)
}

/// Where nothing was received: from the latest time so far to the next, seconds, wherever that is
/// longer than [`gap_s`].
pub fn gaps(times_s: &[f64]) -> Vec<Range<f64>> {
    let gap_s = gap_s(median_step(times_s).unwrap_or_default());
    let mut latest_s = times_s.first().copied().unwrap_or_default();
    let mut gaps = Vec::new();
    for &time_s in times_s {
        if time_s - latest_s > gap_s {
            gaps.push(latest_s..time_s);
        }
        latest_s = latest_s.max(time_s);
    }
    gaps
}

/// A usable quaternion, normalised.
pub(super) fn unit(q: &Quaternion<f64>) -> Option<UnitQuaternion<f64>> {
    ((q.norm() - 1.0).abs() <= NORM_TOLERANCE).then(|| UnitQuaternion::new_normalize(*q))
}

/// Compares the quaternion with the accelerometer over slow samples.
pub fn up(sensor: &SensorSamples) -> Agreement {
    let (Some(quaternions), Some(accels)) = (&sensor.earth_from_sensor, &sensor.accel_m_s2) else {
        return Agreement::CannotTell;
    };
    let slow = |accel: &Vector3<f64>| {
        (accel.norm() - STANDARD_GRAVITY_M_S2).abs() < SLOW_SHARE * STANDARD_GRAVITY_M_S2
    };
    let pairs: Vec<(UnitQuaternion<f64>, &Vector3<f64>)> = quaternions
        .iter()
        .zip(accels)
        .filter(|(_, accel)| slow(accel))
        .filter_map(|(q, accel)| Some((unit(q)?, accel)))
        .collect();
    if pairs.len() < LEAST_SAMPLES {
        return Agreement::CannotTell;
    }
    let upright = Vector3::z() * STANDARD_GRAVITY_M_S2;
    let mean = |off: &dyn Fn(&UnitQuaternion<f64>, &Vector3<f64>) -> f64| {
        pairs.iter().map(|(q, accel)| off(q, accel)).sum::<f64>() / pairs.len() as f64
    };
    judge(
        mean(&|q, accel| (q * accel - upright).norm()),
        mean(&|q, accel| (q.inverse() * accel - upright).norm()),
    )
}

fn judge(direct: f64, conjugated: f64) -> Agreement {
    let limit = AGREES_SHARE * STANDARD_GRAVITY_M_S2;
    match (direct <= limit, conjugated <= limit) {
        (true, true) if direct > 0.5 * conjugated && conjugated > 0.5 * direct => {
            Agreement::CannotTell
        }
        (true, _) if direct <= conjugated => Agreement::Agrees(direct),
        (_, true) => Agreement::AgreesConjugated(conjugated),
        _ => Agreement::Disagrees(direct.min(conjugated)),
    }
}

fn gyro_ratio(sensor: &SensorSamples) -> Option<f64> {
    let quaternions = sensor.earth_from_sensor.as_ref()?;
    let gyros = sensor.gyro_rad_s.as_ref()?;
    let mut ratios: Vec<f64> = (1..sensor.len())
        .filter_map(|at| {
            let step_s = sensor.time_s.get(at)? - sensor.time_s.get(at - 1)?;
            let turned = unit(quaternions.get(at - 1)?)?.angle_to(&unit(quaternions.get(at)?)?);
            let speed = turned / step_s;
            let gyro = (gyros.get(at - 1)? + gyros.get(at)?).norm() / 2.0;
            (step_s > 0.0 && step_s <= GAP_S && speed > LEAST_SPEED_RAD_S && gyro.is_finite())
                .then_some(gyro / speed)
        })
        .collect();
    if ratios.len() < LEAST_SAMPLES {
        return None;
    }
    let middle = ratios.len() / 2;
    Some(*ratios.select_nth_unstable_by(middle, f64::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_back_opens_no_gap() {
        let mut times: Vec<f64> = (0..200).map(|k| f64::from(k) * 0.01).collect();
        times[70] = times[50];
        assert_eq!(gaps(&times), []);
        times[100..].iter_mut().for_each(|time_s| *time_s += 5.0);
        let found = gaps(&times);
        assert_eq!(found.len(), 1);
        assert!((found[0].end - found[0].start - 5.01).abs() < 1e-9);
    }

    /// A sensor that turns about x at 1 rad/s and feels gravity.
    fn turning() -> SensorSamples {
        let time_s: Vec<f64> = (0..100).map(|index| f64::from(index) * 0.01).collect();
        let turn = |time: &f64| UnitQuaternion::from_axis_angle(&Vector3::x_axis(), *time);
        let up = Vector3::z() * STANDARD_GRAVITY_M_S2;
        SensorSamples {
            earth_from_sensor: Some(time_s.iter().map(|time| *turn(time)).collect()),
            gyro_rad_s: Some(vec![Vector3::x(); 100]),
            accel_m_s2: Some(
                time_s
                    .iter()
                    .map(|time| turn(time).inverse() * up)
                    .collect(),
            ),
            time_s,
            ..SensorSamples::default()
        }
    }

    #[test]
    fn a_good_sensor_agrees_with_itself() {
        let found = check(&turning());
        assert!(
            matches!(found.up, Agreement::Agrees(off) if off < 1e-9),
            "{found:?}"
        );
        assert!((found.gyro_ratio.unwrap() - 1.0).abs() < 1e-6);
        assert!((found.rate_hz.unwrap() - 100.0).abs() < 1e-6);
        assert_eq!((found.gaps, found.duplicates, found.backwards), (0, 0, 0));
    }

    #[test]
    fn a_turned_quaternion_and_a_wrong_unit_are_seen() {
        let mut sensor = turning();
        let turned = sensor.earth_from_sensor.as_mut().unwrap();
        for q in turned {
            *q = q.conjugate();
        }
        sensor
            .gyro_rad_s
            .as_mut()
            .unwrap()
            .iter_mut()
            .for_each(|gyro| *gyro *= 57.3);
        let found = check(&sensor);
        assert!(
            matches!(found.up, Agreement::AgreesConjugated(_)),
            "{found:?}"
        );
        assert!((found.gyro_ratio.unwrap() - 57.3).abs() < 0.1);
        sensor
            .accel_m_s2
            .as_mut()
            .unwrap()
            .iter_mut()
            .for_each(|accel| accel.z = -accel.z);
        assert!(matches!(check(&sensor).up, Agreement::Disagrees(_)));
    }

    #[test]
    fn faults_of_time_and_quaternions_are_counted() {
        let mut sensor = turning();
        sensor.time_s[50] = sensor.time_s[49];
        sensor.time_s[60] = sensor.time_s[58];
        sensor
            .time_s
            .iter_mut()
            .skip(70)
            .for_each(|time| *time += 0.5);
        sensor.earth_from_sensor.as_mut().unwrap()[3] = Quaternion::new(0.0, 0.0, 0.0, 0.0);
        let found = check(&sensor);
        assert_eq!((found.gaps, found.duplicates, found.backwards), (1, 1, 1));
        assert_eq!(found.corrupt_quaternions, 1);
    }
}
