//! A sheet to draw on: shapes and words in, one SVG text out.
//!
//! Every coordinate is written with one decimal, so a picture is the same bytes on every machine.
//! There are no ids and no classes: several pictures may stand in one page.

use std::fmt::Write as _;

use super::label::escape;

/// Colours that people with colour-vision deficiency can tell apart (Okabe and Ito 2008), and greys.
pub(crate) mod colour {
    pub(crate) const INK: &str = "#1a1a1a";
    pub(crate) const GREY: &str = "#595959";
    pub(crate) const MID: &str = "#8c8c8c";
    pub(crate) const LIGHT: &str = "#d9d9d9";
    pub(crate) const PALE: &str = "#efefef";
    pub(crate) const PAPER: &str = "#ffffff";
    pub(crate) const BLUE: &str = "#0072b2";
    pub(crate) const VERMILLION: &str = "#d55e00";
    pub(crate) const GREEN: &str = "#009e73";
}

/// Size of headings, user units; a picture is 1,200 units wide, about 180 mm on paper.
pub(crate) const HEADING: f64 = 30.0;
/// Size of most text.
pub(crate) const BODY: f64 = 24.0;
/// Size of the smallest text.
pub(crate) const SMALL: f64 = 20.0;

/// A place on the sheet, x to the right and y down.
pub(crate) type Point = (f64, f64);

/// How a shape is filled and outlined.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    fill: &'static str,
    fill_opacity: f64,
    stroke: &'static str,
    width: f64,
    dash: &'static str,
}

impl Style {
    /// An outline without filling.
    pub(crate) const fn line(stroke: &'static str, width: f64) -> Self {
        Self {
            fill: "none",
            fill_opacity: 1.0,
            stroke,
            width,
            dash: "",
        }
    }

    /// A filling without outline.
    pub(crate) const fn fill(fill: &'static str) -> Self {
        Self {
            fill,
            fill_opacity: 1.0,
            stroke: "none",
            width: 0.0,
            dash: "",
        }
    }

    /// With this filling.
    pub(crate) const fn filled(self, fill: &'static str) -> Self {
        Self { fill, ..self }
    }

    /// With a filling that lets this much show through.
    pub(crate) const fn opacity(self, fill_opacity: f64) -> Self {
        Self {
            fill_opacity,
            ..self
        }
    }

    /// With a broken outline.
    pub(crate) const fn dashed(self, dash: &'static str) -> Self {
        Self { dash, ..self }
    }

    fn attributes(&self) -> String {
        let mut out = format!("fill=\"{}\"", self.fill);
        if self.fill != "none" && self.fill_opacity < 1.0 {
            push(
                &mut out,
                format_args!(" fill-opacity=\"{}\"", self.fill_opacity),
            );
        }
        if self.stroke != "none" {
            push(
                &mut out,
                format_args!(
                    " stroke=\"{}\" stroke-width=\"{}\"",
                    self.stroke, self.width
                ),
            );
        }
        if !self.dash.is_empty() {
            push(
                &mut out,
                format_args!(" stroke-dasharray=\"{}\"", self.dash),
            );
        }
        out
    }
}

/// Which point of a text its place means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How words look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    pub(crate) size: f64,
    colour: &'static str,
    anchor: Anchor,
    bold: bool,
    halo: bool,
}

impl Words {
    /// Dark words of this size that start at their place.
    pub(crate) const fn new(size: f64) -> Self {
        Self {
            size,
            colour: colour::INK,
            anchor: Anchor::Start,
            bold: false,
            halo: false,
        }
    }

    /// In this colour.
    pub(crate) const fn colour(self, colour: &'static str) -> Self {
        Self { colour, ..self }
    }

    /// Centred on their place.
    pub(crate) const fn middle(self) -> Self {
        Self {
            anchor: Anchor::Middle,
            ..self
        }
    }

    /// Ending at their place.
    pub(crate) const fn end(self) -> Self {
        Self {
            anchor: Anchor::End,
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

    fn attributes(&self) -> String {
        let mut out = format!("font-size=\"{}\" fill=\"{}\"", self.size, self.colour);
        out.push_str(match self.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        });
        if self.bold {
            out.push_str(" font-weight=\"700\"");
        }
        if self.halo {
            out.push_str(
                " paint-order=\"stroke\" stroke=\"#ffffff\" stroke-width=\"6\" stroke-linejoin=\"round\"",
            );
        }
        out
    }
}

/// The sheet.
#[derive(Debug)]
pub(crate) struct Sheet {
    width: f64,
    height: f64,
    body: String,
}

impl Sheet {
    /// An empty white sheet.
    pub(crate) fn new(width: f64, height: f64) -> Self {
        let mut sheet = Self {
            width,
            height,
            body: String::new(),
        };
        sheet.rectangle((0.0, 0.0), (width, height), Style::fill(colour::PAPER));
        sheet
    }

    /// A straight line.
    pub(crate) fn line(&mut self, from: Point, to: Point, style: Style) {
        push(
            &mut self.body,
            format_args!(
                "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" {}/>\n",
                from.0,
                from.1,
                to.0,
                to.1,
                style.attributes()
            ),
        );
    }

    /// A rectangle, from its upper left corner; at least a hair wide.
    pub(crate) fn rectangle(&mut self, corner: Point, size: (f64, f64), style: Style) {
        push(
            &mut self.body,
            format_args!(
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" {}/>\n",
                corner.0,
                corner.1,
                size.0.max(0.5),
                size.1.max(0.5),
                style.attributes()
            ),
        );
    }

    /// A circle.
    pub(crate) fn circle(&mut self, centre: Point, radius: f64, style: Style) {
        push(
            &mut self.body,
            format_args!(
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\" {}/>\n",
                centre.0,
                centre.1,
                style.attributes()
            ),
        );
    }

    /// A line through points; nothing for fewer than two.
    pub(crate) fn polyline(&mut self, points: &[Point], style: Style) {
        if points.len() > 1 {
            self.points("polyline", points, style);
        }
    }

    /// A closed shape; nothing for fewer than three points.
    pub(crate) fn polygon(&mut self, points: &[Point], style: Style) {
        if points.len() > 2 {
            self.points("polygon", points, style);
        }
    }

    fn points(&mut self, element: &str, points: &[Point], style: Style) {
        push(&mut self.body, format_args!("<{element} points=\""));
        for (x, y) in points {
            push(&mut self.body, format_args!("{x:.1},{y:.1} "));
        }
        self.body.truncate(self.body.trim_end().len());
        push(
            &mut self.body,
            format_args!("\" {} stroke-linejoin=\"round\"/>\n", style.attributes()),
        );
    }

    /// Words on one line; their place is on the base line.
    pub(crate) fn text(&mut self, at: Point, text: &str, words: Words) {
        push(
            &mut self.body,
            format_args!(
                "<text x=\"{:.1}\" y=\"{:.1}\" {}>{}</text>\n",
                at.0,
                at.1,
                words.attributes(),
                escape(text)
            ),
        );
    }

    /// The finished picture, with a title and a description for people who do not see it.
    pub(crate) fn finish(self, title: &str, description: &str) -> String {
        let Self {
            width,
            height,
            body,
        } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" \
             font-family=\"DejaVu Sans, Verdana, sans-serif\">\n\
             <title>{}</title>\n<desc>{}</desc>\n{body}</svg>\n",
            escape(title),
            escape(description)
        )
    }
}

/// Writing to a `String` cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes any text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_has_title_and_description() {
        let svg = Sheet::new(10.0, 10.0).finish("a < b", "what it shows");
        assert!(svg.contains("<title>a &lt; b</title>"));
        assert!(svg.contains("<desc>what it shows</desc>"));
    }
}
