//! The path of the nose: rotation against flexion, first visit beside last.

use plotters::series::LineSeries;
use plotters::style::{Color, RGBColor};

use super::chart::{Axis, Chart, Drawn, chart};
use super::compare::SubjectReport;
use super::label::{ANGLE_STEPS, degrees, fit, marks, step};
use super::svg::{
    BODY, HEADING, INTO_A_STRING, Point, SMALL, Sheet, Style, Words, colour, length, picture,
};
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
    fn draw(self, sheet: &Sheet<'_>, look: (&str, RGBColor), path: Path<'_>) {
        let corner = (self.left, TOP);
        let heading = format!("{}: {}", look.0, fit(path.visit, BODY, 280.0));
        sheet.text((self.left, TOP - 22.0), &heading, Words::new(BODY).bold());
        let mut chart = chart(sheet, corner, (SIDE, SIDE), (self.axis(), self.axis()));
        self.grid(&mut chart)
            .and_then(|()| self.lines(&mut chart, look.1, path.trace))
            .expect(INTO_A_STRING);
        sheet.rectangle(corner, (SIDE, SIDE), Style::line(colour::MID, 1.0));
        let words = Words::new(SMALL).middle().halo();
        let middle = self.left + SIDE / 2.0;
        sheet.text((middle, TOP + 28.0), "extension ↑", words);
        sheet.text((middle, TOP + SIDE - 16.0), "flexion ↓", words);
    }

    /// Left rotation is left and flexion is down, as the nose points.
    fn axis(self) -> Axis {
        let reach = self.reach_deg;
        Axis {
            range: reach..-reach,
            marks: marks(-reach, reach, step(2.0 * reach, 7, &ANGLE_STEPS)).collect(),
        }
    }

    fn grid(self, chart: &mut Chart<'_>) -> Drawn {
        let words = Words::new(SMALL);
        chart
            .configure_mesh()
            .bold_line_style(colour::LIGHT.stroke_width(length(1.0)))
            .axis_style(colour::MID.stroke_width(length(1.0)))
            .set_all_tick_mark_size(length(4.0))
            .y_label_offset(length(2.0)) // figures are higher than an x
            .label_style(words.style())
            .x_label_formatter(&|mark| degrees(*mark))
            .y_label_formatter(&|mark| degrees(*mark))
            .x_desc("← left · rotation, degrees · right →")
            .draw()?;
        let reach = self.reach_deg;
        for zero in [[(-reach, 0.0), (reach, 0.0)], [(0.0, -reach), (0.0, reach)]] {
            let line = colour::MID.stroke_width(length(2.0));
            chart.draw_series(LineSeries::new(zero, line))?;
        }
        Ok(())
    }

    fn lines(self, chart: &mut Chart<'_>, colour: RGBColor, trace: &Trace) -> Drawn {
        for segment in &trace.segments {
            let line = self.line(trace, segment.clone());
            if line.len() > 1 {
                chart.draw_series(LineSeries::new(line, colour.stroke_width(length(2.0))))?;
            }
        }
        Ok(())
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
            .map(|(&flexion, &rotation)| (rotation, flexion))
            .collect();
        let mut near = NEAR / SIDE * 2.0 * self.reach_deg;
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
