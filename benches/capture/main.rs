//! The load of a capture: two sensors at 1,000 samples a second each, over pseudo-terminals. What was
//! lost, the share of a core, memory, and the time from a byte to its sample and to the screen.
//! `cargo bench --bench capture`, and for the real run `NECKROM_LOAD_S=600 cargo bench --bench capture`

#![cfg_attr(
    target_os = "linux",
    expect(
        clippy::print_stdout,
        clippy::unwrap_used,
        reason = "a bench that is read by people"
    )
)]

#[cfg(target_os = "linux")]
mod load;
#[cfg(target_os = "linux")]
mod sensors;

#[cfg(target_os = "linux")]
fn main() {
    load::main();
}

#[cfg(not(target_os = "linux"))]
const fn main() {}
