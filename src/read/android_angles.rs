//! Orientation from the three angles that phones with Android give: azimuth, pitch and roll, degrees.
//!
//! Azimuth is the heading, clockwise from magnetic north; the phone has X right, Y up along its long
//! side and Z out of the screen, the earth X east, Y north and Z up: `Rz(-azimuth) Rx(-pitch) Ry(roll)`.
//! That is how `SensorManager.getOrientation` counts; the older orientation sensor counts roll the other
//! way. Which of them it was the accelerometer tells, as it shows where up is.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use super::euler::Sequence;

/// Phone to earth, Z up, from azimuth, pitch and roll in degrees; `accels` is specific force.
pub(super) fn turns(
    angles_deg: &[Vector3<f64>],
    accels: Option<&[Vector3<f64>]>,
) -> Vec<Quaternion<f64>> {
    let with_roll = |sign: f64| -> Vec<Quaternion<f64>> {
        let turn = |angles_deg: &Vector3<f64>| {
            let [azimuth, pitch, roll] = (*angles_deg).map(f64::to_radians).into();
            Sequence::ZXY.quaternion([-azimuth, -pitch, sign * roll])
        };
        angles_deg.iter().map(turn).collect()
    };
    let (newer, older) = (with_roll(1.0), with_roll(-1.0));
    let upright = |turns: &[Quaternion<f64>]| accels.map_or(0.0, |accels| upright(turns, accels));
    if upright(&older) > upright(&newer) {
        older
    } else {
        newer
    }
}

/// How far up the accelerometer points, by these orientations, summed.
fn upright(turns: &[Quaternion<f64>], accels: &[Vector3<f64>]) -> f64 {
    let up = |(turn, accel): (&Quaternion<f64>, &Vector3<f64>)| {
        let turn = UnitQuaternion::try_new(*turn, 1e-6)?;
        Some((turn * accel).z).filter(|up| up.is_finite())
    };
    turns.iter().zip(accels).filter_map(up).sum()
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn the_long_side_points_along_the_azimuth_and_up_with_negative_pitch() {
        let turn = turns(&[Vector3::new(90.0, -30.0, 0.0)], None)[0];
        let side = UnitQuaternion::new_normalize(turn) * Vector3::y();
        assert_relative_eq!(side, Vector3::new(0.866_025, 0.0, 0.5), epsilon = 1e-5);
    }

    #[test]
    fn the_accelerometer_tells_the_sign_of_roll() {
        // The right side is down: up is to the left in the phone.
        let accel = Vector3::new(-0.5, 0.0, 0.866_025);
        for roll_deg in [30.0, -30.0] {
            let angles = Vector3::new(0.0, 0.0, roll_deg);
            let turn = turns(&[angles], Some(&[accel]))[0];
            let up = UnitQuaternion::new_normalize(turn) * accel;
            assert_relative_eq!(up, Vector3::z(), epsilon = 1e-5);
        }
    }
}
