//! Two clocks from the times of arrival: what a device's clock shows, and when its bytes came.
//!
//! Bytes come late by a delay that is never negative: what the cable, the driver and the scheduler
//! hold back. So the points (device, arrival) lie above a line, and touch it where nothing was held
//! back: the line is on their lower convex hull. Of the hull's edges the one over the mean of the
//! device's times is taken, which is where the sum of all delays is least. A line of least squares would
//! follow every stall instead.
//!
//! Where a device sends no time, the number of the sample stands for it, and the line gives the
//! interval too. A device that starts anew needs a new fit.

/// Under so many samples, or so many seconds, the hull tells no rate.
const FEWEST: usize = 20;
const SHORTEST_S: f64 = 2.0;

/// `arrival = offset_s + slope * device`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Arrival where the device's clock is zero, seconds.
    pub offset_s: f64,
    /// Seconds for each of the device's units.
    pub slope: f64,
}

impl Line {
    /// The host's time, seconds.
    pub fn host_s(&self, device: f64) -> f64 {
        self.slope.mul_add(device, self.offset_s)
    }
}

/// The lower hull of (device, arrival), as it grows.
#[derive(Debug, Clone, Default)]
pub struct ClockFit {
    /// From left to right, turning left.
    hull: Vec<(f64, f64)>,
    count: usize,
    sum: f64,
    first: f64,
}

impl ClockFit {
    /// Takes the next sample. One whose device time does not rise, or that has no times, adds nothing.
    pub fn push(&mut self, device: f64, arrival_s: f64) {
        if !(device.is_finite() && arrival_s.is_finite()) {
            return;
        }
        let last = self.hull.last().copied();
        match last {
            None => self.first = device,
            Some((last, _)) if device <= last => return,
            Some(_) => {}
        }
        while let [.., a, b] = self.hull[..]
            && is_above(b, a, (device, arrival_s))
        {
            self.hull.pop();
        }
        self.hull.push((device, arrival_s));
        self.count += 1;
        self.sum += device - self.first;
    }

    /// Samples that were taken.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The line; `None` without a sample. With few or short ones its slope is `nominal`.
    pub fn line(&self, nominal: f64) -> Option<Line> {
        let (&start, &end) = (self.hull.first()?, self.hull.last()?);
        let mean = self.first + self.sum / self.count as f64;
        let right = self.hull.partition_point(|point| point.0 < mean);
        let edge = right
            .checked_sub(1)
            .and_then(|left| self.hull.get(left..right + 1));
        let long = self.count >= FEWEST && end.1 - start.1 >= SHORTEST_S;
        match edge {
            Some(&[a, b]) if long => {
                let slope = (b.1 - a.1) / (b.0 - a.0);
                let offset_s = slope.mul_add(-a.0, a.1);
                Some(Line { offset_s, slope })
            }
            _ => self.with_slope(nominal),
        }
    }

    /// The highest line of this slope that no point lies under.
    fn with_slope(&self, slope: f64) -> Option<Line> {
        let under = self
            .hull
            .iter()
            .map(|point| slope.mul_add(-point.0, point.1));
        let offset_s = under.min_by(f64::total_cmp)?;
        Some(Line { offset_s, slope })
    }
}

/// `b` lies on or above the line from `a` to `c`.
fn is_above(b: (f64, f64), a: (f64, f64), c: (f64, f64)) -> bool {
    (b.1 - a.1) * (c.0 - a.0) >= (c.1 - a.1) * (b.0 - a.0)
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    use super::*;

    /// Between 0 and 1.
    fn unit(random: &mut ChaCha8Rng) -> f64 {
        f64::from(random.next_u32()) / f64::from(u32::MAX)
    }

    /// 60 s at 100 Hz on a clock that is slow by 7000 ppm and started 3 s late; packets are held back
    /// up to `latency_s`, 4 in 1000 up to 250 ms, and all by 1 ms.
    fn arrivals(seed: u64, latency_s: f64) -> Vec<(f64, f64)> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut before_s = 0.0;
        let sample = |index: i32| {
            let true_s = f64::from(index) * 0.01;
            let mut late_s = 0.001 + latency_s * unit(&mut random);
            if unit(&mut random) < 0.004 {
                late_s += 0.25 * unit(&mut random);
            }
            // Bytes come in their order.
            before_s = f64::max(before_s, true_s + late_s);
            ((true_s - 3.0) / 1.007, before_s)
        };
        (0..6000).map(sample).collect()
    }

    fn fitted(points: &[(f64, f64)]) -> Line {
        let mut fit = ClockFit::default();
        for &(device, arrival_s) in points {
            fit.push(device, arrival_s);
        }
        fit.line(1.0).unwrap()
    }

    #[test]
    fn stalls_do_not_move_the_line() {
        for (seed, latency_s) in (0..20).flat_map(|seed| [(seed, 0.016), (seed, 0.001)]) {
            let line = fitted(&arrivals(seed, latency_s));
            let skew_ppm = (line.slope / 1.007 - 1.0) * 1e6;
            assert!(skew_ppm.abs() < 5.0, "{seed}: {skew_ppm} ppm");
            let middle_s = 30.0;
            let offset_s = line.host_s((middle_s - 3.0) / 1.007) - middle_s;
            assert!((0.0..0.002).contains(&offset_s), "{seed}: {offset_s} s");
        }
    }

    #[test]
    fn the_number_of_the_sample_serves_where_there_is_no_clock() {
        let points = arrivals(7, 0.016);
        let counted: Vec<(f64, f64)> = points
            .iter()
            .enumerate()
            .map(|(n, p)| (n as f64, p.1))
            .collect();
        let line = fitted(&counted);
        assert!((line.slope / 0.01 - 1.0).abs() < 5e-6, "{line:?}");
    }

    #[test]
    fn few_samples_keep_the_nominal_rate() {
        let points = &arrivals(1, 0.016)[..10];
        let line = fitted(points);
        assert!((line.slope - 1.0).abs() < 1e-12);
        assert!(points.iter().all(|p| line.host_s(p.0) <= p.1 + 1e-12));
        assert_eq!(ClockFit::default().line(1.0), None);
    }

    #[test]
    fn times_that_are_none_or_go_back_add_nothing() {
        let mut fit = ClockFit::default();
        for (device, arrival_s) in [(1.0, 1.0), (0.5, 0.0), (f64::NAN, 2.0), (2.0, f64::NAN)] {
            fit.push(device, arrival_s);
        }
        assert_eq!(fit.count(), 1);
        let line = fit.line(1.0).unwrap();
        assert!(line.offset_s.abs() < 1e-12, "{line:?}");
    }

    #[test]
    fn the_hull_stays_small() {
        let mut fit = ClockFit::default();
        for (device, arrival_s) in arrivals(3, 0.016) {
            fit.push(device, arrival_s);
        }
        assert!(fit.hull.len() < 100, "{}", fit.hull.len());
    }
}
