//! Ten ways in which a file is broken.

/// Their names, in order.
pub(crate) const WAYS: [&str; 10] = [
    "empty",
    "header alone",
    "cut off after a second",
    "noise",
    "other text",
    "a column missing",
    "words for numbers",
    "quaternions of zeros",
    "time stands still",
    "damaged Parquet",
];

/// The file of a recording, broken in one of the ways.
pub(crate) fn broken(way: usize, text: &str) -> Vec<u8> {
    let (header, rows) = text.split_once('\n').expect("a header and rows");
    let with = |row: &dyn Fn(&[&str]) -> String| {
        let rows = rows.lines().map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            row(&cells)
        });
        let rows: Vec<String> = rows.collect();
        format!("{header}\n{}\n", rows.join("\n"))
    };
    match WAYS[way] {
        "empty" => Vec::new(),
        "header alone" => header.into(),
        "cut off after a second" => text[..text.len() / 10].into(),
        "noise" => (0..text.len() as u64).map(noise).collect(),
        "other text" => "<html><body>The file was not found.</body></html>\n".into(),
        "a column missing" => {
            let without = |line| str::rsplit_once(line, ',').expect("many columns").0;
            let lines: Vec<&str> = text.lines().map(without).collect();
            lines.join("\n").into()
        }
        "words for numbers" => with(&|cells| format!("{},a,b,c,d", cells[0])).into(),
        "quaternions of zeros" => with(&|cells| format!("{},0,0,0,0", cells[0])).into(),
        "time stands still" => with(&|cells| format!("0,{}", cells[1..].join(","))).into(),
        "damaged Parquet" => format!("PAR1{text}PAR1").into(),
        other => unreachable!("{other} is no way"),
    }
}

/// A byte for each place, the same in every run.
const fn noise(place: u64) -> u8 {
    (place.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
}
