//! The trunk's forward from how the trunk follows the head.

use nalgebra::{Complex, Vector2, Vector3};

use super::certainty::{Certainty, Directions};
use super::motion::Motion;
use super::{Alignment, Method};
use crate::frames::{Head, Trunk};

/// Least agreement between the tilting of trunk and head.
const COHERENCE_MIN: f64 = 0.5;
/// Least power of the trunk's tilting, as a share of the head's: 0.3 % of its size, 0.15 degrees of 50.
const POWER_SHARE_MIN: f64 = 1e-5;
/// Expected spread of the single motions' directions, radians: 10 degrees. A trunk follows by a
/// degree or two, and not in quite the same direction.
const SPREAD_RAD: f64 = 0.175;

/// Sums over the tilting of two sensors, as complex numbers.
#[derive(Debug, Clone, Copy, Default)]
struct Together {
    cross: Complex<f64>,
    head_power: f64,
    trunk_power: f64,
}

impl Together {
    fn add(&mut self, head: Complex<f64>, trunk: Complex<f64>) {
        self.cross += head.conj() * trunk;
        self.head_power += head.norm_sqr();
        self.trunk_power += trunk.norm_sqr();
    }

    fn join(&mut self, other: &Self) {
        self.cross += other.cross;
        self.head_power += other.head_power;
        self.trunk_power += other.trunk_power;
    }
}

impl Motion<'_> {
    /// The turn about the vertical that makes the trunk's tilting agree best with the head's, over the
    /// motions from return to return to neutral. Each motion counts from its own start, so that
    /// heading drift and slow slumping stay out.
    pub(super) fn follow(
        &self,
        head: &Motion<'_>,
        aligned: &Alignment<Head>,
    ) -> Option<Alignment<Trunk>> {
        let right = aligned.segment_from_sensor.inverse().apply(&Vector3::z());
        let head_left_rad = head.level_angle(&-right);
        let motions: Vec<Together> = self
            .between_returns()
            .filter(|span| self.is_whole(span))
            .map(|span| together(&head.tilts(&span), &self.tilts(&span)))
            .collect();
        let mut all = Together::default();
        for motion in &motions {
            all.join(motion);
        }
        let coherence = all.cross.norm() / (all.head_power * all.trunk_power).sqrt();
        if !(coherence > COHERENCE_MIN && all.trunk_power > POWER_SHARE_MIN * all.head_power) {
            return None;
        }
        // Where the head tilts about its left, the trunk tilts about this.
        let lefts: Vec<(f64, f64)> = motions
            .iter()
            .map(|m| (head_left_rad + m.cross.arg(), m.cross.norm()))
            .collect();
        let left = Directions::of(&lefts, SPREAD_RAD)?;
        let certainty = Certainty {
            forward_error_rad: Some(left.error_rad),
            motions: motions.len(),
            axis_spread_rad: left.spread_rad,
            coherence: Some(coherence),
            ..Certainty::default()
        };
        self.with_left(left.mean_rad, Method::FollowsHead, certainty)
    }
}

fn together(head: &[Vector2<f64>], trunk: &[Vector2<f64>]) -> Together {
    let mut sums = Together::default();
    let (Some(head_start), Some(trunk_start)) = (head.first(), trunk.first()) else {
        return sums;
    };
    let complex = |v: Vector2<f64>| Complex::new(v.x, v.y);
    for (head, trunk) in head.iter().zip(trunk) {
        sums.add(complex(head - head_start), complex(trunk - trunk_start));
    }
    sums
}
