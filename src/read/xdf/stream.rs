//! One stream of an XDF file: which of its channels are a sensor's, and their samples.

use super::header::{ChannelInfo, Info, MAX_CHANNELS, Number};
use super::times::{even_out, synchronise};
use crate::read::ReadOptions;
use crate::read::channels::SensorColumns;
use crate::read::header::{Delimiter, Header};
use crate::read::plain;
use crate::read::table::Table;
use crate::sample::SensorSamples;
use crate::warning::{Warning, Warnings};

/// Components of a quaternion; which letter is w is not laid down.
const LETTERS: [&str; 4] = [
    "OrientationA",
    "OrientationB",
    "OrientationC",
    "OrientationD",
];

/// A stream with at least one sensor.
#[derive(Debug)]
pub(super) struct Stream {
    info: Info,
    number: Number,
    sensors: Vec<SensorColumns>,
    /// Channels that are kept, and their values.
    wanted: Vec<usize>,
    columns: Vec<Vec<f64>>,
    time_s: Vec<f64>,
    /// Time of the stream, and what brings it to the recorder's clock.
    offsets: Vec<(f64, f64)>,
}

impl Stream {
    /// `None` for a stream without orientation or one vector that orientation is made of, or of text.
    pub(super) fn new(info: Info, options: &ReadOptions, warnings: &mut Warnings) -> Option<Self> {
        let number = info.number?;
        if info.count > MAX_CHANNELS || info.channels.len() > info.count {
            return None;
        }
        let by_label = |channel: &ChannelInfo| column_name("", &channel.label, &channel.unit);
        let by_kind =
            |channel: &ChannelInfo| column_name(&channel.kind, &channel.label, &channel.unit);
        let by_stream =
            |channel: &ChannelInfo| column_name(&info.kind, &channel.label, &channel.unit);
        let named = |name: &dyn Fn(&ChannelInfo) -> String| {
            let names: Vec<String> = info.channels.iter().map(name).collect();
            Header::from_names(names, Delimiter::Byte(b'\t'))
        };
        let whole = |header| plain::layout::of_header(header, options);
        let of_all = whole(named(&by_label)).or_else(|| whole(named(&by_kind)));
        let sensors: Vec<SensorColumns> = match of_all {
            Some(layout) => layout
                .sensors
                .into_iter()
                .map(|sensor| sensor.columns)
                .filter(SensorColumns::has_orientation)
                .collect(),
            None => [named(&by_label), named(&by_kind), named(&by_stream)]
                .iter()
                .find_map(|header| one_vector(header, options))?,
        };
        let mut wanted: Vec<usize> = sensors.iter().flat_map(SensorColumns::wanted).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let lettered = |channel: &ChannelInfo| channel.label.ends_with(LETTERS[0]);
        if options.quaternion_order.is_none() && info.channels.iter().any(lettered) {
            warnings.add(Warning::ConventionAssumed, || {
                format!(
                    "{}: OrientationA to D do not say which is w; taken as w, x, y, z; if that is \
                     wrong, pass --quaternion-order xyzw",
                    info.name
                )
            });
        }
        Some(Self {
            number,
            sensors,
            columns: vec![Vec::new(); wanted.len()],
            wanted,
            time_s: Vec::new(),
            offsets: Vec::new(),
            info,
        })
    }

    /// A sensor of it has orientation, or gyroscope and accelerometer.
    pub(super) fn is_whole(&self) -> bool {
        self.sensors.iter().any(SensorColumns::has_orientation)
    }

    /// A measurement between the clocks: two numbers.
    pub(super) fn add_offset(&mut self, content: &[u8]) {
        let number = |at: usize| content.get(at..).map(|bytes| Number::Double64.value(bytes));
        if let (Some(time), Some(offset)) = (number(0), number(8)) {
            self.offsets.push((time, offset));
        }
    }

    /// A chunk of samples: their count, then for each a time or the sign that it follows from the
    /// rate, and a value a channel.
    pub(super) fn add_samples(&mut self, content: &[u8], warnings: &mut Warnings) {
        let Some((count, mut rest)) = length(content) else {
            return;
        };
        let row_bytes = self.number.size() * self.info.count;
        let cut = || "a chunk ends before its last sample".to_owned();
        for _sample in 0..count {
            let Some((time_s, row, after)) = self.sample(rest, row_bytes) else {
                warnings.add(Warning::CorruptFrame, cut);
                return;
            };
            self.time_s.push(time_s);
            for (&channel, column) in self.wanted.iter().zip(&mut self.columns) {
                let value = row.get(channel * self.number.size()..);
                column.push(value.map_or(f64::NAN, |bytes| self.number.value(bytes)));
            }
            rest = after;
        }
    }

    /// Time, values, and what comes after.
    fn sample<'b>(&self, bytes: &'b [u8], row_bytes: usize) -> Option<(f64, &'b [u8], &'b [u8])> {
        let (stamp_bytes, rest) = bytes.split_first()?;
        let (stamp, rest) = rest.split_at_checked(usize::from(*stamp_bytes))?;
        let time_s = match stamp.len() {
            0 => self.next_time(),
            8 => Number::Double64.value(stamp),
            _ => return None,
        };
        let (row, after) = rest.split_at_checked(row_bytes)?;
        Some((time_s, row, after))
    }

    fn next_time(&self) -> f64 {
        let step_s = if self.info.rate_hz > 0.0 {
            1.0 / self.info.rate_hz
        } else {
            0.0
        };
        self.time_s.last().map_or(0.0, |last| last + step_s)
    }

    /// The sensors of the stream; none where no sample came.
    pub(super) fn samples(mut self, options: &ReadOptions) -> Vec<SensorSamples> {
        if self.time_s.is_empty() {
            return Vec::new();
        }
        synchronise(&mut self.time_s, &self.offsets);
        even_out(&mut self.time_s, self.info.rate_hz);
        let table = Table::new(self.wanted, self.columns);
        let of = |sensor: &SensorColumns| {
            let mut samples = sensor.samples(&table, self.time_s.clone(), options);
            let (stream, own) = (&self.info.name, &samples.name);
            samples.name = if stream.eq_ignore_ascii_case(own) {
                stream.clone()
            } else {
                format!("{stream} {own}").trim().to_owned()
            };
            samples
        };
        self.sensors.iter().map(of).collect()
    }
}

/// Sensors of which a stream has the gyroscope or the accelerometer alone.
fn one_vector(header: &Header, options: &ReadOptions) -> Option<Vec<SensorColumns>> {
    let parts = plain::layout::parts(header, options).into_iter();
    let found: Vec<SensorColumns> = parts
        .map(|sensor| sensor.columns)
        .filter(|columns| columns.gyro.is_some() || columns.accel.is_some())
        .collect();
    (!found.is_empty()).then_some(found)
}

/// A length of 1, 4 or 8 bytes and what comes after it.
fn length(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (size, rest) = bytes.split_first()?;
    let (number, after) = rest.split_at_checked(usize::from(*size))?;
    let value = match number.len() {
        1 => u64::from(*number.first()?),
        4 => u64::from(u32::from_le_bytes(*number.first_chunk()?)),
        8 => u64::from_le_bytes(*number.first_chunk()?),
        _ => return None,
    };
    Some((value, after))
}

/// A channel as a column of a table would be called.
fn column_name(kind: &str, label: &str, unit: &str) -> String {
    let mut unit = unit.to_lowercase();
    for (long, short) in [
        ("degrees", "deg"),
        ("degree", "deg"),
        ("radians", "rad"),
        ("meters", "m"),
        ("metres", "m"),
        ("seconds", "s"),
        ("second", "s"),
        (" per ", "/"),
    ] {
        unit = unit.replace(long, short);
    }
    let name = format!("{kind} {}", component(label)).replace(['\t', '"', '(', '['], " ");
    if unit.is_empty() {
        name
    } else {
        format!("{name} ({})", unit.replace(['\t', '"'], " "))
    }
}

/// The label of a channel; the four letters of a quaternion, as Lab Streaming Layer names the
/// channels of motion capture, become numbers.
fn component(label: &str) -> String {
    let numbers = ["0", "1", "2", "3"];
    let found = LETTERS.iter().zip(numbers).find_map(|(letter, number)| {
        let sensor = label.strip_suffix(letter)?;
        Some(format!("{sensor}Orientation {number}"))
    });
    found.unwrap_or_else(|| label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_a_stream_are_those_of_a_table() {
        assert_eq!(column_name("", "GyroX", "degrees/second"), " GyroX (deg/s)");
        assert_eq!(column_name("ACC", "x", "meters/second^2"), "ACC x (m/s^2)");
        let head = column_name("", "head_OrientationC", "");
        assert_eq!(head, " head_Orientation 2");
    }

    #[test]
    fn lengths_have_one_of_three_sizes() {
        assert_eq!(length(&[1, 5, 9]), Some((5, &[9][..])));
        assert_eq!(length(&[4, 1, 1, 0, 0]), Some((257, &[][..])));
        assert_eq!(length(&[2, 1, 1]), None);
        assert_eq!(length(&[8, 1]), None);
        assert_eq!(length(&[]), None);
    }
}
