//! Frames that begin with a mark.

use crate::protocol::Decoded;

/// Nothing that a scanner looks for is longer; a look that wants more is wrong.
const MOST: usize = 4096;
/// A frame whose end has not come after so long was none.
const WAIT_S: f64 = 0.2;

/// What stands at the start of some bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Look<T> {
    /// A frame, and how many bytes it has.
    Found(T, usize),
    /// What begins like a frame, but its sum or content is wrong.
    Bad,
    /// No frame begins here.
    No,
    /// A frame may begin here, but its end is not there yet.
    More,
}

/// Looks for a frame of `length` bytes that begins with `mark`; `frame` takes what stands behind that.
pub(crate) fn marked<T>(
    bytes: &[u8],
    mark: [u8; 2],
    length: usize,
    frame: impl FnOnce(&[u8]) -> Option<T>,
) -> Look<T> {
    let Some(rest) = bytes.strip_prefix(&mark) else {
        let begins = !bytes.is_empty() && mark.starts_with(bytes);
        return if begins { Look::More } else { Look::No };
    };
    match rest.split_at_checked(length - mark.len()) {
        Some((inside, _)) => frame(inside).map_or(Look::Bad, |frame| Look::Found(frame, length)),
        None => Look::More,
    }
}

/// Holds the bytes that are not decided yet.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    bytes: Vec<u8>,
    /// So many bytes at the front are done with.
    done: usize,
    /// When the last bytes came.
    arrival_s: f64,
    /// No more bytes will come.
    closed: bool,
    /// When the first undecided byte was looked at first.
    waits_since_s: Option<f64>,
    seen: Seen,
}

/// What came before the undecided bytes.
#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    /// A frame, at some time.
    started: bool,
    /// Right before, bytes of no frame that were counted as a corrupt one.
    counted: bool,
}

impl Scanner {
    /// Takes more bytes, which came at this time.
    pub(crate) fn add(&mut self, bytes: &[u8], arrival_s: f64) {
        self.bytes.extend_from_slice(bytes);
        self.arrival_s = arrival_s;
    }

    /// No more bytes will come: what has no end is of no frame.
    pub(crate) const fn close(&mut self) {
        self.closed = true;
    }

    /// When the last bytes came.
    pub(crate) const fn arrival_s(&self) -> f64 {
        self.arrival_s
    }

    /// The next frame; bytes before it that are of none are counted, and one byte is let go at a time.
    ///
    /// A frame whose end does not come within 200 ms is let go too, so that a false length holds
    /// nothing up.
    pub(crate) fn next<T>(
        &mut self,
        out: &mut Decoded,
        look: impl Fn(&[u8]) -> Look<T>,
    ) -> Option<T> {
        while let Some(rest) = self.bytes.get(self.done..).filter(|rest| !rest.is_empty()) {
            let length = rest.len();
            match look(rest) {
                Look::Found(frame, length) => {
                    self.found(length, out);
                    return Some(frame);
                }
                Look::Bad => self.skip(true, out),
                Look::No => self.skip(false, out),
                Look::More if self.closed => self.skip(false, out),
                Look::More if length >= MOST || self.waited() => self.skip(true, out),
                Look::More => break,
            }
        }
        self.bytes.drain(..self.done.min(self.bytes.len()));
        self.done = 0;
        None
    }

    /// A frame ended right before what comes next.
    pub(crate) const fn follows(&self) -> bool {
        self.seen.started && !self.seen.counted
    }

    fn found(&mut self, length: usize, out: &mut Decoded) {
        out.frames += 1;
        self.done += length.max(1);
        self.waits_since_s = None;
        self.seen.started = true;
        self.seen.counted = false;
    }

    fn skip(&mut self, bad: bool, out: &mut Decoded) {
        self.done += 1;
        self.waits_since_s = None;
        let faults = &mut out.faults;
        let seen = &mut self.seen;
        if seen.started {
            faults.skipped_bytes += 1;
        } else {
            faults.leading_bytes += 1;
        }
        if (bad || seen.started) && !seen.counted {
            faults.corrupt_frames += 1;
            seen.counted = true;
        }
    }

    fn waited(&mut self) -> bool {
        let since_s = *self.waits_since_s.get_or_insert(self.arrival_s);
        self.arrival_s - since_s > WAIT_S
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `A`, a length, so many bytes, `Z`.
    fn look(bytes: &[u8]) -> Look<Vec<u8>> {
        match *bytes {
            [b'A'] => Look::More,
            [b'A', length, ref rest @ ..] => {
                let length = usize::from(length - b'0');
                match (rest.get(..length), rest.get(length)) {
                    (Some(data), Some(b'Z')) => Look::Found(data.to_vec(), length + 3),
                    (_, Some(_)) => Look::Bad,
                    _ => Look::More,
                }
            }
            _ => Look::No,
        }
    }

    fn scanned(stream: &[u8], size: usize) -> (Vec<Vec<u8>>, Decoded) {
        let (mut scanner, mut out) = (Scanner::default(), Decoded::default());
        let mut found = Vec::new();
        for part in stream.chunks(size) {
            scanner.add(part, 0.0);
            found.extend(std::iter::from_fn(|| scanner.next(&mut out, look)));
            assert!(scanner.bytes.len() < 12);
        }
        scanner.close();
        found.extend(std::iter::from_fn(|| scanner.next(&mut out, look)));
        (found, out)
    }

    #[test]
    fn noise_costs_no_frame_that_follows() {
        // A false mark swallows the next frame until its own end is wrong.
        let stream = b"xxA3xyA1QZ..A2abZA1cZA9";
        let (expected, out) = scanned(stream, stream.len());
        assert_eq!(expected, [b"Q".to_vec(), b"ab".to_vec(), b"c".to_vec()]);
        assert_eq!(out.frames, 3);
        assert_eq!((out.faults.leading_bytes, out.faults.skipped_bytes), (6, 4));
        assert_eq!(out.faults.corrupt_frames, 3);
        for size in 1..stream.len() {
            assert_eq!(scanned(stream, size), (expected.clone(), out.clone()));
        }
    }

    #[test]
    fn a_frame_that_does_not_end_is_let_go() {
        let (mut scanner, mut out) = (Scanner::default(), Decoded::default());
        let mut next = |bytes: &[u8], arrival_s: f64| {
            scanner.add(bytes, arrival_s);
            scanner.next(&mut out, look)
        };
        assert_eq!(next(b"A9A1cZ", 1.0), None);
        assert_eq!(next(b"", 1.2), None);
        assert_eq!(next(b"", 1.3), Some(b"c".to_vec()));
        // One that ends late is kept.
        assert_eq!(next(b"A1", 1.4), None);
        assert_eq!(next(b"dZ", 2.0), Some(b"d".to_vec()));
    }

    #[test]
    fn at_the_end_a_false_mark_hides_nothing() {
        let (found, out) = scanned(b"A1qZA9A1cZ", 4);
        assert_eq!(found, [b"q".to_vec(), b"c".to_vec()]);
        assert_eq!(
            (out.faults.skipped_bytes, out.faults.corrupt_frames),
            (2, 1)
        );
    }

    #[test]
    fn memory_stays_bounded_when_a_look_always_wants_more() {
        let (mut scanner, mut out) = (Scanner::default(), Decoded::default());
        for _ in 0..100 {
            scanner.add(&[0; 1000], 0.0);
            let none: Option<()> = scanner.next(&mut out, |_| Look::More);
            assert_eq!(none, None);
            assert!(scanner.bytes.len() <= MOST);
        }
    }
}
