//! The program; see the library's page.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Keeps the memory of one recording for the next, where the system's own gives it back each time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    neckrom::cli::main()
}
