//! The header line of delimited text: its delimiter, and which column is where.

use std::borrow::Cow;
use std::ops::Range;

use super::error::{ReadError, excerpt};
use super::lines::Lines;
use super::table::Cell;
use crate::warning::{Warning, Warnings};

/// What stands between two cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiter {
    /// One byte.
    Byte(u8),
    /// Either of two bytes.
    Either(u8, u8),
    /// Any run of spaces and tabs.
    Spaces,
}

impl Delimiter {
    /// The delimiter of a header line: the commonest of tab, semicolon and comma, else spaces.
    pub fn guess(line: &[u8]) -> Self {
        let mut quoted = false;
        let mut counts = [(b'\t', 0), (b';', 0), (b',', 0)];
        for &byte in line {
            quoted ^= byte == b'"';
            if let Some(found) = counts.iter_mut().find(|count| count.0 == byte && !quoted) {
                found.1 += 1;
            }
        }
        counts
            .into_iter()
            .rev()
            .max_by_key(|count| count.1)
            .filter(|count| count.1 > 0)
            .map_or(Self::Spaces, |count| Self::Byte(count.0))
    }

    #[inline]
    pub(super) const fn is(self, byte: u8) -> bool {
        match self {
            Self::Byte(one) => byte == one,
            Self::Either(one, other) => byte == one || byte == other,
            Self::Spaces => byte == b' ' || byte == b'\t',
        }
    }

    /// A space that is neither a delimiter nor part of a cell.
    #[inline]
    pub(super) const fn is_padding(self, byte: u8) -> bool {
        (byte == b' ' || byte == b'\t') && !self.is(byte)
    }

    pub(super) fn find(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Byte(one) => memchr::memchr(one, bytes),
            Self::Either(one, other) => memchr::memchr2(one, other, bytes),
            Self::Spaces => bytes.iter().position(|&byte| self.is(byte)),
        }
    }
}

/// The names of the columns, and how rows under them are cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Names in the order of the file, without quotes and spaces around; trailing empty ones cut.
    pub names: Vec<String>,
    /// What stands between cells.
    pub delimiter: Delimiter,
    /// Lines that begin with this byte are passed over.
    pub comment: Option<u8>,
    /// Rows may have fewer or more cells after the last column that is read.
    pub open_end: bool,
    /// A row of exactly so many cells has no more values: the others are missing.
    pub stub: Option<usize>,
    /// Columns whose cells are not numbers.
    texts: Vec<(usize, Cell)>,
}

impl Header {
    /// Cuts a header line.
    pub fn new(line: &[u8], delimiter: Delimiter) -> Self {
        let mut cells = Vec::new();
        cut(line, delimiter, &mut cells);
        let mut names: Vec<String> = cells.into_iter().map(|cell| name(&line[cell])).collect();
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        Self {
            names,
            delimiter,
            comment: None,
            open_end: false,
            stub: None,
            texts: Vec::new(),
        }
    }

    /// The columns of a table without a header line.
    pub fn from_names<S: Into<String>>(
        names: impl IntoIterator<Item = S>,
        delimiter: Delimiter,
    ) -> Self {
        Self {
            names: names.into_iter().map(Into::into).collect(),
            delimiter,
            comment: None,
            open_end: false,
            stub: None,
            texts: Vec::new(),
        }
    }

    /// Says that the cells of a column are not numbers.
    pub fn set_cell(&mut self, column: usize, cell: Cell) {
        self.texts.push((column, cell));
    }

    /// What the cells of a column are.
    pub(super) fn cell(&self, column: usize) -> Cell {
        let said = self.texts.iter().find(|text| text.0 == column);
        said.map_or(Cell::Number, |text| text.1)
    }

    /// The first column of this name, capitals or not.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names
            .iter()
            .position(|column| column.eq_ignore_ascii_case(name))
    }

    /// All columns, as an error lists them.
    pub fn listed(&self) -> String {
        listed(self.names.iter().map(String::as_str))
    }

    pub(super) fn name_unused(&self, wanted: &[usize], warnings: &mut Warnings) {
        let unused = (0..self.names.len()).filter(|index| !wanted.contains(index));
        let unused: Vec<&str> = unused.map(|index| self.names[index].as_str()).collect();
        warnings.add_many(Warning::UnusedColumn, unused.len(), || {
            listed(unused.iter().copied())
        });
    }
}

/// Names in a row, shortened to what a terminal can show.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let shown: Vec<String> = names.map(|name| excerpt(name.as_bytes(), 40)).collect();
    let more = if shown.len() > 30 {
        format!(" and {} more", shown.len() - 30)
    } else {
        String::new()
    };
    format!("{}{more}", shown[..shown.len().min(30)].join(", "))
}

pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

/// A column's name: without quotes and spaces, from UTF-8 or Latin-1.
pub(super) fn name(cell: &[u8]) -> String {
    let text = match std::str::from_utf8(cell) {
        Ok(text) => Cow::Borrowed(text),
        Err(_latin1) => cell.iter().map(|&byte| char::from(byte)).collect(),
    };
    let text = text.trim();
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inner.unwrap_or(text).trim().to_owned()
}

/// Where the cells of a line are; a quoted cell may hold delimiters.
pub(super) fn cut(line: &[u8], delimiter: Delimiter, cells: &mut Vec<Range<usize>>) {
    cells.clear();
    let mut at = 0;
    loop {
        while line.get(at).is_some_and(|&byte| skips(delimiter, byte)) {
            at += 1;
        }
        if delimiter == Delimiter::Spaces && at >= line.len() {
            return;
        }
        let start = at;
        if line.get(at) == Some(&b'"') {
            at += 1 + memchr::memchr(b'"', &line[at + 1..]).map_or(0, |length| length + 1);
        }
        let end = delimiter
            .find(&line[at..])
            .map_or(line.len(), |length| at + length);
        cells.push(start..end);
        if end >= line.len() {
            return;
        }
        at = end + 1;
    }
}

fn skips(delimiter: Delimiter, byte: u8) -> bool {
    delimiter.is_padding(byte) || (delimiter == Delimiter::Spaces && delimiter.is(byte))
}

/// The word stands somewhere in these bytes, capitals or not. A line without it has no such column,
/// which is seen much faster here than in its names.
pub(super) fn mentions(bytes: &[u8], word: &str) -> bool {
    let Some(&first) = word.as_bytes().first() else {
        return true;
    };
    let (small, capital) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    let mut starts = memchr::memchr2_iter(small, capital, bytes);
    starts.any(|at| {
        let found = bytes.get(at..at + word.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
    })
}

/// The lines of a text without their ends; there is one after the last end, empty or cut off.
pub(super) fn split_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let (line, after) = match memchr::memchr(b'\n', bytes) {
            Some(end) => (bytes.get(..end)?, bytes.get(end + 1..)),
            None => (bytes, None),
        };
        rest = after;
        Some(line)
    })
}

/// The first line with anything in it.
pub(super) fn first_line(bytes: &[u8]) -> &[u8] {
    let mut lines = split_lines(bytes);
    let line = lines.find(|line| !is_blank(line)).unwrap_or_default();
    line.trim_ascii()
}

/// The first line with anything in it, as a header; of text only.
pub(super) fn first_header(bytes: &[u8]) -> Option<Header> {
    let line = first_line(bytes);
    let text = !line.is_empty() && !line.contains(&0);
    text.then(|| Header::new(line, Delimiter::guess(line)))
}

/// Goes past the header, the first line with anything in it.
pub(super) fn read_header(lines: &mut Lines<'_>) -> Result<Header, ReadError> {
    lines.advance_past(is_blank, |_blank| {})?;
    Ok(Header::new(lines.line(), Delimiter::guess(lines.line())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_wherever_it_stands() {
        for line in ["time,q", "Time", "aé,attime;x", "ti time", "x,TIME"] {
            assert!(mentions(line.as_bytes(), "time"), "{line}");
        }
        for line in ["", "tim", "tiem,t,ti", "t i m e"] {
            assert!(!mentions(line.as_bytes(), "time"), "{line}");
        }
        assert!(mentions(b"1\t2", "\t") && mentions(b"\xff#YPR=", "#ypr="));
    }

    #[test]
    fn the_last_line_has_no_end() {
        for text in ["", "\n", "a", "a\n", "\n\nab\r\n\nc"] {
            let lines: Vec<&[u8]> = text.split('\n').map(str::as_bytes).collect();
            let split: Vec<&[u8]> = split_lines(text.as_bytes()).collect();
            assert_eq!(split, lines, "{text}");
        }
    }
}
