//! A pseudo-terminal: the other end of a serial port, played by a program.
//!
//! Whoever opens its path finds a serial port that sends what [`Terminal::write`] was given. As with a
//! sensor, bytes that nobody reads are gone: those sent while nobody has the port open, and the oldest
//! when a reader does not keep up. Nothing waits for the reader.
//!
//! The path is a symbolic link, so that a port which was unplugged can come back under the same name.
//! Each reader that leaves is followed by a new pair under the link: the next finds no byte, no
//! setting and no lock of the one before.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// Bytes that wait for a slow reader, besides those that the system keeps for it.
pub const QUEUE: usize = 1 << 18;

/// Bytes that the reader wrote and that are kept for the sensor.
pub const MOST_HEARD: usize = 4096;

/// Why there is no pseudo-terminal.
#[derive(Debug, thiserror::Error)]
pub enum PtyError {
    /// The system gave none.
    #[error("the system gives no pseudo-terminal")]
    NoTerminal(#[from] io::Error),
    /// Something else stands where the link belongs.
    #[error(
        "{0} is there already: end the program that made it, remove it, or choose another path for \
         the link"
    )]
    Taken(String),
    /// The link cannot be made.
    #[error("the link {0} cannot be made; its folder must exist and be yours to write")]
    Link(String, #[source] io::Error),
}

/// Whether somebody has the port open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A program opened it.
    Opened,
    /// The program closed it, or ended.
    Closed,
}

/// What became of the bytes, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passed {
    /// Given to the system for the reader.
    pub given: usize,
    /// Lost because the reader did not keep up.
    pub overflowed: usize,
    /// Sent while nobody had the port open.
    pub unheard: usize,
}

/// A serial port whose other end is this program.
#[derive(Debug)]
pub struct Terminal {
    link: PathBuf,
    pair: Option<Pair>,
    queue: VecDeque<u8>,
    /// What the reader wrote and nobody took.
    heard: Vec<u8>,
    has_reader: bool,
    passed: Passed,
}

/// A pair of devices and the link to the one that others open.
#[derive(Debug)]
struct Pair {
    /// This program's end; reads and writes return at once.
    own: File,
    /// The path of the other end.
    other: PathBuf,
}

impl Terminal {
    /// A new pseudo-terminal under this link, which must not exist, unless a program that ended left
    /// it behind.
    ///
    /// # Errors
    /// When the path is taken, the link cannot be made, or the system has no more pseudo-terminals.
    pub fn open(link: &Path) -> Result<Self, PtyError> {
        check_free(link)?;
        let pair = Pair::new()?;
        point(link, &pair.other)?;
        Ok(Self {
            link: link.to_owned(),
            pair: Some(pair),
            queue: VecDeque::new(),
            heard: Vec::new(),
            has_reader: false,
            passed: Passed::default(),
        })
    }

    /// The path to open: the link.
    pub fn path(&self) -> &Path {
        &self.link
    }

    /// Somebody has the port open, as far as [`Self::look`] has seen.
    pub const fn has_reader(&self) -> bool {
        self.has_reader
    }

    /// What became of the bytes so far.
    pub const fn passed(&self) -> Passed {
        self.passed
    }

    /// Bytes that wait for the reader in this program.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Sends bytes; where the reader does not keep up, the oldest that wait are lost.
    pub fn write(&mut self, bytes: &[u8]) {
        if !self.has_reader {
            self.passed.unheard += bytes.len();
            return;
        }
        self.queue.extend(bytes);
        self.push();
        let over = self.queue.len().saturating_sub(QUEUE);
        self.queue.drain(..over);
        self.passed.overflowed += over;
    }

    /// Gives the system what it takes.
    fn push(&mut self) {
        let Some(pair) = &mut self.pair else {
            return;
        };
        while !self.queue.is_empty() {
            let (front, _) = self.queue.as_slices();
            match pair.own.write(front) {
                Ok(count) if count > 0 => {
                    self.queue.drain(..count);
                    self.passed.given += count;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Full, or the reader has just left, which the next look shows.
                Ok(_) | Err(_) => return,
            }
        }
    }

    /// Sends on what waits, and tells whether a reader came or left since the last look. What the reader
    /// wrote to the sensor is kept for [`Self::take_heard`], the last [`MOST_HEARD`] bytes of it.
    ///
    /// # Errors
    /// When the port cannot be made ready for the next reader.
    pub fn look(&mut self) -> Result<Option<Reader>, PtyError> {
        let Some(pair) = &mut self.pair else {
            return Ok(None);
        };
        let is_open = pair.is_open(&mut self.heard);
        let over = self.heard.len().saturating_sub(MOST_HEARD);
        self.heard.drain(..over);
        let was_open = std::mem::replace(&mut self.has_reader, is_open);
        match (was_open, is_open) {
            (false, true) => Ok(Some(Reader::Opened)),
            (true, false) => {
                self.forget();
                self.renew()?;
                Ok(Some(Reader::Closed))
            }
            (true, true) => {
                self.push();
                Ok(None)
            }
            (false, false) => Ok(None),
        }
    }

    /// What the reader wrote to the sensor since the last call.
    pub fn take_heard(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.heard)
    }

    /// Nobody will read what waits, nor wait for an answer.
    fn forget(&mut self) {
        self.heard.clear();
        self.passed.unheard += self.queue.len();
        self.queue.clear();
    }

    /// A new pair under the link, unless somebody opened the old one meanwhile.
    fn renew(&mut self) -> Result<(), PtyError> {
        let new = Pair::new()?;
        point(&self.link, &new.other)?;
        let old = self.pair.replace(new);
        if let Some(mut old) = old
            && old.is_open(&mut self.heard)
        {
            point(&self.link, &old.other)?;
            self.pair = Some(old);
        }
        Ok(())
    }

    /// The plug is pulled: the reader's port is gone at once, and so is the link.
    pub fn hang_up(&mut self) {
        self.unlink();
        self.pair = None;
        self.has_reader = false;
        self.forget();
    }

    /// The plug is put in again: a new port under the same link.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn come_back(&mut self) -> Result<(), PtyError> {
        if self.pair.is_none() {
            check_free(&self.link)?;
            let pair = Pair::new()?;
            point(&self.link, &pair.other)?;
            self.pair = Some(pair);
        }
        Ok(())
    }

    /// It is plugged in.
    pub const fn is_there(&self) -> bool {
        self.pair.is_some()
    }

    /// The link is this terminal's own.
    fn has_link(&self) -> bool {
        let target = fs::read_link(&self.link).ok();
        target.is_some() && target.as_deref() == self.pair.as_ref().map(|pair| pair.other.as_path())
    }

    fn unlink(&self) {
        if self.has_link() {
            // When it cannot be removed it points to nothing, and is replaced the next time.
            drop(fs::remove_file(&self.link));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.unlink();
    }
}

impl Pair {
    fn new() -> Result<Self, PtyError> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        #[cfg(target_os = "linux")]
        let flags = flags | OpenptFlags::CLOEXEC;
        let make = || {
            let own = openpt(flags)?;
            grantpt(&own)?;
            unlockpt(&own)?;
            rustix::io::ioctl_fionbio(&own, true)?;
            let other = ptsname(&own, Vec::new())?;
            // Opened once and closed: only then does the system tell that nobody has it open.
            let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
            let user = rustix::fs::open(other.as_c_str(), flags, Mode::empty())?;
            let mut settings = tcgetattr(&user)?;
            settings.make_raw();
            tcsetattr(&user, OptionalActions::Now, &settings)?;
            Ok((own, other))
        };
        let (own, other) = make().map_err(|error: rustix::io::Errno| io::Error::from(error))?;
        Ok(Self {
            own: File::from(own),
            other: PathBuf::from(OsStr::from_bytes(other.as_bytes())),
        })
    }

    /// Somebody has the other end open. What they wrote is added to `heard`.
    fn is_open(&mut self, heard: &mut Vec<u8>) -> bool {
        let mut some = [0; 4096];
        // A bound, so that a reader who writes without end cannot hold this program.
        for _ in 0..16 {
            match self.own.read(&mut some) {
                Ok(0) => return false,
                Ok(count) => heard.extend_from_slice(some.get(..count).unwrap_or_default()),
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
        true
    }
}

/// Nothing is there, or a link that leads nowhere.
fn check_free(link: &Path) -> Result<(), PtyError> {
    let is_link = fs::symlink_metadata(link).map(|found| found.is_symlink());
    match is_link {
        Ok(true) if fs::metadata(link).is_err() => Ok(()),
        Ok(_) => Err(PtyError::Taken(link.display().to_string())),
        Err(_) => Ok(()),
    }
}

/// Makes the link under another name and renames it, so that there is no moment without one.
fn point(link: &Path, target: &Path) -> Result<(), PtyError> {
    let make = || {
        let mut name = link.file_name().ok_or(ErrorKind::InvalidInput)?.to_owned();
        name.push(format!(".{}", std::process::id()));
        let beside = link.with_file_name(name);
        symlink(target, &beside)?;
        let renamed = fs::rename(&beside, link);
        if renamed.is_err() {
            drop(fs::remove_file(&beside));
        }
        renamed
    };
    make().map_err(|error: io::Error| PtyError::Link(link.display().to_string(), error))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn terminal() -> (tempfile::TempDir, Terminal) {
        let folder = tempfile::tempdir().unwrap();
        let terminal = Terminal::open(&folder.path().join("sensor")).unwrap();
        (folder, terminal)
    }

    fn open(terminal: &Terminal) -> File {
        let file = rustix::fs::open(
            terminal.path(),
            OFlags::RDWR | OFlags::NOCTTY,
            Mode::empty(),
        );
        File::from(file.unwrap())
    }

    /// Looks until a reader came or left; the system may take its time.
    fn seen(terminal: &mut Terminal) -> Reader {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            if let Some(change) = terminal.look().unwrap() {
                return change;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("nothing happened");
    }

    #[test]
    fn all_byte_values_come_through_and_what_nobody_hears_is_counted() {
        let (_folder, mut terminal) = terminal();
        terminal.write(b"unheard");
        assert_eq!(terminal.passed().unheard, 7);
        let mut reader = open(&terminal);
        assert_eq!(seen(&mut terminal), Reader::Opened);
        let all: Vec<u8> = (0..=255).collect();
        terminal.write(&all);
        let mut found = [0; 256];
        reader.read_exact(&mut found).unwrap();
        assert_eq!(found.as_slice(), all);
        reader.write_all(b"a command").unwrap();
        assert_eq!(terminal.look().unwrap(), None);
        assert_eq!(terminal.take_heard(), b"a command");
        reader.write_all(&[7; 2 * MOST_HEARD]).unwrap();
        assert_eq!(terminal.look().unwrap(), None);
        assert!((1..=MOST_HEARD).contains(&terminal.take_heard().len()));
        drop(reader);
        assert_eq!(seen(&mut terminal), Reader::Closed);
    }

    #[test]
    fn the_next_reader_finds_nothing_of_the_one_before() {
        let (_folder, mut terminal) = terminal();
        let reader = open(&terminal);
        seen(&mut terminal);
        rustix::termios::ioctl_tiocexcl(&reader).unwrap();
        terminal.write(b"never read");
        drop(reader);
        assert_eq!(seen(&mut terminal), Reader::Closed);
        let mut reader = open(&terminal);
        assert_eq!(seen(&mut terminal), Reader::Opened);
        terminal.write(b"new");
        let mut found = [0; 16];
        assert_eq!(reader.read(&mut found).unwrap(), 3);
        assert_eq!(&found[..3], b"new");
    }

    #[test]
    fn a_reader_who_does_not_read_holds_nobody_and_loses_the_oldest() {
        let (_folder, mut terminal) = terminal();
        let mut reader = open(&terminal);
        seen(&mut terminal);
        let piece: Vec<u8> = (0..1000_u32).flat_map(u32::to_be_bytes).collect();
        let count = 200;
        for _ in 0..count {
            terminal.write(&piece);
        }
        let passed = terminal.passed();
        assert_eq!(terminal.waiting(), QUEUE);
        assert!(passed.overflowed > 0, "{passed:?}");
        assert_eq!(
            passed.given + passed.overflowed + QUEUE,
            count * piece.len()
        );
        // The newest is there.
        let mut found = Vec::new();
        while terminal.waiting() > 0 {
            let mut some = [0; 4096];
            let read = reader.read(&mut some).unwrap();
            found.extend_from_slice(&some[..read]);
            terminal.look().unwrap();
        }
        let rest = terminal.passed().given - found.len();
        let mut end = vec![0; rest];
        reader.read_exact(&mut end).unwrap();
        found.extend(end);
        assert!(found.ends_with(&piece));
    }

    #[test]
    fn a_port_that_was_unplugged_comes_back_under_its_name() {
        let (_folder, mut terminal) = terminal();
        let mut reader = open(&terminal);
        seen(&mut terminal);
        terminal.hang_up();
        assert!(fs::symlink_metadata(terminal.path()).is_err());
        assert!(!matches!(reader.read(&mut [0; 8]), Ok(1..)));
        terminal.write(b"unheard");
        terminal.come_back().unwrap();
        let mut reader = open(&terminal);
        assert_eq!(seen(&mut terminal), Reader::Opened);
        terminal.write(b"again");
        let mut found = [0; 5];
        reader.read_exact(&mut found).unwrap();
        assert_eq!(&found, b"again");
    }

    #[test]
    fn a_link_left_behind_is_replaced_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("sensor");
        symlink(folder.path().join("gone"), &link).unwrap();
        let terminal = Terminal::open(&link).unwrap();
        let taken = Terminal::open(&link).unwrap_err().to_string();
        assert!(taken.contains("choose another"), "{taken}");
        drop(terminal);
        assert!(fs::symlink_metadata(&link).is_err(), "cleaned up");
        fs::write(&link, "a file").unwrap();
        Terminal::open(&link).unwrap_err();
        assert_eq!(fs::read(&link).unwrap(), b"a file");
        let nowhere = Terminal::open(&folder.path().join("none/sensor")).unwrap_err();
        assert!(
            nowhere.to_string().contains("folder must exist"),
            "{nowhere}"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
