//! Where a capture is written.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::start;
use crate::cli::reading::shown;
use crate::cli::save::{folder, save};

/// A longer label is a text.
const LONGEST_LABEL: usize = 40;
/// Captures of one visit and plan.
const MOST_RUNS: usize = 999;

/// Where a capture and its results go, under the folder that the user named:
/// `sub-S/ses-V/sub-S_ses-V_task-T_motion.neckrom` and `results/sub-S`.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) subject: String,
    pub(super) visit: String,
    pub(super) log: PathBuf,
    /// All recordings of the subject.
    pub(super) of_subject: PathBuf,
    of_visit: PathBuf,
    results: PathBuf,
}

/// A label as it stands in file names.
///
/// # Errors
/// When it has anything but letters, digits and hyphens.
pub(in crate::cli) fn label(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let starts = text
        .as_bytes()
        .first()
        .is_some_and(u8::is_ascii_alphanumeric);
    if starts && text.len() <= LONGEST_LABEL && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("a label is of letters, digits and hyphens, at most 40; never a name".to_owned())
    }
}

impl Place {
    /// Makes the folders and sees that they can be written to.
    ///
    /// # Errors
    /// When they cannot, or a label is none.
    pub(super) fn new(
        root: &Path,
        subject: Option<&str>,
        visit: Option<&str>,
        plan: &str,
    ) -> anyhow::Result<Self> {
        let checked = |flag: &str, text: Option<&str>| {
            let checked = text.map(label).transpose();
            checked.map_err(|why| anyhow::anyhow!("{flag}: {why}"))
        };
        let subject = checked("--subject", subject)?.unwrap_or_else(|| "unnamed".to_owned());
        let visit = checked("--visit", visit)?.unwrap_or_else(start::label);
        let of_subject = root.join(format!("sub-{subject}"));
        let of_visit = of_subject.join(format!("ses-{visit}"));
        folder(&of_visit)?;
        tempfile::tempfile_in(&of_visit).with_context(|| {
            format!(
                "{} cannot be written to; choose another --out",
                shown(&of_visit)
            )
        })?;
        let stem = format!("sub-{subject}_ses-{visit}_task-{plan}");
        Ok(Self {
            log: free(&of_visit, &stem)?,
            results: root.join("results").join(format!("sub-{subject}")),
            subject,
            visit,
            of_subject,
            of_visit,
        })
    }

    /// The folder for results, which a search for recordings passes over.
    pub(super) fn results(&self) -> anyhow::Result<PathBuf> {
        folder(&self.results)?;
        let skip = self.results.join(".neckrom-skip");
        if !skip.exists() {
            save(&skip, b"")?;
        }
        Ok(self.results.clone())
    }

    /// The subject was here before.
    pub(super) fn has_other_visits(&self) -> bool {
        let entries = self.of_subject.read_dir().into_iter().flatten().flatten();
        let is_visit = |path: &PathBuf| {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            let holds = path
                .read_dir()
                .is_ok_and(|mut files| files.next().is_some());
            name.is_some_and(|name| name.starts_with("ses-")) && holds && *path != self.of_visit
        };
        entries
            .map(|entry| entry.path())
            .any(|path| is_visit(&path))
    }
}

/// A name that no file has: captures are never written over.
fn free(folder: &Path, stem: &str) -> anyhow::Result<PathBuf> {
    let first = folder.join(format!("{stem}_motion.neckrom"));
    let later = |run: usize| folder.join(format!("{stem}_run-{run}_motion.neckrom"));
    let mut names = std::iter::once(first.clone()).chain((2..=MOST_RUNS).map(later));
    match names.find(|path| !path.exists()) {
        Some(path) => Ok(path),
        None => bail!("{}: there are 999 captures of this visit", shown(&first)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_would_be_paths_are_refused() {
        for bad in [
            "",
            "..",
            "a/b",
            "../x",
            "a\\b",
            "-x",
            "a_b",
            "a b",
            "ä",
            &"x".repeat(41),
        ] {
            assert!(label(bad).is_err(), "{bad}");
        }
        assert_eq!(label("s01-b").as_deref(), Ok("s01-b"));
    }

    #[test]
    fn a_capture_is_never_written_over() {
        let root = tempfile::tempdir().unwrap();
        let place = || Place::new(root.path(), Some("s01"), Some("2"), "protocol").unwrap();
        let name = |place: &Place| {
            place
                .log
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        };
        assert_eq!(name(&place()), "sub-s01_ses-2_task-protocol_motion.neckrom");
        assert!(!place().has_other_visits());
        std::fs::write(place().log, "").unwrap();
        assert_eq!(
            name(&place()),
            "sub-s01_ses-2_task-protocol_run-2_motion.neckrom"
        );
        let next = Place::new(root.path(), Some("s01"), Some("3"), "protocol").unwrap();
        assert!(next.has_other_visits());
        assert!(next.results().unwrap().join(".neckrom-skip").exists());
        assert!(Place::new(root.path(), Some("../x"), None, "protocol").is_err());
    }
}
