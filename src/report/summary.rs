//! Results as text for the terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::compare::{CompareReport, SubjectReport, VisitReport};
use super::group::GroupReport;
use super::label::{plain, signed};
use super::{ClocksReport, MovementReport, Report, WarningReport};
use crate::movement::{Movement, Plane};
use crate::reference::ChangeLimits;
use crate::visit::change::Measure;

/// Widest text, columns of the terminal.
const WIDTH: u16 = 120;
/// More visits than this are shown by the first and the last ones.
const VISITS: usize = 6;

/// One analysed recording: movements, planes, sides, and what was left out.
pub fn analysis(report: &Report) -> String {
    let mut out = heading(report);
    push(&mut out, format_args!("\n{}\n\n", movements(report)));
    push(&mut out, format_args!("{}\n\n", planes(report)));
    for (name, value) in blocks(report) {
        push(&mut out, format_args!("{name}: {value}\n"));
    }
    push(
        &mut out,
        format_args!("heading drift: {}\n", heading_drift(report)),
    );
    for (reason, count) in left_out(report) {
        push(&mut out, format_args!("left out: {count} × {reason}\n"));
    }
    for one in &report.warnings {
        push(&mut out, format_args!("warning: {}\n", warning(one)));
    }
    out
}

/// What a session holds besides the six movements: name and value of each line.
fn blocks(report: &Report) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for one in &report.flexion_rotation {
        let name = format!(
            "flexion-rotation test, {}",
            title(one.movement).to_lowercase()
        );
        let value = format!("{}, {} repetitions", mean_and_sd(one), one.n);
        lines.push((name, value));
    }
    for one in &report.repositioning {
        let name = format!(
            "finding neutral again (exploratory), after {}",
            title(one.movement).to_lowercase()
        );
        let variable = one.variable_deg.map(|deg| format!(", variable {deg:.1}°"));
        let value = format!(
            "constant error {}, absolute {:.1}°{}, {} returns",
            signed(one.constant_deg),
            one.absolute_deg,
            variable.unwrap_or_default(),
            one.n
        );
        lines.push((name, value));
    }
    lines
}

/// As in `gap, 2 × in 1.5 s: 0.52 s without samples at 3.10 s`.
pub(crate) fn warning(warning: &WarningReport) -> String {
    let (code, message) = (warning.code.replace('_', " "), plain(&warning.message));
    let lasting = if warning.seconds > 0.0 {
        format!(" in {:.2} s", warning.seconds)
    } else {
        String::new()
    };
    format!("{code}, {} ×{lasting}: {message}", warning.count)
}

fn heading(report: &Report) -> String {
    let about = &report.recording;
    let mut out = format!("{}  ({})\n", plain(&about.path), about.format);
    let labels = [
        about
            .subject
            .as_ref()
            .map(|label| format!("subject {}", plain(label))),
        about
            .visit
            .as_ref()
            .map(|label| format!("visit {}", plain(label))),
        about.date.as_deref().map(plain),
        about
            .task
            .as_ref()
            .map(|label| format!("task {}", plain(label))),
        about.simulated.then(|| "SIMULATED DATA".to_owned()),
    ];
    let labels: Vec<String> = labels.into_iter().flatten().collect();
    if !labels.is_empty() {
        push(&mut out, format_args!("{}\n", labels.join(", ")));
    }
    for line in measured(report) {
        push(&mut out, format_args!("{}: {}\n", line.0, line.1));
    }
    out
}

/// How a recording was measured: name and value of each line.
pub(crate) fn measured(report: &Report) -> Vec<(&'static str, String)> {
    let alignment = &report.alignment;
    let sensors: Vec<String> = report
        .recording
        .sensors
        .iter()
        .map(|one| {
            let orientation = match one.orientation {
                Some("device") | None => String::new(),
                Some(fused) => format!(", {}", fused.replace('_', " ")),
            };
            format!(
                "{}, {:.0} Hz, {} samples, {:.1} s{orientation}",
                one.place, one.rate_hz, one.samples, one.duration_s
            )
        })
        .collect();
    let mut lines = vec![("sensors", sensors.join("; "))];
    lines.extend(report.clocks.as_ref().map(|one| ("clocks", clocks(one))));
    lines.push(("alignment", alignment.told()));
    let (start, end) = (alignment.neutral_start_s, alignment.neutral_end_s);
    lines.push(("zero", format!("neutral, still from {start:.1} to {end:.1} s; of each repetition, the still window before it")));
    lines
}

/// As in `correlated, +1.234 s, -120 ppm, scatter 0.8 ms, correlation 0.99`.
fn clocks(report: &ClocksReport) -> String {
    let method = report.method.replace('_', " ");
    let figures = [
        report.offset_s.map(|offset_s| format!("{offset_s:+.3} s")),
        report.skew_ppm.map(|ppm| format!("{ppm:+.0} ppm")),
        report.scatter_ms.map(|ms| format!("scatter {ms:.1} ms")),
        report.correlation.map(|r| format!("correlation {r:.2}")),
    ];
    let figures = figures.into_iter().flatten();
    std::iter::once(method)
        .chain(figures)
        .collect::<Vec<_>>()
        .join(", ")
}

/// As in `+1.6° per minute, taken out (23 rests in neutral, 0.4° left at them)`.
pub(crate) fn heading_drift(report: &Report) -> String {
    let Some(drift) = report.heading_drift_deg_per_min else {
        return "unknown".to_owned();
    };
    let done = match &report.heading_drift_removed {
        Some(removed) => format!(
            "taken out, up to {:.1}° ({} rests in neutral, {:.1}° left at them)",
            removed.largest_deg, removed.rests, removed.scatter_deg
        ),
        None => "left in".to_owned(),
    };
    format!("{} per minute, {done}", signed(drift))
}

/// How many repetitions were left out for each reason.
pub(crate) fn left_out(report: &Report) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for reason in report.repetitions.iter().filter_map(|one| one.reason) {
        *counts.entry(reason).or_insert(0) += 1;
    }
    counts
}

/// The name for people of the movement of this name.
fn title(movement: &'static str) -> &'static str {
    Movement::from_name(movement).map_or(movement, Movement::title)
}

fn movements(report: &Report) -> Table {
    let mut table = table(&["movement", "mean ± SD", "max", "n", "consistent"]);
    for one in &report.movements {
        let consistent = one
            .consistent
            .map_or("–", |yes| if yes { "yes" } else { "no" });
        table.add_row([
            title(one.movement).to_owned(),
            mean_and_sd(one),
            degrees(one.max_deg),
            one.n.to_string(),
            consistent.to_owned(),
        ]);
    }
    align(&mut table, 1..4);
    table
}

/// As in `48.0° ± 1.6°`.
pub(crate) fn mean_and_sd(one: &MovementReport) -> String {
    match (one.mean_deg, one.sd_deg) {
        (Some(mean), Some(sd)) => format!("{mean:.1}° ± {sd:.1}°"),
        (mean, _) => degrees(mean),
    }
}

fn degrees(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.1}°"))
}

fn planes(report: &Report) -> Table {
    let mut table = table(&["both directions", "total", "right less left", "asymmetry"]);
    for plane in Plane::ALL {
        let total = report.planes.iter().find(|one| one.plane == plane.name());
        let side = report.sides.iter().find(|one| one.plane == plane.name());
        let difference = side.and_then(|side| side.right_minus_left_deg);
        let asymmetry = side.and_then(|side| side.asymmetry_percent);
        table.add_row([
            plane.title().to_owned(),
            degrees(total.and_then(|one| one.total_deg)),
            difference.map_or("–".to_owned(), signed),
            asymmetry.map_or("–".to_owned(), |percent| {
                signed(percent).replace('°', " %")
            }),
        ]);
    }
    align(&mut table, 1..4);
    table
}

/// All subjects of a comparison: each visit's mean, the change of the last against the first.
pub fn comparison(report: &CompareReport) -> String {
    let mut out = String::new();
    for subject in &report.subjects {
        let notice = if subject.simulated {
            "  SIMULATED DATA"
        } else {
            ""
        };
        push(
            &mut out,
            format_args!("subject {}{notice}\n", plain(&subject.subject)),
        );
        push(&mut out, format_args!("{}\n", visits(subject)));
        for note in &subject.notes {
            push(&mut out, format_args!("note: {}\n", plain(note)));
        }
        out.push('\n');
    }
    if let Some(group) = &report.group {
        let notice = if group.simulated {
            "  SIMULATED DATA"
        } else {
            ""
        };
        push(&mut out, format_args!("{}{notice}\n", followed(group)));
        push(&mut out, format_args!("{}\n\n", measures(group)));
    }
    for line in limits(report) {
        push(&mut out, format_args!("{line}\n"));
    }
    push(&mut out, format_args!("{}\n", report.statement));
    out
}

/// Whom the numbers of a group are of.
pub(crate) fn followed(group: &GroupReport) -> String {
    format!(
        "all subjects, first and last visit: {} of {} have two visits or more",
        group.followed, group.subjects
    )
}

fn measures(group: &GroupReport) -> Table {
    let mut table = table(&[
        "mean of the subjects",
        "n",
        "first",
        "last",
        "change",
        "95 % interval",
        "within error",
        "possible",
        "probable",
    ]);
    for one in &group.measures {
        table.add_row(one.cells());
    }
    align(&mut table, 1..9);
    table
}

fn visits(subject: &SubjectReport) -> Table {
    let shown = shown(subject.visits.len());
    let mut header = vec!["range of motion".to_owned()];
    header.extend(
        shown
            .iter()
            .filter_map(|&i| subject.visits.get(i))
            .map(visit_heading),
    );
    header.extend(["change".to_owned(), "against measurement error".to_owned()]);
    let mut table = table(&header);
    let last = subject.visits.len().saturating_sub(1);
    for measure in Measure::all() {
        let mut row = vec![measure.title().to_owned()];
        let values = shown.iter().filter_map(|&i| subject.visits.get(i));
        row.extend(values.map(|visit| degrees(visit.value_deg(measure))));
        let change = subject.change(measure, last);
        row.push(change.map_or("–".to_owned(), |change| signed(change.change_deg)));
        row.push(change.map_or("–", |change| change.word).to_owned());
        table.add_row(row);
    }
    align(&mut table, 1..shown.len() + 2);
    table
}

/// Indices of the visits that fit: all, or the first and the last ones.
fn shown(count: usize) -> Vec<usize> {
    let tail = count.saturating_sub(VISITS - 1).max(1);
    (0..count.min(1)).chain(tail..count).collect()
}

fn visit_heading(visit: &VisitReport) -> String {
    let label: String = plain(&visit.visit).chars().take(20).collect();
    match visit.day() {
        Some(day) if day != visit.visit => format!("{label}\n{}", plain(day)),
        _ => label,
    }
}

/// The limits behind the words, with level and source.
pub(crate) fn limits(report: &CompareReport) -> Vec<String> {
    let told = |what: &str, limits: &ChangeLimits| {
        let (low, high) = (&limits.possible, &limits.probable);
        let standing = if low.provisional || high.provisional {
            "provisional: "
        } else {
            ""
        };
        let ends = [low, high].map(|one| format!("{:.1}°", one.value).replace(".0°", "°"));
        format!(
            "{what}: under {} within measurement error, {} to {} possible change, over {} probable \
             change; {standing}{} ({}); {} ({})",
            ends[0], ends[0], ends[1], ends[1], low.level, low.source, high.level, high.source
        )
    };
    if !report.limits.are_of_two_kinds() {
        let each = |one: Measure| told(one.title(), report.limits.of(one));
        return Measure::all().map(each).collect();
    }
    let of = |measure| report.limits.of(measure);
    vec![
        told("one direction", of(Measure::Movement(Movement::Flexion))),
        told(
            "both directions together",
            of(Measure::Plane(Plane::Sagittal)),
        ),
    ]
}

fn table<Text: AsRef<str>>(header: &[Text]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(header.iter().map(AsRef::as_ref));
    table
}

/// Numbers stand at the right.
fn align(table: &mut Table, columns: std::ops::Range<usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// Writing to a `String` cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes any text");
}

#[cfg(test)]
mod tests {
    use super::super::compare;
    use super::super::example::{Example, course};
    use super::*;
    use crate::visit::limits::Limits;

    #[test]
    fn an_analysis_tells_movements_totals_and_what_was_left_out() {
        let text = analysis(&Example::new("01", 0.0).analysed().report);
        for part in [
            "SIMULATED",
            "48.1° ± 1.6°",
            "Side-bend, left + right",
            "left out: 1 × stray",
            "warning: gap",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn a_comparison_tells_change_and_word() {
        let recordings = course(2, 11.0);
        let report = compare::compare(
            &recordings,
            &compare::visits(&recordings),
            &Limits::default(),
        );
        let text = comparison(&report);
        assert!(
            text.contains("+11.0°") && text.contains("possible change"),
            "{text}"
        );
        assert!(text.contains("provisional") && text.contains("no diagnosis"));
    }

    #[test]
    fn control_characters_of_labels_do_not_reach_the_terminal() {
        let mut example = Example::new("\u{1b}[31m", 0.0);
        example.subject = "a\u{7}".to_owned();
        let recordings = [example.analysed()];
        let report = compare::compare(
            &recordings,
            &compare::visits(&recordings),
            &Limits::default(),
        );
        let all = comparison(&report) + &analysis(&recordings[0].report);
        assert!(!all.contains('\u{1b}') && !all.contains('\u{7}'));
    }

    #[test]
    fn many_visits_show_the_first_and_the_last() {
        assert_eq!(shown(3), [0, 1, 2]);
        assert_eq!(shown(9), [0, 4, 5, 6, 7, 8]);
        assert!(shown(0).is_empty());
    }
}
