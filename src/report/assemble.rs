//! The report of one recording, from its analysis.

use super::{
    AlignmentReport, ClocksReport, DriftReport, RecordingReport, Report, SCHEMA, SensorReport,
    SettingsReport, Trace, TrunkFileReport, build,
};
use crate::angles::NeckAngles;
use crate::frames::Mount;
use crate::orientation::fuse::Source;
use crate::orientation::synchronise::Timing;
use crate::pipeline::{Analysis, Settings};
use crate::sample::{Outline, SensorOutline, SensorPlace};
use crate::units::SECONDS_PER_MINUTE;
use crate::warning::Warnings;

/// Where a recording came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// Path as given.
    pub path: String,
    /// Format, a name of [`crate::read::FORMATS`].
    pub format: String,
    /// SHA-256 of the file's bytes, hexadecimal.
    pub sha256: String,
    /// Path and SHA-256 of the trunk sensor's own file, if it has one.
    pub trunk: Option<(String, String)>,
    /// What reading it met.
    pub warnings: Warnings,
}

impl Report {
    /// The report of one analysed recording, without the angles over time: see [`trace`].
    pub fn new(
        origin: &Origin,
        outline: &Outline,
        analysis: &Analysis,
        settings: &Settings,
    ) -> Self {
        let mut warnings = origin.warnings.clone();
        warnings.extend(&analysis.warnings);
        Self {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            recording: recording_report(origin, outline, analysis),
            clocks: analysis.timing.as_ref().map(clocks_report),
            alignment: AlignmentReport::of(analysis),
            movements: analysis.movements.iter().map(build::movement).collect(),
            repetitions: analysis.repetitions.iter().map(build::repetition).collect(),
            flexion_rotation: analysis
                .flexion_rotation
                .iter()
                .map(build::movement)
                .collect(),
            repositioning: analysis
                .repositioning
                .iter()
                .map(build::repositioning)
                .collect(),
            planes: build::planes(&analysis.movements),
            sides: build::sides(&analysis.movements),
            heading_drift_deg_per_min: analysis
                .drift
                .as_ref()
                .map(|drift| drift.slope_rad_s.to_degrees() * SECONDS_PER_MINUTE),
            heading_drift_removed: drift_report(analysis),
            warnings: build::warnings(&warnings),
            settings: settings_report(outline, analysis, settings),
            trace: Trace::default(),
        }
    }
}

fn drift_report(analysis: &Analysis) -> Option<DriftReport> {
    let removed = analysis.drift.as_ref().filter(|_| !analysis.drift_kept);
    removed.map(|drift| DriftReport {
        rests: drift.rests(),
        largest_deg: drift.largest_rad().to_degrees(),
        scatter_deg: drift.scatter_rad.to_degrees(),
    })
}

fn recording_report(origin: &Origin, outline: &Outline, analysis: &Analysis) -> RecordingReport {
    let sensor = |sensor| sensor_report(sensor, analysis);
    let about = &outline.about;
    RecordingReport {
        path: origin.path.clone(),
        format: origin.format.clone(),
        sha256: origin.sha256.clone(),
        subject: about.subject.clone(),
        visit: about.visit.clone(),
        date: about.date.clone(),
        task: about.task.clone(),
        simulated: about.simulated,
        trunk_file: origin.trunk.as_ref().map(|(path, sha256)| TrunkFileReport {
            path: path.clone(),
            sha256: sha256.clone(),
        }),
        sensors: outline.sensors.iter().map(sensor).collect(),
    }
}

fn sensor_report(sensor: &SensorOutline, analysis: &Analysis) -> SensorReport {
    let source = match sensor.place {
        Some(SensorPlace::Head) => Some(analysis.head_source),
        Some(SensorPlace::Trunk) => analysis.trunk_source,
        None => None,
    };
    SensorReport {
        orientation: source.map(Source::name),
        place: sensor.place.map_or("unknown", SensorPlace::name),
        rate_hz: sensor.rate_hz.unwrap_or(0.0),
        samples: sensor.samples,
        duration_s: sensor.duration_s,
    }
}

fn clocks_report(timing: &Timing) -> ClocksReport {
    let found = timing.correlation();
    ClocksReport {
        method: timing.name(),
        offset_s: found.map(|found| found.offset_s),
        skew_ppm: found.map(|found| found.skew * 1e6),
        scatter_ms: found.map(|found| found.scatter_s * 1e3),
        error_ms: found.map(|found| found.error_s * 1e3),
        correlation: found.map(|found| found.correlation),
    }
}

fn settings_report(outline: &Outline, analysis: &Analysis, settings: &Settings) -> SettingsReport {
    let mount = settings.head_mount(&outline.about);
    let trunk_mount = settings.trunk_mount(&outline.about);
    SettingsReport {
        mount: mount.as_ref().map(Mount::to_string),
        trunk_mount: trunk_mount.as_ref().map(Mount::to_string),
        mount_exact: mount.is_some_and(|mount| mount.exact),
        practice: analysis.practice,
        filter_hz: settings.filter_hz,
        gap_s: settings.gap_s,
        still_speed_deg_s: settings.still.speed_rad_s.to_degrees(),
        excursion_deg: settings.repetition.excursion_rad.to_degrees(),
        angles: "swing_twist",
    }
}

/// The angles over time, for pictures.
pub fn trace(analysis: &Analysis) -> Trace {
    let motion = &analysis.motion;
    let column = |of: fn(&NeckAngles) -> f64| {
        motion
            .angles
            .iter()
            .map(|angles| of(angles).to_degrees())
            .collect()
    };
    Trace {
        time_s: motion.time_s.clone(),
        flexion_deg: column(|a| a.flexion_rad),
        side_bend_right_deg: column(|a| a.side_bend_right_rad),
        rotation_left_deg: column(|a| a.rotation_left_rad),
        segments: motion.segments.clone(),
    }
}
