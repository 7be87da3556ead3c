//! Xsens MVN, `.mvnx`: the body model of a motion capture suit, XML.
//!
//! ```text
//! <mvnx version="4"><subject frameRate="60" …>
//!   <segments><segment label="Pelvis" id="1"/> … </segments>
//!   <frames><frame time="17" index="1" type="normal" ms="…"><orientation>w x y z w x y z …</orientation> … </frame>
//! ```
//!
//! Everything a segment stands in the order of `segments`; `orientation` is w first, segment to an
//! earth with Z up. Segments have X forward, Y left and Z up in the T-pose, so they are the body's own
//! axes and not a sensor's. Head and T8 are taken as head and trunk, and segments that the user names.
//! Only frames of type `normal` are movement: `identity` and `tpose` come before. `time` is whole
//! milliseconds, so a frame's time is its index over the rate.
//!
//! Left out: `sensorFreeAcceleration`, which is without gravity and of other axes than the segment's;
//! `jointAngleErgo`, in which `T8_Head` is the software's own angle of the head against T8 (bend,
//! axial rotation and flexion, forward positive, in degrees); names and paths of the subject.

use nalgebra::Quaternion;
use quick_xml::events::{BytesStart, Event};

use super::error::excerpt;
use super::number::number;
use super::together::alone;
use super::xml::events;
use super::{Detected, Format, ReadError, ReadOptions, Source};
use crate::sample::{Recording, SensorPlace, SensorSamples};
use crate::warning::{Warning, Warnings};

/// This format.
pub const FORMAT: Format = Format {
    name: "mvnx",
    title: "Xsens MVN (XML)",
    extensions: &["mvnx"],
    gives: "quaternion of head and T8",
    checked: "from documentation",
    detect,
    together: alone,
    read,
};

const HEAD: &str = "Head";
const TRUNK: &str = "T8";
/// No body model has more.
const MAX_SEGMENTS: usize = 256;

fn detect(bytes: &[u8]) -> Detected {
    let is_xml = bytes.trim_ascii_start().starts_with(b"<");
    Detected::recording_if(is_xml && memchr::memmem::find(bytes, b"<mvnx").is_some())
}

fn read(
    source: &mut Source<'_>,
    options: &ReadOptions,
    warnings: &mut Warnings,
) -> Result<Recording, ReadError> {
    let mut body = Body::default();
    events(source.reader, warnings, |event, warnings| {
        body.take(event, options, warnings)
    })?;
    warnings.add_many(
        Warning::SensorLeftOut,
        body.subjects.saturating_sub(1),
        || "only the first of several subjects is read".to_owned(),
    );
    body.recording(options)
}

/// What has been read of a file.
#[derive(Debug, Default)]
struct Body {
    subjects: usize,
    rate_hz: Option<f64>,
    segments: Vec<String>,
    /// Positions among the segments of those that are kept.
    kept: Vec<usize>,
    index: Vec<f64>,
    /// For each of `kept`.
    quaternions: Vec<Vec<Quaternion<f64>>>,
    inside: Inside,
}

/// The element that is being read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Other,
    /// The list of the body's segments; those of gloves are listed and given elsewhere.
    Segments,
    /// A frame of movement.
    Frame,
    /// The orientations in a frame of movement.
    Orientation,
}

impl Body {
    fn take(
        &mut self,
        event: &Event<'_>,
        options: &ReadOptions,
        warnings: &mut Warnings,
    ) -> Result<(), ReadError> {
        match event {
            Event::Start(tag) => self.open(tag, options)?,
            Event::Empty(tag) => {
                self.open(tag, options)?;
                self.close(tag.local_name().into_inner());
            }
            Event::Text(text) if self.inside == Inside::Orientation => {
                self.orientations(text, warnings);
            }
            Event::End(tag) => self.close(tag.local_name().into_inner()),
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_)
            | Event::Eof => {}
        }
        Ok(())
    }

    fn open(&mut self, tag: &BytesStart<'_>, options: &ReadOptions) -> Result<(), ReadError> {
        let name = tag.local_name().into_inner();
        self.subjects += usize::from(name == "subject");
        if self.subjects > 1 {
            return Ok(());
        }
        match name {
            "subject" => self.rate_hz = positive(tag, "frameRate"),
            "segments" => self.inside = Inside::Segments,
            "segment" if self.inside == Inside::Segments && self.segments.len() < MAX_SEGMENTS => {
                self.segments
                    .push(attribute(tag, "label").unwrap_or_default());
            }
            "frames" => self.choose(options)?,
            "frame" => self.frame(tag),
            "orientation" if self.inside == Inside::Frame => self.inside = Inside::Orientation,
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str) {
        self.inside = match (name, self.inside) {
            ("segments" | "frame", _) => Inside::Other,
            ("orientation", Inside::Orientation) => Inside::Frame,
            (_, inside) => inside,
        };
    }

    /// Which segments are kept.
    fn choose(&mut self, options: &ReadOptions) -> Result<(), ReadError> {
        let named = [&options.head, &options.trunk].into_iter().flatten();
        let wanted: Vec<&str> = [HEAD, TRUNK]
            .into_iter()
            .chain(named.map(String::as_str))
            .collect();
        let is_kept = |label: &String| wanted.iter().any(|name| name.eq_ignore_ascii_case(label));
        let segments = self.segments.iter().enumerate();
        self.kept = segments
            .filter(|(_, label)| is_kept(label))
            .map(|(at, _)| at)
            .collect();
        self.quaternions = vec![Vec::new(); self.kept.len()];
        if self.kept.is_empty() {
            let labels: Vec<String> = self
                .segments
                .iter()
                .take(30)
                .map(|l| excerpt(l.as_bytes(), 40))
                .collect();
            return Err(ReadError::NoOrientation {
                has: format!("no segment Head or T8 but: {}", labels.join(", ")),
            });
        }
        Ok(())
    }

    fn frame(&mut self, tag: &BytesStart<'_>) {
        let kind = attribute(tag, "type").unwrap_or_else(|| "normal".to_owned());
        self.inside = Inside::Other;
        if kind == "normal" {
            self.inside = Inside::Frame;
            let next = self.index.last().map_or(0.0, |last| last + 1.0);
            let index = number_of(tag, "index").unwrap_or(next);
            self.index.push(index);
            let missing = Quaternion::new(f64::NAN, f64::NAN, f64::NAN, f64::NAN);
            for one in &mut self.quaternions {
                one.push(missing);
            }
        }
    }

    /// The orientations of one frame, four numbers a segment.
    fn orientations(&mut self, text: &str, warnings: &mut Warnings) {
        self.inside = Inside::Frame;
        let expected = 4 * self.segments.len();
        let words = text.split_ascii_whitespace();
        let values: Vec<f64> = words.map(value).collect();
        if values.len() != expected {
            let (found, frame) = (values.len(), self.index.len());
            warnings.add(Warning::CorruptFrame, || {
                format!("frame {frame} has {found} numbers of orientation, not {expected}")
            });
            return;
        }
        for (at, one) in self.kept.iter().zip(&mut self.quaternions) {
            if let (Some([w, x, y, z]), Some(last)) =
                (values.get(4 * at..4 * at + 4), one.last_mut())
            {
                *last = Quaternion::new(*w, *x, *y, *z);
            }
        }
    }

    fn recording(self, options: &ReadOptions) -> Result<Recording, ReadError> {
        if self.index.is_empty() {
            return Err(ReadError::NoRows);
        }
        let rate_hz = options.rate_hz.or(self.rate_hz).ok_or(ReadError::NoRate)?;
        let time_s: Vec<f64> = self.index.iter().map(|index| index / rate_hz).collect();
        let sensor = |(at, quaternions): (&usize, Vec<Quaternion<f64>>)| {
            let name = self.segments.get(*at).cloned().unwrap_or_default();
            SensorSamples {
                place: place(&name),
                name,
                time_s: time_s.clone(),
                earth_from_sensor: Some(quaternions),
                ..SensorSamples::default()
            }
        };
        let sensors = self.kept.iter().zip(self.quaternions).map(sensor).collect();
        Ok(Recording {
            sensors,
            ..Recording::default()
        })
    }
}

fn place(segment: &str) -> Option<SensorPlace> {
    if segment.eq_ignore_ascii_case(HEAD) {
        Some(SensorPlace::Head)
    } else if segment.eq_ignore_ascii_case(TRUNK) {
        Some(SensorPlace::Trunk)
    } else {
        None
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.try_get_attribute(name).ok().flatten()?;
    Some(found.value.chars().take(80).collect())
}

fn number_of(tag: &BytesStart<'_>, name: &str) -> Option<f64> {
    let text = attribute(tag, name)?;
    Some(value(text.trim())).filter(|value| value.is_finite())
}

fn positive(tag: &BytesStart<'_>, name: &str) -> Option<f64> {
    number_of(tag, name).filter(|value| *value > 0.0)
}

/// A whole word as a number, else NaN.
fn value(word: &str) -> f64 {
    match number(word.as_bytes()) {
        Some((value, length)) if length == word.len() => value,
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::read::read_bytes;
    use crate::read::xml::MAX_PIECE;

    const HEADER: &str = "<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY b \"c\">]>\n\
        <mvnx version=\"4\"><subject label=\"Somebody\" frameRate=\"50\" originalFilename=\"C:\\who\">\n\
        <segments><segment label=\"Pelvis\" id=\"1\"><points/></segment><segment label=\"T8\"/>\
        <segment label=\"Head\"/></segments><frames>\n";
    const FRAMES: &str = "<frame index=\"\" type=\"tpose\"><orientation>1 0 0 0 1 0 0 0 1 0 0 0</orientation></frame>\
        <frame time=\"0\" index=\"0\" type=\"normal\"><orientation>1 0 0 0 0 1 0 0 0 0 1 0</orientation></frame>\
        <frame time=\"60\" index=\"3\" type=\"normal\"><position>1 2 3</position>\
        <orientation>1 0 0 0 0 0 0 1 \n0.5 0.5 0.5 -0.5</orientation></frame>";
    const END: &str = "</frames></subject></mvnx>";

    fn read_text(text: &str, options: &ReadOptions) -> Result<(Recording, Warnings), ReadError> {
        read_bytes(&FORMAT, text.as_bytes(), options)
    }

    #[test]
    fn head_and_t8_of_normal_frames_are_read() {
        let text = [HEADER, FRAMES, END].concat();
        assert_eq!(detect(text.as_bytes()), Detected::Recording);
        let (recording, warnings) = read_text(&text, &ReadOptions::default()).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        let [trunk, head] = recording.sensors.as_slice() else {
            panic!("{recording:?}")
        };
        assert_eq!((trunk.name.as_str(), head.name.as_str()), ("T8", "Head"));
        assert_eq!(trunk.place, Some(SensorPlace::Trunk));
        assert_eq!(head.place, Some(SensorPlace::Head));
        assert_relative_eq!(head.time_s[1], 0.06);
        let q = head.earth_from_sensor.as_ref().unwrap();
        assert_eq!(q[0], Quaternion::new(0.0, 0.0, 1.0, 0.0));
        assert_eq!(q[1], Quaternion::new(0.5, 0.5, 0.5, -0.5));
        assert_eq!(recording.about, crate::sample::About::default());
    }

    #[test]
    fn a_segment_that_the_user_names_is_read_too() {
        let options = ReadOptions {
            trunk: Some("pelvis".to_owned()),
            ..ReadOptions::default()
        };
        let (recording, _) = read_text(&[HEADER, FRAMES, END].concat(), &options).unwrap();
        assert_eq!(recording.sensors.len(), 3);
    }

    #[test]
    fn fingers_are_no_segments_of_the_body() {
        let fingers = "</segments><fingerTrackingSegmentsLeft><segment label=\"LeftCarpus\"/>\
                       </fingerTrackingSegmentsLeft>";
        let text = [&HEADER.replace("</segments>", fingers), FRAMES, END].concat();
        let (recording, warnings) = read_text(&text, &ReadOptions::default()).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(recording.sensors[1].len(), 2);
    }

    #[test]
    fn a_cut_off_file_keeps_what_is_whole() {
        for (tail, rows) in [
            ("", 2),
            ("<frame index=\"4\"><orientation>1 0 0", 3),
            ("<fra", 2),
        ] {
            let text = [HEADER, FRAMES, tail].concat();
            let (recording, warnings) = read_text(&text, &ReadOptions::default()).unwrap();
            assert_eq!(recording.sensors[0].len(), rows, "{tail}");
            assert_eq!(warnings.count(Warning::CutOff), 1, "{tail}");
        }
    }

    #[test]
    fn a_frame_with_too_few_numbers_is_missing() {
        let frame = "<frame index=\"4\"><orientation>1 0 0 0</orientation></frame>";
        let text = [HEADER, FRAMES, frame, END].concat();
        let (recording, warnings) = read_text(&text, &ReadOptions::default()).unwrap();
        assert!(
            recording.sensors[0].earth_from_sensor.as_ref().unwrap()[2]
                .w
                .is_nan()
        );
        assert_eq!(warnings.count(Warning::CorruptFrame), 1);
    }

    #[test]
    fn what_is_missing_or_hostile_is_said() {
        let none = ReadOptions::default();
        let other = HEADER.replace("T8", "L5").replace("\"Head\"", "\"Hand\"");
        let error = read_text(&[&other, FRAMES, END].concat(), &none).unwrap_err();
        assert!(error.to_string().contains("Pelvis, L5, Hand"), "{error}");
        let no_rate = HEADER.replace("frameRate", "rate");
        let error = read_text(&[&no_rate, FRAMES, END].concat(), &none).unwrap_err();
        assert!(matches!(error, ReadError::NoRate), "{error}");
        let error = read_text(&[HEADER, END].concat(), &none).unwrap_err();
        assert!(matches!(error, ReadError::NoRows), "{error}");
        for hostile in [
            "<a>".repeat(100),
            "1 ".repeat(MAX_PIECE),
            "\u{0}</b>".to_owned(),
        ] {
            let error = read_text(&[HEADER, &hostile].concat(), &none).unwrap_err();
            assert!(matches!(error, ReadError::Damaged { .. }), "{error}");
        }
    }
}
