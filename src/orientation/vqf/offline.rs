//! Offline: each sample from the whole recording, forward and backward.

use std::array::from_fn;
use std::mem::take;

use super::filter::{Filter, Symmetric, inverse, step};
use super::lanes::{
    Lanes, Quaternions, Vector, columns, difference, dot, onward, product, quaternion, quaternions,
    turned,
};
use super::low_pass::{Bank, Coefficients};
use super::magnetometer::{Disturbance, Heading, heading_rad};
use super::online::{read, turned_one};
use super::upright::Upright;
use super::{Fused, Parameters, Source, StartBias, Stream};
use crate::orientation::heading::turned_about_vertical;

/// Fuses each stream offline; two run side by side, since their four passes fill four lanes.
pub fn offline(streams: &[Stream<'_>], parameters: &Parameters) -> Vec<Fused> {
    let mut fused = Vec::with_capacity(streams.len());
    for group in streams.chunks(2) {
        fused.extend(match group.len() {
            1 => together::<1, 2>(group, parameters),
            _ => together::<2, 4>(group, parameters),
        });
    }
    fused
}

/// At most `S` streams, in `N` = 2 `S` lanes for the two passes and in `S` for the rest.
fn together<const S: usize, const N: usize>(
    streams: &[Stream<'_>],
    parameters: &Parameters,
) -> Vec<Fused> {
    let mut passes = both_ways::<S, N>(streams, parameters);
    let mut biases: Vec<_> = passes.iter_mut().map(Passes::met).collect();
    let mut oriented = upright::<S>(streams, &mut biases, parameters);
    for ((stream, pass), q) in streams.iter().zip(&passes).zip(&mut oriented) {
        if stream.mag.is_some() {
            turn_north(stream, pass, q, parameters);
        }
    }
    passes
        .into_iter()
        .zip(oriented)
        .map(|(pass, earth_from_sensor)| Fused {
            earth_from_sensor,
            bias: pass.at_end,
        })
        .collect()
}

/// Bias and its covariance at one sample, as one of the two passes had them.
#[derive(Clone, Copy)]
struct Belief {
    bias: [f64; 3],
    covariance: [f64; 6],
}

impl Belief {
    #[inline]
    fn of<const N: usize>(filter: &Filter<N>, lane: usize, sign: f64) -> Self {
        let mut belief = Self {
            bias: [0.0; 3],
            covariance: [0.0; 6],
        };
        for (to, from) in belief.bias.iter_mut().zip(&filter.bias) {
            *to = sign * from.0[lane];
        }
        for (to, from) in belief.covariance.iter_mut().zip(&filter.covariance) {
            *to = from.0[lane];
        }
        belief
    }
}

/// What the two passes over a stream give.
struct Passes {
    /// Bias at each sample, rad/s.
    bias: Vec<[f64; 3]>,
    /// Bias as the forward pass left it.
    at_end: StartBias,
    /// Where both passes found the magnetic field disturbed; empty without a magnetometer.
    disturbed: Vec<bool>,
    /// What each pass believed at the samples that the other has yet to come to.
    forward: Vec<Belief>,
    backward: Vec<Belief>,
}

impl Passes {
    fn new(length: usize, with_mag: bool) -> Self {
        Self {
            bias: vec![[0.0; 3]; length],
            at_end: StartBias {
                bias_rad_s: [0.0; 3],
                sigma_rad_s: 0.0,
            },
            disturbed: vec![true; if with_mag { length } else { 0 }],
            forward: Vec::with_capacity(length / 2),
            backward: Vec::with_capacity(length / 2),
        }
    }

    /// The bias at each sample, when both passes are over; what they kept for each other is let go.
    fn met(&mut self) -> Vec<[f64; 3]> {
        self.forward = Vec::new();
        self.backward = Vec::new();
        take(&mut self.bias)
    }

    /// Takes in step `k` of both passes, which run in the lanes `ways`: the forward one at sample `k`,
    /// the backward one as far from the end. In the first half they are kept; in the second each
    /// meets what the other left.
    #[inline]
    fn take<const N: usize>(&mut self, k: usize, filter: &Filter<N>, ways: [usize; 2]) {
        let forward = Belief::of(filter, ways[0], 1.0);
        let backward = Belief::of(filter, ways[1], -1.0);
        let mirrored = self.bias.len() - 1 - k;
        if mirrored == 0 {
            self.at_end = filter.start_bias(ways[0]);
        }
        if k < mirrored {
            self.forward.push(forward);
            self.backward.push(backward);
            return;
        }
        let (own, other) = match self.forward.get(mirrored) {
            Some(left) => (left, &self.backward[mirrored]),
            // The sample in the middle.
            None => (&forward, &backward),
        };
        let both = met([&forward, own], [other, &backward]);
        (self.bias[k], self.bias[mirrored]) = (both[0], both[1]);
    }
}

/// The mean of two biases, weighed by the inverses of their covariances P and Q:
/// b + Q (P + Q)⁻¹ (a - b), for two samples at once.
#[inline]
fn met(a: [&Belief; 2], b: [&Belief; 2]) -> [[f64; 3]; 2] {
    let (p, q) = (covariances(a), covariances(b));
    let (a, b) = (biases(a), biases(b));
    let mut total = p;
    for (total, q) in total.iter_mut().zip(q) {
        *total += q;
    }
    let weighed = multiplied(&inverse(&total), &difference(&a, &b));
    let share = multiplied(&q, &weighed);
    let both = [b[0] + share[0], b[1] + share[1], b[2] + share[2]];
    [0, 1].map(|sample| [both[0].0[sample], both[1].0[sample], both[2].0[sample]])
}

#[inline]
fn covariances([a, b]: [&Belief; 2]) -> Symmetric<2> {
    let mut all = [Lanes::ZERO; 6];
    for (k, all) in all.iter_mut().enumerate() {
        *all = Lanes([a.covariance[k], b.covariance[k]]);
    }
    all
}

#[inline]
fn biases([a, b]: [&Belief; 2]) -> Vector<2> {
    columns(&[a.bias, b.bias])
}

#[inline]
fn multiplied<const N: usize>(m: &Symmetric<N>, v: &Vector<N>) -> Vector<N> {
    let [xx, yy, zz, xy, xz, yz] = *m;
    [
        dot(&[xx, xy, xz], v),
        dot(&[xy, yy, yz], v),
        dot(&[xz, yz, zz], v),
    ]
}

/// Runs forward and backward over each stream: forward in the even lanes, backward in the odd ones,
/// where the gyroscope turns the other way.
fn both_ways<const S: usize, const N: usize>(
    streams: &[Stream<'_>],
    parameters: &Parameters,
) -> Vec<Passes> {
    let of = |lane: usize| &streams[(lane / 2).min(streams.len() - 1)];
    let mut sources: [Source<'_>; N] = from_fn(|lane| Source::new(of(lane)));
    let turned_round = |lane: usize| {
        let sign = [1.0, -1.0][lane % 2];
        of(lane).start_bias.map(|start| StartBias {
            bias_rad_s: start.bias_rad_s.map(|b| sign * b),
            ..start
        })
    };
    let interval_s: [f64; N] = from_fn(|lane| of(lane).interval_s);
    let mut filter = Filter::<N>::new(parameters, interval_s, &from_fn(turned_round));
    let mut fields: [Disturbance; N] = interval_s.map(|s| Disturbance::new(parameters, s));
    let lengths: [usize; N] = from_fn(|lane| sources[lane].len());
    let mut passes: Vec<Passes> = (0..streams.len())
        .map(|s| Passes::new(lengths[2 * s], streams[s].mag.is_some()))
        .collect();
    for k in 0..lengths.into_iter().max().unwrap_or_default() {
        let index = |lane: usize| match lane % 2 {
            0 => k.min(lengths[lane]),
            _ => lengths[lane].wrapping_sub(1 + k),
        };
        let (mut gyro, accel) = read(&mut sources, index);
        for axis in &mut gyro {
            for lane in (1..N).step_by(2) {
                axis.0[lane] = -axis.0[lane];
            }
        }
        let q = filter.update(&gyro, &accel);
        for (s, pass) in passes.iter_mut().enumerate() {
            let ways = [2 * s, 2 * s + 1];
            if k >= lengths[ways[0]] {
                continue;
            }
            pass.take(k, &filter, ways);
            if pass.disturbed.is_empty() {
                continue;
            }
            for lane in ways {
                let seen = field(&sources[lane], index(lane), &quaternion(&q, lane));
                let judged =
                    seen.map(|seen| fields[lane].update(&seen, filter.turning_rad_s(lane)));
                pass.disturbed[index(lane)] &= judged.unwrap_or(true);
            }
        }
    }
    passes
}

/// The magnetic field in earth axes.
fn field(source: &Source<'_>, index: usize, earth_from_sensor: &[f64; 4]) -> Option<[f64; 3]> {
    Some(turned_one(earth_from_sensor, &source.mag(index)?))
}

/// With the bias known at each sample: integrates, low-passes the accelerometer in the almost-inertial
/// frame without delay, and turns that upright. The biases are overwritten by that accelerometer.
fn upright<const S: usize>(
    streams: &[Stream<'_>],
    biases: &mut [Vec<[f64; 3]>],
    parameters: &Parameters,
) -> Vec<Vec<[f64; 4]>> {
    let interval_s: [f64; S] = from_fn(|lane| streams[lane.min(streams.len() - 1)].interval_s);
    let low_pass = Coefficients::new(parameters.tau_acc_s, interval_s);
    let mut oriented = integrated::<S>(streams, biases, &low_pass, &interval_s);
    low_pass_back::<S>(&low_pass, biases);
    let mut correction: Quaternions<S> = [Lanes::ONE, Lanes::ZERO, Lanes::ZERO, Lanes::ZERO];
    for k in 0..longest(biases) {
        let accel = columns(&row::<S, 3>(biases, k));
        correction = Upright::of(&correction, &accel).after(&correction);
        let inertial_from_sensor = quaternions(&row::<S, 4>(&oriented, k));
        let earth_from_sensor = product(&correction, &inertial_from_sensor);
        for (lane, oriented) in oriented.iter_mut().enumerate() {
            if let Some(out) = oriented.get_mut(k) {
                *out = quaternion(&earth_from_sensor, lane);
            }
        }
    }
    oriented
}

/// The gyroscope integrated from sensor to the almost-inertial frame; the accelerometer, low-passed
/// there on its way forward, takes the place of the biases.
fn integrated<const S: usize>(
    streams: &[Stream<'_>],
    biases: &mut [Vec<[f64; 3]>],
    low_pass: &Coefficients<S>,
    interval_s: &[f64; S],
) -> Vec<Vec<[f64; 4]>> {
    let mut sources: [Source<'_>; S] =
        from_fn(|lane| Source::new(&streams[lane.min(streams.len() - 1)]));
    let mut oriented: Vec<Vec<[f64; 4]>> = biases
        .iter()
        .map(|bias| Vec::with_capacity(bias.len()))
        .collect();
    let half_interval_s = Lanes(*interval_s) * 0.5;
    let mut q = [Lanes::ONE, Lanes::ZERO, Lanes::ZERO, Lanes::ZERO];
    let mut bank = Bank::<3, S>::new();
    for k in 0..longest(biases) {
        let (gyro, accel) = read(&mut sources, |_| k);
        let unbiased = difference(&gyro, &columns(&row::<S, 3>(biases, k)));
        q = onward(&q, &step(&unbiased, half_interval_s));
        let inertial = bank.step(low_pass, &turned(&q, &accel));
        for (lane, (bias, oriented)) in biases.iter_mut().zip(&mut oriented).enumerate() {
            if let Some(bias) = bias.get_mut(k) {
                *bias = [
                    inertial[0].0[lane],
                    inertial[1].0[lane],
                    inertial[2].0[lane],
                ];
                oriented.push(quaternion(&q, lane));
            }
        }
    }
    oriented
}

fn longest<T>(columns: &[Vec<T>]) -> usize {
    columns.iter().map(Vec::len).max().unwrap_or_default()
}

/// Row `k` of each stream's column, zero past its end; the lanes over are zero.
#[inline]
fn row<const S: usize, const K: usize>(columns: &[Vec<[f64; K]>], k: usize) -> [[f64; K]; S] {
    let mut row = [[0.0; K]; S];
    for (row, column) in row.iter_mut().zip(columns) {
        if let Some(value) = column.get(k) {
            *row = *value;
        }
    }
    row
}

/// The way back of a zero-phase low-pass, in place; each lane starts settled on its own last sample.
fn low_pass_back<const S: usize>(low_pass: &Coefficients<S>, accel: &mut [Vec<[f64; 3]>]) {
    let mut last = [[0.0; 3]; S];
    for (last, accel) in last.iter_mut().zip(accel.iter()) {
        *last = accel.last().copied().unwrap_or_default();
    }
    let mut bank = Bank::settled(low_pass, &columns(&last));
    for k in (0..longest(accel)).rev() {
        // A lane whose stream is over has not begun on its way back, and stays settled.
        for (last, accel) in last.iter_mut().zip(accel.iter()) {
            if let Some(own) = accel.get(k) {
                *last = *own;
            }
        }
        let low = bank.step(low_pass, &columns(&last));
        for (lane, accel) in accel.iter_mut().enumerate() {
            if let Some(out) = accel.get_mut(k) {
                *out = [low[0].0[lane], low[1].0[lane], low[2].0[lane]];
            }
        }
    }
}

/// Turns orientations to the heading that the magnetometer shows, filtered forward and backward.
fn turn_north(
    stream: &Stream<'_>,
    passes: &Passes,
    earth_from_sensor: &mut [[f64; 4]],
    parameters: &Parameters,
) {
    let source = Source::new(stream);
    let mut headings: Vec<Option<f64>> = earth_from_sensor
        .iter()
        .enumerate()
        .map(|(k, q)| field(&source, k, q).map(|earth| heading_rad(&earth)))
        .collect();
    let follow = |indices: &mut dyn Iterator<Item = usize>, headings: &mut [Option<f64>]| {
        let mut filter: Option<Heading> = None;
        for k in indices {
            let Some(seen) = headings[k] else {
                continue;
            };
            let filter = filter
                .get_or_insert_with(|| Heading::new(parameters, stream.interval_s, seen, 0.0));
            headings[k] = Some(filter.update(seen, passes.disturbed[k]));
        }
    };
    let length = headings.len();
    follow(&mut (0..length), &mut headings);
    follow(&mut (0..length).rev(), &mut headings);
    let mut delta_rad = headings.iter().copied().flatten().next().unwrap_or(0.0);
    for (q, heading) in earth_from_sensor.iter_mut().zip(headings) {
        delta_rad = heading.unwrap_or(delta_rad);
        *q = turned_about_vertical(q, delta_rad);
    }
}
