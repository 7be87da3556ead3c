//! How alike two movements are at a lag, whichever way the sensors' earths are turned.
//!
//! With the 3×3 sum of products `C` of head and trunk velocity, the correlation is the sum of the
//! singular values of `C` over √(head energy × trunk energy): the best that any turn or mirror image
//! of one against the other can reach (the orthogonal Procrustes problem, Schönemann 1966). It is 1
//! when the trunk makes a constant share of the head's movement, and about 0 when it goes its own way.

use std::ops::Range;
use std::sync::Arc;

use nalgebra::Matrix3;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::signal::{RATE_HZ, Signal};

/// Less than this share of the largest energy of head or trunk is no overlap to judge by.
const ENERGY_SHARE: f64 = 0.3;
/// Peaks nearer to each other than this are one, seconds.
const APART_S: f64 = 0.5;
/// Squares of correlations are no surer than this.
const COHERENCE_MAX: f64 = 0.999;
/// Peaks that are looked at closely.
const CANDIDATES: usize = 12;

/// Trunk point `k` lies at head point `k + lag`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Peak {
    pub(super) lag: isize,
    pub(super) correlation: f64,
    /// How much speaks for this lag; see [`evidence`].
    pub(super) evidence: f64,
}

/// The best lag of a part of the trunk's signal against all of the head's, and how high the next
/// best one is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Search {
    pub(super) best: Peak,
    pub(super) next: Option<Peak>,
}

/// Tries every lag at which the two overlap.
pub(super) fn search(head: &Signal, trunk: &Signal, part: Range<usize>) -> Option<Search> {
    let scores = Spectra::new(head, trunk, &part).scores();
    let look = |lag| {
        let (correlation, common) = correlation_at(head, trunk, part.clone(), lag);
        Peak {
            lag,
            correlation,
            evidence: evidence(correlation, common as f64 / part.len() as f64),
        }
    };
    let mut peaks: Vec<Peak> = highest(&scores).into_iter().map(look).collect();
    peaks.sort_by(|a, b| b.evidence.total_cmp(&a.evidence));
    Some(Search {
        best: *peaks.first()?,
        next: peaks.get(1).copied(),
    })
}

/// Log likelihood ratio of a correlation against none, for each sample, times the share of the samples
/// that it rests on: two movements alike in a short overlap say little.
fn evidence(correlation: f64, share: f64) -> f64 {
    let coherence = correlation.powi(2).min(COHERENCE_MAX);
    -share * (1.0 - coherence).ln()
}

/// The correlation of a part of the trunk's signal at one lag, zero without overlap; and on how many
/// points it rests.
pub(super) fn correlation_at(
    head: &Signal,
    trunk: &Signal,
    part: Range<usize>,
    lag: isize,
) -> (f64, usize) {
    let (mut products, mut head_energy, mut trunk_energy) = (Matrix3::zeros(), 0.0, 0.0);
    let mut common = 0;
    for k in part {
        let Some(at) = k.checked_add_signed(lag).filter(|&at| at < head.len()) else {
            continue;
        };
        if head.there[at] && trunk.there[k] {
            let (h, t) = (head.velocity[at], trunk.velocity[k]);
            products += h * t.transpose();
            head_energy += h.norm_squared();
            trunk_energy += t.norm_squared();
            common += 1;
        }
    }
    let energy = f64::sqrt(head_energy * trunk_energy);
    let correlation = if energy > 0.0 && energy.is_finite() {
        products.singular_values().sum() / energy
    } else {
        0.0
    };
    (correlation, common)
}

/// Score of every lag, the lowest first.
struct Scores {
    first_lag: isize,
    values: Vec<f64>,
}

/// Lags of the highest peaks, highest first.
fn highest(scores: &Scores) -> Vec<isize> {
    let values = &scores.values;
    let is_peak = |&k: &usize| {
        let beside = |other: Option<&f64>| other.is_none_or(|&other| values[k] >= other);
        values[k] > 0.0 && beside(values.get(k + 1)) && beside(k.checked_sub(1).map(|k| &values[k]))
    };
    let mut peaks: Vec<usize> = (0..values.len()).filter(is_peak).collect();
    peaks.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    let mut apart: Vec<usize> = Vec::new();
    for peak in peaks {
        if apart.len() == CANDIDATES {
            break;
        }
        if apart
            .iter()
            .all(|&other| peak.abs_diff(other) as f64 > APART_S * RATE_HZ)
        {
            apart.push(peak);
        }
    }
    let lag = |k| scores.first_lag.saturating_add_unsigned(k);
    apart.into_iter().map(lag).collect()
}

/// The two signals in the frequency domain, where all lags are had at once.
struct Spectra {
    inverse: Arc<dyn Fft<f64>>,
    size: usize,
    /// Points of head and trunk.
    points: (usize, usize),
    first: usize,
    head: [Vec<Complex<f64>>; 5],
    trunk: [Vec<Complex<f64>>; 5],
}

/// A signal has its three axes as channels 0 to 2, then these.
const ENERGY: usize = 3;
/// One where there is a sample, else zero.
const PRESENCE: usize = 4;

fn channel(signal: &Signal, channel: usize, k: usize) -> f64 {
    match channel {
        axis @ 0..3 => signal.velocity[k][axis],
        ENERGY => signal.velocity[k].norm_squared(),
        _ => f64::from(u8::from(signal.there[k])),
    }
}

impl Spectra {
    fn new(head: &Signal, trunk: &Signal, part: &Range<usize>) -> Self {
        let points = (head.len(), part.len());
        // Zeros after the longer one, so that its ends do not meet.
        let size = (points.0 + points.1).next_power_of_two();
        let mut planner = FftPlanner::new();
        let forward = planner.plan_fft_forward(size);
        let spectrum = |signal: &Signal, of: Range<usize>, which: usize| {
            let real = |k| Complex::new(channel(signal, which, k), 0.0);
            let mut values: Vec<Complex<f64>> = of.map(real).collect();
            values.resize(size, Complex::default());
            forward.process(&mut values);
            values
        };
        Self {
            inverse: planner.plan_fft_inverse(size),
            size,
            points,
            first: part.start,
            head: std::array::from_fn(|which| spectrum(head, 0..points.0, which)),
            trunk: std::array::from_fn(|which| spectrum(trunk, part.clone(), which)),
        }
    }

    /// Sums over all points of head channel `pair.0` times trunk channel `pair.1`, at every lag; two
    /// pairs at once, as the real and the imaginary part.
    fn sums(&self, one: (usize, usize), other: (usize, usize)) -> Vec<Complex<f64>> {
        let product = |(head, trunk): (usize, usize), f: usize| {
            self.head[head][f] * self.trunk[trunk][f].conj()
        };
        let mut sums: Vec<Complex<f64>> = (0..self.size)
            .map(|f| product(one, f) + Complex::<f64>::i() * product(other, f))
            .collect();
        self.inverse.process(&mut sums);
        let scale = 1.0 / self.size as f64;
        for sum in &mut sums {
            *sum *= scale;
        }
        sums
    }

    /// Sum of squares of `C` over the two energies: cheap, and high where the correlation is.
    fn scores(&self) -> Scores {
        let mut squares = vec![0.0; self.size];
        let pairs: [(usize, usize); 9] = std::array::from_fn(|n| (n / 3, n % 3));
        for two in pairs.chunks(2) {
            // The ninth stands alone, so in both parts.
            let share = two.len() as f64 / 2.0;
            let sums = self.sums(two[0], two[two.len() - 1]);
            for (square, sum) in squares.iter_mut().zip(&sums) {
                *square += share * sum.norm_sqr();
            }
        }
        let energies = self.sums((ENERGY, PRESENCE), (PRESENCE, ENERGY));
        let most = |of: fn(&Complex<f64>) -> f64| energies.iter().map(of).fold(0.0, f64::max);
        let head_least = ENERGY_SHARE * most(|energies| energies.re);
        let trunk_least = ENERGY_SHARE * most(|energies| energies.im);
        let score = |at: usize| {
            let energy = energies[at].re.max(head_least) * energies[at].im.max(trunk_least);
            if energy > 0.0 {
                squares[at] / energy
            } else {
                0.0
            }
        };
        let (head, trunk) = self.points;
        // Negative lags stand at the end of the circle.
        let around = (self.size + 1 - trunk..self.size).chain(0..head);
        Scores {
            first_lag: 1_isize.saturating_sub_unsigned(trunk + self.first),
            values: around.map(score).collect(),
        }
    }
}
