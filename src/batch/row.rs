//! What the tables say of one recording, one that failed too.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use super::guard::guarded;
use super::measure::{Labels, Measured, Options, Source, measure};
use crate::movement::{Movement, labelled_movements};
use crate::read;
use crate::report::{Report, WarningReport};
use crate::sample::About;
use crate::warning::Warning;

/// How a recording came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Every movement that was to be expected was found, and no data were lost. Expected are the movements
    /// that the recording's task names, all six when it names none.
    Ok,
    /// Measured, but a movement that was to be expected has no repetition that counts, or samples were
    /// lost: one of [`LOSSES`] was met.
    Partial,
    /// Not measured.
    Failed,
}

/// The warnings that say that samples were lost.
pub const LOSSES: [Warning; 10] = [
    Warning::Gap,
    Warning::TimeBackwards,
    Warning::CorruptQuaternion,
    Warning::MissingValue,
    Warning::RaggedRow,
    Warning::CutOff,
    Warning::CorruptFrame,
    Warning::SensorLeftOut,
    Warning::BadSamples,
    Warning::ZeroQuaternion,
];

impl Status {
    /// The name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }

    /// Of a recording that was measured.
    fn of(report: &Report) -> Self {
        let lost = |warning: &WarningReport| {
            let mut codes = LOSSES.iter().map(|loss| loss.code());
            codes.any(|code| code == warning.code)
        };
        let task = report.recording.task.as_deref();
        let named = task.map(labelled_movements).unwrap_or_default();
        let is_expected =
            |name: &str| named.is_empty() || named.iter().any(|&one| Movement::name(one) == name);
        let mut movements = report.movements.iter();
        let missing = movements.any(|one| one.n == 0 && is_expected(one.movement));
        if missing || report.warnings.iter().any(lost) {
            Self::Partial
        } else {
            Self::Ok
        }
    }
}

/// A recording's results.
#[derive(Debug)]
pub struct Row {
    /// Path as given; what is not UTF-8 in it is replaced.
    pub recording: String,
    /// Subject, visit, date and task, as far as known.
    pub about: About,
    /// How it came out.
    pub status: Status,
    /// Why it failed.
    pub error: Option<String>,
    /// Bytes on disk.
    pub bytes: Option<u64>,
    /// SHA-256 of the bytes, hexadecimal, if they could be read to the end.
    pub sha256: Option<String>,
    /// [`Options::digest`].
    pub settings: String,
    /// What was measured.
    pub report: Option<Report>,
}

impl Row {
    /// Every kind of warning with its count: `gap:2 duplicate:14`.
    pub fn warnings(&self) -> Option<String> {
        let mut text = String::new();
        for one in self.report.iter().flat_map(|report| &report.warnings) {
            let space = if text.is_empty() { "" } else { " " };
            write!(text, "{space}{}:{}", one.code, one.count).expect("memory takes any text");
        }
        (!text.is_empty()).then_some(text)
    }
}

/// Measures a recording; `then` sees what came out and may still fail it. Whatever happens, there is a row:
/// this is what every engine calls.
pub fn row<E: Error>(
    source: Source<'_>,
    labels: &Labels,
    options: &Options,
    then: impl FnOnce(&mut Measured) -> Result<(), E>,
) -> Row {
    let (shown, bytes) = match source {
        Source::Path(path) => (path.to_string_lossy().into_owned(), None),
        Source::Bytes(name, bytes) => (name.to_owned(), Some(bytes.len() as u64)),
    };
    let work = || -> Result<Report, String> {
        let mut measured =
            measure(source, shown.clone(), labels, options).map_err(|error| told(&error))?;
        then(&mut measured).map_err(|error| told(&error))?;
        Ok(measured.report)
    };
    let done = guarded(work).unwrap_or_else(|stopped| Err(stopped.to_string()));
    let mut row = match done {
        Ok(report) => of_report(report, options),
        Err(error) => failed(shown, labels, options, error),
    };
    row.bytes = bytes;
    row
}

fn of_report(report: Report, options: &Options) -> Row {
    let recording = &report.recording;
    Row {
        recording: recording.path.clone(),
        about: About {
            subject: recording.subject.clone(),
            visit: recording.visit.clone(),
            date: recording.date.clone(),
            task: recording.task.clone(),
            ..About::default()
        },
        status: Status::of(&report),
        error: None,
        bytes: None,
        sha256: Some(recording.sha256.clone()),
        settings: options.digest().to_owned(),
        report: Some(report),
    }
}

/// The row of a recording that failed; its labels are those given, else those of its path.
pub fn failed(recording: String, labels: &Labels, options: &Options, error: String) -> Row {
    let mut about = About {
        subject: labels.subject.clone(),
        visit: labels.visit.clone(),
        ..About::default()
    };
    read::about_from_path(Path::new(&recording), &mut about);
    Row {
        recording,
        about,
        status: Status::Failed,
        error: Some(error),
        bytes: None,
        sha256: None,
        settings: options.digest().to_owned(),
        report: None,
    }
}

/// An error with its causes on one line.
pub fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(text, ": {error}").expect("memory takes any text");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::pipeline::Settings;
    use crate::read::ReadOptions;
    use crate::simulate::{self, simulate};
    use crate::write::native_csv::native_csv;

    fn options() -> Options {
        Options::new(ReadOptions::default(), Settings::default(), Vec::new())
    }

    fn row_of(source: Source<'_>) -> Row {
        row(source, &Labels::default(), &options(), |_| {
            Ok::<_, Infallible>(())
        })
    }

    #[test]
    fn bytes_at_hand_give_what_their_file_gives() {
        let settings = simulate::Settings {
            rate_hz: 50.0,
            ..simulate::Settings::default()
        };
        let text = native_csv(&simulate(&settings).unwrap().recording);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub-1_ses-2_motion.csv");
        std::fs::write(&path, &text).unwrap();
        let shown = path.to_string_lossy();
        let [of_file, of_bytes] = [Source::Path(&path), Source::Bytes(&shown, &text)].map(row_of);
        let report = |row: &Row| serde_json::to_string(row.report.as_ref().unwrap()).unwrap();
        assert_eq!(report(&of_file), report(&of_bytes));
        assert_eq!(
            (of_file.status, of_file.sha256),
            (Status::Ok, of_bytes.sha256)
        );
        assert_eq!(of_bytes.bytes, Some(text.len() as u64));
        assert_eq!(of_file.about.visit.as_deref(), Some("2"));
    }

    #[test]
    fn a_failure_is_a_row_with_the_labels_of_its_name() {
        let failed = row_of(Source::Bytes("sub-1/ses-2/x.csv", b"nothing known"));
        assert_eq!(failed.status, Status::Failed);
        assert!(
            failed
                .error
                .unwrap()
                .contains("no recording of a known format")
        );
        assert_eq!(failed.about.subject.as_deref(), Some("1"));
        let missing = row_of(Source::Path(Path::new("none/such.csv")))
            .error
            .unwrap();
        assert!(
            missing.starts_with("the file could not be read: "),
            "{missing}"
        );
    }

    #[test]
    fn the_settings_of_a_row_tell_ways_of_measuring_apart() {
        let practice = |practice| Settings {
            practice,
            ..Settings::default()
        };
        let of = |reading, settings| Options::new(reading, settings, Vec::new());
        let plain = options();
        assert_eq!(plain.digest(), options().as_is(false).digest());
        assert_ne!(plain.digest(), options().as_is(true).digest());
        let reading = ReadOptions::default();
        assert_ne!(
            plain.digest(),
            of(reading.clone(), practice(Some(1))).digest()
        );
        // Which file the trunk's samples are in is no setting.
        let trunk_file = Some("trunk.csv".into());
        let of_two = ReadOptions {
            trunk_file,
            ..reading
        };
        let of_two = of(of_two, Settings::default());
        assert_eq!(plain.digest(), of_two.digest());
        assert!(of_two.trunk_file().is_some());
    }
}
