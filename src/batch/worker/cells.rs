//! Single cells of the columns that come in.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType};
use arrow_schema::{DataType, Field};

use super::WorkerError;

/// A column whose cells [`text`] gives.
pub(super) fn check_text(field: &Field) -> Result<(), WorkerError> {
    use DataType::{Boolean, LargeUtf8, Null, Utf8, Utf8View};
    let kind = field.data_type();
    let is_text = matches!(kind, Utf8 | LargeUtf8 | Utf8View | Boolean | Null);
    let is_number = kind.is_integer() || matches!(kind, DataType::Float32 | DataType::Float64);
    expect(field, is_text || is_number, "text, a number or a boolean")
}

/// A column whose cells [`bytes`] gives.
pub(super) fn check_bytes(field: &Field) -> Result<(), WorkerError> {
    use DataType::{Binary, BinaryView, LargeBinary, Null};
    let is_bytes = matches!(field.data_type(), Binary | LargeBinary | BinaryView | Null);
    expect(field, is_bytes, "binary")
}

pub(super) fn expect(
    field: &Field,
    is_so: bool,
    expected: &'static str,
) -> Result<(), WorkerError> {
    if is_so {
        return Ok(());
    }
    Err(WorkerError::Type {
        name: field.name().clone(),
        found: field.data_type().to_string(),
        expected,
    })
}

/// A cell as text; none where it is null or empty.
pub(super) fn text(column: &dyn Array, row: usize) -> Option<String> {
    if column.is_null(row) {
        return None;
    }
    let text = if let Some(texts) = column.as_string_opt::<i32>() {
        texts.value(row).to_owned()
    } else if let Some(texts) = column.as_string_opt::<i64>() {
        texts.value(row).to_owned()
    } else if let Some(texts) = column.as_string_view_opt() {
        texts.value(row).to_owned()
    } else if let Some(flags) = column.as_boolean_opt() {
        flags.value(row).to_string()
    } else {
        number(column, row)?
    };
    (!text.is_empty()).then_some(text)
}

/// A number with all its digits; none where it is null.
pub(super) fn number(column: &dyn Array, row: usize) -> Option<String> {
    fn of<T: ArrowPrimitiveType>(column: &dyn Array, row: usize) -> Option<String>
    where
        T::Native: ToString,
    {
        let numbers = column.as_primitive_opt::<T>()?;
        numbers
            .is_valid(row)
            .then(|| numbers.value(row).to_string())
    }
    let types = [
        of::<Float64Type>,
        of::<Float32Type>,
        of::<Int64Type>,
        of::<Int32Type>,
        of::<Int16Type>,
        of::<Int8Type>,
        of::<UInt64Type>,
        of::<UInt32Type>,
        of::<UInt16Type>,
        of::<UInt8Type>,
    ];
    types.iter().find_map(|of| of(column, row))
}

/// A cell's bytes; none where it is null.
pub(super) fn bytes(column: &dyn Array, row: usize) -> Option<&[u8]> {
    if column.is_null(row) {
        return None;
    }
    let short = column.as_binary_opt::<i32>().map(|all| all.value(row));
    let long = || Some(column.as_binary_opt::<i64>()?.value(row));
    let view = || Some(column.as_binary_view_opt()?.value(row));
    short.or_else(long).or_else(view)
}
