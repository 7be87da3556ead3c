//! All files of a comparison, ready to be written.

use std::collections::BTreeSet;

use polars::prelude::DataFrame;
use serde::Serialize;

use super::compare::{self, Analysed, CompareReport, SubjectReport};
use super::html::{self, Picture};
use super::table::{self, TableError};
use super::{
    DrawError, Report, group_plot, path_plot, png, progress_plot, rose_plot, summary, visit_plot,
};
use crate::visit::limits::Limits;
use crate::visit::results::VisitMeans;
use crate::visit::{self, Visit, change};

/// Longest part of a file name that comes from a label.
const LONGEST_LABEL: usize = 60;

/// What is compared: recordings, or visits of tables.
#[derive(Debug, Clone, Default)]
pub struct CompareInput {
    /// Analysed recordings of any number of subjects and visits.
    pub recordings: Vec<Analysed>,
    /// Visits of tables of results, in order, where there are no recordings.
    pub tables: Vec<VisitMeans>,
    /// The limits of change.
    pub limits: Limits,
    /// Reference set to draw beside the plane totals; a name of [`crate::reference::reference_sets`].
    pub reference_set: Option<String>,
    /// Pixels per unit of the PNG pictures (2 is good for paper); none for no PNG.
    pub png_scale: Option<f32>,
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// Its name, without a folder; letters, digits, `_`, `-` and dots only.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// Why the files could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A picture.
    #[error("cannot draw a picture")]
    Draw(#[from] DrawError),
    /// A table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The tables of the visits.
    #[error("cannot build the tables of the visits")]
    Visits(#[from] polars::error::PolarsError),
    /// The JSON.
    #[error("cannot write the results as JSON")]
    Json(#[from] serde_json::Error),
    /// The page.
    #[error("cannot fill the page")]
    Page(#[from] minijinja::Error),
}

/// The comparison itself: visits pooled and put in order, changes judged.
pub fn report(input: &CompareInput) -> CompareReport {
    compared(input, &compare::visits(&input.recordings))
}

fn compared(input: &CompareInput, visits: &[Visit]) -> CompareReport {
    if input.recordings.is_empty() {
        compare::compare_tables(&input.tables, &input.limits)
    } else {
        compare::compare(&input.recordings, visits, &input.limits)
    }
}

/// The comparison as text for the terminal.
pub fn text(report: &CompareReport) -> String {
    summary::comparison(report)
}

/// Results as JSON, indented, with a line end at the end; numbers that are not finite become null.
///
/// # Errors
/// If a value cannot be JSON.
pub fn json<T: Serialize + ?Sized>(results: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(results)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// All files of a comparison: page, tables, JSON, and the pictures of the group and of each subject.
///
/// # Errors
/// If one of them cannot be made.
pub fn files(input: &CompareInput) -> Result<Vec<OutputFile>, FilesError> {
    let visits = compare::visits(&input.recordings);
    let report = compared(input, &visits);
    let pictures = pictures(&report, input)?;
    let group = report.group.as_ref();
    let group = group.map(|group| group_plot::draw(group, &input.limits));
    let group = group.transpose()?;
    let page = html::page(&report, &input.recordings, (&pictures, group.as_deref()))?;
    let mut files = vec![
        file("report.html", page),
        file("comparison.json", json(&report)?),
    ];
    files.extend(tables(&visits, input)?);
    if let Some(svg) = &group {
        files.extend(drawing("group", svg, input.png_scale)?);
    }
    let names = subject_names(&report);
    for picture in &pictures {
        let place = report
            .subjects
            .iter()
            .position(|one| one.subject == picture.subject);
        let Some(subject) = place.and_then(|place| names.get(place)) else {
            continue;
        };
        let name = format!("{subject}_{}", picture.name);
        files.extend(drawing(&name, &picture.svg, input.png_scale)?);
    }
    Ok(files)
}

fn drawing(name: &str, svg: &str, scale: Option<f32>) -> Result<Vec<OutputFile>, DrawError> {
    let png = scale.map(|scale| png::png(svg, scale)).transpose()?;
    let png = png.map(|png| file(format!("{name}.png"), png));
    let svg = file(format!("{name}.svg"), svg);
    Ok(png.into_iter().chain([svg]).collect())
}

fn file(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> OutputFile {
    OutputFile {
        name: name.into(),
        bytes: bytes.into(),
    }
}

/// Movements and repetitions of analysed recordings as CSV and Parquet.
///
/// # Errors
/// If a table cannot be made.
pub fn analysis_tables(reports: &[&Report]) -> Result<Vec<OutputFile>, FilesError> {
    let mut files = both("movements", table::movements(reports)?)?;
    files.extend(both("repetitions", table::repetitions(reports)?)?);
    Ok(files)
}

fn tables(visits: &[Visit], input: &CompareInput) -> Result<Vec<OutputFile>, FilesError> {
    let means: Vec<VisitMeans> = visits.iter().map(Visit::means).collect();
    let changes: Vec<_> = [&means, &input.tables]
        .into_iter()
        .flat_map(|visits| visits.chunk_by(|a, b| a.subject == b.subject))
        .flat_map(|visits| change::changes(visits, &input.limits))
        .collect();
    let changes = table::in_degrees(visit::table::changes(&changes)?)?;
    let mut files = vec![file("changes.csv", table::csv(&changes)?)];
    if visits.is_empty() {
        return Ok(files);
    }
    let reports: Vec<&Report> = input.recordings.iter().map(|one| &one.report).collect();
    let movements = table::in_degrees(visit::table::movements(visits)?)?;
    files.extend(both("movements", movements)?);
    files.extend(both("repetitions", table::repetitions(&reports)?)?);
    Ok(files)
}

fn both(name: &str, mut table: DataFrame) -> Result<Vec<OutputFile>, FilesError> {
    Ok(vec![
        file(format!("{name}.csv"), table::csv(&table)?),
        file(format!("{name}.parquet"), table::parquet(&mut table)?),
    ])
}

fn pictures(report: &CompareReport, input: &CompareInput) -> Result<Vec<Picture>, DrawError> {
    let mut all = Vec::new();
    for subject in &report.subjects {
        let mut add = |name, svg| {
            all.push(Picture {
                subject: subject.subject.clone(),
                name,
                svg,
            });
        };
        add(
            "before_after",
            visit_plot::draw(subject, &input.limits, input.reference_set.as_deref())?,
        );
        add("progress", progress_plot::draw(subject)?);
        add("rose", rose_plot::draw(subject)?);
        if let Some(path) = path(subject, &input.recordings)? {
            add("path", path);
        }
    }
    Ok(all)
}

/// The paths of the first and the last visit's main recordings; none if there are no angles.
fn path(subject: &SubjectReport, recordings: &[Analysed]) -> Result<Option<String>, DrawError> {
    let of_visit = |visit: &compare::VisitReport| {
        html::main_recording(recordings, &subject.subject, &visit.visit)
            .map(|one| &one.report.trace)
            .filter(|trace| !trace.time_s.is_empty())
    };
    let paths: Vec<_> = [
        subject.visits.first(),
        subject.visits.get(1..).and_then(<[_]>::last),
    ]
    .into_iter()
    .flatten()
    .filter_map(|visit| {
        Some(path_plot::Path {
            visit: &visit.visit,
            trace: of_visit(visit)?,
        })
    })
    .collect();
    match (paths.first(), subject.visits.len()) {
        (Some(&first), 1) => drawn(path_plot::draw(subject, first, None)),
        (Some(&first), _) if paths.len() == 2 => {
            drawn(path_plot::draw(subject, first, paths.get(1).copied()))
        }
        _ => Ok(None),
    }
}

/// Nothing to draw is no picture, not a failure.
fn drawn(svg: Result<String, DrawError>) -> Result<Option<String>, DrawError> {
    match svg {
        Err(DrawError::Nothing(_)) => Ok(None),
        other => other.map(Some),
    }
}

/// A file name for each subject, all different: `sub-01`.
fn subject_names(report: &CompareReport) -> Vec<String> {
    let mut taken = BTreeSet::new();
    report
        .subjects
        .iter()
        .map(|subject| {
            let name = safe_name(&subject.subject);
            let with = |n: usize| {
                if n == 1 {
                    name.clone()
                } else {
                    format!("{name}-{n}")
                }
            };
            let free = (1..=taken.len() + 1)
                .map(with)
                .find(|name| !taken.contains(&name.to_ascii_lowercase()));
            let free = free.unwrap_or(name.clone());
            taken.insert(free.to_ascii_lowercase());
            free
        })
        .collect()
}

/// A label as part of a file name: letters, digits, `_` and `-`; it begins with `sub-`.
fn safe_name(label: &str) -> String {
    let bare = label.strip_prefix("sub-").unwrap_or(label);
    format!("sub-{}", in_file_name(bare, LONGEST_LABEL, '_'))
}

/// Text as it may stand in a file name: at most `longest` letters, digits, `-` and `_`, and `instead`
/// of everything else.
pub fn in_file_name(text: &str, longest: usize, instead: char) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    text.chars()
        .take(longest)
        .map(|letter| if allowed(letter) { letter } else { instead })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::example::{Example, course};
    use super::*;

    fn input(recordings: Vec<Analysed>) -> CompareInput {
        CompareInput {
            recordings,
            tables: Vec::new(),
            limits: Limits::default(),
            reference_set: None,
            png_scale: None,
        }
    }

    fn text_of<'a>(files: &'a [OutputFile], name: &str) -> &'a str {
        let file = files.iter().find(|file| file.name == name).unwrap();
        std::str::from_utf8(&file.bytes).unwrap()
    }

    fn hostile() -> Vec<Analysed> {
        let mut first = Example::new("<script>alert(1)</script>", 0.0);
        first.subject = "../../=cmd|'\"<img src=x onerror=y>".to_owned();
        let mut last = Example {
            subject: first.subject.clone(),
            ..Example::new("2", 5.0)
        };
        last.sensors = 1;
        vec![first.analysed(), last.analysed()]
    }

    #[test]
    fn all_files_are_made_once() {
        let mut recordings = course(2, 9.0);
        recordings.push(
            Example {
                subject: "sub-01".to_owned(),
                ..Example::new("1", 0.0)
            }
            .analysed(),
        );
        let files = files(&input(recordings)).unwrap();
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        for name in [
            "report.html",
            "comparison.json",
            "changes.csv",
            "movements.csv",
            "movements.parquet",
            "repetitions.csv",
            "repetitions.parquet",
            "sub-01_before_after.svg",
            "sub-01_progress.svg",
            "sub-01_rose.svg",
            "sub-01_path.svg",
            "sub-01-2_rose.svg",
        ] {
            assert_eq!(
                names.iter().filter(|one| **one == name).count(),
                1,
                "{name} in {names:?}"
            );
        }
        assert_eq!(text_of(&files, "changes.csv").lines().count(), 10);
    }

    #[test]
    fn hostile_labels_stay_text() {
        let files = files(&input(hostile())).unwrap();
        let page = text_of(&files, "report.html");
        assert!(
            !page.contains("<script") && !page.contains("<img"),
            "escaped"
        );
        write_if_asked("hostile", &files);
        assert!(page.contains("&lt;script&gt;"));
        assert!(page.contains("visits differ in sensor count") || page.contains("Visits differ"));
        let safe = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        assert!(
            files
                .iter()
                .all(|file| file.name.chars().all(safe) && !file.name.starts_with('.'))
        );
        assert!(
            text_of(&files, "changes.csv")
                .lines()
                .nth(1)
                .unwrap()
                .starts_with("\"../../=")
        );
    }

    #[test]
    fn forbidden_words_appear_nowhere() {
        let mut input = input(course(3, 7.0));
        input.reference_set = Some("Niewiadomski 2019, adults".to_owned());
        let mut all = text(&report(&input));
        for file in files(&input).unwrap() {
            if !file.name.ends_with(".parquet") {
                all.push_str(std::str::from_utf8(&file.bytes).unwrap());
            }
        }
        all.push_str(&summary::analysis(&input.recordings[0].report));
        let all = all.to_lowercase().replace("no diagnosis", "");
        for word in [
            "normal",
            "pathologic",
            "positive",
            "negative",
            "diagnos",
            "healthy",
        ] {
            let place = all
                .find(word)
                .map(|at| &all[at.saturating_sub(40)..at + 20]);
            assert_eq!(place, None, "{word}");
        }
    }

    #[test]
    fn the_page_is_whole_in_itself() {
        let files = files(&input(course(3, 7.0))).unwrap();
        let page = text_of(&files, "report.html");
        assert!(!page.contains("<script") && !page.contains("<link") && !page.contains("src="));
        let links = page.matches("http").count();
        let namespaces = page.matches("xmlns=\"http://www.w3.org/2000/svg\"").count();
        assert_eq!(
            links - page.matches("http-equiv").count(),
            namespaces,
            "nothing is fetched"
        );
        assert_eq!(
            page.matches("<svg").count(),
            4 + 3,
            "four pictures, and one for each visit"
        );
        assert!(page.contains("figure svg { width: 100%; height: auto;"));
        assert_eq!(
            page.matches(" viewBox=\"0 0 12000 ").count(),
            4 + 3,
            "every picture is as wide as the page"
        );
        assert!(
            page.contains("Simulated data") && page.contains("no diagnosis, no treatment advice")
        );
        write_if_asked("three", &files);
    }

    #[test]
    fn json_has_no_number_that_is_none() {
        let mut recordings = course(2, 9.0);
        recordings[0].report.heading_drift_deg_per_min = Some(f64::NAN);
        let text = String::from_utf8(json(&[&recordings[0].report]).unwrap()).unwrap();
        assert!(text.contains("\"heading_drift_deg_per_min\": null") && !text.contains("NaN"));
        let files = files(&input(recordings)).unwrap();
        let value: serde_json::Value =
            serde_json::from_str(text_of(&files, "comparison.json")).unwrap();
        let change = &value["subjects"][0]["changes"][0];
        assert_eq!(change["movement"], "flexion");
        assert_eq!(change["word"], "within measurement error");
        assert_eq!(
            value["thresholds"]["change_plane"]["probable"]["provisional"],
            true
        );
    }

    #[test]
    fn a_recording_without_angles_gives_no_path() {
        let mut recordings = course(2, 9.0);
        recordings[1].report.trace = super::super::Trace::default();
        let files = files(&input(recordings)).unwrap();
        assert!(!files.iter().any(|file| file.name.contains("_path")));
    }

    #[test]
    fn many_visits_and_subjects_make_one_page() {
        let mut recordings = course(9, 2.5);
        for other in course(1, 0.0) {
            let mut other = other;
            other.report.recording.subject = Some("02".to_owned());
            recordings.push(other);
        }
        let files = files(&input(recordings)).unwrap();
        assert_eq!(text_of(&files, "report.html").matches("<h1>").count(), 2);
        write_if_asked("nine", &files);
    }

    /// Writes the files where they can be looked at, if `NECKROM_PICTURES` names a folder.
    fn write_if_asked(course: &str, files: &[OutputFile]) {
        let Some(folder) = std::env::var_os("NECKROM_PICTURES") else {
            return;
        };
        let folder = std::path::Path::new(&folder).join(course);
        std::fs::create_dir_all(&folder).unwrap();
        for file in files {
            std::fs::write(folder.join(&file.name), &file.bytes).unwrap();
        }
    }
}
