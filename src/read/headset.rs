//! What logs of headsets share: one header line, a pose of the head in the axes of a game engine.
//!
//! Unity, and what is built on it: left-handed axes, X right, Y up, Z forward. Angles are degrees, X
//! pitch (positive: nose down), Y yaw (positive: to the right), Z roll (positive: left ear down), turned in
//! the order Y, X, Z about axes that move along. `OpenXR` and the native Oculus kit: right-handed axes, X right, Y
//! up, Z backward. Mirrored along Z the two are the same, so either way the sensor has X right, Y up
//! and Z backward here, and how it sits on the head is known.
//!
//! A headset that has lost its tracking writes zeros: a quaternion of zeros, or three angles of
//! exactly zero. Both are missing values.

use nalgebra::{Quaternion, Vector3, Vector4};

use super::channels;
use super::convention::{Convention, Mirror, Up};
use super::euler::Sequence;
use super::table::Table;
use crate::frames::Mount;
use crate::sample::{About, Recording, SensorPlace, SensorSamples};
use crate::warning::{Warning, Warnings};

/// Unity's axes.
pub(super) const UNITY: Convention = Convention {
    conjugate: false,
    left_handed: Some(Mirror::Z),
    up: Up::Y,
    gravity_down: false,
};
/// The axes of `OpenXR` and of Oculus' native kit.
pub(super) const NATIVE: Convention = Convention {
    left_handed: None,
    ..UNITY
};

/// Where the orientation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pose {
    /// Columns of w, x, y, z.
    Quaternion([usize; 4]),
    /// Columns of the angles about X, Y and Z, degrees.
    Angles([usize; 3]),
}

impl Pose {
    pub(super) fn columns(self) -> Vec<usize> {
        match self {
            Self::Quaternion(columns) => columns.to_vec(),
            Self::Angles(columns) => columns.to_vec(),
        }
    }
}

/// The samples of one tracked device in the one convention; poses of zeros are missing.
pub(super) fn sensor(
    table: &Table,
    time_s: Vec<f64>,
    pose: Pose,
    convention: Convention,
    warnings: &mut Warnings,
) -> SensorSamples {
    let mut untracked = 0;
    let mut poses = match pose {
        Pose::Quaternion(columns) => channels::quaternions(table, columns),
        Pose::Angles(columns) => from_angles(table, columns),
    };
    for q in &mut poses {
        if q.coords.iter().all(|part| *part == 0.0) {
            untracked += 1;
            *q = Quaternion::from(Vector4::repeat(f64::NAN));
        }
    }
    warnings.add_many(Warning::MissingValue, untracked, || {
        format!("{untracked} poses of zeros, which a headset writes without tracking")
    });
    let mut sensor = SensorSamples {
        time_s,
        earth_from_sensor: Some(poses),
        ..SensorSamples::default()
    };
    convention.apply_to(&mut sensor);
    sensor
}

/// Zero for angles of exactly zero.
fn from_angles(table: &Table, columns: [usize; 3]) -> Vec<Quaternion<f64>> {
    let triple = channels::Triple {
        columns,
        scale: std::f64::consts::PI / 180.0,
    };
    let turn = |angles: &Vector3<f64>| {
        if angles.iter().all(|angle| *angle == 0.0) {
            Quaternion::from_parts(0.0, Vector3::zeros())
        } else {
            Sequence::YXZ.quaternion([angles.y, angles.x, angles.z])
        }
    };
    channels::vectors(table, triple).iter().map(turn).collect()
}

/// How a headset's axes sit on the head.
pub(super) fn mount() -> Mount {
    Mount {
        forward: -Vector3::z(),
        up: Vector3::y(),
        exact: false,
    }
}

/// A recording of one headset.
pub(super) fn recording(sensor: SensorSamples) -> Recording {
    Recording {
        sensors: vec![SensorSamples {
            name: "head".to_owned(),
            place: Some(SensorPlace::Head),
            ..sensor
        }],
        about: About {
            head_mount: Some(mount()),
            ..About::default()
        },
        ..Recording::default()
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::UnitQuaternion;

    use super::*;

    /// Where the nose and the crown point, after one pose in Unity's angles.
    fn nose_and_crown(angles_deg: [f64; 3]) -> (Vector3<f64>, Vector3<f64>) {
        let columns = angles_deg.map(|angle| vec![angle]).to_vec();
        let table = Table::new(vec![0, 1, 2], columns);
        let pose = Pose::Angles([0, 1, 2]);
        let found = sensor(&table, vec![0.0], pose, UNITY, &mut Warnings::default());
        let q = UnitQuaternion::new_unchecked(found.earth_from_sensor.unwrap()[0]);
        (q * mount().forward, q * mount().up)
    }

    #[test]
    fn pitch_is_nose_down_yaw_is_to_the_right_roll_is_left_ear_down() {
        // Straight ahead is Y of the earth, right is X.
        let (nose, crown) = nose_and_crown([30.0, 0.0, 0.0]);
        assert_relative_eq!(nose, Vector3::new(0.0, 0.866_025, -0.5), epsilon = 1e-5);
        assert_relative_eq!(crown, Vector3::new(0.0, 0.5, 0.866_025), epsilon = 1e-5);
        let (nose, _) = nose_and_crown([0.0, 330.0, 0.0]);
        assert_relative_eq!(nose, Vector3::new(-0.5, 0.866_025, 0.0), epsilon = 1e-5);
        let (nose, crown) = nose_and_crown([0.0, 0.0, 30.0]);
        assert_relative_eq!(nose, Vector3::y(), epsilon = 1e-5);
        assert_relative_eq!(crown, Vector3::new(-0.5, 0.0, 0.866_025), epsilon = 1e-5);
    }

    #[test]
    fn zeros_are_missing() {
        let table = Table::new(
            vec![0, 1, 2, 3],
            vec![vec![0.0, 1.0], vec![0.0; 2], vec![0.0; 2], vec![0.0; 2]],
        );
        let mut warnings = Warnings::default();
        let pose = Pose::Quaternion([0, 1, 2, 3]);
        let found = sensor(&table, vec![0.0, 1.0], pose, NATIVE, &mut warnings);
        let found = found.earth_from_sensor.unwrap();
        assert!(found[0].w.is_nan() && found[1].norm() > 0.99);
        assert_eq!(warnings.count(Warning::MissingValue), 1);
    }
}
