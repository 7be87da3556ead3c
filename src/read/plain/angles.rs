//! Orientation from three columns of angles, in the sequence that the user says.

use nalgebra::Quaternion;

use crate::read::table::Table;
use crate::read::{AngleUnit, ReadError, ReadOptions, Sequence};
use crate::warning::{Warning, Warnings};

/// Columns of angles about x, y and z (roll, pitch and yaw), and radians in their unit if stated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::read) struct Angles {
    pub(in crate::read) columns: [usize; 3],
    pub(in crate::read) scale: Option<f64>,
}

impl Angles {
    /// The quaternions, sensor to earth.
    ///
    /// # Errors
    /// When the user did not say the sequence: nothing in a file tells it.
    pub(in crate::read) fn quaternions(
        self,
        table: &Table,
        options: &ReadOptions,
        warnings: &mut Warnings,
    ) -> Result<Vec<Quaternion<f64>>, ReadError> {
        let Some(sequence) = options.euler_sequence else {
            return Err(ReadError::Untold {
                what: "the file has angles and no quaternion, and nothing in it tells in which \
                       order they turn; say it with --euler-sequence, such as zyx for \
                       Rz(yaw) Ry(pitch) Rx(roll)"
                    .to_owned(),
            });
        };
        let columns = in_order(sequence, self.columns).map(|column| table.column(column));
        let stated = options.angle_unit.map(AngleUnit::rad).or(self.scale);
        let scale = stated.unwrap_or_else(|| likely_unit(columns, warnings));
        let [first, second, third] = columns;
        let rows = first.iter().zip(second).zip(third);
        Ok(rows
            .map(|((a, b), c)| sequence.quaternion([a * scale, b * scale, c * scale]))
            .collect())
    }
}

/// The columns in the order of the turns: by their axes; from left to right where an axis turns twice.
fn in_order(sequence: Sequence, about: [usize; 3]) -> [usize; 3] {
    let [a, b, c] = sequence.axes();
    if a == c {
        let mut columns = about;
        columns.sort_unstable();
        columns
    } else {
        [a, b, c].map(|axis| about[axis])
    }
}

/// Degrees when an angle is more than a turn in radians.
fn likely_unit(columns: [&[f64]; 3], warnings: &mut Warnings) -> f64 {
    let values = columns.into_iter().flatten().copied();
    let largest = values.map(f64::abs).fold(0.0, f64::max);
    let degrees = largest > std::f64::consts::TAU;
    let name = if degrees { "degrees" } else { "radians" };
    warnings.add(Warning::UnitAssumed, || {
        format!(
            "the angles state no unit; {name} were taken, from the largest, {largest:.2}; \
             --angle-unit says it"
        )
    });
    if degrees {
        AngleUnit::Deg.rad()
    } else {
        AngleUnit::Rad.rad()
    }
}
