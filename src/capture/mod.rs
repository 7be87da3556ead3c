//! Live sensors: ports, the log of their bytes, and what a capture tells while it runs; and sensors that
//! are none, for trying all of it without hardware.

mod engine;
mod known_usb;
pub mod log;
pub mod port;
pub mod probe;
pub mod session;
pub mod headband;
#[cfg(unix)]
pub mod pty;
pub mod told;
mod wrong_baud;
