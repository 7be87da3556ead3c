//! Sensors that are none, played out of pseudo-terminals in time: what `virtual-headband` and `replay`
//! share.

#[cfg(unix)]
mod player;

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::capture::played::Acts;
use crate::protocol::{PROTOCOLS, Protocol, Speech, by_name};
use crate::sample::SensorPlace;

/// One sensor, and the port that it is to have.
pub struct Part {
    /// Where it sits.
    pub place: SensorPlace,
    /// What it does.
    pub acts: Acts,
    /// What it speaks, where that is known: some sensors wait to be asked.
    pub speaks: Option<Speech>,
    /// The link to its port.
    pub link: PathBuf,
}

/// How a sensor is played; shared by the commands that play one.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Playing")]
pub struct PlayingArgs {
    /// Path of the port to make, a symbolic link; the trunk sensor's has -trunk added to it. By default in
    /// the folder for such files, named by the process
    #[arg(long, value_name = "PATH")]
    pub link: Option<PathBuf>,
    /// So many times as fast
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = factor)]
    pub speed: f64,
    /// Begin when a program opens the port
    #[arg(long)]
    pub wait: bool,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut part = f.debug_struct("Part");
        part.field("place", &self.place).field("link", &self.link);
        part.finish_non_exhaustive()
    }
}

impl PlayingArgs {
    /// The link of the sensor at a place.
    pub fn link_of(&self, place: SensorPlace) -> PathBuf {
        let chosen = self.link.clone().unwrap_or_else(default_link);
        match place {
            SensorPlace::Head => chosen,
            SensorPlace::Trunk => {
                let mut name = chosen.file_name().unwrap_or_default().to_owned();
                name.push("-trunk");
                chosen.with_file_name(name)
            }
        }
    }

    /// Plays sensors until all is done or somebody ends it: their paths go to `out`, one a line, the
    /// head's first; what happens goes to `err`.
    ///
    /// # Errors
    /// When there is no pseudo-terminal or a link cannot be made; always on Windows.
    #[cfg(unix)]
    pub fn play(
        &self,
        parts: Vec<Part>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> anyhow::Result<()> {
        player::play(parts, self, out, err)
    }

    /// Says that there are no pseudo-terminals.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(unix))]
    pub fn play(
        &self,
        _parts: Vec<Part>,
        _out: &mut dyn Write,
        _err: &mut dyn Write,
    ) -> anyhow::Result<()> {
        anyhow::bail!("this needs a pseudo-terminal, which Linux and macOS have; use one of them")
    }
}

/// In the user's own folder for such files, else in the one for temporary files.
fn default_link() -> PathBuf {
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let folder = own.filter(|folder| folder.is_absolute() && folder.is_dir());
    let name = format!("neckrom-headband-{}", std::process::id());
    folder
        .unwrap_or_else(std::env::temp_dir)
        .join(Path::new(&name))
}

/// A protocol that can be spoken, by its name.
pub(super) fn speakable(name: &str) -> Result<&'static Protocol, String> {
    by_name(name)
        .filter(|protocol| protocol.encode.is_some())
        .ok_or_else(|| {
            let names: Vec<&str> = speakables().map(|protocol| protocol.name).collect();
            format!("what can be sent: {}", names.join(", "))
        })
}

/// The protocols that can be spoken.
pub(super) fn speakables() -> impl Iterator<Item = &'static Protocol> {
    PROTOCOLS
        .iter()
        .filter(|protocol| protocol.encode.is_some())
}

/// A number above zero.
pub(super) fn factor(text: &str) -> Result<f64, String> {
    let number = text.trim().parse().ok();
    number
        .filter(|number: &f64| number.is_finite() && *number > 0.0)
        .ok_or_else(|| "write a number above zero".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trunk_has_a_link_beside_the_head_s() {
        let args = PlayingArgs {
            link: Some(PathBuf::from("/tmp/band")),
            speed: 1.0,
            wait: false,
        };
        assert_eq!(args.link_of(SensorPlace::Head), Path::new("/tmp/band"));
        assert_eq!(
            args.link_of(SensorPlace::Trunk),
            Path::new("/tmp/band-trunk")
        );
        assert!(default_link().is_absolute());
    }

    #[test]
    fn what_cannot_be_played_is_refused() {
        assert!(speakable("morse").unwrap_err().contains("witmotion"));
        assert!(factor("0").is_err() && factor("inf").is_err());
        assert_eq!(factor("2.5"), Ok(2.5));
    }
}
