//! Made sessions, and the files they are kept in.

use std::fmt::Write as _;
use std::path::Path;

use nalgebra::{UnitQuaternion, Vector3};
use neckrom::sample::{About, Recording, SensorSamples};
use neckrom::write::{native_csv, parquet};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Sessions of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) count: usize,
    pub(crate) seconds: f64,
    pub(crate) rate_hz: f64,
}

impl Kind {
    /// Samples of all sessions.
    pub(crate) fn samples(&self) -> f64 {
        self.count as f64 * self.seconds * self.rate_hz
    }

    /// Writes all sessions into a folder, and tells their bytes.
    pub(crate) fn write(&self, folder: &Path, form: Form) -> usize {
        std::fs::create_dir_all(folder).unwrap();
        let one = |number: usize| {
            let bytes = form.bytes(&Session::new(number as u64, self.seconds, self.rate_hz));
            let name = format!("{number:04}.{}", form.ending());
            std::fs::write(folder.join(name), &bytes).unwrap();
            bytes.len()
        };
        (0..self.count).map(one).sum()
    }
}

/// What a session is kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `t,qw,qx,qy,qz`, as anybody would write it.
    Plain,
    /// The program's own columns, as CSV.
    Native,
    /// The same as Parquet.
    Parquet,
    /// Gyroscope and accelerometer alone, as CSV.
    RawNative,
    /// The same as Parquet.
    RawParquet,
}

impl Form {
    pub(crate) const ALL: [Self; 5] = [
        Self::Plain,
        Self::Native,
        Self::Parquet,
        Self::RawNative,
        Self::RawParquet,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "CSV",
            Self::Native => "neckrom CSV",
            Self::Parquet => "Parquet",
            Self::RawNative => "raw, neckrom CSV",
            Self::RawParquet => "raw, Parquet",
        }
    }

    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Plain | Self::Native | Self::RawNative => "csv",
            Self::Parquet | Self::RawParquet => "parquet",
        }
    }

    /// The session as a file.
    pub(crate) fn bytes(self, session: &Session) -> Vec<u8> {
        match self {
            Self::Plain => session.plain().into_bytes(),
            Self::Native => native(&session.turned()),
            Self::Parquet => parquet(&session.turned()).unwrap(),
            Self::RawNative => native(&session.raw()),
            Self::RawParquet => parquet(&session.raw()).unwrap(),
        }
    }
}

fn native(recording: &Recording) -> Vec<u8> {
    let digits = native_csv::Digits {
        time: 6,
        quaternion: 7,
        raw: 7,
    };
    let comment = ["neckrom recording 1".to_owned()];
    native_csv::native_csv_with(recording, &comment, Some(&digits))
}

/// Axis in the head's frame (X forward, Y left, Z up) and largest peak, degrees, of the six movements.
const MOVEMENTS: [(usize, f64); 6] = [
    (1, 50.0),
    (1, -60.0),
    (0, 40.0),
    (0, -40.0),
    (2, 70.0),
    (2, -70.0),
];
/// White noise of the quaternion about each axis, degrees.
const QUATERNION_NOISE_DEG: f64 = 0.02;
/// White noise of each axis of the gyroscope, and its bias, degrees a second.
const GYRO_NOISE_DEG_S: f64 = 0.07;
const GYRO_BIAS_DEG_S: [f64; 3] = [0.3, -0.2, 0.25];
/// White noise of each axis of the accelerometer, m/s².
const ACCEL_NOISE_M_S2: f64 = 0.015;
const GRAVITY_M_S2: f64 = 9.81;

struct Numbers(ChaCha8Rng);

impl Numbers {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal, with a standard deviation of 1 about each axis.
    fn vector(&mut self) -> Vector3<f64> {
        let mut one = || (0..12).map(|_| self.between(0.0, 1.0)).sum::<f64>() - 6.0;
        Vector3::new(one(), one(), one())
    }
}

/// A head that turned, without noise.
pub(crate) struct Session {
    seed: u64,
    rate_hz: f64,
    earth_from_sensor: Vec<UnitQuaternion<f64>>,
}

impl Session {
    pub(crate) fn new(seed: u64, seconds: f64, rate_hz: f64) -> Self {
        let mut numbers = Numbers(ChaCha8Rng::seed_from_u64(seed));
        let heading = numbers.between(-3.0, 3.0);
        let heading = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), heading);
        let tilt = UnitQuaternion::new(numbers.vector() * numbers.between(0.0, 0.2));
        let seat = heading * tilt;
        let angles = angles(&mut numbers, seconds, rate_hz);
        Self {
            seed,
            rate_hz,
            earth_from_sensor: angles.iter().map(|angle| seat * turned(angle)).collect(),
        }
    }

    /// Random numbers for noise: the same for every form.
    fn noise(&self) -> Numbers {
        let mut numbers = ChaCha8Rng::seed_from_u64(self.seed);
        numbers.set_stream(1);
        Numbers(numbers)
    }

    fn times_s(&self) -> impl Iterator<Item = f64> {
        let rate_hz = self.rate_hz;
        (0..self.earth_from_sensor.len()).map(move |sample| sample as f64 / rate_hz)
    }

    /// Quaternions as a sensor gives them: w not negative, seven digits.
    fn quaternions(&self) -> impl Iterator<Item = nalgebra::Quaternion<f64>> {
        let mut noise = self.noise();
        self.earth_from_sensor.iter().map(move |q| {
            let q = q * UnitQuaternion::new(noise.vector() * QUATERNION_NOISE_DEG.to_radians());
            let q = q.into_inner() * q.w.signum();
            nalgebra::Quaternion::from(q.coords.map(|value| (value * 1e7).round() / 1e7))
        })
    }

    fn plain(&self) -> String {
        let mut text = String::with_capacity(56 * self.earth_from_sensor.len());
        text.push_str("t,qw,qx,qy,qz\n");
        for (time_s, q) in self.times_s().zip(self.quaternions()) {
            writeln!(
                text,
                "{time_s:.6},{:.7},{:.7},{:.7},{:.7}",
                q.w, q.i, q.j, q.k
            )
            .unwrap();
        }
        text
    }

    fn turned(&self) -> Recording {
        made(SensorSamples {
            time_s: self.times_s().collect(),
            earth_from_sensor: Some(self.quaternions().collect()),
            ..SensorSamples::default()
        })
    }

    fn raw(&self) -> Recording {
        let mut noise = self.noise();
        let bias = Vector3::from(GYRO_BIAS_DEG_S);
        let mut before = self.earth_from_sensor.first().copied().unwrap_or_default();
        let (mut gyro_rad_s, mut accel_m_s2) = (Vec::new(), Vec::new());
        for now in &self.earth_from_sensor {
            let rate_rad_s = (before.inverse() * now).scaled_axis() * self.rate_hz;
            let off_deg_s = bias + noise.vector() * GYRO_NOISE_DEG_S;
            gyro_rad_s.push(rate_rad_s + off_deg_s.map(f64::to_radians));
            let felt = now.inverse() * Vector3::new(0.0, 0.0, GRAVITY_M_S2);
            accel_m_s2.push(felt + noise.vector() * ACCEL_NOISE_M_S2);
            before = *now;
        }
        made(SensorSamples {
            time_s: self.times_s().collect(),
            gyro_rad_s: Some(gyro_rad_s),
            accel_m_s2: Some(accel_m_s2),
            ..SensorSamples::default()
        })
    }
}

fn made(sensor: SensorSamples) -> Recording {
    Recording {
        about: About {
            simulated: true,
            ..About::default()
        },
        ..Recording::of_one(sensor)
    }
}

/// The head's orientation from angles about its three axes, degrees.
fn turned(angle_deg: &Vector3<f64>) -> UnitQuaternion<f64> {
    let axes = [Vector3::x_axis(), Vector3::y_axis(), Vector3::z_axis()];
    let about =
        |axis: usize| UnitQuaternion::from_axis_angle(&axes[axis], angle_deg[axis].to_radians());
    about(1) * about(0) * about(2)
}

/// Angles about the three axes at each sample, degrees: pairs of movements as cosine bumps of 2 to 5 s with
/// 5 to 15 % in the other axes, after 2.5 s of rest.
fn angles(numbers: &mut Numbers, seconds: f64, rate_hz: f64) -> Vec<Vector3<f64>> {
    let mut angles = vec![Vector3::zeros(); (seconds * rate_hz) as usize];
    let (mut now_s, mut pair) = (2.5, 0);
    while now_s < seconds - 6.0 {
        for repetition in 0..6 {
            let (axis, peak) = MOVEMENTS[2 * (pair % 3) + repetition % 2];
            let (period_s, share) = (numbers.between(2.0, 5.0), numbers.between(0.6, 1.05));
            if now_s + period_s > seconds - 1.0 {
                break;
            }
            let mut turn = Vector3::from_fn(|_, _| numbers.between(-0.15, 0.15));
            turn[axis] = 1.0;
            let samples =
                (now_s * rate_hz).ceil() as usize..((now_s + period_s) * rate_hz) as usize;
            for (sample, angle) in samples.clone().zip(&mut angles[samples]) {
                let phase = (sample as f64 / rate_hz - now_s) / period_s * std::f64::consts::TAU;
                *angle += turn * (0.5 * (1.0 - phase.cos()) * peak * share);
            }
            now_s += period_s;
        }
        now_s += numbers.between(0.5, 1.5);
        pair += 1;
    }
    angles
}
