//! A sheet to draw on: shapes and words in, one SVG text out, drawn by `plotters`.
//!
//! `plotters` places everything on whole pixels, so a sheet has ten of them a unit, and a `viewBox`
//! brings the units back. Whole numbers make a picture the same bytes on every machine. There are no
//! ids and no classes: several pictures may stand in one page.

use plotters::coord::Shift;
use plotters::element::{
    Circle, DashedPathElement, Drawable, PathElement, PointCollection, Polygon, Rectangle, Text,
};
use plotters::prelude::{DrawingArea, IntoDrawingArea, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle};

use super::label::{escape, plain};

/// Colours that people with colour-vision deficiency can tell apart (Okabe and Ito 2008), and greys.
pub(crate) mod colour {
    use super::RGBColor;

    pub(crate) const INK: RGBColor = RGBColor(0x1a, 0x1a, 0x1a);
    pub(crate) const GREY: RGBColor = RGBColor(0x59, 0x59, 0x59);
    pub(crate) const MID: RGBColor = RGBColor(0x8c, 0x8c, 0x8c);
    pub(crate) const LIGHT: RGBColor = RGBColor(0xd9, 0xd9, 0xd9);
    pub(crate) const PALE: RGBColor = RGBColor(0xef, 0xef, 0xef);
    pub(crate) const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);
    pub(crate) const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
    pub(crate) const FAINT_BLUE: RGBColor = RGBColor(0xb3, 0xd5, 0xe8);
    pub(crate) const VERMILLION: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
    pub(crate) const GREEN: RGBColor = RGBColor(0x00, 0x9e, 0x73);
}

/// Size of headings, user units; a picture is 1,200 units wide, about 180 mm on paper.
pub(crate) const HEADING: f64 = 30.0;
/// Size of most text.
pub(crate) const BODY: f64 = 24.0;
/// Size of the smallest text.
pub(crate) const SMALL: f64 = 20.0;

/// Pixels a unit.
const PIXELS: f64 = 10.0;
/// `plotters` writes a font's size divided by this.
const FONT_FACTOR: f64 = 1.24;
/// `plotters` sets words that hang from their place this far below it, in font sizes.
const HANG: f64 = 0.76;

/// What `plotters` is told as the font of plain words; the real one stands once, on the picture.
const FONT: &str = "sheet";
/// The same for words with a halo. It becomes the halo, which `plotters` has no word for.
const HALO_FONT: &str = "halo";
const HALO: &str =
    "paint-order=\"stroke\" stroke=\"#ffffff\" stroke-width=\"60\" stroke-linejoin=\"round\"";

/// A place on the sheet, x to the right and y down.
pub(crate) type Point = (f64, f64);

/// How a shape is filled and outlined.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    fill: Option<RGBColor>,
    opacity: f64,
    stroke: Option<RGBColor>,
    width: f64,
    dash: Option<(f64, f64)>,
}

impl Style {
    /// An outline without filling.
    pub(crate) const fn line(stroke: RGBColor, width: f64) -> Self {
        Self {
            fill: None,
            opacity: 1.0,
            stroke: Some(stroke),
            width,
            dash: None,
        }
    }

    /// A filling without outline.
    pub(crate) const fn fill(fill: RGBColor) -> Self {
        Self {
            fill: Some(fill),
            opacity: 1.0,
            stroke: None,
            width: 0.0,
            dash: None,
        }
    }

    /// With this filling.
    pub(crate) const fn filled(self, fill: RGBColor) -> Self {
        Self {
            fill: Some(fill),
            ..self
        }
    }

    /// With a filling that lets this much show through.
    pub(crate) const fn opacity(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }

    /// With an outline of dashes and gaps this long.
    pub(crate) const fn dashed(self, dash: f64, gap: f64) -> Self {
        Self {
            dash: Some((dash, gap)),
            ..self
        }
    }

    fn filling(self) -> Option<ShapeStyle> {
        Some(self.fill?.mix(self.opacity).filled())
    }

    fn outline(self) -> Option<ShapeStyle> {
        Some(self.stroke?.stroke_width(length(self.width)))
    }
}

/// How words look.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    pub(crate) size: f64,
    colour: RGBColor,
    anchor: HPos,
    bold: bool,
    halo: bool,
}

impl Words {
    /// Dark words of this size that start at their place.
    pub(crate) const fn new(size: f64) -> Self {
        Self {
            size,
            colour: colour::INK,
            anchor: HPos::Left,
            bold: false,
            halo: false,
        }
    }

    /// In this colour.
    pub(crate) const fn colour(self, colour: RGBColor) -> Self {
        Self { colour, ..self }
    }

    /// Centred on their place.
    pub(crate) const fn middle(self) -> Self {
        Self {
            anchor: HPos::Center,
            ..self
        }
    }

    /// Ending at their place.
    pub(crate) const fn end(self) -> Self {
        Self {
            anchor: HPos::Right,
            ..self
        }
    }

    /// In bold.
    pub(crate) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// With a white border, to be read over lines.
    pub(crate) const fn halo(self) -> Self {
        Self { halo: true, ..self }
    }

    /// As a shape of `plotters`; the place is on the base line.
    pub(crate) fn text(&self, at: Point, text: &str) -> Text<'_, (i32, i32), String> {
        let hung = (at.0, at.1 - HANG * self.size);
        Text::new(plain(text), pixel(hung), self.style())
    }

    /// As `plotters` has them. Hanging is its only way to place words that comes out the same in
    /// every viewer: the others go by the height of an x, which viewers guess.
    pub(crate) fn style(&self) -> TextStyle<'_> {
        let family = FontFamily::Name(if self.halo { HALO_FONT } else { FONT });
        let weight = if self.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let font = FontDesc::new(family, self.size * PIXELS * FONT_FACTOR, weight);
        TextStyle::from(font)
            .color(&self.colour)
            .pos(Pos::new(self.anchor, VPos::Top))
    }
}

/// The sheet.
pub(crate) struct Sheet<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

impl<'a> Sheet<'a> {
    /// A straight line.
    pub(crate) fn line(&self, from: Point, to: Point, style: Style) {
        self.stroke(&[from, to], style);
    }

    /// A rectangle, from its upper left corner; at least a hair wide.
    pub(crate) fn rectangle(&self, corner: Point, size: (f64, f64), style: Style) {
        let (left, top) = corner;
        let (right, bottom) = (left + size.0.max(0.5), top + size.1.max(0.5));
        if let Some(filling) = style.filling() {
            let corners = [pixel((left, top)), pixel((right, bottom))];
            self.draw(&Rectangle::new(corners, filling));
        }
        // `plotters` outlines rectangles with a line of one pixel.
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        self.stroke(&closed(&corners), style);
    }

    /// A circle.
    pub(crate) fn circle(&self, centre: Point, radius: f64, style: Style) {
        for look in [style.filling(), style.outline()].into_iter().flatten() {
            self.draw(&Circle::new(pixel(centre), length(radius), look));
        }
    }

    /// A line through points; nothing for fewer than two.
    pub(crate) fn polyline(&self, points: &[Point], style: Style) {
        if points.len() > 1 {
            self.stroke(points, style);
        }
    }

    /// A closed shape; nothing for fewer than three points.
    pub(crate) fn polygon(&self, points: &[Point], style: Style) {
        if points.len() > 2 {
            if let Some(filling) = style.filling() {
                self.draw(&Polygon::new(pixels(points), filling));
            }
            self.stroke(&closed(points), style);
        }
    }

    /// Words on one line; their place is on the base line.
    pub(crate) fn text(&self, at: Point, text: &str, words: Words) {
        self.draw(&words.text(at, text));
    }

    /// Part of the sheet, for a chart.
    pub(crate) fn part(
        &self,
        corner: Point,
        size: (f64, f64),
    ) -> DrawingArea<SVGBackend<'a>, Shift> {
        self.area.clone().shrink(pixel(corner), pixel(size))
    }

    /// The title of the picture, at its top.
    pub(crate) fn heading(&self, title: &str) {
        self.text((30.0, 48.0), title, Words::new(HEADING).bold());
    }

    /// A line below the title; says first if nobody was measured.
    pub(crate) fn explain(&self, simulated: bool, text: &str) {
        let notice = if simulated { "Simulated data. " } else { "" };
        let words = Words::new(SMALL).colour(colour::GREY);
        self.text((30.0, 84.0), &format!("{notice}{text}"), words);
    }

    /// The outline of a shape. Dashes are lines of their own: `plotters` has no dash pattern.
    fn stroke(&self, points: &[Point], style: Style) {
        match (style.outline(), style.dash) {
            (Some(look), Some((dash, gap))) => {
                let (dash, gap) = (length(dash), length(gap));
                self.draw(&DashedPathElement::new(pixels(points), dash, gap, look));
            }
            (Some(look), None) => self.draw(&PathElement::new(pixels(points), look)),
            (None, _) => {}
        }
    }

    fn draw<'e, E>(&self, element: &'e E)
    where
        &'e E: PointCollection<'e, (i32, i32)>,
        E: Drawable<SVGBackend<'a>>,
    {
        self.area.draw(element).expect(INTO_A_STRING);
    }
}

/// Writing to a `String` cannot fail.
pub(crate) const INTO_A_STRING: &str = "a string takes any shape";

/// The points of a shape, once around from the middle of a side: there the two ends of the line meet
/// unseen, and every corner is joined.
fn closed(points: &[Point]) -> Vec<Point> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let middle = (
        f64::midpoint(first.0, last.0),
        f64::midpoint(first.1, last.1),
    );
    let mut around = vec![middle];
    around.extend(points);
    around.push(middle);
    around
}

/// A place in pixels.
pub(crate) fn pixel((x, y): Point) -> (i32, i32) {
    ((x * PIXELS).round() as i32, (y * PIXELS).round() as i32)
}

fn pixels(points: &[Point]) -> Vec<(i32, i32)> {
    points.iter().copied().map(pixel).collect()
}

/// A length in pixels.
pub(crate) fn length(units: f64) -> u32 {
    (units * PIXELS).round() as u32
}

/// A picture of this size on white, with a title and a description for people who do not see it.
pub(crate) fn picture(
    (width, height): (f64, f64),
    title: &str,
    description: &str,
    draw: impl FnOnce(&Sheet<'_>),
) -> String {
    let mut svg = String::new();
    let size = (length(width), length(height));
    let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    area.fill(&colour::PAPER).expect(INTO_A_STRING);
    let sheet = Sheet { area };
    draw(&sheet);
    drop(sheet); // closes the SVG
    let spread = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
    let root = format!(
        "width=\"{width}\" height=\"{height}\" role=\"img\" stroke-linejoin=\"round\" \
         font-family=\"DejaVu Sans, Verdana, sans-serif\""
    );
    let told = format!(
        ">\n<title>{}</title>\n<desc>{}</desc>\n",
        escape(title),
        escape(description)
    );
    // Quotes are escaped in words, so attributes are found nowhere else.
    svg.replacen(&spread, &root, 1)
        .replacen(">\n", &told, 1)
        .replace(&format!(" font-family=\"{FONT}\""), "")
        .replace(&format!("font-family=\"{HALO_FONT}\""), HALO)
        .replace(" opacity=\"1\"", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_title_and_description() {
        let svg = picture((10.0, 10.0), "a < b", "what it shows", |_| {});
        assert!(svg.contains("<title>a &lt; b</title>"));
        assert!(svg.contains("<desc>what it shows</desc>"));
    }
}
