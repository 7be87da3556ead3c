//! Recordings to bytes: the native CSV, Parquet, and the sidecar beside them.
//!
//! Nothing here opens a file; what comes out of [`native_csv()`] or [`parquet()`] and is read back is
//! the same recording, bit for bit.

mod columns;
pub mod native_csv;
pub mod parquet;
pub mod sidecar;

pub use native_csv::{Digits, native_csv, native_csv_with};
pub use parquet::parquet;
pub use sidecar::sidecar;

/// Why a recording could not be turned into bytes.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The Parquet library refused.
    #[error("the table could not be written as Parquet")]
    Parquet(#[from] polars::error::PolarsError),
}
