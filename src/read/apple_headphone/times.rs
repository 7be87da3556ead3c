//! The times of a file of Apple's device motion.

use nalgebra::UnitQuaternion;

use crate::read::channels::even_times;
use crate::read::streams::{epoch_s, spread_repeats};
use crate::read::{ReadError, ReadOptions};
use crate::sample::{SensorSamples, median_step};
use crate::warning::{Warning, Warnings};

/// Rates that headphones, phones and watches are asked for.
const USUAL_HZ: [f64; 4] = [25.0, 50.0, 60.0, 100.0];
/// No step between two samples is so long: times are in a smaller unit.
const LONGEST_STEP_S: f64 = 2.0;

/// Seconds, by what is written, what the user says, or how fast the sensor turns.
pub(super) fn times(
    written: Option<&[f64]>,
    sensor: &SensorSamples,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Vec<f64>, ReadError> {
    let rows = sensor.len();
    if let Some(written) = written
        && let Some(mut times_s) = seconds(written, options)
    {
        if are_whole_seconds(&times_s) {
            return Ok(within_seconds(&times_s, sensor, options, warnings));
        }
        let moved = spread_repeats(&mut times_s);
        warnings.add_many(Warning::RateAssumed, moved, || {
            "samples with the time of the one before; spread evenly up to the next".to_owned()
        });
        return Ok(times_s);
    }
    if let Some(rate_hz) = options.rate_hz {
        return Ok(even_times(rows, rate_hz));
    }
    let rate_hz = usual(rate_of_turning(sensor).ok_or(ReadError::NoRate)?);
    warnings.add(Warning::RateAssumed, || {
        format!("no times; from the gyroscope, {rate_hz} samples a second")
    });
    Ok(even_times(rows, rate_hz))
}

/// Times in seconds, whatever they count; `None` when they do not rise.
fn seconds(written: &[f64], options: &ReadOptions) -> Option<Vec<f64>> {
    let unit_s = options.time_unit_s;
    let one = |&value: &f64| unit_s.map_or_else(|| epoch_s(value), |unit_s| value * unit_s);
    let mut times_s: Vec<f64> = written.iter().map(one).collect();
    let mut step = median_step(&times_s)?;
    while unit_s.is_none() && step > LONGEST_STEP_S && step.is_finite() {
        for time_s in &mut times_s {
            *time_s /= 1000.0;
        }
        step /= 1000.0;
    }
    Some(times_s)
}

fn are_whole_seconds(times_s: &[f64]) -> bool {
    let whole = times_s
        .iter()
        .all(|time| time.fract().abs() < f64::EPSILON || time.is_nan());
    let repeated = |pair: &&[f64]| pair[0].total_cmp(&pair[1]).is_eq();
    let repeats = times_s.windows(2).filter(repeated).count();
    whole && repeats * 2 > times_s.len()
}

/// Even times within whole seconds, anew where rows are missing.
pub(super) fn within_seconds(
    whole_s: &[f64],
    sensor: &SensorSamples,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Vec<f64> {
    let counts: Vec<usize> = whole_s
        .chunk_by(|one, other| one.total_cmp(other).is_eq())
        .map(<[f64]>::len)
        .collect();
    let rate_hz = options
        .rate_hz
        .unwrap_or_else(|| rate_of_counts(&counts, sensor));
    warnings.add(Warning::RateAssumed, || {
        format!("times of one second only; taken as {rate_hz} samples a second")
    });
    let step_s = 1.0 / rate_hz;
    let first = counts.first().copied().unwrap_or_default() as f64;
    let start = whole_s.first().copied().unwrap_or_default();
    let mut time_s = start + (1.0 - (first + 0.5) * step_s).max(-step_s);
    let mut next = |&second: &f64| {
        let least_s = 0.1f64.mul_add(step_s, time_s);
        time_s += step_s;
        if second.is_finite() && (time_s < second - 0.5 || time_s > second + 1.5) {
            time_s = second.max(least_s);
        }
        time_s
    };
    whole_s.iter().map(&mut next).collect()
}

/// Samples a second, from the rows of each second. The first and the last second are not whole; where
/// there are no others the gyroscope tells, or the rate is the least usual one that has so many.
pub(super) fn rate_of_counts(counts: &[usize], sensor: &SensorSamples) -> f64 {
    let whole = counts.get(1..counts.len().saturating_sub(1));
    let mut whole = whole.unwrap_or_default().to_vec();
    if whole.is_empty() {
        let most = counts.iter().copied().max().unwrap_or(1) as f64;
        let enough = |rate_hz: &f64| *rate_hz >= 0.9 * most;
        let of_turning = rate_of_turning(sensor).map(usual).filter(enough);
        let least = || USUAL_HZ.iter().copied().find(enough).unwrap_or(most);
        return of_turning.unwrap_or_else(least);
    }
    let middle = whole.len() / 2;
    usual(*whole.select_nth_unstable(middle).1 as f64)
}

/// The usual rate near this one, or this one.
fn usual(rate_hz: f64) -> f64 {
    let near = |usual: &&f64| (rate_hz / **usual - 1.0).abs() < 0.15;
    USUAL_HZ.iter().find(near).copied().unwrap_or(rate_hz)
}

/// Samples a second at which the orientation turns as fast as the gyroscope says.
fn rate_of_turning(sensor: &SensorSamples) -> Option<f64> {
    let quaternions = sensor.earth_from_sensor.as_ref()?;
    let gyro = sensor.gyro_rad_s.as_ref()?;
    let (mut turned, mut told) = (0.0, 0.0);
    for (pair, gyro) in quaternions.windows(2).zip(gyro) {
        let [one, other] = [pair[0], pair[1]].map(|q| UnitQuaternion::try_new(q, 1e-6));
        let angle = one
            .zip(other)
            .map_or(f64::NAN, |(one, other)| one.angle_to(&other));
        if angle.is_finite() && gyro.norm().is_finite() && angle < 0.5 {
            turned += angle;
            told += gyro.norm();
        }
    }
    let rate_hz = told / turned;
    (1.0..1000.0).contains(&rate_hz).then_some(rate_hz)
}
