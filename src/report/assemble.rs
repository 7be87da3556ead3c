//! The report of one recording, from its analysis.

use super::{
    AlignmentReport, ClocksReport, RecordingReport, Report, SCHEMA, SensorReport, SettingsReport,
    Trace, TrunkFileReport, build,
};
use crate::angles::NeckAngles;
use crate::frames::{Mount, Rotation, Sensor};
use crate::orientation::synchronise::Timing;
use crate::pipeline::{Analysis, Settings};
use crate::sample::{Recording, SensorPlace, SensorSamples};
use crate::units::SECONDS_PER_MINUTE;
use crate::warning::Warnings;

/// Where a recording came from.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        recording: &Recording,
        analysis: &Analysis,
        settings: &Settings,
    ) -> Self {
        let mut warnings = origin.warnings.clone();
        warnings.extend(&analysis.warnings);
        Self {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            recording: recording_report(origin, recording),
            clocks: analysis.timing.as_ref().map(clocks_report),
            alignment: alignment_report(analysis),
            movements: analysis.movements.iter().map(build::movement).collect(),
            repetitions: analysis.repetitions.iter().map(build::repetition).collect(),
            planes: build::planes(&analysis.movements),
            sides: build::sides(&analysis.movements),
            heading_drift_deg_per_min: analysis
                .heading_drift_rad_s
                .map(|drift| drift.to_degrees() * SECONDS_PER_MINUTE),
            warnings: build::warnings(&warnings),
            settings: settings_report(recording, analysis, settings),
            trace: Trace::default(),
        }
    }
}

fn recording_report(origin: &Origin, recording: &Recording) -> RecordingReport {
    let about = &recording.about;
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
        sensors: recording.sensors.iter().map(sensor_report).collect(),
    }
}

fn sensor_report(sensor: &SensorSamples) -> SensorReport {
    SensorReport {
        place: sensor.place.map_or("unknown", SensorPlace::name),
        rate_hz: sensor.rate_hz().unwrap_or(0.0),
        samples: sensor.len(),
        duration_s: sensor.duration_s(),
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

fn alignment_report(analysis: &Analysis) -> AlignmentReport {
    AlignmentReport {
        method: analysis.head.method.name(),
        head_from_sensor: analysis.head.segment_from_sensor.wxyz(),
        trunk_method: analysis.trunk.map(|trunk| trunk.method.name()),
        trunk_from_sensor: analysis.trunk.map(|trunk| trunk.segment_from_sensor.wxyz()),
        neutral_start_s: analysis.neutral_s.start,
        neutral_end_s: analysis.neutral_s.end,
        mount_tilt_deg: off_axes_rad(&analysis.head.segment_from_sensor).to_degrees(),
    }
}

/// How far a rotation is from the nearest one that only swaps and turns round axes, radians.
fn off_axes_rad<Segment>(rotation: &Rotation<Segment, Sensor>) -> f64 {
    // The 24 rotations of the cube have quaternions with components 0, ±1/2, ±1/√2, ±1.
    let mut q = rotation.wxyz().map(f64::abs);
    q.sort_by(|a, b| b.total_cmp(a));
    let [a, b, c, d] = q;
    let one = a;
    let two = (a + b) * std::f64::consts::FRAC_1_SQRT_2;
    let four = (a + b + c + d) / 2.0;
    2.0 * one.max(two).max(four).clamp(-1.0, 1.0).acos()
}

fn settings_report(
    recording: &Recording,
    analysis: &Analysis,
    settings: &Settings,
) -> SettingsReport {
    let mount = settings.head_mount(&recording.about);
    let trunk_mount = settings.trunk_mount(&recording.about);
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

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{UnitQuaternion, Vector3};

    #[test]
    fn off_axes_is_zero_for_swapped_axes_and_the_angle_for_a_crooked_one() {
        let quarter = UnitQuaternion::from_scaled_axis(Vector3::x() * std::f64::consts::FRAC_PI_2);
        let third = UnitQuaternion::from_scaled_axis(
            Vector3::new(1.0, 1.0, 1.0) * (2.0 * std::f64::consts::FRAC_PI_3 / 3_f64.sqrt()),
        );
        let crooked = UnitQuaternion::from_scaled_axis(Vector3::y() * 0.3);
        let off = |q| off_axes_rad::<crate::frames::Head>(&Rotation::claim(q)).to_degrees();
        assert!(off(quarter) < 1e-5 && off(third) < 1e-5);
        assert!((off(quarter * crooked) - 0.3_f64.to_degrees()).abs() < 1e-6);
    }
}
