//! What the first rows under a header say: a row of units, and whether time is a date or a time of day.

use std::ops::Range;

use super::layout::{self, Layout};
use crate::read::header::{Header, cut, is_blank, name};
use crate::read::lines::Lines;
use crate::read::moment;
use crate::read::number::number;
use crate::read::table::Cell;
use crate::read::{ReadError, ReadOptions};

/// Looks at the row after the header; a row of units is taken into the names.
pub(in crate::read) fn look(
    mut layout: Layout,
    lines: &mut Lines<'_>,
    options: &ReadOptions,
) -> Result<Layout, ReadError> {
    let mut cells = Vec::new();
    let mut units_taken = false;
    while lines.advance()? {
        let line = lines.line();
        let comment = layout.header.comment;
        if is_blank(line) || comment.is_some_and(|comment| line.starts_with(&[comment])) {
            continue;
        }
        cut(line, layout.header.delimiter, &mut cells);
        if !units_taken && is_text(line, &cells, &layout) {
            layout = with_units(layout, line, &cells, options);
            units_taken = true;
            continue;
        }
        set_moment(&mut layout, line, &cells);
        lines.again();
        break;
    }
    Ok(layout)
}

/// No wanted cell holds a number.
fn is_text(line: &[u8], cells: &[Range<usize>], layout: &Layout) -> bool {
    let text = |column: usize| {
        let cell = cells.get(column).and_then(|cell| line.get(cell.clone()));
        cell.is_some_and(|cell| !is_number(cell) && moment::seconds(cell).is_none())
    };
    let wanted = layout.wanted();
    wanted.len() > 2 && wanted.into_iter().all(text)
}

fn is_number(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    number(cell.strip_prefix(b"\"").unwrap_or(cell)).is_some() || cell.eq_ignore_ascii_case(b"nan")
}

/// The layout of the names with their units in brackets, if that is one.
fn with_units(
    layout: Layout,
    line: &[u8],
    cells: &[Range<usize>],
    options: &ReadOptions,
) -> Layout {
    if !options.columns.is_empty() {
        return layout;
    }
    let unit = |column: usize| {
        let cell = cells.get(column).and_then(|cell| line.get(cell.clone()))?;
        let text = name(cell);
        let inner = text.trim_matches(['(', ')', '[', ']', ' ']).to_owned();
        (!inner.is_empty()).then_some(inner)
    };
    let names = layout.header.names.iter().enumerate();
    let names = names.map(|(column, name)| match unit(column) {
        Some(unit) if !name.contains(['(', '[']) => format!("{name} ({unit})"),
        _ => name.clone(),
    });
    let mut header = Header::from_names(names.collect::<Vec<_>>(), layout.header.delimiter);
    header.comment = layout.header.comment;
    layout::of_header(header, options).unwrap_or(layout)
}

/// Dates and times of day are seconds.
fn set_moment(layout: &mut Layout, line: &[u8], cells: &[Range<usize>]) {
    let Some(time) = layout.time else { return };
    let cell = cells
        .get(time.column)
        .and_then(|cell| line.get(cell.clone()));
    let text = cell.unwrap_or_default().trim_ascii();
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let text = text.strip_suffix(b"\"").unwrap_or(text);
    let whole = number(text).is_some_and(|found| found.1 == text.len());
    if !whole && moment::seconds(text).is_some() {
        layout.header.set_cell(time.column, Cell::Moment);
    }
}
