//! Delimited text to columns of numbers, with the exact line and column in every error.
//!
//! The text streams through one buffer: no allocation a row, no whole file in memory. A reader goes
//! through its own preamble with [`Lines`], makes a [`Header`] of the header line, and asks it for the
//! columns it wants.

use std::ops::Range;

pub use super::cell::Cell;
use super::cell::{cell_value, is_missing, label, unquoted};
use super::decimals::DecimalRows;
use super::error::{ReadError, excerpt};
use super::header::{Delimiter, Header, cut, is_blank};
use super::lines::Lines;
use super::moment;
use super::number::number;
use crate::warning::{Warning, Warnings};

/// How many rows between two looks at the share of bad ones.
const CHECK_ROWS: usize = 16 * 1024;
/// How many rows room is made for at the least.
const LEAST_ROWS: usize = 1024;
/// From so many on room is made for a quarter more, not for twice as many.
const MANY_ROWS: usize = 256 * 1024;
/// No more are expected, whatever a file's length lets think.
const MOST_ROWS: usize = 16 * 1024 * 1024;

/// Columns of numbers, NaN where a cell is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    wanted: Vec<usize>,
    columns: Vec<Vec<f64>>,
    /// For each of `wanted`.
    labels: Vec<Vec<String>>,
}

impl Table {
    /// The values of a column that was asked for, by its position in the header; else empty.
    pub fn column(&self, index: usize) -> &[f64] {
        let found = self.wanted.iter().position(|&wanted| wanted == index);
        found
            .and_then(|at| self.columns.get(at))
            .map_or(&[], Vec::as_slice)
    }

    /// Columns that were read otherwise, by the positions that [`Table::column`] shall know.
    pub const fn new(wanted: Vec<usize>, columns: Vec<Vec<f64>>) -> Self {
        Self {
            wanted,
            columns,
            labels: Vec::new(),
        }
    }

    /// The texts of a column of labels, in order of their first row.
    pub fn labels(&self, index: usize) -> &[String] {
        let found = self.wanted.iter().position(|&wanted| wanted == index);
        found
            .and_then(|at| self.labels.get(at))
            .map_or(&[], Vec::as_slice)
    }

    /// The rows in which a column has this value, such as the position of a label.
    #[must_use]
    pub fn rows_where(&self, index: usize, value: f64) -> Self {
        let is = |found: &f64| found.total_cmp(&value).is_eq();
        let kept: Vec<bool> = self.column(index).iter().map(is).collect();
        let keep = |column: &Vec<f64>| {
            let rows = column.iter().zip(&kept);
            rows.filter(|(_, kept)| **kept)
                .map(|(value, _)| *value)
                .collect()
        };
        Self {
            columns: self.columns.iter().map(keep).collect(),
            ..self.clone()
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }
}

impl Header {
    /// Reads all rows that are left, keeping the columns `wanted` (positions in `names`).
    ///
    /// # Errors
    /// For text where a number belongs, for too many ragged rows, when there is no row.
    pub fn read(
        &self,
        lines: &mut Lines<'_>,
        wanted: &[usize],
        warnings: &mut Warnings,
    ) -> Result<Table, ReadError> {
        self.name_unused(wanted, warnings);
        let mut rows = Rows::new(self, wanted);
        while lines.advance()? {
            let line = lines.line();
            if is_blank(line)
                || self
                    .comment
                    .is_some_and(|comment| line.starts_with(&[comment]))
            {
                continue;
            }
            if !rows.fast(line) {
                rows.slow(lines, warnings)?;
            }
            let (passed, bytes) = rows.decimals(lines.ahead());
            lines.pass(passed, bytes);
            rows.expect(lines.times_as_long());
        }
        rows.finish()
    }
}

/// Rows being read.
struct Rows<'h> {
    header: &'h Header,
    /// For each column of the header, where its value goes.
    targets: Vec<Option<usize>>,
    /// Columns of the header up to the last that is wanted.
    used: usize,
    /// For each column of the table.
    cells_are: Vec<Cell>,
    /// What stands between two cells, where all that are wanted hold numbers.
    between: Option<u8>,
    /// The numbers of a row, in the order of the file.
    decimals: Vec<f64>,
    table: Table,
    row: Vec<f64>,
    cells: Vec<Range<usize>>,
    /// So many there will be, about; 0 when it is not known.
    expected: usize,
    ragged: usize,
    first_ragged: usize,
}

impl<'h> Rows<'h> {
    fn new(header: &'h Header, wanted: &[usize]) -> Self {
        let mut targets = vec![None; header.names.len()];
        let mut distinct: Vec<usize> = Vec::new();
        for &column in wanted {
            if targets[column].is_none() {
                targets[column] = Some(distinct.len());
                distinct.push(column);
            }
        }
        let used = distinct.iter().max().map_or(0, |last| last + 1);
        let columns = vec![Vec::new(); distinct.len()];
        let cells_are: Vec<Cell> = distinct.iter().map(|&column| header.cell(column)).collect();
        let is_number = |cell: &Cell| *cell == Cell::Number;
        let only_numbers = cells_are.iter().all(is_number);
        Self {
            header,
            decimals: vec![f64::NAN; targets.len()],
            between: match header.delimiter {
                Delimiter::Byte(one) if only_numbers => Some(one),
                Delimiter::Byte(_) | Delimiter::Either(..) | Delimiter::Spaces => None,
            },
            targets,
            used,
            row: vec![f64::NAN; columns.len()],
            cells_are,
            table: Table {
                labels: vec![Vec::new(); distinct.len()],
                wanted: distinct,
                columns,
            },
            cells: Vec::new(),
            expected: 0,
            ragged: 0,
            first_ragged: 0,
        }
    }

    /// Reads rows of nothing but decimals, as far as there are; how many, and their bytes.
    fn decimals(&mut self, bytes: &[u8]) -> (usize, usize) {
        let Some(delimiter) = self.between else {
            return (0, 0);
        };
        let (mut rows, mut passed) = (0, 0);
        let mut reading = DecimalRows::new(bytes, delimiter);
        while let Some(end) = reading.next(&mut self.decimals) {
            let cells = self.decimals.iter().zip(&self.targets);
            for (value, target) in cells.filter_map(|(value, target)| Some((*value, (*target)?))) {
                self.row[target] = value;
            }
            self.push();
            rows += 1;
            passed = end;
        }
        (rows, passed)
    }

    /// Reads a row of plain numbers; `false` when there is anything else in it.
    fn fast(&mut self, line: &[u8]) -> bool {
        let delimiter = self.header.delimiter;
        if delimiter == Delimiter::Spaces {
            return false;
        }
        let mut at = 0;
        for column in 0..self.used {
            while line.get(at).is_some_and(|&byte| delimiter.is_padding(byte)) {
                at += 1;
            }
            let rest = line.get(at..).unwrap_or_default();
            let length = match self.targets[column] {
                Some(target) => match self.fast_cell(rest, target) {
                    Some((value, length)) => {
                        self.row[target] = value;
                        length
                    }
                    None => return false,
                },
                None if rest.first() == Some(&b'"') => return false,
                None => delimiter.find(rest).unwrap_or(rest.len()),
            };
            at += length;
            let last = column + 1 == self.targets.len();
            match line.get(at) {
                Some(&byte) if delimiter.is(byte) => at += 1,
                None if last => {}
                _ => return false,
            }
        }
        if !self.ends_well(line.get(at..).unwrap_or_default()) {
            return false;
        }
        self.push();
        true
    }

    /// The value of the cell that begins here, and its length; `None` when that needs a closer look.
    #[inline]
    fn fast_cell(&mut self, rest: &[u8], target: usize) -> Option<(f64, usize)> {
        let kind = self.cells_are[target];
        if kind == Cell::Number {
            return number(rest);
        }
        let length = self.header.delimiter.find(rest).unwrap_or(rest.len());
        let text = &rest[..length];
        if text.starts_with(b"\"") {
            return None;
        }
        Some((self.text_value(text, target)?, length))
    }

    /// The value of a cell that holds text.
    fn text_value(&mut self, text: &[u8], target: usize) -> Option<f64> {
        let text = unquoted(text);
        if is_missing(text) {
            return Some(f64::NAN);
        }
        if self.cells_are[target] == Cell::Label {
            return Some(label(&mut self.table.labels[target], text));
        }
        moment::seconds(text).or_else(|| cell_value(text, self.header.delimiter))
    }

    /// After the last wanted cell there are as many cells as the header has.
    fn ends_well(&self, rest: &[u8]) -> bool {
        let left = self.targets.len() - self.used;
        if self.header.open_end {
            return true;
        }
        if left == 0 {
            return rest.is_empty();
        }
        if memchr::memchr(b'"', rest).is_some() {
            return false;
        }
        let found = match self.header.delimiter {
            Delimiter::Byte(one) => memchr::memchr_iter(one, rest).count(),
            Delimiter::Either(one, other) => memchr::memchr2_iter(one, other, rest).count(),
            Delimiter::Spaces => return false,
        };
        found + 1 == left
    }

    /// Says how many times as many rows there will be; not before there are some, of usual length.
    fn expect(&mut self, times: Option<f64>) {
        if let (0, Some(times)) = (self.expected, times)
            && self.table_rows() >= LEAST_ROWS / 2
        {
            let expected = self.table_rows() as f64 * times * EXPECTED_MORE;
            self.expected = (expected as usize).min(MOST_ROWS);
        }
    }

    fn push(&mut self) {
        for (column, value) in self.table.columns.iter_mut().zip(&self.row) {
            if column.len() == column.capacity() {
                column.reserve_exact(more_rows(column.len(), self.expected));
            }
            column.push(*value);
        }
    }

    /// Reads a row with anything unusual in it: empty cells, quotes, decimal commas, wrong length.
    fn slow(&mut self, lines: &Lines<'_>, warnings: &mut Warnings) -> Result<(), ReadError> {
        let line = lines.line();
        let mut cells = std::mem::take(&mut self.cells);
        cut(line, self.header.delimiter, &mut cells);
        let expected = self.targets.len();
        while cells.len() > expected
            && cells
                .last()
                .is_some_and(|cell| is_blank(&line[cell.clone()]))
        {
            cells.pop();
        }
        let fits = if self.header.open_end {
            cells.truncate(expected);
            cells.len() >= self.used
        } else {
            let stub = lines.is_complete() && self.header.stub == Some(cells.len());
            cells.len() == expected || stub
        };
        let outcome = if fits {
            let taken = self.take_cells(line, &cells);
            taken.map_err(|bad| self.or_words(bad, line, &cells))
        } else {
            Err(Bad::Ragged { found: cells.len() })
        };
        self.cells = cells;
        match outcome {
            Ok(missing) => {
                self.push();
                self.note_missing(missing, lines, warnings);
                Ok(())
            }
            Err(_cut_off) if !lines.is_complete() => {
                let number = lines.number();
                warnings.add(Warning::CutOff, || format!("line {number} ends too early"));
                Ok(())
            }
            Err(Bad::Ragged { found }) => {
                let expected = self.targets.len();
                self.note_ragged(lines.number(), warnings, |line| {
                    format!("line {line} has {found} cells, not {expected}")
                })
            }
            Err(Bad::Words) => self.note_ragged(lines.number(), warnings, |line| {
                format!("line {line} is text between the rows")
            }),
            Err(Bad::Text { column, found }) => {
                let name = excerpt(self.header.names[column].as_bytes(), 40);
                Err(ReadError::NotANumber {
                    line: lines.number(),
                    column: column + 1,
                    name,
                    found,
                })
            }
        }
    }

    /// Takes the wanted cells into the row; returns the columns without a value.
    fn take_cells(&mut self, line: &[u8], cells: &[Range<usize>]) -> Result<Missing, Bad> {
        let mut missing = Missing { count: 0, first: 0 };
        for (column, cell) in cells.iter().enumerate() {
            let Some(target) = self.targets[column] else {
                continue;
            };
            let text = &line[cell.clone()];
            let value = if self.cells_are[target] == Cell::Number {
                cell_value(text, self.header.delimiter)
            } else {
                self.text_value(text, target)
            };
            let value = value.ok_or_else(|| Bad::Text {
                column,
                found: excerpt(text.trim_ascii(), 40),
            })?;
            missing.note(value, column);
            self.row[target] = value;
        }
        for column in cells.len()..self.targets.len() {
            if let Some(target) = self.targets[column] {
                missing.note(f64::NAN, column);
                self.row[target] = f64::NAN;
            }
        }
        Ok(missing)
    }

    /// Why a row could not be taken, now that it is looked at as a whole.
    fn or_words(&self, bad: Bad, line: &[u8], cells: &[Range<usize>]) -> Bad {
        if self.is_words(line, cells) {
            Bad::Words
        } else {
            bad
        }
    }

    /// A row of text: several cells are wanted, and none holds a value.
    fn is_words(&self, line: &[u8], cells: &[Range<usize>]) -> bool {
        let wanted = cells.iter().zip(&self.targets);
        let mut texts = wanted.filter_map(|(cell, target)| target.and(line.get(cell.clone())));
        self.row.len() > 1
            && texts.all(|text| {
                let text = unquoted(text);
                number(text).is_none() && !is_missing(text) && moment::seconds(text).is_none()
            })
    }

    fn note_missing(&self, missing: Missing, lines: &Lines<'_>, warnings: &mut Warnings) {
        warnings.add_many(Warning::MissingValue, missing.count, || {
            let name = &self.header.names[missing.first];
            format!(
                "line {}, column {} ({name})",
                lines.number(),
                missing.first + 1
            )
        });
    }

    fn note_ragged(
        &mut self,
        line: usize,
        warnings: &mut Warnings,
        message: impl FnOnce(usize) -> String,
    ) -> Result<(), ReadError> {
        if self.ragged == 0 {
            self.first_ragged = line;
        }
        self.ragged += 1;
        warnings.add(Warning::RaggedRow, || message(line));
        if self.ragged.is_multiple_of(CHECK_ROWS) {
            self.check_ragged()
        } else {
            Ok(())
        }
    }

    const fn check_ragged(&self) -> Result<(), ReadError> {
        let rows = self.table_rows() + self.ragged;
        if self.ragged * 10 > rows {
            return Err(ReadError::TooManyBadRows {
                bad: self.ragged,
                rows,
                expected: self.targets.len(),
                line: self.first_ragged,
            });
        }
        Ok(())
    }

    const fn table_rows(&self) -> usize {
        match self.table.columns.as_slice() {
            [first, ..] => first.len(),
            [] => 0,
        }
    }

    fn finish(self) -> Result<Table, ReadError> {
        self.check_ragged()?;
        if self.table_rows() == 0 {
            return Err(ReadError::NoRows);
        }
        Ok(self.table)
    }
}

/// Later rows may be shorter than the first ones: room is made for so many times what they let expect.
const EXPECTED_MORE: f64 = 1.02;

/// How many rows to make room for beside those there are: for those that are expected. Doubling is quick, but
/// would leave up to as much again unused of large columns.
const fn more_rows(rows: usize, expected: usize) -> usize {
    match rows {
        0..LEAST_ROWS => LEAST_ROWS,
        _ if rows < expected => expected - rows,
        LEAST_ROWS..MANY_ROWS => rows,
        _ => rows / 4,
    }
}

/// Cells of a row without a value.
#[derive(Debug, Clone, Copy)]
struct Missing {
    count: usize,
    first: usize,
}

impl Missing {
    const fn note(&mut self, value: f64, column: usize) {
        if value.is_nan() && self.count == 0 {
            self.first = column;
        }
        self.count += value.is_nan() as usize;
    }
}

/// Why a row could not be taken.
enum Bad {
    Ragged { found: usize },
    Words,
    Text { column: usize, found: String },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::lines::{CHUNK, MAX_LINE};

    fn read(text: &[u8], wanted: &[&str]) -> Result<(Vec<Vec<f64>>, Warnings), ReadError> {
        let mut reader = text;
        let mut lines = Lines::new(&mut reader);
        lines.advance()?;
        let mut header = Header::new(lines.line(), Delimiter::guess(lines.line()));
        header.comment = Some(b'#');
        let wanted: Vec<usize> = wanted
            .iter()
            .map(|name| header.find(name).unwrap())
            .collect();
        let mut warnings = Warnings::default();
        let table = header.read(&mut lines, &wanted, &mut warnings)?;
        Ok((
            wanted
                .iter()
                .map(|&index| table.column(index).to_vec())
                .collect(),
            warnings,
        ))
    }

    fn numbers(text: &[u8], wanted: &[&str]) -> Vec<Vec<f64>> {
        read(text, wanted).unwrap().0
    }

    #[test]
    fn delimiters_line_ends_and_bom_are_understood() {
        let expected = vec![vec![1.5, 3.5], vec![2.0, 4.0]];
        for text in [
            "a,b\n1.5,2\n3.5,4\n",
            "\u{feff}a,b\r\n1.5,2\r\n3.5,4",
            "a;b\n1,5;2\n3,5;4\n",
            "\"a\";\"b\"\n\"1.5\";2\n3.5;\"4\"\n",
            "a\tb\t\n 1.5\t2\t\n 3.5\t4\t\n",
            "a, b\n1.5, 2\n\n# a comment\n3.5, 4\n",
            "a b\n1.5   2\n  3.5 4\n",
            "a,x,b,y\n1.5,text,2,more\n3.5,\"a,b\",4,\"c,d\"\n",
            "a,b\n1.5,2,\n3.5,4,\n",
        ] {
            assert_eq!(numbers(text.as_bytes(), &["a", "b"]), expected, "{text:?}");
        }
    }

    #[test]
    fn columns_come_by_name_in_any_order() {
        assert_eq!(numbers(b"a,b,c\n1,2,3\n", &["c", "a"]), [[3.0], [1.0]]);
    }

    #[test]
    fn missing_values_are_nan_and_counted() {
        let (columns, warnings) = read(b"a,b\n1,\nNaN,2\nn/a,3\n", &["a", "b"]).unwrap();
        assert!(columns[1][0].is_nan() && columns[0][1].is_nan() && columns[0][2].is_nan());
        let all: Vec<_> = warnings.iter().collect();
        assert_eq!(
            (all[0].count, all[0].message.as_str()),
            (3, "line 2, column 2 (b)")
        );
    }

    #[test]
    fn unused_columns_are_named() {
        let (_, warnings) = read(b"a,b,c\n1,x,y\n", &["a"]).unwrap();
        let all: Vec<_> = warnings.iter().collect();
        assert_eq!((all[0].count, all[0].message.as_str()), (2, "b, c"));
    }

    #[test]
    fn ragged_rows_are_dropped_and_counted() {
        let mut text = b"a,b\n".to_vec();
        text.extend(b"1,2\n".repeat(20));
        text.extend(b"1\n1,2,3\n1,2\n1");
        let (columns, warnings) = read(&text, &["a", "b"]).unwrap();
        assert_eq!(columns[0].len(), 21);
        assert_eq!(warnings.count(Warning::RaggedRow), 2);
        assert_eq!(warnings.count(Warning::CutOff), 1);
        assert!(
            warnings
                .iter()
                .any(|w| w.message == "line 22 has 1 cells, not 2")
        );
    }

    #[test]
    fn a_stub_of_a_row_has_missing_values() {
        let mut header = Header::new(b"a,b,c", Delimiter::Byte(b','));
        header.stub = Some(1);
        let mut warnings = Warnings::default();
        let rows = "1,2,3\n".repeat(20);
        let mut text: &[u8] = &[rows.as_bytes(), b"4\n5,6\n7"].concat();
        let table = header.read(&mut Lines::new(&mut text), &[0, 2], &mut warnings);
        let table = table.unwrap();
        assert_eq!(table.column(0)[19..], [1.0, 4.0]);
        assert!(table.column(2)[20].is_nan());
        assert_eq!(warnings.count(Warning::RaggedRow), 1);
        assert_eq!(warnings.count(Warning::CutOff), 1);
    }

    #[test]
    fn too_many_ragged_rows_are_an_error() {
        let error = read(b"a,b\n1,2\n1\n1\n", &["a", "b"]).unwrap_err();
        assert!(matches!(
            error,
            ReadError::TooManyBadRows {
                bad: 2,
                rows: 3,
                line: 3,
                ..
            }
        ));
    }

    #[test]
    fn text_is_an_error_with_its_place() {
        let error = read(b"a,b\n1,2\n1,two\n", &["a", "b"]).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("line 3, column 2 (b): expected a number, found 'two'")
        );
    }

    #[test]
    fn times_of_day_and_labels_are_read_as_numbers() {
        let mut text: &[u8] = b"who,at,a\nH,10:00:01.5,1\nT,\"10:00:02.5\",2\nH,,3\nT,7.5,4\n";
        let mut lines = Lines::new(&mut text);
        lines.advance().unwrap();
        let mut header = Header::new(lines.line(), Delimiter::Byte(b','));
        header.set_cell(0, Cell::Label);
        header.set_cell(1, Cell::Moment);
        let table = header
            .read(&mut lines, &[0, 1, 2], &mut Warnings::default())
            .unwrap();
        assert_eq!(table.labels(0), ["H", "T"]);
        assert_eq!(table.column(0), [0.0, 1.0, 0.0, 1.0]);
        assert_eq!(table.column(1)[..2], [36_001.5, 36_002.5]);
        assert!(table.column(1)[2].is_nan());
        let trunk = table.rows_where(0, 1.0);
        assert_eq!(
            (trunk.column(1), trunk.column(2)),
            (&[36_002.5, 7.5][..], &[2.0, 4.0][..])
        );
    }

    #[test]
    fn a_row_of_text_is_passed_over_and_counted() {
        let rows = "1,2\n".repeat(20);
        let mut text = rows.into_bytes();
        text.splice(4..4, *b"a,b\n");
        let mut warnings = Warnings::default();
        let mut reader: &[u8] = &text;
        let header = Header::new(b"a,b", Delimiter::Byte(b','));
        let table = header.read(&mut Lines::new(&mut reader), &[0, 1], &mut warnings);
        assert_eq!(table.unwrap().rows(), 20);
        assert_eq!(warnings.count(Warning::RaggedRow), 1);
    }

    #[test]
    fn latin1_in_header_and_cells_does_not_panic() {
        let columns = numbers(b"t,x(\xb0),s\n1,2,\xb0\n", &["t", "x(\u{b0})"]);
        assert_eq!(columns, [[1.0], [2.0]]);
        assert!(read(b"a\n\xff\xfe\n", &["a"]).is_err());
    }

    #[test]
    fn a_header_without_rows_is_an_error() {
        assert!(matches!(read(b"a,b\n\n", &["a"]), Err(ReadError::NoRows)));
    }

    #[test]
    fn long_lines_are_refused_and_lines_over_a_chunk_are_read() {
        let mut text = b"a,b\n1,".to_vec();
        text.extend(b" ".repeat(CHUNK + 10));
        text.extend(b"2\n3,4\n");
        assert_eq!(numbers(&text, &["a", "b"]), [[1.0, 3.0], [2.0, 4.0]]);
        let text = [b"a,b\n".to_vec(), b"1".repeat(2 * MAX_LINE)].concat();
        assert!(matches!(
            read(&text, &["a"]),
            Err(ReadError::LineTooLong { line: 2 })
        ));
    }

    #[test]
    fn single_spaces_may_stand_around_empty_cells() {
        let mut reader: &[u8] = b"1   4\n";
        let header = Header::new(b"a b c d", Delimiter::Byte(b' '));
        let table = header
            .read(
                &mut Lines::new(&mut reader),
                &[0, 3],
                &mut Warnings::default(),
            )
            .unwrap();
        assert_eq!((table.column(0), table.column(3)), (&[1.0][..], &[4.0][..]));
    }
}
