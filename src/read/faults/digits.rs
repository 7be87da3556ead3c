//! Quaternions of few digits.

use super::changes::is_unit;
use super::motion::Motion;
use super::{Fault, FaultKind};

/// Quaternions that are looked at, from all over the recording.
const LOOKED_AT: usize = 512;
/// Values that must differ before a grid is a grid: half turns lie on every one.
const LEAST_VALUES: usize = 12;
/// A value is on the grid within this share of a step.
const ON_GRID: f64 = 1e-6;
/// Decimal and binary grids that cost more, coarse to fine; the finest is 9 bits with sign.
const GRIDS: [f64; 5] = [0.1, 1.0 / 64.0, 0.01, 1.0 / 128.0, 1.0 / 256.0];

/// The grid on which all components lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Digits {
    step: f64,
}

/// The grid of a sensor's quaternions, if it is so coarse that it costs 0.4 degrees or more.
pub(super) fn find(motion: &Motion<'_>) -> Option<Digits> {
    let stride = motion.quaternions.len().div_ceil(LOOKED_AT).max(1);
    let looked_at = motion.quaternions.iter().step_by(stride);
    let mut values: Vec<f64> = looked_at
        .filter(|q| is_unit(q))
        .flat_map(|q| [q.w, q.i, q.j, q.k])
        .collect();
    let on = |step: &f64| {
        let off = |value: &f64| (value / step - (value / step).round()).abs();
        values.iter().all(|value| off(value) < ON_GRID)
    };
    let step = GRIDS.into_iter().find(on)?;
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    (values.len() >= LEAST_VALUES).then_some(Digits { step })
}

impl Digits {
    /// Largest error of the angle, radians: four components each off by half a step.
    pub(super) const fn costs_rad(self) -> f64 {
        2.0 * self.step
    }

    pub(super) fn fault(self, motion: &Motion<'_>) -> Option<Fault> {
        let (step, costs_deg) = (self.step, self.costs_rad().to_degrees());
        let samples = std::iter::once(0..motion.quaternions.len()).collect();
        Fault::new(FaultKind::QuantisedQuaternion, samples, motion, || {
            format!(
                "components go in steps of {step:.3}: angles are up to {costs_deg:.1} degrees off"
            )
        })
    }
}
