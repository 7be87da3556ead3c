//! Coordinate frames, and rotations that know which two they join.
//!
//! | frame | axes |
//! |---|---|
//! | [`Earth`] | right-handed, Z up, heading arbitrary |
//! | [`Sensor`] | the device's own axes |
//! | [`Head`], [`Trunk`] | ISB: X forward, Y up, Z to the subject's right |
//!
//! A [`Rotation<To, From>`] turns a vector written in `From` into the same vector written in `To`.
//! Variables are named the same way, so that inner names cancel:
//! `earth_from_head = earth_from_sensor * sensor_from_head`.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Mul;
use std::str::FromStr;

use nalgebra::{Matrix3, Rotation3, UnitQuaternion, Vector3};

/// Right-handed, Z up; heading zero is arbitrary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earth {}
/// The device's own axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensor {}
/// The head: X forward, Y up, Z right (ISB).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {}
/// The trunk, or with one sensor the levelled neutral that stands in for it: X forward, Y up, Z right (ISB).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trunk {}

/// A rotation from the axes of `From` to the axes of `To`; a unit quaternion (w, x, y, z, Hamilton) inside.
pub struct Rotation<To, From> {
    quaternion: UnitQuaternion<f64>,
    frames: PhantomData<fn() -> (To, From)>,
}

impl<To, From> Rotation<To, From> {
    /// Asserts that `quaternion` turns `From` into `To`. This is where a frame error can enter:
    /// only readers, alignment and the simulator call it.
    pub const fn claim(quaternion: UnitQuaternion<f64>) -> Self {
        Self {
            quaternion,
            frames: PhantomData,
        }
    }

    /// The two frames coincide.
    pub fn identity() -> Self {
        Self::claim(UnitQuaternion::identity())
    }

    /// The bare quaternion.
    pub const fn quaternion(&self) -> UnitQuaternion<f64> {
        self.quaternion
    }

    /// The same rotation the other way.
    #[must_use]
    pub fn inverse(&self) -> Rotation<From, To> {
        Rotation::claim(self.quaternion.inverse())
    }

    /// The vector, written in `To`.
    pub fn apply(&self, vector_in_from: &Vector3<f64>) -> Vector3<f64> {
        self.quaternion * vector_in_from
    }

    /// Angle of the whole rotation, radians, 0 to π.
    pub fn angle_rad(&self) -> f64 {
        self.quaternion.angle()
    }

    /// Components w, x, y, z with w not negative, as files and results carry them.
    pub fn wxyz(&self) -> [f64; 4] {
        let q = self.quaternion;
        let sign = if q.w < 0.0 { -1.0 } else { 1.0 };
        [sign * q.w, sign * q.i, sign * q.j, sign * q.k]
    }
}

impl<To, Mid, From> Mul<Rotation<Mid, From>> for Rotation<To, Mid> {
    type Output = Rotation<To, From>;
    fn mul(self, right: Rotation<Mid, From>) -> Self::Output {
        Rotation::claim(self.quaternion * right.quaternion)
    }
}

impl<To, From> Clone for Rotation<To, From> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<To, From> Copy for Rotation<To, From> {}
impl<To, From> PartialEq for Rotation<To, From> {
    fn eq(&self, other: &Self) -> bool {
        self.quaternion == other.quaternion
    }
}
impl<To, From> fmt::Debug for Rotation<To, From> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [w, x, y, z] = self.wxyz();
        write!(f, "Rotation({w:.4}, {x:.4}, {y:.4}, {z:.4})")
    }
}

/// How a sensor sits on its segment, declared as the sensor axes that point forward and up.
///
/// Written `+x,+z`: the sensor's +X points forward, its +Z up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mount {
    /// Sensor axis that points forward, unit vector.
    pub forward: Vector3<f64>,
    /// Sensor axis that points up, unit vector.
    pub up: Vector3<f64>,
    /// Take the axes as they are (`true`), or level them in neutral (`false`).
    pub exact: bool,
}

impl Mount {
    /// The segment's ISB axes, seen from the sensor as declared: `segment_from_sensor`.
    pub fn segment_from_sensor<Segment>(&self) -> Rotation<Segment, Sensor> {
        segment_from_axes(&self.forward, &self.up).unwrap_or_else(Rotation::identity)
    }
}

/// The rotation into an ISB segment whose forward and up directions are known in sensor axes.
/// `up` is kept, `forward` is levelled against it. `None` when the two are parallel or zero.
pub fn segment_from_axes<Segment>(
    forward: &Vector3<f64>,
    up: &Vector3<f64>,
) -> Option<Rotation<Segment, Sensor>> {
    let up = up.try_normalize(1e-9)?;
    let forward = (forward - up * forward.dot(&up)).try_normalize(1e-6)?;
    let right = forward.cross(&up);
    let matrix = Matrix3::from_rows(&[forward.transpose(), up.transpose(), right.transpose()]);
    let rotation = Rotation3::from_matrix_unchecked(matrix);
    Some(Rotation::claim(UnitQuaternion::from_rotation_matrix(
        &rotation,
    )))
}

/// Why a mount could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a mount: write the sensor axes that point forward and up, such as +x,+z")]
pub struct MountError(String);

impl FromStr for Mount {
    type Err = MountError;

    fn from_str(text: &str) -> Result<Self, MountError> {
        let error = || MountError(text.to_owned());
        let (forward, up) = text.split_once(',').ok_or_else(error)?;
        let forward = axis(forward).ok_or_else(error)?;
        let up = axis(up).ok_or_else(error)?;
        if forward.dot(&up).abs() > 0.5 {
            return Err(error());
        }
        Ok(Self {
            forward,
            up,
            exact: false,
        })
    }
}

/// A signed axis such as `+x` or `-z`, unit vector; without a sign it is positive.
pub fn axis(text: &str) -> Option<Vector3<f64>> {
    let text = text.trim();
    let (sign, name) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    match name {
        "x" | "X" => Some(Vector3::x() * sign),
        "y" | "Y" => Some(Vector3::y() * sign),
        "z" | "Z" => Some(Vector3::z() * sign),
        _ => None,
    }
}

impl fmt::Display for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", axis_name(&self.forward), axis_name(&self.up))
    }
}

fn axis_name(axis: &Vector3<f64>) -> String {
    let (index, name) = [(0, 'x'), (1, 'y'), (2, 'z')][axis.iamax()];
    format!("{}{name}", if axis[index] < 0.0 { '-' } else { '+' })
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn forward_x_up_z_puts_right_on_minus_y() {
        let mount: Mount = "+x,+z".parse().unwrap();
        let head_from_sensor: Rotation<Head, Sensor> = mount.segment_from_sensor();
        assert_relative_eq!(
            head_from_sensor.apply(&Vector3::x()),
            Vector3::x(),
            epsilon = 1e-12
        );
        assert_relative_eq!(
            head_from_sensor.apply(&Vector3::z()),
            Vector3::y(),
            epsilon = 1e-12
        );
        assert_relative_eq!(
            head_from_sensor.apply(&-Vector3::y()),
            Vector3::z(),
            epsilon = 1e-12
        );
    }

    #[test]
    fn a_mount_prints_as_it_is_written_and_refuses_nonsense() {
        assert_eq!("-y,+x".parse::<Mount>().unwrap().to_string(), "-y,+x");
        for bad in ["", "+x", "+x,+x", "+x,-x", "forward,up", "+x,+q"] {
            assert!(bad.parse::<Mount>().is_err(), "{bad}");
        }
    }

    #[test]
    fn parallel_axes_have_no_segment() {
        let none = segment_from_axes::<Head>(&Vector3::z(), &Vector3::z());
        assert!(none.is_none());
    }
}
