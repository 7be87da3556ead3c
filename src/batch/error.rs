//! What ends a run: never one recording.

use std::io;
use std::path::{Path, PathBuf};

use polars::prelude::PolarsError;

use crate::report::table::TableError;

/// Why a run could not go on; a recording that fails is a row instead.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A folder or file of results.
    #[error(
        "could not write {}; make room or correct the path and run again, what is finished is kept",
        path.display()
    )]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A table of results, into a file.
    #[error(
        "could not write {}; make room or correct the path and run again, what is finished is kept",
        path.display()
    )]
    WriteTable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: PolarsError,
    },
    /// A table that was written before.
    #[error("could not read the table {}; remove it and run again", path.display())]
    ReadTable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: PolarsError,
    },
    /// A folder that was written before.
    #[error("could not look into {}", path.display())]
    ReadFolder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A table that cannot be built.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Two runs, one folder.
    #[error(
        "another run is writing into {}; wait for it, or give this one another --out",
        path.display()
    )]
    Taken {
        /// The folder.
        path: PathBuf,
    },
    /// The threads could not be started.
    #[error("could not start the threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

impl BatchError {
    /// A file or folder that cannot be written.
    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Write {
            path: path.to_owned(),
            source,
        }
    }
}
