//! The raw log of a running capture: a file that grows at its end and is safe up to the last second.
//!
//! Its bytes are described in [`crate::protocol::log`]. Each chunk goes to the system as it comes, so
//! that a killed program loses nothing that was written; and a thread of its own has the system put it
//! on the disk once a second and after each mark, so that a power failure costs a second, and a slow
//! disk holds nothing up. Only its owner may read the file.
//!
//! When the disk is full the capture ends. So that the reason still finds room, as many of the last
//! chunks are taken back as it needs, none of which was on the disk already.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::protocol::log::{Head, add_bytes, add_end, add_head, add_mark, add_segment};

/// The disk has everything that is so old.
const SYNC_US: u64 = 500_000;

/// Writes a log.
#[derive(Debug)]
pub struct LogWriter {
    file: File,
    /// One chunk, or a few, on their way.
    buffer: Vec<u8>,
    /// Where the last whole chunk ends.
    length: u64,
    /// Where the chunks end that the disk may not have yet.
    ends: Vec<u64>,
    synced_us: u64,
    disk: Disk,
}

impl LogWriter {
    /// A new file with its head, which is on the disk when this returns.
    ///
    /// # Errors
    /// When the file is there already or cannot be written.
    pub fn create(path: &Path, head: &Head) -> io::Result<Self> {
        let mut buffer = Vec::new();
        add_head(head, &mut buffer).map_err(io::Error::other)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(&buffer)?;
        file.sync_all()?;
        let length = buffer.len() as u64;
        Ok(Self {
            disk: Disk::start(file.try_clone()?, length)?,
            file,
            buffer,
            length,
            ends: Vec::new(),
            synced_us: 0,
        })
    }

    /// Adds bytes of a port as they came.
    ///
    /// # Errors
    /// When they cannot be written; then nothing more can but the end.
    pub fn bytes(&mut self, port: u8, arrival_us: u64, bytes: &[u8]) -> io::Result<()> {
        self.add(|log| add_bytes(port, arrival_us, bytes, log))?;
        self.tick(arrival_us)
    }

    /// Adds a labelled moment, which goes to the disk at once.
    ///
    /// # Errors
    /// As [`Self::bytes`].
    pub fn mark(&mut self, at_us: u64, label: &str) -> io::Result<()> {
        self.add(|log| add_mark(at_us, label, log))?;
        self.sync(at_us)
    }

    /// Adds that a port was lost or is there again.
    ///
    /// # Errors
    /// As [`Self::bytes`].
    pub fn segment(&mut self, port: u8, at_us: u64, why: &str) -> io::Result<()> {
        self.add(|log| add_segment(port, at_us, why, log))?;
        self.sync(at_us)
    }

    /// To be called now and then, also when nothing comes.
    ///
    /// # Errors
    /// When the disk did not take what was written before.
    pub fn tick(&mut self, now_us: u64) -> io::Result<()> {
        self.disk.check()?;
        let due = now_us.saturating_sub(self.synced_us) >= SYNC_US;
        if due { self.sync(now_us) } else { Ok(()) }
    }

    /// Adds why the capture ended. All is on the disk when this returns.
    ///
    /// # Errors
    /// When not even that finds room.
    pub fn end(mut self, at_us: u64, why: &str) -> io::Result<()> {
        let mut end = Vec::new();
        add_end(at_us, why, &mut end);
        let mut written = self.write_at_length(&end);
        while written.is_err() && self.take_back() {
            written = self.write_at_length(&end);
        }
        written?;
        self.file.sync_all()
    }

    fn add(&mut self, add: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        self.buffer.clear();
        add(&mut self.buffer);
        self.file.write_all(&self.buffer)?;
        self.length += self.buffer.len() as u64;
        self.ends.push(self.length);
        Ok(())
    }

    fn sync(&mut self, now_us: u64) -> io::Result<()> {
        self.synced_us = now_us;
        self.disk.ask(self.length);
        let on_disk = self.disk.length();
        self.ends.retain(|end| *end > on_disk);
        self.disk.check()
    }

    /// Cuts what is behind the last whole chunk, and writes there.
    fn write_at_length(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.set_len(self.length)?;
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(bytes)
    }

    /// Takes the last chunk back that the disk does not have; `false` when there is none.
    fn take_back(&mut self) -> bool {
        let on_disk = self.disk.length();
        self.ends.pop();
        let before = self.ends.last().copied();
        match before {
            Some(end) if end >= on_disk => self.length = end,
            _ if self.length > on_disk => self.length = on_disk,
            _ => return false,
        }
        true
    }
}

/// The thread that has the system put the file on the disk.
#[derive(Debug)]
struct Disk {
    ask: Option<SyncSender<u64>>,
    thread: Option<JoinHandle<()>>,
    known: Arc<Known>,
}

/// What the thread knows of the disk.
#[derive(Debug, Default)]
struct Known {
    /// So many bytes are there.
    length: AtomicU64,
    failed: Mutex<Option<io::Error>>,
}

impl Known {
    fn take(&self, synced: io::Result<()>, length: u64) {
        match synced {
            Ok(()) => self.length.store(length, Ordering::Release),
            Err(error) => {
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        }
    }
}

impl Disk {
    fn start(file: File, length: u64) -> io::Result<Self> {
        let known = Arc::new(Known {
            length: AtomicU64::new(length),
            failed: Mutex::default(),
        });
        let (ask, asked) = sync_channel::<u64>(1);
        let knows = Arc::clone(&known);
        let sync = move || {
            for length in asked {
                knows.take(file.sync_data(), length);
            }
        };
        let builder = std::thread::Builder::new().name("disk".to_owned());
        Ok(Self {
            ask: Some(ask),
            thread: Some(builder.spawn(sync)?),
            known,
        })
    }

    /// Asks for all up to this length; while an earlier request waits, that one does.
    fn ask(&self, length: u64) {
        let asked = self.ask.as_ref().map(|ask| ask.try_send(length));
        match asked {
            None | Some(Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) => {}
        }
    }

    fn length(&self) -> u64 {
        self.known.length.load(Ordering::Acquire)
    }

    fn check(&self) -> io::Result<()> {
        let mut failed = self
            .known
            .failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        failed.take().map_or(Ok(()), Err)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.ask = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing more to say.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::log::{Kind, Reader};

    fn kinds(path: &Path) -> Vec<Kind> {
        let bytes = std::fs::read(path).unwrap();
        let mut reader = Reader::new(&bytes[..]).unwrap().unwrap();
        let mut kinds = Vec::new();
        while let Some(chunk) = reader.next_chunk().unwrap() {
            kinds.push(chunk.kind);
        }
        assert_eq!(reader.damage(), crate::protocol::log::Damage::default());
        kinds
    }

    #[test]
    fn what_is_written_is_in_the_file_before_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.neckrom");
        let mut log = LogWriter::create(&path, &Head::default()).unwrap();
        log.bytes(0, 5, b"abc").unwrap();
        assert_eq!(kinds(&path).len(), 2);
        log.mark(10, "neutral").unwrap();
        log.segment(0, 20, "unplugged").unwrap();
        log.end(30, "quit").unwrap();
        let kinds = kinds(&path);
        assert_eq!(kinds[1], Kind::Bytes(b"abc".to_vec()));
        assert_eq!(kinds[4], Kind::End("quit".to_owned()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        let again = LogWriter::create(&path, &Head::default()).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn chunks_that_are_not_on_the_disk_make_room_for_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.neckrom");
        let mut log = LogWriter::create(&path, &Head::default()).unwrap();
        for at_us in 0..3 {
            log.bytes(0, at_us, b"abc").unwrap();
        }
        // A fourth chunk of which half found room.
        log.file.write_all(b"\xa5NRLB").unwrap();
        assert!(log.take_back());
        log.end(9, "the disk is full").unwrap();
        let kinds = kinds(&path);
        assert_eq!(kinds.len(), 4, "{kinds:?}");
        assert_eq!(kinds[3], Kind::End("the disk is full".to_owned()));
    }

    #[test]
    fn what_is_on_the_disk_is_never_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.neckrom");
        let mut log = LogWriter::create(&path, &Head::default()).unwrap();
        log.mark(1, "one").unwrap();
        let length = log.length;
        while log.disk.length() < length {
            std::thread::yield_now();
        }
        log.bytes(0, 2, b"two").unwrap();
        assert!(log.take_back());
        assert_eq!(log.length, length);
        assert!(!log.take_back());
    }
}
