//! One day's repetitions of one subject, pooled over its recordings; change between visits, of one
//! subject and of many; and how well a measurement repeats.

pub mod change;
pub mod limits;
pub mod interval;
pub mod results;
pub mod cohort;
pub mod reliability;
pub mod table;

use std::cmp::Ordering;

use self::results::VisitMeans;
use crate::movement::{MovementRom, Plane, Repetition, rom};

/// A visit: what all recordings of one subject on one day gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// Subject label.
    pub subject: String,
    /// Visit label.
    pub label: String,
    /// ISO 8601 date, if stated.
    pub date: Option<String>,
    /// Sensors in each recording: 1 or 2; the smallest if they differ.
    pub sensor_count: usize,
    /// Ways the recordings were aligned, as in results, sorted, each once.
    pub alignment_methods: Vec<&'static str>,
    /// Declared mounts of the head sensor, as in `+x,+z`, sorted, each once.
    pub mounts: Vec<String>,
    /// All repetitions, those left out too.
    pub repetitions: Vec<Repetition>,
}

impl Visit {
    /// The ROM of all six movements, in the order of [`Movement::ALL`](crate::movement::Movement::ALL), over all repetitions that count.
    pub fn roms(&self) -> [MovementRom; 6] {
        rom::summarise(&self.repetitions)
    }

    /// The ROM of all six movements: their means, radians.
    pub fn means_rad(&self) -> [Option<f64>; 6] {
        self.roms().map(|rom| rom.mean_rad)
    }

    /// As tables of results have it, without its repetitions.
    pub fn means(&self) -> VisitMeans {
        let roms = self.roms();
        VisitMeans {
            subject: self.subject.clone(),
            label: self.label.clone(),
            date: self.date.clone(),
            n: roms.each_ref().map(|rom| rom.n),
            mean_rad: roms.map(|rom| rom.mean_rad),
            retest: false,
        }
    }

    /// Both movements of a plane together, radians; none if one is missing.
    pub fn plane_total_rad(&self, plane: Plane) -> Option<f64> {
        rom::plane_total_rad(&self.means_rad(), plane)
    }
}

/// What has its place among the visits of a subject.
pub trait Labelled {
    /// Labels of subject and visit.
    fn labels(&self) -> (&str, &str);
    /// ISO 8601 date, if stated.
    fn date(&self) -> Option<&str>;
}

impl Labelled for Visit {
    fn labels(&self) -> (&str, &str) {
        (&self.subject, &self.label)
    }

    fn date(&self) -> Option<&str> {
        self.date.as_deref()
    }
}

/// Puts visits in order: by subject; then by date where all visits of the subject have one, else by
/// label with numbers compared as numbers (`ses-2` before `ses-10`).
pub fn sort<V: Labelled>(visits: &mut [V]) {
    let by_label = |a: &str, b: &str| natural_order(a, b).then(a.cmp(b));
    visits.sort_by(|a, b| by_label(a.labels().0, b.labels().0));
    for of_subject in visits.chunk_by_mut(|a, b| a.labels().0 == b.labels().0) {
        let dated = of_subject.iter().all(|visit| visit.date().is_some());
        of_subject.sort_by(|a, b| {
            let by_label = by_label(a.labels().1, b.labels().1);
            if dated {
                a.date().cmp(&b.date()).then(by_label)
            } else {
                by_label
            }
        });
    }
}

/// Compares labels with runs of digits as numbers.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    while let (Some(first_a), Some(first_b)) = (a.chars().next(), b.chars().next()) {
        let both_digits = first_a.is_ascii_digit() && first_b.is_ascii_digit();
        let (piece_a, piece_b) = (piece(a, both_digits), piece(b, both_digits));
        let order = if both_digits {
            numbers(piece_a, piece_b)
        } else {
            piece_a.cmp(piece_b)
        };
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (&a[piece_a.len()..], &b[piece_b.len()..]);
    }
    a.len().cmp(&b.len())
}

/// The run of digits, or the one character, that a text begins with.
fn piece(text: &str, digits: bool) -> &str {
    let end = if digits {
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len())
    } else {
        text.chars().next().map_or(0, char::len_utf8)
    };
    &text[..end]
}

/// Runs of digits of any length, as numbers.
fn numbers(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::movement::{LeftOut, Movement};

    pub(crate) fn repetition(movement: Movement, rom_deg: f64) -> Repetition {
        rom::tests::repetition(movement, rom_deg, 1.0)
    }

    pub(crate) fn visit(label: &str, roms_deg: &[(Movement, f64)]) -> Visit {
        Visit {
            subject: "sub-01".to_owned(),
            label: label.to_owned(),
            date: None,
            sensor_count: 2,
            alignment_methods: vec!["nods"],
            mounts: Vec::new(),
            repetitions: roms_deg
                .iter()
                .map(|&(m, rom)| repetition(m, rom))
                .collect(),
        }
    }

    #[test]
    fn rom_is_the_mean_of_the_repetitions_that_count() {
        let flexion = Movement::Flexion;
        let mut visit = visit("1", &[(flexion, 41.0), (flexion, 49.0), (flexion, 5.0)]);
        visit.repetitions[2].left_out = Some(LeftOut::Stray);
        let rom = visit.roms()[0];
        assert_eq!((rom.n, rom.consistent), (2, Some(true)));
        assert!((rom.mean_rad.unwrap().to_degrees() - 45.0).abs() < 1e-9);
        assert!((rom.sd_rad.unwrap().to_degrees() - 32_f64.sqrt()).abs() < 1e-9);
        assert_eq!(visit.roms()[1].mean_rad, None);
        assert_eq!(visit.plane_total_rad(Plane::Sagittal), None);
    }

    #[test]
    fn visits_sort_by_number_and_by_date_where_all_have_one() {
        let mut visits = ["ses-10", "ses-2", "ses-1"].map(|label| visit(label, &[]));
        sort(&mut visits);
        assert_eq!(
            visits.each_ref().map(|visit| visit.label.as_str()),
            ["ses-1", "ses-2", "ses-10"]
        );
        visits[0].date = Some("2026-03-01".to_owned());
        visits[1].date = Some("2026-02-01".to_owned());
        sort(&mut visits);
        assert_eq!(
            visits[0].label, "ses-1",
            "one visit has no date: labels decide"
        );
        visits[2].date = Some("2026-01-01".to_owned());
        sort(&mut visits);
        assert_eq!(
            visits.each_ref().map(|visit| visit.label.as_str()),
            ["ses-10", "ses-2", "ses-1"]
        );
    }

    #[test]
    fn natural_order_takes_any_text() {
        assert_eq!(natural_order("é2", "é10"), Ordering::Less);
        assert_eq!(natural_order("01", "1"), Ordering::Equal);
        assert_eq!(natural_order("", "a"), Ordering::Less);
        assert_eq!(
            natural_order("v99999999999999999999998", "v99999999999999999999999"),
            Ordering::Less
        );
    }
}
