//! The channels of a sensor as they grow.

use nalgebra::{Quaternion, Vector3};

use crate::protocol::Sample;
use crate::read::sparse::Sparse;
use crate::sample::SensorSamples;

/// Samples in the order in which they came.
#[derive(Debug)]
pub(super) struct Columns {
    /// What the device's clock showed, seconds; not a number where it sent none.
    pub(super) device_s: Vec<f64>,
    /// The number of the sample.
    pub(super) number: Vec<f64>,
    turns: Sparse<Quaternion<f64>>,
    gyro: Sparse<Vector3<f64>>,
    accel: Sparse<Vector3<f64>>,
    mag: Sparse<Vector3<f64>>,
}

impl Default for Columns {
    fn default() -> Self {
        let none = Vector3::repeat(f64::NAN);
        Self {
            device_s: Vec::new(),
            number: Vec::new(),
            turns: Sparse::new(Quaternion::from([f64::NAN; 4])),
            gyro: Sparse::new(none),
            accel: Sparse::new(none),
            mag: Sparse::new(none),
        }
    }
}

impl Columns {
    pub(super) fn push(&mut self, sample: &Sample, number: f64) {
        let row = self.len();
        self.device_s.push(sample.device_time_s.unwrap_or(f64::NAN));
        self.number.push(number);
        if let Some(turn) = sample.earth_from_sensor {
            self.turns.set(row, turn);
        }
        let vectors = [
            (&mut self.gyro, sample.gyro_rad_s),
            (&mut self.accel, sample.accel_m_s2),
            (&mut self.mag, sample.mag_ut),
        ];
        for (channel, value) in vectors {
            if let Some(value) = value {
                channel.set(row, value);
            }
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.number.len()
    }

    pub(super) fn into_sensor(self, time_s: Vec<f64>) -> SensorSamples {
        let rows = self.len();
        SensorSamples {
            time_s,
            earth_from_sensor: self.turns.into_rows(rows),
            gyro_rad_s: self.gyro.into_rows(rows),
            accel_m_s2: self.accel.into_rows(rows),
            mag_ut: self.mag.into_rows(rows),
            ..SensorSamples::default()
        }
    }
}
