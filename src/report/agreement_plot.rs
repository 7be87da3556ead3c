//! Bland and Altman's picture: for each movement the difference of two visits against their mean.

use super::DrawError;
use super::label::{ANGLE_STEPS, degrees, marks, signed, step};
use super::svg::{BODY, Point, SMALL, Sheet, Style, Words, colour, picture};
use crate::visit::reliability::{Agreement, Reliability};

const WIDTH: f64 = 1200.0;
const TOP: f64 = 150.0;
const PANEL: (f64, f64) = (280.0, 215.0);
const LEFT: f64 = 100.0;
const GAP: (f64, f64) = (90.0, 130.0);
const COLUMNS: usize = 3;

/// Draws a panel for each measure.
///
/// # Errors
/// If there is none.
pub fn draw(all: &[Reliability]) -> Result<String, DrawError> {
    if all.is_empty() {
        return Err(DrawError::Nothing("repeated visits"));
    }
    let rows = all.len().div_ceil(COLUMNS) as f64;
    let size = (WIDTH, TOP + rows * (PANEL.1 + GAP.1));
    let title = "Repeated visits: difference against mean";
    Ok(picture(size, title, &description(all), |sheet| {
        sheet.heading(title);
        sheet.explain(
            false,
            "Degrees; later less earlier visit; line: bias; dashed: 95 % limits of agreement",
        );
        for (place, one) in all.iter().enumerate() {
            let (column, row) = (place % COLUMNS, place / COLUMNS);
            let corner = (
                LEFT + column as f64 * (PANEL.0 + GAP.0),
                TOP + row as f64 * (PANEL.1 + GAP.1),
            );
            Panel::new(one, corner).draw(sheet);
        }
    }))
}

fn description(all: &[Reliability]) -> String {
    let told = all.iter().map(|one| {
        let [bias, low, high] = lines(&one.agreement);
        let limits = format!("{} to {}", signed(low), signed(high));
        format!(
            "{}: bias {}, limits {limits}",
            one.measure.title(),
            signed(bias)
        )
    });
    told.collect::<Vec<_>>().join("; ")
}

/// Bias, lower and upper limit, degrees.
fn lines(agreement: &Agreement) -> [f64; 3] {
    [agreement.bias_rad, agreement.lower_rad, agreement.upper_rad].map(|one| one.value.to_degrees())
}

struct Panel<'a> {
    one: &'a Reliability,
    corner: Point,
    /// Means from and to, degrees.
    across: (f64, f64),
    /// Differences reach this far from zero, degrees.
    reach: f64,
}

impl<'a> Panel<'a> {
    fn new(one: &'a Reliability, corner: Point) -> Self {
        let pairs = || one.agreement.pairs_rad.iter();
        let means = || pairs().map(|pair| pair[0].to_degrees());
        let low = means().fold(f64::INFINITY, f64::min);
        let high = means().fold(f64::NEG_INFINITY, f64::max);
        let margin = 0.08 * (high - low) + 1.0;
        let ends = pairs().map(|pair| pair[1].to_degrees());
        let reach = ends
            .chain(lines(&one.agreement))
            .fold(1.0_f64, |most, one| most.max(one.abs()));
        Self {
            one,
            corner,
            across: (low - margin, high + margin),
            reach: reach * 1.15,
        }
    }

    fn x(&self, mean_deg: f64) -> f64 {
        let (low, high) = self.across;
        self.corner.0 + (mean_deg - low) / (high - low) * PANEL.0
    }

    fn y(&self, difference_deg: f64) -> f64 {
        self.corner.1 + PANEL.1 * (0.5 - 0.5 * difference_deg / self.reach)
    }

    fn draw(&self, sheet: &Sheet<'_>) {
        let (x, y) = self.corner;
        let title = self.one.measure.title();
        sheet.text((x, y - 14.0), title, Words::new(BODY).bold());
        self.grid(sheet);
        for pair in &self.one.agreement.pairs_rad {
            let [mean, difference] = pair.map(f64::to_degrees);
            let dot = Style::fill(colour::BLUE).opacity(0.5);
            sheet.circle((self.x(mean), self.y(difference)), 5.0, dot);
        }
        let [bias, low, high] = lines(&self.one.agreement);
        let line = Style::line(colour::VERMILLION, 2.5);
        for (value, style) in [
            (bias, line),
            (low, line.dashed(8.0, 5.0)),
            (high, line.dashed(8.0, 5.0)),
        ] {
            sheet.line((x, self.y(value)), (x + PANEL.0, self.y(value)), style);
        }
        let text = format!("{} ({} to {})", signed(bias), signed(low), signed(high));
        let words = Words::new(SMALL).colour(colour::VERMILLION);
        sheet.text((x, y + PANEL.1 + 60.0), &text, words);
    }

    fn grid(&self, sheet: &Sheet<'_>) {
        let (x, y) = self.corner;
        let (low, high) = self.across;
        let thin = Style::line(colour::LIGHT, 1.0);
        let steps = [&[1.0, 2.0][..], &ANGLE_STEPS].concat();
        for mark in marks(-self.reach, self.reach, step(2.0 * self.reach, 5, &steps)) {
            sheet.line((x, self.y(mark)), (x + PANEL.0, self.y(mark)), thin);
            let words = Words::new(SMALL).end();
            sheet.text((x - 8.0, self.y(mark) + 7.0), &signed_mark(mark), words);
        }
        for mark in marks(low, high, step(high - low, 4, &steps)) {
            let words = Words::new(SMALL).middle();
            sheet.text((self.x(mark), y + PANEL.1 + 28.0), &degrees(mark), words);
        }
    }
}

fn signed_mark(mark: f64) -> String {
    format!("{mark:+.0}°")
        .replace('-', "−")
        .replace("+0°", "0°")
}
