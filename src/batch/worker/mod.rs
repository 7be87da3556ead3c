//! A filter for engines: recordings in as an Arrow IPC stream, their results out as another.
//!
//! In: a row a recording, see [`requests`]. Out: a row a recording, one that failed too, see [`answers`].
//! One bad recording is a row; only a stream that cannot be read is an error.

pub mod answers;
mod cells;
mod inline;
pub mod requests;

use std::convert::Infallible;
use std::sync::Arc;

use arrow_schema::ArrowError;

pub use self::answers::{Answer, Answers};
use self::requests::Content;
pub use self::requests::{Request, Requests};
use super::measure::{Labels, Options, Source};
use super::row::{Row, failed, row};
use super::run::{Task, one};
use crate::pipeline::Settings;
use crate::read::{self, ReadOptions};
use crate::report::table::TableError;

/// Why the streams could not go on; a recording that fails is a row instead.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// What comes in is something else, or damaged.
    #[error("standard input is no sound Arrow IPC stream")]
    Stream(#[source] ArrowError),
    /// So damaged that the library that reads it takes it for its own mistake.
    #[error("standard input is no sound Arrow IPC stream: it is damaged")]
    Damaged,
    /// The mark of the end is missing.
    #[error(
        "the stream on standard input ends without its end mark: what feeds it stopped too early"
    )]
    CutOff,
    /// There must be such a column.
    #[error("the stream has no column '{0}'")]
    NoColumn(&'static str),
    /// A column of a type that cannot be used.
    #[error("the column '{name}' is of type {found}; it has to be {expected}")]
    Type {
        /// Which.
        name: String,
        /// Its type, in the words of Arrow.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// Results as a table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Results as a stream.
    #[error("the results could not be written")]
    Write(#[source] ArrowError),
}

/// Measures a recording that was asked for, with its options or why there are none.
pub fn answer(request: Request, of_all: &Labels, options: Result<Arc<Options>, String>) -> Answer {
    let labels = Labels {
        subject: request.subject.clone().or_else(|| of_all.subject.clone()),
        visit: request.visit.clone().or_else(|| of_all.visit.clone()),
    };
    Answer {
        row: measured(&request, labels, options),
        recording_id: request.recording_id,
        input: request.input,
    }
}

fn measured(request: &Request, labels: Labels, options: Result<Arc<Options>, String>) -> Row {
    let name = request.name();
    let refused = |why: String| {
        let none = Options::new(ReadOptions::default(), Settings::default(), Vec::new());
        let mut row = failed(name.to_owned(), &labels, &none, why);
        row.settings.clear();
        row
    };
    let options = match options {
        Ok(options) => options,
        Err(why) => return refused(why),
    };
    match &request.content {
        _ if request.recording_id.is_none() => refused("the row has no recording_id".to_owned()),
        Err(why) => refused(why.clone()),
        Ok(Content::Path(path)) => one(&Task {
            path: path.into(),
            labels,
            options,
        }),
        Ok(Content::Bytes(_)) if options.trunk_file().is_some() => refused(
            "a trunk_file goes with the path of a file, not with bytes or columns".to_owned(),
        ),
        Ok(Content::Bytes(bytes)) => of_bytes(name, bytes, &labels, &options),
    }
}

fn of_bytes(name: &str, bytes: &[u8], labels: &Labels, options: &Options) -> Row {
    let nothing_else = |_: &mut _| Ok::<_, Infallible>(());
    let mut row = row(Source::Bytes(name, bytes), labels, options, nothing_else);
    row.sha256 = row.sha256.or_else(|| read::digest(bytes).ok());
    row
}
