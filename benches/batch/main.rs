//! The whole program over archives of made sessions: `cargo bench --bench batch`, Linux. Four tables, or
//! those that are named after `--`:
//!
//! * `speed`: samples a second of every kind of file, with one thread and with two, beside Python programs;
//! * `start`: a short file, from nothing to its table;
//! * `length`: cost of a sample against the length of a recording;
//! * `number`: cost of a recording against their number, a fiftieth of them broken in ten ways.
//!
//! Whole processes are timed, those of a table in turn, so that their ratios hold on a noisy machine: once to
//! warm up, where memory is looked at, then five times, of which the median counts. More by environment:
//!
//! * `NECKROM_PEERS`, a folder with `pipe_pandas.py` and `pipe_polars_fp.py`, and `NECKROM_PYTHON`, a Python
//!   with pandas, scipy, polars and numpy: called with the folder of sessions, the file of results, and the
//!   number of processes;
//! * `NECKROM_HOURS=24`: the longest recording, hours (6 without);
//! * `NECKROM_BATCH=100000`: the most recordings (10,000 without).

#![expect(clippy::print_stdout, reason = "a bench that is read by people")]
#![expect(clippy::unwrap_used, reason = "a bench")]

mod broken;
mod length;
mod number;
mod peers;
mod sessions;
mod speed;
mod start;
mod timed;

/// The number in an environment variable.
fn number_in(variable: &str) -> Option<usize> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().expect("the variable holds a number"))
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let named: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    if words.iter().any(|word| word == "--test") {
        return;
    }
    let tables = [
        ("speed", speed::print as fn()),
        ("start", start::print),
        ("length", length::print),
        ("number", number::print),
    ];
    for (name, print) in tables {
        if named.is_empty() || named.iter().any(|word| *word == name) {
            print();
        }
    }
}
