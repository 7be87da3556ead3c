//! The ways in which software writes orientation otherwise than this program takes it, and the way
//! back to the one convention of [`crate::sample`].
//!
//! A file cannot say which of them it uses; the samples can. [`find()`] tries them all against what
//! gravity and the gyroscope say.

mod candidate;
mod change;
mod evidence;
pub mod find;
mod judge;
mod tilt;

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

pub use candidate::Candidate;
pub use find::{Finding, find, glance};
pub use judge::Outcome;
pub use tilt::Tilting;

use crate::sample::{Recording, SensorSamples};

/// What a file does otherwise; the default is the one convention.
///
/// Applied in this order: turn round, mirror, bring up to +Z.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Convention {
    /// The quaternions are earth to sensor.
    pub conjugate: bool,
    /// The quaternions are of left-handed axes; the vectors are not.
    pub left_handed: Option<Mirror>,
    /// Which axis of the file's earth points up.
    pub up: Up,
    /// At rest the accelerometer's vector points down: it gives gravity, not specific force.
    pub gravity_down: bool,
}

/// How left-handed axes lie to the vectors' right-handed ones.
///
/// The same quaternions arise between forward-left-up and forward-right-down axes: a mirror differs
/// from half a turn by -1, which drops out of `mirror * rotation * mirror`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mirror {
    /// X points the other way.
    X,
    /// Y points the other way.
    Y,
    /// Z points the other way.
    Z,
    /// X and Y are swapped.
    Xy,
    /// X and Z are swapped.
    Xz,
    /// Y and Z are swapped.
    Yz,
}

impl Mirror {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::X, Self::Y, Self::Z, Self::Xy, Self::Xz, Self::Yz];

    /// As options have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::X => "x",
            Self::Y => "y",
            Self::Z => "z",
            Self::Xy => "xy",
            Self::Xz => "xz",
            Self::Yz => "yz",
        }
    }

    /// Perpendicular to the mirror, not of unit length.
    const fn normal(self) -> Vector3<f64> {
        match self {
            Self::X => Vector3::new(1.0, 0.0, 0.0),
            Self::Y => Vector3::new(0.0, 1.0, 0.0),
            Self::Z => Vector3::new(0.0, 0.0, 1.0),
            Self::Xy => Vector3::new(1.0, -1.0, 0.0),
            Self::Xz => Vector3::new(1.0, 0.0, -1.0),
            Self::Yz => Vector3::new(0.0, 1.0, -1.0),
        }
    }

    /// The same rotation seen in the mirror. The axis of a rotation is a pseudovector: what lies
    /// along the normal stays, the rest turns over.
    fn apply(self, q: Quaternion<f64>) -> Quaternion<f64> {
        let (axis, normal) = (q.imag(), self.normal());
        let along = normal * (axis.dot(&normal) / normal.norm_squared());
        Quaternion::from_parts(q.scalar(), along * 2.0 - axis)
    }
}

/// An axis of a file's earth that points up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Up {
    /// Z: east-north-up, north-west-up.
    #[default]
    Z,
    /// Y: the axes of games and motion capture.
    Y,
    /// -Z: north-east-down.
    MinusZ,
}

impl Up {
    /// As options have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Z => "z",
            Self::Y => "y",
            Self::MinusZ => "-z",
        }
    }

    /// Up in the file's earth.
    const fn direction(self) -> Vector3<f64> {
        match self {
            Self::Z => Vector3::new(0.0, 0.0, 1.0),
            Self::Y => Vector3::new(0.0, 1.0, 0.0),
            Self::MinusZ => Vector3::new(0.0, 0.0, -1.0),
        }
    }

    /// From the file's earth to one with Z up, about X.
    fn earth_from_file(self) -> UnitQuaternion<f64> {
        let quarter_turns = match self {
            Self::Z => 0.0,
            Self::Y => 1.0,
            Self::MinusZ => 2.0,
        };
        let angle_rad = quarter_turns * std::f64::consts::FRAC_PI_2;
        UnitQuaternion::from_axis_angle(&Vector3::x_axis(), angle_rad)
    }
}

impl Convention {
    /// Brings every sensor of a recording to the one convention.
    pub fn apply(self, recording: &mut Recording) {
        if self != Self::default() {
            for sensor in &mut recording.sensors {
                self.apply_to(sensor);
            }
        }
    }

    pub(super) fn apply_to(self, sensor: &mut SensorSamples) {
        let earth_from_file = self.up.earth_from_file().into_inner();
        for q in sensor.earth_from_sensor.iter_mut().flatten() {
            *q = earth_from_file * self.sensor_side(*q);
        }
        if self.gravity_down {
            for accel in sensor.accel_m_s2.iter_mut().flatten() {
                *accel = -*accel;
            }
        }
    }

    /// Turned round and mirrored; which way is up is as the file has it.
    fn sensor_side(self, q: Quaternion<f64>) -> Quaternion<f64> {
        let q = if self.conjugate { q.conjugate() } else { q };
        self.left_handed.map_or(q, |mirror| mirror.apply(q))
    }

    /// Where the accelerometer's vector points at rest, in the file's earth.
    fn rest_direction(self) -> Vector3<f64> {
        let up = self.up.direction();
        if self.gravity_down { -up } else { up }
    }

    /// The options of the command line that ask for it; empty for the default.
    pub fn options(self) -> Vec<String> {
        let mut options = Vec::new();
        if self.conjugate {
            options.push("--conjugate".to_owned());
        }
        if let Some(mirror) = self.left_handed {
            options.push(format!("--left-handed {}", mirror.name()));
        }
        if self.up != Up::Z {
            options.push(format!("--up {}", self.up.name()));
        }
        if self.gravity_down {
            options.push("--gravity down".to_owned());
        }
        options
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::Matrix3;

    use super::*;

    fn turned() -> UnitQuaternion<f64> {
        UnitQuaternion::from_scaled_axis(Vector3::new(0.3, -0.8, 1.1))
    }

    #[test]
    fn a_mirror_is_what_the_matrices_say() {
        for mirror in Mirror::ALL {
            let n = mirror.normal().try_normalize(0.0).unwrap();
            let reflection = Matrix3::identity() - n * n.transpose() * 2.0;
            let expected = reflection * turned().to_rotation_matrix() * reflection;
            let q = mirror.apply(*turned());
            let found = UnitQuaternion::new_unchecked(q).to_rotation_matrix();
            assert_relative_eq!(*found.matrix(), expected, epsilon = 1e-12);
            assert_relative_eq!(mirror.apply(q), turned().into_inner(), epsilon = 1e-12);
        }
    }

    #[test]
    fn every_up_comes_to_z() {
        for up in [Up::Z, Up::Y, Up::MinusZ] {
            let found = up.earth_from_file() * up.direction();
            assert_relative_eq!(found, Vector3::z(), epsilon = 1e-12);
        }
    }

    #[test]
    fn left_handed_y_up_comes_to_z_up() {
        // A head that has turned a quarter to its left about the vertical, as a game engine with X
        // right, Y up and Z forward writes it: the left-hand rule makes that a turn about -Y.
        let stored = UnitQuaternion::from_axis_angle(&Vector3::y_axis(), -1.0);
        let convention = Convention {
            left_handed: Some(Mirror::Z),
            up: Up::Y,
            ..Convention::default()
        };
        let mut recording = Recording {
            sensors: vec![SensorSamples {
                earth_from_sensor: Some(vec![*stored]),
                ..SensorSamples::default()
            }],
            ..Recording::default()
        };
        convention.apply(&mut recording);
        let q = recording.sensors[0].earth_from_sensor.as_ref().unwrap()[0];
        let q = UnitQuaternion::new_unchecked(q);
        // Right, up and forward were X, Y and, mirrored, -Z of the sensor.
        assert_relative_eq!(q * Vector3::y(), Vector3::z(), epsilon = 1e-12);
        let (still, now) = (Up::Y.earth_from_file() * -Vector3::z(), q * -Vector3::z());
        assert!(
            still.cross(&now).z > 0.8,
            "left is counter-clockwise from above: {now}"
        );
        assert_eq!(convention.options(), ["--left-handed z", "--up y"]);
    }
}
