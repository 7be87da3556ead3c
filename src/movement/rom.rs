//! ROM of each movement: which repetitions count, their mean, and totals.

use std::ops::Range;

use super::{LeftOut, Movement, MovementRom, Plane, Repetition};
use crate::reference;

/// Which repetitions count.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counting {
    /// The first so many of each movement are practice.
    pub practice: usize,
    /// Times in which repetitions are practice, seconds.
    pub practice_spans_s: Vec<Range<f64>>,
    /// Time in which repetitions are nods, seconds.
    pub nods_s: Option<Range<f64>>,
    /// Times of poses held to show the axes, seconds.
    pub pose_spans_s: Vec<Range<f64>>,
    /// The only movements a labelled trial is about; empty for a whole protocol.
    pub labelled: Vec<Movement>,
}

/// A repetition under this share of the largest of its movement is a stray.
pub const STRAY_SHARE: f64 = 0.5;
/// Nods go at most this share of the largest flexion; what goes farther is measured.
const NOD_SHARE: f64 = 0.75;

/// Marks the repetitions that do not count: poses, nods, other movements than labelled, strays, practice;
/// in this order, so that a practice repetition is one that could have counted.
pub fn mark(repetitions: &mut [Repetition], counting: &Counting) {
    mark_poses(repetitions, counting);
    mark_nods(repetitions, counting);
    for repetition in repetitions.iter_mut().filter(|r| r.left_out.is_none()) {
        let labelled = &counting.labelled;
        if !labelled.is_empty() && !repetition.movement.is_some_and(|m| labelled.contains(&m)) {
            repetition.left_out = Some(LeftOut::OtherMovement);
        }
    }
    for movement in Movement::ALL {
        mark_strays_and_practice(repetitions, movement, counting);
    }
}

/// Whatever was made to get into a pose and out of it.
fn mark_poses(repetitions: &mut [Repetition], counting: &Counting) {
    for repetition in repetitions {
        let meets = |s: &Range<f64>| s.start < repetition.end_s && repetition.start_s < s.end;
        if counting.pose_spans_s.iter().any(meets) {
            repetition.left_out = Some(LeftOut::Pose);
        }
    }
}

/// Flexions in the span of the nods, when larger flexions were made later, or when the trial is
/// labelled with other movements than flexion.
fn mark_nods(repetitions: &mut [Repetition], counting: &Counting) {
    let Some(nods_s) = &counting.nods_s else {
        return;
    };
    let labelled = &counting.labelled;
    let of_another = !labelled.is_empty() && !labelled.contains(&Movement::Flexion);
    let inside = |r: &Repetition| nods_s.contains(&r.peak_s);
    let largest = repetitions
        .iter()
        .filter(|r| !inside(r) && r.movement == Some(Movement::Flexion))
        .map(|r| r.rom_rad)
        .fold(0.0, f64::max);
    for repetition in repetitions.iter_mut().filter(|r| inside(r)) {
        let nod_only = of_another && repetition.movement == Some(Movement::Flexion);
        if nod_only || repetition.rom_rad <= NOD_SHARE * largest {
            repetition.left_out = Some(LeftOut::Nod);
        }
    }
}

fn mark_strays_and_practice(
    repetitions: &mut [Repetition],
    movement: Movement,
    counting: &Counting,
) {
    let counts = |r: &&mut Repetition| r.left_out.is_none() && r.movement == Some(movement);
    let largest = repetitions
        .iter_mut()
        .filter(counts)
        .map(|r| r.rom_rad)
        .fold(0.0, f64::max);
    for repetition in repetitions.iter_mut().filter(counts) {
        if repetition.rom_rad < STRAY_SHARE * largest {
            repetition.left_out = Some(LeftOut::Stray);
        }
    }
    for (k, repetition) in repetitions.iter_mut().filter(counts).enumerate() {
        let in_span = counting
            .practice_spans_s
            .iter()
            .any(|s| s.contains(&repetition.peak_s));
        if in_span || k < counting.practice {
            repetition.left_out = Some(LeftOut::Practice);
        }
    }
}

/// The ROM of all six movements, over the repetitions that count.
pub fn summarise<'a>(repetitions: impl IntoIterator<Item = &'a Repetition>) -> [MovementRom; 6] {
    let mut angles: [Vec<f64>; 6] = Default::default();
    for repetition in repetitions {
        if let (Some(movement), None) = (repetition.movement, repetition.left_out) {
            angles[movement as usize].push(repetition.rom_rad);
        }
    }
    Movement::ALL.map(|movement| summary(movement, &angles[movement as usize]))
}

fn summary(movement: Movement, angles_rad: &[f64]) -> MovementRom {
    let (mean_rad, sd_rad) = mean_and_sd(angles_rad);
    MovementRom {
        movement,
        n: angles_rad.len(),
        mean_rad,
        sd_rad,
        max_rad: angles_rad.iter().copied().reduce(f64::max),
        consistent: consistent(angles_rad),
    }
}

/// Mean, and standard deviation (n - 1); `None` of none, and of the latter under two.
pub(super) fn mean_and_sd(angles_rad: &[f64]) -> (Option<f64>, Option<f64>) {
    let n = angles_rad.len();
    let mean = (n > 0).then(|| angles_rad.iter().sum::<f64>() / n as f64);
    let sd = mean.filter(|_| n > 1).map(|mean| {
        let squared: f64 = angles_rad.iter().map(|a| (a - mean).powi(2)).sum();
        (squared / (n - 1) as f64).sqrt()
    });
    (mean, sd)
}

/// Every one of these angles lies near their mean; `None` under two.
pub fn consistent(angles_rad: &[f64]) -> Option<bool> {
    let n = angles_rad.len();
    (n > 1).then(|| {
        let mean = angles_rad.iter().sum::<f64>() / n as f64;
        let limit = consistency_limit_rad(mean);
        angles_rad.iter().all(|a| (a - mean).abs() <= limit)
    })
}

/// How far a repetition may lie from the mean: an angle or a share of the mean, whichever is larger,
/// with a rounding error's grace.
fn consistency_limit_rad(mean_rad: f64) -> f64 {
    let limits = &reference::thresholds().consistency;
    limits
        .angle
        .value_si()
        .max(limits.share.value_si() * mean_rad)
        + 1e-9
}

/// Sum of the means of a plane's two movements, radians, of those of all six; `None` if one is missing.
pub fn plane_total_rad(means_rad: &[Option<f64>; 6], plane: Plane) -> Option<f64> {
    let [a, b] = plane.movements().map(|m| means_rad[m as usize]);
    Some(a? + b?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::angles::NeckAngles;

    pub(crate) fn repetition(movement: Movement, rom_deg: f64, peak_s: f64) -> Repetition {
        Repetition {
            movement: Some(movement),
            start_s: peak_s - 1.0,
            peak_s,
            end_s: peak_s + 1.0,
            rom_rad: rom_deg.to_radians(),
            hold_s: 0.0,
            peak_speed_rad_s: 1.0,
            mean_speed_rad_s: 0.5,
            smoothness: None,
            end_range: NeckAngles::default(),
            zero_offset: NeckAngles::default(),
            trunk_motion_rad: None,
            left_out: None,
        }
    }

    fn flexions(roms_deg: &[f64]) -> Vec<Repetition> {
        let at = |(k, &rom): (usize, &f64)| repetition(Movement::Flexion, rom, 10.0 * k as f64);
        roms_deg.iter().enumerate().map(at).collect()
    }

    fn reasons(repetitions: &[Repetition]) -> Vec<Option<LeftOut>> {
        repetitions.iter().map(|r| r.left_out).collect()
    }

    #[test]
    fn strays_then_practice() {
        let mut repetitions = flexions(&[20.0, 48.0, 50.0, 52.0, 50.0]);
        mark(
            &mut repetitions,
            &Counting {
                practice: 1,
                ..Counting::default()
            },
        );
        let expected = [
            Some(LeftOut::Stray),
            Some(LeftOut::Practice),
            None,
            None,
            None,
        ];
        assert_eq!(reasons(&repetitions), expected);
        let rom = summarise(&repetitions)[0];
        assert_eq!(rom.n, 3);
        assert!((rom.mean_rad.unwrap().to_degrees() - 152.0 / 3.0).abs() < 1e-9);
        assert!((rom.sd_rad.unwrap().to_degrees() - 1.1547).abs() < 1e-4);
        assert_eq!(rom.consistent, Some(true));
    }

    #[test]
    fn nods_count_when_nothing_larger_follows() {
        let nods = Counting {
            nods_s: Some(-1.0..15.0),
            ..Counting::default()
        };
        let mut with_flexions = flexions(&[18.0, 18.0, 50.0, 50.0]);
        mark(&mut with_flexions, &nods);
        assert_eq!(
            reasons(&with_flexions)[..2],
            [Some(LeftOut::Nod), Some(LeftOut::Nod)]
        );
        let mut alone = flexions(&[50.0, 50.0]);
        mark(&mut alone, &nods);
        assert_eq!(reasons(&alone), [None, None]);
    }

    #[test]
    fn a_labelled_trial_is_about_its_movement() {
        let mut repetitions = flexions(&[50.0]);
        repetitions.push(repetition(Movement::Extension, 12.0, 20.0));
        mark(
            &mut repetitions,
            &Counting {
                labelled: vec![Movement::Flexion],
                ..Counting::default()
            },
        );
        assert_eq!(reasons(&repetitions), [None, Some(LeftOut::OtherMovement)]);
    }

    #[test]
    fn inconsistent_beyond_five_degrees_or_ten_percent() {
        let consistent = |roms: &[f64]| summarise(&flexions(roms))[0].consistent;
        assert_eq!(consistent(&[40.0, 50.0, 45.0]), Some(true));
        assert_eq!(consistent(&[39.0, 51.0, 45.0]), Some(false));
        assert_eq!(consistent(&[82.0, 98.0, 90.0]), Some(true));
        assert_eq!(consistent(&[50.0]), None);
    }

    #[test]
    fn a_plane_needs_both_movements() {
        let total = |repetitions: &[Repetition]| {
            let means_rad = summarise(repetitions).map(|rom| rom.mean_rad);
            plane_total_rad(&means_rad, Plane::Sagittal)
        };
        let mut repetitions = flexions(&[50.0]);
        assert_eq!(total(&repetitions), None);
        repetitions.push(repetition(Movement::Extension, 60.0, 20.0));
        let total = total(&repetitions).unwrap();
        assert!((total.to_degrees() - 110.0).abs() < 1e-9);
    }
}
