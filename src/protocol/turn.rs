//! Rotations from what devices send instead of a quaternion, sensor to earth.

use nalgebra::{Matrix3, Quaternion, Rotation3, UnitQuaternion, Vector3};

/// `Rz(yaw) Ry(pitch) Rx(roll)` of roll, pitch and yaw in degrees.
pub(crate) fn from_roll_pitch_yaw_deg(deg: [f64; 3]) -> Quaternion<f64> {
    let [roll, pitch, yaw] = deg.map(f64::to_radians);
    *UnitQuaternion::from_euler_angles(roll, pitch, yaw)
}

/// Roll, pitch and yaw in degrees; the inverse of [`from_roll_pitch_yaw_deg`].
pub(crate) fn roll_pitch_yaw_deg(turn: &Quaternion<f64>) -> [f64; 3] {
    let r = UnitQuaternion::new_normalize(*turn).to_rotation_matrix();
    let roll = r[(2, 1)].atan2(r[(2, 2)]);
    let pitch = -r[(2, 0)].clamp(-1.0, 1.0).asin();
    let yaw = r[(1, 0)].atan2(r[(0, 0)]);
    [roll, pitch, yaw].map(f64::to_degrees)
}

/// A turn about one axis, degrees.
pub(crate) fn about(axis: &Vector3<f64>, deg: f64) -> UnitQuaternion<f64> {
    UnitQuaternion::from_scaled_axis(axis * deg.to_radians())
}

/// `Rz(z) Rx(x) Ry(y)` of z, x and y in degrees.
pub(crate) fn from_zxy_deg([z, x, y]: [f64; 3]) -> Quaternion<f64> {
    *(about(&Vector3::z(), z) * about(&Vector3::x(), x) * about(&Vector3::y(), y))
}

/// z, x and y in degrees; the inverse of [`from_zxy_deg`].
pub(crate) fn zxy_deg(turn: &Quaternion<f64>) -> [f64; 3] {
    let r = UnitQuaternion::new_normalize(*turn).to_rotation_matrix();
    let z = (-r[(0, 1)]).atan2(r[(1, 1)]);
    let x = r[(2, 1)].clamp(-1.0, 1.0).asin();
    let y = (-r[(2, 0)]).atan2(r[(2, 2)]);
    [z, x, y].map(f64::to_degrees)
}

/// The same sensor against an earth whose X stays and whose Z points up where theirs points down:
/// a half turn about X.
pub(crate) fn up_from_down(turn: Quaternion<f64>) -> Quaternion<f64> {
    Quaternion::new(0.0, 1.0, 0.0, 0.0) * turn
}

/// Not a number unless the matrix is a rotation, within what six decimals allow.
pub(crate) fn from_matrix(matrix: &Matrix3<f64>) -> Quaternion<f64> {
    let off = (matrix.transpose() * matrix - Matrix3::identity()).norm();
    if off < 0.05 && matrix.determinant() > 0.0 {
        let rotation = Rotation3::from_matrix_unchecked(*matrix);
        *UnitQuaternion::from_rotation_matrix(&rotation)
    } else {
        Quaternion::from_vector(nalgebra::Vector4::repeat(f64::NAN))
    }
}

/// From its four components, w first.
pub(crate) const fn wxyz([w, x, y, z]: [f64; 4]) -> Quaternion<f64> {
    Quaternion::new(w, x, y, z)
}

/// From its four components, w last.
pub(crate) const fn xyzw([x, y, z, w]: [f64; 4]) -> Quaternion<f64> {
    Quaternion::new(w, x, y, z)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_there_and_back() {
        let deg = [30.0, -20.0, 170.0];
        let backs = [
            roll_pitch_yaw_deg(&from_roll_pitch_yaw_deg(deg)),
            zxy_deg(&from_zxy_deg(deg)),
        ];
        for (found, expected) in backs.iter().flat_map(|back| back.iter().zip(deg)) {
            assert!((found - expected).abs() < 1e-9, "{backs:?}");
        }
    }

    #[test]
    fn only_rotations_are_turns() {
        let turn = about(&Vector3::z(), 90.0);
        let matrix = turn.to_rotation_matrix().into_inner();
        assert!((from_matrix(&matrix).k - 0.5_f64.sqrt()).abs() < 1e-12);
        assert!(from_matrix(&-matrix).w.is_nan());
        assert!(from_matrix(&Matrix3::repeat(f64::NAN)).w.is_nan());
    }

    #[test]
    fn down_is_turned_up() {
        let level = Quaternion::new(1.0, 0.0, 0.0, 0.0);
        let turned = UnitQuaternion::new_unchecked(up_from_down(level));
        assert!((turned * Vector3::z() + Vector3::z()).norm() < 1e-12);
        assert!((turned * Vector3::x() - Vector3::x()).norm() < 1e-12);
    }
}
