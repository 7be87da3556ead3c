//! `neckrom formats`: the recordings that can be read, and how they can be written.

use std::io::Write;

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};

use crate::read;
use crate::write::{self, Shape};

/// Show the file formats that can be read
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  neckrom formats\n  neckrom formats --written")]
pub struct FormatsArgs {
    /// Show the formats that `neckrom convert` can write instead
    #[arg(long)]
    pub written: bool,
    /// Print the table as Markdown
    #[arg(long)]
    pub markdown: bool,
}

impl FormatsArgs {
    /// Runs the command; returns the exit code.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn run(&self, out: &mut dyn Write, _err: &mut dyn Write) -> anyhow::Result<u8> {
        let mut table = Table::new();
        if self.markdown {
            table.load_style(presets::ASCII_MARKDOWN);
        } else {
            table.load_style(presets::NOTHING);
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
        if self.written {
            self.add_written(&mut table);
        } else {
            self.add_read(&mut table);
        }
        for line in table.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(0)
    }

    fn add_read(&self, table: &mut Table) {
        table.set_header([
            "name",
            "format",
            "usual endings",
            "gives",
            "checked against",
        ]);
        for format in read::FORMATS {
            let endings: Vec<String> = format
                .extensions
                .iter()
                .map(|ending| format!(".{ending}"))
                .collect();
            let name = self.code(format.name);
            let endings = endings.join(", ");
            table.add_row([&name, format.title, &endings, format.gives, format.checked]);
        }
    }

    fn add_written(&self, table: &mut Table) {
        table.set_header(["name", "format", "on disk", "leaves out"]);
        for format in write::FORMATS {
            let shape = match format.shape {
                Shape::File(ending) => format!(".{ending}"),
                Shape::Folder => "a folder".to_owned(),
            };
            let name = self.code(format.name);
            table.add_row([&name, format.title, &shape, format.leaves_out]);
        }
    }

    fn code(&self, name: &str) -> String {
        if self.markdown {
            format!("`{name}`")
        } else {
            name.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::FORMATS;

    #[test]
    fn every_format_has_a_row() {
        let mut out = Vec::new();
        let args = FormatsArgs {
            written: false,
            markdown: true,
        };
        args.run(&mut out, &mut Vec::new()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), FORMATS.len() + 2, "{text}");
        assert!(text.lines().nth(1).unwrap().starts_with("|--"), "{text}");
        for format in FORMATS {
            assert!(text.contains(&format!("| `{}`", format.name)), "{text}");
        }
    }
}
