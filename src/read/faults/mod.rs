//! What is wrong with a sensor's samples, and where.
//!
//! Nothing here is repaired. A fault is only said where the samples contradict each other or what a
//! sensor can do: a still sensor may repeat its values, and a slow one may make large steps.

mod changes;
mod clipped;
mod digits;
mod jumps;
mod motion;
mod stale;
mod start;

use std::ops::Range;

use digits::Digits;
use motion::Motion;

use crate::sample::SensorSamples;
use crate::warning::Warning;

/// The kinds of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// The orientation jumps or settles at the start.
    StartTransient,
    /// The orientation stays the same, to the bit, while the sensor turns.
    StaleOrientation,
    /// The orientation jumps about the vertical, inclination unchanged.
    HeadingReset,
    /// The orientation jumps farther than the sensor can have turned.
    ImpossibleStep,
    /// Quaternions of so few digits that it costs angle.
    QuantisedQuaternion,
    /// Quaternions of nothing but zeros.
    ZeroQuaternion,
    /// A channel at the end of its range.
    Clipped,
    /// Gyroscope or accelerometer stays the same, to the bit, while the orientation turns.
    StaleChannel,
}

impl FaultKind {
    /// The warning that stands for it in results.
    pub const fn warning(self) -> Warning {
        match self {
            Self::StartTransient => Warning::StartTransient,
            Self::StaleOrientation => Warning::StaleOrientation,
            Self::HeadingReset => Warning::HeadingReset,
            Self::ImpossibleStep => Warning::ImpossibleStep,
            Self::QuantisedQuaternion => Warning::QuantisedQuaternion,
            Self::ZeroQuaternion => Warning::ZeroQuaternion,
            Self::Clipped => Warning::Clipped,
            Self::StaleChannel => Warning::StaleChannel,
        }
    }

    /// The stable name in results, snake case.
    pub const fn code(self) -> &'static str {
        self.warning().code()
    }

    /// Samples with it say nothing about the orientation at their time. A reset or a transient
    /// spoils what lies on both sides of it, not the samples; few digits spoil none.
    pub const fn spoils_samples(self) -> bool {
        match self {
            Self::StaleOrientation
            | Self::ImpossibleStep
            | Self::ZeroQuaternion
            | Self::Clipped
            | Self::StaleChannel => true,
            Self::StartTransient | Self::HeadingReset | Self::QuantisedQuaternion => false,
        }
    }
}

impl FaultKind {
    /// It is a fault of the device's own orientation, which fusing does not use.
    pub const fn concerns_orientation(self) -> bool {
        match self {
            Self::StartTransient
            | Self::StaleOrientation
            | Self::HeadingReset
            | Self::ImpossibleStep
            | Self::QuantisedQuaternion
            | Self::ZeroQuaternion => true,
            Self::Clipped | Self::StaleChannel => false,
        }
    }
}

/// One kind of fault in a sensor's samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Which.
    pub kind: FaultKind,
    /// Where, half open, in order; of a jump the one sample after it.
    pub samples: Vec<Range<usize>>,
    /// How often: the number of ranges.
    pub count: usize,
    /// How long in all, seconds; a sample lasts a median step.
    pub seconds: f64,
    /// What was seen, for people.
    pub message: String,
}

impl Fault {
    /// `None` when there are no samples.
    fn new(
        kind: FaultKind,
        samples: Vec<Range<usize>>,
        motion: &Motion<'_>,
        message: impl FnOnce() -> String,
    ) -> Option<Self> {
        if samples.is_empty() {
            return None;
        }
        Some(Self {
            kind,
            count: samples.len(),
            seconds: samples.iter().map(|range| motion.seconds(range)).sum(),
            samples,
            message: message(),
        })
    }
}

/// The faults of one sensor, one a kind (clipped channels one a channel), in the order of
/// [`FaultKind`]; empty when nothing is wrong.
///
/// Gaps, repeated times and corrupt quaternions are not among them: see [`super::check`].
pub fn faults(sensor: &SensorSamples) -> Vec<Fault> {
    let mut motion = Motion::of(sensor);
    let digits = digits::find(&motion);
    motion.coarse_rad = digits.map_or(0.0, Digits::costs_rad);
    let stale = stale::orientation(&motion);
    let mut jumps = jumps::find(&motion);
    // What a frozen orientation catches up with is no jump of its own.
    let frozen = stale.as_ref().map_or(&[][..], |stale| &stale.samples);
    jumps.retain(|jump| {
        frozen
            .binary_search_by_key(&jump.step.since, |run| run.start)
            .is_err()
    });
    let mut faults: Vec<Fault> = start::find(&motion, &jumps).into_iter().collect();
    let begun = faults.first().map_or(0, |start| start.samples[0].end);
    faults.extend(stale::channels(&motion, &jumps, begun));
    faults.extend(stale);
    faults.extend(jumps::faults(&motion, &jumps, begun));
    faults.extend(digits.and_then(|digits| digits.fault(&motion)));
    faults.extend(clipped::find(&motion));
    faults.extend(zeros(&motion));
    faults.sort_by_key(|fault| fault.kind);
    faults
}

/// Quaternions of nothing but zeros.
fn zeros(motion: &Motion<'_>) -> Option<Fault> {
    let zero = |at: &usize| motion.quaternions[*at].norm_squared() == 0.0;
    let zeros = runs(motion.off_norm().filter(zero));
    Fault::new(FaultKind::ZeroQuaternion, zeros, motion, || {
        "all four components are zero: the sensor was not tracking".to_owned()
    })
}

/// Neighbouring samples as ranges; the samples rise.
fn runs(samples: impl IntoIterator<Item = usize>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in samples {
        match runs.last_mut() {
            Some(last) if last.end == at => last.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests;
