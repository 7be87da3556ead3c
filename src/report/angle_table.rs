//! Angles over time as a table: the three views of each sample, from the recording's neutral.

use polars::prelude::{Column, DataFrame};

use super::table::{self, TableError};
use crate::angles::{NeckAngles, twist};
use crate::pipeline::Analysis;

/// Columns, in order: swing and twist, inclinometer view, Cardan Z-X-Y; degrees, positive towards
/// flexion, right, left. All are from the recording's neutral, not from the zero of a repetition.
const COLUMNS: [&str; 8] = [
    "flexion_deg",
    "side_bend_right_deg",
    "rotation_left_deg",
    "inclinometer_flexion_deg",
    "inclinometer_side_bend_right_deg",
    "cardan_zxy_flexion_deg",
    "cardan_zxy_side_bend_right_deg",
    "cardan_zxy_rotation_left_deg",
];

/// The table as Parquet.
///
/// # Errors
/// If it cannot be made.
pub fn parquet(analysis: &Analysis) -> Result<Vec<u8>, TableError> {
    let time_s = &analysis.motion.time_s;
    let mut columns: [Vec<f64>; 8] = std::array::from_fn(|_| Vec::with_capacity(time_s.len()));
    for sample in 0..time_s.len() {
        for (column, value) in columns.iter_mut().zip(row(analysis, sample)) {
            column.push(value.to_degrees());
        }
    }
    let mut all = vec![Column::new("time_s".into(), time_s)];
    all.extend(
        COLUMNS
            .iter()
            .zip(&columns)
            .map(|(name, values)| Column::new((*name).into(), values)),
    );
    let mut table = DataFrame::new(time_s.len(), all)?;
    table::parquet(&mut table)
}

fn row(analysis: &Analysis, sample: usize) -> [f64; 8] {
    let NeckAngles {
        flexion_rad,
        side_bend_right_rad,
        rotation_left_rad,
    } = twist::angles(&analysis.relative.from_neutral(sample));
    let (inclinometer, cardan) = analysis.other_views(sample);
    [
        flexion_rad,
        side_bend_right_rad,
        rotation_left_rad,
        inclinometer.flexion_rad,
        inclinometer.side_bend_right_rad,
        cardan.flexion_rad,
        cardan.side_bend_right_rad,
        cardan.rotation_left_rad,
    ]
}
