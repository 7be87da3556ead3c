//! Random numbers: one stream of `ChaCha8` for each purpose, the same on every machine.

use nalgebra::Vector3;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What numbers are drawn for. Each purpose has a stream of its own, so that switching one setting
/// on leaves everything else as it was.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Heading = 1,
    Peak,
    Coupling,
    Speed,
    Reposition,
    Tremor,
    QuaternionNoise,
    GyroNoise,
    AccelNoise,
    Lost,
    Scenario,
    /// Clock, counter and heading of a live sensor when it starts.
    SensorStart,
    /// Bytes that a serial line makes by itself.
    LineNoise,
    LineLoss,
    LineCorrupt,
    LineStall,
}

/// Numbers for one purpose.
#[derive(Debug)]
pub(crate) struct Numbers(ChaCha8Rng);

impl Numbers {
    /// The stream of this seed and purpose; `part` tells movements, kinds or sensors apart.
    pub(crate) fn new(seed: u64, purpose: Purpose, part: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(((purpose as u64) << 32) | part as u64);
        Self(rng)
    }

    /// Even in [0, 1), with 53 random bits.
    pub(crate) fn uniform(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.0.next_u64() >> 11) as f64 * STEP
    }

    /// Even in [low, high).
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// -1 or 1.
    pub(crate) fn sign(&mut self) -> f64 {
        if self.uniform() < 0.5 { -1.0 } else { 1.0 }
    }

    /// Normal with mean 0 and standard deviation 1 (Box and Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Three normal numbers.
    pub(crate) fn normal_vector(&mut self) -> Vector3<f64> {
        let x = self.normal();
        let y = self.normal();
        Vector3::new(x, y, self.normal())
    }

    /// A direction, even on the sphere.
    pub(crate) fn direction(&mut self) -> Vector3<f64> {
        self.normal_vector()
            .try_normalize(1e-9)
            .unwrap_or_else(Vector3::x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_mean_zero_and_deviation_one() {
        let mut numbers = Numbers::new(1, Purpose::Peak, 0);
        let n = 20_000;
        let drawn: Vec<f64> = (0..n).map(|_| numbers.normal()).collect();
        let mean = drawn.iter().sum::<f64>() / f64::from(n);
        let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }

    #[test]
    fn streams_differ_by_seed_purpose_and_part() {
        let first = |seed, purpose, part| Numbers::new(seed, purpose, part).uniform().to_bits();
        let base = first(1, Purpose::Peak, 0);
        assert_eq!(base, first(1, Purpose::Peak, 0));
        assert_ne!(base, first(2, Purpose::Peak, 0));
        assert_ne!(base, first(1, Purpose::Speed, 0));
        assert_ne!(base, first(1, Purpose::Peak, 1));
    }
}
