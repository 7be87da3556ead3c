//! Orientation of all sensors on one even time base, for formats that have one time for all.

use std::ops::Range;

use super::channels::sensor_names;
use crate::orientation::clock::EvenSamples;
use crate::orientation::fuse::{self, FuseSettings, Source};
use crate::orientation::{OrientationError, pair, synchronise};
use crate::sample::{Recording, SensorPlace, SensorSamples};
use crate::warning::Warnings;

/// All sensors at the same times.
#[derive(Debug, Default)]
pub(super) struct EvenRecording {
    /// Samples a second inside a segment.
    pub(super) rate_hz: f64,
    /// Seconds, on the clock of the first sensor.
    pub(super) time_s: Vec<f64>,
    /// Half-open index ranges between gaps.
    pub(super) segments: Vec<Range<usize>>,
    /// In the order of the recording, but the head first.
    pub(super) sensors: Vec<EvenSensor>,
    /// Names of sensors without orientation and nothing to make it of.
    left_out: Vec<String>,
}

/// The orientation of one sensor.
#[derive(Debug)]
pub(super) struct EvenSensor {
    /// As [`sensor_names`] gives it.
    pub(super) name: String,
    pub(super) place: Option<SensorPlace>,
    /// Unit quaternions w, x, y, z, sensor to earth.
    pub(super) earth_from_sensor: Vec<[f64; 4]>,
    pub(super) source: Source,
}

impl EvenRecording {
    /// Device orientation where there is one, else fused; resampled where times are uneven; other
    /// clocks brought to the first sensor's; only the time that all sensors share.
    pub(super) fn of(
        recording: &Recording,
        gap_s: f64,
        warnings: &mut Warnings,
    ) -> Result<Self, OrientationError> {
        let mut sensors: Vec<(String, &SensorSamples)> = sensor_names(recording)
            .into_iter()
            .zip(&recording.sensors)
            .collect();
        let left_out = leave_out_the_blind(&mut sensors);
        sensors.sort_by_key(|(_, sensor)| sensor.place != Some(SensorPlace::Head));
        let samples = sensors.iter().map(|(_, sensor)| (*sensor).clone());
        let even = fuse::orientations(samples.collect(), FuseSettings::default(), gap_s, warnings)?;
        let (base, even) = on_one_base(recording, even, warnings)?;
        let named = sensors.into_iter().zip(even);
        Ok(Self {
            rate_hz: base.rate_hz,
            time_s: base.time_s,
            segments: base.segments,
            sensors: named
                .map(|((name, sensor), even)| EvenSensor {
                    name,
                    place: sensor.place,
                    earth_from_sensor: even.earth_from_sensor,
                    source: even.source,
                })
                .collect(),
            left_out,
        })
    }

    /// A line for each sensor whose orientation is not the device's, and one on gaps.
    pub(super) fn notes(&self, in_gaps: &str) -> Vec<String> {
        let fused = self
            .sensors
            .iter()
            .filter(|sensor| sensor.source != Source::Device);
        let mut notes: Vec<String> = fused
            .map(|sensor| {
                format!(
                    "the orientation of {} is fused from gyroscope and accelerometer",
                    sensor.name
                )
            })
            .collect();
        let left_out = self.left_out.iter();
        notes.extend(left_out.map(|name| format!("{name} has no orientation and is left out")));
        if self.segments.len() > 1 {
            let gaps = self.segments.len() - 1;
            notes.push(format!("gaps without samples ({gaps}): {in_gaps}"));
        }
        notes
    }
}

/// Takes out the sensors without orientation, unless that is all of them; returns their names.
fn leave_out_the_blind(sensors: &mut Vec<(String, &SensorSamples)>) -> Vec<String> {
    let sees = |sensor: &SensorSamples| {
        let raw = sensor.gyro_rad_s.is_some() && sensor.accel_m_s2.is_some();
        raw || sensor.earth_from_sensor.is_some()
    };
    if !sensors.iter().any(|(_, sensor)| sees(sensor)) {
        return Vec::new();
    }
    let blind = sensors.iter().filter(|(_, sensor)| !sees(sensor));
    let names = blind.map(|(name, _)| name.clone()).collect();
    sensors.retain(|(_, sensor)| sees(sensor));
    names
}

/// Every sensor at the times of the first, where all have samples.
fn on_one_base(
    recording: &Recording,
    even: Vec<EvenSamples>,
    warnings: &mut Warnings,
) -> Result<(EvenSamples, Vec<EvenSamples>), OrientationError> {
    let mut even = even.into_iter();
    let first = even.next().unwrap_or_default();
    let others: Vec<EvenSamples> = even
        .map(|other| {
            synchronise::on_head_clock(recording.clocks, &first, other, warnings).map(|on| on.0)
        })
        .collect::<Result<_, _>>()?;
    let mut base = first;
    for other in &others {
        base = pair::pair(&base, other)?.0;
    }
    let mut all = vec![base.clone()];
    for other in &others {
        all.push(pair::pair(&base, other)?.1);
    }
    Ok((base, all))
}

#[cfg(test)]
mod tests {
    use nalgebra::{Quaternion, UnitQuaternion, Vector3};

    use super::*;

    fn turning(name: &str, start_s: f64, count: usize) -> SensorSamples {
        let time_s: Vec<f64> = (0..count).map(|i| start_s + 0.02 * i as f64).collect();
        let q = |t: &f64| {
            UnitQuaternion::from_axis_angle(&Vector3::z_axis(), 0.3 * t.sin()).into_inner()
        };
        SensorSamples {
            name: name.to_owned(),
            earth_from_sensor: Some(time_s.iter().map(q).collect::<Vec<Quaternion<f64>>>()),
            time_s,
            ..SensorSamples::default()
        }
    }

    #[test]
    fn three_sensors_share_the_time_that_all_have() {
        let recording = Recording {
            sensors: vec![
                turning("pelvis", 10.0, 400),
                turning("Left Foot", 10.5, 400),
                SensorSamples {
                    place: Some(SensorPlace::Head),
                    ..turning("x", 11.01, 300)
                },
            ],
            ..Recording::default()
        };
        let mut warnings = Warnings::default();
        let even = EvenRecording::of(&recording, 0.1, &mut warnings).unwrap();
        let names: Vec<&str> = even.sensors.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["head", "pelvis", "left_foot"]);
        assert_eq!(even.time_s.len(), 300);
        for sensor in &even.sensors {
            assert_eq!(sensor.earth_from_sensor.len(), 300);
            let expected = (0.15 * even.time_s[17].sin()).sin();
            assert!((sensor.earth_from_sensor[17][3] - expected).abs() < 1e-4);
        }
    }
}
