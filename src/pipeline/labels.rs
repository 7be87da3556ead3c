//! What a recording says about itself: neutral, nods, practice, which movement was made when.

use std::ops::Range;

use nalgebra::Vector3;

use super::{Settings, span_s};
use crate::angles::neck::NeckMotion;
use crate::movement::rom::Counting;
use crate::movement::{Movement, labelled_movements};
use crate::orientation::align::{LabelledPose, LabelledSpan, Pose};
use crate::orientation::clock::EvenSamples;
use crate::orientation::still::{self, StillWindow};
use crate::sample::{About, Event, SensorPlace};
use crate::warning::{Warning, Warnings};

/// Which repetitions count.
pub(super) fn counting(
    about: &About,
    settings: &Settings,
    motion: &NeckMotion,
    nods: Option<&Range<usize>>,
) -> Counting {
    let practice = |event: &&Event| event.name.eq_ignore_ascii_case("practice");
    Counting {
        practice: settings.practice.or(about.practice).unwrap_or(0),
        practice_spans_s: about
            .events
            .iter()
            .filter(practice)
            .map(|event| event.onset_s..event.onset_s + event.duration_s)
            .collect(),
        pose_spans_s: about
            .events
            .iter()
            .filter(|event| Pose::from_name(&event.name).is_some())
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
pub(super) fn labelled_neutral(about: &About, samples: &EvenSamples) -> Option<StillWindow> {
    still::window(samples, event_samples(about, samples, "neutral")?)
}

/// When a sensor started anew, as events marked `restart` say; seconds, in their order.
pub(super) fn restarts_s(about: &About) -> impl Iterator<Item = f64> {
    let named = |event: &&Event| event.name.eq_ignore_ascii_case("restart");
    let events = about.events.iter();
    events.filter(named).map(|event| event.onset_s)
}

/// The span of an event marked `nods`.
pub(super) fn nods_event(about: &About, samples: &EvenSamples) -> Option<Range<usize>> {
    event_samples(about, samples, "nods")
}

fn event_samples(about: &About, samples: &EvenSamples, name: &str) -> Option<Range<usize>> {
    let event = about
        .events
        .iter()
        .find(|e| e.name.eq_ignore_ascii_case(name))?;
    event_span(event, samples)
}

/// Where the recording says that a pose was held in which the segment of this sensor tilts.
pub(super) fn labelled_poses(
    about: &About,
    samples: &EvenSamples,
    place: SensorPlace,
) -> Vec<LabelledPose> {
    let labelled = |event: &Event| {
        let pose = Pose::from_name(&event.name).filter(|pose| pose.tilts(place))?;
        let samples = event_span(event, samples)?;
        Some(LabelledPose { pose, samples })
    };
    about.events.iter().filter_map(labelled).collect()
}

/// Says which labelled neutral or pose holds no samples, or a gap.
pub(super) fn warn_of_unusable(about: &About, samples: &EvenSamples, warnings: &mut Warnings) {
    for event in &about.events {
        let matters =
            event.name.eq_ignore_ascii_case("neutral") || Pose::from_name(&event.name).is_some();
        if matters && event_span(event, samples).is_none() {
            let (name, from_s) = (&event.name, event.onset_s);
            let to_s = from_s + event.duration_s;
            warnings.add(Warning::LabelUnusable, || {
                format!("'{name}' from {from_s:.1} to {to_s:.1} s holds no samples, or a gap")
            });
        }
    }
}

fn event_span(event: &Event, samples: &EvenSamples) -> Option<Range<usize>> {
    samples_between(samples, event.onset_s, event.onset_s + event.duration_s)
}

/// The sample range between two times; `None` when it is empty or spans a gap.
fn samples_between(samples: &EvenSamples, from_s: f64, to_s: f64) -> Option<Range<usize>> {
    let start = samples.time_s.partition_point(|&t| t < from_s);
    let end = samples.time_s.partition_point(|&t| t <= to_s);
    let whole = |s: &Range<usize>| s.start <= start && end <= s.end;
    (start + 2 < end && samples.segments.iter().any(whole)).then_some(start..end)
}

/// The spans of events named `PREFIX` and a movement, seconds.
pub(super) fn spans_named<'r>(
    about: &'r About,
    prefix: &'r str,
) -> impl Iterator<Item = (Movement, Range<f64>)> + 'r {
    about.events.iter().filter_map(move |event| {
        let movement = Movement::from_name(event.name.strip_prefix(prefix)?)?;
        Some((movement, event.onset_s..event.onset_s + event.duration_s))
    })
}

/// Where the recording says which movement was made: events named after one, or its task.
pub(super) fn labelled_spans(about: &About, samples: &EvenSamples) -> Vec<LabelledSpan> {
    let of_events = about
        .events
        .iter()
        .filter_map(|event| labelled_span(&event.name, event_span(event, samples)?));
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
