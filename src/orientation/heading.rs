//! Heading drift: estimated from the still windows in neutral, and taken out between them.
//!
//! The heading of each return to neutral holds two things: the drift, which goes on slowly and
//! smoothly, and the repositioning error, by which the subject missed neutral and which is new each
//! time. Only what the returns have in common as a trend is drift. The model is a drift whose rate
//! changes little (an integrated random walk) seen through independent misses of unknown size; it
//! is solved by a Kalman filter with the smoother of Rauch, Tung and Striebel (*AIAA Journal* 3
//! (1965) 1445), the size of the misses by expectation-maximisation (Shumway and Stoffer, *J. Time
//! Series Analysis* 3 (1982) 253).

use std::f64::consts::{PI, TAU};

use crate::units::SECONDS_PER_MINUTE;

/// Fewest returns from which a trend can be told from repositioning errors.
pub const RETURNS_MIN: usize = 3;
/// Shortest time over which they must be spread, seconds.
pub const SPREAD_S_MIN: f64 = 20.0;
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

/// What the rests have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rests {
    /// A person comes back to about neutral: the trend over all returns is drift, the rest is how
    /// well each was met.
    #[default]
    AboutNeutral,
    /// Every rest is the same place, as for a sensor that is laid back into its jig: whatever
    /// heading differs by is drift.
    SamePlace,
}

/// Heading of one still window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rest {
    /// Its middle, seconds.
    pub time_s: f64,
    /// Heading from neutral, radians, positive to the left.
    pub heading_rad: f64,
}

/// Heading drift over a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// Times and drift at the rests: seconds, radians, zero at neutral.
    knots: Vec<Rest>,
    /// Least-squares slope of heading over the rests, rad/s, positive to the left.
    pub slope_rad_s: f64,
    /// What remains at the rests, root mean square, radians: mostly repositioning error.
    pub scatter_rad: f64,
}

impl Drift {
    /// Estimates the drift from the rests, which are in order of time; zero at `neutral_s`. `None`
    /// when there are too few of them to tell: under [`RETURNS_MIN`] or [`SPREAD_S_MIN`] (two where
    /// every rest is the same place).
    pub fn estimate(rests: &[Rest], neutral_s: f64, kind: Rests) -> Option<Self> {
        let rests = unwrapped(rests);
        let (slope_rad_s, smooth) = match kind {
            Rests::AboutNeutral if is_enough(&rests) => {
                (least_squares_slope(&rests)?, trend(&rests))
            }
            Rests::AboutNeutral => return None,
            Rests::SamePlace => (
                least_squares_slope(&rests)?,
                Model::SAME_PLACE.smooth(&rests).0,
            ),
        };
        let squares = rests.iter().zip(&smooth);
        let squares: f64 = squares.map(|(r, d)| (r.heading_rad - d).powi(2)).sum();
        let mut drift = Self {
            scatter_rad: (squares / rests.len() as f64).sqrt(),
            knots: rests
                .iter()
                .zip(smooth)
                .map(|(rest, heading_rad)| Rest {
                    heading_rad,
                    ..*rest
                })
                .collect(),
            slope_rad_s,
        };
        let at_neutral = drift.at(neutral_s);
        for knot in &mut drift.knots {
            knot.heading_rad -= at_neutral;
        }
        Some(drift)
    }

    /// Drift at a time, radians, positive to the left: between rests in proportion to time, outside
    /// them by the slope of the nearest two.
    pub fn at(&self, time_s: f64) -> f64 {
        let next = self.knots.partition_point(|knot| knot.time_s <= time_s);
        let to = next.clamp(1, self.knots.len() - 1);
        let (a, b) = (&self.knots[to - 1], &self.knots[to]);
        let share = (time_s - a.time_s) / (b.time_s - a.time_s);
        a.heading_rad + share * (b.heading_rad - a.heading_rad)
    }

    /// How many rests it rests on.
    pub const fn rests(&self) -> usize {
        self.knots.len()
    }

    /// Time from the first rest to the last, seconds.
    pub fn spread_s(&self) -> f64 {
        spread_s(&self.knots)
    }

    /// The largest drift from neutral at a rest, radians.
    pub fn largest_rad(&self) -> f64 {
        self.knots
            .iter()
            .map(|knot| knot.heading_rad.abs())
            .fold(0.0, f64::max)
    }

    /// Takes the drift out of orientations `earth_from_sensor` (w, x, y, z) at these times, in place.
    pub fn remove(&self, time_s: &[f64], earth_from_sensor: &mut [[f64; 4]]) {
        for (&t, q) in time_s.iter().zip(earth_from_sensor) {
            *q = turned_about_vertical(q, -self.at(t));
        }
    }
}

/// An orientation after the earth frame turned by `angle_rad` about the vertical, to the left positive.
pub(crate) fn turned_about_vertical([w, x, y, z]: &[f64; 4], angle_rad: f64) -> [f64; 4] {
    let (sin, cos) = (angle_rad / 2.0).sin_cos();
    [
        cos * w - sin * z,
        cos * x - sin * y,
        cos * y + sin * x,
        cos * z + sin * w,
    ]
}

/// Heading of the orientation `to` from the orientation `from`, radians, positive to the left: the
/// twist about the vertical of the rotation between them, in earth axes.
pub fn heading_between(from: &[f64; 4], to: &[f64; 4]) -> f64 {
    let [aw, ax, ay, az] = *from;
    let [bw, bx, by, bz] = *to;
    // The w and z components of `to` times the conjugate of `from`.
    let w = bw * aw + bx * ax + by * ay + bz * az;
    let z = bz * aw - bw * az + by * ax - bx * ay;
    let half = z.atan2(w);
    // The same rotation has two quaternions: take the shorter turn.
    2.0 * if half.abs() > PI / 2.0 {
        half - PI.copysign(half)
    } else {
        half
    }
}

/// Headings that go on from one rest to the next: a drift of hours passes half a turn.
fn unwrapped(rests: &[Rest]) -> Vec<Rest> {
    let mut rests = rests.to_vec();
    for k in 1..rests.len() {
        let turns = ((rests[k].heading_rad - rests[k - 1].heading_rad) / TAU).round();
        rests[k].heading_rad -= TAU * turns;
    }
    rests
}

/// Least-squares slope of heading over the rests, rad/s; `None` when they are too few to tell it
/// from repositioning errors: under [`RETURNS_MIN`] or [`SPREAD_S_MIN`].
pub fn slope(rests: &[Rest]) -> Option<f64> {
    is_enough(rests)
        .then(|| least_squares_slope(&unwrapped(rests)))
        .flatten()
}

fn is_enough(rests: &[Rest]) -> bool {
    rests.len() >= RETURNS_MIN && spread_s(rests) >= SPREAD_S_MIN
}

fn spread_s(rests: &[Rest]) -> f64 {
    match (rests.first(), rests.last()) {
        (Some(first), Some(last)) => last.time_s - first.time_s,
        _ => 0.0,
    }
}

fn least_squares_slope(rests: &[Rest]) -> Option<f64> {
    let n = rests.len() as f64;
    let mean_t = rests.iter().map(|r| r.time_s).sum::<f64>() / n;
    let mean_h = rests.iter().map(|r| r.heading_rad).sum::<f64>() / n;
    let (mut covariance, mut variance) = (0.0, 0.0);
    for rest in rests {
        covariance += (rest.time_s - mean_t) * (rest.heading_rad - mean_h);
        variance += (rest.time_s - mean_t).powi(2);
    }
    (variance > 0.0).then(|| covariance / variance)
}

/// Drift at the rests when they are only about neutral.
fn trend(rests: &[Rest]) -> Vec<f64> {
    let mean = rests.iter().map(|r| r.heading_rad).sum::<f64>() / rests.len() as f64;
    let squares = rests.iter().map(|r| (r.heading_rad - mean).powi(2));
    let mut model = Model {
        miss_variance: (squares.sum::<f64>() / rests.len() as f64).max(MISS_RAD_MIN.powi(2)),
        level_wander: 0.0,
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

/// Drift with a slowly changing rate, seen through misses.
struct Model {
    /// Variance of the repositioning error, rad².
    miss_variance: f64,
    /// Variance of the drift's own wander a second, rad²/s.
    level_wander: f64,
}

/// Drift and its rate at one rest, with their covariance.
#[derive(Clone, Copy)]
struct State {
    drift: f64,
    rate: f64,
    /// Variances of drift and rate, and their covariance.
    p: [f64; 3],
}

impl Model {
    const SAME_PLACE: Self = Self {
        miss_variance: MISS_RAD_MIN * MISS_RAD_MIN,
        level_wander: LEVEL_WANDER,
    };

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
            p: [PI * PI, RATE_RAD_S * RATE_RAD_S, 0.0],
        };
        let mut last_s = rests[0].time_s;
        let (mut predicted, mut filtered) = (Vec::new(), Vec::new());
        for rest in rests {
            state = self.forward(&state, rest.time_s - last_s);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A miss of about this size for return `k`: fixed, of mean zero, not a trend.
    fn miss_deg(k: usize, size_deg: f64) -> f64 {
        let phase = (k * k * 7 + k * 3) as f64;
        size_deg * (phase * 0.618_034).fract().mul_add(2.0, -1.0)
    }

    fn rests(drift_deg: impl Fn(f64) -> f64, size_deg: f64) -> Vec<Rest> {
        let at = |k: usize| {
            let time_s = 3.0 + 6.0 * k as f64;
            Rest {
                time_s,
                heading_rad: (drift_deg(time_s) + miss_deg(k, size_deg)).to_radians(),
            }
        };
        (0..30).map(at).collect()
    }

    #[test]
    fn a_steady_drift_is_told_from_misses() {
        let seen = rests(|t| 3.0 * t / 60.0, 4.0);
        let drift = Drift::estimate(&seen, 3.0, Rests::AboutNeutral).unwrap();
        for t in [3.0, 60.0, 120.0, 177.0] {
            let off_deg = drift.at(t).to_degrees() - 3.0 * (t - 3.0) / 60.0;
            assert!(off_deg.abs() < 1.0, "{off_deg} at {t}");
        }
        let misses = seen
            .iter()
            .enumerate()
            .map(|(k, _)| miss_deg(k, 4.0).powi(2));
        let rms_deg = (misses.sum::<f64>() / 30.0).sqrt();
        assert!((drift.scatter_rad.to_degrees() - rms_deg).abs() < 0.5);
    }

    #[test]
    fn a_drift_whose_rate_changes_is_followed_when_neutral_is_met_well() {
        let bent = |t: f64| 2.0 * t / 60.0 - 0.5 * (t / 60.0).powi(2);
        let drift = Drift::estimate(&rests(bent, 0.2), 3.0, Rests::AboutNeutral).unwrap();
        for t in [60.0, 120.0, 177.0] {
            let off_deg = drift.at(t).to_degrees() - (bent(t) - bent(3.0));
            assert!(off_deg.abs() < 0.25, "{off_deg} at {t}");
        }
    }

    #[test]
    fn misses_without_a_trend_stay() {
        let seen = rests(|_| 0.0, 5.0);
        let drift = Drift::estimate(&seen, 3.0, Rests::AboutNeutral).unwrap();
        assert!(drift.largest_rad().to_degrees() < 2.0);
        assert!(drift.scatter_rad.to_degrees() > 2.5);
    }

    #[test]
    fn in_a_jig_all_of_it_is_drift() {
        let seen = rests(|_| 0.0, 8.0);
        let drift = Drift::estimate(&seen, 3.0, Rests::SamePlace).unwrap();
        assert!(
            drift.scatter_rad.to_degrees() < 0.1,
            "{}",
            drift.scatter_rad.to_degrees()
        );
    }

    #[test]
    fn too_few_returns_say_nothing() {
        let seen = rests(|t| t, 0.0);
        assert_eq!(Drift::estimate(&seen[..2], 3.0, Rests::AboutNeutral), None);
        assert_eq!(Drift::estimate(&seen[..4], 3.0, Rests::AboutNeutral), None);
        assert_eq!(Drift::estimate(&[], 3.0, Rests::SamePlace), None);
        assert!(Drift::estimate(&seen[..2], 3.0, Rests::SamePlace).is_some());
    }

    #[test]
    fn turns_of_more_than_half_a_circle_go_on() {
        let mut seen = rests(|t| 3.0 * t, 0.0);
        for rest in &mut seen {
            rest.heading_rad = (rest.heading_rad + PI).rem_euclid(TAU) - PI;
        }
        let drift = Drift::estimate(&seen, 3.0, Rests::AboutNeutral).unwrap();
        assert!((drift.slope_rad_s.to_degrees() - 3.0).abs() < 1e-9);
    }

    #[test]
    fn removing_turns_the_other_way() {
        let seen = rests(|t| 0.1 * t, 0.0);
        let drift = Drift::estimate(&seen, 3.0, Rests::SamePlace).unwrap();
        let mut q = [[1.0, 0.0, 0.0, 0.0]];
        drift.remove(&[103.0], &mut q);
        let heading_deg = (2.0 * q[0][3].atan2(q[0][0])).to_degrees();
        assert!((heading_deg + 10.0).abs() < 0.1, "{heading_deg}");
    }
}
