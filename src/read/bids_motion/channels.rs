//! The columns of a BIDS motion recording: the rows of its `channels.tsv`.

use std::collections::BTreeMap;
use std::f64::consts::PI;

use super::frame::Frame;
use crate::read::channels::{SensorColumns, Triple, vectors};
use crate::read::error::{ReadError, excerpt};
use crate::read::header::{Delimiter, Header};
use crate::read::lines::Lines;
use crate::read::table::Table;
use crate::read::{ReadOptions, labels};
use crate::sample::{SensorPlace, SensorSamples};
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::{Warning, Warnings};

/// No recording has more.
const MAX_CHANNELS: usize = 4096;

/// A table of texts; `n/a` is an empty one.
pub(super) struct Rows {
    header: Header,
    pub(super) rows: Vec<Vec<String>>,
}

impl Rows {
    pub(super) fn read(lines: &mut Lines<'_>) -> Result<Self, ReadError> {
        if !lines.advance()? {
            return Err(ReadError::Empty);
        }
        let header = Header::new(lines.line(), Delimiter::Byte(b'\t'));
        let mut rows = Vec::new();
        while rows.len() < MAX_CHANNELS && lines.advance()? {
            let line = lines.line().split(|&byte| byte == b'\t');
            let row: Vec<String> = line.map(cell).collect();
            if row.iter().any(|cell| !cell.is_empty()) {
                rows.push(row);
            }
        }
        Ok(Self { header, rows })
    }

    pub(super) fn cell<'r>(&self, row: &'r [String], name: &str) -> &'r str {
        let column = self.header.find(name);
        column
            .and_then(|column| row.get(column))
            .map_or("", String::as_str)
    }
}

fn cell(text: &[u8]) -> String {
    match text.trim_ascii() {
        b"n/a" => String::new(),
        text => excerpt(text, 100),
    }
}

/// A column of numbers.
#[derive(Debug, Default)]
pub(super) struct Channel {
    name: String,
    component: String,
    kind: String,
    point: String,
    pub(super) units: String,
    placement: String,
    frame: String,
    rate_hz: Option<f64>,
}

/// The columns, in their order.
pub(super) struct Channels {
    pub(super) rows: Vec<Channel>,
}

impl Channels {
    pub(super) fn read(lines: &mut Lines<'_>) -> Result<Self, ReadError> {
        let table = Rows::read(lines)?;
        let channel = |row: &Vec<String>| {
            let text = |name: &str| table.cell(row, name).to_owned();
            Channel {
                name: text("name"),
                component: text("component").to_ascii_lowercase(),
                kind: text("type").to_ascii_uppercase(),
                point: text("tracked_point"),
                units: text("units"),
                placement: text("placement"),
                frame: text("reference_frame"),
                rate_hz: text("sampling_frequency").parse().ok(),
            }
        };
        Ok(Self {
            rows: table.rows.iter().map(channel).collect(),
        })
    }

    pub(super) fn header(&self) -> Header {
        let names = self.rows.iter().map(|channel| channel.name.as_str());
        Header::from_names(names, Delimiter::Byte(b'\t'))
    }

    fn find(&self, kind: &str, point: Option<&str>, component: &str) -> Option<usize> {
        self.rows.iter().position(|channel| {
            channel.kind == kind
                && point.is_none_or(|point| channel.point == point)
                && (component.is_empty() || channel.component == component)
        })
    }

    /// The channel of times.
    pub(super) fn latency(&self) -> Option<usize> {
        self.find("LATENCY", None, "")
    }

    pub(super) fn rate_hz(&self) -> Option<f64> {
        let mut rates = self.rows.iter().filter_map(|channel| channel.rate_hz);
        rates.find(|rate| *rate > 0.0 && rate.is_finite())
    }

    /// How many channels there are of each type.
    pub(super) fn listed(&self) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for channel in &self.rows {
            *counts.entry(&channel.kind).or_default() += 1;
        }
        let counts = counts
            .iter()
            .take(12)
            .map(|(kind, count)| format!("{count} channels of {kind}"));
        counts.collect::<Vec<_>>().join(", ")
    }

    pub(super) fn points(&self, options: &ReadOptions, warnings: &mut Warnings) -> Vec<Point> {
        let mut names: Vec<&str> = Vec::new();
        for channel in &self.rows {
            let is_new = !names.contains(&channel.point.as_str());
            if channel.kind != "LATENCY" && is_new {
                names.push(&channel.point);
            }
        }
        let mut points: Vec<Point> = names
            .iter()
            .map(|name| self.point(name, options, warnings))
            .collect();
        for place in [SensorPlace::Head, SensorPlace::Trunk] {
            let sits = |point: &Point| {
                point.has_orientation() && labels::names_place(&point.placement, place)
            };
            if points.iter().filter(|point| sits(point)).count() == 1
                && let Some(found) = points.iter_mut().find(|point| sits(point))
            {
                found.place.get_or_insert(place);
            }
        }
        points
    }

    fn point(&self, name: &str, options: &ReadOptions, warnings: &mut Warnings) -> Point {
        let three = |kind: &str| {
            let columns = ["x", "y", "z"].map(|component| self.find(kind, Some(name), component));
            let [Some(x), Some(y), Some(z)] = columns else {
                return None;
            };
            Some([x, y, z])
        };
        let mut vector = |kind: &str, unit: fn(&str) -> Option<f64>, said: bool| {
            let columns = three(kind)?;
            let units = &self.rows[columns[0]].units;
            let scale = unit(units).or(said.then_some(1.0));
            let message = || format!("{kind} of {name} has the unknown unit '{units}'");
            warnings.add_many(Warning::UnusedColumn, usize::from(scale.is_none()), message);
            scale.map(|scale| Triple { columns, scale })
        };
        let sensor = SensorColumns {
            name: name.to_owned(),
            quaternion: self.quaternion(name),
            gyro: vector("GYRO", gyro_unit, options.gyro_unit.is_some()),
            accel: vector("ACCEL", accel_unit, options.accel_unit.is_some()),
            mag: vector("MAGN", mag_unit, false),
            ..SensorColumns::default()
        };
        let euler = three("ORNT").map(|columns| Triple {
            columns,
            scale: angle_unit(&self.rows[columns[0]].units),
        });
        let of_point = || self.rows.iter().filter(|channel| channel.point == name);
        let placed = of_point().find(|channel| !channel.placement.is_empty());
        let framed = of_point().find(|channel| channel.kind == "ORNT" && !channel.frame.is_empty());
        Point {
            euler: euler.filter(|_| sensor.quaternion.is_none()),
            sensor,
            placement: placed
                .map(|channel| channel.placement.clone())
                .unwrap_or_default(),
            frame: framed
                .map(|channel| channel.frame.clone())
                .unwrap_or_default(),
            place: None,
        }
    }

    fn quaternion(&self, point: &str) -> Option<[usize; 4]> {
        let find = |component| self.find("ORNT", Some(point), component);
        Some([
            find("quat_w")?,
            find("quat_x")?,
            find("quat_y")?,
            find("quat_z")?,
        ])
    }
}

fn gyro_unit(units: &str) -> Option<f64> {
    match units.to_lowercase().as_str() {
        "rad/s" | "rad s-1" | "rad*s^-1" => Some(1.0),
        "deg/s" | "°/s" | "º/s" | "dps" => Some(PI / 180.0),
        _ => None,
    }
}

fn accel_unit(units: &str) -> Option<f64> {
    match units.to_lowercase().as_str() {
        "m/s^2" | "m/s²" | "m/s2" | "m/s/s" | "m*s^-2" => Some(1.0),
        "g" => Some(STANDARD_GRAVITY_M_S2),
        "mg" => Some(STANDARD_GRAVITY_M_S2 / 1000.0),
        _ => None,
    }
}

/// µT in one of it.
fn mag_unit(units: &str) -> Option<f64> {
    match units.to_lowercase().as_str() {
        "t" => Some(1e6),
        "mt" => Some(1e3),
        "ut" | "µt" | "μt" => Some(1.0),
        "nt" => Some(1e-3),
        _ => None,
    }
}

fn angle_unit(units: &str) -> f64 {
    match units.to_lowercase().as_str() {
        "deg" | "°" | "º" | "degree" | "degrees" => PI / 180.0,
        _ => 1.0,
    }
}

/// A tracked point.
#[derive(Debug)]
pub(super) struct Point {
    sensor: SensorColumns,
    euler: Option<Triple>,
    placement: String,
    /// Name of the orientation's frame.
    pub(super) frame: String,
    place: Option<SensorPlace>,
}

impl Point {
    pub(super) const fn has_orientation(&self) -> bool {
        self.euler.is_some() || self.sensor.has_orientation()
    }

    pub(super) fn wanted(&self) -> Vec<usize> {
        let mut wanted = self.sensor.wanted();
        wanted.extend(self.euler.into_iter().flat_map(|euler| euler.columns));
        wanted
    }

    pub(super) fn samples(
        &self,
        table: &Table,
        time_s: &[f64],
        frame: Frame,
        options: &ReadOptions,
    ) -> SensorSamples {
        let mut samples = self.sensor.samples(table, time_s.to_vec(), options);
        samples.place = self.place;
        if let Some(euler) = self.euler {
            let angles = vectors(table, euler);
            let turn = |&angles: &_| frame.of_angles(angles, options.euler_sequence);
            samples.earth_from_sensor = Some(angles.iter().map(turn).collect());
        }
        for q in samples.earth_from_sensor.iter_mut().flatten() {
            *q = frame.earth_from_sensor(*q);
        }
        samples
    }
}
