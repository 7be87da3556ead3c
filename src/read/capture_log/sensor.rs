//! The samples of one sensor, brought to the clock of arrival stretch by stretch.

use std::ops::Range;

use super::columns::Columns;
use crate::protocol::Sample;
use crate::protocol::clock_fit::{ClockFit, Line};
use crate::read::Keep;
use crate::read::streams::{one_sensor, spread_repeats};
use crate::sample::SensorSamples;

/// Two stretches are at least so far apart: more than an analysis bridges.
const APART_S: f64 = 0.15;
/// Without a clock, nobody knows how many samples were lost in so long.
const UNKNOWN_S: f64 = 1.0;
/// A device's clock runs as fast as this one, within so much, or it is none.
const RATES: Range<f64> = 0.8..1.25;
/// Samples in a row whose own time was damaged and is told from their neighbours.
const FEW: usize = 3;

/// What became of a sensor.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) samples: SensorSamples,
    /// Samples that were left out: their time is not known, or a gap has to part two stretches.
    pub(super) dropped: usize,
    /// When it was there again after a break, seconds.
    pub(super) restarts_s: Vec<f64>,
}

/// One sensor of a port.
#[derive(Debug, Default)]
pub(super) struct Sensor {
    /// Samples with an orientation.
    turned: Columns,
    /// Those of inertial channels alone.
    inertial: Columns,
    /// Samples with an orientation and a gyroscope.
    both: usize,
    stretches: Vec<Stretch>,
}

/// Samples of one clock, without a break.
#[derive(Debug)]
struct Stretch {
    segment: u32,
    /// It follows on a break, not only on a silence.
    after_break: bool,
    /// Where it begins among the samples with an orientation, and among the others.
    starts: [usize; 2],
    by_clock: ClockFit,
    by_number: ClockFit,
    /// The last number that was given, and the device's counter then.
    number: f64,
    counter: Option<u64>,
    /// Arrival and number of the first sample and the last.
    first: (f64, f64),
    last: (f64, f64),
    clock: (f64, f64),
}

impl Sensor {
    /// Takes the next sample; `lost` were lost since the one before, as far as damage tells.
    pub(super) fn push(&mut self, sample: &Sample, segment: u32, lost: f64) {
        let starts = [self.turned.len(), self.inertial.len()];
        let fresh = self
            .stretches
            .last()
            .is_none_or(|last| !last.goes_on(sample, segment));
        if fresh {
            let after_break = self
                .stretches
                .last()
                .is_some_and(|last| last.segment != segment);
            self.stretches
                .push(Stretch::new(sample, segment, after_break, starts));
        }
        let Some(stretch) = self.stretches.last_mut() else {
            return;
        };
        let number = stretch.take(sample, lost);
        if sample.earth_from_sensor.is_some() {
            self.both += usize::from(sample.gyro_rad_s.is_some());
            self.turned.push(sample, number);
        } else {
            self.inertial.push(sample, number);
        }
    }

    /// All samples on the clock of arrival.
    pub(super) fn finish(mut self, keep: Keep) -> Part {
        let together = self.both * 2 >= self.turned.len();
        let mut ends = [self.turned.len(), self.inertial.len()];
        let mut ranges: Vec<[Range<usize>; 2]> = Vec::new();
        for stretch in self.stretches.iter().rev() {
            let [turned, inertial] = stretch.starts;
            ranges.push([turned..ends[0], inertial..ends[1]]);
            ends = stretch.starts;
        }
        ranges.reverse();
        let mut times = [Times::default(), Times::default()];
        for (stretch, ranges) in self.stretches.iter().zip(ranges) {
            for ((times, columns), range) in times
                .iter_mut()
                .zip([&mut self.turned, &mut self.inertial])
                .zip(ranges)
            {
                times.add(stretch, columns, range);
            }
        }
        let restarts_s = self.restarts_s(&times);
        let [turned_s, inertial_s] = times;
        let dropped = turned_s.dropped + inertial_s.dropped;
        let turned = self.turned.into_sensor(turned_s.time_s);
        let inertial = self.inertial.into_sensor(inertial_s.time_s);
        let samples = if turned.is_empty() {
            inertial
        } else if inertial.is_empty() || together {
            turned
        } else {
            one_sensor(turned, inertial, keep)
        };
        Part {
            samples,
            dropped,
            restarts_s,
        }
    }

    /// The first time of each stretch that follows on a break.
    fn restarts_s(&self, times: &[Times; 2]) -> Vec<f64> {
        let begun = self.stretches.iter().filter(|stretch| stretch.after_break);
        let first = |stretch: &Stretch| {
            let kept = times
                .iter()
                .zip(stretch.starts)
                .filter_map(|(times, start)| {
                    let own = times.time_s.get(start..).unwrap_or_default();
                    own.iter().copied().find(|t| t.is_finite())
                });
            kept.reduce(f64::min)
        };
        begun.filter_map(first).collect()
    }
}

/// Times of one kind of samples, over all stretches.
#[derive(Debug, Default)]
struct Times {
    time_s: Vec<f64>,
    latest_s: Option<f64>,
    dropped: usize,
}

impl Times {
    /// What comes last in a stretch and has no time may be of the next.
    fn add(&mut self, stretch: &Stretch, columns: &mut Columns, range: Range<usize>) {
        let is_last = range.end == columns.len();
        let (line, by_clock) = stretch.line();
        let keys = if by_clock {
            &mut columns.device_s
        } else {
            &mut columns.number
        };
        let keys = keys.get_mut(range).unwrap_or_default();
        fill(keys);
        if is_last {
            keys.reverse();
            fill_front(keys);
            keys.reverse();
        }
        fill_front(keys);
        spread_repeats(keys);
        let least_s = self
            .latest_s
            .filter(|_| stretch.after_break)
            .map(|last| last + APART_S);
        for key in keys {
            let time_s = line.host_s(*key);
            if time_s.is_nan() || least_s.is_some_and(|least| time_s < least) {
                self.dropped += 1;
                self.time_s.push(f64::NAN);
            } else {
                self.time_s.push(time_s);
                self.latest_s = Some(self.latest_s.map_or(time_s, |latest| latest.max(time_s)));
            }
        }
    }
}

impl Stretch {
    fn new(sample: &Sample, segment: u32, after_break: bool, starts: [usize; 2]) -> Self {
        let arrival_s = sample.arrival_s;
        let clock_s = sample.device_time_s.unwrap_or(f64::NAN);
        Self {
            segment,
            after_break,
            starts,
            by_clock: ClockFit::default(),
            by_number: ClockFit::default(),
            number: -1.0,
            counter: None,
            first: (arrival_s, 0.0),
            last: (arrival_s, 0.0),
            clock: (clock_s, clock_s),
        }
    }

    /// The sample is of the same clock.
    fn goes_on(&self, sample: &Sample, segment: u32) -> bool {
        let silent = sample.arrival_s - self.last.0 > UNKNOWN_S;
        segment == self.segment && !(silent && sample.device_time_s.is_none())
    }

    /// The number of the sample.
    fn take(&mut self, sample: &Sample, lost: f64) -> f64 {
        let steps = match (self.counter, sample.counter) {
            (Some(before), Some(now)) => now.saturating_sub(before) as f64,
            _ if self.number < 0.0 => 1.0,
            _ => 1.0 + lost,
        };
        self.number += steps;
        self.counter = sample.counter.or(self.counter);
        self.by_number.push(self.number, sample.arrival_s);
        self.last = (sample.arrival_s, self.number);
        if let Some(device_s) = sample.device_time_s {
            self.by_clock.push(device_s, sample.arrival_s);
            let first = if self.clock.0.is_nan() {
                device_s
            } else {
                self.clock.0
            };
            self.clock = (first, device_s);
        }
        self.number
    }

    /// From the device's clock, or from the number of the sample, to the clock of arrival; `true` for
    /// the former.
    fn line(&self) -> (Line, bool) {
        let passed_s = self.last.0 - self.first.0;
        let rate = (self.clock.1 - self.clock.0) / passed_s;
        let is_clock = passed_s < 2.0 || RATES.contains(&rate);
        let counts = self.by_clock.count() * 2 > self.by_number.count();
        if is_clock
            && counts
            && let Some(line) = self.by_clock.line(1.0)
        {
            return (line, true);
        }
        let steps = self.last.1 - self.first.1;
        let interval_s = if steps > 0.0 { passed_s / steps } else { 0.0 };
        let at_once = Line {
            offset_s: self.first.0,
            slope: interval_s,
        };
        (self.by_number.line(interval_s).unwrap_or(at_once), false)
    }
}

/// Times of a few samples in a row that are not numbers, from their neighbours.
fn fill(keys: &mut [f64]) {
    let mut known: Option<usize> = None;
    for at in 0..keys.len() {
        let Some(&value) = keys.get(at).filter(|value| value.is_finite()) else {
            continue;
        };
        let before = known
            .replace(at)
            .and_then(|before| Some((before, *keys.get(before)?)));
        let Some((from, start)) = before.filter(|before| at - before.0 <= FEW + 1) else {
            continue;
        };
        let step = (value - start) / (at - from) as f64;
        for (n, key) in keys
            .iter_mut()
            .skip(from)
            .take(at - from)
            .enumerate()
            .skip(1)
        {
            *key = step.mul_add(n as f64, start);
        }
    }
}

/// The same of a few at the front, which go on backwards from the next two.
fn fill_front(keys: &mut [f64]) {
    let known = |(at, key): (usize, &f64)| key.is_finite().then_some((at, *key));
    let mut all = keys.iter().enumerate().filter_map(known);
    let (Some((first, start)), Some((second, next))) = (all.next(), all.next()) else {
        return;
    };
    let step = (next - start) / (second - first) as f64;
    if first > FEW {
        return;
    }
    for (before, key) in (1..=first).zip(keys.iter_mut().take(first).rev()) {
        *key = step.mul_add(-(before as f64), start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_times_that_are_damaged_are_told_from_their_neighbours() {
        let none = f64::NAN;
        let mut keys = [none, 2.0, none, none, 8.0, none];
        fill(&mut keys);
        fill_front(&mut keys);
        assert_eq!(keys[..5], [0.0, 2.0, 4.0, 6.0, 8.0]);
        assert!(keys[5].is_nan());
        let mut many = [none, none, none, none, 4.0, 5.0];
        fill_front(&mut many);
        assert!(many[3].is_nan(), "nobody knows");
    }
}
