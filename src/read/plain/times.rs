//! Times of a table's rows, seconds.

use super::layout::{Layout, Time};
use crate::read::channels::{even_times, unwrapped};
use crate::read::moment::DAY_S;
use crate::read::table::{Cell, Table};
use crate::read::{ReadError, ReadOptions};
use crate::sample::median_step;
use crate::warning::{Warning, Warnings};

/// The times of all rows; from the rate where there is no column of times, or it only counts.
pub(in crate::read) fn times(
    layout: &Layout,
    table: &Table,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Vec<f64>, ReadError> {
    let even = || {
        let rate_hz = options.rate_hz.ok_or(ReadError::NoRate)?;
        Ok(even_times(table.rows(), rate_hz))
    };
    let Some(time) = layout.time else {
        return even();
    };
    let values = table.column(time.column);
    if layout.header.cell(time.column) == Cell::Moment {
        let of_day = values.iter().all(|value| value.is_nan() || *value < DAY_S);
        return Ok(if of_day {
            unwrapped(values, DAY_S)
        } else {
            values.to_vec()
        });
    }
    let Some(unit_s) = unit_s(values, time.unit_s, options, warnings)? else {
        return even();
    };
    let mut time_s: Vec<f64> = values.iter().map(|value| value * unit_s).collect();
    add_nanoseconds(&mut time_s, time, table);
    Ok(time_s)
}

fn add_nanoseconds(time_s: &mut [f64], time: Time, table: &Table) {
    let Some(column) = time.nanoseconds else {
        return;
    };
    for (time_s, nanoseconds) in time_s.iter_mut().zip(table.column(column)) {
        *time_s += nanoseconds * 1e-9;
    }
}

/// The unit of time, seconds: as the user says, as the header says, or guessed from the step.
/// `None` when the column only counts rows.
pub(in crate::read) fn unit_s(
    values: &[f64],
    stated_s: Option<f64>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Option<f64>, ReadError> {
    if let Some(unit_s) = options.time_unit_s.or(stated_s) {
        return Ok(Some(unit_s));
    }
    let Some(step) = median_step(values) else {
        return Ok(Some(1.0));
    };
    let counts = |pair: &[f64]| (pair[1] - pair[0] - 1.0).abs() < 1e-9;
    if values.len() > 2 && values.windows(2).all(counts) {
        return Ok(None);
    }
    if let Some(unit_s) = epoch_unit_s(values) {
        return Ok(Some(unit_s));
    }
    let likely = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")]
        .into_iter()
        .find(|(unit_s, _)| (0.000_4..=0.25).contains(&(step * unit_s)));
    let Some((unit_s, name)) = likely else {
        return Err(ReadError::Untold {
            what: format!(
                "the unit of the time column is not stated and its step of {step:.6} fits none; \
                 say it with --time-unit s, ms, us or ns"
            ),
        });
    };
    warnings.add(Warning::RateAssumed, || {
        format!("the time column states no unit; {name} was taken, from its step of {step:.6}")
    });
    Ok(Some(unit_s))
}

/// The unit of times since 1970, which shows in their size: years 2001 to 2100.
fn epoch_unit_s(values: &[f64]) -> Option<f64> {
    let first = *values.iter().find(|value| value.is_finite())?;
    [1.0, 1e-3, 1e-6, 1e-9]
        .into_iter()
        .find(|unit_s| (0.98e9..4.1e9).contains(&(first * unit_s)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_since_1970_show_their_unit() {
        for (value, unit_s) in [(1.686e9, 1.0), (1.686e12, 1e-3), (1.686e15, 1e-6)] {
            assert_eq!(epoch_unit_s(&[f64::NAN, value]), Some(unit_s));
        }
        assert_eq!(epoch_unit_s(&[3600.0]), None);
    }
}
