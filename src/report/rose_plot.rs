//! The neck rose: six directions as spokes, first visit against last.

use std::f64::consts::TAU;

use plotters::style::RGBColor;

use super::DrawError;
use super::compare::{SubjectReport, VisitReport};
use super::label::{degrees, fit, marks, step};
use super::svg::{BODY, HEADING, Point, SMALL, Sheet, Style, Words, colour, picture};
use crate::movement::Movement;

const WIDTH: f64 = 1200.0;
const HEIGHT: f64 = 890.0;
const CENTRE: Point = (600.0, 462.0);
const RADIUS: f64 = 277.0;

/// The spokes clockwise from the top. Left in the picture is the subject's left, as on a map of the
/// subject's own neck.
const SPOKES: [Movement; 6] = [
    Movement::Flexion,
    Movement::RotationRight,
    Movement::SideBendRight,
    Movement::Extension,
    Movement::SideBendLeft,
    Movement::RotationLeft,
];

const FIRST: Style = Style::line(colour::BLUE, 4.0).dashed(12.0, 7.0);
const LAST: Style = Style::line(colour::VERMILLION, 5.0);

/// Steps between rings, degrees.
const RINGS_DEG: [f64; 5] = [10.0, 20.0, 30.0, 40.0, 60.0];

/// Draws the first and the last visit of one subject.
///
/// # Errors
/// If there is no visit.
pub fn draw(subject: &SubjectReport) -> Result<String, DrawError> {
    let first = subject.visits.first().ok_or(DrawError::Nothing("visits"))?;
    let last = subject.visits.get(1..).and_then(<[_]>::last);
    let title = format!(
        "Neck rose, subject {}",
        fit(&subject.subject, HEADING, 640.0)
    );
    let values = subject
        .visits
        .iter()
        .flat_map(|visit| SPOKES.map(|spoke| mean(visit, spoke)))
        .flatten();
    // The outermost ring lies around everything.
    let largest_deg = values.fold(40.0, f64::max).min(200.0) * 1.02;
    let ring_deg = step(largest_deg, 5, &RINGS_DEG);
    let reach_deg = (largest_deg / ring_deg).ceil() * ring_deg;
    let rose = Rose {
        reach_deg,
        first,
        last,
    };
    let size = (WIDTH, HEIGHT);
    Ok(picture(size, &title, &rose.description(), |sheet| {
        sheet.heading(&title);
        sheet.explain(
            subject.simulated,
            "Range of motion in degrees; left in the picture is the subject's left",
        );
        rose.rings(sheet);
        rose.visit(sheet, first, (FIRST, colour::BLUE));
        if let Some(last) = last {
            rose.visit(sheet, last, (LAST, colour::VERMILLION));
        }
        rose.ring_labels(sheet);
        rose.spoke_labels(sheet);
        rose.legend(sheet);
    }))
}

fn mean(visit: &VisitReport, movement: Movement) -> Option<f64> {
    visit.movement(movement)?.rom.mean_deg
}

#[derive(Debug)]
struct Rose<'a> {
    reach_deg: f64,
    first: &'a VisitReport,
    last: Option<&'a VisitReport>,
}

impl Rose<'_> {
    fn at(&self, spoke: f64, value_deg: f64) -> Point {
        at_radius(spoke, (value_deg / self.reach_deg).clamp(0.0, 1.0) * RADIUS)
    }

    fn ring_values(&self) -> impl Iterator<Item = f64> + use<> {
        let step = step(self.reach_deg, 5, &RINGS_DEG);
        marks(step, self.reach_deg, step)
    }

    fn rings(&self, sheet: &Sheet<'_>) {
        for ring in self.ring_values() {
            sheet.circle(
                CENTRE,
                ring / self.reach_deg * RADIUS,
                Style::line(colour::LIGHT, 1.5),
            );
        }
        for spoke in 0..6 {
            sheet.line(
                CENTRE,
                at_radius(f64::from(spoke), RADIUS),
                Style::line(colour::MID, 1.5),
            );
        }
    }

    /// Between the spokes, where no polygon corner lies.
    fn ring_labels(&self, sheet: &Sheet<'_>) {
        for ring in self.ring_values() {
            let (x, y) = self.at(0.5, ring);
            let words = Words::new(SMALL).middle().colour(colour::GREY).halo();
            sheet.text((x, y + 7.0), &degrees(ring), words);
        }
    }

    fn visit(&self, sheet: &Sheet<'_>, visit: &VisitReport, look: (Style, RGBColor)) {
        let corners: Vec<Option<Point>> = SPOKES
            .iter()
            .enumerate()
            .map(|(i, &spoke)| mean(visit, spoke).map(|value| self.at(i as f64, value)))
            .collect();
        if let Some(all) = corners.iter().copied().collect::<Option<Vec<Point>>>() {
            sheet.polygon(&all, look.0.filled(look.1).opacity(0.10));
        } else {
            let next = corners.iter().cycle().skip(1);
            for (one, next) in corners
                .iter()
                .zip(next)
                .filter_map(|(a, b)| Some(((*a)?, (*b)?)))
            {
                sheet.line(one, next, look.0);
            }
        }
        for corner in corners.into_iter().flatten() {
            sheet.circle(corner, 8.0, Style::fill(look.1));
        }
    }

    fn values(&self, movement: Movement) -> String {
        let told = |visit| mean(visit, movement).map_or("–".to_owned(), degrees);
        match self.last {
            Some(last) => format!("{} → {}", told(self.first), told(last)),
            None => mean(self.first, movement).map_or("not measured".to_owned(), degrees),
        }
    }

    fn spoke_labels(&self, sheet: &Sheet<'_>) {
        for (i, movement) in SPOKES.into_iter().enumerate() {
            let (x, y) = at_radius(i as f64, RADIUS + 24.0);
            let words = Words::new(BODY);
            let (words, lift) = match i {
                0 => (words.middle(), -30.0),
                3 => (words.middle(), 26.0),
                1 | 2 => (words, 0.0),
                _ => (words.end(), 0.0),
            };
            sheet.text((x, y + lift), movement.title(), words.bold());
            sheet.text((x, y + lift + 32.0), &self.values(movement), words);
        }
    }

    fn legend(&self, sheet: &Sheet<'_>) {
        let y = HEIGHT - 34.0;
        sheet.line((30.0, y - 7.0), (90.0, y - 7.0), FIRST);
        sheet.text(
            (104.0, y),
            &format!("first visit: {}", self.first.label_and_day(210.0)),
            Words::new(SMALL),
        );
        if let Some(last) = self.last {
            sheet.line((620.0, y - 7.0), (680.0, y - 7.0), LAST);
            sheet.text(
                (694.0, y),
                &format!("last visit: {}", last.label_and_day(210.0)),
                Words::new(SMALL),
            );
        }
    }

    fn description(&self) -> String {
        let told: Vec<String> = SPOKES
            .iter()
            .map(|&spoke| format!("{}: {}", spoke.title(), self.values(spoke)))
            .collect();
        format!(
            "Six directions from the middle, first visit and last visit. {}.",
            told.join("; ")
        )
    }
}

/// A place on a spoke; spoke 0 points up, and they go clockwise.
fn at_radius(spoke: f64, radius: f64) -> Point {
    let angle = spoke / 6.0 * TAU;
    (
        CENTRE.0 + radius * angle.sin(),
        CENTRE.1 - radius * angle.cos(),
    )
}
