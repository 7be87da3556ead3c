//! How many recordings are in memory at once: as many as fit.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What a recording takes beside its samples.
const FIXED: u64 = 2 * 1024 * 1024;
/// Bytes in memory for a byte of text on disk, at the worst moment.
const FACTOR: u64 = 9;
/// The same for files that are compressed.
const FACTOR_COMPRESSED: u64 = 40;
/// Endings of files that are compressed.
const COMPRESSED: [&str; 5] = ["gz", "zst", "zip", "parquet", "h5"];

/// The memory that a recording of so many bytes will need, about.
pub(super) fn need(path: &Path, bytes: u64) -> u64 {
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    let compressed = COMPRESSED
        .iter()
        .any(|one| ending.eq_ignore_ascii_case(one));
    let factor = if compressed {
        FACTOR_COMPRESSED
    } else {
        FACTOR
    };
    bytes.saturating_mul(factor).saturating_add(FIXED)
}

/// Lets recordings in, in turn, while they fit into `limit` bytes together; one that is larger alone.
#[derive(Debug)]
pub(super) struct Gate {
    limit: u64,
    /// Whoever waits for room; the others wait behind, so that none is overtaken for ever.
    turn: Mutex<()>,
    used: Mutex<u64>,
    left: Condvar,
}

/// A recording that is in; it leaves when this is dropped.
#[derive(Debug)]
pub(super) struct Inside<'a> {
    gate: &'a Gate,
    need: u64,
}

impl Gate {
    pub(super) const fn new(limit: u64) -> Self {
        Self {
            limit,
            turn: Mutex::new(()),
            used: Mutex::new(0),
            left: Condvar::new(),
        }
    }

    /// Waits for room.
    pub(super) fn enter(&self, need: u64) -> Inside<'_> {
        let _turn = locked(&self.turn);
        let full = |used: &mut u64| *used > 0 && used.saturating_add(need) > self.limit;
        let room = self.left.wait_while(locked(&self.used), full);
        let mut used = room.unwrap_or_else(PoisonError::into_inner);
        *used = used.saturating_add(need);
        Inside { gate: self, need }
    }

    /// It has to be alone.
    pub(super) const fn is_alone(&self, need: u64) -> bool {
        need > self.limit
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut used = locked(&self.gate.used);
        *used = used.saturating_sub(self.need);
        self.gate.left.notify_all();
    }
}

/// A number is never left half written.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Enters and leaves with needs of all sizes, some over the limit of 10.
    fn come_and_go(gate: &Gate, thread: u64, inside: &AtomicU64, most: &AtomicU64) {
        for round in 0..200_u64 {
            let need = if round % 50 == 0 {
                15
            } else {
                1 + (thread + round) % 7
            };
            let _here = gate.enter(need);
            let now = inside.fetch_add(need, Ordering::SeqCst) + need;
            assert!(now <= 10 || now == need, "{now}");
            most.fetch_max(now, Ordering::SeqCst);
            std::thread::yield_now();
            inside.fetch_sub(need, Ordering::SeqCst);
        }
    }

    #[test]
    fn never_more_than_fits_is_inside_unless_alone() {
        let gate = Gate::new(10);
        let (inside, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (gate, inside, most) = (&gate, &inside, &most);
                scope.spawn(move || come_and_go(gate, thread, inside, most));
            }
        });
        assert_eq!((inside.into_inner(), most.into_inner()), (0, 15));
        assert!(gate.is_alone(11) && !gate.is_alone(10));
    }
}
