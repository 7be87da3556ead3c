//! Progress: a small panel per movement over the visits, with every repetition.

use plotters::element::{Circle, EmptyElement, ErrorBar};
use plotters::series::LineSeries;
use plotters::style::Color;

use super::DrawError;
use super::chart::{Axis, Chart, Drawn, chart};
use super::compare::{SubjectReport, VisitMovementReport, VisitReport};
use super::label::{degrees, fit, marks, step};
use super::svg::{
    BODY, HEADING, INTO_A_STRING, Point, SMALL, Sheet, Words, colour, length, picture, pixel,
};
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

/// A movement measured at a visit: number of the visit, mean, the rest.
type Measured<'a> = (f64, f64, &'a VisitMovementReport);

impl<'a> Panel<'a> {
    fn draw(self, sheet: &Sheet<'_>) {
        let (x, y) = self.corner;
        let heading = Words::new(BODY).bold();
        sheet.text((x, y - 14.0), self.movement.title(), heading);
        let mut chart = chart(sheet, self.corner, PANEL, self.axes());
        let measured = self.measured();
        grid(&mut chart)
            .and_then(|()| means(&mut chart, &measured))
            .and_then(|()| labels(&mut chart, &measured))
            .expect(INTO_A_STRING);
        if measured.iter().all(Option::is_none) {
            let middle = (x + PANEL.0 / 2.0, y + PANEL.1 / 2.0);
            let words = Words::new(SMALL).middle().colour(colour::GREY);
            sheet.text(middle, "not measured", words);
        }
    }

    fn axes(self) -> (Axis, Axis) {
        let count = self.subject.visits.len();
        let numbered = |number: &usize| count <= 14 || number.is_multiple_of(5);
        let numbers = (1..=count).filter(numbered).map(|one| one as f64);
        let levels = marks(0.0, self.reach_deg, step(self.reach_deg, 5, &STEPS));
        let across = Axis {
            range: 0.2..count as f64 + 0.8,
            marks: numbers.collect(),
        };
        let up = Axis {
            range: 0.0..self.reach_deg,
            marks: levels.collect(),
        };
        (across, up)
    }

    fn measured(self) -> Vec<Option<Measured<'a>>> {
        let of_visit = |(i, visit): (usize, &'a VisitReport)| {
            let one = visit.movement(self.movement)?;
            Some(((i + 1) as f64, one.rom.mean_deg?, one))
        };
        self.subject
            .visits
            .iter()
            .enumerate()
            .map(of_visit)
            .collect()
    }
}

fn grid(chart: &mut Chart<'_>) -> Drawn {
    let words = Words::new(SMALL);
    let grey = words.colour(colour::GREY);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(colour::LIGHT.stroke_width(length(1.0)))
        .axis_style(colour::MID.stroke_width(length(1.5)))
        .set_all_tick_mark_size(length(4.0))
        .y_label_offset(length(2.0)) // figures are higher than an x
        .label_style(words.style())
        .x_label_formatter(&|number| format!("{number:.0}"))
        .y_label_formatter(&|level| degrees(*level))
        .x_desc("visit number")
        .axis_desc_style(grey.style())
        .draw()
}

fn means(chart: &mut Chart<'_>, measured: &[Option<Measured<'_>>]) -> Drawn {
    let line = colour::BLUE.stroke_width(length(3.0));
    let runs = measured.split(Option::is_none);
    for run in runs.filter(|run| run.len() > 1) {
        let through = run.iter().flatten().map(|one| (one.0, one.1));
        chart.draw_series(LineSeries::new(through, line))?;
    }
    let faint = colour::GREY.mix(0.35).filled();
    let bar = colour::BLUE.filled().stroke_width(length(2.5));
    for &(number, mean, one) in measured.iter().flatten() {
        let beside = (pixel((9.0, 0.0)), length(4.0));
        chart.draw_series(one.repetitions_deg.iter().map(|&rom| {
            EmptyElement::at((number, rom)) + Circle::new(beside.0, beside.1, faint)
        }))?;
        let sd = one.rom.sd_deg.unwrap_or(0.0);
        let (low, high) = (mean - sd, mean + sd);
        let dot = length(14.0);
        chart.draw_series([ErrorBar::new_vertical(number, low, mean, high, bar, dot)])?;
    }
    Ok(())
}

/// The means in words above all that is drawn of a visit; of many visits the first and the last.
fn labels(chart: &mut Chart<'_>, measured: &[Option<Measured<'_>>]) -> Drawn {
    let words = Words::new(SMALL).middle().bold().halo();
    let last = measured.len().saturating_sub(1);
    let named = |&(i, _): &(usize, _)| i == 0 || i == last || last < 4;
    let named = measured.iter().enumerate().filter(named);
    let labels = named
        .filter_map(|(_, one)| *one)
        .map(|(number, mean, one)| {
            let bar = mean + one.rom.sd_deg.unwrap_or(0.0);
            let top = one.repetitions_deg.iter().copied().fold(bar, f64::max);
            EmptyElement::at((number, top)) + words.text((0.0, -12.0), &degrees(mean))
        });
    chart.draw_series(labels).map(|_| ())
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
