//! What the CSV files of x-io's sensors have in common: a file a kind of message, with a column of
//! times or packet numbers, and names of columns with the axis and the unit in them.

use super::channels::{SensorColumns, Triple, Turned, four, no_orientation, triple};
use super::header::{Delimiter, Header, split_lines};
use super::lines::Lines;
use super::{Detected, ReadError, ReadOptions};
use crate::sample::SensorSamples;
use crate::units::STANDARD_GRAVITY_M_S2;
use crate::warning::Warnings;

const RAD_S_PER_DEG_S: f64 = std::f64::consts::PI / 180.0;
const UT_PER_GAUSS: f64 = 100.0;

/// Names of the quaternion's columns, in all generations.
const QUATERNIONS: [[&str; 4]; 3] = [
    ["W", "X", "Y", "Z"],
    ["W Element", "X Element", "Y Element", "Z Element"],
    ["Element 1", "Element 2", "Element 3", "Element 4"],
];

/// Names of the columns of roll, pitch and yaw.
const ANGLES: [[&str; 3]; 2] = [
    ["Roll (deg)", "Pitch (deg)", "Yaw (deg)"],
    [
        "Roll | Phi | X (degrees)",
        "Pitch | Theta | Y (degrees)",
        "Yaw | Psi | Z (degrees)",
    ],
];

/// Names of the columns of a rotation matrix, row after row.
const MATRICES: [[[&str; 3]; 3]; 3] = [
    [["XX", "XY", "XZ"], ["YX", "YY", "YZ"], ["ZX", "ZY", "ZZ"]],
    [
        ["XX Element", "XY Element", "XZ Element"],
        ["YX Element", "YY Element", "YZ Element"],
        ["ZX Element", "ZY Element", "ZZ Element"],
    ],
    [
        ["Element 11", "Element 12", "Element 13"],
        ["Element 21", "Element 22", "Element 23"],
        ["Element 31", "Element 32", "Element 33"],
    ],
];

/// Accelerations without gravity that stand beside a quaternion.
const BESIDE: [&str; 2] = ["X (g)", "X Axis (g)"];

/// How a generation of devices writes its quaternions; its matrices and angles are sensor to earth in
/// all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    SensorToEarth,
    EarthToSensor,
}

/// The header of a file whose first column is `time`.
pub(super) fn header(bytes: &[u8], time: &str) -> Option<Header> {
    let line = split_lines(bytes).next()?;
    let header = Header::new(line, Delimiter::Byte(b','));
    header
        .names
        .first()
        .is_some_and(|name| name == time)
        .then_some(header)
}

/// What a file with this header is of a sensor's files.
pub(super) fn kind(header: &Header) -> Detected {
    let columns = columns(header);
    let beside = BESIDE.iter().any(|name| header.find(name).is_some());
    if columns.quaternion.is_some() && !beside {
        Detected::Recording
    } else if columns.has_orientation() || turned(header).is_some() {
        Detected::Lesser
    } else {
        Detected::Companion
    }
}

/// Orientation that is not written as a quaternion.
fn turned(header: &Header) -> Option<Turned> {
    let angles = ANGLES
        .into_iter()
        .find_map(|names| Turned::euler_deg(header, names));
    let matrix = || {
        let mut all = MATRICES.into_iter();
        all.find_map(|rows| Turned::matrix(header, rows))
    };
    angles.or_else(matrix)
}

/// The channels in a header; the first column is the time.
fn columns(header: &Header) -> SensorColumns {
    SensorColumns {
        time: Some(0),
        quaternion: QUATERNIONS
            .into_iter()
            .find_map(|names| four(header, names)),
        gyro: axes(header, "Gyroscope", "deg/s", RAD_S_PER_DEG_S),
        accel: axes(header, "Accelerometer", "g", STANDARD_GRAVITY_M_S2),
        mag: axes(header, "Magnetometer", "uT", 1.0)
            .or_else(|| axes(header, "Magnetometer", "G", UT_PER_GAUSS)),
        ..SensorColumns::default()
    }
}

fn axes(header: &Header, kind: &str, unit: &str, scale: f64) -> Option<Triple> {
    let names = ["X", "Y", "Z"].map(|axis| format!("{kind} {axis} ({unit})"));
    triple(header, names.each_ref().map(String::as_str), scale)
}

/// One file of messages: orientation, or gyroscope and accelerometer. `unit_s` is one of the first
/// column in seconds; quaternions that are earth to sensor are turned round.
pub(super) fn messages(
    lines: &mut Lines<'_>,
    unit_s: f64,
    turn: Turn,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<SensorSamples, ReadError> {
    if !lines.advance()? {
        return Err(ReadError::Empty);
    }
    let header = Header::new(lines.line(), Delimiter::guess(lines.line()));
    let columns = columns(&header);
    let turned = turned(&header).filter(|_| !columns.has_orientation());
    if turned.is_none() && !columns.has_orientation() {
        return Err(no_orientation(&header));
    }
    let mut wanted = columns.wanted();
    wanted.extend(turned.map(Turned::wanted).unwrap_or_default());
    let table = header.read(lines, &wanted, warnings)?;
    let time_s = table.column(0).iter().map(|time| time * unit_s).collect();
    let mut sensor = columns.samples(&table, time_s, options);
    if let Some(turned) = turned {
        sensor.earth_from_sensor = Some(turned.quaternions(&table));
    } else if turn == Turn::EarthToSensor {
        for q in sensor.earth_from_sensor.iter_mut().flatten() {
            *q = q.conjugate();
        }
    }
    Ok(sensor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_files_show_in_their_headers() {
        let kind_of = |text: &str| kind(&header(text.as_bytes(), "Time (s)").unwrap());
        assert_eq!(kind_of("Time (s),W,X,Y,Z\r\n"), Detected::Recording);
        let inertial = "Time (s),Gyroscope X (deg/s),Gyroscope Y (deg/s),Gyroscope Z (deg/s),\
                        Accelerometer X (g),Accelerometer Y (g),Accelerometer Z (g)";
        assert_eq!(kind_of(inertial), Detected::Lesser);
        assert_eq!(kind_of("Time (s),Humidity (%)\n"), Detected::Companion);
        assert!(header(b"Timestamp (us),W,X,Y,Z\n", "Time (s)").is_none());
    }

    #[test]
    fn matrices_and_angles_are_sensor_to_earth_where_quaternions_are_not() {
        let read = |text: &str| {
            let mut bytes = text.as_bytes();
            let mut lines = Lines::new(&mut bytes);
            let options = ReadOptions::default();
            let unheard = &mut Warnings::default();
            let sensor = messages(&mut lines, 1.0, Turn::EarthToSensor, &options, unheard);
            sensor.unwrap().earth_from_sensor.unwrap()[0].k
        };
        let half = std::f64::consts::FRAC_1_SQRT_2;
        for (text, k) in [
            (
                "Packet number,Element 1, Element 2, Element 3, Element 4\n1,0.7071068,0,0,0.7071068\n",
                -half,
            ),
            (
                "Packet number,Roll | Phi | X (degrees), Pitch | Theta | Y (degrees), \
                 Yaw | Psi | Z (degrees)\n1,0,0,90\n",
                half,
            ),
            (
                "Packet number,Element 11, Element 12, Element 13, Element 21, Element 22, \
                 Element 23, Element 31, Element 32, Element 33\n1,0,-1,0,1,0,0,0,0,1\n",
                half,
            ),
            ("t,XX,XY,XZ,YX,YY,YZ,ZX,ZY,ZZ\n1,0,-1,0,1,0,0,0,0,1\n", half),
            ("t;W;X;Y;Z\n1;0,7071068;0;0;0,7071068\n", -half),
        ] {
            assert!((read(text) - k).abs() < 1e-6, "{text}");
        }
    }

    #[test]
    fn units_stand_in_the_names() {
        let header = Header::new(
            b"Packet number,Magnetometer X (G),Magnetometer Y (G),Magnetometer Z (G)",
            Delimiter::Byte(b','),
        );
        let mag = columns(&header).mag.map(|mag| mag.scale.to_bits());
        assert_eq!(mag, Some(UT_PER_GAUSS.to_bits()));
    }
}
