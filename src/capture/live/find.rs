//! Repetitions as they happen: out of the zero by more than 10 degrees, to an end range, and back.
//! The same thresholds as [`crate::movement::repetition`], which sees the whole recording.

use super::still::STILL_RAD_S;
use crate::angles::NeckAngles;
use crate::movement::{Movement, repetition, smoothness};
use crate::pipeline;

/// No more speeds of one movement out are kept: a minute.
const SPEEDS_MAX: usize = 3000;

/// What is known at a time of the movement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    pub(super) time_s: f64,
    /// From the zero.
    pub(super) angles: NeckAngles,
    pub(super) speed_rad_s: f64,
    /// Of the trunk from its zero, radians.
    pub(super) trunk_rad: Option<f64>,
}

/// A movement out of the zero.
#[derive(Debug, Clone)]
pub(super) struct Excursion {
    pub(super) start_s: f64,
    pub(super) end_s: f64,
    /// All three angles where it went farthest.
    pub(super) end_range: NeckAngles,
    /// How far, radians.
    pub(super) peak_rad: f64,
    /// Held at the end range, seconds.
    pub(super) hold_s: f64,
    /// Largest angle of the trunk, radians.
    pub(super) trunk_rad: f64,
    /// Outward, until the end range.
    speeds_rad_s: Vec<f64>,
    /// How many of them are before the end range.
    outward: usize,
    last_s: f64,
}

impl Excursion {
    fn new(now: &Now) -> Self {
        let mut new = Self {
            start_s: now.time_s,
            end_s: now.time_s,
            end_range: now.angles,
            peak_rad: 0.0,
            hold_s: 0.0,
            trunk_rad: 0.0,
            speeds_rad_s: Vec::new(),
            outward: 0,
            last_s: now.time_s,
        };
        new.add(now);
        new
    }

    fn add(&mut self, now: &Now) {
        if self.speeds_rad_s.len() < SPEEDS_MAX {
            self.speeds_rad_s.push(now.speed_rad_s);
        }
        let angle_rad = largest(&now.angles).1;
        if angle_rad > self.peak_rad {
            (self.peak_rad, self.end_range) = (angle_rad, now.angles);
            self.outward = self.speeds_rad_s.len();
        }
        let hold_share = pipeline::Settings::default().repetition.hold_share;
        let held = angle_rad >= hold_share * self.peak_rad && now.speed_rad_s < STILL_RAD_S;
        if held {
            self.hold_s += now.time_s - self.last_s;
        }
        self.trunk_rad = self.trunk_rad.max(now.trunk_rad.unwrap_or(0.0));
        (self.last_s, self.end_s) = (now.time_s, now.time_s);
    }

    /// The movement that goes farthest, whichever it is; for what goes on.
    pub(super) fn farthest(&self) -> Movement {
        largest(&self.end_range).0
    }

    /// Which movement it was; `None` when mixed.
    pub(super) fn movement(&self) -> Option<Movement> {
        let dominance = pipeline::Settings::default().repetition.dominance;
        repetition::dominant(&self.end_range, dominance)
    }

    /// Largest speed outward, rad/s.
    pub(super) fn peak_speed_rad_s(&self) -> f64 {
        self.out().iter().copied().fold(0.0, f64::max)
    }

    /// Number of times that it sped up on the way out.
    pub(super) fn speed_peaks(&self) -> usize {
        // A hold at the end range is no part of the way out.
        let moving = |speed: &&f64| **speed >= STILL_RAD_S;
        let out: Vec<f64> = self.out().iter().filter(moving).copied().collect();
        smoothness::velocity_peaks(&out)
    }

    fn out(&self) -> &[f64] {
        &self.speeds_rad_s[..self.outward]
    }
}

/// The direction with the largest angle, and that angle, radians.
fn largest(angles: &NeckAngles) -> (Movement, f64) {
    let angle = |movement: Movement| (movement, movement.angle_rad(angles));
    Movement::ALL
        .map(angle)
        .into_iter()
        .fold((Movement::Flexion, f64::MIN), |best, next| {
            if next.1 > best.1 { next } else { best }
        })
}

/// Finds excursions.
#[derive(Debug, Clone, Default)]
pub(super) struct Finder {
    open: Option<Excursion>,
    before: [Option<NeckAngles>; 2],
}

impl Finder {
    pub(super) const fn open(&self) -> Option<&Excursion> {
        self.open.as_ref()
    }

    /// What goes on is no repetition.
    pub(super) fn drop_open(&mut self) {
        self.open = None;
        self.before = [None; 2];
    }

    /// Takes what is known now; gives the movement that is over with it. One wrong sample is no
    /// movement: of three in a row, the middle value counts.
    pub(super) fn take(&mut self, now: &Now) -> Option<Excursion> {
        let angles = match self.before {
            [Some(a), Some(b)] => middle(&a, &b, &now.angles),
            _ => now.angles,
        };
        self.before = [self.before[1], Some(now.angles)];
        let now = Now { angles, ..*now };
        let settings = pipeline::Settings::default().repetition;
        let Some(open) = &mut self.open else {
            if largest(&angles).1 > settings.excursion_rad {
                self.open = Some(Excursion::new(&now));
            }
            return None;
        };
        open.add(&now);
        let back = open.farthest().angle_rad(&angles) < settings.back_rad;
        if back { self.open.take() } else { None }
    }

    /// The head rests in the zero again.
    pub(super) fn rest(&mut self) -> Option<Excursion> {
        self.before = [None; 2];
        self.open.take()
    }
}

fn middle(a: &NeckAngles, b: &NeckAngles, c: &NeckAngles) -> NeckAngles {
    let of = |pick: fn(&NeckAngles) -> f64| {
        let (a, b, c) = (pick(a), pick(b), pick(c));
        a.max(b).min(a.min(b).max(c))
    };
    NeckAngles {
        flexion_rad: of(|angles| angles.flexion_rad),
        side_bend_right_rad: of(|angles| angles.side_bend_right_rad),
        rotation_left_rad: of(|angles| angles.rotation_left_rad),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(k: usize, flexion_deg: f64) -> Now {
        Now {
            time_s: k as f64 / 50.0,
            angles: NeckAngles {
                flexion_rad: flexion_deg.to_radians(),
                ..NeckAngles::default()
            },
            speed_rad_s: 0.5,
            trunk_rad: None,
        }
    }

    fn found(angles_deg: &[f64]) -> Vec<(Option<Movement>, f64)> {
        let mut finder = Finder::default();
        let taken = angles_deg.iter().enumerate();
        taken
            .filter_map(|(k, &angle)| finder.take(&now(k, angle)))
            .map(|e| (e.movement(), e.peak_rad.to_degrees().round()))
            .collect()
    }

    #[test]
    fn a_sweep_is_one_repetition_each_side_and_a_wrong_sample_is_none() {
        let wave: Vec<f64> = (0..=200)
            .map(|k| 40.0 * (f64::from(k) * std::f64::consts::TAU / 200.0).sin())
            .chain([0.0, 0.0, 90.0, 0.0, 0.0])
            .collect();
        let expected = [
            (Some(Movement::Flexion), 40.0),
            (Some(Movement::Extension), 40.0),
        ];
        assert_eq!(found(&wave), expected);
    }

    #[test]
    fn under_ten_degrees_is_nothing() {
        let wave: Vec<f64> = (0..100)
            .map(|k| 9.5 * (f64::from(k) / 10.0).sin())
            .collect();
        assert_eq!(found(&wave), []);
    }
}
