//! What comes in: a row a recording.
//!
//! | column | type | is |
//! |---|---|---|
//! | `recording_id` | text or whole number | what the row of results is known by |
//! | `input` | whole number | its place in the input, from 0; handed on |
//! | `path` | text | the file; with `bytes` or columns only its name |
//! | `bytes` | binary | the content of the file, in any format |
//! | `time_s`, `q_w`, … | lists of numbers | columns of a native CSV, see [`read::native_csv`] |
//! | `subject`, `visit` | text | labels |
//! | any other | text, number or boolean | an option of `neckrom analyze` |
//!
//! Only `recording_id` must be there. A row needs a path, bytes or lists; of these the last that is not
//! null is taken.
//!
//! [`read::native_csv`]: crate::read::native_csv

use std::io::Read;

use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::StreamReader;
use arrow_schema::{ArrowError, DataType, SchemaRef};

use super::WorkerError;
use super::cells::{bytes, check_bytes, check_text, expect, text};
use super::inline;
use crate::batch::guard::guarded;

/// The last bytes of a stream.
const END: [u8; 8] = [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];

/// A recording to be measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What its row of results is known by.
    pub recording_id: Option<String>,
    /// Its place in the input.
    pub input: Option<i64>,
    /// Its file, or what is shown as such.
    pub path: Option<String>,
    /// Label of the subject.
    pub subject: Option<String>,
    /// Label of the visit.
    pub visit: Option<String>,
    /// A cell for each of [`Requests::options`].
    pub cells: Vec<Option<String>>,
    /// What is measured, or why that is not known.
    pub content: Result<Content, String>,
}

/// Where a recording's samples are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// In a file.
    Path(String),
    /// At hand, as the bytes of a file.
    Bytes(Vec<u8>),
}

impl Request {
    /// What it is called in the tables.
    pub(super) fn name(&self) -> &str {
        let names = [&self.path, &self.recording_id];
        names
            .into_iter()
            .flatten()
            .next()
            .map_or("", String::as_str)
    }
}

/// Which columns are what.
#[derive(Debug, Default)]
struct Columns {
    recording_id: usize,
    input: Option<usize>,
    path: Option<usize>,
    bytes: Option<usize>,
    subject: Option<usize>,
    visit: Option<usize>,
    options: Vec<usize>,
    lists: Vec<(String, usize)>,
}

impl Columns {
    fn of(schema: &SchemaRef) -> Result<Self, WorkerError> {
        let mut columns = Self::default();
        let mut id = None;
        for (at, field) in schema.fields().iter().enumerate() {
            let name = field.name().to_lowercase();
            let place = match name.as_str() {
                "recording_id" => &mut id,
                "input" => {
                    let kind = field.data_type();
                    let is_whole = kind.is_integer() || *kind == DataType::Null;
                    expect(field, is_whole, "a whole number")?;
                    &mut columns.input
                }
                "path" => &mut columns.path,
                "subject" => &mut columns.subject,
                "visit" => &mut columns.visit,
                "bytes" => {
                    check_bytes(field)?;
                    columns.bytes = Some(at);
                    continue;
                }
                _ if matches!(
                    field.data_type(),
                    DataType::List(_) | DataType::LargeList(_)
                ) =>
                {
                    inline::check(field)?;
                    columns.lists.push((name, at));
                    continue;
                }
                _ => {
                    check_text(field)?;
                    columns.options.push(at);
                    continue;
                }
            };
            check_text(field)?;
            *place = Some(at);
        }
        columns.recording_id = id.ok_or(WorkerError::NoColumn("recording_id"))?;
        Ok(columns)
    }
}

/// The stream that comes in.
#[derive(Debug)]
pub struct Requests<R> {
    stream: StreamReader<Tail<R>>,
    columns: Columns,
}

impl<R: Read> Requests<R> {
    /// Reads the names and types of the columns.
    ///
    /// # Errors
    /// When that is no such stream, or a column is of a type that it cannot be.
    pub fn open(input: R) -> Result<Self, WorkerError> {
        let tail = Tail {
            inner: input,
            last: [0; 8],
        };
        let stream = sound(|| StreamReader::try_new(tail, None))?;
        let columns = Columns::of(&stream.schema())?;
        Ok(Self { stream, columns })
    }

    /// The names of the columns that are options.
    pub fn options(&self) -> Vec<String> {
        let schema = self.stream.schema();
        let name = |&at: &usize| schema.field(at).name().clone();
        self.columns.options.iter().map(name).collect()
    }

    /// The rows that come next, none at the end.
    ///
    /// # Errors
    /// When the stream is damaged, and when it ends without its end mark.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, WorkerError> {
        let stream = &mut self.stream;
        match sound(|| stream.next().transpose())? {
            Some(batch) => Ok(Some(batch)),
            None if self.stream.get_ref().last == END => Ok(None),
            None => Err(WorkerError::CutOff),
        }
    }

    /// A row of such rows.
    pub fn request(&self, batch: &RecordBatch, row: usize) -> Request {
        let columns = &self.columns;
        let cell = |at: usize| text(batch.column(at), row);
        let path = columns.path.and_then(cell);
        Request {
            recording_id: cell(columns.recording_id),
            input: columns
                .input
                .and_then(cell)
                .and_then(|text| text.parse().ok()),
            subject: columns.subject.and_then(cell),
            visit: columns.visit.and_then(cell),
            cells: columns.options.iter().map(|&at| cell(at)).collect(),
            content: self.content(batch, row, path.as_deref()),
            path,
        }
    }

    fn content(
        &self,
        batch: &RecordBatch,
        row: usize,
        path: Option<&str>,
    ) -> Result<Content, String> {
        let columns = self.columns.lists.iter();
        let lists: Vec<(&str, &dyn Array)> = columns
            .map(|(name, at)| (name.as_str(), batch.column(*at).as_ref()))
            .filter(|(_, list)| !list.is_null(row))
            .collect();
        if !lists.is_empty() {
            return inline::native_csv(&lists, row).map(Content::Bytes);
        }
        if let Some(bytes) = self
            .columns
            .bytes
            .and_then(|at| bytes(batch.column(at), row))
        {
            return Ok(Content::Bytes(bytes.to_vec()));
        }
        let path = path.ok_or("the row has no path, no bytes and no lists")?;
        Ok(Content::Path(path.to_owned()))
    }
}

/// What the library gives.
fn sound<T>(work: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, WorkerError> {
    guarded(work)
        .map_err(|_panic| WorkerError::Damaged)?
        .map_err(WorkerError::Stream)
}

/// Remembers the last bytes that were read.
#[derive(Debug)]
struct Tail<R> {
    inner: R,
    last: [u8; 8],
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let new = buffer.get(..count).unwrap_or_default();
        let new = new.get(count.saturating_sub(8)..).unwrap_or_default();
        self.last.rotate_left(new.len());
        let from = self.last.len() - new.len();
        self.last[from..].copy_from_slice(new);
        Ok(count)
    }
}
