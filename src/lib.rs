//! Range of motion of the neck from IMU sensors.
//!
//! # Stages
//!
//! Data flows one way, in the order of the modules below; a stage uses only stages above it, and a
//! test holds it to that.

pub mod units;
pub mod frames;
pub mod reference;
pub mod warning;
pub mod sample;
pub mod read;
pub mod write;
pub mod orientation;
pub mod angles;
pub mod movement;
pub mod visit;
pub mod simulate;
pub mod pipeline;
pub mod report;
pub mod capture;
pub mod cli;
