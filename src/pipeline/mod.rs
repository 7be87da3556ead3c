//! From a recording to its ROM: the only place that knows every computing stage.

mod labels;
mod settings;

use std::ops::Range;

use nalgebra::Vector3;

use crate::angles::NeckAngles;
use crate::angles::neck::{self, NeckMotion, Placed, Relative};
use crate::frames::{Head, Trunk};
use crate::movement::repetition::{self};
use crate::movement::rom::{self};
use crate::movement::{LeftOut, MovementRom, Repetition};
use crate::orientation::align::{self, Alignment, Motion};
use crate::orientation::clock::{self, EvenSamples};
use crate::orientation::nods::Rests;
use crate::orientation::still::{self, Neutral, StillWindow};
use crate::orientation::synchronise::{self, Timing};
use crate::orientation::{OrientationError, pair};
use crate::read::check::{self, Agreement};
use crate::read::sensor_names;
use crate::sample::{Recording, SensorPlace, SensorSamples};
use crate::units::SECONDS_PER_MINUTE;
use crate::warning::{Warning, Warnings};

pub use settings::Settings;

/// Heading drift over which results carry a warning, rad/s: 3 degrees a minute.
const DRIFT_RAD_S_MAX: f64 = 3.0 * std::f64::consts::PI / 180.0 / SECONDS_PER_MINUTE;

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
    /// Slope of heading over the zeros, rad/s.
    pub heading_drift_rad_s: Option<f64>,
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

/// Analyses a recording that carries orientation.
///
/// # Errors
/// The recording has no head sensor, no orientation, no still phase, or too little of it.
pub fn analyze(recording: &Recording, settings: &Settings) -> Result<Analysis, OrientationError> {
    let mut warnings = Warnings::default();
    let oriented = orient(recording, settings, &mut warnings)?;
    let aligned = align(recording, settings, &oriented, &mut warnings);
    let relative = relate(&oriented, &aligned);
    let neutral_s = span_s(&oriented.head.time_s, &oriented.neutral.window.samples);
    let timing = oriented.timing;
    let motion = neck_motion(oriented, &relative, &mut warnings);

    let counting = labels::counting(recording, settings, &motion, aligned.nods.as_ref());
    let mut repetitions = repetition::find(&motion, &settings.repetition);
    rom::mark(&mut repetitions, &counting);
    warn_of_nothing(&repetitions, settings, &mut warnings);
    warn_of_other_movements(&repetitions, &mut warnings);
    let heading_drift_rad_s = neck::heading_drift_rad_s(&motion.time_s, &motion.zeros);
    warn_of_drift(heading_drift_rad_s, &mut warnings);
    Ok(Analysis {
        head: aligned.head,
        trunk: aligned.trunk,
        timing,
        neutral_s,
        movements: rom::summarise(&repetitions),
        motion,
        relative,
        repetitions,
        heading_drift_rad_s,
        practice: counting.practice,
        warnings,
    })
}

/// The sensors on one even time base, and where the head rests.
struct Oriented {
    head: EvenSamples,
    trunk: Option<EvenSamples>,
    timing: Option<Timing>,
    velocity: Vec<[f64; 3]>,
    speed_rad_s: Vec<f64>,
    windows: Vec<StillWindow>,
    neutral: Neutral,
}

impl Oriented {
    fn head_motion(&self) -> Motion<'_> {
        Motion {
            samples: &self.head,
            velocity: &self.velocity,
            neutral: &self.neutral.window,
        }
    }
}

/// Where the sensors sit, and the span of the nods if there are any.
struct Aligned {
    head: Alignment<Head>,
    trunk: Option<Alignment<Trunk>>,
    nods: Option<Range<usize>>,
}

fn orient(
    recording: &Recording,
    settings: &Settings,
    warnings: &mut Warnings,
) -> Result<Oriented, OrientationError> {
    let head = head_sensor(recording)?;
    warn_of_accelerometer(head, warnings);
    let mut head = clock::even(head, settings.gap_s, warnings)?;
    let mut trunk = match recording.sensor_at(SensorPlace::Trunk) {
        Some(sensor) => Some(clock::even(sensor, settings.gap_s, warnings)?),
        None => None,
    };
    warnings.add_many(Warning::SingleSensor, usize::from(trunk.is_none()), || {
        "one sensor: movement of the trunk counts as movement of the neck".to_owned()
    });
    let mut timing = None;
    if let Some(samples) = trunk {
        let (samples, found) =
            synchronise::on_head_clock(recording.clocks, &head, samples, warnings)?;
        let (head_paired, trunk_paired) = pair::pair(&head, &samples)?;
        (head, trunk, timing) = (head_paired, Some(trunk_paired), Some(found));
    }
    for samples in [Some(&mut head), trunk.as_mut()].into_iter().flatten() {
        if !still::low_pass(samples, settings.filter_hz) {
            warnings.add(Warning::FilterSkipped, || {
                format!(
                    "{:.1} Hz is too slow for the {} Hz low-pass",
                    samples.rate_hz, settings.filter_hz
                )
            });
        }
    }
    let velocity = still::angular_velocity(&head.earth_from_sensor, &head.segments, head.rate_hz);
    let speed_rad_s: Vec<f64> = velocity.iter().map(norm).collect();
    let windows = still::windows(&head, &speed_rad_s, &settings.still);
    let labelled = labels::labelled_neutral(recording, &head);
    let neutral = still::neutral(&windows, &head, labelled, &settings.still)?;
    Ok(Oriented {
        head,
        trunk,
        timing,
        velocity,
        speed_rad_s,
        windows,
        neutral,
    })
}

fn head_sensor(recording: &Recording) -> Result<&SensorSamples, OrientationError> {
    recording
        .sensor_at(SensorPlace::Head)
        .ok_or_else(|| OrientationError::NoHeadSensor {
            names: sensor_names(recording),
        })
}

/// An accelerometer that says that the quaternions are the wrong way round, or worse.
fn warn_of_accelerometer(sensor: &SensorSamples, warnings: &mut Warnings) {
    let what = match check::up(sensor) {
        Agreement::Agrees(_) | Agreement::CannotTell => return,
        Agreement::AgreesConjugated(_) => {
            "the accelerometer points up only if the quaternions are turned round: pass --conjugate"
        }
        Agreement::Disagrees(_) => {
            "the accelerometer does not point up by the quaternions: their order or axes may be wrong"
        }
    };
    warnings.add(Warning::AccelerometerDisagrees, || what.to_owned());
}

fn align(
    recording: &Recording,
    settings: &Settings,
    oriented: &Oriented,
    warnings: &mut Warnings,
) -> Aligned {
    let motion = oriented.head_motion();
    let mount = settings.head_mount(&recording.about);
    let spans = labels::labelled_spans(recording, &oriented.head);
    let rests = Rests {
        windows: &oriented.windows,
        returns: &oriented.neutral.returns,
    };
    let (head, nods) = align::align_head(&motion, &rests, mount.as_ref(), &spans);
    align::warn_if_assumed(&head, warnings);
    let trunk = oriented.trunk.as_ref().map(|samples| {
        let mount = settings.trunk_mount(&recording.about);
        let velocity = still::angular_velocity(
            &samples.earth_from_sensor,
            &samples.segments,
            samples.rate_hz,
        );
        let neutral = trunk_window(samples, &oriented.neutral.window);
        let trunk = Motion {
            samples,
            velocity: &velocity,
            neutral: &neutral,
        };
        align::align_trunk(&trunk, (&motion, &head), mount.as_ref(), warnings)
    });
    Aligned {
        head,
        trunk,
        nods: labels::nods_event(recording, &oriented.head).or(nods),
    }
}

/// The trunk sensor in the head's neutral window.
fn trunk_window(trunk: &EvenSamples, neutral: &StillWindow) -> StillWindow {
    still::window(trunk, neutral.samples.clone()).unwrap_or_else(|| neutral.clone())
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

fn neck_motion(oriented: Oriented, relative: &Relative, warnings: &mut Warnings) -> NeckMotion {
    let head = &oriented.head;
    let (angles, zeros) = relative.from_zeros(&oriented.neutral.returns);
    let speed_rad_s = match &oriented.trunk {
        Some(_) => {
            let q = &relative.trunk_from_head;
            let velocity = still::angular_velocity(q, &head.segments, head.rate_hz);
            velocity.iter().map(norm).collect()
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
    }
}

/// Angular speed from the gyroscope, less its mean over the still windows in neutral, rad/s. `None`
/// without one, or when it disagrees with the orientation by more than a quarter: then its unit is
/// in doubt.
fn gyro_speed(oriented: &Oriented, warnings: &mut Warnings) -> Option<Vec<f64>> {
    let gyro = oriented.head.gyro_rad_s.as_ref()?;
    let mut bias = Vector3::zeros();
    let mut count = 0.0;
    for window in &oriented.neutral.returns {
        for v in &gyro[window.samples.clone()] {
            bias += Vector3::from(*v);
            count += 1.0;
        }
    }
    let bias = bias / f64::max(count, 1.0);
    let speed: Vec<f64> = gyro
        .iter()
        .map(|v| (Vector3::from(*v) - bias).norm())
        .collect();
    let power = |speed: &[f64]| speed.iter().map(|v| v * v).sum::<f64>().sqrt();
    let ratio = power(&speed) / power(&oriented.speed_rad_s);
    if (0.8..1.25).contains(&ratio) {
        return Some(speed);
    }
    warnings.add(Warning::GyroscopeDisagrees, || {
        format!("the gyroscope turns {ratio:.3} times as fast as the orientation; it was not used")
    });
    None
}

fn warn_of_nothing(repetitions: &[Repetition], settings: &Settings, warnings: &mut Warnings) {
    warnings.add_many(
        Warning::NothingFound,
        usize::from(repetitions.is_empty()),
        || {
            let least = settings.repetition.excursion_rad.to_degrees();
            format!(
                "no movement of {least:.0}° or more that starts and ends in neutral; ask the subject \
                 to come back to neutral and pause after each movement"
            )
        },
    );
}

fn warn_of_other_movements(repetitions: &[Repetition], warnings: &mut Warnings) {
    let other = |r: &&Repetition| r.left_out == Some(LeftOut::OtherMovement);
    warnings.add_many(
        Warning::LabelDisagrees,
        repetitions.iter().filter(other).count(),
        || {
            "repetitions of another movement than the trial is labelled with were left out"
                .to_owned()
        },
    );
}

fn warn_of_drift(drift_rad_s: Option<f64>, warnings: &mut Warnings) {
    match drift_rad_s {
        None => warnings.add(Warning::DriftUnknown, || {
            "too few still windows in neutral to tell the heading drift".to_owned()
        }),
        Some(drift) if drift.abs() > DRIFT_RAD_S_MAX => {
            let deg_per_min = drift.to_degrees() * SECONDS_PER_MINUTE;
            warnings.add(Warning::HeadingDrift, || {
                format!("heading drifts by {deg_per_min:.1} deg/min; each repetition is measured from its own zero")
            });
        }
        Some(_) => {}
    }
}

fn norm(v: &[f64; 3]) -> f64 {
    (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt()
}

fn span_s(time_s: &[f64], samples: &Range<usize>) -> Range<f64> {
    time_s[samples.start]..time_s[samples.end - 1]
}
