//! How the user says that a file is to be read.

use std::path::PathBuf;

use super::{Convention, Sequence};
use crate::sample::Clocks;

/// What the user said about how to read a file that does not say it itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadOptions {
    /// Columns by name: canonical column, column in the file. Empty: by the usual names.
    pub columns: Vec<(String, String)>,
    /// Seconds in one unit of the time column.
    pub time_unit_s: Option<f64>,
    /// Order of the four quaternion columns from left to right, whatever they are called.
    pub quaternion_order: Option<QuaternionOrder>,
    /// Unit of the gyroscope, whatever the file says.
    pub gyro_unit: Option<GyroUnit>,
    /// Unit of the accelerometer, whatever the file says.
    pub accel_unit: Option<AccelUnit>,
    /// The sequence of Euler angles, intrinsic, for files that have nothing else.
    pub euler_sequence: Option<Sequence>,
    /// Unit of Euler angles, whatever the file says.
    pub angle_unit: Option<AngleUnit>,
    /// What the file does otherwise than this program takes it.
    pub convention: Convention,
    /// Samples a second, for files without a time column; wins over a stated rate.
    pub rate_hz: Option<f64>,
    /// Name of the sensor that sits on the head.
    pub head: Option<String>,
    /// Name of the sensor that sits on the trunk.
    pub trunk: Option<String>,
    /// The trunk sensor's own file, or folder that is one recording.
    pub trunk_file: Option<PathBuf>,
    /// How the sensors' clocks relate; wins over what the files say.
    pub clocks: Option<Clocks>,
    /// Whose times are kept where orientation and inertial channels have times of their own.
    pub keep: Keep,
}

/// What is kept of a sensor that gives its orientation and its inertial channels at times of their
/// own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keep {
    /// The orientation, with the inertial channels brought to its times.
    #[default]
    Orientation,
    /// Gyroscope, accelerometer and magnetometer at their own, often higher rate, and no orientation:
    /// what a fusion starts from.
    Inertial,
}

/// Order of quaternion components in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuaternionOrder {
    /// w, x, y, z.
    Wxyz,
    /// x, y, z, w.
    Xyzw,
}

/// A unit of angle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AngleUnit {
    /// Degrees.
    Deg,
    /// Radians.
    Rad,
}

impl AngleUnit {
    /// Radians in one of it.
    pub(super) const fn rad(self) -> f64 {
        match self {
            Self::Deg => std::f64::consts::PI / 180.0,
            Self::Rad => 1.0,
        }
    }
}

/// A unit of angular velocity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GyroUnit {
    /// Degrees a second.
    Deg,
    /// Radians a second.
    Rad,
}

impl GyroUnit {
    /// rad/s in one of it.
    pub(super) const fn rad_s(self) -> f64 {
        match self {
            Self::Deg => std::f64::consts::PI / 180.0,
            Self::Rad => 1.0,
        }
    }

    /// The option of the command line that asks for it.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Deg => "--gyro-unit deg",
            Self::Rad => "--gyro-unit rad",
        }
    }
}

/// A unit of acceleration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccelUnit {
    /// Standard gravity.
    G,
    /// Metres a second squared.
    MS2,
}

impl AccelUnit {
    /// m/s² in one of it.
    pub(super) const fn m_s2(self) -> f64 {
        match self {
            Self::G => crate::units::STANDARD_GRAVITY_M_S2,
            Self::MS2 => 1.0,
        }
    }

    /// The option of the command line that asks for it.
    pub const fn option(self) -> &'static str {
        match self {
            Self::G => "--accel-unit g",
            Self::MS2 => "--accel-unit m-s2",
        }
    }
}
