//! Units that a table does not state, told from its values: an accelerometer at rest shows gravity, and
//! a gyroscope the speed at which orientation, or gravity's direction, turns.

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
    if !plain.accel_stated && options.accel_unit.is_none() {
        let scale = sensor.accel_m_s2.as_deref().and_then(accel_scale);
        settle(
            &mut sensor.accel_m_s2,
            scale,
            has_orientation,
            "accelerometer",
            warnings,
        )?;
    }
    if !plain.gyro_stated && options.gyro_unit.is_none() {
        let scale = gyro_scale(sensor);
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
    found: Option<(f64, &'static str)>,
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
            return Err(ReadError::BadOption {
                what: format!(
                    "the {what} states no unit, and its values do not tell it; say it with {option}"
                ),
            });
        }
    }
    Ok(())
}

/// From the length of the middle one of all samples, which is gravity unless the sensor is shaken.
fn accel_scale(values: &[Vector3<f64>]) -> Option<(f64, &'static str)> {
    let mut lengths: Vec<f64> = values.iter().map(Vector3::norm).collect();
    lengths.retain(|length| length.is_finite());
    let middle = lengths.len() / 2;
    if lengths.is_empty() {
        return None;
    }
    let typical = *lengths.select_nth_unstable_by(middle, f64::total_cmp).1;
    let gravity = AccelUnit::G.m_s2();
    let units = [(1.0, "m/s²"), (gravity, "g"), (gravity / 1000.0, "mg")];
    units
        .into_iter()
        .find(|(scale, _)| (0.85..1.18).contains(&(typical * scale / gravity)))
}

/// From the speed of the quaternion, or of gravity's direction.
fn gyro_scale(sensor: &SensorSamples) -> Option<(f64, &'static str)> {
    let ratio = if sensor.earth_from_sensor.is_some() {
        check(sensor).gyro_ratio?
    } else {
        gravity_ratio(sensor)?
    };
    let units = [
        (GyroUnit::Rad.rad_s(), "rad/s"),
        (GyroUnit::Deg.rad_s(), "deg/s"),
    ];
    units
        .into_iter()
        .find(|(scale, _)| (1.0 / OFF..OFF).contains(&(ratio * scale)))
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
