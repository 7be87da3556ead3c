//! One recording measured: the same for every command and engine.

use std::path::Path;

use crate::orientation::OrientationError;
use crate::pipeline::{self, Analysis, Settings};
use crate::read::{self, Opened, ReadError, ReadOptions};
use crate::report::Report;
use crate::report::assemble::Origin;
use crate::sample::{About, Event};

/// Where a recording's bytes are.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A file, or what else [`read::open()`] takes.
    Path(&'a Path),
    /// At hand, under a name that may carry labels; see [`read::open_bytes`].
    Bytes(&'a str, &'a [u8]),
}

/// How to read and how to measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    reading: ReadOptions,
    settings: Settings,
    events: Vec<Event>,
    as_is: bool,
    digest: String,
}

impl Options {
    /// How to read, where what is kept has to suit the fusion of the settings; how to measure; marks that
    /// go before those of the recording.
    pub fn new(reading: ReadOptions, settings: Settings, events: Vec<Event>) -> Self {
        let all = Self {
            reading,
            settings,
            events,
            as_is: false,
            digest: String::new(),
        };
        all.digested()
    }

    /// Measures as it was read, even where the samples say that it is wrong.
    #[must_use]
    pub fn as_is(self, as_is: bool) -> Self {
        Self { as_is, ..self }.digested()
    }

    /// Sixteen hexadecimal digits that are the same for the same way of reading and measuring; the trunk
    /// sensor's file does not count.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The trunk sensor's own file.
    pub fn trunk_file(&self) -> Option<&Path> {
        self.reading.trunk_file.as_deref()
    }

    fn digested(mut self) -> Self {
        let trunk_file = self.reading.trunk_file.take();
        self.digest = String::new();
        self.digest = short_digest(format!("{self:?}").as_bytes());
        self.reading.trunk_file = trunk_file;
        self
    }
}

/// Sixteen hexadecimal digits of the SHA-256 of some bytes.
pub(super) fn short_digest(bytes: &[u8]) -> String {
    let whole = read::digest(bytes).expect("memory can be read");
    whole.chars().take(16).collect()
}

/// Labels that win over those of the recording.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// Subject label.
    pub subject: Option<String>,
    /// Visit label.
    pub visit: Option<String>,
}

impl Labels {
    /// Puts them before what the recording says.
    pub fn apply(&self, about: &mut About) {
        about.subject = self.subject.clone().or(about.subject.take());
        about.visit = self.visit.clone().or(about.visit.take());
    }
}

/// A recording that went through.
#[derive(Debug)]
pub struct Measured {
    /// Angles over time and all that was found, radians.
    pub analysis: Analysis,
    /// What is reported of it, degrees; without the angles over time.
    pub report: Report,
}

/// Why a recording could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be analysed.
    #[error(transparent)]
    Analyze(#[from] OrientationError),
}

/// Reads a recording and measures it; `shown` is its path in the results.
///
/// # Errors
/// When it cannot be read, when its own samples say that it was read wrongly, and when there is nothing
/// to measure in it.
pub fn measure(
    source: Source<'_>,
    shown: String,
    labels: &Labels,
    options: &Options,
) -> Result<Measured, MeasureError> {
    let opened = match source {
        Source::Path(path) => read::open(path, &options.reading)?,
        Source::Bytes(name, bytes) => read::open_bytes(name, bytes, &options.reading)?,
    };
    measure_opened(opened, shown, labels, options)
}

/// The same, of a recording that is read already.
///
/// # Errors
/// As [`measure`].
pub fn measure_opened(
    opened: Opened,
    shown: String,
    labels: &Labels,
    options: &Options,
) -> Result<Measured, MeasureError> {
    let settings = &options.settings;
    if !options.as_is {
        opened.refuse_misread(settings.fuse.fusion.is_some())?;
    }
    let mut recording = opened.recording;
    labels.apply(&mut recording.about);
    let events = &mut recording.about.events;
    events.splice(0..0, options.events.iter().cloned());
    let outline = recording.outline();
    let analysis = pipeline::analyze(recording, settings)?;
    let trunk = opened.trunk;
    let origin = Origin {
        path: shown,
        format: opened.format.name.to_owned(),
        sha256: opened.sha256,
        trunk: trunk.map(|trunk| (trunk.path.to_string_lossy().into_owned(), trunk.sha256)),
        warnings: opened.warnings,
    };
    let report = Report::new(&origin, &outline, &analysis, settings);
    Ok(Measured { analysis, report })
}
