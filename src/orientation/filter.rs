//! Zero-phase low-pass and derivative of evenly timed signals.

/// A second-order Butterworth low-pass, run forward and backward: no delay, and half power (not
/// 1/√2) at the cut-off.
///
/// Coefficients by the bilinear transform with prewarping (Oppenheim and Schafer, *Discrete-Time
/// Signal Processing*, ch. 7).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LowPass {
    gain: f64,
    a1: f64,
    a2: f64,
    reach: usize,
}

impl LowPass {
    /// For a signal of `rate_hz`; `None` when the cut-off is over 0.45 of the rate, where a
    /// low-pass has nothing left to do.
    pub fn new(cutoff_hz: f64, rate_hz: f64) -> Option<Self> {
        let usable = cutoff_hz > 0.0 && rate_hz.is_finite() && cutoff_hz < 0.45 * rate_hz;
        usable.then(|| {
            let k = (std::f64::consts::PI * cutoff_hz / rate_hz).tan();
            let norm = 1.0 / (1.0 + std::f64::consts::SQRT_2 * k + k * k);
            Self {
                gain: k * k * norm,
                a1: 2.0 * (k * k - 1.0) * norm,
                a2: (1.0 - std::f64::consts::SQRT_2 * k + k * k) * norm,
                reach: reach(cutoff_hz, rate_hz),
            }
        })
    }

    /// Filters `N` channels in place. The ends are continued by point reflection for as long as the
    /// filter remembers, so that a movement at the edge is not bent towards zero.
    pub fn run<const N: usize>(&self, samples: &mut [[f64; N]]) {
        let n = samples.len();
        if n < 3 {
            return;
        }
        let pad = self.reach.min(n - 1);
        let (first, last) = (samples[0], samples[n - 1]);
        let before = (1..=pad).rev().map(|i| reflect(&first, &samples[i]));
        let after = (1..=pad).map(|i| reflect(&last, &samples[n - 1 - i]));
        let mut tail: Vec<[f64; N]> = after.collect();
        let mut state = State::settled(before.clone().next().unwrap_or(first));
        for sample in before {
            state.step(self, &sample);
        }
        for sample in samples.iter_mut() {
            *sample = state.step(self, sample);
        }
        for sample in &mut tail {
            *sample = state.step(self, sample);
        }
        let mut state = State::settled(tail.last().copied().unwrap_or(last));
        for sample in tail.iter().rev() {
            state.step(self, sample);
        }
        for sample in samples.iter_mut().rev() {
            *sample = state.step(self, sample);
        }
    }
}

/// Samples after which the filter has forgotten to about 1e-8.
fn reach(cutoff_hz: f64, rate_hz: f64) -> usize {
    let samples = (4.5 * rate_hz / cutoff_hz).ceil();
    if samples.is_finite() && samples < 1e7 {
        samples as usize
    } else {
        10_000_000
    }
}

fn reflect<const N: usize>(pivot: &[f64; N], value: &[f64; N]) -> [f64; N] {
    std::array::from_fn(|i| 2.0 * pivot[i] - value[i])
}

/// Direct form I memory of one pass.
struct State<const N: usize> {
    x1: [f64; N],
    x2: [f64; N],
    y1: [f64; N],
    y2: [f64; N],
}

impl<const N: usize> State<N> {
    /// As if `value` had been there for ever.
    const fn settled(value: [f64; N]) -> Self {
        Self {
            x1: value,
            x2: value,
            y1: value,
            y2: value,
        }
    }

    #[inline]
    fn step(&mut self, filter: &LowPass, x: &[f64; N]) -> [f64; N] {
        let y: [f64; N] = std::array::from_fn(|i| {
            // What came last enters last: the next step waits for it alone.
            (filter.gain * (x[i] + 2.0 * self.x1[i] + self.x2[i]) - filter.a2 * self.y2[i])
                - filter.a1 * self.y1[i]
        });
        self.x2 = self.x1;
        self.x1 = *x;
        self.y2 = self.y1;
        self.y1 = y;
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(rate_hz: f64, frequency_hz: f64) -> Vec<[f64; 1]> {
        let step = std::f64::consts::TAU * frequency_hz / rate_hz;
        (0..4000).map(|i| [(step * f64::from(i)).sin()]).collect()
    }

    #[test]
    fn slow_passes_without_delay_and_fast_is_gone() {
        let filter = LowPass::new(6.0, 100.0).unwrap();
        let mut slow = sine(100.0, 0.5);
        let expected = slow.clone();
        filter.run(&mut slow);
        for (a, b) in slow.iter().zip(&expected) {
            assert!((a[0] - b[0]).abs() < 1e-3);
        }
        let mut fast = sine(100.0, 30.0);
        filter.run(&mut fast);
        assert!(fast[500..3500].iter().all(|x| x[0].abs() < 1e-3));
    }

    #[test]
    fn half_power_at_the_cutoff() {
        let mut at = sine(100.0, 6.0);
        LowPass::new(6.0, 100.0).unwrap().run(&mut at);
        let peak = at[1000..3000]
            .iter()
            .map(|x| x[0].abs())
            .fold(0.0, f64::max);
        assert!((peak - 0.5).abs() < 0.01, "{peak}");
    }

    #[test]
    fn a_line_stays_a_line_to_its_ends() {
        let mut line: Vec<[f64; 2]> = (0..200).map(|i| [f64::from(i), -f64::from(i)]).collect();
        let expected = line.clone();
        LowPass::new(6.0, 100.0).unwrap().run(&mut line);
        for (a, b) in line.iter().zip(&expected) {
            assert!((a[0] - b[0]).abs() < 1e-6 && (a[1] - b[1]).abs() < 1e-6);
        }
    }

    #[test]
    fn refuses_a_cutoff_near_half_the_rate() {
        assert!(LowPass::new(6.0, 10.0).is_none());
        assert!(LowPass::new(6.0, f64::NAN).is_none());
    }
}
