//! The options that say how neck angles are measured.

use clap::Args;

use super::fusing::FusingArgs;
use super::marking::MarkingArgs;
use crate::batch::Labels;
use crate::frames::Mount;
use crate::orientation::heading::Rests;
use crate::pipeline::Settings;
use crate::sample::About;

/// How to measure; shared by the commands that analyse.
#[derive(Debug, Clone, Default, Args)]
pub struct MeasuringArgs {
    /// Sensor axes that point forward and up, such as +x,+z; levelled in neutral, since headbands sit crooked
    #[arg(
        long,
        value_name = "FORWARD,UP",
        allow_hyphen_values = true,
        help_heading = "Measuring"
    )]
    pub mount: Option<Mount>,
    /// The same, taken as it is: for orientations that are the head's already
    #[arg(
        long,
        value_name = "FORWARD,UP",
        allow_hyphen_values = true,
        conflicts_with = "mount",
        help_heading = "Measuring"
    )]
    pub mount_exact: Option<Mount>,
    /// Sensor axes of the trunk sensor that point forward and up; exact with --mount-exact
    #[arg(
        long,
        value_name = "FORWARD,UP",
        allow_hyphen_values = true,
        help_heading = "Measuring"
    )]
    pub trunk_mount: Option<Mount>,
    /// Fail a recording whose forward would be a guess: neither declared nor shown
    #[arg(long, help_heading = "Measuring")]
    pub require_alignment: bool,
    /// What was when
    #[command(flatten)]
    pub marking: MarkingArgs,
    /// The first N repetitions of each movement are practice and do not count
    #[arg(long, value_name = "N", help_heading = "Measuring")]
    pub practice: Option<usize>,
    /// What becomes of heading drift
    #[command(flatten)]
    pub drift: DriftArgs,
    /// Which orientation is used
    #[command(flatten)]
    pub fusing: FusingArgs,
    /// Subject label of all recordings; wins over names and sidecars
    #[arg(long, value_name = "LABEL", help_heading = "Labels")]
    pub subject: Option<String>,
    /// Visit label of all recordings; wins over names and sidecars
    #[arg(long, value_name = "LABEL", help_heading = "Labels")]
    pub visit: Option<String>,
}

/// What becomes of heading drift.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Measuring")]
pub struct DriftArgs {
    /// Leave heading drift in, instead of taking out the trend over all returns to neutral
    #[arg(long)]
    pub keep_drift: bool,
    /// Every rest is the same place, as in a jig: whatever heading differs by there is drift
    #[arg(long, conflicts_with = "keep_drift")]
    pub same_rest: bool,
}

impl MeasuringArgs {
    /// As the stages take them.
    pub(super) fn settings(&self) -> Settings {
        let exact = self.mount_exact.is_some();
        let taken = |mount: Mount| Mount { exact, ..mount };
        Settings {
            mount: self.mount.or(self.mount_exact).map(taken),
            trunk_mount: self.trunk_mount.map(taken),
            practice: self.practice,
            fuse: self.fusing.settings(),
            keep_drift: self.drift.keep_drift,
            rests: if self.drift.same_rest {
                Rests::SamePlace
            } else {
                Rests::AboutNeutral
            },
            require_alignment: self.require_alignment,
            ..Settings::default()
        }
    }
    /// The labels of all recordings.
    pub(super) fn labels(&self) -> Labels {
        Labels {
            subject: self.subject.clone(),
            visit: self.visit.clone(),
        }
    }

    /// Puts the labels and marks of the command line before what the recording says.
    pub(super) fn apply(&self, about: &mut About) {
        self.labels().apply(about);
        about.events.splice(0..0, self.marking.events());
    }
}
