//! What the columns of an unknown table mean together.

use super::angles::Angles;
use super::name::{Kind, Meaning, meaning};
use crate::read::channels::{SensorColumns, Triple};
use crate::read::header::{Delimiter, Header};
use crate::read::{QuaternionOrder, ReadOptions};

/// No header line is longer.
const MAX_HEADER: usize = 64 * 1024;

/// Where time stands, and seconds in one of its units if the header says so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::read) struct Time {
    pub(in crate::read) column: usize,
    pub(in crate::read) unit_s: Option<f64>,
    /// Nanoseconds after the whole seconds of `column`.
    pub(in crate::read) nanoseconds: Option<usize>,
}

/// A header that was understood.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::read) struct Layout {
    pub(in crate::read) header: Header,
    pub(in crate::read) time: Option<Time>,
    pub(in crate::read) sensors: Vec<PlainSensor>,
}

/// Where the channels of one sensor stand, and what of them is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::read) struct PlainSensor {
    pub(in crate::read) columns: SensorColumns,
    pub(in crate::read) angles: Option<Angles>,
    /// The header states the gyroscope's unit.
    pub(in crate::read) gyro_stated: bool,
    /// The header states the accelerometer's unit.
    pub(in crate::read) accel_stated: bool,
}

impl PlainSensor {
    /// There is something to tell orientation from.
    pub(in crate::read) const fn is_usable(&self) -> bool {
        self.columns.has_orientation() || self.angles.is_some()
    }

    /// All columns of this sensor.
    pub(in crate::read) fn wanted(&self) -> Vec<usize> {
        let mut wanted = self.columns.wanted();
        let angles = self.angles.filter(|_| self.columns.quaternion.is_none());
        wanted.extend(angles.into_iter().flat_map(|angles| angles.columns));
        wanted
    }
}

impl Layout {
    /// All columns that are used.
    pub(in crate::read) fn wanted(&self) -> Vec<usize> {
        let sensors = self.sensors.iter().flat_map(PlainSensor::wanted);
        let time = self.time.into_iter();
        let time = time.flat_map(|time| [Some(time.column), time.nanoseconds]);
        sensors.chain(time.flatten()).collect()
    }
}

/// What a line says if it is a header with at least one sensor.
pub(in crate::read) fn of_line(line: &[u8], options: &ReadOptions) -> Option<Layout> {
    if line.len() > MAX_HEADER || line.contains(&0) {
        return None;
    }
    let mut header = Header::new(line, Delimiter::guess(line));
    header.comment = Some(b'#');
    of_header(header, options)
}

/// What names of columns say, if there is at least one sensor.
pub(in crate::read) fn of_header(header: Header, options: &ReadOptions) -> Option<Layout> {
    let meanings = meanings(&header.names);
    let mut sensors = all_sensors(&meanings, options);
    sensors.retain(PlainSensor::is_usable);
    let oriented = |sensor: &PlainSensor| sensor.columns.has_orientation();
    if options.euler_sequence.is_none() && sensors.iter().any(oriented) {
        sensors.retain(oriented);
    }
    let time = time(&meanings);
    (!sensors.is_empty()).then_some(Layout {
        header,
        time,
        sensors,
    })
}

/// What names of columns say of all sensors, those included that have one vector alone.
pub(in crate::read) fn parts(header: &Header, options: &ReadOptions) -> Vec<PlainSensor> {
    all_sensors(&meanings(&header.names), options)
}

fn all_sensors(meanings: &[Meaning], options: &ReadOptions) -> Vec<PlainSensor> {
    let names = sensor_names(meanings).into_iter();
    names.map(|name| sensor(meanings, name, options)).collect()
}

/// The meanings of all names. Robots' `angular_velocity` and `linear_acceleration` (ROS) are rad/s and
/// m/s², gravity included.
fn meanings(names: &[String]) -> Vec<Meaning> {
    let any = |part: &str| names.iter().any(|name| name.contains(part));
    if !(any("angular_velocity") && any("linear_acceleration")) {
        return names.iter().map(|name| meaning(name)).collect();
    }
    let of = |name: &String| match meaning(&name.replace("linear_acceleration", "acceleration")) {
        Meaning::Vector {
            sensor, kind, axis, ..
        } => Meaning::Vector {
            sensor,
            kind,
            axis,
            scale: Some(1.0),
        },
        other @ (Meaning::Time(_)
        | Meaning::Nanoseconds
        | Meaning::Quaternion { .. }
        | Meaning::Numbered { .. }
        | Meaning::Angle { .. }
        | Meaning::Other) => other,
    };
    names.iter().map(of).collect()
}

fn time(meanings: &[Meaning]) -> Option<Time> {
    let found = meanings.iter().enumerate();
    let (column, unit_s) = found.clone().find_map(|(column, meaning)| match meaning {
        Meaning::Time(unit_s) => Some((column, *unit_s)),
        Meaning::Nanoseconds
        | Meaning::Quaternion { .. }
        | Meaning::Numbered { .. }
        | Meaning::Angle { .. }
        | Meaning::Vector { .. }
        | Meaning::Other => None,
    })?;
    // They stand beside each other, after a time of its own or not.
    let after = |at: &usize| meanings.get(*at) == Some(&Meaning::Nanoseconds);
    let nanoseconds = Some(column + 1).filter(after);
    Some(Time {
        column,
        unit_s,
        nanoseconds,
    })
}

fn sensor_names(meanings: &[Meaning]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in meanings.iter().filter_map(Meaning::sensor) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn sensor(meanings: &[Meaning], name: &str, options: &ReadOptions) -> PlainSensor {
    let of: Vec<(usize, &Meaning)> = meanings
        .iter()
        .enumerate()
        .filter(|(_, meaning)| meaning.sensor() == Some(name))
        .collect();
    let (gyro, accel) = (vector(&of, Kind::Gyro), vector(&of, Kind::Accel));
    let triple = |found: Option<(Triple, bool)>| found.map(|found| found.0);
    let stated = |found: Option<(Triple, bool)>| found.is_some_and(|found| found.1);
    let angles = angles(&of).or_else(|| {
        options.euler_sequence?;
        turns(&of)
    });
    PlainSensor {
        columns: SensorColumns {
            quaternion: quaternion(&of, options.quaternion_order),
            gyro: triple(gyro),
            accel: triple(accel),
            name: name.to_owned(),
            ..SensorColumns::default()
        },
        angles,
        gyro_stated: stated(gyro),
        accel_stated: stated(accel),
    }
}

/// The four columns of a sensor's quaternion, w first.
fn quaternion(of: &[(usize, &Meaning)], order: Option<QuaternionOrder>) -> Option<[usize; 4]> {
    let four = |with_bare: bool| {
        let [w, x, y, z] = [0, 1, 2, 3].map(|wanted| component(of, wanted, with_bare));
        Some([w?, x?, y?, z?])
    };
    four(false)
        .or_else(|| four(true))
        .or_else(|| numbered(of, order))
}

fn component(of: &[(usize, &Meaning)], wanted: usize, with_bare: bool) -> Option<usize> {
    let is = |meaning: &Meaning| {
        matches!(meaning, Meaning::Quaternion { component, bare, .. }
            if *component == wanted && *bare == with_bare)
    };
    of.iter()
        .find(|(_, meaning)| is(meaning))
        .map(|found| found.0)
}

/// Columns numbered 0 to 3 (w first), or 1 to 4 (only if the order is said).
fn numbered(of: &[(usize, &Meaning)], order: Option<QuaternionOrder>) -> Option<[usize; 4]> {
    let at = |wanted: usize| {
        let is = |meaning: &Meaning| matches!(meaning, Meaning::Numbered { number, .. } if *number == wanted);
        of.iter()
            .find(|(_, meaning)| is(meaning))
            .map(|found| found.0)
    };
    let first = usize::from(at(0).is_none());
    if first == 1 {
        order?;
    }
    let [a, b, c, d] = [0, 1, 2, 3].map(|number| at(first + number));
    Some([a?, b?, c?, d?])
}

/// Three columns, and whether their unit is stated.
fn vector(of: &[(usize, &Meaning)], wanted: Kind) -> Option<(Triple, bool)> {
    let at = |index: usize| {
        of.iter().find_map(|(column, meaning)| match meaning {
            Meaning::Vector {
                kind, axis, scale, ..
            } if *kind == wanted && *axis == index => Some((*column, *scale)),
            Meaning::Vector { .. }
            | Meaning::Time(_)
            | Meaning::Nanoseconds
            | Meaning::Quaternion { .. }
            | Meaning::Numbered { .. }
            | Meaning::Angle { .. }
            | Meaning::Other => None,
        })
    };
    let (x, y, z) = (at(0)?, at(1)?, at(2)?);
    let triple = Triple {
        columns: [x.0, y.0, z.0],
        scale: x.1.unwrap_or(1.0),
    };
    Some((triple, x.1.is_some()))
}

/// Angles that their names tell.
fn angles(of: &[(usize, &Meaning)]) -> Option<Angles> {
    let at = |index: usize| {
        of.iter().find_map(|(column, meaning)| match meaning {
            Meaning::Angle { axis, scale, .. } if *axis == index => Some((*column, *scale)),
            Meaning::Angle { .. }
            | Meaning::Time(_)
            | Meaning::Nanoseconds
            | Meaning::Quaternion { .. }
            | Meaning::Numbered { .. }
            | Meaning::Vector { .. }
            | Meaning::Other => None,
        })
    };
    let (x, y, z) = (at(0)?, at(1)?, at(2)?);
    Some(Angles {
        columns: [x.0, y.0, z.0],
        scale: x.1,
    })
}

/// X, y and z of no vector and without a w: angles, when the user says that there are some.
fn turns(of: &[(usize, &Meaning)]) -> Option<Angles> {
    let three = |bare: bool| {
        let [w, x, y, z] = [0, 1, 2, 3].map(|wanted| component(of, wanted, bare));
        if w.is_some() {
            return None;
        }
        Some([x?, y?, z?])
    };
    three(false).or_else(|| three(true)).map(|columns| Angles {
        columns,
        scale: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quaternions(header: &str) -> Vec<(String, [usize; 4])> {
        let layout = of_line(header.as_bytes(), &ReadOptions::default());
        let sensors = layout.map(|layout| layout.sensors).unwrap_or_default();
        sensors
            .into_iter()
            .filter_map(|s| s.columns.quaternion.map(|q| (s.columns.name, q)))
            .collect()
    }

    #[test]
    fn the_usual_names_of_quaternions() {
        for header in [
            "t,w,x,y,z",
            "t,W,X,Y,Z",
            "t,qw,qx,qy,qz",
            "t,q_w,q_x,q_y,q_z",
            "t,quat_w,quat_x,quat_y,quat_z",
            "t,QuaternionW,QuaternionX,QuaternionY,QuaternionZ",
            "t,q0,q1,q2,q3",
            "t,Quat_q0,Quat_q1,Quat_q2,Quat_q3",
            "t,quat 0,quat 1,quat 2,quat 3",
            "t,orientation.w,orientation.x,orientation.y,orientation.z",
        ] {
            assert_eq!(
                quaternions(header),
                [(String::new(), [1, 2, 3, 4])],
                "{header}"
            );
        }
        assert_eq!(
            quaternions("qx,qy,qz,qw,x,y,z"),
            [(String::new(), [3, 0, 1, 2])]
        );
    }

    #[test]
    fn several_sensors_by_number_or_name() {
        let two =
            |a: &str, b: &str| vec![(a.to_owned(), [1, 2, 3, 4]), (b.to_owned(), [5, 6, 7, 8])];
        for (header, a, b) in [
            ("t,w1,x1,y1,z1,w2,x2,y2,z2", "1", "2"),
            ("t,q1_w,q1_x,q1_y,q1_z,q2_w,q2_x,q2_y,q2_z", "1", "2"),
            (
                "t,head_qw,head_qx,head_qy,head_qz,trunk_qw,trunk_qx,trunk_qy,trunk_qz",
                "head",
                "trunk",
            ),
            (
                "t,qw_head,qx_head,qy_head,qz_head,qw_t1,qx_t1,qy_t1,qz_t1",
                "head",
                "t1",
            ),
            (
                "t,imu1 q0,imu1 q1,imu1 q2,imu1 q3,imu2 q0,imu2 q1,imu2 q2,imu2 q3",
                "imu1",
                "imu2",
            ),
        ] {
            assert_eq!(quaternions(header), two(a, b), "{header}");
        }
    }

    #[test]
    fn what_is_not_a_quaternion() {
        for header in [
            "",
            "a,b,c",
            "t,acc_x,acc_y,acc_z",
            "t,x,y,z",
            "1,2,3,4",
            "t,q1,q2,q3,q4",
            "t,wx,wy,wz",
        ] {
            assert_eq!(quaternions(header), [], "{header}");
        }
        let options = ReadOptions {
            quaternion_order: Some(QuaternionOrder::Xyzw),
            ..ReadOptions::default()
        };
        let layout = of_line(b"t,q1,q2,q3,q4", &options).unwrap();
        assert_eq!(layout.sensors[0].columns.quaternion, Some([1, 2, 3, 4]));
    }

    fn layout(header: &str) -> Layout {
        of_line(header.as_bytes(), &ReadOptions::default()).unwrap()
    }

    #[test]
    fn units_of_gyroscope_and_accelerometer_are_stated_or_not() {
        let stated = layout("t,gx (deg/s),gy (deg/s),gz (deg/s),accX [g],accY [g],accZ [g]");
        let sensor = &stated.sensors[0];
        let (gyro, accel) = (sensor.columns.gyro.unwrap(), sensor.columns.accel.unwrap());
        assert_eq!(gyro.columns, [1, 2, 3]);
        assert!((gyro.scale - 0.017_453).abs() < 1e-6);
        assert!((accel.scale - 9.806_65).abs() < 1e-9);
        assert!(sensor.gyro_stated && sensor.accel_stated);
        let open = layout("t,gx,gy,gz,ax,ay,az");
        assert!(!open.sensors[0].gyro_stated && !open.sensors[0].accel_stated);
        let native = "t,imu_gyro_x_rad_s,imu_gyro_y_rad_s,imu_gyro_z_rad_s,imu_accel_x_m_s2,imu_accel_y_m_s2,imu_accel_z_m_s2";
        assert_eq!(layout(native).sensors[0].columns.name, "imu");
        let two = layout("t,ax1,ay1,az1,gx1,gy1,gz1,ax2,ay2,az2,gx2,gy2,gz2");
        let names: Vec<&str> = two
            .sensors
            .iter()
            .map(|s| s.columns.name.as_str())
            .collect();
        assert_eq!(names, ["1", "2"]);
    }

    #[test]
    fn robots_messages() {
        let found = layout(
            "%time,field.header.seq,field.header.stamp,field.header.frame_id,field.orientation.x,\
             field.orientation.y,field.orientation.z,field.orientation.w,\
             field.orientation_covariance0,field.orientation_covariance1,\
             field.orientation_covariance2,field.orientation_covariance3,field.angular_velocity.x,\
             field.angular_velocity.y,field.angular_velocity.z,field.linear_acceleration.x,\
             field.linear_acceleration.y,field.linear_acceleration.z",
        );
        let [sensor] = found.sensors.as_slice() else {
            panic!("{:?}", found.sensors)
        };
        assert_eq!(sensor.columns.quaternion, Some([7, 4, 5, 6]));
        assert_eq!(sensor.columns.gyro.unwrap().columns, [12, 13, 14]);
        assert_eq!(sensor.columns.accel.unwrap().columns, [15, 16, 17]);
        assert!(sensor.gyro_stated && sensor.accel_stated);
        assert_eq!(found.time.map(|time| time.column), Some(0));
        let found = layout(
            ".header.seq,.header.stamp.secs,.header.stamp.nsecs,.orientation.x,.orientation.y,.orientation.z,.orientation.w",
        );
        let time = found.time.unwrap();
        assert_eq!(
            (time.column, time.unit_s, time.nanoseconds),
            (1, Some(1.0), Some(2))
        );
    }

    #[test]
    fn angles_have_many_names() {
        let degrees = std::f64::consts::PI / 180.0;
        for (header, columns, scale) in [
            ("t,roll,pitch,yaw", [1, 2, 3], None),
            (
                "t,Yaw (deg),Pitch (deg),Roll (deg)",
                [3, 2, 1],
                Some(degrees),
            ),
            ("t,heading_deg,pitch_deg,roll_deg", [3, 2, 1], Some(degrees)),
            ("t,euler_x,euler_y,euler_z", [1, 2, 3], None),
            (
                "t,EulerX [rad],EulerY [rad],EulerZ [rad]",
                [1, 2, 3],
                Some(1.0),
            ),
        ] {
            let found = layout(header);
            let angles = found.sensors[0].angles.unwrap();
            assert_eq!((angles.columns, angles.scale), (columns, scale), "{header}");
        }
        let two = layout("t,roll1,pitch1,yaw1,roll2,pitch2,yaw2");
        assert_eq!(two.sensors.len(), 2);
        for header in [
            "t,roll_rate,pitch_rate,yaw_rate",
            "t,roll (m),pitch (m),yaw (m)",
            "t,x,y,z",
        ] {
            assert!(
                of_line(header.as_bytes(), &ReadOptions::default()).is_none(),
                "{header}"
            );
        }
        let declared = ReadOptions {
            euler_sequence: Some(crate::read::Sequence::ZYX),
            ..ReadOptions::default()
        };
        let found = of_line(b"time,X_1,Y_1,Z_1,X_2,Y_2,Z_2,diff_x", &declared).unwrap();
        assert_eq!(found.sensors.len(), 2);
        assert_eq!(found.sensors[1].angles.unwrap().columns, [4, 5, 6]);
    }
}
