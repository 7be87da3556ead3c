//! Online: each sample from itself and those before it.

use std::array::from_fn;

use super::filter::Filter;
use super::lanes::{Lanes, Vector, columns, quaternion, turned};
use super::magnetometer::{Disturbance, Heading, heading_rad};
use super::{Fused, Parameters, Source, StartBias, Stream};
use crate::orientation::heading::turned_about_vertical;

/// Fuses `N` streams as their samples come.
#[derive(Debug, Clone)]
pub struct Online<const N: usize> {
    filter: Filter<N>,
    north: [(Disturbance, Heading); N],
}

impl<const N: usize> Online<N> {
    /// For streams of these sample intervals, seconds, whose bias may be known beforehand.
    pub fn new(
        parameters: &Parameters,
        interval_s: [f64; N],
        start: &[Option<StartBias>; N],
    ) -> Self {
        let north = |interval_s| {
            let long_since = parameters.field.rejection_s;
            (
                Disturbance::new(parameters, interval_s),
                Heading::new(parameters, interval_s, 0.0, long_since),
            )
        };
        Self {
            filter: Filter::new(parameters, interval_s, start),
            north: interval_s.map(north),
        }
    }

    /// Takes in one sample of each stream, sensor axes, rad/s and m/s²; returns `earth_from_sensor`
    /// as unit quaternions w, x, y, z.
    #[inline]
    pub fn update(
        &mut self,
        gyro_rad_s: &[[f64; 3]; N],
        accel_m_s2: &[[f64; 3]; N],
    ) -> [[f64; 4]; N] {
        let q = self
            .filter
            .update(&columns(gyro_rad_s), &columns(accel_m_s2));
        from_fn(|lane| quaternion(&q, lane))
    }

    /// Takes in the magnetometer's sample of one stream, after [`Self::update`]; returns that sample's
    /// orientation with the heading corrected.
    fn update_mag(
        &mut self,
        lane: usize,
        earth_from_sensor: &[f64; 4],
        mag: Option<[f64; 3]>,
    ) -> [f64; 4] {
        let (disturbance, heading) = &mut self.north[lane];
        if let Some(mag) = mag {
            let earth = turned_one(earth_from_sensor, &mag);
            let turning_rad_s = self.filter.turning_rad_s(lane);
            let disturbed = disturbance.update(&earth, turning_rad_s);
            heading.update(heading_rad(&earth), disturbed);
        }
        turned_about_vertical(earth_from_sensor, heading.delta_rad())
    }
}

/// Reads a sample of each stream, at its own index.
#[inline]
pub(super) fn read<const N: usize>(
    sources: &mut [Source<'_>; N],
    index: impl Fn(usize) -> usize,
) -> (Vector<N>, Vector<N>) {
    let (mut gyro, mut accel) = ([Lanes::ZERO; 3], [Lanes::ZERO; 3]);
    for (lane, source) in sources.iter_mut().enumerate() {
        let (turning, force) = source.at(index(lane));
        for axis in 0..3 {
            gyro[axis].0[lane] = turning[axis];
            accel[axis].0[lane] = force[axis];
        }
    }
    (gyro, accel)
}

pub(super) fn turned_one(q: &[f64; 4], v: &[f64; 3]) -> [f64; 3] {
    turned(&q.map(|c| Lanes([c])), &v.map(|c| Lanes([c]))).map(|c| c.0[0])
}

/// Fuses each stream online; up to four run side by side.
pub fn online(streams: &[Stream<'_>], parameters: &Parameters) -> Vec<Fused> {
    let mut fused = Vec::with_capacity(streams.len());
    for group in streams.chunks(4) {
        fused.extend(match group.len() {
            1 => together::<1>(group, parameters),
            2 => together::<2>(group, parameters),
            _ => together::<4>(group, parameters),
        });
    }
    fused
}

/// At most `N` streams in `N` lanes; the lanes over repeat the last stream, unheard.
fn together<const N: usize>(streams: &[Stream<'_>], parameters: &Parameters) -> Vec<Fused> {
    let of = |lane: usize| &streams[lane.min(streams.len() - 1)];
    let mut sources: [Source<'_>; N] = from_fn(|lane| Source::new(of(lane)));
    let start = from_fn(|lane| of(lane).start_bias);
    let mut state = Online::<N>::new(parameters, from_fn(|lane| of(lane).interval_s), &start);
    let empty = |lane: usize| Fused {
        earth_from_sensor: Vec::with_capacity(sources[lane].len()),
        bias: state.filter.start_bias(lane),
    };
    let mut fused: Vec<Fused> = (0..streams.len()).map(empty).collect();
    let longest = sources.iter().map(Source::len).max().unwrap_or_default();
    for index in 0..longest {
        let (gyro, accel) = read(&mut sources, |_| index);
        let found = state.filter.update(&gyro, &accel);
        for (lane, fused) in fused.iter_mut().enumerate() {
            let source = &sources[lane];
            if index >= source.len() {
                continue;
            }
            let found = quaternion(&found, lane);
            let q = match source.mag {
                Some(_) => state.update_mag(lane, &found, source.mag(index)),
                None => found,
            };
            fused.earth_from_sensor.push(q);
            if index + 1 == source.len() {
                fused.bias = state.filter.start_bias(lane);
            }
        }
    }
    fused
}
