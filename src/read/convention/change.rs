//! What it would change if a recording were read in another convention.

use nalgebra::{UnitQuaternion, Vector3};

use super::candidate::Candidate;
use crate::read::check::unit;
use crate::sample::SensorSamples;

/// Samples that are compared.
const COMPARED: usize = 2048;

/// The largest difference between the turns since the first sample as the two conventions have them,
/// degrees. Turns are seen in axes that stand on the ground and face where the sensor faced first, so
/// that heading, which means nothing, does not count, and which way is up does.
pub(super) fn change_deg(sensor: &SensorSamples, given: &Candidate, other: &Candidate) -> f64 {
    let quaternions = sensor.earth_from_sensor.as_deref().unwrap_or_default();
    let stride = quaternions.len().div_ceil(COMPARED).max(1);
    let mut usable = quaternions.iter().step_by(stride).filter_map(unit);
    let Some(first) = usable.next() else {
        return 0.0;
    };
    let firsts = [given, other].map(|one| one.earth_from_sensor(&first));
    let facing = facing(&firsts);
    let ground_from_first = firsts.map(|first| level(&first, &facing) * first);
    let turned = |one: &Candidate, at: usize, q: &UnitQuaternion<f64>| {
        let first_from_now = firsts[at].inverse() * one.earth_from_sensor(q);
        ground_from_first[at] * first_from_now * ground_from_first[at].inverse()
    };
    let apart = usable.map(|q| turned(given, 0, &q).angle_to(&turned(other, 1, &q)));
    apart.fold(0.0, f64::max).to_degrees()
}

/// The axis of the sensor that is the least upright in both.
fn facing(earth_from_sensor: &[UnitQuaternion<f64>; 2]) -> Vector3<f64> {
    let upright = |axis: &Vector3<f64>| {
        let heights = earth_from_sensor.map(|q| (q * axis).z.abs());
        heights[0].max(heights[1])
    };
    let axes = [Vector3::x(), Vector3::y(), Vector3::z()];
    let least = axes
        .into_iter()
        .min_by(|one, other| upright(one).total_cmp(&upright(other)));
    least.unwrap_or_else(Vector3::x)
}

/// The turn about the vertical that brings the heading of an axis to zero.
fn level(earth_from_sensor: &UnitQuaternion<f64>, axis: &Vector3<f64>) -> UnitQuaternion<f64> {
    let faces = earth_from_sensor * axis;
    UnitQuaternion::from_axis_angle(&Vector3::z_axis(), -faces.y.atan2(faces.x))
}

#[cfg(test)]
mod tests {
    use super::super::candidate::{Taken, measured};
    use super::super::evidence::Evidence;
    use super::super::{Convention, Up};
    use super::*;

    fn candidate(convention: Convention) -> Candidate {
        measured(&Evidence::default(), &[], Taken::Rightly, convention)
    }

    /// Turned by 50 degrees about X, from an orientation of no symmetry.
    fn nodding() -> SensorSamples {
        let first = UnitQuaternion::from_scaled_axis(Vector3::new(0.1, 0.2, 0.9));
        let turn = |share: i32| {
            let angle_rad = f64::from(share) / 100.0 * 50_f64.to_radians();
            *(first * UnitQuaternion::from_axis_angle(&Vector3::x_axis(), angle_rad))
        };
        SensorSamples {
            time_s: (0..=100).map(f64::from).collect(),
            earth_from_sensor: Some((0..=100).map(turn).collect()),
            ..SensorSamples::default()
        }
    }

    #[test]
    fn nothing_changes_nothing() {
        let same = candidate(Convention::default());
        assert!(change_deg(&nodding(), &same, &same) < 1e-6);
        let none = SensorSamples::default();
        assert!(change_deg(&none, &same, &same).abs() < 1e-12);
    }

    #[test]
    fn a_turn_the_other_way_differs_by_twice_its_angle() {
        let given = candidate(Convention::default());
        let other = candidate(Convention {
            conjugate: true,
            ..Convention::default()
        });
        let mut sensor = nodding();
        let quaternions = sensor.earth_from_sensor.as_mut().unwrap();
        let first = UnitQuaternion::new_normalize(quaternions[0]).inverse();
        for q in quaternions {
            *q = *first * *q;
        }
        let change = change_deg(&sensor, &given, &other);
        assert!((change - 100.0).abs() < 0.1, "{change}");
    }

    #[test]
    fn another_way_up_counts_and_stillness_does_not() {
        let given = candidate(Convention::default());
        let other = candidate(Convention {
            up: Up::Y,
            ..Convention::default()
        });
        assert!(change_deg(&nodding(), &given, &other) > 20.0);
        let mut still = nodding();
        let quaternions = still.earth_from_sensor.as_mut().unwrap();
        let first = quaternions[0];
        quaternions.fill(first);
        assert!(change_deg(&still, &given, &other) < 1e-6);
    }
}
