//! A recording as named columns: the one layout that the native CSV and Parquet share.

use nalgebra::{Quaternion, Vector3};

use super::channels::sensor_names;
use crate::sample::{Clocks, Recording, SensorPlace, SensorSamples};

/// What a column holds; it decides how many decimals are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Time,
    Quaternion,
    Raw,
}

/// One column, NaN where there is no value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) values: Vec<f64>,
}

/// All columns of a recording, each as long as the longest sensor.
///
/// Sensors that share their times share one `time_s`; otherwise each has its own.
pub(super) fn columns(recording: &Recording) -> Vec<Column> {
    let prefixes = prefixes(recording);
    let shared = share_times(&recording.sensors);
    let mut columns = Vec::new();
    if let Some(first) = recording.sensors.first().filter(|_| shared) {
        columns.push(scalar("time_s".to_owned(), Kind::Time, &first.time_s));
    }
    for (sensor, prefix) in recording.sensors.iter().zip(&prefixes) {
        if !shared {
            columns.push(scalar(
                format!("{prefix}time_s"),
                Kind::Time,
                &sensor.time_s,
            ));
        }
        push_channels(&mut columns, sensor, prefix);
    }
    let rows = columns
        .iter()
        .map(|column| column.values.len())
        .max()
        .unwrap_or(0);
    for column in &mut columns {
        column.values.resize(rows, f64::NAN);
    }
    columns
}

/// The sensor names that a reader cannot tell from the columns alone.
pub(super) fn declared_sensors(recording: &Recording) -> Option<String> {
    let names: Vec<String> = prefixes(recording)
        .iter()
        .map(|prefix| prefix.trim_end_matches('_').to_owned())
        .filter(|name| !name.is_empty() && name != "head" && name != "trunk")
        .collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// How the sensors' clocks relate, unless they are one.
pub(super) fn declared_clocks(recording: &Recording) -> Option<&'static str> {
    let several = recording.sensors.len() > 1;
    (several && recording.clocks != Clocks::Shared).then(|| recording.clocks.name())
}

fn push_channels(columns: &mut Vec<Column>, sensor: &SensorSamples, prefix: &str) {
    if let Some(q) = &sensor.earth_from_sensor {
        // nalgebra keeps x, y, z, w.
        for (axis, index) in [("w", 3), ("x", 0), ("y", 1), ("z", 2)] {
            let values = q
                .iter()
                .map(|q: &Quaternion<f64>| q.coords[index])
                .collect();
            columns.push(Column {
                name: format!("{prefix}q_{axis}"),
                kind: Kind::Quaternion,
                values,
            });
        }
    }
    push_vector(
        columns,
        sensor.gyro_rad_s.as_deref(),
        &format!("{prefix}gyro"),
        "rad_s",
    );
    push_vector(
        columns,
        sensor.accel_m_s2.as_deref(),
        &format!("{prefix}accel"),
        "m_s2",
    );
    push_vector(
        columns,
        sensor.mag_ut.as_deref(),
        &format!("{prefix}mag"),
        "ut",
    );
}

fn push_vector(
    columns: &mut Vec<Column>,
    vectors: Option<&[Vector3<f64>]>,
    channel: &str,
    unit: &str,
) {
    let Some(vectors) = vectors else { return };
    for (index, axis) in ["x", "y", "z"].into_iter().enumerate() {
        let values = vectors.iter().map(|vector| vector[index]).collect();
        columns.push(Column {
            name: format!("{channel}_{axis}_{unit}"),
            kind: Kind::Raw,
            values,
        });
    }
}

fn scalar(name: String, kind: Kind, values: &[f64]) -> Column {
    Column {
        name,
        kind,
        values: values.to_vec(),
    }
}

fn share_times(sensors: &[SensorSamples]) -> bool {
    let same = |a: &[f64], b: &[f64]| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
    };
    sensors
        .windows(2)
        .all(|pair| same(&pair[0].time_s, &pair[1].time_s))
}

/// `head_`, `trunk_`, or the sensor's own name; empty for a single sensor on the head.
fn prefixes(recording: &Recording) -> Vec<String> {
    if let [only] = recording.sensors.as_slice() {
        let trunk = only.place == Some(SensorPlace::Trunk);
        return vec![if trunk {
            "trunk_".to_owned()
        } else {
            String::new()
        }];
    }
    let names = sensor_names(recording).into_iter();
    names.map(|name| format!("{name}_")).collect()
}
