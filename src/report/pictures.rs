//! Every picture of every example: well formed, titled, without forbidden words. With
//! `NECKROM_PICTURES` set to a folder, all are written there, to be looked at.

use resvg::usvg;

use super::compare::{self, Analysed, CompareReport};
use super::example::{Example, course};
use super::{angle_plot, group, group_plot, path_plot, png, progress_plot, rose_plot, visit_plot};
use crate::visit::cohort::tests::visit;
use crate::visit::limits::Limits;

fn compared(recordings: &[Analysed]) -> CompareReport {
    compare::compare(recordings, &compare::visits(recordings), &Limits::default())
}

fn hostile() -> Vec<Analysed> {
    let mut first = Example::new("<script>alert(\"1\")</script>", 0.0);
    let mut last = Example::new(&format!("visit {}", "x&y'\u{202e}".repeat(40)), 12.0);
    for example in [&mut first, &mut last] {
        example.subject = format!("\"O'Neill\" <b>&amp; {}", "long ".repeat(40));
        example.date = Some("2026-01-02T03:04:05+00:00 and so on".to_owned());
    }
    last.roms[0] = None;
    last.roms[3] = None;
    last.roms[4] = Some(100.0);
    vec![first.analysed(), last.analysed()]
}

fn courses() -> Vec<(&'static str, Vec<Analysed>)> {
    let mut many = Example::new("many", 0.0);
    many.repetitions = 10;
    many.sensors = 1;
    let mut none = Example::new("none", 0.0);
    none.roms = [None; 6];
    let mut back = course(8, 2.0);
    back.push(
        Example {
            date: Some("2026-12-15".to_owned()),
            ..Example::new("09", -3.0)
        }
        .analysed(),
    );
    vec![
        ("one", course(1, 0.0)),
        ("two", course(2, 9.0)),
        ("three", course(3, 6.0)),
        ("eight", course(8, 2.0)),
        ("nine", back),
        ("hostile", hostile()),
        ("many", vec![many.analysed()]),
        ("none", vec![none.analysed()]),
    ]
}

fn draw_all(recordings: &[Analysed]) -> Vec<(&'static str, String)> {
    let compared = compared(recordings);
    let subject = &compared.subjects[0];
    let path = |one: &'_ Analysed| one.report.clone();
    let (first, last) = (path(&recordings[0]), path(recordings.last().unwrap()));
    let as_path = |label: &'static str, report| path_plot::Path {
        visit: label,
        trace: report,
    };
    let last_path = (recordings.len() > 1).then(|| as_path("last", &last.trace));
    vec![
        ("angles", angle_plot::draw(&first).unwrap()),
        (
            "before_after",
            visit_plot::draw(
                subject,
                &Limits::default(),
                Some("Niewiadomski 2019, adults"),
            )
            .unwrap(),
        ),
        ("progress", progress_plot::draw(subject).unwrap()),
        ("rose", rose_plot::draw(subject).unwrap()),
        (
            "path",
            path_plot::draw(subject, as_path("first", &first.trace), last_path).unwrap(),
        ),
    ]
}

/// So many subjects at two visits, who change by so many degrees at most.
fn of_group(count: usize, most_deg: f64) -> String {
    let wave = |number: usize| (number as f64 * 2.4).sin();
    let subject = |number: usize| {
        let at = |shift| [48.0, 55.0, 34.0, 38.0, 62.0, 70.0].map(|rom| rom + shift);
        let name = number.to_string();
        let before = 12.0 * wave(number * 7);
        let mut last = visit(&name, "2", at(before + most_deg * wave(number)));
        last.mean_rad[5] = last.mean_rad[5].filter(|_| most_deg < 100.0);
        [visit(&name, "1", at(before)), last]
    };
    let visits: Vec<_> = (1..=count).flat_map(subject).collect();
    let limits = Limits::default();
    group_plot::draw(&group::report(&visits, &limits, true), &limits).unwrap()
}

/// All pictures, by name.
fn all() -> Vec<(String, String)> {
    let of_course = |(course, recordings): (_, Vec<Analysed>)| {
        let pictures = draw_all(&recordings).into_iter();
        pictures.map(move |(name, svg)| (format!("{course}_{name}"), svg))
    };
    let groups = [
        (1, 4.0),
        (3, 12.0),
        (30, 25.0),
        (300, 160.0),
        (20_000, 25.0),
    ];
    let group = |(count, most_deg)| (format!("group_{count}"), of_group(count, most_deg));
    let of_courses = courses().into_iter().flat_map(of_course);
    of_courses.chain(groups.into_iter().map(group)).collect()
}

#[test]
fn every_picture_is_well_formed_and_says_what_it_shows() {
    for (name, svg) in all() {
        let tree = png::tree(&svg);
        assert!(tree.is_ok(), "{name}: {:?}", tree.err());
        assert!(svg.contains("<title>") && svg.contains("<desc>"), "{name}");
        assert!(!svg.contains("<script") && !svg.contains("NaN"), "{name}");
        assert!(!svg.contains(" id=") && !svg.contains("class="), "{name}");
        write_if_asked(&name, &svg);
    }
}

/// Every text of a picture with its box.
fn texts(group: &usvg::Group) -> Vec<(String, usvg::Rect)> {
    let mut all = Vec::new();
    for node in group.children() {
        match node {
            usvg::Node::Group(inner) => all.extend(texts(inner)),
            usvg::Node::Text(text) => {
                let words = text.chunks().iter().map(usvg::TextChunk::text).collect();
                all.push((words, text.abs_bounding_box()));
            }
            usvg::Node::Path(_) | usvg::Node::Image(_) => {}
        }
    }
    all
}

fn overlap(a: &usvg::Rect, b: &usvg::Rect) -> bool {
    let across = a.right().min(b.right()) - a.left().max(b.left());
    let down = a.bottom().min(b.bottom()) - a.top().max(b.top());
    across > 1.0 && down > 7.0 // boxes hold room above and below the letters
}

#[test]
fn no_text_is_cut_off_or_lies_on_another() {
    for (name, svg) in all() {
        let tree = png::tree(&svg).unwrap();
        let sheet = tree.size();
        let texts = texts(tree.root());
        assert!(texts.len() > 10, "{name}: {} texts", texts.len());
        for (i, one) in texts.iter().enumerate() {
            assert!(inside(&one.1, sheet), "{name}: {one:?}");
            let mut others = texts[i + 1..].iter();
            let other = others.find(|other| overlap(&one.1, &other.1));
            assert!(other.is_none(), "{name}: {} on {other:?}", one.0);
        }
    }
}

/// The picture of many does not grow with their number.
#[test]
fn lines_at_one_place_are_drawn_once() {
    let lines = |count| of_group(count, 25.0).matches("<polyline").count();
    assert!(lines(20_000) < 6 * 2_500, "{}", lines(20_000));
    assert!(lines(59) > 6 * 59);
}

#[test]
fn a_long_recording_makes_no_long_lines() {
    let mut example = Example::new("long", 0.0);
    example.repetitions = 60;
    let report = example.analysed().report;
    assert!(report.trace.time_s.len() > 100_000);
    let svg = angle_plot::draw(&report).unwrap();
    let lines = svg.lines().filter(|line| line.starts_with("<polyline"));
    let points: Vec<usize> = lines
        .map(|line| line.matches(',').count())
        .filter(|&points| points > 10) // grid lines, frames and dashes are short
        .collect();
    assert_eq!(
        points.len(),
        6,
        "three angles, and a gap that is not bridged"
    );
    assert!(points.iter().all(|&points| points <= 2100), "{points:?}");
}

fn inside(place: &usvg::Rect, sheet: usvg::Size) -> bool {
    place.left() >= 0.0
        && place.top() >= 0.0
        && place.right() <= sheet.width()
        && place.bottom() <= sheet.height()
}

fn write_if_asked(name: &str, svg: &str) {
    if let Some(folder) = std::env::var_os("NECKROM_PICTURES") {
        let path = std::path::Path::new(&folder).join(name);
        std::fs::write(path.with_extension("svg"), svg).unwrap();
        std::fs::write(path.with_extension("png"), png::png(svg, 1.0).unwrap()).unwrap();
    }
}
