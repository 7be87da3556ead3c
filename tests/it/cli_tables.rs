//! The tables on the terminal, whole.

use crate::support::{SAMPLE, run};

/// Settings of snapshots: a checksum is only shown to be there.
fn filtered(check: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\b[0-9a-f]{64}\b", "[sha256]");
    settings.bind(check);
}

fn shown(name: &str, words: &[&str]) -> String {
    let ran = run(words);
    assert_eq!(ran.code, 0, "{ran:?}");
    filtered(|| insta::assert_snapshot!(name, ran.out));
    ran.err
}

#[test]
fn analyze() {
    assert_eq!(shown("table_analyze", &["analyze", SAMPLE]), "");
}

#[test]
fn analyze_two_sensors() {
    let two = "sample_data/sub-02/ses-02/sub-02_ses-02_task-protocol_motion.parquet";
    assert_eq!(shown("table_analyze_two_sensors", &["analyze", two]), "");
}

#[test]
fn compare() {
    assert_eq!(shown("table_compare", &["compare", "sample_data"]), "");
}

#[test]
fn inspect() {
    assert_eq!(shown("table_inspect", &["inspect", SAMPLE]), "");
    let raw = "sample_data/sub-01/ses-02/sub-01_ses-02_task-protocol_motion.csv";
    assert_eq!(shown("table_inspect_all_channels", &["inspect", raw]), "");
}

#[test]
fn check() {
    let raw = "sample_data/sub-01/ses-02/sub-01_ses-02_task-protocol_motion.csv";
    assert_eq!(shown("table_check", &["check", raw]), "");
}

#[test]
fn formats() {
    assert_eq!(shown("table_formats", &["formats"]), "");
    assert_eq!(
        shown("table_formats_markdown", &["formats", "--markdown"]),
        ""
    );
}
