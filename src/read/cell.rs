//! The value of one cell of a text.

use super::header::{Delimiter, name};
use super::number::number;

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// A number.
    Number,
    /// A date and time, or a time of day, to seconds; a number stays one.
    Moment,
    /// Text: its position among the [`labels`](super::table::Table::labels) of the column.
    Label,
}

/// Different texts in a column of labels; what comes later is no label.
const MAX_LABELS: usize = 256;

/// The number of a cell; NaN for one of the ways to write that there is none.
pub(super) fn cell_value(cell: &[u8], delimiter: Delimiter) -> Option<f64> {
    let cell = unquoted(cell);
    if is_missing(cell) {
        return Some(f64::NAN);
    }
    if let Some((value, length)) = number(cell)
        && length == cell.len()
    {
        return Some(value);
    }
    decimal_comma(cell).filter(|_| !delimiter.is(b','))
}

/// A cell without quotes and spaces around it.
pub(super) const fn unquoted(cell: &[u8]) -> &[u8] {
    match cell.trim_ascii() {
        [b'"', inner @ .., b'"'] => inner.trim_ascii(),
        cell => cell,
    }
}

/// The position of a text among those seen so far; NaN when there are too many.
pub(super) fn label(labels: &mut Vec<String>, text: &[u8]) -> f64 {
    let same = |label: &String| label.as_bytes() == text;
    if let Some(at) = labels.iter().position(same) {
        return at as f64;
    }
    let text = name(text);
    if let Some(at) = labels.iter().position(|label| *label == text) {
        return at as f64;
    }
    if labels.len() >= MAX_LABELS {
        return f64::NAN;
    }
    labels.push(text);
    (labels.len() - 1) as f64
}

pub(super) fn is_missing(cell: &[u8]) -> bool {
    const WORDS: [&str; 8] = ["nan", "-nan", "n/a", "na", "null", "none", "inf", "-inf"];
    cell.is_empty()
        || WORDS
            .iter()
            .any(|word| cell.eq_ignore_ascii_case(word.as_bytes()))
}

/// A number with a comma for its point.
fn decimal_comma(cell: &[u8]) -> Option<f64> {
    let mut point = cell.to_vec();
    let comma = memchr::memchr(b',', cell)?;
    *point.get_mut(comma)? = b'.';
    number(&point)
        .filter(|(_, length)| *length == cell.len())
        .map(|(value, _)| value)
}
