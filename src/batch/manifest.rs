//! A list of recordings with labels and options: CSV or Parquet, a row a recording.

use std::io;
use std::path::Path;

use polars::prelude::{Column, DataFrame, DataType, PolarsError};

use crate::read;

/// The rows of a manifest as text; empty cells are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// A cell a column.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Why a manifest could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// From disk.
    #[error("the manifest could not be read")]
    Io(#[from] io::Error),
    /// As CSV.
    #[error("the manifest is no CSV table with a header and as many cells in each row")]
    Csv(#[from] csv::Error),
    /// As Parquet.
    #[error("the manifest is no sound Parquet file")]
    Parquet(#[from] PolarsError),
}

/// Reads a manifest: Parquet if it begins so, else CSV with commas, semicolons or tabs.
///
/// # Errors
/// When it is neither.
pub fn read(path: &Path) -> Result<Manifest, ManifestError> {
    let bytes = std::fs::read(path)?;
    if bytes.starts_with(b"PAR1") {
        parquet(&read::parquet::table(bytes)?)
    } else {
        delimited(&bytes)
    }
}

fn delimited(bytes: &[u8]) -> Result<Manifest, ManifestError> {
    let header = bytes
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let count = |delimiter: u8| memchr::memchr_iter(delimiter, header).count();
    let delimiter = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|&one| count(one));
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter.unwrap_or(b','))
        .from_reader(bytes);
    let cell = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let columns = reader
        .headers()?
        .iter()
        .map(|name| name.trim().to_owned())
        .collect();
    let rows = reader
        .records()
        .map(|row| Ok(row?.iter().map(cell).collect()))
        .collect::<Result<_, csv::Error>>()?;
    Ok(Manifest { columns, rows })
}

fn parquet(table: &DataFrame) -> Result<Manifest, ManifestError> {
    let columns = table
        .columns()
        .iter()
        .map(texts)
        .collect::<Result<Vec<_>, _>>()?;
    let row = |row: usize| {
        columns
            .iter()
            .map(|column| column.get(row).cloned().flatten())
            .collect()
    };
    Ok(Manifest {
        columns: table
            .get_column_names()
            .iter()
            .map(ToString::to_string)
            .collect(),
        rows: (0..table.height()).map(row).collect(),
    })
}

fn texts(column: &Column) -> Result<Vec<Option<String>>, PolarsError> {
    let texts = column.cast(&DataType::String)?;
    let cell = |text: Option<&str>| text.map(str::to_owned).filter(|text| !text.is_empty());
    Ok(texts.str()?.iter().map(cell).collect())
}

#[cfg(test)]
mod tests {
    use polars::prelude::{IntoColumn as _, NamedFrom as _, Series};

    use super::*;

    fn row(cells: &[&str]) -> Vec<Option<String>> {
        let cell = |text: &&str| Some((*text).to_owned()).filter(|text| !text.is_empty());
        cells.iter().map(cell).collect()
    }

    #[test]
    fn text_with_any_usual_delimiter() {
        for text in [
            "\u{feff}path,practice\na.csv,2\nb,\n",
            "path;practice\r\na.csv; 2\r\nb;\r\n",
        ] {
            let manifest = delimited(text.as_bytes()).unwrap();
            assert_eq!(manifest.columns, ["path", "practice"]);
            assert_eq!(manifest.rows, [row(&["a.csv", "2"]), row(&["b", ""])]);
        }
        assert!(delimited(b"path,subject\na\n").is_err());
    }

    #[test]
    fn damaged_parquet_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        // Row groups said to be true: the library would take what follows for a count of them.
        let footer = b"\x41\xf3\xdb\xd3\xd3\x53\x00\x07\0\0\0PAR1";
        std::fs::write(file.path(), [&b"PAR1"[..], footer].concat()).unwrap();
        assert!(matches!(read(file.path()), Err(ManifestError::Parquet(_))));
    }

    #[test]
    fn parquet_of_other_types() {
        let columns = [
            Series::new("path".into(), ["a.csv", "b"]).into_column(),
            Series::new("practice".into(), [Some(2_i64), None]).into_column(),
            Series::new("keep_drift".into(), [true, false]).into_column(),
        ];
        let table = DataFrame::new(2, columns.to_vec()).unwrap();
        let manifest = parquet(&table).unwrap();
        assert_eq!(
            manifest.rows,
            [row(&["a.csv", "2", "true"]), row(&["b", "", "false"])]
        );
    }
}
