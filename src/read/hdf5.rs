//! What is read out of HDF5: groups, datasets of numbers, and attributes, within limits.
//!
//! HDF5 is a file system in a file: groups hold groups and datasets (arrays of numbers), and both bear
//! attributes (short values with a name). It begins with `\x89HDF\r\n\x1a\n`; what is where is told by
//! addresses all over the file, so that the whole file is held in memory while it is read. Datasets may
//! be divided into chunks and these compressed. Links to other files are not followed.

use std::cell::Cell;
use std::io::{BufRead, Read as _};
use std::rc::Rc;
use std::sync::Arc;

use hdf5_reader::error::Error;
use hdf5_reader::group::Group as Inner;
use hdf5_reader::{
    Attribute, Dataset, Datatype, H5Type, Hdf5File, RawAttribute, SliceInfo, SliceInfoElem,
    StringSize,
};

use super::error::excerpt;
use super::hdf5_limits::{
    MAX_BYTES, MOST_NAMES, MOST_VALUES_PER_BYTE, Metered, has_few_names, options,
};
use super::header::name as cleaned;
use super::{ReadError, stream_error};

/// What a file begins with.
pub(super) const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Rows that are read at once.
const BLOCK_ROWS: u64 = 65_536;
/// No label is longer, and no list of them.
const MAX_TEXT: usize = 1024;

fn damaged(error: &Error) -> ReadError {
    broken(&error.to_string())
}

fn broken(what: &str) -> ReadError {
    ReadError::Damaged {
        what: excerpt(what.as_bytes(), 200),
    }
}

fn whole(reader: &mut dyn BufRead, most: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let got = reader.take(most + 1).read_to_end(&mut bytes);
    if got.map_err(stream_error)? as u64 > most {
        return Err(ReadError::TooLarge { most: "1 GiB" });
    }
    Ok(bytes)
}

/// A name is among these.
pub(super) fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|other| other == name)
}

/// What may still be read of a file.
struct Left {
    values: Cell<u64>,
    names: Cell<u64>,
}

/// Takes away as much; `None` when there is not so much left.
fn take(left: &Cell<u64>, count: u64) -> Option<()> {
    left.set(left.get().checked_sub(count)?);
    Some(())
}

/// Reads a whole file, and gives its root.
pub(super) fn open(reader: &mut dyn BufRead) -> Result<Group, ReadError> {
    let bytes = whole(reader, MAX_BYTES)?;
    if !has_few_names(&bytes) {
        let has = "more groups and names than a recording".to_owned();
        return Err(ReadError::OtherHdf5 { has });
    }
    let left = Left {
        values: Cell::new((bytes.len() as u64).saturating_mul(MOST_VALUES_PER_BYTE)),
        names: Cell::new(MOST_NAMES),
    };
    let storage = Arc::new(Metered::new(bytes));
    let root = Hdf5File::from_storage_with_options(storage, options())
        .and_then(|file| file.root_group())
        .map_err(|error| damaged(&error))?;
    if (root.offset_size(), root.length_size()) != (8, 8) {
        return Err(broken("its addresses are not of 8 bytes"));
    }
    Group::new(root, Rc::new(left))
}

/// A group, and the names in it.
#[derive(Clone)]
pub(super) struct Group {
    inner: Inner,
    pub(super) groups: Vec<String>,
    pub(super) datasets: Vec<String>,
    left: Rc<Left>,
}

impl Group {
    fn new(inner: Inner, left: Rc<Left>) -> Result<Self, ReadError> {
        let names = inner.member_names();
        let (groups, datasets) = names.map_err(|error| damaged(&error))?;
        let length: usize = groups.iter().chain(&datasets).map(String::len).sum();
        take(&left.names, length as u64)
            .ok_or_else(|| broken("its groups lead to the same names again and again"))?;
        Ok(Self {
            inner,
            groups,
            datasets,
            left,
        })
    }

    /// The group of this name, if there is one.
    pub(super) fn child(&self, name: &str) -> Result<Option<Self>, ReadError> {
        if !has(&self.groups, name) {
            return Ok(None);
        }
        let found = self.inner.group(name).map_err(|error| damaged(&error))?;
        Self::new(found, Rc::clone(&self.left)).map(Some)
    }

    /// The attributes of the group itself.
    pub(super) fn attributes(&self) -> Result<Attributes, ReadError> {
        self.with_attributes(self.inner.raw_attributes())
    }

    /// The attributes of a group or dataset in it; none when there is no such thing.
    pub(super) fn attributes_of(&self, name: &str) -> Result<Attributes, ReadError> {
        let found = if has(&self.groups, name) {
            self.inner
                .group(name)
                .and_then(|group| group.raw_attributes())
        } else if has(&self.datasets, name) {
            let dataset = self.inner.dataset(name);
            dataset.and_then(|dataset| dataset.raw_attributes())
        } else {
            Ok(Vec::new())
        };
        self.with_attributes(found)
    }

    fn with_attributes(
        &self,
        all: Result<Vec<RawAttribute>, Error>,
    ) -> Result<Attributes, ReadError> {
        Ok(Attributes {
            all: all.map_err(|error| damaged(&error))?,
            file: self.inner.clone(),
        })
    }

    /// The columns of the dataset of this name and width, if there is one.
    pub(super) fn columns(
        &self,
        name: &str,
        width: usize,
    ) -> Result<Option<Vec<Vec<f64>>>, ReadError> {
        if !has(&self.datasets, name) {
            return Ok(None);
        }
        let dataset = self.inner.dataset(name).map_err(|error| damaged(&error))?;
        let rows = match *dataset.shape() {
            [rows] if width == 1 => rows,
            [rows, columns] if columns == width as u64 => rows,
            ref shape => {
                let what = format!("{name} has the shape {shape:?}, not rows of {width}");
                return Err(broken(&what));
            }
        };
        let count = rows.saturating_mul(width as u64);
        take(&self.left.values, count).ok_or_else(|| {
            broken(&format!(
                "{name} has {rows} rows, more than the file can hold"
            ))
        })?;
        read_columns(&dataset, width, rows)
            .map(Some)
            .map_err(|error| damaged(&error))
    }
}

fn read_columns(dataset: &Dataset, width: usize, rows: u64) -> Result<Vec<Vec<f64>>, Error> {
    let mut columns = vec![Vec::new(); width];
    let mut start = 0;
    while start < rows {
        let end = rows.min(start + BLOCK_ROWS);
        for row in block(dataset, start, end)?.chunks_exact(width) {
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(*value);
            }
        }
        start = end;
    }
    Ok(columns)
}

/// Some rows of a dataset, one after the other.
fn block(dataset: &Dataset, start: u64, end: u64) -> Result<Vec<f64>, Error> {
    let mut rows = SliceInfo::all(dataset.ndim());
    if let Some(first) = rows.selections.first_mut() {
        let step = 1;
        *first = SliceInfoElem::Slice { start, end, step };
    }
    let mut kind = (false, 0, false);
    if let Datatype::FloatingPoint { size, .. } = dataset.dtype() {
        kind = (true, *size, true);
    } else if let Datatype::FixedPoint { size, signed, .. } = dataset.dtype() {
        kind = (false, *size, *signed);
    }
    match kind {
        (true, 8, _) => cast(dataset, &rows, |value: f64| value),
        (true, 4, _) => cast(dataset, &rows, |value: f32| f64::from(value)),
        (false, 8, false) => cast(dataset, &rows, |value: u64| value as f64),
        (false, 8, true) => cast(dataset, &rows, |value: i64| value as f64),
        (false, 4, false) => cast(dataset, &rows, |value: u32| f64::from(value)),
        (false, 4, true) => cast(dataset, &rows, |value: i32| f64::from(value)),
        _ => {
            let what = format!("{} holds no numbers", dataset.name());
            Err(Error::InvalidData(what))
        }
    }
}

fn cast<T: H5Type + Copy>(
    dataset: &Dataset,
    rows: &SliceInfo,
    number: fn(T) -> f64,
) -> Result<Vec<f64>, Error> {
    let array = dataset.read_slice::<T>(rows)?;
    Ok(array.iter().map(|value| number(*value)).collect())
}

/// Attributes of one group or dataset.
pub(super) struct Attributes {
    all: Vec<RawAttribute>,
    /// Leads to texts that are stored elsewhere.
    file: Inner,
}

impl Attributes {
    /// The number of this name.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        let message = self.all.iter().find(|one| one.name() == name)?.message();
        Attribute::from_message(message.clone()).read_as_f64().ok()
    }

    /// The texts of this name, of fixed length or stored elsewhere; empty where one cannot be read.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let Some(found) = self.all.iter().find(|one| one.name() == name) else {
            return Vec::new();
        };
        let message = found.message();
        let mut fixed = None;
        if let Datatype::String { size, .. } = &message.datatype
            && let StringSize::Fixed(length) = size
        {
            fixed = Some(*length as usize);
        }
        // A length, an address and a number.
        let reference = 8 + usize::from(self.file.offset_size());
        let pieces = message
            .raw_data
            .chunks_exact(fixed.unwrap_or(reference).max(1));
        let text = |piece: &[u8]| match fixed {
            Some(_length) => until_zero(piece),
            None => until_zero(&self.elsewhere(piece)),
        };
        pieces.take(MAX_TEXT).map(text).collect()
    }

    /// The bytes that a reference leads to.
    fn elsewhere(&self, reference: &[u8]) -> Vec<u8> {
        let length = reference.first_chunk().copied();
        if length.map_or(0, u32::from_le_bytes) as usize > MAX_TEXT {
            return Vec::new();
        }
        let bytes = self.file.resolve_vlen_reference_bytes(reference, 1);
        bytes.unwrap_or_default()
    }
}

fn until_zero(bytes: &[u8]) -> String {
    let bytes = bytes.get(..bytes.len().min(MAX_TEXT)).unwrap_or_default();
    cleaned(bytes.split(|&byte| byte == 0).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_too_large_are_refused() {
        let error = whole(&mut &b"12345"[..], 4).unwrap_err();
        assert!(matches!(error, ReadError::TooLarge { .. }), "{error}");
        assert_eq!(whole(&mut &b"1234"[..], 4).unwrap(), b"1234");
    }

    #[test]
    fn padding_is_no_part_of_a_text() {
        assert_eq!(until_zero(b"Head \0\0x"), "Head");
        assert_eq!(until_zero(b""), "");
        assert_eq!(until_zero(&[b'x'; 5000]).len(), MAX_TEXT);
    }
}
