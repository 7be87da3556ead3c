//! What lines say, put together to samples.

use nalgebra::{Quaternion, Vector3};

use super::MAX_SENSORS;
use crate::protocol::text::{Said, What};
use crate::read::ReadError;
use crate::read::channels::unwrapped;
use crate::read::moment::DAY_S;
use crate::sample::{Recording, SensorSamples};

const NONE: f64 = f64::NAN;

/// The sample that is being put together.
#[derive(Debug, Clone, Copy, Default)]
struct Sample {
    quaternion: Option<[f64; 4]>,
    from_angles: Option<[f64; 4]>,
    gyro: Option<[f64; 3]>,
    accel: Option<[f64; 3]>,
}

impl Sample {
    /// Takes it in; `false` when it has one already.
    fn set(&mut self, what: What) -> bool {
        match what {
            What::Quaternion(value) => fill(&mut self.quaternion, value),
            What::FromAngles(value) => fill(&mut self.from_angles, value),
            What::GyroRadS(value) => fill(&mut self.gyro, value),
            What::AccelMS2(value) => fill(&mut self.accel, value),
            What::StepS(_) | What::Ticks(_) | What::Count(_) | What::MagUt(_) => true,
        }
    }
}

fn fill<T>(slot: &mut Option<T>, value: T) -> bool {
    slot.is_none() && slot.replace(value).is_none()
}

/// The channels of one sensor, a value a row.
#[derive(Debug, Default)]
struct Columns {
    now: Sample,
    quaternion: Vec<Quaternion<f64>>,
    from_angles: Vec<Quaternion<f64>>,
    gyro: Vec<Vector3<f64>>,
    accel: Vec<Vector3<f64>>,
    seen: Sample,
}

impl Columns {
    /// Ends the row.
    fn push(&mut self) {
        let now = std::mem::take(&mut self.now);
        let turn = |value: Option<[f64; 4]>| {
            let [w, x, y, z] = value.unwrap_or([NONE; 4]);
            Quaternion::new(w, x, y, z)
        };
        let vector = |value: Option<[f64; 3]>| Vector3::from(value.unwrap_or([NONE; 3]));
        self.quaternion.push(turn(now.quaternion));
        self.from_angles.push(turn(now.from_angles));
        self.gyro.push(vector(now.gyro));
        self.accel.push(vector(now.accel));
        self.seen = Sample {
            quaternion: self.seen.quaternion.or(now.quaternion),
            from_angles: self.seen.from_angles.or(now.from_angles),
            gyro: self.seen.gyro.or(now.gyro),
            accel: self.seen.accel.or(now.accel),
        };
    }

    /// As many rows as the others have.
    fn catch_up(&mut self, rows: usize) {
        while self.quaternion.len() < rows {
            self.push();
        }
    }

    fn samples(self, name: String, time_s: Vec<f64>) -> SensorSamples {
        let angles = self.seen.from_angles.map(|_| self.from_angles);
        SensorSamples {
            name,
            time_s,
            earth_from_sensor: self.seen.quaternion.map(|_| self.quaternion).or(angles),
            gyro_rad_s: self.seen.gyro.map(|_| self.gyro),
            accel_m_s2: self.seen.accel.map(|_| self.accel),
            ..SensorSamples::default()
        }
    }
}

/// All rows so far, and the one that is open.
#[derive(Debug, Default)]
pub(super) struct Rows {
    sensors: Vec<Columns>,
    /// From the monitor; NaN where none was said.
    stamps_s: Vec<f64>,
    steps_s: Vec<f64>,
    stamp_s: Option<f64>,
    step_s: Option<f64>,
    open: bool,
}

impl Rows {
    /// Takes in what a line says, which a monitor received at that time.
    pub(super) fn take(&mut self, stamp_s: Option<f64>, said: &[Said]) {
        for one in said.iter().filter(|one| one.sensor < MAX_SENSORS) {
            if !self.set(one) {
                self.end_row();
                self.set(one);
            }
            self.open = true;
            self.stamp_s = self.stamp_s.or(stamp_s);
        }
    }

    fn set(&mut self, said: &Said) -> bool {
        match said.what {
            What::StepS(value) => fill(&mut self.step_s, value),
            // No sketch that is read here says these.
            What::Ticks(_) | What::Count(_) | What::MagUt(_) => true,
            what @ (What::Quaternion(_)
            | What::FromAngles(_)
            | What::GyroRadS(_)
            | What::AccelMS2(_)) => {
                let rows = self.stamps_s.len();
                while self.sensors.len() <= said.sensor {
                    let mut columns = Columns::default();
                    columns.catch_up(rows);
                    self.sensors.push(columns);
                }
                self.sensors
                    .get_mut(said.sensor)
                    .is_none_or(|sensor| sensor.now.set(what))
            }
        }
    }

    fn end_row(&mut self) {
        self.sensors.iter_mut().for_each(Columns::push);
        self.stamps_s.push(self.stamp_s.take().unwrap_or(NONE));
        self.steps_s.push(self.step_s.take().unwrap_or(NONE));
        self.open = false;
    }

    /// Ends the last row.
    pub(super) fn finish(&mut self) {
        if self.open {
            self.end_row();
        }
    }

    /// The recording; `even` gives times for a number of rows, and is asked when `no_times` or when
    /// the text has none.
    pub(super) fn recording(
        self,
        no_times: bool,
        even: impl Fn(usize) -> Result<Vec<f64>, ReadError>,
    ) -> Result<Recording, ReadError> {
        let rows = self.stamps_s.len();
        if rows == 0 {
            return Err(ReadError::NoRows);
        }
        let time_s = if no_times {
            even(rows)?
        } else if self.steps_s.iter().any(|step| step.is_finite()) {
            summed(&self.steps_s)
        } else if self.stamps_s.iter().any(|time| time.is_finite()) {
            unwrapped(&self.stamps_s, DAY_S)
        } else {
            even(rows)?
        };
        let several = self.sensors.len() > 1;
        let name = |index: usize| {
            if several {
                (index + 1).to_string()
            } else {
                String::new()
            }
        };
        let named = self.sensors.into_iter().enumerate();
        let sensors = named
            .map(|(index, columns)| columns.samples(name(index), time_s.clone()))
            .collect();
        Ok(Recording {
            sensors,
            ..Recording::default()
        })
    }
}

/// Times from the steps between them; the first step is from before the recording.
fn summed(steps_s: &[f64]) -> Vec<f64> {
    let mut time_s = 0.0;
    let mut next = |(index, step): (usize, &f64)| {
        time_s += if index > 0 && step.is_finite() {
            *step
        } else {
            0.0
        };
        time_s
    };
    steps_s.iter().enumerate().map(&mut next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::text::one;

    fn never(_rows: usize) -> Result<Vec<f64>, ReadError> {
        Err(ReadError::NoRate)
    }

    #[test]
    fn a_sample_ends_when_something_comes_again() {
        let mut rows = Rows::default();
        let q = one(What::Quaternion([1.0, 0.0, 0.0, 0.0]));
        let gyro = one(What::GyroRadS([1.0, 2.0, 3.0]));
        for (time_s, said) in [(1.0, gyro), (2.0, q), (2.1, gyro), (3.0, q)] {
            rows.take(Some(time_s), &[said]);
        }
        rows.finish();
        let sensor = &rows.recording(false, never).unwrap().sensors[0];
        assert_eq!(sensor.time_s, [1.0, 2.1]);
        approx::assert_relative_eq!(sensor.gyro_rad_s.as_ref().unwrap()[1].z, 3.0);
        assert!(sensor.accel_m_s2.is_none());
    }

    #[test]
    fn steps_are_summed_and_midnight_is_passed() {
        let q = one(What::FromAngles([1.0, 0.0, 0.0, 0.0]));
        let mut rows = Rows::default();
        for step in [0.5, 0.25, 0.25] {
            rows.take(None, &[one(What::StepS(step)), q]);
        }
        rows.finish();
        let recording = rows.recording(false, never).unwrap();
        assert_eq!(recording.sensors[0].time_s, [0.0, 0.25, 0.5]);
        let mut rows = Rows::default();
        rows.take(Some(86_399.5), &[q]);
        rows.take(Some(0.5), &[q]);
        rows.finish();
        let recording = rows.recording(false, never).unwrap();
        assert_eq!(recording.sensors[0].time_s, [86_399.5, 86_400.5]);
    }

    #[test]
    fn without_times_the_rate_is_asked_for() {
        let mut rows = Rows::default();
        rows.take(None, &[one(What::Quaternion([1.0, 0.0, 0.0, 0.0]))]);
        rows.finish();
        assert!(matches!(
            rows.recording(false, never),
            Err(ReadError::NoRate)
        ));
    }
}
