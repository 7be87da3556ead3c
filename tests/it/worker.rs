//! `neckrom worker`: streams as engines feed and read them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Int32Array, Int64Array, LargeStringArray,
    ListArray, RecordBatch, StringArray, StructArray,
};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use polars::prelude::{DataFrame, IntoColumn as _, NamedFrom as _, ParquetWriter, Series};
use tempfile::TempDir;

use crate::batch_support::{archive, assert_same, batch, recording};
use crate::support::{Noise, neckrom, run, word};

/// Columns as a batch.
fn rows(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn texts<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(texts.into_iter().collect::<StringArray>())
}

/// A stream with its end mark; a batch for each so many rows.
fn stream(rows: &RecordBatch, to_batch: usize) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &rows.schema()).unwrap();
    for first in (0..rows.num_rows()).step_by(to_batch) {
        let count = to_batch.min(rows.num_rows() - first);
        writer.write(&rows.slice(first, count)).unwrap();
    }
    writer.into_inner().unwrap()
}

fn spawn(words: &[&str]) -> Child {
    let mut command = neckrom();
    command.arg("worker").args(words).stdin(Stdio::piped());
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Feeds a worker; gives its exit code, its standard output and what it said.
fn fed(input: Vec<u8>, words: &[&str]) -> (i32, Vec<u8>, String) {
    let mut child = spawn(words);
    let mut stdin = child.stdin.take().unwrap();
    // One that ends early is no failure here.
    let feeding = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    (output.status.code().unwrap(), output.stdout, said)
}

/// The batches of a stream.
fn batches(bytes: &[u8]) -> Vec<RecordBatch> {
    let reader = StreamReader::try_new(bytes, None).unwrap();
    reader.map(Result::unwrap).collect()
}

/// The rows that a worker gives, which ends well and without a word.
fn answers(input: Vec<u8>, words: &[&str]) -> Vec<RecordBatch> {
    let (code, out, said) = fed(input, words);
    assert_eq!((code, said.as_str()), (0, ""));
    batches(&out)
}

/// A column of texts over all batches.
fn column(batches: &[RecordBatch], name: &str) -> Vec<Option<String>> {
    let of = |batch: &RecordBatch| {
        let texts = batch
            .column_by_name(name)
            .unwrap()
            .as_string::<i32>()
            .clone();
        texts
            .iter()
            .map(|text| text.map(str::to_owned))
            .collect::<Vec<_>>()
    };
    batches.iter().flat_map(of).collect()
}

/// As an engine keeps them: a file for each batch.
fn keep(batches: &[RecordBatch], folder: &Path) {
    std::fs::create_dir(folder).unwrap();
    // The last comes first by name.
    for (number, batch) in batches.iter().rev().enumerate() {
        save(
            table(batch),
            &folder.join(format!("part-{number:05}.snappy.parquet")),
        );
    }
}

/// All in one file.
fn keep_as_one(batches: &[RecordBatch], folder: &Path) {
    std::fs::create_dir(folder).unwrap();
    let tables = batches.iter().map(table);
    let all = tables.reduce(|all, one| all.vstack(&one).unwrap());
    save(all.unwrap(), &folder.join("all.parquet"));
}

fn save(mut table: DataFrame, path: &Path) {
    let file = std::fs::File::create(path).unwrap();
    ParquetWriter::new(file).finish(&mut table).unwrap();
}

fn table(batch: &RecordBatch) -> DataFrame {
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(batch.columns());
    let columns = fields.map(|(field, array)| series(field.name(), array.as_ref()).into_column());
    DataFrame::new(batch.num_rows(), columns.collect()).unwrap()
}

fn series(name: &str, array: &dyn Array) -> Series {
    let name = name.into();
    if let Some(lists) = array.as_list_opt::<i32>() {
        let lists: Vec<Series> = lists.iter().map(|one| series("", &one.unwrap())).collect();
        Series::new(name, lists)
    } else if let Some(texts) = array.as_string_opt::<i32>() {
        Series::new(name, texts.iter().collect::<Vec<_>>())
    } else if let Some(numbers) = array.as_primitive_opt::<Float64Type>() {
        Series::new(name, numbers.iter().collect::<Vec<_>>())
    } else {
        let numbers = array.as_primitive::<Int64Type>();
        Series::new(name, numbers.iter().collect::<Vec<_>>())
    }
}

/// Another version of the schema is due when this changes otherwise than by new columns.
#[test]
fn the_schema_is_fixed() {
    let empty = rows(vec![("recording_id", texts([]))]);
    let (code, out, said) = fed(stream(&empty, 1), &[]);
    assert_eq!((code, said.as_str()), (0, ""));
    let reader = StreamReader::try_new(&out[..], None).unwrap();
    let schema = reader.schema();
    let lines = schema.fields().iter();
    let lines = lines.map(|field| format!("{}: {}\n", field.name(), field.data_type()));
    let version = &schema.metadata()["neckrom.rows"];
    insta::assert_snapshot!(format!("version {version}\n{}", lines.collect::<String>()));
}

/// An option of some recordings.
fn practice(at: usize) -> Option<i64> {
    at.is_multiple_of(3).then_some(i64::from(at % 2 == 1))
}

/// A label of some recordings.
fn visit(at: usize) -> Option<&'static str> {
    (at % 4 == 1).then_some("9")
}

/// The same as a manifest.
fn manifest(paths: &[PathBuf]) -> String {
    let mut manifest = "path,visit,practice\n".to_owned();
    for (at, path) in paths.iter().enumerate() {
        let practice = practice(at).map_or(String::new(), |count| count.to_string());
        let visit = visit(at).unwrap_or_default();
        writeln!(manifest, "{},{visit},{practice}", word(path)).unwrap();
    }
    manifest
}

/// The same as a stream's rows; and how they are called.
fn requests(paths: &[PathBuf]) -> (Vec<String>, RecordBatch) {
    let numbers = || 0..paths.len();
    let count = |at: usize| i64::try_from(at).unwrap();
    let ids: Vec<String> = numbers().map(|at| format!("recording {at}")).collect();
    let rows = rows(vec![
        (
            "recording_id",
            texts(ids.iter().map(|id| Some(id.as_str()))),
        ),
        ("path", texts(paths.iter().map(|path| Some(word(path))))),
        ("visit", texts(numbers().map(visit))),
        (
            "practice",
            Arc::new(numbers().map(practice).collect::<Int64Array>()),
        ),
        (
            "input",
            Arc::new(numbers().map(|at| Some(count(at))).collect::<Int64Array>()),
        ),
    ]);
    (ids, rows)
}

/// Options row by row, two broken recordings, batches of several sizes, threads: the tables are those of
/// `batch`, byte for byte.
#[test]
fn results_are_those_of_batch() {
    let folder = TempDir::new().unwrap();
    let place = |name: &str| folder.path().join(name);
    let mut paths = archive(&place("archive"), 40);
    std::fs::write(&paths[7], "time_s,q_w,q_x,q_y,q_z\n").unwrap();
    std::fs::write(&paths[9], "nothing").unwrap();
    paths.push(place("archive/none.csv"));
    let manifest = manifest(&paths);
    let list = place("list.csv");
    std::fs::write(&list, manifest).unwrap();
    let ran = batch(
        &[],
        &place("batch"),
        &["--manifest", word(&list), "--keep-drift"],
    );
    assert_eq!(ran.code, 1, "{ran:?}");

    let (ids, rows) = requests(&paths);
    for (name, to_batch, jobs) in [("a", 1, "1"), ("b", 1000, "1"), ("c", 7, "3")] {
        let words = ["--keep-drift", "--jobs", jobs];
        let batches = answers(stream(&rows, to_batch), &words);
        let found = column(&batches, "recording_id");
        assert!(found.iter().flatten().eq(&ids));
        keep(&batches, &place(name));
        let merged = place(&format!("tables of {name}"));
        let ran = run(&["merge", word(&place(name)), "--out", word(&merged)]);
        assert_eq!(
            ran.out, "41 recordings: 38 ok, 0 partial, 3 failed\n",
            "{ran:?}"
        );
        assert_same(&merged, &place("batch"));
    }
}

/// A file longer than what is read at once, its second half first.
#[test]
fn a_long_file_of_rows_is_merged_in_pieces() {
    let folder = TempDir::new().unwrap();
    let place = |name: &str| folder.path().join(name);
    let mut paths: Vec<PathBuf> = (0..1500).map(|at| place(&format!("none-{at}"))).collect();
    for (number, path) in archive(&place("archive"), 12).into_iter().enumerate() {
        paths[number * 130] = path;
    }
    let list = place("list.csv");
    std::fs::write(&list, manifest(&paths)).unwrap();
    let ran = batch(&[], &place("batch"), &["--manifest", word(&list)]);
    assert_eq!(ran.code, 1, "{ran:?}");

    let (_, rows) = requests(&paths);
    let mut writer = StreamWriter::try_new(Vec::new(), &rows.schema()).unwrap();
    for half in [rows.slice(700, 800), rows.slice(0, 700)] {
        writer.write(&half).unwrap();
    }
    let batches = answers(writer.into_inner().unwrap(), &[]);
    keep_as_one(&batches, &place("rows"));
    let ran = run(&[
        "merge",
        word(&place("rows")),
        "--out",
        word(&place("merged")),
    ]);
    assert_eq!(
        ran.out, "1500 recordings: 12 ok, 0 partial, 1488 failed\n",
        "{}",
        ran.err
    );
    assert_same(&place("merged"), &place("batch"));
}

#[test]
fn rows_that_are_no_whole_input_are_not_merged() {
    let folder = TempDir::new().unwrap();
    let merged = |name: &str, inputs: [Option<i64>; 2]| {
        let rows = rows(vec![
            ("recording_id", texts([Some("a"), Some("b")])),
            (
                "input",
                Arc::new(inputs.into_iter().collect::<Int64Array>()),
            ),
        ]);
        let place = folder.path().join(name);
        keep(&answers(stream(&rows, 9), &[]), &place);
        run(&[
            "merge",
            word(&place),
            "--out",
            word(&folder.path().join("out")),
        ])
    };
    for (name, inputs, part) in [
        ("gap", [Some(0), Some(2)], "1 of 3 recordings are missing"),
        ("twice", [Some(0), Some(0)], "recording number 0 is in"),
        ("none", [Some(0), None], "some of its rows have no input"),
    ] {
        let ran = merged(name, inputs);
        assert!(ran.code == 2 && ran.err.contains(part), "{ran:?}");
    }
}

/// The lists of a recording that is a native CSV.
fn lists(csv: &str) -> Vec<(String, Vec<f64>)> {
    let mut lines = csv.lines().filter(|line| !line.starts_with('#'));
    let names = lines.next().unwrap().split(',').map(str::to_owned);
    let mut columns: Vec<(String, Vec<f64>)> = names.map(|name| (name, Vec::new())).collect();
    for line in lines {
        for (cell, column) in line.split(',').zip(&mut columns) {
            column.1.push(cell.parse().unwrap());
        }
    }
    columns
}

fn list(numbers: &[f64]) -> ArrayRef {
    let numbers = numbers.iter().copied().map(Some);
    let lists = [Some(numbers.collect::<Vec<_>>())];
    Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>(lists))
}

/// A file, its bytes, and its samples as lists give the same.
#[test]
fn bytes_and_samples_may_come_with_the_row() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("sub-1_ses-2_task-flexion_motion.csv");
    std::fs::write(&path, recording(2)).unwrap();
    let id = || {
        (
            "recording_id",
            Arc::new(Int32Array::from(vec![7])) as ArrayRef,
        )
    };
    let name = || {
        (
            "path",
            Arc::new(LargeStringArray::from(vec![word(&path)])) as ArrayRef,
        )
    };
    let file = answers(stream(&rows(vec![id(), name()]), 1), &[]);
    std::fs::remove_file(&path).unwrap();

    let content = recording(2);
    let bytes = BinaryArray::from(vec![content.as_bytes()]);
    let of_bytes = rows(vec![name(), ("bytes", Arc::new(bytes)), id()]);
    let of_bytes = answers(stream(&of_bytes, 1), &[]);
    assert_eq!(file, of_bytes);

    let samples = lists(&content);
    let columns = samples
        .iter()
        .map(|(name, numbers)| (name.as_str(), list(numbers)));
    let of_lists = rows(columns.chain([id(), name()]).collect());
    let of_lists = answers(stream(&of_lists, 1), &[]);
    assert_eq!(column(&of_lists, "recording_id"), [Some("7".to_owned())]);
    let schema = file[0].schema();
    for (at, field) in schema.fields().iter().enumerate() {
        if !["sha256", "bytes"].contains(&field.name().as_str()) {
            assert_eq!(
                file[0].column(at),
                of_lists[0].column(at),
                "{}",
                field.name()
            );
        }
    }
    let means = file[0].column_by_name("movement_mean_deg").unwrap();
    let means = means.as_list::<i32>().value(0);
    assert!((means.as_primitive::<Float64Type>().value(0) - 45.0).abs() < 5.0);
}

/// What is wrong with one row is told in that row.
#[test]
fn a_bad_recording_is_a_row() {
    let good = recording(0);
    let last = |list: Vec<Option<f64>>| {
        let lists = std::iter::repeat_n(None, 6).chain([Some(list)]);
        let lists = ListArray::from_iter_primitive::<Float64Type, _, _>(lists);
        Arc::new(lists) as ArrayRef
    };
    let whole = Some(good.as_bytes());
    let contents = [whole, Some(b"nothing"), None, whole, whole, whole, None];
    let ids = ["task-flexion_a", "b", "c", "", "e", "f", "g"];
    let ids = ids.map(|id| (!id.is_empty()).then_some(id));
    let only = |place: usize, text| texts((0..7).map(|at| (at == place).then_some(text)));
    let bytes: BinaryArray = contents.into_iter().collect();
    let rows = rows(vec![
        ("recording_id", texts(ids)),
        ("bytes", Arc::new(bytes)),
        ("mount", only(4, "sideways")),
        ("trunk-file", only(5, "x.csv")),
        ("keep_drift", Arc::new(BooleanArray::from(vec![true; 7]))),
        ("time_s", last(vec![Some(0.0)])),
        ("q_w", last(vec![Some(1.0), None])),
    ]);
    let batches = answers(stream(&rows, 3), &[]);
    let errors = column(&batches, "error");
    let parts = [
        "",
        "this is no recording of a known format",
        "the row has no path, no bytes and no lists",
        "the row has no recording_id",
        "invalid value 'sideways'",
        "a trunk_file goes with the path of a file",
        "the list time_s has 1 numbers, q_w has 2",
    ];
    for (error, part) in errors.iter().zip(parts) {
        let error = error.as_deref().unwrap_or_default();
        assert!(
            error.contains(part) && error.is_empty() == part.is_empty(),
            "{error}: {part}"
        );
    }
    let statuses = column(&batches, "status");
    let statuses: Vec<&str> = statuses.iter().flatten().map(String::as_str).collect();
    assert!(statuses.len() == 7 && statuses[0] == "ok", "{statuses:?}");
    assert!(
        statuses[1..].iter().all(|status| *status == "failed"),
        "{statuses:?}"
    );
}

/// The first results are there before the second recording is.
#[test]
fn results_come_as_recordings_are_fed() {
    let row = |content: &str| {
        rows(vec![
            ("recording_id", texts([Some("a")])),
            (
                "bytes",
                Arc::new(BinaryArray::from(vec![content.as_bytes()])),
            ),
        ])
    };
    let mut child = spawn(&[]);
    let (sender, receiver) = channel();
    let stdout = child.stdout.take().unwrap();
    let reading = std::thread::spawn(move || {
        for batch in StreamReader::try_new(stdout, None).unwrap() {
            sender.send(batch.unwrap().num_rows()).unwrap();
        }
    });
    let first = row(&recording(0));
    let mut writer = StreamWriter::try_new(child.stdin.take().unwrap(), &first.schema()).unwrap();
    for content in [recording(0), "nothing".to_owned(), recording(1)] {
        writer.write(&row(&content)).unwrap();
        writer.flush().unwrap();
        let count = receiver.recv_timeout(Duration::from_mins(1)).unwrap();
        assert_eq!(count, 1);
    }
    writer.finish().unwrap();
    drop(writer);
    reading.join().unwrap();
    assert!(child.wait().unwrap().success());
}

fn refused(input: &[u8], part: &str) {
    let (code, _, said) = fed(input.to_vec(), &[]);
    assert!(code == 2 && said.contains(part), "{part}: {code} {said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_stream_that_cannot_be_used_is_an_error() {
    let broken = "error: standard input is no sound Arrow IPC stream";
    refused(b"", broken);
    refused(b"path,subject\na.csv,1\n", broken);
    refused(b"ARROW1\0\0", broken);
    refused(&[0xFF; 64], broken);
    let ids = || ("recording_id", texts([Some("a"), Some("b")]));
    let of = |column: (&'static str, ArrayRef)| stream(&rows(vec![ids(), column]), 1);
    let whole = of(("path", texts([Some("none.csv"), None])));
    let cut = "what feeds it stopped too early";
    refused(&whole[..whole.len() - 8], cut);
    refused(&whole[..whole.len() - 3], "error: ");
    refused(&whole[..whole.len() - 40], broken);

    let number = || Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef;
    refused(
        &stream(&rows(vec![("path", texts([Some("a")]))]), 1),
        "no column 'recording_id'",
    );
    refused(
        &of(("mountt", number())),
        "there is no column 'mountt'; there are: path, subject",
    );
    refused(
        &of(("bytes", number())),
        "the column 'bytes' is of type Int64; it has to be binary",
    );
    refused(
        &of(("input", texts([Some("0"), None]))),
        "'input' is of type Utf8; it has to be a whole number",
    );
    let pairs = StructArray::try_from(vec![("a", number())]).unwrap();
    refused(
        &of(("subject", Arc::new(pairs))),
        "it has to be text, a number or a boolean",
    );
    let words = ListArray::from_iter_primitive::<Int64Type, _, _>([None::<Vec<Option<i64>>>, None]);
    let lists = ListArray::new(
        Arc::new(arrow_schema::Field::new_list_field(
            words.data_type().clone(),
            true,
        )),
        arrow_buffer::OffsetBuffer::from_lengths([1, 1]),
        Arc::new(words),
        None,
    );
    refused(
        &of(("time_s", Arc::new(lists))),
        "it has to be a list of numbers",
    );
}

/// Damage anywhere gives rows or an error, never a panic or a hang.
#[test]
fn damaged_streams_end() {
    let rows = rows(vec![
        ("recording_id", texts([Some("a"), None])),
        (
            "bytes",
            Arc::new(BinaryArray::from(vec![&b"time_s,q_w\n"[..], b""])),
        ),
        (
            "time_s",
            Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>([
                None,
                Some(vec![Some(0.5)]),
            ])),
        ),
    ]);
    let whole = stream(&rows, 1);
    let mut noise = Noise::nth(3);
    for _ in 0..80 {
        let mut bytes = whole.clone();
        for _ in 0..=noise.next() % 3 {
            let at = usize::try_from(noise.next()).unwrap() % bytes.len();
            bytes[at] = noise.next().to_le_bytes()[0];
        }
        let (code, _, said) = fed(bytes, &[]);
        assert!(code == 0 || code == 2, "{said}");
    }
}

/// What it does on a cluster is tested in `tests/spark`.
#[test]
fn the_job_for_spark_is_printed() {
    let ran = run(&["spark-job"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(
        ran.out
            .starts_with("\"\"\"Measure the recordings of a manifest with neckrom")
    );
    assert!(ran.out.ends_with("    main()\n"));
}
