//! All subjects in one picture: for each movement first and last visit, joined, and below how many
//! changed by how much.

use super::DrawError;
use super::group::GroupReport;
use super::label::{ANGLE_STEPS, degrees, marks, signed, step};
use super::svg::{BODY, Point, SMALL, Sheet, Style, Words, colour, picture};
use crate::movement::Movement;
use crate::visit::change::{Change, Measure};
use crate::visit::cohort::{Cohort, Group};
use crate::visit::limits::Limits;

const WIDTH: f64 = 1200.0;
const TOP: f64 = 150.0;
const LEFT: f64 = 95.0;
const COLUMN: f64 = 375.0;
const ROW: f64 = 470.0;
const PANEL: f64 = 290.0;
const SLOPES: f64 = 200.0;
/// From the top of the slopes to the floor of the bars.
const FLOOR: f64 = 350.0;
const BARS: f64 = 90.0;

/// Draws the six movements of a group.
///
/// # Errors
/// If nobody has two visits.
pub fn draw(group: &GroupReport, limits: &Limits) -> Result<String, DrawError> {
    let cohort = &group.cohort;
    if cohort.changes.is_empty() {
        return Err(DrawError::Nothing("subjects with two visits"));
    }
    let title = format!("First and last visit of {} subjects", cohort.followed);
    let told = cohort.groups.iter().map(|one| {
        let mean = one.change_rad.mean.map(|mean| signed(mean.to_degrees()));
        let mean = mean.unwrap_or_else(|| "not measured".to_owned());
        format!(
            "{}: mean change {mean}, n = {}",
            one.measure.title(),
            one.change_rad.n
        )
    });
    let told = told.collect::<Vec<_>>().join("; ");
    Ok(picture((WIDTH, TOP + 2.0 * ROW), &title, &told, |sheet| {
        sheet.heading(&title);
        sheet.explain(
            group.simulated,
            "Degrees; red: mean; bars: subjects by change; grey: within measurement error",
        );
        for (place, movement) in Movement::ALL.into_iter().enumerate() {
            let (column, row) = (place / 2, place % 2);
            let corner = (LEFT + column as f64 * COLUMN, TOP + row as f64 * ROW);
            Panel::new(cohort, limits, Measure::Movement(movement), corner).draw(sheet);
        }
    }))
}

struct Panel<'a> {
    changes: Vec<&'a Change>,
    group: &'a Group,
    error_deg: f64,
    corner: Point,
    /// Of the angles.
    highest: f64,
    /// Of the changes, to both sides, a multiple of the width of a bar.
    reach: f64,
}

/// Width of a bar, degrees.
const BAR: f64 = 5.0;

impl<'a> Panel<'a> {
    fn new(cohort: &'a Cohort, limits: &Limits, measure: Measure, corner: Point) -> Self {
        let of = |change: &&Change| change.measure == measure;
        let changes: Vec<_> = cohort.changes.iter().filter(of).collect();
        let ends = changes
            .iter()
            .flat_map(|one| [one.first_rad, one.visit_rad]);
        let error_deg = limits.of(measure).possible.value;
        let sizes = changes.iter().map(|one| one.change_rad.abs().to_degrees());
        let reach = sizes.fold(error_deg, f64::max).min(180.0);
        Self {
            group: &cohort.groups[measure.index()],
            highest: ends.fold(0.7, f64::max).min(3.5).to_degrees() * 1.05,
            reach: ((reach / BAR).floor() + 1.0) * BAR,
            changes,
            error_deg,
            corner,
        }
    }

    fn draw(&self, sheet: &Sheet<'_>) {
        let (x, y) = self.corner;
        let title = self.group.measure.title();
        sheet.text((x, y - 14.0), title, Words::new(BODY).bold());
        if self.changes.is_empty() {
            let words = Words::new(SMALL).middle().colour(colour::GREY);
            sheet.text(
                (x + PANEL / 2.0, y + SLOPES / 2.0),
                "not measured twice",
                words,
            );
            return;
        }
        self.slopes(sheet);
        self.bars(sheet);
    }

    fn height(&self, angle_rad: f64) -> f64 {
        let share = (angle_rad.to_degrees() / self.highest).clamp(0.0, 1.0);
        self.corner.1 + SLOPES * (1.0 - share)
    }

    fn slopes(&self, sheet: &Sheet<'_>) {
        let x = self.corner.0;
        let (from, to) = (x + 40.0, x + PANEL - 40.0);
        for mark in marks(0.0, self.highest, step(self.highest, 5, &ANGLE_STEPS)) {
            let y = self.height(mark.to_radians());
            sheet.line((x, y), (x + PANEL, y), Style::line(colour::LIGHT, 1.0));
            sheet.text((x - 8.0, y + 7.0), &degrees(mark), Words::new(SMALL).end());
        }
        // Fainter lines where there are more of them.
        let width = (8.0 / (self.changes.len() as f64).sqrt()).clamp(0.6, 2.5);
        for one in &self.changes {
            let ends = [
                (from, self.height(one.first_rad)),
                (to, self.height(one.visit_rad)),
            ];
            sheet.line(ends[0], ends[1], Style::line(colour::BLUE, width));
        }
        if let (Some(first), Some(last)) = (self.group.first_rad.mean, self.group.last_rad.mean) {
            let ends = [(from, self.height(first)), (to, self.height(last))];
            sheet.line(ends[0], ends[1], Style::line(colour::VERMILLION, 5.0));
        }
        let below = self.corner.1 + SLOPES + 28.0;
        sheet.text((from, below), "first", Words::new(SMALL).middle());
        sheet.text((to, below), "last", Words::new(SMALL).middle());
    }

    fn across(&self, change_deg: f64) -> f64 {
        let share = 0.5 + 0.5 * (change_deg / self.reach).clamp(-1.0, 1.0);
        self.corner.0 + share * PANEL
    }

    fn bars(&self, sheet: &Sheet<'_>) {
        let (x, floor) = (self.corner.0, self.corner.1 + FLOOR);
        let error = [-self.error_deg, self.error_deg].map(|end| self.across(end));
        let band = Style::fill(colour::LIGHT).opacity(0.8);
        sheet.rectangle((error[0], floor - BARS), (error[1] - error[0], BARS), band);
        let count = (2.0 * self.reach / BAR).round() as usize;
        let mut bars = vec![0_usize; count];
        for one in &self.changes {
            let place = (one.change_rad.to_degrees() + self.reach) / BAR;
            bars[(place.max(0.0) as usize).min(count - 1)] += 1;
        }
        let most = bars.iter().copied().max().unwrap_or(1).max(1);
        for (place, &bar) in bars.iter().enumerate().filter(|bar| *bar.1 > 0) {
            let low = place as f64 * BAR - self.reach;
            let (left, right) = (self.across(low) + 1.0, self.across(low + BAR) - 1.0);
            let tall = BARS * bar as f64 / most as f64;
            let look = Style::fill(colour::BLUE);
            sheet.rectangle((left, floor - tall), (right - left, tall), look);
        }
        sheet.line(
            (x, floor),
            (x + PANEL, floor),
            Style::line(colour::MID, 1.5),
        );
        let top = (x - 8.0, floor - BARS + 14.0);
        sheet.text(top, &most.to_string(), Words::new(SMALL).end());
        for end in [-self.reach, 0.0, self.reach] {
            let words = Words::new(SMALL).middle();
            sheet.text((self.across(end), floor + 26.0), &short(end), words);
        }
    }
}

/// A whole number of degrees with its sign.
fn short(change_deg: f64) -> String {
    let sign = match change_deg {
        0.0 => "",
        _ if change_deg > 0.0 => "+",
        _ => "−",
    };
    format!("{sign}{}", degrees(change_deg))
}
