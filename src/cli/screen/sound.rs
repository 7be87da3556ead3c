//! What a capture sounds with: the terminal's bell, or tones on a loudspeaker.

use std::io::{self, Write};

use crate::capture::live::Tone;

#[cfg(feature = "sound")]
use super::speaker::Speaker;

/// What sounds.
#[derive(Debug)]
pub enum Sound {
    /// Nothing.
    Off,
    /// The terminal's bell: once as a step begins, twice as it is done, three times as a warning.
    Bell,
    /// Tones.
    #[cfg(feature = "sound")]
    Speaker(Speaker),
}

impl Sound {
    /// The loudspeaker; the bell, and a message to `err` that says so, where there is none.
    ///
    /// # Errors
    /// This program was built without it.
    #[cfg(feature = "sound")]
    pub fn speaker(err: &mut dyn Write) -> anyhow::Result<Self> {
        match Speaker::open() {
            Ok(speaker) => Ok(Self::Speaker(speaker)),
            Err(why) => {
                writeln!(
                    err,
                    "no loudspeaker ({why}); the terminal's bell sounds in its place"
                )?;
                Ok(Self::Bell)
            }
        }
    }

    /// The loudspeaker; the bell, and a message to `err` that says so, where there is none.
    ///
    /// # Errors
    /// This program was built without it.
    #[cfg(not(feature = "sound"))]
    pub fn speaker(_: &mut dyn Write) -> anyhow::Result<Self> {
        anyhow::bail!(
            "--sound: this program was built without tones. Build it with \
             cargo install --path . --features sound (on Linux with libasound2-dev installed), or leave \
             --sound out: the terminal's bell sounds by itself"
        )
    }

    /// The bell needs a terminal.
    #[must_use]
    pub(crate) fn on(self, terminal: bool) -> Self {
        if matches!(self, Self::Bell) && !terminal {
            Self::Off
        } else {
            self
        }
    }

    /// Sounds; a bell is written to `out`.
    pub(super) fn play(&mut self, tone: Tone, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Off => return Ok(()),
            Self::Bell => {}
            #[cfg(feature = "sound")]
            Self::Speaker(speaker) => {
                if speaker.play(tone) {
                    return Ok(());
                }
                // It was unplugged.
                *self = Self::Bell;
            }
        }
        let bells: &[u8] = match tone {
            Tone::Begin => b"\x07",
            Tone::End => b"\x07\x07",
            Tone::Warning => b"\x07\x07\x07",
        };
        out.write_all(bells)?;
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(mut sound: Sound) -> Vec<u8> {
        let mut out = Vec::new();
        sound.play(Tone::Begin, &mut out).unwrap();
        sound.play(Tone::End, &mut out).unwrap();
        out
    }

    #[test]
    fn a_bell_rings_on_a_terminal_alone() {
        assert_eq!(written(Sound::Bell.on(true)), b"\x07\x07\x07");
        assert_eq!(written(Sound::Bell.on(false)), b"");
        assert_eq!(written(Sound::Off.on(true)), b"");
    }

    #[test]
    #[cfg(not(feature = "sound"))]
    fn without_the_feature_it_is_said_how_to_get_it() {
        let said = Sound::speaker(&mut Vec::new()).unwrap_err().to_string();
        assert!(said.contains("--features sound"), "{said}");
    }
}
