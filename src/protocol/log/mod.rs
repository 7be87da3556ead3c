//! The raw log of a capture: every byte that came from a sensor, with the time at which it came, and
//! what happened besides. It is only ever written on at its end.
//!
//! A log begins with 16 bytes: `neckrom log 1`, carriage return, line feed, and 1A. The digit is the
//! version. Then come chunks, one after another to the end; numbers are little-endian:
//!
//! | byte | length | what |
//! |---|---|---|
//! | 0 | 4 | mark: A5 `NRL` |
//! | 4 | 1 | kind, a letter |
//! | 5 | 1 | number of the port, from 0; 0 where the chunk is of none |
//! | 6 | 2 | n, the length of the content, at most 4096 |
//! | 8 | 8 | microseconds since the start of the capture, on a clock that never goes back |
//! | 16 | n | content |
//! | 16 + n | 4 | CRC-32 (IEEE 802.3, as in gzip) of bytes 4 to 16 + n |
//!
//! | kind | content |
//! |---|---|
//! | `H` | head, the first chunk: JSON; see [`Head`] |
//! | `B` | bytes as the port gave them; the time is that of their arrival |
//! | `M` | mark: a label in UTF-8 |
//! | `S` | segment: `back` when the port is there again; else it was lost, and why, in UTF-8. What comes after has nothing to do with what came before |
//! | `E` | end, the last chunk: why the capture ended, in UTF-8 |
//!
//! A log without an end chunk ended without notice: the program was killed, or the power failed. Its
//! last chunk may be torn, and is cut. Damage inside costs the chunks it is in: a reader looks for the
//! next mark with a sound chunk behind it. Kinds that a reader does not know it passes over.

mod head;
mod reader;

pub use head::{Head, HeadPort};
pub use reader::{Damage, Reader};

/// What every log begins with, up to the version.
pub const MAGIC: &[u8] = b"neckrom log ";
/// The whole first line of this version.
pub const FIRST: &[u8; 16] = b"neckrom log 1\r\n\x1a";
/// What a segment says when the port is there again.
pub const IS_BACK: &str = "back";
/// The longest content.
pub const MOST_CONTENT: usize = 4096;

const MARK: [u8; 4] = *b"\xa5NRL";
/// Before the content.
const FRONT: usize = 16;
/// After it.
const BACK: usize = 4;

/// What a chunk is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// What is known before the first byte.
    Head(Box<Head>),
    /// Bytes of a port.
    Bytes(Vec<u8>),
    /// A labelled moment.
    Mark(String),
    /// A port was lost or is there again: what follows is another segment.
    Segment(String),
    /// Why the capture ended.
    End(String),
}

/// One thing in a log.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// The port that it is of, or 0.
    pub port: u8,
    /// Microseconds since the start of the capture.
    pub time_us: u64,
    /// What.
    pub kind: Kind,
}

impl Chunk {
    /// Seconds since the start of the capture.
    pub fn time_s(&self) -> f64 {
        self.time_us as f64 / 1e6
    }
}

/// Adds bytes of a port to a log: one chunk, or several when there are more than [`MOST_CONTENT`].
pub fn add_bytes(port: u8, time_us: u64, bytes: &[u8], log: &mut Vec<u8>) {
    for content in bytes.chunks(MOST_CONTENT) {
        add(b'B', port, time_us, content, log);
    }
}

/// Adds a mark; a label longer than a chunk is cut.
pub fn add_mark(time_us: u64, label: &str, log: &mut Vec<u8>) {
    add(b'M', 0, time_us, within(label), log);
}

/// Adds the begin of another segment of a port.
pub fn add_segment(port: u8, time_us: u64, why: &str, log: &mut Vec<u8>) {
    add(b'S', port, time_us, within(why), log);
}

/// Adds the end.
pub fn add_end(time_us: u64, why: &str, log: &mut Vec<u8>) {
    add(b'E', 0, time_us, within(why), log);
}

/// Adds the first line and the head.
///
/// # Errors
/// When the head is longer than a chunk.
pub fn add_head(head: &Head, log: &mut Vec<u8>) -> Result<(), TooLong> {
    let content = head.to_json();
    if content.len() > MOST_CONTENT {
        return Err(TooLong(content.len()));
    }
    log.extend_from_slice(FIRST);
    add(b'H', 0, 0, &content, log);
    Ok(())
}

/// A head that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("labels and names of ports have {0} bytes together, and a log takes 4096; shorten them")]
pub struct TooLong(usize);

/// As many whole characters as a chunk takes.
fn within(text: &str) -> &[u8] {
    let end = text.floor_char_boundary(MOST_CONTENT);
    text.as_bytes().get(..end).unwrap_or_default()
}

fn add(kind: u8, port: u8, time_us: u64, content: &[u8], log: &mut Vec<u8>) {
    let start = log.len() + MARK.len();
    let length = u16::try_from(content.len()).unwrap_or_default();
    log.extend_from_slice(&MARK);
    log.extend_from_slice(&[kind, port]);
    log.extend_from_slice(&length.to_le_bytes());
    log.extend_from_slice(&time_us.to_le_bytes());
    log.extend_from_slice(content);
    let sum = crc32(log.get(start..).unwrap_or_default());
    log.extend_from_slice(&sum.to_le_bytes());
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_to_the_byte() {
        let mut log = Vec::new();
        add_bytes(1, 0x0102_0304, b"ab", &mut log);
        let expected = b"\xa5NRLB\x01\x02\x00\x04\x03\x02\x01\0\0\0\0ab";
        assert_eq!(log.get(..18), Some(&expected[..]));
        let sum = crc32(&expected[4..]);
        assert_eq!(log.get(18..), Some(&sum.to_le_bytes()[..]));
        // The check value of CRC-32.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn long_reads_are_several_chunks_and_long_labels_are_cut() {
        let mut log = Vec::new();
        add_bytes(0, 0, &[7; 10_000], &mut log);
        assert_eq!(log.len(), 10_000 + 3 * (FRONT + BACK));
        log.clear();
        add_mark(0, &"ä".repeat(3000), &mut log);
        assert_eq!(log.len(), 4096 + FRONT + BACK);
        let port = HeadPort {
            path: "x".repeat(5000),
            ..HeadPort::default()
        };
        let head = Head {
            ports: vec![port],
            ..Head::default()
        };
        assert!(add_head(&head, &mut log).is_err());
    }
}
