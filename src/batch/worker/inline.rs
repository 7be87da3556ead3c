//! Samples that come as lists: taken as the columns of a native CSV.

use std::fmt::Write as _;

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Field};

use super::WorkerError;
use super::cells::{expect, number};

/// A list of numbers.
pub(super) fn check(field: &Field) -> Result<(), WorkerError> {
    let is_number = |kind: &DataType| {
        kind.is_integer() || matches!(kind, DataType::Float32 | DataType::Float64 | DataType::Null)
    };
    let (DataType::List(item) | DataType::LargeList(item)) = field.data_type() else {
        return expect(field, false, "a list of numbers");
    };
    expect(field, is_number(item.data_type()), "a list of numbers")
}

/// The lists of a row, none of them null, as the file that has them as columns.
pub(super) fn native_csv(lists: &[(&str, &dyn Array)], row: usize) -> Result<Vec<u8>, String> {
    let names: Vec<&str> = lists.iter().map(|(name, _)| *name).collect();
    let columns: Vec<ArrayRef> = lists.iter().map(|(_, list)| values(*list, row)).collect();
    let rows = columns.first().map_or(0, Array::len);
    let mut differ = names.iter().zip(&columns);
    if let Some((name, column)) = differ.find(|(_, column)| column.len() != rows) {
        let (first, other) = (names.first().unwrap_or(name), column.len());
        return Err(format!(
            "the list {first} has {rows} numbers, {name} has {other}"
        ));
    }
    let mut text = format!("# neckrom recording 1\n{}\n", names.join(","));
    for sample in 0..rows {
        for (at, column) in columns.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let number = number(column, sample).unwrap_or_default();
            write!(text, "{comma}{number}").expect("memory takes any text");
        }
        text.push('\n');
    }
    Ok(text.into_bytes())
}

fn values(list: &dyn Array, row: usize) -> ArrayRef {
    match list.as_list_opt::<i32>() {
        Some(lists) => lists.value(row),
        None => list.as_list::<i64>().value(row),
    }
}
