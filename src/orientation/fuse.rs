//! Which orientation is used: the device's own quaternions, or gyroscope and accelerometer fused.
//!
//! A device's quaternion is taken where there is one, unless fusing is asked for; a recording that
//! has only the inertial channels is fused offline. The magnetometer is left out unless it is asked
//! for: indoors, near a chair's steel, it costs more than it gives.

use std::ops::Range;

use nalgebra::{Quaternion, Vector3};

use super::clean::Channels;
use super::clock::{self, EvenSamples, make_continuous};
use super::heading::{self, Rest, heading_between, turned_about_vertical};
use super::vqf::{self, Parameters, StartBias, Stream};
use super::{OrientationError, pair, up_in_sensor};
use crate::sample::SensorSamples;
use crate::warning::Warnings;

/// How inertial channels are fused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fusion {
    /// Each sample from itself and all before it, as in a live capture.
    Online,
    /// Each sample from the whole recording: forward and backward.
    Offline,
}

/// What fusing may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FuseSettings {
    /// Fuse, even where the device gives quaternions; `None`: only where it does not, offline.
    pub fusion: Option<Fusion>,
    /// Let the magnetometer in.
    pub magnetometer: bool,
}

/// Where an orientation came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Source {
    /// The device's own quaternions.
    #[default]
    Device,
    /// Fused from gyroscope and accelerometer.
    Fused(Fusion),
    /// Fused from gyroscope, accelerometer and magnetometer.
    FusedWithMagnetometer(Fusion),
}

impl Source {
    /// The name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Fused(Fusion::Online) => "fused_online",
            Self::Fused(Fusion::Offline) => "fused_offline",
            Self::FusedWithMagnetometer(Fusion::Online) => "fused_online_with_magnetometer",
            Self::FusedWithMagnetometer(Fusion::Offline) => "fused_offline_with_magnetometer",
        }
    }

    /// What to take of this sensor.
    fn of(sensor: &SensorSamples, settings: FuseSettings) -> Self {
        match (settings.fusion, &sensor.earth_from_sensor) {
            (None, Some(_)) => Self::Device,
            (fusion, _) if settings.magnetometer => {
                Self::FusedWithMagnetometer(fusion.unwrap_or(Fusion::Offline))
            }
            (fusion, _) => Self::Fused(fusion.unwrap_or(Fusion::Offline)),
        }
    }

    const fn channels(self) -> Channels {
        match self {
            Self::Device => Channels::Quaternions,
            Self::Fused(_) => Channels::Inertial { mag: false },
            Self::FusedWithMagnetometer(_) => Channels::Inertial { mag: true },
        }
    }
}

/// Evenly timed orientation of each sensor, in their order.
///
/// # Errors
/// A sensor has neither quaternions nor gyroscope and accelerometer, or not the channels that were
/// asked for; or what [`clock::even`] refuses.
pub fn orientations(
    sensors: Vec<SensorSamples>,
    settings: FuseSettings,
    gap_s: f64,
    warnings: &mut Warnings,
) -> Result<Vec<EvenSamples>, OrientationError> {
    let mut even = Vec::with_capacity(sensors.len());
    for sensor in sensors {
        let source = Source::of(&sensor, settings);
        even.push(EvenSamples {
            source,
            ..clock::even(sensor, source.channels(), gap_s, warnings)?
        });
    }
    let unfused = |samples: &&mut EvenSamples| samples.source != Source::Device;
    let mut unfused: Vec<&mut EvenSamples> = even.iter_mut().filter(unfused).collect();
    fuse(&mut unfused, settings.fusion.unwrap_or(Fusion::Offline));
    Ok(even)
}

/// The sensor with its orientation fused, on an even time base.
///
/// # Errors
/// As [`orientations`].
pub fn fused(
    sensor: SensorSamples,
    settings: FuseSettings,
    gap_s: f64,
    warnings: &mut Warnings,
) -> Result<SensorSamples, OrientationError> {
    let (name, place, clock) = (sensor.name.clone(), sensor.place, sensor.clock);
    let even = orientations(vec![sensor], settings, gap_s, warnings)?
        .pop()
        .unwrap_or_default();
    let quaternion = |[w, x, y, z]: [f64; 4]| Quaternion::new(w, x, y, z);
    let vectors = |channel: Option<Vec<[f64; 3]>>| {
        channel.map(|all| all.into_iter().map(Vector3::from).collect())
    };
    Ok(SensorSamples {
        name,
        place,
        clock,
        earth_from_sensor: Some(even.earth_from_sensor.into_iter().map(quaternion).collect()),
        time_s: even.time_s,
        gyro_rad_s: vectors(even.gyro_rad_s),
        accel_m_s2: vectors(even.accel_m_s2),
        mag_ut: vectors(even.mag),
        angles_off_deg: None,
    })
}

/// How far the device's own orientation is from the fused one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Of the vertical, root mean square, radians.
    pub inclination_rad: f64,
    /// Of the vertical, the largest, radians.
    pub inclination_rad_max: f64,
    /// Of heading, its slope, rad/s, positive when the device turns to the left of the fused one;
    /// `None` under 20 s.
    pub heading_rad_s: Option<f64>,
}

/// Compares a sensor's own quaternions with what fusing its other channels gives; `None` when it has
/// not both, or too little of them.
pub fn difference(
    sensor: &SensorSamples,
    settings: FuseSettings,
    gap_s: f64,
) -> Option<Difference> {
    let unheard = &mut Warnings::default();
    let fusion = settings.fusion.or(Some(Fusion::Offline));
    let own = FuseSettings::default();
    let settings = FuseSettings { fusion, ..settings };
    sensor.earth_from_sensor.as_ref()?;
    let device = orientations(vec![sensor.clone()], own, gap_s, unheard)
        .ok()?
        .pop()?;
    let fused = orientations(vec![sensor.clone()], settings, gap_s, unheard)
        .ok()?
        .pop()?;
    let (device, fused) = pair::pair(&device, &fused).ok()?;
    let pairs = device
        .earth_from_sensor
        .iter()
        .zip(&fused.earth_from_sensor)
        .zip(&device.time_s);
    let (mut sum, mut largest) = (0.0, 0.0_f64);
    let mut headings = Vec::with_capacity(device.time_s.len());
    for ((device, fused), &time_s) in pairs {
        let off = up_in_sensor(device).angle(&up_in_sensor(fused));
        sum += off * off;
        largest = largest.max(off);
        headings.push(Rest {
            time_s,
            heading_rad: heading_between(fused, device),
        });
    }
    Some(Difference {
        inclination_rad: (sum / headings.len() as f64).sqrt(),
        inclination_rad_max: largest,
        heading_rad_s: heading::slope(&headings, &[]),
    })
}

/// One segment of one sensor.
struct Stretch {
    sensor: usize,
    samples: Range<usize>,
}

/// Fuses all of them, side by side: of each its longest segment first, whose gyroscope bias the
/// others start from.
fn fuse(sensors: &mut [&mut EvenSamples], fusion: Fusion) {
    let (mut firsts, mut others) = (Vec::new(), Vec::new());
    for (sensor, even) in sensors.iter_mut().enumerate() {
        // The segments cover all samples, so that each is written.
        even.earth_from_sensor = vec![[0.0; 4]; even.time_s.len()];
        even.mag.iter_mut().for_each(|mag| hold(mag));
        let longest = longest(&even.segments);
        for (k, samples) in even.segments.iter().cloned().enumerate() {
            let to = if k == longest {
                &mut firsts
            } else {
                &mut others
            };
            to.push(Stretch { sensor, samples });
        }
    }
    // Alike in length, side by side.
    others.sort_by_key(|stretch| std::cmp::Reverse(stretch.samples.len()));
    let biases = run(sensors, &firsts, &vec![None; sensors.len()], fusion);
    run(sensors, &others, &biases, fusion);
    for even in sensors {
        join_headings(&mut even.earth_from_sensor, &even.segments);
        for segment in &even.segments {
            make_continuous(&mut even.earth_from_sensor[segment.clone()]);
        }
    }
}

/// Fuses these stretches and puts the orientations in their place; returns the bias of each.
fn run(
    sensors: &mut [&mut EvenSamples],
    stretches: &[Stretch],
    biases: &[Option<StartBias>],
    fusion: Fusion,
) -> Vec<Option<StartBias>> {
    let streams: Vec<Stream<'_>> = stretches
        .iter()
        .map(|stretch| stream(sensors[stretch.sensor], stretch, biases[stretch.sensor]))
        .collect();
    let fused = match fusion {
        Fusion::Online => vqf::online(&streams, &Parameters::default()),
        Fusion::Offline => vqf::offline(&streams, &Parameters::default()),
    };
    drop(streams);
    let mut found = Vec::with_capacity(fused.len());
    for (stretch, fused) in stretches.iter().zip(fused) {
        let to = &mut sensors[stretch.sensor].earth_from_sensor[stretch.samples.clone()];
        to.copy_from_slice(&fused.earth_from_sensor);
        found.push(Some(fused.bias));
    }
    found
}

fn stream<'a>(even: &'a EvenSamples, stretch: &Stretch, bias: Option<StartBias>) -> Stream<'a> {
    let part = |channel: &'a Option<Vec<[f64; 3]>>| {
        channel.as_deref().map(|all| &all[stretch.samples.clone()])
    };
    Stream {
        interval_s: 1.0 / even.rate_hz,
        gyro_rad_s: part(&even.gyro_rad_s).unwrap_or_default(),
        accel_m_s2: part(&even.accel_m_s2).unwrap_or_default(),
        mag: part(&even.mag),
        start_bias: bias,
    }
}

fn longest(segments: &[Range<usize>]) -> usize {
    (0..segments.len())
        .max_by_key(|&k| segments[k].len())
        .unwrap_or_default()
}

/// Fills what is not a number with the value before it, as a slower channel has it.
fn hold(channel: &mut [[f64; 3]]) {
    let finite = |v: &[f64; 3]| v.iter().all(|c| c.is_finite());
    let mut last = channel.iter().copied().find(finite).unwrap_or_default();
    for v in channel {
        if finite(v) {
            last = *v;
        } else {
            *v = last;
        }
    }
}

/// Fusing begins anew after a gap, at an arbitrary heading: turns each segment so that heading goes
/// on where it stopped. How far the head turned in the gap is not known.
fn join_headings(earth_from_sensor: &mut [[f64; 4]], segments: &[Range<usize>]) {
    for pair in segments.windows(2) {
        let last = earth_from_sensor[pair[0].end - 1];
        let first = earth_from_sensor[pair[1].start];
        let turn = heading_between(&first, &last);
        for q in &mut earth_from_sensor[pair[1].clone()] {
            *q = turned_about_vertical(q, turn);
        }
    }
}
