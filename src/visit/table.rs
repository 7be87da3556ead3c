//! Long tables of results: a row per visit and movement, per repetition, per change.
//!
//! Angles are radians here, as everywhere before `report`; missing values are nulls.

use polars::prelude::*;

use super::Visit;
use super::change::Change;
use crate::movement::{LeftOut, Movement, Plane, Repetition};

/// A row per visit and movement: all six movements of every visit, in order.
///
/// # Errors
/// If polars cannot build the table.
pub fn movements(visits: &[Visit]) -> PolarsResult<DataFrame> {
    let rows: Vec<_> = visits
        .iter()
        .flat_map(|visit| visit.roms().map(|rom| (visit, rom)))
        .collect();
    df!(
        "subject" => strings(&rows, |(visit, _)| visit.subject.as_str()),
        "visit" => strings(&rows, |(visit, _)| visit.label.as_str()),
        "date" => rows.iter().map(|(visit, _)| visit.date.as_deref()).collect::<Vec<_>>(),
        "movement" => strings(&rows, |(_, rom)| rom.movement.name()),
        "n" => rows.iter().map(|(_, rom)| count(rom.n)).collect::<Vec<_>>(),
        "mean_rad" => numbers(&rows, |(_, rom)| rom.mean_rad),
        "sd_rad" => numbers(&rows, |(_, rom)| rom.sd_rad),
        "max_rad" => numbers(&rows, |(_, rom)| rom.max_rad),
        "consistent" => rows.iter().map(|(_, rom)| rom.consistent).collect::<Vec<_>>(),
    )
}

/// A row per visit and plane: all three planes of every visit, in order.
///
/// # Errors
/// If polars cannot build the table.
pub fn planes(visits: &[Visit]) -> PolarsResult<DataFrame> {
    let rows: Vec<_> = visits
        .iter()
        .flat_map(|visit| Plane::ALL.map(|plane| (visit, plane)))
        .collect();
    df!(
        "subject" => strings(&rows, |(visit, _)| visit.subject.as_str()),
        "visit" => strings(&rows, |(visit, _)| visit.label.as_str()),
        "plane" => strings(&rows, |(_, plane)| plane.name()),
        "total_rad" => numbers(&rows, |(visit, plane)| visit.plane_total_rad(*plane)),
    )
}

/// A row per repetition, those left out too.
///
/// # Errors
/// If polars cannot build the table.
pub fn repetitions(visits: &[Visit]) -> PolarsResult<DataFrame> {
    let rows: Vec<(&Visit, &Repetition)> = visits
        .iter()
        .flat_map(|visit| {
            visit
                .repetitions
                .iter()
                .map(move |repetition| (visit, repetition))
        })
        .collect();
    df!(
        "subject" => strings(&rows, |(visit, _)| visit.subject.as_str()),
        "visit" => strings(&rows, |(visit, _)| visit.label.as_str()),
        "movement" => strings(&rows, |(_, one)| one.movement.map_or("mixed", Movement::name)),
        "rom_rad" => numbers(&rows, |(_, one)| Some(one.rom_rad)),
        "hold_s" => numbers(&rows, |(_, one)| Some(one.hold_s)),
        "peak_speed_rad_s" => numbers(&rows, |(_, one)| Some(one.peak_speed_rad_s)),
        "used" => rows.iter().map(|(_, one)| one.left_out.is_none()).collect::<Vec<_>>(),
        "reason" => rows
            .iter()
            .map(|(_, one)| one.left_out.map(LeftOut::reason))
            .collect::<Vec<_>>(),
    )
}

/// A row per change.
///
/// # Errors
/// If polars cannot build the table.
pub fn changes(changes: &[Change]) -> PolarsResult<DataFrame> {
    df!(
        "subject" => strings(changes, |change| change.subject.as_str()),
        "kind" => strings(changes, |change| change.measure.kind()),
        "measure" => strings(changes, |change| change.measure.name()),
        "first" => strings(changes, |change| change.first.as_str()),
        "visit" => strings(changes, |change| change.visit.as_str()),
        "first_rad" => numbers(changes, |change| Some(change.first_rad)),
        "visit_rad" => numbers(changes, |change| Some(change.visit_rad)),
        "change_rad" => numbers(changes, |change| Some(change.change_rad)),
        "word" => strings(changes, |change| change.word.text()),
    )
}

fn strings<'a, Row>(rows: &'a [Row], of: impl Fn(&'a Row) -> &'a str) -> Vec<&'a str> {
    rows.iter().map(of).collect()
}

/// A number that is not finite is a missing one.
fn numbers<Row>(rows: &[Row], of: impl Fn(&Row) -> Option<f64>) -> Vec<Option<f64>> {
    rows.iter()
        .map(|row| of(row).filter(|number| number.is_finite()))
        .collect()
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::limits::Limits;
    use super::super::tests::visit;
    use super::*;

    fn visits() -> [Visit; 2] {
        let turns = [
            (Movement::RotationLeft, 70.0),
            (Movement::RotationLeft, 74.0),
        ];
        [
            visit("1", &turns),
            visit("2", &[(Movement::RotationLeft, 80.0)]),
        ]
    }

    #[test]
    fn tables_have_a_row_per_thing() {
        let visits = visits();
        assert_eq!(movements(&visits).unwrap().shape(), (12, 9));
        assert_eq!(planes(&visits).unwrap().height(), 6);
        assert_eq!(repetitions(&visits).unwrap().height(), 3);
        let changed =
            super::super::change::changes(&visits.each_ref().map(Visit::means), &Limits::default());
        assert_eq!(changes(&changed).unwrap().height(), 1);
    }

    #[test]
    fn grouping_the_repetitions_gives_the_movements() {
        let visits = visits();
        let grouped = repetitions(&visits)
            .unwrap()
            .lazy()
            .filter(col("used"))
            .group_by_stable([col("visit"), col("movement")])
            .agg([
                col("rom_rad").mean().alias("mean"),
                col("rom_rad").std(1).alias("sd"),
            ])
            .collect()
            .unwrap();
        let expected = movements(&visits)
            .unwrap()
            .lazy()
            .filter(col("n").gt(lit(0)))
            .select([
                col("visit"),
                col("movement"),
                col("mean_rad"),
                col("sd_rad"),
            ])
            .collect()
            .unwrap();
        for (ours, theirs) in [("mean_rad", "mean"), ("sd_rad", "sd")] {
            let (ours, theirs) = (
                expected.column(ours).unwrap(),
                grouped.column(theirs).unwrap(),
            );
            let pairs = ours.f64().unwrap().iter().zip(theirs.f64().unwrap().iter());
            for (one, other) in pairs {
                assert_eq!(one.is_some(), other.is_some());
                assert!((one.unwrap_or(0.0) - other.unwrap_or(0.0)).abs() < 1e-12);
            }
        }
    }
}
