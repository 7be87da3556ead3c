//! Which samples of a sensor are usable: in order of time, and numbers.

use nalgebra::{Quaternion, Vector3};

use super::OrientationError;
use crate::sample::{NORM_TOLERANCE, SensorSamples, keep};
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

/// The columns that orientation is made from; what else the sensor had is let go.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) time_s: Vec<f64>,
    pub(super) quaternions: Option<Vec<Quaternion<f64>>>,
    pub(super) gyro: Option<Vec<Vector3<f64>>>,
    pub(super) accel: Option<Vec<Vector3<f64>>>,
    pub(super) mag: Option<Vec<Vector3<f64>>>,
}

impl Taken {
    pub(super) fn of(sensor: SensorSamples, channels: Channels) -> Result<Self, OrientationError> {
        let has_all = match channels {
            Channels::Quaternions => sensor.earth_from_sensor.is_some(),
            Channels::Inertial { mag } => {
                let has_mag = !mag || sensor.mag_ut.is_some();
                sensor.gyro_rad_s.is_some() && sensor.accel_m_s2.is_some() && has_mag
            }
        };
        if !has_all {
            return Err(OrientationError::missing(&sensor, channels));
        }
        let both = Self {
            time_s: sensor.time_s,
            gyro: sensor.gyro_rad_s,
            ..Self::default()
        };
        Ok(match channels {
            Channels::Quaternions => Self {
                quaternions: sensor.earth_from_sensor,
                ..both
            },
            Channels::Inertial { mag } => Self {
                accel: sensor.accel_m_s2,
                mag: sensor.mag_ut.filter(|_| mag),
                ..both
            },
        })
    }

    /// Lets go of the samples that are not usable, so that time rises.
    pub(super) fn clean(&mut self, warnings: &mut Warnings) {
        let unusable = self.unusable(warnings);
        if unusable.is_empty() {
            return;
        }
        let mut usable = vec![true; self.time_s.len()];
        for at in unusable {
            usable[at] = false;
        }
        keep(&mut self.time_s, &usable);
        if let Some(quaternions) = &mut self.quaternions {
            keep(quaternions, &usable);
        }
        let vectors = [&mut self.gyro, &mut self.accel, &mut self.mag];
        for vectors in vectors.into_iter().flatten() {
            keep(vectors, &usable);
        }
    }

    /// Indices of samples that are not numbers or do not go on in time.
    fn unusable(&self, warnings: &mut Warnings) -> Vec<usize> {
        let mut unusable = Vec::new();
        let mut last_s = f64::NEG_INFINITY;
        for (i, &t) in self.time_s.iter().enumerate() {
            match self.fault(i).or_else(|| Fault::of_order(t, last_s)) {
                None => last_s = t,
                Some(fault) => {
                    fault.count(i + 1, t, warnings);
                    unusable.push(i);
                }
            }
        }
        unusable
    }

    /// What is wrong with a sample, if anything is. A magnetometer may be slower than the rest.
    fn fault(&self, i: usize) -> Option<Fault> {
        if !self.time_s[i].is_finite() {
            return Some(Fault::NotANumber);
        }
        if let Some(quaternions) = &self.quaternions {
            let norm = quaternions[i].coords.norm();
            let sound = (norm - 1.0).abs() <= NORM_TOLERANCE;
            return (!sound).then_some(Fault::Norm(norm));
        }
        let finite = |channel: &Option<Vec<Vector3<f64>>>| {
            let channel = channel.as_ref();
            channel.is_none_or(|channel| channel[i].iter().all(|c| c.is_finite()))
        };
        let sound = finite(&self.gyro) && finite(&self.accel);
        (!sound).then_some(Fault::NotANumber)
    }
}

enum Fault {
    /// A quaternion of this norm.
    Norm(f64),
    NotANumber,
    /// After a sample of this time, seconds.
    Backwards(f64),
    Repeated,
}

impl Fault {
    /// What is wrong with a time after the one before it.
    fn of_order(time_s: f64, last_s: f64) -> Option<Self> {
        if time_s > last_s {
            None
        } else if time_s < last_s {
            Some(Self::Backwards(last_s))
        } else {
            Some(Self::Repeated)
        }
    }

    fn count(&self, sample: usize, t: f64, warnings: &mut Warnings) {
        match self {
            Self::Norm(norm) => warnings.add(Warning::CorruptQuaternion, || {
                format!("sample {sample} at {t:.3} s: norm {norm:.3}, dropped")
            }),
            Self::NotANumber => warnings.add(Warning::MissingValue, || {
                format!("sample {sample} at {t:.3} s: not a number, dropped")
            }),
            Self::Backwards(last_s) => warnings.add(Warning::TimeBackwards, || {
                format!("sample {sample} at {t:.3} s comes after {last_s:.3} s, dropped")
            }),
            Self::Repeated => warnings.add(Warning::Duplicate, || {
                format!("sample {sample} repeats the time {t:.3} s, dropped")
            }),
        }
    }
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
