//! A sensor that started anew: its heading has another zero since.
//!
//! How far the head turned meanwhile is not known, but a person comes back to neutral: the upright
//! position that the head keeps coming back to in each section between restarts is given one heading. How
//! well each was met cannot be told across a restart; the drift is estimated with a level for each section
//! ([`super::heading`]).

use super::clock::EvenSamples;
use super::heading::{heading_between, section, turned_about_vertical};
use super::still::{StillSettings, StillWindow, most_returns};
use super::up_in_sensor;

/// Turns each section of the samples about the vertical so that its neutral has the heading of the
/// others'; and the windows with them. A section that rests in no such position stays as it is.
pub fn join(samples: &mut EvenSamples, windows: &mut [StillWindow], settings: &StillSettings) {
    if samples.restarts_s.is_empty() {
        return;
    }
    let turns_rad = turns(samples, windows, settings);
    let turned = |q: &mut [f64; 4], time_s: f64| {
        let turn_rad = turns_rad[section(&samples.restarts_s, time_s)];
        if turn_rad != 0.0 {
            *q = turned_about_vertical(q, turn_rad);
        }
    };
    for window in windows {
        let time_s = samples.time_s[window.samples.start];
        turned(&mut window.earth_from_sensor, time_s);
    }
    for (q, time_s) in samples.earth_from_sensor.iter_mut().zip(&samples.time_s) {
        turned(q, *time_s);
    }
}

/// How far each section is to be turned, radians, to the left positive.
fn turns(samples: &EvenSamples, windows: &[StillWindow], settings: &StillSettings) -> Vec<f64> {
    let sections = samples.restarts_s.len() + 1;
    let shortest = settings.neutral_samples(samples.rate_hz);
    let mut own: Vec<Vec<&StillWindow>> = vec![Vec::new(); sections];
    for window in windows.iter().filter(|w| w.samples.len() >= shortest) {
        let time_s = samples.time_s[window.samples.start];
        own[section(&samples.restarts_s, time_s)].push(window);
    }
    let upright = own.iter().map(|windows| most_returns(windows, settings));
    let Some(reference) = upright
        .max_by_key(Vec::len)
        .and_then(|all| all.first().copied())
    else {
        return vec![0.0; sections];
    };
    let up = up_in_sensor(&reference.earth_from_sensor);
    let tilted_alike = |window: &&StillWindow| {
        up_in_sensor(&window.earth_from_sensor).angle(&up) <= settings.cluster_rad
    };
    let turn = |mut windows: Vec<&StillWindow>| {
        windows.retain(tilted_alike);
        most_returns(&windows, settings)
            .first()
            .map_or(0.0, |neutral| {
                heading_between(&neutral.earth_from_sensor, &reference.earth_from_sensor)
            })
    };
    own.into_iter().map(turn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{UnitQuaternion, Vector3};

    /// Rests of 2 s at these headings and tilts, degrees, at 50 Hz, a second apart.
    fn rests(places: &[(f64, f64)]) -> (EvenSamples, Vec<StillWindow>) {
        let mut samples = EvenSamples {
            rate_hz: 50.0,
            ..EvenSamples::default()
        };
        let mut windows = Vec::new();
        for (k, (heading_deg, tilt_deg)) in places.iter().enumerate() {
            let q = UnitQuaternion::from_scaled_axis(Vector3::z() * heading_deg.to_radians())
                * UnitQuaternion::from_scaled_axis(Vector3::y() * tilt_deg.to_radians());
            let earth_from_sensor = [q.w, q.i, q.j, q.k];
            let start = samples.time_s.len();
            let times = (0..100).map(|n| 3.0 * k as f64 + f64::from(n) / 50.0);
            samples.time_s.extend(times);
            samples
                .earth_from_sensor
                .resize(start + 100, earth_from_sensor);
            windows.push(StillWindow {
                samples: start..start + 100,
                earth_from_sensor,
            });
        }
        samples.segments = vec![0..samples.time_s.len()];
        (samples, windows)
    }

    #[test]
    fn neutral_has_one_heading_before_and_after() {
        let before = [
            (10.0, 0.0),
            (60.0, 0.0),
            (12.0, 0.0),
            (10.0, 30.0),
            (9.0, 1.0),
        ];
        let after = [(200.0, 30.0), (130.0, 0.0), (80.0, 0.0), (131.0, 2.0)];
        let (mut samples, mut windows) = rests(&[&before[..], &after[..]].concat());
        samples.restarts_s = vec![14.5];
        join(&mut samples, &mut windows, &StillSettings::default());
        let heading_deg = |k: usize| {
            heading_between(&[1.0, 0.0, 0.0, 0.0], &windows[k].earth_from_sensor).to_degrees()
        };
        for (k, wanted_deg) in [(0, 10.0), (4, 9.0), (6, 10.0), (7, -40.0), (8, 11.0)] {
            assert!(
                (heading_deg(k) - wanted_deg).abs() < 0.1,
                "{k}: {}",
                heading_deg(k)
            );
            let sample = &samples.earth_from_sensor[windows[k].samples.start];
            let apart_rad = heading_between(sample, &windows[k].earth_from_sensor);
            assert!(apart_rad.abs() < 1e-9, "{k}");
        }
    }

    #[test]
    fn a_section_that_never_rests_upright_stays() {
        let (mut samples, mut windows) = rests(&[(0.0, 0.0), (90.0, 70.0)]);
        samples.restarts_s = vec![2.5, 100.0];
        let as_it_was = samples.clone();
        join(&mut samples, &mut windows, &StillSettings::default());
        assert_eq!(samples, as_it_was);
        join(&mut samples, &mut [], &StillSettings::default());
        assert_eq!(samples, as_it_was);
    }
}
