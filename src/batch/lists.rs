//! The three tables as one: a row a recording, with lists for its movements and repetitions.
//!
//! Columns of the table of recordings keep their names; those of the other two are lists,
//! `movement_mean_deg` or `repetition_rom_deg`. What all rows of a recording share is there once.

use polars::prelude::{
    Column, DataFrame, ExplodeOptions, IdxCa, ListNameSpaceImpl as _, PolarsResult,
};

use super::frames::Frames;

/// Columns of the tables of movements and repetitions that the recording has too.
const SHARED: [&str; 4] = ["recording", "subject", "visit", "date"];
/// Before the names of lists of movements and of repetitions.
const PREFIXES: [&str; 2] = ["movement_", "repetition_"];

/// The columns of a table of movements or repetitions that become lists, in order.
pub(super) fn own(table: &DataFrame) -> impl Iterator<Item = &Column> {
    let columns = table.columns().iter();
    columns.filter(|one| !SHARED.contains(&one.name().as_str()))
}

/// The names of lists of movements, or of repetitions, for the columns of that table.
pub(super) fn list_names(tables: &Frames) -> [Vec<String>; 2] {
    let [_, movements, repetitions] = tables.each();
    let named = |table, prefix| {
        own(table)
            .map(|one| format!("{prefix}{}", one.name()))
            .collect()
    };
    [
        named(movements, PREFIXES[0]),
        named(repetitions, PREFIXES[1]),
    ]
}

/// The three tables, from one with lists; `like` has their columns.
pub(super) fn unlisted(rows: &DataFrame, like: &Frames) -> PolarsResult<Frames> {
    let recordings = like.recordings.columns().iter();
    let cast = |one: &Column| rows.column(one.name())?.cast(one.dtype());
    let recordings = recordings.map(cast).collect::<PolarsResult<Vec<_>>>()?;
    Ok(Frames {
        recordings: DataFrame::new(rows.height(), recordings)?,
        movements: exploded(rows, &like.movements, PREFIXES[0])?,
        repetitions: exploded(rows, &like.repetitions, PREFIXES[1])?,
    })
}

fn exploded(rows: &DataFrame, like: &DataFrame, prefix: &str) -> PolarsResult<DataFrame> {
    const NOTHING: ExplodeOptions = ExplodeOptions {
        empty_as_null: false,
        keep_nulls: false,
    };
    let lengths = rows
        .column(&format!("{prefix}movement"))?
        .list()?
        .lst_lengths();
    let counts = lengths.iter().map(Option::unwrap_or_default);
    let of_row = (0..).zip(counts);
    let repeated: Vec<u32> = of_row
        .flat_map(|(row, count)| std::iter::repeat_n(row, count as usize))
        .collect();
    let height = repeated.len();
    let repeated = IdxCa::from_vec("rows".into(), repeated);
    let column = |one: &Column| -> PolarsResult<Column> {
        let name = one.name();
        let values = if SHARED.contains(&name.as_str()) {
            rows.column(name)?.take(&repeated)?
        } else {
            let lists = rows.column(&format!("{prefix}{name}"))?;
            lists.explode(NOTHING)?.with_name(name.clone())
        };
        values.strict_cast(one.dtype())
    };
    let columns = like.columns().iter().map(column);
    DataFrame::new(height, columns.collect::<PolarsResult<Vec<_>>>()?)
}
