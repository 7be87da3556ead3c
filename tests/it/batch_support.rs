//! Archives of tiny recordings, and the tables that a batch makes of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use neckrom::movement::Movement;
use polars::prelude::{
    AnyValue, Column, DataFrame, ParquetReader, ParquetWriter, SerReader as _, df,
};
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

/// A table of flexion: a row a subject, a column a visit.
pub(crate) fn write_flexion(path: &Path, values: &[[f64; 4]]) {
    let mut table = flexion(values);
    let file = std::fs::File::create(path).unwrap();
    ParquetWriter::new(file).finish(&mut table).unwrap();
}

/// The same values for all six movements.
pub(crate) fn write_movements(path: &Path, values: &[[f64; 4]]) {
    let mut all = flexion(values);
    for movement in &Movement::ALL[1..] {
        let mut table = flexion(values);
        let names = vec![movement.name(); table.height()];
        table
            .with_column(Column::new("movement".into(), names))
            .unwrap();
        all.vstack_mut(&table).unwrap();
    }
    let file = std::fs::File::create(path).unwrap();
    ParquetWriter::new(file).finish(&mut all).unwrap();
}

fn flexion(values: &[[f64; 4]]) -> DataFrame {
    let count = values.len() * 4;
    let of = |one: fn(usize, usize) -> usize| {
        let numbers = (0..count).map(move |i| one(i / 4, i % 4).to_string());
        numbers.collect::<Vec<_>>()
    };
    df!(
        "subject" => of(|subject, _| subject),
        "visit" => of(|_, visit| visit + 1),
        "movement" => vec![Movement::Flexion.name(); count],
        "n" => vec![3_u32; count],
        "mean_deg" => values.concat(),
    )
    .unwrap()
}
