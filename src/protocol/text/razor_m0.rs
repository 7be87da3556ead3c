//! `SparkFun` 9DoF Razor M0 with its own firmware: numbers with commas between.
//!
//! `time, ax, ay, az, gx, gy, gz, mx, my, mz` and, as the board was set, `qw, qx, qy, qz`, then
//! `pitch, roll, yaw`, then the heading. Milliseconds, g, deg/s, µT, degrees. The quaternion is sensor to
//! earth, Z up; it has four decimals, and the angles are made of it. Lines without a quaternion hold
//! what it can be computed from.

use super::layout::{CLOCK, Layouts};
use super::{LineDecoder, decimals, put_line};
use crate::protocol::{Evidence, Protocol, Sample};
use crate::units::STANDARD_GRAVITY_M_S2;

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "razor-m0",
    title: "SparkFun 9DoF Razor M0 (numbers with commas)",
    gives: "accelerometer, gyroscope, magnetometer, time; quaternion where printed",
    checked: "1 line made by its source",
    baud_rates: &[115_200],
    evidence: Evidence::Numbers,
    ask: None,
    configure: None,
    decoder: || {
        let lines = Layouts::new(&[SENSORS, WITH_QUATERNION, WITH_ANGLES, WITH_HEADING]);
        Box::new(LineDecoder::timed(lines, CLOCK).without_first())
    },
    encode: Some(encode),
};

const SENSORS: &str = "time_ms accel_x_g accel_y_g accel_z_g gyro_x_deg_s gyro_y_deg_s gyro_z_deg_s \
                       mag_x_ut mag_y_ut mag_z_ut";
const WITH_QUATERNION: &str = "time_ms accel_x_g accel_y_g accel_z_g gyro_x_deg_s gyro_y_deg_s \
                               gyro_z_deg_s mag_x_ut mag_y_ut mag_z_ut q_w q_x q_y q_z";
const WITH_ANGLES: &str = "time_ms accel_x_g accel_y_g accel_z_g gyro_x_deg_s gyro_y_deg_s \
                           gyro_z_deg_s mag_x_ut mag_y_ut mag_z_ut q_w q_x q_y q_z _ _ _";
const WITH_HEADING: &str = "time_ms accel_x_g accel_y_g accel_z_g gyro_x_deg_s gyro_y_deg_s \
                            gyro_z_deg_s mag_x_ut mag_y_ut mag_z_ut q_w q_x q_y q_z _ _ _ _";

/// Sensors in two decimals, the quaternion in four.
fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    let time_ms = (sample.device_time_s.unwrap_or_default() * 1e3).round();
    let accel = sample.accel_m_s2.unwrap_or_default() / STANDARD_GRAVITY_M_S2;
    let gyro = sample.gyro_rad_s.unwrap_or_default().map(f64::to_degrees);
    let mag = sample.mag_ut.unwrap_or_default();
    let sensors = [accel, gyro, mag].map(|vector| decimals::<2>(vector.as_slice(), ", "));
    let mut line = format!("{time_ms:.0}, {}", sensors.join(", "));
    if let Some(turn) = sample.earth_from_sensor {
        line += ", ";
        line += &decimals::<4>(&[turn.w, turn.i, turn.j, turn.k], ", ");
    }
    put_line(bytes, &format!("{line}\r\n"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{components, in_units, near, only, vectors};
    use crate::protocol::text::testing::decode;

    const LINE: &str = "5012, 0.01, -0.02, 1.00, 0.06, -0.12, 0.00, 12.30, -4.50, 40.10";

    #[test]
    fn the_quaternion_may_be_absent() {
        let with = format!("{LINE}, 0.9999, 0.0100, 0.0050, 0.0000\r\n");
        let out = decode(PROTOCOL, &format!("\n{LINE}\r\n{with}{LINE}, 1\r\n"));
        assert_eq!((out.samples.len(), out.faults.corrupt_frames), (2, 1));
        assert!(out.samples[0].earth_from_sensor.is_none());
        assert!(out.samples[1].earth_from_sensor.is_some());
        near(&[out.samples[0].device_time_s.unwrap()], &[5.012]);
    }

    #[test]
    fn all_layouts_are_understood() {
        let all = [SENSORS, WITH_QUATERNION, WITH_ANGLES, WITH_HEADING];
        for text in all {
            assert!(text.parse::<super::super::layout::Layout>().is_ok());
        }
    }

    #[test]
    fn vectors_of_lines() {
        for vector in vectors("text/sparkfun-9dof-razor-m0") {
            let out = decode(
                PROTOCOL,
                &format!("\n{}", String::from_utf8_lossy(&vector.bytes)),
            );
            let sample = only(&out);
            near(
                &components(&sample.earth_from_sensor.unwrap()),
                &vector.numbers("q_wxyz"),
            );
            near(
                &in_units(sample.accel_m_s2, STANDARD_GRAVITY_M_S2),
                &vector.numbers("acc_g"),
            );
            near(
                &in_units(sample.gyro_rad_s, 1_f64.to_radians()),
                &vector.numbers("gyro_dps"),
            );
            near(&in_units(sample.mag_ut, 1.0), &vector.numbers("mag_ut"));
            let time_ms = vector.decoded["time_ms"].as_f64().unwrap();
            near(&[sample.device_time_s.unwrap()], &[time_ms / 1e3]);
        }
    }
}
