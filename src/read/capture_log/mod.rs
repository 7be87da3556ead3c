//! The log of `neckrom capture`: the bytes of one or two live sensors, with their times of arrival.
//!
//! [`crate::protocol::log`] describes it to the byte, and [`crate::protocol`] the streams inside. What a
//! sensor sent is decoded as it was while the capture ran. All times are seconds since its start: the
//! sensor's own clock, or its counter, brought to the clock of arrival by the lower hull of both
//! ([`crate::protocol::clock_fit`]), so that head and trunk share one. A port that was lost and came back,
//! and a sensor that started anew, begin another stretch; between two stretches is a gap, never a step
//! that looks like a movement. Marks are events: `begin NAME` and `end NAME` are the two ends of one.

mod columns;
mod port;
mod sensor;

use self::port::Port;
use super::together::alone;
use super::{Detected, Format, ReadError, ReadOptions, Source, stream_error};
use crate::protocol::log::{Chunk, Damage, Head, Kind, MAGIC, Reader};
use crate::sample::{Recording, SensorPlace, SensorSamples, events_of_marks};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "capture-log",
    title: "Log of neckrom capture",
    extensions: &["neckrom"],
    gives: "what the sensor sends: quaternion, gyroscope, accelerometer, magnetometer; marks",
    checked: "files written by this program",
    detect,
    together: alone,
    read,
};

fn detect(bytes: &[u8]) -> Detected {
    Detected::recording_if(bytes.starts_with(MAGIC))
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let reader = Reader::new(&mut *source.reader).map_err(stream_error)?;
    let mut reader = reader.ok_or_else(|| ReadError::Damaged {
        what: "its first line is not that of a log of version 1".to_owned(),
    })?;
    let mut log = Log::default();
    while let Some(chunk) = reader.next_chunk().map_err(stream_error)? {
        log.take(chunk);
    }
    warn_of(reader.damage(), log.end.as_deref(), warnings);
    log.recording(options, warnings)
}

/// What was unsound in the log itself, and whether it has an end.
fn warn_of(damage: Damage, end: Option<&str>, warnings: &mut Warnings) {
    warnings.add_many(Warning::CorruptFrame, damage.stretches, || {
        format!("{} bytes of the log are damaged", damage.bytes)
    });
    let torn = damage.torn_bytes;
    if end.is_none() {
        warnings.add(Warning::CutOff, || {
            format!("the capture ended without notice; its last {torn} bytes are torn and were cut")
        });
    }
}

/// What has been read of a log.
#[derive(Debug, Default)]
struct Log {
    head: Head,
    ports: Vec<Port>,
    marks: Vec<(f64, String)>,
    end: Option<String>,
    last_s: f64,
}

impl Log {
    fn take(&mut self, chunk: Chunk) {
        let at_s = chunk.time_s();
        self.last_s = self.last_s.max(at_s);
        match chunk.kind {
            Kind::Head(head) => self.head = *head,
            Kind::Bytes(bytes) => {
                let port = self.port(chunk.port);
                port.push(&bytes, at_s);
            }
            Kind::Mark(label) => self.marks.push((at_s, label)),
            Kind::Segment(why) => self.port(chunk.port).break_off(at_s, why),
            Kind::End(why) => self.end = Some(why),
        }
    }

    fn port(&mut self, number: u8) -> &mut Port {
        let head = self.head.ports.get(usize::from(number));
        let found = self.ports.iter().position(|port| port.number == number);
        let at = found.unwrap_or_else(|| {
            self.ports.push(Port::new(number, head));
            self.ports.len() - 1
        });
        &mut self.ports[at]
    }

    fn recording(
        self,
        options: &ReadOptions,
        warnings: &mut Warnings,
    ) -> Result<Recording, ReadError> {
        let mut sensors = Vec::new();
        let mut marks = self.marks;
        for port in self.ports {
            let place = port.place;
            let (found, notes) = port.finish(options, warnings);
            sensors.extend(found.into_iter().map(|sensor| (place, sensor)));
            marks.extend(notes);
        }
        if sensors.is_empty() {
            return Err(ReadError::NoRows);
        }
        let mut recording = Recording {
            sensors: placed(sensors),
            ..Recording::default()
        };
        let about = &mut recording.about;
        about.events = events_of_marks(&marks, self.last_s);
        about.subject = self.head.subject;
        about.visit = self.head.visit;
        about.task = self.head.task;
        about.date = self
            .head
            .start
            .and_then(|start| Some(start.get(..10)?.to_owned()));
        about.simulated = self.head.simulated;
        Ok(recording)
    }
}

/// The first sensor of a port sits where the log says; the second of a head's port on the trunk, unless
/// a port has that.
fn placed(sensors: Vec<(Option<SensorPlace>, SensorSamples)>) -> Vec<SensorSamples> {
    let mut taken: Vec<SensorPlace> = Vec::new();
    let has_trunk = sensors
        .iter()
        .any(|(place, _)| *place == Some(SensorPlace::Trunk));
    let place_of = |(place, mut sensor): (Option<SensorPlace>, SensorSamples)| {
        let free = |place: &SensorPlace| !taken.contains(place);
        let second = (place == Some(SensorPlace::Head) && !has_trunk).then_some(SensorPlace::Trunk);
        sensor.place = place.filter(free).or(second.filter(free));
        taken.extend(sensor.place);
        sensor
    };
    sensors.into_iter().map(place_of).collect()
}

#[cfg(test)]
mod tests;
