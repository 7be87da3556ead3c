//! Time: gaps, duplicates, corrupt samples, and an even time base between gaps.

use std::ops::Range;

use nalgebra::{Quaternion, Vector3};

use super::clean::{Channels, Taken};
use super::fuse::Source;
use super::{OrientationError, dot, normalised, slerp};
use crate::sample::{SensorSamples, median_step};
use crate::warning::{Warning, Warnings};

/// Slowest rate at which a movement can be followed, Hz: at the gap limit of 100 ms.
pub const RATE_HZ_MIN: f64 = 10.0;
/// Shortest recording with a still phase and a movement in it, seconds.
pub const DURATION_S_MIN: f64 = 2.0;
/// Sample times this close to even, in sample intervals, are taken as even.
const EVEN_TOLERANCE: f64 = 0.1;

/// One sensor's orientation on an even time base.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EvenSamples {
    /// Samples a second inside each segment.
    pub rate_hz: f64,
    /// Seconds, on the recording's own axis, rising.
    pub time_s: Vec<f64>,
    /// `earth_from_sensor` as unit quaternions w, x, y, z, sign-continuous inside a segment; empty
    /// until it is fused, when only the inertial channels were taken.
    pub earth_from_sensor: Vec<[f64; 4]>,
    /// Angular velocity in sensor axes, rad/s, where the device gives it.
    pub gyro_rad_s: Option<Vec<[f64; 3]>>,
    /// Specific force in sensor axes, m/s²; only where the inertial channels were taken.
    pub accel_m_s2: Option<Vec<[f64; 3]>>,
    /// Magnetic field in sensor axes, in the device's unit; only where it was asked for.
    pub mag: Option<Vec<[f64; 3]>>,
    /// Half-open index ranges between gaps; together they cover all samples.
    pub segments: Vec<Range<usize>>,
    /// Where `earth_from_sensor` came from.
    pub source: Source,
    /// Times at which a sample is missing or was left out as unsound, and was bridged; rising.
    pub bad_s: Vec<f64>,
    /// Times at which the sensor started anew, so that its heading has another zero since; rising.
    pub restarts_s: Vec<f64>,
}

impl EvenSamples {
    /// The sensor started anew at this time: a new segment begins, with a heading of its own.
    pub fn restart(&mut self, time_s: f64) {
        let within = |all: &[f64]| all[0] < time_s && time_s <= all[all.len() - 1];
        if !self.time_s.is_empty() && within(&self.time_s) {
            self.cut(time_s);
            let place = self.restarts_s.partition_point(|t| *t < time_s);
            if self.restarts_s.get(place) != Some(&time_s) {
                self.restarts_s.insert(place, time_s);
            }
        }
    }

    /// Begins a new segment at this time, as after a gap; not where a side would have under three
    /// samples.
    pub fn cut(&mut self, time_s: f64) {
        let at = self.time_s.partition_point(|t| *t < time_s);
        let holds = |segment: &Range<usize>| segment.start + 3 <= at && at + 3 <= segment.end;
        if let Some(k) = self.segments.iter().position(holds) {
            let (start, end) = (self.segments[k].start, self.segments[k].end);
            self.segments.splice(k..=k, [start..at, at..end]);
        }
    }
}

/// Cleans and evens the time base of a sensor.
///
/// Dropped and counted: repeated and backward times, samples whose channels are not numbers, and
/// quaternions whose norm is off by more than 10 %. A step longer than `gap_s` is a gap: nothing is
/// interpolated across it. Columns that need no change are handed on, not copied.
///
/// # Errors
/// The channels are not there; time that runs backwards; under 2 s of usable samples; under 10 Hz.
pub fn even(
    sensor: SensorSamples,
    channels: Channels,
    gap_s: f64,
    warnings: &mut Warnings,
) -> Result<EvenSamples, OrientationError> {
    let samples = sensor.len();
    let mut taken = Taken::of(sensor, channels)?;
    taken.clean(warnings);
    let backwards = warnings.count(Warning::TimeBackwards);
    if backwards > samples / 2 {
        return Err(OrientationError::Backwards { backwards, samples });
    }
    let too_short = OrientationError::TooShort {
        samples,
        usable: taken.time_s.len(),
        needed_s: DURATION_S_MIN,
    };
    let interval_s = typical_interval_s(&taken.time_s, gap_s).ok_or_else(|| too_short.clone())?;
    if 1.0 / interval_s < RATE_HZ_MIN * 0.99 {
        return Err(OrientationError::RateTooLow {
            rate_hz: 1.0 / interval_s,
            needed_hz: RATE_HZ_MIN,
        });
    }
    let pieces = pieces(&taken.time_s, gap_s, warnings);
    let even = even_all(taken, &pieces, interval_s, warnings);
    let covered: f64 = even
        .segments
        .iter()
        .map(|s| s.len() as f64 / even.rate_hz)
        .sum();
    if covered < DURATION_S_MIN {
        Err(too_short)
    } else {
        Ok(even)
    }
}

/// Median step of times that rise; `None` under three. Bursts of near-equal times have
/// a tiny median: then the mean of the steps that are no gaps, so that an even time base never has
/// more than four times the samples.
fn typical_interval_s(time_s: &[f64], gap_s: f64) -> Option<f64> {
    if time_s.len() < 3 {
        return None;
    }
    let steps = time_s.windows(2).map(|pair| pair[1] - pair[0]);
    let (sum, count) = steps
        .filter(|&step| step <= gap_s)
        .fold((0.0, 0.0), |(sum, count), step| (sum + step, count + 1.0));
    let median = median_step(time_s)?;
    let bursts = median * count < sum / 4.0;
    let typical = if bursts { sum / count } else { median };
    (typical > 0.0).then_some(typical)
}

/// Ranges between gaps, three samples or more each.
fn pieces(time_s: &[f64], gap_s: f64, warnings: &mut Warnings) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for k in 1..=time_s.len() {
        if k < time_s.len() && time_s[k] - time_s[k - 1] <= gap_s * (1.0 + 1e-9) {
            continue;
        }
        if k < time_s.len() {
            gap(time_s[k - 1], time_s[k], warnings);
        }
        if k - start >= 3 {
            pieces.push(start..k);
        }
        start = k;
    }
    pieces
}

fn even_all(
    taken: Taken,
    pieces: &[Range<usize>],
    interval_s: f64,
    warnings: &mut Warnings,
) -> EvenSamples {
    let mut bad_s = Vec::new();
    let mut all_even = true;
    for piece in pieces {
        let time_s = &taken.time_s[piece.clone()];
        note_missing(time_s, interval_s, &mut bad_s);
        all_even &= is_even(time_s, interval_s);
    }
    let covered: usize = pieces.iter().map(Range::len).sum();
    let even = if all_even && covered == taken.time_s.len() {
        as_they_are(taken, pieces)
    } else {
        piece_by_piece(&taken, pieces, interval_s, warnings)
    };
    let mut even = EvenSamples {
        rate_hz: 1.0 / interval_s,
        bad_s,
        ..even
    };
    if !even.earth_from_sensor.is_empty() {
        for segment in &even.segments {
            make_continuous(&mut even.earth_from_sensor[segment.clone()]);
        }
    }
    even
}

/// Times at which the rate would have had a sample and there is none.
fn note_missing(time_s: &[f64], interval_s: f64, bad_s: &mut Vec<f64>) {
    for pair in time_s.windows(2) {
        let (from_s, to_s) = (pair[0], pair[1]);
        if to_s - from_s >= 1.4 * interval_s {
            let steps = ((to_s - from_s) / interval_s).round();
            let missing = 1..steps as usize;
            let step_s = (to_s - from_s) / steps;
            bad_s.extend(missing.map(|n| from_s + step_s * n as f64));
        }
    }
}

/// All times lie near a line of the common rate.
fn is_even(time_s: &[f64], interval_s: f64) -> bool {
    let (first, last) = (time_s[0], time_s[time_s.len() - 1]);
    let step = (last - first) / (time_s.len() - 1) as f64;
    let line = |k: usize| first + step * k as f64;
    let is_near = |(k, t): (usize, &f64)| (t - line(k)).abs() < EVEN_TOLERANCE * step;
    (step / interval_s - 1.0).abs() < 0.01 && time_s.iter().enumerate().all(is_near)
}

/// Columns whose times are even already: they keep their memory.
fn as_they_are(taken: Taken, pieces: &[Range<usize>]) -> EvenSamples {
    let vectors = |channel: Option<Vec<Vector3<f64>>>| {
        channel.map(|all| all.into_iter().map(<[f64; 3]>::from).collect())
    };
    let quaternions = taken.quaternions.unwrap_or_default();
    EvenSamples {
        time_s: taken.time_s,
        earth_from_sensor: quaternions.into_iter().map(|q| sound(&q)).collect(),
        gyro_rad_s: vectors(taken.gyro),
        accel_m_s2: vectors(taken.accel),
        mag: vectors(taken.mag),
        segments: pieces.to_vec(),
        ..EvenSamples::default()
    }
}

/// Copies the pieces that are even, resamples the others.
fn piece_by_piece(
    taken: &Taken,
    pieces: &[Range<usize>],
    interval_s: f64,
    warnings: &mut Warnings,
) -> EvenSamples {
    let empty = |channel: &Option<Vec<Vector3<f64>>>| channel.as_ref().map(|_| Vec::new());
    let mut even = EvenSamples {
        gyro_rad_s: empty(&taken.gyro),
        accel_m_s2: empty(&taken.accel),
        mag: empty(&taken.mag),
        ..EvenSamples::default()
    };
    for piece in pieces {
        let start = even.time_s.len();
        let time_s = &taken.time_s[piece.clone()];
        if is_even(time_s, interval_s) {
            copy(taken, piece, &mut even);
        } else {
            resampled(time_s, 1.0 / interval_s, warnings);
            resample(taken, piece, interval_s, &mut even);
        }
        even.segments.push(start..even.time_s.len());
    }
    even
}

fn copy(taken: &Taken, piece: &Range<usize>, even: &mut EvenSamples) {
    even.time_s.extend_from_slice(&taken.time_s[piece.clone()]);
    if let Some(quaternions) = &taken.quaternions {
        let all = quaternions[piece.clone()].iter().map(sound);
        even.earth_from_sensor.extend(all);
    }
    for (from, to) in vectors(taken, even) {
        let all = from[piece.clone()].iter();
        to.extend(all.map(|v| <[f64; 3]>::from(*v)));
    }
}

/// The vector channels that were taken, with where they go.
fn vectors<'e>(
    taken: &'e Taken,
    even: &'e mut EvenSamples,
) -> impl Iterator<Item = (&'e [Vector3<f64>], &'e mut Vec<[f64; 3]>)> {
    let from = [&taken.gyro, &taken.accel, &taken.mag];
    let to = [&mut even.gyro_rad_s, &mut even.accel_m_s2, &mut even.mag];
    from.into_iter()
        .zip(to)
        .filter_map(|(from, to)| Some((from.as_deref()?, to.as_mut()?)))
}

/// A time on the even time base, between two samples.
struct Between {
    time_s: f64,
    /// The earlier one.
    k: usize,
    /// How far towards the later one, 0 to 1.
    fraction: f64,
}

fn resample(taken: &Taken, piece: &Range<usize>, interval_s: f64, even: &mut EvenSamples) {
    let steps = steps(&taken.time_s, piece, interval_s);
    even.time_s.extend(steps.iter().map(|step| step.time_s));
    if let Some(quaternions) = &taken.quaternions {
        let at = |k: usize| sound(&quaternions[k]);
        let all = steps
            .iter()
            .map(|step| slerp(&at(step.k), &at(step.k + 1), step.fraction));
        even.earth_from_sensor.extend(all);
    }
    for (from, to) in vectors(taken, even) {
        to.extend(steps.iter().map(|step| {
            let (a, b) = (from[step.k], from[step.k + 1]);
            <[f64; 3]>::from(a.lerp(&b, step.fraction))
        }));
    }
}

fn steps(time_s: &[f64], piece: &Range<usize>, interval_s: f64) -> Vec<Between> {
    let (first, last) = (time_s[piece.start], time_s[piece.end - 1]);
    let count = ((last - first) / interval_s + 1e-9).floor() as usize + 1;
    let mut k = piece.start;
    let mut between = |step: usize| {
        let t = first + interval_s * step as f64;
        while k + 2 < piece.end && time_s[k + 1] <= t {
            k += 1;
        }
        let fraction = ((t - time_s[k]) / (time_s[k + 1] - time_s[k])).clamp(0.0, 1.0);
        Between {
            time_s: t,
            k,
            fraction,
        }
    };
    (0..count).map(&mut between).collect()
}

fn gap(from_s: f64, to_s: f64, warnings: &mut Warnings) {
    let length_s = to_s - from_s;
    warnings.add_lasting(Warning::Gap, 1, length_s, || {
        format!("{length_s:.2} s without samples at {from_s:.2} s")
    });
}

fn resampled(time_s: &[f64], rate_hz: f64, warnings: &mut Warnings) {
    let (from_s, to_s) = (time_s[0], time_s[time_s.len() - 1]);
    let length_s = to_s - from_s;
    warnings.add_lasting(Warning::Resampled, 1, length_s, || {
        format!("uneven times from {from_s:.2} s on, resampled to {rate_hz:.2} Hz")
    });
}

/// A quaternion that was found usable, as a unit.
fn sound(q: &Quaternion<f64>) -> [f64; 4] {
    normalised([q.w, q.i, q.j, q.k]).unwrap_or([1.0, 0.0, 0.0, 0.0])
}

/// Turns signs so that neighbours lie on the same side.
pub(crate) fn make_continuous(quaternions: &mut [[f64; 4]]) {
    for k in 1..quaternions.len() {
        if dot(&quaternions[k - 1], &quaternions[k]) < 0.0 {
            quaternions[k] = quaternions[k].map(|c| -c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sensor(time_s: Vec<f64>) -> SensorSamples {
        let quaternions = time_s
            .iter()
            .map(|t| Quaternion::new((t / 20.0).cos(), 0.0, 0.0, (t / 20.0).sin()));
        SensorSamples {
            earth_from_sensor: Some(quaternions.collect()),
            time_s,
            ..SensorSamples::default()
        }
    }

    fn times(n: usize, rate_hz: f64) -> Vec<f64> {
        (0..n).map(|i| i as f64 / rate_hz).collect()
    }

    #[test]
    fn a_cut_begins_a_segment_but_leaves_no_scraps() {
        let mut even = EvenSamples {
            time_s: (0..10).map(f64::from).collect(),
            segments: vec![0..10],
            ..EvenSamples::default()
        };
        for time_s in [3.5, 8.0, 5.0, -1.0, f64::NAN] {
            even.cut(time_s);
        }
        assert_eq!(even.segments, [0..4, 4..10]);
    }

    #[test]
    fn even_times_are_kept_as_they_are() {
        let mut warnings = Warnings::default();
        let even = even(
            sensor(times(500, 100.0)),
            Channels::Quaternions,
            0.1,
            &mut warnings,
        )
        .unwrap();
        assert_eq!(
            (even.time_s.len(), even.segments.clone()),
            (500, vec![0..500])
        );
        assert!((even.rate_hz - 100.0).abs() < 1e-6);
        assert!(warnings.is_empty());
    }

    #[test]
    fn a_gap_splits_and_nothing_is_invented_in_it() {
        let mut time_s = times(500, 100.0);
        time_s[250..].iter_mut().for_each(|t| *t += 0.5);
        let mut warnings = Warnings::default();
        let even = even(sensor(time_s), Channels::Quaternions, 0.1, &mut warnings).unwrap();
        assert_eq!(even.segments, vec![0..250, 250..500]);
        assert_eq!(warnings.count(Warning::Gap), 1);
    }

    #[test]
    fn lost_samples_are_filled_up_to_the_gap_limit() {
        let mut time_s = times(500, 100.0);
        time_s.remove(100);
        time_s.remove(200);
        let mut warnings = Warnings::default();
        let even = even(sensor(time_s), Channels::Quaternions, 0.1, &mut warnings).unwrap();
        assert_eq!(even.time_s.len(), 500);
        assert_eq!(warnings.count(Warning::Resampled), 1);
        for (t, q) in even.time_s.iter().zip(&even.earth_from_sensor) {
            assert!((q[3].atan2(q[0]) - t / 20.0).abs() < 1e-9);
        }
    }

    #[test]
    fn duplicates_backward_times_and_corrupt_quaternions_are_counted() {
        let mut time_s = times(500, 100.0);
        time_s[10] = time_s[9];
        time_s[20] = 0.0;
        let mut sensor = sensor(time_s);
        sensor.earth_from_sensor.as_mut().unwrap()[30] = Quaternion::new(0.0, 0.0, 0.0, 0.0);
        sensor.earth_from_sensor.as_mut().unwrap()[40] = Quaternion::new(f64::NAN, 0.0, 0.0, 0.0);
        let mut warnings = Warnings::default();
        even(sensor, Channels::Quaternions, 0.1, &mut warnings).unwrap();
        assert_eq!(warnings.count(Warning::Duplicate), 1);
        assert_eq!(warnings.count(Warning::TimeBackwards), 1);
        assert_eq!(warnings.count(Warning::CorruptQuaternion), 2);
    }

    #[test]
    fn refuses_what_is_too_short_or_too_slow() {
        let mut warnings = Warnings::default();
        let short = even(
            sensor(times(100, 100.0)),
            Channels::Quaternions,
            0.1,
            &mut warnings,
        );
        assert!(matches!(short, Err(OrientationError::TooShort { .. })));
        let slow = even(
            sensor(times(100, 4.0)),
            Channels::Quaternions,
            0.1,
            &mut warnings,
        );
        assert!(matches!(slow, Err(OrientationError::RateTooLow { .. })));
        let none = even(
            sensor(Vec::new()),
            Channels::Quaternions,
            0.1,
            &mut warnings,
        );
        assert!(matches!(none, Err(OrientationError::TooShort { .. })));
    }
}
