//! Tones as samples: short sines with soft ends. A step begins high and ends falling; a warning comes
//! three times.

use std::f64::consts::TAU;

use crate::capture::live::Tone;

/// Samples a second.
pub(super) const RATE_HZ: u32 = 44_100;
/// Of full scale.
const LEVEL: f64 = 0.5;
/// How long a note swells, and fades: without it, it clicks, seconds.
const FADE_S: f64 = 0.01;

/// Notes in order: hertz, zero for a pause, and seconds.
const fn notes(tone: Tone) -> &'static [(f64, f64)] {
    match tone {
        Tone::Begin => &[(880.0, 0.25)],
        Tone::End => &[(587.0, 0.15), (392.0, 0.3)],
        Tone::Warning => &[
            (988.0, 0.1),
            (0.0, 0.08),
            (988.0, 0.1),
            (0.0, 0.08),
            (988.0, 0.1),
        ],
    }
}

/// The samples, one channel, -1 to 1.
pub(super) fn samples(tone: Tone) -> Vec<f32> {
    let note = |&(hz, seconds): &(f64, f64)| {
        let count = (seconds * f64::from(RATE_HZ)) as usize;
        (0..count).map(move |k| {
            let at_s = k as f64 / f64::from(RATE_HZ);
            let to_edge_s = at_s.min(seconds - at_s);
            let swell = (to_edge_s / FADE_S).min(1.0);
            (LEVEL * swell * (TAU * hz * at_s).sin()) as f32
        })
    };
    notes(tone).iter().flat_map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often it goes through zero in this part of a second, as a frequency, Hz.
    fn frequency_hz(samples: &[f32]) -> f64 {
        let crossings = samples
            .windows(2)
            .filter(|pair| pair[0].is_sign_positive() != pair[1].is_sign_positive())
            .count();
        crossings as f64 / 2.0 * f64::from(RATE_HZ) / samples.len() as f64
    }

    #[test]
    fn tones_are_soft_at_their_ends_and_never_click() {
        // No sine of the highest note steeper than this, from sample to sample.
        let steepest = TAU * 988.0 / f64::from(RATE_HZ) * LEVEL * 1.1;
        for tone in [Tone::Begin, Tone::End, Tone::Warning] {
            let samples = samples(tone);
            let [first, .., last] = samples[..] else {
                panic!("{tone:?} is silent");
            };
            assert!(first.abs() < 0.01 && last.abs() < 0.01, "{tone:?}");
            let largest = samples.iter().fold(0.0_f32, |max, s| max.max(s.abs()));
            assert!((0.45..=0.5).contains(&largest), "{tone:?}: {largest}");
            let step = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs());
            assert!(f64::from(step.fold(0.0, f32::max)) < steepest, "{tone:?}");
            let seconds = samples.len() as f64 / f64::from(RATE_HZ);
            assert!((0.2..0.6).contains(&seconds), "{tone:?}: {seconds}");
        }
    }

    #[test]
    fn begin_is_high_and_end_falls() {
        let (begin, end) = (samples(Tone::Begin), samples(Tone::End));
        let tenth = RATE_HZ as usize / 10;
        assert!((frequency_hz(&begin) - 880.0).abs() < 10.0);
        assert!((frequency_hz(&end[..tenth]) - 587.0).abs() < 10.0);
        assert!((frequency_hz(&end[end.len() - tenth..]) - 392.0).abs() < 10.0);
    }
}
