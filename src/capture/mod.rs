//! Live sensors; so far, which ports there are.

pub mod port;
