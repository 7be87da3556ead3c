//! What was seen, repaired or left out, counted: nothing is dropped in silence.

use std::collections::BTreeMap;

/// The kinds of warning. [`Warning::code`] is what results carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// A stretch of time without samples, longer than the settings bridge.
    Gap,
    /// A sample with the time of the one before it; dropped.
    Duplicate,
    /// A sample whose time is earlier than the one before it; dropped.
    TimeBackwards,
    /// A quaternion whose norm is off by more than 10 %, zero or not a number; dropped.
    CorruptQuaternion,
    /// A cell that is empty or NaN where a number is expected.
    MissingValue,
    /// A row with too few or too many cells; dropped.
    RaggedRow,
    /// A last line that was cut off; dropped.
    CutOff,
    /// A column that has no meaning here; passed over.
    UnusedColumn,
    /// A frame of a binary recording whose length or checksum is wrong; dropped.
    CorruptFrame,
    /// A sensor of a recording whose file could not be read; left out.
    SensorLeftOut,
    /// The rate is not stated and was fitted or assumed.
    RateAssumed,
    /// Uneven sample times were brought to an even time base.
    Resampled,
    /// The accelerometer does not agree with the quaternion about where up is.
    AccelerometerDisagrees,
    /// The gyroscope does not agree with the quaternion's speed: its unit may be wrong.
    GyroscopeDisagrees,
    /// The file does not say how it writes orientation; the usual way was taken.
    ConventionAssumed,
    /// The size of gravity at rest is not 9.81 m/s²: the accelerometer's unit may be wrong.
    AccelerometerSize,
    /// The file's Euler angles do not agree with its quaternions.
    EulerDisagrees,
    /// Few times that differ: rounded, or written once for many rows.
    FewTimes,
    /// Forward was not declared and could not be found; the sensor's own X axis was taken.
    ForwardAssumed,
    /// What motions or gravity show of a sensor's seat is not what is declared.
    MountDisagrees,
    /// A labelled trial, pose or neutral that could not be used.
    LabelUnusable,
    /// The head moved in the neutral that everything is measured from.
    NeutralMoves,
    /// The trunk sensor's forward was not declared; found from how it follows the head, or assumed.
    TrunkForwardAssumed,
    /// One sensor: movement of the trunk counts as movement of the neck.
    SingleSensor,
    /// Each sensor has its own clock; how they relate was found from their common movement.
    ClocksCorrelated,
    /// The rate is too low for the low-pass filter; it was not applied.
    FilterSkipped,
    /// A repetition's movement differs from the label it was recorded under.
    LabelDisagrees,
    /// Repetitions with too many missing or unsound samples were left out.
    BadSamples,
    /// No repetition was found.
    NothingFound,
    /// Too few still windows to tell the heading drift.
    DriftUnknown,
    /// Heading drifts faster than 3 degrees a minute.
    HeadingDrift,
    /// The orientation jumps or settles at the start.
    StartTransient,
    /// The orientation stays the same while the sensor turns.
    StaleOrientation,
    /// The orientation jumps about the vertical: the heading was set anew.
    HeadingReset,
    /// The orientation jumps farther than the sensor can have turned.
    ImpossibleStep,
    /// Quaternions of so few digits that it costs angle.
    QuantisedQuaternion,
    /// Quaternions of nothing but zeros.
    ZeroQuaternion,
    /// A channel at the end of its range.
    Clipped,
    /// Gyroscope or accelerometer stays the same while the orientation turns.
    StaleChannel,
    /// The sidecar beside the recording could not be used, in whole or in part.
    Sidecar,
}

impl Warning {
    /// The stable name in results, snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Duplicate => "duplicate",
            Self::TimeBackwards => "time_backwards",
            Self::CorruptQuaternion => "corrupt_quaternion",
            Self::MissingValue => "missing_value",
            Self::RaggedRow => "ragged_row",
            Self::CutOff => "cut_off",
            Self::UnusedColumn => "unused_column",
            Self::CorruptFrame => "corrupt_frame",
            Self::SensorLeftOut => "sensor_left_out",
            Self::RateAssumed => "rate_assumed",
            Self::Resampled => "resampled",
            Self::AccelerometerDisagrees => "accelerometer_disagrees",
            Self::GyroscopeDisagrees => "gyroscope_disagrees",
            Self::ConventionAssumed => "convention_assumed",
            Self::AccelerometerSize => "accelerometer_size",
            Self::EulerDisagrees => "euler_disagrees",
            Self::FewTimes => "few_times",
            Self::ForwardAssumed => "forward_assumed",
            Self::MountDisagrees => "mount_disagrees",
            Self::LabelUnusable => "label_unusable",
            Self::NeutralMoves => "neutral_moves",
            Self::TrunkForwardAssumed => "trunk_forward_assumed",
            Self::SingleSensor => "single_sensor",
            Self::ClocksCorrelated => "clocks_correlated",
            Self::FilterSkipped => "filter_skipped",
            Self::LabelDisagrees => "label_disagrees",
            Self::BadSamples => "bad_samples",
            Self::NothingFound => "nothing_found",
            Self::DriftUnknown => "drift_unknown",
            Self::HeadingDrift => "heading_drift",
            Self::StartTransient => "start_transient",
            Self::StaleOrientation => "stale_orientation",
            Self::HeadingReset => "heading_reset",
            Self::ImpossibleStep => "impossible_step",
            Self::QuantisedQuaternion => "quantised_quaternion",
            Self::ZeroQuaternion => "zero_quaternion",
            Self::Clipped => "clipped",
            Self::StaleChannel => "stale_channel",
            Self::Sidecar => "sidecar",
        }
    }
}

/// One kind of warning, how often it was met, and what was seen the first time.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// Which.
    pub warning: Warning,
    /// How often.
    pub count: usize,
    /// How much of the recording it concerns, seconds; zero for what has no length.
    pub seconds: f64,
    /// The first occurrence, for people.
    pub message: String,
}

/// Collects warnings; every reader and stage is handed one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Warnings {
    kinds: BTreeMap<Warning, Counted>,
}

impl Warnings {
    /// Counts one more; the message of the first is kept.
    pub fn add(&mut self, warning: Warning, message: impl FnOnce() -> String) {
        self.add_many(warning, 1, message);
    }

    /// Counts `count` more at once; zero adds nothing.
    pub fn add_many(&mut self, warning: Warning, count: usize, message: impl FnOnce() -> String) {
        self.add_lasting(warning, count, 0.0, message);
    }

    /// Counts `count` more that concern `seconds` of the recording together; zero adds nothing.
    pub fn add_lasting(
        &mut self,
        warning: Warning,
        count: usize,
        seconds: f64,
        message: impl FnOnce() -> String,
    ) {
        if count > 0 {
            let kind = self.kinds.entry(warning).or_insert_with(|| Counted {
                warning,
                count: 0,
                seconds: 0.0,
                message: message(),
            });
            kind.count += count;
            kind.seconds += seconds;
        }
    }

    /// How often this was met.
    pub fn count(&self, warning: Warning) -> usize {
        self.kinds.get(&warning).map_or(0, |kind| kind.count)
    }

    /// Nothing was met.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// All kinds met, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = &Counted> + '_ {
        self.kinds.values()
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: &Self) {
        for kind in other.iter() {
            self.add_lasting(kind.warning, kind.count, kind.seconds, || {
                kind.message.clone()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_keeps_the_first_message() {
        let mut warnings = Warnings::default();
        warnings.add_lasting(Warning::Gap, 1, 0.5, || "0.5 s at 3.0 s".to_owned());
        warnings.add_lasting(Warning::Gap, 1, 1.5, || "1.5 s at 9.0 s".to_owned());
        warnings.add_many(Warning::Duplicate, 0, || "never".to_owned());
        let all: Vec<_> = warnings.iter().collect();
        assert_eq!(all.len(), 1);
        assert_eq!(
            (all[0].count, all[0].message.as_str()),
            (2, "0.5 s at 3.0 s")
        );
        assert!((all[0].seconds - 2.0).abs() < 1e-12);
    }
}
