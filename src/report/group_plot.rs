//! All subjects in one picture: for each movement first and last visit, joined, and below how many
//! changed by how much. Where the lines of many would be one patch of colour, they are faint, and the
//! middle half of the subjects stands out.

use std::collections::BTreeSet;

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
const ROW: f64 = 495.0;
const PANEL: f64 = 290.0;
const SLOPES: f64 = 200.0;
/// From the top of the slopes to the floor of the bars.
const FLOOR: f64 = 365.0;
const BARS: f64 = 90.0;
/// From the top of the slopes to the mean change, above the bars.
const MEAN: f64 = 258.0;
const LEGEND_LINE: f64 = 42.0;
/// More subjects than this are faint.
const MANY: usize = 60;

const BAND: Style = Style::fill(colour::LIGHT).opacity(0.8);
const HALF: Style = Style::fill(colour::BLUE).opacity(0.45);
const AVERAGE: Style = Style::line(colour::VERMILLION, 5.0);

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
    let (scale, is_many) = (Scale::of(cohort, limits), cohort.followed > MANY);
    let legend = TOP + 2.0 * ROW;
    let lines = legend_lines(is_many).len().div_ceil(2) as f64;
    let size = (WIDTH, legend + lines * LEGEND_LINE);
    Ok(picture(size, &title, &description(cohort), |sheet| {
        sheet.heading(&title);
        sheet.explain(
            group.simulated,
            "Degrees; above: first and last visit; below: subjects by change",
        );
        for (place, movement) in Movement::ALL.into_iter().enumerate() {
            let (column, row) = (place / 2, place % 2);
            let corner = (LEFT + column as f64 * COLUMN, TOP + row as f64 * ROW);
            let measure = Measure::Movement(movement);
            Panel {
                changes: of(cohort, measure).collect(),
                group: &cohort.groups[measure.index()],
                error_deg: limits.of(measure).possible.value,
                corner,
                scale,
                is_many,
            }
            .draw(sheet);
        }
        for (place, (swatch, text)) in legend_lines(is_many).into_iter().enumerate() {
            let (row, column) = (place / 2, place % 2);
            let x = 30.0 + column as f64 * 594.0;
            let y = legend + row as f64 * LEGEND_LINE;
            swatch.draw(sheet, (x, y));
            sheet.text((x + 56.0, y), text, Words::new(SMALL));
        }
    }))
}

fn description(cohort: &Cohort) -> String {
    let told = cohort.groups.iter().map(|one| {
        let mean = one.change_rad.mean.map(|mean| signed(mean.to_degrees()));
        let mean = mean.unwrap_or_else(|| "not measured".to_owned());
        let (title, n) = (one.measure.title(), one.change_rad.n);
        format!("{title}: mean change {mean}, n = {n}")
    });
    told.collect::<Vec<_>>().join("; ")
}

fn of(cohort: &Cohort, measure: Measure) -> impl Iterator<Item = &Change> {
    let changes = cohort.changes.iter();
    changes.filter(move |one| one.measure == measure)
}

/// What all panels share, so that they can be compared.
#[derive(Debug, Clone, Copy)]
struct Scale {
    /// Of the angles, degrees.
    highest: f64,
    /// Of the changes, to both sides, a multiple of the width of a bar, degrees.
    reach: f64,
    /// Width of a bar, degrees.
    bar: f64,
}

impl Scale {
    fn of(cohort: &Cohort, limits: &Limits) -> Self {
        let measures = || Movement::ALL.into_iter().map(Measure::Movement);
        let changes = || measures().flat_map(|one| of(cohort, one));
        let ends = changes().flat_map(|one| [one.first_rad, one.visit_rad]);
        let errors = measures().map(|one| limits.of(one).possible.value);
        let sizes = changes().map(|one| one.change_rad.abs().to_degrees());
        let reach = errors.chain(sizes).fold(0.0, f64::max).min(180.0);
        let bar = if reach > 30.0 { 5.0 } else { 2.5 };
        Self {
            highest: ends.fold(0.7, f64::max).min(3.5).to_degrees() * 1.05,
            reach: ((reach / bar).floor() + 1.0) * bar,
            bar,
        }
    }
}

struct Panel<'a> {
    changes: Vec<&'a Change>,
    group: &'a Group,
    error_deg: f64,
    corner: Point,
    scale: Scale,
    is_many: bool,
}

impl Panel<'_> {
    fn draw(&self, sheet: &Sheet<'_>) {
        let (x, y) = self.corner;
        let title = self.group.measure.title();
        sheet.text((x, y - 14.0), title, Words::new(BODY).bold());
        if self.changes.is_empty() {
            let words = Words::new(SMALL).middle().colour(colour::GREY);
            let middle = (x + PANEL / 2.0, y + SLOPES / 2.0);
            sheet.text(middle, "not measured twice", words);
            return;
        }
        self.grid(sheet);
        self.slopes(sheet);
        self.bars(sheet);
        self.mean(sheet);
    }

    fn height(&self, angle_rad: f64) -> f64 {
        let share = (angle_rad.to_degrees() / self.scale.highest).clamp(0.0, 1.0);
        self.corner.1 + SLOPES * (1.0 - share)
    }

    /// Of the first and the last visit.
    fn ends(&self) -> [f64; 2] {
        [self.corner.0 + 40.0, self.corner.0 + PANEL - 40.0]
    }

    fn grid(&self, sheet: &Sheet<'_>) {
        let (x, highest) = (self.corner.0, self.scale.highest);
        for mark in marks(0.0, highest, step(highest, 6, &ANGLE_STEPS)) {
            let y = self.height(mark.to_radians());
            sheet.line((x, y), (x + PANEL, y), Style::line(colour::LIGHT, 1.0));
            sheet.text((x - 8.0, y + 7.0), &degrees(mark), Words::new(SMALL).end());
        }
        let below = self.corner.1 + SLOPES + 28.0;
        for (end, name) in self.ends().into_iter().zip(["first", "last"]) {
            sheet.text((end, below), name, Words::new(SMALL).middle());
        }
    }

    fn slopes(&self, sheet: &Sheet<'_>) {
        let [from, to] = self.ends();
        let line = |first: f64, last: f64, style| sheet.line((from, first), (to, last), style);
        let heights = |one: &&Change| [one.first_rad, one.visit_rad].map(|end| self.height(end));
        if self.is_many {
            // What is drawn twice at the same place is drawn once.
            let whole = |one: &&Change| heights(one).map(|y| y.round() as i32);
            let faint: BTreeSet<[i32; 2]> = self.changes.iter().map(whole).collect();
            for [first, last] in faint {
                line(f64::from(first), f64::from(last), FAINT);
            }
            self.middle_half(sheet);
        } else {
            let width = (8.0 / (self.changes.len() as f64).sqrt()).clamp(1.0, 2.5);
            for [first, last] in self.changes.iter().map(heights) {
                line(first, last, Style::line(colour::BLUE, width));
            }
        }
        if let (Some(first), Some(last)) = (self.group.first_rad.mean, self.group.last_rad.mean) {
            line(self.height(first), self.height(last), AVERAGE);
        }
    }

    /// Between the quartiles of the first visit and those of the last.
    fn middle_half(&self, sheet: &Sheet<'_>) {
        let quartiles = |value: fn(&Change) -> f64| {
            let mut values: Vec<f64> = self.changes.iter().map(|one| value(one)).collect();
            values.sort_by(f64::total_cmp);
            [0.25, 0.75].map(|share| self.height(quantile(&values, share)))
        };
        let [from, to] = self.ends();
        let first = quartiles(|one| one.first_rad);
        let last = quartiles(|one| one.visit_rad);
        let corners = [
            (from, first[0]),
            (to, last[0]),
            (to, last[1]),
            (from, first[1]),
        ];
        sheet.polygon(&corners, HALF);
    }

    fn across(&self, change_deg: f64) -> f64 {
        let share = 0.5 + 0.5 * (change_deg / self.scale.reach).clamp(-1.0, 1.0);
        self.corner.0 + share * PANEL
    }

    fn bars(&self, sheet: &Sheet<'_>) {
        let (x, floor) = (self.corner.0, self.corner.1 + FLOOR);
        let error = [-self.error_deg, self.error_deg].map(|end| self.across(end));
        sheet.rectangle((error[0], floor - BARS), (error[1] - error[0], BARS), BAND);
        let bars = self.counts();
        let most = bars.iter().copied().max().unwrap_or(1).max(1);
        let Scale { reach, bar, .. } = self.scale;
        for (place, &count) in bars.iter().enumerate().filter(|bar| *bar.1 > 0) {
            let low = place as f64 * bar - reach;
            let (left, right) = (self.across(low) + 1.0, self.across(low + bar) - 1.0);
            let tall = BARS * count as f64 / most as f64;
            let look = Style::fill(colour::BLUE);
            sheet.rectangle((left, floor - tall), (right - left, tall), look);
        }
        let axis = Style::line(colour::MID, 1.5);
        sheet.line((x, floor), (x + PANEL, floor), axis);
        let top = floor - BARS;
        sheet.line((x - 6.0, top), (x, top), axis);
        sheet.text(
            (x - 12.0, top + 7.0),
            &most.to_string(),
            Words::new(SMALL).end(),
        );
        for mark in marks(-reach, reach, step(2.0 * reach, 4, &ANGLE_STEPS)) {
            let at = self.across(mark);
            sheet.line((at, floor), (at, floor + 6.0), axis);
            let words = Words::new(SMALL).middle();
            sheet.text((at, floor + 28.0), &short(mark), words);
        }
    }

    /// Subjects by change.
    fn counts(&self) -> Vec<usize> {
        let Scale { reach, bar, .. } = self.scale;
        let count = (2.0 * reach / bar).round() as usize;
        let mut bars = vec![0; count];
        for one in &self.changes {
            let place = (one.change_rad.to_degrees() + reach) / bar;
            bars[(place.max(0.0) as usize).min(count - 1)] += 1;
        }
        bars
    }

    /// The mean change with its interval, above the bars, and in words below them.
    fn mean(&self, sheet: &Sheet<'_>) {
        let change = &self.group.change_rad;
        let Some(mean) = change.mean.map(f64::to_degrees) else {
            return;
        };
        let y = self.corner.1 + MEAN;
        let look = |width| Style::line(colour::VERMILLION, width);
        if let Some(interval) = change.interval {
            let ends = [interval.low, interval.high].map(|end| self.across(end.to_degrees()));
            sheet.line((ends[0], y), (ends[1], y), look(6.0));
        }
        let x = self.across(mean);
        sheet.line((x, y - 9.0), (x, y + 9.0), look(3.0));
        let text = format!("mean {}, n = {}", signed(mean), change.n);
        let below = (self.corner.0 + PANEL / 2.0, self.corner.1 + FLOOR + 58.0);
        let words = Words::new(SMALL).middle().colour(colour::VERMILLION);
        sheet.text(below, &text, words);
    }
}

const FAINT: Style = Style::line(colour::FAINT_BLUE, 0.7);

/// Of sorted values, at least one; between two of them in proportion.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let low = sorted[place.floor() as usize];
    let high = sorted[place.ceil() as usize];
    low + (high - low) * place.fract()
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

/// What stands before a line of the legend.
#[derive(Debug, Clone, Copy)]
enum Swatch {
    Subject { is_many: bool },
    Mean,
    Band,
    Half,
}

impl Swatch {
    fn draw(self, sheet: &Sheet<'_>, (x, y): Point) {
        let middle = y - 7.0;
        let line = |style| sheet.line((x, middle), (x + 44.0, middle), style);
        match self {
            Self::Subject { is_many: true } => line(Style::line(colour::FAINT_BLUE, 2.0)),
            Self::Subject { is_many: false } => line(Style::line(colour::BLUE, 2.0)),
            Self::Mean => line(AVERAGE),
            Self::Band => sheet.rectangle((x, y - 19.0), (44.0, 24.0), BAND),
            Self::Half => sheet.rectangle((x, y - 19.0), (44.0, 24.0), HALF),
        }
    }
}

fn legend_lines(is_many: bool) -> Vec<(Swatch, &'static str)> {
    let mut lines = vec![
        (Swatch::Subject { is_many }, "one subject"),
        (Swatch::Mean, "mean; of the change with its 95 % interval"),
        (Swatch::Band, "within measurement error"),
    ];
    if is_many {
        lines.push((Swatch::Half, "middle half of the subjects"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    /// As `quantile` of R finds them.
    #[test]
    fn quartiles_lie_between_values_in_proportion() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_relative_eq!(quantile(&values, 0.25), 1.75);
        assert_relative_eq!(quantile(&values, 0.75), 5.0);
        assert_relative_eq!(quantile(&[3.0], 0.75), 3.0);
    }
}
