//! The program.

fn main() -> std::process::ExitCode {
    neckrom::cli::main().into()
}
