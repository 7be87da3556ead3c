//! Live sensors: ports, the log of their bytes, and what a capture tells while it runs.

pub mod port;
pub mod told;
