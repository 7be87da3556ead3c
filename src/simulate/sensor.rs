//! A sensor on the subject: its samples, and its faults.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use super::motion::{Motion, about_up, upright};
use super::numbers::{Numbers, Purpose};
use super::settings::Settings;
use crate::frames::{Earth, Rotation, Sensor};
use crate::sample::{Clock, SensorPlace, SensorSamples};
use crate::units::{SECONDS_PER_MINUTE, STANDARD_GRAVITY_M_S2};

/// The head sensor, from C7 in head axes, metres.
const HEAD_POINT_M: Vector3<f64> = Vector3::new(0.08, 0.20, 0.0);
/// The trunk sensor on the breastbone, from the trunk's turning point in trunk axes, metres.
const TRUNK_POINT_M: Vector3<f64> = Vector3::new(0.12, 0.35, 0.0);
/// Step of the central difference for acceleration, seconds.
const STEP_S: f64 = 1e-3;

/// One sensor of a simulated recording.
pub(super) struct Device<'a> {
    settings: &'a Settings,
    motion: &'a Motion,
    place: SensorPlace,
    segment_from_sensor: UnitQuaternion<f64>,
}

impl<'a> Device<'a> {
    pub(super) fn new(settings: &'a Settings, motion: &'a Motion, place: SensorPlace) -> Self {
        let crooked_deg = match place {
            SensorPlace::Head => settings.crooked_deg,
            SensorPlace::Trunk => settings.trunk_crooked_deg,
        };
        let crooked = UnitQuaternion::from_scaled_axis(radians(crooked_deg));
        Self {
            settings,
            motion,
            place,
            segment_from_sensor: crooked * upright().inverse(),
        }
    }

    /// How it sits on its segment: quaternion w, x, y, z.
    pub(super) fn segment_from_sensor_wxyz(&self) -> [f64; 4] {
        Rotation::<Earth, Sensor>::claim(self.segment_from_sensor).wxyz()
    }

    /// All its samples until the end of the movement; a lost one is absent.
    pub(super) fn samples(&self) -> SensorSamples {
        let clock = self.clock();
        let times_s = &clock.times_s(self.settings.rate_hz, self.motion.end_s());
        let kept = self.kept(times_s.len());
        let keep = |n: &usize| kept[*n];
        let channels = self.settings.channels;
        let quaternions = channels.has_quaternion().then(|| self.quaternions(times_s));
        let gyro = channels.has_raw().then(|| self.gyro_rad_s(times_s));
        let accel = channels.has_raw().then(|| self.accel_m_s2(times_s));
        let rows: Vec<usize> = (0..times_s.len()).filter(keep).collect();
        SensorSamples {
            name: self.place.name().to_owned(),
            place: Some(self.place),
            clock: Clock::Own,
            time_s: rows.iter().map(|&n| clock.reading_s(times_s[n])).collect(),
            earth_from_sensor: quaternions.map(|all| pick(&all, &rows)),
            gyro_rad_s: gyro.map(|all| pick(&all, &rows)),
            accel_m_s2: accel.map(|all| pick(&all, &rows)),
            mag_ut: None,
            angles_off_deg: None,
        }
    }

    /// The clock it keeps.
    pub(super) fn clock(&self) -> DeviceClock {
        match (self.place, self.settings.trunk_clock) {
            (SensorPlace::Trunk, Some(own)) => DeviceClock {
                start_s: own.offset_s,
                factor: 1.0 + own.error_ppm * 1e-6,
            },
            _ => DeviceClock {
                start_s: 0.0,
                factor: 1.0 + self.settings.clock_error_ppm * 1e-6,
            },
        }
    }

    fn numbers(&self, purpose: Purpose) -> Numbers {
        Numbers::new(
            self.settings.seed,
            purpose,
            usize::from(self.place == SensorPlace::Trunk),
        )
    }

    /// Which samples arrive; the first always does.
    fn kept(&self, count: usize) -> Vec<bool> {
        let mut numbers = self.numbers(Purpose::Lost);
        (0..count)
            .map(|n| numbers.uniform() >= self.settings.lost || n == 0)
            .collect()
    }

    /// The true orientation.
    fn earth_from_sensor(&self, time_s: f64) -> UnitQuaternion<f64> {
        let earth_from_segment = match self.place {
            SensorPlace::Head => self.motion.earth_from_head(time_s).quaternion(),
            SensorPlace::Trunk => self.motion.earth_from_trunk(time_s).quaternion(),
        };
        earth_from_segment * self.segment_from_sensor
    }

    /// What the device says its orientation is: with heading drift, noise and rounding.
    fn quaternions(&self, times_s: &[f64]) -> Vec<Quaternion<f64>> {
        let mut numbers = self.numbers(Purpose::QuaternionNoise);
        let noise_rad = self.settings.quaternion_noise_deg.to_radians();
        let digits = self.settings.quaternion_digits;
        let mut device = |&time_s: &f64| {
            let noise = UnitQuaternion::from_scaled_axis(numbers.normal_vector() * noise_rad);
            let drift = about_up(self.drift_rad_s() * time_s);
            rounded(drift * self.earth_from_sensor(time_s) * noise, digits)
        };
        times_s.iter().map(&mut device).collect()
    }

    fn drift_rad_s(&self) -> f64 {
        let deg_min = match self.place {
            SensorPlace::Head => self.settings.heading_drift_deg_min,
            SensorPlace::Trunk => self.settings.trunk_heading_drift_deg_min,
        };
        deg_min.to_radians() / SECONDS_PER_MINUTE
    }

    /// Angular velocity in sensor axes: the mean over the sample's own interval, half before its time
    /// and half after, so that it adds up to the orientation exactly.
    fn gyro_rad_s(&self, times_s: &[f64]) -> Vec<Vector3<f64>> {
        let mut numbers = self.numbers(Purpose::GyroNoise);
        let noise_rad_s = self.noise(self.settings.gyro_noise_deg_s_rthz.to_radians());
        let bias_rad_s = radians(self.settings.gyro_bias_deg_s);
        let interval_s = 1.0 / self.settings.rate_hz;
        let mut device = |&time_s: &f64| {
            let before = self.earth_from_sensor(time_s - interval_s / 2.0);
            let after = self.earth_from_sensor(time_s + interval_s / 2.0);
            let true_rad_s = (before.inverse() * after).scaled_axis() / interval_s;
            true_rad_s + bias_rad_s + numbers.normal_vector() * noise_rad_s
        };
        times_s.iter().map(&mut device).collect()
    }

    /// Specific force in sensor axes: at rest, gravity's opposite.
    fn accel_m_s2(&self, times_s: &[f64]) -> Vec<Vector3<f64>> {
        let mut numbers = self.numbers(Purpose::AccelNoise);
        let noise_m_s2 =
            self.noise(self.settings.accel_noise_ug_rthz * 1e-6 * STANDARD_GRAVITY_M_S2);
        let mut device = |&time_s: &f64| {
            let force = self.point_accel_m_s2(time_s) + Vector3::z() * STANDARD_GRAVITY_M_S2;
            let true_m_s2 = self.earth_from_sensor(time_s).inverse() * force;
            true_m_s2 + numbers.normal_vector() * noise_m_s2
        };
        times_s.iter().map(&mut device).collect()
    }

    /// Acceleration of where it sits, earth axes.
    fn point_accel_m_s2(&self, time_s: f64) -> Vector3<f64> {
        let [before, now, after] = [-STEP_S, 0.0, STEP_S].map(|step| self.point_m(time_s + step));
        (before + after - now * 2.0) / (STEP_S * STEP_S)
    }

    fn point_m(&self, time_s: f64) -> Vector3<f64> {
        match self.place {
            SensorPlace::Head => self.motion.head_point_m(&HEAD_POINT_M, time_s),
            SensorPlace::Trunk => self.motion.trunk_point_m(&TRUNK_POINT_M, time_s),
        }
    }

    /// Standard deviation of white noise of this density over half the sample rate.
    fn noise(&self, density_rthz: f64) -> f64 {
        density_rthz * (self.settings.rate_hz / 2.0).sqrt()
    }
}

/// A device's clock: when it starts, and how fast it runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeviceClock {
    pub(super) start_s: f64,
    pub(super) factor: f64,
}

impl DeviceClock {
    /// What it reads at a true time.
    pub(super) fn reading_s(&self, time_s: f64) -> f64 {
        (time_s - self.start_s) * self.factor
    }

    /// True times of its samples, from its start to the end.
    fn times_s(&self, rate_hz: f64, end_s: f64) -> Vec<f64> {
        let mut times_s = Vec::new();
        let mut sample = 0.0;
        while self.start_s + sample / rate_hz <= end_s {
            times_s.push(self.start_s + sample / rate_hz);
            sample += 1.0;
        }
        times_s
    }
}

fn radians(degrees: [f64; 3]) -> Vector3<f64> {
    Vector3::from(degrees).map(f64::to_radians)
}

fn pick<T: Copy>(all: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|&n| all[n]).collect()
}

/// Components as the device gives them: w not negative, so many digits after the point.
fn rounded(q: UnitQuaternion<f64>, digits: usize) -> Quaternion<f64> {
    let scale = (0..digits).fold(1.0, |scale, _| scale * 10.0);
    let [w, x, y, z] = Rotation::<Earth, Sensor>::claim(q)
        .wxyz()
        .map(|c| (c * scale).round() / scale);
    Quaternion::new(w, x, y, z)
}
