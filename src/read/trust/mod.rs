//! What a sensor's samples say about how they were read, before anything is computed from them.
//!
//! Every recording that is opened is looked at: the quaternions against gravity and the gyroscope,
//! the gyroscope's unit, the accelerometer's unit, and whether its times are times. What is wrong
//! becomes a warning. What would change an angle by more than [`MOST_CHANGE_DEG`] stops the analysis,
//! but only where the samples exclude the reading; a recording that cannot tell is never refused.

pub mod list;
mod times;

pub use list::{SelfCheck, Verdict, self_checks};
pub use times::FewTimes;
pub(super) use times::few_times;

use super::convention::{Candidate, Finding, Outcome, glance};
use super::{ReadError, ReadOptions};
use crate::read::error::excerpt;
use crate::sample::SensorSamples;
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::{Warning, Warnings};

/// A reading that the samples exclude stops the analysis when it changes an angle by more, degrees.
pub const MOST_CHANGE_DEG: f64 = 5.0;
/// Evidence that stops an analysis: the reading is farther off than good recordings are, degrees, ...
const LEAST_OFF_DEG: f64 = 20.0;
/// ... so many times as far off as what fits, ...
const TIMES_AS_FAR: f64 = 3.0;
/// ... and it rests on so many poses and turns together.
const LEAST_SEEN: usize = 3;

/// Angles and quaternions of one file that are farther apart are not the same orientation, degrees.
const MOST_ANGLES_OFF_DEG: f64 = 0.5;

/// What one sensor's samples say.
#[derive(Debug, Clone, PartialEq)]
pub struct Trust {
    /// What the sensor is called here.
    pub name: String,
    /// Its convention and units.
    pub finding: Finding,
    /// Its times are few numbers.
    pub few_times: Option<FewTimes>,
    /// As [`SensorSamples::angles_off_deg`].
    pub angles_off_deg: Option<f64>,
}

impl Trust {
    /// Looks at a sensor as its file has it ([`super::open_as_stored`]); `options` are those it was
    /// opened with.
    pub fn of(index: usize, sensor: &SensorSamples, options: &ReadOptions) -> Self {
        Self {
            name: called(index, sensor),
            finding: glance(sensor, options),
            few_times: few_times(&sensor.time_s),
            angles_off_deg: sensor.angles_off_deg,
        }
    }

    /// Warns of what is wrong, and says which option to pass.
    pub fn warn(&self, warnings: &mut Warnings) {
        let name = &self.name;
        if let Some(seen) = self.convention_off() {
            let kind = match self.finding.given.accel_deg {
                Some(_) => Warning::AccelerometerDisagrees,
                None => Warning::GyroscopeDisagrees,
            };
            warnings.add(kind, || {
                let todo = match self.instead() {
                    Some(todo) => todo,
                    None => "`neckrom check` says more".to_owned(),
                };
                format!("{name}: {seen}; {todo}")
            });
        }
        let pass = |option: &str| format!("; pass {option}");
        if let Some(seen) = self.gyro_off() {
            let unit = self.finding.gyro.and_then(|gyro| gyro.unit);
            let todo = unit.map_or_else(String::new, |unit| pass(unit.option()));
            warnings.add(Warning::GyroscopeDisagrees, || {
                format!("{name}: {seen}{todo}")
            });
        }
        if let Some(seen) = self.accel_off() {
            let unit = self.finding.accel.and_then(|accel| accel.unit);
            let todo = unit.map_or_else(String::new, |unit| pass(unit.option()));
            warnings.add(Warning::AccelerometerSize, || {
                format!("{name}: {seen}{todo}")
            });
        }
        if let Some(seen) = self.angles_off() {
            warnings.add(Warning::EulerDisagrees, || format!("{name}: {seen}"));
        }
        if let Some(few) = self.few_times {
            warnings.add(Warning::FewTimes, || format!("{name}: {}", few.words()));
        }
    }

    /// Why its angles must not be computed as it was read; `fused`: the device's quaternions are not
    /// used.
    pub fn refusal(&self, fused: bool) -> Option<ReadError> {
        if let Some(few) = self.few_times.filter(|few| few.rounded) {
            return Some(ReadError::RoundedTimes {
                rows: few.rows,
                distinct: few.distinct,
            });
        }
        let from_gyro = fused || !self.finding.has_quaternions;
        let (seen, todo, change_deg) = if from_gyro {
            let unit = self.finding.gyro.and_then(|gyro| gyro.unit)?;
            let todo = format!("pass {}", unit.option());
            (self.gyro_off()?, todo, self.gyro_change_deg())
        } else {
            let strong = self.is_excluded_for_sure();
            let change_deg = self.finding.change_deg.filter(|_| strong)?;
            (self.convention_off()?, self.instead()?, change_deg)
        };
        (change_deg > MOST_CHANGE_DEG).then(|| ReadError::Misread {
            seen: format!(
                "{}: {seen}; the angles would differ by up to {change_deg:.0} degrees",
                self.name
            ),
            todo,
        })
    }

    /// The convention that it was read with is excluded by enough, and another fits well.
    fn is_excluded_for_sure(&self) -> bool {
        let finding = &self.finding;
        let (given, fits) = (&finding.given, finding.instead().first());
        let fits_deg = fits.map_or(f64::INFINITY, Candidate::off_deg);
        given.off_deg() > LEAST_OFF_DEG.max(TIMES_AS_FAR * fits_deg)
            && finding.poses + finding.turns >= LEAST_SEEN
    }

    /// A gyroscope of the wrong unit turns too far or not at all, about the vertical most of all.
    fn gyro_change_deg(&self) -> f64 {
        let finding = &self.finding;
        let turned_deg = finding.tilting.map_or(finding.tilted_deg, |t| t.tilted_deg);
        let ratio = finding.gyro.map_or(1.0, |gyro| gyro.size);
        (turned_deg * (ratio - 1.0).abs()).min(180.0)
    }

    /// What to do about the convention that it was read with.
    fn instead(&self) -> Option<String> {
        let given = self.finding.given.options().join(" ");
        let todo = |one: &Candidate| match one.options() {
            none if none.is_empty() => format!("leave out {given}"),
            options => format!("pass {}", options.join(" ")),
        };
        let all: Vec<String> = self.finding.instead().iter().map(todo).collect();
        (!all.is_empty()).then(|| all.join(", or "))
    }

    /// What speaks against the convention that it was read with.
    fn convention_off(&self) -> Option<String> {
        let finding = &self.finding;
        let given = &finding.given;
        let parts = [
            given
                .accel_deg
                .map(|deg| format!("gravity is {deg:.0} degrees off the vertical")),
            given
                .gyro_deg
                .map(|deg| format!("turns are {deg:.0} degrees off the gyroscope's")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let seen = parts.join(" and ");
        match finding.outcome {
            Outcome::Fits | Outcome::CannotTell => None,
            Outcome::OtherFits => {
                let fits_deg = finding.instead().first().map_or(0.0, Candidate::off_deg);
                Some(format!(
                    "by its quaternions, {seen}; read otherwise, {fits_deg:.0} degrees"
                ))
            }
            Outcome::NothingFits => Some(match finding.unlevel_deg {
                Some(deg) => format!(
                    "its quaternions are not level: the vertical is {deg:.0} degrees from its \
                     nearest axis in all poses"
                ),
                None => format!("by its quaternions, {seen}, and no other way fits either"),
            }),
        }
    }

    /// What speaks against the angles or the quaternions of its file.
    fn angles_off(&self) -> Option<String> {
        let off_deg = self
            .angles_off_deg
            .filter(|deg| *deg > MOST_ANGLES_OFF_DEG)?;
        Some(format!(
            "its angles are {off_deg:.1} degrees off its quaternions (median): one of them lags, or is \
             written otherwise than described; see the other checks"
        ))
    }

    /// What speaks against the gyroscope's unit.
    fn gyro_off(&self) -> Option<String> {
        let gyro = self.finding.gyro?;
        let against = if self.finding.has_quaternions {
            "its quaternions turn"
        } else {
            "gravity turns in its axes"
        };
        let todo = if gyro.unit.is_some() {
            "its unit is another"
        } else {
            "times or rate may be wrong"
        };
        let ratio = gyro.size;
        Some(format!(
            "the gyroscope turns {ratio:.3} times as fast as {against}: {todo}"
        ))
    }

    /// What speaks against the accelerometer's unit.
    fn accel_off(&self) -> Option<String> {
        let accel = self.finding.accel?;
        let todo = if accel.unit.is_some() {
            "its unit is another"
        } else {
            "no unit explains it"
        };
        let size = accel.size;
        Some(format!(
            "gravity at rest is {size:.2} m/s², not {STANDARD_GRAVITY_M_S2:.2}: {todo}"
        ))
    }
}

/// What a sensor is called in messages.
fn called(index: usize, sensor: &SensorSamples) -> String {
    match (sensor.name.as_str(), sensor.place) {
        ("", None) => format!("sensor {}", index + 1),
        ("", Some(place)) => format!("{} sensor", place.name()),
        (name, _) => format!("sensor {}", excerpt(name.as_bytes(), 60)),
    }
}

#[cfg(test)]
mod tests;
