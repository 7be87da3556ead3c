//! Which samples of a sensor are usable: in order of time, and numbers.

use nalgebra::{Quaternion, Vector3};

use super::OrientationError;
use crate::sample::{NORM_TOLERANCE, SensorSamples};
use crate::warning::{Warning, Warnings};

/// What orientation is to be made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// The device's own quaternions; the gyroscope comes along where there is one.
    Quaternions,
    /// Gyroscope and accelerometer, to be fused.
    Inertial {
        /// And the magnetometer.
        mag: bool,
    },
}

/// The columns that orientation is made from.
#[derive(Default)]
pub(super) struct Taken<'a> {
    pub(super) quaternions: Option<&'a [Quaternion<f64>]>,
    pub(super) gyro: Option<&'a [Vector3<f64>]>,
    pub(super) accel: Option<&'a [Vector3<f64>]>,
    pub(super) mag: Option<&'a [Vector3<f64>]>,
}

impl<'a> Taken<'a> {
    pub(super) fn of(
        sensor: &'a SensorSamples,
        channels: Channels,
    ) -> Result<Self, OrientationError> {
        let gyro = sensor.gyro_rad_s.as_deref();
        let accel = sensor.accel_m_s2.as_deref();
        let missing = || OrientationError::missing(sensor, channels);
        match channels {
            Channels::Quaternions => Ok(Self {
                quaternions: Some(sensor.earth_from_sensor.as_deref().ok_or_else(missing)?),
                gyro,
                ..Self::default()
            }),
            Channels::Inertial { mag } => Ok(Self {
                gyro: Some(gyro.ok_or_else(missing)?),
                accel: Some(accel.ok_or_else(missing)?),
                mag: match (mag, sensor.mag_ut.as_deref()) {
                    (true, None) => return Err(missing()),
                    (true, magnetometer) => magnetometer,
                    (false, _) => None,
                },
                ..Self::default()
            }),
        }
    }

    /// What is wrong with a sample, if anything is. A magnetometer may be slower than the rest.
    fn fault(&self, i: usize) -> Option<Fault> {
        if let Some(quaternions) = self.quaternions {
            let norm = quaternions[i].coords.norm();
            let sound = (norm - 1.0).abs() <= NORM_TOLERANCE;
            return (!sound).then_some(Fault::Norm(norm));
        }
        let finite = |channel: Option<&[Vector3<f64>]>| {
            channel.is_none_or(|channel| channel[i].iter().all(|c| c.is_finite()))
        };
        let sound = finite(self.gyro) && finite(self.accel);
        (!sound).then_some(Fault::NotANumber)
    }
}

enum Fault {
    /// A quaternion of this norm.
    Norm(f64),
    NotANumber,
}

impl Fault {
    fn count(&self, sample: usize, t: f64, warnings: &mut Warnings) {
        match self {
            Self::Norm(norm) => warnings.add(Warning::CorruptQuaternion, || {
                format!("sample {sample} at {t:.3} s: norm {norm:.3}, dropped")
            }),
            Self::NotANumber => warnings.add(Warning::MissingValue, || {
                format!("sample {sample} at {t:.3} s: not a number, dropped")
            }),
        }
    }
}

/// Indices of usable samples, rising in time.
pub(super) fn clean(time_s: &[f64], taken: &Taken<'_>, warnings: &mut Warnings) -> Vec<usize> {
    let mut kept = Vec::with_capacity(time_s.len());
    let mut last_s = f64::NEG_INFINITY;
    for (i, &t) in time_s.iter().enumerate() {
        let fault = if t.is_finite() {
            taken.fault(i)
        } else {
            Some(Fault::NotANumber)
        };
        if let Some(fault) = fault {
            fault.count(i + 1, t, warnings);
        } else if t > last_s {
            last_s = t;
            kept.push(i);
        } else if t < last_s {
            warnings.add(Warning::TimeBackwards, || {
                format!(
                    "sample {} at {t:.3} s comes after {last_s:.3} s, dropped",
                    i + 1
                )
            });
        } else {
            warnings.add(Warning::Duplicate, || {
                format!("sample {} repeats the time {t:.3} s, dropped", i + 1)
            });
        }
    }
    kept
}

/// What a sensor has, for a refusal.
pub(super) fn channels_present(sensor: &SensorSamples) -> String {
    let channels = [
        (sensor.earth_from_sensor.is_some(), "quaternions"),
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
