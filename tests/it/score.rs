//! How well an analysis found what a simulated recording holds; shared with `benches/accuracy.rs`.

use nalgebra::{Quaternion, UnitQuaternion};
use neckrom::movement::{LeftOut, Repetition};
use neckrom::orientation::align::Alignment;
use neckrom::pipeline::{self, Settings};
use neckrom::simulate::{self, RepetitionKind, TrueRepetition};

/// Standard deviation of the miss about each axis, degrees: together as large, root mean square, as
/// misses spread evenly over 0 to 8 degrees (8 / √3 / √3).
pub(crate) const MISSES_DEG: f64 = 8.0 / 3.0;

/// What was right and wrong, over any number of recordings.
#[derive(Debug, Default)]
pub(crate) struct Score {
    /// Recordings that were refused, with the reason.
    pub(crate) refused: Vec<String>,
    pub(crate) recordings: usize,
    pub(crate) repetitions: usize,
    pub(crate) missed: usize,
    pub(crate) invented: usize,
    pub(crate) wrong_movement: usize,
    pub(crate) wrong_use: usize,
    /// Found less true ROM of every recorded or practice repetition, degrees.
    pub(crate) errors_deg: Vec<f64>,
    /// Largest error of the two coupled angles, degrees.
    pub(crate) coupled_deg: Vec<f64>,
    /// Error of the repositioning error: the angle between where the head rested and where it was
    /// found to rest, degrees; one for each repetition.
    pub(crate) reposition_deg: Vec<f64>,
    pub(crate) head: Seats,
    pub(crate) trunk: Seats,
}

/// How far found alignments lie from the true ones.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    /// Angle between found and true, degrees, of those that motions show.
    pub(crate) errors_deg: Vec<f64>,
    /// The same over the expected error of forward.
    pub(crate) ratios: Vec<f64>,
    /// Forward was a guess.
    pub(crate) assumed: usize,
}

impl Seats {
    fn add<Segment>(&mut self, found: &Alignment<Segment>, truth: [f64; 4]) {
        let [w, x, y, z] = truth;
        let truth = UnitQuaternion::from_quaternion(Quaternion::new(w, x, y, z));
        let error_rad = found.segment_from_sensor.quaternion().angle_to(&truth);
        match found.certainty.forward_error_rad {
            Some(expected_rad) => {
                self.errors_deg.push(error_rad.to_degrees());
                self.ratios.push(error_rad / expected_rad);
            }
            None => self.assumed += 1,
        }
    }

    pub(crate) fn mean_deg(&self) -> f64 {
        self.errors_deg.iter().sum::<f64>() / self.errors_deg.len() as f64
    }

    /// The error that this share of the alignments stays under, degrees.
    pub(crate) fn percentile_deg(&self, share: f64) -> f64 {
        percentile(self.errors_deg.clone(), share)
    }

    /// Share of the alignments whose error is within 2.5 times the expected one.
    pub(crate) fn as_expected(&self) -> f64 {
        let within = self.ratios.iter().filter(|ratio| **ratio <= 2.5).count();
        within as f64 / self.ratios.len() as f64
    }
}

impl Score {
    /// Simulates, analyses with the default settings, and compares.
    pub(crate) fn add_simulated(&mut self, settings: &simulate::Settings) {
        let simulated = simulate::simulate(settings).expect("the settings are in range");
        let analysis = match pipeline::analyze(simulated.recording.clone(), &Settings::default()) {
            Ok(analysis) => analysis,
            Err(reason) => {
                self.refused
                    .push(format!("seed {}: {reason}", settings.seed));
                return;
            }
        };
        self.head
            .add(&analysis.head, simulated.truth.head_from_sensor);
        if let (Some(found), Some(truth)) = (&analysis.trunk, simulated.truth.trunk_from_sensor) {
            self.trunk.add(found, truth);
        }
        self.add(&simulated.truth.repetitions, &analysis.repetitions);
    }

    fn add(&mut self, truth: &[TrueRepetition], found: &[Repetition]) {
        self.recordings += 1;
        let mut matched = vec![false; found.len()];
        for one in truth {
            let middle_s = f64::midpoint(one.hold_start_s, one.hold_end_s);
            let at = found
                .iter()
                .position(|r| r.start_s <= middle_s && middle_s <= r.end_s);
            match at {
                Some(k) => {
                    matched[k] = true;
                    self.compare(one, &found[k]);
                }
                None if one.peak_deg > 10.0 => self.missed += 1,
                None => {}
            }
        }
        self.invented += matched.iter().filter(|m| !**m).count();
    }

    fn compare(&mut self, one: &TrueRepetition, found: &Repetition) {
        let expected = match one.kind {
            RepetitionKind::Nod => Some(LeftOut::Nod),
            RepetitionKind::Practice => Some(LeftOut::Practice),
            RepetitionKind::Recorded => None,
        };
        self.wrong_use += usize::from(found.left_out != expected);
        self.wrong_movement += usize::from(found.movement != Some(one.movement));
        if one.kind == RepetitionKind::Nod {
            return;
        }
        self.repetitions += 1;
        self.reposition_deg.push(reposition_error_deg(one, found));
        self.errors_deg
            .push(found.rom_rad.to_degrees() - one.peak_deg);
        let angles = &found.end_range;
        let truth = &one.end_range;
        let errors = [
            (
                one.movement.plane() as usize,
                0,
                angles.flexion_rad.to_degrees() - truth.flexion_deg,
            ),
            (
                one.movement.plane() as usize,
                1,
                angles.side_bend_right_rad.to_degrees() - truth.side_bend_right_deg,
            ),
            (
                one.movement.plane() as usize,
                2,
                angles.rotation_left_rad.to_degrees() - truth.rotation_left_deg,
            ),
        ];
        let coupled = errors
            .iter()
            .filter(|(own, plane, _)| own != plane)
            .map(|e| e.2.abs());
        self.coupled_deg.push(coupled.fold(0.0, f64::max));
    }

    pub(crate) fn mean_absolute_deg(&self) -> f64 {
        let sum: f64 = self.errors_deg.iter().map(|e| e.abs()).sum();
        sum / self.errors_deg.len() as f64
    }

    /// The absolute error that this share of the repetitions stays under.
    pub(crate) fn percentile_deg(&self, share: f64) -> f64 {
        percentile(self.errors_deg.iter().map(|e| e.abs()).collect(), share)
    }

    pub(crate) fn mean_coupled_deg(&self) -> f64 {
        self.coupled_deg.iter().sum::<f64>() / self.coupled_deg.len() as f64
    }

    pub(crate) fn coupled_percentile_deg(&self, share: f64) -> f64 {
        percentile(self.coupled_deg.clone(), share)
    }

    pub(crate) fn mean_reposition_deg(&self) -> f64 {
        self.reposition_deg.iter().sum::<f64>() / self.reposition_deg.len() as f64
    }

    /// The mistakes by kind.
    pub(crate) fn counts(&self) -> String {
        format!(
            "{} missed, {} invented, {} of the wrong movement, {} wrongly used or left out, \
             {} recordings refused {:?}",
            self.missed,
            self.invented,
            self.wrong_movement,
            self.wrong_use,
            self.refused.len(),
            self.refused
        )
    }

    pub(crate) fn mistakes(&self) -> usize {
        self.missed + self.invented + self.wrong_movement + self.wrong_use + self.refused.len()
    }
}

/// The simulated subject's first position is neutral, and its zero.
fn reposition_error_deg(one: &TrueRepetition, found: &Repetition) -> f64 {
    let offset = &found.zero_offset;
    let errors = [
        offset.flexion_rad.to_degrees() - one.start.flexion_deg,
        offset.side_bend_right_rad.to_degrees() - one.start.side_bend_right_deg,
        offset.rotation_left_rad.to_degrees() - one.start.rotation_left_deg,
    ];
    errors.iter().map(|e| e * e).sum::<f64>().sqrt()
}

fn percentile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (share * values.len() as f64).ceil() as usize;
    values
        .get(index.saturating_sub(1))
        .copied()
        .unwrap_or(f64::NAN)
}
