//! What a sensor speaks: a protocol that is known, or lines that the user described.

use super::text::layout::Layout;
use super::{Ask, Decode, Protocol, Setting};

/// What a sensor speaks.
#[derive(Debug, Clone)]
pub enum Speech {
    /// A known protocol.
    Known(&'static Protocol),
    /// Lines of text of this layout.
    Lines(Layout),
}

impl Speech {
    /// What lines of a layout are called, where a protocol has its name.
    pub const LINES: &'static str = "text-line";

    /// A decoder at the start of a stream.
    pub fn decoder(&self) -> Box<dyn Decode> {
        match self {
            Self::Known(protocol) => (protocol.decoder)(),
            Self::Lines(layout) => layout.clone().decoder(),
        }
    }

    /// Kebab case.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Known(protocol) => protocol.name,
            Self::Lines(_) => Self::LINES,
        }
    }

    /// For people.
    pub fn title(&self) -> &str {
        match self {
            Self::Known(protocol) => protocol.title,
            Self::Lines(layout) => layout.text(),
        }
    }

    /// The layout as the user wrote it.
    pub fn line(&self) -> Option<&str> {
        match self {
            Self::Known(_) => None,
            Self::Lines(layout) => Some(layout.text()),
        }
    }

    /// What can be written to it at so many bits a second; `None` where no settings are known.
    pub fn settings(&self, baud: u32) -> Option<Vec<Setting>> {
        match self {
            Self::Known(protocol) => protocol.configure.map(|configure| configure(baud)),
            Self::Lines(_) => None,
        }
    }

    /// How it is asked for a sample, where it has to be.
    pub const fn ask(&self) -> Option<Ask> {
        match self {
            Self::Known(protocol) => protocol.ask,
            Self::Lines(_) => None,
        }
    }
}

impl From<&'static Protocol> for Speech {
    fn from(protocol: &'static Protocol) -> Self {
        Self::Known(protocol)
    }
}
