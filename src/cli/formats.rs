//! `neckrom formats`: the recordings that can be read.

use std::io::Write;

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};

use crate::read::FORMATS;

/// Show the file formats that can be read
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  neckrom formats")]
pub struct FormatsArgs {
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
        table.set_header(["name", "format", "usual endings", "gives", "checked against"]);
        for format in FORMATS {
            let endings: Vec<String> =
                format.extensions.iter().map(|ending| format!(".{ending}")).collect();
            let name =
                if self.markdown { format!("`{}`", format.name) } else { format.name.to_owned() };
            let endings = endings.join(", ");
            table.add_row([&name, format.title, &endings, format.gives, format.checked]);
        }
        for line in table.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_row() {
        let mut out = Vec::new();
        let args = FormatsArgs { markdown: true };
        args.run(&mut out, &mut Vec::new()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), FORMATS.len() + 2, "{text}");
        assert!(text.lines().nth(1).unwrap().starts_with("|--"), "{text}");
        for format in FORMATS {
            assert!(text.contains(&format!("| `{}`", format.name)), "{text}");
        }
    }
}
