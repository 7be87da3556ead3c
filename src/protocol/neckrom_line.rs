//! neckrom's own line, for firmware that may choose what it sends.
//!
//! One line of ASCII a sample and sensor:
//!
//! ```text
//! I,1024,20480123,0.871800,0.181500,-0.239300,0.381100,0.0100,-0.0200,0.0000,3.3552,4.6104,7.9672*51D2
//! ```
//!
//! | cell | is |
//! |---|---|
//! | 1 | `I` for the first or only sensor, `J` for a second one behind the same port |
//! | 2 | number of the sample, a whole number that rises by one with each and begins again at 0 after 4294967295; two sensors that are read together give the same number |
//! | 3 | microseconds of the device's clock when the sample was taken, a whole number; a clock of 32 bits may begin again at 0 after 4294967295 |
//! | 4 to 7 | quaternion w, x, y, z: sensor to earth, right-handed, earth's Z up, any heading; Hamilton's product, so that `v_earth = q v q*`; at least four decimals, better six |
//! | 8 to 10 | angular velocity x, y, z in sensor axes, rad/s |
//! | 11 to 13 | accelerometer x, y, z in sensor axes, m/s²; at rest it shows +9.8 along up |
//! | 14 and more | anything; not read |
//! | `*` and 4 digits | CRC of all bytes before the `*`, from the letter on |
//! | end | a line feed (0A); a carriage return (0D) may stand before it |
//!
//! Cells are parted by one comma, without blanks. Numbers are decimal with a point, as `printf` writes
//! them with `%f`. A device that lacks one of the three vectors leaves all of its cells empty (two
//! commas next to each other), and still counts them. A line has at most 500 bytes. The CRC is
//! CRC-16/CCITT-FALSE: polynomial 1021, start FFFF, highest bit first, nothing inverted; "123456789" gives
//! 29B1. It is written as four hexadecimal digits. In C:
//!
//! ```c
//! uint16_t crc = 0xFFFF;
//! for (const char *c = line; *c != '\0'; c++) {
//!     crc ^= (uint16_t)(uint8_t)*c << 8;
//!     for (int bit = 0; bit < 8; bit++) {
//!         crc = crc & 0x8000 ? (uint16_t)(crc << 1) ^ 0x1021 : (uint16_t)(crc << 1);
//!     }
//! }
//! printf("%s*%04X\r\n", line, crc);
//! ```
//!
//! At 115200 baud such a line takes 9 ms, so 100 lines a second fit and no more.

use nalgebra::Vector3;

use super::clock::Clock;
use super::framing::sums::Crc16;
use super::stream::{PieceDecoder, Pieced};
use super::text::decimals;
use super::track::{Track, Tracks};
use super::turn::wxyz;
use super::{Decoded, Evidence, Protocol, Sample};

/// This protocol.
pub const PROTOCOL: Protocol = Protocol {
    name: "neckrom-line",
    title: "neckrom's own line (number, time, quaternion, gyroscope, accelerometer, CRC)",
    gives: "quaternion, gyroscope, accelerometer, time, counter; one or two sensors",
    checked: "its description",
    baud_rates: &[115_200, 921_600, 460_800, 230_400],
    evidence: Evidence::Sum,
    ask: None,
    configure: None,
    decoder: || Box::new(PieceDecoder::<Lines>::default()),
    encode: Some(encode),
};

const CLOCK: Clock = Clock::new(1e6, &[1 << 32]);
const COUNTER: u64 = 1 << 32;

#[derive(Debug)]
struct Lines(Tracks);

impl Default for Lines {
    fn default() -> Self {
        let track = Track::new().counting(COUNTER).timed(CLOCK);
        Self(Tracks::new(track))
    }
}

/// What a line says.
#[derive(Debug, Default, PartialEq)]
struct Line {
    sample: Sample,
    count: u64,
    time_us: u64,
}

impl Pieced for Lines {
    const END: u8 = b'\n';
    const MOST: usize = 512;

    fn take(&mut self, piece: &[u8], arrival_s: f64, out: &mut Decoded) -> Option<usize> {
        // Neither letter stands inside a line: what comes before the last one is of none.
        let start = memchr::memrchr2(b'I', b'J', piece)?;
        let Line {
            mut sample,
            count,
            time_us,
        } = parse(piece.get(start..)?)?;
        sample.arrival_s = arrival_s;
        let track = self.0.of(sample.sensor)?;
        if track.count(count, out) {
            track.time(time_us, arrival_s, out);
            track.give(sample, out);
        }
        Some(start)
    }
}

/// A line from its letter on, without its end; `None` where the CRC or a cell is wrong.
fn parse(line: &[u8]) -> Option<Line> {
    let line = std::str::from_utf8(line).ok()?;
    let (text, sum) = line.strip_suffix('\r').unwrap_or(line).rsplit_once('*')?;
    if sum.len() != 4 || !sum.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    if u16::from_str_radix(sum, 16) != Ok(Crc16::CCITT_FALSE.of(text.as_bytes())) {
        return None;
    }
    let mut cells = text.split(',');
    let sensor = u16::from(cells.next()? == "J");
    let count = cells.next()?.parse().ok().filter(|count| *count < COUNTER);
    let (count, time_us) = (count?, cells.next()?.parse().ok()?);
    let (mut turn, mut gyro, mut accel) = (None::<[f64; 4]>, None::<[f64; 3]>, None::<[f64; 3]>);
    group(&mut cells, &mut turn)?;
    group(&mut cells, &mut gyro)?;
    group(&mut cells, &mut accel)?;
    let sample = Sample {
        sensor,
        earth_from_sensor: turn.map(wxyz),
        gyro_rad_s: gyro.map(Vector3::from),
        accel_m_s2: accel.map(Vector3::from),
        ..Sample::default()
    };
    Some(Line {
        sample,
        count,
        time_us,
    })
}

/// The next cells: numbers, or all of them empty.
fn group<'a, const N: usize>(
    cells: &mut impl Iterator<Item = &'a str>,
    into: &mut Option<[f64; N]>,
) -> Option<()> {
    let mut values = [0.0; N];
    let mut empty = 0;
    for value in &mut values {
        match cells.next()? {
            "" => empty += 1,
            cell => *value = cell.parse().ok()?,
        }
    }
    *into = (empty == 0).then_some(values);
    (empty == 0 || empty == N).then_some(())
}

/// Six, five and four decimals.
fn encode(sample: &Sample, bytes: &mut Vec<u8>) {
    let letter = if sample.sensor == 0 { 'I' } else { 'J' };
    let count = sample.counter.unwrap_or_default() % COUNTER;
    let time_us = (sample.device_time_s.unwrap_or_default() * 1e6).round();
    let turn = sample.earth_from_sensor.map_or_else(
        || ",,,".to_owned(),
        |turn| decimals::<6>(&[turn.w, turn.i, turn.j, turn.k], ","),
    );
    let none = || ",,".to_owned();
    let gyro = sample.gyro_rad_s;
    let gyro = gyro.map_or_else(none, |gyro| decimals::<5>(gyro.as_slice(), ","));
    let accel = sample.accel_m_s2;
    let accel = accel.map_or_else(none, |accel| decimals::<4>(accel.as_slice(), ","));
    let text = format!("{letter},{count},{time_us:.0},{turn},{gyro},{accel}");
    let sum = Crc16::CCITT_FALSE.of(text.as_bytes());
    bytes.extend(format!("{text}*{sum:04X}\r\n").into_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{all, components, decoded, near, only, vectors};

    const EXAMPLE: &str = "I,1024,20480123,0.871800,0.181500,-0.239300,0.381100,0.0100,-0.0200,0.0000,\
                           3.3552,4.6104,7.9672*51D2\r\n";

    fn decode(text: &str) -> Decoded {
        decoded(PieceDecoder::<Lines>::default(), text.as_bytes(), 5)
    }

    #[test]
    fn the_example_says_what_the_description_says() {
        let out = decode(EXAMPLE);
        let sample = only(&out);
        assert_eq!((sample.sensor, sample.counter), (0, Some(1024)));
        near(&[sample.device_time_s.unwrap()], &[20.480_123]);
        let turn = sample.earth_from_sensor.unwrap();
        near(&components(&turn), &[0.8718, 0.1815, -0.2393, 0.3811]);
        near(sample.gyro_rad_s.unwrap().as_slice(), &[0.01, -0.02, 0.0]);
        near(
            sample.accel_m_s2.unwrap().as_slice(),
            &[3.3552, 4.6104, 7.9672],
        );
        assert!(EXAMPLE.lines().all(|line| line.len() < 105));
    }

    #[test]
    fn what_a_device_lacks_is_left_empty() {
        let out = decode("J,7,5,1.000000,0.000000,0.000000,0.000000,,,,,,*B04B\n");
        assert_eq!(out.samples.len(), 0, "the sum is wrong");
        let mut bytes = Vec::new();
        let sent = Sample {
            sensor: 1,
            earth_from_sensor: Some(wxyz([1.0, 0.0, 0.0, 0.0])),
            counter: Some(7),
            ..Sample::default()
        };
        encode(&sent, &mut bytes);
        assert!(bytes.starts_with(b"J,7,0,1.000000,0.000000,0.000000,0.000000,,,,,,*"));
        let out = all(PieceDecoder::<Lines>::default(), &bytes);
        let sample = only(&out);
        assert_eq!((sample.sensor, sample.gyro_rad_s), (1, None));
    }

    /// A line with its sum.
    fn line(text: &str) -> String {
        format!("{text}*{:04x}\n", Crc16::CCITT_FALSE.of(text.as_bytes()))
    }

    #[test]
    fn lines_are_checked_to_the_cell() {
        let turn = "1,0,0,0";
        for wrong in [
            format!("I,1,2,{turn},0,0,,0,0,0"),
            format!("I,1,2,{turn},0,0,0,0,0"),
            format!("I,-1,2,{turn},0,0,0,0,0,0"),
            format!("I,1,2.5,{turn},0,0,0,0,0,0"),
            format!("I,4294967296,2,{turn},0,0,0,0,0,0"),
            format!("K,1,2,{turn},0,0,0,0,0,0"),
        ] {
            let out = decode(&line(&wrong));
            assert_eq!((out.frames, out.samples.len()), (0, 0), "{wrong}");
        }
        let nan = decode(&line("I,1,2,nan,0,0,0,0,0,0,0,0,0"));
        assert_eq!((nan.samples.len(), nan.faults.bad_quaternions), (0, 1));
    }

    #[test]
    fn two_sensors_count_for_themselves() {
        let turn = "1,0,0,0,,,,,,";
        let text: String = [1, 2, 5]
            .iter()
            .map(|n| line(&format!("I,{n},{n}000,{turn}")) + &line(&format!("J,{n},{n}000,{turn}")))
            .collect();
        let out = decode(&format!("boot\nnoise{text}"));
        assert_eq!((out.samples.len(), out.faults.lost_samples), (6, 4));
        assert_eq!(
            (out.faults.leading_bytes, out.faults.corrupt_frames),
            (10, 0)
        );
    }

    #[test]
    fn vectors_of_lines() {
        for vector in vectors("text/homemade-crc16") {
            let out = all(PieceDecoder::<Lines>::default(), &vector.bytes);
            let sample = only(&out);
            let turn = sample.earth_from_sensor.unwrap();
            near(&components(&turn), &vector.numbers("q_wxyz"));
            let gyro = sample.gyro_rad_s.unwrap();
            near(gyro.as_slice(), &vector.numbers("gyro_radps"));
            let accel = sample.accel_m_s2.unwrap();
            near(accel.as_slice(), &vector.numbers("acc_mps2"));
            assert_eq!(sample.counter, vector.number("seq"));
            let time_us = vector.number("t_us").unwrap() as f64;
            near(&[sample.device_time_s.unwrap()], &[time_us / 1e6]);
        }
    }
}
