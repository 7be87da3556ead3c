//! `report.html`: one page for a screen and for paper, whole in itself: no script, nothing fetched.

use std::collections::BTreeMap;

use minijinja::value::{Serde, Value};
use minijinja::{Environment, context};
use serde::Serialize;

use super::compare::{self, Analysed, CompareReport, SubjectReport, VisitReport};
use super::group_page::GroupPage;
use super::label::{plain, shortened, signed};
use super::{MovementReport, Report, SettingsReport, angle_plot, summary};
use crate::visit::change::Measure;

const TEMPLATE: &str = include_str!("report.html");
/// More visits than this make narrow columns.
const WIDE: usize = 4;

/// One picture of a subject.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Label of the subject.
    pub subject: String,
    /// What it is, for file names.
    pub name: &'static str,
    /// The SVG.
    pub svg: String,
}

/// Writes the page of a comparison with the pictures of its subjects, and that of all together.
///
/// # Errors
/// If the template fails, which a test rules out.
pub fn page(
    report: &CompareReport,
    recordings: &[Analysed],
    (pictures, of_group): (&[Picture], Option<&str>),
) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.add_filter("capitalize_first", capitalize_first);
    environment.add_template("report.html", TEMPLATE)?;
    let subjects: Vec<Subject> = report
        .subjects
        .iter()
        .map(|subject| Subject::of(subject, recordings, pictures))
        .collect();
    environment.get_template("report.html")?.render(context! {
        subjects => Value::from(Serde(subjects)),
        group => Value::from(Serde(report.group.as_ref().map(GroupPage::of))),
        group_picture => of_group,
        limits => summary::limits(report),
        statement => report.statement,
        version => report.version,
    })
}

fn capitalize_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// A subject as the template needs it.
#[derive(Debug, Serialize)]
struct Subject {
    label: String,
    simulated: bool,
    wide: bool,
    visits: Vec<Visit>,
    notes: Vec<String>,
    headings: Vec<String>,
    later: Vec<String>,
    rows: Vec<Row>,
    pictures: BTreeMap<&'static str, String>,
    recordings: Vec<Recording>,
}

#[derive(Debug, Serialize)]
struct Visit {
    label: String,
    date: String,
    recordings: usize,
    sensor_count: usize,
    alignment: String,
}

#[derive(Debug, Serialize)]
struct Row {
    title: &'static str,
    values: Vec<String>,
    changes: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    change: String,
    word: &'static str,
}

#[derive(Debug, Serialize)]
struct Recording {
    visit: String,
    path: String,
    picture: Option<String>,
    lines: Vec<(&'static str, String)>,
}

impl Subject {
    fn of(subject: &SubjectReport, recordings: &[Analysed], pictures: &[Picture]) -> Self {
        let headings: Vec<String> = subject
            .visits
            .iter()
            .map(|visit| shortened(&visit.visit, 24))
            .collect();
        let own = pictures
            .iter()
            .filter(|picture| picture.subject == subject.subject);
        Self {
            label: shortened(&subject.subject, 60),
            simulated: subject.simulated,
            wide: headings.len() > WIDE,
            visits: subject.visits.iter().map(visit).collect(),
            notes: subject.notes.iter().map(|note| plain(note)).collect(),
            later: headings.get(1..).unwrap_or_default().to_vec(),
            headings,
            rows: Measure::all()
                .map(|measure| row(subject, measure))
                .collect(),
            pictures: own
                .map(|picture| (picture.name, picture.svg.clone()))
                .collect(),
            recordings: subject
                .visits
                .iter()
                .flat_map(|visit| of_visit(subject, visit, recordings))
                .collect(),
        }
    }
}

fn visit(visit: &VisitReport) -> Visit {
    Visit {
        label: shortened(&visit.visit, 60),
        date: visit.day().map_or("–".to_owned(), plain),
        recordings: visit.recordings.len(),
        sensor_count: visit.sensor_count,
        alignment: visit.alignment_methods.join(", ").replace('_', " "),
    }
}

fn row(subject: &SubjectReport, measure: Measure) -> Row {
    let later = 1..subject.visits.len();
    Row {
        title: measure.title(),
        values: subject
            .visits
            .iter()
            .map(|visit| value(visit, measure))
            .collect(),
        changes: later.map(|i| cell(subject, measure, i)).collect(),
    }
}

fn value(visit: &VisitReport, measure: Measure) -> String {
    let total = || visit.value_deg(measure).map(|value| format!("{value:.1}°"));
    let movement = match measure {
        Measure::Movement(movement) => visit.movement(movement).filter(|one| one.rom.n > 0),
        Measure::Plane(_) => None,
    };
    movement
        .map(|one| format!("{}\u{a0}({})", spread(&one.rom), one.rom.n))
        .or_else(total)
        .unwrap_or_else(|| "–".to_owned())
}

/// Mean and SD that break before the sign only.
fn spread(rom: &MovementReport) -> String {
    summary::mean_and_sd(rom).replace("± ", "±\u{a0}")
}

fn cell(subject: &SubjectReport, measure: Measure, visit: usize) -> Cell {
    match subject.change(measure, visit) {
        Some(change) => Cell {
            change: signed(change.change_deg),
            word: change.word,
        },
        None => Cell {
            change: "–".to_owned(),
            word: "not measured at both",
        },
    }
}

/// The recordings of a visit; its main one with its picture.
fn of_visit(
    subject: &SubjectReport,
    visit: &VisitReport,
    recordings: &[Analysed],
) -> Vec<Recording> {
    let main = main_recording(recordings, &subject.subject, &visit.visit);
    compare::of_visit(recordings, &subject.subject, &visit.visit)
        .map(|one| Recording {
            visit: shortened(&visit.visit, 40),
            path: plain(&one.report.recording.path),
            picture: main
                .is_some_and(|main| std::ptr::eq(main, one))
                .then(|| angle_plot::draw(&one.report).ok())
                .flatten(),
            lines: lines(&one.report),
        })
        .collect()
}

/// The recording of a visit with most repetitions that count; of equals, the first.
pub(crate) fn main_recording<'a>(
    recordings: &'a [Analysed],
    subject: &str,
    visit: &str,
) -> Option<&'a Analysed> {
    let counted = |one: &&Analysed| one.report.repetitions.iter().filter(|one| one.used).count();
    compare::of_visit(recordings, subject, visit).reduce(|best, one| {
        if counted(&one) > counted(&best) {
            one
        } else {
            best
        }
    })
}

/// How a recording was measured.
fn lines(report: &Report) -> Vec<(&'static str, String)> {
    let mut lines = summary::measured(report);
    lines.push(("heading drift", summary::heading_drift(report)));
    let used = report.repetitions.iter().filter(|one| one.used).count();
    lines.push(("repetitions", format!("{used} counted")));
    let left_out: Vec<String> = summary::left_out(report)
        .iter()
        .map(|(reason, count)| format!("{count} × {reason}"))
        .collect();
    if !left_out.is_empty() {
        lines.push(("left out", left_out.join("; ")));
    }
    let warnings = report.warnings.iter().map(summary::warning);
    lines.extend(warnings.map(|warning| ("warning", warning)));
    lines.push(("settings", settings(&report.settings)));
    lines.push((
        "file",
        format!(
            "{}, SHA-256 {}",
            report.recording.format, report.recording.sha256
        ),
    ));
    lines.push(("analysed by", format!("neckrom {}", report.version)));
    lines
}

fn settings(settings: &SettingsReport) -> String {
    let mount = |what: &str, mount: &Option<String>| {
        mount
            .as_ref()
            .map(|mount| format!("{what} mount {}; ", plain(mount)))
            .unwrap_or_default()
    };
    format!(
        "{}{}angles {}; low-pass {} Hz; gaps up to {} s; still under {}°/s; repetition over {}°; \
         {} practice repetitions per movement",
        mount("head", &settings.mount),
        mount("trunk", &settings.trunk_mount),
        settings.angles.replace('_', " "),
        settings.filter_hz,
        settings.gap_s,
        settings.still_speed_deg_s,
        settings.excursion_deg,
        settings.practice
    )
}
