//! The files around the one that is read: of a folder on disk, or of a ZIP archive.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead, Read, Seek as _};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;

use super::decompress::decompressed;

/// An archive with more files is none of a sensor's software.
const MAX_MEMBERS: usize = 20_000;

/// Files under one root, named by paths with `/` between folders.
pub trait Files {
    /// The bytes of a file, as they are kept; `None` when there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    fn open(&self, path: &str) -> io::Result<Option<Box<dyn Read>>>;

    /// Names of the files of a folder, sorted; the root's folder is empty.
    ///
    /// # Errors
    /// When the folder cannot be read.
    fn names(&self, folder: &str) -> io::Result<Vec<String>>;
}

/// No files: for bytes that lie nowhere.
#[derive(Debug, Clone, Copy)]
pub struct Nowhere;

impl Files for Nowhere {
    fn open(&self, _path: &str) -> io::Result<Option<Box<dyn Read>>> {
        Ok(None)
    }

    fn names(&self, _folder: &str) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }
}

/// The files beside one file.
#[derive(Clone, Copy)]
pub struct Neighbours<'a> {
    files: &'a dyn Files,
    /// Where the file lies under the root.
    path: &'a str,
}

impl std::fmt::Debug for Neighbours<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Neighbours")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl<'a> Neighbours<'a> {
    /// Of the file at `path`.
    pub const fn new(files: &'a dyn Files, path: &'a str) -> Self {
        Self { files, path }
    }

    /// Opens a file by its path from the folder of this one, such as `Inertial.csv`,
    /// `meta/device.csv` or `../info.txt`, decompressed. `None` when there is none, and for a path
    /// that leads out of the root.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn open(&self, path: &str) -> io::Result<Option<Box<dyn BufRead>>> {
        let Some(path) = within(parent(self.path), path) else {
            return Ok(None);
        };
        match self.files.open(&path)? {
            Some(raw) => Ok(Some(decompressed(raw)?)),
            None => Ok(None),
        }
    }

    /// Names of the files in the folder of this one, itself included, sorted; empty when the folder
    /// cannot be read.
    pub fn names(&self) -> Vec<String> {
        self.files.names(parent(self.path)).unwrap_or_default()
    }

    /// The path of this file under the root, with `/` between folders.
    pub const fn path(&self) -> &'a str {
        self.path
    }
}

/// All but the last part of a path; empty for a file of the root.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |parts| parts.0)
}

/// The last part of a path.
pub fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |parts| parts.1)
}

/// A name in a folder; the root's is empty.
pub fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// A path from a folder; `None` when it leads out of the root.
fn within(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A folder on disk.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) const fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder two above a file's own, so that its path tells the names of its folders; and the
    /// file's path in it.
    pub(super) fn around(file: &Path) -> io::Result<(Self, String)> {
        let file = std::path::absolute(file)?;
        let root = file.ancestors().take(4).last().unwrap_or(&file).to_owned();
        let path = slashed(file.strip_prefix(&root).unwrap_or(&file));
        Ok((Self::new(root), path))
    }
}

/// A path as [`Files`] name it.
pub(super) fn slashed(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => {
            None
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

impl Files for Folder {
    fn open(&self, path: &str) -> io::Result<Option<Box<dyn Read>>> {
        let path = self.root.join(path);
        match File::open(&path) {
            Ok(file) if file.metadata()?.is_file() => Ok(Some(Box::new(file))),
            Ok(_folder) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in self.root.join(folder).read_dir()? {
            let entry = entry?;
            if entry.path().is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}

/// A ZIP archive. What is opened in it is laid down in a file without a name, so that memory stays
/// bounded and nobody else can read it.
pub(super) struct Archive {
    zip: RefCell<ZipArchive<File>>,
    paths: Vec<String>,
}

impl Archive {
    pub(super) fn open(file: File) -> io::Result<Self> {
        let zip = ZipArchive::new(file).map_err(io::Error::from)?;
        if zip.len() > MAX_MEMBERS {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the archive holds more than 20000 files",
            ));
        }
        let is_file = |name: &String| {
            !name.ends_with('/') && within("", name).as_deref() == Some(name.as_str())
        };
        let names = zip.file_names().filter_map(Result::ok);
        let mut paths: Vec<String> = names
            .map(std::borrow::Cow::into_owned)
            .filter(is_file)
            .collect();
        paths.sort();
        let zip = RefCell::new(zip);
        Ok(Self { zip, paths })
    }

    /// All files, sorted.
    pub(super) fn paths(&self) -> &[String] {
        &self.paths
    }
}

impl Files for Archive {
    fn open(&self, path: &str) -> io::Result<Option<Box<dyn Read>>> {
        if self
            .paths
            .binary_search_by(|one| one.as_str().cmp(path))
            .is_err()
        {
            return Ok(None);
        }
        let mut zip = self.zip.borrow_mut();
        let mut member = zip.by_name(path).map_err(io::Error::from)?;
        let mut file = tempfile::tempfile()?;
        io::copy(&mut member, &mut file)?;
        file.rewind()?;
        Ok(Some(Box::new(file)))
    }

    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let inside = self.paths.iter().filter(|path| parent(path) == folder);
        Ok(inside.map(|path| last(path).to_owned()).collect())
    }
}

/// Files in memory, for tests.
#[cfg(test)]
pub(super) struct InMemory(pub(super) &'static [(&'static str, &'static str)]);

#[cfg(test)]
impl Files for InMemory {
    fn open(&self, path: &str) -> io::Result<Option<Box<dyn Read>>> {
        let found = self.0.iter().find(|file| file.0 == path);
        Ok(found.map(|file| Box::new(file.1.as_bytes()) as Box<dyn Read>))
    }

    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let inside = self.0.iter().filter(|file| parent(file.0) == folder);
        Ok(inside.map(|file| last(file.0).to_owned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_under_the_root() {
        assert_eq!(within("a/b", "../c.csv").as_deref(), Some("a/c.csv"));
        assert_eq!(
            within("", "meta/device.csv").as_deref(),
            Some("meta/device.csv")
        );
        assert_eq!(within("a", "../../c.csv"), None);
    }

    #[test]
    fn neighbours_are_found_from_the_file() {
        let files = InMemory(&[("a/b.csv", "1"), ("a/c.csv", "2"), ("info.txt", "3")]);
        let neighbours = Neighbours::new(&files, "a/b.csv");
        let read = |path: &str| {
            let mut text = String::new();
            let found = neighbours.open(path).unwrap();
            found.map(|mut reader| reader.read_to_string(&mut text).map(|_| text).unwrap())
        };
        assert_eq!(read("c.csv").as_deref(), Some("2"));
        assert_eq!(read("../info.txt").as_deref(), Some("3"));
        assert_eq!(read("d.csv"), None);
        assert_eq!(neighbours.names(), ["b.csv", "c.csv"]);
    }
}
