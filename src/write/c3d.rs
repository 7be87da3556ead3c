//! C3D, the file of motion laboratories: neck angles and orientation as analog channels, repetitions
//! as events. Written only, never read.
//!
//! There are no points: an angle is no place in millimetres. Analog channels, one sample a frame:
//!
//! | channel | unit | what |
//! |---|---|---|
//! | `neck_flexion` | deg | flexion above zero, extension below |
//! | `neck_side_bend_right` | deg | side-bend right above zero, left below |
//! | `neck_rotation_left` | deg | rotation left above zero, right below |
//! | `head_OrientationA` … `D` | quaternion | w, x, y, z of the sensor's orientation to earth, Z up |
//!
//! Angles are those of `neckrom analyze`: from the still window before. The first frame is time zero;
//! the rate is fixed, and frames in a gap hold NaN. Each repetition that counts has three events, at
//! its start, its end range and its end (context Left or Right where the movement has a side); events
//! of the recording have one or two.

use super::c3d_bytes::{Channel, Content, Mark, encode};
use super::channels::inertial_left_out;
use super::even::EvenRecording;
use super::{Format, Job, Shape, WriteError, Written};
use crate::movement::Movement;
use crate::pipeline::{self, Analysis};
use crate::sample::Event;
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "c3d",
    title: "C3D with neck angles (written only)",
    shape: Shape::File("c3d"),
    leaves_out: "gyroscope, accelerometer, magnetometer; visit, date, mount; uneven times",
    sidecar: false,
    write,
};

/// Events that one parameter of C3D can hold.
const MOST_MARKS: usize = 255;
/// Frames for each sample, at most.
const MOST_FRAMES_A_SAMPLE: f64 = 20.0;

fn write(job: &Job<'_>) -> Result<Written, WriteError> {
    let mut warnings = Warnings::default();
    let even = EvenRecording::of(job.recording, job.settings.gap_s, &mut warnings)?;
    let grid = Grid::over(&even)?;
    let mut notes = inertial_left_out(job.recording, ".c3d");
    notes.extend(even.notes("frames there hold NaN"));
    let mut content = Content {
        rate_hz: grid.rate_hz,
        frames: grid.frames,
        channels: Vec::new(),
        marks: marks_of_events(&job.recording.about.events),
        subject: job.recording.about.subject.clone(),
    };
    match pipeline::analyze(job.recording.clone(), job.settings) {
        Ok(analysis) => {
            content.channels.extend(angles(&analysis, &grid));
            content.marks.extend(marks_of_repetitions(&analysis));
            warnings = analysis.warnings;
        }
        Err(error) => notes.push(format!("no neck angles: {error}")),
    }
    content.channels.extend(orientations(&even, &grid));
    notes.extend(settle(&mut content.marks, &grid));
    Ok(Written {
        notes,
        warnings,
        ..Written::file(encode(&content))
    })
}

/// Frames of a fixed rate.
struct Grid {
    start_s: f64,
    rate_hz: f64,
    frames: usize,
}

impl Grid {
    fn over(even: &EvenRecording) -> Result<Self, WriteError> {
        let start_s = even.time_s.first().copied().unwrap_or_default();
        let end_s = even.time_s.last().copied().unwrap_or_default();
        let frames = ((end_s - start_s) * even.rate_hz).round() + 1.0;
        let samples = even.time_s.len();
        if frames > MOST_FRAMES_A_SAMPLE * samples as f64 {
            return Err(WriteError::MostlyGaps { frames, samples });
        }
        Ok(Self {
            start_s,
            rate_hz: even.rate_hz,
            frames: frames as usize,
        })
    }

    /// Values at their frames; NaN where there is none.
    fn place(&self, time_s: &[f64], value: impl Fn(usize) -> f64) -> Vec<f32> {
        let mut placed = vec![f32::NAN; self.frames];
        for (sample, time_s) in time_s.iter().enumerate() {
            let frame = ((time_s - self.start_s) * self.rate_hz).round();
            if frame >= 0.0
                && let Some(place) = placed.get_mut(frame as usize)
            {
                *place = value(sample) as f32;
            }
        }
        placed
    }
}

fn angles(analysis: &Analysis, grid: &Grid) -> Vec<Channel> {
    let motion = &analysis.motion;
    let channel = |movement: Movement, description: &str| Channel {
        label: format!("neck_{}", movement.name()),
        unit: "deg",
        description: description.to_owned(),
        values: grid.place(&motion.time_s, |i| {
            movement.angle_rad(&motion.angles[i]).to_degrees()
        }),
    };
    vec![
        channel(
            Movement::Flexion,
            "flexion above zero, extension below, from the still window before",
        ),
        channel(
            Movement::SideBendRight,
            "side-bend right above zero, left below, from the still window before",
        ),
        channel(
            Movement::RotationLeft,
            "rotation left above zero, right below, from the still window before",
        ),
    ]
}

fn orientations(even: &EvenRecording, grid: &Grid) -> Vec<Channel> {
    let mut channels = Vec::new();
    for sensor in &even.sensors {
        for (component, (letter, axis)) in ["A", "B", "C", "D"]
            .iter()
            .zip(["w", "x", "y", "z"])
            .enumerate()
        {
            channels.push(Channel {
                label: format!("{}_Orientation{letter}", sensor.name),
                unit: "quaternion",
                description: format!("{axis} of sensor to earth, Z up, Hamilton"),
                values: grid.place(&even.time_s, |i| sensor.earth_from_sensor[i][component]),
            });
        }
    }
    channels
}

/// Times are still those of the recording.
fn marks_of_events(events: &[Event]) -> Vec<Mark> {
    let mark = |label: String, time_s: f64| Mark {
        label,
        context: "General",
        time_s,
    };
    let mut marks = Vec::new();
    for event in events {
        if event.duration_s > 0.0 {
            marks.push(mark(format!("{} start", event.name), event.onset_s));
            marks.push(mark(
                format!("{} end", event.name),
                event.onset_s + event.duration_s,
            ));
        } else {
            marks.push(mark(event.name.clone(), event.onset_s));
        }
    }
    marks
}

fn marks_of_repetitions(analysis: &Analysis) -> Vec<Mark> {
    let mut marks = Vec::new();
    let counting = analysis
        .repetitions
        .iter()
        .filter(|one| one.left_out.is_none());
    for repetition in counting {
        let Some(movement) = repetition.movement else {
            continue;
        };
        let times = [
            ("start", repetition.start_s),
            ("end range", repetition.peak_s),
            ("end", repetition.end_s),
        ];
        marks.extend(times.map(|(what, time_s)| Mark {
            label: format!("{} {what}", movement.title()),
            context: side(movement),
            time_s,
        }));
    }
    marks
}

const fn side(movement: Movement) -> &'static str {
    match movement {
        Movement::Flexion | Movement::Extension => "General",
        Movement::SideBendLeft | Movement::RotationLeft => "Left",
        Movement::SideBendRight | Movement::RotationRight => "Right",
    }
}

/// In order of time, from the first frame on, no more than fit; returns a line on those left out.
fn settle(marks: &mut Vec<Mark>, grid: &Grid) -> Option<String> {
    let count = marks.len();
    let end_s = grid.frames as f64 / grid.rate_hz;
    for mark in &mut *marks {
        mark.time_s -= grid.start_s;
    }
    marks.retain(|mark| (-0.5 / grid.rate_hz..=end_s).contains(&mark.time_s));
    marks.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
    marks.truncate(MOST_MARKS);
    let left_out = count - marks.len();
    (left_out > 0).then(|| {
        format!("events outside the samples, or more than {MOST_MARKS} ({left_out}): left out")
    })
}

#[cfg(test)]
mod tests {
    use nalgebra::Quaternion;

    use super::*;
    use crate::pipeline::Settings;
    use crate::sample::{About, Recording, SensorPlace, SensorSamples};

    fn still(second_part_s: f64) -> Recording {
        let part = |start_s: f64| (0..100).map(move |i| start_s + 0.02 * f64::from(i));
        let sensor = SensorSamples {
            place: Some(SensorPlace::Head),
            time_s: part(7.0).chain(part(second_part_s)).collect(),
            earth_from_sensor: Some(vec![Quaternion::identity(); 200]),
            ..SensorSamples::default()
        };
        let event = |onset_s, duration_s| Event {
            onset_s,
            duration_s,
            name: "neutral".to_owned(),
        };
        Recording {
            sensors: vec![sensor],
            about: About {
                events: vec![event(7.5, 1.0), event(8.0, 0.0), event(99.0, 0.0)],
                ..About::default()
            },
            ..Recording::default()
        }
    }

    fn written(recording: &Recording) -> Result<Written, WriteError> {
        let settings = Settings::default();
        write(&Job {
            recording,
            settings: &settings,
        })
    }

    #[test]
    fn frames_run_on_through_a_gap_and_events_count_from_the_first() {
        let written = written(&still(10.0)).unwrap();
        let bytes = &written.files[0].bytes;
        assert_eq!(u16::from_le_bytes([bytes[8], bytes[9]]), 250);
        let has = |what: &str| written.notes.iter().any(|note| note.starts_with(what));
        assert!(has("gaps without samples (1)"), "{:?}", written.notes);
        assert!(has("events outside the samples"), "{:?}", written.notes);
        let recording = still(10.0);
        let mut marks = marks_of_events(&recording.about.events);
        let grid = Grid {
            start_s: 7.0,
            rate_hz: 50.0,
            frames: 250,
        };
        assert!(settle(&mut marks, &grid).is_some());
        let shown: Vec<String> = marks
            .iter()
            .map(|mark| format!("{} {}", mark.label, mark.time_s))
            .collect();
        assert_eq!(shown, ["neutral start 0.5", "neutral 1", "neutral end 1.5"]);
    }

    #[test]
    fn a_recording_that_is_mostly_gap_is_refused() {
        let refused = written(&still(1e9)).unwrap_err().to_string();
        assert!(refused.contains("the gaps are too long"), "{refused}");
    }

    #[test]
    fn a_value_stands_at_its_frame() {
        let grid = Grid {
            start_s: 1.0,
            rate_hz: 10.0,
            frames: 4,
        };
        let placed = grid.place(&[0.0, 1.0, 1.31, 9.0], |i| i as f64);
        assert!(placed[1].is_nan() && placed[2].is_nan());
        assert!((placed[0] - 1.0).abs() < 1e-9 && (placed[3] - 2.0).abs() < 1e-9);
    }
}
