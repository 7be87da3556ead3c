//! Options that hold for all recordings, and those that a row of a manifest puts in their place.

use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::Arc;

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Args, Command, FromArgMatches, Parser};

use super::analyzing::HowArgs;
use crate::batch::Options;

/// The options of `analyze`, and the words that they were given with.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// As for `analyze`.
    pub how: HowArgs,
    /// Name of an option, and a word of it.
    words: Vec<(String, OsString)>,
}

/// A row of a manifest as a command line.
#[derive(Debug, Parser)]
#[command(no_binary_name = true)]
struct Line {
    #[command(flatten)]
    how: HowArgs,
}

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        HowArgs::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        HowArgs::augment_args_for_update(command)
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut words = Vec::new();
        for (name, is_flag) in options() {
            let id = name.replace('-', "_");
            if matches.value_source(&id) != Some(ValueSource::CommandLine) {
                continue;
            }
            if is_flag {
                words.push((name.clone(), OsString::from(format!("--{name}"))));
                continue;
            }
            for value in matches.get_raw(&id).into_iter().flatten() {
                let mut word = OsString::from(format!("--{name}="));
                word.push(value);
                words.push((name.clone(), word));
            }
        }
        let how = HowArgs::from_arg_matches(matches)?;
        Ok(Self { how, words })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl From<HowArgs> for Given {
    /// Without words, which only rows of a manifest need.
    fn from(how: HowArgs) -> Self {
        let words = Vec::new();
        Self { how, words }
    }
}

impl Given {
    /// Names of the options that were given, each once.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.words.iter().map(|(name, _)| name.as_str()).collect();
        names.dedup();
        names
    }
}

/// Long names of the options, and whether they are flags.
fn options() -> Vec<(String, bool)> {
    let command = HowArgs::augment_args(Command::new("options"));
    let of_arg = |arg: &clap::Arg| {
        let is_flag = matches!(arg.get_action(), ArgAction::SetTrue);
        Some((arg.get_long()?.to_owned(), is_flag))
    };
    command.get_arguments().filter_map(of_arg).collect()
}

/// Options of rows; rows that say the same share them.
pub(super) struct Rows<'a> {
    given: &'a Given,
    /// For each column that is an option, its name and whether it is a flag.
    columns: Vec<(String, bool)>,
    known: HashMap<Vec<Option<String>>, Arc<Options>>,
}

/// So many different options are kept at once.
const MOST_KNOWN: usize = 1000;

/// Columns of a manifest that are not options that many rows share.
const LABELS: [&str; 3] = ["path", "subject", "visit"];

impl<'a> Rows<'a> {
    /// For these columns; a name may be written with `_` for `-`.
    pub(super) fn new(given: &'a Given, columns: &[&String]) -> anyhow::Result<Self> {
        let all = options();
        let option = |column: &&String| {
            let name = column.replace('_', "-").to_lowercase();
            let found = all.iter().find(|one| one.0 == name).cloned();
            found.ok_or_else(|| {
                let options = all.iter().map(|one| one.0.as_str());
                let options = options.filter(|name| !LABELS.contains(name));
                let names: Vec<&str> = LABELS.into_iter().chain(options).collect();
                anyhow::anyhow!(
                    "there is no column '{column}'; there are: {}",
                    names.join(", ")
                )
            })
        };
        Ok(Self {
            given,
            columns: columns.iter().map(option).collect::<anyhow::Result<_>>()?,
            known: HashMap::new(),
        })
    }

    /// The options of a row: its cells, and where they are empty the command line.
    pub(super) fn options(&mut self, cells: Vec<Option<String>>) -> anyhow::Result<Arc<Options>> {
        if let Some(options) = self.known.get(&cells) {
            return Ok(Arc::clone(options));
        }
        let options = Arc::new(self.parse(&cells)?);
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(cells, Arc::clone(&options));
        Ok(options)
    }

    fn parse(&self, cells: &[Option<String>]) -> anyhow::Result<Options> {
        let said = |name: &String| {
            let mut both = self.columns.iter().zip(cells);
            both.any(|(column, cell)| column.0 == *name && cell.is_some())
        };
        let given = self.given.words.iter().filter(|(name, _)| !said(name));
        let mut words: Vec<OsString> = given.map(|(_, word)| word.clone()).collect();
        for ((name, is_flag), cell) in self.columns.iter().zip(cells) {
            let Some(cell) = cell else { continue };
            match (is_flag, cell.to_lowercase().as_str()) {
                (false, _) => words.push(format!("--{name}={cell}").into()),
                (true, "true" | "yes" | "1") => words.push(format!("--{name}").into()),
                (true, "false" | "no" | "0") => {}
                (true, _) => anyhow::bail!("{name} is true or false, not '{cell}'"),
            }
        }
        match Line::try_parse_from(words) {
            Ok(line) => Ok(line.how.options()),
            Err(error) => {
                let text = error.to_string();
                let first = text.lines().next().unwrap_or_default();
                anyhow::bail!("{}", first.trim_start_matches("error: "))
            }
        }
    }
}
