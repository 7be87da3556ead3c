//! The trend that the headings of the returns to neutral have in common.
//!
//! The model is a drift whose rate changes little (an integrated random walk) seen through independent
//! misses of unknown size; it is solved by a Kalman filter with the smoother of Rauch, Tung and Striebel
//! (*AIAA Journal* 3 (1965) 1445), the size of the misses by expectation-maximisation (Shumway and
//! Stoffer, *J. Time Series Analysis* 3 (1982) 253). Where a sensor started anew the level is free, and
//! the rate goes on.

use std::f64::consts::PI;

use super::heading::{Rest, section};
use crate::units::SECONDS_PER_MINUTE;

/// How fast heading drifts before anything was seen: standard deviation, rad/s (2 degrees a minute;
/// over 30 recordings of 2 to 3 minutes the mean error of the best open estimators without
/// magnetometer is 4.5 degrees).
const RATE_RAD_S: f64 = 2.0 * PI / 180.0 / SECONDS_PER_MINUTE;
/// How much the rate wanders: variance of its change a second, rad²/s³ (1 degree a minute in ten minutes).
const RATE_WANDER: f64 = RATE_RAD_S * RATE_RAD_S / 4.0 / (10.0 * SECONDS_PER_MINUTE);
/// Smallest repositioning error that is assumed, radians (0.1 degrees): no rest is known better.
const MISS_RAD_MIN: f64 = 0.1 * PI / 180.0;
/// Rounds of expectation-maximisation; the size of the misses settles to a few per cent in five.
const ROUNDS: usize = 20;
/// With every rest the same place: how much heading may wander between them, rad²/s (10 degrees in a minute).
const LEVEL_WANDER: f64 = 25.0 * RATE_RAD_S * RATE_RAD_S * SECONDS_PER_MINUTE;

/// Of a level of which nothing is known, rad².
const LEVEL_VARIANCE: f64 = PI * PI;

/// Drift at each rest, radians, when they are only about neutral; there are at least two, in order of
/// time. At each of `restarts_s` heading begins anew at any level.
pub(super) fn about_neutral(rests: &[Rest], restarts_s: &[f64]) -> Vec<f64> {
    let mean = rests.iter().map(|r| r.heading_rad).sum::<f64>() / rests.len() as f64;
    let squares = rests.iter().map(|r| (r.heading_rad - mean).powi(2));
    let mut model = Model {
        miss_variance: (squares.sum::<f64>() / rests.len() as f64).max(MISS_RAD_MIN.powi(2)),
        level_wander: 0.0,
        restarts_s,
    };
    let mut smooth = model.smooth(rests);
    for _ in 0..ROUNDS {
        let expected = rests.iter().zip(smooth.0.iter().zip(&smooth.1));
        let sum: f64 = expected
            .map(|(rest, (drift, variance))| (rest.heading_rad - drift).powi(2) + variance)
            .sum();
        model.miss_variance = (sum / rests.len() as f64).max(MISS_RAD_MIN.powi(2));
        smooth = model.smooth(rests);
    }
    smooth.0
}

/// The same when every rest is the same place.
pub(super) fn same_place(rests: &[Rest], restarts_s: &[f64]) -> Vec<f64> {
    let model = Model {
        miss_variance: MISS_RAD_MIN * MISS_RAD_MIN,
        level_wander: LEVEL_WANDER,
        restarts_s,
    };
    model.smooth(rests).0
}

/// Drift with a slowly changing rate, seen through misses.
struct Model<'a> {
    /// Variance of the repositioning error, rad².
    miss_variance: f64,
    /// Variance of the drift's own wander a second, rad²/s.
    level_wander: f64,
    /// When the level begins anew, seconds.
    restarts_s: &'a [f64],
}

/// Drift and its rate at one rest, with their covariance.
#[derive(Clone, Copy)]
struct State {
    drift: f64,
    rate: f64,
    /// Variances of drift and rate, and their covariance.
    p: [f64; 3],
}

impl Model<'_> {
    /// Drift at each rest, radians, and its variance.
    fn smooth(&self, rests: &[Rest]) -> (Vec<f64>, Vec<f64>) {
        let (predicted, filtered) = self.filter(rests);
        let mut later = *filtered.last().expect("there are at least two rests");
        let mut smoothed = vec![later];
        for k in (0..rests.len() - 1).rev() {
            let step_s = rests[k + 1].time_s - rests[k].time_s;
            later = backward(&filtered[k], &predicted[k + 1], &later, step_s);
            smoothed.push(later);
        }
        smoothed.reverse();
        smoothed.iter().map(|s| (s.drift, s.p[0])).unzip()
    }

    /// The states before and after each rest was seen.
    fn filter(&self, rests: &[Rest]) -> (Vec<State>, Vec<State>) {
        let mut state = State {
            drift: rests[0].heading_rad,
            rate: 0.0,
            p: [LEVEL_VARIANCE, RATE_RAD_S * RATE_RAD_S, 0.0],
        };
        let mut last_s = rests[0].time_s;
        let (mut predicted, mut filtered) = (Vec::new(), Vec::new());
        for rest in rests {
            state = self.forward(&state, rest.time_s - last_s);
            if section(self.restarts_s, rest.time_s) != section(self.restarts_s, last_s) {
                state.p[0] += LEVEL_VARIANCE;
            }
            predicted.push(state);
            state = self.seen(&state, rest.heading_rad);
            filtered.push(state);
            last_s = rest.time_s;
        }
        (predicted, filtered)
    }

    fn forward(&self, s: &State, step_s: f64) -> State {
        let [dd, rr, dr] = s.p;
        let wander = RATE_WANDER * step_s;
        State {
            drift: s.drift + s.rate * step_s,
            rate: s.rate,
            p: [
                dd + step_s * (2.0 * dr + step_s * rr)
                    + wander * step_s * step_s / 3.0
                    + self.level_wander * step_s,
                rr + wander,
                dr + step_s * rr + wander * step_s / 2.0,
            ],
        }
    }

    fn seen(&self, s: &State, heading_rad: f64) -> State {
        let [dd, rr, dr] = s.p;
        let total = dd + self.miss_variance;
        let (to_drift, to_rate) = (dd / total, dr / total);
        let surprise = heading_rad - s.drift;
        State {
            drift: s.drift + to_drift * surprise,
            rate: s.rate + to_rate * surprise,
            p: [
                dd * (1.0 - to_drift),
                rr - to_rate * dr,
                dr * (1.0 - to_drift),
            ],
        }
    }
}

/// One step of the smoother: what `later` (smoothed), which had been `predicted`, says of `now`.
fn backward(now: &State, predicted: &State, later: &State, step_s: f64) -> State {
    let [dd, rr, dr] = now.p;
    let [pdd, prr, pdr] = predicted.p;
    let determinant = pdd * prr - pdr * pdr;
    if determinant <= 0.0 {
        return *now;
    }
    // Covariance of now with predicted, times the inverse of the latter's.
    let (a, b) = (dd + step_s * dr, dr);
    let (c, d) = (dr + step_s * rr, rr);
    let gain = [
        (a * prr - b * pdr) / determinant,
        (b * pdd - a * pdr) / determinant,
        (c * prr - d * pdr) / determinant,
        (d * pdd - c * pdr) / determinant,
    ];
    let (to_drift, to_rate) = (later.drift - predicted.drift, later.rate - predicted.rate);
    let change = [later.p[0] - pdd, later.p[1] - prr, later.p[2] - pdr];
    let spread = |x: f64, y: f64, u: f64, v: f64| {
        x * u * change[0] + y * v * change[1] + (x * v + y * u) * change[2]
    };
    State {
        drift: now.drift + gain[0] * to_drift + gain[1] * to_rate,
        rate: now.rate + gain[2] * to_drift + gain[3] * to_rate,
        p: [
            dd + spread(gain[0], gain[1], gain[0], gain[1]),
            rr + spread(gain[2], gain[3], gain[2], gain[3]),
            dr + spread(gain[0], gain[1], gain[2], gain[3]),
        ],
    }
}
