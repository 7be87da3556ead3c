//! What came from one port, decoded.

use std::collections::BTreeMap;

use super::sensor::{Part, Sensor};
use crate::protocol::log::HeadPort;
use crate::protocol::{Decode, Decoded, Speech, recognise};
use crate::read::ReadOptions;
use crate::sample::{SensorPlace, SensorSamples};
use crate::warning::{Warning, Warnings};

/// A protocol that the log does not name is looked for in so many first bytes at most.
const MOST_WAITING: usize = 64 * 1024;
/// In no fewer than these, and then whenever they have doubled.
const FEWEST_WAITING: usize = 1024;
/// Notes of a device that are kept.
const MOST_NOTES: usize = 10_000;

/// One port of a capture.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) number: u8,
    pub(super) place: Option<SensorPlace>,
    speaks: Option<Speech>,
    decoder: Option<Box<dyn Decode>>,
    out: Decoded,
    /// Bytes that wait until their protocol is known, with their times of arrival.
    waiting: Vec<(f64, Vec<u8>)>,
    waiting_bytes: usize,
    next_look: usize,
    /// All bytes that were decoded.
    bytes: usize,
    samples: usize,
    /// Of those the decoder said were of no frame, when the last sample came.
    unsound: Unsound,
    /// Added to the decoder's own number of the segment.
    first_segment: u32,
    last_segment: u32,
    sensors: BTreeMap<u16, Sensor>,
    notes: Vec<(f64, String)>,
    /// When the port was lost or came back, and why.
    breaks: Vec<(f64, String)>,
}

/// What is of no sample.
#[derive(Debug, Clone, Copy, Default)]
struct Unsound {
    bytes: usize,
    samples: usize,
}

impl Port {
    pub(super) fn new(number: u8, head: Option<&HeadPort>) -> Self {
        Self {
            number,
            place: head.and_then(|head| head.place),
            speaks: head.and_then(HeadPort::speech),
            decoder: None,
            out: Decoded::default(),
            waiting: Vec::new(),
            waiting_bytes: 0,
            next_look: FEWEST_WAITING,
            bytes: 0,
            samples: 0,
            unsound: Unsound::default(),
            first_segment: 0,
            last_segment: 0,
            sensors: BTreeMap::new(),
            notes: Vec::new(),
            breaks: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8], arrival_s: f64) {
        if self.speaks.is_some() {
            self.decode(bytes, arrival_s);
        } else if self.waiting_bytes < MOST_WAITING {
            self.waiting_bytes += bytes.len();
            self.waiting.push((arrival_s, bytes.to_vec()));
            if self.waiting_bytes >= self.next_look {
                self.next_look *= 2;
                self.look();
            }
        }
    }

    /// The port was lost or is there again.
    pub(super) fn break_off(&mut self, at_s: f64, why: String) {
        if let Some(mut decoder) = self.decoder.take() {
            decoder.finish(&mut self.out);
            self.drain();
            self.first_segment = self.last_segment + 1;
            self.breaks.push((at_s, why));
        }
    }

    /// Looks for the protocol of what waits.
    fn look(&mut self) {
        let all: Vec<u8> = self
            .waiting
            .iter()
            .flat_map(|piece| piece.1.clone())
            .collect();
        self.speaks = recognise(&all).map(Speech::Known);
        if self.speaks.is_some() {
            for (arrival_s, bytes) in std::mem::take(&mut self.waiting) {
                self.decode(&bytes, arrival_s);
            }
        }
    }

    fn decode(&mut self, bytes: &[u8], arrival_s: f64) {
        let Some(speaks) = &self.speaks else {
            return;
        };
        let decoder = self.decoder.get_or_insert_with(|| speaks.decoder());
        decoder.push(bytes, arrival_s, &mut self.out);
        self.bytes += bytes.len();
        self.drain();
    }

    /// Hands the samples to their sensors.
    fn drain(&mut self) {
        let faults = &self.out.faults;
        let now = Unsound {
            bytes: faults.skipped_bytes,
            samples: faults.bad_quaternions + faults.bad_values,
        };
        for sample in std::mem::take(&mut self.out.samples) {
            self.samples += 1;
            let segment = self.first_segment.saturating_add(sample.segment);
            self.last_segment = self.last_segment.max(segment);
            let lost = self.lost(now);
            self.unsound = now;
            let sensor = self.sensors.entry(sample.sensor).or_default();
            sensor.push(&sample, segment, lost);
        }
        for note in std::mem::take(&mut self.out.notes) {
            if self.notes.len() < MOST_NOTES {
                self.notes.push((note.arrival_s, note.text));
            }
        }
    }

    /// How many samples were lost since the last one, from the bytes that were of no frame.
    fn lost(&self, now: Unsound) -> f64 {
        let sound = self
            .bytes
            .saturating_sub(now.bytes + self.out.faults.leading_bytes);
        let of_one = sound as f64 / self.samples.max(1) as f64;
        let bytes = now.bytes.saturating_sub(self.unsound.bytes) as f64;
        let whole = if of_one > 0.0 {
            (bytes / of_one).round()
        } else {
            0.0
        };
        whole + now.samples.saturating_sub(self.unsound.samples) as f64
    }

    /// The sensors behind it, and what they noted.
    pub(super) fn finish(
        mut self,
        options: &ReadOptions,
        warnings: &mut Warnings,
    ) -> (Vec<SensorSamples>, Vec<(f64, String)>) {
        if self.speaks.is_none() {
            self.look();
        }
        if let Some(mut decoder) = self.decoder.take() {
            decoder.finish(&mut self.out);
            self.drain();
        }
        self.warn(warnings);
        let several = self.sensors.len() > 1;
        let name = self.name();
        let mut found = Vec::new();
        for (number, sensor) in self.sensors {
            let Part {
                mut samples,
                dropped,
                restarts_s,
            } = sensor.finish(options.keep);
            samples.name = if several {
                format!("{name} {number}")
            } else {
                name.clone()
            };
            warnings.add_many(Warning::Gap, dropped, || {
                "samples were left out: their time is not known, or they came right after a sensor started anew, and a gap has to part them from those before".to_owned()
            });
            if !samples.is_empty() {
                let restarts = restarts_s.into_iter().map(|t| (t, "restart".to_owned()));
                self.notes.extend(restarts);
                found.push(samples);
            }
        }
        (found, self.notes)
    }

    fn name(&self) -> String {
        self.place.map_or_else(
            || format!("port {}", self.number),
            |place| place.name().to_owned(),
        )
    }

    fn warn(&self, warnings: &mut Warnings) {
        self.out.faults.warn(warnings);
        let (count, first) = (self.breaks.len(), self.breaks.first());
        warnings.add_many(Warning::Gap, count, || {
            let (at_s, why) = first.map_or((0.0, ""), |first| (first.0, first.1.as_str()));
            let why = crate::read::error::excerpt(why.as_bytes(), 80);
            format!("the port was lost at {at_s:.2} s: {why}; another segment begins")
        });
        if self.samples == 0 {
            let (name, bytes) = (self.name(), self.bytes + self.waiting_bytes);
            let known = self.speaks.as_ref();
            let known = known.map_or("no known protocol", Speech::name);
            warnings.add(Warning::SensorLeftOut, || {
                format!("{name}: {bytes} bytes came, and no sample in them ({known})")
            });
        }
    }
}
