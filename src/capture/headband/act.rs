//! What a sensor does, and the count of it.

use crate::protocol::Sample;

/// One thing that the sensor does.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// Seconds after the first sample; never less than that of the act before.
    pub at_s: f64,
    /// What.
    pub what: What,
}

/// What a sensor does.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Says that it has started.
    Banner(Vec<u8>),
    /// The line makes bytes of its own.
    Noise(Vec<u8>),
    /// Sends a sample.
    Sent {
        /// With the sensor's own time and counter; it arrives when it is made.
        sample: Box<Sample>,
        /// As they arrive.
        bytes: Vec<u8>,
        /// So many of them are not those that were sent.
        changed: usize,
    },
    /// Sends bytes that came from a sensor once.
    Recorded(Vec<u8>),
    /// A sample is lost on the way.
    Lost(Box<Sample>),
    /// It is unplugged.
    HangUp,
    /// It is plugged in again.
    Return,
}

impl What {
    /// What arrives at the port.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Banner(bytes)
            | Self::Noise(bytes)
            | Self::Recorded(bytes)
            | Self::Sent { bytes, .. } => bytes,
            Self::Lost(_) | Self::HangUp | Self::Return => &[],
        }
    }
}

/// What a sensor did so far, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Samples whose bytes arrived as they were sent.
    pub whole: usize,
    /// Samples some of whose bytes were changed.
    pub changed: usize,
    /// Samples that were lost on the way.
    pub lost: usize,
    /// Samples of which the protocol carries nothing, or that have no value.
    pub empty: usize,
    /// Bytes of samples, and recorded ones.
    pub bytes: usize,
    /// Bytes of noise.
    pub noise_bytes: usize,
    /// Times that the sensor was unplugged.
    pub hang_ups: usize,
}

impl Tally {
    /// Counts an act.
    pub const fn add(&mut self, what: &What) {
        match what {
            What::Sent { bytes, changed, .. } => {
                self.bytes += bytes.len();
                match (bytes.len(), *changed) {
                    (0, _) => self.empty += 1,
                    (_, 0) => self.whole += 1,
                    _ => self.changed += 1,
                }
            }
            What::Recorded(bytes) => self.bytes += bytes.len(),
            What::Lost(_) => self.lost += 1,
            What::Noise(bytes) => self.noise_bytes += bytes.len(),
            What::HangUp => self.hang_ups += 1,
            What::Banner(_) | What::Return => {}
        }
    }
}
