//! `SparkFun` BNO080 and BNO08x examples: `i,j,k,real,accuracy,` with a comma at the end and no header.
//!
//! The scalar comes last, two decimals, sensor to earth, Z up. Example 13 puts a number first that is no
//! clock: what the chip adds to the time of its interrupt. It is passed over. Example 14 has two sensors
//! on a line, ten numbers; when only one of them had news its five numbers stand alone, and nothing tells
//! whose they are, so such lines are passed over. With a gyroscope the line is
//! `i,j,k,real,gx,gy,gz,`, rad/s.

use super::words::{all_numbers, is_unit};
use super::{LineDecoder, Said, What, decimals, one, put_line};
use crate::protocol::{Evidence, Protocol, Sample};

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "sparkfun-bno080",
    title: "BNO080 / BNO08x with SparkFun's examples (i,j,k,real,accuracy,)",
    gives: "quaternion of two decimals, one or two sensors; gyroscope where printed",
    checked: "1 line made by its source",
    baud_rates: &[115_200, 9600],
    evidence: Evidence::Numbers,
    ask: None,
    configure: None,
    decoder: || Box::new(LineDecoder::new(parse as super::Parse).without_first()),
    encode: Some(encode),
};

/// One line, of two sensors where it has ten numbers.
pub(crate) fn parse(line: &str, said: &mut Vec<Said>) -> bool {
    parse_two(line, said) || parse_one(line, said)
}

/// The numbers of a line that ends with a comma.
fn cells(line: &str) -> Option<Vec<f64>> {
    let inner = line.strip_suffix(',')?;
    let count = inner.split(',').count();
    all_numbers(inner).filter(|numbers| numbers.len() == count)
}

/// One line of one sensor.
pub(crate) fn parse_one(line: &str, said: &mut Vec<Said>) -> bool {
    let Some(cells) = cells(line) else {
        return false;
    };
    let (quaternion, gyro) = match *cells.as_slice() {
        [x, y, z, w, _] | [_, x, y, z, w, _] => ([w, x, y, z], None),
        [x, y, z, w, a, b, c] => ([w, x, y, z], Some([a, b, c])),
        _ => return false,
    };
    if !is_unit(quaternion) {
        return false;
    }
    said.push(one(What::Quaternion(quaternion)));
    said.extend(gyro.map(|gyro| one(What::GyroRadS(gyro))));
    true
}

/// One line of two sensors.
pub(crate) fn parse_two(line: &str, said: &mut Vec<Said>) -> bool {
    let cells = cells(line).unwrap_or_default();
    let [x, y, z, w, _, a, b, c, d, _] = *cells.as_slice() else {
        return false;
    };
    let both: [[f64; 4]; 2] = [[w, x, y, z], [d, a, b, c]];
    if !both.into_iter().all(is_unit) {
        return false;
    }
    for (sensor, quaternion) in both.into_iter().enumerate() {
        let what = What::Quaternion(quaternion);
        said.push(Said { sensor, what });
    }
    true
}

/// `i,j,k,real,accuracy,`, two decimals; with a gyroscope `i,j,k,real,x,y,z,`.
fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    let Some(turn) = sample.earth_from_sensor else {
        return;
    };
    let turn = decimals::<2>(&[turn.i, turn.j, turn.k, turn.w], ",");
    let rest = match sample.gyro_rad_s {
        Some(gyro) => decimals::<2>(gyro.as_slice(), ","),
        None => "0.05".to_owned(),
    };
    put_line(bytes, &format!("{turn},{rest},\r\n"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{components, near, vectors};
    use crate::protocol::text::testing::decode;

    #[test]
    fn the_scalar_comes_last_and_the_first_line_may_be_cut() {
        let out = decode(
            PROTOCOL,
            "3,0.00,0.00,1.00,0.05,\n0.80,0.00,0.00,0.60,3.14,\n",
        );
        let turn = out.samples[0].earth_from_sensor.unwrap();
        assert_eq!((out.samples.len(), out.faults.leading_bytes), (1, 23));
        near(&components(&turn), &[0.6, 0.8, 0.0, 0.0]);
    }

    #[test]
    fn two_sensors_on_a_line() {
        let both = "0.80,0.00,0.00,0.60,3.14,0.00,0.60,0.00,0.80,3.14,\n";
        // Nothing tells whose a single line is.
        let alone = "0.00,0.60,0.00,0.80,3.14,\n";
        let out = decode(PROTOCOL, &format!("\n{both}{alone}{both}"));
        let sensors: Vec<u16> = out.samples.iter().map(|sample| sample.sensor).collect();
        assert_eq!(sensors, [0, 1, 0, 1]);
        assert_eq!(out.faults.incomplete, 1);
    }

    #[test]
    fn vectors_of_lines() {
        for vector in vectors("text/sparkfun-bno08x") {
            let mut said = Vec::new();
            assert!(parse(
                std::str::from_utf8(&vector.bytes).unwrap().trim(),
                &mut said
            ));
            let What::Quaternion(found) = said[0].what else {
                panic!("{}", vector.name)
            };
            near(&found, &vector.numbers("q_wxyz"));
        }
    }
}
