//! From columns of numbers to the channels of a sensor.

use nalgebra::{Matrix3, Quaternion, UnitQuaternion, Vector3};

use super::error::ReadError;
use super::euler::{Sequence, off_deg};
use super::header::Header;
use super::table::Table;
use super::{AccelUnit, AngleUnit, GyroUnit, QuaternionOrder, ReadOptions};
use crate::sample::{Clock, SensorSamples};

pub(super) use crate::protocol::turn::from_matrix;

/// Three columns that make a vector, and what their values are multiplied by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Triple {
    pub(super) columns: [usize; 3],
    pub(super) scale: f64,
}

/// Three columns of angles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Angles {
    /// In the order of the sequence.
    pub(super) columns: [usize; 3],
    pub(super) sequence: Sequence,
    pub(super) unit: AngleUnit,
}

impl Angles {
    /// Columns of roll, pitch and yaw in degrees: `Rz(yaw) Ry(pitch) Rx(roll)`.
    pub(super) const fn roll_pitch_yaw_deg([roll, pitch, yaw]: [usize; 3]) -> Self {
        Self {
            columns: [yaw, pitch, roll],
            sequence: Sequence::ZYX,
            unit: AngleUnit::Deg,
        }
    }

    /// Sensor to earth, of one row.
    fn quaternion(&self, table: &Table, row: usize) -> Quaternion<f64> {
        let angles = self.columns.map(|column| {
            let value = table.column(column).get(row);
            value.map_or(f64::NAN, |angle| angle * self.unit.rad())
        });
        self.sequence.quaternion(angles)
    }
}

/// Where the channels of one sensor stand in a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct SensorColumns {
    pub(super) name: String,
    pub(super) time: Option<usize>,
    /// w, x, y, z.
    pub(super) quaternion: Option<[usize; 4]>,
    /// The orientation where there is no quaternion; else they are compared with it.
    pub(super) angles: Option<Angles>,
    pub(super) gyro: Option<Triple>,
    pub(super) accel: Option<Triple>,
    pub(super) mag: Option<Triple>,
}

impl SensorColumns {
    /// All columns of this sensor.
    pub(super) fn wanted(&self) -> Vec<usize> {
        let mut wanted: Vec<usize> = self.time.into_iter().collect();
        wanted.extend(self.quaternion.into_iter().flatten());
        wanted.extend(self.angles.iter().flat_map(|angles| angles.columns));
        let triples = [self.gyro, self.accel, self.mag];
        wanted.extend(
            triples
                .into_iter()
                .flatten()
                .flat_map(|triple| triple.columns),
        );
        wanted
    }

    /// There is a quaternion, or what one can be computed from.
    pub(super) const fn has_orientation(&self) -> bool {
        self.quaternion.is_some()
            || self.angles.is_some()
            || (self.gyro.is_some() && self.accel.is_some())
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
        let (earth_from_sensor, angles_off_deg) = self.orientation(table, time_s.len(), options);
        let gyro_unit = options.gyro_unit.map(GyroUnit::rad_s);
        let accel_unit = options.accel_unit.map(AccelUnit::m_s2);
        SensorSamples {
            name: self.name.clone(),
            place: None,
            clock: Clock::default(),
            time_s,
            earth_from_sensor,
            gyro_rad_s: self.gyro.map(|gyro| scaled(gyro, gyro_unit)),
            accel_m_s2: self.accel.map(|accel| scaled(accel, accel_unit)),
            mag_ut: self.mag.map(vector),
            angles_off_deg,
        }
    }

    /// From the quaternion, else from the angles; and how far the two are apart, degrees.
    fn orientation(
        &self,
        table: &Table,
        rows: usize,
        options: &ReadOptions,
    ) -> (Option<Vec<Quaternion<f64>>>, Option<f64>) {
        let order = options.quaternion_order;
        let found = self
            .quaternion
            .map(|columns| quaternions(table, ordered(columns, order)));
        let Some(angles) = self.angles else {
            return (found, None);
        };
        let turned = |row: usize| angles.quaternion(table, row);
        match found {
            Some(found) => {
                let off_deg = off_deg(&found, turned);
                (Some(found), off_deg)
            }
            None => (Some((0..rows).map(turned).collect()), None),
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

/// Columns of an orientation that is not written as a quaternion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Turned {
    /// A rotation matrix: the columns of its first column, of its second, of its third.
    Matrix([[usize; 3]; 3]),
    /// Roll, pitch and yaw in degrees, `Rz(yaw) Ry(pitch) Rx(roll)`.
    EulerDeg([usize; 3]),
}

impl Turned {
    /// A rotation matrix whose columns have these names, given row after row.
    pub(super) fn matrix(header: &Header, rows: [[&str; 3]; 3]) -> Option<Self> {
        let column = |c: usize| {
            let names = rows.map(|row| row[c]);
            triple(header, names, 1.0).map(|found| found.columns)
        };
        Some(Self::Matrix([column(0)?, column(1)?, column(2)?]))
    }

    /// Roll, pitch and yaw of these names.
    pub(super) fn euler_deg(header: &Header, names: [&str; 3]) -> Option<Self> {
        triple(header, names, 1.0).map(|found| Self::EulerDeg(found.columns))
    }

    /// All its columns.
    pub(super) fn wanted(self) -> Vec<usize> {
        match self {
            Self::Matrix(columns) => columns.concat(),
            Self::EulerDeg(columns) => columns.to_vec(),
        }
    }

    /// As quaternions; not a number where the matrix is no rotation.
    pub(super) fn quaternions(self, table: &Table) -> Vec<Quaternion<f64>> {
        match self {
            Self::Matrix(columns) => {
                let [x, y, z] = columns.map(|columns| {
                    vectors(
                        table,
                        Triple {
                            columns,
                            scale: 1.0,
                        },
                    )
                });
                let rows = x.iter().zip(&y).zip(&z);
                rows.map(|((x, y), z)| from_matrix(&Matrix3::from_columns(&[*x, *y, *z])))
                    .collect()
            }
            Self::EulerDeg(columns) => from_euler_deg(table, columns),
        }
    }
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
