//! The lines of a text, one at a time, through one bounded buffer.

use std::borrow::Cow;
use std::io::BufRead;
use std::ops::Range;

use super::error::ReadError;
use super::header::is_blank;

/// Bytes taken from the file at once.
pub(super) const CHUNK: usize = 256 * 1024;
/// No line of numbers is longer.
pub(super) const MAX_LINE: usize = 1024 * 1024;

/// Bytes as text; what is not UTF-8 is replaced.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    // Looking for what is to be replaced is much slower than seeing that nothing is.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Where in the text the line at hand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Only blank lines were met.
    Before,
    Within,
    /// The next step stays on the line at hand.
    Again,
}

/// The lines of a text, one at a time, of bounded length.
pub struct Lines<'r> {
    reader: &'r mut dyn BufRead,
    /// How long the text is, as far as it is known beforehand.
    length: Option<u64>,
    /// Bytes read so far.
    taken: u64,
    buffer: Vec<u8>,
    unread: Range<usize>,
    line: Range<usize>,
    number: usize,
    complete: bool,
    place: Place,
    rewrite: Option<fn(&mut [u8])>,
}

impl std::fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl<'r> Lines<'r> {
    /// Starts before the first line.
    pub fn new(reader: &'r mut dyn BufRead) -> Self {
        Self {
            reader,
            length: None,
            taken: 0,
            buffer: vec![0; CHUNK],
            unread: 0..0,
            line: 0..0,
            number: 0,
            complete: true,
            place: Place::Before,
            rewrite: None,
        }
    }

    /// The text is about so long, bytes: see [`Lines::times_as_long`].
    #[must_use]
    pub(super) fn of_length(self, length: Option<u64>) -> Self {
        Self { length, ..self }
    }

    /// How many times as long as what was passed the whole text is; `None` when that is not known.
    pub(super) fn times_as_long(&self) -> Option<f64> {
        let passed = self.taken - self.unread.len() as u64;
        let length = self.length.filter(|_| passed > 0)?;
        Some(length as f64 / passed as f64)
    }

    /// Goes to the next line; `false` at the end. Blank lines at the start of the text are passed over.
    ///
    /// # Errors
    /// When the file cannot be read on, or the line is longer than 1 MiB.
    pub fn advance(&mut self) -> Result<bool, ReadError> {
        if self.place == Place::Again {
            self.place = Place::Within;
            return Ok(true);
        }
        while self.next()? {
            if self.place == Place::Within || !is_blank(self.line()) {
                self.place = Place::Within;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Goes to the next line, blank or not.
    fn next(&mut self) -> Result<bool, ReadError> {
        let mut searched = 0;
        loop {
            let rest = &self.buffer[self.unread.start + searched..self.unread.end];
            if let Some(length) = memchr::memchr(b'\n', rest) {
                self.set_line(searched + length, true);
                return Ok(true);
            }
            searched = self.unread.len();
            if searched > MAX_LINE {
                return Err(ReadError::LineTooLong {
                    line: self.number + 1,
                });
            }
            if self.fill()? == 0 {
                return Ok(self.set_last_line());
            }
        }
    }

    /// Goes to the first line that is not `before` it, and shows `each` of those to the caller.
    ///
    /// # Errors
    /// As [`Lines::advance`]; when the text ends first.
    pub fn advance_past(
        &mut self,
        before: impl Fn(&[u8]) -> bool,
        mut each: impl FnMut(&[u8]),
    ) -> Result<(), ReadError> {
        while self.advance()? {
            if !before(self.line()) {
                return Ok(());
            }
            each(self.line());
        }
        Err(ReadError::NoRows)
    }

    /// The line, without its end.
    pub fn line(&self) -> &[u8] {
        &self.buffer[self.line.clone()]
    }

    /// The bytes after the line that are at hand.
    pub(super) fn ahead(&self) -> &[u8] {
        match self.rewrite {
            Some(_) => &[],
            None => &self.buffer[self.unread.clone()],
        }
    }

    /// Passes over so many whole lines, and so many bytes, of [`Lines::ahead`].
    pub(super) const fn pass(&mut self, lines: usize, bytes: usize) {
        self.number += lines;
        self.unread.start += bytes;
    }

    /// The line's number, counted from 1.
    pub const fn number(&self) -> usize {
        self.number
    }

    /// The line ended with a line feed; only the last may not.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// Changes bytes of the line at hand and of each that comes.
    pub(super) fn rewrite(&mut self, rewrite: fn(&mut [u8])) {
        rewrite(&mut self.buffer[self.line.clone()]);
        self.rewrite = Some(rewrite);
    }

    /// The next [`Lines::advance`] stays on this line.
    pub const fn again(&mut self) {
        self.place = Place::Again;
    }

    /// What is left at the end of the file; `false` when nothing is.
    fn set_last_line(&mut self) -> bool {
        let left = !self.unread.is_empty();
        if left {
            self.set_line(self.unread.len(), false);
        }
        left
    }

    fn set_line(&mut self, length: usize, complete: bool) {
        let mut line = self.unread.start..self.unread.start + length;
        self.unread.start = line.end + usize::from(complete);
        self.number += 1;
        self.complete = complete;
        if self.number == 1 && self.buffer[line.clone()].starts_with(b"\xef\xbb\xbf") {
            line.start += 3;
        }
        if self.buffer[line.clone()].ends_with(b"\r") {
            line.end -= 1;
        }
        if let Some(rewrite) = self.rewrite {
            rewrite(&mut self.buffer[line.clone()]);
        }
        self.line = line;
    }

    /// Reads more behind what is unread; returns how much.
    fn fill(&mut self) -> Result<usize, ReadError> {
        self.buffer.copy_within(self.unread.clone(), 0);
        self.unread = 0..self.unread.len();
        if self.buffer.len() - self.unread.end < CHUNK / 4 {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            match self.reader.read(&mut self.buffer[self.unread.end..]) {
                Ok(count) => {
                    self.unread.end += count;
                    self.taken += count as u64;
                    return Ok(count);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(super::stream_error(error)),
            }
        }
    }
}
