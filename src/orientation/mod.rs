//! From a sensor's samples to evenly timed orientation, and from sensor axes to segment axes.
//!
//! Order of work: [`clean`] (usable samples), [`clock`] (gaps, an even time base), [`fuse`] (which
//! orientation: the device's, or one made by [`vqf`] from gyroscope and accelerometer), [`synchronise`]
//! (two clocks on one), [`pair`] (two sensors on one time base), [`filter`] (low-pass on the rotation), [`speed`],
//! [`still`] (still windows and neutral), [`restart`] (sections of a sensor that started anew), [`heading`] (its drift), [`align`] (sensor to segment).

pub mod align;
pub mod clean;
pub mod clock;
pub mod filter;
pub mod fuse;
pub mod heading;
pub mod nods;
pub mod pair;
pub mod restart;
pub(crate) mod rotation_vector;
pub mod speed;
pub mod still;
pub mod synchronise;
mod trend;
pub mod vqf;

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use clean::Channels;

use crate::sample::{SensorPlace, SensorSamples};

/// Why a recording has no usable orientation.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OrientationError {
    /// No sensor is known to sit on the head.
    #[error(
        "no sensor is known to sit on the head; sensors here: {names}; pass --head NAME, and \
         --trunk NAME for one on the trunk"
    )]
    NoHeadSensor {
        /// What there is.
        names: String,
    },
    /// There is nothing to make an orientation from.
    #[error(
        "the {place} sensor gives only {channels}: {needed} needed; export them from the sensor's \
         software"
    )]
    NoOrientation {
        /// `head` or `trunk`.
        place: &'static str,
        /// What there is.
        channels: String,
        /// What would do.
        needed: &'static str,
    },
    /// Too little to measure.
    #[error("only {usable} of {samples} samples are usable: too few; record at least {needed_s} s")]
    TooShort {
        /// Samples in the file.
        samples: usize,
        /// Samples left after repair.
        usable: usize,
        /// Seconds that are needed.
        needed_s: f64,
    },
    /// Most samples are earlier than one before them.
    #[error(
        "{backwards} of {samples} samples are earlier than one before them: time runs backwards; \
         put the rows in order of time, or say the unit of the time column with --time-unit"
    )]
    Backwards {
        /// Samples whose time went back.
        backwards: usize,
        /// Samples in the file.
        samples: usize,
    },
    /// Too slow to see a movement.
    #[error(
        "{rate_hz:.1} samples a second are too few: record at {needed_hz} Hz or more, or pass --rate if the file's times are wrong"
    )]
    RateTooLow {
        /// As measured.
        rate_hz: f64,
        /// Needed.
        needed_hz: f64,
    },
    /// The head never comes to rest.
    #[error(
        "no still phase of {needed_s} s: neutral cannot be found; ask the subject to sit still, \
         looking straight ahead, for 3 s at the start"
    )]
    NoStillWindow {
        /// Seconds that are needed.
        needed_s: f64,
    },
    /// Forward would be a guess, and a guess was not wanted.
    #[error("{why}; pass --mount, or record with three nods at the start")]
    NotAligned {
        /// What was tried.
        why: String,
    },
    /// Each sensor has a clock of its own, and nothing tells how they relate.
    #[error(
        "head and trunk sensor have a clock each, and their movement does not tell how these relate: \
         {reason}; turn both sensors together three times at the start and at the end, or pass \
         --clocks shared if they have one clock"
    )]
    ClocksUnknown {
        /// Why not.
        reason: String,
    },
    /// The two sensors were not recorded at the same time.
    #[error(
        "head and trunk sensor do not overlap in time: head {head}, trunk {trunk}; pass --clocks \
         separate if each has a clock of its own"
    )]
    NoOverlap {
        /// First and last time of the head sensor.
        head: String,
        /// First and last time of the trunk sensor.
        trunk: String,
    },
}

impl OrientationError {
    /// The sensor lacks what the orientation was to be made from.
    fn missing(sensor: &SensorSamples, channels: Channels) -> Self {
        let needed = match channels {
            Channels::Inertial { mag: false } if sensor.earth_from_sensor.is_some() => {
                "to be fused, gyroscope and accelerometer are"
            }
            Channels::Quaternions | Channels::Inertial { mag: false } => {
                "quaternions, or gyroscope and accelerometer, are"
            }
            Channels::Inertial { mag: true } => "gyroscope, accelerometer and magnetometer are",
        };
        Self::NoOrientation {
            place: sensor.place.map_or("head", SensorPlace::name),
            channels: clean::channels_present(sensor),
            needed,
        }
    }
}

/// A quaternion from components w, x, y, z that are a unit already.
#[inline]
pub(crate) fn unit([w, x, y, z]: [f64; 4]) -> UnitQuaternion<f64> {
    UnitQuaternion::new_unchecked(Quaternion::new(w, x, y, z))
}

/// Components w, x, y, z scaled to a unit; `None` for zero or NaN.
#[inline]
pub(crate) fn normalised(q: [f64; 4]) -> Option<[f64; 4]> {
    let norm = dot(&q, &q).sqrt();
    let inverse = 1.0 / norm;
    (norm > 1e-6 && norm.is_finite()).then(|| q.map(|c| c * inverse))
}

#[inline]
pub(crate) fn dot(a: &[f64; 4], b: &[f64; 4]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]
}

/// Between two unit quaternions, the short way, at `fraction` of the angle.
pub(crate) fn slerp(a: &[f64; 4], b: &[f64; 4], fraction: f64) -> [f64; 4] {
    let cos = dot(a, b);
    let (b, cos) = if cos < 0.0 {
        (b.map(|c| -c), -cos)
    } else {
        (*b, cos)
    };
    let (from, to) = if cos > 0.9995 {
        (1.0 - fraction, fraction)
    } else {
        let angle = cos.clamp(-1.0, 1.0).acos();
        let sin = angle.sin();
        (
            ((1.0 - fraction) * angle).sin() / sin,
            (fraction * angle).sin() / sin,
        )
    };
    let mixed = std::array::from_fn(|i| from * a[i] + to * b[i]);
    normalised(mixed).unwrap_or(*a)
}

/// Mean of orientations that lie close together: the normalised sum of sign-continuous quaternions
/// (a first-order mean; exact to 0.01 degrees within a still window).
pub(crate) fn mean(quaternions: &[[f64; 4]]) -> Option<[f64; 4]> {
    let first = quaternions.first()?;
    let mut sum = [0.0; 4];
    for q in quaternions {
        let sign = if dot(first, q) < 0.0 { -1.0 } else { 1.0 };
        for i in 0..4 {
            sum[i] += sign * q[i];
        }
    }
    normalised(sum)
}

/// Angle between two unit quaternions, radians, 0 to π.
pub(crate) fn angle_between(a: &[f64; 4], b: &[f64; 4]) -> f64 {
    let difference = unit(*a).inverse() * unit(*b);
    difference.angle()
}

/// Earth's up.
pub(crate) fn earth_up() -> Vector3<f64> {
    Vector3::z()
}

/// Up, unit vector in the axes of a sensor with this orientation.
pub(crate) fn up_in_sensor(earth_from_sensor: &[f64; 4]) -> Vector3<f64> {
    unit(*earth_from_sensor).inverse() * earth_up()
}
