//! What to simulate: the subject's movement, the sensors and their faults.

use serde::{Serialize, Serializer};

use super::numbers::{Numbers, Purpose};
use crate::movement::Movement;

/// The movements in the order of the seated protocol.
pub const PROTOCOL_ORDER: [Movement; 6] = [
    Movement::Flexion,
    Movement::Extension,
    Movement::SideBendRight,
    Movement::SideBendLeft,
    Movement::RotationRight,
    Movement::RotationLeft,
];

/// Which channels the sensors give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Channels {
    /// The device's quaternion alone.
    Quaternion,
    /// Gyroscope and accelerometer.
    Raw,
    /// All of them.
    Both,
}

impl Channels {
    /// With the device's quaternion.
    pub const fn has_quaternion(self) -> bool {
        matches!(self, Self::Quaternion | Self::Both)
    }

    /// With gyroscope and accelerometer.
    pub const fn has_raw(self) -> bool {
        matches!(self, Self::Raw | Self::Both)
    }
}

/// What the recording says of itself, besides subject, visit, date and task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stated {
    /// How many practice repetitions there are.
    pub protocol: bool,
    /// How the sensors sit: `+x,+z`, whether they are crooked or not.
    pub mount: bool,
}

/// A clock of the trunk sensor's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct TrunkClock {
    /// How much too fast it runs, parts per million.
    pub error_ppm: f64,
    /// When the trunk sensor starts, seconds after the head sensor; it reads zero then.
    pub offset_s: f64,
}

/// Everything that shapes a simulated recording. Angles in degrees, as people write them.
///
/// The sensors' own axes are X forward, Z up when they sit straight.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settings {
    /// The same seed gives the same recording, to the byte.
    pub seed: u64,
    /// Samples a second.
    pub rate_hz: f64,
    /// What the sensors give.
    pub channels: Channels,
    /// Subject label.
    pub subject: String,
    /// Visit label.
    pub visit: String,
    /// Date of the visit, ISO 8601.
    pub date: Option<String>,
    /// The movements, in the order they are made; one alone is a task of its own.
    #[serde(serialize_with = "names")]
    pub movements: Vec<Movement>,
    /// Practice repetitions of each movement.
    pub practice: usize,
    /// Recorded repetitions of each movement, after the practice.
    pub recorded: usize,
    /// Nods at the start.
    pub nods: usize,
    /// Mean peak of each movement, degrees, in the order of [`Movement::ALL`].
    #[serde(serialize_with = "by_name")]
    pub peak_deg: [f64; 6],
    /// Mean peak of a nod, degrees of flexion.
    pub nod_peak_deg: f64,
    /// Still between nods, seconds.
    pub nod_pause_s: f64,
    /// Standard deviation of the peak between repetitions, degrees.
    pub spread_deg: f64,
    /// Largest coupled angle, as a fraction of the peak; each repetition draws two.
    pub coupling: f64,
    /// The same for nods.
    pub nod_coupling: f64,
    /// Mean speed outward, deg/s; each repetition is up to 20 % faster or slower.
    pub speed_deg_s: f64,
    /// Hold at the end range, seconds.
    pub hold_s: f64,
    /// Repositioning error: standard deviation of each angle after a repetition, degrees.
    pub reposition_deg: f64,
    /// Tremor, 0.5 to 4 Hz: root mean square of each angle, degrees.
    pub tremor_deg: f64,
    /// How the head sensor is turned out of its straight seat: rotation vector in head axes, degrees.
    pub crooked_deg: [f64; 3],
    /// A second sensor on the trunk.
    pub trunk: bool,
    /// The trunk's part of the head's movement against earth, 0 to 0.5; with one sensor it counts as
    /// movement of the neck, but the truth is the neck's alone.
    pub trunk_follows: f64,
    /// How the trunk sensor is turned out of its straight seat: rotation vector in trunk axes, degrees.
    pub trunk_crooked_deg: [f64; 3],
    /// The trunk sensor's own clock; without it, it keeps the head sensor's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trunk_clock: Option<TrunkClock>,
    /// Heading drift of the head sensor's quaternion, deg/min, to the left positive.
    pub heading_drift_deg_min: f64,
    /// Heading drift of the trunk sensor's quaternion, deg/min.
    pub trunk_heading_drift_deg_min: f64,
    /// Gyroscope bias in sensor axes, deg/s.
    pub gyro_bias_deg_s: [f64; 3],
    /// Gyroscope noise density, deg/s/√Hz.
    pub gyro_noise_deg_s_rthz: f64,
    /// Accelerometer noise density, µg/√Hz.
    pub accel_noise_ug_rthz: f64,
    /// White noise of the quaternion: standard deviation about each axis, degrees.
    pub quaternion_noise_deg: f64,
    /// Digits after the point of a quaternion's components, as the device rounds them.
    pub quaternion_digits: usize,
    /// Fraction of the samples that are lost: their rows are absent.
    pub lost: f64,
    /// How much too fast the device's clock runs, parts per million.
    pub clock_error_ppm: f64,
    /// What the recording says of itself.
    pub stated: Stated,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            rate_hz: 100.0,
            channels: Channels::Quaternion,
            subject: "01".to_owned(),
            visit: "01".to_owned(),
            date: None,
            movements: PROTOCOL_ORDER.to_vec(),
            practice: 2,
            recorded: 3,
            nods: 3,
            peak_deg: [50.0, 55.0, 40.0, 40.0, 70.0, 70.0],
            nod_peak_deg: 18.0,
            nod_pause_s: 0.2,
            spread_deg: 1.5,
            coupling: 0.10,
            nod_coupling: 0.03,
            speed_deg_s: 40.0,
            hold_s: 2.0,
            reposition_deg: 0.0,
            tremor_deg: 0.05,
            crooked_deg: [0.0; 3],
            trunk: false,
            trunk_follows: 0.0,
            trunk_crooked_deg: [0.0; 3],
            trunk_clock: None,
            heading_drift_deg_min: 0.0,
            trunk_heading_drift_deg_min: 0.0,
            gyro_bias_deg_s: [0.0; 3],
            gyro_noise_deg_s_rthz: 0.007,
            accel_noise_ug_rthz: 160.0,
            quaternion_noise_deg: 0.02,
            quaternion_digits: 7,
            lost: 0.0,
            clock_error_ppm: 0.0,
            stated: Stated {
                protocol: true,
                mount: false,
            },
        }
    }
}

impl Settings {
    /// A scenario with everything about it random within what a clinic may meet: crooked up to
    /// 30 degrees about any axis, coupling up to 0.15, heading drift within ±3 deg/min, and for
    /// every second seed a trunk sensor. No mount is stated.
    #[must_use]
    pub fn random(seed: u64) -> Self {
        let mut numbers = Numbers::new(seed, Purpose::Scenario, 0);
        let crooked_deg = crooked(&mut numbers);
        let trunk_crooked_deg = crooked(&mut numbers);
        let mut drift = || numbers.between(-3.0, 3.0);
        let (head_drift, trunk_drift) = (drift(), drift());
        let follows = numbers.between(0.0, 0.10);
        let trunk = seed % 2 == 1;
        let peak_deg = Movement::ALL.map(|movement| plausible_peak_deg(movement, &mut numbers));
        Self {
            seed,
            peak_deg,
            nod_pause_s: numbers.between(0.1, 1.2),
            coupling: 0.15,
            crooked_deg,
            trunk,
            trunk_follows: if trunk { follows } else { 0.0 },
            trunk_crooked_deg,
            heading_drift_deg_min: head_drift,
            trunk_heading_drift_deg_min: trunk_drift,
            ..Self::default()
        }
    }

    /// As [`Self::random`], for sensors that give gyroscope and accelerometer alone: bias up to
    /// 1 deg/s in size, 0.007 deg/s/√Hz and 120 µg/√Hz of noise, a protocol of about 3 minutes. With
    /// every second seed comes a trunk sensor that follows by 2 to 10 % and has a clock of its own,
    /// off by up to 500 ppm and started up to 2 s before or after the head's.
    #[must_use]
    pub fn random_raw(seed: u64) -> Self {
        let base = Self::random(seed);
        let mut numbers = Numbers::new(seed, Purpose::Scenario, 1);
        let bias = numbers.direction() * numbers.between(0.0, 1.0);
        let follows = numbers.between(0.02, 0.10);
        let trunk_clock = TrunkClock {
            error_ppm: numbers.between(-500.0, 500.0),
            offset_s: numbers.between(-2.0, 2.0),
        };
        Self {
            channels: Channels::Raw,
            gyro_bias_deg_s: bias.into(),
            gyro_noise_deg_s_rthz: 0.007,
            accel_noise_ug_rthz: 120.0,
            hold_s: 1.0,
            trunk_follows: if base.trunk { follows } else { 0.0 },
            trunk_clock: base.trunk.then_some(trunk_clock),
            ..base
        }
    }

    /// The label of the task: the movement if there is one alone, else `protocol`.
    pub fn task(&self) -> String {
        match self.movements.as_slice() {
            [movement] => movement.name().replace('_', "-"),
            _ => "protocol".to_owned(),
        }
    }

    /// Mean peak of this movement, degrees.
    pub fn peak_deg_of(&self, movement: Movement) -> f64 {
        self.peak_deg[place_of(movement)]
    }

    /// Sets the mean peak of this movement, degrees.
    pub fn set_peak_deg(&mut self, movement: Movement, peak_deg: f64) {
        self.peak_deg[place_of(movement)] = peak_deg;
    }
}

/// Place of a movement in [`Movement::ALL`].
pub(super) fn place_of(movement: Movement) -> usize {
    Movement::ALL
        .iter()
        .position(|&other| other == movement)
        .unwrap_or_default()
}

fn crooked(numbers: &mut Numbers) -> [f64; 3] {
    let axis = numbers.direction();
    (axis * numbers.between(0.0, 30.0)).into()
}

fn plausible_peak_deg(movement: Movement, numbers: &mut Numbers) -> f64 {
    let (low, high) = match movement {
        Movement::Flexion => (30.0, 65.0),
        Movement::Extension => (30.0, 70.0),
        Movement::SideBendLeft | Movement::SideBendRight => (25.0, 50.0),
        Movement::RotationLeft | Movement::RotationRight => (40.0, 85.0),
    };
    numbers.between(low, high)
}

fn names<S: Serializer>(movements: &[Movement], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(movements.iter().map(|movement| movement.name()))
}

fn by_name<S: Serializer>(peak_deg: &[f64; 6], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(
        Movement::ALL
            .iter()
            .map(|movement| movement.name())
            .zip(peak_deg),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_scenarios_are_valid_and_every_second_has_a_trunk_sensor() {
        for seed in 0..200 {
            let settings = Settings::random(seed);
            settings.check().unwrap();
            assert_eq!(settings.trunk, seed % 2 == 1);
            assert!(
                settings
                    .crooked_deg
                    .iter()
                    .map(|x| x * x)
                    .sum::<f64>()
                    .sqrt()
                    <= 30.0
            );
            assert!(!settings.stated.mount);
        }
    }

    #[test]
    fn random_raw_scenarios_are_valid_and_every_second_has_two_clocks() {
        for seed in 0..200 {
            let settings = Settings::random_raw(seed);
            settings.check().unwrap();
            let norm = |v: [f64; 3]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
            assert!(norm(settings.gyro_bias_deg_s) <= 1.0);
            assert!(norm(settings.trunk_crooked_deg) <= 30.0);
            assert_eq!(settings.trunk_clock.is_some(), seed % 2 == 1);
            let follows = settings.trunk_follows;
            assert_eq!((0.02..0.10).contains(&follows), settings.trunk, "{follows}");
            assert!(!settings.channels.has_quaternion() && !settings.stated.mount);
        }
    }

    #[test]
    fn one_movement_is_a_task_of_its_own() {
        let mut settings = Settings::default();
        assert_eq!(settings.task(), "protocol");
        settings.movements = vec![Movement::SideBendLeft];
        assert_eq!(settings.task(), "side-bend-left");
    }
}
