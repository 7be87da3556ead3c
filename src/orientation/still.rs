//! Still windows, neutral, and heading drift.

use std::ops::Range;

use super::clock::EvenSamples;
use super::filter::LowPass;
use super::heading::{Rest, heading_between, section, slope, turned_about_vertical};
use super::{OrientationError, angle_between, dot, mean, rotation_vector};

/// What counts as still, and as neutral.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StillSettings {
    /// Angular speed under which the head is still, rad/s.
    pub speed_rad_s: f64,
    /// Shortest still window, seconds: what a repetition's zero may rest on.
    pub window_s: f64,
    /// Shortest still window that can be neutral, seconds.
    pub neutral_window_s: f64,
    /// Windows this close together are one position, radians.
    pub cluster_rad: f64,
    /// Windows this close to neutral are neutral again, radians.
    pub near_neutral_rad: f64,
}

/// A time in which the head did not move.
#[derive(Debug, Clone, PartialEq)]
pub struct StillWindow {
    /// Half-open sample range.
    pub samples: Range<usize>,
    /// Mean orientation, `earth_from_sensor`, w, x, y, z.
    pub earth_from_sensor: [f64; 4],
}

impl Default for StillSettings {
    fn default() -> Self {
        Self {
            speed_rad_s: 5_f64.to_radians(),
            window_s: 0.5,
            neutral_window_s: 1.0,
            cluster_rad: 10_f64.to_radians(),
            near_neutral_rad: 15_f64.to_radians(),
        }
    }
}

impl StillSettings {
    /// Samples of the shortest window that can be neutral.
    pub(super) fn neutral_samples(&self, rate_hz: f64) -> usize {
        (self.neutral_window_s * rate_hz * 0.999).floor() as usize
    }
}

impl StillWindow {
    /// Takes the mean orientation anew, of these samples on the same time base.
    pub fn refresh(&mut self, samples: &EvenSamples) {
        if let Some(mean) = mean(&samples.earth_from_sensor[self.samples.clone()]) {
            self.earth_from_sensor = mean;
        }
    }
}

/// Neutral, and every return to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Neutral {
    /// The window that is neutral.
    pub window: StillWindow,
    /// All still windows in neutral, in order; the zeros of repetitions.
    pub returns: Vec<StillWindow>,
}

/// Low-passes the orientation in place (zero phase, on the quaternions, which are renormalised), and the
/// gyroscope between samples without a value, which stay so. `false` when the rate is too low for the cut-off and nothing was done.
pub fn low_pass(samples: &mut EvenSamples, cutoff_hz: f64) -> bool {
    let Some(filter) = LowPass::new(cutoff_hz, samples.rate_hz) else {
        return false;
    };
    for segment in &samples.segments {
        let quaternions = &mut samples.earth_from_sensor[segment.clone()];
        filter.run(quaternions);
        for q in quaternions {
            *q = super::normalised(*q).unwrap_or(*q);
        }
        if let Some(gyro) = &mut samples.gyro_rad_s {
            let is_whole = |v: &[f64; 3]| v.iter().all(|c| c.is_finite());
            gyro[segment.clone()]
                .chunk_by_mut(|a, b| is_whole(a) == is_whole(b))
                .filter(|run| run.first().is_some_and(is_whole))
                .for_each(|run| filter.run(run));
        }
    }
    true
}

/// Angular velocity from a sequence of unit quaternions at an even rate, in the axes of the right-hand
/// frame, rad/s: central difference, one-sided at the ends of a segment.
pub fn angular_velocity(
    quaternions: &[[f64; 4]],
    segments: &[Range<usize>],
    rate_hz: f64,
) -> Vec<[f64; 3]> {
    let mut velocity = Vec::with_capacity(quaternions.len());
    for segment in segments {
        let q = &quaternions[segment.clone()];
        let last = q.len() - 1;
        for k in 0..q.len() {
            let (a, b) = (k.saturating_sub(1), (k + 1).min(last));
            velocity.push(rotation_rate(&q[a], &q[b], rate_hz / (b - a).max(1) as f64));
        }
    }
    velocity
}

/// Rotation vector from `a` to `b` times `per_s`; to third order in the angle.
#[inline]
fn rotation_rate(a: &[f64; 4], b: &[f64; 4], per_s: f64) -> [f64; 3] {
    let sign = dot(a, b).signum();
    rotation_vector::small_between(a, b, per_s).map(|c| c * sign)
}

/// Stretches in which `speed_rad_s` stays under the limit, in order; never across a gap.
pub fn windows(
    samples: &EvenSamples,
    speed_rad_s: &[f64],
    settings: &StillSettings,
) -> Vec<StillWindow> {
    let shortest = (settings.window_s * samples.rate_hz).round().max(2.0) as usize;
    let mut found = Vec::new();
    for segment in &samples.segments {
        let moving = |k: &usize| speed_rad_s[*k] >= settings.speed_rad_s;
        let mut start = segment.start;
        for k in segment.clone().filter(moving).chain([segment.end]) {
            if k - start >= shortest {
                found.extend(window(samples, start..k));
            }
            start = k + 1;
        }
    }
    found
}

/// The still window over these samples; `None` when they have no mean.
pub fn window(samples: &EvenSamples, range: Range<usize>) -> Option<StillWindow> {
    let earth_from_sensor = mean(&samples.earth_from_sensor[range.clone()])?;
    Some(StillWindow {
        samples: range,
        earth_from_sensor,
    })
}

/// Finds neutral: of the still windows long enough, the position with the most returns, and in it
/// the first window. `labelled` (a span marked as neutral by an event) wins.
///
/// # Errors
/// No still window is long enough.
pub fn neutral(
    windows: &[StillWindow],
    samples: &EvenSamples,
    labelled: Option<StillWindow>,
    settings: &StillSettings,
) -> Result<Neutral, OrientationError> {
    let shortest = settings.neutral_samples(samples.rate_hz);
    let long: Vec<&StillWindow> = windows
        .iter()
        .filter(|w| w.samples.len() >= shortest)
        .collect();
    // A fast drift spreads one position over several: found once as it is, and again with the drift
    // of the first finding turned back.
    let mut drift_rad_s = 0.0;
    let mut cluster = Vec::new();
    for _ in 0..2 {
        let steady: Vec<[f64; 4]> = long
            .iter()
            .map(|w| {
                turned_about_vertical(&w.earth_from_sensor, -drift_rad_s * middle_s(w, samples))
            })
            .collect();
        cluster = match labelled
            .as_ref()
            .and_then(|window| nearest(&long, window, samples))
        {
            Some(k) => near(&steady, &steady[k], settings.cluster_rad),
            None => largest(&steady, settings.cluster_rad),
        };
        let own: Vec<&StillWindow> = cluster.iter().map(|&k| long[k]).collect();
        let drift = own
            .first()
            .and_then(|first| heading_drift(first, &own, samples));
        drift_rad_s = drift.unwrap_or(0.0);
    }
    let window = labelled
        .or_else(|| cluster.first().map(|&k| long[k].clone()))
        .ok_or(OrientationError::NoStillWindow {
            needed_s: settings.neutral_window_s,
        })?;
    let returns = returns(windows, &window, drift_rad_s, samples, settings);
    Ok(Neutral { window, returns })
}

/// Share of a return's heading that the followed drift takes over, and of its rate: a g-h filter,
/// slow enough that a miss of neutral is not followed, fast enough for a drift of 10 degrees a minute.
const FOLLOW: (f64, f64) = (0.4, 0.1);

/// The windows in neutral, in order of time. Neutral is followed as its heading drifts: forward and
/// backward in time from the neutral window, from one return to the next.
fn returns(
    windows: &[StillWindow],
    neutral: &StillWindow,
    drift_rad_s: f64,
    samples: &EvenSamples,
    settings: &StillSettings,
) -> Vec<StillWindow> {
    let middle = windows.partition_point(|w| w.samples.start < neutral.samples.start);
    let follow = |windows: &mut dyn Iterator<Item = &StillWindow>| {
        let (mut at_s, mut heading_rad) = (middle_s(neutral, samples), 0.0);
        let mut rate_rad_s = drift_rad_s;
        let mut found = Vec::new();
        for window in windows {
            let step_s = middle_s(window, samples) - at_s;
            let section_now = section(&samples.restarts_s, at_s + step_s);
            let restarted = section_now != section(&samples.restarts_s, at_s);
            // What lies across a restart says nothing of the rate.
            let (expected_rad, follow) = if restarted {
                (0.0, 0.0)
            } else {
                (heading_rad + rate_rad_s * step_s, FOLLOW.1)
            };
            let expected = turned_about_vertical(&neutral.earth_from_sensor, expected_rad);
            let there = &window.earth_from_sensor;
            if angle_between(&expected, there) <= settings.near_neutral_rad {
                let off_rad = heading_between(&expected, there);
                heading_rad = expected_rad + FOLLOW.0 * off_rad;
                rate_rad_s += follow * off_rad / step_s.abs().max(1.0).copysign(step_s);
                at_s += step_s;
                found.push(window.clone());
            }
        }
        found
    };
    let mut found = follow(&mut windows[..middle].iter().rev());
    found.reverse();
    found.extend(follow(&mut windows[middle..].iter()));
    found
}

/// Which orientations lie this close to one.
fn near(all: &[[f64; 4]], to: &[f64; 4], limit_rad: f64) -> Vec<usize> {
    let least = (limit_rad / 2.0).cos();
    (0..all.len())
        .filter(|&k| is_near(&all[k], to, least))
        .collect()
}

/// The cosine of half the angle between the orientations is no less: quicker to tell than the angle, and a
/// day's recording has thousands of windows to compare with each other.
fn is_near(a: &[f64; 4], b: &[f64; 4], least_cos_half: f64) -> bool {
    dot(a, b).abs() >= least_cos_half
}

/// Which orientations lie this close to the one that has the most so close to it; of several, the earliest.
fn largest(all: &[[f64; 4]], limit_rad: f64) -> Vec<usize> {
    let least = (limit_rad / 2.0).cos();
    let count = |k: usize| all.iter().filter(|q| is_near(q, &all[k], least)).count();
    let (mut center, mut most) = (0, 0);
    for k in 0..all.len() {
        let count = count(k);
        if count > most {
            (center, most) = (k, count);
        }
    }
    all.get(center)
        .map_or_else(Vec::new, |to| near(all, to, limit_rad))
}

/// The windows in the position with the most returns, in order.
pub(super) fn most_returns<'w>(
    windows: &[&'w StillWindow],
    settings: &StillSettings,
) -> Vec<&'w StillWindow> {
    let all: Vec<[f64; 4]> = windows.iter().map(|w| w.earth_from_sensor).collect();
    let cluster = largest(&all, settings.cluster_rad).into_iter();
    cluster.map(|k| windows[k]).collect()
}

/// The window nearest in time to another.
fn nearest(windows: &[&StillWindow], to: &StillWindow, samples: &EvenSamples) -> Option<usize> {
    let away_s = |k: &usize| (middle_s(windows[*k], samples) - middle_s(to, samples)).abs();
    (0..windows.len()).min_by(|a, b| away_s(a).total_cmp(&away_s(b)))
}

/// Middle of a window, seconds.
pub fn middle_s(window: &StillWindow, samples: &EvenSamples) -> f64 {
    let range = &window.samples;
    f64::midpoint(samples.time_s[range.start], samples.time_s[range.end - 1])
}

fn heading_drift(
    neutral: &StillWindow,
    windows: &[&StillWindow],
    samples: &EvenSamples,
) -> Option<f64> {
    let rests = rests(neutral, windows.iter().copied(), samples);
    slope(&rests, &samples.restarts_s)
}

/// Heading of each window from `neutral`.
pub fn rests<'w>(
    neutral: &StillWindow,
    windows: impl IntoIterator<Item = &'w StillWindow>,
    samples: &EvenSamples,
) -> Vec<Rest> {
    let rest = |window| Rest {
        time_s: middle_s(window, samples),
        heading_rad: heading_between(&neutral.earth_from_sensor, &window.earth_from_sensor),
    };
    windows.into_iter().map(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{UnitQuaternion, Vector3};

    /// Headings in degrees, each held for 2 s at 50 Hz with 1 s of turning between.
    fn held(headings_deg: &[f64]) -> EvenSamples {
        let mut heading = Vec::new();
        for (i, &h) in headings_deg.iter().enumerate() {
            heading.extend(std::iter::repeat_n(h, 100));
            if let Some(next) = headings_deg.get(i + 1) {
                heading.extend((0..50).map(|k| h + (next - h) * f64::from(k) / 50.0));
            }
        }
        let earth_from_sensor = heading
            .iter()
            .map(|h| {
                let q = UnitQuaternion::from_scaled_axis(Vector3::z() * h.to_radians());
                [q.w, q.i, q.j, q.k]
            })
            .collect();
        let n = heading.len();
        EvenSamples {
            rate_hz: 50.0,
            time_s: (0..n).map(|i| i as f64 / 50.0).collect(),
            earth_from_sensor,
            segments: vec![0..n],
            ..EvenSamples::default()
        }
    }

    fn neutral_of(samples: &EvenSamples) -> Neutral {
        let velocity = angular_velocity(
            &samples.earth_from_sensor,
            &samples.segments,
            samples.rate_hz,
        );
        let speed: Vec<f64> = velocity.iter().map(|v| v[2].abs()).collect();
        let windows = windows(samples, &speed, &StillSettings::default());
        neutral(&windows, samples, None, &StillSettings::default()).unwrap()
    }

    #[test]
    fn neutral_is_where_the_head_comes_back_to_not_where_the_sensor_lay_first() {
        let samples = held(&[120.0, 0.0, 60.0, 0.0, -60.0, 0.0, 60.0, 0.0]);
        let neutral = neutral_of(&samples);
        assert!((samples.time_s[neutral.window.samples.start] - 3.0).abs() < 0.1);
        assert_eq!(neutral.returns.len(), 4);
    }

    #[test]
    fn heading_drift_is_a_slope_and_does_not_lose_neutral() {
        let drift: Vec<f64> = (0..20)
            .map(|i| {
                if i % 2 == 0 {
                    f64::from(i)
                } else {
                    50.0 + f64::from(i)
                }
            })
            .collect();
        let samples = held(&drift);
        let neutral = neutral_of(&samples);
        let returns: Vec<&StillWindow> = neutral.returns.iter().collect();
        let drift_rad_s = heading_drift(&neutral.window, &returns, &samples).unwrap();
        let deg_per_s = drift_rad_s.to_degrees();
        assert!((deg_per_s - 1.0 / 3.0).abs() < 0.02, "{deg_per_s}");
        assert_eq!(neutral.returns.len(), 10);
    }

    #[test]
    fn a_gyroscope_sample_without_a_value_spoils_no_other() {
        let mut samples = held(&[0.0, 0.0]);
        let mut gyro = vec![[0.2, 0.0, 0.0]; samples.time_s.len()];
        gyro[0] = [f64::NAN; 3];
        gyro[7] = [f64::NAN; 3];
        samples.gyro_rad_s = Some(gyro);
        assert!(low_pass(&mut samples, 6.0));
        let gyro = samples.gyro_rad_s.unwrap();
        let missing: Vec<usize> = (0..gyro.len()).filter(|&k| gyro[k][0].is_nan()).collect();
        assert_eq!(missing, [0, 7]);
        assert!((gyro[1][0] - 0.2).abs() < 1e-9 && (gyro[20][0] - 0.2).abs() < 1e-9);
    }

    #[test]
    fn constant_turning_gives_its_speed() {
        let quaternions: Vec<[f64; 4]> = (0..100)
            .map(|k| {
                let half = f64::from(k) * 0.02;
                [half.cos(), half.sin(), 0.0, 0.0]
            })
            .collect();
        for v in angular_velocity(&quaternions, &[0..100], 50.0) {
            assert!((v[0] - 2.0).abs() < 1e-5 && v[1].abs() < 1e-9, "{v:?}");
        }
    }

    #[test]
    fn a_head_that_never_rests_has_no_neutral() {
        let samples = held(&[0.0, 10.0]);
        let refused = neutral(&[], &samples, None, &StillSettings::default());
        assert!(matches!(
            refused,
            Err(OrientationError::NoStillWindow { .. })
        ));
    }
}
