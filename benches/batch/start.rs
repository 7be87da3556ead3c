//! A short file, from nothing to its table.

use std::process::Command;

use super::sessions::{Form, Session};
use super::timed::{Job, interleaved};

pub(crate) fn print() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("recording.csv");
    std::fs::write(&path, Form::Plain.bytes(&Session::new(1, 60.0, 100.0))).unwrap();
    let analyze: Job<'_> = Box::new(|_| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neckrom"));
        command.arg("analyze").arg(&path);
        command
    });
    let timed = interleaved(&[analyze], |_, _| ())[0];
    println!(
        "\nstart: `neckrom analyze` of 60 s at 100 Hz: {:.1} ms, {:.0} MiB",
        timed.seconds * 1e3,
        timed.mib
    );
}
