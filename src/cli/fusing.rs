//! The options that say which orientation is used.

use clap::{Args, ValueEnum};

use crate::orientation::fuse::{FuseSettings, Fusion};
use crate::read::{Keep, ReadOptions};

/// Which orientation is used; shared by the commands that need one.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Orientation")]
pub struct FusingArgs {
    /// Fuse gyroscope and accelerometer, even where the device gives quaternions
    ///
    /// Without this the device's quaternions are used; a recording that has none is fused offline.
    #[arg(long, value_name = "HOW")]
    pub fuse: Option<How>,
    /// Fuse with the magnetometer too; indoors it often costs more than it gives
    #[arg(long)]
    pub magnetometer: bool,
}

/// How to fuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum How {
    /// From the whole recording, forward and backward.
    Offline,
    /// Each sample from what came before it, as live.
    Online,
}

impl FusingArgs {
    /// As the stages take them.
    pub fn settings(self) -> FuseSettings {
        let fusion = |how| match how {
            How::Offline => Fusion::Offline,
            How::Online => Fusion::Online,
        };
        let by_magnetometer = self.magnetometer.then_some(Fusion::Offline);
        FuseSettings {
            fusion: self.fuse.map(fusion).or(by_magnetometer),
            magnetometer: self.magnetometer,
        }
    }

    /// The options of reading: a fusion starts from the inertial channels at their own rate.
    pub fn reading(self, options: ReadOptions) -> ReadOptions {
        let keep = if self.settings().fusion.is_some() {
            Keep::Inertial
        } else {
            options.keep
        };
        ReadOptions { keep, ..options }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fusion_reads_the_inertial_channels() {
        let keep = |fuse, magnetometer| {
            let fusing = FusingArgs { fuse, magnetometer };
            fusing.reading(ReadOptions::default()).keep
        };
        assert_eq!(keep(None, false), Keep::Orientation);
        assert_eq!(keep(Some(How::Online), false), Keep::Inertial);
        assert_eq!(keep(None, true), Keep::Inertial);
    }
}
