//! What a recording says about itself: neutral, nods, practice, which movement was made when.

use std::ops::Range;

use nalgebra::Vector3;

use super::{Settings, span_s};
use crate::angles::neck::NeckMotion;
use crate::movement::rom::Counting;
use crate::movement::{Movement, labelled_movements};
use crate::orientation::align::LabelledSpan;
use crate::orientation::clock::EvenSamples;
use crate::orientation::still::{self, StillWindow};
use crate::sample::Recording;

/// Which repetitions count.
pub(super) fn counting(
    recording: &Recording,
    settings: &Settings,
    motion: &NeckMotion,
    nods: Option<&Range<usize>>,
) -> Counting {
    let about = &recording.about;
    let practice = |event: &&crate::sample::Event| event.name.eq_ignore_ascii_case("practice");
    Counting {
        practice: settings.practice.or(about.practice).unwrap_or(0),
        practice_spans_s: about
            .events
            .iter()
            .filter(practice)
            .map(|event| event.onset_s..event.onset_s + event.duration_s)
            .collect(),
        nods_s: nods.map(|samples| span_s(&motion.time_s, samples)),
        labelled: about
            .task
            .as_deref()
            .map(labelled_movements)
            .unwrap_or_default(),
    }
}

/// The span of an event marked `neutral`, as a still window.
pub(super) fn labelled_neutral(
    recording: &Recording,
    samples: &EvenSamples,
) -> Option<StillWindow> {
    still::window(samples, event_samples(recording, samples, "neutral")?)
}

/// The span of an event marked `nods`.
pub(super) fn nods_event(recording: &Recording, samples: &EvenSamples) -> Option<Range<usize>> {
    event_samples(recording, samples, "nods")
}

fn event_samples(recording: &Recording, samples: &EvenSamples, name: &str) -> Option<Range<usize>> {
    let event = recording
        .about
        .events
        .iter()
        .find(|e| e.name.eq_ignore_ascii_case(name))?;
    samples_between(samples, event.onset_s, event.onset_s + event.duration_s)
}

/// The sample range between two times; `None` when it is empty or spans a gap.
fn samples_between(samples: &EvenSamples, from_s: f64, to_s: f64) -> Option<Range<usize>> {
    let start = samples.time_s.partition_point(|&t| t < from_s);
    let end = samples.time_s.partition_point(|&t| t <= to_s);
    let whole = |s: &Range<usize>| s.start <= start && end <= s.end;
    (start + 2 < end && samples.segments.iter().any(whole)).then_some(start..end)
}

/// Where the recording says which movement was made: events named after one, or its task.
pub(super) fn labelled_spans(recording: &Recording, samples: &EvenSamples) -> Vec<LabelledSpan> {
    let about = &recording.about;
    let of_events = about.events.iter().filter_map(|event| {
        let end_s = event.onset_s + event.duration_s;
        labelled_span(&event.name, samples_between(samples, event.onset_s, end_s)?)
    });
    let whole = about.task.iter().flat_map(|task| {
        let of_segment = |segment: &Range<usize>| labelled_span(task, segment.clone());
        samples
            .segments
            .iter()
            .filter_map(of_segment)
            .collect::<Vec<_>>()
    });
    of_events.chain(whole).collect()
}

/// A span labelled with one movement about a horizontal axis.
fn labelled_span(label: &str, samples: Range<usize>) -> Option<LabelledSpan> {
    let axis_in_head = match Movement::from_name(label)? {
        Movement::Flexion => -Vector3::z(),
        Movement::Extension => Vector3::z(),
        Movement::SideBendRight => Vector3::x(),
        Movement::SideBendLeft => -Vector3::x(),
        Movement::RotationLeft | Movement::RotationRight => return None,
    };
    Some(LabelledSpan {
        samples,
        axis_in_head,
    })
}
