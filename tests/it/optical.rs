//! Recordings with optical truth (BROAD: Laidig, Caruso, Cereatti and Seel, *Data* 6 (2021) 72) and the
//! reference filter's output on them, where they lie beside the project; shared with
//! `benches/broad.rs`.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use neckrom::orientation::clock::EvenSamples;
use neckrom::orientation::filter::LowPass;
use neckrom::orientation::heading::{Drift, Rests};
use neckrom::orientation::still;
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

/// Errors of ROM against the markers, degrees: flexion, side-bend, axial rotation.
#[derive(Debug, Default, Clone)]
pub(crate) struct RomErrors {
    /// Windows of at most 10 s, each from its own start; where the markers saw 10 degrees or more.
    pub(crate) windows: [Vec<f64>; 3],
    /// Largest less smallest angle over the whole trial, from the neutral at its start.
    pub(crate) whole: [f64; 3],
}

impl RomErrors {
    /// Mean absolute error over all windows and axes, degrees.
    pub(crate) fn mean_deg(&self) -> f64 {
        let all: Vec<f64> = self.windows.iter().flatten().map(|e| e.abs()).collect();
        all.iter().sum::<f64>() / all.len() as f64
    }
}

/// Compares ROM as a neck's is measured: only where the board is within a neck's range by the markers
/// (under 75 degrees from neutral, side-bend under 50), in runs of 2 s or more. Angles are intrinsic
/// Cardan Y-X-Z in axes whose Z stood upright in neutral, low-passed at 6 Hz.
pub(crate) fn rom_errors(trial: &Trial, found: &[[f64; 4]]) -> RomErrors {
    let neutral = neutral(trial);
    let upright = upright(&mean(&trial.truth[neutral.clone()]));
    let angles =
        |all: &[[f64; 4]], zero: &UnitQuaternion<f64>, at: &Range<usize>| -> Vec<[f64; 3]> {
            let angles =
                |q: &[f64; 4]| cardan(&(upright * zero.inverse() * unit(q) * upright.inverse()));
            let mut angles: Vec<[f64; 3]> = all[at.clone()].iter().map(angles).collect();
            if let Some(filter) = LowPass::new(6.0, 1.0 / trial.interval_s) {
                filter.run(&mut angles);
            }
            angles
        };
    let mut errors = RomErrors::default();
    let (mut whole, mut whole_found) = ([Extremes::default(); 3], [Extremes::default(); 3]);
    for run in runs(trial, &neutral, &upright) {
        for (all, whole) in [(&trial.truth[..], &mut whole), (found, &mut whole_found)] {
            let from_neutral = angles(all, &mean(&all[neutral.clone()]), &run);
            whole
                .iter_mut()
                .enumerate()
                .for_each(|(axis, e)| e.extend(&from_neutral, axis));
        }
        let longest = (10.0 / trial.interval_s) as usize;
        for start in run.clone().step_by(longest) {
            let window = start..run.end.min(start + longest);
            if (window.len() as f64) * trial.interval_s < 2.0 {
                continue;
            }
            let range = |all: &[[f64; 4]], axis| {
                let mut extremes = Extremes::default();
                extremes.extend(&angles(all, &unit(&all[start]), &window), axis);
                extremes.range_deg()
            };
            for (axis, errors) in errors.windows.iter_mut().enumerate() {
                let truth_deg = range(&trial.truth, axis);
                let error_deg = (truth_deg >= 10.0).then(|| range(found, axis) - truth_deg);
                errors.extend(error_deg);
            }
        }
    }
    errors.whole =
        std::array::from_fn(|axis| whole_found[axis].range_deg() - whole[axis].range_deg());
    errors
}

/// The last second before the first movement.
fn neutral(trial: &Trial) -> Range<usize> {
    let first = trial.moving.iter().position(|moving| *moving).unwrap();
    first - (1.0 / trial.interval_s) as usize..first
}

fn mean(all: &[[f64; 4]]) -> UnitQuaternion<f64> {
    let first = unit(&all[0]);
    let offsets = all
        .iter()
        .map(|q| (first.inverse() * unit(q)).scaled_axis());
    let mean = offsets.sum::<Vector3<f64>>() / all.len() as f64;
    first * UnitQuaternion::from_scaled_axis(mean)
}

/// What turns sensor axes to axes whose Z is upright in this orientation, the short way.
fn upright(earth_from_sensor: &UnitQuaternion<f64>) -> UnitQuaternion<f64> {
    let up = earth_from_sensor.inverse() * Vector3::z();
    UnitQuaternion::rotation_between(&up, &Vector3::z()).unwrap()
}

/// Intrinsic Y-X-Z angles, degrees: flexion about Y, side-bend about X, axial rotation about Z.
fn cardan(q: &UnitQuaternion<f64>) -> [f64; 3] {
    let m = q.to_rotation_matrix();
    [
        m[(0, 2)].atan2(m[(2, 2)]).to_degrees(),
        (-m[(1, 2)]).clamp(-1.0, 1.0).asin().to_degrees(),
        m[(1, 0)].atan2(m[(1, 1)]).to_degrees(),
    ]
}

/// Runs of samples in movement in which the markers see the board within a neck's range.
fn runs(trial: &Trial, neutral: &Range<usize>, upright: &UnitQuaternion<f64>) -> Vec<Range<usize>> {
    let zero = mean(&trial.truth[neutral.clone()]);
    let inside = |k: usize| {
        if !trial.moving[k] || trial.truth[k].iter().any(|c| c.is_nan()) {
            return false;
        }
        let turned = zero.inverse() * unit(&trial.truth[k]);
        let [_, side_bend_deg, _] = cardan(&(upright * turned * upright.inverse()));
        turned.angle().to_degrees() < 75.0 && side_bend_deg.abs() < 50.0
    };
    let least = (2.0 / trial.interval_s) as usize;
    let mut runs = Vec::new();
    let mut start = None;
    for k in 0..=trial.moving.len() {
        match (start, k < trial.moving.len() && inside(k)) {
            (None, true) => start = Some(k),
            (Some(from), false) => {
                if k - from >= least {
                    runs.push(from..k);
                }
                start = None;
            }
            _ => {}
        }
    }
    runs
}

#[derive(Clone, Copy, Default)]
struct Extremes(Option<(f64, f64)>);

impl Extremes {
    fn extend(&mut self, angles: &[[f64; 3]], axis: usize) {
        for angle in angles.iter().map(|a| a[axis]) {
            let (low, high) = self.0.unwrap_or((angle, angle));
            self.0 = Some((low.min(angle), high.max(angle)));
        }
    }

    fn range_deg(self) -> f64 {
        self.0.map_or(0.0, |(low, high)| high - low)
    }
}

/// Takes heading drift out where the board lies in its place: at every rest, since it is laid back.
pub(crate) fn closed_at_rest(trial: &Trial, found: &[[f64; 4]]) -> Vec<[f64; 4]> {
    let mut samples = EvenSamples {
        rate_hz: 1.0 / trial.interval_s,
        time_s: trial.time_s.clone(),
        earth_from_sensor: found.to_vec(),
        segments: vec![0..found.len()],
        ..EvenSamples::default()
    };
    let settings = neckrom::pipeline::Settings::default().still;
    let velocity = still::angular_velocity(
        &samples.earth_from_sensor,
        &samples.segments,
        samples.rate_hz,
    );
    let speed: Vec<f64> = velocity.iter().map(|v| Vector3::from(*v).norm()).collect();
    let windows = still::windows(&samples, &speed, &settings);
    let rests = still::rests(&windows[0], &windows, &samples);
    let neutral_s = still::middle_s(&windows[0], &samples);
    if let Some(drift) = Drift::estimate(&rests, &[], neutral_s, Rests::SamePlace) {
        drift.remove(&trial.time_s, &mut samples.earth_from_sensor);
    }
    samples.earth_from_sensor
}
