//! Archives of tiny recordings, and the tables that a batch makes of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use polars::prelude::{AnyValue, DataFrame, ParquetReader, SerReader as _};
use tempfile::TempDir;

use crate::support::{Ran, SHORT, neckrom, ran, simulate, text};

/// The three tables.
pub(crate) const TABLES: [&str; 3] = [
    "recordings.parquet",
    "movements.parquet",
    "repetitions.parquet",
];

/// Three recordings of one movement, as text.
static MODELS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let model = |seed: &str| {
        let out = folder.path().join(seed);
        let labels = ["--task", "flexion", "--peaks", "flexion=45", "--seed", seed];
        text(&simulate(&out, &[&labels[..], &SHORT].concat()))
    };
    ["1", "2", "3"].map(model).to_vec()
});

/// A tiny recording, different for each number.
pub(crate) fn recording(number: usize) -> String {
    let model = &MODELS[number % MODELS.len()];
    let lines: Vec<&str> = model.lines().collect();
    let kept = lines.len() - number % 20;
    lines[..kept].join("\n") + "\n"
}

/// So many tiny recordings in folders of subjects and visits.
pub(crate) fn archive(folder: &Path, count: usize) -> Vec<PathBuf> {
    let one = |number: usize| {
        let (subject, visit) = (number / 2, number % 2 + 1);
        let name = format!("sub-{subject:03}_ses-{visit}_task-flexion_motion.csv");
        let place = folder.join(format!("sub-{subject:03}/ses-{visit}"));
        std::fs::create_dir_all(&place).unwrap();
        let path = place.join(name);
        std::fs::write(&path, recording(number)).unwrap();
        path
    };
    (0..count).map(one).collect()
}

/// Runs a batch over paths into `out`.
pub(crate) fn batch(paths: &[&Path], out: &Path, words: &[&str]) -> Ran {
    let mut command = neckrom();
    command
        .arg("batch")
        .args(paths)
        .arg("--out")
        .arg(out)
        .args(words);
    ran(&mut command)
}

/// A table of results.
pub(crate) fn table(out: &Path, name: &str) -> DataFrame {
    let file = std::fs::File::open(out.join(name)).unwrap();
    ParquetReader::new(file).finish().unwrap()
}

/// A cell as text; empty for none.
pub(crate) fn cell(table: &DataFrame, column: &str, row: usize) -> String {
    let value = table.column(column).unwrap().get(row).unwrap();
    if let AnyValue::Float64(number) = value {
        // All digits.
        return number.to_string();
    }
    let text = value.get_str().map(str::to_owned);
    text.unwrap_or_else(|| {
        if value.is_null() {
            String::new()
        } else {
            value.to_string()
        }
    })
}

/// Status and error of each recording, by the end of its path.
pub(crate) fn outcomes(out: &Path) -> BTreeMap<String, (String, String)> {
    let table = table(out, TABLES[0]);
    let one = |row| {
        let path = cell(&table, "recording", row);
        let name = path.rsplit('/').next().unwrap().to_owned();
        (
            name,
            (cell(&table, "status", row), cell(&table, "error", row)),
        )
    };
    (0..table.height()).map(one).collect()
}

/// The bytes of the three tables.
pub(crate) fn bytes(out: &Path) -> Vec<Vec<u8>> {
    TABLES
        .iter()
        .map(|name| std::fs::read(out.join(name)).unwrap())
        .collect()
}

/// The two folders have the same tables, byte for byte.
pub(crate) fn assert_same(one: &Path, other: &Path) {
    for (name, (a, b)) in TABLES.iter().zip(bytes(one).into_iter().zip(bytes(other))) {
        assert!(
            a == b,
            "{name} of {} and {} differ",
            one.display(),
            other.display()
        );
    }
}
