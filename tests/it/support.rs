//! The program under test, recordings made for it, and ways to look at what it gives.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

/// A recording of `sample_data`, from the root of the repository.
pub(crate) const SAMPLE: &str = "sample_data/sub-01/ses-01/sub-01_ses-01_task-protocol_motion.csv";

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_neckrom");

/// The header of a native CSV with a quaternion.
pub(crate) const HEADER: &str = "time_s,q_w,q_x,q_y,q_z\n";

/// Two short visits of two movements, second visit with other peaks; shared, never written to.
pub(crate) static VISITS: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    for (visit, rotation, seed) in [("01", "40", "5"), ("02", "62", "6")] {
        for (task, peak) in [("flexion", "45"), ("rotation-left", rotation)] {
            let peaks = format!("{task}={peak}");
            let labels = ["--visit", visit, "--task", task, "--peaks", &peaks];
            simulate(
                folder.path(),
                &[&labels[..], &SHORT, &["--seed", seed]].concat(),
            );
        }
    }
    folder
});

/// A recording that takes little time.
pub(crate) const SHORT: [&str; 8] = [
    "--practice",
    "0",
    "--repetitions",
    "3",
    "--hold",
    "0.6",
    "--rate",
    "50",
];

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The program, in the root of the repository, the same in every terminal.
pub(crate) fn neckrom() -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .stdin(Stdio::null())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("COLUMNS", "100")
        .env_remove("CLICOLOR_FORCE")
        .env("NO_COLOR", "1");
    command
}

/// Runs the program.
pub(crate) fn run<Word: AsRef<std::ffi::OsStr>>(words: &[Word]) -> Ran {
    ran(neckrom().args(words))
}

/// Runs a command to its end; it must not have panicked.
pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let ran = Ran {
        code: output
            .status
            .code()
            .expect("the program ends by itself, not by a signal"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(!ran.err.contains("panicked"), "{ran:?}");
    ran
}

/// Numbers that look random: xorshift, from a seed that is not zero.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    /// The first of the `nth` such row.
    pub(crate) const fn nth(nth: u64) -> Self {
        Self(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(nth))
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Simulates into `folder`; gives the recording.
pub(crate) fn simulate(folder: &Path, words: &[&str]) -> PathBuf {
    let ran = ran(neckrom()
        .args(["simulate", "--out"])
        .arg(folder)
        .args(words));
    assert_eq!(ran.code, 0, "{ran:?}");
    PathBuf::from(ran.out.lines().next().unwrap())
}

/// Names of the files under `folder`, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name();
    entries
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| !path.is_dir())
        .collect()
}

/// A file name's ending is one of these.
pub(crate) fn is(name: &str, endings: &[&str]) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| endings.contains(&ending))
}

/// A file's text.
pub(crate) fn text(path: &Path) -> String {
    String::from_utf8(std::fs::read(path).unwrap()).unwrap()
}

/// A path as an argument.
pub(crate) fn word(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Every key of a JSON value as a path, `[]` for the elements of an array. Objects of one array
/// must have the same keys.
pub(crate) fn keys(value: &Value) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    collect(value, "", &mut keys);
    keys
}

fn collect(value: &Value, at: &str, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if at.is_empty() {
                    key.clone()
                } else {
                    format!("{at}.{key}")
                };
                collect(value, &path, keys);
                keys.insert(path);
            }
        }
        Value::Array(values) => {
            for value in values {
                collect(value, &format!("{at}[]"), keys);
            }
            let shapes: BTreeSet<Vec<&String>> = values
                .iter()
                .filter_map(|value| Some(value.as_object()?.keys().collect()))
                .collect();
            // A change is about a movement or about a plane, and names the one.
            assert!(
                shapes.len() < 2 || at.ends_with("changes"),
                "{at}: {shapes:?}"
            );
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
