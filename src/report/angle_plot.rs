//! The three neck angles against time, with repetitions marked: one recording.

use super::label::{Label, degrees, fit, marks, step, text_width};
use super::svg::{BODY, HEADING, Point, SMALL, Sheet, Style, Words, colour, picture};
use super::{DrawError, RepetitionReport, Report, Trace};
use crate::movement::{Movement, Plane};

const WIDTH: f64 = 1200.0;
const LEFT: f64 = 110.0;
const RIGHT: f64 = 1170.0;
const TOP: f64 = 120.0;
const PANEL: f64 = 270.0;
const PANEL_STEP: f64 = 330.0;
const HEIGHT: f64 = TOP + 3.0 * PANEL_STEP + 150.0;
/// Points of a line are thinned to two a bucket.
const BUCKETS: usize = 1000;
/// Steps between marks of time, seconds.
const TIME_STEPS: [f64; 12] = [
    1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0,
];

/// Steps between marks of angle.
const STEPS: [f64; 5] = [10.0, 20.0, 30.0, 60.0, 90.0];

const COUNTED: Style = Style::fill(colour::BLUE).opacity(0.16);
const LEFT_OUT: Style = Style::line(colour::MID, 1.5)
    .dashed(5.0, 4.0)
    .filled(colour::PALE);

/// Draws one recording: flexion and extension, side-bend, rotation.
///
/// # Errors
/// If the report holds no angles.
pub fn draw(report: &Report) -> Result<String, DrawError> {
    let axes = Axes::of(report).ok_or(DrawError::Nothing("angles over time"))?;
    let title = title(report);
    let place = if report.alignment.trunk_from_sensor.is_some() {
        "head against trunk"
    } else {
        "head against its own neutral; movement of the trunk counts as movement of the neck"
    };
    let size = (WIDTH, HEIGHT);
    Ok(picture(size, &title, &description(report), |sheet| {
        sheet.heading(&fit(&title, HEADING, WIDTH - 60.0));
        sheet.explain(report.recording.simulated, &format!("Degrees, {place}"));
        for (row, plane) in Plane::ALL.into_iter().enumerate() {
            Panel {
                top: TOP + row as f64 * PANEL_STEP + 46.0,
                axes,
                plane,
            }
            .draw(sheet, report);
        }
        time_axis(sheet, axes);
        legend(sheet);
    }))
}

fn title(report: &Report) -> String {
    let about = &report.recording;
    let named = |what: &str, label: &Option<String>| {
        label
            .as_ref()
            .map(|label| format!(", {what} {}", fit(label, BODY, 260.0)))
            .unwrap_or_default()
    };
    format!(
        "Neck angles over time{}{}",
        named("subject", &about.subject),
        named("visit", &about.visit)
    )
}

fn description(report: &Report) -> String {
    let used = report.repetitions.iter().filter(|one| one.used).count();
    format!(
        "Flexion and extension, side-bend and rotation in degrees against time in seconds; \
         {used} counted repetitions and {} left out, each end range marked.",
        report.repetitions.len() - used
    )
}

/// What the panels have in common.
#[derive(Debug, Clone, Copy)]
struct Axes {
    start_s: f64,
    end_s: f64,
    /// Largest angle shown, both ways.
    reach_deg: f64,
}

impl Axes {
    fn of(report: &Report) -> Option<Self> {
        let trace = &report.trace;
        let (&start_s, &last_s) = (trace.time_s.first()?, trace.time_s.last()?);
        let angles = Plane::ALL.iter().flat_map(|&plane| series(trace, plane));
        let ends = report.repetitions.iter().map(|one| &one.rom_deg);
        let reach = angles
            .chain(ends)
            .filter(|one| one.is_finite())
            .fold(15.0, |reach: f64, one| reach.max(one.abs()));
        (start_s.is_finite() && last_s.is_finite()).then(|| Self {
            start_s,
            end_s: last_s.max(start_s + 1.0),
            reach_deg: reach.min(180.0) * 1.75,
        })
    }

    fn x(self, time_s: f64) -> f64 {
        let share = (time_s - self.start_s) / (self.end_s - self.start_s);
        LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn y(self, angle_deg: f64) -> f64 {
        PANEL / 2.0 * (1.0 - (angle_deg / self.reach_deg).clamp(-1.0, 1.0))
    }
}

fn series(trace: &Trace, plane: Plane) -> &[f64] {
    match plane {
        Plane::Sagittal => &trace.flexion_deg,
        Plane::Frontal => &trace.side_bend_right_deg,
        Plane::Transverse => &trace.rotation_left_deg,
    }
}

/// The movement that goes up in the picture, and the one that goes down.
const fn directions(plane: Plane) -> (Movement, Movement) {
    match plane {
        Plane::Sagittal => (Movement::Flexion, Movement::Extension),
        Plane::Frontal => (Movement::SideBendRight, Movement::SideBendLeft),
        Plane::Transverse => (Movement::RotationLeft, Movement::RotationRight),
    }
}

#[derive(Debug, Clone, Copy)]
struct Panel {
    top: f64,
    axes: Axes,
    plane: Plane,
}

impl Panel {
    fn draw(self, sheet: &Sheet<'_>, report: &Report) {
        self.shade(sheet, &report.repetitions);
        self.grid(sheet);
        for segment in &report.trace.segments {
            let points = self.line(&report.trace, segment.clone());
            sheet.polyline(&points, Style::line(colour::INK, 2.2));
        }
        self.end_ranges(sheet, &report.repetitions);
    }

    fn at(self, time_s: f64, angle_deg: f64) -> Point {
        (self.axes.x(time_s), self.top + self.axes.y(angle_deg))
    }

    fn grid(self, sheet: &Sheet<'_>) {
        let (up, down) = directions(self.plane);
        let heading = format!("{} ↑  /  {} ↓", up.title(), down.title().to_lowercase());
        sheet.text((LEFT, self.top - 12.0), &heading, Words::new(BODY).bold());
        let reach = self.axes.reach_deg;
        for mark in marks(-reach, reach, step(2.0 * reach, 8, &STEPS)) {
            let y = self.at(0.0, mark).1;
            let style = if mark == 0.0 {
                Style::line(colour::MID, 2.0)
            } else {
                Style::line(colour::LIGHT, 1.0)
            };
            sheet.line((LEFT, y), (RIGHT, y), style);
            sheet.text(
                (LEFT - 12.0, y + 7.0),
                &degrees(mark),
                Words::new(SMALL).end(),
            );
        }
        sheet.rectangle(
            (LEFT, self.top),
            (RIGHT - LEFT, PANEL),
            Style::line(colour::MID, 1.0),
        );
    }

    /// The side of this panel that a repetition belongs to: 1 up, -1 down; none if it is elsewhere.
    fn side(self, repetition: &RepetitionReport) -> Option<f64> {
        let (up, down) = directions(self.plane);
        match repetition.movement {
            name if name == up.name() => Some(1.0),
            name if name == down.name() => Some(-1.0),
            _ => None,
        }
    }

    fn shade(self, sheet: &Sheet<'_>, repetitions: &[RepetitionReport]) {
        let here = |one: &&RepetitionReport| self.side(one).is_some() || one.movement == "mixed";
        for one in repetitions.iter().filter(here) {
            let (from, to) = (self.axes.x(one.start_s), self.axes.x(one.end_s));
            let style = if one.used { COUNTED } else { LEFT_OUT };
            sheet.rectangle((from, self.top), (to - from, PANEL), style);
        }
    }

    /// A segment's line, thinned to the least and the greatest angle of each bucket of time.
    fn line(self, trace: &Trace, segment: std::ops::Range<usize>) -> Vec<Point> {
        let (Some(times), Some(angles)) = (
            trace.time_s.get(segment.clone()),
            series(trace, self.plane).get(segment.clone()),
        ) else {
            return Vec::new();
        };
        let size = (trace.time_s.len() / BUCKETS).max(1);
        let point = |i: usize| self.at(times[i], angles[i]);
        (0..times.len().div_ceil(size))
            .flat_map(|bucket| {
                extremes(
                    angles,
                    bucket * size..((bucket + 1) * size).min(times.len()),
                )
            })
            .map(point)
            .collect()
    }

    fn end_ranges(self, sheet: &Sheet<'_>, repetitions: &[RepetitionReport]) {
        let mut placed: Vec<Label> = Vec::new();
        let dot = |one: &RepetitionReport| Some(self.at(one.peak_s, self.side(one)? * one.rom_deg));
        let dots: Vec<Point> = repetitions.iter().filter_map(dot).collect();
        let (counted, left_out): (Vec<_>, Vec<_>) = repetitions.iter().partition(|one| one.used);
        for one in counted.into_iter().chain(left_out) {
            let Some(side) = self.side(one) else { continue };
            let end = self.at(one.peak_s, side * one.rom_deg);
            let inside = if one.used {
                colour::VERMILLION
            } else {
                colour::PAPER
            };
            sheet.circle(
                end,
                6.0,
                Style::line(colour::VERMILLION, 2.0).filled(inside),
            );
            // Without the sign, which stands on the axis: the numbers stand close.
            let text = format!("{:.0}", one.rom_deg);
            let label =
                |row| Label::beyond(end, side, row, text_width(&text, SMALL)).between(LEFT, RIGHT);
            let free = |label: &Label| {
                label.within(self.top, self.top + PANEL)
                    && !placed.iter().any(|other| label.meets(other))
                    && !dots.iter().any(|&at| label.hides(at))
            };
            if let Some(label) = [label(0.0), label(1.0), label(2.0)].into_iter().find(free) {
                sheet.text(label.at, &text, Words::new(SMALL).middle().halo());
                placed.push(label);
            }
        }
    }
}

/// Indices of the least and the greatest value of a range, in order of time.
fn extremes(values: &[f64], range: std::ops::Range<usize>) -> Vec<usize> {
    let finite = || range.clone().filter(|&i| values[i].is_finite());
    let least = finite().min_by(|&a, &b| values[a].total_cmp(&values[b]));
    let greatest = finite().max_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut both: Vec<usize> = least.into_iter().chain(greatest).collect();
    both.sort_unstable();
    both.dedup();
    both
}

fn time_axis(sheet: &Sheet<'_>, axes: Axes) {
    let bottom = TOP + 2.0 * PANEL_STEP + 46.0 + PANEL;
    let span = axes.end_s - axes.start_s;
    for mark in marks(axes.start_s, axes.end_s, step(span, 9, &TIME_STEPS)) {
        let x = axes.x(mark);
        sheet.line(
            (x, bottom),
            (x, bottom + 8.0),
            Style::line(colour::MID, 1.5),
        );
        sheet.text(
            (x, bottom + 32.0),
            &format!("{mark:.0}"),
            Words::new(SMALL).middle(),
        );
    }
    sheet.text(
        (f64::midpoint(LEFT, RIGHT), bottom + 66.0),
        "Time, seconds",
        Words::new(BODY).middle(),
    );
}

fn legend(sheet: &Sheet<'_>) {
    let y = HEIGHT - 30.0;
    let swatch = (34.0, 22.0);
    sheet.rectangle((LEFT, y - 18.0), swatch, COUNTED);
    sheet.text((LEFT + 44.0, y), "counted repetition", Words::new(SMALL));
    sheet.rectangle((LEFT + 310.0, y - 18.0), swatch, LEFT_OUT);
    sheet.text(
        (LEFT + 354.0, y),
        "repetition left out of the mean",
        Words::new(SMALL),
    );
    sheet.circle(
        (LEFT + 770.0, y - 7.0),
        6.0,
        Style::line(colour::VERMILLION, 2.0).filled(colour::VERMILLION),
    );
    sheet.text((LEFT + 788.0, y), "end range", Words::new(SMALL));
}
