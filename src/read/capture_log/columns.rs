//! The channels of a sensor as they grow.

use nalgebra::{Quaternion, Vector3};

use crate::protocol::Sample;
use crate::sample::SensorSamples;

/// A channel that begins with the first value; before it, and where there is none, it is not a number.
#[derive(Debug)]
struct Column<T>(Option<Vec<T>>);

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Copy> Column<T> {
    fn push(&mut self, value: Option<T>, rows: usize, none: T) {
        if value.is_some() && self.0.is_none() {
            self.0 = Some(vec![none; rows]);
        }
        if let Some(values) = &mut self.0 {
            values.push(value.unwrap_or(none));
        }
    }
}

/// Samples in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// What the device's clock showed, seconds; not a number where it sent none.
    pub(super) device_s: Vec<f64>,
    /// The number of the sample.
    pub(super) number: Vec<f64>,
    turns: Column<Quaternion<f64>>,
    gyro: Column<Vector3<f64>>,
    accel: Column<Vector3<f64>>,
    mag: Column<Vector3<f64>>,
}

impl Columns {
    pub(super) fn push(&mut self, sample: &Sample, number: f64) {
        let rows = self.len();
        let none = Vector3::repeat(f64::NAN);
        let no_turn = Quaternion::from_vector(nalgebra::Vector4::repeat(f64::NAN));
        self.device_s.push(sample.device_time_s.unwrap_or(f64::NAN));
        self.number.push(number);
        self.turns.push(sample.earth_from_sensor, rows, no_turn);
        self.gyro.push(sample.gyro_rad_s, rows, none);
        self.accel.push(sample.accel_m_s2, rows, none);
        self.mag.push(sample.mag_ut, rows, none);
    }

    pub(super) const fn len(&self) -> usize {
        self.number.len()
    }

    pub(super) fn into_sensor(self, time_s: Vec<f64>) -> SensorSamples {
        SensorSamples {
            time_s,
            earth_from_sensor: self.turns.0,
            gyro_rad_s: self.gyro.0,
            accel_m_s2: self.accel.0,
            mag_ut: self.mag.0,
            ..SensorSamples::default()
        }
    }
}
