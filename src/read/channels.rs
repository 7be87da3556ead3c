//! From columns of numbers to the channels of a sensor.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use super::error::ReadError;
use super::header::Header;
use super::table::Table;
use super::{AccelUnit, GyroUnit, QuaternionOrder, ReadOptions};
use crate::sample::{Clock, SensorSamples};

pub(super) use crate::protocol::turn::from_matrix;

/// Three columns that make a vector, and what their values are multiplied by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Triple {
    pub(super) columns: [usize; 3],
    pub(super) scale: f64,
}

/// Where the channels of one sensor stand in a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct SensorColumns {
    pub(super) name: String,
    pub(super) time: Option<usize>,
    /// w, x, y, z.
    pub(super) quaternion: Option<[usize; 4]>,
    pub(super) gyro: Option<Triple>,
    pub(super) accel: Option<Triple>,
    pub(super) mag: Option<Triple>,
}

impl SensorColumns {
    /// All columns of this sensor.
    pub(super) fn wanted(&self) -> Vec<usize> {
        let mut wanted: Vec<usize> = self.time.into_iter().collect();
        wanted.extend(self.quaternion.into_iter().flatten());
        let triples = [self.gyro, self.accel, self.mag];
        wanted.extend(
            triples
                .into_iter()
                .flatten()
                .flat_map(|triple| triple.columns),
        );
        wanted
    }

    /// There is a quaternion, or gyroscope and accelerometer to compute one from.
    pub(super) const fn has_orientation(&self) -> bool {
        self.quaternion.is_some() || (self.gyro.is_some() && self.accel.is_some())
    }

    /// The samples, at these times; order and units as the user says, if they do.
    pub(super) fn samples(
        &self,
        table: &Table,
        time_s: Vec<f64>,
        options: &ReadOptions,
    ) -> SensorSamples {
        let vector = |triple: Triple| vectors(table, triple);
        let scaled = |triple: Triple, unit: Option<f64>| {
            let scale = unit.unwrap_or(triple.scale);
            vectors(table, Triple { scale, ..triple })
        };
        let quaternion = |columns| quaternions(table, ordered(columns, options.quaternion_order));
        let gyro_unit = options.gyro_unit.map(GyroUnit::rad_s);
        let accel_unit = options.accel_unit.map(AccelUnit::m_s2);
        SensorSamples {
            name: self.name.clone(),
            place: None,
            clock: Clock::default(),
            time_s,
            earth_from_sensor: self.quaternion.map(quaternion),
            gyro_rad_s: self.gyro.map(|gyro| scaled(gyro, gyro_unit)),
            accel_m_s2: self.accel.map(|accel| scaled(accel, accel_unit)),
            mag_ut: self.mag.map(vector),
        }
    }
}

/// The columns of a quaternion, w first, from left to right in the order that the user says.
pub(super) fn ordered(mut columns: [usize; 4], order: Option<QuaternionOrder>) -> [usize; 4] {
    if let Some(order) = order {
        columns.sort_unstable();
        if order == QuaternionOrder::Xyzw {
            columns.rotate_right(1);
        }
    }
    columns
}

/// The columns of these names, scaled; `None` unless all three are there.
pub(super) fn triple(header: &Header, names: [&str; 3], scale: f64) -> Option<Triple> {
    let [x, y, z] = names.map(|name| header.find(name));
    Some(Triple {
        columns: [x?, y?, z?],
        scale,
    })
}

/// The columns of these names; `None` unless all four are there.
pub(super) fn four(header: &Header, names: [&str; 4]) -> Option<[usize; 4]> {
    let [w, x, y, z] = names.map(|name| header.find(name));
    Some([w?, x?, y?, z?])
}

pub(super) fn quaternions(table: &Table, columns: [usize; 4]) -> Vec<Quaternion<f64>> {
    let [w, x, y, z] = columns.map(|column| table.column(column));
    w.iter()
        .zip(x)
        .zip(y)
        .zip(z)
        .map(|(((&w, &x), &y), &z)| Quaternion::new(w, x, y, z))
        .collect()
}

pub(super) fn vectors(table: &Table, triple: Triple) -> Vec<Vector3<f64>> {
    let [x, y, z] = triple.columns.map(|column| table.column(column));
    let scale = triple.scale;
    x.iter()
        .zip(y)
        .zip(z)
        .map(|((&x, &y), &z)| Vector3::new(x, y, z) * scale)
        .collect()
}

/// Roll, pitch and yaw in degrees, `Rz(yaw) Ry(pitch) Rx(roll)`, as quaternions.
pub(super) fn from_euler_deg(table: &Table, columns: [usize; 3]) -> Vec<Quaternion<f64>> {
    let angles = vectors(
        table,
        Triple {
            columns,
            scale: std::f64::consts::PI / 180.0,
        },
    );
    angles
        .iter()
        .map(|a| *UnitQuaternion::from_euler_angles(a.x, a.y, a.z))
        .collect()
}

/// A counter that starts again at zero after `modulus`, made to rise on.
pub(super) fn unwrapped(counter: &[f64], modulus: f64) -> Vec<f64> {
    let mut turns = 0.0;
    let mut last = f64::NAN;
    let mut next = |value: f64| {
        if value.is_nan() {
            return value;
        }
        if value - last < -modulus / 2.0 {
            turns += modulus;
        }
        last = value;
        value + turns
    };
    counter.iter().map(|&value| next(value)).collect()
}

/// Times of evenly spaced samples, seconds from the first.
pub(super) fn even_times(rows: usize, rate_hz: f64) -> Vec<f64> {
    (0..rows).map(|index| index as f64 / rate_hz).collect()
}

/// The error for a file without orientation, naming what it has.
pub(super) fn no_orientation(header: &Header) -> ReadError {
    ReadError::NoOrientation {
        has: header.listed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_goes_from_left_to_right() {
        let columns = [7, 4, 5, 6];
        assert_eq!(ordered(columns, None), columns);
        assert_eq!(ordered(columns, Some(QuaternionOrder::Xyzw)), columns);
        let first = ordered(columns, Some(QuaternionOrder::Wxyz));
        assert_eq!(first, [4, 5, 6, 7]);
    }

    #[test]
    fn counters_rise_on_after_their_end() {
        let counter = [65534.0, 65535.0, f64::NAN, 0.0, 1.0, 65535.0];
        let rising = unwrapped(&counter, 65536.0);
        assert_eq!(rising[..2], [65534.0, 65535.0]);
        assert!(rising[2].is_nan());
        assert_eq!(rising[3..], [65536.0, 65537.0, 131_071.0]);
    }
}
