//! Parquet with the columns of the native CSV.
//!
//! A binary table, compressed column by column, that begins and ends with the bytes `PAR1`. Column
//! names and units are those of [`super::native_csv`]; columns are floats or integers of any width,
//! an empty cell is a missing value. File metadata may say `simulated` = `yes`, `clocks` = `separate`, and
//! `sensors` = names.

use std::fs::File;
use std::io::{self, BufRead, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::io::mmap::MmapBytesReader;
use polars::prelude::{
    DataFrame, DataType, FileMetadata, ParallelStrategy, ParquetReader, PolarsError, PolarsResult,
    SerReader as _,
};
use tempfile::{SpooledData, SpooledTempFile};

use super::channels::SensorColumns;
use super::error::excerpt;
use super::header::{Delimiter, Header};
use super::native_csv::{Notes, assemble, sensors};
use super::table::Table;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source, parquet_footer, parquet_pages};
use crate::sample::Recording;
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "parquet",
    title: "Parquet with the native columns",
    extensions: &["parquet"],
    gives: "quaternion, gyroscope, accelerometer, magnetometer",
    checked: "files written by this program and by other Parquet libraries",
    detect,
    together: alone,
    read,
};

/// What it begins and ends with.
pub(super) const MARK: &[u8] = b"PAR1";
/// No footer of a recording is longer.
const MOST_FOOTER: u64 = 16 * 1024 * 1024;
/// Larger files go through a file without a name, readable by nobody else.
const MOST_IN_MEMORY: usize = 32 * 1024 * 1024;
/// More rows in a byte are not compression but a broken count.
const MOST_ROWS_PER_BYTE: usize = 4096;

fn detect(bytes: &[u8]) -> Detected {
    Detected::recording_if(bytes.starts_with(MARK))
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let (bytes, length) = whole(source.reader, MOST_IN_MEMORY)?;
    let loaded = match bytes.into_inner() {
        SpooledData::InMemory(bytes) => guarded(bytes, |bytes| load(bytes, length)),
        SpooledData::OnDisk(file) => guarded(file, |file| load(file, length)),
    };
    let (frame, notes) = loaded.map_err(|error| damaged(&error.to_string()))?;
    if frame.height() == 0 {
        return Err(ReadError::NoRows);
    }
    let header = header(&frame);
    let sensors = sensors(&header, &notes.sensors)?;
    let wanted: Vec<usize> = sensors.iter().flat_map(SensorColumns::wanted).collect();
    header.name_unused(&wanted, warnings);
    let columns = wanted
        .iter()
        .map(|&index| column(&frame, index, warnings))
        .collect::<Result<_, _>>()?;
    // A day of samples is large: not once more beside what is made of them.
    drop(frame);
    let mut recording = assemble(&sensors, &Table::new(wanted, columns), options)?;
    notes.apply(&mut recording);
    Ok(recording)
}

/// All bytes, and how many: in memory up to `most_in_memory`, else in a file without a name.
fn whole(
    reader: &mut dyn BufRead,
    most_in_memory: usize,
) -> Result<(SpooledTempFile, usize), ReadError> {
    let mut bytes = SpooledTempFile::new(most_in_memory);
    let length = io::copy(reader, &mut bytes).map_err(super::stream_error)?;
    let mut end = [0; 4];
    if length >= 12 {
        bytes.seek(SeekFrom::End(-4))?;
        bytes.read_exact(&mut end)?;
    }
    if end != MARK {
        return Err(damaged("the Parquet file is cut off"));
    }
    bytes.rewind()?;
    Ok((bytes, usize::try_from(length).unwrap_or(usize::MAX)))
}

/// What the library makes of a Parquet file, whoever wrote it: it would end the program over some broken
/// counts in the footer, and takes some broken files for its own mistakes.
///
/// # Errors
/// When the file is damaged or cannot be read, and those of `work`.
pub fn guarded<F: Read + Seek, T>(
    mut file: F,
    work: impl FnOnce(F) -> PolarsResult<T>,
) -> PolarsResult<T> {
    let damaged = |what: &'static str| PolarsError::ComputeError(what.into());
    let length = file.seek(SeekFrom::End(0))?;
    if !has_sound_footer(&mut file, length)? {
        return Err(damaged(
            "the lists in the Parquet footer are longer than it",
        ));
    }
    catch_unwind(AssertUnwindSafe(|| work(file)))
        .unwrap_or_else(|_panic| Err(damaged("the Parquet tables do not fit together")))
}

/// A whole Parquet table.
///
/// # Errors
/// As [`guarded`].
pub fn table(bytes: Vec<u8>) -> PolarsResult<DataFrame> {
    guarded(Cursor::new(bytes), |bytes| reader(bytes)?.finish())
}

/// The names of the columns of a Parquet table.
///
/// # Errors
/// As [`guarded`].
pub fn column_names(file: File) -> PolarsResult<Vec<String>> {
    let schema = guarded(file, |file| ParquetReader::new(file).schema())?;
    Ok(schema.iter_names().map(ToString::to_string).collect())
}

/// The footer has the length that it states, and its lists the elements; leaves the file at its start.
fn has_sound_footer(bytes: &mut (impl Read + Seek), length: u64) -> io::Result<bool> {
    if length < 12 {
        return Ok(false);
    }
    let mut stated = [0; 4];
    bytes.seek(SeekFrom::End(-8))?;
    bytes.read_exact(&mut stated)?;
    let from_end = u64::from(u32::from_le_bytes(stated)).saturating_add(8);
    let mut end = Vec::new();
    if from_end <= length.min(MOST_FOOTER) {
        bytes.seek(SeekFrom::Start(length - from_end))?;
        bytes.read_to_end(&mut end)?;
    }
    bytes.rewind()?;
    Ok(parquet_footer::is_sound(&end))
}

/// A sound Parquet table without one channel of a sensor: results, or something else altogether.
pub(super) fn is_other_table(file: File) -> bool {
    let channels = ["q_w", "gyro_x_rad_s", "accel_x_m_s2", "mag_x_ut"];
    let is_channel = |column: &String| channels.iter().any(|channel| column.ends_with(channel));
    column_names(file).is_ok_and(|names| !names.iter().any(is_channel))
}

fn load(mut bytes: impl MmapBytesReader, length: usize) -> PolarsResult<(DataFrame, Notes)> {
    let most_rows = length.saturating_mul(MOST_ROWS_PER_BYTE);
    let mut notes = Notes::default();
    let metadata = ParquetReader::new(&mut bytes).get_metadata()?.clone();
    let groups = metadata.row_groups.iter();
    let rows = groups
        .clone()
        .fold(0_usize, |rows, group| rows.saturating_add(group.num_rows()));
    let fits = groups.clone().all(|group| {
        let mut counts = group
            .parquet_columns()
            .iter()
            .map(|c| usize::try_from(c.num_values()));
        counts.all(|count| count.is_ok_and(|n| (group.num_rows()..=most_rows).contains(&n)))
    });
    if rows != metadata.num_rows || rows > most_rows || !fits {
        return Err(PolarsError::ComputeError(
            "the counts of rows do not fit together".into(),
        ));
    }
    for pair in metadata.key_value_metadata().iter().flatten() {
        notes.pair(&pair.key, pair.value.as_deref().unwrap_or_default());
    }
    check_pages(&mut bytes, &metadata)?;
    // Of many recordings each has its thread; to share one out costs more than it saves.
    let mut reader = ParquetReader::new(bytes).read_parallel(ParallelStrategy::None);
    reader.set_metadata(metadata);
    Ok((reader.finish()?, notes))
}

/// A reader of a file with a sound footer, once its pages have been looked at.
///
/// # Errors
/// When pages do not fill their column, or do not have its values.
pub fn reader<F: MmapBytesReader>(mut bytes: F) -> PolarsResult<ParquetReader<F>> {
    let metadata = ParquetReader::new(&mut bytes).get_metadata()?.clone();
    check_pages(&mut bytes, &metadata)?;
    let mut reader = ParquetReader::new(bytes);
    reader.set_metadata(metadata);
    Ok(reader)
}

/// Walks over all pages, and leaves the file at its start: the library would end the program over some
/// broken counts in them, too.
fn check_pages(bytes: &mut (impl Read + Seek), metadata: &FileMetadata) -> PolarsResult<()> {
    for group in &metadata.row_groups {
        for column in group.parquet_columns() {
            let values = u64::try_from(column.num_values()).unwrap_or_default();
            if !has_sound_pages(bytes, &column.byte_range(), values)? {
                let why = "the pages of a column do not fit together";
                return Err(PolarsError::ComputeError(why.into()));
            }
        }
    }
    bytes.rewind()?;
    Ok(())
}

/// The pages between these bytes fill them, and have so many values.
fn has_sound_pages(
    bytes: &mut (impl Read + Seek),
    range: &Range<u64>,
    values: u64,
) -> io::Result<bool> {
    let mut chunk = Vec::new();
    bytes.seek(SeekFrom::Start(range.start))?;
    let length = range.end.saturating_sub(range.start);
    let read = bytes.by_ref().take(length).read_to_end(&mut chunk)?;
    Ok(read as u64 == length && parquet_pages::are_sound(&chunk, values))
}

fn damaged(what: &str) -> ReadError {
    ReadError::Damaged {
        what: excerpt(what.as_bytes(), 200),
    }
}

fn header(frame: &DataFrame) -> Header {
    let mut header = Header::new(b"", Delimiter::Byte(b','));
    header.names = frame
        .get_column_names()
        .iter()
        .map(ToString::to_string)
        .collect();
    header
}

/// A column as numbers; null becomes NaN and is counted.
fn column(frame: &DataFrame, index: usize, warnings: &mut Warnings) -> Result<Vec<f64>, ReadError> {
    let series = frame.columns()[index].as_materialized_series();
    let name = series.name().to_string();
    if !series.dtype().is_primitive_numeric() {
        let (line, column, found) = (1, index + 1, series.dtype().to_string());
        return Err(ReadError::NotANumber {
            line,
            column,
            name,
            found,
        });
    }
    let floats = series
        .cast(&DataType::Float64)
        .map_err(|error| damaged(&error.to_string()))?;
    let floats = floats.f64().map_err(|error| damaged(&error.to_string()))?;
    let floats = floats.rechunk();
    let values = match floats.cont_slice() {
        Ok(all) => all.to_vec(),
        Err(_some_are_null) => {
            let all = floats.iter().map(|value| value.unwrap_or(f64::NAN));
            all.collect()
        }
    };
    let missing = values.iter().filter(|value| value.is_nan()).count();
    warnings.add_many(Warning::MissingValue, missing, || {
        format!("column {} ({name})", index + 1)
    });
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_bytes;

    #[test]
    fn what_is_cut_off_or_nonsense_is_damaged() {
        for text in [
            &b"PAR1"[..],
            b"PAR1\0\0\0\0\0\0\0\0PAR1",
            b"PAR1 nonsense \xff\xff\xff\x7fPAR1",
        ] {
            assert_eq!(detect(text), Detected::Recording);
            let read = read_bytes(&FORMAT, text, &ReadOptions::default());
            assert!(matches!(read, Err(ReadError::Damaged { .. })), "{read:?}");
        }
    }

    #[test]
    fn large_files_go_through_a_file() {
        let bytes = include_bytes!("../../sample_data/formats/parquet/head_10_hz.parquet");
        let loaded = |most_in_memory| {
            let (all, length) = whole(&mut &bytes[..], most_in_memory).unwrap();
            assert_eq!(length, bytes.len());
            match all.into_inner() {
                SpooledData::InMemory(all) => (load(all, length).unwrap().0, "memory"),
                SpooledData::OnDisk(file) => (load(file, length).unwrap().0, "file"),
            }
        };
        let (in_memory, on_disk) = (loaded(MOST_IN_MEMORY), loaded(1024));
        assert_eq!((in_memory.1, on_disk.1), ("memory", "file"));
        assert!(in_memory.0.equals(&on_disk.0) && in_memory.0.height() > 1);
    }
}
