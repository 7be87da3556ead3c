use std::f64::consts::PI;

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use super::*;
use crate::units::STANDARD_GRAVITY_M_S2;

/// A head that nods and turns by 50 degrees, 2 s each way and back, with 2 s of rest between; its
/// sensor hangs crooked.
fn turned(time_s: f64) -> UnitQuaternion<f64> {
    let phase = (time_s / 4.0).rem_euclid(4.0);
    let part = if phase.fract() < 0.5 {
        (1.0 - (4.0 * PI * phase.fract()).cos()) / 2.0
    } else {
        0.0
    };
    let axes = [Vector3::y(), Vector3::z(), -Vector3::y(), -Vector3::z()];
    let axis = axes[(phase as usize).min(3)];
    let crooked = UnitQuaternion::from_scaled_axis(Vector3::new(0.4, -0.2, 0.9));
    UnitQuaternion::from_scaled_axis(axis * (part * 50_f64.to_radians())) * crooked
}

/// 32 s of it, all channels.
fn head(rate_hz: f64) -> SensorSamples {
    let time_s: Vec<f64> = (0..(32.0 * rate_hz) as usize)
        .map(|at| 1e6 + at as f64 / rate_hz)
        .collect();
    let gravity = Vector3::z() * STANDARD_GRAVITY_M_S2;
    let step_s = 1e-3;
    let speed =
        |t: f64| (turned(t - step_s).inverse() * turned(t + step_s)).scaled_axis() / (2.0 * step_s);
    let since = |t: &f64| t - 1e6;
    SensorSamples {
        earth_from_sensor: Some(time_s.iter().map(|t| *turned(since(t))).collect()),
        gyro_rad_s: Some(time_s.iter().map(|t| speed(since(t))).collect()),
        accel_m_s2: Some(
            time_s
                .iter()
                .map(|t| turned(since(t)).inverse() * gravity)
                .collect(),
        ),
        time_s,
        ..SensorSamples::default()
    }
}

fn without_gyro(mut sensor: SensorSamples) -> SensorSamples {
    sensor.gyro_rad_s = None;
    sensor.accel_m_s2 = None;
    sensor
}

fn quaternions(sensor: &mut SensorSamples) -> &mut Vec<Quaternion<f64>> {
    sensor.earth_from_sensor.as_mut().unwrap()
}

fn gyros(sensor: &mut SensorSamples) -> &mut Vec<Vector3<f64>> {
    sensor.gyro_rad_s.as_mut().unwrap()
}

fn rounded(mut sensor: SensorSamples, scale: f64) -> SensorSamples {
    for q in quaternions(&mut sensor) {
        *q = Quaternion::from(q.coords.map(|c| (c * scale).round() / scale));
    }
    sensor
}

/// Turns the orientation by this from a sample on, in the earth.
fn turn_on(sensor: &mut SensorSamples, at: usize, axis: Vector3<f64>, deg: f64) {
    let turn = *UnitQuaternion::from_scaled_axis(axis * deg.to_radians());
    for q in &mut quaternions(sensor)[at..] {
        *q = turn * *q;
    }
}

fn kinds(sensor: &SensorSamples) -> Vec<FaultKind> {
    faults(sensor).iter().map(|fault| fault.kind).collect()
}

/// The only fault, of this kind.
fn only(sensor: &SensorSamples, kind: FaultKind) -> Fault {
    let found = faults(sensor);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].kind, kind);
    assert_eq!(found[0].count, found[0].samples.len());
    found.into_iter().next().unwrap()
}

#[test]
fn good_sensors_have_none() {
    for rate_hz in [10.0, 25.0, 60.0, 100.0, 400.0] {
        for scale in [1e4, 16_384.0, 1e7] {
            let sensor = rounded(head(rate_hz), scale);
            assert_eq!(faults(&sensor), [], "{rate_hz} Hz, {scale}");
            assert_eq!(faults(&without_gyro(sensor)), [], "{rate_hz} Hz, {scale}");
        }
    }
}

#[test]
fn a_still_sensor_repeats_its_values() {
    let mut sensor = rounded(head(100.0), 1e3);
    let still = quaternions(&mut sensor)[0];
    quaternions(&mut sensor).fill(still);
    // An offset of 4 degrees a second that the device knows of.
    gyros(&mut sensor).fill(Vector3::new(0.05, 0.05, 0.0));
    let felt = sensor.accel_m_s2.as_ref().unwrap()[0];
    sensor.accel_m_s2.as_mut().unwrap().fill(felt);
    assert_eq!(faults(&sensor), []);
}

#[test]
fn orientation_that_comes_every_third_row_is_no_fault() {
    let mut sensor = head(100.0);
    let all = quaternions(&mut sensor).clone();
    for (at, q) in quaternions(&mut sensor).iter_mut().enumerate() {
        *q = all[at - at % 3];
    }
    assert_eq!(faults(&sensor), []);
    assert_eq!(faults(&without_gyro(sensor)), []);
}

#[test]
fn gaps_are_no_jumps() {
    let mut sensor = head(100.0);
    let kept = |at: usize| !(480..560).contains(&at);
    let mut time_s = sensor.time_s.clone();
    let mut at = 0..;
    time_s.retain(|_| kept(at.next().unwrap()));
    let mut at = 0..;
    quaternions(&mut sensor).retain(|_| kept(at.next().unwrap()));
    let mut at = 0..;
    gyros(&mut sensor).retain(|_| kept(at.next().unwrap()));
    let mut at = 0..;
    sensor
        .accel_m_s2
        .as_mut()
        .unwrap()
        .retain(|_| kept(at.next().unwrap()));
    sensor.time_s = time_s;
    assert_eq!(faults(&sensor), []);
    assert_eq!(faults(&without_gyro(sensor)), []);
}

#[test]
fn nothing_and_nonsense_have_no_faults() {
    assert_eq!(faults(&SensorSamples::default()), []);
    for count in [1, 2, 3] {
        let nan = SensorSamples {
            time_s: vec![0.0; count],
            earth_from_sensor: Some(vec![Quaternion::new(f64::NAN, 0.0, 0.0, 0.0); count]),
            gyro_rad_s: Some(vec![Vector3::repeat(f64::NAN); count]),
            accel_m_s2: Some(vec![Vector3::repeat(f64::INFINITY); count]),
            ..SensorSamples::default()
        };
        assert_eq!(faults(&nan), []);
    }
    let mut sensor = head(50.0);
    sensor.time_s.reverse();
    faults(&sensor);
}

#[test]
fn a_jump_in_the_first_rows() {
    for with_gyro in [true, false] {
        let mut sensor = head(50.0);
        let turn = *UnitQuaternion::from_scaled_axis(Vector3::new(0.5, 1.0, 0.0));
        for q in &mut quaternions(&mut sensor)[..3] {
            *q = turn * *q;
        }
        let sensor = if with_gyro {
            sensor
        } else {
            without_gyro(sensor)
        };
        let fault = only(&sensor, FaultKind::StartTransient);
        assert_eq!(fault.samples, [0..3]);
        assert!((fault.seconds - 0.06).abs() < 1e-6, "{fault:?}");
    }
}

#[test]
fn a_filter_that_settles() {
    // The nod begins at once, so the sensor rests for 4 s first.
    let mut sensor = head(100.0);
    let still = 400;
    let (q, accel) = (*turned(0.0), turned(0.0).inverse() * Vector3::z() * 9.8);
    quaternions(&mut sensor).splice(0..0, vec![q; still]);
    gyros(&mut sensor).splice(0..0, vec![Vector3::zeros(); still]);
    sensor
        .accel_m_s2
        .as_mut()
        .unwrap()
        .splice(0..0, vec![accel; still]);
    let first_s = sensor.time_s[0];
    sensor.time_s = (0..sensor.time_s.len() + still)
        .map(|at| first_s + at as f64 / 100.0)
        .collect();
    assert_eq!(faults(&sensor), []);
    for (at, q) in quaternions(&mut sensor)[..still].iter_mut().enumerate() {
        let off_rad = 0.5 * (-(at as f64) / 80.0).exp();
        *q = *UnitQuaternion::from_scaled_axis(Vector3::x() * off_rad) * *q;
    }
    let fault = only(&sensor, FaultKind::StartTransient);
    assert!((1.0..3.5).contains(&fault.seconds), "{fault:?}");
}

#[test]
fn orientation_that_freezes() {
    for with_gyro in [true, false] {
        let mut sensor = head(100.0);
        let frozen = quaternions(&mut sensor)[450];
        quaternions(&mut sensor)[450..520].fill(frozen);
        let sensor = if with_gyro {
            sensor
        } else {
            without_gyro(sensor)
        };
        let found = faults(&sensor);
        let stale = found
            .iter()
            .find(|fault| fault.kind == FaultKind::StaleOrientation);
        assert_eq!(stale.unwrap().samples, [450..520], "{found:#?}");
        assert!((stale.unwrap().seconds - 0.7).abs() < 1e-6);
        assert_eq!(found.len(), 1, "{found:#?}");
    }
    let mut sensor = head(100.0);
    let frozen = quaternions(&mut sensor)[2450];
    quaternions(&mut sensor)[2450..].fill(frozen);
    assert_eq!(
        only(&sensor, FaultKind::StaleOrientation).samples,
        [2450..3200]
    );
}

#[test]
fn a_reset_of_the_heading() {
    for with_gyro in [true, false] {
        let mut sensor = head(60.0);
        turn_on(&mut sensor, 700, Vector3::z(), 15.0);
        turn_on(&mut sensor, 1400, Vector3::z(), -15.0);
        let sensor = if with_gyro {
            sensor
        } else {
            without_gyro(sensor)
        };
        let fault = only(&sensor, FaultKind::HeadingReset);
        assert_eq!(fault.samples, [700..701, 1400..1401]);
        assert!(fault.message.contains("15.0 degrees"), "{}", fault.message);
        assert!(!fault.kind.spoils_samples());
    }
}

#[test]
fn one_wrong_sample() {
    for with_gyro in [true, false] {
        let mut sensor = head(100.0);
        let turn = *UnitQuaternion::from_scaled_axis(Vector3::new(0.3, 0.4, 0.0));
        quaternions(&mut sensor)[450] *= turn;
        let sensor = if with_gyro {
            sensor
        } else {
            without_gyro(sensor)
        };
        let fault = only(&sensor, FaultKind::ImpossibleStep);
        assert_eq!(fault.samples, [450..451, 451..452]);
    }
    // A gyroscope in a wrong unit is not believed.
    let mut sensor = head(100.0);
    for gyro in gyros(&mut sensor) {
        *gyro /= 57.3;
    }
    assert_eq!(kinds(&sensor), []);
}

#[test]
fn few_digits_cost_angle() {
    for (scale, deg) in [(10.0, "11.5"), (100.0, "1.1"), (128.0, "0.9")] {
        let fault = faults(&rounded(head(100.0), scale)).pop().unwrap();
        assert_eq!(fault.kind, FaultKind::QuantisedQuaternion);
        assert!(fault.message.contains(deg), "{}", fault.message);
        assert_eq!(fault.samples, [0..3200]);
    }
    assert_eq!(
        kinds(&rounded(head(100.0), 100.0)),
        [FaultKind::QuantisedQuaternion]
    );
    assert_eq!(
        kinds(&rounded(without_gyro(head(50.0)), 100.0)),
        [FaultKind::QuantisedQuaternion]
    );
}

#[test]
fn the_angle_that_digits_cost_is_an_upper_bound() {
    let (exact, coarse) = (head(100.0), rounded(head(100.0), 100.0));
    let pairs = exact
        .earth_from_sensor
        .iter()
        .zip(&coarse.earth_from_sensor);
    let off = |(exact, coarse)| changes::angle_rad(exact, coarse);
    let all = pairs.flat_map(|(exact, coarse)| exact.iter().zip(coarse).map(off));
    let worst_deg = all.fold(0.0, f64::max).to_degrees();
    assert!((0.5..1.15).contains(&worst_deg), "{worst_deg}");
}

#[test]
fn zeros() {
    let mut sensor = head(100.0);
    quaternions(&mut sensor)[40..50].fill(Quaternion::new(0.0, 0.0, 0.0, 0.0));
    quaternions(&mut sensor)[990] = Quaternion::new(0.0, 0.0, 0.0, 0.0);
    let fault = only(&sensor, FaultKind::ZeroQuaternion);
    assert_eq!(fault.samples, [40..50, 990..991]);
    assert!((fault.seconds - 0.11).abs() < 1e-6 && fault.kind.spoils_samples());
}

#[test]
fn clipped_channels() {
    let mut sensor = head(100.0);
    for gyro in gyros(&mut sensor) {
        *gyro = gyro.map(|c| (c * 4.0).clamp(-2.5, 2.5));
    }
    sensor.earth_from_sensor = None;
    let fault = only(&sensor, FaultKind::Clipped);
    assert!(
        fault.message.contains("gyroscope stuck at 143"),
        "{}",
        fault.message
    );
    assert!(fault.count >= 4, "{fault:?}");
    let mut sensor = head(100.0);
    let full = 2.0 * STANDARD_GRAVITY_M_S2 * 32_767.0 / 32_768.0;
    for at in [100, 200, 300] {
        sensor.accel_m_s2.as_mut().unwrap()[at].y = full;
    }
    let fault = only(&sensor, FaultKind::Clipped);
    assert_eq!(fault.samples, [100..101, 200..201, 300..301]);
    assert!(fault.message.contains("2.0 g"), "{}", fault.message);
}

#[test]
fn a_peak_in_coarse_digits_is_not_clipped() {
    let mut sensor = head(1000.0);
    for gyro in gyros(&mut sensor) {
        *gyro = gyro.map(|c| (c * 400.0).round() / 100.0);
    }
    sensor.earth_from_sensor = None;
    let peak = gyros(&mut sensor)
        .iter()
        .map(Vector3::amax)
        .fold(0.0, f64::max);
    let times = gyros(&mut sensor)
        .iter()
        .filter(|gyro| gyro.amax() >= peak)
        .count();
    assert!(times > 50 && peak > 3.0, "{times} at {peak}");
    assert_eq!(faults(&sensor), []);
}

#[test]
fn a_clipped_quaternion() {
    let mut sensor = head(100.0);
    for q in quaternions(&mut sensor) {
        q.w = q.w.min(0.8);
    }
    let fault = only(&sensor, FaultKind::Clipped);
    assert!(
        fault.message.starts_with("a quaternion component"),
        "{}",
        fault.message
    );
}

#[test]
fn channels_that_stay_the_same() {
    for axis in 0..2 {
        let mut sensor = head(100.0);
        let stuck = |vectors: &mut Vec<Vector3<f64>>| {
            let first = vectors[20];
            vectors[20..140].fill(first);
        };
        if axis == 0 {
            stuck(sensor.accel_m_s2.as_mut().unwrap());
        } else {
            gyros(&mut sensor)[20..140].fill(Vector3::zeros());
        }
        let fault = only(&sensor, FaultKind::StaleChannel);
        assert!(
            fault.samples[0].start < 60 && fault.seconds > 0.5,
            "{fault:?}"
        );
    }
}

#[test]
fn codes_are_those_of_the_warnings() {
    assert_eq!(FaultKind::HeadingReset.code(), "heading_reset");
    assert_eq!(FaultKind::StaleChannel.code(), "stale_channel");
}
