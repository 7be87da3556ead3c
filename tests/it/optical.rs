//! Recordings with optical truth (BROAD: Laidig, Caruso, Cereatti and Seel, *Data* 6 (2021) 72) and the
//! reference filter's output on them, where they lie beside the project; shared with
//! `benches/broad.rs`.

use std::fs::File;
use std::path::{Path, PathBuf};

use nalgebra::{Quaternion, UnitQuaternion};
use neckrom::orientation::vqf::Stream;
use polars::prelude::*;

/// One trial. Columns are as long as each other.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) name: String,
    pub(crate) interval_s: f64,
    pub(crate) time_s: Vec<f64>,
    pub(crate) gyro: Vec<[f64; 3]>,
    pub(crate) accel: Vec<[f64; 3]>,
    pub(crate) mag: Vec<[f64; 3]>,
    /// `earth_from_sensor` by the markers; NaN where they were lost.
    pub(crate) truth: Vec<[f64; 4]>,
    /// In the movement phase, the only one that counts.
    pub(crate) moving: Vec<bool>,
}

/// Every 50th sample of the reference's output.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) index: Vec<usize>,
    /// Online without and with magnetometer, offline without and with it.
    pub(crate) quaternions: [Vec<[f64; 4]>; 4],
}

/// The folder of shared data, if it is there.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(name);
    folder.is_dir().then_some(folder)
}

/// Trials of a folder, in order of name.
pub(crate) fn trials(folder: &Path) -> Vec<Trial> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "parquet"));
    paths.sort();
    paths.iter().map(|path| Trial::read(path)).collect()
}

impl Trial {
    fn read(path: &Path) -> Self {
        let frame = frame(path);
        let time_s = column(&frame, "time_s");
        let last = time_s.len() - 1;
        let moving = frame.column("moving").unwrap().bool().unwrap().clone();
        Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            interval_s: rounded((time_s[last] - time_s[0]) / last as f64),
            gyro: columns(&frame, ["gyro_x_rad_s", "gyro_y_rad_s", "gyro_z_rad_s"]),
            accel: columns(&frame, ["accel_x_m_s2", "accel_y_m_s2", "accel_z_m_s2"]),
            mag: columns(&frame, ["mag_x_ut", "mag_y_ut", "mag_z_ut"]),
            truth: columns(
                &frame,
                ["w", "x", "y", "z"].map(|c| ["truth_q_", c].concat()),
            ),
            moving: moving.iter().map(|moving| moving == Some(true)).collect(),
            time_s,
        }
    }

    /// As the fusion takes it.
    pub(crate) fn stream(&self, with_mag: bool) -> Stream<'_> {
        Stream {
            interval_s: self.interval_s,
            gyro_rad_s: &self.gyro,
            accel_m_s2: &self.accel,
            mag: with_mag.then_some(self.mag.as_slice()),
            start_bias: None,
        }
    }

    /// The reference's output on this trial.
    pub(crate) fn reference(&self, folder: &Path) -> Reference {
        let frame = frame(&folder.join(format!("{}.parquet", self.name)));
        let names: Vec<String> = frame
            .get_column_names()
            .iter()
            .map(ToString::to_string)
            .collect();
        let index = column(&frame, &names[0]);
        let four = |k: usize| {
            let at = 1 + 4 * k;
            let own: [&String; 4] = std::array::from_fn(|i| &names[at + i]);
            columns(&frame, own)
        };
        Reference {
            index: index.iter().map(|i| *i as usize).collect(),
            quaternions: std::array::from_fn(four),
        }
    }
}

/// Recorders write 1/rate; the reference ran at 7/2000 s.
fn rounded(interval_s: f64) -> f64 {
    (interval_s * 1e6).round() / 1e6
}

fn frame(path: &Path) -> DataFrame {
    ParquetReader::new(File::open(path).unwrap())
        .finish()
        .unwrap()
}

fn column(frame: &DataFrame, name: &str) -> Vec<f64> {
    let column = frame
        .column(name)
        .unwrap()
        .cast(&DataType::Float64)
        .unwrap();
    let values = column.f64().unwrap();
    values.iter().map(|v| v.unwrap_or(f64::NAN)).collect()
}

fn columns<const N: usize>(frame: &DataFrame, names: [impl AsRef<str>; N]) -> Vec<[f64; N]> {
    let columns = names.map(|name| column(frame, name.as_ref()));
    (0..frame.height())
        .map(|row| std::array::from_fn(|k| columns[k][row]))
        .collect()
}

/// A quaternion w, x, y, z as nalgebra has it.
pub(crate) fn unit(q: &[f64; 4]) -> UnitQuaternion<f64> {
    UnitQuaternion::new_normalize(Quaternion::new(q[0], q[1], q[2], q[3]))
}

/// Angle between two orientations, degrees; exact for small ones.
pub(crate) fn angle_deg(a: &[f64; 4], b: &[f64; 4]) -> f64 {
    let difference = unit(a).inverse() * unit(b);
    let sin = difference.imag().norm();
    2.0 * sin.atan2(difference.w.abs()).to_degrees()
}

/// The benchmark's errors over the movement phase, root mean square, degrees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rmse {
    pub(crate) total: f64,
    pub(crate) inclination: f64,
}

/// The benchmark's metric: the error quaternion is taken in the earth frame.
pub(crate) fn rmse(trial: &Trial, found: &[[f64; 4]]) -> Rmse {
    let (mut total, mut inclination, mut count) = (0.0, 0.0, 0.0);
    for ((truth, found), moving) in trial.truth.iter().zip(found).zip(&trial.moving) {
        if !moving || truth.iter().any(|c| c.is_nan()) {
            continue;
        }
        let error = unit(truth) * unit(found).inverse();
        let angle = 2.0 * error.imag().norm().atan2(error.w.abs());
        let tilt = 2.0 * error.i.hypot(error.j).atan2(error.w.hypot(error.k));
        total += angle * angle;
        inclination += tilt * tilt;
        count += 1.0;
    }
    let root = |sum: f64| (sum / count).sqrt().to_degrees();
    Rmse {
        total: root(total),
        inclination: root(inclination),
    }
}
