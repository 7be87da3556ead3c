//! Sensor axes to neck angles while a capture runs: the same alignment as the analysis makes
//! ([`align`]), of what was seen since neutral, made anew after each step that shows more.

use std::ops::Range;

use nalgebra::{UnitQuaternion, Vector3};

use super::grid::{GRID_HZ, Point};
use crate::angles::{NeckAngles, twist};
use crate::frames::Mount;
use crate::movement::Movement;
use crate::orientation::align::{self, Alignment, Known, LabelledSpan, Method, Motion};
use crate::orientation::clock::EvenSamples;
use crate::orientation::still::{self, Neutral, StillWindow};
use crate::orientation::{angle_between, unit};

/// Points that are kept for alignment: 20 minutes. Forward is long known by then.
const POINTS_MAX: usize = 20 * 60 * GRID_HZ as usize;
/// Still windows that are kept for it.
const WINDOWS_MAX: usize = 4000;

/// Where head and trunk sensor point while the head rests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rest {
    pub(super) head: [f64; 4],
    pub(super) trunk: Option<[f64; 4]>,
}

/// Segments in sensor axes.
#[derive(Debug, Clone, Copy)]
struct Axes {
    sensor_from_head: UnitQuaternion<f64>,
    sensor_from_trunk: Option<UnitQuaternion<f64>>,
    method: Method,
}

/// How the sensors are declared to sit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Mounts {
    /// The head sensor.
    pub head: Option<Mount>,
    /// The trunk sensor.
    pub trunk: Option<Mount>,
}

/// What was seen since neutral.
#[derive(Debug, Clone, Default)]
struct Seen {
    time_s: Vec<f64>,
    head: Vec<[f64; 4]>,
    trunk: Vec<[f64; 4]>,
    /// Where a gap ended.
    breaks: Vec<usize>,
    /// Still windows, and which of them lie in neutral.
    windows: Vec<(Range<usize>, bool)>,
    /// Times in which a known movement was made, seconds.
    trials: Vec<(Range<f64>, Movement)>,
}

impl Seen {
    fn add(&mut self, point: &Point) {
        if self.time_s.len() >= POINTS_MAX {
            return;
        }
        if point.after_gap && !self.time_s.is_empty() {
            self.breaks.push(self.time_s.len());
        }
        self.time_s.push(point.time_s);
        self.head.push(point.head);
        if let Some(trunk) = point.trunk {
            // The trunk sensor may have come later than the head's.
            self.trunk.resize(self.head.len() - 1, trunk);
            self.trunk.push(trunk);
        }
    }

    fn samples(&self, span_s: &Range<f64>) -> Range<usize> {
        let place = |time_s: f64| self.time_s.partition_point(|t| *t < time_s);
        place(span_s.start)..place(span_s.end)
    }

    fn even(&self, orientations: &[[f64; 4]]) -> EvenSamples {
        let mut earth_from_sensor = orientations.to_vec();
        let ends = self.breaks.iter().copied().chain([earth_from_sensor.len()]);
        let mut segments: Vec<Range<usize>> = Vec::with_capacity(self.breaks.len() + 1);
        for end in ends {
            segments.push(segments.last().map_or(0, |last| last.end)..end);
        }
        for segment in &segments {
            crate::orientation::clock::make_continuous(&mut earth_from_sensor[segment.clone()]);
        }
        EvenSamples {
            rate_hz: GRID_HZ,
            time_s: self.time_s.clone(),
            earth_from_sensor,
            segments,
            ..EvenSamples::default()
        }
    }

    fn spans(&self) -> Vec<LabelledSpan> {
        let span = |(span_s, movement): &(Range<f64>, Movement)| {
            let samples = self.samples(span_s);
            let axis_in_head = match movement {
                Movement::Flexion => -Vector3::z(),
                Movement::Extension => Vector3::z(),
                Movement::SideBendRight => Vector3::x(),
                Movement::SideBendLeft => -Vector3::x(),
                Movement::RotationLeft | Movement::RotationRight => return None,
            };
            (samples.len() > 2).then_some(LabelledSpan {
                samples,
                axis_in_head,
            })
        };
        self.trials.iter().filter_map(span).collect()
    }
}

/// The neck: how the sensors sit, and what they saw.
#[derive(Debug, Clone, Default)]
pub(super) struct Neck {
    mounts: Mounts,
    seen: Seen,
    neutral: Option<Rest>,
    axes: Option<Axes>,
}

impl Neck {
    pub(super) fn new(mounts: Mounts) -> Self {
        Self {
            mounts,
            ..Self::default()
        }
    }

    pub(super) const fn neutral(&self) -> Option<&Rest> {
        self.neutral.as_ref()
    }

    /// How forward was found; `None` before neutral.
    pub(super) fn method(&self) -> Option<Method> {
        self.axes.map(|axes| axes.method)
    }

    /// Forward is a guess: a tilt is known, its direction is not.
    pub(super) fn is_forward_guessed(&self) -> bool {
        self.method()
            .is_none_or(|method| method == Method::SensorAxes)
    }

    /// What was seen is forgotten: a still time begins that may become neutral.
    pub(super) fn begin(&mut self) {
        self.seen = Seen::default();
    }

    pub(super) fn add(&mut self, point: &Point) {
        self.seen.add(point);
    }

    /// All since [`Self::begin`] is neutral.
    pub(super) fn set_neutral(&mut self, rest: Rest) {
        self.neutral = Some(rest);
        self.seen.windows = vec![(0..self.seen.time_s.len(), true)];
        self.align(None);
    }

    /// A still time ended, in neutral or not.
    pub(super) fn rested(&mut self, span_s: &Range<f64>, in_neutral: bool) {
        let samples = self.seen.samples(span_s);
        let first_end = self.seen.windows.first().map_or(0, |(first, _)| first.end);
        if self.seen.windows.len() >= WINDOWS_MAX || samples.len() < 2 {
            return;
        }
        if samples.start < first_end {
            // The still time of neutral itself, now known to its end.
            self.seen.windows[0].0.end = samples.end.max(first_end);
        } else {
            self.seen.windows.push((samples, in_neutral));
        }
    }

    /// A known movement was made in this time.
    pub(super) fn made(&mut self, movement: Movement, span_s: Range<f64>) {
        let turns = matches!(movement, Movement::RotationLeft | Movement::RotationRight);
        if !turns && self.seen.trials.len() < WINDOWS_MAX {
            self.seen.trials.push((span_s, movement));
        }
    }

    /// What was made since then was not what was asked for.
    pub(super) fn unmake(&mut self, from_s: f64) {
        self.seen.trials.retain(|(span_s, _)| span_s.start < from_s);
    }

    /// Finds the sensors' places anew; `resting` is a still time in neutral that goes on, seconds.
    /// What is shown by motions is kept against a later guess.
    pub(super) fn align(&mut self, resting: Option<Range<f64>>) {
        let known = self.seen.windows.len();
        if let Some(span_s) = resting {
            self.rested(&span_s, true);
        }
        let axes = self.aligned();
        // It will be added to its end once it is over.
        self.seen.windows.truncate(known);
        let Some(axes) = axes else {
            return;
        };
        let guessed = axes.method == Method::SensorAxes;
        if !guessed || self.is_forward_guessed() {
            self.axes = Some(axes);
        }
    }

    fn aligned(&self) -> Option<Axes> {
        let seen = &self.seen;
        let samples = seen.even(&seen.head);
        let all: Vec<StillWindow> = seen
            .windows
            .iter()
            .filter_map(|(window, _)| still::window(&samples, window.clone()))
            .collect();
        let in_neutral = |range: &Range<usize>| {
            let own = |(window, neutral): &(Range<usize>, bool)| *neutral && window == range;
            seen.windows.iter().any(own)
        };
        let neutral = Neutral {
            window: all.first()?.clone(),
            returns: all
                .iter()
                .filter(|window| in_neutral(&window.samples))
                .cloned()
                .collect(),
        };
        let motion = Motion {
            samples: &samples,
            neutral: &neutral,
        };
        let known = Known {
            mount: self.mounts.head.as_ref(),
            trials: &seen.spans(),
            poses: &[],
        };
        let head = align::align_head(&motion, &all, &known).0.alignment;
        let sensor_from_trunk = self.trunk_axes(&motion, &head);
        Some(Axes {
            sensor_from_head: head.segment_from_sensor.inverse().quaternion(),
            sensor_from_trunk,
            method: head.method,
        })
    }

    fn trunk_axes(
        &self,
        head: &Motion<'_>,
        aligned: &Alignment<crate::frames::Head>,
    ) -> Option<UnitQuaternion<f64>> {
        let seen = &self.seen;
        if seen.trunk.len() != seen.head.len() {
            return None;
        }
        let samples = seen.even(&seen.trunk);
        let same_time = |window: &StillWindow| {
            still::window(&samples, window.samples.clone()).unwrap_or_else(|| window.clone())
        };
        let neutral = Neutral {
            window: same_time(&head.neutral.window),
            returns: head.neutral.returns.iter().map(same_time).collect(),
        };
        let motion = Motion {
            samples: &samples,
            neutral: &neutral,
        };
        let known = Known {
            mount: self.mounts.trunk.as_ref(),
            ..Known::default()
        };
        let found = align::align_trunk(&motion, (head, aligned), &known);
        Some(found.alignment.segment_from_sensor.inverse().quaternion())
    }

    /// Angles of the head from a rest: against the trunk with two sensors.
    pub(super) fn angles(&self, from: &Rest, point: &Rest) -> Option<NeckAngles> {
        let axes = self.axes.as_ref()?;
        let head = |rest: &Rest| unit(rest.head) * axes.sensor_from_head;
        let (from_head, to_head) = (head(from), head(point));
        let trunk = |rest: &Rest| Some(unit(rest.trunk?) * axes.sensor_from_trunk?);
        let turned = match (trunk(from), trunk(point)) {
            (Some(from_trunk), Some(to_trunk)) => {
                // At rest, head and trunk look the same way: that joins the two sensors' headings.
                let heading = |q: &UnitQuaternion<f64>| {
                    let forward = q * Vector3::x();
                    forward.y.atan2(forward.x)
                };
                let turn = heading(&from_head) - heading(&from_trunk);
                let turn = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), turn);
                let trunk_moved = turn * from_trunk * to_trunk.inverse() * turn.inverse();
                from_head.inverse() * trunk_moved * to_head
            }
            _ => from_head.inverse() * to_head,
        };
        Some(twist::split(turned.w, turned.i, turned.j, turned.k))
    }

    /// Points and windows that are kept; for the bound of memory.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.seen.time_s.len() + self.seen.windows.len() + self.seen.trials.len()
    }
}

/// How far the trunk is from where it was at rest, radians; two sensors only.
pub(super) fn trunk_motion_rad(from: &Rest, point: &Rest) -> Option<f64> {
    Some(angle_between(&from.trunk?, &point.trunk?))
}
