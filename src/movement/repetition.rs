//! Finds repetitions: leaves neutral, reaches an end range, comes back. Found, never tapped.

use std::ops::Range;

use super::{LeftOut, Movement, Repetition, smoothness};
use crate::angles::NeckAngles;
use crate::angles::neck::NeckMotion;

/// What makes a repetition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepetitionSettings {
    /// An excursion begins beyond this angle, radians.
    pub excursion_rad: f64,
    /// It is over when the angle comes back under this one, radians.
    pub back_rad: f64,
    /// Start and end: share of the peak angle, and of the peak speed.
    pub edge_share: f64,
    /// The movement's angle must be this many times each other one.
    pub dominance: f64,
    /// A hold is within this share of the peak …
    pub hold_share: f64,
    /// … and slower than this, rad/s.
    pub hold_speed_rad_s: f64,
    /// A repetition with more than this share of bad samples is left out.
    pub bad_share: f64,
}

/// The six signed directions as excursions see them.
const COMPONENTS: [[Movement; 2]; 3] = [
    [Movement::Flexion, Movement::Extension],
    [Movement::SideBendRight, Movement::SideBendLeft],
    [Movement::RotationLeft, Movement::RotationRight],
];

/// One direction's angle beyond the threshold and back.
#[derive(Debug, Clone)]
struct Excursion {
    movement: Movement,
    span: Range<usize>,
    peak: usize,
    peak_rad: f64,
    complete: bool,
}

/// A stretch between zeros, in which repetitions are looked for.
#[derive(Debug, Clone)]
struct Bout {
    samples: Range<usize>,
    zero: usize,
    /// Begins at a zero, not at the edge of a gap.
    from_rest: bool,
    /// Ends at a zero, not at the edge of a gap.
    to_rest: bool,
}

/// All repetitions, in order of time; of the reasons for leaving out, only [`LeftOut::Mixed`],
/// [`LeftOut::Incomplete`] and [`LeftOut::BadSamples`] are set here.
pub fn find(motion: &NeckMotion, settings: &RepetitionSettings) -> Vec<Repetition> {
    let mut found = Vec::new();
    for bout in bouts(motion) {
        for excursion in primary(excursions(motion, &bout, settings)) {
            let finder = Finder {
                motion,
                settings,
                bout: &bout,
            };
            found.push(finder.repetition(&excursion));
        }
    }
    found.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    found
}

/// The stretches from each zero to the next, cut at gaps. What comes before the first zero has none
/// and is not looked at.
fn bouts(motion: &NeckMotion) -> Vec<Bout> {
    let mut bouts = Vec::new();
    for segment in &motion.segments {
        let mut start = segment.start;
        let mut from_rest = false;
        let mut zero = motion
            .zeros
            .iter()
            .rposition(|z| z.samples.start < segment.start);
        let inside = |z: &Range<usize>| segment.start <= z.start && z.end <= segment.end;
        let own = motion
            .zeros
            .iter()
            .enumerate()
            .filter(|(_, z)| inside(&z.samples));
        for (k, next) in own {
            if let Some(zero) = zero {
                bouts.push(Bout {
                    samples: start..next.samples.start,
                    zero,
                    from_rest,
                    to_rest: true,
                });
            }
            (start, from_rest, zero) = (next.samples.end, true, Some(k));
        }
        if let Some(zero) = zero {
            bouts.push(Bout {
                samples: start..segment.end,
                zero,
                from_rest,
                to_rest: false,
            });
        }
    }
    bouts.retain(|bout| bout.samples.len() >= 3);
    bouts
}

/// Everything beyond the threshold, per direction.
fn excursions(motion: &NeckMotion, bout: &Bout, settings: &RepetitionSettings) -> Vec<Excursion> {
    let mut found = Vec::new();
    for directions in COMPONENTS {
        let mut next = bout.samples.start;
        while let Some(excursion) = excursion(motion, bout, next, directions, settings) {
            next = excursion.span.end;
            found.push(excursion);
        }
    }
    found
}

/// The first excursion of a bout, from a sample on, in either direction of one plane; it lasts until the
/// angle has come back.
fn excursion(
    motion: &NeckMotion,
    bout: &Bout,
    from: usize,
    directions: [Movement; 2],
    settings: &RepetitionSettings,
) -> Option<Excursion> {
    let samples = from..bout.samples.end;
    let angle = |movement: Movement| {
        let angles = &motion.angles[samples.clone()];
        angles.iter().map(move |angles| movement.angle_rad(angles))
    };
    let start = angle(directions[0]).position(|a| a.abs() > settings.excursion_rad)?;
    let first = angle(directions[0]).nth(start)?;
    let movement = directions[usize::from(first < 0.0)];
    let (mut peak, mut peak_rad, mut end) = (start, first.abs(), samples.len());
    for (i, angle) in angle(movement).enumerate().skip(start + 1) {
        if angle < settings.back_rad {
            end = i;
            break;
        }
        if angle > peak_rad {
            (peak, peak_rad) = (i, angle);
        }
    }
    let span = from + start..from + end;
    let (from_rest, to_rest) = (
        bout.from_rest || span.start > bout.samples.start,
        bout.to_rest || span.end < bout.samples.end,
    );
    Some(Excursion {
        movement,
        span,
        peak: from + peak,
        peak_rad,
        complete: from_rest && to_rest,
    })
}

/// Of excursions that overlap, the one that goes farthest at its end range; the others are its
/// coupled movement.
fn primary(mut excursions: Vec<Excursion>) -> Vec<Excursion> {
    excursions.sort_by_key(|e| e.span.start);
    let mut kept: Vec<Excursion> = Vec::new();
    let mut group: Vec<Excursion> = Vec::new();
    let mut group_end = 0;
    for excursion in excursions {
        if excursion.span.start >= group_end {
            kept.extend(farthest_first(std::mem::take(&mut group)));
        }
        group_end = group_end.max(excursion.span.end);
        group.push(excursion);
    }
    kept.extend(farthest_first(group));
    kept
}

fn farthest_first(mut group: Vec<Excursion>) -> Vec<Excursion> {
    group.sort_by(|a, b| b.peak_rad.total_cmp(&a.peak_rad));
    let mut kept: Vec<Excursion> = Vec::new();
    for excursion in group {
        if !kept.iter().any(|k| k.span.contains(&excursion.peak)) {
            kept.push(excursion);
        }
    }
    kept
}

/// The movement whose angle is `dominance` times each other one, if there is one.
pub fn dominant(end_range: &NeckAngles, dominance: f64) -> Option<Movement> {
    let angles = COMPONENTS.map(|d| d[0].angle_rad(end_range));
    let largest = (0..3).max_by(|&a, &b| angles[a].abs().total_cmp(&angles[b].abs()))?;
    let clear =
        (0..3).all(|k| k == largest || angles[largest].abs() >= dominance * angles[k].abs());
    clear.then(|| COMPONENTS[largest][usize::from(angles[largest] < 0.0)])
}

struct Finder<'a> {
    motion: &'a NeckMotion,
    settings: &'a RepetitionSettings,
    bout: &'a Bout,
}

impl Finder<'_> {
    fn repetition(&self, excursion: &Excursion) -> Repetition {
        let motion = self.motion;
        let end_range = motion.angles[excursion.peak];
        let movement = dominant(&end_range, self.settings.dominance);
        let start = self.start(excursion);
        let end = self.end(excursion);
        let outward = start..self.outward_end(start, excursion).max(start + 1);
        let speed = &motion.speed_rad_s[outward];
        let peak_speed_rad_s = speed.iter().copied().fold(0.0, f64::max);
        let left_out = match movement {
            _ if !excursion.complete => Some(LeftOut::Incomplete),
            _ if self.bad_share(start, end) > self.settings.bad_share => Some(LeftOut::BadSamples),
            None => Some(LeftOut::Mixed),
            Some(_) => None,
        };
        Repetition {
            movement,
            start_s: motion.time_s[start],
            peak_s: motion.time_s[excursion.peak],
            end_s: motion.time_s[end],
            rom_rad: excursion.peak_rad,
            hold_s: self.hold_s(start..end + 1, excursion),
            peak_speed_rad_s,
            mean_speed_rad_s: speed.iter().sum::<f64>() / speed.len() as f64,
            smoothness: smoothness::measure(speed, motion.rate_hz),
            end_range,
            zero_offset: motion.zeros[self.bout.zero].offset,
            trunk_motion_rad: motion
                .trunk_motion_rad
                .as_ref()
                .map(|trunk| trunk[start..=end].iter().copied().fold(0.0, f64::max)),
            left_out,
        }
    }

    /// Share of the samples from `start` to `end` that are missing or unsound.
    fn bad_share(&self, start: usize, end: usize) -> f64 {
        let bad_s = &self.motion.bad_s;
        let before = |sample: usize| bad_s.partition_point(|&t| t < self.motion.time_s[sample]);
        (before(end) - before(start)) as f64 / (end + 1 - start) as f64
    }

    /// Back from the threshold to where the angle or the speed is within 5 % of its peak.
    fn start(&self, excursion: &Excursion) -> usize {
        let slow = self.slow(excursion.span.start..excursion.peak + 1);
        let before = (self.bout.samples.start..excursion.span.start).rev();
        before
            .into_iter()
            .find(|&i| self.at_rest(i, excursion, slow))
            .unwrap_or(self.bout.samples.start)
    }

    /// Forward from the threshold, the same.
    fn end(&self, excursion: &Excursion) -> usize {
        let last = self.bout.samples.end - 1;
        let slow = self.slow(excursion.peak..excursion.span.end);
        (excursion.span.end.min(last)..last)
            .find(|&i| self.at_rest(i, excursion, slow))
            .unwrap_or(last)
    }

    fn at_rest(&self, i: usize, excursion: &Excursion, slow_rad_s: f64) -> bool {
        let angle = excursion.movement.angle_rad(&self.motion.angles[i]);
        angle < self.settings.edge_share * excursion.peak_rad
            || self.motion.speed_rad_s[i] < slow_rad_s
    }

    fn slow(&self, range: Range<usize>) -> f64 {
        let peak = self.motion.speed_rad_s[range]
            .iter()
            .copied()
            .fold(0.0, f64::max);
        self.settings.edge_share * peak
    }

    /// Where the outward movement is over: near the end range and slow, or the end range itself.
    fn outward_end(&self, start: usize, excursion: &Excursion) -> usize {
        let slow = self.slow(start..excursion.peak + 1);
        let near = self.settings.hold_share * excursion.peak_rad;
        (start..excursion.peak)
            .find(|&i| {
                excursion.movement.angle_rad(&self.motion.angles[i]) >= near
                    && self.motion.speed_rad_s[i] < slow
            })
            .unwrap_or(excursion.peak)
    }

    fn hold_s(&self, range: Range<usize>, excursion: &Excursion) -> f64 {
        let near = self.settings.hold_share * excursion.peak_rad;
        let held = range.filter(|&i| {
            excursion.movement.angle_rad(&self.motion.angles[i]) >= near
                && self.motion.speed_rad_s[i] < self.settings.hold_speed_rad_s
        });
        held.count() as f64 / self.motion.rate_hz
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::angles::neck::Zero;

    const RATE_HZ: f64 = 100.0;

    fn settings() -> RepetitionSettings {
        RepetitionSettings {
            excursion_rad: 10_f64.to_radians(),
            back_rad: 5_f64.to_radians(),
            edge_share: 0.05,
            dominance: 1.5,
            hold_share: 0.9,
            hold_speed_rad_s: 5_f64.to_radians(),
            bad_share: 0.05,
        }
    }

    /// One second at zero, then for each triple (flexion, side-bend right, rotation left, degrees)
    /// 2 s out and back; and `tail_s` at zero.
    fn motion(peaks_deg: &[[f64; 3]], tail_s: f64) -> NeckMotion {
        let mut angles = vec![NeckAngles::default(); 100];
        for peak in peaks_deg {
            angles.extend((0..200).map(|k| {
                let bump = (1.0 - (f64::from(k) / 200.0 * std::f64::consts::TAU).cos()) / 2.0;
                NeckAngles {
                    flexion_rad: (peak[0] * bump).to_radians(),
                    side_bend_right_rad: (peak[1] * bump).to_radians(),
                    rotation_left_rad: (peak[2] * bump).to_radians(),
                }
            }));
        }
        let tail = angles.len()..angles.len() + (tail_s * RATE_HZ) as usize;
        angles.resize(tail.end, NeckAngles::default());
        let norm = |a: &NeckAngles| {
            a.flexion_rad
                .hypot(a.side_bend_right_rad)
                .hypot(a.rotation_left_rad)
        };
        let speed: Vec<f64> = (0..angles.len())
            .map(|i| (norm(&angles[i]) - norm(&angles[i.saturating_sub(1)])).abs() * RATE_HZ)
            .collect();
        let zero = |samples| Zero {
            samples,
            offset: NeckAngles::default(),
        };
        let mut zeros = vec![zero(0..100)];
        if !tail.is_empty() {
            zeros.push(zero(tail));
        }
        NeckMotion {
            rate_hz: RATE_HZ,
            time_s: (0..angles.len()).map(|i| i as f64 / RATE_HZ).collect(),
            segments: vec![0..angles.len()],
            speed_rad_s: speed,
            angles,
            zeros,
            bad_s: Vec::new(),
            trunk_motion_rad: None,
        }
    }

    fn movements(motion: &NeckMotion) -> Vec<(Option<Movement>, f64, Option<LeftOut>)> {
        find(motion, &settings())
            .iter()
            .map(|r| (r.movement, r.rom_rad.to_degrees(), r.left_out))
            .collect()
    }

    #[test]
    fn a_sweep_through_neutral_is_one_repetition_each_side() {
        let found = movements(&motion(&[[50.0, 5.0, 0.0], [-40.0, 4.0, 0.0]], 1.0));
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].0, found[1].0),
            (Some(Movement::Flexion), Some(Movement::Extension))
        );
        assert!((found[0].1 - 50.0).abs() < 0.1 && (found[1].1 - 40.0).abs() < 0.1);
    }

    #[test]
    fn coupled_movement_over_the_threshold_is_no_repetition_of_its_own() {
        let found = movements(&motion(&[[0.0, 12.0, 80.0]], 1.0));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, Some(Movement::RotationLeft));
    }

    #[test]
    fn what_has_no_main_direction_is_mixed() {
        let found = movements(&motion(&[[40.0, -30.0, 0.0]], 1.0));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0, found[0].2), (None, Some(LeftOut::Mixed)));
    }

    #[test]
    fn small_excursions_are_none() {
        assert!(movements(&motion(&[[9.0, 0.0, 0.0], [0.0, -9.5, 0.0]], 1.0)).is_empty());
    }

    #[test]
    fn a_recording_that_stops_at_the_end_range_leaves_it_out() {
        let mut cut = motion(&[[50.0, 0.0, 0.0]], 0.0);
        cut.segments = vec![0..200];
        let found = movements(&cut);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].2, Some(LeftOut::Incomplete));
    }

    #[test]
    fn times_speed_and_hold() {
        let found = find(&motion(&[[50.0, 0.0, 0.0]], 1.0), &settings());
        let repetition = &found[0];
        assert!(
            (repetition.start_s - 1.1).abs() < 0.1,
            "{}",
            repetition.start_s
        );
        assert!((repetition.peak_s - 2.0).abs() < 0.02);
        assert!((repetition.end_s - 2.9).abs() < 0.1, "{}", repetition.end_s);
        assert!((repetition.peak_speed_rad_s.to_degrees() - 78.5).abs() < 1.0);
        assert!(repetition.hold_s < 0.1);
        assert_eq!(repetition.smoothness.unwrap().velocity_peaks, 1);
    }
}
