//! Live sensors: ports, the log of their bytes, what a capture tells while it runs, and what of it is
//! shown.

pub mod live;
pub mod plan;
pub mod port;
pub mod told;
