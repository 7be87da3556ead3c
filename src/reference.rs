//! Thresholds and reference sets, each with its source: `reference.csv`, read once.
//!
//! A threshold decides a word, never a verdict on health. A reference set is a line with the name of
//! its study beside it, drawn only when asked for.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// The table as shipped.
const TABLE: &str = include_str!("reference.csv");

/// A limit with its unit and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Threshold {
    /// Stable name.
    pub name: String,
    /// The number, in `unit`.
    pub value: f64,
    /// `deg` or `%`.
    pub unit: String,
    /// How sure the limit is: `90 %`, `95 %`, or the kind of variation it comes from.
    pub level: String,
    /// Stands until a clinic's own retest data replace it.
    pub provisional: bool,
    /// The study.
    pub source: String,
}

impl Threshold {
    /// The number in radians, or as a share of one.
    pub fn value_si(&self) -> f64 {
        if self.unit == "%" {
            self.value / 100.0
        } else {
            self.value.to_radians()
        }
    }
}

/// Two limits between three words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangeLimits {
    /// Under this: within measurement error.
    pub possible: Threshold,
    /// Over this: probable change.
    pub probable: Threshold,
}

/// How far repetitions may lie from their mean: whichever is greater.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Consistency {
    /// An angle.
    pub angle: Threshold,
    /// A share of the mean.
    pub share: Threshold,
}

/// All limits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Thresholds {
    /// Change between visits, one direction.
    pub change_movement: ChangeLimits,
    /// Change between visits, plane totals.
    pub change_plane: ChangeLimits,
    /// Repetitions of one movement.
    pub consistency: Consistency,
}

/// The mean of one plane total in one group of people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReferenceLine {
    /// Name of the set: the study and its group.
    pub set: String,
    /// Name of the plane.
    pub plane: String,
    /// Mean plane total, degrees.
    pub mean_deg: f64,
    /// Standard deviation, if published.
    pub sd_deg: Option<f64>,
    /// People measured.
    pub n: usize,
    /// Who they were.
    pub population: String,
    /// What they were measured with.
    pub device: String,
    /// The study.
    pub source: String,
}

/// All limits of the shipped table.
pub fn thresholds() -> &'static Thresholds {
    &SHIPPED.0
}

/// All lines of the reference set of this name; none if there is no such set.
pub fn reference_set(name: &str) -> Vec<&'static ReferenceLine> {
    SHIPPED.1.iter().filter(|line| line.set == name).collect()
}

/// Names of the reference sets, in the order of the table.
pub fn reference_sets() -> Vec<&'static str> {
    let mut names: Vec<&str> = SHIPPED.1.iter().map(|line| line.set.as_str()).collect();
    names.dedup();
    names
}

/// The line of a plane, by name, in a set.
pub fn plane_line(set: &str, plane: &str) -> Option<&'static ReferenceLine> {
    SHIPPED
        .1
        .iter()
        .find(|line| line.set == set && line.plane == plane)
}

static SHIPPED: LazyLock<(Thresholds, Vec<ReferenceLine>)> =
    LazyLock::new(|| parse(TABLE).expect("the shipped table is tested"));

/// One line of the table.
#[derive(Debug, Clone, Deserialize)]
struct Row {
    kind: String,
    name: String,
    value: f64,
    unit: String,
    level: String,
    provisional: String,
    set: String,
    population: String,
    sd: Option<f64>,
    n: Option<usize>,
    device: String,
    source: String,
}

fn parse(table: &str) -> Option<(Thresholds, Vec<ReferenceLine>)> {
    let rows: Vec<Row> = csv::Reader::from_reader(table.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .ok()?;
    let limit = |name: &str| {
        rows.iter()
            .find(|row| row.kind == "threshold" && row.name == name)
            .map(threshold)
    };
    let thresholds = Thresholds {
        change_movement: ChangeLimits {
            possible: limit("change_movement_possible")?,
            probable: limit("change_movement_probable")?,
        },
        change_plane: ChangeLimits {
            possible: limit("change_plane_possible")?,
            probable: limit("change_plane_probable")?,
        },
        consistency: Consistency {
            angle: limit("consistency_angle")?,
            share: limit("consistency_share")?,
        },
    };
    let lines = rows
        .iter()
        .filter(|row| row.kind == "reference")
        .map(line)
        .collect();
    Some((thresholds, lines))
}

fn threshold(row: &Row) -> Threshold {
    Threshold {
        name: row.name.clone(),
        value: row.value,
        unit: row.unit.clone(),
        level: row.level.clone(),
        provisional: row.provisional == "yes",
        source: row.source.clone(),
    }
}

fn line(row: &Row) -> ReferenceLine {
    ReferenceLine {
        set: row.set.clone(),
        plane: row.name.clone(),
        mean_deg: row.value,
        sd_deg: row.sd,
        n: row.n.unwrap_or(0),
        population: row.population.clone(),
        device: row.device.clone(),
        source: row.source.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_the_measurement_definitions() {
        let limits = thresholds();
        let values = [&limits.change_movement, &limits.change_plane]
            .map(|pair| (pair.possible.value, pair.probable.value));
        assert_eq!(values, [(10.0, 15.0), (12.0, 20.0)]);
        assert!(limits.change_movement.possible.provisional);
        assert!((limits.consistency.angle.value_si() - 5_f64.to_radians()).abs() < 1e-12);
        assert!((limits.consistency.share.value_si() - 0.1).abs() < 1e-12);
    }

    #[test]
    fn every_row_has_a_known_kind_and_a_source() {
        let rows: Vec<Row> = csv::Reader::from_reader(TABLE.as_bytes())
            .deserialize()
            .collect::<Result<_, _>>()
            .unwrap();
        assert!(rows.iter().all(|row| !row.source.is_empty()));
        assert!(
            rows.iter()
                .all(|row| ["threshold", "reference"].contains(&row.kind.as_str()))
        );
    }

    #[test]
    fn reference_sets_are_found_by_name_and_name_planes() {
        assert_eq!(reference_sets().len(), 7);
        for set in reference_sets() {
            for line in reference_set(set) {
                assert!(["sagittal", "frontal", "transverse"].contains(&line.plane.as_str()));
                assert!(line.n > 0 && line.mean_deg > 0.0);
            }
        }
        let line = plane_line("Niewiadomski 2019, adults", "sagittal").unwrap();
        assert!((line.mean_deg - 127.4).abs() < 1e-9);
        assert!(reference_set("nobody").is_empty());
    }
}
