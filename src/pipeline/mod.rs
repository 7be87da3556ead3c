//! From a recording to its ROM: the only place that knows every computing stage.

mod blocks;
mod labels;
mod orient;
mod settings;
mod warn;

use std::ops::Range;

use nalgebra::Vector3;

use crate::angles::NeckAngles;
use crate::angles::neck::{self, NeckMotion, Placed, Relative};
use crate::frames::{Head, Trunk};
use crate::movement::repetition;
use crate::movement::reposition::Repositioning;
use crate::movement::rom;
use crate::movement::{MovementRom, Repetition};
use crate::orientation::OrientationError;
use crate::orientation::align::{self, Alignment, Known, Motion};
use crate::orientation::clock::EvenSamples;
use crate::orientation::fuse::Source;
use crate::orientation::heading::Drift;
use crate::orientation::speed;
use crate::orientation::still::{self, Neutral, StillWindow};
use crate::orientation::synchronise::Timing;
use crate::sample::{About, Recording, SensorPlace};
use crate::warning::{Warning, Warnings};

use orient::{Oriented, orient};
pub use settings::Settings;

/// What a recording gave; radians and seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Where the head's axes lie in its sensor.
    pub head: Alignment<Head>,
    /// The same for the trunk, with two sensors.
    pub trunk: Option<Alignment<Trunk>>,
    /// How the trunk's times came to the head's clock, with two sensors.
    pub timing: Option<Timing>,
    /// The neutral window, seconds.
    pub neutral_s: Range<f64>,
    /// Angles and speed over time.
    pub motion: NeckMotion,
    /// The head against the trunk, for the other angle views.
    pub relative: Relative,
    /// Every repetition found.
    pub repetitions: Vec<Repetition>,
    /// The six movements.
    pub movements: [MovementRom; 6],
    /// The flexion-rotation test, of each side that was tested: turned about the head's long axis from
    /// where it rested bent forward.
    pub flexion_rotation: Vec<MovementRom>,
    /// How well neutral was found again, of each movement that was made for it.
    pub repositioning: Vec<Repositioning>,
    /// Heading drift; `None` when the returns to neutral are too few to tell it.
    pub drift: Option<Drift>,
    /// The drift was left in.
    pub drift_kept: bool,
    /// What the head's orientation was made from.
    pub head_source: Source,
    /// The same for the trunk, with two sensors.
    pub trunk_source: Option<Source>,
    /// Practice repetitions of each movement that were left out by count.
    pub practice: usize,
    /// What was seen, repaired or left out.
    pub warnings: Warnings,
}

impl Analysis {
    /// The two other views of one sample: gravity inclinometers, and Cardan Z-X-Y; from neutral.
    pub fn other_views(&self, sample: usize) -> (NeckAngles, NeckAngles) {
        let from_neutral = self.relative.from_neutral(sample);
        let inclinometer = crate::angles::views::inclinometer(&from_neutral);
        (
            inclinometer,
            crate::angles::views::cardan_zxy(&from_neutral),
        )
    }
}

/// Analyses a recording that carries orientation. Its samples are let go as soon as what is made of them
/// is there: those of a day are large.
///
/// # Errors
/// The recording has no head sensor, no orientation, no still phase, or too little of it.
pub fn analyze(recording: Recording, settings: &Settings) -> Result<Analysis, OrientationError> {
    let mut warnings = Warnings::default();
    let Recording {
        sensors,
        clocks,
        about,
    } = recording;
    let oriented = orient(sensors, clocks, &about, settings, &mut warnings)?;
    let aligned = align(&about, settings, &oriented, &mut warnings)?;
    let relative = relate(&oriented, &aligned);
    let neutral_s = span_s(&oriented.head.time_s, &oriented.neutral.window.samples);
    let head_source = oriented.head.source;
    let trunk_source = oriented.trunk.as_ref().map(|trunk| trunk.source);
    let drift = oriented.drift.clone();
    let timing = oriented.timing;
    let tests = blocks::flexion_rotations(&about, &oriented.head, &oriented.windows, settings);
    let motion = neck_motion(oriented, &relative, &mut warnings);
    let flexion_rotation = blocks::measure_flexion_rotations(&tests, &relative, &motion, settings);

    let counting = labels::counting(&about, settings, &motion, aligned.nods.as_ref());
    let mut repetitions = repetition::find(&motion, &settings.repetition);
    rom::mark(&mut repetitions, &counting);
    warn::of_nothing(&repetitions, settings, &mut warnings);
    warn::of_repetitions(&repetitions, &mut warnings);
    warn::of_drift(drift.as_ref(), settings, &mut warnings);
    Ok(Analysis {
        head: aligned.head,
        trunk: aligned.trunk,
        timing,
        neutral_s,
        movements: rom::summarise(&repetitions),
        flexion_rotation,
        repositioning: blocks::repositionings(&about, &motion, &repetitions),
        motion,
        relative,
        repetitions,
        drift,
        drift_kept: settings.keep_drift,
        head_source,
        trunk_source,
        practice: counting.practice,
        warnings,
    })
}

/// Where the sensors sit, and the span of the nods if there are any.
struct Aligned {
    head: Alignment<Head>,
    trunk: Option<Alignment<Trunk>>,
    nods: Option<Range<usize>>,
}

fn align(
    about: &About,
    settings: &Settings,
    oriented: &Oriented,
    warnings: &mut Warnings,
) -> Result<Aligned, OrientationError> {
    let motion = oriented.head_motion();
    labels::warn_of_unusable(about, &oriented.head, warnings);
    let mount = settings.head_mount(about);
    let known = Known {
        mount: mount.as_ref(),
        trials: &labels::labelled_spans(about, &oriented.head),
        poses: &labels::labelled_poses(about, &oriented.head, SensorPlace::Head),
    };
    let (head, nods) = align::align_head(&motion, &oriented.windows, &known);
    if let (true, Some(why)) = (settings.require_alignment, head.why_assumed()) {
        return Err(OrientationError::NotAligned { why });
    }
    head.warn_if_assumed(warnings);
    head.warn(warnings);
    let head = head.alignment;
    let trunk = oriented.trunk.as_ref().map(|samples| {
        let mount = settings.trunk_mount(about);
        let known = Known {
            mount: mount.as_ref(),
            trials: &[],
            poses: &labels::labelled_poses(about, samples, SensorPlace::Trunk),
        };
        let neutral = trunk_neutral(samples, &oriented.neutral);
        let trunk = Motion {
            samples,
            neutral: &neutral,
        };
        let found = align::align_trunk(&trunk, (&motion, &head), &known);
        found.warn_if_assumed(warnings);
        found.warn(warnings);
        found.alignment
    });
    Ok(Aligned {
        head,
        trunk,
        nods: labels::nods_event(about, &oriented.head).or(nods),
    })
}

/// The trunk sensor in the head's neutral window and returns.
fn trunk_neutral(trunk: &EvenSamples, head: &Neutral) -> Neutral {
    let same_time = |window: &StillWindow| {
        still::window(trunk, window.samples.clone()).unwrap_or_else(|| window.clone())
    };
    Neutral {
        window: same_time(&head.window),
        returns: head.returns.iter().map(same_time).collect(),
    }
}

fn relate(oriented: &Oriented, aligned: &Aligned) -> Relative {
    let neutral = &oriented.neutral.window;
    let head = Placed {
        samples: &oriented.head,
        segment_from_sensor: aligned.head.segment_from_sensor,
    };
    match (&oriented.trunk, &aligned.trunk) {
        (Some(samples), Some(found)) => {
            let trunk = Placed {
                samples,
                segment_from_sensor: found.segment_from_sensor,
            };
            Relative::to_trunk(&head, &trunk, &neutral.samples)
        }
        _ => Relative::to_neutral(&head, neutral),
    }
}

fn neck_motion(mut oriented: Oriented, relative: &Relative, warnings: &mut Warnings) -> NeckMotion {
    // From here on all is told by `relative`.
    oriented.head.earth_from_sensor = Vec::new();
    let head = &oriented.head;
    let (angles, zeros) = relative.from_zeros(&oriented.neutral.returns);
    let speed_rad_s = match &oriented.trunk {
        Some(_) => {
            let q = &relative.trunk_from_head;
            speed::angular_speed(q, &head.segments, head.rate_hz)
        }
        None => gyro_speed(&oriented, warnings).unwrap_or(oriented.speed_rad_s),
    };
    NeckMotion {
        rate_hz: head.rate_hz,
        time_s: oriented.head.time_s,
        segments: oriented.head.segments,
        angles,
        speed_rad_s,
        trunk_motion_rad: oriented
            .trunk
            .as_ref()
            .map(|trunk| neck::trunk_motion(trunk, &zeros)),
        zeros,
        bad_s: oriented.head.bad_s,
    }
}

/// Angular speed from the gyroscope, less its mean over the still windows in neutral, rad/s; where it has
/// no value, from the orientation. `None` without one, or when it disagrees with the orientation by more
/// than a quarter: then its unit is in doubt.
fn gyro_speed(oriented: &Oriented, warnings: &mut Warnings) -> Option<Vec<f64>> {
    let gyro = oriented.head.gyro_rad_s.as_ref()?;
    let is_finite = |v: &[f64; 3]| v.iter().all(|c| c.is_finite());
    let mut bias = Vector3::zeros();
    let mut count = 0.0;
    for window in &oriented.neutral.returns {
        let samples = &gyro[window.samples.clone()];
        for v in samples.iter().filter(|v| is_finite(v)) {
            bias += Vector3::from(*v);
            count += 1.0;
        }
    }
    let bias = bias / f64::max(count, 1.0);
    let both = gyro.iter().zip(&oriented.speed_rad_s);
    let speeds = both.map(|(v, own)| {
        (
            is_finite(v).then(|| (Vector3::from(*v) - bias).norm()),
            *own,
        )
    });
    let speeds: Vec<(Option<f64>, f64)> = speeds.collect();
    let (by_gyro, own) = speeds.iter().fold((0.0, 0.0), |sums, (by_gyro, own)| {
        by_gyro.map_or(sums, |v| (sums.0 + v * v, sums.1 + own * own))
    });
    let ratio = f64::sqrt(by_gyro / own);
    if (0.8..1.25).contains(&ratio) {
        let speed = speeds
            .into_iter()
            .map(|(by_gyro, own)| by_gyro.unwrap_or(own));
        return Some(speed.collect());
    }
    warnings.add(Warning::GyroscopeDisagrees, || {
        format!("the gyroscope turns {ratio:.3} times as fast as the orientation; it was not used")
    });
    None
}

fn span_s(time_s: &[f64], samples: &Range<usize>) -> Range<f64> {
    time_s[samples.start]..time_s[samples.end - 1]
}
