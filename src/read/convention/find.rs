//! Which convention a sensor's samples have, from the samples alone.
//!
//! Two kinds of evidence. At rest the accelerometer, turned into the earth by the quaternion, must
//! be the same vertical vector in every pose, and lie along an axis. In a turn the quaternion must
//! turn about the axis that the gyroscope shows, in sensor axes. A wrong order, direction or
//! handedness breaks both, unless the poses and turns are too much alike; then that is said.
//!
//! Two things no motion shows. A whole recording seen in a mirror, vectors too, is as good as the
//! one without. And gravity instead of specific force looks like an earth that points down: who
//! knows which side of the sensor was up settles it.

use std::f64::consts::PI;

use nalgebra::Vector3;

use super::candidate::Candidate;
use super::change::change_deg;
use super::evidence::{Evidence, Turn};
use super::judge::{Judged, Outcome, glance_at, judge, vertical};
use super::tilt::{self, Tilting};
use crate::read::{AccelUnit, GyroUnit, ReadOptions};
use crate::sample::SensorSamples;
use crate::units::STANDARD_GRAVITY_M_S2;

/// Sizes within this factor of what they should be have the right unit.
const UNIT_FACTOR: f64 = 1.4;
/// Poses that tell every convention apart lie at least so far from each other, degrees.
const ENOUGH_TILT_DEG: f64 = 60.0;
/// So little wandering of the vertical is a constant one, degrees.
const CONSTANT_DEG: f64 = 10.0;

/// What was found out about a sensor's convention.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// In a word.
    pub outcome: Outcome,
    /// The convention that the recording was read with, and how far off it is.
    pub given: Candidate,
    /// Those that fit and that the evidence does not tell apart: the one given, if it does, then
    /// simplest first.
    pub fitting: Vec<Candidate>,
    /// The nearest one that is excluded.
    pub next: Option<Candidate>,
    /// There are quaternions at all.
    pub has_quaternions: bool,
    /// Poses held still.
    pub poses: usize,
    /// Largest angle between gravity in two of them, in sensor axes, degrees.
    pub tilted_deg: f64,
    /// Short turns compared with the gyroscope.
    pub turns: usize,
    /// Gyroscope speed over the quaternion's, when it is off; without quaternions over the speed at
    /// which gravity turns in sensor axes.
    pub gyro: Option<Size<GyroUnit>>,
    /// What it was compared with without quaternions.
    pub tilting: Option<Tilting>,
    /// What the other convention would change of the orientation from the first sample on, seen in
    /// axes that stand on the ground, at most, degrees; of several, the largest. `None` when the
    /// one given is not excluded.
    pub change_deg: Option<f64>,
    /// Accelerometer size at rest in m/s², if it rests.
    pub rest_m_s2: Option<f64>,
    /// The same, when it is off.
    pub accel: Option<Size<AccelUnit>>,
    /// The vertical is the same in all poses but lies along no axis: degrees from the nearest one.
    pub unlevel_deg: Option<f64>,
}

/// A size that is off, and the unit that the file has if that explains it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size<Unit> {
    /// As read.
    pub size: f64,
    /// The unit that would make it right.
    pub unit: Option<Unit>,
}

impl Finding {
    fn new(sensor: &SensorSamples, evidence: &Evidence, judged: Judged) -> Self {
        let tilting = match &sensor.earth_from_sensor {
            Some(_) => None,
            None => evidence.accel_size.and_then(|g| tilt::tilting(sensor, g)),
        };
        let unlevel = judged.outcome == Outcome::NothingFits;
        let mut finding = Self {
            outcome: judged.outcome,
            given: judged.given,
            fitting: judged.fitting,
            next: judged.next,
            has_quaternions: sensor.earth_from_sensor.is_some(),
            poses: evidence.poses.len(),
            tilted_deg: evidence.tilted_rad().to_degrees(),
            turns: evidence.turns.len(),
            // Gravity is felt too roughly to show more than a unit.
            gyro: gyro_size(&evidence.turns)
                .or_else(|| gyro_off(tilting?.ratio).filter(|gyro| gyro.unit.is_some())),
            tilting,
            change_deg: None,
            rest_m_s2: evidence.accel_size,
            accel: accel_size(evidence),
            unlevel_deg: unlevel.then(|| unlevel_deg(evidence)).flatten(),
        };
        let changes = finding.instead().iter();
        let changes = changes.map(|other| change_deg(sensor, &finding.given, other));
        finding.change_deg = changes.max_by(f64::total_cmp);
        finding
    }

    /// The simplest conventions that fit, if that is not the one given; several when the evidence
    /// does not tell them apart.
    pub fn instead(&self) -> &[Candidate] {
        if self.outcome != Outcome::OtherFits {
            return &[];
        }
        let options = |one: &Candidate| one.options().len();
        let fewest = self.fitting.first().map_or(0, options);
        let more = self.fitting.partition_point(|one| options(one) <= fewest);
        &self.fitting[..more]
    }

    /// Conventions that fit as well as the one given, or as the simplest.
    pub fn besides(&self) -> impl Iterator<Item = &Candidate> {
        let named = usize::from(self.outcome == Outcome::Fits) + self.instead().len();
        self.fitting.iter().skip(named)
    }

    /// Options that put the units right.
    pub fn unit_options(&self) -> Vec<String> {
        let gyro = self.gyro.and_then(|gyro| gyro.unit).map(GyroUnit::option);
        let accel = self.accel.and_then(|accel| accel.unit);
        gyro.into_iter()
            .chain(accel.map(AccelUnit::option))
            .map(str::to_owned)
            .collect()
    }

    /// Something is wrong with how the recording was read.
    pub fn is_wrong(&self) -> bool {
        let convention = matches!(self.outcome, Outcome::OtherFits | Outcome::NothingFits);
        convention || self.gyro.is_some() || self.accel.is_some()
    }

    /// What to record, or to export, so that more can be told; none when all is told.
    pub fn advice(&self) -> Option<String> {
        let open = self.besides().next().is_some() || self.instead().len() > 1;
        if !self.has_quaternions || (self.outcome != Outcome::CannotTell && !open) {
            return None;
        }
        let poses = "hold it still for 2 s each upright, on its side, on its back and upside down, \
                     then turn it by a quarter about the vertical";
        let (count, tilted_deg) = (self.poses, self.tilted_deg);
        Some(match count {
            0 if self.turns == 0 => {
                format!("record the sensor with accelerometer or gyroscope, {poses}")
            }
            0 => format!("no pose was held still with an accelerometer: {poses}"),
            _ if self.is_upside_down_question() => "no motion tells gravity from an earth that \
                 points down: say which axis of the sensor pointed up in the first pose, with \
                 --first-up, such as --first-up +z"
                .to_owned(),
            1 => format!("the sensor was held in one pose: {poses}"),
            _ if tilted_deg < ENOUGH_TILT_DEG => format!(
                "the sensor was held in {count} poses that differ in tilt by at most {tilted_deg:.0} \
                 degrees: {poses}"
            ),
            _ => format!("what was recorded fits them all: {poses}"),
        })
    }

    /// All that is open is the sign of gravity.
    fn is_upside_down_question(&self) -> bool {
        let sides = |one: &Candidate| {
            let convention = one.convention;
            (one.order, convention.conjugate, convention.left_handed)
        };
        let mut all = self.instead().iter().map(sides);
        let first = all.next();
        self.instead().len() > 1 && all.all(|other| Some(other) == first)
    }
}

/// Tries every convention on a sensor as its file has it ([`crate::read::open_as_stored`]); `options`
/// are those it was opened with and say what the user takes its convention for.
///
/// `first_up` is the axis of the sensor that pointed up in the first pose, unit vector, if known.
pub fn find(
    sensor: &SensorSamples,
    options: &ReadOptions,
    first_up: Option<&Vector3<f64>>,
) -> Finding {
    let evidence = Evidence::of(sensor);
    let felt = evidence.poses.first().map(|pose| pose[0].accel);
    let gravity_down = first_up.zip(felt).map(|(up, felt)| felt.dot(up) < 0.0);
    let judged = judge(&evidence, options, gravity_down);
    Finding::new(sensor, &evidence, judged)
}

/// The same at a glance, for every recording that is opened: some of the samples are enough to say
/// that the convention given fits. When it does not, it is looked at in full.
pub fn glance(sensor: &SensorSamples, options: &ReadOptions) -> Finding {
    let evidence = Evidence::glance(sensor);
    glance_at(&evidence, options).map_or_else(
        || find(sensor, options, None),
        |judged| Finding::new(sensor, &evidence, judged),
    )
}

/// Speed of the gyroscope over that of the quaternion when it is off; middle of all turns.
fn gyro_size(turns: &[Turn]) -> Option<Size<GyroUnit>> {
    let ratio = |turn: &Turn| turn.gyro.norm() * turn.lasted_s / turn.before.angle_to(&turn.after);
    let mut ratios: Vec<f64> = turns.iter().map(ratio).collect();
    let middle = ratios.len() / 2;
    let size =
        (!ratios.is_empty()).then(|| *ratios.select_nth_unstable_by(middle, f64::total_cmp).1)?;
    gyro_off(size)
}

/// A ratio of speeds that is off.
fn gyro_off(ratio: f64) -> Option<Size<GyroUnit>> {
    let deg = 180.0 / PI;
    off(
        ratio,
        1.0,
        [(deg, GyroUnit::Deg), (1.0 / deg, GyroUnit::Rad)],
    )
}

fn accel_size(evidence: &Evidence) -> Option<Size<AccelUnit>> {
    let g = STANDARD_GRAVITY_M_S2;
    off(
        evidence.accel_size?,
        g,
        [(1.0, AccelUnit::G), (g * g, AccelUnit::MS2)],
    )
}

/// A size that is not what it should be, with the unit of the one that it is near to.
fn off<Unit>(size: f64, right: f64, others: [(f64, Unit); 2]) -> Option<Size<Unit>> {
    let near = |wanted: f64| (1.0 / UNIT_FACTOR..UNIT_FACTOR).contains(&(size / wanted));
    let unit = others.into_iter().find(|other| near(other.0));
    (!near(right)).then(|| Size {
        size,
        unit: unit.map(|unit| unit.1),
    })
}

/// Orientation that was set to zero in a pose of its own has a constant vertical along no axis.
fn unlevel_deg(evidence: &Evidence) -> Option<f64> {
    let (vertical, wanders_deg) = vertical(evidence)?;
    let nearest = vertical.abs().max().clamp(0.0, 1.0).acos().to_degrees();
    let constant = wanders_deg < CONSTANT_DEG && evidence.poses.len() > 1;
    (constant && nearest > CONSTANT_DEG).then_some(nearest)
}
