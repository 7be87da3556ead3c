//! Lines of names with values, as the plotter of the Arduino IDE takes them: `qw:0.99,qx:0.01`,
//! `Roll: 1.2 Pitch: 3.4 Yaw: 5.6`, `ax=0.1; ay=0.2`.

use std::io::BufRead;

use super::layout::{self, Layout};
use crate::read::header::{Delimiter, Header, split_lines};
use crate::read::lines::{self, Lines};
use crate::read::number::number;
use crate::read::serial_log::stamped;
use crate::read::table::Table;
use crate::read::{ReadError, ReadOptions};
use crate::warning::{Warning, Warnings};

/// The name of the column of times that a serial monitor put in front.
const STAMP: &str = "time_s";
/// Lines among which the first with names is looked for.
const FIRST_LINES: usize = 100;
/// No line has more values.
const MOST_PAIRS: usize = 128;
/// No name is longer.
const LONGEST_NAME: usize = 60;

/// What the first bytes of a file show, if there are lines of names with values.
pub(in crate::read) fn layout(bytes: &[u8], options: &ReadOptions) -> Option<Layout> {
    let lines = split_lines(bytes).take(FIRST_LINES);
    let found = |line: &[u8]| {
        let (names, _) = pairs(line)?;
        layout::of_header(Header::from_names(names, Delimiter::Byte(b',')), options)
    };
    let mut layouts = lines.filter_map(found);
    let first = layouts.next()?;
    let again = layouts.any(|next| next.header.names == first.header.names);
    again.then_some(first)
}

/// All rows with the names of the header; other lines are counted.
pub(in crate::read) fn read(
    reader: &mut dyn BufRead,
    header: &Header,
    warnings: &mut Warnings,
) -> Result<Table, ReadError> {
    let mut lines = Lines::new(reader);
    let mut columns = vec![Vec::new(); header.names.len()];
    let (mut other, mut first) = (0, 0);
    while lines.advance()? {
        match pairs(lines.line()) {
            Some((names, values)) if names == header.names => {
                for (column, value) in columns.iter_mut().zip(values) {
                    column.push(value);
                }
            }
            _ if lines.line().trim_ascii().is_empty() => {}
            _ => {
                other += 1;
                first = if first == 0 { lines.number() } else { first };
            }
        }
    }
    warnings.add_many(Warning::RaggedRow, other, || {
        format!("lines without these names were passed over, the first line {first}")
    });
    Ok(Table::new((0..columns.len()).collect(), columns))
}

/// The names and values of a line of nothing else.
fn pairs(line: &[u8]) -> Option<(Vec<String>, Vec<f64>)> {
    let text = lines::text(line);
    let (stamp_s, mut rest) = stamped(&text);
    let (mut names, mut values) = (Vec::new(), Vec::new());
    if let Some(stamp_s) = stamp_s {
        names.push(STAMP.to_owned());
        values.push(stamp_s);
    }
    while !rest.is_empty() && names.len() < MOST_PAIRS {
        let (name, after) = rest.split_once([':', '='])?;
        let name = name.trim();
        let worded = name.starts_with(|c: char| c.is_alphabetic()) && name.len() <= LONGEST_NAME;
        if !worded || name.contains([',', ';', '\t', '"', '{']) {
            return None;
        }
        let after = after.trim_start();
        let (value, length) = number(after.as_bytes())?;
        names.push(name.to_owned());
        values.push(value);
        let next = after.get(length..)?;
        rest = next.trim_start_matches(|c: char| c.is_whitespace() || ",;|°".contains(c));
        if rest.len() == next.len() && !rest.is_empty() {
            return None;
        }
    }
    (names.len() >= 3).then_some((names, values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_values_and_nothing_else() {
        let names = |line: &str| pairs(line.as_bytes()).map(|found| found.0.join(" "));
        for line in ["a:1,b:-2.5,c:3", "a: 1 b: 2\tc: 3", "a=1; b=2; c = 3\r"] {
            assert_eq!(names(line).as_deref(), Some("a b c"), "{line}");
        }
        let stamped = names("00:00:01.000 -> a:1,b:2,c:3");
        assert_eq!(stamped.as_deref(), Some("time_s a b c"));
        for line in [
            "a:1,b:2",
            "a:1,b:x,c:3",
            "1:2,3:4,5:6",
            "a:1deg,b:2,c:3",
            "a,b,c",
        ] {
            assert_eq!(names(line), None, "{line}");
        }
    }
}
