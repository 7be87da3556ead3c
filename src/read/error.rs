//! Why a recording could not be read, and what to do about it.

use std::io;

/// Why a recording could not be read. No path inside: the caller knows it.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be opened or read on.
    #[error("the file could not be read")]
    Io(#[from] io::Error),
    /// No bytes at all.
    #[error("the file is empty; export or copy the recording again")]
    Empty,
    /// A header, and no samples under it.
    #[error("the file has a header but no samples; record again, or export with data")]
    NoRows,
    /// Samples, but in none of them a usable value.
    #[error("no row has a usable {what}; the sensor sent nothing, record again")]
    NothingUsable {
        /// What is missing everywhere.
        what: &'static str,
    },
    /// Text where a number belongs.
    #[error(
        "line {line}, column {column} ({name}): expected a number, found '{found}'; \
         correct or remove that line"
    )]
    NotANumber {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// The column's name in the header.
        name: String,
        /// What stood there, escaped and shortened.
        found: String,
    },
    /// A line beside the data that could not be understood.
    #[error("line {line}: expected {expected}, found '{found}'; correct or remove that line")]
    BadLine {
        /// Counted from 1.
        line: usize,
        /// What belongs there.
        expected: &'static str,
        /// What stood there, escaped and shortened.
        found: String,
    },
    /// Columns that are needed are not there.
    #[error(
        "column {wanted} is missing; the file has: {found}; \
         name the right column with --columns, such as --columns {wanted}=NAME"
    )]
    MissingColumns {
        /// The canonical name of what is missing.
        wanted: String,
        /// The columns there are.
        found: String,
    },
    /// No format says that the file is its own.
    #[error(
        "this is no recording of a known format{nearest}; it begins:\n{first_lines}\n\
         for delimited text with other column names, map them by name or number: \
         --columns time=NAME,qw=NAME,qx=NAME,qy=NAME,qz=NAME, or gx=NAME,… of the gyroscope and \
         ax=NAME,… of the accelerometer, or roll, pitch and yaw"
    )]
    Unrecognised {
        /// The first lines, escaped and shortened.
        first_lines: String,
        /// What it looks like, as ` (…)`; may be empty.
        nearest: String,
    },
    /// More than one format says that the file is its own.
    #[error(
        "the file fits more than one format: {formats}; \
         say which columns to read with --columns, and report this file"
    )]
    Ambiguous {
        /// The names of the formats.
        formats: String,
    },
    /// A file of a known kind that holds no motion sensor's samples.
    #[error("this is {what}; {todo}")]
    Foreign {
        /// What it is.
        what: &'static str,
        /// What to do, as an instruction.
        todo: &'static str,
    },
    /// The file belongs to a recording and is read with it.
    #[error("this file belongs to a {format} recording; give {instead} instead")]
    Companion {
        /// Name of the format.
        format: &'static str,
        /// What to give.
        instead: &'static str,
    },
    /// Its own samples say that it is to be read otherwise, and the angles depend on it.
    #[error("{seen}; {todo}, or pass --as-is to measure it as it was read")]
    Misread {
        /// What was seen, of which sensor.
        seen: String,
        /// What to do, as an instruction.
        todo: String,
    },
    /// The times of a whole recording are a few numbers.
    #[error(
        "{rows} rows have only {distinct} different times, as when a spreadsheet program rounds long \
         numbers (1.57684E+12); export the file again and do not save it from such a program, or \
         pass --rate if the samples are even"
    )]
    RoundedTimes {
        /// Rows with a time.
        rows: usize,
        /// Different times.
        distinct: usize,
    },
    /// Neither a quaternion nor what one could be computed from.
    #[error(
        "no orientation: the file has {has}, and neither a quaternion nor gyroscope and \
         accelerometer together; export it again with orientation"
    )]
    NoOrientation {
        /// What the file does have.
        has: String,
    },
    /// Neither a time column nor a sampling rate.
    #[error("the file states neither times nor a rate; pass --rate with the samples a second")]
    NoRate,
    /// A line that cannot be a row of numbers.
    #[error("line {line} is longer than 1 MiB; this is not delimited text, export it again")]
    LineTooLong {
        /// Counted from 1.
        line: usize,
    },
    /// The file is broken in a way of its own.
    #[error("the file is damaged: {what}; copy or export it again")]
    Damaged {
        /// How.
        what: String,
    },
    /// A file that has to be held in memory, and is too large for that.
    #[error("the file is larger than {most}; export it again in parts")]
    TooLarge {
        /// The limit, with its unit.
        most: &'static str,
    },
    /// An HDF5 file of another program.
    #[error("this HDF5 file is not of APDM: it has {has}; export CSV instead")]
    OtherHdf5 {
        /// What it has instead of sensors.
        has: String,
    },
    /// Too many rows do not fit the header.
    #[error(
        "{bad} of {rows} rows do not have the {expected} cells of the header, the first in line \
         {line}; the file is damaged or of another format, export it again"
    )]
    TooManyBadRows {
        /// Rows that do not fit.
        bad: usize,
        /// All rows.
        rows: usize,
        /// Cells in the header.
        expected: usize,
        /// The first of them, counted from 1.
        line: usize,
    },
    /// A folder or archive in which there is no recording.
    #[error(
        "there is no recording in it; give a file, or a folder or archive as a sensor's software \
         wrote it"
    )]
    NoRecordingInside,
    /// A folder or archive that holds more than one recording.
    #[error("it holds {count} recordings, not one: {names}; give one of them")]
    SeveralInside {
        /// How many.
        count: usize,
        /// What they are called under it.
        names: String,
    },
    /// The user named a sensor that is not there.
    #[error("there is no sensor named '{name}'; the file has: {sensors}; correct {flag}")]
    NoSuchSensor {
        /// What the user said.
        name: String,
        /// What there is.
        sensors: String,
        /// `--head` or `--trunk`.
        flag: &'static str,
    },
    /// The trunk sensor's own file could not be read.
    #[error("the trunk's file (--trunk-file)")]
    TrunkFile(#[source] Box<Self>),
    /// Nothing in the file tells something that only the user can say.
    #[error("{what}")]
    Untold {
        /// What is not known, and the option that says it.
        what: String,
    },
    /// An option of the user's makes no sense here.
    #[error("{what}; correct the option")]
    BadOption {
        /// What is wrong with it.
        what: String,
    },
}

/// Bytes of a file as text for people: control characters escaped, at most `limit` characters.
pub fn excerpt(bytes: &[u8], limit: usize) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(limit * 4)]);
    let mut out: String = text.chars().take(limit).flat_map(visible).collect();
    if text.chars().count() > limit || bytes.len() > limit * 4 {
        out.push('…');
    }
    out
}

/// A character as it may stand in a message.
fn visible(c: char) -> impl Iterator<Item = char> {
    let escape = c.is_control() || is_format(c);
    let escaped = escape.then(|| c.escape_default());
    escaped.into_iter().flatten().chain((!escape).then_some(c))
}

/// Characters that change the direction of text or have no width.
const fn is_format(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_short_and_harmless() {
        assert_eq!(excerpt(b"a\x1b[31m\xff", 20), "a\\u{1b}[31m\u{fffd}");
        assert_eq!(excerpt(&[b'x'; 100], 3), "xxx…");
        assert_eq!(excerpt("12\u{202e}".as_bytes(), 9), "12\\u{202e}");
    }

    #[test]
    fn messages_say_what_to_do() {
        let error = ReadError::NotANumber {
            line: 7,
            column: 2,
            name: "q_w".to_owned(),
            found: "abc".to_owned(),
        };
        assert_eq!(
            error.to_string(),
            "line 7, column 2 (q_w): expected a number, found 'abc'; correct or remove that line"
        );
    }
}
