//! Samples a second.

use std::path::Path;

use super::peers::{PROGRAMS, Peers, repetitions};
use super::sessions::{Form, Kind};
use super::timed::{Job, Timed, interleaved, neckrom, table};

const KINDS: [Kind; 2] = [
    Kind {
        name: "short",
        count: 200,
        seconds: 60.0,
        rate_hz: 100.0,
    },
    Kind {
        name: "long",
        count: 20,
        seconds: 600.0,
        rate_hz: 400.0,
    },
];
const JOBS: [usize; 2] = [1, 2];

/// A row of the table.
struct Row {
    title: String,
    jobs: usize,
    bytes: usize,
    /// It is a program of others.
    peer: bool,
    /// It reads what they read.
    beside: bool,
}

pub(crate) fn print() {
    let peers = Peers::found();
    if peers.is_none() {
        println!(
            "no Python beside: NECKROM_PEERS names the folder of its programs, NECKROM_PYTHON a Python that runs them"
        );
    }
    for kind in &KINDS {
        of_kind(kind, peers.as_ref());
    }
}

fn of_kind(kind: &Kind, peers: Option<&Peers>) {
    let root = tempfile::tempdir().unwrap();
    let plain = root.path().join(Form::Plain.name());
    let (mut rows, mut jobs): (Vec<Row>, Vec<Job<'_>>) = (Vec::new(), Vec::new());
    for form in Form::ALL {
        let folder = root.path().join(form.name());
        let bytes = kind.write(&folder, form);
        for threads in JOBS {
            let folder = folder.clone();
            rows.push(Row {
                title: form.name().to_owned(),
                jobs: threads,
                bytes,
                peer: false,
                beside: form == Form::Plain,
            });
            jobs.push(Box::new(move |out| neckrom(&folder, threads, out)));
        }
    }
    if let Some(peers) = peers {
        add_peers(peers, &plain, &mut rows, &mut jobs);
    }
    let mut found = Vec::new();
    let timed = interleaved(&jobs, |place, out| {
        found.push(if rows[place].peer {
            repetitions(out)
        } else {
            table(out, "repetitions.parquet").height()
        });
    });
    print_rows(kind, &rows, &timed, &found);
}

fn add_peers<'a>(peers: &'a Peers, plain: &'a Path, rows: &mut Vec<Row>, jobs: &mut Vec<Job<'a>>) {
    for (title, file) in PROGRAMS {
        for processes in JOBS {
            rows.push(Row {
                title: title.to_owned(),
                jobs: processes,
                bytes: rows[0].bytes,
                peer: true,
                beside: false,
            });
            jobs.push(Box::new(move |out| {
                peers.command(file, plain, processes, out)
            }));
        }
    }
}

fn print_rows(kind: &Kind, rows: &[Row], timed: &[Timed], found: &[usize]) {
    println!(
        "\n{}: {} x {} s at {} Hz, {:.2} million samples\n",
        kind.name,
        kind.count,
        kind.seconds,
        kind.rate_hz,
        kind.samples() / 1e6
    );
    let titles = PROGRAMS.map(|(title, _)| title);
    let beside = rows.iter().any(|row| row.peer);
    let mut columns = COLUMNS.map(str::to_owned).to_vec();
    if beside {
        columns.extend(titles.map(|title| format!("times {title}")));
    }
    print_row(&columns);
    print_row(&vec!["---".to_owned(); columns.len()]);
    for ((row, one), found) in rows.iter().zip(timed).zip(found) {
        let mut cells = cells(kind, row, one, *found).to_vec();
        if beside {
            cells.extend(titles.map(|title| times(row, one, title, rows, timed)));
        }
        print_row(&cells);
    }
}

fn print_row(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}

const COLUMNS: [&str; 8] = [
    "read",
    "jobs",
    "s",
    "CPU s",
    "Msamples/s",
    "MB/s",
    "MiB",
    "repetitions",
];

fn cells(kind: &Kind, row: &Row, one: &Timed, found: usize) -> [String; 8] {
    // Memory is that of the first process: the others of a Python program are not in it.
    let is_part = row.peer && row.jobs > 1;
    [
        row.title.clone(),
        row.jobs.to_string(),
        format!("{:.3}", one.seconds),
        format!("{:.3}", one.cpu_s),
        format!("{:.2}", kind.samples() / one.seconds / 1e6),
        format!("{:.0}", row.bytes as f64 / one.seconds / 1e6),
        if is_part {
            "-".to_owned()
        } else {
            format!("{:.0}", one.mib)
        },
        found.to_string(),
    ]
}

/// How many times as fast as a program of others with as many processes; a dash where it reads another file.
fn times(row: &Row, one: &Timed, title: &str, rows: &[Row], timed: &[Timed]) -> String {
    let mut pairs = rows.iter().zip(timed);
    let other = pairs.find(|(other, _)| other.title == title && other.jobs == row.jobs);
    match other {
        Some((_, other)) if row.beside => format!("{:.1}", other.seconds / one.seconds),
        _ => "-".to_owned(),
    }
}
