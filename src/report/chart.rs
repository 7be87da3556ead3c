//! Charts of `plotters` on a sheet: place, size and marks are ours.

use std::ops::Range;

use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::SVGBackend;

use super::svg::{INTO_A_STRING, Point, Sheet, length};

/// Room for the labels of a chart, left of it and below it.
const BESIDE: f64 = 80.0;
const BELOW: f64 = 56.0;

/// A chart on a sheet.
pub(crate) type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<Axis, Axis>>;

/// What drawing on a chart gives.
pub(crate) type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// An axis that keeps what is beyond its ends at its ends. `WithKeyPoints` of `plotters` would mark
/// it, but cannot be used with numbers that have a fraction: they lack a default text.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    /// From left to right or from the bottom up; may count down.
    pub(crate) range: Range<f64>,
    /// Where its labels and grid lines are.
    pub(crate) marks: Vec<f64>,
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (value - self.range.start) / (self.range.end - self.range.start);
        from + (share.clamp(0.0, 1.0) * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            Vec::new()
        } else {
            self.marks.clone()
        }
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

/// A chart at this place and of this size; its labels are left of it and below it.
pub(crate) fn chart<'a>(
    sheet: &Sheet<'a>,
    corner: Point,
    size: (f64, f64),
    axes: (Axis, Axis),
) -> Chart<'a> {
    let place = (corner.0 - BESIDE, corner.1);
    ChartBuilder::on(&sheet.part(place, (size.0 + BESIDE, size.1 + BELOW)))
        .set_label_area_size(LabelAreaPosition::Left, length(BESIDE))
        .set_label_area_size(LabelAreaPosition::Bottom, length(BELOW))
        .build_cartesian_2d(axes.0, axes.1)
        .expect(INTO_A_STRING)
}
