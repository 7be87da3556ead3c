//! What goes out: a row a recording, in a schema that does not depend on what comes in.
//!
//! `recording_id` and `input` as they came; the columns of `recordings.parquet`; those of
//! `movements.parquet` as lists, six long, named `movement_…`; those of `repetitions.parquet` as lists
//! named `repetition_…`. A recording that failed has empty lists. Types are Utf8, Float64, Int64 and
//! lists of these, any of them may be null; what is a boolean in the tables is 0 or 1.
//! The schema's metadata has [`VERSION`] under [`VERSION_KEY`].

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StringArray};
use arrow_buffer::OffsetBuffer;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use polars::prelude::{Column, DataType, PolarsResult};

use super::WorkerError;
use crate::batch::frames::{frames, row_counts};
use crate::batch::lists::{list_names, own};
use crate::batch::row::Row;
use crate::report::table::TableError;

/// Version of the schema: another when a column is removed, renamed or of another type.
pub const VERSION: &str = "1";
/// Where the metadata of the schema has it.
pub const VERSION_KEY: &str = "neckrom.rows";

/// The result of a recording.
#[derive(Debug)]
pub struct Answer {
    /// As it came.
    pub recording_id: Option<String>,
    /// As it came.
    pub input: Option<i64>,
    /// What came out.
    pub row: Row,
}

/// The stream that goes out.
#[expect(
    missing_debug_implementations,
    reason = "the library's writer has none"
)]
pub struct Answers<W: Write> {
    stream: StreamWriter<W>,
    schema: SchemaRef,
}

impl<W: Write> Answers<W> {
    /// Writes the names and types of the columns.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn new(out: W) -> Result<Self, WorkerError> {
        let columns = columns(&[])?.into_iter();
        let field =
            |(name, array): (String, ArrayRef)| Field::new(name, array.data_type().clone(), true);
        let notes = HashMap::from([(VERSION_KEY.to_owned(), VERSION.to_owned())]);
        let fields: Vec<Field> = columns.map(field).collect();
        let schema = Arc::new(Schema::new_with_metadata(fields, notes));
        let mut stream = StreamWriter::try_new(out, &schema).map_err(WorkerError::Write)?;
        stream.flush().map_err(WorkerError::Write)?;
        Ok(Self { stream, schema })
    }

    /// Writes rows, to be read at once.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, answers: &[Answer]) -> Result<(), WorkerError> {
        let arrays = columns(answers)?.into_iter().map(|one| one.1).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays);
        let mut write = |batch: RecordBatch| -> Result<(), ArrowError> {
            self.stream.write(&batch)?;
            self.stream.flush()
        };
        batch.and_then(&mut write).map_err(WorkerError::Write)
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn finish(mut self) -> Result<(), WorkerError> {
        self.stream.finish().map_err(WorkerError::Write)?;
        self.stream.flush().map_err(WorkerError::Write)
    }
}

fn columns(answers: &[Answer]) -> Result<Vec<(String, ArrayRef)>, WorkerError> {
    let rows: Vec<&Row> = answers.iter().map(|one| &one.row).collect();
    let ids: StringArray = answers
        .iter()
        .map(|one| one.recording_id.as_deref())
        .collect();
    let inputs: Int64Array = answers.iter().map(|one| one.input).collect();
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("recording_id".to_owned(), Arc::new(ids)),
        ("input".to_owned(), Arc::new(inputs)),
    ];
    columns.extend(of_tables(&rows)?);
    Ok(columns)
}

fn of_tables(rows: &[&Row]) -> Result<Vec<(String, ArrayRef)>, TableError> {
    let tables = frames(rows)?;
    let mut columns = Vec::new();
    for column in tables.recordings.columns() {
        columns.push((column.name().to_string(), array(column)?));
    }
    let listed = [&tables.movements, &tables.repetitions];
    let names = list_names(&tables).into_iter().zip(lengths(rows));
    for (table, (names, lengths)) in listed.into_iter().zip(names) {
        for (column, name) in own(table).zip(names) {
            columns.push((name, list(array(column)?, &lengths)));
        }
    }
    Ok(columns)
}

/// The values of a column, in the types of the stream.
fn array(column: &Column) -> PolarsResult<ArrayRef> {
    if let Ok(texts) = column.str() {
        return Ok(Arc::new(texts.iter().collect::<StringArray>()));
    }
    if let Ok(numbers) = column.f64() {
        return Ok(Arc::new(numbers.iter().collect::<Float64Array>()));
    }
    let counts = column.strict_cast(&DataType::Int64)?;
    Ok(Arc::new(counts.i64()?.iter().collect::<Int64Array>()))
}

/// These values as lists of these lengths.
fn list(values: ArrayRef, lengths: &[usize]) -> ArrayRef {
    let item = Arc::new(Field::new_list_field(values.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
    Arc::new(ListArray::new(item, offsets, values, None))
}

/// How many movements and repetitions each recording has.
fn lengths(rows: &[&Row]) -> [Vec<usize>; 2] {
    let (movements, repetitions) = rows.iter().map(|row| row_counts(row)).unzip();
    [movements, repetitions]
}
