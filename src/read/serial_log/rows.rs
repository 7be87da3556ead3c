//! What lines say, put together to samples.

use nalgebra::{Quaternion, Vector3};

use super::MAX_SENSORS;
use crate::protocol::text::{Said, What};
use crate::read::ReadError;
use crate::read::channels::unwrapped;
use crate::read::moment::DAY_S;
use crate::read::sparse::Sparse;
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
#[derive(Debug)]
struct Columns {
    now: Sample,
    quaternion: Sparse<Quaternion<f64>>,
    from_angles: Sparse<Quaternion<f64>>,
    gyro: Sparse<Vector3<f64>>,
    accel: Sparse<Vector3<f64>>,
}

impl Columns {
    fn new() -> Self {
        let no_turn = Quaternion::from([NONE; 4]);
        let no_vector = Vector3::repeat(NONE);
        Self {
            now: Sample::default(),
            quaternion: Sparse::new(no_turn),
            from_angles: Sparse::new(no_turn),
            gyro: Sparse::new(no_vector),
            accel: Sparse::new(no_vector),
        }
    }

    /// Ends the row.
    fn end_row(&mut self, row: usize) {
        let now = std::mem::take(&mut self.now);
        let turn = |[w, x, y, z]: [f64; 4]| Quaternion::new(w, x, y, z);
        if let Some(value) = now.quaternion {
            self.quaternion.set(row, turn(value));
        }
        if let Some(value) = now.from_angles {
            self.from_angles.set(row, turn(value));
        }
        if let Some(value) = now.gyro {
            self.gyro.set(row, value.into());
        }
        if let Some(value) = now.accel {
            self.accel.set(row, value.into());
        }
    }

    fn samples(self, name: String, time_s: Vec<f64>) -> SensorSamples {
        let rows = time_s.len();
        let turns = self.quaternion.into_rows(rows);
        SensorSamples {
            name,
            time_s,
            earth_from_sensor: turns.or_else(|| self.from_angles.into_rows(rows)),
            gyro_rad_s: self.gyro.into_rows(rows),
            accel_m_s2: self.accel.into_rows(rows),
            ..SensorSamples::default()
        }
    }
}

/// All rows so far, and the one that is open.
#[derive(Debug)]
pub(super) struct Rows {
    sensors: Vec<Columns>,
    /// Rows that have ended.
    count: usize,
    /// From the monitor; NaN where none was said.
    stamps_s: Sparse<f64>,
    steps_s: Sparse<f64>,
    stamp_s: Option<f64>,
    step_s: Option<f64>,
    open: bool,
}

impl Rows {
    pub(super) const fn new() -> Self {
        Self {
            sensors: Vec::new(),
            count: 0,
            stamps_s: Sparse::new(NONE),
            steps_s: Sparse::new(NONE),
            stamp_s: None,
            step_s: None,
            open: false,
        }
    }

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
                while self.sensors.len() <= said.sensor {
                    self.sensors.push(Columns::new());
                }
                self.sensors
                    .get_mut(said.sensor)
                    .is_none_or(|sensor| sensor.now.set(what))
            }
        }
    }

    fn end_row(&mut self) {
        for sensor in &mut self.sensors {
            sensor.end_row(self.count);
        }
        if let Some(value) = self.stamp_s.take() {
            self.stamps_s.set(self.count, value);
        }
        if let Some(value) = self.step_s.take() {
            self.steps_s.set(self.count, value);
        }
        self.count += 1;
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
        let rows = self.count;
        if rows == 0 {
            return Err(ReadError::NoRows);
        }
        let time_s = if no_times {
            even(rows)?
        } else if let Some(steps_s) = self.steps_s.into_rows(rows) {
            summed(&steps_s)
        } else if let Some(stamps_s) = self.stamps_s.into_rows(rows) {
            unwrapped(&stamps_s, DAY_S)
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
        let mut rows = Rows::new();
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
        let mut rows = Rows::new();
        for step in [0.5, 0.25, 0.25] {
            rows.take(None, &[one(What::StepS(step)), q]);
        }
        rows.finish();
        let recording = rows.recording(false, never).unwrap();
        assert_eq!(recording.sensors[0].time_s, [0.0, 0.25, 0.5]);
        let mut rows = Rows::new();
        rows.take(Some(86_399.5), &[q]);
        rows.take(Some(0.5), &[q]);
        rows.finish();
        let recording = rows.recording(false, never).unwrap();
        assert_eq!(recording.sensors[0].time_s, [86_399.5, 86_400.5]);
    }

    #[test]
    fn without_times_the_rate_is_asked_for() {
        let mut rows = Rows::new();
        rows.take(None, &[one(What::Quaternion([1.0, 0.0, 0.0, 0.0]))]);
        rows.finish();
        assert!(matches!(
            rows.recording(false, never),
            Err(ReadError::NoRate)
        ));
    }
}
