//! Words and numbers on pictures: made safe, short enough, and kept apart.

use super::svg::{Point, SMALL};

/// Text as it may stand in XML: marks escaped, characters that XML forbids or that reorder a line
/// replaced by a space.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(printable(letter)),
        }
    }
    out
}

/// Text from a file as it may stand anywhere: no control or line-reordering characters.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(printable).collect()
}

fn printable(letter: char) -> char {
    let reorders = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let forbidden = matches!(letter, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}');
    if letter.is_control() || reorders || forbidden {
        ' '
    } else {
        letter
    }
}

/// A label of at most this many letters, for text of which no width is known.
pub(crate) fn shortened(label: &str, letters: usize) -> String {
    let label = plain(label);
    if label.chars().count() <= letters {
        return label;
    }
    label.chars().take(letters - 1).chain(['…']).collect()
}

/// A text that is no wider than this, cut with an ellipsis if need be.
pub(crate) fn fit(text: &str, size: f64, width: f64) -> String {
    let text = plain(text);
    if text_width(&text, size) <= width {
        return text;
    }
    let mut out = String::new();
    for letter in text.chars() {
        if text_width(&out, size) + letter_width(letter) * size > width - size {
            break;
        }
        out.push(letter);
    }
    format!("{}…", out.trim_end())
}

/// About how wide a text is; never much less than it will be.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(letter_width).sum::<f64>() * size
}

/// Width of a letter of the bold font, in font sizes, rounded up by kind.
fn letter_width(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' | 'I' | '!' => 0.38,
        'f' | 't' | 'r' | '-' | '(' | ')' | '/' | '"' | '°' => 0.50,
        'm' | 'w' | 'W' | 'M' | '@' | '%' | '→' | '±' | '…' => 1.05,
        'A'..='Z' | '+' | '−' | '=' | '<' | '>' => 0.84,
        _ if letter.is_ascii() => 0.70,
        _ if u32::from(letter) >= 0x1100 => 1.1,
        _ => 0.8,
    }
}

/// A number of degrees for people: no digits after the point, no sign.
pub(crate) fn degrees(value: f64) -> String {
    format!("{:.0}°", value.abs())
}

/// Steps between marks of an axis that make at most `most` of them.
pub(crate) fn step(span: f64, most: usize, steps: &[f64]) -> f64 {
    let enough = |step: &&f64| span / **step <= most as f64;
    steps
        .iter()
        .find(enough)
        .or(steps.last())
        .copied()
        .unwrap_or(1.0)
}

/// Steps for angles.
pub(crate) const ANGLE_STEPS: [f64; 6] = [5.0, 10.0, 15.0, 30.0, 45.0, 90.0];

/// Multiples of `step` from `low` to `high`.
pub(crate) fn marks(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (low / step).ceil();
    let count = ((high / step).floor() - first + 1.0).clamp(0.0, 1000.0);
    (0..1000)
        .map(f64::from)
        .take_while(move |&i| i < count)
        .map(move |i| (first + i) * step)
}

/// A change with its direction, as in `+12.3°` or `−4.0°`.
pub(crate) fn signed(change_deg: f64) -> String {
    let size = format!("{:.1}°", change_deg.abs());
    match size.as_str() {
        "0.0°" => size,
        _ if change_deg > 0.0 => format!("+{size}"),
        _ => format!("−{size}"),
    }
}

/// The place of a short text beyond an end range.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Label {
    pub(crate) at: Point,
    width: f64,
}

impl Label {
    /// Beyond an end range, in the first row (0) or the second (1).
    pub(crate) fn beyond(end: Point, side: f64, row: f64, width: f64) -> Self {
        let x = end.0;
        let y = if side > 0.0 {
            end.1 - 12.0 - row * 22.0
        } else {
            end.1 + 27.0 + row * 22.0
        };
        Self { at: (x, y), width }
    }

    /// Moved sideways as far as it takes to lie between these.
    pub(crate) fn between(self, left: f64, right: f64) -> Self {
        let x = self
            .at
            .0
            .clamp(left + self.width / 2.0, right - self.width / 2.0);
        Self {
            at: (x, self.at.1),
            ..self
        }
    }

    /// Between these heights.
    pub(crate) fn within(&self, top: f64, bottom: f64) -> bool {
        self.at.1 - 17.0 >= top && self.at.1 + 3.0 <= bottom
    }

    /// Lies on a dot.
    pub(crate) fn hides(&self, dot: Point) -> bool {
        (self.at.0 - dot.0).abs() < self.width / 2.0 + 6.0 && (self.at.1 - 7.0 - dot.1).abs() < 16.0
    }

    /// Lies on another.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        (self.at.0 - other.at.0).abs() < f64::midpoint(self.width, other.width) + 4.0
            && (self.at.1 - other.at.1).abs() < SMALL + 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_forbidden_characters_are_gone() {
        let bad = "<script>\"&'\u{0}\u{202e}\u{ffff}";
        assert_eq!(escape(bad), "&lt;script&gt;&quot;&amp;&#39;   ");
    }

    #[test]
    fn long_text_is_cut_to_its_width() {
        let cut = fit(&"é".repeat(200), 20.0, 200.0);
        assert!(cut.ends_with('…'));
        assert!(
            text_width(&cut, 20.0) <= 205.0,
            "{}",
            text_width(&cut, 20.0)
        );
        assert_eq!(fit("short", 20.0, 200.0), "short");
    }

    #[test]
    fn axis_marks_are_round_and_bounded() {
        assert_eq!(
            marks(-65.0, 65.0, 30.0).collect::<Vec<_>>(),
            [-60.0, -30.0, 0.0, 30.0, 60.0]
        );
        assert_eq!(marks(1.0, 2.0, 5.0).count(), 0);
        assert!(step(130.0, 5, &ANGLE_STEPS) > 25.0);
        assert!((step(1e9, 5, &ANGLE_STEPS) - 90.0).abs() < 1e-9);
    }
}
