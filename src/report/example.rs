//! Made-up recordings for the tests of tables, pictures and pages.

use super::compare::Analysed;
use super::{
    AlignmentReport, CertaintyReport, ClocksReport, DriftReport, RecordingReport, Report, SCHEMA,
    SensorReport, SettingsReport, Trace, WarningReport, build,
};
use crate::angles::NeckAngles;
use crate::movement::{LeftOut, Movement, Repetition, Smoothness};
use crate::visit::Visit;

const RATE_HZ: f64 = 50.0;
const REPETITION_S: f64 = 6.0;

/// What to make up.
#[derive(Debug, Clone)]
pub(crate) struct Example {
    pub(crate) subject: String,
    pub(crate) visit: String,
    pub(crate) date: Option<String>,
    /// Mean ROM in degrees, in the order of [`Movement::ALL`].
    pub(crate) roms: [Option<f64>; 6],
    pub(crate) repetitions: usize,
    pub(crate) sensors: usize,
}

impl Example {
    /// Three repetitions of all six movements.
    pub(crate) fn new(visit: &str, shift_deg: f64) -> Self {
        let roms = [48.0, 55.0, 34.0, 38.0, 62.0, 70.0];
        Self {
            subject: "01".to_owned(),
            visit: visit.to_owned(),
            date: None,
            roms: roms.map(|rom| Some(rom + shift_deg)),
            repetitions: 3,
            sensors: 2,
        }
    }

    /// The recording.
    pub(crate) fn analysed(&self) -> Analysed {
        let repetitions = self.all_repetitions();
        let report = self.report(&repetitions);
        Analysed {
            report,
            repetitions,
        }
    }

    fn all_repetitions(&self) -> Vec<Repetition> {
        let mut all = Vec::new();
        for (movement, rom) in Movement::ALL.into_iter().zip(self.roms) {
            let Some(rom) = rom else { continue };
            for i in 0..self.repetitions {
                let wobble = [0.0, 1.8, -1.4, 0.7][i % 4];
                all.push(one(movement, rom + wobble, all.len()));
            }
        }
        if let Some(flexion) = self.roms[0] {
            let mut stray = one(Movement::Flexion, flexion * 0.3, all.len());
            stray.left_out = Some(LeftOut::Stray);
            all.push(stray);
            let mut mixed = one(Movement::Flexion, flexion * 0.6, all.len());
            mixed.movement = None;
            mixed.left_out = Some(LeftOut::Mixed);
            all.push(mixed);
        }
        all
    }

    fn report(&self, repetitions: &[Repetition]) -> Report {
        let pooled = Visit {
            subject: self.subject.clone(),
            label: self.visit.clone(),
            date: None,
            sensor_count: self.sensors,
            alignment_methods: vec!["nods"],
            mounts: Vec::new(),
            repetitions: repetitions.to_vec(),
        };
        let roms = pooled.roms();
        Report {
            schema: SCHEMA,
            version: "0.1.0",
            recording: self.recording(),
            clocks: (self.sensors > 1).then_some(ClocksReport {
                method: "shared_clock",
                offset_s: None,
                skew_ppm: None,
                scatter_ms: None,
                error_ms: None,
                correlation: None,
            }),
            alignment: alignment(self.sensors),
            movements: roms.iter().map(build::movement).collect(),
            repetitions: repetitions.iter().map(build::repetition).collect(),
            flexion_rotation: Vec::new(),
            repositioning: Vec::new(),
            planes: build::planes(&roms),
            sides: build::sides(&roms),
            heading_drift_deg_per_min: Some(0.4),
            heading_drift_removed: Some(DriftReport {
                rests: 23,
                largest_deg: 1.1,
                scatter_deg: 0.6,
            }),
            warnings: vec![WarningReport {
                code: "gap",
                count: 1,
                seconds: 0.5,
                message: "0.5 s without samples at 12.0 s".to_owned(),
            }],
            settings: settings(),
            trace: trace(repetitions),
        }
    }

    fn recording(&self) -> RecordingReport {
        RecordingReport {
            path: format!(
                "sub-{0}/sub-{0}_ses-{1}_task-rom.csv",
                self.subject, self.visit
            ),
            format: "native_csv".to_owned(),
            sha256: "0123456789abcdef".repeat(4),
            subject: Some(self.subject.clone()),
            visit: Some(self.visit.clone()),
            date: self.date.clone(),
            task: Some("rom".to_owned()),
            simulated: true,
            trunk_file: None,
            sensors: ["head", "trunk"][..self.sensors]
                .iter()
                .map(|place| SensorReport {
                    place,
                    rate_hz: RATE_HZ,
                    samples: 6000,
                    duration_s: 120.0,
                    orientation: Some("device"),
                })
                .collect(),
        }
    }
}

fn one(movement: Movement, rom_deg: f64, place: usize) -> Repetition {
    let start_s = 3.0 + place as f64 * REPETITION_S;
    let rom_rad = rom_deg.to_radians();
    let coupled = 0.15 * rom_rad;
    let end_range = match movement {
        Movement::Flexion | Movement::Extension => angles([rom_rad, 0.02, 0.05]),
        Movement::SideBendLeft | Movement::SideBendRight => angles([0.03, rom_rad, coupled]),
        Movement::RotationLeft | Movement::RotationRight => angles([-coupled, coupled, rom_rad]),
    };
    Repetition {
        movement: Some(movement),
        start_s,
        peak_s: start_s + 2.0,
        end_s: start_s + 4.0,
        rom_rad,
        hold_s: 0.8,
        peak_speed_rad_s: rom_rad,
        mean_speed_rad_s: rom_rad / 2.0,
        smoothness: Some(Smoothness {
            sparc: -1.5,
            ldlj: -5.9,
            velocity_peaks: 1,
        }),
        end_range: towards(movement, end_range),
        zero_offset: angles([0.01, -0.01, 0.02]),
        trunk_motion_rad: Some(0.05),
        left_out: None,
    }
}

const fn angles([flexion_rad, side_bend_right_rad, rotation_left_rad]: [f64; 3]) -> NeckAngles {
    NeckAngles {
        flexion_rad,
        side_bend_right_rad,
        rotation_left_rad,
    }
}

fn towards(movement: Movement, all: NeckAngles) -> NeckAngles {
    let mut all = all;
    let own = match movement {
        Movement::Extension => &mut all.flexion_rad,
        Movement::SideBendLeft => &mut all.side_bend_right_rad,
        Movement::RotationRight => &mut all.rotation_left_rad,
        Movement::Flexion | Movement::SideBendRight | Movement::RotationLeft => return all,
    };
    *own = -*own;
    all
}

fn alignment(sensors: usize) -> AlignmentReport {
    let quaternion = [1.0, 0.0, 0.0, 0.0];
    AlignmentReport {
        method: "nods",
        head_from_sensor: quaternion,
        certainty: CertaintyReport {
            forward_error_deg: Some(0.9),
            motions: 3,
            motion_deg: Some(18.0),
            ..CertaintyReport::default()
        },
        trunk_method: (sensors > 1).then_some("declared_mount"),
        trunk_from_sensor: (sensors > 1).then_some(quaternion),
        trunk_certainty: (sensors > 1).then(CertaintyReport::default),
        neutral_start_s: 0.5,
        neutral_end_s: 2.5,
        mount_tilt_deg: 4.2,
    }
}

fn settings() -> SettingsReport {
    SettingsReport {
        mount: None,
        trunk_mount: Some("+x,+z".to_owned()),
        mount_exact: false,
        practice: 0,
        filter_hz: 6.0,
        gap_s: 0.1,
        still_speed_deg_s: 5.0,
        excursion_deg: 10.0,
        angles: "swing_twist",
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few thousand"
)]
fn trace(repetitions: &[Repetition]) -> Trace {
    let end_s = repetitions.last().map_or(5.0, |last| last.end_s + 3.0);
    let count = (end_s * RATE_HZ) as u32;
    let time_s: Vec<f64> = (0..count).map(|i| f64::from(i) / RATE_HZ).collect();
    let mut trace = Trace {
        time_s,
        ..Trace::default()
    };
    for &time in &trace.time_s {
        let now = repetitions
            .iter()
            .find(|one| (one.start_s..one.end_s).contains(&time));
        let at = now.map_or(NeckAngles::default(), |one| one.end_range);
        let share = now.map_or(0.0, |one| {
            bump((time - one.start_s) / (one.end_s - one.start_s))
        });
        let noise = 0.4 * (time * 7.3).sin();
        trace
            .flexion_deg
            .push(at.flexion_rad.to_degrees() * share + noise);
        trace
            .side_bend_right_deg
            .push(at.side_bend_right_rad.to_degrees() * share.powf(1.4) + noise);
        trace
            .rotation_left_deg
            .push(at.rotation_left_rad.to_degrees() * share - noise);
    }
    let (gap, end) = (trace.time_s.len() / 10, trace.time_s.len());
    trace.segments = vec![0..gap, (gap + 25).min(end)..end];
    trace
}

/// Out, a short hold, and back.
fn bump(share: f64) -> f64 {
    let ramp = (share.min(1.0 - share) / 0.45).min(1.0);
    (1.0 - (ramp * std::f64::consts::PI).cos()) / 2.0
}

/// Visits of one subject whose ROM grows by `step_deg` a visit.
pub(crate) fn course(visits: usize, step_deg: f64) -> Vec<Analysed> {
    (0..visits)
        .map(|i| {
            let mut example = Example::new(&format!("{:02}", i + 1), step_deg * i as f64);
            example.date = Some(format!("2026-{:02}-15", i + 1));
            example.analysed()
        })
        .collect()
}
