//! What the XML of an XDF stream says of it.

use quick_xml::events::{BytesStart, Event};

use crate::read::ReadError;
use crate::read::error::excerpt;
use crate::read::xml::events;
use crate::warning::Warnings;

/// No stream of sensors has more channels.
pub(super) const MAX_CHANNELS: usize = 4096;

/// How the values of a stream are written, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Float32,
    Double64,
    Int8,
    Int16,
    Int32,
    Int64,
}

impl Number {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "float32" => Self::Float32,
            "double64" => Self::Double64,
            "int8" => Self::Int8,
            "int16" => Self::Int16,
            "int32" => Self::Int32,
            "int64" => Self::Int64,
            _ => return None,
        })
    }

    /// Bytes of a value.
    pub(super) const fn size(self) -> usize {
        match self {
            Self::Int8 => 1,
            Self::Int16 => 2,
            Self::Float32 | Self::Int32 => 4,
            Self::Double64 | Self::Int64 => 8,
        }
    }

    /// The value at the start of `bytes`; NaN when they are too few.
    pub(super) fn value(self, bytes: &[u8]) -> f64 {
        let value = match self {
            Self::Float32 => bytes
                .first_chunk()
                .map(|b| f64::from(f32::from_le_bytes(*b))),
            Self::Double64 => bytes.first_chunk().map(|b| f64::from_le_bytes(*b)),
            Self::Int8 => bytes
                .first_chunk()
                .map(|b| f64::from(i8::from_le_bytes(*b))),
            Self::Int16 => bytes
                .first_chunk()
                .map(|b| f64::from(i16::from_le_bytes(*b))),
            Self::Int32 => bytes
                .first_chunk()
                .map(|b| f64::from(i32::from_le_bytes(*b))),
            Self::Int64 => bytes.first_chunk().map(|b| i64::from_le_bytes(*b) as f64),
        };
        value.unwrap_or(f64::NAN)
    }
}

/// One channel of a stream, as it is described.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ChannelInfo {
    pub(super) label: String,
    pub(super) unit: String,
    pub(super) kind: String,
}

/// A stream's header, or the file's.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Info {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) count: usize,
    /// Zero for samples that come when they like.
    pub(super) rate_hz: f64,
    /// `None` for text.
    pub(super) number: Option<Number>,
    pub(super) channels: Vec<ChannelInfo>,
    /// Of the file, as it was written.
    pub(super) date: String,
}

impl Info {
    pub(super) fn parse(xml: &[u8], warnings: &mut Warnings) -> Result<Self, ReadError> {
        let mut info = Self::default();
        let mut path: Vec<String> = Vec::new();
        let mut text: &[u8] = xml;
        events(&mut text, warnings, |event, _warnings| {
            info.take(event, &mut path);
            Ok(())
        })?;
        Ok(info)
    }

    fn take(&mut self, event: &Event<'_>, path: &mut Vec<String>) {
        match event {
            Event::Start(tag) => self.open(tag, path),
            Event::End(_) => drop(path.pop()),
            Event::Text(text) => self.text(text.trim(), path),
            Event::CData(text) => self.text(text.trim(), path),
            Event::Empty(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_)
            | Event::Eof => {}
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>, path: &mut Vec<String>) {
        path.push(tag.local_name().into_inner().to_owned());
        let is_channel = path.ends_with(&["channels".to_owned(), "channel".to_owned()]);
        if is_channel && self.channels.len() < MAX_CHANNELS {
            self.channels.push(ChannelInfo::default());
        }
    }

    fn text(&mut self, text: &str, path: &[String]) {
        if text.is_empty() {
            return;
        }
        let short = || excerpt(text.as_bytes(), 100);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["info", "name"] => self.name = short(),
            ["info", "type"] => self.kind = short(),
            ["info", "datetime"] => self.date = short(),
            ["info", "channel_count"] => self.count = text.parse().unwrap_or_default(),
            ["info", "channel_format"] => self.number = Number::named(text),
            ["info", "nominal_srate"] => {
                let rate = text.parse().ok();
                self.rate_hz = rate
                    .filter(|rate: &f64| rate.is_finite() && *rate > 0.0)
                    .unwrap_or(0.0);
            }
            [.., "channels", "channel", key] => self.channel_text(key, short()),
            _ => {}
        }
    }

    fn channel_text(&mut self, key: &str, text: String) {
        let Some(channel) = self.channels.last_mut() else {
            return;
        };
        match key {
            "label" => channel.label = text,
            "unit" => channel.unit = text,
            "type" => channel.kind = text,
            _ => {}
        }
    }
}
