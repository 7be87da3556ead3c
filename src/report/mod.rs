//! Results in degrees, as people and files get them.
//!
//! This is the one place where radians become degrees. [`Report`] is also the JSON of
//! `neckrom analyze`: its fields are the keys, and [`SCHEMA`] is its version.

pub mod agreement_plot;
pub mod alignment;
pub mod angle_plot;
pub mod angle_table;
pub mod assemble;
pub mod build;
mod chart;
pub mod compare;
pub mod files;
pub mod group;
mod group_page;
pub mod group_plot;
pub mod html;
pub mod inspection;
mod label;
pub mod path_plot;
pub mod png;
pub mod progress_plot;
pub mod repeated;
pub mod raw_plot;
pub mod rose_plot;
pub mod summary;
mod svg;
pub mod table;
pub mod visit_plot;

#[cfg(test)]
pub(crate) mod example;
#[cfg(test)]
mod pictures;

use serde::Serialize;

pub use alignment::{AlignmentReport, CertaintyReport};

/// Name and version of the JSON layout; a key that changes its meaning changes the number.
pub const SCHEMA: &str = "neckrom.analysis/1";

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// What the picture shows is missing.
    #[error("there are no {0} to draw")]
    Nothing(&'static str),
    /// The SVG is not one.
    #[error("cannot read the SVG: {0}")]
    Svg(String),
    /// No pixels, or too many.
    #[error("a picture of this size cannot be made")]
    Size,
    /// The PNG was refused.
    #[error("cannot write the PNG: {0}")]
    Png(String),
}

/// All that is reported about one recording.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Version of neckrom.
    pub version: &'static str,
    /// The file.
    pub recording: RecordingReport,
    /// How the trunk sensor's times came to the head sensor's clock; none with one sensor.
    pub clocks: Option<ClocksReport>,
    /// How sensor axes became head axes.
    pub alignment: AlignmentReport,
    /// The six movements, always all six.
    pub movements: Vec<MovementReport>,
    /// Every repetition found, those left out too.
    pub repetitions: Vec<RepetitionReport>,
    /// The flexion-rotation test, of each side that was tested.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flexion_rotation: Vec<MovementReport>,
    /// How well neutral was found again, of each movement that was made for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repositioning: Vec<RepositioningReport>,
    /// The three plane totals.
    pub planes: Vec<PlaneReport>,
    /// Left against right, for side-bend and rotation.
    pub sides: Vec<SideReport>,
    /// Slope of heading over the still windows, before any of it was taken out; none when there are
    /// too few.
    pub heading_drift_deg_per_min: Option<f64>,
    /// The heading drift that was taken out; none when it was not known, or kept.
    pub heading_drift_removed: Option<DriftReport>,
    /// What was seen, repaired or left out.
    pub warnings: Vec<WarningReport>,
    /// The settings that made these numbers.
    pub settings: SettingsReport,
    /// The angles over time, where pictures are wanted; not part of the JSON.
    #[serde(skip)]
    pub trace: Trace,
}

/// The file and its sensors.
#[derive(Debug, Clone, Serialize)]
pub struct RecordingReport {
    /// Path as given.
    pub path: String,
    /// Format, a name of `neckrom formats`.
    pub format: String,
    /// SHA-256 of the file's bytes, hexadecimal.
    pub sha256: String,
    /// Subject label.
    pub subject: Option<String>,
    /// Visit label.
    pub visit: Option<String>,
    /// Date of the visit, ISO 8601, if the recording states it.
    pub date: Option<String>,
    /// Task label.
    pub task: Option<String>,
    /// The recording says that it is simulated.
    pub simulated: bool,
    /// The trunk sensor's own file, if it has one.
    pub trunk_file: Option<TrunkFileReport>,
    /// Its sensors.
    pub sensors: Vec<SensorReport>,
}

/// The file of a trunk sensor that writes its own.
#[derive(Debug, Clone, Serialize)]
pub struct TrunkFileReport {
    /// Path as given.
    pub path: String,
    /// SHA-256 of the file's bytes, hexadecimal.
    pub sha256: String,
}

/// How two sensors' clocks were brought together; the figures are there when this had to be found.
#[derive(Debug, Clone, Serialize)]
pub struct ClocksReport {
    /// `shared_clock`, `counters`, or `correlated`: by the movement that both sensors show.
    pub method: &'static str,
    /// The head's clock less the trunk's when the trunk sensor starts.
    pub offset_s: Option<f64>,
    /// How much more the head's clock counts than the trunk's, parts per million.
    pub skew_ppm: Option<f64>,
    /// Standard deviation of the offset between moments of movement, robust.
    pub scatter_ms: Option<f64>,
    /// Standard error of the offset where it is largest.
    pub error_ms: Option<f64>,
    /// How alike the movements are, 0 to 1.
    pub correlation: Option<f64>,
}

/// One sensor of a recording. Its name is left out: people name sensors after people.
#[derive(Debug, Clone, Serialize)]
pub struct SensorReport {
    /// `head`, `trunk`, or `unknown`.
    pub place: &'static str,
    /// Median rate.
    pub rate_hz: f64,
    /// Number of samples.
    pub samples: usize,
    /// First to last sample.
    pub duration_s: f64,
    /// What its orientation was made from: `device`, `fused_offline`, `fused_online`, the last two
    /// also `…_with_magnetometer`; none when the sensor was not used.
    pub orientation: Option<&'static str>,
}

/// What of the heading was taken for drift and taken out.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct DriftReport {
    /// Still windows in neutral that it rests on.
    pub rests: usize,
    /// The largest at any of them.
    pub largest_deg: f64,
    /// What is left at them, root mean square: mostly repositioning error.
    pub scatter_deg: f64,
}

/// One movement's ROM.
#[derive(Debug, Clone, Serialize)]
pub struct MovementReport {
    /// A movement's name.
    pub movement: &'static str,
    /// Repetitions that count.
    pub n: usize,
    /// Mean.
    pub mean_deg: Option<f64>,
    /// Standard deviation.
    pub sd_deg: Option<f64>,
    /// Largest.
    pub max_deg: Option<f64>,
    /// Every repetition within max(5 degrees, 10 %) of the mean.
    pub consistent: Option<bool>,
}

/// How well neutral was found again after one movement; exploratory, its reliability is low.
#[derive(Debug, Clone, Serialize)]
pub struct RepositioningReport {
    /// The movement's name.
    pub movement: &'static str,
    /// Returns that were seen.
    pub n: usize,
    /// Mean error in the movement's plane; positive past neutral, negative short of it.
    pub constant_deg: f64,
    /// Mean size of it.
    pub absolute_deg: f64,
    /// Its standard deviation.
    pub variable_deg: Option<f64>,
    /// Mean size of the error over all three angles.
    pub total_deg: f64,
}

/// Three named angles; each key is the movement a positive number goes into.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct AnglesReport {
    /// Extension is negative.
    pub flexion: f64,
    /// Left is negative.
    pub side_bend_right: f64,
    /// Right is negative.
    pub rotation_left: f64,
}

/// The angles beside the movement's own; signs as in [`AnglesReport`].
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CoupledReport {
    /// Not there for flexion and extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flexion: Option<f64>,
    /// Not there for side-bends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side_bend_right: Option<f64>,
    /// Not there for rotations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_left: Option<f64>,
}

/// One repetition.
#[derive(Debug, Clone, Serialize)]
pub struct RepetitionReport {
    /// A movement's name, or `mixed`.
    pub movement: &'static str,
    /// Leaves neutral.
    pub start_s: f64,
    /// End range.
    pub peak_s: f64,
    /// Back in neutral.
    pub end_s: f64,
    /// Zero to end range.
    pub rom_deg: f64,
    /// Time held at the end range.
    pub hold_s: f64,
    /// Outward.
    pub peak_speed_deg_s: f64,
    /// Outward.
    pub mean_speed_deg_s: f64,
    /// Spectral arc length of the outward movement.
    pub sparc: Option<f64>,
    /// Log dimensionless jerk of the outward movement.
    pub ldlj: Option<f64>,
    /// Peaks of outward angular speed.
    pub velocity_peaks: Option<usize>,
    /// All three angles at the end range, from the repetition's own zero.
    pub end_range_deg: AnglesReport,
    /// Of these, the two that are not the movement's own; all three when mixed.
    pub coupled_deg: CoupledReport,
    /// Where this repetition's zero lies, from the recording's neutral.
    pub zero_offset_deg: AnglesReport,
    /// Largest tilt or turn of the trunk during it; two sensors only.
    pub trunk_motion_deg: Option<f64>,
    /// Counts towards the ROM.
    pub used: bool,
    /// Why not.
    pub reason: Option<&'static str>,
}

/// Both movements of a plane together.
#[derive(Debug, Clone, Serialize)]
pub struct PlaneReport {
    /// A plane's name.
    pub plane: &'static str,
    /// Sum of the two means; none if one is missing.
    pub total_deg: Option<f64>,
}

/// Left against right.
#[derive(Debug, Clone, Serialize)]
pub struct SideReport {
    /// `frontal` or `transverse`.
    pub plane: &'static str,
    /// Right less left.
    pub right_minus_left_deg: Option<f64>,
    /// (R - L) / (R + L), percent.
    pub asymmetry_percent: Option<f64>,
}

/// A counted warning.
#[derive(Debug, Clone, Serialize)]
pub struct WarningReport {
    /// Stable name.
    pub code: &'static str,
    /// How often.
    pub count: usize,
    /// How much of the recording it concerns; zero for what has no length.
    pub seconds: f64,
    /// The first occurrence.
    pub message: String,
}

/// The settings behind the numbers; degrees and seconds.
#[derive(Debug, Clone, Serialize)]
pub struct SettingsReport {
    /// Declared mount of the head sensor, such as `+x,+z`.
    pub mount: Option<String>,
    /// Declared mount of the trunk sensor.
    pub trunk_mount: Option<String>,
    /// The mount is taken as it is, not levelled.
    pub mount_exact: bool,
    /// Practice repetitions per movement.
    pub practice: usize,
    /// Low-pass.
    pub filter_hz: f64,
    /// Longest gap that is bridged.
    pub gap_s: f64,
    /// Angular speed under which the head is still.
    pub still_speed_deg_s: f64,
    /// Excursion that makes a repetition.
    pub excursion_deg: f64,
    /// The angle definition.
    pub angles: &'static str,
}

/// Angles over time in degrees, from the zero of the still window before; signs as in [`AnglesReport`].
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// Seconds, on the recording's own axis.
    pub time_s: Vec<f64>,
    /// Flexion positive, extension negative.
    pub flexion_deg: Vec<f64>,
    /// Right positive, left negative.
    pub side_bend_right_deg: Vec<f64>,
    /// Left positive, right negative.
    pub rotation_left_deg: Vec<f64>,
    /// Half-open index ranges without a gap inside.
    pub segments: Vec<std::ops::Range<usize>>,
}
