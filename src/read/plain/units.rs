//! Units that a table does not state, told from its values: an accelerometer at rest shows gravity, and
//! a gyroscope the speed at which orientation, or gravity's direction, turns.
//!
//! Whole numbers of which thousands make gravity are counts of a converter of 16 bits, as earphones
//! (eSense) and boards with chips of `InvenSense` write them: 2^15 counts are 2, 4, 8 or 16 g, and about 250, 500, 1000
//! or 2000 degrees a second.

use nalgebra::Vector3;

use super::layout::PlainSensor;
use crate::read::check::check;
use crate::read::{AccelUnit, GyroUnit, ReadError, ReadOptions};
use crate::sample::SensorSamples;
use crate::warning::{Warning, Warnings};

/// A typical value may be off its unit by this factor.
const OFF: f64 = 1.5;
/// Rows between which gravity's direction is compared.
const STRIDE: usize = 3;
/// Samples that a comparison needs.
const LEAST_SAMPLES: usize = 20;
/// Counts to one g, and counts to a degree a second that usually go with them.
const COUNTS: [(f64, f64); 4] = [
    (16384.0, 131.0),
    (8192.0, 65.5),
    (4096.0, 32.8),
    (2048.0, 16.4),
];

/// Scales the channels whose unit nobody stated; leaves a channel out when its unit stays unknown and
/// there is a quaternion.
///
/// # Errors
/// When the unit stays unknown and the channel is needed.
pub(in crate::read) fn find(
    plain: &PlainSensor,
    sensor: &mut SensorSamples,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<(), ReadError> {
    let has_orientation = sensor.earth_from_sensor.is_some();
    let mut counts = None;
    if !plain.accel_stated && options.accel_unit.is_none() {
        let accels = sensor.accel_m_s2.as_deref();
        counts = accels.and_then(counts_to_g);
        let scale = match counts {
            Some((to_g, _)) => Some((AccelUnit::G.m_s2() / to_g, format!("{to_g} counts to 1 g"))),
            None => accels.and_then(accel_scale),
        };
        settle(
            &mut sensor.accel_m_s2,
            scale,
            has_orientation,
            "accelerometer",
            warnings,
        )?;
    }
    if !plain.gyro_stated && options.gyro_unit.is_none() {
        let scale = match counts {
            Some((_, usual)) if sensor.gyro_rad_s.as_deref().is_some_and(are_whole) => {
                Some(scale_of_counts(sensor, usual))
            }
            _ => gyro_scale(sensor),
        };
        settle(
            &mut sensor.gyro_rad_s,
            scale,
            has_orientation,
            "gyroscope",
            warnings,
        )?;
    }
    Ok(())
}

/// Applies the unit that was found; without one the channel goes, if it may.
fn settle(
    channel: &mut Option<Vec<Vector3<f64>>>,
    found: Option<(f64, String)>,
    may_go: bool,
    what: &'static str,
    warnings: &mut Warnings,
) -> Result<(), ReadError> {
    let Some(values) = channel else {
        return Ok(());
    };
    let option = if what == "gyroscope" {
        "--gyro-unit deg or rad"
    } else {
        "--accel-unit g or m-s2"
    };
    match found {
        Some((scale, name)) => {
            for value in values.iter_mut() {
                *value *= scale;
            }
            warnings.add(Warning::UnitAssumed, || {
                format!("the {what} states no unit; {name} was taken, from its values")
            });
        }
        None if may_go => {
            *channel = None;
            warnings.add(Warning::UnitAssumed, || {
                format!("the {what} states no unit and was left out; {option} says it")
            });
        }
        None => {
            return Err(ReadError::Untold {
                what: format!(
                    "the {what} states no unit, and its values do not tell it; say it with {option}"
                ),
            });
        }
    }
    Ok(())
}

/// The length of the middle one of all samples, which is gravity unless the sensor is shaken.
fn typical(values: &[Vector3<f64>]) -> Option<f64> {
    let mut lengths: Vec<f64> = values.iter().map(Vector3::norm).collect();
    lengths.retain(|length| length.is_finite());
    let middle = lengths.len() / 2;
    let found = lengths.get(middle).is_some();
    found.then(|| *lengths.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// This length is that of gravity.
fn is_gravity(share: f64) -> bool {
    (0.85..1.18).contains(&share)
}

/// Counts to one g of whole numbers, and counts to a degree a second that usually go with them.
fn counts_to_g(values: &[Vector3<f64>]) -> Option<(f64, f64)> {
    let typical = typical(values).filter(|_| are_whole(values))?;
    COUNTS
        .into_iter()
        .find(|(to_g, _)| is_gravity(typical / to_g))
}

fn are_whole(values: &[Vector3<f64>]) -> bool {
    let whole = |value: &f64| !value.is_finite() || value.fract() == 0.0;
    values.iter().flat_map(|value| value.iter()).all(whole)
}

fn accel_scale(values: &[Vector3<f64>]) -> Option<(f64, String)> {
    let typical = typical(values)?;
    let gravity = AccelUnit::G.m_s2();
    let units = [(1.0, "m/s²"), (gravity, "g"), (gravity / 1000.0, "mg")];
    let found = units
        .into_iter()
        .find(|(scale, _)| is_gravity(typical * scale / gravity))?;
    Some((found.0, found.1.to_owned()))
}

/// How many of the gyroscope's units a radian a second is, from the speed of the quaternion, or of
/// gravity's direction.
fn gyro_ratio(sensor: &SensorSamples) -> Option<f64> {
    sensor.gyro_rad_s.as_ref()?;
    if sensor.earth_from_sensor.is_some() {
        check(sensor).gyro_ratio
    } else {
        gravity_ratio(sensor)
    }
}

/// The counts to a degree a second that fit the movement best; the usual ones where there is too little.
fn scale_of_counts(sensor: &SensorSamples, usual: f64) -> (f64, String) {
    let scale = |counts: f64| GyroUnit::Deg.rad_s() / counts;
    let Some(ratio) = gyro_ratio(sensor) else {
        let how = "which usually go with the accelerometer's; nothing moves to tell it";
        return (scale(usual), format!("{usual} counts to 1 deg/s, {how}"));
    };
    let off = |counts: f64| (ratio * scale(counts)).ln().abs();
    let nearest = COUNTS.map(|counts| counts.1).into_iter();
    let counts = nearest.min_by(|one, other| off(*one).total_cmp(&off(*other)));
    let counts = counts.unwrap_or(usual);
    (scale(counts), format!("{counts} counts to 1 deg/s"))
}

fn gyro_scale(sensor: &SensorSamples) -> Option<(f64, String)> {
    let ratio = gyro_ratio(sensor)?;
    let units = [
        (GyroUnit::Rad.rad_s(), "rad/s"),
        (GyroUnit::Deg.rad_s(), "deg/s"),
    ];
    let found = units
        .into_iter()
        .find(|(scale, _)| (1.0 / OFF..OFF).contains(&(ratio * scale)))?;
    Some((found.0, found.1.to_owned()))
}

/// How many of the gyroscope's units a radian a second is: gravity's direction `a` in a sensor that turns
/// changes by `a × ω`. By least squares, over rows where the accelerometer shows hardly more than
/// gravity.
fn gravity_ratio(sensor: &SensorSamples) -> Option<f64> {
    let (gyros, accels) = (sensor.gyro_rad_s.as_ref()?, sensor.accel_m_s2.as_ref()?);
    let slow = |accel: &Vector3<f64>| (accel.norm() / AccelUnit::G.m_s2() - 1.0).abs() < 0.1;
    let (mut along, mut square, mut count) = (0.0, 0.0, 0);
    for at in STRIDE..sensor.len() {
        let (Some(before), Some(after)) = (accels.get(at - STRIDE), accels.get(at)) else {
            continue;
        };
        let step_s = sensor.time_s.get(at)? - sensor.time_s.get(at - STRIDE)?;
        let rows = gyros.get(at - STRIDE..=at)?;
        let gyro = rows.iter().sum::<Vector3<f64>>() / rows.len() as f64;
        let turn = after.cross(&gyro) * step_s;
        let change = after - before;
        if slow(before) && slow(after) && step_s > 0.0 && turn.norm().is_finite() {
            along += turn.dot(&change);
            square += turn.norm_squared();
            count += 1;
        }
    }
    (count >= LEAST_SAMPLES && along > 0.0).then(|| square / along)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts of a sensor that nods, and the unit they were made with.
    fn found(to_g: f64, to_deg_s: f64, peak_rad: f64) -> (SensorSamples, Warnings) {
        let angle = |index: i32| peak_rad * (f64::from(index) * 0.04).sin();
        let gravity = |index: i32| Vector3::new(0.0, angle(index).sin(), angle(index).cos());
        let speed = |index: i32| peak_rad * 2.0 * (f64::from(index) * 0.04).cos();
        let counts = |value: Vector3<f64>| value.map(f64::round);
        let mut sensor = SensorSamples {
            time_s: (0..500).map(|index| f64::from(index) * 0.02).collect(),
            accel_m_s2: Some(
                (0..500)
                    .map(|index| counts(gravity(index) * to_g))
                    .collect(),
            ),
            gyro_rad_s: Some(
                (0..500)
                    .map(|index| counts(Vector3::x() * speed(index).to_degrees() * to_deg_s))
                    .collect(),
            ),
            ..SensorSamples::default()
        };
        let mut warnings = Warnings::default();
        let options = ReadOptions::default();
        find(
            &PlainSensor::default(),
            &mut sensor,
            &options,
            &mut warnings,
        )
        .unwrap();
        (sensor, warnings)
    }

    #[test]
    fn counts_of_a_converter_are_told_by_gravity_and_movement() {
        for (to_g, to_deg_s) in [(8192.0, 65.5), (16384.0, 131.0), (2048.0, 131.0)] {
            let (sensor, warnings) = found(to_g, to_deg_s, 0.7);
            let accel = sensor.accel_m_s2.unwrap()[0];
            assert!((accel.z - 9.806_65).abs() < 0.01, "{to_g}: {accel}");
            let gyro = sensor.gyro_rad_s.unwrap()[0];
            assert!((gyro.x - 1.4).abs() < 0.01, "{to_deg_s}: {gyro}");
            assert_eq!(warnings.count(Warning::UnitAssumed), 2);
        }
    }

    #[test]
    fn without_movement_the_usual_pair_is_taken() {
        let (sensor, _) = found(8192.0, 65.5, 0.0);
        assert!(sensor.gyro_rad_s.is_some());
        assert!((sensor.accel_m_s2.unwrap()[0].norm() - 9.806_65).abs() < 0.01);
    }
}
