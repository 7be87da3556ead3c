//! The range of every setting.

use super::error::SimulateError;
use super::settings::Settings;
use crate::movement::Movement;

impl Settings {
    /// Every setting is in its range, and there is something to do.
    ///
    /// # Errors
    /// The first setting that is not, with its range.
    pub fn check(&self) -> Result<(), SimulateError> {
        self.check_movements()?;
        self.check_labels()?;
        for movement in Movement::ALL {
            within(movement.name(), self.peak_deg_of(movement), 5.0, 120.0)?;
        }
        for (name, vector) in self.vectors() {
            vector
                .iter()
                .try_for_each(|&value| within(name, value, -360.0, 360.0))?;
        }
        self.clock_scalars()
            .iter()
            .chain(&self.scalars())
            .try_for_each(|&(name, value, low, high)| within(name, value, low, high))
    }

    fn check_movements(&self) -> Result<(), SimulateError> {
        if self.movements.is_empty() || self.practice + self.recorded == 0 {
            return Err(SimulateError::Nothing);
        }
        let count = |which| {
            self.movements
                .iter()
                .filter(|&&movement| movement == which)
                .count()
        };
        match Movement::ALL
            .into_iter()
            .find(|&movement| count(movement) > 1)
        {
            Some(movement) => Err(SimulateError::Twice(movement.name())),
            None => Ok(()),
        }
    }

    /// Labels become parts of file names.
    fn check_labels(&self) -> Result<(), SimulateError> {
        let plain =
            |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric());
        for (name, label) in [("subject", &self.subject), ("visit", &self.visit)] {
            if !plain(label) {
                return Err(SimulateError::Label {
                    name,
                    label: label.clone(),
                });
            }
        }
        match &self.date {
            Some(date) if !is_date(date) => Err(SimulateError::Date(date.clone())),
            _ => Ok(()),
        }
    }

    const fn vectors(&self) -> [(&'static str, &[f64; 3]); 3] {
        [
            ("crooked_deg", &self.crooked_deg),
            ("trunk_crooked_deg", &self.trunk_crooked_deg),
            ("gyro_bias_deg_s", &self.gyro_bias_deg_s),
        ]
    }

    /// As [`Self::scalars`], for the trunk sensor's own clock; what is not there is in range.
    fn clock_scalars(&self) -> [(&'static str, f64, f64, f64); 2] {
        let clock = self.trunk_clock.unwrap_or_default();
        [
            (
                "trunk_clock_error_ppm",
                clock.error_ppm,
                -100_000.0,
                100_000.0,
            ),
            ("trunk_clock_offset_s", clock.offset_s, -600.0, 600.0),
        ]
    }

    /// Name, value, lowest and highest allowed.
    const fn scalars(&self) -> [(&'static str, f64, f64, f64); 22] {
        [
            ("rate_hz", self.rate_hz, 5.0, 2000.0),
            ("practice", self.practice as f64, 0.0, 100.0),
            ("recorded", self.recorded as f64, 0.0, 100.0),
            ("nod_pause_s", self.nod_pause_s, 0.0, 10.0),
            ("nods", self.nods as f64, 0.0, 100.0),
            ("nod_peak_deg", self.nod_peak_deg, 1.0, 60.0),
            ("spread_deg", self.spread_deg, 0.0, 20.0),
            ("coupling", self.coupling, 0.0, 0.9),
            ("nod_coupling", self.nod_coupling, 0.0, 0.9),
            ("speed_deg_s", self.speed_deg_s, 1.0, 300.0),
            ("hold_s", self.hold_s, 0.0, 60.0),
            ("reposition_deg", self.reposition_deg, 0.0, 10.0),
            ("tremor_deg", self.tremor_deg, 0.0, 5.0),
            ("trunk_follows", self.trunk_follows, 0.0, 0.5),
            (
                "heading_drift_deg_min",
                self.heading_drift_deg_min,
                -60.0,
                60.0,
            ),
            (
                "trunk_heading_drift_deg_min",
                self.trunk_heading_drift_deg_min,
                -60.0,
                60.0,
            ),
            (
                "gyro_noise_deg_s_rthz",
                self.gyro_noise_deg_s_rthz,
                0.0,
                10.0,
            ),
            (
                "accel_noise_ug_rthz",
                self.accel_noise_ug_rthz,
                0.0,
                100_000.0,
            ),
            ("quaternion_noise_deg", self.quaternion_noise_deg, 0.0, 10.0),
            (
                "quaternion_digits",
                self.quaternion_digits as f64,
                2.0,
                16.0,
            ),
            ("lost", self.lost, 0.0, 0.9),
            (
                "clock_error_ppm",
                self.clock_error_ppm,
                -100_000.0,
                100_000.0,
            ),
        ]
    }
}

fn within(name: &'static str, value: f64, low: f64, high: f64) -> Result<(), SimulateError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(SimulateError::OutOfRange {
        name,
        value,
        low,
        high,
    })
}

/// Four digits, two and two, with dashes.
fn is_date(date: &str) -> bool {
    let shape = date
        .bytes()
        .map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    shape.eq(*b"0000-00-00")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::TrunkClock;

    #[test]
    fn a_bad_setting_is_refused_by_name_and_range() {
        let refused = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check().unwrap_err().to_string()
        };
        assert_eq!(
            refused(|s| s.rate_hz = 0.0),
            "rate_hz is 0, but must lie in 5 to 2000"
        );
        assert!(refused(|s| s.lost = f64::NAN).starts_with("lost is NaN"));
        let late = |s: &mut Settings| {
            s.trunk_clock = Some(TrunkClock {
                offset_s: 1e4,
                ..TrunkClock::default()
            });
        };
        assert!(refused(late).starts_with("trunk_clock_offset_s is 10000"));
        assert!(refused(|s| s.peak_deg[4] = 200.0).starts_with("rotation_left is 200"));
        assert!(refused(|s| s.crooked_deg[1] = f64::INFINITY).starts_with("crooked_deg is inf"));
        assert!(refused(|s| s.movements.clear()).contains("nothing to simulate"));
        assert!(refused(|s| (s.practice, s.recorded) = (0, 0)).contains("nothing to simulate"));
        assert!(refused(|s| s.subject = "../x".to_owned()).contains("letters and digits"));
        assert!(refused(|s| s.date = Some("today".to_owned())).contains("YYYY-MM-DD"));
        assert!(refused(|s| s.movements.push(Movement::Flexion)).contains("flexion"));
    }
}
