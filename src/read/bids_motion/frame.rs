//! The axes that orientations of a BIDS dataset refer to, and the way to the one convention.
//!
//! `channels.json` describes them: `{"reference_frame": {"Levels": {"global": {"SpatialAxes": "ALS",
//! "RotationOrder": "ZXY", "RotationRule": "right-hand"}}}}`. `SpatialAxes` are the directions of +x,
//! +y and +z: anterior or posterior, left or right, superior or inferior. The rule is the hand by which
//! angles are positive; where it is not stated, it is that of the axes. `RotationOrder` is that of Euler
//! angles about axes that stay (extrinsic); x, y, z where it is not stated.

use nalgebra::{Matrix3, Quaternion, Rotation3, UnitQuaternion, Vector3};
use serde_json::Value;

use crate::read::euler::Sequence;

/// The axes of orientations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    /// +x, +y and +z as directions of an earth with X forward, Y left and Z up.
    axes: Matrix3<f64>,
    /// Angles are positive by the hand that the axes are not.
    other_hand: bool,
    /// Of Euler angles, intrinsic.
    sequence: Sequence,
}

impl Default for Frame {
    fn default() -> Self {
        Self {
            axes: Matrix3::identity(),
            other_hand: false,
            sequence: Sequence::ZYX,
        }
    }
}

impl Frame {
    /// The frame of this name, or the only one; the default where nothing is said.
    pub(super) fn of(channels_json: Option<&Value>, name: &str) -> Self {
        let levels = || {
            channels_json?
                .get("reference_frame")?
                .get("Levels")?
                .as_object()
        };
        let Some(levels) = levels() else {
            return Self::default();
        };
        let only = || {
            (levels.len() == 1)
                .then(|| levels.values().next())
                .flatten()
        };
        levels
            .get(name)
            .or_else(only)
            .map_or_else(Self::default, Self::from_level)
    }

    fn from_level(level: &Value) -> Self {
        let text = |key: &str| level.get(key).and_then(Value::as_str);
        let axes = text("SpatialAxes").and_then(directions);
        let axes = axes.unwrap_or_else(Matrix3::identity);
        let right_handed = axes.determinant() > 0.0;
        let rule = text("RotationRule").map(str::to_ascii_lowercase);
        let by_right = match rule.as_deref() {
            Some(rule) if rule.starts_with("right") => true,
            Some(rule) if rule.starts_with("left") => false,
            _ => right_handed,
        };
        let order = text("RotationOrder").and_then(|order| Sequence::parse(order.trim()));
        Self {
            axes,
            other_hand: by_right != right_handed,
            sequence: order.map_or(Sequence::ZYX, Sequence::reversed),
        }
    }

    /// From Euler angles about x, y and z, radians; `said` is the user's sequence, intrinsic.
    pub(super) fn of_angles(
        &self,
        angles_rad: Vector3<f64>,
        said: Option<Sequence>,
    ) -> Quaternion<f64> {
        let sequence = said.unwrap_or(self.sequence);
        sequence.quaternion(sequence.axes().map(|axis| angles_rad[axis]))
    }

    /// Sensor to an earth with Z up, right-handed, from an orientation in this frame.
    pub(super) fn earth_from_sensor(&self, q: Quaternion<f64>) -> Quaternion<f64> {
        let q = if self.other_hand { q.conjugate() } else { q };
        if self.axes.determinant() > 0.0 {
            turn(self.axes) * q
        } else {
            let side = self.sideways();
            let mut mirror = Matrix3::identity();
            mirror[(side, side)] = -1.0;
            // A rotation's axis is a pseudovector: what lies along the mirror's normal stays.
            let axis = -(mirror * q.imag());
            turn(self.axes * mirror) * Quaternion::from_parts(q.scalar(), axis)
        }
    }

    /// The axis that points left or right.
    fn sideways(&self) -> usize {
        (0..3)
            .find(|&axis| self.axes[(1, axis)] != 0.0)
            .unwrap_or(1)
    }
}

fn turn(axes: Matrix3<f64>) -> Quaternion<f64> {
    let rotation = Rotation3::from_matrix_unchecked(axes);
    UnitQuaternion::from_rotation_matrix(&rotation).into_inner()
}

/// Three letters, one of each pair; `None` for anything else, such as unused axes (`X`).
fn directions(letters: &str) -> Option<Matrix3<f64>> {
    let direction = |letter: u8| {
        Some(match letter.to_ascii_uppercase() {
            b'A' => Vector3::x(),
            b'P' => -Vector3::x(),
            b'L' => Vector3::y(),
            b'R' => -Vector3::y(),
            b'S' => Vector3::z(),
            b'I' => -Vector3::z(),
            _ => return None,
        })
    };
    let [x, y, z] = *letters.trim().as_bytes() else {
        return None;
    };
    let axes: Matrix3<f64> = Matrix3::from_columns(&[direction(x)?, direction(y)?, direction(z)?]);
    (axes.determinant().abs() > 0.5).then_some(axes)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use serde_json::json;

    use super::*;

    fn frame(axes: &str, rule: &str) -> Frame {
        let level = json!({ "SpatialAxes": axes, "RotationRule": rule, "RotationOrder": "ZXY" });
        let json = json!({ "reference_frame": { "Levels": { "global": level } } });
        Frame::of(Some(&json), "global")
    }

    fn about(axis: Vector3<f64>, angle_rad: f64) -> Quaternion<f64> {
        let axis = nalgebra::Unit::new_normalize(axis);
        UnitQuaternion::from_axis_angle(&axis, angle_rad).into_inner()
    }

    /// What a turn from rest looks like in the earth.
    fn turned(frame: Frame, stored: Quaternion<f64>) -> Quaternion<f64> {
        let rest = frame.earth_from_sensor(Quaternion::identity());
        frame.earth_from_sensor(stored) * rest.conjugate()
    }

    #[test]
    fn a_turn_to_the_left_is_one_about_up_in_every_frame() {
        let expected = about(Vector3::z(), 0.4);
        for (axes, rule, stored) in [
            ("ALS", "right-hand", about(Vector3::z(), 0.4)),
            ("ALS", "left-hand", about(Vector3::z(), -0.4)),
            ("ARS", "left-hand", about(Vector3::z(), -0.4)),
            ("ARS", "right-hand", about(Vector3::z(), 0.4)),
            ("ARI", "right-hand", about(Vector3::z(), -0.4)),
            ("RSA", "left-hand", about(Vector3::y(), -0.4)),
            ("SLP", "n/a", about(Vector3::x(), 0.4)),
        ] {
            let found = turned(frame(axes, rule), stored);
            assert_relative_eq!(found, expected, epsilon = 1e-12);
        }
    }

    #[test]
    fn a_nod_forward_is_about_the_left_in_a_left_handed_frame() {
        let nod = turned(frame("ARS", "left-hand"), about(Vector3::y(), 0.3));
        assert_relative_eq!(nod, about(Vector3::y(), 0.3), epsilon = 1e-12);
        let roll = turned(frame("ARS", "left-hand"), about(Vector3::x(), 0.3));
        assert_relative_eq!(roll, about(Vector3::x(), -0.3), epsilon = 1e-12);
    }

    #[test]
    fn euler_angles_turn_about_axes_that_stay() {
        let angles = Vector3::new(0.1, 0.2, 0.3);
        let [x, y, z] = [
            about(Vector3::x(), 0.1),
            about(Vector3::y(), 0.2),
            about(Vector3::z(), 0.3),
        ];
        let found = frame("ALS", "right-hand").of_angles(angles, None);
        assert_relative_eq!(found, y * x * z, epsilon = 1e-12);
        let said = frame("ALS", "right-hand").of_angles(angles, Some(Sequence::ZXY));
        assert_relative_eq!(said, z * x * y, epsilon = 1e-12);
    }

    #[test]
    fn nonsense_is_the_one_convention() {
        for axes in ["", "AAS", "XXX", "ALSX"] {
            assert_eq!(frame(axes, "right-hand").axes, Matrix3::identity());
        }
        assert_eq!(Frame::of(None, "global"), Frame::default());
    }
}
