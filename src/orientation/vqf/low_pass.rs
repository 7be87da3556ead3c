//! The low-pass filters of VQF: second-order Butterworth in transposed direct form II.

use std::f64::consts::SQRT_2;

use super::lanes::Lanes;

/// Coefficients, a stream a lane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coefficients<const N: usize> {
    /// The numerator is b, 2 b, b.
    b: Lanes<N>,
    a1: Lanes<N>,
    a2: Lanes<N>,
    /// A filter's start is averaged over this time, seconds.
    tau_s: f64,
    interval_s: [f64; N],
}

impl<const N: usize> Coefficients<N> {
    /// For a time constant of the damped part of the step response of `tau_s` seconds (a cut-off of
    /// 1 / (√2 π tau) Hz; Laidig and Seel 2023, section 3.2); what is faster than half a sample
    /// passes through.
    pub(super) fn new(tau_s: f64, interval_s: [f64; N]) -> Self {
        let mut all = Self {
            // Nothing is filtered: the poles lie on the zeros.
            b: Lanes::ONE,
            a1: Lanes::all(2.0),
            a2: Lanes::ONE,
            tau_s,
            interval_s,
        };
        for (k, interval_s) in interval_s.into_iter().enumerate() {
            if tau_s < interval_s / 2.0 {
                continue;
            }
            let c = (interval_s / (SQRT_2 * tau_s)).tan();
            let d = c * c + SQRT_2 * c + 1.0;
            all.b.0[k] = c * c / d;
            all.a1.0[k] = 2.0 * (c * c - 1.0) / d;
            all.a2.0[k] = (1.0 - SQRT_2 * c + c * c) / d;
        }
        all
    }

    /// The state in which a constant input `x` gives a constant output.
    fn steady(&self, x: Lanes<N>) -> [Lanes<N>; 2] {
        [x - x * self.b, x * self.b - x * self.a2]
    }
}

/// `K` filters of the same coefficients. They start from the average of their first samples, over
/// the time constant.
#[derive(Debug, Clone)]
pub(super) struct Bank<const K: usize, const N: usize> {
    state: [[Lanes<N>; 2]; K],
    /// Sums of the first samples, while any lane still starts.
    sum: [Lanes<N>; K],
    count: f64,
    running: [bool; N],
    all_running: bool,
}

impl<const K: usize, const N: usize> Bank<K, N> {
    pub(super) const fn new() -> Self {
        Self {
            state: [[Lanes::ZERO; 2]; K],
            sum: [Lanes::ZERO; K],
            count: 0.0,
            running: [false; N],
            all_running: false,
        }
    }

    /// Already at rest on these values.
    pub(super) fn settled(c: &Coefficients<N>, x: &[Lanes<N>; K]) -> Self {
        Self {
            state: x.map(|x| c.steady(x)),
            running: [true; N],
            all_running: true,
            ..Self::new()
        }
    }

    #[inline]
    pub(super) fn step(&mut self, c: &Coefficients<N>, x: &[Lanes<N>; K]) -> [Lanes<N>; K] {
        if !self.all_running {
            return self.starting(c, x);
        }
        self.run(c, x)
    }

    #[inline]
    fn run(&mut self, c: &Coefficients<N>, x: &[Lanes<N>; K]) -> [Lanes<N>; K] {
        let mut out = *x;
        for (y, state) in out.iter_mut().zip(&mut self.state) {
            let x = c.b * *y;
            *y = x + state[0];
            state[0] = x + x - c.a1 * *y + state[1];
            state[1] = x - c.a2 * *y;
        }
        out
    }

    /// A step in which some lanes still average; the others run.
    #[cold]
    fn starting(&mut self, c: &Coefficients<N>, x: &[Lanes<N>; K]) -> [Lanes<N>; K] {
        self.count += 1.0;
        let mut out = self.run(c, x);
        for lane in 0..N {
            if self.running[lane] {
                continue;
            }
            let over = self.count * c.interval_s[lane] >= c.tau_s;
            for k in 0..K {
                self.sum[k].0[lane] += x[k].0[lane];
                let mean = self.sum[k].0[lane] / self.count;
                out[k].0[lane] = mean;
                let steady = c.steady(Lanes::all(mean));
                self.state[k][0].0[lane] = steady[0].0[lane];
                self.state[k][1].0[lane] = steady[1].0[lane];
            }
            self.running[lane] = over;
        }
        self.all_running = self.running == [true; N];
        out
    }
}
