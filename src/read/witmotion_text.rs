//! WitMotion's programs for phone and PC: delimited text of one or several sensors.
//!
//! The phone's program writes `Time,Device name,Chip Time(),Acceleration X(g) … Angular velocity X(°/s) …
//! Angle X(°) … Quaternions 0() …` with commas, a byte order mark, a space before each row and a comma
//! after it that the header does not have; and the same with tabs, where characters that do not fit
//! are lost (`?t`). The PC's write `Time(s)` or `Chiptime`, `ax(g)`, `wx(deg/s)`, `AngleX(deg)`, `q0` …
//! or `q1` …, or `AccX(g)`, `AsX(°/s)`, perhaps after a line with the start time.
//!
//! Rows of several sensors stand among each other, told by the device's name. `Time` is the host's
//! clock, often without a date, so that it may pass midnight; `Chip Time` is the sensor's. Rows that
//! came in one packet bear one time and are spread. The quaternion is w first, sensor to earth, Z up,
//! and the angles are `Rz(Z) Ry(Y) Rx(X)` degrees. **Quaternion and chip time are new in every fifth
//! row only, the angles in each**: where the quaternion changes more seldom than the angles, they are
//! the orientation. The magnetometer is as stale and is not used.

use super::channels::{Angles, SensorColumns, Triple, even_times, no_orientation, unwrapped};
use super::header::{Delimiter, Header, split_lines};
use super::lines::Lines;
use super::moment::{self, DAY_S};
use super::number::number;
use super::plain::name::named_time_unit;
use super::streams::{epoch_s, spread_repeats};
use super::table::{Cell, Table};
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::{Recording, SensorSamples};
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "witmotion-text",
    title: "WitMotion phone and PC programs (CSV, TXT)",
    extensions: &["csv", "txt"],
    gives: "angles or quaternion, gyroscope, accelerometer; several sensors",
    checked: "from documentation and the description of 5 real files",
    detect,
    together: alone,
    read,
};

/// The header is among the first lines.
const HEADER_LINES: usize = 10;
/// A quaternion that changes less often than this beside the angles is stale.
const FRESH_SHARE: f64 = 0.7;

fn detect(bytes: &[u8]) -> Detected {
    let mut lines = split_lines(bytes).take(HEADER_LINES);
    Detected::recording_if(lines.any(|line| is_header(line.trim_ascii_end())))
}

/// Words that only these programs use, for a vector of theirs and in the same style for another.
fn is_header(line: &[u8]) -> bool {
    let words: [&[u8]; 3] = [b"(g)", b"ngle", b"ngular"];
    if !words
        .iter()
        .any(|word| memchr::memmem::find(line, word).is_some())
    {
        return false;
    }
    let columns = Columns::of(&Header::new(line, Delimiter::guess(line)));
    columns.accel.is_some() && (columns.gyro.is_some() || columns.angles.is_some())
}

/// Where things stand.
#[derive(Debug, Default)]
struct Columns {
    host: Option<usize>,
    /// Seconds in a unit of `host`, if its name states one.
    host_unit_s: Option<f64>,
    chip: Option<usize>,
    device: Option<usize>,
    accel: Option<[usize; 3]>,
    gyro: Option<[usize; 3]>,
    /// Roll, pitch, yaw.
    angles: Option<[usize; 3]>,
    quaternion: Option<[usize; 4]>,
}

impl Columns {
    fn of(header: &Header) -> Self {
        let names: Vec<String> = header.names.iter().map(|name| plain(name)).collect();
        let find = |wanted: &str| names.iter().position(|name| name == wanted);
        let xyz = |starts: &[&str]| {
            let one = |start: &&str| {
                let [x, y, z] = ["x", "y", "z"].map(|axis| find(&format!("{start}{axis}")));
                Some([x?, y?, z?])
            };
            starts.iter().find_map(one)
        };
        let four = |start: &str, first: usize| {
            let [w, x, y, z] = [0, 1, 2, 3].map(|index| find(&format!("{start}{}", first + index)));
            Some([w?, x?, y?, z?])
        };
        let blank = names.first().filter(|name| name.is_empty()).map(|_| 0);
        let host = find("time").or_else(|| find("ime")).or(blank);
        let host_name = host.and_then(|column| header.names.get(column));
        Self {
            host,
            host_unit_s: host_name.and_then(|name| named_time_unit(name)),
            chip: find("chiptime"),
            device: find("devicename").or_else(|| find("address")),
            accel: xyz(&["acceleration", "acc", "a"]),
            gyro: xyz(&["angularvelocity", "as", "w", "gyro"]),
            angles: xyz(&["angle"]),
            quaternion: four("quaternions", 0)
                .or_else(|| four("q", 0))
                .or_else(|| four("q", 1)),
        }
    }

    /// Where channels of numbers are, time left out.
    fn sensor(&self, name: &str) -> SensorColumns {
        let scaled = |columns: Option<[usize; 3]>, scale: f64| {
            columns.map(|columns| Triple { columns, scale })
        };
        SensorColumns {
            name: name.to_owned(),
            quaternion: self.quaternion,
            gyro: scaled(self.gyro, std::f64::consts::PI / 180.0),
            accel: scaled(self.accel, STANDARD_GRAVITY_M_S2),
            ..SensorColumns::default()
        }
    }

    /// All columns that are read.
    fn wanted(&self) -> Vec<usize> {
        let mut wanted = self.sensor("").wanted();
        wanted.extend(self.angles.into_iter().flatten());
        wanted.extend([self.host, self.chip, self.device].into_iter().flatten());
        wanted
    }
}

/// A name without its unit, of small letters and digits only.
fn plain(name: &str) -> String {
    let name = name.split('(').next().unwrap_or_default();
    let kept = name.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|c| c.to_ascii_lowercase()).collect()
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    lines.advance_past(|line| !is_header(line), |_before| {})?;
    let mut header = Header::new(lines.line(), Delimiter::guess(lines.line()));
    let mut columns = Columns::of(&header);
    if columns.quaternion.is_none() && columns.angles.is_none() && columns.gyro.is_none() {
        return Err(no_orientation(&header));
    }
    drop_unreadable_clocks(&mut lines, &header, &mut columns)?;
    if has_decimal_commas(lines.line(), &header) {
        lines.rewrite(join_decimals);
    }
    for time in [columns.host, columns.chip].into_iter().flatten() {
        header.set_cell(time, Cell::Moment);
    }
    if let Some(device) = columns.device {
        header.set_cell(device, Cell::Label);
    }
    let table = header.read(&mut lines, &columns.wanted(), warnings)?;
    let devices = devices(&columns, table);
    // Several sensors go by the clock that they share.
    columns.chip = columns
        .chip
        .filter(|_| devices.len() < 2 || columns.host.is_none());
    let read = |(name, rows): &(String, Table)| sensor(&columns, name, rows, options, warnings);
    let sensors: Result<Vec<SensorSamples>, ReadError> = devices.iter().map(read).collect();
    Ok(Recording {
        sensors: sensors?,
        ..Recording::default()
    })
}

/// A clock whose first cell is no time is left out: some copies lack the space between day and hour.
fn drop_unreadable_clocks(
    lines: &mut Lines<'_>,
    header: &Header,
    columns: &mut Columns,
) -> Result<(), ReadError> {
    loop {
        if !lines.advance()? {
            return Err(ReadError::NoRows);
        }
        if !lines.line().trim_ascii().is_empty() {
            break;
        }
    }
    let cells = Header::new(lines.line(), header.delimiter);
    let readable = |column: &usize| {
        let cell = cells.names.get(*column).map_or("", String::as_str);
        let is_number = number(cell.as_bytes()).is_some_and(|found| found.1 == cell.len());
        cell.is_empty() || is_number || moment::seconds(cell.as_bytes()).is_some()
    };
    columns.host = columns.host.filter(readable);
    columns.chip = columns.chip.filter(readable);
    lines.again();
    Ok(())
}

/// A row of cells that are parted by a comma and a space, with more commas in them.
fn has_decimal_commas(row: &[u8], header: &Header) -> bool {
    let row = row.trim_ascii();
    let spaced = memchr::memmem::find_iter(row, b", ").count();
    let commas = memchr::memchr_iter(b',', row).count();
    let cells = header.names.len();
    header.delimiter.is(b',') && (spaced + 2..=spaced + 3).contains(&cells) && commas > cells + 1
}

/// A comma between two digits is a decimal one, but not the first of the row: it parts time and device.
fn join_decimals(row: &mut [u8]) {
    let first = memchr::memchr(b',', row).map_or(row.len(), |at| at + 1);
    for at in first..row.len().saturating_sub(1) {
        let digits = |at: usize| row.get(at).is_some_and(u8::is_ascii_digit);
        if row.get(at) == Some(&b',') && digits(at - 1) && digits(at + 1) {
            row[at] = b'.';
        }
    }
}

/// The rows of each device, by its name.
fn devices(columns: &Columns, table: Table) -> Vec<(String, Table)> {
    let Some(column) = columns.device else {
        return vec![(String::new(), table)];
    };
    let labels = table.labels(column).to_vec();
    let of =
        |(index, label): (usize, &String)| (label.clone(), table.rows_where(column, index as f64));
    let found: Vec<(String, Table)> = labels.iter().enumerate().map(of).collect();
    if found.is_empty() {
        vec![(String::new(), table)]
    } else {
        found
    }
}

fn sensor(
    columns: &Columns,
    name: &str,
    rows: &Table,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<SensorSamples, ReadError> {
    let time_s = times(columns, rows, options, warnings)?;
    let mut channels = columns.sensor(name);
    let is_stale = |angles| !is_fresh(channels.quaternion, angles, rows);
    if columns.angles.as_ref().is_some_and(is_stale) && channels.quaternion.take().is_some() {
        warnings.add(Warning::StaleOrientation, || {
            "the quaternion changes in few rows; orientation is taken from the angles".to_owned()
        });
    }
    channels.angles = columns.angles.map(Angles::roll_pitch_yaw_deg);
    Ok(channels.samples(rows, time_s, options))
}

/// There is a quaternion, and it changes about as often as the angles.
fn is_fresh(quaternion: Option<[usize; 4]>, angles: &[usize; 3], rows: &Table) -> bool {
    let Some(quaternion) = quaternion else {
        return false;
    };
    let fresh = changes(rows, &quaternion);
    fresh > 0 && fresh as f64 >= FRESH_SHARE * changes(rows, angles) as f64
}

/// In how many rows one of these columns differs from the row before.
fn changes(rows: &Table, columns: &[usize]) -> usize {
    (1..rows.rows())
        .filter(|&row| differs(rows, columns, row))
        .count()
}

fn differs(rows: &Table, columns: &[usize], row: usize) -> bool {
    columns.iter().any(|&column| {
        let pair = rows.column(column).get(row - 1..=row);
        matches!(pair, Some([one, other]) if one.total_cmp(other).is_ne())
    })
}

/// Times of one device: of the clock that shows more of them, the device's own if both do.
fn times(
    columns: &Columns,
    rows: &Table,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Vec<f64>, ReadError> {
    let advances = |column: &usize| changes(rows, &[*column]);
    let clocks = [columns.host, columns.chip].into_iter().flatten();
    let Some(clock) = clocks
        .filter(|clock| advances(clock) > 0)
        .max_by_key(advances)
    else {
        let rate_hz = options.rate_hz.ok_or(ReadError::NoRate)?;
        return Ok(even_times(rows.rows(), rate_hz));
    };
    let unit_s = columns.host_unit_s.filter(|_| columns.host == Some(clock));
    let seconds = |&count: &f64| unit_s.map_or_else(|| epoch_s(count), |unit_s| count * unit_s);
    let written_s: Vec<f64> = rows.column(clock).iter().map(seconds).collect();
    let mut times_s = unwrapped(&written_s, DAY_S);
    let channels = columns.wanted();
    let is_new = |row: usize| row == 0 || differs(rows, &channels, row);
    let new: Vec<usize> = (0..rows.rows()).filter(|&row| is_new(row)).collect();
    let mut spread: Vec<f64> = new
        .iter()
        .filter_map(|&row| times_s.get(row))
        .copied()
        .collect();
    let moved = spread_repeats(&mut spread);
    warnings.add_many(Warning::RateAssumed, moved, || {
        "samples with the time of the one before; spread evenly up to the next".to_owned()
    });
    let mut next = new.iter().zip(&spread).peekable();
    let mut last = f64::NAN;
    for (row, time_s) in times_s.iter_mut().enumerate() {
        if let Some((_, value)) = next.next_if(|(at, _)| **at == row) {
            last = *value;
        }
        *time_s = last;
    }
    Ok(times_s)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;

    fn opened(bytes: &[u8]) -> (Recording, Warnings) {
        assert_eq!(detect(bytes), Detected::Recording);
        read_bytes(&FORMAT, bytes, &ReadOptions::default()).unwrap()
    }

    const HEAD: &str = "\u{feff}Time,Device name,Chip Time(),Acceleration X(g),Acceleration Y(g),\
        Acceleration Z(g),Angular velocity X(°/s),Angular velocity Y(°/s),Angular velocity Z(°/s),\
        Angle X(°),Angle Y(°),Angle Z(°),Magnetic field X(ʯt),Quaternions 0(),Quaternions 1(),\
        Quaternions 2(),Quaternions 3()\r\n";

    #[test]
    fn angles_stand_in_for_a_stale_quaternion_and_devices_are_parted() {
        let mut text = HEAD.to_owned();
        for index in 0..10 {
            let device = ["head", "trunk"][index % 2];
            let row = format!(
                " 23:59:59.{index}00,{device},2015-1-1 0:9:46.585,0,0,1,180,0,0,{index},0,0,1,1,0,0,0,\r\n"
            );
            text.push_str(&row);
        }
        text.push_str(" 0:0:0.100,head,2015-1-1 0:9:46.585,0,0,1,180,0,0,90,0,0,1,1,0,0,0,\r\n");
        let (recording, warnings) = opened(text.as_bytes());
        let names: Vec<&str> = recording.sensors.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["head", "trunk"]);
        let head = &recording.sensors[0];
        assert_eq!(head.len(), 6);
        assert!((head.duration_s() - 1.1).abs() < 1e-9);
        let last = head.earth_from_sensor.as_ref().unwrap()[5];
        assert!((last.w - 0.5_f64.sqrt()).abs() < 1e-9 && (last.i - last.w).abs() < 1e-9);
        assert!((head.gyro_rad_s.as_ref().unwrap()[0].x - std::f64::consts::PI).abs() < 1e-12);
        assert_eq!(warnings.count(Warning::StaleOrientation), 2);
    }

    #[test]
    fn a_fresh_quaternion_is_taken_and_packets_are_spread() {
        let text = "Time(s)\tax(g)\tay(g)\taz(g)\twx(deg/s)\twy(deg/s)\twz(deg/s)\tAngleX(deg)\t\
            AngleY(deg)\tAngleZ(deg)\tT(\u{b0})\tq0\tq1\tq2\tq3\n\
            1.0\t0\t0\t1\t0\t0\t0\t0\t0\t0\t20\t1\t0\t0\t0\n\
            1.0\t0\t0\t1\t0\t0\t0\t1\t0\t0\t20\t0.9\t0.1\t0\t0\n\
            1.2\t0\t0\t1\t0\t0\t0\t2\t0\t0\t20\t0.8\t0.2\t0\t0\n\
            1.2\t0\t0\t1\t0\t0\t0\t2\t0\t0\t20\t0.8\t0.2\t0\t0\n";
        let (recording, warnings) = opened(text.as_bytes());
        let sensor = &recording.sensors[0];
        assert_relative_eq!(sensor.earth_from_sensor.as_ref().unwrap()[1].i, 0.1);
        assert!(sensor.time_s[1] > 1.0 && sensor.time_s[1] < 1.2);
        assert_eq!(sensor.time_s[2..], [1.2, 1.2]);
        assert_eq!(warnings.count(Warning::RateAssumed), 1);
    }

    #[test]
    fn damaged_units_and_an_unreadable_chip_time_do_not_matter() {
        let text = b"Time\tDevice name\tChip Time()\tAcceleration X(g)\tAcceleration Y(g)\tAcceleration Z(g)\t\
            Angular velocity X(\xb0/s)\tAngular velocity Y(\xb0/s)\tAngular velocity Z(\xb0/s)\tAngle X(\xb0)\t\
            Angle Y(\xb0)\tAngle Z(\xb0)\tMagnetic field X(?t)\tTemperature(?)\n\
            10:00:00.1\tA\t2015-1-10:4:54.215\t0\t0\t1\t0\t0\t0\t0\t0\t0\t1\t20\n\
            10:00:00.2\tA\t2015-1-10:4:54.315\t0\t0\t1\t0\t0\t0\t0\t0\t0\t1\t20\n";
        let (recording, _) = opened(text);
        assert!((recording.sensors[0].duration_s() - 0.1).abs() < 1e-9);
    }

    #[test]
    fn decimal_commas_stand_between_commas_with_a_space() {
        let text = "Time,Device name,Chip Time(),Acceleration X(g),Acceleration Y(g),Acceleration Z(g),\
            Angular velocity X(°/s),Angular velocity Y(°/s),Angular velocity Z(°/s),Angle X(°),\
            Angle Y(°),Angle Z(°)\n\
            16:44:16.100,12ab, 2024-3-19 16:44:16.1, 0,0, -0,5, 1,0, 0,0, 0,0, 90,0, 0,0, 0,0, 12,5,\n\
            16:44:16.200,12ab, 2024-3-19 16:44:16.2, 0,0, -0,5, 1,0, 0,0, 0,0, 90,0, 0,0, 0,0, 13,5,\n";
        let (recording, warnings) = opened(text.as_bytes());
        let sensor = &recording.sensors[0];
        assert_eq!((sensor.name.as_str(), sensor.len()), ("12ab", 2));
        assert!((sensor.accel_m_s2.as_ref().unwrap()[1].y + 4.903_325).abs() < 1e-9);
        let turn = nalgebra::UnitQuaternion::from_quaternion(
            sensor.earth_from_sensor.as_ref().unwrap()[1],
        );
        assert!((turn.angle().to_degrees() - 13.5).abs() < 1e-9);
        assert_eq!(warnings.count(Warning::RaggedRow), 0);
    }

    #[test]
    fn times_have_the_unit_of_their_name() {
        let text = "Time(ms),AccX(g),AccY(g),AccZ(g),GyroX(deg/s),GyroY(deg/s),GyroZ(deg/s),\
            AngleX(deg),AngleY(deg),AngleZ(deg)\n1000,0,0,1,0,0,180,1,2,3\n1020,0,0,1,0,0,180,1,2,3\n";
        let (recording, _) = opened(text.as_bytes());
        let sensor = &recording.sensors[0];
        assert!((sensor.duration_s() - 0.02).abs() < 1e-12);
        assert!(sensor.gyro_rad_s.is_some());
    }

    #[test]
    fn other_text_is_not_taken() {
        for text in [
            "Time(s), AccX(G), GyroX(deg/s)\n",
            "time,ax,ay,az,gx,gy,gz\n",
            "angle\n",
        ] {
            assert_eq!(detect(text.as_bytes()), Detected::No, "{text}");
        }
    }
}
