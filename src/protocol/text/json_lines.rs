//! One JSON object a line: `{"t_us":123456,"q":[0.8718,0.1815,-0.2393,0.3811]}`.
//!
//! There is no standard. Read here is what leaves no doubt: a quaternion of four numbers, w first, as `q`
//! or `quat`, sensor to earth, Z up; and a time as `t_us`, `t_ms` or `t_s`. A `t` alone does not say its
//! unit and is passed over. For other objects the user says a [layout](super::layout).

use super::layout::{CLOCK, Layouts};
use super::{LineDecoder, decimals, put_line};
use crate::protocol::{Evidence, Protocol, Sample};

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "json-lines",
    title: "One JSON object a line with a quaternion q",
    gives: "quaternion; time where its unit is said",
    checked: "1 line made by hand",
    baud_rates: &[115_200, 9600],
    evidence: Evidence::Marks,
    ask: None,
    configure: None,
    decoder: || {
        let lines = Layouts::new(LAYOUTS);
        Box::new(LineDecoder::timed(lines, CLOCK))
    },
    encode: Some(encode),
};

/// The first that fits is taken.
const LAYOUTS: &[&str] = &[
    r#"{"t_us":"time_us","q":["q_w","q_x","q_y","q_z"]}"#,
    r#"{"t_us":"time_us","quat":["q_w","q_x","q_y","q_z"]}"#,
    r#"{"t_ms":"time_ms","q":["q_w","q_x","q_y","q_z"]}"#,
    r#"{"t_ms":"time_ms","quat":["q_w","q_x","q_y","q_z"]}"#,
    r#"{"t_s":"time_s","q":["q_w","q_x","q_y","q_z"]}"#,
    r#"{"t_s":"time_s","quat":["q_w","q_x","q_y","q_z"]}"#,
    r#"{"q":["q_w","q_x","q_y","q_z"]}"#,
    r#"{"quat":["q_w","q_x","q_y","q_z"]}"#,
];

/// Microseconds and six decimals.
fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    if let Some(turn) = sample.earth_from_sensor {
        let time_us = (sample.device_time_s.unwrap_or_default() * 1e6).round();
        let turn = decimals::<6>(&[turn.w, turn.i, turn.j, turn.k], ",");
        put_line(
            bytes,
            &format!("{{\"t_us\":{time_us:.0},\"q\":[{turn}]}}\n"),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::protocol::testing::{components, near, only, vectors};
    use crate::protocol::text::testing::decode;

    #[test]
    fn times_of_three_units_and_none() {
        for (time, expected) in [
            ("\"t_us\":1500000,", Some(1.5)),
            ("\"t_ms\":1500,", Some(1.5)),
            ("\"t_s\":1.5,", Some(1.5)),
            ("\"t\":1500,", None),
            ("", None),
        ] {
            for key in ["q", "quat"] {
                let out = decode(PROTOCOL, &format!("{{{time}\"{key}\":[0.6,0.8,0,0]}}\n"));
                let sample = only(&out);
                assert_eq!(sample.device_time_s, expected, "{time}");
                near(
                    &components(&sample.earth_from_sensor.unwrap()),
                    &[0.6, 0.8, 0.0, 0.0],
                );
            }
        }
    }

    #[test]
    fn vectors_of_lines() {
        for vector in vectors("text/json-lines") {
            let out = decode(PROTOCOL, &String::from_utf8_lossy(&vector.bytes));
            let stated = vector.decoded["json"]["q"].as_array().unwrap();
            let stated: Vec<f64> = stated.iter().filter_map(Value::as_f64).collect();
            near(&components(&only(&out).earth_from_sensor.unwrap()), &stated);
        }
    }
}
