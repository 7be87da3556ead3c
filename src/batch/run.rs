//! A run: recordings measured, a thread a core, and their results kept as they come.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rayon::ThreadPool;
use rayon::prelude::*;

use super::error::BatchError;
use super::gate::{Gate, need};
use super::measure::{Labels, Options, Source, short_digest};
use super::part::{Finished, Parts};
use super::row::{Row, Status, failed, row};
use super::series::Series;
use super::stamp::{self, Seen};
use super::tables::Spot;
use crate::read;

/// So many finished recordings make a part at once.
const PART_ROWS: usize = 512;
/// A finished recording is on disk after this time at most.
const PART_TIME: Duration = Duration::from_secs(1);
/// How often a run tells how far it is.
const TELLING: Duration = Duration::from_millis(100);

/// A recording that is to be measured.
#[derive(Debug, Clone)]
pub struct Task {
    /// Where it is; as given, it is its name in the tables.
    pub path: PathBuf,
    /// Labels that win over its own.
    pub labels: Labels,
    /// How to read and to measure it; shared by many.
    pub options: Arc<Options>,
}

impl Task {
    /// The same for the same recording, labels and options.
    pub(super) fn key(&self) -> String {
        let Labels { subject, visit } = &self.labels;
        let options = self.options.digest();
        let trunk = self.options.trunk_file().map(Path::as_os_str);
        let rest = format!("{subject:?} {visit:?} {options} {trunk:?} ");
        let path = self.path.as_os_str().as_encoded_bytes();
        short_digest(&[rest.as_bytes(), path].concat())
    }
}

/// How to run.
#[derive(Debug, Clone)]
pub struct Running {
    /// Bytes that recordings may take in memory together, about; a larger one is measured alone.
    pub memory: u64,
    /// Measure again what failed before.
    pub retry_failed: bool,
    /// Angle series and pictures.
    pub series: Series,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    /// Recordings measured or failed in this run.
    pub finished: usize,
    /// Recordings that were done before.
    pub kept: usize,
    /// Of those finished in this run, failures.
    pub failed: usize,
    /// Bytes of the recordings finished in this run.
    pub bytes: u64,
    /// Recordings that are larger than the bound of memory, and were measured alone.
    pub alone: usize,
}

/// So many threads.
///
/// # Errors
/// When the system has none left.
pub fn threads(jobs: usize) -> Result<ThreadPool, BatchError> {
    let jobs = jobs.max(1);
    Ok(rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?)
}

/// Measures what is not done, on these threads; gives where the rows of each task are, in the order of the tasks.
///
/// # Errors
/// When results cannot be written; what was finished before is kept.
pub fn run(
    pool: &ThreadPool,
    tasks: &[Task],
    parts: &mut Parts,
    running: &Running,
    tell: &mut dyn FnMut(&Progress),
) -> Result<Vec<Spot>, BatchError> {
    let kept = |task| kept(task, parts, running);
    let spots: Vec<Option<Spot>> = pool.install(|| tasks.par_iter().map(kept).collect());
    let is_open = |place: &usize| spots.get(*place).is_some_and(Option::is_none);
    let open: Vec<usize> = (0..tasks.len()).filter(is_open).collect();
    let work = Work {
        tasks,
        open: &open,
        next: AtomicUsize::new(0),
        stopped: AtomicBool::new(false),
        gate: Gate::new(running.memory),
        series: &running.series,
    };
    let mut collecting = Collecting {
        parts,
        progress: Progress {
            kept: tasks.len() - open.len(),
            ..Progress::default()
        },
        spots,
        waiting: Vec::new(),
        since: Instant::now(),
    };
    pool.in_place_scope(|scope| {
        let jobs = pool.current_num_threads();
        let (sender, receiver) = sync_channel(2 * jobs);
        for _ in 0..jobs {
            let (work, sender) = (&work, sender.clone());
            scope.spawn(move |_| work.until_done(&sender));
        }
        drop(sender);
        let collected = collecting.collect(&receiver, tell);
        work.stopped.store(true, Ordering::Relaxed);
        // A thread that waits to send is let go.
        drop(receiver);
        collected
    })?;
    Ok(collecting.spots.into_iter().flatten().collect())
}

/// Where the rows of a task are that was done before and is still good.
fn kept(task: &Task, parts: &Parts, running: &Running) -> Option<Spot> {
    let known = parts.known(task)?;
    if known.failed && running.retry_failed || !running.series.are_there(task) {
        return None;
    }
    let seen = stamp::look(&task.path, &task.options).ok()?;
    let same = seen.stamp == known.stamp || {
        let content = known.content.as_deref();
        content.is_some() && content == stamp::content_now(&task.path, &task.options).as_deref()
    };
    same.then(|| known.spot.clone())
}

/// What the threads share.
struct Work<'a> {
    tasks: &'a [Task],
    /// Places of the tasks that are to be done.
    open: &'a [usize],
    next: AtomicUsize,
    stopped: AtomicBool,
    gate: Gate,
    series: &'a Series,
}

/// A finished task.
struct Done {
    place: usize,
    bytes: u64,
    alone: bool,
    finished: Finished,
}

impl Work<'_> {
    /// Takes one task after the other.
    fn until_done(&self, sender: &SyncSender<Done>) {
        while !self.stopped.load(Ordering::Relaxed) {
            let next = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((place, task)) = self
                .open
                .get(next)
                .and_then(|&place| Some((place, self.tasks.get(place)?)))
            else {
                return;
            };
            if sender.send(self.done(place, task)).is_err() {
                return;
            }
        }
    }

    fn done(&self, place: usize, task: &Task) -> Done {
        let seen = stamp::look(&task.path, &task.options);
        let bytes = seen.as_ref().map_or(0, |seen| seen.bytes);
        let need = need(&task.path, bytes);
        let _inside = self.gate.enter(need);
        let finished = match seen {
            Ok(seen) => measured(task, seen, self.series),
            Err(error) => not_there(task, &error),
        };
        Done {
            place,
            bytes,
            alone: self.gate.is_alone(need),
            finished,
        }
    }
}

/// What a run makes of one task, by itself.
pub(super) fn one(task: &Task) -> Row {
    let no_files = Series::default();
    match stamp::look(&task.path, &task.options) {
        Ok(seen) => measured(task, seen, &no_files),
        Err(error) => not_there(task, &error),
    }
    .row
}

/// A recording whose files cannot be looked at.
fn not_there(task: &Task, error: &io::Error) -> Finished {
    unread(task, format!("the file could not be read: {error}"))
}

/// A recording measured, if it stayed the same meanwhile.
fn measured(task: &Task, seen: Seen, series: &Series) -> Finished {
    let source = Source::Path(&task.path);
    let mut row = row(source, &task.labels, &task.options, |measured| {
        series.save(task, measured)
    });
    let after = stamp::look(&task.path, &task.options).ok();
    if after.as_ref() != Some(&seen) {
        let why = "the file changed while it was read; run again when it is complete";
        return unread(task, why.to_owned());
    }
    row.bytes = Some(seen.bytes);
    let digest = || read::digest(File::open(&task.path).ok()?).ok();
    row.sha256 = row.sha256.or_else(digest);
    let content = row
        .sha256
        .as_deref()
        .and_then(|sha256| stamp::content(&task.path, sha256, &task.options));
    Finished {
        key: task.key(),
        // What failed with nothing read may be there the next time.
        stamp: if row.sha256.is_some() {
            seen.stamp
        } else {
            String::new()
        },
        content,
        row,
    }
}

/// A recording whose content is not known; it is measured again in the next run.
fn unread(task: &Task, why: String) -> Finished {
    let shown = task.path.to_string_lossy().into_owned();
    Finished {
        row: failed(shown, &task.labels, &task.options, why),
        key: task.key(),
        stamp: String::new(),
        content: None,
    }
}

/// What the finished tasks go through, in the order in which they come.
struct Collecting<'a> {
    parts: &'a mut Parts,
    progress: Progress,
    spots: Vec<Option<Spot>>,
    /// Finished and not yet in a part.
    waiting: Vec<(usize, Finished)>,
    since: Instant,
}

impl Collecting<'_> {
    fn collect(
        &mut self,
        receiver: &Receiver<Done>,
        tell: &mut dyn FnMut(&Progress),
    ) -> Result<(), BatchError> {
        let mut told = Instant::now();
        loop {
            match receiver.recv_timeout(TELLING) {
                Ok(done) => self.take(done),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let old = !self.waiting.is_empty() && self.since.elapsed() >= PART_TIME;
            if old || self.waiting.len() >= PART_ROWS {
                self.keep()?;
            }
            if told.elapsed() >= TELLING {
                told = Instant::now();
                tell(&self.progress);
            }
        }
        self.keep()?;
        tell(&self.progress);
        Ok(())
    }

    fn take(&mut self, done: Done) {
        if self.waiting.is_empty() {
            self.since = Instant::now();
        }
        self.progress.finished += 1;
        self.progress.failed += usize::from(done.finished.row.status == Status::Failed);
        self.progress.alone += usize::from(done.alone);
        self.progress.bytes += done.bytes;
        self.waiting.push((done.place, done.finished));
    }

    /// Makes a part of what is finished.
    fn keep(&mut self) -> Result<(), BatchError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let (places, finished): (Vec<usize>, Vec<Finished>) = self.waiting.drain(..).unzip();
        let spots = self.parts.add(&finished)?;
        for (place, spot) in places.into_iter().zip(spots) {
            if let Some(slot) = self.spots.get_mut(place) {
                *slot = Some(spot);
            }
        }
        Ok(())
    }
}
