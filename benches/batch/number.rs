//! Cost of a recording against their number, and whether all are accounted for.

use std::path::Path;

use super::broken::{WAYS, broken};
use super::number_in;
use super::sessions::{Form, Session};
use super::timed::{neckrom, table, text, watched};

const SECONDS: f64 = 10.0;
const RATE_HZ: f64 = 100.0;
/// One in so many is broken, the last of them.
const BROKEN_ONE_IN: usize = 50;
/// Small archives are measured again, up to so many recordings and runs: one run is too short to time.
const RECORDINGS: usize = 1000;
const MOST_RUNS: usize = 20;

pub(crate) fn print() {
    let most = number_in("NECKROM_BATCH").unwrap_or(10_000);
    println!(
        "\nnumber: recordings of {SECONDS} s at {RATE_HZ} Hz, one in {BROKEN_ONE_IN} broken, two jobs\n"
    );
    let columns = [
        "recordings",
        "s",
        "ms each",
        "CPU ms each",
        "CPU ms each, without the start",
        "MiB",
        "measured",
        "failed",
        "passed over",
        "not accounted for",
    ];
    println!("| {} |", columns.join(" | "));
    println!("|{}", "---|".repeat(columns.len()));
    let start_s = of_count(1, 0.0);
    let counts = std::iter::successors(Some(10), |count| Some(count * 10));
    for count in counts.take_while(|count| *count <= most) {
        of_count(count, start_s);
    }
}

/// Prints a row; gives the time on processors of a run.
fn of_count(count: usize, start_s: f64) -> f64 {
    let root = tempfile::tempdir().unwrap();
    let archive = root.path().join("archive");
    write(&archive, count);
    let (mut seconds, mut cpu_s, mut mib) = (0.0, 0.0, 0.0);
    let mut outcome = [0; 3];
    let runs = (RECORDINGS / count).clamp(1, MOST_RUNS);
    for run in 0..runs {
        let out = root.path().join(format!("out_{run}"));
        let one = watched(&mut neckrom(&archive, 2, &out));
        outcome = outcomes(&out);
        assert_eq!(one.status.code(), Some(i32::from(outcome[1] > 0)));
        seconds += one.seconds / runs as f64;
        cpu_s += one.cpu_s / runs as f64;
        mib = f64::max(mib, one.mib);
    }
    let [measured, failed, passed] = outcome;
    let each_ms = |seconds: f64| seconds * 1e3 / count as f64;
    println!(
        "| {count} | {seconds:.3} | {:.3} | {:.3} | {:.3} | {mib:.0} | {measured} | {failed} | {passed} | {} |",
        each_ms(seconds),
        each_ms(cpu_s),
        each_ms(cpu_s - start_s),
        count.abs_diff(measured + failed + passed),
    );
    cpu_s
}

/// Recordings in folders of a thousand.
fn write(archive: &Path, count: usize) {
    let model = |seed| Form::Plain.bytes(&Session::new(seed, SECONDS, RATE_HZ));
    let models: Vec<Vec<u8>> = (0..BROKEN_ONE_IN as u64).map(model).collect();
    for number in 0..count {
        let folder = archive.join(format!("{:03}", number / 1000));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{number:06}.csv"));
        let model = &models[number % models.len()];
        if number % BROKEN_ONE_IN == BROKEN_ONE_IN - 1 {
            let way = number / BROKEN_ONE_IN % WAYS.len();
            let model = str::from_utf8(model).expect("plain text");
            std::fs::write(path, broken(way, model)).unwrap();
        } else {
            std::fs::write(path, model).unwrap();
        }
    }
}

/// Recordings that were measured, that failed, and files that were taken for something else.
fn outcomes(out: &Path) -> [usize; 3] {
    let recordings = table(out, "recordings.parquet");
    let status = recordings.column("status").unwrap().str().unwrap();
    let failed = status.iter().filter(|one| *one == Some("failed")).count();
    let passed_over = text(&out.join("passed_over.csv"));
    let lines = passed_over.map_or(0, |text| text.lines().count() - 1);
    [recordings.height() - failed, failed, lines]
}
