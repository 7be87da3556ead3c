//! What to simulate: who sends, and what goes wrong.

use crate::protocol::Protocol;
use crate::sample::SensorPlace;

/// What sends, and how it fails.
#[derive(Debug, Clone, Copy)]
pub struct HeadbandSettings {
    /// What it speaks.
    pub protocol: &'static Protocol,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Where it sits: two sensors of one seed fail at different times.
    pub place: SensorPlace,
    /// How much too fast its clock runs, parts per million.
    pub clock_error_ppm: f64,
    /// What goes wrong.
    pub trouble: Trouble,
}

/// What goes wrong; by default nothing. Times are seconds after the first sample.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Trouble {
    /// Bytes of noise between the samples, as a fraction of the sensor's own bytes.
    pub noise: f64,
    /// Fraction of the samples that are lost on the way.
    pub lose: f64,
    /// Fraction of the bytes that arrive changed.
    pub corrupt: f64,
    /// The line stands still now and then, and what was held back comes at once.
    pub stall: Option<Stall>,
    /// The sensor is unplugged.
    pub hang_up: Option<HangUp>,
    /// The orientation stays as it is from here on, while the gyroscope goes on.
    pub stale_after_s: Option<f64>,
    /// The port is set to another speed than the sensor.
    pub wrong_baud: bool,
    /// The sensor begins with lines of text, whatever it speaks.
    pub banner: bool,
}

/// How a line stands still.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stall {
    /// Once in so many seconds, at a random moment.
    pub every_s: f64,
    /// For so many seconds, fewer than half of those.
    pub for_s: f64,
}

/// When a sensor is unplugged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HangUp {
    /// So many seconds after the first sample.
    pub after_s: f64,
    /// And comes back so many seconds later, or never.
    pub return_after_s: Option<f64>,
}
