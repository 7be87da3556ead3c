//! What is true of a simulated recording.

use serde::{Serialize, Serializer};

use super::settings::Settings;
use crate::angles::NeckAngles;
use crate::movement::Movement;

/// What a repetition was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RepetitionKind {
    /// A nod at the start.
    Nod,
    /// Practice, not to be counted.
    Practice,
    /// To be counted.
    Recorded,
}

/// The three angles of the head against the trunk, degrees; signs as in [`crate::angles`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TrueAngles {
    /// Flexion, extension negative.
    pub flexion_deg: f64,
    /// Side-bend right, left negative.
    pub side_bend_right_deg: f64,
    /// Rotation left, right negative.
    pub rotation_left_deg: f64,
}

impl TrueAngles {
    pub(super) const fn of(angles: &NeckAngles) -> Self {
        Self {
            flexion_deg: angles.flexion_rad.to_degrees(),
            side_bend_right_deg: angles.side_bend_right_rad.to_degrees(),
            rotation_left_deg: angles.rotation_left_rad.to_degrees(),
        }
    }
}

/// One repetition as it was programmed, without tremor. Times are on the recording's own axis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TrueRepetition {
    /// Which movement; nods are flexion.
    #[serde(serialize_with = "name")]
    pub movement: Movement,
    /// What for.
    pub kind: RepetitionKind,
    /// Leaves its start, seconds.
    pub start_s: f64,
    /// Reaches the end range, seconds.
    pub hold_start_s: f64,
    /// Leaves the end range, seconds.
    pub hold_end_s: f64,
    /// Is back, seconds.
    pub end_s: f64,
    /// Angle of the movement at the end range less that at its start, degrees.
    pub peak_deg: f64,
    /// All three angles at its start, from where the subject sat first: how far neutral was missed.
    pub start: TrueAngles,
    /// All three angles at the end range less those at its start; swing and twist.
    pub end_range: TrueAngles,
}

impl TrueRepetition {
    /// The two angles beside the movement's own at the end range, degrees, in the order flexion,
    /// side-bend right, rotation left.
    pub const fn coupled_deg(&self) -> [f64; 2] {
        let TrueAngles {
            flexion_deg,
            side_bend_right_deg,
            rotation_left_deg,
        } = self.end_range;
        match self.movement {
            Movement::Flexion | Movement::Extension => [side_bend_right_deg, rotation_left_deg],
            Movement::SideBendLeft | Movement::SideBendRight => [flexion_deg, rotation_left_deg],
            Movement::RotationLeft | Movement::RotationRight => [flexion_deg, side_bend_right_deg],
        }
    }

    /// The same repetition on a clock that runs faster by this factor.
    pub(super) fn on_clock(self, factor: f64) -> Self {
        Self {
            start_s: self.start_s * factor,
            hold_start_s: self.hold_start_s * factor,
            hold_end_s: self.hold_end_s * factor,
            end_s: self.end_s * factor,
            ..self
        }
    }
}

/// How two separate clocks truly relate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TrueClocks {
    /// What the head's clock reads when the trunk's reads zero, seconds.
    pub offset_s: f64,
    /// How much more the head's clock counts than the trunk's, parts per million.
    pub skew_ppm: f64,
}

/// All that is true of a simulated recording.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// Always true.
    pub simulated: bool,
    /// Length of the recording, seconds on its own axis.
    pub duration_s: f64,
    /// How the head sensor sits: quaternion w, x, y, z from sensor to head axes.
    pub head_from_sensor: [f64; 4],
    /// How the trunk sensor sits, if there is one: from sensor to trunk axes.
    pub trunk_from_sensor: Option<[f64; 4]>,
    /// How the sensors' clocks relate, if each has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clocks: Option<TrueClocks>,
    /// In order of time: nods, then each movement's practice and recorded repetitions.
    pub repetitions: Vec<TrueRepetition>,
    /// What it was made from.
    pub settings: Settings,
}

impl Truth {
    /// Mean peak of the recorded repetitions of a movement, degrees; `None` without any.
    pub fn mean_peak_deg(&self, movement: Movement) -> Option<f64> {
        let counts = |one: &&TrueRepetition| {
            one.movement == movement && one.kind == RepetitionKind::Recorded
        };
        let peaks: Vec<f64> = self
            .repetitions
            .iter()
            .filter(counts)
            .map(|one| one.peak_deg)
            .collect();
        (!peaks.is_empty()).then(|| peaks.iter().sum::<f64>() / peaks.len() as f64)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn name<S: Serializer>(movement: &Movement, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(movement.name())
}
