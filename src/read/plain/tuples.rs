//! Tables in which a quaternion stands in one cell, as programs in Python write them: `"(0.83, -0.05,
//! -0.55, -0.06)"` or `[0.83 -0.05 -0.55 -0.06]`. The order is told by the column's name, such as
//! `Quaternion_Orientation_(W, X, Y, Z)_Neck`, or by the user.

use std::io::BufRead;
use std::ops::Range;

use super::layout::{self, Layout};
use crate::read::header::{Delimiter, Header, cut, is_blank, name, split_lines};
use crate::read::lines::Lines;
use crate::read::moment;
use crate::read::number::number;
use crate::read::table::{Cell, Table};
use crate::read::{QuaternionOrder, ReadError, ReadOptions};
use crate::warning::{Warning, Warnings};

/// No table has more columns.
const MOST_COLUMNS: usize = 256;

/// A table with quaternions in single cells.
#[derive(Debug)]
pub(in crate::read) struct Tuples {
    pub(in crate::read) layout: Layout,
    delimiter: Delimiter,
    /// For each column of the file, whether it holds quaternions.
    is_tuple: Vec<bool>,
    /// The order of a quaternion is neither in its name nor said.
    pub(in crate::read) is_unordered: bool,
}

/// What the first bytes of a file show, if it is such a table.
pub(in crate::read) fn layout(bytes: &[u8], options: &ReadOptions) -> Option<Tuples> {
    let mut lines = split_lines(bytes);
    let mut next = || {
        lines
            .find(|line| !is_blank(line))
            .map(<[u8]>::trim_ascii_end)
    };
    let (first, row) = (next()?, next()?);
    let delimiter = Delimiter::guess(first);
    let header = Header::new(first, delimiter);
    let mut cells = Vec::new();
    cut(row, delimiter, &mut cells);
    let cell = |index: usize| text(row, cells.get(index).cloned());
    let is_tuple: Vec<bool> = (0..header.names.len().min(MOST_COLUMNS))
        .map(|index| four(cell(index)).is_some())
        .collect();
    let orders = header.names.iter().zip(&is_tuple).filter(|one| *one.1);
    let is_unordered = orders
        .clone()
        .any(|(name, _)| order(name, options).is_none());
    orders.clone().next()?;
    let names = header.names.iter().zip(&is_tuple);
    let names: Vec<String> = names
        .flat_map(|(name, is_tuple)| match is_tuple {
            true => components(name, order(name, options)),
            false => vec![name.clone()],
        })
        .collect();
    let expanded = Header::from_names(names, delimiter);
    let mut layout = layout::of_header(expanded, options)?;
    if let Some(time) = layout.time
        && moment::seconds(cell(unexpanded(time.column, &is_tuple))).is_some()
    {
        layout.header.set_cell(time.column, Cell::Moment);
    }
    Some(Tuples {
        layout,
        delimiter,
        is_tuple,
        is_unordered,
    })
}

/// The column of the file that an expanded column came from.
fn unexpanded(column: usize, is_tuple: &[bool]) -> usize {
    let mut at = 0;
    is_tuple
        .iter()
        .position(|is_tuple| {
            at += if *is_tuple { 4 } else { 1 };
            at > column
        })
        .unwrap_or(column)
}

/// All rows, the quaternions with a column for each component.
pub(in crate::read) fn read(
    tuples: &Tuples,
    reader: &mut dyn BufRead,
    warnings: &mut Warnings,
) -> Result<Table, ReadError> {
    let mut lines = Lines::new(reader);
    lines.advance_past(is_blank, |_blank| {})?;
    let mut columns = vec![Vec::new(); tuples.layout.header.names.len()];
    let (mut cells, mut values) = (Vec::new(), Vec::new());
    while lines.advance()? {
        let line = lines.line();
        if is_blank(line) {
            continue;
        }
        cut(line, tuples.delimiter, &mut cells);
        if cells.len() < tuples.is_tuple.len() {
            let kind = if lines.is_complete() {
                Warning::RaggedRow
            } else {
                Warning::CutOff
            };
            warnings.add(kind, || format!("line {} ends too early", lines.number()));
            continue;
        }
        values.clear();
        for (is_tuple, cell) in tuples.is_tuple.iter().zip(&cells) {
            let text = text(line, Some(cell.clone()));
            if *is_tuple {
                values.extend(four(text).unwrap_or([f64::NAN; 4]));
            } else {
                values.push(single(text));
            }
        }
        for (column, value) in columns.iter_mut().zip(&values) {
            column.push(*value);
        }
    }
    if columns.first().is_none_or(Vec::is_empty) {
        return Err(ReadError::NoRows);
    }
    Ok(Table::new((0..columns.len()).collect(), columns))
}

/// A cell without quotes around it.
fn text(line: &[u8], cell: Option<Range<usize>>) -> &[u8] {
    let cell = cell.and_then(|cell| line.get(cell)).unwrap_or_default();
    match cell.trim_ascii() {
        [b'"', inner @ .., b'"'] => inner.trim_ascii(),
        cell => cell,
    }
}

/// The number or moment of a cell; NaN for any other text.
fn single(text: &[u8]) -> f64 {
    let whole = number(text).filter(|found| found.1 == text.len());
    let value = whole.map(|found| found.0);
    value.or_else(|| moment::seconds(text)).unwrap_or(f64::NAN)
}

/// Four numbers in brackets.
fn four(text: &[u8]) -> Option<[f64; 4]> {
    let ([b'(', inner @ .., b')'] | [b'[', inner @ .., b']']) = text else {
        return None;
    };
    let words = inner.split(|byte| b", ;\t".contains(byte));
    let mut words = words.filter(|word| !word.is_empty());
    let mut values = [0.0; 4];
    for value in &mut values {
        let word = words.next()?;
        *value = number(word).filter(|found| found.1 == word.len())?.0;
    }
    words.next().is_none().then_some(values)
}

/// The order that a name states, else the one that the user says.
fn order(name: &str, options: &ReadOptions) -> Option<QuaternionOrder> {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let letters = letters.to_ascii_lowercase();
    if options.quaternion_order.is_some() {
        options.quaternion_order
    } else if letters.contains("wxyz") {
        Some(QuaternionOrder::Wxyz)
    } else {
        letters.contains("xyzw").then_some(QuaternionOrder::Xyzw)
    }
}

/// Names of the components of a column, with what is left of its name for the sensor's.
fn components(column: &str, order: Option<QuaternionOrder>) -> Vec<String> {
    const NO_SENSORS: [&str; 7] = [
        "quaternion",
        "quat",
        "orientation",
        "rotation",
        "q",
        "wxyz",
        "xyzw",
    ];
    let outside = column.split(['(', '[']).enumerate().map(|(index, part)| {
        let after = part.split_once([')', ']']).map(|found| found.1);
        if index == 0 {
            part
        } else {
            after.unwrap_or_default()
        }
    });
    let words = outside.flat_map(|part| part.split(|c: char| !c.is_alphanumeric()));
    let sensor: Vec<&str> = words
        .filter(|word| !word.is_empty() && !NO_SENSORS.contains(&word.to_lowercase().as_str()))
        .collect();
    let sensor = sensor.join("_");
    let letters = match order {
        Some(QuaternionOrder::Xyzw) => ["x", "y", "z", "w"],
        Some(QuaternionOrder::Wxyz) | None => ["w", "x", "y", "z"],
    };
    letters
        .map(|letter| {
            name(
                format!("{sensor}_q{letter}")
                    .trim_start_matches('_')
                    .as_bytes(),
            )
        })
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_order_and_sensor() {
        let options = ReadOptions::default();
        let named = |name: &str| components(name, order(name, &options)).join(" ");
        assert_eq!(
            named("Quaternion_Orientation_(W, X, Y, Z)_Neck"),
            "Neck_qw Neck_qx Neck_qy Neck_qz"
        );
        assert_eq!(named("quat_xyzw"), "qx qy qz qw");
        assert_eq!(order("quaternion", &options), None);
    }

    #[test]
    fn cells_of_four_numbers() {
        assert_eq!(four(b"(0.5, -1, 2e0, 3)"), Some([0.5, -1.0, 2.0, 3.0]));
        assert_eq!(four(b"[1 2 3 4]"), Some([1.0, 2.0, 3.0, 4.0]));
        for text in [
            &b"(1,2,3)"[..],
            b"(1,2,3,4,5)",
            b"(1,2,3,x)",
            b"1,2,3,4",
            b"(",
        ] {
            assert_eq!(four(text), None);
        }
        assert_eq!(
            [0, 1, 4, 5].map(|at| unexpanded(at, &[false, true, false])),
            [0, 1, 1, 2]
        );
    }
}
