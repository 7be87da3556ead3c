//! A recording as lines: one a second for people, or one a sample for programs.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use nalgebra::{UnitQuaternion, Vector3};
use serde_json::{Value, json};

use super::common_zero_s;
use crate::read;
use crate::sample::{Recording, SensorPlace, SensorSamples};

/// Prints all samples in time, so many times as fast; as JSON, or a line a second.
pub(super) fn print(
    recording: &Recording,
    as_json: bool,
    speed: f64,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut next_s = 1.0;
    for row in rows(recording) {
        wait(start, row.at_s / speed, out)?;
        if as_json {
            writeln!(out, "{}", row.as_json())?;
        } else if row.at_s >= next_s {
            writeln!(out, "{}", row.as_line())?;
            next_s = row.at_s.floor() + 1.0;
        }
    }
    Ok(())
}

/// Until so many seconds after the start; what was printed before is out then.
fn wait(start: Instant, until_s: f64, out: &mut dyn Write) -> anyhow::Result<()> {
    let rest_s = until_s - start.elapsed().as_secs_f64();
    if let Ok(rest) = Duration::try_from_secs_f64(rest_s) {
        out.flush()?;
        thread::sleep(rest);
    }
    Ok(())
}

/// One sample of one sensor.
struct Row<'a> {
    at_s: f64,
    sensor: &'a SensorSamples,
    index: usize,
}

/// All samples in order of time.
fn rows(recording: &Recording) -> Vec<Row<'_>> {
    let common_s = common_zero_s(recording);
    let mut rows = Vec::new();
    for sensor in &recording.sensors {
        let first_s = sensor
            .time_s
            .iter()
            .copied()
            .find(|time_s| time_s.is_finite());
        let zero_s = common_s.or(first_s).unwrap_or_default();
        let mut at_s = 0.0_f64;
        for (index, time_s) in sensor.time_s.iter().enumerate() {
            // The greater of both, also where one is not a number.
            at_s = at_s.max(time_s - zero_s);
            rows.push(Row {
                at_s,
                sensor,
                index,
            });
        }
    }
    rows.sort_by(|one, other| one.at_s.total_cmp(&other.at_s));
    rows
}

impl Row<'_> {
    fn name(&self) -> &str {
        let place = self.sensor.place.map(SensorPlace::name);
        place.unwrap_or(&self.sensor.name)
    }

    /// Every channel that there is, in the convention of [`crate::sample`]; no number is `null`.
    fn as_json(&self) -> Value {
        let vector = |column: &Option<Vec<Vector3<f64>>>| {
            let value = column.as_ref()?.get(self.index)?;
            Some(json!(value.as_slice()))
        };
        let turns = self.sensor.earth_from_sensor.as_ref();
        let turn = turns.and_then(|all| all.get(self.index));
        let channels = [
            ("q_wxyz", turn.map(|q| json!([q.w, q.i, q.j, q.k]))),
            ("gyro_rad_s", vector(&self.sensor.gyro_rad_s)),
            ("accel_m_s2", vector(&self.sensor.accel_m_s2)),
            ("mag_ut", vector(&self.sensor.mag_ut)),
        ];
        let mut line = json!({"sensor": self.name(), "time_s": self.sensor.time_s.get(self.index)});
        for (name, value) in channels {
            if let Some(value) = value {
                line[name] = value;
            }
        }
        line
    }

    /// Time, samples so far, and how far the sensor is turned from its first orientation.
    fn as_line(&self) -> String {
        let (at_s, count) = (self.at_s, self.index + 1);
        let name = read::error::excerpt(self.name().as_bytes(), 40);
        let line = format!("{at_s:7.1} s  {name}  {count} samples");
        let turns = self.sensor.earth_from_sensor.as_ref();
        let at = |index| {
            let turn = turns?.get(index)?;
            UnitQuaternion::try_new(*turn, 1e-3)
        };
        match at(0).zip(at(self.index)) {
            Some((first, now)) => {
                let degrees = first.angle_to(&now).to_degrees();
                format!("{line}  turned {degrees:.1} degrees")
            }
            None => line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::short;
    use super::*;

    #[test]
    fn samples_of_two_sensors_come_in_order_of_time() {
        let recording = short(true);
        let rows = rows(&recording);
        assert_eq!(rows.len(), 2 * recording.sensors[0].len());
        assert!(rows.windows(2).all(|pair| pair[0].at_s <= pair[1].at_s));
        assert_eq!((rows[0].name(), rows[1].name()), ("head", "trunk"));
        let json = rows[1].as_json();
        assert_eq!(json["q_wxyz"].as_array().unwrap().len(), 4);
        assert_eq!(json["accel_m_s2"].as_array().unwrap().len(), 3);
        assert!(json.get("mag_ut").is_none());
        assert!(
            rows[30].as_line().contains("turned 0."),
            "{}",
            rows[30].as_line()
        );
    }

    #[test]
    fn a_recording_whose_times_are_not_numbers_is_played_at_once() {
        let mut recording = short(false);
        recording.sensors[0].time_s.fill(f64::NAN);
        assert!(rows(&recording).iter().all(|row| row.at_s <= 0.0));
    }
}
