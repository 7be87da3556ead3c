//! Writing a file whole or not at all.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::reading::shown;

/// Writes `bytes` beside `path` and renames, so that a reader never sees half a file. Only the owner
/// may read it.
///
/// # Errors
/// When the folder is not there or cannot be written to.
pub fn save(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let write = || -> anyhow::Result<()> {
        // A temporary file is readable by its owner only, and stays so under its new name.
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("could not write {}", shown(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_whole_and_belong_to_their_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        save(&path, b"one").unwrap();
        save(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(save(&folder.path().join("none/a.csv"), b"").is_err());
    }
}
