//! What can be set.

use crate::frames::Mount;
use crate::movement::repetition::RepetitionSettings;
use crate::orientation::fuse::FuseSettings;
use crate::orientation::heading::Rests;
use crate::orientation::still::StillSettings;
use crate::sample::About;

/// Everything that can be set; the defaults are those of the definitions in the crate page.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How the head sensor sits; wins over what the recording says.
    pub mount: Option<Mount>,
    /// How the trunk sensor sits; wins over what the recording says.
    pub trunk_mount: Option<Mount>,
    /// Practice repetitions of each movement; wins over what the recording says.
    pub practice: Option<usize>,
    /// Refuse a recording whose forward would be a guess.
    pub require_alignment: bool,
    /// Low-pass, Hz.
    pub filter_hz: f64,
    /// Longest step without samples that is bridged, seconds.
    pub gap_s: f64,
    /// Which orientation is used.
    pub fuse: FuseSettings,
    /// Heading drift is left in.
    pub keep_drift: bool,
    /// What the returns to neutral have in common, which is what tells heading drift from
    /// repositioning error.
    pub rests: Rests,
    /// Still windows and neutral.
    pub still: StillSettings,
    /// Repetitions.
    pub repetition: RepetitionSettings,
}

impl Default for Settings {
    fn default() -> Self {
        let still = StillSettings::default();
        Self {
            mount: None,
            trunk_mount: None,
            practice: None,
            require_alignment: false,
            filter_hz: 6.0,
            gap_s: 0.1,
            fuse: FuseSettings::default(),
            keep_drift: false,
            rests: Rests::default(),
            still,
            repetition: RepetitionSettings {
                excursion_rad: 10_f64.to_radians(),
                back_rad: 5_f64.to_radians(),
                edge_share: 0.05,
                dominance: 1.5,
                hold_share: 0.9,
                hold_speed_rad_s: still.speed_rad_s,
                bad_share: 0.05,
            },
        }
    }
}

impl Settings {
    /// How the head sensor sits: as set, else as the recording says.
    pub fn head_mount(&self, about: &About) -> Option<Mount> {
        self.mount.or(about.head_mount)
    }

    /// The same for the trunk sensor.
    pub fn trunk_mount(&self, about: &About) -> Option<Mount> {
        self.trunk_mount.or(about.trunk_mount)
    }
}
