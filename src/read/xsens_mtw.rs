//! Xsens MTw and MTi: text export of MT Manager, and of the older MT software.
//!
//! Lines of `// key: value`, a header line, rows; tabs, commas, semicolons or single spaces as the
//! user chose; missing values are empty or `NaN`. One file a sensor; its ID stands in the preamble
//! (`DeviceId`) or only in the file's name.
//!
//! Orientation is `Quat_q0`…`q3` or `Quat_w`…`z` (w first), or `Mat[1][1],Mat[2][1],…` (a rotation
//! matrix, column after column), or `Roll,Pitch,Yaw` (degrees, `Rz Ry Rx`); all are sensor to earth
//! with Z up. `Acc` m/s², `Gyr` rad/s, `Mag` arbitrary units (not used). Time is the counter, 16 bits,
//! divided by the rate. The base of the wireless MTw counts for all its sensors, so equal counts of two
//! files are one instant; a wired MTi counts for itself. MTw are known by their ID, which begins `00B4`.
//! The rate stands in the preamble of some versions only; where it does not, `SampleTimeFine` (ticks of
//! 100 µs, mostly empty) gives the times if it is filled, else the user must say the rate. The preamble
//! may say that earth is north-east-down; it is then turned up.

use nalgebra::{Matrix3, Quaternion};

use super::channels::{
    SensorColumns, even_times, four, from_euler_deg, from_matrix, no_orientation, triple, unwrapped,
};
use super::convention::{Convention, Up};
use super::header::{Delimiter, Header};
use super::lines::Lines;
use super::neighbours::{joined, last, parent};
use super::table::Table;
use super::together::{Part, alone};
use super::xsens_dot::fine_times;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::{Clock, Recording};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "xsens-mtw",
    title: "Xsens MTw / MTi (MT Manager text)",
    extensions: &["txt"],
    gives: "quaternion (or matrix, or Euler angles), gyroscope, accelerometer",
    checked: "15 real files of 4 software generations",
    detect,
    together,
    read,
};

/// Lines before the header that are looked at.
const PREAMBLE: usize = 60;
/// The counter has 16 bits.
const COUNTS: f64 = 65_536.0;
/// IDs of wireless sensors begin so.
const WIRELESS: &str = "00B4";
const COUNTERS: [&str; 2] = ["PacketCounter", "Counter"];
const FINE: &str = "SampleTimeFine";

/// `MT_<station>_<trial>_<device>.txt`: sensors of one trial differ in the device only.
fn together(path: &str) -> Part {
    let name = last(path);
    let trial =
        device_in(name).and_then(|id| Some(name.get(..name.rfind(&id)?)?.trim_end_matches('_')));
    match trial {
        Some(trial) if !trial.is_empty() => Part {
            sensor: path.to_owned(),
            recording: joined(parent(path), trial),
        },
        _ => alone(path),
    }
}

fn detect(bytes: &[u8]) -> Detected {
    let mut lines = bytes.split(|&byte| byte == b'\n').take(PREAMBLE);
    let Some(line) = lines.find(|line| !is_before_header(line)) else {
        return Detected::No;
    };
    let header = Header::new(line, delimiter(line));
    let has = |name: &str| header.find(name).is_some();
    let counted = COUNTERS.into_iter().any(has);
    let own = bytes.starts_with(b"//") || has("Mat[1][1]") || has("Quat_q0");
    if counted && own {
        Detected::Recording
    } else {
        Detected::No
    }
}

fn is_before_header(line: &[u8]) -> bool {
    line.starts_with(b"//") || line.trim_ascii().is_empty()
}

/// A single space delimits, so that empty cells stay cells.
fn delimiter(line: &[u8]) -> Delimiter {
    let guess = Delimiter::guess(line);
    if guess == Delimiter::Spaces {
        Delimiter::Byte(b' ')
    } else {
        guess
    }
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let mut preamble = Preamble::default();
    lines.advance_past(is_before_header, |line| preamble.line(line))?;
    let header = Header::new(lines.line(), delimiter(lines.line()));
    let name = preamble
        .device
        .or_else(|| device_in(source.name))
        .unwrap_or_default();
    let columns = columns(&header, name);
    let turned = Turned::find(&header).filter(|_| columns.quaternion.is_none());
    if turned.is_none() && !columns.has_orientation() {
        return Err(no_orientation(&header));
    }
    let stated_hz = options.rate_hz.or(preamble.rate_hz);
    let fine = header.find(FINE).filter(|_| stated_hz.is_none());
    let mut wanted = columns.wanted();
    wanted.extend(turned.as_ref().map(Turned::wanted).unwrap_or_default());
    wanted.extend(fine);
    let table = header.read(&mut lines, &wanted, warnings)?;
    let rate_hz = stated_hz.or_else(|| rate_by_ticks(&columns, table.column(fine?), &table));
    let rate_hz = rate_hz.ok_or(ReadError::NoRate)?;
    let (time_s, first) = times(&columns, &table, rate_hz, warnings);
    let mut sensor = columns.samples(&table, time_s, options);
    sensor.clock = clock(&sensor.name, first, rate_hz);
    if let Some(turned) = turned {
        sensor.earth_from_sensor = Some(turned.quaternions(&table));
    }
    let mut recording = Recording {
        sensors: vec![sensor],
        ..Recording::default()
    };
    preamble.convention.apply(&mut recording);
    Ok(recording)
}

/// The rate that `SampleTimeFine` shows: counts over the time in which they passed.
fn rate_by_ticks(columns: &SensorColumns, ticks: &[f64], table: &Table) -> Option<f64> {
    let time_s = fine_times(ticks);
    let counts = unwrapped(table.column(columns.time?), COUNTS);
    let passed = |values: &[f64]| Some(values.last()? - values.first()?);
    let rate_hz = passed(&counts)? / passed(&time_s)?;
    (rate_hz.is_finite() && rate_hz > 0.0).then_some(rate_hz)
}

#[derive(Debug, Default)]
struct Preamble {
    rate_hz: Option<f64>,
    convention: Convention,
    device: Option<String>,
}

impl Preamble {
    fn line(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let Some((key, value)) = text.trim_start_matches('/').split_once(':') else {
            return;
        };
        let value = value.trim();
        match key.trim().to_lowercase().as_str() {
            "sample rate" | "update rate" => {
                let number = value.trim_end_matches(|c: char| !c.is_ascii_digit());
                self.rate_hz = number.parse().ok().filter(|rate| *rate > 0.0);
            }
            "deviceid" => self.device = Some(value.to_owned()),
            "coordinate system" if value == "NED" => self.convention.up = Up::MinusZ,
            _ => {}
        }
    }
}

/// The device's ID in a file name: eight hexadecimal digits.
fn device_in(name: &str) -> Option<String> {
    let hex = |part: &&str| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .rfind(hex)
        .map(str::to_owned)
}

fn columns(header: &Header, name: String) -> SensorColumns {
    SensorColumns {
        name,
        time: COUNTERS.iter().find_map(|counter| header.find(counter)),
        quaternion: four(header, ["Quat_q0", "Quat_q1", "Quat_q2", "Quat_q3"])
            .or_else(|| four(header, ["Quat_w", "Quat_x", "Quat_y", "Quat_z"])),
        gyro: triple(header, ["Gyr_X", "Gyr_Y", "Gyr_Z"], 1.0),
        accel: triple(header, ["Acc_X", "Acc_Y", "Acc_Z"], 1.0),
        ..SensorColumns::default()
    }
}

/// Orientation that is not written as a quaternion.
enum Turned {
    /// Column after column.
    Matrix([[usize; 3]; 3]),
    Euler([usize; 3]),
}

impl Turned {
    fn find(header: &Header) -> Option<Self> {
        let column = |c: usize| {
            let names = [1, 2, 3].map(|r| format!("Mat[{r}][{c}]"));
            triple(header, names.each_ref().map(String::as_str), 1.0).map(|found| found.columns)
        };
        let matrix = || Some(Self::Matrix([column(1)?, column(2)?, column(3)?]));
        let euler = || triple(header, ["Roll", "Pitch", "Yaw"], 1.0);
        matrix().or_else(|| euler().map(|euler| Self::Euler(euler.columns)))
    }

    fn wanted(&self) -> Vec<usize> {
        match self {
            Self::Matrix(columns) => columns.concat(),
            Self::Euler(columns) => columns.to_vec(),
        }
    }

    fn quaternions(&self, table: &Table) -> Vec<Quaternion<f64>> {
        match self {
            Self::Matrix(columns) => {
                let [x, y, z] = columns.map(|columns| {
                    super::channels::vectors(
                        table,
                        super::channels::Triple {
                            columns,
                            scale: 1.0,
                        },
                    )
                });
                let matrix = |row: usize| Matrix3::from_columns(&[x[row], y[row], z[row]]);
                (0..x.len()).map(|row| from_matrix(&matrix(row))).collect()
            }
            Self::Euler(columns) => from_euler_deg(table, *columns),
        }
    }
}

/// The base's counter, for a wireless sensor.
fn clock(id: &str, first: Option<f64>, rate_hz: f64) -> Clock {
    match first {
        Some(first) if id.to_ascii_uppercase().starts_with(WIRELESS) => Clock::Counter {
            first,
            step_s: 1.0 / rate_hz,
            modulus: COUNTS,
        },
        _ => Clock::Own,
    }
}

/// Seconds from the first sample, and the first count if there is a counter.
fn times(
    columns: &SensorColumns,
    table: &Table,
    rate_hz: f64,
    warnings: &mut Warnings,
) -> (Vec<f64>, Option<f64>) {
    let counter = columns
        .time
        .map(|column| table.column(column))
        .unwrap_or_default();
    if counter.iter().any(|count| count.is_nan()) {
        warnings.add(Warning::RateAssumed, || {
            format!("the counter has empty cells; rows were taken as evenly spaced at {rate_hz} Hz")
        });
        return (even_times(table.rows(), rate_hz), None);
    }
    let counter = unwrapped(counter, COUNTS);
    let first = counter.first().copied();
    let zero = first.unwrap_or_default();
    let time_s = counter.iter().map(|count| (count - zero) / rate_hz);
    (time_s.collect(), first)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    fn first(text: &str, rate_hz: Option<f64>) -> Result<crate::sample::SensorSamples, ReadError> {
        assert_eq!(detect(text.as_bytes()), Detected::Recording, "{text}");
        let options = ReadOptions {
            rate_hz,
            ..ReadOptions::default()
        };
        let (recording, _) = read_bytes(&FORMAT, text.as_bytes(), &options)?;
        Ok(recording.sensors.into_iter().next().unwrap())
    }

    #[test]
    fn the_old_text_has_spaces_a_rate_and_gaps() {
        let sensor = first(
            "// Start Time: 0\n// Sample rate: 50.0Hz\n\
             Counter\tAcc_X\tAcc_Y\tAcc_Z\tQuat_w\tQuat_x\tQuat_y\tQuat_z\n\
             \x2065535\t0\t0\t9.8\t1\t0\t0\t0\t\n     2\t0\t0\t9.8\t0\t1\t0\t0\t\n",
            None,
        )
        .unwrap();
        assert_eq!(sensor.time_s, [0.0, 0.06]);
        assert_relative_eq!(sensor.accel_m_s2.unwrap()[0].z, 9.8);
    }

    #[test]
    fn matrices_are_column_after_column_and_spaces_keep_empty_cells() {
        let text = "// General information: \n//  DeviceId: 00B42D4B\n\
            PacketCounter SampleTimeFine Year Mat[1][1] Mat[2][1] Mat[3][1] Mat[1][2] Mat[2][2] \
            Mat[3][2] Mat[1][3] Mat[2][3] Mat[3][3]\n00001   0 1 0 -1 0 0 0 0 1\n";
        let sensor = first(text, Some(100.0)).unwrap();
        let q = &sensor.earth_from_sensor.unwrap()[0];
        let half = std::f64::consts::FRAC_1_SQRT_2;
        assert_relative_eq!(q.w * q.k.signum(), half, epsilon = 1e-12);
        assert_relative_eq!(q.k.abs(), half, epsilon = 1e-12);
        assert_eq!(sensor.name, "00B42D4B");
        assert!(matches!(first(text, None), Err(ReadError::NoRate)));
    }

    #[test]
    fn ticks_give_the_rate_where_nothing_states_it() {
        let text = "// General information: \nPacketCounter,SampleTimeFine,Quat_q0,Quat_q1,Quat_q2,\
                    Quat_q3\n65535,1000,1,0,0,0\n0,1100,1,0,0,0\n3,1400,1,0,0,0\n";
        let sensor = first(text, None).unwrap();
        assert_relative_eq!(sensor.time_s[2], 0.04, epsilon = 1e-12);
        let sensor = first(text, Some(50.0)).unwrap();
        assert_relative_eq!(sensor.time_s[2], 0.08, epsilon = 1e-12);
    }

    #[test]
    fn north_east_down_is_turned_up() {
        let text = "// Update Rate: 100.0Hz\n// Coordinate system: NED\n\
                    PacketCounter,Quat_q0,Quat_q1,Quat_q2,Quat_q3\n1,0,1,0,0\n";
        let q = first(text, None).unwrap().earth_from_sensor.unwrap()[0];
        assert_relative_eq!(q.w.abs(), 1.0, epsilon = 1e-12);
    }

    #[test]
    fn acceleration_alone_is_no_orientation() {
        let text = "// Update Rate: 100.0Hz\nPacketCounter;Acc_X;Acc_Y;Acc_Z\n1;0;0;9.8\n";
        assert!(matches!(
            first(text, None),
            Err(ReadError::NoOrientation { .. })
        ));
    }

    #[test]
    fn the_id_stands_in_the_name() {
        assert_eq!(
            device_in("MT_012005D6-000-000_00B421ED.txt").as_deref(),
            Some("00B421ED")
        );
        assert_eq!(device_in("walk.txt"), None);
    }
}
