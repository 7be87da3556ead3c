//! The subject: head against trunk and trunk against earth, at any time.

use nalgebra::{UnitQuaternion, Vector3};

use super::numbers::{Numbers, Purpose};
use super::path::Path;
use super::settings::Settings;
use crate::frames::{Earth, Head, Rotation, Trunk};

/// From the trunk's turning point to C7, about which the head turns, in trunk axes, metres.
const C7_M: Vector3<f64> = Vector3::new(0.0, 0.45, 0.0);

/// One physical subject, from which all channels are made.
#[derive(Debug)]
pub(super) struct Motion {
    path: Path,
    tremor: Tremor,
    /// The trunk's angles as a part of the neck's.
    trunk_share: f64,
    earth_from_upright: UnitQuaternion<f64>,
}

impl Motion {
    pub(super) fn new(settings: &Settings, path: Path) -> Self {
        let heading_rad = std::f64::consts::TAU
            * Numbers::new(settings.seed, Purpose::Heading, 0).between(-0.5, 0.5);
        // Against earth the head makes the neck's and the trunk's part together.
        let trunk_share = settings.trunk_follows / (1.0 - settings.trunk_follows);
        Self {
            path,
            tremor: Tremor::new(settings),
            trunk_share,
            earth_from_upright: about_up(heading_rad) * upright(),
        }
    }

    /// Head against trunk: the programmed path with tremor.
    pub(super) fn trunk_from_head(&self, time_s: f64) -> Rotation<Trunk, Head> {
        Rotation::claim(swing_and_twist(
            &(self.path.at(time_s) + self.tremor.at(time_s)),
        ))
    }

    /// Trunk against earth: it follows the programmed path by its share.
    pub(super) fn earth_from_trunk(&self, time_s: f64) -> Rotation<Earth, Trunk> {
        let follows = swing_and_twist(&(self.path.at(time_s) * self.trunk_share));
        Rotation::claim(self.earth_from_upright * follows)
    }

    /// Head against earth.
    pub(super) fn earth_from_head(&self, time_s: f64) -> Rotation<Earth, Head> {
        self.earth_from_trunk(time_s) * self.trunk_from_head(time_s)
    }

    /// A point of the trunk, given in trunk axes from its turning point: where it is, metres, earth.
    pub(super) fn trunk_point_m(&self, point_m: &Vector3<f64>, time_s: f64) -> Vector3<f64> {
        self.earth_from_trunk(time_s).apply(point_m)
    }

    /// A point of the head, given in head axes from C7: where it is, metres, earth.
    pub(super) fn head_point_m(&self, point_m: &Vector3<f64>, time_s: f64) -> Vector3<f64> {
        let c7_m = self.trunk_point_m(&C7_M, time_s);
        c7_m + self.earth_from_head(time_s).apply(point_m)
    }

    /// When the path ends, seconds.
    pub(super) fn end_s(&self) -> f64 {
        self.path.end_s()
    }
}

/// Angles in trunk axes (X side-bend right, Y rotation left, Z extension) as one rotation: the swing
/// about an axis in the XZ plane after the twist about Y (tilt and twist, Crawford 1999).
fn swing_and_twist(angles_rad: &Vector3<f64>) -> UnitQuaternion<f64> {
    let swing = Vector3::new(angles_rad.x, 0.0, angles_rad.z);
    let twist = Vector3::y() * angles_rad.y;
    UnitQuaternion::from_scaled_axis(swing) * UnitQuaternion::from_scaled_axis(twist)
}

/// Turns ISB axes (Y up) into axes with X forward and Z up.
pub(super) fn upright() -> UnitQuaternion<f64> {
    UnitQuaternion::from_axis_angle(&Vector3::x_axis(), std::f64::consts::FRAC_PI_2)
}

/// A turn about earth's Z, to the left positive.
pub(super) fn about_up(angle_rad: f64) -> UnitQuaternion<f64> {
    UnitQuaternion::from_axis_angle(&Vector3::z_axis(), angle_rad)
}

/// Waves of each axis.
const TREMOR_WAVES: u8 = 12;
/// Lowest and highest frequency of tremor, Hz.
const TREMOR_BAND_HZ: (f64, f64) = (0.5, 4.0);

/// Small smooth movement that never rests: cosine waves spread evenly over a band.
#[derive(Debug)]
struct Tremor {
    amplitude_rad: f64,
    /// Of each axis: angular rate, rad/s, and phase, rad.
    waves: [Vec<(f64, f64)>; 3],
}

impl Tremor {
    fn new(settings: &Settings) -> Self {
        let mut numbers = Numbers::new(settings.seed, Purpose::Tremor, 0);
        let mut wave = |n| {
            let rate_rad_s = tremor_rate_rad_s(n, &mut numbers);
            (rate_rad_s, numbers.between(0.0, std::f64::consts::TAU))
        };
        let waves = [0; 3].map(|_| (0..TREMOR_WAVES).map(&mut wave).collect());
        // A cosine of amplitude a has a mean square of a²/2, and the waves' mean squares add.
        let amplitude_rad =
            settings.tremor_deg.to_radians() * (2.0 / f64::from(TREMOR_WAVES)).sqrt();
        Self {
            amplitude_rad,
            waves,
        }
    }

    fn at(&self, time_s: f64) -> Vector3<f64> {
        if self.amplitude_rad <= 0.0 {
            return Vector3::zeros();
        }
        let axis = |waves: &Vec<(f64, f64)>| {
            let cosines = waves
                .iter()
                .map(|(rate, phase)| (rate * time_s + phase).cos());
            cosines.sum::<f64>() * self.amplitude_rad
        };
        Vector3::from(self.waves.each_ref().map(axis))
    }
}

/// Somewhere in the n-th part of the band.
fn tremor_rate_rad_s(n: u8, numbers: &mut Numbers) -> f64 {
    let (low, high) = TREMOR_BAND_HZ;
    let part = (f64::from(n) + numbers.uniform()) / f64::from(TREMOR_WAVES);
    std::f64::consts::TAU * (low + (high - low) * part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn tremor_has_the_root_mean_square_asked_for() {
        let tremor = Tremor::new(&Settings {
            tremor_deg: 0.5,
            ..Settings::default()
        });
        let n = 20_000;
        let squares: Vector3<f64> = (0..n)
            .map(|k| tremor.at(f64::from(k) / 50.0).map(|x| x * x))
            .sum();
        for axis in 0..3 {
            let rms_deg = (squares[axis] / f64::from(n)).sqrt().to_degrees();
            assert!((rms_deg - 0.5).abs() < 0.02, "{rms_deg}");
        }
    }

    #[test]
    fn upright_axes_have_forward_and_up_where_earth_has_them() {
        assert_relative_eq!(upright() * Vector3::x(), Vector3::x(), epsilon = 1e-12);
        assert_relative_eq!(upright() * Vector3::y(), Vector3::z(), epsilon = 1e-12);
        assert_relative_eq!(upright() * Vector3::z(), -Vector3::y(), epsilon = 1e-12);
    }

    #[test]
    fn the_trunk_makes_its_part_of_what_the_head_makes_against_earth() {
        let mut path = Path::default();
        path.go(Vector3::y(), 0.0);
        let settings = Settings {
            trunk_follows: 0.1,
            tremor_deg: 0.0,
            ..Settings::default()
        };
        let motion = Motion::new(&settings, path);
        let turned = |q: UnitQuaternion<f64>| (motion.earth_from_upright.inverse() * q).angle();
        let trunk = turned(motion.earth_from_trunk(0.0).quaternion());
        let head = turned(motion.earth_from_head(0.0).quaternion());
        assert_relative_eq!(trunk / head, 0.1, epsilon = 1e-9);
    }
}
