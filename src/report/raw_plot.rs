//! The channels of a recording against time as they were read, where something is wrong in them, and
//! what was checked.

use super::DrawError;
use super::inspection::{Inspection, Lane, Line, PanelView, SensorView};
use super::label::{fit, marks, text_width};
use super::svg::{BODY, HEADING, Point, SMALL, Sheet, Style, Words, colour, picture};
use crate::read::trust::{SelfCheck, Verdict};

const WIDTH: f64 = 1200.0;
const LEFT: f64 = 130.0;
const RIGHT: f64 = 1170.0;
const TOP: f64 = 120.0;
/// Height of a panel, and room above it for its title.
const PANEL: f64 = 130.0;
const ABOVE: f64 = 40.0;
/// Height of a lane, and of a line of text.
const LANE: f64 = 24.0;
const ROW: f64 = 28.0;
/// Below the panels, for the time axis.
const AXIS: f64 = 84.0;
/// Sensors that are drawn.
const MOST_SENSORS: usize = 4;
/// Marks of an axis, about.
const MOST_MARKS: usize = 4;

/// Draws one recording.
///
/// # Errors
/// If it has no sensors.
pub fn draw(inspection: &Inspection) -> Result<String, DrawError> {
    let shown = inspection.sensors.iter().take(MOST_SENSORS);
    let height = TOP + shown.clone().map(height_of).sum::<f64>() + 20.0;
    if inspection.sensors.is_empty() {
        return Err(DrawError::Nothing("samples"));
    }
    let title = format!("Recording as read: {}", inspection.title);
    let more = match inspection.sensors.len().saturating_sub(MOST_SENSORS) {
        0 => String::new(),
        more => format!("; {more} more sensors are not shown"),
    };
    let about = format!("Channels, sampling and checks against time{more}");
    Ok(picture((WIDTH, height), &title, &about, |sheet| {
        sheet.heading(&fit(&title, HEADING, WIDTH - 60.0));
        sheet.explain(inspection.simulated, &about);
        let mut top = TOP;
        for sensor in shown {
            Drawing { top, sensor }.draw(sheet);
            top += height_of(sensor);
        }
    }))
}

/// All that belongs to a sensor.
fn height_of(sensor: &SensorView) -> f64 {
    ROW + sensor.panels.len() as f64 * (PANEL + ABOVE)
        + lanes_height(sensor)
        + AXIS
        + (sensor.checks.len() + 1) as f64 * ROW
        + 30.0
}

fn lanes_height(sensor: &SensorView) -> f64 {
    match sensor.lanes.len() {
        0 => 0.0,
        lanes => 20.0 + lanes as f64 * LANE,
    }
}

/// A sensor at its place on the sheet.
struct Drawing<'a> {
    top: f64,
    sensor: &'a SensorView,
}

impl Drawing<'_> {
    fn draw(&self, sheet: &Sheet<'_>) {
        let heading = fit(&self.sensor.heading, BODY, WIDTH - 60.0);
        let words = Words::new(BODY).bold();
        sheet.text((30.0, self.top + 20.0), &heading, words);
        let mut top = self.top + ROW;
        let panels_top = top + ABOVE;
        for panel in &self.sensor.panels {
            top += ABOVE;
            self.panel(sheet, top, panel);
            top += PANEL;
        }
        self.lost(sheet, panels_top, top);
        if !self.sensor.lanes.is_empty() {
            top += 20.0;
        }
        for lane in &self.sensor.lanes {
            self.lane(sheet, top, lane);
            top += LANE;
        }
        self.time_axis(sheet, top);
        top += AXIS;
        for check in &self.sensor.checks {
            top += ROW;
            row(sheet, top, check);
        }
    }

    fn x(&self, time_s: f64) -> f64 {
        LEFT + (time_s / self.sensor.lasts_s).clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn panel(&self, sheet: &Sheet<'_>, top: f64, panel: &PanelView) {
        let scale = Scale::of(panel);
        sheet.text((LEFT, top - 10.0), panel.title, Words::new(SMALL).bold());
        legend(sheet, top - 10.0, &panel.lines);
        for mark in marks(scale.low, scale.high, scale.step) {
            let y = top + scale.y(mark);
            sheet.line((LEFT, y), (RIGHT, y), Style::line(colour::LIGHT, 1.0));
            let words = Words::new(SMALL).end();
            sheet.text((LEFT - 10.0, y + 7.0), &scale.label(mark), words);
        }
        for (index, line) in panel.lines.iter().enumerate() {
            let style = Style::line(colour_of(index, panel.lines.len()), 1.6);
            for piece in &line.pieces {
                let at = |&(time_s, value): &(f64, f64)| (self.x(time_s), top + scale.y(value));
                let points: Vec<Point> = piece.iter().map(at).collect();
                match points.as_slice() {
                    [alone] => sheet.circle(*alone, 1.5, style),
                    _ => sheet.polyline(&points, style),
                }
            }
        }
        let size = (RIGHT - LEFT, PANEL);
        sheet.rectangle((LEFT, top), size, Style::line(colour::MID, 1.0));
    }

    /// What was lost is shaded through all panels.
    fn lost(&self, sheet: &Sheet<'_>, top: f64, bottom: f64) {
        let lost = self.sensor.lanes.iter().filter(|lane| lane.title == "lost");
        for span in lost.flat_map(|lane| &lane.spans_s) {
            let (from, to) = (self.x(span.start), self.x(span.end));
            let style = Style::fill(colour::VERMILLION).opacity(0.12);
            sheet.rectangle((from, top), (to - from, bottom - top), style);
        }
    }

    fn lane(&self, sheet: &Sheet<'_>, top: f64, lane: &Lane) {
        let words = Words::new(SMALL).end();
        let title = fit(lane.title, SMALL, LEFT - 14.0);
        sheet.text((LEFT - 10.0, top + 17.0), &title, words);
        let size = (RIGHT - LEFT, LANE - 6.0);
        sheet.rectangle((LEFT, top + 3.0), size, Style::fill(colour::PALE));
        for span in &lane.spans_s {
            let (from, to) = (self.x(span.start), self.x(span.end));
            let size = ((to - from).max(2.0), LANE - 6.0);
            sheet.rectangle((from, top + 3.0), size, Style::fill(colour::VERMILLION));
        }
    }

    fn time_axis(&self, sheet: &Sheet<'_>, bottom: f64) {
        let lasts_s = self.sensor.lasts_s;
        let (unit_s, unit) = match lasts_s {
            long if long > 3.0 * 3600.0 => (3600.0, "hours"),
            long if long > 600.0 => (60.0, "minutes"),
            _ => (1.0, "seconds"),
        };
        let scale = Scale {
            low: 0.0,
            high: lasts_s / unit_s,
            step: nice(lasts_s / unit_s, 9),
        };
        for mark in marks(0.0, scale.high, scale.step) {
            let x = self.x(mark * unit_s);
            let tick = Style::line(colour::MID, 1.5);
            sheet.line((x, bottom), (x, bottom + 8.0), tick);
            let words = Words::new(SMALL).middle();
            sheet.text((x, bottom + 30.0), &scale.label(mark), words);
        }
        let middle = (f64::midpoint(LEFT, RIGHT), bottom + 60.0);
        let words = format!("Time since the first sample, {unit}");
        sheet.text(middle, &words, Words::new(SMALL).middle());
    }
}

/// A check with its sign, in words too: colour is not enough.
fn row(sheet: &Sheet<'_>, y: f64, check: &SelfCheck) {
    let (sign, colour) = match check.verdict {
        Verdict::Passed => ("passed", colour::GREEN),
        Verdict::Failed => ("failed", colour::VERMILLION),
        Verdict::CannotTell => ("not told", colour::GREY),
    };
    sheet.text((30.0, y), sign, Words::new(SMALL).colour(colour).bold());
    sheet.text((LEFT, y), check.title, Words::new(SMALL).bold());
    let from = LEFT + 230.0;
    let seen = fit(&check.seen, SMALL, RIGHT - from);
    sheet.text((from, y), &seen, Words::new(SMALL));
}

/// The names of the lines, at the right end.
fn legend(sheet: &Sheet<'_>, y: f64, lines: &[Line]) {
    let named = lines.iter().enumerate().rev();
    let mut right = RIGHT;
    for (index, line) in named.filter(|(_, line)| !line.name.is_empty()) {
        let words = Words::new(SMALL).colour(colour_of(index, lines.len()));
        sheet.text((right, y), line.name, words.bold().end());
        right -= text_width(line.name, SMALL) + 14.0;
    }
}

/// X, y and z have the same colours everywhere; w, which comes before them, is dark.
const fn colour_of(index: usize, lines: usize) -> plotters::style::RGBColor {
    match (lines, index) {
        (4, 1) | (3, 0) => colour::VERMILLION,
        (4, 2) | (3, 1) => colour::GREEN,
        (4, 3) | (3, 2) => colour::BLUE,
        _ => colour::INK,
    }
}

/// The values of a panel, from bottom to top.
#[derive(Debug, Clone, Copy)]
struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    fn of(panel: &PanelView) -> Self {
        let pieces = panel.lines.iter().flat_map(|line| &line.pieces);
        let values = pieces.flatten().map(|point| point.1);
        let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        // Halves, so that the room between them cannot be more than a number holds.
        let room = (high / 2.0 - low / 2.0).max(0.5) * 0.15;
        let (low, high) = (if low < 0.0 { low - room } else { low }, high + room);
        Self {
            low,
            high,
            step: nice(high - low, MOST_MARKS),
        }
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        PANEL * (1.0 - share.clamp(0.0, 1.0))
    }

    fn label(&self, mark: f64) -> String {
        let digits = (-self.step.log10()).ceil().clamp(0.0, 6.0) as usize;
        if mark.abs() >= 1e5 {
            format!("{mark:.0e}")
        } else if mark == 0.0 {
            "0".to_owned()
        } else {
            format!("{mark:.digits$}").replace('-', "−")
        }
    }
}

/// A step of 1, 2 or 5 times a power of ten that makes at most so many marks, about.
fn nice(span: f64, most: usize) -> f64 {
    let least = (span / most as f64).clamp(1e-9, 1e300);
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|f| f * power >= least);
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        for (span, most, step) in [
            (10.0, 5, 2.0),
            (1.3, 4, 0.5),
            (86.4, 9, 10.0),
            (900.0, 4, 500.0),
        ] {
            assert!((nice(span, most) - step).abs() < 1e-9, "{span}");
        }
        assert!(nice(f64::INFINITY, 4).is_finite() && nice(0.0, 4) > 0.0);
    }

    #[test]
    fn no_sensors_is_no_picture() {
        let none = Inspection {
            title: "x".to_owned(),
            simulated: false,
            sensors: Vec::new(),
        };
        assert_eq!(draw(&none), Err(DrawError::Nothing("samples")));
    }
}
