//! The parts of a session that are no plain ROM: the flexion-rotation test, and finding neutral again.

use std::ops::Range;

use super::{Settings, labels};
use crate::angles::neck::{NeckMotion, Relative};
use crate::movement::repetition;
use crate::movement::reposition::{self, Repositioning};
use crate::movement::rom::{self, Counting};
use crate::movement::{Movement, MovementRom, Repetition};
use crate::orientation::clock::EvenSamples;
use crate::orientation::still::{self, StillSettings, StillWindow};
use crate::sample::About;

/// A flexion-rotation test to one side: the zeros of its rotations, with the head bent forward.
pub(super) struct FlexionRotation {
    movement: Movement,
    span_s: Range<f64>,
    bent: Vec<StillWindow>,
}

/// The flexion-rotation tests that the recording names, and where the head rested in each, bent forward:
/// the position it came back to most, since nothing else can tell it from lying.
pub(super) fn flexion_rotations(
    about: &About,
    head: &EvenSamples,
    windows: &[StillWindow],
    settings: &Settings,
) -> Vec<FlexionRotation> {
    let shortest = StillSettings {
        neutral_window_s: settings.still.window_s,
        ..settings.still
    };
    let test = |(movement, span_s): (Movement, Range<f64>)| {
        let within = |window: &&StillWindow| {
            let time_s = still::middle_s(window, head);
            span_s.contains(&time_s)
        };
        let own: Vec<StillWindow> = windows.iter().filter(within).cloned().collect();
        let bent = still::neutral(&own, head, None, &shortest).ok()?.returns;
        Some(FlexionRotation {
            movement,
            span_s,
            bent,
        })
    };
    let named = labels::spans_named(about, "flexion_");
    let rotations = named.filter(|(movement, _)| {
        matches!(movement, Movement::RotationLeft | Movement::RotationRight)
    });
    rotations.filter_map(test).collect()
}

/// How far the head turned about its own long axis from the bent position, to each side that was tested.
pub(super) fn measure_flexion_rotations(
    tests: &[FlexionRotation],
    relative: &Relative,
    motion: &NeckMotion,
    settings: &Settings,
) -> Vec<MovementRom> {
    let mut repetitions: Vec<Repetition> = Vec::new();
    for test in tests {
        let (angles, zeros) = relative.from_zeros(&test.bent);
        let bent = NeckMotion {
            angles,
            zeros,
            segments: within(&motion.segments, &motion.time_s, &test.span_s),
            ..motion.clone()
        };
        let mut own = repetition::find(&bent, &settings.repetition);
        let counting = Counting {
            labelled: vec![test.movement],
            ..Counting::default()
        };
        rom::mark(&mut own, &counting);
        repetitions.extend(own);
    }
    let sides = [Movement::RotationLeft, Movement::RotationRight];
    let tested = |rom: &MovementRom| {
        sides.contains(&rom.movement) && tests.iter().any(|test| test.movement == rom.movement)
    };
    let roms = rom::summarise(&repetitions);
    roms.into_iter().filter(tested).collect()
}

/// The parts of segments in a span of time.
fn within(segments: &[Range<usize>], time_s: &[f64], span_s: &Range<f64>) -> Vec<Range<usize>> {
    let start = time_s.partition_point(|t| *t < span_s.start);
    let end = time_s.partition_point(|t| *t < span_s.end);
    let part = |segment: &Range<usize>| segment.start.max(start)..segment.end.min(end);
    segments
        .iter()
        .map(part)
        .filter(|part| part.len() >= 3)
        .collect()
}

/// How well neutral was found again, for each movement that the recording names as such.
pub(super) fn repositionings(
    about: &About,
    motion: &NeckMotion,
    repetitions: &[Repetition],
) -> Vec<Repositioning> {
    let spans: Vec<(Movement, Range<f64>)> = labels::spans_named(about, "reposition_").collect();
    let of = |movement: Movement| {
        let inside = |repetition: &&Repetition| {
            repetition.movement == Some(movement)
                && repetition.left_out.is_none()
                && spans.iter().any(|(named, span_s)| {
                    *named == movement && span_s.contains(&repetition.peak_s)
                })
        };
        let made = repetitions.iter().filter(inside);
        let errors: Vec<_> = made
            .filter_map(|one| reposition::error(one, &motion.time_s, &motion.zeros))
            .collect();
        reposition::measure(movement, &errors)
    };
    Movement::ALL.into_iter().filter_map(of).collect()
}
