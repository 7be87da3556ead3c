//! A line of numbers whose meaning the user says, by a line with names in place of the numbers.
//!
//! ```
//! use neckrom::protocol::text::layout::Layout;
//!
//! // `quat 0.87 0.18 -0.24 0.38`, whatever stands between the cells:
//! let quaternion: Layout = "'quat' q_w q_x q_y q_z".parse()?;
//! // `#YPR=-142.28,-5.38,33.52` of a sensor whose yaw goes clockwise:
//! let angles: Layout = "'#YPR' -yaw_deg pitch_deg roll_deg".parse()?;
//! // `{"t":123,"q":[1,0,0,0]}`:
//! let json: Layout = r#"{"t":"time_ms","q":["q_w","q_x","q_y","q_z"]}"#.parse()?;
//! # Ok::<(), neckrom::protocol::text::layout::LayoutError>(())
//! ```
//!
//! | name | is |
//! |---|---|
//! | `time_s`, `time_ms`, `time_us` | the device's clock; the last two begin again after 2^32 |
//! | `count` | the device's counter of samples |
//! | `q_w`, `q_x`, `q_y`, `q_z` | sensor to earth, Z up, in the order of the line |
//! | `roll_deg`, `pitch_deg`, `yaw_deg`, or `_rad` | `Rz(yaw) Ry(pitch) Rx(roll)`, where there is no quaternion |
//! | `gyro_x_rad_s` or `gyro_x_deg_s`, y, z | angular velocity |
//! | `accel_x_m_s2` or `accel_x_g`, y, z | specific force |
//! | `mag_x_ut`, y, z | magnetic field |
//! | `_` | passed over |
//! | `'word'` | has to stand there |
//! | `...` | at the end: more cells may follow |
//!
//! Short names are `t_s`, `qw`, `gx_deg_s`, `ax_g`, `mx_ut` and so on. A minus before a name turns the sign. Cells are parted by tabs, commas, semicolons, blanks, `:`, `=`,
//! `|` and brackets. A line has to have as many cells as the layout, and a number that is not finite
//! (`nan`, `None`) makes it no line of this layout. Of a JSON object the named places have to be there;
//! others may be.

use std::str::FromStr;

use serde_json::Value;

use super::{LineDecoder, ReadLine, Said, What, one};
use crate::protocol::Decode;
use crate::protocol::clock::Clock;
use crate::protocol::turn::from_roll_pitch_yaw_deg;
use crate::units::STANDARD_GRAVITY_M_S2;

/// Values that a line can have: time, count, quaternion, angles, gyroscope, accelerometer, magnetometer.
const SLOTS: usize = 18;
const TIME: usize = 0;
const COUNT: usize = 1;
const QUATERNION: usize = 2;
const ANGLES: usize = 6;
const GYRO: usize = 9;
const ACCEL: usize = 12;
const MAG: usize = 15;

/// Microseconds; a clock of microseconds or of milliseconds begins again after 2^32 of them.
pub(super) const CLOCK: Clock = Clock::new(1e6, &[1 << 32, 1000 << 32]).unsure();

/// Why a layout could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// No such name.
    #[error(
        "a line has no column '{0}'; columns are: t_s t_ms t_us count; qw qx qy qz; roll_deg pitch_deg \
         yaw_deg (or _rad; yaw about Z first, then pitch about Y, then roll about X); gx_deg_s gy_deg_s \
         gz_deg_s (or _rad_s); ax_g ay_g az_g (or _m_s2); mx_ut my_ut mz_ut; _ is passed over, a 'word' has \
         to stand there, ... lets more follow"
    )]
    Name(String),
    /// Some names of a group are there, not all.
    #[error("a line that has {0} needs all of its parts once")]
    Parts(&'static str),
    /// Nothing to tell orientation from.
    #[error("a line needs a quaternion, or three angles, or a gyroscope and an accelerometer")]
    NoOrientation,
    /// JSON that does not parse.
    #[error(
        "a line that begins with a brace has to be JSON with names of columns in place of numbers"
    )]
    Json,
}

/// Where a value goes, and what it is multiplied by.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Column {
    slot: usize,
    scale: f64,
}

/// What a cell has to be.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Value(Column),
    Word(String),
    Any,
}

/// How a line is laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// As it was written.
    text: String,
    shape: Shape,
    has: [bool; SLOTS],
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// Cells, and whether more may follow.
    Cells(Vec<Cell>, bool),
    /// Pointers into an object.
    Json(Vec<(String, Column)>),
}

impl Layout {
    /// A decoder of lines laid out like this. The first line may have lost its beginning; unless it
    /// would show, it is passed over.
    pub fn decoder(self) -> Box<dyn Decode> {
        let shows = match &self.shape {
            Shape::Cells(cells, _) => matches!(cells.first(), Some(Cell::Word(_))),
            Shape::Json(_) => true,
        };
        let decoder = LineDecoder::timed(self, CLOCK);
        Box::new(if shows {
            decoder
        } else {
            decoder.without_first()
        })
    }

    /// The layout as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn new(text: &str, shape: Shape) -> Result<Self, LayoutError> {
        let mut layout = Self {
            text: text.to_owned(),
            has: [false; SLOTS],
            shape,
        };
        for column in layout.columns() {
            let has = layout.has.get_mut(column.slot);
            if has.is_some_and(|has| std::mem::replace(has, true)) {
                return Err(LayoutError::Parts(group_name(column.slot)));
            }
        }
        layout.check()?;
        Ok(layout)
    }

    fn columns(&self) -> Vec<Column> {
        let value = |cell: &Cell| match cell {
            Cell::Value(column) => Some(*column),
            Cell::Word(_) | Cell::Any => None,
        };
        match &self.shape {
            Shape::Cells(cells, _) => cells.iter().filter_map(value).collect(),
            Shape::Json(places) => places.iter().map(|place| place.1).collect(),
        }
    }

    fn check(&self) -> Result<(), LayoutError> {
        for (slot, count) in [
            (QUATERNION, 4),
            (ANGLES, 3),
            (GYRO, 3),
            (ACCEL, 3),
            (MAG, 3),
        ] {
            let parts = self.has.iter().skip(slot).take(count);
            let there = parts.filter(|has| **has).count();
            if there != 0 && there != count {
                return Err(LayoutError::Parts(group_name(slot)));
            }
        }
        let oriented = self.has(QUATERNION) || self.has(ANGLES);
        if oriented || (self.has(GYRO) && self.has(ACCEL)) {
            Ok(())
        } else {
            Err(LayoutError::NoOrientation)
        }
    }

    fn has(&self, slot: usize) -> bool {
        self.has.get(slot).copied().unwrap_or_default()
    }

    fn values(&self, line: &str) -> Option<[f64; SLOTS]> {
        let mut values = [0.0; SLOTS];
        match &self.shape {
            Shape::Json(places) => {
                let object: Value = serde_json::from_str(line).ok()?;
                for (pointer, column) in places {
                    column.set(&mut values, object.pointer(pointer)?.as_f64()?)?;
                }
            }
            Shape::Cells(cells, open) => {
                let mut words = line.split(is_between).filter(|word| !word.is_empty());
                for cell in cells {
                    cell.read(&mut values, words.next()?)?;
                }
                if !open && words.next().is_some() {
                    return None;
                }
            }
        }
        Some(values)
    }
}

impl Column {
    /// `None` for a number that is none.
    fn set(self, values: &mut [f64; SLOTS], value: f64) -> Option<()> {
        *values.get_mut(self.slot)? = value * self.scale;
        value.is_finite().then_some(())
    }
}

impl Cell {
    /// `None` for a word that may not stand here.
    fn read(&self, values: &mut [f64; SLOTS], word: &str) -> Option<()> {
        match self {
            Self::Value(column) => column.set(values, word.parse().ok()?),
            Self::Word(wanted) => (word == wanted).then_some(()),
            Self::Any => Some(()),
        }
    }
}

impl ReadLine for Layout {
    fn read_line(&self, line: &str, said: &mut Vec<Said>) -> bool {
        let Some(values) = self.values(line) else {
            return false;
        };
        let three = |slot: usize| {
            let found = values.get(slot..slot + 3)?.try_into().ok()?;
            self.has(slot).then_some(found)
        };
        let whole = |slot: usize| {
            let value = values.get(slot).copied().filter(|_| self.has(slot))?;
            Some(value.round().max(0.0) as u64)
        };
        let [_, _, w, x, y, z, ..] = values;
        let quaternion = self.has(QUATERNION).then_some([w, x, y, z]);
        let turned = |deg| {
            let turn = from_roll_pitch_yaw_deg(deg);
            What::FromAngles([turn.w, turn.i, turn.j, turn.k])
        };
        let all = [
            whole(TIME).map(What::Ticks),
            whole(COUNT).map(What::Count),
            quaternion.map(What::Quaternion),
            three(ANGLES).map(turned),
            three(GYRO).map(What::GyroRadS),
            three(ACCEL).map(What::AccelMS2),
            three(MAG).map(What::MagUt),
        ];
        said.extend(all.into_iter().flatten().map(one));
        true
    }
}

/// The first of several layouts that a line has.
#[derive(Debug)]
pub(super) struct Layouts(Vec<Layout>);

impl Layouts {
    /// Of layouts that are known to be right.
    pub(super) fn new(texts: &[&str]) -> Self {
        Self(texts.iter().filter_map(|text| text.parse().ok()).collect())
    }
}

impl ReadLine for Layouts {
    fn read_line(&self, line: &str, said: &mut Vec<Said>) -> bool {
        self.0.iter().any(|layout| layout.read_line(line, said))
    }
}

impl FromStr for Layout {
    type Err = LayoutError;

    fn from_str(text: &str) -> Result<Self, LayoutError> {
        let text = text.trim();
        let shape = if text.starts_with('{') {
            json(text)?
        } else {
            cells(text)?
        };
        Self::new(text, shape)
    }
}

fn cells(text: &str) -> Result<Shape, LayoutError> {
    let (text, open) = match text.strip_suffix("...") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let cell = |name: &str| {
        let word = name
            .strip_prefix('\'')
            .and_then(|name| name.strip_suffix('\''));
        Ok(match (word, name) {
            (Some(word), _) => Cell::Word(word.to_owned()),
            (None, "_") => Cell::Any,
            (None, name) => Cell::Value(column(name)?),
        })
    };
    let names = text.split(is_between).filter(|name| !name.is_empty());
    Ok(Shape::Cells(
        names.map(cell).collect::<Result<_, _>>()?,
        open,
    ))
}

fn json(text: &str) -> Result<Shape, LayoutError> {
    let object: Value = serde_json::from_str(text).or(Err(LayoutError::Json))?;
    let mut places = Vec::new();
    walk(&object, String::new(), &mut |pointer, name| {
        if name != "_" {
            places.push((pointer, column(name)?));
        }
        Ok(())
    })?;
    Ok(Shape::Json(places))
}

/// Shows all texts in an object with the pointers to them.
fn walk(
    value: &Value,
    pointer: String,
    each: &mut impl FnMut(String, &str) -> Result<(), LayoutError>,
) -> Result<(), LayoutError> {
    match value {
        Value::String(name) => each(pointer, name),
        Value::Array(all) => {
            let mut all = all.iter().enumerate();
            all.try_for_each(|(index, one)| walk(one, format!("{pointer}/{index}"), each))
        }
        Value::Object(all) => all.iter().try_for_each(|(key, one)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            walk(one, format!("{pointer}/{key}"), each)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || ",;:=|()[]".contains(c)
}

const fn group_name(slot: usize) -> &'static str {
    match slot {
        TIME => "a time",
        COUNT => "a counter",
        QUATERNION..ANGLES => "a quaternion",
        ANGLES..GYRO => "angles",
        GYRO..ACCEL => "a gyroscope",
        ACCEL..MAG => "an accelerometer",
        _ => "a magnetometer",
    }
}

/// What a name stands for.
fn column(name: &str) -> Result<Column, LayoutError> {
    let (sign, plain) = match name.strip_prefix('-') {
        Some(plain) => (-1.0, plain),
        None => (1.0, name),
    };
    let deg_per_rad = 1_f64.to_degrees();
    let (slot, scale) = match plain {
        "time_s" | "t_s" => (TIME, 1e6),
        "time_ms" | "t_ms" => (TIME, 1e3),
        "time_us" | "t_us" => (TIME, 1.0),
        "count" => (COUNT, 1.0),
        "q_w" | "qw" => (QUATERNION, 1.0),
        "roll_deg" => (ANGLES, 1.0),
        "pitch_deg" => (ANGLES + 1, 1.0),
        "yaw_deg" => (ANGLES + 2, 1.0),
        "roll_rad" => (ANGLES, deg_per_rad),
        "pitch_rad" => (ANGLES + 1, deg_per_rad),
        "yaw_rad" => (ANGLES + 2, deg_per_rad),
        _ => axis_column(plain).ok_or_else(|| LayoutError::Name(name.to_owned()))?,
    };
    let scale = sign * scale;
    Ok(Column { slot, scale })
}

/// A name whose short form begins with one letter for the channel and one for the axis.
fn long(name: &str) -> String {
    let channels = [("q", "q_"), ("g", "gyro_"), ("a", "accel_"), ("m", "mag_")];
    let is_axis = |rest: &str| {
        let after = rest.strip_prefix(['x', 'y', 'z']);
        after.is_some_and(|after| after.is_empty() || after.starts_with('_'))
    };
    let found = channels.iter().find_map(|(short, long)| {
        let rest = name.strip_prefix(short).filter(|rest| is_axis(rest))?;
        Some(format!("{long}{rest}"))
    });
    found.unwrap_or_else(|| name.to_owned())
}

/// A name with an axis in it.
fn axis_column(name: &str) -> Option<(usize, f64)> {
    let name = long(name);
    let axes = ["_x", "_y", "_z"];
    let axis = axes.iter().position(|axis| name.contains(axis))?;
    let (slot, scale) = match name.replacen(axes.get(axis)?, "_?", 1).as_str() {
        "q_?" => (QUATERNION + 1, 1.0),
        "gyro_?_rad_s" => (GYRO, 1.0),
        "gyro_?_deg_s" => (GYRO, 1_f64.to_radians()),
        "accel_?_m_s2" => (ACCEL, 1.0),
        "accel_?_g" => (ACCEL, STANDARD_GRAVITY_M_S2),
        "mag_?_ut" => (MAG, 1.0),
        _ => return None,
    };
    Some((slot + axis, scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{components, near, vectors};
    use crate::protocol::{Decoded, Sample};

    fn decode(layout: &str, text: &str) -> Decoded {
        let layout: Layout = layout.parse().unwrap();
        let (mut decoder, mut out) = (layout.decoder(), Decoded::default());
        decoder.push(text.as_bytes(), f64::NAN, &mut out);
        decoder.finish(&mut out);
        out
    }

    fn turn(sample: &Sample) -> [f64; 4] {
        components(&sample.earth_from_sensor.unwrap())
    }

    #[test]
    fn words_separators_and_order() {
        let out = decode(
            "'quat' q_x q_y q_z q_w",
            "quat\t0\t0\t0\t1\nquat: (0, 1, 0, 0)\nyaw 1 2 3 4\n",
        );
        assert_eq!((out.samples.len(), out.faults.corrupt_frames), (2, 1));
        near(&turn(&out.samples[1]), &[0.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn units_signs_times_and_more_cells() {
        let layout = "time_ms count gyro_x_deg_s -gyro_y_deg_s gyro_z_rad_s \
                      accel_x_g accel_y_g accel_z_g mag_x_ut mag_y_ut mag_z_ut _ ...";
        let line = |ms: u64, count: u64| format!("{ms},{count},180,180,1,0,0,1,1,2,3,x,9,9\n");
        let text = [line(4_294_967_290, 4), line(4, 5), line(14, 8)].concat();
        let out = decode(layout, &format!("cut\n{text}"));
        assert_eq!((out.samples.len(), out.faults.lost_samples), (3, 2));
        let sample = &out.samples[1];
        let half_turn = std::f64::consts::PI;
        near(
            sample.gyro_rad_s.unwrap().as_slice(),
            &[half_turn, -half_turn, 1.0],
        );
        near(sample.accel_m_s2.unwrap().as_slice(), &[0.0, 0.0, 9.806_65]);
        near(sample.mag_ut.unwrap().as_slice(), &[1.0, 2.0, 3.0]);
        near(&[sample.device_time_s.unwrap()], &[4_294_967.3]);
    }

    #[test]
    fn short_names_are_the_long_ones() {
        let short = "t_ms,qw,qx,qy,qz,gx_deg_s,gy_deg_s,gz_deg_s,ax_g,ay_g,az_g,mx_ut,my_ut,mz_ut";
        let long = "time_ms q_w q_x q_y q_z gyro_x_deg_s gyro_y_deg_s gyro_z_deg_s \
                    accel_x_g accel_y_g accel_z_g mag_x_ut mag_y_ut mag_z_ut";
        let shape = |text: &str| text.parse::<Layout>().unwrap().shape;
        assert_eq!(shape(short), shape(long));
        let said = "qw,qx,qy,gz".parse::<Layout>().unwrap_err().to_string();
        for part in ["'gz'", "t_ms", "qw qx qy qz", "gx_deg_s", "ax_g", "yaw_deg"] {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn angles_of_either_unit() {
        let deg = decode("'ypr' -yaw_deg pitch_deg roll_deg", "ypr -90 0 0\n");
        let rad = decode("'ypr' yaw_rad pitch_rad roll_rad", "ypr 1.5707963268 0 0\n");
        let half = std::f64::consts::FRAC_1_SQRT_2;
        for out in [deg, rad] {
            near(&turn(&out.samples[0]), &[half, 0.0, 0.0, half]);
        }
    }

    #[test]
    fn objects_by_their_places() {
        let layout = r#"{"imu":{"q/0":["q_w","q_x","q_y","q_z"]},"t":"time_us","n":3}"#;
        let out = decode(
            layout,
            "{\"t\":5,\"imu\":{\"q/0\":[0.6,0.8,0,0],\"x\":1}}\n{\"t\":6}\n{\"t\"\n",
        );
        assert_eq!((out.samples.len(), out.faults.corrupt_frames), (1, 2));
        near(&turn(&out.samples[0]), &[0.6, 0.8, 0.0, 0.0]);
        near(&[out.samples[0].device_time_s.unwrap()], &[5e-6]);
    }

    #[test]
    fn numbers_that_are_none_are_no_line() {
        let out = decode(
            "'q' q_w q_x q_y q_z",
            "q 1 0 0 0\nq nan 0 0 0\nq None 0 0 0\nq 0 0 0 0\nq 1 0 0\n",
        );
        assert_eq!((out.samples.len(), out.faults.corrupt_frames), (1, 3));
        assert_eq!(out.faults.bad_quaternions, 1);
    }

    #[test]
    fn layouts_that_make_no_sense_are_refused() {
        let error = |text: &str| text.parse::<Layout>().unwrap_err();
        assert_eq!(error("q_w q_x q_y qv"), LayoutError::Name("qv".to_owned()));
        assert_eq!(error("q_w q_x q_y"), LayoutError::Parts("a quaternion"));
        assert_eq!(
            error("q_w q_x q_y q_z q_w"),
            LayoutError::Parts("a quaternion")
        );
        assert_eq!(
            error("time_ms time_us q_w q_x q_y q_z"),
            LayoutError::Parts("a time")
        );
        assert_eq!(error("time_ms"), LayoutError::NoOrientation);
        assert_eq!(
            error("gyro_x_g gyro_y_g gyro_z_g"),
            LayoutError::Name("gyro_x_g".to_owned())
        );
        assert_eq!(error("{\"q\":"), LayoutError::Json);
        assert_eq!(error(""), LayoutError::NoOrientation);
    }

    #[test]
    fn vectors_of_bare_numbers() {
        for vector in vectors("yost/ascii") {
            let text = format!("\n{}", String::from_utf8_lossy(&vector.bytes));
            let out = decode("q_x q_y q_z q_w", &text);
            near(&turn(&out.samples[0]), &vector.numbers("q_wxyz"));
        }
    }
}
