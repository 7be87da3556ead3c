//! The six movements, the three planes, and the repetitions found in a recording.

pub mod repetition;
pub mod reposition;
pub mod rom;
pub mod smoothness;

use crate::angles::NeckAngles;

/// One of the six movements of the neck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Movement {
    /// Chin to chest.
    Flexion,
    /// Looking up.
    Extension,
    /// Left ear to left shoulder; also called left lateral flexion.
    SideBendLeft,
    /// Right ear to right shoulder.
    SideBendRight,
    /// Looking over the left shoulder.
    RotationLeft,
    /// Looking over the right shoulder.
    RotationRight,
}

impl Movement {
    /// All six, in the order of results.
    pub const ALL: [Self; 6] = [
        Self::Flexion,
        Self::Extension,
        Self::SideBendLeft,
        Self::SideBendRight,
        Self::RotationLeft,
        Self::RotationRight,
    ];

    /// The name in files and results, snake case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flexion => "flexion",
            Self::Extension => "extension",
            Self::SideBendLeft => "side_bend_left",
            Self::SideBendRight => "side_bend_right",
            Self::RotationLeft => "rotation_left",
            Self::RotationRight => "rotation_right",
        }
    }

    /// The name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Flexion => "Flexion",
            Self::Extension => "Extension",
            Self::SideBendLeft => "Side-bend left",
            Self::SideBendRight => "Side-bend right",
            Self::RotationLeft => "Rotation left",
            Self::RotationRight => "Rotation right",
        }
    }

    /// The movement of this name (see [`Movement::name`]), if it is one. Case, dashes and
    /// underscores do not matter, since file names often cannot carry them.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|movement| letters(movement.name()) == letters(name))
    }

    /// The plane it moves in.
    pub const fn plane(self) -> Plane {
        match self {
            Self::Flexion | Self::Extension => Plane::Sagittal,
            Self::SideBendLeft | Self::SideBendRight => Plane::Frontal,
            Self::RotationLeft | Self::RotationRight => Plane::Transverse,
        }
    }

    /// The other movement of the same plane.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Flexion => Self::Extension,
            Self::Extension => Self::Flexion,
            Self::SideBendLeft => Self::SideBendRight,
            Self::SideBendRight => Self::SideBendLeft,
            Self::RotationLeft => Self::RotationRight,
            Self::RotationRight => Self::RotationLeft,
        }
    }

    /// How far these angles go in this movement, radians; negative when they go the other way.
    pub const fn angle_rad(self, angles: &NeckAngles) -> f64 {
        match self {
            Self::Flexion => angles.flexion_rad,
            Self::Extension => -angles.flexion_rad,
            Self::SideBendRight => angles.side_bend_right_rad,
            Self::SideBendLeft => -angles.side_bend_right_rad,
            Self::RotationLeft => angles.rotation_left_rad,
            Self::RotationRight => -angles.rotation_left_rad,
        }
    }
}

fn letters(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// The movements that a trial of this label is about: one, both of a plane (`rotation`,
/// `side_bend`, `flexion_extension`, or the plane's name), or none for a whole protocol.
pub fn labelled_movements(label: &str) -> Vec<Movement> {
    if let Some(movement) = Movement::from_name(label) {
        return vec![movement];
    }
    let plane = match letters(label).as_str() {
        "flexionextension" | "sagittal" => Plane::Sagittal,
        "sidebend" | "lateralflexion" | "frontal" => Plane::Frontal,
        "rotation" | "transverse" => Plane::Transverse,
        _ => return Vec::new(),
    };
    plane.movements().to_vec()
}

/// One of the three planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plane {
    /// Flexion and extension.
    Sagittal,
    /// Both side-bends.
    Frontal,
    /// Both rotations.
    Transverse,
}

impl Plane {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Sagittal, Self::Frontal, Self::Transverse];

    /// The name in files and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sagittal => "sagittal",
            Self::Frontal => "frontal",
            Self::Transverse => "transverse",
        }
    }

    /// The name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sagittal => "Flexion + extension",
            Self::Frontal => "Side-bend, left + right",
            Self::Transverse => "Rotation, left + right",
        }
    }

    /// Its two movements; left before right.
    pub const fn movements(self) -> [Movement; 2] {
        match self {
            Self::Sagittal => [Movement::Flexion, Movement::Extension],
            Self::Frontal => [Movement::SideBendLeft, Movement::SideBendRight],
            Self::Transverse => [Movement::RotationLeft, Movement::RotationRight],
        }
    }
}

/// Why a repetition is kept but does not count towards the ROM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// No movement is 1.5 times each other one at the end range.
    Mixed,
    /// A nod made for alignment.
    Nod,
    /// Into a pose held for alignment, and out of it.
    Pose,
    /// A practice repetition.
    Practice,
    /// Another movement than the one the trial is labelled with.
    OtherMovement,
    /// Under half of the largest of its movement in the recording.
    Stray,
    /// The recording begins, ends or has a gap inside it.
    Incomplete,
    /// Too many of its samples are missing or unsound.
    BadSamples,
}

impl LeftOut {
    /// The reason in results, for people.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Mixed => "mixed: no movement is 1.5 times the others at the end range",
            Self::Nod => "nod for alignment",
            Self::Pose => "pose for alignment",
            Self::Practice => "practice",
            Self::OtherMovement => "another movement than the trial is labelled with",
            Self::Stray => "stray: under half of the largest of its movement",
            Self::Incomplete => "incomplete: the recording starts, stops or has a gap inside it",
            Self::BadSamples => "over 5 % of its samples are missing or unsound",
        }
    }
}

/// How smooth the outward movement was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Smoothness {
    /// Spectral arc length, dimensionless, more negative is less smooth.
    pub sparc: f64,
    /// Log dimensionless jerk, dimensionless, more negative is less smooth.
    pub ldlj: f64,
    /// Number of peaks of the angular speed.
    pub velocity_peaks: usize,
}

/// One repetition: neutral to end range and back.
#[derive(Debug, Clone, PartialEq)]
pub struct Repetition {
    /// Which movement; `None` when mixed.
    pub movement: Option<Movement>,
    /// Leaves neutral, seconds on the recording's time axis.
    pub start_s: f64,
    /// Turning point.
    pub peak_s: f64,
    /// Back in neutral.
    pub end_s: f64,
    /// Zero to end range, radians, in the movement's direction; the largest angle when mixed.
    pub rom_rad: f64,
    /// Time within 90 % of the peak and under 5 deg/s, seconds.
    pub hold_s: f64,
    /// Largest angular speed outward, rad/s.
    pub peak_speed_rad_s: f64,
    /// Mean angular speed outward, rad/s.
    pub mean_speed_rad_s: f64,
    /// Of the outward movement; `None` when it is too short to tell.
    pub smoothness: Option<Smoothness>,
    /// All three angles at the end range, from the repetition's own zero.
    pub end_range: NeckAngles,
    /// Where the repetition's zero lies, from the neutral of the recording: the repositioning error,
    /// with the heading drift where that was not taken out.
    pub zero_offset: NeckAngles,
    /// Largest angle of the trunk from its own neutral during the repetition, radians; two sensors only.
    pub trunk_motion_rad: Option<f64>,
    /// Why it does not count, if it does not.
    pub left_out: Option<LeftOut>,
}

/// The ROM of one movement: over the repetitions that count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MovementRom {
    /// Which.
    pub movement: Movement,
    /// Repetitions that count.
    pub n: usize,
    /// Mean, radians; `None` without repetitions.
    pub mean_rad: Option<f64>,
    /// Standard deviation (n - 1), radians; `None` under two repetitions.
    pub sd_rad: Option<f64>,
    /// Largest, radians.
    pub max_rad: Option<f64>,
    /// Every repetition lies within max(5 degrees, 10 %) of the mean; `None` under two repetitions.
    pub consistent: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_files_are_movements() {
        assert_eq!(
            Movement::from_name("rotationLeft"),
            Some(Movement::RotationLeft)
        );
        assert_eq!(
            Movement::from_name("side-bend-right"),
            Some(Movement::SideBendRight)
        );
        assert_eq!(labelled_movements("rotation").len(), 2);
        assert_eq!(labelled_movements("cervicalrom"), Vec::new());
    }

    #[test]
    fn opposites_share_a_plane() {
        for movement in Movement::ALL {
            assert_eq!(movement.opposite().opposite(), movement);
            assert_eq!(movement.opposite().plane(), movement.plane());
            assert_eq!(Movement::ALL[movement as usize], movement);
        }
    }
}
