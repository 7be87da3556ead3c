//! The path of the nose: rotation against flexion, first visit beside last.

use super::compare::SubjectReport;
use super::label::{ANGLE_STEPS, degrees, fit, marks, step};
use plotters::style::RGBColor;

use super::svg::{BODY, HEADING, Point, SMALL, Sheet, Style, Words, colour, picture};
use super::{DrawError, Trace};

const WIDTH: f64 = 1200.0;
const SIDE: f64 = 440.0;
const TOP: f64 = 190.0;
const LEFT: f64 = 120.0;
const GAP: f64 = 120.0;
const HEIGHT: f64 = TOP + SIDE + 85.0;
/// Points closer than this on the paper are one.
const NEAR: f64 = 1.2;
/// Most points of a line.
const MOST: usize = 8000;

/// A trace and the visit it comes from.
#[derive(Debug, Clone, Copy)]
pub struct Path<'a> {
    /// Label of the visit.
    pub visit: &'a str,
    /// The angles.
    pub trace: &'a Trace,
}

/// Draws one or two traces of a subject on one scale.
///
/// # Errors
/// If no trace holds angles.
pub fn draw(
    subject: &SubjectReport,
    first: Path<'_>,
    last: Option<Path<'_>>,
) -> Result<String, DrawError> {
    let reach_deg = reach(first.trace).max(last.map_or(0.0, |last| reach(last.trace)));
    if reach_deg <= 0.0 {
        return Err(DrawError::Nothing("angles over time"));
    }
    let reach_deg = reach_deg.clamp(20.0, 180.0) * 1.08;
    let title = format!(
        "Path of the nose, subject {}",
        fit(&subject.subject, HEADING, 560.0)
    );
    let left = if last.is_some() {
        LEFT
    } else {
        f64::midpoint(LEFT, WIDTH - SIDE)
    };
    let right = left + SIDE + GAP;
    let description = format!(
        "Rotation against flexion and extension, both axes to {} each way, {} on one scale.",
        degrees(reach_deg),
        if last.is_some() {
            "first and last visit"
        } else {
            "one visit"
        }
    );
    Ok(picture((WIDTH, HEIGHT), &title, &description, |sheet| {
        sheet.heading(&title);
        sheet.explain(
            subject.simulated,
            "Rotation across, flexion and extension up and down: the line that a light on",
        );
        let rest =
            "the forehead draws on the wall in front. Straight out and back makes a straight line.";
        sheet.text((30.0, 112.0), rest, Words::new(SMALL).colour(colour::GREY));
        Panel { left, reach_deg }.draw(sheet, ("First visit", colour::BLUE), first);
        if let Some(last) = last {
            let panel = Panel {
                left: right,
                reach_deg,
            };
            panel.draw(sheet, ("Last visit", colour::VERMILLION), last);
        }
    }))
}

fn reach(trace: &Trace) -> f64 {
    let values = trace.flexion_deg.iter().chain(&trace.rotation_left_deg);
    values
        .filter(|value| value.is_finite())
        .fold(0.0, |reach: f64, value| reach.max(value.abs()))
}

#[derive(Debug, Clone, Copy)]
struct Panel {
    left: f64,
    reach_deg: f64,
}

impl Panel {
    /// Left rotation is left and flexion is down, as the nose points.
    fn at(self, rotation_left_deg: f64, flexion_deg: f64) -> Point {
        let scale = |value: f64| (value / self.reach_deg).clamp(-1.0, 1.0) * SIDE / 2.0;
        let middle = (self.left + SIDE / 2.0, TOP + SIDE / 2.0);
        (
            middle.0 - scale(rotation_left_deg),
            middle.1 + scale(flexion_deg),
        )
    }

    fn draw(self, sheet: &Sheet<'_>, look: (&str, RGBColor), path: Path<'_>) {
        let heading = format!("{}: {}", look.0, fit(path.visit, BODY, 280.0));
        sheet.text((self.left, TOP - 22.0), &heading, Words::new(BODY).bold());
        self.grid(sheet);
        for segment in &path.trace.segments {
            sheet.polyline(
                &self.line(path.trace, segment.clone()),
                Style::line(look.1, 2.0),
            );
        }
        self.directions(sheet);
    }

    fn grid(self, sheet: &Sheet<'_>) {
        let reach = self.reach_deg;
        for mark in marks(-reach, reach, step(2.0 * reach, 7, &ANGLE_STEPS)) {
            let (x, y) = self.at(-mark, mark);
            let style = if mark == 0.0 {
                Style::line(colour::MID, 2.0)
            } else {
                Style::line(colour::LIGHT, 1.0)
            };
            sheet.line((x, TOP), (x, TOP + SIDE), style);
            sheet.line((self.left, y), (self.left + SIDE, y), style);
            sheet.text(
                (x, TOP + SIDE + 28.0),
                &degrees(mark),
                Words::new(SMALL).middle(),
            );
            sheet.text(
                (self.left - 8.0, y + 7.0),
                &degrees(mark),
                Words::new(SMALL).end(),
            );
        }
        sheet.rectangle(
            (self.left, TOP),
            (SIDE, SIDE),
            Style::line(colour::MID, 1.0),
        );
        let below = (self.left + SIDE / 2.0, TOP + SIDE + 62.0);
        sheet.text(
            below,
            "← left · rotation, degrees · right →",
            Words::new(SMALL).middle(),
        );
    }

    fn directions(self, sheet: &Sheet<'_>) {
        let words = Words::new(SMALL).middle().halo();
        let middle = self.left + SIDE / 2.0;
        sheet.text((middle, TOP + 28.0), "extension ↑", words);
        sheet.text((middle, TOP + SIDE - 16.0), "flexion ↓", words);
    }

    /// A segment's line; points that fall on the one before are left away, the more so the longer
    /// it is.
    fn line(self, trace: &Trace, segment: std::ops::Range<usize>) -> Vec<Point> {
        let (Some(flexion), Some(rotation)) = (
            trace.flexion_deg.get(segment.clone()),
            trace.rotation_left_deg.get(segment),
        ) else {
            return Vec::new();
        };
        let finite =
            |&(flexion, rotation): &(&f64, &f64)| flexion.is_finite() && rotation.is_finite();
        let all: Vec<Point> = flexion
            .iter()
            .zip(rotation)
            .filter(finite)
            .map(|(&flexion, &rotation)| self.at(rotation, flexion))
            .collect();
        let mut near = NEAR;
        let mut line = apart(&all, near);
        while line.len() > MOST {
            near *= 2.0;
            line = apart(&line, near);
        }
        line
    }
}

/// The points that are farther than this from the one kept before.
fn apart(points: &[Point], near: f64) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    for &at in points {
        let far = |&(x, y): &Point| (at.0 - x).hypot(at.1 - y) > near;
        if kept.last().is_none_or(far) {
            kept.push(at);
        }
    }
    kept
}
