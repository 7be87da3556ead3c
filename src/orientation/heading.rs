//! Heading drift: estimated from the still windows in neutral, and taken out between them.
//!
//! The heading of each return to neutral holds two things: the drift, which goes on slowly and
//! smoothly, and the repositioning error, by which the subject missed neutral and which is new each
//! time. Only what the returns have in common as a trend is drift: one whose rate changes little, seen
//! through independent misses (`orientation/trend.rs`).
//!
//! A sensor that started anew has a heading of its own since: nothing is compared across a restart. Its
//! returns tell the drift of their own section, and what was before is no part of it.

use std::f64::consts::{PI, TAU};

use super::trend;

/// Fewest returns from which a trend can be told from repositioning errors.
pub const RETURNS_MIN: usize = 3;
/// Shortest time over which they must be spread, seconds.
pub const SPREAD_S_MIN: f64 = 20.0;

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
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rest {
    /// Its middle, seconds.
    pub time_s: f64,
    /// Heading from neutral, radians, positive to the left.
    pub heading_rad: f64,
}

/// The number of the section between restarts that a time lies in, from 0; a restart begins one.
pub(super) fn section(restarts_s: &[f64], time_s: f64) -> usize {
    restarts_s.partition_point(|&restart_s| restart_s <= time_s)
}

/// Heading drift over a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// Times and drift at the rests of each section between restarts: seconds, radians, zero at neutral.
    sections: Vec<Vec<Rest>>,
    /// When heading began anew, seconds, rising.
    restarts_s: Vec<f64>,
    /// Least-squares slope of heading over the rests, rad/s, positive to the left; within the sections
    /// between restarts.
    pub slope_rad_s: f64,
    /// What remains at the rests, root mean square, radians: mostly repositioning error.
    pub scatter_rad: f64,
}

impl Drift {
    /// Estimates the drift from the rests, which are in order of time; zero at `neutral_s`. At each of
    /// `restarts_s`, which rise, heading began anew. `None` when there are too few rests to tell: under
    /// [`RETURNS_MIN`] or [`SPREAD_S_MIN`] (two where every rest is the same place).
    pub fn estimate(
        rests: &[Rest],
        restarts_s: &[f64],
        neutral_s: f64,
        kind: Rests,
    ) -> Option<Self> {
        let rests = unwrapped(rests);
        let slope_rad_s = least_squares_slope(&rests, restarts_s)?;
        let smooth = match kind {
            Rests::AboutNeutral if is_enough(&rests, restarts_s) => {
                trend::about_neutral(&rests, restarts_s)
            }
            Rests::AboutNeutral => return None,
            Rests::SamePlace => trend::same_place(&rests, restarts_s),
        };
        let squares = rests.iter().zip(&smooth);
        let squares: f64 = squares.map(|(r, d)| (r.heading_rad - d).powi(2)).sum();
        let scatter_rad = (squares / rests.len() as f64).sqrt();
        let mut sections = vec![Vec::new(); restarts_s.len() + 1];
        for (&Rest { time_s, .. }, heading_rad) in rests.iter().zip(smooth) {
            let knot = Rest {
                time_s,
                heading_rad,
            };
            sections[section(restarts_s, time_s)].push(knot);
        }
        let mut drift = Self {
            sections,
            restarts_s: restarts_s.to_vec(),
            slope_rad_s,
            scatter_rad,
        };
        let at_neutral = drift.at(neutral_s);
        for knot in drift.sections.iter_mut().flatten() {
            knot.heading_rad -= at_neutral;
        }
        Some(drift)
    }

    /// Drift at a time, radians, positive to the left: between rests in proportion to time, outside
    /// them by the slope of the nearest two; never across a restart. A section without rests has none.
    pub fn at(&self, time_s: f64) -> f64 {
        let pieces = self.pieces();
        let last = pieces.len() - 1;
        let place = pieces.partition_point(|piece| piece.until_s <= time_s);
        pieces[place.min(last)].at(time_s)
    }

    /// Its straight pieces, in order of time, from ever to ever; at least one.
    fn pieces(&self) -> Vec<Piece> {
        let ends_s = self.restarts_s.iter().copied().chain([f64::INFINITY]);
        let mut pieces = Vec::with_capacity(self.rests() + 1);
        for (knots, end_s) in self.sections.iter().zip(ends_s) {
            let only = knots.first().copied().unwrap_or_default();
            let straight = |pair: &[Rest]| Piece {
                until_s: pair[1].time_s,
                from: pair[0],
                slope_rad_s: (pair[1].heading_rad - pair[0].heading_rad)
                    / (pair[1].time_s - pair[0].time_s),
            };
            pieces.extend(knots.windows(2).map(straight));
            match pieces.last_mut().filter(|_| knots.len() > 1) {
                Some(last) => last.until_s = end_s,
                None => pieces.push(Piece {
                    until_s: end_s,
                    from: only,
                    slope_rad_s: 0.0,
                }),
            }
        }
        pieces
    }

    /// How many rests it rests on.
    pub fn rests(&self) -> usize {
        self.sections.iter().map(Vec::len).sum()
    }

    /// Time from the first rest to the last, without that between sections, seconds.
    pub fn spread_s(&self) -> f64 {
        self.sections.iter().map(|knots| spread_s(knots)).sum()
    }

    /// The largest drift at a rest, radians: from neutral, and in a section after a restart from its
    /// first rest.
    pub fn largest_rad(&self) -> f64 {
        let away_rad = |(number, knots): (usize, &Vec<Rest>)| {
            let first = knots.first().filter(|_| number > 0);
            let from_rad = first.map_or(0.0, |first| first.heading_rad);
            let away = knots.iter().map(|knot| (knot.heading_rad - from_rad).abs());
            away.fold(0.0, f64::max)
        };
        let all = self.sections.iter().enumerate();
        all.map(away_rad).fold(0.0, f64::max)
    }

    /// Takes the drift out of orientations `earth_from_sensor` (w, x, y, z) at these times, which rise, in
    /// place.
    pub fn remove(&self, time_s: &[f64], earth_from_sensor: &mut [[f64; 4]]) {
        let mut start = 0;
        for piece in self.pieces() {
            let length = time_s[start..].partition_point(|&t| t < piece.until_s);
            let samples = start..start + length;
            let both = time_s[samples.clone()]
                .iter()
                .zip(&mut earth_from_sensor[samples.clone()]);
            for (&t, q) in both {
                *q = turned_about_vertical(q, -piece.at(t));
            }
            start = samples.end;
        }
    }
}

/// A time in which the drift goes on evenly.
struct Piece {
    until_s: f64,
    from: Rest,
    slope_rad_s: f64,
}

impl Piece {
    fn at(&self, time_s: f64) -> f64 {
        self.from.heading_rad + (time_s - self.from.time_s) * self.slope_rad_s
    }
}

/// An orientation after the earth frame turned by `angle_rad` about the vertical, to the left positive.
pub(crate) fn turned_about_vertical([w, x, y, z]: &[f64; 4], angle_rad: f64) -> [f64; 4] {
    let (sin, cos) = sin_cos(angle_rad / 2.0);
    [
        cos * w - sin * z,
        cos * x - sin * y,
        cos * y + sin * x,
        cos * z + sin * w,
    ]
}

/// Sine and cosine; of small angles, such as drifts are, by their series, whose next terms are under 1e-17.
#[inline]
fn sin_cos(angle_rad: f64) -> (f64, f64) {
    if angle_rad.abs() > 0.1 {
        return angle_rad.sin_cos();
    }
    let z = angle_rad * angle_rad;
    let series = |[a, b, c, d]: [f64; 4]| 1.0 + z * (a + z * (b + z * (c + z * d)));
    let sin = angle_rad * series([-1.0 / 6.0, 1.0 / 120.0, -1.0 / 5040.0, 1.0 / 362_880.0]);
    (
        sin,
        series([-0.5, 1.0 / 24.0, -1.0 / 720.0, 1.0 / 40_320.0]),
    )
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

/// Least-squares slope of heading over the rests, rad/s, within the sections between `restarts_s`;
/// `None` when they are too few to tell it from repositioning errors: under [`RETURNS_MIN`] or
/// [`SPREAD_S_MIN`].
pub fn slope(rests: &[Rest], restarts_s: &[f64]) -> Option<f64> {
    is_enough(rests, restarts_s)
        .then(|| least_squares_slope(&unwrapped(rests), restarts_s))
        .flatten()
}

/// The rests of each section that has any.
fn sections<'r>(rests: &'r [Rest], restarts_s: &[f64]) -> impl Iterator<Item = &'r [Rest]> {
    rests.chunk_by(|a, b| section(restarts_s, a.time_s) == section(restarts_s, b.time_s))
}

/// The first rest of each section only says where that begins.
fn is_enough(rests: &[Rest], restarts_s: &[f64]) -> bool {
    let later: usize = sections(rests, restarts_s).map(|own| own.len() - 1).sum();
    let spread_s: f64 = sections(rests, restarts_s).map(spread_s).sum();
    later + 1 >= RETURNS_MIN && spread_s >= SPREAD_S_MIN
}

/// Time from the first of these rests to the last, seconds.
fn spread_s(rests: &[Rest]) -> f64 {
    match (rests.first(), rests.last()) {
        (Some(first), Some(last)) => last.time_s - first.time_s,
        _ => 0.0,
    }
}

fn least_squares_slope(rests: &[Rest], restarts_s: &[f64]) -> Option<f64> {
    let (mut covariance, mut variance) = (0.0, 0.0);
    for own in sections(rests, restarts_s) {
        let n = own.len() as f64;
        let mean_t = own.iter().map(|r| r.time_s).sum::<f64>() / n;
        let mean_h = own.iter().map(|r| r.heading_rad).sum::<f64>() / n;
        for rest in own {
            covariance += (rest.time_s - mean_t) * (rest.heading_rad - mean_h);
            variance += (rest.time_s - mean_t).powi(2);
        }
    }
    (variance > 0.0).then(|| covariance / variance)
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
        let drift = Drift::estimate(&seen, &[], 3.0, Rests::AboutNeutral).unwrap();
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
        let drift = Drift::estimate(&rests(bent, 0.2), &[], 3.0, Rests::AboutNeutral).unwrap();
        for t in [60.0, 120.0, 177.0] {
            let off_deg = drift.at(t).to_degrees() - (bent(t) - bent(3.0));
            assert!(off_deg.abs() < 0.25, "{off_deg} at {t}");
        }
    }

    #[test]
    fn misses_without_a_trend_stay() {
        let seen = rests(|_| 0.0, 5.0);
        let drift = Drift::estimate(&seen, &[], 3.0, Rests::AboutNeutral).unwrap();
        assert!(drift.largest_rad().to_degrees() < 2.0);
        assert!(drift.scatter_rad.to_degrees() > 2.5);
    }

    #[test]
    fn in_a_jig_all_of_it_is_drift() {
        let seen = rests(|_| 0.0, 8.0);
        let drift = Drift::estimate(&seen, &[], 3.0, Rests::SamePlace).unwrap();
        assert!(
            drift.scatter_rad.to_degrees() < 0.1,
            "{}",
            drift.scatter_rad.to_degrees()
        );
    }

    #[test]
    fn too_few_returns_say_nothing() {
        let seen = rests(|t| t, 0.0);
        assert_eq!(
            Drift::estimate(&seen[..2], &[], 3.0, Rests::AboutNeutral),
            None
        );
        assert_eq!(
            Drift::estimate(&seen[..4], &[], 3.0, Rests::AboutNeutral),
            None
        );
        assert_eq!(Drift::estimate(&[], &[], 3.0, Rests::SamePlace), None);
        assert!(Drift::estimate(&seen[..2], &[], 3.0, Rests::SamePlace).is_some());
    }

    #[test]
    fn turns_of_more_than_half_a_circle_go_on() {
        let mut seen = rests(|t| 3.0 * t, 0.0);
        for rest in &mut seen {
            rest.heading_rad = (rest.heading_rad + PI).rem_euclid(TAU) - PI;
        }
        let drift = Drift::estimate(&seen, &[], 3.0, Rests::AboutNeutral).unwrap();
        assert!((drift.slope_rad_s.to_degrees() - 3.0).abs() < 1e-9);
    }

    #[test]
    fn removing_turns_the_other_way() {
        let seen = rests(|t| 0.1 * t, 0.0);
        let drift = Drift::estimate(&seen, &[], 3.0, Rests::SamePlace).unwrap();
        let mut q = [[1.0, 0.0, 0.0, 0.0]];
        drift.remove(&[103.0], &mut q);
        let heading_deg = (2.0 * q[0][3].atan2(q[0][0])).to_degrees();
        assert!((heading_deg + 10.0).abs() < 0.1, "{heading_deg}");
    }

    #[test]
    fn after_a_restart_heading_has_a_level_of_its_own_and_the_drift_goes_on() {
        let mut seen = rests(|t| 3.0 * t / 60.0, 2.0);
        for rest in seen.iter_mut().filter(|rest| rest.time_s > 90.0) {
            rest.heading_rad -= 0.9;
        }
        let drift = Drift::estimate(&seen, &[90.0], 3.0, Rests::AboutNeutral).unwrap();
        let deg_per_min = drift.slope_rad_s.to_degrees() * 60.0;
        assert!((deg_per_min - 3.0).abs() < 0.8, "{deg_per_min}");
        assert!(drift.scatter_rad.to_degrees() < 2.0);
        assert!(drift.largest_rad().to_degrees() < 6.0);
        for (t, level_deg) in [(60.0, 0.0), (120.0, -0.9_f64.to_degrees())] {
            let off_deg = drift.at(t).to_degrees() - 3.0 * (t - 3.0) / 60.0 - level_deg;
            assert!(off_deg.abs() < 1.5, "{off_deg} at {t}");
        }
    }

    #[test]
    fn one_return_in_each_section_tells_no_drift() {
        let seen = rests(|t| t, 0.0);
        let between: Vec<f64> = seen.iter().map(|rest| rest.time_s + 1.0).collect();
        assert_eq!(slope(&seen, &between), None);
        let told = Drift::estimate(&seen, &between, 3.0, Rests::SamePlace);
        assert_eq!(told, None);
    }
}
