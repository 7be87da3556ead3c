//! Xsens and Movella DOT: CSV of the phone app, of recordings in the sensor, and of the PC software
//! kit.
//!
//! The app writes one file a sensor: `sep=,`, lines of `key:,value`, a copyright line, a header that
//! starts with `PacketCounter,SampleTimeFine`, rows (with a space after the comma in newer versions;
//! exports of recordings in the sensor end each row with a comma). The PC kit writes `key: value` pairs
//! in one line, or none, and a header without a counter. Columns depend on the mode, so they are chosen
//! by name; mode "Undefined" has times only. Others add columns such as `Label` or `Flag`.
//!
//! `SampleTimeFine` counts microseconds (app) or 100 µs (PC kit) in 32 bits; which one shows in the
//! step. Sensors that the app says are `Synced` count it together; else each counts from when it was
//! switched on. Lost packets are rows that are absent, so the times show the gaps. `Quat_W` … is sensor to
//! earth, east-north-up; `Euler_X` … are roll, pitch and yaw in degrees, `Rz Ry Rx`. `Gyr` is deg/s,
//! but rad/s in mode Custom 4; where a quaternion turns 57 times faster or slower, the other unit is
//! taken with a warning. `FreeAcc` is in the earth frame and `Mag` in arbitrary units: not used.
//!
//! High-fidelity modes give increments over one interval: `dq_W` … the turn, `dv[1]` … the change of
//! velocity in m/s. Divided by the interval of the output rate they are gyroscope and accelerometer;
//! lost packets do not matter for that. First rows may hold garbage or nothing but zeros: accelerations
//! past the sensor's range, and of exactly zero, are taken as missing. The PC kit's last rows may end
//! after the time: their values are missing.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};

use super::channels::{
    Angles, SensorColumns, Triple, four, no_orientation, quaternions, triple, unwrapped, vectors,
};
use super::check::check;
use super::header::{Delimiter, Header, mentions, split_lines};
use super::lines::Lines;
use super::neighbours::last;
use super::table::Table;
use super::together::Part;
use super::xsens_name::{started, together_as, without_address};
use super::{Detected, Format, ReadError, ReadOptions, Source, xsens_mtw};
use crate::sample::{About, Clock, Recording, SensorSamples, median_step};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "xsens-dot",
    title: "Xsens / Movella DOT (CSV of the app, of recordings in the sensor, of the PC kit)",
    extensions: &["csv"],
    gives: "quaternion (or Euler angles), gyroscope and accelerometer in some modes, or increments",
    checked: "2 real files of the app; the rest from descriptions",
    detect,
    together,
    read,
};

/// Lines before the header that are looked at.
const PREAMBLE: usize = 40;
const TIME: &str = "SampleTimeFine";
/// `SampleTimeFine` has 32 bits.
const TICKS: f64 = 4_294_967_296.0;
/// A step below this many ticks means ticks of 100 µs: no DOT sends more than 120 samples a second.
const LEAST_MICROSECONDS: f64 = 5_000.0;
/// The accelerometer ends at 16 g.
const MOST_M_S2: f64 = 170.0;
/// About how many degrees a radian has: a gyroscope this much too fast or slow is in the other unit.
const UNIT_RATIOS: std::ops::Range<f64> = 40.0..80.0;

/// `<tag>_<yyyymmdd>_<hhmmss>_<ms>.csv`: sensors that were started in the same minute, since the app
/// starts one after the other. `logfile_<address>.csv`: names that differ in the address only.
fn together(path: &str) -> Part {
    let name = last(path);
    together_as(path, started(name).or_else(|| without_address(name)))
}

fn detect(bytes: &[u8]) -> Detected {
    let mut lines = split_lines(bytes)
        .filter(|line| !line.trim_ascii().is_empty())
        .take(PREAMBLE)
        .enumerate();
    let Some((at, line)) = lines.find(|(_, line)| is_header(line)) else {
        return Detected::No;
    };
    let header = Header::new(line, Delimiter::guess(line));
    let other = at == 0 && xsens_mtw::is_own(&header);
    if other || bytes.trim_ascii_start().starts_with(b"//") {
        Detected::No
    } else {
        Detected::Recording
    }
}

fn is_header(line: &[u8]) -> bool {
    if !mentions(line, TIME) {
        return false;
    }
    let header = Header::new(line, Delimiter::guess(line));
    header.find(TIME).is_some()
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let preamble = preamble(&mut lines)?;
    let mut header = Header::new(lines.line(), Delimiter::guess(lines.line()));
    header.stub = header.find(TIME).map(|time| time + 1);
    let layout = Layout::new(&header, &preamble);
    if !layout.has_orientation() {
        return Err(no_orientation(&header));
    }
    let table = header.read(&mut lines, &layout.wanted(), warnings)?;
    let mut sensor = layout.samples(&table, options);
    without_garbage(&mut sensor, warnings);
    settle_gyro_unit(&mut sensor, options, warnings);
    if value(&preamble, "SyncStatus:").is_some_and(|status| status == "Synced") {
        sensor.clock = Clock::Synchronised;
    }
    let about = About {
        date: date(&preamble),
        ..About::default()
    };
    Ok(Recording {
        sensors: vec![sensor],
        about,
        ..Recording::default()
    })
}

/// Goes to the header line; gives what stands before it.
fn preamble(lines: &mut Lines<'_>) -> Result<String, ReadError> {
    let mut preamble = String::new();
    loop {
        if !lines.advance()? || lines.number() > PREAMBLE {
            return Err(ReadError::NoRows);
        }
        if is_header(lines.line()) {
            return Ok(preamble);
        }
        preamble.push_str(&String::from_utf8_lossy(lines.line()));
        preamble.push('\n');
    }
}

/// What a file gives, and where.
struct Layout {
    columns: SensorColumns,
    increments: Option<Increments>,
    counter: Option<usize>,
    rate_hz: Option<f64>,
}

/// Turn and change of velocity over one interval.
struct Increments {
    turn: [usize; 4],
    velocity: [usize; 3],
}

impl Layout {
    fn new(header: &Header, preamble: &str) -> Self {
        let mut columns = columns(header, preamble);
        let axes = |names| triple(header, names, 1.0).map(|found| found.columns);
        columns.angles = axes(["Euler_X", "Euler_Y", "Euler_Z"]).map(Angles::roll_pitch_yaw_deg);
        let turn = four(header, ["dq_W", "dq_X", "dq_Y", "dq_Z"]);
        let velocity = axes(["dv[1]", "dv[2]", "dv[3]"]);
        let increments = turn
            .zip(velocity)
            .filter(|_| columns.gyro.is_none() && columns.accel.is_none());
        Self {
            increments: increments.map(|(turn, velocity)| Increments { turn, velocity }),
            counter: header.find("PacketCounter"),
            rate_hz: rate_hz(preamble),
            columns,
        }
    }

    const fn has_orientation(&self) -> bool {
        self.columns.has_orientation() || self.increments.is_some()
    }

    fn wanted(&self) -> Vec<usize> {
        let mut wanted = self.columns.wanted();
        if let Some(increments) = &self.increments {
            wanted.extend(increments.turn);
            wanted.extend(increments.velocity);
            wanted.extend(self.counter);
        }
        wanted
    }

    fn samples(&self, table: &Table, options: &ReadOptions) -> SensorSamples {
        let time_s = fine_times(table.column(self.columns.time.unwrap_or_default()));
        let mut sensor = self.columns.samples(table, time_s, options);
        if let Some(increments) = &self.increments {
            let interval_s = self.interval_s(table, &sensor.time_s, options);
            sensor.gyro_rad_s = Some(increments.gyro_rad_s(table, interval_s));
            sensor.accel_m_s2 = Some(increments.accel_m_s2(table, interval_s));
        }
        sensor
    }

    /// The time from one sample to the next where no packet was lost; not a number for a single row.
    fn interval_s(&self, table: &Table, time_s: &[f64], options: &ReadOptions) -> f64 {
        let counts = self.counter.map(|counter| table.column(counter));
        let by_counts = || {
            let counts = counts?;
            let packets = counts.last()? - counts.first()?;
            let duration_s = time_s.last()? - time_s.first()?;
            (packets > 0.0 && duration_s > 0.0).then(|| duration_s / packets)
        };
        let stated = options
            .rate_hz
            .or(self.rate_hz)
            .map(|rate_hz| 1.0 / rate_hz);
        stated
            .or_else(by_counts)
            .or_else(|| median_step(time_s))
            .unwrap_or(f64::NAN)
    }
}

impl Increments {
    fn gyro_rad_s(&self, table: &Table, interval_s: f64) -> Vec<Vector3<f64>> {
        let speed = |turn: &Quaternion<f64>| {
            if turn.norm() > 0.5 {
                UnitQuaternion::new_normalize(*turn).scaled_axis() / interval_s
            } else {
                Vector3::repeat(f64::NAN)
            }
        };
        quaternions(table, self.turn).iter().map(speed).collect()
    }

    fn accel_m_s2(&self, table: &Table, interval_s: f64) -> Vec<Vector3<f64>> {
        let velocity = Triple {
            columns: self.velocity,
            scale: 1.0 / interval_s,
        };
        vectors(table, velocity)
    }
}

/// The rate that the preamble states, such as `60Hz`.
fn rate_hz(preamble: &str) -> Option<f64> {
    let text = value(preamble, "OutputRate:")?;
    let number = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    number
        .parse()
        .ok()
        .filter(|rate: &f64| rate.is_finite() && *rate > 0.0)
}

fn without_garbage(sensor: &mut SensorSamples, warnings: &mut Warnings) {
    for (row, accel) in sensor.accel_m_s2.iter_mut().flatten().enumerate() {
        let what = if accel.iter().any(|axis| axis.abs() > MOST_M_S2) {
            "past the sensor's range"
        } else if *accel == Vector3::zeros() {
            "zero, which no sensor measures"
        } else {
            continue;
        };
        *accel = Vector3::repeat(f64::NAN);
        warnings.add(Warning::MissingValue, || {
            format!("row {}: the acceleration is {what}", row + 1)
        });
    }
}

/// Some modes write rad/s, most deg/s; the quaternion tells which.
fn settle_gyro_unit(sensor: &mut SensorSamples, options: &ReadOptions, warnings: &mut Warnings) {
    let Some(ratio) = check(sensor).gyro_ratio else {
        return;
    };
    let scale = if UNIT_RATIOS.contains(&ratio) {
        std::f64::consts::PI / 180.0
    } else if UNIT_RATIOS.contains(&(1.0 / ratio)) {
        180.0 / std::f64::consts::PI
    } else {
        return;
    };
    if options.gyro_unit.is_none() {
        for gyro in sensor.gyro_rad_s.iter_mut().flatten() {
            *gyro *= scale;
        }
        warnings.add(Warning::GyroscopeDisagrees, || {
            format!(
                "the gyroscope was {ratio:.3} times as fast as the quaternion; its other unit was \
                 taken, --gyro-unit says otherwise"
            )
        });
    }
}

fn columns(header: &Header, preamble: &str) -> SensorColumns {
    let mode = value(preamble, "Measurement Mode:")
        .unwrap_or_default()
        .to_lowercase();
    let custom4 = mode.contains("custom mode 4") || mode.contains("custom 4");
    let gyro_scale = if custom4 {
        1.0
    } else {
        std::f64::consts::PI / 180.0
    };
    SensorColumns {
        name: value(preamble, "DeviceTag:").unwrap_or_default().to_owned(),
        time: header.find(TIME),
        quaternion: four(header, ["Quat_W", "Quat_X", "Quat_Y", "Quat_Z"]),
        gyro: triple(header, ["Gyr_X", "Gyr_Y", "Gyr_Z"], gyro_scale),
        accel: triple(header, ["Acc_X", "Acc_Y", "Acc_Z"], 1.0),
        ..SensorColumns::default()
    }
}

/// Seconds of `SampleTimeFine`.
pub(super) fn fine_times(ticks: &[f64]) -> Vec<f64> {
    let ticks = unwrapped(ticks, TICKS);
    let microseconds = median_step(&ticks).is_none_or(|step| step >= LEAST_MICROSECONDS);
    let ticks_per_s = if microseconds { 1e6 } else { 1e4 };
    ticks.into_iter().map(|tick| tick / ticks_per_s).collect()
}

/// What follows a key, up to the next comma or line end; the app puts a comma before it.
fn value<'a>(preamble: &'a str, key: &str) -> Option<&'a str> {
    let rest = &preamble[preamble.find(key)? + key.len()..];
    let rest = rest.trim_start_matches([' ', ',', ';', '\t']);
    let value = rest.split([',', ';', '\n', '\r']).next()?.trim();
    (!value.is_empty()).then_some(value)
}

/// The day of `StartTime`, when it is written year first.
fn date(preamble: &str) -> Option<String> {
    let day = value(preamble, "StartTime:")?.get(..10)?;
    let shape = |(index, byte): (usize, u8)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    day.bytes().enumerate().all(shape).then(|| day.to_owned())
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    fn recording(text: &str) -> Recording {
        assert_eq!(detect(text.as_bytes()), Detected::Recording, "{text}");
        read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default())
            .unwrap()
            .0
    }

    #[test]
    fn the_app_of_2021() {
        let read = recording(
            "sep=,\nDeviceTag:,Pelvis\nOutputRate:,60Hz\n\
             Measurement Mode:,Sensor fusion Mode - Extended(Quaternion)\n\
             StartTime: ,2021-08-20_20:21:13_835 GMT+8\n\u{a9} Xsens\n\n\
             PacketCounter,SampleTimeFine,Quat_W,Quat_X,Quat_Y,Quat_Z,FreeAcc_X,Status\n\
             1,4294967290,-0.67,0.02,-0.72,0.08,0.03,0\n2,16661,-0.67,0.02,-0.72,0.08,0.03,0\n",
        );
        let sensor = &recording_sensor(&read);
        assert_eq!(
            (sensor.name.as_str(), read.about.date.as_deref()),
            ("Pelvis", Some("2021-08-20"))
        );
        assert_relative_eq!(
            sensor.time_s[1] - sensor.time_s[0],
            0.016_667,
            epsilon = 1e-9
        );
        assert_relative_eq!(sensor.earth_from_sensor.as_ref().unwrap()[0].w, -0.67);
    }

    fn recording_sensor(recording: &Recording) -> SensorSamples {
        recording.sensors[0].clone()
    }

    #[test]
    fn the_app_of_2023_with_euler_angles_and_spaces() {
        let read = recording(
            "sep=,,,\nDeviceTag:,Head,,\nMeasurement Mode:,Sensor fusion Mode - Extended (Euler),\n\
             \x20 2024,,,\nPacketCounter,SampleTimeFine,Euler_X,Euler_Y,Euler_Z,Status\n\
             1, 1773717154, 0, 90, 0, 0\n2, 1773733821, 90.0, 0, 0, 0\n",
        );
        let q = read.sensors[0].earth_from_sensor.as_ref().unwrap();
        let half = std::f64::consts::FRAC_1_SQRT_2;
        assert_relative_eq!(q[0].j, half, epsilon = 1e-12);
        assert_relative_eq!(q[1].i, half, epsilon = 1e-12);
    }

    #[test]
    fn the_pc_kit_counts_100_microseconds() {
        let header = "SampleTimeFine,Gyr_X,Gyr_Y,Gyr_Z,Quat_W,Quat_X,Quat_Y,Quat_Z\n";
        let rows = "1000,180,0,0,1,0,0,0\n1167,180,0,0,1,0,0,0\n1333,0,0,0,1,0,0,0\n";
        let read = recording(&format!("{header}{rows}"));
        assert_relative_eq!(read.sensors[0].time_s[1], 0.1167);
        let gyro = |read: &Recording| read.sensors[0].gyro_rad_s.as_ref().unwrap()[0].x;
        assert_relative_eq!(gyro(&read), std::f64::consts::PI);
        let preamble =
            "DeviceTag: Movella DOT,FirmwareVersion: 3.0.0,Measurement Mode: Custom Mode 4,x\n";
        assert_relative_eq!(
            gyro(&recording(&format!("{preamble}{header}{rows}"))),
            180.0
        );
    }

    const INCREMENTS: &str =
        "PacketCounter,SampleTimeFine,dq_W,dq_X,dq_Y,dq_Z,dv[1],dv[2],dv[3],Mag_X,Status\n";

    #[test]
    fn increments_are_divided_by_the_interval_whatever_was_lost() {
        let rows = "1,0,0.9999875,0.005,0,0,0,0,0.1634442,0.3,0\n\
                    3,33333,0.9999875,0.005,0,0,0,0,0.1634442,0.3,0\n\
                    5,66667,0,0,0,0,0,0,0.1634442,0.3,0\n";
        let rate = "sep=,\nOutputRate:,60Hz,,\n";
        for text in [
            format!("{rate}{INCREMENTS}{rows}"),
            format!("{INCREMENTS}{rows}"),
        ] {
            let read = recording(&text);
            let sensor = &read.sensors[0];
            let gyro = sensor.gyro_rad_s.as_ref().unwrap();
            assert_relative_eq!(gyro[1].x, 0.6, epsilon = 1e-4);
            assert!(gyro[2].x.is_nan(), "no turn is no quaternion");
            let accel = sensor.accel_m_s2.as_ref().unwrap();
            assert_relative_eq!(accel[0].z, 9.806_65, epsilon = 1e-3);
            assert!(sensor.earth_from_sensor.is_none());
        }
    }

    #[test]
    fn exports_end_rows_with_a_comma_and_others_add_columns() {
        let read = recording(
            "DeviceTag:,A\nPacketCounter,SampleTimeFine,Quat_w,Quat_x,Quat_y,Quat_z,Label\n\
             1, 1000, 1, 0, 0, 0, sitting, \n2, 9333, 0, 1, 0, 0, sitting, \n",
        );
        assert_eq!(read.sensors[0].len(), 2);
        assert_relative_eq!(read.sensors[0].time_s[1], 0.009_333);
    }

    #[test]
    fn accelerations_past_the_range_are_missing_and_cut_rows_are_no_loss() {
        let text = "SampleTimeFine,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z\n\
                    1000,1e9,3,4,0,0,0\n1167,0,0,9.8,0,0,0\n1333,0,0,9.8,0,0,0\n1500";
        let options = ReadOptions::default();
        let (read, warnings) = read_bytes(&FORMAT, text.as_bytes(), &options).unwrap();
        let accel = read.sensors[0].accel_m_s2.as_ref().unwrap();
        assert_eq!((accel.len(), accel[0].y.is_nan()), (3, true));
        let kinds: Vec<Warning> = warnings.iter().map(|one| one.warning).collect();
        assert_eq!(kinds, [Warning::MissingValue, Warning::CutOff]);
    }

    #[test]
    fn rows_that_end_after_the_time_have_no_values_and_zeros_are_none() {
        let text = "SampleTimeFine,Acc_X,Acc_Y,Acc_Z,Quat_W,Quat_X,Quat_Y,Quat_Z\n\
                    1000,0,0,0,1,0,0,0\n1167,0,0,9.8,1,0,0,0\n1333,0,0,9.8,1,0,0,0\n1500\n";
        let options = ReadOptions::default();
        let (read, warnings) = read_bytes(&FORMAT, text.as_bytes(), &options).unwrap();
        let sensor = &read.sensors[0];
        let accel = sensor.accel_m_s2.as_ref().unwrap();
        let q = sensor.earth_from_sensor.as_ref().unwrap();
        assert_eq!((q.len(), q[3].w.is_nan(), q[2].w), (4, true, 1.0));
        assert!(accel[0].x.is_nan() && accel[3].x.is_nan() && accel[1].z > 9.0);
        assert_relative_eq!(sensor.time_s[3], 0.15, epsilon = 1e-9);
        assert_eq!(warnings.count(Warning::MissingValue), 8);
        assert_eq!(warnings.count(Warning::RaggedRow), 0);
    }

    #[test]
    fn tabs_are_a_delimiter_too_under_a_preamble() {
        let text = "DeviceTag:\tHead\nPacketCounter\tSampleTimeFine\tEuler_X\tEuler_Y\tEuler_Z\n\
                    1\t1000\t0\t0\t0\n2\t17667\t0\t0\t0\n";
        assert_eq!(recording(text).sensors[0].name, "Head");
    }

    #[test]
    fn the_quaternion_tells_the_unit_of_the_gyroscope() {
        let header = "SampleTimeFine,Gyr_X,Gyr_Y,Gyr_Z,Quat_W,Quat_X,Quat_Y,Quat_Z\n";
        let row = |index: i32| {
            let half = f64::from(index) * 0.005;
            let (sin, cos) = half.sin_cos();
            format!("{},0.6,0,0,{cos},{sin},0,0\n", index * 1000 / 6)
        };
        let text: String = std::iter::once(header.to_owned())
            .chain((0..100).map(row))
            .collect();
        let read = |options: &ReadOptions| {
            let (read, warnings) = read_bytes(&FORMAT, text.as_bytes(), options).unwrap();
            let gyro = read.sensors[0].gyro_rad_s.as_ref().unwrap()[0].x;
            (gyro, !warnings.is_empty())
        };
        let (gyro, warned) = read(&ReadOptions::default());
        assert!((gyro - 0.6).abs() < 1e-9 && warned, "{gyro}");
        let said = ReadOptions {
            gyro_unit: Some(crate::read::GyroUnit::Deg),
            ..ReadOptions::default()
        };
        assert!(read(&said).0 < 0.02);
    }

    #[test]
    fn times_alone_are_no_orientation() {
        let text = "DeviceTag: A,Measurement Mode: Undefined\nSampleTimeFine\n1\n2\n";
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let read = read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default());
        assert!(matches!(read, Err(ReadError::NoOrientation { .. })));
    }

    #[test]
    fn free_acceleration_alone_is_no_orientation() {
        let text =
            b"sep=,\nPacketCounter,SampleTimeFine,FreeAcc_X,FreeAcc_Y,FreeAcc_Z\n1,2,3,4,5\n";
        let read = read_bytes(&FORMAT, text, &ReadOptions::default());
        assert!(matches!(read, Err(ReadError::NoOrientation { .. })));
    }
}
