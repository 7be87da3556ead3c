//! XML, one piece at a time, of bounded length and depth; entities of the text's own are not followed.

use std::io::{self, BufRead, Read};

use quick_xml::Reader;
use quick_xml::errors::Error as XmlError;
use quick_xml::events::Event;

use super::error::excerpt;
use super::{ReadError, stream_error};
use crate::warning::{Warning, Warnings};

/// No tag or text of a recording is longer.
pub(super) const MAX_PIECE: usize = 1024 * 1024;
/// No recording nests deeper.
const MAX_DEPTH: usize = 64;

/// Shows every event of an XML text, until one breaks off; a text that is cut off is a warning.
pub(super) fn events(
    reader: &mut dyn BufRead,
    warnings: &mut Warnings,
    mut each: impl FnMut(&Event<'_>, &mut Warnings) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut xml = Reader::from_reader(Limited { reader, left: 0 });
    let (mut piece, mut depth) = (Vec::new(), 0_usize);
    loop {
        piece.clear();
        xml.get_mut().left = MAX_PIECE;
        let event = match xml.read_event_into(&mut piece) {
            Ok(Event::Eof) if depth == 0 => return Ok(()),
            Ok(Event::Eof) | Err(XmlError::Syntax(_)) => {
                warnings.add(Warning::CutOff, || "the XML ends too early".to_owned());
                return Ok(());
            }
            Ok(event) => event,
            Err(XmlError::Io(error)) => {
                return Err(stream_error(io::Error::new(
                    error.kind(),
                    error.to_string(),
                )));
            }
            Err(error) => return Err(damaged(&error.to_string())),
        };
        if matches!(event, Event::Start(_)) {
            depth += 1;
        } else if matches!(event, Event::End(_)) {
            depth = depth.saturating_sub(1);
        }
        if depth > MAX_DEPTH {
            return Err(damaged("tags are nested too deep"));
        }
        each(&event, warnings)?;
    }
}

fn damaged(what: &str) -> ReadError {
    ReadError::Damaged {
        what: excerpt(what.as_bytes(), 120),
    }
}

/// A reader that gives only so much, so that one piece of XML cannot fill the memory.
struct Limited<'r> {
    reader: &'r mut dyn BufRead,
    left: usize,
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl BufRead for Limited<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            let message = "a tag or text is longer than 1 MiB";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount);
        self.reader.consume(amount);
    }
}
