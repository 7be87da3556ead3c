//! What `neckrom inspect` shows of a recording, thinned to what a picture can hold: plain data for
//! [`super::raw_plot`].

use std::ops::Range;

use crate::read::check::{Check, check, gap_s, gaps};
use crate::read::error::excerpt;
use crate::read::faults::{Fault, FaultKind, faults};
use crate::read::trust::{SelfCheck, Trust, self_checks};
use crate::sample::{NORM_TOLERANCE, SensorPlace, SensorSamples, median_step};

/// Columns of a picture; a line has its least and its greatest value in each.
const COLUMNS: usize = 800;
/// A window in which samples are counted is no shorter than this, seconds, ...
const RATE_WINDOW_S: f64 = 0.5;
/// ... and no shorter than so many median steps.
const RATE_STEPS: f64 = 20.0;

/// A recording, as a picture shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// What it is called.
    pub title: String,
    /// Nobody was measured.
    pub simulated: bool,
    /// Its sensors.
    pub sensors: Vec<SensorView>,
}

/// One sensor.
#[derive(Debug, Clone, PartialEq)]
pub struct SensorView {
    /// Name, place, number of samples, rate.
    pub heading: String,
    /// From its earliest to its latest sample, seconds; above zero.
    pub lasts_s: f64,
    /// Channels, and the rate, against time.
    pub panels: Vec<PanelView>,
    /// Where something is wrong, a kind a lane.
    pub lanes: Vec<Lane>,
    /// What was checked.
    pub checks: Vec<SelfCheck>,
}

/// Lines against time that share a scale.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelView {
    /// What, with its unit.
    pub title: &'static str,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One line; in pieces where samples are missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Short name; may be empty.
    pub name: &'static str,
    /// Seconds from the start of the sensor, and value.
    pub pieces: Vec<Vec<(f64, f64)>>,
}

/// Where one kind of thing is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// What.
    pub title: &'static str,
    /// Seconds from the start of the sensor, in order.
    pub spans_s: Vec<Range<f64>>,
}

impl SensorView {
    /// Looks at a sensor.
    pub fn new(index: usize, sensor: &SensorSamples, trust: &Trust) -> Self {
        let (check, faults) = (check(sensor), faults(sensor));
        let columns = Columns::of(sensor);
        Self {
            heading: heading(index, sensor, &check),
            lasts_s: columns.lasts_s(),
            panels: panels(sensor, &check, &columns),
            lanes: lanes(sensor, &faults, &columns),
            checks: self_checks(trust, sensor, &check, &faults),
        }
    }
}

fn heading(index: usize, sensor: &SensorSamples, check: &Check) -> String {
    let name = match sensor.name.as_str() {
        "" => format!("Sensor {}", index + 1),
        name => format!("Sensor {}", excerpt(name.as_bytes(), 40)),
    };
    let place = sensor.place.map_or("place not known", SensorPlace::name);
    let rate = check.rate_hz.map_or_else(
        || "rate not known".to_owned(),
        |rate| format!("{rate:.2} Hz"),
    );
    let (samples, duration_s) = (check.samples, check.duration_s);
    format!("{name} ({place}): {samples} samples in {duration_s:.1} s, {rate}")
}

/// Time cut into as many parts as a picture has columns.
struct Columns {
    start_s: f64,
    column_s: f64,
}

impl Columns {
    fn of(sensor: &SensorSamples) -> Self {
        let times = || {
            sensor
                .time_s
                .iter()
                .copied()
                .filter(|time_s| time_s.is_finite())
        };
        let start_s = times().fold(f64::INFINITY, f64::min);
        let end_s = times().fold(f64::NEG_INFINITY, f64::max);
        let lasts_s = (end_s - start_s).clamp(1e-3, 1e12);
        Self {
            start_s: if start_s.is_finite() { start_s } else { 0.0 },
            column_s: if lasts_s.is_finite() { lasts_s } else { 1.0 } / COLUMNS as f64,
        }
    }

    fn lasts_s(&self) -> f64 {
        self.column_s * COLUMNS as f64
    }

    fn at(&self, time_s: f64) -> usize {
        (((time_s - self.start_s) / self.column_s).max(0.0) as usize).min(COLUMNS - 1)
    }

    /// Seconds from the start, of the left edge of a column.
    fn edge_s(&self, column: usize) -> f64 {
        column as f64 * self.column_s
    }

    /// Which columns have one of these, as spans of time.
    fn spans_s(&self, there: &[bool]) -> Vec<Range<f64>> {
        let mut spans: Vec<Range<f64>> = Vec::new();
        for column in (0..COLUMNS).filter(|&column| there[column]) {
            let (from_s, to_s) = (self.edge_s(column), self.edge_s(column + 1));
            match spans.last_mut() {
                Some(last) if column > 0 && there[column - 1] => last.end = to_s,
                _ => spans.push(from_s..to_s),
            }
        }
        spans
    }
}

/// What a line does in one column.
#[derive(Clone, Copy)]
struct Extremes {
    first_s: f64,
    last_s: f64,
    least: (f64, f64),
    greatest: (f64, f64),
}

/// The least and the greatest of each column, in pieces that do not bridge gaps.
fn line(
    name: &'static str,
    sensor: &SensorSamples,
    columns: &Columns,
    value: impl Fn(usize) -> f64,
) -> Line {
    let mut all: Vec<Option<Extremes>> = vec![None; COLUMNS];
    for (at, &time_s) in sensor.time_s.iter().enumerate() {
        let value = value(at);
        if !(value.is_finite() && time_s.is_finite()) {
            continue;
        }
        let point = (time_s - columns.start_s, value);
        let one = all[columns.at(time_s)].get_or_insert(Extremes {
            first_s: point.0,
            last_s: point.0,
            least: point,
            greatest: point,
        });
        one.last_s = one.last_s.max(point.0);
        one.first_s = one.first_s.min(point.0);
        if value < one.least.1 {
            one.least = point;
        }
        if value > one.greatest.1 {
            one.greatest = point;
        }
    }
    let gap_s = gap_s(median_step(&sensor.time_s).unwrap_or_default());
    let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut before_s = f64::NEG_INFINITY;
    for one in all.into_iter().flatten() {
        if one.first_s - before_s > gap_s {
            pieces.push(Vec::new());
        }
        before_s = one.last_s;
        let (early, late) = if one.least.0 <= one.greatest.0 {
            (one.least, one.greatest)
        } else {
            (one.greatest, one.least)
        };
        let piece = pieces.last_mut().into_iter();
        piece.for_each(|piece| {
            piece.push(early);
            if late != early {
                piece.push(late);
            }
        });
    }
    Line { name, pieces }
}

fn panels(sensor: &SensorSamples, check: &Check, columns: &Columns) -> Vec<PanelView> {
    let mut panels = Vec::new();
    if sensor.earth_from_sensor.is_some() {
        panels.push(quaternions(sensor, columns));
    }
    let deg = 180.0 / std::f64::consts::PI;
    let vectors = [
        ("Gyroscope, deg/s", &sensor.gyro_rad_s, deg),
        ("Accelerometer, m/s²", &sensor.accel_m_s2, 1.0),
    ];
    for (title, channel, factor) in vectors {
        if let Some(channel) = channel {
            let axis = |(axis, name): (usize, &'static str)| {
                line(name, sensor, columns, |at| channel[at][axis] * factor)
            };
            let lines = ["x", "y", "z"].into_iter().enumerate().map(axis).collect();
            panels.push(PanelView { title, lines });
        }
    }
    panels.push(rate(sensor, check, columns));
    panels
}

/// Components, of the same sign as the one before: q and -q are the same orientation.
fn quaternions(sensor: &SensorSamples, columns: &Columns) -> PanelView {
    let quaternions = sensor.earth_from_sensor.as_deref().unwrap_or_default();
    let (mut sign, mut before) = (1.0, None);
    let signs: Vec<f64> = quaternions
        .iter()
        .map(|q| {
            if let Some(before) = before.replace(*q)
                && q.dot(&before) < 0.0
            {
                sign = -sign;
            }
            sign
        })
        .collect();
    let component = |index: usize| {
        let signs = &signs;
        // Storage is x, y, z, w.
        move |at: usize| quaternions[at].coords[(index + 3) % 4] * signs[at]
    };
    let names = ["w", "x", "y", "z"].into_iter().enumerate();
    PanelView {
        title: "Quaternion",
        lines: names
            .map(|(index, name)| line(name, sensor, columns, component(index)))
            .collect(),
    }
}

/// Samples a second, counted in windows.
fn rate(sensor: &SensorSamples, check: &Check, columns: &Columns) -> PanelView {
    let steps_s = check.rate_hz.map_or(0.0, |rate| RATE_STEPS / rate);
    let least_s = RATE_WINDOW_S.max(steps_s);
    let windows = (columns.lasts_s() / least_s).clamp(1.0, COLUMNS as f64) as usize;
    let window_s = columns.lasts_s() / windows as f64;
    let mut counts = vec![0_usize; windows];
    for time_s in &sensor.time_s {
        let at = ((time_s - columns.start_s) / window_s).max(0.0) as usize;
        counts[at.min(windows - 1)] += 1;
    }
    let middle =
        |(at, count): (usize, &usize)| ((at as f64 + 0.5) * window_s, *count as f64 / window_s);
    let piece = counts.iter().enumerate().map(middle).collect();
    PanelView {
        title: "Samples a second",
        lines: vec![Line {
            name: "",
            pieces: vec![piece],
        }],
    }
}

/// Lanes of what is wrong with times and quaternions, and of the faults.
fn lanes(sensor: &SensorSamples, faults: &[Fault], columns: &Columns) -> Vec<Lane> {
    let mut lanes = Lanes {
        columns,
        all: Vec::new(),
    };
    for pair in sensor.time_s.windows(2) {
        let step_s = pair[1] - pair[0];
        if step_s == 0.0 {
            lanes.mark("repeated", pair[1], pair[1]);
        } else if step_s < 0.0 {
            lanes.mark("backwards", pair[1], pair[0]);
        }
    }
    for gap in gaps(&sensor.time_s) {
        lanes.mark("lost", gap.start, gap.end);
    }
    let quaternions = sensor.earth_from_sensor.iter().flatten();
    for (q, &time_s) in quaternions.zip(&sensor.time_s) {
        let sound = (q.norm() - 1.0).abs() <= NORM_TOLERANCE;
        if !sound {
            lanes.mark("corrupt", time_s, time_s);
        }
    }
    for fault in faults {
        for samples in &fault.samples {
            let last = samples.end.saturating_sub(1).max(samples.start);
            let (from_s, to_s) = (sensor.time_s[samples.start], sensor.time_s[last]);
            lanes.mark(title(fault.kind), from_s, to_s);
        }
    }
    let spans = |(title, there): (&'static str, Vec<bool>)| Lane {
        title,
        spans_s: columns.spans_s(&there),
    };
    lanes.all.into_iter().map(spans).collect()
}

const fn title(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::StartTransient => "settling",
        FaultKind::StaleOrientation | FaultKind::StaleChannel => "frozen",
        FaultKind::HeadingReset | FaultKind::ImpossibleStep => "jump",
        FaultKind::QuantisedQuaternion => "few digits",
        FaultKind::ZeroQuaternion => "zeros",
        FaultKind::Clipped => "end of range",
    }
}

struct Lanes<'a> {
    columns: &'a Columns,
    /// Of each kind, which columns have it.
    all: Vec<(&'static str, Vec<bool>)>,
}

impl Lanes<'_> {
    fn mark(&mut self, title: &'static str, from_s: f64, to_s: f64) {
        let place = self.all.iter().position(|lane| lane.0 == title);
        let place = place.unwrap_or_else(|| {
            self.all.push((title, vec![false; COLUMNS]));
            self.all.len() - 1
        });
        let (from, to) = (self.columns.at(from_s), self.columns.at(to_s));
        self.all[place].1[from.min(to)..=from.max(to)].fill(true);
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::Quaternion;

    use super::*;
    use crate::read::ReadOptions;

    fn view(sensor: &SensorSamples) -> SensorView {
        let trust = Trust::of(0, sensor, &ReadOptions::default());
        SensorView::new(0, sensor, &trust)
    }

    fn sensor(time_s: Vec<f64>) -> SensorSamples {
        let quaternions = vec![Quaternion::new(1.0, 0.0, 0.0, 0.0); time_s.len()];
        SensorSamples {
            earth_from_sensor: Some(quaternions),
            time_s,
            ..SensorSamples::default()
        }
    }

    #[test]
    fn a_long_line_is_thinned_and_keeps_its_extremes() {
        let mut long = sensor((0..100_000).map(|k| f64::from(k) * 0.01).collect());
        long.earth_from_sensor.as_mut().unwrap()[51_234].i = 0.5;
        let panel = &view(&long).panels[0];
        let x = &panel.lines[1].pieces;
        assert_eq!(x.len(), 1);
        assert!(x[0].len() <= 2 * COLUMNS, "{}", x[0].len());
        let greatest = x[0].iter().map(|point| point.1).fold(0.0, f64::max);
        assert!((greatest - 0.5).abs() < 1e-12);
    }

    #[test]
    fn gaps_break_lines_and_are_marked() {
        let mut times: Vec<f64> = (0..2000).map(|k| f64::from(k) * 0.01).collect();
        times[1000..].iter_mut().for_each(|time_s| *time_s += 5.0);
        times[500] = times[499];
        times[700] = times[690];
        let view = view(&sensor(times));
        assert_eq!(view.panels[0].lines[0].pieces.len(), 2);
        let lanes: Vec<_> = view.lanes.iter().map(|lane| lane.title).collect();
        assert_eq!(lanes, ["repeated", "backwards", "lost"]);
        let lost = &view.lanes[2].spans_s;
        assert_eq!(lost.len(), 1);
        assert!((lost[0].end - lost[0].start - 5.0).abs() < 0.1, "{lost:?}");
        let rate = &view.panels[1].lines[0].pieces[0];
        assert!(rate.iter().any(|point| point.1.abs() < 1e-9));
    }

    #[test]
    fn opposite_quaternions_are_one_line() {
        let mut turned = sensor((0..100).map(f64::from).collect());
        for q in turned
            .earth_from_sensor
            .as_mut()
            .unwrap()
            .iter_mut()
            .step_by(2)
        {
            *q = -*q;
        }
        let w = &view(&turned).panels[0].lines[0].pieces[0];
        assert!(w.iter().all(|point| (point.1 - w[0].1).abs() < 1e-12));
    }

    #[test]
    fn nonsense_makes_no_panic() {
        for times in [
            vec![],
            vec![0.0],
            vec![1e300, -1e300],
            vec![f64::MAX, f64::MIN, 0.0],
            vec![5.0; 4],
        ] {
            let mut sensor = sensor(times);
            for q in sensor.earth_from_sensor.iter_mut().flatten() {
                *q = Quaternion::new(f64::NAN, 0.0, 0.0, 0.0);
            }
            assert!(view(&sensor).lasts_s > 0.0);
        }
    }
}
