//! Whole processes, timed.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use polars::prelude::{DataFrame, ParquetReader, SerReader as _};

/// Runs that count, after one that does not.
const RUNS: usize = 5;
/// Between two looks at a process.
const LEAST_PAUSE: Duration = Duration::from_millis(2);
const MOST_PAUSE: Duration = Duration::from_millis(50);
/// The unit of processor times that Linux tells to programs.
const TICKS_PER_S: f64 = 100.0;

/// What is timed: makes the command that writes into a folder.
pub(crate) type Job<'a> = Box<dyn Fn(&Path) -> Command + 'a>;

/// What is known of a program after its runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timed {
    /// Median, seconds.
    pub(crate) seconds: f64,
    /// Time on processors, that of its children too, mean, seconds: what a busy machine leaves as it is.
    pub(crate) cpu_s: f64,
    /// Largest resident memory of the first run, of the process itself, MiB.
    pub(crate) mib: f64,
}

/// A batch of the program over an archive.
pub(crate) fn neckrom(archive: &Path, jobs: usize, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_neckrom"));
    command.args(["batch", "--quiet", "--jobs", &jobs.to_string(), "--out"]);
    command.arg(out).arg(archive);
    command
}

/// Runs all in turn, once and then [`RUNS`] times; `look` sees each folder of results after the first.
///
/// # Panics
/// If one does not end with 0.
pub(crate) fn interleaved(jobs: &[Job<'_>], mut look: impl FnMut(usize, &Path)) -> Vec<Timed> {
    let mut mib = Vec::new();
    for (place, job) in jobs.iter().enumerate() {
        let out = tempfile::tempdir().unwrap();
        let run = watched(&mut job(out.path()));
        assert!(run.status.success(), "{:?}", job(out.path()));
        look(place, out.path());
        mib.push(run.mib);
    }
    let mut runs = vec![Vec::new(); jobs.len()];
    for _ in 0..RUNS {
        for (job, runs) in jobs.iter().zip(&mut runs) {
            let out = tempfile::tempdir().unwrap();
            runs.push(unwatched(&mut job(out.path())));
        }
    }
    let timed = runs.into_iter().zip(mib);
    timed.map(|(runs, mib)| summed_up(runs, mib)).collect()
}

fn summed_up(mut runs: Vec<(Duration, f64)>, mib: f64) -> Timed {
    runs.sort_by_key(|run| run.0);
    Timed {
        seconds: runs[runs.len() / 2].0.as_secs_f64(),
        cpu_s: runs.iter().map(|run| run.1).sum::<f64>() / runs.len() as f64,
        mib,
    }
}

fn silent(command: &mut Command) -> Child {
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Time, and time on processors in seconds.
fn unwatched(command: &mut Command) -> (Duration, f64) {
    let (begun, before_s) = (Instant::now(), cpu_of_children_s());
    let status = silent(command).wait().unwrap();
    let time = begun.elapsed();
    assert!(status.success(), "{command:?}");
    (time, cpu_of_children_s() - before_s)
}

/// Of all that ended so far.
fn cpu_of_children_s() -> f64 {
    let text = text(Path::new("/proc/self/stat")).unwrap();
    let (_, fields) = text.rsplit_once(')').unwrap();
    let ticks = fields.split_ascii_whitespace().skip(13).take(2);
    ticks.map(|one| one.parse::<f64>().unwrap()).sum::<f64>() / TICKS_PER_S
}

/// What one run took.
pub(crate) struct Watched {
    pub(crate) status: ExitStatus,
    pub(crate) seconds: f64,
    pub(crate) cpu_s: f64,
    /// Largest resident memory.
    pub(crate) mib: f64,
}

pub(crate) fn watched(command: &mut Command) -> Watched {
    let (begun, before_s) = (Instant::now(), cpu_of_children_s());
    let mut child = silent(command);
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0.0;
    loop {
        most = f64::max(most, peak_mib(Path::new(&status)).unwrap_or_default());
        if let Some(status) = child.try_wait().unwrap() {
            return Watched {
                status,
                seconds: begun.elapsed().as_secs_f64(),
                cpu_s: cpu_of_children_s() - before_s,
                mib: most,
            };
        }
        // Looking costs a processor time too.
        let pause = (begun.elapsed() / 100).clamp(LEAST_PAUSE, MOST_PAUSE);
        std::thread::sleep(pause);
    }
}

fn peak_mib(status: &Path) -> Option<f64> {
    let text = text(status)?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

/// A text, if it is there.
pub(crate) fn text(path: &Path) -> Option<String> {
    String::from_utf8(std::fs::read(path).ok()?).ok()
}

/// A table that a batch wrote.
pub(crate) fn table(out: &Path, name: &str) -> DataFrame {
    let file = std::fs::File::open(out.join(name)).unwrap();
    ParquetReader::new(file).finish().unwrap()
}
