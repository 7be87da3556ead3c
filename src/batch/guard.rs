//! A mistake of this program in one recording must not end the run: panics are caught and told.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

thread_local! {
    /// Some while this thread is guarded: where and why it stopped, empty until it does.
    static GUARDED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The program stopped on a mistake of its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this program made a mistake here ({0}); report it with the recording if you can")]
pub struct Stopped(String);

/// Runs `work`; a panic in it becomes an error.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Stopped> {
    GUARDED.set(Some(String::new()));
    let done = catch_unwind(AssertUnwindSafe(work));
    let seen = GUARDED.take().unwrap_or_default();
    done.map_err(|_payload| Stopped(seen))
}

/// For the hook of panics: notes one that will be told as a failed recording, without a word on standard
/// error, and says whether it was such.
pub fn note_panic(info: &PanicHookInfo<'_>) -> bool {
    let place = info
        .location()
        .map_or_else(String::new, |at| format!("{}:{}: ", at.file(), at.line()));
    let why = info.payload_as_str().unwrap_or("unknown");
    GUARDED.with_borrow_mut(|guarded| {
        guarded
            .as_mut()
            .map(|seen| *seen = format!("{place}{why}"))
            .is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_the_thread_goes_on() {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !note_panic(info) {
                usual(info);
            }
        }));
        let stopped = guarded(|| [1, 2][std::hint::black_box(2)]).unwrap_err();
        assert!(stopped.to_string().contains("guard.rs:"), "{stopped}");
        assert!(stopped.to_string().contains("out of bounds"), "{stopped}");
        assert_eq!(guarded(|| 7), Ok(7));
    }
}
