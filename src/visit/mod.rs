//! One day's repetitions of one subject, pooled over its recordings.

use crate::movement::Repetition;

/// A visit: what all recordings of one subject on one day gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// Subject label.
    pub subject: String,
    /// Visit label.
    pub label: String,
    /// ISO 8601 date, if stated.
    pub date: Option<String>,
    /// Sensors in each recording: 1 or 2; the smallest if they differ.
    pub sensor_count: usize,
    /// Ways the recordings were aligned, as in results, sorted, each once.
    pub alignment_methods: Vec<&'static str>,
    /// All repetitions, those left out too.
    pub repetitions: Vec<Repetition>,
}
