//! What decoders give: samples, notes, and how much of the stream was unsound.

use nalgebra::{Quaternion, Vector3};

use crate::warning::{Warning, Warnings};

/// One reading of one sensor, in the one convention of [`crate::sample`]; a channel that the device
/// does not send is `None`, never zero.
///
/// A device that sends orientation and inertial values in messages of their own gives samples that
/// hold one or the other, each with its own time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sample {
    /// The number that the device gives to the sensor; zero where it has one only.
    pub sensor: u16,
    /// Grows when the device started anew or its clock jumped: times and counters of two segments
    /// have nothing to do with each other.
    pub segment: u32,
    /// Counts the samples that the device made, lost ones too; rises on where the device's wraps.
    pub counter: Option<u64>,
    /// Seconds of the device's own clock; rises on where the device's wraps.
    pub device_time_s: Option<f64>,
    /// When the bytes came, seconds on the clock of whoever pushed them; NaN where unknown.
    pub arrival_s: f64,
    /// Orientation, sensor to earth, Z up; its norm is within 10 % of 1.
    pub earth_from_sensor: Option<Quaternion<f64>>,
    /// Angular velocity in sensor axes.
    pub gyro_rad_s: Option<Vector3<f64>>,
    /// Specific force in sensor axes.
    pub accel_m_s2: Option<Vector3<f64>>,
    /// Magnetic field in sensor axes.
    pub mag_ut: Option<Vector3<f64>>,
}

impl Sample {
    /// There is a channel at all.
    pub(crate) const fn has_any(&self) -> bool {
        self.earth_from_sensor.is_some()
            || self.gyro_rad_s.is_some()
            || self.accel_m_s2.is_some()
            || self.mag_ut.is_some()
    }
}

/// Something that the device says besides its samples: a button, a note that was typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// The segment of its time.
    pub segment: u32,
    /// Seconds of the device's own clock.
    pub device_time_s: Option<f64>,
    /// When the bytes came, seconds.
    pub arrival_s: f64,
    /// What; at most 200 characters.
    pub text: String,
}

/// How much of a stream was unsound: nothing is dropped in silence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Bytes before the first sound frame: the stream was opened inside one, or text came first.
    pub leading_bytes: usize,
    /// Bytes after it that are of no sound frame.
    pub skipped_bytes: usize,
    /// Stretches of such bytes, and frames whose sum, length or content is wrong.
    pub corrupt_frames: usize,
    /// Samples that the device's counter says are missing.
    pub lost_samples: u64,
    /// Samples with the counter of the one before; dropped.
    pub duplicates: usize,
    /// Quaternions that are all zero or whose norm is off by more than 10 %; their samples were dropped.
    pub bad_quaternions: usize,
    /// Samples with a number that is none, or that no sensor can measure; dropped.
    pub bad_values: usize,
    /// Sound messages that lack what makes a sample.
    pub incomplete: usize,
    /// Times that the device started anew or its clock jumped.
    pub resets: usize,
}

impl Faults {
    /// Adds what a recording's quality rests on to the warnings.
    pub fn warn(&self, warnings: &mut Warnings) {
        warnings.add_many(Warning::CorruptFrame, self.corrupt_frames, || {
            format!("{} bytes are of no sound frame", self.skipped_bytes)
        });
        let corrupt = self.bad_quaternions + self.bad_values;
        warnings.add_many(Warning::CorruptQuaternion, corrupt, || {
            "the device sent a quaternion of zeros or of a wrong length, or no number".to_owned()
        });
        warnings.add_many(Warning::Duplicate, self.duplicates, || {
            "the device sent a sample twice".to_owned()
        });
        let lost = usize::try_from(self.lost_samples).unwrap_or(usize::MAX);
        warnings.add_many(Warning::Gap, lost, || {
            "the device counted samples that did not come".to_owned()
        });
    }
}

/// What came out of a stream so far; the caller takes samples and notes out when it likes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decoded {
    /// In the order in which they were complete.
    pub samples: Vec<Sample>,
    /// What the device said besides.
    pub notes: Vec<Note>,
    /// Sound frames, of whatever content.
    pub frames: usize,
    /// What was not sound.
    pub faults: Faults,
}
