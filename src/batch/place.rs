//! The folder of results: only its owner may look in, and one run at a time writes there.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::BatchError;

/// What makes a run resumable; beside the tables.
pub(super) const PARTS: &str = ".parts";
/// A search for recordings passes over the folder.
const SKIP: &str = ".neckrom-skip";
const SKIPPED: &[u8] = b"Results of neckrom: a search for recordings passes over them.\n";

/// Makes a folder with those above it; only the owner may look into new ones.
///
/// # Errors
/// When it cannot be made.
pub fn folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a file beside its place and renames it; only the owner may read it.
///
/// # Errors
/// When the folder is not there or cannot be written to.
pub(super) fn save(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// A folder of results that this run alone writes to, until this is let go.
#[derive(Debug)]
pub struct Place {
    root: PathBuf,
    /// Held by the system as long as it is open.
    _lock: File,
}

impl Place {
    /// Makes the folder if it is not there, and takes it.
    ///
    /// # Errors
    /// When it cannot be made or written to, and when another run has it.
    pub fn take(root: &Path) -> Result<Self, BatchError> {
        let is_new = root
            .read_dir()
            .map_or(true, |mut entries| entries.next().is_none());
        let parts = root.join(PARTS);
        folder(&parts).map_err(BatchError::write(&parts))?;
        let path = parts.join("lock");
        let lock = File::create(&path).map_err(BatchError::write(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = root.to_owned();
                return Err(BatchError::Taken { path });
            }
            // Some network file systems have no locks.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(BatchError::write(&path)(error)),
        }
        // Not where other things lie, which a search is to find.
        if is_new {
            let skip = root.join(SKIP);
            save(&skip, SKIPPED).map_err(BatchError::write(&skip))?;
        }
        Ok(Self {
            root: root.to_owned(),
            _lock: lock,
        })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the parts are.
    pub(super) fn parts(&self) -> PathBuf {
        self.root.join(PARTS)
    }
}
