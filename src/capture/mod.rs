//! Live sensors: ports, the log of their bytes, and what a capture tells while it runs.

mod engine;
mod known_usb;
pub mod log;
pub mod port;
pub mod probe;
pub mod session;
pub mod told;
