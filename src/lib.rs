//! x
pub mod units;
pub mod frames;
pub mod warning;
pub mod sample;
pub mod orientation;
pub mod angles;
pub mod movement;
pub mod pipeline;
