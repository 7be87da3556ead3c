//! Tables of numbers without a header: which four columns are quaternions shows in their length, but not
//! in which order they stand; that the user must say.

use super::layout::{Layout, PlainSensor, Time};
use crate::read::channels::SensorColumns;
use crate::read::header::{Delimiter, Header, cut, is_blank};
use crate::read::number::number;
use crate::read::{QuaternionOrder, ReadOptions};

/// Rows that must agree.
const LEAST_ROWS: usize = 5;
/// Rows that are looked at.
const MOST_ROWS: usize = 200;
/// Columns of a table without names.
const MOST_COLUMNS: usize = 64;
/// How far from 1 a quaternion of two decimals may be.
const OFF: f64 = 0.03;

/// The header that a table of numbers would have, its columns counted from 1.
pub(in crate::read) fn header(line: &[u8]) -> Option<Header> {
    let delimiter = Delimiter::guess(line);
    let count = numbers(line, delimiter)?.len();
    let names = (1..=count).map(|number| number.to_string());
    Some(Header::from_names(names, delimiter))
}

/// What the first bytes of a file show, if they are rows of numbers with a quaternion in them.
pub(in crate::read) fn layout(bytes: &[u8], options: &ReadOptions) -> Option<Layout> {
    let mut lines = bytes.split(|&byte| byte == b'\n');
    let first = lines.clone().find(|line| !is_blank(line))?;
    let header = header(first.trim_ascii_end())?;
    // The last line may be cut off.
    lines.next_back();
    let rows: Vec<Vec<f64>> = lines
        .filter(|line| !is_blank(line))
        .take(MOST_ROWS)
        .map(|line| numbers(line.trim_ascii_end(), header.delimiter))
        .collect::<Option<_>>()?;
    let count = header.names.len();
    let even = rows.iter().all(|row| row.len() == count);
    if !even || rows.len() < LEAST_ROWS || count > MOST_COLUMNS {
        return None;
    }
    let sensors = sensors(&rows, count, options.quaternion_order);
    let taken = |sensor: &PlainSensor| sensor.wanted().contains(&0);
    let rises = rows.windows(2).all(|pair| pair[0][0] < pair[1][0]);
    let time = (rises && !sensors.iter().any(taken)).then_some(Time {
        column: 0,
        unit_s: None,
        nanoseconds: None,
    });
    (!sensors.is_empty()).then_some(Layout {
        header,
        time,
        sensors,
    })
}

/// A quaternion in each four columns of length 1 that are not the same in all rows.
fn sensors(rows: &[Vec<f64>], count: usize, order: Option<QuaternionOrder>) -> Vec<PlainSensor> {
    let mut starts = Vec::new();
    let mut at = 0;
    while at + 4 <= count {
        if is_quaternion(rows, at) {
            starts.push(at);
            at += 4;
        } else {
            at += 1;
        }
    }
    let name = |index: usize| {
        if starts.len() > 1 {
            (index + 1).to_string()
        } else {
            String::new()
        }
    };
    let sensor = |(index, &at): (usize, &usize)| PlainSensor {
        columns: SensorColumns {
            name: name(index),
            quaternion: Some(match order {
                Some(QuaternionOrder::Wxyz) | None => [at, at + 1, at + 2, at + 3],
                Some(QuaternionOrder::Xyzw) => [at + 3, at, at + 1, at + 2],
            }),
            ..SensorColumns::default()
        },
        ..PlainSensor::default()
    };
    starts.iter().enumerate().map(sensor).collect()
}

fn is_quaternion(rows: &[Vec<f64>], at: usize) -> bool {
    let four = |row: &Vec<f64>| row.get(at..at + 4).map(<[f64]>::to_vec);
    let unit = |row: &Vec<f64>| {
        let square: f64 = four(row)
            .into_iter()
            .flatten()
            .map(|value| value * value)
            .sum();
        (square.sqrt() - 1.0).abs() < OFF
    };
    let first = rows.first().and_then(four);
    rows.iter().all(unit) && rows.iter().any(|row| four(row) != first)
}

/// The numbers of a line of nothing else.
fn numbers(line: &[u8], delimiter: Delimiter) -> Option<Vec<f64>> {
    let mut cells = Vec::new();
    cut(line, delimiter, &mut cells);
    if cells.last().is_some_and(std::ops::Range::is_empty) {
        cells.pop();
    }
    let value = |cell: &std::ops::Range<usize>| {
        let text = line.get(cell.clone())?.trim_ascii();
        number(text)
            .filter(|found| found.1 == text.len())
            .map(|found| found.0)
    };
    let values: Vec<f64> = cells.iter().map(value).collect::<Option<_>>()?;
    (values.len() > 1).then_some(values)
}
