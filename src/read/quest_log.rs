//! Logs of a monitor program of Oculus headsets (the data set questset): CSV.
//!
//! One header line, one row a frame: buttons, `LeftTouchPosX` …, `HeadPosX` …,
//! `HeadOrientationW,HeadOrientationX,HeadOrientationY,HeadOrientationZ`, and `time` (last, or first as
//! `Time`) in seconds from the start. CRLF. About 60 rows a second, unevenly. The native kit of
//! Oculus wrote them: right-handed, Y up, X right, Z backward, headset to room. A headset without
//! tracking has a quaternion of zeros.

use super::channels::four;
use super::header::{first_header, read_header};
use super::headset::{self, NATIVE, Pose};
use super::lines::Lines;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::Recording;
use crate::warning::Warnings;

/// This format.
pub const FORMAT: Format = Format {
    name: "quest-log",
    title: "Oculus headset log with touch controllers (questset)",
    extensions: &["csv"],
    gives: "quaternion of the headset",
    checked: "1 real file",
    detect,
    together: alone,
    read,
};

const HEAD: [&str; 4] = [
    "HeadOrientationW",
    "HeadOrientationX",
    "HeadOrientationY",
    "HeadOrientationZ",
];

/// What names of columns of the controllers begin with.
const TOUCHES: [&str; 3] = ["LeftTouch", "RightTouch", "TouchButtons"];

fn detect(bytes: &[u8]) -> Detected {
    let Some(header) = first_header(bytes) else {
        return Detected::No;
    };
    let touch = |name: &String| TOUCHES.iter().any(|touch| name.starts_with(touch));
    let known = four(&header, HEAD).is_some() && header.find("time").is_some();
    Detected::recording_if(known && header.names.iter().any(touch))
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut lines = Lines::new(source.reader);
    let header = read_header(&mut lines)?;
    let missing = || super::channels::no_orientation(&header);
    let head = four(&header, HEAD).ok_or_else(missing)?;
    let time = header.find("time").ok_or(ReadError::NoRate)?;
    let wanted = [head.as_slice(), &[time]].concat();
    let table = header.read(&mut lines, &wanted, warnings)?;
    let unit_s = options.time_unit_s.unwrap_or(1.0);
    let time_s = table
        .column(time)
        .iter()
        .map(|time| time * unit_s)
        .collect();
    let sensor = headset::sensor(&table, time_s, Pose::Quaternion(head), NATIVE, warnings);
    Ok(headset::recording(sensor))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::{UnitQuaternion, Vector3};

    use super::*;
    use crate::read::read_bytes;

    #[test]
    fn a_table_with_fewer_columns_is_known_by_its_controllers() {
        let header = "Time,TouchButtons,HeadOrientationW,HeadOrientationX,HeadOrientationY,";
        let whole = format!("{header}HeadOrientationZ\n0,0,1,0,0,0\n");
        assert_eq!(detect(whole.as_bytes()), Detected::Recording);
        assert_eq!(detect(header.as_bytes()), Detected::No);
    }

    #[test]
    fn the_room_is_brought_up_to_z() {
        let text = "LeftTouchOrientationW,HeadPosX,HeadOrientationW,HeadOrientationX,\
                    HeadOrientationY,HeadOrientationZ,time\r\n\
                    1,0,0.965925826,0,0.258819045,0,0.0166\r\n1,0,0,0,0,0,0.0332\r\n";
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let (read, _) = read_bytes(&FORMAT, text.as_bytes(), &ReadOptions::default()).unwrap();
        let head = &read.sensors[0];
        let q = head.earth_from_sensor.as_ref().unwrap();
        // A turn of 30° to the left: the nose goes from Y towards -X of the earth.
        let nose = UnitQuaternion::new_unchecked(q[0]) * -Vector3::z();
        assert_relative_eq!(nose, Vector3::new(-0.5, 0.866_025, 0.0), epsilon = 1e-5);
        assert!(q[1].w.is_nan());
        assert_relative_eq!(head.time_s[1], 0.0332);
    }
}
