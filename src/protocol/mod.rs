//! What sensors send over a serial port: bytes in, samples and counted faults out.
//!
//! A decoder knows no port, no clock and no file. It takes bytes in whatever pieces they come, together
//! with the time of their arrival, and gives the same samples however they were cut. It never fails and
//! never panics: what is not sound is counted in [`Faults`]. Each decoder converts to the convention of
//! [`crate::sample`] itself; past here nothing knows a vendor. The readers of recorded streams use the
//! same decoding.
//!
//! One file (or folder) holds one protocol, and explains it from nothing. [`PROTOCOLS`] lists them.

pub mod clock_fit;
pub mod framing;
pub mod log;
pub mod bno055_uart;
pub mod bno08x_rvc;
pub mod hatire;
pub mod hipnuc;
pub mod lpms;
pub mod neckrom_line;
pub mod ngimu;
pub mod teapot;
pub mod text;
pub mod vectornav;
pub mod witmotion;
pub mod xbus;
pub mod ximu3;
pub mod yost;
pub(crate) mod clock;
mod decoded;
mod recognise;
mod settings;
mod speech;
mod stream;
mod track;
pub(crate) mod turn;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod damaged;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod vectors;

use std::fmt;

pub use decoded::{Decoded, Faults, Note, Sample};
pub use recognise::{Recognised, recognise, score};
pub use settings::Setting;
pub use speech::Speech;

/// Turns a stream of bytes into samples.
pub trait Decode: fmt::Debug + Send {
    /// Takes the next bytes, which came at `arrival_s` (seconds on any clock that does not go back;
    /// NaN where it is unknown), and adds what they complete.
    fn push(&mut self, bytes: &[u8], arrival_s: f64, out: &mut Decoded);

    /// At the end of the stream: adds what was held back, and counts what has no end.
    fn finish(&mut self, out: &mut Decoded);
}

/// What shows that a frame is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Bare numbers in a line, as many as expected and plausible.
    Numbers,
    /// Marks or words around it, and plausible content; a changed bit inside shows only by chance.
    Marks,
    /// A sum or a CRC.
    Sum,
}

/// How a sensor is asked that sends nothing by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ask {
    /// Asks for the newest sample; changes no setting.
    pub request: &'static [u8],
    /// Bytes of the answer.
    pub answer_bytes: u16,
    /// Samples a second that the sensor makes: asked more often, it has nothing new.
    pub rate_hz: f64,
}

/// Bits on the wire for a byte, with start and stop.
const BITS: f64 = 10.0;
/// So much of the time may the line be busy with requests and answers.
const BUSY: f64 = 0.8;

impl Ask {
    /// Seconds from one request to the next on a port of so many bits a second: as often as there is
    /// something new and the line carries it.
    pub fn every_s(&self, baud: u32) -> f64 {
        let bytes = self.request.len() as f64 + f64::from(self.answer_bytes);
        let on_line_s = bytes * BITS / f64::from(baud.max(1));
        (on_line_s / BUSY).max(1.0 / self.rate_hz)
    }
}

/// A protocol that can be decoded.
#[derive(Debug, Clone, Copy)]
pub struct Protocol {
    /// Kebab case.
    pub name: &'static str,
    /// For people: vendor and kind.
    pub title: &'static str,
    /// Which channels it gives.
    pub gives: &'static str,
    /// What the decoding was checked against.
    pub checked: &'static str,
    /// Rates that such devices are set to, the usual one first; a device on USB may not care.
    pub baud_rates: &'static [u32],
    /// What shows that a frame is whole.
    pub evidence: Evidence,
    /// How it is asked for a sample; `None` for a device that sends by itself.
    pub ask: Option<Ask>,
    /// What to write, in order, so that it sends what is needed at a rate that fits these bits a second;
    /// `None` where no settings are known.
    pub configure: Option<fn(u32) -> Vec<Setting>>,
    /// A decoder at the start of a stream.
    pub decoder: fn() -> Box<dyn Decode>,
    /// Adds a sample as the device would send it, in as many digits as it has; `None` where nothing
    /// needs it. What the protocol cannot carry is left out. Where it counts, each sample needs a
    /// counter: two samples of one number are one.
    pub encode: Option<fn(&Sample, &mut Vec<u8>)>,
}

/// All protocols, in order of trust: where two fit a stream equally well, the first is taken.
pub const PROTOCOLS: &[Protocol] = &[
    neckrom_line::PROTOCOL,
    xbus::PROTOCOL,
    vectornav::PROTOCOL,
    hipnuc::PROTOCOL,
    lpms::PROTOCOL,
    witmotion::PROTOCOL,
    bno08x_rvc::PROTOCOL,
    yost::PROTOCOL,
    ximu3::PROTOCOL,
    ngimu::PROTOCOL,
    hatire::PROTOCOL,
    teapot::PROTOCOL,
    bno055_uart::PROTOCOL,
    text::mpu6050_dmp::PROTOCOL,
    text::razor_ahrs::PROTOCOL,
    text::arduino_ahrs::PROTOCOL,
    text::adafruit_bno055::PROTOCOL,
    text::adafruit_bno08x::PROTOCOL,
    text::json_lines::PROTOCOL,
    text::razor_m0::PROTOCOL,
    text::sparkfun_bno080::PROTOCOL,
];

/// The protocol of this name.
pub fn by_name(name: &str) -> Option<&'static Protocol> {
    PROTOCOLS.iter().find(|protocol| protocol.name == name)
}
