//! Live sensors: ports, the log of their bytes, and what a capture tells while it runs; and sensors that
//! are none, for trying all of it without hardware.

pub mod headband;
pub mod port;
#[cfg(unix)]
pub mod pty;
pub mod told;
