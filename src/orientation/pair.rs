//! Two sensors on one time base.

use super::clock::{EvenSamples, make_continuous};
use super::{OrientationError, slerp};

/// Brings the trunk sensor to the head sensor's sample times, by the clock they share. Where either
/// has a gap, both have one; bad samples of either stay with the head.
///
/// # Errors
/// The two do not overlap by 2 s.
pub fn pair(
    head: &EvenSamples,
    trunk: &EvenSamples,
) -> Result<(EvenSamples, EvenSamples), OrientationError> {
    let mut both = Both::default();
    for head_segment in &head.segments {
        for trunk_segment in &trunk.segments {
            both.overlap(head, head_segment.clone(), trunk, trunk_segment.clone());
        }
    }
    let (mut head_out, mut trunk_out) = (both.head, both.trunk);
    head_out.rate_hz = head.rate_hz;
    trunk_out.rate_hz = head.rate_hz;
    (head_out.source, trunk_out.source) = (head.source, trunk.source);
    head_out.bad_s = merged(&head.bad_s, &trunk.bad_s);
    head_out.restarts_s.clone_from(&head.restarts_s);
    trunk_out.restarts_s.clone_from(&trunk.restarts_s);
    if head_out.time_s.len() as f64 / head.rate_hz < super::clock::DURATION_S_MIN {
        return Err(OrientationError::NoOverlap {
            head: span(head),
            trunk: span(trunk),
        });
    }
    Ok((head_out, trunk_out))
}

/// Two rising lists of times as one.
pub fn merged(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut all = [a, b].concat();
    all.sort_by(f64::total_cmp);
    all
}

fn span(samples: &EvenSamples) -> String {
    match (samples.time_s.first(), samples.time_s.last()) {
        (Some(first), Some(last)) => format!("{first:.2} to {last:.2} s"),
        _ => "nothing".to_owned(),
    }
}

#[derive(Default)]
struct Both {
    head: EvenSamples,
    trunk: EvenSamples,
}

impl Both {
    /// Adds the time that two segments share.
    fn overlap(
        &mut self,
        head: &EvenSamples,
        head_segment: std::ops::Range<usize>,
        trunk: &EvenSamples,
        trunk_segment: std::ops::Range<usize>,
    ) {
        let trunk_time = &trunk.time_s[trunk_segment.clone()];
        let (Some(&first), Some(&last)) = (trunk_time.first(), trunk_time.last()) else {
            return;
        };
        let head_time = &head.time_s[head_segment.clone()];
        // Half a sample of slack, so that equal clocks keep their ends.
        let slack = 0.5 / head.rate_hz;
        // Segments that were cut, not parted by a gap, lie closer than that.
        let taken = self.head.time_s.last().copied();
        let is_before = |t: f64| t < first - slack || taken.is_some_and(|taken| t <= taken);
        let from = head_segment.start + head_time.partition_point(|&t| is_before(t));
        let to = head_segment.start + head_time.partition_point(|&t| t <= last + slack);
        if to < from + 3 || trunk_time.len() < 2 {
            return;
        }
        let start = self.head.time_s.len();
        self.head.time_s.extend_from_slice(&head.time_s[from..to]);
        self.head
            .earth_from_sensor
            .extend_from_slice(&head.earth_from_sensor[from..to]);
        append_gyro(&mut self.head.gyro_rad_s, head, start, from..to);
        let times = &head.time_s[from..to];
        let trunk_q = &trunk.earth_from_sensor[trunk_segment];
        self.trunk
            .earth_from_sensor
            .extend(interpolated(times, trunk_time, trunk_q));
        self.trunk.time_s.extend_from_slice(times);
        make_continuous(&mut self.trunk.earth_from_sensor[start..]);
        self.head.segments.push(start..self.head.time_s.len());
        self.trunk.segments.push(start..self.head.time_s.len());
    }
}

fn append_gyro(
    to: &mut Option<Vec<[f64; 3]>>,
    from: &EvenSamples,
    start: usize,
    range: std::ops::Range<usize>,
) {
    if let Some(gyro) = &from.gyro_rad_s {
        let to = to.get_or_insert_with(Vec::new);
        debug_assert_eq!(to.len(), start);
        to.extend_from_slice(&gyro[range]);
    }
}

/// `values` at `times`; both rise. Times outside are held at the ends.
fn interpolated<'a>(
    times: &'a [f64],
    value_times: &'a [f64],
    values: &'a [[f64; 4]],
) -> impl Iterator<Item = [f64; 4]> + 'a {
    let mut k = 0;
    times.iter().map(move |&t| {
        while k + 2 < value_times.len() && value_times[k + 1] <= t {
            k += 1;
        }
        let fraction = (t - value_times[k]) / (value_times[k + 1] - value_times[k]);
        slerp(&values[k], &values[k + 1], fraction.clamp(0.0, 1.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(from_s: f64, n: usize, rate_hz: f64) -> EvenSamples {
        let time_s: Vec<f64> = (0..n).map(|i| from_s + i as f64 / rate_hz).collect();
        let earth_from_sensor = time_s
            .iter()
            .map(|t| [(t / 20.0).cos(), 0.0, 0.0, (t / 20.0).sin()])
            .collect();
        EvenSamples {
            rate_hz,
            time_s,
            earth_from_sensor,
            segments: vec![0..n],
            ..EvenSamples::default()
        }
    }

    #[test]
    fn other_rate_and_start_meet_at_the_same_times() {
        let (head, trunk) = pair(&samples(0.0, 1000, 100.0), &samples(1.003, 300, 60.0)).unwrap();
        assert_eq!(head.time_s, trunk.time_s);
        let pairs = head.earth_from_sensor.iter().zip(&trunk.earth_from_sensor);
        for (a, b) in pairs.skip(1).take(head.time_s.len() - 2) {
            assert!(super::super::angle_between(a, b) < 1e-6);
        }
    }

    #[test]
    fn a_gap_in_the_trunk_is_a_gap_in_both() {
        let mut trunk = samples(0.0, 1000, 100.0);
        trunk.segments = vec![0..400, 600..1000];
        let (head, _) = pair(&samples(0.0, 1000, 100.0), &trunk).unwrap();
        assert_eq!(head.segments.len(), 2);
        assert!(head.time_s.iter().all(|&t| !(4.01..5.98).contains(&t)));
    }

    #[test]
    fn a_cut_in_a_faster_trunk_takes_no_sample_twice() {
        let mut trunk = samples(0.0, 1000, 100.0);
        trunk.cut(4.003);
        let (head, _) = pair(&samples(0.0, 400, 40.0), &trunk).unwrap();
        assert_eq!((head.segments.len(), head.time_s.len()), (2, 400));
        assert!(head.time_s.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn no_overlap_is_refused() {
        let refused = pair(&samples(0.0, 500, 100.0), &samples(100.0, 500, 100.0));
        assert!(matches!(refused, Err(OrientationError::NoOverlap { .. })));
    }
}
