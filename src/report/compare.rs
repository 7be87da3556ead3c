//! Visits of each subject side by side, in degrees: the JSON of `neckrom compare` and what its
//! pictures and pages are made from.

use serde::Serialize;

use super::group::{self, GroupReport};
use super::{MovementReport, PlaneReport, Report, build, label, svg};
use crate::movement::{Movement, Plane, Repetition};
use crate::reference::{self, Thresholds};
use crate::visit::change::{self, Change, Measure};
use crate::visit::limits::Limits;
use crate::visit::results::VisitMeans;
use crate::visit::{self, Visit};

/// Name and version of the JSON layout.
pub const SCHEMA: &str = "neckrom.compare/1";

/// What this software is and is not; stands with every comparison.
pub const STATEMENT: &str = "Research and engineering software, not registered or cleared: it gives \
    measurements only, no diagnosis, no treatment advice. Whoever puts it into patient care must \
    settle its regulatory status.";

/// What stands where a recording names no subject or visit.
pub const UNLABELLED: &str = "unlabelled";

/// One analysed recording: its report, with the angles over time, and its repetitions.
#[derive(Debug, Clone)]
pub struct Analysed {
    /// In degrees.
    pub report: Report,
    /// In radians, for pooling.
    pub repetitions: Vec<Repetition>,
}

/// All subjects of a comparison.
#[derive(Debug, Clone, Serialize)]
pub struct CompareReport {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Version of neckrom.
    pub version: &'static str,
    /// In natural order of their labels; none of tables of results, which have no recordings.
    pub subjects: Vec<SubjectReport>,
    /// All subjects together, where two or more have two visits; of tables, where one has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupReport>,
    /// The limits behind the words, each with its source, where no file replaces them.
    pub thresholds: &'static Thresholds,
    /// The limits of a file, where one replaces them.
    #[serde(skip_serializing_if = "Limits::are_shipped")]
    pub limits: Limits,
    /// [`STATEMENT`].
    pub statement: &'static str,
}

/// One subject's visits.
#[derive(Debug, Clone, Serialize)]
pub struct SubjectReport {
    /// Label.
    pub subject: String,
    /// A recording says that it is simulated.
    pub simulated: bool,
    /// In order of time.
    pub visits: Vec<VisitReport>,
    /// Every later visit against the first.
    pub changes: Vec<ChangeReport>,
    /// What makes the visits hard to compare.
    pub notes: Vec<String>,
}

/// One visit.
#[derive(Debug, Clone, Serialize)]
pub struct VisitReport {
    /// Label.
    pub visit: String,
    /// ISO 8601 date, if stated.
    pub date: Option<String>,
    /// Paths of its recordings, as given.
    pub recordings: Vec<String>,
    /// Sensors in each recording.
    pub sensor_count: usize,
    /// Ways its recordings were aligned.
    pub alignment_methods: Vec<&'static str>,
    /// All six movements.
    pub movements: Vec<VisitMovementReport>,
    /// All three planes.
    pub planes: Vec<PlaneReport>,
}

/// One movement at a visit.
#[derive(Debug, Clone, Serialize)]
pub struct VisitMovementReport {
    /// Mean, spread and count.
    #[serde(flatten)]
    pub rom: MovementReport,
    /// ROM of each repetition that counts.
    pub repetitions_deg: Vec<f64>,
}

/// A visit less the first one.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeReport {
    /// Name of the movement, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub movement: Option<&'static str>,
    /// Name of the plane, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plane: Option<&'static str>,
    /// Label of the visit.
    pub visit: String,
    /// At the first visit.
    pub first_deg: f64,
    /// At this visit.
    pub visit_deg: f64,
    /// This visit less the first.
    pub change_deg: f64,
    /// The change in words of measurement error.
    pub word: &'static str,
}

impl SubjectReport {
    /// The change of a measure at the visit of this index.
    pub fn change(&self, measure: Measure, visit: usize) -> Option<&ChangeReport> {
        let label = &self.visits.get(visit)?.visit;
        self.changes.iter().find(|change| {
            let name = if measure.kind() == "plane" {
                change.plane
            } else {
                change.movement
            };
            name == Some(measure.name()) && change.visit == *label
        })
    }
}

impl VisitReport {
    /// One movement.
    pub fn movement(&self, movement: Movement) -> Option<&VisitMovementReport> {
        self.movements
            .iter()
            .find(|one| one.rom.movement == movement.name())
    }

    /// The day of its date, without the time.
    pub fn day(&self) -> Option<&str> {
        self.date
            .as_deref()
            .map(|date| date.get(..10).unwrap_or(date))
    }

    /// Label, cut to this width in small text, and day in brackets.
    pub(crate) fn label_and_day(&self, width: f64) -> String {
        let day = self.day().map(|day| format!(" ({})", label::plain(day)));
        label::fit(&self.visit, svg::SMALL, width) + &day.unwrap_or_default()
    }

    /// Mean ROM or plane total.
    pub fn value_deg(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::Movement(movement) => self.movement(movement)?.rom.mean_deg,
            Measure::Plane(plane) => {
                self.planes
                    .iter()
                    .find(|one| one.plane == plane.name())?
                    .total_deg
            }
        }
    }
}

/// Pools analysed recordings into visits: by subject and visit label, in order.
///
/// A recording without a visit label goes by its date.
pub fn visits(recordings: &[Analysed]) -> Vec<Visit> {
    let mut visits: Vec<Visit> = Vec::new();
    for recording in recordings {
        let (subject, label) = labels(&recording.report);
        let place = visits
            .iter()
            .position(|visit| visit.subject == subject && visit.label == label);
        match place.and_then(|place| visits.get_mut(place)) {
            Some(visit) => pool(visit, recording),
            None => visits.push(single(subject, label, recording)),
        }
    }
    visit::sort(&mut visits);
    visits
}

/// Subject and visit label that a recording goes under.
pub fn labels(report: &Report) -> (&str, &str) {
    let about = &report.recording;
    let visit = about.visit.as_deref().or(about.date.as_deref());
    (
        about.subject.as_deref().unwrap_or(UNLABELLED),
        visit.unwrap_or(UNLABELLED),
    )
}

fn single(subject: &str, label: &str, recording: &Analysed) -> Visit {
    Visit {
        subject: subject.to_owned(),
        label: label.to_owned(),
        date: recording.report.recording.date.clone(),
        sensor_count: sensor_count(&recording.report),
        alignment_methods: vec![recording.report.alignment.method],
        mounts: recording.report.settings.mount.iter().cloned().collect(),
        repetitions: recording.repetitions.clone(),
    }
}

fn pool(visit: &mut Visit, recording: &Analysed) {
    let date = recording.report.recording.date.as_ref();
    visit.date = visit.date.iter().chain(date).min().cloned();
    visit.sensor_count = visit.sensor_count.min(sensor_count(&recording.report));
    visit
        .alignment_methods
        .push(recording.report.alignment.method);
    visit.alignment_methods.sort_unstable();
    visit.alignment_methods.dedup();
    visit
        .mounts
        .extend(recording.report.settings.mount.iter().cloned());
    visit.mounts.sort_unstable();
    visit.mounts.dedup();
    visit.repetitions.extend_from_slice(&recording.repetitions);
}

/// Sensors that were used: the head's, and the trunk's if the head was measured against it.
fn sensor_count(report: &Report) -> usize {
    if report.alignment.trunk_from_sensor.is_some() {
        2
    } else {
        1
    }
}

/// Compares the visits of every subject.
pub fn compare(recordings: &[Analysed], visits: &[Visit], limits: &Limits) -> CompareReport {
    let subjects: Vec<SubjectReport> = visits
        .chunk_by(|a, b| a.subject == b.subject)
        .map(|of_subject| subject(of_subject, recordings, limits))
        .collect();
    // Those who are not told apart are no subject.
    let labelled = |visit: &&Visit| visit.subject != UNLABELLED && visit.label != UNLABELLED;
    let means: Vec<VisitMeans> = visits.iter().filter(labelled).map(Visit::means).collect();
    let simulated = subjects.iter().any(|one| one.simulated);
    let group = group::report(&means, limits, simulated);
    let group = Some(group).filter(|group| group.followed > 1);
    report(subjects, group, limits)
}

/// Compares the visits of tables of results.
pub fn compare_tables(visits: &[VisitMeans], limits: &Limits) -> CompareReport {
    let group = group::report(visits, limits, false);
    let group = Some(group).filter(|group| group.followed > 0);
    report(Vec::new(), group, limits)
}

fn report(
    subjects: Vec<SubjectReport>,
    group: Option<GroupReport>,
    limits: &Limits,
) -> CompareReport {
    CompareReport {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        subjects,
        group,
        thresholds: reference::thresholds(),
        limits: limits.clone(),
        statement: STATEMENT,
    }
}

fn subject(visits: &[Visit], recordings: &[Analysed], limits: &Limits) -> SubjectReport {
    let label = visits.first().map_or("", |visit| visit.subject.as_str());
    let means: Vec<VisitMeans> = visits.iter().map(Visit::means).collect();
    SubjectReport {
        subject: label.to_owned(),
        simulated: recordings
            .iter()
            .any(|one| labels(&one.report).0 == label && one.report.recording.simulated),
        visits: visits
            .iter()
            .map(|visit| visit_report(visit, recordings))
            .collect(),
        changes: change::changes(&means, limits)
            .iter()
            .map(change_report)
            .collect(),
        notes: change::notes(visits),
    }
}

fn visit_report(visit: &Visit, recordings: &[Analysed]) -> VisitReport {
    let roms = visit.roms();
    VisitReport {
        visit: visit.label.clone(),
        date: visit.date.clone(),
        recordings: of_visit(recordings, &visit.subject, &visit.label)
            .map(|one| one.report.recording.path.clone())
            .collect(),
        sensor_count: visit.sensor_count,
        alignment_methods: visit.alignment_methods.clone(),
        movements: roms
            .iter()
            .map(|rom| VisitMovementReport {
                rom: build::movement(rom),
                repetitions_deg: counted_deg(visit, rom.movement),
            })
            .collect(),
        planes: Plane::ALL
            .iter()
            .map(|&plane| PlaneReport {
                plane: plane.name(),
                total_deg: visit.plane_total_rad(plane).map(f64::to_degrees),
            })
            .collect(),
    }
}

/// The recordings of one visit, as given.
pub(crate) fn of_visit<'a, 'label>(
    recordings: &'a [Analysed],
    subject: &'label str,
    visit: &'label str,
) -> impl Iterator<Item = &'a Analysed> + use<'a, 'label> {
    recordings
        .iter()
        .filter(move |one| labels(&one.report) == (subject, visit))
}

fn counted_deg(visit: &Visit, movement: Movement) -> Vec<f64> {
    visit
        .repetitions
        .iter()
        .filter(|one| one.left_out.is_none() && one.movement == Some(movement))
        .map(|one| one.rom_rad.to_degrees())
        .collect()
}

fn change_report(change: &Change) -> ChangeReport {
    let name = |kind: &str| (change.measure.kind() == kind).then(|| change.measure.name());
    ChangeReport {
        movement: name("movement"),
        plane: name("plane"),
        visit: change.visit.clone(),
        first_deg: change.first_rad.to_degrees(),
        visit_deg: change.visit_rad.to_degrees(),
        change_deg: change.change_rad.to_degrees(),
        word: change.word.text(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::Example;
    use super::*;

    #[test]
    fn recordings_of_one_visit_are_pooled() {
        let mut one_sensor = Example::new("1", 2.0);
        one_sensor.sensors = 1;
        let mut recordings = vec![Example::new("1", 0.0).analysed(), one_sensor.analysed()];
        recordings[1].report.alignment.method = "declared_mount";
        let visits = visits(&recordings);
        assert_eq!(visits.len(), 1);
        assert_eq!(visits[0].sensor_count, 1);
        assert_eq!(visits[0].alignment_methods, ["declared_mount", "nods"]);
        let report = compare(&recordings, &visits, &Limits::default());
        assert_eq!(report.subjects[0].visits[0].movements[0].rom.n, 6);
        assert_eq!(report.subjects[0].visits[0].recordings.len(), 2);
    }

    #[test]
    fn all_subjects_are_those_who_are_told_apart() {
        let visits_of = |subject: Option<&str>| {
            ["1", "2"].map(|label| {
                let mut recording = Example::new(label, 3.0).analysed();
                recording.report.recording.subject = subject.map(str::to_owned);
                recording
            })
        };
        let group = |recordings: &[Analysed]| {
            let report = compare(recordings, &visits(recordings), &Limits::default());
            report.group.map(|group| (group.subjects, group.followed))
        };
        let [one, other, nobody] = [Some("01"), Some("02"), None].map(visits_of);
        assert_eq!(group(&[&one[..], &nobody].concat()), None);
        let all = [&one[..], &other, &nobody].concat();
        assert_eq!(group(&all), Some((2, 2)));
        assert_eq!(group(&all[..3]), None, "only one has two visits");
    }

    #[test]
    fn a_recording_without_a_visit_label_goes_by_its_date() {
        let mut recording = Example::new("1", 0.0).analysed();
        recording.report.recording.visit = None;
        assert_eq!(labels(&recording.report), ("01", UNLABELLED));
        recording.report.recording.date = Some("2026-01-02".to_owned());
        assert_eq!(labels(&recording.report), ("01", "2026-01-02"));
    }
}
