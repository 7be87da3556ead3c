//! The options that say how to read a file which does not say it itself.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum};

use crate::read::convention::{Convention, Mirror, Up};
use crate::read::error::excerpt;
use crate::read::{
    AccelUnit, AngleUnit, Found, GyroUnit, Keep, QuaternionOrder, ReadOptions, Sequence,
};
use crate::sample::Clocks;

/// How to read files that do not say it themselves; shared by the commands that read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadingArgs {
    /// Columns by name, such as time=t,qw=A,qx=B,qy=C,qz=D; before a name may stand a sensor's: `head_qw=A`
    #[arg(long, value_name = "NAME=COLUMN", value_delimiter = ',', value_parser = pair)]
    pub columns: Vec<(String, String)>,
    /// Unit of the time column
    #[arg(long, value_name = "UNIT")]
    pub time_unit: Option<TimeUnit>,
    /// Order of the four quaternion columns from left to right, whatever they are called
    #[arg(long, value_name = "ORDER")]
    pub quaternion_order: Option<Order>,
    /// Quaternions in the file are earth to sensor: turn them round
    #[arg(long)]
    pub conjugate: bool,
    /// Quaternions in the file are of left-handed axes, its vectors are not: that axis is mirrored, or those two are swapped
    #[arg(long, value_name = "AXES")]
    pub left_handed: Option<Axes>,
    /// Axis of the file's earth that points up, if not z
    #[arg(long, value_name = "AXIS", allow_hyphen_values = true)]
    pub up: Option<UpAxis>,
    /// Where the accelerometer's vector points at rest, if not up
    #[arg(long, value_name = "WAY")]
    pub gravity: Option<Gravity>,
    /// Unit of the gyroscope, whatever the file says
    #[arg(long, value_name = "UNIT")]
    pub gyro_unit: Option<GyroUnitName>,
    /// Unit of the accelerometer, whatever the file says
    #[arg(long, value_name = "UNIT")]
    pub accel_unit: Option<AccelUnitName>,
    /// The turns of Euler angles, each about an axis that the ones before have turned: zyx for
    /// Rz Ry Rx
    #[arg(long, value_name = "AXES", value_parser = sequence)]
    pub euler_sequence: Option<Sequence>,
    /// Unit of Euler angles, whatever the file says
    #[arg(long, value_name = "UNIT")]
    pub angle_unit: Option<AngleUnitName>,
    /// Samples a second, for files without times
    #[arg(long, value_name = "HZ", value_parser = rate)]
    pub rate: Option<f64>,
    /// Name of the sensor on the head
    #[arg(long, value_name = "NAME")]
    pub head: Option<String>,
    /// Name of the sensor on the trunk
    #[arg(long, value_name = "NAME")]
    pub trunk: Option<String>,
    /// The trunk sensor's own file, for sensors that write one file each; --trunk names its sensor
    #[arg(long, value_name = "PATH")]
    pub trunk_file: Option<PathBuf>,
    /// Whether head and trunk sensor keep one time; wins over what the files say
    #[arg(long, value_name = "CLOCKS")]
    pub clocks: Option<ClocksArg>,
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TimeUnit {
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Nanoseconds.
    Ns,
}

/// How the clocks of two sensors relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ClocksArg {
    /// Equal times are one instant
    Shared,
    /// Each sensor has its own; found from the movement that both show
    Separate,
}

/// An order of quaternion components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// w first.
    Wxyz,
    /// w last.
    Xyzw,
}

/// Axes that make a left-handed system out of a right-handed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Axes {
    /// X mirrored.
    X,
    /// Y mirrored.
    Y,
    /// Z mirrored.
    Z,
    /// X and y swapped.
    Xy,
    /// X and z swapped.
    Xz,
    /// Y and z swapped.
    Yz,
}

/// An axis of the file's earth that points up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UpAxis {
    /// East-north-up, north-west-up.
    Z,
    /// Games and motion capture.
    Y,
    /// North-east-down.
    #[value(name = "-z")]
    MinusZ,
}

/// Where the accelerometer's vector points at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Gravity {
    /// Specific force.
    Up,
    /// The pull of gravity.
    Down,
}

/// A unit of angle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AngleUnitName {
    /// Degrees.
    Deg,
    /// Radians.
    Rad,
}

/// A unit of angular velocity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GyroUnitName {
    /// Degrees a second.
    Deg,
    /// Radians a second.
    Rad,
}

/// A unit of acceleration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AccelUnitName {
    /// Standard gravity.
    G,
    /// Metres a second squared.
    #[value(name = "m-s2")]
    MS2,
}

impl ReadingArgs {
    /// As the readers take them.
    pub fn options(&self) -> ReadOptions {
        let unit_s = |unit| match unit {
            TimeUnit::S => 1.0,
            TimeUnit::Ms => 1e-3,
            TimeUnit::Us => 1e-6,
            TimeUnit::Ns => 1e-9,
        };
        let order = |order| match order {
            Order::Wxyz => QuaternionOrder::Wxyz,
            Order::Xyzw => QuaternionOrder::Xyzw,
        };
        let gyro_unit = |unit| match unit {
            GyroUnitName::Deg => GyroUnit::Deg,
            GyroUnitName::Rad => GyroUnit::Rad,
        };
        let accel_unit = |unit| match unit {
            AccelUnitName::G => AccelUnit::G,
            AccelUnitName::MS2 => AccelUnit::MS2,
        };
        let angle_unit = |unit| match unit {
            AngleUnitName::Deg => AngleUnit::Deg,
            AngleUnitName::Rad => AngleUnit::Rad,
        };
        let clocks = |clocks| match clocks {
            ClocksArg::Shared => Clocks::Shared,
            ClocksArg::Separate => Clocks::Separate,
        };
        ReadOptions {
            columns: self.columns.clone(),
            time_unit_s: self.time_unit.map(unit_s),
            quaternion_order: self.quaternion_order.map(order),
            gyro_unit: self.gyro_unit.map(gyro_unit),
            accel_unit: self.accel_unit.map(accel_unit),
            euler_sequence: self.euler_sequence,
            angle_unit: self.angle_unit.map(angle_unit),
            convention: self.convention(),
            rate_hz: self.rate,
            head: self.head.clone(),
            trunk: self.trunk.clone(),
            trunk_file: self.trunk_file.clone(),
            clocks: self.clocks.map(clocks),
            keep: Keep::default(),
        }
    }

    fn convention(&self) -> Convention {
        let mirror = |axes| match axes {
            Axes::X => Mirror::X,
            Axes::Y => Mirror::Y,
            Axes::Z => Mirror::Z,
            Axes::Xy => Mirror::Xy,
            Axes::Xz => Mirror::Xz,
            Axes::Yz => Mirror::Yz,
        };
        let up = |axis| match axis {
            UpAxis::Z => Up::Z,
            UpAxis::Y => Up::Y,
            UpAxis::MinusZ => Up::MinusZ,
        };
        Convention {
            conjugate: self.conjugate,
            left_handed: self.left_handed.map(mirror),
            up: self.up.map(up).unwrap_or_default(),
            gravity_down: self.gravity == Some(Gravity::Down),
        }
    }

    /// A trunk's file belongs to one recording.
    pub(super) fn check(&self, found: &Found) -> anyhow::Result<()> {
        let count = found.recordings.len();
        if self.trunk_file.is_some() && count > 1 {
            bail!("--trunk-file belongs to one recording, and {count} were found; give one");
        }
        Ok(())
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, column) = text
        .split_once('=')
        .ok_or("write NAME=COLUMN, such as qw=A")?;
    Ok((name.trim().to_owned(), column.trim().to_owned()))
}

fn sequence(text: &str) -> Result<Sequence, String> {
    Sequence::parse(text).ok_or_else(|| "a sequence is three axes, such as zyx".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text
        .parse()
        .ok()
        .filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
    rate.ok_or_else(|| "a rate is a number of samples a second, above zero".to_owned())
}

/// A path as it may stand on a terminal: control characters escaped.
pub fn shown(path: &Path) -> String {
    excerpt(path.to_string_lossy().as_bytes(), 4096)
}

/// Says which files were passed over, and which folders hold no recording.
pub(super) fn say_passed_over(found: &Found, err: &mut dyn Write) -> io::Result<()> {
    for other in &found.passed_over {
        writeln!(err, "passed over: {}: {}", shown(&other.path), other.reason)?;
    }
    say_barren(&found.barren, err)
}

/// Says which folders hold no recording.
pub(super) fn say_barren(barren: &[PathBuf], err: &mut dyn Write) -> io::Result<()> {
    for folder in barren {
        writeln!(
            err,
            "error: {}: no recording in this folder; `neckrom formats` shows what can be read",
            shown(folder)
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        reading: ReadingArgs,
    }

    #[test]
    fn options_are_understood() {
        let line = "x --columns time=t,qw=A --columns qx=B --time-unit ms --rate 50 --conjugate \
                    --quaternion-order xyzw --head L --left-handed yz --up -z --gravity down \
                    --gyro-unit deg --accel-unit m-s2";
        let options = Command::try_parse_from(line.split_whitespace())
            .unwrap()
            .reading
            .options();
        assert_eq!(options.columns.len(), 3);
        assert_eq!(options.time_unit_s, Some(1e-3));
        assert_eq!(options.rate_hz, Some(50.0));
        assert_eq!(options.quaternion_order, Some(QuaternionOrder::Xyzw));
        let convention = Convention {
            conjugate: true,
            left_handed: Some(Mirror::Yz),
            up: Up::MinusZ,
            gravity_down: true,
        };
        assert_eq!(options.convention, convention);
        assert_eq!(options.gyro_unit, Some(GyroUnit::Deg));
        assert_eq!(options.accel_unit, Some(AccelUnit::MS2));
        assert_eq!(options.head.as_deref(), Some("L"));
    }

    #[test]
    fn nonsense_is_refused() {
        for line in [
            "x --rate 0",
            "x --rate nan",
            "x --columns qw",
            "x --time-unit h",
        ] {
            assert!(
                Command::try_parse_from(line.split_whitespace()).is_err(),
                "{line}"
            );
        }
    }

    #[test]
    fn paths_are_harmless() {
        assert_eq!(shown(Path::new("a\x1b[2J.csv")), "a\\u{1b}[2J.csv");
    }
}
