//! The offset between the clocks, window by window along the recording, and the line through them.

use std::ops::Range;

use super::Correlation;
use super::correlate::correlation_at;
use super::line::{Line, Point};
use super::signal::{RATE_HZ, Signal};

/// Lengths of windows, seconds. In the long ones the head goes out to an end range and comes back:
/// its axis turns on the way, the trunk's does not, and what this shifts on the way out it shifts the
/// other way on the way back. The short ones find movement in common among other movement.
const LENGTHS_S: [f64; 2] = [5.0, 10.0];
/// From one window to the next, seconds.
const STEP_S: f64 = 2.5;
/// Windows that a moment lies in.
const OVERLAP: f64 = (LENGTHS_S[0] + LENGTHS_S[1]) / STEP_S;
/// A window that correlates less says nothing about the offset.
const CORRELATION_MIN: f64 = 0.7;
/// Independent values in a second: twice the bandwidth of movement, about 1 Hz.
const INDEPENDENT_HZ: f64 = 2.0;
/// No offset is surer than this, seconds.
const DEVIATION_S_MIN: f64 = 5e-4;
/// How far the windows of the first part may be from its own offset, seconds: 2000 ppm over 90 s, and
/// some samples.
const FIRST_REACH_S: f64 = 0.3;
/// How far others may be from the line of those before, seconds.
const NEXT_REACH_S: f64 = 0.16;
/// Largest standard error of the offset anywhere in the recording, seconds. At a trunk's speed of
/// 5 deg/s it is a quarter of a degree.
const ERROR_S_MAX: f64 = 0.05;
/// Largest scatter of the windows' offsets about the line, seconds: movement of another recording
/// fits no better than this.
const SCATTER_S_MAX: f64 = 0.04;
/// Windows that a line needs.
const WINDOWS_MIN: usize = 4;
/// Share of the trunk's movement that they must hold: in another recording some windows fit by chance.
const ENERGY_SHARE_MIN: f64 = 0.3;
/// A window agrees with the line within so many times the scatter, which is taken as this at least,
/// seconds.
const NEAR: f64 = 5.0;
/// See [`NEAR`].
const NEAR_S: f64 = 1e-3;

/// What one window says.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    /// Time of the trunk's movement, seconds of its clock, and how far the head's clock is before it.
    point: Point,
    correlation: f64,
    /// Energy of the trunk's movement.
    energy: f64,
}

/// Both signals.
pub(super) struct Windows<'a> {
    pub(super) head: &'a Signal,
    pub(super) trunk: &'a Signal,
}

impl Windows<'_> {
    /// The offsets of all windows in a part of the trunk's signal that tell one, looked for within
    /// `reach_s` of a line.
    fn offsets(&self, part: &Range<usize>, line: &Line, reach_s: f64) -> Vec<Found> {
        let mut found = Vec::new();
        for length in LENGTHS_S.map(|length_s| (length_s * RATE_HZ) as usize) {
            for from in part.clone().step_by((STEP_S * RATE_HZ) as usize) {
                let window = from..(from + length).min(part.end);
                found.extend(self.offset(window, line, reach_s));
            }
        }
        found
    }

    fn offset(&self, window: Range<usize>, line: &Line, reach_s: f64) -> Option<Found> {
        let start_s = self.head.start_s - self.trunk.start_s;
        let reach = (reach_s * RATE_HZ).ceil() as isize;
        let length_s = window.len() as f64 / RATE_HZ;
        let (centre, energy) = centre_of_energy(self.trunk, window.clone())?;
        let at_s = self.trunk.time_s(centre);
        let expected = ((line.at(at_s) - start_s) * RATE_HZ).round() as isize;
        let peak = best(expected, reach, |lag| {
            correlation_at(self.head, self.trunk, window.clone(), lag).0
        })?;
        Some(Found {
            point: Point {
                x: at_s,
                y: start_s + peak.lag / RATE_HZ,
                variance: peak.variance_s2(length_s),
            },
            correlation: peak.correlation,
            energy,
        })
    }

    /// From the line of a part to that of all: each time from twice as much of the recording, and at
    /// the end once more from all.
    pub(super) fn grow(&self, part: Range<usize>, level: Line) -> Option<Line> {
        let (mut part, mut reach_s, mut line) = (part, FIRST_REACH_S, level);
        loop {
            line = Line::fit(&points(&self.offsets(&part, &line, reach_s)))?;
            if part.len() == self.trunk.len() && reach_s < FIRST_REACH_S {
                return Some(line);
            }
            let more = part.len().div_ceil(2);
            part = part.start.saturating_sub(more)..(part.end + more).min(self.trunk.len());
            reach_s = NEXT_REACH_S;
        }
    }

    /// The relation that a line stands for, if it can be believed.
    pub(super) fn result(&self, line: &Line) -> Result<Correlation, String> {
        let used = self.agreeing(line)?;
        let (from_s, to_s) = (
            self.trunk.time_s(0.0),
            self.trunk.time_s(self.trunk.len() as f64),
        );
        let error_s = line.error_at(from_s).max(line.error_at(to_s));
        if line.scatter > SCATTER_S_MAX || error_s > ERROR_S_MAX {
            return Err(format!(
                "the common movement is too short, too small or too uneven: the offset is uncertain \
                 by {:.0} ms, and that of single moments by {:.0} ms",
                error_s * 1e3,
                line.scatter * 1e3
            ));
        }
        let energy: f64 = used.iter().map(|found| found.energy).sum();
        let weighted: f64 = used
            .iter()
            .map(|found| found.energy * found.correlation)
            .sum();
        Ok(Correlation {
            from_s,
            offset_s: line.at(from_s),
            skew: line.slope,
            scatter_s: line.scatter,
            error_s,
            correlation: weighted / energy,
            windows: used.len(),
        })
    }

    /// The windows near the line, if they are enough to believe it.
    fn agreeing(&self, line: &Line) -> Result<Vec<Found>, String> {
        let off_s = |found: &Found| (found.point.y - line.at(found.point.x)).abs();
        let near = |found: &Found| off_s(found) < NEAR * line.scatter.max(NEAR_S);
        let mut used = self.offsets(&(0..self.trunk.len()), line, NEXT_REACH_S);
        let tried = used.len();
        used.retain(near);
        // Every moment lies in several windows.
        let energy: f64 = used.iter().map(|found| found.energy).sum::<f64>() / OVERLAP;
        let share = energy / self.energy_in_common(line);
        if used.len() < WINDOWS_MIN || used.len() * 2 < tried || share < ENERGY_SHARE_MIN {
            return Err(format!(
                "only {} moments, with {:.0} % of the trunk's movement, agree about the offset",
                used.len(),
                share * 100.0
            ));
        }
        Ok(used)
    }

    /// Energy of the trunk's movement while the head sensor records.
    fn energy_in_common(&self, line: &Line) -> f64 {
        let head = |k: usize| {
            let trunk_s = self.trunk.time_s(k as f64);
            let point = (trunk_s + line.at(trunk_s) - self.head.start_s) * RATE_HZ;
            point >= 0.0 && self.head.there.get(point as usize) == Some(&true)
        };
        (0..self.trunk.len())
            .filter(|&k| head(k))
            .map(|k| self.trunk.velocity[k].norm_squared())
            .sum()
    }
}

fn points(found: &[Found]) -> Vec<Point> {
    found.iter().map(|found| found.point).collect()
}

/// Where in the window the trunk moves, as a point of its grid, and how much.
fn centre_of_energy(trunk: &Signal, window: Range<usize>) -> Option<(f64, f64)> {
    let (mut moment, mut energy) = (0.0, 0.0);
    for k in window {
        let one = trunk.velocity[k].norm_squared();
        moment += one * k as f64;
        energy += one;
    }
    (energy > 0.0).then(|| (moment / energy, energy))
}

/// A maximum between grid points.
struct Maximum {
    lag: f64,
    correlation: f64,
    /// How fast the correlation falls beside it, a grid point squared.
    curvature: f64,
}

impl Maximum {
    /// Variance of a delay found by correlation over so many seconds (Carter 1987, *Proceedings of the IEEE* 75:236-255),
    /// with the squared bandwidth from the curvature.
    fn variance_s2(&self, length_s: f64) -> f64 {
        let coherence = self.correlation.powi(2).min(1.0);
        let bandwidth = self.curvature / self.correlation * RATE_HZ * RATE_HZ;
        let variance = (1.0 - coherence) / (coherence * INDEPENDENT_HZ * length_s * bandwidth);
        variance + DEVIATION_S_MIN * DEVIATION_S_MIN
    }
}

/// The highest correlation within `reach` of a lag, by a parabola through it and its neighbours.
/// `None` when it lies at the edge or is too low.
fn best(expected: isize, reach: isize, correlation: impl Fn(isize) -> f64) -> Option<Maximum> {
    let all: Vec<f64> = (-reach..=reach)
        .map(|off| correlation(expected.saturating_add(off)))
        .collect();
    let at = (0..all.len()).max_by(|&a, &b| all[a].total_cmp(&all[b]))?;
    let (before, here, after) = (all.get(at.checked_sub(1)?)?, all[at], all.get(at + 1)?);
    let curvature = 2.0 * here - before - after;
    if here < CORRELATION_MIN || curvature <= 0.0 {
        return None;
    }
    let between = (after - before) / (2.0 * curvature);
    Some(Maximum {
        lag: expected as f64 + at as f64 - reach as f64 + between,
        correlation: here + (after - before) * between / 4.0,
        curvature,
    })
}
