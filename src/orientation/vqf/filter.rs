//! One step of VQF for `N` streams: gyroscope integration, inclination correction, rest detection
//! and the estimation of the gyroscope's bias.
//!
//! Laidig and Seel 2023: the prediction is section 3.1, the correction in the almost-inertial frame
//! 3.2, the bias in motion and at rest 3.4.

use std::array::from_fn;

use super::constants::{CENTIDEGREE, Constants};
use super::lanes::{
    Lanes, Quaternions, Vector, columns, difference, dot, matrix, onward, product, turned,
};
use super::low_pass::Bank;
use super::upright::Upright;
use super::{Parameters, StartBias};

/// A symmetric matrix: xx, yy, zz, xy, xz, yz.
pub(super) type Symmetric<const N: usize> = [Lanes<N>; 6];

/// The state of `N` streams.
#[derive(Debug, Clone)]
pub(super) struct Filter<const N: usize> {
    constants: Constants<N>,
    /// Sensor to the almost-inertial frame, by the gyroscope alone.
    inertial_from_sensor: Quaternions<N>,
    /// Almost-inertial frame to earth: the inclination's correction.
    earth_from_inertial: Quaternions<N>,
    /// Gyroscope bias, rad/s.
    pub(super) bias: Vector<N>,
    /// Its covariance, squared hundredths of a degree a second.
    pub(super) covariance: Symmetric<N>,
    /// 1 where the sensor rests.
    pub(super) rest: Lanes<N>,
    /// The gyroscope's low-pass of rest detection, rad/s.
    pub(super) gyro_low: Vector<N>,
    rest_time_s: Lanes<N>,
    rest_gyro: Bank<3, N>,
    rest_accel: Bank<3, N>,
    accel: Bank<3, N>,
    rotation: Bank<9, N>,
    rotated_bias: Bank<2, N>,
}

const fn identity<const N: usize>() -> Quaternions<N> {
    [Lanes::ONE, Lanes::ZERO, Lanes::ZERO, Lanes::ZERO]
}

impl<const N: usize> Filter<N> {
    pub(super) fn new(
        parameters: &Parameters,
        interval_s: [f64; N],
        start: &[Option<StartBias>; N],
    ) -> Self {
        let constants = Constants::new(parameters, interval_s);
        let known = start.map(|start| {
            start.unwrap_or(StartBias {
                bias_rad_s: [0.0; 3],
                sigma_rad_s: f64::INFINITY,
            })
        });
        let sigma = Lanes(known.map(|known| known.sigma_rad_s / CENTIDEGREE));
        let variance = sigma.map(|sigma| (sigma * sigma).min(constants.variance_start));
        let bias = columns(&known.map(|known| known.bias_rad_s));
        let zero = Lanes::ZERO;
        Self {
            constants,
            inertial_from_sensor: identity(),
            earth_from_inertial: identity(),
            bias,
            covariance: [variance, variance, variance, zero, zero, zero],
            rest: zero,
            gyro_low: [zero; 3],
            rest_time_s: zero,
            rest_gyro: Bank::new(),
            rest_accel: Bank::new(),
            accel: Bank::new(),
            rotation: Bank::new(),
            rotated_bias: Bank::new(),
        }
    }

    /// Standard deviation of a stream's bias in the worst direction, rad/s: by the largest row sum of
    /// its covariance, which no eigenvalue exceeds (Gershgorin).
    fn sigma_rad_s(&self, lane: usize) -> f64 {
        let [xx, yy, zz, xy, xz, yz] = self.covariance.map(|p| p.0[lane].abs());
        let rows = [xx + xy + xz, xy + yy + yz, xz + yz + zz];
        let largest = rows.into_iter().fold(0.0, f64::max);
        largest.min(self.constants.variance_start).sqrt() * CENTIDEGREE
    }

    /// What a later stretch of a stream may start from.
    pub(super) fn start_bias(&self, lane: usize) -> StartBias {
        StartBias {
            bias_rad_s: from_fn(|k| self.bias[k].0[lane]),
            sigma_rad_s: self.sigma_rad_s(lane),
        }
    }

    /// How fast a stream turns, by the low-pass of rest detection, rad/s.
    pub(super) fn turning_rad_s(&self, lane: usize) -> f64 {
        dot(&self.gyro_low, &self.gyro_low).0[lane].sqrt()
    }

    /// Takes in one sample of each stream; returns `earth_from_sensor`.
    #[inline]
    pub(super) fn update(&mut self, gyro: &Vector<N>, accel: &Vector<N>) -> Quaternions<N> {
        self.detect_rest(gyro, accel);
        let turn = step(
            &difference(gyro, &self.bias),
            self.constants.half_interval_s,
        );
        self.inertial_from_sensor = onward(&self.inertial_from_sensor, &turn);

        let inertial = turned(&self.inertial_from_sensor, accel);
        let inertial = self.accel.step(&self.constants.acc, &inertial);
        let upright = Upright::of(&self.earth_from_inertial, &inertial);
        self.earth_from_inertial = upright.after(&self.earth_from_inertial);

        let earth_from_sensor = product(&self.earth_from_inertial, &self.inertial_from_sensor);
        self.estimate_bias(&matrix(&earth_from_sensor), &upright.tilt);
        earth_from_sensor
    }

    /// Rest: gyroscope and accelerometer stay near their low-pass for long enough, and the gyroscope's
    /// low-pass is no larger than a bias may be.
    #[inline]
    fn detect_rest(&mut self, gyro: &Vector<N>, accel: &Vector<N>) {
        let c = &self.constants;
        self.gyro_low = self.rest_gyro.step(&c.rest, gyro);
        let accel_low = self.rest_accel.step(&c.rest, accel);
        let off = |a: &Vector<N>, b: &Vector<N>| {
            let off = difference(a, b);
            dot(&off, &off)
        };
        let largest = self.gyro_low[0]
            .abs()
            .max(self.gyro_low[1].abs())
            .max(self.gyro_low[2].abs());
        // The limit itself still counts as a bias.
        let gyro_calm = off(gyro, &self.gyro_low).under(c.rest_gyro_square)
            * largest.under(c.clip * (1.0 + f64::EPSILON));
        let accel_calm = off(accel, &accel_low).under(c.rest_accel_square);
        self.rest_time_s = (self.rest_time_s * gyro_calm + c.interval_s) * accel_calm;
        self.rest = (Lanes::ONE - self.rest_time_s.under(c.rest_s)) * accel_calm;
    }

    /// A Kalman filter: at rest the gyroscope's low-pass is the bias; in motion the inclination
    /// correction shows its horizontal part, and the vertical is held at where it is.
    #[inline]
    fn estimate_bias(&mut self, r: &[Vector<N>; 3], tilt: &[Lanes<N>; 2]) {
        let c = &self.constants;
        let turned_bias = [dot(&r[0], &self.bias), dot(&r[1], &self.bias)];
        let [x, y, z] = *r;
        let flat = [x[0], x[1], x[2], y[0], y[1], y[2], z[0], z[1], z[2]];
        let low = self.rotation.step(&c.acc, &flat);
        let turned_bias = self.rotated_bias.step(&c.acc, &turned_bias);
        for variance in &mut self.covariance[..3] {
            let grows = variance.under(c.variance_start);
            *variance += c.variance_gain * grows;
        }
        let rest = self.rest;
        let at_rest = difference(&self.gyro_low, &self.bias);
        if rest.all_over(0.5) {
            return self.measure_at_rest(&at_rest);
        }
        let mut rows = [
            [low[0], low[1], low[2]],
            [low[3], low[4], low[5]],
            [low[6], low[7], low[8]],
        ];
        let mut error = [
            turned_bias[0] - tilt[1] * c.rate_hz - dot(&rows[0], &self.bias),
            turned_bias[1] + tilt[0] * c.rate_hz - dot(&rows[1], &self.bias),
            -dot(&rows[2], &self.bias),
        ];
        let mut variance = [c.motion, c.motion, c.motion_vertical];
        if !rest.all_under(0.5) {
            // Some rest, some move.
            for i in 0..3 {
                error[i] = at_rest[i].or(rest, error[i]);
                variance[i] = c.rest_variance.or(rest, variance[i]);
                rows[i] = [
                    unit(i, 0).or(rest, rows[i][0]),
                    unit(i, 1).or(rest, rows[i][1]),
                    unit(i, 2).or(rest, rows[i][2]),
                ];
            }
        }
        self.measure(&rows, &error, &variance);
    }

    /// Takes in a measurement of `rows` times the bias that is off by `error`. The three rows have
    /// independent errors, so they are taken in one after the other, without a matrix to invert. The
    /// error is clipped, which also limits the harm of the first inclination correction; so is the bias.
    #[inline]
    fn measure(&mut self, rows: &[Vector<N>; 3], error: &Vector<N>, variance: &Vector<N>) {
        let mut change = [Lanes::ZERO; 3];
        for i in 0..3 {
            let row = &rows[i];
            let [xx, yy, zz, xy, xz, yz] = self.covariance;
            let seen = [
                dot(&[xx, xy, xz], row),
                dot(&[xy, yy, yz], row),
                dot(&[xz, yz, zz], row),
            ];
            let total = dot(&seen, row) + variance[i];
            let mut left = error[i].clip(self.constants.clip);
            if i > 0 {
                left -= dot(row, &change);
            }
            self.correct(&seen, total.inverse(), left, &mut change);
        }
        self.change_bias(&change);
    }

    /// The same where the gyroscope itself shows the bias: the rows are those of the identity.
    #[inline]
    fn measure_at_rest(&mut self, error: &Vector<N>) {
        let variance = self.constants.rest_variance;
        let mut change = [Lanes::ZERO; 3];
        for i in 0..3 {
            let [xx, yy, zz, xy, xz, yz] = self.covariance;
            let seen = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]][i];
            let total = seen[i] + variance;
            let left = error[i].clip(self.constants.clip) - change[i];
            self.correct(&seen, total.inverse(), left, &mut change);
        }
        self.change_bias(&change);
    }

    /// One row of the measurement: `seen` is the covariance times the row, `over` one over the variance
    /// of `left`, which is what is left of the error.
    #[inline]
    fn correct(
        &mut self,
        seen: &Vector<N>,
        over: Lanes<N>,
        left: Lanes<N>,
        change: &mut Vector<N>,
    ) {
        let gain = [seen[0] * over, seen[1] * over, seen[2] * over];
        for (change, gain) in change.iter_mut().zip(gain) {
            *change += gain * left;
        }
        let p = &mut self.covariance;
        p[0] -= gain[0] * seen[0];
        p[1] -= gain[1] * seen[1];
        p[2] -= gain[2] * seen[2];
        p[3] -= gain[0] * seen[1];
        p[4] -= gain[0] * seen[2];
        p[5] -= gain[1] * seen[2];
    }

    #[inline]
    fn change_bias(&mut self, change: &Vector<N>) {
        for (bias, change) in self.bias.iter_mut().zip(change) {
            *bias = (*bias + *change).clip(self.constants.clip);
        }
    }
}

/// An entry of the identity.
const fn unit<const N: usize>(row: usize, column: usize) -> Lanes<N> {
    if row == column {
        Lanes::ONE
    } else {
        Lanes::ZERO
    }
}

/// The inverse of a symmetric matrix, by cofactors.
#[inline]
pub(super) fn inverse<const N: usize>(m: &Symmetric<N>) -> Symmetric<N> {
    let [xx, yy, zz, xy, xz, yz] = *m;
    let cofactors = [
        yy * zz - yz * yz,
        xx * zz - xz * xz,
        xx * yy - xy * xy,
        xz * yz - xy * zz,
        xy * yz - xz * yy,
        xy * xz - xx * yz,
    ];
    let determinant = xx * cofactors[0] + xy * cofactors[3] + xz * cofactors[4];
    let over = determinant.inverse();
    let mut inverse = cofactors;
    for entry in &mut inverse {
        *entry = *entry * over;
    }
    inverse
}

/// The turn of one sample: the quaternion of the angular velocity times the interval.
#[inline]
pub(super) fn step<const N: usize>(gyro: &Vector<N>, half_interval_s: Lanes<N>) -> Quaternions<N> {
    let half = [
        gyro[0] * half_interval_s,
        gyro[1] * half_interval_s,
        gyro[2] * half_interval_s,
    ];
    let (cos, sinc) = cos_sinc(dot(&half, &half));
    [cos, half[0] * sinc, half[1] * sinc, half[2] * sinc]
}

/// Cosine and sine over angle, of an angle given by its square. The series end where the next term
/// is under a quarter of the last place of 1.
#[inline]
fn cos_sinc<const N: usize>(x: Lanes<N>) -> (Lanes<N>, Lanes<N>) {
    if x.all_under(0.01) {
        let x2 = x * x;
        let cos = (x * -0.5 + 1.0)
            + x2 * ((x * (-1.0 / 720.0) + 1.0 / 24.0)
                + x2 * (x * (-1.0 / 3_628_800.0) + 1.0 / 40_320.0));
        let sinc = (x * (-1.0 / 6.0) + 1.0)
            + x2 * ((x * (-1.0 / 5_040.0) + 1.0 / 120.0) + x2 * (1.0 / 362_880.0));
        return (cos, sinc);
    }
    let angle = x.sqrt();
    let sinc = |angle: f64| {
        if angle > 0.0 {
            angle.sin() / angle
        } else {
            1.0
        }
    };
    (angle.map(f64::cos), angle.map(sinc))
}
