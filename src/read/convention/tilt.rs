//! How fast gravity turns in sensor axes, against the gyroscope: the only thing that shows a wrong
//! unit of the gyroscope in a recording without quaternions.

use nalgebra::Vector3;

use crate::read::check::GAP_S;
use crate::sample::SensorSamples;

/// Turning is taken over at least this long, seconds: long enough to be more than noise, short
/// enough to be small.
const STRETCH_S: f64 = 0.2;
/// The accelerometer feels gravity when its size is within this share of that at rest.
const FEELS_SHARE: f64 = 0.1;
/// Gravity turns by more than noise, radians.
const LEAST_TURN_RAD: f64 = 0.02;
/// Stretches with a turn that it takes to say something.
const LEAST_STRETCHES: usize = 10;
/// Stretches that are looked at.
const MOST_STRETCHES: usize = 1024;
/// Turning of gravity in all that it takes to say something, radians.
const LEAST_IN_ALL_RAD: f64 = 0.5;
/// Correlation that it takes: less is shaking, not tilting.
const LEAST_CORRELATION: f64 = 0.7;

/// Gravity and gyroscope compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tilting {
    /// Speed of the gyroscope over that of gravity; one when its unit is right.
    pub ratio: f64,
    /// Largest angle between gravity and gravity at the start, degrees.
    pub tilted_deg: f64,
}

/// Sums over stretches: turn of gravity as felt and as the gyroscope has it.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    stretches: usize,
    felt_rad: f64,
    felt_felt: f64,
    felt_turned: f64,
    turned_turned: f64,
}

impl Sums {
    fn add(&mut self, felt: &Vector3<f64>, turned: &Vector3<f64>) {
        let size = felt.norm();
        if size > LEAST_TURN_RAD && turned.norm().is_finite() {
            self.stretches += 1;
            self.felt_rad += size;
            self.felt_felt += size * size;
            self.felt_turned += felt.dot(turned);
            self.turned_turned += turned.norm_squared();
        }
    }

    /// The gyroscope's turn over the one felt, if they go together.
    fn ratio(&self) -> Option<f64> {
        let correlation = self.felt_turned / (self.felt_felt * self.turned_turned).sqrt();
        let enough = self.stretches >= LEAST_STRETCHES && self.felt_rad > LEAST_IN_ALL_RAD;
        (enough && correlation > LEAST_CORRELATION).then(|| self.turned_turned / self.felt_turned)
    }
}

/// Compares them; `g` is the accelerometer's size at rest, as read. `None` when there is too little.
pub(super) fn tilting(sensor: &SensorSamples, g: f64) -> Option<Tilting> {
    let (gyros, accels) = (sensor.gyro_rad_s.as_ref()?, sensor.accel_m_s2.as_ref()?);
    let time_s = &sensor.time_s;
    let up = |at: usize| {
        let feels = (accels[at].norm() - g).abs() < FEELS_SHARE * g;
        feels.then(|| accels[at] / accels[at].norm())
    };
    let passed_over = passed_over(time_s);
    let (mut sums, mut first, mut tilted_rad) = (Sums::default(), None, 0.0_f64);
    let (mut start, mut angle) = (0, Vector3::zeros());
    for at in 1..time_s.len() {
        if at <= start {
            continue;
        }
        let step_s = time_s[at] - time_s[at - 1];
        if !(0.0..=GAP_S).contains(&step_s) {
            (start, angle) = (at, Vector3::zeros());
            continue;
        }
        angle += (gyros[at - 1] + gyros[at]) * (step_s / 2.0);
        if time_s[at] - time_s[start] < STRETCH_S {
            continue;
        }
        if let (Some(before), Some(after)) = (up(start), up(at)) {
            sums.add(&(after - before), &(before + after).cross(&(angle / 2.0)));
            tilted_rad = tilted_rad.max(first.get_or_insert(before).angle(&after));
        }
        let next = at.saturating_add(passed_over.saturating_mul(at - start));
        (start, angle) = (next, Vector3::zeros());
    }
    sums.ratio().map(|ratio| Tilting {
        ratio,
        tilted_deg: tilted_rad.to_degrees(),
    })
}

/// Stretches passed over after each, so that not too many are looked at.
fn passed_over(time_s: &[f64]) -> usize {
    let lasted_s = match (time_s.first(), time_s.last()) {
        (Some(first), Some(last)) => (last - first).max(0.0),
        _ => 0.0,
    };
    (lasted_s / STRETCH_S / MOST_STRETCHES as f64) as usize
}

#[cfg(test)]
mod tests {
    use nalgebra::UnitQuaternion;

    use super::*;

    /// Nods by 30 degrees every 3 s and turns all the while, gravity of this size and gyroscope in
    /// units of this size.
    fn nodding(g: f64, gyro_unit: f64) -> SensorSamples {
        let orientation = |t: f64| {
            let nod = UnitQuaternion::from_axis_angle(&Vector3::y_axis(), 0.5 * (2.0 * t).sin());
            UnitQuaternion::from_axis_angle(&Vector3::z_axis(), 0.3 * t) * nod
        };
        let time_s: Vec<f64> = (0..1000).map(|k| f64::from(k) * 0.01).collect();
        let speed = |t: &f64| {
            let turn = orientation(t - 0.001).inverse() * orientation(t + 0.001);
            turn.scaled_axis() / 0.002 / gyro_unit
        };
        let felt = |t: &f64| orientation(*t).inverse() * Vector3::z() * g;
        SensorSamples {
            gyro_rad_s: Some(time_s.iter().map(speed).collect()),
            accel_m_s2: Some(time_s.iter().map(felt).collect()),
            time_s,
            ..SensorSamples::default()
        }
    }

    #[test]
    fn the_ratio_is_that_of_the_units() {
        for (g, unit) in [(9.81, 1.0), (1.0, 1.0), (9.81, 57.3), (9.81, 1.0 / 57.3)] {
            let found = tilting(&nodding(g, unit), g).unwrap();
            assert!((found.ratio * unit - 1.0).abs() < 0.02, "{unit}: {found:?}");
            assert!((found.tilted_deg - 57.0).abs() < 30.0, "{found:?}");
        }
    }

    #[test]
    fn shaking_and_rest_say_nothing() {
        let mut still = nodding(9.81, 1.0);
        still.accel_m_s2 = Some(vec![Vector3::z() * 9.81; 1000]);
        assert_eq!(tilting(&still, 9.81), None);
        let mut shaken = nodding(9.81, 1.0);
        let shake = |k: usize| Vector3::new(0.0, 0.4 * (k as f64 * 0.7).sin(), 1.0) * 9.81;
        shaken.accel_m_s2 = Some((0..1000).map(shake).collect());
        assert_eq!(tilting(&shaken, 9.81), None);
    }
}
