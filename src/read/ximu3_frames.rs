//! The byte stream of an x-IMU3, as a port gives it and as a `.ximu3` file keeps it.
//!
//! Messages end with a line feed. A message is a command (JSON), a line of text (`Q,<µs>,<w>,…`) or
//! binary: the letter with its highest bit set, microseconds as u64 and values as f32, little-endian,
//! with `DB DC` for a byte `0A` and `DB DD` for `DB`. Letters: I gyroscope deg/s and accelerometer g,
//! Q quaternion, R rotation matrix row after row, A Euler angles in degrees, L and E a quaternion with
//! linear or earth acceleration; magnetometer (M, arbitrary units), high-g (H), state (U, T, B, W),
//! button and synchronisation (O, Y) and text (S, N, F, C) are known and not used.

use serde_json::Value;

/// Nothing that the device sends is longer.
const MAX_FRAME: usize = 4096;
/// A rotation matrix has most.
const MAX_VALUES: usize = 9;
const END: u8 = 0x0A;
const ESCAPE: u8 = 0xDB;

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Message {
    /// Numbers at a time of the device.
    Data(Data),
    /// What a person or the device says; not kept.
    Text,
    /// A command, or the answer to one.
    Command(Value),
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
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    frame: Vec<u8>,
    too_long: bool,
}

impl Decoder {
    /// Takes more bytes and gives each message that they end; `None` for one that is corrupt.
    pub(crate) fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(Option<Message>)) {
        while let Some(at) = memchr::memchr(END, bytes) {
            let (frame, rest) = bytes.split_at(at);
            self.keep(frame);
            bytes = rest.get(1..).unwrap_or_default();
            if self.too_long || !self.frame.trim_ascii().is_empty() {
                let whole = !std::mem::take(&mut self.too_long);
                each(whole.then(|| message(&self.frame)).flatten());
            }
            self.frame.clear();
        }
        self.keep(bytes);
    }

    /// There are bytes of a message whose end did not come.
    pub(crate) const fn is_inside(&self) -> bool {
        !self.frame.is_empty() || self.too_long
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.frame.len() + bytes.len() > MAX_FRAME {
            self.too_long = true;
            self.frame.clear();
        }
        if !self.too_long {
            self.frame.extend_from_slice(bytes);
        }
    }
}

/// A message without its end.
fn message(frame: &[u8]) -> Option<Message> {
    let (&first, rest) = frame.split_first()?;
    match first {
        b'{' => serde_json::from_slice(frame).ok().map(Message::Command),
        0x80.. => binary(first & 0x7F, rest),
        _ => ascii(first, rest),
    }
}

const fn is_text(letter: u8) -> bool {
    matches!(letter, b'S' | b'N' | b'F' | b'C')
}

fn binary(letter: u8, stuffed: &[u8]) -> Option<Message> {
    let bytes = unstuffed(stuffed)?;
    let (time, values) = bytes.split_first_chunk()?;
    if is_text(letter) {
        return Some(Message::Text);
    }
    let mut data = Data::new(letter, u64::from_le_bytes(*time));
    let mut rest = values;
    while let Some((value, after)) = rest.split_first_chunk() {
        data.push(f64::from(f32::from_le_bytes(*value)))?;
        rest = after;
    }
    (rest.is_empty() && data.is_whole()).then_some(Message::Data(data))
}

fn unstuffed(stuffed: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(stuffed.len());
    let mut stuffed = stuffed.iter();
    while let Some(&byte) = stuffed.next() {
        bytes.push(match byte {
            ESCAPE => match stuffed.next()? {
                0xDC => END,
                0xDD => ESCAPE,
                _ => return None,
            },
            _ => byte,
        });
    }
    Some(bytes)
}

fn ascii(letter: u8, rest: &[u8]) -> Option<Message> {
    let text = std::str::from_utf8(rest).ok();
    if is_text(letter) {
        return rest.starts_with(b",").then_some(Message::Text);
    }
    let mut cells = text?.trim_ascii_end().strip_prefix(',')?.split(',');
    let mut data = Data::new(letter, cells.next()?.parse().ok()?);
    for cell in cells {
        data.push(cell.trim().parse().ok()?)?;
    }
    data.is_whole().then_some(Message::Data(data))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], piece: usize) -> Vec<Option<Message>> {
        let mut decoder = Decoder::default();
        let mut messages = Vec::new();
        for piece in bytes.chunks(piece) {
            decoder.push(piece, |message| messages.push(message));
        }
        messages
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let pair = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(pair).collect()
    }

    /// Letter, time and values.
    fn data(bytes: &[u8]) -> Option<(char, u64, Vec<f64>)> {
        match decoded(bytes, 3).pop()?? {
            Message::Data(data) => Some((
                char::from(data.letter),
                data.time_us,
                data.values().to_vec(),
            )),
            Message::Text | Message::Command(_) => None,
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
                [Some(Message::Command(_)), Some(Message::Text)]
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

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(stream in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            decoded(&stream, 5);
        }
    }
}
