//! The messages of an x-IMU3, as a port gives them and as a `.ximu3` file keeps them.
//!
//! Messages end with a line feed. A message is a command (JSON), a line of text (`Q,<µs>,<w>,…`) or
//! binary: the letter with its highest bit set, microseconds as u64 and values as f32, little-endian,
//! with `DB DC` for a byte `0A` and `DB DD` for `DB`. Letters: I gyroscope deg/s and accelerometer g,
//! Q quaternion, R rotation matrix row after row, A Euler angles in degrees, L and E a quaternion with
//! linear or earth acceleration; magnetometer (M, arbitrary units), high-g (H), state (U, T, B, W),
//! button and synchronisation (O, Y) and bytes of an accessory (S) are known and not used; notes (N),
//! errors (F) and C are text. `^` and one more byte stand before a message of a sensor behind a
//! multiplexer.

use serde_json::Value;

use crate::protocol::framing::pieces::{Piece, Pieces};
use crate::protocol::framing::slip;

/// Nothing that the device sends is longer.
const MAX_FRAME: usize = 4096;
/// A rotation matrix has most.
const MAX_VALUES: usize = 9;
/// Ends a message.
pub(crate) const END: u8 = 0x0A;

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Message {
    /// Numbers at a time of the device.
    Data(Data),
    /// What a person or the device says: letter, time, words.
    Text(u8, u64, String),
    /// A command, or the answer to one.
    Command(Value),
    /// Of the sensor on this channel of a multiplexer.
    Behind(u8, Box<Self>),
}

/// Numbers of one kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Data {
    /// The kind.
    pub(crate) letter: u8,
    /// Since the device was switched on.
    pub(crate) time_us: u64,
    values: [f64; MAX_VALUES],
    count: usize,
}

impl Data {
    const fn new(letter: u8, time_us: u64) -> Self {
        Self {
            letter,
            time_us,
            values: [0.0; MAX_VALUES],
            count: 0,
        }
    }

    fn push(&mut self, value: f64) -> Option<()> {
        *self.values.get_mut(self.count)? = value;
        self.count += 1;
        Some(())
    }

    /// All values.
    pub(crate) fn values(&self) -> &[f64] {
        self.values.get(..self.count).unwrap_or_default()
    }

    /// As many values as the kind has; L and E of early devices had no quaternion.
    fn is_whole(&self) -> bool {
        let counts: &[usize] = match self.letter {
            b'I' => &[6],
            b'Q' | b'U' => &[4],
            b'R' => &[9],
            b'A' | b'M' | b'H' => &[3],
            b'L' | b'E' => &[7, 3],
            b'T' | b'O' | b'Y' => &[1],
            b'B' => &[2, 3],
            b'W' => &[2],
            _ => &[],
        };
        counts.contains(&self.count)
    }
}

/// Cuts a stream of bytes, given in any pieces, into messages.
#[derive(Debug)]
pub(crate) struct Messages {
    pub(crate) pieces: Pieces,
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            pieces: Pieces::new(END, MAX_FRAME),
        }
    }
}

impl Messages {
    /// The next message that ends in these bytes, which it takes from them, and how many bytes it has;
    /// the message is `None` when it is corrupt. Empty lines are passed over.
    pub(crate) fn next(&mut self, bytes: &mut &[u8]) -> Option<(Option<Message>, usize)> {
        loop {
            match self.pieces.next(bytes)? {
                Piece::Whole(frame) if frame.trim_ascii().is_empty() => {}
                Piece::Whole(frame) => return Some((message(&frame), frame.len() + 1)),
                Piece::TooLong(length) => return Some((None, length)),
            }
        }
    }

    /// There are bytes of a message whose end did not come.
    pub(crate) const fn is_inside(&self) -> bool {
        self.pieces.is_open()
    }
}

/// A message without its end.
fn message(frame: &[u8]) -> Option<Message> {
    match *frame {
        [b'^', _, b'^', ..] | [] => None,
        [b'^', channel, ref rest @ ..] => Some(Message::Behind(channel, Box::new(message(rest)?))),
        [b'{', ..] => serde_json::from_slice(frame).ok().map(Message::Command),
        [first @ 0x80..=0xFF, ref rest @ ..] => binary(first & 0x7F, rest),
        [first, ref rest @ ..] => ascii(first, rest),
    }
}

const fn is_text(letter: u8) -> bool {
    matches!(letter, b'S' | b'N' | b'F' | b'C')
}

fn binary(letter: u8, stuffed: &[u8]) -> Option<Message> {
    let bytes = slip::decoded_with(END, stuffed)?;
    let (time, values) = bytes.split_first_chunk()?;
    let time_us = u64::from_le_bytes(*time);
    if is_text(letter) {
        return Some(text(letter, time_us, values));
    }
    let mut data = Data::new(letter, time_us);
    let mut rest = values;
    while let Some((value, after)) = rest.split_first_chunk() {
        data.push(f64::from(f32::from_le_bytes(*value)))?;
        rest = after;
    }
    (rest.is_empty() && data.is_whole()).then_some(Message::Data(data))
}

fn text(letter: u8, time_us: u64, bytes: &[u8]) -> Message {
    let words = String::from_utf8_lossy(bytes).trim().to_owned();
    Message::Text(letter, time_us, words)
}

fn ascii(letter: u8, rest: &[u8]) -> Option<Message> {
    let rest = rest.strip_prefix(b",")?;
    if is_text(letter) {
        let mut cells = rest.splitn(2, |&byte| byte == b',');
        let time_us = std::str::from_utf8(cells.next()?).ok()?.trim().parse();
        return Some(text(letter, time_us.ok()?, cells.next()?));
    }
    let mut cells = std::str::from_utf8(rest).ok()?.trim_ascii_end().split(',');
    let mut data = Data::new(letter, cells.next()?.parse().ok()?);
    for cell in cells {
        data.push(cell.trim().parse().ok()?)?;
    }
    data.is_whole().then_some(Message::Data(data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{Vector, hex as bytes, near, vectors};

    fn decoded(bytes: &[u8], piece: usize) -> Vec<Option<Message>> {
        let mut messages = Messages::default();
        let mut found = Vec::new();
        for mut piece in bytes.chunks(piece) {
            found.extend(std::iter::from_fn(|| {
                messages.next(&mut piece).map(|one| one.0)
            }));
        }
        found
    }

    /// Letter, time and values.
    fn data(bytes: &[u8]) -> Option<(char, u64, Vec<f64>)> {
        match decoded(bytes, 3).pop()?? {
            Message::Data(data) => Some((
                char::from(data.letter),
                data.time_us,
                data.values().to_vec(),
            )),
            Message::Text(..) | Message::Command(_) | Message::Behind(..) => None,
        }
    }

    #[test]
    fn binary_and_text_messages_say_the_same() {
        let binary = bytes("d140420f00000000000000803f0000000000000000000000000a");
        let expected = Some(('Q', 1_000_000, vec![1.0, 0.0, 0.0, 0.0]));
        assert_eq!(data(&binary), expected);
        assert_eq!(data(b"Q,1000000,1.0000,0.0000,0.0000,0.0000\r\n"), expected);
        let inertial =
            bytes("c940420f000000000000000000000000000000000000000000000000000000803f0a");
        let values = vec![0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        assert_eq!(data(&inertial), Some(('I', 1_000_000, values)));
    }

    #[test]
    fn stuffed_bytes_are_restored() {
        let stuffed = bytes("d1dbdcdbdddbdc000000000099945c3fb96e993ecc336bbd4ea4cf3e0a");
        let (letter, time_us, values) = data(&stuffed).unwrap();
        assert_eq!((letter, time_us), ('Q', 711_434));
        let expected = [0.861_642, 0.299_673, -0.057_422, 0.405_551];
        for (value, expected) in values.iter().zip(expected) {
            assert!((value - expected).abs() < 1e-6, "{values:?}");
        }
    }

    #[test]
    fn commands_and_texts_are_known() {
        let found = decoded(
            b"{\"ping\":{\"name\":\"Head\"}}\r\nN,1,Button pressed.\n",
            100,
        );
        assert!(
            matches!(
                found.as_slice(),
                [Some(Message::Command(_)), Some(Message::Text(b'N', 1, _))]
            ),
            "{found:?}"
        );
        let newer = decoded(b"O,1,1.0\r\nY,2,0.0\r\nC,3,01:02:03:04\r\n", 100);
        assert!(newer.iter().all(Option::is_some), "{newer:?}");
    }

    #[test]
    fn corrupt_messages_are_none_and_the_next_is_read() {
        let mut stream = bytes("d140420f00000000000000803f0a");
        stream.extend(b"Q,x,1,0,0,0\nZ,1,2\n{\"ping\nQ,1,1,0,0,0,0,0,0,0,0,0,0\n");
        stream.extend(bytes("d1dbee0a"));
        stream.extend(b"x".repeat(10_000));
        stream.extend(b"\nQ,2,1,0,0,0\n");
        for piece in [1, 7, 100_000] {
            let found = decoded(&stream, piece);
            assert_eq!(found.len(), 8, "{found:?}");
            assert_eq!(found.iter().filter(|one| one.is_none()).count(), 7);
            assert!(found[7].is_some());
        }
    }

    #[test]
    fn messages_of_a_multiplexer_say_whose_they_are() {
        let found = decoded(b"^AQ,2,1,0,0,0\n^^^\n^B{\"ping\":null}\n", 4);
        let [
            Some(Message::Behind(b'A', inner)),
            None,
            Some(Message::Behind(b'B', _)),
        ] = found.as_slice()
        else {
            panic!("{found:?}");
        };
        assert!(matches!(**inner, Message::Data(data) if data.time_us == 2));
    }

    /// The numbers that a vector states for a kind of message.
    fn stated(vector: &Vector, letter: u8) -> Vec<f64> {
        let key = match letter {
            b'I' => return [vector.numbers("gyro_dps"), vector.numbers("acc_g")].concat(),
            b'L' => "linacc_g",
            b'E' => "earthacc_g",
            b'M' => "mag_au",
            b'Q' => return vector.numbers("q_wxyz"),
            b'R' => "rotmat_rowmajor",
            b'A' => "rpy_deg",
            b'U' => "ahrs_status",
            b'H' => "highg_g",
            b'B' => "battery",
            b'W' => "rssi",
            _ => "temp_c",
        };
        let mut all = Vec::new();
        if vector.decoded["q_wxyz"].is_array() {
            all = vector.numbers("q_wxyz");
        }
        all.extend(vector.numbers(key));
        all
    }

    fn check(vector: &Vector, message: &Message) {
        let (letter, time_us) = match message {
            Message::Data(data) => {
                near(data.values(), &stated(vector, data.letter));
                (data.letter, data.time_us)
            }
            Message::Text(letter, time_us, words) => {
                let payload = bytes(vector.decoded["payload_hex"].as_str().unwrap());
                assert_eq!(words, &String::from_utf8_lossy(&payload));
                (*letter, *time_us)
            }
            Message::Command(value) => return assert_eq!(value, &vector.decoded["json"]),
            Message::Behind(..) => panic!("{}", vector.name),
        };
        let letter = char::from(letter).to_string();
        assert_eq!(vector.decoded["id"].as_str(), Some(letter.as_str()));
        assert_eq!(vector.number("timestamp_us"), Some(time_us));
    }

    #[test]
    fn vectors_of_messages() {
        for protocol in ["ximu3/ascii", "ximu3/binary", "ximu3/json"] {
            for vector in vectors(protocol) {
                match decoded(&vector.bytes, 5).as_slice() {
                    [Some(message)] => check(&vector, message),
                    other => panic!("{} {other:?}", vector.name),
                }
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(stream in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            decoded(&stream, 5);
        }
    }
}
