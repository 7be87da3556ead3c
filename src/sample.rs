//! A recording: the samples of one or more sensors, as columns, in one convention.
//!
//! Every reader converts to this and nothing past it knows a vendor:
//! time in seconds; quaternions (w, x, y, z), Hamilton, sensor to earth, Z up;
//! gyroscope rad/s; accelerometer m/s² of specific force (about +9.81 on the axis that points up
//! at rest); magnetometer µT where the device gives it so.
//!
//! A recording promises: all channels of a sensor have as many samples as its time; a missing
//! value is NaN, never zero; times are as read (order, gaps and duplicates are the concern of
//! [`crate::orientation`]).

use nalgebra::{Quaternion, Vector3};

use crate::frames::Mount;

/// The segment a sensor sits on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SensorPlace {
    /// On the head.
    Head,
    /// On the trunk: sternum or upper back.
    Trunk,
}

impl SensorPlace {
    /// `head` or `trunk`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Trunk => "trunk",
        }
    }
}

/// What keeps a sensor's time, as far as its file says: whether its times mean anything beside
/// another file's.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Clock {
    /// Its own, or one of which the file says nothing.
    #[default]
    Own,
    /// One that the devices keep together: equal times in two files are one instant.
    Synchronised,
    /// A radio base that counts packets for all its sensors: equal counts are one instant.
    Counter {
        /// Count of the sample at time zero.
        first: f64,
        /// Seconds between two counts.
        step_s: f64,
        /// The counter starts again at zero after so many.
        modulus: f64,
    },
}

/// How the times of a recording's sensors relate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Clocks {
    /// One clock: the samples stand in one row, or the devices keep one time.
    #[default]
    Shared,
    /// One counter: sample n of one sensor is sample n of the other.
    Counted,
    /// Each sensor has its own clock, which starts and runs as it likes.
    Separate,
}

impl Clocks {
    /// `shared`, `counted` or `separate`; as files and the command line name them.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Counted => "counted",
            Self::Separate => "separate",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Shared, Self::Counted, Self::Separate]
            .into_iter()
            .find(|clocks| clocks.name() == name)
    }
}

/// The samples of one sensor.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SensorSamples {
    /// What the file calls the sensor; may be empty.
    pub name: String,
    /// Where it sits, if the file or the user says so.
    pub place: Option<SensorPlace>,
    /// What keeps its time.
    pub clock: Clock,
    /// Seconds; the zero is the file's own.
    pub time_s: Vec<f64>,
    /// Orientation as the device gave it, sensor to earth; not yet normalised.
    pub earth_from_sensor: Option<Vec<Quaternion<f64>>>,
    /// Angular velocity in sensor axes.
    pub gyro_rad_s: Option<Vec<Vector3<f64>>>,
    /// Specific force in sensor axes.
    pub accel_m_s2: Option<Vec<Vector3<f64>>>,
    /// Magnetic field in sensor axes.
    pub mag_ut: Option<Vec<Vector3<f64>>>,
    /// Where the file has angles beside the quaternions: how far the two are apart, the median over
    /// the samples, degrees.
    pub angles_off_deg: Option<f64>,
}

impl SensorSamples {
    /// Number of samples.
    pub const fn len(&self) -> usize {
        self.time_s.len()
    }

    /// No samples.
    pub const fn is_empty(&self) -> bool {
        self.time_s.is_empty()
    }

    /// Samples a second: one over the median step forward in time; `None` under two samples.
    pub fn rate_hz(&self) -> Option<f64> {
        median_step(&self.time_s).map(|step_s| 1.0 / step_s)
    }

    /// Last time less first time, seconds; zero for fewer than two samples.
    pub fn duration_s(&self) -> f64 {
        match (self.time_s.first(), self.time_s.last()) {
            (Some(first), Some(last)) => last - first,
            _ => 0.0,
        }
    }
}

/// The middle one of the steps between neighbours that rise.
pub fn median_step(times: &[f64]) -> Option<f64> {
    frequent_step(times).or_else(|| selected_step(times))
}

/// The middle step where so many are the same, but for the rounding of the times, that two looks at them
/// show it.
fn frequent_step(times: &[f64]) -> Option<f64> {
    let guess = selected_step(times.get(..FIRST_STEPS)?)?;
    let largest = times[0].abs().max(times[times.len() - 1].abs());
    let rounding = 2.0 * f64::EPSILON * largest;
    if rounding > SAME_STEP * guess {
        return None;
    }
    let (least, most) = (guess - rounding, guess + rounding);
    let (mut less, mut same) = (0_usize, 0_usize);
    let mut risen = 0_usize;
    for pair in times.windows(2) {
        let step = pair[1] - pair[0];
        risen += usize::from(step > 0.0);
        less += usize::from(step > 0.0 && step < least);
        same += usize::from((least..=most).contains(&step));
    }
    (less..less + same).contains(&(risen / 2)).then_some(guess)
}

/// Steps that differ by this share are the same, if that is how far their times are rounded.
const SAME_STEP: f64 = 1e-6;
/// Times that give a guess of their middle step.
const FIRST_STEPS: usize = 256;

fn selected_step(times: &[f64]) -> Option<f64> {
    let mut steps: Vec<f64> = times
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .filter(|step| *step > 0.0)
        .collect();
    median(&mut steps)
}

/// The middle one of values, which are left in another order; the upper one of two; `None` of none.
pub fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// Keeps the values for which this is true.
pub(crate) fn keep<T>(values: &mut Vec<T>, which: &[bool]) {
    let mut which = which.iter();
    values.retain(|_| which.next().copied().unwrap_or_default());
}

/// A quaternion whose norm is farther than this from 1 is a corrupt sample.
pub const NORM_TOLERANCE: f64 = 0.1;

/// Something that happened at a known time in a recording.
///
/// Names with a meaning: `neutral` (the subject sits in neutral), a movement's name such as
/// `flexion` (repetitions of it), `practice` (repetitions not to be counted), `nods`, `restart` (a sensor
/// started anew: since then its heading has another zero), and still poses
/// that show where forward is: `looking_down`, `supine` (on the back), and for a trunk sensor
/// `leaning_forward` (from the hips). `flexion_rotation_left` and `…_right` are flexion-rotation tests;
/// `reposition_` and a movement is that movement made to find neutral again.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Seconds, on the recording's own time axis.
    pub onset_s: f64,
    /// Seconds; zero for a moment.
    pub duration_s: f64,
    /// What.
    pub name: String,
}

/// So many spans may be open at once; a recording that begins more begins moments.
const OPEN_MAX: usize = 100;

/// Labels that were written down while a recording ran (seconds, label), as events: `begin NAME` and
/// the next `end NAME` are the two ends of an event of that name, any other label is a moment. What
/// was begun and never ended lasts until `end_s`. `redo NAME` says that the last of that name is made
/// again and means nothing: it ends, if it has not, and is called `redone NAME`. Marks may be out of order: a label can be written
/// when it is known what the time before it was.
pub fn events_of_marks(marks: &[(f64, String)], end_s: f64) -> Vec<Event> {
    let mut marks: Vec<&(f64, String)> = marks.iter().collect();
    marks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut events: Vec<Event> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for (at_s, label) in marks {
        let ended = label.strip_prefix("end ");
        let last = ended.and_then(|name| open.iter().rposition(|&k| events[k].name == name));
        if let Some(event) = last.map(|place| open.remove(place)) {
            events[event].duration_s = at_s - events[event].onset_s;
            continue;
        }
        if let Some(event) = redone(label, &events) {
            if let Some(place) = open.iter().position(|&k| k == event) {
                open.remove(place);
                events[event].duration_s = at_s - events[event].onset_s;
            }
            events[event].name.insert_str(0, "redone ");
            continue;
        }
        if label.starts_with("begin ") && open.len() < OPEN_MAX {
            open.push(events.len());
        }
        events.push(Event {
            onset_s: *at_s,
            duration_s: 0.0,
            name: label.strip_prefix("begin ").unwrap_or(label).to_owned(),
        });
    }
    for event in open {
        events[event].duration_s = (end_s - events[event].onset_s).max(0.0);
    }
    events
}

/// Which event a label says is made again: one of the last.
fn redone(label: &str, events: &[Event]) -> Option<usize> {
    let name = label.strip_prefix("redo ")?;
    let last = events.len().saturating_sub(OPEN_MAX);
    let place = events[last..].iter().rposition(|e| e.name == name)?;
    Some(last + place)
}

/// What is known about a recording besides its samples; from the file, its sidecar or its path.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct About {
    /// Subject label, never a name.
    pub subject: Option<String>,
    /// Visit label, such as `01`.
    pub visit: Option<String>,
    /// Date of the visit, ISO 8601, if stated.
    pub date: Option<String>,
    /// Task label: a movement, or a whole protocol.
    pub task: Option<String>,
    /// How the head sensor sits.
    pub head_mount: Option<Mount>,
    /// How the trunk sensor sits.
    pub trunk_mount: Option<Mount>,
    /// Practice repetitions before the recorded ones, per movement.
    pub practice: Option<usize>,
    /// What happened when.
    pub events: Vec<Event>,
    /// The recording is simulated.
    pub simulated: bool,
}

/// Samples from one start to one stop, with what is known about them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recording {
    /// At least one in a recording that a reader returned.
    pub sensors: Vec<SensorSamples>,
    /// How the times of the sensors relate.
    pub clocks: Clocks,
    /// What is known besides.
    pub about: About,
}

/// A recording without its samples.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outline {
    /// In the order of the recording.
    pub sensors: Vec<SensorOutline>,
    /// As [`Recording::about`].
    pub about: About,
}

/// A sensor of an [`Outline`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SensorOutline {
    /// As [`SensorSamples::place`].
    pub place: Option<SensorPlace>,
    /// As [`SensorSamples::rate_hz()`].
    pub rate_hz: Option<f64>,
    /// Number of samples.
    pub samples: usize,
    /// As [`SensorSamples::duration_s()`].
    pub duration_s: f64,
}

impl Recording {
    /// One sensor, and nothing known besides.
    pub fn of_one(sensor: SensorSamples) -> Self {
        Self {
            sensors: vec![sensor],
            ..Self::default()
        }
    }

    /// What it is, without its samples.
    pub fn outline(&self) -> Outline {
        let of = |sensor: &SensorSamples| SensorOutline {
            place: sensor.place,
            rate_hz: sensor.rate_hz(),
            samples: sensor.len(),
            duration_s: sensor.duration_s(),
        };
        Outline {
            sensors: self.sensors.iter().map(of).collect(),
            about: self.about.clone(),
        }
    }

    /// The sensor at this place.
    pub fn sensor_at(&self, place: SensorPlace) -> Option<&SensorSamples> {
        self.sensors
            .iter()
            .find(|sensor| sensor.place == Some(place))
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn marks_are_spans_and_moments_in_any_order() {
        let marks = [
            (9.0, "pain 3 flexion"),
            (2.0, "begin flexion"),
            (8.0, "end flexion"),
            (10.0, "begin extension"),
            (2.0, "begin practice"),
            (5.0, "end practice"),
            (11.0, "end rotation_left"),
            (10.5, "redo extension"),
            (10.5, "begin extension"),
            (10.8, "end extension"),
            (11.5, "redo extension"),
            (12.0, "redo nods"),
        ];
        let marks = marks.map(|(at_s, label)| (at_s, label.to_owned()));
        let events = events_of_marks(&marks, 12.0);
        let found: Vec<(f64, f64, &str)> = events
            .iter()
            .map(|e| (e.onset_s, e.duration_s, e.name.as_str()))
            .collect();
        let expected = [
            (2.0, 6.0, "flexion"),
            (2.0, 3.0, "practice"),
            (9.0, 0.0, "pain 3 flexion"),
            (10.0, 0.5, "redone extension"),
            (10.5, 10.8 - 10.5, "redone extension"),
            (11.0, 0.0, "end rotation_left"),
            (12.0, 0.0, "redo nods"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_median_step_passes_over_repeats() {
        assert_eq!(median_step(&[0.0, 1.0, 1.0, 2.0, 9.0]), Some(1.0));
        assert_eq!(median_step(&[1.0]), None);
    }

    #[test]
    fn a_frequent_step_is_the_median_of_all() {
        let written = |step_s: f64| -> Vec<f64> {
            let times = (0..3000).map(|k| f64::from(k) * step_s);
            times.map(|t| (t * 1e3).round() / 1e3).collect()
        };
        let mut late = written(0.01);
        late.extend((1..9000).map(|k| 30.0 + f64::from(k) * 0.02));
        for times in [
            written(0.01),
            written(1.0 / 60.0),
            written(1.0 / 150.0),
            late,
        ] {
            let (found, exact) = (median_step(&times), selected_step(&times));
            assert_relative_eq!(found.unwrap(), exact.unwrap(), max_relative = 1e-9);
        }
        for step_s in [0.25, 0.0025] {
            assert!(frequent_step(&written(step_s)).is_some());
        }
    }
}
