//! Before and after: a row per movement and plane, a dot per visit, against measurement error.

use super::DrawError;
use super::compare::{SubjectReport, VisitReport};
use super::label::{ANGLE_STEPS, degrees, fit, marks, signed, step};
use super::svg::{BODY, HEADING, Point, SMALL, Sheet, Style, Words, colour, picture};
use crate::movement::{Movement, Plane};
use crate::reference;
use crate::visit::change::Measure;
use crate::visit::limits::Limits;

const WIDTH: f64 = 1200.0;
const LEFT: f64 = 250.0;
const RIGHT: f64 = 850.0;
const WORDS: f64 = 880.0;
const TOP: f64 = 150.0;
const ROW: f64 = 88.0;
const LEGEND_LINE: f64 = 42.0;

const FIRST: Style = Style::line(colour::BLUE, 4.0).filled(colour::PAPER);
const LAST: Style = Style::line(colour::VERMILLION, 4.0).filled(colour::VERMILLION);
const BETWEEN: Style = Style::fill(colour::MID);
const BAND: Style = Style::fill(colour::LIGHT).opacity(0.8);
const REFERENCE: Style = Style::line(colour::GREEN, 3.0).dashed(7.0, 5.0);

/// Draws the visits of one subject; `reference_set` adds the lines of that set to the plane totals.
///
/// # Errors
/// If there is no visit.
pub fn draw(
    subject: &SubjectReport,
    limits: &Limits,
    reference_set: Option<&str>,
) -> Result<String, DrawError> {
    let first = subject.visits.first().ok_or(DrawError::Nothing("visits"))?;
    let reference_set = reference_set.filter(|set| !reference::reference_set(set).is_empty());
    let lines = legend_lines(subject, limits, reference_set);
    let height = TOP + 9.0 * ROW + 112.0 + 90.0 + lines.len() as f64 * LEGEND_LINE + 20.0;
    let title = format!(
        "Before and after, subject {}",
        fit(&subject.subject, HEADING, 520.0)
    );
    let movements: Vec<Measure> = Movement::ALL.map(Measure::Movement).to_vec();
    let block = Block::new((subject, limits), movements, TOP, None);
    let planes: Vec<Measure> = Plane::ALL.map(Measure::Plane).to_vec();
    let totals = Block::new(
        (subject, limits),
        planes,
        block.bottom() + 112.0,
        reference_set,
    );
    let size = (WIDTH, height);
    Ok(picture(size, &title, &description(subject), |sheet| {
        sheet.heading(&title);
        sheet.explain(
            subject.simulated,
            "Range of motion in degrees; change: last visit less first visit",
        );
        block.draw(sheet);
        totals.draw(sheet);
        visits_legend(sheet, subject, first, totals.bottom() + 90.0);
        for (i, (swatch, text)) in lines.iter().enumerate() {
            let y = totals.bottom() + 90.0 + (i + 1) as f64 * LEGEND_LINE;
            swatch.draw(sheet, y);
            sheet.text((86.0, y), text, Words::new(SMALL));
        }
    }))
}

fn description(subject: &SubjectReport) -> String {
    let last = subject.visits.len().saturating_sub(1);
    let told: Vec<String> = Measure::all()
        .filter_map(|measure| {
            let change = subject.change(measure, last)?;
            Some(format!(
                "{}: from {} to {}, {}",
                measure.title(),
                degrees(change.first_deg),
                degrees(change.visit_deg),
                change.word
            ))
        })
        .collect();
    format!("{} visits. {}", subject.visits.len(), told.join("; "))
}

/// Rows on one scale.
#[derive(Debug)]
struct Block<'a> {
    subject: &'a SubjectReport,
    limits: &'a Limits,
    measures: Vec<Measure>,
    top: f64,
    reach_deg: f64,
    reference_set: Option<&'a str>,
}

impl<'a> Block<'a> {
    fn new(
        (subject, limits): (&'a SubjectReport, &'a Limits),
        measures: Vec<Measure>,
        top: f64,
        reference_set: Option<&'a str>,
    ) -> Self {
        let of_visit =
            |visit: &'a VisitReport| measures.iter().filter_map(|&one| visit.value_deg(one));
        let values = subject.visits.iter().flat_map(of_visit);
        let lines = reference_set.into_iter().flat_map(reference::reference_set);
        let reach_deg = values
            .chain(lines.map(|line| line.mean_deg))
            .fold(50.0, f64::max)
            .min(400.0)
            * 1.06
            + 4.0;
        Self {
            subject,
            limits,
            measures,
            top,
            reach_deg,
            reference_set,
        }
    }

    fn bottom(&self) -> f64 {
        self.top + self.measures.len() as f64 * ROW
    }

    fn x(&self, value_deg: f64) -> f64 {
        LEFT + (value_deg / self.reach_deg).clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn draw(&self, sheet: &Sheet<'_>) {
        for mark in marks(0.0, self.reach_deg, step(self.reach_deg, 7, &ANGLE_STEPS)) {
            let x = self.x(mark);
            sheet.line(
                (x, self.top),
                (x, self.bottom()),
                Style::line(colour::LIGHT, 1.0),
            );
            sheet.text(
                (x, self.bottom() + 26.0),
                &degrees(mark),
                Words::new(SMALL).middle(),
            );
        }
        let named = match self.measures.first() {
            Some(Measure::Plane(_)) => "Both directions together, degrees",
            _ => "One direction, degrees",
        };
        sheet.text(
            (LEFT, self.top - 14.0),
            named,
            Words::new(SMALL).colour(colour::GREY),
        );
        for (row, &measure) in self.measures.iter().enumerate() {
            let top = self.top + row as f64 * ROW;
            sheet.line(
                (30.0, top),
                (WIDTH - 30.0, top),
                Style::line(colour::LIGHT, 1.0),
            );
            Self::name(sheet, measure, top);
            self.reference(sheet, measure, top);
            self.row(sheet, measure, top + ROW / 2.0);
            self.words(sheet, measure, top + ROW / 2.0);
        }
        sheet.line(
            (30.0, self.bottom()),
            (WIDTH - 30.0, self.bottom()),
            Style::line(colour::LIGHT, 1.0),
        );
    }

    fn name(sheet: &Sheet<'_>, measure: Measure, top: f64) {
        let (head, rest) = match measure.title().split_once(", ") {
            Some((head, rest)) => (head, rest),
            None => measure
                .title()
                .split_once(' ')
                .unwrap_or((measure.title(), "")),
        };
        let middle = top + ROW / 2.0;
        if rest.is_empty() {
            sheet.text((30.0, middle + 9.0), head, Words::new(BODY).bold());
        } else {
            sheet.text((30.0, middle - 6.0), head, Words::new(BODY).bold());
            sheet.text((30.0, middle + 24.0), rest, Words::new(BODY).bold());
        }
    }

    fn row(&self, sheet: &Sheet<'_>, measure: Measure, middle: f64) {
        let values: Vec<Option<f64>> = self
            .subject
            .visits
            .iter()
            .map(|visit| visit.value_deg(measure))
            .collect();
        let count = values.len();
        let slope = if count > 2 { 12.0 } else { 0.0 };
        let y = |i: usize| middle + slope * (i as f64 / (count.max(2) - 1) as f64 - 0.5);
        if let Some(first) = values.first().copied().flatten() {
            self.band(sheet, first, measure, middle);
        }
        let places: Vec<_> = values
            .iter()
            .enumerate()
            .filter_map(|(i, value)| Some((i, (*value)?)))
            .map(|(i, value)| (i, value, (self.x(value), y(i))))
            .collect();
        if let (Some(&(0, _, from)), Some(&(last, _, to))) = (places.first(), places.last())
            && last + 1 == count
        {
            sheet.line(from, to, Style::line(colour::GREY, 4.0));
        }
        if count > 2 {
            let through: Vec<_> = places.iter().map(|&(_, _, at)| at).collect();
            sheet.polyline(&through, Style::line(colour::MID, 1.5));
        }
        for &(i, value, at) in &places {
            dot(sheet, (i, count), value, at);
        }
    }

    /// Measurement error around the first visit.
    fn band(&self, sheet: &Sheet<'_>, first_deg: f64, measure: Measure, middle: f64) {
        let error_deg = self.limits.of(measure).possible.value;
        let (from, to) = (self.x(first_deg - error_deg), self.x(first_deg + error_deg));
        sheet.rectangle(
            (from, middle - 24.0),
            (to - from, 48.0),
            Style::fill(colour::LIGHT).opacity(0.8),
        );
    }

    fn reference(&self, sheet: &Sheet<'_>, measure: Measure, top: f64) {
        let line = self
            .reference_set
            .and_then(|set| reference::plane_line(set, measure.name()));
        if let Some(line) = line {
            let x = self.x(line.mean_deg);
            sheet.line((x, top + 4.0), (x, top + ROW - 4.0), REFERENCE);
        }
    }

    fn words(&self, sheet: &Sheet<'_>, measure: Measure, middle: f64) {
        let last = self.subject.visits.len() - 1;
        if let Some(change) = self.subject.change(measure, last) {
            let text = signed(change.change_deg);
            sheet.text((WORDS, middle - 6.0), &text, Words::new(BODY + 4.0).bold());
            sheet.text((WORDS, middle + 24.0), change.word, Words::new(SMALL));
            return;
        }
        let missing =
            |visit: Option<&VisitReport>| visit.is_none_or(|one| one.value_deg(measure).is_none());
        let text = match (
            missing(self.subject.visits.first()),
            missing(self.subject.visits.last()),
        ) {
            (true, true) => "not measured",
            (true, false) => "not measured at first",
            (false, true) => "not measured at last",
            (false, false) => "one visit so far",
        };
        sheet.text(
            (WORDS, middle + 8.0),
            text,
            Words::new(SMALL).colour(colour::GREY),
        );
    }
}

/// The dot of a visit (its place, and how many there are); the first and the last with their value.
fn dot(sheet: &Sheet<'_>, (i, count): (usize, usize), value_deg: f64, at: Point) {
    let words = Words::new(SMALL).middle().bold().halo();
    if i == 0 {
        sheet.circle(at, 11.0, FIRST);
        sheet.text(
            (at.0, at.1 - 17.0),
            &degrees(value_deg),
            words.colour(colour::BLUE),
        );
    } else if i + 1 == count {
        sheet.circle(at, 11.0, LAST);
        sheet.text(
            (at.0, at.1 + 32.0),
            &degrees(value_deg),
            words.colour(colour::VERMILLION),
        );
    } else {
        sheet.circle(at, 6.0, BETWEEN);
    }
}

fn visits_legend(sheet: &Sheet<'_>, subject: &SubjectReport, first: &VisitReport, y: f64) {
    let words = Words::new(SMALL);
    sheet.circle((44.0, y - 7.0), 11.0, FIRST);
    sheet.text(
        (66.0, y),
        &format!("first visit: {}", first.label_and_day(230.0)),
        words,
    );
    if let Some(last) = subject.visits.get(1..).and_then(<[_]>::last) {
        sheet.circle((624.0, y - 7.0), 11.0, LAST);
        sheet.text(
            (646.0, y),
            &format!("last visit: {}", last.label_and_day(230.0)),
            words,
        );
    }
}

/// What stands before a line of the legend.
#[derive(Debug, Clone, Copy)]
enum Swatch {
    Band,
    Between,
    Reference,
}

impl Swatch {
    fn draw(self, sheet: &Sheet<'_>, y: f64) {
        match self {
            Self::Band => sheet.rectangle((30.0, y - 19.0), (44.0, 24.0), BAND),
            Self::Between => sheet.circle((52.0, y - 7.0), 6.0, BETWEEN),
            Self::Reference => sheet.line((52.0, y - 22.0), (52.0, y + 6.0), REFERENCE),
        }
    }
}

/// What the grey band means.
fn band(limits: &Limits) -> String {
    let what = "within measurement error of the first visit";
    if let Some(file) = &limits.file {
        return fit(&format!("{what} (limits of {file})"), SMALL, WIDTH - 110.0);
    }
    let error = |measure: Measure| limits.of(measure).possible.value;
    format!(
        "{what} (±{}°; both directions together ±{}°; provisional)",
        error(Measure::Movement(Movement::Flexion)),
        error(Measure::Plane(Plane::Sagittal))
    )
}

fn legend_lines(
    subject: &SubjectReport,
    limits: &Limits,
    reference_set: Option<&str>,
) -> Vec<(Swatch, String)> {
    let mut lines = vec![(Swatch::Band, band(limits))];
    if subject.visits.len() > 2 {
        lines.push((
            Swatch::Between,
            "visits between, in order from top to bottom".to_owned(),
        ));
    }
    lines.extend(reference_set.and_then(|set| {
        let device = &reference::reference_set(set).first()?.device;
        let text = format!("mean of a reference set: {set} ({device})");
        Some((Swatch::Reference, fit(&text, SMALL, WIDTH - 110.0)))
    }));
    lines
}
