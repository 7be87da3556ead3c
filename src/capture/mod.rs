//! Live sensors: ports, the log of their bytes, what a capture tells while it runs and what of it is shown;
//! and sensors that are none, for trying all of it without hardware.

mod known_usb;
mod asking;
pub mod configure;
pub mod port;
pub mod probe;
pub mod log;
pub mod told;
mod engine;
pub mod session;
pub mod plan;
pub mod live;
#[cfg(unix)]
pub mod pty;
pub mod headband;
pub mod recorded;
pub mod played;
