//! The command line.

pub mod convert;
pub mod formats;
pub mod inspect;
pub mod reading;
pub mod save;

use clap::Parser;

/// wip: the program, for trying the commands of reading.
#[derive(Debug, Parser)]
#[command(name = "neckrom", version)]
pub enum Command {
    /// Look.
    Inspect(inspect::InspectArgs),
    /// Turn.
    Convert(convert::ConvertArgs),
    /// List.
    Formats(formats::FormatsArgs),
}

/// wip: runs the program; returns its exit code.
pub fn main() -> u8 {
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    let result = match Command::parse() {
        Command::Inspect(args) => args.run(&mut out, &mut err),
        Command::Convert(args) => args.run(&mut out, &mut err),
        Command::Formats(args) => args.run(&mut out, &mut err),
    };
    result.unwrap_or_else(|error| {
        drop(std::io::Write::write_fmt(&mut err, format_args!("error: {error:#}\n")));
        2
    })
}
