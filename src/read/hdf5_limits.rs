//! What an HDF5 file may ask for while it is read: places in it that are named again and again, or in
//! many groups, must not cost more than the file is large.

use std::sync::atomic::{AtomicU64, Ordering};

use hdf5_reader::error::{Error, Result};
use hdf5_reader::{BytesStorage, OpenOptions, Storage, StorageBuffer};

/// Larger files are refused: they are held in memory.
pub(super) const MAX_BYTES: u64 = 1024 * 1024 * 1024;
/// More numbers in a byte of the file are not compression but a broken count.
pub(super) const MOST_VALUES_PER_BYTE: u64 = 16;
/// Names of all groups together, bytes.
pub(super) const MOST_NAMES: u64 = 1024 * 1024;
/// What datasets are divided into for compression; real ones have about one MiB.
const MAX_CHUNK_BYTES: usize = 16 * 1024 * 1024;
/// What one group or dataset says of itself.
const MAX_HEADER_BYTES: usize = 1024 * 1024;
/// How often each byte of the file may be read; tables are read for each block of rows.
const MOST_TIMES: u64 = 16;
/// What may be read of any file, however small.
const LEAST_READ: u64 = 16 * 1024 * 1024;
/// Members of all groups together.
const MOST_MEMBERS: usize = 4096;
/// Names in one group, bytes.
const MOST_NAMES_IN_GROUP: u64 = 8 * 1024;

pub(super) fn options() -> OpenOptions {
    OpenOptions::default()
        .with_chunk_cache_bytes(MAX_CHUNK_BYTES)
        .with_max_chunk_bytes(MAX_CHUNK_BYTES)
        .with_max_object_header_bytes(MAX_HEADER_BYTES)
}

/// The bytes of a file, of which only so many may be read in all.
pub(super) struct Metered {
    bytes: BytesStorage,
    left: AtomicU64,
}

impl Metered {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let most = (bytes.len() as u64).saturating_mul(MOST_TIMES);
        Self {
            bytes: BytesStorage::new(bytes),
            left: AtomicU64::new(most.saturating_add(LEAST_READ)),
        }
    }
}

impl Storage for Metered {
    fn len(&self) -> u64 {
        self.bytes.len()
    }

    fn read_range(&self, offset: u64, len: usize) -> Result<StorageBuffer> {
        let enough = |left: u64| left.checked_sub(len as u64);
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, enough)
            .map_err(|_left| {
                Error::InvalidData("the same places are named again and again".to_owned())
            })?;
        self.bytes.read_range(offset, len)
    }
}

/// Groups as they are written since the first version keep their names in a heap (`HEAP`) and their
/// members in nodes (`SNOD`). Every member may name the longest name, so that both are limited before
/// the groups are read.
pub(super) fn has_few_names(bytes: &[u8]) -> bool {
    let after = |at: usize, skip: usize| bytes.get(at + skip..).unwrap_or_default();
    let members = memchr::memmem::find_iter(bytes, b"SNOD\x01").map(|at| {
        let count = after(at, 6).first_chunk().copied();
        usize::from(count.map_or(0, u16::from_le_bytes))
    });
    let mut heaps = memchr::memmem::find_iter(bytes, b"HEAP\0").map(|at| {
        let size = after(at, 8).first_chunk().copied();
        size.map_or(0, u64::from_le_bytes)
    });
    members.sum::<usize>() <= MOST_MEMBERS && heaps.all(|size| size <= MOST_NAMES_IN_GROUP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_counted_before_they_are_read() {
        let node = |count: u16| [&b"SNOD\x01\0"[..], &count.to_le_bytes()].concat();
        assert!(has_few_names(&[node(8), node(4088)].concat()));
        assert!(!has_few_names(&[node(9), node(4088)].concat()));
        let heap = |size: u64| [&b"HEAP\0\0\0\0"[..], &size.to_le_bytes()].concat();
        assert!(has_few_names(&[heap(88), heap(8192)].concat()));
        assert!(!has_few_names(&[heap(88), heap(8193)].concat()));
        assert!(has_few_names(b"SNOD\x01\0\x01") && has_few_names(b"HEAP\0"));
    }

    #[test]
    fn reading_the_same_place_comes_to_an_end() {
        let storage = Metered::new(vec![7; 1 << 20]);
        let reads = (0..100).take_while(|_| storage.read_range(0, 1 << 20).is_ok());
        assert_eq!(reads.count(), 32);
        assert!(storage.read_range(1 << 20, 1).is_err());
    }
}
