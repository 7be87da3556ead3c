//! What a running capture tells whoever shows it.

use crate::protocol::{Faults, Sample};
use crate::sample::SensorPlace;

/// One thing that happened. Times are seconds since the start of the capture.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// Samples of the sensor at a place; `arrival_s` of each counts from the start of the capture.
    Samples {
        /// Head or trunk.
        place: SensorPlace,
        /// In the order in which they came.
        samples: Vec<Sample>,
    },
    /// The port is gone.
    Lost {
        /// Whose.
        place: SensorPlace,
        /// What the system said.
        why: String,
        /// When.
        at_s: f64,
    },
    /// The port is there again; a new segment begins.
    Back {
        /// Whose.
        place: SensorPlace,
        /// When.
        at_s: f64,
    },
    /// How sound the stream is so far.
    Health {
        /// Whose.
        place: SensorPlace,
        /// Sound frames.
        frames: usize,
        /// What was not sound.
        faults: Faults,
        /// Samples a second, of late.
        rate_hz: f64,
    },
    /// The log cannot be written to.
    LogFailed {
        /// What the system said.
        why: String,
        /// When.
        at_s: f64,
    },
}
