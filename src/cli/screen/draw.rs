//! The picture on the terminal, to be read from two metres: what to do, the angle in large digits, a
//! bar, the repetitions, hints, ports, keys. Colour adds, and nothing is told by colour alone.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::words::is_free;
use super::{digits, words};
use crate::capture::live::{Hint, Outcome, PainView, Phase, View};

/// Narrower or lower than this, only the angle and the words fit.
const SMALL: (u16, u16) = (50, 16);
/// Columns of the large number, with the margin before it.
const LARGE_WIDTH: u16 = digits::width(4) as u16 + 1;
/// The margin on the left.
const MARGIN: u16 = 1;

const KEYS: &str = "space next  r redo  s skip  0-9 t pain  m mark  q end";
const FREE_KEYS: &str = "m mark  q end";
const FEW_KEYS: &str = "space next  r redo  q end";
const SAFETY: &str = "Stop at dizziness, numbness or strong pain.";

const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
const DIM: Style = Style::new().add_modifier(Modifier::DIM);
const URGENT: Style = Style::new()
    .fg(Color::Red)
    .add_modifier(Modifier::BOLD)
    .add_modifier(Modifier::REVERSED);
const GO: Style = Style::new().fg(Color::Green).add_modifier(Modifier::BOLD);
const BAR: Style = Style::new().fg(Color::Cyan);

/// Draws the view into the whole frame.
pub(super) fn draw(frame: &mut Frame<'_>, view: &View) {
    let area = frame.area();
    let mut page = Page::new(frame, area);
    if area.width < SMALL.0 || area.height < SMALL.1 {
        page.small(view);
    } else if view.phase == Phase::Over {
        page.outcomes(view);
    } else {
        page.whole(view);
    }
}

/// Lines from the top down, and some from the bottom up; what does not fit is left out.
struct Page<'a, 'b> {
    frame: &'a mut Frame<'b>,
    area: Rect,
    top: u16,
    bottom: u16,
}

impl<'a, 'b> Page<'a, 'b> {
    const fn new(frame: &'a mut Frame<'b>, area: Rect) -> Self {
        Self {
            frame,
            area,
            top: 0,
            bottom: area.height,
        }
    }

    /// Columns between the margins.
    const fn width(&self) -> usize {
        self.area.width.saturating_sub(2 * MARGIN) as usize
    }

    const fn room(&self) -> u16 {
        self.bottom.saturating_sub(self.top)
    }

    fn put(&mut self, row: u16, column: u16, line: Line<'_>) {
        let left = self.area.x + column;
        let width = self.area.width.saturating_sub(column + MARGIN);
        if row < self.area.height && width > 0 {
            let at = Rect::new(left, self.area.y + row, width, 1);
            self.frame.render_widget(Paragraph::new(line), at);
        }
    }

    /// The next line from the top.
    fn line(&mut self, text: &str, style: Style) {
        if self.room() > 0 {
            let text = fit(text, self.width());
            self.put(self.top, MARGIN, Line::from(Span::styled(text, style)));
            self.top += 1;
        }
    }

    /// The next line from the top, with its second part at the right.
    fn ends(&mut self, left: &str, right: &str, styles: (Style, Style)) {
        if self.room() > 0 {
            let line = self.spread(left, right, styles);
            self.put(self.top, MARGIN, line);
            self.top += 1;
        }
    }

    fn spread(&self, left: &str, right: &str, styles: (Style, Style)) -> Line<'static> {
        let width = self.width();
        let right = fit(right, width);
        let left = fit(left, width.saturating_sub(right.chars().count() + 1));
        let gap = width.saturating_sub(left.chars().count() + right.chars().count());
        Line::from(vec![
            Span::styled(left, styles.0),
            Span::raw(" ".repeat(gap)),
            Span::styled(right, styles.1),
        ])
    }

    /// The next line from the bottom.
    fn last(&mut self, text: &str, style: Style) {
        if self.room() > 0 {
            self.bottom -= 1;
            let text = fit(text, self.width());
            self.put(self.bottom, MARGIN, Line::from(Span::styled(text, style)));
        }
    }

    /// A line left free, where there is room for `needed` more.
    const fn gap(&mut self, needed: u16) {
        if self.room() > needed {
            self.top += 1;
        }
    }

    fn header(&mut self, view: &View) {
        let step = format!("step {} of {}", view.step, view.steps);
        let right = format!("{step}   {}", words::clock(view.now_s));
        self.ends(&view.plan, &right, (DIM, DIM));
    }

    fn foot(&mut self, view: &View) {
        self.last(keys(view), DIM);
        let next = view
            .next
            .as_ref()
            .map(|next| format!("Next: {next}"))
            .unwrap_or_default();
        let both = next.chars().count() + SAFETY.chars().count() + 2 <= self.width();
        if self.room() > 0 {
            self.bottom -= 1;
            let line = self.spread(if both { &next } else { "" }, SAFETY, (DIM, DIM));
            self.put(self.bottom, MARGIN, line);
        }
        self.ports(view);
    }

    /// Side by side where they fit, else below each other.
    fn ports(&mut self, view: &View) {
        let ports: Vec<String> = view.ports.iter().map(words::port).collect();
        let beside = ports.join("    ");
        if beside.chars().count() <= self.width() {
            self.last(&beside, Style::new());
        } else {
            for port in ports.iter().rev() {
                self.last(port, Style::new());
            }
        }
    }

    fn whole(&mut self, view: &View) {
        self.header(view);
        self.foot(view);
        let (status, style) = status(view);
        let title = view.title.to_uppercase();
        self.ends(&title, &status, (BOLD, style));
        for line in wrap(&view.say, self.width()).iter().take(4) {
            self.line(line, Style::new());
        }
        self.gap(12);
        if !is_free(view) {
            self.number(view);
        }
        self.gap(4);
        if view.movement.is_some() {
            self.bar(view);
        }
        self.gap(3);
        self.hints(view);
    }

    fn hints(&mut self, view: &View) {
        for hint in &view.hints {
            let (sign, style) = if hint.is_urgent() {
                ("! ", URGENT)
            } else {
                ("> ", BOLD)
            };
            let text = format!("{sign}{}", hint.text());
            for line in wrap(&text, self.width()) {
                self.line(&line, style);
            }
        }
    }

    /// The large number, and the repetitions beside it.
    fn number(&mut self, view: &View) {
        let top = self.top;
        if self.room() < digits::ROWS as u16 {
            self.line(&number(view), BOLD);
            return;
        }
        let text = format!("{:>4}", number(view));
        for row in digits::large(&text) {
            let row = row.trim_end().to_owned();
            self.put(self.top, MARGIN, Line::from(Span::styled(row, BOLD)));
            self.top += 1;
        }
        let column = LARGE_WIDTH + MARGIN;
        let width = self.area.width.saturating_sub(column + MARGIN) as usize;
        for (row, line) in (top..).zip(beside(view, width)) {
            let text = fit(&line, width);
            let style = if row == top { BOLD } else { Style::new() };
            self.put(row, column, Line::from(Span::styled(text, style)));
        }
    }

    /// `0 ██████░░░░│░░ 80°`: the angle, and the farthest of this step.
    fn bar(&mut self, view: &View) {
        let end = format!(" {}", words::degrees(view.scale_deg));
        let cells = self.width().saturating_sub(2 + end.chars().count());
        let place = |angle_deg: f64| {
            let share = (angle_deg / view.scale_deg).clamp(0.0, 1.0);
            (share * cells as f64).round() as usize
        };
        let filled = place(view.angle_deg.unwrap_or(0.0));
        let made = view.repetitions.iter().map(|one| one.peak_deg);
        let farthest = made.chain(view.peak_deg).fold(0.0, f64::max);
        let mark = place(farthest).checked_sub(1).filter(|_| farthest > 0.0);
        let cell = |k: usize| match k {
            _ if Some(k) == mark => '|',
            _ if k < filled => '█',
            _ => '·',
        };
        let bar: String = (0..cells).map(cell).collect();
        self.line(&format!("0 {bar}{end}"), BAR);
    }

    /// What is left when there is little room.
    fn small(&mut self, view: &View) {
        let left = if is_free(view) {
            view.title.clone()
        } else {
            format!("{} {}", view.title, number(view))
        };
        self.ends(&left, &status(view).0, (BOLD, BOLD));
        let keep = u16::from(self.area.height > 6);
        let urgent = view.hints.first().map(Hint::text);
        let hint = urgent.map_or_else(Vec::new, |text| wrap(&format!("> {text}"), self.width()));
        let say = wrap(&view.say, self.width());
        let words = if view.hints.first().is_some_and(Hint::is_urgent) {
            hint.into_iter().chain(say)
        } else {
            say.into_iter().chain(hint)
        };
        for line in words {
            if self.room() > keep {
                self.line(&line, Style::new());
            }
        }
        if view.wanted > 0 && self.room() > keep {
            let made: Vec<String> = view
                .repetitions
                .iter()
                .map(|one| words::repetition(one, view.kind))
                .collect();
            self.line(&format!("{}: {}", count(view), made.join(" ")), BOLD);
        }
        if keep > 0 {
            let all = keys(view);
            let fits = self.width() >= all.len();
            self.last(if fits { all } else { FEW_KEYS }, DIM);
        }
    }

    /// The end: what each step gave.
    fn outcomes(&mut self, view: &View) {
        self.header(view);
        self.last("The analysis of the recording follows.", DIM);
        self.ports(view);
        self.ends("FINISHED", "", (BOLD, BOLD));
        self.gap(12);
        if view.outcomes.is_empty() && !is_free(view) {
            self.line("No repetition was counted.", Style::new());
            return;
        }
        let head = ["mean", "largest", "n", "pain"].map(str::to_owned);
        self.line(&row("", &head, ""), DIM);
        for outcome in &view.outcomes {
            self.line(&outcome_row(outcome), BOLD);
        }
        self.gap(2);
        self.line("First figures; they may change a little.", Style::new());
    }
}

fn keys(view: &View) -> &'static str {
    if is_free(view) { FREE_KEYS } else { KEYS }
}

/// The number that is shown large: an angle, or seconds where nothing moves.
fn number(view: &View) -> String {
    let waits = matches!(view.kind, "neutral" | "pose" | "rest");
    match (view.countdown_s, view.angle_deg) {
        (Some(left_s), _) if waits => format!("{}", left_s.ceil() as i64),
        (_, Some(angle_deg)) if !waits => words::degrees(angle_deg),
        _ => "--".to_owned(),
    }
}

/// Where the step stands, at the right of its name.
fn status(view: &View) -> (String, Style) {
    match (view.phase, view.countdown_s) {
        (Phase::Over, _) => ("finished".to_owned(), BOLD),
        (Phase::Returning, _) => ("come back, keep still".to_owned(), BOLD),
        (_, None) if is_free(view) => ("recording".to_owned(), GO),
        (_, Some(left_s)) => {
            let text = format!("{} {:.0} s", words::counted(view), left_s.ceil());
            (text, BOLD)
        }
        (Phase::Ready | Phase::Go, None) => ("NOW".to_owned(), GO),
    }
}

/// `1 of 3`.
fn count(view: &View) -> String {
    let counting = view.repetitions.iter().filter(|one| one.counts).count();
    format!("{counting} of {}", view.wanted)
}

/// Lines beside the large number.
fn beside(view: &View, width: usize) -> Vec<String> {
    let mut lines = Vec::with_capacity(digits::ROWS);
    let wide = width >= 24;
    if view.wanted > 0 {
        lines.push(format!(
            "{}{}",
            if wide { "Repetitions: " } else { "" },
            count(view)
        ));
    }
    let going = view.peak_deg.map(words::degrees);
    let made: Vec<String> = view
        .repetitions
        .iter()
        .map(|one| words::repetition(one, view.kind))
        .chain(going.map(|going| format!("{going} ...")))
        .collect();
    let first = made.len().saturating_sub(digits::ROWS - 2);
    for (k, one) in made.iter().enumerate().skip(first) {
        lines.push(format!("{} {one}", k + 1));
    }
    if let Some(PainView { title, pain }) = &view.pain {
        lines.push(if wide {
            format!("{title}: pain {pain}")
        } else {
            format!("pain {pain}")
        });
    }
    lines
}

fn row(title: &str, cells: &[String; 4], note: &str) -> String {
    let [mean, largest, n, pain] = cells;
    format!("{title:<22}{mean:>6}{largest:>9}{n:>4}{pain:>6}  {note}")
}

fn outcome_row(outcome: &Outcome) -> String {
    let degrees = |angle: Option<f64>| angle.map_or("-".to_owned(), words::degrees);
    let miss = |angle: Option<f64>| angle.map_or("-".to_owned(), |a| format!("{a:.1}°"));
    let reposition = outcome.kind == "reposition";
    let [mean, largest] = [outcome.mean_deg, outcome.max_deg].map(|angle| {
        if reposition {
            miss(angle)
        } else {
            degrees(angle)
        }
    });
    let cells = [
        mean,
        largest,
        outcome.n.to_string(),
        outcome.pain.map_or("-".to_owned(), |pain| pain.to_string()),
    ];
    let note = match (outcome.kind, outcome.consistent) {
        ("reposition", _) => "missed".to_owned(),
        ("hold", _) => format!("held {:.0} s", outcome.hold_s),
        (_, Some(false)) => "differ".to_owned(),
        _ => String::new(),
    };
    row(&outcome.title, &cells, &note)
}

/// At most so many characters; what was cut ends in dots.
fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    if width == 0 { kept } else { kept + "…" }
}

/// Lines of whole words; a word longer than a line is cut.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(fit(word, width)),
        }
    }
    lines
}
