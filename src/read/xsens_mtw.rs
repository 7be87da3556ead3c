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
//! files are one instant; a wired MTi counts for itself. IDs begin with a zero, those of MTw with `00B4`.
//! The rate stands in the preamble of some versions only. `SampleTimeFine` (ticks of 100 µs, mostly
//! empty) tells it too where it is filled; text that other programs made of recordings of a DOT has its
//! ticks of 1 µs there under a preamble that states any rate, so the ticks are believed where the two
//! contradict. Where there is neither, the user must say the rate. The counter may be left out.
//! The preamble may say that earth is north-east-down; it is then turned up. It may also have been cut
//! off: then names of columns that no other program writes tell the format.

use super::channels::{
    Angles, SensorColumns, Turned, even_times, four, no_orientation, triple, unwrapped,
};
use super::convention::{Convention, Up};
use super::header::{Delimiter, Header, split_lines};
use super::lines::Lines;
use super::neighbours::last;
use super::table::Table;
use super::together::{Part, alone};
use super::xsens_dot::fine_times;
use super::xsens_name::{device_in, started, together_as};
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::{Clock, Recording, median_step};
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
/// The ticks of a device's own clock differ from the stated rate by less than this share.
const RATE_TOLERANCE: f64 = 0.02;
const COUNTERS: [&str; 2] = ["PacketCounter", "Counter"];
const FINE: &str = "SampleTimeFine";

/// `MT_<station>_<trial>_<device>.txt`: sensors of one trial differ in the device only. Text made of
/// recordings of a DOT has the day and minute in its name as those have.
fn together(path: &str) -> Part {
    let name = last(path);
    let of_device = |id: String| {
        let trial = name.get(..name.rfind(&id)?)?.trim_end_matches('_');
        (!trial.is_empty()).then(|| trial.to_owned())
    };
    let trial = device_in(name).map_or_else(|| started(name), of_device);
    trial.map_or_else(|| alone(path), |trial| together_as(path, Some(trial)))
}

fn detect(bytes: &[u8]) -> Detected {
    let mut lines = split_lines(bytes).take(PREAMBLE);
    let Some(line) = lines.find(|line| !is_before_header(line)) else {
        return Detected::No;
    };
    let header = Header::new(line, delimiter(line));
    let has = |name: &str| header.find(name).is_some();
    let timed = has(FINE) || COUNTERS.into_iter().any(has);
    let own = bytes.trim_ascii_start().starts_with(b"//") || is_own(&header);
    Detected::recording_if(timed && own)
}

/// Only MT Manager writes a first line like this.
pub(super) fn is_own(header: &Header) -> bool {
    let any = |names: &[&str]| names.iter().any(|name| header.find(name).is_some());
    let dots = any(&["Quat_W", "Euler_X", "dq_W", "FreeAcc_X"]);
    let tabs = header.delimiter == Delimiter::Byte(b'\t') && !dots;
    let by_time = any(&[FINE]) && (tabs || any(&["Year", "UTC_Nano", "Roll"]));
    by_time || ((any(&[FINE]) || any(&COUNTERS)) && any(&["Mat[1][1]", "Quat_q0"]))
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
    let turned = turned(&header).filter(|_| columns.quaternion.is_none());
    if turned.is_none() && !columns.has_orientation() {
        return Err(no_orientation(&header));
    }
    let mut wanted = columns.wanted();
    wanted.extend(turned.map(Turned::wanted).unwrap_or_default());
    let fine = header.find(FINE).filter(|_| options.rate_hz.is_none());
    let fine = match fine {
        Some(fine) if is_filled(&mut lines, &header, fine)? => Some(fine),
        _ => None,
    };
    wanted.extend(fine);
    let table = header.read(&mut lines, &wanted, warnings)?;
    let ticks_s = fine.map(|fine| fine_times(table.column(fine)));
    let by_ticks = ticks_s
        .as_ref()
        .and_then(|ticks_s| rate_by_ticks(&columns, ticks_s, &table));
    let stated_hz = options.rate_hz.or(preamble.rate_hz);
    let rate_hz = settle_rate(stated_hz, by_ticks, warnings).ok_or(ReadError::NoRate)?;
    let (time_s, first) = times(&columns, &table, ticks_s, rate_hz, warnings);
    let mut sensor = columns.samples(&table, time_s, options);
    sensor.clock = clock(&sensor.name, first, rate_hz);
    if let Some(turned) = turned {
        sensor.earth_from_sensor = Some(turned.quaternions(&table));
    }
    let mut recording = Recording::of_one(sensor);
    preamble.convention.apply(&mut recording);
    Ok(recording)
}

/// The first row has a number in this column; goes to it, so that it is read again.
fn is_filled(lines: &mut Lines<'_>, header: &Header, column: usize) -> Result<bool, ReadError> {
    while lines.advance()? {
        if lines.line().trim_ascii().is_empty() {
            continue;
        }
        let row = Header::new(lines.line(), header.delimiter);
        lines.again();
        let cell = row.names.get(column).map(|cell| cell.parse::<f64>());
        return Ok(matches!(cell, Some(Ok(value)) if value.is_finite()));
    }
    Ok(false)
}

/// The rate that `SampleTimeFine` shows: counts over the time in which they passed; without a counter,
/// the step from one to the next.
fn rate_by_ticks(columns: &SensorColumns, ticks_s: &[f64], table: &Table) -> Option<f64> {
    let passed = |values: &[f64]| Some(values.last()? - values.first()?);
    let rate_hz = match columns.time {
        Some(counter) => passed(&unwrapped(table.column(counter), COUNTS))? / passed(ticks_s)?,
        None => 1.0 / median_step(ticks_s)?,
    };
    (rate_hz.is_finite() && rate_hz > 0.0).then_some(rate_hz)
}

/// The rate that is stated, unless the ticks contradict it.
fn settle_rate(
    stated_hz: Option<f64>,
    by_ticks: Option<f64>,
    warnings: &mut Warnings,
) -> Option<f64> {
    let (Some(stated_hz), Some(by_ticks)) = (stated_hz, by_ticks) else {
        return stated_hz.or(by_ticks);
    };
    if (by_ticks / stated_hz - 1.0).abs() < RATE_TOLERANCE {
        return Some(stated_hz);
    }
    warnings.add(Warning::RateAssumed, || {
        format!(
            "the file states {stated_hz} Hz and its SampleTimeFine shows {by_ticks:.2} Hz, which was \
             taken; --rate says otherwise"
        )
    });
    Some(by_ticks)
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

fn columns(header: &Header, name: String) -> SensorColumns {
    SensorColumns {
        name,
        time: COUNTERS.iter().find_map(|counter| header.find(counter)),
        quaternion: four(header, ["Quat_q0", "Quat_q1", "Quat_q2", "Quat_q3"])
            .or_else(|| four(header, ["Quat_w", "Quat_x", "Quat_y", "Quat_z"])),
        angles: triple(header, ["Roll", "Pitch", "Yaw"], 1.0)
            .map(|found| Angles::roll_pitch_yaw_deg(found.columns)),
        gyro: triple(header, ["Gyr_X", "Gyr_Y", "Gyr_Z"], 1.0),
        accel: triple(header, ["Acc_X", "Acc_Y", "Acc_Z"], 1.0),
        ..SensorColumns::default()
    }
}

/// Orientation that is not written as a quaternion.
fn turned(header: &Header) -> Option<Turned> {
    let rows = [1, 2, 3].map(|r| [1, 2, 3].map(|c| format!("Mat[{r}][{c}]")));
    let rows = rows
        .each_ref()
        .map(|row| row.each_ref().map(String::as_str));
    Turned::matrix(header, rows)
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
    ticks_s: Option<Vec<f64>>,
    rate_hz: f64,
    warnings: &mut Warnings,
) -> (Vec<f64>, Option<f64>) {
    let Some(counter) = columns.time.map(|column| table.column(column)) else {
        let ticks_s = ticks_s.unwrap_or_else(|| even_times(table.rows(), rate_hz));
        let zero_s = ticks_s.first().copied().unwrap_or_default();
        return (ticks_s.iter().map(|time_s| time_s - zero_s).collect(), None);
    };
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
    fn ticks_are_believed_where_the_stated_rate_contradicts() {
        let header = "// Update Rate: 100.0Hz\nPacketCounter\tSampleTimeFine\tQuat_q0\tQuat_q1\tQuat_q2\t\
                      Quat_q3\n";
        let rows = |ticks: [&str; 3]| {
            let [a, b, c] = ticks.map(|ticks| format!("{ticks}\t1\t0\t0\t0\n"));
            format!("{header}1\t{a}2\t{b}4\t{c}")
        };
        let read = |text: &str| read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default());
        for (ticks, expected_s, count) in [
            (["3343444552", "3343461219", "3343494553"], 0.05, 1),
            (["1000", "1100", "1300"], 0.03, 0),
            (["", "", ""], 0.03, 0),
        ] {
            let (recording, warnings) = read(&rows(ticks)).unwrap();
            let last_s = recording.sensors[0].time_s[2];
            assert_relative_eq!(last_s, expected_s, epsilon = 1e-5);
            assert_eq!(warnings.count(Warning::RateAssumed), count, "{ticks:?}");
            assert_eq!(warnings.count(Warning::MissingValue), 0, "{ticks:?}");
        }
    }

    #[test]
    fn ticks_are_times_where_there_is_no_counter() {
        let text = "// General information: \nSampleTimeFine;Roll;Pitch;Yaw\n1000;0;0;90\n1100;0;0;90\n1300;0;0;90\n";
        let sensor = first(text, None).unwrap();
        assert_relative_eq!(sensor.time_s[2], 0.03, epsilon = 1e-12);
        let half = std::f64::consts::FRAC_1_SQRT_2;
        assert_relative_eq!(
            sensor.earth_from_sensor.unwrap()[0].k,
            half,
            epsilon = 1e-12
        );
    }

    #[test]
    fn without_its_preamble_it_is_known_by_its_columns() {
        for header in [
            "PacketCounter\tSampleTimeFine\tYear\tRoll\tPitch\tYaw\n",
            "PacketCounter\tSampleTimeFine\tAcc_X\tAcc_Y\tAcc_Z\tGyr_X\tGyr_Y\tGyr_Z\n",
            "PacketCounter,Quat_q0,Quat_q1,Quat_q2,Quat_q3\n",
        ] {
            assert_eq!(detect(header.as_bytes()), Detected::Recording, "{header}");
        }
        for header in [
            "PacketCounter,SampleTimeFine,Quat_W,Quat_X,Quat_Y,Quat_Z\n",
            "PacketCounter\tSampleTimeFine\tEuler_X\tEuler_Y\tEuler_Z\n",
            "time,Roll,Pitch,Yaw\n",
            "// comment\nint main() {}\n",
        ] {
            assert_eq!(detect(header.as_bytes()), Detected::No, "{header}");
        }
    }
}
