//! All subjects as the template of the page needs them.

use serde::Serialize;

use super::group::{GroupReport, MeasureReport};
use super::label::{shortened, signed};
use super::summary;
use crate::visit::change::{Change, Measure, Word};

/// More subjects than this are not listed one by one.
const LISTED: usize = 100;

/// All subjects.
#[derive(Debug, Serialize)]
pub(super) struct GroupPage {
    subjects: usize,
    simulated: bool,
    followed: String,
    words: [&'static str; 3],
    measures: Vec<[String; 9]>,
    titles: Vec<&'static str>,
    changes: Vec<Changes>,
    unlisted: usize,
}

/// One subject's changes, in the order of the titles.
#[derive(Debug, Serialize)]
struct Changes {
    subject: String,
    cells: Vec<String>,
}

impl GroupPage {
    pub(super) fn of(group: &GroupReport) -> Self {
        let all = &group.cohort.changes;
        let by_subject = || all.chunk_by(|a, b| a.subject == b.subject);
        Self {
            subjects: group.subjects,
            simulated: group.simulated,
            followed: summary::followed(group),
            words: Word::ALL.map(Word::text),
            measures: group.measures.iter().map(MeasureReport::cells).collect(),
            titles: Measure::all().map(Measure::title).collect(),
            changes: by_subject().take(LISTED).map(changes).collect(),
            unlisted: by_subject().count().saturating_sub(LISTED),
        }
    }
}

/// A star for a possible change, two for a probable one.
fn changes(of_subject: &[Change]) -> Changes {
    let cell = |measure| {
        let change = of_subject.iter().find(|one| one.measure == measure)?;
        let stars = match change.word {
            Word::WithinMeasurementError => "",
            Word::PossibleChange => "*",
            Word::ProbableChange => "**",
        };
        Some(signed(change.change_rad.to_degrees()) + stars)
    };
    let subject = of_subject.first().map_or("", |one| &one.subject);
    Changes {
        subject: shortened(subject, 24),
        cells: Measure::all()
            .map(|one| cell(one).unwrap_or("–".to_owned()))
            .collect(),
    }
}
