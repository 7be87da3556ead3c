//! Smoothness of one outward movement, from its angular speed.

use std::cell::RefCell;

use realfft::RealFftPlanner;

use super::Smoothness;

/// Rate to which a speed profile is brought before measuring, Hz.
pub const RATE_HZ: f64 = 100.0;
/// Zero padding: the spectrum has 2^(this) times the points, rounded up to a power of two.
const PADDING_LEVEL: u32 = 4;
/// Highest frequency looked at, Hz.
const FREQUENCY_HZ_MAX: f64 = 10.0;
/// Share of the spectrum's maximum below which its tail is cut.
const AMPLITUDE_MIN: f64 = 0.05;
/// A peak of speed counts above this share of the largest, and when it stands out by as much.
const PEAK_SHARE: f64 = 0.1;
/// Fewest samples of a movement that can be judged.
const SAMPLES_MIN: usize = 10;

thread_local! {
    /// Plans of the sizes met so far: making one costs more than using it.
    static PLANNER: RefCell<RealFftPlanner<f64>> = RefCell::new(RealFftPlanner::new());
}

/// Measures a speed profile (any unit) sampled at `rate_hz`; `None` when it is shorter than 0.1 s
/// or nothing moves.
pub fn measure(speed: &[f64], rate_hz: f64) -> Option<Smoothness> {
    let speed = resampled(speed, rate_hz)?;
    Some(Smoothness {
        sparc: sparc(&speed, RATE_HZ)?,
        ldlj: ldlj(&speed, RATE_HZ)?,
        velocity_peaks: velocity_peaks(&speed),
    })
}

/// The profile at [`RATE_HZ`], by linear interpolation.
fn resampled(speed: &[f64], rate_hz: f64) -> Option<Vec<f64>> {
    if speed.is_empty() {
        return None;
    }
    if (rate_hz / RATE_HZ - 1.0).abs() < 1e-6 {
        return (speed.len() >= SAMPLES_MIN).then(|| speed.to_vec());
    }
    let count = ((speed.len() - 1) as f64 / rate_hz * RATE_HZ + 1e-6).floor() as usize + 1;
    let at = |k: usize| {
        let x = k as f64 * rate_hz / RATE_HZ;
        let i = (x as usize).min(speed.len() - 1);
        let next = speed[(i + 1).min(speed.len() - 1)];
        speed[i] + (x - i as f64) * (next - speed[i])
    };
    (count >= SAMPLES_MIN).then(|| (0..count).map(at).collect())
}

/// Spectral arc length of a speed profile (Balasubramanian et al., *Journal of NeuroEngineering and
/// Rehabilitation* 12:112, 2015): dimensionless, more negative is less smooth. `None` when the
/// profile is empty or zero. Speeds are not negative, so that their spectrum is largest at frequency zero.
pub fn sparc(speed: &[f64], rate_hz: f64) -> Option<f64> {
    let size = speed.len().checked_next_power_of_two()? << PADDING_LEVEL;
    let mut padded = speed.to_vec();
    padded.resize(size, 0.0);
    let plan = PLANNER.with_borrow_mut(|planner| planner.plan_fft_forward(size));
    let mut spectrum = plan.make_output_vec();
    plan.process(&mut padded, &mut spectrum).ok()?;
    let step_hz = rate_hz / size as f64;
    let used = ((FREQUENCY_HZ_MAX / step_hz).floor() as usize + 1).min(spectrum.len());
    let largest = spectrum.first()?.re;
    if !(largest > 0.0 && largest.is_finite()) {
        return None;
    }
    let share: Vec<f64> = spectrum[..used]
        .iter()
        .map(|c| c.norm_sqr().sqrt() / largest)
        .collect();
    let last = share.iter().rposition(|&s| s >= AMPLITUDE_MIN)?;
    if last == 0 {
        return None;
    }
    let step = 1.0 / last as f64;
    let arc: f64 = share[..=last]
        .windows(2)
        .map(|w| (step * step + (w[1] - w[0]).powi(2)).sqrt())
        .sum();
    Some(-arc)
}

/// Log dimensionless jerk of a speed profile (the same authors): -ln of squared jerk, made
/// dimensionless by duration and peak speed. Very sensitive to noise and to where the profile is cut.
pub fn ldlj(speed: &[f64], rate_hz: f64) -> Option<f64> {
    let peak = speed.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    let step_s = 1.0 / rate_hz;
    let duration_s = speed.len() as f64 * step_s;
    let jerk = |w: &[f64]| (w[2] - 2.0 * w[1] + w[0]) / (step_s * step_s);
    let squared: f64 = speed.windows(3).map(|w| jerk(w).powi(2)).sum();
    let dimensionless = duration_s.powi(3) / (peak * peak) * squared * step_s;
    (dimensionless.is_finite() && dimensionless > 0.0).then(|| -dimensionless.ln())
}

/// Local maxima over 10 % of the largest that stand out by 10 % of it.
pub fn velocity_peaks(speed: &[f64]) -> usize {
    let largest = speed.iter().copied().fold(0.0, f64::max);
    let margin = PEAK_SHARE * largest;
    let (mut peaks, mut low, mut high, mut rising) = (0, f64::INFINITY, 0.0_f64, true);
    for &v in speed {
        if rising {
            high = high.max(v);
            low = low.min(v);
            if high - v >= margin && high > margin {
                peaks += 1;
                rising = false;
                low = v;
            }
        } else {
            low = low.min(v);
            if v - low >= margin {
                rising = true;
                high = v;
            }
        }
    }
    // A profile that is cut at its top has a peak there.
    peaks + usize::from(rising && high > margin && high - low >= margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Minimum-jerk speed of `n` equal movements, one after the other, in `duration_s`
    /// (Flash and Hogan, *Journal of Neuroscience* 5 (1985) 1688-1703).
    fn minimum_jerk(n: usize, duration_s: f64) -> Vec<f64> {
        let samples = (duration_s * 100.0).round() as usize;
        let one_s = duration_s / n as f64;
        (0..samples)
            .map(|k| {
                let s = (k as f64 / 100.0 / one_s).fract();
                30.0 * s * s * (1.0 - s) * (1.0 - s) / one_s
            })
            .collect()
    }

    /// Expected values computed with the reference implementation of SPARC (siva82kb/SPARC).
    #[test]
    fn agrees_with_the_reference() {
        let gaussian: Vec<f64> = (0..200)
            .map(|k| (-5.0 * (f64::from(k) / 100.0 - 1.0).powi(2)).exp())
            .collect();
        let rows = [
            (gaussian, -1.41403, -5.81636),
            (minimum_jerk(1, 1.0), -1.40583, -5.22414),
            (minimum_jerk(1, 2.0), -1.40583, -5.27255),
            (minimum_jerk(1, 4.0), -1.40583, -5.29716),
            (minimum_jerk(2, 3.0), -2.2664, -8.06206),
            (minimum_jerk(3, 3.0), -2.70384, -9.68423),
            (minimum_jerk(5, 3.0), -3.36297, -11.72744),
        ];
        for (row, (speed, expected_sparc, expected_ldlj)) in rows.iter().enumerate() {
            let (sparc, ldlj) = (sparc(speed, 100.0).unwrap(), ldlj(speed, 100.0).unwrap());
            assert!((sparc - expected_sparc).abs() < 6e-6, "row {row}: {sparc}");
            assert!((ldlj - expected_ldlj).abs() < 6e-6, "row {row}: {ldlj}");
        }
    }

    #[test]
    fn stops_are_counted_as_peaks() {
        for n in 1..=5 {
            assert_eq!(velocity_peaks(&minimum_jerk(n, 3.0)), n);
        }
        assert_eq!(velocity_peaks(&[0.0; 50]), 0);
    }

    #[test]
    fn another_rate_gives_nearly_the_same() {
        let at_400: Vec<f64> = (0..800)
            .map(|k| {
                let s = f64::from(k) / 800.0;
                30.0 * s * s * (1.0 - s) * (1.0 - s)
            })
            .collect();
        let found = measure(&at_400, 400.0).unwrap();
        assert!((found.sparc + 1.40583).abs() < 1e-3 && (found.ldlj + 5.27255).abs() < 1e-2);
    }

    #[test]
    fn nothing_and_stillness_have_no_smoothness() {
        assert!(measure(&[], 100.0).is_none());
        assert!(measure(&[0.0; 100], 100.0).is_none());
        assert!(measure(&[1.0; 5], 100.0).is_none());
    }
}
