//! Progress: a small panel per movement over the visits, with every repetition.

use super::DrawError;
use super::compare::{SubjectReport, VisitReport};
use super::label::{degrees, fit, marks, step};
use super::svg::{BODY, HEADING, Point, SMALL, Sheet, Style, Words, colour, picture};
use crate::movement::Movement;

const WIDTH: f64 = 1200.0;
const TOP: f64 = 150.0;
const PANEL: (f64, f64) = (310.0, 215.0);
const LEFT: f64 = 90.0;
const GAP: (f64, f64) = (65.0, 108.0);
const STEPS: [f64; 5] = [10.0, 20.0, 30.0, 45.0, 90.0];
const KEY_COLUMNS: usize = 3;

/// Draws the visits of one subject.
///
/// # Errors
/// If there is no visit.
pub fn draw(subject: &SubjectReport) -> Result<String, DrawError> {
    if subject.visits.is_empty() {
        return Err(DrawError::Nothing("visits"));
    }
    let key_top = TOP + 2.0 * (PANEL.1 + GAP.1) - 25.0;
    let key_rows = subject.visits.len().div_ceil(KEY_COLUMNS);
    let size = (WIDTH, key_top + key_rows as f64 * 34.0 + 60.0);
    let title = format!(
        "Progress over visits, subject {}",
        fit(&subject.subject, HEADING, 480.0)
    );
    let reach_deg = reach(subject);
    Ok(picture(size, &title, &description(subject), |sheet| {
        sheet.heading(&title);
        sheet.explain(
            subject.simulated,
            "Range of motion in degrees against visit; dot and bar: mean ± SD; faint: repetitions",
        );
        for (place, movement) in Movement::ALL.into_iter().enumerate() {
            let (column, row) = (place / 2, place % 2);
            let corner = (
                LEFT + column as f64 * (PANEL.0 + GAP.0),
                TOP + row as f64 * (PANEL.1 + GAP.1),
            );
            Panel {
                subject,
                movement,
                corner,
                reach_deg,
            }
            .draw(sheet);
        }
        key(sheet, subject, key_top);
    }))
}

fn description(subject: &SubjectReport) -> String {
    let told: Vec<String> = Movement::ALL
        .iter()
        .map(|&movement| {
            let means: Vec<String> = subject
                .visits
                .iter()
                .map(|visit| mean(visit, movement).map_or("not measured".to_owned(), degrees))
                .collect();
            format!("{}: {}", movement.title(), means.join(", "))
        })
        .collect();
    format!("Mean of each visit in order. {}.", told.join(". "))
}

fn reach(subject: &SubjectReport) -> f64 {
    let of_visit = |visit: &VisitReport| {
        visit
            .movements
            .iter()
            .map(|one| {
                let bar = one
                    .rom
                    .mean_deg
                    .map(|mean| mean + one.rom.sd_deg.unwrap_or(0.0));
                one.repetitions_deg
                    .iter()
                    .copied()
                    .chain(bar)
                    .fold(0.0, f64::max)
            })
            .fold(0.0, f64::max)
    };
    subject
        .visits
        .iter()
        .map(of_visit)
        .fold(40.0, f64::max)
        .min(200.0)
        * 1.16
}

fn mean(visit: &VisitReport, movement: Movement) -> Option<f64> {
    visit.movement(movement)?.rom.mean_deg
}

#[derive(Debug, Clone, Copy)]
struct Panel<'a> {
    subject: &'a SubjectReport,
    movement: Movement,
    corner: Point,
    reach_deg: f64,
}

impl Panel<'_> {
    fn at(self, visit: usize, value_deg: f64) -> Point {
        let slots = self.subject.visits.len() as f64;
        let share = (visit as f64 + 0.8) / (slots + 0.6);
        let height = (value_deg / self.reach_deg).clamp(0.0, 1.0);
        (
            self.corner.0 + share * PANEL.0,
            self.corner.1 + PANEL.1 * (1.0 - height),
        )
    }

    fn draw(self, sheet: &Sheet<'_>) {
        self.grid(sheet);
        let means: Vec<Option<f64>> = self
            .subject
            .visits
            .iter()
            .map(|visit| mean(visit, self.movement))
            .collect();
        for (i, pair) in means.windows(2).enumerate() {
            if let (Some(from), Some(to)) = (pair[0], pair[1]) {
                sheet.line(
                    self.at(i, from),
                    self.at(i + 1, to),
                    Style::line(colour::BLUE, 3.0),
                );
            }
        }
        for (i, visit) in self.subject.visits.iter().enumerate() {
            self.visit(sheet, i, visit);
        }
        if means.iter().all(Option::is_none) {
            let middle = (self.corner.0 + PANEL.0 / 2.0, self.corner.1 + PANEL.1 / 2.0);
            let words = Words::new(SMALL).middle().colour(colour::GREY);
            sheet.text(middle, "not measured", words);
        }
    }

    fn grid(self, sheet: &Sheet<'_>) {
        let (x, y) = self.corner;
        sheet.text(
            (x, y - 14.0),
            self.movement.title(),
            Words::new(BODY).bold(),
        );
        for mark in marks(0.0, self.reach_deg, step(self.reach_deg, 5, &STEPS)) {
            let level = self.at(0, mark).1;
            sheet.line(
                (x, level),
                (x + PANEL.0, level),
                Style::line(colour::LIGHT, 1.0),
            );
            sheet.text(
                (x - 8.0, level + 7.0),
                &degrees(mark),
                Words::new(SMALL).end(),
            );
        }
        sheet.line((x, y), (x, y + PANEL.1), Style::line(colour::MID, 1.5));
        for i in 0..self.subject.visits.len() {
            let words = Words::new(SMALL).middle();
            if self.subject.visits.len() <= 14 || i % 5 == 4 {
                sheet.text(
                    (self.at(i, 0.0).0, y + PANEL.1 + 28.0),
                    &(i + 1).to_string(),
                    words,
                );
            }
        }
        let below = (x + PANEL.0 / 2.0, y + PANEL.1 + 54.0);
        sheet.text(
            below,
            "visit number",
            Words::new(SMALL).middle().colour(colour::GREY),
        );
    }

    fn visit(self, sheet: &Sheet<'_>, i: usize, visit: &VisitReport) {
        let Some(one) = visit.movement(self.movement) else {
            return;
        };
        for &rom in &one.repetitions_deg {
            let (x, y) = self.at(i, rom);
            sheet.circle((x + 9.0, y), 4.0, Style::fill(colour::GREY).opacity(0.35));
        }
        let Some(mean) = one.rom.mean_deg else { return };
        let at = self.at(i, mean);
        if let Some(sd) = one.rom.sd_deg {
            let (low, high) = (self.at(i, mean - sd), self.at(i, mean + sd));
            sheet.line(low, high, Style::line(colour::BLUE, 2.5));
            for end in [low, high] {
                sheet.line(
                    (end.0 - 7.0, end.1),
                    (end.0 + 7.0, end.1),
                    Style::line(colour::BLUE, 2.5),
                );
            }
        }
        sheet.circle(at, 7.0, Style::fill(colour::BLUE));
        let last = self.subject.visits.len() - 1;
        if i == 0 || i == last || last < 4 {
            let top = one
                .repetitions_deg
                .iter()
                .copied()
                .fold(mean + one.rom.sd_deg.unwrap_or(0.0), f64::max);
            let words = Words::new(SMALL).middle().bold().halo();
            sheet.text((at.0, self.at(i, top).1 - 12.0), &degrees(mean), words);
        }
    }
}

/// Which number is which visit.
fn key(sheet: &Sheet<'_>, subject: &SubjectReport, top: f64) {
    for (i, visit) in subject.visits.iter().enumerate() {
        let (column, row) = (i % KEY_COLUMNS, i / KEY_COLUMNS);
        let text = format!("{}: {}", i + 1, visit.label_and_day(150.0));
        let at = (
            LEFT + column as f64 * (PANEL.0 + GAP.0),
            top + row as f64 * 34.0 + 30.0,
        );
        sheet.text(at, &text, Words::new(SMALL));
    }
}
