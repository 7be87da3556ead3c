//! Writing a file whole or not at all.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tempfile::NamedTempFile;

use super::reading::shown;
use crate::write::{File, WhenThere};

/// Writes `bytes` beside `path` and renames, so that a reader never sees half a file. Only the owner
/// may read it.
///
/// # Errors
/// When the folder is not there or cannot be written to.
pub fn save(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || -> anyhow::Result<()> {
        beside(path, bytes)?.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("could not write {}", shown(path)))
}

/// The bytes in a temporary file in the folder of `path`.
fn beside(path: &Path, bytes: &[u8]) -> std::io::Result<NamedTempFile> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    // A temporary file is readable by its owner only, and stays so under its new name.
    let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Writes files into a folder, which is made if it is not there: all are written under other names
/// before the first gets its own. Returns the paths that changed.
///
/// # Errors
/// When a file cannot be written, or one is there that must not be replaced; then none is.
pub fn save_in(root: &Path, files: &[File]) -> anyhow::Result<Vec<PathBuf>> {
    let mut changes = Vec::new();
    for file in files {
        let path = root.join(&file.path);
        if let Some(bytes) = merged(file, &path)? {
            changes.push((path, bytes));
        }
    }
    let mut written = Vec::new();
    for (path, bytes) in changes {
        if let Some(parent) = path.parent() {
            folder(parent)?;
        }
        let file =
            beside(&path, &bytes).with_context(|| format!("could not write {}", shown(&path)))?;
        written.push((path, file));
    }
    let name = |(path, file): (PathBuf, NamedTempFile)| {
        file.persist(&path)
            .with_context(|| format!("could not write {}", shown(&path)))?;
        Ok(path)
    };
    written.into_iter().map(name).collect()
}

/// What is to stand at `path`; `None` when what is there stays.
fn merged(file: &File, path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let old = match std::fs::read(path) {
        Ok(old) => old,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Some(file.bytes.clone()));
        }
        Err(error) => return Err(error).with_context(|| shown(path)),
    };
    match file.when_there {
        WhenThere::Keep => Ok(None),
        WhenThere::Same if old != file.bytes => bail!(
            "{}: another recording has this place; give it another --visit or --subject, or move \
             it away",
            shown(path)
        ),
        WhenThere::Replace | WhenThere::Same => Ok((old != file.bytes).then(|| file.bytes.clone())),
        WhenThere::AddRows => Ok(with_rows(old, &file.bytes)),
    }
}

/// A table with the rows of another whose first cell it does not have; `None` when there are none.
fn with_rows(mut table: Vec<u8>, other: &[u8]) -> Option<Vec<u8>> {
    let first = |line: &[u8]| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.split(|&byte| byte == b'\t')
            .next()
            .unwrap_or_default()
            .to_vec()
    };
    let known: Vec<Vec<u8>> = table.split(|&byte| byte == b'\n').map(first).collect();
    let new: Vec<&[u8]> = other
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty() && !known.contains(&first(line)))
        .collect();
    if new.is_empty() {
        return None;
    }
    if !table.is_empty() && !table.ends_with(b"\n") {
        table.push(b'\n');
    }
    for line in new {
        // A table that someone gave more columns: theirs are not known.
        let columns = |line: &[u8]| line.split(|&byte| byte == b'\t').count();
        let wanted = table.split(|&byte| byte == b'\n').next().map_or(0, columns);
        table.extend_from_slice(line);
        for _ in columns(line)..wanted {
            table.extend_from_slice(b"\tn/a");
        }
        table.push(b'\n');
    }
    Some(table)
}

/// Makes a folder for results, with those above it; only the owner may look into new ones.
///
/// # Errors
/// When it cannot be made.
pub fn folder(path: &Path) -> anyhow::Result<()> {
    crate::batch::place::folder(path)
        .with_context(|| format!("could not make the folder {}", shown(path)))
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

    #[test]
    fn a_folder_of_files_grows_and_never_loses_a_recording() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("set");
        let file = |path: &str, text: &str, when_there| File {
            path: path.to_owned(),
            bytes: text.as_bytes().to_vec(),
            when_there,
        };
        let read = |path: &str| String::from_utf8(std::fs::read(root.join(path)).unwrap()).unwrap();
        let files = |who: &str, samples: &str| {
            [
                file("README", who, WhenThere::Keep),
                file("people.tsv", &format!("id\n{who}\n"), WhenThere::AddRows),
                file("a/samples.tsv", samples, WhenThere::Same),
            ]
        };
        assert_eq!(save_in(&root, &files("1", "x")).unwrap().len(), 3);
        assert_eq!(save_in(&root, &files("1", "x")).unwrap().len(), 0);
        std::fs::write(root.join("people.tsv"), "id\tage\r\n1\t50").unwrap();
        assert_eq!(save_in(&root, &files("2", "x")).unwrap().len(), 1);
        assert_eq!(read("people.tsv"), "id\tage\r\n1\t50\n2\tn/a\n");
        let refused = save_in(&root, &files("3", "y")).unwrap_err().to_string();
        assert!(refused.contains("another recording"), "{refused}");
        assert_eq!(
            (read("README").as_str(), read("a/samples.tsv").as_str()),
            ("1", "x")
        );
        assert!(!read("people.tsv").contains('3'));
    }
}
