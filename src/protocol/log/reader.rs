//! A log, chunk by chunk, whatever has become of it.

use std::io::{self, BufRead, Read};

use super::{BACK, Chunk, FIRST, FRONT, Head, Kind, MARK, MOST_CONTENT, crc32};

/// Bytes that are asked for at a time.
const BLOCK: u64 = 64 * 1024;

/// What of a log was of no sound chunk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Damage {
    /// Stretches of such bytes with sound chunks after them.
    pub stretches: usize,
    /// Bytes in those.
    pub bytes: usize,
    /// Bytes of a last chunk that has no end.
    pub torn_bytes: usize,
}

/// Reads a log.
#[derive(Debug)]
pub struct Reader<R> {
    source: R,
    bytes: Vec<u8>,
    /// So many at the front are done with.
    done: usize,
    /// The source has no more.
    ended: bool,
    /// Bytes since the last sound chunk.
    unsound: usize,
    damage: Damage,
}

/// What stands at the front.
enum Look {
    /// A chunk of so many bytes.
    Sound(Option<Chunk>, usize),
    No,
    /// Maybe a chunk, whose end is not there yet.
    More,
}

impl<R: BufRead> Reader<R> {
    /// Begins to read; `None` when the first line is not that of a log of this version.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn new(mut source: R) -> io::Result<Option<Self>> {
        let mut first = Vec::new();
        let most = FIRST.len() as u64;
        source.by_ref().take(most).read_to_end(&mut first)?;
        Ok((first == FIRST).then_some(Self {
            source,
            bytes: Vec::new(),
            done: 0,
            ended: false,
            unsound: 0,
            damage: Damage::default(),
        }))
    }

    /// The next sound chunk of a known kind; `None` at the end.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn next_chunk(&mut self) -> io::Result<Option<Chunk>> {
        loop {
            let rest = self.bytes.get(self.done..).unwrap_or_default();
            match look(rest) {
                Look::Sound(Some(chunk), length) => {
                    self.found(length);
                    return Ok(Some(chunk));
                }
                Look::Sound(None, length) => self.found(length),
                Look::More if !self.ended => self.fill()?,
                Look::More if rest.is_empty() => {
                    self.damage.torn_bytes += std::mem::take(&mut self.unsound);
                    return Ok(None);
                }
                Look::No | Look::More => self.skip(),
            }
        }
    }

    /// What was unsound so far; all of it, once there is no more chunk.
    pub const fn damage(&self) -> Damage {
        self.damage
    }

    /// Goes on after a sound chunk.
    fn found(&mut self, length: usize) {
        self.done += length;
        self.damage.stretches += usize::from(self.unsound > 0);
        self.damage.bytes += std::mem::take(&mut self.unsound);
    }

    /// Goes on to the next byte that a mark may begin with.
    fn skip(&mut self) {
        let rest = self.bytes.get(self.done + 1..).unwrap_or_default();
        let step = 1 + memchr::memchr(MARK[0], rest).unwrap_or(rest.len());
        self.done += step;
        self.unsound += step;
    }

    fn fill(&mut self) -> io::Result<()> {
        self.bytes.drain(..self.done);
        self.done = 0;
        let mut block = self.source.by_ref().take(BLOCK);
        self.ended = block.read_to_end(&mut self.bytes)? == 0;
        Ok(())
    }
}

fn look(bytes: &[u8]) -> Look {
    let known = bytes.len().min(MARK.len());
    if bytes.get(..known) != MARK.get(..known) {
        return Look::No;
    }
    let Some((front, rest)) = bytes.split_first_chunk::<FRONT>() else {
        return Look::More;
    };
    let [_, _, _, _, kind, port, low, high, time_us @ ..] = *front;
    let length = usize::from(u16::from_le_bytes([low, high]));
    if length > MOST_CONTENT {
        return Look::No;
    }
    let (Some(content), Some(sum)) = (rest.get(..length), rest.get(length..length + BACK)) else {
        return Look::More;
    };
    let summed = bytes.get(MARK.len()..FRONT + length).unwrap_or_default();
    if sum != crc32(summed).to_le_bytes() {
        return Look::No;
    }
    let chunk = kind_of(kind, content).map(|kind| Chunk {
        port,
        time_us: u64::from_le_bytes(time_us),
        kind,
    });
    Look::Sound(chunk, FRONT + length + BACK)
}

/// `None` for a kind that is not known here.
fn kind_of(kind: u8, content: &[u8]) -> Option<Kind> {
    let text = || String::from_utf8_lossy(content).into_owned();
    match kind {
        b'H' => Head::from_json(content).map(Box::new).map(Kind::Head),
        b'B' => Some(Kind::Bytes(content.to_vec())),
        b'M' => Some(Kind::Mark(text())),
        b'S' => Some(Kind::Segment(text())),
        b'E' => Some(Kind::End(text())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::log::{add_bytes, add_end, add_head, add_mark, add_segment};

    fn log() -> Vec<u8> {
        let mut log = Vec::new();
        add_head(&Head::default(), &mut log).unwrap();
        add_bytes(0, 10, b"abc", &mut log);
        add_mark(20, "neutral begin", &mut log);
        add_segment(0, 30, "unplugged", &mut log);
        add_bytes(0, 40, b"def", &mut log);
        add_end(50, "quit", &mut log);
        log
    }

    fn all(bytes: &[u8]) -> (Vec<Chunk>, Damage) {
        let mut reader = Reader::new(bytes).unwrap().unwrap();
        let mut chunks = Vec::new();
        while let Some(chunk) = reader.next_chunk().unwrap() {
            chunks.push(chunk);
        }
        (chunks, reader.damage())
    }

    #[test]
    fn chunks_in_their_order() {
        let (chunks, damage) = all(&log());
        let times: Vec<u64> = chunks.iter().map(|chunk| chunk.time_us).collect();
        assert_eq!(times, [0, 10, 20, 30, 40, 50]);
        assert_eq!(chunks[2].kind, Kind::Mark("neutral begin".to_owned()));
        assert_eq!(chunks[5].kind, Kind::End("quit".to_owned()));
        assert_eq!(damage, Damage::default());
        assert!(
            Reader::new(&b"neckrom log 2\r\n\x1a"[..])
                .unwrap()
                .is_none()
        );
        assert!(Reader::new(&b""[..]).unwrap().is_none());
    }

    #[test]
    fn a_torn_last_chunk_is_cut_wherever_it_was_torn() {
        let whole = log();
        let (chunks, _) = all(&whole);
        for cut in FIRST.len()..whole.len() {
            let (found, damage) = all(&whole[..cut]);
            assert_eq!(found[..], chunks[..found.len()]);
            let again: usize = damage.torn_bytes;
            let (_, none) = all(&whole[..cut - again]);
            assert_eq!((damage.stretches, none), (0, Damage::default()), "{cut}");
        }
    }

    #[test]
    fn damage_costs_one_chunk_and_is_counted() {
        let whole = log();
        let at = whole.windows(3).position(|three| three == b"abc").unwrap();
        for flipped in at - FRONT..at + 3 + BACK {
            let mut bytes = whole.clone();
            bytes[flipped] ^= 0x10;
            let (chunks, damage) = all(&bytes);
            assert_eq!(chunks.len(), 5, "{flipped}");
            assert_eq!((damage.stretches, damage.bytes), (1, 23), "{flipped}");
        }
    }

    #[test]
    fn unknown_kinds_are_passed_over() {
        let mut log = log();
        crate::protocol::log::add(b'Z', 0, 60, b"later", &mut log);
        assert_eq!(all(&log).0.len(), 6);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let noisy = [FIRST, &bytes[..], &log()[FIRST.len()..], &bytes[..]].concat();
            let (chunks, damage) = all(&noisy);
            prop_assert!(chunks.len() >= 6);
            let sound = log().len() - FIRST.len();
            prop_assert!(damage.bytes + damage.torn_bytes <= noisy.len() - sound);
        }
    }
}
