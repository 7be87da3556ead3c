//! Times of an XDF stream: to the recorder's clock, and evened out.

/// A jump of the stream's own clock, or lost samples, are not evened out.
const BREAK_S: f64 = 0.25;
/// Fewer samples tell no rate.
const FEWEST: usize = 20;

/// A straight line, by least squares.
#[derive(Debug, Clone, Copy)]
struct Line {
    x0: f64,
    y0: f64,
    slope: f64,
}

impl Line {
    fn through(points: impl Iterator<Item = (f64, f64)> + Clone) -> Option<Self> {
        let count = points.clone().count() as f64;
        let sum = points
            .clone()
            .fold((0.0, 0.0), |sum, (x, y)| (sum.0 + x, sum.1 + y));
        let (x0, y0) = (sum.0 / count, sum.1 / count);
        let products = points.fold((0.0, 0.0), |sum, (x, y)| {
            (sum.0 + (x - x0) * (y - y0), sum.1 + (x - x0) * (x - x0))
        });
        let slope = if products.1 > 0.0 {
            products.0 / products.1
        } else {
            0.0
        };
        (count > 0.0).then_some(Self { x0, y0, slope })
    }

    fn at(self, x: f64) -> f64 {
        self.y0 + (x - self.x0) * self.slope
    }
}

/// Brings times to the recorder's clock, by what was measured between the clocks: at a time of the
/// stream, how much to add. Measurements far off the line of the others are passed over.
pub(super) fn synchronise(time_s: &mut [f64], offsets: &[(f64, f64)]) {
    let sound = |point: &&(f64, f64)| point.0.is_finite() && point.1.is_finite();
    let points: Vec<(f64, f64)> = offsets.iter().filter(sound).copied().collect();
    let Some(first) = Line::through(points.iter().copied()) else {
        return;
    };
    let away = |line: Line, point: &(f64, f64)| (point.1 - line.at(point.0)).abs();
    let mut distances: Vec<f64> = points.iter().map(|point| away(first, point)).collect();
    distances.sort_by(f64::total_cmp);
    let middle = distances.get(distances.len() / 2).copied().unwrap_or(0.0);
    let limit = (4.0 * middle).max(1e-3);
    let near = points
        .iter()
        .filter(|point| away(first, point) <= limit)
        .copied();
    let line = Line::through(near).unwrap_or(first);
    for time in time_s {
        *time += line.at(*time);
    }
}

/// Evens out the times of samples that were taken at a rate but stamped when they arrived: stretches
/// without a break, and only where no stamp would move far.
pub(super) fn even_out(time_s: &mut [f64], rate_hz: f64) {
    if rate_hz <= 0.0 {
        return;
    }
    let limit_s = BREAK_S.max(5.0 / rate_hz);
    for stretch in time_s.chunk_by_mut(|one, next| (0.0..=limit_s).contains(&(next - one))) {
        if stretch.len() < FEWEST {
            continue;
        }
        let points = stretch.iter().enumerate();
        let Some(line) = Line::through(points.map(|(at, time)| (at as f64, *time))) else {
            continue;
        };
        let moved = |(at, time): (usize, &f64)| (line.at(at as f64) - time).abs();
        if stretch.iter().enumerate().map(moved).fold(0.0, f64::max) > BREAK_S {
            continue;
        }
        for (at, time) in stretch.iter_mut().enumerate() {
            *time = line.at(at as f64);
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn clocks_are_brought_together_and_outliers_passed_over() {
        let mut offsets: Vec<(f64, f64)> = (0..20)
            .map(|at| f64::from(at) * 5.0)
            .map(|time| (time, 100.0 + 1e-4 * time))
            .collect();
        offsets[7].1 += 3.0;
        let mut times = [0.0, 50.0];
        synchronise(&mut times, &offsets);
        assert_relative_eq!(times[0], 100.0, epsilon = 1e-6);
        assert_relative_eq!(times[1], 150.005, epsilon = 1e-6);
        let mut times = [1.0];
        synchronise(&mut times, &[(0.0, 2.0)]);
        synchronise(&mut times, &[]);
        synchronise(&mut times, &[(f64::NAN, 2.0)]);
        assert_relative_eq!(times[0], 3.0);
    }

    #[test]
    fn bursts_are_evened_out_and_breaks_stay() {
        let mut times: Vec<f64> = (0..100).map(|at| f64::from(at / 4) * 0.04).collect();
        times.extend((0..100).map(|at| 10.0 + f64::from(at) * 0.01));
        even_out(&mut times, 100.0);
        let steps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(
            steps[..99].iter().all(|step| (step - 0.01).abs() < 1e-3),
            "{steps:?}"
        );
        assert_relative_eq!(times[100], 10.0, epsilon = 1e-9);
        let mut uneven = [0.0, 1.0, 5.0];
        even_out(&mut uneven, 0.0);
        assert_relative_eq!(uneven[..], [0.0, 1.0, 5.0]);
    }
}
