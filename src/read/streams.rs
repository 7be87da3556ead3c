//! Channels that a file or device gives at times of their own, brought to one time axis.

use nalgebra::Vector3;

/// Nothing is interpolated across a longer gap.
const LONGEST_GAP_S: f64 = 0.1;

/// Values at other times, on straight lines between neighbours; NaN outside and across gaps.
pub(super) fn interpolated(
    from_s: &[f64],
    values: &[Vector3<f64>],
    to_s: &[f64],
) -> Vec<Vector3<f64>> {
    let mut at = 0;
    let mut value = |time_s: f64| {
        while at + 2 < from_s.len() && from_s[at + 1] < time_s {
            at += 1;
        }
        between(from_s.get(at..at + 2)?, values.get(at..at + 2)?, time_s)
    };
    to_s.iter()
        .map(|&time_s| value(time_s).unwrap_or_else(|| Vector3::repeat(f64::NAN)))
        .collect()
}

fn between(times_s: &[f64], values: &[Vector3<f64>], time_s: f64) -> Option<Vector3<f64>> {
    let step = times_s[1] - times_s[0];
    let share = if step > 0.0 {
        (time_s - times_s[0]) / step
    } else {
        0.0
    };
    let close = step <= LONGEST_GAP_S || share == 0.0 || (share - 1.0).abs() < f64::EPSILON;
    ((0.0..=1.0).contains(&share) && close).then(|| values[0].lerp(&values[1], share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_on_straight_lines_but_not_across_gaps() {
        let from_s = [0.0, 0.02, 1.0];
        let values = [0.0, 2.0, 5.0].map(Vector3::repeat);
        let to_s = [-0.01, 0.0, 0.01, 0.02, 0.5, 1.0, 1.1];
        let found = interpolated(&from_s, &values, &to_s);
        let x: Vec<f64> = found.iter().map(|value| value.x).collect();
        assert!([0, 4, 6].iter().all(|&at| x[at].is_nan()), "{x:?}");
        for (at, expected) in [(1, 0.0), (2, 1.0), (3, 2.0), (5, 5.0)] {
            assert!((x[at] - expected).abs() < 1e-12, "{x:?}");
        }
    }
}
